#include "base/money.h"

static const struct {
    struct str code;
    int digits;
    struct str symbol;
} currencies[] = {
    [CUR_NONE] = { S_INIT(""), 0, S_INIT("") },
#define CURRENCY(code, digits, symbol, name)                                                       \
    [CUR_##code] = { S_INIT(#code), digits, S_INIT(symbol) },
#include "base/currency.def"
#undef CURRENCY
};
_Static_assert(ARRAY_LEN(currencies) == CUR_COUNT, "every currency has a row");

static void must_be_currency(enum currency cur)
{
    must(cur > CUR_NONE && cur < CUR_COUNT);
}

bool currency_parse(struct str code, enum currency *ret)
{
    if (code.n != 3)
        return false;
    bool is_lower = code.p[0] >= 'a';
    char upper[3];
    for (size_t i = 0; i < 3; i++)
        upper[i] = (char)(code.p[i] - (is_lower ? 'a' - 'A' : 0));
    for (int cur = CUR_NONE + 1; cur < CUR_COUNT; cur++) {
        if (str_eq(currencies[cur].code, (struct str) { upper, 3 })) {
            *ret = (enum currency)cur;
            return true;
        }
    }
    return false;
}

struct str currency_code(enum currency cur)
{
    must_be_currency(cur);
    return currencies[cur].code;
}

int currency_digits(enum currency cur)
{
    must_be_currency(cur);
    return currencies[cur].digits;
}

static void same_currency(struct money a, struct money b)
{
    must_be_currency(a.cur);
    must(a.cur == b.cur);
}

bool money_add(struct money a, struct money b, struct money *ret)
{
    same_currency(a, b);
    int64_t minor = 0;
    if (__builtin_add_overflow(a.minor, b.minor, &minor))
        return false;
    *ret = (struct money) { minor, a.cur };
    return true;
}

bool money_sub(struct money a, struct money b, struct money *ret)
{
    same_currency(a, b);
    int64_t minor = 0;
    if (__builtin_sub_overflow(a.minor, b.minor, &minor))
        return false;
    *ret = (struct money) { minor, a.cur };
    return true;
}

bool money_mul(struct money a, int64_t n, struct money *ret)
{
    must_be_currency(a.cur);
    int64_t minor = 0;
    if (__builtin_mul_overflow(a.minor, n, &minor))
        return false;
    *ret = (struct money) { minor, a.cur };
    return true;
}

bool money_share(struct money m, int64_t part, int64_t whole, struct money *ret)
{
    must_be_currency(m.cur);
    must(whole > 0);
    /* 128 bits hold any product of two int64; the remainder, not the half of `whole`, decides the
     * rounding, so that an odd `whole` has no middle that is missed. */
    __int128 product = (__int128)m.minor * part;
    __int128 minor = product / whole, rest = product % whole;
    if (rest >= whole - rest)
        minor++;
    else if (-rest >= whole + rest)
        minor--;
    if (minor > INT64_MAX || minor < INT64_MIN)
        return false;
    *ret = (struct money) { (int64_t)minor, m.cur };
    return true;
}

bool money_bps(struct money m, int32_t bps, struct money *ret)
{
    return money_share(m, bps, 10000, ret);
}

/* The first of those with the largest remainder. */
static size_t largest(const int64_t *remainders, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (remainders[i] > remainders[best])
            best = i;
    return best;
}

bool money_split(struct money m, const int64_t *weights, size_t n, int64_t *ret_minors)
{
    must_be_currency(m.cur);
    int64_t whole = 0;
    for (size_t i = 0; i < n; i++) {
        must(weights[i] >= 0);
        if (__builtin_add_overflow(whole, weights[i], &whole))
            return false;
    }
    must(whole > 0);

    /* What is taken from the customer is given back in the same parts: the sign stays outside. */
    bool minus = m.minor < 0;
    __int128 size = minus ? -(__int128)m.minor : m.minor;
    enum {
        GIVEN = -1
    };
    __int128 left = size;
    for (size_t i = 0; i < n; i++) {
        ret_minors[i] = (int64_t)(size * weights[i] % whole);
        left -= size * weights[i] / whole;
    }
    must(left >= 0 && left < (__int128)n);
    for (; left > 0; left--)
        ret_minors[largest(ret_minors, n)] = GIVEN;
    for (size_t i = 0; i < n; i++) {
        __int128 part = size * weights[i] / whole + (ret_minors[i] == GIVEN);
        ret_minors[i] = (int64_t)(minus ? -part : part);
    }
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_at(struct str s)
{
    size_t n = 0;
    while (n < s.n && is_digit(s.p[n]))
        n++;
    return n;
}

/* The exponent after the mantissa: absent, or e, an optional sign, digits.  A stranger may write
 * as many digits as he likes; beyond 9999 every amount but 0 is refused anyway. */
static bool exponent_parse(struct str s, int64_t *ret)
{
    *ret = 0;
    if (s.n == 0)
        return true;
    if (s.p[0] != 'e' && s.p[0] != 'E')
        return false;
    s = str_from(s, 1);
    bool minus = s.n > 0 && s.p[0] == '-';
    if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
        s = str_from(s, 1);
    if (s.n == 0 || digits_at(s) != s.n)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (*ret < 9999)
            *ret = *ret * 10 + (s.p[i] - '0');
    if (minus)
        *ret = -*ret;
    return true;
}

bool decimal_parse(struct str s, int digits, int64_t *ret_minor)
{
    must(digits >= 0 && digits <= 18);
    struct str whole = str_part(s, 0, digits_at(s)), fraction = S("");
    struct str rest = str_from(s, whole.n);
    if (whole.n == 0 || (whole.n > 1 && whole.p[0] == '0'))
        return false;
    if (rest.n > 0 && rest.p[0] == '.') {
        fraction = str_part(rest, 1, digits_at(str_from(rest, 1)));
        rest = str_from(rest, 1 + fraction.n);
        if (fraction.n == 0)
            return false;
    }
    int64_t exponent = 0;
    if (!exponent_parse(rest, &exponent))
        return false;

    /* Digit i of the two together counts in minor units when it stands before position `kept`;
     * those after it may only be zeros. */
    int64_t kept = (int64_t)whole.n + exponent + digits, n = (int64_t)(whole.n + fraction.n);
    int64_t minor = 0;
    for (int64_t i = 0; i < n; i++) {
        int digit = ((size_t)i < whole.n ? whole.p[i] : fraction.p[(size_t)i - whole.n]) - '0';
        if (i >= kept && digit != 0)
            return false;
        if (i < kept &&
            (__builtin_mul_overflow(minor, (int64_t)10, &minor) ||
                __builtin_add_overflow(minor, (int64_t)digit, &minor)))
            return false;
    }
    for (int64_t i = n; i < kept && minor != 0; i++)
        if (__builtin_mul_overflow(minor, (int64_t)10, &minor))
            return false;
    *ret_minor = minor;
    return true;
}

static uint64_t size_of(int64_t v)
{
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

/* The digits of u with the decimal point before the last `digits` of them; `between` stands
 * between groups of three before the point, 0 for nothing. */
static void add_digits(struct buf *b, uint64_t u, int digits, char between)
{
    char text[48];
    size_t at = sizeof text;
    for (int i = 0; u != 0 || i <= digits; i++) {
        if (i == digits && i > 0)
            text[--at] = '.';
        if (between != 0 && i > digits && (i - digits) % 3 == 0)
            text[--at] = between;
        text[--at] = (char)('0' + u % 10);
        u /= 10;
    }
    buf_add(b, (struct str) { text + at, sizeof text - at });
}

struct str decimal_text(struct arena *a, int64_t minor, int digits)
{
    must(digits >= 0 && digits <= 18);
    struct buf b = BUF(a);
    if (minor < 0)
        buf_char(&b, '-');
    add_digits(&b, size_of(minor), digits, 0);
    return buf_str(&b);
}

#define MINUS "\u2212"
#define NO_BREAK_SPACE "\u00a0"

static void add_money(struct buf *b, struct money m)
{
    must_be_currency(m.cur);
    if (m.minor < 0)
        buf_add(b, S(MINUS));
    if (currencies[m.cur].symbol.n > 0) {
        buf_add(b, currencies[m.cur].symbol);
    } else {
        buf_add(b, currencies[m.cur].code);
        buf_add(b, S(NO_BREAK_SPACE));
    }
    add_digits(b, size_of(m.minor), currencies[m.cur].digits, ',');
}

struct str money_text(struct arena *a, struct money m)
{
    struct buf b = BUF(a);
    add_money(&b, m);
    return buf_str(&b);
}

struct str money_text_code(struct arena *a, struct money m)
{
    struct buf b = BUF(a);
    add_money(&b, m);
    if (currencies[m.cur].symbol.n > 0) {
        buf_add(&b, S(NO_BREAK_SPACE));
        buf_add(&b, currencies[m.cur].code);
    }
    return buf_str(&b);
}

struct str number_text(struct arena *a, int64_t n)
{
    struct buf b = BUF(a);
    if (n < 0)
        buf_add(&b, S(MINUS));
    add_digits(&b, size_of(n), 0, ',');
    return buf_str(&b);
}
