#include "base/test.h"
#include "db/engine.h"
#include "db/scratch.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* Money between accounts, from eight threads at once: on SQLite through the writer's thread and a
 * real file, on PostgreSQL through its connections. */

enum {
    CLIENTS = 8,
    ACCOUNTS = 10,
    EACH = 1000 /* money in each account at the beginning */
};

struct bank {
    struct ctx *c;
    int64_t transfers; /* of each client */
    _Atomic int64_t unbalanced, refused, failed;
    _Atomic bool over;
};

struct transfer {
    uint64_t seed;
    int64_t from, to, amount;
};

static int64_t draw(uint64_t *seed, uint64_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((*seed >> 33) % below);
}

static enum err transfer_tx(struct ctx *c, void *arg)
{
    const struct transfer *x = arg;
    int64_t locked = 0;
    bool found = false;
    /* Roots are locked in the order of n, so that two transfers never wait for each other. */
    int64_t low = x->from < x->to ? x->from : x->to, high = x->from + x->to - low;
    static const char lock[] = "SELECT n FROM account WHERE n = $1 FOR UPDATE";
    TRY(db_find(c, &found, lock, DB_IN(in_i64(low)), DB_OUT(out_i64(&locked))));
    TRY(db_find(c, &found, lock, DB_IN(in_i64(high)), DB_OUT(out_i64(&locked))));
    TRY(db_exec(c, 1,
        "UPDATE account SET minor = minor - $1, version = version + 1"
        " WHERE n = $2 AND minor >= $1",
        DB_IN(in_i64(x->amount), in_i64(x->from))));
    return db_exec(c, 1,
        "UPDATE account SET minor = minor + $1, version = version + 1 WHERE n = $2",
        DB_IN(in_i64(x->amount), in_i64(x->to)));
}

static void transfer(struct bank *b, struct ctx *c, struct transfer *x)
{
    x->from = 1 + draw(&x->seed, ACCOUNTS);
    x->to = 1 + (x->from + draw(&x->seed, ACCOUNTS - 1)) % ACCOUNTS;
    x->amount = 1 + draw(&x->seed, 700);
    enum err e = db_tx(c, "transfer", transfer_tx, x);
    if (e == E_CONFLICT || e == E_BUSY)
        b->refused++; /* not enough money, or a machine that had no time */
    else if (e != E_OK)
        b->failed++;
}

struct sums {
    int64_t minor, lowest, versions;
};

static enum err sum(struct ctx *c, void *arg)
{
    struct sums *s = arg;
    return db_one(c,
        "SELECT CAST(SUM(minor) AS BIGINT), MIN(minor), CAST(SUM(version) AS BIGINT) FROM account",
        DB_NO_IN, DB_OUT(out_i64(&s->minor), out_i64(&s->lowest), out_i64(&s->versions)));
}

struct client {
    struct bank *b;
    pthread_t thread;
    uint64_t seed;
};

static struct ctx place(struct bank *b, struct arena *arena)
{
    struct ctx c = ctx_sibling(b->c, arena);
    c.store = b->c->store;
    c.faults = NULL; /* belong to the test's own thread */
    return c;
}

static void *client_main(void *arg)
{
    struct client *me = arg;
    struct arena arena = { 0 };
    struct transfer x = { .seed = me->seed };
    for (int64_t i = 0; i < me->b->transfers; i++) {
        struct ctx c = place(me->b, &arena);
        transfer(me->b, &c, &x);
        arena_reset(&arena);
    }
    arena_free(&arena);
    return NULL;
}

static void *reader_main(void *arg)
{
    struct client *me = arg;
    struct arena arena = { 0 };
    while (!me->b->over) {
        struct ctx c = place(me->b, &arena);
        struct sums s = { 0 };
        if (db_read(&c, sum, &s) != E_OK)
            me->b->failed++;
        else if (s.minor != (int64_t)ACCOUNTS * EACH || s.lowest < 0)
            me->b->unbalanced++;
        arena_reset(&arena);
    }
    arena_free(&arena);
    return NULL;
}

static enum err open_accounts(struct ctx *c, void *arg)
{
    (void)arg;
    for (int64_t i = 1; i <= ACCOUNTS; i++)
        TRY(db_exec(c, 1, "INSERT INTO account (n, minor, version) VALUES ($1, $2, 0)",
            DB_IN(in_i64(i), in_i64(EACH))));
    return E_OK;
}

/* A copy made in the middle is one moment of the bank. */
static void copy_adds_up(struct bank *b, struct str path)
{
    struct arena arena = { 0 };
    struct buf out = BUF(&arena);
    struct ctx c = place(b, &arena), copy = ctx_sibling(&c, &arena);
    struct sums s = { 0 };
    unlink(str_c(&arena, path));
    bool good = store_backup(&c, path, &out) == E_OK &&
        sqlite_source_open(&copy, path, &copy.store) == E_OK;
    if (good) {
        good = db_read(&copy, sum, &s) == E_OK;
        store_close(copy.store);
    }
    if (!good)
        b->failed++;
    else if (s.minor != (int64_t)ACCOUNTS * EACH)
        b->unbalanced++;
    arena_free(&arena);
}

