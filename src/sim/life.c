#include <stdlib.h>

#include "base/json.h"
#include "base/log.h"
#include "reconcile/reconcile.h"
#include "sim/flow.h"

/* One life: days of a shop in milliseconds.  What can happen now happens in an order that is drawn;
 * when nothing can, the clock goes to the next moment at which something will. */

enum {
    QUEUE_MAX = 16384,
    STEPS_MAX = 400000,
    DEPTH_MAX = 2,
    STANDING_MS = 20 * MINUTE,
    LONG_ONE = 9, /* of so many lives one is long */
    DAYS_OF_TROUBLE = 2,
    DAYS_OF_REST = 12
};

/* ---- the queue: by time, then in the order in which it was put in */

static bool sooner(const struct happening *a, const struct happening *b)
{
    return a->at_ms < b->at_ms || (a->at_ms == b->at_ms && a->seq < b->seq);
}

static void swap(struct happening *a, struct happening *b)
{
    struct happening t = *a;
    *a = *b;
    *b = t;
}

void life_at(struct life *l, int64_t at_ms, void (*run)(struct life *l, int64_t of), int64_t of)
{
    must(l->queued < QUEUE_MAX);
    size_t i = l->queued++;
    l->queue[i] = (struct happening) { at_ms, l->seq++, run, of };
    for (; i > 0 && sooner(&l->queue[i], &l->queue[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&l->queue[i], &l->queue[(i - 1) / 2]);
}

static struct happening take_first(struct life *l)
{
    struct happening first = l->queue[0];
    size_t n = --l->queued, i = 0;
    l->queue[0] = l->queue[n];
    for (;;) {
        size_t least = i, left = 2 * i + 1, right = left + 1;
        if (left < n && sooner(&l->queue[left], &l->queue[least]))
            least = left;
        if (right < n && sooner(&l->queue[right], &l->queue[least]))
            least = right;
        if (least == i)
            return first;
        swap(&l->queue[i], &l->queue[least]);
        i = least;
    }
}

/* ---- time */

static void set_time(struct life *l, int64_t ms)
{
    l->now_ms = ms;
    l->clock.fixed_ms = ms;
    l->c.now_ms = l->c.wall_ms = ms;
    l->process.c.now_ms = l->process.c.wall_ms = ms;
}

static bool jobs_run(const struct life *l)
{
    return l->process.up && (l->calm || l->now_ms >= l->process.jobs_held_ms);
}

static int64_t next_moment(struct life *l)
{
    int64_t next = INT64_MAX, other = INT64_MAX;
    if (l->queued > 0)
        next = l->queue[0].at_ms;
    other = gateways_due(l);
    next = other < next ? other : next;
    if (jobs_run(l))
        other = process_next_job(l);
    else
        other = l->process.up ? l->process.jobs_held_ms : l->process.up_at_ms;
    return other < next ? other : next;
}

/* ---- what can be done now: each does one thing and says whether there was one */

static bool do_batch(struct life *l)
{
    if (l->process.waiting_n == 0)
        return false;
    process_batch(l, NULL);
    return true;
}

static bool do_call(struct life *l)
{
    for (size_t i = 0; i < l->process.calls; i++)
        if (l->process.call[i].due_ms <= l->now_ms) {
            process_call(l, i);
            return true;
        }
    return false;
}

static bool do_happening(struct life *l)
{
    if (l->queued == 0 || l->queue[0].at_ms > l->now_ms)
        return false;
    struct happening h = take_first(l);
    if (h.run != NULL)
        h.run(l, h.of);
    return true;
}

static bool do_gateways(struct life *l)
{
    return gateways_run(l) > 0;
}

static bool do_jobs(struct life *l)
{
    if (!jobs_run(l))
        return false;
    bool standing = l->now_ms - l->standing_ms >= STANDING_MS;
    if (!standing && process_next_job(l) > l->now_ms)
        return false;
    if (standing)
        l->standing_ms = l->now_ms;
    return process_jobs(l);
}

static bool do_something(struct life *l)
{
    static bool (*const things[])(
        struct life * l) = { do_batch, do_call, do_happening, do_gateways, do_jobs };
    int64_t first = draw(&l->chaos, ARRAY_LEN(things));
    for (size_t i = 0; i < ARRAY_LEN(things) && !l->process.dead; i++)
        if (things[((size_t)first + i) % ARRAY_LEN(things)](l)) {
            l->sum.steps++;
            return true;
        }
    return l->process.dead;
}

void life_meanwhile(struct life *l)
{
    int64_t things = draw(&l->chaos, 4) - 1;
    if (l->depth > DEPTH_MAX || violated(l))
        return;
    if (draw(&l->chaos, 3) == 0)
        set_time(l, l->now_ms + draw(&l->chaos, 1500));
    for (int64_t i = 0; i < things && !l->process.dead && !violated(l); i++) {
        do_something(l);
        check_plans_step(l);
    }
}

static bool step(struct life *l)
{
    struct process *p = &l->process;
    if (p->up && p->dead)
        process_bury(l);
    if (!p->up && l->now_ms >= p->up_at_ms) {
        process_boot(l);
        return true;
    }
    bool did = do_something(l);
    if (p->up && p->dead)
        process_bury(l);
    return did;
}

/* Until then, or until somebody finds something. */
static void live(struct life *l, int64_t until_ms)
{
    while (!violated(l)) {
        arena_reset(&l->scratch);
        err_clear(&l->c);
        bool did = step(l);
        process_reap(l);
        check_step(l);
        if (l->sum.steps > STEPS_MAX)
            violate(l, SIM_I16, -1, "after %d steps there is still something to do", STEPS_MAX);
        if (did)
            continue;
        int64_t next = next_moment(l);
        if (next > until_ms) {
            set_time(l, until_ms);
            break;
        }
        set_time(l, next > l->now_ms ? next : l->now_ms + 1);
    }
}

/* ---- from birth to the end */

/* Refused, it would be as lost as before. */
static void again(struct life *l, int64_t parcel)
{
    const struct parcel *p = &l->parcel[parcel];
    parcel_sign(l, (size_t)parcel);
    int status = wire_deliver(l, (size_t)parcel);
    if (status >= 400 && status < 500)
        violate(l, SIM_I7, -1,
            "webhook %.*s of %.*s was sent again by its gateway, and answered %d", SARG(p->event),
            SARG(p->session), status);
    if (status == 0 || status >= 500)
        life_at(l, l->now_ms + MINUTE, again, parcel);
}

/* A person has the gateways asked about everything: `purser reconcile`. */
static void reconcile(struct life *l, int64_t of)
{
    struct process *p = &l->process;
    struct ctx c = ctx_sibling(&p->c, &l->scratch);
    struct buf lines = BUF(&l->scratch);
    struct reconcile k = { .since_ms = of, .lines = &lines };
    must(p->up);
    enum err e = reconcile_run(&c, &k);
    if (e != E_OK)
        violate(l, SIM_I16, -1, "reconcile failed: %.*s", SARG(c.err.message));
    if (k.broken > 0)
        violate(l, SIM_I16, -1, "reconcile: %.*s", SARG(buf_str(&lines)));
    tell(l, -1, "reconcile: %lld asked, %lld applied, %lld in review", (long long)k.asked,
        (long long)k.healed, (long long)k.reviews);
}

/* Standing jobs look again and again, which is no moment of its own: these are. */
static void tick(struct life *l, int64_t every_ms)
{
    if (l->calm && l->now_ms >= l->begun_ms + l->trouble_ms + 2 * (int64_t)DAY)
        return;
    life_at(l, l->now_ms + every_ms, tick, every_ms);
}

static void come_to_rest(struct life *l)
{
    l->calm = true;
    tell(l, -1, "the trouble is over");
    /* Where nobody asks, the gateway's people send again what never arrived. */
    for (size_t i = 0; i < l->parcels && l->level[SIM_UNASKED] > 0; i++)
        if (l->parcel[i].genuine && !l->parcel[i].acked && !l->parcel[i].dropped)
            life_at(l, l->now_ms + MINUTE, again, (int64_t)i);
    if (l->level[SIM_UNASKED] == 0 && !l->tidy)
        life_at(l, l->now_ms + 3 * HOUR, reconcile, l->begun_ms);
    for (size_t i = 0; i < flow_count; i++)
        if (flows[i]->calm != NULL)
            flows[i]->calm(l);
    live(l, l->now_ms + DAYS_OF_REST * (int64_t)DAY);
    for (int64_t at = 0; at < DAY; at += l->long_one ? 4 * HOUR : DAY)
        life_at(l, l->now_ms + at, NULL, 0);
    for (size_t i = 0; i < flow_count && !violated(l); i++)
        if (flows[i]->end != NULL)
            flows[i]->end(l);
    live(l, l->now_ms + DAY);
}

static enum err open_sandbox(struct life *l)
{
    struct ctx c = { .arena = &l->arena,
        .ids = &l->gateway_ids,
        .config = l->config,
        .request_id = S("sandbox"),
        .now_ms = l->now_ms,
        .wall_ms = l->now_ms };
    struct sandbox_options options = {
        .state = S("sqlite::memory:"),
        .webhooks = S("https://pay.example.com"),
        .clock = &l->clock,
        .net = &l->hook_net,
        .retry_ms = MINUTE,
        .like = l->sim->sandbox,
    };
    enum err e = sandbox_open(&c, &options, &l->sandbox);
    if (e != E_OK)
        ctx_keep_error(l->sim->c, &c);
    return e;
}

static enum err be_born(struct life *l)
{
    l->calm = true; /* opening is not what is tried here */
    wire_begin(l);
    swarm_draw(l);
    l->config = l->sim->config[draw(&l->chaos, CONFIGS)];
    TRY(open_sandbox(l));
    TRY(process_open(l));
    must(process_boot(l));
    l->calm = false;
    tick(l, l->long_one ? 3 * DAY : 3 * HOUR);
    for (size_t i = 0; i < flow_count; i++)
        flows[i]->begin(l);
    return E_OK;
}

/* Days of a shop, or months of its subscribers: from a day that some months do not have, or from a
 * leap year's January, more often than not. */
static void draw_span(struct life *l)
{
    static const int64_t days[] = { 20847, 20848, 20849, 20908, 21212, 21214, 21243 };
    int64_t day = draw(&l->people, 2 * (int64_t)ARRAY_LEN(days));
    int64_t months = draw(&l->people, 3 * (int64_t)DAY);
    l->begun_ms = INT64_C(1795140000000);
    l->trouble_ms = DAYS_OF_TROUBLE * (int64_t)DAY;
    l->long_one = l->sim->shelf.plans > 0 && l->seed % LONG_ONE == 0;
    if (!l->long_one)
        return;
    if (day < (int64_t)ARRAY_LEN(days))
        l->begun_ms = days[day] * DAY;
    l->trouble_ms = 40 * (int64_t)DAY + 20 * months;
}

enum err life_run(struct sim *sim, uint64_t seed, bool telling, struct life *l)
{
    *l = (struct life) { .sim = sim, .seed = seed, .telling = telling, .violated_order = -1 };
    l->gateways_due_ms = INT64_MIN;
    l->process.due_at_commit = -1;
    l->people = ids_of_seed(seed * 4 + 1);
    l->chaos = ids_of_seed(seed * 4 + 2);
    l->purser_ids = ids_of_seed(seed * 4 + 3);
    l->gateway_ids = ids_of_seed(seed * 4 + 4);
    l->queue = calloc(QUEUE_MAX, sizeof *l->queue);
    must(l->queue != NULL);
    draw_span(l);
    l->clock = (struct clock) { .fixed = true };
    l->c = (struct ctx) { .arena = &l->scratch, .ids = &l->chaos, .request_id = S("sim") };
    set_time(l, l->begun_ms);
    TRY(be_born(l));
    live(l, l->begun_ms + l->trouble_ms);
    if (!violated(l))
        come_to_rest(l);
    if (!violated(l))
        check_end(l);
    trace(l, (uint64_t)l->now_ms);
    l->sum.trace = l->trace;
    l->sum.orders = (int64_t)l->orders;
    l->sum.seeds = 1;
    for (size_t i = 0; i < SIM_SOMETIMES; i++)
        l->sum.met[i] = l->met[i];
    return E_OK;
}

void life_free(struct life *l)
{
    if (l->sandbox != NULL)
        sandbox_close(l->sandbox);
    process_close(l);
    free(l->queue);
    free(l->tale);
    arena_free(&l->scratch);
    arena_free(&l->arena);
}
