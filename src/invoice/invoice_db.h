#ifndef INVOICE_INVOICE_DB_H
#define INVOICE_INVOICE_DB_H

#include "invoice/invoice.h"

/* The row of the last number: held until the transaction ends, then stored. */
struct invoice_series {
    int64_t year, last, issued_ms;
};
enum err invoice_db_lock_series(struct ctx *c, struct invoice_series *ret);
enum err invoice_db_read_series(struct ctx *c, struct invoice_series *ret);
enum err invoice_db_set_series(struct ctx *c, const struct invoice_series *s);

enum err invoice_db_insert(struct ctx *c, struct invoice *i, struct str content); /* sets n */
/* What its credit notes say went back. */
enum err invoice_db_back(
    struct ctx *c, int64_t order_n, int64_t *ret_minor, int64_t *ret_tax_minor);
enum err invoice_db_of_order(struct ctx *c, int64_t order_n,
    enum err (*each)(struct ctx *c, const struct invoice *i, void *arg), void *arg);
enum err invoice_db_by_id(struct ctx *c, struct id id, bool *ret_found, struct invoice *ret);
enum err invoice_db_by_number(
    struct ctx *c, int64_t year, int64_t number, bool *ret_found, struct invoice *ret);
enum err invoice_db_content(struct ctx *c, int64_t n, struct str *ret);

/* ---- for verify: rows in the order of their numbers, and orders with what was issued of them */
struct invoice_sealed {
    struct invoice invoice;
    struct str content;
    struct str said; /* the data of the fact that issued it; empty: there is none */
};
enum err invoice_db_each_number(struct ctx *c, int64_t year, int64_t number, int64_t limit,
    enum err (*each)(struct ctx *c, const struct invoice_sealed *row, void *arg), void *arg);
struct invoice_owed {
    int64_t order_n, version, total_minor, tax_minor, refunded_minor; /* as the order says */
    struct id order;
    int64_t sales;                                  /* how many invoices there are … */
    int64_t sold_minor, sold_tax_minor, back_minor; /* … over what, and what went back */
    int64_t back_tax_minor;
};
enum err invoice_db_each_owed(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct invoice_owed *row, void *arg), void *arg);

#endif
