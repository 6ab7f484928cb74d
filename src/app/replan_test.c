#include "app/plan_shop.h"

/* Another plan: what it costs is what was shown, and what is then there is what was paid for. */

static const int64_t day = 24 * 3600 * 1000;

static int64_t number(struct shop *s, struct str answer, const char *path)
{
    int64_t n = -1;
    struct str raw = plan_member(s, answer, path);
    return raw.n > 0 && str_to_i64(raw, &n) ? n : -1;
}

/* Half a month in: what the preview says is what the page asks for, and what is then there. */
static void upgrade(struct test *t, const char *policy, int64_t due, int64_t credits, bool anew)
{
    struct shop *s = plan_shop_with(t, policy);
    struct arena *a = t->c->arena;
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    struct str end = str_copy(a, plan_status(s, "currentPeriodEnd"));
    int64_t from_ms = s->c->now_ms, end_ms = 0;
    EXPECT(time_parse_iso(str_part(end, 1, end.n - 2), &end_ms));
    shop_wait(s, (end_ms - from_ms) / 2);
    int status = 0;
    shop_post(s, "/api/credits/spend", KEY "Idempotency-Key: s1\r\n",
        S("{\"customerId\":\"ada\",\"amount\":400}"), &status);
    EXPECT_I64(status, 200);
    struct str seen = plan_ask(s, "preview", "p1", "\"plan\":\"pro\"", 200);
    EXPECT_STR(plan_member(s, seen, "when"), S("\"now\""));
    EXPECT_I64(number(s, seen, "dueNow.amount"), due);
    EXPECT_I64(number(s, seen, "next.amount"), 1999);
    EXPECT_I64(number(s, seen, "creditsNow") - number(s, seen, "creditsEnd"), credits);
    struct str at = plan_member(s, seen, "at");
    shop_wait(s, 60 * 1000);
    struct str answer = plan_ask(
        s, "change", "c1", str_c(a, str_fmt(a, "\"plan\":\"pro\",\"at\":%.*s", SARG(at))), 200);
    EXPECT_I64(number(s, answer, "dueNow.amount"), due);
    EXPECT_STR(plan_member(s, answer, "plan"), S("\"basic\"")); /* not before it is paid */
    EXPECT_I64(plan_hosted(s)->total, due);
    int64_t before = number(s, answer, "credits");
    plan_pay(s);
    EXPECT_STR(plan_status(s, "plan"), S("\"pro\""));
    EXPECT_I64(
        number(s, shop_get(s, "/api/subscription/status?customerId=ada", KEY, NULL), "credits"),
        before + credits);
    EXPECT(str_eq(plan_status(s, "currentPeriodEnd"), end) == !anew);
    shop_verify(s);
}

TEST("an upgrade by time costs the rest of the period, and raises its credits by the difference")
{
    upgrade(t, "", 1000 - 500, 1000, false);
}

TEST("an upgrade without an allowance is a whole new period from now")
{
    upgrade(t, "\"credits\":{\"upgrade\":\"none\"},", 1999, 1500, true);
}

TEST(
    "an upgrade by credits allows for those that are left: who burned them does not get them cheap")
{
    /* 50 once and 500 of the plan; 400 spent, the plan's first: a fifth of 9.99 is allowed for. */
    upgrade(t, "\"credits\":{\"upgrade\":\"credits\"},", 1999 - 200, 1500 - 100, true);
}

TEST("another interval costs what was shown, and takes the credits that its price gave back")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    int status = 0;
    shop_post(s, "/api/credits/spend", KEY "Idempotency-Key: s1\r\n",
        S("{\"customerId\":\"ada\",\"amount\":450}"), &status);
    EXPECT_I64(status, 200);
    struct str year = S("\"interval\":\"year\",\"when\":\"now\"");
    struct str seen = plan_ask(s, "preview", "p1", str_c(t->c->arena, year), 200);
    EXPECT_I64(number(s, seen, "dueNow.amount"), 9990 - 999);
    EXPECT_I64(number(s, seen, "creditsEnd"), 50);
    EXPECT_I64(number(s, seen, "creditsNow"), 500 - 450);
    EXPECT_I64(number(s, seen, "creditsOwed"), 0);
    plan_ask(s, "change", "c1", str_c(t->c->arena, year), 200);
    shop_post(s, "/api/credits/spend", KEY "Idempotency-Key: s2\r\n",
        S("{\"customerId\":\"ada\",\"amount\":40}"), &status);
    EXPECT_I64(status, 200);
    plan_pay(s);
    EXPECT_STR(plan_status(s, "interval"), S("\"year\""));
    EXPECT_STR(plan_status(s, "credits"), S("60")); /* 50 once, and 500 less 490 used */
    shop_verify(s);
}

