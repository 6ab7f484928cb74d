#include "console/console_page.h"

#include "base/clock.h"
#include "order/order_part.h"
#include "web/list.h"
#include "web/part.h"

/* /admin/reviews: payments that do not match, and the decision about one. */

static struct str age_words(struct arena *a, int64_t ms)
{
    int64_t minutes = ms / 60000;
    if (minutes < 60)
        return str_fmt(a, "%lld min", (long long)minutes);
    if (minutes < 48 * 60)
        return str_fmt(a, "%lld h", (long long)(minutes / 60));
    return str_fmt(a, "%lld days", (long long)(minutes / 60 / 24));
}

struct listing {
    struct list list;
    struct part_rows rows;
};

static enum err one(struct ctx *c, const struct order *o, void *arg)
{
    struct listing *l = arg;
    struct buf *b = l->rows.b;
    struct str number = order_number(c->arena, o);
    if (!list_room(&l->list, o->n))
        return E_OK;
    part_row(&l->rows);
    part_cell(&l->rows);
    html(b, "<a href=\"/admin/reviews/", number, "\">", number, "</a>");
    part_cell(&l->rows);
    part_money(b, (struct money) { o->total_minor, o->currency });
    part_cell(&l->rows);
    html(b, age_words(c->arena, c->now_ms - o->created_ms));
    part_cell(&l->rows);
    html(b, o->reason);
    part_cell(&l->rows);
    html(b, o->email);
    return E_OK;
}

static enum err reviews(struct req *r)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("Order"), .whole = true },
        { .label = S_INIT("Total"), .number = true, .whole = true },
        { .label = S_INIT("Age"), .whole = true },
        { .label = S_INIT("What does not match"), .full = true },
        { .label = S_INIT("Mail"), .any = true, .full = true, .muted = true },
    };
    struct listing l = { 0 };
    struct buf *b = NULL;
    struct buf rows = BUF(r->c->arena);
    TRY(req_page(r, &l.list.page));
    struct order_filter f = {
        .status = ORDER_REVIEW, .after_n = l.list.page.after_n, .limit = list_want(&l.list)
    };
    TRY(console_open(
        r, &(struct console_head) { .title = S("Reviews"), .here = S("/admin/reviews") }, &b));
    html(b,
        "<h1>Reviews</h1>\n<p class=\"lead\">Payments that do not match their order. Nothing is handed out until a person decides.</p>\n");
    TRY(console_note(r, b));
    l.rows = part_rows_open(&rows, S("Reviews, newest first"), columns, ARRAY_LEN(columns));
    TRY(order_list(r->c, &f, one, &l));
    part_rows_close(&l.rows);
    if (l.list.shown == 0) {
        part_empty(b,
            &(struct part_empty) { .icon = ICON_CHECK,
                .title = S("Nothing to decide"),
                .sentence = S("A payment of another amount, or a second one, would be here."),
                .href = S("/admin/orders"),
                .action = S("See all orders") });
    } else {
        buf_add(b, buf_str(&rows));
        part_pages(b,
            &(struct part_pages) { .shown = l.list.shown,
                .older = console_older(r, S("/admin/reviews"), S(""), &l.list) });
    }
    console_close(r);
    return E_OK;
}

/* ---- one */

struct review {
    struct order order;
    struct attempt *attempt;
    size_t attempts;
    const struct attempt *came; /* the first on which money was seen; NULL: none */
    size_t with_money;
    /* What was typed, when the form comes back. */
    struct str choice, reason, choice_error, reason_error;
};

static enum err load(struct req *r, struct review *ret)
{
    TRY(order_get(r->c, r->params[0], &ret->order));
    TRY(attempts_of(r->c, ret->order.n, &ret->attempt, &ret->attempts));
    for (size_t i = 0; i < ret->attempts; i++)
        if (attempt_has_money(&ret->attempt[i]) && ret->with_money++ == 0)
            ret->came = &ret->attempt[i];
    return E_OK;
}

static void pair(struct buf *b, const char *label, struct str value, bool differs)
{
    html(b, "<div><dt>", label, "</dt><dd class=\"any\">", value);
    if (differs) {
        html(b, " ");
        part_badge(b, TONE_ODD, ICON_ALERT, S("Differs"));
    }
    html(b, "</dd></div>");
}

static struct money came_of(const struct attempt *a)
{
    return attempt_is_held(a) ? a->amount : a->came;
}

