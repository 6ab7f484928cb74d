/* Property: a decimal either becomes minor units that spell it again, or is refused; sums,
 * products and shares are the exact ones or refused; a split loses nothing; and none of it
 * overflows. */
#include "base/money.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_decimal(struct arena *a, struct str text, int digits)
{
    int64_t minor = -1, back = -1;
    if (!decimal_parse(text, digits, &minor)) {
        must(minor == -1);
        return;
    }
    must(minor >= 0);
    must(decimal_parse(decimal_text(a, minor, digits), digits, &back) && back == minor);
}

static bool fits(__int128 v)
{
    return v >= INT64_MIN && v <= INT64_MAX;
}

static void check_sums(struct money a, int64_t n)
{
    struct money got = { 7, a.cur };
    __int128 x = a.minor, y = n;
    bool ok = money_add(a, (struct money) { n, a.cur }, &got);
    must(ok == fits(x + y) && got.minor == (ok ? (int64_t)(x + y) : 7));
    got.minor = 7;
    ok = money_sub(a, (struct money) { n, a.cur }, &got);
    must(ok == fits(x - y) && got.minor == (ok ? (int64_t)(x - y) : 7));
    got.minor = 7;
    ok = money_mul(a, n, &got);
    must(ok == fits(x * y) && got.minor == (ok ? (int64_t)(x * y) : 7));
}

static void check_share(struct money m, int64_t part, int64_t whole)
{
    struct money got = { 0, m.cur };
    if (whole <= 0 || !money_share(m, part, whole, &got))
        return;
    /* Half a unit off at most, and when exactly half, away from zero. */
    __int128 exact = (__int128)m.minor * part;
    __int128 off = exact - (__int128)got.minor * whole;
    must(off * 2 <= whole && off * 2 >= -(__int128)whole);
    if (off * 2 == whole)
        must(exact < 0);
    if (off * 2 == -(__int128)whole)
        must(exact > 0);
}

static void check_split(struct money m, const int64_t *numbers, size_t n)
{
    int64_t weights[16], parts[16];
    __int128 whole = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        weights[i] = numbers[i] & INT64_MAX;
        whole += weights[i];
    }
    if (whole == 0)
        return;
    bool ok = money_split(m, weights, n, parts);
    must(ok == fits(whole));
    for (size_t i = 0; ok && i < n; i++) {
        sum += parts[i];
        __int128 off = (__int128)parts[i] * whole - (__int128)m.minor * weights[i];
        must(off < whole && -off < whole);
    }
    must(!ok || sum == m.minor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = { 0 };
    struct str text = { (const char *)data, size };
    static const int digits[] = { 0, 2, 3 };
    for (size_t i = 0; i < ARRAY_LEN(digits); i++)
        check_decimal(&arena, text, digits[i]);

    int64_t numbers[16];
    size_t n = size / sizeof numbers[0] < 16 ? size / sizeof numbers[0] : 16;
    if (n >= 3) {
        memcpy(numbers, data, n * sizeof numbers[0]);
        enum currency cur = (enum currency)(1 + (size_t)data[0] % (CUR_COUNT - 1));
        struct money m = { numbers[0], cur };
        check_sums(m, numbers[1]);
        check_share(m, numbers[1], numbers[2]);
        check_split(m, numbers + 1, n - 1);
        money_text_code(&arena, m);
    }
    arena_free(&arena);
    return 0;
}
