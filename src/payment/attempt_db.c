#include "payment/attempt_db.h"

#include "db/db.h"

#define COLUMNS                                                                                    \
    "attempt.n, attempt.id, attempt.order_n, attempt.gateway, attempt.status,"                     \
    " attempt.amount_minor, attempt.amount_currency, attempt.method, attempt.session_id,"          \
    " attempt.checkout_url, attempt.method_type, attempt.method_brand, attempt.method_last4,"      \
    " attempt.why, attempt.confirmed_by, attempt.created_ms, attempt.expires_ms,"                  \
    " attempt.captured_ms, attempt.refunded_minor, attempt.disputed, attempt.extra,"               \
    " attempt.came_minor, attempt.came_currency, attempt.named, attempt.asked_ms, attempt.asks,"   \
    " attempt.subscription, attempt.payment, attempt.reserved_minor, attempt.argued,"              \
    " attempt.lost_minor, attempt.route, attempt.prompted_ms, attempt.judged, attempt.judged_why," \
    " attempt.card, attempt.card_country, attempt.version"
#define OUTS(k)                                                                                    \
    out_i64(&(k)->n), out_id(&(k)->id), out_i64(&(k)->order_n), out_enum(&(k)->gateway),           \
        out_enum(&(k)->status), out_money(&(k)->amount), out_str(&(k)->method),                    \
        out_str_null(&(k)->session_id), out_str(&(k)->checkout_url), out_str(&(k)->method_type),   \
        out_str(&(k)->method_brand), out_str(&(k)->method_last4), out_str(&(k)->why),              \
        out_str(&(k)->confirmed_by), out_i64(&(k)->created_ms), out_i64(&(k)->expires_ms),         \
        out_i64(&(k)->captured_ms), out_i64(&(k)->refunded_minor), out_bool(&(k)->disputed),       \
        out_bool(&(k)->extra), out_i64_null(&(k)->came.minor), out_currency_null(&(k)->came.cur),  \
        out_bool(&(k)->named), out_i64(&(k)->asked_ms), out_i64(&(k)->asks),                       \
        out_str(&(k)->subscription), out_str(&(k)->payment), out_i64(&(k)->reserved_minor),        \
        out_bool(&(k)->argued), out_i64(&(k)->lost_minor), out_str(&(k)->route),                   \
        out_i64(&(k)->prompted_ms), out_str(&(k)->judged), out_str(&(k)->judged_why),              \
        out_str(&(k)->card), out_str(&(k)->card_country), out_i64(&(k)->version)

enum err attempt_db_insert(struct ctx *c, struct attempt *k)
{
    return db_one(c,
        "INSERT INTO attempt (id, order_n, gateway, status, amount_minor, amount_currency, method,"
        " session_id, checkout_url, method_type, method_brand, method_last4, why, confirmed_by,"
        " created_ms, expires_ms, captured_ms, refunded_minor, disputed, extra, named, asked_ms,"
        " asks, subscription, payment, route, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $11, '', '', '', '', '', '', $8, $9, 0, 0, 0, 0,"
        " $10, 0, 0, $12, $13, $14, 1) RETURNING n",
        DB_IN(in_id(k->id), in_i64(k->order_n), in_i64((int64_t)k->gateway),
            in_i64((int64_t)k->status), in_money(k->amount), in_str(k->method),
            in_i64(k->created_ms), in_i64(k->expires_ms), in_bool(k->named),
            in_str_or_null(k->session_id), in_str(k->subscription.n > 0 ? k->subscription : S("")),
            in_str(k->payment.n > 0 ? k->payment : S("")), in_str(k->route)),
        DB_OUT(out_i64(&k->n)));
}

enum err attempt_db_by_n(struct ctx *c, int64_t n, struct attempt *ret)
{
    struct attempt k = { .n = 0 };
    TRY(db_one(
        c, "SELECT " COLUMNS " FROM attempt WHERE n = $1", DB_IN(in_i64(n)), DB_OUT(OUTS(&k))));
    *ret = k;
    return E_OK;
}

enum err attempt_db_by_id(struct ctx *c, struct id id, bool *ret_found, struct attempt *ret)
{
    struct attempt k = { .n = 0 };
    TRY(db_find(c, ret_found, "SELECT " COLUMNS " FROM attempt WHERE id = $1", DB_IN(in_id(id)),
        DB_OUT(OUTS(&k))));
    if (*ret_found)
        *ret = k;
    return E_OK;
}

