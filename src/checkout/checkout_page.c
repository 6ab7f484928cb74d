#include "checkout/checkout_page.h"

#include "base/id.h"
#include "base/json.h"
#include "base/rate.h"
#include "catalog/catalog.h"
#include "customer/customer.h"
#include "web/site.h"

/* GET and POST /checkout/confirm: what the form says, what of it is wrong, what it comes to.  The
 * button that pays is the same operation as POST /api/checkout/create; everything else, and every
 * refusal on the way, is this page again with everything kept. */

/* ---- reading: the form that was sent, or the address */

static enum err get(struct req *r, const struct confirm *f, const char *name, struct str *ret)
{
    bool given = false;
    *ret = S("");
    return f->sent ? req_form(r, name, &given, ret) : req_query(r, name, &given, ret);
}

static enum err read_quantities(struct req *r, struct confirm *f)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->k.items; i++) {
        struct order_item item = f->k.item[i];
        struct str text;
        TRY(get(r, f, str_c(r->c->arena, str_fmt(r->c->arena, "q%zu", i)), &text));
        if (text.n > 0 &&
            (!str_to_i64(text, &item.quantity) || item.quantity < 0 ||
                item.quantity > ORDER_QUANTITY))
            item.quantity = f->k.item[i].quantity;
        if (item.quantity > 0)
            f->k.item[kept++] = item;
    }
    f->k.items = kept;
    return E_OK;
}

static enum err read_form(struct req *r, struct confirm *f)
{
    struct str act, items, seen, again, agreed;
    TRY(get(r, f, "items", &items));
    TRY(basket_read(r->c, items, &f->k));
    TRY(read_quantities(r, f));
    TRY(get(r, f, "do", &act));
    TRY(get(r, f, "key", &f->key));
    TRY(get(r, f, "email", &f->k.email));
    TRY(get(r, f, "seen", &seen));
    TRY(get(r, f, "again", &again));
    TRY(get(r, f, "terms", &agreed));
    f->agreed = str_eq(agreed, S("yes"));
    f->pays = str_eq(act, S("pay"));
    f->k.again = str_eq(again, S("yes"));
    if (seen.n > 0 && !str_to_i64(seen, &f->k.seen_minor))
        f->k.seen_minor = -1;
    if (str_eq(act, S("drop")))
        f->k.coupon = S("");
    f->k.email = str_trim(f->k.email);
    return E_OK;
}

static enum err read(struct req *r, struct confirm *f)
{
    bool added = false;
    *f = (struct confirm) { .sent = str_eq(r->method, S("POST")), .status = 200 };
    f->k.seen_minor = -1;
    TRY(get(r, f, "coupon", &f->k.coupon));
    TRY(get(r, f, "country", &f->k.country));
    TRY(get(r, f, "method", &f->k.method));
    f->k.coupon = str_trim(f->k.coupon);
    if (f->sent)
        return read_form(r, f);
    TRY(basket_from_query(r, &f->k, &added));
    f->k.again = false;
    return E_OK;
}

/* ---- what is wrong with it */

static bool is_country(struct str code)
{
    for (size_t i = 0; i < country_count; i++)
        if (str_eq(countries[i].code, code))
            return true;
    return false;
}

static void check(struct ctx *c, struct confirm *f, bool known)
{
    struct str mail;
    if (!known && (f->k.email.n == 0 || mail_address(c, f->k.email, &mail) != E_OK))
        f->email_error = SAY(EMAIL_WRONG);
    if (f->k.country.n > 0 && !is_country(f->k.country))
        f->country_error = SAY(COUNTRY_WRONG);
    if (site_of(c)->terms.n > 0 && !f->agreed)
        f->terms_error = SAY(TERMS_WRONG);
    else
        f->k.terms = site_of(c)->terms;
    err_clear(c);
}

