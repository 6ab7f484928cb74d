#include "outgoing/outgoing.h"

#include "alert/alert.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/json.h"
#include "db/db.h"
#include "fact/fact.h"
#include "job/job.h"
#include "net/net.h"
#include "outgoing/outgoing_db.h"
#include "switch/switch.h"

/* Sending: one job for each endpoint, one message after the other. */

enum {
    BATCH = 20,
    RUN_MS = 40 * 1000,  /* then other jobs have their turn */
    CALL_MS = 20 * 1000, /* each try */
    GONE = 410,
    WHY_MAX = 300
};

struct message {
    int64_t seq;
    struct str id, type, body;
};

struct work {
    int64_t n;
    bool found;
    struct endpoint endpoint, after; /* as it was read; as it was left */
    struct message message[BATCH];
    size_t messages;
    int64_t read_seq; /* how far it was looked */
    bool more;
    struct delivery delivery; /* of the try just made */
    int64_t retry_after_s;
};

/* ---- what is to be told */

static bool wants(struct ctx *c, const struct endpoint *e, struct str type)
{
    struct str one;
    if (e->types.n == 0)
        return true;
    for (struct json_iter it = json_iter(json_root(e->types)); json_next(&it);)
        if (json_to_str(c->arena, it.value, &one) && str_eq(one, type))
            return true;
    return false;
}

static enum err take_fact(struct ctx *c, const struct fact_row *row, void *arg)
{
    struct work *w = arg;
    struct str type = fact_kind_find(row->kind)->event;
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    if (!wants(c, &w->endpoint, type))
        return E_OK;
    must(w->messages < BATCH);
    fact_event_json(&j, c->arena, NULL, row);
    w->message[w->messages++] = (struct message) { row->seq, fact_message_id(c->arena, row),
        str_copy(c->arena, type), buf_str(&b) };
    return E_OK;
}

static enum err read_work(struct ctx *c, void *arg)
{
    struct work *w = arg;
    w->messages = 0;
    TRY(endpoint_db_by_n(c, w->n, &w->found, &w->endpoint));
    w->found = w->found && w->endpoint.state == ENDPOINT_ACTIVE && w->endpoint.next_ms <= c->now_ms;
    if (!w->found)
        return E_OK;
    return fact_feed(c, w->endpoint.cursor_seq, BATCH, take_fact, w, &w->read_seq, &w->more);
}

/* ---- one try */

static struct net_header header(const char *name, struct str value)
{
    return (struct net_header) { str_of_c(name), value };
}

static enum err try_once(struct ctx *c, struct work *w, const struct message *m)
{
    const struct endpoint *e = &w->endpoint;
    const int64_t now_s = c->wall_ms / 1000;
    struct net_reply reply;
    struct str signature;
    TRY(outgoing_signature(c, e, m->id, now_s, m->body, &signature));
    struct net_request in = {
        .gateway = str_fmt(c->arena, "webhook:%.*s", SARG(endpoint_id(c->arena, e))),
        .call = m->type,
        .attempt = m->id,
        .method = S("POST"),
        .url = e->url,
        .headers = { header("Content-Type", S("application/json")), header("webhook-id", m->id),
            header("webhook-timestamp", str_fmt(c->arena, "%lld", (long long)now_s)),
            header("webhook-signature", signature) },
        .header_count = 4,
        .body = m->body,
        .total_ms = CALL_MS,
        .private_target = config_i64(c->config, CFG_PRIVATE_WEBHOOK_TARGETS) != 0,
    };
    TRY(net_call(c, &in, &reply));
    bool whole = reply.outcome == OUTCOME_DONE;
    bool ok = whole && reply.status >= 200 && reply.status < 300;
    w->retry_after_s = reply.retry_after_s;
    w->delivery = (struct delivery) {
        .endpoint_n = e->n,
        .message = m->id,
        .type = m->type,
        .seq = m->seq,
        .try = e->tries + 1,
        .ok = ok,
        .status = whole ? reply.status : 0,
        .took_ms = reply.took_ms,
        .why = ok   ? S("")
            : whole ? str_fmt(c->arena, "it answered %d", reply.status)
                    : str_clean(c->arena, reply.why, WHY_MAX),
    };
    return E_OK;
}

/* ---- what follows */

static enum err switch_off(struct ctx *c, struct endpoint *e, const struct delivery *d)
{
    struct str id = endpoint_id(c->arena, e);
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    e->state = ENDPOINT_OFF;
    e->why = d->status == GONE ? S("it said 410: gone")
                               : str_fmt(c->arena, "it did not take %.*s in %lld tries: %.*s",
                                     SARG(d->message), (long long)d->try, SARG(d->why));
    json_open(&j, NULL, '{');
    json_str(&j, "why", e->why);
    json_close(&j, '}');
    const struct fact fact = { .kind = S("ENDPOINT_OFF"), .subject = id, .data = buf_str(&b) };
    TRY(fact_add(c, &fact, NULL));
    return alert_raise(c, ALERT_ENDPOINT_OFF, id,
        str_fmt(c->arena, "The endpoint %.*s is not told any more: %.*s", SARG(id), SARG(e->why)));
}

static int64_t next_try_ms(struct ctx *c, int64_t pause_ms, int64_t retry_after_s)
{
    int64_t pause = pause_ms + random_below(c, pause_ms / 10 + 1);
    return c->now_ms + (pause > retry_after_s * 1000 ? pause : retry_after_s * 1000);
}

