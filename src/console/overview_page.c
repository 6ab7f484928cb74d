#include "console/console_page.h"

#include "alert/alert.h"
#include "base/clock.h"
#include "console/figures.h"
#include "order/order_part.h"
#include "web/part.h"

/* /admin: what needs a person, and how the day goes. */

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static void need(struct buf *b, enum icon icon, int64_t n, const char *one, const char *many,
    const char *href, const char *action)
{
    if (n == 0)
        return;
    html(b, "<li class=\"row apart need\"><span class=\"row need\">");
    part_badge(b, TONE_ODD, icon, number_text(b->arena, n));
    html(b, "<span>", n == 1 ? one : many, "</span></span><a href=\"", href, "\">", action,
        "</a></li>");
}

/* Money that came and belongs to no order, in each currency. */
static void held(struct buf *b, const struct figures *f)
{
    for (size_t i = 0; i < f->currencies; i++) {
        if (f->held[i].minor == 0)
            continue;
        html(b, "<li class=\"row apart need\"><span class=\"row need\">");
        part_badge(b, TONE_ODD, ICON_EYE, money_text_code(b->arena, f->held[i]));
        html(b,
            "<span>came and belongs to no order</span></span><a href=\"/admin/reviews\">Decide</a></li>");
    }
}

static enum err needs(struct req *r, struct buf *b, const struct figures *f)
{
    struct console_counts n;
    TRY(console_counts(r->c, &n));
    int64_t other =
        n.alerts - n.reviews - n.disputes - n.parked_events - n.stuck_jobs - n.bad_mails;
    html(b,
        "<section class=\"card stack\" aria-labelledby=\"needs\"><h2 id=\"needs\">Needs you</h2>");
    if (n.reviews + n.parked_events + n.stuck_jobs + n.alerts + n.bad_mails == 0) {
        html(b, "<p class=\"row\">");
        part_badge(b, TONE_OK, ICON_CHECK, S("Well"));
        html(b, "<span>Nothing needs you.</span></p></section>\n");
        return E_OK;
    }
    html(b, "<ul class=\"links\">");
    held(b, f);
    need(b, ICON_EYE, n.reviews, "payment does not match its order",
        "payments do not match their orders", "/admin/reviews", "Decide");
    need(b, ICON_FLAG, n.disputes, "bank waits for an answer", "banks wait for an answer",
        "/admin/disputes?status=waiting", "Answer");
    need(b, ICON_HOOK, n.parked_events, "webhook could not be applied",
        "webhooks could not be applied", "/admin/webhooks?status=parked", "Look");
    need(b, ICON_CLOCK, n.stuck_jobs, "job is stuck", "jobs are stuck", "/admin/jobs?state=parked",
        "Look");
    need(b, ICON_SEND, n.bad_mails, "alert about mails", "alerts about mails", "/admin/mails",
        "Look");
    need(
        b, ICON_ALERT, other > 0 ? other : 0, "open alert", "open alerts", "/admin/alerts", "Look");
    html(b, "</ul></section>\n");
    return E_OK;
}

/* ---- today, beside the same day of last week */

static struct str weekday(int64_t ms)
{
    static const struct str names[] = { S_INIT("Monday"), S_INIT("Tuesday"), S_INIT("Wednesday"),
        S_INIT("Thursday"), S_INIT("Friday"), S_INIT("Saturday"), S_INIT("Sunday") };
    return names[civil_of_ms(ms).weekday];
}

static struct str before(struct buf *b, const struct figures *f, struct str figure)
{
    return str_fmt(b->arena, "Last %.*s by %02d:00: %.*s", SARG(weekday(f->today)),
        (int)f->hour + 1, SARG(figure));
}

static struct str failed_words(struct arena *a, const struct figures_part *k)
{
    int64_t ended = k->paid + k->failed;
    if (ended == 0)
        return S("none ended");
    return str_fmt(a, "%lld.%lld%%", (long long)(k->failed * 1000 / ended / 10),
        (long long)(k->failed * 1000 / ended % 10));
}

