#include "base/config_value.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Loading: environment, env file and presets are gathered first, then every row is read, then
 * what only makes sense together is looked at. */

/* Other names of PURSER_SITE_URL, as applications call it. */
static const char *const site_names[] = { "NEXT_PUBLIC_SITE_URL", "NEXT_PUBLIC_BASE_URL",
    "APP_URL" };
/* Names of the usual guides that purser has no use for. */
static const char *const guide_names[] = { "STRIPE_PUBLISHABLE_KEY",
    "NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY", "MONGODB_URI", "PAYMENT_PROCESSOR_URL" };
static const char *const gateway_prefixes[] = { "STRIPE_", "MONEYMOTION_", "FLUTTERWAVE_",
    "EVERSEND_" };

enum source {
    SOURCE_ENV,
    SOURCE_FILE,
    SOURCE_PRESET,
};

struct load {
    struct ctx *c;
    struct config *cfg;
    struct config_given given[CFG_COUNT];
    enum source from[CFG_COUNT];
    struct config_given site[ARRAY_LEN(site_names)];
    struct buf unused; /* guides' names, separated by commas */
    struct buf *notices;
    bool secret_in_file;
};

static const struct config_row *row_named(struct str name)
{
    for (size_t i = 0; i < CFG_COUNT; i++)
        if (str_eq(name, str_of_c(config_row((enum cfg)i)->name)))
            return config_row((enum cfg)i);
    return NULL;
}

static bool is_one_of(struct str name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(name, str_of_c(names[i])))
            return true;
    return false;
}

bool config_is_ours(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(gateway_prefixes); i++)
        if (str_starts(name, str_of_c(gateway_prefixes[i])))
            return true;
    return str_starts(name, S("PURSER_")) || is_one_of(name, site_names, ARRAY_LEN(site_names)) ||
        is_one_of(name, guide_names, ARRAY_LEN(guide_names));
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters have to be changed, added or removed to make b of a. */
static size_t distance(struct str a, struct str b)
{
    enum {
        LONGEST = 64
    };
    size_t row[LONGEST + 1];
    if (a.n > LONGEST || b.n > LONGEST)
        return LONGEST;
    for (size_t k = 0; k <= b.n; k++)
        row[k] = k;
    for (size_t i = 0; i < a.n; i++) {
        size_t corner = row[0];
        row[0] = i + 1;
        for (size_t k = 0; k < b.n; k++) {
            size_t change = corner + (a.p[i] != b.p[k]);
            corner = row[k + 1];
            row[k + 1] = least(change, least(row[k], corner) + 1);
        }
    }
    return row[b.n];
}

/* "; did you mean PURSER_LISTEN?", or nothing when no name is near. */
static struct str suggestion(struct ctx *c, struct str name)
{
    enum {
        FAR = 3
    };
    size_t best = FAR;
    const char *nearest = NULL;
    for (size_t i = 0; i < CFG_COUNT; i++) {
        size_t d = distance(name, str_of_c(config_row((enum cfg)i)->name));
        if (d < best) {
            best = d;
            nearest = config_row((enum cfg)i)->name;
        }
    }
    return nearest == NULL ? S("") : str_fmt(c->arena, "; did you mean %s?", nearest);
}

static enum err unknown(struct load *l, struct str name, struct str where)
{
    if (!config_is_ours(name))
        return E_OK;
    if (!str_is_visible(name))
        name = str_starts(name, S("PURSER_")) ? S("PURSER_…") : S("a name");
    struct config_given given = { .where = where };
    struct str place = config_place(l->c, str_c(l->c->arena, name), &given);
    struct str hint = suggestion(l->c, name);
    if (str_starts(name, S("PURSER_")))
        return fail(
            l->c, INVALID_REQUEST, "%.*s: there is no such setting%.*s", SARG(place), SARG(hint));
    buf_fmt(l->notices, "notice: %.*s: there is no such setting%.*s\n", SARG(place), SARG(hint));
    return E_OK;
}

/* NAME or NAME_FILE of a row.  What an earlier source said stands. */
static enum err take_row(struct load *l, const struct config_row *row, struct str value,
    struct str where, enum source source, bool file)
{
    struct config_given *given = &l->given[row->id];
    if (given->set && l->from[row->id] == source) {
        if ((given->file.n > 0) != file)
            return fail(l->c, INVALID_REQUEST, "%s and %s_FILE are both set", row->name, row->name);
        return fail(l->c, INVALID_REQUEST, "%.*s: is set a second time",
            SARG(config_place(l->c, row->name, &(struct config_given) { .where = where })));
    }
    if (given->set)
        return E_OK;
    if (file && value.n == 0)
        return fail(
            l->c, INVALID_REQUEST, "%s_FILE: is empty; leave it out or give it a path", row->name);
    if (file && (!str_is_text(value) || str_has(value, S("\n"))))
        return fail(l->c, INVALID_REQUEST, "%s_FILE: must be a path", row->name);
    *given = (struct config_given) { .set = true, .where = where };
    *(file ? &given->file : &given->text) = value;
    l->from[row->id] = source;
    l->secret_in_file |= source == SOURCE_FILE && !file && config_holds_secret(row->kind);
    return E_OK;
}