static void write_columns(struct buf *b, const struct review *v)
{
    const struct order *o = &v->order;
    struct money total = { o->total_minor, o->currency };
    const struct attempt *a = v->came;
    bool second = o->completed_ms > 0;
    html(b,
        "<div class=\"cards\"><section class=\"card stack tight\" aria-labelledby=\"want\"><h2 id=\"want\">What we expected</h2><dl class=\"facts pairs\">");
    pair(b, "Amount", second ? S("Nothing more: it is paid") : money_text_code(b->arena, total),
        false);
    pair(b, "Gateway", a != NULL ? console_gateway_title(a->gateway) : S("None"), false);
    pair(b, "Session", a != NULL && a->session_id.n > 0 ? a->session_id : S("None"), false);
    html(b,
        "</dl></section>\n<section class=\"card stack tight\" aria-labelledby=\"came\"><h2 id=\"came\">What arrived</h2><dl class=\"facts pairs\">");
    if (a == NULL) {
        pair(b, "Payment", S("None that could be accepted"), true);
    } else {
        struct money came = came_of(a);
        pair(b, "Amount",
            came.minor == 0 ? S("The gateway does not say") : money_text_code(b->arena, came),
            second || came.cur != total.cur || came.minor != total.minor);
        pair(b, "Gateway", console_gateway_title(a->gateway), false);
        pair(b, "Session", a->session_id.n > 0 ? a->session_id : S("None"), false);
        pair(b, "In the books", attempt_is_held(a) ? S("Held as unexplained") : S("Not booked"),
            false);
    }
    html(b, "</dl></section></div>\n");
}

static enum err events_of(struct ctx *c, const struct event *e, void *arg)
{
    struct buf *b = arg;
    html(b, "<li><span class=\"row\">");
    console_event_badge(b, e->status);
    html(b, "<a href=\"/admin/webhooks/", event_id(c->arena, e), "\">", e->name,
        "</a></span><span class=\"small muted\">");
    part_time_exact(b, e->received_ms);
    html(b, "</span></li>");
    return E_OK;
}

static enum err write_events(struct req *r, struct buf *b, const struct review *v)
{
    struct event_filter f = { .status = -1, .order_n = v->order.n, .limit = 10 };
    html(b,
        "<section class=\"card stack tight\" aria-labelledby=\"raw\"><h2 id=\"raw\">What the gateway sent</h2><ul class=\"links\">");
    TRY(event_list(r->c, &f, events_of, b));
    html(b, "</ul><p><a href=\"/admin/orders/", order_number(b->arena, &v->order),
        "\">The order’s whole story</a></p></section>\n");
    return E_OK;
}

/* ---- each choice says what it does, in figures; one that cannot be, why not */

static struct part_pick accept_pick(struct buf *b, const struct review *v, const struct attempt *a)
{
    struct money total = { v->order.total_minor, v->order.currency }, came = came_of(a);
    bool unsaid = came.minor == 0;
    return (struct part_pick) {
        .value = str_fmt(b->arena, "accept:%.*s", SARG(attempt_id(b->arena, a))),
        .words = v->with_money == 1
            ? S("Accept as paid")
            : str_fmt(b->arena, "Accept session %.*s as paid", SARG(a->session_id)),
        .more = str_fmt(b->arena,
            "%.*s is booked as this order’s payment; the order is completed and the receipt sent.",
            SARG(money_text_code(b->arena, unsaid ? total : came))),
        .why = v->order.completed_ms > 0 ? S("The order is paid already.")
            : came.cur != total.cur      ? S("It came in another currency: give it back.")
                                         : S(""),
    };
}

static struct part_pick no_accept_pick(void)
{
    return (struct part_pick) {
        .value = S("accept"),
        .words = S("Accept as paid"),
        .more = S("A payment becomes this order’s; the order is completed and the receipt sent."),
        .why = S("There is no payment that could be accepted."),
    };
}

static struct part_pick refunded_pick(struct buf *b, const struct review *v)
{
    bool paid = v->order.completed_ms > 0, held = v->came != NULL && attempt_is_held(v->came);
    const char *then = paid ? "stays what it was" : "is cancelled";
    struct str sum = held ? money_text_code(b->arena, v->came->amount) : S("");
    bool second = held && attempt_began_second(&v->order, v->came);
    return (struct part_pick) {
        .value = S("refunded"),
        .words = S("What came was given back by hand"),
        .more = held ? str_fmt(b->arena, "%.*s leaves the books again; the order %s%s%.*s%s.",
                           SARG(sum), then, second ? ", and the plan that it began at " : "",
                           SARG(second ? console_gateway_title(v->came->gateway) : S("")),
                           second ? " is ended there" : "")
                     : str_fmt(b->arena, "Nothing was booked; the order %s.", then),
        .why = paid && v->came == NULL ? S("Nothing came on top of the order’s payment.") : S(""),
    };
}