static void today(struct buf *b, const struct figures *f)
{
    struct arena *a = b->arena;
    const struct figures_part *now = &f->now, *then = &f->before;
    html(b,
        "<section class=\"stack\" aria-labelledby=\"today\"><div><h2 id=\"today\">Today</h2>"
        "<p class=\"small muted\">Since 00:00 UTC, beside the same hours of last week.</p></div>");
    part_tiles_open(b);
    for (size_t i = 0; i < f->currencies; i++)
        part_tile(b,
            &(struct part_tile) {
                .label = str_fmt(a, "Sales in %.*s", SARG(currency_code(f->currency[i]))),
                .href = S("/admin/orders?status=completed&period=today"),
                .figure = money_text(a, now->sales[i]),
                .below = before(b, f, money_text(a, then->sales[i])) });
    part_tile(b,
        &(struct part_tile) { .label = S("Orders begun"),
            .href = S("/admin/orders?period=today"),
            .figure = number_text(a, now->begun),
            .below = before(b, f, number_text(a, then->begun)) });
    part_tile(b,
        &(struct part_tile) { .label = S("Orders paid"),
            .href = S("/admin/orders?status=completed&period=today"),
            .figure = number_text(a, now->paid),
            .below = before(b, f, number_text(a, then->paid)) });
    part_tile(b,
        &(struct part_tile) { .label = S("Failed, of those that ended"),
            .href = S("/admin/orders?status=failed&period=today"),
            .figure = failed_words(a, now),
            .below = before(b, f, failed_words(a, then)) });
    if (f->webhook_p99_ms >= 0)
        part_tile(b,
            &(struct part_tile) { .label = S("Webhooks, p99 to applied"),
                .href = S("/admin/webhooks?period=today"),
                .figure = str_fmt(a, "%.*s ms", SARG(number_text(a, f->webhook_p99_ms))),
                .below = str_fmt(a, "%.*s came today; of the newest 1,000",
                    SARG(number_text(a, now->webhooks))) });
    part_tiles_close(b);
    if (f->behind)
        html(b,
            "<p class=\"small muted\">Still counting: the newest orders are not in these figures yet.</p>");
    html(b, "</section>\n");
}

/* ---- thirty days */

static struct str day_label(struct arena *a, int64_t ms)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
        "Sep", "Oct", "Nov", "Dec" };
    struct civil t = civil_of_ms(ms);
    return str_fmt(a, "%d %s", t.day, months[t.month - 1]);
}

static enum err currency_asked(struct req *r, const struct figures *f, size_t *ret)
{
    struct str code;
    bool given = false;
    TRY(req_query(r, "currency", &given, &code));
    *ret = f->main;
    for (size_t i = 0; given && i < f->currencies; i++)
        if (str_eq(code, currency_code(f->currency[i])))
            *ret = i;
    return E_OK;
}

static struct str finding(struct arena *a, const struct figures *f, size_t at)
{
    int64_t sum = 0;
    size_t best = 0;
    for (size_t i = 0; i < FIGURES_DAYS; i++) {
        sum += f->day[at][i];
        best = f->day[at][i] > f->day[at][best] ? i : best;
    }
    struct str first = day_label(a, f->today - (FIGURES_DAYS - 1) * DAY_MS);
    struct civil last = civil_of_ms(f->today);
    struct str period = str_fmt(a, "from %.*s to %.*s %lld, UTC", SARG(first),
        SARG(day_label(a, f->today)), (long long)last.year);
    if (f->day[at][best] <= 0)
        return str_fmt(a, "No sales %.*s.", SARG(period));
    return str_fmt(a, "%.*s %.*s. Best day: %.*s, %.*s.",
        SARG(money_text_code(a, (struct money) { sum, f->currency[at] })), SARG(period),
        SARG(day_label(a, f->today - (FIGURES_DAYS - 1 - (int64_t)best) * DAY_MS)),
        SARG(money_text(a, (struct money) { f->day[at][best], f->currency[at] })));
}

static void chart(struct buf *b, const struct figures *f, size_t at)
{
    struct part_bar bar[FIGURES_DAYS];
    for (size_t i = 0; i < FIGURES_DAYS; i++)
        bar[i] = (struct part_bar) {
            day_label(b->arena, f->today - (FIGURES_DAYS - 1 - (int64_t)i) * DAY_MS), f->day[at][i]
        };
    part_chart(b,
        &(struct part_chart) { .id = S("sales"),
            .title =
                str_fmt(b->arena, "Sales per day in %.*s", SARG(currency_code(f->currency[at]))),
            .finding = finding(b->arena, f, at),
            .described = S("Bars for 30 days. The numbers are in the table below."),
            .cur = f->currency[at],
            .bar = bar,
            .n = FIGURES_DAYS });
}

static enum err days(struct req *r, struct buf *b, const struct figures *f)
{
    struct part_link links[FIGURES_CURRENCIES];
    size_t at = 0;
    if (f->currencies == 0)
        return E_OK;
    TRY(currency_asked(r, f, &at));
    for (size_t i = 0; i < f->currencies; i++)
        links[i] = (struct part_link) { str_fmt(b->arena, "/admin?currency=%.*s",
                                            SARG(currency_code(f->currency[i]))),
            currency_code(f->currency[i]) };
    if (f->currencies > 1)
        part_tabs(b, S("Currency of the chart"), links, f->currencies, links[at].href);
    chart(b, f, at);
    html(b, "\n");
    return E_OK;
}

/* ---- gateways */

static struct str share(
    struct arena *a, int64_t part, int64_t whole, const char *one, const char *many)
{
    if (whole == 0)
        return str_fmt(a, "None yet");
    return str_fmt(a, "%lld.%lld%% of %.*s%s", (long long)(part * 1000 / whole / 10),
        (long long)(part * 1000 / whole % 10), SARG(number_text(a, whole)),
        whole == 1 ? one : many);
}

