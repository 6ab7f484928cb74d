#include "renewal/renewal_fixture.h"

#include "access/access.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/json.h"
#include "catalog/catalog.h"
#include "customer/customer.h"
#include "db/db.h"
#include "fact/fact.h"
#include "grant/grant.h"
#include "job/job.h"
#include "ledger/ledger.h"
#include "mail/mail.h"

static const char catalogue[] =
    "{\"plans\":["
    "{\"id\":\"basic\",\"group\":\"ai\",\"name\":\"Basic\",\"credits\":{\"allowance\":500},"
    "\"prices\":[{\"id\":\"basic-month\",\"interval\":\"month\",\"amount\":999},"
    "{\"id\":\"basic-year\",\"interval\":\"year\",\"amount\":9990}]},"
    "{\"id\":\"creator\",\"group\":\"ai\",\"name\":\"Creator\",\"credits\":{\"allowance\":1500},"
    "\"prices\":[{\"id\":\"creator-month\",\"interval\":\"month\",\"amount\":1999}]}]}";

static struct gateway_standing as_it_stands(struct gate *g, struct ctx *c)
{
    struct gateway_standing at = g->at;
    struct gateway_invoice *copy = arena_array(c->arena, struct gateway_invoice, at.invoices);
    for (size_t i = 0; i < at.invoices; i++)
        copy[i] = g->invoice[i];
    at.invoice = copy;
    at.outcome = g->away ? OUTCOME_UNKNOWN : OUTCOME_DONE;
    return at;
}

static enum err standing(struct ctx *c, struct str reference, struct gateway_standing *ret)
{
    struct gate *g = (struct gate *)(void *)c->net;
    struct gateway_standing at = as_it_stands(g, c);
    must(str_eq(reference, S("sub_1")));
    g->asked++;
    void (*during)(struct gate *) = g->during;
    g->during = NULL;
    if (during != NULL)
        during(g);
    *ret = at;
    return E_OK;
}

/* ---- a customer with a plan that was begun by a paid order */

static enum err apply(struct ctx *c, void *arg)
{
    bool changed = false;
    (void)arg;
    return catalog_apply(c, str_of_c(catalogue), &changed);
}

static struct subscription_terms basic(struct ctx *c, const struct catalog *k)
{
    const struct product *plan = catalog_product(k, S("basic"));
    (void)c;
    return (struct subscription_terms) {
        .plan = plan->id,
        .group = plan->group,
        .price = S("basic-month"),
        .source = plan->source,
        .months = 1,
        .amount = { 999, CUR_USD },
        .coupon = S(""),
        .country = S(""),
        .tax_name = S("Tax"),
    };
}

static enum err first_order(struct ctx *c, int64_t customer_n, struct order *ret)
{
    struct order o = { .id = id_new(c),
        .customer_n = customer_n,
        .email = S("ada@example.com"),
        .currency = CUR_USD,
        .subtotal_minor = 999,
        .total_minor = 999,
        .tax_name = S("Tax"),
        .basket = S("first"),
        .expires_ms = c->now_ms + DAY };
    const struct order_line line = { .product = S("basic"),
        .price = S("basic-month"),
        .name = S("Basic"),
        .quantity = 1,
        .unit_minor = 999,
        .amount_minor = 999,
        .total_minor = 999 };
    TRY(order_insert(c, &o, &line, 1));
    *ret = o;
    return E_OK;
}

static enum err subscribe(struct ctx *c, void *arg)
{
    struct gate *g = arg;
    struct str name = id_text(c->arena, S("ada"), id_new(c));
    const struct customer said = { .external_id = name,
        .email = str_fmt(c->arena, "%.*s@example.com", SARG(name)) };
    const struct catalog *k = NULL;
    struct customer ada;
    struct order o;
    bool is_new = false;
    TRY(customer_ensure(c, &said, &ada));
    TRY(catalog_now(c, &k));
    TRY(first_order(c, ada.n, &o));
    struct subscription s = { .customer_n = ada.n,
        .order_n = o.n,
        .status = SUBSCRIPTION_ACTIVE,
        .terms = basic(c, k),
        .gateway = g->at.reference.n > 0 ? GATEWAY_ID_stripe : GATEWAY_ID_moneymotion,
        .reference = g->at.reference,
        .anchor_ms = g->at.start_ms,
        .period_start_ms = g->at.start_ms,
        .period_end_ms = g->at.end_ms };
    TRY(subscription_insert(c, &s, &is_new));
    g->customer_n = ada.n;
    g->subscription_n = s.n;
    return E_OK;
}

static void close_catalogs(void *catalogs)
{
    catalogs_close(catalogs);
}

static void close_config(void *config)
{
    config_free(config);
}

static void configure(struct test *t)
{
    char *env[] = { (char[]) { "PURSER_SITE_URL=https://pay.example.com" },
        (char[]) { "PURSER_MAIL_FROM=shop@example.com" }, NULL };
    struct buf notices = BUF(t->c->arena);
    struct config *config = NULL;
    EXPECT_OK(config_load(
        t->c, &(struct config_sources) { .env = env, .env_file = "" }, &notices, &config));
    t->c->config = config;
    arena_defer(t->c->arena, close_config, config);
}

