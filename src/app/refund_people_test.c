#include "app/refund_fixture.h"

#include "db/db.h"
#include "refund/refund.h"
#include "switch/switch.h"

/* Who gives money back, by hand too, and what is taken back with it. */

/* ---- people */

static char approval[] = "PURSER_REFUND_APPROVAL_ABOVE=500";

/* As somebody else would from a command. */
static enum err agree(struct shop *s, struct str refund, const char *actor)
{
    struct refunding in = { .approves = refund, .already_minor = -1 };
    s->c->actor = str_of_c(actor);
    in.id = id_new(s->c);
    return refund_run(s->c, &in);
}

TEST("above the limit a second person agrees, and whoever asked is not that person")
{
    struct stripe_shop *s = stripe_shop_open_with(t, approval);
    struct str id = refund_paid(s);
    refund_give(s->shop, "r1", id, "\"amount\":500", 200);
    struct str answer = refund_give(s->shop, "r2", id, "\"amount\":1", 202); /* with those 500 */
    EXPECT(str_has(answer, S("\"approvalNeeded\":true")));
    refund_expect_left(s, 500);
    id = refund_paid_with(s, "k2", "\"priceId\":\"mug-usd\",\"again\":true");
    answer = refund_give(s->shop, "r3", id, "\"amount\":501", 202);
    struct str refund = refund_member(s->shop, answer, "data.id");
    EXPECT(str_has(answer, S("\"approvalNeeded\":true")));
    shop_wait(s->shop, 3600 * 1000);
    EXPECT_I64((int64_t)s->refunds, 1);
    refund_give(s->shop, "r4", id, "\"amount\":500", 409); /* it is reserved */
    const char *path =
        str_c(t->c->arena, str_fmt(t->c->arena, "/api/admin/refunds/%.*s/approve", SARG(refund)));
    refund_ask(s->shop, path, "a1", S("{}"), 403);
    EXPECT_OK(agree(s->shop, refund, "admin:somebody"));
    refund_expect_status(s->shop, id, ORDER_PARTIALLY_REFUNDED);
    EXPECT_I64(stripe_newest(s)->units - stripe_newest(s)->back, 499);
    EXPECT_FAIL(agree(s->shop, refund, "admin:third"), CONFLICT);
    EXPECT_I64(shop_facts(s->shop, "REFUND_APPROVED"), 1);
    EXPECT_I64((int64_t)s->refunds, 2);
    shop_verify(s->shop);
}

TEST("a key is no second person for whoever made it")
{
    struct stripe_shop *s = stripe_shop_open_with(t, approval);
    struct str id = refund_paid(s);
    struct str refund = refund_member(s->shop, refund_give(s->shop, "r1", id, "", 202), "data.id");
    struct str answer =
        refund_ask(s->shop, "/api/admin/keys", "n1", S("{\"role\":\"admin\"}"), 201);
    const char *made = str_c(t->c->arena,
        str_fmt(t->c->arena, "key:%.*s", SARG(refund_member(s->shop, answer, "data.id"))));
    EXPECT_FAIL(agree(s->shop, refund, made), FORBIDDEN);
    EXPECT_FAIL(agree(s->shop, refund, "key:configured"), FORBIDDEN);
    EXPECT_OK(agree(s->shop, refund, "key:key_00000000000000000000000000"));
    refund_expect_status(s->shop, id, ORDER_REFUNDED);
}

TEST("whoever agrees where nobody can call leaves the sending to the server that runs beside")
{
    struct stripe_shop *s = stripe_shop_open_with(t, approval);
    struct str id = refund_paid(s);
    struct str refund = refund_member(s->shop, refund_give(s->shop, "r1", id, "", 202), "data.id");
    struct net *net = s->shop->c->net;
    s->shop->c->net = NULL;
    EXPECT_OK(agree(s->shop, refund, "admin:somebody"));
    s->shop->c->net = net;
    EXPECT_I64((int64_t)s->refunds, 0);
    shop_jobs(s->shop);
    EXPECT_I64((int64_t)s->refunds, 1);
    refund_expect_status(s->shop, id, ORDER_REFUNDED);
    shop_verify(s->shop);
}

