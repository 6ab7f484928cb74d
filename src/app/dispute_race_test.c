#include "app/refund_fixture.h"
#include "db/crowd_fixture.h"
#include "db/db.h"
#include "dispute/dispute.h"
#include "refund/refund.h"

/* Somebody gives money back at the moment at which a bank takes it, over connections of their own:
 * whoever is first, it leaves once, and the books say what the gateway says. */

enum {
    ROUNDS = 4
};

struct counter { /* one asks the gateway at a time: it is a few lines of memory */
    struct net net, *behind;
    pthread_mutex_t one;
};

struct side {
    struct crowd k; /* first */
    struct str order, reference;
    int64_t minor;
    enum err became;
};

static enum err call_alone(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    struct counter *q = (struct counter *)((char *)net - offsetof(struct counter, net));
    pthread_mutex_lock(&q->one);
    enum err e = q->behind->call(q->behind, c, in, ret);
    pthread_mutex_unlock(&q->one);
    return e;
}

/* That the other was first is one way for this to end. */
static void ends(struct side *k, enum err e)
{
    k->became = e;
    k->k.result = e == E_CONFLICT || e == E_BUSY ? E_OK : e;
    if (k->k.result == E_OK)
        err_clear(&k->k.c);
}

static void gives(struct crowd *self)
{
    struct side *k = (struct side *)self;
    struct refunding in = {
        .order = k->order, .amount_minor = k->minor, .already_minor = -1, .reason = S("torn")
    };
    in.id = id_new(&self->c);
    ends(k, refund_run(&self->c, &in));
}

static void hears(struct crowd *self)
{
    struct side *k = (struct side *)self;
    struct dispute_mirror m = { .gateway = GATEWAY_ID_stripe, .reference = k->reference };
    ends(k, dispute_mirror(&self->c, &m));
}

static enum err find_paid(struct ctx *c, void *arg)
{
    struct attempt *k = NULL;
    size_t n = 0;
    struct order o;
    struct side *side = arg;
    TRY(order_get(c, side->order, &o));
    TRY(attempts_of(c, o.n, &k, &n));
    const struct attempt *a = attempt_paid(k, n);
    if (a == NULL || attempt_back(a) + a->reserved_minor > a->amount.minor)
        return fail(c, STORE_CORRUPT, "more went back than was paid");
    side->minor = attempt_back(a);
    return E_OK;
}

/* how: the dispute's word when it is heard of in the race. */
static void race(struct test *t, const char *how, int64_t minor)
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct counter q = { .net = { .call = call_alone }, .behind = t->c->net };
    pthread_mutex_init(&q.one, NULL);
    for (int round = 0; round < ROUNDS; round++) {
        struct side *side = arena_array(t->c->arena, struct side, 3);
        struct str id = refund_paid_with(
            s, str_fmt(t->c->arena, "k%d", round).p, "\"priceId\":\"mug-usd\",\"again\":true");
        struct stripe_page *p = stripe_newest(s);
        p->argued_units = 1000;
        p->argued = how;
        p->disputed = true;
        side[0] = (struct side) { .k = { .act = gives }, .order = id, .minor = minor };
        side[1] = (struct side) { .k = { .act = hears },
            .reference = str_fmt(t->c->arena, "dp_%s", p->payment) };
        side[2] = (struct side) { .k = { .act = gives }, .order = id, .minor = minor };
        t->c->net = &q.net;
        crowd_run(t, side, sizeof *side, 3);
        t->c->net = q.behind;
        shop_jobs(s->shop);
        shop_wait(s->shop, 61 * 1000);
        EXPECT_OK(db_read(t->c, find_paid, &side[0]));
        EXPECT_OK(side[1].became);
        if (str_eq(str_of_c(how), S("lost")))
            refund_expect_status(s->shop, id, ORDER_REFUNDED);
        shop_verify(s->shop);
    }
    EXPECT_I64(shop_facts(s->shop, "DISPUTE_OPENED"), ROUNDS);
    pthread_mutex_destroy(&q.one);
}

TEST("R99 I3 a bank takes it all while two people give parts back: it is gone once")
{
    race(t, "lost", 400);
}

TEST("R99 I3 a bank begins to argue while two people give all of it back: it leaves once")
{
    race(t, "needs_response", 1000);
}
