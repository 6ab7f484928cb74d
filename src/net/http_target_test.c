#include "net/server_test.h"

#include <stdlib.h>
#include <string.h>

static const struct net_options many = { .calls = 64 };

TEST("F28 redirects are answers and are not followed")
{
    static const char *const to[] = { "http://127.0.0.1:%d/stolen", "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data/", "//127.0.0.1:%d/stolen" };
    static const int status[] = { 301, 302, 303, 307, 308 };
    struct server other;
    struct str ok = S("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    server_start(&other, talk_always, &ok);
    net_for(t, &many);
    for (size_t i = 0; i < ARRAY_LEN(to); i++)
        for (size_t k = 0; k < ARRAY_LEN(status); k++) {
            struct str location, port = str_fmt(t->c->arena, "%d", other.port);
            struct str before, after, text = str_of_c(to[i]);
            location = str_cut(text, '%', &before, &after)
                ? str_fmt(t->c->arena, "%.*s%.*s%.*s", SARG(before), SARG(port),
                      SARG(str_from(after, 1)))
                : text;
            struct net_reply r = answered(t,
                str_fmt(t->c->arena,
                    "HTTP/1.1 %d Moved\r\nLocation: %.*s\r\nContent-Length: 0\r\n\r\n", status[k],
                    SARG(location)));
            EXPECT_I64(r.outcome, OUTCOME_DONE);
            EXPECT_I64(r.status, status[k]);
            EXPECT_I64(net_judge(&r), OUTCOME_UNKNOWN);
        }
    EXPECT_I64(other.connections, 0);
    server_forget(&other);
}

TEST("R69 a header with a line end in it is refused before anything is sent")
{
    static const struct net_header bad[] = {
        { S_INIT("X-Name"), S_INIT("Ada\r\nBcc: all@example.com") },
        { S_INIT("X-Name"), S_INIT("Ada\nX: y") },
        { S_INIT("X-Name"), S_INIT("Ada\rX: y") },
        { S_INIT("X-Name"), S_INIT("Ada\0X: y") },
        { S_INIT("X-Name"), S_INIT("Ada\x7f") },
        { S_INIT("X-Name"), S_INIT("\x1b[31m") },
        { S_INIT("X-Name: y\r\nX"), S_INIT("z") },
        { S_INIT("X Name"), S_INIT("z") },
        { S_INIT(""), S_INIT("z") },
    };
    struct server s;
    struct str ok = S("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    server_start(&s, talk_once, &ok);
    net_for(t, &many);
    struct net_reply r = { 0 };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct net_request in = get(t, &s, "/");
        in.headers[0] = bad[i];
        in.header_count = 1;
        EXPECT_FAIL(net_call(t->c, &in, &r), INTERNAL);
    }
    struct net_request in = get(t, &s, "/");
    in.method = S("GET / HTTP/1.1\r\nX:");
    EXPECT_FAIL(net_call(t->c, &in, &r), INTERNAL);
    EXPECT_I64(s.connections, 0);
    in = get(t, &s, "/");
    in.headers[0] = (struct net_header) { S("X-Name"), S("Ad\xc3\xa4\t1") };
    in.header_count = 1;
    EXPECT_I64(called(t, &in).status, 200);
    server_forget(&s);
}

TEST("what is no https URL without a user in it cannot be called")
{
    static const struct str bad[] = { S_INIT(""), S_INIT("acme"), S_INIT("ftp://127.0.0.1/"),
        S_INIT("file:///etc/passwd"), S_INIT("gopher://127.0.0.1/"), S_INIT("smtp://127.0.0.1/"),
        S_INIT("https://"), S_INIT("https://user:pass@127.0.0.1/"),
        S_INIT("https://user@127.0.0.1/"), S_INIT("https://127.0.0.1/a b"),
        S_INIT("https://127.0.0.1/\r\nX: y"), S_INIT("https://127.0.0.1\0.example.com/"),
        S_INIT("https://127.0.0.1:99999/"), S_INIT("https://exa mple.com/"),
        S_INIT("//127.0.0.1/") };
    net_for(t, &many);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct net_request in = {
            .gateway = S("acme"), .method = S("GET"), .url = bad[i], .private_target = true
        };
        struct net_reply r = { .status = 77 };
        EXPECT_FAIL(net_call(t->c, &in, &r), INTERNAL);
        EXPECT_I64(r.status, 77);
    }
}

