#include "app/stripe_shop.h"

#include <stdio.h>

/* Stripe's events in every order (R24, F32): which of them came decides where an order ends, when
 * they came does not. */

enum {
    SIX = 6
};

struct story {
    const char *name;
    struct stripe_said said[SIX];
    size_t n;
    /* How it stands at Stripe, and so here, once these have come. */
    enum order_status (*end)(struct stripe_page *p, unsigned came);
};

#define COMPLETE                                                                                   \
    {                                                                                              \
        "checkout.session.completed", SAID_SESSION, "complete", "paid", 0                          \
    }

static bool any(unsigned came, int first, int last)
{
    for (int i = first; i <= last; i++)
        if ((came & (1u << i)) != 0)
            return true;
    return false;
}

static enum order_status refunded_end(struct stripe_page *p, unsigned came)
{
    stripe_pays(p);
    p->back = any(came, 3, 3) ? p->units : 0;
    return any(came, 3, 3) ? ORDER_REFUNDED : any(came, 0, 2) ? ORDER_COMPLETED : ORDER_PENDING;
}

static enum order_status disputed_end(struct stripe_page *p, unsigned came)
{
    stripe_pays(p);
    p->disputed = any(came, 3, 5);
    return p->disputed ? ORDER_DISPUTED : any(came, 0, 2) ? ORDER_COMPLETED : ORDER_PENDING;
}

static enum order_status delayed_end(struct stripe_page *p, unsigned came)
{
    p->status = "complete";
    p->intent = "processing";
    if (!any(came, 0, 2))
        return any(came, 3, 3) ? ORDER_PROCESSING : ORDER_PENDING;
    stripe_pays(p);
    return ORDER_COMPLETED;
}

static enum order_status failed_end(struct stripe_page *p, unsigned came)
{
    p->status = "complete";
    p->intent = any(came, 0, 0) ? "requires_payment_method" : "processing";
    return any(came, 0, 0) ? ORDER_FAILED : any(came, 1, 1) ? ORDER_PROCESSING : ORDER_PENDING;
}

static enum order_status expired_end(struct stripe_page *p, unsigned came)
{
    p->status = any(came, 0, 0) ? "expired" : "open";
    return any(came, 0, 0) ? ORDER_EXPIRED : ORDER_PENDING;
}

static enum order_status second_card_end(struct stripe_page *p, unsigned came)
{
    stripe_pays(p);
    return any(came, 0, 2) ? ORDER_COMPLETED : ORDER_PENDING;
}

static const struct story stories[] = {
    { "paid and refunded",
        { COMPLETE, { "payment_intent.succeeded", SAID_INTENT, "succeeded", "", 0 },
            { "charge.succeeded", SAID_CHARGE, "succeeded", "", 0 },
            { "charge.refunded", SAID_CHARGE, "succeeded", "", 1000 },
            { "refund.created", SAID_DISPUTE, "succeeded", "", 0 },
            { "charge.updated", SAID_CHARGE, "succeeded", "", 0 } },
        6, refunded_end },
    { "paid and disputed",
        { COMPLETE, { "payment_intent.succeeded", SAID_INTENT, "succeeded", "", 0 },
            { "charge.succeeded", SAID_CHARGE, "succeeded", "", 0 },
            { "charge.dispute.created", SAID_DISPUTE, "needs_response", "", 0 },
            { "charge.dispute.funds_withdrawn", SAID_DISPUTE, "needs_response", "", 0 },
            { "charge.dispute.closed", SAID_DISPUTE, "lost", "", 0 } },
        6, disputed_end },
    { "paid days later",
        { { "checkout.session.async_payment_succeeded", SAID_SESSION, "complete", "paid", 0 },
            { "payment_intent.succeeded", SAID_INTENT, "succeeded", "", 0 },
            { "charge.succeeded", SAID_CHARGE, "succeeded", "", 0 },
            { "checkout.session.completed", SAID_SESSION, "complete", "unpaid", 0 },
            { "payment_intent.processing", SAID_INTENT, "processing", "", 0 },
            { "charge.updated", SAID_CHARGE, "succeeded", "", 0 } },
        6, delayed_end },
    { "failed days later",
        { { "checkout.session.async_payment_failed", SAID_SESSION, "complete", "unpaid", 0 },
            { "checkout.session.completed", SAID_SESSION, "complete", "unpaid", 0 },
            { "payment_intent.processing", SAID_INTENT, "processing", "", 0 },
            { "payment_intent.payment_failed", SAID_INTENT, "requires_payment_method", "", 0 },
            { "charge.failed", SAID_CHARGE, "failed", "", 0 } },
        5, failed_end },
    { "declined, and given up",
        { { "checkout.session.expired", SAID_SESSION, "expired", "unpaid", 0 },
            { "payment_intent.payment_failed", SAID_INTENT, "requires_payment_method", "", 0 },
            { "charge.failed", SAID_CHARGE, "failed", "", 0 } },
        3, expired_end },
    { "declined, and paid with another card",
        { COMPLETE, { "payment_intent.succeeded", SAID_INTENT, "succeeded", "", 0 },
            { "charge.succeeded", SAID_CHARGE, "succeeded", "", 0 },
            { "payment_intent.payment_failed", SAID_INTENT, "requires_payment_method", "", 0 },
            { "charge.failed", SAID_CHARGE, "failed", "", 0 } },
        5, second_card_end },
};

