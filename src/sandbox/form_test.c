#include "sandbox/form.h"

#include "base/test.h"

static struct str read(struct test *t, const char *text)
{
    struct tree *form = tree_of(t->c->arena, JSON_OBJECT);
    struct str why = S("");
    if (!form_add(t->c->arena, str_of_c(text), form, &why))
        return why;
    return tree_text(t->c->arena, form);
}

TEST("a form with brackets is read as Stripe's own clients write it")
{
    EXPECT_STR(read(t,
                   "mode=payment&line_items[0][price_data][currency]=usd"
                   "&line_items[0][price_data][product_data][name]=Tea%20%26%20Coffee%20%28100%25"
                   "%29%20%C3%A9&line_items[0][quantity]=2&metadata[order_id]=A%2F17%20b"
                   "&metadata[empty]=&expand[0]=line_items&expand[1]=payment_intent.latest_charge"),
        S("{\"mode\":\"payment\",\"line_items\":{\"0\":{\"price_data\":{\"currency\":\"usd\","
          "\"product_data\":{\"name\":\"Tea & Coffee (100%) \xc3\xa9\"}},\"quantity\":\"2\"}},"
          "\"metadata\":{\"order_id\":\"A/17 b\",\"empty\":\"\"},"
          "\"expand\":{\"0\":\"line_items\",\"1\":\"payment_intent.latest_charge\"}}"));
    EXPECT_STR(read(t, "a%5B%5D=1&a%5B%5D=2&b+c=d+e"),
        S("{\"a\":{\"0\":\"1\",\"1\":\"2\"},\"b c\":\"d e\"}"));
    EXPECT_STR(read(t, "i[][p]=1&i[][q]=2&i[][p]=3"),
        S("{\"i\":{\"0\":{\"p\":\"1\",\"q\":\"2\"},\"1\":{\"p\":\"3\"}}}"));
    EXPECT_STR(read(t, "&a=1&&a=2&"), S("{\"a\":\"2\"}"));
    EXPECT_STR(read(t, "a"), S("{\"a\":\"\"}"));
}

TEST("a form that is none is refused with one sentence")
{
    static const char *const cases[] = { "a[b=1", "a]=1", "[a]=1", "a[b]c=1", "a[[b]]=1", "=1",
        "a[1][2][3][4][5][6][7][8][9][10]=1" };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        EXPECT(str_starts(read(t, cases[i]), S("Invalid parameter name: ")));
    EXPECT(str_has(read(t, "a=1&a[b]=2"), S("as a value and as a group")));
    EXPECT(str_has(read(t, "a[b]=1&a=2"), S("as a value and as a group")));
    EXPECT(str_has(read(t, "a=%zz"), S("percent-encoded")));
    EXPECT(str_has(read(t, "a=%00"), S("percent-encoded")));
    EXPECT(str_has(read(t, "a=%ff"), S("percent-encoded")));
}

TEST("a node of a form knows the name under which it was sent")
{
    struct tree *form = tree_of(t->c->arena, JSON_OBJECT);
    struct str why;
    EXPECT(form_add(t->c->arena, S("items[0][price]=p"), form, &why));
    EXPECT_STR(form_name(t->c->arena, tree_at(form, "items.0.price")), S("items[0][price]"));
    EXPECT_STR(form_name(t->c->arena, form), S(""));
}
