#include "catalog/catalog.h"
#include "checkout/checkout.h"
#include "customer/customer.h"
#include "customer/whose.h"
#include "invoice/invoice.h"
#include "payment/back.h"
#include "risk/risk.h"
#include "web/list.h"

/* Orders for their readers: one, with waiting; lists; history; cancelling. */

enum err checkout_order(struct req *r, struct str id_or_number, struct order *ret)
{
    struct ctx *c = r->c;
    struct str token = S("");
    bool given = false;
    int64_t bound = c->customer_n;
    struct order o;
    TRY(req_query(r, "t", &given, &token));
    TRY(checkout_caller(c));
    c->customer_n = whose_sees_all(r) || token.n > 0 ? 0 : c->customer_n;
    if (!whose_sees_all(r) && token.n == 0 && c->customer_n == 0)
        c->customer_n = CUSTOMER_NOBODY;
    enum err e = order_get(c, id_or_number, &o);
    c->customer_n = bound;
    TRY(e);
    bool own = whose_sees_all(r) || (c->customer_n > 0 && o.customer_n == c->customer_n);
    if (!own && token.n > 0 && !order_token_holds(c, &o, token))
        return fail(c, NOT_FOUND, "there is no such order");
    *ret = o;
    return E_OK;
}

/* What came of it: credits that were bought, or a period of a plan. */
static enum err grants_json(
    struct ctx *c, struct json *j, const struct order *o, const struct order_line *line)
{
    struct subscription s;
    if (o->completed_ms == 0)
        return E_OK;
    if (o->credits > 0) {
        json_open(j, NULL, '{');
        json_str(j, "type", S("credits"));
        json_i64(j, "amount", o->credits);
        json_close(j, '}');
    }
    if (o->subscription_n == 0 || o->kind == ORDER_ONCE)
        return E_OK;
    TRY(subscription_by_n(c, o->subscription_n, &s));
    json_open(j, NULL, '{');
    json_str(j, "type", S("plan"));
    json_str(j, "plan", line->product);
    json_str(j, "subscriptionId", subscription_id(c->arena, &s));
    json_time(j, "from", o->period_start_ms);
    json_time(j, "until", o->period_end_ms);
    json_close(j, '}');
    return E_OK;
}

static enum err risk_member(struct ctx *c, struct json *j, const struct order *o)
{
    struct risk risk;
    bool found = false;
    TRY(risk_of(c, o->n, &found, &risk));
    risk_json(j, found ? &risk : NULL);
    return E_OK;
}

