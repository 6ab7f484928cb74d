#include "gateway/stripe_fixture.h"

#include "base/url.h"

static enum err answer(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    struct wire *w = (struct wire *)net;
    struct test *t = w->t;
    EXPECT(w->asks < WIRE_REQUESTS && c->db == NULL);
    w->asked[w->asks++] = *in;
    bool queued = w->taken < w->nexts;
    int status = queued ? w->next[w->taken].status : w->status;
    const char *body = queued ? w->next[w->taken].body : w->body;
    w->taken += queued;
    *ret = status == 0
        ? (struct net_reply) { .outcome = OUTCOME_UNKNOWN, .why = S("the connection broke") }
        : (struct net_reply) { .outcome = OUTCOME_DONE, .status = status, .body = str_of_c(body) };
    return E_OK;
}

void wire_next(struct wire *w, int status, const char *body)
{
    must(w->nexts < WIRE_ANSWERS);
    w->next[w->nexts].status = status;
    w->next[w->nexts++].body = body;
}

void wire_restart(struct wire *w)
{
    w->asks = w->nexts = w->taken = 0;
}

struct str wire_asked(const struct wire *w, size_t i)
{
    struct arena *a = w->t->c->arena;
    const struct net_request *q = &w->asked[i];
    bool ok = false;
    struct str url = url_decode(a, str_from(q->url, S("https://api.stripe.com").n), false, &ok);
    must(i < w->asks && ok);
    return str_fmt(
        a, "%.*s %.*s%s%.*s", SARG(q->method), SARG(url), q->body.n > 0 ? " " : "", SARG(q->body));
}

static void close_wire(void *arg)
{
    config_free(arg);
}

struct wire *wire_open(struct test *t)
{
    static char key[] = "STRIPE_SECRET_KEY=sk_test_1234567890";
    return wire_open_with(t, key);
}

struct wire *wire_open_with(struct test *t, char *key_setting)
{
    static char site[] = "PURSER_SITE_URL=https://pay.example.com",
                secret[] = "STRIPE_WEBHOOK_SECRET=" WIRE_OLD_SECRET "," WIRE_SECRET,
                mug[] = "STRIPE_PRICE_MUG=price_mug";
    char *env[] = { site, key_setting, secret, mug, NULL };
    return wire_open_env(t, env);
}

struct wire *wire_open_env(struct test *t, char *const *env)
{
    struct wire *w = arena_new(t->c->arena, struct wire);
    struct config *config = NULL;
    struct buf notices = BUF(t->c->arena);
    EXPECT_OK(config_load(
        t->c, &(struct config_sources) { .env = env, .env_file = "" }, &notices, &config));
    *w = (struct wire) { .net = { .call = answer }, .t = t, .status = 200, .body = "{}" };
    t->c->config = config;
    t->c->net = &w->net;
    arena_defer(t->c->arena, close_wire, config);
    return w;
}

struct str wire_header(const struct wire *w, size_t i, const char *name)
{
    for (size_t k = 0; k < w->asked[i].header_count; k++)
        if (str_eq(w->asked[i].headers[k].name, str_of_c(name)))
            return w->asked[i].headers[k].value;
    return S("");
}

static const struct gateway_line mugs[] = {
    { S_INIT("Mug & spoon (100%) é"), S_INIT("Holds tea"), 1000, 2, S_INIT("") },
    { S_INIT("Tax 19.00%"), S_INIT("Tax 19.00%"), 380, 1, S_INIT("") },
};

struct gateway_open wire_order(void)
{
    return (struct gateway_open) {
        .attempt = S("att_01hqattempt"),
        .order = S("ord_01hqorder"),
        .order_number = S("ORD-2026-000007"),
        .description = S("Order ORD-2026-000007"),
        .total = { 2380, CUR_USD },
        .lines = mugs,
        .line_count = ARRAY_LEN(mugs),
        .buyer_mail = S("ada+x@example.com"),
        .success_url = S("https://pay.example.com/payment/success?order=ord_01hqorder&t=T"),
        .cancel_url = S("https://pay.example.com/payment/cancelled?order=ord_01hqorder&t=T"),
        .expires_ms = INT64_C(1790185800000),
    };
}

struct gateway_open wire_amount(struct wire *w, struct money total)
{
    struct gateway_open in = wire_order();
    in.total = total;
    gateway_one_line(w->t->c, &in);
    return in;
}

/* ---- webhooks */

struct delivered {
    struct str signature;
};

static struct str header(const void *self, struct str name)
{
    const struct delivered *d = self;
    return str_eq(name, S("stripe-signature")) ? d->signature : S("");
}

static int header_count(const void *self, struct str name)
{
    return header(self, name).n > 0 ? 1 : 0;
}

struct gateway_webhook wire_webhook(struct wire *w, struct str body, struct str signature)
{
    struct delivered *d = arena_new(w->t->c->arena, struct delivered);
    d->signature = signature;
    return (struct gateway_webhook) { body, header, header_count, d };
}

struct str wire_sign(struct wire *w, struct str body, const char *secret, int64_t at_s)
{
    struct test *t = w->t;
    struct str raw;
    struct str said = str_fmt(t->c->arena, "%lld.%.*s", (long long)at_s, SARG(body));
    EXPECT_OK(hmac_sign(t->c, HMAC_SHA256, secret_of(str_of_c(secret)), said, &raw));
    return str_fmt(
        t->c->arena, "t=%lld,v1=%.*s", (long long)at_s, SARG(hex_text(t->c->arena, raw)));
}
