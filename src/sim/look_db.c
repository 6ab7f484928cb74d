#include "sim/look_db.h"

#include <string.h>

#include "db/db.h"

enum err look_take(struct ctx *c, void *arg)
{
    struct look_list *l = arg;
    must(c->db != NULL && l->n < l->max);
    memcpy((char *)l->into + l->n++ * l->size, l->row, l->size);
    return E_OK;
}

struct looking {
    struct look_list list;
    int64_t n;
    struct str text;
    bool found;
    void *ret;
};

#define LIST(row_, into_, max_)                                                                    \
    {                                                                                              \
        .list = LOOK_LIST(row_, into_, max_)                                                       \
    }

/* ---- orders */

#define ORDER_COLUMNS                                                                              \
    "n, id, status, version, total_minor, tax_minor, refunded_minor, completed_ms, currency,"      \
    " coupon, email"
#define ORDER_OUTS(o)                                                                              \
    DB_OUT(out_i64(&(o)->n), out_id(&(o)->raw), out_i64(&(o)->status), out_i64(&(o)->version),     \
        out_i64(&(o)->total), out_i64(&(o)->tax), out_i64(&(o)->refunded),                         \
        out_i64(&(o)->completed_ms), out_str(&(o)->currency), out_str(&(o)->coupon),               \
        out_str(&(o)->email))

static enum err orders(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    k->list.n = 0;
    return db_each(c, "SELECT " ORDER_COLUMNS " FROM purchase ORDER BY n", DB_NO_IN,
        ORDER_OUTS((struct look_order *)k->list.row), look_take, &k->list);
}

enum err look_orders(struct ctx *c, struct look_order *ret, size_t max, size_t *ret_n)
{
    struct look_order row = { .n = 0 };
    struct looking k = LIST(&row, ret, max);
    TRY(db_read(c, orders, &k));
    for (size_t i = 0; i < k.list.n; i++)
        ret[i].id = id_text(c->arena, S("ord"), ret[i].raw);
    *ret_n = k.list.n;
    return E_OK;
}

static enum err one_order(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    struct id id;
    if (!id_parse(S("ord"), k->text, &id))
        return E_OK;
    return db_find(c, &k->found, "SELECT " ORDER_COLUMNS " FROM purchase WHERE id = $1",
        DB_IN(in_id(id)), ORDER_OUTS((struct look_order *)k->ret));
}

enum err look_order(struct ctx *c, struct str id, bool *ret_found, struct look_order *ret)
{
    struct looking k = { .text = id, .ret = ret };
    TRY(db_read(c, one_order, &k));
    ret->id = id;
    *ret_found = k.found;
    return E_OK;
}

/* ---- attempts */

static enum err attempts(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    struct look_attempt *a = k->list.row;
    k->list.n = 0;
    return db_each(c,
        "SELECT n, id, order_n, status, amount_minor, amount_currency, COALESCE(session_id, ''),"
        " refunded_minor, extra, disputed, confirmed_by, COALESCE(came_minor, 0),"
        " COALESCE(came_currency, ''), CASE WHEN came_minor IS NULL THEN 0 ELSE 1 END,"
        " CASE WHEN status = 3 THEN 1 ELSE 0 END, lost_minor, reserved_minor"
        " FROM attempt WHERE order_n = $1 OR $1 = 0 ORDER BY n",
        DB_IN(in_i64(k->n)),
        DB_OUT(out_i64(&a->n), out_id(&a->raw), out_i64(&a->order_n), out_i64(&a->status),
            out_i64(&a->amount), out_str(&a->currency), out_str(&a->session), out_i64(&a->refunded),
            out_bool(&a->extra), out_bool(&a->disputed), out_str(&a->confirmed_by),
            out_i64(&a->came), out_str(&a->came_currency), out_bool(&a->has_come),
            out_bool(&a->captured), out_i64(&a->lost), out_i64(&a->reserved)),
        look_take, &k->list);
}

enum err look_attempts(
    struct ctx *c, int64_t order_n, struct look_attempt *ret, size_t max, size_t *ret_n)
{
    struct look_attempt row = { .n = 0 };
    struct looking k = LIST(&row, ret, max);
    k.n = order_n;
    TRY(db_read(c, attempts, &k));
    for (size_t i = 0; i < k.list.n; i++)
        ret[i].id = id_text(c->arena, S("att"), ret[i].raw);
    *ret_n = k.list.n;
    return E_OK;
}