TEST("a refund that was not sent can be called off; one that was cannot")
{
    struct stripe_shop *s = stripe_shop_open_with(t, approval);
    struct str id = refund_paid(s);
    struct str answer = refund_give(s->shop, "r1", id, "", 202);
    struct str refund = refund_member(s->shop, answer, "data.id");
    const char *path =
        str_c(t->c->arena, str_fmt(t->c->arena, "/api/admin/refunds/%.*s/cancel", SARG(refund)));
    answer = refund_ask(s->shop, path, "c1", S(""), 200);
    EXPECT_STR(refund_member(s->shop, answer, "data.status"), S("failed"));
    EXPECT_FAIL(agree(s->shop, refund, "admin:somebody"), CONFLICT);
    s->shop->fault = "lose";
    s->shop->fault_call = "refund";
    s->shop->faults_left = 1;
    answer = refund_give(s->shop, "r2", id, "\"amount\":400", 202);
    refund = refund_member(s->shop, answer, "data.id");
    path = str_c(t->c->arena, str_fmt(t->c->arena, "/api/admin/refunds/%.*s/cancel", SARG(refund)));
    refund_ask(s->shop, path, "c2", S(""), 409);
    shop_wait(s->shop, 61 * 1000);
    refund_expect_left(s, 600);
}

static enum err turn_tx(struct ctx *c, void *arg)
{
    return switch_turn(c, S("refunds"), *(const bool *)arg, S("a test"));
}

TEST("while refunds are switched off they wait, reserved, and are sent when they are on again")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid(s);
    bool off = false, on = true;
    EXPECT_OK(db_tx(s->shop->c, "switch", turn_tx, &off));
    refund_give(s->shop, "r1", id, "\"amount\":400", 202);
    refund_give(s->shop, "r2", id, "\"amount\":601", 409);
    shop_wait(s->shop, INT64_C(3) * 3600 * 1000);
    EXPECT_I64((int64_t)s->refund_calls, 0);
    EXPECT_OK(db_tx(s->shop->c, "switch", turn_tx, &on));
    shop_jobs(s->shop);
    refund_expect_status(s->shop, id, ORDER_PARTIALLY_REFUNDED);
    refund_expect_left(s, 600);
}

/* ---- and banks */

/* The bank argues about all that is left of it, or is done with that; Stripe says so. */
static void argue(struct stripe_shop *s, const char *status)
{
    static const struct stripe_said said = { "charge.dispute.created", SAID_DISPUTE,
        "needs_response", "", 0 };
    struct test *t = s->shop->t;
    stripe_newest(s)->disputed = true;
    stripe_newest(s)->argued = status;
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &said), 200);
    shop_jobs(s->shop);
}

TEST("R99 what waits to be sent goes on waiting while a bank argues about its payment")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid(s);
    bool off = false, on = true;
    EXPECT_OK(db_tx(s->shop->c, "switch", turn_tx, &off));
    refund_give(s->shop, "r1", id, "\"amount\":400", 202);
    argue(s, "needs_response");
    EXPECT_OK(db_tx(s->shop->c, "switch", turn_tx, &on));
    shop_jobs(s->shop);
    shop_wait(s->shop, 3600 * 1000);
    EXPECT_I64((int64_t)s->refund_calls, 0);
    refund_expect_status(s->shop, id, ORDER_DISPUTED);
    argue(s, "won");
    shop_wait(s->shop, 3600 * 1000);
    EXPECT_I64((int64_t)s->refunds, 1);
    refund_expect_status(s->shop, id, ORDER_PARTIALLY_REFUNDED);
    shop_verify(s->shop);
}

