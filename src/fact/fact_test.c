#include "fact/fact_db.h"

#include "base/test.h"
#include "db/db.h"
#include "setting/setting.h"

static enum err add_one(struct ctx *c, void *arg)
{
    struct fact fact = { .kind = S("KEY_CREATED"), .subject = S("key_1"), .data = S("{\"a\":1}") };
    return fact_add(c, &fact, arg);
}

static enum err add_and_fail(struct ctx *c, void *arg)
{
    TRY(add_one(c, arg));
    return fail(c, INVALID_REQUEST, "undo this");
}

struct listed {
    int64_t n, last_seq;
    struct str kinds;
};

static enum err take(struct ctx *c, const struct fact_row *row, void *arg)
{
    struct listed *l = arg;
    l->n++;
    l->last_seq = row->seq;
    l->kinds = str_fmt(c->arena, "%.*s%.*s ", SARG(l->kinds), SARG(str_part(row->subject, 0, 5)));
    return E_OK;
}

struct listing {
    struct fact_filter filter;
    struct listed got;
};

static enum err list_tx(struct ctx *c, void *arg)
{
    struct listing *l = arg;
    l->got = (struct listed) { .kinds = S("") };
    return fact_list(c, &l->filter, take, &l->got);
}

static struct listed list(struct test *t, struct fact_filter filter)
{
    struct listing l = { .filter = filter };
    EXPECT_OK(db_read(t->c, list_tx, &l));
    return l.got;
}

static void seal_all(struct test *t)
{
    int64_t sealed = 0;
    EXPECT_OK(fact_seal(t->c, &sealed));
}

static enum err verify_tx(struct ctx *c, void *arg)
{
    struct buf out = BUF(c->arena);
    return fact_verify(c, &out, arg);
}

TEST("a fact is in the chain when its deed is, and leaves no gap when it is undone")
{
    int64_t n = 0, checked = 0;
    EXPECT_OK(db_tx(t->c, "test", add_one, &n));
    EXPECT_FAIL(db_tx(t->c, "test", add_and_fail, &n), INVALID_REQUEST);
    EXPECT_OK(db_tx(t->c, "test", add_one, &n));
    seal_all(t);
    struct listed all = list(t, (struct fact_filter) { .limit = 10 });
    EXPECT_I64(all.n, 2);
    EXPECT_I64(all.last_seq, 2);
    EXPECT_OK(db_read(t->c, verify_tx, &checked));
    EXPECT_I64(checked, 2);
}

TEST("members of one batch that fail do not break the chain of the others")
{
    enum {
        N = 9
    };
    struct tx tx[N];
    struct tx *members[N];
    struct ctx c[N];
    int64_t n[N], checked = 0;
    for (size_t i = 0; i < N; i++) {
        c[i] = ctx_sibling(t->c, t->c->arena);
        tx[i] = (struct tx) {
            .name = "test",
            .act = i % 3 == 1 ? add_and_fail : add_one,
            .arg = &n[i],
            .c = &c[i],
        };
        members[i] = &tx[i];
    }
    store_batch(t->c->store, members, N);
    for (size_t i = 0; i < N; i++)
        EXPECT_I64(tx[i].result, i % 3 == 1 ? E_INVALID : E_OK);
    seal_all(t);
    EXPECT_OK(db_read(t->c, verify_tx, &checked));
    EXPECT_I64(checked, 6);
}

static enum err change(struct ctx *c, void *arg)
{
    return db_exec(c, DB_ANY_ROWS, arg, DB_NO_IN);
}

TEST("R75 a sealed fact cannot be changed or deleted, only its client erased")
{
    int64_t n = 0;
    t->c->address = S("192.0.2.7");
    EXPECT_OK(db_tx(t->c, "test", add_one, &n));
    seal_all(t);
    const char *const refused[] = {
        "DELETE FROM fact",
        "UPDATE fact SET data = '{}'",
        "UPDATE fact SET kind = 'KEY_REVOKED'",
        "UPDATE fact SET actor = 'x'",
        "UPDATE fact SET subject = 'x'",
        "UPDATE fact SET at_ms = 1",
        "UPDATE fact SET customer_n = 3",
        "UPDATE fact SET version = 3",
        "UPDATE fact SET seq = 3",
        "UPDATE fact SET seq = NULL, hash = NULL",
        "UPDATE fact SET hash = client",
        "UPDATE fact SET client = hash",
        "UPDATE fact SET ledger = hash",
        "UPDATE fact SET address = '192.0.2.8'",
        "UPDATE fact SET salt = client",
        "UPDATE fact SET user_agent = 'x'",
        "UPDATE fact SET n = 17",
    };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        EXPECT_FAIL(db_tx(t->c, "test", change, (void *)(uintptr_t)refused[i]), CONFLICT);
    static const char erase[] = "UPDATE fact SET salt = NULL, address = NULL, user_agent = NULL";
    EXPECT_OK(db_tx(t->c, "test", change, (void *)(uintptr_t)erase));
}

static enum err add_some(struct ctx *c, void *arg)
{
    (void)arg;
    for (int i = 0; i < 6; i++) {
        struct fact fact = {
            .kind = i < 4 ? S("KEY_CREATED") : S("KEY_REVOKED"),
            .subject = str_fmt(c->arena, "key_%d", i % 3),
        };
        c->actor = i == 5 ? S("admin:2") : S("admin:1");
        TRY(fact_add(c, &fact, NULL));
    }
    return E_OK;
}

