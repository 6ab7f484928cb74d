#include "refund/refund.h"

#include "base/json.h"
#include "catalog/catalog.h"
#include "db/db.h"
#include "fact/fact.h"
#include "gateway/exponent.h"
#include "job/job.h"
#include "refund/refund_go.h"
#include "switch/switch.h"

/* What somebody asks for: judged, reserved, and handed to the gateway. */

/* ---- which payment */

static enum err find_order(struct ctx *c, const struct refunding *in, struct order *ret)
{
    struct attempt a;
    struct id id;
    if (in->payment.n == 0)
        return order_get(c, in->order, ret);
    if (!id_parse(S("pay"), in->payment, &id))
        return fail(c, NOT_FOUND, "there is no such payment");
    TRY(attempt_get(c, id, &a));
    return order_by_n(c, a.order_n, ret);
}

static enum err find_attempt(
    struct ctx *c, const struct refunding *in, const struct order *o, struct attempt *ret)
{
    struct attempt *k = NULL;
    size_t n = 0;
    struct id id = { { 0 } };
    bool named = in->payment.n > 0 && id_parse(S("pay"), in->payment, &id);
    TRY(attempts_of(c, o->n, &k, &n));
    const struct attempt *paid = attempt_paid(k, n);
    for (size_t i = 0; named && i < n; i++)
        if (id_eq(k[i].id, id))
            paid = &k[i];
    if (paid == NULL || paid->status != ATTEMPT_CAPTURED)
        return fail(c, CONFLICT, "no money came for this order that could go back");
    *ret = *paid;
    return E_OK;
}

/* ---- may it go back? */

static enum err check_standing(
    struct ctx *c, const struct refunding *in, const struct order *o, const struct attempt *a)
{
    const int64_t already = a->refunded_minor + a->reserved_minor;
    if (o->status == ORDER_REVIEW && !a->extra)
        return fail(c, CONFLICT, "the order is in review: decide that first");
    if (a->argued)
        return fail(c, CONFLICT,
            "the buyer's bank is looking at this payment: what goes back is decided there");
    if (a->amount.minor == 0)
        return fail(c, CONFLICT, "nothing was paid for this order");
    if (in->already_minor < 0 || in->already_minor == already)
        return E_OK;
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_money(&j, "refunded", (struct money) { a->refunded_minor, a->amount.cur });
    json_money(&j, "pending", (struct money) { a->reserved_minor, a->amount.cur });
    json_close(&j, '}');
    return fail_details(c,
        fail(c, CONFLICT, "%.*s of this payment is back or on its way already, not %.*s",
            SARG(money_text_code(c->arena, (struct money) { already, a->amount.cur })),
            SARG(money_text_code(c->arena, (struct money) { in->already_minor, a->amount.cur }))),
        buf_str(&b));
}

/* Some count in steps that are wider than ours. */
static bool can_count(const struct gateway *g, struct money m)
{
    struct exponent e;
    int64_t units = 0;
    return exponent_of(g->name, m.cur, &e) && exponent_out(m, e, &units);
}

static enum err check_gateway(
    struct ctx *c, const struct refunding *in, const struct attempt *a, int64_t amount)
{
    const struct gateway *g = gateway_by_id(a->gateway);
    bool can = g != NULL && (g->can & GATEWAY_CAN_REFUND) != 0;
    bool parts = g != NULL && (g->can & GATEWAY_CAN_PARTIAL_REFUND) != 0;
    must(g != NULL);
    if (a->extra && amount != a->amount.minor)
        return fail(c, CONFLICT, "this payment is no order's: all of it goes back, or nothing");
    if (in->by_hand && can)
        return fail(
            c, CONFLICT, "%.*s gives money back itself: let purser send it there", SARG(g->title));
    if (!in->by_hand && !can)
        return fail(c, REFUND_NOT_SUPPORTED,
            "%.*s has no call for refunds: give the money back in its dashboard, and record it "
            "here as given back by hand",
            SARG(g->title));
    if (!in->by_hand && !parts && amount != a->amount.minor)
        return fail(c, REFUND_NOT_SUPPORTED, "%.*s gives back whole payments only", SARG(g->title));
    const struct money back = { amount, a->amount.cur };
    if (!in->by_hand && !can_count(g, back))
        return fail(c, REFUND_NOT_SUPPORTED,
            "%.*s cannot give back exactly %.*s: choose a rounder amount", SARG(g->title),
            SARG(money_text_code(c->arena, back)));
    return E_OK;
}

