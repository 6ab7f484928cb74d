#ifndef DB_DB_H
#define DB_DB_H

#include "base/id.h"
#include "base/money.h"

/* The store: one SQL text, two engines.
 *
 * Work reads inside db_read (one snapshot) and writes inside a transaction: a function
 * `x_tx(ctx, arg)` that may be run more than once, on both engines.  Therefore its results go only
 * through arg, assigned last; ids that must survive a second run are drawn before; nothing in
 * memory changes before the commit is known.  No network inside.  At most 100 rows.
 *
 * Inside, c->db is set and the verbs below work; outside it is NULL and they are a broken
 * assumption.  After any failure the transaction is lost (on PostgreSQL it is dead): return.
 * A question ("is it there already?") is asked with ON CONFLICT DO NOTHING … RETURNING and
 * db_find, or a SELECT, never by catching an error.
 *
 * SQL is a string literal (statements are cached by its address), parameters are $1 … $n, written
 * in the subset of engine.md 7. */

/* ---- values in */
struct db_in {
    enum {
        DB_IN_NULL,
        DB_IN_I64,
        DB_IN_TEXT,
        DB_IN_BYTES
    } kind;
    int64_t i64;
    struct str str;
    unsigned char id[16]; /* in_id points str here; see db_in_str */
};
struct db_ins {
    const struct db_in *v;
    size_t n;
};
#define DB_IN(...)                                                                                 \
    ((struct db_ins) { (const struct db_in[]) { __VA_ARGS__ },                                     \
        sizeof((const struct db_in[]) { __VA_ARGS__ }) / sizeof(struct db_in) })
#define DB_NO_IN ((struct db_ins) { NULL, 0 })
struct db_in in_null(void);
struct db_in in_i64(int64_t v);
struct db_in in_bool(bool v);              /* 0 or 1 */
struct db_in in_str(struct str s);         /* TEXT: valid UTF-8 without NUL, must() */
struct db_in in_str_or_null(struct str s); /* empty is NULL */
struct db_in in_bytes(struct str s);       /* BYTEA */
struct db_in in_id(struct id id);          /* BYTEA, 16 bytes */
/* Money is always two columns, x_minor and x_currency. */
#define in_money(m) in_i64((m).minor), in_str(currency_code((m).cur))
/* What a TEXT or BYTES value points at (an id keeps its own bytes). */
struct str db_in_str(const struct db_in *in);

/* ---- values out: text and bytes are copied into the arena.  NULL in a column is STORE_CORRUPT
 * unless the _null form is used, which then leaves its target as it is. */
struct db_out {
    enum {
        DB_OUT_I64,
        DB_OUT_ENUM,
        DB_OUT_BOOL,
        DB_OUT_TEXT,
        DB_OUT_BYTES,
        DB_OUT_ID,
        DB_OUT_CURRENCY
    } kind;
    bool nullable;
    void *target;
};
struct db_outs {
    const struct db_out *v;
    size_t n;
};
#define DB_OUT(...)                                                                                \
    ((struct db_outs) { (const struct db_out[]) { __VA_ARGS__ },                                   \
        sizeof((const struct db_out[]) { __VA_ARGS__ }) / sizeof(struct db_out) })
struct db_out out_i64(int64_t *p);
struct db_out out_i64_null(int64_t *p);
struct db_out out_bool(bool *p);
struct db_out out_str(struct str *p);
struct db_out out_str_null(struct str *p);
struct db_out out_bytes(struct str *p);
struct db_out out_bytes_null(struct str *p);
struct db_out out_id(struct id *p);
struct db_out out_id_null(struct id *p);
struct db_out out_currency(enum currency *p);
struct db_out out_currency_null(enum currency *p);
/* An enum whose numbers are stored; the caller checks the range of what a CHECK does not. */
#define out_enum(p) out_enum_(1 ? (void *)(p) : (void *)&(char[sizeof *(p) == 4 ? 1 : -1]) { 0 })
struct db_out out_enum_(void *p);
#define out_money(m) out_i64(&(m)->minor), out_currency(&(m)->cur)

/* ---- verbs */

/* Exactly one row, else NOT_FOUND (none) or STORE_CORRUPT (more).  Waits. */
enum err db_one(struct ctx *c, const char *sql, struct db_ins in, struct db_outs out);
/* One row or none. */
enum err db_find(
    struct ctx *c, bool *ret_found, const char *sql, struct db_ins in, struct db_outs out);
/* Row by row: the outputs are filled, then each(c, arg) is called.  Every SELECT of more than one
 * row has a total ORDER BY.  Statements may be run inside each(). */
