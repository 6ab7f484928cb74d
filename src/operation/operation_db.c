#include "operation/operation_db.h"

#include "db/db.h"

static struct str bytes(const struct sha256 *h)
{
    return (struct str) { (const char *)h->b, sizeof h->b };
}

/* The first 63 bits of the key: a narrow index; the whole key decides. */
static int64_t hash_of_mac(const unsigned char *mac)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | mac[i];
    return (int64_t)(v >> 1);
}

static int64_t hash_of(const struct operation_key *key)
{
    return hash_of_mac(key->mac.b);
}

/* ---- reading */

#define SELECT                                                                                     \
    "SELECT n, key, fingerprint, kind, subject, state, holder, token, version, lease_until_ms,"    \
    " status, body FROM operation"

#define OUT_ROW(r, holder_)                                                                        \
    DB_OUT(out_i64(&(r)->n), out_bytes(&(r)->key), out_bytes(&(r)->fingerprint),                   \
        out_str(&(r)->kind), out_i64(&(r)->subject), out_bool(&(r)->done), out_i64(holder_),       \
        out_i64(&(r)->token), out_i64(&(r)->version), out_i64(&(r)->lease_until_ms),               \
        out_i64(&(r)->status), out_bytes(&(r)->body))

/* A number that others may have is no reason to answer one caller with another's answer. */
static enum err found_row(struct ctx *c, const struct operation_key *key, bool found,
    struct operation_row *row, int64_t holder, bool *ret_found, struct operation_row *ret)
{
    if (found && key != NULL && !bytes_equal_secret(row->key, bytes(&key->mac)))
        return fail(c, IDEMPOTENCY_MISMATCH, "take another Idempotency-Key; this one is in use");
    row->holder = (uint64_t)holder;
    *ret_found = found;
    if (found)
        *ret = *row;
    return E_OK;
}

enum err operation_look(
    struct ctx *c, const struct operation_key *key, bool *ret_found, struct operation_row *ret)
{
    struct operation_row row = { 0 };
    int64_t holder = 0;
    bool found = false;
    TRY(db_find(c, &found, SELECT " WHERE key_hash = $1", DB_IN(in_i64(hash_of(key))),
        OUT_ROW(&row, &holder)));
    return found_row(c, key, found, &row, holder, ret_found, ret);
}

enum err operation_look_n(struct ctx *c, int64_t n, bool *ret_found, struct operation_row *ret)
{
    struct operation_row row = { 0 };
    int64_t holder = 0;
    bool found = false;
    TRY(db_find(c, &found, SELECT " WHERE n = $1", DB_IN(in_i64(n)), OUT_ROW(&row, &holder)));
    return found_row(c, NULL, found, &row, holder, ret_found, ret);
}

enum err operation_lock(
    struct ctx *c, const struct operation_key *key, bool *ret_found, struct operation_row *ret)
{
    struct operation_row row = { 0 };
    int64_t holder = 0;
    bool found = false;
    TRY(db_find(c, &found, SELECT " WHERE key_hash = $1 FOR UPDATE", DB_IN(in_i64(hash_of(key))),
        OUT_ROW(&row, &holder)));
    return found_row(c, key, found, &row, holder, ret_found, ret);
}

enum err operation_lock_n(struct ctx *c, int64_t n, bool *ret_found, struct operation_row *ret)
{
    struct operation_row row = { 0 };
    int64_t holder = 0;
    bool found = false;
    TRY(db_find(
        c, &found, SELECT " WHERE n = $1 FOR UPDATE", DB_IN(in_i64(n)), OUT_ROW(&row, &holder)));
    return found_row(c, NULL, found, &row, holder, ret_found, ret);
}

/* ---- writing */

enum err operation_insert(
    struct ctx *c, const struct operation_key *key, struct operation_row *row, bool *ret_found)
{
    return db_find(c, ret_found,
        "INSERT INTO operation (key_hash, key, fingerprint, kind, subject, state, holder, token,"
        "   version, lease_until_ms, status, body, created_ms)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $11, $12)"
        " ON CONFLICT (key_hash) DO NOTHING RETURNING n",
        DB_IN(in_i64(hash_of(key)), in_bytes(bytes(&key->mac)), in_bytes(bytes(&key->fingerprint)),
            in_str(row->kind), in_i64(row->subject), in_bool(row->done),
            in_i64((int64_t)row->holder), in_i64(row->token), in_i64(row->lease_until_ms),
            in_i64(row->status), in_bytes(row->body), in_i64(c->now_ms)),
        DB_OUT(out_i64(&row->n)));
}

