#include "db/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

/* ---- connections */

/* What is set, and what must be read back (R84).  NULL: not for this role, or not in memory.
 * WAL with synchronous=FULL loses no acknowledged commit on power loss (A2); without
 * temp_store=MEMORY every savepoint would spill into a file; only the writer's own calls
 * checkpoint (A3, R85). */
static const struct pragma {
    const char *name, *set[2], *want[2], *want_in_memory;
} pragmas[] = {
    { "busy_timeout", { "2000", "2000" }, { "2000", "2000" }, "2000" },
    { "trusted_schema", { "OFF", "OFF" }, { "0", "0" }, "0" },
    { "cell_size_check", { "ON", "ON" }, { "1", "1" }, "1" },
    { "mmap_size", { "0", "0" }, { "0", "0" }, NULL },
    { "locking_mode", { "NORMAL", "NORMAL" }, { "normal", "normal" }, NULL },
    { "journal_mode", { "WAL", NULL }, { "wal", "wal" }, "memory" },
    { "wal_autocheckpoint", { "0", "0" }, { "0", "0" }, "0" },
    { "synchronous", { "FULL", "FULL" }, { "2", "2" }, "2" },
    { "temp_store", { "MEMORY", "MEMORY" }, { "2", "2" }, "2" },
    { "foreign_keys", { "ON", "ON" }, { "1", "1" }, "1" },
    { "cache_size", { "-65536", "-4096" }, { "-65536", "-4096" }, "-65536" },
    /* What is deleted or overwritten is zeroed in its place (R81). */
    { "secure_delete", { "ON", NULL }, { "1", NULL }, "1" },
    { "query_only", { "OFF", "ON" }, { "0", "1" }, "0" },
    { "encoding", { NULL, NULL }, { "UTF-8", "UTF-8" }, "UTF-8" },
};

static enum err pragma_read(struct ctx *c, sqlite3 *h, const char *name, struct str *ret)
{
    struct str sql = str_fmt(c->arena, "PRAGMA %s", name);
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(h, sql.p, (int)sql.n, &st, NULL) != SQLITE_OK)
        return sqlite_failed(c, h, sql.p);
    int rc = sqlite3_step(st);
    *ret = rc == SQLITE_ROW ? str_copy(c->arena, str_of_c((const char *)sqlite3_column_text(st, 0)))
                            : S("");
    sqlite3_finalize(st);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? E_OK : sqlite_failed(c, h, sql.p);
}

enum err sqlite_pragmas_check(struct ctx *c, sqlite3 *h, enum role role, bool memory)
{
    for (size_t i = 0; i < ARRAY_LEN(pragmas); i++) {
        const struct pragma *p = &pragmas[i];
        const char *want = memory ? p->want_in_memory : p->want[role];
        if (want == NULL)
            continue;
        struct str is = { 0 };
        TRY(pragma_read(c, h, p->name, &is));
        if (!str_eq(is, str_of_c(want)))
            return fail(
                c, INTERNAL, "SQLite's %s is '%.*s' and must be '%s'", p->name, SARG(is), want);
    }
    return E_OK;
}

/* What is written stays with the kernel: enough for a store that only has to outlive processes. */
static enum err sync_never(struct ctx *c, sqlite3 *h)
{
    const char *sql = "PRAGMA synchronous=OFF";
    return sqlite3_exec(h, sql, NULL, NULL, NULL) == SQLITE_OK ? E_OK : sqlite_failed(c, h, sql);
}

static enum err pragmas_set(struct ctx *c, sqlite3 *h, enum role role, bool memory)
{
    for (size_t i = 0; i < ARRAY_LEN(pragmas); i++) {
        const struct pragma *p = &pragmas[i];
        if (p->set[role] == NULL || (memory && p->want_in_memory == NULL))
            continue;
        struct str sql = str_fmt(c->arena, "PRAGMA %s=%s", p->name, p->set[role]);
        if (sqlite3_exec(h, sql.p, NULL, NULL, NULL) != SQLITE_OK)
            return sqlite_failed(c, h, sql.p);
    }
    return E_OK;
}