enum err db_each(struct ctx *c, const char *sql, struct db_ins in, struct db_outs out,
    enum err (*each)(struct ctx *c, void *arg), void *arg);
/* A write that must change exactly `rows` rows, else E_CONFLICT and all is undone.  On PostgreSQL
 * it is posted: it returns at once, and the next wait or the COMMIT checks it. */
enum {
    DB_ANY_ROWS = -1
};
enum err db_exec(struct ctx *c, int64_t rows, const char *sql, struct db_ins in);
/* A read posted without waiting (PostgreSQL; on SQLite it reads now): its outputs and *ret_found
 * are filled when db_wait returns.  For look functions. */
enum err db_ask(
    struct ctx *c, bool *ret_found, const char *sql, struct db_ins in, struct db_outs out);
enum err db_wait(struct ctx *c);
/* From here to the end of the transaction nobody else is past the same name: for "is there one
 * already?" about what has no row yet that FOR UPDATE could lock.  At most one in a transaction,
 * before any row is locked. */
enum err db_alone(struct ctx *c, struct str name);

/* Where the engines' SQL differs (SKIP LOCKED and little else); a lint counts the uses. */
#define DB_SQL(c, for_sqlite, for_pg) (db_is_pg(c) ? "" for_pg "" : "" for_sqlite "")
bool db_is_pg(const struct ctx *c);

/* 64 bytes that live with the SQLite writer, zeroed when it starts, put back when the member or
 * batch that changed them is undone.  NULL on PostgreSQL. */
void *db_memo(struct ctx *c);
enum {
    DB_MEMO = 64
};

/* This transaction changes what people may be waiting for: "order:ord_…".  After COMMIT those who
 * wait for the topic are woken; it travels as str_hash of its name. */
void db_touch(struct ctx *c, struct str topic);

/* ---- transactions */

struct tx {
    const char *name; /* for the log of slow ones */
    /* look only reads (db_ask), act decides and posts.  NULL look: act does both.  On PostgreSQL
     * several look/act members with different roots share one transaction. */
    enum err (*look)(struct ctx *c, void *arg);
    enum err (*act)(struct ctx *c, void *arg);
    void *arg;
    struct ctx *c;
    uint64_t root; /* of look/act members: members of one root never share a batch */
    bool job;      /* the second lane: at most a quarter of a batch */
    /* Called once, after COMMIT or failure, on a thread of the store: hands over, nothing more.
     * result: E_OK committed; E_BUSY it waited too long or could not be run, nothing happened;
     * else what the body said, undone.  c->err tells more. */
    void (*done)(struct tx *tx);
    void *owner; /* for done */

    enum err result;
    int64_t commit_no; /* of the commit it was in */

    /* the store's own */
    struct tx *next_;
    int64_t posted_us_;
    int tries_;
    uint64_t *topic_; /* in the arena of c */
    size_t topics_;
};

/* Hands tx to the store; it must stay alive until done. */
void store_post(struct ctx *c, struct tx *tx);
/* Runs one transaction and waits for its commit: for jobs, commands, callers and tests.  Never on
 * a loop, a reader or the writer. */
enum err db_tx(
    struct ctx *c, const char *name, enum err (*body)(struct ctx *c, void *arg), void *arg);
enum err db_tx_job(struct ctx *c, const char *name, enum err (*body)(struct ctx *c, void *arg),
    void *arg); /* in the second lane */
/* A transaction in the second lane that nobody waits for, with a context and memory of its own:
 * what a reader would like to have written.  Whatever becomes of it: what must happen is a job. */
void db_later(struct ctx *c, const char *name, enum err (*body)(struct ctx *c, struct str about),
    struct str about);
/* One snapshot for all reads in body.  Not nested. */
enum err db_read(struct ctx *c, enum err (*body)(struct ctx *c, void *arg), void *arg);
/* The same with 10 s instead of 1 s for each statement: reports, export. */
enum err db_read_long(struct ctx *c, enum err (*body)(struct ctx *c, void *arg), void *arg);
/* The same with ten minutes: what reads whole tables, however large they became.  Commands and
 * jobs only: verify. */
enum err db_read_whole(struct ctx *c, enum err (*body)(struct ctx *c, void *arg), void *arg);

/* ---- the store itself */

