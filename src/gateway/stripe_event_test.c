#include "gateway/stripe_fixture.h"

/* What Stripe tells: whether it is Stripe, and what follows. */

/* ---- the signature */

TEST("R18 the signature of the reference holds, and none that differs from it")
{
    static char key[] = "STRIPE_SECRET_KEY=sk_test_1234567890",
                secret[] = "STRIPE_WEBHOOK_SECRET=whsec_test_secret",
                site[] = "PURSER_SITE_URL=https://pay.example.com";
    char *env[] = { key, secret, site, NULL };
#define V1 "d95c6b7477fbd7e9f90b1b0ef5f9c7ac25abca5382460e0d988c2b2a5b71b990"
    static const struct {
        const char *header;
        bool holds;
    } rows[] = {
        { "t=1700000000,v1=" V1, true },
        { "v1=" V1 ",t=1700000000", true },
        { "t=1700000000,v0=00,v1=" V1 ",v2=what", true },
        { "t=1700000000,v1=" V1 ",", true },
        { "t=1700000000,"
          "v1=0000000000000000000000000000000000000000000000000000000000000000,v1=" V1,
            true },
        { "t=1700000000, v1=" V1, false },
        { "t=1700000000,v0=" V1, false },
        { "t=1700000000,v1=D95C6B7477FBD7E9F90B1B0EF5F9C7AC25ABCA5382460E0D988C2B2A5B71B990",
            false },
        { "t=1700000000,v1=" V1 "0", false },
        { "t=1700000000,v1=", false },
        { "t=1700000000", false },
        { "v1=" V1, false },
        { "t=1700000000,t=1700000000,v1=" V1, false },
        { "t=1700000001,v1=" V1, false },
        { "t=+1700000000,v1=" V1, false },
        { "t=01700000000,v1=" V1, false },
        { "t=,v1=" V1, false },
        { "", false },
        { ",,,", false },
        { "=,=", false },
    };
    struct wire *w = wire_open(t);
    struct config *config = NULL;
    struct buf notices = BUF(t->c->arena);
    EXPECT_OK(config_load(
        t->c, &(struct config_sources) { .env = env, .env_file = "" }, &notices, &config));
    const struct config *before = t->c->config;
    t->c->config = config;
    t->c->wall_ms = INT64_C(1700000000000);
    struct str body = S("{\"id\":\"evt_test_webhook\",\"object\":\"event\"}");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_webhook in = wire_webhook(w, body, str_of_c(rows[i].header));
        bool holds = STRIPE->verify(t->c, &in) == E_OK;
        if (holds != rows[i].holds)
            EXPECT_STR(str_of_c(rows[i].header), S("is judged wrongly"));
    }
    t->c->config = before;
    config_free(config);
#undef V1
}

TEST("R18 every bit of body, time and signature counts")
{
    struct wire *w = wire_open(t);
    struct str body = S("{\"id\":\"evt_1\",\"object\":\"event\"}");
    int64_t now_s = t->c->wall_ms / 1000;
    struct str good = wire_sign(w, body, WIRE_SECRET, now_s);
    struct gateway_webhook in = wire_webhook(w, body, good);
    EXPECT_OK(STRIPE->verify(t->c, &in));
    for (size_t bit = 0; bit < body.n * 8; bit++) {
        char *p = arena_alloc(t->c->arena, body.n);
        for (size_t i = 0; i < body.n; i++)
            p[i] = (char)(body.p[i] ^ (i == bit / 8 ? 1 << bit % 8 : 0));
        in = wire_webhook(w, (struct str) { p, body.n }, good);
        EXPECT_FAIL(STRIPE->verify(t->c, &in), BAD_SIGNATURE);
    }
    for (size_t bit = 0; bit < good.n * 8; bit++) {
        char *p = arena_alloc(t->c->arena, good.n);
        for (size_t i = 0; i < good.n; i++)
            p[i] = (char)(good.p[i] ^ (i == bit / 8 ? 1 << bit % 8 : 0));
        in = wire_webhook(w, body, (struct str) { p, good.n });
        EXPECT_FAIL(STRIPE->verify(t->c, &in), BAD_SIGNATURE);
    }
}

TEST("R28 while a secret is rotated either one holds, a third does not")
{
    struct wire *w = wire_open(t);
    struct str body = S("{}");
    int64_t now_s = t->c->wall_ms / 1000;
    static const char *const ours[] = { WIRE_SECRET, WIRE_OLD_SECRET };
    for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
        struct gateway_webhook in = wire_webhook(w, body, wire_sign(w, body, ours[i], now_s));
        EXPECT_OK(STRIPE->verify(t->c, &in));
    }
    struct gateway_webhook in =
        wire_webhook(w, body, wire_sign(w, body, "whsec_another_0123456789abcdef", now_s));
    EXPECT_FAIL(STRIPE->verify(t->c, &in), BAD_SIGNATURE);
}

