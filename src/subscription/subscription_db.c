#include "subscription/subscription_db.h"

#include "db/db.h"

#define COLUMNS                                                                                    \
    "n, id, customer_n, order_n, status, plan_group, plan, price, terms, months, amount_minor,"    \
    " amount_currency, coupon, off_minor, off_months, country, tax_name, tax_bps, tax_inclusive,"  \
    " gateway, reference, payer, cycle, anchor_ms, period_start_ms, period_end_ms, trial_end_ms,"  \
    " cancel_at_ms, ended_ms, reason, feedback, next_price, past_due_ms, asked_ms, created_ms,"    \
    " version, unpaid"
#define OUT(s)                                                                                     \
    DB_OUT(out_i64(&(s)->n), out_id(&(s)->id), out_i64(&(s)->customer_n), out_i64(&(s)->order_n),  \
        out_enum(&(s)->status), out_str(&(s)->terms.group), out_str(&(s)->terms.plan),             \
        out_str(&(s)->terms.price), out_str(&(s)->terms.source), out_i64(&(s)->terms.months),      \
        out_money(&(s)->terms.amount), out_str(&(s)->terms.coupon),                                \
        out_i64(&(s)->terms.off_minor), out_i64(&(s)->terms.off_months),                           \
        out_str(&(s)->terms.country), out_str(&(s)->terms.tax_name), out_i64(&(s)->terms.tax_bps), \
        out_bool(&(s)->terms.tax_inclusive), out_enum(&(s)->gateway),                              \
        out_str_null(&(s)->reference), out_str(&(s)->payer), out_i64(&(s)->cycle),                 \
        out_i64(&(s)->anchor_ms), out_i64(&(s)->period_start_ms), out_i64(&(s)->period_end_ms),    \
        out_i64(&(s)->trial_end_ms), out_i64(&(s)->cancel_at_ms), out_i64(&(s)->ended_ms),         \
        out_str(&(s)->reason), out_str(&(s)->feedback), out_str(&(s)->next_price),                 \
        out_i64(&(s)->past_due_ms), out_i64(&(s)->asked_ms), out_i64(&(s)->created_ms),            \
        out_i64(&(s)->version), out_bool(&(s)->unpaid))

enum err subscription_db_insert(struct ctx *c, struct subscription *s, bool *ret_new)
{
    const struct subscription_terms *t = &s->terms;
    return db_find(c, ret_new,
        "INSERT INTO subscription (id, customer_n, order_n, status, plan_group, plan, price, terms,"
        " months, amount_minor, amount_currency, coupon, off_minor, off_months, country, tax_name,"
        " tax_bps, tax_inclusive, gateway, reference, payer, cycle, anchor_ms, period_start_ms,"
        " period_end_ms, trial_end_ms, cancel_at_ms, ended_ms, reason, feedback, next_price,"
        " past_due_ms, asked_ms, created_ms, version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,"
        " $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35)"
        " ON CONFLICT DO NOTHING RETURNING n",
        DB_IN(in_id(s->id), in_i64(s->customer_n), in_i64(s->order_n), in_i64((int64_t)s->status),
            in_str(t->group), in_str(t->plan), in_str(t->price), in_str(t->source),
            in_i64(t->months), in_money(t->amount), in_str(t->coupon), in_i64(t->off_minor),
            in_i64(t->off_months), in_str(t->country), in_str(t->tax_name), in_i64(t->tax_bps),
            in_bool(t->tax_inclusive), in_i64((int64_t)s->gateway), in_str_or_null(s->reference),
            in_str(s->payer), in_i64(s->cycle), in_i64(s->anchor_ms), in_i64(s->period_start_ms),
            in_i64(s->period_end_ms), in_i64(s->trial_end_ms), in_i64(s->cancel_at_ms),
            in_i64(s->ended_ms), in_str(s->reason), in_str(s->feedback), in_str(s->next_price),
            in_i64(s->past_due_ms), in_i64(s->asked_ms), in_i64(s->created_ms), in_i64(s->version)),
        DB_OUT(out_i64(&s->n)));
}

