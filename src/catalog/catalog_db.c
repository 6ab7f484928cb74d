#include "catalog/catalog_db.h"

#include "db/db.h"

enum err catalog_newest(struct ctx *c, struct catalog_asked *ret)
{
    return db_ask(c, &ret->found, "SELECT n FROM catalog ORDER BY n DESC LIMIT 1", DB_NO_IN,
        DB_OUT(out_i64(&ret->n)));
}

enum err catalog_text(struct ctx *c, int64_t n, struct str *ret)
{
    return db_one(
        c, "SELECT body FROM catalog WHERE n = $1", DB_IN(in_i64(n)), DB_OUT(out_str(ret)));
}

enum err catalog_insert(struct ctx *c, struct str text, int64_t *ret_n)
{
    return db_one(c,
        "INSERT INTO catalog (applied_ms, actor, body) VALUES ($1, $2, $3) RETURNING n",
        DB_IN(in_i64(c->now_ms), in_str(c->actor), in_str(text)), DB_OUT(out_i64(ret_n)));
}
