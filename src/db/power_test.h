#ifndef DB_POWER_TEST_H
#define DB_POWER_TEST_H

#include "db/db.h"

/* Power loss (safety.md F3, F4).  A disk is a VFS that passes everything on to SQLite's usual one
 * and writes down what was asked of it: every write, every sync, every file made and deleted; and,
 * between them, every commit that was answered, with a digest of what the database then said.
 *
 * Afterwards the power goes at any point of this record.  What was synced by then is there.  Of
 * what was not, each write may be there, missing, there in some of its sectors or garbage in them,
 * and each name may be in its folder or not; a fate is one choice of all this.  What is left is
 * laid down as files, for the real thing to open. */

/* ---- recording */
struct disk;
/* For the database at url (sqlite:FILE, the folder exists); what lies there is durable.  Ends with
 * c's arena.  One disk is used by one thread. */
struct disk *disk_new(struct ctx *c, struct str url);
/* For store_options: vfs, self, committed. */
const char *disk_vfs(const struct disk *d);
void disk_committed(void *disk, int64_t commit_no, const uint64_t *topics, size_t n);
size_t disk_steps(const struct disk *d);                         /* the power can go after each */
int64_t disk_commits(const struct disk *d);                      /* answered ones */
struct str disk_describe(const struct disk *d, struct arena *a); /* how many of what */

/* The writer's checkpoint, as it would be made when its time comes. */
enum disk_checkpoint {
    CHECKPOINT_PASSIVE,
    CHECKPOINT_RESTART,
    CHECKPOINT_TRUNCATE,
    CHECKPOINT_KINDS
};
void disk_checkpoint(struct ctx *c, enum disk_checkpoint kind);

/* Every row of every table, in short. */
enum err disk_digest(struct ctx *c, struct str url, uint64_t *ret);

/* ---- cutting */
enum {
    FATES = 16,
    /* A disk, or a program, that does not sync: for seeing that a loss is seen. */
    LIE_DATABASE = 1,
    LIE_LOG = 2,
};
struct outage;
/* Ends with c's arena.  lies: syncs that did nothing. */
struct outage *outage_new(struct ctx *c, const struct disk *d, unsigned lies, uint64_t seed);
/* The power goes after `at` steps, which never falls from call to call.  False: with these commits
 * answered, this very disk was already left by another call. */
bool outage_at(struct outage *o, size_t at, int fate);
/* Lays it down at url, in place of whatever is there. */
void outage_leave(struct ctx *c, const struct outage *o, struct str url);
enum outage_verdict {
    OUTAGE_WHOLE, /* the state after some commit, and no answered one is missing */
    OUTAGE_LOST,  /* an answered commit is not there */
    OUTAGE_TORN,  /* a state that never was */
};
/* What the database, recovered, now says. */
enum outage_verdict outage_judge(const struct outage *o, uint64_t digest);

#endif
