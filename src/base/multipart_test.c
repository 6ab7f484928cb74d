#include "base/multipart.h"

#include "base/test.h"

#define TYPE "multipart/form-data; boundary=XyZ"
#define FIELD(name, value)                                                                         \
    "--XyZ\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"

TEST("a form with a document in it: texts, bytes and names as they were sent")
{
    static const char body[] =
        FIELD("csrf", "abc") "--XyZ\r\nContent-Disposition: form-data; name=\"receipt\"; "
                             "filename=\"a b.png\"\r\nContent-Type: image/png\r\n\r\n"
                             "\x89PNG\r\n\x1a\n--Xy\0\r\n--Xy\r\n" FIELD("empty", "") "--XyZ--\r\n";
    struct multipart p[MULTIPART_MAX];
    size_t n = 0;
    EXPECT(multipart_read(S(TYPE), (struct str) { body, sizeof body - 1 }, p, &n));
    EXPECT_I64((int64_t)n, 3);
    EXPECT(str_eq(p[0].name, S("csrf")) && !p[0].is_file);
    EXPECT_STR(p[0].body, S("abc"));
    EXPECT(p[1].is_file);
    EXPECT_STR(p[1].file_name, S("a b.png"));
    EXPECT_STR(p[1].type, S("image/png"));
    EXPECT_I64((int64_t)p[1].body.n, 8 + 5 + 2 + 4);
    EXPECT_STR(p[2].name, S("empty"));
    EXPECT_I64((int64_t)p[2].body.n, 0);
}

TEST("what is no such form is refused whole")
{
    static const struct {
        const char *type, *body;
    } rows[] = {
        { "application/json", FIELD("a", "b") "--XyZ--" },
        { "multipart/form-data", FIELD("a", "b") "--XyZ--" },
        { "multipart/form-data; boundary=", FIELD("a", "b") "--XyZ--" },
        { "multipart/form-data; boundary=\"Xy\rZ\"", FIELD("a", "b") "--XyZ--" },
        { TYPE, "" },
        { TYPE, FIELD("a", "b") },
        { TYPE, FIELD("a", "b") "--XyZ" },
        { TYPE, "x" FIELD("a", "b") "--XyZ--" },
        { TYPE, FIELD("a", "b") "--XyZ--x" },
        { TYPE, FIELD("", "b") "--XyZ--" },
        { TYPE, "--XyZ\r\n\r\nb\r\n--XyZ--" },
        { TYPE, "--XyZ\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--XyZ--" },
        { TYPE, "--XyZ\nContent-Disposition: form-data; name=\"a\"\n\nb\n--XyZ--" },
        { TYPE, "--XyZ\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nb\r\n--XyZ--" },
    };
    struct multipart p[MULTIPART_MAX];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        EXPECT(!multipart_read(str_of_c(rows[i].type), str_of_c(rows[i].body), p, &n));
    EXPECT(multipart_read(S("multipart/form-data; charset=utf-8; boundary=\"XyZ\""),
        S(FIELD("a", "b") "--XyZ--"), p, &n));
}
