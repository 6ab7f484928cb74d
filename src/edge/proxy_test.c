#include "edge/proxy.h"

#include "base/test.h"

static struct str client(
    struct test *t, const char *trusted, const char *peer, const char *first, const char *second)
{
    struct proxies p;
    EXPECT_OK(proxies_parse(t->c, str_of_c(trusted), &p));
    struct header headers[3];
    size_t n = 0;
    if (first != NULL)
        headers[n++] = (struct header) { S("x-forwarded-for"), str_of_c(first) };
    headers[n++] = (struct header) { S("Accept"), S("9.9.9.9") };
    if (second != NULL)
        headers[n++] = (struct header) { S("X-Forwarded-For"), str_of_c(second) };
    struct req r = { .c = t->c, .peer = str_of_c(peer), .headers = headers, .header_count = n };
    return proxy_client(&p, &r);
}

TEST("R44 who the client is, behind each arrangement of proxies")
{
    static const struct {
        const char *why, *trusted, *peer, *first, *second, *want;
    } row[] = {
        { "nobody is trusted", "", "203.0.113.7", "1.1.1.1", NULL, "203.0.113.7" },
        { "a direct client spoofs", "10.0.0.0/8", "203.0.113.7", "1.1.1.1", NULL, "203.0.113.7" },
        { "one proxy", "10.0.0.0/8", "10.1.2.3", "203.0.113.7", NULL, "203.0.113.7" },
        { "spoofed behind one proxy", "10.0.0.0/8", "10.1.2.3", "1.1.1.1, 203.0.113.7", NULL,
            "203.0.113.7" },
        { "two proxies", "10.0.0.0/8,192.0.2.1", "192.0.2.1", "1.1.1.1, 203.0.113.7, 10.9.9.9",
            NULL, "203.0.113.7" },
        { "two header lines", "10.0.0.0/8", "10.1.2.3", "1.1.1.1", "203.0.113.7, 10.2.2.2",
            "203.0.113.7" },
        { "across two header lines", "10.0.0.0/8", "10.1.2.3", "1.1.1.1,203.0.113.7", "10.2.2.2",
            "203.0.113.7" },
        { "only proxies", "10.0.0.0/8", "10.1.2.3", "10.7.7.7", NULL, "10.7.7.7" },
        { "no header", "10.0.0.0/8", "10.1.2.3", NULL, NULL, "10.1.2.3" },
        { "garbage stops the walk", "10.0.0.0/8", "10.1.2.3", "203.0.113.7, unknown", NULL,
            "10.1.2.3" },
        { "an empty hop stops the walk", "10.0.0.0/8", "10.1.2.3", "203.0.113.7,", NULL,
            "10.1.2.3" },
        { "a port after the address", "10.0.0.0/8", "10.1.2.3", "203.0.113.7:4711", NULL,
            "203.0.113.7" },
        { "IPv6 with brackets and port", "::1", "::1", "[2001:db8::5]:443", NULL, "2001:db8::5" },
        { "IPv6 range", "2001:db8::/32", "2001:db8:1::2", "2001:db9::1", NULL, "2001:db9::1" },
        { "a mapped peer is its IPv4 self", "10.0.0.0/8", "::ffff:10.1.2.3", "203.0.113.7", NULL,
            "203.0.113.7" },
        { "a range that ends within a byte", "10.16.0.0/12", "10.31.0.1", "203.0.113.7", NULL,
            "203.0.113.7" },
        { "just outside that range", "10.16.0.0/12", "10.32.0.1", "203.0.113.7", NULL,
            "10.32.0.1" },
        { "the control socket", "10.0.0.0/8", "", "203.0.113.7", NULL, "" },
    };
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        t->name = row[i].why;
        EXPECT_STR(client(t, row[i].trusted, row[i].peer, row[i].first, row[i].second),
            str_of_c(row[i].want));
    }
}

TEST("R91 proxies that are no addresses, and everybody, are refused at start")
{
    static const char *const bad[] = { "localhost", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8",
        "10.0.0.0/8/8", "::1/129", "0.0.0.0/0", "::/0", "1.2.3.4 5.6.7.8", "10.0.0.0/", "/8",
        "10.0.0.0/x", "[::1]", "10.0.0.1:80" };
    struct proxies p;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        EXPECT_FAIL(proxies_parse(t->c, str_of_c(bad[i]), &p), INVALID_REQUEST);
    EXPECT_OK(proxies_parse(t->c, S(" 10.0.0.0/8 ,, ::1 "), &p));
    EXPECT_I64((int64_t)p.n, 2);
}

TEST("addresses that are none are not taken for one")
{
    static const char *const bad[] = { "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4",
        " 1.2.3.4", "1.2.3.4 ", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:", "[::1", "::1]",
        "[1.2.3.4]x", "fe80::1%eth0", "localhost", "[::1]:", "::1:2:3:4:5:6:7:8:9", "1.2.3.4:+1" };
    struct address a;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        t->name = bad[i];
        EXPECT(!address_parse(str_of_c(bad[i]), &a));
    }
    EXPECT(!address_parse((struct str) { "1.2.3.4\0", 8 }, &a));
}

TEST("limits count an IPv6 customer by its /64, an IPv4 one by its address")
{
    EXPECT_STR(address_group(t->c->arena, S("2001:db8:1:2:3:4:5:6")), S("2001:db8:1:2::"));
    EXPECT_STR(address_group(t->c->arena, S("2001:db8:1:2::1")), S("2001:db8:1:2::"));
    EXPECT_STR(address_group(t->c->arena, S("203.0.113.7")), S("203.0.113.7"));
    EXPECT(address_is_loopback(S("127.8.8.8")) && address_is_loopback(S("::1")));
    EXPECT(address_is_loopback(S("::ffff:127.0.0.1")));
    EXPECT(!address_is_loopback(S("128.0.0.1")) && !address_is_loopback(S("::2")));
    EXPECT(!address_is_loopback(S("")));
}
