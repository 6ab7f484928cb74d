#include "base/log.h"
#include "sandbox/model.h"

/* ---- sessions */

enum err hosted_add(struct ctx *c, struct hosted *s)
{
    s->version = 1;
    return db_one(c,
        "INSERT INTO session (gateway, id, state, version, amount_minor, currency, captured,"
        " refunded_minor, created_ms, turn_ms, turn, request, own, payer, method, brand, last4)"
        " VALUES ($1, $2, $3, 1, $4, $5, 0, 0, $6, $7, $8, $9, $10, '', '', '', '') RETURNING n",
        DB_IN(in_str(s->gateway), in_str(s->id), in_i64(s->state), in_i64(s->amount_minor),
            in_str(s->currency), in_i64(s->created_ms), in_i64(s->turn_ms), in_i64(s->turn),
            in_str(s->request), in_str(s->own)),
        DB_OUT(out_i64(&s->n)));
}

#define HOSTED_COLUMNS                                                                             \
    "n, gateway, id, state, version, amount_minor, currency, captured, refunded_minor,"            \
    " created_ms, turn_ms, turn, request, own, payer, method, brand, last4"
#define HOSTED_OUT(s)                                                                              \
    DB_OUT(out_i64(&(s)->n), out_str(&(s)->gateway), out_str(&(s)->id), out_enum(&(s)->state),     \
        out_i64(&(s)->version), out_i64(&(s)->amount_minor), out_str(&(s)->currency),              \
        out_bool(&(s)->captured), out_i64(&(s)->refunded_minor), out_i64(&(s)->created_ms),        \
        out_i64(&(s)->turn_ms), out_enum(&(s)->turn), out_str(&(s)->request), out_str(&(s)->own),  \
        out_str(&(s)->payer), out_str(&(s)->method), out_str(&(s)->brand), out_str(&(s)->last4))

enum err hosted_find(struct ctx *c, struct str id, bool *ret_found, struct hosted *ret)
{
    if (!str_is_utf8(id)) {
        *ret_found = false;
        return E_OK;
    }
    return db_find(c, ret_found, "SELECT " HOSTED_COLUMNS " FROM session WHERE id = $1",
        DB_IN(in_str(id)), HOSTED_OUT(ret));
}

enum err hosted_save(struct ctx *c, struct hosted *s)
{
    TRY(db_exec(c, 1,
        "UPDATE session SET state = $1, version = version + 1, captured = $2, refunded_minor = $3,"
        " turn_ms = $4, turn = $5, payer = $6, method = $7, brand = $8, last4 = $9"
        " WHERE n = $10 AND version = $11",
        DB_IN(in_i64(s->state), in_bool(s->captured), in_i64(s->refunded_minor), in_i64(s->turn_ms),
            in_i64(s->turn), in_str(s->payer), in_str(s->method), in_str(s->brand),
            in_str(s->last4), in_i64(s->n), in_i64(s->version))));
    s->version++;
    return E_OK;
}

struct turning {
    struct str id[100];
    size_t n;
    struct str at;
};

static enum err keep_id(struct ctx *c, void *arg)
{
    (void)c;
    struct turning *t = arg;
    t->id[t->n++] = t->at;
    return E_OK;
}

enum err model_turn(struct ctx *c, int64_t *ret_n)
{
    struct turning *t = arena_new(c->arena, struct turning);
    TRY(db_each(c,
        "SELECT id FROM session WHERE turn_ms > 0 AND turn_ms <= $1 ORDER BY turn_ms, n LIMIT 100",
        DB_IN(in_i64(c->now_ms)), DB_OUT(out_str(&t->at)), keep_id, t));
    for (size_t i = 0; i < t->n; i++) {
        struct hosted s;
        bool found = false;
        TRY(hosted_find(c, t->id[i], &found, &s));
        must(found);
        TRY(hosted_happens(c, &s, s.turn == HOSTED_PAID ? HAPPENED_PAID : HAPPENED_EXPIRED, 0));
    }
    *ret_n = (int64_t)t->n;
    return E_OK;
}

enum err hosted_each(struct ctx *c, bool captured, int64_t after_n, int64_t limit,
    struct hosted *into, enum err (*each)(struct ctx *c, void *arg), void *arg)
{
    if (captured)
        return db_each(c,
            "SELECT " HOSTED_COLUMNS " FROM session WHERE captured = 1 AND n > $1"
            " ORDER BY n LIMIT $2",
            DB_IN(in_i64(after_n), in_i64(limit)), HOSTED_OUT(into), each, arg);
    return db_each(c,
        "SELECT " HOSTED_COLUMNS " FROM session WHERE n > $1 ORDER BY n DESC LIMIT $2",
        DB_IN(in_i64(after_n), in_i64(limit)), HOSTED_OUT(into), each, arg);
}

