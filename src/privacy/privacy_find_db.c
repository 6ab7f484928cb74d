#include "privacy/privacy_find.h"

#include "db/db.h"

enum {
    WINDOWS = 50, /* that one look goes through; then its place is kept */
    ORDERS_AT_ONCE = 20
};

enum err erasure_take(struct ctx *c, void *arg)
{
    struct erasure_rows *k = arg;
    struct erasure_found *f = k->found;
    if (f->count < ERASURE_ROWS && (k->quoted == NULL || person_is_quoted(k->quoted, k->text)))
        f->n[f->count++] = k->n;
    return c->dead ? E_DEAD : E_OK;
}

enum err erasure_took(struct erasure_found *ret)
{
    ret->over = ret->count < ERASURE_ROWS;
    ret->next_n = ret->count > 0 ? ret->n[ret->count - 1] : 0;
    return E_OK;
}

static enum err look_through(struct ctx *c, const struct erasure *e,
    const struct erasure_scanning *s, int64_t from_n, struct erasure_found *ret)
{
    struct arena arena = { 0 };
    struct ctx own = ctx_sibling(c, &arena);
    struct erasure_rows k = { .found = ret };
    const struct erasure_window w = { from_n, from_n + s->window, e };
    own.db = c->db;
    enum err err = s->look(&own, &w, &k);
    ctx_keep_error(c, &own);
    arena_free(&arena);
    return err;
}

enum err erasure_scan(struct ctx *c, const struct erasure *e, const struct erasure_scanning *s,
    int64_t from_n, struct erasure_found *ret)
{
    ret->next_n = from_n;
    for (int i = 0; i < WINDOWS && ret->next_n < s->last_n && ret->count < ERASURE_ROWS; i++) {
        TRY(look_through(c, e, s, ret->next_n, ret));
        ret->next_n += s->window;
    }
    if (ret->count == ERASURE_ROWS)
        ret->next_n = ret->n[ERASURE_ROWS - 1];
    ret->over = ret->next_n >= s->last_n;
    return E_OK;
}

enum err erasure_of_orders(struct ctx *c, const struct erasure *e,
    enum err (*look)(struct ctx *c, struct str order, struct erasure_rows *k),
    struct erasure_found *ret)
{
    struct person_order order[ORDERS_AT_ONCE];
    struct erasure_rows k = { .found = ret };
    size_t n = 0;
    TRY(person_db_orders(c, &e->who, e->at_n, order, ORDERS_AT_ONCE, &n));
    ret->next_n = e->at_n;
    for (size_t i = 0; i < n && ret->count < ERASURE_ROWS; i++) {
        TRY(look(c, id_text(c->arena, S("ord"), order[i].id), &k));
        if (ret->count < ERASURE_ROWS)
            ret->next_n = order[i].n;
    }
    ret->over = n < ORDERS_AT_ONCE && ret->count < ERASURE_ROWS;
    return E_OK;
}

/* ---- errors that they met: how many people did is known without whom */

enum err erasure_find_errors(struct ctx *c, const struct erasure *e, struct erasure_found *ret)
{
    struct erasure_rows k = { .found = ret };
    TRY(db_each(c,
        "SELECT failure_n FROM failure_customer WHERE customer_n = $1 AND failure_n > $2"
        " ORDER BY failure_n LIMIT 100",
        DB_IN(in_i64(e->who.n), in_i64(e->at_n)), DB_OUT(out_i64(&k.n)), erasure_take, &k));
    return erasure_took(ret);
}

enum err erasure_forget_error(struct ctx *c, const struct erasure *e, int64_t failure_n)
{
    return db_exec(c, DB_ANY_ROWS,
        "DELETE FROM failure_customer WHERE customer_n = $1 AND failure_n = $2",
        DB_IN(in_i64(e->who.n), in_i64(failure_n)));
}