/* ---- webhooks */

static enum err one_event(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    struct look_event *e = k->ret;
    return db_find(c, &k->found,
        "SELECT n, status FROM event WHERE body_hash = $1 ORDER BY n LIMIT 1",
        DB_IN(in_bytes(k->text)), DB_OUT(out_i64(&e->n), out_i64(&e->status)));
}

enum err look_event(struct ctx *c, struct str hash, bool *ret_found, struct look_event *ret)
{
    struct looking k = { .text = hash, .ret = ret };
    TRY(db_read(c, one_event, &k));
    *ret_found = k.found;
    return E_OK;
}

struct event_row {
    struct look_event e;
    struct id id;
};

static enum err events(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    struct event_row *r = k->list.row;
    k->list.n = 0;
    return db_each(c, "SELECT n, id, status, body_hash, event_key FROM event ORDER BY n", DB_NO_IN,
        DB_OUT(out_i64(&r->e.n), out_id(&r->id), out_i64(&r->e.status), out_bytes(&r->e.hash),
            out_bytes(&r->e.key)),
        look_take, &k->list);
}

enum err look_events(struct ctx *c, struct look_event *ret, size_t max, size_t *ret_n)
{
    enum {
        COUNTS = 8192
    };
    struct event_row row = { .e.n = 0 }, *rows = arena_array(c->arena, struct event_row, max);
    struct looking k = LIST(&row, rows, max);
    struct look_count *fact = arena_array(c->arena, struct look_count, COUNTS);
    struct look_count *alert = arena_array(c->arena, struct look_count, COUNTS);
    size_t facts = 0, alerts = 0, at = 0;
    TRY(db_read(c, events, &k));
    TRY(look_facts(c, fact, COUNTS, &facts));
    TRY(look_alerts(c, alert, COUNTS, &alerts));
    for (size_t i = 0; i < k.list.n; i++) {
        struct str id = id_text(c->arena, S("evt"), rows[i].id);
        ret[i] = rows[i].e;
        for (at = 0; at < facts; at++) {
            if (!str_eq(fact[at].subject, id))
                continue;
            bool came = str_has(fact[at].kind, S("_RECEIVED")) ||
                str_has(fact[at].kind, S("_FETCHED")); /* or was found in the gateway's list */
            ret[i].received += came ? fact[at].n : 0;
            ret[i].processed += str_has(fact[at].kind, S("_PROCESSED")) ? fact[at].n : 0;
        }
        for (at = 0; at < alerts; at++)
            ret[i].alerts += str_eq(alert[at].subject, id) ? alert[at].n : 0;
    }
    *ret_n = k.list.n;
    return E_OK;
}

/* ---- money, facts, alerts */

static enum err sums(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    struct look_sum *s = k->list.row;
    k->list.n = 0;
    return db_each(c,
        "SELECT fact.subject, ledger_entry.account, ledger_entry.unit,"
        " CAST(SUM(ledger_entry.amount) AS BIGINT)"
        " FROM ledger_entry JOIN fact ON fact.n = ledger_entry.n / 8"
        " GROUP BY fact.subject, ledger_entry.account, ledger_entry.unit"
        " ORDER BY fact.subject, ledger_entry.account, ledger_entry.unit",
        DB_NO_IN,
        DB_OUT(out_str(&s->subject), out_i64(&s->account), out_str(&s->unit), out_i64(&s->amount)),
        look_take, &k->list);
}

enum err look_sums(struct ctx *c, struct look_sum *ret, size_t max, size_t *ret_n)
{
    struct look_sum row = { .account = 0 };
    struct looking k = LIST(&row, ret, max);
    TRY(db_read(c, sums, &k));
    *ret_n = k.list.n;
    return E_OK;
}

static enum err uneven(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    return db_one(c,
        "SELECT COUNT(*) FROM (SELECT n / 8 AS fact_n FROM ledger_entry GROUP BY n / 8, unit"
        " HAVING SUM(amount) <> 0) AS uneven",
        DB_NO_IN, DB_OUT(out_i64(&k->n)));
}