enum err total_each(
    struct ctx *c, struct total *into, enum err (*each)(struct ctx *c, void *arg), void *arg)
{
    return db_each(c,
        "SELECT gateway, currency, COUNT(*), SUM(amount_minor), SUM(refunded_minor) FROM session"
        " WHERE captured = 1 GROUP BY gateway, currency ORDER BY gateway, currency",
        DB_NO_IN,
        DB_OUT(out_str(&into->gateway), out_str(&into->currency), out_i64(&into->count),
            out_i64(&into->captured_minor), out_i64(&into->refunded_minor)),
        each, arg);
}

/* ---- webhooks */

static enum err insert(struct ctx *c, const struct hook *d)
{
    return db_exec(c, 1,
        "INSERT INTO delivery (gateway, about, event, path, headers, body, state, taken, tries,"
        " due_ms, created_ms, status) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $9, 0)",
        DB_IN(in_str(d->gateway), in_str(d->about), in_str(d->event), in_str(d->path),
            in_str(d->headers), in_str(d->body), in_i64(d->state), in_i64(d->due_ms),
            in_i64(c->now_ms)));
}

/* What waits to be overtaken goes a second after the one that overtakes it. */
static enum err overtake(struct ctx *c, struct hook *d, bool *ret_overtakes)
{
    int64_t waiting = 0;
    TRY(db_one(c,
        "SELECT COUNT(*) FROM delivery WHERE about = $1 AND state = 0 AND taken = 0"
        " AND tries = 0",
        DB_IN(in_str(d->about)), DB_OUT(out_i64(&waiting))));
    *ret_overtakes = waiting > 0;
    return db_exec(c, waiting,
        "UPDATE delivery SET due_ms = $1 WHERE about = $2 AND state = 0 AND taken = 0"
        " AND tries = 0",
        DB_IN(in_i64(c->now_ms + 1000), in_str(d->about)));
}

enum err hook_add(struct ctx *c, struct hook *d)
{
    enum mode mode = MODE_NORMAL;
    bool overtakes = false;
    TRY(mode_get(c, d->gateway, &mode));
    d->state = mode == MODE_DROP ? HOOK_DROPPED : mode == MODE_HOLD ? HOOK_HELD : HOOK_WAITING;
    d->due_ms = c->now_ms;
    if (mode == MODE_REORDER) {
        TRY(overtake(c, d, &overtakes));
        d->due_ms += overtakes ? 0 : 2000;
    }
    TRY(insert(c, d));
    return mode == MODE_DUPLICATE ? insert(c, d) : E_OK;
}

#define HOOK_COLUMNS                                                                               \
    "n, gateway, about, event, path, headers, body, state, tries, due_ms, created_ms, status"
#define HOOK_OUT(d)                                                                                \
    DB_OUT(out_i64(&(d)->n), out_str(&(d)->gateway), out_str(&(d)->about), out_str(&(d)->event),   \
        out_str(&(d)->path), out_str(&(d)->headers), out_str(&(d)->body), out_enum(&(d)->state),   \
        out_i64(&(d)->tries), out_i64(&(d)->due_ms), out_i64(&(d)->created_ms),                    \
        out_i64(&(d)->status))

struct taking {
    struct hook *d;
    size_t n;
    struct hook at;
};

static enum err keep_delivery(struct ctx *c, void *arg)
{
    (void)c;
    struct taking *t = arg;
    t->d[t->n++] = t->at;
    return E_OK;
}

enum err hook_take(struct ctx *c, int64_t max, struct hook *ret, size_t *ret_n)
{
    must(max <= HOOKS_MAX);
    struct taking t = { .d = ret };
    TRY(db_each(c,
        "SELECT " HOOK_COLUMNS " FROM delivery WHERE state = 0 AND due_ms <= $1"
        " ORDER BY due_ms, n LIMIT $2",
        DB_IN(in_i64(c->now_ms), in_i64(max)), HOOK_OUT(&t.at), keep_delivery, &t));
    for (size_t i = 0; i < t.n; i++)
        TRY(db_exec(c, 1, "UPDATE delivery SET taken = 1, due_ms = $1 WHERE n = $2",
            DB_IN(in_i64(c->now_ms + 60000), in_i64(ret[i].n))));
    *ret_n = t.n;
    return E_OK;
}

enum err hook_end(struct ctx *c, const struct hook *d, int64_t status, int64_t retry_ms)
{
    enum {
        RETRIES = 5
    };
    bool done = status >= 200 && status < 300;
    enum hook_state state = done ? HOOK_DONE : d->tries >= RETRIES ? HOOK_GIVEN_UP : HOOK_WAITING;
    int64_t due = c->now_ms + (retry_ms << d->tries);
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE delivery SET state = $1, taken = 0, tries = tries + 1, due_ms = $2, status = $3"
        " WHERE n = $4",
        DB_IN(in_i64(state), in_i64(due), in_i64(status), in_i64(d->n)));
}

enum err hook_give_back(struct ctx *c)
{
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE delivery SET taken = 0, due_ms = $1 WHERE state = 0 AND taken = 1",
        DB_IN(in_i64(c->now_ms)));
}