static enum err check_spent(
    struct ctx *c, const struct order *o, const struct attempt *a, struct refund_preview *v)
{
    const struct catalog *k = NULL;
    struct money total = { o->total_minor, o->currency }, back;
    if (!money_share(
            total, attempt_back(a) + a->reserved_minor + v->amount.minor, a->amount.minor, &back))
        return fail(c, STORE_CORRUPT, "a share of an order does not fit");
    TRY(grant_would_take(c, o, back.minor, &v->taken));
    TRY(catalog_now(c, &k));
    if (v->taken.owed == 0 || !k->clawback_refuses)
        return E_OK;
    return fail(c, CONFLICT,
        "%lld of the credits that this would take back are spent, and the catalogue refuses to "
        "give money back for those",
        (long long)v->taken.owed);
}

/* Of a payment all parts together: many small ones are not less than a large one. */
static bool needs_approval(const struct ctx *c, const struct attempt *a, int64_t minor)
{
    return config_has(c->config, CFG_REFUND_APPROVAL_ABOVE) &&
        a->refunded_minor + a->reserved_minor + minor >
        config_i64(c->config, CFG_REFUND_APPROVAL_ABOVE);
}

/* o is read, and locked where somebody writes. */
static enum err judge(
    struct ctx *c, const struct refunding *in, const struct order *o, struct refund_preview *ret)
{
    struct refund_preview v = { .o = *o };
    bool off = false;
    TRY(find_attempt(c, in, o, &v.a));
    TRY(check_standing(c, in, o, &v.a));
    const struct gateway *g = gateway_by_id(v.a.gateway);
    v.left = (struct money) { attempt_refundable(&v.a), v.a.amount.cur };
    v.amount = v.left;
    if (in->amount_minor > 0)
        v.amount.minor = in->amount_minor;
    v.by_hand = g == NULL || (g->can & GATEWAY_CAN_REFUND) == 0;
    v.whole_only = v.a.extra || (!v.by_hand && (g->can & GATEWAY_CAN_PARTIAL_REFUND) == 0);
    v.approval = needs_approval(c, &v.a, v.amount.minor);
    TRY(switch_is_off(c, SWITCH_REFUNDS, &off));
    v.held = off && !v.by_hand;
    if (v.amount.minor == 0 || v.amount.minor > v.left.minor)
        return back_exceeds(c, &v.a, v.amount);
    TRY(check_gateway(c, in, &v.a, v.amount.minor));
    if (!v.a.extra) /* nothing was handed out for it */
        TRY(check_spent(c, o, &v.a, &v));
    *ret = v;
    return E_OK;
}

enum err refund_look_at(struct ctx *c, const struct refunding *in, struct refund_preview *ret)
{
    struct order o;
    TRY(find_order(c, in, &o));
    return judge(c, in, &o, ret);
}

/* ---- plan */

static enum err check_words(struct ctx *c, const struct refunding *in)
{
    if (in->reason.n == 0)
        return fail(c, INVALID_REQUEST, "reason: say why, for whoever reads this later");
    if (in->by_hand && in->reference.n == 0)
        return fail(c, INVALID_REQUEST, "reference: say how it went back");
    return E_OK;
}

static enum err reserve(struct ctx *c, struct refunding *k, const struct refund_preview *v)
{
    bool sends = !v->approval && !v->held && !k->by_hand && c->net != NULL;
    k->a = v->a;
    k->r = (struct refund) {
        .id = k->id,
        .kind = k->by_hand ? REFUND_BY_HAND : REFUND_SENT,
        .approval = v->approval,
        .amount = v->amount,
        .reference = k->by_hand ? k->reference : S(""),
        .reason = k->reason,
        .actor = c->actor,
        .sent_ms = sends ? c->now_ms : 0,
        .confirmed_by = S("person"),
    };
    TRY(back_reserve(c, &k->o, &k->a, &k->r));
    k->ready = !sends;
    if (k->by_hand && !v->approval)
        return back_succeeds(c, &k->o, &k->a, &k->r);
    return sends || v->approval ? E_OK : refund_go_later(c, &k->r);
}

static enum err plan_new(struct ctx *c, struct refunding *k)
{
    struct refund_preview v = { .held = false };
    TRY(check_words(c, k));
    TRY(find_order(c, k, &k->o));
    TRY(order_lock(c, k->o.n, &k->o));
    TRY(judge(c, k, &k->o, &v));
    return reserve(c, k, &v);
}

