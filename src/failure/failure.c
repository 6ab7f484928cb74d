#include "failure/failure_db.h"

#include "db/db.h"

#define KEPT_MS ((int64_t)FAILURE_DAYS * 24 * 3600 * 1000)

struct str failure_id(struct arena *a, const struct failure *f)
{
    return id_text(a, S("err"), id_of_row(f->first_ms, f->n));
}

struct str failure_kind_text(enum mishap_kind kind)
{
    static const struct str names[] = { S_INIT("request"), S_INIT("webhook"), S_INIT("call"),
        S_INIT("job"), S_INIT("refused") };
    _Static_assert(ARRAY_LEN(names) == MISHAP_KIND_COUNT, "every kind has a name");
    must(kind >= 0 && kind < MISHAP_KIND_COUNT);
    return names[kind];
}

enum err failure_get(struct ctx *c, struct id id, struct failure *ret)
{
    int64_t at_ms = 0, n = 0;
    struct failure f = { 0 };
    if (!id_is_row(id, &at_ms, &n))
        return fail(c, NOT_FOUND, "there is no such group of errors");
    TRY(failure_by_n(c, n, &f));
    if (f.first_ms != at_ms)
        return fail(c, NOT_FOUND, "there is no such group of errors");
    *ret = f;
    return E_OK;
}

static enum err add_tx(struct ctx *c, void *arg)
{
    return failure_add(c, arg);
}

/* A transaction for each group: nobody holds two of their rows, so no two servers wait for each
 * other in a ring. */
enum err failure_write_down(struct ctx *c, bool now)
{
    const struct mishap_group *group = NULL;
    size_t n = mishap_take(c, now, &group);
    enum err e = E_OK;
    for (size_t i = 0; i < n; i++) {
        if (e == E_OK)
            e = db_tx_job(c, "failure.add", add_tx, (void *)(uintptr_t)&group[i]);
        if (e != E_OK)
            mishap_give_back(c, &group[i]);
    }
    return e;
}

static enum err forget(struct ctx *c, void *arg)
{
    return failure_delete_old(c, c->now_ms - KEPT_MS, arg);
}

enum err failure_forget(struct ctx *c, struct str subject)
{
    bool more = true;
    (void)subject;
    for (int i = 0; more && i < 1000; i++)
        TRY(db_tx_job(c, "failure forget", forget, &more));
    return E_OK;
}
