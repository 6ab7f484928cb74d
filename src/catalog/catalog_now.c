#include "catalog/catalog_db.h"

#include <stdatomic.h>

#include "base/config.h"
#include "db/db.h"
#include "fact/fact.h"
#include "job/job.h"

/* The catalogue in force.  Versions that were read are kept in a list that only grows, so that
 * whoever holds one may go on reading it while another is applied; a version is a few kilobytes and
 * a new one is a rare event. */

struct version {
    struct version *next;
    struct arena arena;
    struct catalog catalog;
};
struct catalogs {
    struct arena arena;
    struct version *_Atomic first;
};

struct catalogs *catalogs_open(void)
{
    struct arena arena = { .chunks = NULL };
    struct catalogs *k = arena_new(&arena, struct catalogs);
    k->arena = arena;
    return k;
}

static void drop(struct version *v)
{
    struct arena arena = v->arena; /* which holds v itself */
    arena_free(&arena);
}

void catalogs_close(struct catalogs *k)
{
    for (struct version *v = atomic_load(&k->first), *next; v != NULL; v = next) {
        next = v->next;
        drop(v);
    }
    struct arena arena = k->arena;
    arena_free(&arena);
}

static const struct catalog *known(struct catalogs *k, int64_t n)
{
    for (struct version *v = atomic_load(&k->first); v != NULL; v = v->next)
        if (v->catalog.n == n)
            return &v->catalog;
    return NULL;
}

static enum err read_version(struct ctx *c, int64_t n, const struct catalog **ret)
{
    struct str text;
    TRY(catalog_text(c, n, &text));
    struct arena arena = { .chunks = NULL };
    struct version *v = arena_new(&arena, struct version);
    enum err e = catalog_parse(c, &arena, text, &v->catalog);
    v->arena = arena;
    if (e != E_OK) {
        drop(v);
        return fail_because(
            c, STORE_CORRUPT, "the stored catalogue %lld cannot be read", (long long)n);
    }
    v->catalog.n = n;
    /* Two threads may read the same version at once: then it stands twice, and either is right. */
    v->next = atomic_load(&c->catalogs->first);
    while (!atomic_compare_exchange_weak(&c->catalogs->first, &v->next, v))
        continue;
    *ret = &v->catalog;
    return E_OK;
}

/* Prices, rules and plans are asked for all over a transaction; one question is enough. */
enum err catalog_ask(struct ctx *c)
{
    if (c->catalog != NULL || c->catalog_asked != NULL)
        return E_OK;
    struct catalog_asked *asked = arena_new(c->arena, struct catalog_asked);
    TRY(catalog_newest(c, asked));
    c->catalog_asked = asked;
    return E_OK;
}

/* 0: none. */
static enum err newest(struct ctx *c, int64_t *ret_n)
{
    TRY(catalog_ask(c));
    TRY(db_wait(c));
    *ret_n = c->catalog_asked->found ? c->catalog_asked->n : 0;
    return E_OK;
}

enum err catalog_now(struct ctx *c, const struct catalog **ret)
{
    int64_t n = 0;
    must(c->db != NULL);
    if (c->catalog == NULL) {
        TRY(newest(c, &n));
        if (n == 0)
            return fail(c, NOT_FOUND, "nothing is for sale yet: no catalogue was applied");
        c->catalog = known(c->catalogs, n);
    }
    if (c->catalog == NULL)
        TRY(read_version(c, n, &c->catalog));
    *ret = c->catalog;
    return E_OK;
}

enum err catalog_check_zone(struct ctx *c, const struct catalog *k, const struct zone **ret)
{
    if (k->time_zone.n == 0) {
        *ret = &zone_utc;
        return E_OK;
    }
    if (zone_find(c, k->time_zone, ret) == E_OK)
        return E_OK;
    return fail(c, INVALID_REQUEST, "business.timeZone: %.*s", SARG(c->err.message));
}

enum err catalog_zone(struct ctx *c, const struct zone **ret)
{
    const struct catalog *k = NULL;
    if (c->config != NULL && config_has(c->config, CFG_TIMEZONE))
        return zone_find(c, config_str(c->config, CFG_TIMEZONE), ret);
    enum err e = catalog_now(c, &k);
    if (e != E_NOT_FOUND)
        return e == E_OK ? catalog_check_zone(c, k, ret) : e;
    err_clear(c);
    *ret = &zone_utc;
    return E_OK;
}

enum err catalog_apply(struct ctx *c, struct str text, bool *ret_changed)
{
    const struct zone *zone = NULL;
    struct catalog then;
    int64_t n = 0;
    struct str now = S("");
    TRY(catalog_parse(c, c->arena, text, &then));
    TRY(catalog_check_zone(c, &then, &zone));
    c->catalog = NULL;
    c->catalog_asked = NULL;
    TRY(newest(c, &n));
    if (n > 0)
        TRY(catalog_text(c, n, &now));
    if (str_eq(now, then.text)) {
        *ret_changed = false;
        return E_OK;
    }
    TRY(catalog_insert(c, then.text, &n));
    c->catalog_asked = NULL;
    struct fact fact = {
        .kind = S("CATALOG_APPLIED"),
        .subject = str_fmt(c->arena, "catalog:%lld", (long long)n),
    };
    TRY(fact_add(c, &fact, NULL));
    TRY(job_add(c, S("catalog_coupons"), S(""), c->now_ms));
    *ret_changed = true;
    return E_OK;
}
