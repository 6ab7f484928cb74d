#include "gateway/stripe.h"

#include "base/fault.h"
#include "gateway/exponent.h"

/* Stripe: a hosted page (Checkout) on which one order is paid, once or as the first of many times.
 * Its calls have idempotency keys, its events are signed with a time and name amount, currency and
 * our reference: proofs. */

enum {
    LINES_MAX = 100
};

/* Eight digits: the most that every method of payment takes. */
#define MOST_UNITS INT64_C(99999999)

/* The least that it collects, in our minor units, by the currency of settlement; where none is
 * known here Stripe itself says so. */
static const int64_t least[CUR_COUNT] = {
    [CUR_AED] = 200,
    [CUR_ARS] = 50,
    [CUR_AUD] = 50,
    [CUR_BGN] = 100,
    [CUR_BRL] = 50,
    [CUR_CAD] = 50,
    [CUR_CHF] = 50,
    [CUR_COP] = 50,
    [CUR_CZK] = 1500,
    [CUR_DKK] = 250,
    [CUR_EUR] = 50,
    [CUR_GBP] = 30,
    [CUR_HKD] = 400,
    [CUR_HUF] = 17500,
    [CUR_IDR] = 50,
    [CUR_ILS] = 50,
    [CUR_INR] = 50,
    [CUR_JPY] = 50,
    [CUR_KRW] = 50,
    [CUR_MXN] = 1000,
    [CUR_MYR] = 200,
    [CUR_NOK] = 300,
    [CUR_NZD] = 50,
    [CUR_PHP] = 50,
    [CUR_PLN] = 200,
    [CUR_RON] = 200,
    [CUR_RUB] = 50,
    [CUR_SEK] = 300,
    [CUR_SGD] = 50,
    [CUR_THB] = 1000,
    [CUR_USD] = 50,
    [CUR_ZAR] = 50,
};

static bool enabled(const struct config *config)
{
    return config_has(config, CFG_STRIPE_SECRET_KEY) &&
        config_has(config, CFG_STRIPE_WEBHOOK_SECRET);
}

int64_t stripe_least(enum currency cur)
{
    return least[cur];
}

/* Nothing at all is taken too: a trial begins with a page on which a card is left. */
static enum err accepts(struct ctx *c, struct money total)
{
    struct exponent e;
    int64_t units = 0;
    if (!exponent_of(S("stripe"), total.cur, &e))
        return fail(
            c, INVALID_REQUEST, "Stripe does not take %.*s", SARG(currency_code(total.cur)));
    if (total.minor == 0)
        return E_OK;
    if (total.minor < least[total.cur])
        return fail(c, INVALID_REQUEST, "Stripe takes no less than %.*s",
            SARG(money_text_code(c->arena, (struct money) { least[total.cur], total.cur })));
    if (!exponent_out(total, e, &units) || units < 1 || units > MOST_UNITS)
        return fail(c, INVALID_REQUEST, "Stripe does not take %.*s",
            SARG(money_text_code(c->arena, total)));
    return E_OK;
}

/* ---- opening */

struct str stripe_price(struct ctx *c, struct str listed)
{
    struct str id = listed;
    if (str_starts(id, S("$")) && !config_stripe_price(c->config, str_from(id, 1), &id))
        return S("");
    return id;
}

static struct str item(struct ctx *c, size_t i, const char *rest)
{
    return str_fmt(c->arena, "line_items[%zu]%s", i, rest);
}

static void put_line(struct ctx *c, struct buf *form, size_t i, const struct gateway_line *l,
    enum currency cur, int64_t units)
{
    struct str listed = stripe_price(c, l->listed);
    stripe_put_i64(form, item(c, i, "[quantity]"), l->quantity);
    if (listed.n > 0) {
        stripe_put(form, item(c, i, "[price]"), listed);
        return;
    }
    stripe_put(form, item(c, i, "[price_data][currency]"), str_lower(c->arena, currency_code(cur)));
    stripe_put_i64(form, item(c, i, "[price_data][unit_amount]"), units);
    stripe_put(
        form, item(c, i, "[price_data][product_data][name]"), str_clean(c->arena, l->name, 250));
    stripe_put(form, item(c, i, "[price_data][product_data][description]"),
        str_clean(c->arena, l->description, 500));
}

