#include "base/url.h"
#include "gateway/stripe_fixture.h"

/* Opening a page and asking about it: what is asked, and what becomes of each kind of answer. */

#define OPENED                                                                                     \
    "{\"id\":\"cs_test_a1B2\",\"object\":\"checkout.session\",\"url\":"                            \
    "\"https://checkout.stripe.com/c/pay/cs_test_a1B2#fid\",\"status\":\"open\","                  \
    "\"payment_status\":\"unpaid\",\"amount_total\":2380,\"currency\":\"usd\","                    \
    "\"expires_at\":1790185800,\"livemode\":false}"

static struct gateway_session open_order(struct wire *w, struct gateway_open in)
{
    struct test *t = w->t;
    struct gateway_session s = { .outcome = OUTCOME_NOT_SENT };
    EXPECT_OK(STRIPE->open(t->c, &in, &s));
    return s;
}

TEST("a page is asked for in the encoding of Stripe's own clients, pinned to one version")
{
    struct wire *w = wire_open(t);
    w->body = OPENED;
    struct gateway_session s = open_order(w, wire_order());
    EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DONE));
    EXPECT_STR(s.session_id, S("cs_test_a1B2"));
    EXPECT_STR(s.checkout_url, S("https://checkout.stripe.com/c/pay/cs_test_a1B2#fid"));
    EXPECT_I64(s.expires_ms, INT64_C(1790185800000));
    EXPECT_I64((int64_t)w->asks, 1);
    EXPECT_STR(w->asked[0].method, S("POST"));
    EXPECT_STR(w->asked[0].url, S("https://api.stripe.com/v1/checkout/sessions"));
    EXPECT_STR(wire_header(w, 0, "Authorization"), S("Bearer sk_test_1234567890"));
    EXPECT_STR(wire_header(w, 0, "Stripe-Version"), S("2026-08-26.dahlia"));
    EXPECT_STR(wire_header(w, 0, "Content-Type"), S("application/x-www-form-urlencoded"));
    EXPECT_STR(w->asked[0].body,
        S("mode=payment"
          "&line_items[0][quantity]=2"
          "&line_items[0][price_data][currency]=usd"
          "&line_items[0][price_data][unit_amount]=1000"
          "&line_items[0][price_data][product_data][name]="
          "Mug%20%26%20spoon%20%28100%25%29%20%C3%A9"
          "&line_items[0][price_data][product_data][description]=Holds%20tea"
          "&line_items[1][quantity]=1"
          "&line_items[1][price_data][currency]=usd"
          "&line_items[1][price_data][unit_amount]=380"
          "&line_items[1][price_data][product_data][name]=Tax%2019.00%25"
          "&line_items[1][price_data][product_data][description]=Tax%2019.00%25"
          "&customer_email=ada%2Bx%40example.com"
          "&client_reference_id=ord_01hqorder"
          "&metadata[attemptId]=att_01hqattempt"
          "&metadata[orderId]=ord_01hqorder"
          "&metadata[orderNumber]=ORD-2026-000007"
          "&payment_intent_data[metadata][attemptId]=att_01hqattempt"
          "&payment_intent_data[metadata][orderId]=ord_01hqorder"
          "&payment_intent_data[metadata][orderNumber]=ORD-2026-000007"
          "&payment_intent_data[description]=ORD-2026-000007"
          "&success_url=https%3A%2F%2Fpay.example.com%2Fpayment%2Fsuccess%3Forder%3D"
          "ord_01hqorder%26t%3DT"
          "&cancel_url=https%3A%2F%2Fpay.example.com%2Fpayment%2Fcancelled%3Forder%3D"
          "ord_01hqorder%26t%3DT"
          "&expires_at=1790185800"));
}

TEST("R14 one attempt is one key and one body, whenever it is asked again")
{
    struct wire *w = wire_open(t);
    w->status = 0;
    open_order(w, wire_order());
    t->c->now_ms += 61 * 1000;
    t->c->wall_ms += 61 * 1000;
    w->status = 200;
    w->body = OPENED;
    open_order(w, wire_order());
    EXPECT_I64((int64_t)w->asks, 2);
    EXPECT_STR(wire_header(w, 0, "Idempotency-Key"), S("att_01hqattempt"));
    EXPECT_STR(wire_header(w, 1, "Idempotency-Key"), S("att_01hqattempt"));
    EXPECT_STR(w->asked[1].body, w->asked[0].body);
}

