#include "gateway/flutterwave.h"

/* What doctor hears.  Which address and which hash its webhooks have, Flutterwave shows to nobody
 * but who is signed in to its dashboard: that stays for a person. */

static void say(struct ctx *c, const struct gateway_exam *in, enum verdict verdict, struct str what,
    struct str words)
{
    in->say(in->self, verdict, str_fmt(c->arena, "Flutterwave: %.*s%.*s", SARG(what), SARG(words)));
}

static void examine_hash(struct ctx *c, const struct gateway_exam *in)
{
    if (str_eq(config_str(c->config, CFG_FLUTTERWAVE_WEBHOOK_AUTH), S("hmac")))
        say(c, in, VERDICT_GOOD, S("only webhooks whose body is signed are taken"), S(""));
    if (config_i64(c->config, CFG_FLUTTERWAVE_SIG_PLAIN) != 0)
        say(c, in, VERDICT_MIND,
            S("FLUTTERWAVE_SIG_PLAIN takes a signature that covers no byte of the body"), S(""));
    if (str_starts(in->site, S("https://")))
        say(c, in, VERDICT_MIND, S("look yourself: Settings, Webhooks has the address "),
            str_fmt(c->arena,
                "%.*s/api/webhooks/flutterwave, the hash of FLUTTERWAVE_SECRET_HASH, and retries",
                SARG(in->site)));
    else
        say(c, in, VERDICT_MIND,
            S("webhooks reach this machine only when they are forwarded; "
              "docs/gateways/flutterwave.md"),
            S(""));
}

/* A reference that nobody has: a key that holds is told so. */
enum err flutterwave_examine(struct ctx *c, const struct gateway_exam *in)
{
    struct flutterwave_answer a;
    struct flutterwave_call call = { .call = "query",
        .path = S("/transactions/verify_by_reference?tx_ref=purser-doctor") };
    TRY(flutterwave_ask(c, &call, &a));
    bool answered = a.outcome == OUTCOME_DONE || a.outcome == OUTCOME_DECLINED;
    if (a.bad_key)
        say(c, in, VERDICT_BAD, S("it does not take the key: "), a.refusal);
    else if (!answered)
        say(c, in, VERDICT_BAD, S("cannot be asked: "), a.refusal);
    else
        say(c, in, VERDICT_GOOD, S("it takes the key"), S(""));
    examine_hash(c, in);
    return E_OK;
}
