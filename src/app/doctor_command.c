#include "app/doctor.h"

#include "app/backup.h"

#include "gateway/gateway.h"
#include "switch/switch.h"

/* What is set up, what is missing, and how to mend it: one line each. */

static void line(struct exam *x, bool good, const char *what, struct str words)
{
    buf_fmt(x->out, "%-7s %-14s %.*s\n", good ? "ok" : "MISSING", what, SARG(words));
    x->wrong += good ? 0 : 1;
}

static void advice(struct exam *x, const char *what, struct str words)
{
    buf_fmt(x->out, "%-7s %-14s %.*s\n", "-", what, SARG(words));
}

static enum err look_zone(struct ctx *c, void *arg)
{
    return catalog_zone(c, arg);
}

/* UTC needs no database of time zones: without one customers cannot have their own. */
static void examine_zones(struct exam *x)
{
    struct ctx *c = x->c;
    const struct zone *zone = NULL;
    enum err e = db_read(c, look_zone, &zone);
    if (e != E_OK)
        line(x, false, "time zone", str_copy(c->arena, c->err.message));
    else if (zone_any(c))
        line(x, true, "time zone",
            str_fmt(c->arena, "days are those of %.*s, and of customers who have their own",
                SARG(zone_name(zone))));
    else
        advice(x, "time zone",
            S("only UTC is known, customers cannot have their own; apt install tzdata"));
    err_clear(c);
}

static enum err look_catalog(struct ctx *c, void *arg)
{
    return catalog_now(c, arg);
}

/* Is it there, and can this program read it?  Else there is nothing more to ask it. */
static enum err examine_schema(struct exam *x, bool *ret_fits)
{
    struct ctx *c = x->c;
    struct schema_state schema = { 0 };
    *ret_fits = false;
    if (c->store == NULL) {
        line(x, false, "database", str_copy(c->arena, c->err.message));
        err_clear(c);
        return E_OK;
    }
    line(x, true, "database", store_describe(c->store, c->arena));
    TRY(schema_read(c, &schema));
    *ret_fits = schema.have == schema.want;
    line(x, *ret_fits, "schema",
        str_fmt(c->arena, "%d of %d%s", schema.have, schema.want,
            schema.have == 0 ? "; an empty one: run purser migrate, or start the server"
                : schema.have < schema.want ? "; run: purser backup FILE, then purser migrate"
                : schema.have > schema.want ? "; a newer program was here: use that one"
                                            : ""));
    return E_OK;
}

static enum err examine_store(struct exam *x)
{
    struct ctx *c = x->c;
    const struct catalog *k = NULL;
    int64_t left = 0;
    bool scarce = store_scarce(c->store, &left);
    if (left != INT64_MAX)
        line(x, !scarce, "disk",
            str_fmt(c->arena,
                "%lld MiB are free; with less than PURSER_DISK_RESERVE_MB=%lld no "
                "checkouts are taken",
                (long long)(left / 1024 / 1024),
                (long long)config_i64(c->config, CFG_DISK_RESERVE_MB)));
    enum err e = db_read(c, look_catalog, &k);
    line(x, e == E_OK, "catalogue",
        e == E_OK ? str_fmt(c->arena, "%zu products and plans in force", k->product_count)
                  : S("nothing is for sale; run: purser catalog apply FILE"));
    err_clear(c);
    return E_OK;
}

static enum err examine_backups(struct exam *x)
{
    struct ctx *c = x->c;
    struct backup_state last = { 0 };
    if (!config_has(c->config, CFG_BACKUP_DIR)) {
        advice(x, "backups",
            S("none are made by themselves; PURSER_BACKUP_DIR=/backups, on "
              "another disk than the database's"));
        return E_OK;
    }
    TRY(backup_state(c, &last));
    bool old = backup_is_old(c, &last);
    line(x, !old, "backups",
        last.made_ms == 0
            ? S("none was made yet; it is made while the server runs, an open alert says why not")
            : str_fmt(c->arena, "the last that held is %.*s, of %.*s%s", SARG(last.file),
                  SARG(time_iso(c->arena, last.made_ms)),
                  old ? ": too long ago; look at the alerts" : ""));
    return E_OK;
}

static enum err say_switch(struct ctx *c, const struct switch_row *row, void *arg)
{
    (void)c;
    if (row->off)
        line(arg, false, "switch",
            str_fmt(c->arena, "%.*s is off since %.*s: %.*s; purser switch on %.*s",
                SARG(row->name), SARG(time_iso(c->arena, row->since_ms)), SARG(row->reason),
                SARG(row->name)));
    return E_OK;
}

static enum err examine_switches(struct ctx *c, void *arg)
{
    return switch_list(c, say_switch, arg);
}

/* ---- gateways, and what they say themselves */

static void gateway_says(void *self, enum verdict verdict, struct str words)
{
    struct exam *x = self;
    if (verdict == VERDICT_MIND)
        advice(x, "gateway", words);
    else
        line(x, verdict == VERDICT_GOOD, "gateway", words);
}

static size_t months_of(enum interval interval)
{
    switch (interval) {
    case INTERVAL_NONE:
        return 0;
    case INTERVAL_MONTH:
        return 1;
    case INTERVAL_YEAR:
        return 12;
    }
    never("a price has three intervals");
}

