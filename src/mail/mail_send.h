#ifndef MAIL_MAIL_SEND_H
#define MAIL_MAIL_SEND_H

#include "mail/mail.h"
#include "net/net.h"

/* Between the outbox and its job. */

#define MAIL_SEND S("mail_send") /* the job; its subject is empty */
bool mail_can_send(const struct ctx *c);
struct net_mail mail_as_sent(const struct ctx *c, const struct mail_row *row);

#endif
