#include "gateway/flutterwave.h"

#include "gateway/exponent.h"

/* Giving back.  There are no keys, so one that may be there is never sent again: it is looked for
 * in the list of what went back, by our mark, which travels as its comment. */

enum {
    LIST = 100 /* more refunds of one payment than anybody makes */
};

/* Where the money is to go, and did not arrive; an object, or the text of one. */
static bool disburse_failed(struct ctx *c, struct json_value refund)
{
    struct str text = json_text(c->arena, refund, "meta");
    bool read = text.n > 0 && json_check(c, text) == E_OK;
    struct json_value meta = read ? json_root(text) : json_at(refund, "meta");
    err_clear(c);
    return json_is(json_at(meta, "disburse_status"), "failed");
}

enum gateway_back_status flutterwave_refund_status(struct ctx *c, struct json_value refund)
{
    struct str status = json_text(c->arena, refund, "status");
    bool final = config_i64(c->config, CFG_FLUTTERWAVE_REFUND_COMPLETED_IS_FINAL) != 0;
    if (disburse_failed(c, refund) || str_eq(status, S("failed")) ||
        str_eq(status, S("cancelled")) || str_eq(status, S("rejected")))
        return BACK_FAILED;
    if (str_starts(status, S("completed-")) || (final && str_eq(status, S("completed"))))
        return BACK_DONE;
    return BACK_PENDING;
}

/* marked: it says whose it is, if only that it is not ours. */
static bool read_back(struct ctx *c, struct json_value refund, enum currency cur,
    struct gateway_back *ret, bool *ret_marked)
{
    struct str words = json_text(c->arena, refund, "comments");
    struct id id;
    struct gateway_back back = {
        .id = flutterwave_number(c, refund, "id"),
        .mark = id_parse(S("ref"), words, &id) ? words : S(""),
        .amount = { 0, cur },
        .status = flutterwave_refund_status(c, refund),
    };
    if (back.status == BACK_FAILED)
        back.why = str_fmt(c->arena, "Flutterwave says %.*s",
            SARG(str_clean(c->arena, json_text(c->arena, refund, "status"), 60)));
    *ret_marked = json_at(refund, "comments").kind == JSON_STRING;
    *ret = back;
    return back.id.n > 0 &&
        flutterwave_money(c, refund, "amount_refunded", cur, &ret->amount.minor);
}

static enum err list(
    struct ctx *c, struct str attempt, struct str payment, struct flutterwave_answer *ret)
{
    struct flutterwave_call call = { .call = "query",
        .attempt = attempt,
        .path = str_fmt(c->arena, "/refunds?id=%.*s", SARG(payment)) };
    return flutterwave_ask(c, &call, ret);
}

/* ---- because it told so */

/* How much is back in all.  A list that did not come does not say that nothing is. */
static enum err ask_sum(struct ctx *c, struct gateway_state *s)
{
    struct flutterwave_answer a;
    struct gateway_back back;
    bool marked = false;
    int64_t sum = 0;
    TRY(list(c, s->notice.attempt, s->notice.payment, &a));
    if (a.outcome != OUTCOME_DONE || a.data.kind != JSON_ARRAY) {
        s->outcome = OUTCOME_UNKNOWN;
        s->refusal =
            a.refusal.n > 0 ? a.refusal : S("Flutterwave answered with something that is no list");
        s->reply = a.reply;
        return E_OK;
    }
    for (struct json_iter it = json_iter(a.data); json_next(&it);)
        if (str_eq(flutterwave_number(c, it.value, "tx_id"), s->notice.payment) &&
            read_back(c, it.value, s->notice.currency, &back, &marked) &&
            back.status == BACK_DONE && back.amount.minor <= s->notice.amount_minor - sum)
            sum += back.amount.minor;
    if (sum == 0)
        return E_OK;
    s->notice.kind = NOTICE_REFUNDED;
    s->notice.name = S("refunded");
    s->notice.paid_minor = s->notice.amount_minor;
    s->notice.amount_minor = sum;
    return E_OK;
}

/* How one stands. */
static enum err ask_one(struct ctx *c, struct str id, struct gateway_state *s)
{
    struct flutterwave_answer a;
    struct gateway_back back;
    bool marked = false;
    struct flutterwave_call call = { .call = "query",
        .attempt = s->notice.attempt,
        .path = str_fmt(c->arena, "/refunds/%.*s", SARG(id)) };
    TRY(flutterwave_ask(c, &call, &a));
    s->outcome = a.outcome == OUTCOME_DECLINED ? OUTCOME_UNKNOWN : a.outcome;
    s->refusal = a.refusal;
    s->reply = a.reply;
    bool same = read_back(c, a.data, s->notice.currency, &back, &marked) && str_eq(back.id, id) &&
        str_eq(flutterwave_number(c, a.data, "tx_id"), s->notice.payment);
    if (a.outcome == OUTCOME_DONE && !same) {
        s->outcome = OUTCOME_UNKNOWN;
        s->refusal = S("Flutterwave answered about another refund");
    }
    s->notice.kind = NOTICE_REFUND;
    s->notice.name = json_text(c->arena, a.data, "status");
    s->notice.back = back;
    return E_OK;
}

enum err flutterwave_ask_back(
    struct ctx *c, const struct gateway_ask *in, struct gateway_state *inout)
{
    bool paid = inout->outcome == OUTCOME_DONE && inout->notice.kind == NOTICE_PAID &&
        inout->notice.has_amount;
    if (paid && in->told == NOTICE_REFUNDED)
        return ask_sum(c, inout);
    if (paid && in->told == NOTICE_REFUND && flutterwave_is_number(in->back))
        return ask_one(c, in->back, inout);
    return E_OK;
}

