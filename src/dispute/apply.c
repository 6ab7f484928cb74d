#include "dispute/apply.h"

#include "alert/alert.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/json.h"
#include "db/db.h"
#include "dispute/dispute_db.h"
#include "job/job.h"
#include "ledger/ledger.h"

/* One answer of a gateway, in one commit: the row, the books, the payment with its order, and what
 * the buyer holds of it.
 *
 * The books hold what the row says, so each answer posts the difference between the two:
 *
 *   withdrawn   GATEWAY → DISPUTED          while it is open, and back when it is put back
 *   lost        DISPUTED → SALES and TAX    as far as the payment has not gone back before
 *   the rest    DISPUTED → DISPUTE_COSTS    what the bank took beyond it
 *   fee         GATEWAY → DISPUTE_COSTS
 *
 * So nothing is posted twice, and an answer that takes another back posts that. */

enum {
    DAY_MS = 24 * 3600 * 1000,
    REMIND_MS = 3 * DAY_MS /* before the deadline */
};

/* Where the row stands in the books. */
struct stand {
    int64_t withdrawn, held, lost, cost, fee;
};

static struct stand stand_of(const struct dispute *d)
{
    bool over = d->status == DISPUTE_LOST;
    return (struct stand) {
        .withdrawn = d->withdrawn_minor,
        .held = over ? 0 : d->withdrawn_minor,
        .lost = d->lost_minor,
        .cost = over ? d->withdrawn_minor - d->lost_minor : 0,
        .fee = MUTANT(65) ? 0 : d->fee.minor, /* in no book */
    };
}

static enum dispute_status status_there(const struct gateway_dispute *at, enum dispute_status now)
{
    switch (at->standing) {
    case DISPUTE_AT_STRANGE:
        return now;
    case DISPUTE_AT_WARNING:
        return DISPUTE_WARNING;
    case DISPUTE_AT_OPEN:
        return DISPUTE_OPEN;
    case DISPUTE_AT_REVIEW:
        return DISPUTE_UNDER_REVIEW;
    case DISPUTE_AT_WON:
        return DISPUTE_WON;
    case DISPUTE_AT_LOST:
        return DISPUTE_LOST;
    }
    never("a dispute stands in six ways");
}

struct applying {
    struct dispute_apply *in;
    struct dispute before, now;
    struct attempt attempt;
    struct order order;
    bool others_open;
    int64_t others_lost;
};

/* What went back already is not lost once more, nor what is on its way: should that fail after all,
 * the gateway is asked again, and it is lost then. */
static int64_t lost_of(const struct applying *k)
{
    const struct attempt *a = &k->attempt;
    int64_t left = a->amount.minor - a->refunded_minor - a->reserved_minor - k->others_lost;
    int64_t took = k->now.withdrawn_minor;
    if (MUTANT(13)) /* planted: what was refunded is lost once more */
        left = a->amount.minor;
    if (k->now.status != DISPUTE_LOST || left <= 0)
        return 0;
    return took < left ? took : left;
}

static void take_answer(struct ctx *c, struct applying *k)
{
    const struct gateway_dispute *at = k->in->at;
    struct dispute *d = &k->now;
    bool captured = k->attempt.status == ATTEMPT_CAPTURED;
    d->status = status_there(at, d->status);
    d->word = at->name;
    d->reason = at->reason.n > 0 ? at->reason : d->reason;
    if (at->amount.cur == d->amount.cur)
        d->amount.minor = at->amount.minor;
    d->withdrawn_minor =
        captured && at->withdrawn.cur == k->attempt.amount.cur ? at->withdrawn.minor : 0;
    if (at->fee.cur != CUR_NONE && (d->fee.minor == 0 || at->fee.cur == d->fee.cur))
        d->fee = captured ? at->fee : d->fee;
    d->lost_minor = lost_of(k);
    d->due_ms = at->due_ms;
    d->asked_ms = k->in->asked_ms > d->asked_ms ? k->in->asked_ms : d->asked_ms;
    if (!dispute_is_over(d->status))
        d->closed_ms = 0;
    else if (d->closed_ms == 0)
        d->closed_ms = c->now_ms;
}

/* ---- the books */

