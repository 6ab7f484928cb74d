#include "db/migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Copies (engine.md 6): always a SQLite file of the same schema, from either engine, and from there
 * into either.  What one cannot do faster goes table by table, in the order of the migrations, so
 * that what a row refers to is there before it. */

/* ---- rows from one store into another */

struct copying {
    struct ctx *from, *to;
    const struct copy_table *table;
    struct str *name; /* of all tables, with the rows that the migrations alone put into each */
    int64_t *seeds;
    size_t names;
    struct buf *out;
    int64_t rows, tables;
};

static enum err put_row(struct ctx *c, const struct db_cell *cells, void *arg)
{
    struct copying *k = arg;
    must(c == k->from);
    k->rows++;
    return k->to->store->engine->copy_in_row(k->to, cells);
}

static enum err copy_rows(struct copying *k)
{
    const struct engine *from = k->from->store->engine, *to = k->to->store->engine;
    TRY(to->copy_in_begin(k->to, k->table));
    TRY(from->copy_out(k->from, k->table, put_row, k));
    return to->copy_in_end(k->to);
}

static enum err copy_table(struct copying *k, struct str name)
{
    struct copy_table table = { .name = name };
    enum err e = k->from->store->engine->copy_columns(k->from, &table);
    if (e == E_NOT_FOUND)
        return E_OK; /* of a migration that this database does not have yet */
    TRY(e);
    int64_t before = k->rows;
    k->table = &table;
    TRY(copy_rows(k));
    buf_fmt(k->out, "%-24.*s %10lld rows\n", SARG(name), (long long)(k->rows - before));
    k->tables++;
    return E_OK;
}

/* ---- what the migrations put into an empty database makes way for the copy */

struct counting {
    int64_t rows, most;
};

static enum err count_row(struct ctx *c, const struct db_cell *cells, void *arg)
{
    struct counting *k = arg;
    must(cells != NULL);
    return ++k->rows > k->most ? fail(c, CONFLICT, "there are rows already") : E_OK;
}

static enum err count_rows(struct ctx *c, struct str name, int64_t most, int64_t *ret)
{
    struct copy_table table = { .name = name };
    struct counting k = { .most = most };
    TRY(c->store->engine->copy_columns(c, &table));
    TRY(c->store->engine->copy_out(c, &table, count_row, &k));
    *ret = k.rows;
    return E_OK;
}

static enum err count_seeds(struct ctx *c, void *arg)
{
    struct copying *k = arg;
    for (size_t i = 0; i < k->names; i++) {
        enum err e = count_rows(c, k->name[i], INT64_MAX, &k->seeds[i]);
        if (e != E_OK && e != E_NOT_FOUND)
            return e;
    }
    return E_OK;
}

/* Read off a database that has seen the migrations and nothing else. */
static enum err find_seeds(struct ctx *c, int schema, struct copying *k)
{
    struct ctx pure = ctx_sibling(c, c->arena);
    struct buf unsaid = BUF(c->arena);
    struct store_options options = {
        .url = S("sqlite::memory:"), .inline_pump = true, .quiet_schema = true
    };
    schema_tables(c->arena, &k->name, &k->names);
    k->seeds = arena_array(c->arena, int64_t, k->names);
    enum err e = store_open(&pure, &options, &pure.store);
    if (e == E_OK) {
        if (schema > 0)
            e = schema_migrate_of(&pure, embedded_files, schema, &unsaid);
        if (e == E_OK)
            e = db_read(&pure, count_seeds, k);
        store_close(pure.store);
    }
    c->err = pure.err;
    return e;
}

static enum err remove_seeds(struct copying *k)
{
    struct ctx *to = k->to;
    for (size_t i = k->names; i > 0; i--) {
        struct str name = k->name[i - 1];
        int64_t rows = 0;
        if (k->seeds[i - 1] == 0)
            continue;
        enum err e = count_rows(to, name, k->seeds[i - 1], &rows);
        if (e == E_CONFLICT)
            return fail(to, CONFLICT,
                "the table %.*s is not empty; restore wants an empty database", SARG(name));
        TRY(e);
        TRY(to->store->engine->script(to, str_fmt(to->arena, "DELETE FROM %.*s;", SARG(name))));
    }
    return E_OK;
}

/* In a snapshot of `from` and a transaction of `to`.  Either side may be what failed. */
static enum err copy_tables(struct ctx *from, void *arg)
{
    struct copying *k = arg;
    k->rows = k->tables = 0;
    enum err e = remove_seeds(k);
    for (size_t i = 0; e == E_OK && i < k->names; i++)
        e = copy_table(k, k->name[i]);
    if (e != E_OK && from->err.code == CODE_NONE)
        from->err = k->to->err;
    return e;
}

