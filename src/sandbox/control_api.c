#include "base/config.h"
#include "base/log.h"
#include "sandbox/eversend.h"
#include "sandbox/flutterwave.h"

/* /_sandbox/…: how tests and people move the simulated world (contract.md 9). */

/* A page of somebody else's cannot say this content type without asking first. */
static enum err check_type(struct req *r)
{
    struct str type, rest;
    str_cut(req_header(r, S("Content-Type")), ';', &type, &rest);
    if (str_eq_nocase(str_trim(type), S("application/json")))
        return E_OK;
    return fail(r->c, INVALID_REQUEST, "send the body as application/json");
}

static enum err check_gateway(struct ctx *c, struct str name)
{
    if (simulator_find(name) != NULL)
        return E_OK;
    return fail(c, INVALID_REQUEST, "gateway %.*s is not simulated", SARG(name));
}

/* ---- POST /_sandbox/pay {session, card?, phone?, outcome?} */

struct pay {
    struct str id, outcome;
    struct paying paying;
    struct dealt dealt;
};

static enum err pay_tx(struct ctx *c, void *arg)
{
    struct pay *p = arg;
    const struct simulator *gateway = simulator_holding(p->id);
    if (gateway != NULL)
        return gateway->holds->pay(c, p->id, &p->paying, &p->dealt);
    struct hosted s;
    struct paid paid;
    TRY(hosted_get(c, S(""), p->id, &s));
    gateway = simulator_find(s.gateway);
    if (gateway->holds != NULL)
        return gateway->holds->pay(c, p->id, &p->paying, &p->dealt);
    if (s.state == HOSTED_OPEN && s.method.n > 0)
        return fail(c, CONFLICT, "this session was paid and waits to be certain");
    TRY(hosted_pay(c, &s, &p->paying, &paid));
    p->dealt = dealt_of(&s);
    p->dealt.declined = paid.declined;
    p->dealt.why = paid.why;
    p->dealt.redirect = gateway->leads_to(c->arena, &s, paid.happened);
    return E_OK;
}

