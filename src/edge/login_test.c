#include "edge/login.h"

#include "base/command.h"
#include "base/metric.h"
#include "db/db.h"
#include "edge/auth.h"
#include "edge/edge_fixture.h"
#include "edge/key.h"
#include "edge/session.h"

#define PASSWORD_A "correct-horse"
#define FORM "mail=grace%40example.com&password="

static enum err nothing(struct req *r)
{
    answer_none(r, 204);
    return E_OK;
}

static const struct route table[] = {
    { .method = "GET",
        .path = "/admin",
        .shape = SHAPE_PLAIN,
        .run = nothing,
        .allow = ALLOW_VIEWER,
        .flags = ROUTE_PAGE,
        .about = "a test" },
    { .method = "GET",
        .path = "/account",
        .shape = SHAPE_PLAIN,
        .run = nothing,
        .allow = ALLOW_USER,
        .flags = ROUTE_PAGE,
        .about = "a test" },
};
static const struct routes pages = { table, ARRAY_LEN(table) };
static const struct routes *const lists[] = { &login_routes, &pages };

static enum err post(struct test *t, const char *path, const char *body, struct req **ret)
{
    struct str line = str_fmt(t->c->arena, "POST %s", path);
    *ret = edge_request(t, lists, ARRAY_LEN(lists), str_c(t->c->arena, line), ORIGIN, body);
    return edge_serve(t, *ret);
}

/* From another address than the usual one. */
static enum err login_from(struct test *t, const char *address, const char *body)
{
    struct req *r = edge_request(t, lists, ARRAY_LEN(lists), "POST /login", ORIGIN, body);
    r->peer = str_of_c(address);
    return edge_serve(t, r);
}

static enum err open(struct test *t, const char *line, struct str cookie)
{
    struct str headers = str_fmt(t->c->arena, "Cookie: __Host-purser=%.*s\r\n", SARG(cookie));
    return edge_serve(
        t, edge_request(t, lists, ARRAY_LEN(lists), line, str_c(t->c->arena, headers), NULL));
}

static const struct commands *const command_lists[] = { &admin_commands };

static enum err command(struct test *t, struct buf *out, const char *const *words, size_t n)
{
    struct str argv[8];
    const struct command *found = NULL;
    struct args args;
    for (size_t i = 0; i < n; i++)
        argv[i] = str_of_c(words[i]);
    *out = BUF(t->c->arena);
    TRY(args_parse(t->c, command_lists, 1, argv, n, &found, &args));
    return found->run(t->c, &args, out);
}
#define COMMAND(out, ...)                                                                          \
    command(t, (out), (const char *const[]) { __VA_ARGS__ },                                       \
        sizeof((const char *const[]) { __VA_ARGS__ }) / sizeof(const char *))

/* The token of the link that `admin create` prints. */
static struct str invite(struct test *t, const char *mail, const char *role)
{
    struct buf out;
    struct str link, before, token;
    EXPECT_OK(COMMAND(&out, "admin", "create", mail, "--role", role, "--json"));
    struct json_value made = json_root(str_trim(str_part(buf_str(&out), 0, out.n - 1)));
    EXPECT(json_to_str(t->c->arena, json_member(made, S("link")), &link));
    EXPECT(str_starts(link, S(SITE "/login/password?token=")));
    EXPECT(str_cut(link, '=', &before, &token));
    return token;
}

static enum err choose(struct test *t, struct str token, const char *password, struct req **ret)
{
    struct str body = str_fmt(t->c->arena, "token=%.*s&password=%s", SARG(token), password);
    return post(t, "/login/password", str_c(t->c->arena, body), ret);
}

/* Grace, an owner, with PASSWORD_A; gives the cookie of her first session. */
static struct str grace(struct test *t)
{
    struct req *r;
    edge_fixture(t, NULL, NULL);
    EXPECT_OK(choose(t, invite(t, "Grace@example.com", "owner"), PASSWORD_A, &r));
    EXPECT_I64(r->out.status, 303);
    return edge_cookie_set(r, S("purser"));
}

