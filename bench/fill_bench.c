/* fill_bench DATABASE CATALOGUE START COUNT pending|paid|plans: orders, made by the product's own
 * code.
 *
 * Each has two lines, a tax, and a page to pay on.  The same START (milliseconds since 1970, the
 * moment at which they are made) gives the same ids in every database, so that one list of webhooks
 * serves all.  Prints "session attempt order total" for each.  paid: its webhook has come, too.
 * plans: each has begun a subscription at Stripe, a month long, whose name stands for the session.
 */
#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"
#include "base/clock.h"
#include "catalog/catalog.h"
#include "checkout/checkout.h"
#include "db/db.h"
#include "fact/fact.h"
#include "fact/fact_count.h"
#include "inbox/inbox_apply.h"
#include "inbox/inbox_db.h"
#include "job/job_db.h"
#include "ledger/ledger_hour.h"
#include "renewal/renewal.h"

enum {
    TOGETHER = 100,
    HOUR_MS = 3600 * 1000,
    CAUGHT_UP = 100 * 1000 /* orders, whose facts one run of a job surely counts */
};

struct fill {
    struct str catalogue;
    bool paid, plans;
    int64_t made, count;
    struct checkout checkout;
};

static void check(struct ctx *c, enum err e)
{
    if (e == E_OK)
        return;
    fprintf(stderr, "fill_bench: %.*s\n", SARG(err_chain(c)));
    exit(1);
}

static enum err catalogue_tx(struct ctx *c, void *arg)
{
    const struct fill *f = arg;
    bool changed = false;
    return catalog_apply(c, f->catalogue, &changed);
}

static struct str session_of(struct ctx *c, int64_t i)
{
    return str_fmt(c->arena, "cs_bench_%012lld", (long long)i);
}

/* ---- its webhook */

static struct event event_of(struct ctx *c, const struct payment_open *p)
{
    struct str body = str_fmt(c->arena,
        "{\"checkoutSession\":{\"id\":\"%.*s\",\"createdByCustomerId\":"
        "\"0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8\",\"status\":\"completed\",\"totalInCents\":%lld,"
        "\"metadata\":{\"orderId\":\"%.*s\",\"attemptId\":\"%.*s\"},\"storeId\":"
        "\"7b1d2c3e-4f50-4a61-8b72-9c83ad94be05\"},\"event\":\"checkout_session:complete\","
        "\"customer\":{\"firstName\":\"Ada\",\"lastName\":\"Example\",\"email\":\"%.*s\","
        "\"paymentMethodInfo\":{\"type\":\"card\",\"lastFourDigits\":\"4242\",\"cardBrand\":"
        "\"visa\"}}}",
        SARG(p->attempt.session_id), (long long)p->order.total_minor,
        SARG(order_id(c->arena, &p->order)), SARG(attempt_id(c->arena, &p->attempt)),
        SARG(p->order.email));
    struct sha256 sum = sha256(body);
    return (struct event) {
        .id = id_new(c),
        .gateway = p->attempt.gateway,
        .status = EVENT_RECEIVED,
        .name = S("checkout_session:complete"),
        .reference = p->attempt.session_id,
        .headers = S("{\"content-type\":\"application/json\"}"),
        .body = body,
        .body_hash = str_copy(c->arena, (struct str) { (const char *)sum.b, sizeof sum.b }),
        .received_ms = c->now_ms,
    };
}

static enum err pay(struct ctx *c, const struct payment_open *p)
{
    struct event e = event_of(c, p);
    bool fresh = false;
    TRY(event_db_take(c, &e, e.body_hash, &fresh));
    TRY(event_fact(c, &e, "RECEIVED", 0));
    struct settle s = {
        .gateway = e.gateway,
        .notice = { .kind = NOTICE_PAID,
            .name = e.name,
            .session_id = e.reference,
            .has_amount = true,
            .amount_minor = p->order.total_minor,
            .method_type = S("card"),
            .method_brand = S("visa"),
            .method_last4 = S("4242") },
        .confirmed_by = S("webhook"),
        .event = event_id(c->arena, &e),
    };
    TRY(event_settle(c, &e, &s));
    must(s.result == SETTLED_NOW);
    /* What would follow has been done long ago. */
    TRY(job_drop(
        c, S("order_mail"), str_fmt(c->arena, "paid:%.*s", SARG(order_id(c->arena, &p->order)))));
    return job_drop(c, PAYMENT_POLL, str_fmt(c->arena, "%lld", (long long)p->attempt.n));
}

