#include "invoice/invoice_db.h"

#include "db/db.h"

#define COLUMNS                                                                                    \
    "i.n, i.id, i.kind, i.year, i.number, i.order_n, i.refund_n, i.currency, i.total_minor,"       \
    " i.tax_minor, i.issued_ms, i.fact_n, i.email, i.method"
#define OUT_INVOICE(i)                                                                             \
    out_i64(&(i)->n), out_id(&(i)->id), out_enum(&(i)->kind), out_i64(&(i)->year),                 \
        out_i64(&(i)->number), out_i64(&(i)->order_n), out_i64(&(i)->refund_n),                    \
        out_currency(&(i)->currency), out_i64(&(i)->total_minor), out_i64(&(i)->tax_minor),        \
        out_i64(&(i)->issued_ms), out_i64(&(i)->fact_n), out_str(&(i)->email),                     \
        out_str(&(i)->method)

/* ---- numbers */

enum err invoice_db_lock_series(struct ctx *c, struct invoice_series *ret)
{
    struct invoice_series s = { 0 };
    TRY(db_one(c, "SELECT year, last, issued_ms FROM invoice_series WHERE n = 1 FOR UPDATE",
        DB_NO_IN, DB_OUT(out_i64(&s.year), out_i64(&s.last), out_i64(&s.issued_ms))));
    *ret = s;
    return E_OK;
}

enum err invoice_db_read_series(struct ctx *c, struct invoice_series *ret)
{
    struct invoice_series s = { 0 };
    TRY(db_one(c, "SELECT year, last, issued_ms FROM invoice_series WHERE n = 1", DB_NO_IN,
        DB_OUT(out_i64(&s.year), out_i64(&s.last), out_i64(&s.issued_ms))));
    *ret = s;
    return E_OK;
}

enum err invoice_db_set_series(struct ctx *c, const struct invoice_series *s)
{
    return db_exec(c, 1,
        "UPDATE invoice_series SET year = $1, last = $2, issued_ms = $3 WHERE n = 1",
        DB_IN(in_i64(s->year), in_i64(s->last), in_i64(s->issued_ms)));
}

/* ---- the row */

enum err invoice_db_insert(struct ctx *c, struct invoice *i, struct str content)
{
    return db_one(c,
        "INSERT INTO invoice (id, kind, year, number, order_n, refund_n, currency, total_minor,"
        " tax_minor, issued_ms, fact_n, email, method, content)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING n",
        DB_IN(in_id(i->id), in_i64((int64_t)i->kind), in_i64(i->year), in_i64(i->number),
            in_i64(i->order_n), in_i64(i->refund_n), in_str(currency_code(i->currency)),
            in_i64(i->total_minor), in_i64(i->tax_minor), in_i64(i->issued_ms), in_i64(i->fact_n),
            in_str(i->email), in_str(i->method), in_str(content)),
        DB_OUT(out_i64(&i->n)));
}

enum err invoice_sale_of(struct ctx *c, int64_t order_n, bool *ret_found, struct invoice *ret)
{
    struct invoice i = { .n = 0 };
    TRY(db_find(c, ret_found,
        "SELECT " COLUMNS " FROM invoice i WHERE i.order_n = $1 AND i.kind = 0",
        DB_IN(in_i64(order_n)), DB_OUT(OUT_INVOICE(&i))));
    if (*ret_found)
        *ret = i;
    return E_OK;
}

enum err invoice_db_back(struct ctx *c, int64_t order_n, int64_t *ret_minor, int64_t *ret_tax_minor)
{
    return db_one(c,
        "SELECT CAST(COALESCE(-SUM(total_minor), 0) AS BIGINT),"
        " CAST(COALESCE(-SUM(tax_minor), 0) AS BIGINT)"
        " FROM invoice WHERE order_n = $1 AND kind > 0",
        DB_IN(in_i64(order_n)), DB_OUT(out_i64(ret_minor), out_i64(ret_tax_minor)));
}

struct each {
    struct invoice row;
    enum err (*each)(struct ctx *c, const struct invoice *i, void *arg);
    void *arg;
};

static enum err hand_over(struct ctx *c, void *arg)
{
    struct each *e = arg;
    return e->each(c, &e->row, e->arg);
}

enum err invoice_db_of_order(struct ctx *c, int64_t order_n,
    enum err (*each)(struct ctx *c, const struct invoice *i, void *arg), void *arg)
{
    struct each e = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT " COLUMNS " FROM invoice i WHERE i.order_n = $1 ORDER BY i.n LIMIT $2",
        DB_IN(in_i64(order_n), in_i64(INVOICES_OF)), DB_OUT(OUT_INVOICE(&e.row)), hand_over, &e);
}

enum err invoice_db_by_id(struct ctx *c, struct id id, bool *ret_found, struct invoice *ret)
{
    struct invoice i = { .n = 0 };
    TRY(db_find(c, ret_found, "SELECT " COLUMNS " FROM invoice i WHERE i.id = $1", DB_IN(in_id(id)),
        DB_OUT(OUT_INVOICE(&i))));
    if (*ret_found)
        *ret = i;
    return E_OK;
}