static const char *fact_kind(const struct applying *k)
{
    bool was_over = k->before.n > 0 && dispute_is_over(k->before.status);
    if (k->now.status == DISPUTE_WON && !(was_over && k->before.status == DISPUTE_WON))
        return "DISPUTE_WON";
    if (k->now.status == DISPUTE_LOST && !(was_over && k->before.status == DISPUTE_LOST))
        return "DISPUTE_LOST";
    return k->before.n == 0 ? "DISPUTE_OPENED" : "DISPUTE_MOVED";
}

static struct fact fact_of(struct ctx *c, const struct applying *k, const char *kind)
{
    const struct dispute *d = &k->now;
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "disputeId", dispute_id(c->arena, d));
    json_str(&j, "orderId", order_id(c->arena, &k->order));
    json_str(&j, "paymentId", id_text(c->arena, S("pay"), k->attempt.id));
    json_str(&j, "gateway", gateway_name(d->gateway));
    json_str(&j, "reference", d->reference);
    json_str(&j, "status", dispute_status_text(d->status));
    json_str(&j, "reason", d->reason);
    json_money(&j, "amount", d->amount);
    json_money(&j, "withdrawn", (struct money) { d->withdrawn_minor, d->amount.cur });
    json_money(&j, "lost", (struct money) { d->lost_minor, d->amount.cur });
    json_money(&j, "fee", d->fee);
    json_time(&j, "dueAt", d->due_ms);
    json_close(&j, '}');
    return (struct fact) {
        .kind = str_of_c(kind),
        .subject = dispute_id(c->arena, d),
        .customer_n = k->order.customer_n,
        .version = d->version,
        .data = buf_str(&b),
    };
}

static void leg(struct ledger_transaction *t, enum ledger_account account, int64_t owner,
    struct money amount, int64_t more)
{
    ledger_money(t, account, owner, (struct money) { more, amount.cur });
}

/* What is lost was a sale with its tax; of a payment that was no sale yet, only money. */
static enum err lose(
    struct ctx *c, const struct applying *k, struct ledger_transaction *t, int64_t more)
{
    const struct attempt *a = &k->attempt;
    int64_t back = attempt_back(a), before = 0, after = 0;
    if (a->extra) {
        leg(t, LEDGER_UNEXPLAINED, 0, a->amount, more);
        return E_OK;
    }
    TRY(payment_tax_in(c, &k->order, a, back, &before));
    TRY(payment_tax_in(c, &k->order, a, back + more, &after));
    leg(t, LEDGER_SALES, 0, a->amount, more - (after - before));
    leg(t, LEDGER_TAX, 0, a->amount, after - before);
    return E_OK;
}

static enum err post(struct ctx *c, const struct applying *k, const char *kind, int64_t *ret_n)
{
    struct ledger_transaction t = { .fact = fact_of(c, k, kind) };
    struct stand was = k->before.n > 0 ? stand_of(&k->before) : (struct stand) { .fee = 0 };
    struct stand is = stand_of(&k->now);
    struct money in = k->attempt.amount;
    int64_t gateway = (int64_t)k->now.gateway;
    leg(&t, LEDGER_GATEWAY, gateway, in, was.withdrawn - is.withdrawn);
    leg(&t, LEDGER_DISPUTED, gateway, in, is.held - was.held);
    leg(&t, LEDGER_DISPUTE_COSTS, 0, in, is.cost - was.cost);
    if (is.lost != was.lost)
        TRY(lose(c, k, &t, is.lost - was.lost));
    leg(&t, LEDGER_GATEWAY, gateway, k->now.fee, was.fee - is.fee);
    leg(&t, LEDGER_DISPUTE_COSTS, 0, k->now.fee, is.fee - was.fee);
    return ledger_post(c, &t, ret_n);
}

/* ---- what follows */

static enum err say(struct ctx *c, const struct applying *k)
{
    const struct dispute *d = &k->now;
    struct str id = dispute_id(c->arena, d);
    struct str what = money_text_code(c->arena, d->amount);
    if (dispute_is_over(d->status)) {
        TRY(job_drop(c, S("dispute_remind"), str_fmt(c->arena, "%lld", (long long)d->n)));
        return alert_over(c, ALERT_DISPUTE, id);
    }
    if (k->before.n > 0 && !dispute_is_over(k->before.status) && k->before.due_ms == d->due_ms)
        return E_OK;
    if (d->due_ms > 0)
        TRY(job_add(c, S("dispute_remind"), str_fmt(c->arena, "%lld", (long long)d->n),
            d->due_ms - REMIND_MS > c->now_ms ? d->due_ms - REMIND_MS : c->now_ms));
    if (k->before.n > 0 && !dispute_is_over(k->before.status))
        return E_OK;
    TRY(job_add_gathered(c, DISPUTE_MAIL, str_fmt(c->arena, "opened:%.*s", SARG(id)), c->now_ms));
    return alert_raise(c, ALERT_DISPUTE, id,
        str_fmt(c->arena, "a bank %s %.*s of the order %.*s%s%.*s",
            d->status == DISPUTE_WARNING ? "asks about" : "argues about", SARG(what),
            SARG(order_number(c->arena, &k->order)), d->due_ms > 0 ? "; answer it before " : "",
            SARG(d->due_ms > 0 ? time_words(c->arena, d->due_ms) : S(""))));
}

