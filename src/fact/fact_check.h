#ifndef FACT_FACT_CHECK_H
#define FACT_FACT_CHECK_H

#include "fact/fact.h"

/* Walking along a chain, in the store or in an export, and saying what is wrong with it.
 *
 * A fact whose hash does not follow from the one before was altered itself, or its seal was: which
 * of the two shows the next fact, for that was built on the seal as it had been.  So a doubt is
 * kept until then. */
struct fact_link {
    int64_t seq;
    struct str id;   /* "aud_…" */
    struct str text; /* canonical */
    struct str hash; /* as stored */
};

struct fact_check {
    struct buf *out; /* a line for each finding; after FINDINGS_MAX they are only counted */
    int64_t checked, findings;
    int64_t seq;     /* of the last link; before the first: where the chain begins */
    bool seal_known; /* seal is that of the link before: not so after a gap */
    struct sha256 seal;
    struct {
        bool is;
        int64_t seq;
        char id[32];
        size_t id_n;
        struct sha256 expected; /* the seal that its content would have */
    } doubt;
};
enum {
    FINDINGS_MAX = 100
};
#define CONTENT_ALTERED "its content does not match its seal: altered or inserted"
struct fact_check fact_check_begin(struct buf *out);

/* *ret_proven: it follows from the one before.  If not, either that one is missing, or there is a
 * doubt, and unless it is excused there will be a finding. */
void fact_check_next(struct fact_check *check, const struct fact_link *link, bool *ret_proven);
/* The doubt about the last link has another explanation: it belongs elsewhere (moved), or it does
 * follow, but from a fact that was moved. */
void fact_check_excuse(struct fact_check *check, bool moved);
void fact_check_end(struct fact_check *check);
/* link NULL: about the chain as a whole. */
void fact_finding(struct fact_check *check, const struct fact_link *link, const char *fmt, ...)
    PRINTF(3, 4);
/* E_OK, or CONFLICT with the number of findings. */
enum err fact_check_result(struct ctx *c, const struct fact_check *check);

#endif
