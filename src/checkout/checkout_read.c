#include "base/origin.h"
#include "base/rate.h"
#include "checkout/checkout.h"
#include "customer/customer.h"
#include "db/db.h"

/* What somebody wants to buy, read from a request and checked as far as that needs no store. */

enum {
    RETURN_URL_MAX = 2000,
    METADATA_MAX = 4000
};

static enum err read_items(struct ctx *c, struct json_value list, struct checkout *k)
{
    if (list.kind != JSON_ARRAY)
        return fail(c, INVALID_REQUEST, "items is a list of {price, quantity}");
    for (struct json_iter it = json_iter(list); json_next(&it);) {
        struct order_item item = { .quantity = 1 };
        const struct json_field fields[] = { j_str_opt("price", &item.price, 64),
            j_str_opt("product", &item.product, 64), j_i64_opt("quantity", &item.quantity), j_end };
        if (k->items == ORDER_LINES)
            return fail(c, INVALID_REQUEST, "an order has at most %d lines", ORDER_LINES);
        if (json_read_value(c, it.value, fields) != E_OK)
            return fail_because(
                c, INVALID_REQUEST, "items[%lld]: %.*s", (long long)it.index, SARG(c->err.message));
        if ((item.price.n > 0) == (item.product.n > 0))
            return fail(
                c, INVALID_REQUEST, "items[%lld] names a price or a product", (long long)it.index);
        k->item[k->items++] = item;
    }
    return E_OK;
}

/* The guides' short forms name one thing. */
static enum err read_short(struct ctx *c, struct checkout *k, struct str price, struct str product,
    struct str plan, struct str interval)
{
    int said = (price.n > 0) + (product.n > 0) + (plan.n > 0) + (k->items > 0);
    if (said != 1)
        return fail(c, INVALID_REQUEST,
            "say what to buy once: items, or one of plan, packageId, priceId, productId");
    if (interval.n > 0 && plan.n == 0)
        return fail(c, INVALID_REQUEST, "interval goes with plan");
    if (interval.n > 0 && !str_eq(interval, S("month")) && !str_eq(interval, S("year")))
        return fail(c, INVALID_REQUEST, "interval is month or year");
    if (k->items == 0)
        k->item[k->items++] = (struct order_item) {
            .price = price,
            .product = product,
            .plan = plan,
            .yearly = str_eq(interval, S("year")),
            .quantity = 1,
        };
    return E_OK;
}

enum err checkout_read(struct req *r, struct checkout *ret)
{
    struct ctx *c = r->c;
    struct checkout *k = ret;
    struct json_value items = { .kind = JSON_ABSENT }, metadata = { .kind = JSON_ABSENT };
    struct str price = S(""), product = S(""), package = S(""), plan = S(""), interval = S("");
    k->method = S("card");
    k->seen_minor = -1;
    const struct json_field fields[] = { j_value_opt("items", &items),
        j_str_opt("priceId", &price, 64), j_str_opt("productId", &product, 64),
        j_str_opt("packageId", &package, 64), j_str_opt("plan", &plan, 64),
        j_str_opt("interval", &interval, 8), j_str_opt("coupon", &k->coupon, 64),
        j_str_opt("country", &k->country, 2), j_currency_opt("currency", &k->currency),
        j_str_opt("customerId", &k->customer_id, 128), j_str_opt("email", &k->email, 254),
        j_str_opt("name", &k->name, 200), j_str_opt("method", &k->method, 20),
        j_str_opt("gateway", &k->gateway, 20),
        j_str_opt("successUrl", &k->success_url, RETURN_URL_MAX),
        j_str_opt("cancelUrl", &k->cancel_url, RETURN_URL_MAX), j_value_opt("metadata", &metadata),
        j_bool_opt("again", &k->again), j_end };
    TRY(json_read(c, r->body, fields));
    if (items.kind != JSON_ABSENT && items.kind != JSON_NULL)
        TRY(read_items(c, items, k));
    if (metadata.kind == JSON_OBJECT && metadata.raw.n <= METADATA_MAX)
        k->metadata = metadata.raw;
    else if (metadata.kind != JSON_ABSENT && metadata.kind != JSON_NULL)
        return fail(c, INVALID_REQUEST, "metadata is an object of at most %d bytes", METADATA_MAX);
    return read_short(c, k, price, product.n > 0 ? product : package, plan, interval);
}

