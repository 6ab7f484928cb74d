#include "payment/payment.h"

#include "base/json.h"

#include "catalog/catalog.h"
#include "customer/customer.h"
#include "db/db.h"
#include "fact/fact.h"
#include "job/job.h"
#include "operation/operation.h"
#include "payment/attempt_db.h"
#include "payment/call.h"
#include "payment/prompt.h"
#include "payment/route.h"

/* Opening a page on which an order can be paid.  It moves no money until the buyer acts on it, so a
 * gateway that does not answer is followed by the next one at once; the attempt there stays
 * believed, in case somebody pays on it after all (design.md 2, "Failover"). */

enum {
    TRIES_MAX = 20,
    KEY_ERRORS_MAX = 2
};

/* A plan that begins with nothing needs a page where the gateway renews: it asks there with what.
 * Where purser renews, it asks when the first period is to be paid. */
static bool has_page(const struct order *o, enum gateway_id gateway)
{
    return o->total_minor > 0 ||
        (o->kind == ORDER_START && (gateway_by_id(gateway)->can & GATEWAY_CAN_SUBSCRIBE) != 0);
}

/* As long as the order can be paid, in the bounds of the gateway; a page that outlives its order is
 * believed when it pays. */
static int64_t page_ends_ms(struct ctx *c, const struct order *o, enum gateway_id gateway)
{
    const struct gateway *g = gateway_by_id(gateway);
    int64_t least = c->now_ms + g->session_least_ms, most = c->now_ms + g->session_ms;
    return o->expires_ms < least ? least : o->expires_ms > most ? most : o->expires_ms;
}

static enum err find_payer(struct ctx *c, struct payment_open *p)
{
    struct customer k;
    p->payer = p->user = S("");
    if (p->order.kind != ORDER_START)
        return E_OK;
    TRY(customer_by_n(c, p->order.customer_n, &k));
    p->user = k.external_id;
    return subscription_payer(c, p->order.customer_n, p->attempt.gateway, &p->payer);
}

static enum err add_attempt(struct ctx *c, struct payment_open *p, struct str method,
    const struct route_choice *chosen, bool named)
{
    p->attempt = (struct attempt) {
        .order_n = p->order.n,
        .id = id_new(c),
        .gateway = chosen->gateway,
        .route = chosen->why,
        .named = named,
        .amount = { p->order.total_minor, p->order.currency },
        .method = method,
        .expires_ms = page_ends_ms(c, &p->order, chosen->gateway),
    };
    TRY(attempt_insert(c, &p->attempt));
    return find_payer(c, p);
}

enum err payment_open_plan(
    struct ctx *c, struct payment_open *p, struct str method, struct str asked)
{
    struct route_choice chosen = { .gateway = GATEWAY_NONE };
    bool bare = p->order.kind == ORDER_ONCE && p->order.total_minor == 0;
    if (!bare)
        TRY(route_choose(c, p, method, asked, &chosen));
    if (!bare && has_page(&p->order, chosen.gateway))
        return add_attempt(c, p, method, &chosen, asked.n > 0);
    TRY(settle_free_order(c, p->order.n));
    return payment_open_load(c, p->order.n, p);
}

enum err payment_open_load(struct ctx *c, int64_t order_n, struct payment_open *p)
{
    struct attempt *k = NULL;
    size_t n = 0;
    TRY(order_by_n(c, order_n, &p->order));
    TRY(order_lines(c, &p->order, &p->line, &p->lines));
    TRY(attempts_of(c, order_n, &k, &n));
    if (n > 0)
        p->attempt = k[n - 1];
    return find_payer(c, p);
}

/* ---- once more at the same gateway */

static enum err count_error(struct ctx *c, const struct call *call, void *arg)
{
    int64_t *errors = arg;
    bool kept = call->outcome == OUTCOME_UNKNOWN && call->http_status >= 400 &&
        call->http_status != 409; /* that one says: it is under way */
    *errors += call->what == CALL_OPEN && kept;
    return c->dead ? E_DEAD : E_OK;
}

enum err payment_key_answers(struct ctx *c, const struct attempt *k, bool *ret)
{
    const struct gateway *g = gateway_by_id(k->gateway);
    int64_t errors = 0;
    if (g != NULL && (g->can & GATEWAY_CAN_KEYS) == 0) {
        *ret = false;
        return E_OK;
    }
    TRY(call_list(c, k->n, count_error, &errors));
    *ret = errors < KEY_ERRORS_MAX;
    return E_OK;
}

enum err payment_open_again(struct ctx *c, struct payment_open *p)
{
    struct attempt *before = NULL, last = p->attempt;
    size_t tries = 0;
    TRY(attempts_of(c, p->order.n, &before, &tries));
    if (tries >= TRIES_MAX)
        return fail(c, GATEWAY_UNAVAILABLE,
            "the gateway lost every answer about this order; it ends when its time is over");
    last.why = S("its answer was lost; another page was opened instead");
    TRY(attempt_become(c, &last, ATTEMPT_ABANDONED));
    struct route_choice same = { .gateway = last.gateway, .why = last.route };
    return add_attempt(c, p, last.method, &same, last.named);
}