/* Before the operation, without the store: who is signed in may have a mail that we know. */
enum err confirm_parse(struct req *r)
{
    struct ctx *c = r->c;
    struct checkout *k = r->in;
    struct confirm f;
    TRY(read(r, &f));
    r->look = !f.pays;
    if (r->look)
        return E_OK;
    check(c, &f, str_eq(r->role, S("user")) && f.k.email.n == 0);
    const struct str wrong[] = { f.email_error, f.country_error, f.terms_error };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        if (wrong[i].n > 0)
            return fail(c, INVALID_REQUEST, "%.*s", SARG(wrong[i]));
    *k = f.k;
    if (k->method.n == 0)
        k->method = S("card");
    return checkout_check(r, k);
}

/* ---- what it comes to */

static bool is_coupons(enum code code)
{
    return code == CODE_INVALID_COUPON || code == CODE_COUPON_EXPIRED ||
        code == CODE_COUPON_EXHAUSTED;
}

static enum err price(struct ctx *c, struct confirm *f)
{
    if (f->k.items == 0)
        return E_OK;
    return checkout_price(c, &f->k, &f->order, &f->line, &f->lines);
}

/* Codes are not for guessing: a wrong one costs a try, a right one does not. */
static enum err price_with_code(struct req *r, struct confirm *f)
{
    struct ctx *c = r->c;
    enum err e = E_OK;
    if (f->k.coupon.n == 0)
        return price(c, f);
    e = rate_take(c, RATE_COUPON, r->rated);
    if (e == E_OK) {
        e = price(c, f);
        if (!is_coupons(c->err.code))
            rate_give(c, RATE_COUPON, r->rated);
        if (e == E_OK || !is_coupons(c->err.code))
            return e;
        f->coupon_error = str_sentence(c->arena, c->err.message);
    } else {
        f->coupon_error = SAY_WITH(c->arena, TOO_MANY,
            { "seconds", str_fmt(c->arena, "%lld", (long long)c->err.retry_after_s) });
    }
    f->code = f->k.coupon;
    f->k.coupon = S("");
    err_clear(c);
    return price(c, f);
}

/* Something in it is not for sale any more: it is taken out, and said. */
static enum err price_what_is_left(struct req *r, struct confirm *f)
{
    struct ctx *c = r->c;
    enum err e = price_with_code(r, f);
    if (e == E_OK || (c->err.code != CODE_PRICE_NOT_ACTIVE && c->err.code != CODE_INVALID_REQUEST))
        return e;
    struct str first = c->err.message;
    size_t kept = 0, before = f->k.items;
    for (size_t i = 0; i < before; i++) {
        struct confirm one = { .k = f->k };
        one.k.items = 1;
        one.k.item[0] = f->k.item[i];
        one.k.coupon = S("");
        if (price(c, &one) == E_OK)
            f->k.item[kept++] = f->k.item[i];
        else
            first = c->err.message;
    }
    if (kept == before) /* each is for sale, but not together */
        return e;
    f->k.items = kept;
    f->note = SAY_WITH(c->arena, TAKEN_OUT, { "why", str_sentence(c->arena, first) });
    err_clear(c);
    return price_with_code(r, f);
}

static enum err find_ways(struct ctx *c, struct confirm *f)
{
    static const struct str methods[CONFIRM_METHODS] = { S_INIT("card"), S_INIT("mobile_money"),
        S_INIT("bank"), S_INIT("express"), S_INIT("crypto") };
    struct str first = S("");
    bool chosen = false;
    for (size_t i = 0; i < CONFIRM_METHODS; i++) {
        struct payment_offer offer;
        TRY(payment_offered(c, &f->order, f->line, f->lines, methods[i], &offer));
        if (!offer.offered)
            continue;
        f->way[f->ways].method = methods[i];
        f->way[f->ways++].offer = offer;
        if (offer.gateway == GATEWAY_NONE)
            continue;
        if (first.n == 0)
            first = methods[i];
        chosen = chosen || str_eq(f->k.method, methods[i]);
    }
    if (!chosen)
        f->k.method = first;
    return E_OK;
}

