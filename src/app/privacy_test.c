#include "app/shop_fixture.h"

#include <stdio.h>

#include "credit/credit.h"
#include "db/engine.h"
#include "privacy/privacy.h"
#include "privacy/privacy_db.h"

/* A person in every table: written down whole, and forgotten. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"
#define MAIL "grace.hopper@example.com"
#define NAME "Grace Brewster Hopper"

/* ---- privacy.def and the schema */

struct comparing {
    struct str *name;
    size_t names;
    struct buf *out;
};

static const struct privacy_table *listed(struct str name)
{
    for (size_t i = 0; i < privacy_table_count; i++)
        if (str_eq(privacy_tables[i].name, name))
            return &privacy_tables[i];
    return NULL;
}

static bool has_column(const struct privacy_table *t, struct str name)
{
    for (size_t i = 0; i < t->columns; i++)
        if (str_eq(t->column[i].name, name))
            return true;
    return false;
}

static enum err compare(struct ctx *c, void *arg)
{
    struct comparing *k = arg;
    for (size_t i = 0; i < k->names; i++) {
        struct copy_table table = { .name = k->name[i] };
        const struct privacy_table *t = listed(k->name[i]);
        if (t == NULL) {
            buf_fmt(k->out, "%.*s is not in privacy.def: whom is it about, what does erasing do?\n",
                SARG(k->name[i]));
            continue;
        }
        TRY(c->store->engine->copy_columns(c, &table));
        for (size_t n = 0; n < table.columns && t->nobody.n == 0; n++)
            if (!has_column(t, table.column[n]))
                buf_fmt(k->out, "%.*s.%.*s is not in privacy.def: OUT, GONE, WIPED or NOT?\n",
                    SARG(k->name[i]), SARG(table.column[n]));
    }
    return E_OK;
}

TEST("R82 every table and column of the schema is said to be about a person, or about nobody")
{
    struct buf out = BUF(t->c->arena);
    struct comparing k = { .out = &out };
    schema_tables(t->c->arena, &k.name, &k.names);
    EXPECT(k.names > 20);
    EXPECT_OK(db_read(t->c, compare, &k));
    EXPECT_STR(buf_str(&out), S(""));
}

/* ---- somebody in every table */

static struct shop *open_shop(struct test *t)
{
    struct shop *s = shop_open(t);
    shop_catalog(s,
        "{\"products\":[{\"id\":\"mug\",\"name\":\"Mug\",\"prices\":[{\"id\":\"mug-usd\",\"amount\":1000}]},"
        "{\"id\":\"gift\",\"name\":\"Gift\",\"prices\":[{\"id\":\"gift-usd\",\"amount\":0}]},"
        "{\"id\":\"pack\",\"name\":\"Pack\",\"grants\":{\"credits\":10},"
        "\"prices\":[{\"id\":\"pack-usd\",\"amount\":100}]}],"
        "\"plans\":[{\"id\":\"free\",\"name\":\"Free\",\"limits\":{\"generationsPerDay\":50},\"prices\":[]}],"
        "\"operations\":{\"song\":3},"
        "\"coupons\":[{\"code\":\"EACH\",\"amount\":100,\"currency\":\"USD\",\"perCustomer\":1}],"
        "\"routing\":{\"card\":[\"moneymotion\"]}}");
    return s;
}

static struct shop_session *newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

static struct str buy(struct shop *s, const char *key, const char *members)
{
    struct test *t = s->t;
    struct arena *a = s->c->arena;
    int status = 0;
    struct str answer = shop_post(s, "/api/checkout/create",
        str_c(a, str_fmt(a, KEY "Idempotency-Key: %s\r\nUser-Agent: Flow-Matic/1\r\n", key)),
        str_fmt(a, "{\"email\":\"" MAIL "\",\"again\":true,%s}", members), &status);
    EXPECT_I64(status, 200);
    return json_text(a, json_root(answer), "data.orderId");
}

static void pay(struct shop *s)
{
    struct test *t = s->t;
    newest(s)->status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", newest(s), newest(s)->total), 200);
    shop_jobs(s);
}

static void post(struct shop *s, const char *path, const char *key, const char *body)
{
    struct test *t = s->t;
    struct arena *a = s->c->arena;
    int status = 0;
    struct str answer = shop_post(
        s, path, str_c(a, str_fmt(a, KEY "Idempotency-Key: %s\r\n", key)), str_of_c(body), &status);
    if (status != 200)
        printf("  %.*s\n", SARG(answer));
    EXPECT_I64(status, 200);
}