#define AS_READ " version = version + 1 WHERE n = $1 AND state = 0 AND token = $2 AND version = $3"
#define IN_AS_READ(row) in_i64((row)->n), in_i64((row)->token), in_i64((row)->version)

enum err operation_take_over(
    struct ctx *c, const struct operation_row *row, uint64_t holder, int64_t lease_until_ms)
{
    return db_exec(c, 1,
        "UPDATE operation SET token = token + 1, holder = $4, lease_until_ms = $5," AS_READ,
        DB_IN(IN_AS_READ(row), in_i64((int64_t)holder), in_i64(lease_until_ms)));
}

enum err operation_keep_open(struct ctx *c, const struct operation_row *row, int64_t lease_until_ms)
{
    return db_exec(c, 1, "UPDATE operation SET lease_until_ms = $4," AS_READ,
        DB_IN(IN_AS_READ(row), in_i64(lease_until_ms)));
}

enum err operation_set_done(
    struct ctx *c, const struct operation_row *row, int status, struct str body)
{
    return db_exec(c, 1,
        "UPDATE operation SET state = 1, lease_until_ms = 0, status = $4, body = $5," AS_READ,
        DB_IN(IN_AS_READ(row), in_i64(status), in_bytes(body)));
}

/* ---- at start, and in the end */

struct leased {
    int64_t n;
    enum err (*each)(struct ctx *c, int64_t n, void *arg);
    void *arg;
};

static enum err hand_over(struct ctx *c, void *arg)
{
    struct leased *leased = arg;
    return leased->each(c, leased->n, leased->arg);
}

enum err operation_each_leased(
    struct ctx *c, enum err (*each)(struct ctx *c, int64_t n, void *arg), void *arg)
{
    struct leased leased = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT n FROM operation WHERE state = 0 AND lease_until_ms > 0 ORDER BY n LIMIT 100",
        DB_NO_IN, DB_OUT(out_i64(&leased.n)), hand_over, &leased);
}

enum err operation_end_lease(struct ctx *c, int64_t n)
{
    return db_exec(c, 1,
        "UPDATE operation SET lease_until_ms = 0, version = version + 1"
        " WHERE n = $1 AND state = 0",
        DB_IN(in_i64(n)));
}

/* n follows the time, so the old ones stand first: looking at a hundred of them is enough to know
 * whether there are any, and no index on the time is needed. */
enum err operation_delete_before(struct ctx *c, int64_t before_ms, int64_t *ret_deleted)
{
    int64_t last_n = 0, left = 0, all = 0;
    TRY(db_one(c,
        "SELECT COUNT(*), MAX(n) FROM (SELECT n FROM operation WHERE state = 1 ORDER BY n"
        " LIMIT 100) AS oldest",
        DB_NO_IN, DB_OUT(out_i64(&all), out_i64_null(&last_n))));
    TRY(db_exec(c, DB_ANY_ROWS,
        "DELETE FROM operation WHERE state = 1 AND n <= $1 AND created_ms < $2",
        DB_IN(in_i64(last_n), in_i64(before_ms))));
    TRY(db_one(c, "SELECT COUNT(*) FROM operation WHERE state = 1 AND n <= $1",
        DB_IN(in_i64(last_n)), DB_OUT(out_i64(&left))));
    *ret_deleted = all - left;
    return E_OK;
}

/* ---- for verify */

struct seeing {
    struct operation_seen seen;
    int64_t key_hash;
    enum err (*each)(struct ctx *c, const struct operation_seen *seen, void *arg);
    void *arg;
};

static enum err one_seen(struct ctx *c, void *arg)
{
    struct seeing *k = arg;
    const struct operation_row *row = &k->seen.row;
    k->seen.strayed =
        row->key.n < 8 || hash_of_mac((const unsigned char *)row->key.p) != k->key_hash;
    return k->each(c, &k->seen, k->arg);
}

enum err operation_each_seen(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct operation_seen *seen, void *arg), void *arg)
{
    struct seeing k = { .each = each, .arg = arg };
    struct operation_row *row = &k.seen.row;
    return db_each(c,
        "SELECT o.n, o.key_hash, o.key, o.kind, o.state,"
        " CASE WHEN EXISTS (SELECT 1 FROM job WHERE job.subject = CAST(o.n AS TEXT)"
        "  AND job.kind = 'operation_resume') THEN 1 ELSE 0 END"
        " FROM operation o WHERE o.n > $1 ORDER BY o.n LIMIT $2",
        DB_IN(in_i64(after_n), in_i64(limit)),
        DB_OUT(out_i64(&row->n), out_i64(&k.key_hash), out_bytes(&row->key), out_str(&row->kind),
            out_bool(&row->done), out_bool(&k.seen.resumes)),
        one_seen, &k);
}
