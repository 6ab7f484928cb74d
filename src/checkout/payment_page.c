#include "checkout/checkout_page.h"

#include "base/clock.h"
#include "order/order_part.h"
#include "payment/prompt.h"
#include "web/page.h"

/* From our page to the gateway's and back: the hand-off, /payment/success, /payment/cancelled.
 * They say what is known: "paid" stands there only when settle has said so. */

enum {
    RETURN_WAIT_MS = 3000, /* most buyers see nothing but the result */
    LONG_S = 60
};

static struct money total_of(const struct shown *s)
{
    return (struct money) { s->order.total_minor, s->order.currency };
}

/* ---- the hand-off */

static void write_go(struct req *r, const struct shown *s)
{
    struct arena *a = r->c->arena;
    struct str title = SAY_WITH(a, GO, { "gateway", s->gateway });
    struct buf *b = page_open(r,
        &(struct page_head) { .title = title, .narrow = true, .refresh = s->last->checkout_url });
    membership_progress(b, s, MEMBERSHIP_PAY);
    html(b, "<section class=\"card stack\"><h1>", title, "</h1><p>");
    struct str before, after,
        words = SAY_WITH(a, GO_TO_PAY, { "shop", site_of(r->c)->name }, { "total", S("\n") });
    str_cut(words, '\n', &before, &after);
    html(b, before, "<strong class=\"money total-vt\">", money_text_code(a, total_of(s)),
        "</strong>", after, "</p>\n");
    part_button(b,
        &(struct part_button) { .words = SAY_WITH(a, GO_ON, { "gateway", s->gateway }),
            .pays = true,
            .href = s->last->checkout_url });
    html(b, "<p>");
    part_button(b,
        &(struct part_button) { .kind = BUTTON_PLAIN,
            .words = SAY(BACK_TO_ORDER),
            .href = str_fmt(a, "/payment/cancelled?%.*s", SARG(s->query)) });
    html(b, "</p></section>");
    page_close(r);
}

static void write_go_ended(struct req *r, const struct shown *s)
{
    struct buf *b = page_open(r, &(struct page_head) { .title = SAY(GO_ENDED), .narrow = true });
    html(b, "<section class=\"card stack\"><h1>", SAY(GO_ENDED), "</h1><p>", SAY(GO_ENDED_MORE),
        "</p>\n");
    part_button(b,
        &(struct part_button) { .words = SAY(GO_NEW),
            .href = str_fmt(b->arena, "/payment/cancelled?%.*s", SARG(s->query)) });
    html(b, "</section>");
    page_close(r);
}

static enum err go(struct req *r)
{
    struct ctx *c = r->c;
    struct id id;
    struct attempt a;
    struct order o;
    struct shown s;
    if (!id_parse(S("att"), r->params[0], &id))
        return fail(c, NOT_FOUND, "there is no such payment page");
    TRY(attempt_get(c, id, &a));
    TRY(order_by_n(c, a.order_n, &o));
    TRY(checkout_order(r, order_id(c->arena, &o), &o));
    TRY(shown_load(r, &o, &s));
    s.last = &a;
    const struct gateway *g = gateway_by_id(a.gateway);
    s.gateway = g != NULL ? g->title : S("");
    if (o.status != ORDER_PENDING && o.status != ORDER_FAILED && o.status != ORDER_EXPIRED &&
        o.status != ORDER_CANCELLED)
        answer_redirect(r, 303, str_fmt(c->arena, "/payment/success?%.*s", SARG(s.query)));
    else if (shown_is_open(c, &s) && attempt_by_phone(&a)) /* our own page: nowhere to go to */
        answer_redirect(r, 303, phone_page_path(c->arena, &s, &a));
    else if (shown_is_open(c, &s))
        write_go(r, &s);
    else
        write_go_ended(r, &s);
    return E_OK;
}

/* ---- coming back */