/* ---- a plan that began at Stripe, and whose first weeks are over */

static enum err begin_plan(struct ctx *c, const struct payment_open *p, int64_t i)
{
    const struct str sub = str_fmt(c->arena, "sub_bench_%012lld", (long long)i);
    struct settle s = {
        .gateway = p->attempt.gateway,
        .notice = { .kind = NOTICE_PAID,
            .name = S("checkout.session.completed"),
            .session_id = p->attempt.session_id,
            .subscription = sub,
            .payer = str_fmt(c->arena, "cus_%.*s", SARG(sub)),
            .payment = str_fmt(c->arena, "pi_first_%.*s", SARG(sub)),
            .has_amount = true,
            .amount_minor = p->order.total_minor,
            .currency = p->order.currency },
        .confirmed_by = S("webhook"),
    };
    TRY(settle_tx(c, &s));
    must(s.result == SETTLED_NOW);
    printf("%.*s - - %lld\n", SARG(sub), (long long)p->order.total_minor);
    /* What would follow has been done long ago. */
    TRY(job_drop(
        c, S("order_mail"), str_fmt(c->arena, "paid:%.*s", SARG(order_id(c->arena, &p->order)))));
    TRY(job_drop(c, PAYMENT_POLL, str_fmt(c->arena, "%lld", (long long)p->attempt.n)));
    TRY(job_drop(c, CHECKOUT_ALONE, str_fmt(c->arena, "%lld", (long long)(i + 1))));
    return job_drop(c, RENEWAL_MIRROR, str_fmt(c->arena, "stripe %.*s", SARG(sub)));
}

static void choose_plan(struct ctx *c, struct checkout *k, int64_t i)
{
    k->item[0] = (struct order_item) { .price = S("basic-usd"), .quantity = 1 };
    k->items = 1;
    k->gateway = S("stripe");
    k->customer_id = str_fmt(c->arena, "sub-%lld", (long long)i);
}

/* ---- an order, as POST /api/checkout/create makes it */

static enum err make(struct ctx *c, struct fill *f, int64_t i)
{
    struct checkout *k = &f->checkout;
    int64_t subject = 0;
    enum operation_next next = OPERATION_STUCK;
    *k = (struct checkout) {
        .item = { { .price = S("mug-usd"), .quantity = 1 },
            { .price = S("pen-usd"), .quantity = 3 } },
        .items = 2,
        .country = S("DE"),
        .email = str_fmt(c->arena, "buyer-%lld@example.com", (long long)i),
        .method = S("card"),
        .again = true,
        .seen_minor = -1,
        .by_key = true,
        .order_id = id_new(c),
    };
    if (f->plans)
        choose_plan(c, k, i);
    TRY(checkout_operation.plan(c, k, &subject));
    k->open.session = (struct gateway_session) {
        .outcome = OUTCOME_DONE,
        .session_id = session_of(c, i),
        .checkout_url = str_fmt(c->arena, "https://pay.example.com/%lld", (long long)i),
    };
    TRY(checkout_operation.record(c, k, subject, &next));
    must(next == OPERATION_DONE);
    if (f->plans)
        return begin_plan(c, &k->open, i);
    if (f->paid)
        TRY(pay(c, &k->open));
    printf("%.*s %.*s %.*s %lld\n", SARG(k->open.attempt.session_id),
        SARG(attempt_id(c->arena, &k->open.attempt)), SARG(order_id(c->arena, &k->open.order)),
        (long long)k->open.order.total_minor);
    return E_OK;
}

