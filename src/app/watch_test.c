#include "app/watch.h"

#include "alert/alert.h"
#include "app/shop_fixture.h"
#include "base/metric.h"

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

struct counted {
    const char *kind;
    struct str sentence;
    int64_t n;
};

static enum err count_one(struct ctx *c, const struct alert *a, void *arg)
{
    struct counted *k = arg;
    if (str_eq(a->kind, str_of_c(k->kind))) {
        k->n++;
        k->sentence = str_copy(c->arena, a->sentence);
    }
    return E_OK;
}

static enum err count(struct ctx *c, void *arg)
{
    return alert_list(c, ALERT_OPEN, 0, 100, count_one, arg);
}

static struct counted open_of(struct test *t, const char *kind)
{
    struct counted k = { .kind = kind };
    EXPECT_OK(db_read(t->c, count, &k));
    return k;
}

static enum err alter(struct ctx *c, void *arg)
{
    return db_exec(c, 1, "UPDATE credit_account SET balance = balance + $1",
        DB_IN(in_i64(*(const int64_t *)arg)));
}

TEST("R93 books that do not add up are an alert within a day, which ends when they do again")
{
    struct shop *s = shop_open(t);
    int status = 0;
    shop_post(s, "/api/admin/credits/grant", KEY "Idempotency-Key: g1\r\n",
        S("{\"customerId\":\"ada\",\"amount\":9,\"reason\":\"a gift\"}"), &status);
    EXPECT_I64(status, 200);
    shop_wait(s, 1000); /* what happened is sealed */
    shop_wait(s, INT64_C(25) * 3600 * 1000);
    EXPECT(metric_value(t->c, METRIC_books_checked_total) > 1);
    EXPECT_I64(metric_value(t->c, METRIC_books_wrong), 0);
    EXPECT_I64(open_of(t, "books").n, 0);
    shop_wait(s, 1000);
    int64_t more = 1;
    EXPECT_OK(db_tx(t->c, "alter", alter, &more));
    shop_wait(s, INT64_C(25) * 3600 * 1000);
    EXPECT_I64(metric_value(t->c, METRIC_books_wrong), 1);
    EXPECT_I64(open_of(t, "books").n, 1);
    EXPECT(str_has(open_of(t, "books").sentence, S("credits of ada")));
    shop_wait(s, 1000);
    more = -1;
    EXPECT_OK(db_tx(t->c, "alter", alter, &more));
    shop_wait(s, INT64_C(25) * 3600 * 1000);
    EXPECT_I64(metric_value(t->c, METRIC_books_wrong), 0);
    EXPECT_I64(open_of(t, "books").n, 0);
}

static enum err read_offset(struct ctx *c, void *arg)
{
    return store_clock_offset(c, arg);
}

TEST("R93 a clock that is not the database's is an alert until it is")
{
    int64_t ahead_ms = INT64_MAX;
    EXPECT_OK(db_read(t->c, read_offset, &ahead_ms));
    EXPECT(ahead_ms <= 500 && ahead_ms >= -500);
    EXPECT_OK(clock_job(t->c, S("")));
    EXPECT_I64(open_of(t, "clock").n, 0);
    EXPECT_OK(clock_judge(t->c, -2001));
    EXPECT(str_has(open_of(t, "clock").sentence, S("2001 ms behind")));
    EXPECT_OK(clock_judge(t->c, 60000));
    EXPECT(str_has(open_of(t, "clock").sentence, S("60000 ms ahead")));
    EXPECT_OK(clock_judge(t->c, 2000));
    EXPECT_I64(open_of(t, "clock").n, 0);
}
