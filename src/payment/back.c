#include "payment/back.h"

#include "base/fault.h"
#include "base/json.h"

#include "alert/alert.h"
#include "grant/grant.h"
#include "job/job.h"
#include "payment/argued.h"
#include "payment/back_db.h"
#include "payment/book.h"

static const struct str statuses[] = {
    [REFUND_PENDING] = S_INIT("pending"),
    [REFUND_SUCCEEDED] = S_INIT("succeeded"),
    [REFUND_FAILED] = S_INIT("failed"),
    [REFUND_UNKNOWN] = S_INIT("unknown"),
};
_Static_assert(ARRAY_LEN(statuses) == REFUND_STATUS_COUNT, "every status has a name");

struct str refund_status_text(enum refund_status s)
{
    must(s < REFUND_STATUS_COUNT);
    return statuses[s];
}

bool refund_status_parse(struct str s, enum refund_status *ret)
{
    for (size_t i = 0; i < REFUND_STATUS_COUNT; i++)
        if (str_eq(statuses[i], s)) {
            *ret = (enum refund_status)i;
            return true;
        }
    return false;
}

struct str refund_id(struct arena *a, const struct refund *r)
{
    return id_text(a, S("ref"), r->id);
}

enum err refund_get(struct ctx *c, struct str id, struct refund *ret)
{
    struct id at;
    bool found = false;
    if (id_parse(S("ref"), id, &at))
        TRY(back_db_by_id(c, at, &found, ret));
    return found ? E_OK : fail(c, NOT_FOUND, "there is no such refund");
}

int64_t attempt_refundable(const struct attempt *a)
{
    return a->status == ATTEMPT_CAPTURED && !a->argued
        ? a->amount.minor - attempt_back(a) - a->reserved_minor
        : 0;
}

static struct str kind_text(enum refund_kind kind)
{
    switch (kind) {
    case REFUND_SENT:
        return S("purser");
    case REFUND_ADOPTED:
        return S("gateway");
    case REFUND_BY_HAND:
        return S("hand");
    }
    never("a refund is made in three ways");
}

void refund_buyer_json(struct json *j, struct arena *a, const struct refund *r)
{
    json_str(j, "id", refund_id(a, r));
    json_str(j, "status", refund_status_text(r->status));
    json_money(j, "amount", r->amount);
    json_time(j, "createdAt", r->created_ms);
    json_time(j, "doneAt", r->done_ms);
}

void refund_json(struct json *j, struct arena *a, const struct refund *r)
{
    refund_buyer_json(j, a, r);
    json_str(j, "gateway", gateway_name(r->gateway));
    json_str(j, "madeBy", kind_text(r->kind));
    json_bool(j, "approvalNeeded", r->approval);
    json_str_or_null(j, "reason", r->reason);
    json_str_or_null(j, "why", r->why);
    json_str_or_null(j, "reference", r->reference);
}

/* ---- facts */

static struct str fact_data(struct ctx *c, const struct attempt *a, const struct refund *r)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "refundId", refund_id(c->arena, r));
    json_str(&j, "attemptId", attempt_id(c->arena, a));
    json_str(&j, "gateway", gateway_name(r->gateway));
    json_money(&j, "amount", r->amount);
    json_money(&j, "refunded", (struct money) { a->refunded_minor, a->amount.cur });
    json_str(&j, "madeBy", kind_text(r->kind));
    if (r->confirmed_by.n > 0)
        json_str(&j, "confirmedBy", r->confirmed_by);
    if (r->event.n > 0)
        json_str(&j, "event", r->event);
    json_close(&j, '}');
    return buf_str(&b);
}

/* A refund's own words may say anything about anybody: they stay with its row. */
static struct fact fact_of(struct ctx *c, const struct order *o, const struct attempt *a,
    const struct refund *r, struct str kind)
{
    return (struct fact) {
        .kind = kind,
        .subject = order_id(c->arena, o),
        .customer_n = o->customer_n,
        .version = o->version,
        .data = fact_data(c, a, r),
    };
}

/* ---- reserving */

enum err back_exceeds(struct ctx *c, const struct attempt *a, struct money asked)
{
    const enum currency cur = a->amount.cur;
    const struct money left = { attempt_refundable(a), cur };
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_money(&j, "paid", a->amount);
    json_money(&j, "refunded", (struct money) { a->refunded_minor, cur });
    json_money(&j, "pending", (struct money) { a->reserved_minor, cur });
    json_money(&j, "left", left);
    json_close(&j, '}');
    return fail_details(c,
        left.minor == 0
            ? fail(c, REFUND_EXCEEDS_PAYMENT, "nothing is left of this payment: %.*s went back%s",
                  SARG(money_text_code(
                      c->arena, (struct money) { a->refunded_minor + a->reserved_minor, cur })),
                  a->reserved_minor > 0 ? " or is on its way" : "")
            : fail(c, REFUND_EXCEEDS_PAYMENT, "%.*s is more than the %.*s that is left",
                  SARG(money_text_code(c->arena, asked)), SARG(money_text_code(c->arena, left))),
        buf_str(&b));
}

