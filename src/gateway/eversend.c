#include "gateway/eversend.h"

#include "base/clock.h"
#include "base/url.h"
#include "gateway/exponent.h"

/* Eversend: mobile money of seven countries of Africa.  It has no page, so ours asks for the number
 * and for the code that was sent to it; then the phone asks its owner.  It has no idempotency keys:
 * what became of a call is looked up under our reference, in its list where nothing else is known.
 */

static bool enabled(const struct config *config)
{
    return config_has(config, CFG_EVERSEND_CLIENT_ID) &&
        config_has(config, CFG_EVERSEND_CLIENT_SECRET) &&
        config_has(config, CFG_EVERSEND_WEBHOOK_SECRET);
}

/* ---- what it takes */

#define LAND(code_, name_, cur_, dial_, digits_, ...)                                              \
    {                                                                                              \
        .code = S_INIT(code_), .name = S_INIT(name_), .cur = CUR_##cur_, .dial = S_INIT(dial_),    \
        .digits = (digits_), .operators = { __VA_ARGS__ },                                         \
    }
static const struct gateway_land lands[] = {
    LAND("UG", "Uganda", UGX, "256", 9, S_INIT("MTN"), S_INIT("Airtel")),
    LAND("KE", "Kenya", KES, "254", 9, S_INIT("M-Pesa"), S_INIT("Airtel")),
    LAND("GH", "Ghana", GHS, "233", 9, S_INIT("MTN"), S_INIT("Telecel"), S_INIT("AirtelTigo")),
    LAND("RW", "Rwanda", RWF, "250", 9, S_INIT("MTN"), S_INIT("Airtel")),
    LAND("CM", "Cameroon", XAF, "237", 9, S_INIT("MTN"), S_INIT("Orange")),
    LAND("CI", "Côte d’Ivoire", XOF, "225", 10, S_INIT("MTN"), S_INIT("Orange"), S_INIT("Moov")),
    LAND("TZ", "Tanzania", TZS, "255", 9, S_INIT("Vodacom"), S_INIT("Airtel"), S_INIT("Tigo")),
};
#undef LAND

static bool is_landed(enum currency cur)
{
    for (size_t i = 0; i < ARRAY_LEN(lands); i++)
        if (lands[i].cur == cur)
            return true;
    return false;
}

static enum err accepts(struct ctx *c, struct money total)
{
    if (!is_landed(total.cur))
        return fail(
            c, INVALID_REQUEST, "Eversend does not take %.*s", SARG(currency_code(total.cur)));
    if (total.minor < 1)
        return fail(c, INVALID_REQUEST, "there is nothing to collect");
    return E_OK;
}

static enum err takes(struct ctx *c, struct str method, enum currency cur)
{
    if (str_eq(method, S("card")))
        return fail(c, INVALID_REQUEST, "Eversend has no way to take cards; name another gateway");
    if (!str_eq(method, S("mobile_money")))
        return fail(c, INVALID_REQUEST, "Eversend cannot be paid by %.*s", SARG(method));
    if (!is_landed(cur))
        return fail(
            c, INVALID_REQUEST, "Eversend takes no mobile money in %.*s", SARG(currency_code(cur)));
    return E_OK;
}

/* ---- opening: nothing is asked before there is a number */

static enum err open(struct ctx *c, const struct gateway_open *in, struct gateway_session *ret)
{
    struct str reference = eversend_reference(c->arena, in->attempt);
    TRY(accepts(c, in->total));
    TRY(takes(c, in->method, in->total.cur));
    must(reference.n > 0);
    if (in->page_url.n == 0)
        return fail(c, INVALID_REQUEST, "there is no page that asks for a phone number");
    *ret = (struct gateway_session) {
        .outcome = OUTCOME_DONE, .session_id = reference, .checkout_url = in->page_url
    };
    return E_OK;
}

/* ---- a phone */

static bool codes(const struct config *config)
{
    return str_eq(config_str(config, CFG_EVERSEND_OTP), S("required"));
}

static int64_t window_ms(const struct config *config)
{
    return config_i64(config, CFG_EVERSEND_PROMPT_S) * 1000;
}

static int64_t minor_or_zero(
    struct ctx *c, struct json_value data, const char *path, enum currency cur)
{
    int64_t minor = 0;
    return eversend_money(c, data, path, cur, &minor) ? minor : 0;
}

