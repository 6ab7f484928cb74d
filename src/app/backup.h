#ifndef APP_BACKUP_H
#define APP_BACKUP_H

#include "base/ctx.h"

/* Backups that nobody has to remember (PURSER_BACKUP_DIR): made, restored into a scratch place,
 * verified there, and the oldest removed.  One that failed, or did not hold, is an alert at once
 * and tried again soon; the good ones before it stay. */
enum err backup_job(struct ctx *c, struct str subject); /* "backup", standing */

/* For doctor, which looks from outside a snapshot. */
struct backup_state {
    int64_t made_ms; /* the last that held; 0: none yet */
    struct str file;
};
enum err backup_state(struct ctx *c, struct backup_state *ret);
/* Is it older than two rounds? */
bool backup_is_old(const struct ctx *c, const struct backup_state *state);

#endif
