#include "base/fault.h"
#include "db/db.h"
#include "dispute/apply.h"
#include "dispute/dispute_db.h"
#include "job/job.h"

/* How disputes stand at their gateway, asked for and written down whole.
 *
 * The row is read before the gateway is asked.  When it moved meanwhile the answer may be older
 * than what moved it, and the gateway is asked again. */

enum {
    TRIES = 8,
    PIECE = 50
};

struct asking {
    struct dispute_mirror *said;
    const struct gateway *gateway;
    struct gateway_disputes answer;
    struct dispute row; /* before the question; n 0: there is none */
    bool found;
    struct attempt attempt;
    struct gateway_state state; /* of its payment, when that had to be asked for */
    struct dispute_apply apply;
};

static enum err read_row(struct ctx *c, void *arg)
{
    struct asking *k = arg;
    bool found = false;
    k->row = (struct dispute) { .n = 0 };
    return dispute_db_find(c, k->said->gateway, k->said->reference, &found, &k->row);
}

static enum err read_attempt(struct ctx *c, void *arg)
{
    struct asking *k = arg;
    struct notice about = { .payment = k->answer.dispute->payment,
        .attempt = k->state.notice.attempt };
    k->found = k->row.n > 0;
    if (k->found)
        return attempt_by_n(c, k->row.attempt_n, &k->attempt);
    return attempt_of_notice(c, k->said->gateway, &about, &k->found, &k->attempt);
}

static enum err settle(struct ctx *c, void *arg)
{
    struct asking *k = arg;
    struct settle s = {
        .gateway = k->said->gateway,
        .notice = k->state.notice,
        .confirmed_by = S("query"),
    };
    return settle_tx(c, &s);
}

static enum err not_ours(struct asking *k, enum dispute_mirrored result, struct str why)
{
    k->said->result = result;
    k->said->why = why;
    return E_OK;
}

/* What is disputed was paid: one that overtakes the payment's own events brings it.  And what went
 * back of it has to be known before any of it is lost. */
static enum err bring_payment(struct ctx *c, struct asking *k)
{
    struct gateway_ask ask = { .payment = k->answer.dispute->payment };
    if (ask.payment.n == 0)
        return E_OK;
    TRY(k->gateway->ask(c, &ask, &k->state));
    if (k->state.outcome != OUTCOME_DONE)
        return fail(c, GATEWAY_UNAVAILABLE, "%.*s could not be asked about its payment: %.*s",
            SARG(k->gateway->title), SARG(k->state.refusal));
    if (k->state.notice.attempt.n > 0 || k->found) /* a renewal's has no mark, only its name */
        TRY(db_tx_job(c, "settle", settle, k));
    return db_read(c, read_attempt, k);
}

static enum err find_payment(struct ctx *c, struct asking *k)
{
    TRY(db_read(c, read_attempt, k));
    bool lost = k->answer.dispute->standing == DISPUTE_AT_LOST;
    if (k->found && k->attempt.status == ATTEMPT_CAPTURED && !lost)
        return E_OK;
    return bring_payment(c, k);
}

static enum err write_down(struct ctx *c, struct asking *k)
{
    k->apply.at = k->answer.dispute;
    k->apply.gateway = k->said->gateway;
    k->apply.attempt_n = k->attempt.n;
    k->apply.known = k->row.n > 0;
    k->apply.version = k->row.version;
    TRY(db_tx_job(c, "dispute", dispute_apply_tx, &k->apply));
    if (k->apply.again)
        return E_OK;
    k->said->result = DISPUTE_MIRRORED;
    k->said->moved = k->apply.moved;
    k->said->order_n = k->attempt.order_n;
    k->said->why =
        str_fmt(c->arena, "the dispute is %.*s", SARG(dispute_status_text(k->apply.row.status)));
    return E_OK;
}

static enum err once(struct ctx *c, struct asking *k)
{
    const struct gateway_dispute_ask ask = { .reference = k->said->reference };
    k->apply.again = false;
    k->state = (struct gateway_state) { .outcome = OUTCOME_NOT_SENT };
    TRY(db_read(c, read_row, k));
    k->apply.asked_ms = c->now_ms;
    TRY(k->gateway->disputes(c, &ask, &k->answer));
    if (k->answer.outcome == OUTCOME_DECLINED)
        return not_ours(k, DISPUTE_NOT_THERE, S("the gateway knows no such dispute"));
    if (k->answer.outcome != OUTCOME_DONE)
        return fail(c, GATEWAY_UNAVAILABLE, "%.*s could not be asked: %.*s",
            SARG(k->gateway->title), SARG(k->answer.refusal));
    must(k->answer.count == 1);
    TRY(find_payment(c, k));
    if (k->found)
        return write_down(c, k);
    bool marked = k->state.notice.attempt.n > 0;
    return not_ours(k, marked ? DISPUTE_NOT_KNOWN : DISPUTE_NOT_OURS,
        marked ? S("no payment of ours has this reference yet")
               : S("a payment of this account that is not ours"));
}

