#include "base/test.h"
#include "base/url.h"

static bool origin_of(struct test *t, struct str text, struct str *ret)
{
    struct url url;
    const char *why = NULL;
    if (!url_parse(t->c->arena, text, 0, &url, &why))
        return false;
    *ret = url_origin(t->c->arena, &url);
    return true;
}

TEST("a URL comes apart into its parts")
{
    struct url url;
    const char *why = NULL;
    EXPECT(url_parse(
        t->c->arena, S("HTTPS://Shop.Example.com:8443/a/b?c=d&e=%20#f?g"), 0, &url, &why));
    EXPECT_STR(url.scheme, S("https"));
    EXPECT_STR(url.host, S("shop.example.com"));
    EXPECT_I64(url.port, 8443);
    EXPECT_STR(url.path, S("/a/b"));
    EXPECT_STR(url.query, S("c=d&e=%20"));
    EXPECT_STR(url.fragment, S("f?g"));
    EXPECT(!url_is_origin(&url));
    EXPECT(url_parse(
        t->c->arena, S("smtp://ada%40example.com:p%3Ass@mail:587"), URL_WITH_USER, &url, &why));
    EXPECT_STR(url.user, S("ada%40example.com"));
    EXPECT_STR(url.password, S("p%3Ass"));
    EXPECT_STR(url.host, S("mail"));
    EXPECT_I64(url.port, 587);
    EXPECT(url_parse(t->c->arena, S("smtp://mail"), URL_WITH_USER, &url, &why));
    EXPECT_I64(url.port, 25);
}

TEST("two spellings of one origin are one text, as browsers write it")
{
    static const char *const same[][2] = { { "https://shop.example.com",
                                               "https://shop.example.com" },
        { "https://SHOP.example.com:443/", "https://shop.example.com" },
        { "http://localhost:80/x", "http://localhost" },
        { "http://127.0.0.1:8080", "http://127.0.0.1:8080" },
        { "https://[2001:DB8:0:0::1]:443", "https://[2001:db8::1]" },
        { "http://[0:0:0:0:0:0:0:1]:8080", "http://[::1]:8080" },
        { "https://xn--bcher-kva.example", "https://xn--bcher-kva.example" },
        { "https://1.example.com", "https://1.example.com" } };
    for (size_t i = 0; i < ARRAY_LEN(same); i++) {
        struct str origin = S("");
        EXPECT(origin_of(t, str_of_c(same[i][0]), &origin));
        EXPECT_STR(origin, str_of_c(same[i][1]));
    }
}

