#include "base/clock.h"
#include "base/crypto.h"
#include "checkout/checkout.h"
#include "console/console.h"
#include "web/list.h"

/* The console's questions and deeds for programs: /api/admin/orders, payments, webhooks, reviews.
 */

/* ---- orders */

static enum err one_order(struct ctx *c, const struct order *o, void *arg)
{
    struct list *l = arg;
    return list_room(l, o->n) ? checkout_order_json(c, &l->j, NULL, o) : E_OK;
}

static enum err order_page(struct req *r, struct order_filter *f)
{
    struct list l = { 0 };
    TRY(req_page(r, &l.page));
    f->after_n = l.page.after_n;
    f->limit = list_want(&l);
    list_open(r, &l);
    TRY(order_list(r->c, f, one_order, &l));
    list_close(r, &l);
    return E_OK;
}

static enum err orders(struct req *r)
{
    struct order_filter f = { .status = -1 };
    struct str status = S(""), email = S("");
    bool has_status = false, has_email = false;
    enum order_status s;
    TRY(req_query(r, "status", &has_status, &status));
    TRY(req_query(r, "email", &has_email, &email));
    if (has_status && !order_status_parse(status, &s))
        return fail(r->c, INVALID_REQUEST, "there is no order status \"%.*s\"", SARG(status));
    f.status = has_status ? (int)s : -1;
    f.email = str_lower(r->c->arena, email);
    return order_page(r, &f);
}

static enum err reviews(struct req *r)
{
    struct order_filter f = { .status = ORDER_REVIEW };
    return order_page(r, &f);
}

static enum err answer_order(struct req *r, const struct order *o)
{
    struct json j = answer_json(r, 200);
    TRY(checkout_order_risk_json(r->c, &j, "data", o));
    answer_json_end(r, &j);
    return E_OK;
}

static enum err order(struct req *r)
{
    struct order o;
    TRY(order_get(r->c, r->params[0], &o));
    return answer_order(r, &o);
}

/* ---- POST /api/admin/orders/{id}/release {reason?} */

static enum err parse_release(struct req *r)
{
    struct str *reason = r->in;
    const struct json_field fields[] = { j_str_opt("reason", reason, 500), j_end };
    return r->body.n == 0 ? E_OK : json_read(r->c, r->body, fields);
}

static enum err release(struct req *r)
{
    const struct str *reason = r->in;
    struct order o;
    TRY(console_release(r->c, r->params[0], *reason, &o));
    return answer_order(r, &o);
}

/* ---- POST /api/admin/reviews/{id}/resolve {choice, attemptId?, reason} */

static enum err parse_resolve(struct req *r)
{
    struct review_decision *in = r->in;
    struct str choice = S("");
    const struct json_field fields[] = {
        j_str("choice", &choice, 20),
        j_str_opt("attemptId", &in->attempt, 40),
        j_str("reason", &in->reason, 500),
        j_end,
    };
    TRY(json_read(r->c, r->body, fields));
    if (!review_choice_parse(choice, &in->choice))
        return fail(r->c, INVALID_REQUEST, "choice is accept, dismiss, refunded or sale_refunded");
    return E_OK;
}

static enum err resolve(struct req *r)
{
    struct order o;
    TRY(console_resolve(r->c, r->params[0], r->in, &o));
    return answer_order(r, &o);
}

/* ---- payments */

static enum err one_payment(struct ctx *c, const struct attempt *k, void *arg)
{
    struct list *l = arg;
    struct order o;
    if (!list_room(l, k->n))
        return E_OK;
    TRY(order_by_n(c, k->order_n, &o));
    json_open(&l->j, NULL, '{');
    payment_one_json(&l->j, c->arena, k);
    json_str(&l->j, "orderId", order_id(c->arena, &o));
    json_str(&l->j, "orderNumber", order_number(c->arena, &o));
    json_str_or_null(&l->j, "judged", k->judged);
    json_str_or_null(&l->j, "judgedWhy", k->judged_why);
    json_bool(&l->j, "unexplained", k->extra && k->refunded_minor == 0);
    json_close(&l->j, '}');
    return E_OK;
}

static enum err payments(struct req *r)
{
    struct list l = { 0 };
    TRY(req_page(r, &l.page));
    struct attempt_filter f = { .after_n = l.page.after_n, .limit = list_want(&l) };
    list_open(r, &l);
    TRY(attempt_list(r->c, &f, one_payment, &l));
    list_close(r, &l);
    return E_OK;
}

/* ---- webhooks */

static enum err event_members(struct ctx *c, struct json *j, const struct event *e)
{
    struct order o;
    json_str(j, "id", event_id(c->arena, e));
    json_str(j, "gateway", gateway_name(e->gateway));
    json_str(j, "event", e->name);
    json_str(j, "status", event_status_text(e->status));
    json_str_or_null(j, "outcome", e->outcome);
    json_str_or_null(j, "reference", e->reference);
    json_str(j, "sha256", hex_text(c->arena, e->body_hash));
    json_i64(j, "deliveries", e->deliveries);
    json_i64(j, "tries", e->tries);
    json_time(j, "receivedAt", e->received_ms);
    json_time(j, "appliedAt", e->applied_ms);
    if (e->order_n == 0)
        return E_OK;
    TRY(order_by_n(c, e->order_n, &o));
    json_str(j, "orderId", order_id(c->arena, &o));
    json_str(j, "orderNumber", order_number(c->arena, &o));
    return E_OK;
}

