#include "app/shop_fixture.h"

#include "credit/credit.h"

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "edge/edge.h"
#include "fact/fact.h"
#include "invoice/invoice.h"
#include "ledger/ledger.h"
#include "payment/back.h"
#include "web/callers.h"

static const char catalogue[] =
    "{\"products\":["
    "{\"id\":\"mug\",\"name\":\"Mug\",\"prices\":[{\"id\":\"mug-usd\",\"amount\":1000},"
    "{\"id\":\"mug-eur\",\"amount\":900,\"currency\":\"EUR\"},"
    "{\"id\":\"mug-jpy\",\"amount\":1500,\"currency\":\"JPY\"},"
    "{\"id\":\"mug-kwd\",\"amount\":3100,\"currency\":\"KWD\"},"
    "{\"id\":\"mug-huf\",\"amount\":100000,\"currency\":\"HUF\"},"
    "{\"id\":\"mug-ugx\",\"amount\":37000,\"currency\":\"UGX\"}]},"
    "{\"id\":\"pen\",\"name\":\"Pen\",\"prices\":[{\"id\":\"pen-usd\",\"amount\":333},"
    "{\"id\":\"pen-one\",\"amount\":1},{\"id\":\"pen-huf\",\"amount\":1050,\"currency\":\"HUF\"},"
    "{\"id\":\"pen-old\",\"amount\":5,\"active\":false}]},"
    "{\"id\":\"gift\",\"name\":\"Gift\",\"prices\":[{\"id\":\"gift-usd\",\"amount\":0}]},"
    "{\"id\":\"pack\",\"name\":\"Pack\",\"grants\":{\"credits\":10},"
    "\"prices\":[{\"id\":\"pack-usd\",\"amount\":100}]}],"
    "\"plans\":[{\"id\":\"basic\",\"name\":\"Basic\",\"prices\":[{\"id\":\"basic-month\",\"amount\":999}]}],"
    "\"coupons\":[{\"code\":\"TEN\",\"basisPoints\":1000},"
    "{\"code\":\"ONCE\",\"basisPoints\":5000,\"maxUses\":1},"
    "{\"code\":\"EACH\",\"amount\":100,\"currency\":\"USD\",\"perCustomer\":1},"
    "{\"code\":\"ALL\",\"basisPoints\":10000},"
    "{\"code\":\"MINE\",\"basisPoints\":10000,\"perCustomer\":1},"
    "{\"code\":\"GONE\",\"basisPoints\":100,\"expires\":\"2026-05-01T00:00:00Z\"},"
    "{\"code\":\"BIG\",\"basisPoints\":100,\"minSubtotal\":5000},"
    "{\"code\":\"PENS\",\"basisPoints\":5000,\"appliesTo\":[\"pen\"]}],"
    "\"tax\":{\"rates\":[{\"country\":\"DE\",\"basisPoints\":1900,\"name\":\"VAT\"}]},"
    "\"routing\":{\"card\":[\"moneymotion\"],\"crypto\":[\"moneymotion\"]}}";

static char *env[] = { (char[]) { "PURSER_SITE_URL=https://pay.example.com" },
    (char[]) { "PURSER_SECRET_KEY=sk_configured_0123456789abcdef" },
    (char[]) { "PURSER_JWT_SECRET=jwt-secret-of-the-application-0123456789" },
    (char[]) { "PURSER_ALLOWED_ORIGINS=https://app.example.com" },
    (char[]) { "PURSER_OWNER_MAIL=owner@example.com" },
    (char[]) { "PURSER_MAIL_FROM=shop@example.com" },
    (char[]) { "MONEYMOTION_API_KEY=mk_test_sim_0001" },
    (char[]) { "MONEYMOTION_WEBHOOK_SECRET=mm_whsec_test_0123456789abcdef" },
    (char[]) { "STRIPE_SECRET_KEY=sk_test_1234567890" },
    (char[]) { "STRIPE_WEBHOOK_SECRET=whsec_0123456789abcdef0123456789abcdef" }, NULL };

/* ---- the gateway */

