#include "web/tls.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

static SSL_CTX *ctx_of(struct tls *tls)
{
    return (SSL_CTX *)(void *)tls;
}

static SSL *ssl_of(struct tls_conn *t)
{
    return (SSL *)(void *)t;
}

/* http/1.1 when the client has a list; a list without it is refused, for what would follow is
 * another protocol. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_n,
    const unsigned char *in, unsigned in_n, void *arg)
{
    (void)ssl;
    (void)arg;
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen = NULL;
    if (SSL_select_next_proto(&chosen, out_n, ours, sizeof ours - 1, in, in_n) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static enum err refuse(struct ctx *c, SSL_CTX *ctx, const char *what, struct str file)
{
    char why[200] = "";
    ERR_error_string_n(ERR_peek_last_error(), why, sizeof why);
    ERR_clear_error();
    SSL_CTX_free(ctx);
    return fail(c, INVALID_REQUEST, "%s %.*s: %s", what, SARG(file), why);
}

enum err tls_load(struct ctx *c, struct str cert_file, struct str key_file, struct tls **ret)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    must(ctx != NULL);
    must(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1);
    /* Of TLS 1.2 only what has forward secrecy and authenticated encryption. */
    must(SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1);
    SSL_CTX_set_options(ctx,
        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
            SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(ctx,
        SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
            SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
    if (SSL_CTX_use_certificate_chain_file(ctx, str_c(c->arena, cert_file)) != 1)
        return refuse(c, ctx, "the certificate", cert_file);
    if (SSL_CTX_use_PrivateKey_file(ctx, str_c(c->arena, key_file), SSL_FILETYPE_PEM) != 1)
        return refuse(c, ctx, "the certificate's key", key_file);
    if (SSL_CTX_check_private_key(ctx) != 1)
        return refuse(c, ctx, "the certificate does not belong to the key", key_file);
    *ret = (struct tls *)(void *)ctx;
    return E_OK;
}

void tls_free(struct tls *tls)
{
    if (tls != NULL)
        SSL_CTX_free(ctx_of(tls));
}

struct tls_conn *tls_conn_new(struct tls *tls, int fd)
{
    SSL *ssl = SSL_new(ctx_of(tls));
    must(ssl != NULL && SSL_set_fd(ssl, fd) == 1);
    SSL_set_accept_state(ssl);
    return (struct tls_conn *)(void *)ssl;
}

void tls_conn_free(struct tls_conn *t)
{
    if (SSL_is_init_finished(ssl_of(t)))
        (void)SSL_shutdown(ssl_of(t));
    SSL_free(ssl_of(t));
    ERR_clear_error();
}

static int outcome(struct tls_conn *t, int n)
{
    int e = SSL_get_error(ssl_of(t), n);
    switch (e) {
    case SSL_ERROR_WANT_READ:
        return TLS_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return TLS_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_END;
    default:
        return TLS_BROKEN;
    }
}

int tls_handshake(struct tls_conn *t)
{
    ERR_clear_error();
    int n = SSL_do_handshake(ssl_of(t));
    return n == 1 ? 1 : outcome(t, n);
}

int tls_read(struct tls_conn *t, char *p, size_t n)
{
    ERR_clear_error();
    int got = SSL_read(ssl_of(t), p, n > INT_MAX ? INT_MAX : (int)n);
    return got > 0 ? got : outcome(t, got);
}

int tls_write(struct tls_conn *t, const char *p, size_t n)
{
    must(n > 0);
    ERR_clear_error();
    int put = SSL_write(ssl_of(t), p, n > INT_MAX ? INT_MAX : (int)n);
    return put > 0 ? put : outcome(t, put);
}
