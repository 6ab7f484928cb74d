#include "base/config.h"
#include "sandbox/stripe_billing.h"

/* A session is paid: by a person on the page, by the control routes, by the vendor's command line;
 * and what falls due. */

struct str st_url(struct st *s, const char *path, struct str id)
{
    struct sandbox *sb = s->c->sandbox;
    struct str host = s->r != NULL ? req_header(s->r, S("Host")) : S("");
    if (host.n == 0 || host.n > 255 || !str_is_visible(host))
        host = str_fmt(s->a, "127.0.0.1:%d", sb->server != NULL ? sandbox_port(sb) : 8081);
    return str_fmt(s->a, "http://%.*s%s%.*s", SARG(host), path, SARG(id));
}

/* ---- what became of the intent of a session or an invoice */

static void set_details(struct st *s, struct thing *t, const struct session_paying *in)
{
    static const char empty[] =
        "{\"address\":{\"city\":null,\"country\":\"US\",\"line1\":null,\"line2\":null,"
        "\"postal_code\":\"94107\",\"state\":null},\"business_name\":null,\"email\":null,"
        "\"individual_name\":null,\"name\":null,\"phone\":null,\"tax_exempt\":\"none\","
        "\"tax_ids\":[]}";
    struct tree *details = tree_parse(s->a, str_of_c(empty));
    struct str email = tree_str(t->body, "customer_email");
    tree_set_str_or_null(s->a, details, "email", email.n > 0 ? email : in->email);
    tree_set_str_or_null(s->a, details, "name", in->name);
    tree_set(s->a, t->body, "customer_details", details);
}

enum err st_session_completes(struct st *s, struct thing *t, const char *status)
{
    tree_set_str(s->a, t->body, "status", S("complete"));
    tree_set_str(s->a, t->body, "payment_status", str_of_c(status));
    tree_set_null(s->a, t->body, "url");
    t->turn_ms = 0;
    TRY(st_save(s, t));
    return st_tell(s, "checkout.session.completed", t->body, NULL);
}

/* Complete already, and waiting to be certain. */
static enum err certain(struct st *s, struct thing *t, enum went went)
{
    if (went == WENT_PAID)
        tree_set_str(s->a, t->body, "payment_status", S("paid"));
    TRY(st_save(s, t));
    if (went != WENT_PAID)
        TRY(st_hosted_becomes(s, t->id, HOSTED_EXPIRED, 0));
    return st_tell(s,
        went == WENT_PAID ? "checkout.session.async_payment_succeeded"
                          : "checkout.session.async_payment_failed",
        t->body, NULL);
}

enum err st_went(struct st *s, struct thing *intent, enum went went)
{
    struct thing t;
    if (tree_null(intent->body, "_session"))
        return tree_null(intent->body, "_invoice") ? E_OK : st_invoice_went(s, intent, went);
    TRY(st_own(s, tree_str(intent->body, "_session"), &t));
    if (str_eq(tree_str(t.body, "status"), S("complete")))
        return certain(s, &t, went);
    if (went == WENT_PAID && str_eq(tree_str(t.body, "mode"), S("subscription")))
        TRY(st_subscribed(s, &t, intent));
    switch (went) {
    case WENT_PAID:
        return st_session_completes(s, &t, "paid");
    case WENT_WAITS:
    case WENT_CAPTURABLE:
        return st_session_completes(s, &t, "unpaid");
    case WENT_DECLINED:
    case WENT_ASKS:
        return E_OK; /* open, and another card may be tried */
    }
    never("a payment that went nowhere");
}

/* ---- paying a session */

enum err st_customer_for(
    struct st *s, struct thing *t, const struct session_paying *in, bool always)
{
    struct thing c;
    bool wanted = always || str_eq(tree_str(t->body, "customer_creation"), S("always")) ||
        !tree_null(t->body, "_intent.setup_future_usage");
    if (!wanted || !tree_null(t->body, "customer"))
        return E_OK;
    TRY(st_customer(s, &c));
    tree_set_str_or_null(s->a, c.body, "email", tree_str(t->body, "customer_details.email"));
    tree_set_str_or_null(s->a, c.body, "name", in->name);
    TRY(st_add_and_tell(s, &c, "customer.created"));
    tree_set_str(s->a, t->body, "customer", c.id);
    return E_OK;
}

enum err st_method_of_payer(
    struct st *s, const struct thing *t, const struct session_paying *in, struct thing *ret)
{
    if (in->method.n > 0)
        return st_method(s, in->method, "payment_method", ret);
    *ret = st_method_of(s, in->card);
    struct tree *billing = tree_at(ret->body, "billing_details");
    tree_set_str_or_null(s->a, billing, "name", in->name);
    tree_set_str_or_null(s->a, billing, "email", tree_str(t->body, "customer_details.email"));
    tree_set_str(s->a, billing, "address.country", S("US"));
    tree_set_str(s->a, billing, "address.postal_code", S("94107"));
    return st_add(s, ret);
}

