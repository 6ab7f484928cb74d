#include "checkout/checkout_page.h"

#include "invoice/invoice.h"
#include "order/order_part.h"
#include "payment/back.h"
#include "web/page.h"

/* /order/{number}: status, sentence, bill, and what happened in a few lines. */

static void event(struct buf *b, enum tone tone, enum icon icon, struct str words, int64_t at_ms)
{
    if (at_ms == 0)
        return;
    part_event_open(
        b, &(struct part_event) { .tone = tone, .icon = icon, .title = words, .at_ms = at_ms });
    part_event_close(b);
}

static void attempt_events(struct buf *b, const struct attempt *k)
{
    struct arena *a = b->arena;
    const struct gateway *g = gateway_by_id(k->gateway);
    struct str gateway = g != NULL ? g->title : S("");
    if (k->session_id.n > 0)
        event(b, TONE_INFO, ICON_SEND, SAY_WITH(a, STORY_OPENED, { "gateway", gateway }),
            k->created_ms);
    if (k->status == ATTEMPT_CAPTURED)
        event(b, TONE_OK, ICON_CHECK, SAY(STORY_PAID), k->captured_ms);
}

/* What waits for somebody of the business, or failed, is no news for the buyer. */
static void refund_event(struct buf *b, const struct refund *r)
{
    struct arena *a = b->arena;
    struct str sum = money_text(a, r->amount);
    if (r->status == REFUND_SUCCEEDED)
        event(b, TONE_REST, ICON_BACK, SAY_WITH(a, STORY_BACK, { "sum", sum }), r->done_ms);
    else if (r->status == REFUND_PENDING && r->sent_ms > 0)
        event(b, TONE_WAIT, ICON_CLOCK, SAY_WITH(a, STORY_GOES_BACK, { "sum", sum }), r->sent_ms);
}

enum {
    STORY_ATTEMPTS = 3,
    STORY_REFUNDS = 3
};

/* Oldest first, at most a few lines. */
static void story(struct buf *b, const struct shown *s)
{
    size_t from = s->attempts > STORY_ATTEMPTS ? s->attempts - STORY_ATTEMPTS : 0;
    html(b, "<section class=\"stack\"><h2>", SAY(STORY), "</h2>");
    part_story_open(b);
    event(b, TONE_REST, ICON_BOX, SAY(STORY_PLACED), s->order.created_ms);
    for (size_t i = from; i < s->attempts; i++)
        attempt_events(b, &s->attempt[i]);
    for (size_t i = s->refunds > STORY_REFUNDS ? s->refunds - STORY_REFUNDS : 0; i < s->refunds;
         i++)
        refund_event(b, &s->refund[i]);
    part_story_close(b);
    html(b, "</section>\n");
}

/* What a period or a change costs is paid from here: its page is opened when somebody wants it.
 * Pressed twice it is one page; once that has ended, another. */
static void pay_form(struct req *r, struct buf *b, const struct shown *s)
{
    struct arena *a = b->arena;
    struct str order, token;
    struct money total = { s->order.total_minor, s->order.currency };
    str_cut(s->query, '&', &order, &token);
    struct str number = order_number(a, &s->order);
    part_form_open(b,
        &(struct part_form) {
            .action = str_fmt(a, "/order/%.*s/pay?%.*s", SARG(number), SARG(token)),
            .csrf = r->csrf,
            .key = str_fmt(a, "pay-%.*s-%zu", SARG(number), s->attempts) });
    part_button(b,
        &(struct part_button) { .words = SAY_WITH(a, PAY, { "total", money_text(a, total) }),
            .icon = ICON_LOCK,
            .pays = true });
    part_form_close(b);
    html(b, "\n");
}

static void next_step(struct req *r, struct buf *b, const struct shown *s)
{
    struct arena *a = b->arena;
    const struct ctx *c = r->c;
    if (order_can_be_paid(c, &s->order) && !shown_is_open(c, s)) {
        pay_form(r, b, s);
        return;
    }
    enum order_status status = s->order.status;
    struct money total = { s->order.total_minor, s->order.currency };
    struct part_button next = {
        .kind = BUTTON_QUIET, .words = SAY(BACK_TO_STORE), .href = S("/store")
    };
    if (shown_is_open(c, s))
        next = (struct part_button) { .words = SAY_WITH(a, PAY, { "total", money_text(a, total) }),
            .icon = ICON_LOCK,
            .href = shown_go_url(a, s) };
    else if (status == ORDER_FAILED || status == ORDER_PENDING)
        next = (struct part_button) { .words = SAY(TRY_AGAIN),
            .href = str_fmt(a, "/payment/cancelled?%.*s", SARG(s->query)) };
    else if (s->order.kind == ORDER_ONCE && (status == ORDER_EXPIRED || status == ORDER_CANCELLED))
        next = (struct part_button) { .words = SAY(ORDER_AGAIN), .href = shown_basket_url(a, s) };
    html(b, "<p class=\"row\">");
    part_button(b, &next);
    html(b, "</p>\n");
}

