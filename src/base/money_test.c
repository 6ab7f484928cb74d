#include "base/money.h"

#include "base/id.h"
#include "base/test.h"

static struct money usd(int64_t minor)
{
    return (struct money) { minor, CUR_USD };
}

TEST("R2 sums, differences and products that do not fit are refused, never wrapped")
{
    static const int64_t edges[] = { INT64_MIN, INT64_MIN + 1, -1, 0, 1, 2, 10000, MONEY_ORDER_MAX,
        MONEY_ORDER_MAX + 1, INT64_MAX / 2, INT64_MAX - 1, INT64_MAX };
    for (size_t i = 0; i < ARRAY_LEN(edges); i++)
        for (size_t k = 0; k < ARRAY_LEN(edges); k++) {
            __int128 a = edges[i], b = edges[k];
            const __int128 exact[] = { a + b, a - b, a * b };
            struct money got = usd(7);
            for (size_t op = 0; op < ARRAY_LEN(exact); op++) {
                got = usd(7);
                bool ok = op == 0 ? money_add(usd(edges[i]), usd(edges[k]), &got)
                    : op == 1     ? money_sub(usd(edges[i]), usd(edges[k]), &got)
                                  : money_mul(usd(edges[i]), edges[k], &got);
                bool fits = exact[op] >= INT64_MIN && exact[op] <= INT64_MAX;
                EXPECT(ok == fits);
                EXPECT_I64(got.minor, fits ? (int64_t)exact[op] : 7);
                EXPECT(got.cur == CUR_USD);
            }
        }
}

TEST("R4 percentages round half away from zero, once")
{
    static const struct {
        int64_t minor;
        int32_t bps;
        int64_t is;
    } rows[] = { { 10000, 1000, 1000 }, { 5, 1000, 1 }, { 4, 1000, 0 }, { -5, 1000, -1 },
        { -4, 1000, 0 }, { 15, 1000, 2 }, { 25, 1000, 3 }, { 1, 5000, 1 }, { 1, 4999, 0 },
        { -1, 5000, -1 }, { 2999, 1900, 570 }, { 999, 0, 0 }, { 999, 10000, 999 },
        { 100, -1000, -10 }, { 5, -1000, -1 }, { INT64_MAX, 10000, INT64_MAX },
        { INT64_MIN, 10000, INT64_MIN }, { INT64_MAX, 5000, INT64_MAX / 2 + 1 } };
    struct money got;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        EXPECT(money_bps(usd(rows[i].minor), rows[i].bps, &got));
        EXPECT_I64(got.minor, rows[i].is);
    }
    got = usd(7);
    EXPECT(!money_bps(usd(INT64_MAX), 10001, &got));
    EXPECT(!money_bps(usd(INT64_MIN), -10000, &got));
    EXPECT(!money_share(usd(INT64_MAX), INT64_MAX, 1, &got));
    EXPECT_I64(got.minor, 7);
    EXPECT(money_share(usd(INT64_MAX), INT64_MAX, INT64_MAX, &got));
    EXPECT_I64(got.minor, INT64_MAX);
    EXPECT(money_share(usd(10), 1, 3, &got)); /* 3.33 */
    EXPECT_I64(got.minor, 3);
    EXPECT(money_share(usd(10), 1, 4, &got)); /* 2.5 */
    EXPECT_I64(got.minor, 3);
    EXPECT(money_share(usd(3), 1, INT64_MAX, &got));
    EXPECT_I64(got.minor, 0);
}

