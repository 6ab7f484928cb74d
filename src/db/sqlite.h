#ifndef DB_SQLITE_H
#define DB_SQLITE_H

#include <sqlite3.h>

#include "db/engine.h"

/* Private to the SQLite engine.
 *
 *   sqlite.c        the file: opening, its lock, what must be so about it, closing
 *   sqlite_stmt.c   statements
 *   sqlite_batch.c  the writer: batches, checkpoints
 *   sqlite_sweep.c  what was deleted leaves the files
 *   sqlite_read.c   readers: snapshots, checks
 *   sqlite_copy.c   copies
 *
 * One connection writes and checkpoints (safety.md A3: until 3.51.3 two of them could corrupt the
 * file); all others are opened read-only, after it, and closed before it. */

struct conn {
    struct db db; /* first: c->db is a conn */
    sqlite3 *h;
    struct cache cache;
    int64_t limit_us;      /* readers: a statement's time, and when it is over */
    int64_t deadline_us;   /* 0: none */
    struct conn *next;     /* in the pool */
    int64_t since_us;      /* readers: a snapshot is open, and shows all that was committed before
                              then; 0: none is */
    sqlite3_stmt *copying; /* between copy_in_begin and copy_in_end */
};

enum {
    PATIENCE_MS = 2000,       /* how long a batch waits for a stranger's lock */
    CHECKPOINT_FRAMES = 4000, /* a checkpoint is due */
    CHECKPOINT_PATIENCE_MS = 50,
    TRUNCATE_FRAMES = 16 * 1024, /* 64 MiB of pages: the file is cut as well */
    CONCERN_FRAMES = 256 * 1024, /* 1 GiB */
    BATCH_MEMBERS = 256,
    BATCH_US = 4000,
    ROOM_MS = 250, /* how old the knowledge of the free room may be */
};

struct sqlite_store {
    struct store s;        /* first */
    const char *path;      /* "" in memory */
    int lock_fd;           /* holds FILE-lock; -1 in memory */
    bool memory, threaded; /* in memory: one connection for all */

    /* The writer's connection.  Its lock is held for a batch, and by snapshots in memory. */
    pthread_mutex_t writing;
    struct conn w;
    pthread_t writer;
    struct db_stmt *begin, *commit, *rollback, *savepoint, *release, *back;
    uint64_t memo[DB_MEMO / 8];
    int64_t rows; /* written since it was opened */
    int64_t wal_frames, checkpoint_at;
    bool wal_concern;
    /* Somebody waits for the sweep, and how it went. */
    _Atomic enum {
        SWEEP_NONE,
        SWEEP_ASKED,  /* write the file anew, then cut the log */
        SWEEP_CUTTING /* only the log is left to cut */
    } sweep;
    _Atomic bool sweep_large;

    /* What is free on the file's disk, and when that was asked. */
    _Atomic int64_t room, room_ms;

    /* Readers that nobody uses now. */
    pthread_mutex_t pool_lock;
    pthread_cond_t pool_free;
    struct conn *pool;
    bool resting; /* no snapshot may outlive its reader: the log is about to be cut */

    /* quick_check after start. */
    pthread_t checker;
    bool checker_runs;
    struct conn check;
    _Atomic enum {
        CHECK_NOT_YET,
        CHECK_GOOD,
        CHECK_BAD
    } checked;
};

static inline struct sqlite_store *sqlite_of(struct ctx *c)
{
    return (struct sqlite_store *)c->store;
}

/* ---- sqlite.c */

/* Opens file (or ":memory:") with everything set and read back; INVALID_REQUEST or INTERNAL with
 * the reason. */
enum role {
    WRITER,
    READER
};
enum err sqlite_conn_open(struct ctx *c, struct sqlite_store *s, enum role role, struct conn *ret);
void sqlite_conn_close(struct conn *k);
struct sqlite_store *sqlite_store_new(
    struct ctx *c, const struct store_options *options, struct str path);
/* Every PRAGMA has the value that it must have in this role (R84). */
enum err sqlite_pragmas_check(struct ctx *c, sqlite3 *h, enum role role, bool memory);
/* The name of a file system that cannot be trusted with locks, or NULL. */
const char *sqlite_refused_fs(int64_t type);

/* ---- sqlite_stmt.c */
enum err sqlite_start(
    struct ctx *c, const char *sql, struct db_ins in, size_t columns, struct db_stmt **ret);
enum err sqlite_row(struct ctx *c, struct db_stmt *st, bool *ret_row);
struct db_cell sqlite_value(sqlite3_stmt *h, int column);
struct db_cell sqlite_cell(const struct db_stmt *st, size_t column);
void sqlite_finish(struct ctx *c, struct db_stmt *st);
enum err sqlite_exec(struct ctx *c, int64_t rows, const char *sql, struct db_ins in);
enum err sqlite_script(struct ctx *c, struct str sql);
enum err sqlite_prepare(struct ctx *c, struct conn *k, const char *sql, struct db_stmt **ret);
void sqlite_drop(void *stmt);
int sqlite_run(struct db_stmt *st); /* one of the engine's own words: its SQLite code */
enum err sqlite_word(struct ctx *c, struct conn *k, const char *sql); /* another */
enum err sqlite_failed(struct ctx *c, sqlite3 *h, const char *sql);
/* $1 as ?1, and without FOR UPDATE. */
struct str sqlite_text(struct arena *a, const char *sql);

/* ---- sqlite_batch.c */
enum err sqlite_batch_open(struct ctx *c, struct sqlite_store *s);
void sqlite_batch(struct store *store, struct tx **members, size_t n);
void *sqlite_writer(void *store); /* the thread */
void sqlite_checkpoint(struct sqlite_store *s, int mode);

/* ---- sqlite_sweep.c */
enum err sqlite_sweep(struct ctx *c, enum store_swept *ret);
void sqlite_sweep_when_asked(struct sqlite_store *s); /* the writer, between two batches */

/* ---- sqlite_read.c */
enum err sqlite_readers_open(struct ctx *c, struct sqlite_store *s, int n);
void sqlite_readers_close(struct sqlite_store *s);
/* Ends the snapshots that nobody reads in, and lets none stay open until the readers wake. */
void sqlite_readers_rest(struct sqlite_store *s);
void sqlite_readers_wake(struct sqlite_store *s);
enum err sqlite_read(
    struct ctx *c, int64_t limit_ms, enum err (*body)(struct ctx *c, void *arg), void *arg);
enum err sqlite_check(struct ctx *c, struct buf *out);
enum err sqlite_check_all(struct ctx *c, sqlite3 *h, struct buf *out); /* CONFLICT: findings */
enum err sqlite_checker_start(struct ctx *c, struct sqlite_store *s);

/* ---- sqlite_copy.c */
enum err sqlite_copy_columns(struct ctx *c, struct copy_table *table);
enum err sqlite_copy_out(struct ctx *c, const struct copy_table *table,
    enum err (*row)(struct ctx *c, const struct db_cell *cells, void *arg), void *arg);
enum err sqlite_copy_in_begin(struct ctx *c, const struct copy_table *table);
enum err sqlite_copy_in_row(struct ctx *c, const struct db_cell *cells);
enum err sqlite_copy_in_end(struct ctx *c);
enum err sqlite_backup(struct ctx *c, struct str path);
/* What is in memory there, into memory here, of which nobody has read yet. */
enum err sqlite_begin_like(struct ctx *c, struct sqlite_store *s, const struct store *like);

#endif