/* Each is refused, or belongs to another origin than https://shop.example.com. */
static const char *const bypasses[] = {
    "https://evil.com",
    "https://shop.example.com.evil.com",
    "https://shop.example.comevil.com",
    "https://shop.example.com-evil.com",
    "https://evilshop.example.com",
    "https://evil.com/shop.example.com",
    "https://evil.com?https://shop.example.com",
    "https://evil.com#https://shop.example.com",
    "https://evil.com;shop.example.com",
    "https://evil.com,shop.example.com",
    "https://shop.example.com@evil.com",
    "https://shop.example.com:443@evil.com",
    "https://shop.example.com:x@evil.com/",
    "https://evil.com@shop.example.com",
    "https://@evil.com",
    "https://@shop.example.com",
    "https://:@shop.example.com",
    "https://shop.example.com%40evil.com",
    "https://shop.example.com%2eevil.com",
    "https://shop.example.com%2f@evil.com",
    "https://shop%2eexample%2ecom",
    "https://shop.example.com\\@evil.com",
    "https://evil.com\\@shop.example.com",
    "https://shop.example.com\\.evil.com",
    "https://evil.com\\shop.example.com",
    "https:\\\\shop.example.com",
    "https:/\\evil.com",
    "https:/shop.example.com",
    "https:shop.example.com",
    "https:///shop.example.com",
    "https:////evil.com",
    "//evil.com",
    "//shop.example.com",
    "///evil.com",
    "/\\evil.com",
    "shop.example.com",
    "http://shop.example.com",
    "ftp://shop.example.com",
    "javascript:alert(1)//https://shop.example.com",
    "javascript://shop.example.com/%0aalert(1)",
    "data:text/html,https://shop.example.com",
    "https://shop.example.com:8443",
    "https://shop.example.com:",
    "https://shop.example.com:0",
    "https://shop.example.com:0443",
    "https://shop.example.com:00443",
    "https://shop.example.com:65979",
    "https://shop.example.com:443:443",
    "https://shop.example.com:+443",
    "https://shop.example.com:4 43",
    "https://shop.example.com.",
    "https://shop.example.com..",
    "https://.shop.example.com",
    "https://shop..example.com",
    " https://shop.example.com",
    "https://shop.example.com ",
    "https://shop.example.com\t",
    "https://shop.example.com\n.evil.com",
    "https://shop.exam\rple.com",
    "ht\ntps://evil.com",
    "\x01https://shop.example.com",
    "https://shop.example.com/%0d%0aSet-Cookie:a=b",
    "https://shop.example.com/%00",
    "https://shop.example.com/%5c%5cevil.com",
    "https://shop.example.com/%",
    "https://shop.example.com/%2",
    "https://shop.example.com/%zz",
    "https://shop.example.com/\"><script>",
    "https://shop\xe3\x80\x82"
    "example.com",
    "https://shop.example\xef\xbc\x8e"
    "com",
    "https://sh\xd0\xbe"
    "p.example.com",
    "https://shop.example.com\xe2\x80\xae",
    "https://shop.example.com\xe2\x84\x80.evil.com",
    "https://[shop.example.com]",
    "https://[::1",
    "https://[::1]evil.com",
    "https://[::1%25eth0]",
    "https://[::ffff:1.2.3]",
    "https://2130706433",
    "https://0x7f000001",
    "https://0x7f.1",
    "https://127.1",
    "https://0177.0.0.1",
    "https://127.0.0.01",
    "https://127.0.0.1.",
    "https://127.0.0.1.1",
    "https://1.2.3.256",
    "https://1.2.3.0x4",
    "https://-shop.example.com",
    "https://shop.example.com-",
    "https://shop_example.com",
    "https://*.example.com",
    "https://",
    "https://:443",
    "https://?shop.example.com",
    "https://#shop.example.com",
    "",
    ":",
    "://shop.example.com",
    "1https://shop.example.com",
};

TEST("R67 no other spelling reaches an origin that is not allowed, nor passes for one that is")
{
    EXPECT(ARRAY_LEN(bypasses) >= 60);
    for (size_t i = 0; i < ARRAY_LEN(bypasses); i++) {
        struct str origin = S("none");
        if (origin_of(t, str_of_c(bypasses[i]), &origin) &&
            str_eq(origin, S("https://shop.example.com")))
            EXPECT_STR(str_of_c(bypasses[i]), S("refused"));
    }
    struct str with_nul = { "https://shop.example.com\0.evil.com", 34 }, origin = S("");
    EXPECT(!origin_of(t, with_nul, &origin));
}

