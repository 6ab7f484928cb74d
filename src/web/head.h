#ifndef WEB_HEAD_H
#define WEB_HEAD_H

#include "web/web.h"

/* The whole head of a request, judged before any parser sees it (engine.md 1): two programs that
 * read one head differently are how requests are smuggled, so what could be read in two ways is
 * refused here.  Pure functions over bytes. */
enum {
    HEAD_MAX = 32 * 1024, /* with the empty line */
    HEAD_LINE_MAX = 8 * 1024 /* the request line */,
    HEAD_HEADERS_MAX = 100,
};

/* How far the bytes have been looked at; zeroed before the first. */
struct head_scan {
    size_t at;    /* everything before has been seen */
    size_t line;  /* where the current line begins */
    size_t lines; /* whole ones */
};

struct head {
    size_t n; /* its bytes, the empty line included; the body begins here */
    struct str method, target;
    int minor; /* HTTP/1.minor */
    struct header headers[HEAD_HEADERS_MAX];
    size_t header_count;
    bool chunked;
    bool has_length;
    int64_t content_length; /* 0 without one */
    bool keep_alive;
    bool expect_continue;
};

/* A refusal: a 4xx and a sentence.  After it the connection is closed. */
struct refusal {
    int status;
    const char *why;
};

enum head_verdict {
    HEAD_MORE,    /* so far so good, not whole yet */
    HEAD_WHOLE,   /* *ret is filled; its strings are views into bytes */
    HEAD_REFUSED, /* *why is filled */
};
/* bytes: all that came, from the first byte of the head.  Looks only at what is new. */
enum head_verdict head_check(
    struct head_scan *scan, struct str bytes, struct head *ret, struct refusal *why);

#endif
