#include "gateway/flutterwave.h"

#include "base/url.h"
#include "gateway/exponent.h"

/* Flutterwave, version 3: a hosted page for cards, mobile money and banks of Africa.  It has no
 * idempotency keys and finds a payment by our reference.  Its webhooks bind neither time nor, in
 * their older form, even the body: they are hints, and it is asked before anything is believed. */

static bool enabled(const struct config *config)
{
    return config_has(config, CFG_FLUTTERWAVE_SECRET_KEY) &&
        config_has(config, CFG_FLUTTERWAVE_SECRET_HASH);
}

/* ---- what it takes: which currencies, and what moves money on phones in each */

static const struct {
    enum currency cur;
    const char *mobile;
} markets[] = {
    { CUR_NGN, NULL },
    { CUR_USD, NULL },
    { CUR_EUR, NULL },
    { CUR_GBP, NULL },
    { CUR_GHS, "mobilemoneyghana" },
    { CUR_KES, "mpesa" },
    { CUR_RWF, "mobilemoneyrwanda" },
    { CUR_TZS, "mobilemoneytanzania" },
    { CUR_UGX, "mobilemoneyuganda" },
    { CUR_ZMW, "mobilemoneyzambia" },
    { CUR_MWK, "mobilemoneymalawi" },
    { CUR_XAF, "mobilemoneyfranco" },
    { CUR_XOF, "mobilemoneyfranco" },
    { CUR_ZAR, NULL },
    { CUR_EGP, NULL },
    { CUR_ETB, NULL },
    { CUR_SLE, NULL },
};

static bool market_of(enum currency cur, const char **ret_mobile)
{
    for (size_t i = 0; i < ARRAY_LEN(markets); i++)
        if (markets[i].cur == cur) {
            *ret_mobile = markets[i].mobile;
            return true;
        }
    return false;
}

static enum err accepts(struct ctx *c, struct money total)
{
    const char *mobile = NULL;
    if (!market_of(total.cur, &mobile))
        return fail(
            c, INVALID_REQUEST, "Flutterwave does not take %.*s", SARG(currency_code(total.cur)));
    if (total.minor < 1)
        return fail(c, INVALID_REQUEST, "there is nothing to collect");
    return E_OK;
}

/* The options that its page shall offer for a method of ours; empty: none. */
static struct str options_of(struct ctx *c, struct str method, enum currency cur)
{
    const char *mobile = NULL;
    if (!market_of(cur, &mobile))
        return S("");
    if (str_eq(method, S("mobile_money")))
        return mobile != NULL ? str_of_c(mobile) : S("");
    if (str_eq(method, S("bank")))
        return cur == CUR_NGN ? S("banktransfer, account, ussd") : S("banktransfer, account");
    if (str_eq(method, S("paypal")))
        return config_i64(c->config, CFG_FLUTTERWAVE_ENABLE_PAYPAL) != 0 ? S("paypal") : S("");
    return str_eq(method, S("card"))      ? S("card")
        : str_eq(method, S("apple_pay"))  ? S("applepay")
        : str_eq(method, S("google_pay")) ? S("googlepay")
        : str_eq(method, S("express"))    ? S("applepay, googlepay")
                                          : S("");
}

static enum err takes(struct ctx *c, struct str method, enum currency cur)
{
    if (options_of(c, method, cur).n > 0)
        return E_OK;
    if (str_eq(method, S("mobile_money")))
        return fail(c, INVALID_REQUEST, "Flutterwave takes no mobile money in %.*s",
            SARG(currency_code(cur)));
    return fail(c, INVALID_REQUEST, "Flutterwave cannot be paid by %.*s here", SARG(method));
}

/* ---- opening */

static void put_amount(struct ctx *c, struct json *j, struct money total)
{
    struct exponent e;
    int64_t units = 0;
    must(exponent_of(S("flutterwave"), total.cur, &e) && exponent_out(total, e, &units));
    struct str text = decimal_text(c->arena, units, e.digits);
    if (str_eq(config_str(c->config, CFG_FLUTTERWAVE_AMOUNT_AS), S("number")))
        json_raw(j, "amount", text);
    else
        json_str(j, "amount", text);
}

static void put_options(struct ctx *c, struct json *j, const struct gateway_open *in)
{
    struct buf b = BUF(c->arena);
    struct str item;
    for (size_t i = 0; config_item(c->config, CFG_FLUTTERWAVE_PAYMENT_OPTIONS, i, &item); i++)
        buf_fmt(&b, "%s%.*s", i > 0 ? ", " : "", SARG(item));
    json_str(
        j, "payment_options", b.n > 0 ? buf_str(&b) : options_of(c, in->method, in->total.cur));
}