enum err confirm_fill(struct req *r, struct confirm *f)
{
    struct ctx *c = r->c;
    const struct catalog *k = NULL;
    struct customer customer = { .n = 0 };
    bool found = false;
    TRY(catalog_now(c, &k));
    if (c->customer_id.n > 0)
        TRY(customer_find(c, c->customer_id, &found, &customer));
    if (found)
        f->known_email = customer.email;
    f->has_tax = k->rate_count > 0;
    if (f->k.country.n == 0 && !f->sent)
        f->k.country = found && customer.country.n > 0 ? customer.country : k->business_country;
    if (f->pays)
        check(c, f, f->known_email.n > 0);
    if (!is_country(f->k.country))
        f->k.country = S("");
    TRY(price_what_is_left(r, f));
    /* What belongs to an account is bought by who is signed in: asked first, not at the end. */
    if ((f->order.kind == ORDER_START || f->order.credits > 0) && c->customer_id.n == 0 && !f->sent)
        return fail(c, UNAUTHENTICATED, "sign in first: this belongs to an account");
    bool bare = f->order.total_minor == 0 && f->order.kind == ORDER_ONCE;
    return f->lines == 0 || bare ? E_OK : find_ways(c, f);
}

/* ---- why the form came back */

static struct str seconds_text(struct ctx *c, const struct errinfo *why)
{
    return str_fmt(c->arena, "%lld", (long long)(why->retry_after_s > 0 ? why->retry_after_s : 60));
}

static struct str total_changed(struct ctx *c, const struct confirm *f)
{
    struct money now = { f->order.total_minor, f->order.currency },
                 seen = { f->k.seen_minor, f->order.currency };
    return SAY_WITH(c->arena, TOTAL_CHANGED, { "total", money_text_code(c->arena, now) },
        { "seen", money_text(c->arena, seen) });
}

static struct str order_number_in(struct ctx *c, const struct errinfo *why)
{
    struct str number = S("");
    json_to_str(c->arena, json_at(json_root(why->details), "orderNumber"), &number);
    return number;
}

static struct str first_gateway(const struct confirm *f)
{
    for (size_t i = 0; i < f->ways; i++)
        if (f->way[i].offer.gateway != GATEWAY_NONE && str_eq(f->way[i].method, f->k.method))
            return gateway_by_id(f->way[i].offer.gateway)->title;
    return S("The payment provider");
}

/* What the person reads; false: this page has nothing to say about it. */
static bool explain(struct ctx *c, struct confirm *f, const struct errinfo *why)
{
    f->note_bad = false;
    switch ((int)why->code) {
    case CODE_NONE:
        return true;
    case CODE_CONFLICT:
        f->note = f->k.seen_minor == f->order.total_minor ? str_sentence(c->arena, err_told(why))
                                                          : total_changed(c, f);
        return true;
    case CODE_DUPLICATE_PURCHASE:
        f->k.again = true;
        f->note = SAY_WITH(c->arena, JUST_ORDERED, { "number", order_number_in(c, why) });
        return true;
    case CODE_IDEMPOTENCY_IN_PROGRESS:
        f->keep_key = true;
        f->note = SAY(ALREADY_OPENING);
        return true;
    case CODE_IDEMPOTENCY_MISMATCH:
        f->note = SAY(FORM_CHANGED);
        return true;
    case CODE_IDEMPOTENCY_KEY_REQUIRED:
    case CODE_FORBIDDEN:
        f->note = SAY(FORM_OLD);
        return true;
    case CODE_GATEWAY_UNAVAILABLE:
        f->keep_key = true;
        f->note_bad = true;
        f->note = SAY_WITH(c->arena, GATEWAY_AWAY, { "gateway", first_gateway(f) });
        return true;
    case CODE_RATE_LIMITED:
        f->keep_key = f->note_bad = true;
        f->note = SAY_WITH(c->arena, TOO_MANY, { "seconds", seconds_text(c, why) });
        return true;
    case CODE_BUSY:
        f->keep_key = f->note_bad = true;
        f->note = SAY(WE_ARE_BUSY);
        return true;
    }
    return false;
}