static enum err fee(struct ctx *c, struct money total, struct gateway_fee *ret)
{
    struct eversend_answer a;
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "method", S("momo"));
    json_str(&j, "currency", currency_code(total.cur));
    json_raw(&j, "amount", eversend_decimal(c, total));
    json_close(&j, '}');
    const struct eversend_call call = {
        .call = "fee", .path = S("/collections/fees"), .body = buf_str(&b)
    };
    TRY(eversend_ask(c, &call, &a));
    *ret = (struct gateway_fee) { .outcome = a.outcome, .refusal = a.refusal, .reply = a.reply };
    if (a.outcome != OUTCOME_DONE)
        return E_OK;
    ret->fee_minor = minor_or_zero(c, a.data, "charges", total.cur);
    ret->least_minor = minor_or_zero(c, a.data, "min_load_amount", total.cur);
    ret->most_minor = minor_or_zero(c, a.data, "max_load_amount", total.cur);
    return E_OK;
}

static enum err send_code(
    struct ctx *c, struct str attempt, struct str phone, struct gateway_code *ret)
{
    struct eversend_answer a;
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "phone", phone);
    json_close(&j, '}');
    const struct eversend_call call = {
        .call = "code", .attempt = attempt, .path = S("/collections/otp"), .body = buf_str(&b)
    };
    TRY(eversend_ask(c, &call, &a));
    *ret = (struct gateway_code) { .outcome = a.outcome, .refusal = a.refusal, .reply = a.reply };
    struct str id = json_text(c->arena, a.data, "pinId");
    if (a.outcome == OUTCOME_DONE && eversend_is_id(id)) {
        ret->id = id;
    } else if (a.outcome == OUTCOME_DONE) {
        ret->outcome = OUTCOME_UNKNOWN;
        ret->refusal = S("Eversend sent a code that has no name");
    }
    return E_OK;
}

/* What we call the payer there: nothing, unless its owner says how. */
static void put_customer(struct ctx *c, struct json *j, const struct gateway_prompt *in)
{
    struct str how = config_str(c->config, CFG_EVERSEND_CUSTOMER_FORMAT);
    struct buf b = BUF(c->arena);
    struct json inner = JSON(&b);
    struct str name = in->name.n > 0 ? in->name : in->mail;
    if (str_eq(how, S("omit")) || name.n == 0)
        return;
    json_open(&inner, NULL, '{');
    json_str(&inner, "name", name);
    if (in->mail.n > 0)
        json_str(&inner, "email", in->mail);
    json_close(&inner, '}');
    if (str_eq(how, S("name")))
        json_str(j, "customer", name);
    else if (str_eq(how, S("json-string")))
        json_str(j, "customer", buf_str(&b));
    else
        json_raw(j, "customer", buf_str(&b));
}

static struct str prompt_body(struct ctx *c, const struct gateway_prompt *in)
{
    struct str field = config_str(c->config, CFG_EVERSEND_REDIRECT_FIELD);
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "phone", in->phone);
    json_raw(&j, "amount", eversend_decimal(c, in->total));
    json_str(&j, "country", in->country);
    json_str(&j, "currency", currency_code(in->total.cur));
    json_str(&j, "transactionRef", eversend_reference(c->arena, in->attempt));
    put_customer(c, &j, in);
    if (str_eq(in->country, S("GH")))
        json_str_key(&j, field, in->return_url);
    if (in->code_id.n > 0) {
        json_open(&j, "otp", '{');
        json_str(&j, "pin", in->code);
        json_str(&j, "pinId", in->code_id);
        json_close(&j, '}');
    }
    json_close(&j, '}');
    return buf_str(&b);
}

/* Which of its words mean what is written down nowhere: that the reference is taken says that an
 * earlier call of ours arrived; that the code is wrong lets its owner type it again. */
static bool speaks_of(struct ctx *c, const struct eversend_answer *a, const char *word)
{
    return str_has(str_lower(c->arena, a->words), str_of_c(word));
}

static bool is_taken(struct ctx *c, const struct eversend_answer *a)
{
    static const char *const words[] = { "transactionref", "transaction ref", "reference",
        "duplicate", "already", "unique" };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (speaks_of(c, a, words[i]))
            return true;
    return false;
}

