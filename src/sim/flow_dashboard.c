#include "base/json.h"
#include "sim/flow.h"
#include "sim/vendor.h"

/* People at the gateway: they give money back and argue about it there, where purser hears of it
 * only by webhook, perhaps before it has heard of the payment. */

static bool emit(struct life *l, int page, const char *event)
{
    struct json_value data;
    const struct paypage *p = &l->page[page];
    bool ok = gateway_control(l, "/_sandbox/emit",
        str_fmt(&l->scratch, "{\"gateway\":\"%.*s\",\"event\":\"%s\",\"session\":\"%.*s\"}",
            SARG(p->vendor), event, SARG(p->id)),
        &data);
    if (ok)
        tell(l, p->order, "at the gateway: %.*s is %s", SARG(p->id), event);
    return ok;
}

static void refund(struct life *l, int64_t page)
{
    emit(l, (int)page, "refunded");
}

/* A part of what the page was about; Stripe alone says how much that was. */
static void refund_part(struct life *l, int64_t page)
{
    const struct paypage *p = &l->page[page];
    struct json_value data;
    int64_t part = p->units > 2 ? 1 + draw(&l->people, p->units / 2) : 0;
    bool counts = vendor_named(p->vendor)->digits(p->currency) == iso_digits(p->currency);
    if (part == 0 || !counts || !vendor_named(p->vendor)->keeps_keys)
        return;
    if (gateway_control(l, "/_sandbox/emit",
            str_fmt(&l->scratch,
                "{\"gateway\":\"%.*s\",\"event\":\"partially_refunded\",\"session\":\"%.*s\",\"amount\":%lld}",
                SARG(p->vendor), SARG(p->id), (long long)part),
            &data))
        tell(
            l, p->order, "at the gateway: %lld of %.*s are refunded", (long long)part, SARG(p->id));
}

static void win(struct life *l, int64_t page)
{
    if (emit(l, (int)page, "dispute_won"))
        l->page[page].wavered = true;
}

static void lose(struct life *l, int64_t page)
{
    emit(l, (int)page, "dispute_lost");
}

static void dispute(struct life *l, int64_t page)
{
    int64_t days = 1 + draw(&l->people, 3 * (int64_t)DAY), how = draw(&l->people, 3);
    if (!emit(l, (int)page, "disputed"))
        return;
    l->page[page].disputed = true;
    meet(l, SIM_MET_DISPUTED);
    if (how < 2)
        life_at(l, l->now_ms + days, how == 0 ? win : lose, page);
}

static void paid(struct life *l, int page)
{
    int64_t lot = draw(&l->people, 20), when = draw(&l->people, 4);
    int64_t wait = draw(&l->people, when == 0 ? 2 * SECOND : when == 1 ? MINUTE : DAY);
    /* Where an argument has its own sums, more of them. */
    bool sums = !l->long_one && str_eq(l->page[page].vendor, S("stripe"));
    bool argues = sums ? lot % 2 == 1 : lot >= 4;
    int64_t parts = sums ? draw(&l->people, 4) : 0, before = sums ? draw(&l->people, wait + 1) : 0;
    if (l->level[SIM_DASHBOARD] == 0 || lot >= 2 + l->level[SIM_DASHBOARD])
        return;
    for (int64_t i = 0; i < parts - 1; i++)
        life_at(l, l->now_ms + before, refund_part, page);
    life_at(l, l->now_ms + wait, argues ? dispute : refund, page);
}

static void begin(struct life *l)
{
    trace(l, (uint64_t)l->level[SIM_DASHBOARD]);
}

const struct flow flow_dashboard = {
    .name = S_INIT("dashboard"),
    .begin = begin,
    .paid = paid,
};