enum err dispute_mirror(struct ctx *c, struct dispute_mirror *m)
{
    struct asking k = { .said = m, .gateway = gateway_by_id(m->gateway) };
    must(k.gateway != NULL && k.gateway->disputes != NULL);
    k.apply.id = id_new(c);
    for (int i = 0; i < TRIES; i++) {
        TRY(once(c, &k));
        if (!k.apply.again)
            return E_OK;
    }
    return fail(
        c, BUSY, "the dispute %.*s moves faster than it is asked about", SARG(m->reference));
}

/* ---- where a payment's state is all there is */

struct stating {
    int64_t n;
    struct attempt attempt;
    struct dispute row;
    struct gateway_state state;
    struct gateway_dispute at;
    struct dispute_apply apply;
    bool again;
};

static enum err read_state(struct ctx *c, void *arg)
{
    struct stating *k = arg;
    bool found = false;
    k->row = (struct dispute) { .n = 0 };
    TRY(attempt_by_n(c, k->n, &k->attempt));
    return dispute_db_find(c, k->attempt.gateway, k->attempt.session_id, &found, &k->row);
}

static enum err settle_state(struct ctx *c, void *arg)
{
    struct stating *k = arg;
    struct settle s = {
        .gateway = k->attempt.gateway,
        .notice = k->state.notice,
        .confirmed_by = S("query"),
    };
    s.notice.session_id = k->attempt.session_id;
    return settle_tx(c, &s);
}

/* The answer holds while nobody has moved the payment since it was asked for. */
static enum err apply_state(struct ctx *c, void *arg)
{
    struct stating *k = arg;
    struct attempt now;
    TRY(attempt_by_n(c, k->n, &now));
    k->again = now.version != k->attempt.version;
    return k->again ? E_OK : dispute_apply_tx(c, &k->apply);
}

static enum dispute_standing standing_of(const struct stating *k)
{
    switch (k->state.outcome == OUTCOME_DONE ? k->state.notice.kind : NOTICE_STRANGE) {
    case NOTICE_DISPUTED:
        return DISPUTE_AT_OPEN;
    case NOTICE_PAID:
        return DISPUTE_AT_WON;
    case NOTICE_REFUNDED:
        return DISPUTE_AT_LOST;
    case NOTICE_STRANGE:
    case NOTICE_OPENED:
    case NOTICE_PENDING:
    case NOTICE_FAILED:
    case NOTICE_EXPIRED:
    case NOTICE_NOTED:
    case NOTICE_SUBSCRIPTION:
    case NOTICE_DISPUTE:
    case NOTICE_DECLINED:
    case NOTICE_REFUND:
    case NOTICE_KIND_COUNT:
        break;
    }
    return DISPUTE_AT_OPEN; /* it was told so, and nobody says otherwise */
}

static enum err ask_state(struct ctx *c, struct stating *k, const struct gateway *g)
{
    struct gateway_ask ask = {
        .attempt = attempt_id(c->arena, &k->attempt),
        .session_id = k->attempt.session_id,
        .currency = k->attempt.amount.cur,
    };
    TRY(g->ask(c, &ask, &k->state));
    if (k->state.outcome == OUTCOME_DONE && k->state.notice.kind == NOTICE_REFUNDED) {
        TRY(db_tx_job(c, "settle", settle_state, k));
        TRY(db_read(c, read_state, k));
    }
    return E_OK;
}

static enum err state_once(struct ctx *c, struct stating *k)
{
    TRY(db_read(c, read_state, k));
    const struct gateway *g = gateway_by_id(k->attempt.gateway);
    k->again = false;
    if (g == NULL || !k->attempt.disputed || k->attempt.session_id.n == 0)
        return E_OK;
    k->state = (struct gateway_state) { .outcome = OUTCOME_NOT_SENT };
    if (c->net != NULL)
        TRY(ask_state(c, k, g));
    bool said = k->state.outcome == OUTCOME_DONE;
    if (!said && k->row.n > 0)
        return fail(c, GATEWAY_UNAVAILABLE, "%.*s could not be asked: %.*s", SARG(g->title),
            SARG(k->state.refusal));
    k->at = (struct gateway_dispute) {
        .reference = k->attempt.session_id,
        .standing = standing_of(k),
        .name = said ? k->state.notice.name : S(""),
        .amount = k->attempt.amount,
        .withdrawn = { 0, k->attempt.amount.cur },
    };
    k->apply.at = &k->at;
    k->apply.gateway = k->attempt.gateway;
    k->apply.attempt_n = k->n;
    k->apply.known = k->row.n > 0;
    k->apply.version = k->row.version;
    k->apply.asked_ms = c->now_ms;
    TRY(db_tx_job(c, "dispute", apply_state, k));
    k->again = k->again || k->apply.again;
    return E_OK;
}

static enum err mirror_state(struct ctx *c, struct stating *k)
{
    k->apply.id = id_new(c);
    for (int i = 0; i < TRIES; i++) {
        TRY(state_once(c, k));
        if (!k->again)
            return E_OK;
    }
    return fail(c, BUSY, "a payment moves faster than it is asked about");
}