TEST("R15 only Stripe's own no is a no; what may have happened there is unknown")
{
#define SAID(type, code)                                                                           \
    "{\"error\":{\"type\":\"" type "\",\"code\":\"" code "\",\"message\":\"No, said the bank.\"}}"
    static const struct {
        int status;
        const char *body;
        enum outcome outcome;
    } rows[] = {
        { 400, SAID("invalid_request_error", "parameter_missing"), OUTCOME_DECLINED },
        { 401, SAID("invalid_request_error", ""), OUTCOME_DECLINED },
        { 402, SAID("card_error", "card_declined"), OUTCOME_DECLINED },
        { 403, SAID("invalid_request_error", ""), OUTCOME_DECLINED },
        { 404, SAID("invalid_request_error", "resource_missing"), OUTCOME_DECLINED },
        { 400, SAID("idempotency_error", ""), OUTCOME_UNKNOWN },
        { 409, SAID("idempotency_error", "idempotency_key_in_use"), OUTCOME_UNKNOWN },
        { 424, SAID("api_error", ""), OUTCOME_UNKNOWN },
        { 429, SAID("invalid_request_error", "rate_limit"), OUTCOME_NOT_SENT },
        { 500, SAID("api_error", ""), OUTCOME_UNKNOWN },
        { 503, "<html>away</html>", OUTCOME_UNKNOWN },
        { 403, "<html>a proxy's no</html>", OUTCOME_UNKNOWN },
        { 200, "", OUTCOME_UNKNOWN },
        { 200, "{\"id\":\"cs_test_a1", OUTCOME_UNKNOWN },
        { 200, "[]", OUTCOME_UNKNOWN },
        { 200, "{}", OUTCOME_UNKNOWN },
        { 200, "{\"id\":\"../x\",\"url\":\"https://checkout.stripe.com/\"}", OUTCOME_UNKNOWN },
        { 200, "{\"id\":\"cs_1\",\"url\":\"javascript:alert(1)\"}", OUTCOME_UNKNOWN },
        { 200, "{\"id\":\"cs_1\",\"url\":\"http://checkout.stripe.com/\"}", OUTCOME_UNKNOWN },
        { 302, "", OUTCOME_UNKNOWN },
        { 0, "", OUTCOME_UNKNOWN },
    };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        w->status = rows[i].status;
        w->body = rows[i].body;
        struct gateway_session s = open_order(w, wire_order());
        EXPECT_STR(outcome_text(s.outcome), outcome_text(rows[i].outcome));
        EXPECT(s.session_id.n == 0 && s.checkout_url.n == 0 && s.refusal.n > 0);
    }
#undef SAID
}

TEST("a refusal is told in Stripe's words")
{
    struct wire *w = wire_open(t);
    w->status = 402;
    w->body = "{\"error\":{\"type\":\"card_error\",\"code\":\"card_declined\",\"decline_code\":"
              "\"insufficient_funds\",\"message\":\"Your card has insufficient funds.\"}}";
    EXPECT_STR(open_order(w, wire_order()).refusal,
        S("Stripe answered 402, insufficient_funds: Your card has insufficient funds."));
}

TEST("R5 a page that would collect another total is ended, and nobody is sent there")
{
    struct wire *w = wire_open(t);
    w->body = "{\"id\":\"cs_test_a1B2\",\"url\":\"https://checkout.stripe.com/c/pay/cs_test_a1B2\","
              "\"status\":\"open\",\"amount_total\":2400,\"currency\":\"usd\",\"livemode\":false}";
    struct gateway_session s = open_order(w, wire_order());
    EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DECLINED));
    EXPECT_STR(
        s.refusal, S("Stripe would collect $24.00\u00a0USD for an order of $23.80\u00a0USD"));
    EXPECT_I64((int64_t)w->asks, 2);
    EXPECT_STR(
        w->asked[1].url, S("https://api.stripe.com/v1/checkout/sessions/cs_test_a1B2/expire"));
    EXPECT_STR(wire_header(w, 1, "Idempotency-Key"), S("att_01hqattempt-expire"));
}

