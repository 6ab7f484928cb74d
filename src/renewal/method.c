#include "renewal/method.h"

#include "base/json.h"
#include "customer/customer.h"
#include "db/db.h"
#include "fact/fact.h"
#include "renewal/charge.h"
#include "renewal/renewal_db.h"

enum {
    PAYERS_MAX = 8,
    PLANS_MAX = 100,
    ORDERS_MAX = 100,
    METHODS_MAX = 200
};
/* Where something of the customer's may be saved: once, however many plans are paid with it. */
struct payer {
    enum gateway_id gateway;
    struct str payer, id; /* sub_… of the newest plan */
    int64_t subscription_n;
    bool native, alive;
    struct str brand, last4; /* as far as the payments of that plan say it */
};
struct finding {
    struct methods *k;
    struct customer customer;
    struct payer payer[PAYERS_MAX];
    size_t payers;
};

/* ---- what is known here */

static enum err one_plan(struct ctx *c, const struct subscription *s, void *arg)
{
    struct finding *f = arg;
    size_t i = 0;
    if (s->payer.n == 0)
        return c->dead ? E_DEAD : E_OK;
    while (i < f->payers &&
        !(f->payer[i].gateway == s->gateway && str_eq(f->payer[i].payer, s->payer)))
        i++;
    if (i == PAYERS_MAX)
        return E_OK;
    if (i == f->payers)
        f->payer[f->payers++] = (struct payer) {
            .gateway = s->gateway,
            .payer = str_copy(c->arena, s->payer),
            .id = subscription_id(c->arena, s),
            .subscription_n = s->n,
            .native = subscription_is_native(s),
        };
    f->payer[i].alive = f->payer[i].alive || s->status != SUBSCRIPTION_CANCELED;
    return E_OK;
}

/* A change is paid on a page, and leaves what is charged as it is. */
static enum err one_order(struct ctx *c, const struct order *o, void *arg)
{
    struct finding *f = arg;
    for (size_t i = 0; i < f->payers; i++) {
        struct payer *p = &f->payer[i];
        struct attempt *a = NULL;
        size_t n = 0;
        if (p->native || p->last4.n > 0 || p->subscription_n != o->subscription_n ||
            o->kind == ORDER_CHANGE)
            continue;
        TRY(attempts_of(c, o->n, &a, &n));
        const struct attempt *paid = attempt_paid(a, n);
        if (paid == NULL || paid->gateway != p->gateway || !str_eq(paid->method_type, S("card")))
            continue;
        p->brand = paid->method_brand;
        p->last4 = paid->method_last4;
    }
    return c->dead ? E_DEAD : E_OK;
}

static enum err look(struct ctx *c, void *arg)
{
    struct finding *f = arg;
    struct str id = f->k->customer_id.n > 0 ? f->k->customer_id : c->customer_id;
    bool found = false;
    f->payers = 0;
    if (id.n > 0)
        TRY(customer_find(c, id, &found, &f->customer));
    if (!found && f->k->customer_id.n > 0)
        return fail(c, NOT_FOUND, "there is no such customer");
    if (!found) /* nothing is known of them yet */
        return E_OK;
    const struct subscription_filter plans = { .customer_n = f->customer.n, .limit = PLANS_MAX };
    const struct order_filter orders = {
        .customer_n = f->customer.n, .status = -1, .paid = true, .limit = ORDERS_MAX
    };
    TRY(subscription_list(c, &plans, one_plan, f));
    return order_list(c, &orders, one_order, f);
}

/* ---- what is known there */

static enum err unavailable(struct ctx *c, const struct gateway *g)
{
    return fail(c, GATEWAY_UNAVAILABLE, "%.*s could not be asked what is saved", SARG(g->title));
}

static void take(struct methods *k, enum gateway_id gateway, const struct gateway_method *m)
{
    if (k->n < METHODS_MAX)
        k->method[k->n++] = (struct method) { gateway, *m };
}

static enum err ask(struct ctx *c, struct methods *k, const struct payer *p)
{
    const struct gateway *g = gateway_by_id(p->gateway);
    struct gateway_methods m;
    if (g == NULL || g->saved == NULL)
        return E_OK;
    if (!g->enabled(c->config))
        return unavailable(c, g);
    TRY(g->saved(c, p->payer, &m));
    if (m.outcome == OUTCOME_DECLINED) /* who was deleted there has nothing there */
        return E_OK;
    if (m.outcome != OUTCOME_DONE)
        return unavailable(c, g);
    for (size_t i = 0; i < m.count; i++)
        take(k, p->gateway, &m.method[i]);
    return E_OK;
}

static enum err gather(struct ctx *c, struct methods *k, const struct finding *f)
{
    k->n = 0;
    k->method = arena_array(c->arena, struct method, METHODS_MAX);
    for (size_t i = 0; i < f->payers; i++) {
        const struct payer *p = &f->payer[i];
        if (p->native)
            TRY(ask(c, k, p));
        else
            take(k, p->gateway,
                &(struct gateway_method) { .id = p->id,
                    .type = S("card"),
                    .brand = p->brand,
                    .last4 = p->last4,
                    .charged = p->alive });
    }
    return E_OK;
}

