#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/metric.h"
#include "web/rig_test.h"

struct cert {
    char folder[40];
    struct str cert, key;
};

/* A key and its self-signed certificate of that name, written over what is there. */
static void write_cert(struct cert *cert, const char *name)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    must(key != NULL && x != NULL);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    X509_NAME *who = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(who, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(x, who);
    must(X509_sign(x, key, EVP_sha256()) > 0);
    FILE *f = fopen(cert->cert.p, "w");
    must(f != NULL && PEM_write_X509(f, x) == 1 && fclose(f) == 0);
    f = fopen(cert->key.p, "w");
    must(f != NULL && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1);
    must(fclose(f) == 0);
    X509_free(x);
    EVP_PKEY_free(key);
}

static struct rig *tls_rig(struct test *t, struct cert *cert)
{
    *cert = (struct cert) { .folder = "/tmp/purser-tls-XXXXXX" };
    EXPECT(mkdtemp(cert->folder) != NULL);
    cert->cert = str_fmt(t->c->arena, "%s/cert.pem", cert->folder);
    cert->key = str_fmt(t->c->arena, "%s/key.pem", cert->folder);
    write_cert(cert, "one.example");
    return rig_open(t, &(struct server_options) { .tls_cert = cert->cert, .tls_key = cert->key });
}

static void tls_rig_close(struct rig *rig, struct cert *cert)
{
    rig_close(rig);
    unlink(cert->cert.p);
    unlink(cert->key.p);
    rmdir(cert->folder);
}

/* A client; NULL when the handshake fails. */
struct client {
    SSL_CTX *ctx;
    SSL *ssl;
    int fd;
};

static bool meet(
    struct test *t, const struct rig *rig, int newest, const char *protocols, struct client *ret)
{
    struct client *c = ret;
    struct timeval patience = { .tv_sec = 10 };
    c->fd = rig_connect(t, rig);
    setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    c->ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(c->ctx, 0);
    must(SSL_CTX_set_min_proto_version(c->ctx, TLS1_VERSION) == 1);
    must(SSL_CTX_set_max_proto_version(c->ctx, newest) == 1);
    c->ssl = SSL_new(c->ctx);
    must(SSL_set_fd(c->ssl, c->fd) == 1);
    if (protocols != NULL)
        SSL_set_alpn_protos(
            c->ssl, (const unsigned char *)protocols, (unsigned)str_of_c(protocols).n);
    return SSL_connect(c->ssl) == 1;
}

static void part(struct client *c)
{
    SSL_free(c->ssl);
    SSL_CTX_free(c->ctx);
    close(c->fd);
    ERR_clear_error();
}

static void tell(struct test *t, struct client *c, struct str s)
{
    EXPECT(SSL_write(c->ssl, s.p, (int)s.n) == (int)s.n);
}

/* Until so many bytes of body have come, or the end. */
static struct str hear(struct test *t, struct client *c, size_t body)
{
    struct buf b = BUF(t->c->arena);
    for (;;) {
        int n = SSL_read(c->ssl, buf_room(&b, 16384), 16384);
        if (n <= 0)
            return buf_str(&b);
        b.n += (size_t)n;
        if (str_has(buf_str(&b), S("\r\n\r\n")) && rig_body(buf_str(&b)).n >= body)
            return buf_str(&b);
    }
}

TEST("over TLS requests are answered as without it, and cookies and HSTS know it")
{
    struct cert cert;
    struct rig *rig = tls_rig(t, &cert);
    static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        struct client c;
        EXPECT(meet(t, rig, versions[i], "\x02h2\x08http/1.1", &c));
        const unsigned char *chosen = NULL;
        unsigned n = 0;
        SSL_get0_alpn_selected(c.ssl, &chosen, &n);
        EXPECT_STR(((struct str) { (const char *)chosen, n }), S("http/1.1"));
        tell(t, &c, S("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n"));
        struct str answer = hear(t, &c, 5);
        EXPECT_STR(rig_body(answer), S("plain"));
        EXPECT(str_has(answer, S("Strict-Transport-Security: max-age=63072000\r\n")));
        /* Pipelined in one record, then bodies larger than records in both directions. */
        tell(t, &c,
            S("GET /number/1 HTTP/1.1\r\nHost: a\r\n\r\n"
              "GET /number/2 HTTP/1.1\r\nHost: a\r\n\r\n"));
        answer = hear(t, &c, 1);
        if (!str_ends(answer, S("\r\n\r\n2")))
            answer = hear(t, &c, 1);
        EXPECT(str_ends(answer, S("\r\n\r\n2")));
        struct buf body = BUF(t->c->arena);
        for (int k = 0; k < 150000; k++)
            buf_char(&body, (char)('a' + k % 26));
        tell(t, &c, S("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 150000\r\n\r\n"));
        tell(t, &c, buf_str(&body));
        EXPECT_STR(rig_body(hear(t, &c, 150000)), buf_str(&body));
        tell(t, &c, S("GET /file/1000000 HTTP/1.1\r\nHost: a\r\n\r\n"));
        EXPECT_I64((int64_t)rig_body(hear(t, &c, 1000000)).n, 1000000);
        part(&c);
    }
    tls_rig_close(rig, &cert);
}

