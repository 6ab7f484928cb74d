#include "sandbox/stripe_money.h"

/* Giving back, whole or in part, at once, later, or after all not. */

enum {
    TURNS_MS = 60 * 1000
};

static struct str money(struct st *s, int64_t minor, struct str currency)
{
    bool dollar = str_eq(currency, S("usd"));
    if (dollar)
        return str_fmt(s->a, "$%lld.%02lld", (long long)(minor / 100), (long long)(minor % 100));
    return str_fmt(s->a, "%lld %.*s", (long long)minor, SARG(currency));
}

static enum err refundable(struct st *s, const struct thing *charge, int64_t amount)
{
    struct tree *b = charge->body;
    int64_t left = tree_i64(b, "amount_captured") - tree_i64(b, "amount_refunded");
    struct str asked = money(s, amount, tree_str(b, "currency"));
    struct str rest = money(s, left, tree_str(b, "currency"));
    if (!str_eq(tree_str(b, "status"), S("succeeded")))
        return st_refuse(s, 400, "", S(""), "This charge has failed; there is nothing to refund.");
    if (!tree_true(b, "captured"))
        return st_refuse(s, 400, "", S(""),
            "This PaymentIntent is not captured; cancel the PaymentIntent instead.");
    if (tree_true(b, "_withdrawn"))
        return st_refuse(s, 400, "charge_disputed", S(""),
            "Charge %.*s has been charged back; cannot issue a refund.", SARG(charge->id));
    if (left == 0)
        return st_refuse(s, 400, "charge_already_refunded", S(""),
            "Charge %.*s has already been refunded.", SARG(charge->id));
    if (amount > left)
        return st_refuse(s, 400, "", S("amount"),
            "Refund amount (%.*s) is greater than unrefunded amount on charge (%.*s)", SARG(asked),
            SARG(rest));
    return E_OK;
}

static enum hosted_state state_of(const struct tree *charge)
{
    return tree_true(charge, "refunded")  ? HOSTED_REFUNDED
        : tree_true(charge, "_withdrawn") ? HOSTED_DISPUTED
                                          : HOSTED_PAID;
}

/* The charge says how much of it is back. */
enum err st_charge_refunded(struct st *s, struct thing *charge, int64_t more, const char *event)
{
    int64_t refunded = tree_i64(charge->body, "amount_refunded") + more;
    tree_set_i64(s->a, charge->body, "amount_refunded", refunded);
    tree_set_bool(
        s->a, charge->body, "refunded", refunded >= tree_i64(charge->body, "amount_captured"));
    TRY(st_hosted_becomes(
        s, tree_str(charge->body, "_reference"), state_of(charge->body), refunded));
    return st_save_and_tell(s, charge, event);
}

enum err st_refund(
    struct st *s, struct thing *charge, const struct refunding *in, struct thing *ret)
{
    const struct card *card = card_by_number(tree_str(charge->body, "_card"));
    struct tree *b = charge->body;
    int64_t left = tree_i64(b, "amount_captured") - tree_i64(b, "amount_refunded");
    int64_t amount = in->amount > 0 ? in->amount : left;
    TRY(refundable(s, charge, amount));
    struct thing t = st_new(s, "refund"), moved;
    bool late = card->does == CARD_REFUNDS_LATE;
    struct movement m = { "refund", "refund", -amount, 0, tree_str(b, "currency"), t.id };
    TRY(st_move(s, &m, &moved));
    tree_set_i64(s->a, t.body, "amount", amount);
    tree_set_str(s->a, t.body, "balance_transaction", moved.id);
    tree_set_str(s->a, t.body, "charge", charge->id);
    tree_set_str(s->a, t.body, "currency", tree_str(b, "currency"));
    tree_set_str_or_null(s->a, t.body, "customer", tree_str(b, "customer"));
    tree_set_str_or_null(s->a, t.body, "payment_intent", tree_str(b, "payment_intent"));
    tree_set_str_or_null(s->a, t.body, "payment_method", tree_str(b, "payment_method"));
    tree_set_str_or_null(s->a, t.body, "reason", in->reason);
    tree_set_str(s->a, t.body, "status", late ? S("pending") : S("succeeded"));
    if (in->metadata != NULL)
        tree_set(s->a, t.body, "metadata", in->metadata);
    if (late || card->does == CARD_REFUND_FAILS)
        t.turn_ms = s->c->now_ms + TURNS_MS;
    TRY(st_add_and_tell(s, &t, "refund.created"));
    *ret = t;
    return st_charge_refunded(s, charge, amount, "charge.refunded");
}

