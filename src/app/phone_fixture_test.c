#include "app/phone_fixture.h"

#include "db/db.h"

static enum err take(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    struct phone_shop *p = (struct phone_shop *)(void *)net;
    struct arena *a = p->t->c->arena;
    struct buf headers = BUF(a);
    (void)c;
    for (size_t i = 0; i < in->header_count; i++)
        buf_fmt(&headers, "%.*s: %.*s\r\n", SARG(in->headers[i].name), SARG(in->headers[i].value));
    struct req *r = shop_ask(p->v.shop, "POST", "/api/webhooks/eversend",
        str_c(a, buf_str(&headers)), str_copy(a, in->body));
    p->told++;
    *ret = (struct net_reply) { .outcome = OUTCOME_DONE, .status = r->out.status };
    return E_OK;
}

static void close_phone_shop(void *arg)
{
    struct phone_shop *p = arg;
    sandbox_close(p->sb);
    config_free(p->config);
    p->t->c->config = p->before;
    p->t->c->net = NULL;
}

static const char catalogue[] =
    "{\"currency\":\"UGX\",\"products\":[{\"id\":\"mug\",\"name\":\"Mug\","
    "\"prices\":[{\"id\":\"mug-ugx\",\"amount\":37000,\"currency\":\"UGX\"}]}],"
    "\"routing\":{\"card\":[\"flutterwave\"],\"mobile_money\":[\"eversend\",\"flutterwave\"]}}";

struct phone_shop *phone_shop_open(struct test *t)
{
    return phone_shop_open_with(t, "EVERSEND_OTP=required");
}

struct phone_shop *phone_shop_open_with(struct test *t, const char *setting)
{
    char *env[] = { (char[]) { "PURSER_SITE_URL=https://pay.example.com" },
        (char[]) { "FLUTTERWAVE_API_URL=http://127.0.0.1:8081/v3" },
        (char[]) { "EVERSEND_API_URL=http://127.0.0.1:8081/eversend/v1" },
        (char *)(uintptr_t)setting, NULL }; /* read only, whatever an environment's type says */
    struct phone_shop *p = arena_new(t->c->arena, struct phone_shop);
    struct buf notices = BUF(t->c->arena);
    *p = (struct phone_shop) { .net = { .call = take }, .t = t, .v = visit(t, MANY) };
    struct config_sources sources = { .env = env,
        .env_file = "",
        .presets = config_sandbox_presets,
        .preset_count = config_sandbox_preset_count };
    EXPECT_OK(config_load(t->c, &sources, &notices, &p->config));
    p->before = (struct config *)(uintptr_t)t->c->config;
    t->c->config = p->config;
    p->clock = (struct clock) { .fixed = true, .fixed_ms = t->c->now_ms };
    struct sandbox_options options = { .state = S("sqlite::memory:"),
        .webhooks = S("http://127.0.0.1:8080"),
        .clock = &p->clock,
        .net = &p->net };
    EXPECT_OK(sandbox_open(t->c, &options, &p->sb));
    t->c->net = sandbox_net(p->sb);
    arena_defer(t->c->arena, close_phone_shop, p);
    shop_catalog(p->v.shop, catalogue);
    return p;
}

struct newest {
    struct order order;
    struct attempt attempt;
};

static enum err find_newest(struct ctx *c, void *arg)
{
    struct newest *k = arg;
    int64_t order_n = 0, attempt_n = 0;
    TRY(db_one(c, "SELECT MAX(n) FROM purchase", DB_NO_IN, DB_OUT(out_i64(&order_n))));
    TRY(db_one(c, "SELECT MAX(n) FROM attempt", DB_NO_IN, DB_OUT(out_i64(&attempt_n))));
    TRY(order_by_n(c, order_n, &k->order));
    return attempt_by_n(c, attempt_n, &k->attempt);
}

static struct newest newest(struct phone_shop *p)
{
    struct test *t = p->t;
    struct newest k;
    EXPECT_OK(db_read(t->c, find_newest, &k));
    return k;
}

struct order phone_newest_order(struct phone_shop *p)
{
    return newest(p).order;
}

struct attempt phone_newest(struct phone_shop *p)
{
    return newest(p).attempt;
}

void phone_order(struct phone_shop *p)
{
    struct test *t = p->t;
    open_page(&p->v, "/checkout/confirm?items=mug-ugx:1&country=UG");
    confirm(
        &p->v, "items=mug-ugx:1&q0=1&country=UG&method=mobile_money&email=ada@example.com&do=pay");
    EXPECT_I64(p->v.r->out.status, 303);
    open_at(&p->v, header(p->v.r, "Location"));
    EXPECT_I64(p->v.r->out.status, 303);
    open_at(&p->v, header(p->v.r, "Location"));
    EXPECT_I64(p->v.r->out.status, 200);
}

static struct str page_of(struct phone_shop *p)
{
    struct attempt a = phone_newest(p);
    return str_from(a.checkout_url, S("https://pay.example.com").n);
}

void phone_look(struct phone_shop *p)
{
    open_at(&p->v, page_of(p));
    if (p->v.r->out.status == 303)
        open_at(&p->v, header(p->v.r, "Location"));
}

static void send(struct phone_shop *p, struct str fields)
{
    struct arena *a = p->t->c->arena;
    send_form(&p->v, str_c(a, page_of(p)), str_c(a, fields));
    if (p->v.r->out.status == 303)
        open_at(&p->v, header(p->v.r, "Location"));
}

void phone_number(struct phone_shop *p, const char *number)
{
    send(p, str_fmt(p->t->c->arena, "do=number&country=UG&operator=MTN&phone=%s", number));
}

void phone_code(struct phone_shop *p, const char *code)
{
    send(p, str_fmt(p->t->c->arena, "do=code&code=%s", code));
}

void phone_wait(struct phone_shop *p, int64_t ms)
{
    struct test *t = p->t;
    int64_t ran = 0;
    p->clock.fixed_ms += ms;
    EXPECT_OK(sandbox_run_due(t->c, p->sb, &ran));
    shop_wait(p->v.shop, ms);
    EXPECT_OK(sandbox_run_due(t->c, p->sb, &ran));
    shop_jobs(p->v.shop);
}

void phone_control(struct phone_shop *p, const char *path, const char *body)
{
    struct test *t = p->t;
    struct net_reply reply;
    struct net_request in = { .gateway = S("sandbox"),
        .method = S("POST"),
        .url = str_fmt(t->c->arena, "http://127.0.0.1:8081%s", path),
        .headers = { { S("Content-Type"), S("application/json") } },
        .header_count = 1,
        .body = str_of_c(body),
        .private_target = true };
    EXPECT_OK(net_call(t->c, &in, &reply));
    EXPECT_I64(reply.status, 200);
}

int64_t phone_there(struct phone_shop *p)
{
    struct test *t = p->t;
    struct attempt a = phone_newest(p);
    const struct gateway *g = gateway_by_id(a.gateway);
    struct gateway_state s;
    const struct gateway_ask in = { .attempt = attempt_id(t->c->arena, &a),
        .session_id = a.session_id };
    EXPECT_OK(g->ask(t->c, &in, &s));
    EXPECT_I64(s.outcome, OUTCOME_DONE);
    return s.notice.kind == NOTICE_PAID ? s.notice.amount_minor : 0;
}
