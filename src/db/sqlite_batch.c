#include "db/sqlite.h"

#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/metric.h"

/* The writer (engine.md 6).  What waits is the batch: one BEGIN IMMEDIATE, one COMMIT, one fsync
 * for all; a savepoint for each member, so that one that fails does not hurt the others; nobody is
 * answered before the COMMIT, the refused neither.
 *
 * A member can leave the transaction in three ways that a savepoint does not mend: SQLite may have
 * thrown all of it away (seen by autocommit being on again), the member may have left a foreign key
 * open until COMMIT (seen by its counter), or the process is dead (simulated). */

static int on_commit(void *arg, sqlite3 *h, const char *name, int frames)
{
    struct sqlite_store *s = arg;
    s->wal_frames = frames;
    return h != NULL && name != NULL ? SQLITE_OK : SQLITE_ERROR;
}

enum err sqlite_batch_open(struct ctx *c, struct sqlite_store *s)
{
    const struct {
        const char *sql;
        struct db_stmt **st;
    } words[] = {
        { "BEGIN IMMEDIATE", &s->begin },
        { "COMMIT", &s->commit },
        { "ROLLBACK", &s->rollback },
        { "SAVEPOINT member", &s->savepoint },
        { "RELEASE member", &s->release },
        { "ROLLBACK TO member", &s->back },
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        TRY(sqlite_prepare(c, &s->w, words[i].sql, words[i].st));
    s->checkpoint_at = CHECKPOINT_FRAMES;
    sqlite3_wal_hook(s->w.h, on_commit, s);
    return E_OK;
}

/* R86: what is on the disk is unknown.  Nothing goes on with this connection. */
static void end(struct sqlite_store *s, const char *what)
{
    struct str why = str_fmt(&s->s.arena, "%s: %s", what, sqlite3_errmsg(s->w.h));
    atomic_store(&s->s.broken, true);
    s->s.fatal(&s->s, why.p);
}

/* ---- checkpoints */

/* F9: somebody put another file in this place, or took ours away.  What is written now would go
 * where nobody looks. */
static void check_place(struct sqlite_store *s)
{
    int moved = 0;
    sqlite3_file_control(s->w.h, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    if (!moved || atomic_exchange(&s->s.broken, true))
        return;
    store_concern(&s->s, "database file moved", str_of_c(s->path));
}

void sqlite_checkpoint(struct sqlite_store *s, int mode)
{
    int left = 0, done = 0;
    int64_t start_us = clock_mono_us();
    check_place(s);
    sqlite_readers_rest(s);
    /* The checkpoint waits for readers that still need the log, but the writer may not wait long:
     * past its patience SQLite copies what it can without them and says BUSY. */
    sqlite3_busy_timeout(s->w.h, CHECKPOINT_PATIENCE_MS);
    int rc = sqlite3_wal_checkpoint_v2(s->w.h, "main", mode, &left, &done);
    sqlite3_busy_timeout(s->w.h, PATIENCE_MS);
    sqlite_readers_wake(s);
    metric_observe_us(&s->s.c, METRIC_store_checkpoint_seconds, clock_mono_us() - start_us);
    metric_set(&s->s.c, METRIC_store_wal_bytes, (int64_t)left * 4096);
    if (rc == SQLITE_OK)
        s->wal_frames = 0;
    s->checkpoint_at = s->wal_frames + CHECKPOINT_FRAMES;
    /* After a failed sync the kernel may forget what it could not write, and a second try would
     * "succeed": only a new process, which reads the log again, may go on. */
    if (rc != SQLITE_OK && rc != SQLITE_BUSY)
        end(s, "checkpoint");
}

static void checkpoint_when_due(struct sqlite_store *s)
{
    if (s->wal_frames < s->checkpoint_at || s->memory)
        return;
    bool cut = s->wal_frames >= TRUNCATE_FRAMES;
    sqlite_checkpoint(s, cut ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_RESTART);
    bool large = s->wal_frames >= CONCERN_FRAMES;
    if (large && !s->wal_concern)
        store_concern(&s->s, "write-ahead log over 1 GiB",
            S("a reader has been holding an old snapshot for too long"));
    s->wal_concern = large;
}

/* ---- one transaction */

struct batch {
    struct sqlite_store *s;
    struct tx **member;
    size_t n;
    uint64_t memo[DB_MEMO / 8];
};

static bool thrown_away(struct batch *b)
{
    return sqlite3_get_autocommit(b->s->w.h) != 0;
}

/* What COMMIT would stumble over, and end the process (R86), is found while it can be undone. */
static bool keys_open(struct sqlite_store *s)
{
    int open = 0, unused = 0;
    sqlite3_db_status(s->w.h, SQLITE_DBSTATUS_DEFERRED_FKS, &open, &unused, 0);
    return open != 0;
}

static void put_back_memo(struct sqlite_store *s, const uint64_t *memo)
{
    memcpy(s->memo, memo, DB_MEMO);
}

static void undo_all(struct batch *b)
{
    if (!thrown_away(b))
        sqlite_run(b->s->rollback);
    put_back_memo(b->s, b->memo);
}

static void answer_all(struct batch *b, enum code code, const char *why)
{
    for (size_t i = 0; i < b->n; i++) {
        struct ctx *c = b->member[i]->c;
        err_clear(c);
        b->member[i]->result = fail_at(c, code, false, __FILE__, __LINE__, "%s", why);
    }
}

static void die_all(struct batch *b)
{
    b->s->s.c.dead = true;
    for (size_t i = 0; i < b->n; i++) {
        b->member[i]->c->dead = true;
        b->member[i]->result = E_DEAD;
    }
}

static enum err run_member(struct batch *b, struct tx *tx)
{
    struct sqlite_store *s = b->s;
    uint64_t memo[DB_MEMO / 8];
    memcpy(memo, s->memo, DB_MEMO);
    tx->tries_++;
    if (sqlite_run(s->savepoint) != SQLITE_OK)
        return sqlite_failed(tx->c, s->w.h, "SAVEPOINT");
    enum err e = tx_look(&s->w.db, tx);
    if (e == E_OK)
        e = tx_act(&s->w.db, tx);
    if (thrown_away(b))
        return e != E_OK ? e : fail(tx->c, INTERNAL, "%s ended the transaction", tx->name);
    if (e == E_OK && keys_open(s))
        e = fail(tx->c, INTERNAL, "%s left a foreign key open", tx->name);
    bool undone = e == E_OK || sqlite_run(s->back) == SQLITE_OK;
    if (e != E_OK && !MUTANT(11))
        put_back_memo(s, memo);
    /* What cannot be undone alone must not be released with the others: all goes. */
    if (!undone || sqlite_run(s->release) != SQLITE_OK) {
        e = e != E_OK ? e : sqlite_failed(tx->c, s->w.h, "RELEASE");
        sqlite_run(s->rollback);
    }
    return e;
}

enum fate {
    COMMITTED,
    UNDONE, /* all members have their answers */
    ALONE   /* all members are to be run again, each alone */
};

/* SQLite counts what this connection wrote since it was opened, also what was undone. */
static void count_rows(struct sqlite_store *s)
{
    int64_t rows = sqlite3_total_changes64(s->w.h);
    metric_add(&s->s.c, METRIC_store_rows_total, rows - s->rows);
    s->rows = rows;
}

static enum fate commit(struct batch *b)
{
    struct sqlite_store *s = b->s;
    if (crash_point(&s->s.c, "commit.before")) {
        undo_all(b);
        die_all(b);
        return UNDONE;
    }
    if (fault(&s->s.c, "db.commit")) {
        undo_all(b);
        answer_all(b, CODE_BUSY, "the COMMIT was refused, on purpose");
        return UNDONE;
    }
    int64_t start_us = clock_mono_us();
    int rc = sqlite_run(s->commit);
    if (rc == SQLITE_OK && crash_point(&s->s.c, "commit.after")) {
        die_all(b);
        return UNDONE;
    }
    if (rc == SQLITE_OK) {
        store_committed(&s->s, b->member, b->n);
        metric_observe_us(&s->s.c, METRIC_store_batch_members, (int64_t)b->n);
        metric_observe_us(&s->s.c, METRIC_store_commit_seconds, clock_mono_us() - start_us);
        count_rows(s);
        return COMMITTED;
    }
    if ((rc & 0xff) == SQLITE_BUSY) {
        undo_all(b);
        answer_all(b, CODE_BUSY, "another process holds the database");
        return UNDONE;
    }
    end(s, "COMMIT");
    answer_all(b, CODE_INTERNAL, "the outcome of the COMMIT is unknown");
    return UNDONE;
}

static enum err run_or_refuse(struct batch *b, struct tx *tx)
{
    if (crash_point(&b->s->s.c, "member.before"))
        return E_DEAD;
    if (tx_refused(&b->s->s, tx))
        return tx->result;
    enum err e = run_member(b, tx);
    return crash_point(&b->s->s.c, "member.after") ? E_DEAD : e;
}

static enum fate run_members(struct batch *b)
{
    struct sqlite_store *s = b->s;
    int64_t start_us = clock_mono_us();
    size_t all = b->n;
    for (b->n = 0; b->n < all;) {
        struct tx *tx = b->member[b->n++];
        tx->result = run_or_refuse(b, tx);
        if (tx->result == E_DEAD) {
            undo_all(b);
            die_all(b);
            return UNDONE;
        }
        if (thrown_away(b)) {
            put_back_memo(s, b->memo);
            return ALONE;
        }
        /* In the simulator a batch may not depend on how fast this machine is. */
        if (!s->s.options.inline_pump && clock_mono_us() - start_us > BATCH_US)
            break;
    }
    return commit(b);
}

/* One transaction.  Leaves in b the members that it was about: all, or as many as fitted into
 * BATCH_US. */
static enum fate run_together(struct batch *b)
{
    struct sqlite_store *s = b->s;
    memcpy(b->memo, s->memo, DB_MEMO);
    if (s->s.c.dead) {
        die_all(b);
        return UNDONE;
    }
    if (atomic_load(&s->s.broken)) {
        answer_all(b, CODE_INTERNAL, "the store has stopped writing");
        return UNDONE;
    }
    if (fault(&s->s.c, "db.begin")) {
        answer_all(b, CODE_BUSY, "no transaction, on purpose");
        return UNDONE;
    }
    int rc = sqlite_run(s->begin);
    if (rc != SQLITE_OK) {
        answer_all(b, CODE_BUSY, sqlite3_errmsg(s->w.h));
        if ((rc & 0xff) != SQLITE_BUSY)
            store_concern(&s->s, "database damaged", str_of_c(sqlite3_errmsg(s->w.h)));
        return UNDONE;
    }
    return run_members(b);
}

/* A transaction of its own, again while the body asks for it.  When SQLite throws that away too,
 * the member was at fault, and has its answer. */
static void run_alone(struct sqlite_store *s, struct tx *tx)
{
    do {
        struct batch b = { .s = s, .member = &tx, .n = 1 };
        if (run_together(&b) != COMMITTED)
            return;
    } while (tx->result == E_BUSY && tx->tries_ < TX_TRIES);
}

static bool asks_again(const struct tx *tx)
{
    return tx->result == E_BUSY && tx->tries_ > 0 && tx->tries_ < TX_TRIES;
}

static void run_batch(struct batch *b)
{
    enum fate fate = run_together(b);
    for (size_t i = 0; fate != UNDONE && i < b->n; i++)
        if (fate == ALONE || asks_again(b->member[i]))
            run_alone(b->s, b->member[i]);
}

static void answer(struct sqlite_store *s, struct tx *tx)
{
    if (crash_point(&s->s.c, "answer.before")) {
        tx->c->dead = true;
        tx->result = E_DEAD;
    }
    tx_end(&s->s, tx);
}

void sqlite_batch(struct store *store, struct tx **members, size_t n)
{
    struct sqlite_store *s = (struct sqlite_store *)store;
    for (size_t at = 0; at < n;) {
        size_t most = n - at < BATCH_MEMBERS ? n - at : BATCH_MEMBERS;
        struct batch b = { .s = s, .member = members + at, .n = most };
        pthread_mutex_lock(&s->writing);
        run_batch(&b);
        pthread_mutex_unlock(&s->writing);
        at += b.n;
        for (size_t i = 0; i < b.n; i++)
            answer(s, b.member[i]);
    }
    checkpoint_when_due(s);
    sqlite_sweep_when_asked(s);
}

void *sqlite_writer(void *store)
{
    struct sqlite_store *s = store;
    struct tx *taken[BATCH_MEMBERS];
    size_t n;
    pthread_setname_np(pthread_self(), "writer");
    while ((n = queue_take(&s->s.queue, taken, BATCH_MEMBERS, false)) > 0)
        sqlite_batch(&s->s, taken, n);
    return NULL;
}
