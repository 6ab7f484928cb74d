#ifndef APP_FRONT_PAGE_H
#define APP_FRONT_PAGE_H

#include "web/page.h"

/* The page at /: in the sandbox what works so far and what does not, elsewhere the name of the
 * business and no more. */
struct front {
    struct str origin; /* "http://127.0.0.1:8080" */
    struct str key;    /* the sandbox's secret key, or empty */
    /* Is there a route of this path? */
    bool (*there)(const char *path);
};
void front_write(struct req *r, const struct front *front);

/* Every part in every state on one page. */
void front_write_parts(struct req *r);

#endif