struct history {
    struct stripe_shop *s;
    const struct story *story;
    size_t order[SIX], n, longest, shortest;
    unsigned came;
    int64_t seen, each; /* only every each-th is delivered */
    int64_t money;      /* that should be there by now */
};

static int64_t money_of(enum order_status end)
{
    /* The bank has taken it, and a fee of 15. */
    return end == ORDER_COMPLETED ? 1000 : end == ORDER_DISPUTED ? -1500 : 0;
}

static void deliver(struct history *h)
{
    struct stripe_shop *s = h->s;
    struct test *t = s->shop->t;
    struct str key = str_fmt(s->shop->c->arena, "after-%zu", s->pages);
    struct str id =
        stripe_buy(s, str_c(s->shop->c->arena, key), "\"priceId\":\"mug-usd\",\"again\":true");
    struct stripe_page *p = stripe_newest(s);
    enum order_status want = h->story->end(p, h->came);
    for (size_t i = 0; i < h->n; i++) {
        EXPECT_I64(stripe_tell(s, p, &h->story->said[h->order[i]]), 200);
        shop_jobs(s->shop);
    }
    struct order o = shop_order(s->shop, id);
    h->money += money_of(want);
    if (o.status == want)
        return;
    printf("  %s; came", h->story->name);
    for (size_t i = 0; i < h->n; i++)
        printf(" %s", h->story->said[h->order[i]].type);
    printf("\n");
    EXPECT_STR(order_status_text(o.status), order_status_text(want));
}

/* Depth is at most six. */
static void every_history(struct history *h)
{
    if (h->n >= h->shortest && h->seen++ % h->each == 0)
        deliver(h);
    for (size_t i = 0; i < h->story->n && h->n < h->longest; i++) {
        if ((h->came & (1u << i)) != 0)
            continue;
        h->order[h->n++] = i;
        h->came |= 1u << i;
        every_history(h);
        h->came &= ~(1u << i);
        h->n--;
    }
}

static void expect_money(struct history *h)
{
    struct test *t = h->s->shop->t;
    EXPECT_I64(shop_balance(h->s->shop, LEDGER_GATEWAY, CUR_USD), h->money);
    shop_verify(h->s->shop);
}

TEST("R24 R31 up to three events of each story, in every order, end where they put the order")
{
    struct history h = { .s = stripe_shop_open(t), .shortest = 1, .longest = 3 };
    h.each = stripe_sample(t);
    for (size_t i = 0; i < ARRAY_LEN(stories); i++) {
        h.story = &stories[i];
        every_history(&h);
    }
    expect_money(&h);
}

static void whole_story(struct test *t, size_t i)
{
    struct history h = { .s = stripe_shop_open(t),
        .story = &stories[i],
        .shortest = stories[i].n,
        .longest = stories[i].n,
        .each = stripe_sample(t) };
    every_history(&h);
    expect_money(&h);
}

TEST("R24 R99 six events of a payment that went back end in one state, in each of 720 orders")
{
    whole_story(t, 0);
}

TEST("R24 R99 six events of a payment that is disputed end in one state, in each of 720 orders")
{
    whole_story(t, 1);
}

TEST("R24 R31 six events of a payment that takes days end in one state, in each of 720 orders")
{
    whole_story(t, 2);
}
