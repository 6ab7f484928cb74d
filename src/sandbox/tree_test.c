#include "sandbox/tree.h"

#include "base/test.h"

static struct tree *of(struct test *t, const char *json)
{
    EXPECT_OK(json_check(t->c, str_of_c(json)));
    return tree_parse(t->c->arena, str_of_c(json));
}

TEST("a tree is written as it was read, numbers as they were spelled")
{
    static const char json[] =
        "{\"a\":[1,39.990,true,null,\"\\\"\\u00e9\"],\"b\":{},\"c\":[],\"d\":{\"e\":-1}}";
    struct tree *tree = of(t, json);
    EXPECT_STR(tree_text(t->c->arena, tree),
        S("{\"a\":[1,39.990,true,null,\"\\\"\xc3\xa9\"],\"b\":{},\"c\":[],\"d\":{\"e\":-1}}"));
    EXPECT_STR(tree_pretty(t->c->arena, of(t, "{\"a\":[1,{\"b\":2}],\"c\":{},\"d\":[]}")),
        S("{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}"));
    EXPECT(tree_equal(tree, tree_copy(t->c->arena, tree)));
}

TEST("a tree is read by path, and what is not there stands for nothing")
{
    struct tree *tree = of(t, "{\"a\":{\"b\":[{\"c\":7},\"x\"]},\"yes\":true,\"none\":null}");
    EXPECT_I64(tree_i64(tree, "a.b.0.c"), 7);
    EXPECT_STR(tree_str(tree, "a.b.1"), S("x"));
    EXPECT(tree_true(tree, "yes") && tree_null(tree, "none") && tree_null(tree, "a.b.9.c"));
    EXPECT(tree_at(tree, "a.b.c") == NULL && tree_at(tree, "yes.no") == NULL);
    EXPECT_I64(tree_i64(tree, "a.b.1"), 0);
    EXPECT_STR(tree_str(tree, "a"), S(""));
}

TEST("a tree is changed in its place, added to and cut")
{
    struct arena *a = t->c->arena;
    struct tree *tree = of(t, "{\"a\":null,\"b\":[1,2],\"c\":3}");
    tree_set_i64(a, tree, "a.x.y", 5);
    tree_set_str(a, tree, "b.1", S("two"));
    tree_set_bool(a, tree, "d", true);
    tree_push(tree_at(tree, "b"), tree_of_i64(a, 3));
    tree_drop(tree, "c");
    tree_drop(tree, "no.such");
    EXPECT_STR(tree_text(a, tree), S("{\"a\":{\"x\":{\"y\":5}},\"b\":[1,\"two\",3],\"d\":true}"));
    struct tree *list = tree_of(a, JSON_ARRAY);
    tree_set(a, tree, "d", list);
    tree_push(list, tree_of_i64(a, 1)); /* what was put in goes on being what is there */
    EXPECT_STR(tree_text(a, tree_at(tree, "d")), S("[1]"));
    tree_drop(tree, "b.2");
    tree_drop(tree, "b.0");
    tree_push(tree_at(tree, "b"), tree_of_i64(a, 9));
    EXPECT_STR(tree_text(a, tree_at(tree, "b")), S("[\"two\",9]"));
}

TEST("what was before names changed members only, new ones as null, arrays whole")
{
    struct arena *a = t->c->arena;
    struct tree *before =
        of(t, "{\"a\":1,\"b\":{\"x\":1,\"y\":2},\"l\":[1,2],\"same\":[{\"k\":1}]}");
    struct tree *after =
        of(t, "{\"a\":2,\"b\":{\"x\":1,\"y\":3,\"z\":4},\"l\":[2],\"same\":[{\"k\":1}],\"new\":0}");
    EXPECT_STR(tree_text(a, tree_before(a, before, after)),
        S("{\"a\":1,\"b\":{\"y\":2,\"z\":null},\"l\":[1,2],\"new\":null}"));
    EXPECT_STR(tree_text(a, tree_before(a, before, before)), S("{}"));
    before = of(t, "{\"items\":{\"object\":\"list\",\"data\":[1],\"url\":\"u\"}}");
    after = of(t, "{\"items\":{\"object\":\"list\",\"data\":[2],\"url\":\"u\"}}");
    EXPECT(tree_equal(tree_before(a, before, after), before));
}
