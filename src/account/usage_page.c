#include "account/account_page.h"
#include "base/clock.h"
#include "catalog/catalog.h"
#include "credit/usage.h"
#include "web/list.h"
#include "web/page.h"

/* /account/usage: a month of somebody's, what it was used for, and each change of their credits. */

#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* "20 November 2026" in its parts: time_words spells months. */
struct words {
    struct str day, month, year;
};

static struct words words_of(struct arena *a, int64_t date)
{
    struct words w;
    struct str rest = time_words(a, date * DAY_MS), clock;
    str_cut(rest, ' ', &w.day, &rest);
    str_cut(rest, ' ', &w.month, &rest);
    str_cut(rest, ',', &w.year, &clock);
    return w;
}

static struct str month_words(struct arena *a, int64_t date)
{
    struct words w = words_of(a, date);
    return str_fmt(a, "%.*s %.*s", SARG(w.month), SARG(w.year));
}

static struct str day_words(struct arena *a, int64_t date)
{
    struct words w = words_of(a, date);
    return str_fmt(a, "%.*s %.*s", SARG(w.day), SARG(w.month));
}

/* ---- the month */

static void months_nav(struct buf *b, const struct usage_month *u)
{
    struct arena *a = b->arena;
    html(b, "<div class=\"row apart\"><h2>", month_words(a, u->first), "</h2><nav class=\"row\"",
        " aria-label=\"", SAY(MONTHS), "\">");
    part_button(b,
        &(struct part_button) { .kind = BUTTON_QUIET,
            .small = true,
            .words = SAY(MONTH_BEFORE),
            .href = str_fmt(a, "/account/usage?period=%.*s",
                SARG(usage_month_text(a, date_of_month(u->first - 1)))) });
    if (u->next <= u->today)
        part_button(b,
            &(struct part_button) { .kind = BUTTON_QUIET,
                .small = true,
                .words = SAY(MONTH_AFTER),
                .href =
                    str_fmt(a, "/account/usage?period=%.*s", SARG(usage_month_text(a, u->next))) });
    html(b, "</nav></div>\n");
}

static void tiles(struct buf *b, const struct usage_month *u)
{
    struct arena *a = b->arena;
    part_tiles_open(b);
    part_tile(b,
        &(struct part_tile) { .label = SAY_WITH(a, USED_IN, { "month", month_words(a, u->first) }),
            .figure = number_text(a, u->of_month[USAGE_YEAR - 1]),
            .below = SAY_WITH(a, USED_BELOW, { "zone", zone_name(u->zone) }) });
    part_tile(b,
        &(struct part_tile) { .label = u->next <= u->today ? SAY(LEFT_THEN) : SAY(CREDITS_LEFT),
            .figure = number_text(a, u->left) });
    part_tiles_close(b);
    html(b, "\n");
}

static void advice(struct buf *b, const struct usage_advice *k)
{
    if (k->reason == USAGE_FITS)
        return;
    part_note_open(b, &(struct part_note) { .tone = TONE_INFO, .icon = ICON_ALERT });
    html(b, "<p>", k->sentence, " <a href=\"/pricing\">", SAY(COMPARE), "</a></p>");
    part_note_close(b);
    html(b, "\n");
}

static void days_chart(struct buf *b, const struct usage_month *u)
{
    struct arena *a = b->arena;
    struct part_bar bar[USAGE_DAYS];
    struct str month = month_words(a, u->first);
    const size_t n = (size_t)(u->next - u->first);
    size_t most = 0;
    for (size_t i = 0; i < n; i++) {
        bar[i] = (struct part_bar) { day_words(a, u->first + (int64_t)i), u->day[i] };
        most = u->day[i] > u->day[most] ? i : most;
    }
    if (u->day[most] == 0) {
        html(b, "<p class=\"muted\">", SAY_WITH(a, USED_NOTHING, { "month", month }), "</p>\n");
        return;
    }
    struct str finding =
        SAY_WITH(a, USED_MOST, { "day", bar[most].label }, { "n", number_text(a, u->day[most]) });
    part_chart(b,
        &(struct part_chart) { .id = S("days"),
            .title = SAY(USED_BY_DAY),
            .finding = finding,
            .described = finding,
            .cur = CUR_NONE,
            .bar = bar,
            .n = n });
    html(b, "\n");
}

