#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include "base/crypto.h"

/* Everything that is configured, from the environment and the --env file, checked completely at
 * start: any doubt is one precise line and exit 2 (R91).  config.def lists every name, its kind,
 * its default and what it means; `purser doctor` and docs print from it.
 *
 * Values are read by name: config_str(cfg, CFG_LISTEN).  Secrets come out as struct secret and
 * may be given as NAME_FILE=path (mode 0600 or refused); config_reload re-reads those on SIGHUP.
 * Any thread may read at any time. */
enum cfg {
#define CONFIG(id, name, kind, rule, fallback, help) CFG_##id,
#include "base/config.def"
#undef CONFIG
    CFG_COUNT
};
struct config;

struct config_preset {
    const char *name, *value;
};
struct config_sources {
    char *const *env;     /* "NAME=value" …, NULL; wins over the file */
    const char *env_file; /* a path that must be there; NULL: ".env" if present; "": none */
    const struct config_preset *presets; /* hold where neither says otherwise (the sandbox) */
    size_t preset_count;
};
/* Fails INVALID_REQUEST with the one line that is to be printed; it never holds a secret.
 * notices: lines to print and go on. */
enum err config_load(
    struct ctx *c, const struct config_sources *sources, struct buf *notices, struct config **ret);
void config_free(struct config *cfg);
/* Overwrites the values of secrets in env, so that /proc/PID/environ does not show them (R71).
 * Not to be loaded from again. */
void config_cleanse_env(char **env);
/* Only NAME_FILE secrets: all of them, or on failure none.  A secret read before stays valid until
 * config_free, so that work under way can end with it. */
enum err config_reload(struct ctx *c, struct config *cfg);

/* The keys of contract 9: everything works without an account anywhere. */
extern const struct config_preset config_sandbox_presets[];
extern const size_t config_sandbox_preset_count;

bool config_has(const struct config *cfg, enum cfg id);
/* Empty when unset.  Origins as browsers write them, other URLs without a '/' at their end, a
 * public key as its PEM block. */
struct str config_str(const struct config *cfg, enum cfg id);
int64_t config_i64(const struct config *cfg, enum cfg id); /* INT, BOOL; 0 when unset */
int64_t config_ms(const struct config *cfg, enum cfg id);  /* DURATION without months */
/* Secrets: the i-th of a comma-separated list (rotation); false past the end. */
bool config_secret(const struct config *cfg, enum cfg id, size_t i, struct secret *ret);
/* The i-th of a comma-separated list that is no secret. */
bool config_item(const struct config *cfg, enum cfg id, size_t i, struct str *ret);
/* "$STRIPE_PRICE_GOLD" of a catalogue: the value of any STRIPE_PRICE_… name that is set. */
/* The whole address of a path of our own. */
struct str config_site_url(struct ctx *c, struct str path);
bool config_stripe_price(const struct config *cfg, struct str name, struct str *ret);

/* HOST:PORT of PURSER_LISTEN and --listen: an address, "[::1]", "localhost", or "*" for every
 * address of this machine, which comes out empty; port 0 is any free one.  Fails with a sentence
 * without the setting's name. */
enum err config_listen(struct ctx *c, struct str text, struct str *ret_host, int *ret_port);

/* All names with their values and where those come from, secrets masked: for doctor. */
void config_print(const struct config *cfg, struct arena *a, struct buf *out);
/* The page that documents all names: docs/configuration.md. */
void config_document(struct buf *out);

#endif