/* Who stands behind a key: the first of those that made one another, and the person who made it. */
struct behind {
    struct str first, person;
};

static enum err behind(struct ctx *c, struct str actor, struct behind *ret)
{
    *ret = (struct behind) { actor, S("") };
    while (str_starts(ret->first, S("key:key_"))) {
        struct fact_row made;
        bool found = false;
        TRY(fact_first_of(c, str_from(ret->first, S("key:").n), &found, &made));
        if (!found || !str_starts(made.actor, S("key:"))) {
            ret->person = found && str_starts(made.actor, S("admin:")) ? made.actor : S("");
            return E_OK;
        }
        ret->first = made.actor;
    }
    return E_OK;
}

static enum err check_another(struct ctx *c, struct str asker)
{
    struct behind a, b;
    TRY(behind(c, asker, &a));
    TRY(behind(c, c->actor, &b));
    if (str_eq(asker, c->actor))
        return fail(c, FORBIDDEN, "whoever asked for a refund cannot be the one who agrees to it");
    if (str_eq(a.first, b.first) || str_eq(a.person, b.first) || str_eq(a.first, b.person))
        return fail(c, FORBIDDEN,
            "a key is no second person for whoever made it: somebody else has to agree");
    return E_OK;
}

/* A second pair of eyes is another's. */
static enum err check_agreed(struct ctx *c, const struct refunding *k)
{
    const struct refund *r = &k->r;
    if (!r->approval || r->status != REFUND_PENDING)
        return fail(c, CONFLICT, "this refund does not wait for anybody: it is %.*s",
            SARG(refund_status_text(r->status)));
    TRY(check_another(c, r->actor));
    if (k->a.argued)
        return fail(c, CONFLICT,
            "the buyer's bank is looking at this payment: agree when that is over, or call it off");
    if (attempt_back(&k->a) + r->amount.minor > k->a.amount.minor)
        return fail(c, CONFLICT, "so much is not left of this payment any more: call it off");
    return E_OK;
}

static enum err plan_approved(struct ctx *c, struct refunding *k)
{
    struct refund seen;
    TRY(refund_get(c, k->approves, &seen));
    TRY(order_lock(c, seen.order_n, &k->o));
    TRY(refund_by_n(c, seen.n, &k->r));
    TRY(attempt_by_n(c, k->r.attempt_n, &k->a));
    TRY(check_agreed(c, k));
    k->r.approval = false;
    k->r.approver = c->actor;
    k->r.confirmed_by = S("person");
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "refundId", refund_id(c->arena, &k->r));
    json_money(&j, "amount", k->r.amount);
    json_close(&j, '}');
    const struct fact fact = {
        .kind = S("REFUND_APPROVED"),
        .subject = order_id(c->arena, &k->o),
        .customer_n = k->o.customer_n,
        .data = buf_str(&b),
    };
    TRY(fact_add(c, &fact, NULL));
    TRY(back_note(c, &k->r, REFUND_PENDING));
    if (k->r.kind == REFUND_BY_HAND) {
        k->ready = true;
        return back_succeeds(c, &k->o, &k->a, &k->r);
    }
    if (c->net == NULL) { /* not marked as sent: the job of a server sends it */
        k->ready = true;
        return refund_go_later(c, &k->r);
    }
    TRY(refund_go_load(c, k->r.n, false, k));
    return k->ready ? refund_go_later(c, &k->r) : E_OK; /* held by the switch */
}

static enum err plan(struct ctx *c, void *work, int64_t *ret_subject)
{
    struct refunding *k = work;
    TRY(k->approves.n > 0 ? plan_approved(c, k) : plan_new(c, k));
    *ret_subject = k->r.n;
    return E_OK;
}

static enum err load(struct ctx *c, int64_t subject, bool perhaps_sent, void *work)
{
    return refund_go_load(c, subject, perhaps_sent, work);
}

static struct str gateway_of(const void *work)
{
    const struct refunding *k = work;
    return gateway_name(k->a.gateway);
}

static enum err call(struct ctx *c, void *work)
{
    return refund_go_call(c, work);
}

static enum err record(struct ctx *c, void *work, int64_t subject, enum operation_next *ret_next)
{
    struct refunding *k = work;
    must(subject == k->r.n);
    *ret_next = OPERATION_DONE; /* what is not certain is reserved, and asked about by its job */
    return k->ready ? E_OK : refund_go_record(c, k);
}

/* ---- the answer, from stored rows only */

