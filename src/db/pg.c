#include "db/pg.h"

#include <endian.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/metric.h"

struct pg_conn *pg_conn_new(struct store *s, const char *conninfo, bool writes)
{
    struct pg_conn *k = calloc(1, sizeof *k);
    must(k != NULL);
    k->db.store = s;
    k->db.writes = writes;
    k->conninfo = conninfo;
    return k;
}

void pg_conn_free(struct pg_conn *k)
{
    pg_disconnect(k);
    free(k->owed);
    free(k);
}

bool pg_commit_unknown(const struct pg_conn *k)
{
    return k->unknown;
}

void pg_disconnect(struct pg_conn *k)
{
    if (k->pg != NULL)
        PQfinish(k->pg);
    k->pg = NULL;
    k->owed_n = 0;
    cache_free(&k->cache, free);
    k->cache = (struct cache) { 0 };
}

/* While COMMIT waits for a synchronous standby, a cancel makes the server answer "COMMIT" with
 * only a WARNING: the row may be gone after a failover.  So a warning is remembered (R87). */
static void on_notice(void *arg, const PGresult *notice)
{
    struct pg_conn *k = arg;
    const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity != NULL && strcmp(severity, "WARNING") == 0)
        k->warned = true;
}

static struct str first_line(struct ctx *c, const char *text)
{
    struct str head, tail;
    str_cut(str_of_c(text), '\n', &head, &tail);
    return str_copy(c->arena, head);
}

enum err pg_connect(struct ctx *c, struct pg_conn *k)
{
    if (k->pg != NULL && PQstatus(k->pg) == CONNECTION_OK)
        return E_OK;
    pg_disconnect(k);
    if (fault(c, "db.connect"))
        return fail(c, BUSY, "no connection to PostgreSQL (injected)");
    PGconn *pg = PQconnectdb(k->conninfo);
    must(pg != NULL);
    if (PQstatus(pg) != CONNECTION_OK) {
        struct str why = first_line(c, PQerrorMessage(pg));
        PQfinish(pg);
        return fail(c, BUSY, "no connection to PostgreSQL: %.*s", SARG(why));
    }
    PQsetNoticeReceiver(pg, on_notice, k);
    must(PQenterPipelineMode(pg) == 1);
    k->pg = pg;
    k->warned = k->unknown = false;
    return E_OK;
}

/* ---- what a failed answer means */

static bool state_starts(const char *state, const char *with)
{
    return str_starts(str_of_c(state), str_of_c(with));
}

static enum err fail_of_state(struct ctx *c, const char *state, struct str why, const char *sql)
{
    int n = sql == NULL ? 0 : 80;
    if (state == NULL || state_starts(state, "08") || state_starts(state, "57P") ||
        state_starts(state, "25006") || state_starts(state, "53"))
        return fail(c, BUSY, "PostgreSQL went away: %.*s", SARG(why));
    if (state_starts(state, "40") || state_starts(state, "55P03"))
        return fail(c, BUSY, "PostgreSQL: %.*s", SARG(why));
    if (state_starts(state, "57014"))
        return fail(c, BUSY, "a statement took too long: %.*s", SARG(why));
    bool missing = state_starts(state, "23502"); /* NOT NULL: our own fault */
    if ((state_starts(state, "23") && !missing) || state_starts(state, "P0001"))
        return fail(c, CONFLICT, "PostgreSQL refused a row: %.*s", SARG(why));
    return fail(
        c, INTERNAL, "PostgreSQL %s: %.*s in: %.*s", state, SARG(why), n, sql == NULL ? "" : sql);
}

enum err pg_fail_result(struct ctx *c, const PGresult *r, const char *sql)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    return fail_of_state(
        c, state, first_line(c, text == NULL ? PQresultErrorMessage(r) : text), sql);
}

enum err pg_fail_lost(struct ctx *c, struct pg_conn *k)
{
    struct str why =
        k->pg == NULL ? S("the connection is gone") : first_line(c, PQerrorMessage(k->pg));
    pg_disconnect(k);
    k->unknown = true;
    return fail(c, BUSY, "the connection to PostgreSQL broke: %.*s", SARG(why));
}

/* ---- posting */

void pg_owe(struct pg_conn *k, struct owed owed)
{
    if (k->owed_n == k->owed_cap) {
        k->owed_cap = k->owed_cap == 0 ? 32 : k->owed_cap * 2;
        k->owed = realloc(k->owed, k->owed_cap * sizeof *k->owed);
        must(k->owed != NULL);
    }
    k->owed[k->owed_n++] = owed;
}

