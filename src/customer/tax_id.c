#include "customer/tax_id.h"

static const struct {
    struct str country, like, shapes;
} known[] = {
#define TAX_ID(country, like, shapes) { S_INIT(#country), S_INIT(like), S_INIT(shapes) },
#include "customer/tax_id.def"
#undef TAX_ID
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return c >= 'A' && c <= 'Z';
}

static struct str bare(struct arena *a, struct str text)
{
    struct buf b = BUF(a);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (c != ' ' && c != '.' && c != '-' && c != '/')
            buf_char(&b, c);
    }
    return buf_str(&b);
}

static bool has_shape(struct str text, struct str shape)
{
    if (text.n != shape.n)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        const char want = shape.p[i], c = text.p[i];
        bool ok = want == '9' ? is_digit(c) : want == '*' ? is_digit(c) || is_letter(c) : want == c;
        /* An A in the country's own letters stands for itself, behind them for any. */
        if (want == 'A' && i >= 2)
            ok = is_letter(c);
        if (!ok)
            return false;
    }
    return true;
}

bool tax_id_fits(struct arena *a, struct str country, struct str text, struct str *ret_like)
{
    struct str number = bare(a, text), shape;
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (!str_eq(known[i].country, country))
            continue;
        for (struct str rest = known[i].shapes; rest.n > 0;) {
            str_cut(rest, '|', &shape, &rest);
            if (has_shape(number, shape))
                return true;
        }
        *ret_like = known[i].like;
        return false;
    }
    return true;
}