static int64_t due_for(struct shop *s, const char *key, const char *members)
{
    struct str answer = plan_ask(s, "change", key, members, 200);
    int64_t due = number(s, answer, "dueNow.amount");
    if (due > 0)
        plan_pay(s);
    return due > 0 ? due : 0;
}

/* By the month 10.00 and 20.00, by the year ten times as much, and half of 10.00 off for ever. */
static struct shop *half_price(struct test *t, const char *upgrade)
{
    struct shop *s = plan_shop(t);
    struct str text = str_fmt(t->c->arena,
        "{\"plans\":["
        "{\"id\":\"one\",\"name\":\"One\",\"credits\":{\"allowance\":100},\"prices\":["
        "{\"id\":\"o1\",\"amount\":1000},"
        "{\"id\":\"o12\",\"interval\":\"year\",\"amount\":10000}]},"
        "{\"id\":\"two\",\"name\":\"Two\",\"credits\":{\"allowance\":100},\"prices\":["
        "{\"id\":\"t1\",\"amount\":2000},"
        "{\"id\":\"t12\",\"interval\":\"year\",\"amount\":20000}]}],"
        "\"coupons\":[{\"code\":\"HALF\",\"basisPoints\":5000,\"duration\":\"forever\"}],"
        "\"credits\":{\"upgrade\":\"%s\"},\"routing\":{\"card\":[\"moneymotion\"]}}",
        upgrade);
    shop_catalog(s, str_c(t->c->arena, text));
    plan_begin(s, "\"plan\":\"one\",\"coupon\":\"HALF\"");
    EXPECT_I64(plan_hosted(s)->total, 500);
    plan_pay(s);
    return s;
}

TEST("R10 a period that began with a change is worth what was paid for it, less its coupon")
{
    struct shop *s = half_price(t, "credits");
    shop_wait(s, day);
    EXPECT_I64(due_for(s, "c1", "\"interval\":\"year\",\"when\":\"now\""), 10000 - 500 - 500);
    EXPECT_I64(due_for(s, "c2", "\"plan\":\"two\",\"when\":\"now\""), 20000 - 500 - 9500);
    shop_verify(s);
}

TEST("a coupon that holds for a period holds for the plan that takes its place in it")
{
    struct shop *s = half_price(t, "time");
    EXPECT_I64(due_for(s, "c1", "\"plan\":\"two\",\"when\":\"now\""), 2000 - 1000);
    EXPECT_I64(due_for(s, "c2", "\"interval\":\"year\",\"when\":\"now\""), 20000 - 500 - 1500);
    shop_verify(s);
}

TEST("a cheaper plan begins with the next period, is called off, and planned again")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"pro\"");
    plan_pay(s);
    plan_ask(s, "change", "c0", "\"plan\":\"basic\",\"when\":\"now\"", 409);
    struct str answer = plan_ask(s, "change", "c1", "\"plan\":\"basic\"", 200);
    EXPECT_STR(plan_member(s, answer, "pendingChange.plan"), S("\"basic\""));
    EXPECT_STR(plan_member(s, answer, "plan"), S("\"pro\""));
    answer = plan_ask(s, "resume", "c2", "\"pendingChange\":true", 200);
    EXPECT_STR(plan_member(s, answer, "pendingChange"), S("null"));
    plan_ask(s, "change", "c3", "\"plan\":\"basic\"", 200);
    for (int i = 0; i < 29; i++)
        shop_wait(s, day);
    struct plan_seen k = plan_order(s);
    EXPECT_I64(k.order.total_minor, 999);
    plan_press_pay(s, &k.order);
    plan_pay(s); /* a day before its period begins */
    EXPECT_STR(plan_status(s, "plan"), S("\"pro\""));
    EXPECT_STR(plan_status(s, "pendingChange.plan"), S("\"basic\""));
    for (int i = 0; i < 2; i++)
        shop_wait(s, day);
    EXPECT_STR(plan_status(s, "plan"), S("\"basic\""));
    EXPECT_STR(plan_status(s, "pendingChange"), S("null"));
    shop_verify(s);
}

