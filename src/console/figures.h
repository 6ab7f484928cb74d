#ifndef CONSOLE_FIGURES_H
#define CONSOLE_FIGURES_H

#include "gateway/gateway.h"

/* How the day goes: figures for the overview, from closed hours and what came since, so that they
 * cost the same with ten orders and with a million.  In a snapshot. */
enum {
    FIGURES_DAYS = 30, /* today the last */
    FIGURES_CURRENCIES = 8,
    FIGURES_CALLS = 1000,    /* the newest calls, tries and webhooks that are looked at */
    FIGURES_OPEN_MAX = 10000 /* open tries are counted up to here */
};
struct figures_part {
    int64_t begun, paid, failed, webhooks;
    struct money sales[FIGURES_CURRENCIES]; /* tax included, what went back taken off */
};
struct figures {
    int64_t today;                   /* its first millisecond, UTC */
    int64_t hour;                    /* the hour of the day that runs, 0 to 23 */
    struct figures_part now, before; /* today; the same weekday last week to the end of that hour */
    enum currency currency[FIGURES_CURRENCIES];    /* in which there were sales */
    size_t currencies, main;                       /* main: the one with most of them */
    int64_t day[FIGURES_CURRENCIES][FIGURES_DAYS]; /* sales by day, oldest first */
    struct money held[FIGURES_CURRENCIES];         /* came, and belongs to no order; as currency */
    bool behind;                                   /* the newest facts are not counted yet */
    bool any_order;                                /* there ever was one */
    int64_t webhook_p99_ms; /* received to applied, of the newest; -1: none */
};
enum err console_figures(struct ctx *c, struct figures *ret);

struct gateway_figures {
    enum gateway_id gateway;
    int64_t paid, ended;       /* of the newest tries that are over */
    int64_t calls, unanswered; /* of the newest calls */
    int64_t median_ms, p99_ms; /* -1: no call */
    int64_t open;              /* tries whose end nobody knows, at most FIGURES_OPEN_MAX */
    bool away;                 /* there is an open alert that it does not answer */
    bool enabled;
};
/* Those that are set up, or were asked lately. */
enum err console_gateways(struct ctx *c, struct gateway_figures ret[GATEWAY_COUNT], size_t *ret_n);

/* How long things took: rising; then the value that this share of them does not exceed, -1: there
 * are none. */
void figures_sort(int64_t *v, size_t n);
int64_t figures_percentile(const int64_t *v, size_t n, size_t percent);

#endif
