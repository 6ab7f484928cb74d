#include "credit/credit.h"

#include "access/access.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/json.h"
#include "catalog/catalog.h"
#include "credit/credit_book.h"
#include "credit/gate.h"
#include "fact/fact.h"
#include "job/job.h"

/* Using credits: at once, or held first for work that may fail. */

enum {
    NEAR_PERCENT = 80, /* of the day's limit: then its customer is told */
    STATE_HELD = 0,
    STATE_SETTLED = 1,
    STATE_RELEASED = 2
};

/* ---- may it be used? */

struct asking {
    const struct credit_use *use;
    struct credit_account account;
    struct access access;
    struct credit_cost cost;
    struct credit_today today;
};

/* A refusal says what the gate would have said. */
static enum err refuse(struct ctx *c, const struct asking *k, enum err e)
{
    const struct errinfo why = c->err;
    const struct gate_question question = { .use = *k->use };
    struct gate gate;
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    TRY(gate_ask(c, k->account.customer_n, &question, &gate));
    json_open(&j, NULL, '{');
    gate_json(&j, &gate);
    json_close(&j, '}');
    c->err = why;
    return fail_details(c, e, buf_str(&b));
}

/* Once a day, though it be given back and used again. */
static enum err tell_near(struct ctx *c, const struct asking *k, int64_t used)
{
    if (k->today.told || used * 100 < k->access.day_limit * NEAR_PERCENT)
        return E_OK;
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "customerId", k->account.customer_id);
    json_i64(&j, "usedToday", used);
    json_i64(&j, "dailyLimit", k->access.day_limit);
    json_time(&j, "resetsAt", k->today.ends_ms);
    json_close(&j, '}');
    const struct fact fact = {
        .kind = S("LIMIT_NEAR"),
        .subject = S("credits"),
        .customer_n = k->account.customer_n,
        .data = buf_str(&b),
    };
    TRY(credit_db_tell_day(c, k->account.customer_n, &k->today));
    return fact_add(c, &fact, NULL);
}

/* What it takes of a limit that there is. */
static int64_t counted(const struct asking *k)
{
    return k->access.day_limit >= 0 ? k->cost.counts : 0;
}

static enum err count_day(struct ctx *c, struct asking *k)
{
    const struct credit_counting counting = { counted(k), k->access.day_limit };
    int64_t used = 0;
    bool ok = true;
    if (counting.count == 0)
        return E_OK;
    TRY(credit_today_of(c, &k->account, &k->today));
    TRY(credit_db_count_day(c, k->account.customer_n, &k->today, &counting, &ok, &used));
    if (ok)
        return tell_near(c, k, used);
    return refuse(c, k,
        fail(c, DAILY_LIMIT_REACHED, "the plan allows %lld a day; the count begins again on %.*s",
            (long long)k->access.day_limit, SARG(time_words(c->arena, k->today.ends_ms))));
}

static enum err check_feature(struct ctx *c, const struct asking *k)
{
    bool has = true;
    if (k->cost.feature.n > 0)
        TRY(access_has(c, k->account.customer_n, k->cost.feature, &has));
    if (has)
        return E_OK;
    return refuse(c, k,
        fail(c, FEATURE_NOT_IN_PLAN, "%.*s is not in the plan %.*s", SARG(k->cost.feature),
            SARG(k->cost.plan)));
}

/* The account is locked from here on, so what is seen is what will be changed. */
static enum err ask(
    struct ctx *c, int64_t customer_n, const struct credit_use *use, struct asking *k)
{
    *k = (struct asking) { .use = use };
    TRY(credit_open(c, customer_n, &k->account));
    TRY(access_of(c, customer_n, &k->access));
    TRY(credit_cost(c, customer_n, use, &k->cost));
    TRY(check_feature(c, k));
    if (k->cost.amount > k->account.balance && !MUTANT(5)) /* nobody looks whether it is there */
        return refuse(c, k,
            fail(c, INSUFFICIENT_CREDITS, "this costs %lld credits, and there are %lld",
                (long long)k->cost.amount, (long long)k->account.balance));
    return count_day(c, k);
}

/* ---- telling when it becomes little */

static enum err add_low_fact(struct ctx *c, const struct asking *k, int64_t percent)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "customerId", k->account.customer_id);
    json_i64(&j, "balance", k->account.balance);
    json_i64(&j, "percent", percent);
    json_close(&j, '}');
    const struct fact fact = {
        .kind = S("CREDITS_LOW"),
        .subject = S("credits"),
        .customer_n = k->account.customer_n,
        .data = buf_str(&b),
    };
    return fact_add(c, &fact, NULL);
}