static struct part_pick sale_refunded_pick(struct buf *b, const struct attempt *paid)
{
    return (struct part_pick) {
        .value = S("sale_refunded"),
        .words = S("The order’s payment went back"),
        .more = str_fmt(b->arena,
            "%.*s leaves the books; the order is refunded, and the buyer is told.",
            SARG(money_text_code(b->arena, paid->amount))),
    };
}

static struct part_pick dismiss_pick(struct buf *b, const struct review *v)
{
    bool held = v->came != NULL && attempt_is_held(v->came);
    return (struct part_pick) {
        .value = S("dismiss"),
        .words = S("Nothing to do"),
        .more = v->order.completed_ms > 0 ? S("The order stays what it was before.")
                                          : S("The order is cancelled; no money is booked."),
        .why = held ? str_fmt(b->arena, "%.*s is held: accept it, or give it back first.",
                          SARG(money_text_code(b->arena, v->came->amount)))
                    : S(""),
    };
}

static struct part_picks picks_of(struct buf *b, const struct review *v)
{
    const struct attempt *paid = attempt_paid(v->attempt, v->attempts);
    struct part_pick *pick = arena_array(b->arena, struct part_pick, v->with_money + 4);
    size_t n = 0;
    for (size_t i = 0; i < v->attempts; i++)
        if (attempt_has_money(&v->attempt[i]))
            pick[n++] = accept_pick(b, v, &v->attempt[i]);
    if (n == 0)
        pick[n++] = no_accept_pick();
    pick[n++] = refunded_pick(b, v);
    if (paid != NULL && paid->refunded_minor == 0)
        pick[n++] = sale_refunded_pick(b, paid);
    pick[n++] = dismiss_pick(b, v);
    return (struct part_picks) {
        .name = S("choice"),
        .legend = S("What shall happen?"),
        .chosen = v->choice,
        .error = v->choice_error,
        .pick = pick,
        .n = n,
    };
}

/* One that is held can go back from here; its review is over when it has. */
static void write_ways_back(struct buf *b, const struct review *v)
{
    for (size_t i = 0; i < v->attempts; i++) {
        const struct attempt *a = &v->attempt[i];
        struct str sum = money_text_code(b->arena, a->amount);
        if (!attempt_is_held(a) || a->amount.minor == 0)
            continue;
        if (a->reserved_minor > 0) {
            html(b, "<p>", sum, " of ", console_gateway_title(a->gateway),
                " is on its way back. <a href=\"/admin/orders/", order_number(b->arena, &v->order),
                "\">How it stands</a></p>");
            continue;
        }
        html(b, "<p>");
        part_button(b,
            &(struct part_button) { .kind = BUTTON_QUIET,
                .words = str_fmt(b->arena, "Give back %.*s of %.*s%s", SARG(sum),
                    SARG(console_gateway_title(a->gateway)),
                    attempt_began_second(&v->order, a) ? ", and end its plan there" : ""),
                .href = str_fmt(b->arena, "/admin/orders/%.*s/refund?payment=%.*s",
                    SARG(order_number(b->arena, &v->order)),
                    SARG(id_text(b->arena, S("pay"), a->id))) });
        html(b, "</p>");
    }
}

static void write_form(struct req *r, struct buf *b, const struct review *v)
{
    struct part_picks picks = picks_of(b, v);
    struct part_field fields[] = {
        { .name = S("choice"), .error = v->choice_error },
        { .name = S("reason"),
            .label = S("Reason"),
            .hint = S("For whoever reads this later; it goes into the audit trail."),
            .type = S("textarea"),
            .value = v->reason,
            .error = v->reason_error,
            .max = 500 },
    };
    html(b,
        "<section class=\"card stack\" aria-labelledby=\"decide\"><h2 id=\"decide\">Decide</h2>");
    write_ways_back(b, v);
    part_form_open(b,
        &(struct part_form) { .action = str_fmt(b->arena, "/admin/reviews/%.*s",
                                  SARG(order_number(b->arena, &v->order))),
            .csrf = r->csrf,
            .key = console_key(r),
            .tried = part_has_errors(fields, 2) });
    part_picks(b, &picks);
    part_field(b, &fields[1]);
    html(b, "<p>");
    part_button(
        b, &(struct part_button) { .words = S("Resolve the review"), .busy = S("Resolving…") });
    html(b, "</p>");
    part_form_close(b);
    html(b, "</section>\n");
}

/* Somebody was faster, or it is no review any more. */
static void write_over(struct buf *b, const struct review *v)
{
    part_note_open(b, &(struct part_note) { .tone = TONE_INFO, .icon = ICON_EYE });
    html(b, "<p>This review is over: the order is now ");
    order_badge(b, v->order.status, ORDER_FOR_CONSOLE);
    html(b, ". <a href=\"/admin/orders/", order_number(b->arena, &v->order),
        "?show=people\">Who decided, and why</a></p>");
    part_note_close(b);
}

