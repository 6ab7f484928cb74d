#include "order/order.h"

#include "base/crypto.h"
#include "catalog/catalog.h"
#include "order/order_plan.h"

/* What the items cost.  Everything comes from the catalogue in force; the caller says only which
 * and how many (R5).  One rounding for the discount and one for the tax, each on the whole order
 * and then split over the lines, so that the parts always add up. */

struct pricing {
    struct ctx *c;
    const struct order_ask *ask;
    const struct catalog *catalog;
    struct order *o;
    struct order_line *line;
    size_t n;
    struct subscription_terms terms; /* months 0: no plan */
};

static enum err too_large(struct ctx *c)
{
    return fail(c, INVALID_REQUEST, "an order comes to at most %lld in its smallest unit",
        (long long)MONEY_ORDER_MAX);
}

/* What is granted by features that do not exist yet is shown, and not sold. */
enum err order_for_sale(struct ctx *c, const struct product *p, const struct price *price)
{
    if (!p->active || !price->active)
        return fail(c, PRICE_NOT_ACTIVE, "%.*s is not for sale now", SARG(p->name));
    if (p->access.n > 0 || p->seller.n > 0)
        return fail(
            c, PRICE_NOT_ACTIVE, "%.*s is a digital work; works are not sold yet", SARG(p->name));
    return E_OK;
}

static enum err find_price(struct pricing *k, const struct order_item *item,
    const struct product **ret_product, const struct price **ret)
{
    struct ctx *c = k->c;
    if (item->price.n > 0) {
        *ret = catalog_price(k->catalog, item->price, ret_product);
        if (*ret == NULL)
            return fail(c, INVALID_REQUEST, "there is no price %.*s", SARG(item->price));
        return E_OK;
    }
    enum currency cur = k->ask->currency != CUR_NONE ? k->ask->currency : k->catalog->currency;
    struct str id = item->plan.n > 0 ? item->plan : item->product;
    const struct product *p = catalog_product(k->catalog, id);
    if (p == NULL || (item->plan.n > 0 && !p->is_plan))
        return fail(c, INVALID_REQUEST, "there is no %s %.*s",
            item->plan.n > 0 ? "plan" : "product", SARG(id));
    *ret_product = p;
    if (p->is_plan)
        return plan_price(c, p, item->yearly ? INTERVAL_YEAR : INTERVAL_MONTH, cur, ret);
    *ret = catalog_price_of(p, cur);
    if (*ret == NULL)
        return fail(c, PRICE_NOT_ACTIVE, "%.*s has no price in %.*s", SARG(p->name),
            SARG(currency_code(cur)));
    return E_OK;
}

/* A trial is the first period, and costs nothing. */
static enum err add_plan(
    struct pricing *k, const struct product *p, const struct price *price, struct order_line *line)
{
    TRY(plan_terms(k->c, k->ask, p, price, &k->terms));
    k->o->kind = ORDER_START;
    if (k->terms.trial_days > 0) {
        k->o->subtotal_minor -= line->amount_minor;
        line->unit_minor = line->amount_minor = 0;
    }
    return E_OK;
}

static enum err add_line(struct pricing *k, const struct order_item *item)
{
    struct ctx *c = k->c;
    const struct product *p = NULL;
    const struct price *price = NULL;
    struct money amount;
    if (item->quantity < 1 || item->quantity > ORDER_QUANTITY)
        return fail(
            c, INVALID_REQUEST, "a quantity is a whole number from 1 to %d", ORDER_QUANTITY);
    TRY(find_price(k, item, &p, &price));
    TRY(order_for_sale(c, p, price));
    if (k->o->currency == CUR_NONE)
        k->o->currency = price->amount.cur;
    if (price->amount.cur != k->o->currency)
        return fail(c, INVALID_REQUEST, "the items of an order share one currency; %.*s is in %.*s",
            SARG(p->name), SARG(currency_code(price->amount.cur)));
    if (!money_mul(price->amount, item->quantity, &amount) || amount.minor > MONEY_ORDER_MAX)
        return too_large(c);
    k->o->subtotal_minor += amount.minor;
    if (k->o->subtotal_minor > MONEY_ORDER_MAX)
        return too_large(c);
    k->line[k->n++] = (struct order_line) {
        .product = p->id,
        .price = price->id,
        .name = p->name,
        .description = p->description,
        .quantity = item->quantity,
        .unit_minor = price->amount.minor,
        .amount_minor = amount.minor,
        .credits = p->credits * item->quantity,
        .access = p->access,
        .stripe_price = price->stripe_price,
    };
    return p->is_plan ? add_plan(k, p, price, &k->line[k->n - 1]) : E_OK;
}

static enum err add_lines(struct pricing *k)
{
    const struct order_ask *ask = k->ask;
    if (ask->items == 0)
        return fail(k->c, INVALID_REQUEST, "the order is empty");
    if (ask->items > ORDER_LINES)
        return fail(k->c, INVALID_REQUEST, "an order has at most %d lines", ORDER_LINES);
    k->o->currency = ask->currency;
    for (size_t i = 0; i < ask->items; i++)
        TRY(add_line(k, &ask->item[i]));
    return E_OK;
}

/* Of a plan the code is about its periods: the first one's share is the order's, unless that is a
 * trial and costs nothing. */
