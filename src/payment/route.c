#include "payment/route.h"

#include <string.h>

#include "catalog/catalog.h"
#include "db/db.h"
#include "net/net.h"
#include "payment/attempt_db.h"
#include "subscription/subscription.h"
#include "switch/switch.h"

static enum err collected_by(struct ctx *c, const struct order *o, const struct order_line *line,
    size_t lines, struct str method, struct catalog_route *ret)
{
    const struct catalog *k = NULL;
    struct money sum;
    TRY(catalog_now(c, &k));
    TRY(payment_collected(c, o, line, lines, &sum));
    /* Several products are collected together as the first of them would be alone. */
    struct route_ask ask = {
        .product = lines > 0 ? catalog_product(k, line[0].product) : NULL,
        .method = method,
        .country = o->country,
        .total = sum,
    };
    catalog_routing(c->arena, k, &ask, ret);
    return E_OK;
}

enum err payment_collected(struct ctx *c, const struct order *o, const struct order_line *line,
    size_t lines, struct money *ret)
{
    struct subscription_terms t = { .amount = { o->total_minor, o->currency } };
    if (o->kind != ORDER_ONCE && o->total_minor == 0 && lines == 1)
        TRY(subscription_terms_read(c, line[0].plan, &t));
    *ret = t.amount;
    return E_OK;
}

/* ---- in which order */

static void move(struct catalog_route *k, size_t from, size_t to)
{
    struct catalog_way way = k->way[from];
    for (size_t i = from; i > to; i--)
        k->way[i] = k->way[i - 1];
    k->way[to] = way;
}

/* One after the other is drawn from those that are left, by their weights; what weighs nothing is
 * for when nobody else is left. */
static void deal(struct catalog_route *k, struct id order)
{
    uint64_t luck = 0;
    memcpy(&luck, order.b + sizeof order.b - sizeof luck, sizeof luck);
    for (size_t at = 0; at < k->n; at++) {
        int64_t all = 0;
        for (size_t i = at; i < k->n; i++)
            all += k->way[i].weight;
        if (all == 0)
            return;
        int64_t drawn = (int64_t)(luck % (uint64_t)all);
        luck /= (uint64_t)all;
        size_t i = at;
        for (; drawn >= k->way[i].weight; i++)
            drawn -= k->way[i].weight;
        move(k, i, at);
    }
}

static bool is_silent(struct ctx *c, struct str gateway)
{
    return c->net != NULL && c->net->silent != NULL && c->net->silent(c->net, gateway);
}

static void silent_last(struct ctx *c, struct catalog_route *k)
{
    size_t well = 0;
    for (size_t i = 0; i < k->n; i++)
        if (!is_silent(c, k->way[i].name))
            move(k, i, well++);
}

/* ---- who of them */

/* Why it is not asked; empty: it may be. */
static enum err why_not(struct ctx *c, const struct gateway *g, struct str *ret)
{
    bool off = false;
    *ret = S("");
    if (g == NULL || !g->enabled(c->config)) {
        *ret = S("not set up");
        return E_OK;
    }
    TRY(switch_gateway_is_off(c, g->name, &off));
    if (off)
        *ret = S("switched off");
    return E_OK;
}

/* A page that ended unpaid was no refusal: a renewal is paid on the next one. */
static bool has_ended(const struct attempt *k)
{
    return k->status == ATTEMPT_EXPIRED || k->status == ATTEMPT_CANCELLED ||
        k->status == ATTEMPT_FAILED;
}

static bool tried(const struct attempt *k, size_t n, enum gateway_id gateway)
{
    for (size_t i = 0; i < n; i++)
        if (k[i].gateway == gateway && !has_ended(&k[i]) && !attempt_is_charge(&k[i]))
            return true;
    return false;
}

static enum err route_of(struct ctx *c, const struct payment_open *p, struct str method,
    struct str asked, struct catalog_route *ret)
{
    if (asked.n > 0) {
        if (gateway_by_name(asked) == GATEWAY_NONE)
            return fail(c, INVALID_REQUEST, "there is no gateway %.*s", SARG(asked));
        *ret = (struct catalog_route) {
            .by = S("whoever opened it"), .n = 1, .way = { { .name = asked } }
        };
        return E_OK;
    }
    TRY(collected_by(c, &p->order, p->line, p->lines, method, ret));
    if (ret->n == 0)
        return fail(c, INVALID_REQUEST, "nothing here can be paid by %.*s", SARG(method));
    if (ret->shared)
        deal(ret, p->order.id);
    silent_last(c, ret);
    return E_OK;
}

