#include "sandbox/stripe_money.h"

/* What becomes of a payment intent that is confirmed: a charge, a refusal, a question. */

/* ---- refusals */

static void set_texts(struct st *s, struct tree *error, const struct card *card)
{
    if (card->advice.n > 0)
        tree_set_str(s->a, error, "advice_code", card->advice);
    if (card->decline.n > 0)
        tree_set_str(s->a, error, "decline_code", card->decline);
}

void st_decline(struct st *s, const struct card *card, const struct thing *intent,
    const struct thing *method, struct str charge)
{
    struct tree *more = tree_of(s->a, JSON_OBJECT);
    set_texts(s, more, card);
    if (charge.n > 0)
        tree_set_str(s->a, more, "charge", charge);
    if (intent != NULL)
        tree_set(s->a, more, "payment_intent", tree_copy(s->a, intent->body));
    tree_set(s->a, more, "payment_method", tree_copy(s->a, method->body));
    s->refusal = (struct refusal) {
        .status = 402,
        .type = S("card_error"),
        .code = card->code,
        .param = card->param,
        .message = card->message,
        .more = more,
    };
}

static const struct card asks_off_session = {
    .code = S_INIT("authentication_required"),
    .decline = S_INIT("authentication_required"),
    .message = S_INIT("Your card was declined. This transaction requires authentication."),
};
static const struct card not_authenticated = {
    .code = S_INIT("payment_intent_authentication_failure"),
    .message = S_INIT("The provided PaymentMethod has failed authentication. You can provide "
                      "payment_method_data or a new PaymentMethod to attempt to fulfill this "
                      "PaymentIntent again."),
};
static const struct card debit_failed = {
    .code = S_INIT("payment_method_provider_decline"),
    .decline = S_INIT("generic_decline"),
    .message = S_INIT("The payment was not confirmed in time."),
};

static struct tree *last_error(
    struct st *s, const struct card *why, const struct thing *method, struct str charge)
{
    struct tree *error = tree_of(s->a, JSON_OBJECT);
    set_texts(s, error, why);
    if (charge.n > 0)
        tree_set_str(s->a, error, "charge", charge);
    tree_set_str(s->a, error, "code", why->code);
    tree_set_str(s->a, error, "message", why->message);
    if (why->param.n > 0)
        tree_set_str(s->a, error, "param", why->param);
    tree_set(s->a, error, "payment_method", tree_copy(s->a, method->body));
    tree_set_str(s->a, error, "type", S("card_error"));
    return error;
}

/* ---- charges */

static void set_card(struct st *s, struct tree *charge, const struct thing *method, int64_t amount)
{
    static const char details[] =
        "{\"amount_authorized\":0,\"authorization_code\":\"224755\",\"brand\":\"visa\",\"checks\":"
        "{\"address_line1_check\":null,\"address_postal_code_check\":null,\"cvc_check\":\"pass\"},"
        "\"country\":\"US\",\"electronic_commerce_indicator\":\"07\",\"exp_month\":12,\"exp_year\":2034,\"extended_authorization\":"
        "{\"status\":\"disabled\"},\"fingerprint\":\"\",\"funding\":\"credit\","
        "\"incremental_authorization\":{\"status\":\"unavailable\"},\"installments\":null,"
        "\"last4\":\"\",\"mandate\":null,\"multicapture\":{\"status\":\"unavailable\"},"
        "\"network\":\"visa\",\"network_token\":{\"used\":false},\"network_transaction_id\":null,"
        "\"overcapture\":{\"maximum_amount_capturable\":0,\"status\":\"unavailable\"},"
        "\"regulated_status\":\"unregulated\",\"three_d_secure\":null,\"transaction_link_id\":null,"
        "\"wallet\":null}";
    struct tree *card = tree_parse(s->a, str_of_c(details));
    struct str brand = tree_str(method->body, "card.brand");
    tree_set_i64(s->a, card, "amount_authorized", amount);
    tree_set_i64(s->a, card, "overcapture.maximum_amount_capturable", amount);
    tree_set_str(s->a, card, "brand", brand);
    tree_set_str(s->a, card, "network", brand);
    tree_set_str(s->a, card, "last4", tree_str(method->body, "card.last4"));
    tree_set_str(s->a, card, "fingerprint", tree_str(method->body, "card.fingerprint"));
    tree_set_null(s->a, charge, "payment_method_details");
    tree_set(s->a, charge, "payment_method_details.card", card);
    tree_set_str(s->a, charge, "payment_method_details.type", S("card"));
}

