#include "checkout/checkout_page.h"

#include "web/page.h"

/* Credits that are bought once, beside each other: on /pricing, and where one sees what is left. */

size_t packs_find(const struct catalog *k, const struct product **ret, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < k->product_count; i++) {
        const struct product *p = &k->products[i];
        if (p->active && !p->is_plan && p->credits > 0 && n < max)
            ret[n++] = p;
    }
    return n;
}

/* What one credit costs, or as many of them as cost something that can be said in cents: of one for
 * a cent and a half nothing true can. */
static struct str price_of_each(struct arena *a, const struct product *p, struct money price)
{
    enum {
        SAYABLE = 5
    };
    static const int64_t counts[] = { 1, 10, 100, 1000 };
    struct money share;
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        if (money_share(price, counts[i], p->credits, &share) && share.minor >= SAYABLE) {
            struct str words = money_text(a, share);
            return counts[i] == 1
                ? SAY_WITH(a, PER_CREDIT, { "price", words })
                : SAY_WITH(a, PER_CREDITS, { "price", words }, { "n", number_text(a, counts[i]) });
        }
    return S("");
}

static void write_pack(
    struct ctx *c, struct buf *b, const struct catalog *k, const struct product *p, bool leads)
{
    struct arena *a = c->arena;
    const struct price *price = catalog_price_of(p, k->currency);
    struct part_plan card = { .name = p->name,
        .flag = p->popular ? SAY(POPULAR) : S(""),
        .tick = p->highlights,
        .ticks = p->highlight_count };
    if (price == NULL || !shelf_sells(c, p, price)) {
        card.why = SAY(NOT_FOR_SALE);
    } else {
        const struct checkout one = { .item[0] = { .price = price->id, .quantity = 1 },
            .items = 1 };
        card.price = money_text(a, price->amount);
        card.more = price_of_each(a, p, price->amount);
        card.button = (struct part_button) {
            .words = SAY_WITH(a, BUY_PACK, { "name", p->name }),
            .kind = p->popular && leads ? BUTTON_FILLED : BUTTON_QUIET,
            .href = basket_url(a, "/checkout/confirm", &one),
        };
    }
    part_plan(b, &card);
}

void packs_write(struct ctx *c, struct buf *b, const struct catalog *k, bool leads)
{
    const struct product *pack[PACKS_MAX];
    const size_t n = packs_find(k, pack, PACKS_MAX);
    part_plans_open(b);
    for (size_t i = 0; i < n; i++)
        write_pack(c, b, k, pack[i], leads);
    part_plans_close(b);
    html(b, "\n");
}
