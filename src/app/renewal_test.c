#include "app/plan_shop.h"

#include "base/clock.h"
#include "db/db.h"
#include "switch/switch.h"

/* A plan of MoneyMotion's, which renews nothing: purser asks for each period, and people pay on the
 * pages of its orders. */

static const int64_t day = 24 * 3600 * 1000;

TEST(
    "R100 a plan of a gateway that renews nothing goes on month by month, paid on its order's page")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    EXPECT_STR(plan_status(s, "status"), S("\"active\""));
    EXPECT_STR(plan_status(s, "credits"), S("550"));
    for (int month = 1; month <= 3; month++) {
        for (int i = 0; i < 28; i++)
            shop_wait(s, day);
        struct plan_seen k = plan_order(s);
        EXPECT_I64(k.n, 1 + month);
        EXPECT_STR(order_status_text(k.order.status), S("pending"));
        size_t pages = s->sessions;
        plan_press_pay(s, &k.order);
        EXPECT_I64((int64_t)s->sessions, (int64_t)pages + 1);
        plan_pay(s);
        EXPECT_STR(order_status_text(plan_order(s).order.status), S("completed"));
        EXPECT_STR(plan_status(s, "status"), S("\"active\""));
        for (int i = 0; i < 3; i++)
            shop_wait(s, day);
    }
    EXPECT_I64(shop_facts(s, "SUBSCRIPTION_RENEWED"), 3);
    EXPECT_I64(shop_facts(s, "SUBSCRIPTION_PAST_DUE"), 0);
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 4 * 999);
    shop_verify(s);
}

TEST(
    "a page of a renewal that ended is followed by another, and the first is believed all the same")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    for (int i = 0; i < 28; i++)
        shop_wait(s, day);
    struct plan_seen k = plan_order(s);
    plan_press_pay(s, &k.order);
    struct shop_session *first = plan_hosted(s);
    first->status = "expired";
    EXPECT_I64(shop_webhook(s, "expired", first, first->total), 200);
    shop_jobs(s);
    EXPECT_STR(order_status_text(plan_order(s).order.status), S("pending"));
    plan_press_pay(s, &k.order);
    EXPECT(plan_hosted(s) != first);
    plan_pay(s);
    EXPECT_STR(order_status_text(plan_order(s).order.status), S("completed"));
    first->status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", first, first->total), 200);
    shop_jobs(s);
    EXPECT_STR(order_status_text(plan_order(s).order.status), S("review"));
    EXPECT_I64(shop_facts(s, "SUBSCRIPTION_RENEWED"), 1);
    shop_verify(s);
}

static enum err settle_as(struct ctx *c, void *arg)
{
    struct settle *s = arg;
    return settle_tx(c, s);
}

/* The gateway says so of the newest page, as a proof. */
static void say(struct shop *s, enum notice_kind kind)
{
    struct test *t = s->t;
    struct settle said = {
        .gateway = gateway_by_name(S("moneymotion")),
        .notice = { .kind = kind,
            .session_id = str_of_c(plan_hosted(s)->id),
            .attempt = plan_hosted(s)->attempt },
        .confirmed_by = S("query"),
    };
    EXPECT_OK(db_tx(s->c, "say", settle_as, &said));
}

TEST("R31 a renewal whose money is on its way, and then does not come, keeps the time it had")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    for (int i = 0; i < 28; i++)
        shop_wait(s, day);
    struct order before = plan_order(s).order;
    plan_press_pay(s, &before);
    say(s, NOTICE_PENDING);
    EXPECT_STR(order_status_text(plan_order(s).order.status), S("processing"));
    EXPECT_I64(plan_order(s).order.expires_ms, before.expires_ms);
    say(s, NOTICE_FAILED);
    EXPECT_STR(order_status_text(plan_order(s).order.status), S("failed"));
    EXPECT_I64(plan_order(s).order.expires_ms, before.expires_ms);
    plan_press_pay(s, &before);
    plan_pay(s);
    EXPECT_STR(order_status_text(plan_order(s).order.status), S("completed"));
    EXPECT_STR(plan_status(s, "status"), S("\"active\""));
    shop_verify(s);
}

TEST("two orders for one period are never both given: the second payment waits for a person")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    for (int i = 0; i < 28; i++)
        shop_wait(s, day);
    struct plan_seen k = plan_order(s);
    plan_press_pay(s, &k.order);
    struct shop_session *first = plan_hosted(s);
    int status = 0;
    struct arena *a = t->c->arena;
    shop_post(s, str_c(a, str_fmt(a, "/api/orders/%.*s/cancel", SARG(order_id(a, &k.order)))),
        KEY "Idempotency-Key: c1\r\n", S("{}"), &status);
    EXPECT_I64(status, 200);
    for (int i = 0; i < 4; i++)
        shop_wait(s, day);
    struct plan_seen second = plan_order(s);
    EXPECT(second.order.n != k.order.n);
    EXPECT_I64(second.order.period_start_ms, k.order.period_start_ms);
    plan_press_pay(s, &second.order);
    plan_pay(s);
    EXPECT_STR(plan_status(s, "status"), S("\"active\""));
    first->status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", first, first->total), 200);
    shop_jobs(s);
    EXPECT_STR(order_status_text(shop_order(s, order_id(a, &k.order)).status), S("review"));
    EXPECT_I64(shop_facts(s, "SUBSCRIPTION_RENEWED"), 1);
    shop_verify(s);
}

