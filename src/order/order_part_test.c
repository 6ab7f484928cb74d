#include "order/order_part.h"

#include "base/html.h"
#include "base/test.h"

TEST("every status of an order has its word, its badge and its sentence for both readers")
{
    struct buf b = BUF(t->c->arena);
    for (enum order_status s = 0; s < ORDER_STATUS_COUNT; s++) {
        struct order o = {
            .status = s,
            .currency = CUR_USD,
            .total_minor = 2569,
            .refunded_minor = s == ORDER_REFUNDED ? 2569 : 1000,
            .created_ms = INT64_C(1795141047412),
            .completed_ms = INT64_C(1795141047412),
            .expires_ms = INT64_C(1795227447412),
        };
        const struct order_told told = {
            .order = &o, .with = S("Visa ending 4242"), .gateway = S("MoneyMotion")
        };
        html(&b, "<h2>", order_status_text(s), "</h2>\n<p>console ");
        order_badge(&b, s, ORDER_FOR_CONSOLE);
        html(&b, "</p>\n<p>buyer ");
        order_badge(&b, s, ORDER_FOR_BUYER);
        html(&b, "</p>\n<p>", order_headline(s), "</p>\n<p>", order_sentence(t->c->arena, &told),
            "</p>\n");
    }
    EXPECT_GOLDEN("order_statuses.html", buf_str(&b));
}

TEST("what is not known of a payment leaves no gap in its sentence")
{
    struct order o = { .status = ORDER_COMPLETED, .currency = CUR_USD, .total_minor = 2569 };
    struct str sentence = order_sentence(t->c->arena, &(struct order_told) { .order = &o });
    EXPECT(!str_has(sentence, S("  ")) && !str_has(sentence, S(" .")));
    EXPECT(!str_has(sentence, S("{")));
}
