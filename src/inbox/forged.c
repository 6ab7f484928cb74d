#include "alert/alert.h"
#include "base/config.h"
#include "base/rate.h"
#include "base/security.h"
#include "db/db.h"
#include "inbox/inbox_apply.h"

/* Webhooks whose signature does not hold: a secret that was changed on one side only, or somebody
 * who makes them up. */

static enum err tell_of_signatures(struct ctx *c, struct str gateway)
{
    return alert_raise(c, ALERT_SIGNATURES, gateway,
        str_fmt(c->arena,
            "The signatures of %lld webhooks or more did not hold within %lld minutes; the newest was "
            "for %.*s.",
            (long long)config_i64(c->config, CFG_ALERT_BAD_SIGNATURES),
            (long long)(config_ms(c->config, CFG_ALERT_WINDOW) / 60000), SARG(gateway)));
}

/* Told once in ten seconds, however many come: it stays open while there is no end of them. */
void inbox_forged(struct ctx *c, struct str gateway)
{
    int64_t wait_s = 0;
    security_note(c, SECURITY_BAD_SIGNATURE, "a webhook for %.*s", SARG(gateway));
    if (c->config == NULL)
        return;
    int64_t since_ms = c->wall_ms - config_ms(c->config, CFG_ALERT_WINDOW);
    if (security_since(c, SECURITY_BAD_SIGNATURE, since_ms) >=
            config_i64(c->config, CFG_ALERT_BAD_SIGNATURES) &&
        rate_try(c, RATE_ALERT, gateway, &wait_s))
        db_later(c, "alert.signatures", tell_of_signatures, gateway);
}
