#include "sim/flow.h"
#include "sim/look_db.h"
#include "sim/vendor.h"

/* Strangers: they send webhooks that nobody signed, that were altered on the way, that are old, or
 * that are genuine and about nobody's payment. */

static bool has_row(struct life *l, const struct parcel *p)
{
    bool found = false;
    struct str hash = { (const char *)p->hash.b, sizeof p->hash.b };
    l->c.store = l->process.store;
    must(look_event(&l->c, hash, &found, &(struct look_event) { 0 }) == E_OK);
    return found;
}

static struct parcel forged(struct life *l, const struct parcel *like, enum forgery how)
{
    struct parcel p = { .url = like->url, .headers = 2 };
    const struct vendor *v = vendor_of_url(like->url);
    struct ctx c = ctx_sibling(&l->c, &l->scratch);
    c.config = l->config;
    if (v == NULL || !v->forge(&c, how, like->body, &p.body, &p.header[0]))
        return (struct parcel) { .headers = 0 };
    p.header[1] = (struct net_header) { S("Content-Type"), S("application/json") };
    p.session = like->session;
    p.event = like->event;
    p.hash = sha256(p.body);
    return p;
}

static void refused(struct life *l, enum forgery how, const struct parcel *like)
{
    struct parcel p = forged(l, like, how);
    if (p.headers == 0)
        return;
    bool known = has_row(l, &p);
    p.body = str_copy(&l->arena, p.body);
    must(l->parcels < PARCELS_MAX);
    l->parcel[l->parcels] = p;
    int status = wire_deliver(l, l->parcels);
    l->sum.checked[SIM_R18]++;
    /* 429 is for who does that too often; 0 and 503 are our own death. */
    if (status != 400 && status != 429 && status != 0 && status != 503)
        violate(l, SIM_R18, -1, "a forged webhook was answered %d", status);
    else if (status == 400)
        meet(l, SIM_MET_FORGED);
    if (!l->process.dead && l->process.up && !known && has_row(l, &p))
        violate(l, SIM_R18, -1, "a forged webhook left a row");
}

static void come(struct life *l, int64_t of)
{
    (void)of;
    if (l->parcels == 0 || !l->process.up || l->process.dead || l->parcels >= PARCELS_MAX)
        return;
    size_t at = (size_t)draw(&l->chaos, (int64_t)l->parcels);
    int64_t how = draw(&l->chaos, FORGE_KINDS + 2);
    const struct parcel *like = &l->parcel[at];
    if (how < FORGE_KINDS) {
        refused(l, (enum forgery)how, like);
        return;
    }
    if (how == FORGE_KINDS) { /* an old one */
        wire_deliver(l, at);
        return;
    }
    struct parcel p = forged(l, like, FORGE_STRANGER);
    struct net_request in = {
        .url = p.url, .body = p.body, .header_count = 2, .headers = { p.header[0], p.header[1] }
    };
    if (p.headers > 0)
        wire_deliver(l, parcel_add(l, &in));
}

static void begin(struct life *l)
{
    for (int i = 0; i < 4 * l->level[SIM_FORGED]; i++)
        life_at(l, l->begun_ms + draw(&l->chaos, 40 * (int64_t)HOUR), come, 0);
}

const struct flow flow_stranger = {
    .name = S_INIT("stranger"),
    .begin = begin,
};
