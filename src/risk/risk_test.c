#include "base/test.h"
#include "catalog/catalog_fixture.h"
#include "risk/risk.h"

TEST("a score rises with its points, and is the same distance from the middle on both sides")
{
    EXPECT_I64(risk_score(0), 50);
    EXPECT_I64(risk_score(-400), 2); /* 1.8 */
    EXPECT_I64(risk_score(-310), 4); /* 4.3 */
    EXPECT_I64(risk_score(110), 75); /* 75.03 */
    EXPECT_I64(risk_score(220), 90); /* 90.02 */
    EXPECT_I64(risk_score(529), 99);
    EXPECT_I64(risk_score(530), 100); /* 99.5 */
    EXPECT_I64(risk_score(-530), 0);
    EXPECT_I64(risk_score(1000000), 100);
    for (int64_t points = -700; points < 700; points++) {
        EXPECT(risk_score(points) <= risk_score(points + 1));
        EXPECT(risk_score(points + 1) - risk_score(points) <= 1);
        EXPECT_I64(risk_score(points) + risk_score(-points), 100);
    }
}

static enum order_risk action_at(int64_t points, int64_t review, int64_t refuse)
{
    struct catalog_risk k = { .review = review, .refuse = refuse };
    struct risk r = { .value = { [RISK_DECLINES] = 1 } };
    k.weight[RISK_DECLINES] = points;
    risk_weigh(&k, &r);
    return r.action;
}

TEST("a threshold counts itself, one below it does not, and none is never reached")
{
    EXPECT_I64(action_at(110, 75, 90), ORDER_RISK_REVIEW);
    EXPECT_I64(action_at(110, 76, 90), ORDER_RISK_ALLOW);
    EXPECT_I64(action_at(220, 75, 90), ORDER_RISK_REFUSE);
    EXPECT_I64(action_at(220, 75, 91), ORDER_RISK_REVIEW);
    EXPECT_I64(action_at(10000, 0, 0), ORDER_RISK_ALLOW);
    EXPECT_I64(action_at(10000, 75, 0), ORDER_RISK_REVIEW);
    EXPECT_I64(action_at(10000, 0, 100), ORDER_RISK_REFUSE);
    EXPECT_I64(action_at(220, 90, 90), ORDER_RISK_REFUSE);
}

TEST("each value counts as often as its weight says, and the points add up to the score")
{
    struct catalog_risk k = { .review = 0 };
    struct risk r = { .value = { [RISK_BASE] = 1, [RISK_CARDS] = 3 } };
    k.weight[RISK_BASE] = -400;
    k.weight[RISK_CARDS] = 170;
    risk_weigh(&k, &r);
    EXPECT_I64(r.points[RISK_CARDS], 510);
    EXPECT_I64(r.score, risk_score(110));
    EXPECT_STR(risk_reasons(t->c->arena, &r), S("cards 3 (+510), base 1 (-400)"));
}

static enum err parse(struct test *t, const char *text, struct catalog *ret)
{
    return catalog_parse(t->c, t->c->arena, str_of_c(text), ret);
}

TEST(
    "a catalogue that says nothing of risk weighs and lets everything pass; a strange one is refused")
{
    struct catalog k = { .n = 0 };
    EXPECT_OK(parse(t, "{}", &k));
    EXPECT_I64(k.risk.weight[RISK_BASE], -400);
    EXPECT_I64(k.risk.weight[RISK_DECLINES], 80);
    EXPECT_I64(k.risk.review + k.risk.refuse, 0);
    EXPECT(str_has(k.text, S("\"declines\":80")));
    EXPECT_OK(
        parse(t, "{\"risk\":{\"weights\":{\"declines\":-7},\"review\":60,\"refuse\":60}}", &k));
    EXPECT_I64(k.risk.weight[RISK_DECLINES], -7);
    EXPECT_I64(k.risk.weight[RISK_BASE], -400);
    EXPECT_I64(k.risk.review, 60);
    EXPECT_I64(parse(t, "{\"risk\":{\"weights\":{\"shoeSize\":1}}}", &k), E_INVALID);
    EXPECT_STR(t->c->err.message, S("risk.weights.shoeSize is not known here"));
    EXPECT_FAIL(parse(t, "{\"risk\":{\"review\":60,\"refuse\":59}}", &k), INVALID_REQUEST);
    EXPECT_FAIL(parse(t, "{\"risk\":{\"refuse\":101}}", &k), INVALID_REQUEST);
}
