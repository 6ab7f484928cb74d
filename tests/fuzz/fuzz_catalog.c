/* The reader of the catalogue's file: whatever comes is refused with a sentence, or filled; what
 * was filled reads as a catalogue again and says the same, and every price in it has a currency, an
 * amount within bounds and one place. */
#include "catalog/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = { .chunks = NULL };
    struct ctx c = { .arena = &arena };
    struct catalog k, again;
    enum err e = catalog_parse(&c, &arena, (struct str) { (const char *)data, size }, &k);
    if (e != E_OK) {
        must(e == E_INVALID && c.err.message.n > 0);
        arena_free(&arena);
        return 0;
    }
    must(catalog_parse(&c, &arena, k.text, &again) == E_OK);
    must(str_eq(again.text, k.text));
    for (size_t i = 0; i < k.product_count; i++)
        for (size_t q = 0; q < k.products[i].price_count; q++) {
            const struct price *p = &k.products[i].prices[q];
            const struct product *owner = NULL;
            must(p->amount.cur != CUR_NONE && p->amount.minor >= 0 &&
                p->amount.minor <= MONEY_ORDER_MAX);
            must(catalog_price(&k, p->id, &owner) == p && owner == &k.products[i]);
        }
    arena_free(&arena);
    return 0;
}
