#include "base/fault.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

void faults_off(struct faults *f)
{
    *f = (struct faults) { .countdown = -1, .crash_countdown = -1 };
}

bool fault(struct ctx *c, const char *place)
{
    struct faults *f = c->faults;
    if (f == NULL || c->dead)
        return false;
    if (f->decide != NULL)
        return f->decide(f->self, place, false);
    if (f->only != NULL && strcmp(f->only, place) != 0)
        return false;
    f->asked++;
    if (f->countdown < 0)
        return false;
    if (f->countdown > 0 && !(f->for_ever && f->fired)) {
        f->countdown--;
        return false;
    }
    if (!f->for_ever)
        f->countdown = -1;
    f->fired = true;
    f->last_place = place;
    return true;
}

/* PURSER_CRASH_AT=name:count in the real binary: faults exists, decide is NULL and crash_at came
 * from the environment; the process kills itself where the simulator would only mark the ctx. */
static bool crash(struct ctx *c, struct faults *f, const char *name)
{
    f->crashed = true;
    f->last_place = name;
    if (f->kill_process)
        raise(SIGKILL);
    c->dead = true;
    return true;
}

bool crash_point(struct ctx *c, const char *name)
{
    struct faults *f = c->faults;
    if (f == NULL)
        return false;
    if (c->dead)
        return true;
    if (f->decide != NULL)
        return f->decide(f->self, name, true) ? crash(c, f, name) : false;
    if (f->crash_at != NULL && strcmp(f->crash_at, name) != 0)
        return false;
    f->points++;
    if (f->crash_countdown < 0 || f->crash_countdown-- > 0)
        return false;
    return crash(c, f, name);
}

#ifdef MUTANTS
static int chosen_mutant = -1;

int mutant_chosen(void)
{
    if (chosen_mutant < 0) {
        const char *n = getenv("PURSER_MUTANT");
        int64_t v = 0;
        chosen_mutant = n != NULL && str_to_i64(str_of_c(n), &v) ? (int)v : 0;
    }
    return chosen_mutant;
}

void mutant_choose(int n)
{
    chosen_mutant = n;
}
#endif