/* For how long the page stays, in whole minutes: never longer than the order. */
static void put_duration(struct ctx *c, struct json *j, const struct gateway_open *in)
{
    enum {
        MINUTE_MS = 60 * 1000,
        DAY = 24 * 60
    };
    int64_t minutes = (in->expires_ms - c->now_ms) / MINUTE_MS;
    bool inside =
        str_eq(config_str(c->config, CFG_FLUTTERWAVE_SESSION_PLACEMENT), S("configuration"));
    if (inside)
        json_open(j, "configuration", '{');
    json_i64(j, "session_duration", minutes < 1 ? 1 : minutes > DAY ? DAY : minutes);
    if (inside)
        json_close(j, '}');
}

static struct str body_of(struct ctx *c, const struct gateway_open *in)
{
    struct str brand = config_str(c->config, CFG_BRAND_NAME);
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "tx_ref", in->attempt);
    put_amount(c, &j, in->total);
    json_str(&j, "currency", currency_code(in->total.cur));
    json_str(&j, "redirect_url", in->success_url);
    json_open(&j, "customer", '{');
    json_str(&j, "email", in->buyer_mail);
    if (in->buyer_name.n > 0)
        json_str(&j, "name", in->buyer_name);
    json_close(&j, '}');
    json_open(&j, "customizations", '{');
    if (brand.n > 0)
        json_str(&j, "title", brand);
    json_str(&j, "description", in->description);
    json_close(&j, '}');
    json_open(&j, "meta", '{');
    json_str(&j, "order_id", in->order);
    json_close(&j, '}');
    put_options(c, &j, in);
    put_duration(c, &j, in);
    json_close(&j, '}');
    return buf_str(&b);
}

static enum err open(struct ctx *c, const struct gateway_open *in, struct gateway_session *ret)
{
    struct flutterwave_answer a;
    struct flutterwave_call call = {
        .call = "create", .attempt = in->attempt, .path = S("/payments")
    };
    TRY(accepts(c, in->total));
    TRY(takes(c, in->method, in->total.cur));
    call.body = body_of(c, in);
    TRY(flutterwave_ask(c, &call, &a));
    struct gateway_session s = { .outcome = a.outcome, .refusal = a.refusal, .reply = a.reply };
    struct str link = json_text(c->arena, a.data, "link");
    if (a.outcome == OUTCOME_DONE &&
        !gateway_is_page(link, config_str(c->config, CFG_FLUTTERWAVE_API_URL))) {
        s.outcome = OUTCOME_UNKNOWN;
        s.refusal = S("Flutterwave opened something that is no page");
    } else if (a.outcome == OUTCOME_DONE) {
        s.session_id = in->attempt;
        s.checkout_url = link;
    }
    *ret = s;
    return E_OK;
}

static enum err end(struct ctx *c, const struct gateway_ask *in, enum outcome *ret)
{
    struct flutterwave_answer a;
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    *ret = OUTCOME_DECLINED;
    if (in->page.n == 0) /* a charge has none */
        return E_OK;
    json_open(&j, NULL, '{');
    json_str(&j, "link", in->page);
    json_close(&j, '}');
    struct flutterwave_call call = { .call = "expire",
        .attempt = in->attempt,
        .path = S("/payments/link/disable"),
        .body = buf_str(&b) };
    TRY(flutterwave_ask(c, &call, &a));
    *ret = a.bad_key && a.outcome == OUTCOME_DECLINED ? OUTCOME_UNKNOWN : a.outcome;
    return E_OK;
}

/* ---- asking */

static enum err query(struct ctx *c, const struct gateway_ask *in, struct str path,
    struct flutterwave_answer *a, struct gateway_state *s)
{
    struct flutterwave_call call = { .call = "query", .attempt = in->attempt, .path = path };
    TRY(flutterwave_ask(c, &call, a));
    *s = (struct gateway_state) { .outcome = a->outcome, .refusal = a->refusal, .reply = a->reply };
    if (a->outcome == OUTCOME_DECLINED && a->bad_key)
        s->outcome = OUTCOME_UNKNOWN;
    if (a->outcome != OUTCOME_DONE)
        return E_OK;
    s->notice.name = json_text(c->arena, a->data, "status");
    flutterwave_payment(c, a->data, &s->notice);
    return E_OK;
}

