#include "base/log.h"
#include "sandbox/simulator.h"

/* The movable clock.  Moving is running to: business time becomes the next due moment, of either
 * side, and all that is due there is done before the next step. */

enum {
    STEPS_MAX = 10000
};

struct advance {
    struct sandbox *sb;
    int64_t target_ms;
    struct sandbox_moved moved;
};

static enum err too_far(struct ctx *c, const struct advance *a)
{
    return fail(c, CONFLICT,
        "the clock stopped at %.*s after %d steps, and more is due; advance again to go on",
        SARG(time_iso(c->arena, clock_now_ms(a->sb->options.clock))), STEPS_MAX);
}

/* Everything that is due at this moment, until neither side has anything left. */
static enum err settle_down(struct ctx *c, struct advance *a)
{
    const struct sandbox_host *purser = a->sb->options.purser;
    for (int round = 0; round < STEPS_MAX; round++) {
        int64_t events = 0, jobs = 0;
        TRY(sandbox_run_due(c, a->sb, &events));
        if (purser != NULL)
            TRY(purser->run_due(purser->self, &jobs));
        a->moved.gateway_events += events;
        a->moved.jobs += jobs;
        if (events == 0 && jobs == 0)
            return E_OK;
    }
    return too_far(c, a);
}

static enum err next_moment(struct ctx *c, struct advance *a, int64_t *ret_ms)
{
    const struct sandbox_host *purser = a->sb->options.purser;
    int64_t ours = INT64_MAX, theirs = INT64_MAX;
    TRY(sandbox_next_due(c, a->sb, &ours));
    if (purser != NULL)
        TRY(purser->next_due(purser->self, &theirs));
    int64_t next = ours < theirs ? ours : theirs;
    *ret_ms = next < a->target_ms ? next : a->target_ms;
    return E_OK;
}

static enum err keep_offset(struct ctx *c, void *arg)
{
    const int64_t *offset = arg;
    return model_setting_set(c, S("clock_offset_ms"), *offset);
}

/* Never back: what is due may have been due before. */
static enum err move_to(struct ctx *c, struct sandbox *sb, int64_t ms)
{
    struct clock *clock = sb->options.clock;
    int64_t ahead = ms - clock_now_ms(clock);
    if (ahead <= 0)
        return E_OK;
    int64_t offset = clock->offset_ms + ahead;
    struct ctx inside = sandbox_ctx(sb, c->arena);
    enum err e = sandbox_tx(&inside, "sandbox.clock", keep_offset, &offset);
    if (e != E_OK) {
        ctx_keep_error(c, &inside);
        return e;
    }
    clock->offset_ms = offset;
    return E_OK;
}

static enum err run_to(struct ctx *c, struct advance *a)
{
    TRY(settle_down(c, a));
    while (clock_now_ms(a->sb->options.clock) < a->target_ms) {
        int64_t next = 0;
        TRY(next_moment(c, a, &next));
        if (a->moved.steps++ == STEPS_MAX)
            return too_far(c, a);
        TRY(move_to(c, a->sb, next));
        TRY(settle_down(c, a));
    }
    return E_OK;
}

/* One at a time, and what the keeper has sent is answered first. */
static bool begin(struct sandbox *sb)
{
    pthread_mutex_lock(&sb->lock);
    bool mine = !sb->moving;
    sb->moving = true;
    while (mine && sb->sending > 0)
        pthread_cond_wait(&sb->news, &sb->lock);
    pthread_mutex_unlock(&sb->lock);
    return mine;
}

static void end(struct sandbox *sb)
{
    pthread_mutex_lock(&sb->lock);
    sb->moving = false;
    sb->woken = true;
    pthread_cond_broadcast(&sb->news);
    pthread_mutex_unlock(&sb->lock);
}

enum err sandbox_advance(
    struct ctx *c, struct sandbox *sb, struct duration by, struct sandbox_moved *ret)
{
    struct advance a = { .sb = sb };
    a.moved.from_ms = clock_now_ms(sb->options.clock);
    if (!time_add(a.moved.from_ms, by, &a.target_ms))
        return fail(c, INVALID_REQUEST, "there is no such time");
    if (!begin(sb))
        return fail(c, CONFLICT, "the clock is being moved already");
    const struct sandbox_host *purser = sb->options.purser;
    if (purser != NULL)
        purser->hold(purser->self, true);
    enum err e = run_to(c, &a);
    if (purser != NULL)
        purser->hold(purser->self, false);
    end(sb);
    if (e != E_OK)
        return e;
    a.moved.to_ms = clock_now_ms(sb->options.clock);
    *ret = a.moved;
    return E_OK;
}
