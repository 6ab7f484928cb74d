#ifndef BASE_TEST_H
#define BASE_TEST_H

#include "base/ctx.h"

/* TEST("partial refunds add up to the payment and no further") { … EXPECT(…); }
 *
 * Every test gets a fresh ctx on an empty, migrated store (SQLite, or the PostgreSQL of TEST_DB),
 * with seeded ids and a fixed clock.  t is the test, t->c its ctx.  A failing EXPECT prints what
 * was wanted and where the last error was raised, and ends the test.  The test program runs all
 * tests, or those whose sentence holds the words given: build/debug/test words… */
struct test {
    struct ctx *c;
    const char *name;
    const char *file;
};

struct test_entry {
    const char *name, *file;
    int line;
    void (*run)(struct test *t);
    struct test_entry *next;
};
void test_register(struct test_entry *entry);

#define TEST_CAT_(a, b) a##b
#define TEST_CAT(a, b) TEST_CAT_(a, b)
#define TEST(sentence) TEST_AT(sentence, TEST_CAT(test_, __LINE__))
#define TEST_AT(sentence, fn)                                                                      \
    static void fn(struct test *t);                                                                \
    static struct test_entry TEST_CAT(fn, _entry) = { sentence, __FILE__, __LINE__, fn, NULL };    \
    __attribute__((constructor)) static void TEST_CAT(fn, _register)(void)                         \
    {                                                                                              \
        test_register(&TEST_CAT(fn, _entry));                                                      \
    }                                                                                              \
    static void fn(__attribute__((unused)) struct test *t)

#define EXPECT(cond) test_expect(t, (cond), __FILE__, __LINE__, #cond)
#define EXPECT_OK(call) test_expect_ok(t, (call), __FILE__, __LINE__, #call)
#define EXPECT_FAIL(call, code) test_expect_fail(t, (call), CODE_##code, __FILE__, __LINE__, #call)
#define EXPECT_I64(got, want) test_expect_i64(t, (got), (want), __FILE__, __LINE__, #got)
#define EXPECT_STR(got, want) test_expect_str(t, (got), (want), __FILE__, __LINE__, #got)

void test_expect(struct test *t, bool ok, const char *file, int line, const char *what);
void test_expect_ok(struct test *t, enum err e, const char *file, int line, const char *what);
void test_expect_fail(
    struct test *t, enum err e, enum code code, const char *file, int line, const char *what);
void test_expect_i64(
    struct test *t, int64_t got, int64_t want, const char *file, int line, const char *what);
void test_expect_str(
    struct test *t, struct str got, struct str want, const char *file, int line, const char *what);

/* Compares with tests/golden/NAME; with GOLDEN=write it writes the file instead. */
#define EXPECT_GOLDEN(name, got) test_expect_golden(t, name, got, __FILE__, __LINE__)
void test_expect_golden(
    struct test *t, const char *name, struct str got, const char *file, int line);

/* Runs what was registered.  setup makes t->c, teardown ends it; both belong to the program that
 * links the tests (app/test_main.c), which knows the store. */
struct test_world {
    void (*setup)(struct test *t, void *arg);
    void (*teardown)(struct test *t, void *arg);
    bool (*left_out)(const char *file); /* its sentences were said by another run */
    void *arg;
};
/* TEST_PART=2/3: every third test, from the second on, so that processors can share them. */
int test_run_all(const struct test_world *world, int words, char **word);

#endif