/* By enum db_in kind; a NULL's type is for PostgreSQL to guess. */
static const Oid type_of[] = {
    [DB_IN_NULL] = 0,
    [DB_IN_I64] = TYPE_INT8,
    [DB_IN_TEXT] = TYPE_TEXT,
    [DB_IN_BYTES] = TYPE_BYTEA,
};

enum {
    NOT_PREPARED = PARAMS_MAX + 1 /* its Prepare stood behind a failure and was skipped */
};

/* A statement is prepared with the types of its first parameters.  One that was NULL then has a
 * guessed type, and is prepared again when a value comes. */
static bool fits(const struct prepared *p, struct db_ins in)
{
    if (p->params != in.n)
        return false;
    for (size_t i = 0; i < in.n; i++)
        if (in.v[i].kind != DB_IN_NULL && p->kind[i] != in.v[i].kind)
            return false;
    return true;
}

static enum err prepare(
    struct ctx *c, struct pg_conn *k, const char *sql, struct db_ins in, struct prepared **ret)
{
    struct cached *slot = cache_slot(&k->cache, sql);
    if (slot->value != NULL && fits(slot->value, in)) {
        *ret = slot->value;
        return E_OK;
    }
    must(in.n <= PARAMS_MAX);
    struct prepared *p = slot->value == NULL ? calloc(1, sizeof *p) : slot->value;
    must(p != NULL);
    slot->value = p;
    Oid type[PARAMS_MAX];
    for (size_t i = 0; i < in.n; i++) {
        int kind = (int)in.v[i].kind;
        if (kind == DB_IN_NULL && i < p->params)
            kind = p->kind[i];
        p->kind[i] = (unsigned char)kind;
        type[i] = type_of[kind];
    }
    p->params = in.n;
    snprintf(p->name, sizeof p->name, "s%d", ++k->serial);
    if (PQsendPrepare(k->pg, p->name, sql, (int)in.n, type) != 1)
        return pg_fail_lost(c, k);
    pg_owe(k, (struct owed) { .kind = OWED_NOTHING, .c = c, .sql = sql, .prepared = p });
    *ret = p;
    return E_OK;
}

static enum err post(
    struct ctx *c, struct pg_conn *k, const char *sql, struct db_ins in, struct owed owed)
{
    struct prepared *p = NULL;
    if (k->pg == NULL)
        return pg_fail_lost(c, k);
    TRY(prepare(c, k, sql, in, &p));
    const char *value[PARAMS_MAX];
    int length[PARAMS_MAX], format[PARAMS_MAX];
    uint64_t wire[PARAMS_MAX];
    for (size_t i = 0; i < in.n; i++) {
        struct str s =
            in.v[i].kind == DB_IN_TEXT || in.v[i].kind == DB_IN_BYTES ? db_in_str(&in.v[i]) : S("");
        wire[i] = htobe64((uint64_t)in.v[i].i64);
        value[i] = in.v[i].kind == DB_IN_NULL ? NULL
            : in.v[i].kind == DB_IN_I64       ? (const char *)&wire[i]
            : s.p == NULL                     ? ""
                                              : s.p;
        length[i] = in.v[i].kind == DB_IN_I64 ? 8 : (int)s.n;
        format[i] = 1;
    }
    if (PQsendQueryPrepared(k->pg, p->name, (int)in.n, value, length, format, 1) != 1)
        return pg_fail_lost(c, k);
    pg_owe(k, owed);
    return E_OK;
}

static enum err post_plain(struct ctx *c, struct pg_conn *k, const char *sql)
{
    return post(c, k, sql, DB_NO_IN, (struct owed) { .kind = OWED_NOTHING, .c = c, .sql = sql });
}

