#ifndef APP_BENCH_H
#define APP_BENCH_H

#include "db/db.h"
#include "web/web.h"

/* The sandbox's /_bench: the bare engine, for `make bench`.  bench_db.c has its SQL. */
enum err bench_read(struct ctx *c, struct str name, struct str *ret_value);
enum err bench_write(struct ctx *c, struct str name, struct str value);
extern const struct routes bench_routes;

#endif
