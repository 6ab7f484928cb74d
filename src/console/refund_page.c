#include "console/console_page.h"
#include "refund/refund.h"
#include "web/part.h"

/* /admin/orders/{number}/refund[?payment=pay_…]: what shall go back, then what that will do, then
 * doing it.  The form says the total that shall be back after it, so that sending it twice changes
 * nothing. */

struct form {
    struct str number, payment; /* payment: empty: the order's own */
    struct str what, total, currency, already, reason, reference, deed;
    struct refunding in; /* what it asks for */
    struct str what_error, total_error, reason_error, reference_error;
    struct str note; /* why it was not done */
    struct order o;
    struct attempt a;
    bool has_payment, by_hand;
};

/* ---- reading */

static enum err read_fields(struct req *r, struct form *f)
{
    struct str by_hand = S("");
    *f = (struct form) { .number = r->params[0], .in = { .already_minor = -1 } };
    TRY(console_field(r, "payment", &f->payment));
    TRY(console_field(r, "what", &f->what));
    TRY(console_field(r, "total", &f->total));
    TRY(console_field(r, "currency", &f->currency));
    TRY(console_field(r, "already", &f->already));
    TRY(console_field(r, "reason", &f->reason));
    TRY(console_field(r, "reference", &f->reference));
    TRY(console_field(r, "by_hand", &by_hand));
    TRY(console_field(r, "do", &f->deed));
    f->reason = str_trim(f->reason);
    f->reference = str_trim(f->reference);
    f->in.by_hand = str_eq(by_hand, S("yes"));
    return E_OK;
}

static void read_total(struct form *f)
{
    enum currency cur = CUR_NONE;
    int64_t total = 0;
    if (!currency_parse(f->currency, &cur) ||
        !decimal_parse(str_trim(f->total), currency_digits(cur), &total)) {
        f->total_error = S("Enter an amount such as 12.50");
        return;
    }
    if (f->in.already_minor < 0) {
        f->total_error = S("This form is incomplete: open it once more");
        return;
    }
    f->in.amount_minor = total - f->in.already_minor;
    if (f->in.amount_minor <= 0)
        f->total_error = S("So much is back or on its way already: there is nothing to do");
}

/* Without the store: what can be told from the form alone. */
static void judge(struct ctx *c, struct form *f)
{
    f->in.order = f->number;
    f->in.payment = f->payment;
    f->in.reason = f->reason;
    f->in.reference = f->in.by_hand ? f->reference : S("");
    f->in.id = id_new(c);
    if (!str_to_i64(f->already, &f->in.already_minor) || f->in.already_minor < 0)
        f->in.already_minor = -1;
    if (str_eq(f->what, S("part")))
        read_total(f);
    else if (!str_eq(f->what, S("all")))
        f->what_error = S("Choose how much goes back");
    if (f->reason.n == 0 || f->reason.n > REFUND_TEXT_MAX || !str_is_text(f->reason))
        f->reason_error = S("Say why, in a few words");
    if (f->in.by_hand && (f->reference.n == 0 || !str_is_text(f->reference)))
        f->reference_error = S("Say how it went back");
}

static bool has_errors(const struct form *f)
{
    return f->what_error.n + f->total_error.n + f->reason_error.n + f->reference_error.n > 0;
}

static enum err load(struct ctx *c, struct form *f)
{
    struct attempt *k = NULL;
    size_t n = 0;
    TRY(order_get(c, f->number, &f->o));
    TRY(attempts_of(c, f->o.n, &k, &n));
    const struct attempt *paid = f->payment.n > 0 ? NULL : attempt_paid(k, n);
    for (size_t i = 0; f->payment.n > 0 && i < n; i++)
        if (str_eq(id_text(c->arena, S("pay"), k[i].id), f->payment))
            paid = &k[i];
    f->has_payment = paid != NULL;
    if (paid == NULL)
        return f->payment.n > 0 ? fail(c, NOT_FOUND, "there is no such payment") : E_OK;
    const struct gateway *g = gateway_by_id(paid->gateway);
    f->a = *paid;
    f->by_hand = g == NULL || (g->can & GATEWAY_CAN_REFUND) == 0;
    return E_OK;
}

/* ---- showing */

static struct money of(const struct form *f, int64_t minor)
{
    return (struct money) { minor, f->a.amount.cur };
}

static struct str gateway_title(const struct form *f)
{
    return console_gateway_title(f->a.gateway);
}

