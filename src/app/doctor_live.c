#include "app/doctor.h"

#include "app/backup.h"
#include "base/crypto.h"
#include "gateway/gateway.h"
#include "invoice/invoice.h"

/* Before real money: what a program can find out is found out, the rest is asked. */

static void judge(struct exam *x, bool good, const char *what, struct str words)
{
    buf_fmt(x->out, "%-5s %-14s %.*s\n", good ? "pass" : "fail", what, SARG(words));
    x->wrong += good ? 0 : 1;
}

static void only_you(struct exam *x, const char *what, const char *words)
{
    buf_fmt(x->out, "%-5s %-14s %s\n", "you", what, words);
}

/* ---- how it is reached */

static struct net_reply call(struct exam *x, const char *method, const char *path, struct str body)
{
    struct ctx *c = x->c;
    struct net_request in = {
        .gateway = S("itself"),
        .call = S("doctor"),
        .method = str_of_c(method),
        .url = config_site_url(c, str_of_c(path)),
        .headers = { { S("Content-Type"), S("application/json") } },
        .header_count = 1,
        .body = body,
        .private_target = true, /* our own address, by configuration */
    };
    struct net_reply reply = { .outcome = OUTCOME_NOT_SENT };
    if (net_call(c, &in, &reply) != E_OK)
        reply.why = c->err.message;
    err_clear(c);
    return reply;
}

static void judge_reach(struct exam *x)
{
    struct net_reply r = call(x, "GET", "/healthz", S(""));
    bool answers = r.outcome == OUTCOME_DONE && r.status == 200;
    judge(x, answers, "reach",
        answers ? S("the public address answers")
            : r.outcome == OUTCOME_DONE
            ? str_fmt(x->c->arena,
                  "the public address answers /healthz with %d: does it "
                  "lead here?",
                  r.status)
            : str_fmt(x->c->arena,
                  "the public address does not answer (%.*s); start "
                  "the server, look at DNS and proxy",
                  SARG(r.why)));
}

/* An unsigned body is refused by who checks signatures, and by nobody else. */
static void judge_webhook(struct exam *x, const struct gateway *g)
{
    struct arena *a = x->c->arena;
    const char *path = str_c(a, str_fmt(a, "/api/webhooks/%.*s", SARG(g->name)));
    struct net_reply r = call(x, "POST", path, S("{}"));
    if (r.outcome != OUTCOME_DONE)
        return; /* said already: it is not reached */
    bool refused =
        r.outcome == OUTCOME_DONE && r.status == 400 && str_has(r.body, S("BAD_SIGNATURE"));
    judge(x, refused, "webhooks",
        refused
            ? str_fmt(a, "%.*s is taken at %s, and not without a signature", SARG(g->title), path)
            : str_fmt(a, "%s answers %d to an unsigned body, and not 400 BAD_SIGNATURE", path,
                  r.status));
}

/* ---- keys */

static bool key_starts(const struct config *cfg, enum cfg id, const char *with)
{
    struct secret key;
    return config_secret(cfg, id, 0, &key) && str_starts(key.bytes_, str_of_c(with));
}

static void judge_keys(struct exam *x)
{
    static const struct {
        enum cfg key, url;
        const char *name, *test[2];
    } gateways[] = {
        { CFG_MONEYMOTION_API_KEY, CFG_MONEYMOTION_API_URL, "moneymotion",
            { "mk_test", "mk_sand" } },
        { CFG_FLUTTERWAVE_SECRET_KEY, CFG_FLUTTERWAVE_API_URL, "flutterwave",
            { "FLWSECK_TEST", "FLWSECK_TEST" } },
        { CFG_EVERSEND_CLIENT_SECRET, CFG_EVERSEND_API_URL, "eversend",
            { "evs_sandbox", "evs_sim" } },
        { CFG_STRIPE_SECRET_KEY, CFG_STRIPE_API_URL, "stripe", { "sk_test", "rk_test" } },
    };
    const struct config *cfg = x->c->config;
    for (size_t i = 0; i < ARRAY_LEN(gateways); i++) {
        if (!config_has(cfg, gateways[i].key))
            continue;
        bool test = key_starts(cfg, gateways[i].key, gateways[i].test[0]) ||
            key_starts(cfg, gateways[i].key, gateways[i].test[1]);
        struct str url = config_str(cfg, gateways[i].url);
        bool elsewhere = !str_starts(url, S("https://")) || str_has(url, S("sandbox"));
        judge(x, !test && !elsewhere, "keys",
            str_fmt(x->c->arena, "%s: %s", gateways[i].name,
                test            ? "this is a test key; put in the live one"
                    : elsewhere ? "its address is a simulator's or a sandbox's"
                                : "a live key, at its live address"));
    }
    struct secret own;
    bool preset = false;
    for (size_t i = 0; i < config_sandbox_preset_count; i++)
        if (config_secret(cfg, CFG_SECRET_KEY, 0, &own) &&
            bytes_equal_secret(own.bytes_, str_of_c(config_sandbox_presets[i].value)))
            preset = true;
    judge(x, !preset, "keys",
        preset ? S("PURSER_SECRET_KEY is the sandbox's, which everybody knows")
               : S("no key of the sandbox is set"));
}