struct gate *gate_open(struct test *t, bool managed)
{
    struct gate *g = arena_new(t->c->arena, struct gate);
    *g = (struct gate) {
        .t = t,
        .gateway = { .name = S("stripe"), .title = S("Stripe"), .standing = standing },
        .at = { .reference = S("sub_1"),
            .payer = S("cus_1"),
            .status = STANDING_ACTIVE,
            .name = S("active"),
            .amount = { 999, CUR_USD },
            .months = 1,
            .start_ms = t->c->now_ms },
    };
    EXPECT(time_add_months(t->c->now_ms, 1, &g->at.end_ms));
    if (managed)
        g->at.reference = S("");
    configure(t);
    t->c->net = &g->net;
    if (t->c->catalogs == NULL) {
        t->c->catalogs = catalogs_open();
        arena_defer(t->c->arena, close_catalogs, t->c->catalogs);
        EXPECT_OK(db_tx(t->c, "catalogue", apply, NULL));
    }
    EXPECT_OK(db_tx(t->c, "subscribe", subscribe, g));
    return g;
}

/* ---- what happens at the gateway */

struct gateway_invoice *gate_invoice(struct gate *g, int64_t minor)
{
    must(g->at.invoices < INVOICES);
    for (size_t i = g->at.invoices++; i > 0; i--)
        g->invoice[i] = g->invoice[i - 1];
    struct money sum = { minor, CUR_USD };
    g->invoice[0] = (struct gateway_invoice) {
        .id = str_fmt(g->t->c->arena, "in_%zu", g->at.invoices),
        .payment = str_fmt(g->t->c->arena, "pi_%zu", g->at.invoices),
        .reason = INVOICE_RENEWAL,
        .paid = true,
        .subtotal = sum,
        .discount = { 0, CUR_USD },
        .tax = { 0, CUR_USD },
        .total = sum,
        .due = sum,
        .start_ms = g->at.start_ms,
        .end_ms = g->at.end_ms,
        .method_type = S("card"),
        .method_brand = S("visa"),
        .method_last4 = S("4242"),
    };
    return &g->invoice[0];
}

struct gateway_invoice *gate_renews(struct gate *g)
{
    g->at.start_ms = g->at.end_ms;
    g->at.end_ms += 30 * (int64_t)DAY;
    return gate_invoice(g, g->at.amount.minor);
}

struct renewal_mirror gate_mirror(struct gate *g)
{
    struct test *t = g->t;
    struct renewal_mirror m = {
        .gateway = GATEWAY_ID_stripe, .reference = S("sub_1"), .ask = &g->gateway
    };
    EXPECT_OK(renewal_mirror(t->c, &m));
    return m;
}

/* ---- what is here */

static enum err count_order(struct ctx *c, const struct order *o, void *arg)
{
    struct seen *k = arg;
    if (o->subscription_n != k->s.n)
        return E_OK;
    if (k->last.n == 0) /* newest first */
        k->last = *o;
    k->orders += o->kind != ORDER_ONCE;
    k->completed += o->kind != ORDER_ONCE && o->status == ORDER_COMPLETED;
    k->reviews += o->status == ORDER_REVIEW;
    return c->dead ? E_DEAD : E_OK;
}

static enum err count_mail(struct ctx *c, const struct mail_row *row, void *arg)
{
    struct seen *k = arg;
    k->mails += str_eq(row->mail.about, subscription_id(c->arena, &k->s));
    return c->dead ? E_DEAD : E_OK;
}

static enum err look(struct ctx *c, void *arg)
{
    struct seen *k = arg;
    const struct order_filter all = { .status = -1, .limit = 100 };
    int64_t minor = 0;
    k->orders = k->completed = k->reviews = k->mails = 0;
    k->last = (struct order) { .n = 0 };
    TRY(subscription_by_n(c, k->g->subscription_n, &k->s));
    TRY(order_list(c, &all, count_order, k));
    TRY(ledger_balance(c, LEDGER_GATEWAY,
        k->s.reference.n > 0 ? GATEWAY_ID_stripe : GATEWAY_ID_moneymotion, CUR_USD, &minor));
    TRY(mail_list(
        c, &(struct mail_filter) { .state_or_minus_1 = -1, .limit = 100 }, count_mail, k));
    k->sales = minor;
    return E_OK;
}

struct seen gate_see(struct gate *g)
{
    struct test *t = g->t;
    struct seen k = { .g = g };
    EXPECT_OK(db_read(t->c, look, &k));
    return k;
}

static enum err count_fact(struct ctx *c, const struct fact_row *row, void *arg)
{
    struct seen *k = arg;
    k->facts += str_eq(row->kind, str_of_c(k->kind));
    return c->dead ? E_DEAD : E_OK;
}

