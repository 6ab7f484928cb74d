#include "sim/life.h"

/* Everything that is drawn is drawn here, one value a statement: gcc and clang order the arguments
 * of a call differently. */

int64_t draw(struct ids *stream, int64_t below)
{
    struct ctx c = { .ids = stream };
    return random_below(&c, below);
}

bool strikes(struct life *l, enum sim_fault f, int64_t one_in)
{
    if (l->calm || l->level[f] == 0)
        return false;
    return draw(&l->chaos, one_in) < l->level[f];
}

static bool is_on(struct life *l, enum sim_fault f)
{
    const struct sim_options *o = l->sim->options;
    int64_t lot = draw(&l->chaos, 10);
    return o->on[f] && (!o->swarm || lot >= 3);
}

void swarm_draw(struct life *l)
{
    static const enum sim_fault untidy[] = { SIM_REFUSE, SIM_LOST, SIM_BROKEN, SIM_LIES, SIM_UNSURE,
        SIM_DASHBOARD, SIM_TARDY };
    const struct sim_options *o = l->sim->options;
    for (enum sim_fault f = 0; f < SIM_FAULTS; f++) {
        bool on = is_on(l, f);
        int64_t strength = 1 + draw(&l->chaos, 4);
        l->level[f] = on ? (int)strength : 0;
    }
    /* Lost for good and never asked about is lost: no program can know. */
    int64_t either = draw(&l->chaos, 10);
    if (l->level[SIM_DROP] > 0 && l->level[SIM_UNASKED] > 0)
        l->level[either < 6 ? SIM_UNASKED : SIM_DROP] = 0;
    /* Some lives are so tidy that the schedule of questions must find everything by itself. */
    int64_t tidy = draw(&l->chaos, 5);
    l->tidy = o->swarm && tidy == 0 && l->level[SIM_UNASKED] == 0;
    for (size_t i = 0; i < ARRAY_LEN(untidy) && l->tidy; i++)
        l->level[untidy[i]] = 0;
    for (enum sim_fault f = 0; f < SIM_FAULTS; f++) {
        l->sum.with[f] += l->level[f] > 0;
        trace(l, (uint64_t)l->level[f]);
    }
}

void trace(struct life *l, uint64_t what)
{
    l->trace = (l->trace ^ what) * UINT64_C(1099511628211);
}

void trace_str(struct life *l, struct str s)
{
    trace(l, str_hash(s));
}

void meet(struct life *l, enum sim_sometimes s)
{
    l->met[s] = true;
}

/* ---- the words of the tables */

struct sim_word sim_fault_word(enum sim_fault f)
{
    static const struct sim_word words[] = {
#define SIM_FAULT(id, name_, what_) [SIM_##id] = { S_INIT(name_), S_INIT(what_) },
#include "sim/fault.def"
#undef SIM_FAULT
    };
    must(f < SIM_FAULTS);
    return words[f];
}

struct sim_word sim_invariant_word(enum sim_invariant i)
{
    static const struct sim_word words[] = {
#define INVARIANT(id, what_) [SIM_##id] = { S_INIT(#id), S_INIT(what_) },
#include "sim/invariant.def"
#undef INVARIANT
    };
    must(i < SIM_INVARIANTS);
    return words[i];
}

struct sim_word sim_sometimes_word(enum sim_sometimes s)
{
    static const struct sim_word words[] = {
#define SOMETIMES(id, what_) [SIM_MET_##id] = { S_INIT(#id), S_INIT(what_) },
#include "sim/sometimes.def"
#undef SOMETIMES
    };
    must(s < SIM_SOMETIMES);
    return words[s];
}
