#ifndef OUTGOING_OUTGOING_H
#define OUTGOING_OUTGOING_H

#include "base/id.h"
#include "web/web.h"

/* Telling the application what happened: signed as Standard Webhooks 1.0.0, in the order of the
 * facts, at least once, each message under one id however often it is tried.
 *
 * An endpoint is a cursor over the facts that were written in the commits of their deeds (R35), so
 * nothing is lost between a deed and its message.  The message in front is tried until it is taken;
 * those behind wait, which is what keeps them in order.  When its schedule is over, or the endpoint
 * says 410, the endpoint is switched off and somebody is told; nothing is skipped, and whoever
 * switches it on again gets everything that happened meanwhile. */
enum {
    OUTGOING_URL_MAX = 2000,
    OUTGOING_TYPES_MAX = 40,
    OUTGOING_MOST = 50 /* endpoints */
};

enum endpoint_state {
    ENDPOINT_ACTIVE,
    ENDPOINT_OFF,
    ENDPOINT_REMOVED
};
struct endpoint {
    int64_t n, version;
    struct id id;
    struct str url, description;
    struct str types;              /* a JSON list of events; empty: all */
    struct str secret, old_secret; /* raw bytes */
    int64_t old_until_ms;
    enum endpoint_state state;
    struct str why; /* it is off */
    int64_t cursor_seq, tries, next_ms, created_ms;
};
struct str endpoint_id(struct arena *a, const struct endpoint *e); /* "whe_…" */
struct str endpoint_secret_text(struct arena *a, struct str raw);  /* "whsec_…" */

/* In a transaction.  add: url, description, types and id are given; begins with what happens from
 * now on.  INVALID_REQUEST for what is no address or no event. */
enum err endpoint_check(struct ctx *c, const struct endpoint *e); /* no store */
enum err endpoint_add(struct ctx *c, struct endpoint *e);
enum err endpoint_remove(struct ctx *c, struct id id);
/* A new secret; the old one signs beside it for a day. */
enum err endpoint_rotate(struct ctx *c, struct id id, struct str secret, struct endpoint *ret);
/* On again; from_seq >= 0: once more from behind that event. */
enum err endpoint_resume(struct ctx *c, struct id id, int64_t from_seq, struct endpoint *ret);

/* In a snapshot or transaction. */
enum err endpoint_get(struct ctx *c, struct id id, struct endpoint *ret); /* NOT_FOUND */
enum err endpoint_list(
    struct ctx *c, enum err (*each)(struct ctx *c, const struct endpoint *e, void *arg), void *arg);

/* One try. */
struct delivery {
    int64_t n, endpoint_n, seq, try, status, took_ms, at_ms;
    bool ok;
    struct str message, type, why;
};
enum err delivery_list(struct ctx *c, int64_t endpoint_n, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct delivery *d, void *arg), void *arg);

/* In no transaction: sends a test message now. */
enum err endpoint_test(struct ctx *c, struct id id, struct delivery *ret);

/* How long after the try of this number (1…) the next one is; -1: that was the last. */
int64_t outgoing_pause_ms(int64_t tries);
/* "v1,…" over id.timestamp.body, for each secret that signs now, with spaces between. */
enum err outgoing_signature(struct ctx *c, const struct endpoint *e, struct str message,
    int64_t timestamp_s, struct str body, struct str *ret);

enum err outgoing_look_job(struct ctx *c, struct str subject);    /* standing: who has news? */
enum err outgoing_send_job(struct ctx *c, struct str endpoint_n); /* "outgoing_send" */
enum err outgoing_forget_job(struct ctx *c, struct str subject);  /* standing */
/* In a snapshot: how many records active endpoints have not been told of yet, all endpoints
 * together, and since when the first of them waits; 0: none does. */
enum err outgoing_backlog(struct ctx *c, int64_t *ret_behind, int64_t *ret_oldest_ms);

/* In a transaction: the next one's secrets, under the master key as it is now (base/sealed.h). */
struct resealing;
enum err endpoint_reseal(struct ctx *c, struct resealing *k);

extern const struct routes outgoing_routes;

#endif