static struct shop_session *find_session(struct shop *s, struct str id)
{
    for (size_t i = 0; i < s->sessions; i++)
        if (str_eq(str_of_c(s->session[i].id), id))
            return &s->session[i];
    return NULL;
}

static struct shop_session *make_session(
    struct shop *s, struct ctx *c, struct json_value in, enum currency cur)
{
    struct shop_session *k = &s->session[s->sessions++];
    must(s->sessions <= SHOP_SESSIONS);
    snprintf(k->id, sizeof k->id, "session-%zu", s->sessions);
    k->cur = cur;
    k->status = "pending";
    for (struct json_iter it = json_iter(json_at(in, "lineItems")); json_next(&it);) {
        int64_t unit = 0, quantity = 0;
        must(json_to_i64(json_at(it.value, "pricePerItemInCents"), &unit) && unit > 0);
        must(json_to_i64(json_at(it.value, "quantity"), &quantity) && quantity > 0);
        k->total += unit * quantity;
    }
    must(json_to_str(c->arena, json_at(in, "metadata.attemptId"), &k->attempt));
    k->attempt = str_copy(s->c->arena, k->attempt);
    return k;
}

static struct net_reply answered(struct ctx *c, int status, struct str body)
{
    return (struct net_reply) {
        .outcome = OUTCOME_DONE,
        .status = status,
        .body = str_copy(c->arena, body),
        .took_ms = SHOP_CALL_MS,
    };
}

static struct net_reply not_answered(enum outcome outcome)
{
    return (struct net_reply) { .outcome = outcome, .why = S("no answer in this test") };
}

static struct net_reply create(struct shop *s, struct ctx *c, const struct net_request *in)
{
    enum currency cur = CUR_NONE;
    must(json_check(c, in->body) == E_OK);
    for (size_t i = 0; i < in->header_count; i++)
        if (str_eq(in->headers[i].name, S("x-currency")))
            must(currency_parse(in->headers[i].value, &cur));
    struct shop_session *k = make_session(s, c, json_at(json_root(in->body), "json"), cur);
    if (s->during != NULL)
        s->during(s, k);
    return answered(c, 200,
        str_fmt(
            c->arena, "{\"result\":{\"data\":{\"json\":{\"checkoutSessionId\":\"%s\"}}}}", k->id));
}

static struct net_reply query(struct shop *s, struct ctx *c, const struct net_request *in)
{
    struct str head, id, tail;
    str_cut(in->url, '?', &head, &id);
    str_cut(id, '&', &id, &tail);
    const struct shop_session *k = find_session(s, str_from(id, S("json.checkoutId=").n));
    if (k == NULL)
        return answered(c, 404, S("{\"error\":{\"json\":{\"message\":\"not found\"}}}"));
    return answered(c, 200,
        str_fmt(c->arena,
            "{\"result\":{\"data\":{\"json\":{\"id\":\"%s\",\"status\":\"%s\",\"totalPrice\":"
            "{\"amountInCents\":%lld,\"currency\":\"%.*s\"}}}}}",
            k->id, k->status, (long long)k->total,
            SARG(k->says != NULL ? str_of_c(k->says) : currency_code(k->cur))));
}

static enum err gateway(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    struct shop *s = (struct shop *)((char *)net - offsetof(struct shop, net));
    const char *f = s->faults_left > 0 && str_eq(in->call, str_of_c(s->fault_call)) ? s->fault : "";
    s->calls++;
    s->faults_left -= *f != 0;
    bool is_create = str_eq(in->call, S("create"));
    if (is_create && s->during != NULL && *f != 0 && strcmp(f, "lose_after") != 0)
        (void)create(s, c, in);
    if (strcmp(f, "refuse") == 0)
        *ret = not_answered(OUTCOME_NOT_SENT);
    else if (strcmp(f, "lose") == 0)
        *ret = not_answered(OUTCOME_UNKNOWN);
    else if (strcmp(f, "500") == 0)
        *ret = answered(c, 500, S("<html>oops</html>"));
    else if (s->stripe != NULL && str_eq(in->gateway, S("stripe")))
        *ret = s->stripe(s->stripe_self, c, in, f);
    else if (strcmp(f, "garbage") == 0)
        *ret =
            answered(c, 200, S("{\"result\":{\"data\":{\"json\":{\"checkoutSessionId\":\"\"}}}}"));
    else if (strcmp(f, "decline") == 0)
        *ret = answered(c, 401, S("{\"error\":{\"json\":{\"message\":\"Invalid API key\"}}}"));
    else
        *ret = is_create ? create(s, c, in) : query(s, c, in);
    if (strcmp(f, "lose_after") == 0)
        *ret = not_answered(OUTCOME_UNKNOWN);
    return E_OK;
}

