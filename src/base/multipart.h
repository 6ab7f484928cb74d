#ifndef BASE_MULTIPART_H
#define BASE_MULTIPART_H

#include "base/arena.h"
#include "base/str.h"

/* A form with documents in it (multipart/form-data, RFC 7578), as it stands in the body: nothing is
 * copied.  Strict: CRLF everywhere, names and file names quoted, nothing before the first border or
 * behind the last. */
enum {
    MULTIPART_MAX = 64 /* parts */
};
struct multipart {
    struct str name;
    bool is_file;
    struct str file_name, type; /* of a file, as the sender says: for people, never believed */
    struct str body;
};
/* type: the whole Content-Type.  False: not such a form, or a broken one. */
bool multipart_read(
    struct str type, struct str body, struct multipart ret[MULTIPART_MAX], size_t *ret_n);

#endif
