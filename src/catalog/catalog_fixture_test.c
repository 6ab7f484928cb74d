#include "catalog/catalog_fixture.h"

#include "customer/customer.h"
#include "db/db.h"

static enum err apply(struct ctx *c, void *arg)
{
    bool changed = false;
    return catalog_apply(c, *(const struct str *)arg, &changed);
}

static enum err make_ada(struct ctx *c, void *arg)
{
    struct customer said = { .external_id = S("ada") }, k;
    TRY(customer_ensure(c, &said, &k));
    *(int64_t *)arg = k.n;
    return E_OK;
}

static void close_catalogs(void *catalogs)
{
    catalogs_close(catalogs);
}

void catalog_in_force(struct test *t, struct str text)
{
    t->c->catalogs = catalogs_open();
    arena_defer(t->c->arena, close_catalogs, t->c->catalogs);
    EXPECT_OK(db_tx(t->c, "catalogue", apply, &text));
}

int64_t catalog_and_ada(struct test *t, struct str text)
{
    int64_t n = 0;
    catalog_in_force(t, text);
    EXPECT_OK(db_tx(t->c, "customer", make_ada, &n));
    return n;
}