static struct thing charge_of(struct st *s, const struct thing *intent, const struct thing *method)
{
    static const char *const same[] = { "currency", "customer", "description", "metadata",
        "receipt_email", "shipping", "statement_descriptor", "statement_descriptor_suffix",
        "transfer_group", "on_behalf_of", "application_fee_amount", "_invoice", "_reference" };
    struct thing t = st_new(s, "charge");
    int64_t amount = tree_i64(intent->body, "amount");
    for (size_t i = 0; i < ARRAY_LEN(same); i++) {
        struct tree *v = tree_at(intent->body, same[i]);
        if (v != NULL)
            tree_set(s->a, t.body, same[i], tree_copy(s->a, v));
    }
    tree_set_i64(s->a, t.body, "amount", amount);
    tree_set_str(s->a, t.body, "payment_intent", intent->id);
    tree_set_str(s->a, t.body, "payment_method", method->id);
    tree_set_str(s->a, t.body, "_card", tree_str(method->body, "_card"));
    tree_set(
        s->a, t.body, "billing_details", tree_copy(s->a, tree_at(method->body, "billing_details")));
    set_card(s, t.body, method, amount);
    return t;
}

/* Two of the test cards are there for this. */
static void set_risk(struct st *s, struct tree *outcome, struct str last4)
{
    bool highest = str_eq(last4, S("4954")), elevated = str_eq(last4, S("9235"));
    tree_set_str(s->a, outcome, "risk_level",
        highest        ? S("highest")
            : elevated ? S("elevated")
                       : S("normal"));
    tree_set_i64(s->a, outcome, "risk_score", highest ? 88 : elevated ? 69 : 17);
    if (elevated)
        tree_set_str(s->a, outcome, "reason", S("elevated_risk_level"));
}

static void set_outcome(struct st *s, struct thing *charge, const struct card *why)
{
    struct tree *o = tree_of(s->a, JSON_OBJECT);
    bool pays = why == NULL;
    tree_set_str_or_null(s->a, o, "advice_code", pays ? S("") : why->advice);
    tree_set_null(s->a, o, "network_advice_code");
    tree_set_null(s->a, o, "network_decline_code");
    tree_set_str(
        s->a, o, "network_status", pays ? S("approved_by_network") : S("declined_by_network"));
    tree_set_str_or_null(s->a, o, "reason", pays ? S("") : why->decline);
    set_risk(s, o, tree_str(charge->body, "payment_method_details.card.last4"));
    tree_set_str(s->a, o, "seller_message",
        pays ? S("Payment complete.") : S("The bank did not return any further details."));
    tree_set_str(s->a, o, "type", pays ? S("authorized") : S("issuer_declined"));
    tree_set(s->a, charge->body, "outcome", o);
}

