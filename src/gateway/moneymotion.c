#include "gateway/gateway.h"

#include "base/crypto.h"
#include "base/json.h"
#include "gateway/exponent.h"

/* MoneyMotion: a hosted page for cards and crypto.  It has neither idempotency keys nor a look-up
 * by our reference, no refunds by API, and its webhooks carry no currency, time or event id: they
 * are hints unless MONEYMOTION_CONFIRM says otherwise. */

static bool enabled(const struct config *config)
{
    return config_has(config, CFG_MONEYMOTION_API_KEY) &&
        config_has(config, CFG_MONEYMOTION_WEBHOOK_SECRET);
}

/* How it counts this currency: HUF is two digits in ISO and none at its own plugin, so it is only
 * taken when somebody has found out. */
static bool units_of(struct ctx *c, enum currency cur, struct exponent *ret)
{
    if (cur == CUR_HUF && config_has(c->config, CFG_MONEYMOTION_HUF_EXPONENT)) {
        *ret = (struct exponent) { (int)config_i64(c->config, CFG_MONEYMOTION_HUF_EXPONENT), 1 };
        return true;
    }
    return exponent_of(S("moneymotion"), cur, ret);
}

static enum err accepts(struct ctx *c, struct money total)
{
    struct exponent e;
    int64_t units = 0;
    if (!units_of(c, total.cur, &e))
        return fail(c, INVALID_REQUEST, "MoneyMotion does not take %.*s here",
            SARG(currency_code(total.cur)));
    if (!exponent_out(total, e, &units) || units < 1)
        return fail(c, INVALID_REQUEST, "MoneyMotion does not take %.*s",
            SARG(money_text_code(c->arena, total)));
    return E_OK;
}

/* ---- the wire */

static bool effect(struct ctx *c)
{
    return str_eq(config_str(c->config, CFG_MONEYMOTION_DIALECT), S("effect"));
}

static void add_header(struct net_request *q, struct str name, struct str value)
{
    q->headers[q->header_count++] = (struct net_header) { name, value };
}

static struct net_request request(
    struct ctx *c, struct str call, struct str attempt, enum currency cur)
{
    struct net_request q = {
        .gateway = S("moneymotion"),
        .call = call,
        .attempt = attempt,
        .method = S("POST"),
        .private_target = true, /* the address is the owner's own configuration */
    };
    struct secret key = { .bytes_ = S("") };
    config_secret(c->config, CFG_MONEYMOTION_API_KEY, 0, &key);
    add_header(&q, S("x-api-key"), key.bytes_);
    add_header(&q, S("x-currency"), currency_code(cur));
    add_header(&q, S("Content-Type"), effect(c) ? S("application/ndjson") : S("application/json"));
    if (effect(c))
        add_header(&q, S("Accept"), S("application/ndjson"));
    return q;
}

static struct str address(struct ctx *c, const char *path)
{
    return str_fmt(c->arena, "%.*s%.*s%s", SARG(config_str(c->config, CFG_MONEYMOTION_API_URL)),
        SARG(config_str(c->config, CFG_MONEYMOTION_TRPC_PREFIX)), path);
}

static struct str rpc_address(struct ctx *c)
{
    return str_fmt(c->arena, "%.*s/rpc", SARG(config_str(c->config, CFG_MONEYMOTION_API_URL)));
}