static enum err copy_tx(struct ctx *to, void *arg)
{
    struct copying *k = arg;
    k->to = to;
    size_t said = k->out->n;
    enum err e = db_read_long(k->from, copy_tables, k);
    if (e != E_OK) {
        k->out->n = said;
        to->err = k->from->err;
    }
    return e;
}

/* ---- from this store into a file */

static enum err into_file(struct ctx *c, struct str url, struct buf *out)
{
    struct schema_state schema = { 0 };
    TRY(schema_read(c, &schema));
    struct ctx file = ctx_sibling(c, c->arena);
    struct store_options options = {
        .url = url, .readers = 1, .inline_pump = true, .quiet_schema = true
    };
    enum err e = store_open(&file, &options, &file.store);
    if (e == E_OK) {
        struct ctx from = *c;
        struct buf unsaid = BUF(c->arena);
        struct copying k = { .from = &from, .out = out };
        e = find_seeds(&file, schema.have, &k);
        if (e == E_OK && schema.have > 0)
            e = schema_migrate_of(&file, embedded_files, schema.have, &unsaid);
        if (e == E_OK)
            e = db_tx(&file, "backup", copy_tx, &k);
        store_close(file.store);
    }
    c->err = file.err;
    return e;
}

static void unlink_beside(struct ctx *c, struct str path, const char *what)
{
    unlink(str_fmt(c->arena, "%.*s%s", SARG(path), what).p);
}

static void remove_part(struct ctx *c, struct str part)
{
    static const char *const beside[] = { "", "-journal", "-wal", "-shm", "-lock" };
    for (size_t i = 0; i < ARRAY_LEN(beside); i++)
        unlink_beside(c, part, beside[i]);
}

/* Made first, so that nobody else can ever read it. */
static enum err make_part(struct ctx *c, struct str part)
{
    const char *name = str_c(c->arena, part);
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(c, INVALID_REQUEST, "cannot write %s: %s", name, strerror(errno));
    close(fd);
    return E_OK;
}

static enum err write_part(struct ctx *c, struct str part, struct buf *out)
{
    TRY(make_part(c, part));
    if (c->store->engine->backup != NULL)
        return c->store->engine->backup(c, part);
    return into_file(c, str_fmt(c->arena, "sqlite:%.*s", SARG(part)), out);
}

enum err store_backup(struct ctx *c, struct str path, struct buf *out)
{
    must(c->db == NULL);
    if (access(str_c(c->arena, path), F_OK) == 0)
        return fail(c, CONFLICT, "%.*s exists already", SARG(path));
    struct str part = str_fmt(c->arena, "%.*s.part", SARG(path));
    remove_part(c, part); /* what a backup that was killed left */
    enum err e = write_part(c, part, out);
    if (e == E_OK)
        e = sqlite_file_seal(c, part, path, out);
    remove_part(c, part);
    if (e == E_OK)
        buf_fmt(out, "backup in %.*s\n", SARG(path));
    return e;
}

/* ---- from a file into this store */

static enum err from_file(struct ctx *c, struct ctx *file, struct buf *out)
{
    struct buf said = BUF(c->arena);
    struct schema_state have = { 0 };
    enum err e = schema_read(file, &have);
    if (e == E_OK && (have.newer || have.have == 0))
        e = have.newer ? fail(file, INVALID_REQUEST, "the copy was made by a newer purser")
                       : fail(file, INVALID_REQUEST, "the file is not a copy of a purser database");
    if (e != E_OK) {
        c->err = file->err;
        return e;
    }
    struct schema_state mine = { 0 };
    TRY(schema_read(c, &mine));
    if (mine.have > have.have)
        return fail(c, CONFLICT,
            "the copy has schema %d, this database %d: restore into an empty database", have.have,
            mine.have);
    TRY(schema_migrate_of(c, embedded_files, have.have, &said));
    struct copying k = { .from = file, .out = out };
    TRY(find_seeds(c, have.have, &k));
    TRY(db_tx(c, "restore", copy_tx, &k));
    TRY(schema_migrate(c, out));
    buf_fmt(out, "restored %lld rows of %lld tables\n", (long long)k.rows, (long long)k.tables);
    return E_OK;
}

enum err store_restore(struct ctx *c, struct str path, struct buf *out)
{
    must(c->db == NULL);
    struct ctx file = ctx_sibling(c, c->arena);
    enum err e = sqlite_source_open(&file, path, &file.store);
    if (e != E_OK) {
        c->err = file.err;
        return e;
    }
    e = from_file(c, &file, out);
    store_close(file.store);
    return e;
}
