#include "base/rate.h"

#include "base/metric.h"
#include "base/security.h"
#include "base/test.h"

#include <pthread.h>

static int64_t allowed(struct test *t, enum rate which, struct str who, int tries)
{
    int64_t n = 0, wait_s = 0;
    for (int i = 0; i < tries; i++)
        n += rate_try(t->c, which, who, &wait_s) ? 1 : 0;
    return n;
}

TEST("R98 each limit lets its burst pass, refuses the next, and fills up evenly")
{
    static const struct {
        enum rate which;
        int64_t burst, per_window, window_s;
    } row[] = {
        { RATE_ADDRESS, 1000, 6000, 60 },
        { RATE_CHECKOUT, 5, 5, 60 },
        { RATE_COUPON, 5, 5, 60 },
        { RATE_BAD_SIGNATURE, 60, 60, 60 },
        { RATE_BAD_CREDENTIAL, 20, 60, 60 },
        { RATE_LOGIN, 10, 10, 600 },
        { RATE_LOGIN_ACCOUNT, 10, 10, 600 },
        { RATE_PHONE, 6, 6, 600 },
        { RATE_ALERT, 1, 6, 60 },
        { RATE_NOTE, 10, 10, 60 },
        { RATE_NOTE_KIND, 60, 120, 60 },
    };
    _Static_assert(ARRAY_LEN(row) == RATE_COUNT, "every limit is tested");
    t->c->rates = rates_open(t->c);
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct str who = S("203.0.113.7");
        EXPECT_I64(allowed(t, row[i].which, who, 2000), row[i].burst);
        EXPECT_I64(allowed(t, row[i].which, S("203.0.113.8"), 1), 1);
        t->c->wall_ms += row[i].window_s * 1000;
        int64_t again = row[i].per_window < row[i].burst ? row[i].per_window : row[i].burst;
        EXPECT_I64(allowed(t, row[i].which, who, 2000), again);
        t->c->wall_ms += row[i].window_s * 1000 / row[i].per_window;
        EXPECT_I64(allowed(t, row[i].which, who, 2000), 1);
    }
    rates_close(t->c->rates);
}

TEST("R98 a refusal says when to come back, and coming back then is allowed")
{
    t->c->rates = rates_open(t->c);
    for (int i = 0; i < 5; i++)
        EXPECT_OK(rate_take(t->c, RATE_CHECKOUT, S("user:42")));
    enum err e = rate_take(t->c, RATE_CHECKOUT, S("user:42"));
    EXPECT(e == E_LIMIT);
    EXPECT_I64(t->c->err.retry_after_s, 12);
    EXPECT_FAIL(e, RATE_LIMITED);
    t->c->wall_ms += 11000;
    EXPECT_FAIL(rate_take(t->c, RATE_CHECKOUT, S("user:42")), RATE_LIMITED);
    t->c->wall_ms += 1000;
    EXPECT_OK(rate_take(t->c, RATE_CHECKOUT, S("user:42")));
    rates_close(t->c->rates);
}

TEST("what was taken and given back was never taken")
{
    t->c->rates = rates_open(t->c);
    for (int i = 0; i < 200; i++) {
        EXPECT_OK(rate_take(t->c, RATE_COUPON, S("a")));
        rate_give(t->c, RATE_COUPON, S("a"));
    }
    EXPECT_I64(allowed(t, RATE_COUPON, S("a"), 9), 5);
    rates_close(t->c->rates);
}

TEST("R88 a clock that is set back by a day locks nobody out for a day")
{
    t->c->rates = rates_open(t->c);
    EXPECT_I64(allowed(t, RATE_COUPON, S("a"), 9), 5);
    t->c->wall_ms -= INT64_C(86400000);
    EXPECT_I64(allowed(t, RATE_COUPON, S("a"), 9), 0);
    t->c->wall_ms += 60000;
    EXPECT_I64(allowed(t, RATE_COUPON, S("a"), 9), 5);
    rates_close(t->c->rates);
}

struct hammer {
    struct ctx c;
    struct arena arena;
    int64_t got;
};

static void *hammer(void *arg)
{
    struct hammer *h = arg;
    int64_t wait_s = 0;
    for (int i = 0; i < 500; i++) {
        h->got += rate_try(&h->c, RATE_ADDRESS, S("203.0.113.7"), &wait_s) ? 1 : 0;
        security_note(&h->c, SECURITY_KEY_REFUSED, "guess %d", i);
    }
    return NULL;
}

TEST("R98 four threads at once get the burst between them and not one more")
{
    struct hammer h[4];
    pthread_t thread[4];
    int64_t got = 0;
    t->c->rates = rates_open(t->c);
    t->c->security = security_open();
    for (int i = 0; i < 4; i++) {
        h[i] = (struct hammer) { .arena = { 0 } };
        h[i].c = ctx_sibling(t->c, &h[i].arena);
        EXPECT(pthread_create(&thread[i], NULL, hammer, &h[i]) == 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
        got += h[i].got;
        arena_free(&h[i].arena);
    }
    EXPECT_I64(got, 1000);
    EXPECT_I64(metric_value(t->c, METRIC_security_key_refused_total), 2000);
    security_close(t->c->security);
    rates_close(t->c->rates);
}
