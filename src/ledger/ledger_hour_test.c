#include "ledger/ledger_hour.h"

#include "base/test.h"
#include "db/db.h"

/* Closed hours are what the entries say, and nothing is closed twice or left out. */

static struct ledger_transaction sale(int64_t minor, int64_t credits)
{
    struct ledger_transaction t = { .fact = { .kind = S("KEY_CREATED"), .subject = S("ord_1") } };
    ledger_money(&t, LEDGER_GATEWAY, 1, (struct money) { minor, CUR_USD });
    ledger_money(&t, LEDGER_SALES, 0, (struct money) { -minor, CUR_USD });
    ledger_credits(&t, LEDGER_CREDITS, 7, credits);
    ledger_credits(&t, LEDGER_CREDITS_OUT, 0, -credits);
    return t;
}

static enum err sell_tx(struct ctx *c, void *arg)
{
    struct ledger_transaction t = sale(*(int64_t *)arg, 0);
    return ledger_post(c, &t, NULL);
}

static void sell(struct test *t, int64_t minor)
{
    EXPECT_OK(db_tx(t->c, "test", sell_tx, &minor));
}

static void seal_all(struct test *t)
{
    int64_t sealed = 0;
    if (store_is_pg(t->c->store))
        EXPECT_OK(fact_seal(t->c, &sealed));
}

struct read {
    int64_t from, to; /* hours; to 0: totals */
    int64_t came, went, entries, rows, findings;
    struct buf out;
    bool behind;
};

static enum err add(struct ctx *c, const struct ledger_sum *sum, void *arg)
{
    struct read *k = arg;
    k->rows++;
    if (sum->account != LEDGER_GATEWAY)
        return E_OK;
    k->came += sum->came;
    k->went += sum->went;
    k->entries += sum->entries;
    return c->dead ? E_DEAD : E_OK;
}

static enum err read_tx(struct ctx *c, void *arg)
{
    struct read *k = arg;
    k->out = BUF(c->arena);
    TRY(ledger_verify_hours(c, &k->out, &k->findings));
    return k->to == 0 ? ledger_totals(c, add, k, &k->behind)
                      : ledger_hours(c, k->from, k->to, add, k, &k->behind);
}

static struct read look(struct test *t, int64_t from, int64_t to)
{
    struct read k = { .from = from, .to = to };
    EXPECT_OK(db_read(t->c, read_tx, &k));
    EXPECT_I64(k.findings, 0);
    return k;
}

TEST("an hour says the same before and after it is closed, and totals are the hours'")
{
    int64_t hour = t->c->now_ms / LEDGER_HOUR_MS;
    sell(t, 999);
    sell(t, -400);
    t->c->now_ms += LEDGER_HOUR_MS;
    sell(t, 100);
    for (int closed = 0; closed < 3; closed++) {
        EXPECT_I64(look(t, hour, hour + 1).came, 999);
        EXPECT_I64(look(t, hour, hour + 1).went, -400);
        EXPECT_I64(look(t, hour, hour + 2).came, 1099);
        EXPECT_I64(look(t, 0, 0).came, 1099);
        EXPECT_I64(look(t, 0, 0).entries, 3);
        seal_all(t);
        EXPECT_OK(ledger_close_job(t->c, S("")));
    }
}

TEST("what is committed after an hour was closed is added to it")
{
    int64_t hour = t->c->now_ms / LEDGER_HOUR_MS;
    sell(t, 10);
    t->c->now_ms += 5 * LEDGER_HOUR_MS;
    sell(t, 20);
    seal_all(t);
    EXPECT_OK(ledger_close_job(t->c, S("")));
    t->c->now_ms -= 5 * LEDGER_HOUR_MS;
    sell(t, 30); /* late */
    EXPECT_I64(look(t, hour, hour + 1).came, 40);
    seal_all(t);
    EXPECT_OK(ledger_close_job(t->c, S("")));
    EXPECT_I64(look(t, hour, hour + 1).came, 40);
}

static enum err sell_to_many(struct ctx *c, void *arg)
{
    for (int64_t i = 1; i <= 30; i++) {
        struct ledger_transaction t = sale(1, 5);
        for (size_t k = 0; k < t.n; k++)
            t.leg[k].owner = t.leg[k].account == LEDGER_CREDITS ? *(int64_t *)arg + i : 0;
        TRY(ledger_post(c, &t, NULL));
    }
    return E_OK;
}

TEST("more accounts in one hour than a transaction may change are closed in several")
{
    for (int64_t i = 0; i < 10; i++) {
        int64_t first = i * 100;
        EXPECT_OK(db_tx(t->c, "test", sell_to_many, &first));
        seal_all(t);
    }
    struct read before = look(t, 0, 0);
    EXPECT_OK(ledger_close_job(t->c, S("")));
    struct read after = look(t, 0, 0);
    EXPECT_I64(before.came, 300);
    EXPECT_I64(after.came, 300);
    EXPECT_I64(after.rows, 303);
}

struct spoiling {
    const char *sql;
    struct read read;
};

static enum err spoil_tx(struct ctx *c, void *arg)
{
    struct spoiling *k = arg;
    TRY(db_exec(c, DB_ANY_ROWS, k->sql, DB_NO_IN));
    TRY(read_tx(c, &k->read));
    return fail(c, NOT_FOUND, "undo this");
}

TEST("I1 verify finds a closed hour that is not what its entries add up to")
{
    static const char *const spoiled[] = {
        "UPDATE ledger_hour SET came = came + 1 WHERE account = 1",
        "UPDATE ledger_hour SET went = went - 1 WHERE account = 1",
        "UPDATE ledger_hour SET entries = entries + 1 WHERE account = 1",
        "DELETE FROM ledger_hour WHERE account = 1",
        "UPDATE setting SET value = '0' WHERE name = 'ledger.closed'",
    };
    sell(t, 999);
    seal_all(t);
    EXPECT_OK(ledger_close_job(t->c, S("")));
    for (size_t i = 0; i < ARRAY_LEN(spoiled); i++) {
        struct spoiling k = { .sql = spoiled[i] };
        EXPECT_FAIL(db_tx(t->c, "test", spoil_tx, &k), NOT_FOUND);
        EXPECT(k.read.findings > 0);
        EXPECT(str_has(buf_str(&k.read.out), S("GATEWAY 1 in USD")));
    }
    EXPECT_I64(look(t, 0, 0).came, 999);
}
