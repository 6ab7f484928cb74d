#include "checkout/checkout_page.h"

/* What of the store somebody looks at, as its addresses say it. */

static const struct {
    enum shelf_kind kind;
    struct str word;
} kinds[] = { { SHELF_GOODS, S_INIT("goods") }, { SHELF_WORKS, S_INIT("works") } };
static const struct {
    enum shelf_order order;
    struct str word;
} orders[] = { { SHELF_CHEAPEST, S_INIT("cheapest") }, { SHELF_DEAREST, S_INIT("dearest") } };

/* Unknown words are as none: an old link still shows the store. */
enum err shelf_view_read(struct req *r, struct shelf_view *v, bool *ret_added)
{
    struct str kind = S(""), order = S(""), currency = S("");
    bool given = false;
    *v = (struct shelf_view) { .kind = SHELF_ALL };
    TRY(basket_from_query(r, &v->had, ret_added));
    TRY(req_query(r, "q", &given, &v->q));
    TRY(req_query(r, "after", &given, &v->after));
    TRY(req_query(r, "kind", &given, &kind));
    TRY(req_query(r, "order", &given, &order));
    TRY(req_query(r, "currency", &given, &currency));
    v->q = str_clean(r->c->arena, str_trim(v->q), 80);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (str_eq(kind, kinds[i].word))
            v->kind = kinds[i].kind;
    for (size_t i = 0; i < ARRAY_LEN(orders); i++)
        if (str_eq(order, orders[i].word))
            v->order = orders[i].order;
    if (!currency_parse(currency, &v->currency))
        v->currency = CUR_NONE;
    return E_OK;
}

static enum currency basket_currency(const struct catalog *k, const struct checkout *had)
{
    const struct product *p = NULL;
    const struct price *price = had->items > 0 ? catalog_price(k, had->item[0].price, &p) : NULL;
    return price == NULL ? CUR_NONE : price->amount.cur;
}

bool shelf_basket_in(const struct catalog *k, enum currency cur, struct checkout *had)
{
    struct checkout then = *had;
    for (size_t i = 0; i < then.items; i++) {
        const struct product *p = NULL;
        const struct price *now = catalog_price(k, then.item[i].price, &p);
        const struct price *same = now == NULL ? NULL : catalog_price_of(p, cur);
        if (same == NULL)
            return false;
        then.item[i].price = same->id;
    }
    *had = then;
    return true;
}

void shelf_view_settle(const struct catalog *k, struct shelf_view *v)
{
    enum currency own = basket_currency(k, &v->had);
    if (v->currency == CUR_NONE || !shelf_basket_in(k, v->currency, &v->had))
        v->currency = own != CUR_NONE ? own : k->currency;
    v->home = k->currency;
}

struct str shelf_url(struct arena *a, const char *path, const struct shelf_view *v)
{
    struct buf b = BUF(a);
    struct str base = basket_url(a, path, &v->had);
    char sign = str_has(base, S("?")) ? '&' : '?';
    const struct {
        const char *name;
        struct str value;
    } parts[] = {
        { "currency",
            v->currency == CUR_NONE || v->currency == v->home ? S("")
                                                              : currency_code(v->currency) },
        { "q", v->q },
        { "kind", v->kind == SHELF_ALL ? S("") : kinds[v->kind - 1].word },
        { "order", v->order == SHELF_AS_LISTED ? S("") : orders[v->order - 1].word },
        { "after", v->after },
    };
    buf_add(&b, base);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (parts[i].value.n > 0) {
            buf_fmt(&b, "%c%s=%.*s", sign, parts[i].name, SARG(url_encode(a, parts[i].value)));
            sign = '&';
        }
    return buf_str(&b);
}

void shelf_hidden(struct buf *b, const struct shelf_view *v)
{
    const struct {
        const char *name;
        struct str value;
    } parts[] = {
        { "items", basket_text(b->arena, &v->had) },
        { "currency", v->currency == v->home ? S("") : currency_code(v->currency) },
        { "kind", v->kind == SHELF_ALL ? S("") : kinds[v->kind - 1].word },
        { "order", v->order == SHELF_AS_LISTED ? S("") : orders[v->order - 1].word },
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (parts[i].value.n > 0)
            html(b, "<input type=\"hidden\" name=\"", parts[i].name, "\" value=\"", parts[i].value,
                "\">");
}
