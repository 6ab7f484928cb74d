#include "app/plan_shop.h"

#include "base/json.h"

/* A membership's life in each currency that is paid in where they are sold: begun, a tier up at
 * once for the difference, a tier down with the next period, renewed, cancelled, kept. */

static const struct {
    enum currency cur;
    int64_t ally, patron; /* a month, in minor units: with cents, or without any */
    const char *shown;
} rows[] = {
    { CUR_NGN, 250000, 1000050, "₦2,500.00" },
    { CUR_KES, 64950, 259950,
        "KES\xC2\xA0"
        "649.50" },
    { CUR_UGX, 18500, 74000,
        "UGX\xC2\xA0"
        "18,500" },
    { CUR_GHS, 7505, 30001,
        "GHS\xC2\xA0"
        "75.05" },
    { CUR_RWF, 6999, 27999,
        "RWF\xC2\xA0"
        "6,999" },
    { CUR_ZAR, 9199, 36799,
        "ZAR\xC2\xA0"
        "91.99" },
    { CUR_USD, 500, 2000, "$5.00" },
    { CUR_EUR, 499, 1999, "€4.99" },
};

static void add_prices(struct buf *b, const char *plan, bool dear)
{
    buf_fmt(b, "{\"id\":\"%s\",\"group\":\"membership\",\"name\":\"%s\",\"prices\":[", plan, plan);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *cur = currency_code(rows[i].cur).p;
        const long long month = dear ? rows[i].patron : rows[i].ally;
        buf_fmt(b,
            "%s{\"id\":\"%s-%.3s-m\",\"amount\":%lld,\"currency\":\"%.3s\"},"
            "{\"id\":\"%s-%.3s-y\",\"interval\":\"year\",\"amount\":%lld,\"currency\":\"%.3s\"}",
            i > 0 ? "," : "", plan, cur, month, cur, plan, cur, 10 * month, cur);
    }
    buf_fmt(b, "]}");
}

static struct shop *open(struct test *t)
{
    struct shop *s = shop_open_with(t, (char[]) { "PURSER_CHECKOUTS_PER_MINUTE=1000" });
    struct buf b = BUF(t->c->arena);
    buf_fmt(&b, "{\"plans\":[");
    add_prices(&b, "ally", false);
    buf_char(&b, ',');
    add_prices(&b, "patron", true);
    buf_fmt(&b, "],\"routing\":{\"card\":[\"moneymotion\"]}}");
    shop_catalog(s, str_c(t->c->arena, buf_str(&b)));
    return s;
}

/* POST for customer u-i; a member of the answer's data. */
static struct str ask(struct shop *s, size_t i, const char *path, const char *key,
    struct str members, const char *member)
{
    struct test *t = s->t;
    struct arena *a = t->c->arena;
    int status = 0;
    struct str answer =
        shop_post(s, path, str_c(a, str_fmt(a, KEY "Idempotency-Key: %s%zu\r\n", key, i)),
            str_fmt(a, "{\"customerId\":\"u-%zu\",%.*s}", i, SARG(members)), &status);
    EXPECT_I64(status, 200);
    return json_at(json_root(answer), str_c(a, str_fmt(a, "data.%s", member))).raw;
}

static struct str status_of(struct shop *s, size_t i, const char *member)
{
    struct arena *a = s->t->c->arena;
    struct str answer = shop_get(s,
        str_c(a, str_fmt(a, "/api/subscription/status?group=membership&customerId=u-%zu", i)), KEY,
        NULL);
    return json_at(json_root(answer), str_c(a, str_fmt(a, "data.%s", member))).raw;
}

/* Does the gate let u-i in? */
static struct str has_plan(struct shop *s, size_t i, const char *plan)
{
    struct arena *a = s->t->c->arena;
    struct str answer = shop_post(s, "/api/access/check", KEY,
        str_fmt(a, "{\"customerId\":\"u-%zu\",\"plan\":\"%s\"}", i, plan), NULL);
    return json_at(json_root(answer), "data.allowed").raw;
}

/* The newest page is over this much, as the gateway was told; somebody pays on it. */
static void pay(struct shop *s, size_t i, int64_t minor)
{
    struct test *t = s->t;
    struct shop_session *k = plan_hosted(s);
    EXPECT_I64(k->total, minor); /* MoneyMotion counts these as ISO 4217 does */
    EXPECT(k->cur == rows[i].cur);
    plan_pay(s);
}