static enum err fails(struct st *s, struct thing *t)
{
    struct thing charge, moved;
    int64_t amount = tree_i64(t->body, "amount");
    struct movement m = { "refund_failure", "refund_failure", amount, 0,
        tree_str(t->body, "currency"), t->id };
    TRY(st_move(s, &m, &moved));
    tree_set_str(s->a, t->body, "status", S("failed"));
    tree_set_str(s->a, t->body, "failure_reason", S("expired_or_canceled_card"));
    tree_set_str(s->a, t->body, "failure_balance_transaction", moved.id);
    TRY(st_own(s, tree_str(t->body, "charge"), &charge));
    TRY(st_charge_refunded(s, &charge, -amount, "charge.updated"));
    struct tree *was = t->was;
    TRY(st_save(s, t));
    TRY(st_tell(s, "refund.updated", t->body, was));
    TRY(st_tell(s, "charge.refund.updated", t->body, was));
    return st_tell(s, "refund.failed", t->body, NULL);
}

enum err st_refund_turns(struct st *s, struct thing *t)
{
    t->turn_ms = 0;
    if (!str_eq(tree_str(t->body, "status"), S("pending")))
        return fails(s, t);
    tree_set_str(s->a, t->body, "status", S("succeeded"));
    struct tree *was = t->was;
    TRY(st_save(s, t));
    TRY(st_tell(s, "charge.refund.updated", t->body, was));
    return st_tell(s, "refund.updated", t->body, was);
}

/* ---- routes */

static enum err charge_asked_for(struct st *s, struct thing *ret)
{
    struct str charge = S(""), intent = S("");
    struct thing t;
    TRY(param_str(s, NULL, "charge", &charge));
    TRY(param_str(s, NULL, "payment_intent", &intent));
    if ((charge.n > 0) == (intent.n > 0))
        return charge.n > 0
            ? st_refuse(s, 400, "", S(""),
                  "You may only specify one of these parameters: charge, payment_intent.")
            : param_missing(s, NULL, "charge");
    if (charge.n > 0)
        return st_refer(s, "charge", charge, "charge", ret);
    TRY(st_refer(s, "payment_intent", intent, "payment_intent", &t));
    if (tree_null(t.body, "latest_charge"))
        return st_refuse(s, 400, "", S("payment_intent"),
            "This PaymentIntent (%.*s) does not have a successful charge to refund.", SARG(t.id));
    return st_own(s, tree_str(t.body, "latest_charge"), ret);
}

enum err v1_refund_create(struct st *s)
{
    struct thing charge, t;
    struct refunding in = { 0 };
    struct tree *holder = st_shape(s, "refund");
    TRY(charge_asked_for(s, &charge));
    TRY(param_i64(s, NULL, "amount", 1, AMOUNT_MAX, &in.amount));
    TRY(param_word(s, NULL, "reason", "duplicate|fraudulent|requested_by_customer", &in.reason));
    TRY(param_metadata(s, NULL, holder));
    param_skip(s, NULL, "refund_application_fee");
    param_skip(s, NULL, "reverse_transfer");
    in.metadata = tree_at(holder, "metadata");
    TRY(st_refund(s, &charge, &in, &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_refund_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "refund", &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_refund_update(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "refund", &t));
    TRY(param_metadata(s, NULL, t.body));
    s->answer = t.body;
    return st_save_and_tell(s, &t, "refund.updated");
}

enum err v1_refund_cancel(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "refund", &t));
    return st_refuse(s, 400, "", S(""), "Refund %.*s cannot be canceled: it is %.*s.", SARG(t.id),
        SARG(tree_str(t.body, "status")));
}

enum err v1_refund_list(struct st *s)
{
    static const struct filter filters[] = { { "charge", NULL }, { "payment_intent", NULL } };
    return st_list(s, &(struct listing) { .kind = "refund", filters, ARRAY_LEN(filters) });
}

enum err v1_charge_refunds(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "charge", &t));
    return st_list(s,
        &(struct listing) {
            .kind = "refund",
            .parent = t.id,
            .url = str_fmt(s->a, "/v1/charges/%.*s/refunds", SARG(t.id)),
        });
}
