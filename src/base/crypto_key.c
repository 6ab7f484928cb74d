#include "base/crypto.h"

#include "base/id.h"

#include <limits.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

/* Public-key signatures: those of user tokens, and of the tokens that we issue. */

enum {
    NUMBER = 32,            /* bytes of a coordinate, of r and of s on P-256 */
    POINT = 1 + 2 * NUMBER, /* 0x04, x, y */
    RSA_BITS_MIN = 2048,
    RSA_BITS_MAX = 8192 /* beyond, a token could keep a thread busy */
};

struct public_key {
    EVP_PKEY *pkey;
    enum sign_alg alg;
};

/* A passphrase is never asked for on a terminal. */
static int no_passphrase(char *p, int n, int writing, void *arg)
{
    (void)p, (void)n, (void)writing, (void)arg;
    return -1;
}

static EVP_PKEY *read_pem(struct str pem, bool private)
{
    must(pem.n <= INT_MAX);
    BIO *bio = BIO_new_mem_buf(pem.n == 0 ? "" : pem.p, (int)pem.n);
    must(bio != NULL);
    EVP_PKEY *pkey = private ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL)
                             : PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
    BIO_free(bio);
    ERR_clear_error();
    return pkey;
}

static bool is_p256(EVP_PKEY *pkey)
{
    char group[32];
    size_t n = 0;
    return EVP_PKEY_is_a(pkey, "EC") &&
        EVP_PKEY_get_group_name(pkey, group, sizeof group, &n) == 1 &&
        str_eq((struct str) { group, n }, S("prime256v1"));
}

/* The one algorithm that a key is for: the token's header has no say (R53). */
static bool alg_of(EVP_PKEY *pkey, enum sign_alg *ret)
{
    int bits = EVP_PKEY_get_bits(pkey);
    bool rsa = EVP_PKEY_is_a(pkey, "RSA") && bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX;
    if (!rsa && !is_p256(pkey))
        return false;
    *ret = rsa ? SIGN_RS256 : SIGN_ES256;
    return true;
}

enum err public_key_open(struct ctx *c, struct str pem, struct public_key **ret)
{
    enum sign_alg alg = SIGN_RS256;
    if (str_has(pem, S("PRIVATE KEY-----")))
        return fail(c, INVALID_REQUEST, "this is a private key; only its public half is needed");
    EVP_PKEY *pkey = read_pem(pem, false);
    if (pkey == NULL)
        return fail(c, INVALID_REQUEST, "this is no PEM block \"BEGIN PUBLIC KEY\"");
    if (!alg_of(pkey, &alg)) {
        EVP_PKEY_free(pkey);
        return fail(c, INVALID_REQUEST, "a public key is RSA of 2048 to 8192 bits, or EC P-256");
    }
    struct public_key *key = OPENSSL_malloc(sizeof *key);
    must(key != NULL);
    *key = (struct public_key) { pkey, alg };
    *ret = key;
    return E_OK;
}

void public_key_close(struct public_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    OPENSSL_free(key);
}

enum sign_alg public_key_alg(const struct public_key *key)
{
    return key->alg;
}

/* r and s as DER, which is what OpenSSL takes.  Owned by OpenSSL; NULL when they are none. */
static unsigned char *der_of_raw(struct str raw, size_t *ret_n)
{
    const unsigned char *p = (const unsigned char *)raw.p;
    unsigned char *der = NULL;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(p, NUMBER, NULL), *s = BN_bin2bn(p + NUMBER, NUMBER, NULL);
    must(sig != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s) == 1);
    int n = i2d_ECDSA_SIG(sig, &der);
    ECDSA_SIG_free(sig);
    must(n > 0);
    *ret_n = (size_t)n;
    return der;
}

bool public_key_checks(const struct public_key *key, struct str data, struct str signature)
{
    bool rsa = key->alg == SIGN_RS256;
    size_t n = rsa ? (size_t)EVP_PKEY_get_size(key->pkey) : 2 * NUMBER;
    if (signature.n != n)
        return false;
    unsigned char *der = rsa ? NULL : der_of_raw(signature, &n);
    const unsigned char *sig = rsa ? (const unsigned char *)signature.p : der;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    must(md != NULL && EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key->pkey) == 1);
    bool ok = EVP_DigestVerify(md, sig, n, (const unsigned char *)data.p, data.n) == 1;
    EVP_MD_CTX_free(md);
    OPENSSL_free(der);
    ERR_clear_error();
    return ok;
}

enum err public_key_kind(struct ctx *c, struct str pem, enum sign_alg *ret)
{
    struct public_key *key = NULL;
    TRY(public_key_open(c, pem, &key));
    *ret = key->alg;
    public_key_close(key);
    return E_OK;
}