TEST("R20 a signature holds for 300 seconds to either side of security time, wherever business is")
{
    static const struct {
        int64_t off_s;
        bool holds;
    } rows[] = { { -301, false }, { -300, true }, { 0, true }, { 300, true }, { 301, false } };
    struct wire *w = wire_open(t);
    struct str body = S("{}");
    t->c->now_ms += INT64_C(400) * 24 * 3600 * 1000; /* the sandbox's clock was moved */
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int64_t at_s = t->c->wall_ms / 1000 + rows[i].off_s;
        struct gateway_webhook in = wire_webhook(w, body, wire_sign(w, body, WIRE_SECRET, at_s));
        EXPECT(rows[i].holds == (STRIPE->verify(t->c, &in) == E_OK));
    }
}

/* ---- the event */

#define EVENT(type, object)                                                                        \
    "{\"id\":\"evt_1SAb\",\"object\":\"event\",\"api_version\":\"2026-08-26.dahlia\","             \
    "\"created\":1790099520,\"data\":{\"object\":" object "},\"livemode\":false,"                  \
    "\"pending_webhooks\":1,\"request\":{\"id\":null,\"idempotency_key\":null},\"type\":\"" type   \
    "\"}"
#define MARK "\"metadata\":{\"attemptId\":\"att_01hqattempt\",\"orderId\":\"ord_01hqorder\"}"
#define SESSION(status, paid)                                                                      \
    "{\"id\":\"cs_test_a1B2\",\"object\":\"checkout.session\",\"status\":\"" status                \
    "\",\"payment_status\":\"" paid "\",\"amount_total\":3598,\"currency\":\"usd\","               \
    "\"livemode\":false," MARK ",\"payment_intent\":\"pi_3SAb\"}"
#define INTENT(status)                                                                             \
    "{\"id\":\"pi_3SAb\",\"object\":\"payment_intent\",\"status\":\"" status                       \
    "\",\"amount\":3598,\"amount_received\":3598,\"currency\":\"usd\",\"livemode\":false," MARK    \
    ",\"latest_charge\":\"ch_3SAb\"}"
#define CHARGE(status, paid, back)                                                                 \
    "{\"id\":\"ch_3SAb\",\"object\":\"charge\",\"status\":\"" status "\",\"paid\":" paid           \
    ",\"captured\":true,\"amount\":3598,\"amount_refunded\":" back                                 \
    ",\"currency\":\"usd\",\"disputed\":false,\"livemode\":false," MARK                            \
    ",\"payment_intent\":\"pi_3SAb\",\"payment_method_details\":{\"type\":\"card\",\"card\":"      \
    "{\"brand\":\"visa\",\"last4\":\"4242\"}}}"
#define DISPUTE(status)                                                                            \
    "{\"id\":\"dp_1SAb\",\"object\":\"dispute\",\"amount\":3598,\"currency\":\"usd\",\"charge\":"  \
    "\"ch_3SAb\",\"payment_intent\":\"pi_3SAb\",\"livemode\":false,\"metadata\":{},"               \
    "\"status\":\"" status "\"}"

