#ifndef NET_TLS_SERVER_TEST_H
#define NET_TLS_SERVER_TEST_H

#include "net/server_test.h"

/* Certificates made by the OpenSSL command line, and its s_server: nothing of ours on that side. */
struct tls {
    struct str directory;
    pid_t pid;
    int out, in, port; /* out: what it prints, in: what it says */
    char said[64 * 1024];
    size_t said_length;
};

#define OPENSSL(tls, ...)                                                                          \
    run_program((const char *const[]) { "openssl", __VA_ARGS__, NULL },                            \
        str_c(t->c->arena, (tls)->directory))

/* An authority, and a key with a request for this machine's names. */
void make_authority(struct test *t, struct tls *tls, const char *algorithm);
/* "cert", for that many days. */
void sign(struct test *t, struct tls *tls, const char *request, const char *days);
/* A net that believes the authority. */
void trust(struct test *t, const struct tls *tls);

/* s_server on a free port; mode "-www" answers, "-no_ticket" prints what it hears. */
void tls_start(struct test *t, struct tls *tls, const char *mode, const char *version);
/* Ends it; somebody else reads what it prints, and closes in and out. */
void tls_end(struct tls *tls);
/* Ends it and returns what it printed after its port. */
struct str tls_stop(struct tls *tls);

#endif
