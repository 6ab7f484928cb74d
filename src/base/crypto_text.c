#include "base/crypto.h"

/* Hex and both alphabets of base64. */

struct str hex_text(struct arena *a, struct str raw)
{
    static const char digits[] = "0123456789abcdef";
    char *p = arena_alloc_array(a, 2, raw.n + 1);
    for (size_t i = 0; i < raw.n; i++) {
        unsigned char byte = (unsigned char)raw.p[i];
        p[2 * i] = digits[byte >> 4];
        p[2 * i + 1] = digits[byte & 15];
    }
    return (struct str) { p, 2 * raw.n };
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool hex_parse(struct arena *a, struct str text, struct str *ret_raw)
{
    if (text.n % 2 != 0)
        return false;
    char *p = arena_alloc(a, text.n / 2 + 1);
    for (size_t i = 0; i < text.n; i += 2) {
        int high = hex_value(text.p[i]), low = hex_value(text.p[i + 1]);
        if (high < 0 || low < 0)
            return false;
        p[i / 2] = (char)(high << 4 | low);
    }
    *ret_raw = (struct str) { p, text.n / 2 };
    return true;
}

static const char plain_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static struct str text_of(struct arena *a, struct str raw, const char *digits)
{
    must(raw.n < SIZE_MAX / 4);
    char *p = arena_alloc(a, (raw.n + 2) / 3 * 4 + 1);
    size_t n = 0;
    uint32_t acc = 0, bits = 0;
    for (size_t i = 0; i < raw.n; i++) {
        acc = (acc << 8) | (unsigned char)raw.p[i];
        for (bits += 8; bits >= 6;) {
            bits -= 6;
            p[n++] = digits[(acc >> bits) & 63];
        }
    }
    if (bits > 0)
        p[n++] = digits[(acc << (6 - bits)) & 63];
    return (struct str) { p, n };
}

static int digit_value(char c, const char *digits)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == digits[62] ? 62 : c == digits[63] ? 63 : -1;
}

/* text has no padding any more. */
static bool parse(struct arena *a, struct str text, const char *digits, struct str *ret_raw)
{
    if (text.n % 4 == 1)
        return false;
    char *p = arena_alloc(a, text.n / 4 * 3 + 4);
    size_t n = 0;
    uint32_t acc = 0, bits = 0;
    for (size_t i = 0; i < text.n; i++) {
        int v = digit_value(text.p[i], digits);
        if (v < 0)
            return false;
        acc = (acc << 6) | (uint32_t)v;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            p[n++] = (char)(acc >> bits & 0xff);
        }
    }
    if ((acc & ((1U << bits) - 1)) != 0)
        return false; /* a second spelling of the same bytes */
    *ret_raw = (struct str) { p, n };
    return true;
}

struct str base64url_text(struct arena *a, struct str raw)
{
    return text_of(a, raw, url_digits);
}

bool base64url_parse(struct arena *a, struct str text, struct str *ret_raw)
{
    return parse(a, text, url_digits, ret_raw);
}

struct str base64_text(struct arena *a, struct str raw)
{
    struct buf b = BUF(a);
    buf_add(&b, text_of(a, raw, plain_digits));
    while (b.n % 4 != 0)
        buf_char(&b, '=');
    return buf_str(&b);
}

bool base64_parse(struct arena *a, struct str text, struct str *ret_raw)
{
    if (text.n % 4 != 0)
        return false;
    for (int i = 0; i < 2 && text.n > 0 && text.p[text.n - 1] == '='; i++)
        text.n--;
    return parse(a, text, plain_digits, ret_raw);
}
