#include "checkout/checkout.h"

#include "catalog/catalog.h"
#include "checkout/checkout_plan.h"
#include "customer/customer.h"
#include "db/db.h"
#include "fact/fact.h"
#include "risk/risk.h"
#include "switch/switch.h"

enum {
    SAME_MS = 60 * 1000,
    OPENING_MS = 30 * 1000, /* longer than all calls of a run together */
    CLOSED_S = 300          /* somebody is at work on it */
};

/* ---- who */

static struct customer said_of(struct ctx *c, const struct checkout *k)
{
    if (k->by_key)
        return (
            struct customer) { .external_id = k->customer_id, .email = k->email, .name = k->name };
    return customer_of_token(c);
}

enum err checkout_caller(struct ctx *c)
{
    struct customer found;
    bool is_there = false;
    if (c->customer_id.n == 0 || c->customer_n != CUSTOMER_NOBODY)
        return E_OK;
    TRY(customer_find(c, c->customer_id, &is_there, &found));
    if (is_there)
        c->customer_n = found.n;
    return E_OK;
}

/* The buyer: the customer named or signed in, made if it is new, else a guest with a mail.  Who
 * writes is alone with this buyer from here on: two alike at one moment are one order. */
static enum err find_buyer(struct ctx *c, struct checkout *k, struct order_ask *ask, bool write)
{
    struct customer said = said_of(c, k), buyer = { .n = 0 };
    bool found = false;
    ask->email = k->email.n > 0 ? k->email : c->customer_email;
    if (said.external_id.n == 0)
        return write && ask->email.n > 0
            ? db_alone(c, str_fmt(c->arena, "guest %.*s", SARG(ask->email)))
            : E_OK;
    if (write) {
        TRY(customer_ensure(c, &said, &buyer));
        if (said.email_verified)
            TRY(order_attach(c, buyer.n, said.email));
        found = true;
    } else {
        TRY(customer_find(c, said.external_id, &found, &buyer));
    }
    if (found) {
        ask->customer_n = buyer.n;
        if (ask->email.n == 0)
            ask->email = buyer.email;
        if (ask->country.n == 0)
            ask->country = buyer.country;
        if (k->name.n == 0)
            k->name = buyer.name;
    }
    return E_OK;
}

static struct order_ask ask_of(const struct checkout *k)
{
    return (struct order_ask) {
        .item = k->item,
        .items = k->items,
        .coupon = k->coupon,
        .country = k->country,
        .currency = k->currency,
    };
}

enum err checkout_price(
    struct ctx *c, struct checkout *k, struct order *ret, struct order_line **line, size_t *lines)
{
    struct order_ask ask = ask_of(k);
    struct coupon coupon;
    TRY(find_buyer(c, k, &ask, false));
    return order_price(c, &ask, ret, line, lines, &coupon);
}

/* ---- plan */

static enum err duplicate(struct ctx *c, const struct order *o)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "orderId", order_id(c->arena, o));
    json_str(&j, "orderNumber", order_number(c->arena, o));
    json_close(&j, '}');
    return fail_details(c,
        fail(c, DUPLICATE_PURCHASE, "you have just ordered this (%.*s)",
            SARG(order_number(c->arena, o))),
        buf_str(&b));
}

/* Is there nothing left to call for?  A page is open, money came, or the gateway said no. */
static bool is_ready(const struct attempt *a)
{
    return a->status != ATTEMPT_CREATED && a->status != ATTEMPT_UNKNOWN;
}

static bool is_waiting(const struct order *o)
{
    return o->status == ORDER_PENDING || o->status == ORDER_PROCESSING;
}

/* With another coupon or tax it is another purchase: nobody pays another sum than he asked for. */
static bool costs_the_same(const struct order *same, const struct order *priced, struct str coupon)
{
    return same->subtotal_minor == priced->subtotal_minor &&
        str_eq(same->country, priced->country) && str_eq_nocase(same->coupon, str_trim(coupon));
}

/* A session may exist there, or be about to, that nobody knows of.  A gateway with keys answers the
 * same one again; without, a second one is opened by an attempt of its own, and the first stays
 * believed if somebody pays on it: opening moves no money. */
static enum err open_beside(struct ctx *c, struct checkout *k)
{
    bool same = false;
    TRY(payment_key_answers(c, &k->open.attempt, &same));
    return same ? E_OK : payment_open_again(c, &k->open);
}

