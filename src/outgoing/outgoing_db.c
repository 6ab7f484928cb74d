#include "outgoing/outgoing_db.h"

#include "base/sealed.h"
#include "db/db.h"
#include "fact/fact.h"

/* Both secrets of an endpoint lie in the same place: the old one is what the new one was. */
static struct str place_of(struct ctx *c, struct id id)
{
    return str_fmt(c->arena, "endpoint.secret/%.*s", SARG(id_text(c->arena, S("ep"), id)));
}

static enum err open_secrets(struct ctx *c, struct endpoint *e)
{
    TRY(sealed_read(c, place_of(c, e->id), e->secret, &e->secret));
    return sealed_read(c, place_of(c, e->id), e->old_secret, &e->old_secret);
}

enum err endpoint_db_insert(struct ctx *c, struct endpoint *e)
{
    struct str secret;
    TRY(sealed_write(c, place_of(c, e->id), e->secret, &secret));
    return db_one(c,
        "INSERT INTO endpoint (id, url, description, types, secret, old_secret, old_until_ms, state,"
        " why, cursor_seq, tries, next_ms, created_ms, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, 0, 0, '', $7, 0, 0, $8, 1) RETURNING n",
        DB_IN(in_id(e->id), in_str(e->url), in_str(e->description), in_str(e->types),
            in_bytes(secret), in_bytes(S("")), in_i64(e->cursor_seq), in_i64(c->now_ms)),
        DB_OUT(out_i64(&e->n)));
}

#define ENDPOINT                                                                                   \
    "SELECT n, id, url, description, types, secret, old_secret, old_until_ms, state, why,"         \
    " cursor_seq, tries, next_ms, created_ms, version FROM endpoint"
#define ENDPOINT_OUT(e)                                                                            \
    DB_OUT(out_i64(&(e)->n), out_id(&(e)->id), out_str(&(e)->url), out_str(&(e)->description),     \
        out_str(&(e)->types), out_bytes(&(e)->secret), out_bytes(&(e)->old_secret),                \
        out_i64(&(e)->old_until_ms), out_enum(&(e)->state), out_str(&(e)->why),                    \
        out_i64(&(e)->cursor_seq), out_i64(&(e)->tries), out_i64(&(e)->next_ms),                   \
        out_i64(&(e)->created_ms), out_i64(&(e)->version))

enum err endpoint_db_by_id(struct ctx *c, struct id id, bool *ret_found, struct endpoint *ret)
{
    TRY(db_find(c, ret_found, ENDPOINT " WHERE id = $1 AND state < 2", DB_IN(in_id(id)),
        ENDPOINT_OUT(ret)));
    return *ret_found ? open_secrets(c, ret) : E_OK;
}

enum err endpoint_db_by_n(struct ctx *c, int64_t n, bool *ret_found, struct endpoint *ret)
{
    TRY(db_find(
        c, ret_found, ENDPOINT " WHERE n = $1 AND state < 2", DB_IN(in_i64(n)), ENDPOINT_OUT(ret)));
    return *ret_found ? open_secrets(c, ret) : E_OK;
}

enum err endpoint_db_update(struct ctx *c, struct endpoint *e)
{
    struct str secret, old_secret;
    TRY(sealed_write(c, place_of(c, e->id), e->secret, &secret));
    TRY(sealed_write(c, place_of(c, e->id), e->old_secret, &old_secret));
    TRY(db_exec(c, 1,
        "UPDATE endpoint SET secret = $1, old_secret = $2, old_until_ms = $3, state = $4, why = $5,"
        " cursor_seq = $6, tries = $7, next_ms = $8, version = version + 1"
        " WHERE n = $9 AND version = $10",
        DB_IN(in_bytes(secret), in_bytes(old_secret), in_i64(e->old_until_ms),
            in_i64((int64_t)e->state), in_str(e->why), in_i64(e->cursor_seq), in_i64(e->tries),
            in_i64(e->next_ms), in_i64(e->n), in_i64(e->version))));
    e->version++;
    return E_OK;
}

enum err endpoint_db_count(struct ctx *c, int64_t *ret)
{
    return db_one(
        c, "SELECT COUNT(*) FROM endpoint WHERE state < 2", DB_NO_IN, DB_OUT(out_i64(ret)));
}

struct due {
    int64_t row, *n;
    size_t count, max;
};

static enum err take_due(struct ctx *c, void *arg)
{
    struct due *d = arg;
    must(d->count < d->max && !c->dead);
    d->n[d->count++] = d->row;
    return E_OK;
}

enum err endpoint_db_due(
    struct ctx *c, int64_t head_seq, int64_t *ret_n, size_t max, size_t *ret_count)
{
    struct due d = { .n = ret_n, .max = max };
    TRY(db_each(c,
        "SELECT n FROM endpoint WHERE state = 0 AND next_ms <= $1 AND cursor_seq < $2"
        " ORDER BY next_ms, n LIMIT $3",
        DB_IN(in_i64(c->now_ms), in_i64(head_seq), in_i64((int64_t)max)), DB_OUT(out_i64(&d.row)),
        take_due, &d));
    *ret_count = d.count;
    return E_OK;
}