/* A refusal that names a field stands beside it. */
static bool beside_field(struct ctx *c, struct confirm *f, const struct errinfo *why)
{
    if (is_coupons(why->code)) {
        if (f->coupon_error.n == 0)
            f->coupon_error = str_sentence(c->arena, why->message);
        return true;
    }
    if (why->code != CODE_INVALID_REQUEST && why->code != CODE_PRICE_NOT_ACTIVE)
        return false;
    bool said =
        f->email_error.n > 0 || f->country_error.n > 0 || f->terms_error.n > 0 || f->note.n > 0;
    if (!said && str_starts(why->message, S("email")))
        f->email_error = SAY(EMAIL_WRONG);
    else if (!said && f->pays)
        f->note = str_sentence(c->arena, why->message);
    return true;
}

struct str confirm_key(struct ctx *c)
{
    return id_text(c->arena, S("form"), id_new(c));
}

static int status_of(const struct confirm *f, const struct errinfo *why)
{
    if (!f->sent)
        return 200;
    if (f->email_error.n > 0 || f->country_error.n > 0 || f->coupon_error.n > 0 ||
        f->terms_error.n > 0)
        return 422;
    if (why->code == CODE_NONE)
        return 200;
    int http = code_info(why->code)->http;
    return http == 400 ? 422 : http;
}

enum err confirm_answer(struct req *r, void (*write)(struct req *r, struct confirm *f))
{
    struct ctx *c = r->c;
    struct errinfo why = c->err;
    struct confirm f;
    err_clear(c);
    enum err e = read(r, &f);
    if (e == E_OK)
        e = confirm_fill(r, &f);
    if (e != E_OK) /* of what was refused first, nothing can be shown */
        return e;
    if (!beside_field(c, &f, &why) && !explain(c, &f, &why)) {
        c->err = why;
        return code_info(why.code)->kind;
    }
    f.status = status_of(&f, &why);
    if (!f.keep_key || f.key.n == 0)
        f.key = confirm_key(c);
    c->err.retry_after_s = why.retry_after_s;
    write(r, &f);
    return E_OK;
}

static void write_confirm(struct req *r, struct confirm *f)
{
    confirm_write(r, f);
}

static enum err confirm(struct req *r)
{
    return confirm_answer(r, write_confirm);
}

/* An address that adds to the order is said anew, so that going back does not add again. */
static enum err open_confirm(struct req *r)
{
    struct checkout k = { .items = 0 };
    bool added = false, given = false;
    TRY(basket_from_query(r, &k, &added));
    TRY(req_query(r, "coupon", &given, &k.coupon));
    TRY(req_query(r, "country", &given, &k.country));
    if (!added)
        return confirm(r);
    answer_redirect(r, 303, basket_url(r->c->arena, "/checkout/confirm", &k));
    return E_OK;
}

static const struct route table[] = {
    {
        .method = "GET",
        .path = "/checkout/confirm",
        .shape = SHAPE_READ,
        .run = open_confirm,
        .allow = ALLOW_ANYONE,
        .flags = ROUTE_PAGE | ROUTE_FORM,
        .about = "The order before it is paid: ?items=PRICE:QUANTITY,… &coupon= &country=.",
    },
    {
        .method = "POST",
        .path = "/checkout/confirm",
        .shape = SHAPE_CALL,
        .parse = confirm_parse,
        .run = confirm,
        .operation = &checkout_page_operation,
        .in_size = sizeof(struct checkout),
        .allow = ALLOW_ANYONE,
        .flags = ROUTE_PAGE | ROUTE_FORM | ROUTE_MONEY,
        .body_max = 64 * 1024,
        .about = "Its form: do=pay leads to the gateway's page, do=update shows the new total.",
    },
};
const struct routes checkout_pages = { table, ARRAY_LEN(table) };
