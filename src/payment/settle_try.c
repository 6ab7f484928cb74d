#include "payment/settle.h"

/* Which try a notice is about, where its gateway numbers each: a buyer who was slow to approve one
 * pays by another on the same page, and then approves the first.  Both took his money under one
 * reference.  The one that came first is the attempt that we opened; each that came beside it gets
 * an attempt of its own, known by its number alone, and a person decides about it. */

static bool is_of_money(const struct notice *k)
{
    return k->kind == NOTICE_PAID || k->kind == NOTICE_REFUNDED || k->kind == NOTICE_REFUND ||
        k->kind == NOTICE_DISPUTED;
}

static bool is_ours(struct ctx *c, const struct settle *s)
{
    const struct str said = s->notice.attempt;
    return said.n == 0 || str_eq(said, attempt_id(c->arena, &s->attempt)) ||
        str_eq(said, order_id(c->arena, &s->order));
}

static bool is_beside(struct ctx *c, const struct settle *s)
{
    const struct gateway *g = gateway_by_id(s->gateway);
    const struct attempt *a = &s->attempt;
    return g != NULL && (g->can & GATEWAY_NUMBERS_TRIES) != 0 && is_of_money(&s->notice) &&
        a->status == ATTEMPT_CAPTURED && a->payment.n > 0 && s->notice.payment.n > 0 &&
        !str_eq(a->payment, s->notice.payment) && is_ours(c, s);
}

static enum err find(struct ctx *c, const struct settle *s, bool *ret_found, struct attempt *ret)
{
    struct attempt *k = NULL;
    size_t n = 0;
    *ret_found = false;
    TRY(attempts_of(c, s->attempt.order_n, &k, &n));
    for (size_t i = 0; i < n && !*ret_found; i++)
        if (k[i].gateway == s->gateway && str_eq(k[i].payment, s->notice.payment)) {
            *ret = k[i];
            *ret_found = true;
        }
    return E_OK;
}

/* No page of ours: nobody waits for it, and nobody can pay it. */
static enum err add(struct ctx *c, const struct settle *s, struct attempt *ret)
{
    const struct attempt *a = &s->attempt;
    struct attempt k = {
        .order_n = a->order_n,
        .id = id_new(c),
        .gateway = a->gateway,
        .named = true,
        .amount = a->amount,
        .method = a->method,
        .expires_ms = a->expires_ms,
    };
    TRY(attempt_insert(c, &k));
    k.payment = s->notice.payment;
    TRY(attempt_become(c, &k, ATTEMPT_ABANDONED));
    *ret = k;
    return E_OK;
}

enum err settle_pick(struct ctx *c, struct settle *s)
{
    struct attempt beside = { .n = 0 };
    bool found = false;
    if (!is_beside(c, s))
        return E_OK;
    TRY(find(c, s, &found, &beside));
    if (!found)
        TRY(add(c, s, &beside));
    s->attempt = beside;
    s->notice.session_id = s->notice.attempt = S(""); /* those are the first one's */
    return E_OK;
}
