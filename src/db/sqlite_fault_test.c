#include "base/test.h"
#include "db/scratch.h"
#include "db/sqlite.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A disk that fails under SQLite: the n-th sync or write of a scenario does not happen.  Our
 * fdatasync stands before the library's; writes are SQLite's own hook for tests. */

static struct {
    int64_t sync_in, write_in; /* fail when it counts down to 0; negative: never */
    bool for_ever;
    int error;
    bool fired;
} disk = { .sync_in = -1, .write_in = -1 };

static bool fails(int64_t *in)
{
    if (*in < 0 || (*in)-- > 0)
        return false;
    if (disk.for_ever)
        *in = 0;
    disk.fired = true;
    errno = disk.error;
    return true;
}

int fdatasync(int fd);
int fdatasync(int fd)
{
    return fails(&disk.sync_in) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

static ssize_t failing_pwrite(int fd, const void *p, size_t n, off_t at)
{
    return fails(&disk.write_in) ? -1 : pwrite(fd, p, n, at);
}

static void disk_good(void)
{
    disk.sync_in = disk.write_in = -1;
}

static void writes_are_ours(bool ours)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
    must(vfs->xSetSystemCall(vfs, "pwrite64",
             ours ? (sqlite3_syscall_ptr)(uintptr_t)failing_pwrite : NULL) == SQLITE_OK);
}

/* ---- the scenario: ten transactions, with a checkpoint among them */

enum {
    STEPS = 10,
    ROWS = 450 /* of about a page */
};

static enum err put(struct ctx *c, void *arg)
{
    char bytes[3000];
    memset(bytes, 'b', sizeof bytes);
    for (int64_t i = 0; i < ROWS; i++)
        TRY(db_exec(c, 1, "INSERT INTO thing (step, i, bytes) VALUES ($1, $2, $3)",
            DB_IN(in_i64(*(int64_t *)arg), in_i64(i),
                in_bytes((struct str) { bytes, sizeof bytes }))));
    return E_OK;
}

static enum err count_step(struct ctx *c, void *arg)
{
    int64_t *n = arg;
    return db_one(
        c, "SELECT COUNT(*) FROM thing WHERE step = $1", DB_IN(in_i64(*n)), DB_OUT(out_i64(n)));
}

static void not_fatal(struct store *s, const char *why)
{
    (void)why;
    (*(int *)s->options.self)++;
}

static bool run_scenario(struct ctx *c, bool *answered)
{
    bool stopped = false;
    for (int64_t step = 0; step < STEPS; step++) {
        enum err e = db_tx(c, "put", put, &step);
        answered[step] = e == E_OK;
        stopped = stopped || e != E_OK;
    }
    return stopped;
}

static void open_again(struct test *t, struct ctx *c, struct str url, int *fatal)
{
    struct store_options options = { .url = url, .inline_pump = true, .readers = 1, .self = fatal };
    EXPECT_OK(store_open(c, &options, &c->store));
    c->store->fatal = not_fatal;
}

/* Everything that was answered is there, every step is whole or absent, the file is sound. */
static void expect_sound(struct test *t, struct ctx *c, const bool *answered)
{
    struct buf out = BUF(t->c->arena);
    for (int64_t step = 0; step < STEPS; step++) {
        int64_t n = step;
        EXPECT_OK(db_read(c, count_step, &n));
        EXPECT(n == 0 || n == ROWS);
        EXPECT(n == ROWS || !answered[step]);
    }
    EXPECT_OK(store_check(c, &out));
}

/* One run with a bad disk; false when nothing failed because the scenario was over before. */
static bool run_once(struct test *t, int64_t sync_in, int64_t write_in, bool for_ever)
{
    struct ctx c = ctx_sibling(t->c, t->c->arena);
    struct str url = scratch_file(t->c);
    int fatal = 0;
    bool answered[STEPS] = { false };
    scratch_open_with(
        &c, &(struct store_options) { .url = url, .inline_pump = true, .readers = 1 });
    scratch_tables(&c,
        "CREATE TABLE thing (step BIGINT NOT NULL, i BIGINT NOT NULL,"
        " bytes BYTEA NOT NULL, PRIMARY KEY (step, i));\n");
    store_close(c.store);
    open_again(t, &c, url, &fatal);
    disk.sync_in = sync_in;
    disk.write_in = write_in;
    disk.for_ever = for_ever;
    disk.fired = false;
    bool stopped = run_scenario(&c, answered);
    bool fired = disk.fired;
    disk_good();
    EXPECT_I64(fatal, fired ? 1 : 0);
    EXPECT(fired || !stopped);
    store_close(c.store);
    open_again(t, &c, url, &fatal);
    expect_sound(t, &c, answered);
    store_close(c.store);
    scratch_file_remove(t->c, url);
    return fired;
}

TEST("F5 R86 a sync that fails ends the process; what was acknowledged is there afterwards")
{
    disk.error = EIO;
    int64_t n = 0;
    while (run_once(t, n, -1, n % 2 == 1))
        n++;
    EXPECT(n > STEPS && n < 100);
}

TEST("F6 R86 a write that fails ends the process; what was acknowledged is there afterwards")
{
    writes_are_ours(true);
    disk.error = ENOSPC;
    int64_t n = 0;
    while (run_once(t, -1, n, n % 2 == 1))
        n = n * 2 + 1;
    writes_are_ours(false);
    EXPECT(n > STEPS * ROWS && n < 100000);
}