struct store_options {
    struct str url;   /* sqlite:FILE, sqlite::memory:, postgres://… */
    int readers;      /* SQLite: reading connections (default 4) */
    int pool;         /* PostgreSQL: connections (default 16) */
    const char *vfs;  /* SQLite: another VFS, for power-loss tests; NULL: the usual one */
    bool inline_pump; /* no threads: db_tx runs store_batch on the spot (simulator, tests) */
    /* With inline_pump: what is posted is handed over here instead of being run at once.  The
     * simulator runs it with store_batch, beside whatever else waits: now, when somebody waits for
     * it (db_tx), else when it likes. */
    void (*posted)(void *self, struct tx *tx, bool waited_for);
    bool quiet_schema;  /* open although the schema is older than this program (migrate, restore) */
    const char *schema; /* another one's scripts than "schema/", embedded likewise (the sandbox) */
    int64_t reserve;    /* SQLite: bytes of the disk that are kept for what cannot wait outside */
    bool unsynced;      /* SQLite: a commit outlives this process, not a power cut (the sandbox) */
    /* SQLite in memory: begins with all that this one holds, which is in memory too and does
     * nothing meanwhile; what a migration takes a hundred times as long to make.  NULL: empty. */
    struct store *like;
    /* After each commit, on the store's thread: number and topics touched. */
    void (*committed)(void *self, int64_t commit_no, const uint64_t *topics, size_t n);
    /* Something a person should see: slow bodies, WAL too large, file moved, damage.  On a thread
     * of the store, which waits: hand over, nothing more. */
    void (*concern)(void *self, const char *what, struct str about);
    void *self;
};
/* Opens, checks and reads back everything that engine.md 6 and 7 name; INVALID_REQUEST or INTERNAL
 * with one precise line when anything is in doubt; CONFLICT when another process holds the file. */
enum err store_open(struct ctx *c, const struct store_options *options, struct store **ret);
/* Empties the queue, checkpoints, closes.  No other thread may use the store any more. */
void store_close(struct store *s);

/* What the writer thread calls with what is waiting; the simulator and tests call it themselves.
 * Sets result and calls done for each member, in order. */
void store_batch(struct store *s, struct tx **members, size_t n);

/* The simulated process, which has died, starts again on a store that outlives it (in memory, or a
 * database of several servers): what was committed is there, what was in memory is not. */
void store_reboot(struct store *s);

int64_t store_commit_no(const struct store *s); /* load before a snapshot is opened */
bool store_is_pg(const struct store *s);
size_t store_waiting(const struct store *s); /* transactions queued */
/* True when less of the disk is free than options.reserve: what can wait outside must, so that
 * there is room for what cannot (R97).  *ret_free in bytes; INT64_MAX when nobody here knows, as on
 * PostgreSQL, whose disk is elsewhere.  From any thread. */
bool store_scarce(struct store *s, int64_t *ret_free);
/* How far this machine's clock is ahead of the database's, which on SQLite is the same.  In a
 * snapshot. */
enum err store_clock_offset(struct ctx *c, int64_t *ret_ms);
enum {
    STORE_CLOCK_MAX_MS = 2000 /* more, and servers that share a database do not agree on time */
};
/* E_OK when a statement can be run now: for /readyz. */
enum err store_ping(struct ctx *c);
struct str store_describe(
    const struct store *s, struct arena *a); /* engine, version, file; no secrets */

/* What was overwritten or deleted shall be in none of the store's files either.  In no transaction;
 * the writer stands still for as long as it takes, so a file over STORE_SWEEP_MAX is not written
 * anew: its pages may keep shreds in free places. */
enum {
    STORE_SWEEP_MAX = 64 * 1024 * 1024
};
enum store_swept {
    STORE_SWEPT,
    STORE_SWEPT_LARGE,
    STORE_SWEPT_LATER,    /* a reader held the log; the writer cuts it as soon as it can */
    STORE_SWEPT_ELSEWHERE /* PostgreSQL: its own vacuum and log do it in their time */
};
enum err store_sweep(struct ctx *c, enum store_swept *ret);

/* ---- schema: schema/NNNN_name.sql, embedded in the program */
struct schema_state {
    int have, want;
    bool newer; /* the database is ahead of this program */
};
enum err schema_read(struct ctx *c, struct schema_state *ret);
/* One migration a transaction, locked, resumable; prints a line for each into out. */
enum err schema_migrate(struct ctx *c, struct buf *out);

/* ---- copies: a SQLite file of the same schema, from either engine */
enum err store_backup(struct ctx *c, struct str path, struct buf *out);
/* Into an empty database of either engine, which store_open opened with quiet_schema. */
enum err store_restore(struct ctx *c, struct str path, struct buf *out);
/* quick_check / foreign keys; lines about what is wrong into out, CONFLICT if anything is. */
enum err store_check(struct ctx *c, struct buf *out);

#endif
