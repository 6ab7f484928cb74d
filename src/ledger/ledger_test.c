#include "ledger/ledger.h"

#include "base/test.h"
#include "db/db.h"

static struct money usd(int64_t minor)
{
    return (struct money) { minor, CUR_USD };
}

/* A pack of credits for 9.99, tax included; the fact's kind is any. */
static struct ledger_transaction sale(void)
{
    struct ledger_transaction t = { .fact = { .kind = S("KEY_CREATED"), .subject = S("ord_1") } };
    ledger_money(&t, LEDGER_GATEWAY, 1, usd(999));
    ledger_money(&t, LEDGER_SALES, 0, usd(-840));
    ledger_money(&t, LEDGER_TAX, 0, usd(-159));
    ledger_money(&t, LEDGER_SELLER, 7, usd(0)); /* left out */
    ledger_credits(&t, LEDGER_CREDITS, 7, 100);
    ledger_credits(&t, LEDGER_CREDITS_OUT, 0, -100);
    return t;
}

static enum err post_three(struct ctx *c, void *arg)
{
    struct ledger_transaction t = sale();
    for (int i = 0; i < 3; i++)
        TRY(ledger_post(c, &t, arg));
    return E_OK;
}

struct asked {
    enum ledger_account account;
    int64_t owner;
    enum currency cur;
    int64_t sum;
};

static enum err balance_tx(struct ctx *c, void *arg)
{
    struct asked *a = arg;
    return ledger_balance(c, a->account, a->owner, a->cur, &a->sum);
}

static int64_t balance(
    struct test *t, enum ledger_account account, int64_t owner, enum currency cur)
{
    struct asked a = { account, owner, cur, -1 };
    EXPECT_OK(db_read(t->c, balance_tx, &a));
    return a.sum;
}

TEST("R7 a transaction is posted whole, and balances are the sums of entries")
{
    int64_t n = 0;
    EXPECT_OK(db_tx(t->c, "test", post_three, &n));
    EXPECT_I64(n, 3);
    EXPECT_I64(balance(t, LEDGER_GATEWAY, 1, CUR_USD), 2997);
    EXPECT_I64(balance(t, LEDGER_GATEWAY, 2, CUR_USD), 0);
    EXPECT_I64(balance(t, LEDGER_GATEWAY, 1, CUR_EUR), 0);
    EXPECT_I64(balance(t, LEDGER_SALES, 0, CUR_USD), -2520);
    EXPECT_I64(balance(t, LEDGER_TAX, 0, CUR_USD), -477);
    EXPECT_I64(balance(t, LEDGER_CREDITS, 7, CUR_NONE), 300);
    EXPECT_I64(balance(t, LEDGER_SELLER, 7, CUR_USD), 0);
}

static enum err post_of_all_sizes(struct ctx *c, void *arg)
{
    (void)arg;
    for (size_t n = 2; n <= LEDGER_LEGS; n++) {
        struct ledger_transaction t = { .fact = { .kind = S("KEY_CREATED"), .subject = S("x") } };
        for (size_t i = 1; i < n; i++)
            ledger_money(&t, LEDGER_SELLER, (int64_t)i, usd(10));
        ledger_money(&t, LEDGER_SALES, 0, usd(-10 * (int64_t)(n - 1)));
        TRY(ledger_post(c, &t, NULL));
    }
    struct ledger_transaction nothing = { .fact = { .kind = S("KEY_CREATED"), .subject = S("x") } };
    ledger_money(&nothing, LEDGER_SALES, 0, usd(0));
    return ledger_post(c, &nothing, NULL);
}

struct verified {
    struct buf out;
    int64_t checked;
    enum err result;
};

static enum err verify_tx(struct ctx *c, void *arg)
{
    struct verified *v = arg;
    v->out = BUF(c->arena);
    v->result = ledger_verify(c, &v->out, &v->checked);
    return E_OK;
}

