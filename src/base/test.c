#include "base/test.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The one place with longjmp: a failed expectation ends its test. */
static struct test_entry *entries;
static jmp_buf bail;

void test_register(struct test_entry *entry)
{
    struct test_entry **at = &entries;
    while (*at != NULL &&
        (strcmp((*at)->file, entry->file) < 0 ||
            (strcmp((*at)->file, entry->file) == 0 && (*at)->line < entry->line)))
        at = &(*at)->next;
    entry->next = *at;
    *at = entry;
}

static _Noreturn void failed(struct test *t, const char *file, int line, struct str what)
{
    printf("FAILED %s\n    %s:%d: %.*s\n", t->name, file, line, SARG(what));
    if (t->c->err.code != CODE_NONE)
        printf("    last error: %.*s\n", SARG(err_chain(t->c)));
    fflush(stdout);
    longjmp(bail, 1);
}

void test_expect(struct test *t, bool ok, const char *file, int line, const char *what)
{
    if (!ok)
        failed(t, file, line, str_fmt(t->c->arena, "not so: %s", what));
}

void test_expect_ok(struct test *t, enum err e, const char *file, int line, const char *what)
{
    if (e != E_OK)
        failed(t, file, line, str_fmt(t->c->arena, "%s failed with kind %d", what, (int)e));
}

void test_expect_fail(
    struct test *t, enum err e, enum code code, const char *file, int line, const char *what)
{
    if (e == E_OK || t->c->err.code != code)
        failed(t, file, line,
            str_fmt(t->c->arena, "%s: wanted %.*s, got %s", what, SARG(code_info(code)->name),
                e == E_OK ? "success" : str_c(t->c->arena, code_info(t->c->err.code)->name)));
    err_clear(t->c);
}

void test_expect_i64(
    struct test *t, int64_t got, int64_t want, const char *file, int line, const char *what)
{
    if (got != want)
        failed(t, file, line,
            str_fmt(t->c->arena, "%s is %lld, wanted %lld", what, (long long)got, (long long)want));
}

void test_expect_str(
    struct test *t, struct str got, struct str want, const char *file, int line, const char *what)
{
    if (!str_eq(got, want))
        failed(t, file, line,
            str_fmt(t->c->arena, "%s is\n      \"%.*s\"\n    wanted\n      \"%.*s\"", what,
                SARG(got), SARG(want)));
}

static struct str read_file(struct arena *a, const char *path, bool *ret_there)
{
    FILE *f = fopen(path, "rb");
    struct buf b = BUF(a);
    *ret_there = f != NULL;
    if (f == NULL)
        return S("");
    for (;;) {
        char *room = buf_room(&b, 4096);
        size_t n = fread(room, 1, 4096, f);
        b.n += n;
        if (n == 0)
            break;
    }
    fclose(f);
    return buf_str(&b);
}

void test_expect_golden(
    struct test *t, const char *name, struct str got, const char *file, int line)
{
    struct str path = str_fmt(t->c->arena, "tests/golden/%s", name);
    const char *how = getenv("GOLDEN");
    if (how != NULL && strcmp(how, "write") == 0) {
        FILE *f = fopen(path.p, "wb");
        must(f != NULL);
        fwrite(got.p, 1, got.n, f);
        fclose(f);
        return;
    }
    bool there = false;
    struct str want = read_file(t->c->arena, str_c(t->c->arena, path), &there);
    if (!there)
        failed(t, file, line, str_fmt(t->c->arena, "no %.*s; make golden writes it", SARG(path)));
    test_expect_str(t, got, want, file, line, name);
}

static bool wanted(
    const struct test_world *world, const struct test_entry *e, int words, char **word)
{
    bool any = words == 0 && !world->left_out(e->file);
    for (int i = 0; i < words; i++)
        any = any || strstr(e->name, word[i]) != NULL || strstr(e->file, word[i]) != NULL;
    return any;
}

struct part {
    int64_t at, of;
};

static struct part part_asked(void)
{
    const char *said = getenv("TEST_PART");
    struct part p = { 1, 1 };
    struct str at, of;
    must(said == NULL ||
        (str_cut(str_of_c(said), '/', &at, &of) && str_to_i64(at, &p.at) && str_to_i64(of, &p.of) &&
            p.at >= 1 && p.at <= p.of));
    return p;
}

/* A test that hangs says which one it is. */
enum {
    TEST_SECONDS_MAX = 120
};
static const char *running;

static void too_long(int signal)
{
    (void)signal;
    static const char before[] = "FAILED after two minutes: ", after[] = "\n0 passed, 1 failed\n";
    bool said = write(STDOUT_FILENO, before, sizeof before - 1) > 0 &&
        write(STDOUT_FILENO, running, str_of_c(running).n) > 0 &&
        write(STDOUT_FILENO, after, sizeof after - 1) > 0;
    _exit(said ? 1 : 2);
}

static bool run_one(const struct test_world *world, struct test_entry *e)
{
    struct test t = { .name = e->name, .file = e->file };
    running = e->name;
    signal(SIGALRM, too_long);
    alarm(TEST_SECONDS_MAX);
    world->setup(&t, world->arg);
    bool ok = setjmp(bail) == 0;
    if (ok)
        e->run(&t);
    world->teardown(&t, world->arg);
    alarm(0);
    return ok;
}

int test_run_all(const struct test_world *world, int words, char **word)
{
    int passed = 0, broken = 0;
    const struct part part = part_asked();
    int64_t seen = 0;
    for (struct test_entry *e = entries; e != NULL; e = e->next) {
        if (!wanted(world, e, words, word) || seen++ % part.of != part.at - 1)
            continue;
        if (getenv("VERBOSE") != NULL) {
            printf("%s: %s\n", e->file, e->name);
            fflush(stdout);
        }
        if (run_one(world, e))
            passed++;
        else
            broken++;
    }
    printf("%d passed, %d failed\n", passed, broken);
    return broken == 0 ? 0 : 1;
}
