/* What Stripe says: whatever it answers to "create" and "query", whatever body and signature a
 * webhook has.  Nothing is taken for paid that does not say so of our session, an opened session
 * has an id that can stand in a URL, an answer that cannot be read is unknown, a proof names
 * amount, currency, mode and our mark, and no signature holds that we did not make.  A subscription
 * stands as it says itself, its invoices lead nowhere but to pages, and a change is never certain
 * without being seen.
 * Input: a byte that chooses the question, two digits' worth of status, the body. */
#include "fake.h"

static void check_event(struct ctx *c, struct str body)
{
    const struct gateway *g = gateway_by_id(GATEWAY_ID_stripe);
    struct notice n = { .kind = NOTICE_STRANGE };
    if (g->translate(c, body, &n) != E_OK)
        return;
    must(n.event_id.n > 0 && n.name.n > 0 && !n.live);
    must(!n.proof || (n.has_amount && n.currency != CUR_NONE && n.has_mode && n.attempt.n > 0));
    must(n.kind != NOTICE_PAID || str_has(body, S("paid")) || str_has(body, S("succeeded")) ||
        str_has(body, S("no_payment_required")) || str_has(body, S("\\u")));
    must(!n.has_amount || n.amount_minor <= INT64_MAX / 100);
    must(n.kind != NOTICE_SUBSCRIPTION || (n.subscription.n > 0 && !n.proof));
}

static struct str header(const void *self, struct str name)
{
    (void)name;
    return *(const struct str *)self;
}

static int header_count(const void *self, struct str name)
{
    (void)self;
    (void)name;
    return 1;
}

static void check_signature(struct ctx *c, struct str text)
{
    const struct gateway *g = gateway_by_id(GATEWAY_ID_stripe);
    struct gateway_webhook in = { S("{}"), header, header_count, &text };
    must(g->verify(c, &in) != E_OK);
}

static void check_open(struct ctx *c)
{
    const struct gateway *g = gateway_by_id(GATEWAY_ID_stripe);
    struct gateway_line line = { S("Mug"), S("Mug"), 1000, 1, S("") };
    struct gateway_open open = { .attempt = S("att_x"),
        .order = S("ord_x"),
        .description = S("Mug"),
        .total = { 1000, CUR_USD },
        .lines = &line,
        .line_count = 1,
        .buyer_mail = S("a@example.com"),
        .success_url = S("https://pay.example.com/s"),
        .cancel_url = S("https://pay.example.com/c") };
    struct gateway_session session = { .outcome = OUTCOME_NOT_SENT };
    must(g->open(c, &open, &session) == E_OK);
    must((session.outcome == OUTCOME_DONE) == (session.session_id.n > 0));
    must(str_is_visible(session.session_id) && !str_has(session.session_id, S("/")));
    must(session.session_id.n == 0 || str_starts(session.checkout_url, S("https://")));
}

static void check_ask(struct ctx *c, struct str body)
{
    const struct gateway *g = gateway_by_id(GATEWAY_ID_stripe);
    struct gateway_ask ask = {
        .attempt = S("att_x"), .session_id = S("cs_test_1"), .currency = CUR_USD
    };
    struct gateway_state state = { .outcome = OUTCOME_NOT_SENT };
    must(g->ask(c, &ask, &state) == E_OK);
    if (state.outcome != OUTCOME_DONE)
        return;
    must(str_eq(state.notice.session_id, ask.session_id));
    must(state.notice.kind != NOTICE_PAID || str_has(body, S("paid")) ||
        str_has(body, S("no_payment_required")) || str_has(body, S("\\u")));
}

static void check_list(struct ctx *c)
{
    const struct gateway *g = gateway_by_id(GATEWAY_ID_stripe);
    struct gateway_since since = { .from_ms = 0, .to_ms = 1 };
    struct gateway_told told = { .outcome = OUTCOME_NOT_SENT };
    must(g->told(c, &since, &told) == E_OK);
    for (size_t i = 0; told.outcome == OUTCOME_DONE && i < told.count; i++)
        check_event(c, told.body[i]);
}

/* ---- plans: the same answer to every question on the way */

static struct gateway_plan plan(void)
{
    return (struct gateway_plan) { .name = S("Pro"),
        .months = 1,
        .amount = { 1000, CUR_USD },
        .coupon = S("C"),
        .off_minor = 100,
        .off_months = -1,
        .tax_name = S("VAT"),
        .tax_bps = 1900 };
}

