#include "catalog/catalog_fixture.h"
#include "customer/customer.h"
#include "db/db.h"
#include "grant/plan_fixture.h"
#include "report/report.h"

/* Two years of people who try, buy, change, fail to pay, come back and leave.  Each night the test
 * writes down what every subscription is worth, in an arithmetic of its own; the report must say
 * what those nights say. */

static const char catalogue[] =
    "{\"plans\":[{\"id\":\"basic\",\"name\":\"Basic\",\"group\":\"ai\",\"prices\":["
    "{\"id\":\"basic-month\",\"amount\":999},"
    "{\"id\":\"basic-year\",\"interval\":\"year\",\"amount\":9995}]},"
    "{\"id\":\"pro\",\"name\":\"Pro\",\"group\":\"ai\",\"trialDays\":14,\"prices\":["
    "{\"id\":\"pro-month\",\"amount\":1999},"
    "{\"id\":\"pro-year\",\"interval\":\"year\",\"amount\":19990}]},"
    "{\"id\":\"twin\",\"name\":\"Twin\",\"group\":\"ai\",\"prices\":["
    "{\"id\":\"twin-month\",\"amount\":999}]},"
    "{\"id\":\"fan\",\"name\":\"Fan\",\"group\":\"club\",\"prices\":["
    "{\"id\":\"fan-month\",\"amount\":701,\"currency\":\"EUR\"}]}],"
    "\"coupons\":[{\"code\":\"HALF\",\"basisPoints\":5000},"
    "{\"code\":\"THREE\",\"basisPoints\":1000,\"duration\":\"months\",\"months\":3},"
    "{\"code\":\"EVER\",\"basisPoints\":2500,\"duration\":\"forever\"}],"
    "\"tax\":{\"inclusive\":true,\"rates\":[{\"country\":\"DE\",\"basisPoints\":1900}]}}";

enum {
    PEOPLE = 20,
    DAYS = 730
};
#define BEGIN_MS INT64_C(1769904000000) /* 1 February 2026 */

struct life {
    struct test *t;
    uint64_t luck;
    int64_t person[PEOPLE], due_ms[PEOPLE], day;
    struct plan_deed back; /* whose money goes back in the evening */
};

static int64_t draw(struct life *l, int64_t below)
{
    l->luck = l->luck * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((l->luck >> 33) % (uint64_t)below);
}

static enum err make_person(struct ctx *c, void *arg)
{
    struct life *l = arg;
    struct customer said = {
        .external_id = str_fmt(c->arena, "u-%lld", (long long)l->day),
        .country = l->day % 2 == 0 ? S("DE") : S("US"),
    };
    struct customer k;
    TRY(customer_ensure(c, &said, &k));
    l->person[l->day] = k.n;
    return E_OK;
}

struct looked {
    int64_t customer_n;
    struct str group;
    bool found;
    struct subscription s;
};

/* The day is one transaction: what it asks for may be asked again. */
static enum err deed(struct ctx *c, struct life *l, struct plan_deed d)
{
    TRY(plan_buy_tx(c, &d));
    if (d.why.n > 0)
        return fail(c, CONFLICT, "%.*s", SARG(d.why));
    if (draw(l, 20) == 0 && d.order.total_minor > 0) { /* now and then its money goes back */
        d.back_minor = d.order.total_minor;
        l->back = d;
    }
    return E_OK;
}

static enum err begin(struct ctx *c, struct life *l, int64_t customer_n, bool club)
{
    static const char *const prices[] = { "basic-month", "basic-year", "pro-month", "pro-year",
        "twin-month" };
    static const char *const coupons[] = { NULL, NULL, "HALF", "THREE", "EVER" };
    return deed(c, l,
        (struct plan_deed) { .customer_n = customer_n,
            .price = club ? "fan-month" : prices[draw(l, ARRAY_LEN(prices))],
            .coupon = coupons[draw(l, ARRAY_LEN(coupons))] });
}

