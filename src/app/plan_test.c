#include "app/people_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console/console.h"
#include "db/engine.h"
#include "db/plan_test.h"
#include "failure/failure.h"
#include "risk/fit.h"

/* No statement that buyers, gateways or people of the business cause reads a whole table.  They are
 * heard while they run, so none is forgotten. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

enum {
    HEARD_MAX = 1024
};
struct heard {
    const char *sql[HEARD_MAX];
    size_t n;
};

static void hear(struct store *s, const char *sql)
{
    struct heard *h = s->hearer;
    if (strchr(sql, ' ') == NULL)
        return; /* one of the store's own words */
    for (size_t i = 0; i < h->n; i++)
        if (strcmp(h->sql[i], sql) == 0)
            return;
    must(h->n < HEARD_MAX);
    h->sql[h->n++] = sql;
}

static struct shop_session *newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

/* ---- what people do */

static void buy_and_pay(struct shop *s)
{
    static const char *const events[] = { "complete", "complete", "refunded", "disputed" };
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        const char *key = str_fmt(s->c->arena, "k%zu", i).p;
        shop_buy(s, key,
            "\"items\":[{\"price\":\"mug-usd\"}],\"coupon\":\"TEN\",\"again\":true,"
            "\"country\":\"DE\",\"customerId\":\"u-1\"");
        newest(s)->status = "completed";
        shop_webhook(s, "complete", newest(s), newest(s)->total);
        shop_jobs(s);
        if (i > 1)
            shop_webhook(s, events[i], newest(s), newest(s)->total);
        shop_jobs(s);
    }
}

/* Plans: begun, wanted again, renewed by the day, changed for another page, given back. */
/* Another plan, an end, to go on after all. */
static void change(struct shop *s, size_t i)
{
    static const char *const deeds[] = { "preview", "change", "cancel", "resume" };
    struct arena *a = s->c->arena;
    struct str body = str_fmt(a, "{\"customerId\":\"u-%zu\"", i % 2);
    for (size_t d = 0; d < ARRAY_LEN(deeds); d++)
        shop_post(s, str_c(a, str_fmt(a, "/api/subscription/%s", deeds[d])),
            str_c(a, str_fmt(a, KEY "Idempotency-Key: %s%zu\r\n", deeds[d], i)),
            str_fmt(a, "%.*s%s}", SARG(body),
                d >= 2           ? ""
                    : i % 2 == 0 ? ",\"plan\":\"pro\",\"interval\":\"month\""
                                 : ",\"plan\":\"basic\",\"interval\":\"year\""),
            NULL);
}

static void subscribe(struct shop *s)
{
    static const char *const wishes[] = { "\"plan\":\"basic\",\"interval\":\"year\"",
        "\"plan\":\"pro\",\"coupon\":\"TEN\"", "\"plan\":\"pro\"" };
    shop_catalog(s,
        "{\"plans\":[{\"id\":\"basic\",\"name\":\"Basic\",\"credits\":{\"allowance\":100},"
        "\"prices\":[{\"id\":\"b\",\"interval\":\"year\",\"amount\":999}]},"
        "{\"id\":\"pro\",\"name\":\"Pro\",\"trialDays\":3,\"credits\":{\"allowance\":500},"
        "\"prices\":[{\"id\":\"p\",\"amount\":999}]}],"
        "\"coupons\":[{\"code\":\"TEN\",\"basisPoints\":1000}],"
        "\"routing\":{\"card\":[\"moneymotion\"]}}");
    for (size_t i = 0; i < ARRAY_LEN(wishes); i++) {
        static const char *const keys[] = { "plan", "twin" };
        struct arena *a = s->c->arena;
        struct str body = str_fmt(
            a, "{\"email\":\"ada@example.com\",%s,\"customerId\":\"u-%zu\"}", wishes[i], i % 2);
        for (size_t k = 0; k < ARRAY_LEN(keys); k++)
            shop_post(s, "/api/checkout/create",
                str_c(a, str_fmt(a, KEY "Idempotency-Key: %s%zu\r\n", keys[k], i)), body, NULL);
        newest(s)->status = "completed";
        shop_webhook(s, "complete", newest(s), newest(s)->total);
        change(s, i);
        shop_wait(s, INT64_C(40) * 24 * 3600 * 1000);
        shop_webhook(s, "refunded", newest(s), newest(s)->total);
        shop_jobs(s);
    }
}

