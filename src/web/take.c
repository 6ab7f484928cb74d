#include "web/loop.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/log.h"
#include "base/metric.h"
#include "web/req.h"

enum {
    BODIES_MAX = 256 * 1024 * 1024 /* of all requests together, kept in memory */
};

void take_begin(struct serving *v)
{
    struct server *s = v->server;
    struct req *r = &v->req;
    struct arena kept = r->arena;
    *r = (struct req) { .arena = kept, .out.file_fd = -1 };
    r->ctx = ctx_sibling(&s->base, &r->arena);
    r->ctx.request_id = S("");
    r->c = &r->ctx;
    r->c->address = r->peer = (struct str) { v->conn->peer, v->conn->peer_n };
    r->upload_fd = -1;
    r->tls = v->conn->tls != NULL;
    r->https = s->o.https || r->tls;
    r->control = v->conn->control;
    r->error_page = s->o.error_page;
    r->server_ = v;
    answer_reset(r);
    v->scan = (struct head_scan) { 0 };
    v->body = BUF(&r->arena);
    v->parse.done = false;
    v->next_at = 0;
    v->sent = 0;
    v->out_count = 0;
    v->again = v->large = false;
    v->head_bytes = S("");
}

static struct str bytes_of(const struct serving *v)
{
    return (struct str) { v->in, v->in_n };
}

static void in_grow(struct serving *v)
{
    must(v->in_cap < IN_LARGE);
    v->in = realloc(v->in, IN_LARGE);
    must(v->in != NULL);
    v->in_cap = IN_LARGE;
}

bool take_readable(struct conn *k)
{
    if (k->serving == NULL)
        k->serving = serving_take(k->server, k);
    struct serving *v = k->serving;
    size_t room = v->in_cap - v->in_n;
    must(room > 0);
    long n = conn_read(k, v->in + v->in_n, room);
    if (n > 0) {
        k->drained = (size_t)n < room;
        v->in_n += (size_t)n;
        v->sent += n;
        if (k->state == CONN_IDLE)
            conn_busy(k);
        return true;
    }
    if (n != TLS_WANT_READ && n != TLS_WANT_WRITE) {
        conn_close(k);
        return false;
    }
    if (k->state == CONN_IDLE) {
        serving_give(v);
        k->serving = NULL;
    }
    conn_poll(k, n == TLS_WANT_READ ? UV_READABLE : UV_WRITABLE);
    return false;
}

/* ---- refusing */

static void name_request(struct req *r)
{
    r->c->request_id = id_text(r->c->arena, S("req"), id_new(r->c));
    clock_read(r->c, ((struct serving *)r->server_)->server->o.clock);
}

void take_refuse(struct conn *k, const struct refusal *why)
{
    struct req *r = &k->serving->req;
    name_request(r);
    enum err e = req_refused(r->c, why);
    answer_reset(r);
    answer_error(r, e);
    r->out.status = why->status;
    r->out.close = true;
    r->keep_alive = false;
    log_info(r->c, "request.refused", L("address", r->peer), L_I64("status", why->status),
        L("why", str_of_c(why->why)));
    k->serving->parse.done = false;
    give_ready(k->serving);
    give_answer(k);
}

/* ---- the head */

static bool refused(struct conn *k, const struct refusal *why)
{
    take_refuse(k, why);
    return false;
}

static bool take_piece(void *self, struct str piece)
{
    struct serving *v = self;
    struct refusal *why = &v->parse.refusal;
    if (v->file != NULL)
        return file_store_add(v, piece);
    /* Mostly the body is there with the head, and stays where it is. */
    if (v->body.n == 0 && v->head.has_length && (int64_t)piece.n == v->head.content_length) {
        v->req.body = piece;
        return true;
    }
    v->server->body_bytes += (int64_t)piece.n;
    buf_add(&v->body, piece);
    if (v->server->body_bytes > BODIES_MAX)
        *why = (struct refusal) { 503, "too many large bodies are being received" };
    return why->status == 0;
}

static bool interim(struct conn *k)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    char copy[sizeof text - 1];
    memcpy(copy, text, sizeof copy);
    const struct iovec out = { copy, sizeof copy };
    return conn_write(k, &out, 1) == (long)sizeof copy;
}

/* What the parser needs to know before the first byte of the body. */
static bool read_head(struct serving *v, struct refusal *why)
{
    struct req *r = &v->req;
    if (!req_of_head(r, &v->head, why))
        return false;
    if (v->conn->control)
        r->keep_alive = false;
    router_match(v->server->o.router, r);
    /* What may wait is kept as its head alone. */
    bool waits = r->route != NULL && r->route->shape == SHAPE_WAIT;
    if (waits && (v->head.chunked || v->head.content_length > 0)) {
        *why = (struct refusal) { 400, "this address takes no body" };
        return false;
    }
    v->parse.body_max = req_body_max(r);
    v->parse.take = take_piece;
    v->parse.self = v;
    if (!parse_head(&v->parse, (struct str) { v->in, v->head.n }, &v->head)) {
        *why = v->parse.refusal;
        return false;
    }
    v->next_at = v->head.n;
    return true;
}

