#include "checkout/checkout_page.h"

#include "customer/customer.h"
#include "web/part.h"

/* A basket that nobody stores: "sticker-sheet-usd:2,field-notebook-usd:1", in addresses and hidden
 * fields. */

enum err basket_add(struct ctx *c, struct checkout *k, struct str price, int64_t quantity)
{
    for (size_t i = 0; i < k->items; i++)
        if (str_eq(k->item[i].price, price)) {
            k->item[i].quantity += quantity;
            if (k->item[i].quantity > ORDER_QUANTITY)
                k->item[i].quantity = ORDER_QUANTITY;
            return E_OK;
        }
    if (k->items == ORDER_LINES)
        return fail(c, INVALID_REQUEST, "an order has at most %d lines", ORDER_LINES);
    k->item[k->items++] = (struct order_item) { .price = price, .quantity = quantity };
    return E_OK;
}

enum err basket_read(struct ctx *c, struct str list, struct checkout *k)
{
    struct str one, price, count;
    int64_t quantity = 0;
    for (bool more = list.n > 0; more;) {
        more = str_cut(list, ',', &one, &list);
        if (!str_cut(one, ':', &price, &count) || price.n == 0 || price.n > 64 ||
            !str_is_visible(price) || !str_to_i64(count, &quantity) || quantity < 0 ||
            quantity > ORDER_QUANTITY)
            return fail(c, INVALID_REQUEST, "%.*s", SARG(SAY(BASKET_WRONG)));
        if (quantity > 0)
            TRY(basket_add(c, k, price, quantity));
    }
    return E_OK;
}

struct str basket_text(struct arena *a, const struct checkout *k)
{
    struct buf b = BUF(a);
    for (size_t i = 0; i < k->items; i++)
        buf_fmt(&b, "%s%.*s:%lld", i > 0 ? "," : "", SARG(k->item[i].price),
            (long long)k->item[i].quantity);
    return buf_str(&b);
}

int64_t basket_count(const struct checkout *k)
{
    int64_t n = 0;
    for (size_t i = 0; i < k->items; i++)
        n += k->item[i].quantity;
    return n;
}

struct str basket_url(struct arena *a, const char *path, const struct checkout *k)
{
    if (k->items == 0)
        return str_of_c(path);
    struct buf b = BUF(a);
    buf_fmt(&b, "%s?items=%.*s", path, SARG(url_encode(a, basket_text(a, k))));
    if (k->coupon.n > 0)
        buf_fmt(&b, "&coupon=%.*s", SARG(url_encode(a, k->coupon)));
    if (k->country.n > 0)
        buf_fmt(&b, "&country=%.*s", SARG(url_encode(a, k->country)));
    return buf_str(&b);
}

enum err basket_from_query(struct req *r, struct checkout *k, bool *ret_added)
{
    struct str items = S(""), price = S("");
    int64_t quantity = 1;
    bool given = false;
    *ret_added = false;
    TRY(req_query(r, "items", &given, &items));
    TRY(basket_read(r->c, items, k));
    TRY(req_query(r, "price", ret_added, &price));
    TRY(req_query_i64(r, "quantity", 1, ORDER_QUANTITY, &quantity));
    if (!*ret_added)
        return E_OK;
    return basket_read(
        r->c, str_fmt(r->c->arena, "%.*s:%lld", SARG(price), (long long)quantity), k);
}

/* ---- the bill */

static struct str tax_words(struct arena *a, const struct order *o, struct money tax)
{
    struct str words = order_tax_words(a, o), country = country_name(o->country);
    if (!o->tax_inclusive)
        return SAY_WITH(a, TAX, { "tax", words }, { "country", country });
    return SAY_WITH(a, TAX_INCLUDED, { "amount", money_text(a, tax) }, { "tax", words },
        { "country", country });
}

void bill_write(struct buf *b, const struct bill_shown *bill)
{
    struct arena *a = b->arena;
    const struct order *o = bill->order;
    struct money tax = { o->tax_minor, o->currency };
    bool steps = o->discount_minor > 0 || (o->tax_minor > 0 && !o->tax_inclusive);
    part_bill_open(b, SAY(BILL_CAPTION));
    for (size_t i = 0; i < bill->lines; i++) {
        const struct order_line *l = &bill->line[i];
        bool plan = l->plan.n > 0; /* bought once; what the next periods cost is part of the bill */
        part_bill_item(b,
            &(struct part_item) {
                .words = l->name,
                .more = plan ? l->description : S(""),
                .quantity = l->quantity,
                .field = bill->form.n > 0 && !plan ? str_fmt(a, "q%zu", i) : S(""),
                .form = bill->form,
                .amount = { l->amount_minor, o->currency },
            });
    }
    part_bill_foot(b);
    if (steps && (bill->lines > 1 || o->discount_minor > 0))
        part_bill_line(b, SAY(SUBTOTAL), (struct money) { o->subtotal_minor, o->currency });
    if (o->discount_minor > 0)
        part_bill_line(b, SAY_WITH(a, DISCOUNT, { "code", o->coupon }),
            (struct money) { -o->discount_minor, o->currency });
    if (o->tax_minor > 0 && !o->tax_inclusive)
        part_bill_line(b, tax_words(a, o, tax), tax);
    part_bill_total(b, bill->total, (struct money) { o->total_minor, o->currency });
    part_bill_close(b);
    if (o->tax_minor > 0 && o->tax_inclusive)
        html(b, "<p class=\"small muted\">", tax_words(a, o, tax), "</p>");
}