/* ---- the shop */

/* The answer comes from a thread of the store, or of a caller. */
struct asked {
    struct req r; /* first */
    sem_t answered;
};

static void answered_here(struct req *r)
{
    sem_post(&((struct asked *)r)->answered);
}

static bool wait_for_answer(struct asked *a)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    bool in_time = sem_timedwait(&a->answered, &until) == 0;
    a->r.out.final = in_time;
    return in_time;
}

static void close_shop(void *arg)
{
    struct shop *s = arg;
    if (s->dispatch.callers != NULL)
        callers_close(s->dispatch.callers);
    router_free(s->router);
    edge_close(s->c->edge);
    security_close(s->c->security);
    mishap_close(s->c->mishaps);
    rates_close(s->c->rates);
    catalogs_close(s->c->catalogs);
    struct config *config = (struct config *)(uintptr_t)s->c->config;
    config_free(config);
}

static enum err apply_tx(struct ctx *c, void *arg)
{
    bool changed = false;
    return catalog_apply(c, str_of_c(arg), &changed);
}

void shop_catalog(struct shop *s, const char *text)
{
    struct test *t = s->t;
    EXPECT_OK(db_tx(s->c, "catalogue", apply_tx, (void *)(uintptr_t)text));
    shop_jobs(s);
}

struct shop *shop_open(struct test *t)
{
    return shop_open_with(t, NULL);
}

struct shop *shop_open_with(struct test *t, char *setting)
{
    struct ctx *c = t->c;
    struct shop *s = arena_new(c->arena, struct shop);
    struct config *config = NULL;
    struct buf notices = BUF(c->arena);
    char *all[ARRAY_LEN(env) + 1] = { setting };
    memcpy(&all[setting != NULL], env, sizeof env);
    static const struct site site = { .name = S_INIT("Northwind"),
        .origin = S_INIT("https://pay.example.com") };
    *s = (struct shop) { .t = t, .c = c, .net = { .call = gateway } };
    EXPECT_OK(
        config_load(c, &(struct config_sources) { .env = all, .env_file = "" }, &notices, &config));
    c->config = config;
    c->site = &site;
    c->net = &s->net;
    c->catalogs = catalogs_open();
    c->rates = rates_open(c);
    c->security = security_open();
    c->mishaps = mishap_open();
    EXPECT_OK(edge_open(c, &(struct edge_options) { .sandbox = false }, &c->edge));
    s->router = router_new(app_routes, app_route_count - app_sandbox_route_count);
    s->dispatch = (struct dispatch) { .answer = answered_here };
    /* Where the store has a thread of its own, calls have too: what a gateway of ours does
     * meanwhile would wait for itself.  In memory both run on the spot. */
    if (getenv("TEST_DB") != NULL || getenv("TEST_STORE") != NULL)
        s->dispatch.callers = callers_open(&(struct callers_options) { .most = 4 });
    arena_defer(c->arena, close_shop, s);
    struct job_kinds kinds = app_jobs(c->store);
    EXPECT_OK(job_start(c, &kinds));
    shop_catalog(s, catalogue);
    return s;
}

struct req *shop_ask(
    struct shop *s, const char *method, const char *path, const char *headers, struct str body)
{
    struct test *t = s->t;
    struct asked *a = arena_new(s->c->arena, struct asked);
    struct req *r = &a->r;
    struct ctx *own = arena_new(s->c->arena, struct ctx); /* who asks is the request's own matter */
    *own = ctx_sibling(s->c, s->c->arena);
    struct buf b = BUF(s->c->arena);
    buf_fmt(&b, "%s %s HTTP/1.1\r\nHost: pay.example.com\r\n%sContent-Length: %zu\r\n\r\n", method,
        path, headers, body.n);
    buf_add(&b, body);
    EXPECT_OK(req_from_bytes(own, buf_str(&b), s->router, r));
    r->peer = S("203.0.113.7");
    must(sem_init(&a->answered, 0, 0) == 0);
    dispatch_request(&s->dispatch, r);
    EXPECT(wait_for_answer(a));
    return r;
}