TEST("a request that waits over TLS is answered when its topic changes")
{
    struct cert cert;
    struct rig *rig = tls_rig(t, &cert);
    struct client c;
    EXPECT(meet(t, rig, TLS1_3_VERSION, NULL, &c));
    tell(t, &c, S("GET /wait/x?wait=30&since=0 HTTP/1.1\r\nHost: a\r\n\r\n"));
    while (metric_value(t->c, METRIC_requests_parked) == 0)
        usleep(1000);
    atomic_store(&rig->news, 5);
    rig_commit(rig, S("x"));
    EXPECT_STR(rig_body(hear(t, &c, 6)), S("news 5"));
    part(&c);
    tls_rig_close(rig, &cert);
}

TEST("old versions of TLS, other protocols and no TLS at all are refused")
{
    struct cert cert;
    struct rig *rig = tls_rig(t, &cert);
    struct client c;
    EXPECT(!meet(t, rig, TLS1_1_VERSION, NULL, &c));
    part(&c);
    EXPECT(!meet(t, rig, TLS1_3_VERSION, "\x02h2", &c));
    part(&c);
    int fd = rig_connect(t, rig);
    rig_send(t, fd, S("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n"));
    bool closed = false;
    EXPECT(!str_has(rig_rest(t, fd, 5000, &closed), S("plain")) && closed);
    close(fd);
    EXPECT_I64(rig->handled, 0);
    tls_rig_close(rig, &cert);
}

TEST("handshakes that do not go on hold nobody up")
{
    struct cert cert;
    struct rig *rig = tls_rig(t, &cert);
    int fd[100];
    for (int i = 0; i < 100; i++) {
        fd[i] = rig_connect(t, rig);
        /* Half of them begin to speak. */
        if (i % 2 == 0)
            rig_send(t, fd[i], S("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"));
    }
    int64_t began = clock_mono_ms();
    struct client c;
    EXPECT(meet(t, rig, TLS1_3_VERSION, NULL, &c));
    tell(t, &c, S("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_STR(rig_body(hear(t, &c, 5)), S("plain"));
    EXPECT(clock_mono_ms() - began < 1000);
    part(&c);
    for (int i = 0; i < 100; i++)
        close(fd[i]);
    tls_rig_close(rig, &cert);
}

static struct str name_of(struct test *t, struct client *c)
{
    char name[100] = "";
    X509 *x = SSL_get1_peer_certificate(c->ssl);
    X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, name, sizeof name);
    X509_free(x);
    return str_copy(t->c->arena, str_of_c(name));
}

TEST("a new certificate is used by new connections, a broken one by none")
{
    struct cert cert;
    struct rig *rig = tls_rig(t, &cert);
    struct client old, new;
    EXPECT(meet(t, rig, TLS1_3_VERSION, NULL, &old));
    write_cert(&cert, "two.example");
    EXPECT_OK(server_reload_tls(t->c, rig->s));
    /* The loop takes it up at its next turn. */
    tell(t, &old, S("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_STR(rig_body(hear(t, &old, 5)), S("plain"));
    EXPECT(meet(t, rig, TLS1_3_VERSION, NULL, &new));
    EXPECT_STR(name_of(t, &new), S("two.example"));
    part(&new);
    FILE *f = fopen(cert.cert.p, "w");
    EXPECT(f != NULL && fputs("no certificate\n", f) >= 0 && fclose(f) == 0);
    EXPECT_FAIL(server_reload_tls(t->c, rig->s), INVALID_REQUEST);
    EXPECT(meet(t, rig, TLS1_3_VERSION, NULL, &new));
    EXPECT_STR(name_of(t, &new), S("two.example"));
    part(&new);
    part(&old);
    tls_rig_close(rig, &cert);
}