TEST("R67 what two readers could understand differently is refused, with the reason")
{
    static const char *const wrong[][2] = {
        { "https://a b.com",
            "it holds a space, a control character or a letter that is not ASCII" },
        { "https://a.com/\\", "it holds a character that URLs write encoded" },
        { "https://a.com/%0A", "it encodes a control character or a backslash" },
        { "https://a.com/%7F", "it encodes a control character or a backslash" },
        { "https://a.com/%5C", "it encodes a control character or a backslash" },
        { "https://a.com/%a", "a percent sign in it encodes nothing" },
        { "a.com", "it does not begin with https:// or the like" },
        { "https://u@a.com", "it names a user" },
        { "https://127.1",
            "its host is neither a plain name nor an address in its usual spelling" },
        { "https://a.com.",
            "its host is neither a plain name nor an address in its usual spelling" },
        { "https://[::g]", "its IPv6 address is none" },
        { "https://a.com:99999", "its port is not a number from 1 to 65535" },
        { "https://127.0.0.01",
            "its host is neither a plain name nor an address in its usual spelling" },
        { "https://0177.0.0.1",
            "its host is neither a plain name nor an address in its usual spelling" },
        { "https://1.2.3.256",
            "its host is neither a plain name nor an address in its usual spelling" },
        { "https://1.2.3",
            "its host is neither a plain name nor an address in its usual spelling" },
        { "https://1.2.3.4.5",
            "its host is neither a plain name nor an address in its usual spelling" },
        { "https://0x7f000001",
            "its host is neither a plain name nor an address in its usual spelling" },
        { "https://2130706433",
            "its host is neither a plain name nor an address in its usual spelling" },
        { "https://1.2.3.0x4",
            "its host is neither a plain name nor an address in its usual spelling" },
        { "https://a..b", "its host is neither a plain name nor an address in its usual spelling" },
        { "https://-a.b", "its host is neither a plain name nor an address in its usual spelling" },
        { "https://a-.b", "its host is neither a plain name nor an address in its usual spelling" },
        { "https://a_b.c",
            "its host is neither a plain name nor an address in its usual spelling" },
        { "https://a.com:65536", "its port is not a number from 1 to 65535" },
        { "https://a.com:0", "its port is not a number from 1 to 65535" },
        { "https://a.com:080", "its port is not a number from 1 to 65535" },
        { "https://a.com:", "its port is not a number from 1 to 65535" },
    };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct url url = { .port = 7 };
        const char *why = NULL;
        EXPECT(!url_parse(t->c->arena, str_of_c(wrong[i][0]), 0, &url, &why));
        EXPECT_STR(str_of_c(why), str_of_c(wrong[i][1]));
        EXPECT_I64(url.port, 7);
    }
    struct url url;
    const char *why = NULL;
    EXPECT(!url_parse(t->c->arena, S("smtp://a@b:c@d"), URL_WITH_USER, &url, &why));
    EXPECT_STR(str_of_c(why), S("its user or password holds a character that URLs write encoded"));
    struct buf b = BUF(t->c->arena);
    buf_add(&b, S("https://a.com/"));
    while (b.n <= URL_MAX)
        buf_char(&b, 'x');
    EXPECT(!url_parse(t->c->arena, buf_str(&b), 0, &url, &why));
    EXPECT_STR(str_of_c(why), S("it is longer than 2048 characters"));
}

TEST("loopback is this machine and nothing that only looks like it")
{
    static const char *const ours[] = { "http://localhost:8080", "http://127.0.0.1",
        "http://127.255.3.4:1", "http://[::1]/x", "http://LOCALHOST" };
    static const char *const others[] = { "http://localhost.example.com", "http://127.example.com",
        "http://128.0.0.1", "http://[::2]", "http://10.0.0.1", "http://0.0.0.0" };
    struct url url;
    const char *why = NULL;
    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        EXPECT(url_parse(t->c->arena, str_of_c(ours[i]), 0, &url, &why) && url_is_loopback(&url));
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        EXPECT(
            url_parse(t->c->arena, str_of_c(others[i]), 0, &url, &why) && !url_is_loopback(&url));
}

TEST("percent encoding is undone by decoding")
{
    char all[256];
    for (int i = 0; i < 256; i++)
        all[i] = (char)i;
    struct str raw = { all, sizeof all };
    struct str coded = url_encode(t->c->arena, raw);
    bool ok = false;
    EXPECT_STR(url_decode(t->c->arena, coded, true, &ok), raw);
    EXPECT(ok && str_is_visible(coded));
    EXPECT_STR(url_encode(t->c->arena, S("a-b.c_d~e/f g")), S("a-b.c_d~e%2Ff%20g"));
}
