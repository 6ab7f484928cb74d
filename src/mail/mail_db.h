#ifndef MAIL_MAIL_DB_H
#define MAIL_MAIL_DB_H

#include "mail/mail.h"

/* Between mail's rules and its SQL. */

/* Nothing, when one with its key is there already. */
enum err mail_insert(struct ctx *c, const struct mail_row *row);
/* The mail that is due first, whole; in a snapshot. */
enum err mail_find_due(struct ctx *c, bool *ret_found, struct mail_row *ret);
/* State, tries, times, message id and error, of the version that was read. */
enum err mail_update(struct ctx *c, const struct mail_row *row);
/* Up to 100 that are done since before then. */
enum err mail_delete_done(struct ctx *c, int64_t before_ms, bool *ret_more);

#endif
