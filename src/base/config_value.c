#include "base/config_value.h"

#include "base/clock.h"

bool config_is_secret(enum config_kind kind)
{
    return kind == CONFIG_SECRET || kind == CONFIG_SECRETS || kind == CONFIG_API_KEY;
}

bool config_holds_secret(enum config_kind kind)
{
    return config_is_secret(kind) || kind == CONFIG_SMTP || kind == CONFIG_DATABASE ||
        kind == CONFIG_HOOK;
}

struct str config_place(struct ctx *c, const char *name, const struct config_given *given)
{
    if (given->file.n > 0)
        return str_fmt(c->arena, "%s_FILE", name);
    if (given->where.n > 0)
        return str_fmt(c->arena, "%s (%.*s)", name, SARG(given->where));
    return str_of_c(name);
}

/* Short, one line, and nothing that a terminal would not show as it is. */
static bool is_quotable(const struct config_reader *r)
{
    for (size_t i = 0; i < r->text.n; i++)
        if ((unsigned char)r->text.p[i] < 0x20)
            return false;
    return !config_holds_secret(r->row->kind) && r->text.n <= 200 && str_is_text(r->text);
}

enum err config_wrong(struct config_reader *r, const char *why)
{
    struct str place = config_place(r->c, r->row->name, r->given);
    if (!is_quotable(r))
        return fail(r->c, INVALID_REQUEST, "%.*s: %s", SARG(place), why);
    return fail(r->c, INVALID_REQUEST, "%.*s: \"%.*s\" %s", SARG(place), SARG(r->text), why);
}

enum err config_wrong_fmt(struct config_reader *r, const char *fmt, ...)
{
    struct buf b = BUF(r->c->arena);
    va_list args;
    va_start(args, fmt);
    buf_vfmt(&b, fmt, args);
    va_end(args);
    return config_wrong(r, str_c(r->c->arena, buf_str(&b)));
}

size_t config_rule_number(const struct config_reader *r)
{
    int64_t n = 0;
    must(str_to_i64(str_of_c(r->row->rule), &n) && n > 0);
    return (size_t)n;
}

enum err config_keep(struct config_reader *r, struct str text)
{
    r->value->text = str_copy(r->a, text);
    return E_OK;
}

/* ---- plain kinds */

static enum err read_text(struct config_reader *r)
{
    size_t max = config_rule_number(r);
    if (!str_is_text(r->text) || str_has(r->text, S("\n")) || str_has(r->text, S("\r")) ||
        str_has(r->text, S("\t")))
        return config_wrong(r, "must be one line of text");
    if (r->text.n > max)
        return config_wrong_fmt(r, "is longer than %zu bytes", max);
    return config_keep(r, r->text);
}

static enum err read_word(struct config_reader *r)
{
    size_t max = config_rule_number(r);
    if (!str_is_visible(r->text))
        return config_wrong(r, "must be visible ASCII characters without a space");
    if (r->text.n > max)
        return config_wrong_fmt(r, "is longer than %zu characters", max);
    return config_keep(r, r->text);
}

static enum err read_int(struct config_reader *r)
{
    struct str from, to;
    int64_t min = 0, max = 0;
    must(str_cut(str_of_c(r->row->rule), '.', &from, &to) && str_to_i64(from, &min) &&
        str_to_i64(str_from(to, 1), &max));
    if (!str_to_i64(r->text, &r->value->number) || r->value->number < min || r->value->number > max)
        return config_wrong_fmt(
            r, "must be a whole number from %lld to %lld", (long long)min, (long long)max);
    return config_keep(r, r->text);
}

static enum err read_bool(struct config_reader *r)
{
    static const struct str words[][2] = { { S_INIT("no"), S_INIT("yes") },
        { S_INIT("false"), S_INIT("true") }, { S_INIT("0"), S_INIT("1") },
        { S_INIT("off"), S_INIT("on") } };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        for (int v = 0; v < 2; v++)
            if (str_eq(r->text, words[i][v])) {
                r->value->number = v;
                return config_keep(r, words[0][v]);
            }
    return config_wrong(r, "must be yes or no");
}