TEST("R58 a console user chooses a password over a link that works once, within half an hour")
{
    struct req *r;
    struct str first = grace(t);
    EXPECT_OK(open(t, "GET /admin", first));
    EXPECT_OK(post(t, "/login", FORM PASSWORD_A "&next=/admin/orders", &r));
    EXPECT_I64(r->out.status, 303);
    EXPECT_OK(open(t, "GET /admin", edge_cookie_set(r, S("purser"))));

    struct str token = invite(t, "grace@example.com", "owner");
    EXPECT_OK(choose(t, token, "another-password", &r));
    EXPECT_FAIL(open(t, "GET /admin", first), UNAUTHENTICATED); /* R50: all sessions ended */
    EXPECT_FAIL(choose(t, token, "a-third-password", &r), UNAUTHENTICATED);
    EXPECT_FAIL(post(t, "/login", FORM PASSWORD_A, &r), UNAUTHENTICATED);
    EXPECT_OK(post(t, "/login", FORM "another-password", &r));

    struct str older = invite(t, "grace@example.com", "owner");
    token = invite(t, "grace@example.com", "owner");
    EXPECT_FAIL(choose(t, older, "a-third-password", &r), UNAUTHENTICATED);
    t->c->wall_ms += ADMIN_LINK_MS;
    EXPECT_FAIL(choose(t, token, "a-third-password", &r), UNAUTHENTICATED);
    EXPECT_FAIL(choose(t, S("00"), "a-third-password", &r), UNAUTHENTICATED);
}

TEST("R48 a password has eight characters, is not the mail, and is none that everybody tries")
{
    static const char *const bad[] = { "", "seven77", "grace%40example.com", "Password123",
        "qwertyuiop", "a%00b%00c%00d%00e" };
    struct req *r;
    edge_fixture(t, NULL, NULL);
    struct str token = invite(t, "grace@example.com", "owner");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        t->name = bad[i];
        EXPECT_FAIL(choose(t, token, bad[i], &r), INVALID_REQUEST);
    }
    struct buf b = BUF(t->c->arena);
    for (int i = 0; i < 20; i++)
        buf_add(&b, S("p%C3%A4ss+"));
    EXPECT_OK(choose(t, token, str_c(t->c->arena, buf_str(&b)), &r)); /* 100 characters */
}

TEST("R49 a wrong mail, password or code is answered alike")
{
    struct req *r;
    grace(t);
    static const char *const bad[] = {
        FORM "wrong-password",
        "mail=nobody%40example.com&password=" PASSWORD_A,
        "mail=&password=" PASSWORD_A,
        "mail=grace%40example.com",
        "mail=%27+OR+1%3D1&password=x",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        EXPECT(post(t, "/login", bad[i], &r) == E_DENIED);
        EXPECT_STR(t->c->err.message, S("Mail or password is not right."));
        EXPECT_STR(edge_cookie_set(r, S("purser")), S(""));
    }
    EXPECT_I64(metric_value(t->c, METRIC_security_login_failed_total), 5);
}

/* How many of n guesses a second from an address were looked at, over ten minutes. */
static int64_t evaluated(struct test *t, const char *address, int guesses, int64_t every_ms)
{
    int64_t looked_at = 0;
    for (int i = 0; i < guesses; i++) {
        enum err e = login_from(t, address, FORM "wrong-password");
        EXPECT(e == E_DENIED || (e == E_LIMIT && t->c->err.retry_after_s > 0));
        looked_at += e == E_DENIED ? 1 : 0;
        t->c->wall_ms += every_ms;
    }
    return looked_at;
}

TEST("R49 of a thousand guesses in ten minutes at most twenty are looked at, and the owner gets in")
{
    struct req *r;
    grace(t);
    EXPECT_OK(post(t, "/login", FORM PASSWORD_A, &r));
    int64_t n = evaluated(t, "198.51.100.9", 1000, 600);
    EXPECT(n >= 5 && n <= 20);
    EXPECT(metric_value(t->c, METRIC_security_login_throttled_total) >= 980);
    EXPECT_OK(post(t, "/login", FORM PASSWORD_A, &r));
}

