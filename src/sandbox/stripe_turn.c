#include "sandbox/stripe_account.h"
#include "sandbox/stripe_billing.h"

/* What falls due, and what happens at the gateway on request. */

static enum err turn_one(struct st *s, struct thing *t)
{
    struct str kind = str_of_c(t->kind->name);
    if (str_eq(kind, S("checkout.session")))
        return st_session_expires(s, t);
    if (str_eq(kind, S("subscription")))
        return st_sub_turns(s, t);
    if (str_eq(kind, S("invoice")))
        return st_invoice_turns(s, t);
    if (str_eq(kind, S("refund")))
        return st_refund_turns(s, t);
    if (str_eq(kind, S("dispute")))
        return st_dispute_turns(s, t);
    if (str_eq(kind, S("account")))
        return st_account_turns(s, t);
    if (str_eq(kind, S("payment_intent"))) {
        enum went went;
        s->about = tree_str(t->body, "_session");
        TRY(st_processed(s, t, &went));
        return st_went(s, t, went);
    }
    never("a kind that never changes by itself");
}

enum err stripe_turn(struct ctx *c, int64_t *ret_n)
{
    enum {
        MOST = 100
    };
    int64_t n = 0;
    for (; n < MOST; n++) {
        struct st s = st_work(c);
        struct stored row;
        struct thing t;
        bool found = false;
        TRY(stripe_due(c, &found, &row));
        if (!found)
            break;
        TRY(st_own(&s, tree_str(tree_parse(c->arena, row.body), "id"), &t));
        TRY(turn_one(&s, &t));
    }
    *ret_n = n;
    return E_OK;
}

/* ---- POST /_sandbox/emit */

bool stripe_owns(struct str id)
{
    static const struct str prefixes[] = { S_INIT("cs_test_"), S_INIT("pi_"), S_INIT("ch_"),
        S_INIT("dp_"), S_INIT("in_"), S_INIT("sub_") };
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
        if (str_starts(id, prefixes[i]))
            return true;
    return false;
}

/* The charge behind a session, an intent, an invoice, a dispute, or itself. */
static enum err charge_behind(struct st *s, struct str id, struct thing *ret)
{
    static const char *const ways[] = { "latest_charge", "charge", "_charge", "payment_intent",
        "_payment_intent", "invoice", "latest_invoice" };
    struct thing t = { 0 };
    bool found = false;
    for (int steps = 0; steps < 4; steps++) {
        TRY(st_find(s, id, &found, &t));
        if (!found)
            return fail(s->c, NOT_FOUND, "the simulated Stripe has no %.*s", SARG(id));
        if (st_is(&t, "charge")) {
            *ret = t;
            return E_OK;
        }
        id = S("");
        for (size_t i = 0; i < ARRAY_LEN(ways) && id.n == 0; i++)
            id = tree_str(t.body, ways[i]);
        if (id.n == 0)
            break;
    }
    return fail(s->c, CONFLICT, "nothing of it was charged");
}

static enum err ends(struct st *s, struct str id, bool won)
{
    struct thing charge, dispute;
    TRY(charge_behind(s, id, &charge));
    if (tree_null(charge.body, "dispute"))
        return fail(s->c, CONFLICT, "it is not disputed");
    TRY(st_own(s, tree_str(charge.body, "dispute"), &dispute));
    return st_dispute_ends(s, &dispute, won);
}

static enum err gives_back(struct st *s, struct str id, int64_t amount, bool part)
{
    struct thing charge, refund;
    if (part && amount <= 0)
        return fail(s->c, INVALID_REQUEST, "amount is what is given back, in minor units above 0");
    TRY(charge_behind(s, id, &charge));
    return st_refund(s, &charge, &(struct refunding) { .amount = part ? amount : 0 }, &refund);
}

static enum err happens(struct st *s, struct str id, enum happening happening, int64_t amount)
{
    struct thing t;
    switch (happening) {
    case HAPPENED_EXPIRED:
        TRY(st_session_open(s, id, &t));
        return st_session_expires(s, &t);
    case HAPPENED_CANCELLED:
        return st_emit_cancelled(s, id);
    case HAPPENED_REFUNDED:
    case HAPPENED_PARTLY_REFUNDED:
        return gives_back(s, id, amount, happening == HAPPENED_PARTLY_REFUNDED);
    case HAPPENED_DISPUTED:
        TRY(charge_behind(s, id, &t));
        return st_dispute(s, &t, S("fraudulent"), false);
    case HAPPENED_DISPUTE_WON:
    case HAPPENED_DISPUTE_LOST:
        return ends(s, id, happening == HAPPENED_DISPUTE_WON);
    case HAPPENED_OPENED:
    case HAPPENED_PAID:
    case HAPPENED_COUNT:
        break;
    }
    return fail(s->c, INVALID_REQUEST, "this does not happen at Stripe");
}

enum err stripe_emit(
    struct ctx *c, struct str id, enum happening happening, int64_t amount, struct dealt *ret)
{
    struct st s = st_work(c);
    struct thing t, charge;
    s.about = id;
    *ret = (struct dealt) { .session = id, .gateway = S("stripe") };
    TRY(happens(&s, id, happening, amount));
    TRY(st_own(&s, id, &t));
    ret->status = tree_str(t.body, "status");
    if (happening != HAPPENED_EXPIRED && happening != HAPPENED_CANCELLED) {
        TRY(charge_behind(&s, id, &charge));
        ret->refunded = tree_i64(charge.body, "amount_refunded");
    }
    return E_OK;
}
