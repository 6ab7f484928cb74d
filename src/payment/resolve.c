#include "payment/payment.h"

#include "base/json.h"

#include "alert/alert.h"
#include "job/job.h"
#include "ledger/ledger.h"

/* A person decides what settle would not.  Every road out of a review is here, and each leaves the
 * books in balance: what was held as unexplained becomes a sale or leaves again. */

static const struct str choices[] = {
    [REVIEW_ACCEPT] = S_INIT("accept"),
    [REVIEW_DISMISS] = S_INIT("dismiss"),
    [REVIEW_REFUNDED] = S_INIT("refunded"),
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

/* Captured, and neither a sale nor given back. */
static bool is_held(const struct attempt *a)
{
    return a->status == ATTEMPT_CAPTURED && a->extra && a->refunded_minor == 0;
}

const struct attempt *payment_in_review(const struct attempt *k, size_t n, bool *ret_held)
{
    const struct attempt *doubted = NULL;
    for (size_t i = 0; i < n; i++) {
        if (is_held(&k[i])) {
            *ret_held = true;
            return &k[i];
        }
        bool doubt = k[i].status != ATTEMPT_CAPTURED && k[i].session_id.n > 0 && k[i].why.n > 0;
        if (doubt && (doubted == NULL || k[i].came.cur != CUR_NONE))
            doubted = &k[i];
    }
    *ret_held = false;
    return doubted;
}

struct decision {
    struct order *order;
    enum review_choice choice;
    struct str reason;
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
    json_str(&j, "choice", review_choice_text(d->choice));
    json_str(&j, "reason", d->reason);
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

/* The tax is what the order says; what came beyond the price, or is missing from it, is ours. */
static enum err book_sale(struct ctx *c, const struct decision *d, const struct attempt *a,
    bool held, int64_t cause_n, int64_t *ret_n)
{
    const struct order *o = d->order;
    struct ledger_transaction t = { .fact = fact_of(c, d, S("PAYMENT_RECEIVED"), a, cause_n) };
    ledger_money(
        &t, held ? LEDGER_UNEXPLAINED : LEDGER_GATEWAY, held ? 0 : (int64_t)a->gateway, a->amount);
    ledger_money(
        &t, LEDGER_SALES, 0, (struct money) { o->tax_minor - a->amount.minor, o->currency });
    ledger_money(&t, LEDGER_TAX, 0, (struct money) { -o->tax_minor, o->currency });
    return ledger_post(c, &t, ret_n);
}

static enum err take(struct ctx *c, struct decision *d, struct attempt *a, bool held)
{
    if (!held && a->came.cur != CUR_NONE) {
        if (a->came.cur != d->order->currency)
            return fail(c, CONFLICT,
                "%.*s came for an order in %.*s: give it back, it cannot be this order's payment",
                SARG(money_text_code(c->arena, a->came)), SARG(currency_code(d->order->currency)));
        a->amount = a->came;
    }
    a->came = (struct money) { 0, CUR_NONE };
    a->extra = false;
    a->why = S("");
    if (!held) {
        a->captured_ms = c->now_ms;
        a->confirmed_by = S("person");
    }
    return attempt_become(c, a, ATTEMPT_CAPTURED);
}

static enum err accept(struct ctx *c, struct decision *d, int64_t cause_n)
{
    struct order *o = d->order;
    bool held = false;
    int64_t fact_n = 0;
    if (o->completed_ms > 0)
        return fail(c, CONFLICT, "the order is paid already: give the second payment back instead");
    const struct attempt *found = payment_in_review(d->attempt, d->attempts, &held);
    if (found == NULL)
        return fail(c, CONFLICT, "there is no payment that could be accepted");
    struct attempt *a = &d->attempt[found - d->attempt];
    TRY(take(c, d, a, held));
    o->completed_ms = c->now_ms;
    o->reason = S("");
    TRY(order_become(c, o, ORDER_COMPLETED));
    TRY(book_sale(c, d, a, held, cause_n, &fact_n));
    struct fact fact = fact_of(c, d, S("ORDER_COMPLETED"), a, fact_n);
    TRY(fact_add(c, &fact, NULL));
    if (o->coupon.n > 0)
        TRY(coupon_use(c, o->n));
    return job_add(
        c, S("order_mail"), str_fmt(c->arena, "paid:%.*s", SARG(order_id(c->arena, o))), c->now_ms);
}

/* The order ends as if the doubtful payment had never been. */
static enum err back(struct ctx *c, struct decision *d, struct str why)
{
    struct order *o = d->order;
    if (o->completed_ms == 0)
        return payment_give_up(c, o, ORDER_CANCELLED, why);
    o->reason = S("");
    return order_become(c, o,
        o->refunded_minor == 0                    ? ORDER_COMPLETED
            : o->refunded_minor == o->total_minor ? ORDER_REFUNDED
                                                  : ORDER_PARTIALLY_REFUNDED);
}

static enum err return_held(struct ctx *c, struct decision *d, struct attempt *a, int64_t cause_n)
{
    struct ledger_transaction t = { .fact = fact_of(c, d, S("PAYMENT_RETURNED"), a, cause_n) };
    struct money gone = { -a->amount.minor, a->amount.cur };
    a->refunded_minor = a->amount.minor;
    a->why = S("given back by hand");
    TRY(attempt_become(c, a, ATTEMPT_CAPTURED));
    ledger_money(&t, LEDGER_GATEWAY, (int64_t)a->gateway, gone);
    ledger_money(&t, LEDGER_UNEXPLAINED, 0, a->amount);
    return ledger_post(c, &t, NULL);
}

static enum err returned(struct ctx *c, struct decision *d, int64_t cause_n)
{
    for (size_t i = 0; i < d->attempts; i++)
        if (is_held(&d->attempt[i]))
            TRY(return_held(c, d, &d->attempt[i], cause_n));
    return back(c, d, S("what came was given back by hand"));
}

static const struct attempt *still_held(const struct decision *d)
{
    bool held = false;
    const struct attempt *a = payment_in_review(d->attempt, d->attempts, &held);
    return held ? a : NULL;
}

static enum err dismiss(struct ctx *c, struct decision *d)
{
    const struct attempt *a = still_held(d);
    if (a != NULL)
        return fail(c, CONFLICT, "%.*s came and is held: accept it, or give it back and say so",
            SARG(money_text_code(c->arena, a->amount)));
    return back(c, d, S("nothing was to do"));
}

static enum err decide(struct ctx *c, struct decision *d, int64_t fact_n)
{
    switch (d->choice) {
    case REVIEW_ACCEPT:
        return accept(c, d, fact_n);
    case REVIEW_DISMISS:
        return dismiss(c, d);
    case REVIEW_REFUNDED:
        return returned(c, d, fact_n);
    case REVIEW_CHOICE_COUNT:
        break;
    }
    never("a review has three choices");
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

enum err payment_resolve(
    struct ctx *c, struct order *o, enum review_choice choice, struct str reason)
{
    struct decision d = { .order = o, .choice = choice, .reason = reason };
    int64_t fact_n = 0;
    if (o->status != ORDER_REVIEW)
        return fail(c, CONFLICT, "this review is over: the order is %.*s",
            SARG(order_status_text(o->status)));
    if (reason.n == 0)
        return fail(c, INVALID_REQUEST, "reason: say why, for whoever reads this later");
    TRY(attempts_of(c, o->n, &d.attempt, &d.attempts));
    struct fact fact = fact_of(c, &d, S("ORDER_REVIEW_RESOLVED"), NULL, 0);
    TRY(fact_add(c, &fact, &fact_n));
    TRY(decide(c, &d, fact_n));
    TRY(alert_over(c, ALERT_REVIEW, order_id(c->arena, o)));
    return still_held(&d) != NULL ? go_on(c, &d) : E_OK;
}
