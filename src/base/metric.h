#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include "base/ctx.h"

/* Counters, gauges and histograms named in metric.def, printed as Prometheus text.  Atomic; safe
 * from any thread; no-ops when c->metrics is NULL. */
enum metric {
#define METRIC(name, kind, help) METRIC_##name,
#include "base/metric.def"
#undef METRIC
    METRIC_COUNT
};
enum {
    US_PER_MS = 1000
};
struct metrics;
struct metrics *metrics_new(void);
void metrics_free(struct metrics *m);
void metric_add(struct ctx *c, enum metric m, int64_t n);
void metric_set(struct ctx *c, enum metric m, int64_t value);
void metric_observe_us(struct ctx *c, enum metric m, int64_t us); /* histogram, microseconds */
int64_t metric_value(struct ctx *c, enum metric m);               /* a histogram's count */
void metrics_print(struct ctx *c, struct buf *out);

/* Without a ctx, for loops and pools. */
void metrics_add(struct metrics *m, enum metric which, int64_t n);
void metrics_observe_us(struct metrics *m, enum metric which, int64_t us);
void metrics_set(struct metrics *m, enum metric which, int64_t value);

#endif