TEST("a price of the catalogue that Stripe knows is named, one that it does not know is said")
{
    static const struct {
        const char *listed, *named;
    } rows[] = {
        { "price_1SA", "line_items[0][quantity]=3&line_items[0][price]=price_1SA&customer" },
        { "$STRIPE_PRICE_MUG", "line_items[0][price]=price_mug&customer" },
        { "$STRIPE_PRICE_UNSET", "line_items[0][price_data][unit_amount]=500" },
        { "", "line_items[0][price_data][unit_amount]=500" },
    };
    struct wire *w = wire_open(t);
    w->body = OPENED;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct gateway_line line = { S("Mug"), S(""), 500, 3, str_of_c(rows[i].listed) };
        struct gateway_open in = wire_order();
        in.total.minor = 1500;
        in.lines = &line;
        in.line_count = 1;
        open_order(w, in);
        EXPECT(str_has(w->asked[2 * i].body, str_of_c(rows[i].named)));
    }
}

TEST("R69 what a name or an address holds stays inside its own member")
{
    static const char *const texts[] = { "a&line_items[0][price_data][unit_amount]=1", "a=b", "[0]",
        "%26mode=setup", "a+b c", "a\r\nIdempotency-Key: x", "\xf0\x9f\x8e\xb5;#?/" };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct str text = str_of_c(texts[i]);
        struct gateway_line line = { text, text, 1000, 1, S("") };
        struct gateway_open in = wire_order();
        in.total.minor = 1000;
        in.lines = &line;
        in.line_count = 1;
        in.buyer_mail = text;
        open_order(w, in);
        struct str rest = w->asked[i].body, pair, name, value;
        int64_t members = 0, same = 0;
        for (bool more = true, ok = false; more; members++) {
            more = str_cut(rest, '&', &pair, &rest);
            EXPECT(str_cut(pair, '=', &name, &value) && !str_has(value, S("=")));
            same += str_eq(url_decode(t->c->arena, value, false, &ok), text);
            EXPECT(ok && str_is_visible(pair));
        }
        EXPECT_I64(members, 18);
        EXPECT_I64(same, 3); /* mail, name, description, as they are */
    }
}

TEST("R3 what a line cannot say in Stripe's units is said of the whole total")
{
    struct wire *w = wire_open(t);
    static const struct gateway_line halves[] = {
        { S_INIT("Half"), S_INIT(""), 1555, 1, S_INIT("") },
        { S_INIT("Other half"), S_INIT(""), 1545, 1, S_INIT("") },
    };
    struct gateway_open in = wire_order();
    in.total = (struct money) { 3100, CUR_KWD };
    in.lines = halves;
    in.line_count = 2;
    open_order(w, in);
    EXPECT(str_has(w->asked[0].body, S("&line_items[0][price_data][unit_amount]=3100&")));
    EXPECT(!str_has(w->asked[0].body, S("line_items[1]")));
    in = wire_amount(w, (struct money) { 37000, CUR_UGX });
    open_order(w, in);
    EXPECT(str_has(w->asked[1].body, S("[currency]=ugx&")));
    EXPECT(str_has(w->asked[1].body, S("[unit_amount]=3700000&")));
}

TEST("what Stripe does not take is refused before it is asked, and the least is named")
{
    static const struct {
        struct money total;
        const char *why;
    } rows[] = {
        { { 49, CUR_USD }, "Stripe takes no less than $0.50\u00a0USD" },
        { { 29, CUR_GBP }, "Stripe takes no less than £0.30\u00a0GBP" },
        { { 49, CUR_JPY }, "Stripe takes no less than JPY\u00a050" },
        { { 3101, CUR_KWD }, "Stripe does not take KWD\u00a03.101" },
        { { 1000000, CUR_UGX }, "Stripe does not take UGX\u00a01,000,000" },
        { { 1000, CUR_LYD }, "Stripe does not take LYD" },
    };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        EXPECT(STRIPE->accepts(t->c, rows[i].total) == E_INVALID);
        EXPECT_STR(t->c->err.message, str_of_c(rows[i].why));
    }
    EXPECT_OK(STRIPE->accepts(t->c, (struct money) { 50, CUR_USD }));
    EXPECT_OK(STRIPE->accepts(t->c, (struct money) { 99999999, CUR_EUR }));
    EXPECT_OK(STRIPE->accepts(t->c, (struct money) { 999999, CUR_UGX }));
    EXPECT_I64((int64_t)w->asks, 0);
}

/* ---- asking */

