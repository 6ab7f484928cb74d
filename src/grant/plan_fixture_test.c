#include "grant/plan_fixture.h"

#include "base/clock.h"
#include "catalog/catalog_fixture.h"
#include "db/db.h"
#include "ledger/ledger.h"

/* The rest of the file's object follows. */
#define PLANS                                                                                      \
    "\"plans\":[{\"id\":\"free\",\"group\":\"ai\",\"name\":\"Free\","                              \
    "\"credits\":{\"allowance\":50,\"every\":\"once\"}},"                                          \
    "{\"id\":\"basic\",\"group\":\"ai\",\"name\":\"Basic\",\"credits\":{\"allowance\":500},"       \
    "\"features\":{\"wide\":true},\"prices\":[{\"id\":\"basic-month\",\"amount\":999},"            \
    "{\"id\":\"basic-year\",\"interval\":\"year\",\"amount\":9990}]},"                             \
    "{\"id\":\"pro\",\"group\":\"ai\",\"name\":\"Pro\",\"trialDays\":14,"                          \
    "\"credits\":{\"allowance\":1500,\"rolloverCap\":1600},"                                       \
    "\"prices\":[{\"id\":\"pro-month\",\"amount\":1999}]},"                                        \
    "{\"id\":\"max\",\"group\":\"ai\",\"name\":\"Max\","                                           \
    "\"prices\":[{\"id\":\"max-month\",\"amount\":3999}]},"                                        \
    "{\"id\":\"long\",\"group\":\"ai\",\"name\":\"Long\",\"trialDays\":30,"                        \
    "\"credits\":{\"allowance\":700,\"every\":\"year\"},"                                          \
    "\"prices\":[{\"id\":\"long-year\",\"interval\":\"year\",\"amount\":9990}]},"                  \
    "{\"id\":\"fan\",\"group\":\"club\",\"name\":\"Fan\","                                         \
    "\"prices\":[{\"id\":\"fan-month\",\"amount\":300}]},"                                         \
    "{\"id\":\"guest\",\"group\":\"hall\",\"name\":\"Guest\",\"trialDays\":7,"                     \
    "\"prices\":[{\"id\":\"guest-month\",\"amount\":400}]}],"                                      \
    "\"coupons\":[{\"code\":\"HALF\",\"basisPoints\":5000},"                                       \
    "{\"code\":\"THREE\",\"basisPoints\":1000,\"duration\":\"months\",\"months\":3}]"

int64_t plan_customer_of(struct test *t, const char *upgrade)
{
    int64_t n = 0;
    t->c->now_ms = 1769817600000; /* 31 January 2026 */
    n = catalog_and_ada(
        t, str_fmt(t->c->arena, "{" PLANS ",\"credits\":{\"upgrade\":\"%s\"}}", upgrade));
    EXPECT_OK(coupons_from_catalog(t->c, S("")));
    return n;
}

int64_t plan_customer(struct test *t)
{
    return plan_customer_of(t, "time");
}

/* ---- orders of it, as settle completes them */

static enum err price_it(
    struct ctx *c, struct plan_deed *d, struct order_line **line, size_t *lines)
{
    const struct order_item item = { .price = str_of_c(d->price), .quantity = 1 };
    struct order_ask ask = { .item = &item, .items = 1, .customer_n = d->customer_n };
    struct coupon coupon;
    ask.coupon = str_of_c(d->coupon != NULL ? d->coupon : "");
    TRY(order_price(c, &ask, &d->order, line, lines, &coupon));
    d->order.id = id_new(c);
    d->order.kind = d->kind == ORDER_ONCE ? ORDER_START : d->kind;
    d->order.subscription_n = d->subscription_n;
    d->order.period_start_ms = d->start_ms;
    d->order.period_end_ms = d->end_ms;
    return E_OK;
}

static enum err complete(struct ctx *c, struct plan_deed *d)
{
    const struct grant_how how = { .gateway = GATEWAY_NONE };
    d->order.completed_ms = c->now_ms;
    TRY(order_become(c, &d->order, ORDER_COMPLETED));
    TRY(grant_refuses(c, &d->order, &how, &d->why));
    return d->why.n > 0 ? E_OK : grant_give(c, &d->order, &how);
}

enum err plan_open_tx(struct ctx *c, void *arg)
{
    struct plan_deed *d = arg;
    struct order_line *line = NULL;
    size_t lines = 0;
    TRY(price_it(c, d, &line, &lines));
    return order_insert(c, &d->order, line, lines);
}

enum err plan_buy_tx(struct ctx *c, void *arg)
{
    TRY(plan_open_tx(c, arg));
    return complete(c, arg);
}

