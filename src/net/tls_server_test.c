#include "net/tls_server_test.h"

#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

void make_authority(struct test *t, struct tls *tls, const char *algorithm)
{
    tls->directory = make_directory(t);
    OPENSSL(tls, "req", "-x509", "-newkey", algorithm, "-nodes", "-keyout", "ca.key", "-out",
        "ca.pem", "-subj", "/CN=Test Authority", "-days", "30");
    OPENSSL(tls, "req", "-newkey", algorithm, "-nodes", "-keyout", "key", "-out", "csr", "-subj",
        "/CN=localhost", "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::ffff:127.0.0.1");
}

void sign(struct test *t, struct tls *tls, const char *request, const char *days)
{
    OPENSSL(tls, "x509", "-req", "-in", request, "-CA", "ca.pem", "-CAkey", "ca.key",
        "-copy_extensions", "copy", "-days", days, "-out", "cert");
}

void tls_start(struct test *t, struct tls *tls, const char *mode, const char *version)
{
    int to[2], from[2];
    must(pipe(to) == 0 && pipe(from) == 0);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, to[0], 0);
    posix_spawn_file_actions_adddup2(&files, from[1], 1);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", 1, 0);
    posix_spawn_file_actions_addclose(&files, to[1]);
    posix_spawn_file_actions_addclose(&files, from[0]);
    posix_spawn_file_actions_addchdir_np(&files, str_c(t->c->arena, tls->directory));
    const char *argv[] = { "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "cert", "-key",
        "key", mode, version, "-cipher", "ALL:@SECLEVEL=0", NULL };
    union {
        const char *const *in;
        char *const *out;
    } words = { .in = argv };
    must(posix_spawnp(&tls->pid, "openssl", &files, NULL, words.out, environ) == 0);
    posix_spawn_file_actions_destroy(&files);
    close(to[0]);
    close(from[1]);
    tls->in = to[1];
    tls->out = from[0];
    tls->said_length = 0;
    tls->port = 0;
    while (tls->port == 0) { /* "ACCEPT 127.0.0.1:40123" */
        ssize_t n =
            read(tls->out, tls->said + tls->said_length, sizeof tls->said - tls->said_length - 1);
        must(n > 0);
        tls->said_length += (size_t)n;
        tls->said[tls->said_length] = '\0';
        const char *at = strstr(tls->said, "ACCEPT 127.0.0.1:");
        struct str line, rest;
        int64_t port = 0;
        if (at != NULL && str_cut(str_of_c(at + 17), '\n', &line, &rest))
            must(str_to_i64(line, &port));
        tls->port = (int)port;
    }
}

void tls_end(struct tls *tls)
{
    int status = 0;
    usleep(50 * 1000); /* what it has read is printed */
    kill(tls->pid, SIGTERM);
    must(waitpid(tls->pid, &status, 0) == tls->pid);
}

struct str tls_stop(struct tls *tls)
{
    tls_end(tls);
    size_t from = tls->said_length;
    ssize_t n;
    while (
        (n = read(tls->out, tls->said + tls->said_length, sizeof tls->said - tls->said_length)) > 0)
        tls->said_length += (size_t)n;
    close(tls->in);
    close(tls->out);
    return (struct str) { tls->said + from, tls->said_length - from };
}

void trust(struct test *t, const struct tls *tls)
{
    struct str path = str_fmt(t->c->arena, "%.*s/ca.pem", SARG(tls->directory));
    net_for(t, &(struct net_options) { .calls = 4, .ca_file = str_c(t->c->arena, path) });
}