static void sign_in(struct shop *s, const char *sub)
{
    struct test *t = s->t;
    struct str jwt = shop_token(s, sub, MAIL, true);
    struct req *r = shop_ask(s, "POST", "/session",
        "Content-Type: application/x-www-form-urlencoded\r\nOrigin: https://app.example.com\r\n",
        str_fmt(s->c->arena, "token=%.*s", SARG(jwt)));
    EXPECT_I64(r->out.status, 303);
}

static void use_credits(struct shop *s)
{
    post(s, "/api/admin/credits/grant", "g1",
        "{\"customerId\":\"g-1\",\"amount\":40,\"reason\":\"for " NAME "\",\"type\":\"bonus\"}");
    post(s, "/api/credits/spend", "s1",
        "{\"customerId\":\"g-1\",\"operation\":\"song\",\"description\":\"a song for " NAME "\","
        "\"reference\":\"song-1952\",\"labels\":{\"who\":\"" NAME "\"}}");
    post(s, "/api/credits/reserve", "r1",
        "{\"customerId\":\"g-1\",\"amount\":2,\"description\":\"" NAME "\",\"ttlSeconds\":60}");
}

/* Orders as a guest, who then signs in, and as a customer; what others bought is around it. */
static void live(struct shop *s)
{
    struct test *t = s->t;
    int status = 0;
    buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}],\"coupon\":\"EACH\"");
    pay(s);
    sign_in(s, "g-1");
    struct req *r =
        shop_ask(s, "PUT", "/api/customers/g-1", KEY "Content-Type: application/json\r\n",
            S("{\"name\":\"" NAME "\",\"country\":\"US\",\"timeZone\":\"America/New_York\","
              "\"image\":\"https://example.com/" MAIL ".png\",\"taxId\":\"US-99\","
              "\"address\":[\"" NAME "\",\"1 Navy Yard\"]}"));
    EXPECT_I64(r->out.status, 200);
    buy(s, "k2",
        "\"customerId\":\"g-1\",\"items\":[{\"price\":\"pack-usd\",\"quantity\":5}],\"coupon\":\"EACH\","
        "\"metadata\":{\"for\":\"" NAME "\"},\"successUrl\":\"https://app.example.com/?m=" MAIL
        "\"");
    pay(s);
    newest(s)->status = "refunded";
    shop_webhook(s, "refunded", newest(s), newest(s)->total);
    shop_jobs(s);
    use_credits(s);
    shop_buy(s, "other", "\"items\":[{\"price\":\"mug-usd\"}],\"customerId\":\"u-2\"");
    pay(s);
    shop_get(s, "/api/credits?customerId=g-1", KEY, &status);
    shop_wait(s, 61 * 1000);
}

/* ---- writing down */

struct exporting {
    const char *whom;
    bool guest;
    struct person who;
    struct buf out;
};

static enum err export_read(struct ctx *c, void *arg)
{
    struct exporting *x = arg;
    x->out = BUF(c->arena);
    TRY(x->guest ? person_guest(c, str_of_c(x->whom), &x->who)
                 : person_find(c, str_of_c(x->whom), &x->who));
    return privacy_export(c, &x->who, &x->out);
}

static struct str export(struct shop *s, const char *whom, bool guest)
{
    struct test *t = s->t;
    struct exporting x = { .whom = whom, .guest = guest };
    EXPECT_OK(db_read_whole(s->c, export_read, &x));
    EXPECT_OK(json_check(s->c, buf_str(&x.out)));
    return buf_str(&x.out);
}

static size_t rows_of(struct str document, const char *path)
{
    size_t n = 0;
    struct json_value list = json_at(json_root(document), path);
    for (struct json_iter it = json_iter(list); json_next(&it);)
        n++;
    return n;
}