/* Each of the order's papers, with the token of who has no session. */
static void papers(struct buf *b, const struct shown *s, const struct invoice *i, size_t n)
{
    struct str order, token;
    str_cut(s->query, '&', &order, &token);
    for (size_t k = 0; k < n; k++) {
        part_fact_open(b, invoice_kind_words(i[k].kind));
        html(b, "<a href=\"/account/invoices/", invoice_id(b->arena, &i[k]), ".pdf?", token, "\">",
            invoice_number(b->arena, &i[k]), "</a>");
        part_fact_close(b);
    }
}

/* With the bill it is the receipt, on paper too. */
static enum err receipt(struct req *r, struct buf *b, const struct shown *s)
{
    struct invoice *i = NULL;
    size_t n = 0;
    TRY(invoices_of(r->c, s->order.n, &i, &n));
    const struct site *site = site_of(r->c);
    const struct order *o = &s->order;
    html(b, "\n");
    part_facts_open(b);
    part_fact_open(b, SAY(FACT_DATE));
    part_time(b, o->completed_ms > 0 ? o->completed_ms : o->created_ms);
    part_fact_close(b);
    part_fact(b, SAY(FACT_PAID_WITH), str_sentence(b->arena, s->with));
    if (o->email.n > 0) {
        part_fact_open(b, SAY(FACT_FOR));
        part_mail(b, o->email);
        part_fact_close(b);
    }
    part_fact(b, SAY(FACT_STATEMENT), o->total_minor > 0 ? site->statement : S(""));
    papers(b, s, i, n);
    part_facts_close(b);
    return E_OK;
}

static enum err write(struct req *r, const struct shown *s)
{
    struct arena *a = r->c->arena;
    struct str number = order_number(a, &s->order);
    struct buf *b = page_open(r,
        &(struct page_head) {
            .title = str_fmt(
                a, "%.*s – %.*s", SARG(order_word(s->order.status, ORDER_FOR_BUYER)), SARG(number)),
            .live = order_is_final(s->order.status)
                ? S("")
                : str_fmt(a, "/order/%.*s?%.*s", SARG(number), SARG(s->query)),
            .version = s->order.version,
        });
    html(b, "<div class=\"intro\"><h1>", SAY(ORDER), " <span class=\"nb\">", number,
        "</span></h1><p>");
    order_badge(b, s->order.status, ORDER_FOR_BUYER);
    html(b, "</p><p>", shown_sentence(a, s), "</p></div>\n");
    next_step(r, b, s);
    html(b, "<div class=\"pair\"><section class=\"card stack\"><h2>", SAY(YOUR_ORDER), "</h2>");
    shown_bill(b, s);
    TRY(receipt(r, b, s));
    html(b, "</section>\n");
    story(b, s);
    html(b, "</div>");
    page_close(r);
    return E_OK;
}

static enum err show(struct req *r)
{
    struct order o;
    struct shown s;
    int64_t version = -1;
    TRY(req_wait(r));
    TRY(req_query_i64(r, "version", 0, INT64_MAX, &version));
    TRY(checkout_order(r, r->params[0], &o));
    bool news = order_is_final(o.status) || (version >= 0 && o.version > version);
    if (!news && !r->wait.last) {
        req_park(r, order_topic(r->c->arena, &o));
        return E_OK;
    }
    TRY(shown_load(r, &o, &s));
    return write(r, &s);
}

static enum err parse_pay(struct req *r)
{
    struct order_pay *k = r->in;
    bool given = false;
    k->order = r->params[0];
    return req_query(r, "t", &given, &k->token);
}

static const struct route table[] = {
    { "GET", "/order/{number}", SHAPE_WAIT, NULL, show, NULL, 0, ALLOW_ANYONE,
        ROUTE_PAGE | ROUTE_FORM, 0,
        "One order for its buyer; ?t= is a guest's link, ?wait= answers when it changes." },
    { "POST", "/order/{number}/pay", SHAPE_CALL, parse_pay, NULL, &order_pay_operation,
        sizeof(struct order_pay), ALLOW_ANYONE, ROUTE_PAGE | ROUTE_FORM | ROUTE_MONEY, 4096,
        "Its button: leads to a page at the gateway; ?t= is a guest's link." },
};
const struct routes order_pages = { table, ARRAY_LEN(table) };
