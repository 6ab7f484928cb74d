#include "setting/setting.h"

#include "base/id.h"
#include "base/sealed.h"
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

static struct str place_of(struct ctx *c, struct str name)
{
    return str_fmt(c->arena, "setting/%.*s", SARG(name));
}

struct first {
    struct str name, drawn, kept;
};

/* Two servers may start at once on a new database: the first one's stays. */
static enum err first_tx(struct ctx *c, void *arg)
{
    struct first *f = arg;
    struct str kept = { 0 }, stored;
    TRY(sealed_write_text(c, place_of(c, f->name), f->drawn, &stored));
    TRY(db_exec(c, DB_ANY_ROWS,
        "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        DB_IN(in_str(f->name), in_str(stored))));
    TRY(db_one(c, "SELECT value FROM setting WHERE name = $1", DB_IN(in_str(f->name)),
        DB_OUT(out_str(&kept))));
    return sealed_read_text(c, place_of(c, f->name), kept, &f->kept);
}

enum err server_secret(struct ctx *c, struct secret *ret)
{
    unsigned char drawn[32];
    struct str raw = { (const char *)drawn, sizeof drawn };
    random_bytes(c, drawn, sizeof drawn);
    struct first f = { .name = S("secret"), .drawn = hex_text(c->arena, raw) };
    TRY(db_tx(c, "setting.secret", first_tx, &f));
    if (!hex_parse(c->arena, f.kept, &raw) || raw.n != sizeof drawn)
        return fail(c, STORE_CORRUPT, "the setting 'secret' is not 64 hex digits");
    *ret = secret_of(raw);
    return E_OK;
}

#define KEY_NAME S("key")

static enum err key_is_there(struct ctx *c, void *arg)
{
    struct str value = { 0 };
    return setting_find(c, KEY_NAME, arg, &value);
}

enum err server_key_make(struct ctx *c)
{
    struct first f = { .name = KEY_NAME };
    bool found = false;
    TRY(db_read(c, key_is_there, &found));
    if (found)
        return E_OK;
    TRY(sign_key_new(c, &f.drawn));
    return db_tx(c, "setting.key", first_tx, &f);
}

enum err server_key_find(struct ctx *c, struct secret *ret_pem)
{
    struct str value = { 0 };
    bool found = false;
    TRY(setting_find(c, KEY_NAME, &found, &value));
    if (!found)
        return fail(c, STORE_CORRUPT, "the setting 'key' is missing; a start makes it");
    TRY(sealed_read_text(c, place_of(c, KEY_NAME), value, &value));
    *ret_pem = secret_of(value);
    return E_OK;
}

enum err server_secrets_reseal(struct ctx *c, struct resealing *k)
{
    const struct str names[] = { S("secret"), KEY_NAME };
    struct str value = { 0 };
    if (k->n == (int64_t)ARRAY_LEN(names)) {
        k->found = false;
        return E_OK;
    }
    const struct str name = names[k->n++];
    TRY(setting_find(c, name, &k->found, &value));
    k->changed = k->found && !sealed_is_current_text(c, value);
    if (k->changed) {
        TRY(sealed_read_text(c, place_of(c, name), value, &value));
        TRY(sealed_write_text(c, place_of(c, name), value, &value));
        TRY(setting_put(c, name, value));
    }
    k->found = true;
    return E_OK;
}
