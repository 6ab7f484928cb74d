#include "app/plan_shop.h"

#include "base/zone.h"
#include "report/report.h"

/* daily, weekly, monthly, and where people leave: each figure against a statement of the test's own
 * over the tables behind it. */

enum {
    DAY_MS = 24 * 3600 * 1000,
    DAYS = 16
};

static const char catalogue[] =
    "{\"plans\":[{\"id\":\"ally\",\"name\":\"Ally\",\"prices\":[{\"id\":\"a1\",\"amount\":500},"
    "{\"id\":\"a1k\",\"amount\":60000,\"currency\":\"KES\"}]},"
    "{\"id\":\"patron\",\"name\":\"Patron\",\"prices\":[{\"id\":\"p1\",\"amount\":2000}]}],"
    "\"routing\":{\"card\":[\"moneymotion\"],\"bank\":[\"moneymotion\"]}}";

struct life {
    struct shop *s;
    struct test *t;
    struct str from, to;
};

static struct str begin(struct life *l, size_t i, const char *price, const char *method, int want)
{
    struct test *t = l->t;
    struct arena *a = t->c->arena;
    int status = 0;
    struct str answer = shop_post(l->s, "/api/checkout/create",
        str_c(a, str_fmt(a, KEY "Idempotency-Key: k%zu\r\n", i)),
        str_fmt(a,
            "{\"customerId\":\"u-%zu\",\"email\":\"u%zu@example.com\",\"priceId\":\"%s\","
            "\"method\":\"%s\"}",
            i, i, price, method),
        &status);
    EXPECT_I64(status, want);
    return json_text(a, json_root(answer), "data.orderId");
}

static void pay(struct life *l)
{
    struct test *t = l->t;
    struct shop_session *k = &l->s->session[l->s->sessions - 1];
    k->status = "completed";
    EXPECT_I64(shop_webhook(l->s, "complete", k, k->total), 200);
    shop_jobs(l->s);
}

static void change(struct life *l, size_t i)
{
    struct test *t = l->t;
    struct arena *a = t->c->arena;
    int status = 0;
    shop_post(l->s, "/api/subscription/change",
        str_c(a, str_fmt(a, KEY "Idempotency-Key: c%zu\r\n", i)),
        str_fmt(a, "{\"customerId\":\"u-%zu\",\"plan\":\"patron\"}", i), &status);
    EXPECT_I64(status, 200);
    shop_jobs(l->s);
    pay(l);
}

/* Each day somebody comes, and does what is next in the row. */
static void one_day(struct life *l, size_t i)
{
    static const char *const prices[] = { "a1", "a1", "a1k", "p1" },
                             *const methods[] = { "card", "bank", "card" };
    struct arena *a = l->t->c->arena;
    const char *price = prices[i % ARRAY_LEN(prices)], *method = methods[i % ARRAY_LEN(methods)];
    switch (i % 5) {
    case 0:
    case 3:
        begin(l, i, price, method, 200);
        pay(l);
        if (i % 5 == 0 && i < 10)
            change(l, i);
        break;
    case 1:
        l->s->fault = "decline", l->s->fault_call = "create", l->s->faults_left = 1;
        begin(l, i, price, method, 502);
        break;
    case 2:
        begin(l, i, price, method, 200); /* … and walks away */
        break;
    default:
        shop_post(l->s,
            str_c(a, str_fmt(a, "/api/orders/%.*s/cancel", SARG(begin(l, i, price, method, 200)))),
            KEY, S("{}"), NULL);
    }
    shop_wait(l->s, DAY_MS);
}

static struct life live(struct test *t)
{
    struct life l = { .s = shop_open_with(t, (char[]) { "PURSER_CHECKOUTS_PER_MINUTE=1000" }),
        .t = t };
    shop_catalog(l.s, catalogue);
    l.from = date_text(t->c->arena, l.s->c->now_ms / DAY_MS);
    for (size_t i = 0; i < DAYS; i++)
        one_day(&l, i);
    shop_jobs(l.s);
    l.to = date_text(t->c->arena, l.s->c->now_ms / DAY_MS);
    return l;
}

/* ---- asking */

struct made {
    struct str name;
    struct report_words words;
    struct report_answer answer;
};

static enum err make(struct ctx *c, void *arg)
{
    struct made *k = arg;
    const struct report *report = NULL;
    TRY(report_named(c, k->name, &report));
    return report_make(c, report, &k->words, &k->answer);
}