static void facts(struct req *r, struct buf *b, const struct shown *s)
{
    struct arena *a = b->arena;
    struct str with = s->with;
    if (with.n > 0 && s->gateway.n > 0)
        with = SAY_WITH(a, FACT_BY, { "method", with }, { "gateway", s->gateway });
    part_facts_open(b);
    part_fact_open(b, SAY(FACT_ORDER));
    html(b, "<span class=\"nb\">", order_number(a, &s->order), "</span>");
    part_fact_close(b);
    part_fact(b, SAY(FACT_PAID_WITH), str_sentence(a, with));
    if (s->order.credits > 0 && s->order.status == ORDER_COMPLETED)
        part_fact(b, SAY(FACT_CREDITS),
            SAY_WITH(a, FACT_ADDED, { "n", number_text(a, s->order.credits) }));
    part_fact(b, SAY(FACT_STATEMENT), s->order.total_minor > 0 ? site_of(r->c)->statement : S(""));
    if (s->order.email.n > 0 && s->order.status == ORDER_COMPLETED) {
        part_fact_open(b, SAY(FACT_RECEIPT));
        html(b, SAY(FACT_GOES_TO), " ");
        part_mail(b, s->order.email);
        part_fact_close(b);
    }
    part_facts_close(b);
}

static void order_button(struct buf *b, const struct shown *s, enum button_kind kind)
{
    struct str order, token;
    str_cut(s->query, '&', &order, &token);
    part_button(b,
        &(struct part_button) { .words = SAY(SEE_ORDER),
            .kind = kind,
            .pays = true,
            .href = str_fmt(b->arena, "/order/%.*s?%.*s", SARG(order_number(b->arena, &s->order)),
                SARG(token)) });
}

/* What came of it, where that is more than thanks. */
static void headline(struct buf *b, const struct shown *s)
{
    struct arena *a = b->arena;
    struct str before, after;
    html(b, "<h1>");
    if (membership_name(a, s).n > 0) {
        html(b, SAY_WITH(a, MEMBER_WELCOME, { "plan", membership_name(a, s) }));
    } else if (s->order.credits == 0) {
        html(b, order_headline(ORDER_COMPLETED));
    } else if (s->balance < 0) {
        html(b, SAY_WITH(a, PAID_CREDITS, { "n", number_text(a, s->order.credits) }));
    } else {
        str_cut(SAY_WITH(a, PAID_BALANCE, { "n", S("\n") }), '\n', &before, &after);
        html(b, before);
        part_balance(b, s->balance);
        html(b, after);
    }
    html(b, "</h1>");
}

static void write_paid(struct req *r, const struct shown *s)
{
    struct arena *a = r->c->arena;
    const struct site *site = site_of(r->c);
    struct str number = order_number(a, &s->order);
    struct buf *b = page_open(r,
        &(struct page_head) { .title = str_fmt(a, "%.*s – %.*s",
                                  SARG(order_word(ORDER_COMPLETED, ORDER_FOR_BUYER)), SARG(number)),
            .narrow = true });
    membership_progress(b, s, MEMBERSHIP_DONE);
    html(b, "<section class=\"card stack\">");
    part_tick(b);
    headline(b, s);
    part_money_big(b, total_of(s));
    facts(r, b, s);
    html(b, "<div class=\"stack tight\">");
    if (s->order.success_url.n > 0)
        part_button(b,
            &(struct part_button) { .words = SAY_WITH(a, BACK_TO, { "shop", site->name }),
                .pays = true,
                .href = s->order.success_url });
    order_button(b, s, s->order.success_url.n > 0 ? BUTTON_QUIET : BUTTON_FILLED);
    if (membership_name(a, s).n > 0)
        part_button(b,
            &(struct part_button) { .words = SAY(MEMBER_YOURS),
                .kind = BUTTON_QUIET,
                .pays = true,
                .href = S("/membership") });
    if (s->balance >= 0)
        part_button(b,
            &(struct part_button) { .words = SAY(YOUR_CREDITS),
                .kind = BUTTON_QUIET,
                .pays = true,
                .href = S("/account/credits") });
    html(b, "</div></section>");
    page_close(r);
}

/* since: when the buyer came back, so that a long wait is called one. */
static struct str live_url(struct ctx *c, const struct shown *s, int64_t since_s)
{
    return str_fmt(c->arena, "/payment/success?%.*s&since=%lld", SARG(s->query),
        (long long)(since_s > 0 ? since_s : c->wall_ms / 1000));
}

