#include "base/clock.h"
#include "base/config.h"
#include "sandbox/eversend.h"

/* How it answers, whatever it is asked, and whom it lets in. */

enum {
    TOKEN_MS = 3600 * 1000
};

void evs_answer_json(struct req *r, int status, const struct buf *b)
{
    answer_text(r, status, S("application/json"), buf_str(b));
}

enum err evs_refuse(struct req *r, int status, struct str message)
{
    struct buf b = BUF(r->c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_i64(&j, "code", status);
    json_str(&j, "message", message);
    json_bool(&j, "success", false);
    json_close(&j, '}');
    evs_answer_json(r, status, &b);
    return E_OK;
}

struct json evs_begin(struct buf *b)
{
    struct json j = JSON(b);
    json_open(&j, NULL, '{');
    json_i64(&j, "code", 200);
    return j;
}

void evs_end(struct req *r, struct json *j, const struct buf *b)
{
    json_bool(j, "success", true);
    json_close(j, '}');
    evs_answer_json(r, 200, b);
}

bool evs_faulty(struct req *r, enum fault fault)
{
    sandbox_fault(r, fault);
    switch (fault) {
    case FAULT_REFUSE:
        evs_refuse(r, 400, S("This account may not do that"));
        return true;
    case FAULT_429:
        evs_refuse(r, 429, S("Too many requests"));
        answer_header(r, S("Retry-After"), S("1"));
        return true;
    case FAULT_500:
    case FAULT_500_AFTER:
    case FAULT_TIMEOUT:
        evs_refuse(r, 500, S("Something went wrong"));
        return true;
    case FAULT_NONE:
    case FAULT_RESET_AFTER:
    case FAULT_MALFORMED:
    case FAULT_SLOW:
    case FAULT_WRONG_AMOUNT:
    case FAULT_WRONG_CURRENCY:
    case FAULT_COUNT:
        break;
    }
    return false;
}

/* ---- letting in */

static enum err refuse_entry(struct req *r, const char *message, bool with_status)
{
    struct buf b = BUF(r->c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    if (with_status)
        json_i64(&j, "status", 401);
    json_str(&j, "message", str_of_c(message));
    json_close(&j, '}');
    evs_answer_json(r, 401, &b);
    return E_OK;
}

/* Where a domain is registered, nobody else's page may ask. */
static bool is_from_elsewhere(const struct req *r)
{
    struct str origin = config_str(r->c->config, CFG_EVERSEND_ORIGIN);
    return origin.n > 0 && !str_eq(str_trim(req_header(r, S("Origin"))), origin);
}

struct entering {
    int64_t n, until_ms;
    enum fault fault;
};

static enum err enter_tx(struct ctx *c, void *arg)
{
    struct entering *e = arg;
    TRY(fault_take(c, EVS, "token", &e->fault));
    e->until_ms = c->wall_ms + TOKEN_MS;
    return fault_prevents(e->fault) ? E_OK : evs_token_add(c, e->until_ms, &e->n);
}

enum err evs_token(struct req *r)
{
    struct ctx *c = r->c;
    struct secret secret;
    struct entering e = { .fault = FAULT_NONE };
    bool known = str_eq(str_trim(req_header(r, S("clientId"))),
                     config_str(c->config, CFG_EVERSEND_CLIENT_ID)) &&
        config_secret(c->config, CFG_EVERSEND_CLIENT_SECRET, 0, &secret) &&
        secret_is(secret, str_trim(req_header(r, S("clientSecret"))));
    if (is_from_elsewhere(r))
        return refuse_entry(r, "Invalid request origin", false);
    if (!known)
        return refuse_entry(r, "Invalid credentials", true);
    TRY(sandbox_tx(c, "eversend.token", enter_tx, &e));
    if (evs_faulty(r, e.fault))
        return E_OK;
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_i64(&j, "status", 200);
    json_str(&j, "token", str_fmt(c->arena, "evs.sim.token.%04lld", (long long)e.n));
    json_str(&j, "expires", evs_seconds(c->arena, e.until_ms));
    json_close(&j, '}');
    evs_answer_json(r, 200, &b);
    return E_OK;
}

struct holding {
    int64_t n;
    bool holds;
};

static enum err holds_tx(struct ctx *c, void *arg)
{
    struct holding *h = arg;
    return evs_token_holds(c, h->n, &h->holds);
}

enum err evs_admitted(struct req *r, struct json_value *ret_body, bool *ret_ok)
{
    struct str before = S("Bearer evs.sim.token."),
               given = str_trim(req_header(r, S("Authorization")));
    struct holding h = { .n = 0 };
    *ret_ok = false;
    if (is_from_elsewhere(r))
        return refuse_entry(r, "Invalid request origin", false);
    if (str_starts(given, before) && str_to_i64(str_from(given, before.n), &h.n))
        TRY(sandbox_tx(r->c, "eversend.holds", holds_tx, &h));
    if (!h.holds)
        return refuse_entry(r, "Unauthorized", true);
    if (ret_body != NULL) {
        if (json_check(r->c, r->body) != E_OK || json_root(r->body).kind != JSON_OBJECT) {
            err_clear(r->c);
            return evs_refuse(r, 400, S("Invalid request body"));
        }
        *ret_body = json_root(r->body);
    }
    *ret_ok = true;
    return E_OK;
}
