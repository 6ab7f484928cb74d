#include "base/crypto.h"

#include "base/fault.h"
#include "base/id.h"

#include <openssl/evp.h>

/* R48: 2^15 blocks of 1 KiB, three times over: 0.3 s and 32 MiB on the machine this was measured
 * on.  Raising them makes stored texts report `rehash` at the next login. */

enum {
    SALT = 16,
    HASH = 32
};

struct cost {
    int64_t ln, r, p;
};
static const struct cost dear = { 15, 8, 3 }, cheap = { 4, 8, 1 };

static struct cost cost_today(const struct ctx *c)
{
    return c->faults != NULL && c->faults->cheap_passwords ? cheap : dear;
}

static struct str derive(struct ctx *c, struct cost k, struct str password, struct str salt)
{
    unsigned char *out = arena_alloc(c->arena, HASH);
    uint64_t n = UINT64_C(1) << k.ln, r = (uint64_t)k.r, p = (uint64_t)k.p;
    uint64_t memory = 128 * r * (n + p + 2) + 1024 * 1024;
    must(EVP_PBE_scrypt(password.p == NULL ? "" : password.p, password.n,
             (const unsigned char *)salt.p, salt.n, n, r, p, memory, out, HASH) == 1);
    return (struct str) { (const char *)out, HASH };
}

enum err password_hash(struct ctx *c, struct str password, struct str *ret_text)
{
    char salt[SALT];
    random_bytes(c, salt, sizeof salt);
    struct str raw_salt = { salt, sizeof salt };
    const struct cost today = cost_today(c);
    struct str hash = derive(c, today, password, raw_salt);
    *ret_text = str_fmt(c->arena, "$scrypt$ln=%d,r=%d,p=%d$%.*s$%.*s", (int)today.ln, (int)today.r,
        (int)today.p, SARG(base64url_text(c->arena, raw_salt)),
        SARG(base64url_text(c->arena, hash)));
    return E_OK;
}

/* "r=8" of the stored text, in the bounds within which we would compute it. */
static bool read_cost(struct str *rest, struct str name, char end, int64_t max, int64_t *ret)
{
    struct str head = S("");
    return str_cut(*rest, end, &head, rest) && str_starts(head, name) &&
        str_to_i64(str_from(head, name.n), ret) && *ret >= 1 && *ret <= max;
}

struct stored {
    struct cost cost;
    struct str salt, hash;
};

static bool read_stored(struct ctx *c, struct str text, struct stored *ret)
{
    struct str rest = str_from(text, S("$scrypt$").n), salt = S("");
    struct stored s = { .hash = S("") };
    bool ok = str_starts(text, S("$scrypt$")) && read_cost(&rest, S("ln="), ',', 18, &s.cost.ln) &&
        read_cost(&rest, S("r="), ',', 16, &s.cost.r) &&
        read_cost(&rest, S("p="), '$', 16, &s.cost.p) && str_cut(rest, '$', &salt, &rest) &&
        base64url_parse(c->arena, salt, &s.salt) && base64url_parse(c->arena, rest, &s.hash) &&
        s.hash.n == HASH && s.salt.n >= 8;
    if (ok)
        *ret = s;
    return ok;
}

enum err password_check(
    struct ctx *c, struct str password, struct str stored, bool *ret_ok, bool *ret_rehash)
{
    const struct cost today = cost_today(c);
    struct stored s = { .cost = today, .salt = S("nobody's salt..") };
    if (stored.n > 0 && !read_stored(c, stored, &s))
        return fail(c, STORE_CORRUPT, "a stored password hash is none of ours");
    struct str hash = derive(c, s.cost, password, s.salt);
    *ret_ok = bytes_equal_secret(hash, s.hash);
    *ret_rehash = s.cost.ln != today.ln || s.cost.r != today.r || s.cost.p != today.p;
    return E_OK;
}
