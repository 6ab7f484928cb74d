#include "db/sqlite_disk_test.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* The record.  The real VFS keeps its own file struct; ours are its method tables with four
 * functions in front, and a few bytes behind the struct. */

struct opened {
    int inode;
    bool folder; /* its first sync also syncs the folder, as SQLite does for a new log or journal */
};

const char *const disk_suffix[DISK_FILES] = { "", "-wal", "-journal" };

static struct disk_hook *hook_of(sqlite3_file *f)
{
    return (struct disk_hook *)((uintptr_t)f->pMethods - offsetof(struct disk_hook, io));
}

static struct opened *opened_of(sqlite3_file *f)
{
    size_t own = (size_t)hook_of(f)->disk->vfs.szOsFile - sizeof(struct opened);
    return (struct opened *)((uintptr_t)f + own);
}

static void note(struct disk *d, struct disk_step step)
{
    if (d->steps == d->room) {
        size_t room = d->room == 0 ? 1024 : d->room * 2;
        struct disk_step *more = arena_array(&d->arena, struct disk_step, room);
        if (d->steps > 0)
            memcpy(more, d->step, d->steps * sizeof *more);
        d->step = more;
        d->room = room;
    }
    d->step[d->steps++] = step;
    d->count[step.deed]++;
}

static int on_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    struct disk_hook *h = hook_of(f);
    struct str bytes = str_copy(&h->disk->arena, (struct str) { p, (size_t)n });
    note(h->disk,
        (struct disk_step) {
            .deed = DISK_WRITE, .inode = opened_of(f)->inode, .at = (size_t)at, .bytes = bytes });
    return h->real->xWrite(f, p, n, at);
}

static int on_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    struct disk_hook *h = hook_of(f);
    note(h->disk,
        (struct disk_step) {
            .deed = DISK_TRUNCATE, .inode = opened_of(f)->inode, .at = (size_t)size });
    return h->real->xTruncate(f, size);
}

static int on_sync(sqlite3_file *f, int flags)
{
    struct disk_hook *h = hook_of(f);
    struct opened *o = opened_of(f);
    int rc = h->real->xSync(f, flags);
    note(h->disk,
        (struct disk_step) {
            .deed = DISK_SYNC, .inode = o->inode, .file = h->file, .folder = o->folder });
    o->folder = false;
    return rc;
}

static int file_of(const struct disk *d, const char *name)
{
    if (name == NULL || strncmp(name, d->path.p, d->path.n) != 0)
        return -1;
    for (int i = 0; i < DISK_FILES; i++)
        if (strcmp(name + d->path.n, disk_suffix[i]) == 0)
            return i;
    return -1;
}

static void hook(struct disk *d, int file, sqlite3_file *f)
{
    struct disk_hook *h = &d->hook[file];
    if (h->real == NULL) {
        *h =
            (struct disk_hook) { .io = *f->pMethods, .real = f->pMethods, .disk = d, .file = file };
        h->io.xWrite = on_write;
        h->io.xTruncate = on_truncate;
        h->io.xSync = on_sync;
    }
    must(h->real == f->pMethods);
    f->pMethods = &h->io;
}

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
    struct disk *d = (struct disk *)vfs;
    int file = file_of(d, name);
    bool there = file >= 0 && access(name, F_OK) == 0;
    int rc = d->real->xOpen(d->real, name, f, flags, ret_flags);
    if (rc != SQLITE_OK || file < 0)
        return rc;
    if (!there || d->live[file] < 0) {
        d->live[file] = d->inodes++;
        note(d, (struct disk_step) { .deed = DISK_MAKE, .inode = d->live[file], .file = file });
    }
    hook(d, file, f);
    *opened_of(f) = (struct opened) {
        .inode = d->live[file],
        .folder = file > 0 && (flags & SQLITE_OPEN_CREATE),
    };
    return SQLITE_OK;
}

static int on_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    struct disk *d = (struct disk *)vfs;
    int file = file_of(d, name);
    int rc = d->real->xDelete(d->real, name, sync_folder);
    if (rc == SQLITE_OK && file >= 0 && d->live[file] >= 0) {
        note(d, (struct disk_step) { .deed = DISK_REMOVE, .file = file, .folder = sync_folder });
        d->live[file] = -1;
    }
    return rc;
}

static void disk_end(void *disk)
{
    struct disk *d = disk;
    sqlite3_vfs_unregister(&d->vfs);
    arena_free(&d->arena);
}

static struct str content_of(struct arena *a, const char *path, bool *ret_there)
{
    struct buf b = BUF(a);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *ret_there = fd >= 0;
    for (ssize_t n = 1; fd >= 0 && n > 0;) {
        char *room = buf_room(&b, 65536);
        n = read(fd, room, 65536);
        must(n >= 0);
        b.n += (size_t)n;
    }
    if (fd >= 0)
        close(fd);
    return buf_str(&b);
}

