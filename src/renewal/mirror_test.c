#include "base/config.h"
#include "base/json.h"
#include "base/test.h"
#include "catalog/catalog.h"
#include "customer/customer.h"
#include "db/db.h"
#include "fact/fact.h"
#include "ledger/ledger.h"
#include "renewal/renewal.h"

/* The mirror beside a gateway of a few lines: what it says of one subscription is the oracle. */

enum {
    DAY = 24 * 3600 * 1000,
    INVOICES = 12
};

static const char catalogue[] =
    "{\"plans\":["
    "{\"id\":\"basic\",\"group\":\"ai\",\"name\":\"Basic\",\"credits\":{\"allowance\":500},"
    "\"prices\":[{\"id\":\"basic-month\",\"interval\":\"month\",\"amount\":999},"
    "{\"id\":\"basic-year\",\"interval\":\"year\",\"amount\":9990}]},"
    "{\"id\":\"creator\",\"group\":\"ai\",\"name\":\"Creator\",\"credits\":{\"allowance\":1500},"
    "\"prices\":[{\"id\":\"creator-month\",\"interval\":\"month\",\"amount\":1999}]}]}";

struct gate {
    struct net net; /* first: the gateway finds the rest by it */
    struct test *t;
    struct gateway gateway;
    struct gateway_standing at;
    struct gateway_invoice invoice[INVOICES];
    int64_t asked, customer_n, subscription_n;
    bool away;
    /* While it answers: somebody else's question, asked later and answered sooner. */
    void (*during)(struct gate *g);
};

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
    const struct customer said = { .external_id = S("ada"), .email = S("ada@example.com") };
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
        .gateway = GATEWAY_ID_stripe,
        .reference = S("sub_1"),
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

static struct gate *begin(struct test *t)
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
            .start_ms = t->c->now_ms,
            .end_ms = t->c->now_ms + 30 * (int64_t)DAY },
    };
    configure(t);
    t->c->net = &g->net;
    t->c->catalogs = catalogs_open();
    arena_defer(t->c->arena, close_catalogs, t->c->catalogs);
    EXPECT_OK(db_tx(t->c, "catalogue", apply, NULL));
    EXPECT_OK(db_tx(t->c, "subscribe", subscribe, g));
    return g;
}

/* ---- what happens at the gateway */

static struct gateway_invoice *new_invoice(struct gate *g, int64_t minor)
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

static struct gateway_invoice *renews(struct gate *g)
{
    g->at.start_ms = g->at.end_ms;
    g->at.end_ms += 30 * (int64_t)DAY;
    return new_invoice(g, g->at.amount.minor);
}

static struct renewal_mirror mirror(struct gate *g)
{
    struct test *t = g->t;
    struct renewal_mirror m = {
        .gateway = GATEWAY_ID_stripe, .reference = S("sub_1"), .ask = &g->gateway
    };
    EXPECT_OK(renewal_mirror(t->c, &m));
    return m;
}

/* ---- what is here */

struct seen {
    struct gate *g;
    struct subscription s;
    int64_t orders, completed, reviews, sales;
    const char *kind;
    int64_t facts;
};

static enum err count_order(struct ctx *c, const struct order *o, void *arg)
{
    struct seen *k = arg;
    k->orders += o->kind != ORDER_ONCE;
    k->completed += o->kind != ORDER_ONCE && o->status == ORDER_COMPLETED;
    k->reviews += o->status == ORDER_REVIEW;
    return c->dead ? E_DEAD : E_OK;
}

static enum err look(struct ctx *c, void *arg)
{
    struct seen *k = arg;
    const struct order_filter all = { .status = -1, .limit = 100 };
    int64_t minor = 0;
    k->orders = k->completed = k->reviews = 0;
    TRY(subscription_by_n(c, k->g->subscription_n, &k->s));
    TRY(order_list(c, &all, count_order, k));
    TRY(ledger_balance(c, LEDGER_GATEWAY, GATEWAY_ID_stripe, CUR_USD, &minor));
    k->sales = minor;
    return E_OK;
}

static struct seen see(struct gate *g)
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

static int64_t facts(struct gate *g, const char *kind)
{
    struct test *t = g->t;
    struct seen k = { .g = g, .kind = kind };
    int64_t sealed = 0;
    if (store_is_pg(t->c->store))
        EXPECT_OK(fact_seal(t->c, &sealed));
    EXPECT_OK(db_read(t->c, count_facts, &k));
    return k.facts;
}

/* ---- sentences */

TEST("R100 a paid invoice is one renewal order, however often the gateway is asked")
{
    struct gate *g = begin(t);
    renews(g);
    for (int i = 0; i < 5; i++)
        EXPECT_I64((int)mirror(g).result, RENEWAL_MIRRORED);
    struct seen k = see(g);
    EXPECT_I64(k.orders, 1);
    EXPECT_I64(k.completed, 1);
    EXPECT_I64(k.sales, 999);
    EXPECT_I64(k.s.period_end_ms, g->at.end_ms);
    EXPECT_I64(facts(g, "PAYMENT_RECEIVED"), 1);
}