TEST("I1 transactions of every size from two to eight legs, and of none, sum to zero")
{
    struct verified v = { .checked = 0 };
    EXPECT_OK(db_tx(t->c, "test", post_of_all_sizes, NULL));
    EXPECT_OK(db_read(t->c, verify_tx, &v));
    EXPECT_OK(v.result);
    EXPECT_I64(v.checked, 2 + 3 + 4 + 5 + 6 + 7 + 8);
    EXPECT_I64(balance(t, LEDGER_SALES, 0, CUR_USD), -10 * (1 + 2 + 3 + 4 + 5 + 6 + 7));
}

static enum err post_many(struct ctx *c, void *arg)
{
    struct ledger_transaction t = sale();
    for (int64_t i = 0; i < *(int64_t *)arg; i++)
        TRY(ledger_post(c, &t, NULL));
    return E_OK;
}

TEST("I1 a ledger longer than one chunk is checked to its end")
{
    struct verified v = { .checked = 0 };
    int64_t n = 100;
    for (int i = 0; i < 11; i++)
        EXPECT_OK(db_tx(t->c, "test", post_many, &n));
    EXPECT_OK(db_read(t->c, verify_tx, &v));
    EXPECT_OK(v.result);
    EXPECT_I64(v.checked, 5500);
}

static enum err change(struct ctx *c, void *arg)
{
    return db_exec(c, DB_ANY_ROWS, arg, DB_NO_IN);
}

TEST("R7 entries cannot be changed, deleted, doubled or zero")
{
    int64_t n = 0;
    EXPECT_OK(db_tx(t->c, "test", post_three, &n));
    const char *const refused[] = {
        "UPDATE ledger_entry SET amount = amount + 1 WHERE account = 1",
        "UPDATE ledger_entry SET owner = 9",
        "DELETE FROM ledger_entry",
        "INSERT INTO ledger_entry (n, account, owner, unit, amount, at_ms)"
        " SELECT n, account, owner, unit, amount, at_ms FROM ledger_entry",
        "INSERT INTO ledger_entry (n, account, owner, unit, amount, at_ms)"
        " VALUES (800, 1, 1, 'USD', 0, 1)",
    };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        EXPECT_FAIL(db_tx(t->c, "test", change, (void *)(uintptr_t)refused[i]), CONFLICT);
}

static enum err unbalanced(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(c, 2,
        "INSERT INTO ledger_entry (n, account, owner, unit, amount, at_ms)"
        " VALUES (800, 1, 1, 'USD', 5, 1), (801, 2, 0, 'EUR', -5, 1)",
        DB_NO_IN);
}

TEST("R7 PostgreSQL itself refuses a transaction that does not sum to zero in each unit")
{
    if (db_is_pg(t->c))
        EXPECT_FAIL(db_tx(t->c, "test", unbalanced, NULL), CONFLICT);
    else
        EXPECT_OK(db_tx(t->c, "test", unbalanced, NULL)); /* there, must() and verify stand alone */
}

/* ---- what an intruder with the database could do, and what verify has to say about it */

struct tampering {
    const char *sql, *finding;
};

