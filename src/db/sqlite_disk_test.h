#ifndef DB_SQLITE_DISK_TEST_H
#define DB_SQLITE_DISK_TEST_H

#include "db/power_test.h"
#include "db/sqlite.h"

/* A record, as sqlite_disk_test.c writes it and sqlite_outage_test.c reads it. */

enum {
    DISK_FILES = 3,
    DISK_STATES = 65536,
};
extern const char *const disk_suffix[DISK_FILES]; /* the database, its log, its journal */

enum disk_deed {
    DISK_WRITE,
    DISK_TRUNCATE,
    DISK_SYNC,
    DISK_MAKE,
    DISK_REMOVE,
    DISK_ANSWER,
    DISK_DEEDS
};
struct disk_step {
    enum disk_deed deed;
    int file, inode;  /* a name, and what it stands for: a file deleted and made anew is another */
    size_t at;        /* WRITE: where; TRUNCATE: to what size; ANSWER: how many commits */
    struct str bytes; /* WRITE */
    bool folder;      /* SYNC, REMOVE: and the names in the folder are durable too */
};

struct disk_hook {
    sqlite3_io_methods io;
    const sqlite3_io_methods *real;
    struct disk *disk;
    int file;
};
struct disk {
    sqlite3_vfs vfs; /* first */
    sqlite3_vfs *real;
    struct disk_hook hook[DISK_FILES];
    struct ctx c;
    struct arena arena;
    struct str path;
    struct str base[DISK_FILES]; /* what was there before, */
    int first[DISK_FILES];       /* under these inodes; -1: not there */
    int live[DISK_FILES], inodes;
    struct disk_step *step;
    size_t steps, room, count[DISK_DEEDS];
    uint64_t *state; /* what the database said before the first commit, and after each */
    size_t commits;
};

#endif
