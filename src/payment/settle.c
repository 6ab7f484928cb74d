#include "payment/payment.h"

#include "base/fault.h"
#include "base/json.h"
#include "base/metric.h"

#include "alert/alert.h"
#include "db/db.h"
#include "grant/grant.h"
#include "job/job.h"
#include "mail/mail.h"
#include "payment/argued.h"
#include "payment/attempt_db.h"
#include "payment/book.h"
#include "payment/decline.h"
#include "payment/judged.h"
#include "payment/prompt.h"
#include "payment/settle.h"

/* The one road on which money becomes an order.
 *
 * look reads the attempt that the notice names, with its order, and locks both.  act compares every
 * word of the notice with what is stored, decides, and posts all that follows in one commit:
 * attempt, order, ledger, coupon use, facts, mail job.  Nothing here asks the outside. */

enum {
    REASONS_MAX = 1000
};

#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS (24 * HOUR_MS)
/* A bank's debit may take twenty working days to say that it failed. */
#define ON_ITS_WAY_MS (30 * DAY_MS)

enum err settle_look(struct ctx *c, void *settle)
{
    struct settle *s = settle;
    TRY(attempt_db_look(c, s));
    return fact_draw(c, &s->fact_n);
}

struct str settled_text(enum settled s)
{
    switch (s) {
    case SETTLED_NOW:
        return S("applied");
    case SETTLED_BEFORE:
        return S("seen before");
    case SETTLED_NOTHING:
        return S("nothing to do");
    case SETTLED_REVIEW:
        return S("in review");
    case SETTLED_NOBODY:
        return S("nobody waits for it");
    }
    never("settle has five results");
}

enum err settle_result(struct settle *s, enum settled result, struct str why)
{
    s->result = result;
    s->why = why;
    return E_OK;
}

/* ---- R6: does it equal what we stored? */

bool settle_is_another(struct ctx *c, const struct settle *s, struct str *ret_why)
{
    const struct notice *k = &s->notice;
    const struct attempt *a = &s->attempt;
    *ret_why = s->doubt;
    if (s->doubt.n > 0)
        return true;
    if (k->session_id.n > 0 && a->session_id.n > 0 && !str_eq(k->session_id, a->session_id))
        *ret_why = S("the payment is of another session than the one we opened");
    else if (k->attempt.n > 0 && !str_eq(k->attempt, attempt_id(c->arena, a)) &&
        !str_eq(k->attempt, order_id(c->arena, &s->order)))
        *ret_why = S("the payment carries another order's reference");
    else if (k->currency != CUR_NONE && k->currency != a->amount.cur)
        *ret_why = str_fmt(c->arena, "paid in %.*s instead of %.*s",
            SARG(currency_code(k->currency)), SARG(currency_code(a->amount.cur)));
    return ret_why->n > 0;
}

bool settle_differs(struct ctx *c, const struct settle *s, struct str *ret_why)
{
    const struct notice *k = &s->notice;
    const struct attempt *a = &s->attempt;
    struct money said = { k->amount_minor, k->currency == CUR_NONE ? a->amount.cur : k->currency };
    *ret_why = S("");
    if (MUTANT(25) || settle_is_another(c, s, ret_why))
        return !MUTANT(25);
    if (!k->has_amount)
        *ret_why = S("the gateway did not say how much was paid");
    else if (k->amount_minor != a->amount.minor)
        *ret_why = str_fmt(c->arena, "paid %.*s instead of %.*s",
            SARG(money_text_code(c->arena, said)), SARG(money_text_code(c->arena, a->amount)));
    return ret_why->n > 0;
}

struct str settle_reported(
    struct ctx *c, const struct settle *s, const char *what, struct str differs)
{
    return s->doubt.n > 0 ? s->doubt
                          : str_fmt(c->arena, "%s was reported, and %.*s", what, SARG(differs));
}

/* ---- what follows */