static void payload(
    struct json *j, const char *name, const struct gateway_open *in, const int64_t *units)
{
    json_open(j, name, '{');
    json_str(j, "description", in->description);
    json_open(j, "urls", '{');
    json_str(j, "success", in->success_url);
    json_str(j, "cancel", in->cancel_url);
    json_str(j, "failure", in->cancel_url);
    json_close(j, '}');
    json_open(j, "userInfo", '{');
    json_str(j, "email", in->buyer_mail);
    json_close(j, '}');
    json_open(j, "lineItems", '[');
    for (size_t i = 0; i < in->line_count; i++) {
        json_open(j, NULL, '{');
        json_str(j, "name", in->lines[i].name);
        json_str(j, "description", in->lines[i].description);
        json_i64(j, "pricePerItemInCents", units[i]);
        json_i64(j, "quantity", in->lines[i].quantity);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_open(j, "metadata", '{');
    json_str(j, "orderId", in->order);
    json_str(j, "attemptId", in->attempt);
    json_close(j, '}');
    json_close(j, '}');
}

static struct str body_of(struct ctx *c, const struct gateway_open *in, const int64_t *units)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    if (effect(c)) {
        json_str(&j, "_tag", S("Request"));
        json_str(&j, "id", S("0"));
        json_str(&j, "tag", S("CheckoutSessionsCreateCheckoutSession"));
        payload(&j, "payload", in, units);
        json_open(&j, "headers", '[');
        json_close(&j, ']');
    } else {
        payload(&j, "json", in, units);
    }
    json_close(&j, '}');
    if (effect(c))
        buf_char(&b, '\n'); /* without it a stock server answers 200 with nothing */
    return buf_str(&b);
}

/* ---- answers */

struct answer_read {
    bool ok;                 /* it holds a value */
    struct json_value value; /* of success */
    struct str refusal;      /* its own words, cut */
};

/* The first message in a tree of causes: Fail, Die, Sequential, Parallel. */
static struct str cause_text(struct ctx *c, struct json_value cause, int depth)
{
    static const char *const at[] = { "error.message", "error.code", "defect.message", "defect" };
    struct str found = S("");
    for (size_t i = 0; i < ARRAY_LEN(at) && found.n == 0; i++)
        found = json_text(c->arena, cause, at[i]);
    if (found.n == 0 && depth < 8 && json_at(cause, "left").kind == JSON_OBJECT)
        found = cause_text(c, json_at(cause, "left"), depth + 1);
    if (found.n == 0 && depth < 8 && json_at(cause, "right").kind == JSON_OBJECT)
        found = cause_text(c, json_at(cause, "right"), depth + 1);
    return found;
}

/* NDJSON: the first Exit or Defect counts, whatever stands around it. */
static void read_lines(struct ctx *c, struct str body, struct answer_read *ret)
{
    struct str line;
    for (bool more = true; more;) {
        more = str_cut(body, '\n', &line, &body);
        if (line.n == 0 || json_check(c, line) != E_OK)
            continue;
        struct json_value v = json_root(line);
        if (json_is(json_at(v, "_tag"), "Defect")) {
            struct str words = json_text(c->arena, v, "defect");
            ret->refusal = words.n > 0 ? words : json_text(c->arena, v, "defect.message");
            return;
        }
        if (!json_is(json_at(v, "_tag"), "Exit"))
            continue;
        ret->ok = json_is(json_at(v, "exit._tag"), "Success");
        ret->value = json_at(v, "exit.value");
        if (!ret->ok)
            ret->refusal = cause_text(c, json_at(v, "exit.cause"), 0);
        return;
    }
    err_clear(c);
}

static void read_object(struct ctx *c, struct str body, struct answer_read *ret)
{
    static const char *const words[] = { "error.json.message", "error.message", "message" };
    if (json_check(c, body) != E_OK) {
        err_clear(c);
        return;
    }
    struct json_value v = json_root(body);
    ret->value = json_at(v, "result.data.json");
    ret->ok = ret->value.kind == JSON_OBJECT;
    for (size_t i = 0; i < ARRAY_LEN(words) && ret->refusal.n == 0; i++)
        ret->refusal = json_text(c->arena, v, words[i]);
}

static struct answer_read read_answer(struct ctx *c, const struct net_reply *reply)
{
    struct answer_read a = { .ok = false, .refusal = S("") };
    if (reply->outcome != OUTCOME_DONE)
        return a;
    if (effect(c))
        read_lines(c, reply->body, &a);
    else
        read_object(c, reply->body, &a);
    err_clear(c);
    return a;
}

/* What an answer without a value means.  Its body is read first, its status second; a definite no
 * is one that it worded itself. */
