#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include "base/ctx.h"

/* The only door to OpenSSL's primitives (TLS has its own, web/tls.c). */

struct sha256 {
    unsigned char b[32];
};
struct sha256 sha256(struct str data);
/* Of several pieces, without joining them first. */
struct sha256 sha256_of(const struct str *parts, size_t n);

/* Of what comes piece by piece, an upload: begin, add, and one end, which also frees it. */
struct sha256_run;
struct sha256_run *sha256_begin(void);
void sha256_add(struct sha256_run *run, struct str piece);
struct sha256 sha256_end(struct sha256_run *run);

/* 64 bytes.  Without a key: proves nothing about who made it. */
struct str sha512(struct arena *a, struct str data);

/* A secret knows how to be compared and used, and has no SARG: it cannot be printed by accident. */
struct secret {
    struct str bytes_;
};
struct secret secret_of(struct str bytes);
size_t secret_len(struct secret s);
bool secret_is(struct secret s, struct str given); /* constant time in the content */
/* For the one place that sends it to whom it belongs. */
struct str secret_reveal(struct secret s);

enum hmac {
    HMAC_SHA256,
    HMAC_SHA512,
    HMAC_SHA1, /* one-time codes of RFC 6238 only */
};
/* A key shorter than 16 bytes is refused with INTERNAL: an unset secret never signs or accepts. */
enum err hmac_sign(
    struct ctx *c, enum hmac alg, struct secret key, struct str data, struct str *ret_raw);
/* Constant time in the content; lengths must be equal. */
bool bytes_equal_secret(struct str a, struct str b);

/* Text of bytes and back.  Parsers take exactly what the writers write (hex: either case) and
 * nothing else: no white space, no missing or superfluous padding, no bits that say nothing. */
struct str hex_text(struct arena *a, struct str raw);
bool hex_parse(struct arena *a, struct str text, struct str *ret_raw);
struct str base64_text(struct arena *a, struct str raw);
bool base64_parse(struct arena *a, struct str text, struct str *ret_raw); /* padded */
struct str base64url_text(struct arena *a, struct str raw);               /* no padding */
bool base64url_parse(struct arena *a, struct str text, struct str *ret_raw);

/* Password hashes: scrypt, parameters in the stored text ("$scrypt$ln=15,r=8,p=3$salt$hash").
 * About 0.3 s and 32 MiB each: never inside a transaction, never on the loop. */
enum err password_hash(struct ctx *c, struct str password, struct str *ret_text);
/* ret_rehash: the parameters are older than today's.  An empty stored text takes as long as a real
 * one and is false: for unknown users.  STORE_CORRUPT when the stored text is none of ours. */
enum err password_check(
    struct ctx *c, struct str password, struct str stored, bool *ret_ok, bool *ret_rehash);

/* Public-key signatures for tokens.  ES256 signatures are the 64 raw bytes of JWS. */
enum sign_alg {
    SIGN_RS256,
    SIGN_ES256,
};
/* A PUBLIC KEY block, read once and then held: reading costs ten times as much as checking.
 * INVALID_REQUEST unless it is RSA of 2048 to 8192 bits or P-256.  May be used by several threads
 * at a time. */
struct public_key;
enum err public_key_open(struct ctx *c, struct str pem, struct public_key **ret);
void public_key_close(struct public_key *key);
enum sign_alg public_key_alg(const struct public_key *key); /* the only one it checks */
bool public_key_checks(const struct public_key *key, struct str data, struct str signature);
/* The same for a key that is used once. */
enum err public_key_kind(struct ctx *c, struct str pem, enum sign_alg *ret);
enum err signature_check(struct ctx *c, enum sign_alg alg, struct str pem, struct str data,
    struct str signature, bool *ret_ok);

/* Our own ES256 key, for the tokens that we issue: a PRIVATE KEY block. */
enum err sign_key_new(struct ctx *c, struct str *ret_pem);
enum err sign_es256(struct ctx *c, struct secret pem, struct str data, struct str *ret_raw);
/* The public half as a JWK wants it: two numbers of 32 bytes; and as a PUBLIC KEY block. */
enum err sign_key_public(
    struct ctx *c, struct secret pem, struct str *ret_x, struct str *ret_y, struct str *ret_pem);

/* AES-256-GCM: nonce (12), ciphertext, tag (16) in one string.  aad binds it to its place: what
 * was sealed for another place, or was changed, is STORE_CORRUPT. */
enum err seal(
    struct ctx *c, struct secret key32, struct str aad, struct str plain, struct str *ret);
enum err unseal(
    struct ctx *c, struct secret key32, struct str aad, struct str sealed, struct str *ret);

/* Overwrites memory that held a secret, in a way that the compiler keeps. */
void cleanse(void *p, size_t n);

#endif
