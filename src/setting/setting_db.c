#include "setting/setting.h"

#include "base/id.h"
#include "db/db.h"

enum err setting_find(struct ctx *c, struct str name, bool *ret_found, struct str *ret_value)
{
    return db_find(c, ret_found, "SELECT value FROM setting WHERE name = $1", DB_IN(in_str(name)),
        DB_OUT(out_str(ret_value)));
}

enum err setting_put(struct ctx *c, struct str name, struct str value)
{
    return db_exec(c, 1,
        "INSERT INTO setting (name, value) VALUES ($1, $2)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        DB_IN(in_str(name), in_str(value)));
}

struct first_secret {
    unsigned char drawn[32];
    struct str hex;
};

/* Two servers may start at once on a new database: the first one's stays. */
static enum err secret_tx(struct ctx *c, void *arg)
{
    struct first_secret *f = arg;
    struct str raw = { (const char *)f->drawn, sizeof f->drawn }, hex = { 0 };
    TRY(db_exec(c, DB_ANY_ROWS,
        "INSERT INTO setting (name, value) VALUES ('secret', $1) ON CONFLICT (name) DO NOTHING",
        DB_IN(in_str(hex_text(c->arena, raw)))));
    TRY(db_one(
        c, "SELECT value FROM setting WHERE name = 'secret'", DB_NO_IN, DB_OUT(out_str(&hex))));
    f->hex = hex;
    return E_OK;
}

enum err server_secret(struct ctx *c, struct secret *ret)
{
    struct first_secret f = { .hex = { NULL, 0 } };
    struct str raw = { 0 };
    random_bytes(c, f.drawn, sizeof f.drawn);
    TRY(db_tx(c, "setting.secret", secret_tx, &f));
    if (!hex_parse(c->arena, f.hex, &raw) || raw.n != sizeof f.drawn)
        return fail(c, STORE_CORRUPT, "the setting 'secret' is not 64 hex digits");
    *ret = secret_of(raw);
    return E_OK;
}
