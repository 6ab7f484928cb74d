#ifndef WEB_WEB_H
#define WEB_WEB_H

#include "base/ctx.h"
#include "base/html.h"
#include "base/json.h"
#include "base/url.h"

/* Being called: what handlers see.  There is no socket in here; tests make a req from bytes with
 * req_from_bytes and read the answer from r->out and answer_body(r).  web/server.h is what the
 * program starts. */

struct header {
    struct str name, value;
};

/* The answer: handlers fill it through the functions below. */
enum {
    ANSWER_HEADERS = 24
};
struct answer {
    int status; /* 0: nothing was answered */
    struct str content_type;
    struct header headers[ANSWER_HEADERS];
    size_t header_count;
    struct buf body;
    struct str fixed; /* instead of a body: bytes that live as long as the program (assets) */
    /* A file instead of a body: the loop sends and closes it. */
    int file_fd; /* -1: none */
    int64_t file_offset, file_length;
    bool close;   /* end the connection after it */
    bool stream;  /* server-sent events: what is in body is appended to the open stream */
    bool parked;  /* WAIT found nothing new: run again when a topic of r->wait changes */
    bool later;   /* the handler gave the request to somebody else, who will answer it */
    bool spoiled; /* a header was refused: 500 goes out instead */
    bool hang_up; /* no answer at all, the connection is closed: what a simulated gateway does */
    bool final;   /* on its way; later writes are a broken assumption */
};

enum {
    REQ_PARAMS = 4,
    REQ_TOPICS = 4
};

struct error_shown;

/* What a WAIT handler that found nothing new is waiting for. */
struct req_wait {
    uint64_t topics[REQ_TOPICS];
    size_t topic_count;
    /* Loaded before the snapshot by whoever opens it: a commit with a higher number that touched
     * a topic was not seen, and runs the handler again. */
    int64_t commit_no;
    int64_t until_mono_ms; /* the deadline, the same in every run; at it the handler runs once more
                              with `last` set */
    bool last;             /* answer with the present state now */
    bool more;             /* a stream has more to say: run again when this has been sent */
};

struct req {
    struct ctx *c;
    struct ctx ctx;
    struct arena arena;

    struct str method; /* HEAD arrives as GET with head set */
    bool head;
    int minor;         /* HTTP/1.minor */
    struct str target; /* as sent */
    struct str path;   /* decoded once; a path with %00, %2f, %5c, "..", "\" never arrives here */
    struct str query;  /* raw, without '?' */
    const struct header *headers;
    size_t header_count;
    struct str body;
    int upload_fd; /* FILE routes: an unnamed temporary file with the body; -1: none */
    int64_t upload_size;
    unsigned char upload_sha256[32];
    struct str peer; /* the socket's address; c->address is the client's behind proxies */
    bool tls;
    bool https;      /* the address people know is https: cookies and HSTS go by it */
    bool control;    /* came over the control socket */
    bool keep_alive; /* what the client would like */

    const struct route *route; /* NULL: no such path; see also allow_methods */
    struct str allow_methods;  /* path exists, method does not: "GET, POST" */
    struct str params[REQ_PARAMS];

    bool keep; /* ROUTE_KEEP: the first transaction was undone */
    bool
        look; /* CALL, and WRITE with ROUTE_LOOK: set by parse: nothing is to be done, only shown */
    bool unkept; /* WRITE: set by run: it refused in its answer and did nothing, so that the same
                    Idempotency-Key may ask again */
    /* READ and WAIT: set by run, for what looking brings about: a db_later once the snapshot is
     * closed, whether the request is answered or goes on waiting; NULL: nothing. */
    enum err (*after)(struct ctx *c, struct str about);
    struct str after_about;
    /* WRITE: set by parse: what run must know, asked with db_ask.  On PostgreSQL requests of
     * different roots then share one transaction (struct tx). */
    enum err (*ask)(struct req *r);
    uint64_t root;
    void *in; /* what parse made of the bytes (route->in_size) */
    struct answer out;
    struct req_wait wait;
    int64_t arrived_us; /* monotonic: when its last byte was there */

    /* Set by the edge before the handler runs. */
    struct str role; /* admin, app, readonly; owner, finance, support, viewer; user; guest; none */
    struct str caller;  /* who, for idempotency: "key:3", "user:<sub>", "guest:…", "addr:…" */
    struct str rated;   /* who, for rates: the caller; of a guest the address, cookies are free */
    struct str person;  /* a console user's mail, or empty */
    struct str csrf;    /* token for the forms of this session, or empty */
    struct str session; /* the cookie session's id for pages, or empty */
    struct edge_req *edge; /* the edge's own; see edge/ */