static struct str fact_data(struct ctx *c, const struct settle *s)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "orderId", order_id(c->arena, &s->order));
    json_str(&j, "attemptId", attempt_id(c->arena, &s->attempt));
    json_str(&j, "gateway", gateway_name(s->gateway));
    json_money(&j, "amount", s->attempt.amount);
    json_str(&j, "confirmedBy", s->confirmed_by);
    if (s->event.n > 0)
        json_str(&j, "event", s->event);
    if (s->why.n > 0)
        json_str(&j, "why", s->why);
    json_close(&j, '}');
    return buf_str(&b);
}

struct fact settle_fact(struct ctx *c, const struct settle *s, struct str kind)
{
    return (struct fact) {
        .kind = kind,
        .subject = order_id(c->arena, &s->order),
        .customer_n = s->order.customer_n,
        .version = s->order.version,
        .data = fact_data(c, s),
    };
}

static enum err order_fact(struct ctx *c, const struct settle *s, struct str kind, int64_t cause_n)
{
    struct fact fact = settle_fact(c, s, kind);
    fact.cause_n = cause_n;
    return fact_add(c, &fact, NULL);
}

static enum err mail_later(struct ctx *c, const struct settle *s, struct str kind)
{
    return job_add_gathered(c, S("order_mail"),
        str_fmt(c->arena, "%.*s:%.*s", SARG(kind), SARG(order_id(c->arena, &s->order))), c->now_ms);
}

/* Its ids there, also of what contradicts: who decides about it must find it.  A payment that is
 * held keeps its own: by it what is given back is asked for. */
static void take_names(struct attempt *a, const struct notice *k)
{
    if (k->subscription.n > 0)
        a->subscription = k->subscription;
    if (k->payment.n > 0 && (a->payment.n == 0 || a->status != ATTEMPT_CAPTURED))
        a->payment = k->payment;
}

static struct grant_how how_of(const struct settle *s)
{
    return (struct grant_how) { s->gateway, s->attempt.subscription, s->notice.payer };
}

static enum err take_payment(struct ctx *c, struct settle *s)
{
    struct attempt *a = &s->attempt;
    const struct notice *k = &s->notice;
    TRY(judged_take(c, a, k));
    if (a->session_id.n == 0)
        a->session_id = k->session_id;
    take_names(a, k);
    a->confirmed_by = s->confirmed_by;
    a->captured_ms = c->now_ms;
    return E_OK;
}

enum err settle_captures(struct ctx *c, struct settle *s, bool extra)
{
    struct attempt *a = &s->attempt;
    TRY(take_payment(c, s));
    a->extra = extra;
    a->came = (struct money) { 0, CUR_NONE };
    a->why = S("");
    return attempt_become(c, a, ATTEMPT_CAPTURED);
}

/* Whoever decides reads all of it: what is added to a review stands behind what began it. */
static struct str reasons(struct ctx *c, struct str before, struct str more)
{
    if (before.n == 0 || str_has(before, more) || before.n + more.n > REASONS_MAX)
        return before.n == 0 ? more : before;
    return str_fmt(c->arena, "%.*s; then: %.*s", SARG(before), SARG(more));
}

enum err settle_review(struct ctx *c, struct settle *s, int64_t cause_n)
{
    struct order *o = &s->order;
    bool more = o->status == ORDER_REVIEW;
    o->reason = more ? reasons(c, o->reason, s->why) : s->why;
    if (more || order_may_become(o->status, ORDER_REVIEW)) {
        TRY(more ? order_note(c, o) : order_become(c, o, ORDER_REVIEW));
        TRY(order_fact(c, s, S("ORDER_REVIEW"), cause_n));
    }
    return alert_raise(c, ALERT_REVIEW, order_id(c->arena, o), s->why);
}

enum err settle_contradicts(struct ctx *c, struct settle *s)
{
    /* The same contradiction again says nothing new, also after a person decided about it. */
    if (str_eq(s->attempt.why, s->why))
        return settle_result(s, SETTLED_BEFORE, s->why);
    const struct notice *k = &s->notice;
    s->attempt.why = s->why;
    take_names(&s->attempt, k);
    if (k->kind == NOTICE_REFUNDED) /* it is not there any more */
        s->attempt.came = (struct money) { 0, CUR_NONE };
    if (k->kind == NOTICE_PAID)
        s->attempt.came = (struct money) { k->has_amount ? k->amount_minor : 0,
            k->currency == CUR_NONE ? s->attempt.amount.cur : k->currency };
    TRY(attempt_become(c, &s->attempt, s->attempt.status));
    TRY(settle_review(c, s, 0));
    s->result = SETTLED_REVIEW;
    return E_OK;
}

