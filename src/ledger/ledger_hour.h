#ifndef LEDGER_LEDGER_HOUR_H
#define LEDGER_LEDGER_HOUR_H

#include "ledger/ledger.h"

/* What accounts gained and lost in each hour: rows that a standing job closes, and the entries of
 * facts that were sealed since (or are not yet), added up on the spot.  Closed by the chain's own
 * numbers, so that no entry is left out or counted twice, however late it is committed. */
struct ledger_sum {
    int64_t account, owner, hour; /* the time of the entries / LEDGER_HOUR_MS */
    struct str unit;              /* a currency's code, or LEDGER_CREDIT */
    int64_t came, went, entries;  /* went is negative */
};
enum {
    LEDGER_HOUR_MS = 3600 * 1000
};
/* In a snapshot: the hours from <= hour < to, in no order; the same account and hour may come
 * twice, closed and open.  *ret_behind: more than LEDGER_OPEN_MAX facts are not closed yet (after
 * an upgrade, say); the newest of them are left out. */
enum {
    LEDGER_OPEN_MAX = 20000
};
enum err ledger_hours(struct ctx *c, int64_t from, int64_t to,
    enum err (*each)(struct ctx *c, const struct ledger_sum *sum, void *arg), void *arg,
    bool *ret_behind);
/* The same over all time, each account and unit once or twice; hour is 0. */
enum err ledger_totals(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct ledger_sum *sum, void *arg), void *arg,
    bool *ret_behind);
/* The same of all entries, however many are not closed yet: for who compares. */
enum err ledger_balances(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct ledger_sum *sum, void *arg), void *arg);

/* In a snapshot, oldest first: entries of from_ms <= at < to_ms behind the entry after_n, with what
 * they were posted for. */
struct ledger_line {
    int64_t n, account, owner, amount, at_ms;
    struct str unit, kind, subject; /* of the fact */
};
struct ledger_span {
    int64_t from_ms, to_ms; /* to 0: open */
    int64_t after_n, limit;
};
enum err ledger_lines(struct ctx *c, const struct ledger_span *span,
    enum err (*each)(struct ctx *c, const struct ledger_line *line, void *arg), void *arg);

/* In a snapshot: closed rows against the entries that they stand for: a line into out for each
 * account that does not add up. */
enum err ledger_verify_hours(struct ctx *c, struct buf *out, int64_t *ret_findings);

enum err ledger_close_job(struct ctx *c, struct str subject); /* standing */

#endif
