#ifndef LEDGER_LEDGER_DB_H
#define LEDGER_LEDGER_DB_H

#include "ledger/ledger.h"

/* Between ledger's rules and its SQL.  An entry's n is eight times its fact's plus its leg. */
struct ledger_entry {
    int64_t n, account, owner, amount, at_ms;
    struct str unit;
};
/* All in one INSERT, so that PostgreSQL can check the sum of the statement. */
enum err ledger_insert(struct ctx *c, const struct ledger_entry *entry, size_t n);
/* from <= n < to, in the order of n. */
enum err ledger_each(struct ctx *c, int64_t from, int64_t to, int64_t limit,
    enum err (*each)(struct ctx *c, const struct ledger_entry *entry, void *arg), void *arg);

#endif