/* Another key's call for its page is under way: what it brings is the answer for this one, too.  A
 * call that was never sent has said why. */
static bool is_being_opened(const struct ctx *c, const struct attempt *a)
{
    return a->status == ATTEMPT_CREATED && a->why.n == 0 && c->now_ms - a->created_ms < OPENING_MS;
}

/* The same items by the same buyer within a minute: the first order is it, while it is unpaid. */
static enum err find_same(
    struct ctx *c, struct checkout *k, const struct order_ask *ask, bool *ret_found)
{
    struct order_ask bare = *ask;
    struct order priced, same;
    struct order_line *line = NULL;
    struct coupon none;
    size_t lines = 0;
    bool found = false;
    *ret_found = false;
    if (k->again || coupon_buyer(c->arena, ask->customer_n, ask->email).n == 0)
        return E_OK; /* nobody in particular is not the same one twice */
    bare.coupon = S("");
    TRY(order_price(c, &bare, &priced, &line, &lines, &none));
    TRY(order_same_basket(c, priced.basket, c->now_ms - SAME_MS, &found, &same));
    if (!found)
        return E_OK;
    if (same.completed_ms > 0)
        return duplicate(c, &same);
    if (!is_waiting(&same) || !costs_the_same(&same, &priced, ask->coupon))
        return E_OK;
    /* With another code it costs something else than what the person agreed to. */
    if (k->seen_minor >= 0 && k->seen_minor != same.total_minor)
        return E_OK;
    TRY(payment_open_load(c, same.n, &k->open));
    k->ready = is_ready(&k->open.attempt);
    *ret_found = k->open.attempt.n > 0;
    if (k->ready || !*ret_found)
        return E_OK;
    if (is_being_opened(c, &k->open.attempt))
        return fail_retry_after(c,
            fail(c, IDEMPOTENCY_IN_PROGRESS, "this order is being opened; try again in a moment"),
            1);
    return open_beside(c, k);
}

static enum err check_seen(struct ctx *c, const struct checkout *k, const struct order *o)
{
    if (k->seen_minor < 0 || k->seen_minor == o->total_minor)
        return E_OK;
    return fail(c, CONFLICT, "the total is now %.*s",
        SARG(money_text_code(c->arena, (struct money) { o->total_minor, o->currency })));
}

static enum err created_fact(struct ctx *c, const struct order *o, struct str terms)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "orderNumber", order_number(c->arena, o));
    json_money(&j, "total", (struct money) { o->total_minor, o->currency });
    if (terms.n > 0)
        json_str(&j, "agreedTo", terms);
    json_close(&j, '}');
    struct fact fact = {
        .kind = S("ORDER_CREATED"),
        .subject = order_id(c->arena, o),
        .customer_n = o->customer_n,
        .version = o->version,
        .data = buf_str(&b),
    };
    return fact_add(c, &fact, NULL);
}

static enum err insert(struct ctx *c, struct checkout *k, struct order *o,
    const struct order_line *line, size_t lines, const struct coupon *coupon)
{
    const struct catalog *catalog = NULL;
    TRY(catalog_now(c, &catalog));
    o->id = k->order_id;
    o->name = k->name;
    o->metadata = k->metadata;
    o->success_url = k->success_url;
    o->cancel_url = k->cancel_url;
    o->expires_ms = c->now_ms + catalog->session_ttl_ms;
    TRY(order_insert(c, o, line, lines));
    if (coupon->n > 0)
        TRY(coupon_hold(c, coupon, coupon_buyer(c->arena, o->customer_n, o->email), o->n));
    return created_fact(c, o, k->terms);
}

/* What began before goes on: it is paid for, or waited for, by somebody. */
static enum err check_open_for_business(struct ctx *c)
{
    bool off = false;
    TRY(switch_is_off(c, SWITCH_CHECKOUTS, &off));
    if (!off)
        return E_OK;
    return fail_retry_after(c,
        fail(c, BUSY, "no new orders are taken right now; nothing was ordered or charged"),
        CLOSED_S);
}

/* The order stays, with its reasons, for whoever asks why; nobody is asked for a page.  Which of
 * the reasons it was is not said: who tries stolen cards would do without it the next time. */