#define SESSION(status, paid, intent)                                                              \
    "{\"id\":\"cs_test_a1B2\",\"object\":\"checkout.session\",\"status\":\"" status                \
    "\",\"payment_status\":\"" paid "\",\"amount_total\":2380,\"currency\":\"usd\","               \
    "\"livemode\":false,\"metadata\":{\"attemptId\":\"att_01hqattempt\"},"                         \
    "\"payment_intent\":" intent "}"
#define INTENT(status, charge)                                                                     \
    "{\"id\":\"pi_3SAb\",\"status\":\"" status "\",\"amount_received\":2380,\"currency\":\"usd\"," \
    "\"livemode\":false,\"metadata\":{\"attemptId\":\"att_01hqattempt\"},"                         \
    "\"latest_charge\":" charge "}"
#define CHARGE(disputed, back)                                                                     \
    "{\"id\":\"ch_3SAb\",\"status\":\"succeeded\",\"paid\":true,\"captured\":true,"                \
    "\"amount\":2380,\"currency\":\"usd\",\"livemode\":false,\"disputed\":" disputed               \
    ",\"amount_refunded\":" back ",\"payment_intent\":\"pi_3SAb\",\"payment_method_details\":"     \
    "{\"type\":\"card\",\"card\":{\"brand\":\"visa\",\"last4\":\"4242\"}}}"

static struct gateway_state ask_session(struct wire *w)
{
    struct test *t = w->t;
    struct gateway_ask ask = {
        .attempt = S("att_01hqattempt"),
        .session_id = S("cs_test_a1B2"),
        .currency = CUR_USD,
    };
    struct gateway_state s = { .outcome = OUTCOME_NOT_SENT };
    EXPECT_OK(STRIPE->ask(t->c, &ask, &s));
    return s;
}

TEST("R31 a session is as far as its payment is, and its charge says what became of the money")
{
    static const struct {
        const char *body;
        enum notice_kind kind;
        int64_t amount;
    } rows[] = {
        { SESSION("open", "unpaid", "null"), NOTICE_OPENED, 2380 },
        { SESSION("expired", "unpaid", "null"), NOTICE_EXPIRED, 2380 },
        { SESSION("complete", "paid", "\"pi_3SAb\""), NOTICE_PAID, 2380 },
        { SESSION("complete", "no_payment_required", "null"), NOTICE_PAID, 2380 },
        { SESSION("complete", "unpaid", "\"pi_3SAb\""), NOTICE_PENDING, 2380 },
        { SESSION("complete", "unpaid", INTENT("processing", "null")), NOTICE_PENDING, 2380 },
        { SESSION("complete", "unpaid", INTENT("requires_payment_method", "null")), NOTICE_FAILED,
            2380 },
        { SESSION("complete", "unpaid", INTENT("canceled", "null")), NOTICE_FAILED, 2380 },
        { SESSION("complete", "later", "null"), NOTICE_STRANGE, 2380 },
        { SESSION("melted", "paid", "null"), NOTICE_STRANGE, 2380 },
        { SESSION("complete", "paid", INTENT("succeeded", CHARGE("false", "0"))), NOTICE_PAID,
            2380 },
        { SESSION("complete", "paid", INTENT("succeeded", CHARGE("false", "2380"))),
            NOTICE_REFUNDED, 2380 },
        { SESSION("complete", "paid", INTENT("succeeded", CHARGE("false", "80"))), NOTICE_REFUNDED,
            80 },
        { SESSION("complete", "paid", INTENT("succeeded", CHARGE("true", "0"))), NOTICE_PAID,
            2380 },
        { SESSION("complete", "paid", INTENT("succeeded", CHARGE("true", "80"))), NOTICE_REFUNDED,
            80 },
    };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        w->body = rows[i].body;
        struct gateway_state s = ask_session(w);
        EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DONE));
        EXPECT_STR(notice_text(s.notice.kind), notice_text(rows[i].kind));
        EXPECT(s.notice.has_amount && s.notice.currency == CUR_USD);
        EXPECT_I64(s.notice.amount_minor, rows[i].amount);
        EXPECT(s.notice.argued == str_has(str_of_c(rows[i].body), S("\"disputed\":true")));
        EXPECT_STR(s.notice.attempt, S("att_01hqattempt"));
    }
    EXPECT_STR(w->asked[0].method, S("GET"));
    EXPECT_STR(w->asked[0].url,
        S("https://api.stripe.com/v1/checkout/sessions/cs_test_a1B2"
          "?expand%5B%5D=payment_intent.latest_charge&expand%5B%5D=invoice.payments"));
    EXPECT(wire_header(w, 0, "Idempotency-Key").n == 0 && w->asked[0].body.n == 0);
}

