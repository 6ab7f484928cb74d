#ifndef SIM_CHECK_H
#define SIM_CHECK_H

#include "sim/life.h"
#include "sim/look_db.h"

/* Private to sim/: everything that purser has stored, read once when all is quiet. */
enum {
    ROWS_MAX = 8192
};
struct books {
    struct look_order *order;
    struct look_attempt *attempt;
    struct look_sum *sum;
    struct look_count *fact, *alert;
    struct look_event *event;
    struct look_mail *mail;
    struct look_code *code;
    struct look_use *use;
    size_t orders, attempts, sums, facts, alerts, events, mails, codes, uses;
    struct look_left left;
};
/* One order in all books. */
struct account {
    const struct books *b;
    const struct look_order *o;
    int order;                       /* the world's number for it */
    const struct look_attempt *sale; /* captured, and the order's; NULL: none */
    int sales, held, captured_pages; /* held: captured and extra, not given back */
    bool doubted;                    /* somebody lied about one of its pages, or it wavered */
};
struct account account_of(struct life *l, const struct books *b, const struct look_order *o);
const struct paypage *page_of_attempt(struct life *l, const struct look_attempt *a); /* or NULL */
int64_t facts_of(const struct books *b, struct str subject, const char *kind);
int64_t sum_of(const struct books *b, struct str subject, int64_t account);
bool is_paid(int64_t status); /* completed, or what may follow it */

/* a × b / d, half away from zero, of numbers that are not negative. */
int64_t share_back(int64_t a, int64_t b, int64_t d);

/* check_money.c */
void check_ledger(struct life *l, const struct books *b);
void check_balances(struct life *l, const struct books *b);
void check_refunds(struct life *l, const struct books *b);
void check_once(struct life *l, const struct books *b);
void check_captures(struct life *l, const struct books *b);
void check_grounds(struct life *l, const struct books *b);
void check_agreement(struct life *l, const struct books *b);
/* check_record.c */
void check_webhooks(struct life *l, const struct books *b);
void check_codes(struct life *l, const struct books *b);
void check_chain(struct life *l, const struct books *b);
void check_mails(struct life *l, const struct books *b);
void check_kept(struct life *l, const struct books *b);
void check_quiet(struct life *l, const struct books *b);
/* check_credit.c */
void check_packs(struct life *l, const struct books *b);
/* check_dispute.c */
void check_disputes(struct life *l, const struct books *b);
/* check_plan_end.c */
void check_plans(struct life *l, const struct books *b);

#endif
