#include "sandbox/flutterwave.h"

/* How it answers, whatever it is asked. */

void fw_answer(struct req *r, int status, const struct buf *b)
{
    answer_text(r, status, S("application/json"), buf_str(b));
}

enum err fw_refuse(struct req *r, int status, struct str message)
{
    struct buf b = BUF(r->c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "status", S("error"));
    json_str(&j, "message", message);
    json_raw(&j, "data", S("null"));
    json_close(&j, '}');
    fw_answer(r, status, &b);
    return E_OK;
}

struct json fw_begin(struct buf *b, struct str message)
{
    struct json j = JSON(b);
    json_open(&j, NULL, '{');
    json_str(&j, "status", S("success"));
    json_str(&j, "message", message);
    return j;
}

bool fw_faulty(struct req *r, enum fault fault)
{
    sandbox_fault(r, fault);
    switch (fault) {
    case FAULT_REFUSE:
        fw_refuse(r, 400, S("Merchant is not enabled to take payments"));
        return true;
    case FAULT_429:
        fw_refuse(r, 429, S("Too many requests"));
        answer_header(r, S("Retry-After"), S("1"));
        return true;
    case FAULT_500:
    case FAULT_500_AFTER: /* 503 after what it depends on did not answer: nobody knows */
    case FAULT_TIMEOUT:
        fw_refuse(r, 503, S("An error occurred. Please contact support"));
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

bool fw_admitted(struct req *r, struct json_value *ret_body)
{
    if (!fw_key_ok(r)) {
        fw_refuse(r, 401, S("Invalid authorization key"));
        return false;
    }
    if (ret_body == NULL)
        return true;
    if (json_check(r->c, r->body) != E_OK || json_root(r->body).kind != JSON_OBJECT) {
        err_clear(r->c);
        fw_refuse(r, 400, S("Invalid request body"));
        return false;
    }
    *ret_body = json_root(r->body);
    return true;
}

bool fw_amount(
    struct arena *a, struct json_value v, const char *path, enum currency cur, int64_t *ret)
{
    struct json_value at = json_at(v, path);
    struct str text = at.kind == JSON_NUMBER ? json_lexeme(at) : json_text(a, v, path);
    return decimal_parse(text, currency_digits(cur), ret) && *ret > 0;
}
