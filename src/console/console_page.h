#ifndef CONSOLE_CONSOLE_PAGE_H
#define CONSOLE_CONSOLE_PAGE_H

#include "base/html.h"
#include "console/chain.h"
#include "console/console.h"
#include "dispute/dispute.h"
#include "job/job.h"
#include "mail/mail.h"
#include "web/web.h"

/* What the console's pages share: the frame with its side, who may press what, the words that
 * statuses have here, and the story. */

struct list; /* web/list.h */

struct console_head {
    struct str title, here; /* here: "/admin/orders", its line of the side */
    bool errors;            /* a form on it has errors: 422 */
};
/* In a snapshot: the side counts what needs a person. */
enum err console_open(struct req *r, const struct console_head *head, struct buf **ret);
void console_close(struct req *r);
void console_crumb(struct buf *b, struct str href, struct str words);

/* For pages that show no button to who may not press it; the routes decide. */
enum console_level {
    CONSOLE_LOOKS,
    CONSOLE_SUPPORT,
    CONSOLE_FINANCE,
    CONSOLE_OWNER
};
bool console_may(const struct req *r, enum console_level level);

/* A deed as a button: a form of its own.  money: it carries a key, so that pressing twice is
 * pressing once. */
struct console_deed {
    struct str action, words, busy;
    bool money, danger, filled;
};
void console_deed(struct req *r, struct buf *b, const struct console_deed *deed);
/* A key for such a form; drawn anew for each rendering. */
struct str console_key(struct req *r);

/* What ?done= says after a deed: a note, for the words that it knows. */
enum err console_note(struct req *r, struct buf *b);

/* What of an order's money went back, or is about to, with what may be done about it. */
enum err console_order_refunds(struct req *r, struct buf *b, const struct order *o);

/* ---- words of statuses */
struct refund;
/* What its risk was: a word for the head, and the card that it leads to. */
void console_risk_badge(struct buf *b, const struct chain *chain);
void console_risk(struct req *r, struct buf *b, const struct chain *chain);
void console_refund_badge(struct buf *b, const struct refund *r);
void console_attempt_badge(struct buf *b, const struct attempt *k);
void console_event_badge(struct buf *b, enum event_status s);
void console_mail_badge(struct buf *b, enum mail_state s);
void console_job_badge(struct buf *b, const struct job *job, int64_t now_ms);
void console_dispute_badge(struct buf *b, enum dispute_status s);
/* "4 days left" of what somebody has to answer, or empty. */
struct str console_dispute_left(struct ctx *c, const struct dispute *d);
struct str console_gateway_title(enum gateway_id id); /* "MoneyMotion" */
/* "/admin/…" of an id that may stand in a fact; empty: it has no page. */
struct str console_href(struct arena *a, struct str id);
/* An id, as a link where it leads somewhere. */
void console_id(struct buf *b, struct str id);

/* Newest first; kind: CHAIN_KIND_COUNT for all. */
void console_story(struct buf *b, const struct chain *chain, enum chain_kind kind);

/* A name that may break behind its joints: "checkout_session:complete". */
void console_joints(struct buf *b, struct str name);
/* An order's number, as the way to its story. */
void console_order_link(struct buf *b, struct str number);

/* A form field; empty when it is absent. */
enum err console_field(struct req *r, const char *name, struct str *ret);
/* The address of what is older, with the filters in query ("status=paid&"); empty: nothing is. */
struct str console_older(struct req *r, struct str path, struct str query, const struct list *l);

/* Under a list that was only looked for among so many rows: below is where one goes on, 0: it is
 * whole, and nothing is written. */
void console_further(
    struct req *r, struct buf *b, int64_t looked, struct str path, struct str query, int64_t below);
/* "a=b&c=d&" as hidden fields: a form that asks by GET forgets what its address had. */
void console_hidden(struct buf *b, struct str query);

/* The general page of an error, for forms that come back only for what can be mended in them. */
struct error_shown;
void console_error(struct req *r, const struct error_shown *e);

/* Redirects to path?done=word. */
void console_after(struct req *r, struct str path, const char *word);

#endif
