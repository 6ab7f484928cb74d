#include "db/pg.h"

#include "base/embed.h"
#include "db/scratch.h"

/* A database for one test on the server of TEST_DB: copied from a template that is migrated once
 * per schema, and dropped with the test. */

static struct str url_with_database(struct ctx *c, struct str url, struct str name)
{
    size_t slash = url.n;
    for (size_t i = S("postgres://").n; i < url.n && slash == url.n; i++)
        if (url.p[i] == '/')
            slash = i;
    struct str query = S("");
    for (size_t i = slash; i < url.n && query.n == 0; i++)
        if (url.p[i] == '?')
            query = str_from(url, i);
    return str_fmt(c->arena, "%.*s/%.*s%.*s", (int)slash, url.p, SARG(name), SARG(query));
}

/* Of all migrations: another schema is another template. */
static struct str template_name(struct ctx *c)
{
    uint64_t sum = 0;
    for (const struct embedded *e = embedded_files; e->name != NULL; e++)
        if (str_starts(str_of_c(e->name), S("schema/")))
            for (const char *p = e->hash; *p != 0; p++)
                sum = sum * 31 + (unsigned char)*p;
    return str_fmt(c->arena, "purser_template_%016llx", (unsigned long long)sum);
}

/* Runs one statement outside any transaction on the server's own database. */
static enum err on_server(struct ctx *c, struct str url, struct str sql)
{
    struct pg_conn *k = pg_conn_new(NULL, str_c(c->arena, url), true);
    enum err e = pg_connect(c, k);
    if (e == E_OK)
        e = pg_script(c, k, sql);
    pg_conn_free(k);
    return e;
}

struct found {
    bool any;
};

static enum err mark(struct ctx *c, const struct db_cell *cells, void *arg)
{
    (void)c;
    (void)cells;
    ((struct found *)arg)->any = true;
    return E_OK;
}

static enum err exists(struct ctx *c, struct pg_conn *k, struct str name, bool *ret)
{
    struct found found = { false };
    int64_t rows = 0;
    TRY(pg_rows(c, k,
        str_fmt(c->arena, "SELECT CAST(datname AS TEXT) FROM pg_database WHERE datname = '%.*s'",
            SARG(name)),
        mark, &found, &rows));
    *ret = found.any;
    return E_OK;
}

/* Made under another name first: a template that was interrupted is never copied. */
static enum err make_template(struct ctx *c, struct pg_conn *k, struct str url, struct str name)
{
    struct str draft = str_fmt(c->arena, "%.*s_draft", SARG(name));
    TRY(pg_script(c, k, str_fmt(c->arena, "DROP DATABASE IF EXISTS %.*s", SARG(draft))));
    TRY(pg_script(c, k, str_fmt(c->arena, "CREATE DATABASE %.*s TEMPLATE template0", SARG(draft))));
    struct ctx inside = ctx_sibling(c, c->arena);
    scratch_open_with(&inside,
        &(struct store_options) { .url = url_with_database(c, url, draft), .inline_pump = true });
    store_close(inside.store);
    return pg_script(
        c, k, str_fmt(c->arena, "ALTER DATABASE %.*s RENAME TO %.*s", SARG(draft), SARG(name)));
}

enum err scratch_pg_create(struct ctx *c, struct str server_url, struct str *ret_url)
{
    struct str template = template_name(c);
    struct ids fresh = ids_of_system(), *seeded = c->ids;
    c->ids = &fresh; /* test programs run side by side from the same seed */
    uint64_t draw = random_u64(c);
    c->ids = seeded;
    struct str name = str_fmt(c->arena, "purser_test_%016llx", (unsigned long long)draw);
    struct pg_conn *k = pg_conn_new(NULL, str_c(c->arena, server_url), true);
    bool there = false;
    enum err e = pg_connect(c, k);
    if (e == E_OK)
        e = pg_script(c, k, S("SET statement_timeout = 0; SELECT pg_advisory_lock(7310871699)"));
    if (e == E_OK)
        e = exists(c, k, template, &there);
    if (e == E_OK && !there)
        e = make_template(c, k, server_url, template);
    if (e == E_OK)
        e = pg_script(c, k,
            str_fmt(c->arena, "CREATE DATABASE %.*s TEMPLATE %.*s", SARG(name), SARG(template)));
    pg_conn_free(k);
    TRY(e);
    *ret_url = url_with_database(c, server_url, name);
    return E_OK;
}

enum err scratch_pg_drop(struct ctx *c, struct str server_url, struct str url)
{
    struct str rest = str_from(url, S("postgres://").n), host, name, query;
    str_cut(rest, '/', &host, &name);
    str_cut(name, '?', &name, &query);
    return on_server(
        c, server_url, str_fmt(c->arena, "DROP DATABASE IF EXISTS %.*s WITH (FORCE)", SARG(name)));
}