/* Nobody else writes here, so the body runs once, and may print. */
static enum err make_some(struct ctx *c, void *arg)
{
    struct fill *f = arg;
    for (int64_t i = 0; i < TOGETHER && f->made < f->count; i++)
        TRY(make(c, f, f->made++));
    return E_OK;
}

static void fill(struct ctx *c, struct fill *f)
{
    struct arena arena = { 0 };
    while (f->made < f->count) {
        struct ctx inside = ctx_sibling(c, &arena);
        inside.now_ms += f->made;
        check(&inside, db_tx(&inside, "fill", make_some, f));
        arena_reset(&arena);
    }
    arena_free(&arena);
}

/* What is done once in an hour or a day was done a moment ago, and is due again in six hours. */
static enum err stand_tx(struct ctx *c, void *arg)
{
    const struct job_kinds *kinds = arg;
    for (size_t i = 0; i < kinds->n; i++)
        if (kinds->kind[i].every_ms >= HOUR_MS)
            TRY(job_stand(c, kinds->kind[i].name));
    return E_OK;
}

/* As after a night of a server that lives: facts are counted, and hours closed, to the end. */
static void catch_up(struct ctx *c, int64_t orders)
{
    struct job_kinds kinds = app_jobs(c->store);
    struct clock clock = { 0 };
    struct ctx later = ctx_sibling(c, c->arena);
    later.now_ms = clock_wall_ms(&clock) + 6 * HOUR_MS;
    check(&later, db_tx(&later, "jobs", stand_tx, &kinds));
    for (int64_t done = 0; done <= orders; done += CAUGHT_UP) {
        check(c, fact_count_job(c, S("")));
        check(c, ledger_close_job(c, S("")));
    }
}

static char *env[] = { (char[]) { "PURSER_SITE_URL=http://127.0.0.1:8080" },
    (char[]) { "MONEYMOTION_API_KEY=mk_bench_0123456789abcdef" },
    (char[]) { "MONEYMOTION_WEBHOOK_SECRET=mm_bench_secret_0123456789abcdef" },
    (char[]) { "STRIPE_SECRET_KEY=sk_live_bench0123456789abcdef" },
    (char[]) { "STRIPE_WEBHOOK_SECRET=whsec_bench_0123456789abcdef" }, NULL };

int main(int argc, char **argv)
{
    struct arena arena = { 0 };
    struct ids ids = ids_of_seed(1);
    struct ctx c = {
        .arena = &arena, .ids = &ids, .catalogs = catalogs_open(), .request_id = S("fill_bench")
    };
    struct fill f = { .paid = false };
    struct buf out = BUF(&arena);
    struct config *config = NULL;
    if (argc != 6 || !str_to_i64(str_of_c(argv[3]), &c.now_ms) ||
        !str_to_i64(str_of_c(argv[4]), &f.count)) {
        fprintf(stderr, "fill_bench DATABASE CATALOGUE START COUNT pending|paid|plans\n");
        return 2;
    }
    f.paid = str_eq(str_of_c(argv[5]), S("paid"));
    f.plans = str_eq(str_of_c(argv[5]), S("plans"));
    check(&c,
        config_load(&c, &(struct config_sources) { .env = env, .env_file = "" }, &out, &config));
    c.config = config;
    check(&c, catalog_read_file(&c, str_of_c(argv[2]), &f.catalogue));
    struct store_options options = {
        .url = str_of_c(argv[1]), .quiet_schema = true, .unsynced = true, .inline_pump = true
    };
    check(&c, store_open(&c, &options, &c.store));
    check(&c, schema_migrate(&c, &out));
    check(&c, db_tx(&c, "catalogue", catalogue_tx, &f));
    fill(&c, &f);
    catch_up(&c, f.count);
    store_close(c.store);
    config_free(config);
    arena_free(&arena);
    return 0;
}
