#include "base/fault.h"
#include "base/test.h"
#include "db/scratch.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Copies, from the test's store whatever it is, into a file and from there into a fresh SQLite; and
 * from a file into the test's store.  So with TEST_DB both ways between the engines are run. */

static enum err put_settings(struct ctx *c, void *arg)
{
    for (int64_t i = 0; i < *(int64_t *)arg; i++)
        TRY(db_exec(c, 1, "INSERT INTO setting (name, value) VALUES ($1, $2)",
            DB_IN(in_str(str_fmt(c->arena, "name %lld", (long long)i)),
                in_str(str_fmt(c->arena, "naïve ₦ %lld", (long long)i * i)))));
    return E_OK;
}

static enum err forget_settings(struct ctx *c, void *arg)
{
    must(arg == NULL);
    return db_exec(c, DB_ANY_ROWS, "DELETE FROM setting", DB_NO_IN);
}

struct seen {
    struct str name, value;
    struct buf all;
};

static enum err add_setting(struct ctx *c, void *arg)
{
    struct seen *s = arg;
    (void)c;
    buf_fmt(&s->all, "%.*s=%.*s\n", SARG(s->name), SARG(s->value));
    return E_OK;
}

static enum err see_settings(struct ctx *c, void *arg)
{
    struct seen *s = arg;
    return db_each(c, "SELECT name, value FROM setting ORDER BY name", DB_NO_IN,
        DB_OUT(out_str(&s->name), out_str(&s->value)), add_setting, s);
}

static struct str settings(struct test *t, struct ctx *c)
{
    struct seen s = { .all = BUF(t->c->arena) };
    EXPECT_OK(db_read(c, see_settings, &s));
    return buf_str(&s.all);
}

/* A folder of its own: DIR/db is for a store, DIR/db-ctl for a copy; scratch_file_remove takes both
 * away. */
struct place {
    struct str url, copy;
};

static struct place place_new(struct test *t)
{
    struct str url = scratch_file(t->c);
    return (struct place) { url, str_fmt(t->c->arena, "%.*s-ctl", SARG(str_from(url, 7))) };
}

static void open_fresh(struct test *t, struct ctx *c, struct str url)
{
    *c = ctx_sibling(t->c, t->c->arena);
    struct store_options options = { .url = url, .inline_pump = true, .quiet_schema = true };
    EXPECT_OK(store_open(c, &options, &c->store));
}

TEST("a backup restored into an empty database has the same rows")
{
    struct place p = place_new(t);
    struct buf out = BUF(t->c->arena);
    struct ctx fresh;
    int64_t n = 90;
    EXPECT_OK(db_tx(t->c, "put settings", put_settings, &n));
    EXPECT_OK(store_backup(t->c, p.copy, &out));
    struct stat st;
    EXPECT(stat(str_c(t->c->arena, p.copy), &st) == 0 && (st.st_mode & 0777) == 0600);
    open_fresh(t, &fresh, p.url);
    EXPECT_OK(store_restore(&fresh, p.copy, &out));
    struct str want = settings(t, t->c);
    EXPECT(want.n > 90 * 10);
    EXPECT_STR(settings(t, &fresh), want);
    EXPECT_OK(store_check(&fresh, &out));
    struct schema_state s;
    EXPECT_OK(schema_read(&fresh, &s));
    EXPECT(s.have == s.want);
    store_close(fresh.store);
    scratch_file_remove(t->c, p.url);
}

TEST("a store in memory begins with what another one holds, and shares nothing with it")
{
    struct buf out = BUF(t->c->arena);
    struct ctx pattern, other = ctx_sibling(t->c, t->c->arena);
    int64_t n = 3;
    open_fresh(t, &pattern, S("sqlite::memory:"));
    EXPECT_OK(schema_migrate(&pattern, &out));
    EXPECT_OK(db_tx(&pattern, "put settings", put_settings, &n));
    struct str want = settings(t, &pattern);
    EXPECT_OK(store_open(&other,
        &(struct store_options) {
            .url = S("sqlite::memory:"), .inline_pump = true, .like = pattern.store },
        &other.store));
    EXPECT_STR(settings(t, &other), want);
    EXPECT_OK(db_tx(&other, "forget settings", forget_settings, NULL));
    EXPECT_STR(settings(t, &other), S(""));
    EXPECT_STR(settings(t, &pattern), want);
    store_close(other.store);
    store_close(pattern.store);
}

TEST("what SQLite has is restored into the other engine")
{
    struct place p = place_new(t);
    struct buf out = BUF(t->c->arena);
    struct ctx from;
    int64_t n = 90;
    open_fresh(t, &from, p.url);
    EXPECT_OK(schema_migrate(&from, &out));
    EXPECT_OK(db_tx(&from, "put settings", put_settings, &n));
    EXPECT_OK(store_backup(&from, p.copy, &out));
    EXPECT_OK(store_restore(t->c, p.copy, &out));
    EXPECT_STR(settings(t, t->c), settings(t, &from));
    store_close(from.store);
    scratch_file_remove(t->c, p.url);
}

TEST("a restore into a database with rows is refused and changes nothing")
{
    struct place p = place_new(t);
    struct buf out = BUF(t->c->arena);
    int64_t n = 3;
    EXPECT_OK(db_tx(t->c, "put settings", put_settings, &n));
    EXPECT_OK(store_backup(t->c, p.copy, &out));
    struct str before = settings(t, t->c);
    EXPECT_FAIL(store_restore(t->c, p.copy, &out), CONFLICT);
    EXPECT_STR(settings(t, t->c), before);
    EXPECT_FAIL(store_backup(t->c, p.copy, &out), CONFLICT); /* nor is a copy overwritten */
    scratch_file_remove(t->c, p.url);
}

TEST("a file that is no copy is refused")
{
    struct place p = place_new(t);
    struct buf out = BUF(t->c->arena);
    EXPECT_FAIL(store_restore(t->c, p.copy, &out), INVALID_REQUEST);
    FILE *f = fopen(str_c(t->c->arena, p.copy), "wb");
    fputs("this is not a database, but it is long enough to look like the head of one: 100 bytes"
          " and then a few more of them",
        f);
    fclose(f);
    struct str before = settings(t, t->c);
    EXPECT(store_restore(t->c, p.copy, &out) != E_OK);
    EXPECT_STR(settings(t, t->c), before);
    scratch_file_remove(t->c, p.url);
}

TEST("a backup that fails anywhere leaves no file by that name, and none beside it")
{
    struct place p = place_new(t);
    int64_t n = 5;
    EXPECT_OK(db_tx(t->c, "put settings", put_settings, &n));
    for (int k = 0;; k++) {
        struct buf out = BUF(t->c->arena);
        t->c->faults->countdown = k;
        t->c->faults->fired = false;
        enum err e = store_backup(t->c, p.copy, &out);
        bool fired = t->c->faults->fired;
        faults_off(t->c->faults);
        EXPECT(e == E_OK || fired);
        EXPECT((access(str_c(t->c->arena, p.copy), F_OK) == 0) == (e == E_OK));
        EXPECT(access(str_fmt(t->c->arena, "%.*s.part", SARG(p.copy)).p, F_OK) != 0);
        unlink(str_c(t->c->arena, p.copy));
        if (!fired)
            break;
    }
    scratch_file_remove(t->c, p.url);
}
