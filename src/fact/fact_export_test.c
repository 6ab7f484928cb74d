#include "fact/fact_db.h"

#include "base/test.h"
#include "db/db.h"

static enum err add(struct ctx *c, void *arg)
{
    for (int64_t i = 0; i < *(int64_t *)arg; i++) {
        struct fact fact = { .kind = S("KEY_CREATED"),
            .subject = str_fmt(c->arena, "key_%lld", (long long)i),
            .data = S("{\"name\":\"\\u00e9\\\"x\"}") };
        TRY(fact_add(c, &fact, NULL));
    }
    return E_OK;
}

struct exporting {
    int64_t after_seq, checked;
    struct buf out, findings;
    struct str text;
    enum err result;
};

static enum err export_tx(struct ctx *c, void *arg)
{
    struct exporting *x = arg;
    x->out = BUF(c->arena);
    return fact_export(c, x->after_seq, &x->out);
}

static enum err verify_tx(struct ctx *c, void *arg)
{
    struct exporting *x = arg;
    x->findings = BUF(c->arena);
    x->result = fact_verify_export(c, x->text, &x->findings, &x->checked);
    return E_OK;
}

static struct str export(struct test *t, int64_t after_seq)
{
    struct exporting x = { .after_seq = after_seq };
    EXPECT_OK(db_read(t->c, export_tx, &x));
    return buf_str(&x.out);
}

static struct str verify(struct test *t, struct str text)
{
    struct exporting x = { .text = text };
    EXPECT_OK(db_read(t->c, verify_tx, &x));
    err_clear(t->c);
    EXPECT((x.result == E_OK) == (x.findings.n == 0));
    return buf_str(&x.findings);
}

static void six(struct test *t)
{
    int64_t n = 6, sealed = 0;
    EXPECT_OK(db_tx(t->c, "test", add, &n));
    EXPECT_OK(fact_seal(t->c, &sealed));
}

static struct str line_of(struct str text, int i)
{
    struct str line = { 0 };
    for (; i >= 0; i--)
        str_cut(text, '\n', &line, &text);
    return line;
}

/* text with its i-th line replaced; with_line empty: taken away. */
static struct str with(struct test *t, struct str text, int i, struct str with_line)
{
    struct buf b = BUF(t->c->arena);
    for (int k = 0; text.n > 0; k++) {
        struct str line;
        str_cut(text, '\n', &line, &text);
        if (k == i)
            line = with_line;
        if (line.n > 0)
            buf_fmt(&b, "%.*s\n", SARG(line));
    }
    return buf_str(&b);
}

TEST("R75 an export verifies by its text alone, and against the database")
{
    EXPECT_STR(verify(t, export(t, 0)), S(""));
    six(t);
    struct str text = export(t, 0);
    EXPECT_STR(verify(t, text), S(""));
    EXPECT_STR(verify(t, export(t, 4)), S(""));
    EXPECT(str_starts(
        text, S("{\"chain\":\"purser\",\"after\":0,\"hash\":\"\"}\n{\"fact\":{\"seq\":1,")));
    struct buf findings = BUF(t->c->arena);
    int64_t checked = 0;
    EXPECT_OK(fact_verify_export(t->c, text, &findings, &checked));
    EXPECT_I64(checked, 6);
}

TEST("R75 every change of an export is found")
{
    six(t);
    struct str x = export(t, 0);
    struct arena *a = t->c->arena;
    struct str third = line_of(x, 3), head = line_of(x, 7);
    struct str altered = str_fmt(a, "%.*sX%.*s", 60, third.p, SARG(str_from(third, 61)));
    EXPECT(str_has(verify(t, with(t, x, 3, altered)), S("content does not match")) ||
        str_has(verify(t, with(t, x, 3, altered)), S("line 4 is no line")));
    EXPECT_STR(verify(t, with(t, x, 3, S(""))), S("fact 3 is missing\n"));
    EXPECT(str_starts(verify(t, with(t, x, 1, S(""))), S("fact 1 is missing\n")));
    EXPECT_STR(verify(t, with(t, x, 6, S(""))), S("cut short: it ends at 5, its head is 6\n"));
    EXPECT_STR(verify(t, with(t, x, 7, S(""))), S("cut short: it has no head\n"));
    EXPECT(str_has(verify(t, with(t, x, 0, S(""))), S("line 1 is no line of an export\n")));
    EXPECT(str_has(verify(t, with(t, x, 3, S("{}"))), S("line 4 is no line of an export\n")));
    EXPECT(str_has(verify(t, with(t, x, 3, S("hello"))), S("line 4 is no line of an export\n")));
    EXPECT_STR(verify(t, str_fmt(a, "%.*s%.*s\n", SARG(x), SARG(third))),
        S("line 9: something follows the head\n"));
    struct str other_head = str_fmt(a, "{\"head\":{\"seq\":6,\"hash\":\"%.*s\"},\"more\":false}",
        SARG(str_part(third, third.n - 66, 64)));
    EXPECT_STR(
        verify(t, with(t, x, 7, other_head)), S("its head does not belong to its last fact\n"));
    EXPECT(str_has(head, S("\"head\"")));
    struct str swapped = with(t, with(t, x, 3, line_of(x, 4)), 4, third);
    EXPECT(str_has(verify(t, swapped), S("fact 3 is missing\n")));
}

static enum err cut_store(struct ctx *c, void *arg)
{
    (void)arg;
    if (db_is_pg(c))
        TRY(db_exec(c, DB_ANY_ROWS, "ALTER TABLE fact DISABLE TRIGGER USER", DB_NO_IN));
    else
        TRY(db_exec(c, DB_ANY_ROWS, "DROP TRIGGER fact_keep", DB_NO_IN));
    return db_exec(c, 2, "DELETE FROM fact WHERE seq > 4", DB_NO_IN);
}

TEST("R75 an export that was kept shows that the database was cut or rewritten since")
{
    six(t);
    struct str text = export(t, 0);
    EXPECT_OK(db_tx(t->c, "test", cut_store, NULL));
    EXPECT_STR(verify(t, text), S("the database has no fact 6 any more\n"));
}

TEST("an export goes on where the one before ended")
{
    six(t);
    struct str rest = export(t, 4);
    EXPECT(str_has(rest, S("\"after\":4,")));
    EXPECT(str_has(rest, S("\"seq\":5,")));
    EXPECT(!str_has(rest, S("\"seq\":4,")));
    struct exporting x = { .after_seq = 9 };
    EXPECT_FAIL(db_read(t->c, export_tx, &x), NOT_FOUND);
}
