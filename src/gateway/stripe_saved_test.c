#include "gateway/stripe_fixture.h"

/* What a payer has saved: what Stripe is asked, and what is made of its answers. */

#define CARD(id, more)                                                                             \
    "{\"id\":\"" id "\",\"object\":\"payment_method\",\"type\":\"card\",\"billing_details\":"      \
    "{\"email\":\"ada@example.com\"},\"card\":{\"brand\":\"visa\",\"last4\":\"4242\","             \
    "\"fingerprint\":\"abc\"" more "}}"
#define SEPA                                                                                       \
    "{\"id\":\"pm_3\",\"object\":\"payment_method\",\"type\":\"sepa_debit\",\"sepa_debit\":"       \
    "{\"last4\":\"3000\",\"bank_code\":\"37040044\"}}"
#define LIST(data) "{\"object\":\"list\",\"data\":[" data "],\"has_more\":false}"
#define SUB(own, customers)                                                                        \
    "{\"id\":\"sub_1\",\"default_payment_method\":" own ",\"customer\":{\"id\":\"cus_1\","         \
    "\"invoice_settings\":{\"default_payment_method\":" customers "}}}"
#define NO "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"No.\"}}"

static struct gateway_methods saved(struct wire *w)
{
    struct test *t = w->t;
    struct gateway_methods m = { .outcome = OUTCOME_NOT_SENT };
    EXPECT_OK(STRIPE->saved(t->c, S("cus_1"), &m));
    return m;
}

TEST("what a payer has saved is shown as far as he recognises it")
{
    struct wire *w = wire_open(t);
    wire_next(w, 200,
        LIST(CARD("pm_1", ",\"exp_month\":7,\"exp_year\":2031") "," CARD("pm_2", "") "," SEPA));
    wire_next(w, 200, LIST(SUB("\"pm_2\"", "\"pm_1\"") "," SUB("null", "\"pm_3\"")));
    struct gateway_methods m = saved(w);
    EXPECT(m.outcome == OUTCOME_DONE && m.count == 3);
    EXPECT_STR(wire_asked(w, 0), S("GET /v1/customers/cus_1/payment_methods?limit=100"));
    EXPECT_STR(wire_asked(w, 1),
        S("GET /v1/subscriptions?customer=cus_1&limit=100&expand[]=data.customer"));
    EXPECT_STR(m.method[0].id, S("pm_1"));
    EXPECT_STR(m.method[0].type, S("card"));
    EXPECT_STR(m.method[0].brand, S("visa"));
    EXPECT_STR(m.method[0].last4, S("4242"));
    EXPECT(m.method[0].expires_year == 2031 && m.method[0].expires_month == 7);
    EXPECT(!m.method[0].charged && m.method[1].charged && m.method[2].charged);
    EXPECT(m.method[1].expires_year == 0);
    EXPECT_STR(m.method[2].type, S("sepa_debit"));
    EXPECT_STR(m.method[2].last4, S("3000"));
    EXPECT(m.method[2].brand.n == 0);
}

TEST("a number that is longer than four is not shown, nor what has no name")
{
    struct wire *w = wire_open(t);
    wire_next(w, 200,
        LIST("{\"id\":\"pm_1\",\"type\":\"card\",\"card\":{\"last4\":\"4242424242424242\"}},"
             "{\"id\":\"pm/../2\",\"type\":\"card\"}"));
    wire_next(w, 200, LIST(""));
    struct gateway_methods m = saved(w);
    EXPECT(m.outcome == OUTCOME_DONE && m.count == 1 && m.method[0].last4.n == 0);
}

TEST("a payer whom Stripe does not know has nothing; whatever else it answers is no list")
{
    struct wire *w = wire_open(t);
    static const struct {
        int status, then;
        const char *body;
        enum outcome outcome;
    } rows[] = {
        { 404, 0, NO, OUTCOME_DECLINED },
        { 401, 0, NO, OUTCOME_UNKNOWN },
        { 500, 0, NO, OUTCOME_UNKNOWN },
        { 200, 0, "{\"id\":\"cus_1\"}", OUTCOME_UNKNOWN },
        { 200, 500, LIST(CARD("pm_1", "")), OUTCOME_UNKNOWN },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        wire_restart(w);
        wire_next(w, rows[i].status, rows[i].body);
        if (rows[i].then > 0)
            wire_next(w, rows[i].then, NO);
        struct gateway_methods m = saved(w);
        EXPECT_STR(outcome_text(m.outcome), outcome_text(rows[i].outcome));
        EXPECT(m.count == 0);
    }
}

TEST("one is forgotten by its name, and nothing else is ever asked under it")
{
    struct wire *w = wire_open(t);
    enum outcome outcome = OUTCOME_NOT_SENT;
    struct str refusal = S("");
    wire_next(w, 200, CARD("pm_1", ""));
    EXPECT_OK(STRIPE->forget(t->c, S("pm_1"), &outcome, &refusal));
    EXPECT(outcome == OUTCOME_DONE);
    EXPECT_STR(wire_asked(w, 0), S("POST /v1/payment_methods/pm_1/detach"));
    wire_next(w, 400, NO);
    EXPECT_OK(STRIPE->forget(t->c, S("pm_1"), &outcome, &refusal));
    EXPECT(outcome == OUTCOME_DECLINED && str_has(refusal, S("No.")));
    wire_next(w, 0, "");
    EXPECT_OK(STRIPE->forget(t->c, S("pm_1"), &outcome, &refusal));
    EXPECT(outcome == OUTCOME_UNKNOWN);
    size_t asks = w->asks;
    EXPECT_OK(STRIPE->forget(t->c, S("pm_1/attach?x="), &outcome, &refusal));
    EXPECT(outcome == OUTCOME_DECLINED && w->asks == asks);
}
