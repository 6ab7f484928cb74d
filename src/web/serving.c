#include "web/loop.h"

#include <stdlib.h>
#include <unistd.h>

/* What serves requests goes from connection to connection; its arena keeps a first chunk, so an
 * ordinary request costs no malloc. */

struct serving *serving_take(struct server *s, struct conn *k)
{
    struct serving *v = s->spare;
    if (v != NULL) {
        s->spare = v->next;
        s->spare_count--;
    } else {
        v = calloc(1, sizeof *v);
        must(v != NULL);
        v->in = malloc(IN_SMALL);
        must(v->in != NULL);
        v->in_cap = IN_SMALL;
        v->server = s;
        v->all_next = s->all;
        v->all_at = &s->all;
        if (s->all != NULL)
            s->all->all_at = &v->all_next;
        s->all = v;
    }
    v->next = NULL;
    v->conn = k;
    v->in_n = 0;
    take_begin(v);
    return v;
}

void serving_clear(struct serving *v)
{
    file_end(v);
    if (v->req.upload_fd >= 0)
        close(v->req.upload_fd);
    if (v->req.out.file_fd >= 0)
        close(v->req.out.file_fd);
    v->req.upload_fd = v->req.out.file_fd = -1;
    v->server->body_bytes -= (int64_t)v->body.n;
    v->body = (struct buf) { 0 };
    arena_reset(&v->req.arena);
}

void serving_free(struct serving *v)
{
    *v->all_at = v->all_next;
    if (v->all_next != NULL)
        v->all_next->all_at = v->all_at;
    arena_free(&v->req.arena);
    free(v->in);
    free(v);
}

void serving_give(struct serving *v)
{
    struct server *s = v->server;
    serving_clear(v);
    v->conn = NULL;
    if (s->spare_count >= SERVING_SPARE_MAX || v->in_cap > IN_SMALL) {
        serving_free(v);
        return;
    }
    v->next = s->spare;
    s->spare = v;
    s->spare_count++;
}
