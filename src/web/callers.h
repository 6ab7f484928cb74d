#ifndef WEB_CALLERS_H
#define WEB_CALLERS_H

#include <stdbool.h>
#include <stdint.h>

/* Threads that may block: the `call` step of an operation runs here and nowhere else among the
 * request's steps (engine.md 3).  They are made on demand (never by the one who posts), cost little
 * (small stacks), and end after 30 s without work.
 *
 * A caller does not know gateways: that one hanging gateway cannot take all callers is seen to
 * where calls are made, net/lane.h: what is beyond a gateway's share is NOT_SENT at once and its
 * caller is free again. */
struct callers;

struct callers_options {
    int64_t most;    /* PURSER_CALLERS */
    int64_t wait_ms; /* 0: 2000 */
    int64_t idle_ms; /* 0: 30000 */
};
struct callers *callers_open(const struct callers_options *options);

/* Runs run(arg, false) on a caller; at once, or when one is free.  When none was free for wait_ms,
 * run(arg, true) is called instead: it must not block, only answer 503.  False, and nothing will be
 * run: the callers are closing.  Safe from any thread, never waits. */
bool callers_post(struct callers *callers, void (*run)(void *arg, bool late), void *arg);

int64_t callers_alive(struct callers *callers); /* threads, busy and idle */

/* Takes no more work, runs what waits as late, waits for what runs, ends the threads. */
void callers_close(struct callers *callers);

#endif
