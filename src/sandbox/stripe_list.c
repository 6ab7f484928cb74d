#include "sandbox/stripe.h"

/* Lists: newest first, by cursors that are ids. */

enum {
    LIMIT_MAX = 100,
    FILTERS_MAX = 8
};

struct reading {
    const struct listing *l;
    struct stripe_scan scan;
    int64_t limit;
    struct str value[FILTERS_MAX]; /* empty: not asked for */
};

static const char *filter_path(const struct filter *f)
{
    return f->path != NULL ? f->path : f->param;
}

static bool value_is(const struct tree *body, const char *path, struct str value)
{
    const struct tree *at = tree_at(body, path);
    return at != NULL && (at->kind == JSON_STRING || at->kind == JSON_BOOL) &&
        str_eq(at->text, value);
}

static bool keeps(struct st *s, const struct reading *k, const struct tree *body)
{
    for (size_t i = 0; i < k->l->n; i++)
        if (k->value[i].n > 0 && !value_is(body, filter_path(&k->l->filter[i]), k->value[i]))
            return false;
    return k->l->keeps == NULL || k->l->keeps(s, body);
}

static enum err read_created(struct st *s, struct reading *k)
{
    struct tree *created = tree_at(s->params, "created");
    int64_t exactly = -1, gt = -1, gte = 0, lt = INT64_MAX, lte = INT64_MAX;
    if (created != NULL && created->kind == JSON_STRING) {
        TRY(param_i64(s, NULL, "created", 0, INT64_MAX - 1, &exactly));
        gte = lte = exactly;
    } else {
        TRY(param_i64(s, NULL, "created.gt", 0, INT64_MAX - 1, &gt));
        TRY(param_i64(s, NULL, "created.gte", 0, INT64_MAX - 1, &gte));
        TRY(param_i64(s, NULL, "created.lt", 0, INT64_MAX - 1, &lt));
        TRY(param_i64(s, NULL, "created.lte", 0, INT64_MAX - 1, &lte));
    }
    k->scan.from = gt >= gte ? gt + 1 : gte;
    k->scan.to = lt <= lte ? lt - 1 : lte;
    return E_OK;
}

static enum err cursor(struct st *s, const char *name, struct str id, struct reading *k)
{
    struct thing t;
    TRY(st_refer(s, k->l->kind, id, name, &t));
    k->scan.n = t.n;
    return E_OK;
}

static enum err read_page(struct st *s, struct reading *k)
{
    struct str after = S(""), before = S("");
    TRY(param_i64(s, NULL, "limit", INT64_MIN, INT64_MAX, &k->limit));
    k->limit = k->limit < 1 ? 1 : k->limit > LIMIT_MAX ? LIMIT_MAX : k->limit;
    TRY(param_str(s, NULL, "starting_after", &after));
    TRY(param_str(s, NULL, "ending_before", &before));
    if (after.n > 0 && before.n > 0)
        return st_refuse(s, 400, "", S(""),
            "Received both starting_after and ending_before parameters. Please pass in only one.");
    k->scan.n = INT64_MAX;
    if (after.n > 0)
        return cursor(s, "starting_after", after, k);
    k->scan.upwards = before.n > 0;
    return before.n > 0 ? cursor(s, "ending_before", before, k) : E_OK;
}

static enum err read_filters(struct st *s, struct reading *k)
{
    const struct kind *kind = kind_find(str_of_c(k->l->kind));
    must(kind != NULL && k->l->n <= FILTERS_MAX);
    k->scan.kind = str_of_c(k->l->kind);
    k->scan.customer = k->l->customer;
    k->scan.parent = k->l->parent;
    k->scan.parents = k->l->parents;
    for (size_t i = 0; i < k->l->n; i++) {
        struct str path = str_of_c(filter_path(&k->l->filter[i]));
        TRY(param_str(s, NULL, k->l->filter[i].param, &k->value[i]));
        if (k->value[i].n > 0 && str_eq(path, S("customer")))
            k->scan.customer = k->value[i];
        if (k->value[i].n > 0 && kind->parent != NULL && str_eq(path, str_of_c(kind->parent)))
            k->scan.parent = k->value[i];
    }
    return E_OK;
}

/* One more than the limit, if there is one. */
static enum err collect(struct st *s, struct reading *k, struct tree **ret, size_t *ret_n)
{
    struct stored *rows = arena_array(s->a, struct stored, STRIPE_SCAN_MAX);
    size_t n = STRIPE_SCAN_MAX, found = 0;
    while (n == STRIPE_SCAN_MAX && found <= (size_t)k->limit) {
        TRY(stripe_scan(s->c, &k->scan, rows, &n));
        for (size_t i = 0; i < n && found <= (size_t)k->limit; i++) {
            struct tree *body = tree_parse(s->a, rows[i].body);
            k->scan.n = rows[i].n;
            if (keeps(s, k, body))
                ret[found++] = body;
        }
    }
    *ret_n = found;
    return E_OK;
}

struct tree *st_whole_list(struct st *s, struct str url)
{
    struct tree *list = tree_of(s->a, JSON_OBJECT);
    tree_set_str(s->a, list, "object", S("list"));
    tree_set(s->a, list, "data", tree_of(s->a, JSON_ARRAY));
    tree_set_bool(s->a, list, "has_more", false);
    tree_set_str(s->a, list, "url", url);
    return list;
}

enum err st_list(struct st *s, const struct listing *l)
{
    struct reading k = { .l = l, .limit = 10 };
    struct tree **found = arena_array(s->a, struct tree *, LIMIT_MAX + 1);
    size_t n = 0;
    TRY(read_filters(s, &k));
    TRY(read_created(s, &k));
    TRY(read_page(s, &k));
    TRY(collect(s, &k, found, &n));
    bool more = n > (size_t)k.limit;
    n = more ? (size_t)k.limit : n;
    s->answer = st_whole_list(s, l->url.n > 0 ? l->url : str_of_c(kind_find(k.scan.kind)->url));
    for (size_t i = 0; i < n; i++)
        tree_push(tree_at(s->answer, "data"), found[k.scan.upwards ? n - 1 - i : i]);
    tree_set_bool(s->a, s->answer, "has_more", more);
    return E_OK;
}

enum err st_each(struct st *s, const char *kind, struct str customer, struct str parent,
    enum err (*each)(struct st *s, struct thing *t, void *arg), void *arg)
{
    struct stripe_scan scan = { str_of_c(kind), customer, parent, 0, true, .to = INT64_MAX };
    struct stored *rows = arena_array(s->a, struct stored, STRIPE_SCAN_MAX);
    for (size_t n = STRIPE_SCAN_MAX; n == STRIPE_SCAN_MAX;) {
        TRY(stripe_scan(s->c, &scan, rows, &n));
        for (size_t i = 0; i < n; i++) {
            struct tree *body = tree_parse(s->a, rows[i].body);
            struct thing t = { rows[i].n, tree_str(body, "id"), kind_find(scan.kind), body,
                tree_copy(s->a, body), rows[i].turn_ms };
            scan.n = rows[i].n;
            TRY(each(s, &t, arg));
        }
    }
    return E_OK;
}