static const char *const lists[] = { "/api/orders?status=pending", "/api/orders?limit=5",
    "/api/orders?email=ada@example.com", "/api/orders?customerId=u-1",
    "/admin/orders?status=review", "/admin/orders?q=ada", "/admin/search?q=ada@example.com",
    "/admin/search?q=ORD-2026-000001", "/admin/webhooks?period=today",
    "/admin/webhooks?gateway=moneymotion&period=week", "/admin/orders?period=last-month",
    "/admin/orders?total=10.00", "/admin/orders?status=failed&from=2026-11-01&to=2026-11-02",
    "/admin/orders?customer=u-1", "/admin/search?q=10.00", "/admin/search?q=u-1",
    "/admin/payments?period=month", "/admin/ledger?period=today", "/admin/customers/u-1",
    "/admin/audit?actor=admin:adm_1", "/admin/audit?action=ORDER_REVIEW&period=today",
    "/admin/jobs?state=parked", "/admin/mails?status=parked", "/admin/mails?status=sent",
    "/admin/csv/orders?period=month", "/admin/csv/orders?status=review",
    "/admin/webhooks?status=parked",
    "/api/credits/history?customerId=u-1&type=purchase&period=2026-11",
    "/api/credits/history?customerId=u-1&type=usage", "/api/credits/usage?customerId=u-1",
    "/api/credits/usage?customerId=u-1&period=2026-10", "/admin/alerts?status=closed",
    "/api/admin/reports/daily", "/api/admin/reports/weekly", "/api/admin/reports/monthly",
    "/api/admin/reports/revenue", "/api/admin/reports/conversion", "/api/admin/reports/completed",
    "/api/admin/reports/pending", "/api/admin/reports/subscriptions", "/api/admin/reports/coupons",
    "/api/admin/reports/taxes", "/api/admin/reports/failures", "/api/admin/reports/gateways",
    "/api/admin/reports/webhooks", "/api/admin/reports/reconciliation",
    "/api/admin/reports/unexplained", "/admin/reports/credits",
    "/admin/reports/subscriptions?by=week&period=month", "/order/ORD-2026-000001" };

/* Every page and every list, as the key's owner, as somebody of the business, as a customer. */
static void look_around(struct shop *s, struct person owner)
{
    struct str bearer = str_fmt(s->c->arena, "Authorization: Bearer %.*s\r\n",
        SARG(shop_token(s, "u-1", "ada@example.com", true)));
    const char *const who[] = { KEY, owner.cookie, bearer.p, "" };
    for (size_t w = 0; w < ARRAY_LEN(who); w++) {
        for (size_t l = 0; l < app_route_count - app_sandbox_route_count; l++)
            for (size_t i = 0; i < app_routes[l]->n; i++) {
                const struct route *route = &app_routes[l]->route[i];
                struct str path = str_of_c(route->path), head, name, tail;
                if (strcmp(route->method, "GET") != 0 || app_routes[l] == &health_routes)
                    continue; /* those ask the process, not the store */
                if (str_cut(path, '{', &head, &name) && str_cut(name, '}', &name, &tail))
                    path = str_fmt(s->c->arena, "%.*sORD-2026-000001%.*s", SARG(head), SARG(tail));
                shop_get(s, str_c(s->c->arena, path), who[w], NULL);
            }
        for (size_t i = 0; i < ARRAY_LEN(lists); i++)
            shop_get(s, lists[i], who[w], NULL);
    }
}

static enum err one_error(struct ctx *c, const struct failure *f, void *arg)
{
    *(int64_t *)arg = f->n;
    return c->dead ? E_DEAD : E_OK;
}

static enum err no_customer(struct ctx *c, int64_t customer_n, void *arg)
{
    (void)arg;
    return customer_n > 0 && c->dead ? E_DEAD : E_OK;
}

static enum err read_errors(struct ctx *c, void *arg)
{
    int64_t *n = arg;
    TRY(failure_list(c, &(struct failure_filter) { .refused = true, .limit = 10 }, one_error, n));
    TRY(failure_list(
        c, &(struct failure_filter) { .refused = true, .after_n = *n, .limit = 9 }, one_error, n));
    return failure_customers(c, *n, no_customer, NULL);
}

