#include "console/console_page.h"
#include "invoice/invoice.h"

#include "customer/customer.h"
#include "order/order_part.h"
#include "payment/back.h"
#include "web/part.h"

/* /admin/orders/{number}: the whole story of one order, and what may be done about it. */

static struct money of(const struct order *o, int64_t minor)
{
    return (struct money) { minor, o->currency };
}

/* What one may do; where there is no arrow, why not. */
static void write_deeds(struct req *r, struct buf *b, const struct chain *k)
{
    const struct order *o = &k->order;
    struct str path = str_fmt(b->arena, "/admin/orders/%.*s", SARG(k->about));
    bool asks = false;
    html(b, "<div class=\"row\">");
    if (o->status == ORDER_REVIEW)
        part_button(b,
            &(struct part_button) { .words = console_may(r, CONSOLE_FINANCE)
                    ? S("Decide the review")
                    : S("See the review"),
                .href = str_fmt(b->arena, "/admin/reviews/%.*s", SARG(k->about)) });
    for (size_t i = 0; i < k->attempts; i++)
        asks = asks || k->attempt[i].session_id.n > 0;
    for (size_t i = 0; i < k->attempts && console_may(r, CONSOLE_FINANCE); i++)
        if (attempt_refundable(&k->attempt[i]) > 0 && o->status != ORDER_REVIEW)
            part_button(b,
                &(struct part_button) { .kind = BUTTON_QUIET,
                    .small = true,
                    .words = S("Refund"),
                    .href = str_fmt(b->arena, "%.*s/refund", SARG(path)) });
    if (console_may(r, CONSOLE_SUPPORT)) {
        if (asks)
            console_deed(r, b,
                &(struct console_deed) { .action = str_fmt(b->arena, "%.*s/ask", SARG(path)),
                    .words = S("Ask the gateway now"),
                    .busy = S("Asking…") });
        if (o->completed_ms > 0)
            console_deed(r, b,
                &(struct console_deed) { .action = str_fmt(b->arena, "%.*s/resend", SARG(path)),
                    .words = S("Resend receipt") });
        if (o->status == ORDER_PENDING || o->status == ORDER_FAILED)
            console_deed(r, b,
                &(struct console_deed) { .action = str_fmt(b->arena, "%.*s/cancel", SARG(path)),
                    .words = S("Cancel the order"),
                    .danger = true });
        else if (o->status != ORDER_CANCELLED)
            html(b, "<span class=\"small muted\">Cannot be cancelled: ",
                str_lower(b->arena, order_word(o->status, ORDER_FOR_CONSOLE)), ".</span>");
    }
    part_button(b,
        &(struct part_button) { .kind = BUTTON_PLAIN,
            .small = true,
            .words = S("Explain as text"),
            .href = str_fmt(b->arena, "/admin/explain/%.*s", SARG(k->about)) });
    html(b, "</div>\n");
}

/* A page that may or may not be open at the gateway. */
static void write_unknown(struct buf *b, const struct chain *k)
{
    for (size_t i = 0; i < k->attempts; i++) {
        if (k->attempt[i].status != ATTEMPT_UNKNOWN)
            continue;
        part_note_open(b, &(struct part_note) { .tone = TONE_WAIT, .icon = ICON_ALERT });
        html(b, "<p>Nobody knows yet whether ", console_gateway_title(k->attempt[i].gateway),
            " opened a page for this order: its answer was lost. When it is asked next is in the "
            "story.</p>");
        part_note_close(b);
    }
}

static enum err write_head(struct req *r, struct buf *b, const struct chain *k)
{
    const struct order *o = &k->order;
    struct customer who;
    html(b, "<h1 class=\"any\">", k->about, "</h1>\n<p class=\"row\">");
    order_badge(b, o->status, ORDER_FOR_CONSOLE);
    part_money(b, of(o, o->total_minor));
    if (o->email.n > 0)
        html(b,
            "<span><a class=\"any\" href=\"/admin/orders?email=", url_encode(b->arena, o->email),
            "\">", o->email, "</a></span>");
    if (o->customer_n > 0) {
        TRY(customer_by_n(r->c, o->customer_n, &who));
        html(b, "<span>Customer <a class=\"any\" href=\"/admin/customers/",
            id_text(b->arena, S("cus"), who.id), "\">", who.external_id, "</a></span>");
    }
    console_risk_badge(b, k);
    html(b, "</p>\n");
    write_deeds(r, b, k);
    if (o->reason.n > 0) {
        bool odd = o->status == ORDER_REVIEW;
        part_note_open(b,
            &(struct part_note) {
                .tone = odd ? TONE_ODD : TONE_REST, .icon = odd ? ICON_EYE : ICON_DOTS });
        html(b, "<p>", odd ? S("A person has to decide: ") : S("Why: "), o->reason, ".</p>");
        part_note_close(b);
    }
    write_unknown(b, k);
    return E_OK;
}

