#include "payment/payment.h"

#include "base/fault.h"

#include "db/db.h"
#include "fact/fact.h"
#include "job/job.h"
#include "payment/attempt_db.h"
#include "payment/call.h"
#include "payment/prompt.h"

/* Asking the gateway, and giving up.  In no transaction: each step opens its own. */

/* ---- asking */

struct asking {
    int64_t n;
    struct attempt attempt;
};

static enum err note_asked(struct ctx *c, void *arg)
{
    struct asking *k = arg;
    TRY(attempt_by_n(c, k->n, &k->attempt));
    return attempt_db_asked(c, k->n);
}

struct answered {
    struct settle settle;
    struct call call;
};

static enum err settle_answer(struct ctx *c, void *arg)
{
    struct answered *k = arg;
    TRY(call_note(c, &k->call));
    return settle_tx(c, &k->settle);
}

/* Of what was paid we also want to hear what went back: nobody may have told. */
static struct gateway_ask question(struct ctx *c, const struct gateway *g, const struct attempt *a)
{
    bool paid = a->status == ATTEMPT_CAPTURED;
    bool by_number = paid && (g->can & GATEWAY_NUMBERS_TRIES) != 0;
    return (struct gateway_ask) {
        .attempt = attempt_id(c->arena, a),
        .session_id = a->session_id,
        .payment = by_number || g->phone != NULL ? a->payment : S(""),
        .currency = a->amount.cur,
        .told = paid ? NOTICE_REFUNDED : NOTICE_STRANGE,
    };
}

enum err payment_ask(struct ctx *c, int64_t attempt_n, struct settle *ret)
{
    struct asking k = { .n = attempt_n };
    struct gateway_state state = { .outcome = OUTCOME_NOT_SENT };
    TRY(db_tx_job(c, "payment ask", note_asked, &k));
    const struct gateway *g = gateway_by_id(k.attempt.gateway);
    if (g == NULL || k.attempt.session_id.n == 0) {
        *ret = (struct settle) { .result = SETTLED_NOTHING,
            .why = S("there is nothing to ask about") };
        return E_OK;
    }
    struct gateway_ask ask = question(c, g, &k.attempt);
    TRY(g->ask(c, &ask, &state));
    struct answered said = { .call = call_of(&k.attempt, CALL_QUERY, state.outcome, &state.reply) };
    if (state.outcome != OUTCOME_DONE) {
        TRY(call_note_now(c, &said.call));
        return fail(c, GATEWAY_UNAVAILABLE, "%.*s could not be asked: %.*s", SARG(g->title),
            SARG(state.refusal.n > 0 ? state.refusal : outcome_text(state.outcome)));
    }
    said.call.said = state.notice.name;
    said.settle = (struct settle) {
        .gateway = k.attempt.gateway,
        .notice = state.notice,
        .confirmed_by = S("query"),
    };
    said.settle.notice.session_id = k.attempt.session_id;
    TRY(db_tx_job(c, "settle", settle_answer, &said));
    *ret = said.settle;
    return E_OK;
}

/* R29: lost webhooks heal.  After the last question the order's own expiry ends the matter, and a
 * payment that comes even later is still believed.  What takes a bank days is asked about longer.
 */
static int64_t next_question_ms(const struct ctx *c, const struct attempt *a)
{
    enum {
        DAY = 24 * 60,
        USUAL = 7
    };
    static const int64_t minutes[] = { 1, 5, 15, 60, 6 * 60, DAY, 3 * DAY, 5 * DAY, 7 * DAY,
        10 * DAY, 14 * DAY, 21 * DAY, 30 * DAY };
    const bool prompted = a->prompted_ms > 0;
    const size_t asked = a->status == ATTEMPT_PROCESSING && !prompted ? ARRAY_LEN(minutes) : USUAL;
    const int64_t since = prompted ? a->prompted_ms : a->created_ms;
    const int64_t soon = prompted ? prompt_question_ms(c, a) : 0;
    if (soon > 0)
        return soon;
    for (size_t i = 0; i < asked; i++)
        if (since + minutes[i] * 60 * 1000 > c->now_ms)
            return since + minutes[i] * 60 * 1000;
    return 0;
}

/* Not sooner about the same attempt, whoever would like to know; a phone's turn comes every five
 * seconds. */
static int64_t rest_ms(const struct attempt *a)
{
    return a->prompted_ms > 0 ? 4000 : 5000;
}

/* A page is payable until the gateway ends it, whatever became of its order here; a phone once it
 * was asked. */
static bool may_be_paid(const struct attempt *a)
{
    return a->session_id.n > 0 && a->status != ATTEMPT_CAPTURED && a->status != ATTEMPT_DECLINED &&
        (!attempt_by_phone(a) || a->prompted_ms > 0);
}

static bool just_asked(const struct ctx *c, const struct attempt *a)
{
    return a->asked_ms > 0 && c->now_ms - a->asked_ms < rest_ms(a);
}

static struct str poll_subject(struct ctx *c, const struct attempt *a)
{
    return str_fmt(c->arena, "%lld", (long long)a->n);
}

static enum err read_attempt(struct ctx *c, void *arg)
{
    struct asking *k = arg;
    return attempt_by_n(c, k->n, &k->attempt);
}