/* Captured, and not the order's payment until a person says so. */
static enum err held(struct ctx *c, struct settle *s, struct str why)
{
    int64_t fact_n = 0;
    s->why = why;
    if (attempt_is_beside(&s->attempt))
        s->why = str_fmt(c->arena, "%.*s (%.*s calls this one %.*s)", SARG(why),
            SARG(gateway_name(s->gateway)), SARG(s->attempt.payment));
    TRY(settle_captures(c, s, true));
    TRY(book_unexplained(c, &s->attempt, settle_fact(c, s, S("PAYMENT_UNEXPLAINED")), &fact_n));
    TRY(settle_review(c, s, fact_n));
    s->result = SETTLED_REVIEW;
    return E_OK;
}

static enum err complete(struct ctx *c, struct settle *s)
{
    struct order *o = &s->order;
    int64_t fact_n = 0;
    struct str why = S("");
    take_names(&s->attempt, &s->notice);
    const struct grant_how how = how_of(s);
    TRY(grant_refuses(c, o, &how, &why));
    TRY(judged_take(c, &s->attempt, &s->notice));
    TRY(judged_weigh(c, o, &s->attempt));
    if (why.n == 0 && o->risk != ORDER_RISK_ALLOW && o->total_minor > 0)
        why = judged_look_first;
    if (why.n > 0)
        return held(c, s, why);
    TRY(settle_captures(c, s, false));
    o->completed_ms = c->now_ms;
    metric_observe_us(
        c, METRIC_checkout_paid_seconds, (o->completed_ms - o->created_ms) * US_PER_MS);
    o->reason = S("");
    TRY(order_become(c, o, ORDER_COMPLETED));
    struct fact received = settle_fact(c, s, S("PAYMENT_RECEIVED"));
    received.n = s->fact_n;
    TRY(book_sale(c, o, &s->attempt, false, received, &fact_n));
    TRY(order_fact(c, s, S("ORDER_COMPLETED"), fact_n));
    if (o->coupon.n > 0)
        TRY(coupon_use(c, o->n));
    TRY(grant_give(c, o, &how));
    TRY(mail_later(c, s, S("paid")));
    s->result = SETTLED_NOW;
    return E_OK;
}

/* What proves a payment may not say how it was made; another notice of it does. */
static enum err known(struct ctx *c, struct settle *s)
{
    struct attempt *a = &s->attempt;
    if (a->argued && str_has(s->confirmed_by, S("query"))) /* not any more? */
        TRY(argued_ask(c, a));
    if (a->method_type.n == 0 && s->notice.method_type.n > 0) {
        TRY(judged_take(c, a, &s->notice));
        TRY(attempt_become(c, a, a->status));
        return judged_late(c, s);
    }
    return settle_result(s, SETTLED_BEFORE, S("this payment is known"));
}

enum err settle_paid(struct ctx *c, struct settle *s)
{
    struct str why;
    if (settle_differs(c, s, &why)) {
        s->why = why;
        return settle_contradicts(c, s);
    }
    if (s->attempt.status == ATTEMPT_CAPTURED && !MUTANT(31))
        return known(c, s);
    switch (s->order.status) {
    case ORDER_PENDING:
    case ORDER_PROCESSING:
    case ORDER_FAILED:
    case ORDER_EXPIRED: /* late money is believed: the buyer paid */
    case ORDER_CANCELLED:
        return complete(c, s);
    case ORDER_COMPLETED:
    case ORDER_PARTIALLY_REFUNDED:
    case ORDER_REFUNDED:
    case ORDER_DISPUTED:
        return held(c, s, S("the order was paid a second time; give one payment back"));
    case ORDER_REVIEW:
        return held(c, s, S("a payment came while the order was in review"));
    case ORDER_STATUS_COUNT:
        break;
    }
    never("an order has ten statuses");
}

