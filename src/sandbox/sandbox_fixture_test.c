#include "sandbox/sandbox_fixture.h"

#include "base/json.h"

const char mm_rq_01[] =
    "{\"json\":{\"description\":\"Pro plan - 1 month\",\"urls\":{\"success\":"
    "\"https://shop.example.com/payment/success?o=ord_9f2c41a7\",\"cancel\":"
    "\"https://shop.example.com/payment/cancelled?o=ord_9f2c41a7\",\"failure\":"
    "\"https://shop.example.com/payment/cancelled?o=ord_9f2c41a7\"},\"userInfo\":{\"email\":"
    "\"ada@example.com\"},\"lineItems\":[{\"name\":\"Pro plan\",\"description\":"
    "\"Pro plan, 1 month\",\"pricePerItemInCents\":2999,\"quantity\":1},{\"name\":\"Sticker\","
    "\"description\":\"Vinyl sticker\",\"pricePerItemInCents\":500,\"quantity\":2}],"
    "\"metadata\":{\"orderId\":\"ord_9f2c41a7\"}}}";

static void start(struct fixture *f)
{
    struct test *t = f->t;
    f->options.clock = &f->clock;
    EXPECT_OK(sandbox_open(t->c, &f->options, &f->sb));
    t->c->net = sandbox_net(f->sb);
}

void fixture_open(struct test *t, struct fixture *f, const char *const *env)
{
    char *lines[8] = { NULL };
    for (size_t i = 0; env != NULL && env[i] != NULL; i++)
        lines[i] = (char *)(uintptr_t)env[i]; /* read only, whatever an environment's type says */
    struct config_sources sources = {
        .env = lines,
        .env_file = "",
        .presets = config_sandbox_presets,
        .preset_count = config_sandbox_preset_count,
    };
    struct buf notices = BUF(t->c->arena);
    f->t = t;
    f->clock = (struct clock) { .fixed = true, .fixed_ms = t->c->now_ms };
    if (f->options.state.n == 0)
        f->options.state = S("sqlite::memory:");
    EXPECT_OK(config_load(t->c, &sources, &notices, &f->config));
    t->c->config = f->config;
    struct secret key;
    EXPECT(config_secret(f->config, CFG_MONEYMOTION_API_KEY, 0, &key));
    f->api_key = secret_reveal(key);
    EXPECT(config_secret(f->config, CFG_FLUTTERWAVE_SECRET_KEY, 0, &key));
    f->bearer = str_fmt(t->c->arena, "Bearer %.*s", SARG(secret_reveal(key)));
    start(f);
}

void fixture_again(struct fixture *f)
{
    sandbox_close(f->sb);
    f->clock.offset_ms = 0;
    start(f);
}

void fixture_close(struct fixture *f)
{
    sandbox_close(f->sb);
    config_free(f->config);
    f->t->c->config = NULL;
    f->t->c->net = NULL;
}

struct net_reply fixture_ask(struct fixture *f, const char *path, struct str body)
{
    struct test *t = f->t;
    struct net_reply reply = { 0 };
    struct net_request in = {
        .gateway = S("moneymotion"),
        .call = S("test"),
        .method = body.n > 0 ? S("POST") : S("GET"),
        .url = str_fmt(t->c->arena, "http://127.0.0.1:8081%s", path),
        .headers = { { S("x-api-key"), f->api_key }, { S("x-currency"), S("USD") },
            { S("Content-Type"), S("application/json") }, { S("Authorization"), f->bearer } },
        .header_count = 4,
        .body = body,
        .private_target = true,
    };
    EXPECT_OK(net_call(t->c, &in, &reply));
    return reply;
}

struct json_value fixture_control(struct fixture *f, const char *path, struct str body)
{
    struct test *t = f->t;
    struct net_reply reply = fixture_ask(f, path, body);
    EXPECT_OK(json_check(t->c, reply.body));
    if (reply.status != 200)
        EXPECT_STR(reply.body, S(""));
    return json_at(json_root(reply.body), "data");
}

struct str fixture_session(struct fixture *f)
{
    struct test *t = f->t;
    struct str id = S("");
    struct net_reply reply =
        fixture_ask(f, "/checkoutSessions.createCheckoutSession", str_of_c(mm_rq_01));
    EXPECT_I64(reply.status, 200);
    EXPECT_OK(json_check(t->c, reply.body));
    EXPECT(json_to_str(
        t->c->arena, json_at(json_root(reply.body), "result.data.json.checkoutSessionId"), &id));
    return id;
}
