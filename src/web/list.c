#include "web/list.h"

int64_t list_want(const struct list *l)
{
    must(l->page.limit > 0);
    return l->page.limit + 1;
}

bool list_room(struct list *l, int64_t n)
{
    l->more = l->shown == l->page.limit;
    if (l->more)
        return false;
    l->shown++;
    l->last_n = n;
    return true;
}

void list_open(struct req *r, struct list *l)
{
    l->j = answer_json(r, 200);
    json_open(&l->j, "data", '{');
    json_open(&l->j, "items", '[');
}

void list_close_at(struct req *r, struct list *l, int64_t next_n)
{
    json_close(&l->j, ']');
    json_bool(&l->j, "hasMore", l->more);
    json_str_or_null(&l->j, "next", next_n > 0 ? page_cursor(r->c->arena, next_n) : S(""));
    json_close(&l->j, '}');
    answer_json_end(r, &l->j);
}

void list_close(struct req *r, struct list *l)
{
    list_close_at(r, l, l->more ? l->last_n : 0);
}
