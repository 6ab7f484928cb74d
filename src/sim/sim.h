#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "db/db.h"
#include "job/job.h"

/* The deterministic simulator (engine.md 11): many short lives of a server, each drawn from a seed.
 * The routes, operations and jobs are the program's own; replaced are the clock, randomness, the
 * network and the order in which things happen.  Buyers, people at the gateway, people in the
 * console and attackers do what they do, calls fail, webhooks get lost, the process dies.  The
 * simulated gateways are the oracle: they alone know who paid.
 *
 *   sim.c            many lives, one after the other
 *   life.c           one of them: what happens next, until nothing does
 *   process.c        purser in it: booting, batches, requests, jobs, dying
 *   away.c           its jobs that wait for a gateway
 *   wire.c           between purser and the gateways, both ways
 *   desk.c           what is done and seen at the gateway that renews: the truth about plans
 *   calendar.c       months, counted once more
 *   vendor.h         what the simulator has to know of one gateway's wire
 *   flow.h           what somebody wants: buyers, people at the gateway, in the console, attackers
 *   shelf.c          what is for sale, and what it costs, by an arithmetic of its own
 *   invariant.def    what must hold; check_*.c say when it does not
 *   sometimes.def    situations that every range of seeds must have met
 *   fault.def        what can go wrong, class by class
 *
 * docs/simulate.md says how to read a failure. */

enum sim_fault {
#define SIM_FAULT(id, name, what) SIM_##id,
#include "sim/fault.def"
#undef SIM_FAULT
    SIM_FAULTS
};
enum sim_invariant {
#define INVARIANT(id, what) SIM_##id,
#include "sim/invariant.def"
#undef INVARIANT
    SIM_INVARIANTS
};
enum sim_sometimes {
#define SOMETIMES(id, what) SIM_MET_##id,
#include "sim/sometimes.def"
#undef SOMETIMES
    SIM_SOMETIMES
};
struct sim_word {
    struct str name, what; /* "crash", "the process dies …" */
};
struct sim_word sim_fault_word(enum sim_fault f);
struct sim_word sim_invariant_word(enum sim_invariant i);
struct sim_word sim_sometimes_word(enum sim_sometimes s);

struct sim_violation {
    bool is;
    uint64_t seed;
    enum sim_invariant invariant;
    struct str sentence;
    struct str story; /* what happened to that order, a line each */
};
struct sim_result {
    int64_t seeds, orders, steps, crashes, calls, webhooks, captures, violations;
    int64_t checked[SIM_INVARIANTS], broken[SIM_INVARIANTS]; /* how often looked at, found broken */
    int64_t met[SIM_SOMETIMES];                              /* in how many lives */
    int64_t with[SIM_FAULTS];                                /* lives in which it could happen */
    uint64_t trace;
    int64_t took_ms;
    struct sim_violation first;
};

struct routes;
struct sim_options {
    /* The program: its routes and its jobs. */
    const struct routes *const *routes;
    size_t route_count;
    struct job_kinds (*jobs)(const struct store *store);

    struct str catalog; /* a catalogue's text; empty: the simulator's own */
    uint64_t seed;      /* the first one */
    int64_t orders;     /* lives until there were so many */
    int64_t for_ms;     /* and until so long; 0: no longer than for the orders */
    /* Which faults there are.  A swarm: each seed switches each of them on or off. */
    bool swarm;
    bool on[SIM_FAULTS];
    /* After each life; false: enough. */
    bool (*progress)(void *self, const struct sim_result *so_far);
    void *self;
};
/* Runs until it is done or something was violated.  A violation is no failure of sim_run; that it
 * could not be run at all is: INVALID_REQUEST for a catalogue that nothing can be bought from. */
enum err sim_run(struct ctx *c, const struct sim_options *options, struct sim_result *ret);

/* Were there lives enough that each situation should have been met? */
bool sim_should_have_met_all(const struct sim_options *options, const struct sim_result *r);

#endif
