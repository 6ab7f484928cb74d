#include "base/id.h"
#include "base/test.h"

#include <string.h>

TEST("a string is a number only when all of it is")
{
    int64_t v = 7;
    EXPECT(str_to_i64(S("-9223372036854775808"), &v));
    EXPECT_I64(v, INT64_MIN);
    EXPECT(str_to_i64(S("9223372036854775807"), &v));
    EXPECT_I64(v, INT64_MAX);
    v = 7;
    EXPECT(!str_to_i64(S("9223372036854775808"), &v));
    EXPECT(!str_to_i64(S(""), &v));
    EXPECT(!str_to_i64(S("-"), &v));
    EXPECT(!str_to_i64(S("+1"), &v));
    EXPECT(!str_to_i64(S("1 "), &v));
    EXPECT(!str_to_i64(S("0x1"), &v));
    EXPECT_I64(v, 7);
}

TEST("cutting at a character that is not there leaves all in the head")
{
    struct str head, tail;
    EXPECT(str_cut(S("a=b=c"), '=', &head, &tail));
    EXPECT_STR(head, S("a"));
    EXPECT_STR(tail, S("b=c"));
    EXPECT(!str_cut(S("abc"), '=', &head, &tail));
    EXPECT_STR(head, S("abc"));
    EXPECT_STR(tail, S(""));
}

TEST("text is valid UTF-8 without control characters")
{
    EXPECT(str_is_text(S("Ł Ọ ₦ 😀\n")));
    EXPECT(!str_is_text((struct str) { "a\0b", 3 }));
    EXPECT(!str_is_text(S("\x1b[31m")));
    EXPECT(!str_is_text(S("\xc0\xaf")));         /* overlong */
    EXPECT(!str_is_text(S("\xed\xa0\x80")));     /* surrogate */
    EXPECT(!str_is_text(S("\xf4\x90\x80\x80"))); /* above U+10FFFF */
    EXPECT(!str_is_text(S("\xe2\x82")));         /* cut off */
}

TEST("a text is judged byte by byte, wherever in it the byte stands")
{
    enum {
        LENGTH = 27
    };
    for (int byte = 0; byte < 256; byte++)
        for (size_t at = 0; at < LENGTH; at++) {
            char text[LENGTH];
            memset(text, at % 2 == 0 ? ' ' : '~', sizeof text);
            text[at] = (char)byte;
            struct str s = { text, sizeof text };
            bool blank = byte == '\t' || byte == '\n' || byte == '\r';
            bool good = blank || (byte >= 0x20 && byte < 0x7f);
            EXPECT(str_is_text(s) == good);
            EXPECT(str_is_utf8(s) == (byte > 0 && byte < 0x80));
            EXPECT_I64((int64_t)str_clean(t->c->arena, s, 100).n, LENGTH);
            EXPECT(str_clean(t->c->arena, s, 100).p[at] == (good ? (char)byte : '?'));
        }
}