enum err subscription_db_update(
    struct ctx *c, const struct subscription *s, enum subscription_status to)
{
    const struct subscription_terms *t = &s->terms;
    return db_exec(c, 1,
        "UPDATE subscription SET status = $1, plan = $2, price = $3, terms = $4, months = $5,"
        " amount_minor = $6, amount_currency = $7, coupon = $8, off_minor = $9, off_months = $10,"
        " gateway = $11, reference = $12, payer = $13, cycle = $14, anchor_ms = $15,"
        " period_start_ms = $16, period_end_ms = $17, trial_end_ms = $18, cancel_at_ms = $19,"
        " ended_ms = $20, reason = $21, feedback = $22, next_price = $23, past_due_ms = $24,"
        " asked_ms = $25, unpaid = $29, version = version + 1"
        " WHERE n = $26 AND status = $27 AND version = $28",
        DB_IN(in_i64((int64_t)to), in_str(t->plan), in_str(t->price), in_str(t->source),
            in_i64(t->months), in_money(t->amount), in_str(t->coupon), in_i64(t->off_minor),
            in_i64(t->off_months), in_i64((int64_t)s->gateway), in_str_or_null(s->reference),
            in_str(s->payer), in_i64(s->cycle), in_i64(s->anchor_ms), in_i64(s->period_start_ms),
            in_i64(s->period_end_ms), in_i64(s->trial_end_ms), in_i64(s->cancel_at_ms),
            in_i64(s->ended_ms), in_str(s->reason), in_str(s->feedback), in_str(s->next_price),
            in_i64(s->past_due_ms), in_i64(s->asked_ms), in_i64(s->n), in_i64((int64_t)s->status),
            in_i64(s->version), in_bool(s->unpaid)));
}

/* ---- one */

enum err subscription_by_n(struct ctx *c, int64_t n, struct subscription *ret)
{
    struct subscription s = { .n = 0 };
    TRY(db_one(c, "SELECT " COLUMNS " FROM subscription WHERE n = $1", DB_IN(in_i64(n)), OUT(&s)));
    *ret = s;
    return E_OK;
}

enum err subscription_lock(struct ctx *c, int64_t n, struct subscription *ret)
{
    struct subscription s = { .n = 0 };
    TRY(db_one(c, "SELECT " COLUMNS " FROM subscription WHERE n = $1 FOR UPDATE", DB_IN(in_i64(n)),
        OUT(&s)));
    *ret = s;
    return E_OK;
}

static enum err give(const struct subscription *s, bool found, struct subscription *ret)
{
    if (found)
        *ret = *s;
    return E_OK;
}

enum err subscription_db_by_id(
    struct ctx *c, struct id id, bool *ret_found, struct subscription *ret)
{
    struct subscription s = { .n = 0 };
    TRY(db_find(c, ret_found, "SELECT " COLUMNS " FROM subscription WHERE id = $1",
        DB_IN(in_id(id)), OUT(&s)));
    return give(&s, *ret_found, ret);
}

enum err subscription_of(
    struct ctx *c, int64_t customer_n, struct str group, bool *ret_found, struct subscription *ret)
{
    struct subscription s = { .n = 0 };
    TRY(db_find(c, ret_found,
        "SELECT " COLUMNS " FROM subscription WHERE customer_n = $1 AND plan_group = $2"
        " AND status <> 4",
        DB_IN(in_i64(customer_n), in_str(group)), OUT(&s)));
    return give(&s, *ret_found, ret);
}

enum err subscription_by_reference(struct ctx *c, enum gateway_id gateway, struct str reference,
    bool *ret_found, struct subscription *ret)
{
    struct subscription s = { .n = 0 };
    TRY(db_find(c, ret_found,
        "SELECT " COLUMNS " FROM subscription WHERE gateway = $1 AND reference = $2",
        DB_IN(in_i64((int64_t)gateway), in_str(reference)), OUT(&s)));
    return give(&s, *ret_found, ret);
}

enum err subscription_of_order(
    struct ctx *c, int64_t order_n, bool *ret_found, struct subscription *ret)
{
    struct subscription s = { .n = 0 };
    TRY(db_find(c, ret_found, "SELECT " COLUMNS " FROM subscription WHERE order_n = $1",
        DB_IN(in_i64(order_n)), OUT(&s)));
    return give(&s, *ret_found, ret);
}

