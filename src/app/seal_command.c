#include "app/app.h"
#include "base/json.h"
#include "base/sealed.h"
#include "edge/admin.h"
#include "outgoing/outgoing.h"
#include "setting/setting.h"

/* What is secret in the database, sealed anew: after PURSER_MASTER_KEY was set, changed or taken
 * away. A row a transaction: killed in the middle, it is run again. */

static const struct kind {
    const char *name;
    enum err (*reseal)(struct ctx *c, struct resealing *k);
} kinds[] = {
    { "the database's own", server_secrets_reseal },
    { "one-time codes", admin_reseal },
    { "endpoints", endpoint_reseal },
};

struct step {
    const struct kind *kind;
    struct resealing k;
};

/* May run more than once: what it found before is not the next one's beginning. */
static enum err step_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    struct resealing k = { .n = s->k.n };
    TRY(s->kind->reseal(c, &k));
    s->k = k;
    return E_OK;
}

static enum err reseal_all(
    struct ctx *c, const struct kind *kind, int64_t *ret_all, int64_t *ret_changed)
{
    struct step s = { .kind = kind };
    do {
        TRY(db_tx(c, "seal", step_tx, &s));
        *ret_all += s.k.found;
        *ret_changed += s.k.found && s.k.changed;
    } while (s.k.found);
    return E_OK;
}

static enum err run(struct ctx *c, struct args *args, struct buf *out)
{
    struct json j = JSON(out);
    struct secret key;
    const bool given = config_secret(c->config, CFG_MASTER_KEY, 0, &key);
    if (args->json)
        json_open(&j, NULL, '{');
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        int64_t all = 0, changed = 0;
        TRY(reseal_all(c, &kinds[i], &all, &changed));
        if (args->json)
            json_i64(&j, kinds[i].name, changed);
        else
            buf_fmt(out, "%-20s %lld of %lld written anew\n", kinds[i].name, (long long)changed,
                (long long)all);
    }
    if (args->json) {
        json_close(&j, '}');
        buf_char(out, '\n');
    } else {
        buf_fmt(out, "%s\n",
            given
                ? "sealed under the first key of PURSER_MASTER_KEY"
                : "PURSER_MASTER_KEY is not set: they lie open in the database and in each backup");
    }
    return E_OK;
}

static const struct command table[] = {
    {
        .name = "seal",
        .usage = "",
        .flags = "",
        .about = "write the database's secrets anew under PURSER_MASTER_KEY",
        .more =
            "After it was set, or while it is changed: with new,old in it, seal, then only new.\n",
        .where = COMMAND_WRITES,
        .run = run,
    },
};
const struct commands seal_commands = { table, ARRAY_LEN(table) };
