#ifndef APP_FRONT_PAGE_H
#define APP_FRONT_PAGE_H

#include "web/page.h"

/* The page at /: in the sandbox the five jobs, those that work and those that do not yet, with what
 * one needs to try them; elsewhere the name of the business, and the ways to what it sells. */
struct front {
    struct str origin; /* "http://127.0.0.1:8080" */
    struct str key;    /* the sandbox's secret key, or empty */
    struct str tools;  /* where the simulators' controls are, or empty */
    bool shop;         /* a catalogue is in force, and this is in it: */
    bool goods, plans, memberships;
    const struct part_copy *card; /* test cards */
    size_t card_count;
    int64_t now_ms;
    /* Is there a route of this path? */
    bool (*there)(const char *path);
};
void front_write(struct req *r, const struct front *front);

/* Every part in every state on one page. */
void front_write_parts(struct req *r);

#endif