TEST("R49 guesses from a thousand places do not lock the owner out of hers")
{
    struct req *r;
    grace(t);
    EXPECT_OK(post(t, "/login", FORM PASSWORD_A, &r));
    int64_t looked_at = 0;
    for (int i = 0; i < 300; i++) {
        const char *address =
            str_c(t->c->arena, str_fmt(t->c->arena, "198.51.%d.%d", i / 250, i % 250 + 1));
        looked_at += login_from(t, address, FORM "wrong-password") == E_DENIED ? 1 : 0;
        t->c->wall_ms += 2000;
    }
    EXPECT(looked_at >= 10 && looked_at <= 20);
    EXPECT(login_from(t, "198.51.9.9", FORM "wrong-password") != E_OK);
    EXPECT_FAIL(login_from(t, "192.0.2.77", FORM PASSWORD_A), RATE_LIMITED);
    EXPECT_OK(post(t, "/login", FORM PASSWORD_A, &r));
    t->c->wall_ms += 60 * 1000; /* and no place is locked for good */
    EXPECT_OK(login_from(t, "192.0.2.77", FORM PASSWORD_A));
}

TEST("R49 after three wrong passwords each one makes the wait longer, and a right one ends it")
{
    static const int64_t wait_s[] = { 5, 10, 20 };
    struct req *r;
    grace(t);
    for (int i = 0; i < 2; i++)
        EXPECT_FAIL(post(t, "/login", FORM "wrong-password", &r), UNAUTHENTICATED);
    for (size_t i = 0; i < ARRAY_LEN(wait_s); i++) {
        EXPECT_FAIL(post(t, "/login", FORM "wrong-password", &r), UNAUTHENTICATED);
        t->c->wall_ms += wait_s[i] * 1000 - 1;
        EXPECT(post(t, "/login", FORM PASSWORD_A, &r) == E_LIMIT);
        EXPECT_I64(t->c->err.retry_after_s, 1);
        t->c->wall_ms += 1;
    }
    EXPECT_OK(post(t, "/login", FORM PASSWORD_A, &r));
    EXPECT_FAIL(post(t, "/login", FORM "wrong-password", &r), UNAUTHENTICATED);
    EXPECT_OK(post(t, "/login", FORM PASSWORD_A, &r));
}

TEST("R49 a house full of people may sign in from one address")
{
    struct req *r;
    grace(t);
    for (int i = 0; i < 12; i++)
        EXPECT_OK(post(t, "/login", FORM PASSWORD_A "&next=//evil.example", &r));
    EXPECT(str_has(answer_bytes(r), S("\r\nLocation: /admin\r\n"))); /* R67 */
}

TEST("R48 no more than two passwords are hashed at once")
{
    struct req *r;
    grace(t);
    t->c->edge->hashing = 2;
    EXPECT_FAIL(post(t, "/login", FORM PASSWORD_A, &r), BUSY);
    EXPECT_I64(t->c->edge->hashing, 2);
    t->c->edge->hashing = 0;
    EXPECT_OK(post(t, "/login", FORM PASSWORD_A, &r));
    EXPECT_I64(t->c->edge->hashing, 0);
}

static enum err set_totp(struct ctx *c, void *arg)
{
    struct admin a;
    bool found = false;
    TRY(admin_find(c, S("grace@example.com"), &found, &a));
    must(found);
    return admin_set_totp(c, &a, *(const struct str *)arg);
}

static enum err with_code(struct test *t, const char *code)
{
    struct req *r;
    struct buf b = BUF(t->c->arena);
    buf_add(&b, S(FORM PASSWORD_A "&code="));
    buf_add(&b, str_of_c(code));
    return post(t, "/login", str_c(t->c->arena, buf_str(&b)), &r);
}

