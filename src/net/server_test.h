#ifndef NET_SERVER_TEST_H
#define NET_SERVER_TEST_H

#include <pthread.h>

#include "base/test.h"
#include "net/net.h"

/* Servers that misbehave as a test says, on a port of this machine; a thread for each connection.
 */
struct peer {
    struct peer *next;
    int fd;
    int connection; /* 0 for the first */
    char request[256 * 1024];
    size_t request_length, said_length;
    struct server *server;
    pthread_t thread;
};
struct server {
    void (*talk)(struct peer *peer);
    const void *arg;
    int port;
    _Atomic int connections, requests;
    _Atomic bool stopping;
    int listener;
    pthread_t thread;
    struct peer *peers; /* newest first; read after server_end */
};
void server_start(struct server *s, void (*talk)(struct peer *peer), const void *arg);
/* Ends the talks.  What was said stays until server_forget. */
void server_end(struct server *s);
void server_forget(struct server *s);

/* Reads one HTTP request, head and body; false when the other side has closed. */
bool peer_request(struct peer *p);
struct str peer_said(struct peer *p); /* what was read last */
bool peer_line(struct peer *p);       /* one line, without its end: SMTP */
void peer_send(struct peer *p, struct str bytes);
bool peer_try(struct peer *p, struct str bytes); /* false: the other side is gone */
void peer_reset(struct peer *p);                 /* RST */
void peer_wait(struct peer *p, int ms);          /* or until the server is to stop */

/* A net for the test; t->c->net. */
struct net *net_for(struct test *t, const struct net_options *options);
struct net_request get(struct test *t, struct server *s, const char *path);
struct net_request post(struct test *t, struct server *s, struct str body);
/* A call that must come back with E_OK. */
struct net_reply called(struct test *t, const struct net_request *in);

/* Talks: server->arg is a struct str.  Says it to every request, as often as it is asked … */
void talk_always(struct peer *p);
/* … or once, and ends the connection. */
void talk_once(struct peer *p);
/* One GET to a server that says `answer` and hangs up. */
struct net_reply answered(struct test *t, struct str answer);

/* Runs a program and waits: must() end with 0. */
void run_program(const char *const *argv, const char *directory);
struct str make_directory(struct test *t);
void remove_directory(struct str path);

#endif