/* Total, paid, refunded, kept: four figures that add up. */
static void write_money(struct buf *b, const struct chain *k)
{
    const struct order *o = &k->order;
    int64_t paid = 0, back = 0, held = 0, lost = 0;
    for (size_t i = 0; i < k->attempts; i++) {
        const struct attempt *a = &k->attempt[i];
        if (a->status != ATTEMPT_CAPTURED)
            continue;
        if (a->extra && attempt_back(a) == 0)
            held += a->amount.minor;
        else if (!a->extra)
            paid += a->amount.minor;
        back += a->extra ? 0 : a->refunded_minor;
        lost += a->extra ? 0 : a->lost_minor;
    }
    html(b,
        "<section class=\"card stack tight\" aria-labelledby=\"money\"><h2 id=\"money\">Money</h2>");
    part_bill_open(b, S("What came and what went"));
    part_bill_item(b,
        &(struct part_item) {
            .words = S("Order total"), .quantity = 1, .amount = of(o, o->total_minor) });
    part_bill_item(
        b, &(struct part_item) { .words = S("Paid"), .quantity = 1, .amount = of(o, paid) });
    part_bill_foot(b);
    if (back > 0)
        part_bill_line(b, S("Given back"), of(o, -back));
    if (lost > 0)
        part_bill_line(b, S("Lost in a dispute"), of(o, -lost));
    part_bill_total(b, S("Kept"), of(o, paid - back - lost));
    part_bill_close(b);
    if (held > 0) {
        html(b, "<p class=\"row\">");
        part_badge(b, TONE_ODD, ICON_EYE, S("Held, unexplained"));
        part_money(b, of(o, held));
        html(b, "</p>");
    }
    html(b, "</section>\n");
}

static enum err write_lines(struct ctx *c, struct buf *b, const struct order *o)
{
    struct order_line *line = NULL;
    size_t n = 0;
    TRY(order_lines(c, o, &line, &n));
    html(b,
        "<section class=\"card stack tight\" aria-labelledby=\"lines\"><h2 id=\"lines\">Lines</h2>");
    part_bill_open(b, S("What was bought"));
    for (size_t i = 0; i < n; i++)
        part_bill_item(b,
            &(struct part_item) { .words = line[i].name,
                .more = line[i].price,
                .quantity = line[i].quantity,
                .amount = of(o, line[i].amount_minor) });
    part_bill_foot(b);
    if (o->discount_minor > 0)
        part_bill_line(b,
            o->coupon.n > 0 ? str_fmt(b->arena, "Discount (%.*s)", SARG(o->coupon)) : S("Discount"),
            of(o, -o->discount_minor));
    if (o->tax_minor > 0)
        part_bill_line(b,
            str_fmt(b->arena, "%.*s%s%s%.*s", SARG(order_tax_words(b->arena, o)),
                o->tax_inclusive ? ", included" : "", o->country.n > 0 ? ", " : "",
                SARG(o->country)),
            of(o, o->tax_minor));
    part_bill_total(b, S("Total"), of(o, o->total_minor));
    part_bill_close(b);
    html(b, "</section>\n");
    return E_OK;
}

static enum err write_invoices(struct ctx *c, struct buf *b, const struct order *o)
{
    struct invoice *i = NULL;
    size_t n = 0;
    TRY(invoices_of(c, o->n, &i, &n));
    if (n == 0)
        return E_OK;
    html(b,
        "<section class=\"card stack tight\" aria-labelledby=\"invoices\"><h2 id=\"invoices\">Invoices</h2><ul class=\"links\">");
    for (size_t k = 0; k < n; k++) {
        struct str number = invoice_number(b->arena, &i[k]);
        html(b, "<li><a href=\"/account/invoices/", number, ".pdf\">", number, "</a> ");
        part_money(b, of(o, i[k].total_minor));
        html(b, "<p class=\"small muted\">", invoice_kind_words(i[k].kind), "</p></li>");
    }
    html(b, "</ul></section>\n");
    return E_OK;
}

