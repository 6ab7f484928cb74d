#include "checkout/phone_page.h"

/* /pay/{attempt}: the number, the code, and waiting for the phone, for gateways that have no page
 * of their own.  Each step is a form and a redirect, so that going back and loading again asks
 * nobody twice; the script only counts down and looks by itself. */

/* ---- GET */

static bool leads_on(struct req *r, const struct phone_view *v)
{
    enum order_status status = v->s.order.status;
    bool here = status == ORDER_PENDING || status == ORDER_FAILED || status == ORDER_PROCESSING ||
        status == ORDER_EXPIRED || status == ORDER_CANCELLED;
    const struct attempt *last = v->s.last;
    if (here && last->n != v->a.n && attempt_by_phone(last)) {
        answer_redirect(r, 303, phone_page_path(r->c->arena, &v->s, last));
        return true;
    }
    bool waits_elsewhere = status == ORDER_PROCESSING && !phone_is_asked(v);
    if (here && !waits_elsewhere)
        return false;
    answer_redirect(r, 303, str_fmt(r->c->arena, "/payment/success?%.*s", SARG(v->s.query)));
    return true;
}

static enum err show(struct req *r)
{
    struct phone_view v;
    int64_t version = -1;
    TRY(req_wait(r));
    TRY(req_query_i64(r, "version", 0, INT64_MAX, &version));
    TRY(phone_load(r, &v));
    if (leads_on(r, &v))
        return E_OK;
    if (phone_is_asked(&v))
        TRY(checkout_looked(r, &v.s.order));
    bool news = !phone_is_asked(&v) || (version >= 0 && phone_version(&v) > version);
    if (!news && !r->wait.last) {
        req_park(r, order_topic(r->c->arena, &v.s.order));
        return E_OK;
    }
    phone_write(r, &v);
    return E_OK;
}

/* ---- POST */

static enum err take_number(struct req *r, struct phone_view *v)
{
    struct ctx *c = r->c;
    bool given = false;
    struct prompt_number in = { .attempt_n = v->a.n };
    TRY(req_form(r, "country", &given, &v->country));
    TRY(req_form(r, "operator", &given, &v->operator));
    TRY(req_form(r, "phone", &given, &v->phone));
    const struct gateway_land *land = phone_land(v, v->country);
    v->phone = str_clean(c->arena, str_trim(v->phone), 30);
    bool other = str_eq(v->operator, S("other")), named = false;
    for (size_t i = 0; i < PHONE_OPERATORS; i++)
        named = named || (v->operator.n> 0 && str_eq(land->operators[i], v->operator));
    if (!other && !named)
        v->operator_error = SAY(PHONE_OPERATOR_WRONG);
    if (!prompt_phone(c->arena, land, v->phone, &in.phone))
        v->phone_error = SAY_WITH(c->arena, PHONE_NUMBER_WRONG, { "land", land->name },
            { "example", phone_example(c->arena, land) });
    v->tried = v->phone_error.n > 0 || v->operator_error.n > 0;
    if (v->tried)
        return E_OK;
    in.country = land->code;
    in.operator= other ? S("") : v->operator;
    return prompt_number(c, &in);
}

/* As it may be typed from the message: "123 456". */
static struct str digits_of(struct arena *a, struct str code)
{
    struct buf b = BUF(a);
    for (size_t i = 0; i < code.n; i++)
        if (code.p[i] != ' ' && code.p[i] != '-')
            buf_char(&b, code.p[i]);
    return buf_str(&b);
}

static enum err act(struct req *r, struct phone_view *v)
{
    struct ctx *c = r->c;
    struct str what = S(""), code = S("");
    bool given = false;
    TRY(req_form(r, "do", &given, &what));
    if (str_eq(what, S("code"))) {
        TRY(req_form(r, "code", &given, &code));
        return prompt_code(c, v->a.n, digits_of(c->arena, code));
    }
    if (str_eq(what, S("again")))
        return prompt_number(c, &(const struct prompt_number) { .attempt_n = v->a.n });
    if (str_eq(what, S("change")))
        return prompt_change(c, v->a.n);
    return take_number(r, v);
}

/* On a caller: it asks the gateway.  What came of it is in the row, and the page it leads to says
 * so. */
static enum err post(struct req *r)
{
    struct phone_view v;
    TRY(phone_load_now(r, &v));
    TRY(act(r, &v));
    if (v.tried)
        phone_write_number(r, &v);
    else
        answer_redirect(r, 303, phone_page_path(r->c->arena, &v.s, &v.a));
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/pay/{attempt}", SHAPE_WAIT, NULL, show, NULL, 0, ALLOW_ANYONE,
        ROUTE_PAGE | ROUTE_FORM, 0,
        "Where a phone is asked to pay, for gateways without a page: number, code, waiting; ?t= is a "
        "guest's link, ?wait= and ?version= answer when something changes." },
    { "POST", "/pay/{attempt}", SHAPE_CALL, NULL, post, NULL, 0, ALLOW_ANYONE, ROUTE_PAGE, 4096,
        "Its forms: do=number, code, again or change." },
};
const struct routes phone_pages = { table, ARRAY_LEN(table) };