enum err signature_check(struct ctx *c, enum sign_alg alg, struct str pem, struct str data,
    struct str signature, bool *ret_ok)
{
    struct public_key *key = NULL;
    TRY(public_key_open(c, pem, &key));
    *ret_ok = key->alg == alg && public_key_checks(key, data, signature);
    public_key_close(key);
    return E_OK;
}

/* ---- ours */

/* The key of the secret number d; NULL when d is none (0, or not below the group's order). */
static EVP_PKEY *pkey_of_number(const unsigned char *number)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BIGNUM *d = BN_secure_new();
    must(group != NULL && d != NULL && BN_bin2bn(number, NUMBER, d) != NULL);
    EVP_PKEY *pkey = NULL;
    if (!BN_is_zero(d) && BN_cmp(d, EC_GROUP_get0_order(group)) < 0) {
        unsigned char point[POINT];
        EC_POINT *q = EC_POINT_new(group);
        OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
        EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
        must(q != NULL && build != NULL && maker != NULL &&
            EC_POINT_mul(group, q, d, NULL, NULL, NULL) == 1 &&
            EC_POINT_point2oct(
                group, q, POINT_CONVERSION_UNCOMPRESSED, point, sizeof point, NULL) == POINT &&
            OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) ==
                1 &&
            OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) ==
                1 &&
            OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, d) == 1);
        OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
        must(params != NULL && EVP_PKEY_fromdata_init(maker) == 1 &&
            EVP_PKEY_fromdata(maker, &pkey, EVP_PKEY_KEYPAIR, params) == 1);
        OSSL_PARAM_free(params);
        OSSL_PARAM_BLD_free(build);
        EVP_PKEY_CTX_free(maker);
        EC_POINT_free(q);
    }
    BN_clear_free(d);
    EC_GROUP_free(group);
    return pkey;
}

/* What was written to bio, which is freed. */
static struct str text_of_bio(struct ctx *c, BIO *bio)
{
    char *p = NULL;
    long n = BIO_get_mem_data(bio, &p);
    must(n > 0);
    struct str text = str_copy(c->arena, (struct str) { p, (size_t)n });
    cleanse(p, (size_t)n);
    BIO_free(bio);
    return text;
}

/* The number comes from the ctx, so that a seed replays the key too. */
enum err sign_key_new(struct ctx *c, struct str *ret_pem)
{
    unsigned char number[NUMBER];
    EVP_PKEY *pkey = NULL;
    while (pkey == NULL) {
        random_bytes(c, number, sizeof number);
        pkey = pkey_of_number(number);
    }
    cleanse(number, sizeof number);
    BIO *bio = BIO_new(BIO_s_mem());
    must(bio != NULL && PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1);
    EVP_PKEY_free(pkey);
    *ret_pem = text_of_bio(c, bio);
    return E_OK;
}

static enum err own_key(struct ctx *c, struct secret pem, EVP_PKEY **ret)
{
    EVP_PKEY *pkey = read_pem(pem.bytes_, true);
    if (pkey == NULL || !is_p256(pkey)) {
        EVP_PKEY_free(pkey);
        return fail(c, INTERNAL, "the key that signs our tokens is no P-256 private key");
    }
    *ret = pkey;
    return E_OK;
}

enum err sign_es256(struct ctx *c, struct secret pem, struct str data, struct str *ret_raw)
{
    EVP_PKEY *pkey = NULL;
    TRY(own_key(c, pem, &pkey));
    unsigned char der[128], *raw = arena_alloc(c->arena, 2 * NUMBER);
    const unsigned char *at = der;
    size_t n = sizeof der;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    must(md != NULL && EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, pkey) == 1 &&
        EVP_DigestSign(md, der, &n, (const unsigned char *)data.p, data.n) == 1);
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &at, (long)n);
    must(sig != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, NUMBER) == NUMBER &&
        BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + NUMBER, NUMBER) == NUMBER);
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(md);
    EVP_PKEY_free(pkey);
    *ret_raw = (struct str) { (const char *)raw, 2 * NUMBER };
    return E_OK;
}

enum err sign_key_public(
    struct ctx *c, struct secret pem, struct str *ret_x, struct str *ret_y, struct str *ret_pem)
{
    EVP_PKEY *pkey = NULL;
    TRY(own_key(c, pem, &pkey));
    unsigned char point[POINT];
    size_t n = 0;
    BIO *bio = BIO_new(BIO_s_mem());
    must(EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &n) ==
            1 &&
        n == POINT && point[0] == 4);
    must(bio != NULL && PEM_write_bio_PUBKEY(bio, pkey) == 1);
    EVP_PKEY_free(pkey);
    *ret_x = str_copy(c->arena, (struct str) { (const char *)point + 1, NUMBER });
    *ret_y = str_copy(c->arena, (struct str) { (const char *)point + 1 + NUMBER, NUMBER });
    *ret_pem = text_of_bio(c, bio);
    return E_OK;
}