TEST("R34 sixty spellings of this machine, of private networks and of metadata are not called")
{
    static const char *const hosts[] = { "127.0.0.1", "127.0.0.2", "127.255.255.254", "127.1",
        "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "017700000001", "0177.0.0.1",
        "0177.1", "0x7f.0x0.0x0.0x1", "00000177.00.00.01", "localhost", "LOCALHOST", "localhost.",
        "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:7f00:0001]", "[::127.0.0.1]", "[::7f00:1]", "[64:ff9b::127.0.0.1]",
        "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "0", "0.0.0.0", "0x0", "00.0.0.0", "[::]", "[::0]",
        "10.0.0.1", "10.255.255.255", "167772161", "172.16.0.1", "172.31.255.255", "192.168.0.1",
        "192.168.255.255", "3232235521", "100.64.0.1", "198.18.0.1", "[fc00::1]",
        "[fd12:3456:789a::1]", "169.254.169.254", "2852039166", "0xa9fea9fe", "0xa9.0xfe.0xa9.0xfe",
        "0251.0376.0251.0376", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[fd00:ec2::254]",
        "100.100.100.200", "192.0.0.192", "[fe80::1]", "[fe80::a9fe:a9fe]", "224.0.0.1",
        "[ff02::1]", "255.255.255.255", "240.0.0.1" };
    struct server s;
    struct str ok = S("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    server_start(&s, talk_once, &ok);
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++)
        for (int k = 0; k < 2; k++) {
            net_for(t, &many);
            struct net_request in = {
                .gateway = S("webhook:1"),
                .method = S("POST"),
                .url = str_fmt(t->c->arena, "%s://%s:%d/", k ? "http" : "https", hosts[i], s.port),
                .connect_ms = 500,
            };
            struct net_reply r = called(t, &in);
            EXPECT_STR(
                str_fmt(t->c->arena, "%.*s %.*s", SARG(in.url), SARG(outcome_text(r.outcome))),
                str_fmt(t->c->arena, "%.*s not sent", SARG(in.url)));
        }
    EXPECT_I64(s.connections, 0);
    server_forget(&s);
}

TEST("R34 a private target may be this machine, and never metadata; http never leaves the house")
{
    static const char *const urls[] = { "http://169.254.169.254/", "http://[fd00:ec2::254]/",
        "https://169.254.169.254/", "http://[fe80::1]/", "http://0.0.0.0/", "http://1.1.1.1/",
        "http://[2606:4700::1111]/" };
    net_for(t, &many);
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct net_request in = { .gateway = S("acme"),
            .method = S("GET"),
            .url = str_of_c(urls[i]),
            .private_target = true,
            .connect_ms = 500 };
        struct net_reply r = called(t, &in);
        EXPECT_I64(r.outcome, OUTCOME_NOT_SENT);
        EXPECT(str_ends(r.why, S("is not an address that this call may go to")));
    }
    struct net_reply r = answered(t, S("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_I64(r.status, 200);
}

TEST("R34 a connection kept for a private target is not used by a call that may not go there")
{
    struct server s;
    struct str ok = S("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    server_start(&s, talk_always, &ok);
    net_for(t, &many);
    struct net_request in = get(t, &s, "/");
    EXPECT_I64(called(t, &in).status, 200);
    in.private_target = false;
    EXPECT_I64(called(t, &in).outcome, OUTCOME_NOT_SENT);
    EXPECT_I64(s.requests, 1);
    server_forget(&s);
}

TEST("R76 neither a proxy nor a .netrc of the environment is used")
{
    static const char *const names[] = { "http_proxy", "https_proxy", "all_proxy", "ALL_PROXY" };
    struct server s;
    struct str ok = S("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    server_start(&s, talk_once, &ok);
    net_for(t, &many);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        setenv(names[i], "http://127.0.0.1:1", 1);
    struct net_request in = get(t, &s, "/");
    struct net_reply r = called(t, &in);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unsetenv(names[i]);
    EXPECT_I64(r.status, 200);
    server_forget(&s);
}

TEST("R79 headers of one call are not in the next on the same connection")
{
    struct server s;
    struct str ok = S("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    server_start(&s, talk_always, &ok);
    net_for(t, &many);
    struct net_request in = post(t, &s, S("secret=1"));
    in.headers[0] = (struct net_header) { S("Authorization"), S("Bearer key") };
    in.header_count = 1;
    EXPECT_I64(called(t, &in).status, 200);
    in = get(t, &s, "/");
    EXPECT_I64(called(t, &in).status, 200);
    EXPECT_I64(s.connections, 1);
    server_end(&s);
    EXPECT(!str_has(peer_said(s.peers), S("Authorization")));
    EXPECT(!str_has(peer_said(s.peers), S("secret")));
    EXPECT(str_starts(peer_said(s.peers), S("GET / HTTP/1.1\r\n")));
    server_forget(&s);
}
