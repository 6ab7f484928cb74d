#include "switch/switch_db.h"

#include "db/db.h"

enum err switch_db_read(struct ctx *c, struct switch_row *row)
{
    return db_find(c, &row->off, "SELECT reason, actor, since_ms FROM held WHERE name = $1",
        DB_IN(in_str(row->name)),
        DB_OUT(out_str(&row->reason), out_str(&row->actor), out_i64(&row->since_ms)));
}

enum err switch_db_hold(struct ctx *c, const struct switch_row *row)
{
    return db_exec(c, 1,
        "INSERT INTO held (name, reason, actor, since_ms) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (name) DO UPDATE SET reason = excluded.reason, actor = excluded.actor",
        DB_IN(in_str(row->name), in_str(row->reason), in_str(row->actor), in_i64(row->since_ms)));
}

enum err switch_db_release(struct ctx *c, struct str name)
{
    return db_exec(c, DB_ANY_ROWS, "DELETE FROM held WHERE name = $1", DB_IN(in_str(name)));
}
