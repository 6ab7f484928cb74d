#include "alert/alert.h"
#include "db/db.h"
#include "renewal/renewal.h"

/* A second subscription of one group: both of its pages were paid, and it begins nothing here.
 * Whoever gives its payment back ends it with that: the gateway would collect the next period. */

struct second {
    enum gateway_id gateway;
    struct str reference;
    bool ours;
};

static enum err look(struct ctx *c, void *arg)
{
    struct second *k = arg;
    struct subscription s;
    return subscription_by_reference(c, k->gateway, k->reference, &k->ours, &s);
}

static enum err over(struct ctx *c, void *arg)
{
    return alert_over(c, ALERT_SUBSCRIPTION, ((const struct second *)arg)->reference);
}

enum err renewal_second(struct ctx *c, struct str subject)
{
    struct second k = { .gateway = GATEWAY_NONE };
    struct gateway_standing at;
    struct str name;
    if (!str_cut(subject, ' ', &name, &k.reference) ||
        (k.gateway = gateway_by_name(name)) == GATEWAY_NONE)
        return fail(c, STORE_CORRUPT, "a job ends the second subscription \"%.*s\"", SARG(subject));
    const struct gateway *g = gateway_by_id(k.gateway);
    TRY(db_read(c, look, &k));
    if (k.ours || g == NULL || g->change == NULL) /* never one that somebody has here */
        return E_OK;
    const struct gateway_change in = { .reference = k.reference, .what = CHANGE_END };
    TRY(g->change(c, &in, &at));
    bool ended = at.outcome == OUTCOME_DONE && at.status == STANDING_CANCELED;
    if (!ended && at.outcome != OUTCOME_DECLINED) /* DECLINED: there is none of this name */
        return fail(c, GATEWAY_UNAVAILABLE, "%.*s did not say that %.*s has ended", SARG(g->title),
            SARG(k.reference));
    return db_tx_job(c, "renewal second", over, &k);
}