static enum err declines(struct st *s, struct thing *intent, const struct thing *method,
    const struct card *why, enum went *ret)
{
    struct thing charge = charge_of(s, intent, method);
    set_outcome(s, &charge, why);
    tree_set_str(s->a, charge.body, "status", S("failed"));
    tree_set_str(s->a, charge.body, "failure_code", why->code);
    tree_set_str(s->a, charge.body, "failure_message", why->message);
    TRY(st_add_and_tell(s, &charge, "charge.failed"));
    tree_set_str(s->a, intent->body, "status", S("requires_payment_method"));
    tree_set_null(s->a, intent->body, "payment_method");
    tree_set_null(s->a, intent->body, "next_action");
    tree_set_str(s->a, intent->body, "latest_charge", charge.id);
    tree_set(s->a, intent->body, "last_payment_error", last_error(s, why, method, charge.id));
    intent->turn_ms = 0;
    TRY(st_save(s, intent));
    TRY(st_tell(s, "payment_intent.payment_failed", intent->body, NULL));
    st_decline(s, why, intent, method, charge.id);
    *ret = WENT_DECLINED;
    return E_OK;
}

/* The money is there: it is in the balance a moment after the charge says so. */
static enum err book(struct st *s, struct thing *charge)
{
    struct thing moved;
    int64_t amount = tree_i64(charge->body, "amount_captured");
    struct str currency = tree_str(charge->body, "currency");
    struct movement m = { "charge", "charge", amount, st_fee(amount), currency, charge->id };
    TRY(st_move(s, &m, &moved));
    tree_set_str(s->a, charge->body, "balance_transaction", moved.id);
    TRY(st_captured(s, tree_str(charge->body, "_reference"), amount, currency));
    return st_save_and_tell(s, charge, "charge.updated");
}

static enum err after_paying(struct st *s, struct thing *charge)
{
    const struct card *card = card_by_number(tree_str(charge->body, "_card"));
    if (card->does == CARD_DISPUTES || card->does == CARD_INQUIRES)
        return st_dispute(s, charge, card->decline, card->does == CARD_INQUIRES);
    return E_OK;
}

static enum err captures(struct st *s, struct thing *intent, struct thing *charge, int64_t amount)
{
    tree_set_i64(s->a, charge->body, "amount_captured", amount);
    tree_set_bool(s->a, charge->body, "captured", true);
    tree_set_str(s->a, intent->body, "status", S("succeeded"));
    tree_set_i64(s->a, intent->body, "amount_received", amount);
    tree_set_i64(s->a, intent->body, "amount_capturable", 0);
    intent->turn_ms = 0;
    return st_save(s, intent);
}

static enum err pays(struct st *s, struct thing *intent, const struct thing *method, enum went *ret)
{
    bool manual = str_eq(tree_str(intent->body, "capture_method"), S("manual"));
    struct thing charge = charge_of(s, intent, method);
    set_outcome(s, &charge, NULL);
    tree_set_str(s->a, charge.body, "status", S("succeeded"));
    tree_set_bool(s->a, charge.body, "paid", true);
    tree_set_str(s->a, charge.body, "receipt_url",
        str_fmt(s->a, "https://pay.stripe.com/receipts/payment/%.*s", SARG(charge.id)));
    tree_set_str(s->a, intent->body, "latest_charge", charge.id);
    tree_set_null(s->a, intent->body, "next_action");
    tree_set_null(s->a, intent->body, "last_payment_error");
    if (manual) {
        tree_set_str(s->a, intent->body, "status", S("requires_capture"));
        tree_set_i64(s->a, intent->body, "amount_capturable", tree_i64(intent->body, "amount"));
        TRY(st_add_and_tell(s, &charge, "charge.succeeded"));
        TRY(st_save(s, intent));
        *ret = WENT_CAPTURABLE;
        return st_tell(s, "payment_intent.amount_capturable_updated", intent->body, NULL);
    }
    TRY(captures(s, intent, &charge, tree_i64(intent->body, "amount")));
    TRY(st_add_and_tell(s, &charge, "charge.succeeded"));
    TRY(st_tell(s, "payment_intent.succeeded", intent->body, NULL));
    TRY(book(s, &charge));
    *ret = WENT_PAID;
    return after_paying(s, &charge);
}