/* Each line that is crossed is an event; the lowest of them is also a mail. */
static enum err tell_low(struct ctx *c, struct asking *k, int64_t before)
{
    const struct catalog *catalog = NULL;
    const struct zone *zone = NULL;
    int64_t lowest = 0;
    TRY(catalog_now(c, &catalog));
    for (size_t i = 0; i < catalog->low_count; i++) {
        const int64_t percent = catalog->low_percent[i];
        const int64_t line = k->access.allowance * percent / 100;
        if (before < line || k->account.balance >= line)
            continue;
        TRY(add_low_fact(c, k, percent));
        lowest = lowest == 0 || percent < lowest ? percent : lowest;
    }
    if (lowest == 0)
        return E_OK;
    TRY(credit_zone_of(c, &k->account, &zone));
    return job_add(c, CREDIT_LOW,
        credit_low_subject(
            c->arena, k->account.customer_n, lowest, zone_day_of(zone, c->now_ms).date),
        c->now_ms);
}

/* ---- at once */

enum err credit_spend(struct ctx *c, int64_t customer_n, const struct credit_use *use, struct id id,
    struct credit_done *ret)
{
    struct asking k;
    TRY(ask(c, customer_n, use, &k));
    const int64_t before = k.account.balance;
    const struct credit_entry entry = {
        .fact = S("CREDITS_USED"),
        .subject = credit_id(c->arena, id),
        .amount = -k.cost.amount,
        .use = use,
    };
    if (k.cost.amount > 0)
        TRY(credit_draw_lots(c, &k.account, k.cost.amount, id));
    TRY(credit_book(c, &k.account, &entry));
    TRY(credit_note_use(
        c, &k.account, id, -k.cost.amount, use, (struct credit_count) { counted(&k), c->now_ms }));
    TRY(tell_low(c, &k, before));
    *ret = (struct credit_done) { id, k.cost.amount, k.account.balance };
    return E_OK;
}

/* ---- held first */

static struct str reservation_id(struct arena *a, struct id id)
{
    return id_text(a, S("res"), id);
}

enum err credit_reserve(struct ctx *c, int64_t customer_n, const struct credit_use *use,
    int64_t ttl_ms, struct id id, struct credit_done *ret)
{
    struct asking k;
    TRY(ask(c, customer_n, use, &k));
    if (k.cost.amount == 0)
        return fail(c, INVALID_REQUEST, "this costs nothing: there is nothing to reserve");
    const int64_t before = k.account.balance;
    const struct credit_held held = {
        .id = id,
        .customer_n = customer_n,
        .amount = k.cost.amount,
        .description = use->description,
        .reference = use->reference,
        .operation = use->operation,
        .quantity = use->operation.n > 0 ? use->quantity : 0,
        .labels = use->labels,
        .counted = counted(&k),
        .ends_ms = c->now_ms + ttl_ms,
    };
    const struct credit_entry entry = {
        .fact = S("CREDITS_RESERVED"),
        .subject = reservation_id(c->arena, id),
        .amount = -k.cost.amount,
        .held = k.cost.amount,
        .use = use,
    };
    TRY(credit_db_hold(c, &held));
    TRY(credit_draw_lots(c, &k.account, k.cost.amount, id));
    TRY(credit_book(c, &k.account, &entry));
    TRY(tell_low(c, &k, before));
    *ret = (struct credit_done) { id, k.cost.amount, k.account.balance };
    return E_OK;
}

static enum err find_held(struct ctx *c, int64_t customer_n, struct id id,
    struct credit_account *account, struct credit_held *ret)
{
    bool found = false;
    TRY(credit_open(c, customer_n, account));
    TRY(credit_db_held(c, customer_n, id, &found, ret));
    return found ? E_OK : fail(c, NOT_FOUND, "there is no such reservation");
}

/* Keeps `used` of what was drawn for `to`, the first lots first, and puts the rest back. */
static enum err settle_draws(
    struct ctx *c, struct credit_account *account, struct id from, struct id to, int64_t used)
{
    struct credit_draw *draw = NULL;
    size_t n = 0;
    TRY(credit_db_draws(c, from, &draw, &n));
    for (size_t i = 0; i < n; i++) {
        const int64_t kept = draw[i].amount < used ? draw[i].amount : used;
        const int64_t back = draw[i].amount - kept;
        const struct credit_draw left = { draw[i].lot_n, kept };
        used -= kept;
        TRY(credit_db_move_draw(c, from, to, &left));
        if (back > 0) {
            TRY(credit_db_undraw(c, draw[i].lot_n, back));
            TRY(credit_pay_debt(c, account, draw[i].lot_n, back));
        }
    }
    if (used > 0)
        return fail(c, STORE_CORRUPT, "a reservation holds less than it says");
    return credit_freeze_back(c, account);
}

static struct credit_use use_of(const struct credit_held *held)
{
    return (struct credit_use) {
        .operation = held->operation,
        .quantity = held->quantity,
        .labels = held->labels,
        .description = held->description,
        .reference = held->reference,
    };
}

