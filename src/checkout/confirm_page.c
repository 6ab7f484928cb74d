#include "checkout/checkout_page.h"

#include "base/clock.h"
#include "customer/customer.h"
#include "web/page.h"

/* How /checkout/confirm looks: basket and review are one page.  The order comes first, in sight, in
 * the tree and for the tab key; its fields belong to the form beside it.  The first button of the
 * form in the tree only updates, so Enter never pays (look.md, T9). */

#define FORM S("pay")

static struct money total_of(const struct confirm *f)
{
    return (struct money) { f->order.total_minor, f->order.currency };
}

static struct str gateway_title(enum gateway_id id)
{
    const struct gateway *g = gateway_by_id(id);
    return g == NULL ? S("") : g->title;
}

/* Who would be asked first for the chosen method. */
static enum gateway_id chosen_gateway(const struct confirm *f)
{
    for (size_t i = 0; i < f->ways; i++)
        if (str_eq(f->way[i].method, f->k.method))
            return f->way[i].offer.gateway;
    return GATEWAY_NONE;
}

static bool one_gateway(const struct confirm *f)
{
    enum gateway_id first = chosen_gateway(f);
    for (size_t i = 0; i < f->ways; i++)
        if (f->way[i].offer.gateway != GATEWAY_NONE && f->way[i].offer.gateway != first)
            return false;
    return first != GATEWAY_NONE;
}

/* ---- what is wrong */

void confirm_wrong(const struct confirm *f, struct part_field *ret)
{
    const struct part_field all[] = {
        { .name = S("coupon"), .error = f->coupon_error },
        { .name = S("email"), .error = f->email_error },
        { .name = S("country"), .error = f->country_error },
        { .name = S("method"), .error = f->method_error },
        { .name = S("terms"), .error = f->terms_error },
    };
    _Static_assert(ARRAY_LEN(all) == CONFIRM_FIELDS, "every field that can be wrong");
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        ret[i] = all[i];
}

void confirm_note(struct buf *b, const struct confirm *f)
{
    if (f->note.n == 0)
        return;
    part_note_open(b,
        &(struct part_note) {
            .tone = f->note_bad ? TONE_BAD : TONE_WAIT,
            .icon = f->note_bad ? ICON_ALERT : ICON_CLOCK,
            .news = true,
        });
    html(b, "<p role=\"alert\">", f->note, "</p>");
    part_note_close(b);
    html(b, "\n");
}

/* ---- the order */

static bool is_plan(const struct confirm *f)
{
    return f->lines == 1 && f->line[0].plan.n > 0;
}

/* A recurring price never stands without its next date. */
static void goes_on(struct ctx *c, struct buf *b, const struct confirm *f)
{
    struct subscription_terms t;
    int64_t next_ms = 0;
    if (subscription_terms_read(c, f->line[0].plan, &t) != E_OK)
        return;
    if (t.trial_days > 0)
        next_ms = c->now_ms + t.trial_days * 24 * 3600 * 1000;
    else if (!time_add_months(c->now_ms, t.months, &next_ms))
        return;
    struct str day = time_day(b->arena, next_ms);
    html(b, "<p class=\"small\">",
        t.months == 12 ? SAY_WITH(b->arena, THEN_EVERY_YEAR, { "day", day })
                       : SAY_WITH(b->arena, THEN_EVERY_MONTH, { "day", day }),
        "</p>\n");
}

/* Without a script a quantity, or a country, that was changed. */
static void update_total(struct buf *b, const struct confirm *f)
{
    html(b, "\n<p class=\"row\">");
    part_button(b,
        &(struct part_button) { .kind = BUTTON_QUIET,
            .words = SAY(UPDATE),
            .form = FORM,
            .name = S("do"),
            .value = S("update"),
            .any = true,
            .unscripted = true });
    if (f->order.kind == ORDER_ONCE)
        html(b, "<span class=\"small muted\">", SAY(ZERO_REMOVES), "</span>");
    html(b, "</p>\n");
}

