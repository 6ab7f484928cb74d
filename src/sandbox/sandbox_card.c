#include "sandbox/sandbox_card.h"

#include "sandbox/model.h"

struct str sandbox_card_spaced(struct arena *a, struct str number)
{
    struct buf b = BUF(a);
    for (size_t i = 0; i < number.n; i++)
        buf_fmt(&b, "%s%c", i > 0 && i % 4 == 0 ? " " : "", number.p[i]);
    return buf_str(&b);
}

const struct part_copy *sandbox_cards(struct arena *a, size_t *ret_n)
{
    static const struct {
        struct str brand, title;
    } titles[] = { { S_INIT("visa"), S_INIT("Visa") },
        { S_INIT("mastercard"), S_INIT("Mastercard") },
        { S_INIT("amex"), S_INIT("American Express") } };
    struct part_copy *copy = arena_array(a, struct part_copy, test_card_count);
    for (size_t i = 0; i < test_card_count; i++) {
        struct str brand = test_cards[i].brand;
        for (size_t t = 0; t < ARRAY_LEN(titles); t++)
            if (str_eq(titles[t].brand, brand))
                brand = titles[t].title;
        copy[i] = (struct part_copy) {
            str_fmt(a, "%.*s: %.*s", SARG(brand), SARG(str_lower(a, test_cards[i].what))),
            sandbox_card_spaced(a, test_cards[i].number),
        };
    }
    *ret_n = test_card_count;
    return copy;
}
