#ifndef EDGE_LOGIN_PAGE_H
#define EDGE_LOGIN_PAGE_H

#include "web/web.h"

/* /login and /login/password, also as the answer to a form that did not do. */
struct login_page {
    int status;
    struct str wrong; /* the sentence above the form; empty: none */
    struct str mail, next;
};
void login_page(struct req *r, const struct login_page *page);
void password_page(struct req *r, int status, struct str token, struct str wrong);

extern const struct routes login_pages;

#endif