    /* Writes the page of an error with answer_html; NULL: a plain one.  Set by the program. */
    void (*error_page)(struct req *r, const struct error_shown *e);

    /* web/ only */
    int64_t last_event_; /* the last one of this stream, or what Last-Event-ID said; 0: none */
    struct pairs *query_, *form_; /* decoded when first asked for */
    void *server_;                /* the connection */
};

/* What an error shows to the outside: INTERNAL and its like never more than a general sentence. */
struct error_shown {
    int status;
    struct str code, sentence;
    struct str details; /* a JSON object, or empty */
};

/* ---- routes */
enum shape {
    SHAPE_READ,  /* run() on a reader, in one snapshot */
    SHAPE_WRITE, /* parse() on a reader; run() is the transaction's body, the answer leaves after
                    COMMIT */
    SHAPE_CALL,  /* parse() on a reader; then operation's plan, call, record.  With an operation,
                    run(), when there is one, answers in a snapshot of its own what was refused on
                    the way (c->err says why) and what parse only wanted shown (r->look): a form
                    again, with everything kept.  Without an operation: run() on a caller, which may
                    block; it opens its own db_read and db_tx (passwords) */
    SHAPE_WAIT,  /* READ that may answer "nothing new yet" with req_park() */
    SHAPE_PLAIN, /* run() on a reader, without the store: health, metrics, static text */
};
enum {
    ALLOW_ANYONE = 1,    /* no credentials needed; they count when they come */
    ALLOW_READONLY = 2,  /* a secret key of role readonly or above */
    ALLOW_APP = 4,       /* … app or above */
    ALLOW_ADMIN = 8,     /* … admin; or a console session of owner */
    ALLOW_USER = 16,     /* a user token, or a customer's cookie session */
    ALLOW_VIEWER = 32,   /* a console session of viewer or above */
    ALLOW_SUPPORT = 64,  /* … support or above */
    ALLOW_FINANCE = 128, /* … finance or above (owner) */
    ALLOW_CONTROL = 256, /* only over the control socket */
};
enum {
    ROUTE_MONEY = 1,   /* needs an Idempotency-Key; replays */
    ROUTE_PAGE = 2,    /* HTML: errors come as a page, cookies count, unsafe methods need CSRF */
    ROUTE_FILE = 4,    /* takes an upload into a temporary file */
    ROUTE_WEBHOOK = 8, /* raw bytes from a gateway: reserved capacity, body_max 256 KiB */
    ROUTE_LONG = 16,   /* reports: 10 s a statement */
    ROUTE_KEEP = 64,   /* WRITE: when run() fails for reasons of its own, a second transaction runs
                        * it with r->keep set: what must be stored though it could not be done */
    ROUTE_FORM = 128,  /* a page with forms: a visitor without a session gets a guest's cookie, so
                        * that they have a token and their key an owner */
    ROUTE_LOOK = 256,  /* WRITE: parse may set r->look: run() then answers in a snapshot, and no
                        * Idempotency-Key is asked for */
    ROUTE_DERIVES = 512, /* with ROUTE_MONEY: who sends no Idempotency-Key has one from what he asks
                          * for and the minute in which he does */
    ROUTE_RECENT = 1024, /* a console session must have begun within the last ten minutes (R55) */
    ROUTE_DOCUMENTS = 2048, /* a page whose form may have documents in it: req_file */
    ROUTE_SIGN_IN = 32,     /* begins a session: the cookie that came is not looked at, the form may
                             * come from an allowed origin */
};
struct operation_kind;
struct route {
    const char *method, *path; /* "/api/orders/{id}" */
    enum shape shape;
    enum err (*parse)(struct req *r); /* bytes → r->in; verifies, reads JSON; no store */
    enum err (*run)(struct req *r);
    const struct operation_kind *operation; /* SHAPE_CALL */
    size_t in_size;
    unsigned allow, flags;
    size_t body_max;   /* 0: 1 MiB, webhooks 256 KiB */
    const char *about; /* one line of documentation */
};
struct routes {
    const struct route *route;
    size_t n;
};
/* Fills r->route, params, allow_methods.  Literal segments win over {names}. */
struct router;
struct router *router_new(
    const struct routes *const *lists, size_t n); /* must() on two equal rows */
void router_free(struct router *router);
void router_match(const struct router *router, struct req *r);

/* ---- reading a request */
struct str req_header(const struct req *r, struct str name); /* the first; empty when absent */
bool req_has_header(const struct req *r, struct str name);
/* All of that name, joined with ", " in the order in which they came: X-Forwarded-For. */
struct str req_header_all(const struct req *r, struct str name);
size_t req_header_count(const struct req *r, struct str name);
struct str req_cookie(const struct req *r, struct str name); /* as answer_cookie set it */
/* Is this name of media, "text/html", among what Accept asks for by name? */
bool req_accepts(const struct req *r, struct str media);
/* Percent-decoded; false when absent.  A name given twice, invalid UTF-8 or a NUL is
 * INVALID_REQUEST when the query or form is first read; so is a form of another content type. */
