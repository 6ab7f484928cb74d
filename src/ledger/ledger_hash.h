#ifndef LEDGER_LEDGER_HASH_H
#define LEDGER_LEDGER_HASH_H

#include "ledger/ledger_db.h"

/* What a fact seals about its entries: SHA-256 of one line each, "account owner unit amount at\n",
 * in the order of the legs. */
struct ledger_hash {
    struct buf text;
};
struct ledger_hash ledger_hash_begin(struct arena *a);
void ledger_hash_add(struct ledger_hash *h, const struct ledger_entry *entry);
struct sha256 ledger_hash_end(const struct ledger_hash *h);

#define LEDGER_CREDIT S("CREDIT")

#endif