/* ---- what is needed when it goes wrong */

static enum err judge_backups(struct exam *x)
{
    struct backup_state last = { 0 };
    if (!config_has(x->c->config, CFG_BACKUP_DIR)) {
        judge(x, false, "backups", S("none are made by themselves: set PURSER_BACKUP_DIR"));
        return E_OK;
    }
    TRY(backup_state(x->c, &last));
    bool fresh = last.made_ms > 0 && !backup_is_old(x->c, &last);
    judge(x, fresh, "backups",
        fresh ? str_fmt(x->c->arena, "the last one that held is %.*s", SARG(last.file))
              : S("none that held is fresh; start the server, and look at the alerts"));
    return E_OK;
}

static void judge_people(struct exam *x)
{
    const struct config *cfg = x->c->config;
    bool told = config_has(cfg, CFG_OWNER_MAIL) || config_has(cfg, CFG_ALERT_WEBHOOK);
    bool mails = config_has(cfg, CFG_SMTP_URL) && config_has(cfg, CFG_MAIL_FROM);
    judge(x, mails, "mail",
        mails ? S("mails are sent") : S("buyers get no receipts: set PURSER_SMTP_URL"));
    judge(x, told, "alerts",
        told ? S("somebody is told when something needs a person")
             : S("nobody is told: set PURSER_OWNER_MAIL or PURSER_ALERT_WEBHOOK"));
    bool help = config_has(cfg, CFG_BRAND_SUPPORT);
    judge(x, help, "support",
        help ? S("buyers know whom to ask")
             : S("buyers find nobody to ask: set PURSER_BRAND_SUPPORT"));
}

static enum err judge_invoices(struct exam *x)
{
    struct str legal = config_str(x->c->config, CFG_BRAND_LEGAL), fault = S("");
    if (legal.n > 0)
        TRY(invoice_seller_fault(x->c, legal, &fault));
    judge(x, legal.n > 0 && fault.n == 0, "invoices",
        legal.n == 0 ? S("they lack the legal name, address and tax id: set PURSER_BRAND_LEGAL")
            : fault.n > 0 ? str_fmt(x->c->arena, "mend PURSER_BRAND_LEGAL: %.*s", SARG(fault))
                          : S("the seller stands on them"));
    return E_OK;
}

enum err doctor_live(struct exam *x)
{
    struct str site = config_str(x->c->config, CFG_SITE_URL);
    bool https = str_starts(site, S("https://"));
    judge(x, https, "address",
        https ? site : S("buyers and gateways need https: set PURSER_SITE_URL=https://…"));
    judge_reach(x);
    int on = 0;
    for (int i = GATEWAY_NONE + 1; i < GATEWAY_COUNT; i++) {
        const struct gateway *g = gateway_by_id((enum gateway_id)i);
        if (!g->enabled(x->c->config))
            continue;
        on++;
        judge_webhook(x, g);
    }
    judge(x, on > 0, "gateways",
        on > 0 ? S("at least one is on") : S("none is on: nothing can be paid"));
    judge_keys(x);
    judge_people(x);
    TRY(judge_backups(x));
    TRY(judge_invoices(x));
    only_you(x, "events",
        "Is our address entered at each gateway, with the events that docs/gateways names?");
    only_you(
        x, "a payment", "Have you paid the cheapest thing with a real card, and got the receipt?");
    only_you(x, "a refund",
        "Have you given it back at the gateway, and seen the order become refunded?");
    only_you(x, "prices", "Are prices and taxes right for each country that you sell to?");
    only_you(x, "backups",
        "Does a copy of the backups leave this machine, and has one been restored elsewhere?");
    only_you(x, "alerts", "Who is woken at night, and do they know docs/incident.md?");
    only_you(x, "mail", "Do SPF and DKIM of the sender's domain name this mail server?");
    return E_OK;
}