TEST("R4 a split goes by largest remainder, the first of equal ones first")
{
    static const struct {
        int64_t minor;
        int64_t weights[4], parts[4];
    } rows[] = {
        { 100, { 1, 1, 1, 0 }, { 34, 33, 33, 0 } },
        { -100, { 1, 1, 1, 0 }, { -34, -33, -33, 0 } },
        { 10, { 1, 2, 3, 4 }, { 1, 2, 3, 4 } },
        { 1, { 1, 1, 1, 1 }, { 1, 0, 0, 0 } },
        { 1, { 1, 2, 1, 1 }, { 0, 1, 0, 0 } },
        { 0, { 1, 2, 3, 4 }, { 0, 0, 0, 0 } },
        { 3, { 0, 0, 7, 0 }, { 0, 0, 3, 0 } },
        { 999, { 333, 333, 334, 1 }, { 333, 332, 333, 1 } },
        { INT64_MAX, { 1, 0, 0, 0 }, { INT64_MAX, 0, 0, 0 } },
        { INT64_MIN, { 0, 1, 0, 0 }, { 0, INT64_MIN, 0, 0 } },
        { INT64_MAX, { INT64_MAX - 1, 1, 0, 0 }, { INT64_MAX - 1, 1, 0, 0 } },
    };
    int64_t parts[4];
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        EXPECT(money_split(usd(rows[i].minor), rows[i].weights, 4, parts));
        for (size_t k = 0; k < 4; k++)
            EXPECT_I64(parts[k], rows[i].parts[k]);
    }
    parts[0] = 7;
    EXPECT(!money_split(usd(1), (const int64_t[]) { INT64_MAX, 1 }, 2, parts));
    EXPECT_I64(parts[0], 7);
}

/* Small numbers as often as large ones. */
static int64_t any_size(struct test *t)
{
    int bits = (int)random_below(t->c, 62);
    return random_below(t->c, (INT64_C(1) << bits) + 1);
}

TEST("R4 a million random splits lose nothing, and every part is within one of its ideal")
{
    for (int round = 0; round < 1000000; round++) {
        int64_t weights[6], parts[6], sum = 0;
        __int128 whole = 0;
        size_t n = 1 + (size_t)random_below(t->c, 6);
        int64_t minor = any_size(t);
        if (random_below(t->c, 2) == 0)
            minor = -minor;
        for (size_t i = 0; i < n; i++) {
            weights[i] = any_size(t) / 8;
            whole += weights[i];
        }
        if (whole == 0)
            continue;
        must(money_split(usd(minor), weights, n, parts));
        bool near = true;
        for (size_t i = 0; i < n; i++) {
            __int128 off = (__int128)parts[i] * whole - (__int128)minor * weights[i];
            near = near && off < whole && -off < whole;
            sum += parts[i];
        }
        EXPECT(near);
        EXPECT_I64(sum, minor);
    }
}

TEST("R3 a gateway's decimal becomes minor units exactly, or not at all")
{
    static const struct {
        const char *text;
        int digits;
        int64_t is;
    } good[] = { { "39.99", 2, 3999 }, { "39.9", 2, 3990 }, { "39.990", 2, 3999 },
        { "100", 2, 10000 }, { "1e2", 2, 10000 }, { "1E+2", 2, 10000 }, { "1.5e1", 2, 1500 },
        { "150e-1", 2, 1500 }, { "5e-2", 2, 5 }, { "0.1", 2, 10 }, { "0", 2, 0 }, { "0.00", 2, 0 },
        { "0e999999999999999999999", 2, 0 }, { "0.0e-99999999999999999999", 0, 0 },
        { "1500", 0, 1500 }, { "1500.00", 0, 1500 }, { "10.00", 0, 10 }, { "1.234", 3, 1234 },
        { "1.5", 3, 1500 }, { "92233720368547758.07", 2, INT64_MAX },
        { "9223372036854775807", 0, INT64_MAX }, { "0.000000000000000001", 18, 1 },
        { "10000000000000000000000e-20", 2, 10000 } };
    static const struct {
        const char *text;
        int digits;
    } bad[] = { { "10.005", 2 }, { "1500.5", 0 }, { "1500.5", 0 }, { "1e-3", 2 }, { "-5", 2 },
        { "+5", 2 }, { "1E400", 2 }, { "1e99999999999999999999", 2 }, { "NaN", 2 },
        { "Infinity", 2 }, { "92233720368547758.08", 2 }, { "9223372036854775808", 0 },
        { "1,000.00", 2 }, { "", 2 }, { ".5", 2 }, { "5.", 2 }, { "007", 2 }, { "00", 2 },
        { " 5", 2 }, { "5 ", 2 }, { "5e", 2 }, { "5e+", 2 }, { "5e1.0", 2 }, { "5.e1", 2 },
        { "0x10", 2 }, { "1_0", 2 }, { "$5", 2 }, { "5 USD", 2 }, { "1.2.3", 2 }, { "e2", 2 },
        { "39.99\n", 2 }, { "1e-9999", 2 } };
    int64_t minor = 0;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        EXPECT(decimal_parse(str_of_c(good[i].text), good[i].digits, &minor));
        EXPECT_I64(minor, good[i].is);
    }
    minor = 7;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        EXPECT(!decimal_parse(str_of_c(bad[i].text), bad[i].digits, &minor));
    EXPECT_I64(minor, 7);
}

