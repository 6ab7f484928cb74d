#ifndef CATALOG_CATALOG_DB_H
#define CATALOG_CATALOG_DB_H

#include "catalog/catalog.h"

enum err catalog_newest(struct ctx *c, int64_t *ret_n); /* 0: none */
enum err catalog_text(struct ctx *c, int64_t n, struct str *ret);
enum err catalog_insert(struct ctx *c, struct str text, int64_t *ret_n);

#endif
