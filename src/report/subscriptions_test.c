#include "catalog/catalog_fixture.h"
#include "customer/customer.h"
#include "db/db.h"
#include "grant/plan_fixture.h"
#include "report/nights_fixture.h"
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

static enum err one_day(struct ctx *c, void *arg)
{
    struct life *l = arg, again = *l;
    again.back.back_minor = 0;
    for (size_t i = 0; i < PEOPLE; i++)
        TRY(live(c, &again, i));
    TRY(nights_add(c, again.day));
    *l = again;
    return E_OK;
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

static struct report_cell cell_of(struct test *t, const struct report_sheet *sheet,
    const struct report_row *row, const char *name)
{
    for (size_t i = 0; i < sheet->table->columns; i++)
        if (str_eq(sheet->table->column[i].name, str_of_c(name)))
            return row->cell[i];
    EXPECT_STR(str_of_c(name), S("a column"));
    return (struct report_cell) { .none = true };
}

/* Every figure of a line is compared, and by name. */
#define IS(name, want)                                                                             \
    do {                                                                                           \
        const struct report_cell is_ = cell_of(t, sheet, row, name);                               \
        EXPECT(!is_.none);                                                                         \
        EXPECT_I64(is_.i, want);                                                                   \
    } while (false)

/* The whole number that is nearest to part / whole, the larger one of two; of nothing there is
 * none. */
static void is_ratio(struct test *t, const struct report_cell *cell, __int128 part, __int128 whole)
{
    EXPECT(cell->none == (whole <= 0));
    if (cell->none)
        return;
    const __int128 twice = 2 * (part < 0 ? -part : part), is = cell->i < 0 ? -cell->i : cell->i;
    EXPECT((cell->i < 0) == (part < 0) || is == 0);
    EXPECT(twice >= (2 * is - 1) * whole && twice < (2 * is + 1) * whole);
}

/* How long it was, in months. */
struct months {
    int64_t part, whole;
};

static void check_ratios(struct test *t, const struct report_sheet *sheet,
    const struct report_row *row, const struct nights_said *k, struct months m)
{
    static const char *const names[] = { "growthBasisPoints", "moneyChurnBasisPoints",
        "churnBasisPoints", "arpu", "clv" };
    const __int128 lost = (__int128)k->churned.n * m.whole * k->end.n;
    const struct {
        __int128 part, whole;
    } want[] = {
        { (__int128)10000 * (k->end.minor - k->opening.minor), k->opening.minor },
        { (__int128)10000 * (k->less.minor + k->churned.minor), k->opening.minor },
        { (__int128)10000 * k->churned.n, k->opening.n },
        { k->end.minor, k->end.n },
        { (__int128)k->end.minor * k->opening.n * m.part, k->opening.n > 0 ? lost : 0 },
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct report_cell is = cell_of(t, sheet, row, names[i]);
        is_ratio(t, &is, want[i].part, want[i].whole);
    }
}

/* How many came to the plan from another one. */
static int64_t check_line(struct test *t, const struct report_sheet *sheet,
    const struct report_row *row, struct str plan, struct months m)
{
    struct nights_said k = {
        .first = (row->from_ms - BEGIN_MS) / PLAN_DAY,
        .last = (row->to_ms - BEGIN_MS) / PLAN_DAY - 1,
        .cur = currency_code(row->cur),
        .plan = plan,
    };
    EXPECT_OK(db_read(t->c, nights_say, &k));
    IS("opening", k.opening.minor);
    IS("openingSubscribers", k.opening.n);
    IS("mrr", k.end.minor);
    IS("subscribers", k.end.n);
    IS("new", k.fresh.minor);
    IS("newSubscribers", k.fresh.n);
    IS("returned", k.returned.minor);
    IS("returnedSubscribers", k.returned.n);
    IS("expansion", k.more.minor);
    IS("contraction", k.less.minor);
    IS("churned", k.churned.minor);
    IS("churnedSubscribers", k.churned.n);
    IS("trialsBegun", k.trials);
    IS("trialsPaid", k.paid);
    IS("trialsEnded", k.ended);
    check_ratios(t, sheet, row, &k, m);
    EXPECT_I64(k.opening.minor + k.fresh.minor + k.returned.minor + k.more.minor + k.came.minor -
            k.less.minor - k.churned.minor - k.left.minor,
        k.end.minor);
    if (plan.n > 0) {
        IS("changedTo", k.came.minor);
        IS("changedFrom", k.left.minor);
    }
    return k.came.n;
}

static int64_t check_change(
    struct test *t, const struct report_sheet *sheet, const struct report_row *row)
{
    struct nights_pair k = {
        .first = (row->from_ms - BEGIN_MS) / PLAN_DAY,
        .last = (row->to_ms - BEGIN_MS) / PLAN_DAY - 1,
        .cur = currency_code(row->cur),
        .from = row->cell[0].s,
        .to = row->cell[1].s,
    };
    EXPECT_OK(db_read(t->c, nights_say_pair, &k));
    IS("changes", k.n);
    IS("was", k.was);
    IS("is", k.is);
    IS("difference", k.is - k.was);
    return k.n;
}

/* What is said of all plans together is what is said of the time as a whole. */
static void check_total(
    struct test *t, const struct report_sheet *sheet, const struct report_row *row)
{
    struct nights_said k = {
        .first = (row->from_ms - BEGIN_MS) / PLAN_DAY,
        .last = (row->to_ms - BEGIN_MS) / PLAN_DAY - 1,
        .cur = currency_code(row->cur),
    };
    EXPECT_OK(db_read(t->c, nights_say, &k));
    IS("opening", k.opening.minor);
    IS("openingSubscribers", k.opening.n);
    IS("mrr", k.end.minor);
    IS("subscribers", k.end.n);
    IS("churned", k.churned.minor);
    IS("trialsPaid", k.paid);
}

/* months 0: no whole ones, so a month is the 48th part of four years. */
static void check(struct test *t, const char *from, const char *to, const char *by, int64_t months)
{
    struct made k = { .words = { str_of_c(from), str_of_c(to), str_of_c(by) } };
    EXPECT_OK(db_read(t->c, make, &k));
    const struct report_sheet *spans = &k.answer.sheet[0], *plans = &k.answer.sheet[1],
                              *changes = &k.answer.sheet[2];
    const struct report_ask *ask = &k.answer.ask;
    const struct months all = { (ask->to_ms - ask->from_ms) / PLAN_DAY * 48, 1461 };
    int64_t came = 0, changed = 0;
    EXPECT(spans->n >= 20 && plans->n >= 4 && changes->n > 4 && plans->totals >= 2);
    for (size_t i = 0; i < spans->n; i++) {
        const struct report_row *row = &spans->row[i];
        const struct months one = { (row->to_ms - row->from_ms) / PLAN_DAY * 48, 1461 };
        check_line(t, spans, row, S(""), months > 0 ? (struct months) { 1, 1 } : one);
    }
    for (size_t i = 0; i < plans->n; i++)
        came += check_line(t, plans, &plans->row[i], plans->row[i].cell[0].s,
            months > 0 ? (struct months) { months, 1 } : all);
    for (size_t i = 0; i < changes->n; i++)
        changed += check_change(t, changes, &changes->row[i]);
    EXPECT_I64(changed, came);
    for (size_t i = 0; i < plans->totals; i++)
        check_total(t, plans, &plans->total[i]);
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
    EXPECT_OK(db_tx(t->c, "nights", nights_begin, NULL));
    for (l->day = 0; l->day < DAYS; l->day++) {
        EXPECT_OK(db_tx(t->c, "day", one_day, l));
        if (l->back.back_minor > 0)
            plan_back(t, &l->back);
    }
    EXPECT_OK(db_tx(t->c, "last nights", nights_end, NULL));
    t->c->now_ms = BEGIN_MS + DAYS * PLAN_DAY - 1;
    check(t, "2026-02-01", "2028-01-31", "month", 24);
    check(t, "2027-01-01", "2027-12-31", "month", 12);
    check(t, "2026-11-18", "2027-04-09", "week", 0);
    check_rows(t);
}