enum err back_reserve(struct ctx *c, const struct order *o, struct attempt *a, struct refund *r)
{
    bool done = false;
    int64_t version = a->version;
    must(r->amount.minor > 0 && r->amount.cur == a->amount.cur);
    if (a->argued)
        return fail(c, CONFLICT,
            "a bank argues about this payment: nothing of it can be given back until that is over");
    if (MUTANT(4)) /* planted: what is under way is not reserved */
        done = r->amount.minor <= a->amount.minor - a->refunded_minor;
    else
        TRY(back_db_reserve(c, a->n, r->amount.minor, &done, &version));
    if (!done)
        return back_exceeds(c, a, r->amount);
    a->version = version;
    a->reserved_minor += MUTANT(4) ? 0 : r->amount.minor;
    r->order_n = o->n;
    r->attempt_n = a->n;
    r->gateway = a->gateway;
    r->status = REFUND_PENDING;
    r->created_ms = c->now_ms;
    r->version = 1;
    TRY(back_db_insert(c, r));
    struct fact fact = fact_of(c, o, a, r, S("REFUND_REQUESTED"));
    return fact_add(c, &fact, NULL);
}

enum err back_note(struct ctx *c, struct refund *r, enum refund_status to)
{
    must(to == REFUND_PENDING || to == REFUND_UNKNOWN);
    must(r->status == REFUND_PENDING || r->status == REFUND_UNKNOWN);
    TRY(back_db_update(c, r, to));
    r->status = to;
    r->version++;
    return E_OK;
}

static void free_reserved(struct attempt *a, const struct refund *r)
{
    if (!MUTANT(4))
        a->reserved_minor -= r->amount.minor;
}

/* ---- what follows */

enum order_status payment_stands(const struct order *o, const struct attempt *paid)
{
    return o->refunded_minor == o->total_minor && o->total_minor > 0 ? ORDER_REFUNDED
        : paid != NULL && paid->argued                               ? ORDER_DISPUTED
        : o->refunded_minor > 0                                      ? ORDER_PARTIALLY_REFUNDED
                                                                     : ORDER_COMPLETED;
}

/* What a payment brought and what the order costs differ where a person accepted another sum. */
enum err back_of_order(struct ctx *c, struct order *o, const struct attempt *a)
{
    struct money total = { o->total_minor, o->currency }, back;
    if (!money_share(total, attempt_back(a), a->amount.minor, &back))
        return fail(c, STORE_CORRUPT, "a share of an order does not fit");
    o->refunded_minor = back.minor;
    return E_OK;
}

/* In review a person leads the order out, and it stands then as its payment does. */
static enum err stand(struct ctx *c, struct order *o, const struct attempt *a)
{
    enum order_status to = payment_stands(o, a);
    return o->status == ORDER_REVIEW || o->status == to ? order_note(c, o) : order_become(c, o, to);
}

/* Payment, order and ledger follow what went back in all; then what was handed out. */
static enum err move(struct ctx *c, struct order *o, struct attempt *a, const struct refund *r,
    int64_t refunded, int64_t cause_n)
{
    const struct book_back back = { attempt_back(a), refunded + a->lost_minor };
    must(refunded >= 0 && back.after <= a->amount.minor);
    a->refunded_minor = refunded;
    TRY(attempt_become(c, a, ATTEMPT_CAPTURED));
    TRY(back_of_order(c, o, a));
    TRY(stand(c, o, a));
    const bool whole = attempt_back(a) == a->amount.minor;
    struct str kind = back.after < back.before ? S("REFUND_REVERSED")
        : whole                                ? S("ORDER_REFUNDED")
                                               : S("ORDER_PARTIALLY_REFUNDED");
    struct fact fact = fact_of(c, o, a, r, kind);
    fact.cause_n = cause_n;
    TRY(book_back(c, o, a, &back, fact));
    struct order taken = *o;
    if (MUTANT(9))
        taken.refunded_minor = r->amount.minor;
    return grant_take(c, &taken);
}

/* One that is no order's: it leaves the books as it came into them, whole, and what was to decide
 * about it is decided.  One that comes back to us is to be decided again. */
static enum err move_held(struct ctx *c, struct order *o, struct attempt *a, const struct refund *r,
    int64_t refunded, int64_t cause_n)
{
    if (r->amount.minor != a->amount.minor)
        return fail(c, STORE_CORRUPT, "a part of %.*s went back, which is no order's",
            SARG(attempt_id(c->arena, a)));
    a->refunded_minor = refunded;
    TRY(attempt_become(c, a, ATTEMPT_CAPTURED));
    struct fact fact =
        fact_of(c, o, a, r, refunded > 0 ? S("PAYMENT_RETURNED") : S("REFUND_REVERSED"));
    fact.cause_n = cause_n;
    if (refunded > 0) {
        TRY(book_returned(c, a, fact));
        return payment_returned(c, o);
    }
    TRY(book_unexplained(c, a, fact, &cause_n));
    return payment_review(c, o, a, S("a payment that was given back came back"), cause_n);
}