struct disk *disk_new(struct ctx *c, struct str url)
{
    struct disk *d = arena_new(c->arena, struct disk);
    d->real = sqlite3_vfs_find("unix");
    must(d->real != NULL);
    d->path = str_of_c(str_c(&d->arena, str_from(url, S("sqlite:").n)));
    d->vfs = *d->real;
    d->vfs.zName = str_fmt(&d->arena, "disk of %.*s", SARG(d->path)).p;
    d->vfs.szOsFile = (d->real->szOsFile + 15) / 16 * 16 + (int)sizeof(struct opened);
    d->vfs.xOpen = on_open;
    d->vfs.xDelete = on_delete;
    d->vfs.pNext = NULL;
    for (int i = 0; i < DISK_FILES; i++) {
        bool there = false;
        struct str name = str_fmt(&d->arena, "%.*s%s", SARG(d->path), disk_suffix[i]);
        d->base[i] = content_of(&d->arena, name.p, &there);
        d->live[i] = there ? d->inodes++ : -1;
        d->first[i] = d->live[i];
    }
    must(sqlite3_vfs_register(&d->vfs, 0) == SQLITE_OK);
    d->c = ctx_sibling(c, &d->arena);
    d->state = arena_array(&d->arena, uint64_t, DISK_STATES);
    must(disk_digest(&d->c, url, &d->state[0]) == E_OK);
    arena_defer(c->arena, disk_end, d);
    return d;
}

const char *disk_vfs(const struct disk *d)
{
    return d->vfs.zName;
}

void disk_committed(void *disk, int64_t commit_no, const uint64_t *topics, size_t n)
{
    struct disk *d = disk;
    must(commit_no > 0 && (topics != NULL || n == 0));
    must(++d->commits < DISK_STATES);
    struct str url = str_fmt(&d->arena, "sqlite:%.*s", SARG(d->path));
    must(disk_digest(&d->c, url, &d->state[d->commits]) == E_OK);
    note(d, (struct disk_step) { .deed = DISK_ANSWER, .at = d->commits });
}

size_t disk_steps(const struct disk *d)
{
    return d->steps;
}

int64_t disk_commits(const struct disk *d)
{
    return (int64_t)d->commits;
}

struct str disk_describe(const struct disk *d, struct arena *a)
{
    return str_fmt(a, "%zu commits, %zu writes, %zu syncs, %zu truncations, %zu files deleted",
        d->count[DISK_ANSWER], d->count[DISK_WRITE], d->count[DISK_SYNC], d->count[DISK_TRUNCATE],
        d->count[DISK_REMOVE]);
}

void disk_checkpoint(struct ctx *c, enum disk_checkpoint kind)
{
    static const int mode[] = {
        [CHECKPOINT_PASSIVE] = SQLITE_CHECKPOINT_PASSIVE,
        [CHECKPOINT_RESTART] = SQLITE_CHECKPOINT_RESTART,
        [CHECKPOINT_TRUNCATE] = SQLITE_CHECKPOINT_TRUNCATE,
    };
    sqlite_checkpoint(sqlite_of(c), mode[kind]);
}

/* ---- what a database says */

static void say_value(struct buf *b, sqlite3_stmt *st, int i)
{
    struct db_cell v = sqlite_value(st, i);
    if (v.kind == CELL_I64)
        buf_fmt(b, "%lld|", (long long)v.i64);
    else
        buf_fmt(b, "%d,%zu:", (int)v.kind, v.str.n);
    if (v.kind == CELL_TEXT || v.kind == CELL_BYTES)
        buf_add(b, v.str);
}

static enum err say_rows(struct ctx *c, sqlite3 *h, const char *sql, struct buf *b)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(h, sql, -1, &st, NULL) != SQLITE_OK)
        return sqlite_failed(c, h, sql);
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(st); i++)
            say_value(b, st, i);
        buf_char(b, '\n');
    }
    sqlite3_finalize(st);
    return rc == SQLITE_DONE ? E_OK : sqlite_failed(c, h, sql);
}

static enum err say_all(struct ctx *c, sqlite3 *h, struct buf *b)
{
    const char *sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(h, sql, -1, &st, NULL) != SQLITE_OK)
        return sqlite_failed(c, h, sql);
    int rc;
    enum err e = E_OK;
    while (e == E_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(st, 0);
        buf_fmt(b, "[%s]\n", name);
        e = say_rows(c, h, str_fmt(c->arena, "SELECT * FROM \"%s\"", name).p, b);
    }
    sqlite3_finalize(st);
    return e != E_OK || rc == SQLITE_DONE ? e : sqlite_failed(c, h, sql);
}

enum err disk_digest(struct ctx *c, struct str url, uint64_t *ret)
{
    struct arena arena = { 0 };
    struct ctx k = ctx_sibling(c, &arena);
    const char *path = str_c(&arena, str_from(url, S("sqlite:").n));
    sqlite3 *h = NULL;
    struct buf b = BUF(&arena);
    bool there = access(path, F_OK) == 0;
    int rc = there ? sqlite3_open_v2(path, &h, SQLITE_OPEN_READONLY, "unix") : SQLITE_OK;
    enum err e = rc == SQLITE_OK ? E_OK : fail(&k, INTERNAL, "cannot open %s", path);
    if (there && e == E_OK) /* it only looks */
        sqlite3_db_config(h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (there && e == E_OK)
        e = say_all(&k, h, &b);
    sqlite3_close(h);
    if (e == E_OK)
        *ret = str_hash(buf_str(&b));
    else
        ctx_keep_error(c, &k);
    arena_free(&arena);
    return e;
}