static enum err change(struct ctx *c, struct life *l, const struct subscription *s)
{
    static const char *const prices[] = { "basic-month", "basic-year", "pro-month", "pro-year",
        "twin-month" };
    return deed(c, l,
        (struct plan_deed) { .customer_n = s->customer_n,
            .price = str_eq(s->terms.group, S("club")) ? "fan-month"
                                                       : prices[draw(l, ARRAY_LEN(prices))],
            .kind = ORDER_CHANGE,
            .subscription_n = s->n });
}

static enum err renew(struct ctx *c, struct life *l, const struct subscription *s)
{
    return deed(c, l,
        (struct plan_deed) { .customer_n = s->customer_n,
            .price = str_c(c->arena, s->terms.price),
            .kind = ORDER_RENEWAL,
            .subscription_n = s->n,
            .start_ms = s->period_end_ms,
            .end_ms = subscription_next_end_ms(s, s->terms.months) });
}

static enum err stand(struct ctx *c, const struct subscription *was, enum subscription_status to)
{
    struct subscription s;
    TRY(subscription_lock(c, was->n, &s));
    s.ended_ms = to == SUBSCRIPTION_CANCELED ? c->now_ms : 0;
    s.past_due_ms = to == SUBSCRIPTION_PAST_DUE ? c->now_ms : 0;
    return subscription_become(c, &s, to);
}

static enum err fall_due(struct ctx *c, struct life *l, const struct subscription *s)
{
    int64_t what = draw(l, 10);
    if (s->status == SUBSCRIPTION_PAST_DUE && what < 3)
        return stand(c, s, SUBSCRIPTION_CANCELED);
    if (s->status == SUBSCRIPTION_PAST_DUE || what < 7)
        return renew(c, l, s);
    return stand(c, s, what == 7 ? SUBSCRIPTION_CANCELED : SUBSCRIPTION_PAST_DUE);
}

static bool is_due(const struct ctx *c, const struct looked *k)
{
    return k->found && k->s.period_end_ms <= c->now_ms;
}

/* At most one deed for each person and day, so that a night's difference is one deed. */
static enum err do_something(
    struct ctx *c, struct life *l, const struct looked *ai, const struct looked *club)
{
    const struct looked *k = draw(l, 4) == 0 ? club : ai;
    if (is_due(c, ai))
        return fall_due(c, l, &ai->s);
    if (is_due(c, club))
        return fall_due(c, l, &club->s);
    if (!k->found)
        return draw(l, 3) == 0 ? begin(c, l, k->customer_n, k == club) : E_OK;
    if (draw(l, 4) == 0)
        return change(c, l, &k->s);
    return draw(l, 8) == 0 ? stand(c, &k->s, SUBSCRIPTION_CANCELED) : E_OK;
}

static enum err look(struct ctx *c, struct looked *k)
{
    return subscription_of(c, k->customer_n, k->group, &k->found, &k->s);
}

static enum err live(struct ctx *c, struct life *l, size_t i)
{
    struct looked ai = { .customer_n = l->person[i], .group = S("ai") };
    struct looked club = { .customer_n = l->person[i], .group = S("club") };
    c->now_ms = BEGIN_MS + l->day * PLAN_DAY + (int64_t)i * 3600 * 1000;
    if (c->now_ms < l->due_ms[i] && draw(l, 12) > 0)
        return E_OK;
    TRY(look(c, &ai));
    TRY(look(c, &club));
    TRY(do_something(c, l, &ai, &club));
    TRY(look(c, &ai));
    TRY(look(c, &club));
    l->due_ms[i] = INT64_MAX;
    if (ai.found)
        l->due_ms[i] = ai.s.period_end_ms;
    if (club.found && club.s.period_end_ms < l->due_ms[i])
        l->due_ms[i] = club.s.period_end_ms;
    return E_OK;
}

/* ---- what the nights say */

static enum err begin_nights(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(c, DB_ANY_ROWS,
        "CREATE TABLE night (day BIGINT NOT NULL, n BIGINT NOT NULL, customer_n BIGINT NOT NULL,"
        " plan TEXT NOT NULL, cur TEXT NOT NULL, trial BIGINT NOT NULL, worth BIGINT NOT NULL,"
        " PRIMARY KEY (day, n))",
        DB_NO_IN);
}

