#ifndef WEB_SITE_H
#define WEB_SITE_H

#include "web/web.h"

/* Whom the pages speak for: the business's name, colour and addresses (PURSER_BRAND_…).  Read at
 * start, never changed after; c->site, or NULL, which is nobody in particular. */
struct site {
    struct str name;         /* "Northwind" */
    struct str color;        /* "#0f766e" */
    struct str origin;       /* "https://shop.example": of absolute links, never from Host */
    struct str url, support; /* the business's own site; a mail address or a page for help */
    struct str statement;    /* "NORTHWIND", as bank statements name it */
    struct str terms, privacy, refunds;
    struct str logo, logo_type; /* the bytes of an SVG or PNG, and which; empty: a drawn initial */
    struct str logo_dark, logo_dark_type;
    bool sandbox;
    struct str drawer; /* where the sandbox's ribbon leads, or empty */
};
const struct site *site_of(const struct ctx *c); /* never NULL */

/* "#rrggbb", in either case. */
bool site_color_ok(struct str color);

/* The one variable of the theme, and the address under which it may be kept for ever. */
struct str site_css(struct arena *a, const struct site *site);
struct str site_css_url(struct arena *a, const struct site *site);

extern const struct routes site_routes; /* /brand/… */

#endif