static void write_waiting(struct req *r, const struct shown *s, int64_t since_s)
{
    struct ctx *c = r->c;
    struct arena *a = c->arena;
    struct str gateway = s->gateway.n > 0 ? s->gateway : S("the payment provider");
    struct str title = SAY_WITH(a, WAITING_FOR, { "gateway", gateway }),
               live = live_url(c, s, since_s);
    bool is_long = since_s > 0 && c->wall_ms / 1000 - since_s >= LONG_S;
    bool on_its_way = s->order.status == ORDER_PROCESSING; /* days, perhaps */
    if (on_its_way)
        title = order_headline(ORDER_PROCESSING);
    struct buf *b = page_open(r,
        &(struct page_head) {
            .title = title, .narrow = true, .live = live, .version = s->order.version });
    membership_progress(b, s, MEMBERSHIP_PAY);
    html(b, "<section class=\"card stack\"><p>");
    order_badge(b, s->order.status, ORDER_FOR_BUYER);
    html(b, "</p><h1>", title, "</h1><p>",
        on_its_way    ? shown_sentence(a, s)
            : is_long ? SAY(WAITING_LONG)
                      : SAY(WAITING_MORE),
        "</p>");
    facts(r, b, s);
    html(b, "<p>");
    part_button(b,
        &(struct part_button) { .words = SAY(CHECK_NOW),
            .busy = str_fmt(a, "%.*s…", SARG(title)),
            .href =
                str_fmt(a, "%.*s&wait=25&version=%lld", SARG(live), (long long)s->order.version) });
    html(b, "</p></section>");
    page_close(r);
}

/* Anything else: its words, and what can be done now. */
static void write_other(struct req *r, const struct shown *s)
{
    struct arena *a = r->c->arena;
    enum order_status status = s->order.status;
    struct buf *b =
        page_open(r, &(struct page_head) { .title = order_headline(status), .narrow = true });
    if (status == ORDER_FAILED)
        membership_progress(b, s, MEMBERSHIP_PAY);
    html(b, "<section class=\"card stack\"><p>");
    order_badge(b, status, ORDER_FOR_BUYER);
    html(b, "</p><h1>", order_headline(status), "</h1><p>", shown_sentence(a, s), "</p>");
    facts(r, b, s);
    html(b, "<div class=\"stack tight\">");
    bool unpaid = (status == ORDER_EXPIRED || status == ORDER_CANCELLED) &&
        s->order.risk != ORDER_RISK_REFUSE;
    bool member = membership_name(a, s).n > 0; /* chooses again on pages of its own */
    if (status == ORDER_FAILED)
        part_button(b,
            &(struct part_button) { .words = SAY(TRY_AGAIN),
                .pays = true,
                .href = member ? membership_url_of(a, s)
                               : str_fmt(a, "/payment/cancelled?%.*s", SARG(s->query)) });
    else if (unpaid)
        part_button(b,
            &(struct part_button) {
                .words = SAY(ORDER_AGAIN), .pays = true, .href = shown_basket_url(a, s) });
    order_button(b, s, status == ORDER_FAILED || unpaid ? BUTTON_QUIET : BUTTON_FILLED);
    html(b, "</div></section>");
    page_close(r);
}

static void write_for_stranger(struct req *r, const struct shown *s)
{
    struct str number = order_number(r->c->arena, &s->order);
    struct buf *b = page_open(r, &(struct page_head) { .title = number, .narrow = true });
    html(b, "<section class=\"card stack\"><h1>", number, "</h1><p>");
    order_badge(b, s->order.status, ORDER_FOR_BUYER);
    html(b, "</p><p>", SAY(SIGN_IN_TO_SEE), "</p>\n");
    part_button(b,
        &(struct part_button) { .words = SAY(SIGN_IN),
            .pays = true,
            .href = str_fmt(b->arena, "/login?next=%%2Forder%%2F%.*s", SARG(number)) });
    html(b, "</section>");
    page_close(r);
}

/* Guides have the gateway name its session in the address; it is exchanged for the order's own, so
 * that it stands in no history and in nobody's Referer. */