TEST("a plan that nobody pays for is past due, and ends with grace; coming back begins another")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    for (int i = 0; i < 33; i++)
        shop_wait(s, day);
    EXPECT_STR(plan_status(s, "status"), S("\"past_due\""));
    EXPECT_STR(plan_status(s, "plan"), S("\"basic\""));
    for (int i = 0; i < 7; i++)
        shop_wait(s, day);
    EXPECT_STR(plan_status(s, "status"), S("null"));
    EXPECT_STR(plan_status(s, "plan"), S("\"free\""));
    EXPECT_I64(shop_facts(s, "SUBSCRIPTION_CANCELED"), 1);
    shop_verify(s);
}

TEST("a plan is cancelled with its period, resumed, cancelled again, and ends exactly then")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    struct str end = str_copy(t->c->arena, plan_status(s, "currentPeriodEnd"));
    struct str answer =
        plan_ask(s, "cancel", "x1", "\"reason\":\"price\",\"feedback\":\"too dear\"", 200);
    EXPECT_STR(plan_member(s, answer, "cancelAtPeriodEnd"), S("true"));
    EXPECT_STR(plan_member(s, answer, "endsAt"), end);
    EXPECT_STR(plan_member(s, answer, "offer.coupon"), S("\"STAY\""));
    EXPECT_STR(plan_member(s, answer, "offer.off.amount"), S("300"));
    plan_ask(s, "cancel", "x2", "", 409);
    EXPECT_STR(
        plan_member(s, plan_ask(s, "resume", "x3", "", 200), "cancelAtPeriodEnd"), S("false"));
    plan_ask(s, "resume", "x4", "", 409);
    plan_ask(s, "cancel", "x5", "\"when\":\"period_end\"", 200);
    for (int i = 0; i < 27; i++)
        shop_wait(s, day);
    int64_t end_ms = 0;
    EXPECT(time_parse_iso(str_part(end, 1, end.n - 2), &end_ms));
    shop_wait(s, end_ms - 1 - s->c->now_ms);
    EXPECT_STR(plan_status(s, "status"), S("\"active\""));
    EXPECT_I64(plan_order(s).n, 1);
    shop_wait(s, 1);
    EXPECT_STR(plan_status(s, "status"), S("null"));
    EXPECT_STR(plan_status(s, "plan"), S("\"free\""));
    shop_verify(s);
}

/* Month by month each bill is of that total, and paid. */
static void pay_months(struct test *t, struct shop *s, const int64_t *totals, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < 29; k++)
            shop_wait(s, day);
        struct plan_seen k = plan_order(s);
        EXPECT_I64(k.order.total_minor, totals[i]);
        plan_press_pay(s, &k.order);
        plan_pay(s);
        shop_wait(s, 2 * day);
    }
}

TEST("an offer to who wants to leave takes something off the next periods, once")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    plan_ask(s, "cancel", "x1", "\"reason\":\"other\",\"accept\":\"STAY\"", 422);
    struct str answer =
        plan_ask(s, "cancel", "x2", "\"reason\":\"price\",\"accept\":\"STAY\"", 200);
    EXPECT_STR(plan_member(s, answer, "cancelAtPeriodEnd"), S("false"));
    plan_ask(s, "cancel", "x3", "\"reason\":\"price\",\"accept\":\"STAY\"", 422);
    static const int64_t totals[] = { 699, 699, 999 };
    pay_months(t, s, totals, ARRAY_LEN(totals));
    shop_verify(s);
}

TEST("the coupon that a plan began with counts its months down, with the tax that was agreed to")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\",\"coupon\":\"THREE\",\"country\":\"DE\"");
    EXPECT_I64(plan_hosted(s)->total, 594);
    plan_pay(s);
    static const int64_t totals[] = { 594, 594, 1189 };
    pay_months(t, s, totals, ARRAY_LEN(totals));
    shop_verify(s);
}

/* Half of 10.00 for so long, with 19 % on top; then the coupon is taken away, the tax is another
 * one and the plan dearer, and none of that is what was agreed to. */