TEST("R99 nobody agrees to a refund that a bank's argument or another refund has overtaken")
{
    struct stripe_shop *s = stripe_shop_open_with(t, approval);
    struct str id = refund_paid(s);
    struct str answer = refund_give(s->shop, "r1", id, "", 202);
    struct str refund = refund_member(s->shop, answer, "data.id");
    argue(s, "needs_response");
    EXPECT_FAIL(agree(s->shop, refund, "admin:somebody"), CONFLICT);
    argue(s, "won");
    stripe_tell_refund(s, stripe_gives_back(s, stripe_newest(s), 400), "refund.created");
    shop_jobs(s->shop);
    EXPECT_FAIL(agree(s->shop, refund, "admin:somebody"), CONFLICT);
    EXPECT_I64((int64_t)s->refund_calls, 0);
    const char *path =
        str_c(t->c->arena, str_fmt(t->c->arena, "/api/admin/refunds/%.*s/cancel", SARG(refund)));
    refund_ask(s->shop, path, "c1", S(""), 409); /* it was when there was no room for it any more */
    shop_jobs(s->shop);
    refund_expect_status(s->shop, id, ORDER_PARTIALLY_REFUNDED);
    shop_verify(s->shop);
}

/* ---- roles */

static int give_as(struct shop *s, const struct person *p, struct str order, const char *key)
{
    int status = 0;
    struct str headers = str_fmt(s->c->arena, "%sX-CSRF-Token: %.*s\r\nIdempotency-Key: %s\r\n",
        p->cookie, SARG(p->csrf), key);
    shop_post(s, "/api/admin/refunds", str_c(s->c->arena, headers),
        str_fmt(s->c->arena, "{\"orderId\":\"%.*s\",\"reason\":\"r\",\"amount\":10}", SARG(order)),
        &status);
    return status;
}

TEST("R55 refunds are for finance and owners, signed in a moment ago")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = refund_paid(s);
    struct person viewer = console_sign_in(s->shop, ROLE_VIEWER),
                  support = console_sign_in(s->shop, ROLE_SUPPORT),
                  finance = console_sign_in(s->shop, ROLE_FINANCE);
    EXPECT_I64(give_as(s->shop, &viewer, id, "p1"), 403);
    EXPECT_I64(give_as(s->shop, &support, id, "p2"), 403);
    EXPECT_I64(give_as(s->shop, &finance, id, "p3"), 200);
    s->shop->c->wall_ms += 11 * 60 * 1000;
    EXPECT_I64(give_as(s->shop, &finance, id, "p4"), 403);
    refund_expect_left(s, 990);
}

/* ---- by hand */

static struct shop_session *newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

static struct str paid_at_moneymotion(struct shop *s, const char *key)
{
    struct str id = shop_buy(s, key, "\"priceId\":\"mug-usd\",\"again\":true");
    newest(s)->status = "completed";
    shop_webhook(s, "complete", newest(s), 1000);
    shop_jobs(s);
    return id;
}

TEST("where the gateway has no call for refunds they are recorded by hand, and known when it tells")
{
    struct shop *s = shop_open(t);
    struct str id = paid_at_moneymotion(s, "k1");
    struct str answer = refund_give(s, "r1", id, "", 409);
    EXPECT_STR(refund_member(s, answer, "code"), S("REFUND_NOT_SUPPORTED"));
    refund_give(s, "r2", id, "\"byHand\":true", 400);
    answer =
        refund_give(s, "r3", id, "\"byHand\":true,\"reference\":\"dashboard, 20 November\"", 200);
    EXPECT_STR(refund_member(s, answer, "data.madeBy"), S("hand"));
    refund_expect_status(s, id, ORDER_REFUNDED);
    newest(s)->status = "refunded";
    EXPECT_I64(shop_webhook(s, "refunded", newest(s), 1000), 200);
    shop_jobs(s);
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 0);
    EXPECT_I64(shop_facts(s, "REFUND_SUCCEEDED"), 1);
    shop_verify(s);
}