static enum err by_session(struct req *r, struct str session)
{
    struct ctx *c = r->c;
    const struct notice named = { .session_id = session };
    struct attempt k;
    struct order o;
    bool found = false;
    for (enum gateway_id g = GATEWAY_NONE + 1; g < GATEWAY_COUNT && !found; g++)
        TRY(attempt_of_notice(c, g, &named, &found, &k));
    if (!found)
        return fail(c, NOT_FOUND, "there is no such payment page");
    TRY(order_by_n(c, k.order_n, &o));
    answer_redirect(
        r, 303, str_fmt(c->arena, "/payment/success?order=%.*s", SARG(order_id(c->arena, &o))));
    return E_OK;
}

/* The addresses of the guides. */
static enum err guides_success(struct req *r)
{
    struct str session = S("");
    bool given = false;
    TRY(req_query(r, "session_id", &given, &session));
    if (given)
        return by_session(r, session);
    answer_redirect(r, 303, S("/account"));
    return E_OK;
}

static bool settled(enum order_status s)
{
    return order_is_final(s);
}

/* ?wait= and ?version= as the API; without them a moment for the confirmation that is on its way.
 */
static enum err wait_for_news(struct req *r, bool *ret_asked, int64_t *ret_version)
{
    bool given = false;
    struct str wait;
    *ret_version = -1;
    TRY(req_query(r, "wait", &given, &wait));
    TRY(req_query_i64(r, "version", 0, INT64_MAX, ret_version));
    *ret_asked = given;
    if (given || r->wait.last)
        return req_wait(r);
    if (r->wait.until_mono_ms == 0)
        r->wait.until_mono_ms = clock_mono_ms() + RETURN_WAIT_MS;
    return E_OK;
}

/* A gateway that knows one way back only adds to it how the buyer left; he may say so of himself,
 * for nothing follows but the page that he sees (R30). */
static enum err came_back_unpaid(struct req *r, const struct shown *s, bool *ret)
{
    bool given = false;
    struct str said;
    TRY(req_query(r, "status", &given, &said));
    *ret = given && str_eq(said, S("cancelled")) && !s->stranger &&
        (s->order.status == ORDER_PENDING || s->order.status == ORDER_FAILED);
    return E_OK;
}

static enum err success(struct req *r)
{
    struct shown s;
    bool unpaid = false;
    int64_t version = -1, since_s = 0;
    bool asked = false;
    struct str session = S("");
    TRY(req_query(r, "session_id", &asked, &session));
    if (asked)
        return by_session(r, session);
    TRY(wait_for_news(r, &asked, &version));
    TRY(req_query_i64(r, "since", 0, INT64_MAX, &since_s));
    TRY(shown_from_query(r, &s));
    enum order_status status = s.order.status;
    TRY(checkout_looked(r, &s.order));
    TRY(came_back_unpaid(r, &s, &unpaid));
    if (unpaid) {
        answer_redirect(r, 303, str_fmt(r->c->arena, "/payment/cancelled?%.*s", SARG(s.query)));
        return E_OK;
    }
    bool news = settled(status) || (version >= 0 && s.order.version > version);
    if (!news && !r->wait.last) {
        req_park(r, order_topic(r->c->arena, &s.order));
        return E_OK;
    }
    if (s.stranger)
        write_for_stranger(r, &s);
    else if (status == ORDER_COMPLETED)
        write_paid(r, &s);
    else if (!settled(status))
        write_waiting(r, &s, since_s);
    else
        write_other(r, &s);
    return E_OK;
}

/* ---- coming back without having paid */

static void ways_out(struct req *r, struct buf *b, const struct shown *s)
{
    struct arena *a = b->arena;
    part_form_open(b,
        &(struct part_form) {
            .action = str_fmt(a, "/payment/cancelled?%.*s", SARG(s->query)), .csrf = r->csrf });
    html(b, "<div class=\"stack tight\">");
    if (shown_is_open(r->c, s))
        part_button(b,
            &(struct part_button) {
                .words = SAY_WITH(a, PAY, { "total", money_text(a, total_of(s)) }),
                .icon = ICON_LOCK,
                .pays = true,
                .href = shown_go_url(a, s),
            });
    html(b, "<button class=\"btn ", shown_is_open(r->c, s) ? "quiet " : "",
        "wide\" name=\"do\" value=\"change\">",
        shown_is_open(r->c, s) ? SAY(CHANGE) : SAY(TRY_AGAIN), "</button>");
    html(b, "<button class=\"btn plain wide\" name=\"do\" value=\"cancel\">", SAY(CANCEL),
        "</button></div>");
    part_form_close(b);
}