static struct str send(struct shop *s, const char *method, const char *path, const char *headers,
    struct str body, int *ret_status)
{
    struct req *r = shop_ask(s, method, path, headers, body);
    if (ret_status != NULL)
        *ret_status = r->out.status;
    return buf_str(&r->out.body);
}

struct str shop_post(
    struct shop *s, const char *path, const char *headers, struct str body, int *ret_status)
{
    struct buf h = BUF(s->c->arena);
    buf_fmt(&h, "Content-Type: application/json\r\n%s", headers);
    return send(s, "POST", path, str_c(s->c->arena, buf_str(&h)), body, ret_status);
}

struct str shop_form(
    struct shop *s, const char *path, const char *headers, const char *body, int *ret_status)
{
    struct buf h = BUF(s->c->arena);
    buf_fmt(&h, "Content-Type: application/x-www-form-urlencoded\r\n%s", headers);
    return send(s, "POST", path, str_c(s->c->arena, buf_str(&h)), str_of_c(body), ret_status);
}

struct str shop_get(struct shop *s, const char *path, const char *headers, int *ret_status)
{
    return send(s, "GET", path, headers, S(""), ret_status);
}

struct str shop_token(struct shop *s, const char *sub, const char *mail, bool verified)
{
    struct arena *a = s->c->arena;
    struct test *t = s->t;
    struct str mac;
    struct str claims = str_fmt(a,
        "{\"sub\":\"%s\",\"email\":\"%s\",\"email_verified\":%s,\"iat\":%lld,\"exp\":%lld}", sub,
        mail, verified ? "true" : "false", (long long)(s->c->wall_ms / 1000),
        (long long)(s->c->wall_ms / 1000 + 300));
    struct str signed_text =
        str_fmt(a, "%.*s.%.*s", SARG(base64url_text(a, S("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"))),
            SARG(base64url_text(a, claims)));
    EXPECT_OK(hmac_sign(s->c, HMAC_SHA256, secret_of(S("jwt-secret-of-the-application-0123456789")),
        signed_text, &mac));
    return str_fmt(a, "%.*s.%.*s", SARG(signed_text), SARG(base64url_text(a, mac)));
}

struct str shop_buy(struct shop *s, const char *key, const char *members)
{
    struct test *t = s->t;
    int status = 0;
    struct str id = S("");
    struct str headers = str_fmt(s->c->arena,
        "Authorization: Bearer sk_configured_0123456789abcdef\r\nIdempotency-Key: %s\r\n", key);
    struct str answer = shop_post(s, "/api/checkout/create", str_c(s->c->arena, headers),
        str_fmt(s->c->arena, "{\"email\":\"ada@example.com\",%s}", members), &status);
    if (status != 200)
        printf("  %.*s\n", SARG(answer));
    EXPECT_I64(status, 200);
    EXPECT(json_to_str(s->c->arena, json_at(json_root(answer), "data.orderId"), &id));
    return id;
}

int shop_webhook(struct shop *s, const char *event, const struct shop_session *k, int64_t total)
{
    struct test *t = s->t;
    int status = 0;
    struct str raw;
    struct str body = str_fmt(s->c->arena,
        "{\"checkoutSession\":{\"id\":\"%s\",\"status\":\"x\",\"totalInCents\":%lld,\"metadata\":"
        "{\"attemptId\":\"%.*s\"},\"storeId\":\"st\"},\"event\":\"checkout_session:%s\",\"customer\":"
        "{\"email\":\"ada@example.com\",\"paymentMethodInfo\":{\"type\":\"card\",\"lastFourDigits\":"
        "\"4242\",\"cardBrand\":\"visa\"}}}",
        k->id, (long long)total, SARG(k->attempt), event);
    EXPECT_OK(
        hmac_sign(s->c, HMAC_SHA512, secret_of(S("mm_whsec_test_0123456789abcdef")), body, &raw));
    struct str headers = str_fmt(
        s->c->arena, "x-moneymotion-signature: %.*s\r\n", SARG(base64_text(s->c->arena, raw)));
    shop_post(s, "/api/webhooks/moneymotion", str_c(s->c->arena, headers), body, &status);
    return status;
}

