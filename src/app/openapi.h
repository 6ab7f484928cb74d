#ifndef APP_OPENAPI_H
#define APP_OPENAPI_H

#include "base/json.h"
#include "web/web.h"

/* What the API says about itself: openapi.def beside the tables that the server runs on, as
 * OpenAPI 3.1 for programs and as a page for people. */

enum openapi_kind {
    OPENAPI_SECTION,
    OPENAPI_CALL,
    OPENAPI_SHAPE,
};
struct openapi_row {
    enum openapi_kind kind;
    const char *name, *about;
    const char *method, *path, *query, *takes, *gives; /* CALL: shapes, or NULL */
    const char *shape;                                 /* SHAPE */
};
extern const struct openapi_row openapi_rows[];
extern const size_t openapi_row_count;

/* The route of a row, or NULL. */
const struct route *openapi_route(const struct openapi_row *row);
/* Does this route belong in the description: is it asked by programs? */
bool openapi_covers(const struct route *route);

/* What a name stands for, or NULL. */
const char *openapi_shape(struct str name);

/* The whole document.  origin: where the server is, "https://pay.example.com". */
void openapi_write(struct arena *a, struct str origin, struct buf *out);

extern const struct routes openapi_routes;

#endif
