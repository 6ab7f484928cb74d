#ifndef WEB_PAGE_H
#define WEB_PAGE_H

#include "web/part.h"
#include "web/site.h"

/* The frame around every page: head, ribbon, mast, main, foot (look.md 3.0). */

/* One line of the console's side.  Consecutive lines of one group stand under its name; `needs` is
 * how many need a person, 0 shows nothing. */
struct page_side {
    struct str group, href, words;
    int64_t needs;
};
struct page_head {
    int status;         /* 0: 200 */
    struct str title;   /* "Confirm your order"; the site's name is added */
    struct str here;    /* the address, in nav or side, that this page is */
    bool narrow;        /* one column of text: forms, results, errors */
    bool errors;        /* a form on it has errors: the title begins with "Error: " */
    struct str refresh; /* goes there at once, script or not; the page has a link too */

    /* A page that waits for something: where the script asks for it again (&wait= and &version=
     * are added), and what the state was. */
    struct str live;
    int64_t version;

    const struct part_link *nav; /* checkout pages have none */
    size_t nav_count;

    /* The console instead: its side, and who is signed in ("Root, owner"). */
    const struct page_side *side;
    size_t side_count;
    struct str person;
};

/* Begins the answer; between the two write what stands in main, an h1 first of all. */
struct buf *page_open(struct req *r, const struct page_head *head);
void page_close(struct req *r);

/* The page of an error, for r->error_page: the frame, what is so, what to do. */
void page_error(struct req *r, const struct error_shown *e);

#endif
