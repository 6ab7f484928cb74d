#include "base/crypto.h"

#include "base/id.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

/* OpenSSL fails here only when it cannot allocate or was built without the algorithm: both are
 * broken assumptions of the process, not of a request. */

struct sha256 sha256_of(const struct str *parts, size_t n)
{
    struct sha256 hash;
    unsigned len = 0;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    must(md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1);
    for (size_t i = 0; i < n; i++)
        must(EVP_DigestUpdate(md, parts[i].p, parts[i].n) == 1);
    must(EVP_DigestFinal_ex(md, hash.b, &len) == 1 && len == sizeof hash.b);
    EVP_MD_CTX_free(md);
    return hash;
}

struct sha256 sha256(struct str data)
{
    return sha256_of(&data, 1);
}

struct str sha512(struct arena *a, struct str data)
{
    enum {
        BYTES = 64
    };
    unsigned char *hash = arena_array(a, unsigned char, BYTES);
    unsigned len = 0;
    must(EVP_Digest(data.p, data.n, hash, &len, EVP_sha512(), NULL) == 1 && len == BYTES);
    return (struct str) { (const char *)hash, BYTES };
}

struct secret secret_of(struct str bytes)
{
    return (struct secret) { bytes };
}

size_t secret_len(struct secret s)
{
    return s.bytes_.n;
}

bool secret_is(struct secret s, struct str given)
{
    return bytes_equal_secret(s.bytes_, given);
}

struct str secret_reveal(struct secret s)
{
    return s.bytes_;
}

bool bytes_equal_secret(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}

void cleanse(void *p, size_t n)
{
    if (n > 0)
        OPENSSL_cleanse(p, n);
}

static const EVP_MD *digest_of(enum hmac alg)
{
    switch (alg) {
    case HMAC_SHA256:
        return EVP_sha256();
    case HMAC_SHA512:
        return EVP_sha512();
    case HMAC_SHA1:
        return EVP_sha1();
    }
    never("every algorithm has a digest");
}

enum err hmac_sign(
    struct ctx *c, enum hmac alg, struct secret key, struct str data, struct str *ret_raw)
{
    enum {
        KEY_MIN = 16 /* R19 */
    };
    if (key.bytes_.n < KEY_MIN)
        return fail(c, INTERNAL, "a key of %zu bytes is too short to sign with", key.bytes_.n);
    must(key.bytes_.n <= INT_MAX);
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    must(HMAC(digest_of(alg), key.bytes_.p, (int)key.bytes_.n, (const unsigned char *)data.p,
             data.n, mac, &n) != NULL);
    *ret_raw = str_copy(c->arena, (struct str) { (const char *)mac, n });
    cleanse(mac, sizeof mac);
    return E_OK;
}

enum {
    SEAL_KEY = 32,
    SEAL_NONCE = 12,
    SEAL_TAG = 16,
    SEAL_MAX = 16 * 1024 * 1024 /* OpenSSL counts in int */
};

enum err seal(struct ctx *c, struct secret key32, struct str aad, struct str plain, struct str *ret)
{
    if (key32.bytes_.n != SEAL_KEY)
        return fail(c, INTERNAL, "the key for sealing has %zu bytes", key32.bytes_.n);
    must(plain.n <= SEAL_MAX && aad.n <= SEAL_MAX);
    size_t n = SEAL_NONCE + plain.n + SEAL_TAG;
    unsigned char *out = arena_alloc(c->arena, n), *body = out + SEAL_NONCE;
    random_bytes(c, out, SEAL_NONCE);
    int len = 0, rest = 0;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    must(cipher != NULL &&
        EVP_EncryptInit_ex(
            cipher, EVP_aes_256_gcm(), NULL, (const unsigned char *)key32.bytes_.p, out) == 1 &&
        EVP_EncryptUpdate(cipher, NULL, &len, (const unsigned char *)aad.p, (int)aad.n) == 1 &&
        EVP_EncryptUpdate(cipher, body, &len, (const unsigned char *)plain.p, (int)plain.n) == 1 &&
        EVP_EncryptFinal_ex(cipher, body + len, &rest) == 1 && (size_t)len == plain.n &&
        EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, SEAL_TAG, body + plain.n) == 1);
    EVP_CIPHER_CTX_free(cipher);
    *ret = (struct str) { (const char *)out, n };
    return E_OK;
}

enum err unseal(
    struct ctx *c, struct secret key32, struct str aad, struct str sealed, struct str *ret)
{
    if (key32.bytes_.n != SEAL_KEY)
        return fail(c, INTERNAL, "the key for sealing has %zu bytes", key32.bytes_.n);
    if (sealed.n < SEAL_NONCE + SEAL_TAG || sealed.n > SEAL_MAX)
        return fail(c, STORE_CORRUPT, "a sealed value has %zu bytes", sealed.n);
    must(aad.n <= SEAL_MAX);
    const unsigned char *in = (const unsigned char *)sealed.p, *body = in + SEAL_NONCE;
    size_t n = sealed.n - SEAL_NONCE - SEAL_TAG;
    unsigned char *out = arena_alloc(c->arena, n + 1), tag[SEAL_TAG];
    memcpy(tag, body + n, SEAL_TAG);
    int len = 0, rest = 0;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    must(cipher != NULL &&
        EVP_DecryptInit_ex(
            cipher, EVP_aes_256_gcm(), NULL, (const unsigned char *)key32.bytes_.p, in) == 1 &&
        EVP_DecryptUpdate(cipher, NULL, &len, (const unsigned char *)aad.p, (int)aad.n) == 1 &&
        EVP_DecryptUpdate(cipher, out, &len, body, (int)n) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, SEAL_TAG, tag) == 1);
    bool genuine = EVP_DecryptFinal_ex(cipher, out + len, &rest) == 1;
    EVP_CIPHER_CTX_free(cipher);
    if (!genuine) {
        cleanse(out, n);
        return fail(c, STORE_CORRUPT, "a sealed value was changed, or belongs to another place");
    }
    *ret = (struct str) { (const char *)out, n };
    return E_OK;
}
