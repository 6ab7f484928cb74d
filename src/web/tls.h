#ifndef WEB_TLS_H
#define WEB_TLS_H

#include "base/ctx.h"

/* TLS on a descriptor that the loop polls: no memory buffers between.  1.2 and newer, ALPN
 * http/1.1, no renegotiation, no early data. */
struct tls; /* a certificate with its key and the settings; shared by connections */
enum err tls_load(struct ctx *c, struct str cert_file, struct str key_file, struct tls **ret);
void tls_free(struct tls *tls); /* connections made with it keep what they need */

struct tls_conn;
struct tls_conn *tls_conn_new(struct tls *tls, int fd);
void tls_conn_free(struct tls_conn *t); /* says good-bye if it can at once */

/* Bytes moved (> 0), or one of these. */
enum {
    TLS_END = 0, /* the peer has said good-bye */
    TLS_WANT_READ = -1,
    TLS_WANT_WRITE = -2,
    TLS_BROKEN = -3,
};
int tls_handshake(struct tls_conn *t); /* 1 when done */
int tls_read(struct tls_conn *t, char *p, size_t n);
/* A write that wanted something is repeated with at least the same bytes. */
int tls_write(struct tls_conn *t, const char *p, size_t n);

#endif
