#include "credit/usage_db.h"

#include "base/json.h"

/* Sums, and what the job has not added up yet. */

struct reading {
    const struct usage_span *span;
    int64_t month;
    enum err (*day)(struct ctx *c, const struct usage_row *row, void *arg);
    enum err (*label)(struct ctx *c, const struct usage_label *label, void *arg);
    void *arg;
};

static int64_t uses_of(const struct usage_move *k)
{
    return k->change == CREDIT_USAGE ? 1 : -1;
}

static enum err open_day(struct ctx *c, const struct usage_move *k, void *arg)
{
    const struct reading *r = arg;
    if (k->date < r->span->from || k->date >= r->span->to)
        return E_OK;
    return r->day(c,
        &(struct usage_row) {
            k->date, k->operation, -k->credits, uses_of(k), k->quantity * uses_of(k) },
        r->arg);
}

enum err usage_days(struct ctx *c, const struct usage_span *span,
    enum err (*each)(struct ctx *c, const struct usage_row *row, void *arg), void *arg)
{
    struct reading r = { .span = span, .day = each, .arg = arg };
    int64_t summed = 0;
    TRY(usage_db_summed(c, span->customer_n, false, &summed));
    TRY(usage_db_days(c, span, each, arg));
    return usage_db_open_moves(c, span->customer_n, summed, open_day, &r);
}

static enum err add_up(struct ctx *c, const struct usage_row *row, void *arg)
{
    *(int64_t *)arg += row->credits;
    return c->dead ? E_DEAD : E_OK;
}

enum err usage_sum(struct ctx *c, const struct usage_span *span, int64_t *ret_credits)
{
    int64_t sum = 0;
    TRY(usage_days(c, span, add_up, &sum));
    *ret_credits = sum;
    return E_OK;
}

/* Names were not always looked at when they came in. */
enum err usage_move_labels(struct ctx *c, const struct usage_move *k,
    enum err (*each)(struct ctx *c, const struct usage_label *label, void *arg), void *arg)
{
    enum {
        TEXT_MAX = 200
    };
    struct str text = S("");
    if (k->labels.n == 0)
        return E_OK;
    for (struct json_iter it = json_iter(json_root(k->labels)); json_next(&it);)
        if (json_to_str(c->arena, it.value, &text))
            TRY(each(c,
                &(struct usage_label) {
                    .label = str_clean(c->arena, json_name(c->arena, &it), TEXT_MAX),
                    .value = str_clean(c->arena, text, TEXT_MAX),
                    .credits = -k->credits,
                    .uses = uses_of(k),
                },
                arg));
    return E_OK;
}

static enum err open_labels(struct ctx *c, const struct usage_move *k, void *arg)
{
    const struct reading *r = arg;
    if (date_of_month(k->date) != r->month)
        return E_OK;
    return usage_move_labels(c, k, r->label, r->arg);
}

enum err usage_labels(struct ctx *c, int64_t customer_n, int64_t month,
    enum err (*each)(struct ctx *c, const struct usage_label *label, void *arg), void *arg)
{
    struct reading r = { .month = month, .label = each, .arg = arg };
    int64_t summed = 0;
    TRY(usage_db_summed(c, customer_n, false, &summed));
    TRY(usage_db_labels(c, customer_n, month, each, arg));
    return usage_db_open_moves(c, customer_n, summed, open_labels, &r);
}
