#include "base/clock.h"
#include "base/test.h"
#include "catalog/catalog_fixture.h"
#include "credit/credit.h"
#include "customer/customer.h"
#include "db/db.h"
#include "fact/fact.h"

/* The day's limit, where the customer lives. */

enum {
    HOUR = 3600 * 1000
};

static const char catalogue[] =
    "{\"business\":{\"timeZone\":\"%s\"},\"plans\":[{\"id\":\"free\",\"name\":\"Free\","
    "\"credits\":{\"allowance\":1000,\"every\":\"once\"},\"limits\":{\"generationsPerDay\":5}}],"
    "\"operations\":{\"song\":1}}";

static enum err put(struct ctx *c, void *arg)
{
    struct customer *k = arg;
    return customer_ensure(c, k, k);
}

static void move_to(struct test *t, const char *zone)
{
    struct customer k = { .external_id = S("ada"), .time_zone = str_of_c(zone) };
    EXPECT_OK(db_tx(t->c, "customer", put, &k));
}

static int64_t begin(struct test *t, const char *business, const char *zone)
{
    struct str text = str_of_c(catalogue), head, tail;
    str_cut(text, '%', &head, &tail);
    text = str_fmt(t->c->arena, "%.*s%s%.*s", SARG(head), business, SARG(str_from(tail, 1)));
    catalog_in_force(t, text);
    struct customer k = { .external_id = S("ada"), .time_zone = str_of_c(zone) };
    EXPECT_OK(db_tx(t->c, "customer", put, &k));
    return k.n;
}

static void go_to(struct test *t, const char *iso)
{
    EXPECT(time_parse_iso(str_of_c(iso), &t->c->now_ms));
}

struct step {
    int64_t customer_n;
    struct id id;
    struct credit_done done;
    struct credit_today today;
};

static enum err spend_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    const struct credit_use use = { .operation = S("song"), .quantity = 1 };
    s->id = id_new(c);
    return credit_spend(c, s->customer_n, &use, s->id, &s->done);
}

static enum err refund_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    return credit_refund(c, s->customer_n, true, s->id, S(""), S("it failed"), id_new(c), &s->done);
}

static enum err today_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    return credit_today(c, s->customer_n, &s->today);
}

/* As many as the day still allows. */
static int spend_all(struct test *t, int64_t n)
{
    struct step s = { .customer_n = n };
    int spent = 0;
    while (db_tx(t->c, "spend", spend_tx, &s) == E_OK && spent < 100)
        spent++;
    EXPECT(t->c->err.code == CODE_DAILY_LIMIT_REACHED);
    return spent;
}

static void expect_today(struct test *t, int64_t n, int64_t used, const char *resets)
{
    struct step s = { .customer_n = n };
    EXPECT_OK(db_read(t->c, today_tx, &s));
    EXPECT_I64(s.today.used, used);
    EXPECT_STR(str_part(time_iso(t->c->arena, s.today.ends_ms), 0, 16), str_of_c(resets));
}

TEST("a day's limit begins again at midnight where the customer lives, else the business")
{
    int64_t n = begin(t, "Asia/Tokyo", "Europe/Berlin");
    go_to(t, "2026-11-20T22:59:59Z");
    EXPECT_I64(spend_all(t, n), 5);
    EXPECT(str_has(t->c->err.message, S("again on 20 November 2026, 23:00 UTC")));
    expect_today(t, n, 5, "2026-11-20T23:00");
    go_to(t, "2026-11-20T23:00:00Z");
    expect_today(t, n, 0, "2026-11-21T23:00");
    EXPECT_I64(spend_all(t, n), 5);
    struct customer bob = { .external_id = S("bob") };
    EXPECT_OK(db_tx(t->c, "customer", put, &bob));
    expect_today(t, bob.n, 0, "2026-11-21T15:00");
    EXPECT_I64(spend_all(t, bob.n), 5);
}

TEST("a day of 23 or 25 hours has one allowance")
{
    int64_t n = begin(t, "UTC", "Europe/Berlin");
    go_to(t, "2026-10-24T22:00:00Z"); /* the night in which clocks go back */
    EXPECT_I64(spend_all(t, n), 5);
    go_to(t, "2026-10-25T22:59:59Z"); /* 25 hours later less a second */
    EXPECT_I64(spend_all(t, n), 0);
    go_to(t, "2026-10-25T23:00:00Z");
    EXPECT_I64(spend_all(t, n), 5);
    go_to(t, "2027-03-27T23:00:00Z");
    EXPECT_I64(spend_all(t, n), 5);
    go_to(t, "2027-03-28T21:59:59Z");
    EXPECT_I64(spend_all(t, n), 0);
    go_to(t, "2027-03-28T22:00:00Z"); /* 23 hours */
    EXPECT_I64(spend_all(t, n), 5);
}

