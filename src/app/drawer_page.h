#ifndef APP_DRAWER_PAGE_H
#define APP_DRAWER_PAGE_H

#include "sandbox/sandbox.h"
#include "web/page.h"

/* What opens from the sandbox's ribbon, and is a page of its own without a script: test cards, the
 * clock, what goes wrong on purpose, and what has just happened. */
struct drawer_event {
    struct str words, href;
    int64_t at_ms;
};
enum {
    DRAWER_EVENTS = 5,
    DRAWER_GATEWAYS = 8
};
struct drawer {
    int64_t now_ms;
    const struct part_copy *card;
    size_t cards;
    struct sandbox_trouble trouble[DRAWER_GATEWAYS];
    size_t troubles;
    struct drawer_event event[DRAWER_EVENTS]; /* newest first */
    size_t events;
    struct str mails; /* where caught mails are read */
};
void drawer_write(struct req *r, const struct drawer *d);

#endif