enum err attempt_db_update(struct ctx *c, const struct attempt *k, enum attempt_status to)
{
    return db_exec(c, 1,
        "UPDATE attempt SET status = $1, session_id = $2, checkout_url = $3, method_type = $4,"
        " method_brand = $5, method_last4 = $6, why = $7, confirmed_by = $8, expires_ms = $9,"
        " captured_ms = $10, refunded_minor = $11, disputed = $12, extra = $13, amount_minor = $14,"
        " came_minor = $15, came_currency = $16, subscription = $17, payment = $18,"
        " reserved_minor = $19, argued = $20, lost_minor = $21, prompted_ms = $22, judged = $23,"
        " judged_why = $24, card = $25, card_country = $26, version = version + 1"
        " WHERE n = $27 AND status = $28 AND version = $29",
        DB_IN(in_i64((int64_t)to), in_str_or_null(k->session_id), in_str(k->checkout_url),
            in_str(k->method_type), in_str(k->method_brand), in_str(k->method_last4),
            in_str(k->why), in_str(k->confirmed_by), in_i64(k->expires_ms), in_i64(k->captured_ms),
            in_i64(k->refunded_minor), in_bool(k->disputed), in_bool(k->extra),
            in_i64(k->amount.minor), k->came.cur == CUR_NONE ? in_null() : in_i64(k->came.minor),
            k->came.cur == CUR_NONE ? in_null() : in_str(currency_code(k->came.cur)),
            in_str(k->subscription), in_str(k->payment), in_i64(k->reserved_minor),
            in_bool(k->argued), in_i64(k->lost_minor), in_i64(k->prompted_ms), in_str(k->judged),
            in_str(k->judged_why), in_str(k->card), in_str(k->card_country), in_i64(k->n),
            in_i64((int64_t)k->status), in_i64(k->version)));
}

/* asked_ms and asks say nothing about the payment: they are not part of its version. */
enum err attempt_db_asked(struct ctx *c, int64_t n)
{
    return db_exec(c, 1, "UPDATE attempt SET asked_ms = $1, asks = asks + 1 WHERE n = $2",
        DB_IN(in_i64(c->now_ms), in_i64(n)));
}

/* Its page says nothing about the payment either. */
enum err attempt_told_page(struct ctx *c, int64_t attempt_n, struct str url)
{
    return db_exec(c, DB_ANY_ROWS,
        "UPDATE attempt SET invoice_page = $1 WHERE n = $2 AND invoice_page <> $1",
        DB_IN(in_str(url), in_i64(attempt_n)));
}

enum err attempt_page(struct ctx *c, int64_t order_n, struct str *ret)
{
    bool found = false;
    *ret = S("");
    return db_find(c, &found,
        "SELECT invoice_page FROM attempt WHERE order_n = $1 AND status = 3 AND extra = 0",
        DB_IN(in_i64(order_n)), DB_OUT(out_str(ret)));
}

/* Of the order all that settling it and handing it out read. */
#define ORDER_COLUMNS                                                                              \
    "purchase.id, purchase.status, purchase.customer_n, purchase.currency,"                        \
    " purchase.total_minor, purchase.tax_minor, purchase.refunded_minor, purchase.completed_ms,"   \
    " purchase.reason, purchase.created_ms, purchase.expires_ms, purchase.coupon,"                 \
    " purchase.credits, purchase.kind, purchase.subscription_n, purchase.subtotal_minor,"          \
    " purchase.lines, purchase.period_start_ms, purchase.period_end_ms, purchase.risk,"            \
    " purchase.country, purchase.email, purchase.version"
#define ORDER_OUTS(o)                                                                              \
    out_id(&(o)->id), out_enum(&(o)->status), out_i64(&(o)->customer_n),                           \
        out_currency(&(o)->currency), out_i64(&(o)->total_minor), out_i64(&(o)->tax_minor),        \
        out_i64(&(o)->refunded_minor), out_i64(&(o)->completed_ms), out_str(&(o)->reason),         \
        out_i64(&(o)->created_ms), out_i64(&(o)->expires_ms), out_str(&(o)->coupon),               \
        out_i64(&(o)->credits), out_enum(&(o)->kind), out_i64(&(o)->subscription_n),               \
        out_i64(&(o)->subtotal_minor), out_str(&(o)->lines), out_i64(&(o)->period_start_ms),       \
        out_i64(&(o)->period_end_ms), out_enum(&(o)->risk), out_str(&(o)->country),                \
        out_str(&(o)->email), out_i64(&(o)->version)