static void write_bill(struct buf *b, const struct form *f, int64_t now)
{
    const int64_t left = f->a.amount.minor - attempt_back(&f->a) - f->a.reserved_minor - now;
    part_bill_open(b, S("What was paid and what goes back"));
    part_bill_item(
        b, &(struct part_item) { .words = S("Paid"), .quantity = 1, .amount = f->a.amount });
    part_bill_foot(b);
    if (f->a.refunded_minor > 0)
        part_bill_line(b, S("Given back so far"), of(f, -f->a.refunded_minor));
    if (f->a.lost_minor > 0)
        part_bill_line(b, S("Lost to a dispute"), of(f, -f->a.lost_minor));
    if (f->a.reserved_minor > 0)
        part_bill_line(b, S("On its way"), of(f, -f->a.reserved_minor));
    if (now > 0)
        part_bill_line(b, S("This refund"), of(f, -now));
    part_bill_total(b, now > 0 ? S("Left afterwards") : S("Left"), of(f, left));
    part_bill_close(b);
}

static void hidden(struct buf *b, const char *name, struct str value)
{
    html(b, "<input type=\"hidden\" name=\"", name, "\" value=\"", value, "\">");
}

static struct str number_words(struct arena *a, int64_t n)
{
    return str_fmt(a, "%lld", (long long)n);
}

static void hide_state(struct buf *b, const struct form *f)
{
    hidden(b, "currency", currency_code(f->a.amount.cur));
    hidden(b, "already", number_words(b->arena, f->a.refunded_minor + f->a.reserved_minor));
    if (f->payment.n > 0)
        hidden(b, "payment", f->payment);
    if (f->by_hand)
        hidden(b, "by_hand", S("yes"));
}

/* ---- first step: how much, and why */

static struct part_picks picks_of(struct buf *b, const struct form *f)
{
    struct part_pick *pick = arena_array(b->arena, struct part_pick, 2);
    struct money all = of(f, f->a.amount.minor - f->a.lost_minor);
    pick[0] = (struct part_pick) { .value = S("all"),
        .words = S("Everything that is left"),
        .more =
            str_fmt(b->arena, "%.*s will have gone back.", SARG(money_text_code(b->arena, all))) };
    pick[1] = (struct part_pick) { .value = S("part"),
        .words = S("Another total"),
        .more = S("The total below will have gone back.") };
    return (struct part_picks) {
        .name = S("what"),
        .legend = S("How much goes back in all?"),
        .chosen = f->what.n > 0 ? f->what : S("all"),
        .error = f->what_error,
        .pick = pick,
        .n = f->a.extra ? 1 : 2,
    };
}

static struct part_field total_field(struct buf *b, const struct form *f)
{
    return (struct part_field) { .name = S("total"),
        .label = str_fmt(b->arena, "Total, in %.*s", SARG(currency_code(f->a.amount.cur))),
        .hint = S("The total after this, not an addition. Sending it twice changes nothing."),
        .value = f->total,
        .error = f->total_error,
        .inputmode = S("decimal"),
        .optional = true,
        .max = 20 };
}

static struct part_field reason_field(const struct form *f)
{
    return (struct part_field) { .name = S("reason"),
        .label = S("Reason"),
        .hint = S("For whoever reads this later; the buyer does not see it."),
        .type = S("textarea"),
        .value = f->reason,
        .error = f->reason_error,
        .max = REFUND_TEXT_MAX };
}

static struct part_field reference_field(const struct form *f)
{
    return (struct part_field) { .name = S("reference"),
        .label = S("How it went back"),
        .hint = S("A transfer’s number, or where in the dashboard."),
        .value = f->reference,
        .error = f->reference_error,
        .max = REFUND_TEXT_MAX };
}