static void take_off_periods(struct pricing *k, const struct coupon *coupon, int64_t *off)
{
    struct subscription_terms *t = &k->terms;
    t->off_minor = off[0];
    t->off_months = coupon->duration == COUPON_FOREVER ? -1
        : coupon->duration == COUPON_MONTHS            ? coupon->months
                                                       : 0;
    if (t->trial_days > 0)
        off[0] = 0;
}

static enum err apply_coupon(struct pricing *k, struct coupon *ret)
{
    struct ctx *c = k->c;
    bool plan = k->terms.months > 0;
    if (k->ask->coupon.n == 0)
        return E_OK;
    struct coupon_line *line = arena_array(c->arena, struct coupon_line, k->n);
    int64_t *off = arena_array(c->arena, int64_t, k->n);
    for (size_t i = 0; i < k->n; i++)
        line[i] = (struct coupon_line) { k->line[i].product,
            plan ? k->terms.amount.minor : k->line[i].amount_minor };
    struct coupon_ask ask = {
        .code = k->ask->coupon,
        .buyer = coupon_buyer(c->arena, k->ask->customer_n, k->ask->email),
        .currency = k->o->currency,
        .line = line,
        .lines = k->n,
    };
    TRY(coupon_find(c, &ask, ret));
    TRY(coupon_discount(c, ret, &ask, off));
    if (plan)
        take_off_periods(k, ret, off);
    for (size_t i = 0; i < k->n; i++) {
        k->line[i].discount_minor = off[i];
        k->o->discount_minor += off[i];
    }
    k->o->coupon = ret->code;
    return E_OK;
}

static enum err apply_tax(struct pricing *k)
{
    struct order *o = k->o;
    struct money net = { o->subtotal_minor - o->discount_minor, o->currency }, tax = net;
    const struct tax_rate *rate = catalog_tax(k->catalog, o->country);
    int64_t *weight = arena_array(k->c->arena, int64_t, k->n);
    int64_t *part = arena_array(k->c->arena, int64_t, k->n);
    int64_t bps = rate == NULL ? 0 : rate->bps, weights = 0;
    o->tax_inclusive = k->catalog->tax_inclusive;
    o->tax_bps = bps;
    o->tax_name = rate == NULL ? S("Tax") : rate->name;
    bool fits = o->tax_inclusive ? money_share(net, bps, 10000 + bps, &tax)
                                 : money_bps(net, (int32_t)bps, &tax);
    for (size_t i = 0; i < k->n; i++) {
        weight[i] = k->line[i].amount_minor - k->line[i].discount_minor;
        weights += weight[i];
    }
    /* An order that costs nothing has nothing to split. */
    if (!fits || (weights > 0 && !money_split(tax, weight, k->n, part)))
        return too_large(k->c);
    o->tax_minor = tax.minor;
    o->total_minor = net.minor + (o->tax_inclusive ? 0 : tax.minor);
    for (size_t i = 0; i < k->n; i++) {
        k->line[i].tax_minor = part[i];
        k->line[i].total_minor = weight[i] + (o->tax_inclusive ? 0 : part[i]);
    }
    return o->total_minor > MONEY_ORDER_MAX ? too_large(k->c) : E_OK;
}

/* The same buyer with the same items: order and spelling do not matter. */
static struct str basket_of(struct pricing *k)
{
    struct arena *a = k->c->arena;
    struct buf b = BUF(a);
    size_t *at = arena_array(a, size_t, k->n);
    for (size_t i = 0; i < k->n; i++) {
        size_t j = i;
        for (; j > 0 && str_cmp(k->line[at[j - 1]].price, k->line[i].price) > 0; j--)
            at[j] = at[j - 1];
        at[j] = i;
    }
    struct str buyer = coupon_buyer(a, k->ask->customer_n, k->ask->email);
    buf_fmt(&b, "%.*s", SARG(buyer));
    for (size_t i = 0; i < k->n; i++)
        buf_fmt(&b, "\n%.*s %lld", SARG(k->line[at[i]].price), (long long)k->line[at[i]].quantity);
    struct sha256 sum = sha256(buf_str(&b));
    return str_copy(a, (struct str) { (const char *)sum.b, sizeof sum.b });
}

enum err order_price(struct ctx *c, const struct order_ask *ask, struct order *ret,
    struct order_line **ret_line, size_t *ret_lines, struct coupon *ret_coupon)
{
    struct order o = {
        .customer_n = ask->customer_n, .email = ask->email, .country = ask->country
    };
    struct coupon coupon = { .n = 0 };
    struct pricing k = { .c = c, .ask = ask, .o = &o };
    TRY(catalog_now(c, &k.catalog));
    k.line = arena_array(c->arena, struct order_line, ORDER_LINES);
    TRY(add_lines(&k));
    TRY(apply_coupon(&k, &coupon));
    TRY(apply_tax(&k));
    if (o.kind == ORDER_START)
        plan_freeze(c->arena, &o, &k.terms, &k.line[0]);
    for (size_t i = 0; i < k.n; i++)
        o.credits += k.line[i].credits;
    o.basket = basket_of(&k);
    *ret = o;
    *ret_line = k.line;
    *ret_lines = k.n;
    *ret_coupon = coupon;
    return E_OK;
}
