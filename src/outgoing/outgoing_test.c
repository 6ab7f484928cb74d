#include "outgoing/outgoing.h"

#include <string.h>

#include "alert/alert.h"
#include "base/config.h"
#include "base/crypto.h"
#include "base/test.h"
#include "db/db.h"
#include "fact/fact.h"
#include "job/job.h"
#include "net/net.h"
#include "switch/switch.h"

/* What an endpoint is told, in which order, and when it is told no more. */

enum {
    SECOND = 1000,
    MINUTE = 60 * SECOND,
    HOUR = 60 * MINUTE,
    HEARD = 64
};

/* The application's side: it answers what the test wants, and keeps what it heard. */
static struct application {
    struct net net;
    int status;
    int64_t retry_after_s;
    int calls, heard;
    char id[HEARD][64], signature[HEARD][256];
    bool silent;
} app;

static void copy(char *to, size_t room, struct str s)
{
    must(s.n < room);
    memcpy(to, s.p, s.n);
    to[s.n] = '\0';
}

static enum err answer(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    (void)net;
    (void)c;
    app.calls++;
    *ret = (struct net_reply) { .outcome = app.silent ? OUTCOME_UNKNOWN : OUTCOME_DONE,
        .status = app.status,
        .retry_after_s = app.retry_after_s,
        .why = S("nobody answered") };
    if (app.heard == HEARD)
        return E_OK;
    copy(app.id[app.heard], sizeof app.id[0], in->headers[1].value);
    copy(app.signature[app.heard++], sizeof app.signature[0], in->headers[3].value);
    return E_OK;
}

static const struct job_kind kinds[] = {
    { .name = S_INIT("outgoing_look"), .run = outgoing_look_job, .every_ms = SECOND },
    { .name = S_INIT("outgoing_send"), .run = outgoing_send_job },
    { .name = S_INIT("alert_tell"), .run = alert_tell_job },
};
static const struct job_kinds all = { kinds, ARRAY_LEN(kinds) };

static void free_config(void *config)
{
    config_free(config);
}

static enum err add_tx(struct ctx *c, void *arg)
{
    return endpoint_add(c, arg);
}

static struct endpoint begin(struct test *t, struct str types)
{
    struct config *config = NULL;
    struct buf notices = BUF(t->c->arena);
    char *const env[] = { NULL };
    const struct config_sources sources = { .env = env, .env_file = "" };
    EXPECT_OK(config_load(t->c, &sources, &notices, &config));
    arena_defer(t->c->arena, free_config, config);
    t->c->config = config;
    app = (struct application) { .net = { .call = answer }, .status = 200 };
    t->c->net = &app.net;
    EXPECT_OK(job_start(t->c, &all));
    struct endpoint e = {
        .id = id_new(t->c),
        .url = S("https://app.example.com/hook"),
        .description = S(""),
        .types = types,
        .secret = S("0123456789abcdef0123456789abcdef"),
    };
    EXPECT_OK(endpoint_check(t->c, &e));
    EXPECT_OK(db_tx(t->c, "add", add_tx, &e));
    return e;
}

static enum err happen_tx(struct ctx *c, void *arg)
{
    const struct fact fact = {
        .kind = str_of_c(arg), .subject = S("ord_1"), .data = S("{\"orderId\":\"ord_1\"}")
    };
    return fact_add(c, &fact, NULL);
}

static void happen(struct test *t, const char *kind)
{
    char text[64];
    int64_t sealed = 0;
    copy(text, sizeof text, str_of_c(kind));
    EXPECT_OK(db_tx(t->c, "happen", happen_tx, text));
    EXPECT_OK(fact_seal(t->c, &sealed));
}

static void run(struct test *t, int64_t ms)
{
    int64_t ran = 1;
    t->c->now_ms += ms;
    t->c->wall_ms += ms;
    for (int i = 0; i < 50 && ran > 0; i++)
        EXPECT_OK(job_run_due(t->c, &all, 100, &ran));
}

static enum err get_tx(struct ctx *c, void *arg)
{
    struct endpoint *e = arg;
    return endpoint_get(c, e->id, e);
}

static struct endpoint look(struct test *t, struct endpoint e)
{
    EXPECT_OK(db_read(t->c, get_tx, &e));
    return e;
}

TEST(
    "R32 R35 what happens is told once, in order, under ids that stay, signed as the standard says")
{
    struct endpoint e = begin(t, S(""));
    happen(t, "ORDER_CREATED");
    happen(t, "CATALOG_APPLIED"); /* none of the application's business */
    happen(t, "ORDER_COMPLETED");
    run(t, 2 * SECOND);
    EXPECT_I64(app.heard, 2);
    EXPECT(strcmp(app.id[0], app.id[1]) < 0);
    EXPECT(str_starts(str_of_c(app.id[0]), S("msg_")));
    EXPECT(str_starts(str_of_c(app.signature[0]), S("v1,")));
    run(t, HOUR);
    EXPECT_I64(app.calls, 2);
    struct str signature, want;
    EXPECT_OK(hmac_sign(t->c, HMAC_SHA256, secret_of(e.secret), S("msg_1.5.{}"), &want));
    EXPECT_OK(outgoing_signature(t->c, &e, S("msg_1"), 5, S("{}"), &signature));
    EXPECT_STR(signature, str_fmt(t->c->arena, "v1,%.*s", SARG(base64_text(t->c->arena, want))));
}

static enum err switch_tx(struct ctx *c, void *arg)
{
    return switch_turn(c, S("outgoing"), arg != NULL, S("a test"));
}