TEST("R82 what is exported has rows of every table that knows the person, by any of its names")
{
    struct shop *s = open_shop(t);
    live(s);
    struct str document = export(s, "g-1", false);
    for (size_t i = 0; i < privacy_table_count; i++)
        if (privacy_tables[i].nobody.n == 0) {
            size_t rows = rows_of(document, str_c(t->c->arena, privacy_tables[i].as));
            if (rows == 0)
                printf("  nothing in %.*s\n", SARG(privacy_tables[i].as));
            EXPECT(rows > 0);
        }
    EXPECT_I64((int64_t)rows_of(document, "orders"), 2);
    EXPECT_I64((int64_t)rows_of(document, "payments"), 2);
    EXPECT_I64((int64_t)rows_of(document, "webhooks"), 3);
    struct json_value root = json_root(document);
    EXPECT_STR(json_text(t->c->arena, root, "customer.0.address.1"), S("1 Navy Yard"));
    EXPECT_STR(json_text(t->c->arena, root, "orders.1.lines.0.name"), S("Pack"));
    EXPECT_STR(
        json_text(t->c->arena, root, "webhooks.0.body.customer.email"), S("ada@example.com"));
    EXPECT_STR(json_text(t->c->arena, root, "mails.0.toAddress"), S(MAIL));
    EXPECT(str_has(document, S("Flow-Matic/1")));
    /* No secrets, and nobody else. */
    EXPECT(!str_has(document, S("\"hash\"")) && !str_has(document, S("\"salt\"")));
    EXPECT(!str_has(document, S("u-2")));
    EXPECT_I64((int64_t) export(s, MAIL, false).n, (int64_t)document.n);
    struct str id = json_text(t->c->arena, root, "person.id");
    EXPECT_I64((int64_t) export(s, str_c(t->c->arena, id), false).n, (int64_t)document.n);
}

TEST("R82 a guest's orders are the guest's, until a sign-in has proved whose mail it is")
{
    struct shop *s = open_shop(t);
    buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}]");
    pay(s);
    struct str document = export(s, MAIL, true);
    EXPECT_I64((int64_t)rows_of(document, "orders"), 1);
    EXPECT_I64((int64_t)rows_of(document, "mails"), 1);
    EXPECT(rows_of(document, "records") > 2);
    /* Somebody says that the mail is theirs; nobody has proved it. */
    shop_ask(s, "PUT", "/api/customers/g-2", KEY "Content-Type: application/json\r\n",
        S("{\"email\":\"" MAIL "\"}"));
    EXPECT_I64((int64_t)rows_of(export(s, "g-2", false), "orders"), 0);
    EXPECT_I64((int64_t)rows_of(export(s, MAIL, true), "orders"), 1);
    struct exporting x = { .whom = "nobody@example.com", .guest = true };
    EXPECT_FAIL(db_read(t->c, export_read, &x), NOT_FOUND);
    x = (struct exporting) { .whom = "g-9" };
    EXPECT_FAIL(db_read(t->c, export_read, &x), NOT_FOUND);
}

/* ---- forgetting */

struct erasing {
    struct exporting named;
    bool force;
    struct erasure e;
};

static enum err begin(struct ctx *c, void *arg)
{
    struct erasing *k = arg;
    struct erasure_ask ask = { .force = k->force };
    TRY(k->named.guest ? person_guest(c, str_of_c(k->named.whom), &ask.who)
                       : person_find(c, str_of_c(k->named.whom), &ask.who));
    struct erasure e;
    TRY(erasure_begin(c, &ask, &e));
    k->e = e;
    return E_OK;
}

static enum err erase(struct shop *s, const char *whom, bool guest, bool force)
{
    struct erasing k = { .named = { .whom = whom, .guest = guest }, .force = force };
    TRY(db_tx(s->c, "erase", begin, &k));
    return erasure_run(s->c, &k.e, NULL, NULL);
}

/* Every table, every column, of whatever type. */
struct grep {
    const struct copy_table *table;
    const char *const *needle;
    struct buf *found;
};

static enum err grep_row(struct ctx *c, const struct db_cell *cells, void *arg)
{
    struct grep *g = arg;
    for (size_t i = 0; i < g->table->columns; i++)
        for (size_t k = 0; g->needle[k] != NULL; k++)
            if ((cells[i].kind == CELL_TEXT || cells[i].kind == CELL_BYTES) &&
                str_has(
                    str_lower(c->arena, cells[i].str), str_lower(c->arena, str_of_c(g->needle[k]))))
                buf_fmt(g->found, "%.*s.%.*s has %s: %.*s\n", SARG(g->table->name),
                    SARG(g->table->column[i]), g->needle[k],
                    SARG(str_clean(c->arena, cells[i].str, 200)));
    return E_OK;
}

static enum err grep_all(struct ctx *c, void *arg)
{
    struct grep *g = arg;
    struct str *name = NULL;
    size_t n = 0;
    schema_tables(c->arena, &name, &n);
    for (size_t i = 0; i < n; i++) {
        struct copy_table table = { .name = name[i] };
        TRY(c->store->engine->copy_columns(c, &table));
        g->table = &table;
        TRY(c->store->engine->copy_out(c, &table, grep_row, g));
    }
    return E_OK;
}