/* What all that was refused became. */
static void count_errors(struct shop *s)
{
    struct test *t = s->t;
    int64_t n = 0;
    s->c->about_n = 1;
    mishap_note(s->c, MISHAP_CALL, S("moneymotion create"), CODE_GATEWAY_UNAVAILABLE);
    EXPECT_OK(failure_write_down(s->c, true));
    EXPECT_OK(db_read(s->c, read_errors, &n));
    EXPECT_OK(failure_forget(s->c, S("")));
}

static void replay(struct shop *s)
{
    struct test *t = s->t;
    for (int status = -1; status < EVENT_STATUS_COUNT; status++) {
        struct console_range range = { .dry = true, .filter = { .status = status } };
        EXPECT_OK(console_replay_range(s->c, &range));
    }
}

/* What a gateway says of a payment, under a catalogue that holds whatever it can. */
static enum err weigh_one(struct ctx *c, const struct order *o, void *arg)
{
    const struct risk_paid paid = { .card = S("0123456789abcdef"), .gateway_risk = 1 };
    struct order copy = *o;
    (void)arg;
    TRY(risk_paid(c, &copy, &paid));
    TRY(risk_judge(c, &copy, RISK_GOOD));
    return copy.risk == ORDER_RISK_ALLOW ? E_OK : order_let_pass(c, &copy);
}

static enum err weigh_all(struct ctx *c, void *arg)
{
    struct fit_history *h = arg;
    TRY(order_list(c, &(struct order_filter) { .status = -1, .limit = 100 }, weigh_one, NULL));
    return fit_read(c, INT64_MAX, h);
}

static void weigh(struct shop *s)
{
    struct test *t = s->t;
    struct fit_history h;
    shop_catalog(s, "{\"risk\":{\"review\":1}}");
    EXPECT_OK(db_tx(s->c, "weigh", weigh_all, &h));
    EXPECT(h.n > 0);
}

/* ---- their plans */

struct examined {
    const struct heard *heard;
    struct buf *found;
};

/* All of the books in one line each: a row for every account and hour is what they are summed from,
 * and there is nothing shorter. */
static bool is_about_everything(const char *sql)
{
    return str_has(str_of_c(sql), S(" FROM ledger_hour GROUP BY account,")) ||
        str_has(str_of_c(sql), S(" HAVING SUM(came) <> 0")) || /* … and whether they are right, */
        str_has(str_of_c(sql), S(" FROM dispute GROUP BY "));  /* what banks hold, too */
}

/* SQLite prepares to look for draws of the new lot, and does so only while one is without its lot:
 * never.  An index for that would be written with each use of credits. */
static bool is_never_run(const char *sql)
{
    return str_starts(str_of_c(sql), S("INSERT INTO credit_lot ("));
}

static enum err examine(struct ctx *c, void *arg)
{
    struct examined *x = arg;
    for (size_t i = 0; i < x->heard->n; i++) {
        struct buf scans = BUF(c->arena);
        if (is_about_everything(x->heard->sql[i]) || is_never_run(x->heard->sql[i]))
            continue;
        TRY(plan_scans(c, x->heard->sql[i], &scans));
        if (scans.n > 0)
            buf_fmt(x->found, "%s\n    %.*s\n", x->heard->sql[i], SARG(buf_str(&scans)));
    }
    return E_OK;
}

TEST("every statement of buying, of webhooks and of lists finds its rows by an index")
{
    struct shop *s = shop_open(t);
    struct heard *heard = arena_new(t->c->arena, struct heard);
    struct buf found = BUF(t->c->arena);
    struct person owner = console_sign_in(s, ROLE_OWNER);
    s->c->store->hearer = heard;
    s->c->store->heard = hear;
    buy_and_pay(s);
    subscribe(s);
    look_around(s, owner);
    count_errors(s);
    replay(s);
    weigh(s);
    shop_wait(s, INT64_C(25) * 3600 * 1000);
    s->c->store->heard = NULL;
    EXPECT(heard->n > 90);
    EXPECT_OK(db_read(t->c, examine, &(struct examined) { heard, &found }));
    if (getenv("VERBOSE") != NULL)
        printf("  %zu statements\n", heard->n);
    EXPECT_STR(buf_str(&found), S(""));
}
