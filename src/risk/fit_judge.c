#include "risk/fit.h"

#include <stdlib.h>

#include "base/fault.h"

/* What weights would have done: on orders that they were not learned from. */

static const int64_t thresholds[] = { 1, 2, 3, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 95 };
_Static_assert(ARRAY_LEN(thresholds) == FIT_STEPS, "a row for each");

enum {
    LEARNED_PERCENT = 70, /* the older part */
    HELD_LEAST = 5,       /* frauds in the newer one */
    REVIEW_GOODS = 50,    /* at most one good order in so many is looked at, … */
    REFUSE_GOODS = 1000,  /* … and one in so many refused, … */
    REFUSE_LEAST = 50     /* … being more likely a fraud than not */
};

static int64_t points_of(const int64_t weight[RISK_FEATURES], const struct fit_sample *s)
{
    int64_t sum = 0;
    for (size_t i = 0; i < RISK_FEATURES; i++)
        sum += weight[i] * s->value[i];
    return sum;
}

/* ---- how well they tell one from the other */

struct placed {
    int64_t points;
    bool fraud;
};

static int by_points(const void *a, const void *b)
{
    int64_t x = ((const struct placed *)a)->points, y = ((const struct placed *)b)->points;
    return (x > y) - (x < y);
}

/* Each fraud beats the good ones below it, and half of those beside it. */
int64_t fit_auc(
    struct ctx *c, const int64_t weight[RISK_FEATURES], const struct fit_sample *sample, size_t n)
{
    struct placed *k = arena_array(c->arena, struct placed, n);
    int64_t below = 0, beaten = 0, frauds = 0;
    for (size_t i = 0; i < n; i++)
        k[i] = (struct placed) { points_of(weight, &sample[i]), sample[i].fraud };
    qsort(k, n, sizeof *k, by_points);
    for (size_t i = 0; i < n;) {
        int64_t bad = 0, good = 0, points = k[i].points;
        for (; i < n && k[i].points == points; i++)
            *(k[i].fraud ? &bad : &good) += 1;
        beaten += bad * (2 * below + (MUTANT(14) ? 0 : good));
        below += good;
        frauds += bad;
    }
    return frauds == 0 || below == 0 ? 500 : beaten * 1000 / (2 * frauds * below);
}

/* ---- what they would have stopped */

static void count_steps(const int64_t weight[RISK_FEATURES], const struct fit_sample *sample,
    size_t n, struct fit_step step[FIT_STEPS])
{
    for (size_t t = 0; t < FIT_STEPS; t++)
        step[t] = (struct fit_step) { .threshold = thresholds[t] };
    for (size_t i = 0; i < n; i++) {
        int64_t score = risk_score(points_of(weight, &sample[i]));
        for (size_t t = 0; t < FIT_STEPS && thresholds[t] <= score; t++) {
            step[t].frauds += sample[i].fraud;
            step[t].goods += !sample[i].fraud;
            step[t].minor += sample[i].fraud ? sample[i].minor : 0;
        }
    }
}

/* From least on, the lowest threshold that hits no more good ones than that, and any fraud at all.
 */
static int64_t propose(
    const struct fit_step step[FIT_STEPS], int64_t goods, int64_t one_in, int64_t least)
{
    for (size_t t = 0; t < FIT_STEPS; t++)
        if (step[t].threshold >= least && step[t].goods * one_in <= goods)
            return step[t].frauds > 0 ? step[t].threshold : 0;
    return 0;
}

static enum err check_enough(struct ctx *c, const struct fit_history *h, int64_t held_frauds)
{
    int64_t goods = (int64_t)h->n - h->frauds;
    if (h->frauds < FIT_FRAUDS || goods < FIT_GOODS)
        return fail(c, CONFLICT,
            "too little history: the end of %lld frauds and %lld good orders is known; a fit needs "
            "%d and %d",
            (long long)h->frauds, (long long)goods, FIT_FRAUDS, FIT_GOODS);
    if (held_frauds < HELD_LEAST || h->frauds - held_frauds < HELD_LEAST)
        return fail(c, CONFLICT,
            "too little history: %lld of %lld frauds are among the newest %d %% of the orders, on "
            "which the weights are judged; %d have to be in either part",
            (long long)held_frauds, (long long)h->frauds, 100 - LEARNED_PERCENT, HELD_LEAST);
    return E_OK;
}

enum err fit_judge(struct ctx *c, const struct catalog_risk *now, const struct fit_history *h,
    struct fit_report *ret)
{
    size_t learned = h->n * LEARNED_PERCENT / 100, held = h->n - learned;
    const struct fit_sample *newer = h->n == 0 ? NULL : h->sample + learned;
    struct fit_report r = { .frauds = h->frauds, .goods = (int64_t)h->n - h->frauds };
    for (size_t i = 0; i < held; i++) {
        r.held_frauds += newer[i].fraud;
        r.held_goods += !newer[i].fraud;
        r.held_minor += newer[i].fraud ? newer[i].minor : 0;
    }
    TRY(check_enough(c, h, r.held_frauds));
    for (size_t i = 0; i < RISK_FEATURES; i++) {
        r.weight[i] = now->weight[i];
        for (size_t k = 1; k < learned && !r.varied[i]; k++)
            r.varied[i] = h->sample[k].value[i] != h->sample[0].value[i];
    }
    fit_weights(h->sample, learned, r.weight);
    r.auc_now = fit_auc(c, now->weight, newer, held);
    r.auc_then = fit_auc(c, r.weight, newer, held);
    count_steps(now->weight, newer, held, r.now);
    count_steps(r.weight, newer, held, r.then);
    r.review = propose(r.then, r.held_goods, REVIEW_GOODS, 0);
    r.refuse = propose(r.then, r.held_goods, REFUSE_GOODS, REFUSE_LEAST);
    *ret = r;
    return E_OK;
}