void shop_jobs(struct shop *s)
{
    struct test *t = s->t;
    struct job_kinds kinds = app_jobs(s->c->store);
    int64_t ran = 1;
    for (int i = 0; i < 100 && ran > 0; i++) {
        struct arena arena = { 0 };
        struct ctx c = ctx_sibling(s->c, &arena);
        enum err e = job_run_due(&c, &kinds, 100, &ran);
        EXPECT(e == E_OK);
        arena_free(&arena);
    }
}

void shop_wait(struct shop *s, int64_t ms)
{
    s->c->now_ms += ms;
    s->c->wall_ms += ms;
    shop_jobs(s);
}

/* ---- looking */

struct looked {
    struct str id;
    struct order order;
    const char *what;
    int64_t n;
    enum ledger_account account;
    enum currency cur;
};

static enum err look_order(struct ctx *c, void *arg)
{
    struct looked *k = arg;
    return order_get(c, k->id, &k->order);
}

struct order shop_order(struct shop *s, struct str id)
{
    struct test *t = s->t;
    struct looked k = { .id = id };
    EXPECT_OK(db_read(s->c, look_order, &k));
    return k.order;
}

static enum err look_balance(struct ctx *c, void *arg)
{
    struct looked *k = arg;
    int64_t sum = 0, one = 0;
    for (int64_t owner = 0; owner < GATEWAY_COUNT; owner++) {
        TRY(ledger_balance(c, k->account, owner, k->cur, &one));
        sum += one;
    }
    k->n = sum;
    return E_OK;
}

int64_t shop_balance(struct shop *s, enum ledger_account account, enum currency cur)
{
    struct test *t = s->t;
    struct looked k = { .account = account, .cur = cur };
    /* What is closed is quick to add up: thousands of histories ask. */
    EXPECT_OK(ledger_close_job(s->c, S("")));
    EXPECT_OK(db_read(s->c, look_balance, &k));
    return k.n;
}

struct counted {
    struct str kind, data; /* data: of the last */
    int64_t n;
};

static enum err count_fact(struct ctx *c, const struct fact_row *row, void *arg)
{
    struct counted *k = arg;
    if (str_eq(row->kind, k->kind)) {
        k->n++;
        k->data = str_copy(c->arena, row->data);
    }
    return c->dead ? E_DEAD : E_OK;
}

static enum err count_facts(struct ctx *c, void *arg)
{
    struct fact_filter all = { .limit = 10000 };
    return fact_list(c, &all, count_fact, arg);
}

static struct counted count(struct shop *s, const char *kind)
{
    struct test *t = s->t;
    struct counted k = { .kind = str_of_c(kind) };
    int64_t sealed = 0;
    if (store_is_pg(s->c->store))
        EXPECT_OK(fact_seal(s->c, &sealed));
    EXPECT_OK(db_read(s->c, count_facts, &k));
    return k;
}

int64_t shop_facts(struct shop *s, const char *kind)
{
    return count(s, kind).n;
}

struct str shop_fact_data(struct shop *s, const char *kind)
{
    return count(s, kind).data;
}

struct verified {
    struct buf out;
    bool any;
};

static enum err verify(struct ctx *c, void *arg)
{
    struct verified *v = arg;
    return store_verify_rows(c, &v->out, &v->any);
}

void shop_verify(struct shop *s)
{
    struct test *t = s->t;
    int64_t sealed = 0;
    if (store_is_pg(s->c->store))
        EXPECT_OK(fact_seal(s->c, &sealed));
    struct verified v = { .out = BUF(t->c->arena) };
    EXPECT_OK(db_read_long(s->c, verify, &v));
    if (v.any)
        EXPECT_STR(buf_str(&v.out), S(""));
}
