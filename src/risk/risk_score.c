#include "risk/risk.h"

#include "base/fault.h"

/* The logistic in whole numbers: the points from which on a score is rounded up to the next.  Below
 * one half it is the same turned round. */
static const int64_t steps[] = { 3, 7, 11, 15, 19, 23, 27, 31, 35, 39, 43, 47, 52, 56, 60, 65, 69,
    74, 78, 83, 88, 92, 97, 103, 108, 113, 119, 124, 130, 136, 142, 149, 156, 163, 170, 178, 186,
    195, 205, 215, 226, 238, 252, 267, 285, 306, 332, 367, 419, 530 };
enum {
    HALF = 50
};
_Static_assert(ARRAY_LEN(steps) == HALF, "from 51 to 100");

int64_t risk_score(int64_t points)
{
    int64_t n = 0, far = points < 0 ? -points : points;
    while (n < HALF && steps[n] <= far)
        n++;
    return points < 0 ? HALF - n : HALF + n;
}

/* The threshold itself counts; 0 is never reached. */
static bool reaches(int64_t score, int64_t threshold)
{
    return threshold > 0 && (MUTANT(8) ? score > threshold : score >= threshold);
}

void risk_weigh(const struct catalog_risk *k, struct risk *r)
{
    int64_t sum = 0;
    for (size_t i = 0; i < RISK_FEATURES; i++)
        sum += r->points[i] = k->weight[i] * r->value[i];
    r->score = risk_score(sum);
    r->action = reaches(r->score, k->refuse) ? ORDER_RISK_REFUSE
        : reaches(r->score, k->review)       ? ORDER_RISK_REVIEW
                                             : ORDER_RISK_ALLOW;
}
