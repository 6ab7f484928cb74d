#include "fact/fact_db.h"

#include <string.h>

#include "base/test.h"
#include "db/db.h"
#include "setting/setting.h"

/* Whoever has the database can take the triggers away and change what he likes.  Each case does one
 * such thing to a chain of eight and names exactly what `audit verify` has to say about it. */

static enum err add_eight(struct ctx *c, void *arg)
{
    (void)arg;
    for (int i = 0; i < 8; i++) {
        struct fact fact = {
            .kind = i % 2 == 0 ? S("KEY_CREATED") : S("KEY_REVOKED"),
            .subject = str_fmt(c->arena, "key_%d", i / 2),
            .customer_n = 7,
            .cause_n = i,
            .version = 1,
            .data = S("{\"role\":\"app\"}"),
        };
        TRY(fact_add(c, &fact, NULL));
    }
    return E_OK;
}

static void eight(struct test *t)
{
    int64_t sealed = 0;
    t->c->address = S("192.0.2.7");
    t->c->user_agent = S("curl/8");
    EXPECT_OK(db_tx(t->c, "test", add_eight, NULL));
    EXPECT_OK(fact_seal(t->c, &sealed));
    EXPECT_I64(sealed, db_is_pg(t->c) ? 8 : 0);
    EXPECT_OK(fact_note_head(t->c));
    t->c->now_ms += 6000;
}

struct tampering {
    const char *sql[3];
    const char *finding;
};

struct tamper_run {
    const struct tampering *how;
    struct buf out;
    int64_t checked;
    enum err result;
};

/* "fact 5 (aud_…): " becomes "fact 5: ". */
static struct str without_ids(struct arena *a, struct str s)
{
    struct buf b = BUF(a);
    for (size_t i = 0; i < s.n; i++) {
        if (str_starts(str_from(s, i), S(" (aud_")))
            i += sizeof " (aud_00000000000000000000000000)" - 1;
        buf_char(&b, s.p[i]);
    }
    return buf_str(&b);
}

static enum err take_triggers_away(struct ctx *c)
{
    if (db_is_pg(c))
        return db_exec(c, DB_ANY_ROWS, "ALTER TABLE fact DISABLE TRIGGER USER", DB_NO_IN);
    TRY(db_exec(c, DB_ANY_ROWS, "DROP TRIGGER fact_keep", DB_NO_IN));
    return db_exec(c, DB_ANY_ROWS, "DROP TRIGGER fact_seal_once", DB_NO_IN);
}

/* Ends with a failure, so that the next case finds the chain whole. */
static enum err tamper_tx(struct ctx *c, void *arg)
{
    struct tamper_run *run = arg;
    TRY(take_triggers_away(c));
    for (size_t i = 0; i < ARRAY_LEN(run->how->sql) && run->how->sql[i] != NULL; i++)
        TRY(db_exec(c, DB_ANY_ROWS, run->how->sql[i], DB_NO_IN));
    run->out = BUF(c->arena);
    run->result = fact_verify(c, &run->out, &run->checked);
    return fail_because(c, NOT_FOUND, "undo this");
}

#define CONTENT ": its content does not match its seal: altered or inserted\n"
#define CLIENT ": its address or user agent was altered\n"

