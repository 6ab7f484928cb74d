#ifndef BASE_EMBED_H
#define BASE_EMBED_H

#include "base/str.h"

/* Files that are part of the program: schema, assets, the demo catalogue.  Sorted by name; the
 * last row has no name.  Written by tools/embed.sh at build time. */
struct embedded {
    const char *name; /* "schema/0001_engine.sql" */
    const char *hash; /* 12 hex digits of its SHA-256 */
    struct str data, gzip;
};
extern const struct embedded embedded_files[];
const struct embedded *embedded_find(struct str name); /* NULL: no such file */

#endif
