#ifndef CONSOLE_CHAIN_STEP_H
#define CONSOLE_CHAIN_STEP_H

#include "console/chain.h"

/* Private to the chain: its steps, from wherever they are kept.  In a snapshot. */

void chain_add(struct chain *k, struct chain_step step); /* beyond the last one it only counts */
enum err chain_add_facts(struct ctx *c, struct chain *k, struct str subject);
/* Webhooks about an order, with their own facts. */
enum err chain_add_events(struct ctx *c, struct chain *k, int64_t order_n);
/* What was asked about each attempt, how long it took and what was said. */
enum err chain_add_asks(struct ctx *c, struct chain *k);
enum err chain_add_mails(struct ctx *c, struct chain *k, struct str about);
/* What is still to be done about the order and its attempts. */
enum err chain_add_jobs(struct ctx *c, struct chain *k, const struct order *o);
void chain_sort(struct chain *k);

#endif
