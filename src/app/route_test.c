#include "app/stripe_shop.h"

#include <string.h>

#include "payment/route.h"

/* Which gateway an order is collected by, and what is said about it. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

static const char shared[] =
    "{\"products\":[{\"id\":\"pen\",\"name\":\"Pen\",\"prices\":["
    "{\"id\":\"pen-usd\",\"amount\":333},{\"id\":\"pen-eur\",\"amount\":333,\"currency\":\"EUR\"},"
    "{\"id\":\"pen-cheap\",\"amount\":30}]}],"
    "\"routing\":{\"card\":[\"stripe\",\"moneymotion\"]},"
    "\"routingRules\":["
    "{\"method\":\"card\",\"currency\":\"USD\",\"gateways\":["
    "{\"id\":\"stripe\",\"weight\":30},{\"id\":\"moneymotion\",\"weight\":70}]},"
    "{\"method\":\"card\",\"currency\":\"EUR\",\"country\":\"DE\",\"minAmount\":333,"
    "\"gateways\":[{\"id\":\"moneymotion\"},{\"id\":\"stripe\"}]}]}";

static struct str buy(struct stripe_shop *s, int i, const char *members)
{
    struct arena *a = s->shop->c->arena;
    struct str headers = str_fmt(a, KEY "Idempotency-Key: route-%d\r\n", i);
    struct str body = str_fmt(a, "{\"email\":\"p%d@example.com\",%s}", i, members);
    struct str answer = shop_post(s->shop, "/api/checkout/create", str_c(a, headers), body, NULL);
    return json_text(a, json_root(answer), "data.gateway");
}

struct looked {
    int64_t order_n;
    struct attempt *k;
    size_t n;
};

static enum err look_tx(struct ctx *c, void *arg)
{
    struct looked *l = arg;
    return attempts_of(c, l->order_n, &l->k, &l->n);
}

static struct looked look(struct test *t, int64_t order_n)
{
    struct looked l = { .order_n = order_n };
    EXPECT_OK(db_read(t->c, look_tx, &l));
    return l;
}

/* Why the last attempt of an order is where it is. */
static struct str why(struct test *t, int64_t order_n)
{
    struct looked l = look(t, order_n);
    return l.n > 0 ? l.k[l.n - 1].route : S("");
}

TEST("the first rule that fits is said, with whoever was passed over")
{
    struct stripe_shop *s = stripe_shop_open(t);
    shop_catalog(s->shop, shared);
    EXPECT_STR(buy(s, 1, "\"priceId\":\"pen-eur\",\"country\":\"DE\""), S("moneymotion"));
    EXPECT_STR(why(t, 1), S("card, by rule 2: moneymotion"));
    EXPECT_STR(buy(s, 2, "\"priceId\":\"pen-eur\",\"country\":\"FR\""), S("stripe"));
    EXPECT_STR(why(t, 2), S("card, by the general routing: stripe"));
    EXPECT_STR(buy(s, 3, "\"priceId\":\"pen-usd\",\"gateway\":\"stripe\""), S("stripe"));
    EXPECT_STR(why(t, 3), S("card, by whoever opened it: stripe"));
    shop_catalog(s->shop,
        "{\"products\":[{\"id\":\"pen\",\"name\":\"Pen\",\"prices\":["
        "{\"id\":\"pen-usd\",\"amount\":30}]}],"
        "\"routing\":{\"card\":[\"flutterwave\",\"stripe\",\"moneymotion\"]}}");
    EXPECT_STR(buy(s, 4, "\"priceId\":\"pen-usd\""), S("moneymotion"));
    EXPECT_STR(why(t, 4),
        S("card, by the general routing: flutterwave (not set up), stripe (does not take it), "
          "moneymotion"));
}

TEST("weights share orders out, by what the order is and not by when it is asked")
{
    enum {
        ORDERS = 200
    };
    struct stripe_shop *s = stripe_shop_open(t);
    int moneymotion = 0;
    shop_catalog(s->shop, shared);
    for (int i = 0; i < ORDERS; i++) {
        bool dealt = str_eq(buy(s, i, "\"priceId\":\"pen-usd\""), S("moneymotion"));
        moneymotion += dealt;
        EXPECT_STR(why(t, i + 1),
            dealt ? S("card, by rule 1: moneymotion 70") : S("card, by rule 1: stripe 30"));
    }
    /* Of 200 with a share of 0.7: five standard deviations to either side. */
    EXPECT(moneymotion > 140 - 33 && moneymotion < 140 + 33);
}

