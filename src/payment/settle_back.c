#include "payment/settle.h"

#include "base/fault.h"

#include "payment/back.h"
#include "payment/book.h"

/* Money that went back, as its gateway tells it: how much in all, or one refund by its name. */

/* A second payment that went back before it was known to have come: both are booked, and nothing is
 * left to decide. */
static enum err came_and_went(struct ctx *c, struct settle *s)
{
    struct attempt *a = &s->attempt;
    int64_t fact_n = 0;
    s->why = S("the order was paid a second time, and that went back already");
    TRY(settle_captures(c, s, true));
    TRY(book_unexplained(c, a, settle_fact(c, s, S("PAYMENT_UNEXPLAINED")), &fact_n));
    a->refunded_minor = a->amount.minor;
    TRY(attempt_become(c, a, ATTEMPT_CAPTURED));
    struct fact gone = settle_fact(c, s, S("PAYMENT_RETURNED"));
    gone.cause_n = fact_n;
    TRY(book_returned(c, a, gone));
    s->result = SETTLED_NOW;
    return E_OK;
}

/* Parts are told apart only where the gateway names them; elsewhere it says what was paid. */
static bool back_differs(struct ctx *c, const struct settle *s, struct str *ret_why)
{
    const struct gateway *g = gateway_by_id(s->gateway);
    const struct attempt *a = &s->attempt;
    if (g == NULL || (g->can & GATEWAY_CAN_PARTIAL_REFUND) == 0 || !s->notice.has_amount ||
        s->notice.amount_minor >= a->amount.minor)
        return settle_differs(c, s, ret_why);
    return settle_is_another(c, s, ret_why);
}

/* What was paid, of which part is back already: both are true at once, in this order. */
static enum err pays_first(struct ctx *c, struct settle *s)
{
    const struct notice told = s->notice;
    s->notice.kind = NOTICE_PAID;
    s->notice.has_amount = told.paid_minor > 0;
    s->notice.amount_minor = told.paid_minor;
    TRY(settle_paid(c, s));
    s->notice = told;
    return E_OK;
}

/* It went back whole before it was known to have come: both are booked, and nothing is handed out.
 */
static enum err overtakes(struct ctx *c, struct settle *s)
{
    struct order *o = &s->order;
    TRY(settle_captures(c, s, false));
    TRY(book_sale(c, o, &s->attempt, false, settle_fact(c, s, S("PAYMENT_RECEIVED")), NULL));
    o->completed_ms = c->now_ms;
    /* As if the payment had come first: who was given his money back has used his coupon. */
    return o->coupon.n > 0 ? coupon_use(c, o->n) : E_OK;
}

/* So much is back in all, and more than we know of: the difference is a refund that somebody made
 * at the gateway.  Where one of ours is under way the gateway is asked which it was. */
static enum err adopt(struct ctx *c, struct settle *s)
{
    struct attempt *a = &s->attempt;
    const struct gateway *g = gateway_by_id(s->gateway);
    struct refund r = {
        .kind = REFUND_ADOPTED,
        .amount = { s->notice.amount_minor - a->refunded_minor, a->amount.cur },
        .confirmed_by = s->confirmed_by,
        .event = s->event,
    };
    if (r.amount.minor <= 0)
        return settle_result(s, SETTLED_BEFORE, S("this refund is known"));
    if (a->reserved_minor > 0 && g->given_back != NULL) {
        TRY(back_ask_later(c, a));
        return settle_result(s, SETTLED_NOTHING, S("the gateway is asked which refund this is"));
    }
    if (a->refunded_minor + a->reserved_minor > 0 && (g->can & GATEWAY_CAN_PARTIAL_REFUND) == 0) {
        s->why = S("part of it was given back by hand, and the gateway does not say how much is "
                   "back");
        return settle_contradicts(c, s);
    }
    r.id = id_new(c);
    TRY(back_adopts(c, &s->order, a, &r));
    s->result = SETTLED_NOW;
    return E_OK;
}

/* A refund made at the gateway is adopted.  It may overtake the payment's own notice. */
enum err settle_refunded(struct ctx *c, struct settle *s)
{
    struct order *o = &s->order;
    struct attempt *a = &s->attempt;
    struct str why;
    if (a->refunded_minor == a->amount.minor && a->status == ATTEMPT_CAPTURED)
        return settle_result(s, SETTLED_BEFORE, S("this refund is known"));
    if (a->extra && a->reserved_minor > 0) {
        TRY(back_ask_later(c, a));
        return settle_result(s, SETTLED_NOTHING, S("the gateway is asked which refund this is"));
    }
    if (back_differs(c, s, &why)) {
        s->why = settle_reported(c, s, "a refund", why);
        return settle_contradicts(c, s);
    }
    if (a->extra || o->status == ORDER_REVIEW) {
        s->why = S("a payment that was in review went back at the gateway");
        return settle_contradicts(c, s);
    }
    bool overtook = a->status != ATTEMPT_CAPTURED;
    bool whole = s->notice.amount_minor == a->amount.minor;
    if (MUTANT(24) && overtook)
        return settle_result(s, SETTLED_NOTHING, S("no order found"));
    if (overtook && !whole)
        TRY(pays_first(c, s));
    else if (overtook && o->completed_ms > 0)
        return came_and_went(c, s);
    else if (overtook)
        TRY(overtakes(c, s));
    return a->status == ATTEMPT_CAPTURED && !a->extra ? adopt(c, s) : E_OK;
}

/* One refund, by its name: ours, or one whose gateway is asked for all of them. */
enum err settle_refund(struct ctx *c, struct settle *s)
{
    struct attempt *a = &s->attempt;
    const struct refund from = { .confirmed_by = s->confirmed_by, .event = s->event };
    const int64_t refunded = a->refunded_minor, reserved = a->reserved_minor;
    if (a->status != ATTEMPT_CAPTURED || (a->extra && reserved + refunded == 0))
        return settle_result(s, SETTLED_NOTHING, S("its payment says what is back"));
    TRY(back_told(c, &s->order, a, &s->notice.back, &from));
    bool moved = a->refunded_minor != refunded || a->reserved_minor != reserved;
    return settle_result(s, moved ? SETTLED_NOW : SETTLED_BEFORE,
        moved ? S("") : S("this refund is known, or its gateway is asked about it"));
}
