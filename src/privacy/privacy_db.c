#include "privacy/privacy_db.h"

#include "db/db.h"

/* ---- persons */

struct orders {
    struct person_order row, *order;
    size_t n;
};

static enum err take_order(struct ctx *c, void *arg)
{
    struct orders *k = arg;
    k->order[k->n++] = k->row;
    return c->dead ? E_DEAD : E_OK;
}

enum err person_db_orders(struct ctx *c, const struct somebody *who, int64_t after_n,
    struct person_order *ret, size_t max, size_t *ret_n)
{
    struct orders k = { .order = ret };
    const struct db_outs outs = DB_OUT(out_i64(&k.row.n), out_id(&k.row.id));
    if (who->n > 0)
        TRY(db_each(c,
            "SELECT n, id FROM purchase WHERE customer_n = $1 AND n > $2 ORDER BY n LIMIT $3",
            DB_IN(in_i64(who->n), in_i64(after_n), in_i64((int64_t)max)), outs, take_order, &k));
    else
        TRY(db_each(c,
            "SELECT n, id FROM purchase WHERE email = $1 AND email <> '' AND customer_n < 1"
            " AND n > $2 AND n <= $3 ORDER BY n LIMIT $4",
            DB_IN(in_str(who->email), in_i64(after_n), in_i64(who->upto_n), in_i64((int64_t)max)),
            outs, take_order, &k));
    *ret_n = k.n;
    return E_OK;
}

enum err person_db_newest_order(struct ctx *c, int64_t *ret_n)
{
    bool found = false;
    *ret_n = 0;
    return db_find(c, &found, "SELECT n FROM purchase ORDER BY n DESC LIMIT 1", DB_NO_IN,
        DB_OUT(out_i64(ret_n)));
}

/* Pending, processing, disputed, in review. */
#define NOT_AT_ITS_END " AND status IN (0, 1, 8, 9) ORDER BY n LIMIT 1"

enum err person_db_open_order(
    struct ctx *c, const struct somebody *who, int64_t *ret_n, int64_t *ret_status)
{
    bool found = false;
    *ret_n = 0;
    if (who->n > 0)
        return db_find(c, &found,
            "SELECT n, status FROM purchase WHERE customer_n = $1" NOT_AT_ITS_END,
            DB_IN(in_i64(who->n)), DB_OUT(out_i64(ret_n), out_i64(ret_status)));
    return db_find(c, &found,
        "SELECT n, status FROM purchase WHERE email = $1 AND email <> ''"
        " AND customer_n < 1" NOT_AT_ITS_END,
        DB_IN(in_str(who->email)), DB_OUT(out_i64(ret_n), out_i64(ret_status)));
}

/* Beginning with the webhooks, of which few wait, however much somebody bought: received or
 * retrying, by the session that it names; or parked. */
#define IS_THEIRS                                                                                  \
    " AND ((p.customer_n = $1 AND p.customer_n > 0)"                                               \
    " OR (p.email = $2 AND p.email <> '' AND p.customer_n < 1)) ORDER BY e.n LIMIT 1"

enum err person_db_open_event(
    struct ctx *c, const struct somebody *who, bool *ret_found, struct id *ret_id)
{
    const struct str mail = who->n == 0 ? who->email : S("");
    TRY(db_find(c, ret_found,
        "SELECT e.id FROM event e JOIN attempt a ON a.gateway = e.gateway"
        " AND a.session_id = e.reference JOIN purchase p ON p.n = a.order_n"
        " WHERE e.status IN (0, 3)" IS_THEIRS,
        DB_IN(in_i64(who->n), in_str(mail)), DB_OUT(out_id(ret_id))));
    if (*ret_found)
        return E_OK;
    return db_find(c, ret_found,
        "SELECT e.id FROM event e JOIN purchase p ON p.n = e.order_n"
        " WHERE e.status = 4 AND e.status <> 1" IS_THEIRS,
        DB_IN(in_i64(who->n), in_str(mail)), DB_OUT(out_id(ret_id)));
}

