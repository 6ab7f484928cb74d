#ifndef DB_ENGINE_H
#define DB_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>

#include "db/db.h"

/* Private to db/: the seam between the verbs (db.c) and an engine (sqlite.c, pg.c).
 *
 * db.c owns what both engines promise alike: constructors, counting and converting columns, NULL
 * and range checks, faults and crash points, "after a failure the transaction is lost", topics,
 * commit numbers, waiting for an answer.  An engine owns connections, threads, the shape of its
 * transactions and the moment at which a statement reaches the database.
 *
 *   verb         on SQLite                    on PostgreSQL
 *   db_one …     start, row, finish at once   flushes what is posted, waits for the result
 *   db_exec      at once, counted at once     posted in the pipeline; counted at the next wait
 *   db_ask       at once                      posted; db_fill at the next wait
 *   db_wait      nothing                      flush, read all, check and fill in order
 *   COMMIT       by the batch                 posted behind the writes; all checked in one flush
 */

/* ---- a connection in use: what c->db points to.  Engines put it first in their own struct. */
struct db {
    struct store *store;
    struct tx *tx; /* the member that runs, for its topics; NULL in a snapshot */
    bool writes;   /* false in a snapshot: a statement that writes is a broken assumption there */
    bool lost;     /* a verb failed: nothing but returning is left, and all will be undone */
};

/* One value of a row, as the engine has it: PostgreSQL's int2, int4 and int8 are all CELL_I64.
 * Text and bytes belong to the statement until its next row or finish. */
struct db_cell {
    enum {
        CELL_NULL,
        CELL_I64,
        CELL_TEXT,
        CELL_BYTES
    } kind;
    int64_t i64;
    struct str str;
};

/* What a failing statement is called, on both engines:
 *   CONFLICT  a unique, foreign or check constraint; a trigger's refusal
 *   BUSY      locked, serialization failure, deadlock, a statement's deadline, connection lost
 *             before COMMIT, disk full
 *   INTERNAL  NOT NULL, a value of the wrong type, an I/O error, and everything else */

struct db_stmt; /* a statement between start and finish; each engine has its own */

/* A table that is copied: names as the source has them, in the order of its columns. */
struct copy_table {
    struct str name;
    struct str *column;
    size_t columns;
};

struct engine {
    const char *name; /* "SQLite", "PostgreSQL" */
    bool pg;

    /* ---- the store.  open allocates a struct that begins with struct store and calls
     * store_init on it before anything else; it starts the engine's threads unless
     * options->inline_pump.  It does not look at the schema: db.c does, afterwards.
     * close: no caller is left; what is queued is run first. */
    enum err (*open)(struct ctx *c, const struct store_options *options, struct store **ret);
    void (*close)(struct store *s);
    /* Runs the members now, on this thread, and ends each with tx_end, in order, after the fate of
     * all is known.  Called by the engine's own threads (which queue_take them), by
     * store_batch, and by store_post when inline_pump. */
    void (*batch)(struct store *s, struct tx **members, size_t n);
    /* body in one read-only snapshot: sets c->db around it.  limit_ms for each statement, then
     * BUSY.  Waits for a connection, at most 2 s, then BUSY. */
    enum err (*read)(
        struct ctx *c, int64_t limit_ms, enum err (*body)(struct ctx *c, void *arg), void *arg);
    struct str (*describe)(const struct store *s, struct arena *a);
    int64_t (*room)(struct store *s); /* bytes free on its disk; NULL: nobody here knows */
    enum err (*check)(struct ctx *c, struct buf *out);       /* store_check, and its CONFLICT */
    enum err (*sweep)(struct ctx *c, enum store_swept *ret); /* NULL: it does that by itself */

    /* ---- statements, inside a transaction or snapshot (c->db is set, not lost, not dead).
     * start: sql is a literal (or lives as long as the connection), cached by address; it has
     * exactly `columns` columns and in.n parameters: must().  Values of in stay where they are
     * until finish.  Statements nest: each() of db_each may start others, the same text too.
     * row: the next one, or *ret_row = false; on failure fail()s.  finish: always, once. */
    enum err (*start)(
        struct ctx *c, const char *sql, struct db_ins in, size_t columns, struct db_stmt **ret);
    enum err (*row)(struct ctx *c, struct db_stmt *st, bool *ret_row);
    struct db_cell (*cell)(const struct db_stmt *st, size_t column);
    void (*finish)(struct ctx *c, struct db_stmt *st);
    /* rows: as db_exec.  May post, then it copies what it needs: in is gone after the call. */
    enum err (*exec)(struct ctx *c, int64_t rows, const char *sql, struct db_ins in);
    /* May post: copies in and outs (the targets stay, the arrays do not), and calls db_fill at the
     * wait.  NULL: db.c reads at once. */
    enum err (*ask)(
        struct ctx *c, bool *ret_found, const char *sql, struct db_ins in, struct db_outs outs);
    enum err (*wait)(struct ctx *c); /* NULL: nothing is ever posted */
    /* May post.  NULL: there is one writer, and it is alone. */
    enum err (*alone)(struct ctx *c, int64_t name);
    void *(*memo)(struct db *db);    /* NULL: there is none */
    void (*forget)(struct store *s); /* store_reboot: what was in memory; NULL: nothing was */

    /* ---- migrations, inside a db_tx: several statements, already in this engine's words
     * (migrate.c translates).  schema_lock: no other migration until this transaction ends. */
    enum err (*script)(struct ctx *c, struct str sql);
    enum err (*schema_lock)(struct ctx *c);