enum err invoice_db_by_number(
    struct ctx *c, int64_t year, int64_t number, bool *ret_found, struct invoice *ret)
{
    struct invoice i = { .n = 0 };
    TRY(db_find(c, ret_found,
        "SELECT " COLUMNS " FROM invoice i WHERE i.year = $1 AND i.number = $2",
        DB_IN(in_i64(year), in_i64(number)), DB_OUT(OUT_INVOICE(&i))));
    if (*ret_found)
        *ret = i;
    return E_OK;
}

enum err invoice_db_content(struct ctx *c, int64_t n, struct str *ret)
{
    return db_one(
        c, "SELECT content FROM invoice WHERE n = $1", DB_IN(in_i64(n)), DB_OUT(out_str(ret)));
}

/* Whose an invoice is, its order says: a guest's may become a customer's. */
enum err invoice_list(struct ctx *c, int64_t customer_n, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct invoice *i, void *arg), void *arg)
{
    struct each e = { .each = each, .arg = arg };
    const int64_t below = after_n > 0 ? after_n : INT64_MAX;
    if (customer_n != 0)
        return db_each(c,
            "SELECT " COLUMNS " FROM purchase p JOIN invoice i ON i.order_n = p.n"
            " WHERE p.customer_n = $1 AND i.n < $2 ORDER BY i.n DESC LIMIT $3",
            DB_IN(in_i64(customer_n), in_i64(below), in_i64(limit)), DB_OUT(OUT_INVOICE(&e.row)),
            hand_over, &e);
    return db_each(c, "SELECT " COLUMNS " FROM invoice i WHERE i.n < $1 ORDER BY i.n DESC LIMIT $2",
        DB_IN(in_i64(below), in_i64(limit)), DB_OUT(OUT_INVOICE(&e.row)), hand_over, &e);
}

/* ---- for verify */

struct each_sealed {
    struct invoice_sealed row;
    enum err (*each)(struct ctx *c, const struct invoice_sealed *row, void *arg);
    void *arg;
};

static enum err hand_sealed(struct ctx *c, void *arg)
{
    struct each_sealed *e = arg;
    struct invoice_sealed row = e->row;
    e->row.said = S("");
    return e->each(c, &row, e->arg);
}

enum err invoice_db_each_number(struct ctx *c, int64_t year, int64_t number, int64_t limit,
    enum err (*each)(struct ctx *c, const struct invoice_sealed *row, void *arg), void *arg)
{
    struct each_sealed e = { .row = { .said = S("") }, .each = each, .arg = arg };
    return db_each(c,
        "SELECT " COLUMNS ", i.content, f.data FROM invoice i LEFT JOIN fact f ON f.n = i.fact_n"
        " WHERE (i.year, i.number) > ($1, $2) ORDER BY i.year, i.number LIMIT $3",
        DB_IN(in_i64(year), in_i64(number), in_i64(limit)),
        DB_OUT(OUT_INVOICE(&e.row.invoice), out_str(&e.row.content), out_str_null(&e.row.said)),
        hand_sealed, &e);
}

struct each_owed {
    struct invoice_owed row;
    enum err (*each)(struct ctx *c, const struct invoice_owed *row, void *arg);
    void *arg;
};

static enum err hand_owed(struct ctx *c, void *arg)
{
    struct each_owed *e = arg;
    return e->each(c, &e->row, e->arg);
}

enum err invoice_db_each_owed(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct invoice_owed *row, void *arg), void *arg)
{
    struct each_owed e = { .each = each, .arg = arg };
    struct invoice_owed *r = &e.row;
    return db_each(c,
        "SELECT p.n, p.id, p.version, p.total_minor, p.tax_minor, p.refunded_minor,"
        " COUNT(CASE WHEN i.kind = 0 THEN 1 END),"
        " CAST(COALESCE(SUM(CASE WHEN i.kind = 0 THEN i.total_minor END), 0) AS BIGINT),"
        " CAST(COALESCE(SUM(CASE WHEN i.kind = 0 THEN i.tax_minor END), 0) AS BIGINT),"
        " CAST(COALESCE(SUM(CASE WHEN i.kind > 0 THEN i.total_minor END), 0) AS BIGINT),"
        " CAST(COALESCE(SUM(CASE WHEN i.kind > 0 THEN i.tax_minor END), 0) AS BIGINT)"
        " FROM (SELECT n, id, version, total_minor, tax_minor, refunded_minor FROM purchase"
        "   WHERE n > $1 AND completed_ms > 0 ORDER BY n LIMIT $2) AS p"
        " LEFT JOIN invoice i ON i.order_n = p.n"
        " GROUP BY p.n, p.id, p.version, p.total_minor, p.tax_minor, p.refunded_minor ORDER BY p.n",
        DB_IN(in_i64(after_n), in_i64(limit)),
        DB_OUT(out_i64(&r->order_n), out_id(&r->order), out_i64(&r->version),
            out_i64(&r->total_minor), out_i64(&r->tax_minor), out_i64(&r->refunded_minor),
            out_i64(&r->sales), out_i64(&r->sold_minor), out_i64(&r->sold_tax_minor),
            out_i64(&r->back_minor), out_i64(&r->back_tax_minor)),
        hand_owed, &e);
}
