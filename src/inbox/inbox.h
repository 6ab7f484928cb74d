#ifndef INBOX_INBOX_H
#define INBOX_INBOX_H

#include "gateway/gateway.h"

/* Every webhook, kept byte for byte with its headers; unique by the gateway's event id, else by the
 * hash of its raw body.  2xx only when it is durable (R22).  A proof is applied in the same commit;
 * a hint is stored with a job that asks the gateway; what fails stays, is tried again with backoff,
 * and is parked with an alert after a day. */
enum event_status {
    EVENT_RECEIVED, /* stored, not applied yet */
    EVENT_APPLIED,
    EVENT_IGNORED,  /* nothing follows from it */
    EVENT_RETRYING, /* could not be applied yet, or its reference is not known yet */
    EVENT_PARKED,   /* given up: a person's business */
    EVENT_STATUS_COUNT
};
struct str event_status_text(enum event_status s);
bool event_status_parse(struct str s, enum event_status *ret);

struct event {
    int64_t n, version, order_n;
    struct id id;
    enum gateway_id gateway;
    enum event_status status;
    struct str name, reference; /* the gateway's word; its id of the session or payment */
    struct str headers;         /* a JSON object; of secrets only "sha256:…" */
    struct str body, body_hash; /* raw; empty when its days are over, the hash stays */
    struct str outcome;         /* what came of it, in words */
    int64_t deliveries, tries, received_ms, applied_ms;
    int64_t again_ms; /* a person's replay; 0: none */
};
struct str event_id(struct arena *a, const struct event *e); /* evt_… */

enum err event_get(struct ctx *c, struct id id, struct event *ret); /* NOT_FOUND */
struct event_filter {
    enum gateway_id gateway; /* GATEWAY_NONE: any */
    int status;              /* -1: any */
    int64_t from_ms, to_ms;  /* 0: open */
    int64_t order_n;         /* 0: any */
    int64_t after_n, limit;  /* newest first: below after_n */
    bool oldest;             /* oldest first: above after_n; not of one order, not searched */
};
enum err event_list(struct ctx *c, const struct event_filter *filter,
    enum err (*each)(struct ctx *c, const struct event *e, void *arg), void *arg);
/* The same, but of one gateway only EVENT_LOOK webhooks are looked at; *ret_below is then where one
 * has to go on, 0 when there is nothing older. */
enum {
    EVENT_LOOK = 50000
};
enum err event_search(struct ctx *c, const struct event_filter *filter,
    enum err (*each)(struct ctx *c, const struct event *e, void *arg), void *arg,
    int64_t *ret_below);

/* What is told of a payment that nobody knows may be a renewal's, whose own webhook is not here
 * yet: that is waited for, and is not late. */
#define EVENT_MAY_BE_RENEWAL S("it may be a renewal's that is not known yet")
/* In a snapshot: those that came before then and are still not applied, by gateway. */
struct event_late {
    enum gateway_id gateway;
    int64_t count, oldest_ms;
};
enum err event_late(struct ctx *c, int64_t before_ms,
    enum err (*each)(struct ctx *c, const struct event_late *late, void *arg), void *arg);

struct routes;
extern const struct routes inbox_routes; /* POST /api/webhooks/{gateway} */

/* Through today's code once more; dry says what would follow and changes nothing, though it asks
 * the gateway where the replay would (without a server: takes the webhook at its word, and says
 * so). *ret_changes: something followed, or would.  One that cannot be applied now is tried again
 * by its job.  In no transaction. */
enum err inbox_replay(
    struct ctx *c, int64_t event_n, bool dry, struct str *ret_words, bool *ret_changes);

/* Jobs: one event by its n; all that wait for a reference; all about a subscription ("stripe
 * sub_…") or a dispute ("stripe dispute dp_…"); what gateways told and never came here, from their
 * own lists; raw bodies that are old enough. */
#define INBOX_CONFIRM S("inbox_confirm")
#define INBOX_RETRY S("inbox_retry")
#define INBOX_MIRROR S("inbox_mirror")
enum err inbox_mirror(struct ctx *c, struct str subject);
enum err inbox_confirm(struct ctx *c, struct str event_n);
enum err inbox_retry(struct ctx *c, struct str reference);
enum err inbox_fetch(struct ctx *c, struct str subject);
enum err inbox_forget(struct ctx *c, struct str subject);

#endif
