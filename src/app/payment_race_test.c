#include "app/plan_shop.h"
#include "app/refund_fixture.h"

#include <pthread.h>

#include "base/fault.h"
#include "db/crowd_fixture.h"
#include "db/db.h"
#include "job/job.h"
#include "refund/refund.h"

/* Many who give the same money back at once, and a process that dies while it does. */

static struct str paid(struct stripe_shop *s, const char *key)
{
    return refund_paid_with(s, key, "\"priceId\":\"mug-usd\",\"again\":true");
}

/* The shop's gateway is a few lines of memory: one at a time. */
struct one_by_one {
    struct net net; /* first */
    struct net *inner;
    pthread_mutex_t lock;
};

static enum err call_alone(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    struct one_by_one *k = (struct one_by_one *)net;
    pthread_mutex_lock(&k->lock);
    enum err e = k->inner->call(k->inner, c, in, ret);
    pthread_mutex_unlock(&k->lock);
    return e;
}

enum {
    CROWD = 64
};
struct asker {
    struct crowd crowd;
    struct str order;
    int64_t amount, already;
    struct one_by_one *net;
    bool done, refused;
};

static void ask(struct crowd *self)
{
    struct asker *k = (struct asker *)self;
    struct ctx *c = &self->c;
    struct refunding in = {
        .order = k->order,
        .amount_minor = k->amount,
        .already_minor = k->already,
        .reason = S("all at once"),
    };
    c->net = &k->net->net;
    c->actor = self->nth % 2 == 0 ? S("admin:one") : S("admin:other");
    in.id = id_new(c);
    self->result = refund_run(c, &in);
    k->done = self->result == E_OK;
    k->refused = self->result == E_CONFLICT;
    if (k->refused)
        self->result = E_OK;
}

static int64_t all_ask(struct stripe_shop *s, struct str order, int64_t amount, int64_t already)
{
    struct test *t = s->shop->t;
    struct asker *member = arena_array(t->c->arena, struct asker, CROWD);
    struct one_by_one net = { .net = { .call = call_alone }, .inner = s->shop->c->net };
    int64_t done = 0;
    pthread_mutex_init(&net.lock, NULL);
    for (size_t i = 0; i < CROWD; i++)
        member[i] = (struct asker) { .crowd = { .act = ask },
            .order = order,
            .amount = amount,
            .already = already,
            .net = &net };
    crowd_run(t, member, sizeof *member, CROWD);
    for (size_t i = 0; i < CROWD; i++) {
        EXPECT(member[i].done != member[i].refused);
        done += member[i].done;
    }
    pthread_mutex_destroy(&net.lock);
    return done;
}

TEST("R8 R11 F45 however many give back at once, never more goes out than came in")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = paid(s, "k1");
    EXPECT_I64(all_ask(s, id, 90, -1), 11); /* of 1000 */
    EXPECT_I64(stripe_newest(s)->back, 990);
    EXPECT_I64(shop_order(s->shop, id).refunded_minor, 990);
    EXPECT_I64(shop_balance(s->shop, LEDGER_GATEWAY, CUR_USD), 10);
    shop_verify(s->shop);
}

TEST("R11 F45 two people, and sixty more, who press the same button give the same part back once")
{
    struct stripe_shop *s = stripe_shop_open(t);
    struct str id = paid(s, "k1");
    EXPECT_I64(all_ask(s, id, 90, 0), 1);
    EXPECT_I64(all_ask(s, id, 0, -1), 1);
    EXPECT_I64((int64_t)s->refunds, 2);
    EXPECT_I64(stripe_newest(s)->back, 1000);
    shop_verify(s->shop);
}

/* ---- beside a renewal */

struct side {
    struct crowd crowd;
    struct str order;
    const struct shop_session *page;
};

static void give_or_pay(struct crowd *self)
{
    struct side *k = (struct side *)self;
    struct refunding in = { .order = k->order,
        .already_minor = 0,
        .reason = S("r"),
        .by_hand = true,
        .reference = S("dashboard") };
    struct settle said = {
        .gateway = GATEWAY_ID_moneymotion,
        .confirmed_by = S("query"),
        .notice = { .kind = NOTICE_PAID,
            .session_id = str_of_c(k->page->id),
            .has_amount = true,
            .amount_minor = k->page->total,
            .currency = k->page->cur },
    };
    in.id = id_new(&self->c);
    self->result = self->nth % 2 == 0 ? refund_run(&self->c, &in)
                                      : db_tx(&self->c, "settle", settle_tx, &said);
    if (self->result == E_CONFLICT && self->nth % 2 == 0) /* another was faster */
        self->result = E_OK;
}