static void pays_on(struct test *t, const char *duration, const int64_t *totals, size_t n)
{
    static const char shelf[] =
        "{\"plans\":[{\"id\":\"one\",\"name\":\"One\",\"prices\":[{\"id\":\"o1\",\"amount\":%d}]}],"
        "\"coupons\":[%s],\"tax\":{\"rates\":[{\"country\":\"DE\",\"basisPoints\":%d}]},"
        "\"routing\":{\"card\":[\"moneymotion\"]}}";
    struct shop *s = plan_shop(t);
    struct arena *a = t->c->arena;
    struct str coupon = str_fmt(a, "{\"code\":\"HALF\",\"basisPoints\":5000,%s}", duration);
    shop_catalog(s, str_c(a, str_fmt(a, shelf, 1000, str_c(a, coupon), 1900)));
    plan_begin(s, "\"plan\":\"one\",\"coupon\":\"HALF\",\"country\":\"DE\"");
    EXPECT_I64(plan_hosted(s)->total, 595);
    plan_pay(s);
    shop_catalog(s, str_c(a, str_fmt(a, shelf, 3000, "", 700)));
    pay_months(t, s, totals, n);
    shop_verify(s);
}

TEST("a coupon for once is over with the first period, whatever the catalogue says later")
{
    static const int64_t totals[] = { 1190, 1190 };
    pays_on(t, "\"duration\":\"once\"", totals, ARRAY_LEN(totals));
}

TEST("a coupon for ever is for ever, and tax and price are those that were agreed to")
{
    static const int64_t totals[] = { 595, 595, 595, 595 };
    pays_on(t, "\"duration\":\"forever\"", totals, ARRAY_LEN(totals));
}

TEST("a coupon of two months is over after two")
{
    static const int64_t totals[] = { 595, 1190, 1190 };
    pays_on(t, "\"duration\":\"months\",\"months\":2", totals, ARRAY_LEN(totals));
}

TEST("the first bill of a trial comes before its end")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"try\"");
    EXPECT_I64((int64_t)s->sessions, 0);
    EXPECT_STR(plan_status(s, "status"), S("\"trialing\""));
    for (int i = 0; i < 12; i++)
        shop_wait(s, day);
    struct plan_seen k = plan_order(s);
    EXPECT_I64(k.order.total_minor, 500);
    EXPECT_I64(k.mails, 1);
    EXPECT(str_starts(k.mail.mail.subject, S("Your trial of Club ends on")));
    plan_press_pay(s, &k.order);
    plan_pay(s);
    for (int i = 0; i < 3; i++)
        shop_wait(s, day);
    EXPECT_STR(plan_status(s, "status"), S("\"active\""));
    shop_verify(s);
}

static bool told(struct shop *s, const char *subject)
{
    struct str mails = shop_get(s, "/api/admin/mails?limit=100", KEY, NULL);
    return str_has(mails, str_of_c(subject));
}

TEST("what is told of a plan: its receipt by month, that it ends, and what it becomes")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    for (int i = 0; i < 28; i++)
        shop_wait(s, day);
    struct order next = plan_order(s).order;
    plan_press_pay(s, &next);
    plan_pay(s);
    struct str month, rest, of_month;
    str_cut(time_words(t->c->arena, next.period_start_ms), ',', &month, &rest);
    str_cut(month, ' ', &of_month, &month);
    EXPECT(told(s, str_c(t->c->arena, str_fmt(t->c->arena, "Receipt: Basic, %.*s", SARG(month)))));
    plan_ask(s, "change", "c1", "\"plan\":\"pro\"", 200);
    plan_pay(s);
    EXPECT(told(s, "Your plan is now Pro"));
    plan_ask(s, "change", "c2", "\"plan\":\"basic\"", 200);
    EXPECT(told(s, "Your plan becomes Basic on "));
    plan_ask(s, "cancel", "c3", "", 200);
    EXPECT(told(s, "Pro ends on "));
}

static enum err turn_on(struct ctx *c, void *arg)
{
    (void)arg;
    return switch_turn(c, S("renewals"), true, S("it is over"));
}

static enum err turn_off(struct ctx *c, void *arg)
{
    (void)arg;
    return switch_turn(c, S("renewals"), false, S("an incident"));
}

static void turn(struct shop *s, bool on)
{
    struct test *t = s->t;
    EXPECT_OK(db_tx(t->c, "switch", on ? turn_on : turn_off, NULL));
    shop_jobs(s);
}

TEST("renewals that are held back ask nobody and end nothing, and go on when they run again")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    turn(s, false);
    for (int i = 0; i < 50; i++)
        shop_wait(s, day);
    EXPECT_I64(plan_order(s).n, 1);
    EXPECT_STR(plan_status(s, "status"), S("\"active\""));
    turn(s, true);
    shop_wait(s, day);
    EXPECT_I64(plan_order(s).n, 2);
    EXPECT_STR(plan_status(s, "status"), S("\"past_due\""));
    struct order next = plan_order(s).order;
    plan_press_pay(s, &next);
    plan_pay(s);
    EXPECT_STR(plan_status(s, "status"), S("\"active\""));
    shop_verify(s);
}
