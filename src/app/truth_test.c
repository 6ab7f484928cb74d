#include "app/shop_fixture.h"

#include <stdio.h>

/* Webhooks in every order (R24, R99): whatever came first, an order ends where the gateway's own
 * truth puts it, and the books show the money that is really there. */

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

enum {
    COMPLETE,
    REFUNDED,
    DISPUTED,
    EXPIRED,
    NEW,
    EVENTS,
    LONGEST = 4
};
static const char *const events[EVENTS] = { "complete", "refunded", "disputed", "expired", "new" };

struct history {
    struct shop *s;
    int event[LONGEST];
    size_t n;
    unsigned has;
    bool
        proof; /* a webhook is believed by itself: the last word of two contradicting ones counts */
    bool late; /* nothing is applied before the last one came */
    size_t longest;
};

static bool has(const struct history *h, int event)
{
    return (h->has & (1u << event)) != 0;
}

static void deliver(struct history *h, const char *truth, enum order_status want, int64_t money)
{
    struct shop *s = h->s;
    struct test *t = s->t;
    struct str name = str_fmt(s->c->arena, "after-%zu", s->sessions);
    int64_t before = shop_balance(s, LEDGER_GATEWAY, CUR_USD);
    struct str id = shop_buy(s, str_c(s->c->arena, name), "\"priceId\":\"mug-usd\",\"again\":true");
    newest(s)->status = truth;
    for (size_t i = 0; i < h->n; i++) {
        EXPECT_I64(shop_webhook(s, events[h->event[i]], newest(s), 1000), 200);
        if (!h->late)
            shop_jobs(s);
    }
    shop_jobs(s);
    struct order o = shop_order(s, id);
    int64_t came = shop_balance(s, LEDGER_GATEWAY, CUR_USD) - before;
    bool either = h->proof && has(h, REFUNDED) && has(h, DISPUTED) && o.status == ORDER_DISPUTED;
    if ((o.status == want || either) && came == money)
        return;
    printf("  the gateway says %s; came", truth);
    for (size_t i = 0; i < h->n; i++)
        printf(" %s", events[h->event[i]]);
    printf("\n");
    EXPECT_STR(order_status_text(o.status), order_status_text(want));
    EXPECT_I64(came, money);
}

static void end_of(struct history *h)
{
    if (has(h, REFUNDED))
        deliver(h, "refunded", ORDER_REFUNDED, 0);
    if (has(h, DISPUTED) && !(h->proof && has(h, REFUNDED)))
        deliver(h, "disputed", ORDER_DISPUTED, 1000);
    if (has(h, REFUNDED) || has(h, DISPUTED))
        return;
    if (has(h, COMPLETE))
        deliver(h, "completed", ORDER_COMPLETED, 1000);
    else if (has(h, EXPIRED))
        deliver(h, "expired", ORDER_EXPIRED, 0);
    else
        deliver(h, "pending", ORDER_PENDING, 0);
}

/* Depth is at most four. */
static void every_history(struct history *h)
{
    if (h->n > 0)
        end_of(h);
    for (int i = 0; i < EVENTS && h->n < h->longest; i++) {
        if (has(h, i))
            continue;
        h->event[h->n++] = i;
        h->has |= 1u << i;
        every_history(h);
        h->has &= ~(1u << i);
        h->n--;
    }
}

TEST("R24 R99 up to four webhooks in every order end where the gateway's truth puts the order")
{
    struct history h = { .s = shop_open(t), .longest = LONGEST };
    every_history(&h);
    shop_verify(h.s);
}

TEST("R24 R99 the same for three that all came before the first one is applied")
{
    struct history h = { .s = shop_open(t), .late = true, .longest = 3 };
    every_history(&h);
    shop_verify(h.s);
}

TEST("R24 R99 up to four proofs in every order leave the money that they speak of")
{
    struct history h = { .s = shop_open_with(t, (char[]) { "MONEYMOTION_CONFIRM=webhook" }),
        .proof = true };
    every_history(&h);
    shop_verify(h.s);
}

/* A gateway may be behind its own webhooks.  Whatever they say beyond its answer is not lost: it is
 * waited for, and then a person looks. */
TEST("R6 a refund or dispute that the gateway does not know yet is waited for, then in review")
{
    static const char *const later[] = { "refunded", "disputed" };
    struct shop *s = shop_open(t);
    for (size_t i = 0; i < ARRAY_LEN(later); i++) {
        struct str id = shop_buy(s, i == 0 ? "k1" : "k2", "\"priceId\":\"mug-usd\",\"again\":true");
        newest(s)->status = "completed";
        shop_webhook(s, "complete", newest(s), 1000);
        shop_jobs(s);
        EXPECT_I64(shop_webhook(s, later[i], newest(s), 1000), 200);
        shop_jobs(s);
        expect_status(s, id, ORDER_COMPLETED);
        for (int k = 0; k < 10; k++)
            shop_wait(s, 20 * 1000);
        expect_status(s, id, ORDER_REVIEW);
    }
    struct str id = shop_buy(s, "k3", "\"priceId\":\"mug-usd\",\"again\":true");
    newest(s)->status = "completed";
    shop_webhook(s, "complete", newest(s), 1000);
    shop_jobs(s);
    shop_webhook(s, "refunded", newest(s), 1000);
    shop_jobs(s);
    newest(s)->status = "refunded";
    for (int k = 0; k < 10; k++)
        shop_wait(s, 20 * 1000);
    expect_status(s, id, ORDER_REFUNDED);
    shop_verify(s);
}

TEST("R6 a webhook says paid and the gateway says expired: nobody decides that alone")
{
    struct shop *s = shop_open(t);
    struct str id = shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    newest(s)->status = "expired";
    shop_webhook(s, "complete", newest(s), 1000);
    for (int k = 0; k < 10; k++)
        shop_wait(s, 20 * 1000);
    expect_status(s, id, ORDER_REVIEW);
}

TEST("R6 a refund or dispute of another amount is not adopted")
{
    static const char *const later[] = { "refunded", "disputed" };
    struct shop *s = shop_open(t);
    for (size_t i = 0; i < ARRAY_LEN(later); i++) {
        struct str id = shop_buy(s, i == 0 ? "k1" : "k2", "\"priceId\":\"mug-usd\",\"again\":true");
        newest(s)->status = later[i];
        shop_webhook(s, later[i], newest(s), 400);
        shop_jobs(s);
        expect_status(s, id, ORDER_REVIEW);
    }
    EXPECT_I64(shop_balance(s, LEDGER_SALES, CUR_USD), 0);
    shop_verify(s);
}
