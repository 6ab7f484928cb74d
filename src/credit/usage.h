#ifndef CREDIT_USAGE_H
#define CREDIT_USAGE_H

#include "access/upgrade.h"
#include "credit/credit.h"

/* What was used, by day, operation and label.  Moves are added up by a job, so that nobody has to
 * read a year of them; each reading adds what the job has not seen yet, in one snapshot, and is
 * right at any time.  A use that was given back is in no sum.
 *
 * Days are dates (base/zone.h) as the customer's zone had them when the use was made.  All in a
 * snapshot or transaction. */

struct usage_row {
    int64_t date;
    struct str operation; /* empty: a bare amount */
    int64_t credits, uses, quantity;
};
struct usage_span {
    int64_t customer_n;
    int64_t from, to; /* dates: from <= date < to */
};
/* A date and operation may come more than once: they add up. */
enum err usage_days(struct ctx *c, const struct usage_span *span,
    enum err (*each)(struct ctx *c, const struct usage_row *row, void *arg), void *arg);
enum err usage_sum(struct ctx *c, const struct usage_span *span, int64_t *ret_credits);

/* Of a month, which is the date of its first day.  label empty: those of which there were too many,
 * together. */
enum {
    USAGE_LABELS_MAX = 200 /* of a customer and month */
};
struct usage_label {
    struct str label, value;
    int64_t credits, uses;
};
enum err usage_labels(struct ctx *c, int64_t customer_n, int64_t month,
    enum err (*each)(struct ctx *c, const struct usage_label *label, void *arg), void *arg);

/* One month of somebody's, with the eleven before it. */
enum {
    USAGE_DAYS = 31,
    USAGE_YEAR = 12,
    USAGE_LIST = 300
};
struct usage_month {
    const struct zone *zone;
    int64_t customer_n, today;
    int64_t first, next;            /* its first day, and the next one's */
    int64_t months[USAGE_YEAR + 1]; /* first days: of each up to it, and of the one after it */
    int64_t day[USAGE_DAYS], of_month[USAGE_YEAR];
    int64_t days; /* of it that have begun */
    int64_t left; /* when it ended, or now */
    /* Those that used most come first; what there is no place for stands together, without a name.
     */
    struct usage_row operation[USAGE_LIST];
    struct usage_label label[USAGE_LIST];
    size_t operations, labels;
};
/* period: "2026-11", or empty: the present one.  INVALID_REQUEST. */
enum err usage_month(struct ctx *c, int64_t customer_n, struct str period, struct usage_month *ret);
struct str usage_month_text(struct arena *a, int64_t date); /* 2026-11 */
enum err usage_month_read(struct ctx *c, struct str period, int64_t *ret_first);

/* The plan that would suit somebody better, by their last three whole months. */
struct usage_advice {
    enum usage_reason {
        USAGE_FITS,    /* none */
        USAGE_MUCH,    /* nearly everything, three months in a row */
        USAGE_LITTLE,  /* little of it, three months in a row */
        USAGE_RUN_OUT, /* what was given once is nearly gone */
        USAGE_REASON_COUNT
    } reason;
    int64_t percent; /* of the allowance: at least, or at most */
    struct access_upgrade to;
    struct str sentence;
};
struct str usage_reason_text(enum usage_reason reason);
enum err usage_advise(struct ctx *c, int64_t customer_n, struct usage_advice *ret);

/* Everybody's, for the owner: by the business's days, as far as the job has come. */
struct usage_total {
    int64_t date, credits, moves;
    enum credit_change change;
    struct str operation;
};
enum err usage_totals(struct ctx *c, int64_t from, int64_t to,
    enum err (*each)(struct ctx *c, const struct usage_total *total, void *arg), void *arg);
/* What all customers hold together, reserved credits too. */
enum err usage_outstanding(struct ctx *c, int64_t *ret);

enum err usage_sum_job(struct ctx *c, struct str subject); /* standing */

extern const struct routes usage_routes;

#endif