static const struct report_sheet *sheet(struct life *l, const char *name, const char *table)
{
    struct test *t = l->t;
    struct made *k = arena_new(t->c->arena, struct made);
    const struct report_sheet *found = NULL;
    *k = (struct made) { .name = str_of_c(name), .words = { l->from, l->to, S("") } };
    EXPECT_OK(db_read_long(l->s->c, make, k));
    EXPECT_OK(report_sheet_named(l->s->c, &k->answer, str_of_c(table), &found));
    return found;
}

static struct report_cell cell(
    struct test *t, const struct report_sheet *k, size_t row, const char *name)
{
    for (size_t i = 0; i < k->table->columns; i++)
        if (str_eq(k->table->column[i].name, str_of_c(name)))
            return k->row[row].cell[i];
    EXPECT_STR(str_of_c(name), S("a column"));
    return (struct report_cell) { .none = true };
}

static int64_t sum(struct test *t, const struct report_sheet *k, const char *name)
{
    int64_t all = 0;
    for (size_t i = 0; i < k->n; i++)
        all += cell(t, k, i, name).i;
    return all;
}

struct asked {
    const char *sql;
    struct db_ins in;
    int64_t n;
};

static enum err ask_tx(struct ctx *c, void *arg)
{
    struct asked *k = arg;
    return db_one(c, k->sql, k->in, DB_OUT(out_i64(&k->n)));
}

static int64_t ask(struct life *l, const char *sql, struct db_ins in)
{
    struct test *t = l->t;
    struct asked k = { sql, in, 0 };
    EXPECT_OK(db_read_long(l->s->c, ask_tx, &k));
    return k.n;
}

/* ---- each figure */

static void check_time(struct life *l, const char *name)
{
    struct test *t = l->t;
    const struct report_sheet *k = sheet(l, name, "spans");
    for (size_t i = 0; i < k->n; i++) {
        const struct report_row *row = &k->row[i];
        const struct db_ins in =
            DB_IN(in_i64(row->from_ms), in_i64(row->to_ms), in_str(currency_code(row->cur)));
        const int64_t failed = ask(l,
            "SELECT COUNT(*) FROM attempt WHERE status IN (4, 5) AND created_ms >= $1"
            " AND created_ms < $2 AND amount_currency = $3",
            in);
        const int64_t over = ask(l,
            "SELECT COUNT(*) FROM attempt WHERE status IN (3, 4, 5) AND created_ms >= $1"
            " AND created_ms < $2 AND amount_currency = $3",
            in);
        const int64_t orders = ask(l,
            "SELECT COUNT(*) FROM purchase WHERE completed_ms >= $1 AND completed_ms < $2"
            " AND currency = $3",
            in);
        const int64_t sold = ask(l,
            "SELECT CAST(COALESCE(SUM(total_minor), 0) AS BIGINT) FROM purchase"
            " WHERE completed_ms >= $1 AND completed_ms < $2 AND currency = $3",
            in);
        EXPECT_I64(cell(t, k, i, "failed").i, failed);
        EXPECT(cell(t, k, i, "failedBasisPoints").none == (over == 0));
        if (over > 0)
            EXPECT_I64(cell(t, k, i, "failedBasisPoints").i, (20000 * failed + over) / (2 * over));
        EXPECT_I64(cell(t, k, i, "orders").i, orders);
        EXPECT_I64(cell(t, k, i, "gross").i, sold);
        EXPECT(cell(t, k, i, "average").none == (orders == 0));
        if (orders > 0)
            EXPECT_I64(cell(t, k, i, "average").i, (2 * sold + orders) / (2 * orders));
    }
    EXPECT_I64(sum(t, k, "failed"), 3);
    EXPECT_I64(sum(t, k, "orders"),
        ask(l, "SELECT COUNT(*) FROM purchase WHERE completed_ms > 0", DB_NO_IN));
}

#define PAGES " (SELECT COUNT(*) FROM attempt s WHERE s.order_n = p.n AND s.session_id IS NOT NULL)"