static enum err pay(struct req *r)
{
    struct pay p = { 0 };
    const struct json_field fields[] = {
        j_str("session", &p.id, 200),
        j_str_opt("card", &p.paying.card, 30),
        j_str_opt("phone", &p.paying.phone, 30),
        j_str_opt("outcome", &p.outcome, 30),
        j_end,
    };
    TRY(check_type(r));
    TRY(json_read(r->c, r->body, fields));
    if (p.outcome.n > 0 && !act_parse(p.outcome, &p.paying.act))
        return fail(r->c, INVALID_REQUEST,
            "outcome is success, decline, cancel, expire, crypto, async_success or async_failure");
    TRY(sandbox_tx(r->c, "sandbox.pay", pay_tx, &p));
    sandbox_wake(r->c->sandbox);
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_str(&j, "session", p.dealt.session);
    json_str(&j, "gateway", p.dealt.gateway);
    json_str(&j, "status", p.dealt.status);
    json_bool(&j, "declined", p.dealt.declined);
    json_str_or_null(&j, "why", p.dealt.why);
    json_str_or_null(&j, "redirect", p.dealt.redirect);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

/* ---- POST /_sandbox/emit {gateway, event, session | id, amount?} */

struct emit {
    struct str gateway, id;
    enum happening happening;
    int64_t amount;
    struct dealt dealt;
};

static enum err emit_tx(struct ctx *c, void *arg)
{
    struct emit *e = arg;
    const struct simulator *gateway = simulator_find(e->gateway);
    if (gateway->holds != NULL)
        return gateway->holds->emit(c, e->id, e->happening, e->amount, &e->dealt);
    struct hosted s;
    TRY(hosted_get(c, e->gateway, e->id, &s));
    TRY(hosted_happens(c, &s, e->happening, e->amount));
    e->dealt = dealt_of(&s);
    return E_OK;
}

static enum err emit(struct req *r)
{
    struct emit e = { 0 };
    struct str event, session = S(""), id = S("");
    const struct json_field fields[] = {
        j_str("gateway", &e.gateway, 30),
        j_str("event", &event, 30),
        j_str_opt("session", &session, 200),
        j_str_opt("id", &id, 200),
        j_i64_opt("amount", &e.amount),
        j_end,
    };
    TRY(check_type(r));
    TRY(json_read(r->c, r->body, fields));
    TRY(check_gateway(r->c, e.gateway));
    if (!happening_parse(event, &e.happening))
        return fail(r->c, INVALID_REQUEST,
            "event is refunded, partially_refunded, disputed, dispute_won, dispute_lost, expired "
            "or cancelled");
    if ((session.n > 0) == (id.n > 0))
        return fail(r->c, INVALID_REQUEST, "say session or id, one of them");
    e.id = session.n > 0 ? session : id;
    TRY(sandbox_tx(r->c, "sandbox.emit", emit_tx, &e));
    sandbox_wake(r->c->sandbox);
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_str(&j, "session", e.dealt.session);
    json_str(&j, "gateway", e.dealt.gateway);
    json_str(&j, "status", e.dealt.status);
    json_i64(&j, "refunded", e.dealt.refunded);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

/* ---- POST /_sandbox/webhooks {mode, gateway?, shape?} */

struct webhooks {
    struct str gateway;
    struct str
        shape; /* "nested", "flat", … of Flutterwave, unless gateway is another; empty: as it was */
    enum mode mode;
    bool release;
    int64_t released;
};

static enum err webhooks_tx(struct ctx *c, void *arg)
{
    struct webhooks *w = arg;
    w->released = 0;
    if (w->shape.n > 0)
        TRY(str_eq(w->gateway, EVS) ? evs_shape_set(c, w->shape) : fw_shape_set(c, w->shape));
    for (size_t i = 0; i < simulator_count; i++)
        if (w->gateway.n == 0 || str_eq(w->gateway, simulators[i]->name))
            TRY(mode_set(c, simulators[i]->name, w->release ? MODE_NORMAL : w->mode));
    return w->release ? hook_release(c, w->gateway, &w->released) : E_OK;
}

static bool mode_parse(struct str text, struct webhooks *w)
{
    w->release = str_eq(text, S("release"));
    for (enum mode m = MODE_NORMAL; m < MODE_COUNT; m++)
        if (str_eq(text, mode_text(m))) {
            w->mode = m;
            return true;
        }
    return w->release;
}

static enum err webhooks(struct req *r)
{
    struct webhooks w = { 0 };
    struct str mode;
    const struct json_field fields[] = {
        j_str("mode", &mode, 30),
        j_str_opt("gateway", &w.gateway, 30),
        j_str_opt("shape", &w.shape, 30),
        j_end,
    };
    TRY(check_type(r));
    TRY(json_read(r->c, r->body, fields));
    if (w.gateway.n > 0)
        TRY(check_gateway(r->c, w.gateway));
    if (!mode_parse(mode, &w))
        return fail(
            r->c, INVALID_REQUEST, "mode is normal, duplicate, reorder, drop, hold or release");
    TRY(sandbox_tx(r->c, "sandbox.webhooks", webhooks_tx, &w));
    sandbox_wake(r->c->sandbox);
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_str(&j, "mode", w.release ? mode_text(MODE_NORMAL) : mode_text(w.mode));
    json_i64(&j, "released", w.released);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

/* ---- POST /_sandbox/faults {gateway, call, fault, times} */

struct setting_fault {
    struct str gateway, call;
    enum fault fault;
    int64_t times;
};

static enum err fault_tx(struct ctx *c, void *arg)
{
    const struct setting_fault *f = arg;
    return fault_set(c, f->gateway, f->call, f->fault, f->times);
}

static bool call_known(struct str call)
{
    static const struct str calls[] = { S_INIT("create"), S_INIT("query"), S_INIT("refund"),
        S_INIT("charge"), S_INIT("token"), S_INIT("code"), S_INIT("any") };
    for (size_t i = 0; i < ARRAY_LEN(calls); i++)
        if (str_eq(call, calls[i]))
            return true;
    return false;
}

static enum err faults(struct req *r)
{
    struct setting_fault f = { .times = 1 };
    struct str fault;
    const struct json_field fields[] = {
        j_str("gateway", &f.gateway, 30),
        j_str("call", &f.call, 30),
        j_str("fault", &fault, 30),
        j_i64_opt("times", &f.times),
        j_end,
    };
    TRY(check_type(r));
    TRY(json_read(r->c, r->body, fields));
    TRY(check_gateway(r->c, f.gateway));
    if (!call_known(f.call))
        return fail(
            r->c, INVALID_REQUEST, "call is create, query, refund, charge, token, code or any");
    if (!fault_parse(fault, &f.fault))
        return fail(r->c, INVALID_REQUEST,
            "fault is refuse, timeout, reset_after, 500, 500_after, 429, malformed, slow, "
            "wrong_amount or wrong_currency");
    if (f.times < 0 || f.times > 1000000)
        return fail(r->c, INVALID_REQUEST, "times is 0 to 1000000");
    TRY(sandbox_tx(r->c, "sandbox.fault", fault_tx, &f));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_str(&j, "gateway", f.gateway);
    json_str(&j, "call", f.call);
    json_str(&j, "fault", fault_text(f.fault));
    json_i64(&j, "times", f.times);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

/* ---- POST /_sandbox/clock {advance} */

static enum err move_clock(struct req *r)
{
    struct str text;
    struct duration by;
    struct sandbox_moved moved;
    const struct json_field fields[] = { j_str("advance", &text, 30), j_end };
    TRY(check_type(r));
    TRY(json_read(r->c, r->body, fields));
    if (!duration_parse(text, &by))
        return fail(r->c, INVALID_REQUEST, "advance is a duration: 30s, 15m, 2h, 31d, 1mo, 1y");
    TRY(sandbox_advance(r->c, r->c->sandbox, by, &moved));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_time(&j, "from", moved.from_ms);
    json_time(&j, "to", moved.to_ms);
    json_i64(&j, "steps", moved.steps);
    json_i64(&j, "gatewayEvents", moved.gateway_events);
    json_i64(&j, "jobs", moved.jobs);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

/* ---- POST /_sandbox/reset */

static enum err reset_tx(struct ctx *c, void *arg)
{
    (void)arg;
    return simulators_reset(c);
}

static enum err reset(struct req *r)
{
    TRY(check_type(r));
    TRY(sandbox_tx(r->c, "sandbox.reset", reset_tx, NULL));
    r->c->sandbox->options.clock->offset_ms = 0;
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

#define ROW(method, path, shape, run, about)                                                       \
    {                                                                                              \
        method, path, shape, NULL, run, NULL, 0, ALLOW_ANYONE, 0, 64 * 1024, about                 \
    }
static const struct route table[] = {
    ROW("POST", "/_sandbox/pay", SHAPE_PLAIN, pay, "Pays a session as a person would."),
    ROW("POST", "/_sandbox/emit", SHAPE_PLAIN, emit, "Something happens at the gateway."),
    ROW("POST", "/_sandbox/webhooks", SHAPE_PLAIN, webhooks, "How webhooks are delivered."),
    ROW("POST", "/_sandbox/faults", SHAPE_PLAIN, faults, "The next calls go wrong."),
    ROW("POST", "/_sandbox/clock", SHAPE_CALL, move_clock, "Runs to a later time."),
    ROW("POST", "/_sandbox/reset", SHAPE_PLAIN, reset, "Empties the simulated world."),
};
const struct routes control_sandbox_routes = { table, ARRAY_LEN(table) };
