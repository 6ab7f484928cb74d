#include "web/part_sample.h"

#include "base/embed.h"
#include "base/test.h"

TEST("every part in every state is what the golden files say")
{
    for (size_t i = 0; i < part_sample_count; i++) {
        struct buf b = BUF(t->c->arena);
        part_samples[i].write(&b);
        html(&b, "\n");
        test_expect_golden(t, str_fmt(t->c->arena, "part_%s.html%c", part_samples[i].name, 0).p,
            buf_str(&b), __FILE__, __LINE__);
    }
}

TEST("every icon that a part can ask for is drawn")
{
    const struct embedded *icons = embedded_find(S("assets/icons.svg"));
    EXPECT(icons != NULL);
    for (int icon = ICON_NONE + 1; icon < ICON_COUNT; icon++) {
        struct buf b = BUF(t->c->arena);
        part_icon(&b, (enum icon)icon);
        struct str head, name;
        EXPECT(str_cut(buf_str(&b), '#', &head, &name));
        str_cut(name, '"', &name, &head);
        EXPECT(str_has(icons->data, str_fmt(t->c->arena, "id=\"%.*s\"", SARG(name))));
    }
}

TEST("R60 what people type is kept in its field and stays text")
{
    struct buf b = BUF(t->c->arena);
    const struct part_field fields[] = {
        { .name = S("a"), .label = S("A"), .value = S("\"><script>"), .error = S("<b>") },
        { .name = S("b"), .label = S("B"), .type = S("textarea"), .value = S("\n</textarea><b>") },
        { .name = S("c"), .label = S("C"), .type = S("password"), .value = S("hunter2") },
    };
    part_summary(&b, fields, ARRAY_LEN(fields));
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        part_field(&b, &fields[i]);
    EXPECT(!str_has(buf_str(&b), S("<script")));
    EXPECT(!str_has(buf_str(&b), S("<b>")));
    EXPECT(!str_has(buf_str(&b), S("hunter2")));
    EXPECT(str_has(buf_str(&b), S(">\n\n&lt;/textarea&gt;")));
    EXPECT(str_has(buf_str(&b), S("<li><a href=\"#a\">&lt;b&gt;</a></li>")));
}

TEST("a mail address breaks at its joints, and only there")
{
    struct buf b = BUF(t->c->arena);
    part_mail(&b, S("a.b@example.com"));
    EXPECT_STR(buf_str(&b), S("<bdi class=\"any\">a.b@<wbr>example.com</bdi>"));
    part_mail(&b, S("maximiliane.lange@verwaltung.example"));
    EXPECT(str_ends(buf_str(&b), S(">maximiliane<wbr>.lange@<wbr>verwaltung<wbr>.example</bdi>")));
}

TEST("the currency of a total is named once, whether its sign names it or not")
{
    struct buf dollars = BUF(t->c->arena), shillings = BUF(t->c->arena);
    part_money_big(&dollars, (struct money) { 2569, CUR_USD });
    EXPECT(str_has(buf_str(&dollars), S("$25.69 <span class=\"cur\">USD</span>")));
    part_money_big(&shillings, (struct money) { 37000, CUR_UGX });
    EXPECT(str_has(buf_str(&shillings),
        S("UGX\xc2\xa0"
          "37,000</p>")));
}

TEST("a form without errors has no summary")
{
    struct buf b = BUF(t->c->arena);
    const struct part_field fields[] = { { .name = S("a"), .label = S("A") } };
    part_summary(&b, fields, ARRAY_LEN(fields));
    EXPECT_I64((int64_t)b.n, 0);
}

TEST("a list that is whole says so, and offers no older ones")
{
    struct buf b = BUF(t->c->arena);
    part_pages(&b, &(struct part_pages) { .shown = 1500 });
    EXPECT(str_has(buf_str(&b), S("1,500 in all")));
    EXPECT(!str_has(buf_str(&b), S("<a ")));
}

TEST("an order's number is not broken at its hyphens, wherever it stands in a sentence")
{
    static const char *const said[][2] = {
        { "Order ORD-2026-000123, paid.",
            "Order <span class=\"nb\">ORD-2026-000123</span>, paid." },
        { "INV-2026-000001 ORD-2026-000002",
            "<span class=\"nb\">INV-2026-000001</span> <span "
            "class=\"nb\">ORD-2026-000002</span>" },
        { "no <number> & an ORD", "no &lt;number&gt; &amp; an ORD" },
        { "", "" },
    };
    for (size_t i = 0; i < ARRAY_LEN(said); i++) {
        struct buf b = BUF(t->c->arena);
        part_words(&b, str_of_c(said[i][0]));
        EXPECT_STR(buf_str(&b), str_of_c(said[i][1]));
    }
}
