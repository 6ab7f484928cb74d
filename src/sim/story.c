#include <stdarg.h>
#include <stdlib.h>

#include "sim/life.h"

/* What happened, in lines for people.  A life is told only when it is lived a second time, after
 * something was found: that costs the others nothing, and shows that a seed replays. */

struct tale {
    int64_t at_ms;
    int order, wish; /* -1: everybody's */
    struct str line;
};

static void add(struct life *l, int order, int wish, const char *fmt, va_list args) PRINTF(4, 0);
static void add(struct life *l, int order, int wish, const char *fmt, va_list args)
{
    struct buf b = BUF(&l->arena);
    if (l->tales == l->tales_cap) {
        l->tales_cap = l->tales_cap * 2 + 256;
        l->tale = realloc(l->tale, l->tales_cap * sizeof *l->tale);
        must(l->tale != NULL);
    }
    buf_vfmt(&b, fmt, args);
    l->tale[l->tales++] = (struct tale) { l->now_ms, order, wish, buf_str(&b) };
}

void tell(struct life *l, int order, const char *fmt, ...)
{
    va_list args;
    if (!l->telling)
        return;
    va_start(args, fmt);
    add(l, order, -1, fmt, args);
    va_end(args);
}

void tell_wish(struct life *l, int wish, const char *fmt, ...)
{
    va_list args;
    if (!l->telling)
        return;
    va_start(args, fmt);
    add(l, -2, wish, fmt, args);
    va_end(args);
}

static bool belongs(const struct life *l, const struct tale *t, int order)
{
    if (order < 0 || t->order == -1)
        return true;
    if (t->order == -2)
        return t->wish >= 0 && l->wish[t->wish].order == order;
    return t->order == order;
}

/* "day 1 02:14:07.412" of the life, not of a calendar. */
static void write_time(struct buf *b, int64_t ms)
{
    int64_t day = ms / DAY, h = ms % DAY / HOUR, m = ms % HOUR / MINUTE, s = ms % MINUTE / SECOND;
    buf_fmt(b, "  day %lld %02lld:%02lld:%02lld.%03lld  ", (long long)day, (long long)h,
        (long long)m, (long long)s, (long long)(ms % SECOND));
}

struct str story_of(struct life *l, struct arena *a, int order)
{
    enum {
        LINES = 240
    };
    struct buf b = BUF(a);
    size_t lines = 0, skipped = 0, all = 0;
    for (size_t i = 0; i < l->tales; i++)
        all += belongs(l, &l->tale[i], order);
    for (size_t i = 0; i < l->tales; i++) {
        if (!belongs(l, &l->tale[i], order))
            continue;
        /* The beginning and the end are what a reader needs. */
        if (lines++ >= LINES / 2 && lines + LINES / 2 < all) {
            skipped++;
            continue;
        }
        if (skipped > 0)
            buf_fmt(&b, "  … %zu lines …\n", skipped);
        skipped = 0;
        write_time(&b, l->tale[i].at_ms - l->begun_ms);
        buf_fmt(&b, "%.*s\n", SARG(l->tale[i].line));
    }
    return buf_str(&b);
}

/* ---- the verdict */

bool violated(const struct life *l)
{
    return l->sum.violations > 0;
}

void violate(struct life *l, enum sim_invariant i, int order, const char *fmt, ...)
{
    va_list args;
    struct buf b = BUF(&l->arena);
    l->sum.broken[i]++;
    if (l->sum.violations++ > 0)
        return;
    va_start(args, fmt);
    buf_vfmt(&b, fmt, args);
    va_end(args);
    l->violated_order = order;
    l->sum.first = (struct sim_violation) { true, l->seed, i, buf_str(&b), S("") };
    tell(l, order, "VIOLATED %.*s: %.*s", SARG(sim_invariant_word(i).name), SARG(buf_str(&b)));
}