enum err methods_find(struct ctx *c, struct methods *k)
{
    struct finding f = { .k = k };
    TRY(db_read(c, look, &f));
    return gather(c, k, &f);
}

/* ---- forgetting */

struct forgetting {
    struct finding found;
    enum gateway_id gateway;
    const struct payer *payer; /* NULL: the gateway has forgotten it */
    struct plans {
        const struct payer *payer;
        int64_t n[PLANS_MAX];
        size_t count;
    } plans;
};

static enum err take_plan(struct ctx *c, const struct subscription *s, void *arg)
{
    struct plans *k = arg;
    if (s->gateway == k->payer->gateway && str_eq(s->payer, k->payer->payer))
        k->n[k->count++] = s->n;
    return c->dead ? E_DEAD : E_OK;
}

/* The order before the subscription, as settling locks them.  While a charge is under way nobody
 * may be asked to pay beside it. */
static enum err clear(struct ctx *c, int64_t n, struct str payer)
{
    struct subscription s;
    struct order open = { .n = 0 };
    enum charge_standing charge = CHARGE_NONE;
    int64_t order_n = 0;
    bool found = false;
    TRY(subscription_by_n(c, n, &s));
    TRY(renewal_db_open_order(c, s.n, s.period_end_ms, &found, &order_n));
    if (found)
        TRY(order_lock(c, order_n, &open));
    TRY(subscription_lock(c, n, &s));
    TRY(renewal_db_check_open(c, &s, open.n));
    TRY(charge_stands(c, &s, &open, &charge));
    if (charge == CHARGE_UNDER_WAY)
        return fail(c, CONFLICT, "a payment is under way: try again when it is through");
    if (!str_eq(s.payer, payer)) /* paid with another one since */
        return E_OK;
    s.payer = S("");
    TRY(subscription_become(c, &s, s.status));
    return s.status == SUBSCRIPTION_CANCELED ? E_OK : renewal_look(c, &s);
}

static enum err forget_tx(struct ctx *c, void *arg)
{
    struct forgetting *k = arg;
    const struct customer *who = &k->found.customer;
    const struct subscription_filter all = { .customer_n = who->n, .limit = PLANS_MAX };
    struct buf data = BUF(c->arena);
    struct json j = JSON(&data);
    k->plans = (struct plans) { .payer = k->payer };
    if (k->payer != NULL)
        TRY(subscription_list(c, &all, take_plan, &k->plans));
    for (size_t i = 0; i < k->plans.count; i++)
        TRY(clear(c, k->plans.n[i], k->payer->payer));
    json_open(&j, NULL, '{');
    json_str(&j, "gateway", gateway_name(k->gateway));
    json_str(&j, "method", k->found.k->id);
    json_close(&j, '}');
    const struct fact fact = {
        .kind = S("PAYMENT_METHOD_FORGOTTEN"),
        .subject = id_text(c->arena, S("cus"), who->id),
        .customer_n = who->n,
        .data = buf_str(&data),
    };
    return fact_add(c, &fact, NULL);
}

static enum err forget_there(struct ctx *c, const struct method *m)
{
    const struct gateway *g = gateway_by_id(m->gateway);
    enum outcome outcome = OUTCOME_NOT_SENT;
    struct str refusal = S("");
    if (m->what.charged)
        return fail(c, CONFLICT,
            "a plan is charged to this: choose something else on %.*s's page first, or end the "
            "plan",
            SARG(g->title));
    TRY(g->forget(c, m->what.id, &outcome, &refusal));
    if (outcome == OUTCOME_DONE)
        return E_OK;
    if (outcome == OUTCOME_DECLINED)
        return fail(c, GATEWAY_REJECTED, "%.*s", SARG(refusal));
    return fail(c, GATEWAY_UNAVAILABLE, "%.*s did not say that it is forgotten: look again",
        SARG(g->title));
}

enum err methods_forget(struct ctx *c, struct methods *k)
{
    struct forgetting f = { .found = { .k = k } };
    TRY(db_read(c, look, &f.found));
    for (size_t i = 0; i < f.found.payers; i++) {
        const struct payer *p = &f.found.payer[i];
        if (p->native || !str_eq(p->id, k->id))
            continue;
        f.payer = p;
        f.gateway = p->gateway;
        return db_tx(c, "forget method", forget_tx, &f);
    }
    TRY(gather(c, k, &f.found));
    for (size_t i = 0; i < k->n; i++) {
        if (!str_eq(k->method[i].what.id, k->id))
            continue;
        TRY(forget_there(c, &k->method[i]));
        f.gateway = k->method[i].gateway;
        return db_tx(c, "forget method", forget_tx, &f);
    }
    return fail(c, NOT_FOUND, "there is no such payment method");
}
