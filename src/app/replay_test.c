#include "app/shop_fixture.h"

#include "db/db.h"

/* A webhook once more, by a person: what would follow, and that it follows. */

static struct shop_session *newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

static void expect_status(struct shop *s, struct str id, enum order_status want)
{
    struct test *t = s->t;
    struct order o = shop_order(s, id);
    EXPECT_STR(order_status_text(o.status), order_status_text(want));
}

static enum err look_event(struct ctx *c, void *arg)
{
    struct event *e = arg;
    TRY(db_one(c, "SELECT MAX(n) FROM event", DB_NO_IN, DB_OUT(out_i64(&e->n))));
    return db_one(c, "SELECT status FROM event WHERE n = $1", DB_IN(in_i64(e->n)),
        DB_OUT(out_enum(&e->status)));
}

static struct event newest_event(struct shop *s)
{
    struct test *t = s->t;
    struct event e = { .n = 0 };
    EXPECT_OK(db_read(s->c, look_event, &e));
    return e;
}

static struct str replay(struct shop *s, bool dry, bool *ret_changes)
{
    struct test *t = s->t;
    struct str words = S("");
    EXPECT_OK(inbox_replay(s->c, newest_event(s).n, dry, &words, ret_changes));
    return words;
}

TEST("a dry run asks the gateway, and says what the replay would make of its answer")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    bool changes = true;
    shop_webhook(s, "complete", newest(s), 1000);
    EXPECT_STR(replay(s, true, &changes),
        S("nothing to do yet: the gateway's own answer does not say so yet"));
    EXPECT(!changes);
    newest(s)->status = "completed";
    newest(s)->total = 1500;
    EXPECT(str_starts(replay(s, true, &changes), S("in review: paid $15.00")));
    EXPECT(changes);
    newest(s)->total = 1000;
    EXPECT_STR(replay(s, true, &changes), S("applied"));
    EXPECT(changes);
    expect_status(s, id, ORDER_PENDING);
    EXPECT(newest_event(s).status == EVENT_RECEIVED);
    (void)replay(s, false, &changes);
    EXPECT(changes);
    expect_status(s, id, ORDER_COMPLETED);
}

static enum err spoil_tx(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(c, 1,
        "UPDATE attempt SET status = 3, captured_ms = 1 WHERE n = (SELECT MIN(n) FROM attempt)",
        DB_NO_IN);
}

TEST("a dry run that fails inside says so, instead of what it had not come to")
{
    struct shop *s = shop_open(t);
    s->fault = "lose_after";
    s->fault_call = "create";
    s->faults_left = 1;
    shop_post(s, "/api/checkout/create",
        "Authorization: Bearer sk_configured_0123456789abcdef\r\nIdempotency-Key: k1\r\n",
        S("{\"email\":\"ada@example.com\",\"priceId\":\"mug-usd\"}"), NULL);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    shop_webhook(s, "complete", newest(s), 1000);
    /* By another's hand: the order is not paid, and one of its tries says that it paid it. */
    EXPECT_OK(db_tx(s->c, "spoil", spoil_tx, NULL));
    struct str words = S("");
    bool changes = false;
    EXPECT_FAIL(inbox_replay(s->c, newest_event(s).n, true, &words, &changes), CONFLICT);
    expect_status(s, id, ORDER_PENDING);
}

TEST("an old webhook that is replayed while its gateway is away waits for it like a new one")
{
    struct shop *s = shop_open(t);
    struct shop_session early = { .id = "session-1", .attempt = S("") };
    shop_webhook(s, "complete", &early, 1000);
    for (int i = 0; i < 60; i++)
        shop_wait(s, 30 * 60 * 1000);
    EXPECT(newest_event(s).status == EVENT_PARKED);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\""), words = S("");
    newest(s)->status = "completed";
    s->fault = "lose";
    s->fault_call = "query";
    s->faults_left = 2;
    bool changes = false;
    EXPECT_FAIL(
        inbox_replay(s->c, newest_event(s).n, false, &words, &changes), GATEWAY_UNAVAILABLE);
    EXPECT(newest_event(s).status == EVENT_RETRYING);
    expect_status(s, id, ORDER_PENDING);
    shop_wait(s, 61 * 1000);
    shop_wait(s, 61 * 1000);
    EXPECT(newest_event(s).status == EVENT_APPLIED);
    expect_status(s, id, ORDER_COMPLETED);
    shop_verify(s);
}
