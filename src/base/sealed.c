#include "base/sealed.h"

#include "base/config.h"
#include "base/crypto.h"

/* Stored: eight bytes that no secret begins with, four that say which key, then what seal made. */
#define MARK S("\0purser1")
#define TEXT_MARK S("sealed:")
enum {
    KEYS_MAX = 8,
    WHICH = 4
};

/* The key that was given is text of any length; 32 bytes are made of it. */
static bool key_at(struct ctx *c, size_t i, struct str *ret)
{
    struct secret given;
    if (c->config == NULL || !config_secret(c->config, CFG_MASTER_KEY, i, &given))
        return false;
    struct sha256 h =
        sha256_of((const struct str[]) { S("purser master key\n"), secret_reveal(given) }, 2);
    *ret = str_copy(c->arena, (struct str) { (const char *)h.b, sizeof h.b });
    return true;
}

static struct str which(struct ctx *c, struct str key)
{
    struct sha256 h = sha256(key);
    return str_copy(c->arena, (struct str) { (const char *)h.b, WHICH });
}

enum err sealed_write(struct ctx *c, struct str place, struct str plain, struct str *ret_stored)
{
    struct str key, sealed;
    struct buf b = BUF(c->arena);
    if (plain.n == 0 || !key_at(c, 0, &key)) {
        *ret_stored = plain;
        return E_OK;
    }
    TRY(seal(c, secret_of(key), place, plain, &sealed));
    buf_add(&b, MARK);
    buf_add(&b, which(c, key));
    buf_add(&b, sealed);
    *ret_stored = buf_str(&b);
    return E_OK;
}

static bool is_sealed(struct str stored)
{
    return stored.n > MARK.n + WHICH && str_starts(stored, MARK);
}

enum err sealed_read(struct ctx *c, struct str place, struct str stored, struct str *ret_plain)
{
    struct str key;
    if (!is_sealed(stored)) {
        *ret_plain = stored;
        return E_OK;
    }
    for (size_t i = 0; i < KEYS_MAX && key_at(c, i, &key); i++)
        if (str_eq(str_part(stored, MARK.n, WHICH), which(c, key)))
            return unseal(c, secret_of(key), place, str_from(stored, MARK.n + WHICH), ret_plain);
    return fail(c, INVALID_REQUEST,
        "%.*s is sealed under a key that is not given: PURSER_MASTER_KEY is missing or another",
        SARG(place));
}

bool sealed_is_current(struct ctx *c, struct str stored)
{
    struct str key;
    if (stored.n == 0 || !key_at(c, 0, &key))
        return !is_sealed(stored);
    return is_sealed(stored) && str_eq(str_part(stored, MARK.n, WHICH), which(c, key));
}

/* ---- as text */

enum err sealed_write_text(
    struct ctx *c, struct str place, struct str plain, struct str *ret_stored)
{
    struct str stored;
    TRY(sealed_write(c, place, plain, &stored));
    *ret_stored = !is_sealed(stored)
        ? plain
        : str_fmt(c->arena, "sealed:%.*s", SARG(hex_text(c->arena, stored)));
    return E_OK;
}

static bool stored_of(struct ctx *c, struct str text, struct str *ret)
{
    *ret = text;
    return !str_starts(text, TEXT_MARK) || hex_parse(c->arena, str_from(text, TEXT_MARK.n), ret);
}

enum err sealed_read_text(struct ctx *c, struct str place, struct str stored, struct str *ret_plain)
{
    struct str raw;
    if (!stored_of(c, stored, &raw))
        return fail(c, STORE_CORRUPT, "%.*s is not as it was written", SARG(place));
    return sealed_read(c, place, raw, ret_plain);
}

bool sealed_is_current_text(struct ctx *c, struct str stored)
{
    struct str raw;
    return stored_of(c, stored, &raw) && sealed_is_current(c, raw);
}