/* ---- of one payment */

static enum err mirror_each(
    struct ctx *c, enum gateway_id gateway, const struct gateway_disputes *said)
{
    for (size_t i = 0; i < said->count; i++) {
        struct dispute_mirror m = { .gateway = gateway, .reference = said->dispute[i].reference };
        TRY(dispute_mirror(c, &m));
    }
    return E_OK;
}

enum err dispute_ask(struct ctx *c, struct str attempt_n)
{
    struct stating k = { .n = 0 };
    struct gateway_disputes said;
    if (!str_to_i64(attempt_n, &k.n))
        return fail(c, STORE_CORRUPT, "a job asks about the disputes of \"%.*s\"", SARG(attempt_n));
    TRY(db_read(c, read_state, &k));
    const struct gateway *g = gateway_by_id(k.attempt.gateway);
    if (g == NULL || g->disputes == NULL)
        return mirror_state(c, &k);
    struct gateway_dispute_ask ask = { .payment = k.attempt.payment };
    if (ask.payment.n == 0)
        return E_OK;
    do {
        TRY(g->disputes(c, &ask, &said));
        if (said.outcome != OUTCOME_DONE)
            return fail(c, GATEWAY_UNAVAILABLE, "%.*s could not be asked: %.*s", SARG(g->title),
                SARG(said.refusal));
        TRY(mirror_each(c, k.attempt.gateway, &said));
        ask.after = said.after;
    } while (ask.after.n > 0);
    return E_OK;
}

/* ---- all of them */

static enum err look_at(
    struct ctx *c, struct dispute_look *look, struct dispute_mirror *m, int64_t attempt_n)
{
    struct stating k = { .n = attempt_n };
    look->asked++;
    enum err e = attempt_n > 0 ? mirror_state(c, &k) : dispute_mirror(c, m);
    m->moved = m->moved || k.apply.moved;
    if (attempt_n > 0 && e == E_OK)
        m->why =
            str_fmt(c->arena, "the dispute is %.*s", SARG(dispute_status_text(k.apply.row.status)));
    if (e == E_DEAD)
        return e;
    look->each(c, m, e, look->arg); /* one that is broken keeps nobody from the others */
    err_clear(c);
    return E_OK;
}

struct selling {
    enum gateway_id gateway;
    bool any;
};

static enum err read_selling(struct ctx *c, void *arg)
{
    struct selling *k = arg;
    return dispute_db_sold(c, k->gateway, &k->any);
}

static enum err look_at_new(struct ctx *c, struct dispute_look *look, enum gateway_id id)
{
    struct selling selling = { .gateway = id };
    const struct gateway *g = gateway_by_id(id);
    struct gateway_dispute_ask ask = { .from_ms = look->since_ms };
    struct gateway_disputes said;
    if (g->disputes == NULL || !g->enabled(c->config))
        return E_OK;
    TRY(db_read(c, read_selling, &selling));
    if (!selling.any)
        return E_OK;
    do {
        TRY(g->disputes(c, &ask, &said));
        if (said.outcome != OUTCOME_DONE) {
            struct dispute_mirror none = { .gateway = id };
            (void)fail(c, GATEWAY_UNAVAILABLE, "%.*s did not say what is disputed: %.*s",
                SARG(g->title), SARG(said.refusal));
            look->each(c, &none, E_UPSTREAM, look->arg);
            err_clear(c);
            return E_OK;
        }
        for (size_t i = 0; i < said.count && look->asked < look->most; i++) {
            struct dispute_mirror m = { .gateway = id, .reference = said.dispute[i].reference };
            TRY(look_at(c, look, &m, 0));
        }
        ask.after = said.after;
    } while (ask.after.n > 0 && look->asked < look->most);
    return E_OK;
}

struct open_ones {
    int64_t after_n;
    struct dispute d[PIECE];
    size_t n;
};

static enum err read_open(struct ctx *c, void *arg)
{
    struct open_ones *o = arg;
    return dispute_db_open(c, o->after_n, o->d, PIECE, &o->n);
}

enum err dispute_look_at_all(struct ctx *c, struct dispute_look *look)
{
    struct open_ones *o = arena_new(c->arena, struct open_ones);
    for (int i = GATEWAY_NONE + 1; i < GATEWAY_COUNT; i++)
        TRY(look_at_new(c, look, (enum gateway_id)i));
    do {
        TRY(db_read(c, read_open, o));
        for (size_t i = 0; i < o->n && look->asked < look->most; i++) {
            const struct dispute *d = &o->d[i];
            struct dispute_mirror m = {
                .gateway = d->gateway, .reference = d->reference, .order_n = d->order_n
            };
            bool named = gateway_by_id(d->gateway)->disputes != NULL;
            o->after_n = d->n;
            TRY(look_at(c, look, &m, named ? 0 : d->attempt_n));
        }
    } while (o->n == PIECE && look->asked < look->most);
    return E_OK;
}
