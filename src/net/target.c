#include "net/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* The first `bits` of the address are those of `prefix`.  The first row that fits decides, so
 * exceptions stand before what they are taken from. */
struct range4 {
    uint32_t prefix;
    unsigned bits;
    enum target is;
};
#define V4(a, b, c, d) ((uint32_t)(a) << 24 | (b) << 16 | (c) << 8 | (d))
static const struct range4 ranges4[] = {
    { V4(0, 0, 0, 0), 8, TARGET_NEVER },          /* "this network" */
    { V4(10, 0, 0, 0), 8, TARGET_PRIVATE },       /* RFC 1918 */
    { V4(100, 100, 100, 200), 32, TARGET_NEVER }, /* a cloud's metadata inside CGNAT */
    { V4(100, 64, 0, 0), 10, TARGET_PRIVATE },    /* CGNAT */
    { V4(127, 0, 0, 0), 8, TARGET_LOOPBACK },     /* this machine */
    { V4(169, 254, 0, 0), 16, TARGET_NEVER },     /* link-local, metadata */
    { V4(172, 16, 0, 0), 12, TARGET_PRIVATE },    /* RFC 1918 */
    { V4(192, 0, 0, 0), 24, TARGET_NEVER },       /* protocol assignments, metadata */
    { V4(192, 0, 2, 0), 24, TARGET_NEVER },       /* documentation */
    { V4(192, 88, 99, 0), 24, TARGET_NEVER },     /* 6to4 relays */
    { V4(192, 168, 0, 0), 16, TARGET_PRIVATE },   /* RFC 1918 */
    { V4(198, 18, 0, 0), 15, TARGET_PRIVATE },    /* benchmarks */
    { V4(198, 51, 100, 0), 24, TARGET_NEVER },    /* documentation */
    { V4(203, 0, 113, 0), 24, TARGET_NEVER },     /* documentation */
    { V4(224, 0, 0, 0), 3, TARGET_NEVER },        /* multicast, reserved, broadcast */
};

static enum target of_v4(uint32_t addr)
{
    for (size_t i = 0; i < ARRAY_LEN(ranges4); i++)
        if ((addr ^ ranges4[i].prefix) >> (32 - ranges4[i].bits) == 0)
            return ranges4[i].is;
    return TARGET_PUBLIC;
}

struct range6 {
    unsigned char prefix[16];
    unsigned bits;
    enum target is;
};
static const struct range6 ranges6[] = {
    { { [15] = 1 }, 128, TARGET_LOOPBACK },
    { { 0xfd, 0x00, 0x0e, 0xc2, [14] = 0x02, [15] = 0x54 }, 128, TARGET_NEVER }, /* metadata */
    { { 0xfd, 0x20, 0x00, 0xce, [14] = 0x02, [15] = 0x54 }, 128, TARGET_NEVER }, /* metadata */
    { { 0xfc }, 7, TARGET_PRIVATE },                                             /* unique local */
    { { 0x20, 0x01 }, 23, TARGET_NEVER },             /* Teredo, ORCHID */
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32, TARGET_NEVER }, /* documentation */
    { { 0x20, 0x02 }, 16, TARGET_NEVER },             /* 6to4 */
    { { 0x20 }, 3, TARGET_PUBLIC },                   /* global unicast */
};

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    return memcmp(a, b, whole) == 0 && (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

static uint32_t last_four(const unsigned char *b)
{
    return V4(b[12], (uint32_t)b[13], (uint32_t)b[14], (uint32_t)b[15]);
}

static enum target of_v6(const unsigned char *b)
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
    static const unsigned char nat64[12] = { 0x00, 0x64, 0xff, 0x9b };
    if (same_bits(b, mapped, 96))
        return of_v4(last_four(b));
    if (same_bits(b, nat64, 96)) /* a translator may stand anywhere: only to the public side */
        return of_v4(last_four(b)) == TARGET_PUBLIC ? TARGET_PUBLIC : TARGET_NEVER;
    for (size_t i = 0; i < ARRAY_LEN(ranges6); i++)
        if (same_bits(b, ranges6[i].prefix, ranges6[i].bits))
            return ranges6[i].is;
    return TARGET_NEVER;
}

enum target target_of(const struct sockaddr *addr)
{
    if (addr->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, addr, sizeof in);
        return of_v4(ntohl(in.sin_addr.s_addr));
    }
    if (addr->sa_family == AF_INET6) {
        struct sockaddr_in6 in;
        memcpy(&in, addr, sizeof in);
        return of_v6(in.sin6_addr.s6_addr);
    }
    return TARGET_NEVER;
}

struct str target_text(struct arena *a, const struct sockaddr *addr)
{
    char text[INET6_ADDRSTRLEN] = "an address of another kind";
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    if (addr->sa_family == AF_INET) {
        memcpy(&in, addr, sizeof in);
        (void)inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
    } else if (addr->sa_family == AF_INET6) {
        memcpy(&in6, addr, sizeof in6);
        (void)inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof text);
    }
    return str_copy(a, str_of_c(text));
}