/* RFC 6238, appendix B: the secret "12345678901234567890", the last six digits. */
TEST("R57 a one-time code is right within one step, once")
{
    struct str secret = S("12345678901234567890");
    t->c->wall_ms = INT64_C(1111111109) * 1000; /* 081804 */
    grace(t);
    EXPECT_OK(db_tx(t->c, "totp", set_totp, &secret));
    EXPECT_FAIL(with_code(t, ""), UNAUTHENTICATED);
    EXPECT_FAIL(with_code(t, "081805"), UNAUTHENTICATED);
    EXPECT_OK(with_code(t, "081804"));
    EXPECT_FAIL(with_code(t, "081804"), UNAUTHENTICATED); /* used */
    t->c->wall_ms = (INT64_C(1234567890) - 60) * 1000;    /* 005924 is of two steps later */
    EXPECT_FAIL(with_code(t, "005924"), UNAUTHENTICATED);
    t->c->wall_ms += 30 * 1000; /* … of the next */
    EXPECT_FAIL(with_code(t, "081804"), UNAUTHENTICATED);
    EXPECT_OK(with_code(t, "005924"));
    t->c->wall_ms = (INT64_C(2000000000) + 30) * 1000; /* 279037 is of the one before */
    EXPECT_OK(with_code(t, "279037"));
    t->c->wall_ms = (INT64_C(20000000000) + 60) * 1000; /* 353130 is of two steps before */
    EXPECT_FAIL(with_code(t, "353130"), UNAUTHENTICATED);
}

