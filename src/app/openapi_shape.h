#ifndef APP_OPENAPI_SHAPE_H
#define APP_OPENAPI_SHAPE_H

#include "base/json.h"

/* The shape of a JSON value, written for people and read by this program:
 *
 *   {id: string, note?: string|null}    an object; a member with ? may be missing, none is unknown
 *   [line]                              a list
 *   map of int                          an object whose names are the application's or catalogue's
 *   'open'|'closed'                     one of these texts
 *   payment & {orderId: string}         the members of both
 *   order                               a shape with a name, or one of
 *   string int bool true false any null time
 *
 * Shapes are literals of openapi.def; one that does not read is a broken assumption. */

/* Where a name leads to; NULL: there is no such shape. */
typedef const char *shape_of(struct str name);

/* As a JSON Schema, under a name or as an element. */
void shape_schema(struct json *j, const char *name, const char *shape, shape_of *named);

/* The members of an object's shape, one after the other. */
struct shape_member {
    struct str name, shape;
    bool optional;
};
struct shape_iter {
    struct str rest;
    struct shape_member at;
};
struct shape_iter shape_members(const char *shape);
bool shape_next(struct shape_iter *it);

/* The same shape with a line for each member of the outermost object. */
void shape_print(struct buf *out, const char *shape);

#endif