static enum err happened(struct ctx *c, struct order *o, struct attempt *a, const struct refund *r)
{
    int64_t fact_n = 0;
    int64_t refunded = a->refunded_minor + r->amount.minor;
    if (refunded + a->lost_minor > a->amount.minor)
        return fail(c, STORE_CORRUPT, "more went back of %.*s than was paid",
            SARG(attempt_id(c->arena, a)));
    struct fact fact = fact_of(c, o, a, r, S("REFUND_SUCCEEDED"));
    fact.cause_n = r->cause_n;
    TRY(fact_add(c, &fact, &fact_n));
    TRY(a->extra ? move_held(c, o, a, r, refunded, fact_n) : move(c, o, a, r, refunded, fact_n));
    return job_add_gathered(c, S("order_mail"),
        str_fmt(c->arena, "refunded:%.*s", SARG(refund_id(c->arena, r))), c->now_ms);
}

static enum err succeeds(struct ctx *c, struct order *o, struct attempt *a, struct refund *r)
{
    r->done_ms = c->now_ms;
    r->why = S("");
    r->approval = false;
    TRY(back_db_update(c, r, REFUND_SUCCEEDED));
    r->status = REFUND_SUCCEEDED;
    r->version++;
    return happened(c, o, a, r);
}

enum err back_succeeds(struct ctx *c, struct order *o, struct attempt *a, struct refund *r)
{
    if (r->status == REFUND_SUCCEEDED)
        return E_OK;
    must(r->status == REFUND_PENDING || r->status == REFUND_UNKNOWN);
    free_reserved(a, r);
    return succeeds(c, o, a, r);
}

enum err back_revives(struct ctx *c, struct order *o, struct attempt *a, struct refund *r)
{
    must(r->status == REFUND_FAILED);
    return succeeds(c, o, a, r);
}

static enum err came_back(struct ctx *c, struct order *o, struct attempt *a, struct refund *r)
{
    const int64_t left = a->refunded_minor - r->amount.minor;
    TRY(a->extra ? move_held(c, o, a, r, left, 0) : move(c, o, a, r, left, 0));
    return alert_raise(c, ALERT_REFUND, order_id(c->arena, o),
        str_fmt(c->arena, "a refund of %.*s that was done has failed after all",
            SARG(money_text_code(c->arena, r->amount))));
}

enum err back_fails(
    struct ctx *c, struct order *o, struct attempt *a, struct refund *r, struct str why)
{
    bool was_done = r->status == REFUND_SUCCEEDED;
    if (r->status == REFUND_FAILED)
        return E_OK;
    r->done_ms = c->now_ms;
    r->why = why;
    r->approval = false;
    TRY(back_db_update(c, r, REFUND_FAILED));
    r->status = REFUND_FAILED;
    r->version++;
    if (was_done) {
        TRY(came_back(c, o, a, r));
    } else {
        free_reserved(a, r);
        TRY(attempt_become(c, a, ATTEMPT_CAPTURED));
        TRY(order_note(c, o)); /* who waits for the order sees it */
    }
    TRY(argued_ask(c, a)); /* a bank may have taken it instead */
    struct fact fact = fact_of(c, o, a, r, S("REFUND_FAILED"));
    return fact_add(c, &fact, NULL);
}

/* Somebody gave back at the gateway what one of ours was to give: what waits here for a second
 * person, or a switch, is not there any more.  What was sent is the gateway's to refuse. */
static enum err make_room(struct ctx *c, struct order *o, struct attempt *a)
{
    struct refund waits;
    bool found = true;
    while (found && attempt_back(a) + a->reserved_minor > a->amount.minor) {
        TRY(back_db_unsent(c, a->n, &found, &waits));
        if (found)
            TRY(back_fails(c, o, a, &waits, S("so much was given back at the gateway meanwhile")));
    }
    return E_OK;
}

enum err back_adopts(struct ctx *c, struct order *o, struct attempt *a, struct refund *r)
{
    must(r->kind != REFUND_SENT && r->amount.minor > 0);
    r->order_n = o->n;
    r->attempt_n = a->n;
    r->gateway = a->gateway;
    r->status = REFUND_SUCCEEDED;
    r->created_ms = r->done_ms = c->now_ms;
    r->version = 1;
    TRY(back_db_insert(c, r));
    TRY(happened(c, o, a, r));
    return make_room(c, o, a);
}

enum err back_ask_later(struct ctx *c, const struct attempt *a)
{
    return job_add(c, REFUND_LOOK, str_fmt(c->arena, "%lld", (long long)a->n), c->now_ms);
}
