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
struct passes;

struct net_header {
    struct str name, value;
};
struct net_request {
    struct str gateway; /* whose share of the calls this is, and whose breaker: "stripe" */
    struct str call;    /* "create", "query", "refund", "charge": for the log */
    struct str attempt; /* our id, for the log; or empty */
    struct str method;  /* GET POST PUT PATCH DELETE */
    struct str url;     /* https; http only to an address that is not public; no user in it */
    struct net_header headers[16]; /* CR, LF, NUL are refused (R69) */
    size_t header_count;
    struct str body;
    int64_t connect_ms;  /* 0: 3000 */
    int64_t total_ms;    /* 0: 10000; never more than is left until c->calls_until_ms */
    bool private_target; /* the address may be a private one: gateways by configuration, sandbox;
                          * link-local and metadata addresses never (R34) */
};
struct net_reply {
    /* NOT_SENT: not one byte of the request left: the name is unknown, the connection or the
     * handshake failed, the address may not be called, the breaker is open, the share used up.
     * UNKNOWN: time ran out, the connection broke, or the answer was cut, too large or in an
     * encoding that nobody asked for.
     * DONE: a whole answer came; its status is for the adapter to judge (net_judge). */
    enum outcome outcome;
    int status;
    struct str body; /* at most 1 MiB */
    struct str content_type;
    struct str request_id; /* the gateway's own id of the request, if its answer named one */
    int64_t retry_after_s; /* capped at 300; 0 when not said, past or senseless */
    int64_t took_ms;
    struct str why; /* for NOT_SENT and UNKNOWN: one sentence for the log */
};

/* E_OK whatever the outcome; E_DEAD; INTERNAL only for a request that cannot be sent as it is (a
 * header with a line end, a URL that is none or not https).
 *
 * Faults: net.refused (NOT_SENT, nothing happens), net.lost (it happens, UNKNOWN).
 * Crash points: call.before, call.after. */
enum err net_call(struct ctx *c, const struct net_request *in, struct net_reply *ret);

/* The usual judgement: what is not DONE stays what it is; of whole answers 2xx is DONE; 429 is
 * NOT_SENT (it was turned away before anything was done); other 4xx are DECLINED but for 408, 409
 * and 425, which say that it may be under way: UNKNOWN, like 1xx, 3xx and 5xx (R15). */
enum outcome net_judge(const struct net_reply *reply);

/* What hangs in c->net. */
struct net {
    enum err (*call)(
        struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret);
    enum err (*mail)(
        struct net *net, struct ctx *c, const struct net_mail *in, struct net_mail_reply *ret);
    /* Its breaker is open: it has not answered lately.  NULL: nobody knows. */
    bool (*silent)(struct net *net, struct str gateway);
    struct passes *passes; /* net/pass.h; NULL: none are kept */
};

/* The product's net: libcurl, a pool of kept connections, a lane for each gateway (net/lane.h).
 * TLS 1.2 or better; certificates are always verified, there is no switch (R73).  The program
 * ignores SIGPIPE. */
struct net_options {
    int64_t calls;              /* in flight at once: PURSER_CALLERS (0: 1024) */
    const struct str *gateways; /* those enabled: each has a share that no other may take */
    size_t gateway_count;
    const char *ca_file; /* NULL: the system's authorities */
    int64_t slow_ms;     /* an answer that has begun so long ago and crawls is given up; 0: 5000 */
    /* The breaker of one of them opened, or closed again; on the thread of the call, outside of
     * any transaction. */
    void (*breaker)(void *self, struct ctx *c, struct str gateway, bool open);
    void *self;
};
struct net *net_open(const struct net_options *options);
void net_close(struct net *net); /* no call is running any more */
/* The server is stopping: calls under way and to come end by then (monotonic). */
void net_end_by(struct net *net, int64_t mono_ms);

/* ---- mail: SMTP.  One recipient a message; control characters are refused in every header and
 * address (R63). */
struct net_mail {
    /* smtp://user:pass@host:port or smtps://…  Over smtp:// TLS begins by STARTTLS: always when
     * there is a password, else when the server offers it; not to this machine. */
    struct str server;
    struct str from_address, from_name, to_address, to_name, subject;
    struct str reply_to;   /* an address, or empty */
    struct str message_id; /* stable over retries, without angle brackets */
    struct str text, html; /* html may be empty */
    int64_t at_ms;
};
struct net_mail_reply {
    /* DONE: the server has it.  DECLINED: it will never take this one (5xx about sender, recipient
     * or content).  NOT_SENT, UNKNOWN: try again; after UNKNOWN it may arrive twice, with the same
     * Message-ID. */
    enum outcome outcome;
    bool reached; /* the server was ready for mails: what went wrong is about this one */
    int status;
    int64_t took_ms;
    struct str why; /* one sentence, unless DONE */
};
/* INVALID_REQUEST for what net_mail_text refuses, INTERNAL for a server that is no URL, E_DEAD.
 * Crash points: mail.before, mail.after. */
enum err net_mail_send(struct ctx *c, const struct net_mail *in, struct net_mail_reply *ret);
/* INVALID_REQUEST when it could not be sent as it is; the server is not looked at. */
enum err net_mail_check(struct ctx *c, const struct net_mail *in);
/* The bytes of the message, dot-stuffing left to the wire; for tests and the sandbox's mailbox. */
enum err net_mail_text(struct ctx *c, const struct net_mail *in, struct str *ret);
/* local@domain in ASCII, as SMTP and a header both take it as it is. */
bool mail_address_ok(struct str address);

#endif
