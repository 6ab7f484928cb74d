#include "checkout/checkout.h"

#include "customer/customer.h"
#include "payment/prompt.h"

/* Paying an order that was not made at the checkout: a renewal, or what a change of plan costs.
 * Its own page opens a page at the gateway, and another when the last one has ended.  And any order
 * whose phone did not pay: it may be asked once more, by an attempt of its own. */

enum {
    PAGES_MAX = 40,
    CHARGED_MS = 24 * 3600 * 1000 /* so long it is waited for */
};

static enum err find(struct ctx *c, const struct order_pay *k, struct order *ret)
{
    struct order o;
    struct customer customer = { .n = 0 };
    int64_t bound = c->customer_n;
    bool own = false;
    c->customer_n = 0;
    enum err e = order_get(c, k->order, &o);
    c->customer_n = bound;
    TRY(e);
    if (c->customer_id.n > 0)
        TRY(customer_find(c, c->customer_id, &own, &customer));
    own = own && o.customer_n == customer.n;
    if (!own && (k->token.n == 0 || !order_token_holds(c, &o, k->token)))
        return fail(c, NOT_FOUND, "there is no such order");
    return order_lock(c, o.n, ret);
}

bool order_can_be_paid(const struct ctx *c, const struct order *o)
{
    bool waits = o->status == ORDER_PENDING || o->status == ORDER_FAILED;
    bool ours = o->kind == ORDER_RENEWAL || o->kind == ORDER_CHANGE;
    return ours && waits && o->total_minor > 0 && o->expires_ms > c->now_ms;
}

static bool is_by_phone(const struct ctx *c, const struct payment_open *p)
{
    const struct order *o = &p->order;
    bool waits = o->status == ORDER_PENDING || o->status == ORDER_FAILED;
    return waits && o->total_minor > 0 && o->expires_ms > c->now_ms &&
        attempt_by_phone(&p->attempt);
}

static bool has_ended(const struct attempt *a)
{
    return a->status == ATTEMPT_EXPIRED || a->status == ATTEMPT_CANCELLED ||
        a->status == ATTEMPT_FAILED || a->status == ATTEMPT_DECLINED;
}

static bool is_open(const struct ctx *c, const struct attempt *a)
{
    return a->status == ATTEMPT_OPEN && a->expires_ms > c->now_ms;
}

/* Nobody knows yet whether a phone was asked, or what its owner says: another page would ask again.
 */
static bool may_have_asked(const struct ctx *c, const struct attempt *a)
{
    return attempt_by_phone(a) && !has_ended(a) && a->prompted_ms > 0 &&
        c->now_ms - a->prompted_ms < CHARGED_MS;
}

/* The last page goes on, or another is opened where it was; the first one is asked for at the
 * gateway where the plan was bought. */
static enum err open_page(struct ctx *c, struct payment_open *p)
{
    struct attempt *before = NULL, last = p->attempt;
    struct order first;
    size_t tries = 0;
    bool same = false;
    TRY(attempts_of(c, p->order.n, &before, &tries));
    if (tries >= PAGES_MAX)
        return fail(c, CONFLICT, "this order was tried too often; ask us for help");
    const bool charge = attempt_is_charge(&last), lost = last.status == ATTEMPT_UNKNOWN;
    if (charge && lost && c->now_ms - last.created_ms < CHARGED_MS)
        return fail(
            c, CONFLICT, "your card is being charged for this right now: look again in a while");
    if (may_have_asked(c, &last))
        return fail(
            c, CONFLICT, "a phone is being asked to pay this right now: look again in a while");
    if (last.n > 0 && !has_ended(&last) && !charge) {
        if (last.status == ATTEMPT_CREATED || last.status == ATTEMPT_UNKNOWN)
            TRY(payment_key_answers(c, &last, &same));
        return same ? E_OK : payment_open_again(c, p);
    }
    struct str method = last.n > 0 ? last.method : S("card"), named = S("");
    struct subscription s;
    if (p->order.kind != ORDER_RENEWAL && p->order.kind != ORDER_CHANGE)
        return payment_open_plan(c, p, method, last.named ? gateway_name(last.gateway) : named);
    TRY(subscription_by_n(c, p->order.subscription_n, &s));
    TRY(order_by_n(c, s.order_n, &first));
    TRY(attempts_of(c, first.n, &before, &tries));
    for (size_t i = 0; i < tries; i++)
        if (before[i].status == ATTEMPT_CAPTURED && before[i].gateway != GATEWAY_NONE) {
            method = before[i].method;
            named = gateway_name(before[i].gateway);
        }
    return payment_open_plan(c, p, method, named);
}

static enum err plan(struct ctx *c, void *work, int64_t *ret_subject)
{
    struct order_pay *k = work;
    TRY(find(c, k, &k->open.order));
    struct order *o = &k->open.order;
    *ret_subject = o->n;
    k->ready = true;
    if (o->completed_ms > 0)
        return E_OK;
    TRY(payment_open_load(c, o->n, &k->open));
    bool again = is_by_phone(c, &k->open) && k->open.attempt.status == ATTEMPT_FAILED;
    if (is_by_phone(c, &k->open) && is_open(c, &k->open.attempt))
        return E_OK;
    if (!order_can_be_paid(c, o) && !again)
        return fail(c, CONFLICT, "this order cannot be paid any more");
    if (is_open(c, &k->open.attempt))
        return E_OK;
    if (o->status == ORDER_FAILED)
        TRY(order_become(c, o, ORDER_PENDING));
    k->ready = false;
    return open_page(c, &k->open);
}

static enum err load(struct ctx *c, int64_t subject, bool perhaps_sent, void *work)
{
    struct order_pay *k = work;
    bool same = false;
    TRY(payment_open_load(c, subject, &k->open));
    const struct attempt *a = &k->open.attempt;
    k->ready = (a->status != ATTEMPT_CREATED && a->status != ATTEMPT_UNKNOWN) ||
        attempt_is_charge(a) ||
        (!order_can_be_paid(c, &k->open.order) && !is_by_phone(c, &k->open));
    if (k->ready || (!perhaps_sent && a->status != ATTEMPT_UNKNOWN))
        return E_OK;
    TRY(payment_key_answers(c, a, &same));
    return same ? E_OK : payment_open_again(c, &k->open);
}

static struct str gateway_of(const void *work)
{
    const struct order_pay *k = work;
    return gateway_name(k->open.attempt.gateway);
}

static enum err call(struct ctx *c, void *work)
{
    struct order_pay *k = work;
    return k->ready ? E_OK : payment_open_call(c, &k->open);
}

static enum err record(struct ctx *c, void *work, int64_t subject, enum operation_next *ret_next)
{
    struct order_pay *k = work;
    enum payment_opened opened = PAYMENT_OPENED;
    must(subject == k->open.order.n);
    if (!k->ready)
        TRY(payment_open_record(c, &k->open, &opened));
    *ret_next = payment_opened_next(opened);
    return E_OK;
}

static enum err answer(struct ctx *c, int64_t subject, int *ret_status, struct buf *body)
{
    struct payment_open p;
    TRY(payment_open_load(c, subject, &p));
    bool has_page = p.order.completed_ms == 0 && p.attempt.checkout_url.n > 0;
    return checkout_leads_to(c, &p, has_page, ORDER_PLACE_ITSELF, ret_status, body);
}

const struct operation_kind order_pay_operation = {
    .name = S_INIT("order_pay"),
    .work_size = sizeof(struct order_pay),
    .plan = plan,
    .load = load,
    .gateway = gateway_of,
    .call = call,
    .record = record,
    .answer = answer,
};
