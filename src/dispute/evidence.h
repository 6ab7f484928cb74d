#ifndef DISPUTE_EVIDENCE_H
#define DISPUTE_EVIDENCE_H

#include "dispute/dispute.h"

/* What we have to say about a dispute: texts, and a document for each kind of it.  Kept until it is
 * sent, which is for good.  gateway/evidence.def lists what can be said. */
enum {
    EVIDENCE_TEXT_MAX = 20000,   /* characters of one text */
    EVIDENCE_TEXTS_MAX = 150000, /* of all of them */
    EVIDENCE_FILE_MAX = 700 * 1000,
    EVIDENCE_FILES_MAX = 4500000, /* all of them together */
    EVIDENCE_NAME_MAX = 100
};
struct dispute_file {
    int64_t n, dispute_n, size, created_ms;
    struct id id;
    const struct evidence_field *field;
    struct str name, type; /* "image/png": told by its first bytes, not by its name */
    struct str body;       /* only where it is asked for */
    struct str uploaded;   /* the gateway's id of it; empty: it has not got it yet */
};
struct str dispute_file_id(struct arena *a, const struct dispute_file *f); /* "dsf_…" */

/* Why nothing can be said any more, or not through us; empty: it can. */
struct str evidence_closed(struct ctx *c, const struct dispute *d);
/* In a snapshot or transaction. */
struct evidence_text {
    const struct evidence_field *field;
    struct str text;
};
/* Of a dispute, in the order of evidence.def; *ret_n at most evidence_field_count. */
enum err evidence_texts(
    struct ctx *c, const struct dispute *d, struct evidence_text **ret, size_t *ret_n);
enum err dispute_files(
    struct ctx *c, const struct dispute *d, struct dispute_file **ret, size_t *ret_n);
/* With its body; NOT_FOUND. */
enum err dispute_file_get(struct ctx *c, struct id id, struct dispute_file *ret);

/* In a transaction.  CONFLICT where evidence_closed has a reason; INVALID_REQUEST for what no bank
 * takes: unknown fields, too long a text, a document that is no PDF, JPEG or PNG or too large. */
struct evidence_change {
    const struct evidence_text *text; /* empty: it is not said any more */
    size_t texts;
    const struct dispute_file *file; /* body, name and field are given; a field has one */
    size_t files;
    const struct evidence_field *const *gone; /* documents that are not given any more */
    size_t gones;
    bool send; /* for good */
};
enum err evidence_change(
    struct ctx *c, struct id dispute, const struct evidence_change *in, struct dispute *ret);
/* No store: is the document one, and which type has it? */
enum err evidence_check_file(struct ctx *c, struct dispute_file *f);

/* The job: what shall be said is uploaded and sent, each under its own key, until the gateway has
 * taken or refused it. */
#define DISPUTE_SEND S("dispute_send")
enum err dispute_send(struct ctx *c, struct str dispute_n);

#endif