static void write_attempts(struct buf *b, const struct chain *k)
{
    if (k->attempts == 0)
        return;
    html(b,
        "<section class=\"card stack tight\" aria-labelledby=\"attempts\"><h2 id=\"attempts\">Attempts</h2><ul class=\"links\">");
    for (size_t i = 0; i < k->attempts; i++) {
        const struct attempt *a = &k->attempt[i];
        html(b, "<li><span class=\"row\">");
        console_attempt_badge(b, a);
        html(b, "<span>", console_gateway_title(a->gateway), "</span>");
        part_money(b, a->amount);
        html(
            b, "</span><span class=\"small muted any\"><code>", attempt_id(b->arena, a), "</code>");
        if (a->confirmed_by.n > 0)
            html(b, " confirmed by ", a->confirmed_by);
        if (a->method_last4.n > 0)
            html(b, ", ", attempt_method_words(b->arena, a));
        if (a->judged.n > 0)
            html(b, ", risk ", a->judged, " by ", console_gateway_title(a->gateway));
        if (a->judged_why.n > 0)
            html(b, " (", a->judged_why, ")");
        if (a->why.n > 0)
            html(b, ", ", a->why);
        if (a->route.n > 0)
            html(b, "<br>", a->route);
        html(b, "</span></li>");
    }
    html(b, "</ul></section>\n");
}

static enum err one_dispute(struct ctx *c, const struct dispute *d, void *arg)
{
    struct buf *b = arg;
    html(b, "<li><span class=\"row\">");
    console_dispute_badge(b, d->status);
    part_money(b, d->amount);
    html(b, "</span><a href=\"/admin/disputes/", dispute_id(c->arena, d), "\">",
        dispute_reason_words(c->arena, d), "</a></li>");
    return E_OK;
}

static enum err write_disputes(struct ctx *c, struct buf *b, const struct order *o)
{
    struct dispute_filter f = { .status = -1, .order_n = o->n, .limit = 20 };
    struct buf list = BUF(b->arena);
    TRY(dispute_list(c, &f, one_dispute, &list));
    if (list.n == 0)
        return E_OK;
    html(b,
        "<section class=\"card stack tight\" aria-labelledby=\"disputes\"><h2 id=\"disputes\">Disputes</h2><ul class=\"links\">");
    buf_add(b, buf_str(&list));
    html(b, "</ul></section>\n");
    return E_OK;
}

static void write_ids(struct buf *b, const struct order *o)
{
    html(b, "<section class=\"card stack tight\" aria-labelledby=\"ids\"><h2 id=\"ids\">Ids</h2>");
    struct str id = order_id(b->arena, o);
    part_box(b, &(struct part_box) { .id = S("order-id"), .label = S("Order id"), .text = id });
    part_box(b,
        &(struct part_box) { .id = S("api"),
            .label = S("The same over the API"),
            .text = str_fmt(b->arena,
                "curl -H 'Authorization: Bearer $KEY' \\\n  $SITE/api/admin/orders/%.*s",
                SARG(id)) });
    html(b, "</section>\n");
}

static enum err kind_asked(struct req *r, enum chain_kind *ret)
{
    struct str show;
    bool given = false;
    TRY(req_query(r, "show", &given, &show));
    *ret = CHAIN_KIND_COUNT;
    for (size_t i = 0; given && i < CHAIN_KIND_COUNT; i++)
        if (str_eq(chain_kind_text((enum chain_kind)i), show))
            *ret = (enum chain_kind)i;
    return E_OK;
}

static void write_story(struct buf *b, const struct chain *k, enum chain_kind kind)
{
    static const struct {
        enum chain_kind kind;
        struct str words;
    } tabs[] = { { CHAIN_KIND_COUNT, S_INIT("All") }, { CHAIN_MONEY, S_INIT("Money") },
        { CHAIN_GATEWAY, S_INIT("Gateway") }, { CHAIN_MAIL, S_INIT("Mail") },
        { CHAIN_PEOPLE, S_INIT("People") } };
    struct part_link links[ARRAY_LEN(tabs)];
    struct str here = S("");
    for (size_t i = 0; i < ARRAY_LEN(tabs); i++) {
        links[i].words = tabs[i].words;
        links[i].href = tabs[i].kind == CHAIN_KIND_COUNT
            ? str_fmt(b->arena, "/admin/orders/%.*s", SARG(k->about))
            : str_fmt(b->arena, "/admin/orders/%.*s?show=%.*s", SARG(k->about),
                  SARG(chain_kind_text(tabs[i].kind)));
        if (tabs[i].kind == kind)
            here = links[i].href;
    }
    html(b,
        "<section class=\"stack\" aria-labelledby=\"story\"><h2 id=\"story\">Story, newest first</h2>");
    part_tabs(b, S("What to show"), links, ARRAY_LEN(links), here);
    console_story(b, k, kind);
    html(b, "</section>\n");
}