static enum err strange(struct ctx *c, const struct applying *k)
{
    if (k->in->at->standing != DISPUTE_AT_STRANGE)
        return E_OK;
    return alert_raise(c, ALERT_DISPUTE, dispute_id(c->arena, &k->now),
        str_fmt(c->arena, "%.*s calls it \"%.*s\", which purser does not know",
            SARG(gateway_by_id(k->now.gateway)->title), SARG(k->now.word)));
}

static bool differs(const struct dispute *a, const struct dispute *b)
{
    return a->status != b->status || a->withdrawn_minor != b->withdrawn_minor ||
        a->lost_minor != b->lost_minor || a->fee.minor != b->fee.minor || a->due_ms != b->due_ms ||
        a->amount.minor != b->amount.minor || !str_eq(a->word, b->word);
}

static enum err store(struct ctx *c, struct applying *k)
{
    struct dispute *d = &k->now;
    if (k->before.n > 0) {
        TRY(dispute_db_update(c, d));
        d->version++;
        return E_OK;
    }
    d->version = 1;
    return dispute_db_insert(c, d);
}

static enum err write(struct ctx *c, struct applying *k)
{
    bool open = k->now.status == DISPUTE_OPEN || k->now.status == DISPUTE_UNDER_REVIEW;
    struct payment_argued argued = {
        .open = open || k->others_open,
        .lost_minor = k->now.lost_minor + k->others_lost,
    };
    bool moved = k->before.n == 0 || differs(&k->before, &k->now);
    TRY(store(c, k));
    if (moved) {
        /* One that is heard of when it is over began all the same. */
        const char *kind = fact_kind(k);
        struct fact began = fact_of(c, k, "DISPUTE_OPENED");
        if (k->before.n == 0 && !str_eq(str_of_c(kind), S("DISPUTE_OPENED")))
            TRY(fact_add(c, &began, NULL));
        TRY(post(c, k, kind, &argued.cause_n));
        TRY(say(c, k));
    }
    TRY(strange(c, k));
    k->in->moved = moved;
    return payment_argue(c, &k->order, &k->attempt, &argued);
}

/* The order is locked first: of two answers the second finds what the first has written. */
enum err dispute_apply_tx(struct ctx *c, void *dispute_apply)
{
    struct dispute_apply *in = dispute_apply;
    struct applying k = { .in = in };
    bool found = false;
    in->again = in->moved = false;
    TRY(attempt_by_n(c, in->attempt_n, &k.attempt));
    TRY(order_lock(c, k.attempt.order_n, &k.order));
    TRY(attempt_by_n(c, in->attempt_n, &k.attempt));
    TRY(dispute_db_find(c, in->gateway, in->at->reference, &found, &k.before));
    if (found != in->known || (found && k.before.version != in->version)) {
        in->again = true;
        return E_OK;
    }
    if (found && k.before.attempt_n != in->attempt_n)
        return fail(c, STORE_CORRUPT, "a dispute is about two payments");
    k.now = k.before;
    if (!found)
        k.now = (struct dispute) {
            .id = in->id,
            .gateway = in->gateway,
            .reference = in->at->reference,
            .attempt_n = in->attempt_n,
            .order_n = k.order.n,
            .status = DISPUTE_OPEN,
            .amount = in->at->amount,
            .fee = { 0, k.attempt.amount.cur },
            .opened_ms = in->at->opened_ms > 0 ? in->at->opened_ms : c->now_ms,
            .created_ms = c->now_ms,
        };
    TRY(dispute_db_others(c, &k.now, &k.others_open, &k.others_lost));
    take_answer(c, &k);
    TRY(write(c, &k));
    in->row = k.now;
    return E_OK;
}