static void put_mark(struct ctx *c, struct buf *form, const char *at, const struct gateway_open *in)
{
    stripe_put(form, str_fmt(c->arena, "%s[attemptId]", at), in->attempt);
    stripe_put(form, str_fmt(c->arena, "%s[orderId]", at), in->order);
    stripe_put(form, str_fmt(c->arena, "%s[orderNumber]", at), in->order_number);
    if (in->user.n == 0)
        return;
    stripe_put(form, str_fmt(c->arena, "%s[userId]", at), in->user);
    stripe_put(form, str_fmt(c->arena, "%s[email]", at), in->buyer_mail);
}

/* What a session is told does not reach the payment, nor that the charge, nor the subscription:
 * each event shall carry our mark. */
static void put_marks(struct ctx *c, struct buf *form, const struct gateway_open *in)
{
    stripe_put(form, S("client_reference_id"), in->order);
    put_mark(c, form, "metadata", in);
    if (in->plan != NULL) {
        put_mark(c, form, "subscription_data[metadata]", in);
        return;
    }
    put_mark(c, form, "payment_intent_data[metadata]", in);
    stripe_put(form, S("payment_intent_data[description]"), in->order_number);
}

/* Every line in its units, or all of it as one where a line cannot be said in them. */
static void put_lines(
    struct ctx *c, struct buf *form, const struct gateway_open *in, struct exponent e)
{
    struct gateway_open asked = *in;
    int64_t *units = arena_array(c->arena, int64_t, in->line_count + 1);
    if (in->line_count > LINES_MAX)
        gateway_one_line(c, &asked);
    for (size_t i = 0; i < asked.line_count; i++) {
        if (exponent_out((struct money) { asked.lines[i].unit_minor, in->total.cur }, e, &units[i]))
            continue;
        gateway_one_line(c, &asked);
        must(exponent_out(in->total, e, &units[0]));
    }
    stripe_put(form, S("mode"), S("payment"));
    for (size_t i = 0; i < asked.line_count; i++)
        put_line(c, form, i, &asked.lines[i], in->total.cur, units[i]);
}

/* payer: the customer that Stripe knows him as; empty: his address. */
static void put_rest(
    struct ctx *c, struct buf *form, const struct gateway_open *in, struct str payer)
{
    stripe_put(form, S("customer"), payer);
    if (payer.n == 0)
        stripe_put(form, S("customer_email"), in->buyer_mail);
    put_marks(c, form, in);
    stripe_put(form, S("success_url"), in->success_url);
    stripe_put(form, S("cancel_url"), in->cancel_url);
    stripe_put_i64(form, S("expires_at"), in->expires_ms / 1000);
}

/* A price of theirs may have been changed there: nobody shall pay another total than he saw. */
static bool costs_the_same(
    struct ctx *c, struct json_value session, const struct gateway_open *in, struct str *ret_why)
{
    struct notice n = { .kind = NOTICE_STRANGE };
    stripe_session(c, session, &n);
    bool now = n.has_amount && n.currency == in->total.cur && n.amount_minor == in->total.minor;
    bool later = in->plan == NULL || stripe_plan_costs(c, session, in->plan);
    if (now && later)
        return true;
    *ret_why = S("Stripe would collect another amount for each period than the plan costs");
    if (now)
        return false;
    struct str other = n.has_amount
        ? money_text_code(c->arena, (struct money) { n.amount_minor, n.currency })
        : S("another total");
    *ret_why = str_fmt(c->arena, "Stripe would collect %.*s for an order of %.*s", SARG(other),
        SARG(money_text_code(c->arena, in->total)));
    return false;
}

static enum err end(struct ctx *c, const struct gateway_ask *in, enum outcome *ret)
{
    struct stripe_answer a;
    struct stripe_call call = {
        .call = "expire",
        .attempt = in->attempt,
        .path = str_fmt(c->arena, "/v1/checkout/sessions/%.*s/expire", SARG(in->session_id)),
        .key = str_fmt(c->arena, "%.*s-expire", SARG(in->attempt)),
    };
    *ret = OUTCOME_DECLINED;
    if (!stripe_is_id(in->session_id))
        return E_OK;
    TRY(stripe_ask(c, &call, &a));
    *ret = a.outcome;
    return E_OK;
}

static struct str key_of(struct ctx *c, struct str attempt)
{
    return MUTANT(34) ? str_fmt(c->arena, "%.*s-%lld", SARG(attempt), (long long)(c->now_ms / 1000))
                      : attempt;
}

