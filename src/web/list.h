#ifndef WEB_LIST_H
#define WEB_LIST_H

#include "web/web.h"

/* A page of a list, as JSON or as HTML.  req_page(r, &l.page) reads what is asked for, the store
 * gives list_want rows, and each row asks list_room first: the one too many is not shown, it only
 * says that there is another page. */
struct list {
    struct page page;
    int64_t shown;
    int64_t last_n; /* of the last row shown: what the next page's cursor says */
    bool more;
    struct json j; /* from list_open on: where the items are written */
};

int64_t list_want(const struct list *l);
/* May the row n be shown? */
bool list_room(struct list *l, int64_t n);

/* The answer {"items":[…],"hasMore":…,"next":…}: open, the rows, close. */
void list_open(struct req *r, struct list *l);
void list_close(struct req *r, struct list *l);
/* list_close where next does not go with hasMore: 0 is none. */
void list_close_at(struct req *r, struct list *l, int64_t next_n);

#endif
