#include "edge/key.h"

#include "db/db.h"

static struct str bytes_of(const struct sha256 *hash)
{
    return (struct str) { (const char *)hash->b, sizeof hash->b };
}

enum err key_insert(struct ctx *c, const struct key *key, struct str text)
{
    struct sha256 hash = sha256(text);
    return db_exec(c, 1,
        "INSERT INTO api_key (id, hash, shown, name, role, created_ms, expires_ms, used_ms,"
        " revoked_ms, version) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 1)",
        DB_IN(in_id(key->id), in_bytes(bytes_of(&hash)), in_str(str_part(text, 0, 12)),
            in_str(key->name), in_str(role_text(key->role)), in_i64(c->wall_ms),
            in_i64(key->expires_ms)));
}

enum err key_end(struct ctx *c, struct id id, bool *ret_was_live)
{
    int64_t n = 0, revoked_ms = 0, version = 0;
    bool found = false;
    TRY(db_find(c, &found, "SELECT n, revoked_ms, version FROM api_key WHERE id = $1 FOR UPDATE",
        DB_IN(in_id(id)), DB_OUT(out_i64(&n), out_i64(&revoked_ms), out_i64(&version))));
    if (!found)
        return fail(c, NOT_FOUND, "There is no such API key.");
    if (revoked_ms == 0)
        TRY(db_exec(c, 1,
            "UPDATE api_key SET revoked_ms = $2, version = version + 1"
            " WHERE n = $1 AND version = $3",
            DB_IN(in_i64(n), in_i64(c->wall_ms), in_i64(version))));
    *ret_was_live = revoked_ms == 0;
    return E_OK;
}

/* No version: two requests that use a key at once do not contradict each other. */
enum err key_used(struct ctx *c, int64_t n)
{
    return db_exec(c, DB_ANY_ROWS, "UPDATE api_key SET used_ms = $2 WHERE n = $1 AND used_ms < $2",
        DB_IN(in_i64(n), in_i64(c->wall_ms)));
}

static enum err read_role(struct ctx *c, struct str role, enum role *ret)
{
    if (!role_parse(role, ret) || !role_is_key(*ret))
        return fail(c, STORE_CORRUPT, "an API key has no known role");
    return E_OK;
}

enum err key_find(struct ctx *c, struct str text, bool *ret_found, struct key *ret)
{
    struct sha256 hash = sha256(text);
    struct key k = { 0 };
    struct str role = { 0 };
    bool found = false;
    TRY(db_find(c, &found,
        "SELECT n, id, role, name, shown, created_ms, expires_ms, used_ms FROM api_key"
        " WHERE hash = $1 AND revoked_ms = 0 AND (expires_ms = 0 OR expires_ms > $2)",
        DB_IN(in_bytes(bytes_of(&hash)), in_i64(c->wall_ms)),
        DB_OUT(out_i64(&k.n), out_id(&k.id), out_str(&role), out_str(&k.name), out_str(&k.shown),
            out_i64(&k.created_ms), out_i64(&k.expires_ms), out_i64(&k.used_ms))));
    if (found) {
        TRY(read_role(c, role, &k.role));
        *ret = k;
    }
    *ret_found = found;
    return E_OK;
}

struct listing {
    struct key *row;
    struct str role;
    enum err (*each)(struct ctx *c, void *arg);
    void *arg;
};

static enum err list_one(struct ctx *c, void *arg)
{
    struct listing *l = arg;
    TRY(read_role(c, l->role, &l->row->role));
    return l->each(c, l->arg);
}

enum err key_list(struct ctx *c, int64_t after_n, int64_t limit, struct key *row,
    enum err (*each)(struct ctx *c, void *arg), void *arg)
{
    struct listing l = { .row = row, .each = each, .arg = arg };
    return db_each(c,
        "SELECT n, id, role, name, shown, created_ms, expires_ms, used_ms, revoked_ms"
        "  FROM api_key WHERE n > $1 ORDER BY n LIMIT $2",
        DB_IN(in_i64(after_n), in_i64(limit)),
        DB_OUT(out_i64(&row->n), out_id(&row->id), out_str(&l.role), out_str(&row->name),
            out_str(&row->shown), out_i64(&row->created_ms), out_i64(&row->expires_ms),
            out_i64(&row->used_ms), out_i64(&row->revoked_ms)),
        list_one, &l);
}
