#ifndef WEB_LOOP_H
#define WEB_LOOP_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/uio.h>
#include <uv.h>

#include "base/id.h"
#include "web/readers.h"
#include "web/parse.h"
#include "web/server.h"
#include "web/tally.h"
#include "web/tls.h"
#include "web/wheel.h"

/* The server from inside.  Unless it says otherwise, everything here belongs to the loop's thread.
 *
 *   listen.c  listening sockets, accepting, the limits on connections
 *   conn.c    a connection from accept to close
 *   take.c    reading a request, up to handing it to a reader
 *   give.c    sending an answer, up to the next request
 *   file.c    bodies that are files: sent from a disk, stored to a disk
 *   serving.c what a request is served with, used again and again
 *   park.c    waiting without a thread
 *   readers.c the readers' queues
 *   server.c  starting, stopping, and what comes back from other threads */

enum {
    IN_SMALL = 16 * 1024, /* room for what comes in: an ordinary request, or */
    IN_LARGE = 64 * 1024, /* the largest head and a good piece of body */
    IN_SPARE = 8 * 1024,  /* a body is read in pieces no smaller than this */
    FILE_PIECE = 128 * 1024,
    STREAM_UNREAD_MAX = 64 * 1024,
    SERVING_SPARE_MAX = 256,
    PARKED_BYTES = 2 * 1024, /* on average; the limit is on the sum */
};

/* A file on its way to or from a disk, by libuv's own threads. */
struct file_job {
    uv_fs_t read;
    uv_work_t store;
    int fd;
    int64_t offset, left;
    char *piece; /* FILE_PIECE bytes */
    size_t n;
    struct sha256_run *hash;
    bool busy, failed;
};

/* What serves one request, and is used again for the next one of any connection: the request with
 * its arena, the bytes it was read from, and the bytes of its answer.  Connections that are idle
 * or parked have none. */
struct serving {
    struct req req; /* req.server_ is this */
    struct server *server;
    struct conn *conn;
    struct serving *next;
    struct serving *all_next, **all_at;
    enum lane lane;
    int64_t queued_ms;
    bool again; /* woken: not refused when the queue is full */
    bool away;  /* somebody else owns the request */
    bool large; /* the answer's deadline is one for progress */

    char *in;
    size_t in_n, in_cap;
    size_t next_at; /* where in `in` the bytes after this request begin */
    struct head_scan scan;
    struct head head;
    struct parse parse;
    struct buf body;
    struct file_job *file;

    struct str head_bytes; /* of the answer */
    struct iovec out[4];   /* what is left to send */
    size_t out_count;
    int64_t sent; /* or received, since progress was looked for */
};

enum conn_state {
    CONN_HANDSHAKE,
    CONN_IDLE,    /* between requests */
    CONN_HEAD,    /* some bytes of a head are there */
    CONN_BODY,    /* the head is whole, the body is not */
    CONN_DISK,    /* a piece of a file is with the disk */
    CONN_RUNNING, /* somebody else owns the request */
    CONN_PARKED,  /* waits for a topic */
    CONN_WOKEN,   /* will run again when there is room */
    CONN_GIVING,  /* the answer is being sent */
    CONN_NEXT,    /* it is sent */
    CONN_LINGER,  /* we have said all; the peer may still be talking */
    CONN_CLOSED,  /* only memory that somebody still looks at */
};

struct conn {
    uv_poll_t poll;
    struct server *server;
    struct conn *next, **at;            /* all connections */
    struct conn *idle_next, *idle_prev; /* idle ones, oldest first */
    struct wheel_item deadline;
    int64_t since_ms; /* when an upload began */
    int64_t said_ms;  /* when a stream last said something */
    enum conn_state state;
    int fd;
    int mask;  /* what is polled */
    int holds; /* who still looks at this memory: the handle, a request out, a disk job */
    bool control;
    bool counted;   /* among the connections of its address */
    bool in_idle;   /* in the list of idle ones */
    bool served;    /* at least one request */
    bool drained;   /* the last read took everything */
    bool streaming; /* the head of a stream has gone out */
    struct tls_conn *tls;
    struct serving *serving;
    struct parked *parked;
    struct conn *woken_next, **woken_at;
    uint64_t address;
    char peer[INET6_ADDRSTRLEN];
    size_t peer_n;
};

struct listener {
    uv_poll_t poll;
    struct server *server;
    int fd;
    int port;
    bool control;
    bool open;
    bool paused; /* no descriptors left; looked at again at the next tick */
};
enum {
    LISTENERS_MAX = 16
};

struct server {
    struct ctx base; /* where requests run; its arena is the server's own */
    struct arena arena;
    struct server_options o;
    struct server_limits limits;

    pthread_t thread;
    bool running;
    uv_loop_t loop;
    uv_async_t wake;
    uv_check_t after_poll;
    uv_timer_t tick;
    struct wheel wheel;