struct endpoints {
    struct endpoint row;
    enum err (*each)(struct ctx *c, const struct endpoint *e, void *arg);
    void *arg;
};

static enum err one_endpoint(struct ctx *c, void *arg)
{
    struct endpoints *l = arg;
    return l->each(c, &l->row, l->arg);
}

enum err endpoint_list(
    struct ctx *c, enum err (*each)(struct ctx *c, const struct endpoint *e, void *arg), void *arg)
{
    struct endpoints l = { .each = each, .arg = arg };
    return db_each(c, ENDPOINT " WHERE state < 2 ORDER BY n", DB_NO_IN, ENDPOINT_OUT(&l.row),
        one_endpoint, &l);
}

enum err delivery_db_insert(struct ctx *c, const struct delivery *d)
{
    return db_exec(c, 1,
        "INSERT INTO delivery (endpoint_n, message, type, seq, try, ok, status, took_ms, why, at_ms)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        DB_IN(in_i64(d->endpoint_n), in_str(d->message), in_str(d->type), in_i64(d->seq),
            in_i64(d->try), in_bool(d->ok), in_i64(d->status), in_i64(d->took_ms), in_str(d->why),
            in_i64(c->now_ms)));
}

struct deliveries {
    struct delivery row;
    enum err (*each)(struct ctx *c, const struct delivery *d, void *arg);
    void *arg;
};

static enum err one_delivery(struct ctx *c, void *arg)
{
    struct deliveries *l = arg;
    return l->each(c, &l->row, l->arg);
}

enum err delivery_list(struct ctx *c, int64_t endpoint_n, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct delivery *d, void *arg), void *arg)
{
    struct deliveries l = { .each = each, .arg = arg };
    struct delivery *d = &l.row;
    return db_each(c,
        "SELECT n, endpoint_n, message, type, seq, try, ok, status, took_ms, why, at_ms FROM delivery"
        " WHERE endpoint_n = $1 AND n < $2 ORDER BY n DESC LIMIT $3",
        DB_IN(in_i64(endpoint_n), in_i64(after_n > 0 ? after_n : INT64_MAX), in_i64(limit)),
        DB_OUT(out_i64(&d->n), out_i64(&d->endpoint_n), out_str(&d->message), out_str(&d->type),
            out_i64(&d->seq), out_i64(&d->try), out_bool(&d->ok), out_i64(&d->status),
            out_i64(&d->took_ms), out_str(&d->why), out_i64(&d->at_ms)),
        one_delivery, &l);
}

enum err delivery_db_forget(struct ctx *c, int64_t before_ms, int64_t most, int64_t *ret_gone)
{
    int64_t last = 0;
    bool found = false;
    *ret_gone = 0;
    TRY(db_find(c, &found, "SELECT n FROM delivery WHERE at_ms < $1 ORDER BY at_ms, n LIMIT 1",
        DB_IN(in_i64(before_ms)), DB_OUT(out_i64(&last))));
    if (!found)
        return E_OK;
    *ret_gone = 1;
    return db_exec(c, DB_ANY_ROWS,
        "DELETE FROM delivery WHERE n IN (SELECT n FROM delivery WHERE at_ms < $1"
        " ORDER BY at_ms, n LIMIT $2)",
        DB_IN(in_i64(before_ms), in_i64(most)));
}

enum err outgoing_backlog(struct ctx *c, int64_t *ret_behind, int64_t *ret_oldest_ms)
{
    int64_t head = 0, behind = 0, oldest_ms = 0;
    bool found = false;
    TRY(fact_head_seq(c, &head));
    TRY(db_one(c,
        "SELECT CAST(COALESCE(SUM($1 - cursor_seq), 0) AS BIGINT) FROM endpoint"
        " WHERE state = 0 AND cursor_seq < $1",
        DB_IN(in_i64(head)), DB_OUT(out_i64(&behind))));
    TRY(db_find(c, &found,
        "SELECT at_ms FROM fact WHERE seq ="
        " (SELECT MIN(cursor_seq) + 1 FROM endpoint WHERE state = 0 AND cursor_seq < $1)",
        DB_IN(in_i64(head)), DB_OUT(out_i64(&oldest_ms))));
    *ret_behind = behind;
    *ret_oldest_ms = oldest_ms;
    return E_OK;
}

enum err endpoint_reseal(struct ctx *c, struct resealing *k)
{
    struct endpoint e = { .n = k->n };
    TRY(db_find(c, &k->found, ENDPOINT " WHERE n > $1 AND state < 2 ORDER BY n LIMIT 1",
        DB_IN(in_i64(k->n)), ENDPOINT_OUT(&e)));
    k->n = e.n;
    if (!k->found || (sealed_is_current(c, e.secret) && sealed_is_current(c, e.old_secret)))
        return E_OK;
    k->changed = true;
    TRY(open_secrets(c, &e));
    return endpoint_db_update(c, &e);
}
