#include "web/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/metric.h"

enum {
    LINGER_MS = 2000,
    FIRST_MS = 1000, /* for a first request that is on its way when the server stops */
    HANDSHAKE_MS = 10000,
    HANDSHAKES_A_TURN = 32, /* one with an RSA key takes about a millisecond of the loop */
    READS_A_TURN = 16,      /* of one connection, then others have their turn */
    TLS_RECORD = 16 * 1024,
};

/* ---- bytes in and out */

long conn_read(struct conn *k, char *p, size_t n)
{
    if (k->tls != NULL)
        return tls_read(k->tls, p, n);
    for (;;) {
        ssize_t got = recv(k->fd, p, n, 0);
        if (got >= 0)
            return got == 0 ? TLS_END : (long)got;
        if (errno == EAGAIN)
            return TLS_WANT_READ;
        if (errno != EINTR)
            return TLS_BROKEN;
    }
}

static long write_plain(struct conn *k, const struct iovec *out, size_t count)
{
    struct iovec copy[4];
    must(count > 0 && count <= ARRAY_LEN(copy));
    memcpy(copy, out, count * sizeof *out);
    const struct msghdr message = { .msg_iov = copy, .msg_iovlen = count };
    for (;;) {
        ssize_t put = sendmsg(k->fd, &message, MSG_NOSIGNAL);
        if (put >= 0)
            return put;
        if (errno == EAGAIN)
            return TLS_WANT_WRITE;
        if (errno != EINTR)
            return TLS_BROKEN;
    }
}

/* Head and body go into one record. */
static long write_tls(struct conn *k, const struct iovec *out, size_t count)
{
    char record[TLS_RECORD];
    size_t n = 0;
    for (size_t i = 0; i < count && n < sizeof record; i++) {
        size_t room = sizeof record - n;
        size_t part = out[i].iov_len < room ? out[i].iov_len : room;
        memcpy(record + n, out[i].iov_base, part);
        n += part;
    }
    return tls_write(k->tls, record, n);
}

long conn_write(struct conn *k, const struct iovec *out, size_t count)
{
    return k->tls != NULL ? write_tls(k, out, count) : write_plain(k, out, count);
}

/* ---- what is waited for */

static void handshake(struct conn *k)
{
    if (k->server->handshakes++ >= HANDSHAKES_A_TURN)
        return; /* the next turn of the loop asks again */
    int n = tls_handshake(k->tls);
    if (n == TLS_WANT_READ || n == TLS_WANT_WRITE) {
        conn_poll(k, n == TLS_WANT_READ ? UV_READABLE : UV_WRITABLE);
    } else if (n <= 0) {
        conn_close(k);
    } else {
        conn_idle(k);
        conn_deadline(k, k->server->limits.head_ms);
        conn_work(k);
    }
}

static void linger(struct conn *k)
{
    char gone[TLS_RECORD];
    for (int i = 0; i < READS_A_TURN; i++) {
        ssize_t n = recv(k->fd, gone, sizeof gone, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0) {
            conn_close(k);
            return;
        }
    }
}