TEST(
    "a part by hand, and a gateway that says it went back without saying how much: a person decides")
{
    struct shop *s = shop_open(t);
    struct str id = paid_at_moneymotion(s, "k1");
    refund_give(s, "r1", id, "\"byHand\":true,\"reference\":\"cash\",\"amount\":250", 200);
    refund_expect_status(s, id, ORDER_PARTIALLY_REFUNDED);
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 750);
    newest(s)->status = "refunded";
    EXPECT_I64(shop_webhook(s, "refunded", newest(s), 1000), 200);
    shop_jobs(s);
    refund_expect_status(s, id, ORDER_REVIEW);
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 750);
    shop_verify(s);
}

/* ---- in the console */

static struct str press(struct shop *s, const struct person *p, const char *path, const char *key,
    const char *fields, int *ret_status)
{
    struct str body = str_fmt(s->c->arena, "csrf=%.*s&key=%s%s", SARG(p->csrf), key, fields);
    return shop_form(s, path, p->cookie, str_c(s->c->arena, body), ret_status);
}

TEST("the console shows what a refund will do before it does it, and a total given twice once")
{
    struct stripe_shop *s = refund_pack_shop(t, "debt");
    struct person finance = console_sign_in(s->shop, ROLE_FINANCE);
    struct str id = refund_pack(s, "k1"), page;
    int status = 0;
    struct order o = shop_order(s->shop, id);
    const char *order = str_c(t->c->arena,
        str_fmt(t->c->arena, "/admin/orders/%.*s", SARG(order_number(t->c->arena, &o))));
    const char *path = str_c(t->c->arena, str_fmt(t->c->arena, "%s/refund", order));
    page = shop_get(s->shop, order, finance.cookie, &status);
    EXPECT(str_has(page, S("/refund\"")));
    page = shop_get(s->shop, path, finance.cookie, &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(page, S("Everything that is left")));
    page = press(s->shop, &finance, path, "f0", "&do=look&what=part&total=x&currency=USD", &status);
    EXPECT_I64(status, 422);
    EXPECT(str_has(page, S("Enter an amount")) && str_has(page, S("Say why")));
#define TOTAL "&what=part&total=3.30&currency=USD&already=0&reason=asked"
    refund_spend(s->shop, "s1", 90);
    page = press(s->shop, &finance, path, "f1", "&do=look" TOTAL, &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(page, S("10 credits are taken back.</li>")) &&
        str_has(page, S("23 more were spent")));
    EXPECT_I64((int64_t)s->refunds, 0);
    press(s->shop, &finance, path, "f2", "&do=send" TOTAL, &status);
    EXPECT_I64(status, 303);
    page = press(s->shop, &finance, path, "f4",
        "&do=send&what=part&total=9.90&currency=USD&reason=asked", &status);
    EXPECT(status != 303 && str_has(page, S("This form is incomplete")));
    EXPECT_I64((int64_t)s->refunds, 1);
    page = press(s->shop, &finance, path, "f3", "&do=send" TOTAL, &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(page, S("is back or on its way already")));
    EXPECT_I64((int64_t)s->refunds, 1);
    refund_expect_left(s, 670);
    page = shop_get(s->shop, order, finance.cookie, &status);
    EXPECT(str_has(page, S("Partly given back")) && str_has(page, S(">Refunds</h2>")));
    page = shop_get(s->shop, "/admin/refunds", finance.cookie, &status);
    EXPECT(str_has(page, S("$3.30")));
    s->shop->c->wall_ms += 11 * 60 * 1000;
    page = shop_get(s->shop, path, finance.cookie, &status);
    EXPECT_I64(status, 403);
    EXPECT(str_has(page, S("Sign in again")));
}

