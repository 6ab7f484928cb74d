#ifndef REPORT_SALES_H
#define REPORT_SALES_H

#include "ledger/ledger_hour.h"
#include "report/report.h"
#include "report/sales_db.h"

/* Private to report: sales in their parts, and what the ledger says of a time. */

/* In a snapshot, oldest first, each piece in memory of its own (ctx_pieces): orders that were
 * completed in this time.  What is kept of them goes into a sheet's arena. */
enum err sales_each(struct ctx *c, int64_t from_ms, int64_t to_ms,
    enum err (*each)(struct ctx *c, const struct sale *sale, void *arg), void *arg);

struct sale_part {
    struct str product;
    int64_t quantity, net, tax; /* net of discount and tax; all of them are what the books say */
};
enum err sale_parts(
    struct ctx *c, const struct sale *sale, struct sale_part **ret_part, size_t *ret_n);

/* Whose entry it is: ord_… */
struct str sales_order_of(struct arena *a, const struct sales_entry *entry);
/* Entries of sales and tax that are no sale, in these currencies: positive went back. */
struct sale_after {
    const struct sale *sale;
    int64_t net, tax;
};
enum err sales_after(struct ctx *c, const struct report_ask *ask, const enum currency *cur,
    size_t n, enum err (*each)(struct ctx *c, const struct sale_after *after, void *arg),
    void *arg);

/* Sales and tax of each day, week or month, from the ledger's closed hours.  BUSY while those are
 * behind. */
struct books {
    enum currency cur[CUR_COUNT];
    struct book_line {
        int64_t sold, back, tax, tax_back;
        int64_t paid; /* orders; not filled here */
    } line[CUR_COUNT];
    size_t n;
};
struct book_spans {
    struct report_ask *span;
    struct books *books; /* one for each */
    size_t n;
};
enum err books_read(struct ctx *c, const struct report_ask *ask, struct book_spans *ret);
struct books *books_at(struct book_spans *k, int64_t ms);
struct book_line *book_line_of(struct books *b, enum currency cur);
enum err books_behind(struct ctx *c);

/* What was sold in each day, week or month: the first columns of a sheet, which may have more.  A
 * day without sales has a row too, in each currency that there were any in, and in those of all,
 * to which they are added. */
#define REVENUE_COLUMNS                                                                            \
    REPORT_COLUMN("from", "From", DAY, ),                                                          \
        REPORT_COLUMN("orders", "Orders paid", COUNT, .sum = true,                                 \
            .href = S_INIT("/admin/orders?status=completed&from={from}&to={to}")),                 \
        REPORT_COLUMN("sold", "Sold, without tax", MONEY, .sum = true),                            \
        REPORT_COLUMN("refunded", "Went back", MONEY, .sum = true,                                 \
            .href = S_INIT("/admin/ledger?from={from}&to={to}")),                                  \
        REPORT_COLUMN("net", "Revenue", MONEY, .sum = true,                                        \
            .href = S_INIT("/admin/ledger?from={from}&to={to}")),                                  \
        REPORT_COLUMN("tax", "Tax, less what went back", MONEY, .sum = true),                      \
        REPORT_COLUMN("gross", "Together", MONEY, .sum = true),                                    \
        REPORT_COLUMN("average", "Average order", MONEY, )
enum err revenue_by_time(struct ctx *c, const struct report_ask *ask, struct report_sheet *sheet,
    struct books *inout_all);

#endif
