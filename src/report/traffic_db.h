#ifndef REPORT_TRAFFIC_DB_H
#define REPORT_TRAFFIC_DB_H

#include "inbox/inbox.h"
#include "payment/payment.h"
#include "report/report.h"

/* Tries to pay, webhooks, checkouts: how many, and what became of them.  In a snapshot. */

/* Attempts of this time by gateway, status, reason and currency. */
struct traffic_tries {
    enum gateway_id gateway;
    enum attempt_status status;
    struct str why;
    enum currency cur;
    int64_t tries, minor;
};
enum err traffic_tries(struct ctx *c, const struct report_ask *ask,
    enum err (*each)(struct ctx *c, const struct traffic_tries *tries, void *arg), void *arg);

/* Each try that was begun since then and brought nothing, the newest first; of its order what its
 * number is made of. */
struct traffic_failed {
    struct order order;
    struct attempt attempt;
};
enum err traffic_failed(struct ctx *c, int64_t since_ms,
    enum err (*each)(struct ctx *c, const struct traffic_failed *failed, void *arg), void *arg);

/* Webhooks that came in this time by gateway, name and status; then, of those that were applied,
 * how long they took, rising within their gateway and name: to the millisecond below a second, then
 * to one percent, and to the day beyond one, so that there are never many. */
struct traffic_hooks {
    enum gateway_id gateway;
    struct str name;
    enum event_status status;
    int64_t hooks, newest_ms;
};
enum err traffic_hooks(struct ctx *c, const struct report_ask *ask,
    enum err (*each)(struct ctx *c, const struct traffic_hooks *hooks, void *arg), void *arg);
struct traffic_took {
    enum gateway_id gateway;
    struct str name;
    int64_t ms, times;
};
enum err traffic_took(struct ctx *c, const struct report_ask *ask,
    enum err (*each)(struct ctx *c, const struct traffic_took *took, void *arg), void *arg);

/* Orders that somebody began in this time (renewals nobody begins): where each stands, and how far
 * its tries came.  By their ids, at most TRAFFIC_PAGE of them, behind `after` (zero: the first). */
enum {
    TRAFFIC_PAGE = 500
};
enum traffic_step {
    TRAFFIC_NO_PAGE, /* no gateway opened one */
    TRAFFIC_ON_PAGE, /* one stood open, and nothing more is known */
    TRAFFIC_REFUSED, /* a payment was tried, and refused */
    TRAFFIC_STEPS
};
struct traffic_order {
    struct id id;
    int64_t total_minor, completed_ms;
    enum order_status status;
    enum currency cur;
    enum traffic_step step;
    enum gateway_id gateway; /* of its last try; GATEWAY_NONE: there was none */
    struct str method;
};
enum err traffic_orders(struct ctx *c, const struct report_ask *ask, struct id after,
    enum err (*each)(struct ctx *c, const struct traffic_order *order, void *arg), void *arg);

#endif