/* The endpoint may have been removed or resumed meanwhile: then this try changes nothing of it. */
static enum err record(struct ctx *c, void *arg)
{
    struct work *w = arg;
    const struct delivery *d = &w->delivery;
    struct endpoint e = { .n = 0 };
    bool found = false;
    w->after = w->endpoint;
    TRY(delivery_db_insert(c, d));
    TRY(endpoint_db_by_n(c, w->n, &found, &e));
    if (!found || e.version != w->endpoint.version)
        return E_OK;
    if (d->ok) {
        e.cursor_seq = d->seq;
        e.tries = e.next_ms = 0;
    } else {
        e.tries = d->try;
        int64_t pause = outgoing_pause_ms(e.tries);
        if (d->status == GONE || pause < 0)
            TRY(switch_off(c, &e, d));
        else
            e.next_ms = next_try_ms(c, pause, w->retry_after_s);
    }
    TRY(endpoint_db_update(c, &e));
    w->after = e;
    return E_OK;
}

/* Facts that nobody wants are behind the cursor too. */
static enum err move_on(struct ctx *c, void *arg)
{
    struct work *w = arg;
    struct endpoint e = { .n = 0 };
    bool found = false;
    TRY(endpoint_db_by_n(c, w->n, &found, &e));
    if (!found || e.version != w->endpoint.version || e.cursor_seq >= w->read_seq)
        return E_OK;
    e.cursor_seq = w->read_seq;
    return endpoint_db_update(c, &e);
}

static enum err send_batch(struct ctx *c, struct work *w, bool *ret_taken)
{
    *ret_taken = true;
    for (size_t i = 0; i < w->messages && *ret_taken; i++) {
        TRY(try_once(c, w, &w->message[i]));
        TRY(db_tx_job(c, "outgoing.record", record, w));
        w->endpoint = w->after;
        *ret_taken = w->delivery.ok;
    }
    return *ret_taken ? db_tx_job(c, "outgoing.move_on", move_on, w) : E_OK;
}

struct run {
    int64_t n, until_ms;
};

static enum err send_some(struct ctx *c, void *arg, bool *ret_more)
{
    const struct run *k = arg;
    struct work *w = arena_new(c->arena, struct work);
    bool taken = false;
    w->n = k->n;
    TRY(db_read(c, read_work, w));
    if (w->found)
        TRY(send_batch(c, w, &taken));
    *ret_more = taken && w->more && clock_mono_ms() < k->until_ms;
    return E_OK;
}

enum err outgoing_send_job(struct ctx *c, struct str endpoint_n)
{
    struct run k = { .until_ms = clock_mono_ms() + RUN_MS };
    must(str_to_i64(endpoint_n, &k.n));
    return ctx_pieces(c, INT64_MAX, send_some, &k);
}

/* ---- who has news? */

struct round {
    int64_t n[OUTGOING_MOST];
    size_t count;
};

static enum err find_due(struct ctx *c, void *arg)
{
    struct round *k = arg;
    int64_t head = 0;
    bool off = false;
    TRY(switch_is_off(c, SWITCH_OUTGOING, &off));
    if (off)
        return E_OK;
    TRY(fact_head_seq(c, &head));
    return endpoint_db_due(c, head, k->n, OUTGOING_MOST, &k->count);
}

static enum err start_tx(struct ctx *c, void *arg)
{
    const struct round *k = arg;
    for (size_t i = 0; i < k->count; i++)
        TRY(job_add(
            c, S("outgoing_send"), str_fmt(c->arena, "%lld", (long long)k->n[i]), c->now_ms));
    return E_OK;
}

enum err outgoing_look_job(struct ctx *c, struct str subject)
{
    struct round k = { .count = 0 };
    (void)subject;
    TRY(db_read(c, find_due, &k));
    return k.count == 0 ? E_OK : db_tx_job(c, "outgoing.start", start_tx, &k);
}

/* ---- the log, and a test */

static enum err forget_some(struct ctx *c, void *arg)
{
    const int64_t month_ms = INT64_C(30) * 24 * 3600 * 1000;
    return delivery_db_forget(c, c->now_ms - month_ms, 500, arg);
}

enum err outgoing_forget_job(struct ctx *c, struct str subject)
{
    int64_t gone = 1;
    (void)subject;
    while (gone > 0)
        TRY(db_tx_job(c, "outgoing.forget", forget_some, &gone));
    return E_OK;
}

struct asked {
    struct id id;
    struct work *work;
};

static enum err find_asked(struct ctx *c, void *arg)
{
    struct asked *k = arg;
    return endpoint_get(c, k->id, &k->work->endpoint);
}

static enum err keep_test(struct ctx *c, void *arg)
{
    struct work *w = arg;
    return delivery_db_insert(c, &w->delivery);
}

enum err endpoint_test(struct ctx *c, struct id id, struct delivery *ret)
{
    struct work *w = arena_new(c->arena, struct work);
    struct asked asked = { id, w };
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    TRY(db_read(c, find_asked, &asked));
    struct message m = { .id = id_text(c->arena, S("msg"), id_new(c)), .type = S("test") };
    json_open(&j, NULL, '{');
    json_str(&j, "id", m.id);
    json_str(&j, "type", m.type);
    json_time(&j, "createdAt", c->now_ms);
    json_i64(&j, "sequence", 0);
    json_open(&j, "data", '{');
    json_close(&j, '}');
    json_close(&j, '}');
    m.body = buf_str(&b);
    w->endpoint.tries = 0;
    TRY(try_once(c, w, &m));
    TRY(db_tx(c, "outgoing.test", keep_test, w));
    *ret = w->delivery;
    ret->at_ms = c->now_ms;
    return E_OK;
}