enum err subscription_had_trial(struct ctx *c, int64_t customer_n, bool *ret)
{
    int64_t n = 0;
    return db_find(c, ret,
        "SELECT n FROM subscription WHERE customer_n = $1 AND trial_end_ms > 0 ORDER BY n LIMIT 1",
        DB_IN(in_i64(customer_n)), DB_OUT(out_i64(&n)));
}

enum err subscription_is_newest(struct ctx *c, const struct subscription *s, bool *ret)
{
    int64_t n = 0;
    TRY(db_one(c,
        "SELECT n FROM subscription WHERE customer_n = $1 AND plan_group = $2"
        " ORDER BY n DESC LIMIT 1",
        DB_IN(in_i64(s->customer_n), in_str(s->terms.group)), DB_OUT(out_i64(&n))));
    *ret = n == s->n;
    return E_OK;
}

enum err subscription_payer(
    struct ctx *c, int64_t customer_n, enum gateway_id gateway, struct str *ret)
{
    struct str payer = S("");
    bool found = false;
    TRY(db_find(c, &found,
        "SELECT payer FROM subscription WHERE customer_n = $1 AND gateway = $2 AND payer <> ''"
        " ORDER BY n DESC LIMIT 1",
        DB_IN(in_i64(customer_n), in_i64((int64_t)gateway)), DB_OUT(out_str(&payer))));
    *ret = payer;
    return E_OK;
}

enum err subscription_count(struct ctx *c, struct str plan, int64_t *ret)
{
    int64_t n = 0;
    TRY(db_one(c, "SELECT COUNT(*) FROM subscription WHERE plan = $1 AND status <> 4",
        DB_IN(in_str(plan)), DB_OUT(out_i64(&n))));
    *ret = n;
    return E_OK;
}

/* ---- several */

struct each {
    struct subscription row;
    enum err (*each)(struct ctx *c, const struct subscription *s, void *arg);
    void *arg;
};

static enum err hand_over(struct ctx *c, void *arg)
{
    struct each *e = arg;
    struct subscription s = e->row;
    e->row = (struct subscription) { .n = 0 }; /* NULL leaves what the row before left here */
    return e->each(c, &s, e->arg);
}

enum err subscription_list(struct ctx *c, const struct subscription_filter *f,
    enum err (*each)(struct ctx *c, const struct subscription *s, void *arg), void *arg)
{
    struct each e = { .each = each, .arg = arg };
    int64_t below = f->after_n > 0 ? f->after_n : INT64_MAX;
    if (f->customer_n > 0)
        return db_each(c,
            "SELECT " COLUMNS " FROM subscription WHERE customer_n = $1 AND n < $2"
            " ORDER BY n DESC LIMIT $3",
            DB_IN(in_i64(f->customer_n), in_i64(below), in_i64(f->limit)), OUT(&e.row), hand_over,
            &e);
    if (f->plan.n > 0)
        return db_each(c,
            "SELECT " COLUMNS " FROM subscription WHERE plan = $1 AND status <> 4 AND n < $2"
            " ORDER BY n DESC LIMIT $3",
            DB_IN(in_str(f->plan), in_i64(below), in_i64(f->limit)), OUT(&e.row), hand_over, &e);
    return db_each(c, "SELECT " COLUMNS " FROM subscription WHERE n < $1 ORDER BY n DESC LIMIT $2",
        DB_IN(in_i64(below), in_i64(f->limit)), OUT(&e.row), hand_over, &e);
}

/* ---- what somebody asked for */

enum err subscription_db_change_insert(struct ctx *c, struct subscription_change *k)
{
    return db_one(c,
        "INSERT INTO subscription_change (id, subscription_n, kind, status, price, at_end, at_ms,"
        " reason, feedback, why, actor, created_ms, version, prorate, allowed_minor, order_n,"
        " coupon, allowed_credits)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', $10, $11, $12, $13, $14, $15, $16,"
        " $17)"
        " RETURNING n",
        DB_IN(in_id(k->id), in_i64(k->subscription_n), in_i64((int64_t)k->deed),
            in_i64((int64_t)k->status), in_str(k->price), in_bool(k->at_end), in_i64(k->at_ms),
            in_str(k->reason), in_str(k->feedback), in_str(k->actor), in_i64(k->created_ms),
            in_i64(k->version), in_i64(k->prorate), in_i64(k->allowed_minor), in_i64(k->order_n),
            in_str(k->coupon), in_i64(k->allowed_credits)),
        DB_OUT(out_i64(&k->n)));
}

