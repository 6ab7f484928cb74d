#include "base/json.h"
#include "sim/flow.h"
#include "sim/vendor.h"

/* People of the business give money back through purser: all that is left or a part, sometimes two
 * of them the same at once, and who hears nothing asks again under the same key. */

enum {
    TRIES_MAX = 14
};

static void ask(struct life *l, int64_t n);

static void again(struct life *l, int n)
{
    struct giving *g = &l->giving[n];
    int64_t pause = draw(&l->people, g->tries < 4 ? 3 * SECOND : 3 * MINUTE);
    if (g->tries < (l->calm ? 4 * TRIES_MAX : TRIES_MAX))
        life_at(l, l->now_ms + 500 + pause, ask, n);
    else
        g->refused = true;
}

static void keep(struct life *l, struct giving *g, struct str body)
{
    l->sum.checked[SIM_I10]++;
    if (g->kept && !str_eq(g->answer, body))
        violate(
            l, SIM_I10, g->order, "%.*s was answered with other bytes than before", SARG(g->key));
    if (g->kept)
        return;
    g->kept = true;
    g->answer = str_copy(&l->arena, body);
    meet(l, g->part ? SIM_MET_PART_GIVEN : SIM_MET_GIVEN);
}

static void answered(struct life *l, struct ask *a)
{
    struct giving *g = &l->giving[a->of];
    struct str body = answer_body(&a->r);
    int status = a->lost ? 0 : a->r.out.status;
    tell(l, g->order, "%.*s: %.*s is answered %d %.*s", SARG(g->key), SARG(g->body), status,
        SARG(str_part(body, 0, status == 200 ? 0 : 160)));
    if (status == 200 && !strikes(l, SIM_HASTE, 25)) {
        keep(l, g, body);
        return;
    }
    if (status == 0 || status == 200 || status >= 500 || str_has(body, S("IN_PROGRESS"))) {
        again(l, (int)a->of);
        return;
    }
    if (g->kept)
        violate(l, SIM_I10, g->order, "%.*s was taken before, and is answered %d now", SARG(g->key),
            status);
    if (str_has(body, S("REFUND_EXCEEDS_PAYMENT")))
        meet(l, SIM_MET_GIVEN_ALL);
    g->refused = true;
}

static void ask(struct life *l, int64_t n)
{
    struct giving *g = &l->giving[n];
    if (g->refused || (g->kept && !l->calm))
        return;
    g->tries++;
    struct ask *a =
        flow_post(l, &(struct posting) { S("/api/admin/refunds"), g->key, g->body, answered, n });
    if (a == NULL)
        again(l, (int)n);
    else if (!g->kept && strikes(l, SIM_HASTE, 12))
        life_at(l, l->now_ms + draw(&l->people, 50), ask, n);
}

static void add(struct life *l, int order, int64_t part)
{
    if (l->givings == GIVINGS_MAX)
        return;
    struct giving *g = &l->giving[l->givings];
    struct buf b = BUF(&l->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "orderId", l->order[order].id);
    if (part > 0)
        json_i64(&j, "amount", part);
    json_str(&j, "reason", S("asked for"));
    json_close(&j, '}');
    *g = (struct giving) {
        .order = order,
        .part = part > 0,
        .key = str_fmt(&l->arena, "giving-%zu", l->givings),
        .body = buf_str(&b),
    };
    ask(l, (int64_t)l->givings++);
}

static void give(struct life *l, int64_t page)
{
    const struct paypage *p = &l->page[page];
    int64_t how = draw(&l->people, 3), both = draw(&l->people, 3);
    /* In a currency that both sides count alike. */
    bool counts = vendor_named(p->vendor)->digits(p->currency) == iso_digits(p->currency);
    int64_t part = 0;
    if (how > 0 && counts && p->units > 2)
        part = 1 + draw(&l->people, p->units * 3 / 4);
    add(l, p->order, part);
    if (both == 0)
        add(l, p->order, part);
}

static void paid(struct life *l, int page)
{
    int64_t lot = draw(&l->people, 6), when = draw(&l->people, 4), times = draw(&l->people, 3);
    int wish = l->order[l->page[page].order].first_wish;
    bool with_credits = wish >= 0 && shelf_credits(&l->sim->shelf, &l->wish[wish].pick) > 0;
    if (l->long_one || l->level[SIM_DECISIONS] == 0 || lot > (with_credits ? 2 : 0) ||
        !str_eq(l->page[page].vendor, S("stripe")))
        return;
    for (int64_t i = 0; i <= times; i++) {
        int64_t wait = draw(&l->people, when == 0 ? 2 * SECOND : when == 1 ? MINUTE : DAY);
        life_at(l, l->now_ms + wait, give, page);
    }
}

static void begin(struct life *l)
{
    trace(l, l->givings);
}

static void end(struct life *l)
{
    for (size_t i = 0; i < l->givings; i++)
        if (l->giving[i].kept)
            ask(l, (int64_t)i);
}

const struct flow flow_refund = {
    .name = S_INIT("refund"),
    .begin = begin,
    .paid = paid,
    .end = end,
};
