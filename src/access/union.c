#include "access/access.h"

#include "base/json.h"
#include "catalog/catalog.h"

/* What all plans of a customer give together, written out. */

struct held {
    const struct catalog *k;
    const struct access_plan *plan;
    size_t n;
};

/* Names as they come, each once. */
struct names {
    struct str *name;
    size_t n, room;
};

static bool has_name(const struct names *k, struct str name)
{
    for (size_t i = 0; i < k->n; i++)
        if (str_eq(k->name[i], name))
            return true;
    return false;
}

static void add_names(struct ctx *c, struct str source, const char *member, struct names *inout)
{
    for (struct json_iter it = json_iter(json_at(json_root(source), member)); json_next(&it);) {
        const struct str name = json_name(c->arena, &it);
        if (has_name(inout, name))
            continue;
        if (inout->n == inout->room) {
            struct str *more = arena_array(c->arena, struct str, inout->room * 2 + 8);
            for (size_t i = 0; i < inout->n; i++)
                more[i] = inout->name[i];
            inout->name = more;
            inout->room = inout->room * 2 + 8;
        }
        inout->name[inout->n++] = name;
    }
}

static struct str features_of(struct ctx *c, const struct held *h)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    struct names names = { NULL, 0, 0 };
    for (size_t i = 0; i < h->k->product_count; i++)
        if (h->k->products[i].is_plan)
            add_names(c, h->k->products[i].source, "features", &names);
    for (size_t i = 0; i < h->n; i++)
        add_names(c, h->plan[i].terms, "features", &names);
    json_open(&j, NULL, '{');
    for (size_t k = 0; k < names.n; k++)
        json_bool(
            &j, str_c(c->arena, names.name[k]), access_any_says(h->plan, h->n, names.name[k]));
    json_close(&j, '}');
    return buf_str(&b);
}

static struct str limits_of(struct ctx *c, const struct held *h)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    struct names names = { NULL, 0, 0 };
    for (size_t i = 0; i < h->n; i++)
        add_names(c, h->plan[i].terms, "limits", &names);
    json_open(&j, NULL, '{');
    for (size_t k = 0; k < names.n; k++) {
        int64_t most = 0, one = 0;
        for (size_t i = 0; i < h->n; i++) {
            struct json_value limits = json_at(json_root(h->plan[i].terms), "limits");
            if (json_to_i64(json_member(limits, names.name[k]), &one) && one > most)
                most = one;
        }
        json_i64(&j, str_c(c->arena, names.name[k]), most);
    }
    json_close(&j, '}');
    return buf_str(&b);
}

static struct str plans_of(struct ctx *c, const struct held *h)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    for (size_t i = 0; i < h->n; i++) {
        bool first = true;
        for (size_t k = 0; k < i; k++)
            first = first && !str_eq(h->plan[k].group, h->plan[i].group);
        if (first)
            json_str(&j, str_c(c->arena, h->plan[i].group), h->plan[i].plan);
    }
    json_close(&j, '}');
    return buf_str(&b);
}

enum err access_union(struct ctx *c, int64_t customer_n, struct access_union *ret)
{
    struct held h = { NULL, NULL, 0 };
    TRY(catalog_now(c, &h.k));
    TRY(access_plans(c, customer_n, &h.plan, &h.n));
    *ret = (struct access_union) { plans_of(c, &h), features_of(c, &h), limits_of(c, &h) };
    return E_OK;
}
