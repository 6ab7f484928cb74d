#include "subscription/subscription.h"

#include "subscription/subscription_db.h"

/* What a subscription is worth by the month, and the row that is written when that changes. */

int64_t subscription_worth(const struct subscription *s)
{
    const struct subscription_terms *t = &s->terms;
    /* A trial that is over and was not paid yet, also where its gateway calls it active. */
    bool in_trial = s->trial_end_ms > 0 && s->period_end_ms == s->trial_end_ms;
    if ((s->status != SUBSCRIPTION_ACTIVE && s->status != SUBSCRIPTION_PAST_DUE) || in_trial)
        return 0;
    struct money m = { t->amount.minor - subscription_off_minor(s), t->amount.cur };
    int64_t parts = 10000 + (t->tax_inclusive ? t->tax_bps : 0);
    must(m.minor >= 0 && money_share(m, 10000, t->months * parts, &m));
    return m.minor;
}

/* was: the newest row of it, or none. */
static enum subscription_move_kind paid_kind(
    const struct subscription_move *was, int64_t is, bool had_left)
{
    if (was->is_minor == 0)
        return had_left ? SUBSCRIPTION_MOVE_RETURNED : SUBSCRIPTION_MOVE_NEW;
    if (is == 0)
        return SUBSCRIPTION_MOVE_CHURNED;
    if (is == was->is_minor)
        return SUBSCRIPTION_MOVE_OTHER_PLAN;
    return is > was->is_minor ? SUBSCRIPTION_MOVE_EXPANSION : SUBSCRIPTION_MOVE_CONTRACTION;
}

static enum err note_paid(struct ctx *c, const struct subscription *s,
    const struct subscription_move *was, struct subscription_move *move)
{
    bool had_left = false;
    if (was->is_minor == 0)
        TRY(subscription_db_had_left(c, s->customer_n, &had_left));
    else
        move->from_plan = was->to_plan;
    move->kind = paid_kind(was, move->is_minor, had_left);
    move->after_trial = was->n > 0 && was->kind == SUBSCRIPTION_MOVE_TRIAL;
    return subscription_db_move(c, move);
}

static enum err note_trial(struct ctx *c, const struct subscription *s, bool any,
    const struct subscription_move *was, struct subscription_move *move)
{
    if (!any && s->status == SUBSCRIPTION_TRIALING) {
        move->kind = SUBSCRIPTION_MOVE_TRIAL;
        return subscription_db_move(c, move);
    }
    if (any && was->kind == SUBSCRIPTION_MOVE_TRIAL && s->status == SUBSCRIPTION_CANCELED) {
        move->kind = SUBSCRIPTION_MOVE_TRIAL_ENDED;
        move->after_trial = true;
        return subscription_db_move(c, move);
    }
    return E_OK;
}

enum err subscription_note_worth(struct ctx *c, const struct subscription *s)
{
    struct subscription_move was = { .n = 0 },
                             move = {
                                 .subscription_n = s->n,
                                 .customer_n = s->customer_n,
                                 .from_plan = s->terms.plan,
                                 .to_plan = s->terms.plan,
                                 .cur = s->terms.amount.cur,
                                 .is_minor = subscription_worth(s),
                                 .at_ms = c->now_ms,
                             };
    bool any = false;
    TRY(subscription_db_newest_move(c, s->n, &any, &was));
    if (was.is_minor == 0 && move.is_minor == 0)
        return note_trial(c, s, any, &was, &move);
    if (was.is_minor > 0 && was.cur != move.cur) { /* in another currency: gone here, new there */
        struct subscription_move gone = was;
        gone.kind = SUBSCRIPTION_MOVE_CHURNED;
        gone.from_plan = was.to_plan;
        gone.was_minor = was.is_minor;
        gone.is_minor = 0;
        gone.after_trial = false;
        gone.at_ms = c->now_ms;
        TRY(subscription_db_move(c, &gone));
        return subscription_note_worth(c, s);
    }
    move.was_minor = was.is_minor;
    if (was.is_minor == move.is_minor && str_eq(was.to_plan, move.to_plan))
        return E_OK;
    return note_paid(c, s, &was, &move);
}

/* ---- do the rows say what the subscriptions say? */

struct checking {
    struct buf *out;
    int64_t found;
};

static enum err check_worth(struct ctx *c, const struct subscription *s, int64_t minor, void *arg)
{
    struct checking *k = arg;
    const int64_t worth = subscription_worth(s);
    if (worth == minor)
        return c->dead ? E_DEAD : E_OK;
    k->found++;
    buf_fmt(k->out, "%.*s is worth %lld a month, and its last row says %lld\n",
        SARG(subscription_id(c->arena, s)), (long long)worth, (long long)minor);
    return E_OK;
}

static enum err check_gap(struct ctx *c, int64_t subscription_n, void *arg)
{
    struct checking *k = arg;
    k->found++;
    buf_fmt(k->out, "what the subscription with number %lld was worth has a gap\n",
        (long long)subscription_n);
    return c->dead ? E_DEAD : E_OK;
}

enum err subscription_verify(struct ctx *c, struct buf *out)
{
    struct checking k = { out, 0 };
    TRY(subscription_db_each_worth(c, check_worth, &k));
    TRY(subscription_db_each_gap(c, check_gap, &k));
    return k.found == 0 ? E_OK : fail(c, CONFLICT, "what subscriptions are worth does not add up");
}
