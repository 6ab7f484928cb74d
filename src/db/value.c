#include "db/engine.h"

#include <string.h>

#include "base/fault.h"

/* Values on their way in and out: the one place where columns become C. */

struct db_in in_null(void)
{
    return (struct db_in) { .kind = DB_IN_NULL };
}

struct db_in in_i64(int64_t v)
{
    return (struct db_in) { .kind = DB_IN_I64, .i64 = v };
}

struct db_in in_bool(bool v)
{
    return in_i64(v ? 1 : 0);
}

/* An empty str may point nowhere; an empty value is not NULL. */
static struct str somewhere(struct str s)
{
    return s.p == NULL ? S("") : s;
}

struct db_in in_str(struct str s)
{
    /* PostgreSQL would refuse it and SQLite would keep it: whatever comes from outside has been
     * cleaned long before. */
    must(str_is_utf8(s));
    return (struct db_in) { .kind = DB_IN_TEXT, .str = somewhere(s) };
}

struct db_in in_str_or_null(struct str s)
{
    return s.n == 0 ? in_null() : in_str(s);
}

struct db_in in_bytes(struct str s)
{
    return (struct db_in) { .kind = DB_IN_BYTES, .str = somewhere(s) };
}

/* The bytes travel inside the value: a struct that is returned has no fixed address, so str stays
 * empty and db_in_str finds them where the value then lies. */
struct db_in in_id(struct id id)
{
    struct db_in in = { .kind = DB_IN_BYTES };
    memcpy(in.id, id.b, sizeof in.id);
    return in;
}

struct str db_in_str(const struct db_in *in)
{
    must(in->kind == DB_IN_TEXT || in->kind == DB_IN_BYTES);
    if (in->kind == DB_IN_BYTES && in->str.p == NULL)
        return (struct str) { (const char *)in->id, sizeof in->id };
    return in->str;
}

struct db_out out_i64(int64_t *p)
{
    return (struct db_out) { DB_OUT_I64, false, p };
}

struct db_out out_i64_null(int64_t *p)
{
    return (struct db_out) { DB_OUT_I64, true, p };
}

struct db_out out_bool(bool *p)
{
    return (struct db_out) { DB_OUT_BOOL, false, p };
}

struct db_out out_str(struct str *p)
{
    return (struct db_out) { DB_OUT_TEXT, false, p };
}

struct db_out out_str_null(struct str *p)
{
    return (struct db_out) { DB_OUT_TEXT, true, p };
}

struct db_out out_bytes(struct str *p)
{
    return (struct db_out) { DB_OUT_BYTES, false, p };
}

struct db_out out_bytes_null(struct str *p)
{
    return (struct db_out) { DB_OUT_BYTES, true, p };
}

struct db_out out_id(struct id *p)
{
    return (struct db_out) { DB_OUT_ID, false, p };
}

struct db_out out_id_null(struct id *p)
{
    return (struct db_out) { DB_OUT_ID, true, p };
}

struct db_out out_currency(enum currency *p)
{
    return (struct db_out) { DB_OUT_CURRENCY, false, p };
}

struct db_out out_currency_null(enum currency *p)
{
    return (struct db_out) { DB_OUT_CURRENCY, true, p };
}

struct db_out out_enum_(void *p)
{
    return (struct db_out) { DB_OUT_ENUM, false, p };
}

static enum err set_number(const struct db_out *out, const struct db_cell *cell)
{
    if (cell->kind != CELL_I64)
        return E_INTERNAL;
    int64_t v = cell->i64;
    if (out->kind == DB_OUT_I64) {
        *(int64_t *)out->target = v;
        return E_OK;
    }
    if (out->kind == DB_OUT_BOOL) {
        if (v != 0 && v != 1)
            return E_INTERNAL;
        *(bool *)out->target = v == 1;
        return E_OK;
    }
    if (v < INT32_MIN || v > INT32_MAX)
        return E_INTERNAL;
    int32_t narrow = (int32_t)v;
    memcpy(out->target, &narrow, sizeof narrow);
    return E_OK;
}

static enum err set_text(struct ctx *c, const struct db_out *out, const struct db_cell *cell)
{
    bool bytes = out->kind == DB_OUT_BYTES || out->kind == DB_OUT_ID;
    if (cell->kind != (bytes ? CELL_BYTES : CELL_TEXT))
        return E_INTERNAL;
    if (out->kind == DB_OUT_ID) {
        if (cell->str.n != sizeof(struct id))
            return E_INTERNAL;
        memcpy(out->target, cell->str.p, sizeof(struct id));
        return E_OK;
    }
    if (out->kind == DB_OUT_CURRENCY) {
        enum currency cur;
        if (!currency_parse(cell->str, &cur) || !str_eq(currency_code(cur), cell->str))
            return E_INTERNAL;
        *(enum currency *)out->target = cur;
        return E_OK;
    }
    /* PostgreSQL cannot hold other text; a file of SQLite might have been written by a stranger. */
    if (!bytes && !str_is_utf8(cell->str))
        return E_INTERNAL;
    *(struct str *)out->target = str_copy(c->arena, cell->str);
    return E_OK;
}

static enum err set(struct ctx *c, const struct db_out *out, const struct db_cell *cell)
{
    if (cell->kind == CELL_NULL)
        return out->nullable ? E_OK : E_INTERNAL;
    switch (out->kind) {
    case DB_OUT_I64:
    case DB_OUT_ENUM:
    case DB_OUT_BOOL:
        return set_number(out, cell);
    case DB_OUT_TEXT:
    case DB_OUT_BYTES:
    case DB_OUT_ID:
    case DB_OUT_CURRENCY:
        return set_text(c, out, cell);
    }
    never("db_out: no such kind");
}

static const char *cell_words(const struct db_cell *cell)
{
    switch (cell->kind) {
    case CELL_NULL:
        return "NULL";
    case CELL_I64:
        return "a number that does not fit";
    case CELL_TEXT:
        return "text that does not fit";
    case CELL_BYTES:
        return "bytes that do not fit";
    }
    never("db_cell: no such kind");
}

enum err db_fill(struct ctx *c, const char *sql, struct db_outs outs, const struct db_stmt *st)
{
    const struct engine *engine = c->store->engine;
    for (size_t i = 0; i < outs.n; i++) {
        struct db_cell cell = engine->cell(st, i);
        if (set(c, &outs.v[i], &cell) != E_OK)
            return fail(c, STORE_CORRUPT, "column %zu is %s in: %s", i + 1, cell_words(&cell), sql);
    }
    return E_OK;
}

enum err db_count(struct ctx *c, const char *sql, int64_t want, int64_t changed)
{
    if (want == DB_ANY_ROWS || want == changed || MUTANT(10))
        return E_OK;
    return fail(c, CONFLICT, "changed %lld rows instead of %lld: %s", (long long)changed,
        (long long)want, sql);
}