static void check_friction(struct life *l, const char *name)
{
    static const char *const steps[] = { "beforePage", "onPage", "afterRefusal", "cancelled" };
    struct test *t = l->t;
    const struct report_sheet *k = sheet(l, name, "friction");
    int64_t left = 0;
    for (size_t i = 0; i < k->n; i++) {
        const struct db_ins in = DB_IN(in_str(cell(t, k, i, "method").s));
#define BY_METHOD(what)                                                                            \
    ask(l,                                                                                         \
        "SELECT COUNT(*) FROM purchase p WHERE " what " AND p.kind <> 2 AND EXISTS (SELECT 1"      \
        " FROM attempt a WHERE a.order_n = p.n AND a.method = $1)",                                \
        in)
        EXPECT_STR(cell(t, k, i, "gateway").s, S("moneymotion"));
        EXPECT_I64(cell(t, k, i, "opened").i, BY_METHOD("p.n > 0"));
        EXPECT_I64(cell(t, k, i, "paid").i, BY_METHOD("p.completed_ms > 0"));
        EXPECT_I64(cell(t, k, i, "open").i, BY_METHOD("p.status IN (0, 1, 9)"));
        EXPECT_I64(cell(t, k, i, "beforePage").i, BY_METHOD("p.status IN (3, 4) AND" PAGES " = 0"));
        EXPECT_I64(cell(t, k, i, "onPage").i, BY_METHOD("p.status IN (3, 4) AND" PAGES " > 0"));
        EXPECT_I64(cell(t, k, i, "cancelled").i, BY_METHOD("p.status = 5"));
#undef BY_METHOD
        int64_t gone = 0;
        for (size_t j = 0; j < ARRAY_LEN(steps); j++)
            gone += cell(t, k, i, steps[j]).i;
        const int64_t over = gone + cell(t, k, i, "paid").i;
        EXPECT_I64(cell(t, k, i, "leftBasisPoints").i, (20000 * gone + over) / (2 * over));
        left += gone;
    }
    EXPECT_I64((int64_t)k->n, 2);
    EXPECT_I64(left, ask(l, "SELECT COUNT(*) FROM purchase WHERE status IN (3, 4, 5)", DB_NO_IN));
    EXPECT(left > 6);
}

static void check_others(struct life *l)
{
    struct test *t = l->t;
    const struct report_sheet *k = sheet(l, "weekly", "changes");
    EXPECT_I64(sum(t, k, "changes"),
        ask(l,
            "SELECT COUNT(*) FROM subscription_move WHERE from_plan = 'ally'"
            " AND to_plan = 'patron' AND was_minor > 0",
            DB_NO_IN));
    EXPECT_I64(sum(t, k, "changes"), 2);
    k = sheet(l, "weekly", "methods");
    EXPECT_I64(sum(t, k, "payments"),
        ask(l, "SELECT COUNT(*) FROM attempt WHERE status = 3 AND extra = 0", DB_NO_IN));
    k = sheet(l, "weekly", "gateways");
    EXPECT_I64(cell(t, k, 0, "refused").i,
        ask(l, "SELECT COUNT(*) FROM attempt WHERE status IN (4, 5)", DB_NO_IN));
    k = sheet(l, "weekly", "webhooks");
    EXPECT_I64(sum(t, k, "received"), ask(l, "SELECT COUNT(*) FROM event", DB_NO_IN));
    k = sheet(l, "monthly", "subscriptions");
    EXPECT_I64(sum(t, k, "newSubscribers") - sum(t, k, "churnedSubscribers"),
        ask(l, "SELECT COUNT(*) FROM subscription WHERE status <> 4", DB_NO_IN));
    k = sheet(l, "monthly", "checkouts");
    EXPECT_I64(
        sum(t, k, "opened"), ask(l, "SELECT COUNT(*) FROM purchase WHERE kind <> 2", DB_NO_IN));
    k = sheet(l, "daily", "failures");
    EXPECT_I64(sum(t, k, "tries"),
        ask(l, "SELECT COUNT(*) FROM attempt WHERE status IN (4, 5, 6, 8)", DB_NO_IN));
}

/* The last day's, each by itself. */
static void check_recent(struct life *l)
{
    struct test *t = l->t;
    struct str id;
    l->s->fault = "decline", l->s->fault_call = "create", l->s->faults_left = 1;
    begin(l, 100, "a1", "bank", 502);
    shop_wait(l->s, DAY_MS - 60 * 1000);
    id = begin(l, 101, "a1k", "card", 200);
    EXPECT(id.n > 0);
    const struct report_sheet *k = sheet(l, "failures", "recent");
    EXPECT_I64((int64_t)k->n, 1);
    EXPECT_STR(cell(t, k, 0, "method").s, S("bank"));
    EXPECT_STR(cell(t, k, 0, "status").s, S("declined"));
    EXPECT_I64(cell(t, k, 0, "amount").i, 500);
    EXPECT(k->row[0].cur == CUR_USD && str_starts(cell(t, k, 0, "order").s, S("ORD-")));
    shop_wait(l->s, 2 * 60 * 1000);
    EXPECT_I64((int64_t)sheet(l, "failures", "recent")->n, 0);
}

TEST(
    "days, weeks and months say what was sold, how much failed, who changed, and where people left")
{
    struct life l = live(t);
    check_time(&l, "daily");
    check_time(&l, "weekly");
    check_time(&l, "monthly");
    check_friction(&l, "monthly");
    check_friction(&l, "conversion");
    check_others(&l);
    check_recent(&l);
}
