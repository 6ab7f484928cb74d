#include "renewal/till_fixture.h"

#include <pthread.h>

#include "base/json.h"
#include "db/db.h"

/* Several may charge at once. */
struct locked {
    struct till till; /* first */
    pthread_mutex_t lock;
};

static struct str member(struct arena *a, struct str body, const char *name)
{
    return json_text(a, json_root(body), name);
}

static struct net_reply paid(struct ctx *c, struct str tx_ref)
{
    return (struct net_reply) { .outcome = OUTCOME_DONE,
        .status = 200,
        .body = str_fmt(c->arena,
            "{\"status\":\"success\",\"message\":\"x\",\"data\":{\"id\":7,\"tx_ref\":\"%.*s\","
            "\"amount\":9.99,\"currency\":\"USD\",\"status\":\"successful\",\"payment_type\":"
            "\"card\"}}",
            SARG(tx_ref)) };
}

static struct net_reply no(int status)
{
    return (struct net_reply) { .outcome = OUTCOME_DONE,
        .status = status,
        .body = S("{\"status\":\"error\",\"message\":\"No\",\"data\":null}") };
}

static bool was_taken(const struct till *k, struct str url)
{
    for (int64_t i = 0; i < k->takes; i++)
        if (str_ends(url, k->taken[i]))
            return true;
    return false;
}

static struct net_reply take(struct till *k, struct ctx *c, struct str tx_ref)
{
    struct arena *a = k->g->t->c->arena;
    k->asked++;
    must(k->takes < TILL_CHARGES && tx_ref.n > 0);
    if (k->mood == TILL_REFUSES)
        return no(400);
    if (k->mood == TILL_KNOWS_NOBODY)
        return no(401);
    if (k->mood != TILL_IS_LOST)
        k->taken[k->takes++] = str_copy(a, tx_ref);
    return k->mood == TILL_TAKES
        ? paid(c, tx_ref)
        : (struct net_reply) { .outcome = OUTCOME_UNKNOWN, .why = S("the connection broke") };
}

static enum err answer(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    struct locked *l = (struct locked *)net;
    struct till *k = &l->till;
    struct str before, tx_ref;
    must(c->db == NULL);
    pthread_mutex_lock(&l->lock);
    if (str_ends(in->url, S("/tokenized-charges")))
        *ret = take(k, c, member(c->arena, in->body, "tx_ref"));
    else if (was_taken(k, in->url) && str_cut(in->url, '=', &before, &tx_ref))
        *ret = paid(c, tx_ref);
    else
        *ret = no(404);
    pthread_mutex_unlock(&l->lock);
    return E_OK;
}

static enum err by_card(struct ctx *c, void *arg)
{
    const struct gate *g = arg;
    struct subscription s;
    TRY(subscription_lock(c, g->subscription_n, &s));
    s.gateway = GATEWAY_ID_flutterwave;
    s.payer = S("flw-t1nf-00112233445566778899aabbccddeeff-m03k ada@example.com");
    return subscription_become(c, &s, s.status);
}

static void configure(struct test *t)
{
    char *env[] = { (char[]) { "PURSER_SITE_URL=https://pay.example.com" },
        (char[]) { "PURSER_MAIL_FROM=shop@example.com" },
        (char[]) { "FLUTTERWAVE_SECRET_KEY=FLWSECK_TEST-simulator0001-X" },
        (char[]) { "FLUTTERWAVE_SECRET_HASH=flw_secret_hash_test_01" },
        (char[]) { "FLUTTERWAVE_CHARGE_AGAIN=yes" }, NULL };
    struct buf notices = BUF(t->c->arena);
    struct config *config = NULL;
    EXPECT_OK(config_load(
        t->c, &(struct config_sources) { .env = env, .env_file = "" }, &notices, &config));
    t->c->config = config;
}

static void close_till(void *arg)
{
    struct locked *l = arg;
    pthread_mutex_destroy(&l->lock);
}

/* On the day on which the period ends, its order is there, and it is to be charged. */
struct till *till_open(struct test *t)
{
    struct locked *l = arena_new(t->c->arena, struct locked);
    struct till *k = &l->till;
    k->g = gate_open(t, true);
    k->net.call = answer;
    must(pthread_mutex_init(&l->lock, NULL) == 0);
    arena_defer(t->c->arena, close_till, l);
    configure(t);
    t->c->net = &k->net;
    EXPECT_OK(db_tx(t->c, "by card", by_card, k->g));
    t->c->now_ms = gate_see(k->g).s.period_end_ms - RENEWAL_LEAD_DAYS * (int64_t)DAY;
    gate_due(k->g);
    EXPECT_I64(gate_see(k->g).mails, 1);
    t->c->now_ms = gate_see(k->g).s.period_end_ms;
    gate_due(k->g);
    EXPECT_I64(k->asked, 0);
    return k;
}

void till_close(struct till *k)
{
    struct ctx *c = k->g->t->c;
    config_free((struct config *)(uintptr_t)c->config);
    c->config = NULL;
}

struct str till_subject(const struct till *k)
{
    return str_fmt(k->g->t->c->arena, "%lld", (long long)k->g->subscription_n);
}

void till_charge(struct till *k)
{
    struct test *t = k->g->t;
    EXPECT_OK(renewal_charge(t->c, till_subject(k)));
}