static enum err count_facts(struct ctx *c, void *arg)
{
    struct seen *k = arg;
    const struct fact_filter all = { .limit = 1000 };
    k->facts = 0;
    return fact_list(c, &all, count_fact, k);
}

int64_t gate_facts(struct gate *g, const char *kind)
{
    struct test *t = g->t;
    struct seen k = { .g = g, .kind = kind };
    int64_t sealed = 0;
    if (store_is_pg(t->c->store))
        EXPECT_OK(fact_seal(t->c, &sealed));
    EXPECT_OK(db_read(t->c, count_facts, &k));
    return k.facts;
}

static struct str due_subject(struct gate *g)
{
    return str_fmt(g->t->c->arena, "%lld", (long long)g->subscription_n);
}

static enum err claim(struct ctx *c, void *arg)
{
    return job_drop(c, RENEWAL_DUE, due_subject(arg));
}

void gate_due(struct gate *g)
{
    struct test *t = g->t;
    EXPECT_OK(db_tx(t->c, "claim", claim, g)); /* as who runs jobs does */
    EXPECT_OK(renewal_due(t->c, due_subject(g)));
}

struct waiting {
    int64_t due_ms;
};

static enum err take_due(struct ctx *c, const struct job *job, void *arg)
{
    struct waiting *w = arg;
    if (str_eq(job->kind, RENEWAL_DUE) && job->state == JOB_WAITING)
        w->due_ms = job->due_ms;
    return c->dead ? E_DEAD : E_OK;
}

struct asking {
    struct str subject;
    struct waiting waiting;
};

static enum err find_due(struct ctx *c, void *arg)
{
    struct asking *a = arg;
    return job_of_subject(c, a->subject, take_due, &a->waiting);
}

int64_t gate_due_ms(struct gate *g)
{
    struct test *t = g->t;
    struct asking a = { .subject = due_subject(g) };
    EXPECT_OK(db_read(t->c, find_due, &a));
    return a.waiting.due_ms;
}

struct having {
    int64_t customer_n;
    struct access access;
};

static enum err look_what(struct ctx *c, void *arg)
{
    struct having *h = arg;
    return access_of(c, h->customer_n, &h->access);
}

struct str gate_plan(struct gate *g)
{
    struct test *t = g->t;
    struct having h = { .customer_n = g->customer_n };
    EXPECT_OK(db_read(t->c, look_what, &h));
    return h.access.plan;
}

struct waiting_for {
    struct str kind, subject;
    bool there;
};

static enum err is_of_kind(struct ctx *c, const struct job *job, void *arg)
{
    struct waiting_for *w = arg;
    w->there = w->there || str_eq(job->kind, w->kind);
    return c->dead ? E_DEAD : E_OK;
}

static enum err look_for(struct ctx *c, void *arg)
{
    struct waiting_for *w = arg;
    return job_of_subject(c, w->subject, is_of_kind, w);
}

bool gate_waits(struct gate *g, const char *kind, struct str subject)
{
    struct test *t = g->t;
    struct waiting_for w = { .kind = str_of_c(kind), .subject = subject };
    EXPECT_OK(db_read(t->c, look_for, &w));
    return w.there;
}

struct paying {
    const struct order *order;
    int64_t minor;
    struct settle settle;
};

static enum err pay_tx(struct ctx *c, void *arg)
{
    struct paying *p = arg;
    struct attempt a = { .order_n = p->order->n,
        .id = id_new(c),
        .gateway = GATEWAY_ID_moneymotion,
        .amount = { p->order->total_minor, p->order->currency },
        .method = S("card") };
    TRY(attempt_insert(c, &a));
    p->settle = (struct settle) {
        .gateway = GATEWAY_ID_moneymotion,
        .confirmed_by = S("query"),
        .notice = { .kind = NOTICE_PAID,
            .attempt = attempt_id(c->arena, &a),
            .has_amount = true,
            .amount_minor = p->minor,
            .currency = p->order->currency },
    };
    return settle_tx(c, &p->settle);
}

void gate_pays(struct gate *g, const struct order *o, int64_t minor)
{
    struct test *t = g->t;
    struct paying p = { .order = o, .minor = minor };
    EXPECT_OK(db_tx(t->c, "pay", pay_tx, &p));
}

struct moving {
    int64_t order_n;
    enum order_status to;
};

static enum err money_tx(struct ctx *c, void *arg)
{
    const struct moving *m = arg;
    struct order o;
    TRY(order_lock(c, m->order_n, &o));
    o.refunded_minor = m->to == ORDER_REFUNDED ? o.total_minor : 0;
    TRY(order_become(c, &o, m->to));
    if (m->to == ORDER_REFUNDED)
        return grant_take(c, &o);
    return m->to == ORDER_DISPUTED ? grant_hold(c, &o) : grant_release(c, &o);
}

void gate_money(struct gate *g, int64_t order_n, enum order_status to)
{
    struct test *t = g->t;
    struct moving m = { order_n, to };
    EXPECT_OK(db_tx(t->c, "money", money_tx, &m));
}
