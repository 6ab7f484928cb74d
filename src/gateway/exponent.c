#include "gateway/exponent.h"

#include "base/fault.h"

static const struct {
    struct str gateway;
    enum currency cur;
    struct exponent exponent;
} deviations[] = {
#define EXPONENT(gateway, cur, digits, step) { S_INIT(#gateway), CUR_##cur, { digits, step } },
#include "gateway/exponent.def"
#undef EXPONENT
};

bool exponent_of(struct str gateway, enum currency cur, struct exponent *ret)
{
    struct exponent e = { currency_digits(cur), 1 };
    for (size_t i = 0; i < ARRAY_LEN(deviations); i++)
        if (deviations[i].cur == cur && str_eq(deviations[i].gateway, gateway))
            e = deviations[i].exponent;
    if (e.digits == EXPONENT_REFUSED)
        return false;
    if (MUTANT(26))
        e.digits = 2;
    *ret = e;
    return true;
}

/* v × 10^by, or v ÷ 10^-by when nothing is lost. */
static bool shifted(int64_t v, int by, int64_t *ret)
{
    for (; by > 0; by--)
        if (__builtin_mul_overflow(v, (int64_t)10, &v))
            return false;
    for (; by < 0; by++) {
        if (v % 10 != 0)
            return false;
        v /= 10;
    }
    *ret = v;
    return true;
}

bool exponent_out(struct money m, struct exponent e, int64_t *ret_units)
{
    int64_t units = 0;
    must(e.step > 0);
    if (!shifted(m.minor, e.digits - currency_digits(m.cur), &units) || units % e.step != 0)
        return false;
    *ret_units = units;
    return true;
}

bool exponent_in(int64_t units, enum currency cur, struct exponent e, struct money *ret_money)
{
    int64_t minor = 0;
    if (!shifted(units, currency_digits(cur) - e.digits, &minor))
        return false;
    *ret_money = (struct money) { minor, cur };
    return true;
}
