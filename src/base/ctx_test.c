#include "base/ctx.h"

#include "base/err.h"
#include "base/test.h"

struct work {
    int64_t left, done, fails_at;
    struct str actor;
    void *first; /* what the first piece allocated */
    bool again;  /* a later piece was given the same memory */
};

static enum err piece(struct ctx *c, void *arg, bool *ret_more)
{
    struct work *w = arg;
    void *p = arena_alloc(c->arena, 100);
    w->first = w->done == 0 ? p : w->first;
    w->again = w->again || (w->done > 0 && p == w->first);
    w->done++;
    w->actor = c->actor;
    if (w->done == w->fails_at)
        return fail(c, CONFLICT, "piece %lld does not fit", (long long)w->done);
    *ret_more = --w->left > 0;
    return E_OK;
}

TEST("work goes on piece by piece while there is more, and no further than it may")
{
    struct work w = { .left = 3 };
    t->c->actor = S("job:test");
    EXPECT_OK(ctx_pieces(t->c, INT64_MAX, piece, &w));
    EXPECT_I64(w.done, 3);
    EXPECT_STR(w.actor, S("job:test"));
#ifndef SANITIZED /* there each allocation has memory of its own */
    EXPECT(w.again);
#endif
    w = (struct work) { .left = 10 };
    EXPECT_OK(ctx_pieces(t->c, 4, piece, &w));
    EXPECT_I64(w.done, 4);
    EXPECT_OK(ctx_pieces(t->c, 0, piece, &w));
    EXPECT_I64(w.done, 4);
}

TEST("a piece that fails ends the work, and says why when its memory is gone")
{
    struct work w = { .left = 9, .fails_at = 2 };
    EXPECT(ctx_pieces(t->c, INT64_MAX, piece, &w) == E_CONFLICT);
    EXPECT_STR(t->c->err.message, S("piece 2 does not fit"));
    err_clear(t->c);
    EXPECT_I64(w.done, 2);
}
