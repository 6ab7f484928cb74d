#include "base/clock.h"
#include "db/db.h"
#include "grant/grant.h"
#include "job/job.h"
#include "renewal/bill.h"
#include "renewal/change.h"
#include "renewal/charge.h"
#include "renewal/renewal_db.h"
#include "renewal/state.h"
#include "switch/switch.h"

/* What falls due by itself, a subscription at a time.
 *
 * Where purser renews: RENEWAL_LEAD_DAYS before a period ends there is an order for the next one,
 * and a mail with its page.  Where what somebody paid with can be charged again, the mail says so,
 * and at the end of the period it is (charge.c).  Unpaid at the end it is past due, reminded of on
 * the days that the catalogue says, and over when grace is.  Whoever pays before that goes on as if
 * nothing had been; each step looks at the day alone, so one that was slept through is made up for.
 * Whose period went back whole is asked for nothing more: the plan is over.
 *
 * Where the gateway renews: it is asked when it should have told, and what it could not collect in
 * the days of grace ends there and here. */

enum {
    HOUR_MS = 3600 * 1000,
    DAY_MS = 24 * HOUR_MS
};

struct due {
    struct subscription s;
    struct dunning dunning;
    struct order open; /* for the period that comes; n 0: none */
    bool held;         /* renewals are held back */
};

static enum err later(struct ctx *c, const struct subscription *s)
{
    int64_t next_ms = 0;
    TRY(state_next_ms(c, s, &next_ms));
    return next_ms > 0
        ? job_add(c, RENEWAL_DUE, str_fmt(c->arena, "%lld", (long long)s->n), next_ms)
        : E_OK;
}

static enum err in_an_hour(struct ctx *c, const struct due *d)
{
    return job_add(
        c, RENEWAL_DUE, str_fmt(c->arena, "%lld", (long long)d->s.n), c->now_ms + HOUR_MS);
}

static bool is_alive(const struct subscription *s)
{
    return s->status != SUBSCRIPTION_CANCELED && s->status != SUBSCRIPTION_INCOMPLETE;
}

/* ---- where purser renews */

static enum err end(struct ctx *c, struct due *d, int64_t at_ms, struct str reason)
{
    struct subscription *s = &d->s;
    const struct state_change change = { .was = *s };
    if (d->open.n > 0 && order_may_become(d->open.status, ORDER_EXPIRED))
        TRY(payment_give_up(c, &d->open, ORDER_EXPIRED, S("the plan has ended")));
    s->ended_ms = at_ms;
    s->cancel_at_ms = 0;
    s->next_price = S("");
    s->reason = s->reason.n > 0 ? s->reason : reason;
    return state_store(c, &change, s, SUBSCRIPTION_CANCELED);
}

static enum err make_bill(struct ctx *c, const struct due *d, struct bill *ret)
{
    const struct subscription *s = &d->s;
    struct subscription_terms terms = s->terms;
    struct bill b;
    bool sold = true;
    TRY(bill_next_terms(c, s, &terms, &sold));
    const struct bill_period period = { &terms, s->period_end_ms,
        subscription_next_end_ms(s, terms.months) };
    TRY(bill_of_period(c, s, &period, &b));
    int64_t from_ms = s->period_end_ms > c->now_ms ? s->period_end_ms : c->now_ms;
    b.order.expires_ms = from_ms + d->dunning.grace_ms + DAY_MS;
    *ret = b;
    return E_OK;
}

/* Reminded of on this day; 0: of the end itself; -1: nothing yet. */
static int64_t reminder(const struct ctx *c, const struct due *d)
{
    int64_t last = -1, since_ms = c->now_ms - d->s.period_end_ms;
    if (since_ms >= 0)
        last = 0;
    for (size_t i = 0; i < d->dunning.retries; i++)
        if (since_ms >= d->dunning.retry_ms[i] && d->dunning.retry_ms[i] > last)
            last = d->dunning.retry_ms[i];
    return last;
}

static enum err ask_to_pay(struct ctx *c, const struct due *d, const struct order *o, bool charged)
{
    int64_t day = reminder(c, d);
    struct str key =
        str_fmt(c->arena, "%lld:%lld", (long long)o->n, (long long)(day < 0 ? -1 : day / DAY_MS));
    if (charged)
        return tell_to_be_charged(c, &d->s, o, key);
    return tell_to_pay(c, &d->s, o, key, day >= 0);
}

static enum err past_due(struct ctx *c, struct due *d)
{
    struct state_change change = { .was = d->s };
    if (d->s.status == SUBSCRIPTION_PAST_DUE)
        return E_OK;
    d->s.past_due_ms = d->s.period_end_ms;
    return state_store(c, &change, &d->s, SUBSCRIPTION_PAST_DUE);
}

