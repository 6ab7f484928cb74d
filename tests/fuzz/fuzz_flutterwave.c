/* What Flutterwave says: whatever it answers to "create" and "query", whatever body and headers a
 * webhook has.  Nothing is taken for paid that does not say so of our reference, an opened page is
 * one over TLS, an answer that cannot be read is unknown, no webhook is a proof, and no hash or
 * signature holds that we did not make.
 * Input: a byte that chooses the question, two digits' worth of status, the body. */
#include "fake.h"

#define ATTEMPT "att_01hqzzzzzzzzzzzzzzzzzzzzz0"

static bool says_paid(struct str body)
{
    return str_has(body, S("successful")) || str_has(body, S("succeeded")) ||
        str_has(body, S("\\u"));
}

static void check_event(struct ctx *c, const struct gateway *g, struct str body)
{
    struct notice n = { .kind = NOTICE_STRANGE };
    if (g->translate(c, body, &n) != E_OK)
        return;
    must(n.name.n > 0 && !n.proof);
    must(n.kind != NOTICE_PAID || (says_paid(body) && str_eq(n.attempt, n.session_id)));
    must(n.kind == NOTICE_STRANGE || n.kind == NOTICE_NOTED || n.kind == NOTICE_REFUNDED ||
        str_starts(n.attempt, S("att_")) || (n.attempt.n == 0 && n.payment.n > 0));
    must(!n.has_amount || n.amount_minor >= 0);
    gateway_amount(c, GATEWAY_ID_flutterwave, CUR_UGX, &n);
}

static struct str header(const void *self, struct str name)
{
    (void)name;
    return *(const struct str *)self;
}

static int header_count(const void *self, struct str name)
{
    (void)self;
    return str_eq(name, S("verif-hash")) || str_eq(name, S("flutterwave-signature"));
}

static void check_open(struct ctx *c, const struct gateway *g)
{
    struct gateway_line line = { S("Mug"), S("Mug"), 1000, 1, S("") };
    struct gateway_open open = { .attempt = S(ATTEMPT),
        .order = S("ord_x"),
        .description = S("Mug"),
        .total = { 1000, CUR_USD },
        .lines = &line,
        .line_count = 1,
        .method = S("card"),
        .buyer_mail = S("a@example.com"),
        .success_url = S("https://pay.example.com/s"),
        .cancel_url = S("https://pay.example.com/c") };
    struct gateway_session session = { .outcome = OUTCOME_NOT_SENT };
    must(g->open(c, &open, &session) == E_OK);
    must((session.outcome == OUTCOME_DONE) == (session.session_id.n > 0));
    must(session.session_id.n == 0 || str_starts(session.checkout_url, S("https://")));
    must(session.outcome == OUTCOME_DONE || session.refusal.n > 0);
}

static void check_ask(struct ctx *c, const struct gateway *g, struct str body, bool traced)
{
    struct gateway_ask ask = { .attempt = traced ? S("") : S(ATTEMPT),
        .session_id = traced ? S("") : S(ATTEMPT),
        .payment = traced ? S("910000001") : S(""),
        .told = traced ? NOTICE_REFUNDED : NOTICE_STRANGE };
    struct gateway_state state = { .outcome = OUTCOME_NOT_SENT };
    must(g->ask(c, &ask, &state) == E_OK);
    if (state.outcome != OUTCOME_DONE)
        return;
    must(traced ? str_eq(state.notice.payment, ask.payment)
                : str_eq(state.notice.attempt, ask.attempt));
    must(state.notice.kind != NOTICE_PAID || says_paid(body));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    static char url[] = "PURSER_SITE_URL=https://pay.example.com",
                key[] = "FLUTTERWAVE_SECRET_KEY=FLWSECK_TEST-1234567890-X",
                secret[] = "FLUTTERWAVE_SECRET_HASH=0123456789abcdef0123456789abcdef";
    char *env[] = { url, key, secret, NULL };
    struct fake fake;
    fake_open(&fake, "https://api.flutterwave.com/v3/", env, data, size);
    const struct gateway *g = gateway_by_id(GATEWAY_ID_flutterwave);
    struct gateway_webhook in = { S("{}"), header, header_count, &fake.body };
    switch (data[0] % 5) {
    case 0:
        check_event(&fake.c, g, fake.body);
        break;
    case 1:
        must(g->verify(&fake.c, &in) != E_OK);
        break;
    case 2:
        check_open(&fake.c, g);
        break;
    case 3:
        check_ask(&fake.c, g, fake.body, false);
        break;
    default:
        check_ask(&fake.c, g, fake.body, true);
        break;
    }
    fake_close(&fake);
    return 0;
}
