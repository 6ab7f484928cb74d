#include "inbox/inbox.h"

#include "base/fault.h"

#include "alert/alert.h"
#include "db/db.h"
#include "inbox/inbox_apply.h"
#include "inbox/inbox_db.h"
#include "job/job.h"
#include "payment/prompt.h"
#include "renewal/renewal.h"

enum {
    MINUTE_MS = 60 * 1000,
    /* Until what a plan's payment is called there was asked: a gateway may be away for a while. */
    MAYBE_MS = 3 * 60 * MINUTE_MS,
    DAY_MS = 24 * 60 * MINUTE_MS
};

#ifdef MUTANTS
/* Planted: the audit is written in a transaction of its own. */
static enum err audit_late(struct ctx *c, void *arg)
{
    struct event_work *w = arg;
    struct event e;
    TRY(event_db_by_n(c, w->event.n, &e));
    return event_fact(c, &e, "PROCESSED", 0);
}
#endif

/* ---- a hint: ask, then settle */

enum err event_read(struct ctx *c, void *arg)
{
    struct event_work *w = arg;
    TRY(event_db_by_n(c, w->event.n, &w->event));
    const struct gateway *g = gateway_by_id(w->event.gateway);
    struct notice about = { .kind = NOTICE_STRANGE };
    if (g == NULL || w->event.body.n == 0 || g->translate(c, w->event.body, &about) != E_OK)
        err_clear(c);
    if (about.payment.n == 0)
        about.session_id = w->event.reference;
    w->settle.gateway = w->event.gateway;
    return attempt_of_notice(c, w->event.gateway, &about, &w->found, &w->attempt);
}

static enum err settle_event(struct ctx *c, void *arg)
{
    struct event_work *w = arg;
    struct event now;
    TRY(event_db_by_n(c, w->event.n, &now));
    if (now.status != EVENT_RECEIVED && now.status != EVENT_RETRYING)
        return E_OK; /* another run was faster */
    struct settle s = w->settle;
    s.found = false;
    TRY(call_note(c, &w->call));
    TRY(event_settle(c, &now, &s));
    w->settle = s;
    return E_OK;
}

static enum err park_event(struct ctx *c, void *arg)
{
    struct event_work *w = arg;
    struct event e;
    TRY(event_db_by_n(c, w->event.n, &e));
    if (e.status != EVENT_RECEIVED && e.status != EVENT_RETRYING)
        return E_OK;
    e.status = EVENT_PARKED;
    e.outcome = w->why;
    TRY(event_db_update(c, &e));
    TRY(call_note(c, &w->call));
    TRY(event_fact(c, &e, "FAILED", 0));
    return alert_raise(c, ALERT_WEBHOOK_PARKED, event_id(c->arena, &e), w->why);
}

static enum err ignore_event(struct ctx *c, void *arg)
{
    struct event_work *w = arg;
    struct event e;
    TRY(event_db_by_n(c, w->event.n, &e));
    e.status = EVENT_IGNORED;
    e.outcome = w->why;
    return event_db_update(c, &e);
}

static enum err note_try(struct ctx *c, void *arg)
{
    struct event_work *w = arg;
    struct event e;
    TRY(event_db_by_n(c, w->event.n, &e));
    if (e.status != EVENT_RECEIVED && e.status != EVENT_RETRYING)
        return E_OK;
    e.status = MUTANT(22) ? EVENT_APPLIED : EVENT_RETRYING; /* planted: marked before it is done */
    e.tries++;
    e.outcome = w->why;
    TRY(call_note(c, &w->call));
    return event_db_update(c, &e);
}

/* What settle would say, in a transaction that is then undone. */
static enum err dry_settle(struct ctx *c, void *arg)
{
    struct event_work *w = arg;
    struct settle s = w->settle;
    w->is_said = false;
    TRY(settle_tx(c, &s));
    TRY(db_wait(c)); /* what was posted is counted, too */
    w->settle.result = s.result;
    w->why = str_copy(c->arena, s.why);
    w->is_said = true;
    return fail(c, CONFLICT, "a dry run ends here");
}

static enum err conclude(struct ctx *c, struct event_work *w)
{
#ifdef MUTANTS
    if (MUTANT(28)) {
        TRY(db_tx(c, "settle", settle_event, w));
        return db_tx(c, "audit", audit_late, w);
    }
#endif
    if (!w->dry)
        return db_tx(c, "settle", settle_event, w);
    enum err e = db_tx(c, "inbox dry run", dry_settle, w);
    if (!w->is_said)
        return e;
    err_clear(c);
    return E_OK;
}

static enum err park(struct ctx *c, struct event_work *w, struct str why)
{
    w->why = str_copy(c->arena, why);
    w->put_off = true;
    return w->dry ? E_OK : db_tx_job(c, "inbox park", park_event, w);
}

