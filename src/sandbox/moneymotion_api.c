#include "sandbox/moneymotion.h"

/* MoneyMotion over tRPC 10 with superjson: POST for mutations, GET for queries, errors as the
 * stock server writes them. */

#define CREATE "checkoutSessions.createCheckoutSession"
#define STATUS "checkoutSessions.getCompletedOrPendingCheckoutSessionInfo"

static const struct refusal {
    int status, code;
    struct str name;
} unauthorized = { 401, -32001, S_INIT("UNAUTHORIZED") },
  forbidden = { 403, -32003, S_INIT("FORBIDDEN") },
  bad_request = { 400, -32600, S_INIT("BAD_REQUEST") },
  parse_error = { 400, -32700, S_INIT("PARSE_ERROR") },
  not_found = { 404, -32004, S_INIT("NOT_FOUND") },
  too_many = { 429, -32029, S_INIT("TOO_MANY_REQUESTS") },
  server_error = { 500, -32603, S_INIT("INTERNAL_SERVER_ERROR") };

static void answer_raw(struct req *r, int status, const struct buf *b)
{
    answer_text(r, status, S("application/json"), buf_str(b));
}

static enum err refuse(
    struct req *r, const struct refusal *refusal, struct str path, struct str message)
{
    struct buf b = BUF(r->c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_open(&j, "error", '{');
    json_open(&j, "json", '{');
    json_str(&j, "message", message);
    json_i64(&j, "code", refusal->code);
    json_open(&j, "data", '{');
    json_str(&j, "code", refusal->name);
    json_i64(&j, "httpStatus", refusal->status);
    json_str(&j, "path", path);
    json_close(&j, '}');
    json_close(&j, '}');
    json_close(&j, '}');
    json_close(&j, '}');
    answer_raw(r, refusal->status, &b);
    return E_OK;
}

/* True: this fault is the answer. */
static bool faulty(struct req *r, struct str path, enum fault fault)
{
    sandbox_fault(r, fault);
    switch (fault) {
    case FAULT_REFUSE:
        refuse(r, &forbidden, path, S("This store cannot take payments"));
        return true;
    case FAULT_429:
        refuse(r, &too_many, path, S("Too many requests"));
        answer_header(r, S("Retry-After"), S("1"));
        return true;
    case FAULT_500:
    case FAULT_500_AFTER:
        refuse(r, &server_error, path, S("Internal server error"));
        return true;
    case FAULT_TIMEOUT:
        refuse(r, &server_error, path, S("Nobody reads this"));
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

/* Who asks, and in what currency: false, and the answer is there. */
static bool admitted(struct req *r, struct str path, enum currency *ret)
{
    if (!mm_key_ok(r))
        refuse(r, &unauthorized, path, S("Invalid API key"));
    else if (!mm_currency(r, ret))
        refuse(r, &bad_request, path, S("x-currency must be an ISO 4217 code"));
    else
        return true;
    return false;
}

static enum err create(struct req *r)
{
    struct ctx *c = r->c;
    struct mm_create in = { 0 };
    struct mm_issues issues;
    if (!admitted(r, S(CREATE), &in.currency))
        return E_OK;
    if (json_check(c, r->body) != E_OK)
        return refuse(r, &parse_error, S(CREATE), S("Unexpected token in JSON"));
    in.payload = json_at(json_root(r->body), "json");
    mm_check_create(c, &in, &issues);
    if (issues.n > 0)
        return refuse(r, &bad_request, S(CREATE), buf_str(&issues.list));
    struct mm_opened opened;
    TRY(mm_open(c, &in, &opened));
    if (faulty(r, S(CREATE), opened.fault))
        return E_OK;
    struct buf b = BUF(c->arena);
    buf_fmt(
        &b, "{\"result\":{\"data\":{\"json\":{\"checkoutSessionId\":\"%.*s\"}}}}", SARG(opened.id));
    answer_raw(r, 200, &b);
    return E_OK;
}

/* The id, from either spelling of the question; false, and the answer is there. */
static bool asked_for(struct req *r, struct str *ret_id)
{
    bool has_input = false, has_dotted = false;
    struct str input, dotted, id;
    struct mm_issues issues = { .list = BUF(r->c->arena) };
    struct json_value v = { .kind = JSON_ABSENT };
    if (req_query(r, "input", &has_input, &input) != E_OK ||
        req_query(r, "json.checkoutId", &has_dotted, &dotted) != E_OK) {
        refuse(r, &bad_request, S(STATUS), S("Invalid query"));
        return false;
    }
    if (has_dotted && !has_input) {
        *ret_id = dotted;
        return true;
    }
    if (has_input && json_check(r->c, input) != E_OK) {
        refuse(r, &parse_error, S(STATUS), S("Unexpected token in JSON"));
        return false;
    }
    if (has_input)
        v = json_at(json_root(input), "json");
    if (mm_check_text(r->c, &issues, v, "checkoutId", &id)) {
        *ret_id = id;
        return true;
    }
    buf_add(&issues.list, S("\n]"));
    refuse(r, &bad_request, S(STATUS), buf_str(&issues.list));
    return false;
}

static enum err status(struct req *r)
{
    enum currency currency;
    struct str id;
    if (!admitted(r, S(STATUS), &currency) || !asked_for(r, &id))
        return E_OK;
    struct mm_known known;
    TRY(mm_ask(r->c, id, &known));
    if (faulty(r, S(STATUS), known.fault))
        return E_OK;
    if (!known.found)
        return refuse(r, &not_found, S(STATUS), S("Checkout session not found"));
    struct buf b = BUF(r->c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_open(&j, "result", '{');
    json_open(&j, "data", '{');
    mm_write_status(&j, "json", r->c->arena, &known.session);
    json_raw(&j, "meta", S("{\"values\":{\"createdAt\":[\"Date\"]}}"));
    json_close(&j, '}');
    json_close(&j, '}');
    json_close(&j, '}');
    answer_raw(r, 200, &b);
    return E_OK;
}

bool mm_stray(struct req *r)
{
    struct str path = r->path;
    if (str_starts(path, S("/trpc/")))
        path = str_from(path, S("/trpc").n);
    path = str_from(path, 1);
    if (!str_starts(path, S("checkoutSessions.")))
        return false;
    const char *kind = str_eq(r->method, S("GET")) ? "query" : "mutation";
    refuse(r, &not_found, path,
        str_fmt(r->c->arena, "No \"%s\"-procedure on path \"%.*s\"", kind, SARG(path)));
    return true;
}

#define ROW(method, path, run, about)                                                              \
    {                                                                                              \
        method, path, SHAPE_PLAIN, NULL, run, NULL, 0, ALLOW_ANYONE, 0, 0, about                   \
    }
static const struct route table[] = {
    ROW("POST", "/" CREATE, create, "MoneyMotion: opens a session."),
    ROW("GET", "/" STATUS, status, "MoneyMotion: what became of a session."),
    ROW("POST", "/trpc/" CREATE, create, "The same, behind the prefix of older clients."),
    ROW("GET", "/trpc/" STATUS, status, "The same, behind the prefix of older clients."),
    ROW("POST", "/rpc", mm_rpc, "MoneyMotion: its newer wire, NDJSON."),
    ROW("GET", "/checkout/{id}", mm_page, "MoneyMotion: where the buyer pays."),
    ROW("POST", "/checkout/{id}", mm_page_act, "MoneyMotion: what the buyer chose."),
};
const struct routes moneymotion_routes = { table, ARRAY_LEN(table) };