TEST("R31 each event means what its object says, and complete is not paid")
{
    static const struct {
        const char *body;
        enum notice_kind kind;
        int64_t amount; /* -1: none is said */
        bool proof;
    } rows[] = {
        { EVENT("checkout.session.completed", SESSION("complete", "paid")), NOTICE_PAID, 3598,
            true },
        { EVENT("checkout.session.completed", SESSION("complete", "unpaid")), NOTICE_PENDING, 3598,
            true },
        { EVENT("checkout.session.completed", SESSION("complete", "owed")), NOTICE_STRANGE, 3598,
            true },
        { EVENT("checkout.session.async_payment_succeeded", SESSION("complete", "paid")),
            NOTICE_PAID, 3598, true },
        { EVENT("checkout.session.async_payment_failed", SESSION("complete", "unpaid")),
            NOTICE_FAILED, 3598, true },
        { EVENT("checkout.session.expired", SESSION("expired", "unpaid")), NOTICE_EXPIRED, 3598,
            true },
        { EVENT("payment_intent.succeeded", INTENT("succeeded")), NOTICE_PAID, 3598, true },
        { EVENT("payment_intent.succeeded", INTENT("processing")), NOTICE_PENDING, 3598, true },
        { EVENT("payment_intent.payment_failed", INTENT("requires_payment_method")),
            NOTICE_DECLINED, 3598, true },
        { EVENT("charge.succeeded", CHARGE("succeeded", "true", "0")), NOTICE_PAID, 3598, true },
        { EVENT("charge.succeeded", CHARGE("pending", "false", "0")), NOTICE_NOTED, 3598, true },
        { EVENT("charge.failed", CHARGE("failed", "false", "0")), NOTICE_NOTED, -1, false },
        { EVENT("charge.refunded", CHARGE("succeeded", "true", "1000")), NOTICE_REFUNDED, 1000,
            true },
        { EVENT("charge.refunded", CHARGE("succeeded", "true", "3598")), NOTICE_REFUNDED, 3598,
            true },
        { EVENT("charge.dispute.created", DISPUTE("needs_response")), NOTICE_DISPUTE, -1, false },
        { EVENT("charge.dispute.created", DISPUTE("warning_needs_response")), NOTICE_DISPUTE, -1,
            false },
        { EVENT("charge.dispute.closed", DISPUTE("lost")), NOTICE_DISPUTE, -1, false },
        { EVENT("charge.dispute.funds_reinstated", DISPUTE("won")), NOTICE_DISPUTE, -1, false },
        { EVENT("foo.bar", "{}"), NOTICE_STRANGE, -1, false },
        { EVENT("charge.updated", "null"), NOTICE_NOTED, -1, false },
    };
    wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct notice n = { .kind = NOTICE_STRANGE };
        EXPECT_OK(STRIPE->translate(t->c, str_of_c(rows[i].body), &n));
        EXPECT_STR(notice_text(n.kind), notice_text(rows[i].kind));
        EXPECT(n.has_amount == (rows[i].amount >= 0) && n.proof == rows[i].proof);
        if (n.has_amount)
            EXPECT_I64(n.amount_minor, rows[i].amount);
        EXPECT_STR(n.event_id, S("evt_1SAb"));
        EXPECT_I64(n.at_ms, INT64_C(1790099520000));
        EXPECT_STR(n.attempt, n.proof ? S("att_01hqattempt") : S(""));
    }
}

TEST("a dispute names its payment, and a charge how it was paid")
{
    struct notice n = { .kind = NOTICE_STRANGE };
    wire_open(t);
    struct str body = S(EVENT("charge.dispute.created", DISPUTE("needs_response")));
    EXPECT_OK(STRIPE->translate(t->c, body, &n));
    EXPECT_STR(n.payment, S("pi_3SAb"));
    EXPECT(n.session_id.n == 0);
    body = S(EVENT("charge.succeeded", CHARGE("succeeded", "true", "0")));
    EXPECT_OK(STRIPE->translate(t->c, body, &n));
    EXPECT_STR(n.method_brand, S("visa"));
    EXPECT_STR(n.method_last4, S("4242"));
    body = S(EVENT("checkout.session.completed", SESSION("complete", "paid")));
    EXPECT_OK(STRIPE->translate(t->c, body, &n));
    EXPECT_STR(n.session_id, S("cs_test_a1B2"));
    EXPECT_STR(n.payment, S("pi_3SAb"));
}

TEST("a reference may be an id or the whole object, as versions differ")
{
    struct notice n = { .kind = NOTICE_STRANGE };
    wire_open(t);
    struct str body = S(EVENT("checkout.session.completed",
        "{\"id\":\"cs_test_a1B2\",\"status\":\"complete\",\"payment_status\":\"paid\","
        "\"amount_total\":3598,\"currency\":\"usd\",\"livemode\":false," MARK
        ",\"shipping\":null,\"shipping_details\":null,\"ui_mode\":\"hosted\",\"payment_intent\":"
        "{\"id\":\"pi_3SAb\",\"object\":\"payment_intent\",\"charges\":{\"object\":\"list\","
        "\"data\":[]}}}"));
    EXPECT_OK(STRIPE->translate(t->c, body, &n));
    EXPECT_STR(n.payment, S("pi_3SAb"));
    EXPECT(n.kind == NOTICE_PAID && n.proof);
    body = S(EVENT("charge.refunded",
        "{\"id\":\"ch_3SAb\",\"status\":\"succeeded\",\"paid\":true,\"captured\":true,"
        "\"amount\":3598,\"amount_refunded\":3598,\"refunded\":true,\"currency\":\"usd\","
        "\"livemode\":false," MARK ",\"invoice\":null,\"payment_intent\":{\"id\":\"pi_3SAb\"},"
        "\"refunds\":{\"object\":\"list\",\"data\":[{\"id\":\"re_1\",\"amount\":3598}]}}"));
    EXPECT_OK(STRIPE->translate(t->c, body, &n));
    EXPECT_STR(n.payment, S("pi_3SAb"));
    EXPECT(n.kind == NOTICE_REFUNDED && n.proof);
}

