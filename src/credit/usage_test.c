#include "base/clock.h"
#include "catalog/catalog_fixture.h"
#include "credit/credit.h"
#include "credit/report.h"
#include "customer/customer.h"
#include "db/db.h"

/* What was used: the same before, while and after it is added up. */

enum {
    HOUR = 3600 * 1000
};

static const char catalogue[] =
    "{\"business\":{\"timeZone\":\"Asia/Tokyo\"},\"plans\":["
    "{\"id\":\"free\",\"group\":\"ai\",\"name\":\"Free\","
    "\"credits\":{\"allowance\":1000,\"every\":\"once\"}},"
    "{\"id\":\"basic\",\"group\":\"ai\",\"name\":\"Basic\",\"credits\":{\"allowance\":500},"
    "\"prices\":[{\"id\":\"basic-month\",\"amount\":999}]},"
    "{\"id\":\"creator\",\"group\":\"ai\",\"name\":\"Creator\",\"credits\":{\"allowance\":1500},"
    "\"prices\":[{\"id\":\"creator-month\",\"amount\":1999}]}],"
    "\"operations\":{\"song\":5,\"stems\":15}}";

static enum err put(struct ctx *c, void *arg)
{
    struct customer *k = arg;
    return customer_ensure(c, k, k);
}

static int64_t begin(struct test *t)
{
    struct customer k = { .external_id = S("ada"), .time_zone = S("Europe/Berlin") };
    catalog_in_force(t, str_of_c(catalogue));
    EXPECT_OK(db_tx(t->c, "customer", put, &k));
    return k.n;
}

static void go_to(struct test *t, const char *iso)
{
    EXPECT(time_parse_iso(str_of_c(iso), &t->c->now_ms));
}

struct step {
    int64_t customer_n;
    struct credit_use use;
    struct credit_gift gift;
    struct access_plan plan;
    struct id id;
    struct credit_done done;
};

static enum err spend_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    s->id = id_new(c);
    return credit_spend(c, s->customer_n, &s->use, s->id, &s->done);
}

static enum err refund_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    return credit_refund(c, s->customer_n, true, s->id, S(""), S("failed"), id_new(c), &s->done);
}

static enum err give_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    bool given = false;
    return credit_give(c, s->customer_n, &s->gift, &given);
}

static enum err plan_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    return access_set(c, s->customer_n, &s->plan);
}

static struct step spend(
    struct test *t, int64_t n, const char *operation, int64_t quantity, const char *labels)
{
    struct step s = { .customer_n = n };
    s.use = (struct credit_use) {
        .operation = str_of_c(operation), .quantity = quantity, .labels = str_of_c(labels)
    };
    if (s.use.operation.n == 0)
        s.use.amount = quantity;
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
    return s;
}

static void give_back(struct test *t, struct step s)
{
    EXPECT_OK(db_tx(t->c, "refund", refund_tx, &s));
}

static void give(struct test *t, int64_t n, const char *source, int64_t amount)
{
    struct step s = { .customer_n = n,
        .gift = { .source = str_of_c(source), .kind = CREDIT_BONUS, .amount = amount } };
    EXPECT_OK(db_tx(t->c, "give", give_tx, &s));
}

/* ---- as text: one line for each that is not nothing */

struct seen {
    struct usage_span span;
    struct line {
        struct str name;
        int64_t credits, uses;
    } line[500];
    size_t n;
};

static void add(struct ctx *c, struct seen *s, struct str name, int64_t credits, int64_t uses)
{
    size_t i = 0;
    while (i < s->n && !str_eq(s->line[i].name, name))
        i++;
    must(i < ARRAY_LEN(s->line));
    if (i == s->n)
        s->line[s->n++] = (struct line) { .name = str_copy(c->arena, name) };
    s->line[i].credits += credits;
    s->line[i].uses += uses;
}

static enum err see_day(struct ctx *c, const struct usage_row *row, void *arg)
{
    add(c, arg,
        str_fmt(c->arena, "%.*s %.*s", SARG(date_text(c->arena, row->date)), SARG(row->operation)),
        row->credits, row->uses);
    return E_OK;
}

