#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include "base/crypto.h"

/* Everything that is configured, from the environment and the --env file, checked completely at
 * start: any doubt is one precise line and exit 2.  config.def lists every name, its kind, its
 * default and what it means; `purser doctor` and docs print from it.
 *
 * Values are read by name: config_str(cfg, CFG_LISTEN).  Secrets come out as struct secret and
 * may be given as NAME_FILE=path (mode 0600 or refused); config_reload re-reads those on SIGHUP. */
enum cfg {
#define CONFIG(id, name, kind, fallback, help) CFG_##id,
#include "base/config.def"
#undef CONFIG
    CFG_COUNT
};
struct config;

/* env: "NAME=value" strings (environ); env_file: a path, or NULL for ".env" if present; preset:
 * lines that hold where neither says otherwise (the sandbox).  Fails INVALID_REQUEST with the one
 * line that is to be printed.  notices: lines to print and go on. */
struct config_sources {
    char *const *env;
    const char *env_file;
    const struct config_preset *presets;
    size_t preset_count;
};
struct config_preset {
    const char *name, *value;
};
enum err config_load(
    struct ctx *c, const struct config_sources *sources, struct buf *notices, struct config **ret);
void config_free(struct config *cfg);
enum err config_reload(struct ctx *c, struct config *cfg); /* only NAME_FILE secrets */

bool config_has(const struct config *cfg, enum cfg id);
struct str config_str(const struct config *cfg, enum cfg id); /* empty when unset */
int64_t config_i64(const struct config *cfg, enum cfg id);    /* INT, BOOL */
int64_t config_ms(const struct config *cfg, enum cfg id);     /* DURATION without months */
/* Secrets: the i-th of a comma-separated list (rotation); false past the end. */
bool config_secret(const struct config *cfg, enum cfg id, size_t i, struct secret *ret);
/* The i-th of a comma-separated list that is no secret. */
bool config_item(const struct config *cfg, enum cfg id, size_t i, struct str *ret);

/* All names with their values, secrets masked: for doctor. */
void config_print(const struct config *cfg, struct arena *a, struct buf *out);

#endif