static void months_chart(struct buf *b, const struct usage_month *u)
{
    struct arena *a = b->arena;
    struct part_bar bar[USAGE_YEAR];
    int64_t sum = 0;
    for (size_t i = 0; i < USAGE_YEAR; i++) {
        bar[i] = (struct part_bar) { month_words(a, u->months[i]), u->of_month[i] };
        sum += u->of_month[i];
    }
    if (sum == 0)
        return;
    struct str finding = SAY_WITH(a, USED_A_YEAR, { "n", number_text(a, sum) });
    part_chart(b,
        &(struct part_chart) { .id = S("months"),
            .title = SAY(USED_BY_MONTH),
            .finding = finding,
            .described = finding,
            .cur = CUR_NONE,
            .bar = bar,
            .n = USAGE_YEAR });
    html(b, "\n");
}

static void operations(struct buf *b, const struct usage_month *u)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("Operation") },
        { .label = S_INIT("Credits"), .number = true, .whole = true },
        { .label = S_INIT("Uses"), .number = true, .whole = true, .labelled = true },
    };
    if (u->operations == 0)
        return;
    html(b, "<section class=\"stack\" aria-labelledby=\"operations\"><h2 id=\"operations\">",
        SAY(USED_BY_OPERATION), "</h2>\n");
    struct part_rows rows = part_rows_open(b, SAY(USED_BY_OPERATION), columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < u->operations; i++) {
        const struct usage_row *k = &u->operation[i];
        if (k->uses == 0)
            continue;
        part_row(&rows);
        part_cell(&rows);
        html(b, k->operation.n > 0 ? k->operation : SAY(USED_AMOUNTS));
        part_cell(&rows);
        html(b, number_text(b->arena, k->credits));
        part_cell(&rows);
        html(b, number_text(b->arena, k->uses));
    }
    part_rows_close(&rows);
    html(b, "</section>\n");
}

/* ---- each change */

static struct str change_words(enum credit_change change)
{
    switch (change) {
    case CREDIT_ALLOCATION:
        return SAY(CHANGE_ALLOCATION);
    case CREDIT_BOUGHT:
        return SAY(CHANGE_BOUGHT);
    case CREDIT_USAGE:
        return SAY(CHANGE_USAGE);
    case CREDIT_REFUND:
        return SAY(CHANGE_REFUND);
    case CREDIT_BONUS_GIVEN:
        return SAY(CHANGE_BONUS);
    case CREDIT_EXPIRY:
        return SAY(CHANGE_EXPIRY);
    case CREDIT_CLAWBACK:
        return SAY(CHANGE_CLAWBACK);
    case CREDIT_ADJUSTED:
        return SAY(CHANGE_ADJUSTED);
    case CREDIT_CHANGE_COUNT:
        break;
    }
    never("a balance changes for eight reasons");
}

struct changes {
    struct list list;
    struct part_rows rows;
    struct str type;
    struct credit_filter filter;
};

static enum err one(struct ctx *c, const struct credit_move *k, void *arg)
{
    struct changes *l = arg;
    struct buf *b = l->rows.b;
    if (!list_room(&l->list, k->n))
        return E_OK;
    part_row(&l->rows);
    part_cell(&l->rows);
    html(b, change_words(k->change));
    part_cell(&l->rows);
    html(b, number_text(c->arena, k->amount));
    part_cell(&l->rows);
    html(b, number_text(c->arena, k->balance_after));
    part_cell(&l->rows);
    html(b, k->operation.n > 0 ? k->operation : k->description);
    part_cell(&l->rows);
    html(b, time_words(c->arena, k->created_ms));
    return E_OK;
}