static const struct tampering tamperings[] = {
    /* one column each */
    { { "UPDATE fact SET at_ms = at_ms + 1 WHERE seq = 5" }, "fact 5" CONTENT },
    { { "UPDATE fact SET kind = 'KEY_REVOKED' WHERE seq = 5" }, "fact 5" CONTENT },
    { { "UPDATE fact SET actor = 'admin:2' WHERE seq = 5" }, "fact 5" CONTENT },
    { { "UPDATE fact SET subject = 'key_9' WHERE seq = 5" }, "fact 5" CONTENT },
    { { "UPDATE fact SET customer_n = 8 WHERE seq = 5" }, "fact 5" CONTENT },
    { { "UPDATE fact SET cause_n = 1 WHERE seq = 5" }, "fact 5" CONTENT },
    { { "UPDATE fact SET version = 2 WHERE seq = 5" }, "fact 5" CONTENT },
    { { "UPDATE fact SET data = '{\"role\":\"admin\"}' WHERE seq = 5" }, "fact 5" CONTENT },
    { { "UPDATE fact SET data = '{\"role\":\"app\" }' WHERE seq = 5" }, "fact 5" CONTENT },
    { { "UPDATE fact SET ledger = hash WHERE seq = 5" }, "fact 5" CONTENT },
    { { "UPDATE fact SET client = hash WHERE seq = 5" }, "fact 5" CLIENT "fact 5" CONTENT },
    { { "UPDATE fact SET n = 105 WHERE seq = 5" }, "fact 5" CONTENT },
    { { "UPDATE fact SET kind = 'KEY_CREATED' WHERE seq = 8" }, "fact 8" CONTENT },
    { { "UPDATE fact SET data = '{}' WHERE seq = 1" }, "fact 1" CONTENT },
    { { "UPDATE fact SET data = '{}' WHERE seq IN (2, 7)" }, "fact 2" CONTENT "fact 7" CONTENT },
    { { "UPDATE fact SET data = '{}' WHERE seq IN (4, 5)" }, "fact 4" CONTENT "fact 5" CONTENT },
    /* the seal */
    { { "UPDATE fact SET hash = client WHERE seq = 5" }, "fact 5: its seal was altered\n" },
    { { "UPDATE fact SET hash = client WHERE seq = 1" }, "fact 1: its seal was altered\n" },
    { { "UPDATE fact SET hash = (SELECT hash FROM fact WHERE seq = 4) WHERE seq = 5" },
        "fact 5: its seal was altered\n" },
    { { "UPDATE fact SET hash = client WHERE seq = 8" },
        "fact 8: its seal is not the one that was noted as the head\nfact 8" CONTENT },
    { { "UPDATE fact SET hash = salt WHERE seq = 5" }, "fact 5: its seal was altered\n" },
    /* what stands beside the chain */
    { { "UPDATE fact SET address = '192.0.2.8' WHERE seq = 5" }, "fact 5" CLIENT },
    { { "UPDATE fact SET user_agent = 'wget' WHERE seq = 5" }, "fact 5" CLIENT },
    { { "UPDATE fact SET address = NULL WHERE seq = 5" }, "fact 5" CLIENT },
    { { "UPDATE fact SET salt = client WHERE seq = 5" }, "fact 5" CLIENT },
    { { "UPDATE fact SET salt = NULL WHERE seq = 5" }, "fact 5" CLIENT },
    { { "UPDATE fact SET client = NULL, salt = NULL, address = NULL, user_agent = NULL"
        " WHERE seq = 5" },
        "fact 5" CONTENT },
    /* deleted */
    { { "DELETE FROM fact WHERE seq = 1" }, "fact 1 is missing\n" },
    { { "DELETE FROM fact WHERE seq = 4" }, "fact 4 is missing\n" },
    { { "DELETE FROM fact WHERE seq IN (3, 4, 5)" }, "facts 3 to 5 are missing\n" },
    { { "DELETE FROM fact WHERE seq IN (2, 7)" }, "fact 2 is missing\nfact 7 is missing\n" },
    { { "DELETE FROM fact WHERE seq = 4", "UPDATE fact SET data = '{}' WHERE seq = 6" },
        "fact 4 is missing\nfact 6" CONTENT },
    { { "DELETE FROM fact WHERE seq = 4", "UPDATE fact SET seq = 4 WHERE seq = 8" },
        "fact 4: moved: it was sealed as number 8\n"
        "cut short: the chain ends at 7, 8 had been noted\n" },
    /* cut short */
    { { "DELETE FROM fact WHERE seq = 8" }, "cut short: the chain ends at 7, 8 had been noted\n" },
    { { "DELETE FROM fact WHERE seq > 2" }, "cut short: the chain ends at 2, 8 had been noted\n" },
    { { "DELETE FROM fact" }, "cut short: the chain ends at 0, 8 had been noted\n" },
    { { "UPDATE setting SET value = 'x' WHERE name = 'fact.head'" },
        "the noted head of the chain is unreadable\n" },
    /* in another order */
    { { "UPDATE fact SET seq = 100 WHERE seq = 3", "UPDATE fact SET seq = 3 WHERE seq = 4",
          "UPDATE fact SET seq = 4 WHERE seq = 100" },
        "fact 3: moved: it was sealed as number 4\nfact 4: moved: it was sealed as number 3\n" },
    { { "UPDATE fact SET seq = 100 WHERE seq = 1", "UPDATE fact SET seq = 1 WHERE seq = 8",
          "UPDATE fact SET seq = 8 WHERE seq = 100" },
        "fact 1: moved: it was sealed as number 8\n"
        "fact 8: moved: it was sealed as number 1\n"
        "fact 8: its seal is not the one that was noted as the head\n" },
    { { "UPDATE fact SET seq = 20 WHERE seq = 4" },
        "fact 4 is missing\nfacts 9 to 19 are missing\n"
        "fact 20: moved: it was sealed as number 4\n" },
    /* inserted */
    { { "INSERT INTO fact (n, seq, hash, at_ms, kind, actor, subject, customer_n, cause_n, version,"
        " data) SELECT 9, 9, hash, at_ms, 'KEY_CREATED', 'test', 'key_9', 0, 0, 0, '{}' FROM fact"
        " WHERE seq = 8" },
        "fact 9" CONTENT },
    { { "INSERT INTO fact (n, seq, hash, at_ms, kind, actor, subject, customer_n, cause_n, version,"
        " data) SELECT 9, NULL, NULL, at_ms, 'KEY_CREATED', 'test', 'key_9', 0, 0, 0, '{}'"
        " FROM fact WHERE seq = 8" },
        "1 facts bear no seal\n" },
    { { "UPDATE fact SET seq = NULL, hash = NULL WHERE seq = 6" },
        "fact 6 is missing\n1 facts bear no seal\n" },
    { { "UPDATE fact SET seq = NULL, hash = NULL WHERE seq = 8" },
        "cut short: the chain ends at 7, 8 had been noted\n1 facts bear no seal\n" },
    { { "UPDATE fact SET seq = seq + 100 WHERE seq > 4",
          "UPDATE fact SET seq = seq - 99"
          " WHERE seq > 100",
          "INSERT INTO fact (n, seq, hash, at_ms, kind, actor, subject, customer_n, cause_n,"
          " version, data) SELECT 9, 5, hash, at_ms, 'KEY_CREATED', 'test', 'key_9', 0, 0, 0, '{}'"
          " FROM fact WHERE seq = 4" },
        "fact 5" CONTENT "fact 6: moved: it was sealed as number 5\n"
        "fact 7: moved: it was sealed as number 6\n"
        "fact 8: moved: it was sealed as number 7\n"
        "fact 8: its seal is not the one that was noted as the head\n"
        "fact 9: moved: it was sealed as number 8\n" },
};