TEST("R3 an amount survives its spelling in every currency")
{
    for (int cur = CUR_NONE + 1; cur < CUR_COUNT; cur++) {
        int digits = currency_digits((enum currency)cur);
        EXPECT(digits == 0 || digits == 2 || digits == 3);
        for (int i = 0; i < 100; i++) {
            int64_t minor = any_size(t), back = -1;
            struct str text = decimal_text(t->c->arena, minor, digits);
            EXPECT(decimal_parse(text, digits, &back));
            EXPECT_I64(back, minor);
            EXPECT_STR(decimal_text(t->c->arena, back, digits), text);
        }
    }
    EXPECT_STR(decimal_text(t->c->arena, INT64_MIN, 2), S("-92233720368547758.08"));
    EXPECT_STR(decimal_text(t->c->arena, 5, 3), S("0.005"));
    EXPECT_STR(decimal_text(t->c->arena, 0, 0), S("0"));
}

TEST("a currency is found by its code in upper or in lower case, and in no other way")
{
    enum currency cur = CUR_NONE;
    for (int want = CUR_NONE + 1; want < CUR_COUNT; want++) {
        struct str code = currency_code((enum currency)want);
        EXPECT(currency_parse(code, &cur));
        EXPECT_I64((int)cur, want);
        EXPECT(currency_parse(str_lower(t->c->arena, code), &cur));
        EXPECT_I64((int)cur, want);
        if (want > 1)
            EXPECT(str_cmp(currency_code((enum currency)(want - 1)), code) < 0);
    }
    static const char *const bad[] = { "", "US", "USDT", "Usd", "uSD", "usD", "QQQ", "ABC", "$",
        "US ", "\x01\x02\x03", "15$", "\xb5\xb3\xa4" };
    cur = CUR_NONE;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        EXPECT(!currency_parse(str_of_c(bad[i]), &cur));
    EXPECT(cur == CUR_NONE);
}

TEST("people read amounts with a symbol, or with the code where the symbol is shared")
{
    static const struct {
        struct money m;
        const char *is, *with_code;
    } rows[] = {
        { { 2569, CUR_USD }, "$25.69", "$25.69\u00a0USD" },
        { { -240, CUR_USD }, "−$2.40", "−$2.40\u00a0USD" },
        { { 0, CUR_USD }, "$0.00", "$0.00\u00a0USD" },
        { { 5, CUR_USD }, "$0.05", "$0.05\u00a0USD" },
        { { 37000, CUR_UGX }, "UGX\u00a037,000", "UGX\u00a037,000" },
        { { 100000000, CUR_JPY }, "JPY\u00a0100,000,000", "JPY\u00a0100,000,000" },
        { { 123456789, CUR_EUR }, "€1,234,567.89", "€1,234,567.89\u00a0EUR" },
        { { 1234, CUR_KWD }, "KWD\u00a01.234", "KWD\u00a01.234" },
        { { -1234567, CUR_KWD }, "−KWD\u00a01,234.567", "−KWD\u00a01,234.567" },
        { { INT64_MIN, CUR_USD }, "−$92,233,720,368,547,758.08",
            "−$92,233,720,368,547,758.08\u00a0USD" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        EXPECT_STR(money_text(t->c->arena, rows[i].m), str_of_c(rows[i].is));
        EXPECT_STR(money_text_code(t->c->arena, rows[i].m), str_of_c(rows[i].with_code));
    }
    EXPECT_STR(number_text(t->c->arena, 1500), S("1,500"));
    EXPECT_STR(number_text(t->c->arena, 0), S("0"));
    EXPECT_STR(number_text(t->c->arena, 999), S("999"));
    EXPECT_STR(number_text(t->c->arena, -1000000), S("−1,000,000"));
    EXPECT_STR(number_text(t->c->arena, INT64_MIN), S("−9,223,372,036,854,775,808"));
}