static void check_id(struct str id)
{
    must(id.n <= 255 && str_is_visible(id) && !str_has(id, S("/")) && !str_has(id, S("?")));
}

static void check_standing(const struct gateway_standing *s)
{
    must(s->outcome == OUTCOME_DONE || s->refusal.n > 0);
    if (s->outcome != OUTCOME_DONE)
        return;
    must(str_eq(s->reference, S("sub_1")) && s->invoices <= 12);
    must(s->status != STANDING_CANCELED || s->ended_ms > 0);
    for (size_t i = 0; i < s->invoices; i++) {
        const struct gateway_invoice *v = &s->invoice[i];
        check_id(v->id);
        must(v->id.n > 0 && !(v->paid && v->open));
        must(v->page_url.n == 0 || str_starts(v->page_url, S("https://")));
        must(v->total.cur != CUR_NONE && v->total.cur == v->due.cur && v->tax.cur == v->due.cur);
    }
}

static void check_stands(struct ctx *c)
{
    struct gateway_standing s = { .outcome = OUTCOME_NOT_SENT };
    must(gateway_by_id(GATEWAY_ID_stripe)->standing(c, S("sub_1"), &s) == E_OK);
    check_standing(&s);
}

static void check_change(struct ctx *c, int what)
{
    const struct gateway *g = gateway_by_id(GATEWAY_ID_stripe);
    struct gateway_standing s = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_cost cost = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_change in = {
        .reference = S("sub_1"), .key = S("chg_1"), .what = CHANGE_PLAN, .plan = plan()
    };
    in.what = what % 2 == 0 ? CHANGE_PLAN : CHANGE_PLAN_AT_END;
    must(g->try_change(c, &in, &cost) == E_OK);
    must(cost.outcome != OUTCOME_DONE || cost.now.minor >= 0);
    must(g->change(c, &in, &s) == E_OK);
    must(s.outcome == OUTCOME_DONE || s.refusal.n > 0);
}

static void check_plan_page(struct ctx *c)
{
    const struct gateway *g = gateway_by_id(GATEWAY_ID_stripe);
    struct gateway_plan of = plan();
    struct gateway_open open = { .attempt = S("att_x"),
        .order = S("ord_x"),
        .total = { 1071, CUR_USD },
        .buyer_mail = S("a@example.com"),
        .success_url = S("https://pay.example.com/s"),
        .cancel_url = S("https://pay.example.com/c"),
        .plan = &of };
    struct gateway_session session = { .outcome = OUTCOME_NOT_SENT };
    must(g->open(c, &open, &session) == E_OK);
    must((session.outcome == OUTCOME_DONE) == (session.session_id.n > 0));
    check_id(session.session_id);
}

static void check_changed(struct ctx *c)
{
    const struct gateway *g = gateway_by_id(GATEWAY_ID_stripe);
    struct gateway_since since = { .from_ms = 0, .to_ms = 1 };
    struct gateway_told told = { .outcome = OUTCOME_NOT_SENT };
    must(g->changed(c, &since, &told) == E_OK);
    for (size_t i = 0; told.outcome == OUTCOME_DONE && i < told.count; i++)
        check_id(told.body[i]);
}

/* Older inputs choose among the first five. */
static int question(uint8_t byte)
{
    return byte < 128 ? byte % 5 : 5 + byte % 4;
}

static void ask(struct ctx *c, uint8_t byte, struct str body)
{
    switch (question(byte)) {
    case 0:
        check_event(c, body);
        return;
    case 1:
        check_signature(c, body);
        return;
    case 2:
        check_open(c);
        return;
    case 3:
        check_ask(c, body);
        return;
    case 4:
        check_list(c);
        return;
    case 5:
        check_stands(c);
        return;
    case 6:
        check_change(c, byte / 4);
        return;
    case 7:
        check_plan_page(c);
        return;
    default:
        check_changed(c);
        return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    static char url[] = "PURSER_SITE_URL=https://pay.example.com",
                key[] = "STRIPE_SECRET_KEY=sk_test_1234567890",
                secret[] = "STRIPE_WEBHOOK_SECRET=whsec_0123456789abcdef";
    char *env[] = { url, key, secret, NULL };
    struct fake fake;
    fake_open(&fake, "https://api.stripe.com/v1/", env, data, size);
    ask(&fake.c, data[0], fake.body);
    fake_close(&fake);
    return 0;
}
