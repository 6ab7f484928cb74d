#include "checkout/checkout_page.h"

#include "credit/credit.h"
#include "order/order_part.h"
#include "payment/back.h"

/* An order as its buyer's pages show it. */

static struct str query_of(struct ctx *c, const struct order *o, struct str token)
{
    struct buf b = BUF(c->arena);
    buf_fmt(&b, "order=%.*s", SARG(order_id(c->arena, o)));
    if (token.n > 0)
        buf_fmt(&b, "&t=%.*s", SARG(url_encode(c->arena, token)));
    return buf_str(&b);
}

/* A link tells of one order; what its customer holds is for the customer. */
static enum err find_balance(struct ctx *c, struct shown *s)
{
    struct credit_account account;
    if (s->order.credits == 0 || s->order.completed_ms == 0)
        return E_OK;
    TRY(checkout_caller(c));
    if (c->customer_n <= 0 || c->customer_n != s->order.customer_n)
        return E_OK;
    TRY(credit_look(c, c->customer_n, &account));
    s->balance = account.balance;
    return E_OK;
}

enum err shown_load(struct req *r, const struct order *o, struct shown *ret)
{
    struct ctx *c = r->c;
    struct shown s = { .order = *o, .balance = -1 };
    struct str token = S("");
    bool given = false;
    TRY(req_query(r, "t", &given, &token));
    TRY(order_lines(c, o, &s.line, &s.lines));
    TRY(attempts_of(c, o->n, &s.attempt, &s.attempts));
    TRY(refunds_of(c, o->n, &s.refund, &s.refunds));
    s.last = s.attempts > 0 ? &s.attempt[s.attempts - 1] : NULL;
    const struct attempt *paid = attempt_paid(s.attempt, s.attempts);
    const struct gateway *g = gateway_by_id(paid != NULL ? paid->gateway
            : s.last != NULL                             ? s.last->gateway
                                                         : 0);
    s.with = paid != NULL ? attempt_method_words(c->arena, paid) : S("");
    s.gateway = g != NULL ? g->title : S("");
    s.query = query_of(c, o, token);
    TRY(find_balance(c, &s));
    *ret = s;
    return E_OK;
}

/* Who comes back from a gateway in another browser has neither cookie nor, where the gateway cut
 * it off, the token.  The id itself cannot be guessed; a number can. */
static enum err find_for_stranger(struct req *r, struct str id, struct shown *ret)
{
    struct ctx *c = r->c;
    struct id parsed;
    struct order o;
    int64_t bound = c->customer_n;
    if (!id_parse(S("ord"), id, &parsed))
        return fail(c, NOT_FOUND, "there is no such order");
    c->customer_n = 0;
    enum err e = order_get(c, id, &o);
    c->customer_n = bound;
    TRY(e);
    *ret = (struct shown) {
        .order = o, .stranger = true, .query = query_of(c, &o, S("")), .balance = -1
    };
    return E_OK;
}

enum err shown_from_query(struct req *r, struct shown *ret)
{
    struct str id = S("");
    struct order o;
    bool given = false;
    TRY(req_query(r, "order", &given, &id));
    if (!given)
        return fail(r->c, NOT_FOUND, "this address names no order");
    enum err e = checkout_order(r, id, &o);
    if (e == E_NOT_FOUND) {
        err_clear(r->c);
        return find_for_stranger(r, id, ret);
    }
    TRY(e);
    return shown_load(r, &o, ret);
}

struct str shown_sentence(struct arena *a, const struct shown *s)
{
    return order_sentence(
        a, &(struct order_told) { .order = &s->order, .with = s->with, .gateway = s->gateway });
}

struct str shown_basket_url(struct arena *a, const struct shown *s)
{
    struct checkout *k = arena_new(a, struct checkout);
    if (membership_name(a, s).n > 0)
        return membership_url_of(a, s);
    for (size_t i = 0; i < s->lines; i++)
        k->item[k->items++] =
            (struct order_item) { .price = s->line[i].price, .quantity = s->line[i].quantity };
    k->coupon = s->order.coupon;
    k->country = s->order.country;
    return basket_url(a, "/checkout/confirm", k);
}

void shown_bill(struct buf *b, const struct shown *s)
{
    bill_write(b,
        &(struct bill_shown) {
            .order = &s->order, .line = s->line, .lines = s->lines, .total = SAY(TOTAL) });
}

bool shown_is_open(const struct ctx *c, const struct shown *s)
{
    return s->order.status == ORDER_PENDING && s->last != NULL && s->last->status == ATTEMPT_OPEN &&
        s->last->expires_ms > c->now_ms;
}

struct str shown_go_url(struct arena *a, const struct shown *s)
{
    struct str order, token;
    str_cut(s->query, '&', &order, &token);
    return str_fmt(a, "/checkout/go/%.*s?%.*s", SARG(attempt_id(a, s->last)), SARG(token));
}

struct str phone_page_path(struct arena *a, const struct shown *s, const struct attempt *k)
{
    struct str order, token;
    str_cut(s->query, '&', &order, &token);
    return str_fmt(a, "/pay/%.*s?%.*s", SARG(attempt_id(a, k)), SARG(token));
}
