#include "console/period_page.h"

#include "base/clock.h"
#include "web/part.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static const struct {
    struct str name, words;
} named[] = {
    { S_INIT("today"), S_INIT("Today") },
    { S_INIT("week"), S_INIT("7 days") },
    { S_INIT("month"), S_INIT("30 days") },
    { S_INIT("this-month"), S_INIT("This month") },
    { S_INIT("last-month"), S_INIT("Last month") },
};

/* The first of the month n months before this one. */
static int64_t month_ms(int64_t now_ms, int before)
{
    struct civil now = civil_of_ms(now_ms);
    int64_t months = now.year * 12 + now.month - 1 - before;
    return ms_of_civil(
        (struct civil) { .year = months / 12, .month = (int)(months % 12) + 1, .day = 1 });
}

static bool named_range(int64_t now_ms, struct str name, struct console_period *p)
{
    int64_t today = now_ms - now_ms % DAY_MS;
    p->to_ms = today + DAY_MS;
    if (str_eq(name, S("today"))) {
        p->from_ms = today;
    } else if (str_eq(name, S("week"))) {
        p->from_ms = today - 6 * DAY_MS;
    } else if (str_eq(name, S("month"))) {
        p->from_ms = today - 29 * DAY_MS;
    } else if (str_eq(name, S("this-month"))) {
        p->from_ms = month_ms(now_ms, 0);
    } else if (str_eq(name, S("last-month"))) {
        p->from_ms = month_ms(now_ms, 1);
        p->to_ms = month_ms(now_ms, 0);
    } else {
        return false;
    }
    return true;
}

static struct str range_words(struct arena *a, const struct console_period *p)
{
    if (p->from_ms == 0 && p->to_ms == 0)
        return S("");
    struct str from = time_day(a, p->from_ms), to = time_day(a, p->to_ms - 1);
    if (p->from_ms == 0)
        return str_fmt(a, "Until %.*s, UTC", SARG(to));
    if (p->to_ms == 0)
        return str_fmt(a, "Since %.*s, UTC", SARG(from));
    if (str_eq(from, to))
        return str_fmt(a, "%.*s, UTC", SARG(from));
    return str_fmt(a, "%.*s to %.*s, UTC", SARG(from), SARG(to));
}

static enum err day_asked(struct req *r, const char *name, struct str *ret, int64_t *ret_ms)
{
    bool given = false;
    int64_t ms = 0;
    TRY(req_query(r, name, &given, ret));
    if (ret->n == 0)
        return E_OK;
    if (ret->n != S("2026-11-20").n || !time_parse_iso(*ret, &ms) || ms <= 0)
        return fail(r->c, INVALID_REQUEST, "%s is a day such as 2026-11-20", name);
    *ret_ms = ms;
    return E_OK;
}

enum err console_period(struct req *r, struct console_period *ret)
{
    struct console_period p = { .from_ms = 0 };
    bool given = false;
    TRY(req_query(r, "period", &given, &p.name));
    if (p.name.n > 0 && !named_range(r->c->now_ms, p.name, &p))
        return fail(r->c, INVALID_REQUEST,
            "period is today, week, month, this-month or last-month; or say from and to");
    if (p.name.n == 0) {
        TRY(day_asked(r, "from", &p.from, &p.from_ms));
        TRY(day_asked(r, "to", &p.to, &p.to_ms));
        p.to_ms += p.to_ms > 0 ? DAY_MS : 0;
    }
    p.words = range_words(r->c->arena, &p);
    *ret = p;
    return E_OK;
}

struct str console_period_query(struct arena *a, const struct console_period *p)
{
    struct buf q = BUF(a);
    if (p->name.n > 0)
        buf_fmt(&q, "period=%.*s&", SARG(url_encode(a, p->name)));
    if (p->from.n > 0)
        buf_fmt(&q, "from=%.*s&", SARG(url_encode(a, p->from)));
    if (p->to.n > 0)
        buf_fmt(&q, "to=%.*s&", SARG(url_encode(a, p->to)));
    return buf_str(&q);
}

void console_hidden(struct buf *b, struct str query)
{
    struct str pair, name, value;
    while (query.n > 0) {
        bool ok = true;
        str_cut(query, '&', &pair, &query);
        str_cut(pair, '=', &name, &value);
        html(b, "<input type=\"hidden\" name=\"", name, "\" value=\"",
            url_decode(b->arena, value, true, &ok), "\">");
    }
}

static void other_dates(
    struct buf *b, const struct console_period *p, struct str path, struct str query)
{
    html(b, "<details", p->from.n + p->to.n > 0 ? S(" open") : S(""),
        "><summary>Other dates</summary><form class=\"row ends\" action=\"", path, "\">");
    console_hidden(b, query);
    part_field(b,
        &(struct part_field) { .name = S("from"),
            .label = S("From"),
            .type = S("date"),
            .value = p->from,
            .optional = true });
    part_field(b,
        &(struct part_field) { .name = S("to"),
            .label = S("Until the end of"),
            .type = S("date"),
            .value = p->to,
            .optional = true });
    part_button(b, &(struct part_button) { .kind = BUTTON_QUIET, .words = S("Show") });
    html(b, "</form></details>\n");
}

void console_period_part(
    struct buf *b, const struct console_period *p, struct str path, struct str query)
{
    struct part_link links[ARRAY_LEN(named) + 1] = {
        { str_fmt(b->arena, "%.*s?%.*s", SARG(path), SARG(query)),
            p->none.n > 0 ? p->none : S("Any time") }
    };
    struct str here = p->words.n > 0 ? S("") : links[0].href;
    for (size_t i = 0; i < ARRAY_LEN(named); i++) {
        links[i + 1].words = named[i].words;
        links[i + 1].href =
            str_fmt(b->arena, "%.*s?%.*speriod=%.*s", SARG(path), SARG(query), SARG(named[i].name));
        if (str_eq(p->name, named[i].name))
            here = links[i + 1].href;
    }
    part_tabs(b, S("Period"), links, ARRAY_LEN(links), here);
    other_dates(b, p, path, query);
    if (p->words.n > 0)
        html(b, "<p class=\"small muted\">", p->words, ".</p>\n");
}