static const struct tampering tamperings[] = {
    { "UPDATE ledger_entry SET amount = amount + 1 WHERE n = 16",
        "entries of fact 2: they are not those that it sealed\n"
        "entries of fact 2: USD sums to 1, not to 0\nUSD sums to 1, not to 0\n" },
    { "UPDATE ledger_entry SET account = 4 WHERE n = 17",
        "entries of fact 2: they are not those that it sealed\n" },
    { "UPDATE ledger_entry SET owner = 8 WHERE n = 19",
        "entries of fact 2: they are not those that it sealed\n" },
    { "UPDATE ledger_entry SET at_ms = at_ms + 1 WHERE n = 16",
        "entries of fact 2: they are not those that it sealed\n" },
    { "UPDATE ledger_entry SET unit = 'EUR' WHERE n IN (16, 17, 18)",
        "entries of fact 2: they are not those that it sealed\n" },
    { "UPDATE ledger_entry SET unit = 'GOLD' WHERE n = 16",
        "entry 16 has the unit GOLD\nentries of fact 2: they are not those that it sealed\n"
        "entries of fact 2: USD sums to -999, not to 0\nUSD sums to -999, not to 0\n" },
    { "UPDATE ledger_entry SET amount = 5000000000000000000 WHERE account = 1",
        "entries of fact 1: they are not those that it sealed\n"
        "entries of fact 1: USD sums to 4999999999999999001, not to 0\n"
        "entries of fact 2: they are not those that it sealed\n"
        "entries of fact 2: USD sums to 4999999999999999001, not to 0\n"
        "entries of fact 3: they are not those that it sealed\n"
        "entries of fact 3: USD sums to 4999999999999999001, not to 0\n"
        "too large to add up\nUSD sums to -3446744073709554613, not to 0\n" },
    { "DELETE FROM ledger_entry WHERE n = 20",
        "entries of fact 2: they are not those that it sealed\n"
        "entries of fact 2: CREDIT sums to 100, not to 0\nCREDIT sums to 100, not to 0\n" },
    { "DELETE FROM ledger_entry WHERE n BETWEEN 16 AND 20",
        "entries of fact 2: all are missing\n" },
    { "DELETE FROM ledger_entry WHERE n BETWEEN 24 AND 28",
        "entries of fact 3: all are missing\n" },
    { "INSERT INTO ledger_entry (n, account, owner, unit, amount, at_ms)"
      " VALUES (21, 1, 1, 'USD', 7, 1), (22, 2, 0, 'USD', -7, 1)",
        "entries of fact 2: they are not those that it sealed\n" },
    { "INSERT INTO ledger_entry (n, account, owner, unit, amount, at_ms)"
      " VALUES (32, 1, 1, 'USD', 7, 1), (33, 2, 0, 'USD', -7, 1)",
        "entry 32 was posted by no fact\nentry 33 was posted by no fact\n" },
    { "INSERT INTO ledger_entry (n, account, owner, unit, amount, at_ms)"
      " VALUES (-1, 1, 1, 'USD', 7, 1), (-2, 2, 0, 'USD', -7, 1)",
        "entry -2 was posted by no fact\nentry -1 was posted by no fact\n" },
};

struct tamper_run {
    const struct tampering *how;
    struct verified v;
};

static enum err tamper_tx(struct ctx *c, void *arg)
{
    struct tamper_run *run = arg;
    if (db_is_pg(c)) {
        TRY(db_exec(c, DB_ANY_ROWS, "ALTER TABLE ledger_entry DISABLE TRIGGER USER", DB_NO_IN));
    } else {
        TRY(db_exec(c, DB_ANY_ROWS, "DROP TRIGGER ledger_entry_keep", DB_NO_IN));
        TRY(db_exec(c, DB_ANY_ROWS, "DROP TRIGGER ledger_entry_fixed", DB_NO_IN));
    }
    TRY(db_exec(c, DB_ANY_ROWS, run->how->sql, DB_NO_IN));
    TRY(verify_tx(c, &run->v));
    return fail(c, NOT_FOUND, "undo this");
}

TEST("R75 every altered, missing or added ledger entry is found and named")
{
    int64_t n = 0;
    EXPECT_OK(db_tx(t->c, "test", post_three, &n));
    for (size_t i = 0; i < ARRAY_LEN(tamperings); i++) {
        struct tamper_run run = { .how = &tamperings[i] };
        EXPECT_FAIL(db_tx(t->c, "test", tamper_tx, &run), NOT_FOUND);
        EXPECT_STR(buf_str(&run.v.out), str_of_c(run.how->finding));
        EXPECT_I64(run.v.result, E_CONFLICT);
    }
}
