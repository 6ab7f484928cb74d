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

/* A secret knows how to be compared and used, and has no SARG: it cannot be printed by accident. */
struct secret {
    struct str bytes_;
};
struct secret secret_of(struct str bytes);
size_t secret_len(struct secret s);
/* Constant time, also in the length of what was given. */
bool secret_equal(struct secret s, struct str given);

enum hmac {
    HMAC_SHA1, /* for one-time codes (TOTP) only */
    HMAC_SHA256,
    HMAC_SHA512,
};
/* A key shorter than 16 bytes is refused with INTERNAL: an unset secret never signs or accepts. */
enum err hmac_sign(
    struct ctx *c, enum hmac alg, struct secret key, struct str data, struct str *ret_raw);
/* Constant time in the content; lengths must be equal. */
bool bytes_equal_secret(struct str a, struct str b);

struct str hex_text(struct arena *a, struct str raw);
bool hex_parse(struct arena *a, struct str text, struct str *ret_raw);
struct str base64_text(struct arena *a, struct str raw);
bool base64_parse(struct arena *a, struct str text, struct str *ret_raw); /* strict, padded */
struct str base64url_text(struct arena *a, struct str raw);               /* no padding */
bool base64url_parse(struct arena *a, struct str text, struct str *ret_raw);

/* Password hashes: scrypt, parameters in the stored text ("$scrypt$ln=15,r=8,p=3$salt$hash").
 * About 0.3 s and 32 MiB each: never inside a transaction, never on the loop. */
enum err password_hash(struct ctx *c, struct str password, struct str *ret_text);
/* ret_rehash: the parameters are older than today's.  An empty stored text takes as long as a real
 * one and is false: for unknown users. */
enum err password_check(
    struct ctx *c, struct str password, struct str stored, bool *ret_ok, bool *ret_rehash);

/* Public-key signatures for tokens; pem is a PUBLIC KEY or PRIVATE KEY block.  ES256 signatures
 * are the 64 raw bytes of JWS. */
enum sign_alg {
    SIGN_RS256,
    SIGN_ES256,
};
enum err public_key_kind(struct ctx *c, struct str pem, enum sign_alg *ret);
enum err signature_check(struct ctx *c, enum sign_alg alg, struct str pem, struct str data,
    struct str signature, bool *ret_ok);

/* AES-256-GCM: nonce (12), ciphertext, tag (16) in one string.  aad binds it to its place. */
enum err seal(
    struct ctx *c, struct secret key32, struct str aad, struct str plain, struct str *ret);
enum err unseal(
    struct ctx *c, struct secret key32, struct str aad, struct str sealed, struct str *ret);

/* Overwrites memory that held a secret, in a way that the compiler keeps. */
void cleanse(void *p, size_t n);

#endif
