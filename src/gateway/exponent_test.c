#include "gateway/exponent.h"

#include "base/test.h"

TEST("R3 each gateway counts each currency as its documents say")
{
    static const struct {
        const char *gateway;
        enum currency cur;
        int64_t minor, units; /* ours, theirs */
    } rows[] = {
        { "stripe", CUR_JPY, 500, 500 },
        { "stripe", CUR_KRW, 500, 500 },
        { "stripe", CUR_UGX, 37000, 3700000 },
        { "stripe", CUR_ISK, 5, 500 },
        { "stripe", CUR_USD, 2999, 2999 },
        { "stripe", CUR_EUR, 2999, 2999 },
        { "stripe", CUR_HUF, 100000, 100000 },
        { "stripe", CUR_TWD, 80000, 80000 },
        { "stripe", CUR_KWD, 5120, 5120 },
        { "stripe", CUR_BHD, 10, 10 },
        { "stripe", CUR_MGA, 50000, 500 },
        { "flutterwave", CUR_JPY, 500, 500 },
        { "flutterwave", CUR_KRW, 500, 500 },
        { "flutterwave", CUR_UGX, 37000, 37000 },
        { "flutterwave", CUR_ISK, 5, 5 },
        { "flutterwave", CUR_USD, 3999, 3999 },
        { "flutterwave", CUR_EUR, 2999, 2999 },
        { "flutterwave", CUR_NGN, 10000, 10000 },
        { "flutterwave", CUR_KWD, 1234, 1234 },
        { "flutterwave", CUR_BHD, 1234, 1234 },
        { "eversend", CUR_JPY, 500, 500 },
        { "eversend", CUR_KRW, 500, 500 },
        { "eversend", CUR_UGX, 20000, 20000 },
        { "eversend", CUR_ISK, 5, 5 },
        { "eversend", CUR_USD, 2999, 2999 },
        { "eversend", CUR_EUR, 2999, 2999 },
        { "eversend", CUR_KES, 150050, 150050 },
        { "eversend", CUR_KWD, 1234, 1234 },
        { "eversend", CUR_BHD, 1234, 1234 },
        { "moneymotion", CUR_JPY, 500, 500 },
        { "moneymotion", CUR_KRW, 500, 500 },
        { "moneymotion", CUR_UGX, 37000, 37000 },
        { "moneymotion", CUR_ISK, 5, 5 },
        { "moneymotion", CUR_USD, 3999, 3999 },
        { "moneymotion", CUR_EUR, 2999, 2999 },
        { "moneymotion", CUR_KWD, 1234, 1234 },
        { "moneymotion", CUR_BHD, 1234, 1234 },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct exponent e;
        struct money m = { 0 };
        int64_t units = 0;
        EXPECT(exponent_of(str_of_c(rows[i].gateway), rows[i].cur, &e));
        EXPECT(exponent_out((struct money) { rows[i].minor, rows[i].cur }, e, &units));
        EXPECT_I64(units, rows[i].units);
        EXPECT(exponent_in(units, rows[i].cur, e, &m));
        EXPECT_I64(m.minor, rows[i].minor);
        EXPECT(m.cur == rows[i].cur);
    }
}

TEST("R3 a currency whose digits are in doubt is refused")
{
    struct exponent e = { 7, 7 };
    EXPECT(!exponent_of(S("moneymotion"), CUR_HUF, &e));
    EXPECT(e.digits == 7 && e.step == 7);
}

TEST("R3 an amount that a gateway cannot say exactly is refused, not rounded")
{
    struct exponent e;
    struct money m = { 7, CUR_NONE };
    int64_t units = 7;
    EXPECT(exponent_of(S("stripe"), CUR_KWD, &e));
    EXPECT(!exponent_out((struct money) { 5124, CUR_KWD }, e, &units));
    EXPECT(exponent_of(S("stripe"), CUR_MGA, &e));
    EXPECT(!exponent_out((struct money) { 50050, CUR_MGA }, e, &units));
    EXPECT(!exponent_in(INT64_MAX, CUR_MGA, e, &m));
    EXPECT(exponent_of(S("stripe"), CUR_UGX, &e));
    EXPECT(!exponent_in(150050, CUR_UGX, e, &m));
    EXPECT(!exponent_out((struct money) { INT64_MAX / 10, CUR_UGX }, e, &units));
    EXPECT(units == 7 && m.minor == 7 && m.cur == CUR_NONE);
}
