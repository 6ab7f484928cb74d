#include "base/zone_file.h"

/* A file of the time zone database: RFC 8536.  Two blocks of the same, with times of 32 and of 64
 * bits, then a line with the rule for the time after.  The first is skipped. */

enum {
    HEAD = 44,
    TIMES_MAX = 2000,
    TYPES_MAX = 256,
    CHARS_MAX = 2048,
    TYPE = 6 /* bytes: offset, summer time or not, where its name is */
};

struct counts {
    uint64_t utc, standard, leaps, times, types, chars;
};

static bool take(struct str *s, size_t n, struct str *ret)
{
    if (s->n < n)
        return false;
    *ret = str_part(*s, 0, n);
    *s = str_from(*s, n);
    return true;
}

static uint64_t number(struct str bytes)
{
    uint64_t v = 0;
    for (size_t i = 0; i < bytes.n; i++)
        v = v << 8 | (unsigned char)bytes.p[i];
    return v;
}

static int64_t signed_number(struct str bytes)
{
    uint64_t v = number(bytes);
    return bytes.n == 4 ? (int32_t)(uint32_t)v : (int64_t)v;
}

static enum err bad(struct ctx *c, const char *why)
{
    return fail(c, INVALID_REQUEST, "is no file of the time zone database: %s", why);
}

static enum err take_head(struct ctx *c, struct str *s, struct counts *ret)
{
    struct str head, rest;
    if (!take(s, HEAD, &head) || !str_starts(head, S("TZif")))
        return bad(c, "it does not begin as one");
    if (head.p[4] < '2')
        return bad(c, "its times have 32 bits");
    rest = str_from(head, 20);
    uint64_t *const fields[] = { &ret->utc, &ret->standard, &ret->leaps, &ret->times, &ret->types,
        &ret->chars };
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        *fields[i] = number(str_part(rest, i * 4, 4));
    if (ret->times > TIMES_MAX || ret->types < 1 || ret->types > TYPES_MAX ||
        ret->chars > CHARS_MAX || ret->utc > ret->types || ret->standard > ret->types)
        return bad(c, "it says that it has more than one can");
    if (ret->leaps > 0)
        return bad(c, "it counts leap seconds, and our clocks do not");
    return E_OK;
}

/* Where the parts of a block are. */
struct block {
    struct str times, kinds, types;
};

static bool take_block(struct str *s, const struct counts *n, size_t time, struct block *ret)
{
    struct str names, flags;
    return take(s, n->times * time, &ret->times) && take(s, n->times, &ret->kinds) &&
        take(s, n->types * TYPE, &ret->types) && take(s, n->chars, &names) &&
        take(s, n->standard + n->utc, &flags);
}

static bool offset_of(const struct block *b, size_t kind, int64_t *ret)
{
    if (kind * TYPE >= b->types.n)
        return false;
    *ret = signed_number(str_part(b->types, kind * TYPE, 4));
    return *ret > -ZONE_OFFSET_MAX_S && *ret < ZONE_OFFSET_MAX_S;
}

static enum err read_block(
    struct ctx *c, struct arena *a, const struct block *b, size_t n, struct zone *ret)
{
    int64_t *at = arena_array(a, int64_t, n + 1), *offset = arena_array(a, int64_t, n + 1);
    if (!offset_of(b, 0, &ret->first_s))
        return bad(c, "an offset is more than 26 hours");
    for (size_t i = 0; i < n; i++) {
        at[i] = signed_number(str_part(b->times, i * 8, 8));
        if (!offset_of(b, (unsigned char)b->kinds.p[i], &offset[i]))
            return bad(c, "a change leads nowhere");
        if (i > 0 && at[i] <= at[i - 1])
            return bad(c, "its changes have no order");
    }
    ret->n = n;
    ret->at_s = at;
    ret->offset_s = offset;
    return E_OK;
}

/* "\nCET-1CEST,M3.5.0,M10.5.0/3\n"; nothing between the two: the last offset stays. */
static enum err read_foot(struct ctx *c, struct str s, struct zone_rule *ret)
{
    struct str line, rest;
    if (!str_starts(s, S("\n")) || !str_cut(str_from(s, 1), '\n', &line, &rest) || rest.n > 0)
        return bad(c, "it does not end as one");
    *ret = (struct zone_rule) { .is_there = false };
    if (line.n > 0 && !zone_rule_read(line, ret))
        return bad(c, "the rule at its end is none");
    return E_OK;
}

