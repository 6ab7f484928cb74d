#ifndef WEB_SERVER_H
#define WEB_SERVER_H

#include "base/clock.h"
#include "web/web.h"

/* The server: one loop that reads, writes and waits, and a few readers that run what the loop has
 * read (engine.md 2).
 *
 * A request has one owner at a time: the loop, then a reader, then perhaps the store's writer or a
 * caller, then the loop again.  Its memory goes with it; whoever owns it last calls web_answer.
 * What happens to the connection meanwhile (the client leaves, the server stops) is the loop's
 * business and does not touch the request. */
struct server;

struct server_listen {
    struct str host; /* an address, "localhost", or empty: every address of this machine */
    int port;        /* 0: any free one; see server_port */
};

/* 0: the default, which is the number behind each. */
struct server_limits {
    int connections;         /* 16,384, or what the machine allows */
    int connections_address; /* 1,024 from one address (IPv6: from one /64) */
    int queue;               /* 1,024 requests waiting for a reader; beyond it 503 */
    int queue_webhook;       /* 512 more for gateways */
    int queue_long;          /* 64 reports */
    int64_t queue_ms;        /* 2,000; who waited longer for a reader gets 503 unrun */
    int parked;              /* 10,000 waiting for something to change */
    int parked_caller;       /* 20 of one caller */
    int64_t head_ms;         /* 10,000 from the first byte to the end of the head */
    int64_t body_ms;         /* 30,000; for uploads the time in which progress is looked for */
    int64_t answer_ms;       /* 30,000, likewise for answers from 1 MiB on */
    int64_t idle_ms;         /* 75,000 between two requests */
    int64_t upload_ms;       /* 3,600,000 for a whole upload */
    int64_t stop_ms;         /* 25,000 for what runs when the server stops */
    int64_t comment_ms;      /* 15,000 between two signs of life in a stream */
};

struct server_options {
    const struct server_listen *listen;
    size_t listen_count;
    int inherited;      /* so many listening sockets from descriptor 3 on (LISTEN_FDS): instead of
                           listen */
    struct str control; /* the control socket's path; empty: none */
    struct str tls_cert, tls_key; /* PEM files; empty: plain HTTP */
    struct str uploads;           /* the folder for uploads that have no name yet; empty: /tmp */
    bool https;                   /* the address people use is https, whoever ends TLS */
    bool others_write; /* several pursers share a database: what is parked also runs once a
                          second */
    int readers;       /* 0: 2 */
    struct server_limits limits;
    const struct router *router;
    const struct clock *clock;

    /* On a reader's thread: r is whole, matched (r->route or NULL), with a ctx of its own, a
     * request id and both times.  Ends in web_answer(r), here or elsewhere. */
    void (*request)(void *self, struct req *r);
    /* Is this address (r->peer) one of our own proxies?  Those have no limit.  NULL: none is. */
    bool (*proxy)(void *self, struct str peer);
    void (*error_page)(struct req *r, const struct error_shown *e); /* NULL: a plain one */
    void *self;
};

/* Binds, starts the loop and the readers.  INVALID_REQUEST with one precise line when an address,
 * path or certificate is not usable.  c is where requests run: each gets a sibling of it. */
enum err server_open(struct ctx *c, const struct server_options *options, struct server **ret);
int server_port(const struct server *s, size_t i); /* of the i-th listening socket */

/* Hands r back: answered, or parked (r->out.parked).  Exactly once per request, from any thread;
 * the caller does not touch r any more. */
void web_answer(struct req *r);

/* After a COMMIT: its number and what it touched (str_hash of topics).  Wakes who waits for them.
 * From any thread; never waits. */
void server_committed(struct server *s, int64_t commit_no, const uint64_t *topics, size_t n);

/* SIGHUP: the certificate's files are read again; new connections use it.  What is wrong with them
 * changes nothing. */
enum err server_reload_tls(struct ctx *c, struct server *s);

/* SIGTERM.  server_stop begins and returns at once: no new connections, what is parked is answered,
 * idle connections are closed, what runs may end within stop_ms.  server_join waits for that.
 * server_close frees; by then nobody holds a request: close callers and store before it. */
void server_stop(struct server *s);
bool server_stopping(const struct server *s); /* for /readyz */
void server_join(struct server *s);
void server_close(struct server *s);

#endif