TEST("every code point survives UTF-8, and no second spelling of it exists")
{
    for (uint32_t want = 0; want <= 0x10ffff; want += want < 0x900 ? 1 : 61) {
        if (want >= 0xd800 && want <= 0xdfff)
            continue;
        char b[4];
        size_t n = want < 0x80 ? 1 : want < 0x800 ? 2 : want < 0x10000 ? 3 : 4;
        for (size_t i = n - 1, v = want; i > 0; i--, v >>= 6)
            b[i] = (char)(0x80 | (v & 0x3f));
        unsigned char mark[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
        b[0] = (char)(mark[n] | (want >> (6 * (n - 1))));
        uint32_t got = 0;
        EXPECT_I64((int64_t)utf8_at((struct str) { b, n }, 0, &got), (int64_t)n);
        EXPECT_I64(got, want);
        if (n > 1)
            EXPECT(utf8_at((struct str) { b, n - 1 }, 0, &got) == 0);
    }
    uint32_t point = 7;
    EXPECT(utf8_at(S("\xc1\xbf"), 0, &point) == 0);
    EXPECT(utf8_at(S("\xe0\x9f\xbf"), 0, &point) == 0);
    EXPECT(utf8_at(S("\xf0\x8f\xbf\xbf"), 0, &point) == 0);
    EXPECT(utf8_at(S("\xbf"), 0, &point) == 0);
    EXPECT_I64(point, 7);
}

TEST("a text from anywhere is made fit to be stored, and cut between its characters")
{
    struct arena *a = t->c->arena;
    EXPECT_STR(str_clean(a, S("caf\u00e9 \n\tx"), 100), S("caf\u00e9 \n\tx"));
    EXPECT_STR(str_clean(a, S("caf\u00e9"), 5), S("caf\u00e9"));
    EXPECT_STR(str_clean(a, S("caf\u00e9"), 4), S("caf"));
    EXPECT_STR(str_clean(a, S("a\0b\x1b[1m\x7f"), 100), S("a?b?[1m?"));
    EXPECT_STR(str_clean(a, S("\xff\xfe\xc3"), 100), S("???"));
    EXPECT_STR(str_clean(a, S("\xff\xfe\xc3"), 2), S("??"));
    EXPECT_STR(str_clean(a, S(""), 100), S(""));
    EXPECT_STR(str_clean(a, S("abc"), 0), S(""));
}

TEST("a builder keeps what it had while it grows")
{
    struct buf b = BUF(t->c->arena);
    for (int i = 0; i < 1000; i++) {
        buf_i64(&b, i);
        arena_alloc(t->c->arena, 3); /* so that it cannot always grow in place */
    }
    EXPECT_I64((int64_t)b.n, 10 + 90 * 2 + 900 * 3);
    EXPECT(str_starts(buf_str(&b), S("0123456789101112")));
    EXPECT(str_ends(buf_str(&b), S("998999")));
}

TEST("an id survives its spelling, and no other spelling is accepted")
{
    for (int i = 0; i < 200; i++) {
        struct id id = id_new(t->c), back = { { 0 } };
        struct str text = id_text(t->c->arena, S("ord"), id);
        EXPECT_I64((int64_t)text.n, 30);
        EXPECT(id_parse(S("ord"), text, &back));
        EXPECT(id_eq(id, back));
        EXPECT(!id_parse(S("pay"), text, &back));
        EXPECT(!id_parse(S("ord"), str_part(text, 0, 29), &back));
    }
    struct id id;
    EXPECT(!id_parse(S("ord"), S("ord_zzzzzzzzzzzzzzzzzzzzzzzzzz"), &id)); /* above 128 bits */
    EXPECT(!id_parse(S("ord"), S("ord_0000000000000000000000000l"), &id)); /* not in the alphabet */
}

TEST("ids of a later time sort later")
{
    struct str before = id_text(t->c->arena, S("ord"), id_new(t->c));
    t->c->now_ms++;
    EXPECT(str_cmp(before, id_text(t->c->arena, S("ord"), id_new(t->c))) < 0);
}

TEST("a row's id gives back its time and number, and no drawn id passes for one")
{
    int64_t at_ms = 0, n = 0;
    EXPECT(id_is_row(id_of_row(INT64_C(1795140000123), INT64_MAX), &at_ms, &n));
    EXPECT_I64(at_ms, INT64_C(1795140000123));
    EXPECT_I64(n, INT64_MAX);
    EXPECT(!id_is_row((struct id) { { 1, 2, 3 } }, &at_ms, &n)); /* number 0 */
    EXPECT(!id_is_row((struct id) { { [6] = 1, [15] = 1 } }, &at_ms, &n));
    EXPECT(!id_is_row((struct id) { { [8] = 128, [15] = 1 } }, &at_ms, &n));
    struct str early = id_text(t->c->arena, S("aud"), id_of_row(5, 300));
    EXPECT(str_cmp(early, id_text(t->c->arena, S("aud"), id_of_row(5, 301))) < 0);
    EXPECT(str_cmp(early, id_text(t->c->arena, S("aud"), id_of_row(6, 1))) < 0);
}

TEST("a text is filled with the values of its names, and what has none stays")
{
    struct arena *a = t->c->arena;
    EXPECT_STR(STR_FILL(a, S("You paid {total}{with}."), { "total", S("{x}") }, { "with", S("") }),
        S("You paid {x}."));
    EXPECT_STR(STR_FILL(a, S("{who} and {"), { "total", S("1") }), S("{who} and {"));
    EXPECT_STR(STR_FILL(a, S("plain"), { "total", S("1") }), S("plain"));
}