/* Of each that was ever paid for. */
static enum err last_nights(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(c, DB_ANY_ROWS,
        "CREATE TABLE last_night AS SELECT n, customer_n, MAX(day) AS day FROM night"
        " WHERE worth > 0 GROUP BY n, customer_n",
        DB_NO_IN);
}

static enum err one_night(struct ctx *c, int64_t day)
{
    return db_exec(c, DB_ANY_ROWS,
        "INSERT INTO night (day, n, customer_n, plan, cur, trial, worth)"
        " SELECT $1, n, customer_n, plan, amount_currency, CASE WHEN status = 0 THEN 1 ELSE 0 END,"
        " CASE WHEN status = 0 THEN 0 ELSE"
        " ((amount_minor - CASE WHEN off_months = 0 THEN 0 ELSE off_minor END) * 20000"
        "  + months * (10000 + CASE WHEN tax_inclusive = 1 THEN tax_bps ELSE 0 END))"
        " / (2 * months * (10000 + CASE WHEN tax_inclusive = 1 THEN tax_bps ELSE 0 END)) END"
        " FROM subscription WHERE status IN (0, 1, 2)",
        DB_IN(in_i64(day)));
}

static enum err one_day(struct ctx *c, void *arg)
{
    struct life *l = arg, again = *l;
    again.back.back_minor = 0;
    for (size_t i = 0; i < PEOPLE; i++)
        TRY(live(c, &again, i));
    TRY(one_night(c, again.day));
    *l = again;
    return E_OK;
}

struct said {
    int64_t first, last; /* days */
    struct str cur, plan;
    int64_t mrr, subscribers, fresh, fresh_n, returned, returned_n, more, less, churned, churned_n,
        trials, paid, ended, came, left;
};

/* tonight against the night before; a plan's own: empty for all of them. */
#define NIGHTS                                                                                     \
    " FROM night b LEFT JOIN night a ON a.n = b.n AND a.day = b.day - 1"                           \
    " WHERE b.day BETWEEN $1 AND $2 AND b.cur = $3"
#define GONE                                                                                       \
    " FROM night a LEFT JOIN night b ON b.n = a.n AND b.day = a.day + 1"                           \
    " WHERE a.day BETWEEN $1 - 1 AND $2 - 1 AND a.cur = $3 AND b.n IS NULL"
#define BEFORE                                                                                     \
    " EXISTS (SELECT 1 FROM last_night x WHERE x.customer_n = b.customer_n AND x.day < b.day)"
#define SUM(what) "SELECT COUNT(*), CAST(COALESCE(SUM(" what "), 0) AS BIGINT)"

static enum err ask_nights(struct ctx *c, void *arg)
{
    struct said *k = arg;
    int64_t n = 0;
    const struct db_ins in = DB_IN(in_i64(k->first), in_i64(k->last), in_str(k->cur));
    TRY(db_one(c,
        SUM("worth") " FROM night WHERE day = $2 AND day >= $1 AND cur = $3 AND worth > 0", in,
        DB_OUT(out_i64(&k->subscribers), out_i64(&k->mrr))));
    TRY(db_one(c,
        SUM("b.worth") NIGHTS " AND b.worth > 0 AND COALESCE(a.worth, 0) = 0 AND NOT" BEFORE, in,
        DB_OUT(out_i64(&k->fresh_n), out_i64(&k->fresh))));
    TRY(db_one(c, SUM("b.worth") NIGHTS " AND b.worth > 0 AND COALESCE(a.worth, 0) = 0 AND" BEFORE,
        in, DB_OUT(out_i64(&k->returned_n), out_i64(&k->returned))));
    TRY(db_one(c, SUM("b.worth - a.worth") NIGHTS " AND a.worth > 0 AND b.worth > a.worth", in,
        DB_OUT(out_i64(&n), out_i64(&k->more))));
    TRY(db_one(c, SUM("a.worth - b.worth") NIGHTS " AND b.worth > 0 AND b.worth < a.worth", in,
        DB_OUT(out_i64(&n), out_i64(&k->less))));
    TRY(db_one(c, SUM("a.worth") GONE " AND a.worth > 0", in,
        DB_OUT(out_i64(&k->churned_n), out_i64(&k->churned))));
    TRY(db_one(c, SUM("b.trial") NIGHTS " AND b.trial = 1 AND a.n IS NULL", in,
        DB_OUT(out_i64(&k->trials), out_i64(&n))));
    TRY(db_one(c, SUM("b.trial") NIGHTS " AND b.worth > 0 AND a.trial = 1", in,
        DB_OUT(out_i64(&k->paid), out_i64(&n))));
    return db_one(
        c, SUM("a.trial") GONE " AND a.trial = 1", in, DB_OUT(out_i64(&k->ended), out_i64(&n)));
}

