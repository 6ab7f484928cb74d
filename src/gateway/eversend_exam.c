#include "gateway/eversend.h"

/* What doctor hears.  Its webhooks' address and secret, and which addresses and origins may ask, it
 * shows to nobody but who is signed in to its dashboard: that stays for a person. */

static void say(struct ctx *c, const struct gateway_exam *in, enum verdict verdict, struct str what,
    struct str words)
{
    in->say(in->self, verdict, str_fmt(c->arena, "Eversend: %.*s%.*s", SARG(what), SARG(words)));
}

static void examine_settings(struct ctx *c, const struct gateway_exam *in)
{
    const struct config *cfg = c->config;
    if (config_i64(cfg, CFG_EVERSEND_ALLOW_UNKEYED_SHA512) != 0)
        say(c, in, VERDICT_MIND,
            S("EVERSEND_ALLOW_UNKEYED_SHA512 takes webhooks that anybody can write; they only make "
              "it ask"),
            S(""));
    if (config_i64(cfg, CFG_EVERSEND_ENABLE_CARD) != 0)
        say(c, in, VERDICT_MIND,
            S("EVERSEND_ENABLE_CARD has no effect: it has no API that takes cards"), S(""));
    if (str_eq(config_str(cfg, CFG_EVERSEND_REFUND_MODE), S("payout")))
        say(c, in, VERDICT_MIND,
            S("EVERSEND_REFUND_MODE=payout has no effect yet: refunds are made in its dashboard"),
            S(""));
    if (str_eq(config_str(cfg, CFG_EVERSEND_OTP), S("whitelisted")))
        say(c, in, VERDICT_MIND,
            S("EVERSEND_OTP=whitelisted asks phones without a code; the account must be allowed to"),
            S(""));
}

static void examine_webhooks(struct ctx *c, const struct gateway_exam *in)
{
    if (str_starts(in->site, S("https://")))
        say(c, in, VERDICT_MIND, S("look yourself: Settings, Developers has the address "),
            str_fmt(c->arena,
                "%.*s/api/webhooks/eversend, and its secret is "
                "EVERSEND_WEBHOOK_SECRET",
                SARG(in->site)));
    else
        say(c, in, VERDICT_MIND,
            S("webhooks reach this machine only when they are forwarded; docs/gateways/eversend.md"),
            S(""));
}

/* Its newest transaction: a token that holds is shown it, or an empty list. */
enum err eversend_examine(struct ctx *c, const struct gateway_exam *in)
{
    struct eversend_answer a;
    const struct eversend_call call = { .call = "query",
        .path = S("/transactions?page=1&limit=1") };
    TRY(eversend_ask(c, &call, &a));
    if (a.bad_key)
        say(c, in, VERDICT_BAD, S("it does not let us in: "), a.refusal);
    else if (a.outcome != OUTCOME_DONE)
        say(c, in, VERDICT_BAD, S("cannot be asked: "), a.refusal);
    else
        say(c, in, VERDICT_GOOD, S("it takes client id and secret"), S(""));
    if (str_has(str_lower(c->arena, a.words), S("origin")))
        say(c, in, VERDICT_BAD,
            S("set EVERSEND_ORIGIN to the domain that is registered in its dashboard"), S(""));
    examine_settings(c, in);
    examine_webhooks(c, in);
    return E_OK;
}