/* Parked: the next request may come early, which is no news, or the client has left. */
static void while_parked(struct conn *k, int events)
{
    char byte;
    ssize_t n = recv(k->fd, &byte, 1, MSG_PEEK);
    if ((events & UV_DISCONNECT) != 0 || n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        conn_close(k);
    else if (n > 0)
        conn_poll(k, UV_DISCONNECT);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
    struct conn *k = handle->data;
    if (status < 0) {
        conn_close(k);
        return;
    }
    switch (k->state) {
    case CONN_HANDSHAKE:
        handshake(k);
        return;
    case CONN_IDLE:
    case CONN_HEAD:
    case CONN_BODY:
        if (take_readable(k))
            conn_work(k);
        return;
    case CONN_GIVING:
        conn_work(k);
        return;
    case CONN_PARKED:
        while_parked(k, events);
        return;
    case CONN_LINGER:
        linger(k);
        return;
    case CONN_DISK:
    case CONN_RUNNING:
    case CONN_WOKEN:
    case CONN_NEXT:
        /* Pipelined bytes or the client's end: looked at when the answer has gone.  Most clients
         * do neither, so polling is only stopped when it happens. */
        conn_poll(k, 0);
        return;
    case CONN_CLOSED:
        return;
    }
}

void conn_poll(struct conn *k, int mask)
{
    if (k->mask == mask)
        return;
    k->mask = mask;
    if (mask == 0)
        uv_poll_stop(&k->poll);
    else
        must(uv_poll_start(&k->poll, mask, on_poll) == 0);
}

void conn_deadline(struct conn *k, int64_t in_ms)
{
    if (in_ms == 0)
        wheel_clear(&k->deadline);
    else
        wheel_set(&k->server->wheel, &k->deadline, loop_now_ms(k->server) + in_ms);
}

/* ---- the way through the states */

static bool read_more(struct conn *k, int *reads)
{
    /* A plain socket that has given less than asked for has nothing more, and one that has more
     * is polled again; TLS may hold bytes that no poll will tell about. */
    if (k->tls == NULL && (k->drained || (*reads)++ >= READS_A_TURN)) {
        conn_poll(k, UV_READABLE);
        return false;
    }
    return take_readable(k);
}

void conn_work(struct conn *k)
{
    int reads = 0;
    for (;;) {
        switch (k->state) {
        case CONN_IDLE:
            if (k->tls == NULL || !read_more(k, &reads))
                return;
            break;
        case CONN_HEAD:
            if (take_head(k) && !read_more(k, &reads))
                return;
            break;
        case CONN_BODY:
            if (take_body(k) && !read_more(k, &reads))
                return;
            break;
        case CONN_GIVING:
            if (!give_on(k))
                return;
            break;
        case CONN_NEXT:
            give_next(k);
            break;
        case CONN_HANDSHAKE:
        case CONN_DISK:
        case CONN_RUNNING:
        case CONN_PARKED:
        case CONN_WOKEN:
        case CONN_LINGER:
        case CONN_CLOSED:
            return;
        }
    }
}

void conn_late(struct conn *k)
{
    struct server *s = k->server;
    struct serving *v = k->serving;
    bool moves = v != NULL && v->sent >= s->limits.body_ms * (16 * 1024) / 1000;
    switch (k->state) {
    case CONN_HEAD:
        take_refuse(k, &(struct refusal) { 408, "the head did not come in time" });
        return;
    case CONN_BODY:
        must(v != NULL);
        if (v->file != NULL && moves && loop_now_ms(s) - k->since_ms < s->limits.upload_ms) {
            v->sent = 0;
            conn_deadline(k, s->limits.body_ms);
            return;
        }
        take_refuse(k, &(struct refusal) { 408, "the body did not come in time" });
        return;
    case CONN_GIVING:
        must(v != NULL);
        if (v->large && moves) {
            v->sent = 0;
            conn_deadline(k, s->limits.answer_ms);
            return;
        }
        conn_close(k);
        return;
    case CONN_PARKED:
        park_rerun(k, false);
        return;
    case CONN_DISK:
        conn_deadline(k, s->limits.answer_ms);
        return;
    case CONN_HANDSHAKE:
    case CONN_IDLE:
    case CONN_LINGER:
        conn_close(k);
        return;
    case CONN_RUNNING:
    case CONN_WOKEN:
    case CONN_NEXT:
    case CONN_CLOSED:
        return;
    }
}

void conn_stop(struct conn *k)
{
    switch (k->state) {
    case CONN_IDLE:
        /* What has arrived already is still answered. */
        if (take_readable(k))
            conn_work(k);
        else if (k->state == CONN_IDLE && k->served)
            conn_close(k);
        else if (k->state == CONN_IDLE)
            conn_deadline(k, FIRST_MS);
        return;
    case CONN_PARKED:
        park_rerun(k, true);
        return;
    case CONN_HANDSHAKE:
        conn_close(k);
        return;
    case CONN_HEAD:
    case CONN_BODY:
    case CONN_DISK:
    case CONN_RUNNING:
    case CONN_WOKEN:
    case CONN_GIVING:
    case CONN_NEXT:
    case CONN_LINGER:
    case CONN_CLOSED:
        return;
    }
}

/* ---- from accept to close */

static void idle_leave(struct conn *k)
{
    struct server *s = k->server;
    if (!k->in_idle)
        return;
    *(k->idle_prev == NULL ? &s->idle_first : &k->idle_prev->idle_next) = k->idle_next;
    *(k->idle_next == NULL ? &s->idle_last : &k->idle_next->idle_prev) = k->idle_prev;
    k->in_idle = false;
}

void conn_busy(struct conn *k)
{
    idle_leave(k);
    k->state = CONN_HEAD;
    conn_deadline(k, k->server->limits.head_ms);
}

void conn_idle(struct conn *k)
{
    struct server *s = k->server;
    k->state = CONN_IDLE;
    k->idle_prev = s->idle_last;
    k->idle_next = NULL;
    *(s->idle_last == NULL ? &s->idle_first : &s->idle_last->idle_next) = k;
    s->idle_last = k;
    k->in_idle = true;
    conn_deadline(k, s->limits.idle_ms);
    conn_poll(k, UV_READABLE);
    if (s->stop_begun)
        conn_stop(k);
}

static void on_closed(uv_handle_t *handle)
{
    conn_release(handle->data);
}

void conn_new(struct server *s, const struct listener *l, int fd, struct str peer, uint64_t address,
    bool counted)
{
    struct conn *k = calloc(1, sizeof *k);
    must(k != NULL && peer.n <= sizeof k->peer);
    *k = (struct conn) { .server = s, .fd = fd, .holds = 1, .control = l->control };
    k->poll.data = k;
    memcpy(k->peer, peer.p, peer.n);
    k->peer_n = peer.n;
    k->address = address;
    k->counted = counted;
    loop_tick(s);
    must(uv_poll_init_socket(&s->loop, &k->poll, fd) == 0);
    k->next = s->conns;
    k->at = &s->conns;
    if (k->next != NULL)
        k->next->at = &k->next;
    s->conns = k;
    s->conn_count++;
    if (k->counted)
        tally_add(s->addresses, address);
    metrics_set(s->base.metrics, METRIC_connections, s->conn_count);
    if (s->tls != NULL && !l->control) {
        k->tls = tls_conn_new(s->tls, fd);
        k->state = CONN_HANDSHAKE;
        conn_deadline(k, HANDSHAKE_MS);
        conn_poll(k, UV_READABLE);
        return;
    }
    conn_idle(k);
    if (k->state == CONN_IDLE && !s->stop_begun)
        conn_deadline(k, s->limits.head_ms);
}

void conn_end(struct conn *k)
{
    struct serving *v = k->serving;
    /* To close while the peer's bytes are unread would reset the connection and take the answer
     * with it. */
    bool quiet = v != NULL && v->parse.done && !v->req.keep_alive && v->in_n == v->next_at;
    if (v != NULL)
        serving_give(v);
    k->serving = NULL;
    if (quiet) {
        conn_close(k);
        return;
    }
    if (k->tls != NULL) {
        tls_conn_free(k->tls);
        k->tls = NULL;
    }
    if (shutdown(k->fd, SHUT_WR) != 0) {
        conn_close(k);
        return;
    }
    k->state = CONN_LINGER;
    conn_deadline(k, LINGER_MS);
    conn_poll(k, UV_READABLE);
}

void conn_close(struct conn *k)
{
    struct server *s = k->server;
    enum conn_state was = k->state;
    if (was == CONN_CLOSED)
        return;
    k->state = CONN_CLOSED;
    idle_leave(k);
    wheel_clear(&k->deadline);
    park_drop(k, was);
    if (k->serving != NULL && was != CONN_RUNNING && was != CONN_DISK)
        serving_give(k->serving);
    if (was != CONN_RUNNING && was != CONN_DISK)
        k->serving = NULL;
    *k->at = k->next;
    if (k->next != NULL)
        k->next->at = k->at;
    s->conn_count--;
    if (k->counted)
        tally_drop(s->addresses, k->address);
    metrics_set(s->base.metrics, METRIC_connections, s->conn_count);
    if (k->tls != NULL)
        tls_conn_free(k->tls);
    k->tls = NULL;
    uv_close((uv_handle_t *)&k->poll, on_closed);
    close(k->fd);
    k->fd = -1;
}

void conn_release(struct conn *k)
{
    must(k->holds > 0);
    if (--k->holds == 0)
        free(k);
}