/* ---- an end without money */

/* Who paid in a way that takes days does not sit before the page any more, and may pay in another
 * way for a day. */
static enum err failed_later(struct ctx *c, struct settle *s)
{
    if (s->order.kind != ORDER_RENEWAL)
        TRY(order_wait(c, &s->order, c->now_ms + DAY_MS));
    return mail_later(c, s, S("failed"));
}

static enum err act_ended(struct ctx *c, struct settle *s, enum attempt_status to, struct str words)
{
    struct attempt *a = &s->attempt;
    if (a->status == to || a->status == ATTEMPT_CAPTURED || !attempt_may_become(a->status, to))
        return settle_result(s, SETTLED_BEFORE, S("nothing is waiting there any more"));
    a->why = words;
    TRY(attempt_become(c, a, to));
    TRY(order_fact(c, s, S("PAYMENT_FAILED"), 0));
    /* A declined card is not the end: the buyer may try another way until the order's time is
     * over, so a failure is the attempt's; the session's own end is the order's. */
    bool one_page = s->order.kind != ORDER_RENEWAL; /* that one is paid on any page in its time */
    bool on_its_way = s->order.status == ORDER_PROCESSING;
    bool by_phone = attempt_by_phone(a) && c->now_ms - a->prompted_ms < HOUR_MS; /* sits there */
    if (to == ATTEMPT_EXPIRED && (s->order.status == ORDER_PENDING || on_its_way) && one_page) {
        TRY(payment_give_up(c, &s->order, ORDER_EXPIRED, S("the time to pay ran out")));
    } else if (to == ATTEMPT_FAILED && order_may_become(s->order.status, ORDER_FAILED)) {
        s->order.reason = words;
        TRY(order_become(c, &s->order, ORDER_FAILED));
        TRY(order_fact(c, s, S("ORDER_FAILED"), 0));
        if (on_its_way && !by_phone)
            TRY(failed_later(c, s));
    }
    s->result = SETTLED_NOW;
    return E_OK;
}

/* ---- money that is argued about */

/* A gateway without names for disputes says that one is open, and no more.  What is disputed was
 * paid: one that overtakes the payment's own notice brings both.  How it ended is asked later. */
static enum err act_disputed(struct ctx *c, struct settle *s)
{
    struct str why;
    if (s->attempt.disputed) {
        TRY(argued_ask(c, &s->attempt));
        return settle_result(s, SETTLED_BEFORE, S("this dispute is known"));
    }
    if (settle_differs(c, s, &why)) {
        s->why = settle_reported(c, s, "a dispute", why);
        return settle_contradicts(c, s);
    }
    enum settled paid = SETTLED_NOW;
    if (s->attempt.status != ATTEMPT_CAPTURED) {
        TRY(settle_paid(c, s));
        paid = s->result;
    }
    const struct payment_argued open = { .open = true, .lost_minor = s->attempt.lost_minor };
    TRY(payment_argue(c, &s->order, &s->attempt, &open));
    TRY(argued_ask(c, &s->attempt));
    s->result = paid;
    return E_OK;
}

static enum err act_processing(struct ctx *c, struct settle *s)
{
    if (!attempt_may_become(s->attempt.status, ATTEMPT_PROCESSING) ||
        s->order.status != ORDER_PENDING)
        return settle_result(s, SETTLED_NOTHING, S("the payment is under way"));
    TRY(attempt_become(c, &s->attempt, ATTEMPT_PROCESSING));
    TRY(order_become(c, &s->order, ORDER_PROCESSING));
    /* A renewal's time is that of its plan. */
    int64_t wait = c->now_ms + (attempt_by_phone(&s->attempt) ? DAY_MS : ON_ITS_WAY_MS);
    if (s->order.kind != ORDER_RENEWAL && s->order.expires_ms < wait)
        TRY(order_wait(c, &s->order, wait));
    s->result = SETTLED_NOW;
    return E_OK;
}

