#include "app/refund_fixture.h"

/* What goes back with the money: tax, and credits that were handed out for it. */

TEST("credits go back in the share of the money, and many parts take exactly what the whole would")
{
    struct stripe_shop *s = refund_pack_shop(t, "debt");
    struct str id = refund_pack(s, "k1");
    static const struct {
        int64_t amount, left;
    } parts[] = { { 5, 99 }, { 5, 99 }, { 5, 98 }, { 325, 66 }, { 331, 33 }, { 329, 0 } };
    EXPECT_I64(refund_balance(s->shop), 100);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct str key = str_fmt(t->c->arena, "r%zu", i),
                   said = str_fmt(t->c->arena, "\"amount\":%lld", (long long)parts[i].amount);
        refund_give(s->shop, str_c(t->c->arena, key), id, str_c(t->c->arena, said), 200);
        EXPECT_I64(refund_balance(s->shop), parts[i].left);
        shop_verify(s->shop);
    }
    refund_expect_status(s->shop, id, ORDER_REFUNDED);
}

TEST("tax goes back as the payment does, to the cent")
{
    struct stripe_shop *s = refund_pack_shop(t, "debt");
    struct str id = refund_paid_with(s, "k1",
        "\"items\":[{\"price\":\"pack-usd\",\"quantity\":1}],\"country\":\"DE\","
        "\"customerId\":\"u-1\"");
    refund_give(s->shop, "r1", id, "\"amount\":333", 200);
    EXPECT_I64(shop_balance(s->shop, LEDGER_TAX, CUR_USD), -137);
    refund_give(s->shop, "r2", id, "\"amount\":333", 200);
    EXPECT_I64(shop_balance(s->shop, LEDGER_TAX, CUR_USD), -84);
    refund_give(s->shop, "r3", id, "", 200);
    EXPECT_I64(shop_balance(s->shop, LEDGER_TAX, CUR_USD), 0);
    EXPECT_I64(shop_balance(s->shop, LEDGER_SALES, CUR_USD), 0);
    shop_verify(s->shop);
}

TEST("credits that were spent are owed, and come out of what is bought next")
{
    struct stripe_shop *s = refund_pack_shop(t, "debt");
    struct str id = refund_pack(s, "k1");
    refund_spend(s->shop, "s1", 70);
    refund_give(s->shop, "r1", id, "\"amount\":500", 200);
    EXPECT_I64(refund_balance(s->shop), 0);
    shop_verify(s->shop);
    refund_pack(s, "k2");
    EXPECT_I64(refund_balance(s->shop), 80); /* 20 were owed */
    shop_verify(s->shop);
}

TEST("or the refund is refused while they are spent, before anything is sent")
{
    struct stripe_shop *s = refund_pack_shop(t, "refuse");
    struct str id = refund_pack(s, "k1");
    refund_spend(s->shop, "s1", 70);
    struct str answer = refund_give(s->shop, "r1", id, "", 409);
    EXPECT(str_has(answer, S("70 of the credits")));
    EXPECT_I64((int64_t)s->refund_calls, 0);
    refund_give(s->shop, "r2", id, "\"amount\":300", 200);
    EXPECT_I64(refund_balance(s->shop), 0);
    shop_verify(s->shop);
}
