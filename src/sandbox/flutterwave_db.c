#include "sandbox/flutterwave.h"

/* ---- pages */

enum err fw_link_add(struct ctx *c, struct str token, struct str tx_ref)
{
    return db_exec(c, 1, "INSERT INTO flutterwave_link (token, tx_ref, ended) VALUES ($1, $2, 0)",
        DB_IN(in_str(token), in_str(tx_ref)));
}

#define LINK_OUT(l) DB_OUT(out_str(&(l)->token), out_str(&(l)->tx_ref), out_bool(&(l)->ended))

enum err fw_link_find(struct ctx *c, struct str token, bool *ret_found, struct fw_link *ret)
{
    *ret_found = false;
    if (!str_is_utf8(token))
        return E_OK;
    return db_find(c, ret_found,
        "SELECT token, tx_ref, ended FROM flutterwave_link WHERE token = $1", DB_IN(in_str(token)),
        LINK_OUT(ret));
}

enum err fw_link_of(struct ctx *c, struct str tx_ref, struct fw_link *ret)
{
    return db_one(c, "SELECT token, tx_ref, ended FROM flutterwave_link WHERE tx_ref = $1",
        DB_IN(in_str(tx_ref)), LINK_OUT(ret));
}

enum err fw_link_end(struct ctx *c, struct str token)
{
    return db_exec(
        c, 1, "UPDATE flutterwave_link SET ended = 1 WHERE token = $1", DB_IN(in_str(token)));
}

/* ---- tries to pay */

#define COLUMNS                                                                                    \
    "n, tx_ref, flw_ref, status, amount_minor, currency, type, response, card, phone, created_ms," \
    " turn_ms, turn"
#define OUT(p)                                                                                     \
    DB_OUT(out_i64(&(p)->n), out_str(&(p)->tx_ref), out_str(&(p)->flw_ref), out_str(&(p)->status), \
        out_i64(&(p)->amount_minor), out_str(&(p)->currency), out_str(&(p)->type),                 \
        out_str(&(p)->response), out_str(&(p)->card), out_str(&(p)->phone),                        \
        out_i64(&(p)->created_ms), out_i64(&(p)->turn_ms), out_str(&(p)->turn))

enum err fw_payment_add(struct ctx *c, struct fw_payment *p)
{
    return db_one(c,
        "INSERT INTO flutterwave_payment (tx_ref, flw_ref, status, amount_minor, currency, type,"
        " response, card, phone, created_ms, turn_ms, turn)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING n",
        DB_IN(in_str(p->tx_ref), in_str(p->flw_ref), in_str(p->status), in_i64(p->amount_minor),
            in_str(p->currency), in_str(p->type), in_str(p->response), in_str(p->card),
            in_str(p->phone), in_i64(p->created_ms), in_i64(p->turn_ms), in_str(p->turn)),
        DB_OUT(out_i64(&p->n)));
}

enum err fw_payment_save(struct ctx *c, const struct fw_payment *p)
{
    return db_exec(c, 1,
        "UPDATE flutterwave_payment SET status = $1, response = $2, turn_ms = $3 WHERE n = $4",
        DB_IN(in_str(p->status), in_str(p->response), in_i64(p->turn_ms), in_i64(p->n)));
}

enum err fw_payment_get(struct ctx *c, int64_t n, bool *ret_found, struct fw_payment *ret)
{
    return db_find(c, ret_found, "SELECT " COLUMNS " FROM flutterwave_payment WHERE n = $1",
        DB_IN(in_i64(n)), OUT(ret));
}

struct taking {
    struct fw_payment at, *to;
    size_t n;
};

static enum err take(struct ctx *c, void *arg)
{
    struct taking *t = arg;
    (void)c;
    t->to[t->n++] = t->at;
    return E_OK;
}

