#include "app/bench.h"

/* The rows that the bare engine is measured with: one of 64 settings, so that writers meet but do
 * not queue up behind one row, and one fact. */

enum err bench_read(struct ctx *c, struct str name, struct str *ret_value)
{
    bool found = false;
    struct str value = S("0");
    TRY(db_find(c, &found, "SELECT value FROM setting WHERE name = $1", DB_IN(in_str(name)),
        DB_OUT(out_str(&value))));
    *ret_value = value;
    return E_OK;
}

enum err bench_write(struct ctx *c, struct str name, struct str value)
{
    return db_exec(c, 1,
        "INSERT INTO setting (name, value) VALUES ($1, $2)"
        " ON CONFLICT (name) DO UPDATE SET value = $2",
        DB_IN(in_str(name), in_str(value)));
}
