#include "gateway/flutterwave.h"
#include "gateway/flutterwave_fixture.h"

/* Charging a card again, without its holder. */

#define TOKEN "flw-t1nf-00112233445566778899aabbccddeeff-m03k"

static struct wire *charging(struct test *t)
{
    return flutterwave_wire_with(t, "FLUTTERWAVE_CHARGE_AGAIN=yes", NULL);
}

/* FW-RQ-05, under a reference of ours. */
static struct gateway_charge renewal(void)
{
    return (struct gateway_charge) { .attempt = S(FW_ATTEMPT),
        .description = S("Pro monthly renewal"),
        .total = { 2999, CUR_USD },
        .payer = S(TOKEN " ada@example.com"),
        .name = S("Ada Example") };
}

static struct gateway_state charge(struct wire *w, struct gateway_charge in)
{
    struct test *t = w->t;
    struct gateway_state s = { .outcome = OUTCOME_NOT_SENT };
    EXPECT_OK(FLUTTERWAVE->charge(t->c, &in, &s));
    return s;
}

TEST("a card is charged again as it was recorded, with the mail that its token is bound to")
{
    struct wire *w = charging(t);
    w->body =
        flutterwave_replaced(t, flutterwave_fixture("FW-RS-15"), "ord_9f2c41a7_r2", FW_ATTEMPT).p;
    struct gateway_state s = charge(w, renewal());
    EXPECT_STR(w->asked[0].url, S("https://api.flutterwave.com/v3/tokenized-charges"));
    struct str body =
        flutterwave_replaced(t, flutterwave_fixture("FW-RQ-05"), "ord_9f2c41a7_r2", FW_ATTEMPT);
    EXPECT_STR(w->asked[0].body, flutterwave_replaced(t, body, "\"ip\":\"192.0.2.10\",", ""));
    EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DONE));
    EXPECT_I64(s.notice.kind, NOTICE_PAID);
    EXPECT(s.notice.amount_minor == 2999 && s.notice.currency == CUR_USD && s.notice.has_amount);
    EXPECT_STR(s.notice.payment, S("910000010"));
    EXPECT_STR(s.notice.attempt, S(FW_ATTEMPT));
    EXPECT_STR(s.notice.payer, S(TOKEN " ada@example.com"));
}

TEST("R15 what may have been charged is unknown, and only Flutterwave's own no is a no")
{
    static const struct {
        int status;
        const char *body;
        enum outcome outcome;
    } rows[] = {
        { 400, "FW-RS-06", OUTCOME_DECLINED },
        { 401, "FW-RS-05", OUTCOME_NOT_SENT }, /* our key, and not this card */
        { 403, "FW-RS-05", OUTCOME_NOT_SENT },
        { 200, "FW-RS-06", OUTCOME_DECLINED },
        { 429, "FW-RS-06", OUTCOME_NOT_SENT },
        { 409, "FW-RS-06", OUTCOME_UNKNOWN },
        { 503, "FW-RS-07", OUTCOME_UNKNOWN },
        { 0, "FW-RS-07", OUTCOME_UNKNOWN },
        { 200, "FW-RS-15", OUTCOME_UNKNOWN }, /* about another reference */
        { 200, "FW-RS-09", OUTCOME_UNKNOWN },
    };
    struct wire *w = charging(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        w->status = rows[i].status;
        w->body = flutterwave_fixture(rows[i].body).p;
        struct gateway_state s = charge(w, renewal());
        EXPECT_STR(outcome_text(s.outcome), outcome_text(rows[i].outcome));
        EXPECT(s.refusal.n > 0);
    }
}

TEST("nothing is charged without a card, nor where its owner did not say that it may be")
{
    static const char *const payers[] = { "", "x", " ", TOKEN, TOKEN " ", " ada@example.com",
        TOKEN " a b" };
    struct wire *w = charging(t);
    for (size_t i = 0; i < ARRAY_LEN(payers); i++) {
        struct gateway_charge in = renewal();
        in.payer = str_of_c(payers[i]);
        EXPECT_STR(outcome_text(charge(w, in).outcome), outcome_text(OUTCOME_DECLINED));
    }
    EXPECT_I64((int64_t)w->asks, 0);
    w = flutterwave_wire(t);
    EXPECT_STR(outcome_text(charge(w, renewal()).outcome), outcome_text(OUTCOME_DECLINED));
    EXPECT(!FLUTTERWAVE->charges(t->c->config) && w->asks == 0);
    /* And what could be charged again is not even kept. */
    struct gateway_state s = { .outcome = OUTCOME_NOT_SENT };
    struct gateway_ask ask = { .attempt = S(FW_ATTEMPT), .payment = S("910000001") };
    w->body = flutterwave_ours(t, "FW-RS-02");
    EXPECT_OK(FLUTTERWAVE->ask(t->c, &ask, &s));
    EXPECT(s.notice.kind == NOTICE_PAID && s.notice.payer.n == 0);
}

TEST("a charge names a country: the buyer's, else the one of its currency")
{
    static const struct {
        enum currency cur;
        const char *said, *country;
    } rows[] = {
        { CUR_USD, "", "US" },
        { CUR_USD, "DE", "DE" },
        { CUR_NGN, "", "NG" },
        { CUR_XOF, "", "CI" },
        { CUR_UGX, "KE", "KE" },
    };
    struct wire *w = charging(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_charge in = renewal();
        in.total.cur = rows[i].cur;
        in.country = str_of_c(rows[i].said);
        charge(w, in);
        EXPECT(str_has(w->asked[i].body,
            str_fmt(t->c->arena, "\"country\":\"%s\",\"amount\":", rows[i].country)));
    }
}
