#include "base/html.h"

#include "base/test.h"

TEST("R60 a literal is markup, everything else is data and escaped")
{
    struct buf b = BUF(t->c->arena);
    const char *title = "a \"b\" & 'c'";
    html(&b, "<p title=\"", title, "\">", S("<script>&</script>"), " ", -1, " ", INT64_MIN, " ",
        UINT64_MAX, " ", ((struct money) { 2569, CUR_USD }), "</p>");
    EXPECT_STR(buf_str(&b),
        S("<p title=\"a &quot;b&quot; &amp; &#39;c&#39;\">&lt;script&gt;&amp;&lt;/script&gt; -1 "
          "-9223372036854775808 18446744073709551615 $25.69</p>"));
}

TEST("R60 only what is spelled as a literal is markup")
{
#define MARK "<b>"
    struct buf b = BUF(t->c->arena);
    char bytes[] = "<i>";
    char *changeable = bytes;
    bool yes = true;
    html(&b, MARK, changeable);
    html(&b, yes ? "<u>" : "<s>");
    EXPECT_STR(buf_str(&b), S("<b>&lt;i&gt;&lt;u&gt;"));
#undef MARK
}

TEST("R60 no data becomes a tag or ends an attribute")
{
    for (int c = 0; c < 256; c++) {
        struct buf b = BUF(t->c->arena);
        char byte = (char)c;
        html_str(&b, (struct str) { &byte, 1 });
        for (size_t i = 0; i < b.n; i++)
            EXPECT(b.p[i] != '<' && b.p[i] != '>' && b.p[i] != '"' && b.p[i] != '\'' &&
                b.p[i] != '\0');
        EXPECT(b.n > 1 || b.p[0] == byte);
    }
}

TEST("R60 a link from data leads to the web, a mailbox or this site, or nowhere")
{
    static const char *const good[] = { "https://example.com/a?b=c&d=e", "http://127.0.0.1:8080/",
        "HTTPS://EXAMPLE.COM", "mailto:ada@example.com", "/orders/ord_1", "/", "#top", "?after=x" };
    static const char *const bad[] = { "", "javascript:alert(1)", "JaVaScRiPt:alert(1)",
        " javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "vbscript:x",
        "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
        "https:/\\evil.example", "https:evil", "file:///etc/passwd", "relative", "\x01https://x" };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct buf b = BUF(t->c->arena), want = BUF(t->c->arena);
        html_url(&b, str_of_c(good[i]));
        html_c(&want, good[i]);
        EXPECT_STR(buf_str(&b), buf_str(&want));
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct buf b = BUF(t->c->arena);
        html_url(&b, str_of_c(bad[i]));
        EXPECT_STR(buf_str(&b), S("#"));
    }
}