/* Rows are locked in the order in which the tables are named: the order first (engine.md 8). */
#define BOTH                                                                                       \
    "SELECT " COLUMNS ", " ORDER_COLUMNS                                                           \
    " FROM purchase JOIN attempt ON attempt.order_n = purchase.n"

enum err attempt_db_look(struct ctx *c, struct settle *s)
{
    struct id id;
    s->attempt = (struct attempt) { .n = 0 }; /* NULL leaves what a first run left here */
    bool has_id = id_parse(S("att"), s->notice.attempt, &id);
    /* A page whose opening was never answered has no session with us: our own reference, which the
     * gateway echoes, finds it. */
    if (s->notice.session_id.n > 0 && has_id)
        return db_ask(c, &s->found,
            BOTH " WHERE (attempt.gateway = $1 AND attempt.session_id = $2)"
                 " OR (attempt.id = $3 AND attempt.gateway = $1 AND attempt.session_id IS NULL)"
                 " ORDER BY attempt.session_id IS NULL LIMIT 1 FOR UPDATE",
            DB_IN(in_i64((int64_t)s->gateway), in_str(s->notice.session_id), in_id(id)),
            DB_OUT(OUTS(&s->attempt), ORDER_OUTS(&s->order)));
    if (s->notice.session_id.n > 0)
        return db_ask(c, &s->found,
            BOTH " WHERE attempt.gateway = $1 AND attempt.session_id = $2 FOR UPDATE",
            DB_IN(in_i64((int64_t)s->gateway), in_str(s->notice.session_id)),
            DB_OUT(OUTS(&s->attempt), ORDER_OUTS(&s->order)));
    if (has_id)
        return db_ask(c, &s->found,
            BOTH " WHERE attempt.id = $1 AND attempt.gateway = $2 FOR UPDATE",
            DB_IN(in_id(id), in_i64((int64_t)s->gateway)),
            DB_OUT(OUTS(&s->attempt), ORDER_OUTS(&s->order)));
    /* What is told of a renewal's money names nothing but the payment. */
    if (s->notice.payment.n > 0)
        return db_ask(c, &s->found,
            BOTH " WHERE attempt.gateway = $1 AND attempt.payment = $2 AND attempt.payment <> ''"
                 " ORDER BY attempt.n LIMIT 1 FOR UPDATE",
            DB_IN(in_i64((int64_t)s->gateway), in_str(s->notice.payment)),
            DB_OUT(OUTS(&s->attempt), ORDER_OUTS(&s->order)));
    s->found = false;
    return E_OK;
}

enum err attempt_of_notice(struct ctx *c, enum gateway_id gateway, const struct notice *notice,
    bool *ret_found, struct attempt *ret)
{
    struct attempt k = { .n = 0 };
    struct id id;
    *ret_found = false;
    if (notice->session_id.n > 0)
        TRY(db_find(c, ret_found,
            "SELECT " COLUMNS " FROM attempt WHERE gateway = $1 AND session_id = $2",
            DB_IN(in_i64((int64_t)gateway), in_str(notice->session_id)), DB_OUT(OUTS(&k))));
    if (!*ret_found && id_parse(S("att"), notice->attempt, &id)) {
        TRY(attempt_db_by_id(c, id, ret_found, &k));
        /* Another gateway's or another session is another payment, whatever it says of itself. */
        *ret_found = *ret_found && k.gateway == gateway &&
            (notice->session_id.n == 0 || k.session_id.n == 0);
    }
    if (!*ret_found && notice->session_id.n == 0 && notice->attempt.n == 0 && notice->payment.n > 0)
        TRY(db_find(c, ret_found,
            "SELECT " COLUMNS " FROM attempt WHERE gateway = $1 AND payment = $2 AND payment <> ''"
            " ORDER BY n LIMIT 1",
            DB_IN(in_i64((int64_t)gateway), in_str(notice->payment)), DB_OUT(OUTS(&k))));
    if (*ret_found)
        *ret = k;
    return E_OK;
}

