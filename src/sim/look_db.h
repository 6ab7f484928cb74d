#ifndef SIM_LOOK_DB_H
#define SIM_LOOK_DB_H

#include "base/id.h"

/* Private to sim/: what purser has stored, read by SQL of the simulator's own.  Opens a snapshot.
 */

/* Lists into arrays: one row, copied until the room is used up, which is a bug of the simulator. */
struct look_list {
    void *row, *into;
    size_t size, n, max;
};
#define LOOK_LIST(row_, into_, max_)                                                               \
    {                                                                                              \
        .row = (row_), .into = (into_), .size = sizeof *(row_), .max = (max_)                      \
    }
enum err look_take(struct ctx *c, void *list); /* for db_each */

enum { /* purchase.status, as schema/ numbers them */
    LOOK_PENDING,
    LOOK_PROCESSING,
    LOOK_COMPLETED,
    LOOK_FAILED,
    LOOK_EXPIRED,
    LOOK_CANCELLED,
    LOOK_PARTLY_REFUNDED,
    LOOK_REFUNDED,
    LOOK_DISPUTED,
    LOOK_REVIEW,
    LOOK_STATUSES
};
struct look_order {
    int64_t n, status, version, total, tax, refunded, completed_ms;
    struct id raw;
    struct str id, currency, coupon, email;
};
enum err look_orders(struct ctx *c, struct look_order *ret, size_t max, size_t *ret_n);
enum err look_order(struct ctx *c, struct str id, bool *ret_found, struct look_order *ret);

struct look_attempt {
    int64_t n, order_n, status, amount, refunded, came;
    int64_t lost;     /* to a bank, beside what was given back */
    int64_t reserved; /* for what is on its way back */
    struct id raw;
    struct str id, currency, session, confirmed_by, came_currency;
    bool captured, extra, disputed, has_come;
};
/* order_n 0: all. */
enum err look_attempts(
    struct ctx *c, int64_t order_n, struct look_attempt *ret, size_t max, size_t *ret_n);

struct look_event {
    int64_t n, status;
    struct str hash, key;
    int64_t received, processed, alerts; /* facts about it; open alerts */
};
enum err look_event(struct ctx *c, struct str hash, bool *ret_found, struct look_event *ret);
enum err look_events(struct ctx *c, struct look_event *ret, size_t max, size_t *ret_n);

/* Sums of the ledger: by subject of the fact (an order) and account; by account alone. */
struct look_sum {
    struct str subject, unit;
    int64_t account, amount;
};
enum err look_sums(struct ctx *c, struct look_sum *ret, size_t max, size_t *ret_n);
enum err look_uneven(struct ctx *c, int64_t *ret_n); /* facts whose entries do not sum to zero */

/* Facts by subject and kind. */
struct look_count {
    struct str subject, kind;
    int64_t n;
};
enum err look_facts(struct ctx *c, struct look_count *ret, size_t max, size_t *ret_n);
/* Open alerts by subject and kind. */
enum err look_alerts(struct ctx *c, struct look_count *ret, size_t max, size_t *ret_n);
/* Mails by what they are about and the key under which they were queued; n is their state. */
struct look_mail {
    struct str about, key, message_id, to;
    int64_t state;
};
enum err look_mails(struct ctx *c, struct look_mail *ret, size_t max, size_t *ret_n);

struct look_code {
    struct str code;
    int64_t n, used, max_uses, per_customer;
};
enum err look_codes(struct ctx *c, struct look_code *ret, size_t max, size_t *ret_n);
struct look_use {
    int64_t order_n, coupon_n, state, counted;
    struct str buyer;
};
enum err look_uses(struct ctx *c, struct look_use *ret, size_t max, size_t *ret_n);
/* coupon_buyer rows whose count is not that of their uses. */
enum err look_miscounted(struct ctx *c, int64_t *ret_n);

/* Credits that an order brought, and what went back of them; what is owed, by customer. */
struct look_pack {
    int64_t order_n, given, taken;
};
enum err look_packs(struct ctx *c, struct look_pack *ret, size_t max, size_t *ret_n);
struct look_debt {
    struct str who;
    int64_t debt;
};
enum err look_debts(struct ctx *c, struct look_debt *ret, size_t max, size_t *ret_n);

/* What a bank argues about; reference: the gateway's name for it. */
struct look_dispute {
    int64_t attempt_n;
    struct id raw;
    struct str id, reference;
};
enum err look_disputes(struct ctx *c, struct look_dispute *ret, size_t max, size_t *ret_n);

/* What is still to be done; what plans have to do on a later day is not. */
struct look_left {
    int64_t before_ms; /* in: of mails, those that were written before */
    int64_t operations, jobs, parked, events, refunds, mails;
    struct str job; /* one of them */
};
enum err look_left(struct ctx *c, struct look_left *inout);

#endif