static enum err refuse(struct ctx *c, struct checkout *k)
{
    k->ready = true;
    return payment_give_up(
        c, &k->open.order, ORDER_CANCELLED, S("this order cannot be taken; nothing was charged"));
}

static enum err plan(struct ctx *c, void *work, int64_t *ret_subject)
{
    struct checkout *k = work;
    struct order_ask ask = ask_of(k);
    struct order o;
    struct order_line *line = NULL;
    struct coupon coupon;
    size_t lines = 0;
    bool same = false;
    struct checkout_starts starts;
    struct risk risk;
    TRY(find_buyer(c, k, &ask, true));
    TRY(checkout_may_begin(c, &ask, &starts));
    /* Before the code is looked at: the first of two alike holds the buyer's one use of it. */
    TRY(find_same(c, k, &ask, &same));
    *ret_subject = k->open.order.n;
    if (same)
        return E_OK;
    TRY(check_open_for_business(c));
    TRY(order_price(c, &ask, &o, &line, &lines, &coupon));
    if (o.credits > 0 && o.customer_n == 0)
        return fail(
            c, INVALID_REQUEST, "credits need an account to go to: sign in, or say customerId");
    if (o.email.n == 0 && (o.total_minor > 0 || o.kind == ORDER_START))
        return fail(c, INVALID_REQUEST, "email: an address for the receipt is missing");
    TRY(check_seen(c, k, &o));
    TRY(risk_look(c, &o, k->by_key, &risk));
    if (o.risk != ORDER_RISK_REFUSE)
        TRY(checkout_end_starts(c, &starts));
    TRY(insert(c, k, &o, line, lines, &coupon));
    TRY(risk_keep(c, &o, &risk));
    k->open = (struct payment_open) { .order = o, .line = line, .lines = lines };
    *ret_subject = k->open.order.n;
    if (o.risk == ORDER_RISK_REFUSE)
        return refuse(c, k);
    TRY(payment_open_plan(c, &k->open, k->method, k->gateway));
    k->ready = is_ready(&k->open.attempt);
    return E_OK;
}

/* ---- taking over, calling, recording */

static enum err load(struct ctx *c, int64_t subject, bool perhaps_sent, void *work)
{
    struct checkout *k = work;
    TRY(payment_open_load(c, subject, &k->open));
    struct attempt *a = &k->open.attempt;
    /* An order that has ended meanwhile gets no page any more. */
    k->ready = is_ready(a) || !is_waiting(&k->open.order);
    perhaps_sent = perhaps_sent || a->status == ATTEMPT_UNKNOWN;
    return k->ready || !perhaps_sent ? E_OK : open_beside(c, k);
}

static struct str gateway_of(const void *work)
{
    const struct checkout *k = work;
    return gateway_name(k->open.attempt.gateway);
}

static enum err call(struct ctx *c, void *work)
{
    struct checkout *k = work;
    return k->ready ? E_OK : payment_open_call(c, &k->open);
}

static enum err record(struct ctx *c, void *work, int64_t subject, enum operation_next *ret_next)
{
    struct checkout *k = work;
    enum payment_opened opened = PAYMENT_OPENED;
    must(subject == k->open.order.n);
    if (!k->ready)
        TRY(payment_open_record(c, &k->open, &opened));
    *ret_next = payment_opened_next(opened);
    return E_OK;
}

/* ---- the answer, from stored rows only */

/* The newest try; or, when another key went on with the order while this one's page was opened, the
 * one that has a page. */
static enum err load_opened(struct ctx *c, int64_t order_n, struct payment_open *p)
{
    struct attempt *k = NULL;
    size_t n = 0;
    TRY(payment_open_load(c, order_n, p));
    TRY(attempts_of(c, order_n, &k, &n));
    while (n > 0 && k[n - 1].session_id.n == 0)
        n--;
    if (n > 0)
        p->attempt = k[n - 1];
    return E_OK;
}

static void opened_json(
    struct json *j, struct ctx *c, const struct order *o, const struct attempt *a)
{
    json_str(j, "orderId", order_id(c->arena, o));
    json_str(j, "orderNumber", order_number(c->arena, o));
    json_str(j, "status", o->completed_ms > 0 ? S("completed") : S("pending"));
    json_money(j, "total", (struct money) { o->total_minor, o->currency });
    json_str(j, "gateway", gateway_name(a->gateway));
    json_str_or_null(j, "sessionId", a->session_id);
    json_str_or_null(j, "checkoutUrl", a->checkout_url);
    json_time(j, "expiresAt", a->expires_ms > 0 ? a->expires_ms : o->expires_ms);
}