TEST("R12 a change under one key is one change; nobody changes what is another's")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    struct str first = plan_ask(s, "change", "c1", "\"plan\":\"pro\"", 200);
    struct str again = plan_ask(s, "change", "c1", "\"plan\":\"pro\"", 200);
    EXPECT_STR(again, first);
    plan_ask(s, "change", "c1", "\"plan\":\"basic\",\"interval\":\"year\"", 422);
    struct str bearer = str_fmt(t->c->arena, "Authorization: Bearer %.*s\r\n",
        SARG(shop_token(s, "bob", "bob@example.com", true)));
    int status = 0;
    struct str headers = str_fmt(t->c->arena, "%.*sIdempotency-Key: b1\r\n", SARG(bearer));
    shop_post(s, "/api/subscription/cancel", str_c(t->c->arena, headers), S("{}"), &status);
    EXPECT_I64(status, 404);
    shop_post(s, "/api/subscription/cancel", str_c(t->c->arena, headers),
        S("{\"customerId\":\"ada\"}"), &status);
    EXPECT_I64(status, 404);
    shop_post(s, "/api/subscription/cancel", "Idempotency-Key: b2\r\n", S("{}"), &status);
    EXPECT_I64(status, 401);
    struct str own = shop_get(s, "/api/subscription/status", str_c(t->c->arena, bearer), NULL);
    EXPECT_STR(plan_member(s, own, "status"), S("null"));
    EXPECT_STR(plan_member(s, own, "plan"), S("\"free\""));
}

TEST("where purser renews, the page for payers is the account page")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    int status = 0;
    struct str answer =
        shop_post(s, "/api/portal/create", KEY, S("{\"customerId\":\"ada\"}"), &status);
    EXPECT_I64(status, 200);
    EXPECT_STR(plan_member(s, answer, "url"), S("\"https://pay.example.com/account\""));
}

TEST("credits that are used between a price that counts them and its payment come off the new ones")
{
    struct shop *s = plan_shop_with(t, "\"credits\":{\"upgrade\":\"credits\"},");
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    struct str answer = plan_ask(s, "change", "c1", "\"plan\":\"pro\"", 200);
    EXPECT_I64(number(s, answer, "dueNow.amount"), 1000);
    int status = 0;
    shop_post(s, "/api/credits/spend", KEY "Idempotency-Key: s1\r\n",
        S("{\"customerId\":\"ada\",\"amount\":400}"), &status);
    EXPECT_I64(status, 200);
    plan_pay(s);
    EXPECT_STR(plan_status(s, "plan"), S("\"pro\""));
    EXPECT_STR(plan_status(s, "credits"), S("1150")); /* 50 once, 1500 less 400 */
    shop_verify(s);
}

TEST("of two changes that wait for their payment the first is given up")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    struct str first = plan_ask(s, "change", "c1", "\"plan\":\"pro\"", 200);
    struct str id = json_text(t->c->arena, json_root(first), "data.orderId");
    plan_ask(s, "change", "c2", "\"interval\":\"year\",\"when\":\"now\"", 200);
    EXPECT_STR(order_status_text(shop_order(s, id).status), S("cancelled"));
    plan_pay(s);
    EXPECT_STR(plan_status(s, "interval"), S("\"year\""));
    EXPECT_I64(plan_order(s).n, 3);
    shop_verify(s);
}

