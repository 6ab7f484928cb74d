#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include "base/ctx.h"

/* Places where the outside world can fail, and where a process can die.  `faults` hangs in the
 * ctx and is NULL in the product; a test or the simulator arms it.  Names are literals and are
 * documented beside the code that asks.
 *
 * fault(c, "db.commit"): true when this call shall fail now.
 * crash_point(c, "record.before_commit"): in the simulator marks the ctx dead (and returns true);
 * in the real binary, when PURSER_CRASH_AT=name:count names it, kills the process on the spot. */
struct faults {
    /* Fail the countdown-th question from now (0: the next one).  Negative: never. */
    int64_t countdown;
    bool for_ever; /* and every one after it */
    bool fired;
    const char *only;       /* ask only for this place; NULL: any */
    const char *last_place; /* where it fired */

    const char *crash_at;    /* a crash point's name, or NULL: any point counts */
    int64_t crash_countdown; /* die at the countdown-th; negative: never */
    bool crashed;
    bool kill_process;     /* the real binary: die, do not pretend */
    int64_t asked, points; /* how many were passed, to count a scenario's length */

    bool cheap_passwords; /* new hashes cost next to nothing: for tests that are about the rest */

    /* A place the simulator decides about itself; overrides all of the above when set. */
    bool (*decide)(void *self, const char *place, bool is_crash);
    void *self;
};
void faults_off(struct faults *f);
bool fault(struct ctx *c, const char *place);
bool crash_point(struct ctx *c, const char *name);

/* Planted defects: a constant 0 in release, the environment's PURSER_MUTANT in the mutant build
 * (-DMUTANTS).  if (MUTANT(7)) … */
#ifdef MUTANTS
int mutant_chosen(void);
void mutant_choose(int n);
#define MUTANT(n) (mutant_chosen() == (n))
#else
#define MUTANT(n) 0
#endif

#endif
