#include "app/shop_fixture.h"
#include "mail/mail.h"
#include "switch/switch.h"

/* What a person holds back: nothing begins, everything begun goes on. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

struct turn {
    const char *name;
    bool on;
};

static enum err turn_tx(struct ctx *c, void *arg)
{
    const struct turn *turn = arg;
    return switch_turn(c, str_of_c(turn->name), turn->on, S("a test"));
}

static enum err turn_without_reason(struct ctx *c, void *arg)
{
    const struct turn *turn = arg;
    return switch_turn(c, str_of_c(turn->name), turn->on, S(" "));
}

static void turn(struct shop *s, const char *name, bool on)
{
    struct test *t = s->t;
    struct turn what = { name, on };
    EXPECT_OK(db_tx(s->c, "switch", turn_tx, &what));
}

static int try_to_buy(struct shop *s, const char *key)
{
    int status = 0;
    shop_post(s, "/api/checkout/create",
        str_c(s->c->arena, str_fmt(s->c->arena, KEY "Idempotency-Key: %s\r\n", key)),
        S("{\"priceId\":\"mug-usd\",\"email\":\"ada@example.com\"}"), &status);
    return status;
}

TEST("with checkouts switched off nothing is ordered, and what is open is paid")
{
    struct shop *s = shop_open(t);
    struct str open = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    turn(s, "checkouts", false);
    EXPECT_I64(try_to_buy(s, "k2"), 200); /* the same basket, still unpaid: the first order */
    s->session[0].status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", &s->session[0], 1000), 200);
    shop_jobs(s);
    EXPECT_STR(order_status_text(shop_order(s, open).status), S("completed"));
    shop_wait(s, 3600 * 1000);
    EXPECT_I64(try_to_buy(s, "k3"), 503);
    EXPECT_I64((int64_t)s->sessions, 1);
    EXPECT_I64(shop_facts(s, "ORDER_CREATED"), 1);
    turn(s, "checkouts", true);
    EXPECT_I64(try_to_buy(s, "k3"), 200); /* the same key: a refusal is not kept */
    EXPECT_I64(shop_facts(s, "SWITCHED_OFF"), 1);
    EXPECT_I64(shop_facts(s, "SWITCHED_ON"), 1);
    shop_verify(s);
}

TEST("a gateway that is switched off opens nothing, and is believed about what it opened")
{
    struct shop *s = shop_open(t);
    struct str open = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    turn(s, "moneymotion", false);
    shop_wait(s, 120 * 1000);
    EXPECT_I64(try_to_buy(s, "k2"), 502);
    EXPECT_I64((int64_t)s->sessions, 1);
    s->session[0].status = "completed";
    EXPECT_I64(shop_webhook(s, "complete", &s->session[0], 1000), 200);
    shop_jobs(s);
    EXPECT_STR(order_status_text(shop_order(s, open).status), S("completed"));
    shop_verify(s);
}

/* A mail server that takes everything. */
static int mails_taken;
static enum err take_mail(
    struct net *net, struct ctx *c, const struct net_mail *in, struct net_mail_reply *ret)
{
    (void)net;
    (void)c;
    (void)in;
    mails_taken++;
    *ret = (struct net_mail_reply) { .outcome = OUTCOME_DONE, .reached = true, .status = 250 };
    return E_OK;
}

static enum err queue_tx(struct ctx *c, void *arg)
{
    return mail_queue(c, arg);
}

TEST("mails that are switched off wait without a try, and leave when they may")
{
    struct shop *s = shop_open_with(t, (char[]) { "PURSER_SMTP_URL=smtp://mail.example.com:25" });
    struct mail mail = { .kind = S("hello"),
        .to_address = S("ada@example.com"),
        .subject = S("Hello"),
        .text = S("Hello Ada.\n") };
    s->net.mail = take_mail;
    mails_taken = 0;
    turn(s, "mails", false);
    EXPECT_OK(db_tx(s->c, "mail", queue_tx, &mail));
    shop_wait(s, 3600 * 1000);
    EXPECT_I64(mails_taken, 0);
    turn(s, "mails", true);
    shop_wait(s, 60 * 1000);
    EXPECT_I64(mails_taken, 1);
}

TEST("a switch needs a name that is one, and a reason")
{
    struct turn unknown = { "everything", false }, mails = { "mails", false };
    EXPECT_FAIL(db_tx(t->c, "switch", turn_tx, &unknown), NOT_FOUND);
    EXPECT_FAIL(db_tx(t->c, "switch", turn_without_reason, &mails), INVALID_REQUEST);
}