TEST("who moves in the middle of a day keeps its end, and gains nothing")
{
    int64_t n = begin(t, "UTC", "Europe/Berlin");
    go_to(t, "2026-11-20T12:00:00Z");
    EXPECT_I64(spend_all(t, n), 5);
    move_to(t, "Asia/Tokyo"); /* where the 21st begins at 15:00 */
    go_to(t, "2026-11-20T16:00:00Z");
    expect_today(t, n, 5, "2026-11-20T23:00");
    EXPECT_I64(spend_all(t, n), 0);
    /* Then the first day there: not the 16 hours until its next midnight, but 40. */
    go_to(t, "2026-11-20T23:30:00Z");
    expect_today(t, n, 0, "2026-11-22T15:00");
    EXPECT_I64(spend_all(t, n), 5);
    go_to(t, "2026-11-21T15:00:00Z");
    EXPECT_I64(spend_all(t, n), 0);
    go_to(t, "2026-11-22T15:00:00Z");
    expect_today(t, n, 0, "2026-11-23T15:00");
    EXPECT_I64(spend_all(t, n), 5);
}

TEST("who moves every hour has no more allowances than who stays")
{
    static const char *const zones[] = { "Pacific/Kiritimati", "Europe/Berlin", "America/New_York",
        "Asia/Tokyo", "Pacific/Pago_Pago", "Asia/Kathmandu", "Atlantic/Azores" };
    int64_t n = begin(t, "UTC", "UTC");
    go_to(t, "2026-10-20T00:00:00Z");
    const int64_t first_ms = t->c->now_ms;
    int days = 0;
    for (size_t i = 0; t->c->now_ms < first_ms + 20 * INT64_C(24) * HOUR; i++) {
        move_to(t, zones[i % ARRAY_LEN(zones)]);
        int spent = spend_all(t, n);
        EXPECT(spent == 0 || spent == 5);
        days += spent > 0;
        t->c->now_ms += HOUR;
    }
    EXPECT(days >= 15 && days <= 20);
}

TEST("what is given back goes back to the day on which it was counted")
{
    int64_t n = begin(t, "UTC", "Europe/Berlin");
    struct step s = { .customer_n = n };
    go_to(t, "2026-11-20T12:00:00Z");
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
    struct step first = s;
    EXPECT_I64(spend_all(t, n), 4);
    EXPECT_OK(db_tx(t->c, "refund", refund_tx, &first));
    expect_today(t, n, 4, "2026-11-20T23:00");
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
    go_to(t, "2026-11-21T12:00:00Z");
    EXPECT_I64(spend_all(t, n), 5);
    EXPECT_OK(db_tx(t->c, "refund", refund_tx, &s)); /* yesterday's */
    expect_today(t, n, 5, "2026-11-21T23:00");
    EXPECT_I64(spend_all(t, n), 0);
}

TEST("a zone that this machine has forgotten is the business's, and refuses nobody")
{
    int64_t n = begin(t, "Asia/Tokyo", "Europe/Atlantis");
    go_to(t, "2026-11-20T12:00:00Z");
    expect_today(t, n, 0, "2026-11-20T15:00");
    EXPECT_I64(spend_all(t, n), 5);
}

static enum err count_near(struct ctx *c, const struct fact_row *row, void *arg)
{
    *(int64_t *)arg += str_eq(row->kind, S("LIMIT_NEAR"));
    return c->dead ? E_DEAD : E_OK;
}

static enum err count_facts(struct ctx *c, void *arg)
{
    struct fact_filter all = { .limit = 1000 };
    return fact_list(c, &all, count_near, arg);
}

TEST("at 80 % of a day's limit its customer is told, once a day")
{
    int64_t n = begin(t, "UTC", "Europe/Berlin"), told = 0, sealed = 0;
    struct step s = { .customer_n = n };
    for (int day = 0; day < 2; day++) {
        for (int i = 0; i < 3; i++)
            EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
        EXPECT_OK(fact_seal(t->c, &sealed));
        told = 0;
        EXPECT_OK(db_read(t->c, count_facts, &told));
        EXPECT_I64(told, day);
        EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
        EXPECT_OK(db_tx(t->c, "refund", refund_tx, &s));
        EXPECT_I64(spend_all(t, n), 2);
        EXPECT_OK(fact_seal(t->c, &sealed));
        told = 0;
        EXPECT_OK(db_read(t->c, count_facts, &told));
        EXPECT_I64(told, day + 1);
        t->c->now_ms += 24 * HOUR;
    }
}

static enum err apply(struct ctx *c, void *arg)
{
    bool changed = false;
    return catalog_apply(c, *(const struct str *)arg, &changed);
}

TEST("a catalogue whose time zone nobody knows is not applied")
{
    struct str text = S("{\"business\":{\"timeZone\":\"Europe/Atlantis\"}}");
    begin(t, "UTC", "UTC");
    EXPECT(db_tx(t->c, "catalogue", apply, &text) == E_INVALID);
    EXPECT_STR(t->c->err.message,
        S("business.timeZone: Europe/Atlantis is no time zone that this machine knows (package "
          "tzdata)"));
}