static enum err ask_plan(struct ctx *c, void *arg)
{
    struct said *k = arg;
    int64_t n = 0;
    const struct db_ins in =
        DB_IN(in_i64(k->first), in_i64(k->last), in_str(k->cur), in_str(k->plan));
    TRY(db_one(c,
        SUM("worth") " FROM night WHERE day = $2 AND day >= $1 AND cur = $3 AND plan = $4"
                     " AND worth > 0",
        in, DB_OUT(out_i64(&k->subscribers), out_i64(&k->mrr))));
    TRY(db_one(c,
        SUM("b.worth") NIGHTS " AND b.plan = $4 AND a.plan <> $4 AND a.worth > 0 AND b.worth > 0",
        in, DB_OUT(out_i64(&n), out_i64(&k->came))));
    TRY(db_one(c,
        SUM("a.worth") NIGHTS " AND a.plan = $4 AND b.plan <> $4 AND a.worth > 0 AND b.worth > 0",
        in, DB_OUT(out_i64(&n), out_i64(&k->left))));
    return db_one(c, SUM("a.worth") GONE " AND a.plan = $4 AND a.worth > 0", in,
        DB_OUT(out_i64(&k->churned_n), out_i64(&k->churned)));
}

/* ---- what the report says */

struct made {
    struct report_words words;
    struct report_answer answer;
};

static enum err make(struct ctx *c, void *arg)
{
    struct made *k = arg;
    const struct report *report = NULL;
    TRY(report_named(c, S("subscriptions"), &report));
    return report_make(c, report, &k->words, &k->answer);
}

static int64_t cell(struct test *t, const struct report_sheet *sheet, const struct report_row *row,
    const char *name)
{
    for (size_t i = 0; i < sheet->table->columns; i++)
        if (str_eq(sheet->table->column[i].name, str_of_c(name)))
            return row->cell[i].i;
    EXPECT_STR(str_of_c(name), S("a column"));
    return 0;
}

static void check_span(
    struct test *t, const struct report_sheet *sheet, const struct report_row *row)
{
    struct said k = {
        .first = (row->from_ms - BEGIN_MS) / PLAN_DAY,
        .last = (row->to_ms - BEGIN_MS) / PLAN_DAY - 1,
        .cur = currency_code(row->cur),
    };
    EXPECT_OK(db_read(t->c, ask_nights, &k));
    EXPECT_I64(cell(t, sheet, row, "mrr"), k.mrr);
    EXPECT_I64(cell(t, sheet, row, "subscribers"), k.subscribers);
    EXPECT_I64(cell(t, sheet, row, "new"), k.fresh);
    EXPECT_I64(cell(t, sheet, row, "newSubscribers"), k.fresh_n);
    EXPECT_I64(cell(t, sheet, row, "returned"), k.returned);
    EXPECT_I64(cell(t, sheet, row, "returnedSubscribers"), k.returned_n);
    EXPECT_I64(cell(t, sheet, row, "expansion"), k.more);
    EXPECT_I64(cell(t, sheet, row, "contraction"), k.less);
    EXPECT_I64(cell(t, sheet, row, "churned"), k.churned);
    EXPECT_I64(cell(t, sheet, row, "churnedSubscribers"), k.churned_n);
    EXPECT_I64(cell(t, sheet, row, "trialsBegun"), k.trials);
    EXPECT_I64(cell(t, sheet, row, "trialsPaid"), k.paid);
    EXPECT_I64(cell(t, sheet, row, "trialsEnded"), k.ended);
    EXPECT_I64(
        cell(t, sheet, row, "opening") + k.fresh + k.returned + k.more - k.less - k.churned, k.mrr);
}