TEST("in the console a second person agrees, and by hand is said where the gateway cannot")
{
    struct shop *s = shop_open_with(t, approval);
    struct person finance = console_sign_in(s, ROLE_FINANCE),
                  owner = console_sign_in(s, ROLE_OWNER);
    struct str id = paid_at_moneymotion(s, "k1"), page, rest, refund;
    int status = 0;
    struct order o = shop_order(s, id);
    const char *order = str_c(t->c->arena,
        str_fmt(t->c->arena, "/admin/orders/%.*s", SARG(order_number(t->c->arena, &o))));
    const char *path = str_c(t->c->arena, str_fmt(t->c->arena, "%s/refund", order));
    page = shop_get(s, path, finance.cookie, &status);
    EXPECT(str_has(page, S("has no refund call")) && str_has(page, S("How it went back")));
    press(s, &finance, path, "f1",
        "&do=send&what=all&by_hand=yes&reference=dashboard&already=0&reason=asked", &status);
    EXPECT_I64(status, 303);
    refund_expect_status(s, id, ORDER_COMPLETED);
    page = shop_get(s, order, owner.cookie, &status);
    EXPECT(str_cut(page, '<', &rest, &page));
    struct str mark = S("/admin/refunds/ref_");
    size_t at = 0;
    while (at + mark.n < page.n && !str_eq(str_part(page, at, mark.n), mark))
        at++;
    str_cut(str_from(page, at + S("/admin/refunds/").n), '/', &refund, &rest);
    path = str_c(t->c->arena, str_fmt(t->c->arena, "/admin/refunds/%.*s/approve", SARG(refund)));
    press(s, &finance, path, "a1", "", &status);
    EXPECT_I64(status, 403);
    press(s, &owner, path, "a2", "", &status);
    EXPECT_I64(status, 303);
    refund_expect_status(s, id, ORDER_REFUNDED);
    shop_verify(s);
}

TEST("R11 what waits for a second person is called off when the dashboard gives that money back")
{
    struct stripe_shop *s = stripe_shop_open_with(t, approval);
    struct str id = refund_paid(s);
    refund_give(s->shop, "r1", id, "\"amount\":200", 200);
    refund_give(s->shop, "r2", id, "\"amount\":600", 202);
    struct stripe_refund *theirs = stripe_gives_back(s, stripe_newest(s), 100);
    EXPECT_I64(stripe_tell_refund(s, theirs, "refund.created"), 200);
    shop_jobs(s->shop);
    shop_verify(s->shop);
    EXPECT_I64(shop_facts(s->shop, "REFUND_FAILED"), 0); /* there is room for both */
    theirs = stripe_gives_back(s, stripe_newest(s), 500);
    EXPECT_I64(stripe_tell_refund(s, theirs, "refund.created"), 200);
    shop_jobs(s->shop);
    EXPECT_I64(shop_facts(s->shop, "REFUND_FAILED"), 1);
    refund_expect_left(s, 200);
    refund_give(s->shop, "r3", id, "\"amount\":200", 202);
    shop_verify(s->shop);
}

TEST("refunds and disputes are files, too, as their lists are asked for")
{
    static const struct stripe_said opened = { "charge.dispute.created", SAID_DISPUTE,
        "needs_response", "", 0 };
    static const struct {
        const char *path, *has;
    } files[] = {
        { "/admin/csv/refunds", ",stripe,re_" },
        { "/admin/csv/refunds", ",succeeded,USD,3.00,purser,asked for it," },
        { "/admin/csv/refunds?state=open", ",certain since" },
        { "/admin/csv/disputes", ",draft,2026-" },
        { "/admin/csv/disputes?status=waiting",
            ",open,fraudulent,USD,10.00,10.00,0.00,USD,15.00," },
        { "/admin/csv/disputes?status=won", ",answer before,closed" },
    };
    struct stripe_shop *s = stripe_shop_open(t);
    struct person finance = console_sign_in(s->shop, ROLE_FINANCE);
    refund_give(s->shop, "r1", refund_paid(s), "\"amount\":300", 200);
    refund_paid_with(s, "k2", "\"priceId\":\"mug-usd\",\"again\":true");
    stripe_newest(s)->disputed = true;
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &opened), 200);
    shop_jobs(s->shop);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        int status = 0;
        struct str file = shop_get(s->shop, files[i].path, finance.cookie, &status);
        EXPECT_I64(status, 200);
        if (!str_has(file, str_of_c(files[i].has)))
            EXPECT_STR(file, str_of_c(files[i].has));
    }
    EXPECT(str_has(shop_get(s->shop, "/admin/refunds?state=open", finance.cookie, NULL),
        S("/admin/csv/refunds?state=open")));
}
