#include "base/crypto.h"

#include <openssl/evp.h>

/* OpenSSL's context under our name; nothing is added to it. */
static EVP_MD_CTX *evp(struct sha256_run *run)
{
    return (EVP_MD_CTX *)(void *)run;
}

struct sha256_run *sha256_begin(void)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    must(ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1);
    return (struct sha256_run *)(void *)ctx;
}

void sha256_add(struct sha256_run *run, struct str piece)
{
    must(EVP_DigestUpdate(evp(run), piece.p, piece.n) == 1);
}

struct sha256 sha256_end(struct sha256_run *run)
{
    struct sha256 hash;
    unsigned n = 0;
    must(EVP_DigestFinal_ex(evp(run), hash.b, &n) == 1 && n == sizeof hash.b);
    EVP_MD_CTX_free(evp(run));
    return hash;
}
