#include "edge/admin.h"

#include "base/json.h"
#include "fact/fact.h"

enum {
    HASHES_AT_ONCE = 2, /* 32 MiB each */
    STEP_MS = 30 * 1000,
    CODE_DIGITS = 6,
    CODE_MODULUS = 1000000
};

enum err admin_mail(struct ctx *c, struct str text, struct str *ret)
{
    struct str name, host;
    if (text.n > 254 || !str_is_visible(text) || !str_cut(text, '@', &name, &host) || name.n == 0 ||
        !str_has(host, S(".")) || str_has(host, S("@")))
        return fail(c, INVALID_REQUEST, "That is no mail address.");
    *ret = str_lower(c->arena, text);
    return E_OK;
}

/* ---- passwords */

/* The most used ones of eight characters and more, lower case.  Longer lists buy little against a
 * guesser who gets twenty tries in ten minutes. */
static const struct str common[] = {
#define PASSWORD(text) S_INIT(text),
#include "edge/password.def"
#undef PASSWORD
};

enum err admin_password_check(struct ctx *c, struct str mail, struct str password)
{
    struct str name, host, low = str_lower(c->arena, password);
    str_cut(mail, '@', &name, &host);
    if (password.n < PASSWORD_MIN || password.n > PASSWORD_MAX || !str_is_text(password))
        return fail(c, INVALID_REQUEST,
            "A password has at least %d characters; 15 and more are better. Any will do.",
            PASSWORD_MIN);
    if (str_eq(low, mail) || str_eq(low, name))
        return fail(c, INVALID_REQUEST, "The mail address is no password.");
    for (size_t i = 0; i < ARRAY_LEN(common); i++)
        if (str_eq(low, common[i]))
            return fail(c, INVALID_REQUEST,
                "This password is among the first that everybody tries. Take another.");
    return E_OK;
}

static enum err hashing_begin(struct ctx *c)
{
    if (c->edge->hashing++ < HASHES_AT_ONCE)
        return E_OK;
    c->edge->hashing--;
    return fail_retry_after(
        c, fail(c, BUSY, "Others are signing in right now. Try again in a second."), 1);
}

enum err admin_password_hash(struct ctx *c, struct str password, struct str *ret_text)
{
    TRY(hashing_begin(c));
    enum err e = password_hash(c, password, ret_text);
    c->edge->hashing--;
    return e;
}

enum err admin_password_matches(
    struct ctx *c, struct str password, struct str stored, bool *ret_ok, struct str *ret_new_text)
{
    bool ok = false, rehash = false;
    struct str text = S("");
    TRY(hashing_begin(c));
    enum err e = password_check(c, password, stored, &ok, &rehash);
    if (e == E_OK && ok && rehash)
        e = password_hash(c, password, &text);
    c->edge->hashing--;
    TRY(e);
    *ret_ok = ok;
    *ret_new_text = text;
    return E_OK;
}

/* ---- one-time codes: RFC 6238 with SHA-1, 30 seconds, six digits, which all apps know */
static enum err code_at(struct ctx *c, struct str secret, int64_t step, struct str *ret)
{
    char counter[8];
    struct str mac;
    for (int i = 0; i < 8; i++)
        counter[i] = (char)(step >> (8 * (7 - i)));
    TRY(hmac_sign(c, HMAC_SHA1, secret_of(secret), (struct str) { counter, sizeof counter }, &mac));
    const unsigned char *m = (const unsigned char *)mac.p;
    unsigned at = m[mac.n - 1] & 15u;
    uint32_t v = (uint32_t)(m[at] & 0x7f) << 24 | (uint32_t)m[at + 1] << 16 |
        (uint32_t)m[at + 2] << 8 | m[at + 3];
    *ret = str_fmt(c->arena, "%06u", v % CODE_MODULUS);
    return E_OK;
}

int64_t admin_code_step(struct ctx *c, const struct admin *admin, struct str code)
{
    int64_t now = c->wall_ms / STEP_MS, found = 0;
    if (code.n != CODE_DIGITS)
        return 0;
    for (int64_t step = now - 1; step <= now + 1; step++) {
        struct str want;
        if (step > admin->totp_step && code_at(c, admin->totp_secret, step, &want) == E_OK &&
            bytes_equal_secret(want, code))
            found = step;
    }
    return found;
}

struct str base32_text(struct arena *a, struct str raw)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    struct buf b = BUF(a);
    unsigned acc = 0, bits = 0;
    must(raw.n % 5 == 0);
    for (size_t i = 0; i < raw.n; i++) {
        acc = (acc << 8 | (unsigned char)raw.p[i]) & 0xfffu;
        for (bits += 8; bits >= 5; bits -= 5)
            buf_char(&b, digits[(acc >> (bits - 5)) & 31u]);
    }
    return buf_str(&b);
}

struct str admin_place(struct ctx *c, const struct admin *admin)
{
    const struct str parts[] = { { (const char *)admin->id.b, sizeof admin->id.b },
        address_group(c->arena, c->address) };
    struct sha256 hash = sha256_of(parts, ARRAY_LEN(parts));
    return str_copy(c->arena, (struct str) { (const char *)hash.b, sizeof hash.b });
}

enum err admin_note(struct ctx *c, struct str kind, struct id id, struct str change, enum role role)
{
    int64_t n = 0;
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    if (change.n > 0)
        json_str(&j, "change", change);
    json_str(&j, "role", role_text(role));
    json_close(&j, '}');
    return fact_add(c,
        &(struct fact) {
            .kind = kind, .subject = id_text(c->arena, S("adm"), id), .data = buf_str(&b) },
        &n);
}
