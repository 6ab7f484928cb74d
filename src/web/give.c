#include "web/loop.h"

#include <stdlib.h>
#include <string.h>

#include "web/wire.h"

enum {
    LARGE = 1024 * 1024
};

/* On whatever thread answers: everything that is not sending. */
void give_ready(struct serving *v)
{
    struct req *r = &v->req;
    if (r->out.hang_up || (r->out.parked && !r->out.stream))
        return;
    /* In a stream that is open the head has gone already. */
    if (v->conn->streaming)
        r->out.final = true;
    else
        v->head_bytes = wire_head(r, !atomic_load(&v->server->stopping));
}

static void out_add(struct serving *v, struct str s)
{
    if (s.n == 0)
        return;
    must(v->out_count < ARRAY_LEN(v->out));
    /* sendmsg does not write, but its iovec is not const. */
    v->out[v->out_count++] = (struct iovec) { (void *)(uintptr_t)s.p, s.n };
}

/* A run of a stream: its events as one chunk; nothing new for a while is a comment, so that
 * proxies and clients know that we are alive. */
static void stream_add(struct conn *k)
{
    struct serving *v = k->serving;
    struct req *r = &v->req;
    struct str text = r->out.stream ? buf_str(&r->out.body) : S("");
    int64_t now = loop_now_ms(k->server);
    bool ends = !r->out.stream || !r->out.parked;
    if (text.n == 0 && !ends && k->streaming && now - k->said_ms >= k->server->limits.comment_ms)
        text = S(":\n\n");
    if (text.n > 0)
        k->said_ms = now;
    r->out.close = r->out.close || ends;
    if (r->minor == 0) {
        out_add(v, text);
        return;
    }
    if (text.n > 0)
        out_add(v, str_fmt(r->c->arena, "%zx\r\n", text.n));
    out_add(v, text);
    out_add(v, str_fmt(r->c->arena, "%s%s", text.n > 0 ? "\r\n" : "", ends ? "0\r\n\r\n" : ""));
}

void give_answer(struct conn *k)
{
    struct serving *v = k->serving;
    struct req *r = &v->req;
    if (r->out.parked && !r->out.stream && !k->streaming) {
        park_conn(k);
        return;
    }
    if (r->head && r->out.stream) {
        /* Asked for the head of a stream only, and that says that the connection ends with it. */
        r->out.stream = r->out.parked = false;
        r->out.close = true;
    }
    v->out_count = 0;
    v->sent = 0;
    out_add(v, v->head_bytes);
    if (k->streaming || r->out.stream) {
        if (!k->streaming)
            k->said_ms = loop_now_ms(k->server);
        stream_add(k);
        k->streaming = true;
    } else if (r->out.file_fd >= 0 && wire_has_body(r)) {
        v->large = r->out.file_length >= LARGE;
        file_send_begin(k);
    } else if (wire_has_body(r)) {
        v->large = answer_body(r).n >= LARGE;
        out_add(v, answer_body(r));
    }
    k->state = CONN_GIVING;
    conn_deadline(k, k->server->limits.answer_ms);
}

void give_back(struct serving *v)
{
    struct conn *k = v->conn;
    v->away = false;
    if (k->state == CONN_CLOSED) {
        k->serving = NULL;
        serving_give(v);
    } else if (v->req.out.hang_up) {
        must(k->state == CONN_RUNNING);
        k->state = CONN_GIVING;
        conn_close(k);
    } else {
        must(k->state == CONN_RUNNING);
        give_answer(k);
        conn_work(k);
    }
    conn_release(k);
}

static void out_drop(struct serving *v, size_t n)
{
    v->sent += (int64_t)n;
    while (n > 0) {
        size_t part = n < v->out[0].iov_len ? n : v->out[0].iov_len;
        v->out[0].iov_base = (char *)v->out[0].iov_base + part;
        v->out[0].iov_len -= part;
        n -= part;
        if (v->out[0].iov_len > 0)
            return;
        v->out_count--;
        memmove(v->out, v->out + 1, v->out_count * sizeof v->out[0]);
    }
}

static size_t out_left(const struct serving *v)
{
    size_t n = 0;
    for (size_t i = 0; i < v->out_count; i++)
        n += v->out[i].iov_len;
    return n;
}

bool give_on(struct conn *k)
{
    struct serving *v = k->serving;
    while (v->out_count > 0) {
        long n = conn_write(k, v->out, v->out_count);
        if (n > 0) {
            out_drop(v, (size_t)n);
            continue;
        }
        bool blocked = n == TLS_WANT_READ || n == TLS_WANT_WRITE;
        /* A stream that nobody reads is not kept for later. */
        if (!blocked || (k->streaming && out_left(v) > STREAM_UNREAD_MAX))
            conn_close(k);
        else
            conn_poll(k, n == TLS_WANT_WRITE ? UV_WRITABLE : UV_READABLE);
        return false;
    }
    if (v->file != NULL && v->file->left > 0) {
        file_send_on(k);
        return false;
    }
    k->state = CONN_NEXT;
    return true;
}

void give_next(struct conn *k)
{
    struct serving *v = k->serving;
    if (k->streaming && !v->req.out.close) {
        park_conn(k);
        return;
    }
    if (v->req.out.close) {
        conn_end(k);
        return;
    }
    k->served = true;
    size_t left = v->in_n - v->next_at;
    if (left == 0) {
        serving_give(v);
        k->serving = NULL;
        conn_idle(k);
        return;
    }
    memmove(v->in, v->in + v->next_at, left);
    serving_clear(v);
    take_begin(v);
    v->in_n = left;
    conn_busy(k);
    k->drained = false;
}
