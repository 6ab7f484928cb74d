#ifndef WEB_WIRE_H
#define WEB_WIRE_H

#include "web/web.h"

/* Ends the answer: its head as bytes, into c's arena.  Done by whoever answers, so that the loop
 * only sends.  keep: the connection stays open after it, if r allows.  After it r->out.final; the
 * body follows as r says: answer_body, the file, or nothing for HEAD, 204 and 304. */
struct str wire_head(struct req *r, bool keep);

bool wire_has_body(const struct req *r);

#endif
