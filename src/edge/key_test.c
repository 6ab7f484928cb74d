#include "edge/key.h"

#include "base/command.h"
#include "db/db.h"
#include "edge/auth.h"
#include "edge/edge_fixture.h"

static const struct routes *const lists[] = { &key_routes };

static struct req *ask(struct test *t, const char *line, const char *key, const char *body)
{
    struct str headers = str_fmt(t->c->arena, "Authorization: Bearer %s\r\n", key);
    return edge_request(t, lists, ARRAY_LEN(lists), line, str_c(t->c->arena, headers), body);
}

static struct str data(struct req *r, const char *path)
{
    struct str text = S("");
    json_to_str(r->c->arena, json_at(json_root(answer_body(r)), path), &text);
    return text;
}

/* The text of a new key, made over the API. */
static const char *create(struct test *t, const char *body, struct str *ret_id)
{
    struct req *r = ask(t, "POST /api/admin/keys", SECRET_KEY, body);
    EXPECT_OK(edge_serve(t, r));
    EXPECT_I64(r->out.status, 201);
    *ret_id = str_copy(t->c->arena, data(r, "data.id"));
    return str_c(t->c->arena, data(r, "data.key"));
}

TEST("R52 a key is shown once, works until it is revoked, and is listed without its text")
{
    struct str id;
    edge_fixture(t, NULL, NULL);
    const char *text = create(t, "{\"role\":\"admin\",\"name\":\"deploy\"}", &id);
    EXPECT(str_starts(str_of_c(text), S("sk_live_")) && str_of_c(text).n == 72);
    struct req *r = ask(t, "GET /api/admin/keys", text, NULL);
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(data(r, "data.items.0.id"), id);
    EXPECT_STR(data(r, "data.items.0.name"), S("deploy"));
    EXPECT_STR(data(r, "data.items.0.shown"), str_part(str_of_c(text), 0, 12));
    EXPECT(!str_has(answer_body(r), str_from(str_of_c(text), 12)));
    const char *line =
        str_c(t->c->arena, str_fmt(t->c->arena, "DELETE /api/admin/keys/%.*s", SARG(id)));
    EXPECT_OK(edge_serve(t, ask(t, line, SECRET_KEY, NULL)));
    EXPECT_FAIL(edge_serve(t, ask(t, "GET /api/admin/keys", text, NULL)), UNAUTHENTICATED);
    EXPECT_OK(edge_serve(t, ask(t, line, SECRET_KEY, NULL))); /* again: no error */
}

struct hash_count {
    struct str text;
    int64_t plain, hashed;
};

static enum err look_for(struct ctx *c, void *arg)
{
    struct hash_count *h = arg;
    struct sha256 hash = sha256(h->text);
    TRY(db_one(c, "SELECT COUNT(*) FROM api_key WHERE hash = $1 OR shown = $2 OR name = $2",
        DB_IN(in_bytes(h->text), in_str(h->text)), DB_OUT(out_i64(&h->plain))));
    return db_one(c, "SELECT COUNT(*) FROM api_key WHERE hash = $1",
        DB_IN(in_bytes((struct str) { (const char *)hash.b, sizeof hash.b })),
        DB_OUT(out_i64(&h->hashed)));
}

TEST("R52 the database holds a key's hash and never the key")
{
    struct str id;
    edge_fixture(t, NULL, NULL);
    struct hash_count h = { .text = str_of_c(create(t, "{\"role\":\"app\"}", &id)) };
    EXPECT_OK(db_read(t->c, look_for, &h));
    EXPECT_I64(h.plain, 0);
    EXPECT_I64(h.hashed, 1);
}

TEST("R52 a test key is refused on a live instance and a live key on a sandbox")
{
    struct str id;
    struct edge_options sandbox = { .sandbox = true };
    edge_fixture(t, &sandbox, NULL);
    const char *text = create(t, "{\"role\":\"admin\"}", &id);
    EXPECT(str_starts(str_of_c(text), S("sk_test_")));
    EXPECT_OK(edge_serve(t, ask(t, "GET /api/admin/keys", text, NULL)));
    t->c->edge->options.sandbox = false;
    EXPECT_FAIL(edge_serve(t, ask(t, "GET /api/admin/keys", text, NULL)), UNAUTHENTICATED);
    const char *live = create(t, "{\"role\":\"admin\"}", &id);
    t->c->edge->options.sandbox = true;
    EXPECT_FAIL(edge_serve(t, ask(t, "GET /api/admin/keys", live, NULL)), UNAUTHENTICATED);
}

TEST("R52 a key ends when it said it would")
{
    struct str id;
    edge_fixture(t, NULL, NULL);
    const char *text =
        create(t, "{\"role\":\"admin\",\"expiresAt\":\"2026-11-21T00:00:00Z\"}", &id);
    EXPECT_OK(edge_serve(t, ask(t, "GET /api/admin/keys", text, NULL)));
    t->c->wall_ms += INT64_C(86400000);
    EXPECT_FAIL(edge_serve(t, ask(t, "GET /api/admin/keys", text, NULL)), UNAUTHENTICATED);
}

