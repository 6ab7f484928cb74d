#include "base/json_oracle.h"

#include "base/id.h"
#include "base/test.h"

/* Texts that are nearly JSON: grown at random from the grammar, then perhaps broken in a few
 * bytes. */

static const char *pick(struct test *t, const char *const *from, size_t n)
{
    return from[random_below(t->c, (int64_t)n)];
}

static void grow_string(struct test *t, struct buf *b)
{
    static const char *const parts[] = { "a", "b", "é", "😀", "₦", "\\n", "\\u0061",
        "\\ud83d\\ude00", "\\\"", "\\\\", "\\/", "\\u00e9", "\\u0000", "\\ud83d", "\x7f", "{", "]",
        ",", "\\u20A6" };
    buf_char(b, '"');
    for (int64_t n = random_below(t->c, 4); n > 0; n--)
        buf_add(b, str_of_c(pick(t, parts, ARRAY_LEN(parts))));
    buf_char(b, '"');
}

static void grow_space(struct test *t, struct buf *b)
{
    static const char *const spaces[] = { "", "", "", " ", "\n", "\t\r" };
    buf_add(b, str_of_c(pick(t, spaces, ARRAY_LEN(spaces))));
}

static void grow(struct test *t, struct buf *b, int depth)
{
    static const char *const plain[] = { "null", "true", "false", "0", "-0", "1", "-12", "3.50",
        "1e5", "-0.1E-3", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
        "1e999", "01", "1.", "-" };
    int64_t kind = random_below(t->c, depth > 5 ? 6 : 10);
    if (kind < 3) {
        buf_add(b, str_of_c(pick(t, plain, ARRAY_LEN(plain) - (kind == 0 ? 0 : 3))));
        return;
    }
    if (kind < 6) {
        grow_string(t, b);
        return;
    }
    bool is_object = kind < 8;
    buf_char(b, is_object ? '{' : '[');
    grow_space(t, b);
    for (int64_t i = 0, n = random_below(t->c, 5); i < n; i++) {
        if (i > 0)
            buf_char(b, ',');
        grow_space(t, b);
        if (is_object) {
            grow_string(t, b);
            grow_space(t, b);
            buf_char(b, ':');
            grow_space(t, b);
        }
        grow(t, b, depth + 1);
        grow_space(t, b);
    }
    buf_char(b, is_object ? '}' : ']');
}

static void damage(struct test *t, struct buf *b)
{
    static const char bytes[] = "{}[]\",:\\ue1-.0 \n\xc3\xff\x00t";
    for (int64_t n = random_below(t->c, 3); n > 0 && b->n > 0; n--) {
        size_t at = (size_t)random_below(t->c, (int64_t)b->n);
        if (random_below(t->c, 3) == 0)
            b->n = at;
        else
            b->p[at] = bytes[random_below(t->c, sizeof bytes - 1)];
    }
}

TEST("R39 we and jansson accept the same texts and read the same from them")
{
    int64_t accepted = 0, texts = 30000;
    for (int64_t i = 0; i < texts; i++) {
        struct arena arena = { 0 };
        struct ctx c = { .arena = &arena };
        struct buf b = BUF(&arena);
        grow(t, &b, 0);
        damage(t, &b);
        const char *why = oracle_judges(&c, buf_str(&b));
        if (why != NULL)
            fail(t->c, INTERNAL, "%s: %.*s", why, SARG(str_copy(t->c->arena, buf_str(&b))));
        accepted += c.err.code == CODE_NONE;
        arena_free(&arena);
        EXPECT(why == NULL);
    }
    /* Both sides of the border were walked. */
    EXPECT(accepted > texts / 10 && accepted < texts * 9 / 10);
}
