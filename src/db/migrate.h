#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include "base/embed.h"
#include "db/engine.h"

/* Private to db/: the same as schema_read and schema_migrate in db.h, over other files than the
 * program's, for tests. */
enum err schema_read_of(struct ctx *c, const struct embedded *files, struct schema_state *ret);
/* Up to that number; 0: all. */
enum err schema_migrate_of(struct ctx *c, const struct embedded *files, int upto, struct buf *out);
void schema_tables_of(
    const struct embedded *files, struct arena *a, struct str **ret, size_t *ret_n);

/* A script in the words of one engine. */
struct str schema_script(struct arena *a, struct str text, bool for_pg);

#endif