/* ---- the call */

static enum err lines_for_gateway(
    struct ctx *c, const struct payment_open *p, struct gateway_open *in)
{
    const struct order *o = &p->order;
    struct gateway_priced *priced = arena_array(c->arena, struct gateway_priced, p->lines);
    struct gateway_line *line = NULL;
    for (size_t i = 0; i < p->lines; i++) {
        const struct order_line *l = &p->line[i];
        int64_t amount = l->amount_minor - l->discount_minor;
        struct str description = l->description.n > 0 ? l->description : l->name;
        priced[i] = (struct gateway_priced) {
            .name = l->name,
            .description = description,
            .quantity = l->quantity,
            .amount_minor = amount,
            .listed = l->discount_minor == 0 ? l->stripe_price : S(""),
        };
    }
    struct str tax = order_tax_words(c->arena, o);
    TRY(gateway_lines(
        c, priced, p->lines, tax, o->tax_inclusive ? 0 : o->tax_minor, &line, &in->line_count));
    in->lines = line;
    return E_OK;
}

/* Where the gateway sends the buyer back: our own pages, which know the truth and pass on to the
 * application's.  t opens this order alone, for who comes back without a cookie. */
static enum err return_url(
    struct ctx *c, const struct order *o, enum order_place place, struct str *ret)
{
    struct str path;
    TRY(order_path(c, o, place, &path));
    *ret = config_site_url(c, path);
    return E_OK;
}

/* What goes on after the first period, where the gateway is who goes on with it. */
static enum err plan_for_gateway(
    struct ctx *c, const struct payment_open *p, struct gateway_open *in)
{
    const struct order_line *l = &p->line[0];
    struct subscription_terms t;
    if (p->order.kind != ORDER_START ||
        (gateway_by_id(p->attempt.gateway)->can & GATEWAY_CAN_SUBSCRIBE) == 0)
        return E_OK;
    TRY(subscription_terms_read(c, l->plan, &t));
    struct gateway_plan *plan = arena_new(c->arena, struct gateway_plan);
    *plan = (struct gateway_plan) {
        .name = l->name,
        .description = l->description,
        .months = t.months,
        .amount = t.amount,
        .listed = l->stripe_price,
        .trial_days = t.trial_days,
        .coupon = t.coupon,
        .off_minor = t.off_minor,
        .off_months = t.off_months,
        .tax_name = t.tax_name,
        .tax_bps = t.tax_bps,
        .tax_inclusive = t.tax_inclusive,
        .payer = p->payer,
    };
    in->plan = plan;
    return E_OK;
}

enum err payment_open_call(struct ctx *c, struct payment_open *p)
{
    const struct gateway *g = gateway_by_id(p->attempt.gateway);
    const struct order *o = &p->order;
    must(g != NULL);
    c->about_n = o->customer_n;
    struct gateway_open in = {
        .attempt = attempt_id(c->arena, &p->attempt),
        .order = order_id(c->arena, o),
        .order_number = order_number(c->arena, o),
        .total = p->attempt.amount,
        .method = p->attempt.method,
        .buyer_mail = o->email,
        .buyer_name = o->name,
        .user = p->user,
        .expires_ms = p->attempt.expires_ms,
    };
    in.description = p->lines == 1 && p->line[0].quantity == 1
        ? p->line[0].name
        : str_fmt(c->arena, "Order %.*s", SARG(in.order_number));
    TRY(return_url(c, o, ORDER_PLACE_SUCCESS, &in.success_url));
    TRY(return_url(c, o, ORDER_PLACE_CANCELLED, &in.cancel_url));
    TRY(prompt_page_url(c, o, &p->attempt, &in.page_url));
    TRY(lines_for_gateway(c, p, &in));
    TRY(plan_for_gateway(c, p, &in));
    return g->open(c, &in, &p->session);
}

/* ---- recording */

static enum err session_fact(struct ctx *c, const struct payment_open *p, struct str kind)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "attemptId", attempt_id(c->arena, &p->attempt));
    json_str(&j, "gateway", gateway_name(p->attempt.gateway));
    /* A refusal's own words may quote the buyer: they stay with the attempt. */
    json_str(&j, "outcome", outcome_text(p->session.outcome));
    json_close(&j, '}');
    struct fact fact = {
        .kind = kind,
        .subject = order_id(c->arena, &p->order),
        .customer_n = p->order.customer_n,
        .data = buf_str(&b),
    };
    return fact_add(c, &fact, NULL);
}

static bool is_fresh(const struct attempt *a)
{
    return a->status == ATTEMPT_CREATED || a->status == ATTEMPT_UNKNOWN;
}