TEST("a plan that was planned for the next period and is not sold any more changes nothing")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"pro\"");
    plan_pay(s);
    plan_ask(s, "change", "c1", "\"plan\":\"basic\"", 200);
    shop_catalog(s,
        "{\"plans\":[{\"id\":\"pro\",\"group\":\"ai\",\"name\":\"Pro\",\"prices\":[{\"id\":\"p1\","
        "\"amount\":2999}]}],\"routing\":{\"card\":[\"moneymotion\"]}}");
    for (int i = 0; i < 29; i++)
        shop_wait(s, day);
    EXPECT_I64(plan_order(s).order.total_minor, 1999); /* as it was agreed to */
}

TEST("a change that is paid on its old page after the next period was paid for changes nothing")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    for (int i = 0; i < 26; i++)
        shop_wait(s, day);
    shop_wait(s, day / 2);
    struct str answer = plan_ask(s, "change", "c1", "\"plan\":\"pro\"", 200);
    struct str id = json_text(t->c->arena, json_root(answer), "data.orderId");
    struct shop_session *page = plan_hosted(s);
    shop_wait(s, day / 2);
    EXPECT_STR(order_status_text(shop_order(s, id).status), S("cancelled"));
    struct plan_seen k = plan_order(s);
    plan_press_pay(s, &k.order);
    plan_pay(s);
    page->status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", page, page->total), 200);
    shop_jobs(s);
    EXPECT_STR(order_status_text(shop_order(s, id).status), S("review"));
    EXPECT_STR(plan_status(s, "plan"), S("\"basic\""));
    shop_verify(s);
}

TEST("an offer that is taken while the next period can be paid holds for that period already")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    for (int i = 0; i < 28; i++)
        shop_wait(s, day);
    struct plan_seen before = plan_order(s);
    EXPECT_I64(before.order.total_minor, 999);
    plan_ask(s, "cancel", "c1", "\"reason\":\"price\",\"accept\":\"STAY\"", 200);
    shop_jobs(s);
    struct plan_seen k = plan_order(s);
    EXPECT_I64(k.order.total_minor, 699);
    EXPECT_I64(k.n, before.n + 1);
    EXPECT_STR(order_status_text(shop_order(s, order_id(t->c->arena, &before.order)).status),
        S("cancelled"));
    shop_verify(s);
}

/* In the gateway's dashboard, and recorded. */
static void give_back(struct shop *s, struct str order, const char *members)
{
    struct test *t = s->t;
    int status = 0;
    struct str body = str_fmt(s->c->arena,
        "{\"orderId\":\"%.*s\",\"reason\":\"asked\",\"byHand\":true,\"reference\":\"r1\"%s}",
        SARG(order), members);
    shop_post(s, "/api/admin/refunds", KEY "Idempotency-Key: back\r\n", body, &status);
    EXPECT_I64(status, 200);
    shop_jobs(s);
}

TEST("R11 an upgrade whose money went back is the plan before it, also in the order that waits")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    shop_wait(s, day);
    struct str answer = plan_ask(s, "change", "c1", "\"plan\":\"pro\"", 200);
    plan_pay(s);
    for (int i = 0; i < 27; i++)
        shop_wait(s, day);
    EXPECT_I64(plan_order(s).order.total_minor, 1999);
    give_back(s, json_text(t->c->arena, json_root(answer), "data.orderId"), "");
    EXPECT_STR(plan_status(s, "plan"), S("\"basic\""));
    EXPECT_STR(plan_status(s, "credits"), S("550"));
    struct plan_seen k = plan_order(s);
    EXPECT_I64(k.order.total_minor, 999);
    plan_press_pay(s, &k.order);
    plan_pay(s);
    EXPECT_STR(plan_status(s, "plan"), S("\"basic\""));
    shop_verify(s);
}

TEST("R11 what went back of a period is not counted once more in the price of another")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    const struct order first = plan_order(s).order;
    give_back(s, order_id(t->c->arena, &first), ",\"amount\":500");
    struct str year = S("\"interval\":\"year\",\"when\":\"now\"");
    struct str seen = plan_ask(s, "preview", "p1", str_c(t->c->arena, year), 200);
    EXPECT_I64(number(s, seen, "dueNow.amount"), 9990 - (999 - 500));
}