/* An answer about another payment is no answer about ours. */
static void hold_to(struct gateway_state *s, struct str tx_ref, struct str number)
{
    bool same = (tx_ref.n == 0 || str_eq(s->notice.attempt, tx_ref)) &&
        (number.n == 0 || str_eq(s->notice.payment, number));
    if (s->outcome != OUTCOME_DONE || same)
        return;
    s->outcome = OUTCOME_UNKNOWN;
    s->refusal = S("Flutterwave answered about another payment");
}

static enum err ask_by_number(
    struct ctx *c, const struct gateway_ask *in, struct str number, struct gateway_state *s)
{
    struct flutterwave_answer a;
    TRY(query(c, in, str_fmt(c->arena, "/transactions/%.*s/verify", SARG(number)), &a, s));
    hold_to(s, in->attempt, number);
    return E_OK;
}

/* Which of several payments under one reference is shown is nowhere written: behind one that failed
 * there may be one that did not. */
static enum err look_behind(struct ctx *c, const struct gateway_ask *in, struct gateway_state *s)
{
    struct flutterwave_answer a;
    struct gateway_state other;
    if (s->outcome != OUTCOME_DONE || s->notice.kind != NOTICE_FAILED)
        return E_OK;
    struct flutterwave_call call = { .call = "query",
        .attempt = in->attempt,
        .path =
            str_fmt(c->arena, "/transactions?tx_ref=%.*s&status=successful", SARG(in->attempt)) };
    TRY(flutterwave_ask(c, &call, &a));
    struct str number = a.outcome == OUTCOME_DONE ? flutterwave_number(c, a.data, "0.id") : S("");
    if (number.n == 0 || str_eq(number, s->notice.payment))
        return E_OK;
    TRY(ask_by_number(c, in, number, &other));
    if (other.outcome == OUTCOME_DONE)
        *s = other;
    return E_OK;
}

static enum err ask_by_reference(
    struct ctx *c, const struct gateway_ask *in, struct gateway_state *s)
{
    struct flutterwave_answer a;
    TRY(query(c, in,
        str_fmt(c->arena, "/transactions/verify_by_reference?tx_ref=%.*s", SARG(in->attempt)), &a,
        s));
    if (s->outcome == OUTCOME_DECLINED) { /* a page nobody has tried to pay on has no payment */
        s->outcome = OUTCOME_DONE;
        s->notice = (struct notice) { .kind = NOTICE_OPENED,
            .name = S("not found"),
            .session_id = in->attempt,
            .attempt = in->attempt };
    }
    hold_to(s, in->attempt, S(""));
    return look_behind(c, in, s);
}

static enum err ask(struct ctx *c, const struct gateway_ask *in, struct gateway_state *ret)
{
    struct gateway_state s = { .outcome = OUTCOME_DECLINED };
    bool numbered = flutterwave_is_number(in->payment), ours = flutterwave_is_ours(in->attempt);
    *ret = (struct gateway_state) { .outcome = OUTCOME_UNKNOWN,
        .refusal = S("Flutterwave cannot be asked about a payment of this name") };
    if (!numbered && !ours)
        return E_OK;
    if (numbered)
        TRY(ask_by_number(c, in, in->payment, &s));
    if (ours && s.outcome == OUTCOME_DECLINED)
        TRY(ask_by_reference(c, in, &s));
    if (in->attempt.n == 0 && !flutterwave_is_ours(s.notice.attempt))
        s.notice.attempt = s.notice.session_id = S(""); /* the account collects for others, too */
    else
        TRY(flutterwave_ask_back(c, in, &s));
    *ret = s;
    return E_OK;
}

static const char *const methods[] = { "card", "mobile_money", "bank", "express", "apple_pay",
    "google_pay", "paypal", NULL };

const struct gateway gateway_flutterwave = {
    .name = S_INIT("flutterwave"),
    .title = S_INIT("Flutterwave"),
    .can =
        GATEWAY_CAN_FIND | GATEWAY_CAN_REFUND | GATEWAY_CAN_PARTIAL_REFUND | GATEWAY_NUMBERS_TRIES,
    .methods = methods,
    .session_least_ms = INT64_C(60) * 1000,
    .session_ms = INT64_C(24) * 3600 * 1000,
    .enabled = enabled,
    .accepts = accepts,
    .takes = takes,
    .open = open,
    .ask = ask,
    .charges = flutterwave_charges,
    .charge = flutterwave_charge,
    .end = end,
    .verify = flutterwave_verify,
    .translate = flutterwave_translate,
    .give_back = flutterwave_give_back,
    .given_back = flutterwave_given_back,
    .examine = flutterwave_examine,
    .amount_in = flutterwave_amount_in,
};
