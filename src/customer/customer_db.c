#include "customer/customer_db.h"

#include "db/db.h"

#define ALL                                                                                        \
    "SELECT n, id, external_id, email, email_verified, name, image, country, time_zone, address,"  \
    " tax_id, created_ms, version FROM customer WHERE "
#define OUT(k)                                                                                     \
    DB_OUT(out_i64(&(k)->n), out_id(&(k)->id), out_str(&(k)->external_id),                         \
        out_str_null(&(k)->email), out_bool(&(k)->email_verified), out_str(&(k)->name),            \
        out_str(&(k)->image), out_str(&(k)->country), out_str(&(k)->time_zone),                    \
        out_str(&(k)->address), out_str(&(k)->tax_id), out_i64(&(k)->created_ms),                  \
        out_i64(&(k)->version))

enum err customer_db_by_external(
    struct ctx *c, struct str external_id, bool *ret_found, struct customer *ret)
{
    struct customer k = { .n = 0 };
    TRY(db_find(c, ret_found, ALL "external_id = $1", DB_IN(in_str(external_id)), OUT(&k)));
    if (*ret_found)
        *ret = k;
    return E_OK;
}

enum err customer_db_by_id(struct ctx *c, struct id id, bool *ret_found, struct customer *ret)
{
    struct customer k = { .n = 0 };
    TRY(db_find(c, ret_found, ALL "id = $1", DB_IN(in_id(id)), OUT(&k)));
    if (*ret_found)
        *ret = k;
    return E_OK;
}

enum err customer_db_by_email(
    struct ctx *c, struct str email, bool *ret_found, struct customer *ret)
{
    struct customer k = { .n = 0 };
    TRY(db_find(c, ret_found, ALL "email = $1", DB_IN(in_str(email)), OUT(&k)));
    if (*ret_found)
        *ret = k;
    return E_OK;
}

enum err customer_db_by_n(struct ctx *c, int64_t n, struct customer *ret)
{
    struct customer k = { .n = 0 };
    TRY(db_one(c, ALL "n = $1", DB_IN(in_i64(n)), OUT(&k)));
    *ret = k;
    return E_OK;
}

enum err customer_db_insert(struct ctx *c, struct customer *k)
{
    return db_one(c,
        "INSERT INTO customer (id, external_id, email, email_verified, name, image, country,"
        " time_zone, address, tax_id, created_ms, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)"
        " RETURNING n",
        DB_IN(in_id(k->id), in_str(k->external_id), in_str_or_null(k->email),
            in_bool(k->email_verified), in_str(k->name), in_str(k->image), in_str(k->country),
            in_str(k->time_zone), in_str(k->address), in_str(k->tax_id), in_i64(k->created_ms)),
        DB_OUT(out_i64(&k->n)));
}

enum err customer_db_update(struct ctx *c, const struct customer *k)
{
    return db_exec(c, 1,
        "UPDATE customer SET email = $1, email_verified = $2, name = $3, image = $4, country = $5,"
        " time_zone = $6, address = $7, tax_id = $8, version = version + 1"
        " WHERE n = $9 AND version = $10",
        DB_IN(in_str_or_null(k->email), in_bool(k->email_verified), in_str(k->name),
            in_str(k->image), in_str(k->country), in_str(k->time_zone), in_str(k->address),
            in_str(k->tax_id), in_i64(k->n), in_i64(k->version)));
}

enum err customer_db_forget(struct ctx *c, int64_t n, struct str external_id)
{
    return db_exec(c, 1,
        "UPDATE customer SET external_id = $1, email = NULL, email_verified = 0, name = '',"
        " image = '', country = '', time_zone = '', address = '', tax_id = '',"
        " version = version + 1 WHERE n = $2",
        DB_IN(in_str(external_id), in_i64(n)));
}

struct each {
    struct customer row;
    enum err (*each)(struct ctx *c, const struct customer *customer, void *arg);
    void *arg;
};

static enum err hand_over(struct ctx *c, void *arg)
{
    struct each *e = arg;
    struct customer k = e->row;
    e->row = (struct customer) { .n = 0 };
    return e->each(c, &k, e->arg);
}

enum err customer_list(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct customer *customer, void *arg), void *arg)
{
    struct each e = { .each = each, .arg = arg };
    return db_each(c, ALL "n < $1 ORDER BY n DESC LIMIT $2",
        DB_IN(in_i64(after_n > 0 ? after_n : INT64_MAX), in_i64(limit)), OUT(&e.row), hand_over,
        &e);
}
