#ifndef SANDBOX_MONEYMOTION_H
#define SANDBOX_MONEYMOTION_H

#include "base/json.h"
#include "sandbox/simulator.h"

/* Private to the simulated MoneyMotion.
 *
 *   moneymotion.c        what it does whatever wire it is asked over: open, tell, webhooks
 *   moneymotion_check.c  what a request must look like, and its complaints
 *   moneymotion_api.c    the tRPC wire
 *   moneymotion_rpc.c    the Effect wire: NDJSON at /rpc
 *   moneymotion_page.c   the hosted page
 *
 * It shows what the vendor's own servers were seen to answer, mistakes included. */

/* Every reason why a request is refused, in the words of the vendor's validator. */
struct mm_issues {
    struct buf list; /* a JSON array of issues, indented as the validator prints it */
    int n;
    struct str first; /* the first one in a sentence: "Expected a positive number, actual 0" */
};

/* A request to open a session: checked JSON. */
struct mm_create {
    struct json_value payload;
    int64_t total_minor;
    enum currency currency;
};
/* Fills issues, or the total. */
void mm_check_create(struct ctx *c, struct mm_create *in, struct mm_issues *issues);
/* A required text at path of an object; false, and an issue, when it is none. */
bool mm_check_text(struct ctx *c, struct mm_issues *issues, struct json_value v, const char *path,
    struct str *ret);

/* x-api-key, x-currency. */
bool mm_key_ok(const struct req *r);
bool mm_currency(const struct req *r, enum currency *ret);

/* Opens a session and tells the merchant, unless a fault prevents it. */
struct mm_opened {
    enum fault fault;
    struct str id;
};
enum err mm_open(struct ctx *c, const struct mm_create *in, struct mm_opened *ret);
/* What is known of a session; *ret_found false: nothing.  Faults that lie have lied. */
struct mm_known {
    enum fault fault;
    bool found;
    struct hosted session;
};
enum err mm_ask(struct ctx *c, struct str id, struct mm_known *ret);
/* The object that answers a question about a session. */
void mm_write_status(struct json *j, const char *name, struct arena *a, const struct hosted *s);

/* What the vendor calls the state. */
struct str mm_status(const struct hosted *s);
struct str mm_url(struct arena *a, const struct hosted *s, const char *which); /* "success" */

/* The body of a webhook, byte for byte as the vendor orders it. */
struct str mm_webhook_body(struct arena *a, const struct hosted *s, struct str event);

extern const struct routes moneymotion_routes;
extern const struct site moneymotion_site;
bool mm_stray(struct req *r);
enum err mm_rpc(struct req *r);
enum err mm_page(struct req *r);
enum err mm_page_act(struct req *r);

#endif