/* How long it has been tried: since it came, or since a person began again. */
static int64_t age_ms(const struct ctx *c, const struct event_work *w)
{
    const struct event *e = &w->event;
    return w->dry ? 0 : c->now_ms - (e->again_ms > 0 ? e->again_ms : e->received_ms);
}

static enum err wait_on(struct ctx *c, struct event_work *w, struct str why)
{
    if (w->dry || age_ms(c, w) > DAY_MS)
        return park(c, w, why);
    w->why = str_copy(c->arena, why);
    TRY(db_tx_job(c, "inbox try", note_try, w));
    return fail(c, GATEWAY_UNAVAILABLE, "%.*s", SARG(w->why));
}

static bool may_settle_alone(struct ctx *c, const struct gateway *g, const struct event_work *w)
{
    struct str confirm = config_str(c->config, CFG_MONEYMOTION_CONFIRM);
    return (g->can & GATEWAY_HINTS_SETTLE) != 0 && !str_eq(confirm, S("get")) &&
        age_ms(c, w) >= MINUTE_MS;
}

/* A sum of refunds that grew meanwhile is no contradiction. */
static bool grows(const struct event_work *w, const struct notice *said)
{
    const struct gateway *g = gateway_by_id(w->event.gateway);
    return said->kind == NOTICE_REFUNDED && (g->can & GATEWAY_CAN_PARTIAL_REFUND) != 0;
}

/* A phone that is still asked may be approved yet: whoever is told that it failed asks another one,
 * and both would pay.  So an end without money is its own gateway's to say. */
static bool may_yet_pay(const struct event_work *w, const struct notice *said)
{
    bool ends = said->kind == NOTICE_FAILED || said->kind == NOTICE_EXPIRED;
    return ends && attempt_by_phone(&w->attempt);
}

/* What the gateway answered against what its webhook said.  An answer that is as far or further is
 * the truth; one that is behind what was signed is waited for, and after a minute a person decides.
 */
static enum err weigh(
    struct ctx *c, struct event_work *w, const struct notice *said, const struct notice *answered)
{
    struct notice n = *answered; /* both in our units from here on: only then do they compare */
    gateway_amount(c, w->event.gateway, w->attempt.amount.cur, &n);
    bool behind = notice_progress(answered->kind) < notice_progress(said->kind);
    if (behind && age_ms(c, w) < MINUTE_MS)
        return wait_on(c, w, S("the gateway's own answer does not say so yet"));
    if (behind && !may_yet_pay(w, said)) {
        n = *said;
        w->settle.doubt =
            str_fmt(c->arena, "its webhook says %.*s, and the gateway itself says %.*s",
                SARG(notice_text(said->kind)), SARG(notice_text(answered->kind)));
    }
    n.session_id = said->session_id;
    n.attempt = said->attempt;
    n.payment = said->payment.n > 0 ? said->payment : n.payment;
    if (said->method_type.n > 0) {
        n.method_type = said->method_type;
        n.method_brand = said->method_brand;
        n.method_last4 = said->method_last4;
    }
    /* Two witnesses: the one that differs from what we stored is the one that settle shall see. */
    if (said->has_amount && said->amount_minor != w->attempt.amount.minor && !grows(w, said))
        n.amount_minor = said->amount_minor;
    if (said->currency != CUR_NONE && said->currency != w->attempt.amount.cur)
        n.currency = said->currency;
    w->settle.notice = n;
    w->settle.confirmed_by = S("webhook+query");
    return conclude(c, w);
}

static enum err take_at_its_word(struct ctx *c, struct event_work *w, const struct notice *said)
{
    w->settle.notice = *said;
    w->settle.confirmed_by = S("webhook");
    return conclude(c, w);
}

static enum err ask_and_settle(
    struct ctx *c, struct event_work *w, const struct gateway *g, const struct notice *said)
{
    struct gateway_state state = { .outcome = OUTCOME_NOT_SENT };
    bool by_number = attempt_is_beside(&w->attempt);
    struct gateway_ask ask = {
        .attempt = by_number ? S("") : attempt_id(c->arena, &w->attempt),
        .session_id = w->attempt.session_id.n > 0 ? w->attempt.session_id : said->session_id,
        .payment = said->payment,
        .currency = w->attempt.amount.cur,
        .told = said->kind,
        .back = said->back.id,
    };
    w->unasked = w->dry && c->net == NULL;
    if (w->unasked)
        return take_at_its_word(c, w, said);
    TRY(g->ask(c, &ask, &state));
    w->call = call_of(&w->attempt, CALL_QUERY, state.outcome, &state.reply);
    w->call.said = state.notice.name;
    if (w->dry)
        TRY(call_note_now(c, &w->call));
    if (state.outcome == OUTCOME_DONE)
        return weigh(c, w, said, &state.notice);
    if (!may_settle_alone(c, g, w))
        return wait_on(
            c, w, str_fmt(c->arena, "the gateway could not be asked: %.*s", SARG(state.refusal)));
    return take_at_its_word(c, w, said);
}