#define CHANGE_COLUMNS                                                                             \
    "n, id, subscription_n, kind, status, price, at_end, at_ms, reason, feedback, why, actor,"     \
    " created_ms, prorate, allowed_minor, order_n, coupon, allowed_credits, version"
#define CHANGE_OUT(k, prorate)                                                                     \
    DB_OUT(out_i64(&(k)->n), out_id(&(k)->id), out_i64(&(k)->subscription_n),                      \
        out_enum(&(k)->deed), out_enum(&(k)->status), out_str(&(k)->price),                        \
        out_bool(&(k)->at_end), out_i64(&(k)->at_ms), out_str(&(k)->reason),                       \
        out_str(&(k)->feedback), out_str(&(k)->why), out_str(&(k)->actor),                         \
        out_i64(&(k)->created_ms), out_i64(prorate), out_i64(&(k)->allowed_minor),                 \
        out_i64(&(k)->order_n), out_str(&(k)->coupon), out_i64(&(k)->allowed_credits),             \
        out_i64(&(k)->version))

enum err subscription_change_by_n(struct ctx *c, int64_t n, struct subscription_change *ret)
{
    struct subscription_change k = { .n = 0 };
    int64_t prorate = 0;
    TRY(db_one(c, "SELECT " CHANGE_COLUMNS " FROM subscription_change WHERE n = $1",
        DB_IN(in_i64(n)), CHANGE_OUT(&k, &prorate)));
    k.prorate = (int)prorate;
    *ret = k;
    return E_OK;
}

enum err subscription_change_of_order(
    struct ctx *c, int64_t order_n, bool *ret_found, struct subscription_change *ret)
{
    struct subscription_change k = { .n = 0 };
    int64_t prorate = 0;
    TRY(db_find(c, ret_found,
        "SELECT " CHANGE_COLUMNS " FROM subscription_change WHERE order_n = $1 AND order_n > 0"
        " ORDER BY n LIMIT 1",
        DB_IN(in_i64(order_n)), CHANGE_OUT(&k, &prorate)));
    k.prorate = (int)prorate;
    if (*ret_found)
        *ret = k;
    return E_OK;
}

enum err subscription_change_newest(
    struct ctx *c, int64_t subscription_n, bool *ret_found, struct subscription_change *ret)
{
    struct subscription_change k = { .n = 0 };
    int64_t prorate = 0;
    TRY(db_find(c, ret_found,
        "SELECT " CHANGE_COLUMNS " FROM subscription_change WHERE subscription_n = $1"
        " AND kind = 0 AND status <> 2 ORDER BY n DESC LIMIT 1",
        DB_IN(in_i64(subscription_n)), CHANGE_OUT(&k, &prorate)));
    k.prorate = (int)prorate;
    if (*ret_found)
        *ret = k;
    return E_OK;
}

enum err subscription_change_open(
    struct ctx *c, int64_t subscription_n, int64_t since_ms, bool *ret)
{
    int64_t n = 0;
    return db_find(c, ret,
        "SELECT n FROM subscription_change WHERE subscription_n = $1 AND order_n = 0"
        " AND status IN (0, 3) AND created_ms > $2 ORDER BY n DESC LIMIT 1",
        DB_IN(in_i64(subscription_n), in_i64(since_ms)), DB_OUT(out_i64(&n)));
}

enum err subscription_change_later(struct ctx *c, const struct subscription_change *than, bool *ret)
{
    int64_t n = 0;
    return db_find(c, ret,
        "SELECT n FROM subscription_change WHERE subscription_n = $1 AND n > $2 AND status <> 2"
        " ORDER BY n LIMIT 1",
        DB_IN(in_i64(than->subscription_n), in_i64(than->n)), DB_OUT(out_i64(&n)));
}

enum err subscription_change_update(struct ctx *c, struct subscription_change *k)
{
    TRY(db_exec(c, 1,
        "UPDATE subscription_change SET status = $1, why = $2, version = version + 1"
        " WHERE n = $3 AND version = $4",
        DB_IN(in_i64((int64_t)k->status), in_str(k->why), in_i64(k->n), in_i64(k->version))));
    k->version++;
    return E_OK;
}