static void listed_prices(struct ctx *c, const struct catalog *k, struct gateway_exam *ret)
{
    size_t most = 0;
    for (size_t i = 0; i < k->product_count; i++)
        most += k->products[i].price_count;
    struct gateway_price *price = arena_array(c->arena, struct gateway_price, most + 1);
    ret->price = price;
    for (size_t i = 0; i < k->product_count; i++)
        for (size_t n = 0; n < k->products[i].price_count; n++) {
            const struct price *p = &k->products[i].prices[n];
            ret->plans = ret->plans || (p->active && p->interval != INTERVAL_NONE);
            if (p->active && p->stripe_price.n > 0)
                price[ret->prices++] = (struct gateway_price) { p->id, p->stripe_price, p->amount,
                    (int)months_of(p->interval) };
        }
}

static enum err ask_gateway(struct exam *x, const struct gateway *g)
{
    struct ctx *c = x->c;
    const struct catalog *k = NULL;
    struct gateway_exam in = {
        .site = config_str(c->config, CFG_SITE_URL), .say = gateway_says, .self = x
    };
    if (g->examine == NULL)
        return E_OK;
    if (db_read(c, look_catalog, &k) == E_OK)
        listed_prices(c, k, &in);
    err_clear(c);
    return g->examine(c, &in);
}

static enum err examine_gateways(struct exam *x)
{
    int on = 0;
    for (int i = GATEWAY_NONE + 1; i < GATEWAY_COUNT; i++) {
        const struct gateway *g = gateway_by_id((enum gateway_id)i);
        bool enabled = g->enabled(x->c->config);
        on += enabled;
        if (enabled)
            line(x, true, "gateway",
                str_fmt(x->c->arena, "%.*s is on; its webhooks go to %.*s/api/webhooks/%.*s",
                    SARG(g->title), SARG(config_str(x->c->config, CFG_SITE_URL)), SARG(g->name)));
        if (enabled)
            TRY(ask_gateway(x, g));
        else
            advice(x, "gateway",
                str_fmt(x->c->arena, "%.*s is off: its keys are not set", SARG(g->title)));
    }
    if (on == 0)
        line(x, false, "gateways",
            S("no gateway is on, so nothing can be paid; docs/configuration.md names the keys"));
    return E_OK;
}

static void examine_config(struct exam *x)
{
    const struct config *cfg = x->c->config;
    struct str site = config_str(cfg, CFG_SITE_URL);
    bool https = str_starts(site, S("https://"));
    if (https)
        line(x, true, "address", site);
    else
        advice(x, "address",
            str_fmt(x->c->arena,
                "%.*s is only this machine's; PURSER_SITE_URL=https://… for the world",
                SARG(site)));
    if (config_has(cfg, CFG_SMTP_URL))
        line(x, config_has(cfg, CFG_MAIL_FROM), "mail",
            S("PURSER_SMTP_URL is set; PURSER_MAIL_FROM is the sender"));
    else
        advice(x, "mail",
            S("mails are kept and not sent; PURSER_SMTP_URL=smtp://user:password@host:port"));
    if (!config_has(cfg, CFG_OWNER_MAIL))
        advice(x, "alerts", S("nobody gets them by mail; PURSER_OWNER_MAIL names who should"));
    if (!config_has(cfg, CFG_JWT_SECRET) && !config_has(cfg, CFG_JWT_PUBLIC_KEY))
        advice(x, "user tokens",
            S("refused; PURSER_JWT_SECRET or PURSER_JWT_PUBLIC_KEY verifies them"));
}

static enum err examine(struct exam *x)
{
    TRY(examine_store(x));
    examine_zones(x);
    TRY(examine_backups(x));
    TRY(db_read(x->c, examine_switches, x));
    return examine_gateways(x);
}

static enum err doctor(struct ctx *c, struct args *args, struct buf *out)
{
    struct exam x = { c, out, 0 };
    struct app *a = app_of(c);
    if (args_flag(args, "config", NULL)) {
        config_print(c->config, c->arena, out);
        return E_OK;
    }
    if (a->net == NULL)
        app_open_net(a);
    c->net = a->net;
    bool live = args_flag(args, "live", NULL), fits = false;
    struct buf lines = BUF(c->arena);
    struct exam store = { c, &lines, 0 };
    TRY(examine_schema(&store, &fits));
    if (!live)
        examine_config(&x);
    if (!live || !fits) {
        buf_add(out, buf_str(&lines));
        x.wrong += store.wrong;
    }
    if (fits)
        TRY(live ? doctor_live(&x) : examine(&x));
    if (x.wrong > 0)
        return fail(c, CONFLICT, "%lld things are missing; each line says how to mend it",
            (long long)x.wrong);
    return E_OK;
}

static const struct command table[] = {
    { "doctor", "[--live] [--config]", "live config",
        "what is set up, what is missing, how to mend it",
        "With --live: the list before going live; what only a person can tell is asked.\n"
        "With --config: every setting, its value and where it comes from; secrets are masked.",
        COMMAND_READS, COMMAND_DOUBT, doctor },
};
const struct commands doctor_commands = { table, ARRAY_LEN(table) };
