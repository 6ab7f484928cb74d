#include "gateway/stripe_fixture.h"

/* A dispute as Stripe says that it stands, and what it is told of us, byte for byte. */

#define DISPUTE(status, moves)                                                                     \
    "{\"id\":\"dp_1Ab\",\"object\":\"dispute\",\"amount\":2380,\"currency\":\"usd\","              \
    "\"payment_intent\":\"pi_3SAb\",\"reason\":\"fraudulent\",\"created\":1790100000,"             \
    "\"evidence_details\":{\"due_by\":1790900000},\"status\":\"" status                            \
    "\",\"balance_transactions\":[" moves "]}"
#define MOVED(amount, fee, currency)                                                               \
    "{\"amount\":" amount ",\"fee\":" fee ",\"currency\":\"" currency "\"}"
#define TAKEN MOVED("-2380", "1500", "usd")

static struct gateway_disputes asked(struct wire *w, const struct gateway_dispute_ask *ask)
{
    struct test *t = w->t;
    struct gateway_disputes said = { .outcome = OUTCOME_NOT_SENT };
    EXPECT_OK(STRIPE->disputes(t->c, ask, &said));
    return said;
}

TEST("each word of a dispute means what Stripe says it does, and its money is what moved")
{
    static const struct {
        const char *body;
        enum dispute_standing standing;
        int64_t withdrawn, fee;
    } rows[] = {
        { DISPUTE("warning_needs_response", ""), DISPUTE_AT_WARNING, 0, 0 },
        { DISPUTE("warning_under_review", ""), DISPUTE_AT_WARNING, 0, 0 },
        { DISPUTE("warning_closed", ""), DISPUTE_AT_WON, 0, 0 },
        { DISPUTE("prevented", ""), DISPUTE_AT_WON, 0, 0 },
        { DISPUTE("needs_response", TAKEN), DISPUTE_AT_OPEN, 2380, 1500 },
        { DISPUTE("appeal_needs_response", TAKEN), DISPUTE_AT_OPEN, 2380, 1500 },
        { DISPUTE("under_review", TAKEN), DISPUTE_AT_REVIEW, 2380, 1500 },
        { DISPUTE("lost", TAKEN), DISPUTE_AT_LOST, 2380, 1500 },
        { DISPUTE("won", TAKEN "," MOVED("2380", "0", "usd")), DISPUTE_AT_WON, 0, 1500 },
        { DISPUTE("won", TAKEN "," MOVED("2380", "-1500", "usd")), DISPUTE_AT_WON, 0, 0 },
        { DISPUTE("needs_response", MOVED("-2200", "1400", "eur")), DISPUTE_AT_OPEN, 2380, 1400 },
        { DISPUTE("won", MOVED("-2200", "1400", "eur") "," MOVED("2150", "0", "eur")),
            DISPUTE_AT_WON, 0, 1400 },
        { DISPUTE("lost",
              MOVED("-2200", "1400", "eur") "," MOVED("2150", "0", "eur") "," MOVED(
                  "-2180", "1400", "eur")),
            DISPUTE_AT_LOST, 2380, 2800 },
        { DISPUTE("melted", TAKEN), DISPUTE_AT_STRANGE, 2380, 1500 },
    };
    struct wire *w = wire_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        wire_restart(w);
        wire_next(w, 200, rows[i].body);
        struct gateway_disputes said =
            asked(w, &(struct gateway_dispute_ask) { .reference = S("dp_1Ab") });
        EXPECT_STR(outcome_text(said.outcome), S("done"));
        EXPECT_I64((int64_t)said.count, 1);
        EXPECT(said.dispute->standing == rows[i].standing);
        EXPECT_I64(said.dispute->withdrawn.minor, rows[i].withdrawn);
        EXPECT_I64(said.dispute->fee.minor, rows[i].fee);
        EXPECT_I64(said.dispute->amount.minor, 2380);
        EXPECT_STR(said.dispute->payment, S("pi_3SAb"));
        EXPECT_I64(said.dispute->due_ms, INT64_C(1790900000000));
        EXPECT_STR(wire_asked(w, 0), S("GET /v1/disputes/dp_1Ab"));
    }
}