enum err person_db_guest_orders(struct ctx *c, struct str email, int64_t *ret_count)
{
    return db_one(c,
        "SELECT COUNT(*) FROM purchase WHERE email = $1 AND email <> '' AND customer_n < 1",
        DB_IN(in_str(email)), DB_OUT(out_i64(ret_count)));
}

/* ---- erasures */

#define ERASURE                                                                                    \
    "SELECT n, customer_n, external_id, email, upto_n, step, at_n, changed, asked_ms, done_ms,"    \
    " version FROM erasure WHERE "
#define OUT(e)                                                                                     \
    DB_OUT(out_i64(&(e)->n), out_i64(&(e)->who.n), out_str(&(e)->who.external_id),                 \
        out_str(&(e)->who.email), out_i64(&(e)->who.upto_n), out_i64(&(e)->step),                  \
        out_i64(&(e)->at_n), out_i64(&(e)->changed), out_i64(&(e)->asked_ms),                      \
        out_i64(&(e)->done_ms), out_i64(&(e)->version))

enum err erasure_db_insert(struct ctx *c, struct erasure *e)
{
    return db_one(c,
        "INSERT INTO erasure (customer_n, external_id, email, upto_n, step, at_n, changed, actor,"
        " asked_ms, done_ms, version) VALUES ($1, $2, $3, $4, 0, 0, 0, $5, $6, 0, 1) RETURNING n",
        DB_IN(in_i64(e->who.n), in_str(e->who.external_id), in_str(e->who.email),
            in_i64(e->who.upto_n), in_str(c->actor), in_i64(e->asked_ms)),
        DB_OUT(out_i64(&e->n)));
}

enum err erasure_db_of_customer(
    struct ctx *c, int64_t customer_n, bool *ret_found, struct erasure *ret)
{
    struct erasure e = { .n = 0 };
    TRY(db_find(c, ret_found, ERASURE "customer_n = $1 AND customer_n > 0",
        DB_IN(in_i64(customer_n)), OUT(&e)));
    if (*ret_found)
        *ret = e;
    return E_OK;
}

enum err erasure_db_of_external(
    struct ctx *c, struct str external_id, bool *ret_found, struct erasure *ret)
{
    struct erasure e = { .n = 0 };
    TRY(db_find(c, ret_found,
        ERASURE
        "external_id = $1 AND external_id <> '' AND done_ms = 0 ORDER BY external_id, n DESC"
        " LIMIT 1",
        DB_IN(in_str(external_id)), OUT(&e)));
    if (*ret_found)
        *ret = e;
    return E_OK;
}

enum err erasure_db_of_guest(struct ctx *c, struct str email, bool *ret_found, struct erasure *ret)
{
    struct erasure e = { .n = 0 };
    TRY(db_find(c, ret_found, ERASURE "email = $1 AND customer_n = 0 AND done_ms = 0",
        DB_IN(in_str(email)), OUT(&e)));
    if (*ret_found)
        *ret = e;
    return E_OK;
}

enum err erasure_db_by_n(struct ctx *c, int64_t n, struct erasure *ret)
{
    struct erasure e = { .n = 0 };
    TRY(db_one(c, ERASURE "n = $1", DB_IN(in_i64(n)), OUT(&e)));
    *ret = e;
    return E_OK;
}

enum err erasure_db_move(struct ctx *c, const struct erasure *e)
{
    return db_exec(c, 1,
        "UPDATE erasure SET external_id = $1, email = $2, step = $3, at_n = $4, changed = $5,"
        " done_ms = $6, version = version + 1 WHERE n = $7 AND version = $8",
        DB_IN(in_str(e->who.external_id), in_str(e->who.email), in_i64(e->step), in_i64(e->at_n),
            in_i64(e->changed), in_i64(e->done_ms), in_i64(e->n), in_i64(e->version)));
}
