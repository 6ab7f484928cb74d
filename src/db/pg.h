#ifndef DB_PG_H
#define DB_PG_H

#include <libpq-fe.h>

#include "db/engine.h"

/* Private to the PostgreSQL engine: pg.c posts and waits, pg_text.c runs text
 * built at run time, pg_store.c has the pool and the shape of
 * transactions, pg_copy.c moves whole tables. */

/* One connection, always in libpq's pipeline mode.  Statements are posted; an answer is owed for
 * each, in order.  pg_wait sends a Sync, reads what is owed, checks counts and fills outputs.
 * Inside an explicit transaction a Sync ends nothing: it only marks where an error stops. */

enum {
    TYPE_BOOL = 16,
    TYPE_BYTEA = 17,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_TEXT = 25,
    TYPE_VARCHAR = 1043,
    TYPE_NAME = 19
};
enum {
    PARAMS_MAX = 64,
    STATEMENT_MS = 30000
};

struct owed {
    enum {
        OWED_NOTHING, /* BEGIN, COMMIT, a Prepare */
        OWED_COUNT,   /* a posted write */
        OWED_ASK,     /* a posted read */
        OWED_ROWS,    /* the statement that is waited for */
        OWED_SYNC,    /* a Sync that nobody has waited for */
    } kind;
    struct ctx *c; /* whose it is: a shared transaction has several; NULL: nobody's any more */
    const char *sql;
    int64_t rows;
    bool *ret_found;
    struct db_outs outs;
    struct db_stmt *st;
    struct prepared *prepared; /* of a Prepare */
};

struct prepared {
    char name[16];
    size_t params;
    unsigned char kind[PARAMS_MAX]; /* DB_IN_…; DB_IN_NULL: the server was left to guess */
};

struct db_stmt {
    PGresult *result;
    int row;
    size_t columns;
    const char *sql;
};

/* What a copy into a table keeps between its calls; lives in the connection. */
struct pg_copy {
    const struct copy_table *table;
    int64_t rows;
    int serial;
};

struct pg_conn {
    struct db db; /* first: c->db points here */
    PGconn *pg;
    const char *conninfo;
    struct cache cache;
    int serial; /* of prepared names */
    struct owed *owed;
    size_t owed_n, owed_cap;
    bool warned;     /* a WARNING came since the last wait began */
    bool unknown;    /* the last wait ended without the server's word */
    int64_t settles; /* the doubts that this transaction's COMMIT will settle (pg_store.c) */
    struct pg_copy copy;
    bool unbegun;        /* a snapshot: its first statement begins it */
    int64_t patience_ms; /* how long a statement of this snapshot is waited for; 0: as usual */
    struct pg_conn *next_free;
};

static inline struct pg_conn *pg_conn(struct ctx *c)
{
    return (struct pg_conn *)c->db;
}
struct pg_conn *pg_conn_new(struct store *s, const char *conninfo, bool writes);
void pg_conn_free(struct pg_conn *k);
/* Connects if it is not connected; UPSTREAM-free: BUSY with one sentence when it cannot. */
enum err pg_connect(struct ctx *c, struct pg_conn *k);
void pg_disconnect(struct pg_conn *k);

/* For pg.c and pg_text.c: notes that an answer is owed; the answer to the next, or false when the
 * deadline passes or the connection breaks; what a failed one means. */
void pg_owe(struct pg_conn *k, struct owed owed);
bool pg_answer(struct pg_conn *k, int64_t until_ms, PGresult **ret);
enum err pg_fail_result(struct ctx *c, const PGresult *r, const char *sql);
enum err pg_fail_lost(struct ctx *c, struct pg_conn *k);

/* A snapshot that has not begun begins now: before whatever is posted or asked in it. */
enum err pg_begun(struct ctx *c, struct pg_conn *k);
/* Posts a statement that answers no rows (BEGIN, COMMIT, SET LOCAL …). */
enum err pg_post(struct ctx *c, struct pg_conn *k, const char *sql);
/* Posts that this transaction waits for the name, and holds it to its end. */
enum err pg_alone(struct ctx *c, int64_t name);
/* Flushes what is posted and checks every answer, in order.  The first failure wins; after it the
 * transaction is dead.  deadline_ms from now: past it the connection is dropped. */
enum err pg_wait(struct ctx *c, struct pg_conn *k, int64_t deadline_ms);
/* A snapshot, whose statements may take as long and are waited for; one of a moment begins with its
 * first statement, so that it costs nothing when it has none.  Nobody waits for its end. */
enum err pg_snapshot(struct ctx *c, struct pg_conn *k, int64_t limit_ms);
void pg_snapshot_end(struct ctx *c, struct pg_conn *k);
/* After pg_wait of a COMMIT: true when the server did not say that it is durable (the connection
 * broke, or it answered with a WARNING: R87), so the outcome is unknown. */
bool pg_commit_unknown(const struct pg_conn *k);
/* Gives the transaction a number, so that its COMMIT leaves a record even if it writes nothing. */
enum err pg_number(struct ctx *c, struct pg_conn *k);
/* ROLLBACK, or drops the connection when that fails. */
void pg_rollback(struct ctx *c, struct pg_conn *k);
/* Runs text of several statements outside the pipeline (migrations). */
enum err pg_script(struct ctx *c, struct pg_conn *k, struct str sql);
/* One statement, built at run time, whose rows come as cells; for copies and the catalogue. */
enum err pg_rows(struct ctx *c, struct pg_conn *k, struct str sql,
    enum err (*row)(struct ctx *c, const struct db_cell *cells, void *arg), void *arg,
    int64_t *ret_rows);
/* One prepared statement built at run time: prepared once, posted for each row. */
enum err pg_prepare_text(struct ctx *c, struct pg_conn *k, const char *name, struct str sql);
enum err pg_post_prepared(
    struct ctx *c, struct pg_conn *k, const char *name, const struct db_cell *cells, size_t n);

/* The engine's statements (struct engine). */
enum err pg_start(
    struct ctx *c, const char *sql, struct db_ins in, size_t columns, struct db_stmt **ret);
enum err pg_row(struct ctx *c, struct db_stmt *st, bool *ret_row);
struct db_cell pg_cell(const struct db_stmt *st, size_t column);
void pg_finish(struct ctx *c, struct db_stmt *st);
enum err pg_exec(struct ctx *c, int64_t rows, const char *sql, struct db_ins in);
enum err pg_ask(
    struct ctx *c, bool *ret_found, const char *sql, struct db_ins in, struct db_outs outs);

/* Copies (pg_copy.c). */
enum err pg_copy_columns(struct ctx *c, struct copy_table *table);
enum err pg_copy_out(struct ctx *c, const struct copy_table *table,
    enum err (*row)(struct ctx *c, const struct db_cell *cells, void *arg), void *arg);
enum err pg_copy_in_begin(struct ctx *c, const struct copy_table *table);
enum err pg_copy_in_row(struct ctx *c, const struct db_cell *cells);
enum err pg_copy_in_end(struct ctx *c);

#endif