TEST("how it was paid comes with the charge: its kind, its brand, its last four")
{
    struct wire *w = wire_open(t);
    w->body = SESSION("complete", "paid", INTENT("succeeded", CHARGE("false", "0")));
    struct notice n = ask_session(w).notice;
    EXPECT_STR(n.method_type, S("card"));
    EXPECT_STR(n.method_brand, S("visa"));
    EXPECT_STR(n.method_last4, S("4242"));
    w->body = SESSION("complete", "paid",
        INTENT("succeeded",
            "{\"status\":\"succeeded\",\"paid\":true,\"captured\":true,\"amount\":2380,"
            "\"currency\":\"usd\",\"payment_method_details\":{\"type\":\"sepa_debit\","
            "\"sepa_debit\":{\"bank_code\":\"37040044\",\"last4\":\"3000\"}}}"));
    n = ask_session(w).notice;
    EXPECT_STR(n.method_type, S("sepa_debit"));
    EXPECT_STR(n.method_brand, S(""));
    EXPECT_STR(n.method_last4, S("3000"));
}

TEST("a payment whose session is not known is asked about by its own id")
{
    struct wire *w = wire_open(t);
    struct gateway_ask ask = { .payment = S("pi_3SAb") };
    struct gateway_state s = { .outcome = OUTCOME_NOT_SENT };
    w->body = INTENT("succeeded", CHARGE("true", "0"));
    EXPECT_OK(STRIPE->ask(t->c, &ask, &s));
    EXPECT_STR(w->asked[0].url,
        S("https://api.stripe.com/v1/payment_intents/pi_3SAb?expand%5B%5D=latest_charge"));
    EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_DONE));
    EXPECT_STR(notice_text(s.notice.kind), notice_text(NOTICE_PAID));
    EXPECT(s.notice.argued);
    EXPECT_STR(s.notice.attempt, S("att_01hqattempt"));
    EXPECT_STR(s.notice.payment, S("pi_3SAb"));
    w->body = INTENT("requires_payment_method", "null");
    EXPECT_OK(STRIPE->ask(t->c, &ask, &s));
    EXPECT_STR(notice_text(s.notice.kind), notice_text(NOTICE_NOTED));
}

TEST("R15 an answer about another session, a strange name or a missing one is no answer")
{
    struct wire *w = wire_open(t);
    struct gateway_state s = { .outcome = OUTCOME_NOT_SENT };
    w->body = "{\"id\":\"cs_test_other\",\"status\":\"complete\",\"payment_status\":\"paid\"}";
    EXPECT_STR(outcome_text(ask_session(w).outcome), outcome_text(OUTCOME_UNKNOWN));
    w->status = 404;
    w->body = "{\"error\":{\"type\":\"invalid_request_error\",\"code\":\"resource_missing\","
              "\"message\":\"No such checkout.session\"}}";
    EXPECT_STR(outcome_text(ask_session(w).outcome), outcome_text(OUTCOME_DECLINED));
    size_t asks = w->asks;
    static const char *const names[] = { "", "cs_1/../../v1/charges", "cs?1", "cs_\xc3\xa9" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct gateway_ask ask = { .session_id = str_of_c(names[i]) };
        EXPECT_OK(STRIPE->ask(t->c, &ask, &s));
        EXPECT_STR(outcome_text(s.outcome), outcome_text(OUTCOME_UNKNOWN));
    }
    EXPECT_I64((int64_t)w->asks, (int64_t)asks);
}

TEST("an amount that Stripe cannot count is not sent, and nothing goes back")
{
    struct wire *w = wire_open(t);
    struct gateway_given g = { .outcome = OUTCOME_UNKNOWN };
    const struct gateway_give in = { .key = S("ref_01hqrefund"),
        .attempt = S("att_01hqattempt"),
        .payment = S("pi_3SAb"),
        .amount = { 1005, CUR_KWD } };
    EXPECT_OK(STRIPE->give_back(t->c, &in, &g));
    EXPECT_STR(outcome_text(g.outcome), outcome_text(OUTCOME_DECLINED));
    EXPECT_STR(g.refusal,
        S("Stripe cannot give back KWD\xc2\xa0"
          "1.005"));
    EXPECT_I64((int64_t)w->asks, 0);
}
