#include "sandbox/moneymotion.h"

/* MoneyMotion over Effect's RPC: requests are lines of JSON, answers too.  A last line without its
 * end is not read, so that a body without "\n" is answered by nothing at all. */

#define CREATE "CheckoutSessionsCreateCheckoutSession"
#define STATUS "CheckoutSessionsGetCompletedOrPendingCheckoutSessionInfo"

struct talk {
    struct req *r;
    struct buf out;
    int status;
};

/* {"_tag":"Exit","requestId":…,"exit": … open for the value or the cause. */
static struct json exit_open(struct talk *t, struct str id, const char *tag)
{
    struct json j = JSON(&t->out);
    json_open(&j, NULL, '{');
    json_str(&j, "_tag", S("Exit"));
    json_str(&j, "requestId", id);
    json_open(&j, "exit", '{');
    json_str(&j, "_tag", str_of_c(tag));
    return j;
}

static void exit_close(struct talk *t, struct json *j)
{
    json_close(j, '}');
    json_close(j, '}');
    buf_char(&t->out, '\n');
}

static void refuse(struct talk *t, struct str id, int status, const char *const words[3])
{
    struct json j = exit_open(t, id, "Failure");
    json_open(&j, "cause", '{');
    json_str(&j, "_tag", S("Fail"));
    json_open(&j, "error", '{');
    json_str(&j, "code", str_of_c(words[0]));
    json_str(&j, "message", str_of_c(words[1]));
    json_str(&j, "_tag", str_of_c(words[2]));
    json_close(&j, '}');
    json_close(&j, '}');
    exit_close(t, &j);
    t->status = status;
}

static void die(struct talk *t, struct str id, struct str defect)
{
    struct json j = exit_open(t, id, "Failure");
    json_open(&j, "cause", '{');
    json_str(&j, "_tag", S("Die"));
    json_str(&j, "defect", defect);
    json_close(&j, '}');
    exit_close(t, &j);
    t->status = 500;
}

static void defect(struct talk *t, struct str sentence)
{
    struct json j = JSON(&t->out);
    json_open(&j, NULL, '{');
    json_str(&j, "_tag", S("Defect"));
    json_str(&j, "defect", sentence);
    json_close(&j, '}');
    buf_char(&t->out, '\n');
}

static const char *const bad_key[] = { "unauthorized", "Invalid API key", "AuthenticationError" };
static const char *const bad_currency[] = { "bad_request", "x-currency must be an ISO 4217 code",
    "ValidationError" };
static const char *const no_session[] = { "not_found", "Checkout session not found",
    "NotFoundError" };
static const char *const no_payments[] = { "forbidden", "This store cannot take payments",
    "ForbiddenError" };
static const char *const too_many[] = { "rate_limited", "Rate limited", "RateLimitError" };

/* True: this fault is the answer. */
static bool faulty(struct talk *t, struct str id, enum fault fault)
{
    sandbox_fault(t->r, fault);
    switch (fault) {
    case FAULT_REFUSE:
        refuse(t, id, 403, no_payments);
        return true;
    case FAULT_429:
        refuse(t, id, 429, too_many);
        return true;
    case FAULT_500:
    case FAULT_500_AFTER:
    case FAULT_TIMEOUT:
        die(t, id, S("Internal server error"));
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

static enum err create(struct talk *t, struct str id, struct json_value payload)
{
    struct ctx *c = t->r->c;
    struct mm_create in = { .payload = payload };
    struct mm_issues issues;
    if (!mm_currency(t->r, &in.currency)) {
        refuse(t, id, 400, bad_currency);
        return E_OK;
    }
    mm_check_create(c, &in, &issues);
    if (issues.n > 0) {
        die(t, id, issues.first);
        return E_OK;
    }
    struct mm_opened opened;
    TRY(mm_open(c, &in, &opened));
    if (faulty(t, id, opened.fault))
        return E_OK;
    struct json j = exit_open(t, id, "Success");
    json_open(&j, "value", '{');
    json_str(&j, "checkoutSessionId", opened.id);
    json_close(&j, '}');
    exit_close(t, &j);
    return E_OK;
}

static enum err status(struct talk *t, struct str id, struct json_value payload)
{
    struct ctx *c = t->r->c;
    struct mm_issues issues = { .list = BUF(c->arena) };
    struct mm_known known;
    struct str session;
    if (!mm_check_text(c, &issues, payload, "checkoutId", &session)) {
        die(t, id, issues.first);
        return E_OK;
    }
    TRY(mm_ask(c, session, &known));
    if (faulty(t, id, known.fault))
        return E_OK;
    if (!known.found) {
        refuse(t, id, 404, no_session);
        return E_OK;
    }
    struct json j = exit_open(t, id, "Success");
    mm_write_status(&j, "value", c->arena, &known.session);
    exit_close(t, &j);
    return E_OK;
}

static enum err line(struct talk *t, struct str text)
{
    struct ctx *c = t->r->c;
    struct str id = S(""), tag = S("");
    if (json_check(c, text) != E_OK) {
        defect(t, S("Unexpected token in JSON"));
        return E_OK;
    }
    struct json_value v = json_root(text);
    /* Acknowledgements and the end of a stream are no questions. */
    if (!json_is(json_at(v, "_tag"), "Request"))
        return E_OK;
    json_to_str(c->arena, json_at(v, "id"), &id);
    json_to_str(c->arena, json_at(v, "tag"), &tag);
    bool creates = str_eq(tag, S(CREATE));
    if (!creates && !str_eq(tag, S(STATUS))) {
        defect(t, str_fmt(c->arena, "Unknown request tag: %.*s", SARG(tag)));
        return E_OK;
    }
    if (!mm_key_ok(t->r)) {
        refuse(t, id, 401, bad_key);
        return E_OK;
    }
    return (creates ? create : status)(t, id, json_at(v, "payload"));
}

enum err mm_rpc(struct req *r)
{
    struct talk t = { .r = r, .out = BUF(r->c->arena), .status = 200 };
    struct str rest = r->body, text;
    while (str_cut(rest, '\n', &text, &rest))
        if (str_trim(text).n > 0)
            TRY(line(&t, text));
    answer_text(r, t.status, S("application/ndjson"), buf_str(&t.out));
    if (t.status == 429)
        answer_header(r, S("Retry-After"), S("1"));
    return E_OK;
}