static enum outcome judge(const struct net_reply *reply, const struct answer_read *a)
{
    enum outcome by_status = net_judge(reply);
    if (reply->outcome != OUTCOME_DONE)
        return reply->outcome;
    if (by_status != OUTCOME_DONE)
        return by_status;
    return a->refusal.n > 0 ? OUTCOME_DECLINED : OUTCOME_UNKNOWN;
}

static struct str refusal_of(
    struct ctx *c, const struct net_reply *reply, const struct answer_read *a)
{
    if (reply->outcome != OUTCOME_DONE)
        return reply->why;
    if (a->refusal.n > 0)
        return str_fmt(c->arena, "MoneyMotion answered %d: %.*s", reply->status,
            SARG(gateway_words(c, a->refusal)));
    return str_fmt(c->arena, "MoneyMotion answered %d with nothing readable", reply->status);
}

/* ---- opening */

static bool is_session_id(struct str s)
{
    bool is_word = str_is_visible(s) && !str_has(s, S("/")) && !str_has(s, S("?"));
    return s.n >= 1 && s.n <= 128 && is_word;
}

/* Unit prices as it counts them: of the lines, or of all of it as one. */
static enum err to_units(struct ctx *c, struct gateway_open *in, int64_t **ret)
{
    struct exponent e = { .digits = 0 };
    int64_t *units = arena_array(c->arena, int64_t, in->line_count + 1);
    TRY(accepts(c, in->total));
    must(units_of(c, in->total.cur, &e));
    for (size_t i = 0; i < in->line_count; i++) {
        if (exponent_out((struct money) { in->lines[i].unit_minor, in->total.cur }, e, &units[i]))
            continue;
        gateway_one_line(c, in);
        must(exponent_out(in->total, e, &units[0]));
    }
    *ret = units;
    return E_OK;
}

static enum err open(struct ctx *c, const struct gateway_open *in, struct gateway_session *ret)
{
    struct net_request q = request(c, S("create"), in->attempt, in->total.cur);
    struct gateway_session s = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_open asked = *in;
    int64_t *units = NULL;
    TRY(to_units(c, &asked, &units));
    q.url = effect(c) ? rpc_address(c) : address(c, "/checkoutSessions.createCheckoutSession");
    q.body = body_of(c, &asked, units);
    TRY(net_call(c, &q, &s.reply));
    struct answer_read a = read_answer(c, &s.reply);
    struct str id = a.ok ? json_text(c->arena, a.value, "checkoutSessionId") : S("");
    if (is_session_id(id)) {
        s.outcome = OUTCOME_DONE;
        s.session_id = id;
        s.checkout_url = str_fmt(c->arena, "%.*s/%.*s",
            SARG(config_str(c->config, CFG_MONEYMOTION_CHECKOUT_URL)), SARG(id));
    } else {
        s.outcome = judge(&s.reply, &a);
        s.refusal = refusal_of(c, &s.reply, &a);
    }
    *ret = s;
    return E_OK;
}

/* ---- asking */

