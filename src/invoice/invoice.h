#ifndef INVOICE_INVOICE_H
#define INVOICE_INVOICE_H

#include "order/order.h"
#include "web/web.h"

/* Invoices, and credit notes for what went back, in one series of numbers without a gap in each
 * year: INV-2026-000123.
 *
 * A number is given by a job, never in the commit of a payment: whoever gives one locks the row of
 * the last one, and writes the invoice in the same transaction.  What stands on it is frozen then,
 * as JSON whose hash the fact INVOICE_ISSUED seals; page and PDF are drawn from that, and what
 * seller, buyer or catalogue are called later changes nothing. */
enum invoice_kind {
    INVOICE_SALE,
    INVOICE_CREDIT, /* a refund: its amounts are negative */
    INVOICE_AGAIN,  /* what a credit note took back, once its money came back to us */
    INVOICE_KIND_COUNT
};
struct str invoice_kind_text(enum invoice_kind kind);  /* "invoice", "credit_note" */
struct str invoice_kind_words(enum invoice_kind kind); /* "Invoice", "Credit note" */

/* What is listed, without its content. */
struct invoice {
    int64_t n;
    struct id id;
    enum invoice_kind kind;
    int64_t year, number;
    int64_t order_n;
    int64_t refund_n; /* whose credit note it is; 0: no refund's in particular */
    enum currency currency;
    int64_t total_minor, tax_minor;
    int64_t issued_ms, fact_n;
    struct str email, method; /* whom it went to, how it was paid; empty: nobody says, or erased */
};
struct str invoice_number(struct arena *a, const struct invoice *i); /* INV-2026-000123 */
struct str invoice_id(struct arena *a, const struct invoice *i);     /* inv_… */

enum {
    INVOICE_SELLER = 12, /* lines at its head … */
    INVOICE_FOOT = 6,    /* … and at its foot */
    INVOICE_BUYER = 5,
    INVOICE_NOTES = 3
};
struct invoice_line {
    struct str name, description;
    int64_t quantity, unit_minor, amount_minor; /* before the discount, as in the catalogue */
};
struct invoice_lines_of_text {
    struct str *v;
    size_t n;
};
/* What stands on it. */
struct invoice_content {
    enum invoice_kind kind;
    struct str number, order, refers; /* refers: the number of what it takes back, or empty */
    int64_t issued_ms, refers_ms;
    int64_t paid_ms, start_ms, end_ms; /* 0: not paid, no period */
    struct invoice_lines_of_text seller, foot, buyer, notes;
    struct str seller_country, buyer_tax_id;
    enum currency currency;
    struct invoice_line *line;
    size_t lines;
    int64_t subtotal_minor, discount_minor, tax_minor, total_minor, paid_minor;
    struct str coupon;   /* or empty */
    struct str tax_name; /* "VAT" */
    int64_t tax_bps;
    bool tax_inclusive;
    struct str support, color; /* "#355bbd" */
    struct str url;            /* of the same as a page */
};
/* As it is stored.  STORE_CORRUPT for what is no such text. */
struct str invoice_content_text(struct arena *a, const struct invoice_content *k);
enum err invoice_content_read(struct ctx *c, struct str text, struct invoice_content *ret);

/* "−1,234.50": without its currency, which stands at the head of a column. */
struct str invoice_figure(struct arena *a, int64_t minor, enum currency currency);
/* "19%", "7.5%" */
struct str invoice_rate(struct arena *a, int64_t bps);
/* The figures under the lines, in the order in which they stand, on paper as on a page. */
enum {
    INVOICE_SUMS = 7
};
struct invoice_sum {
    struct str words;
    int64_t minor;
    bool strong; /* the total */
};
size_t invoice_sums(
    struct arena *a, const struct invoice_content *k, struct invoice_sum ret[INVOICE_SUMS]);
/* What it is about, in words and their values: number, order, dates, how it was paid. */
enum {
    INVOICE_FACTS = 7
};
struct invoice_fact {
    struct str words, value;
};
size_t invoice_facts(struct arena *a, const struct invoice *i, const struct invoice_content *k,
    struct invoice_fact ret[INVOICE_FACTS]);

/* As a PDF, by libharu: the same bytes each time. */
enum err invoice_pdf(
    struct ctx *c, const struct invoice *i, const struct invoice_content *k, struct str *ret);

/* How a text is printed: what the face does not have is "?". */
enum err invoice_drawn(struct ctx *c, struct str words, struct str *ret);
/* What is wrong with a seller's text (PURSER_BRAND_LEGAL) for paper: too many lines, a character
 * that the face does not have.  Empty: nothing. */
enum err invoice_seller_fault(struct ctx *c, struct str text, struct str *ret);

/* ---- issuing */

/* In a transaction: whatever is missing of an order's, as its row stands now: the invoice once it
 * is paid, a credit note for each refund.  Nothing is missing: nothing happens.
 * likely: it is mostly owed something, and whether is looked at where only one can. */
enum err invoice_issue(struct ctx *c, int64_t order_n, bool likely);

/* Jobs.  order_letter is the body of order_mail, about "paid:ord_…", or
 * "refunded:ord_…": issues, and tells the buyer.  invoice_look_job goes behind the
 * facts and issues what no mail asked for. */
enum err order_letter(struct ctx *c, struct str subject);
enum err invoice_look_job(struct ctx *c, struct str subject);

/* ---- looking, in a snapshot or transaction */

/* By inv_… or number.  NOT_FOUND, also for somebody else's where c->customer_n is bound. */
enum err invoice_get(struct ctx *c, struct str id_or_number, struct invoice *ret);
enum err invoice_content(struct ctx *c, const struct invoice *i, struct invoice_content *ret);
/* An order's own invoice. */
enum err invoice_sale_of(struct ctx *c, int64_t order_n, bool *ret_found, struct invoice *ret);
/* Of one order, in the order in which they were issued; at most INVOICES_OF. */
enum {
    INVOICES_OF = 100
};
enum err invoices_of(struct ctx *c, int64_t order_n, struct invoice **ret, size_t *ret_n);
/* Newest first, below after_n (0: from the newest); customer_n 0: everybody's. */
enum err invoice_list(struct ctx *c, int64_t customer_n, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct invoice *i, void *arg), void *arg);

/* Of a request: whose it is may see it, who sees all, and who has the link to its order (?t=); to
 * everybody else it is NOT_FOUND. */
enum err invoice_of_request(struct req *r, struct str id_or_number, struct invoice *ret);
extern const struct routes invoice_routes;

/* Invariant in a snapshot: numbers without a gap or a double, each as it was sealed, and with its
 * order the same sums; orders that were paid have one, once the job came past.  A line into out
 * for each finding, CONFLICT when there is any. */
enum err invoice_verify(struct ctx *c, struct buf *out, int64_t *ret_checked);

#endif
