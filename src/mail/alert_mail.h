#ifndef MAIL_ALERT_MAIL_H
#define MAIL_ALERT_MAIL_H

#include "alert/alert.h"
#include "mail/mail.h"

/* The mail to the owner about an alert: all but its recipient.  Alerts stand left of mails and know
 * none, so they ask for it by a job. */
struct mail mail_of_alert(struct ctx *c, const struct alert *alert);

#endif
