#include "payment/payment.h"

#include "base/json.h"

#include "alert/alert.h"
#include "grant/grant.h"
#include "job/job.h"
#include "payment/argued.h"
#include "payment/back.h"
#include "payment/book.h"
#include "payment/judged.h"
#include "risk/risk.h"

/* A person decides what settle would not.  Every road out of a review is here, and each leaves the
 * books in balance: what was held as unexplained becomes a sale or leaves again. */

static const struct str choices[] = {
    [REVIEW_ACCEPT] = S_INIT("accept"),
    [REVIEW_DISMISS] = S_INIT("dismiss"),
    [REVIEW_REFUNDED] = S_INIT("refunded"),
    [REVIEW_SALE_REFUNDED] = S_INIT("sale_refunded"),
};
_Static_assert(ARRAY_LEN(choices) == REVIEW_CHOICE_COUNT, "every choice has a name");

struct str review_choice_text(enum review_choice choice)
{
    must(choice < REVIEW_CHOICE_COUNT);
    return choices[choice];
}

bool review_choice_parse(struct str s, enum review_choice *ret)
{
    for (size_t i = 0; i < REVIEW_CHOICE_COUNT; i++)
        if (str_eq(choices[i], s)) {
            *ret = (enum review_choice)i;
            return true;
        }
    return false;
}

bool attempt_is_held(const struct attempt *k)
{
    return k->status == ATTEMPT_CAPTURED && k->extra && attempt_back(k) == 0;
}

bool attempt_has_money(const struct attempt *k)
{
    return attempt_is_held(k) || (k->status != ATTEMPT_CAPTURED && k->came.cur != CUR_NONE);
}

struct decision {
    const struct review_decision *said;
    struct order *order;
    struct attempt *attempt;
    size_t attempts;
};

static struct fact fact_of(struct ctx *c, const struct decision *d, struct str kind,
    const struct attempt *a, int64_t cause_n)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "orderId", order_id(c->arena, d->order));
    json_str(&j, "choice", review_choice_text(d->said->choice));
    json_str(&j, "reason", d->said->reason);
    if (a != NULL) {
        json_str(&j, "attemptId", attempt_id(c->arena, a));
        json_str(&j, "gateway", gateway_name(a->gateway));
        json_money(&j, "amount", a->amount);
    }
    json_close(&j, '}');
    return (struct fact) {
        .kind = kind,
        .subject = order_id(c->arena, d->order),
        .customer_n = d->order->customer_n,
        .version = d->order->version,
        .cause_n = cause_n,
        .data = buf_str(&b),
    };
}

static enum err mail_later(struct ctx *c, const struct decision *d, const char *kind)
{
    return job_add_gathered(c, S("order_mail"),
        str_fmt(c->arena, "%s:%.*s", kind, SARG(order_id(c->arena, d->order))), c->now_ms);
}

static enum err under_way(struct ctx *c)
{
    return fail(c, CONFLICT, "a refund of this payment is under way: wait until it is certain");
}

/* ---- accept */

static enum err find_named(struct ctx *c, struct decision *d, struct attempt **ret)
{
    struct str id = d->said->attempt;
    if (id.n == 0)
        return fail(c, INVALID_REQUEST, "attemptId: say which payment is accepted");
    for (size_t i = 0; i < d->attempts; i++)
        if (str_eq(attempt_id(c->arena, &d->attempt[i]), id)) {
            *ret = &d->attempt[i];
            return E_OK;
        }
    return fail(c, CONFLICT, "%.*s is no payment of this order", SARG(id));
}

static enum err take(struct ctx *c, struct decision *d, struct attempt *a)
{
    if (!attempt_has_money(a))
        return fail(c, CONFLICT, "no money was seen on this one: it cannot be accepted");
    if (a->reserved_minor > 0)
        return under_way(c);
    if (!attempt_is_held(a)) {
        if (a->came.cur != d->order->currency)
            return fail(c, CONFLICT,
                "%.*s came for an order in %.*s: give it back, it cannot be this order's payment",
                SARG(money_text_code(c->arena, a->came)), SARG(currency_code(d->order->currency)));
        if (a->came.minor > 0)
            a->amount = a->came;
        a->captured_ms = c->now_ms;
        a->confirmed_by = S("person");
    }
    a->came = (struct money) { 0, CUR_NONE };
    a->extra = false;
    a->why = S("");
    return attempt_become(c, a, ATTEMPT_CAPTURED);
}

