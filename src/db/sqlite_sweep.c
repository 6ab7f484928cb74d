#include "db/sqlite.h"

#include "base/clock.h"
#include "base/log.h"

/* What was deleted leaves the files.  SQLite zeroes what it frees (secure_delete), but a page that
 * is split keeps shreds of what moved away, and the log keeps pages as they were: so the file is
 * written anew (VACUUM), and the log cut.  Both are the writer's, like every write (R85). */

enum {
    TRIES = 40 /* of 50 ms each: readers of pages and of the API end within a second */
};

static int64_t pragma_number(sqlite3 *h, const char *sql)
{
    sqlite3_stmt *st = NULL;
    int64_t n = 0;
    if (sqlite3_prepare_v2(h, sql, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
        n = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return n;
}

static bool is_large(sqlite3 *h)
{
    int64_t pages = pragma_number(h, "PRAGMA page_count");
    return pages * pragma_number(h, "PRAGMA page_size") > STORE_SWEEP_MAX;
}

static void write_anew(struct sqlite_store *s)
{
    int64_t start_us = clock_mono_us();
    atomic_store(&s->sweep_large, is_large(s->w.h));
    if (atomic_load(&s->sweep_large))
        return;
    int rc = sqlite3_exec(s->w.h, "VACUUM", NULL, NULL, NULL);
    /* One transaction like any other: where it fails, the file is as it was. */
    if (rc != SQLITE_OK)
        store_concern(&s->s, "database not swept", str_of_c(sqlite3_errmsg(s->w.h)));
    log_info(&s->s.c, "store.swept", L_I64("ms", (clock_mono_us() - start_us) / 1000));
}

void sqlite_sweep_when_asked(struct sqlite_store *s)
{
    if (atomic_load(&s->sweep) == SWEEP_NONE)
        return;
    if (s->s.c.dead || atomic_load(&s->s.broken))
        return;
    if (atomic_load(&s->sweep) == SWEEP_ASKED) {
        pthread_mutex_lock(&s->writing);
        write_anew(s);
        pthread_mutex_unlock(&s->writing);
        atomic_store(&s->sweep, SWEEP_CUTTING);
    }
    if (!s->memory)
        sqlite_checkpoint(s, SQLITE_CHECKPOINT_TRUNCATE);
    if (s->memory || s->wal_frames == 0)
        atomic_store(&s->sweep, SWEEP_NONE);
}

static enum err nothing(struct ctx *c, void *arg)
{
    (void)arg;
    return c->dead ? E_DEAD : E_OK;
}

enum err sqlite_sweep(struct ctx *c, enum store_swept *ret)
{
    struct sqlite_store *s = sqlite_of(c);
    atomic_store(&s->sweep, SWEEP_ASKED);
    /* The writer looks after each batch; an empty one begins only when that is over. */
    for (int i = 0; i < TRIES && (i < 2 || atomic_load(&s->sweep) != SWEEP_NONE); i++)
        TRY(db_tx_job(c, "store.sweep", nothing, NULL));
    *ret = atomic_load(&s->sweep) != SWEEP_NONE ? STORE_SWEPT_LATER
        : atomic_load(&s->sweep_large)          ? STORE_SWEPT_LARGE
                                                : STORE_SWEPT;
    return E_OK;
}
