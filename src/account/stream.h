#ifndef ACCOUNT_STREAM_H
#define ACCOUNT_STREAM_H

#include "web/web.h"

/* GET /api/stream: what happens to somebody, as it happens, for pages that show it: server-sent
 * events `balance`, `order` and `subscription`.  They are views of sealed facts, and their ids are
 * the facts' own, so that who comes back with Last-Event-ID misses nothing and hears nothing twice.
 * Who comes without one is first told how things stand: the newest of each.
 *
 * While nothing happens a stream is a parked request: no thread, no arena, no connection to the
 * store. */
extern const struct routes stream_routes;

#endif