static enum err intent_for(struct st *s, struct thing *t, struct thing *ret)
{
    if (!tree_null(t->body, "payment_intent"))
        return st_own(s, tree_str(t->body, "payment_intent"), ret);
    struct thing fresh =
        st_intent(s, tree_i64(t->body, "amount_total"), tree_str(t->body, "currency"));
    static const char *const own[] = { "id", "amount", "currency", "client_secret", "created" };
    struct tree *body = tree_copy(s->a, tree_at(t->body, "_intent"));
    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        tree_set(s->a, body, own[i], tree_copy(s->a, tree_at(fresh.body, own[i])));
    tree_set_str(s->a, body, "_session", t->id);
    tree_set_str(s->a, body, "_reference", t->id);
    tree_set_str_or_null(s->a, body, "customer", tree_str(t->body, "customer"));
    fresh.body = body;
    TRY(st_add_and_tell(s, &fresh, "payment_intent.created"));
    tree_set_str(s->a, t->body, "payment_intent", fresh.id);
    *ret = fresh;
    return E_OK;
}

static enum err pay_once(
    struct st *s, struct thing *t, const struct session_paying *in, enum went *ret)
{
    struct thing method, intent;
    struct paying_by by = { .authenticated = in->passes,
        .later = in->later,
        .later_fails = in->later_fails,
        .return_url = tree_str(t->body, "success_url") };
    TRY(st_customer_for(s, t, in, false));
    if (tree_i64(t->body, "amount_total") == 0) {
        *ret = WENT_PAID;
        return st_session_completes(s, t, "no_payment_required");
    }
    TRY(st_method_of_payer(s, t, in, &method));
    TRY(intent_for(s, t, &intent));
    TRY(st_save(s, t));
    TRY(st_confirm(s, &intent, &method, &by, ret));
    if (*ret == WENT_PAID && !tree_null(intent.body, "setup_future_usage") &&
        !tree_null(t->body, "customer"))
        TRY(st_attach(s, &method, tree_str(t->body, "customer")));
    return st_went(s, &intent, *ret);
}

static enum err customer_there(struct st *s, const struct thing *session)
{
    struct thing c;
    if (tree_null(session->body, "customer"))
        return E_OK;
    TRY(st_own(s, tree_str(session->body, "customer"), &c));
    return st_is(&c, "customer") ? E_OK
                                 : fail(s->c, CONFLICT, "the customer was deleted in the meantime");
}

enum err st_session_pay(
    struct st *s, struct thing *t, const struct session_paying *in, enum went *ret)
{
    struct discount used = { 0 };
    s->about = t->id;
    TRY(customer_there(s, t));
    set_details(s, t, in);
    if (str_eq(tree_str(t->body, "mode"), S("subscription")))
        TRY(st_subscribe(s, t, in, ret));
    else
        TRY(pay_once(s, t, in, ret));
    TRY(st_own(s, t->id, t));
    used.coupon.body = tree_at(t->body, "_coupon");
    used.coupon.id = tree_str(t->body, "discounts.0.coupon");
    return *ret == WENT_PAID ? st_redeem(s, &used) : E_OK;
}

enum err st_session_open(struct st *s, struct str id, struct thing *ret)
{
    struct thing t = { 0 };
    bool found = false;
    TRY(st_find(s, id, &found, &t));
    if (!found || !st_is(&t, "checkout.session"))
        return fail(s->c, NOT_FOUND, "no simulated gateway has a session %.*s", SARG(id));
    if (!str_eq(tree_str(t.body, "status"), S("open")))
        return fail(s->c, CONFLICT, "this session is %.*s: nobody can pay it any more",
            SARG(tree_str(t.body, "status")));
    *ret = t;
    return E_OK;
}

/* Where the buyer goes: {CHECKOUT_SESSION_ID} becomes the id. */
struct str st_leads_to(struct st *s, const struct thing *t, bool success)
{
    static const struct str names[] = { S_INIT("{CHECKOUT_SESSION_ID}"),
        S_INIT("%7BCHECKOUT_SESSION_ID%7D") };
    struct str url = tree_str(t->body, success ? "success_url" : "cancel_url");
    struct buf b = BUF(s->a);
    while (url.n > 0) {
        size_t cut = 0;
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
            cut = str_starts(url, names[i]) ? names[i].n : cut;
        if (cut > 0)
            buf_add(&b, t->id);
        else
            buf_char(&b, url.p[0]);
        url = str_from(url, cut > 0 ? cut : 1);
    }
    return buf_str(&b);
}

struct str st_session_intent(const struct thing *t)
{
    bool subscribes = str_eq(tree_str(t->body, "mode"), S("subscription"));
    return tree_str(t->body, subscribes ? "_intent_id" : "payment_intent");
}

