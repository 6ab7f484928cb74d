#include "checkout/phone_page.h"

#include "db/db.h"

/* ---- whose it is, and how it stands */

static void find_lands(struct phone_view *v)
{
    const struct gateway_phone *phone = v->g->phone;
    for (size_t i = 0; i < phone->lands && v->lands < PHONE_LANDS; i++)
        if (phone->land[i].cur == v->a.amount.cur)
            v->land[v->lands++] = &phone->land[i];
}

/* Who tries again has the number there already. */
static enum err find_number(struct ctx *c, struct phone_view *v)
{
    struct prompt before = v->p;
    for (size_t i = v->s.attempts; before.phone.n == 0 && i > 0; i--)
        TRY(prompt_of(c, v->s.attempt[i - 1].n, &before));
    v->country = before.country;
    v->operator= before.operator;
    v->phone = before.phone;
    return E_OK;
}

enum err phone_load(struct req *r, struct phone_view *v)
{
    struct ctx *c = r->c;
    struct id id;
    struct order o;
    *v = (struct phone_view) { .tried = false };
    if (!id_parse(S("att"), r->params[0], &id))
        return fail(c, NOT_FOUND, "there is no such payment page");
    TRY(attempt_get(c, id, &v->a));
    v->g = gateway_by_id(v->a.gateway);
    if (!attempt_by_phone(&v->a))
        return fail(c, NOT_FOUND, "there is no such payment page");
    TRY(order_by_n(c, v->a.order_n, &o));
    TRY(checkout_order(r, order_id(c->arena, &o), &o));
    TRY(shown_load(r, &o, &v->s));
    TRY(prompt_of(c, v->a.n, &v->p));
    find_lands(v);
    return find_number(c, v);
}

struct loading {
    struct req *r;
    struct phone_view *v;
};

static enum err load_tx(struct ctx *c, void *arg)
{
    const struct loading *k = arg;
    must(c == k->r->c);
    return phone_load(k->r, k->v);
}

enum err phone_load_now(struct req *r, struct phone_view *ret)
{
    struct loading k = { r, ret };
    return db_read(r->c, load_tx, &k);
}