static bool is_price_name(struct str name)
{
    struct str rest = str_from(name, S("STRIPE_PRICE_").n);
    if (!str_starts(name, S("STRIPE_PRICE_")) || rest.n == 0 || name.n > 64)
        return false;
    for (size_t i = 0; i < rest.n; i++)
        if (!(rest.p[i] >= 'A' && rest.p[i] <= 'Z') && !(rest.p[i] >= '0' && rest.p[i] <= '9') &&
            rest.p[i] != '_')
            return false;
    return true;
}

static enum err take_price(struct load *l, struct str name, struct str value, struct str where)
{
    struct config *cfg = l->cfg;
    struct str known = S("");
    if (config_stripe_price(cfg, name, &known))
        return E_OK;
    struct config_row row = *config_row(CFG_STRIPE_PRICE_BASIC);
    row.name = str_c(l->c->arena, name);
    struct config_given given = { .set = true, .text = value, .where = where };
    struct config_value read;
    TRY(config_value_read(l->c, &cfg->arena, &row, &given, &read));
    if (cfg->prices == CONFIG_PRICES_MAX)
        return fail(
            l->c, INVALID_REQUEST, "more than %d names STRIPE_PRICE_…", (int)CONFIG_PRICES_MAX);
    cfg->price[cfg->prices++] = (struct config_price) { str_copy(&cfg->arena, name), read.text };
    return E_OK;
}

static enum err take(
    struct load *l, struct str name, struct str value, struct str where, enum source source)
{
    const struct config_row *row = row_named(name);
    if (row != NULL)
        return take_row(l, row, value, where, source, false);
    if (str_ends(name, S("_FILE"))) {
        row = row_named(str_part(name, 0, name.n - S("_FILE").n));
        if (row != NULL && config_holds_secret(row->kind))
            return take_row(l, row, value, where, source, true);
    }
    for (size_t i = 0; i < ARRAY_LEN(site_names); i++)
        if (str_eq(name, str_of_c(site_names[i]))) {
            if (!l->site[i].set && value.n > 0)
                l->site[i] = (struct config_given) { true, value, where, S("") };
            return E_OK;
        }
    if (is_one_of(name, guide_names, ARRAY_LEN(guide_names))) {
        buf_fmt(&l->unused, "%s%.*s", l->unused.n > 0 ? ", " : "", SARG(name));
        return E_OK;
    }
    if (is_price_name(name))
        return take_price(l, name, value, where);
    return unknown(l, name, where);
}

static enum err take_env(struct load *l, char *const *env)
{
    for (; env != NULL && *env != NULL; env++) {
        struct str name, value;
        if (!str_cut(str_of_c(*env), '=', &name, &value))
            continue;
        TRY(take(l, name, value, S(""), SOURCE_ENV));
        if (str_eq(name, S("CREDENTIALS_DIRECTORY")))
            l->cfg->credentials = str_c(&l->cfg->arena, value);
    }
    return E_OK;
}

/* Lines of the file refer to text, which lives until the load is over. */
static enum err take_file(struct load *l, const char *path, struct str text)
{
    char *rest = (char *)(uintptr_t)text.p;
    size_t rest_n = text.n;
    int64_t line_no = 0;
    for (;;) {
        struct config_line line;
        bool more = false;
        TRY(config_next_line(l->c, path, &rest, &rest_n, &line_no, &line, &more));
        if (!more)
            return E_OK;
        struct str where = str_fmt(l->c->arena, "line %lld of %s", (long long)line.number, path);
        TRY(take(l, line.name, line.value, where, SOURCE_FILE));
    }
}

/* An application's name for its own address counts when ours is not set. */
static enum err take_site(struct load *l)
{
    struct config_given *ours = &l->given[CFG_SITE_URL];
    const char *first = NULL;
    for (size_t i = 0; i < ARRAY_LEN(site_names) && !(ours->set && first == NULL); i++) {
        if (!l->site[i].set)
            continue;
        if (first == NULL) {
            first = site_names[i];
            *ours = l->site[i];
            ours->where = str_fmt(l->c->arena, "from %s", first);
        } else if (!str_eq(ours->text, l->site[i].text)) {
            return fail(l->c, INVALID_REQUEST, "%s and %s differ: set PURSER_SITE_URL", first,
                site_names[i]);
        }
    }
    return E_OK;
}

static struct str source_text(struct load *l, enum cfg id)
{
    const struct config_given *given = &l->given[id];
    if (!given->set)
        return config_row(id)->fallback[0] != 0 ? S("default") : S("");
    struct str text = given->file.n > 0 ? given->file
        : given->where.n > 0            ? given->where
                                        : S("environment");
    return str_copy(&l->cfg->arena, text);
}