/* What the guides' pages look for: where to send the buyer; to our own page when nothing is to be
 * paid now. */
static enum err guide_json(struct ctx *c, struct json *j, const struct payment_open *p)
{
    struct str path, url = p->attempt.checkout_url;
    if (url.n == 0) {
        TRY(order_path(c, &p->order, ORDER_PLACE_SUCCESS, &path));
        url = config_site_url(c, path);
    }
    json_str_or_null(j, "sessionId", p->attempt.session_id);
    json_str(j, "url", url);
    json_str(j, "checkoutUrl", url);
    return E_OK;
}

static enum err answer_as(
    struct ctx *c, int64_t subject, bool guide, int *ret_status, struct buf *body)
{
    struct payment_open p = { .lines = 0 };
    struct json j = JSON(body);
    TRY(load_opened(c, subject, &p));
    bool opened = p.attempt.session_id.n > 0 || p.order.completed_ms > 0;
    bool refused = p.order.risk == ORDER_RISK_REFUSE;
    json_open(&j, NULL, '{');
    json_bool(&j, "success", opened);
    if (opened) {
        json_open(&j, "data", '{');
        opened_json(&j, c, &p.order, &p.attempt);
        json_close(&j, '}');
        if (guide)
            TRY(guide_json(c, &j, &p));
    } else {
        struct str why = p.order.reason.n > 0 ? p.order.reason : p.attempt.why;
        json_str(&j, "error", why.n > 0 ? why : S("the gateway refused"));
        json_str(&j, "code", refused ? S("CHECKOUT_REFUSED") : S("GATEWAY_REJECTED"));
        json_open(&j, "details", '{');
        json_str(&j, "orderId", order_id(c->arena, &p.order));
        json_close(&j, '}');
        json_str(&j, "requestId", c->request_id);
    }
    json_close(&j, '}');
    *ret_status = opened ? 200 : refused ? 403 : 502;
    return E_OK;
}

static enum err answer(struct ctx *c, int64_t subject, int *ret_status, struct buf *body)
{
    return answer_as(c, subject, false, ret_status, body);
}

static enum err guide_answer(struct ctx *c, int64_t subject, int *ret_status, struct buf *body)
{
    return answer_as(c, subject, true, ret_status, body);
}

enum err checkout_leads_to(struct ctx *c, const struct payment_open *p, bool has_page,
    enum order_place otherwise, int *ret_status, struct buf *body)
{
    struct str token, path;
    if (has_page) {
        TRY(order_token(c, &p->order, &token));
        path = str_fmt(c->arena, "/checkout/go/%.*s?t=%.*s",
            SARG(attempt_id(c->arena, &p->attempt)), SARG(token));
    } else {
        TRY(order_path(c, &p->order, otherwise, &path));
    }
    *ret_status = 303;
    buf_add(body, path);
    return E_OK;
}

/* Where the page's form leads to: also from stored rows only. */
static enum err page_answer(struct ctx *c, int64_t subject, int *ret_status, struct buf *body)
{
    struct payment_open p = { .lines = 0 };
    TRY(load_opened(c, subject, &p));
    bool paid = p.order.completed_ms > 0;
    return checkout_leads_to(c, &p, !paid && p.attempt.session_id.n > 0,
        paid ? ORDER_PLACE_SUCCESS : ORDER_PLACE_CANCELLED, ret_status, body);
}

const struct operation_kind checkout_operation = {
    .name = S_INIT("checkout"),
    .work_size = sizeof(struct checkout),
    .plan = plan,
    .load = load,
    .gateway = gateway_of,
    .call = call,
    .record = record,
    .answer = answer,
};

const struct operation_kind checkout_guide_operation = {
    .name = S_INIT("checkout_guide"),
    .work_size = sizeof(struct checkout),
    .plan = plan,
    .load = load,
    .gateway = gateway_of,
    .call = call,
    .record = record,
    .answer = guide_answer,
};

const struct operation_kind checkout_page_operation = {
    .name = S_INIT("checkout_page"),
    .work_size = sizeof(struct checkout),
    .plan = plan,
    .load = load,
    .gateway = gateway_of,
    .call = call,
    .record = record,
    .answer = page_answer,
};
