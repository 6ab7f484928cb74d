#include "inbox/inbox_db.h"

#include "db/db.h"

enum {
    WAITING_MAX = 100
};

enum err event_db_take(struct ctx *c, struct event *e, struct str key, bool *ret_new)
{
    TRY(db_one(c,
        "INSERT INTO event (id, gateway, event_key, name, reference, status, headers, body,"
        " body_hash, order_n, deliveries, tries, outcome, received_ms, applied_ms, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 1, 0, $10, $11, 0, 1)"
        " ON CONFLICT (gateway, event_key) DO UPDATE SET deliveries = event.deliveries + 1"
        " RETURNING n, deliveries, status, version",
        DB_IN(in_id(e->id), in_i64((int64_t)e->gateway), in_bytes(key), in_str(e->name),
            in_str(e->reference), in_i64((int64_t)e->status), in_str(e->headers), in_bytes(e->body),
            in_bytes(e->body_hash), in_str(e->outcome), in_i64(e->received_ms)),
        DB_OUT(
            out_i64(&e->n), out_i64(&e->deliveries), out_enum(&e->status), out_i64(&e->version))));
    *ret_new = e->deliveries == 1;
    return E_OK;
}

enum err event_db_known(struct ctx *c, enum gateway_id gateway, struct str key, bool *ret)
{
    int64_t n = 0;
    return db_find(c, ret, "SELECT n FROM event WHERE gateway = $1 AND event_key = $2",
        DB_IN(in_i64((int64_t)gateway), in_bytes(key)), DB_OUT(out_i64(&n)));
}

enum err event_db_ask(struct ctx *c, enum gateway_id gateway, struct str key, bool *ret)
{
    int64_t *n = arena_new(c->arena, int64_t);
    return db_ask(c, ret, "SELECT n FROM event WHERE gateway = $1 AND event_key = $2",
        DB_IN(in_i64((int64_t)gateway), in_bytes(key)), DB_OUT(out_i64(n)));
}

enum err event_db_insert(struct ctx *c, const struct event *e, struct str key)
{
    return db_exec(c, 1,
        "INSERT INTO event (id, gateway, event_key, name, reference, status, headers, body,"
        " body_hash, order_n, deliveries, tries, outcome, received_ms, applied_ms, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $12, $13, $14, 1)",
        DB_IN(in_id(e->id), in_i64((int64_t)e->gateway), in_bytes(key), in_str(e->name),
            in_str(e->reference), in_i64((int64_t)e->status), in_str(e->headers), in_bytes(e->body),
            in_bytes(e->body_hash), in_i64(e->order_n), in_i64(e->tries), in_str(e->outcome),
            in_i64(e->received_ms), in_i64(e->applied_ms)));
}

#define WITHOUT_BODY                                                                               \
    "n, id, gateway, name, reference, status, headers, body_hash, order_n, deliveries, tries,"     \
    " outcome, received_ms, applied_ms, again_ms, version"
#define OUTS(e)                                                                                    \
    out_i64(&(e)->n), out_id(&(e)->id), out_enum(&(e)->gateway), out_str(&(e)->name),              \
        out_str(&(e)->reference), out_enum(&(e)->status), out_str(&(e)->headers),                  \
        out_bytes(&(e)->body_hash), out_i64(&(e)->order_n), out_i64(&(e)->deliveries),             \
        out_i64(&(e)->tries), out_str(&(e)->outcome), out_i64(&(e)->received_ms),                  \
        out_i64(&(e)->applied_ms), out_i64(&(e)->again_ms), out_i64(&(e)->version)

enum err event_db_by_n(struct ctx *c, int64_t n, struct event *ret)
{
    struct event e = { .n = 0 };
    TRY(db_one(c, "SELECT " WITHOUT_BODY ", body FROM event WHERE n = $1", DB_IN(in_i64(n)),
        DB_OUT(OUTS(&e), out_bytes(&e.body))));
    *ret = e;
    return E_OK;
}

enum err event_get(struct ctx *c, struct id id, struct event *ret)
{
    struct event e = { .n = 0 };
    bool found = false;
    TRY(db_find(c, &found, "SELECT " WITHOUT_BODY ", body FROM event WHERE id = $1",
        DB_IN(in_id(id)), DB_OUT(OUTS(&e), out_bytes(&e.body))));
    if (!found)
        return fail(c, NOT_FOUND, "there is no such webhook");
    *ret = e;
    return E_OK;
}