static void write_first(struct req *r, struct buf *b, const struct form *f)
{
    struct part_picks picks = picks_of(b, f);
    struct part_field total = total_field(b, f), reason = reason_field(f),
                      reference = reference_field(f);
    html(b, "<section class=\"card stack\">");
    write_bill(b, f, 0);
    if (f->by_hand) {
        part_note_open(b, &(struct part_note) { .tone = TONE_WAIT, .icon = ICON_ALERT });
        html(b, "<p>", gateway_title(f),
            " has no refund call. Send the money back there, then record it here as given back by "
            "hand.</p>");
        part_note_close(b);
    }
    if (f->a.extra)
        html(b,
            "<p>This payment is no order’s: it is held, and goes back whole. Its review is over "
            "then",
            attempt_began_second(&f->o, &f->a)
                ? ", and the plan that it began is ended at its gateway"
                : "",
            ".</p>");
    part_form_open(b,
        &(struct part_form) { .action = str_fmt(b->arena, "/admin/orders/%.*s/refund",
                                  SARG(order_number(b->arena, &f->o))),
            .csrf = r->csrf,
            .key = console_key(r), /* every POST here has one, also who only looks */
            .tried = has_errors(f) });
    hide_state(b, f);
    part_picks(b, &picks);
    if (!f->a.extra)
        part_field(b, &total);
    part_field(b, &reason);
    if (f->by_hand)
        part_field(b, &reference);
    html(b, "<p>");
    part_button(b,
        &(struct part_button) {
            .words = S("Show what will happen"), .name = S("do"), .value = S("look") });
    html(b, "</p>");
    part_form_close(b);
    html(b, "</section>\n");
}

/* ---- second step: what will happen */

static void write_taken(struct buf *b, const struct refund_preview *v)
{
    const struct grant_taking *k = &v->taken;
    if (k->credits > 0)
        html(b, "<li>", number_text(b->arena, k->credits),
            k->credits == 1 ? " credit is" : " credits are", " taken back.</li>");
    if (k->owed > 0)
        html(b, "<li>", number_text(b->arena, k->owed),
            " more were spent: they are owed, and come out of what the customer gets next.</li>");
    if (k->plan)
        html(b, "<li>The plan ends now. Where its gateway renews it, it is ended there, too.</li>");
    if (k->before.n > 0)
        html(
            b, "<li>The plan goes back to ", k->before, ", which it was before this payment.</li>");
    if (k->credits + k->owed == 0 && !k->plan && k->before.n == 0)
        html(b, "<li>Nothing that was handed out is taken back.</li>");
}

static void write_way(struct buf *b, const struct form *f, const struct refund_preview *v)
{
    struct str sum = money_text_code(b->arena, v->amount);
    if (f->by_hand)
        html(b, "<li>", sum, " is recorded as given back by hand.</li>");
    else
        html(b, "<li>", sum, " goes back to ", attempt_method_words(b->arena, &f->a), " by ",
            gateway_title(f), ".</li>");
    if (v->approval)
        html(b, "<li>It is sent when a second person has agreed; until then it is reserved.</li>");
    if (v->held)
        html(b, "<li>Refunds are switched off: it is reserved, and sent when they are on.</li>");
    if (f->o.email.n > 0)
        html(b, "<li>The buyer is told by mail once it is certain.</li>");
}

static void write_second(
    struct req *r, struct buf *b, const struct form *f, const struct refund_preview *v)
{
    struct str action =
        str_fmt(b->arena, "/admin/orders/%.*s/refund", SARG(order_number(b->arena, &f->o)));
    html(b,
        "<section class=\"card stack\" aria-labelledby=\"then\"><h2 id=\"then\">What will happen</h2>");
    write_bill(b, f, v->amount.minor);
    html(b, "<ul>");
    write_way(b, f, v);
    write_taken(b, v);
    html(b, "</ul>");
    part_form_open(
        b, &(struct part_form) { .action = action, .csrf = r->csrf, .key = console_key(r) });
    hide_state(b, f);
    hidden(b, "what", f->what);
    hidden(b, "total", f->total);
    hidden(b, "reason", f->reason);
    hidden(b, "reference", f->reference);
    html(b, "<p class=\"row\">");
    part_button(b,
        &(struct part_button) { .kind = BUTTON_DANGER,
            .words = str_fmt(b->arena, "%s %.*s", f->by_hand ? "Record" : "Give back",
                SARG(money_text(b->arena, v->amount))),
            .busy = S("Sending…"),
            .name = S("do"),
            .value = S("send") });
    part_button(b,
        &(struct part_button) { .kind = BUTTON_QUIET,
            .words = S("Change"),
            .name = S("do"),
            .value = S("change"),
            .any = true });
    html(b, "</p>");
    part_form_close(b);
    html(b, "</section>\n");
}

/* ---- the page */

