#ifndef RISK_FIT_DB_H
#define RISK_FIT_DB_H

#include "risk/fit.h"

/* Between the fit's rules and its SQL. */
struct fit_row {
    int64_t order_n;
    struct str reasons;
    struct money total;
    bool fraud, good;
};
enum {
    FIT_ROWS = 500
};
/* Up to FIT_ROWS rows above after_n, oldest first. */
enum err fit_db_rows(struct ctx *c, int64_t after_n, int64_t until_ms,
    enum err (*each)(struct ctx *c, const struct fit_row *row, void *arg), void *arg);
enum err fit_db_newest(struct ctx *c, int64_t *ret_n);

#endif
