/* The reader of user tokens:
 *   - what was signed by nobody is refused, whatever it is;
 *   - of header and claims signed with the right secret, what is taken names one customer, has not
 *     ended, is meant for us, and came from where it should.
 * Input: 0 and a token, or 1 and header, line break, claims, which are then signed. */
#include "base/crypto.h"
#include "edge/token.h"

static const int64_t now_s = 1795140000;

static struct str sign(struct ctx *c, const struct token_door *door, struct str both)
{
    struct str header, claims, mac;
    str_cut(both, '\n', &header, &claims);
    struct str text = str_fmt(c->arena, "%.*s.%.*s", SARG(base64url_text(c->arena, header)),
        SARG(base64url_text(c->arena, claims)));
    must(hmac_sign(c, HMAC_SHA256, door->secret[0], text, &mac) == E_OK);
    return str_fmt(c->arena, "%.*s.%.*s", SARG(text), SARG(base64url_text(c->arena, mac)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct arena arena = { .chunks = NULL };
    struct ctx c = { .arena = &arena, .wall_ms = now_s * 1000 };
    struct token_door door = {
        .alg = TOKEN_HS256,
        .secret = { secret_of(S("a secret that no corpus knows, 2026-11-20")) },
        .secrets = 1,
        .issuer = S("https://app.example"),
        .audience = S("purser"),
    };
    struct token_claims claims = { .expires_ms = -1 };
    struct str text = { (const char *)data + 1, size - 1 };
    bool genuine = (data[0] & 1) != 0;
    enum err e = token_verify(&c, &door, genuine ? sign(&c, &door, text) : text, &claims);
    if (e != E_OK) {
        must(e == E_DENIED && claims.expires_ms == -1);
    } else {
        must(genuine);
        must(claims.sub.n >= 1 && claims.sub.n <= 128 && str_is_text(claims.sub));
        must(claims.expires_ms > (now_s - TOKEN_SKEW_S) * 1000);
        must(claims.issued_ms <= (now_s + TOKEN_SKEW_S) * 1000);
        must(str_is_text(claims.email) && str_is_text(claims.name));
        must(str_has(text, S("purser")) || str_has(text, S("\\u")));
    }
    arena_free(&arena);
    return 0;
}