/* Its period ends soon, or has ended. */
static enum err collect(struct ctx *c, struct due *d)
{
    bool over = c->now_ms >= d->s.period_end_ms, being_paid = false;
    enum charge_standing charge = CHARGE_NONE;
    int64_t change_n = 0;
    if (d->open.n == 0) {
        struct bill b;
        TRY(make_bill(c, d, &b));
        if (b.order.total_minor == 0 && !over) /* it goes on by itself at the end */
            return later(c, &d->s);
        TRY(state_end_change(c, &d->s, S("the next period can be paid now")));
        TRY(renewal_db_open_change(c, d->s.n, &being_paid, &change_n));
        if (being_paid) /* under the old terms the next period would undo what it pays for */
            return in_an_hour(c, d);
        TRY(bill_insert(c, &b));
        d->open = b.order;
    }
    if (d->open.total_minor == 0) {
        TRY(settle_free_order(c, d->open.n));
        TRY(subscription_by_n(c, d->s.n, &d->s));
        return later(c, &d->s);
    }
    TRY(charge_stands(c, &d->s, &d->open, &charge));
    if (over && charge != CHARGE_NONE)
        TRY(charge_later(c, &d->s)); /* which knows when it has been tried often enough */
    if (over && (charge == CHARGE_READY || charge == CHARGE_UNDER_WAY))
        return in_an_hour(c, d);
    if (over)
        TRY(past_due(c, d));
    if (d->open.status != ORDER_REVIEW) /* there a person decides */
        TRY(ask_to_pay(c, d, &d->open, !over && charge == CHARGE_READY));
    return later(c, &d->s);
}

/* The order before the subscription: as settling locks them. */
static enum err lock_both(struct ctx *c, struct due *d)
{
    bool found = false;
    int64_t order_n = 0;
    TRY(subscription_by_n(c, d->s.n, &d->s));
    TRY(renewal_db_open_order(c, d->s.n, d->s.period_end_ms, &found, &order_n));
    d->open = (struct order) { .n = 0 };
    if (found)
        TRY(order_lock(c, order_n, &d->open));
    TRY(subscription_lock(c, d->s.n, &d->s));
    if (d->open.n > 0 && d->open.period_start_ms != d->s.period_end_ms)
        d->open = (struct order) { .n = 0 }; /* it was paid meanwhile */
    return renewal_db_check_open(c, &d->s, d->open.n);
}

/* Nobody loses a plan that he was not asked to pay for in time, however long nothing ran here. */
static enum err is_over(struct ctx *c, const struct due *d, bool *ret)
{
    int64_t asked_ms = 0, since_ms = d->s.period_end_ms;
    TRY(renewal_db_asked(c, d->s.n, d->s.period_end_ms, &asked_ms));
    if (asked_ms > since_ms)
        since_ms = asked_ms;
    bool waits = d->open.n > 0 && d->open.status == ORDER_REVIEW; /* there a person decides */
    *ret = asked_ms > 0 && !waits && c->now_ms >= since_ms + d->dunning.grace_ms;
    return E_OK;
}

/* It was cancelled, and a further period was paid for after all: that one is given, too. */
static enum err end_later(struct ctx *c, struct due *d)
{
    const struct state_change change = { .was = d->s };
    d->s.cancel_at_ms = d->s.period_end_ms;
    return state_store(c, &change, &d->s, d->s.status);
}

/* The plan is another one since the next period could be paid: it is asked for anew. */
static enum err drop_outdated(struct ctx *c, struct due *d)
{
    struct subscription_terms now, asked;
    struct order_line *line = NULL;
    size_t n = 0;
    bool sold = true;
    if (d->open.n == 0 || !order_may_become(d->open.status, ORDER_CANCELLED))
        return E_OK;
    TRY(bill_next_terms(c, &d->s, &now, &sold));
    TRY(order_lines(c, &d->open, &line, &n));
    TRY(subscription_terms_read(c, n > 0 ? line[0].plan : S(""), &asked));
    if (str_eq(asked.price, now.price))
        return E_OK;
    TRY(payment_give_up(c, &d->open, ORDER_CANCELLED, S("the plan is another one now")));
    d->open = (struct order) { .n = 0 };
    return E_OK;
}

/* A person holds renewals back: nobody is asked and nothing ends, and the days count on. */
static enum err held_back(struct ctx *c, const struct due *d, bool *ret)
{
    TRY(switch_is_off(c, SWITCH_RENEWALS, ret));
    return *ret ? in_an_hour(c, d) : E_OK;
}

/* One that was paid for before it begins ends where it would have begun: the one before it runs. */
static enum err end_refunded(struct ctx *c, struct due *d)
{
    const struct subscription *s = &d->s;
    if (s->period_start_ms <= c->now_ms)
        return end(c, d, c->now_ms, S("refunded"));
    return job_add(c, RENEWAL_DUE, str_fmt(c->arena, "%lld", (long long)s->n), s->period_start_ms);
}