static enum err one_event(struct ctx *c, const struct event *e, void *arg)
{
    struct list *l = arg;
    if (!list_room(l, e->n))
        return E_OK;
    json_open(&l->j, NULL, '{');
    TRY(event_members(c, &l->j, e));
    json_close(&l->j, '}');
    return E_OK;
}

static enum err read_time(struct req *r, const char *name, int64_t *ret)
{
    struct str text;
    bool given = false;
    TRY(req_query(r, name, &given, &text));
    if (given && !time_parse_iso(text, ret))
        return fail(r->c, INVALID_REQUEST, "%s is a time such as 2026-11-20T02:00:00Z", name);
    return E_OK;
}

static enum err events(struct req *r)
{
    struct list l = { 0 };
    struct event_filter f = { .status = -1 };
    struct str status, gateway;
    bool has_status = false, has_gateway = false;
    enum event_status s;
    TRY(req_page(r, &l.page));
    TRY(req_query(r, "status", &has_status, &status));
    TRY(req_query(r, "gateway", &has_gateway, &gateway));
    TRY(read_time(r, "from", &f.from_ms));
    TRY(read_time(r, "to", &f.to_ms));
    if (has_status && !event_status_parse(status, &s))
        return fail(
            r->c, INVALID_REQUEST, "status is received, applied, ignored, retrying or parked");
    f.status = has_status ? (int)s : -1;
    f.gateway = has_gateway ? gateway_by_name(gateway) : GATEWAY_NONE;
    if (has_gateway && f.gateway == GATEWAY_NONE)
        return fail(r->c, INVALID_REQUEST, "there is no gateway \"%.*s\"", SARG(gateway));
    f.after_n = l.page.after_n;
    f.limit = list_want(&l);
    list_open(r, &l);
    TRY(event_list(r->c, &f, one_event, &l));
    list_close(r, &l);
    return E_OK;
}

static enum err event_of(struct req *r, struct id *ret)
{
    if (!id_parse(S("evt"), r->params[0], ret))
        return fail(r->c, NOT_FOUND, "there is no such webhook");
    return E_OK;
}

static enum err event(struct req *r)
{
    struct ctx *c = r->c;
    struct id id;
    struct event e;
    TRY(event_of(r, &id));
    TRY(event_get(c, id, &e));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    TRY(event_members(c, &j, &e));
    json_raw(&j, "headers", e.headers);
    /* Byte for byte where it is text; else, and after its days, by its hash alone. */
    json_str_or_null(&j, "body", str_is_utf8(e.body) ? e.body : S(""));
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

/* ---- POST /api/admin/webhooks/{id}/replay {dryRun?} */

struct replaying {
    struct id id;
    bool dry;
};

static enum err parse_replay(struct req *r)
{
    struct replaying *in = r->in;
    const struct json_field fields[] = { j_bool_opt("dryRun", &in->dry), j_end };
    TRY(event_of(r, &in->id));
    return r->body.n == 0 ? E_OK : json_read(r->c, r->body, fields);
}

static enum err replay(struct req *r)
{
    const struct replaying *in = r->in;
    struct str words = S("");
    bool changes = false;
    TRY(console_replay(r->c, in->id, in->dry, &words, &changes));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_str(&j, "id", r->params[0]);
    json_bool(&j, "dryRun", in->dry);
    json_bool(&j, "changes", changes);
    json_str(&j, "outcome", words);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

enum {
    LOOKS = ALLOW_ADMIN | ALLOW_VIEWER
};
static const struct route table[] = {
    { "GET", "/api/admin/orders", SHAPE_READ, NULL, orders, NULL, 0, LOOKS, 0, 0,
        "Everybody's orders, newest first; `status`, `email`." },
    { "GET", "/api/admin/orders/{id}", SHAPE_READ, NULL, order, NULL, 0, LOOKS, 0, 0,
        "One order, by id or number, with attempts and payments." },
    { "POST", "/api/admin/orders/{id}/release", SHAPE_WRITE, parse_release, release, NULL,
        sizeof(struct str), ALLOW_ADMIN | ALLOW_FINANCE, 0, 0,
        "Let an order pass that its risk holds or refused: `{reason?}`." },
    { "GET", "/api/admin/payments", SHAPE_READ, NULL, payments, NULL, 0, LOOKS, 0, 0,
        "What gateways captured, newest first." },
    { "GET", "/api/admin/reviews", SHAPE_READ, NULL, reviews, NULL, 0, LOOKS, 0, 0,
        "Orders of which something does not match: a person decides." },
    { "POST", "/api/admin/reviews/{id}/resolve", SHAPE_WRITE, parse_resolve, resolve, NULL,
        sizeof(struct review_decision), ALLOW_ADMIN | ALLOW_FINANCE, 0, 0,
        "The decision: `{choice, attemptId?, reason}`; choice is accept (names the payment), refunded,"
        " sale_refunded or dismiss." },
    { "GET", "/api/admin/webhooks", SHAPE_READ, NULL, events, NULL, 0, LOOKS, 0, 0,
        "Webhooks, newest first; `gateway`, `status`, `from`, `to`." },
    { "GET", "/api/admin/webhooks/{id}", SHAPE_READ, NULL, event, NULL, 0, LOOKS, 0, 0,
        "One webhook as it came, and what became of it." },
    { "POST", "/api/admin/webhooks/{id}/replay", SHAPE_CALL, parse_replay, replay, NULL,
        sizeof(struct replaying), ALLOW_ADMIN | ALLOW_SUPPORT, 0, 0,
        "Apply it once more; `{dryRun: true}` says what would follow and changes nothing." },
};
const struct routes console_api_routes = { table, ARRAY_LEN(table) };