static enum err whole_json(
    struct ctx *c, struct json *j, const char *name, const struct order *o, bool with_risk)
{
    struct order_line *line = NULL;
    struct attempt *k = NULL;
    struct refund *back = NULL;
    size_t lines = 0, attempts = 0, refunds = 0;
    TRY(order_lines(c, o, &line, &lines));
    TRY(attempts_of(c, o->n, &k, &attempts));
    json_open(j, name, '{');
    order_json(j, c->arena, o, line, lines);
    payment_json(j, c->arena, k, attempts);
    TRY(refunds_of(c, o->n, &back, &refunds));
    json_open(j, "refunds", '[');
    for (size_t i = 0; i < refunds; i++) {
        json_open(j, NULL, '{');
        refund_buyer_json(j, c->arena, &back[i]);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_open(j, "grants", '[');
    TRY(grants_json(c, j, o, line));
    json_close(j, ']');
    if (with_risk)
        TRY(risk_member(c, j, o));
    json_close(j, '}');
    return E_OK;
}

enum err checkout_order_json(struct ctx *c, struct json *j, const char *name, const struct order *o)
{
    return whole_json(c, j, name, o, false);
}

enum err checkout_order_risk_json(
    struct ctx *c, struct json *j, const char *name, const struct order *o)
{
    return whole_json(c, j, name, o, true);
}

enum err checkout_looked(struct req *r, const struct order *o)
{
    bool sooner = false;
    TRY(payment_waited_for(r->c, o, &sooner));
    if (sooner) {
        r->after = payment_hurry;
        r->after_about = str_fmt(r->c->arena, "%lld", (long long)o->n);
    }
    return E_OK;
}

static enum err show(struct req *r)
{
    struct order o;
    int64_t version = -1;
    TRY(req_wait(r));
    TRY(req_query_i64(r, "version", 0, INT64_MAX, &version));
    TRY(checkout_order(r, r->params[0], &o));
    bool news = order_is_final(o.status) || (version >= 0 && o.version > version);
    if (!news && !r->wait.last) {
        TRY(checkout_looked(r, &o));
        req_park(r, order_topic(r->c->arena, &o));
        return E_OK;
    }
    struct json j = answer_json(r, 200);
    TRY(checkout_order_json(r->c, &j, "data", &o));
    answer_json_end(r, &j);
    return E_OK;
}

/* ---- lists */

struct listing {
    struct list list;
    bool history;
};

struct str checkout_words(struct arena *a, const struct order_line *line, size_t lines)
{
    return lines == 1 ? line[0].name
                      : str_fmt(a, "%.*s and %zu more", SARG(line[0].name), lines - 1);
}

static enum err history_json(struct ctx *c, struct json *j, const struct order *o)
{
    struct order_line *line = NULL;
    struct attempt *k = NULL;
    struct invoice invoice;
    struct str method = S("");
    size_t lines = 0, attempts = 0;
    bool issued = false;
    TRY(order_lines(c, o, &line, &lines));
    TRY(attempts_of(c, o->n, &k, &attempts));
    TRY(invoice_sale_of(c, o->n, &issued, &invoice));
    for (size_t i = 0; i < attempts; i++)
        if (k[i].status == ATTEMPT_CAPTURED && !k[i].extra)
            method = k[i].method_type.n > 0 ? k[i].method_type : k[i].method;
    json_open(j, NULL, '{');
    json_str(j, "orderId", order_id(c->arena, o));
    json_str(j, "orderNumber", order_number(c->arena, o));
    json_time(j, "at", o->completed_ms > 0 ? o->completed_ms : o->created_ms);
    json_str(j, "description", checkout_words(c->arena, line, lines));
    json_money(j, "amount", (struct money) { o->total_minor, o->currency });
    json_str(j, "status", order_status_text(o->status));
    json_str_or_null(j, "method", method);
    if (o->credits > 0 && o->completed_ms > 0)
        json_i64(j, "credits", o->credits);
    json_money(j, "refunded", (struct money) { o->refunded_minor, o->currency });
    if (issued)
        json_str(j, "invoiceId", invoice_id(c->arena, &invoice));
    json_close(j, '}');
    return E_OK;
}

static enum err one(struct ctx *c, const struct order *o, void *arg)
{
    struct listing *l = arg;
    if (!list_room(&l->list, o->n))
        return E_OK;
    return l->history ? history_json(c, &l->list.j, o)
                      : checkout_order_json(c, &l->list.j, NULL, o);
}

static enum err read_filter(struct req *r, struct order_filter *f)
{
    struct ctx *c = r->c;
    struct str status = S(""), customer = S("");
    bool has_status = false, has_customer = false, found = false;
    struct customer k;
    enum order_status s;
    TRY(req_query(r, "status", &has_status, &status));
    TRY(req_query(r, "customerId", &has_customer, &customer));
    if (has_status && !order_status_parse(status, &s))
        return fail(c, INVALID_REQUEST, "there is no order status \"%.*s\"", SARG(status));
    f->status = has_status ? (int)s : -1;
    TRY(checkout_caller(c));
    if (!whose_sees_all(r)) {
        f->customer_n = c->customer_n > 0 ? c->customer_n : CUSTOMER_NOBODY;
        return E_OK;
    }
    if (has_customer) {
        TRY(customer_find(c, customer, &found, &k));
        f->customer_n = found ? k.n : CUSTOMER_NOBODY;
    }
    return E_OK;
}

static enum err list(struct req *r, bool history)
{
    struct listing l = { .history = history };
    struct order_filter f = { .status = -1, .paid = history };
    TRY(req_page(r, &l.list.page));
    TRY(read_filter(r, &f));
    f.after_n = l.list.page.after_n;
    f.limit = list_want(&l.list);
    list_open(r, &l.list);
    if (f.customer_n != CUSTOMER_NOBODY)
        TRY(order_list(r->c, &f, one, &l));
    list_close(r, &l.list);
    return E_OK;
}

static enum err orders(struct req *r)
{
    return list(r, false);
}

static enum err history(struct req *r)
{
    return list(r, true);
}

/* ---- cancelling */

static enum err cancel(struct req *r)
{
    struct ctx *c = r->c;
    struct order o;
    if (str_eq(r->role, S("viewer")))
        return fail(c, FORBIDDEN, "a viewer looks, and cancels nothing");
    TRY(checkout_order(r, r->params[0], &o));
    TRY(order_lock(c, o.n, &o));
    if (o.status != ORDER_CANCELLED) {
        if (o.status != ORDER_PENDING && o.status != ORDER_FAILED)
            return fail(c, CONFLICT, "an order that is %.*s cannot be cancelled",
                SARG(order_status_text(o.status)));
        TRY(payment_give_up(c, &o, ORDER_CANCELLED, S("cancelled by the buyer")));
    }
    struct json j = answer_json(r, 200);
    TRY(checkout_order_json(c, &j, "data", &o));
    answer_json_end(r, &j);
    return E_OK;
}

enum {
    READERS = ALLOW_READONLY | ALLOW_APP | ALLOW_ADMIN | ALLOW_USER | ALLOW_VIEWER
};

static const struct route table[] = {
    { "GET", "/api/orders", SHAPE_READ, NULL, orders, NULL, 0, READERS, 0, 0,
        "Orders, newest first: a customer's own, a key's all." },
    { "GET", "/api/orders/{id}", SHAPE_WAIT, NULL, show, NULL, 0, ALLOW_ANYONE, 0, 0,
        "One order; ?wait= answers when it changes; ?t= is a guest's link." },
    { "POST", "/api/orders/{id}/cancel", SHAPE_WRITE, NULL, cancel, NULL, 0, ALLOW_ANYONE, 0, 0,
        "Give an unpaid order up." },
    { "GET", "/api/payments/history", SHAPE_READ, NULL, history, NULL, 0, READERS, 0, 0,
        "What was paid, is on its way or did not go through, in one line each." },
};
const struct routes order_routes = { table, ARRAY_LEN(table) };
