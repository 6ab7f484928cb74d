#include "net/handle.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/pass.h"
#include "net/target.h"

enum {
    CALLS = 1024
};

static void share_lock(CURL *easy, curl_lock_data what, curl_lock_access access, void *self)
{
    (void)easy;
    (void)access;
    pthread_mutex_lock(&((struct curl_net *)self)->share_lock[what]);
}

static void share_unlock(CURL *easy, curl_lock_data what, void *self)
{
    (void)easy;
    pthread_mutex_unlock(&((struct curl_net *)self)->share_lock[what]);
}

/* Connections are not shared: libcurl does not promise that between threads. */
static void open_share(struct curl_net *n)
{
    for (size_t i = 0; i < CURL_LOCK_DATA_LAST; i++)
        must(pthread_mutex_init(&n->share_lock[i], NULL) == 0);
    n->share = curl_share_init();
    must(n->share != NULL);
    must(curl_share_setopt(n->share, CURLSHOPT_LOCKFUNC, share_lock) == CURLSHE_OK);
    must(curl_share_setopt(n->share, CURLSHOPT_UNLOCKFUNC, share_unlock) == CURLSHE_OK);
    must(curl_share_setopt(n->share, CURLSHOPT_USERDATA, n) == CURLSHE_OK);
    must(curl_share_setopt(n->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS) == CURLSHE_OK);
    must(curl_share_setopt(n->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_OK);
}

static bool is_silent(struct net *net, struct str gateway)
{
    return lane_broken(((struct curl_net *)net)->lanes, gateway);
}

struct net *net_open(const struct net_options *options)
{
    must(curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK);
    struct curl_net *n = calloc(1, sizeof *n);
    must(n != NULL);
    n->net = (struct net) {
        .call = http_call, .mail = smtp_mail, .silent = is_silent, .passes = passes_open()
    };
    n->lanes = lanes_open(
        options->calls > 0 ? options->calls : CALLS, options->gateways, options->gateway_count);
    n->ca_file = options->ca_file;
    n->slow_ms = options->slow_ms > 0 ? options->slow_ms : SLOW_MS;
    n->breaker = options->breaker;
    n->self = options->self;
    must(pthread_mutex_init(&n->lock, NULL) == 0);
    open_share(n);
    return &n->net;
}

static void drop(struct handle *h)
{
    curl_easy_cleanup(h->easy);
    free(h);
}

void net_close(struct net *net)
{
    if (net == NULL)
        return;
    struct curl_net *n = (struct curl_net *)net;
    while (n->newest != NULL) {
        struct handle *h = n->newest;
        n->newest = h->older;
        drop(h);
    }
    must(curl_share_cleanup(n->share) == CURLSHE_OK); /* else a call is still running */
    for (size_t i = 0; i < CURL_LOCK_DATA_LAST; i++)
        pthread_mutex_destroy(&n->share_lock[i]);
    pthread_mutex_destroy(&n->lock);
    lanes_close(n->lanes);
    passes_close(n->net.passes);
    free(n);
    curl_global_cleanup();
}

void net_end_by(struct net *net, int64_t mono_ms)
{
    ((struct curl_net *)net)->end_by_ms = mono_ms;
}

static void unlink_handle(struct curl_net *n, struct handle *h)
{
    *(h->newer != NULL ? &h->newer->older : &n->newest) = h->older;
    *(h->older != NULL ? &h->older->newer : &n->oldest) = h->newer;
    h->newer = h->older = NULL;
}

/* The one that was used last has the liveliest connection. */
struct handle *handle_take(struct curl_net *n, struct str gateway, bool private_target)
{
    char key[sizeof((struct handle *)0)->key];
    struct str name = str_part(gateway, 0, sizeof key - 1);
    key[0] = private_target ? 'p' : '.';
    memcpy(key + 1, name.p, name.n);
    size_t length = name.n + 1;

    pthread_mutex_lock(&n->lock);
    struct handle *h = n->newest;
    while (h != NULL && (h->key_length != length || memcmp(h->key, key, length) != 0))
        h = h->older;
    if (h != NULL)
        unlink_handle(n, h);
    pthread_mutex_unlock(&n->lock);
    if (h != NULL)
        return h;

    h = calloc(1, sizeof *h);
    must(h != NULL);
    h->easy = curl_easy_init();
    must(h->easy != NULL);
    memcpy(h->key, key, length);
    h->key_length = length;
    return h;
}

void handle_give(struct curl_net *n, struct handle *h)
{
    int64_t now = clock_mono_ms();
    struct handle *stale = NULL;
    curl_easy_reset(h->easy); /* forgets the request and its headers, keeps the connection (R79) */
    h->used_ms = now;
    pthread_mutex_lock(&n->lock);
    h->older = n->newest;
    *(n->newest != NULL ? &n->newest->newer : &n->oldest) = h;
    n->newest = h;
    while (n->oldest != NULL && now - n->oldest->used_ms > HANDLE_IDLE_MS) {
        struct handle *old = n->oldest;
        unlink_handle(n, old);
        must(n->oldest != old);
        old->older = stale;
        stale = old;
    }
    pthread_mutex_unlock(&n->lock);
    while (stale != NULL) {
        struct handle *next = stale->older;
        drop(stale);
        stale = next;
    }
}

int64_t wire_time(const struct curl_net *n, const struct ctx *c, int64_t total_ms, bool *ret_cut)
{
    int64_t now = clock_mono_ms(), left = total_ms, end_by = n->end_by_ms;
    if (c->calls_until_ms != 0 && c->calls_until_ms - now < left)
        left = c->calls_until_ms - now;
    if (end_by != 0 && end_by - now < left)
        left = end_by - now;
    *ret_cut = left < total_ms;
    return left > 0 ? left : 0;
}

/* The last word on where we connect to: not the name, not a resolver's earlier answer, but the
 * address of this socket (R34). */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct wire *w = arg;
    bool may = false;
    switch (target_of(&to->addr)) {
    case TARGET_PUBLIC:
        may = !w->plain;
        break;
    case TARGET_LOOPBACK:
    case TARGET_PRIVATE:
        may = w->private_target;
        break;
    case TARGET_NEVER:
        break;
    }
    if (purpose != CURLSOCKTYPE_IPCXN || !may) {
        w->why = str_fmt(w->c->arena, "%.*s is not an address that this call may go to",
            SARG(target_text(w->c->arena, &to->addr)));
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* Just before the first byte of a request.  A second time means that a kept connection broke
 * before a byte of the answer came, and that libcurl is about to say it all again: harmless for a
 * question, and when nothing had left; else perhaps the second payment (R15). */
static int before_request(void *arg, char *to, char *from, int to_port, int from_port)
{
    struct wire *w = arg;
    (void)to, (void)from, (void)to_port, (void)from_port;
    long sent = 0;
    curl_easy_getinfo(w->easy, CURLINFO_REQUEST_SIZE, &sent);
    if (w->began && sent > 0 && !w->twice_is_ok) {
        w->why = S("the kept connection broke while the request was on its way");
        return CURL_PREREQFUNC_ABORT;
    }
    w->began = true;
    return CURL_PREREQFUNC_OK;
}

/* About once a second, and whenever something happens. */
static int progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t d, curl_off_t e)
{
    struct wire *w = arg;
    (void)a, (void)b, (void)d, (void)e;
    int64_t now = clock_mono_ms(), end_by = w->net->end_by_ms;
    if (end_by != 0 && now >= end_by) {
        w->why = S("the server is stopping");
        return 1;
    }
    int64_t for_ms = w->answer_began_ms == 0 ? 0 : now - w->answer_began_ms;
    if (for_ms > 0 && for_ms >= w->net->slow_ms &&
        w->answer_bytes * 1000 / for_ms < SLOW_BYTES_PER_S) {
        w->why = S("the answer comes too slowly");
        return 1;
    }
    return 0;
}

void wire_came(struct wire *w, size_t bytes)
{
    if (w->answer_began_ms == 0)
        w->answer_began_ms = clock_mono_ms();
    w->answer_bytes += (int64_t)bytes;
}

/* An option that libcurl does not know is a libcurl that we do not know. */
#define SET(option, value) must(curl_easy_setopt(w->easy, option, value) == CURLE_OK)

void wire_prepare(struct wire *w, int64_t connect_ms, int64_t total_ms)
{
    SET(CURLOPT_ERRORBUFFER, w->error);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_SHARE, w->net->share);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(connect_ms < total_ms ? connect_ms : total_ms));
    SET(CURLOPT_TIMEOUT_MS, (long)total_ms);
    SET(CURLOPT_MAXAGE_CONN, (long)CONNECTION_IDLE_S);
    SET(CURLOPT_MAXLIFETIME_CONN, (long)CONNECTION_LIFE_S);
    SET(CURLOPT_MAXCONNECTS, 2L);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, ""); /* none, whatever the environment says */
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (w->net->ca_file != NULL)
        SET(CURLOPT_CAINFO, w->net->ca_file);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, w);
    SET(CURLOPT_PREREQFUNCTION, before_request);
    SET(CURLOPT_PREREQDATA, w);
    SET(CURLOPT_XFERINFOFUNCTION, progress);
    SET(CURLOPT_XFERINFODATA, w);
    SET(CURLOPT_NOPROGRESS, 0L);
}

struct str wire_why(struct wire *w, CURLcode code)
{
    if (w->why.n > 0)
        return w->why;
    struct str text = str_of_c(w->error[0] != '\0' ? w->error : curl_easy_strerror(code));
    return str_copy(w->c->arena, str_trim(text));
}