TEST("while it is switched off nothing is told, and all of it afterwards")
{
    begin(t, S(""));
    EXPECT_OK(db_tx(t->c, "off", switch_tx, NULL));
    happen(t, "ORDER_CREATED");
    run(t, HOUR);
    EXPECT_I64(app.calls, 0);
    EXPECT_OK(db_tx(t->c, "on", switch_tx, t));
    run(t, 2 * SECOND);
    EXPECT_I64(app.heard, 1);
}

TEST("an endpoint that wants some events is told of no others")
{
    begin(t, S("[\"order.completed\"]"));
    happen(t, "ORDER_CREATED");
    happen(t, "ORDER_COMPLETED");
    happen(t, "ORDER_CREATED");
    run(t, 2 * SECOND);
    EXPECT_I64(app.heard, 1);
}

TEST(
    "R33 a message is tried on the schedule under one id, then the endpoint is off and one is told")
{
    static const int64_t hours[] = { 2, 5, 10, 14, 20, 24 };
    struct endpoint e = begin(t, S(""));
    app.status = 503;
    happen(t, "ORDER_CREATED");
    happen(t, "ORDER_COMPLETED");
    run(t, 2 * SECOND);
    EXPECT_I64(app.calls, 1);
    run(t, 4 * SECOND); /* not before five seconds have passed */
    EXPECT_I64(app.calls, 1);
    run(t, 4 * SECOND);
    EXPECT_I64(app.calls, 2);
    run(t, 6 * MINUTE);
    run(t, 34 * MINUTE);
    EXPECT_I64(app.calls, 4);
    for (size_t i = 0; i < ARRAY_LEN(hours); i++)
        run(t, hours[i] * 70 * MINUTE);
    EXPECT_I64(app.calls, 10);
    for (int i = 1; i < app.heard; i++)
        EXPECT_STR(str_of_c(app.id[i]), str_of_c(app.id[0]));
    e = look(t, e);
    EXPECT(e.state == ENDPOINT_OFF);
    run(t, 100 * (int64_t)HOUR);
    EXPECT_I64(app.calls, 10);
}

static enum err resume_tx(struct ctx *c, void *arg)
{
    struct endpoint *e = arg;
    return endpoint_resume(c, e->id, -1, e);
}

static enum err rewind_tx(struct ctx *c, void *arg)
{
    struct endpoint *e = arg;
    return endpoint_resume(c, e->id, 0, e);
}

static enum err count_off(struct ctx *c, const struct alert *alert, void *arg)
{
    *(int64_t *)arg += str_eq(alert->kind, S("endpoint_off"));
    return c->dead ? E_DEAD : E_OK;
}

static enum err see_off(struct ctx *c, void *arg)
{
    return alert_list(c, ALERT_OPEN, 0, 100, count_off, arg);
}

static int64_t open_alerts(struct test *t)
{
    int64_t n = 0;
    EXPECT_OK(db_read(t->c, see_off, &n));
    return n;
}

TEST("R33 410 switches off at once; resumed, it is told all that happened meanwhile")
{
    struct endpoint e = begin(t, S(""));
    app.status = 410;
    happen(t, "ORDER_CREATED");
    run(t, 2 * SECOND);
    EXPECT(look(t, e).state == ENDPOINT_OFF);
    EXPECT_I64(open_alerts(t), 1);
    happen(t, "ORDER_COMPLETED");
    run(t, HOUR);
    EXPECT_I64(app.calls, 1);
    app.status = 204;
    EXPECT_OK(db_tx(t->c, "resume", resume_tx, &e));
    EXPECT_I64(open_alerts(t), 0);
    run(t, 2 * SECOND);
    EXPECT_I64(app.calls, 3);
    EXPECT_OK(db_tx(t->c, "rewind", rewind_tx, &e));
    run(t, 2 * SECOND);
    EXPECT_I64(app.calls, 5);
}

TEST("R33 redirects and silence are failures, Retry-After is kept")
{
    begin(t, S(""));
    app.status = 302;
    app.retry_after_s = 200;
    happen(t, "ORDER_CREATED");
    run(t, 2 * SECOND);
    run(t, 100 * SECOND);
    EXPECT_I64(app.calls, 1);
    app.silent = true;
    app.retry_after_s = 0;
    run(t, 102 * SECOND);
    EXPECT_I64(app.calls, 2);
    app.silent = false;
    app.status = 200;
    run(t, 6 * MINUTE);
    EXPECT_I64(app.calls, 3);
}

static enum err rotate_tx(struct ctx *c, void *arg)
{
    struct endpoint *e = arg;
    return endpoint_rotate(c, e->id, S("another-secret-of-thirty-two-byte"), e);
}

TEST("R32 while a secret is changed both sign, and a day later one")
{
    struct endpoint e = begin(t, S(""));
    struct str both, one;
    EXPECT_OK(db_tx(t->c, "rotate", rotate_tx, &e));
    EXPECT_OK(outgoing_signature(t->c, &e, S("msg_1"), 5, S("{}"), &both));
    EXPECT(str_has(both, S(" v1,")));
    t->c->wall_ms += 25 * (int64_t)HOUR;
    EXPECT_OK(outgoing_signature(t->c, &e, S("msg_1"), 5, S("{}"), &one));
    EXPECT(!str_has(one, S(" ")));
}

TEST("R34 an endpoint is an https address, and its events are events")
{
    struct endpoint e = begin(t, S(""));
    e.url = S("http://app.example.com/hook");
    EXPECT_FAIL(endpoint_check(t->c, &e), INVALID_REQUEST);
    e.url = S("https://app.example.com/ hook");
    EXPECT_FAIL(endpoint_check(t->c, &e), INVALID_REQUEST);
    e.url = S("https://app.example.com/hook");
    e.types = S("[\"order.paid\"]");
    EXPECT_FAIL(endpoint_check(t->c, &e), INVALID_REQUEST);
}
