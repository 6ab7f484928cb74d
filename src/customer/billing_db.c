#include "customer/billing_db.h"

#include "db/db.h"

enum err billing_db_find(struct ctx *c, int64_t customer_n, bool *ret_found, struct billing *ret)
{
    struct billing b = { .version = 0 };
    TRY(db_find(c, ret_found,
        "SELECT version, name, line1, line2, city, postcode, country, tax_id FROM billing"
        " WHERE customer_n = $1",
        DB_IN(in_i64(customer_n)),
        DB_OUT(out_i64(&b.version), out_str(&b.name), out_str(&b.line1), out_str(&b.line2),
            out_str(&b.city), out_str(&b.postcode), out_str(&b.country), out_str(&b.tax_id))));
    if (*ret_found)
        *ret = b;
    return E_OK;
}

enum err billing_db_insert(struct ctx *c, int64_t customer_n, const struct billing *b)
{
    return db_exec(c, 1,
        "INSERT INTO billing (customer_n, name, line1, line2, city, postcode, country, tax_id,"
        " changed_ms, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
        DB_IN(in_i64(customer_n), in_str(b->name), in_str(b->line1), in_str(b->line2),
            in_str(b->city), in_str(b->postcode), in_str(b->country), in_str(b->tax_id),
            in_i64(c->now_ms)));
}

enum err billing_db_update(struct ctx *c, int64_t customer_n, const struct billing *b)
{
    return db_exec(c, 1,
        "UPDATE billing SET name = $1, line1 = $2, line2 = $3, city = $4, postcode = $5,"
        " country = $6, tax_id = $7, changed_ms = $8, version = version + 1"
        " WHERE customer_n = $9 AND version = $10",
        DB_IN(in_str(b->name), in_str(b->line1), in_str(b->line2), in_str(b->city),
            in_str(b->postcode), in_str(b->country), in_str(b->tax_id), in_i64(c->now_ms),
            in_i64(customer_n), in_i64(b->version)));
}

enum err billing_forget(struct ctx *c, int64_t customer_n)
{
    return db_exec(
        c, DB_ANY_ROWS, "DELETE FROM billing WHERE customer_n = $1", DB_IN(in_i64(customer_n)));
}