static enum err see_label(struct ctx *c, const struct usage_label *k, void *arg)
{
    add(c, arg, str_fmt(c->arena, "%.*s=%.*s", SARG(k->label), SARG(k->value)), k->credits,
        k->uses);
    return E_OK;
}

static enum err see(struct ctx *c, void *arg)
{
    struct seen *s = arg;
    TRY(usage_days(c, &s->span, see_day, s));
    return usage_labels(c, s->span.customer_n, s->span.from, see_label, s);
}

static struct str seen(struct test *t, int64_t n, const char *month)
{
    struct seen *s = arena_new(t->c->arena, struct seen);
    struct buf b = BUF(t->c->arena);
    int64_t ms = 0;
    EXPECT(time_parse_iso(str_of_c(month), &ms));
    s->span = (struct usage_span) { n, ms / (24 * HOUR), date_next_month(ms / (24 * HOUR)) };
    EXPECT_OK(db_read(t->c, see, s));
    for (size_t i = 0; i < s->n; i++)
        if (s->line[i].uses != 0)
            buf_fmt(&b, "%.*s: %lld in %lld\n", SARG(s->line[i].name),
                (long long)s->line[i].credits, (long long)s->line[i].uses);
    return buf_str(&b);
}

static void add_up(struct test *t)
{
    EXPECT_OK(usage_sum_job(t->c, S("")));
}

TEST("what was used is the same before it is added up, half of it, and all of it")
{
    static const char *const songs = "{\"team\":\"red\",\"song\":\"a\"}";
    int64_t n = begin(t);
    go_to(t, "2026-10-31T22:59:00Z"); /* the last minute of October there */
    struct step october = spend(t, n, "song", 1, songs);
    go_to(t, "2026-10-31T23:00:00Z");
    spend(t, n, "song", 2, "{\"team\":\"red\"}");
    struct step gone = spend(t, n, "stems", 1, songs);
    add_up(t);
    go_to(t, "2026-11-02T12:00:00Z");
    give_back(t, gone);
    spend(t, n, "", 7, "");
    static const char *const want = "2026-11-01 song: 10 in 1\n2026-11-02 : 7 in 1\n"
                                    "team=red: 10 in 1\n";
    EXPECT_STR(seen(t, n, "2026-11-01"), str_of_c(want));
    add_up(t);
    EXPECT_STR(seen(t, n, "2026-11-01"), str_of_c(want));
    add_up(t); /* nothing is added twice */
    EXPECT_STR(seen(t, n, "2026-11-01"), str_of_c(want));
    EXPECT_STR(
        seen(t, n, "2026-10-01"), S("2026-10-31 song: 5 in 1\nsong=a: 5 in 1\nteam=red: 5 in 1\n"));
    give_back(t, october);
    EXPECT_STR(seen(t, n, "2026-10-01"), S(""));
    add_up(t);
    EXPECT_STR(seen(t, n, "2026-10-01"), S(""));
}

TEST("more moves than one transaction adds up, of many customers, come out right")
{
    int64_t n = begin(t);
    struct customer bob = { .external_id = S("bob") };
    EXPECT_OK(db_tx(t->c, "customer", put, &bob));
    go_to(t, "2026-11-20T12:00:00Z");
    for (int i = 0; i < 130; i++) {
        struct step s = spend(t, n, "", 1, "{\"a\":\"x\",\"b\":\"y\",\"c\":\"z\"}");
        if (i % 3 == 0)
            give_back(t, s);
        if (i % 10 == 0)
            spend(t, bob.n, "song", 1, "");
    }
    add_up(t);
    EXPECT_STR(seen(t, n, "2026-11-01"),
        S("2026-11-20 : 86 in 86\na=x: 86 in 86\nb=y: 86 in 86\nc=z: 86 in 86\n"));
    EXPECT_STR(seen(t, bob.n, "2026-11-01"), S("2026-11-20 song: 65 in 13\n"));
}

