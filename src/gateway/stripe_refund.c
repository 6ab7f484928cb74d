#include "gateway/stripe.h"

#include "gateway/exponent.h"

/* Giving back, and what is back of a payment.  A refund of ours carries our mark, and our id is its
 * idempotency key; Stripe's dashboard makes others. */

enum {
    LIST = 100 /* more refunds of one payment than anybody makes */
};

static enum gateway_back_status status_of(struct json_value refund)
{
    struct json_value status = json_at(refund, "status");
    return json_is(status, "succeeded")                            ? BACK_DONE
        : json_is(status, "failed") || json_is(status, "canceled") ? BACK_FAILED
                                                                   : BACK_PENDING;
}

bool stripe_back(struct ctx *c, struct json_value refund, struct gateway_back *ret)
{
    struct gateway_back back = {
        .id = json_text(c->arena, refund, "id"),
        .mark = stripe_mark(c, json_at(refund, "metadata"), "refundId"),
        .status = status_of(refund),
    };
    struct str why = json_text(c->arena, refund, "failure_reason");
    if (back.status == BACK_FAILED)
        back.why =
            str_fmt(c->arena, "Stripe says %.*s: %.*s", SARG(json_text(c->arena, refund, "status")),
                SARG(why.n > 0 ? str_clean(c->arena, why, 60) : S("without a reason")));
    *ret = back;
    return stripe_is_id(back.id) && stripe_money(c, refund, "amount", &ret->amount);
}

void stripe_refund_notice(struct ctx *c, struct json_value refund, struct notice *n)
{
    n->kind = NOTICE_NOTED;
    if (!stripe_back(c, refund, &n->back))
        return;
    n->attempt = stripe_mark(c, json_at(refund, "metadata"), "attemptId");
    struct str payment = stripe_id_at(c, refund, "payment_intent");
    n->payment = stripe_is_id(payment) ? payment : S("");
    n->has_amount = true;
    n->amount_minor = n->back.amount.minor;
    n->currency = n->back.amount.cur;
    if (n->payment.n > 0 || n->attempt.n > 0)
        n->kind = NOTICE_REFUND;
}

/* The payment behind a session, where nobody has told us. */
static enum err find_payment(
    struct ctx *c, const struct gateway_give *in, struct str *ret, struct stripe_answer *ret_answer)
{
    struct gateway_ask about = { .attempt = in->attempt, .session_id = in->session_id };
    struct gateway_state state;
    *ret_answer = (struct stripe_answer) { .outcome = OUTCOME_DONE };
    *ret = in->payment;
    if (in->payment.n > 0)
        return E_OK;
    TRY(gateway_stripe.ask(c, &about, &state));
    *ret = state.notice.payment;
    ret_answer->outcome = state.outcome;
    ret_answer->refusal = state.refusal;
    ret_answer->reply = state.reply;
    if (state.outcome == OUTCOME_DONE && !stripe_is_id(*ret)) {
        ret_answer->outcome = OUTCOME_DECLINED;
        ret_answer->refusal = S("Stripe names no payment of this session");
    }
    return E_OK;
}

static struct str form_of(struct ctx *c, const struct gateway_give *in, struct str payment)
{
    struct buf form = BUF(c->arena);
    struct exponent e;
    int64_t units = 0;
    must(exponent_of(S("stripe"), in->amount.cur, &e));
    if (!exponent_out(in->amount, e, &units))
        return S("");
    stripe_put(&form, S("payment_intent"), payment);
    stripe_put_i64(&form, S("amount"), units);
    stripe_put(&form, S("reason"), S("requested_by_customer"));
    stripe_put(&form, S("metadata[refundId]"), in->key);
    stripe_put(&form, S("metadata[attemptId]"), in->attempt);
    stripe_put(&form, S("metadata[orderId]"), in->order);
    return buf_str(&form);
}

enum err stripe_give_back(struct ctx *c, const struct gateway_give *in, struct gateway_given *ret)
{
    struct stripe_answer a;
    struct str payment;
    struct stripe_call call = {
        .call = "refund", .attempt = in->attempt, .path = S("/v1/refunds"), .key = in->key
    };
    TRY(find_payment(c, in, &payment, &a));
    if (a.outcome == OUTCOME_DONE) {
        call.form = form_of(c, in, payment);
        a.outcome = OUTCOME_DECLINED;
        a.refusal = str_fmt(
            c->arena, "Stripe cannot give back %.*s", SARG(money_text_code(c->arena, in->amount)));
        if (call.form.n > 0)
            TRY(stripe_ask(c, &call, &a));
    } else if (a.outcome != OUTCOME_DECLINED) {
        a.outcome = OUTCOME_NOT_SENT;
    }
    struct gateway_given g = { .outcome = a.outcome, .refusal = a.refusal, .reply = a.reply };
    if (g.outcome == OUTCOME_DONE &&
        (!stripe_back(c, a.value, &g.back) || g.back.amount.minor != in->amount.minor ||
            g.back.amount.cur != in->amount.cur)) {
        g.outcome = OUTCOME_UNKNOWN;
        g.refusal = S("Stripe answered with something that is not this refund");
    }
    *ret = g;
    return E_OK;
}

enum err stripe_given_back(struct ctx *c, const struct gateway_give *in, struct gateway_backs *ret)
{
    struct stripe_answer a;
    struct str payment;
    struct gateway_back *back = arena_array(c->arena, struct gateway_back, LIST);
    TRY(find_payment(c, in, &payment, &a));
    if (a.outcome == OUTCOME_DONE) {
        struct stripe_call call = {
            .call = "query",
            .attempt = in->attempt,
            .path =
                str_fmt(c->arena, "/v1/refunds?limit=%d&payment_intent=%.*s", LIST, SARG(payment)),
        };
        TRY(stripe_ask(c, &call, &a));
    }
    struct json_value data = json_at(a.value, "data");
    bool listed = a.outcome == OUTCOME_DONE && data.kind == JSON_ARRAY;
    struct gateway_backs all = {
        .outcome = a.outcome == OUTCOME_DONE && !listed ? OUTCOME_UNKNOWN : a.outcome,
        .refusal = a.refusal,
        .reply = a.reply,
        .back = back,
    };
    for (struct json_iter it = json_iter(data); listed && all.count < LIST && json_next(&it);)
        if (stripe_back(c, it.value, &back[all.count]))
            all.count++;
    *ret = all;
    return E_OK;
}
