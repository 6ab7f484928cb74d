#include "app/shop_fixture.h"

#include "base/command.h"
#include "console/chain.h"
#include "console/console.h"
#include "db/db.h"
#include "fact/fact.h"
#include "reconcile/reconcile.h"

/* Running the shop: what people see of a payment, and what they may do about it. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

static struct shop_session *newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

static struct str paid(struct shop *s)
{
    struct str id =
        shop_buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\",\"quantity\":2}],\"country\":\"DE\"");
    newest(s)->status = "completed";
    shop_webhook(s, "complete", newest(s), 2380);
    shop_jobs(s);
    return id;
}

static struct str run(struct shop *s, const char *const *words, size_t n, enum err *ret)
{
    struct test *t = s->t;
    static const struct commands *const lists[] = { &console_commands, &reconcile_commands };
    const struct command *command = NULL;
    struct args args;
    struct str argv[8];
    struct buf *out = arena_new(s->c->arena, struct buf);
    int64_t sealed = 0;
    *out = BUF(s->c->arena);
    for (size_t i = 0; i < n; i++)
        argv[i] = str_of_c(words[i]);
    if (store_is_pg(s->c->store))
        EXPECT_OK(fact_seal(s->c, &sealed));
    EXPECT_OK(args_parse(s->c, lists, ARRAY_LEN(lists), argv, n, &command, &args));
    err_clear(s->c);
    *ret = command->run(s->c, &args, out);
    return buf_str(out);
}
#define RUN(s, e, ...)                                                                             \
    run((s), (const char *const[]) { __VA_ARGS__ },                                                \
        sizeof((const char *const[]) { __VA_ARGS__ }) / sizeof(char *), (e))

static struct str member(struct shop *s, struct str answer, const char *path)
{
    struct test *t = s->t;
    struct str text;
    EXPECT(json_to_str(s->c->arena, json_at(json_root(answer), path), &text));
    return text;
}

/* "evt_…": which ids are drawn is no promise. */
static struct str without_ids(struct shop *s, struct str text)
{
    struct buf *b = arena_new(s->c->arena, struct buf);
    *b = BUF(s->c->arena);
    for (size_t i = 0; i < text.n; i++) {
        size_t n = 0;
        while (i + 1 + n < text.n && text.p[i] == '_' &&
            ((text.p[i + 1 + n] >= '0' && text.p[i + 1 + n] <= '9') ||
                (text.p[i + 1 + n] >= 'a' && text.p[i + 1 + n] <= 'z')))
            n++;
        buf_char(b, text.p[i]);
        if (n == 26) {
            buf_add(b, S("…"));
            i += n;
        }
    }
    return buf_str(b);
}

TEST("explain tells a payment's whole story, the same for each id that is part of it")
{
    struct shop *s = shop_open(t);
    enum err e;
    struct str id = paid(s);
    shop_wait(s, 61 * 1000);
    struct str story = RUN(s, &e, "explain", str_c(t->c->arena, id));
    EXPECT(e == E_OK);
    EXPECT_GOLDEN("explain_paid.txt", without_ids(s, story));
    struct str answer = shop_get(s, "/api/admin/webhooks", KEY, NULL);
    struct str event = member(s, answer, "data.items.0.id");
    EXPECT_STR(RUN(s, &e, "explain", str_c(t->c->arena, event)), story);
    answer = shop_get(s, "/api/admin/payments", KEY, NULL);
    struct str payment = member(s, answer, "data.items.0.id");
    EXPECT_STR(RUN(s, &e, "explain", str_c(t->c->arena, payment)), story);
    EXPECT_STR(RUN(s, &e, "orders", "show", "ORD-2026-000001"), story);
}

TEST("explain says what it tried when an id is none of ours, also of the right shape")
{
    struct shop *s = shop_open(t);
    static const char *const ids[] = { "ch_3Q", "ord_00000000000000000000000000", "ORD-2026-000009",
        "ORD-2025-000001", "evt_00000000000000000000000000", "job_00000000000000000000000000",
        "cus_00000000000000000000000000", "" };
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        enum err e;
        RUN(s, &e, "explain", ids[i]);
        EXPECT(e == E_NOT_FOUND);
        EXPECT(t->c->err.message.n > 0);
    }
}

TEST("a replay of what is settled changes nothing, dry or not")
{
    struct shop *s = shop_open(t);
    paid(s);
    struct str list = shop_get(s, "/api/admin/webhooks?status=applied", KEY, NULL);
    struct str id = member(s, list, "data.items.0.id");
    struct str path = str_fmt(t->c->arena, "/api/admin/webhooks/%.*s/replay", SARG(id));
    int status = 0;
    struct str answer =
        shop_post(s, str_c(t->c->arena, path), KEY, S("{\"dryRun\":true}"), &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(answer, S("\"changes\":false")));
    answer = shop_post(s, str_c(t->c->arena, path), KEY, S("{}"), &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(answer, S("\"changes\":false")));
    EXPECT_I64(shop_facts(s, "ORDER_COMPLETED"), 1);
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 2380);
    shop_verify(s);
}