static enum err find_attempt(struct ctx *c, void *arg)
{
    struct event_work *w = arg;
    return attempt_of_notice(c, w->event.gateway, &w->settle.notice, &w->found, &w->attempt);
}

/* Without a word of whose it is: the gateway knows, and says at once how it stands. */
static bool needs_tracing(const struct notice *n)
{
    return n->payment.n > 0 && n->attempt.n == 0 && n->session_id.n == 0;
}

static enum err find_plans(struct ctx *c, void *arg)
{
    struct event_work *w = arg;
    return renewal_any(c, w->event.gateway, &w->found);
}

static enum err trace(
    struct ctx *c, struct event_work *w, const struct gateway *g, const struct notice *said)
{
    struct gateway_state state = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_ask ask = {
        .payment = said->payment, .told = said->kind, .back = said->back.id
    };
    if (w->dry && c->net == NULL)
        return park(c, w, S("no server runs that could ask the gateway whose payment it is"));
    TRY(g->ask(c, &ask, &state));
    if (state.outcome != OUTCOME_DONE)
        return wait_on(
            c, w, str_fmt(c->arena, "the gateway could not be asked: %.*s", SARG(state.refusal)));
    TRY(db_read(c, find_plans, w));
    bool of_plans = w->found && !w->dry && age_ms(c, w) < MAYBE_MS;
    w->found = false;
    if (state.notice.attempt.n == 0 && of_plans)
        return wait_on(c, w, EVENT_MAY_BE_RENEWAL);
    if (state.notice.attempt.n == 0) {
        w->why = S("a payment of this account that is not ours");
        return w->dry ? E_OK : db_tx_job(c, "inbox ignore", ignore_event, w);
    }
    w->settle.notice = state.notice;
    TRY(db_read(c, find_attempt, w));
    if (!w->found)
        return wait_on(c, w, S("no payment of ours has this reference yet"));
    struct notice known = *said;
    known.attempt = state.notice.attempt;
    gateway_amount(c, w->event.gateway, w->attempt.amount.cur, &known);
    return weigh(c, w, &known, &state.notice);
}

static enum err mirror(struct ctx *c, struct event_work *w, const struct notice *said)
{
    bool dispute = said->kind == NOTICE_DISPUTE;
    w->settle.result = SETTLED_BEFORE;
    w->why = S("the gateway is asked how it stands");
    return w->dry
        ? E_OK
        : event_mirror(c, w->event.gateway, dispute, dispute ? said->dispute : said->subscription);
}

enum err event_process(struct ctx *c, struct event_work *w)
{
    struct notice said;
    TRY(db_read(c, event_read, w));
    const struct gateway *g = gateway_by_id(w->event.gateway);
    w->settle.result = SETTLED_NOTHING;
    if (!w->dry && w->event.status != EVENT_RECEIVED && w->event.status != EVENT_RETRYING)
        return E_OK;
    if (g == NULL || g->translate(c, w->event.body, &said) != E_OK)
        return park(c, w, S("the body can no longer be read"));
    w->settle.event = event_id(c->arena, &w->event);
    if (said.kind == NOTICE_SUBSCRIPTION || said.kind == NOTICE_DISPUTE)
        return mirror(c, w, &said);
    if (!w->found && (!notice_matters(&said) || MUTANT(30))) {
        w->why = notice_text(said.kind);
        return w->dry ? E_OK : db_tx_job(c, "inbox ignore", ignore_event, w);
    }
    if (!w->found && needs_tracing(&said))
        return trace(c, w, g, &said);
    if (!w->found)
        return wait_on(c, w, S("no payment of ours has this reference yet"));
    gateway_amount(c, w->event.gateway, w->attempt.amount.cur, &said);
    if (said.proof) {
        w->settle.notice = said;
        w->settle.confirmed_by = S("webhook");
        return conclude(c, w);
    }
    return ask_and_settle(c, w, g, &said);
}

static enum err process(struct ctx *c, int64_t event_n)
{
    struct event_work w = { .event = { .n = event_n } };
    return event_process(c, &w);
}

enum err inbox_confirm(struct ctx *c, struct str event_n)
{
    int64_t n = 0;
    if (!str_to_i64(event_n, &n))
        return fail(c, STORE_CORRUPT, "a job asks about the webhook \"%.*s\"", SARG(event_n));
    return process(c, n);
}

struct waiting {
    struct str reference;
    int64_t n[100];
    size_t count;
};

static enum err find_waiting(struct ctx *c, void *arg)
{
    struct waiting *w = arg;
    return event_db_waiting(c, w->reference, w->n, &w->count);
}

enum err inbox_retry(struct ctx *c, struct str reference)
{
    struct waiting w = { .reference = reference };
    enum err first = E_OK;
    TRY(db_read(c, find_waiting, &w));
    for (size_t i = 0; i < w.count; i++) {
        enum err e = process(c, w.n[i]);
        first = first == E_OK ? e : first;
    }
    return first;
}
