#include "sandbox/stripe.h"

/* expand[]: objects in the place of their ids. */

enum {
    DEPTH_MAX = 4
};

struct expanding {
    struct str path; /* the whole, for complaints */
    int depth;
};

static enum err at(struct st *s, const struct expanding *x, struct tree *t, struct str path);

static enum err impossible(struct st *s, const struct expanding *x)
{
    return st_refuse(
        s, 400, "", S("expand"), "This property cannot be expanded (%.*s).", SARG(x->path));
}

/* The object that this id names, in its place. */
static enum err reference(struct st *s, const struct expanding *x, struct tree *t)
{
    struct thing named;
    bool found = false;
    TRY(st_find(s, t->text, &found, &named));
    if (!found)
        return impossible(s, x);
    tree_become(t, named.body);
    return E_OK;
}

static enum err push_body(struct st *s, struct thing *t, void *arg)
{
    (void)s;
    tree_push(arg, t->body);
    return E_OK;
}

static enum err push_running(struct st *s, struct thing *t, void *arg)
{
    bool over = str_eq(tree_str(t->body, "status"), S("canceled"));
    return over ? E_OK : push_body(s, t, arg);
}

static enum err client_secret(struct st *s, const struct tree *invoice, struct tree **ret)
{
    struct thing intent;
    *ret = tree_of(s->a, JSON_NULL);
    if (tree_null(invoice, "_payment_intent"))
        return E_OK;
    TRY(st_own(s, tree_str(invoice, "_payment_intent"), &intent));
    *ret = tree_of(s->a, JSON_OBJECT);
    tree_set_str(s->a, *ret, "client_secret", tree_str(intent.body, "client_secret"));
    tree_set_str(s->a, *ret, "type", S("payment_intent"));
    return E_OK;
}

/* Parts that are there only when they are asked for; *ret NULL: there is no such thing. */
static enum err include(struct st *s, struct tree *t, struct str name, struct tree **ret)
{
    struct str kind = tree_str(t, "object"), id = tree_str(t, "id");
    struct tree *list = NULL;
    *ret = NULL;
    if (str_eq(kind, S("checkout.session")) && str_eq(name, S("line_items"))) {
        list = st_whole_list(s, str_fmt(s->a, "/v1/checkout/sessions/%.*s/line_items", SARG(id)));
        tree_set(s->a, list, "data", tree_copy(s->a, tree_at(t, "_lines")));
    } else if (str_eq(kind, S("charge")) && str_eq(name, S("refunds"))) {
        list = st_whole_list(s, str_fmt(s->a, "/v1/charges/%.*s/refunds", SARG(id)));
        TRY(st_each(s, "refund", S(""), id, push_body, tree_at(list, "data")));
    } else if (str_eq(kind, S("customer")) && str_eq(name, S("subscriptions"))) {
        list = st_whole_list(s, str_fmt(s->a, "/v1/subscriptions?customer=%.*s", SARG(id)));
        TRY(st_each(s, "subscription", id, S(""), push_running, tree_at(list, "data")));
    } else if (str_eq(kind, S("invoice")) && str_eq(name, S("payments"))) {
        list = st_whole_list(s, str_fmt(s->a, "/v1/invoice_payments?invoice=%.*s", SARG(id)));
        TRY(st_each(s, "invoice_payment", S(""), id, push_body, tree_at(list, "data")));
    } else if (str_eq(kind, S("invoice")) && str_eq(name, S("confirmation_secret"))) {
        TRY(client_secret(s, t, &list));
    } else if (str_eq(kind, S("customer")) &&
        (str_eq(name, S("sources")) || str_eq(name, S("tax_ids")))) {
        list = st_whole_list(s, str_fmt(s->a, "/v1/customers/%.*s/%.*s", SARG(id), SARG(name)));
    } else {
        return E_OK;
    }
    tree_put(t, name, list);
    *ret = list;
    return E_OK;
}

/* What older versions show as a member of its own. */
static struct tree *older(struct st *s, struct tree *t, struct str name)
{
    static const struct {
        const char *kind, *name, *path;
    } moved[] = {
        { "invoice", "payment_intent", "_payment_intent" },
        { "invoice", "charge", "_charge" },
        { "invoice", "subscription", "parent.subscription_details.subscription" },
        { "charge", "invoice", "_invoice" },
        { "payment_intent", "invoice", "_invoice" },
    };
    struct str kind = tree_str(t, "object");
    if (version_from(s->version, FAMILY_BASIL))
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(moved); i++)
        if (str_eq(kind, str_of_c(moved[i].kind)) && str_eq(name, str_of_c(moved[i].name)))
            return tree_at(t, moved[i].path);
    return NULL;
}

static enum err step(
    struct st *s, const struct expanding *x, struct tree *t, struct str head, struct str rest)
{
    struct tree *next = older(s, t, head);
    if (next == NULL)
        next = tree_member(t, head);
    if (str_eq(tree_str(t, "object"), S("list")) && !str_eq(head, S("data")))
        return st_refuse(s, 400, "", S("expand"),
            "This property cannot be expanded (%.*s). You may want to try expanding 'data.%.*s' "
            "instead.",
            SARG(x->path), SARG(x->path));
    if (next == NULL || head.p[0] == '_') {
        TRY(include(s, t, head, &next));
        if (next == NULL)
            return st_refuse(s, 400, "", S("expand"),
                "This property cannot be expanded because it doesn't exist: %.*s.", SARG(x->path));
    }
    if (next->kind == JSON_NULL)
        return E_OK;
    return at(s, x, next, rest);
}

static enum err at(struct st *s, const struct expanding *x, struct tree *t, struct str path)
{
    struct str head, rest;
    if (t->kind == JSON_ARRAY) {
        tree_each (inner, t)
            TRY(at(s, x, inner, path));
        return E_OK;
    }
    if (t->kind == JSON_STRING)
        TRY(reference(s, x, t));
    if (path.n == 0)
        return tree_at(t, "object") != NULL || tree_at(t, "client_secret") != NULL
            ? E_OK
            : impossible(s, x);
    if (t->kind != JSON_OBJECT)
        return impossible(s, x);
    str_cut(path, '.', &head, &rest);
    return head.n > 0 ? step(s, x, t, head, rest) : impossible(s, x);
}

enum err st_expand(struct st *s)
{
    struct tree *asked = tree_at(s->params, "expand");
    if (asked == NULL)
        return E_OK;
    if (asked->kind != JSON_OBJECT)
        return st_refuse(s, 400, "", S("expand"), "Invalid array");
    tree_each (one, asked) {
        struct expanding x = { .path = one->text };
        struct str rest = x.path, head;
        for (bool more = true; more; x.depth++)
            more = str_cut(rest, '.', &head, &rest);
        if (one->kind != JSON_STRING || x.path.n == 0)
            return st_refuse(s, 400, "", S("expand"), "Invalid string: expand");
        if (x.depth > DEPTH_MAX)
            return st_refuse(s, 400, "", S("expand"),
                "You cannot expand more than %d levels of a property. Property: %.*s", DEPTH_MAX,
                SARG(x.path));
        TRY(at(s, &x, s->answer, x.path));
    }
    return E_OK;
}
