#include "fact/fact_count.h"

#include "db/db.h"
#include "fact/fact_count_db.h"

enum {
    PIECE = 2000, /* facts looked at in one step */
    GROUPS = 90,  /* rows changed by it */
    STEPS = 500   /* of one run: the next one goes on */
};

struct step {
    int64_t from, to; /* seq: counted before, counted then */
    struct fact_count group[GROUPS];
    size_t n;
    bool full;
};

static struct fact_count *group_of(struct step *s, const struct fact_count *k)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->group[i].hour == k->hour && str_eq(s->group[i].kind, k->kind))
            return &s->group[i];
    if (s->n == GROUPS)
        return NULL;
    s->group[s->n] = (struct fact_count) { k->kind, k->hour, 0 };
    return &s->group[s->n++];
}

static enum err take(struct ctx *c, int64_t seq, const struct fact_count *k, void *arg)
{
    struct step *s = arg;
    struct fact_count *group = s->full ? NULL : group_of(s, k);
    s->full = group == NULL;
    if (s->full)
        return E_OK;
    group->facts++;
    s->to = seq;
    return c->dead ? E_DEAD : E_OK;
}

static enum err read_step(struct ctx *c, void *arg)
{
    struct step *s = arg;
    s->n = 0;
    s->full = false;
    TRY(fact_counted(c, &s->from));
    s->to = s->from;
    return fact_each_uncounted(c, s->from, PIECE, take, s);
}

/* Another server that was faster has moved the mark: then nothing of this happens. */
static enum err write_step(struct ctx *c, void *arg)
{
    const struct step *s = arg;
    TRY(fact_set_counted(c, s->from, s->to));
    for (size_t i = 0; i < s->n; i++)
        TRY(fact_add_count(c, &s->group[i]));
    return E_OK;
}

static enum err count_step(struct ctx *c, void *arg, bool *ret_more)
{
    struct step *s = arena_new(c->arena, struct step);
    (void)arg;
    TRY(db_read(c, read_step, s));
    *ret_more = s->to > s->from;
    return *ret_more ? db_tx_job(c, "facts.count", write_step, s) : E_OK;
}

enum err fact_count_job(struct ctx *c, struct str subject)
{
    (void)subject;
    return ctx_pieces(c, STEPS, count_step, NULL);
}

enum err fact_counts(struct ctx *c, int64_t from, int64_t to,
    enum err (*each)(struct ctx *c, const struct fact_count *count, void *arg), void *arg,
    bool *ret_behind)
{
    struct fact_head head;
    int64_t counted = 0;
    TRY(fact_counted(c, &counted));
    TRY(fact_head_read(c, &head));
    TRY(fact_closed_counts(c, from, to, each, arg));
    TRY(fact_open_counts(c, counted, from, to, each, arg));
    *ret_behind = head.seq - counted > FACT_OPEN_MAX;
    return E_OK;
}
