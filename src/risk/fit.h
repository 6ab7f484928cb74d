#ifndef RISK_FIT_H
#define RISK_FIT_H

#include "risk/risk.h"

/* Weights from an instance's own history: which values were followed by fraud, and which were not.
 * A logistic regression, and what its weights would have changed.  It proposes, and changes
 * nothing. */

struct fit_sample {
    int32_t value[RISK_FEATURES];
    bool fraud;
    int64_t minor; /* of the catalogue's currency; 0: it was another */
};
struct fit_history {
    struct fit_sample *sample; /* oldest first */
    size_t n;
    int64_t frauds; /* among them; the others were good */
};
enum {
    FIT_FRAUDS = 20,  /* that a fit needs at least, … */
    FIT_GOODS = 200,  /* … with so many that were good */
    FIT_MOST = 100000 /* the newest that are read */
};

/* In a snapshot: orders with a risk whose end is known, made before until_ms. */
enum err fit_read(struct ctx *c, int64_t until_ms, struct fit_history *ret);

/* fit.c, the only floating point of the program: the weights, in hundredths of a logit, that
 * explain these samples best.  Those of what never varied are left as they are in *k.  The same
 * samples give the same weights. */
void fit_weights(const struct fit_sample *sample, size_t n, int64_t weight[RISK_FEATURES]);
/* Of a fraud and a good one, how often the weights give the fraud more points: in a thousand. */
int64_t fit_auc(
    struct ctx *c, const int64_t weight[RISK_FEATURES], const struct fit_sample *sample, size_t n);

/* Learned from the older part, judged on the newer, which the weights have not seen. */
enum {
    FIT_STEPS = 15
};
struct fit_report {
    int64_t frauds, goods;           /* of all */
    int64_t held_frauds, held_goods; /* of the newer part */
    int64_t held_minor;              /* of its frauds */
    int64_t weight[RISK_FEATURES];
    bool varied[RISK_FEATURES];
    int64_t auc_now, auc_then;
    int64_t review, refuse; /* proposed; 0: no threshold is worth it */
    struct fit_step {
        int64_t threshold, frauds, goods, minor; /* that reach it */
    } now[FIT_STEPS], then[FIT_STEPS];
};
/* CONFLICT with a sentence when there is too little history. */
enum err fit_judge(struct ctx *c, const struct catalog_risk *now, const struct fit_history *h,
    struct fit_report *ret);

struct commands;
extern const struct commands risk_commands;

#endif
