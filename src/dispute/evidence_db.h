#ifndef DISPUTE_EVIDENCE_DB_H
#define DISPUTE_EVIDENCE_DB_H

#include "dispute/evidence.h"

enum err evidence_db_put_file(struct ctx *c, struct dispute_file *f); /* none of its field before */
enum err evidence_db_drop_file(struct ctx *c, int64_t dispute_n, struct str field);
enum err evidence_db_files(
    struct ctx *c, int64_t dispute_n, struct dispute_file *ret, size_t max, size_t *ret_n);
enum err evidence_db_file(struct ctx *c, struct id id, bool *ret_found, struct dispute_file *ret);
enum err evidence_db_uploaded(struct ctx *c, int64_t n, struct str uploaded);

#endif
