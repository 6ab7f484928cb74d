#ifndef MAIL_MAIL_PART_H
#define MAIL_MAIL_PART_H

#include "base/money.h"

/* The frame and the parts of mails, each written twice: as text of 72 columns, which says the same
 * and is no poor relation, and as HTML of one column with its styles inline, dark-safe, without
 * images or tracking.  Features write their mails with it in x_mail.c.
 *
 *   struct mail_draft d = mail_open(c, S("Thank you. You paid $25.69."), S("Order ORD-2026-1."));
 *   mail_note(&d, S("On 20 November 2026 with Visa ending 4242."));
 *   mail_lines_open(&d);
 *   mail_line(&d, S("Creator plan, monthly"), price);
 *   mail_total(&d, S("Total"), total);
 *   mail_lines_close(&d);
 *   mail_button(&d, S("See your order"), url);
 *   mail_close(&d, S("You get this because you bought something."));
 *   …{ .text = buf_str(&d.text), .html = buf_str(&d.html) } */
struct mail_draft {
    struct ctx *c;
    struct buf text, html;
};
/* title is the first sentence; preview is what mailboxes show beside the subject. */
struct mail_draft mail_open(struct ctx *c, struct str title, struct str preview);
void mail_paragraph(struct mail_draft *d, struct str sentences);
void mail_note(struct mail_draft *d, struct str sentences); /* muted */
void mail_lines_open(struct mail_draft *d);
void mail_line(struct mail_draft *d, struct str label, struct money amount);
void mail_fact(struct mail_draft *d, struct str label, struct str value);     /* no amount */
void mail_reference(struct mail_draft *d, struct str label, struct str id);   /* long, one word */
void mail_total(struct mail_draft *d, struct str label, struct money amount); /* names its code */
void mail_lines_close(struct mail_draft *d);
/* Beside the button: a document, say. */
void mail_link(struct mail_draft *d, struct str words, struct str url);
/* One in a mail.  https, or http to this machine (the sandbox). */
void mail_button(struct mail_draft *d, struct str words, struct str url);
/* why: "You get this because …". */
void mail_close(struct mail_draft *d, struct str why);

#endif
