#include "console/console_page.h"

#include "alert/alert.h"
#include "base/clock.h"
#include "order/order_part.h"
#include "web/part.h"

/* /admin: what needs a person, and how the day goes. */

static void need(struct buf *b, enum icon icon, int64_t n, const char *one, const char *many,
    const char *href, const char *action)
{
    if (n == 0)
        return;
    html(b, "<li class=\"row apart\"><span class=\"row\">");
    part_badge(b, TONE_ODD, icon, number_text(b->arena, n));
    html(b, "<span>", n == 1 ? one : many, "</span></span><a href=\"", href, "\">", action,
        "</a></li>");
}

static enum err needs(struct req *r, struct buf *b)
{
    struct console_counts n;
    TRY(console_counts(r->c, &n));
    int64_t other = n.alerts - n.reviews - n.parked_events - n.stuck_jobs - n.bad_mails;
    html(b,
        "<section class=\"card stack\" aria-labelledby=\"needs\"><h2 id=\"needs\">Needs you</h2>");
    if (n.reviews + n.parked_events + n.stuck_jobs + n.alerts + n.bad_mails == 0) {
        html(b, "<p class=\"row\">");
        part_badge(b, TONE_OK, ICON_CHECK, S("Well"));
        html(b, "<span>Nothing needs you.</span></p></section>\n");
        return E_OK;
    }
    html(b, "<ul class=\"links\">");
    need(b, ICON_EYE, n.reviews, "payment does not match its order",
        "payments do not match their orders", "/admin/reviews", "Decide");
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

static void tile(struct buf *b, const char *label, const char *href, int64_t n)
{
    html(b, "<a class=\"card tile\" href=\"", href, "\"><span class=\"small muted\">", label,
        "</span><span class=\"money big\">", number_text(b->arena, n), "</span></a>");
}

static enum err today(struct req *r, struct buf *b)
{
    struct console_today d;
    TRY(console_today(r->c, &d));
    html(b,
        "<section class=\"stack\" aria-labelledby=\"today\"><div><h2 id=\"today\">Today</h2>"
        "<p class=\"small muted\">Orders begun since 00:00 UTC, and what became of them.</p></div>"
        "<div class=\"tiles\">");
    for (size_t i = 0; i < d.currencies; i++) {
        html(b,
            "<a class=\"card tile\" href=\"/admin/orders?status=completed\"><span class=\"small muted\">Paid in ",
            currency_code(d.came[i].cur), "</span><span class=\"money big\">", d.came[i],
            "</span></a>");
    }
    tile(b, "Orders begun", "/admin/orders", d.begun);
    tile(b, "Paid", "/admin/orders?status=completed", d.paid);
    tile(b, "Failed", "/admin/orders?status=failed", d.failed);
    html(b, "</div></section>\n");
    return E_OK;
}

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
    html(b, "<a href=\"/admin/orders/", number, "\">", number, "</a>");
    part_cell(rows);
    part_money(b, (struct money) { o->total_minor, o->currency });
    part_cell(rows);
    order_badge(b, o->status, ORDER_FOR_CONSOLE);
    part_cell(rows);
    html(b, o->email);
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
        { .label = S_INIT("Created"), .whole = true, .full = true, .muted = true },
    };
    struct order_filter f = { .status = -1, .limit = CONSOLE_LIST };
    struct newest k = { .shown = 0 };
    struct buf rows = BUF(b->arena);
    html(b,
        "<section class=\"stack\" aria-labelledby=\"newest\"><h2 id=\"newest\">Newest orders</h2>");
    k.rows = part_rows_open(&rows, S("The newest orders"), columns, ARRAY_LEN(columns));
    TRY(order_list(r->c, &f, one, &k));
    part_rows_close(&k.rows);
    if (k.shown > 0)
        buf_add(b, buf_str(&rows));
    else
        html(b, "<p class=\"muted\">No orders yet. They appear here the moment someone buys.</p>");
    html(b, "</section>\n");
    return E_OK;
}

static enum err overview(struct req *r)
{
    struct buf *b = NULL;
    TRY(console_open(
        r, &(struct console_head) { .title = S("Overview"), .here = S("/admin") }, &b));
    html(b, "<h1>Overview</h1>\n");
    TRY(needs(r, b));
    TRY(today(r, b));
    TRY(newest_orders(r, b));
    console_close(r);
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/admin", SHAPE_READ, NULL, overview, NULL, 0, ALLOW_ADMIN | ALLOW_VIEWER, ROUTE_PAGE,
        0, "The console: what needs a person." },
};
const struct routes console_overview_routes = { table, ARRAY_LEN(table) };