static void types(struct buf *b, struct str type)
{
    static const enum credit_change shown[] = { CREDIT_USAGE, CREDIT_REFUND, CREDIT_BOUGHT,
        CREDIT_ALLOCATION, CREDIT_BONUS_GIVEN, CREDIT_EXPIRY };
    struct part_link link[ARRAY_LEN(shown) + 1] = { { S("/account/usage"), SAY(CHANGES_ALL) } };
    struct str here = link[0].href;
    for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
        struct str name = credit_change_text(shown[i]);
        link[i + 1] =
            (struct part_link) { str_fmt(b->arena, "/account/usage?type=%.*s", SARG(name)),
                change_words(shown[i]) };
        if (str_eq(name, type))
            here = link[i + 1].href;
    }
    part_tabs(b, SAY(CHANGES), link, ARRAY_LEN(link), here);
    html(b, "\n");
}

static enum err changes(struct req *r, struct buf *b, struct changes *l)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("What") },
        { .label = S_INIT("Credits"), .number = true, .whole = true },
        { .label = S_INIT("Left"), .number = true, .whole = true, .labelled = true },
        { .label = S_INIT("For"), .full = true },
        { .label = S_INIT("When"), .full = true, .muted = true },
    };
    struct arena *a = r->c->arena;
    struct buf rows = BUF(a);
    struct str query = l->type.n > 0 ? str_fmt(a, "type=%.*s&", SARG(l->type)) : S("");
    html(b,
        "<section class=\"stack\" aria-labelledby=\"changes\"><div class=\"row apart\">"
        "<h2 id=\"changes\">",
        SAY(CHANGES), "</h2>");
    part_button(b,
        &(struct part_button) { .kind = BUTTON_QUIET,
            .small = true,
            .words = SAY(CHANGES_FILE),
            .href = str_fmt(
                a, "/account/usage/csv%s%.*s", l->type.n > 0 ? "?type=" : "", SARG(l->type)) });
    html(b, "</div>\n");
    types(b, l->type);
    l->rows = part_rows_open(&rows, SAY(CHANGES), columns, ARRAY_LEN(columns));
    if (l->filter.customer_n > 0)
        TRY(credit_history(r->c, &l->filter, one, l));
    part_rows_close(&l->rows);
    if (l->list.shown == 0) {
        html(b, "<p class=\"muted\">", SAY(CHANGES_NONE), "</p></section>");
        return E_OK;
    }
    buf_add(b, buf_str(&rows));
    part_pages(b,
        &(struct part_pages) { .shown = l->list.shown,
            .older = l->list.more ? str_fmt(a, "/account/usage?%.*safter=%.*s", SARG(query),
                                        SARG(page_cursor(a, l->list.last_n)))
                                  : S(""),
            .newest = l->list.page.after_n > 0 ? str_fmt(a, "/account/usage?%.*s", SARG(query))
                                               : S("") });
    html(b, "</section>");
    return E_OK;
}

/* ---- the page */

enum err usage_page(struct req *r)
{
    struct ctx *c = r->c;
    struct usage_month *u = arena_new(c->arena, struct usage_month);
    struct usage_advice k;
    struct changes l = { .type = S("") };
    struct str period = S("");
    struct buf *b = NULL;
    bool given = false;
    TRY(req_page(r, &l.list.page));
    TRY(req_query(r, "period", &given, &period));
    TRY(credit_type_asked(r, &l.type, &l.filter.change_or_minus_1));
    TRY(checkout_caller(c));
    l.filter.customer_n = c->customer_n > 0 ? c->customer_n : 0;
    l.filter.after_n = l.list.page.after_n;
    l.filter.limit = list_want(&l.list);
    TRY(usage_month(c, l.filter.customer_n, period, u));
    TRY(usage_advise(c, l.filter.customer_n, &k));
    TRY(account_open(r, ACCOUNT_USAGE, &b));
    months_nav(b, u);
    advice(b, &k);
    tiles(b, u);
    days_chart(b, u);
    operations(b, u);
    months_chart(b, u);
    TRY(changes(r, b, &l));
    account_close(r, b);
    return E_OK;
}
