#include "dispute/evidence_db.h"

#include "db/db.h"

enum err evidence_db_put_file(struct ctx *c, struct dispute_file *f)
{
    return db_one(c,
        "INSERT INTO dispute_file (id, dispute_n, field, name, type, size, body, uploaded,"
        " created_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8) RETURNING n",
        DB_IN(in_id(f->id), in_i64(f->dispute_n), in_str(f->field->name), in_str(f->name),
            in_str(f->type), in_i64((int64_t)f->body.n), in_bytes(f->body), in_i64(c->now_ms)),
        DB_OUT(out_i64(&f->n)));
}

enum err evidence_db_drop_file(struct ctx *c, int64_t dispute_n, struct str field)
{
    return db_exec(c, DB_ANY_ROWS, "DELETE FROM dispute_file WHERE dispute_n = $1 AND field = $2",
        DB_IN(in_i64(dispute_n), in_str(field)));
}

struct files {
    struct dispute_file row, *f;
    struct str field;
    size_t n, max;
};

static enum err known(struct ctx *c, struct str field, struct dispute_file *f)
{
    f->field = evidence_field_find(field);
    return f->field == NULL ? fail(c, STORE_CORRUPT, "a document of no kind: %.*s", SARG(field))
                            : E_OK;
}

static enum err take(struct ctx *c, void *arg)
{
    struct files *k = arg;
    must(k->n < k->max);
    TRY(known(c, k->field, &k->row));
    k->f[k->n++] = k->row;
    k->row = (struct dispute_file) { .n = 0 };
    return E_OK;
}

enum err evidence_db_files(
    struct ctx *c, int64_t dispute_n, struct dispute_file *ret, size_t max, size_t *ret_n)
{
    struct files k = { .f = ret, .max = max };
    TRY(db_each(c,
        "SELECT n, id, dispute_n, field, name, type, size, uploaded, created_ms FROM dispute_file"
        " WHERE dispute_n = $1 ORDER BY field LIMIT $2",
        DB_IN(in_i64(dispute_n), in_i64((int64_t)max)),
        DB_OUT(out_i64(&k.row.n), out_id(&k.row.id), out_i64(&k.row.dispute_n), out_str(&k.field),
            out_str(&k.row.name), out_str(&k.row.type), out_i64(&k.row.size),
            out_str(&k.row.uploaded), out_i64(&k.row.created_ms)),
        take, &k));
    *ret_n = k.n;
    return E_OK;
}

enum err evidence_db_file(struct ctx *c, struct id id, bool *ret_found, struct dispute_file *ret)
{
    struct dispute_file f = { .n = 0 };
    struct str field = S("");
    TRY(db_find(c, ret_found,
        "SELECT n, id, dispute_n, field, name, type, size, body, uploaded, created_ms"
        " FROM dispute_file WHERE id = $1",
        DB_IN(in_id(id)),
        DB_OUT(out_i64(&f.n), out_id(&f.id), out_i64(&f.dispute_n), out_str(&field),
            out_str(&f.name), out_str(&f.type), out_i64(&f.size), out_bytes(&f.body),
            out_str(&f.uploaded), out_i64(&f.created_ms))));
    if (!*ret_found)
        return E_OK;
    TRY(known(c, field, &f));
    *ret = f;
    return E_OK;
}

enum err evidence_db_uploaded(struct ctx *c, int64_t n, struct str uploaded)
{
    return db_exec(c, DB_ANY_ROWS, "UPDATE dispute_file SET uploaded = $1 WHERE n = $2",
        DB_IN(in_str(uploaded), in_i64(n)));
}