static const char *const names[] = { MAIL, NAME, "Flow-Matic", "Navy Yard", "US-99", NULL };

static void expect_nowhere(struct shop *s, const char *const *needle)
{
    struct test *t = s->t;
    struct buf found = BUF(s->c->arena);
    struct grep g = { .needle = needle, .found = &found };
    EXPECT_OK(db_read_long(s->c, grep_all, &g));
    EXPECT_STR(buf_str(&found), S(""));
}

TEST("R81 who is forgotten is found in no table, and sums, ledger and chain are what they were")
{
    struct shop *s = open_shop(t);
    live(s);
    int64_t paid = shop_balance(s, LEDGER_SALES, CUR_USD);
    struct buf before = BUF(t->c->arena);
    struct grep g = { .needle = names, .found = &before };
    EXPECT_OK(db_read_long(s->c, grep_all, &g));
    EXPECT(str_has(buf_str(&before), S("purchase.metadata")));
    EXPECT(str_has(buf_str(&before), S("coupon_buyer.buyer")));
    EXPECT_OK(erase(s, "g-1", false, true));
    expect_nowhere(s, names);
    shop_verify(s);
    EXPECT_I64(shop_balance(s, LEDGER_SALES, CUR_USD), paid);
    EXPECT_I64(shop_facts(s, "CUSTOMER_ERASED"), 1);
    /* Who comes again under the same id is new. */
    int status = 0;
    shop_get(s, "/api/customers/g-1", KEY, &status);
    EXPECT_I64(status, 404);
    sign_in(s, "g-1");
    EXPECT_I64((int64_t)rows_of(export(s, "g-1", false), "orders"), 0);
    EXPECT_I64((int64_t)rows_of(export(s, "u-2", false), "orders"), 1);
}

TEST("R81 what privacy.def says is gone is gone from every row, and what it says is kept is not")
{
    struct shop *s = open_shop(t);
    live(s);
    struct erasing k = { .named = { .whom = "g-1" }, .force = true };
    EXPECT_OK(db_tx(s->c, "erase", begin, &k));
    struct str id = id_text(t->c->arena, S("cus"), k.e.who.id);
    EXPECT_OK(erasure_run(s->c, &k.e, NULL, NULL));
    struct json_value root = json_root(export(s, str_c(t->c->arena, id), false));
    EXPECT_STR(json_text(t->c->arena, root, "customer.0.name"), S(""));
    EXPECT_I64((int64_t)json_at(root, "sessions.0").kind, JSON_ABSENT);
    for (struct json_iter it = json_iter(json_at(root, "orders")); json_next(&it);) {
        EXPECT_STR(json_text(t->c->arena, it.value, "email"), S(""));
        EXPECT(json_at(it.value, "lines.0").kind == JSON_OBJECT);
        EXPECT(json_text(t->c->arena, it.value, "currency").n == 3);
    }
    for (struct json_iter it = json_iter(json_at(root, "payments")); json_next(&it);) {
        EXPECT_STR(json_text(t->c->arena, it.value, "methodLast4"), S(""));
        EXPECT(json_text(t->c->arena, it.value, "sessionId").n > 0);
    }
    for (struct json_iter it = json_iter(json_at(root, "records")); json_next(&it);)
        EXPECT(json_at(it.value, "address").kind != JSON_STRING);
    for (struct json_iter it = json_iter(json_at(root, "webhooks")); json_next(&it);)
        EXPECT_STR(json_text(t->c->arena, it.value, "body"), S(""));
    for (struct json_iter it = json_iter(json_at(root, "mails")); json_next(&it);)
        EXPECT_STR(json_text(t->c->arena, it.value, "textBody"), S(""));
}

TEST("R81 forgetting goes on where it was, at whatever step the process ended")
{
    struct shop *s = open_shop(t);
    struct arena *a = t->c->arena;
    bool over = false;
    for (int64_t steps = 0; !over; steps++) {
        buy(s, str_c(a, str_fmt(a, "a%lld", (long long)steps)),
            "\"items\":[{\"price\":\"mug-usd\"}],\"customerId\":\"g-1\"");
        pay(s);
        struct erasing k = { .named = { .whom = "g-1" } };
        const int64_t before = shop_facts(s, "CUSTOMER_ERASED");
        EXPECT_OK(db_tx(s->c, "erase", begin, &k));
        for (int64_t i = 0; i < steps && k.e.done_ms == 0; i++)
            EXPECT_OK(erasure_step(s->c, &k.e));
        over = k.e.done_ms > 0;
        /* Nobody goes on but the job, a minute later; somebody new has the id meanwhile. */
        buy(s, str_c(a, str_fmt(a, "b%lld", (long long)steps)),
            "\"items\":[{\"price\":\"gift-usd\"}],\"customerId\":\"g-1\"");
        shop_wait(s, 61 * 1000);
        EXPECT_I64(shop_facts(s, "CUSTOMER_ERASED"), before + 1);
        struct str document = export(s, "g-1", false);
        EXPECT_I64((int64_t)rows_of(document, "orders"), 1);
        EXPECT_STR(json_text(a, json_root(document), "orders.0.email"), S(MAIL));
        EXPECT_OK(erase(s, "g-1", false, false));
        expect_nowhere(s, names);
    }
    shop_verify(s);
}