static bool plain_ms(struct str text, int64_t *ret)
{
    struct duration d = { 0, 0 };
    if (!duration_parse(text, &d) || d.months != 0)
        return false;
    *ret = d.ms;
    return true;
}

static enum err read_duration(struct config_reader *r)
{
    struct str from, to;
    int64_t min = 0, max = 0;
    must(str_cut(str_of_c(r->row->rule), '.', &from, &to) && plain_ms(from, &min) &&
        plain_ms(str_from(to, 1), &max));
    if (!plain_ms(r->text, &r->value->number) || r->value->number < min || r->value->number > max)
        return config_wrong_fmt(r, "must be a duration such as 15m from %.*s to %.*s", SARG(from),
            SARG(str_from(to, 1)));
    return config_keep(r, r->text);
}

static enum err read_choice(struct config_reader *r)
{
    struct str choice, rest = str_of_c(r->row->rule);
    for (bool more = true; more;) {
        more = str_cut(rest, '|', &choice, &rest);
        if (str_eq(r->text, choice))
            return config_keep(r, r->text);
    }
    struct buf b = BUF(r->c->arena);
    for (const char *p = r->row->rule; *p != 0; p++)
        buf_add(&b, *p == '|' ? S(", ") : (struct str) { p, 1 });
    return config_wrong_fmt(r, "must be one of %.*s", SARG(buf_str(&b)));
}

static enum err read_color(struct config_reader *r)
{
    struct str raw = S("");
    if (r->text.n != 7 || r->text.p[0] != '#' || !hex_parse(r->a, str_from(r->text, 1), &raw))
        return config_wrong(r, "must be a colour such as #355bbd");
    return config_keep(r, str_lower(r->c->arena, r->text));
}

/* ---- secrets */

/* "xxxxxxxxxxxxxxxx" and "changeme" written twice are what examples hold. */
static bool is_placeholder(struct str s)
{
    enum {
        FEWEST = 6
    };
    bool seen[256] = { false };
    int distinct = 0;
    for (size_t i = 0; i < s.n; i++) {
        distinct += !seen[(unsigned char)s.p[i]];
        seen[(unsigned char)s.p[i]] = true;
    }
    return distinct < FEWEST || s.p[0] == '<' || str_has(s, S("changeme")) ||
        str_has(s, S("your_")) || str_has(s, S("your-"));
}

static enum err check_secret(struct config_reader *r, struct str secret)
{
    enum {
        LONGEST = 4096
    };
    size_t min = config_rule_number(r);
    if (!str_is_visible(secret))
        return config_wrong(r, "a secret is visible ASCII characters without a space");
    if (secret.n < min)
        return config_wrong_fmt(
            r, "it has %zu characters; a secret has at least %zu", secret.n, min);
    if (secret.n > LONGEST)
        return config_wrong_fmt(r, "it is longer than %d characters", (int)LONGEST);
    if (is_placeholder(secret))
        return config_wrong(r, "this looks like an example, not like a secret");
    if (r->row->kind != CONFIG_API_KEY)
        return E_OK;
    for (size_t i = 0; i < secret.n; i++) {
        char c = secret.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (c < '0' || c > '9') && c != '_' && c != '-')
            return config_wrong(r, "an API key is letters, digits, _ and -");
    }
    return str_starts(secret, S("sk_")) ? E_OK : config_wrong(r, "an API key begins with sk_");
}

/* Views of the text; the caller copies them into memory that is overwritten at the end. */
static enum err read_secret(struct config_reader *r, bool list)
{
    struct str item = r->text, rest = r->text;
    r->value->items = arena_array(r->a, struct str, CONFIG_SECRETS_MAX);
    for (bool more = true; more;) {
        more = list && str_cut(rest, ',', &item, &rest);
        if (r->value->count == CONFIG_SECRETS_MAX)
            return config_wrong_fmt(r, "it lists more than %d secrets", (int)CONFIG_SECRETS_MAX);
        item = str_trim(item);
        TRY(check_secret(r, item));
        r->value->items[r->value->count++] = item;
    }
    return E_OK;
}