TEST("R75 every edit, deletion, insertion, reordering and cut of the chain is found and named")
{
    eight(t);
    for (size_t i = 0; i < ARRAY_LEN(tamperings); i++) {
        struct tamper_run run = { .how = &tamperings[i] };
        EXPECT_FAIL(db_tx(t->c, "test", tamper_tx, &run), NOT_FOUND);
        struct str got = without_ids(t->c->arena, buf_str(&run.out));
        EXPECT_STR(got, str_of_c(run.how->finding));
        EXPECT_I64(run.result, E_CONFLICT);
    }
    EXPECT(ARRAY_LEN(tamperings) >= 34);
}

static enum err verify(struct ctx *c, void *arg)
{
    struct tamper_run *run = arg;
    run->out = BUF(c->arena);
    run->result = fact_verify(c, &run->out, &run->checked);
    return run->result;
}

TEST("R75 a chain that nobody touched verifies")
{
    struct tamper_run run = { .checked = 0 };
    EXPECT_OK(db_read(t->c, verify, &run));
    EXPECT_I64(run.checked, 0);
    eight(t);
    EXPECT_OK(db_read(t->c, verify, &run));
    EXPECT_I64(run.checked, 8);
    EXPECT_STR(buf_str(&run.out), S(""));
}

static enum err erase_client(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(
        c, 8, "UPDATE fact SET salt = NULL, address = NULL, user_agent = NULL", DB_NO_IN);
}

TEST("R81 the chain verifies after a person's address and user agent are erased")
{
    struct tamper_run run = { .checked = 0 };
    eight(t);
    EXPECT_OK(db_tx(t->c, "test", erase_client, NULL));
    EXPECT_OK(db_read(t->c, verify, &run));
    EXPECT_I64(run.checked, 8);
}

/* An intruder who knows the algorithm can seal his own history from some point on; then only the
 * head that was noted, or an export, tells. */
static enum err rewrite_last(struct ctx *c, void *arg)
{
    struct fact_row last = { 0 }, before = { 0 };
    bool found = false;
    TRY(take_triggers_away(c));
    TRY(fact_find_seq(c, 7, &found, &before));
    TRY(fact_find_seq(c, 8, &found, &last));
    last.actor = S("somebody");
    struct sha256 h = fact_hash(c, before.hash, &last);
    TRY(db_exec(c, 1, "UPDATE fact SET actor = 'somebody', hash = $1 WHERE seq = 8",
        DB_IN(in_bytes((struct str) { (const char *)h.b, sizeof h.b }))));
    return verify(c, arg);
}

TEST("R75 a history that was sealed anew differs from the head that was noted")
{
    struct tamper_run run = { .checked = 0 };
    eight(t);
    EXPECT_FAIL(db_tx(t->c, "test", rewrite_last, &run), CONFLICT);
    EXPECT_STR(without_ids(t->c->arena, buf_str(&run.out)),
        S("fact 8: its seal is not the one that was noted as the head\n"));
}
