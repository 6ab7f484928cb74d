#include "renewal/state.h"

#include "base/json.h"
#include "catalog/catalog.h"
#include "grant/grant.h"
#include "job/job.h"
#include "renewal/renewal_db.h"

/* Whatever moved a subscription (the gateway's answer, a day that came, a person), what follows is
 * read off what is different. */

enum {
    HOUR_MS = 3600 * 1000,
    DAY_MS = 24 * HOUR_MS,
    LATE_MS = 2 * HOUR_MS /* a renewal is collected in the hour after its period began */
};

enum err dunning_now(struct ctx *c, struct dunning *ret)
{
    const struct catalog *k = NULL;
    struct dunning d = { .retries = 0 };
    int64_t days = 0;
    TRY(catalog_now(c, &k));
    struct json_value v = json_at(json_root(k->text), "dunning");
    if (json_to_i64(json_at(v, "graceDays"), &days))
        d.grace_ms = days * DAY_MS;
    for (struct json_iter it = json_iter(json_at(v, "retryDays")); json_next(&it);)
        if (d.retries < ARRAY_LEN(d.retry_ms) && json_to_i64(it.value, &days))
            d.retry_ms[d.retries++] = days * DAY_MS;
    *ret = d;
    return E_OK;
}

/* ---- when it is looked at next */

static void sooner(const struct ctx *c, int64_t at_ms, int64_t *inout)
{
    if (at_ms > c->now_ms && (*inout == 0 || at_ms < *inout))
        *inout = at_ms;
}

/* The gateway tells; where it did not, it is asked, daily until it has moved on. */
static int64_t native_next(const struct ctx *c, const struct subscription *s, int64_t grace_ms)
{
    int64_t next = 0, late = s->period_end_ms + LATE_MS;
    sooner(c, late, &next);
    if (late <= c->now_ms)
        sooner(c, c->now_ms + DAY_MS, &next);
    if (s->cancel_at_ms > 0)
        sooner(c, s->cancel_at_ms + HOUR_MS / 30, &next);
    if (s->status == SUBSCRIPTION_PAST_DUE) {
        int64_t end = s->past_due_ms + grace_ms;
        sooner(c, end > c->now_ms ? end : c->now_ms + HOUR_MS, &next);
    }
    if (s->status == SUBSCRIPTION_TRIALING)
        sooner(c, s->trial_end_ms - RENEWAL_LEAD_DAYS * DAY_MS, &next);
    return next;
}

static int64_t managed_next(
    const struct ctx *c, const struct subscription *s, const struct dunning *d)
{
    int64_t next = 0, end = s->period_end_ms;
    if (s->cancel_at_ms > 0) {
        sooner(c, s->cancel_at_ms, &next);
        return next;
    }
    sooner(c, end - RENEWAL_LEAD_DAYS * DAY_MS, &next);
    sooner(c, end, &next);
    for (size_t i = 0; i < d->retries; i++)
        if (d->retry_ms[i] < d->grace_ms)
            sooner(c, end + d->retry_ms[i], &next);
    sooner(c, end + d->grace_ms, &next);
    return next > 0 ? next : c->now_ms + DAY_MS;
}

enum err state_next_ms(struct ctx *c, const struct subscription *s, int64_t *ret)
{
    struct dunning d;
    *ret = 0;
    if (s->status == SUBSCRIPTION_CANCELED)
        return E_OK;
    TRY(dunning_now(c, &d));
    *ret = subscription_is_native(s) ? native_next(c, s, d.grace_ms) : managed_next(c, s, &d);
    return E_OK;
}

static struct str due_subject(struct ctx *c, const struct subscription *s)
{
    return str_fmt(c->arena, "%lld", (long long)s->n);
}

enum err renewal_look(struct ctx *c, const struct subscription *s)
{
    return job_add(c, RENEWAL_DUE, due_subject(c, s), c->now_ms);
}

/* ---- what follows */

static enum err facts(struct ctx *c, const struct subscription *was, const struct subscription *s)
{
    if (s->status != was->status && s->status == SUBSCRIPTION_CANCELED)
        return subscription_fact(c, s, S("SUBSCRIPTION_CANCELED"));
    if (s->status != was->status && s->status == SUBSCRIPTION_PAST_DUE)
        return subscription_fact(c, s, S("SUBSCRIPTION_PAST_DUE"));
    bool other = s->cancel_at_ms != was->cancel_at_ms || !str_eq(s->next_price, was->next_price) ||
        !str_eq(s->terms.coupon, was->terms.coupon);
    return other ? subscription_fact(c, s, S("SUBSCRIPTION_UPDATED")) : E_OK;
}

static enum err mails(
    struct ctx *c, const struct state_change *change, const struct subscription *s)
{
    const struct subscription *was = &change->was;
    if (s->status == SUBSCRIPTION_CANCELED)
        return was->status != SUBSCRIPTION_CANCELED ? tell_ended(c, s) : E_OK;
    if (s->cancel_at_ms > 0 && was->cancel_at_ms == 0)
        TRY(tell_ends(c, s));
    return change->failed.n > 0 ? tell_failed(c, s, change) : E_OK;
}

/* Whether grant_access would find anything else. */
static bool has_moved(
    const struct subscription *given, const struct subscription *s, enum subscription_status to)
{
    return to != given->status || s->cycle != given->cycle || s->anchor_ms != given->anchor_ms ||
        s->period_start_ms != given->period_start_ms || s->period_end_ms != given->period_end_ms ||
        s->trial_end_ms != given->trial_end_ms || s->cancel_at_ms != given->cancel_at_ms ||
        s->unpaid != given->unpaid || !str_eq(s->terms.price, given->terms.price);
}

/* Beside that; when the gateway was asked is no reason to write the row twice. */
static bool says_else(const struct subscription *given, const struct subscription *s)
{
    return s->past_due_ms != given->past_due_ms || s->ended_ms != given->ended_ms ||
        !str_eq(s->payer, given->payer) || !str_eq(s->next_price, given->next_price);
}

enum err state_store(struct ctx *c, const struct state_change *change, struct subscription *s,
    enum subscription_status to)
{
    const struct subscription *given = change->given;
    const bool moved = given == NULL || has_moved(given, s, to);
    int64_t next_ms = 0;
    if (moved || says_else(given, s))
        TRY(subscription_become(c, s, to));
    TRY(facts(c, &change->was, s));
    if (moved)
        TRY(grant_access(c, s));
    TRY(mails(c, change, s));
    TRY(state_next_ms(c, s, &next_ms));
    return next_ms > 0 ? job_add(c, RENEWAL_DUE, due_subject(c, s), next_ms) : E_OK;
}

enum err state_end_change(struct ctx *c, const struct subscription *s, struct str why)
{
    struct order o;
    int64_t n = 0;
    bool found = false;
    TRY(renewal_db_open_change(c, s->n, &found, &n));
    if (!found)
        return E_OK;
    TRY(order_lock(c, n, &o));
    return order_may_become(o.status, ORDER_CANCELLED)
        ? payment_give_up(c, &o, ORDER_CANCELLED, why)
        : E_OK;
}
