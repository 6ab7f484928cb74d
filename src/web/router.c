#include "web/web.h"

#include <stdlib.h>
#include <string.h>

/* A tree of path segments.  A segment of a template is literal ("orders") or holds one name
 * between literal ends ("{id}", "{id}.pdf"); literal ones win, then those with longer ends, and a
 * dead end is left again for the next candidate. */
enum {
    METHODS_MAX = 8,
    SEGMENTS_MAX = 24
};

struct node {
    struct str head, tail; /* literal: head is all of it */
    bool named;
    struct node *children, *next; /* siblings: literal ones first, then by length of their ends */
    const struct route *route[METHODS_MAX];
    size_t route_count;
};

struct router {
    struct arena arena;
    struct node root;
};

static struct node node_of(struct str segment)
{
    struct str open, close;
    if (!str_cut(segment, '{', &open, &close))
        return (struct node) { .head = segment };
    struct str name, tail;
    must(str_cut(close, '}', &name, &tail) && name.n > 0 && memchr(tail.p, '{', tail.n) == NULL);
    return (struct node) { .head = open, .tail = tail, .named = true };
}

static bool node_before(const struct node *a, const struct node *b)
{
    if (a->named != b->named)
        return !a->named;
    return a->named && a->head.n + a->tail.n > b->head.n + b->tail.n;
}

static struct node *child(struct router *router, struct node *parent, struct str segment)
{
    struct node want = node_of(segment);
    struct node **at = &parent->children;
    for (struct node *n = parent->children; n != NULL; n = n->next)
        if (n->named == want.named && str_eq(n->head, want.head) && str_eq(n->tail, want.tail))
            return n;
    while (*at != NULL && !node_before(&want, *at))
        at = &(*at)->next;
    struct node *made = arena_new(&router->arena, struct node);
    *made = want;
    made->next = *at;
    *at = made;
    return made;
}

static void add(struct router *router, const struct route *route)
{
    struct str path = str_of_c(route->path), segment;
    struct node *n = &router->root;
    size_t params = 0, segments = 0;
    must(str_starts(path, S("/")));
    path = str_from(path, 1);
    for (bool more = true; more; segments++) {
        more = str_cut(path, '/', &segment, &path);
        n = child(router, n, segment);
        params += n->named ? 1 : 0;
    }
    must(params <= REQ_PARAMS && segments <= SEGMENTS_MAX);
    must(route->run != NULL || route->operation != NULL);
    must(n->route_count < METHODS_MAX);
    for (size_t i = 0; i < n->route_count; i++)
        must(!str_eq(str_of_c(n->route[i]->method), str_of_c(route->method)));
    n->route[n->route_count++] = route;
}

struct router *router_new(const struct routes *const *lists, size_t n)
{
    struct router *router = calloc(1, sizeof *router);
    must(router != NULL);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < lists[i]->n; k++)
            add(router, &lists[i]->route[k]);
    return router;
}

void router_free(struct router *router)
{
    if (router == NULL)
        return;
    arena_free(&router->arena);
    free(router);
}

static bool fits(const struct node *n, struct str segment, struct str *ret_param)
{
    if (!n->named)
        return str_eq(n->head, segment);
    if (segment.n <= n->head.n + n->tail.n || !str_starts(segment, n->head) ||
        !str_ends(segment, n->tail))
        return false;
    *ret_param = str_part(segment, n->head.n, segment.n - n->head.n - n->tail.n);
    return true;
}

/* Recursion as deep as the templates are long, and no wider than their alternatives. */
static const struct node *walk(
    const struct node *n, struct str path, struct str *params, size_t param_count)
{
    struct str segment, rest;
    bool more = str_cut(path, '/', &segment, &rest);
    for (const struct node *k = n->children; k != NULL; k = k->next) {
        struct str param = S("");
        if (!fits(k, segment, &param))
            continue;
        if (k->named)
            params[param_count] = param;
        if (!more && k->route_count > 0)
            return k;
        const struct node *found =
            more ? walk(k, rest, params, param_count + (k->named ? 1 : 0)) : NULL;
        if (found != NULL)
            return found;
    }
    return NULL;
}

static struct str methods_of(struct arena *a, const struct node *n)
{
    struct buf b = BUF(a);
    for (size_t i = 0; i < n->route_count; i++) {
        struct str method = str_of_c(n->route[i]->method);
        if (i > 0)
            buf_add(&b, S(", "));
        buf_add(&b, method);
        if (str_eq(method, S("GET")))
            buf_add(&b, S(", HEAD"));
    }
    return buf_str(&b);
}

void router_match(const struct router *router, struct req *r)
{
    r->route = NULL;
    r->allow_methods = S("");
    struct str params[REQ_PARAMS] = { { NULL, 0 } };
    const struct node *n =
        r->path.n == 0 ? NULL : walk(&router->root, str_from(r->path, 1), params, 0);
    if (n == NULL)
        return;
    for (size_t i = 0; i < REQ_PARAMS; i++)
        r->params[i] = params[i];
    for (size_t i = 0; i < n->route_count; i++)
        if (str_eq(str_of_c(n->route[i]->method), r->method))
            r->route = n->route[i];
    if (r->route == NULL)
        r->allow_methods = methods_of(r->c->arena, n);
}
