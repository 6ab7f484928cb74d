#include "db/sqlite_disk_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/id.h"

/* The cut.  Steps become durable in the order of the syncs that cover them; what is not durable
 * when the power goes is pending, and a fate is drawn for each. */

enum {
    SECTOR = 512,
    SEEN = 1 << 21
};

struct content {
    char *p;
    size_t n, cap;
};

struct outage {
    const struct disk *disk;
    unsigned lies;
    uint64_t seed;
    size_t at;       /* these steps have happened */
    size_t answered; /* commits */
    uint64_t epoch;  /* stands for what is durable */
    struct content *inode;
    int name[DISK_FILES]; /* the folder, durable: inodes, or -1 */
    size_t *pending, pendings;

    /* what the last cut left */
    struct content left[DISK_FILES];
    bool there[DISK_FILES];
    uint64_t *seen; /* a table by hash of what cuts left */
};

/* ---- contents */

static void make_room(struct content *k, size_t n)
{
    if (n > k->cap) {
        k->cap = n * 2;
        k->p = realloc(k->p, k->cap);
        must(k->p != NULL);
    }
    if (n > k->n) {
        memset(k->p + k->n, 0, n - k->n);
        k->n = n;
    }
}

static void put(struct content *k, size_t at, struct str bytes)
{
    make_room(k, at + bytes.n);
    memcpy(k->p + at, bytes.p, bytes.n);
}

static void resize(struct content *k, size_t n)
{
    make_room(k, n);
    k->n = n;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    a = (a ^ b) * UINT64_C(0x9e3779b97f4a7c15);
    return a ^ a >> 29;
}

/* ---- what becomes durable */

static void make_durable(struct outage *o, const struct disk_step *step)
{
    if (step->deed == DISK_WRITE)
        put(&o->inode[step->inode], step->at, step->bytes);
    else if (step->deed == DISK_TRUNCATE)
        resize(&o->inode[step->inode], step->at);
    else if (step->deed == DISK_MAKE)
        o->name[step->file] = step->inode;
    else if (step->deed == DISK_REMOVE)
        o->name[step->file] = -1;
    o->epoch = mix(o->epoch, (uint64_t)(step - o->disk->step));
}

static bool is_name(const struct disk_step *step)
{
    return step->deed == DISK_MAKE || step->deed == DISK_REMOVE;
}

static void sync_pending(struct outage *o, int inode, bool folder)
{
    size_t left = 0;
    for (size_t i = 0; i < o->pendings; i++) {
        const struct disk_step *step = &o->disk->step[o->pending[i]];
        if (is_name(step) ? folder : step->inode == inode)
            make_durable(o, step);
        else
            o->pending[left++] = o->pending[i];
    }
    o->pendings = left;
}

static void happen(struct outage *o, size_t i)
{
    const struct disk_step *step = &o->disk->step[i];
    bool lied =
        step->deed == DISK_SYNC && (o->lies & (step->file == 0 ? LIE_DATABASE : LIE_LOG)) != 0;
    if (step->deed == DISK_ANSWER)
        o->answered = step->at;
    else if (step->deed != DISK_SYNC)
        o->pending[o->pendings++] = i;
    if (step->deed == DISK_SYNC && !lied)
        sync_pending(o, step->inode, step->folder);
    if (step->deed == DISK_REMOVE && step->folder)
        sync_pending(o, -1, true);
}

/* ---- fates */

enum whole {
    GONE,
    KEPT,
    IN_SECTORS,
    WITH_GARBAGE
};

/* The first eight fates are the shapes that one would think of; the rest is chance. */
static enum whole fate_of(struct ctx *c, int fate, size_t i, size_t n)
{
    bool last = i + 1 == n;
    switch (fate) {
    case 0:
        return GONE;
    case 1:
        return KEPT;
    case 2:
        return last ? GONE : KEPT;
    case 3:
        return last ? KEPT : GONE;
    case 4:
        return i < n / 2 ? KEPT : GONE;
    case 5:
        return last ? IN_SECTORS : KEPT;
    case 6:
        return last ? WITH_GARBAGE : KEPT;
    case 7:
        return WITH_GARBAGE;
    }
    int64_t drawn = random_below(c, fate % 2 == 0 ? 2 : 4);
    return (enum whole)drawn;
}

static void put_sectors(
    struct outage *o, struct ctx *c, struct content *k, const struct disk_step *step, bool garbage)
{
    for (size_t done = 0, n; done < step->bytes.n; done += n) {
        size_t at = step->at + done;
        n = SECTOR - at % SECTOR;
        if (n > step->bytes.n - done)
            n = step->bytes.n - done;
        int64_t drawn = random_below(c, garbage ? 3 : 2);
        o->epoch = mix(o->epoch, (uint64_t)drawn + 1);
        if (drawn == 1)
            put(k, at, str_part(step->bytes, done, n));
        char noise[SECTOR];
        if (drawn == 2) {
            random_bytes(c, noise, n);
            put(k, at, (struct str) { noise, n });
        }
    }
}

static void leave_bytes(struct outage *o, struct ctx *c, struct content *k,
    const struct disk_step *step, enum whole how)
{
    if (how == KEPT && step->deed == DISK_WRITE)
        put(k, step->at, step->bytes);
    else if (how != GONE && step->deed == DISK_WRITE)
        put_sectors(o, c, k, step, how == WITH_GARBAGE);
    else if (how != GONE)
        resize(k, step->at);
}