static enum err write_page(struct req *r, struct form *f, const struct refund_preview *second)
{
    struct buf *b = NULL;
    const struct part_field fields[] = { { .name = S("what"), .error = f->what_error },
        { .name = S("total"), .error = f->total_error },
        { .name = S("reason"), .error = f->reason_error },
        { .name = S("reference"), .error = f->reference_error } };
    struct str number = order_number(r->c->arena, &f->o);
    TRY(console_open(r,
        &(struct console_head) { .title = str_fmt(r->c->arena, "Refund of %.*s", SARG(number)),
            .here = S("/admin/orders"),
            .errors = has_errors(f) },
        &b));
    console_crumb(b, str_fmt(b->arena, "/admin/orders/%.*s", SARG(number)), number);
    part_summary(b, fields, ARRAY_LEN(fields));
    html(b, "<h1>Refund of <span class=\"nb\">", number, "</span></h1>\n");
    if (f->note.n > 0) {
        part_note_open(
            b, &(struct part_note) { .tone = TONE_BAD, .icon = ICON_ALERT, .news = true });
        html(b, "<p>", f->note, ".</p>");
        part_note_close(b);
    }
    if (second != NULL)
        write_second(r, b, f, second);
    else if (f->has_payment && attempt_refundable(&f->a) > 0)
        write_first(r, b, f);
    console_close(r);
    return E_OK;
}

/* Is there anything that could go back?  If not, the sentence that says why. */
static enum err look(struct ctx *c, struct form *f, const struct refunding *in, bool *ret_ok,
    struct refund_preview *ret)
{
    enum err e = refund_look_at(c, in, ret);
    *ret_ok = e == E_OK;
    if (e != E_CONFLICT && e != E_OK)
        return e;
    if (e == E_CONFLICT && f->note.n == 0)
        f->note = str_sentence(c->arena, err_told(&c->err));
    err_clear(c);
    return E_OK;
}

static enum err open_form(struct req *r)
{
    struct form f = { .number = r->params[0] };
    struct refund_preview v;
    bool ok = false, named = false;
    TRY(req_query(r, "payment", &named, &f.payment));
    TRY(load(r->c, &f));
    const struct refunding all = {
        .order = f.number,
        .payment = f.payment,
        .already_minor = -1,
        .by_hand = f.by_hand,
    };
    TRY(look(r->c, &f, &all, &ok, &v));
    return write_page(r, &f, NULL);
}

/* What was only to be shown, and what was refused on the way. */
static enum err show(struct req *r)
{
    struct ctx *c = r->c;
    struct errinfo why = c->err;
    struct form f;
    struct refund_preview v;
    bool ok = false;
    /* Whoever may not do this learns nothing of the order. */
    bool mend = why.code == CODE_CONFLICT || why.code == CODE_REFUND_EXCEEDS_PAYMENT ||
        why.code == CODE_REFUND_NOT_SUPPORTED || why.code == CODE_IDEMPOTENCY_MISMATCH;
    if (why.code != CODE_NONE && !mend) {
        c->err = why;
        return code_info(why.code)->kind;
    }
    err_clear(c);
    TRY(read_fields(r, &f));
    judge(c, &f);
    TRY(load(c, &f));
    if (why.code != CODE_NONE)
        f.note = str_sentence(c->arena, err_told(&why));
    if (has_errors(&f) || mend || str_eq(f.deed, S("change")))
        return write_page(r, &f, NULL);
    TRY(look(c, &f, &f.in, &ok, &v));
    return write_page(r, &f, ok ? &v : NULL);
}

static enum err parse(struct req *r)
{
    struct form f;
    TRY(read_fields(r, &f));
    judge(r->c, &f);
    *(struct refunding *)r->in = f.in;
    r->look = !str_eq(f.deed, S("send")) || has_errors(&f);
    return E_OK;
}

enum {
    GIVES = ALLOW_ADMIN | ALLOW_FINANCE
};
static const struct route table[] = {
    { "GET", "/admin/orders/{number}/refund", SHAPE_READ, NULL, open_form, NULL, 0, GIVES,
        ROUTE_PAGE | ROUTE_RECENT, 0, "The console: what may be given back of an order." },
    { "POST", "/admin/orders/{number}/refund", SHAPE_CALL, parse, show, &refund_page_operation,
        sizeof(struct refunding), GIVES, ROUTE_PAGE | ROUTE_MONEY | ROUTE_RECENT, 0,
        "Its form: do=look shows what will happen, do=send does it." },
};
const struct routes console_refund_routes = { table, ARRAY_LEN(table) };