static enum err story(struct req *r)
{
    struct order o;
    struct chain k;
    struct buf *b = NULL;
    enum chain_kind kind = CHAIN_KIND_COUNT;
    TRY(order_get(r->c, r->params[0], &o));
    TRY(chain_of(r->c, order_number(r->c->arena, &o), &k));
    TRY(kind_asked(r, &kind));
    TRY(console_open(
        r, &(struct console_head) { .title = k.about, .here = S("/admin/orders") }, &b));
    console_crumb(b, S("/admin/orders"), S("Orders"));
    TRY(console_note(r, b));
    TRY(write_head(r, b, &k));
    html(b, "<div class=\"split told\">\n");
    write_money(b, &k);
    write_story(b, &k, kind);
    html(b, "<div class=\"stack loose\">\n");
    TRY(console_order_refunds(r, b, &k.order));
    TRY(write_lines(r->c, b, &k.order));
    TRY(write_invoices(r->c, b, &k.order));
    write_attempts(b, &k);
    console_risk(r, b, &k);
    TRY(write_disputes(r->c, b, &k.order));
    write_ids(b, &k.order);
    html(b, "</div></div>");
    console_close(r);
    return E_OK;
}

/* ---- GET /admin/explain/{id}: the same chain as text, of anything that has one */

static enum err explain(struct req *r)
{
    struct chain k;
    struct buf *b = NULL;
    struct buf text = BUF(r->c->arena);
    TRY(chain_of(r->c, r->params[0], &k));
    TRY(console_open(
        r, &(struct console_head) { .title = k.about, .here = S("/admin/orders") }, &b));
    if (k.has_order)
        console_crumb(b, str_fmt(b->arena, "/admin/orders/%.*s", SARG(k.about)), k.about);
    else
        console_crumb(b, S("/admin"), S("Overview"));
    html(b, "<h1>What happened to <span class=\"any\">", k.about, "</span></h1>\n");
    chain_text(&text, &k);
    part_box(b,
        &(struct part_box) {
            .id = S("explain"), .label = S("What happened"), .text = buf_str(&text) });
    console_close(r);
    return E_OK;
}

/* ---- deeds */

static struct str path_of(struct req *r)
{
    return str_fmt(r->c->arena, "/admin/orders/%.*s", SARG(url_encode(r->c->arena, r->params[0])));
}

static enum err cancel(struct req *r)
{
    struct order o;
    TRY(console_cancel(r->c, r->params[0], &o));
    console_after(r, path_of(r), "cancelled");
    return E_OK;
}

static enum err resend(struct req *r)
{
    TRY(console_resend(r->c, r->params[0]));
    console_after(r, path_of(r), "resent");
    return E_OK;
}

static enum err ask(struct req *r)
{
    struct str words;
    TRY(console_ask(r->c, r->params[0], &words));
    console_after(r, path_of(r), "asked");
    return E_OK;
}

enum {
    LOOKS = ALLOW_ADMIN | ALLOW_VIEWER,
    HELPS = ALLOW_ADMIN | ALLOW_SUPPORT
};
static const struct route table[] = {
    { "GET", "/admin/orders/{number}", SHAPE_READ, NULL, story, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: one order's whole story." },
    { "GET", "/admin/explain/{id}", SHAPE_READ, NULL, explain, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: what happened to anything that has an id, as text." },
    { "POST", "/admin/orders/{number}/cancel", SHAPE_WRITE, NULL, cancel, NULL, 0, HELPS,
        ROUTE_PAGE, 0, "The console: give an unpaid order up." },
    { "POST", "/admin/orders/{number}/resend", SHAPE_WRITE, NULL, resend, NULL, 0, HELPS,
        ROUTE_PAGE, 0, "The console: send the receipt again." },
    { "POST", "/admin/orders/{number}/ask", SHAPE_CALL, NULL, ask, NULL, 0, HELPS, ROUTE_PAGE, 0,
        "The console: ask the gateway about an order's payments now." },
};
const struct routes console_story_routes = { table, ARRAY_LEN(table) };