TEST("R100 periods that nobody heard of are made up for, oldest first, a few in a transaction")
{
    struct gate *g = begin(t);
    for (int i = 0; i < 8; i++)
        renews(g);
    mirror(g);
    struct seen k = see(g);
    EXPECT_I64(k.completed, 8);
    EXPECT_I64(k.sales, 8 * 999);
    EXPECT_I64(k.s.period_end_ms, g->at.end_ms);
}

static void canceled_meanwhile(struct gate *g)
{
    g->at.status = STANDING_CANCELED;
    g->at.name = S("canceled");
    g->at.ended_ms = g->t->c->now_ms;
    mirror(g);
}

TEST("R24 an answer to an earlier question never stands over one to a later")
{
    struct gate *g = begin(t);
    g->during = canceled_meanwhile;
    mirror(g);
    EXPECT_STR(subscription_status_text(see(g).s.status), S("canceled"));
    EXPECT_I64(g->asked, 3); /* the first one was asked again */
}

static void resumed_meanwhile(struct gate *g)
{
    g->at.cancel_at_ms = 0;
    mirror(g);
}

TEST("R24 nor when the later one finds nothing that is new")
{
    struct gate *g = begin(t);
    g->at.cancel_at_ms = g->at.end_ms;
    g->during = resumed_meanwhile;
    mirror(g);
    EXPECT_I64(see(g).s.cancel_at_ms, 0);
}

TEST("R6 an invoice over another sum than was agreed to waits for a person, once")
{
    struct gate *g = begin(t);
    struct gateway_invoice *in = renews(g);
    in->subtotal.minor = in->total.minor = in->due.minor = 1099;
    for (int i = 0; i < 3; i++)
        mirror(g);
    struct seen k = see(g);
    EXPECT_I64(k.orders, 1);
    EXPECT_I64(k.reviews, 1);
    EXPECT_I64(k.completed, 0);
    EXPECT_I64(k.sales, 0);
    EXPECT_I64(facts(g, "ORDER_REVIEW"), 1);
}

TEST("what an earlier change left at the gateway pays a part of a renewal")
{
    struct gate *g = begin(t);
    renews(g)->due.minor = 400;
    mirror(g);
    struct seen k = see(g);
    EXPECT_I64(k.completed, 1);
    EXPECT_I64(k.sales, 400);
}

TEST("a gateway that does not answer changes nothing")
{
    struct gate *g = begin(t);
    struct renewal_mirror m = {
        .gateway = GATEWAY_ID_stripe, .reference = S("sub_1"), .ask = &g->gateway
    };
    renews(g);
    g->away = true;
    EXPECT_FAIL(renewal_mirror(t->c, &m), GATEWAY_UNAVAILABLE);
    EXPECT_I64(see(g).orders, 0);
}

TEST("a failed renewal is past due once, and active again when it is paid")
{
    struct gate *g = begin(t);
    struct gateway_invoice *in = renews(g);
    in->paid = false;
    in->open = true;
    in->tries = 1;
    in->page_url = S("https://invoice.example.com/1");
    g->at.status = STANDING_PAST_DUE;
    for (int i = 0; i < 3; i++)
        mirror(g);
    struct seen k = see(g);
    EXPECT_STR(subscription_status_text(k.s.status), S("past_due"));
    EXPECT_I64(k.s.past_due_ms, t->c->now_ms);
    EXPECT_I64(k.s.period_end_ms, g->at.start_ms); /* what was paid for */
    EXPECT_I64(facts(g, "SUBSCRIPTION_PAST_DUE"), 1);
    in->paid = true;
    in->open = false;
    g->at.status = STANDING_ACTIVE;
    mirror(g);
    k = see(g);
    EXPECT_STR(subscription_status_text(k.s.status), S("active"));
    EXPECT_I64(k.s.past_due_ms, 0);
    EXPECT_I64(k.s.period_end_ms, g->at.end_ms);
    EXPECT_I64(k.completed, 1);
}

TEST("what is over stays over, whatever the gateway says of it")
{
    struct gate *g = begin(t);
    canceled_meanwhile(g);
    g->at.status = STANDING_ACTIVE;
    g->at.name = S("active");
    g->at.ended_ms = 0;
    mirror(g);
    EXPECT_STR(subscription_status_text(see(g).s.status), S("canceled"));
    EXPECT_I64(facts(g, "SUBSCRIPTION_CANCELED"), 1);
}

TEST("a word of the gateway that purser does not know changes no status")
{
    struct gate *g = begin(t);
    g->at.status = STANDING_STRANGE;
    g->at.name = S("paused");
    mirror(g);
    EXPECT_STR(subscription_status_text(see(g).s.status), S("active"));
}

TEST("a subscription of the account that carries no mark of ours is left alone")
{
    struct gate *g = begin(t);
    struct renewal_mirror m = {
        .gateway = GATEWAY_ID_moneymotion, .reference = S("sub_1"), .ask = &g->gateway
    };
    EXPECT_OK(renewal_mirror(t->c, &m));
    EXPECT_I64((int)m.result, RENEWAL_NOT_OURS);
}