/* ---- ours */

/* The payment's number and currency; *ret is what was answered. */
static enum err find_payment(
    struct ctx *c, const struct gateway_give *in, struct gateway_state *ret)
{
    struct gateway_ask about = {
        .attempt = in->attempt, .session_id = in->session_id, .payment = in->payment
    };
    TRY(gateway_flutterwave.ask(c, &about, ret));
    bool unpaid = ret->notice.kind == NOTICE_OPENED || ret->notice.kind == NOTICE_PENDING ||
        ret->notice.kind == NOTICE_FAILED;
    if (ret->outcome == OUTCOME_DONE && unpaid) {
        ret->outcome = OUTCOME_DECLINED;
        ret->refusal = S("Flutterwave knows no payment of this order");
    }
    return E_OK;
}

static struct str body_of(struct ctx *c, const struct gateway_give *in)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    struct exponent e;
    int64_t units = 0;
    must(exponent_of(S("flutterwave"), in->amount.cur, &e) && exponent_out(in->amount, e, &units));
    json_open(&j, NULL, '{');
    json_str(&j, "amount", decimal_text(c->arena, units, e.digits));
    json_str(&j, "comments", in->key);
    json_close(&j, '}');
    return buf_str(&b);
}

static enum err send(
    struct ctx *c, const struct gateway_give *in, struct str payment, struct gateway_given *ret)
{
    struct flutterwave_answer a;
    bool marked = false;
    struct flutterwave_call call = { .call = "refund",
        .attempt = in->attempt,
        .path = str_fmt(c->arena, "/transactions/%.*s/refund", SARG(payment)),
        .body = body_of(c, in) };
    TRY(flutterwave_ask(c, &call, &a));
    *ret = (struct gateway_given) { .outcome = a.outcome, .refusal = a.refusal, .reply = a.reply };
    if (a.outcome != OUTCOME_DONE)
        return E_OK;
    bool same = read_back(c, a.data, in->amount.cur, &ret->back, &marked) &&
        ret->back.amount.minor == in->amount.minor;
    ret->back.mark = in->key;
    if (!same) {
        ret->outcome = OUTCOME_UNKNOWN;
        ret->refusal = S("Flutterwave answered with something that is not this refund");
    }
    return E_OK;
}

/* One that is there already is the same one. */
static bool is_there(const struct gateway_backs *all, struct str key, struct gateway_given *ret)
{
    for (size_t i = 0; i < all->count; i++)
        if (str_eq(all->back[i].mark, key)) {
            *ret = (struct gateway_given) {
                .outcome = OUTCOME_DONE, .back = all->back[i], .reply = all->reply
            };
            return true;
        }
    return false;
}

enum err flutterwave_give_back(
    struct ctx *c, const struct gateway_give *in, struct gateway_given *ret)
{
    struct gateway_state paid;
    struct gateway_backs all;
    TRY(find_payment(c, in, &paid));
    if (paid.outcome != OUTCOME_DONE) {
        bool no = paid.outcome == OUTCOME_DECLINED;
        *ret = (struct gateway_given) { .outcome = no ? OUTCOME_DECLINED : OUTCOME_NOT_SENT,
            .refusal = paid.refusal,
            .reply = paid.reply };
        return E_OK;
    }
    TRY(flutterwave_given_back(c, in, &all));
    if (all.outcome == OUTCOME_DONE && is_there(&all, in->key, ret))
        return E_OK;
    return send(c, in, paid.notice.payment, ret);
}

/* Of another payment.  One that does not say of which may be ours. */
static bool is_others(struct ctx *c, struct json_value refund, struct str payment)
{
    struct str of = flutterwave_number(c, refund, "tx_id");
    return of.n > 0 && !str_eq(of, payment);
}

/* A list that says of nothing whose it is cannot say that ours is not there. */
enum err flutterwave_given_back(
    struct ctx *c, const struct gateway_give *in, struct gateway_backs *ret)
{
    struct gateway_state paid;
    struct flutterwave_answer a = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_back *back = arena_array(c->arena, struct gateway_back, LIST);
    struct gateway_backs all = { .back = back };
    bool unsure = false;
    TRY(find_payment(c, in, &paid));
    all.outcome = paid.outcome;
    all.refusal = paid.refusal;
    all.reply = paid.reply;
    if (paid.outcome == OUTCOME_DONE) {
        TRY(list(c, in->attempt, paid.notice.payment, &a));
        all.outcome = a.outcome;
        all.refusal = a.refusal;
        all.reply = a.reply;
    }
    if (a.outcome == OUTCOME_DONE && a.data.kind != JSON_ARRAY)
        all.outcome = OUTCOME_UNKNOWN;
    for (struct json_iter it = json_iter(a.data); all.count < LIST && json_next(&it);) {
        bool marked = false;
        if (is_others(c, it.value, paid.notice.payment) ||
            !read_back(c, it.value, paid.notice.currency, &back[all.count], &marked))
            continue;
        unsure = unsure || (!marked && back[all.count].amount.minor == in->amount.minor);
        all.count++;
    }
    struct gateway_given found;
    if (in->key.n > 0 && unsure && !is_there(&all, in->key, &found)) {
        all.outcome = OUTCOME_UNKNOWN;
        all.refusal = S("Flutterwave does not say whose a refund of this amount is");
    }
    *ret = all;
    return E_OK;
}
