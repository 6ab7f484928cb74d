#include "base/metric.h"

#include <stdatomic.h>
#include <stdlib.h>

enum kind {
    COUNTER,
    GAUGE,
    HISTOGRAM,
};

static const struct {
    const char *name, *help;
    enum kind kind;
} table[] = {
#define METRIC(name, kind, help) { #name, help, kind },
#include "base/metric.def"
#undef METRIC
};
_Static_assert(ARRAY_LEN(table) == METRIC_COUNT, "every metric has a row");

/* Upper bounds in microseconds; one more bucket for what is above. */
static const int64_t bounds_us[] = { 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000,
    250000, 500000, 1000000, 2500000, 5000000, 10000000, 30000000, 60000000, 300000000, 900000000,
    3600000000 };
enum {
    BUCKETS = ARRAY_LEN(bounds_us) + 1
};

struct metrics {
    _Atomic int64_t value[METRIC_COUNT]; /* a histogram's count */
    _Atomic int64_t sum_us[METRIC_COUNT];
    _Atomic int64_t bucket[METRIC_COUNT][BUCKETS];
};

struct metrics *metrics_new(void)
{
    struct metrics *m = calloc(1, sizeof *m);
    must(m != NULL);
    return m;
}

void metrics_free(struct metrics *m)
{
    free(m);
}

void metrics_add(struct metrics *m, enum metric which, int64_t n)
{
    if (m != NULL)
        atomic_fetch_add_explicit(&m->value[which], n, memory_order_relaxed);
}

void metrics_set(struct metrics *m, enum metric which, int64_t value)
{
    if (m != NULL)
        atomic_store_explicit(&m->value[which], value, memory_order_relaxed);
}

void metrics_observe_us(struct metrics *m, enum metric which, int64_t us)
{
    if (m == NULL)
        return;
    size_t i = 0;
    while (i < ARRAY_LEN(bounds_us) && us > bounds_us[i])
        i++;
    atomic_fetch_add_explicit(&m->bucket[which][i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&m->sum_us[which], us, memory_order_relaxed);
    atomic_fetch_add_explicit(&m->value[which], 1, memory_order_relaxed);
}

void metric_add(struct ctx *c, enum metric m, int64_t n)
{
    metrics_add(c->metrics, m, n);
}

void metric_set(struct ctx *c, enum metric m, int64_t value)
{
    metrics_set(c->metrics, m, value);
}

void metric_observe_us(struct ctx *c, enum metric m, int64_t us)
{
    metrics_observe_us(c->metrics, m, us);
}

int64_t metric_value(struct ctx *c, enum metric m)
{
    return c->metrics == NULL ? 0
                              : atomic_load_explicit(&c->metrics->value[m], memory_order_relaxed);
}

static void print_us(struct buf *out, int64_t us)
{
    buf_fmt(out, "%lld.%06lld", (long long)(us / 1000000), (long long)(us % 1000000));
}

static void print_histogram(const struct metrics *m, size_t i, struct buf *out)
{
    int64_t so_far = 0;
    for (size_t k = 0; k < BUCKETS; k++) {
        so_far += atomic_load_explicit(&m->bucket[i][k], memory_order_relaxed);
        buf_fmt(out, "purser_%s_bucket{le=\"", table[i].name);
        if (k < ARRAY_LEN(bounds_us))
            print_us(out, bounds_us[k]);
        else
            buf_add(out, S("+Inf"));
        buf_fmt(out, "\"} %lld\n", (long long)so_far);
    }
    buf_fmt(out, "purser_%s_sum ", table[i].name);
    print_us(out, atomic_load_explicit(&m->sum_us[i], memory_order_relaxed));
    buf_fmt(out, "\npurser_%s_count %lld\n", table[i].name, (long long)so_far);
}

void metrics_print(struct ctx *c, struct buf *out)
{
    static const char *const kinds[] = { "counter", "gauge", "histogram" };
    const struct metrics *m = c->metrics;
    if (m == NULL)
        return;
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        buf_fmt(out, "# HELP purser_%s %s\n# TYPE purser_%s %s\n", table[i].name, table[i].help,
            table[i].name, kinds[table[i].kind]);
        if (table[i].kind == HISTOGRAM)
            print_histogram(m, i, out);
        else
            buf_fmt(out, "purser_%s %lld\n", table[i].name,
                (long long)atomic_load_explicit(&m->value[i], memory_order_relaxed));
    }
}