enum err st_capture(struct st *s, struct thing *intent, int64_t amount)
{
    struct thing charge;
    TRY(st_own(s, tree_str(intent->body, "latest_charge"), &charge));
    TRY(captures(s, intent, &charge, amount));
    TRY(st_save_and_tell(s, &charge, "charge.captured"));
    TRY(st_tell(s, "payment_intent.succeeded", intent->body, NULL));
    TRY(book(s, &charge));
    return after_paying(s, &charge);
}

/* ---- confirming */

static bool asks(const struct card *card, const struct thing *method, const struct paying_by *by)
{
    bool saved = tree_str(method->body, "customer").n > 0;
    if (by->authenticated)
        return false;
    return card->does == CARD_ASKS || card->does == CARD_ASKS_THEN_DECLINES ||
        (card->does == CARD_ASKS_UNLESS_SAVED && !(by->off_session && saved));
}

static enum err waits(struct st *s, struct thing *intent, const struct paying_by *by)
{
    enum {
        CERTAIN_MS = 60 * 1000
    };
    tree_set_str(s->a, intent->body, "status", S("processing"));
    tree_set_bool(s->a, intent->body, "_fails", by->later_fails);
    intent->turn_ms = s->c->now_ms + CERTAIN_MS;
    TRY(st_save(s, intent));
    return st_tell(s, "payment_intent.processing", intent->body, NULL);
}

static enum err question(struct st *s, struct thing *intent, const struct paying_by *by)
{
    struct tree *action = tree_of(s->a, JSON_OBJECT);
    struct str url = st_url(s, "/c/challenge/", intent->id);
    tree_set_str_or_null(s->a, action, "redirect_to_url.return_url", by->return_url);
    tree_set_str(s->a, action, "redirect_to_url.url", url);
    tree_set_str(s->a, action, "type", S("redirect_to_url"));
    tree_set(s->a, intent->body, "next_action", action);
    tree_set_str(s->a, intent->body, "status", S("requires_action"));
    TRY(st_save(s, intent));
    return st_tell(s, "payment_intent.requires_action", intent->body, NULL);
}

enum err st_confirm(struct st *s, struct thing *intent, struct thing *method,
    const struct paying_by *by, enum went *ret)
{
    const struct card *card = st_card(method);
    tree_set_str(s->a, intent->body, "payment_method", method->id);
    if (by->later) {
        *ret = WENT_WAITS;
        return waits(s, intent, by);
    }
    if (asks(card, method, by) && by->off_session)
        return declines(s, intent, method, &asks_off_session, ret);
    if (asks(card, method, by)) {
        *ret = WENT_ASKS;
        return question(s, intent, by);
    }
    if (card->code.n > 0)
        return declines(s, intent, method, card, ret);
    return pays(s, intent, method, ret);
}

enum err st_challenged(struct st *s, struct thing *intent, bool passed, enum went *ret)
{
    struct thing method;
    TRY(st_own(s, tree_str(intent->body, "payment_method"), &method));
    if (!passed)
        return declines(s, intent, &method, &not_authenticated, ret);
    return st_confirm(s, intent, &method, &(struct paying_by) { .authenticated = true }, ret);
}

enum err st_processed(struct st *s, struct thing *intent, enum went *ret)
{
    struct thing method;
    TRY(st_own(s, tree_str(intent->body, "payment_method"), &method));
    if (tree_true(intent->body, "_fails"))
        return declines(s, intent, &method, &debit_failed, ret);
    return pays(s, intent, &method, ret);
}

enum err st_cancel_intent(struct st *s, struct thing *intent, struct str reason)
{
    tree_set_str(s->a, intent->body, "status", S("canceled"));
    tree_set_i64(s->a, intent->body, "canceled_at", st_now(s));
    tree_set_str_or_null(s->a, intent->body, "cancellation_reason", reason);
    tree_set_null(s->a, intent->body, "next_action");
    tree_set_i64(s->a, intent->body, "amount_capturable", 0);
    intent->turn_ms = 0;
    TRY(st_save(s, intent));
    return st_tell(s, "payment_intent.canceled", intent->body, NULL);
}