TEST("a month keeps so many labels, and the others together, whatever is given back")
{
    int64_t n = begin(t);
    struct step s = { 0 };
    go_to(t, "2026-11-20T12:00:00Z");
    for (int i = 0; i < USAGE_LABELS_MAX + 30; i++) {
        struct str labels = str_fmt(t->c->arena, "{\"song\":\"%d\"}", i);
        s = spend(t, n, "", 1, str_c(t->c->arena, labels));
        if (i % 50 == 0)
            add_up(t);
    }
    add_up(t);
    give_back(t, s); /* one of the others */
    add_up(t);
    struct str text = seen(t, n, "2026-11-01");
    EXPECT(str_has(text, S("=: 29 in 29\n")));
    EXPECT(str_has(text, S("song=0: 1 in 1\n")) && !str_has(text, S("song=229")));
}

/* ---- advice */

static enum err advise(struct ctx *c, void *arg)
{
    struct usage_advice *u = arg;
    return usage_advise(c, u->percent, u);
}

static struct str advice(struct test *t, int64_t n)
{
    struct usage_advice u = { .percent = n };
    EXPECT_OK(db_read(t->c, advise, &u));
    return u.sentence;
}

static void subscribe(struct test *t, int64_t n, const char *plan, const char *price)
{
    struct str terms = S("{}");
    struct str text = str_of_c(catalogue), id = str_fmt(t->c->arena, "{\"id\":\"%s\"", plan);
    for (size_t i = 0; i + id.n < text.n; i++)
        if (str_eq(str_part(text, i, id.n), id)) {
            size_t end = i;
            while (text.p[end] != ']')
                end++;
            terms = str_part(text, i, end - i + 2);
        }
    struct step s = { .customer_n = n,
        .plan = { .group = S("ai"),
            .plan = str_of_c(plan),
            .terms = terms,
            .price = str_of_c(price),
            .until_ms = ACCESS_FOREVER } };
    EXPECT_OK(db_tx(t->c, "plan", plan_tx, &s));
}

TEST("who used nearly all of it three months in a row is told which plan is cheaper")
{
    static const char *const months[] = { "2026-08-10T12:00:00Z", "2026-09-10T12:00:00Z",
        "2026-10-10T12:00:00Z" };
    int64_t n = begin(t);
    give(t, n, "gift", 2000);
    subscribe(t, n, "basic", "basic-month");
    for (size_t i = 0; i < ARRAY_LEN(months); i++) {
        go_to(t, months[i]);
        spend(t, n, "", i == 1 ? 460 : 500, "");
    }
    go_to(t, "2026-10-31T12:00:00Z");
    EXPECT_STR(advice(t, n), S("")); /* October is not over */
    go_to(t, "2026-11-01T12:00:00Z");
    EXPECT_STR(advice(t, n),
        S("You used at least 92 % of your 500 credits in each of the last three months. Creator "
          "has 1500 a month for $19.99 a month, where a credit costs 33 % less."));
    subscribe(t, n, "creator", "creator-month");
    EXPECT_STR(advice(t, n),
        S("You used at most 33 % of your 1500 credits in each of the last three months. Basic has "
          "500 a month for $9.99 a month; look at what else it lacks."));
}

TEST("whose first credits are nearly gone is told of the smallest plan that is enough")
{
    int64_t n = begin(t);
    go_to(t, "2026-11-01T12:00:00Z");
    spend(t, n, "", 800, "");
    EXPECT_STR(advice(t, n), S(""));
    spend(t, n, "", 190, "");
    EXPECT_STR(advice(t, n),
        S("10 of your first 1000 credits are left. Basic has 500 a month for $9.99 a month."));
    go_to(t, "2026-12-01T12:00:00Z"); /* 990 a month is what they use: 330 on average */
    EXPECT_STR(advice(t, n),
        S("10 of your first 1000 credits are left. Basic has 500 a month for $9.99 a month."));
}

/* ---- the owner's report */

static enum err make_report(struct ctx *c, void *arg)
{
    return credit_report(c, S("2026-11-01"), S("2026-11-30"), arg);
}