static enum err switches_set(struct ctx *c, sqlite3 *h, enum role role)
{
    const struct {
        int what, value;
    } switches[] = {
        { SQLITE_DBCONFIG_DEFENSIVE, 1 },
        { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
        { SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
        { SQLITE_DBCONFIG_DQS_DDL, 0 },
        { SQLITE_DBCONFIG_DQS_DML, 0 },
        { SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, role == READER },
    };
    for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
        int is = -1;
        if (sqlite3_db_config(h, switches[i].what, switches[i].value, &is) != SQLITE_OK ||
            is != switches[i].value)
            return fail(c, INTERNAL, "SQLite does not take switch %d", switches[i].what);
    }
    return E_OK;
}

enum err sqlite_conn_open(struct ctx *c, struct sqlite_store *s, enum role role, struct conn *ret)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
        (role == READER ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    sqlite3 *h = NULL;
    const char *path = s->memory ? ":memory:" : s->path;
    int rc = sqlite3_open_v2(path, &h, flags, s->s.options.vfs);
    enum err e = rc == SQLITE_OK ? E_OK
                                 : fail(c, INTERNAL, "cannot open %s: %s", path,
                                       h == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(h));
    if (e == E_OK)
        e = switches_set(c, h, role);
    if (e == E_OK)
        e = pragmas_set(c, h, role, s->memory);
    if (e == E_OK)
        e = sqlite_pragmas_check(c, h, role, s->memory);
    if (e == E_OK && s->s.options.unsynced)
        e = sync_never(c, h);
    if (e != E_OK) {
        sqlite3_close(h);
        return e;
    }
    *ret = (struct conn) { .db = { .store = &s->s, .writes = role == WRITER }, .h = h };
    return E_OK;
}

void sqlite_conn_close(struct conn *k)
{
    if (k->h == NULL)
        return;
    cache_free(&k->cache, sqlite_drop);
    sqlite3_finalize(k->copying);
    must(sqlite3_close(k->h) == SQLITE_OK);
    k->h = NULL;
}

/* ---- the file */

static enum err lock_take(struct ctx *c, struct sqlite_store *s)
{
    struct str name = str_fmt(c->arena, "%s-lock", s->path);
    int fd = open(name.p, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(c, INVALID_REQUEST, "cannot open %s: %s", name.p, strerror(errno));
    char holder[32] = { 0 };
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        ssize_t n = pread(fd, holder, sizeof holder - 1, 0);
        close(fd);
        return fail(c, CONFLICT, "%s is in use by process %s", s->path, n > 0 ? holder : "unknown");
    }
    struct str pid = str_fmt(c->arena, "%ld", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid.p, pid.n, 0) != (ssize_t)pid.n) {
        close(fd);
        return fail(c, INTERNAL, "cannot write %s: %s", name.p, strerror(errno));
    }
    s->lock_fd = fd;
    return E_OK;
}

const char *sqlite_refused_fs(int64_t type)
{
    static const struct {
        uint32_t magic;
        const char *name;
    } refused[] = {
        { 0x00006969, "NFS" },
        { 0x0000517b, "SMB" },
        { 0xff534d42, "CIFS" },
        { 0xfe534d42, "SMB2" },
        { 0x5346414f, "AFS" },
        { 0x6b414653, "AFS" },
        { 0x73757245, "Coda" },
        { 0x0000564c, "NCP" },
        { 0x01021997, "9P" },
        { 0x00c36400, "Ceph" },
        { 0x0bd00bd0, "Lustre" },
        { 0x7461636f, "OCFS2" },
        { 0x01161970, "GFS2" },
        { 0x47504653, "GPFS" },
        { 0x65735546, "FUSE" },
    };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        if (refused[i].magic == (uint32_t)type)
            return refused[i].name;
    return NULL;
}

/* Locks and the shared memory of WAL do not hold across machines, and over FUSE nobody knows. */
static enum err place_check(struct ctx *c, struct sqlite_store *s)
{
    struct statfs fs;
    if (fstatfs(s->lock_fd, &fs) != 0)
        return fail(c, INTERNAL, "cannot tell the file system of %s: %s", s->path, strerror(errno));
    const char *refused = sqlite_refused_fs(fs.f_type);
    if (refused != NULL)
        return fail(c, INVALID_REQUEST,
            "%s is on %s: SQLite needs a local disk; use PostgreSQL there", s->path, refused);
    return E_OK;
}

/* Made before SQLite would make it, so that nobody else may read it; the WAL takes its mode. */
static enum err file_make(struct ctx *c, struct sqlite_store *s)
{
    int fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(c, INVALID_REQUEST, "cannot open %s: %s", s->path, strerror(errno));
    close(fd);
    return E_OK;
}

static enum err file_open(struct ctx *c, struct sqlite_store *s)
{
    TRY(lock_take(c, s));
    TRY(place_check(c, s));
    return file_make(c, s);
}

/* ---- the store */

static enum err start(struct ctx *c, struct sqlite_store *s)
{
    if (!s->memory)
        TRY(file_open(c, s));
    TRY(sqlite_conn_open(c, s, WRITER, &s->w));
    if (s->s.options.like != NULL)
        TRY(sqlite_begin_like(c, s, s->s.options.like));
    TRY(sqlite_batch_open(c, s));
    if (!s->memory)
        TRY(sqlite_readers_open(c, s, s->s.options.readers > 0 ? s->s.options.readers : 4));
    if (s->s.options.inline_pump)
        return E_OK;
    s->threaded = pthread_create(&s->writer, NULL, sqlite_writer, s) == 0;
    if (!s->threaded)
        return fail(c, INTERNAL, "cannot start the writer's thread");
    return s->memory ? E_OK : sqlite_checker_start(c, s);
}

