#ifndef LEDGER_LEDGER_HOUR_DB_H
#define LEDGER_LEDGER_HOUR_DB_H

#include "ledger/ledger_hour.h"

typedef enum err ledger_sum_each(struct ctx *c, const struct ledger_sum *sum, void *arg);

/* Up to which seq entries are closed. */
enum err ledger_closed(struct ctx *c, int64_t *ret_seq);
enum err ledger_set_closed(struct ctx *c, int64_t from, int64_t to); /* E_CONFLICT: it moved */
/* The next `limit` facts of the chain: up to which seq, and between which numbers they lie. */
struct ledger_stretch {
    int64_t after_seq, to_seq, from_n, to_n; /* to_seq is after_seq when there is none */
};
enum err ledger_stretch(
    struct ctx *c, int64_t after_seq, int64_t limit, struct ledger_stretch *ret);
/* Their entries, added up by account, owner, unit and hour. */
enum err ledger_sum_facts(
    struct ctx *c, const struct ledger_stretch *at, ledger_sum_each *each, void *arg);
enum err ledger_add_hour(struct ctx *c, const struct ledger_sum *sum);

enum err ledger_closed_hours(
    struct ctx *c, int64_t from, int64_t to, ledger_sum_each *each, void *arg);
enum err ledger_closed_totals(struct ctx *c, ledger_sum_each *each, void *arg);
/* The least number of a fact that is not sealed; INT64_MAX when all are. */
enum err ledger_unsealed(struct ctx *c, int64_t *ret_n);
/* What the closed rows do not hold: sealed after_seq < seq <= to_seq, or not sealed yet. */
struct ledger_open {
    int64_t after_seq, to_seq;
    int64_t from_n;   /* of the first of these facts; INT64_MAX: there is none */
    int64_t from, to; /* hours */
};
enum err ledger_open_hours(
    struct ctx *c, const struct ledger_open *open, ledger_sum_each *each, void *arg);
/* after_n < n < to_n */
enum err ledger_db_lines(struct ctx *c, const struct ledger_span *span, int64_t to_n,
    enum err (*each)(struct ctx *c, const struct ledger_line *line, void *arg), void *arg);
/* One account's. */
enum err ledger_closed_sum(
    struct ctx *c, enum ledger_account account, int64_t owner, struct str unit, int64_t *ret);
enum err ledger_open_sum(struct ctx *c, const struct ledger_open *open, enum ledger_account account,
    int64_t owner, struct str unit, int64_t *ret);
/* Accounts whose entries are not what closed and open rows together say; the difference. */
enum err ledger_not_in_hours(
    struct ctx *c, const struct ledger_open *open, ledger_sum_each *each, void *arg);
/* What is open now: all of it, or the first LEDGER_OPEN_MAX facts. */
enum err ledger_open_now(struct ctx *c, bool all, struct ledger_open *ret, bool *ret_behind);

#endif
