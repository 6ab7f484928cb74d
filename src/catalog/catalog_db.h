#ifndef CATALOG_CATALOG_DB_H
#define CATALOG_CATALOG_DB_H

#include "catalog/catalog.h"

struct catalog_asked {
    bool found;
    int64_t n;
};
/* Which is in force; there after the next wait. */
enum err catalog_newest(struct ctx *c, struct catalog_asked *ret);
enum err catalog_text(struct ctx *c, int64_t n, struct str *ret);
enum err catalog_insert(struct ctx *c, struct str text, int64_t *ret_n);

#endif
