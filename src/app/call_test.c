#include "app/refund_fixture.h"

#include "db/db.h"
#include "payment/call.h"

/* What gateways were asked stays known for a while. */

static struct shop_session *newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

struct seen {
    struct call call[20];
    int64_t n;
};

static enum err take(struct ctx *c, const struct call *call, void *arg)
{
    struct seen *seen = arg;
    must(seen->n < 20 && !c->dead);
    seen->call[seen->n++] = *call;
    return E_OK;
}

static enum err look(struct ctx *c, void *arg)
{
    return call_newest(c, 20, take, arg);
}

static struct seen calls(struct shop *s)
{
    struct test *t = s->t;
    struct seen seen = { .n = 0 };
    EXPECT_OK(db_read(s->c, look, &seen));
    return seen;
}

TEST("each call to a gateway is kept: what it was, how long it took, what was said")
{
    struct shop *s = shop_open(t);
    shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    shop_webhook(s, "complete", newest(s), 1000);
    shop_jobs(s);
    struct seen seen = calls(s);
    EXPECT_I64(seen.n, 2);
    EXPECT(seen.call[0].what == CALL_QUERY && seen.call[1].what == CALL_OPEN);
    EXPECT_STR(call_words(s->c->arena, &seen.call[0]), S("212 ms, said completed (HTTP 200)"));
    EXPECT_STR(call_words(s->c->arena, &seen.call[1]), S("212 ms, opened it (HTTP 200)"));
    EXPECT(seen.call[0].attempt_n == seen.call[1].attempt_n);
}

TEST("a call without an answer is kept, and one that is asked again is one more")
{
    struct shop *s = shop_open(t);
    shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    s->fault = "lose";
    s->fault_call = "query";
    s->faults_left = 1;
    shop_wait(s, 61 * 1000);
    struct seen seen = calls(s);
    EXPECT_I64(seen.n, 2);
    EXPECT(seen.call[0].outcome == OUTCOME_UNKNOWN);
    EXPECT_STR(call_words(s->c->arena, &seen.call[0]), S("0 ms, unknown (no answer)"));
    shop_wait(s, 5 * 60 * 1000);
    EXPECT_I64(calls(s).n, 3);
}

TEST("calls are forgotten after ninety days, and not before")
{
    struct shop *s = shop_open(t);
    shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    EXPECT_I64(calls(s).n, 1);
    s->c->now_ms += INT64_C(90) * 24 * 3600 * 1000;
    EXPECT_OK(call_forget(s->c, S("")));
    EXPECT_I64(calls(s).n, 1);
    s->c->now_ms += 1;
    EXPECT_OK(call_forget(s->c, S("")));
    EXPECT_I64(calls(s).n, 0);
}

TEST("a call that gives money back is kept with the others, and so is asking what went back")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid(s);
    s->shop->fault = "lose_after";
    s->shop->fault_call = "refund";
    s->shop->faults_left = 1;
    refund_give(s->shop, "r1", id, "\"amount\":300", 202);
    shop_wait(s->shop, 60 * 1000);
    struct seen seen = calls(s->shop);
    struct arena *a = t->c->arena;
    EXPECT(seen.call[0].what == CALL_GIVEN && seen.call[0].outcome == OUTCOME_DONE);
    EXPECT_STR(call_words(a, &seen.call[0]), S("0 ms, said it (HTTP 200)"));
    int64_t gave = 0;
    for (int64_t i = 0; i < seen.n; i++)
        if (seen.call[i].what == CALL_GIVE) {
            EXPECT(++gave == 1 && seen.call[i].outcome == OUTCOME_UNKNOWN);
            EXPECT_I64(seen.call[i].attempt_n, seen.call[0].attempt_n);
        }
    EXPECT_I64(gave, 1);
    struct person p = console_sign_in(s->shop, ROLE_FINANCE);
    struct order o = shop_order(s->shop, id);
    struct str page = shop_get(s->shop,
        str_c(a, str_fmt(a, "/admin/orders/%.*s", SARG(order_number(a, &o)))), p.cookie, NULL);
    EXPECT(str_has(page, S("was asked to give money back")));
    EXPECT(str_has(page, S("was asked what went back")));
}