/* A webhook may have come before us: what it settled stays, only the page's address is added. */
static enum err record_opened(struct ctx *c, struct payment_open *p)
{
    struct attempt *a = &p->attempt;
    if (a->session_id.n > 0 && !str_eq(a->session_id, p->session.session_id))
        return E_OK; /* another page of this attempt was paid on */
    a->session_id = p->session.session_id;
    a->checkout_url = p->session.checkout_url;
    if (p->session.expires_ms > 0 && p->session.expires_ms < a->expires_ms)
        a->expires_ms = p->session.expires_ms;
    TRY(attempt_become(c, a, is_fresh(a) ? ATTEMPT_OPEN : a->status));
    TRY(session_fact(c, p, S("CHECKOUT_SESSION_CREATED")));
    if (p->order.status == ORDER_CANCELLED || p->order.status == ORDER_EXPIRED)
        TRY(payment_end_later(c, a)); /* given up while its page was being opened */
    TRY(job_add(
        c, PAYMENT_POLL, str_fmt(c->arena, "%lld", (long long)a->n), c->now_ms + 60 * 1000));
    /* Events that came before their session id was stored wait under this name (R25). */
    return job_hurry(c, S("inbox_retry"), a->session_id);
}

static enum err fail_order(struct ctx *c, struct payment_open *p)
{
    p->order.reason = p->session.refusal;
    if (!order_may_become(p->order.status, ORDER_FAILED))
        return E_OK;
    TRY(order_become(c, &p->order, ORDER_FAILED));
    struct fact fact = {
        .kind = S("ORDER_FAILED"),
        .subject = order_id(c->arena, &p->order),
        .customer_n = p->order.customer_n,
        .version = p->order.version,
    };
    TRY(fact_add(c, &fact, NULL));
    return coupon_free(c, p->order.n);
}

static enum err note_closed(struct ctx *c, struct payment_open *p)
{
    struct attempt *a = &p->attempt;
    a->why = p->session.refusal;
    switch (p->session.outcome) {
    case OUTCOME_DECLINED:
        return attempt_become(c, a, ATTEMPT_DECLINED);
    case OUTCOME_NOT_SENT: /* it certainly never began: the same key may begin it yet */
        return attempt_become(c, a, a->status);
    case OUTCOME_DONE:
    case OUTCOME_PENDING:
    case OUTCOME_UNKNOWN:
        return attempt_become(c, a, ATTEMPT_UNKNOWN);
    }
    never("a call has five outcomes");
}

/* Another gateway is tried only for an order that still waits for its first money, and never in
 * place of one that the caller named. */
static enum err fail_over(struct ctx *c, struct payment_open *p, bool *ret_next)
{
    struct attempt *a = &p->attempt;
    struct route_choice next;
    *ret_next = false;
    if (a->named || p->order.status != ORDER_PENDING)
        return E_OK;
    enum err e = route_choose(c, p, a->method, S(""), &next);
    if (e == E_UPSTREAM || e == E_INVALID) { /* nobody is left, or nobody takes it */
        err_clear(c);
        return E_OK;
    }
    TRY(e);
    if (!has_page(
            &p->order, next.gateway)) /* nobody can ask there with what it shall be paid later */
        return E_OK;
    if (a->status != ATTEMPT_DECLINED)
        TRY(attempt_become(c, a, ATTEMPT_ABANDONED));
    TRY(add_attempt(c, p, a->method, &next, false));
    *ret_next = true;
    return E_OK;
}

/* What is left of opening when no other gateway is tried.  A refusal is the order's end, unless
 * somebody else went on with it while we asked. */
static enum payment_opened left_as(const struct payment_open *p)
{
    bool waits = p->order.status == ORDER_PENDING || p->order.status == ORDER_PROCESSING;
    bool refused = p->session.outcome == OUTCOME_DECLINED && is_fresh(&p->attempt);
    if (p->order.completed_ms > 0)
        return PAYMENT_OPENED;
    return waits && !refused ? PAYMENT_NOT_NOW : PAYMENT_REFUSED;
}

/* The call brought no page.  A webhook may know more by now than its answer: what it settled
 * stays. */
static enum err record_closed(struct ctx *c, struct payment_open *p, enum payment_opened *ret)
{
    bool next = false;
    *ret = left_as(p);
    if (!is_fresh(&p->attempt))
        return E_OK;
    TRY(note_closed(c, p));
    TRY(session_fact(c, p, S("CHECKOUT_SESSION_FAILED")));
    TRY(fail_over(c, p, &next));
    if (next)
        *ret = PAYMENT_TRY_NEXT;
    return *ret == PAYMENT_REFUSED ? fail_order(c, p) : E_OK;
}

enum err payment_open_record(struct ctx *c, struct payment_open *p, enum payment_opened *ret)
{
    struct attempt now;
    struct order order;
    TRY(order_lock(c, p->order.n, &order));
    TRY(attempt_by_n(c, p->attempt.n, &now));
    p->order = order;
    p->attempt = now;
    *ret = PAYMENT_OPENED;
    if (now.checkout_url.n > 0) /* recorded already, by whoever took over before us */
        return E_OK;
    struct call call = call_of(&now, CALL_OPEN, p->session.outcome, &p->session.reply);
    TRY(call_note(c, &call));
    if (p->session.outcome == OUTCOME_DONE)
        return record_opened(c, p);
    return record_closed(c, p, ret);
}
