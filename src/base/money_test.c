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