enum err look_uneven(struct ctx *c, int64_t *ret_n)
{
    struct looking k = { .n = 0 };
    TRY(db_read(c, uneven, &k));
    *ret_n = k.n;
    return E_OK;
}

static enum err facts(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    struct look_count *n = k->list.row;
    k->list.n = 0;
    return db_each(c,
        "SELECT subject, kind, COUNT(*) FROM fact GROUP BY subject, kind ORDER BY subject, kind",
        DB_NO_IN, DB_OUT(out_str(&n->subject), out_str(&n->kind), out_i64(&n->n)), look_take,
        &k->list);
}

enum err look_facts(struct ctx *c, struct look_count *ret, size_t max, size_t *ret_n)
{
    struct look_count row = { .n = 0 };
    struct looking k = LIST(&row, ret, max);
    TRY(db_read(c, facts, &k));
    *ret_n = k.list.n;
    return E_OK;
}

static enum err alerts(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    struct look_count *n = k->list.row;
    k->list.n = 0;
    return db_each(c,
        "SELECT subject, kind, COUNT(*) FROM alert WHERE state = 0 GROUP BY subject, kind"
        " ORDER BY subject, kind",
        DB_NO_IN, DB_OUT(out_str(&n->subject), out_str(&n->kind), out_i64(&n->n)), look_take,
        &k->list);
}

enum err look_alerts(struct ctx *c, struct look_count *ret, size_t max, size_t *ret_n)
{
    struct look_count row = { .n = 0 };
    struct looking k = LIST(&row, ret, max);
    TRY(db_read(c, alerts, &k));
    *ret_n = k.list.n;
    return E_OK;
}

static enum err mails(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    struct look_mail *m = k->list.row;
    k->list.n = 0;
    return db_each(c, "SELECT about, key, message_id, to_address, state FROM mail ORDER BY n",
        DB_NO_IN,
        DB_OUT(out_str(&m->about), out_str(&m->key), out_str(&m->message_id), out_str(&m->to),
            out_i64(&m->state)),
        look_take, &k->list);
}

enum err look_mails(struct ctx *c, struct look_mail *ret, size_t max, size_t *ret_n)
{
    struct look_mail row = { .state = 0 };
    struct looking k = LIST(&row, ret, max);
    TRY(db_read(c, mails, &k));
    *ret_n = k.list.n;
    return E_OK;
}

/* ---- codes */

static enum err codes(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    struct look_code *n = k->list.row;
    k->list.n = 0;
    return db_each(c, "SELECT n, code, used, max_uses, per_customer FROM coupon ORDER BY n",
        DB_NO_IN,
        DB_OUT(out_i64(&n->n), out_str(&n->code), out_i64(&n->used), out_i64(&n->max_uses),
            out_i64(&n->per_customer)),
        look_take, &k->list);
}

enum err look_codes(struct ctx *c, struct look_code *ret, size_t max, size_t *ret_n)
{
    struct look_code row = { .n = 0 };
    struct looking k = LIST(&row, ret, max);
    TRY(db_read(c, codes, &k));
    *ret_n = k.list.n;
    return E_OK;
}

static enum err uses(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    struct look_use *u = k->list.row;
    k->list.n = 0;
    return db_each(c,
        "SELECT order_n, coupon_n, buyer, state, counted FROM coupon_use ORDER BY order_n",
        DB_NO_IN,
        DB_OUT(out_i64(&u->order_n), out_i64(&u->coupon_n), out_str(&u->buyer), out_i64(&u->state),
            out_i64(&u->counted)),
        look_take, &k->list);
}

enum err look_uses(struct ctx *c, struct look_use *ret, size_t max, size_t *ret_n)
{
    struct look_use row = { .state = 0 };
    struct looking k = LIST(&row, ret, max);
    TRY(db_read(c, uses, &k));
    *ret_n = k.list.n;
    return E_OK;
}

static enum err miscounted(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    return db_one(c,
        "SELECT COUNT(*) FROM coupon_buyer WHERE used <> (SELECT COUNT(*) FROM coupon_use"
        " WHERE coupon_use.coupon_n = coupon_buyer.coupon_n"
        " AND coupon_use.buyer = coupon_buyer.buyer AND coupon_use.state <> 2)",
        DB_NO_IN, DB_OUT(out_i64(&k->n)));
}

