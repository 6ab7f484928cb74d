#ifndef NET_NET_H
#define NET_NET_H

#include "base/ctx.h"

/* Calling out.  One function, so that the simulator can replace it (c->net): the product's is
 * libcurl with every bound of R76.  Never inside a transaction: must(c->db == NULL). */

enum outcome {
    OUTCOME_DONE,     /* answered and did it */
    OUTCOME_DECLINED, /* answered and definitely did not */
    OUTCOME_PENDING,  /* accepted; somebody has to act first */
    OUTCOME_NOT_SENT, /* it certainly never began: another gateway may be tried */
    OUTCOME_UNKNOWN,  /* perhaps: only the same key, a query or a webhook resolves it */
};
struct str outcome_text(enum outcome o);

struct net_mail;
struct net_mail_reply;

struct net_header {
    struct str name, value;
};
struct net_request {
    struct str gateway; /* whose share of the callers this is, and whose breaker: "stripe" */
    struct str call;    /* "create", "query", "refund", "charge": for the log */
    struct str attempt; /* our id, for the log; or empty */
    struct str method;  /* GET POST PUT DELETE */
    struct str url;
    struct net_header headers[16]; /* CR, LF, NUL are refused */
    size_t header_count;
    struct str body;
    int64_t connect_ms;  /* 0: 3000 */
    int64_t total_ms;    /* 0: 10000; never more than what c has left, see net_budget */
    bool private_target; /* the address may be a private one: gateways by configuration, sandbox */
};
struct net_reply {
    /* NOT_SENT: the connection was refused, the name unknown, the breaker open, no caller free.
     * UNKNOWN: time ran out, the connection broke, or the answer was cut or too large.
     * DONE: a whole answer came; its status is for the adapter to judge (net_judge). */
    enum outcome outcome;
    int status;
    struct str body; /* at most 1 MiB */
    struct str content_type;
    struct str request_id; /* the gateway's own id of the request, if its answer named one */
    int64_t retry_after_s; /* capped at 300; 0 when not said */
    int64_t took_ms;
    struct str why; /* for NOT_SENT and UNKNOWN: one sentence for the log */
};

/* E_OK whatever the outcome; E_DEAD; INTERNAL only for a request that cannot be sent as it is. */
enum err net_call(struct ctx *c, const struct net_request *in, struct net_reply *ret);

/* The usual judgement of a whole answer: 2xx DONE; 429 and 503 with Retry-After NOT_SENT for calls
 * that carry a key; other 4xx DECLINED (408, 409, 425: UNKNOWN); 3xx and 5xx UNKNOWN. */
enum outcome net_judge(const struct net_reply *reply);

/* What hangs in c->net. */
struct net {
    enum err (*call)(
        struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret);
    enum err (*mail)(
        struct net *net, struct ctx *c, const struct net_mail *in, struct net_mail_reply *ret);
};

/* The product's net.  Callers are threads above (app/); this keeps a pool of connections and the
 * breakers: half of the last 20 calls to a gateway without an answer opens it, one probe every 5 s.
 */
struct net *net_open(struct ctx *c);
void net_close(struct net *net);
bool net_breaker_open(struct net *net, struct str gateway);

/* ---- mail: SMTP.  One recipient a message; CR, LF, NUL refused in every header and address. */
struct net_mail {
    struct str server; /* smtp://user:pass@host:port, smtps://… */
    struct str from_address, from_name, to_address, to_name, subject;
    struct str message_id; /* stable over retries, without angle brackets */
    struct str text, html; /* html may be empty */
    int64_t at_ms;
};
struct net_mail_reply {
    enum outcome outcome; /* DONE accepted · DECLINED 5xx · NOT_SENT, UNKNOWN: try again */
    int status;
    struct str why;
};
enum err net_mail_send(struct ctx *c, const struct net_mail *in, struct net_mail_reply *ret);
/* The bytes of the message, dot-stuffing left to the wire; for tests and the sandbox's mailbox. */
enum err net_mail_text(struct ctx *c, const struct net_mail *in, struct str *ret);

#endif