    struct listener listener[LISTENERS_MAX];
    size_t listener_count;
    int spare_fd; /* given up to accept and close one when there are no descriptors */
    bool control_bound;

    struct conn *conns;
    int conn_count;
    struct conn *idle_first, *idle_last;
    struct tally *addresses;
    struct tls *tls;
    int handshakes; /* in this turn of the loop */

    struct serving *spare;
    int spare_count;
    struct serving *all;                   /* every one there is */
    int64_t body_bytes;                    /* of bodies in memory */
    struct serving *outbox, **outbox_last; /* for the readers, handed over once a turn */
    struct readers *readers;

    struct park *park;
    struct conn *woken_first, **woken_last;

    bool stop_begun;
    int64_t stop_by_ms;

    /* From other threads, under the lock. */
    pthread_mutex_t lock;
    struct serving *answered, **answered_last;
    struct tls *new_tls;
    bool ended; /* the loop does not look any more */
    atomic_bool stopping;
};

int64_t loop_now_ms(const struct server *s);
void loop_tick(struct server *s); /* from now on something may be late */

/* listen.c */
enum err listen_open(struct ctx *c, struct server *s);
void listen_start(struct server *s);  /* on the loop's thread */
void listen_resume(struct server *s); /* those that ran out of descriptors */
void listen_stop(struct server *s);   /* takes what has connected already, then closes */
void listen_close(struct server *s);  /* descriptors that no loop has */

/* conn.c */
void conn_new(struct server *s, const struct listener *l, int fd, struct str peer, uint64_t address,
    bool counted);
void conn_poll(struct conn *k, int mask);
void conn_deadline(struct conn *k, int64_t in_ms); /* 0: none */
void conn_idle(struct conn *k);                    /* nothing of a request is there */
void conn_busy(struct conn *k);                    /* its first byte is */
void conn_work(struct conn *k);                    /* goes on until it must wait for something */
void conn_end(struct conn *k);     /* everything is said: closes, politely where that matters */
void conn_close(struct conn *k);   /* at once */
void conn_release(struct conn *k); /* one who looked at it does not any more */
void conn_late(struct conn *k);    /* its deadline has come */
void conn_stop(struct conn *k);    /* the server stops */
/* Bytes moved, or TLS_END, TLS_WANT_READ, TLS_WANT_WRITE, TLS_BROKEN; plain or TLS. */
long conn_read(struct conn *k, char *p, size_t n);
long conn_write(struct conn *k, const struct iovec *out, size_t count);

struct serving *serving_take(struct server *s, struct conn *k);
void serving_clear(struct serving *v); /* drops what the request held */
void serving_give(struct serving *v);  /* back, for the next one */
void serving_free(struct serving *v);

/* take.c */
void take_begin(struct serving *v); /* a new request: nothing of the last one is left */
bool take_readable(struct conn *k); /* reads once; false: nothing came, or the connection is over */
bool take_head(struct conn *k);     /* true: more bytes are needed */
bool take_body(struct conn *k);     /* likewise */
void take_stored(struct conn *k);   /* the disk has taken its piece */
/* A request that was parked, from the top: bytes are its head and perhaps what followed it. */
void take_again(struct conn *k, struct str bytes, const struct req_wait *wait, int64_t last_event);
void take_dispatch(struct conn *k);
void take_flush(struct server *s); /* hands over what was dispatched in this turn */
/* One 4xx or 503, then the connection is closed. */
void take_refuse(struct conn *k, const struct refusal *why);
void take_run(struct serving *v, bool late); /* on a reader's thread */

/* give.c */
void give_ready(struct serving *v); /* on the thread that answers */
void give_back(struct serving *v);  /* the request is the loop's again */
void give_answer(struct conn *k);   /* k->serving's request is answered */
bool give_on(struct conn *k);       /* sends; false: must wait */
void give_next(struct conn *k);     /* the answer is sent: the next request, or the end */

/* file.c */
void file_send_begin(struct conn *k);
void file_send_on(struct conn *k); /* reads the next piece from the disk */
bool file_store_begin(struct conn *k);
bool file_store_add(struct serving *v, struct str piece);
bool file_store_on(struct conn *k, bool last); /* false: not enough yet for a piece */
void file_stored(struct serving *v);           /* whole: the request has it */
void file_end(struct serving *v);

/* park.c */
struct park *park_new(struct ctx *c, const struct server_limits *limits);
void park_free(struct park *p);
/* From any thread; true: somebody waits, wake the loop. */
bool park_committed(struct park *p, int64_t commit_no, const uint64_t *topics, size_t n);
void park_wake(struct server *s);                    /* those whose topic was committed */
void park_conn(struct conn *k);                      /* its request has found nothing new */
void park_rerun(struct conn *k, bool last);          /* when there is room */
void park_drop(struct conn *k, enum conn_state was); /* it is being closed */
void park_pump(struct server *s);                    /* runs the woken ones while there is room */

#endif
