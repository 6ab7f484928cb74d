#include "base/config_value.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool lies_in(const char *path, const char *folder)
{
    return folder != NULL && folder[0] == '/' && str_starts(str_of_c(path), str_of_c(folder)) &&
        str_starts(str_from(str_of_c(path), str_of_c(folder).n), S("/")) &&
        !str_has(str_of_c(path), S("/../"));
}

/* systemd hands credentials over with an access list for the service's user, which shows as a
 * readable group. */
static enum err check_mode(
    struct ctx *c, const char *path, const struct stat *st, size_t max, mode_t forbidden)
{
    if (!S_ISREG(st->st_mode))
        return fail(c, INVALID_REQUEST, "%s is no file", path);
    if ((st->st_mode & forbidden) != 0)
        return fail(c, INVALID_REQUEST, "%s can be read by others (mode %04o): chmod 0600 it", path,
            (unsigned)(st->st_mode & 07777));
    if (st->st_size > (off_t)max)
        return fail(c, INVALID_REQUEST, "%s is larger than %zu bytes", path, max);
    return E_OK;
}

enum err config_read_file(struct ctx *c, const char *path, size_t max, const char *credentials,
    bool private, struct str *ret)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fail(c, INVALID_REQUEST, "%s cannot be read (%s)", path, strerror(errno));
    struct stat st;
    must(fstat(fd, &st) == 0);
    mode_t forbidden = !private ? 0 : lies_in(path, credentials) ? 0037 : 0077;
    enum err e = check_mode(c, path, &st, max, forbidden);
    char *p = NULL;
    size_t n = 0;
    if (e == E_OK) {
        p = malloc(max + 1);
        must(p != NULL);
        for (ssize_t got = 1; got > 0 && n <= max; n += (size_t)got) {
            got = read(fd, p + n, max + 1 - n);
            if (got < 0) {
                e = fail(c, INVALID_REQUEST, "%s cannot be read (%s)", path, strerror(errno));
                break;
            }
        }
        if (e == E_OK && n > max)
            e = fail(c, INVALID_REQUEST, "%s is larger than %zu bytes", path, max);
    }
    close(fd);
    if (e == E_OK)
        *ret = (struct str) { p, n };
    else if (p != NULL)
        config_forget((struct str) { p, n });
    return e;
}

void config_forget(struct str text)
{
    char *p = (char *)(uintptr_t)text.p;
    cleanse(p, text.n);
    free(p);
}

/* ---- env files: NAME=value, # comments, quotes where a value needs them */

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return s.n > 0;
}

/* Undoes "…" and '…' where it stands. */
static const char *unquote(char *p, size_t n, struct str *ret)
{
    char mark = p[0];
    size_t i = 1, w = 0;
    for (; i < n && p[i] != mark; i++) {
        char c = p[i];
        if (mark == '"' && c == '\\') {
            c = ++i < n ? p[i] : 0;
            if (c == 'n')
                c = '\n';
            else if (c != '\\' && c != '"' && c != '$')
                return "only \\n, \\\\, \\\" and \\$ are written with a backslash inside quotes";
        }
        p[w++] = c;
    }
    if (i >= n)
        return "the quote is not closed on its line";
    struct str behind = str_trim((struct str) { p + i + 1, n - i - 1 });
    if (behind.n > 0 && behind.p[0] != '#')
        return "something follows the closing quote";
    *ret = (struct str) { p, w };
    return NULL;
}

static const char *read_value(char *p, size_t n, struct str *ret)
{
    if (n > 0 && (p[0] == '"' || p[0] == '\''))
        return unquote(p, n, ret);
    struct str value = str_trim((struct str) { p, n });
    if (str_has(value, S(" #")) || str_has(value, S("\t#")))
        return "put the value in quotes, or the comment on a line of its own";
    *ret = value;
    return NULL;
}

/* An env file is often the application's too: a line that is not ours is not judged, even where
 * we could not read it. */
static const char *read_line(char *p, size_t n, struct config_line *line, bool *ret_ours)
{
    struct str text = str_trim((struct str) { p, n }), name, value;
    if (str_starts(text, S("export ")))
        text = str_trim(str_from(text, S("export ").n));
    bool equals = str_cut(text, '=', &name, &value);
    name = str_trim(name);
    *ret_ours = config_is_ours(name);
    if (!*ret_ours)
        return NULL;
    if (!str_is_text(text) || str_has(text, S("\r")))
        return "it holds a control character, or is not UTF-8";
    if (!equals)
        return "it is no NAME=value";
    if (!is_name(name))
        return "a name is letters, digits and _";
    line->name = name;
    value = str_trim(value);
    return read_value(p + (value.p - p), value.n, &line->value);
}

enum err config_next_line(struct ctx *c, const char *path, char **rest, size_t *rest_n,
    int64_t *line_no, struct config_line *ret, bool *ret_more)
{
    while (*rest_n > 0) {
        char *p = *rest, *end = memchr(p, '\n', *rest_n);
        size_t n = end == NULL ? *rest_n : (size_t)(end - p), with_end = n + (end != NULL);
        *rest += with_end;
        *rest_n -= with_end;
        struct config_line line = { .number = ++*line_no };
        bool ours = false;
        const char *why = read_line(p, n > 0 && p[n - 1] == '\r' ? n - 1 : n, &line, &ours);
        if (why != NULL)
            return fail(
                c, INVALID_REQUEST, "line %lld of %s: %s", (long long)line.number, path, why);
        if (!ours)
            continue;
        *ret = line;
        *ret_more = true;
        return E_OK;
    }
    *ret_more = false;
    return E_OK;
}
