/* What MoneyMotion says, in both dialects: whatever it answers to "create" and "query", and
 * whatever body a webhook has, nothing is taken for paid that does not say so of our session, an
 * opened session has an id that can stand in a URL, and an answer that cannot be read is unknown.
 * Input: a byte that chooses dialect and question, two digits' worth of status, the body. */
#include "fake.h"

static void check_webhook(struct ctx *c, struct str body)
{
    const struct gateway *g = gateway_by_id(GATEWAY_ID_moneymotion);
    struct notice n = { .kind = NOTICE_STRANGE };
    struct gateway_webhook none = { .body = body };
    (void)none;
    if (g->translate(c, body, &n) != E_OK)
        return;
    must(n.session_id.n > 0 && n.name.n > 0 && !n.proof);
    must(n.kind != NOTICE_PAID || str_has(body, S("complete")) || str_has(body, S("\\u")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    static char url[] = "PURSER_SITE_URL=https://pay.example.com",
                key[] = "MONEYMOTION_API_KEY=mk_test_1234",
                secret[] = "MONEYMOTION_WEBHOOK_SECRET=0123456789abcdef0123456789abcdef",
                trpc[] = "MONEYMOTION_DIALECT=trpc", effect[] = "MONEYMOTION_DIALECT=effect";
    char *env[] = { url, key, secret, (data[0] & 1) != 0 ? effect : trpc, NULL };
    struct fake fake;
    fake_open(&fake, "", env, data, size);
    const struct gateway *g = gateway_by_id(GATEWAY_ID_moneymotion);
    struct gateway_line line = {
        .name = S("Mug"), .description = S("Mug"), .unit_minor = 1000, .quantity = 1
    };
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
    struct gateway_ask ask = {
        .attempt = S("att_x"), .session_id = S("session-1"), .currency = CUR_USD
    };
    struct gateway_state state = { .outcome = OUTCOME_NOT_SENT };
    if ((data[0] & 6) == 0) {
        check_webhook(&fake.c, fake.body);
    } else if ((data[0] & 2) != 0) {
        must(g->open(&fake.c, &open, &session) == E_OK);
        must((session.outcome == OUTCOME_DONE) == (session.session_id.n > 0));
        must(str_is_visible(session.session_id) && !str_has(session.session_id, S("/")));
    } else {
        must(g->ask(&fake.c, &ask, &state) == E_OK);
        must(state.outcome != OUTCOME_DECLINED);
        if (state.outcome == OUTCOME_DONE)
            must(str_eq(state.notice.session_id, ask.session_id));
        if (state.outcome == OUTCOME_DONE && state.notice.kind == NOTICE_PAID)
            must(str_has(fake.body, S("completed")) || str_has(fake.body, S("\\u")));
    }
    fake_close(&fake);
    return 0;
}
