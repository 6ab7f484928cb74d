#include "base/redact.h"

#include <string.h>

/* Card numbers: the part of redaction that looks at nothing but digits. */

enum {
    PAN_MIN = 13,
    PAN_MAX = 19
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The byte at i, or 0 past the end. */
static char peek(struct str s, size_t i)
{
    return i < s.n ? s.p[i] : 0;
}

static bool looking_at(struct str s, size_t i, struct str what)
{
    return str_starts(str_from(s, i), what);
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

size_t redact_escape_len(struct str s, size_t i)
{
    char before = i > 0 ? s.p[i - 1] : 0, c = peek(s, i);
    size_t hex = before == '%' ? 2 : before == '\\' && c == 'u' ? 4 : 0;
    if (hex == 0)
        return before == '\\' && (c == 'n' || c == 'r' || c == 't' || c == 'b' || c == 'f');
    size_t from = hex == 4 ? i + 1 : i;
    for (size_t k = from; k < from + hex; k++)
        if (!is_hex(peek(s, k)))
            return 0;
    return from + hex - i;
}

static size_t digits_end(struct str s, size_t i)
{
    while (is_digit(peek(s, i)))
        i++;
    return i;
}

struct pan {
    char digit[PAN_MAX];
    size_t n, groups;
};

static bool check_digit_fits(const struct pan *pan)
{
    int sum = 0;
    for (size_t i = 0; i < pan->n; i++) {
        int d = pan->digit[pan->n - 1 - i] - '0';
        if (i % 2 == 1)
            d = d * 2 > 9 ? d * 2 - 9 : d * 2;
        sum += d;
    }
    return sum % 10 == 0;
}

/* The first `count` digits as a number. */
static int leading(const struct pan *pan, size_t count)
{
    int v = 0;
    for (size_t i = 0; i < count; i++)
        v = v * 10 + (pan->digit[i] - '0');
    return v;
}

/* One number in ten passes the check digit by chance.  So an unbroken run is no card when it is
 * the time of a day between 2014 and 2039, and several groups are one only when they begin as the
 * cards of an issuer do. */
static bool is_card(const struct pan *pan)
{
    if (pan->n < PAN_MIN || pan->n > PAN_MAX || pan->digit[0] == '0' || !check_digit_fits(pan))
        return false;
    int two = leading(pan, 2), four = leading(pan, 4);
    if (pan->groups == 1) {
        bool time = pan->n == 13 || pan->n == 16 || pan->n == 19;
        return !(time && two >= 14 && two <= 21);
    }
    switch (pan->digit[0]) {
    case '1':
        return pan->n == 15;
    case '2':
        return pan->n == 16 && four >= 2221 && four <= 2720;
    case '3':
        return pan->n >= 14;
    case '8':
    case '9':
        return pan->n == 16;
    default:
        return pan->digit[0] >= '4' && pan->digit[0] <= '6';
    }
}

/* How many bytes at i stand between two groups of digits: a space, a dash, what forms and
 * typesetters write for them; 0: none. */
static size_t separator(struct str s, size_t i)
{
    char c = peek(s, i);
    if (c == ' ' || c == '-' || c == '+')
        return 1;
    if (looking_at(s, i, S("\xc2\xa0")))
        return 2;
    return looking_at(s, i, S("%20")) || looking_at(s, i, S("\xe2\x80")) ? 3 : 0;
}

/* Digits inside a word of letters and digits, like a hash or one of our ids, are no card: such
 * words change between the two again and again. */
static bool in_an_id(struct str s, size_t i)
{
    enum {
        FAR = 64
    };
    size_t from = i, runs = 0;
    while (from > 0 && i - from < FAR && is_alnum(s.p[from - 1]))
        from--;
    for (size_t k = from; k < i + FAR && is_alnum(peek(s, k)); k++)
        runs += is_digit(s.p[k]) && (k == from || !is_digit(s.p[k - 1]));
    return runs > 2;
}

/* The end of the longest card number that begins at i, where a group of digits begins; 0: none. */
static size_t card_end(struct str s, size_t i)
{
    struct pan pan = { .n = 0 };
    size_t found = 0;
    for (;;) {
        size_t end = digits_end(s, i);
        if (end == i || end - i > PAN_MAX - pan.n)
            break;
        memcpy(pan.digit + pan.n, s.p + i, end - i);
        pan.n += end - i;
        pan.groups++;
        if (is_card(&pan))
            found = end;
        size_t gap = separator(s, end), next = end + gap;
        while (gap > 0 && next - end < 4) {
            gap = separator(s, next);
            next += gap;
        }
        if (next == end)
            break;
        i = next;
    }
    return found;
}

struct str redact_without_number(struct str s)
{
    size_t digits = 0, gap = 0;
    do {
        while (s.n > 0 && is_digit(s.p[s.n - 1]) && digits < PAN_MAX) {
            s.n--;
            digits++;
        }
        for (gap = 3; gap > 0 && (s.n < gap || separator(s, s.n - gap) != gap); gap--)
            continue;
        s.n -= gap;
    } while (gap > 0);
    return s;
}

struct str redact_cards(struct arena *a, struct str text)
{
    struct buf out = BUF(a);
    size_t kept = 0;
    for (size_t i = 0; i < text.n;) {
        bool digit = is_digit(text.p[i]);
        if (!digit && (i == 0 || (text.p[i - 1] != '%' && text.p[i - 1] != '\\'))) {
            i++;
            continue;
        }
        size_t end = digit ? card_end(text, i) : 0, escape = redact_escape_len(text, i);
        if (end > 0 && !in_an_id(text, i)) {
            buf_add(&out, str_part(text, kept, i - kept));
            buf_add(&out, S("[redacted]"));
            kept = end;
        } else {
            end = escape > 0 ? i + escape : digit ? digits_end(text, i) : i + 1;
        }
        i = end;
    }
    if (kept == 0)
        return text;
    buf_add(&out, str_from(text, kept));
    return buf_str(&out);
}
