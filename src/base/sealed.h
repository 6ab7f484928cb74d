#ifndef BASE_SEALED_H
#define BASE_SEALED_H

#include "base/ctx.h"

/* Secrets at rest (R72).  With PURSER_MASTER_KEY, which is not in the database, they are sealed
 * under it, each bound to its place ("admin.totp/adm_…"): moved to another row it does not open.
 * Without it what is stored is the secret itself.  While the key is changed both are given
 * ("new,old"): what is written is sealed under the first. */
enum err sealed_write(struct ctx *c, struct str place, struct str plain, struct str *ret_stored);
/* STORE_CORRUPT when it was moved or altered, INVALID_REQUEST when its key is not given. */
enum err sealed_read(struct ctx *c, struct str place, struct str stored, struct str *ret_plain);
/* Is it as sealed_write would write it now? */
bool sealed_is_current(struct ctx *c, struct str stored);

/* Going through a table, a row a transaction, so that a kill leaves each as it was or as it shall
 * be: the next row behind n is sealed anew, where that changes something. */
struct resealing {
    int64_t n;
    bool found, changed;
};

/* The same as text, for columns that hold text. */
enum err sealed_write_text(
    struct ctx *c, struct str place, struct str plain, struct str *ret_stored);
enum err sealed_read_text(
    struct ctx *c, struct str place, struct str stored, struct str *ret_plain);
bool sealed_is_current_text(struct ctx *c, struct str stored);

#endif
