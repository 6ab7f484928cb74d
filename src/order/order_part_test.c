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

TEST("who is not sold to because of a risk reads that it was refused, and whom to write to")
{
    struct order o = { .status = ORDER_CANCELLED, .risk = ORDER_RISK_REFUSE, .currency = CUR_USD };
    const struct order_told told = { .order = &o };
    EXPECT_STR(order_sentence(t->c->arena, &told),
        S("We cannot take this order, and nothing was charged. Write to us if you think that this is "
          "a mistake."));
    o.risk = ORDER_RISK_ALLOW;
    EXPECT(str_starts(order_sentence(t->c->arena, &told), S("You cancelled")));
}

TEST("a payment that is only known by its kind is spoken of as people do")
{
    struct order o = { .status = ORDER_COMPLETED, .currency = CUR_USD, .total_minor = 2569 };
    struct order_told told = { .order = &o, .with = S("card") };
    EXPECT(str_has(order_sentence(t->c->arena, &told), S(" by card.")));
    o.status = ORDER_REFUNDED;
    o.refunded_minor = 2569;
    EXPECT(str_starts(
        order_sentence(t->c->arena, &told), S("$25.69 went back the way you paid. Banks")));
}

TEST("what is not known of a payment leaves no gap in its sentence")
{
    struct order o = { .status = ORDER_COMPLETED, .currency = CUR_USD, .total_minor = 2569 };
    struct str sentence = order_sentence(t->c->arena, &(struct order_told) { .order = &o });
    EXPECT(!str_has(sentence, S("  ")) && !str_has(sentence, S(" .")));
    EXPECT(!str_has(sentence, S("{")));
}

TEST("a tax is called what the catalogue calls it, with its rate as people write it")
{
    static const struct {
        int64_t bps;
        struct str name, words;
    } taxes[] = { { 1900, S_INIT("VAT"), S_INIT("VAT 19%") },
        { 725, S_INIT("Sales tax"), S_INIT("Sales tax 7.25%") },
        { 1550, S_INIT("GST"), S_INIT("GST 15.5%") }, { 5, S_INIT("Tax"), S_INIT("Tax 0.05%") } };
    for (size_t i = 0; i < ARRAY_LEN(taxes); i++) {
        const struct order o = { .tax_bps = taxes[i].bps, .tax_name = taxes[i].name };
        EXPECT_STR(order_tax_words(t->c->arena, &o), taxes[i].words);
    }
}
