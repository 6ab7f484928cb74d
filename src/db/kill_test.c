#include "base/clock.h"
#include "base/test.h"
#include "db/scratch.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process that writes as fast as it can is killed in the middle, again and again: what it said
 * was committed is there, and the file is whole.  The test's own program is the process, started
 * anew (main knows the word), so that no thread is carried over a fork. */

enum {
    ROUNDS = 20,
    WRITERS = 4
};

struct word {
    int64_t writer, number;
};

/* ---- the process that is killed */

struct writer {
    struct ctx place;
    struct word word;
    pthread_t thread;
};

static enum err put_number(struct ctx *c, void *arg)
{
    const struct word *w = arg;
    TRY(db_exec(c, 1, "INSERT INTO said (writer, number) VALUES ($1, $2)",
        DB_IN(in_i64(w->writer), in_i64(w->number))));
    return db_exec(c, 1, "UPDATE latest SET number = $2 WHERE writer = $1",
        DB_IN(in_i64(w->writer), in_i64(w->number)));
}

static void *write_for_ever(void *arg)
{
    struct writer *me = arg;
    struct arena arena = { 0 };
    for (;;) {
        struct ctx c = ctx_sibling(&me->place, &arena);
        me->word.number++;
        enum err e;
        while ((e = db_tx(&c, "put number", put_number, &me->word)) == E_BUSY) {
            /* a disk so slow that it waited for two seconds */
        }
        if (e != E_OK || write(STDOUT_FILENO, &me->word, sizeof me->word) != sizeof me->word)
            _exit(1);
        arena_reset(&arena);
    }
}

static enum err read_latest(struct ctx *c, void *arg)
{
    struct word *w = arg;
    return db_one(c, "SELECT number FROM latest WHERE writer = $1", DB_IN(in_i64(w->writer)),
        DB_OUT(out_i64(&w->number)));
}

int scratch_child(const char *url)
{
    static struct arena arena;
    static struct writer writer[WRITERS];
    struct ctx c = { .arena = &arena, .request_id = S("child") };
    if (store_open(&c, &(struct store_options) { .url = str_of_c(url) }, &c.store) != E_OK) {
        fprintf(stderr, "%.*s\n", SARG(err_chain(&c)));
        return 1;
    }
    for (int i = 0; i < WRITERS; i++) {
        writer[i] = (struct writer) { .place = c, .word = { .writer = i } };
        if (db_read(&c, read_latest, &writer[i].word) != E_OK)
            return 1;
    }
    for (int i = 0; i < WRITERS; i++)
        must(pthread_create(&writer[i].thread, NULL, write_for_ever, &writer[i]) == 0);
    for (;;)
        pause();
}

/* ---- the one who kills it */

static pid_t start_child(struct str url, int *ret_from)
{
    int pipes[2];
    must(pipe(pipes) == 0);
    const char *argument = url.p;
    pid_t pid = fork();
    must(pid >= 0);
    if (pid == 0) {
        dup2(pipes[1], STDOUT_FILENO);
        close(pipes[0]);
        close(pipes[1]);
        execl("/proc/self/exe", "test", "--store-child", argument, (char *)NULL);
        _exit(127);
    }
    close(pipes[1]);
    *ret_from = pipes[0];
    return pid;
}

/* Reads what the child says until enough was said, kills it, and reads the rest. */
static int64_t hear_and_kill(pid_t pid, int from, int64_t enough, int64_t *heard)
{
    struct word w;
    int64_t words = 0;
    while (read(from, &w, sizeof w) == sizeof w) {
        must(w.writer >= 0 && w.writer < WRITERS);
        heard[w.writer] = w.number;
        if (++words == enough)
            kill(pid, SIGKILL);
    }
    close(from);
    int status = 0;
    must(waitpid(pid, &status, 0) == pid);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? words : -1;
}

static enum err prepare_tx(struct ctx *c, void *arg)
{
    (void)arg;
    for (int64_t i = 0; i < WRITERS; i++)
        TRY(db_exec(c, 1, "INSERT INTO latest (writer, number) VALUES ($1, 0)", DB_IN(in_i64(i))));
    return E_OK;
}

struct found {
    int64_t writer, said, count, latest;
};

static enum err find_latest(struct ctx *c, void *arg)
{
    struct found *f = arg;
    return db_one(c,
        "SELECT l.number, COUNT(s.number), COALESCE(MAX(s.number), 0) FROM latest l"
        " LEFT JOIN said s ON s.writer = l.writer WHERE l.writer = $1 GROUP BY l.number",
        DB_IN(in_i64(f->writer)),
        DB_OUT(out_i64(&f->latest), out_i64(&f->count), out_i64(&f->said)));
}

static void expect_all(struct test *t, struct ctx *c, int64_t *heard)
{
    struct buf out = BUF(t->c->arena);
    for (int64_t i = 0; i < WRITERS; i++) {
        struct found f = { .writer = i };
        EXPECT_OK(db_read(c, find_latest, &f));
        EXPECT(f.latest >= heard[i]);     /* nothing that was acknowledged is gone */
        EXPECT(f.latest <= heard[i] + 1); /* one more may be there, unheard of */
        EXPECT(f.count == f.latest && f.said == f.latest); /* whole transactions only */
        heard[i] = f.latest;                               /* the next process goes on from there */
    }
    EXPECT_OK(store_check(c, &out));
}

TEST("F1 a process killed under load has lost nothing that it had acknowledged")
{
    struct str url = scratch_file(t->c);
    struct store_options options = { .url = url, .readers = 1, .inline_pump = true };
    struct ctx c = ctx_sibling(t->c, t->c->arena);
    scratch_open_with(&c, &options);
    scratch_tables(&c,
        "CREATE TABLE said (writer BIGINT NOT NULL, number BIGINT NOT NULL,"
        " PRIMARY KEY (writer, number));\n"
        "CREATE TABLE latest (writer BIGINT PRIMARY KEY, number BIGINT NOT NULL);\n");
    EXPECT_OK(db_tx(&c, "prepare", prepare_tx, NULL));
    store_close(c.store);
    int64_t heard[WRITERS] = { 0 }, all = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int from = -1;
        pid_t pid = start_child(url, &from);
        int64_t words = hear_and_kill(pid, from, 10 + 9 * round, heard);
        EXPECT(words > 0);
        all += words;
        EXPECT_OK(store_open(&c, &options, &c.store));
        expect_all(t, &c, heard);
        store_close(c.store);
    }
    EXPECT(all >= 10 * ROUNDS);
    scratch_file_remove(t->c, url);
}