static bool stripe_is_silent(struct net *net, struct str gateway)
{
    (void)net;
    return str_eq(gateway, S("stripe"));
}

TEST(
    "a gateway that does not answer comes last, and is asked all the same when nobody else is there")
{
    struct stripe_shop *s = stripe_shop_open(t);
    shop_catalog(s->shop, shared);
    s->shop->net.silent = stripe_is_silent;
    EXPECT_STR(buy(s, 1, "\"priceId\":\"pen-eur\",\"country\":\"FR\""), S("moneymotion"));
    EXPECT_STR(why(t, 1), S("card, by the general routing: moneymotion"));
    shop_catalog(s->shop,
        "{\"products\":[{\"id\":\"pen\",\"name\":\"Pen\",\"prices\":["
        "{\"id\":\"pen-usd\",\"amount\":333}]}],\"routing\":{\"card\":[\"stripe\"]}}");
    EXPECT_STR(buy(s, 2, "\"priceId\":\"pen-usd\""), S("stripe"));
    EXPECT_STR(why(t, 2), S("card, by the general routing: stripe (does not answer)"));
}

/* ---- whatever happens to the calls of two gateways, and whoever is paid then */

static const char *const faults[] = { "", "refuse", "lose", "lose_after", "500", "garbage",
    "decline" };

static const struct stripe_said paid_there = { "checkout.session.completed", SAID_SESSION,
    "complete", "paid", 0 };

enum {
    STRIPE_PAID = 1,
    MONEYMOTION_PAID = 2
};

/* Pays on the pages that exist, in this order; what came there. */
static int64_t pay(struct stripe_shop *s, size_t pages, size_t sessions, int who, bool stripe_first)
{
    struct test *t = s->shop->t;
    int64_t paid = 0;
    for (int turn = 0; turn < 2; turn++) {
        bool stripe = (turn == 0) == stripe_first;
        if (stripe && (who & STRIPE_PAID) != 0 && s->pages > pages) {
            stripe_pays(stripe_newest(s));
            EXPECT_I64(stripe_tell(s, stripe_newest(s), &paid_there), 200);
            paid += 333;
        }
        if (!stripe && (who & MONEYMOTION_PAID) != 0 && s->shop->sessions > sessions) {
            struct shop_session *k = &s->shop->session[s->shop->sessions - 1];
            k->status = "completed";
            EXPECT_I64(shop_webhook(s->shop, "complete", k, k->total), 200);
            paid += 333;
        }
        shop_jobs(s->shop);
    }
    return paid;
}

static void expect_once(struct stripe_shop *s, int64_t order_n, int64_t paid, int64_t *money)
{
    struct test *t = s->shop->t;
    struct looked l = look(t, order_n);
    int sales = 0, held = 0;
    for (size_t i = 0; i < l.n; i++) {
        sales += l.k[i].status == ATTEMPT_CAPTURED && !l.k[i].extra;
        held += attempt_is_held(&l.k[i]);
    }
    *money += paid;
    EXPECT_I64(sales, paid > 0);
    EXPECT_I64(held, paid > 333);
    EXPECT_I64(shop_balance(s->shop, LEDGER_GATEWAY, CUR_USD), *money);
}

TEST(
    "F18 F19 F20 F21 F22 F23 F30 whatever two gateways do, an order is sold once and all that came is "
    "in the books")
{
    struct stripe_shop *s = stripe_shop_open(t);
    int64_t money = 0;
    int order = 0;
    shop_catalog(s->shop,
        "{\"products\":[{\"id\":\"pen\",\"name\":\"Pen\",\"prices\":["
        "{\"id\":\"pen-usd\",\"amount\":333}]}],"
        "\"routing\":{\"card\":[\"stripe\",\"moneymotion\"]}}");
    for (size_t f = 0; f < ARRAY_LEN(faults); f++)
        for (int calls = 1; calls <= 2; calls++)
            for (int who = 0; who < 8; who++) {
                size_t pages = s->pages, sessions = s->shop->sessions;
                s->shop->fault = faults[f];
                s->shop->fault_call = "create";
                s->shop->faults_left = calls;
                buy(s, ++order, "\"priceId\":\"pen-usd\"");
                s->shop->faults_left = 0;
                int64_t paid = pay(s, pages, sessions, who & 3, who >= 4);
                expect_once(s, order, paid, &money);
            }
    EXPECT_I64(s->shop->sessions > 0 && s->pages > 0, 1);
    shop_verify(s->shop);
}
