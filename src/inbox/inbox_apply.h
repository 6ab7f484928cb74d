#ifndef INBOX_INBOX_APPLY_H
#define INBOX_INBOX_APPLY_H

#include "inbox/inbox.h"
#include "payment/call.h"

/* Private to the inbox: what a stored event leads to. */

/* The fact that goes with it: {GATEWAY}_WEBHOOK_RECEIVED, _PROCESSED, _FAILED.  In a transaction.
 */
enum err event_fact(struct ctx *c, const struct event *e, const char *deed);
/* In a transaction: settle with what is believed, and write into the event's row what came of it.
 * NOBODY leaves the event waiting, with a job under its reference. */
enum err event_settle(struct ctx *c, struct event *e, struct settle *s);
/* Does anything ever follow from such a notice? */
bool notice_matters(const struct notice *n);

#endif