enum err event_db_update(struct ctx *c, struct event *e)
{
    TRY(db_exec(c, 1,
        "UPDATE event SET status = $1, outcome = $2, order_n = $3, tries = $4, applied_ms = $5,"
        " again_ms = $6, version = version + 1 WHERE n = $7 AND version = $8",
        DB_IN(in_i64((int64_t)e->status), in_str(e->outcome), in_i64(e->order_n), in_i64(e->tries),
            in_i64(e->applied_ms), in_i64(e->again_ms), in_i64(e->n), in_i64(e->version))));
    e->version++;
    return E_OK;
}

struct waiting {
    int64_t row, *n;
    size_t count;
};

static enum err take_waiting(struct ctx *c, void *arg)
{
    struct waiting *w = arg;
    w->n[w->count++] = w->row;
    return c->dead ? E_DEAD : E_OK;
}

enum err event_db_waiting(struct ctx *c, struct str reference, int64_t *ret_n, size_t *ret_count)
{
    struct waiting w = { .n = ret_n };
    TRY(db_each(c,
        "SELECT n FROM event WHERE reference = $1 AND status IN (0, 3) ORDER BY n LIMIT $2",
        DB_IN(in_str(reference), in_i64(WAITING_MAX)), DB_OUT(out_i64(&w.row)), take_waiting, &w));
    *ret_count = w.count;
    return E_OK;
}

/* A hundred at a time: the job goes on while there are more. */
enum err event_db_forget(struct ctx *c, int64_t before_ms, int64_t *ret_changed)
{
    struct waiting w = { .n = arena_array(c->arena, int64_t, WAITING_MAX) };
    TRY(db_each(c,
        "UPDATE event SET body = $1 WHERE n IN (SELECT n FROM event WHERE received_ms < $2"
        " AND LENGTH(body) > 0 ORDER BY received_ms, n LIMIT $3) RETURNING n",
        DB_IN(in_bytes(S("")), in_i64(before_ms), in_i64(WAITING_MAX)), DB_OUT(out_i64(&w.row)),
        take_waiting, &w));
    *ret_changed = (int64_t)w.count;
    return E_OK;
}

struct each {
    struct event row;
    enum err (*each)(struct ctx *c, const struct event *e, void *arg);
    void *arg;
};

static enum err one(struct ctx *c, void *arg)
{
    struct each *k = arg;
    return k->each(c, &k->row, k->arg);
}

/* Where a period begins, an hour more, and the least of the first ones found: clocks of several
 * servers differ. */
static enum err first_since(struct ctx *c, int64_t ms, int64_t *ret)
{
    int64_t n = INT64_MAX;
    TRY(db_one(c,
        "SELECT MIN(n) FROM (SELECT n FROM event WHERE received_ms >= $1"
        " ORDER BY received_ms, n LIMIT 1000) AS first",
        DB_IN(in_i64(ms - 3600 * 1000)), DB_OUT(out_i64_null(&n))));
    *ret = n;
    return E_OK;
}

struct bounds {
    int64_t below, from_n;
};

static enum err bounds_of(struct ctx *c, const struct event_filter *f, struct bounds *ret)
{
    struct bounds k = { .below = f->after_n > 0 && !f->oldest ? f->after_n : INT64_MAX };
    int64_t to_n = INT64_MAX;
    if (f->from_ms > 0)
        TRY(first_since(c, f->from_ms, &k.from_n));
    if (f->oldest && f->after_n >= k.from_n)
        k.from_n = f->after_n + 1;
    if (f->to_ms > 0) /* an hour later than first_since looks, and one more */
        TRY(first_since(c, f->to_ms + 2 * 3600 * 1000, &to_n));
    k.below = to_n < k.below ? to_n : k.below;
    *ret = k;
    return E_OK;
}

#define SELECTED                                                                                   \
    "SELECT " WITHOUT_BODY " FROM event WHERE n < $1 AND status BETWEEN $2 AND $3"                 \
    " AND gateway BETWEEN $4 AND $5 AND received_ms BETWEEN $6 AND $7 AND n >= $8"
#define IN_ORDER " ORDER BY n DESC LIMIT $9"
/* What was not applied is rare among many: it has an index of its own. */
#define NOT_APPLIED " AND status = $10 AND status <> 1"