TEST("R56 a body with an unknown field, role or time is refused and makes no key")
{
    static const char *const bad[] = {
        "{}",
        "{\"role\":\"root\"}",
        "{\"role\":\"owner\"}",
        "{\"role\":\"user\"}",
        "{\"role\":\"none\"}",
        "{\"role\":1}",
        "{\"role\":\"app\",\"status\":\"active\"}",
        "{\"role\":\"app\",\"tenant_id\":1}",
        "{\"role\":\"app\",\"expiresAt\":\"tomorrow\"}",
        "{\"role\":\"app\",\"expiresAt\":\"2020-01-01T00:00:00Z\"}",
        "{\"role\":\"app\",\"name\":\"two\\nlines\"}",
    };
    edge_fixture(t, NULL, NULL);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        t->name = bad[i];
        EXPECT_FAIL(
            edge_serve(t, ask(t, "POST /api/admin/keys", SECRET_KEY, bad[i])), INVALID_REQUEST);
    }
    struct req *r = ask(t, "GET /api/admin/keys", SECRET_KEY, NULL);
    EXPECT_OK(edge_serve(t, r));
    EXPECT(json_at(json_root(answer_body(r)), "data.items.0").kind == JSON_ABSENT);
}

TEST("R55 only an admin key sees or makes keys, and a missing key is not found")
{
    struct str id;
    edge_fixture(t, NULL, NULL);
    const char *app = create(t, "{\"role\":\"app\"}", &id);
    EXPECT_FAIL(edge_serve(t, ask(t, "GET /api/admin/keys", app, NULL)), FORBIDDEN);
    EXPECT_FAIL(
        edge_serve(t, ask(t, "POST /api/admin/keys", app, "{\"role\":\"admin\"}")), FORBIDDEN);
    EXPECT_FAIL(edge_serve(t, ask(t, "DELETE /api/admin/keys/key_1", SECRET_KEY, NULL)), NOT_FOUND);
    EXPECT_FAIL(
        edge_serve(
            t, ask(t, "DELETE /api/admin/keys/key_01hxxxxxxxxxxxxxxxxxxxxxxx", SECRET_KEY, NULL)),
        NOT_FOUND);
}

TEST("keys are listed a page at a time, oldest first")
{
    struct str id[3];
    edge_fixture(t, NULL, NULL);
    for (int i = 0; i < 3; i++)
        create(t, "{\"role\":\"app\"}", &id[i]);
    struct req *r = ask(t, "GET /api/admin/keys?limit=2", SECRET_KEY, NULL);
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(data(r, "data.items.0.id"), id[0]);
    EXPECT_STR(data(r, "data.items.1.id"), id[1]);
    EXPECT(json_at(json_root(answer_body(r)), "data.items.2").kind == JSON_ABSENT);
    const char *line = str_c(t->c->arena,
        str_fmt(t->c->arena, "GET /api/admin/keys?limit=2&after=%.*s", SARG(data(r, "data.next"))));
    r = ask(t, line, SECRET_KEY, NULL);
    EXPECT_OK(edge_serve(t, r));
    EXPECT_STR(data(r, "data.items.0.id"), id[2]);
    EXPECT(json_at(json_root(answer_body(r)), "data.next").kind == JSON_NULL);
}

static const struct commands *const command_lists[] = { &key_commands };

static enum err command(struct test *t, struct buf *out, const char *const *words, size_t n)
{
    struct str argv[8];
    const struct command *command = NULL;
    struct args args;
    for (size_t i = 0; i < n; i++)
        argv[i] = str_of_c(words[i]);
    *out = BUF(t->c->arena);
    TRY(args_parse(t->c, command_lists, 1, argv, n, &command, &args));
    return command->run(t->c, &args, out);
}
#define COMMAND(out, ...)                                                                          \
    command(t, (out), (const char *const[]) { __VA_ARGS__ },                                       \
        sizeof((const char *const[]) { __VA_ARGS__ }) / sizeof(const char *))

TEST("keys are made, listed and revoked from the shell")
{
    struct buf out;
    edge_fixture(t, NULL, NULL);
    EXPECT_OK(COMMAND(&out, "key", "create", "--role", "app", "--name", "shop", "--json"));
    struct json_value made = json_root(str_trim(str_part(buf_str(&out), 0, out.n - 1)));
    struct str id, text;
    EXPECT(json_to_str(t->c->arena, json_member(made, S("id")), &id));
    EXPECT(json_to_str(t->c->arena, json_member(made, S("key")), &text));
    EXPECT(key_looks_right(text, false));
    EXPECT_OK(COMMAND(&out, "key", "list"));
    EXPECT(str_has(buf_str(&out), S("active")) && str_has(buf_str(&out), S("shop")));
    EXPECT(!str_has(buf_str(&out), text));
    EXPECT_OK(COMMAND(&out, "key", "revoke", str_c(t->c->arena, id)));
    EXPECT_OK(COMMAND(&out, "key", "list"));
    EXPECT(str_has(buf_str(&out), S("revoked")));
    EXPECT_FAIL(COMMAND(&out, "key", "create"), INVALID_REQUEST);
    EXPECT_FAIL(COMMAND(&out, "key", "create", "--role", "boss"), INVALID_REQUEST);
    EXPECT_FAIL(COMMAND(&out, "key", "revoke", "key_x"), NOT_FOUND);
}