static enum err accept(struct ctx *c, struct decision *d, int64_t cause_n)
{
    struct order *o = d->order;
    struct attempt *a = NULL;
    int64_t fact_n = 0;
    if (o->completed_ms > 0)
        return fail(c, CONFLICT, "the order is paid already: give the second payment back instead");
    TRY(find_named(c, d, &a));
    bool held = attempt_is_held(a);
    struct str why = S("");
    const struct grant_how how = { .gateway = a->gateway, .reference = a->subscription };
    TRY(grant_refuses(c, o, &how, &why));
    if (why.n > 0)
        return fail(c, CONFLICT, "%.*s", SARG(why));
    TRY(take(c, d, a));
    o->completed_ms = c->now_ms;
    o->reason = S("");
    TRY(order_become(c, o, ORDER_COMPLETED));
    TRY(book_sale(c, o, a, held, fact_of(c, d, S("PAYMENT_RECEIVED"), a, cause_n), &fact_n));
    struct fact fact = fact_of(c, d, S("ORDER_COMPLETED"), a, fact_n);
    TRY(fact_add(c, &fact, NULL));
    if (o->coupon.n > 0)
        TRY(coupon_use(c, o->n));
    TRY(grant_give(c, o, &how));
    if (a->disputed) /* what that means for the order, too */
        TRY(argued_ask(c, a));
    return mail_later(c, d, "paid");
}

/* ---- it went back */

/* The order ends as if the doubtful payment had never been. */
static enum err back(struct ctx *c, struct decision *d, struct str why)
{
    struct order *o = d->order;
    if (o->completed_ms == 0)
        return payment_give_up(c, o, ORDER_CANCELLED, why);
    const struct attempt *paid = attempt_paid(d->attempt, d->attempts);
    o->reason = S("");
    TRY(order_become(c, o, payment_stands(o, paid)));
    return o->status == ORDER_DISPUTED ? grant_hold(c, o) : E_OK;
}

bool attempt_began_second(const struct order *o, const struct attempt *a)
{
    return o->kind == ORDER_START && (o->completed_ms == 0 || a->extra) && a->subscription.n > 0;
}

/* It would be charged again. */
static enum err end_second(struct ctx *c, const struct order *o, const struct attempt *a)
{
    if (!attempt_began_second(o, a))
        return E_OK;
    return job_add(c, S("renewal_second"),
        str_fmt(c->arena, "%.*s %.*s", SARG(gateway_name(a->gateway)), SARG(a->subscription)),
        c->now_ms);
}

static enum err return_one(struct ctx *c, struct decision *d, struct attempt *a, int64_t cause_n)
{
    bool held = attempt_is_held(a);
    if (a->reserved_minor > 0)
        return under_way(c);
    if (held)
        a->refunded_minor = a->amount.minor;
    a->came = (struct money) { 0, CUR_NONE };
    /* What the gateway may repeat is known by its words: only a held one gets others. */
    if (held)
        a->why = S("given back by hand");
    TRY(attempt_become(c, a, a->status));
    if (held)
        TRY(end_second(c, d->order, a));
    return held ? book_returned(c, a, fact_of(c, d, S("PAYMENT_RETURNED"), a, cause_n)) : E_OK;
}

static enum err returned(struct ctx *c, struct decision *d, int64_t cause_n)
{
    size_t n = 0;
    for (size_t i = 0; i < d->attempts; i++)
        if (attempt_has_money(&d->attempt[i])) {
            TRY(return_one(c, d, &d->attempt[i], cause_n));
            n++;
        }
    if (n == 0 && d->order->completed_ms > 0)
        return fail(c, CONFLICT,
            "nothing came on top: say that the order's payment went back, or that nothing is to do");
    return back(c, d, S("what came was given back by hand"));
}

static enum err sale_returned(struct ctx *c, struct decision *d, int64_t cause_n)
{
    struct order *o = d->order;
    const struct attempt *paid = attempt_paid(d->attempt, d->attempts);
    if (paid == NULL || attempt_refundable(paid) == 0)
        return fail(c, CONFLICT, "no payment completed this order that could have gone back");
    if (paid->reserved_minor > 0)
        return fail(c, CONFLICT, "a refund of this order is under way: wait until it is certain");
    struct attempt *a = &d->attempt[paid - d->attempt];
    struct refund r = {
        .kind = REFUND_BY_HAND,
        .amount = { attempt_refundable(a), a->amount.cur },
        .reason = d->said->reason,
        .actor = c->actor,
        .confirmed_by = S("person"),
        .cause_n = cause_n,
    };
    r.id = id_new(c);
    a->why = S("");
    o->reason = S("");
    TRY(back_adopts(c, o, a, &r));
    return order_become(c, o, payment_stands(o, a));
}

/* ---- nothing was to do */

static const struct attempt *still_held(const struct decision *d)
{
    for (size_t i = 0; i < d->attempts; i++)
        if (attempt_is_held(&d->attempt[i]))
            return &d->attempt[i];
    return NULL;
}

static enum err dismiss(struct ctx *c, struct decision *d)
{
    const struct attempt *a = still_held(d);
    if (a != NULL)
        return fail(c, CONFLICT, "%.*s came and is held: accept it, or give it back and say so",
            SARG(money_text_code(c->arena, a->amount)));
    return back(c, d, S("nothing was to do"));
}