TEST("disputes are asked for by their name, by their payment, or since a day")
{
    struct wire *w = wire_open(t);
    wire_next(w, 200,
        "{\"object\":\"list\",\"data\":[" DISPUTE(
            "lost", TAKEN) ",{\"object\":\"other\"}],\"has_more\":false}");
    struct gateway_disputes said =
        asked(w, &(struct gateway_dispute_ask) { .payment = S("pi_3SAb") });
    EXPECT_I64((int64_t)said.count, 1);
    EXPECT_STR(wire_asked(w, 0), S("GET /v1/disputes?limit=50&payment_intent=pi_3SAb"));
    wire_next(
        w, 200, "{\"object\":\"list\",\"data\":[" DISPUTE("lost", TAKEN) "],\"has_more\":true}");
    said = asked(w, &(struct gateway_dispute_ask) { .from_ms = 1790100000999 });
    EXPECT_STR(said.after, S("dp_1Ab"));
    EXPECT_STR(wire_asked(w, 1), S("GET /v1/disputes?limit=50&created[gte]=1790100000"));
    /* Another one's answer, nothing readable, and a name that no path may hold. */
    wire_next(w, 200, DISPUTE("lost", TAKEN));
    said = asked(w, &(struct gateway_dispute_ask) { .reference = S("dp_2") });
    EXPECT_STR(outcome_text(said.outcome), S("unknown"));
    wire_next(w, 200, "{\"object\":\"refund\"}");
    said = asked(w, &(struct gateway_dispute_ask) { .reference = S("dp_1Ab") });
    EXPECT_STR(outcome_text(said.outcome), S("unknown"));
    said = asked(w, &(struct gateway_dispute_ask) { .reference = S("../refunds") });
    EXPECT_STR(outcome_text(said.outcome), S("unknown"));
    EXPECT_I64((int64_t)w->asks, 4);
}

TEST("evidence is submitted under its key, a document goes to the host of files")
{
    struct wire *w = wire_open(t);
    struct gateway_uploaded kept;
    struct gateway_disputes said;
    const struct gateway_document document = { .dispute = S("dsp_1"),
        .key = S("dsf_1"),
        .name = S("a/b\r\n\"c.pdf"),
        .type = S("application/pdf"),
        .body = S("%PDF-1.7") };
    wire_next(w, 200, "{\"id\":\"file_1\",\"object\":\"file\"}");
    EXPECT_OK(STRIPE->upload(t->c, &document, &kept));
    EXPECT_STR(outcome_text(kept.outcome), S("done"));
    EXPECT_STR(kept.id, S("file_1"));
    EXPECT_STR(w->asked[0].url, S("https://files.stripe.com/v1/files"));
    EXPECT_STR(wire_header(w, 0, "Idempotency-Key"), S("dsf_1"));
    EXPECT(str_starts(wire_header(w, 0, "Content-Type"), S("multipart/form-data; boundary=")));
    EXPECT(str_has(w->asked[0].body,
        S("; filename=\"a_b___c.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.7\r\n--")));
    struct evidence_said words[] = { { evidence_field_find(S("customerName")), S("Ada") },
        { evidence_field_find(S("receipt")), S("file_1") } };
    const struct gateway_evidence evidence = { .dispute = S("dsp_1"),
        .reference = S("dp_1Ab"),
        .key = S("dsp_1-1"),
        .said = words,
        .count = 2 };
    wire_next(w, 200, DISPUTE("under_review", TAKEN));
    EXPECT_OK(STRIPE->answer(t->c, &evidence, &said));
    EXPECT_STR(outcome_text(said.outcome), S("done"));
    EXPECT_STR(wire_asked(w, 1),
        S("POST /v1/disputes/dp_1Ab "
          "evidence[customer_name]=Ada&evidence[receipt]=file_1&submit=true"));
    EXPECT_STR(wire_header(w, 1, "Idempotency-Key"), S("dsp_1-1"));
    wire_next(w, 400, "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"Too late.\"}}");
    EXPECT_OK(STRIPE->answer(t->c, &evidence, &said));
    EXPECT_STR(outcome_text(said.outcome), S("declined"));
    EXPECT(str_has(said.refusal, S("Too late.")));
    wire_next(w, 0, "");
    EXPECT_OK(STRIPE->answer(t->c, &evidence, &said));
    EXPECT_STR(outcome_text(said.outcome), S("unknown"));
}