static enum err read_all(struct load *l)
{
    struct config *cfg = l->cfg;
    for (size_t i = 0; i < CFG_COUNT; i++) {
        struct config_given *given = &l->given[i];
        cfg->source[i] = source_text(l, (enum cfg)i);
        cfg->file[i] = str_copy(&cfg->arena, given->file);
        if (!given->set && config_row((enum cfg)i)->fallback[0] == 0)
            continue;
        if (!given->set)
            given->text = str_of_c(config_row((enum cfg)i)->fallback);
        struct config_secrets *secrets = NULL;
        TRY(config_read_row(l->c, cfg, config_row((enum cfg)i), given, &cfg->value[i], &secrets));
        cfg->secrets[i] = secrets;
    }
    return E_OK;
}

static enum err needs(struct load *l, enum cfg id, enum cfg other)
{
    if (config_has(l->cfg, id) && !config_has(l->cfg, other))
        return fail(
            l->c, INVALID_REQUEST, "%s needs %s", config_row(id)->name, config_row(other)->name);
    return E_OK;
}

static enum err check_together(struct load *l)
{
    static const enum cfg pairs[][2] = { { CFG_TLS_CERT, CFG_TLS_KEY },
        { CFG_TLS_KEY, CFG_TLS_CERT }, { CFG_SMTP_URL, CFG_MAIL_FROM },
        { CFG_EVERSEND_CLIENT_ID, CFG_EVERSEND_CLIENT_SECRET },
        { CFG_EVERSEND_CLIENT_SECRET, CFG_EVERSEND_CLIENT_ID } };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        TRY(needs(l, pairs[i][0], pairs[i][1]));
    bool secret = config_has(l->cfg, CFG_JWT_SECRET), key = config_has(l->cfg, CFG_JWT_PUBLIC_KEY);
    if (secret && key)
        return fail(l->c, INVALID_REQUEST,
            "PURSER_JWT_SECRET and PURSER_JWT_PUBLIC_KEY are both set: tokens have one algorithm");
    for (enum cfg id = CFG_JWT_ISSUER; id <= CFG_JWT_AUDIENCE; id++)
        if (config_has(l->cfg, id) && !secret && !key)
            return fail(l->c, INVALID_REQUEST,
                "%s needs PURSER_JWT_SECRET or PURSER_JWT_PUBLIC_KEY", config_row(id)->name);
    return E_OK;
}

/* ---- all of it */

static enum err take_presets(struct load *l, const struct config_sources *sources)
{
    for (size_t i = 0; i < sources->preset_count; i++) {
        struct str name = str_of_c(sources->presets[i].name);
        /* A key that somebody chose wins over the preset secret: tokens have one algorithm. */
        if (l->given[CFG_JWT_PUBLIC_KEY].set && str_eq(name, S("PURSER_JWT_SECRET")))
            continue;
        TRY(take(l, name, str_of_c(sources->presets[i].value), S("preset"), SOURCE_PRESET));
    }
    return E_OK;
}

static enum err gather(
    struct load *l, const struct config_sources *sources, const char *path, struct str file)
{
    TRY(take_env(l, sources->env));
    TRY(take_file(l, path, file));
    TRY(take_site(l));
    TRY(take_presets(l, sources));
    TRY(read_all(l));
    return check_together(l);
}

static void notice(struct load *l, const char *path)
{
    struct stat st;
    if (l->unused.n > 0)
        buf_fmt(l->notices, "notice: purser has no use for %.*s\n", SARG(buf_str(&l->unused)));
    if (l->secret_in_file && stat(path, &st) == 0 && (st.st_mode & 0077) != 0)
        buf_fmt(l->notices,
            "notice: %s holds secrets and can be read by others (mode %04o): chmod 0600 it\n", path,
            (unsigned)(st.st_mode & 07777));
}

void config_cleanse_env(char **env)
{
    for (; *env != NULL; env++) {
        struct str name, value;
        if (!str_cut(str_of_c(*env), '=', &name, &value))
            continue;
        const struct config_row *row = row_named(name);
        if (row != NULL && config_holds_secret(row->kind))
            cleanse(*env + name.n + 1, value.n);
    }
}

enum err config_load(
    struct ctx *c, const struct config_sources *sources, struct buf *notices, struct config **ret)
{
    enum {
        LARGEST = 256 * 1024
    };
    const char *path = sources->env_file == NULL ? ".env" : sources->env_file;
    bool wanted = sources->env_file != NULL ? path[0] != 0 : access(path, F_OK) == 0;
    struct str file = { NULL, 0 };
    if (wanted)
        TRY(config_read_file(c, path, LARGEST, NULL, false, &file));
    struct load *l = arena_new(c->arena, struct load);
    *l = (struct load) {
        .c = c,
        .cfg = calloc(1, sizeof *l->cfg),
        .unused = BUF(c->arena),
        .notices = notices,
    };
    must(l->cfg != NULL);
    enum err e = gather(l, sources, path, file);
    if (e == E_OK)
        notice(l, path);
    if (file.p != NULL)
        config_forget(file);
    if (e != E_OK) {
        config_free(l->cfg);
        return e;
    }
    *ret = l->cfg;
    return E_OK;
}