    /* ---- copies (copy.c), table by table, rows as cells.  The tables come in the order in which
     * the migrations make them, so what a row refers to is there before it.
     * copy_columns: name is set; fills column and columns.
     * copy_out, in a snapshot: every row in the order of the first column, however many there are
     * (a cursor, not a result in memory); cells are valid during the call.
     * copy_in, in a transaction: begin a table, its rows, end: then its numbering goes on above
     * the largest n.  begin fails with CONFLICT when the table has rows already. */
    enum err (*copy_columns)(struct ctx *c, struct copy_table *table);
    enum err (*copy_out)(struct ctx *c, const struct copy_table *table,
        enum err (*row)(struct ctx *c, const struct db_cell *cells, void *arg), void *arg);
    enum err (*copy_in_begin)(struct ctx *c, const struct copy_table *table);
    enum err (*copy_in_row)(struct ctx *c, const struct db_cell *cells);
    enum err (*copy_in_end)(struct ctx *c);
    /* A SQLite file of everything at path, which does not exist, faster than table by table; NULL:
     * copy.c goes table by table. */
    enum err (*backup)(struct ctx *c, struct str path);
};
extern const struct engine engine_sqlite, engine_pg;

/* ---- what waits: two lanes, first come first served.  People and gateways go first; jobs get at
 * most a quarter of a batch, but at least one, so neither lane starves. */
struct queue {
    pthread_mutex_t lock;
    pthread_cond_t some;
    struct lane {
        struct tx *first, *last;
        size_t n;
    } lane[2];
    unsigned turn; /* of look_act takers: every fourth looks at the jobs first */
    bool closed;
};
void queue_init(struct queue *q);
void queue_free(struct queue *q);
void queue_push(struct queue *q, struct tx *tx);
/* Waits until something is there, and takes at most max.  look_act: the first member decides; if
 * it has a look, others with a look and other roots come with it, else it comes alone (how
 * PostgreSQL shares a transaction).  0: the queue is closed and empty. */
size_t queue_take(struct queue *q, struct tx **ret, size_t max, bool look_act);
size_t queue_length(struct queue *q);
void queue_close(struct queue *q); /* wakes all takers; they go on until it is empty */

/* ---- the head of every engine's store */
struct store {
    const struct engine *engine;
    struct store_options options;
    struct ctx c; /* the place: log, metrics, faults, clocks.  dead: the simulated process is */
    struct arena arena; /* for options' texts; as long as the store */
    struct queue queue;
    _Atomic int64_t commit_no;
    _Atomic bool broken; /* a COMMIT failed (R86) and `fatal` came back: nothing works any more */
    /* The outcome of a COMMIT is unknown and the connection must not be used again: ends the
     * process.  A test puts another function here; members are then answered INTERNAL. */
    void (*fatal)(struct store *s, const char *why);
    /* Tests: hears of every statement before it runs.  NULL: nobody asks. */
    void (*heard)(struct store *s, const char *sql);
    void *hearer;
};
void store_init(struct store *s, struct ctx *c, const struct engine *engine,
    const struct store_options *options);
void store_free(struct store *s); /* what store_init made; not s itself */

/* ---- for engines: running a member (db.c) */
enum {
    TX_WAIT_MS = 2000, /* waited longer: BUSY, unrun */
    TX_TRIES = 8,      /* how often a body that says E_BUSY is run (R16) */
    TX_SLOW_US = 5000, /* logged by name */
    TX_ALERT_US = 50000,
};
/* True, and tx->result set, when this member must not be run: it waited too long, the store is
 * broken or it is dead. */
bool tx_refused(struct store *s, struct tx *tx);
/* look (NULL: nothing) or act on db, with c->db, topics and the last error reset, and the time
 * taken reported.  E_OK although the transaction was lost becomes INTERNAL. */
enum err tx_look(struct db *db, struct tx *tx);
enum err tx_act(struct db *db, struct tx *tx);
/* A commit is done: gives it its number, tells it to those of the members whose result is E_OK, and
 * hands their topics to options.committed.  Before any tx_end. */
void store_committed(struct store *s, struct tx **members, size_t n);
/* Counts, and calls done: the member belongs to its owner again and may be gone on return. */
void tx_end(struct store *s, struct tx *tx);
/* Something a person should see (options.concern and the log). */
void store_concern(struct store *s, const char *what, struct str about);

/* ---- for engines: the row of st into its targets: counted, converted, checked */
enum err db_fill(struct ctx *c, const char *sql, struct db_outs outs, const struct db_stmt *st);
/* CONFLICT when a write changed another number of rows than it must. */
enum err db_count(struct ctx *c, const char *sql, int64_t want, int64_t changed);

/* ---- statements by the address of their text: one table for each connection, written by its
 * thread only (cache.c).  A text that changed under its address is a broken assumption: somebody
 * built SQL at run time. */
struct cached {
    const char *sql;
    char *text;  /* a copy, to compare */
    void *value; /* the engine's */
};
struct cache {
    struct cached *slot;
    size_t n, cap;
};
/* The slot of sql; a new one has value NULL, to be set by the caller at once. */
struct cached *cache_slot(struct cache *k, const char *sql);
void cache_free(struct cache *k, void (*drop)(void *value));

/* ---- files of SQLite, for copy.c on either engine (sqlite_copy.c) */
/* To read from: nothing is written there, not even a lock.  Only copy_columns, copy_out and
 * snapshots work on it. */
enum err sqlite_source_open(struct ctx *c, struct str path, struct store **ret);
/* Checks the file at part, makes it one file, syncs it, names it path, syncs the folder.  INTERNAL
 * when path exists; CONFLICT when the check has findings, which are in out. */
enum err sqlite_file_seal(struct ctx *c, struct str part, struct str path, struct buf *out);

/* ---- schema (migrate.c), for db.c and copy.c */
/* Names of the tables of all migrations, in the order of their making. */
void schema_tables(struct arena *a, struct str **ret, size_t *ret_n);

#endif