void confirm_order(struct req *r, struct buf *b, const struct confirm *f)
{
    html(b, "<section class=\"card stays stack\" id=\"bill\"><h2>", SAY(YOUR_ORDER), "</h2>\n");
    bill_write(b,
        &(struct bill_shown) { .order = &f->order,
            .line = f->line,
            .lines = f->lines,
            .form = FORM,
            .total = SAY(TO_PAY) });
    if (is_plan(f))
        goes_on(r->c, b, f);
    update_total(b, f);
    bool applied = f->order.coupon.n > 0;
    struct str code = applied ? f->order.coupon : f->code;
    part_coupon(b,
        &(struct part_coupon) {
            .form = FORM,
            .code = code,
            .error = f->coupon_error,
            .applied = applied,
            .ask = SAY(HAVE_CODE),
            .label = SAY(CODE),
            .apply = SAY(APPLY),
            .drop = SAY_WITH(b->arena, DROP, { "code", code }),
        });
    html(b, "</section>\n");
}

/* ---- the form */

static void email(struct buf *b, const struct confirm *f, struct str action)
{
    if (f->known_email.n > 0) {
        html(b, "<div class=\"field\"><span class=\"legend\">", SAY(EMAIL),
            "</span><p class=\"row\"><span class=\"any\">", f->known_email,
            "</span><a href=\"/login?next=", url_encode(b->arena, action), "\">", SAY(NOT_YOU),
            "</a></p></div>\n");
        return;
    }
    part_field(b,
        &(struct part_field) {
            .name = S("email"),
            .label = SAY(EMAIL),
            .hint = SAY(EMAIL_HINT),
            .error = f->email_error,
            .type = S("email"),
            .value = f->k.email,
            .autocomplete = S("email"),
            .inputmode = S("email"),
            .max = 254,
        });
    html(b, "\n");
}

const struct part_option *country_options(struct arena *a, struct str none, size_t *ret_n)
{
    struct part_option *option = arena_array(a, struct part_option, country_count + 1);
    size_t n = 0;
    if (none.n > 0)
        option[n++] = (struct part_option) { S(""), none };
    for (size_t i = 0; i < country_count; i++)
        option[n++] = (struct part_option) { countries[i].code, countries[i].name };
    *ret_n = n;
    return option;
}

static void country(struct buf *b, const struct confirm *f)
{
    if (!f->has_tax) {
        if (f->k.country.n > 0)
            html(b, "<input type=\"hidden\" name=\"country\" value=\"", f->k.country, "\">");
        return;
    }
    size_t n = 0;
    const struct part_option *option =
        country_options(b->arena, f->k.country.n == 0 ? SAY(COUNTRY_WRONG) : S(""), &n);
    part_field(b,
        &(struct part_field) {
            .name = S("country"),
            .label = SAY(COUNTRY),
            .hint = SAY(COUNTRY_HINT),
            .error = f->country_error,
            .type = S("select"),
            .value = f->k.country,
            .autocomplete = S("country"),
            .options = option,
            .option_count = n,
            .quote = true,
        });
    html(b, "\n");
}

static const struct {
    struct str method, words, aside;
} methods[] = {
    { S_INIT("card"), S_INIT("Card"), S_INIT("Visa, Mastercard") },
    { S_INIT("mobile_money"), S_INIT("Mobile money"), S_INIT("MTN, Airtel, M-Pesa") },
    { S_INIT("bank"), S_INIT("Bank transfer"), S_INIT("") },
    { S_INIT("express"), S_INIT("Express"), S_INIT("Apple Pay, Google Pay") },
    { S_INIT("crypto"), S_INIT("Crypto"), S_INIT("Bitcoin, Ether, USDC") },
};
_Static_assert(ARRAY_LEN(methods) == CONFIRM_METHODS, "every method has its words");

