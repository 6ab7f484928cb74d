#include "checkout/checkout_plan.h"

#include "base/json.h"
#include "catalog/catalog.h"
#include "db/db.h"

/* The plan that is asked for; NULL: something else is. */
static enum err find_plan(struct ctx *c, const struct order_ask *ask, const struct product **ret)
{
    const struct catalog *k = NULL;
    *ret = NULL;
    TRY(catalog_now(c, &k));
    for (size_t i = 0; i < ask->items; i++) {
        const struct order_item *item = &ask->item[i];
        const struct product *p = NULL;
        if (item->price.n > 0)
            catalog_price(k, item->price, &p);
        else
            p = catalog_product(k, item->plan.n > 0 ? item->plan : item->product);
        if (p != NULL && p->is_plan)
            *ret = p;
    }
    return E_OK;
}

/* ---- what the customer has */

static enum err refuse(struct ctx *c, const struct subscription_terms *t, struct str status,
    const struct subscription *s, struct str why)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "plan", t->plan);
    json_str(&j, "priceId", t->price);
    json_str(&j, "interval", t->months == 12 ? S("year") : S("month"));
    json_str(&j, "status", status);
    if (s != NULL) {
        json_str(&j, "subscriptionId", subscription_id(c->arena, s));
        json_time(&j, "currentPeriodEnd", s->period_end_ms);
        json_bool(&j, "cancelAtPeriodEnd", s->cancel_at_ms > 0);
        json_str(&j, "change",
            s->cancel_at_ms > 0 ? S("POST /api/subscription/resume")
                                : S("POST /api/subscription/change"));
    }
    json_close(&j, '}');
    return fail_details(c, fail(c, ALREADY_SUBSCRIBED, "%.*s", SARG(why)), buf_str(&b));
}

static enum err check_none(struct ctx *c, int64_t customer_n, struct str group)
{
    struct subscription s;
    bool found = false;
    TRY(subscription_of(c, customer_n, group, &found, &s));
    if (!found)
        return E_OK;
    struct str name = subscription_plan_name(c->arena, &s.terms);
    return refuse(c, &s.terms, subscription_status_text(s.status), &s,
        str_fmt(c->arena, "you have %.*s already: change that plan instead of buying another",
            SARG(name)));
}

/* ---- what the customer has begun to buy */

static enum err read_terms(struct ctx *c, const struct order *o, struct subscription_terms *ret)
{
    struct order_line *line = NULL;
    size_t n = 0;
    TRY(order_lines(c, o, &line, &n));
    return subscription_terms_read(c, n > 0 ? line[0].plan : S(""), ret);
}

static bool may_be_paid(const struct order *o)
{
    return o->status == ORDER_PENDING || o->status == ORDER_FAILED || o->status == ORDER_PROCESSING;
}

static enum err find_starts(
    struct ctx *c, int64_t customer_n, struct str group, struct checkout_starts *ret)
{
    int64_t n[STARTS_MAX];
    size_t count = 0;
    ret->n = 0;
    TRY(order_open_starts(c, customer_n, n, STARTS_MAX, &count));
    for (size_t i = 0; i < count; i++) {
        struct order *o = &ret->order[ret->n];
        struct subscription_terms t;
        TRY(order_lock(c, n[i], o));
        TRY(read_terms(c, o, &t));
        ret->n += may_be_paid(o) && str_eq(t.group, group);
    }
    return E_OK;
}

/* What is being paid cannot be given up: another one would be a second plan. */
static enum err check_not_under_way(struct ctx *c, const struct checkout_starts *starts)
{
    for (size_t i = 0; i < starts->n; i++) {
        struct subscription_terms t;
        if (starts->order[i].status != ORDER_PROCESSING)
            continue;
        TRY(read_terms(c, &starts->order[i], &t));
        return refuse(c, &t, subscription_status_text(SUBSCRIPTION_INCOMPLETE), NULL,
            str_fmt(c->arena, "your payment for %.*s is on its way; wait until it has arrived",
                SARG(subscription_plan_name(c->arena, &t))));
    }
    return E_OK;
}

enum err checkout_may_begin(struct ctx *c, const struct order_ask *ask, struct checkout_starts *ret)
{
    const struct product *plan = NULL;
    ret->n = 0;
    TRY(find_plan(c, ask, &plan));
    if (plan == NULL)
        return E_OK;
    if (ask->customer_n == 0)
        return fail(c, INVALID_REQUEST,
            "a plan needs an account that it belongs to: sign in, or say customerId");
    /* The orders first: who settles one holds it until the plan is there. */
    TRY(find_starts(c, ask->customer_n, plan->group, ret));
    TRY(check_none(c, ask->customer_n, plan->group));
    return check_not_under_way(c, ret);
}

enum err checkout_end_starts(struct ctx *c, struct checkout_starts *starts)
{
    for (size_t i = 0; i < starts->n; i++)
        if (starts->order[i].status != ORDER_PROCESSING)
            TRY(payment_give_up(
                c, &starts->order[i], ORDER_CANCELLED, S("another plan was chosen instead")));
    return E_OK;
}

/* ---- a plan began */

static enum err alone_tx(struct ctx *c, void *arg)
{
    struct checkout_starts starts;
    struct subscription s;
    TRY(subscription_by_n(c, *(const int64_t *)arg, &s));
    if (s.status == SUBSCRIPTION_CANCELED)
        return E_OK;
    TRY(find_starts(c, s.customer_n, s.terms.group, &starts));
    return checkout_end_starts(c, &starts);
}

enum err checkout_alone(struct ctx *c, struct str subscription_n)
{
    int64_t n = 0;
    if (!str_to_i64(subscription_n, &n))
        return fail(c, STORE_CORRUPT, "a job looks after the plan \"%.*s\"", SARG(subscription_n));
    return db_tx_job(c, "checkout alone", alone_tx, &n);
}