static enum err prompt(struct ctx *c, const struct gateway_prompt *in, struct gateway_prompted *ret)
{
    struct eversend_answer a;
    must(eversend_reference(c->arena, in->attempt).n > 0);
    const struct eversend_call call = { .call = "create",
        .attempt = in->attempt,
        .path = S("/collections/momo"),
        .body = prompt_body(c, in) };
    TRY(eversend_ask(c, &call, &a));
    struct gateway_prompted p = { .outcome = a.outcome, .refusal = a.refusal, .reply = a.reply };
    if (a.outcome == OUTCOME_DECLINED && is_taken(c, &a))
        p.outcome = OUTCOME_UNKNOWN;
    p.wrong_code = p.outcome == OUTCOME_DECLINED && in->code_id.n > 0 &&
        (speaks_of(c, &a, "otp") || speaks_of(c, &a, "pin") || speaks_of(c, &a, "code"));
    if (a.outcome == OUTCOME_DONE) {
        struct notice n = { .kind = NOTICE_STRANGE };
        eversend_read(c, eversend_transaction(c, a.data), &n);
        bool ours = str_eq(n.attempt, in->attempt);
        p.outcome = ours ? OUTCOME_PENDING : OUTCOME_UNKNOWN;
        p.payment = ours ? n.payment : S("");
        p.refusal = ours ? S("") : S("Eversend answered about another payment");
    }
    *ret = p;
    return E_OK;
}

/* ---- asking */

enum {
    PAGE = 100,
    PAGES_MAX = 10,
    DAY_MS = 24 * 3600 * 1000
};

static enum err ask_by_id(
    struct ctx *c, const struct gateway_ask *in, struct str payment, struct gateway_state *s)
{
    struct eversend_answer a;
    const struct eversend_call call = { .call = "query",
        .attempt = in->attempt,
        .path = str_fmt(c->arena, "/transactions/%.*s", SARG(payment)) };
    TRY(eversend_ask(c, &call, &a));
    *s = (struct gateway_state) { .outcome = a.outcome, .refusal = a.refusal, .reply = a.reply };
    if (a.outcome == OUTCOME_DECLINED && !a.missing)
        s->outcome = OUTCOME_UNKNOWN; /* a no that is about us, or about how we asked */
    if (a.outcome != OUTCOME_DONE)
        return E_OK;
    eversend_read(c, eversend_transaction(c, a.data), &s->notice);
    bool same = str_eq(s->notice.payment, payment) &&
        (in->attempt.n == 0 || str_eq(s->notice.attempt, in->attempt));
    if (!same) { /* an answer about another payment is no answer about ours */
        s->outcome = OUTCOME_UNKNOWN;
        s->refusal = S("Eversend answered about another payment");
    }
    return E_OK;
}

struct looking {
    struct str attempt;
    struct eversend_answer answer; /* of the last page that was asked for */
    struct str payment;            /* its id, once it was found */
    int64_t seen;                  /* on all pages so far */
    bool more;                     /* there may be another page */
};

/* How many it lists at most on a page is its own affair: only what it says itself, or a page with
 * nothing on it, is the end of a list. */
static bool goes_on(struct json_value data, int64_t rows, int64_t seen)
{
    int64_t limit = 0, total = 0;
    bool told = json_to_i64(json_at(data, "limit"), &limit) && limit > 0;
    bool counted = json_to_i64(json_at(data, "total"), &total);
    return rows > 0 && (!told || rows >= limit || (counted && seen < total));
}

/* Whether search looks at references is written nowhere: what is listed is compared here. */
static enum err look_at_page(struct ctx *c, struct str query, struct looking *l)
{
    const struct eversend_call call = { .call = "query",
        .attempt = l->attempt,
        .path = str_fmt(c->arena, "/transactions?%.*s", SARG(query)) };
    int64_t rows = 0;
    l->more = false;
    TRY(eversend_ask(c, &call, &l->answer));
    struct json_value list = json_at(l->answer.data, "transactions");
    if (l->answer.outcome == OUTCOME_DONE && list.kind != JSON_ARRAY) {
        l->answer.outcome = OUTCOME_UNKNOWN;
        l->answer.refusal = S("Eversend answered without a list");
    }
    if (l->answer.outcome != OUTCOME_DONE)
        return E_OK;
    for (struct json_iter it = json_iter(list); json_next(&it); rows++) {
        struct notice n = { .kind = NOTICE_STRANGE };
        eversend_read(c, it.value, &n);
        if (str_eq(n.attempt, l->attempt) && n.payment.n > 0)
            l->payment = n.payment;
    }
    l->seen += rows;
    l->more = goes_on(l->answer.data, rows, l->seen);
    return E_OK;
}

