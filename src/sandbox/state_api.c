#include "base/log.h"
#include "sandbox/simulator.h"

/* GET /_sandbox/state: what the gateways hold. */

struct state {
    struct req *r;
    struct json *j;
    int64_t limit, after;
    struct hosted session;
    struct hook delivery;
    struct fault_row fault;
    struct total total;
    int64_t last_n, written;
};

static struct money money_of(struct str currency, int64_t minor)
{
    struct money m = { minor, CUR_NONE };
    must(currency_parse(currency, &m.cur));
    return m;
}

static enum err write_capture(struct ctx *c, void *arg)
{
    struct state *s = arg;
    (void)c;
    s->last_n = s->session.n;
    s->written++;
    json_open(s->j, NULL, '{');
    json_str(s->j, "gateway", s->session.gateway);
    json_str(s->j, "reference", s->session.id);
    json_str(s->j, "status", hosted_state_text(s->session.state));
    json_i64(s->j, "amount", s->session.amount_minor);
    json_str(s->j, "currency", s->session.currency);
    json_i64(s->j, "refunded", s->session.refunded_minor);
    json_close(s->j, '}');
    return E_OK;
}

static enum err write_session(struct ctx *c, void *arg)
{
    struct state *s = arg;
    (void)c;
    json_open(s->j, NULL, '{');
    json_str(s->j, "gateway", s->session.gateway);
    json_str(s->j, "session", s->session.id);
    json_str(s->j, "status", hosted_state_text(s->session.state));
    json_money(s->j, "total", money_of(s->session.currency, s->session.amount_minor));
    json_i64(s->j, "refunded", s->session.refunded_minor);
    json_time(s->j, "createdAt", s->session.created_ms);
    json_time(s->j, "changesAt", s->session.turn_ms);
    json_close(s->j, '}');
    return E_OK;
}

static const char *hook_word(enum hook_state state)
{
    static const char *const words[] = {
        [HOOK_WAITING] = "waiting",
        [HOOK_DONE] = "delivered",
        [HOOK_GIVEN_UP] = "givenUp",
        [HOOK_HELD] = "held",
        [HOOK_DROPPED] = "dropped",
    };
    _Static_assert(ARRAY_LEN(words) == HOOK_STATE_COUNT, "every state has its word");
    must(state >= 0 && state < HOOK_STATE_COUNT);
    return words[state];
}

static enum err write_delivery(struct ctx *c, void *arg)
{
    struct state *s = arg;
    (void)c;
    json_open(s->j, NULL, '{');
    json_str(s->j, "gateway", s->delivery.gateway);
    json_str(s->j, "event", s->delivery.event);
    json_str(s->j, "state", str_of_c(hook_word(s->delivery.state)));
    json_i64(s->j, "tries", s->delivery.tries);
    json_i64(s->j, "status", s->delivery.status);
    json_time(s->j, "createdAt", s->delivery.created_ms);
    json_time(s->j, "dueAt", s->delivery.state == HOOK_WAITING ? s->delivery.due_ms : 0);
    json_close(s->j, '}');
    return E_OK;
}

static enum err write_fault(struct ctx *c, void *arg)
{
    struct state *s = arg;
    (void)c;
    json_open(s->j, NULL, '{');
    json_str(s->j, "gateway", s->fault.gateway);
    json_str(s->j, "call", s->fault.call);
    json_str(s->j, "fault", fault_text(s->fault.fault));
    json_i64(s->j, "times", s->fault.times);
    json_close(s->j, '}');
    return E_OK;
}

static enum err write_total(struct ctx *c, void *arg)
{
    struct state *s = arg;
    (void)c;
    json_open(s->j, NULL, '{');
    json_str(s->j, "gateway", s->total.gateway);
    json_str(s->j, "currency", s->total.currency);
    json_i64(s->j, "captures", s->total.count);
    json_i64(s->j, "amount", s->total.captured_minor);
    json_i64(s->j, "refunded", s->total.refunded_minor);
    json_close(s->j, '}');
    return E_OK;
}

static enum err write_modes(struct ctx *c, struct state *s)
{
    json_open(s->j, "modes", '{');
    for (size_t i = 0; i < simulator_count; i++) {
        enum mode mode;
        TRY(mode_get(c, simulators[i]->name, &mode));
        json_str_key(s->j, simulators[i]->name, mode_text(mode));
    }
    json_close(s->j, '}');
    return E_OK;
}

static enum err write_webhooks(struct ctx *c, struct state *s)
{
    int64_t count[HOOK_STATE_COUNT];
    TRY(hook_count(c, count));
    json_open(s->j, "webhookCounts", '{');
    for (enum hook_state i = 0; i < HOOK_STATE_COUNT; i++)
        json_i64(s->j, hook_word(i), count[i]);
    json_close(s->j, '}');
    json_open(s->j, "webhooks", '[');
    TRY(hook_each(c, 100, &s->delivery, write_delivery, s));
    json_close(s->j, ']');
    return E_OK;
}

static enum err state_tx(struct ctx *c, void *arg)
{
    struct state *s = arg;
    struct req *r = s->r;
    answer_reset(r);
    struct json j = answer_json(r, 200);
    s->j = &j;
    s->written = s->last_n = 0;
    json_open(&j, "data", '{');
    json_time(&j, "now", c->now_ms);
    json_i64(&j, "offsetSeconds", (c->now_ms - c->wall_ms) / 1000);
    TRY(write_modes(c, s));
    json_open(&j, "totals", '[');
    TRY(total_each(c, &s->total, write_total, s));
    json_close(&j, ']');
    json_open(&j, "captures", '[');
    TRY(hosted_each(c, true, s->after, s->limit, &s->session, write_capture, s));
    json_close(&j, ']');
    /* The next captures: ?after= */
    if (s->written == s->limit)
        json_i64(&j, "next", s->last_n);
    json_open(&j, "sessions", '[');
    TRY(hosted_each(c, false, 0, 100, &s->session, write_session, s));
    json_close(&j, ']');
    TRY(write_webhooks(c, s));
    json_open(&j, "faults", '[');
    TRY(fault_each(c, &s->fault, write_fault, s));
    json_close(&j, ']');
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static enum err state(struct req *r)
{
    struct state s = { .r = r, .limit = 10000 };
    TRY(req_query_i64(r, "limit", 1, 10000, &s.limit));
    TRY(req_query_i64(r, "after", 0, INT64_MAX, &s.after));
    return sandbox_tx(r->c, "sandbox.state", state_tx, &s);
}

static const struct route table[] = {
    { "GET", "/_sandbox/state", SHAPE_PLAIN, NULL, state, NULL, 0, ALLOW_ANYONE, 0, 0,
        "What the gateways hold: captures (limit, after), newest sessions, webhooks." },
};
const struct routes state_sandbox_routes = { table, ARRAY_LEN(table) };