/* Those that were given up go out again too. */
enum err hook_release(struct ctx *c, struct str gateway, int64_t *ret_n)
{
    TRY(db_one(c,
        "SELECT COUNT(*) FROM delivery WHERE state IN (2, 3) AND ($1 = '' OR gateway = $1)",
        DB_IN(in_str(gateway)), DB_OUT(out_i64(ret_n))));
    return db_exec(c, *ret_n,
        "UPDATE delivery SET state = 0, tries = 0, due_ms = $1"
        " WHERE state IN (2, 3) AND ($2 = '' OR gateway = $2)",
        DB_IN(in_i64(c->now_ms), in_str(gateway)));
}

enum err hook_each(struct ctx *c, int64_t limit, struct hook *into,
    enum err (*each)(struct ctx *c, void *arg), void *arg)
{
    return db_each(c, "SELECT " HOOK_COLUMNS " FROM delivery ORDER BY n DESC LIMIT $1",
        DB_IN(in_i64(limit)), HOOK_OUT(into), each, arg);
}

struct counting {
    int64_t *count;
    int64_t state, n;
};

static enum err keep_count(struct ctx *c, void *arg)
{
    (void)c;
    struct counting *k = arg;
    k->count[k->state] = k->n;
    return E_OK;
}

enum err hook_count(struct ctx *c, int64_t ret[HOOK_STATE_COUNT])
{
    struct counting k = { .count = ret };
    for (int i = 0; i < HOOK_STATE_COUNT; i++)
        ret[i] = 0;
    return db_each(c, "SELECT state, COUNT(*) FROM delivery GROUP BY state ORDER BY state",
        DB_NO_IN, DB_OUT(out_i64(&k.state), out_i64(&k.n)), keep_count, &k);
}

/* ---- faults */

enum err fault_set(
    struct ctx *c, struct str gateway, struct str call, enum fault fault, int64_t times)
{
    TRY(db_exec(c, DB_ANY_ROWS, "DELETE FROM fault WHERE gateway = $1 AND call = $2",
        DB_IN(in_str(gateway), in_str(call))));
    if (times == 0 || fault == FAULT_NONE)
        return E_OK;
    return db_exec(c, 1, "INSERT INTO fault (gateway, call, fault, times) VALUES ($1, $2, $3, $4)",
        DB_IN(in_str(gateway), in_str(call), in_i64(fault), in_i64(times)));
}

enum err fault_take(struct ctx *c, struct str gateway, const char *call, enum fault *ret)
{
    bool found = false;
    int64_t n = 0, times = 0;
    enum fault fault = FAULT_NONE;
    TRY(db_find(c, &found,
        "SELECT n, fault, times FROM fault WHERE gateway = $1 AND call IN ($2, 'any')"
        " ORDER BY n LIMIT 1",
        DB_IN(in_str(gateway), in_str(str_of_c(call))),
        DB_OUT(out_i64(&n), out_enum(&fault), out_i64(&times))));
    *ret = found ? fault : FAULT_NONE;
    if (!found)
        return E_OK;
    if (times == 1)
        return db_exec(c, 1, "DELETE FROM fault WHERE n = $1", DB_IN(in_i64(n)));
    return db_exec(c, 1, "UPDATE fault SET times = times - 1 WHERE n = $1", DB_IN(in_i64(n)));
}

enum err fault_each(
    struct ctx *c, struct fault_row *into, enum err (*each)(struct ctx *c, void *arg), void *arg)
{
    return db_each(c, "SELECT gateway, call, fault, times FROM fault ORDER BY n", DB_NO_IN,
        DB_OUT(out_str(&into->gateway), out_str(&into->call), out_enum(&into->fault),
            out_i64(&into->times)),
        each, arg);
}

/* ---- settings */

enum err model_setting_get(struct ctx *c, struct str name, int64_t *inout)
{
    bool found = false;
    return db_find(c, &found, "SELECT value FROM setting WHERE name = $1", DB_IN(in_str(name)),
        DB_OUT(out_i64(inout)));
}

enum err model_setting_set(struct ctx *c, struct str name, int64_t value)
{
    return db_exec(c, 1,
        "INSERT INTO setting (name, value) VALUES ($1, $2)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        DB_IN(in_str(name), in_i64(value)));
}

enum err model_next_due(struct ctx *c, int64_t *ret_ms)
{
    int64_t session = INT64_MAX, delivery = INT64_MAX;
    TRY(db_one(c, "SELECT MIN(turn_ms) FROM session WHERE turn_ms > 0", DB_NO_IN,
        DB_OUT(out_i64_null(&session))));
    TRY(db_one(c, "SELECT MIN(due_ms) FROM delivery WHERE state = 0", DB_NO_IN,
        DB_OUT(out_i64_null(&delivery))));
    *ret_ms = session < delivery ? session : delivery;
    return E_OK;
}

enum err model_reset(struct ctx *c)
{
    TRY(db_exec(c, DB_ANY_ROWS, "DELETE FROM delivery", DB_NO_IN));
    TRY(db_exec(c, DB_ANY_ROWS, "DELETE FROM session", DB_NO_IN));
    TRY(db_exec(c, DB_ANY_ROWS, "DELETE FROM fault", DB_NO_IN));
    return db_exec(c, DB_ANY_ROWS, "DELETE FROM setting", DB_NO_IN);
}