static enum err create(
    struct ctx *c, const struct gateway_open *in, const struct buf *form, struct stripe_answer *ret)
{
    struct str payer = in->plan != NULL ? in->plan->payer : S("");
    struct buf with = BUF(c->arena), without = BUF(c->arena);
    struct stripe_call call = {
        .call = "create",
        .attempt = in->attempt,
        .path = S("/v1/checkout/sessions"),
        .key = key_of(c, in->attempt),
    };
    buf_add(&with, buf_str(form));
    put_rest(c, &with, in, payer);
    call.form = buf_str(&with);
    TRY(stripe_ask(c, &call, ret));
    if (payer.n == 0 || !stripe_refused(ret, "resource_missing", "customer"))
        return E_OK;
    /* He was deleted there: nothing was opened, and he comes as somebody new. */
    buf_add(&without, buf_str(form));
    put_rest(c, &without, in, S(""));
    call.form = buf_str(&without);
    call.key = str_fmt(c->arena, "%.*s-anew", SARG(call.key));
    return stripe_ask(c, &call, ret);
}

/* What Stripe cannot do, refused before it is asked. */
static enum err check(struct ctx *c, const struct gateway_open *in)
{
    TRY(accepts(c, in->total));
    if (in->plan != NULL)
        return accepts(c, in->plan->amount);
    if (in->total.minor == 0)
        return fail(c, INVALID_REQUEST, "there is nothing to collect");
    return E_OK;
}

static enum err judge_page(struct ctx *c, const struct gateway_open *in,
    const struct stripe_answer *a, struct gateway_session *s)
{
    struct str id = json_text(c->arena, a->value, "id");
    struct str url = json_text(c->arena, a->value, "url");
    if (!stripe_is_id(id) || !stripe_is_page(c, url)) {
        s->outcome = OUTCOME_UNKNOWN;
        s->refusal = S("Stripe opened something that is no page");
    } else if (!costs_the_same(c, a->value, in, &s->refusal)) {
        s->outcome = OUTCOME_DECLINED;
        struct gateway_ask page = { .attempt = in->attempt, .session_id = id };
        enum outcome ended = OUTCOME_NOT_SENT;
        TRY(end(c, &page, &ended)); /* or not: nobody knows its address */
    } else {
        s->session_id = id;
        s->checkout_url = url;
        s->expires_ms = stripe_ms_at(a->value, "expires_at");
    }
    return E_OK;
}

static enum err open(struct ctx *c, const struct gateway_open *in, struct gateway_session *ret)
{
    struct stripe_made before = { .outcome = OUTCOME_DONE };
    struct stripe_answer a;
    struct exponent e;
    struct buf form = BUF(c->arena);
    TRY(check(c, in));
    must(exponent_of(S("stripe"), in->total.cur, &e));
    if (in->plan != NULL)
        TRY(stripe_plan_form(c, in, &form, &before));
    else
        put_lines(c, &form, in, e);
    struct gateway_session s = {
        .outcome = before.outcome, .refusal = before.refusal, .reply = before.reply
    };
    if (before.outcome == OUTCOME_DONE) {
        TRY(create(c, in, &form, &a));
        s.outcome = a.outcome;
        s.refusal = a.refusal;
        s.reply = a.reply;
    }
    if (s.outcome == OUTCOME_DONE)
        TRY(judge_page(c, in, &a, &s));
    *ret = s;
    return E_OK;
}

/* ---- asking */

enum about {
    ABOUT_SESSION,
    ABOUT_INVOICE, /* of a subscription: what a renewal is known by */
    ABOUT_PAYMENT
};

static enum about about_of(const struct gateway_ask *in)
{
    return in->session_id.n == 0               ? ABOUT_PAYMENT
        : str_starts(in->session_id, S("in_")) ? ABOUT_INVOICE
                                               : ABOUT_SESSION;
}

static enum err query(
    struct ctx *c, const struct gateway_ask *in, struct str path, struct stripe_answer *ret)
{
    struct stripe_call call = { .call = "query", .attempt = in->attempt, .path = path };
    return stripe_ask(c, &call, ret);
}

static struct str payment_path(struct ctx *c, struct str id)
{
    return str_fmt(c->arena, "/v1/payment_intents/%.*s?expand%%5B%%5D=latest_charge", SARG(id));
}