static void gateway_row(struct part_rows *rows, const struct gateway_figures *g)
{
    struct buf *b = rows->b;
    struct arena *a = b->arena;
    part_row(rows);
    part_cell(rows);
    html(b, "<a href=\"/admin/webhooks?gateway=", gateway_name(g->gateway), "\">",
        console_gateway_title(g->gateway), "</a>");
    part_cell(rows);
    if (g->away)
        part_badge(b, TONE_BAD, ICON_ALERT, S("Does not answer"));
    else
        part_badge(b, g->enabled ? TONE_OK : TONE_REST, g->enabled ? ICON_CHECK : ICON_DOTS,
            g->enabled ? S("On") : S("No keys"));
    part_cell(rows);
    html(b, share(a, g->paid, g->ended, " try", " tries"));
    part_cell(rows);
    if (g->median_ms < 0)
        html(b, "Not asked yet");
    else
        html(b, number_text(a, g->median_ms), " ms, p99 ", number_text(a, g->p99_ms), " ms");
    part_cell(rows);
    html(b, share(a, g->unanswered, g->calls, " call", " calls"));
    part_cell(rows);
    html(b, number_text(a, g->open), g->open >= FIGURES_OPEN_MAX ? S(" or more") : S(""));
}

static enum err gateways(struct req *r, struct buf *b)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("Gateway"), .whole = true },
        { .label = S_INIT("State") },
        { .label = S_INIT("Paid"), .labelled = true, .full = true },
        { .label = S_INIT("Answers in"), .labelled = true, .full = true },
        { .label = S_INIT("No answer"), .labelled = true, .full = true },
        { .label = S_INIT("Open tries"), .labelled = true, .full = true },
    };
    struct gateway_figures g[GATEWAY_COUNT];
    size_t n = 0;
    TRY(console_gateways(r->c, g, &n));
    html(b,
        "<section class=\"stack\" aria-labelledby=\"gateways\"><div><h2 id=\"gateways\">Gateways"
        "</h2><p class=\"small muted\">Of the newest 1,000 tries and calls. Who leaves without "
        "paying is not counted against a gateway.</p></div>");
    struct part_rows rows = part_rows_open(b, S("Gateways"), columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < n; i++)
        gateway_row(&rows, &g[i]);
    part_rows_close(&rows);
    html(b, "</section>\n");
    return E_OK;
}

/* ---- the newest orders */

struct newest {
    struct part_rows rows;
    int64_t shown;
};

static enum err one(struct ctx *c, const struct order *o, void *arg)
{
    struct newest *k = arg;
    struct part_rows *rows = &k->rows;
    struct buf *b = rows->b;
    struct str number = order_number(c->arena, o);
    k->shown++;
    part_row(rows);
    part_cell(rows);
    console_order_link(b, number);
    part_cell(rows);
    part_money(b, (struct money) { o->total_minor, o->currency });
    part_cell(rows);
    order_badge(b, o->status, ORDER_FOR_CONSOLE);
    part_cell(rows);
    part_mail(b, o->email);
    part_cell(rows);
    part_time_exact(b, o->created_ms);
    return E_OK;
}

static enum err newest_orders(struct req *r, struct buf *b)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("Order"), .whole = true },
        { .label = S_INIT("Total"), .number = true, .whole = true },
        { .label = S_INIT("Status") },
        { .label = S_INIT("Mail"), .any = true, .full = true },
        { .label = S_INIT("Created"), .full = true, .muted = true },
    };
    struct order_filter f = { .status = -1, .limit = CONSOLE_LIST };
    struct newest k = { .shown = 0 };
    struct buf rows = BUF(b->arena);
    html(b,
        "<section class=\"stack\" aria-labelledby=\"newest\"><h2 id=\"newest\">Newest orders</h2>");
    k.rows = part_rows_open(&rows, S("The newest orders"), columns, ARRAY_LEN(columns));
    TRY(order_list(r->c, &f, one, &k));
    part_rows_close(&k.rows);
    buf_add(b, buf_str(&rows));
    html(b, "<p><a href=\"/admin/orders\">All orders</a></p></section>\n");
    return E_OK;
}

static enum err overview(struct req *r)
{
    struct buf *b = NULL;
    struct figures *f = arena_new(r->c->arena, struct figures);
    TRY(console_figures(r->c, f));
    TRY(console_open(
        r, &(struct console_head) { .title = S("Overview"), .here = S("/admin") }, &b));
    html(b, "<h1>Overview</h1>\n");
    TRY(needs(r, b, f));
    if (f->any_order) {
        today(b, f);
        TRY(days(r, b, f));
        TRY(gateways(r, b));
        TRY(newest_orders(r, b));
    } else {
        part_empty(b,
            &(struct part_empty) { .icon = ICON_BOX,
                .title = S("No orders yet"),
                .sentence = S("They appear here the moment someone buys."),
                .href = S("/store"),
                .action = S("See the store") });
        TRY(gateways(r, b));
    }
    console_close(r);
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/admin", SHAPE_READ, NULL, overview, NULL, 0, ALLOW_ADMIN | ALLOW_VIEWER, ROUTE_PAGE,
        0, "The console: what needs a person." },
};
const struct routes console_overview_routes = { table, ARRAY_LEN(table) };
