#include "sandbox/stripe_money.h"

/* Subscriptions. */

enum err st_read_subscription_data(
    struct st *s, struct thing *session, struct tree **ret_rates, bool *ret_trial)
{
    (void)session;
    (void)ret_rates;
    (void)ret_trial;
    return st_refuse(
        s, 400, "", S("mode"), "The simulated Stripe does not know subscriptions yet.");
}

enum err st_subscribe(
    struct st *s, struct thing *session, const struct session_paying *in, enum went *ret)
{
    (void)in;
    (void)ret;
    return fail(s->c, CONFLICT, "session %.*s cannot subscribe yet", SARG(session->id));
}

enum err st_emit_cancelled(struct st *s, struct str id)
{
    struct thing t;
    bool found = false;
    TRY(st_find(s, id, &found, &t));
    if (found && st_is(&t, "payment_intent"))
        return st_cancel_intent(s, &t, S(""));
    return fail(s->c, INVALID_REQUEST, "only a payment intent is cancelled");
}
