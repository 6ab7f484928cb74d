#include "job/job_run.h"
#include "sim/life.h"

/* Jobs that wait for a gateway run with callers, each when it likes, beside everything else; what
 * was claimed together is finished together.  What the program's runners do with threads. */

struct away {
    struct life *l;
    struct arena arena;
    struct away *next;
    size_t n, left;
    struct away_one {
        struct away *all;
        struct arena arena;
        struct job_run run;
    } * one;
};

static void forget(struct away *all)
{
    for (size_t i = 0; i < all->n; i++)
        arena_free(&all->one[i].arena);
    struct arena arena = all->arena; /* it lies in its own arena, and goes with it */
    arena_free(&arena);
}

void away_forget_all(struct process *p)
{
    for (struct away *a = p->away, *next; a != NULL; a = next) {
        next = a->next;
        forget(a);
    }
    p->away = NULL;
}

static void finish(struct away *all)
{
    struct process *p = &all->l->process;
    struct job_run *run = arena_array(&all->arena, struct job_run, all->n);
    struct ctx c = ctx_sibling(&p->c, &all->arena);
    for (size_t i = 0; i < all->n; i++)
        run[i] = all->one[i].run;
    trace(all->l, (uint64_t)job_finish(&c, &p->jobs, run, all->n));
    p->dead = p->dead || c.dead;
    if (p->dead)
        return; /* it is buried with the process */
    for (struct away **at = &p->away; *at != NULL; at = &(*at)->next)
        if (*at == all) {
            *at = all->next;
            break;
        }
    forget(all);
}

/* late: nobody was free for it; it has not run, and is given back. */
static void carry(void *arg, bool late)
{
    struct away_one *one = arg;
    struct life *l = one->all->l;
    struct ctx c = ctx_sibling(&l->process.c, &one->arena);
    if (!late && !strikes(l, SIM_SLEEP, 200) &&
        job_run_one(&c, &l->process.jobs, &one->run) != E_OK)
        l->process.dead = true;
    trace(l, (uint64_t)one->run.result);
    if (--one->all->left == 0 && !l->process.dead)
        finish(one->all);
}

void away_take(void *self, const struct job_run *run, size_t n)
{
    struct life *l = self;
    struct arena arena = { 0 };
    struct away *all = arena_new(&arena, struct away);
    all->l = l;
    all->n = all->left = n;
    all->one = arena_array(&arena, struct away_one, n);
    for (size_t i = 0; i < n; i++) {
        all->one[i] = (struct away_one) { .all = all, .run = run[i] };
        all->one[i].run.claim.kind = str_copy(&arena, run[i].claim.kind);
        all->one[i].run.claim.subject = str_copy(&arena, run[i].claim.subject);
    }
    all->arena = arena;
    all->next = l->process.away;
    l->process.away = all;
    for (size_t i = 0; i < n; i++)
        process_later(l, carry, &all->one[i]);
}