/* A charge has no page on which anybody could still pay: what its gateway does not know a day after
 * its order was paid in another way never arrived. */
static enum err act_opened(struct ctx *c, struct settle *s)
{
    struct attempt *a = &s->attempt;
    bool lost = false;
    if (attempt_by_phone(a))
        TRY(prompt_not_there(c, a, &lost));
    if (lost)
        return settle_result(s, SETTLED_NOW, S("no phone was ever asked"));
    bool paid_long_ago = s->order.completed_ms > 0 && c->now_ms - s->order.completed_ms >= DAY_MS;
    if (!attempt_is_charge(a) || a->status != ATTEMPT_UNKNOWN || !paid_long_ago)
        return settle_result(s, SETTLED_NOTHING, S("nobody has paid yet"));
    a->why = S("it never arrived, and its order was paid in another way");
    TRY(attempt_become(c, a, ATTEMPT_ABANDONED));
    return settle_result(s, SETTLED_NOW, a->why);
}

static enum err act(struct ctx *c, struct settle *s)
{
    switch (s->notice.kind) {
    case NOTICE_PAID:
        return settle_paid(c, s);
    case NOTICE_FAILED:
        return act_ended(c, s, ATTEMPT_FAILED,
            s->notice.why.n == 0
                ? S("the gateway said that the payment failed")
                : str_fmt(c->arena, "the gateway said that the payment failed: %.*s",
                      SARG(s->notice.why)));
    case NOTICE_EXPIRED:
        return act_ended(c, s, ATTEMPT_EXPIRED, S("the gateway's page to pay on has ended"));
    case NOTICE_REFUNDED:
        return settle_refunded(c, s);
    case NOTICE_REFUND:
        return settle_refund(c, s);
    case NOTICE_DISPUTED:
        return act_disputed(c, s);
    case NOTICE_PENDING:
        return act_processing(c, s);
    case NOTICE_DECLINED:
        TRY(decline_note(c, s));
        return settle_result(s, SETTLED_NOW, S("a card was declined; another may follow"));
    case NOTICE_OPENED:
        return act_opened(c, s);
    case NOTICE_STRANGE:
        return settle_result(s, SETTLED_NOTHING, S("purser does not know this event"));
    case NOTICE_NOTED:
    case NOTICE_SUBSCRIPTION:
    case NOTICE_DISPUTE:
        return settle_result(s, SETTLED_NOTHING, S("nothing follows from it"));
    case NOTICE_KIND_COUNT:
        break;
    }
    never("all kinds of notice");
}

enum err settle_act(struct ctx *c, void *settle)
{
    struct settle *s = settle;
    s->why = S("");
    if (!s->found && s->notice.kind == NOTICE_REFUND)
        return settle_result(s, SETTLED_NOTHING, S("its payment says what is back"));
    if (!s->found)
        return settle_result(s, SETTLED_NOBODY, S("no payment of ours has this reference"));
    s->order.n = s->attempt.order_n;
    gateway_amount(c, s->gateway, s->attempt.amount.cur, &s->notice);
    TRY(settle_pick(c, s));
    TRY(act(c, s));
    return argued_note(c, s);
}

enum err settle_tx(struct ctx *c, void *settle)
{
    TRY(settle_look(c, settle));
    TRY(db_wait(c));
    return settle_act(c, settle);
}

enum err settle_free_order(struct ctx *c, int64_t order_n)
{
    struct settle s = { .gateway = GATEWAY_NONE, .confirmed_by = S("none"), .found = true };
    TRY(order_by_n(c, order_n, &s.order));
    must(s.order.total_minor == 0);
    s.attempt = (struct attempt) {
        .order_n = order_n,
        .id = id_new(c),
        .gateway = GATEWAY_NONE,
        .amount = { 0, s.order.currency },
        .method = S("none"),
    };
    TRY(attempt_insert(c, &s.attempt));
    s.notice =
        (struct notice) { .kind = NOTICE_PAID, .has_amount = true, .currency = s.order.currency };
    return settle_act(c, &s);
}
