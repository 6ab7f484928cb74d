#ifndef APP_WATCH_H
#define APP_WATCH_H

#include "base/ctx.h"

/* What nobody would notice by himself, looked at by standing jobs. */

/* Once a day: ledger, credits, the chain of records and the file are read whole, as `purser verify`
 * does; a finding is the alert "books", which is over when there is none any more. */
enum err books_job(struct ctx *c, struct str subject);
/* On PostgreSQL, every minute: is this machine's clock the database's? */
enum err clock_job(struct ctx *c, struct str subject);
/* Every minute: do more payments fail than usual, do cards or mails follow a pattern, do webhooks
 * wait, is there money of no order?  Each an alert until a look finds it no more. */
enum err payments_job(struct ctx *c, struct str subject);
enum err clock_judge(struct ctx *c, int64_t ahead_ms); /* what follows from it */

#endif
