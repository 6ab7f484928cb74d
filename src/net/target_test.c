#include "base/test.h"
#include "net/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static enum target of(const char *text)
{
    struct sockaddr_in in = { .sin_family = AF_INET };
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
        return target_of((const struct sockaddr *)&in);
    must(inet_pton(AF_INET6, text, &in6.sin6_addr) == 1);
    return target_of((const struct sockaddr *)&in6);
}

TEST("R34 an address is public only when nobody but the internet answers there")
{
    static const char *const public[] = { "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0",
        "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255",
        "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.167.255.255",
        "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111",
        "2001:4860:4860::8888", "2a00::1", "3fff:ffff::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1" };
    for (size_t i = 0; i < ARRAY_LEN(public); i++)
        EXPECT_STR(str_fmt(t->c->arena, "%s %d", public[i], (int)of(public[i])),
            str_fmt(t->c->arena, "%s %d", public[i], (int)TARGET_PUBLIC));
}

TEST("R34 this machine and the operator's networks are known in every family")
{
    static const char *const loopback[] = { "127.0.0.1", "127.255.255.254", "::1",
        "::ffff:127.0.0.1" };
    static const char *const private[] = { "10.0.0.1", "10.255.255.255", "172.16.0.1",
        "172.31.255.255", "192.168.0.1", "192.168.255.255", "100.64.0.1", "100.127.255.255",
        "198.18.0.1", "198.19.255.255", "fc00::1", "fdff:ffff::1", "::ffff:10.1.2.3" };
    for (size_t i = 0; i < ARRAY_LEN(loopback); i++)
        EXPECT_I64(of(loopback[i]), TARGET_LOOPBACK);
    for (size_t i = 0; i < ARRAY_LEN(private); i++)
        EXPECT_I64(of(private[i]), TARGET_PRIVATE);
}

TEST("R34 link-local, metadata, multicast, reserved and tunnelled addresses are nobody's target")
{
    static const char *const never[] = { "0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1",
        "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.51.100.7", "203.0.113.9", "224.0.0.1",
        "239.255.255.255", "240.0.0.1", "255.255.255.255", "100.100.100.200", "::", "::2",
        "::127.0.0.1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "fd00:ec2::254", "fd20:ce::254",
        "2001::1", "2001:db8::1", "2002:7f00:1::", "4000::1", "100::1", "64:ff9b::127.0.0.1",
        "64:ff9b::10.0.0.1", "64:ff9b:1::1", "::ffff:169.254.169.254", "::ffff:0.0.0.0",
        "e000::1" };
    for (size_t i = 0; i < ARRAY_LEN(never); i++)
        EXPECT_STR(str_fmt(t->c->arena, "%s %d", never[i], (int)of(never[i])),
            str_fmt(t->c->arena, "%s %d", never[i], (int)TARGET_NEVER));
    struct sockaddr local = { .sa_family = AF_UNIX };
    EXPECT_I64(target_of(&local), TARGET_NEVER);
    EXPECT_STR(target_text(t->c->arena, &local), S("an address of another kind"));
}