/* ---- lists */

static enum err read_item(struct config_reader *r, struct str item, struct str *ret)
{
    struct str host;
    int port = 0;
    *ret = str_copy(r->a, item);
    if (r->row->kind == CONFIG_ORIGINS)
        return config_origin(r, item, ret);
    if (r->row->kind == CONFIG_NETWORKS)
        return config_network(r, item);
    if (r->row->kind == CONFIG_LISTEN)
        return config_listen(r->c, item, &host, &port) == E_OK
            ? E_OK
            : config_wrong_fmt(r, "%.*s", SARG(r->c->err.message));
    must(r->row->kind == CONFIG_WORDS);
    if (!str_is_visible(item) || item.n > config_rule_number(r))
        return config_wrong_fmt(
            r, "must be words of at most %zu visible ASCII characters", config_rule_number(r));
    return E_OK;
}

static enum err read_list(struct config_reader *r)
{
    struct str item, rest = r->text;
    r->value->items = arena_array(r->a, struct str, CONFIG_ITEMS_MAX);
    for (bool more = true; more;) {
        more = str_cut(rest, ',', &item, &rest);
        item = str_trim(item);
        if (item.n == 0)
            return config_wrong(r, "has a comma too many");
        if (r->value->count == CONFIG_ITEMS_MAX)
            return config_wrong_fmt(r, "lists more than %d", (int)CONFIG_ITEMS_MAX);
        TRY(read_item(r, item, &r->value->items[r->value->count]));
        r->value->count++;
    }
    return config_keep(r, r->text);
}

static enum err read_kind(struct config_reader *r)
{
    switch (r->row->kind) {
    case CONFIG_TEXT:
        return read_text(r);
    case CONFIG_WORD:
        return read_word(r);
    case CONFIG_SECRET:
    case CONFIG_API_KEY:
        return read_secret(r, false);
    case CONFIG_SECRETS:
        return read_secret(r, true);
    case CONFIG_INT:
        return read_int(r);
    case CONFIG_BOOL:
        return read_bool(r);
    case CONFIG_DURATION:
        return read_duration(r);
    case CONFIG_CHOICE:
        return read_choice(r);
    case CONFIG_COLOR:
        return read_color(r);
    case CONFIG_URL:
        return config_read_base_url(r);
    case CONFIG_LINK:
    case CONFIG_HOOK:
        return config_read_link(r);
    case CONFIG_ORIGIN:
        return config_read_origin(r);
    case CONFIG_MAIL:
        return config_read_mail(r);
    case CONFIG_CONTACT:
        return config_read_contact(r);
    case CONFIG_SMTP:
        return config_read_smtp(r);
    case CONFIG_DATABASE:
        return config_read_database(r);
    case CONFIG_ORIGINS:
    case CONFIG_WORDS:
    case CONFIG_LISTEN:
    case CONFIG_NETWORKS:
        return read_list(r);
    case CONFIG_FILE:
    case CONFIG_FOLDER:
        return config_read_path(r);
    case CONFIG_DOCUMENT:
        return config_read_document(r);
    case CONFIG_PUBLIC_KEY:
        return config_read_public_key(r);
    case CONFIG_ZONE:
        return config_read_zone(r);
    }
    never("every kind is read");
}

enum err config_value_read(struct ctx *c, struct arena *a, const struct config_row *row,
    const struct config_given *given, struct config_value *ret)
{
    struct config_value value = { .number = 0 };
    struct config_reader r = { c, a, row, given, given->text, &value };
    if (given->text.n == 0) {
        struct str place = config_place(c, row->name, given);
        return fail(
            c, INVALID_REQUEST, "%.*s: is empty; leave it out or give it a value", SARG(place));
    }
    TRY(read_kind(&r));
    *ret = value;
    return E_OK;
}