static enum err managed_tx(struct ctx *c, void *arg)
{
    struct due *d = arg;
    const struct subscription *s = &d->s;
    struct grant_paid paid;
    bool over = false, held = false;
    TRY(held_back(c, d, &held));
    if (held)
        return E_OK;
    TRY(dunning_now(c, &d->dunning));
    TRY(lock_both(c, d));
    if (!is_alive(s))
        return E_OK;
    TRY(grant_paid(c, s, &paid));
    if (paid.back)
        return end_refunded(c, d);
    if (s->cancel_at_ms > 0 && s->cancel_at_ms < s->period_end_ms)
        TRY(end_later(c, d));
    if (s->cancel_at_ms > 0)
        return s->cancel_at_ms <= c->now_ms ? end(c, d, s->cancel_at_ms, S("")) : later(c, s);
    TRY(is_over(c, d, &over));
    if (over)
        return end(c, d, c->now_ms, S("unpaid"));
    TRY(drop_outdated(c, d));
    if (c->now_ms >= s->period_end_ms - RENEWAL_LEAD_DAYS * (int64_t)DAY_MS)
        return collect(c, d);
    return later(c, s);
}

/* ---- where the gateway renews */

static enum err native_tx(struct ctx *c, void *arg)
{
    struct due *d = arg;
    TRY(subscription_lock(c, d->s.n, &d->s));
    const struct subscription *s = &d->s;
    if (!is_alive(s))
        return E_OK;
    if (s->status == SUBSCRIPTION_TRIALING && s->cancel_at_ms == 0 &&
        c->now_ms >= s->trial_end_ms - RENEWAL_LEAD_DAYS * (int64_t)DAY_MS)
        TRY(tell_trial_ends(c, s));
    return later(c, s);
}

static enum err read_one(struct ctx *c, void *arg)
{
    struct due *d = arg;
    TRY(switch_is_off(c, SWITCH_RENEWALS, &d->held));
    TRY(dunning_now(c, &d->dunning));
    return subscription_by_n(c, d->s.n, &d->s);
}

static bool should_have_told(const struct ctx *c, const struct due *d)
{
    const struct subscription *s = &d->s;
    return s->status == SUBSCRIPTION_PAST_DUE || s->period_end_ms + 2 * HOUR_MS <= c->now_ms ||
        (s->cancel_at_ms > 0 && s->cancel_at_ms <= c->now_ms);
}

static enum err native(struct ctx *c, struct due *d)
{
    if (is_alive(&d->s) && should_have_told(c, d)) {
        struct renewal_mirror m = { .gateway = d->s.gateway, .reference = d->s.reference };
        TRY(renewal_mirror(c, &m));
        TRY(db_read(c, read_one, d));
    }
    if (!d->held && d->s.status == SUBSCRIPTION_PAST_DUE &&
        c->now_ms >= d->s.past_due_ms + d->dunning.grace_ms)
        TRY(change_end(c, &d->s, CHANGE_UNPAID, d->s.past_due_ms));
    return db_tx_job(c, "renewal due", native_tx, d);
}

enum err renewal_due(struct ctx *c, struct str subscription_n)
{
    struct due d = { .s = { .n = 0 } };
    if (!str_to_i64(subscription_n, &d.s.n))
        return fail(
            c, STORE_CORRUPT, "a job looks at the subscription \"%.*s\"", SARG(subscription_n));
    TRY(db_read(c, read_one, &d));
    return subscription_is_native(&d.s) ? native(c, &d)
                                        : db_tx_job(c, "renewal due", managed_tx, &d);
}

/* ---- all of them */

struct piece {
    int64_t n[100];
    size_t count;
    int64_t after_n;
};

static enum err find_piece(struct ctx *c, void *arg)
{
    struct piece *p = arg;
    return renewal_db_managed(c, p->after_n, p->n, &p->count);
}

static enum err add_piece(struct ctx *c, void *arg)
{
    struct piece *p = arg;
    for (size_t i = 0; i < p->count; i++)
        TRY(job_add(c, RENEWAL_DUE, str_fmt(c->arena, "%lld", (long long)p->n[i]), c->now_ms));
    return E_OK;
}

enum err renewal_look_at_all(struct ctx *c)
{
    struct piece p = { .after_n = 0 };
    do {
        TRY(db_read(c, find_piece, &p));
        if (p.count > 0)
            TRY(db_tx_job(c, "renewal look", add_piece, &p));
        p.after_n = p.count > 0 ? p.n[p.count - 1] : p.after_n;
    } while (p.count == ARRAY_LEN(p.n));
    return E_OK;
}