struct plan_deed plan_buy(struct test *t, int64_t n, const char *price, const char *coupon)
{
    struct plan_deed d = { .customer_n = n, .price = price, .coupon = coupon };
    EXPECT_OK(db_tx(t->c, "buy", plan_buy_tx, &d));
    return d;
}

struct found {
    int64_t customer_n;
    struct str group;
    bool is;
    struct subscription s;
};

static enum err find_tx(struct ctx *c, void *arg)
{
    struct found *f = arg;
    return subscription_of(c, f->customer_n, f->group, &f->is, &f->s);
}

struct subscription plan_of(struct test *t, int64_t n, const char *group)
{
    struct found f = { .customer_n = n, .group = str_of_c(group) };
    EXPECT_OK(db_read(t->c, find_tx, &f));
    EXPECT(f.is);
    return f.s;
}

struct plan_deed plan_next(struct test *t, int64_t n, const char *price)
{
    struct subscription s = plan_of(t, n, "ai");
    return (struct plan_deed) {
        .customer_n = n,
        .price = price,
        .kind = ORDER_RENEWAL,
        .subscription_n = s.n,
        .start_ms = s.period_end_ms,
        .end_ms = subscription_next_end_ms(&s, s.terms.months),
    };
}

struct plan_deed plan_renew(struct test *t, int64_t n, const char *price)
{
    struct plan_deed d = plan_next(t, n, price);
    if (t->c->now_ms < d.start_ms)
        t->c->now_ms = d.start_ms;
    EXPECT_OK(db_tx(t->c, "renew", plan_buy_tx, &d));
    return d;
}

struct plan_deed plan_change(struct test *t, int64_t n, const char *price, int64_t start_ms)
{
    struct subscription s = plan_of(t, n, "ai");
    struct plan_deed d = {
        .customer_n = n,
        .price = price,
        .kind = ORDER_CHANGE,
        .subscription_n = s.n,
        .start_ms = start_ms,
    };
    int64_t months = str_has(str_of_c(price), S("year")) ? 12 : 1;
    if (start_ms > 0)
        EXPECT(time_add_months(start_ms, months, &d.end_ms));
    EXPECT_OK(db_tx(t->c, "change", plan_buy_tx, &d));
    return d;
}

/* ---- looking */

static enum err add_lot(struct ctx *c, const struct credit_lot *lot, void *arg)
{
    *(int64_t *)arg += lot->kind == CREDIT_PLAN ? lot->unused : 0;
    return c->dead ? E_DEAD : E_OK;
}

static enum err see_tx(struct ctx *c, void *arg)
{
    struct plan_seen *s = arg;
    TRY(credit_look(c, s->customer_n, &s->account));
    TRY(credit_lots(c, s->customer_n, add_lot, &s->plan));
    return access_of(c, s->customer_n, &s->access);
}

static enum err verify_tx(struct ctx *c, void *arg)
{
    int64_t checked = 0;
    TRY(ledger_verify(c, arg, &checked));
    return credit_verify(c, arg);
}

struct plan_seen plan_see(struct test *t, int64_t n)
{
    struct plan_seen s = { .customer_n = n };
    struct buf out = BUF(t->c->arena);
    EXPECT_OK(credit_end_job(t->c, S("")));
    EXPECT_OK(db_read(t->c, see_tx, &s));
    EXPECT_OK(db_read(t->c, verify_tx, &out));
    EXPECT_STR(buf_str(&out), S(""));
    return s;
}

struct step {
    int64_t customer_n, amount;
};

static enum err spend_tx(struct ctx *c, void *arg)
{
    const struct step *s = arg;
    const struct credit_use use = { .amount = s->amount };
    struct credit_done done;
    return credit_spend(c, s->customer_n, &use, id_new(c), &done);
}

void plan_spend(struct test *t, int64_t n, int64_t amount)
{
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &(struct step) { n, amount }));
}

void plan_month(struct test *t, const struct subscription *s)
{
    EXPECT_OK(grant_month(t->c, str_fmt(t->c->arena, "%lld", (long long)s->n)));
}

static enum err back_tx(struct ctx *c, void *arg)
{
    struct plan_deed *d = arg;
    struct order o;
    TRY(order_lock(c, d->order.n, &o));
    o.refunded_minor = d->back_minor;
    TRY(order_become(
        c, &o, d->back_minor == o.total_minor ? ORDER_REFUNDED : ORDER_PARTIALLY_REFUNDED));
    return grant_take(c, &o);
}

void plan_back(struct test *t, struct plan_deed *deed)
{
    EXPECT_OK(db_tx(t->c, "back", back_tx, deed));
}