static void check_plan(
    struct test *t, const struct report_sheet *sheet, const struct report_row *row)
{
    struct said k = {
        .first = (row->from_ms - BEGIN_MS) / PLAN_DAY,
        .last = (row->to_ms - BEGIN_MS) / PLAN_DAY - 1,
        .cur = currency_code(row->cur),
        .plan = row->cell[0].s,
    };
    EXPECT_OK(db_read(t->c, ask_plan, &k));
    EXPECT_I64(cell(t, sheet, row, "mrr"), k.mrr);
    EXPECT_I64(cell(t, sheet, row, "subscribers"), k.subscribers);
    EXPECT_I64(cell(t, sheet, row, "churned"), k.churned);
    EXPECT_I64(cell(t, sheet, row, "churnedSubscribers"), k.churned_n);
    EXPECT_I64(cell(t, sheet, row, "changedTo"), k.came);
    EXPECT_I64(cell(t, sheet, row, "changedFrom"), k.left);
}

static void check(struct test *t, const char *from, const char *to, const char *by, size_t least)
{
    struct made k = { .words = { str_of_c(from), str_of_c(to), str_of_c(by) } };
    EXPECT_OK(db_read(t->c, make, &k));
    const struct report_sheet *spans = &k.answer.sheet[0], *plans = &k.answer.sheet[1];
    EXPECT(spans->n >= least);
    for (size_t i = 0; i < spans->n; i++)
        check_span(t, spans, &spans->row[i]);
    for (size_t i = 0; i < plans->n; i++)
        check_plan(t, plans, &plans->row[i]);
    EXPECT(plans->n >= 4);
    EXPECT(k.answer.sheet[2].n > 4);
}

static enum err verify(struct ctx *c, void *arg)
{
    return subscription_verify(c, arg);
}

static enum err lose_a_row(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(c, 1,
        "DELETE FROM subscription_move WHERE n = (SELECT MIN(n) FROM subscription_move"
        " WHERE kind = 3)",
        DB_NO_IN);
}

static enum err change_a_price(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(c, 1,
        "UPDATE subscription SET amount_minor = amount_minor + 1200 WHERE n ="
        " (SELECT MIN(n) FROM subscription WHERE status = 1 AND amount_currency = 'USD')",
        DB_NO_IN);
}

/* Every subscription's rows end where it stands; whatever is changed beside them is found. */
static void check_rows(struct test *t)
{
    struct buf out = BUF(t->c->arena);
    EXPECT_OK(db_read(t->c, verify, &out));
    EXPECT_OK(db_tx(t->c, "lose", lose_a_row, NULL));
    EXPECT_FAIL(db_read(t->c, verify, &out), CONFLICT);
    EXPECT(str_has(buf_str(&out), S("has a gap")));
    out = BUF(t->c->arena);
    EXPECT_OK(db_tx(t->c, "change", change_a_price, NULL));
    EXPECT_FAIL(db_read(t->c, verify, &out), CONFLICT);
    EXPECT(str_has(buf_str(&out), S("a month, and its last row says")));
}

TEST("what subscriptions bring and what moved it is what the nights of two years say")
{
    struct life *l = arena_new(t->c->arena, struct life);
    l->t = t;
    l->luck = 20260201;
    t->c->now_ms = BEGIN_MS;
    catalog_in_force(t, str_of_c(catalogue));
    EXPECT_OK(coupons_from_catalog(t->c, S("")));
    for (l->day = 0; l->day < PEOPLE; l->day++)
        EXPECT_OK(db_tx(t->c, "person", make_person, l));
    EXPECT_OK(db_tx(t->c, "nights", begin_nights, NULL));
    for (l->day = 0; l->day < DAYS; l->day++) {
        EXPECT_OK(db_tx(t->c, "day", one_day, l));
        if (l->back.back_minor > 0)
            plan_back(t, &l->back);
    }
    EXPECT_OK(db_tx(t->c, "last nights", last_nights, NULL));
    t->c->now_ms = BEGIN_MS + DAYS * PLAN_DAY - 1;
    check(t, "2026-02-01", "2028-01-31", "month", 40);
    check(t, "2026-11-18", "2027-04-09", "week", 20);
    check_rows(t);
}
