#include "base/id.h"
#include "base/test.h"
#include "risk/fit.h"

/* Histories that are made up, with what is behind them known. */

enum {
    ORDERS = 3000
};

static int32_t drawn(struct test *t, int64_t below)
{
    return (int32_t)random_below(t->c, below);
}

static bool happens(struct test *t, int64_t percent)
{
    return random_below(t->c, 100) < percent;
}

/* Buyers are mostly new or known, and some are unlucky with a card or share an office's address. */
static struct fit_sample good(struct test *t)
{
    struct fit_sample s = { .value = { [RISK_BASE] = 1 }, .minor = 1000 };
    s.value[RISK_FIRST] = happens(t, 40);
    s.value[RISK_GUEST] = happens(t, 30);
    s.value[RISK_NEW_ACCOUNT] = s.value[RISK_FIRST] && !s.value[RISK_GUEST] ? 3 : drawn(t, 2);
    s.value[RISK_DECLINES] = happens(t, 8) ? 1 + drawn(t, 2) : 0;
    s.value[RISK_CARDS] = s.value[RISK_DECLINES] > 0;
    s.value[RISK_ADDRESS_ORDERS] = happens(t, 15) ? drawn(t, 6) : 0;
    s.value[RISK_COUNTRY] = happens(t, 4);
    s.value[RISK_AMOUNT] = happens(t, 10) ? drawn(t, 4) : 0;
    return s;
}

/* Planted: of whom tries cards, of whom orders much from one place, and of whom nothing shows. */
static struct fit_sample fraud(struct test *t)
{
    struct fit_sample s = good(t);
    s.fraud = true;
    s.minor = 5000;
    s.value[RISK_FIRST] = happens(t, 80);
    s.value[RISK_COUNTRY] = happens(t, 50);
    if (happens(t, 55)) {
        s.value[RISK_DECLINES] = 1 + drawn(t, 8);
        s.value[RISK_CARDS] = 1 + drawn(t, s.value[RISK_DECLINES]);
    }
    if (happens(t, 55)) {
        s.value[RISK_ADDRESS_ORDERS] = 3 + drawn(t, 15);
        s.value[RISK_ADDRESS_DECLINES] = drawn(t, 10);
    }
    return s;
}

static struct fit_history history(struct test *t, size_t n, int64_t one_in)
{
    struct fit_history h = { .sample = arena_array(t->c->arena, struct fit_sample, n), .n = n };
    for (size_t i = 0; i < n; i++) {
        bool bad = random_below(t->c, one_in) == 0;
        h.sample[i] = bad ? fraud(t) : good(t);
        h.frauds += bad;
    }
    return h;
}

static struct catalog_risk defaults(struct test *t)
{
    struct catalog k = { .n = 0 };
    EXPECT_OK(catalog_parse(t->c, t->c->arena, S("{}"), &k));
    return k.risk;
}

TEST("fitted on a history with planted fraud, the score tells nine in ten apart that it never saw")
{
    struct catalog_risk now = defaults(t);
    struct fit_history h = history(t, ORDERS, 15);
    struct fit_report r;
    EXPECT_OK(fit_judge(t->c, &now, &h, &r));
    EXPECT(r.auc_then >= 900);
    EXPECT(r.auc_then >= r.auc_now);
    EXPECT_I64(r.held_frauds + r.held_goods, ORDERS * 3 / 10);
    EXPECT(r.weight[RISK_DECLINES] + r.weight[RISK_CARDS] > 0 && r.weight[RISK_COUNTRY] > 0);
    EXPECT(!r.varied[RISK_MAIL_ORDERS]);
    EXPECT_I64(r.weight[RISK_MAIL_ORDERS], now.weight[RISK_MAIL_ORDERS]);
    EXPECT(r.review > 0 && r.refuse >= r.review);
    for (size_t i = 0; i < FIT_STEPS; i++) {
        const struct fit_step *s = &r.then[i];
        EXPECT_I64(s->minor, s->frauds * 5000);
        if (s->threshold == r.review)
            EXPECT(s->goods * 50 <= r.held_goods && s->frauds * 2 > r.held_frauds);
        if (i > 0)
            EXPECT(s->frauds <= s[-1].frauds && s->goods <= s[-1].goods);
    }
}

