#ifndef ORDER_ORDER_PART_H
#define ORDER_ORDER_PART_H

#include "order/order.h"

/* An order's status for people: tone, icon, and the words for console and buyer, in one table
 * (look.md 3.6) and nowhere else. */
enum order_reader {
    ORDER_FOR_BUYER,
    ORDER_FOR_CONSOLE
};
void order_badge(struct buf *b, enum order_status s, enum order_reader reader);
struct str order_word(enum order_status s, enum order_reader reader);

/* What the buyer's page says at its head, and below it. */
struct str order_headline(enum order_status s);
struct order_told {
    const struct order *order;
    struct str with;    /* "Visa ending 4242", or empty: not known */
    struct str gateway; /* "MoneyMotion", or empty */
};
struct str order_sentence(struct arena *a, const struct order_told *told);

#endif