enum err fw_payments(
    struct ctx *c, struct str tx_ref, struct str status, struct fw_payment *ret, size_t *ret_n)
{
    struct taking t = { .to = ret };
    TRY(db_each(c,
        "SELECT " COLUMNS " FROM flutterwave_payment"
        " WHERE ($1 = '' OR tx_ref = $1) AND ($2 = '' OR status = $2) ORDER BY n DESC LIMIT $3",
        DB_IN(in_str(tx_ref), in_str(status), in_i64(FW_PAYMENTS_MAX)), OUT(&t.at), take, &t));
    *ret_n = t.n;
    return E_OK;
}

enum err fw_payment_first(struct ctx *c, struct str tx_ref, bool *ret_found, struct fw_payment *ret)
{
    return db_find(c, ret_found,
        "SELECT " COLUMNS " FROM flutterwave_payment WHERE tx_ref = $1 ORDER BY n LIMIT 1",
        DB_IN(in_str(tx_ref)), OUT(ret));
}

enum err fw_payment_due(struct ctx *c, bool *ret_found, struct fw_payment *ret)
{
    return db_find(c, ret_found,
        "SELECT " COLUMNS " FROM flutterwave_payment WHERE turn_ms > 0 AND turn_ms <= $1"
        " ORDER BY turn_ms, n LIMIT 1",
        DB_IN(in_i64(c->now_ms)), OUT(ret));
}

enum err fw_next_due(struct ctx *c, int64_t *ret_ms)
{
    *ret_ms = INT64_MAX;
    return db_one(c, "SELECT MIN(turn_ms) FROM flutterwave_payment WHERE turn_ms > 0", DB_NO_IN,
        DB_OUT(out_i64_null(ret_ms)));
}

/* ---- what went back */

#define REFUND_OUT(f)                                                                              \
    DB_OUT(out_i64(&(f)->n), out_i64(&(f)->payment_n), out_i64(&(f)->amount_minor),                \
        out_str(&(f)->comments), out_i64(&(f)->created_ms))

enum err fw_refund_add(struct ctx *c, struct fw_refund *f)
{
    return db_one(c,
        "INSERT INTO flutterwave_refund (payment_n, amount_minor, comments, created_ms)"
        " VALUES ($1, $2, $3, $4) RETURNING n",
        DB_IN(in_i64(f->payment_n), in_i64(f->amount_minor), in_str(f->comments),
            in_i64(f->created_ms)),
        DB_OUT(out_i64(&f->n)));
}

enum err fw_refund_get(struct ctx *c, int64_t n, bool *ret_found, struct fw_refund *ret)
{
    return db_find(c, ret_found,
        "SELECT n, payment_n, amount_minor, comments, created_ms FROM flutterwave_refund"
        " WHERE n = $1",
        DB_IN(in_i64(n)), REFUND_OUT(ret));
}

struct taking_back {
    struct fw_refund at, *to;
    size_t n;
};

static enum err take_back(struct ctx *c, void *arg)
{
    struct taking_back *t = arg;
    (void)c;
    t->to[t->n++] = t->at;
    return E_OK;
}

enum err fw_refunds(struct ctx *c, int64_t payment_n, struct fw_refund *ret, size_t *ret_n)
{
    struct taking_back t = { .to = ret };
    TRY(db_each(c,
        "SELECT n, payment_n, amount_minor, comments, created_ms FROM flutterwave_refund"
        " WHERE payment_n = $1 ORDER BY n DESC LIMIT $2",
        DB_IN(in_i64(payment_n), in_i64(FW_PAYMENTS_MAX)), REFUND_OUT(&t.at), take_back, &t));
    *ret_n = t.n;
    return E_OK;
}

enum err fw_empty(struct ctx *c)
{
    TRY(db_exec(c, DB_ANY_ROWS, "DELETE FROM flutterwave_refund", DB_NO_IN));
    TRY(db_exec(c, DB_ANY_ROWS, "DELETE FROM flutterwave_payment", DB_NO_IN));
    return db_exec(c, DB_ANY_ROWS, "DELETE FROM flutterwave_link", DB_NO_IN);
}