TEST("the same history proposes the same weights, to the last of them")
{
    struct catalog_risk now = defaults(t);
    struct fit_history h = history(t, ORDERS, 15);
    struct fit_report one, two;
    EXPECT_OK(fit_judge(t->c, &now, &h, &one));
    EXPECT_OK(fit_judge(t->c, &now, &h, &two));
    for (size_t i = 0; i < RISK_FEATURES; i++)
        EXPECT_I64(one.weight[i], two.weight[i]);
}

TEST("where the weights behind a history are known, the fit finds them again")
{
    enum {
        MANY = 20000,
        NEAR = 15
    };
    const int64_t known[RISK_FEATURES] = { [RISK_BASE] = -180,
        [RISK_DECLINES] = 90,
        [RISK_CARDS] = -40,
        [RISK_FIRST] = 120,
        [RISK_NEW_ACCOUNT] = 25 };
    struct fit_sample *k = arena_array(t->c->arena, struct fit_sample, MANY);
    for (size_t i = 0; i < MANY; i++) {
        int64_t points = known[RISK_BASE];
        k[i].value[RISK_BASE] = 1;
        for (size_t f = RISK_BASE + 1; f < RISK_FEATURES; f++) {
            k[i].value[f] = known[f] != 0 ? drawn(t, 4) : 0;
            points += known[f] * k[i].value[f];
        }
        k[i].fraud = happens(t, risk_score(points));
    }
    int64_t found[RISK_FEATURES] = { [RISK_GUEST] = 7 };
    fit_weights(k, MANY, found);
    for (size_t f = 0; f < RISK_FEATURES; f++)
        if (f != RISK_GUEST)
            EXPECT(found[f] > known[f] - NEAR && found[f] < known[f] + NEAR);
    EXPECT_I64(found[RISK_GUEST], 7); /* it never varied */
}

TEST("a feature that only frauds have weighs much, and not without end")
{
    struct fit_sample k[400];
    for (size_t i = 0; i < ARRAY_LEN(k); i++) {
        k[i] = (struct fit_sample) { .fraud = i % 4 == 0 };
        k[i].value[RISK_BASE] = 1;
        k[i].value[RISK_COUNTRY] = k[i].fraud;
    }
    int64_t found[RISK_FEATURES] = { 0 };
    fit_weights(k, ARRAY_LEN(k), found);
    EXPECT(found[RISK_COUNTRY] > 500 && found[RISK_COUNTRY] < 2000);
}

TEST("of weights that say nothing a fraud is ahead as often as not, of perfect ones always")
{
    struct fit_sample k[10];
    int64_t weight[RISK_FEATURES] = { 0 };
    for (size_t i = 0; i < ARRAY_LEN(k); i++) {
        k[i] = (struct fit_sample) { .fraud = i < 3 };
        k[i].value[RISK_CARDS] = i < 3 ? 2 : 1;
    }
    EXPECT_I64(fit_auc(t->c, weight, k, ARRAY_LEN(k)), 500);
    weight[RISK_CARDS] = 1;
    EXPECT_I64(fit_auc(t->c, weight, k, ARRAY_LEN(k)), 1000);
    weight[RISK_CARDS] = -1;
    EXPECT_I64(fit_auc(t->c, weight, k, ARRAY_LEN(k)), 0);
    k[0].value[RISK_CARDS] = 1; /* beside the seven */
    weight[RISK_CARDS] = 1;
    EXPECT_I64(fit_auc(t->c, weight, k, ARRAY_LEN(k)), (2 * 1000 + 500) / 3);
}

TEST("too little history is refused with what is there and what is needed")
{
    struct catalog_risk now = defaults(t);
    struct fit_report r;
    struct fit_history few = history(t, 300, 100);
    EXPECT_FAIL(fit_judge(t->c, &now, &few, &r), CONFLICT);
    struct fit_history none = { .n = 0 };
    EXPECT_FAIL(fit_judge(t->c, &now, &none, &r), CONFLICT);
    struct fit_history early = history(t, 1000, 10);
    for (size_t i = 700; i < early.n; i++)
        if (early.sample[i].fraud) {
            early.sample[i] = good(t);
            early.frauds--;
        }
    EXPECT_FAIL(fit_judge(t->c, &now, &early, &r), CONFLICT);
}