enum err credit_settle(struct ctx *c, int64_t customer_n, struct id reservation, int64_t amount,
    struct id id, struct credit_done *ret)
{
    struct credit_account account;
    struct credit_held held;
    TRY(find_held(c, customer_n, reservation, &account, &held));
    if (held.state != STATE_HELD)
        return fail(c, CONFLICT, "this reservation is over: it was %s",
            held.state == STATE_SETTLED ? "settled" : "released");
    const int64_t used = amount == 0 ? held.amount : amount;
    if (used < 0 || used > held.amount)
        return fail(c, INVALID_REQUEST, "amount is at most the %lld that are reserved",
            (long long)held.amount);
    const struct credit_use use = use_of(&held);
    const struct credit_entry entry = {
        .fact = S("CREDITS_USED"),
        .subject = credit_id(c->arena, id),
        .amount = MUTANT(7) ? -used : held.amount - used, /* what was reserved is taken once more */
        .held = -held.amount,
        .use = &use,
    };
    TRY(credit_db_end_hold(c, held.n, STATE_SETTLED, used));
    TRY(credit_book(c, &account, &entry));
    TRY(credit_note_use(
        c, &account, id, -used, &use, (struct credit_count) { held.counted, held.created_ms }));
    TRY(settle_draws(c, &account, reservation, id, used));
    TRY(credit_expire_lots(c, &account));
    *ret = (struct credit_done) { id, used, account.balance };
    return E_OK;
}

enum err credit_release(
    struct ctx *c, int64_t customer_n, struct id reservation, struct credit_done *ret)
{
    struct credit_account account;
    struct credit_held held;
    TRY(find_held(c, customer_n, reservation, &account, &held));
    if (held.state == STATE_SETTLED)
        return fail(c, CONFLICT, "this reservation is over: it was settled");
    *ret = (struct credit_done) { reservation, held.amount, account.balance };
    if (held.state == STATE_RELEASED)
        return E_OK;
    const struct credit_use use = use_of(&held);
    const struct credit_entry entry = {
        .fact = S("CREDITS_RELEASED"),
        .subject = reservation_id(c->arena, reservation),
        .amount = held.amount,
        .held = -held.amount,
        .use = &use,
    };
    TRY(credit_db_end_hold(c, held.n, STATE_RELEASED, held.amount));
    TRY(credit_book(c, &account, &entry));
    if (!MUTANT(62)) /* it went back into no lot */
        TRY(settle_draws(c, &account, reservation, reservation, 0));
    if (held.counted > 0)
        TRY(credit_db_uncount_day(c, customer_n, held.created_ms, held.counted));
    TRY(credit_expire_lots(c, &account));
    ret->balance = account.balance;
    return E_OK;
}

/* ---- given back */

static enum err find_use(struct ctx *c, int64_t customer_n, bool by_id, struct id use,
    struct str reference, struct credit_move *ret)
{
    bool found = false;
    if (by_id)
        TRY(credit_db_move(c, customer_n, use, &found, ret));
    else
        TRY(credit_db_move_of(c, customer_n, reference, &found, ret));
    if (!found || ret->change != CREDIT_USAGE)
        return fail(c, NOT_FOUND, "there is no such use, or it was given back already");
    if (ret->undone)
        return fail(c, CONFLICT, "this use was given back already");
    return E_OK;
}

static enum err put_back(
    struct ctx *c, struct credit_account *account, const struct credit_move *use)
{
    struct credit_draw *draw = NULL;
    size_t n = 0;
    TRY(credit_db_draws(c, use->id, &draw, &n));
    for (size_t i = 0; i < n; i++) {
        const int64_t lot_n = draw[MUTANT(6) ? 0 : i].lot_n; /* all of it into the first */
        TRY(credit_db_undraw(c, lot_n, draw[i].amount));
        TRY(credit_pay_debt(c, account, lot_n, draw[i].amount));
    }
    TRY(credit_freeze_back(c, account));
    return credit_expire_lots(c, account);
}

enum err credit_refund(struct ctx *c, int64_t customer_n, bool by_id, struct id use,
    struct str reference, struct str reason, struct id id, struct credit_done *ret)
{
    struct credit_account account;
    struct credit_move move;
    TRY(credit_open(c, customer_n, &account));
    TRY(find_use(c, customer_n, by_id, use, reference, &move));
    const struct credit_use words = {
        .description = reason,
        .reference = move.reference,
        .operation = move.operation,
        .quantity = move.quantity,
        .labels = move.labels,
    };
    const struct credit_entry entry = {
        .fact = S("CREDITS_REFUNDED"),
        .subject = credit_id(c->arena, id),
        .amount = -move.amount,
        .use = &words,
    };
    if (!MUTANT(61)) /* it could be given back again */
        TRY(credit_db_undo(c, move.n));
    TRY(credit_book(c, &account, &entry));
    TRY(credit_note_back(c, &account, id, &words, &move));
    TRY(put_back(c, &account, &move));
    if (move.counted > 0)
        TRY(credit_db_uncount_day(c, customer_n, move.counted_ms, move.counted));
    *ret = (struct credit_done) { id, -move.amount, account.balance };
    return E_OK;
}