enum err zone_read(
    struct ctx *c, struct arena *a, struct str name, struct str bytes, const struct zone **ret)
{
    struct zone zone = { .name = str_copy(a, name) };
    struct counts n;
    struct block b;
    TRY(take_head(c, &bytes, &n));
    if (!take_block(&bytes, &n, 4, &b))
        return bad(c, "it is cut short");
    TRY(take_head(c, &bytes, &n));
    if (!take_block(&bytes, &n, 8, &b))
        return bad(c, "it is cut short");
    TRY(read_block(c, a, &b, (size_t)n.times, &zone));
    TRY(read_foot(c, bytes, &zone.rule));
    struct zone *kept = arena_new(a, struct zone);
    *kept = zone;
    *ret = kept;
    return E_OK;
}

/* ---- the rule, as POSIX writes it in TZ */

static bool take_char(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = str_from(*s, 1);
    return true;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "CEST" or "<+0330>". */
static bool take_name(struct str *s)
{
    size_t n = 0;
    bool quoted = take_char(s, '<');
    while (n < s->n &&
        (is_letter(s->p[n]) || (quoted && (is_digit(s->p[n]) || s->p[n] == '+' || s->p[n] == '-'))))
        n++;
    *s = str_from(*s, n);
    return n >= 3 && n <= 16 && (!quoted || take_char(s, '>'));
}

static bool take_number(struct str *s, int64_t most, int64_t *ret)
{
    int64_t v = 0;
    size_t n = 0;
    for (; n < s->n && n < 4 && is_digit(s->p[n]); n++)
        v = v * 10 + (s->p[n] - '0');
    *s = str_from(*s, n);
    *ret = v;
    return n > 0 && v <= most;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(struct str *s, int64_t most_hours, int64_t *ret_s)
{
    int64_t hour = 0, minute = 0, second = 0;
    bool minus = take_char(s, '-');
    if (!minus)
        take_char(s, '+');
    if (!take_number(s, most_hours, &hour))
        return false;
    if (take_char(s, ':')) {
        if (!take_number(s, 59, &minute))
            return false;
        if (take_char(s, ':') && !take_number(s, 59, &second))
            return false;
    }
    *ret_s = (hour * 3600 + minute * 60 + second) * (minus ? -1 : 1);
    return true;
}

static bool take_day(struct str *s, struct zone_change *ret)
{
    int64_t month = 0, week = 0, day = 0;
    if (take_char(s, 'M')) {
        bool ok = take_number(s, 12, &month) && take_char(s, '.') && take_number(s, 5, &week) &&
            take_char(s, '.') && take_number(s, 6, &day) && month >= 1 && week >= 1;
        *ret = (struct zone_change) { CHANGE_WEEKDAY, (int)month, (int)week, (int)day, 0 };
        return ok;
    }
    bool julian = take_char(s, 'J');
    bool ok = take_number(s, 365, &day) && (!julian || day >= 1);
    *ret = (struct zone_change) { julian ? CHANGE_JULIAN : CHANGE_DAY, 0, 0, (int)day, 0 };
    return ok;
}

static bool take_change(struct str *s, struct zone_change *ret)
{
    if (!take_char(s, ',') || !take_day(s, ret))
        return false;
    ret->at_s = 2 * 3600;
    return !take_char(s, '/') || take_time(s, 167, &ret->at_s);
}

bool zone_rule_read(struct str text, struct zone_rule *ret)
{
    struct zone_rule rule = { .is_there = true };
    int64_t west_s = 0;
    if (!take_name(&text) || !take_time(&text, 24, &west_s))
        return false;
    rule.offset_s = -west_s;
    rule.has_summer = text.n > 0;
    if (rule.has_summer) {
        if (!take_name(&text))
            return false;
        rule.summer_s = rule.offset_s + 3600;
        if (text.n > 0 && text.p[0] != ',') {
            if (!take_time(&text, 24, &west_s))
                return false;
            rule.summer_s = -west_s;
        }
        if (!take_change(&text, &rule.begins) || !take_change(&text, &rule.ends) || text.n > 0)
            return false;
    }
    *ret = rule;
    return true;
}
