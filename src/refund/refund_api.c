#include "base/json.h"
#include "refund/refund.h"
#include "web/list.h"

/* /api/admin/refunds: for programs of the business, and what its people do in the console. */

static enum err check_text(struct ctx *c, const char *name, struct str text)
{
    return str_is_text(text) ? E_OK
                             : fail(c, INVALID_REQUEST, "%s is text that can be shown", name);
}

static enum err parse_refund(struct req *r)
{
    struct ctx *c = r->c;
    struct refunding *in = r->in;
    int64_t amount = -1;
    in->already_minor = -1;
    const struct json_field fields[] = { j_str_opt("orderId", &in->order, 64),
        j_str_opt("paymentId", &in->payment, 64), j_i64_opt("amount", &amount),
        j_i64_opt("alreadyRefunded", &in->already_minor),
        j_str("reason", &in->reason, REFUND_TEXT_MAX), j_bool_opt("byHand", &in->by_hand),
        j_str_opt("reference", &in->reference, REFUND_TEXT_MAX), j_end };
    TRY(json_read(c, r->body, fields));
    if ((in->order.n > 0) == (in->payment.n > 0))
        return fail(c, INVALID_REQUEST, "say orderId or paymentId, one of them");
    if (amount == 0 || amount < -1 || amount > MONEY_ORDER_MAX)
        return fail(c, INVALID_REQUEST, "amount is what to give back now, in minor units");
    if (in->already_minor < -1)
        return fail(c, INVALID_REQUEST, "alreadyRefunded is what was given back before");
    if (in->reference.n > 0 && !in->by_hand)
        return fail(c, INVALID_REQUEST, "reference goes with byHand");
    in->amount_minor = amount > 0 ? amount : 0;
    in->reason = str_trim(in->reason);
    in->reference = str_trim(in->reference);
    in->id = id_new(c);
    TRY(check_text(c, "reason", in->reason));
    return check_text(c, "reference", in->reference);
}

static enum err parse_approve(struct req *r)
{
    struct refunding *in = r->in;
    const struct json_field fields[] = { j_end };
    in->approves = r->params[0];
    return r->body.n == 0 ? E_OK : json_read(r->c, r->body, fields);
}

static enum err answer_one(struct req *r, const struct refund *one)
{
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    TRY(refund_members(r->c, &j, one));
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static enum err call_off(struct req *r)
{
    struct refund one;
    TRY(refund_call_off(r->c, r->params[0], &one));
    return answer_one(r, &one);
}

static enum err show(struct req *r)
{
    struct refund one;
    TRY(refund_get(r->c, r->params[0], &one));
    return answer_one(r, &one);
}

static enum err one_refund(struct ctx *c, const struct refund *one, void *arg)
{
    struct list *l = arg;
    if (!list_room(l, one->n))
        return E_OK;
    json_open(&l->j, NULL, '{');
    TRY(refund_members(c, &l->j, one));
    json_close(&l->j, '}');
    return E_OK;
}

static enum err list(struct req *r)
{
    struct list l = { 0 };
    struct refund_filter f = { .open = false };
    struct str state = S("");
    bool given = false;
    TRY(req_page(r, &l.page));
    TRY(req_query(r, "state", &given, &state));
    if (given && !str_eq(state, S("open")))
        return fail(r->c, INVALID_REQUEST, "state is open, or left out");
    f.open = given;
    f.after_n = l.page.after_n;
    f.limit = list_want(&l);
    list_open(r, &l);
    TRY(refund_list(r->c, &f, one_refund, &l));
    list_close(r, &l);
    return E_OK;
}

enum {
    LOOKS = ALLOW_ADMIN | ALLOW_VIEWER,
    GIVES = ALLOW_ADMIN | ALLOW_FINANCE
};
static const struct route table[] = {
    { "GET", "/api/admin/refunds", SHAPE_READ, NULL, list, NULL, 0, LOOKS, 0, 0,
        "Refunds, newest first; ?state=open: those that are not certain." },
    { "GET", "/api/admin/refunds/{id}", SHAPE_READ, NULL, show, NULL, 0, LOOKS, 0, 0,
        "One refund, and what is left of its payment." },
    { "POST", "/api/admin/refunds", SHAPE_CALL, parse_refund, NULL, &refund_operation,
        sizeof(struct refunding), GIVES, ROUTE_MONEY | ROUTE_RECENT, 0,
        "Give money back, whole or in part." },
    { "POST", "/api/admin/refunds/{id}/approve", SHAPE_CALL, parse_approve, NULL, &refund_operation,
        sizeof(struct refunding), GIVES, ROUTE_MONEY | ROUTE_RECENT, 0,
        "Agree to a refund that somebody else asked for." },
    { "POST", "/api/admin/refunds/{id}/cancel", SHAPE_WRITE, NULL, call_off, NULL, 0, GIVES,
        ROUTE_RECENT, 0, "Call off a refund that was not sent yet." },
};
const struct routes refund_routes = { table, ARRAY_LEN(table) };