/* "2026-11-20": a day earlier or later, whatever time of day it lives by. */
static struct str day_text(struct arena *a, int64_t ms)
{
    return str_part(time_iso(a, ms), 0, S("2026-11-20").n);
}

static int64_t made_ms(struct str attempt)
{
    struct id id;
    int64_t ms = 0;
    must(id_parse(S("att"), attempt, &id));
    for (size_t i = 0; i < 6; i++)
        ms = ms * 256 + id.b[i];
    return ms;
}

static enum err look_through_days(struct ctx *c, struct looking *l)
{
    int64_t from = made_ms(l->attempt) - DAY_MS, to = from + 4 * (int64_t)DAY_MS;
    l->seen = 0;
    for (int64_t page = 1; page <= PAGES_MAX; page++) {
        TRY(look_at_page(c,
            str_fmt(c->arena, "page=%lld&limit=%d&type=collection&from=%.*s&to=%.*s",
                (long long)page, PAGE, SARG(day_text(c->arena, from)),
                SARG(day_text(c->arena, to))),
            l));
        if (l->payment.n > 0 || l->answer.outcome != OUTCOME_DONE || !l->more)
            return E_OK;
    }
    l->answer.outcome = OUTCOME_UNKNOWN;
    l->answer.refusal = S("Eversend's list is too long to be looked through");
    return E_OK;
}

static enum err ask_by_reference(
    struct ctx *c, const struct gateway_ask *in, struct gateway_state *s)
{
    struct looking l = { .attempt = in->attempt };
    struct str reference = eversend_reference(c->arena, in->attempt);
    TRY(look_at_page(
        c, str_fmt(c->arena, "page=1&limit=%d&search=%.*s", PAGE, SARG(reference)), &l));
    if (l.payment.n == 0 && l.answer.outcome == OUTCOME_DONE)
        TRY(look_through_days(c, &l));
    if (l.payment.n > 0)
        return ask_by_id(c, in, l.payment, s);
    *s = (struct gateway_state) { .outcome = l.answer.outcome == OUTCOME_DONE ? OUTCOME_DONE
            : l.answer.outcome == OUTCOME_NOT_SENT                            ? OUTCOME_NOT_SENT
                                                                              : OUTCOME_UNKNOWN,
        .refusal = l.answer.refusal,
        .reply = l.answer.reply };
    if (s->outcome == OUTCOME_DONE) /* no phone has been asked, as far as it knows */
        s->notice = (struct notice) { .kind = NOTICE_OPENED,
            .name = S("not found"),
            .session_id = reference,
            .attempt = in->attempt };
    return E_OK;
}

static enum err ask(struct ctx *c, const struct gateway_ask *in, struct gateway_state *ret)
{
    struct gateway_state s = { .outcome = OUTCOME_DECLINED };
    bool named = eversend_is_id(in->payment);
    bool ours = eversend_reference(c->arena, in->attempt).n > 0;
    *ret = (struct gateway_state) { .outcome = OUTCOME_UNKNOWN,
        .refusal = S("Eversend cannot be asked about a payment of this name") };
    if (!named && !ours)
        return E_OK;
    if (named)
        TRY(ask_by_id(c, in, in->payment, &s));
    if (ours && s.outcome == OUTCOME_DECLINED)
        TRY(ask_by_reference(c, in, &s));
    *ret = s;
    return E_OK;
}

static const char *const methods[] = { "mobile_money", NULL };

static const struct gateway_phone phone = {
    .land = lands,
    .lands = ARRAY_LEN(lands),
    .codes = codes,
    .window_ms = window_ms,
    .fee = fee,
    .send_code = send_code,
    .prompt = prompt,
};

const struct gateway gateway_eversend = {
    .name = S_INIT("eversend"),
    .title = S_INIT("Eversend"),
    .can = GATEWAY_CAN_FIND,
    .methods = methods,
    .session_least_ms = INT64_C(5) * 60 * 1000,
    .session_ms = INT64_C(24) * 3600 * 1000,
    .enabled = enabled,
    .accepts = accepts,
    .takes = takes,
    .open = open,
    .ask = ask,
    .verify = eversend_verify,
    .translate = eversend_translate,
    .examine = eversend_examine,
    .phone = &phone,
};
