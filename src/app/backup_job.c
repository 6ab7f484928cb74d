#include "app/backup.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "alert/alert.h"
#include "app/app.h"
#include "base/json.h"
#include "fact/fact.h"
#include "setting/setting.h"

enum {
    AGAIN_MS = 15 * 60 * 1000, /* after one that failed */
    STAMP = 16                 /* 20261120T021407Z */
};
#define BEFORE S("purser-")
#define AFTER S(".db")
#define ABOUT S("backup")

/* ---- what is remembered: when one held, and when one was tried */

static enum err find_time(struct ctx *c, struct str name, int64_t *ret)
{
    struct str text = S("");
    bool found = false;
    int64_t ms = 0;
    TRY(setting_find(c, name, &found, &text));
    *ret = found && str_to_i64(text, &ms) ? ms : 0;
    return E_OK;
}

static enum err put_time(struct ctx *c, struct str name, int64_t ms)
{
    return setting_put(c, name, str_fmt(c->arena, "%lld", (long long)ms));
}

static enum err read_state(struct ctx *c, void *arg)
{
    struct backup_state *state = arg;
    bool found = false;
    state->file = S("");
    TRY(find_time(c, S("backup.made_ms"), &state->made_ms));
    return setting_find(c, S("backup.file"), &found, &state->file);
}

enum err backup_state(struct ctx *c, struct backup_state *ret)
{
    return db_read(c, read_state, ret);
}

bool backup_is_old(const struct ctx *c, const struct backup_state *state)
{
    return c->wall_ms - state->made_ms > 2 * config_ms(c->config, CFG_BACKUP_EVERY);
}

struct round {
    struct str dir, path, scratch;
    int64_t made_ms, tried_ms;
    struct str why; /* of a failure */
};

static enum err read_times(struct ctx *c, void *arg)
{
    struct round *k = arg;
    TRY(find_time(c, S("backup.made_ms"), &k->made_ms));
    return find_time(c, S("backup.tried_ms"), &k->tried_ms);
}

static bool is_due(const struct ctx *c, const struct round *k)
{
    int64_t every = config_ms(c->config, CFG_BACKUP_EVERY);
    int64_t again = every < AGAIN_MS ? every : AGAIN_MS;
    return c->wall_ms - k->made_ms >= every && c->wall_ms - k->tried_ms >= again;
}

/* ---- files */

/* "2026-11-20T02:14:07.412Z" without what a file's name should not have. */
static struct str stamp(struct arena *a, int64_t ms)
{
    struct str iso = time_iso(a, ms);
    struct buf b = BUF(a);
    for (size_t i = 0; i < iso.n && iso.p[i] != '.'; i++)
        if (iso.p[i] != '-' && iso.p[i] != ':')
            buf_char(&b, iso.p[i]);
    buf_char(&b, 'Z');
    return buf_str(&b);
}

static bool is_backup(struct str name)
{
    return str_starts(name, BEFORE) && str_ends(name, AFTER) &&
        name.n == BEFORE.n + STAMP + AFTER.n;
}

static void remove_scratch(struct ctx *c, const struct round *k)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-lock" };
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        unlink(str_c(c->arena, str_fmt(c->arena, "%.*s%s", SARG(k->scratch), ends[i])));
}

static int is_ours(const struct dirent *at)
{
    return is_backup(str_of_c(at->d_name));
}

/* Only after a new one was found good.  By name is by time: the oldest go. */
static void rotate(struct ctx *c, const struct round *k)
{
    const int keep = (int)config_i64(c->config, CFG_BACKUP_KEEP);
    struct dirent **found = NULL;
    int n = scandir(str_c(c->arena, k->dir), &found, is_ours, alphasort);
    for (int i = 0; i < n; i++) {
        if (i < n - keep)
            unlink(str_c(c->arena, str_fmt(c->arena, "%.*s/%s", SARG(k->dir), found[i]->d_name)));
        free(found[i]);
    }
    free(found);
}

/* ---- one round */

/* A backup that was never restored is a hope. */
static enum err prove(struct ctx *c, const struct round *k, struct buf *out)
{
    struct ctx own = ctx_sibling(c, c->arena);
    struct store_options options = {
        .url = str_fmt(c->arena, "sqlite:%.*s", SARG(k->scratch)),
        .inline_pump = true,
        .quiet_schema = true,
        .unsynced = true,
    };
    remove_scratch(c, k);
    enum err e = store_open(&own, &options, &own.store);
    if (e == E_OK) {
        e = store_restore(&own, k->path, out);
        if (e == E_OK)
            e = store_verify(&own, out);
        store_close(own.store);
    }
    ctx_keep_error(c, &own);
    remove_scratch(c, k);
    return e;
}

static enum err note_try(struct ctx *c, void *arg)
{
    (void)arg;
    return put_time(c, S("backup.tried_ms"), c->wall_ms);
}

static enum err note_made(struct ctx *c, void *arg)
{
    const struct round *k = arg;
    struct buf data = BUF(c->arena);
    struct json j = JSON(&data);
    json_open(&j, NULL, '{');
    json_str(&j, "file", k->path);
    json_close(&j, '}');
    TRY(put_time(c, S("backup.made_ms"), c->wall_ms));
    TRY(setting_put(c, S("backup.file"), k->path));
    TRY(alert_over(c, ALERT_BACKUP, ABOUT));
    const struct fact fact = { .kind = S("BACKUP_MADE"), .subject = ABOUT, .data = buf_str(&data) };
    return fact_add(c, &fact, NULL);
}

static enum err note_failed(struct ctx *c, void *arg)
{
    const struct round *k = arg;
    return alert_raise(c, ALERT_BACKUP, ABOUT,
        str_fmt(c->arena, "The backup %.*s could not be made or does not hold: %.*s", SARG(k->path),
            SARG(k->why)));
}

static enum err make(struct ctx *c, const struct round *k)
{
    struct buf said = BUF(c->arena);
    TRY(store_backup(c, k->path, &said));
    enum err e = prove(c, k, &said);
    if (e != E_OK) {
        log_error(c, "backup.bad", L("file", k->path), L("said", buf_str(&said)));
        unlink(str_c(c->arena, k->path));
    }
    return e;
}

enum err backup_job(struct ctx *c, struct str subject)
{
    (void)subject;
    struct round k = { .dir = config_str(c->config, CFG_BACKUP_DIR) };
    if (k.dir.n == 0)
        return E_OK;
    TRY(db_read(c, read_times, &k));
    if (!is_due(c, &k))
        return E_OK;
    TRY(db_tx_job(c, "backup.try", note_try, NULL));
    k.path = str_fmt(c->arena, "%.*s/%.*s%.*s%.*s", SARG(k.dir), SARG(BEFORE),
        SARG(stamp(c->arena, c->wall_ms)), SARG(AFTER));
    k.scratch = str_fmt(c->arena, "%.*s/trial.db", SARG(k.dir));
    enum err e = make(c, &k);
    if (e == E_DEAD)
        return e;
    if (e != E_OK) {
        k.why = c->err.message;
        err_clear(c);
        return db_tx_job(c, "backup.failed", note_failed, &k);
    }
    rotate(c, &k);
    return db_tx_job(c, "backup.made", note_made, &k);
}
