/* What Eversend says: whatever it answers to a token's request, to a prompt and to a question,
 * whatever body and header a webhook has.  Nothing is taken for paid that does not say so of our
 * reference, a prompt is there only where it says so of ours, an answer that cannot be read is
 * unknown, no webhook is a proof, and no signature holds that we did not make.
 * Input: a byte that chooses the question, one for the status, the body. */
#include "fake.h"
#include "net/pass.h"

#define ATTEMPT "att_01hqzzzzzzzzzzzzzzzzzzzzz0"

static bool says_paid(struct ctx *c, struct str body)
{
    struct str lower = str_lower(c->arena, body);
    return str_has(lower, S("success")) || str_has(lower, S("completed")) ||
        str_has(body, S("\\u"));
}

static void check_event(struct ctx *c, const struct gateway *g, struct str body)
{
    struct notice n = { .kind = NOTICE_STRANGE };
    if (g->translate(c, body, &n) != E_OK)
        return;
    must(n.name.n > 0 && !n.proof);
    must(n.kind != NOTICE_PAID || says_paid(c, body));
    must(n.kind == NOTICE_STRANGE || n.kind == NOTICE_NOTED || n.attempt.n > 0 ||
        (n.session_id.n == 0 && n.payment.n > 0));
    must(!n.has_amount || n.amount_minor >= 0);
}

static struct str header(const void *self, struct str name)
{
    (void)name;
    return *(const struct str *)self;
}

static int header_count(const void *self, struct str name)
{
    (void)self;
    return str_eq(name, S("X-Eversend-Signature"));
}

static void check_prompt(struct ctx *c, const struct gateway *g, struct str body)
{
    const struct gateway_prompt in = { .attempt = S(ATTEMPT),
        .total = { 20000, CUR_UGX },
        .phone = S("+256700000000"),
        .country = S("UG"),
        .code_id = S("VE00"),
        .code = S("123456"),
        .return_url = S("https://pay.example.com/s") };
    struct gateway_prompted p = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_code code;
    struct gateway_fee fee;
    must(g->phone->prompt(c, &in, &p) == E_OK);
    must(p.outcome != OUTCOME_DONE && (p.outcome == OUTCOME_PENDING) == (p.refusal.n == 0));
    must(p.outcome != OUTCOME_PENDING || str_has(body, S("att")) || str_has(body, S("\\u")));
    must(!p.wrong_code || p.outcome == OUTCOME_DECLINED);
    must(g->phone->send_code(c, S(ATTEMPT), in.phone, &code) == E_OK);
    must((code.outcome == OUTCOME_DONE) == (code.id.n > 0));
    must(g->phone->fee(c, in.total, &fee) == E_OK);
    must(fee.fee_minor >= 0 && fee.least_minor >= 0 && fee.most_minor >= 0);
}

static void check_ask(struct ctx *c, const struct gateway *g, struct str body, bool traced)
{
    struct gateway_ask ask = { .attempt = traced ? S("") : S(ATTEMPT),
        .payment = traced ? S("BE11763640000001") : S("") };
    struct gateway_state state = { .outcome = OUTCOME_NOT_SENT };
    must(g->ask(c, &ask, &state) == E_OK);
    if (state.outcome != OUTCOME_DONE)
        return;
    must(traced ? str_eq(state.notice.payment, ask.payment)
                : str_eq(state.notice.attempt, ask.attempt));
    must(state.notice.kind != NOTICE_PAID || says_paid(c, body));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    static char url[] = "PURSER_SITE_URL=https://pay.example.com",
                id[] = "EVERSEND_CLIENT_ID=evs_client",
                key[] = "EVERSEND_CLIENT_SECRET=evs_secret_0123456789",
                secret[] = "EVERSEND_WEBHOOK_SECRET=0123456789abcdef0123456789abcdef";
    char *env[] = { url, id, key, secret, NULL };
    struct fake fake;
    fake_open(&fake, "https://api.eversend.co/v1/", env, data, size);
    const struct gateway *g = gateway_by_id(GATEWAY_ID_eversend);
    struct gateway_webhook in = { S("{}"), header, header_count, &fake.body };
    fake.net.passes = passes_open();
    if (data[0] < 128) /* else it is asked for one first, and answers that with the same */
        pass_keep(&fake.c, S("eversend"), secret_of(S("token")), INT64_MAX);
    switch (data[0] % 5) {
    case 0:
        check_event(&fake.c, g, fake.body);
        break;
    case 1:
        must(g->verify(&fake.c, &in) != E_OK);
        break;
    case 2:
        check_prompt(&fake.c, g, fake.body);
        break;
    case 3:
        check_ask(&fake.c, g, fake.body, false);
        break;
    default:
        check_ask(&fake.c, g, fake.body, true);
        break;
    }
    passes_close(fake.net.passes);
    fake_close(&fake);
    return 0;
}
