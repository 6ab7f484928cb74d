#include "fact/fact.h"

enum err fact_seal_job(struct ctx *c, struct str subject)
{
    int64_t sealed = 0;
    (void)subject;
    return fact_seal(c, &sealed);
}

enum err fact_note_head_job(struct ctx *c, struct str subject)
{
    (void)subject;
    return fact_note_head(c);
}
