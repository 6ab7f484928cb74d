#include "base/json.h"
#include "db/db.h"
#include "risk/fit_db.h"

/* The history that a fit learns from. */

struct reading {
    struct arena *keep;
    struct fit_history h;
    enum currency currency;
    int64_t after_n, until_ms;
    size_t room, rows;
};

static void make_room(struct reading *k)
{
    if (k->h.n < k->room)
        return;
    size_t room = k->room == 0 ? 1024 : k->room * 2;
    struct fit_sample *more = arena_array(k->keep, struct fit_sample, room);
    for (size_t i = 0; i < k->h.n; i++)
        more[i] = k->h.sample[i];
    k->h.sample = more;
    k->room = room;
}

static enum err take(struct ctx *c, const struct fit_row *row, void *arg)
{
    struct reading *k = arg;
    struct risk r = { .order_n = row->order_n };
    k->after_n = row->order_n;
    k->rows++;
    if (!row->fraud && !row->good)
        return E_OK;
    TRY(risk_read_reasons(c, row->reasons, &r));
    if (r.value[RISK_BASE] == 0) /* its buyer was erased */
        return E_OK;
    make_room(k);
    struct fit_sample *s = &k->h.sample[k->h.n++];
    *s = (struct fit_sample) { .fraud = row->fraud };
    if (row->total.cur == k->currency)
        s->minor = row->total.minor;
    for (size_t i = 0; i < RISK_FEATURES; i++)
        s->value[i] = (int32_t)r.value[i];
    k->h.frauds += s->fraud;
    return E_OK;
}

static enum err piece(struct ctx *c, void *arg, bool *ret_more)
{
    struct reading *k = arg;
    k->rows = 0;
    TRY(fit_db_rows(c, k->after_n, k->until_ms, take, k));
    *ret_more = k->rows == FIT_ROWS;
    return E_OK;
}

enum err fit_read(struct ctx *c, int64_t until_ms, struct fit_history *ret)
{
    struct reading k = { .keep = c->arena, .until_ms = until_ms };
    const struct catalog *catalog = NULL;
    TRY(catalog_now(c, &catalog));
    k.currency = catalog->currency;
    TRY(fit_db_newest(c, &k.after_n));
    k.after_n = k.after_n > FIT_MOST ? k.after_n - FIT_MOST : 0;
    TRY(ctx_pieces(c, INT64_MAX, piece, &k));
    *ret = k.h;
    return E_OK;
}