static bool is_key(const struct req *r)
{
    return str_eq(r->role, S("admin")) || str_eq(r->role, S("app")) ||
        str_eq(r->role, S("readonly"));
}

/* userId is who is signed in, or, with a secret key, whom the application means. */
static enum err read_user(struct req *r, struct str user, struct checkout *k)
{
    struct ctx *c = r->c;
    if (user.n == 0)
        return E_OK;
    if (is_key(r))
        k->customer_id = user;
    else if (!str_eq(user, c->customer_id))
        return fail(c, FORBIDDEN, "userId is the signed-in customer's own id");
    return E_OK;
}

enum err checkout_read_guide(struct req *r, struct checkout *ret)
{
    struct ctx *c = r->c;
    struct checkout *k = ret;
    struct str price = S(""), product = S(""), package = S(""), user = S("");
    k->method = S("card");
    k->seen_minor = -1;
    const struct json_field fields[] = { j_str_opt("priceId", &price, 64),
        j_str_opt("packageId", &package, 64), j_str_opt("productId", &product, 64),
        j_str_opt("userId", &user, 128), j_str_opt("userEmail", &k->email, 254),
        j_str_opt("successUrl", &k->success_url, RETURN_URL_MAX),
        j_str_opt("cancelUrl", &k->cancel_url, RETURN_URL_MAX), j_end };
    TRY(json_read(c, r->body, fields));
    TRY(read_user(r, user, k));
    if (product.n > 0 && package.n > 0)
        return fail(c, INVALID_REQUEST, "say what to buy once: priceId, packageId or productId");
    return read_short(c, k, price, product.n > 0 ? product : package, S(""), S(""));
}

/* R97: an order can wait, what a gateway has to say about one cannot. */
static enum err room_for_orders(struct ctx *c)
{
    int64_t left = 0;
    if (!store_scarce(c->store, &left))
        return E_OK;
    return fail_retry_after(
        c, fail(c, BUSY, "no new orders are taken just now; nothing was charged"), 30);
}

enum err checkout_check(struct req *r, struct checkout *k)
{
    struct ctx *c = r->c;
    TRY(room_for_orders(c));
    k->by_key = is_key(r);
    k->order_id = id_new(c);
    TRY(country_code(c, k->country, &k->country));
    if (k->email.n > 0)
        TRY(mail_address(c, k->email, &k->email));
    if (k->name.n > 0 && !str_is_text(k->name))
        return fail(c, INVALID_REQUEST, "name has characters that cannot be shown");
    if (k->customer_id.n > 0 && !k->by_key)
        return fail(c, FORBIDDEN, "only a secret key names a customer; a signed-in one is its own");
    if (k->customer_id.n > 0)
        TRY(customer_external_id(c, k->customer_id));
    if (k->success_url.n > 0)
        TRY(origin_allowed(c, "successUrl", k->success_url));
    if (k->cancel_url.n > 0)
        TRY(origin_allowed(c, "cancelUrl", k->cancel_url));
    if (k->by_key)
        return E_OK;
    TRY(rate_take(c, RATE_CHECKOUT, r->rated));
    if (k->email.n > 0)
        TRY(rate_take(c, RATE_CHECKOUT, str_fmt(c->arena, "mail:%.*s", SARG(k->email))));
    return k->coupon.n > 0 ? rate_take(c, RATE_COUPON, r->rated) : E_OK;
}