static void method(struct buf *b, const struct confirm *f)
{
    struct part_pick pick[CONFIRM_METHODS];
    for (size_t i = 0; i < f->ways; i++) {
        const struct payment_offer *offer = &f->way[i].offer;
        pick[i] = (struct part_pick) { .value = f->way[i].method };
        for (size_t m = 0; m < ARRAY_LEN(methods); m++)
            if (str_eq(methods[m].method, f->way[i].method)) {
                pick[i].words = methods[m].words;
                pick[i].aside = methods[m].aside;
            }
        if (offer->gateway == GATEWAY_NONE)
            pick[i].why = str_sentence(b->arena, offer->why);
        else if (gateway_by_id(offer->gateway)->phone != NULL)
            pick[i].more = SAY(NEXT_PHONE);
        else
            pick[i].more =
                SAY_WITH(b->arena, NEXT_PAGE, { "gateway", gateway_title(offer->gateway) });
    }
    part_picks(b,
        &(struct part_picks) { .name = S("method"),
            .legend = SAY(HOW_TO_PAY),
            .chosen = f->k.method,
            .error = f->method_error,
            .pick = pick,
            .n = f->ways });
    html(b, "\n");
}

/* The gateway itself goes on with a plan. */
static bool renews_there(const struct confirm *f)
{
    const struct gateway *g = gateway_by_id(chosen_gateway(f));
    return g != NULL && (g->can & GATEWAY_CAN_SUBSCRIBE) != 0;
}

/* Nothing is to be paid, and no gateway asks with what it shall be paid later. */
static bool is_done_at_once(const struct confirm *f)
{
    return f->order.total_minor == 0 && !(f->order.kind == ORDER_START && renews_there(f));
}

static struct str pay_words(struct arena *a, const struct confirm *f)
{
    struct str total = money_text(a, total_of(f));
    if (f->order.total_minor == 0)
        return is_plan(f) ? SAY(START_FREE) : SAY_WITH(a, GET_FREE, { "total", total });
    if (is_plan(f))
        return SAY_WITH(a, SUBSCRIBE, { "total", total });
    return f->k.again ? SAY_WITH(a, PAY_AGAIN, { "total", total })
                      : SAY_WITH(a, PAY, { "total", total });
}

/* "MoneyMotion or Stripe": whoever one of the methods leads to, and who sees cards there. */
static struct str gateways(struct arena *a, const struct confirm *f)
{
    struct buf b = BUF(a);
    for (size_t i = 0; i < f->ways; i++) {
        const struct gateway *g = gateway_by_id(f->way[i].offer.gateway);
        struct str title = g != NULL && g->phone == NULL ? g->title : S("");
        if (title.n > 0 && !str_has(buf_str(&b), title))
            buf_fmt(&b, "%s%.*s", b.n > 0 ? " or " : "", SARG(title));
    }
    return buf_str(&b);
}

/* What he pays a plan with is charged again, without him. */
static bool charges_again(const struct ctx *c, const struct confirm *f)
{
    const struct gateway *g = gateway_by_id(chosen_gateway(f));
    return g != NULL && g->charges != NULL && g->charges(c->config);
}

static struct str trust_words(struct req *r, const struct confirm *f)
{
    struct arena *a = r->c->arena;
    const struct site *site = site_of(r->c);
    if (is_done_at_once(f))
        return SAY(TRUST_NONE);
    const struct gateway *g = gateway_by_id(chosen_gateway(f));
    bool phone = g != NULL && g->phone != NULL;
    struct str trust = phone
        ? SAY(TRUST_PHONE)
        : SAY_WITH(a, TRUST, { "gateway", gateways(a, f) }, { "shop", site->name });
    if (is_plan(f) && !renews_there(f))
        trust = str_fmt(a, "%.*s %.*s", SARG(trust),
            SARG(charges_again(r->c, f) ? SAY(TRUST_AGAIN) : SAY(TRUST_ASKED)));
    if (site->statement.n == 0)
        return trust;
    return str_fmt(
        a, "%.*s %.*s", SARG(trust), SARG(SAY_WITH(a, STATEMENT, { "name", site->statement })));
}

