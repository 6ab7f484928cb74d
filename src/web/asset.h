#ifndef WEB_ASSET_H
#define WEB_ASSET_H

#include "web/web.h"

/* Files of the program that browsers fetch: assets/ as it was at build time.  Found by exact name
 * in a table, never in a file system (R42). */

/* "/assets/purser.3f2a91c0d4be.css": changes with the content, so it may be kept for ever.  must()
 * the asset exists. */
struct str asset_url(struct arena *a, struct str name);

/* Answers with bytes that live as long as the program; gzip, when given, is the same compressed.
 * forever: the address names the content. */
struct asset {
    struct str type, data, gzip;
    struct str etag;
    bool forever;
};
void asset_answer(struct req *r, const struct asset *asset);

extern const struct routes asset_routes; /* GET /assets/{file} */

#endif