static enum err write_review(struct req *r, const struct review *v)
{
    struct buf *b = NULL;
    struct str number = order_number(r->c->arena, &v->order);
    bool errors = v->choice_error.n + v->reason_error.n > 0;
    const struct part_field fields[] = { { .name = S("choice"), .error = v->choice_error },
        { .name = S("reason"), .error = v->reason_error } };
    TRY(console_open(r,
        &(struct console_head) { .title = str_fmt(r->c->arena, "Review of %.*s", SARG(number)),
            .here = S("/admin/reviews"),
            .errors = errors },
        &b));
    console_crumb(b, S("/admin/reviews"), S("Reviews"));
    part_summary(b, fields, ARRAY_LEN(fields));
    html(b, "<h1>Review of <span class=\"nb\">", number, "</span></h1>\n");
    TRY(console_note(r, b));
    if (v->order.status != ORDER_REVIEW) {
        write_over(b, v);
        console_close(r);
        return E_OK;
    }
    part_note_open(b, &(struct part_note) { .tone = TONE_ODD, .icon = ICON_EYE });
    html(b, "<p>Why it is here: ", v->order.reason, ".</p>");
    part_note_close(b);
    write_columns(b, v);
    TRY(write_events(r, b, v));
    if (console_may(r, CONSOLE_FINANCE))
        write_form(r, b, v);
    else
        html(b, "<p class=\"muted\">People with the role finance or owner decide this.</p>");
    console_close(r);
    return E_OK;
}

static enum err review(struct req *r)
{
    struct review v = { .choice = S("") };
    TRY(load(r, &v));
    return write_review(r, &v);
}

/* ---- POST /admin/reviews/{number} */

struct deciding {
    struct review_decision said;
    struct str choice; /* as typed: "accept:att_…" */
    bool wrong;
};

static bool read_choice(struct deciding *in)
{
    struct str choice = in->choice;
    str_cut(in->choice, ':', &choice, &in->said.attempt);
    return review_choice_parse(choice, &in->said.choice);
}

static enum err again_read(struct ctx *c, void *arg)
{
    struct req *r = arg;
    struct deciding in = *(const struct deciding *)r->in;
    struct review v = { .choice = in.choice, .reason = in.said.reason };
    (void)c;
    TRY(load(r, &v));
    if (!read_choice(&in))
        v.choice_error = S("Choose what shall happen");
    if (str_trim(in.said.reason).n == 0)
        v.reason_error = S("Say why, in a few words");
    return write_review(r, &v);
}

static void decide_again(struct req *r, const struct error_shown *e)
{
    const struct deciding *in = r->in;
    r->error_page = NULL;
    if (in->wrong && console_read(r->c, again_read, r) == E_OK)
        return;
    console_error(r, e);
}

static enum err decide_parse(struct req *r)
{
    struct deciding *in = r->in;
    struct str reason = S("");
    TRY(console_field(r, "choice", &in->choice));
    TRY(console_field(r, "reason", &reason));
    in->said.reason = str_trim(reason);
    in->wrong = !read_choice(in) || in->said.reason.n == 0 || reason.n > 500;
    if (!in->wrong)
        return E_OK;
    r->error_page = decide_again;
    return fail(r->c, INVALID_REQUEST, "choose what shall happen, and say why");
}

static enum err decide(struct req *r)
{
    const struct deciding *in = r->in;
    struct order o;
    TRY(console_resolve(r->c, r->params[0], &in->said, &o));
    console_after(r,
        str_fmt(r->c->arena, "/admin/orders/%.*s", SARG(order_number(r->c->arena, &o))),
        "resolved");
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/admin/reviews", SHAPE_READ, NULL, reviews, NULL, 0, ALLOW_ADMIN | ALLOW_VIEWER,
        ROUTE_PAGE, 0, "The console: payments that do not match." },
    { "GET", "/admin/reviews/{number}", SHAPE_READ, NULL, review, NULL, 0,
        ALLOW_ADMIN | ALLOW_VIEWER, ROUTE_PAGE, 0,
        "The console: what was expected, what arrived." },
    { "POST", "/admin/reviews/{number}", SHAPE_WRITE, decide_parse, decide, NULL,
        sizeof(struct deciding), ALLOW_ADMIN | ALLOW_FINANCE, ROUTE_PAGE | ROUTE_MONEY, 0,
        "The console: the decision about a review." },
};
const struct routes console_reviews_routes = { table, ARRAY_LEN(table) };