static enum err cancelled(struct req *r)
{
    struct shown s;
    TRY(shown_from_query(r, &s));
    enum order_status status = s.order.status;
    if (s.stranger) {
        write_for_stranger(r, &s);
        return E_OK;
    }
    /* It was paid meanwhile, or it is over: that page knows. */
    if (status != ORDER_PENDING && status != ORDER_FAILED) {
        answer_redirect(r, 303, str_fmt(r->c->arena, "/payment/success?%.*s", SARG(s.query)));
        return E_OK;
    }
    bool failed = status == ORDER_FAILED;
    struct str title = failed ? order_headline(status) : SAY(CAME_BACK);
    struct buf *b = page_open(r, &(struct page_head) { .title = title, .narrow = true });
    html(b, "<section class=\"card stack\"><div class=\"intro\"><p>");
    order_badge(b, status, ORDER_FOR_BUYER);
    html(b, "</p><h1>", title, "</h1><p>", shown_sentence(b->arena, &s), "</p></div>\n");
    shown_bill(b, &s);
    ways_out(r, b, &s);
    html(b, "</section>");
    page_close(r);
    return E_OK;
}

/* change: its coupon is free again, and the confirm page opens with what was in it. */
static enum err give_up(struct req *r)
{
    struct ctx *c = r->c;
    struct shown s;
    struct str act = S("");
    bool given = false;
    TRY(req_form(r, "do", &given, &act));
    TRY(shown_from_query(r, &s));
    if (s.stranger)
        return fail(c, NOT_FOUND, "there is no such order");
    TRY(order_lock(c, s.order.n, &s.order));
    bool waiting = s.order.status == ORDER_PENDING || s.order.status == ORDER_FAILED;
    if (waiting)
        TRY(payment_give_up(c, &s.order, ORDER_CANCELLED, S("cancelled by the buyer")));
    bool again = str_eq(act, S("change")) && s.order.status == ORDER_CANCELLED;
    answer_redirect(r, 303,
        again ? shown_basket_url(c->arena, &s)
              : str_fmt(c->arena, "/payment/success?%.*s", SARG(s.query)));
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/checkout/go/{attempt}", SHAPE_READ, NULL, go, NULL, 0, ALLOW_ANYONE, ROUTE_PAGE, 0,
        "The hand-off to the gateway's page; ?t= is a guest's link." },
    { "GET", "/payment/success", SHAPE_WAIT, NULL, success, NULL, 0, ALLOW_ANYONE, ROUTE_PAGE, 0,
        "Where a gateway sends the buyer back to: ?order= &t= &wait= &version=; ?session_id= is "
        "exchanged for the order." },
    { "GET", "/payment-success", SHAPE_READ, NULL, guides_success, NULL, 0, ALLOW_ANYONE,
        ROUTE_PAGE, 0, "The guides' address of it: ?session_id=." },
    { "GET", "/dashboard", SHAPE_READ, NULL, guides_success, NULL, 0, ALLOW_ANYONE, ROUTE_PAGE, 0,
        "The guides' address of the account, and of it after a payment: ?session_id=." },
    { "GET", "/payment/cancelled", SHAPE_READ, NULL, cancelled, NULL, 0, ALLOW_ANYONE,
        ROUTE_PAGE | ROUTE_FORM, 0, "Where a gateway sends who did not pay: ?order= &t=." },
    { "POST", "/payment/cancelled", SHAPE_WRITE, NULL, give_up, NULL, 0, ALLOW_ANYONE, ROUTE_PAGE,
        4096, "Give the order up: do=cancel, or do=change to order anew with what was in it." },
};
const struct routes payment_pages = { table, ARRAY_LEN(table) };