static enum err list_range(
    struct ctx *c, const struct event_filter *f, const struct bounds *at, struct each *k)
{
    int64_t low = f->status < 0 ? 0 : f->status;
    int64_t high = f->status < 0 ? EVENT_STATUS_COUNT : f->status;
    int64_t first = (int64_t)f->gateway, last = f->gateway == GATEWAY_NONE ? GATEWAY_COUNT : first;
    int64_t to = f->to_ms > 0 ? f->to_ms : INT64_MAX;
    struct db_in in[] = { in_i64(at->below), in_i64(low), in_i64(high), in_i64(first), in_i64(last),
        in_i64(f->from_ms), in_i64(to), in_i64(at->from_n), in_i64(f->limit), in_i64(f->status) };
    const struct db_ins all = { in, ARRAY_LEN(in) }, but_last = { in, ARRAY_LEN(in) - 1 };
    const struct db_outs row = DB_OUT(OUTS(&k->row));
    bool rare = f->status >= 0 && f->status != EVENT_APPLIED;
    if (rare && f->oldest)
        return db_each(c, SELECTED NOT_APPLIED " ORDER BY n LIMIT $9", all, row, one, k);
    if (rare)
        return db_each(c, SELECTED NOT_APPLIED IN_ORDER, all, row, one, k);
    if (f->oldest)
        return db_each(c, SELECTED " ORDER BY n LIMIT $9", but_last, row, one, k);
    return db_each(c, SELECTED IN_ORDER, but_last, row, one, k);
}

enum err event_list(struct ctx *c, const struct event_filter *f,
    enum err (*each)(struct ctx *c, const struct event *e, void *arg), void *arg)
{
    struct each k = { .each = each, .arg = arg };
    struct bounds at;
    TRY(bounds_of(c, f, &at));
    if (f->order_n > 0)
        return db_each(c,
            "SELECT " WITHOUT_BODY
            " FROM event WHERE order_n = $1 AND n < $2 ORDER BY n DESC LIMIT $3",
            DB_IN(in_i64(f->order_n), in_i64(at.below), in_i64(f->limit)), DB_OUT(OUTS(&k.row)),
            one, &k);
    return list_range(c, f, &at, &k);
}

enum err event_search(struct ctx *c, const struct event_filter *f,
    enum err (*each)(struct ctx *c, const struct event *e, void *arg), void *arg,
    int64_t *ret_below)
{
    struct each k = { .each = each, .arg = arg };
    struct bounds at;
    int64_t newest = 0;
    bool found = false;
    *ret_below = 0;
    if (f->gateway == GATEWAY_NONE || f->order_n > 0)
        return event_list(c, f, each, arg);
    TRY(bounds_of(c, f, &at));
    TRY(db_find(c, &found, "SELECT n FROM event ORDER BY n DESC LIMIT 1", DB_NO_IN,
        DB_OUT(out_i64(&newest))));
    at.below = at.below < newest + 1 ? at.below : newest + 1;
    if (at.below - EVENT_LOOK > at.from_n)
        *ret_below = at.from_n = at.below - EVENT_LOOK;
    return list_range(c, f, &at, &k);
}

/* ---- what waits too long */

struct late {
    struct event_late row;
    enum err (*each)(struct ctx *c, const struct event_late *late, void *arg);
    void *arg;
};

static enum err hand_late(struct ctx *c, void *arg)
{
    struct late *k = arg;
    return k->each(c, &k->row, k->arg);
}

/* Few are not applied: they have an index of their own. */
enum err event_late(struct ctx *c, int64_t before_ms,
    enum err (*each)(struct ctx *c, const struct event_late *late, void *arg), void *arg)
{
    struct late k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT gateway, COUNT(*), MIN(received_ms) FROM (SELECT gateway, received_ms FROM event"
        " WHERE status IN (0, 3) AND status <> 1 AND outcome <> $3"
        " ORDER BY status, n LIMIT $2) AS waiting"
        " WHERE received_ms < $1 GROUP BY gateway ORDER BY gateway",
        DB_IN(in_i64(before_ms), in_i64(EVENT_LOOK), in_str(EVENT_MAY_BE_RENEWAL)),
        DB_OUT(out_enum(&k.row.gateway), out_i64(&k.row.count), out_i64(&k.row.oldest_ms)),
        hand_late, &k);
}