enum err look_miscounted(struct ctx *c, int64_t *ret_n)
{
    struct looking k = { .n = 0 };
    TRY(db_read(c, miscounted, &k));
    *ret_n = k.n;
    return E_OK;
}

/* ---- credits that were bought */

static enum err lots(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    struct look_pack *lot = k->list.row;
    k->list.n = 0;
    return db_each(c,
        "SELECT order_n, given, taken FROM credit_lot WHERE order_n > 0 ORDER BY order_n, n",
        DB_NO_IN, DB_OUT(out_i64(&lot->order_n), out_i64(&lot->given), out_i64(&lot->taken)),
        look_take, &k->list);
}

enum err look_packs(struct ctx *c, struct look_pack *ret, size_t max, size_t *ret_n)
{
    struct look_pack row = { .taken = 0 };
    struct looking k = LIST(&row, ret, max);
    TRY(db_read(c, lots, &k));
    *ret_n = k.list.n;
    return E_OK;
}

static enum err debts(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    struct look_debt *d = k->list.row;
    k->list.n = 0;
    return db_each(c,
        "SELECT customer.external_id, credit_account.debt FROM credit_account"
        " JOIN customer ON customer.n = credit_account.customer_n ORDER BY customer.n",
        DB_NO_IN, DB_OUT(out_str(&d->who), out_i64(&d->debt)), look_take, &k->list);
}

enum err look_debts(struct ctx *c, struct look_debt *ret, size_t max, size_t *ret_n)
{
    struct look_debt row = { .debt = 0 };
    struct looking k = LIST(&row, ret, max);
    TRY(db_read(c, debts, &k));
    *ret_n = k.list.n;
    return E_OK;
}

/* ---- disputes */

static enum err disputes(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    struct look_dispute *d = k->list.row;
    k->list.n = 0;
    return db_each(c, "SELECT id, reference, attempt_n FROM dispute ORDER BY n", DB_NO_IN,
        DB_OUT(out_id(&d->raw), out_str(&d->reference), out_i64(&d->attempt_n)), look_take,
        &k->list);
}

enum err look_disputes(struct ctx *c, struct look_dispute *ret, size_t max, size_t *ret_n)
{
    struct look_dispute row = { .attempt_n = 0 };
    struct looking k = LIST(&row, ret, max);
    TRY(db_read(c, disputes, &k));
    for (size_t i = 0; i < k.list.n; i++)
        ret[i].id = id_text(c->arena, S("dsp"), ret[i].raw);
    *ret_n = k.list.n;
    return E_OK;
}

/* ---- what is left */

static enum err left(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    struct look_left *l = k->ret;
    bool found = false;
    TRY(db_one(c,
        "SELECT (SELECT COUNT(*) FROM operation WHERE state = 0),"
        " (SELECT COUNT(*) FROM job WHERE standing = 0 AND state = 0"
        " AND NOT (kind IN ('renewal_due', 'grant_month') AND due_ms > $1)),"
        " (SELECT COUNT(*) FROM job WHERE standing = 0 AND state = 1),"
        " (SELECT COUNT(*) FROM event WHERE status IN (0, 3)),"
        " (SELECT COUNT(*) FROM refund WHERE status IN (0, 3)),"
        " (SELECT COUNT(*) FROM mail WHERE state = 0 AND created_ms < $2)",
        DB_IN(in_i64(c->now_ms), in_i64(l->before_ms)),
        DB_OUT(out_i64(&l->operations), out_i64(&l->jobs), out_i64(&l->parked), out_i64(&l->events),
            out_i64(&l->refunds), out_i64(&l->mails))));
    return db_find(c, &found,
        "SELECT kind || ' ' || subject || ': ' || last_error FROM job WHERE standing = 0"
        " AND NOT (kind IN ('renewal_due', 'grant_month') AND due_ms > $1)"
        " ORDER BY state, n LIMIT 1",
        DB_IN(in_i64(c->now_ms)), DB_OUT(out_str(&l->job)));
}

enum err look_left(struct ctx *c, struct look_left *inout)
{
    struct look_left l = { .before_ms = inout->before_ms, .job = S("") };
    struct looking k = { .ret = &l };
    TRY(db_read(c, left, &k));
    *inout = l;
    return E_OK;
}
