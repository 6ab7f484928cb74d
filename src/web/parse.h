#ifndef WEB_PARSE_H
#define WEB_PARSE_H

#include "web/head.h"

/* llhttp in strict mode, behind the head check.  It reads the head a second time and must read it
 * as head.c did, to the byte; then it takes the body's framing apart. */
enum {
    PARSE_STATE = 128,
    CHUNK_EXTENSION_MAX = 64,
    TRAILER_MAX = 8 * 1024,
};

struct parse {
    _Alignas(16) unsigned char state_[PARSE_STATE];
    const struct head *head;
    int64_t body_max;
    /* Takes a piece of the body, in order; a view into the bytes handed to parse_body.  False
     * stops with the refusal it has set. */
    bool (*take)(void *self, struct str piece);
    void *self;

    bool head_over, done; /* done: the request is whole */
    int64_t body;         /* bytes taken */
    struct refusal refusal;

    size_t header_, extension_, trailer_, framing_;
    char last_;
};

/* bytes: the head, exactly, as head_check has passed it.  head must outlive the body.  False:
 * p->refusal says why. */
bool parse_head(struct parse *p, struct str bytes, const struct head *head);

/* Eats bytes of the body until it is done; *ret_eaten of them, the rest belongs to the next
 * request.  False: p->refusal. */
bool parse_body(struct parse *p, struct str bytes, size_t *ret_eaten);

#endif