static enum err plan_next(struct ctx *c, void *arg)
{
    struct asking *k = arg;
    struct order o;
    TRY(attempt_by_n(c, k->n, &k->attempt));
    int64_t due = next_question_ms(c, &k->attempt);
    if (!may_be_paid(&k->attempt) || due == 0)
        return E_OK;
    TRY(order_by_n(c, k->attempt.order_n, &o));
    if (o.completed_ms > 0) /* paid on another page */
        TRY(payment_end_later(c, &k->attempt));
    return job_add(c, PAYMENT_POLL, poll_subject(c, &k->attempt), due);
}

enum err payment_poll(struct ctx *c, struct str attempt_n)
{
    struct settle s;
    struct asking k = { .n = 0 };
    if (MUTANT(32))
        return E_OK;
    if (!str_to_i64(attempt_n, &k.n))
        return fail(c, STORE_CORRUPT, "a job asks about the attempt \"%.*s\"", SARG(attempt_n));
    TRY(db_read(c, read_attempt, &k));
    bool unasked = attempt_by_phone(&k.attempt) && k.attempt.prompted_ms == 0;
    enum err e = unasked || just_asked(c, &k.attempt) ? E_OK : payment_ask(c, k.n, &s);
    /* A gateway that is away is asked again at the next time of the schedule: that is what it is
     * for.  Only our own failures are the job's. */
    if (e != E_OK && e != E_UPSTREAM)
        return e;
    err_clear(c);
    return db_tx_job(c, "payment poll", plan_next, &k);
}

/* ---- a buyer looks */

struct poll {
    int64_t due_ms; /* 0: none waits */
    bool runs;
};

static enum err take_poll(struct ctx *c, const struct job *job, void *arg)
{
    struct poll *p = arg;
    if (str_eq(job->kind, PAYMENT_POLL) && job->state == JOB_WAITING)
        *p = (struct poll) { job->due_ms, job->leased_until_ms > c->now_ms };
    return c->dead ? E_DEAD : E_OK;
}

static int64_t soonest_ms(const struct ctx *c, const struct attempt *a)
{
    return just_asked(c, a) ? a->asked_ms + rest_ms(a) : c->now_ms;
}

enum err payment_waited_for(struct ctx *c, const struct order *o, bool *ret_sooner)
{
    struct attempt *k = NULL;
    size_t n = 0;
    *ret_sooner = false;
    if (o->completed_ms > 0)
        return E_OK;
    TRY(attempts_of(c, o->n, &k, &n));
    for (size_t i = 0; i < n && !*ret_sooner; i++) {
        struct poll p = { .due_ms = 0 };
        if (!may_be_paid(&k[i]))
            continue;
        TRY(job_of_subject(c, poll_subject(c, &k[i]), take_poll, &p));
        *ret_sooner = !p.runs && (p.due_ms == 0 || p.due_ms > soonest_ms(c, &k[i]));
    }
    return E_OK;
}

enum err payment_hurry(struct ctx *c, struct str order_n)
{
    struct attempt *k = NULL;
    int64_t order = 0;
    size_t n = 0;
    must(str_to_i64(order_n, &order));
    TRY(attempts_of(c, order, &k, &n));
    for (size_t i = 0; i < n; i++)
        if (may_be_paid(&k[i]))
            TRY(job_add(c, PAYMENT_POLL, poll_subject(c, &k[i]), soonest_ms(c, &k[i])));
    return E_OK;
}

/* ---- giving up */

enum err payment_give_up(struct ctx *c, struct order *o, enum order_status to, struct str why)
{
    struct attempt *k = NULL;
    size_t n = 0;
    o->reason = why;
    TRY(order_become(c, o, to));
    TRY(coupon_free(c, o->n));
    TRY(attempts_of(c, o->n, &k, &n));
    enum attempt_status end = to == ORDER_EXPIRED ? ATTEMPT_EXPIRED : ATTEMPT_CANCELLED;
    for (size_t i = 0; i < n; i++) {
        TRY(payment_end_later(c, &k[i]));
        if (attempt_may_become(k[i].status, end))
            TRY(attempt_become(c, &k[i], end));
    }
    struct fact fact = {
        .kind = to == ORDER_EXPIRED ? S("ORDER_EXPIRED") : S("ORDER_CANCELLED"),
        .subject = order_id(c->arena, o),
        .customer_n = o->customer_n,
        .version = o->version,
    };
    return fact_add(c, &fact, NULL);
}

struct overdue {
    int64_t n[100];
    size_t count;
};

static enum err find_overdue(struct ctx *c, void *arg)
{
    struct overdue *k = arg;
    return order_overdue(c, k->n, ARRAY_LEN(k->n), &k->count);
}

static enum err expire_one(struct ctx *c, void *arg)
{
    struct order o;
    TRY(order_lock(c, *(int64_t *)arg, &o));
    bool waits =
        o.status == ORDER_PENDING || o.status == ORDER_FAILED || o.status == ORDER_PROCESSING;
    if (!waits || o.expires_ms > c->now_ms)
        return E_OK; /* somebody was faster */
    return payment_give_up(c, &o, ORDER_EXPIRED, S("the time to pay ran out"));
}

enum err orders_expire(struct ctx *c, struct str subject)
{
    struct overdue k;
    enum err first = E_OK;
    size_t ended = 0;
    (void)subject;
    do {
        k.count = ended = 0;
        TRY(db_read(c, find_overdue, &k));
        for (size_t i = 0; i < k.count; i++) {
            /* One that cannot end must not keep the others. */
            enum err e = db_tx_job(c, "order expire", expire_one, &k.n[i]);
            ended += e == E_OK;
            first = first == E_OK ? e : first;
        }
    } while (k.count == ARRAY_LEN(k.n) && ended > 0);
    return first;
}
