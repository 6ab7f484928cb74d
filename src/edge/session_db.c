#include "edge/session.h"

#include "db/db.h"

static struct str bytes_of(const struct sha256 *hash)
{
    return (struct str) { (const char *)hash->b, sizeof hash->b };
}

enum err session_begin(struct ctx *c, const struct session_new *in)
{
    must((in->admin_n == 0) != (in->customer_id.n == 0));
    TRY(session_end(c, in->old_secret));
    struct sha256 hash = sha256(in->secret);
    return db_exec(c, 1,
        "INSERT INTO session (hash, admin_n, customer_id, created_ms, used_ms)"
        " VALUES ($1, $2, $3, $4, $5)",
        DB_IN(in_bytes(bytes_of(&hash)), in->admin_n == 0 ? in_null() : in_i64(in->admin_n),
            in_str_or_null(in->customer_id), in_i64(c->wall_ms), in_i64(c->wall_ms)));
}

enum err session_find(struct ctx *c, struct str secret, bool *ret_found, struct session *ret)
{
    struct sha256 hash = sha256(secret);
    struct session s = { .role = ROLE_USER };
    struct str role = { 0 };
    bool found = false;
    TRY(db_find(c, &found,
        "SELECT s.n, s.admin_n, a.id, a.role, s.customer_id, s.created_ms, s.used_ms,"
        " a.mail FROM session s LEFT JOIN admin a ON a.n = s.admin_n"
        " WHERE s.hash = $1 AND s.created_ms > $2"
        "   AND (s.admin_n IS NULL OR (s.used_ms > $3 AND a.disabled_ms = 0))",
        DB_IN(in_bytes(bytes_of(&hash)), in_i64(c->wall_ms - SESSION_LIFE_MS),
            in_i64(c->wall_ms - SESSION_REST_MS)),
        DB_OUT(out_i64(&s.n), out_i64_null(&s.admin_n), out_id_null(&s.admin_id),
            out_str_null(&role), out_str_null(&s.customer_id), out_i64(&s.created_ms),
            out_i64(&s.used_ms), out_str_null(&s.admin_mail))));
    if (found && role.n > 0 && !role_parse(role, &s.role))
        return fail(c, STORE_CORRUPT, "admin %lld has no known role", (long long)s.admin_n);
    if (found)
        *ret = s;
    *ret_found = found;
    return E_OK;
}

enum err session_used(struct ctx *c, int64_t n)
{
    return db_exec(c, DB_ANY_ROWS, "UPDATE session SET used_ms = $2 WHERE n = $1 AND used_ms < $2",
        DB_IN(in_i64(n), in_i64(c->wall_ms)));
}

enum err session_end(struct ctx *c, struct str secret)
{
    if (secret.n == 0)
        return E_OK;
    struct sha256 hash = sha256(secret);
    return db_exec(
        c, DB_ANY_ROWS, "DELETE FROM session WHERE hash = $1", DB_IN(in_bytes(bytes_of(&hash))));
}

enum err session_end_admin(struct ctx *c, int64_t admin_n)
{
    return db_exec(
        c, DB_ANY_ROWS, "DELETE FROM session WHERE admin_n = $1", DB_IN(in_i64(admin_n)));
}

enum err session_take_once(struct ctx *c, struct sha256 id, int64_t until_ms, bool *ret_first)
{
    int64_t kept_until = 0;
    return db_find(c, ret_first,
        "INSERT INTO used_token (hash, until_ms) VALUES ($1, $2)"
        " ON CONFLICT (hash) DO NOTHING RETURNING until_ms",
        DB_IN(in_bytes(bytes_of(&id)), in_i64(until_ms)), DB_OUT(out_i64(&kept_until)));
}

/* ---- forgetting: a hundred of each a transaction, until fewer were there */
enum {
    FORGET = 100
};
struct forget {
    int64_t row, sessions, tokens, links;
};

static enum err count(struct ctx *c, void *arg)
{
    (void)c;
    int64_t *n = arg;
    ++*n;
    return E_OK;
}

static enum err forget_tx(struct ctx *c, void *arg)
{
    struct forget f = { 0 };
    TRY(db_each(c,
        "DELETE FROM session WHERE n IN"
        " (SELECT n FROM session WHERE created_ms < $1 ORDER BY n LIMIT 100) RETURNING n",
        DB_IN(in_i64(c->wall_ms - SESSION_LIFE_MS)), DB_OUT(out_i64(&f.row)), count, &f.sessions));
    TRY(db_each(c,
        "DELETE FROM used_token WHERE hash IN"
        " (SELECT hash FROM used_token WHERE until_ms < $1 ORDER BY hash LIMIT 100)"
        " RETURNING until_ms",
        DB_IN(in_i64(c->wall_ms)), DB_OUT(out_i64(&f.row)), count, &f.tokens));
    TRY(db_each(c,
        "DELETE FROM password_link WHERE hash IN"
        " (SELECT hash FROM password_link WHERE until_ms < $1 ORDER BY hash LIMIT 100)"
        " RETURNING until_ms",
        DB_IN(in_i64(c->wall_ms)), DB_OUT(out_i64(&f.row)), count, &f.links));
    *(struct forget *)arg = f;
    return E_OK;
}

enum err session_forget(struct ctx *c, struct str subject)
{
    (void)subject;
    struct forget f;
    do {
        f = (struct forget) { 0 };
        TRY(db_tx_job(c, "session_forget", forget_tx, &f));
    } while (f.sessions == FORGET || f.tokens == FORGET || f.links == FORGET);
    return E_OK;
}
