#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "base/money.h"
#include "fact/fact.h"

/* Double entry, append-only (R7).  A transaction is one fact and two to eight entries that sum to
 * zero in every unit; what an account gains is positive, where it comes from is negative.  Units
 * are the currencies and credits.
 *
 * The fact seals a hash of its entries, so the audit chain covers the ledger: an entry that was
 * altered, added or taken away is found (ledger_verify).  Balances of accounts are sums over
 * entries, never counters; what gates a decision is a row of its own feature. */
enum ledger_account {
#define LEDGER_ACCOUNT(name, number, owner, about) LEDGER_##name = (number),
#include "ledger/ledger.def"
#undef LEDGER_ACCOUNT
};
enum {
    LEDGER_LEGS = 8
};
struct ledger_leg {
    enum ledger_account account;
    int64_t owner;     /* ledger.def says whose n; 0: one for all */
    enum currency cur; /* CUR_NONE: credits */
    int64_t amount;
};
struct ledger_transaction {
    struct fact fact; /* what happened; its ledger member is filled by ledger_post */
    struct ledger_leg leg[LEDGER_LEGS];
    size_t n;
};

/* Adds a leg; one of zero is left out. */
void ledger_money(
    struct ledger_transaction *t, enum ledger_account account, int64_t owner, struct money amount);
void ledger_credits(
    struct ledger_transaction *t, enum ledger_account account, int64_t owner, int64_t credits);

/* Inside a transaction: the fact and its entries.  Legs that do not sum to zero are a broken
 * assumption: must().  Without legs (something was free) it is the fact alone. */
enum err ledger_post(struct ctx *c, const struct ledger_transaction *t, int64_t *ret_fact_n);

/* In a snapshot: the sum of all entries of one account, from its closed hours and what came since
 * (ledger/ledger_hour.h). */
enum err ledger_balance(
    struct ctx *c, enum ledger_account account, int64_t owner, enum currency cur, int64_t *ret);

/* The entries of one fact, in a snapshot; *ret_n 0: it posted none. */
enum err ledger_of_fact(
    struct ctx *c, int64_t fact_n, struct ledger_leg leg[LEDGER_LEGS], size_t *ret_n);
struct str ledger_account_name(enum ledger_account account); /* "GATEWAY"; "?" for none of ours */

/* Invariant I1 in a snapshot, and that every entry is as its fact sealed it: a line into out for
 * each finding, CONFLICT when there is any.  fact_verify says whether the facts are. */
enum err ledger_verify(struct ctx *c, struct buf *out, int64_t *ret_checked);

#endif