static void expect_refused(struct shop *s, bool force, const char *words)
{
    struct test *t = s->t;
    struct erasing k = { .named = { .whom = "g-1" }, .force = force };
    EXPECT(db_tx(s->c, "erase", begin, &k) == E_CONFLICT);
    EXPECT(str_has(s->c->err.message, str_of_c(words)));
    EXPECT_I64(shop_facts(s, "CUSTOMER_ERASURE_BEGUN"), 0);
}

TEST("R81 nobody is forgotten while money is open about them, and the sentence says what to do")
{
    struct shop *s = open_shop(t);
    struct str order = buy(s, "k1", "\"items\":[{\"price\":\"pack-usd\"}],\"customerId\":\"g-1\"");
    expect_refused(s, true, "ORD-2026-000001 may still be paid");
    pay(s);
    expect_refused(s, false, "10 credits that were bought");
    post(s, "/api/credits/reserve", "r1", "{\"customerId\":\"g-1\",\"amount\":2}");
    expect_refused(s, true, "2 credits are held");
    shop_wait(s, 3600 * 1000);
    newest(s)->status = "disputed";
    shop_webhook(s, "disputed", newest(s), newest(s)->total);
    shop_jobs(s);
    EXPECT_STR(order_status_text(shop_order(s, order).status), S("disputed"));
    expect_refused(s, true, "ORD-2026-000001 is disputed");
    EXPECT_STR(shop_order(s, order).email, S(MAIL));
}

TEST("R81 nobody is forgotten while an order is in review, or a webhook of theirs waits")
{
    struct shop *s = open_shop(t);
    buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}],\"customerId\":\"g-1\"");
    newest(s)->status = "completed";
    s->fault = "500";
    s->fault_call = "query";
    s->faults_left = 1;
    EXPECT_I64(shop_webhook(s, "complete", newest(s), newest(s)->total), 200);
    expect_refused(s, true, "may still be paid");
    shop_wait(s, 3600 * 1000);
    shop_webhook(s, "refunded", newest(s), newest(s)->total);
    expect_refused(s, true, "was not applied");
    shop_wait(s, 61 * 1000);
    expect_refused(s, true, "ORD-2026-000001 is in review");
}

TEST("R81 a guest is forgotten by mail, and buys again under it afterwards")
{
    struct shop *s = open_shop(t);
    buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}],\"coupon\":\"EACH\"");
    pay(s);
    EXPECT_FAIL(erase(s, "nobody@example.com", true, false), NOT_FOUND);
    EXPECT_OK(erase(s, MAIL, true, false));
    expect_nowhere(s, names);
    shop_verify(s);
    EXPECT_FAIL(erase(s, MAIL, true, false), NOT_FOUND);
    buy(s, "k2", "\"items\":[{\"price\":\"mug-usd\"}],\"coupon\":\"EACH\"");
    pay(s);
    EXPECT_I64((int64_t)rows_of(export(s, MAIL, true), "orders"), 1);
}

TEST("a mail is quoted where it stands by itself, however it is written, and not inside another")
{
    static const char *const quoting[] = { "<Ada@Example.com>", "ada@example.com",
        "to ada@example.com.", "550 ada@EXAMPLE.com: unknown", "{\"email\":\"ada@example.com\"}" };
    static const char *const others[] = { "nevada@example.com", "ada@example.computer",
        "x.ada@example.com", "ada@example.com.au", "ada", "" };
    const struct person ada = { .email = S("ada@example.com") }, nobody = { .email = S("") };
    for (size_t i = 0; i < ARRAY_LEN(quoting); i++)
        EXPECT(person_is_quoted(&ada, str_of_c(quoting[i])));
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        EXPECT(!person_is_quoted(&ada, str_of_c(others[i])));
    EXPECT(!person_is_quoted(&nobody, S("")));
}