enum err pg_begun(struct ctx *c, struct pg_conn *k)
{
    if (!k->unbegun)
        return E_OK;
    k->unbegun = false;
    return post_plain(c, k, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

enum err pg_post(struct ctx *c, struct pg_conn *k, const char *sql)
{
    TRY(pg_begun(c, k));
    return post_plain(c, k, sql);
}

enum err pg_alone(struct ctx *c, int64_t name)
{
    static const char sql[] = "SELECT pg_advisory_xact_lock($1)";
    return post(c, pg_conn(c), sql, DB_IN(in_i64(name)),
        (struct owed) { .kind = OWED_NOTHING, .c = c, .sql = sql });
}

/* ---- waiting */

/* The next result, or false when the deadline passes or the connection breaks. */
static bool next_result(struct pg_conn *k, int64_t until_ms, PGresult **ret)
{
    while (PQisBusy(k->pg) != 0) {
        int64_t left = until_ms - clock_mono_ms();
        struct pollfd fd = { .fd = PQsocket(k->pg), .events = POLLIN };
        if (left <= 0 || poll(&fd, 1, (int)left) < 0)
            return false;
        if (fd.revents != 0 && PQconsumeInput(k->pg) != 1)
            return false;
    }
    *ret = PQgetResult(k->pg);
    return true;
}

/* Every answer is followed by a NULL that ends it, but for the Sync's. */
bool pg_answer(struct pg_conn *k, int64_t until_ms, PGresult **ret)
{
    PGresult *end = NULL;
    if (!next_result(k, until_ms, ret) || *ret == NULL)
        return false;
    if (PQresultStatus(*ret) == PGRES_PIPELINE_SYNC)
        return true;
    if (!next_result(k, until_ms, &end) || end != NULL) {
        PQclear(end);
        PQclear(*ret);
        return false;
    }
    return true;
}

static enum err take_ask(const struct owed *o, PGresult *r)
{
    struct db_stmt st = { .result = r, .columns = o->outs.n, .sql = o->sql };
    int n = PQntuples(r);
    if (n > 1)
        return fail(o->c, STORE_CORRUPT, "more than one row from: %.80s", o->sql);
    *o->ret_found = n == 1;
    return n == 0 ? E_OK : db_fill(o->c, o->sql, o->outs, &st);
}

static enum err take(const struct owed *o, PGresult *r, bool *keep)
{
    ExecStatusType status = PQresultStatus(r);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        return pg_fail_result(o->c, r, o->sql);
    switch (o->kind) {
    case OWED_NOTHING:
        return E_OK;
    case OWED_COUNT: {
        int64_t changed = 0;
        str_to_i64(str_of_c(PQcmdTuples(r)), &changed);
        metric_add(o->c, METRIC_store_rows_total, changed);
        return db_count(o->c, o->sql, o->rows, changed);
    }
    case OWED_ASK:
        return take_ask(o, r);
    case OWED_ROWS:
        must((size_t)PQnfields(r) == o->st->columns);
        o->st->result = r;
        *keep = true;
        return E_OK;
    case OWED_SYNC:
        break;
    }
    never("a Sync has no result");
}

enum err pg_wait(struct ctx *c, struct pg_conn *k, int64_t deadline_ms)
{
    int64_t until = clock_mono_ms() + deadline_ms;
    enum err first = E_OK;
    k->unknown = false;
    metric_add(c, METRIC_store_trips_total, 1);
    if (k->pg == NULL || PQpipelineSync(k->pg) != 1 || PQflush(k->pg) < 0)
        return pg_fail_lost(c, k);
    for (size_t i = 0; i <= k->owed_n; i++) {
        PGresult *r = NULL;
        bool keep = false;
        if (!pg_answer(k, until, &r))
            return pg_fail_lost(c, k);
        bool sync = PQresultStatus(r) == PGRES_PIPELINE_SYNC;
        must(sync == (i == k->owed_n || k->owed[i].kind == OWED_SYNC));
        bool skipped = PQresultStatus(r) == PGRES_PIPELINE_ABORTED;
        if (!sync && k->owed[i].prepared != NULL && PQresultStatus(r) != PGRES_COMMAND_OK)
            k->owed[i].prepared->params = NOT_PREPARED;
        if (!sync && !skipped && first == E_OK && k->owed[i].c != NULL) {
            first = take(&k->owed[i], r, &keep);
            if (first != E_OK)
                c->err = k->owed[i].c->err;
        }
        if (!keep)
            PQclear(r);
    }
    k->owed_n = 0;
    k->unknown = k->warned;
    k->warned = false;
    return first;
}

void pg_rollback(struct ctx *c, struct pg_conn *k)
{
    struct errinfo kept = c->err;
    if (k->pg != NULL) {
        /* What was posted behind a failure is read away first; its fate is the same. */
        bool dead = c->dead;
        c->dead = false;
        if (pg_post(c, k, "ROLLBACK") != E_OK || pg_wait(c, k, STATEMENT_MS) != E_OK) {
            if (k->pg != NULL && PQtransactionStatus(k->pg) != PQTRANS_IDLE)
                pg_disconnect(k);
        }
        c->dead = dead;
    }
    c->err = kept;
}

/* ---- snapshots */

enum err pg_snapshot(struct ctx *c, struct pg_conn *k, int64_t limit_ms)
{
    TRY(pg_connect(c, k));
    k->unbegun = true;
    if (limit_ms <= 1000)
        return E_OK;
    k->patience_ms = limit_ms + STATEMENT_MS;
    return limit_ms > 10000 ? pg_post(c, k, "SET LOCAL statement_timeout = 600000")
                            : pg_post(c, k, "SET LOCAL statement_timeout = 10000");
}

/* COMMIT leaves at once, so that the server keeps nothing for us; whoever has the connection next
 * reads its answer, which changes nothing for anybody. */
static enum err leave_snapshot(struct ctx *c, struct pg_conn *k)
{
    const bool asked = k->owed_n > 0; /* and nobody waited: what it would fill is there only now */
    TRY(pg_post(c, k, "COMMIT"));
    if (asked)
        return pg_wait(c, k, STATEMENT_MS);
    for (size_t i = 0; i < k->owed_n; i++)
        k->owed[i].c = NULL;
    if (PQpipelineSync(k->pg) != 1)
        return pg_fail_lost(c, k);
    pg_owe(k, (struct owed) { .kind = OWED_SYNC });
    return E_OK;
}

void pg_snapshot_end(struct ctx *c, struct pg_conn *k)
{
    const bool begun = k->pg != NULL && !k->unbegun;
    const struct errinfo kept = c->err;
    k->unbegun = false;
    k->patience_ms = 0;
    if (begun && leave_snapshot(c, k) != E_OK)
        pg_rollback(c, k);
    c->err = kept;
}

/* ---- the engine's statements */

enum err pg_start(
    struct ctx *c, const char *sql, struct db_ins in, size_t columns, struct db_stmt **ret)
{
    struct db_stmt *st = arena_new(c->arena, struct db_stmt);
    *st = (struct db_stmt) { .row = -1, .columns = columns, .sql = sql };
    TRY(pg_begun(c, pg_conn(c)));
    TRY(post(
        c, pg_conn(c), sql, in, (struct owed) { .kind = OWED_ROWS, .c = c, .sql = sql, .st = st }));
    const int64_t patience_ms = pg_conn(c)->patience_ms;
    enum err e = pg_wait(c, pg_conn(c), patience_ms > 0 ? patience_ms : STATEMENT_MS);
    if (e != E_OK) {
        PQclear(st->result);
        return e;
    }
    *ret = st;
    return E_OK;
}

enum err pg_row(struct ctx *c, struct db_stmt *st, bool *ret_row)
{
    (void)c;
    *ret_row = ++st->row < PQntuples(st->result);
    return E_OK;
}

static int64_t big_endian(const char *p, int n)
{
    uint64_t v = n > 0 && (p[0] & 0x80) != 0 ? UINT64_MAX : 0;
    for (int i = 0; i < n; i++)
        v = (v << 8) | (unsigned char)p[i];
    return (int64_t)v;
}

struct db_cell pg_cell(const struct db_stmt *st, size_t column)
{
    int row = st->row < 0 ? 0 : st->row, col = (int)column;
    if (PQgetisnull(st->result, row, col) != 0)
        return (struct db_cell) { .kind = CELL_NULL };
    const char *p = PQgetvalue(st->result, row, col);
    int n = PQgetlength(st->result, row, col);
    switch (PQftype(st->result, col)) {
    case TYPE_BOOL:
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8:
        return (struct db_cell) { .kind = CELL_I64, .i64 = big_endian(p, n) };
    case TYPE_BYTEA:
        return (struct db_cell) { .kind = CELL_BYTES, .str = { p, (size_t)n } };
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_NAME:
        return (struct db_cell) { .kind = CELL_TEXT, .str = { p, (size_t)n } };
    default: /* numeric and the like: the statement forgot a CAST, and SQLite hid it */
        never("a column of a type outside the subset; CAST it AS BIGINT");
    }
}

void pg_finish(struct ctx *c, struct db_stmt *st)
{
    (void)c;
    PQclear(st->result);
    st->result = NULL;
}

enum err pg_exec(struct ctx *c, int64_t rows, const char *sql, struct db_ins in)
{
    return post(c, pg_conn(c), sql, in,
        (struct owed) { .kind = OWED_COUNT, .c = c, .sql = sql, .rows = rows });
}

enum err pg_ask(
    struct ctx *c, bool *ret_found, const char *sql, struct db_ins in, struct db_outs outs)
{
    TRY(pg_begun(c, pg_conn(c)));
    struct db_out *v = arena_array(c->arena, struct db_out, outs.n);
    memcpy(v, outs.v, outs.n * sizeof *v);
    return post(c, pg_conn(c), sql, in,
        (struct owed) {
            .kind = OWED_ASK, .c = c, .sql = sql, .ret_found = ret_found, .outs = { v, outs.n } });
}
