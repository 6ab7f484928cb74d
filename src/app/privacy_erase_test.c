#include "app/privacy_fixture.h"

#include "db/engine.h"
#include "mail/mail.h"

/* Somebody is forgotten: nothing of them is found, and everything adds up. */

struct erasing {
    struct exporting named;
    bool force;
    struct erasure e;
};

static enum err begin(struct ctx *c, void *arg)
{
    struct erasing *k = arg;
    struct erasure_ask ask = { .force = k->force, .reason = S("") };
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

/* The one place where the law wants a name kept: an invoice, as it was issued. */
static bool is_kept(const struct copy_table *table, size_t column)
{
    return str_eq(table->name, S("invoice")) && str_eq(table->column[column], S("content"));
}

static enum err grep_row(struct ctx *c, const struct db_cell *cells, void *arg)
{
    struct grep *g = arg;
    for (size_t i = 0; i < g->table->columns; i++) {
        if (is_kept(g->table, i))
            continue;
        for (size_t k = 0; g->needle[k] != NULL; k++)
            if ((cells[i].kind == CELL_TEXT || cells[i].kind == CELL_BYTES) &&
                str_has(
                    str_lower(c->arena, cells[i].str), str_lower(c->arena, str_of_c(g->needle[k]))))
                buf_fmt(g->found, "%.*s.%.*s has %s: %.*s\n", SARG(g->table->name),
                    SARG(g->table->column[i]), g->needle[k],
                    SARG(str_clean(c->arena, cells[i].str, 200)));
    }
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

/* What the owner was told of a mail that came back. */
static enum err tell_owner(struct ctx *c, void *arg)
{
    const struct mail mail = { .kind = S("alert"),
        .about = S("alr_1"),
        .key = S("alert:1:1"),
        .to_address = S("owner@shop.example"),
        .subject = S("A mail was refused"),
        .text = S("The mail was refused for good: 550 <" MAIL ">: no such mailbox"),
        .html = S("<p>" MAIL "</p>") };
    (void)arg;
    return mail_queue(c, &mail);
}

TEST("R81 who is forgotten is found in no table, and sums, ledger and chain are what they were")
{
    struct shop *s = life_open(t);
    life_live(s);
    EXPECT_OK(db_tx(s->c, "tell", tell_owner, NULL));
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
    life_sign_in(s, "g-1");
    EXPECT_I64((int64_t)life_rows(life_export(s, "g-1", false), "orders"), 0);
    EXPECT_I64((int64_t)life_rows(life_export(s, "u-2", false), "orders"), 1);
}

TEST("R81 what privacy.def says is gone is gone from every row, and what it says is kept is not")
{
    struct shop *s = life_open(t);
    life_live(s);
    struct erasing k = { .named = { .whom = "g-1" }, .force = true };
    EXPECT_OK(db_tx(s->c, "erase", begin, &k));
    struct str id = id_text(t->c->arena, S("cus"), k.e.who.id);
    EXPECT_OK(erasure_run(s->c, &k.e, NULL, NULL));
    struct json_value root = json_root(life_export(s, str_c(t->c->arena, id), false));
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
    struct shop *s = life_open(t);
    struct arena *a = t->c->arena;
    bool over = false;
    for (int64_t steps = 0; !over; steps++) {
        life_buy(s, str_c(a, str_fmt(a, "a%lld", (long long)steps)),
            "\"items\":[{\"price\":\"mug-usd\"}],\"customerId\":\"g-1\"");
        life_pay(s);
        struct erasing k = { .named = { .whom = "g-1" } };
        const int64_t before = shop_facts(s, "CUSTOMER_ERASED");
        EXPECT_OK(db_tx(s->c, "erase", begin, &k));
        for (int64_t i = 0; i < steps && k.e.done_ms == 0; i++)
            EXPECT_OK(erasure_step(s->c, &k.e));
        over = k.e.done_ms > 0;
        /* Nobody goes on but the job, a minute later; somebody new has the id meanwhile. */
        life_buy(s, str_c(a, str_fmt(a, "b%lld", (long long)steps)),
            "\"items\":[{\"price\":\"gift-usd\"}],\"customerId\":\"g-1\"");
        shop_wait(s, 61 * 1000);
        EXPECT_I64(shop_facts(s, "CUSTOMER_ERASED"), before + 1);
        struct str document = life_export(s, "g-1", false);
        EXPECT_I64((int64_t)life_rows(document, "orders"), 1);
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
    struct shop *s = life_open(t);
    struct str order =
        life_buy(s, "k1", "\"items\":[{\"price\":\"pack-usd\"}],\"customerId\":\"g-1\"");
    expect_refused(s, true, "ORD-2026-000001 may still be paid");
    life_pay(s);
    expect_refused(s, false, "10 credits that were bought");
    life_post(s, "/api/credits/reserve", "r1", "{\"customerId\":\"g-1\",\"amount\":2}");
    expect_refused(s, true, "2 credits are held");
    shop_wait(s, 3600 * 1000);
    life_newest(s)->status = "disputed";
    shop_webhook(s, "disputed", life_newest(s), life_newest(s)->total);
    shop_jobs(s);
    EXPECT_STR(order_status_text(shop_order(s, order).status), S("disputed"));
    expect_refused(s, true, "ORD-2026-000001 is disputed");
    EXPECT_STR(shop_order(s, order).email, S(MAIL));
}

TEST("R81 nobody is forgotten while a plan goes on")
{
    struct shop *s = life_open(t);
    struct str order =
        life_buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}],\"customerId\":\"g-1\"");
    life_pay(s);
    life_subscribe(s, order, SUBSCRIPTION_ACTIVE);
    expect_refused(s, true, "(basic) goes on: cancel it first");
}

TEST("R81 a plan that was cancelled and is paid for still is given up on demand only")
{
    struct shop *s = life_open(t);
    struct str order =
        life_buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}],\"customerId\":\"g-1\"");
    life_pay(s);
    life_subscribe(s, order, SUBSCRIPTION_CANCELED);
    expect_refused(s, false, "is paid until");
    EXPECT_OK(erase(s, "g-1", false, true));
}

TEST("R81 nobody is forgotten while an order is in review, or a webhook of theirs waits")
{
    struct shop *s = life_open(t);
    life_buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}],\"customerId\":\"g-1\"");
    life_newest(s)->status = "completed";
    s->fault = "500";
    s->fault_call = "query";
    s->faults_left = 1;
    EXPECT_I64(shop_webhook(s, "complete", life_newest(s), life_newest(s)->total), 200);
    expect_refused(s, true, "may still be paid");
    shop_wait(s, 3600 * 1000);
    shop_webhook(s, "refunded", life_newest(s), life_newest(s)->total);
    expect_refused(s, true, "was not applied");
    shop_wait(s, 61 * 1000);
    expect_refused(s, true, "ORD-2026-000001 is in review");
}

TEST("R81 a guest is forgotten by mail, and buys again under it afterwards")
{
    struct shop *s = life_open(t);
    life_buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}],\"coupon\":\"EACH\"");
    life_pay(s);
    EXPECT_FAIL(erase(s, "nobody@example.com", true, false), NOT_FOUND);
    EXPECT_OK(erase(s, MAIL, true, false));
    expect_nowhere(s, names);
    shop_verify(s);
    EXPECT_FAIL(erase(s, MAIL, true, false), NOT_FOUND);
    life_buy(s, "k2", "\"items\":[{\"price\":\"mug-usd\"}],\"coupon\":\"EACH\"");
    life_pay(s);
    EXPECT_I64((int64_t)life_rows(life_export(s, MAIL, true), "orders"), 1);
}