enum err refund_members(struct ctx *c, struct json *j, const struct refund *r)
{
    struct order o;
    struct attempt a;
    TRY(order_by_n(c, r->order_n, &o));
    TRY(attempt_by_n(c, r->attempt_n, &a));
    refund_json(j, c->arena, r);
    json_str(j, "orderId", order_id(c->arena, &o));
    json_str(j, "orderNumber", order_number(c->arena, &o));
    json_str(j, "paymentId", id_text(c->arena, S("pay"), a.id));
    json_money(j, "paid", a.amount);
    json_money(j, "refunded", (struct money) { a.refunded_minor, a.amount.cur });
    json_money(j, "pending", (struct money) { a.reserved_minor, a.amount.cur });
    json_money(j, "left", (struct money) { attempt_refundable(&a), a.amount.cur });
    return E_OK;
}

static enum err answer(struct ctx *c, int64_t subject, int *ret_status, struct buf *body)
{
    struct refund r;
    struct json j = JSON(body);
    TRY(refund_by_n(c, subject, &r));
    bool failed = r.status == REFUND_FAILED;
    r.reason = S(""); /* kept with the refund alone: it may name anybody */
    json_open(&j, NULL, '{');
    json_bool(&j, "success", !failed);
    if (failed) {
        json_str(&j, "error", r.why.n > 0 ? r.why : S("the gateway refused"));
        json_str(&j, "code", S("GATEWAY_REJECTED"));
    }
    json_open(&j, failed ? "details" : "data", '{');
    TRY(refund_members(c, &j, &r));
    json_close(&j, '}');
    if (failed)
        json_str(&j, "requestId", c->request_id);
    json_close(&j, '}');
    *ret_status = failed ? 502 : r.status == REFUND_SUCCEEDED ? 200 : 202;
    return E_OK;
}

static enum err page_answer(struct ctx *c, int64_t subject, int *ret_status, struct buf *body)
{
    struct refund r;
    struct order o;
    TRY(refund_by_n(c, subject, &r));
    TRY(order_by_n(c, r.order_n, &o));
    *ret_status = 303;
    buf_fmt(body, "/admin/orders/%.*s?done=%s", SARG(order_number(c->arena, &o)),
        r.status == REFUND_SUCCEEDED    ? "refunded"
            : r.status == REFUND_FAILED ? "refund_failed"
            : r.approval                ? "refund_waits"
                                        : "refund_pending");
    return E_OK;
}

const struct operation_kind refund_operation = {
    .name = S_INIT("refund"),
    .work_size = sizeof(struct refunding),
    .plan = plan,
    .load = load,
    .gateway = gateway_of,
    .call = call,
    .record = record,
    .answer = answer,
};

const struct operation_kind refund_page_operation = {
    .name = S_INIT("refund_page"),
    .work_size = sizeof(struct refunding),
    .plan = plan,
    .load = load,
    .gateway = gateway_of,
    .call = call,
    .record = record,
    .answer = page_answer,
};

static enum err plan_tx(struct ctx *c, void *arg)
{
    struct refunding *k = arg;
    int64_t subject = 0;
    return plan(c, k, &subject);
}

/* Where nobody can call, it is reserved, and sent by the server that runs beside. */
enum err refund_run(struct ctx *c, struct refunding *in)
{
    struct operation_key key;
    struct operation_run run;
    if (c->net == NULL)
        return db_tx(c, "refund", plan_tx, in);
    TRY(operation_key_own(
        c, str_fmt(c->arena, "refund:%.*s", SARG(id_text(c->arena, S("ref"), in->id))), &key));
    operation_run_start(c, &run, &refund_operation, &key, in);
    TRY(operation_run_all(c, &run));
    return operation_result(c, &run);
}

/* ---- calling off */

enum err refund_call_off(struct ctx *c, struct str id, struct refund *ret)
{
    struct refund seen, r;
    struct order o;
    struct attempt a;
    TRY(refund_get(c, id, &seen));
    TRY(order_lock(c, seen.order_n, &o));
    TRY(refund_by_n(c, seen.n, &r));
    TRY(attempt_by_n(c, r.attempt_n, &a));
    if (r.status != REFUND_PENDING || r.sent_ms > 0)
        return fail(c, CONFLICT, "this refund cannot be called off: it is %.*s%s",
            SARG(refund_status_text(r.status)), r.sent_ms > 0 ? " and was sent" : "");
    TRY(back_fails(c, &o, &a, &r, S("it was called off before it was sent")));
    *ret = r;
    return E_OK;
}