static void begin_and_rise(struct shop *s, size_t i)
{
    struct test *t = s->t;
    struct arena *a = t->c->arena;
    struct str cur = currency_code(rows[i].cur);
    struct str want =
        str_fmt(a, "{\"amount\":%lld,\"currency\":\"%.*s\"}", (long long)rows[i].ally, SARG(cur));
    EXPECT_STR(
        ask(s, i, "/api/checkout/create", "begin",
            str_fmt(a, "\"email\":\"u%zu@example.com\",\"plan\":\"ally\",\"currency\":\"%.*s\"", i,
                SARG(cur)),
            "total"),
        want);
    pay(s, i, rows[i].ally);
    EXPECT_STR(status_of(s, i, "plan"), S("\"ally\""));
    want = str_fmt(a, "{\"amount\":%lld,\"currency\":\"%.*s\"}",
        (long long)(rows[i].patron - rows[i].ally), SARG(cur));
    EXPECT_STR(
        ask(s, i, "/api/subscription/change", "up", S("\"plan\":\"patron\""), "dueNow"), want);
    EXPECT_STR(status_of(s, i, "plan"), S("\"ally\"")); /* until it is paid */
    pay(s, i, rows[i].patron - rows[i].ally);
    EXPECT_STR(status_of(s, i, "plan"), S("\"patron\""));
    ask(s, i, "/api/subscription/cancel", "cancel", S("\"when\":\"period_end\""), "plan");
    EXPECT_STR(status_of(s, i, "cancelAtPeriodEnd"), S("true"));
    ask(s, i, "/api/subscription/resume", "resume", S("\"group\":\"membership\""), "plan");
    EXPECT_STR(status_of(s, i, "cancelAtPeriodEnd"), S("false"));
    ask(s, i, "/api/subscription/change", "down", S("\"plan\":\"ally\""), "plan");
    EXPECT_STR(status_of(s, i, "plan"), S("\"patron\""));
    EXPECT(str_has(status_of(s, i, "pendingChange"), S("\"plan\":\"ally\"")));
}

struct renewals {
    struct order order[ARRAY_LEN(rows)];
    size_t n;
};

static enum err take_renewal(struct ctx *c, const struct order *o, void *arg)
{
    struct renewals *k = arg;
    if (o->kind == ORDER_RENEWAL && k->n < ARRAY_LEN(rows))
        k->order[k->n++] = *o;
    return c->dead ? E_DEAD : E_OK;
}

static enum err find_renewals(struct ctx *c, void *arg)
{
    const struct order_filter all = { .status = -1, .limit = 100 };
    ((struct renewals *)arg)->n = 0;
    return order_list(c, &all, take_renewal, arg);
}

TEST("R3 a membership goes up, down and on in each currency, with its digits to the end")
{
    enum {
        DAY_MS = 24 * 3600 * 1000
    };
    struct shop *s = open(t);
    struct renewals due = { .n = 0 };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        begin_and_rise(s, i);
    shop_wait(s, INT64_C(28) * DAY_MS); /* of a month of thirty days: its successor is an order */
    EXPECT_OK(db_read(s->c, find_renewals, &due));
    EXPECT_I64((int64_t)due.n, (int64_t)ARRAY_LEN(rows));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        size_t at = 0;
        while (at < due.n && due.order[at].currency != rows[i].cur)
            at++;
        EXPECT(at < due.n);
        EXPECT_I64(due.order[at].total_minor, rows[i].ally);
        plan_press_pay(s, &due.order[at]);
        pay(s, i, rows[i].ally);
        EXPECT_STR(has_plan(s, i, "patron"), S("true")); /* for as long as it was paid */
        EXPECT_STR(status_of(s, i, "plan"), S("\"patron\""));
        EXPECT(str_has(status_of(s, i, "pendingChange"), S("\"plan\":\"ally\"")));
    }
    shop_wait(s, INT64_C(4) * DAY_MS);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        EXPECT_STR(has_plan(s, i, "patron"), S("false"));
        EXPECT_STR(has_plan(s, i, "ally"), S("true"));
        EXPECT_STR(status_of(s, i, "plan"), S("\"ally\""));
        EXPECT_STR(status_of(s, i, "status"), S("\"active\""));
        struct money m = { rows[i].ally, rows[i].cur };
        EXPECT_STR(money_text(t->c->arena, m), str_of_c(rows[i].shown));
        EXPECT_I64(shop_balance(s, LEDGER_SALES, rows[i].cur), -(rows[i].patron + rows[i].ally));
    }
    shop_verify(s);
}
