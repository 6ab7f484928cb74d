#include "base/config.h"

#include "base/config_value.h"

#include <stdlib.h>
#include <string.h>

static const struct config_row rows[] = {
#define CONFIG(id, name, kind, rule, fallback, help)                                               \
    [CFG_##id] = { CFG_##id, name, CONFIG_##kind, rule, fallback, help },
#include "base/config.def"
#undef CONFIG
};
_Static_assert(ARRAY_LEN(rows) == CFG_COUNT, "every setting has a row");

const struct config_preset config_sandbox_presets[] = {
    { "PURSER_SECRET_KEY", "sk_sandbox_purser_0123456789abcdef" },
    { "PURSER_JWT_SECRET", "sandbox-jwt-secret-0123456789abcdef" },
    { "STRIPE_SECRET_KEY", "sk_test_sandbox_1234567890" },
    { "STRIPE_WEBHOOK_SECRET", "whsec_sandbox_0123456789abcdef0123456789" },
    { "STRIPE_CONNECT_WEBHOOK_SECRET", "whsec_sandbox_connect_0123456789abcdef0123456789" },
    { "MONEYMOTION_API_KEY", "mk_test_sandbox" },
    { "MONEYMOTION_WEBHOOK_SECRET", "mm_sandbox_secret_0123456789abcdef" },
    { "FLUTTERWAVE_SECRET_KEY", "FLWSECK_TEST-sandbox-X" },
    { "FLUTTERWAVE_SECRET_HASH", "flw_sandbox_hash_0123456789abcdef" },
    { "EVERSEND_CLIENT_ID", "evs_sandbox_id" },
    { "EVERSEND_CLIENT_SECRET", "evs_sandbox_secret" },
    { "EVERSEND_WEBHOOK_SECRET", "evs_sandbox_webhook_0123456789abcdef" },
};
const size_t config_sandbox_preset_count = ARRAY_LEN(config_sandbox_presets);

const struct config_row *config_row(enum cfg id)
{
    must(id >= 0 && id < CFG_COUNT);
    return &rows[id];
}

/* ---- secrets */

static struct config_secrets *secrets_of(const struct config_value *value)
{
    size_t size = 0;
    for (size_t i = 0; i < value->count; i++)
        size += value->items[i].n;
    struct config_secrets *s = calloc(1, sizeof *s + size);
    must(s != NULL && value->count <= CONFIG_SECRETS_MAX);
    s->size = size;
    char *w = s->bytes;
    for (size_t i = 0; i < value->count; i++) {
        memcpy(w, value->items[i].p, value->items[i].n);
        s->item[s->count++] = (struct str) { w, value->items[i].n };
        w += value->items[i].n;
    }
    return s;
}

static void secrets_free(struct config_secrets *s)
{
    while (s != NULL) {
        struct config_secrets *older = s->older;
        cleanse(s, sizeof *s + s->size);
        free(s);
        s = older;
    }
}

/* What NAME_FILE holds, without the newline at its end; config_forget frees *ret_block. */
static enum err read_secret_file(struct ctx *c, const struct config *cfg,
    const struct config_row *row, struct config_given *given, struct str *ret_block)
{
    enum {
        LARGEST = 64 * 1024
    };
    struct str block = S("");
    if (config_read_file(
            c, str_c(c->arena, given->file), LARGEST, cfg->credentials, true, &block) != E_OK)
        return fail(c, INVALID_REQUEST, "%s_FILE: %.*s", row->name, SARG(c->err.message));
    given->text = block;
    if (str_ends(given->text, S("\n")))
        given->text.n--;
    if (str_ends(given->text, S("\r")))
        given->text.n--;
    *ret_block = block;
    return E_OK;
}

enum err config_read_row(struct ctx *c, struct config *cfg, const struct config_row *row,
    struct config_given *given, struct config_value *ret, struct config_secrets **ret_secrets)
{
    struct str block = { NULL, 0 };
    bool secret = config_is_secret(row->kind);
    if (given->file.n > 0)
        TRY(read_secret_file(c, cfg, row, given, &block));
    struct config_value value;
    enum err e = config_value_read(c, secret ? c->arena : &cfg->arena, row, given, &value);
    *ret_secrets = e == E_OK && secret ? secrets_of(&value) : NULL;
    if (block.p != NULL)
        config_forget(block);
    if (e == E_OK)
        *ret = secret ? (struct config_value) { .number = 0 } : value;
    return e;
}

void config_free(struct config *cfg)
{
    if (cfg == NULL)
        return;
    for (size_t i = 0; i < CFG_COUNT; i++)
        secrets_free(cfg->secrets[i]);
    arena_free(&cfg->arena);
    free(cfg);
}

/* All files are read before the first secret is replaced. */
enum err config_reload(struct ctx *c, struct config *cfg)
{
    struct config_secrets *fresh[CFG_COUNT] = { NULL };
    enum err e = E_OK;
    for (size_t i = 0; i < CFG_COUNT && e == E_OK; i++) {
        struct config_given given = { .set = true, .file = cfg->file[i] };
        struct config_value unused;
        if (given.file.n > 0 && config_is_secret(rows[i].kind))
            e = config_read_row(c, cfg, &rows[i], &given, &unused, &fresh[i]);
    }
    for (size_t i = 0; i < CFG_COUNT; i++) {
        if (fresh[i] == NULL)
            continue;
        if (e == E_OK) {
            fresh[i]->older = cfg->secrets[i];
            cfg->secrets[i] = fresh[i];
        } else {
            secrets_free(fresh[i]);
        }
    }
    return e;
}

/* ---- reading */

bool config_has(const struct config *cfg, enum cfg id)
{
    must(id >= 0 && id < CFG_COUNT);
    return cfg->secrets[id] != NULL || cfg->value[id].text.n > 0;
}

struct str config_str(const struct config *cfg, enum cfg id)
{
    must(!config_is_secret(config_row(id)->kind));
    struct str text = cfg->value[id].text;
    return text.n == 0 ? S("") : text;
}

int64_t config_i64(const struct config *cfg, enum cfg id)
{
    enum config_kind kind = config_row(id)->kind;
    must(kind == CONFIG_INT || kind == CONFIG_BOOL);
    return cfg->value[id].number;
}

int64_t config_ms(const struct config *cfg, enum cfg id)
{
    must(config_row(id)->kind == CONFIG_DURATION);
    return cfg->value[id].number;
}

bool config_secret(const struct config *cfg, enum cfg id, size_t i, struct secret *ret)
{
    must(config_is_secret(config_row(id)->kind));
    const struct config_secrets *s = cfg->secrets[id];
    if (s == NULL || i >= s->count)
        return false;
    *ret = secret_of(s->item[i]);
    return true;
}

bool config_item(const struct config *cfg, enum cfg id, size_t i, struct str *ret)
{
    must(!config_is_secret(config_row(id)->kind));
    const struct config_value *value = &cfg->value[id];
    if (i >= value->count)
        return false;
    *ret = value->items[i];
    return true;
}

struct str config_site_url(struct ctx *c, struct str path)
{
    return str_fmt(c->arena, "%.*s%.*s", SARG(config_str(c->config, CFG_SITE_URL)), SARG(path));
}

bool config_stripe_price(const struct config *cfg, struct str name, struct str *ret)
{
    for (enum cfg id = CFG_STRIPE_PRICE_BASIC; id <= CFG_STRIPE_PRICE_TEAM_YEAR; id++)
        if (str_eq(name, str_of_c(rows[id].name)) && config_has(cfg, id)) {
            *ret = config_str(cfg, id);
            return true;
        }
    for (size_t i = 0; i < cfg->prices; i++)
        if (str_eq(name, cfg->price[i].name)) {
            *ret = cfg->price[i].value;
            return true;
        }
    return false;
}