TEST("what others sell through the same account is noted, and nothing follows")
{
    static const char *const bodies[] = {
        EVENT("payment_intent.succeeded",
            "{\"id\":\"pi_9\",\"status\":\"succeeded\",\"amount_received\":100,"
            "\"currency\":\"usd\",\"livemode\":false,\"metadata\":{}}"),
        EVENT("checkout.session.completed",
            "{\"id\":\"cs_test_9\",\"status\":\"complete\",\"payment_status\":\"paid\","
            "\"amount_total\":100,\"currency\":\"usd\",\"livemode\":false,\"metadata\":null}"),
        EVENT("charge.refunded",
            "{\"id\":\"ch_9\",\"status\":\"succeeded\",\"paid\":true,\"captured\":true,"
            "\"amount\":100,\"amount_refunded\":100,\"currency\":\"usd\",\"livemode\":false,"
            "\"metadata\":{\"attemptId\":7}}"),
    };
    wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct notice n = { .kind = NOTICE_STRANGE };
        EXPECT_OK(STRIPE->translate(t->c, str_of_c(bodies[i]), &n));
        EXPECT_STR(notice_text(n.kind), notice_text(NOTICE_NOTED));
        EXPECT(!n.proof);
    }
}

TEST("R6 money in a currency or in digits that nobody knows is no amount, and so no proof")
{
    static const char *const said[] = { "\"amount_total\":3598,\"currency\":\"zzz\"",
        "\"amount_total\":3598", "\"amount_total\":\"3598\",\"currency\":\"usd\"",
        "\"amount_total\":35.98,\"currency\":\"usd\"", "\"amount_total\":150,\"currency\":\"ugx\"",
        "\"currency\":\"usd\"" };
    wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(said); i++) {
        struct notice n = { .kind = NOTICE_STRANGE };
        struct str body = str_fmt(t->c->arena,
            "{\"id\":\"evt_1\",\"object\":\"event\",\"livemode\":false,\"type\":"
            "\"checkout.session.completed\",\"data\":{\"object\":{\"id\":\"cs_test_a1B2\","
            "\"status\":\"complete\",\"payment_status\":\"paid\",\"livemode\":false," MARK ",%s}}}",
            said[i]);
        EXPECT_OK(STRIPE->translate(t->c, body, &n));
        EXPECT_STR(notice_text(n.kind), notice_text(NOTICE_PAID));
        EXPECT(!n.has_amount && !n.proof);
    }
}

TEST("R26 an event of another mode, of a connected account, or of another API is refused")
{
    static const struct {
        const char *key;
        const char *body;
        bool taken;
    } rows[] = {
        { "sk_test_1234567890", "\"livemode\":false", true },
        { "sk_test_1234567890", "\"livemode\":true", false },
        { "sk_test_1234567890", "\"livemode\":\"false\"", false },
        { "sk_test_1234567890", "\"x\":1", false },
        { "sk_live_1234567890", "\"livemode\":true", true },
        { "sk_live_1234567890", "\"livemode\":false", false },
        { "rk_live_1234567890", "\"livemode\":false", false },
        { "sk_test_1234567890", "\"livemode\":false,\"account\":null", true },
        { "sk_test_1234567890", "\"livemode\":false,\"account\":\"acct_1\"", false },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct notice n = { .kind = NOTICE_STRANGE };
        struct str setting = str_fmt(t->c->arena, "STRIPE_SECRET_KEY=%s%c", rows[i].key, 0);
        char *own = arena_alloc(t->c->arena, setting.n);
        for (size_t k = 0; k < setting.n; k++)
            own[k] = setting.p[k];
        wire_open_with(t, own);
        struct str body = str_fmt(t->c->arena,
            "{\"id\":\"evt_1\",\"object\":\"event\",\"type\":\"a.b\",%s,\"data\":{\"object\":{}}}",
            rows[i].body);
        EXPECT(rows[i].taken == (STRIPE->translate(t->c, body, &n) == E_OK));
    }
    static const char *const none[] = { "", "[]", "{}", "{\"object\":\"event\"}",
        "{\"id\":\"evt_1\",\"object\":\"v2.core.event\",\"type\":\"a.b\",\"livemode\":false}",
        "{\"id\":\"evt 1\",\"object\":\"event\",\"type\":\"a.b\",\"livemode\":false}",
        "{\"id\":\"evt_1\",\"object\":\"event\",\"livemode\":false}" };
    wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        struct notice n = { .kind = NOTICE_STRANGE };
        EXPECT_FAIL(STRIPE->translate(t->c, str_of_c(none[i]), &n), INVALID_REQUEST);
    }
}
