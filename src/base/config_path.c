#include "base/config_value.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/zone.h"

enum err config_read_path(struct config_reader *r)
{
    struct stat st;
    const char *path = str_c(r->c->arena, r->text);
    if (!str_is_text(r->text) || str_has(r->text, S("\n")))
        return config_wrong(r, "must be a path");
    if (stat(path, &st) != 0 || access(path, R_OK) != 0)
        return config_wrong_fmt(r, "cannot be read (%s)", strerror(errno));
    if (r->row->kind == CONFIG_FOLDER) {
        if (!S_ISDIR(st.st_mode))
            return config_wrong(r, "is no folder");
        if (access(path, W_OK | X_OK) != 0)
            return config_wrong_fmt(r, "cannot be written to (%s)", strerror(errno));
        return config_keep(r, r->text);
    }
    if (!S_ISREG(st.st_mode))
        return config_wrong(r, "is no file");
    if (r->row->rule[0] != 0 && st.st_size > (off_t)config_rule_number(r))
        return config_wrong_fmt(r, "is larger than %zu bytes", config_rule_number(r));
    return config_keep(r, r->text);
}

enum err config_read_public_key(struct config_reader *r)
{
    enum {
        LARGEST = 16384
    };
    struct buf pem = BUF(r->a);
    struct str rest = r->text;
    enum sign_alg alg;
    if (!str_has(r->text, S("-----BEGIN"))) {
        TRY(config_read_path(r));
        struct str text = S("");
        if (config_read_file(r->c, str_c(r->c->arena, r->text), LARGEST, NULL, false, &text) !=
            E_OK)
            return config_wrong_fmt(r, "is no key: %.*s", SARG(r->c->err.message));
        buf_add(&pem, text);
        config_forget(text);
        rest = S("");
    }
    for (; rest.n > 0; rest = str_from(rest, 1)) { /* one line of an env file writes \n */
        bool newline = str_starts(rest, S("\\n"));
        buf_char(&pem, newline ? '\n' : rest.p[0]);
        if (newline)
            rest = str_from(rest, 1);
    }
    if (public_key_kind(r->c, buf_str(&pem), &alg) != E_OK)
        return config_wrong_fmt(r, "%.*s", SARG(r->c->err.message));
    return config_keep(r, buf_str(&pem));
}

enum err config_read_document(struct config_reader *r)
{
    struct str text = S("");
    TRY(config_read_path(r));
    if (config_read_file(
            r->c, str_c(r->c->arena, r->text), config_rule_number(r), NULL, false, &text) != E_OK)
        return config_wrong_fmt(r, "is no text: %.*s", SARG(r->c->err.message));
    struct str kept = str_copy(r->a, text);
    config_forget(text);
    if (!str_is_text(kept) || kept.n == 0)
        return config_wrong(r, "is no text in UTF-8");
    return config_keep(r, kept);
}

enum err config_read_zone(struct config_reader *r)
{
    const struct zone *zone = NULL;
    if (!zone_is_name(r->text))
        return config_wrong(r, "must be a time zone such as Europe/Berlin");
    if (zone_find(r->c, r->text, &zone) == E_OK)
        return config_keep(r, r->text);
    err_clear(r->c);
    return config_wrong(r, "is no time zone that this machine knows (package tzdata)");
}