enum err req_query(struct req *r, const char *name, bool *ret_given, struct str *ret);
enum err req_form(struct req *r, const char *name, bool *ret_given, struct str *ret);
/* A document of a form (multipart/form-data), as it came: raw bytes under whatever name. */
struct req_file {
    struct str name, body;
};
enum err req_file(struct req *r, const char *name, bool *ret_given, struct req_file *ret);
/* *inout stays when the name is absent. */
enum err req_query_i64(struct req *r, const char *name, int64_t min, int64_t max, int64_t *inout);

/* ---- answering */
/* {"success":true,"data":…}: open, write the value named "data", answer_json_end. */
struct json answer_json(struct req *r, int status);
void answer_json_end(struct req *r, struct json *j);
void answer_text(struct req *r, int status, struct str content_type, struct str body);
/* Bytes that live as long as the program: nothing is copied. */
void answer_fixed(struct req *r, int status, struct str content_type, struct str body);
struct buf *answer_html(struct req *r, int status);
/* What may not stand in a header is percent-encoded.  Whether it is a good place to send somebody
 * to is the caller's question (base/origin.h). */
void answer_redirect(struct req *r, int status, struct str url);
void answer_none(struct req *r, int status); /* 204, 304: no body, no content type */
/* A name that is there already is replaced; Set-Cookie is added.  What every answer carries
 * (Content-Security-Policy, Cache-Control: no-store, …) gives way to what a handler set.  A name
 * that is no token, or a value with CR, LF, NUL or another control character, is not set, and a
 * general 500 goes out instead of the answer (R66): whoever lets outside text come this far has a
 * bug, but nobody profits from it. */
void answer_header(struct req *r, struct str name, struct str value);
/* HttpOnly, SameSite=Lax, Path=/; with https also Secure and the prefix "__Host-".  max_age_s 0
 * removes it, negative: until the browser is closed.  The value is visible ASCII, must(). */
void answer_cookie(struct req *r, struct str name, struct str value, int64_t max_age_s);
/* fd is handed over; etag is without quotes, or empty.  Ranges, If-Range and If-None-Match are
 * seen to here, the loop sends the file piece by piece. */
void answer_file(struct req *r, int fd, int64_t length, struct str content_type, struct str etag);
/* True: the client has it already, and 304 is the answer.  For answer_fixed and answer_text. */
bool answer_etag(struct req *r, struct str etag);
/* {"success":false,…} or the error page, from c->err. */
void answer_error(struct req *r, enum err e);
/* Forget what was answered so far: a transaction body runs again. */
void answer_reset(struct req *r);
/* The body as it stands. */
struct str answer_body(const struct req *r);

/* ---- waiting (SHAPE_WAIT) */
/* ?wait=1..30 seconds; absent: answer at once (r->wait.last).  Sets the deadline. */
enum err req_wait(struct req *r);
/* Nothing new yet: wait for a topic ("order:ord_…").  Call for each topic, then return E_OK.
 * must() not r->wait.last, but for streams, which then end. */
void req_park(struct req *r, struct str topic);

/* Server-sent events, the same parking: in each run append what came after answer_stream's
 * return value, then req_park the topics; at most 100 events a run, r->wait.more when there are
 * others.  seq rises and is what Last-Event-ID will say.  data is one line. */
int64_t answer_stream(struct req *r);
/* Everything up to seq has been looked at, though nothing of it was said: where the next run goes
 * on.  0: from the beginning. */
void answer_stream_at(struct req *r, int64_t seq);
void answer_event(struct req *r, int64_t seq, struct str event, struct str data);

/* Lists: ?limit= 1..100 (default 20), ?after=CURSOR. */
struct page {
    int64_t limit;
    int64_t after_n; /* the n of the last row shown; 0: from the start */
};
enum err req_page(struct req *r, struct page *ret);
struct str page_cursor(struct arena *a, int64_t n);

/* ---- for tests and fuzzers */
/* A whole request as bytes, through head check, parser and router, as the server does it; exactly
 * one, nothing after it.  Refused: INVALID_REQUEST, METHOD_NOT_ALLOWED, TOO_LARGE or NOT_FOUND.
 * r->c is c; everything lives in c's arena. */
enum err req_from_bytes(
    struct ctx *c, struct str bytes, const struct router *router, struct req *ret);
/* The answer as the bytes that would be sent, without a file's content. */
struct str answer_bytes(struct req *r);

#endif
