#include "subscription/subscription.h"

#include "base/clock.h"
#include "base/test.h"

/* The months of a plan, its words, and what may follow what. */

static int64_t at(struct test *t, const char *text)
{
    int64_t ms = 0;
    EXPECT(time_parse_iso(str_of_c(text), &ms));
    return ms;
}

static struct subscription from(struct test *t, const char *anchor)
{
    return (struct subscription) {
        .anchor_ms = at(t, anchor), .period_start_ms = at(t, anchor), .terms = { .months = 1 }
    };
}

TEST("R100 ten years of months from the 28th to the 31st keep the anchor's day, leap years too")
{
    static const char *const anchors[] = { "2024-01-28T10:30:00Z", "2024-01-29T10:30:00Z",
        "2024-01-30T10:30:00Z", "2024-01-31T10:30:00Z" };
    for (size_t i = 0; i < ARRAY_LEN(anchors); i++) {
        struct subscription s = from(t, anchors[i]);
        struct civil anchor = civil_of_ms(s.anchor_ms);
        for (int64_t m = 0; m <= 120; m++) {
            int64_t ms = subscription_month_ms(&s, m), near = -1;
            struct civil day = civil_of_ms(ms);
            int last = civil_days_in_month(day.year, day.month);
            EXPECT_I64(day.day, anchor.day < last ? anchor.day : last);
            EXPECT_I64(day.hour * 60 + day.minute, 10 * 60 + 30);
            EXPECT_I64(subscription_month_at(&s, ms), m);
            EXPECT_I64(subscription_month_at(&s, ms - 30 * 1000), m); /* the gateway's seconds */
            EXPECT_I64(subscription_month_at(&s, ms - 3600 * 1000), m - 1);
            EXPECT(subscription_month_near(&s, ms - 3 * 3600 * 1000, &near));
            EXPECT_I64(near, m);
        }
    }
}

TEST("R100 periods by the month and by the year end on the anchor's day")
{
    struct subscription s = from(t, "2024-01-31");
    s.period_end_ms = subscription_month_ms(&s, 1);
    EXPECT_I64(s.period_end_ms, at(t, "2024-02-29"));
    EXPECT_I64(subscription_next_end_ms(&s, s.terms.months), at(t, "2024-03-31"));
    s = from(t, "2024-02-29");
    s.terms.months = 12;
    s.period_end_ms = subscription_month_ms(&s, 12);
    EXPECT_I64(s.period_end_ms, at(t, "2025-02-28"));
    EXPECT_I64(subscription_next_end_ms(&s, s.terms.months), at(t, "2026-02-28"));
    s.period_end_ms = subscription_month_ms(&s, 36);
    EXPECT_I64(subscription_next_end_ms(&s, s.terms.months), at(t, "2028-02-29"));
}

TEST("a period that ends on no month of the anchor, as a trial does, is counted from itself")
{
    struct subscription s = from(t, "2026-01-31");
    int64_t m = 0;
    s.period_end_ms = at(t, "2026-02-14");
    EXPECT(!subscription_month_near(&s, s.period_end_ms, &m));
    EXPECT_I64(subscription_next_end_ms(&s, s.terms.months), at(t, "2026-03-14"));
}

TEST("what a plan costs is said in words")
{
    static const struct {
        int64_t months, trial_days, off_minor, off_months;
        const char *words;
    } cases[] = {
        { 1, 0, 0, 0, "$9.99 a month" },
        { 12, 0, 0, 0, "$9.99 a year" },
        { 1, 14, 0, 0, "14 days free, then $9.99 a month" },
        { 1, 1, 0, 0, "1 day free, then $9.99 a month" },
        { 1, 0, 100, 0, "$8.99 for the first month, then $9.99 a month" },
        { 1, 0, 100, -1, "$8.99 a month" },
        { 1, 0, 100, 3, "$8.99 a month for the first 3, then $9.99 a month" },
        { 12, 0, 100, 3, "$8.99 for the first year, then $9.99 a year" },
        { 12, 7, 100, 24, "7 days free, then $8.99 a year for the first 2, then $9.99 a year" },
        { 1, 0, 999, 0, "$0.00 for the first month, then $9.99 a month" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct subscription_terms k = {
            .months = cases[i].months,
            .amount = { 999, CUR_USD },
            .trial_days = cases[i].trial_days,
            .off_minor = cases[i].off_minor,
            .off_months = cases[i].off_months,
        };
        EXPECT_STR(subscription_terms_words(t->c->arena, &k), str_of_c(cases[i].words));
    }
}

TEST("what a subscription is worth is its price by the month, without tax, less its coupon")
{
    struct subscription k = {
        .status = SUBSCRIPTION_ACTIVE,
        .terms = { .months = 12, .amount = { 9995, CUR_USD }, .off_minor = 1000, .tax_bps = 1900 },
    };
    EXPECT_I64(subscription_worth(&k), 833); /* the coupon is used up */
    k.terms.off_months = -1;
    EXPECT_I64(subscription_worth(&k), 750);
    k.terms.tax_inclusive = true;
    EXPECT_I64(subscription_worth(&k), 630);
    k.status = SUBSCRIPTION_PAST_DUE;
    EXPECT_I64(subscription_worth(&k), 630);
    k.status = SUBSCRIPTION_TRIALING;
    EXPECT_I64(subscription_worth(&k), 0);
    k.status = SUBSCRIPTION_CANCELED;
    EXPECT_I64(subscription_worth(&k), 0);
    k.period_end_ms = k.trial_end_ms = 1000; /* a trial that was not paid when it ended */
    k.status = SUBSCRIPTION_PAST_DUE;
    EXPECT_I64(subscription_worth(&k), 0);
    k.status = SUBSCRIPTION_ACTIVE;
    EXPECT_I64(subscription_worth(&k), 0);
    k.period_end_ms = 2000;
    EXPECT_I64(subscription_worth(&k), 630);
}

TEST("what a plan gives of credits is read with its defaults")
{
    struct subscription_terms k = { .source = S("{\"credits\":{\"allowance\":500}}") };
    EXPECT_I64(subscription_credits(&k).cap, 1000);
    EXPECT_I64(subscription_credits(&k).every, 1);
    k.source = S("{\"credits\":{\"allowance\":500,\"every\":\"year\",\"rolloverCap\":0}}");
    EXPECT_I64(subscription_credits(&k).cap, 0);
    EXPECT_I64(subscription_credits(&k).every, 12);
    k.source = S("{\"name\":\"P\"}");
    EXPECT_I64(subscription_credits(&k).allowance, 0);
    k.source = S("{\"credits\":{\"allowance\":5,\"every\":\"once\",\"rolloverCap\":-1}}");
    EXPECT_I64(subscription_credits(&k).every, 0);
}

TEST("a plan's states and what may follow them")
{
    struct buf b = BUF(t->c->arena);
    subscription_arrows(&b);
    EXPECT_STR(buf_str(&b),
        S("trialing -> trialing active past_due canceled\n"
          "active -> active past_due canceled\n"
          "past_due -> active past_due canceled\n"
          "incomplete -> trialing active incomplete canceled\n"
          "canceled -> canceled\n"));
}