static bool begin_body(struct conn *k)
{
    struct serving *v = k->serving;
    bool upload = v->req.route != NULL && (v->req.route->flags & ROUTE_FILE) != 0;
    k->state = CONN_BODY;
    k->since_ms = loop_now_ms(k->server);
    v->sent = 0;
    conn_deadline(k, k->server->limits.body_ms);
    if (upload && !file_store_begin(k))
        return refused(k, &(struct refusal) { 503, "there is no room for an upload" });
    if (v->head.expect_continue && v->in_n == v->head.n && !interim(k))
        conn_close(k);
    return false;
}

bool take_head(struct conn *k)
{
    struct serving *v = k->serving;
    struct refusal why = { 0 };
    switch (head_check(&v->scan, bytes_of(v), &v->head, &why)) {
    case HEAD_MORE:
        if (v->in_n == v->in_cap)
            in_grow(v);
        return true;
    case HEAD_REFUSED:
        return refused(k, &why);
    case HEAD_WHOLE:
        break;
    }
    bool body = v->head.chunked || v->head.content_length > 0;
    if (body && v->in_cap - v->head.n < IN_SPARE) {
        /* The bytes move, and with them everything that points at them. */
        in_grow(v);
        v->scan = (struct head_scan) { 0 };
        must(head_check(&v->scan, bytes_of(v), &v->head, &why) == HEAD_WHOLE);
    }
    if (!read_head(v, &why))
        return refused(k, &why);
    if (!v->parse.done)
        return begin_body(k);
    take_dispatch(k);
    return false;
}

/* ---- the body */

bool take_body(struct conn *k)
{
    struct serving *v = k->serving;
    struct str bytes = { v->in + v->next_at, v->in_n - v->next_at };
    size_t eaten = 0;
    if (bytes.n == 0)
        return true;
    if (!parse_body(&v->parse, bytes, &eaten))
        return refused(k, &v->parse.refusal);
    if (v->parse.done)
        v->next_at += eaten;
    else
        v->in_n = v->next_at;
    if (v->file != NULL && file_store_on(k, v->parse.done))
        return false;
    if (!v->parse.done)
        return true;
    take_dispatch(k);
    return false;
}

void take_stored(struct conn *k)
{
    struct serving *v = k->serving;
    if (v->file->failed) {
        take_refuse(k, &(struct refusal) { 503, "there is no room for the upload" });
    } else if (v->parse.done) {
        take_dispatch(k);
    } else {
        k->state = CONN_BODY;
        k->drained = false;
    }
    conn_work(k);
}

/* ---- to the readers */

static enum lane lane_of(const struct route *route)
{
    if (route != NULL && (route->flags & ROUTE_WEBHOOK) != 0)
        return LANE_WEBHOOK;
    return route != NULL && (route->flags & ROUTE_LONG) != 0 ? LANE_LONG : LANE_ORDINARY;
}

void take_dispatch(struct conn *k)
{
    struct serving *v = k->serving;
    struct server *s = k->server;
    struct req *r = &v->req;
    if (v->body.n > 0)
        r->body = buf_str(&v->body);
    if (v->file != NULL)
        file_stored(v);
    r->arrived_us = clock_mono_us();
    v->lane = lane_of(r->route);
    v->queued_ms = r->arrived_us / 1000;
    k->state = CONN_RUNNING;
    k->holds++;
    v->away = true;
    conn_deadline(k, 0);
    v->next = NULL;
    *s->outbox_last = v;
    s->outbox_last = &v->next;
}

/* Its lane is full, or it waited there too long. */
static void busy(struct req *r)
{
    enum err e =
        fail(r->c, BUSY, "more is being asked than can be answered; try again in a second");
    metric_add(r->c, METRIC_requests_refused_total, 1);
    answer_reset(r);
    answer_error(r, fail_retry_after(r->c, e, 1));
}

void take_run(struct serving *v, bool late)
{
    struct req *r = &v->req;
    name_request(r);
    if (!late) {
        v->server->o.request(v->server->o.self, r);
        return;
    }
    busy(r);
    web_answer(r);
}

void take_flush(struct server *s)
{
    while (s->outbox != NULL) {
        struct serving *list = s->outbox, *refused_list = NULL;
        s->outbox = NULL;
        s->outbox_last = &s->outbox;
        readers_push(s->readers, list, &refused_list);
        for (struct serving *v = refused_list, *next; v != NULL; v = next) {
            next = v->next;
            name_request(&v->req);
            busy(&v->req);
            give_ready(v);
            give_back(v);
        }
    }
}

void take_again(struct conn *k, struct str bytes, const struct req_wait *wait, int64_t last_event)
{
    struct serving *v = serving_take(k->server, k);
    struct refusal why = { 0 };
    k->serving = v;
    if (bytes.n > v->in_cap)
        in_grow(v);
    must(bytes.n <= v->in_cap);
    memcpy(v->in, bytes.p, bytes.n);
    v->in_n = bytes.n;
    /* It passed before, and the bytes are the same. */
    must(head_check(&v->scan, bytes_of(v), &v->head, &why) == HEAD_WHOLE);
    must(read_head(v, &why) && v->parse.done);
    v->req.wait.until_mono_ms = wait->until_mono_ms;
    v->req.wait.last = wait->last;
    v->req.last_event_ = last_event;
    v->again = true;
    take_dispatch(k);
}
