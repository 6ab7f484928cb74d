#include "base/rate.h"
#include "checkout/checkout.h"
#include "customer/customer.h"

/* POST /api/checkout/quote and /create. */

/* What nobody here collects (less than the gateway's least, say) is refused where it is asked for,
 * not where it is bought. */
static enum err check_payable(struct ctx *c, const struct checkout *k, const struct order *o,
    const struct order_line *line, size_t lines)
{
    struct payment_offer offer = { .gateway = GATEWAY_NONE };
    const struct gateway *named = gateway_by_id(gateway_by_name(k->gateway));
    struct money sum;
    if (o->total_minor == 0 && o->kind == ORDER_ONCE)
        return E_OK;
    TRY(payment_collected(c, o, line, lines, &sum));
    if (named != NULL)
        return named->accepts(c, sum);
    TRY(payment_offered(c, o, line, lines, k->method, &offer));
    return !offer.offered || offer.gateway != GATEWAY_NONE
        ? E_OK
        : fail(c, INVALID_REQUEST, "%.*s", SARG(offer.why));
}

static enum err quote(struct req *r)
{
    struct ctx *c = r->c;
    struct checkout *k = arena_new(c->arena, struct checkout);
    struct order o;
    struct order_line *line = NULL;
    size_t lines = 0;
    TRY(checkout_read(r, k));
    TRY(country_code(c, k->country, &k->country));
    if (k->email.n > 0)
        TRY(mail_address(c, k->email, &k->email));
    k->by_key = str_eq(r->role, S("admin")) || str_eq(r->role, S("app"));
    if (k->coupon.n > 0 && !k->by_key)
        TRY(rate_take(c, RATE_COUPON, r->rated));
    TRY(checkout_price(c, k, &o, &line, &lines));
    TRY(check_payable(c, k, &o, line, lines));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    order_price_json(&j, &o, line, lines);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static enum err parse_create(struct req *r)
{
    TRY(checkout_read(r, r->in));
    return checkout_check(r, r->in);
}

static enum err parse_guide(struct req *r)
{
    TRY(checkout_read_guide(r, r->in));
    return checkout_check(r, r->in);
}

static const struct route table[] = {
    { "POST", "/api/checkout/quote", SHAPE_READ, NULL, quote, NULL, 0, ALLOW_ANYONE, 0, 0,
        "What items would cost, with coupon and tax." },
    { "POST", "/api/checkout/create", SHAPE_CALL, parse_create, NULL, &checkout_operation,
        sizeof(struct checkout), ALLOW_ANYONE, ROUTE_MONEY, 0,
        "Make an order and open a page on which it can be paid." },
    { "POST", "/api/stripe/create-checkout-session", SHAPE_CALL, parse_guide, NULL,
        &checkout_guide_operation, sizeof(struct checkout), ALLOW_ANYONE,
        ROUTE_MONEY | ROUTE_DERIVES, 0, "The same under the name that guides give it." },
    { "POST", "/api/create-checkout-session", SHAPE_CALL, parse_guide, NULL,
        &checkout_guide_operation, sizeof(struct checkout), ALLOW_ANYONE,
        ROUTE_MONEY | ROUTE_DERIVES, 0, "The same under the name that guides give it." },
};
const struct routes checkout_routes = { table, ARRAY_LEN(table) };