struct list {
    struct attempt row, *k;
    size_t n, cap;
};

static enum err take(struct ctx *c, void *arg)
{
    struct list *l = arg;
    if (l->n == l->cap)
        return fail(c, STORE_CORRUPT, "an order has more than %zu attempts", l->cap);
    l->k[l->n++] = l->row;
    l->row = (struct attempt) { .n = 0 };
    return E_OK;
}

enum err attempts_of(struct ctx *c, int64_t order_n, struct attempt **ret, size_t *ret_n)
{
    struct list l = { .cap = 100 };
    l.k = arena_array(c->arena, struct attempt, l.cap);
    TRY(db_each(c, "SELECT " COLUMNS " FROM attempt WHERE order_n = $1 ORDER BY n",
        DB_IN(in_i64(order_n)), DB_OUT(OUTS(&l.row)), take, &l));
    *ret = l.k;
    *ret_n = l.n;
    return E_OK;
}

/* ---- lists */

struct each {
    struct attempt row;
    enum err (*each)(struct ctx *c, const struct attempt *k, void *arg);
    void *arg;
};

static enum err hand_over(struct ctx *c, void *arg)
{
    struct each *e = arg;
    struct attempt k = e->row;
    e->row = (struct attempt) { .n = 0 };
    return e->each(c, &k, e->arg);
}

/* Where a period begins: ids begin with their time.  An hour more, and the least of the first ones
 * found: clocks of several servers differ, and ids of one moment are in no order. */
static enum err first_since(struct ctx *c, int64_t ms, int64_t *ret)
{
    const int64_t at = ms - 3600 * 1000;
    struct id id = { { 0 } };
    int64_t n = INT64_MAX;
    for (int i = 0; i < 6; i++)
        id.b[i] = (unsigned char)(at >> (8 * (5 - i)));
    TRY(db_one(c,
        "SELECT MIN(n) FROM (SELECT n FROM attempt WHERE id >= $1 ORDER BY id LIMIT 1000) AS first",
        DB_IN(in_id(id)), DB_OUT(out_i64_null(&n))));
    *ret = n;
    return E_OK;
}

enum err attempt_list(struct ctx *c, const struct attempt_filter *f,
    enum err (*each)(struct ctx *c, const struct attempt *k, void *arg), void *arg)
{
    struct each e = { .each = each, .arg = arg };
    int64_t below = f->after_n > 0 ? f->after_n : INT64_MAX;
    if (f->waiting)
        return db_each(c,
            "SELECT " COLUMNS " FROM attempt WHERE n < $1"
            " AND (status = 1 OR status = 2 OR status = 6 OR status = 7)"
            " ORDER BY n DESC LIMIT $2",
            DB_IN(in_i64(below), in_i64(f->limit)), DB_OUT(OUTS(&e.row)), hand_over, &e);
    if (f->ended)
        return db_each(c,
            "SELECT " COLUMNS " FROM attempt WHERE n < $1 AND status IN (5, 8, 9)"
            " AND session_id IS NOT NULL AND created_ms >= $2 ORDER BY n DESC LIMIT $3",
            DB_IN(in_i64(below), in_i64(f->since_ms), in_i64(f->limit)), DB_OUT(OUTS(&e.row)),
            hand_over, &e);
    int64_t from_n = 0, to_n = below, to_ms = f->begun_to_ms > 0 ? f->begun_to_ms : INT64_MAX;
    if (f->begun_from_ms > 0)
        TRY(first_since(c, f->begun_from_ms, &from_n));
    if (f->begun_to_ms > 0) /* an hour later than first_since looks, and one more */
        TRY(first_since(c, f->begun_to_ms + 2 * 3600 * 1000, &to_n));
    below = to_n < below ? to_n : below;
    return db_each(c,
        "SELECT " COLUMNS " FROM attempt WHERE n < $1 AND n >= $2 AND captured_ms >= $3"
        " AND captured_ms > 0 AND created_ms >= $4 AND created_ms < $5 ORDER BY n DESC LIMIT $6",
        DB_IN(in_i64(below), in_i64(from_n), in_i64(f->since_ms), in_i64(f->begun_from_ms),
            in_i64(to_ms), in_i64(f->limit)),
        DB_OUT(OUTS(&e.row)), hand_over, &e);
}