TEST("a dry run says what a webhook would do and does not do it; the replay does it")
{
    struct shop *s = shop_open(t);
    enum err e;
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", newest(s), 1000), 200);
    struct str said = RUN(s, &e, "webhooks", "replay", "--status", "received", "--dry-run");
    EXPECT(e == E_OK);
    EXPECT(str_has(said, S("1 webhook: 1 would change something")));
    EXPECT(shop_order(s, id).status == ORDER_PENDING);
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 0);
    said = RUN(s, &e, "webhooks", "replay", "--status", "received");
    EXPECT(e == E_OK);
    EXPECT(str_has(said, S("1 webhook: 1 changed something")));
    EXPECT(shop_order(s, id).status == ORDER_COMPLETED);
    EXPECT_I64(shop_facts(s, "ORDER_COMPLETED"), 1);
    shop_verify(s);
}

TEST("R29 reconcile finds what a lost webhook would have told, and says so once")
{
    struct shop *s = shop_open(t);
    enum err e;
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    struct str said = RUN(s, &e, "reconcile");
    EXPECT(e == E_OK);
    EXPECT(str_has(said, S("was open here; MoneyMotion says paid: applied")));
    EXPECT(shop_order(s, id).status == ORDER_COMPLETED);
    said = RUN(s, &e, "reconcile");
    EXPECT_STR(
        said, S("1 asked: 1 agree, 0 applied now, 0 in review, 0 differ, 0 without an answer\n"));
    newest(s)->status = "pending";
    said = RUN(s, &e, "reconcile", "--since", "1d");
    EXPECT(str_has(said, S("is paid here, and MoneyMotion says")));
    shop_verify(s);
}

TEST("reviews are decided over the API by those who may, once, and with a reason")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    newest(s)->total = 1500;
    shop_webhook(s, "complete", newest(s), 1500);
    shop_jobs(s);
    int status = 0;
    struct str list = shop_get(s, "/api/admin/reviews", KEY, &status);
    EXPECT_STR(member(s, list, "data.items.0.orderId"), id);
    const char *path =
        str_c(t->c->arena, str_fmt(t->c->arena, "/api/admin/reviews/%.*s/resolve", SARG(id)));
    static const char *const bad[] = { "{}", "{\"choice\":\"accept\"}",
        "{\"choice\":\"accept\",\"reason\":\"\"}", "{\"choice\":\"pay\",\"reason\":\"x\"}",
        "{\"choice\":\"accept\",\"reason\":\"which one?\"}" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        shop_post(s, path, KEY, str_of_c(bad[i]), &status);
        EXPECT_I64(status, 400);
    }
    struct str yes = str_fmt(t->c->arena,
        "{\"choice\":\"accept\",\"attemptId\":\"%.*s\",\"reason\":\"they agreed to pay more\"}",
        SARG(newest(s)->attempt));
    shop_post(s, path, "", yes, &status);
    EXPECT_I64(status, 401);
    EXPECT(shop_order(s, id).status == ORDER_REVIEW);
    shop_post(s, path, KEY, yes, &status);
    EXPECT_I64(status, 200);
    EXPECT(shop_order(s, id).status == ORDER_COMPLETED);
    EXPECT_I64(shop_balance(s, LEDGER_SALES, CUR_USD), -1500);
    shop_post(s, path, KEY, yes, &status);
    EXPECT_I64(status, 409);
    shop_verify(s);
}

TEST("a webhook that was set aside is applied by a replay, and its alert ends with it")
{
    struct shop *s = shop_open(t);
    enum err e;
    /* It came before anybody here had heard of its session, and nobody did for a day. */
    struct shop_session early = { .id = "session-1", .attempt = S("") };
    EXPECT_I64(shop_webhook(s, "complete", &early, 1000), 200);
    for (int i = 0; i < 60; i++)
        shop_wait(s, 30 * 60 * 1000);
    struct str said = RUN(s, &e, "webhooks", "list", "--status", "parked");
    EXPECT(str_has(said, S("no payment of ours has this reference yet")));
    struct str alerts = shop_get(s, "/api/admin/alerts?status=open", KEY, NULL);
    EXPECT(str_has(alerts, S("webhook_parked")));
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "completed";
    said = RUN(s, &e, "webhooks", "replay", "--status", "parked");
    EXPECT(e == E_OK);
    EXPECT(str_has(said, S("1 webhook: 1 changed something")));
    EXPECT(shop_order(s, id).status == ORDER_COMPLETED);
    alerts = shop_get(s, "/api/admin/alerts?status=open", KEY, NULL);
    EXPECT(!str_has(alerts, S("webhook_parked")));
    shop_verify(s);
}

TEST("the console finds an order by number, id, payment, session and mail, and says what it tried")
{
    struct shop *s = shop_open(t);
    struct str id = paid(s);
    struct str payment =
        member(s, shop_get(s, "/api/admin/payments", KEY, NULL), "data.items.0.id");
    const char *words[] = { "ORD-2026-000001", str_c(t->c->arena, id), str_c(t->c->arena, payment),
        "session-1", "Ada@Example.com" };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        int status = 0;
        struct str path = str_fmt(t->c->arena, "/admin/search?q=%s", words[i]);
        shop_get(s, str_c(t->c->arena, path), KEY, &status);
        EXPECT_I64(status, 303);
    }
    int status = 0;
    struct str page = shop_get(s, "/admin/search?q=session-9", KEY, &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(page, S("Tried:")));
}