static enum notice_kind kind_of_status(struct json_value status)
{
    static const struct {
        const char *word;
        enum notice_kind kind;
    } words[] = {
        { "pending", NOTICE_OPENED },
        { "completed", NOTICE_PAID },
        { "failed", NOTICE_FAILED },
        { "expired", NOTICE_EXPIRED },
        { "refunded", NOTICE_REFUNDED },
        { "disputed", NOTICE_DISPUTED },
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (json_is(status, words[i].word))
            return words[i].kind;
    return NOTICE_STRANGE;
}

/* An amount in its units and a currency, into ours; false when they do not fit together. */
static bool amount_in(struct ctx *c, int64_t units, enum currency cur, struct money *ret)
{
    struct exponent e;
    return cur != CUR_NONE && units_of(c, cur, &e) && exponent_in(units, cur, e, ret);
}

static void take_amount(struct ctx *c, struct json_value v, enum currency cur, struct notice *n)
{
    struct money m = { 0, cur };
    int64_t units = 0;
    n->has_amount = json_to_i64(v, &units) && amount_in(c, units, cur, &m);
    n->amount_minor = m.minor;
}

static struct str status_url(struct ctx *c, struct str id)
{
    struct str query = config_str(c->config, CFG_MONEYMOTION_STATUS_QUERY);
    struct str base = address(c, "/checkoutSessions.getCompletedOrPendingCheckoutSessionInfo");
    struct str dotted = str_fmt(c->arena, "json.checkoutId=%.*s", SARG(id));
    struct str input = str_fmt(c->arena,
        "input=%%7B%%22json%%22%%3A%%7B%%22checkoutId%%22%%3A%%22%.*s%%22%%7D%%7D", SARG(id));
    if (str_eq(query, S("dotted")))
        return str_fmt(c->arena, "%.*s?%.*s", SARG(base), SARG(dotted));
    if (str_eq(query, S("input")))
        return str_fmt(c->arena, "%.*s?%.*s", SARG(base), SARG(input));
    return str_fmt(c->arena, "%.*s?%.*s&%.*s", SARG(base), SARG(dotted), SARG(input));
}

static void ask_by_rpc(struct ctx *c, struct net_request *q, struct str id)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "_tag", S("Request"));
    json_str(&j, "id", S("0"));
    json_str(&j, "tag", config_str(c->config, CFG_MONEYMOTION_EFFECT_STATUS_TAG));
    json_open(&j, "payload", '{');
    json_str(&j, "checkoutId", id);
    json_close(&j, '}');
    json_open(&j, "headers", '[');
    json_close(&j, ']');
    json_close(&j, '}');
    buf_char(&b, '\n');
    q->url = rpc_address(c);
    q->body = buf_str(&b);
}

static enum err ask(struct ctx *c, const struct gateway_ask *in, struct gateway_state *ret)
{
    struct net_request q = request(c, S("query"), in->attempt, in->currency);
    struct gateway_state s = { .outcome = OUTCOME_NOT_SENT };
    *ret = (struct gateway_state) { .outcome = OUTCOME_UNKNOWN,
        .refusal = S("MoneyMotion cannot be asked about a session of this name") };
    if (!is_session_id(in->session_id)) /* only a webhook could have brought it */
        return E_OK;
    if (effect(c)) {
        ask_by_rpc(c, &q, in->session_id);
    } else {
        q.method = S("GET");
        q.url = status_url(c, in->session_id);
    }
    TRY(net_call(c, &q, &s.reply));
    struct answer_read a = read_answer(c, &s.reply);
    s.outcome = judge(&s.reply, &a);
    s.refusal = refusal_of(c, &s.reply, &a);
    if (a.ok) {
        struct str id = json_text(c->arena, a.value, "id"),
                   cur = json_text(c->arena, a.value, "totalPrice.currency");
        struct notice n = {
            .kind = kind_of_status(json_at(a.value, "status")),
            .name = json_text(c->arena, a.value, "status"),
            .session_id = id,
        };
        currency_parse(cur, &n.currency);
        /* A currency that nobody knows is said all the same: then no amount is ours. */
        take_amount(c, json_at(a.value, "totalPrice.amountInCents"),
            cur.n > 0 ? n.currency : in->currency, &n);
        /* An answer about another session is no answer about ours. */
        bool about_ours = str_eq(id, in->session_id);
        s.outcome = about_ours ? OUTCOME_DONE : OUTCOME_UNKNOWN;
        if (!about_ours)
            s.refusal = S("MoneyMotion answered about another session");
        s.notice = n;
    } else if (s.outcome == OUTCOME_DECLINED) {
        /* 404 there means "not completed or pending": no proof of anything. */
        s.outcome = OUTCOME_UNKNOWN;
    }
    *ret = s;
    return E_OK;
}

/* ---- webhooks */

static enum err bad_signature(struct ctx *c)
{
    return fail(c, BAD_SIGNATURE, "the signature does not hold");
}

