#include "base/csv.h"
#include "web/give_csv.h"

/* A list that was written as JSON, given as a table: one row for each item, one column for each
 * name that any of them has, in the order in which they are met; what lies in an object is named
 * with a dot ("total.amount").  Lists inside an item stay JSON. */

enum {
    COLUMNS = 64
};
struct table {
    struct arena *arena;
    struct str name[COLUMNS];
    struct json_value cell[COLUMNS]; /* of the item that is being written */
    size_t n;
};

static void put(struct table *t, struct str name, struct json_value value)
{
    size_t i = 0;
    while (i < t->n && !str_eq(t->name[i], name))
        i++;
    if (i == COLUMNS)
        return;
    if (i == t->n)
        t->name[t->n++] = name;
    t->cell[i] = value;
}

/* As deep as items are: an object in an object. */
static void spread(struct table *t, struct json_value item)
{
    for (struct json_iter it = json_iter(item); json_next(&it);) {
        struct str name = json_name(t->arena, &it);
        if (it.value.kind != JSON_OBJECT) {
            put(t, name, it.value);
            continue;
        }
        for (struct json_iter in = json_iter(it.value); json_next(&in);)
            put(t, str_fmt(t->arena, "%.*s.%.*s", SARG(name), SARG(json_name(t->arena, &in))),
                in.value);
    }
}

static void write_cell(struct csv *csv, struct arena *a, struct json_value v)
{
    struct str text = S("");
    int64_t number = 0;
    if (json_to_i64(v, &number))
        csv_i64(csv, number);
    else if (json_to_str(a, v, &text))
        csv_str(csv, text);
    else
        csv_str(csv, v.kind == JSON_NULL || v.kind == JSON_ABSENT ? S("") : v.raw);
}

/* The same address behind the last row. */
static struct str next_link(struct req *r, struct str cursor)
{
    struct buf b = BUF(r->c->arena);
    struct str rest = r->query, pair;
    buf_fmt(&b, "<%.*s?", SARG(r->path));
    while (rest.n > 0) {
        str_cut(rest, '&', &pair, &rest);
        if (!str_starts(pair, S("after=")))
            buf_fmt(&b, "%.*s&", SARG(pair));
    }
    buf_fmt(&b, "after=%.*s>; rel=\"next\"", SARG(cursor));
    return buf_str(&b);
}

void give_csv(struct req *r)
{
    struct buf b = BUF(r->c->arena);
    struct csv csv = { .b = &b };
    struct table *t = arena_new(r->c->arena, struct table);
    struct json_value data = json_at(json_root(buf_str(&r->out.body)), "data");
    struct json_value items = json_member(data, S("items"));
    struct str cursor = json_text(r->c->arena, data, "next");
    bool more = false;
    if (items.kind != JSON_ARRAY)
        return;
    t->arena = r->c->arena;
    for (struct json_iter it = json_iter(items); json_next(&it);)
        spread(t, it.value);
    for (size_t i = 0; i < t->n; i++)
        csv_str(&csv, t->name[i]);
    csv_end(&csv);
    for (struct json_iter it = json_iter(items); json_next(&it);) {
        for (size_t i = 0; i < t->n; i++)
            t->cell[i] = (struct json_value) { .kind = JSON_ABSENT };
        spread(t, it.value);
        for (size_t i = 0; i < t->n; i++)
            write_cell(&csv, r->c->arena, t->cell[i]);
        csv_end(&csv);
    }
    if (json_to_bool(json_member(data, S("hasMore")), &more) && more && cursor.n > 0)
        answer_header(r, S("Link"), next_link(r, cursor));
    r->out.content_type = S("text/csv; charset=utf-8");
    r->out.body = b;
}