TEST("how authenticator apps write a secret")
{
    EXPECT_STR(
        base32_text(t->c->arena, S("12345678901234567890")), S("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
    EXPECT_STR(base32_text(t->c->arena, S("\xff\xff\xff\xff\xff")), S("77777777"));
}

TEST("console users are made, listed, given codes and sent away from the shell")
{
    struct req *r;
    struct buf out;
    struct str cookie = grace(t);
    EXPECT_OK(COMMAND(&out, "admin", "list"));
    EXPECT(str_has(buf_str(&out), S("grace@example.com")));
    EXPECT(str_has(buf_str(&out), S("active")));
    EXPECT_OK(COMMAND(&out, "admin", "code", "grace@example.com"));
    EXPECT(str_has(buf_str(&out), S("otpauth://totp/")));
    EXPECT_FAIL(post(t, "/login", FORM PASSWORD_A, &r), UNAUTHENTICATED);
    EXPECT_OK(COMMAND(&out, "admin", "code", "grace@example.com", "--off"));
    EXPECT_OK(post(t, "/login", FORM PASSWORD_A, &r));
    EXPECT_OK(COMMAND(&out, "admin", "create", "grace@example.com", "--role", "support"));
    EXPECT(str_has(buf_str(&out), S("has an account already")));
    EXPECT_OK(open(t, "GET /admin", cookie));
    EXPECT(str_starts(t->c->actor, S("admin:adm_")));
    EXPECT_OK(COMMAND(&out, "admin", "disable", "grace@example.com"));
    EXPECT_FAIL(open(t, "GET /admin", cookie), UNAUTHENTICATED);
    EXPECT_FAIL(post(t, "/login", FORM PASSWORD_A, &r), UNAUTHENTICATED);
    EXPECT_FAIL(COMMAND(&out, "admin", "disable", "nobody@example.com"), NOT_FOUND);
    EXPECT_FAIL(COMMAND(&out, "admin", "create", "grace", "--role", "owner"), INVALID_REQUEST);
    EXPECT_FAIL(
        COMMAND(&out, "admin", "create", "a@example.com", "--role", "admin"), INVALID_REQUEST);
}

static enum err count_facts(struct ctx *c, void *arg)
{
    return db_one(c, "SELECT COUNT(*) FROM fact", DB_NO_IN, DB_OUT(out_i64(arg)));
}

static int64_t facts(struct test *t)
{
    int64_t n = 0;
    EXPECT_OK(db_read(t->c, count_facts, &n));
    return n;
}

static enum err read_last_actor(struct ctx *c, void *arg)
{
    return db_one(
        c, "SELECT actor FROM fact ORDER BY n DESC LIMIT 1", DB_NO_IN, DB_OUT(out_str(arg)));
}

static struct str last_actor(struct test *t)
{
    struct str actor = S("");
    EXPECT_OK(db_read(t->c, read_last_actor, &actor));
    return actor;
}

static enum err end_key(struct ctx *c, void *arg)
{
    return key_revoke(c, *(const struct id *)arg);
}

struct made {
    struct key key;
    struct str text;
};

static enum err make_key(struct ctx *c, void *arg)
{
    const struct made *m = arg;
    return key_create(c, &m->key, m->text);
}

TEST("R59 each deed of an admin is one fact, and a deed that was refused is none")
{
    struct req *r;
    struct buf out;
    struct made m;
    grace(t); /* made, and a password chosen */
    EXPECT_I64(facts(t), 2);
    EXPECT_OK(post(t, "/login", FORM PASSWORD_A, &r));
    EXPECT_I64(facts(t), 3);
    EXPECT(str_starts(last_actor(t), S("admin:adm_")));
    EXPECT_FAIL(post(t, "/login", FORM "wrong-password", &r), UNAUTHENTICATED);
    EXPECT_I64(facts(t), 3);
    EXPECT_OK(COMMAND(&out, "admin", "create", "grace@example.com", "--role", "support"));
    EXPECT_OK(COMMAND(&out, "admin", "code", "grace@example.com"));
    EXPECT_OK(COMMAND(&out, "admin", "disable", "grace@example.com"));
    EXPECT_I64(facts(t), 6);
    EXPECT_FAIL(COMMAND(&out, "admin", "disable", "nobody@example.com"), NOT_FOUND);
    EXPECT_I64(facts(t), 6);
    EXPECT_OK(key_check(t->c, S("app"), S("shop"), 0, &m.key));
    m.text = key_draw(t->c);
    EXPECT_OK(db_tx(t->c, "key", make_key, &m));
    EXPECT_OK(db_tx(t->c, "key", end_key, &m.key.id));
    EXPECT_I64(facts(t), 8);
    EXPECT_OK(db_tx(t->c, "key", end_key, &m.key.id)); /* it was over already */
    EXPECT_I64(facts(t), 8);
}

TEST("beside no server the link leads to the configured site, and keys are live ones")
{
    struct buf out;
    edge_fixture(t, NULL, NULL);
    struct edge *edge = t->c->edge;
    t->c->edge = NULL;
    t->c->site = NULL;
    EXPECT_OK(COMMAND(&out, "admin", "create", "grace@example.com", "--role", "owner"));
    EXPECT(str_has(buf_str(&out), S(SITE "/login/password?token=")));
    EXPECT(str_starts(key_draw(t->c), S("sk_live_")));
    t->c->edge = edge;
}

static const struct demo_person people[] = {
    { "Ada", "Creator plan", "user", "ada" },
    { "Root", "owner", "owner", "root@demo.example" },
};

static struct str page_of(struct req *r, enum err e)
{
    answer_error(r, e);
    return answer_body(r);
}

TEST("a login that did not do shows its form again, with the mail and what was wrong")
{
    struct req *r;
    grace(t);
    enum err e = post(t, "/login", FORM "wrong-password&next=/admin/orders", &r);
    struct str page = page_of(r, e);
    EXPECT_I64(r->out.status, 401);
    EXPECT(str_has(page, S("Mail or password is not right.")));
    EXPECT(str_has(page, S("value=\"grace@example.com\"")));
    EXPECT(str_has(page, S("value=\"/admin/orders\"")));
    EXPECT(!str_has(page, S("wrong-password")));
    struct str token = invite(t, "grace@example.com", "owner");
    e = choose(t, token, "short", &r);
    page = page_of(r, e);
    EXPECT_I64(r->out.status, 400);
    EXPECT(str_has(page, S("at least 8 characters")) && str_has(page, token));
}

TEST("in the sandbox anybody may become a demo person, elsewhere there are none")
{
    struct req *r;
    struct edge_options sandbox = { true, people, ARRAY_LEN(people) };
    edge_fixture(t, &sandbox, NULL);
    for (int i = 0; i < 2; i++) {
        EXPECT_OK(post(t, "/login/demo", "who=root%40demo.example", &r));
        EXPECT_OK(open(t, "GET /admin", edge_cookie_set(r, S("purser"))));
    }
    EXPECT_OK(post(t, "/login/demo", "who=ada&next=/store", &r));
    EXPECT_OK(open(t, "GET /account", edge_cookie_set(r, S("purser"))));
    EXPECT_STR(t->c->customer_id, S("ada"));
    EXPECT_FAIL(post(t, "/login/demo", "who=eve", &r), NOT_FOUND);
    t->c->edge->options.sandbox = false;
    EXPECT_FAIL(post(t, "/login/demo", "who=ada", &r), NOT_FOUND);
}