static void pay(struct req *r, struct buf *b, const struct confirm *f)
{
    bool is_free = is_done_at_once(f);
    html(b, "<div class=\"stack\" id=\"pay-now\"><input type=\"hidden\" name=\"seen\" value=\"",
        f->order.total_minor, "\">");
    if (!is_free && chosen_gateway(f) == GATEWAY_NONE) {
        part_note_open(b, &(struct part_note) { .tone = TONE_BAD, .icon = ICON_ALERT });
        html(b, "<p>", SAY(NO_METHOD), "</p>");
        part_note_close(b);
        html(b, "</div>");
        return;
    }
    struct str gateway = gateway_title(chosen_gateway(f));
    part_button(b,
        &(struct part_button) {
            .words = pay_words(b->arena, f),
            .icon = is_free ? ICON_NONE : ICON_LOCK,
            .pays = true,
            .busy = is_free      ? SAY(CONFIRMING)
                : one_gateway(f) ? SAY_WITH(b->arena, OPENING, { "gateway", gateway })
                                 : SAY(OPENING_ANY),
            .name = S("do"),
            .value = S("pay"),
        });
    part_trust(b, trust_words(r, f));
    html(b, "</div>");
}

static void terms(struct req *r, struct buf *b, const struct confirm *f)
{
    const struct site *site = site_of(r->c);
    if (site->terms.n == 0)
        return;
    part_check(b,
        &(struct part_check) {
            .name = S("terms"),
            .label = SAY_WITH(b->arena, TERMS, { "shop", site->name }),
            .error = f->terms_error,
            .href = site->terms,
            .link = SAY(TERMS_READ),
            .checked = f->agreed,
            .required = true,
        });
    html(b, "\n");
}

void confirm_form(struct req *r, struct buf *b, const struct confirm *f, struct str action)
{
    part_form_open(b,
        &(struct part_form) {
            .action = action,
            .csrf = r->csrf,
            .key = f->key,
            .id = FORM,
            .tried = f->status >= 400,
        });
    html(b, "<input type=\"hidden\" id=\"items\" name=\"items\" value=\"",
        basket_text(b->arena, &f->k), "\">");
    if (f->k.again)
        html(b, "<input type=\"hidden\" name=\"again\" value=\"yes\">");
    html(b, "\n");
    email(b, f, action);
    country(b, f);
    html(b, "<div id=\"ways\">");
    if (f->order.total_minor > 0 && f->ways > 0)
        method(b, f);
    html(b, "</div>\n");
    terms(r, b, f);
    pay(r, b, f);
    part_form_close(b);
}

static void empty(struct req *r, struct buf *b)
{
    (void)r;
    part_empty(b,
        &(struct part_empty) {
            .icon = ICON_BOX,
            .title = SAY(ORDER_EMPTY),
            .sentence = SAY(ORDER_EMPTY_MORE),
            .href = S("/store"),
            .action = SAY(BACK_TO_STORE),
        });
}

void confirm_write(struct req *r, const struct confirm *f)
{
    struct part_field wrong[CONFIRM_FIELDS];
    confirm_wrong(f, wrong);
    if (f->status == 429 && r->c->err.retry_after_s > 0)
        answer_header(
            r, S("Retry-After"), str_fmt(r->c->arena, "%lld", (long long)r->c->err.retry_after_s));
    struct buf *b = page_open(r,
        &(struct page_head) {
            .status = f->status,
            .title = SAY(CONFIRM),
            .narrow = f->lines == 0,
            .errors = part_has_errors(wrong, CONFIRM_FIELDS),
        });
    html(b, "<p class=\"crumb\"><a href=\"");
    html_url(b, basket_url(b->arena, "/store", &f->k));
    html(b, "\">", SAY(BACK_TO_STORE), "</a></p>\n");
    part_summary(b, wrong, CONFIRM_FIELDS);
    html(b, "<h1>", f->lines == 0 ? SAY(YOUR_ORDER) : SAY(CONFIRM), "</h1>\n");
    confirm_note(b, f);
    if (f->lines == 0) {
        empty(r, b);
    } else {
        html(b, "<div class=\"pair\">");
        confirm_order(r, b, f);
        confirm_form(r, b, f, S("/checkout/confirm"));
        html(b, "</div>");
    }
    page_close(r);
}