enum err st_challenge_answered(
    struct st *s, struct thing *intent, bool passed, enum went *ret, struct str *ret_to)
{
    struct str session = tree_str(intent->body, "_session");
    struct str back = tree_str(intent->body, "next_action.redirect_to_url.return_url");
    struct thing t;
    s->about = session;
    TRY(st_challenged(s, intent, passed, ret));
    TRY(st_went(s, intent, *ret));
    if (session.n == 0) {
        bool more = str_has(back, S("?"));
        *ret_to = str_fmt(s->a, "%.*s%spayment_intent=%.*s&redirect_status=%s", SARG(back),
            more ? "&" : "?", SARG(intent->id), *ret == WENT_DECLINED ? "failed" : "succeeded");
        return E_OK;
    }
    TRY(st_own(s, session, &t));
    *ret_to = *ret == WENT_DECLINED ? str_fmt(s->a, "/c/pay/%.*s?failed=1", SARG(session))
                                    : st_leads_to(s, &t, true);
    return E_OK;
}

/* ---- POST /_sandbox/pay */

static struct str digits_of(struct arena *a, struct str text)
{
    struct buf b = BUF(a);
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != ' ' && text.p[i] != '-')
            buf_char(&b, text.p[i]);
    return buf_str(&b);
}

enum err st_card_typed(struct st *s, struct str typed, const struct card **ret)
{
    struct str digits = typed.n > 0 ? digits_of(s->a, typed) : S("4242424242424242");
    const struct card *card = card_by_number(digits);
    if (card == NULL)
        return fail(s->c, INVALID_REQUEST,
            "only test cards pay here, such as 4242 4242 4242 4242; never type a real one");
    *ret = card;
    return E_OK;
}

static enum err read_act(struct st *s, const struct paying *in, struct session_paying *ret)
{
    *ret = (struct session_paying) {
        .name = in->payer.n > 0 ? in->payer : S("Ada Example"),
        .email = S("ada@example.com"),
        .passes = in->act == ACT_SUCCESS || in->act == ACT_CRYPTO,
        .later = in->act == ACT_ASYNC_SUCCESS || in->act == ACT_ASYNC_FAILURE,
        .later_fails = in->act == ACT_ASYNC_FAILURE,
    };
    return st_card_typed(s, in->act == ACT_DECLINE ? S("4000000000000002") : in->card, &ret->card);
}

static void deal(struct st *s, const struct thing *t, enum went went, struct dealt *ret)
{
    ret->status = tree_str(t->body, "status");
    ret->declined = went == WENT_DECLINED;
    if (went == WENT_DECLINED)
        ret->why = s->refusal.message;
    else if (went == WENT_ASKS)
        ret->redirect = st_url(s, "/c/challenge/", st_session_intent(t));
    else
        ret->redirect = st_leads_to(s, t, true);
}

enum err stripe_pay(struct ctx *c, struct str id, const struct paying *in, struct dealt *ret)
{
    struct st s = st_work(c);
    struct thing t;
    struct session_paying paying;
    enum went went = WENT_PAID;
    *ret = (struct dealt) { .session = id, .gateway = S("stripe") };
    TRY(st_session_open(&s, id, &t));
    if (in->act == ACT_CANCEL || in->act == ACT_EXPIRE) {
        if (in->act == ACT_EXPIRE)
            TRY(st_session_expires(&s, &t));
        ret->status = tree_str(t.body, "status");
        ret->redirect = st_leads_to(&s, &t, false);
        return E_OK;
    }
    TRY(read_act(&s, in, &paying));
    TRY(st_session_pay(&s, &t, &paying, &went));
    deal(&s, &t, went, ret);
    return E_OK;
}

/* ---- the vendor's command line pays like this */

enum err v1_page_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "checkout.session", &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_page_confirm(struct st *s)
{
    struct thing t;
    struct session_paying in = { .name = S("Ada Example"), .email = S("ada@example.com") };
    int64_t expected = -1;
    enum went went;
    TRY(st_need(s, "checkout.session", &t));
    TRY(param_str(s, NULL, "payment_method", &in.method));
    TRY(param_i64(s, NULL, "expected_amount", 0, INT64_MAX, &expected));
    if (in.method.n == 0)
        return param_missing(s, NULL, "payment_method");
    if (!str_eq(tree_str(t.body, "status"), S("open")))
        return st_refuse(s, 400, "", S(""), "This Checkout Session is no longer open.");
    if (expected >= 0 && expected != tree_i64(t.body, "amount_total"))
        return st_refuse(s, 400, "", S("expected_amount"), "The amount has changed.");
    TRY(st_session_pay(s, &t, &in, &went));
    s->answer = t.body;
    return E_OK;
}
