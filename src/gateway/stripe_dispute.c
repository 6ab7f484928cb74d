#include "gateway/stripe.h"

/* Disputes at Stripe: how one stands, and what we say to it. */

enum {
    PIECE = 50
};

static enum dispute_standing standing_of(struct json_value status)
{
    static const struct {
        const char *word;
        enum dispute_standing standing;
    } words[] = {
        { "warning_needs_response", DISPUTE_AT_WARNING },
        { "warning_under_review", DISPUTE_AT_WARNING },
        { "warning_closed", DISPUTE_AT_WON },
        { "prevented", DISPUTE_AT_WON },
        { "needs_response", DISPUTE_AT_OPEN },
        { "appeal_needs_response", DISPUTE_AT_OPEN },
        { "under_review", DISPUTE_AT_REVIEW },
        { "appeal_under_review", DISPUTE_AT_REVIEW },
        { "won", DISPUTE_AT_WON },
        { "lost", DISPUTE_AT_LOST },
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (json_is(status, words[i].word))
            return words[i].standing;
    return DISPUTE_AT_STRANGE;
}

/* Its balance transactions are what it took (below zero) and put back, in the currency that it
 * settles in.  Where that is another than the payment's their sum says nothing: what is put back
 * is changed at the rate of its own day.  Then they are counted. */
static void read_money(struct ctx *c, struct json_value object, struct gateway_dispute *d)
{
    bool same = true;
    int taken = 0, put_back = 0;
    d->withdrawn = (struct money) { 0, d->amount.cur };
    for (struct json_iter it = json_iter(json_at(object, "balance_transactions"));
         json_next(&it);) {
        struct money moved = { 0, CUR_NONE }, fee = { 0, CUR_NONE };
        if (!stripe_money(c, it.value, "amount", &moved) || !stripe_money(c, it.value, "fee", &fee))
            continue;
        same = same && moved.cur == d->amount.cur;
        d->withdrawn.minor -= moved.minor;
        taken += moved.minor < 0;
        put_back += moved.minor > 0;
        d->fee = (struct money) { d->fee.minor + fee.minor, fee.cur };
    }
    if (!same)
        d->withdrawn.minor = taken > put_back ? d->amount.minor : 0;
    if (d->withdrawn.minor < 0)
        d->withdrawn.minor = 0;
}

static bool read_dispute(struct ctx *c, struct json_value object, struct gateway_dispute *ret)
{
    struct gateway_dispute d = {
        .reference = json_text(c->arena, object, "id"),
        .payment = stripe_id_at(c, object, "payment_intent"),
        .standing = standing_of(json_at(object, "status")),
        .name = json_text(c->arena, object, "status"),
        .reason = json_text(c->arena, object, "reason"),
        .opened_ms = stripe_ms_at(object, "created"),
        .due_ms = stripe_ms_at(object, "evidence_details.due_by"),
    };
    if (!json_is(json_at(object, "object"), "dispute") || !stripe_is_id(d.reference) ||
        !stripe_money(c, object, "amount", &d.amount) || d.amount.minor < 0)
        return false;
    if (!stripe_is_id(d.payment))
        d.payment = S("");
    d.name = str_clean(c->arena, d.name, 40);
    d.reason = str_clean(c->arena, d.reason, 60);
    read_money(c, object, &d);
    *ret = d;
    return true;
}

static void take_answer(struct ctx *c, const struct stripe_answer *a, struct gateway_disputes *ret)
{
    struct gateway_dispute *d = arena_array(c->arena, struct gateway_dispute, PIECE);
    struct json_value data = json_at(a->value, "data");
    struct str last = S("");
    bool more = false;
    *ret = (struct gateway_disputes) {
        .outcome = a->outcome, .dispute = d, .refusal = a->refusal, .reply = a->reply
    };
    if (a->outcome != OUTCOME_DONE)
        return;
    if (data.kind != JSON_ARRAY) {
        ret->count = read_dispute(c, a->value, d);
        ret->outcome = ret->count == 0 ? OUTCOME_UNKNOWN : OUTCOME_DONE;
        ret->refusal =
            ret->count == 0 ? S("Stripe answered with something that is no dispute") : S("");
        return;
    }
    for (struct json_iter it = json_iter(data); ret->count < PIECE && json_next(&it);) {
        last = json_text(c->arena, it.value, "id");
        ret->count += read_dispute(c, it.value, &d[ret->count]);
    }
    if (json_to_bool(json_at(a->value, "has_more"), &more) && more && stripe_is_id(last))
        ret->after = last;
}

static struct str path_of(struct ctx *c, const struct gateway_dispute_ask *in)
{
    struct buf b = BUF(c->arena);
    if (in->reference.n > 0) {
        buf_fmt(&b, "/v1/disputes/%.*s", SARG(in->reference));
        return buf_str(&b);
    }
    buf_fmt(&b, "/v1/disputes?limit=%d", PIECE);
    if (in->payment.n > 0)
        buf_fmt(&b, "&payment_intent=%.*s", SARG(in->payment));
    else
        buf_fmt(&b, "&created%%5Bgte%%5D=%lld", (long long)(in->from_ms / 1000));
    if (in->after.n > 0)
        buf_fmt(&b, "&starting_after=%.*s", SARG(in->after));
    return buf_str(&b);
}

enum err stripe_disputes(
    struct ctx *c, const struct gateway_dispute_ask *in, struct gateway_disputes *ret)
{
    struct stripe_answer a;
    struct gateway_disputes said;
    struct str id = in->reference.n > 0 ? in->reference : in->payment;
    *ret = (struct gateway_disputes) { .outcome = OUTCOME_UNKNOWN,
        .refusal = S("Stripe cannot be asked about a dispute of this name") };
    if (id.n > 0 && !stripe_is_id(id)) /* only a webhook could have brought it */
        return E_OK;
    struct stripe_call call = { .call = "query", .path = path_of(c, in) };
    TRY(stripe_ask(c, &call, &a));
    take_answer(c, &a, &said);
    if (said.outcome == OUTCOME_DONE && in->reference.n > 0 &&
        !str_eq(said.dispute->reference, in->reference)) {
        said.outcome = OUTCOME_UNKNOWN;
        said.refusal = S("Stripe answered about something else");
    }
    *ret = said;
    return E_OK;
}