TEST("the owner sees what all of them used, by the business's days")
{
    struct credit_report *r = arena_new(t->c->arena, struct credit_report);
    int64_t n = begin(t);
    go_to(t, "2026-11-19T15:30:00Z"); /* Friday, 20 November in Tokyo */
    spend(t, n, "song", 3, "");
    struct step gone = spend(t, n, "stems", 1, "");
    give(t, n, "gift", 40);
    go_to(t, "2026-11-21T15:00:00Z"); /* Sunday */
    give_back(t, gone);
    add_up(t);
    EXPECT_OK(db_read(t->c, make_report, r));
    EXPECT_I64(r->all.granted, 1040);
    EXPECT_I64(r->all.used, 30);
    EXPECT_I64(r->all.given_back, 15);
    EXPECT_I64(r->day[19].used, 30);
    EXPECT_I64(r->day[21].given_back, 15);
    EXPECT_I64(r->weekday[4], 30);
    EXPECT_I64(r->weekday[6], -15);
    EXPECT_I64(r->outstanding, 1025);
    EXPECT_I64((int64_t)r->operations, 2);
    EXPECT_I64(r->operation[0].credits, 15);
    EXPECT_I64(r->operation[1].uses, 0);
}

/* ---- months of the history */

struct asked {
    struct credit_filter filter;
    int64_t at_ms, rows, sum, last_n, balance;
    bool rising;
};

static enum err take_row(struct ctx *c, const struct credit_move *k, void *arg)
{
    struct asked *a = arg;
    a->rising = a->rising || (a->last_n > 0 && k->n >= a->last_n);
    a->last_n = k->n;
    a->rows++;
    a->sum += k->amount;
    return c->dead ? E_DEAD : E_OK;
}

static enum err look_back(struct ctx *c, void *arg)
{
    struct asked *a = arg;
    TRY(credit_balance_at(c, a->filter.customer_n, a->at_ms, &a->balance));
    return credit_history(c, &a->filter, take_row, a);
}

static struct asked history(struct test *t, int64_t n, const char *from, const char *until)
{
    struct asked a = { .filter = { .customer_n = n, .limit = 1000, .change_or_minus_1 = -1 } };
    EXPECT(time_parse_iso(str_of_c(from), &a.filter.from_ms));
    EXPECT(time_parse_iso(str_of_c(until), &a.filter.until_ms));
    a.at_ms = a.filter.until_ms;
    EXPECT_OK(db_read(t->c, look_back, &a));
    EXPECT(!a.rising);
    return a;
}

TEST("a month of the history is found among all others, and what was left at its end")
{
    int64_t n = begin(t);
    struct customer bob = { .external_id = S("bob") };
    EXPECT_OK(db_tx(t->c, "customer", put, &bob));
    go_to(t, "2026-01-01T00:00:00Z");
    give(t, n, "gift", 5000);
    for (int day = 0; day < 150; day++) {
        spend(t, n, "", day < 31 ? 1 : day < 59 ? 2 : 3, "");
        spend(t, bob.n, "", 1, "");
        t->c->now_ms += INT64_C(24) * HOUR;
    }
    struct asked a = history(t, n, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    EXPECT_I64(a.rows, 31 + 2);
    EXPECT_I64(a.balance, 6000 - 31);
    a = history(t, n, "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z");
    EXPECT_I64(a.rows, 28);
    EXPECT_I64(a.sum, -56);
    EXPECT_I64(a.balance, 6000 - 31 - 56);
    a = history(t, n, "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
    EXPECT_I64(a.rows, 0);
    EXPECT_I64(a.balance, 0);
    a = history(t, n, "2026-05-30T00:00:00Z", "2027-01-01T00:00:00Z");
    EXPECT_I64(a.rows, 1);
    EXPECT_I64(a.balance, 6000 - 31 - 56 - 3 * 91);
    a = history(t, n, "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z");
    EXPECT_I64(a.rows, 0);
    EXPECT_I64(history(t, bob.n, "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z").rows, 28);
}
