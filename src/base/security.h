#ifndef BASE_SECURITY_H
#define BASE_SECURITY_H

#include "base/ctx.h"

/* What attackers, or broken clients, tried: each is counted, and up to a rate also logged as a
 * `security.*` line and kept among the last 1,000 for the console.  Above the rate it is only
 * counted; the next one that is kept says how many were not. */
enum security_kind {
#define SECURITY(id, name, metric) SECURITY_##id,
#include "base/security.def"
#undef SECURITY
    SECURITY_COUNT
};
struct str security_name(enum security_kind kind);
bool security_parse(struct str name, enum security_kind *ret);

struct security;
struct security *security_open(void);
void security_close(struct security *s);

/* Say what was wrong in our words; never quote what came: it may be a secret. */
void security_note(struct ctx *c, enum security_kind kind, const char *fmt, ...) PRINTF(3, 4);

enum {
    SECURITY_KEPT = 1000
};
struct security_event {
    int64_t n; /* rises by one */
    int64_t at_ms;
    enum security_kind kind;
    int64_t not_kept; /* of this kind since the one before */
    struct str address, actor, request_id, what;
};
/* Newest first, those below before_n (0: from the newest), at most max; kind SECURITY_COUNT: any.
 * The texts are copied into c's arena. */
size_t security_list(struct ctx *c, enum security_kind kind, int64_t before_n,
    struct security_event *ret, size_t max);
/* How many of a kind there were since then (c->wall_ms), kept or not, as far as the ring reaches.
 */
int64_t security_since(struct ctx *c, enum security_kind kind, int64_t since_ms);

#endif
