#ifndef APP_OPENAPI_PAGE_H
#define APP_OPENAPI_PAGE_H

#include "web/page.h"

/* /docs: what openapi.def says, to be read. */
void openapi_page(struct req *r);

#endif