/* ---- deciding */

static enum err decide(struct ctx *c, struct decision *d, int64_t fact_n)
{
    switch (d->said->choice) {
    case REVIEW_ACCEPT:
        return accept(c, d, fact_n);
    case REVIEW_DISMISS:
        return dismiss(c, d);
    case REVIEW_REFUNDED:
        return returned(c, d, fact_n);
    case REVIEW_SALE_REFUNDED:
        return sale_returned(c, d, fact_n);
    case REVIEW_CHOICE_COUNT:
        break;
    }
    never("a review has four choices");
}

/* More than one payment came while nobody looked: the next one needs a decision of its own. */
static enum err go_on(struct ctx *c, struct decision *d)
{
    struct order *o = d->order;
    o->reason = S("the order was paid a second time; give one payment back");
    TRY(order_become(c, o, ORDER_REVIEW));
    struct fact fact = fact_of(c, d, S("ORDER_REVIEW"), still_held(d), 0);
    TRY(fact_add(c, &fact, NULL));
    return alert_raise(c, ALERT_REVIEW, order_id(c->arena, o), o->reason);
}

enum err payment_resolve(struct ctx *c, struct order *o, const struct review_decision *said)
{
    struct decision d = { .said = said, .order = o };
    int64_t fact_n = 0;
    if (o->status != ORDER_REVIEW)
        return fail(c, CONFLICT, "this review is over: the order is %.*s",
            SARG(order_status_text(o->status)));
    if (said->reason.n == 0)
        return fail(c, INVALID_REQUEST, "reason: say why, for whoever reads this later");
    TRY(attempts_of(c, o->n, &d.attempt, &d.attempts));
    struct fact fact = fact_of(c, &d, S("ORDER_REVIEW_RESOLVED"), NULL, 0);
    TRY(fact_add(c, &fact, &fact_n));
    /* What was held after it was handed out is there again, before anything of it is taken. */
    if (o->risk == ORDER_RISK_REVIEW && o->completed_ms > 0)
        TRY(grant_release(c, o));
    TRY(decide(c, &d, fact_n));
    bool good = said->choice == REVIEW_ACCEPT || said->choice == REVIEW_DISMISS;
    TRY(risk_judge(c, o, good ? RISK_GOOD : RISK_FRAUD));
    TRY(alert_over(c, ALERT_REVIEW, order_id(c->arena, o)));
    const struct attempt *left = still_held(&d);
    return left != NULL && left->amount.minor > 0 ? go_on(c, &d) : E_OK;
}

/* ---- it went back by a refund, which a person asked for */

static bool score_held(const struct order *o)
{
    return str_has(o->reason, judged_look_first);
}

/* Another payment, what contradicts the order's own, or what was handed out and is held. */
static bool more_to_decide(const struct decision *d)
{
    for (size_t i = 0; i < d->attempts; i++) {
        const struct attempt *a = &d->attempt[i];
        bool doubted = a->status == ATTEMPT_CAPTURED && !a->extra && a->why.n > 0;
        if (attempt_has_money(a) || doubted)
            return true;
    }
    return d->order->completed_ms > 0 && score_held(d->order);
}

enum err payment_returned(struct ctx *c, struct order *o)
{
    const struct review_decision said = {
        .choice = REVIEW_REFUNDED,
        .attempt = S(""),
        .reason = S("what came was given back"),
    };
    struct decision d = { .said = &said, .order = o };
    TRY(attempts_of(c, o->n, &d.attempt, &d.attempts));
    for (size_t i = 0; i < d.attempts; i++)
        if (d.attempt[i].extra && attempt_back(&d.attempt[i]) > 0)
            TRY(end_second(c, o, &d.attempt[i]));
    if (o->status != ORDER_REVIEW || more_to_decide(&d))
        return order_note(c, o);
    struct fact fact = fact_of(c, &d, S("ORDER_REVIEW_RESOLVED"), NULL, 0);
    TRY(fact_add(c, &fact, NULL));
    if (score_held(o))
        TRY(risk_judge(c, o, RISK_FRAUD));
    TRY(back(c, &d, said.reason));
    return alert_over(c, ALERT_REVIEW, order_id(c->arena, o));
}

enum err payment_review(
    struct ctx *c, struct order *o, const struct attempt *a, struct str why, int64_t cause_n)
{
    const struct review_decision said = {
        .choice = REVIEW_REFUNDED,
        .attempt = S(""),
        .reason = why,
    };
    const struct decision d = { .said = &said, .order = o };
    o->reason = why;
    TRY(o->status == ORDER_REVIEW ? order_note(c, o) : order_become(c, o, ORDER_REVIEW));
    struct fact fact = fact_of(c, &d, S("ORDER_REVIEW"), a, cause_n);
    TRY(fact_add(c, &fact, NULL));
    return alert_raise(c, ALERT_REVIEW, order_id(c->arena, o), why);
}
