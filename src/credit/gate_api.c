#include "base/json.h"
#include "catalog/catalog.h"
#include "credit/asked.h"
#include "credit/gate.h"
#include "customer/whose.h"

/* POST /api/access/check: may they, and if so, hold the credits for it in the same breath.  Without
 * `reserve` it only looks, in a snapshot; what it says may be over a moment later. */

struct checking {
    struct str customer_id;
    struct gate_question question;
    bool reserve;
    int64_t ttl_s;
    struct id id; /* drawn before the transaction: one that runs again makes the same */
};

/* Users ask for themselves; credits are held by the application's word. */
static enum err check_reserve(struct req *r, const struct checking *in)
{
    const bool may = str_eq(r->role, S("admin")) || str_eq(r->role, S("app"));
    const struct credit_use *use = &in->question.use;
    if (in->reserve && !may)
        return fail(r->c, FORBIDDEN, "a secret key of role app reserves");
    if (in->reserve && use->amount == 0 && use->operation.n == 0)
        return fail(r->c, INVALID_REQUEST, "reserve holds credits for an operation or an amount");
    return E_OK;
}

static enum err parse(struct req *r)
{
    struct ctx *c = r->c;
    struct checking *in = r->in;
    struct gate_question *q = &in->question;
    struct credit_use *use = &q->use;
    struct json_value extras = { .kind = JSON_ABSENT }, labels = { .kind = JSON_ABSENT };
    use->quantity = 1;
    in->ttl_s = ASKED_TTL_S;
    const struct json_field fields[] = { j_str_opt("customerId", &in->customer_id, 128),
        j_str_opt("feature", &q->feature, 64), j_str_opt("plan", &q->plan, 64),
        j_i64_opt("amount", &use->amount), j_str_opt("operation", &use->operation, 64),
        j_i64_opt("quantity", &use->quantity), j_value_opt("extras", &extras),
        j_value_opt("labels", &labels), j_str_opt("description", &use->description, ASKED_TEXT_MAX),
        j_str_opt("reference", &use->reference, ASKED_TEXT_MAX),
        j_bool_opt("reserve", &in->reserve), j_i64_opt("ttlSeconds", &in->ttl_s), j_end };
    TRY(json_read(c, r->body, fields));
    TRY(whose_named(r, in->customer_id));
    TRY(asked_check(c, &extras, &labels, in->ttl_s, use));
    TRY(check_reserve(r, in));
    r->look = !in->reserve;
    if (in->reserve)
        in->id = id_new(c);
    return E_OK;
}

/* held: NULL when nothing is. */
static enum err answer_gate(struct req *r, const struct gate *gate, const struct credit_done *held)
{
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    gate_json(&j, gate);
    if (held != NULL)
        json_str(&j, "reservationId", id_text(r->c->arena, S("res"), held->id));
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static enum err look(struct req *r)
{
    const struct checking *in = r->in;
    struct gate gate;
    int64_t n = 0;
    TRY(catalog_ask(r->c));
    TRY(whose_find(r, in->customer_id, &n));
    TRY(gate_ask(r->c, n, &in->question, &gate));
    return answer_gate(r, &gate, NULL);
}

/* The account is locked before the gate is asked: what it says is still so when it is reserved. */
static enum err check(struct req *r)
{
    struct ctx *c = r->c;
    const struct checking *in = r->in;
    struct credit_account account;
    struct credit_done held;
    struct credit_today today;
    struct gate gate;
    int64_t n = 0;
    if (r->look)
        return look(r);
    TRY(whose_make(r, in->customer_id, &n));
    TRY(credit_open(c, n, &account));
    TRY(gate_ask(c, n, &in->question, &gate));
    r->unkept = gate.reason != GATE_OPEN;
    if (r->unkept)
        return answer_gate(r, &gate, NULL);
    TRY(credit_reserve(c, n, &in->question.use, in->ttl_s * 1000, in->id, &held));
    TRY(credit_today(c, n, &today));
    gate.used_today = today.used;
    gate.resets_ms = today.ends_ms;
    gate.balance = held.balance;
    return answer_gate(r, &gate, &held);
}

static const struct route table[] = {
    {
        .method = "POST",
        .path = "/api/access/check",
        .shape = SHAPE_WRITE,
        .parse = parse,
        .run = check,
        .in_size = sizeof(struct checking),
        .allow = ALLOW_USER | ALLOW_READONLY | ALLOW_APP | ALLOW_ADMIN,
        .flags = ROUTE_MONEY | ROUTE_LOOK,
        .about =
            "May a customer use this plan, feature or operation? With `reserve` its credits are "
            "held at once.",
    },
};
const struct routes gate_routes = { table, ARRAY_LEN(table) };