static void close_writer(struct sqlite_store *s)
{
    if (s->w.h == NULL)
        return;
    if (!s->memory && !s->s.c.dead && !atomic_load(&s->s.broken))
        sqlite_checkpoint(s, SQLITE_CHECKPOINT_TRUNCATE);
    /* Dead or broken: as if the process had been killed, what is in the log stays there. */
    if (s->s.c.dead || atomic_load(&s->s.broken))
        sqlite3_db_config(s->w.h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    struct db_stmt *words[] = { s->begin, s->commit, s->rollback, s->savepoint, s->release,
        s->back };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        sqlite_drop(words[i]);
    sqlite_conn_close(&s->w);
}

static void close_store(struct store *store)
{
    struct sqlite_store *s = (struct sqlite_store *)store;
    queue_close(&s->s.queue);
    if (s->threaded)
        pthread_join(s->writer, NULL);
    sqlite_readers_close(s);
    close_writer(s);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    pthread_mutex_destroy(&s->writing);
    pthread_mutex_destroy(&s->pool_lock);
    pthread_cond_destroy(&s->pool_free);
    store_free(&s->s);
    free(s);
}

struct sqlite_store *sqlite_store_new(
    struct ctx *c, const struct store_options *options, struct str path)
{
    /* Counting SQLite's own memory would be a lock in every allocation.  Refused once it runs. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    struct sqlite_store *s = calloc(1, sizeof *s);
    must(s != NULL);
    store_init(&s->s, c, &engine_sqlite, options);
    s->lock_fd = -1;
    atomic_store(&s->room, INT64_MAX); /* until somebody asks */
    s->memory = str_eq(path, S(":memory:"));
    s->path = s->memory ? "" : str_c(&s->s.arena, path);
    must(pthread_mutex_init(&s->writing, NULL) == 0);
    must(pthread_mutex_init(&s->pool_lock, NULL) == 0);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    must(pthread_cond_init(&s->pool_free, &monotonic) == 0);
    pthread_condattr_destroy(&monotonic);
    return s;
}

static enum err open_store(struct ctx *c, const struct store_options *options, struct store **ret)
{
    struct str path = str_from(options->url, S("sqlite:").n);
    if (path.n == 0)
        return fail(c, INVALID_REQUEST, "sqlite: needs the name of a file");
    struct sqlite_store *s = sqlite_store_new(c, options, path);
    enum err e = start(c, s);
    if (e != E_OK) {
        close_store(&s->s);
        return e;
    }
    log_info(c, "store.open", L("engine", S("SQLite")),
        L("version", str_of_c(sqlite3_libversion())), L("source", str_of_c(sqlite3_sourceid())),
        L("file", path));
    *ret = &s->s;
    return E_OK;
}

static struct str describe(const struct store *store, struct arena *a)
{
    const struct sqlite_store *s = (const struct sqlite_store *)store;
    if (s->memory)
        return str_fmt(a, "SQLite %s in memory", sqlite3_libversion());
    static const char *const words[] = {
        [CHECK_NOT_YET] = "quick_check not finished",
        [CHECK_GOOD] = "quick_check found nothing",
        [CHECK_BAD] = "quick_check FOUND DAMAGE",
    };
    return str_fmt(a, "SQLite %s (%.25s), file %s, WAL, synchronous=FULL, %s", sqlite3_libversion(),
        sqlite3_sourceid(), s->path, words[atomic_load(&s->checked)]);
}

/* Asked of the kernel a few times a second, by whoever comes by. */
static int64_t room(struct store *store)
{
    struct sqlite_store *s = (struct sqlite_store *)store;
    int64_t now_ms = clock_mono_ms(), asked_ms = atomic_load(&s->room_ms);
    struct statvfs fs;
    bool old = asked_ms == 0 || now_ms - asked_ms >= ROOM_MS;
    if (s->memory)
        return INT64_MAX;
    if (old && atomic_compare_exchange_strong(&s->room_ms, &asked_ms, now_ms) &&
        fstatvfs(s->lock_fd, &fs) == 0)
        atomic_store(&s->room, (int64_t)(fs.f_bavail * fs.f_frsize));
    return atomic_load(&s->room);
}

static void *memo(struct db *db)
{
    struct sqlite_store *s = (struct sqlite_store *)db->store;
    must(db == &s->w.db);
    return s->memo;
}

static void forget(struct store *store)
{
    struct sqlite_store *s = (struct sqlite_store *)store;
    memset(s->memo, 0, sizeof s->memo);
}

const struct engine engine_sqlite = {
    .name = "SQLite",
    .open = open_store,
    .close = close_store,
    .batch = sqlite_batch,
    .read = sqlite_read,
    .describe = describe,
    .room = room,
    .check = sqlite_check,
    .sweep = sqlite_sweep,
    .start = sqlite_start,
    .row = sqlite_row,
    .cell = sqlite_cell,
    .finish = sqlite_finish,
    .exec = sqlite_exec,
    .memo = memo,
    .forget = forget,
    .script = sqlite_script,
    .copy_columns = sqlite_copy_columns,
    .copy_out = sqlite_copy_out,
    .copy_in_begin = sqlite_copy_in_begin,
    .copy_in_row = sqlite_copy_in_row,
    .copy_in_end = sqlite_copy_in_end,
    .backup = sqlite_backup,
};
