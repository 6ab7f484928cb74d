#include "db/plan_test.h"
#include "db/sqlite.h"

enum err plan_scans(struct ctx *c, const char *sql, struct buf *out)
{
    return db_is_pg(c) ? pg_plan_scans(c, sql, out) : sqlite_plan_scans(c, sql, out);
}

static bool is_so(sqlite3 *h, const char *sql, struct str name)
{
    sqlite3_stmt *st = NULL;
    must(sqlite3_prepare_v2(h, sql, -1, &st, NULL) == SQLITE_OK);
    sqlite3_bind_text(st, 1, name.p, (int)name.n, SQLITE_STATIC);
    bool so = sqlite3_step(st) == SQLITE_ROW;
    sqlite3_finalize(st);
    return so;
}

/* "SCAN t" goes through a table, "SCAN t USING INDEX i" through an index; a partial one is a work
 * list, and short.  What a plan makes itself (a list of values, a subquery's rows) is no table. */
static bool is_scan(sqlite3 *h, struct str detail)
{
    struct str table, rest, head, index;
    if (!str_starts(detail, S("SCAN ")))
        return false;
    str_cut(str_from(detail, 5), ' ', &table, &rest);
    if (!is_so(h, "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1", table))
        return false;
    if (!str_has(rest, S("INDEX ")))
        return true;
    for (index = rest; str_cut(index, ' ', &head, &index) && !str_eq(head, S("INDEX"));)
        continue;
    return !is_so(h,
        "SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1 AND sql LIKE '%WHERE%'",
        index);
}

/* A step that is taken for each row of the one before it, and finds its own rows by an order alone
 * ("rowid>?"): rows times rows.  What SQLite calls a step begins with one of three words. */
struct steps {
    int parent[64]; /* of those before */
    size_t n;
};

static bool is_range_in_loop(struct steps *before, int parent, struct str detail)
{
    bool search = str_starts(detail, S("SEARCH "));
    bool step = search || str_starts(detail, S("SCAN ")) || str_eq(detail, S("MULTI-INDEX OR"));
    bool inner = false;
    for (size_t i = 0; step && i < before->n; i++)
        inner = inner || before->parent[i] == parent;
    if (step && !inner && before->n < ARRAY_LEN(before->parent))
        before->parent[before->n++] = parent;
    return inner && search && str_has(detail, S("(")) && !str_has(detail, S("=?"));
}

/* In the order in which the rows lie, and no further than somebody asked for. */
static bool is_bounded(struct str sql, struct str plan)
{
    return str_has(sql, S(" LIMIT ")) && !str_has(plan, S("TEMP B-TREE FOR ORDER BY"));
}

enum err sqlite_plan_scans(struct ctx *c, const char *sql, struct buf *out)
{
    sqlite3 *h = ((struct conn *)c->db)->h;
    struct str text =
        str_fmt(c->arena, "EXPLAIN QUERY PLAN %.*s", SARG(sqlite_text(c->arena, sql)));
    struct buf plan = BUF(c->arena), scans = BUF(c->arena);
    struct steps steps = { .n = 0 };
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(h, text.p, (int)text.n, &st, NULL) != SQLITE_OK)
        return sqlite_failed(c, h, sql);
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct str detail = str_of_c((const char *)sqlite3_column_text(st, 3));
        buf_fmt(&plan, "%.*s\n", SARG(detail));
        if (is_scan(h, detail) || is_range_in_loop(&steps, sqlite3_column_int(st, 1), detail))
            buf_fmt(&scans, "%.*s\n", SARG(detail));
    }
    sqlite3_finalize(st);
    if (!is_bounded(str_of_c(sql), buf_str(&plan)))
        buf_add(out, buf_str(&scans));
    return rc == SQLITE_DONE ? E_OK : sqlite_failed(c, h, sql);
}

enum err plan_tables(struct ctx *c, const char *sql, int64_t *ret)
{
    *ret = 0;
    if (db_is_pg(c))
        return E_OK;
    sqlite3 *h = ((struct conn *)c->db)->h;
    struct str text = str_fmt(c->arena, "EXPLAIN %.*s", SARG(sqlite_text(c->arena, sql)));
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(h, text.p, (int)text.n, &st, NULL) != SQLITE_OK)
        return sqlite_failed(c, h, sql);
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        *ret += str_eq(str_of_c((const char *)sqlite3_column_text(st, 1)), S("OpenEphemeral"));
    sqlite3_finalize(st);
    return rc == SQLITE_DONE ? E_OK : sqlite_failed(c, h, sql);
}