static void run_clients(struct bank *b, struct str copy)
{
    struct client client[CLIENTS + 2];
    for (size_t i = 0; i < ARRAY_LEN(client); i++) {
        client[i] = (struct client) { .b = b, .seed = i + 1 };
        must(pthread_create(&client[i].thread, NULL, i < CLIENTS ? client_main : reader_main,
                 &client[i]) == 0);
    }
    for (int i = 0; i < 3 && copy.n > 0; i++)
        copy_adds_up(b, copy);
    for (size_t i = 0; i < ARRAY_LEN(client); i++) {
        pthread_join(client[i].thread, NULL);
        if (i == CLIENTS - 1)
            b->over = true;
    }
}

TEST("R16 eight clients move money at random: it always adds up, for readers too")
{
    struct ctx c = ctx_sibling(t->c, t->c->arena);
    c.store = t->c->store;
    struct str url = S("");
    if (!store_is_pg(t->c->store)) {
        c.faults = NULL;
        url = scratch_file(t->c);
        scratch_open_with(&c, &(struct store_options) { .url = url });
    }
    scratch_tables(&c,
        "CREATE TABLE account (n BIGINT PRIMARY KEY, minor BIGINT NOT NULL CHECK (minor >= 0),"
        " version BIGINT NOT NULL);\n");
    EXPECT_OK(db_tx(&c, "open accounts", open_accounts, NULL));
    const char *more = getenv("BANK_TRANSFERS");
    struct bank b = { .c = &c, .transfers = 250 };
    if (more != NULL)
        EXPECT(str_to_i64(str_of_c(more), &b.transfers));
    run_clients(&b,
        url.n == 0 ? url : str_fmt(t->c->arena, "%.*s-ctl", SARG(str_from(url, S("sqlite:").n))));
    struct sums s = { 0 };
    enum err e = db_read(&c, sum, &s);
    if (url.n > 0) {
        /* Closed before anything is expected: its threads must not outlive the test. */
        store_close(c.store);
        scratch_file_remove(t->c, url);
    }
    EXPECT_OK(e);
    EXPECT_I64(b.unbalanced, 0);
    EXPECT_I64(b.failed, 0);
    EXPECT_I64(s.minor, (int64_t)ACCOUNTS * EACH);
    EXPECT_I64(s.versions, 2 * (CLIENTS * b.transfers - b.refused));
}

/* ---- look and act */

struct spend {
    int64_t account, amount, seen;
    bool found;
    int looks;
    struct arena arena;
    struct ctx c;
};

static enum err spend_look(struct ctx *c, void *arg)
{
    struct spend *x = arg;
    x->looks++;
    return db_ask(c, &x->found, "SELECT minor FROM account WHERE n = $1 FOR UPDATE",
        DB_IN(in_i64(x->account)), DB_OUT(out_i64(&x->seen)));
}

static enum err spend_act(struct ctx *c, void *arg)
{
    const struct spend *x = arg;
    if (!x->found || x->seen < x->amount)
        return fail(c, CONFLICT, "not enough money");
    return db_exec(c, 1, "UPDATE account SET minor = minor - $1, version = 1 WHERE n = $2",
        DB_IN(in_i64(x->amount), in_i64(x->account)));
}

static void spend_together(struct ctx *c, struct spend *x, struct tx *tx, size_t n)
{
    struct tx *members[8];
    must(n <= ARRAY_LEN(members));
    for (size_t i = 0; i < n; i++) {
        x[i].c = ctx_sibling(c, &x[i].arena);
        x[i].c.store = c->store;
        tx[i] = (struct tx) {
            .name = "spend",
            .look = spend_look,
            .act = spend_act,
            .arg = &x[i],
            .c = &x[i].c,
            .root = (uint64_t)x[i].account,
        };
        members[i] = &tx[i];
    }
    store_batch(c->store, members, n);
}

TEST("members that look and act share a commit, and one that fails harms none of the others")
{
    struct tx tx[4];
    struct sums s = { 0 };
    scratch_tables(t->c,
        "CREATE TABLE account (n BIGINT PRIMARY KEY, minor BIGINT NOT NULL CHECK (minor >= 0),"
        " version BIGINT NOT NULL);\n");
    EXPECT_OK(db_tx(t->c, "open accounts", open_accounts, NULL));
    struct spend x[] = { { .account = 3, .amount = 100 }, { .account = 1, .amount = 10 },
        { .account = 2, .amount = 1 } };
    spend_together(t->c, x, tx, 3);
    for (size_t i = 0; i < 3; i++) {
        EXPECT(tx[i].result == E_OK && x[i].looks == 1);
        EXPECT_I64(tx[i].commit_no, tx[0].commit_no);
    }
    struct spend y[] = { { .account = 3, .amount = 900 }, { .account = 1, .amount = 991 },
        { .account = 2, .amount = 1 }, { .account = 99, .amount = 1 } };
    spend_together(t->c, y, tx, 4);
    EXPECT(tx[0].result == E_OK && tx[2].result == E_OK);
    EXPECT(tx[1].result == E_CONFLICT && tx[3].result == E_CONFLICT);
    EXPECT_OK(db_read(t->c, sum, &s));
    EXPECT_I64(s.minor, (int64_t)ACCOUNTS * EACH - 111 - 901);
    EXPECT_I64(s.lowest, 0);
    for (size_t i = 0; i < 4; i++)
        arena_free(&y[i].arena);
    for (size_t i = 0; i < 3; i++)
        arena_free(&x[i].arena);
}
