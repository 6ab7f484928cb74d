#include "fact/fact.h"

enum {
    ROUNDS_MAX = 20
};

enum err fact_seal_job(struct ctx *c, struct str subject)
{
    int64_t sealed = FACT_SEAL_MAX;
    (void)subject;
    /* As many as there are, but not for ever: other standing jobs wait behind it. */
    for (int i = 0; i < ROUNDS_MAX && sealed == FACT_SEAL_MAX; i++)
        TRY(fact_seal(c, &sealed));
    return E_OK;
}

enum err fact_note_head_job(struct ctx *c, struct str subject)
{
    (void)subject;
    return fact_note_head(c);
}