TEST("facts are listed by subject, kind and actor, up and down, a page at a time")
{
    EXPECT_OK(db_tx(t->c, "test", add_some, NULL));
    EXPECT_I64(list(t, (struct fact_filter) { .limit = 10 }).n, db_is_pg(t->c) ? 0 : 6);
    seal_all(t);
    EXPECT_STR(list(t, (struct fact_filter) { .limit = 4 }).kinds, S("key_0 key_1 key_2 key_0 "));
    EXPECT_STR(
        list(t, (struct fact_filter) { .limit = 9, .after_seq = 4 }).kinds, S("key_1 key_2 "));
    EXPECT_STR(list(t, (struct fact_filter) { .limit = 2, .newest_first = true }).kinds,
        S("key_2 key_1 "));
    EXPECT_STR(
        list(t, (struct fact_filter) { .limit = 2, .newest_first = true, .after_seq = 3 }).kinds,
        S("key_1 key_0 "));
    EXPECT_I64(list(t, (struct fact_filter) { .limit = 9, .subject = S("key_1") }).n, 2);
    EXPECT_I64(list(t, (struct fact_filter) { .limit = 9, .kind = S("KEY_REVOKED") }).n, 2);
    EXPECT_I64(list(t, (struct fact_filter) { .limit = 9, .actor = S("admin:2") }).n, 1);
    EXPECT_I64(
        list(t,
            (struct fact_filter) {
                .limit = 9, .subject = S("key_2"), .kind = S("KEY_CREATED"), .newest_first = true })
            .n,
        1);
}

struct named {
    struct str id;
    struct fact_row row;
};

static enum err get_tx(struct ctx *c, void *arg)
{
    struct named *named = arg;
    struct id id;
    if (!id_parse(S("aud"), named->id, &id))
        return fail(c, INVALID_REQUEST, "no id");
    return fact_get(c, id, &named->row);
}

TEST("a fact is found by its public id, and only by its own")
{
    int64_t n = 0;
    EXPECT_OK(db_tx(t->c, "test", add_one, &n));
    seal_all(t);
    struct fact_row row = { .n = n, .at_ms = t->c->now_ms };
    struct named named = { .id = fact_id(t->c->arena, &row) };
    EXPECT_OK(db_read(t->c, get_tx, &named));
    EXPECT_STR(named.row.data, S("{\"a\":1}"));
    row.at_ms++;
    named.id = fact_id(t->c->arena, &row);
    EXPECT_FAIL(db_read(t->c, get_tx, &named), NOT_FOUND);
}

static enum err spoil_last(struct ctx *c, void *arg)
{
    (void)arg;
    if (db_is_pg(c))
        TRY(db_exec(c, DB_ANY_ROWS, "ALTER TABLE fact DISABLE TRIGGER USER", DB_NO_IN));
    else
        TRY(db_exec(c, DB_ANY_ROWS, "DROP TRIGGER fact_seal_once", DB_NO_IN));
    return db_exec(c, 1, "UPDATE fact SET data = '{}' WHERE seq = 2", DB_NO_IN);
}

TEST("a start reads the last seal back, and refuses one that does not fit")
{
    int64_t n = 0;
    EXPECT_OK(fact_start(t->c));
    EXPECT_OK(db_tx(t->c, "test", add_one, &n));
    EXPECT_OK(fact_start(t->c));
    EXPECT_OK(db_tx(t->c, "test", add_one, &n));
    EXPECT_OK(fact_start(t->c));
    EXPECT_OK(db_tx(t->c, "test", spoil_last, NULL));
    EXPECT_FAIL(fact_start(t->c), STORE_CORRUPT);
}

/* What a restore from PostgreSQL can leave behind: facts of its last moment, not yet sealed. */
static enum err leave_unsealed(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(c, 1,
        "INSERT INTO fact (at_ms, kind, actor, subject, customer_n, cause_n, version, data)"
        " VALUES ($1, 'KEY_CREATED', 'x', 'key_9', 0, 0, 0, '{}')",
        DB_IN(in_i64(c->now_ms)));
}

static enum err forget_head(struct ctx *c, void *arg)
{
    (void)arg;
    struct fact_head *head = db_memo(c);
    if (head != NULL)
        *head = (struct fact_head) { 0 };
    return E_OK;
}

TEST("a start seals what a restore left unsealed, and the chain goes on")
{
    int64_t n = 0, checked = 0;
    EXPECT_OK(db_tx(t->c, "test", add_one, &n));
    seal_all(t);
    EXPECT_OK(db_tx(t->c, "test", leave_unsealed, NULL));
    EXPECT_OK(db_tx(t->c, "test", leave_unsealed, NULL));
    EXPECT_OK(db_tx(t->c, "test", forget_head, NULL));
    EXPECT_OK(fact_start(t->c));
    EXPECT_OK(db_tx(t->c, "test", add_one, &n));
    EXPECT_I64(n, 4);
    seal_all(t);
    EXPECT_OK(db_read(t->c, verify_tx, &checked));
    EXPECT_I64(checked, 4);
}

TEST("actions are printed for people and for programs")
{
    struct buf out = BUF(t->c->arena), json = BUF(t->c->arena);
    fact_actions(&out, false);
    fact_actions(&json, true);
    EXPECT(str_has(buf_str(&out), S("KEY_CREATED ")));
    EXPECT(str_has(buf_str(&json), S("{\"action\":\"KEY_CREATED\",\"event\":null,\"about\":")));
    EXPECT(fact_kind_find(S("KEY_CREATED")) != NULL);
    EXPECT(fact_kind_find(S("KEY_INVENTED")) == NULL);
}