/* Which names are left: for each, what was done to it up to some point. */
static void leave_names(struct outage *o, const enum whole *how, int *ret_name)
{
    bool over[DISK_FILES] = { false };
    memcpy(ret_name, o->name, sizeof o->name);
    for (size_t i = 0; i < o->pendings; i++) {
        const struct disk_step *step = &o->disk->step[o->pending[i]];
        if (!is_name(step))
            continue;
        over[step->file] = over[step->file] || how[i] == GONE;
        if (!over[step->file])
            ret_name[step->file] = step->deed == DISK_MAKE ? step->inode : -1;
    }
}

static void leave_file(struct outage *o, struct ctx *c, int file, int inode, const enum whole *how)
{
    struct content *left = &o->left[file];
    left->n = 0;
    o->there[file] = inode >= 0;
    if (inode < 0)
        return;
    resize(left, o->inode[inode].n);
    if (left->n > 0)
        memcpy(left->p, o->inode[inode].p, left->n);
    for (size_t i = 0; i < o->pendings; i++) {
        const struct disk_step *step = &o->disk->step[o->pending[i]];
        if (is_name(step) || step->inode != inode)
            continue;
        o->epoch = mix(o->epoch, o->pending[i] << 2 | how[i]);
        leave_bytes(o, c, left, step, how[i]);
    }
}

static bool first_seen(struct outage *o, uint64_t what)
{
    what = what == 0 ? 1 : what;
    size_t i = what % SEEN;
    while (o->seen[i] != 0 && o->seen[i] != what)
        i = (i + 1) % SEEN;
    bool first = o->seen[i] == 0;
    o->seen[i] = what;
    return first;
}

bool outage_at(struct outage *o, size_t at, int fate)
{
    must(at >= o->at && at <= o->disk->steps && fate >= 0 && fate < FATES);
    while (o->at < at)
        happen(o, o->at++);
    struct ids ids = ids_of_seed(mix(mix(o->seed, at), (uint64_t)fate));
    struct ctx c = { .ids = &ids };
    enum whole *how = calloc(o->pendings + 1, sizeof *how);
    must(how != NULL);
    for (size_t i = 0; i < o->pendings; i++)
        how[i] = fate_of(&c, fate, i, o->pendings);
    int name[DISK_FILES];
    leave_names(o, how, name);
    uint64_t epoch = o->epoch;
    o->epoch = mix(o->epoch, o->answered);
    for (int i = 0; i < DISK_FILES; i++) {
        o->epoch = mix(o->epoch, (uint64_t)name[i] + 7);
        leave_file(o, &c, i, name[i], how);
    }
    free(how);
    bool first = first_seen(o, o->epoch);
    o->epoch = epoch;
    return first;
}

/* ---- for the test */

static void outage_end(void *outage)
{
    struct outage *o = outage;
    for (int i = 0; i < o->disk->inodes; i++)
        free(o->inode[i].p);
    for (int i = 0; i < DISK_FILES; i++)
        free(o->left[i].p);
    free(o->inode);
    free(o->pending);
    free(o->seen);
    free(o);
}

struct outage *outage_new(struct ctx *c, const struct disk *d, unsigned lies, uint64_t seed)
{
    struct outage *o = calloc(1, sizeof *o);
    must(o != NULL);
    *o = (struct outage) { .disk = d, .lies = lies, .seed = seed };
    o->inode = calloc((size_t)d->inodes + 1, sizeof *o->inode);
    o->pending = calloc(d->steps + 1, sizeof *o->pending);
    o->seen = calloc(SEEN, sizeof *o->seen);
    must(o->inode != NULL && o->pending != NULL && o->seen != NULL);
    for (int i = 0; i < DISK_FILES; i++) {
        o->name[i] = d->first[i];
        if (d->first[i] >= 0)
            put(&o->inode[d->first[i]], 0, d->base[i]);
    }
    arena_defer(c->arena, outage_end, o);
    return o;
}

static void lay_down(const char *path, const struct content *k)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(fd >= 0);
    for (size_t at = 0; at < k->n;) {
        ssize_t n = write(fd, k->p + at, k->n - at);
        must(n > 0);
        at += (size_t)n;
    }
    close(fd);
}

void outage_leave(struct ctx *c, const struct outage *o, struct str url)
{
    struct str path = str_from(url, S("sqlite:").n);
    for (int i = 0; i < DISK_FILES; i++) {
        struct str name = str_fmt(c->arena, "%.*s%s", SARG(path), disk_suffix[i]);
        if (o->there[i])
            lay_down(name.p, &o->left[i]);
        else
            unlink(name.p);
    }
    unlink(str_fmt(c->arena, "%.*s-shm", SARG(path)).p);
}

enum outage_verdict outage_judge(const struct outage *o, uint64_t digest)
{
    /* The one that was on its way may have arrived. */
    size_t most = o->answered + 1 < o->disk->commits ? o->answered + 1 : o->disk->commits;
    for (size_t i = most + 1; i-- > 0;)
        if (o->disk->state[i] == digest)
            return i >= o->answered ? OUTAGE_WHOLE : OUTAGE_LOST;
    return OUTAGE_TORN;
}
