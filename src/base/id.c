#include "base/id.h"

#include <string.h>
#include <sys/random.h>

struct ids ids_of_system(void)
{
    return (struct ids) { .seeded = false };
}

struct ids ids_of_seed(uint64_t seed)
{
    return (struct ids) { .seeded = true, .state = seed };
}

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* From the kernel, every time: cheap enough, and a fork or a restored machine never repeats. */
static void from_kernel(void *ret, size_t n)
{
    unsigned char *p = ret;
    while (n > 0) {
        ssize_t got = getrandom(p, n, 0);
        must(got > 0);
        p += got;
        n -= (size_t)got;
    }
}

void random_bytes(struct ctx *c, void *ret, size_t n)
{
    must(c->ids != NULL);
    if (!c->ids->seeded) {
        from_kernel(ret, n);
        return;
    }
    unsigned char *p = ret;
    for (size_t i = 0; i < n; i += 8) {
        uint64_t word = splitmix64(&c->ids->state);
        for (size_t k = 0; k < 8 && i + k < n; k++)
            p[i + k] = (unsigned char)(word >> (8 * k));
    }
}

uint64_t random_u64(struct ctx *c)
{
    uint64_t v = 0;
    random_bytes(c, &v, sizeof v);
    return v;
}

int64_t random_below(struct ctx *c, int64_t bound)
{
    must(bound > 0);
    uint64_t b = (uint64_t)bound, limit = UINT64_MAX - UINT64_MAX % b;
    for (;;) {
        uint64_t v = random_u64(c);
        if (v < limit)
            return (int64_t)(v % b);
    }
}

struct id id_new(struct ctx *c)
{
    struct id id;
    uint64_t ms = (uint64_t)c->now_ms;
    for (int i = 0; i < 6; i++)
        id.b[i] = (unsigned char)(ms >> (8 * (5 - i)));
    random_bytes(c, id.b + 6, 10);
    return id;
}

bool id_eq(struct id a, struct id b)
{
    return memcmp(a.b, b.b, sizeof a.b) == 0;
}

bool id_is_zero(struct id id)
{
    static const struct id zero;
    return id_eq(id, zero);
}

/* 26 characters of 5 bits are 130: the first carries the top 3 bits only. */
static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
enum {
    DIGITS = 26
};

struct str id_text(struct arena *a, struct str prefix, struct id id)
{
    size_t n = prefix.n + 1 + DIGITS;
    char *p = arena_alloc(a, n + 1);
    memcpy(p, prefix.p, prefix.n);
    p[prefix.n] = '_';
    unsigned acc = 0, bits = 2;
    char *w = p + prefix.n + 1;
    for (size_t i = 0; i < sizeof id.b; i++) {
        acc = (acc << 8) | id.b[i];
        bits += 8;
        while (bits >= 5) {
            bits -= 5;
            *w++ = alphabet[(acc >> bits) & 31];
        }
    }
    must(bits == 0 && w == p + n);
    return (struct str) { p, n };
}

static int digit_value(char ch)
{
    for (int i = 0; i < 32; i++)
        if (alphabet[i] == ch)
            return i;
    return -1;
}

bool id_parse(struct str prefix, struct str text, struct id *ret)
{
    if (text.n != prefix.n + 1 + DIGITS || !str_starts(text, prefix) || text.p[prefix.n] != '_')
        return false;
    struct id id;
    unsigned acc = 0, bits = 0;
    size_t out = 0;
    for (size_t i = 0; i < DIGITS; i++) {
        int v = digit_value(text.p[prefix.n + 1 + i]);
        if (v < 0 || (i == 0 && v > 7))
            return false;
        acc = (acc << 5) | (unsigned)v;
        bits += i == 0 ? 3 : 5;
        if (bits >= 8) {
            bits -= 8;
            id.b[out++] = (unsigned char)(acc >> bits);
        }
    }
    must(out == sizeof id.b && bits == 0);
    *ret = id;
    return true;
}

struct id id_of_row(int64_t at_ms, int64_t n)
{
    must(at_ms >= 0 && at_ms < INT64_C(1) << 48 && n > 0);
    struct id id = { { 0 } };
    for (int i = 0; i < 6; i++)
        id.b[i] = (unsigned char)(at_ms >> (8 * (5 - i)));
    for (int i = 0; i < 8; i++)
        id.b[8 + i] = (unsigned char)(n >> (8 * (7 - i)));
    return id;
}

bool id_is_row(struct id id, int64_t *ret_at_ms, int64_t *ret_n)
{
    int64_t at_ms = 0, n = 0;
    if (id.b[6] != 0 || id.b[7] != 0 || id.b[8] > 127)
        return false;
    for (int i = 0; i < 6; i++)
        at_ms = at_ms * 256 + id.b[i];
    for (int i = 8; i < 16; i++)
        n = n * 256 + id.b[i];
    *ret_at_ms = at_ms;
    *ret_n = n;
    return n > 0;
}