static struct str path_of(struct ctx *c, enum about about, struct str id)
{
    switch (about) {
    case ABOUT_SESSION:
        return str_fmt(c->arena,
            "/v1/checkout/sessions/%.*s?expand%%5B%%5D=payment_intent.latest_charge"
            "&expand%%5B%%5D=invoice.payments",
            SARG(id));
    case ABOUT_INVOICE:
        return str_fmt(c->arena, "/v1/invoices/%.*s?expand%%5B%%5D=payments", SARG(id));
    case ABOUT_PAYMENT:
        return payment_path(c, id);
    }
    never("three things are asked about");
}

static void read_state(
    struct ctx *c, enum about about, struct json_value object, struct gateway_state *s)
{
    s->notice.name = json_text(c->arena, object, "status");
    if (about == ABOUT_SESSION)
        stripe_session(c, object, &s->notice);
    else if (about == ABOUT_INVOICE)
        stripe_invoice(c, object, &s->notice);
    else
        stripe_payment(c, object, &s->notice);
}

/* What paid an invoice is too deep in it to be expanded with its charge. */
static enum err ask_payment(struct ctx *c, const struct gateway_ask *in, struct gateway_state *s)
{
    struct stripe_answer a;
    if (s->outcome != OUTCOME_DONE || s->notice.kind != NOTICE_PAID ||
        s->notice.subscription.n == 0 || s->notice.payment.n == 0)
        return E_OK;
    TRY(query(c, in, payment_path(c, s->notice.payment), &a));
    s->outcome = a.outcome == OUTCOME_DECLINED ? OUTCOME_UNKNOWN : a.outcome;
    s->refusal = a.refusal;
    s->reply = a.reply;
    stripe_look_further(c, json_at(a.value, "latest_charge"), &s->notice);
    return E_OK;
}

static enum err ask(struct ctx *c, const struct gateway_ask *in, struct gateway_state *ret)
{
    enum about about = about_of(in);
    struct str id = about == ABOUT_PAYMENT ? in->payment : in->session_id;
    struct stripe_answer a;
    *ret = (struct gateway_state) { .outcome = OUTCOME_UNKNOWN,
        .refusal = S("Stripe cannot be asked about a session of this name") };
    if (!stripe_is_id(id)) /* only a webhook could have brought it */
        return E_OK;
    TRY(query(c, in, path_of(c, about, id), &a));
    struct gateway_state s = { .outcome = a.outcome, .refusal = a.refusal, .reply = a.reply };
    read_state(c, about, a.value, &s);
    /* An answer about another one is no answer about ours. */
    if (a.outcome == OUTCOME_DONE &&
        !str_eq(about == ABOUT_PAYMENT ? s.notice.payment : s.notice.session_id, id)) {
        s.outcome = OUTCOME_UNKNOWN;
        s.refusal = S("Stripe answered about something else");
    }
    TRY(ask_payment(c, in, &s));
    *ret = s;
    return E_OK;
}

static const char *const methods[] = { "card", "apple_pay", "google_pay", NULL };

const struct gateway gateway_stripe = {
    .name = S_INIT("stripe"),
    .title = S_INIT("Stripe"),
    .can =
        GATEWAY_CAN_REFUND | GATEWAY_CAN_PARTIAL_REFUND | GATEWAY_CAN_KEYS | GATEWAY_CAN_SUBSCRIBE,
    .methods = methods,
    .session_least_ms = INT64_C(31) * 60 * 1000,
    /* A day by its clock; ours may be ahead. */
    .session_ms = INT64_C(24) * 3600 * 1000 - INT64_C(5) * 60 * 1000,
    .enabled = enabled,
    .accepts = accepts,
    .open = open,
    .ask = ask,
    .end = end,
    .verify = stripe_verify,
    .translate = stripe_translate,
    .give_back = stripe_give_back,
    .given_back = stripe_given_back,
    .told = stripe_told,
    .examine = stripe_examine,
    .standing = stripe_standing,
    .try_change = stripe_try_change,
    .change = stripe_change,
    .portal = stripe_portal,
    .saved = stripe_saved,
    .forget = stripe_forget,
    .changed = stripe_changed,
    .disputes = stripe_disputes,
    .answer = stripe_answer_dispute,
    .upload = stripe_upload,
};