struct choosing {
    const struct catalog_route *route;
    const struct attempt *before;
    size_t tries;
    struct str method;
    struct money sum;
    struct errinfo refused; /* by the last that does not take such a payment */
    struct buf why;
};

static enum err judge(struct ctx *c, struct choosing *k, enum gateway_id id, struct str *ret)
{
    const struct gateway *g = gateway_by_id(id);
    TRY(why_not(c, g, ret));
    if (ret->n > 0)
        return E_OK;
    if (tried(k->before, k->tries, id)) {
        *ret = S("tried before");
    } else if (gateway_accepts(c, g, k->method, k->sum) != E_OK) {
        k->refused = c->err;
        *ret = S("does not take it");
    }
    return E_OK;
}

static enum err choose(struct ctx *c, struct choosing *k, struct route_choice *ret)
{
    for (size_t i = 0; i < k->route->n; i++) {
        const struct catalog_way *way = &k->route->way[i];
        enum gateway_id id = gateway_by_name(way->name);
        struct str not = S("");
        TRY(judge(c, k, id, &not ));
        buf_add(&k->why, i == 0 ? S(": ") : S(", "));
        buf_add(&k->why, way->name);
        if (k->route->shared)
            buf_fmt(&k->why, " %lld", (long long)way->weight);
        if (is_silent(c, way->name))
            buf_add(&k->why, S(" (does not answer)"));
        if (not .n == 0) {
            *ret = (struct route_choice) { id, buf_str(&k->why) };
            return E_OK;
        }
        buf_fmt(&k->why, " (%.*s)", SARG(not ));
    }
    return E_OK;
}

enum err route_choose(struct ctx *c, const struct payment_open *p, struct str method,
    struct str asked, struct route_choice *ret)
{
    struct catalog_route route;
    struct attempt *before = NULL;
    struct choosing k = { .route = &route, .method = method, .why = BUF(c->arena) };
    TRY(payment_collected(c, &p->order, p->line, p->lines, &k.sum));
    TRY(route_of(c, p, method, asked, &route));
    TRY(attempts_of(c, p->order.n, &before, &k.tries));
    k.before = before;
    *ret = (struct route_choice) { .gateway = GATEWAY_NONE };
    buf_fmt(&k.why, "%.*s, by %.*s", SARG(method), SARG(route.by));
    TRY(choose(c, &k, ret));
    if (ret->gateway != GATEWAY_NONE)
        return E_OK;
    if (k.refused.code != CODE_NONE) {
        c->err = k.refused;
        return code_info(k.refused.code)->kind;
    }
    if (asked.n > 0)
        return fail(c, GATEWAY_UNAVAILABLE,
            "%.*s is not set up or reachable, is switched off, or did not take it before",
            SARG(asked));
    return fail(
        c, GATEWAY_UNAVAILABLE, "no gateway that takes this payment is set up or reachable");
}

enum err payment_offered(struct ctx *c, const struct order *o, const struct order_line *line,
    size_t lines, struct str method, struct payment_offer *ret)
{
    struct catalog_route route;
    struct money total;
    struct payment_offer offer = { .gateway = GATEWAY_NONE };
    TRY(collected_by(c, o, line, lines, method, &route));
    TRY(payment_collected(c, o, line, lines, &total));
    for (size_t i = 0; i < route.n && offer.gateway == GATEWAY_NONE; i++) {
        enum gateway_id id = gateway_by_name(route.way[i].name);
        const struct gateway *g = gateway_by_id(id);
        struct str not = S("");
        TRY(why_not(c, g, &not ));
        if (not .n > 0)
            continue;
        offer.offered = true;
        if (gateway_accepts(c, g, method, total) == E_OK)
            offer.gateway = id;
        else
            offer.why = c->err.message;
    }
    err_clear(c);
    *ret = offer;
    return E_OK;
}
