#ifndef NET_HANDLE_H
#define NET_HANDLE_H

#include <curl/curl.h>
#include <pthread.h>

#include "net/lane.h"
#include "net/net.h"

/* What http.c and smtp.c share of libcurl: handles with their kept connections, and the bounds that
 * hold for whatever leaves this process.  Private to net/. */

enum {
    HANDLE_IDLE_MS = 60000,  /* a handle that was not used for so long is dropped */
    CONNECTION_IDLE_S = 30,  /* shorter than servers keep them: fewer races with their close */
    CONNECTION_LIFE_S = 600, /* so that DNS changes and new certificates are noticed */
    SLOW_MS = 5000,
    SLOW_BYTES_PER_S = 100,
    HEAD_MAX = 64 * 1024,
    BODY_MAX = 1024 * 1024,
};

struct handle {
    struct handle *newer, *older;
    CURL *easy;
    char key[80]; /* connections are kept for the same gateway and the same kind of target */
    size_t key_length;
    int64_t used_ms;
};

struct curl_net {
    struct net net; /* first: c->net points here */
    struct lanes *lanes;
    const char *ca_file;
    int64_t slow_ms;
    void (*breaker)(void *self, struct ctx *c, struct str gateway, bool open);
    void *self;
    _Atomic int64_t end_by_ms; /* 0: not stopping */

    CURLSH *share; /* TLS sessions and names, between handles */
    pthread_mutex_t share_lock[CURL_LOCK_DATA_LAST];

    pthread_mutex_t lock;
    struct handle *newest, *oldest; /* idle ones */
};

/* One exchange on one handle. */
struct wire {
    struct ctx *c;
    struct curl_net *net;
    CURL *easy;
    bool private_target;
    bool plain;       /* without TLS: never to a public address */
    bool twice_is_ok; /* only asks: libcurl may say it again on a new connection */
    bool began;       /* connection and TLS stand, the first byte may leave */
    int64_t answer_began_ms, answer_bytes;
    struct str why; /* a sentence of ours, where libcurl's would not do */
    char error[CURL_ERROR_SIZE];
};

struct handle *handle_take(struct curl_net *net, struct str gateway, bool private_target);
void handle_give(struct curl_net *net, struct handle *handle);

/* Time that is left for an exchange that may take total_ms; 0: none.  *ret_cut: less than that. */
int64_t wire_time(const struct curl_net *net, const struct ctx *c, int64_t total_ms, bool *ret_cut);
/* Sets the bounds.  w->easy and what w is allowed to do are set. */
void wire_prepare(struct wire *w, int64_t connect_ms, int64_t total_ms);
/* Counts what came of the answer. */
void wire_came(struct wire *w, size_t bytes);
/* Why it failed, as one sentence. */
struct str wire_why(struct wire *w, CURLcode code);

enum err http_call(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret);
enum err smtp_mail(
    struct net *net, struct ctx *c, const struct net_mail *in, struct net_mail_reply *ret);

#endif