/* The header that counts is the first of the configured ones that is there, and it is there once.
 */
static enum err signature_of(struct ctx *c, const struct gateway_webhook *in, struct str *ret)
{
    struct str name;
    for (size_t i = 0; config_item(c->config, CFG_MONEYMOTION_SIG_HEADERS, i, &name); i++) {
        int times = in->header_count(in->self, name);
        if (times == 0)
            continue;
        if (times > 1)
            return bad_signature(c);
        struct str text = str_trim(in->header(in->self, name)), raw;
        if (text.n != 88 || !base64_parse(c->arena, text, &raw) || raw.n != 64)
            return bad_signature(c);
        *ret = raw;
        return E_OK;
    }
    return bad_signature(c);
}

static enum err verify(struct ctx *c, const struct gateway_webhook *in)
{
    struct str given, ours;
    struct secret key;
    bool ok = false;
    TRY(signature_of(c, in, &given));
    for (size_t i = 0; config_secret(c->config, CFG_MONEYMOTION_WEBHOOK_SECRET, i, &key); i++) {
        TRY(hmac_sign(c, HMAC_SHA512, key, in->body, &ours));
        ok = bytes_equal_secret(ours, given) || ok;
    }
    return ok ? E_OK : bad_signature(c);
}

static enum notice_kind kind_of_event(struct json_value event)
{
    static const struct {
        const char *word;
        enum notice_kind kind;
    } words[] = {
        { "checkout_session:new", NOTICE_OPENED },
        { "checkout_session:complete", NOTICE_PAID },
        { "checkout_session:expired", NOTICE_EXPIRED },
        { "checkout_session:refunded", NOTICE_REFUNDED },
        { "checkout_session:disputed", NOTICE_DISPUTED },
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (json_is(event, words[i].word))
            return words[i].kind;
    return NOTICE_STRANGE;
}

/* storeId is compared with nothing, because nothing else tells ours: neither the session that we
 * open nor the answer about it.  That a payment is of this account is shown by the secret that
 * signed its webhook, and by the gateway knowing its session under our key (R26, note 33). */
static enum err translate(struct ctx *c, struct str body, struct notice *ret)
{
    TRY(json_check(c, body));
    struct json_value v = json_root(body), session = json_at(v, "checkoutSession");
    struct notice n = {
        .kind = kind_of_event(json_at(v, "event")),
        .name = json_text(c->arena, v, "event"),
        .session_id = json_text(c->arena, session, "id"),
        .attempt = json_text(c->arena, session, "metadata.attemptId"),
        .method_type = json_text(c->arena, v, "customer.paymentMethodInfo.type"),
        .method_brand = json_text(c->arena, v, "customer.paymentMethodInfo.cardBrand"),
        .method_last4 = json_text(c->arena, v, "customer.paymentMethodInfo.lastFourDigits"),
        .proof = str_eq(config_str(c->config, CFG_MONEYMOTION_CONFIRM), S("webhook")),
    };
    if (n.session_id.n > 128)
        n.session_id = S("");
    if (n.name.n == 0 || (n.session_id.n == 0 && n.kind != NOTICE_STRANGE))
        return fail(c, INVALID_REQUEST, "the event names no session");
    /* Which currency its units count is known only to the session that we opened. */
    n.in_units = true;
    n.has_amount = json_to_i64(json_at(session, "totalInCents"), &n.amount_minor);
    *ret = n;
    return E_OK;
}

static const char *const methods[] = { "card", "crypto", NULL };

const struct gateway gateway_moneymotion = {
    .name = S_INIT("moneymotion"),
    .title = S_INIT("MoneyMotion"),
    .can = GATEWAY_HINTS_SETTLE,
    .methods = methods,
    .session_ms = INT64_C(24) * 3600 * 1000,
    .enabled = enabled,
    .accepts = accepts,
    .open = open,
    .ask = ask,
    .verify = verify,
    .translate = translate,
    .amount_in = amount_in,
};
