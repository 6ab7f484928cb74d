#ifndef DB_SCRATCH_H
#define DB_SCRATCH_H

#include "db/db.h"

/* An empty, migrated store for one test.  In memory with everything inline, unless the environment
 * says otherwise: TEST_STORE=file, a real file with the writer's thread; TEST_DB=postgres://…, a
 * database of its own on that server. */
struct scratch {
    struct store *store;
    struct arena arena; /* a test may reset its own */
    struct str server;  /* TEST_DB, or empty */
    struct str url;     /* to open it once more */
};
/* Does the environment say otherwise? */
bool scratch_is_other(void);
/* Sets c->store.  Without a store no test has a meaning: must(). */
void scratch_open(struct ctx *c, struct scratch *ret);
void scratch_close(struct ctx *c, struct scratch *s);

/* Always a file, for tests of what only files do; options may be changed by then opening url
 * again. */
struct str scratch_file(struct ctx *c);                  /* sqlite:FILE; nothing is there yet */
void scratch_file_remove(struct ctx *c, struct str url); /* with its WAL and lock */
/* Tables of a test's own, written like a migration. */
void scratch_tables(struct ctx *c, const char *script);
/* Opens and migrates. */
void scratch_open_with(struct ctx *c, const struct store_options *options);

/* What the test program does when it is started as the process to be killed (kill_test.c). */
int scratch_child(const char *url);

/* For scratch.c: a migrated database on that server, and its end (pg_scratch.c). */
enum err scratch_pg_create(struct ctx *c, struct str server_url, struct str *ret_url);
enum err scratch_pg_drop(struct ctx *c, struct str server_url, struct str url);

#endif