TEST("a period is given back while the next one is paid: each is what it would be alone")
{
    enum {
        SIDES = 16
    };
    const int64_t day = 24 * 3600 * 1000;
    struct shop *s = plan_shop(t);
    struct side *side = arena_array(t->c->arena, struct side, SIDES);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    struct order first = plan_order(s).order;
    for (int i = 0; i < 28; i++)
        shop_wait(s, day);
    struct plan_seen next = plan_order(s);
    plan_press_pay(s, &next.order);
    plan_hosted(s)->status = "completed";
    for (size_t i = 0; i < SIDES; i++)
        side[i] = (struct side) { .crowd = { .act = give_or_pay },
            .order = order_id(t->c->arena, &first),
            .page = plan_hosted(s) };
    crowd_run(t, side, sizeof *side, SIDES);
    shop_jobs(s);
    for (int i = 0; i < 5; i++)
        shop_wait(s, day);
    struct str id = order_id(t->c->arena, &first);
    EXPECT_STR(order_status_text(shop_order(s, id).status), S("refunded"));
    EXPECT_STR(order_status_text(plan_order(s).order.status), S("completed"));
    EXPECT_I64(shop_facts(s, "REFUND_SUCCEEDED"), 1);
    EXPECT_I64(shop_facts(s, "SUBSCRIPTION_RENEWED"), 1);
    EXPECT_STR(plan_status(s, "status"), S("\"active\""));
    EXPECT_STR(plan_status(s, "credits"), S("550"));
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 999);
    shop_verify(s);
}

/* ---- deaths */

static void give(struct ctx *c, struct str order, struct id id)
{
    struct refunding in = {
        .order = order, .already_minor = -1, .amount_minor = 400, .reason = S("r"), .id = id
    };
    (void)refund_run(c, &in);
}

static bool dies_at(struct test *t, const char *point, struct str order, struct id id)
{
    struct arena arena = { 0 };
    struct faults faults;
    struct ctx mortal = ctx_sibling(t->c, &arena);
    faults_off(&faults);
    faults.crash_at = point;
    faults.crash_countdown = 0;
    mortal.faults = &faults;
    if (id_is_zero(id)) {
        int64_t ran = 0;
        const struct job_kinds kinds = app_jobs(t->c->store);
        (void)job_run_due(&mortal, &kinds, 100, &ran);
    } else {
        give(&mortal, order, id);
    }
    arena_free(&arena);
    return faults.crashed;
}

static void boot(struct stripe_shop *s)
{
    struct ctx *c = s->shop->c;
    struct test *t = s->shop->t;
    const struct job_kinds kinds = app_jobs(c->store);
    store_reboot(c->store);
    EXPECT_OK(job_start(c, &kinds));
    EXPECT_OK(operation_end_leases(c));
    shop_wait(s->shop, 3 * 60 * 1000); /* on PostgreSQL a lease has to end first */
}

TEST("R13 F1 wherever the process dies, a refund that was planned is made once")
{
    static const struct {
        const char *point;
        bool planned;
    } deaths[] = { { "operation.plan.before_commit", false },
        { "operation.plan.after_commit", true }, { "operation.call.before", true },
        { "operation.call.after", true }, { "operation.record.before_commit", true },
        { "operation.record.after_commit", true } };
    struct stripe_shop *s = stripe_shop_open(t);
    for (size_t i = 0; i < ARRAY_LEN(deaths); i++) {
        struct str id = paid(s, str_c(t->c->arena, str_fmt(t->c->arena, "k%zu", i)));
        const size_t before = s->refunds;
        EXPECT(dies_at(t, deaths[i].point, id, id_new(t->c)));
        boot(s);
        EXPECT_I64((int64_t)(s->refunds - before), deaths[i].planned);
        EXPECT_I64(stripe_newest(s)->back, deaths[i].planned ? 400 : 0);
        EXPECT_I64(shop_order(s->shop, id).refunded_minor, deaths[i].planned ? 400 : 0);
        shop_verify(s->shop);
    }
}

TEST("R13 F1 wherever the job dies that asks about a lost answer, the refund is made once")
{
    static const char *const deaths[] = { "refund.load.after_commit", "refund.call.after",
        "refund.record.after_commit" };
    static const char *const lost[] = { "lose", "lose_after" };
    struct stripe_shop *s = stripe_shop_open(t);
    for (size_t i = 0; i < ARRAY_LEN(deaths) * ARRAY_LEN(lost); i++) {
        struct str id = paid(s, str_c(t->c->arena, str_fmt(t->c->arena, "k%zu", i)));
        const size_t before = s->refunds;
        s->shop->fault = lost[i % ARRAY_LEN(lost)];
        s->shop->fault_call = "refund";
        s->shop->faults_left = 1;
        give(t->c, id, id_new(t->c));
        EXPECT_I64(shop_order(s->shop, id).refunded_minor, 0);
        t->c->now_ms += 6 * 1000;
        EXPECT(dies_at(t, deaths[i / ARRAY_LEN(lost)], id, (struct id) { { 0 } }));
        boot(s);
        EXPECT_I64((int64_t)(s->refunds - before), 1);
        EXPECT_I64(shop_order(s->shop, id).refunded_minor, 400);
        shop_verify(s->shop);
    }
}
