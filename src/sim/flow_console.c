#include "base/json.h"
#include "sim/flow.h"
#include "sim/look_db.h"

/* People in the console: they look at reviews, compare with what the gateway's dashboard shows, and
 * decide.  They are honest: who says "given back" has given back. */

enum {
    MOST = 16
};

struct desk {
    struct look_attempt attempt[MOST];
    size_t n;
    int live; /* pages of the order that hold money at the gateway */
    const struct look_attempt *held, *doubted;
};

static int page_of(struct life *l, const struct look_attempt *a)
{
    return a->session.n > 0 ? page_named(l, a->session) : -1;
}

static bool holds_money(const struct paypage *p)
{
    return p->captured && p->refunded_units == 0;
}

/* In place: held and doubted point into it. */
static void look_at(struct life *l, const struct look_order *o, int order, struct desk *d)
{
    *d = (struct desk) { .n = 0 };
    must(look_attempts(&l->c, o->n, d->attempt, MOST, &d->n) == E_OK);
    for (size_t i = 0; i < d->n; i++) {
        const struct look_attempt *a = &d->attempt[i];
        if (a->captured && a->extra && a->refunded == 0)
            d->held = a;
        else if (!a->captured && a->has_come && page_of(l, a) >= 0)
            d->doubted = a;
    }
    for (size_t i = 0; i < l->pages; i++)
        d->live += l->page[i].order == order && holds_money(&l->page[i]);
}

/* Money of this order that is not its sale goes back where it came from; false: some of it cannot,
 * while a bank has it. */
static bool give_back(struct life *l, const struct desk *d, int order)
{
    struct json_value data;
    bool all = true;
    for (size_t i = 0; i < l->pages; i++) {
        const struct paypage *p = &l->page[i];
        bool sale = false;
        for (size_t k = 0; k < d->n; k++)
            sale = sale ||
                (d->attempt[k].captured && !d->attempt[k].extra &&
                    str_eq(d->attempt[k].session, p->id));
        if (p->order != order || !holds_money(p) || sale)
            continue;
        if (gateway_control(l, "/_sandbox/emit",
                str_fmt(&l->scratch,
                    "{\"gateway\":\"%.*s\",\"event\":\"refunded\",\"session\":\"%.*s\"}",
                    SARG(p->vendor), SARG(p->id)),
                &data))
            tell(l, order, "a person gives %.*s back at the gateway", SARG(p->id));
        else
            all = false;
    }
    return all;
}

/* What purser shows of the doubted payment is what the dashboard shows, and all that there is. */
static bool may_accept(struct life *l, const struct look_order *o, const struct desk *d)
{
    const struct look_attempt *a = d->held != NULL ? d->held : d->doubted;
    int page = a != NULL ? page_of(l, a) : -1;
    if (page < 0 || o->completed_ms > 0 || d->live != 1 || !holds_money(&l->page[page]) ||
        str_eq(l->page[page].state, S("disputed")))
        return false;
    int64_t shown = d->held != NULL ? a->amount : a->came;
    struct str currency = d->held != NULL ? a->currency : a->came_currency;
    return shown == l->page[page].truth_units && str_eq(currency, l->page[page].truth_currency);
}

static void decided(struct life *l, struct ask *a)
{
    static const enum sim_sometimes met[] = { SIM_MET_ACCEPTED, SIM_MET_RETURNED,
        SIM_MET_DISMISSED };
    int order = (int)(a->of / 3), choice = (int)(a->of % 3);
    int status = a->lost ? 0 : a->r.out.status;
    tell(l, order, "the decision is answered %d", status);
    /* One whose answer was lost, or that ran twice, may have been taken. */
    if (status == 200 || status == 0 || status >= 409) {
        l->order[order].decided = true;
        l->order[order].accepted = l->order[order].accepted || choice == 0;
    }
    if (status == 200)
        meet(l, met[choice]);
}

static void decide(struct life *l, const struct look_order *o)
{
    static const char *const words[] = { "accept", "refunded", "dismiss" };
    int order = order_named(l, o->id);
    struct desk d;
    look_at(l, o, order, &d);
    bool accepts = may_accept(l, o, &d) && draw(&l->people, 3) > 0;
    if (!accepts && !give_back(l, &d, order))
        return; /* he looks again when the bank has decided */
    int choice = accepts ? 0 : d.held != NULL ? 1 : 2;
    const struct look_attempt *taken = d.held != NULL ? d.held : d.doubted;
    struct str named =
        accepts ? str_fmt(&l->scratch, ",\"attemptId\":\"%.*s\"", SARG(taken->id)) : S("");
    tell(l, order, "a person decides about the review: %s", words[choice]);
    process_ask(l,
        &(struct request) {
            .method = "POST",
            .path = str_fmt(&l->scratch, "/api/admin/reviews/%.*s/resolve", SARG(o->id)),
            .headers = S(KEY_HEADER "Content-Type: application/json\r\n"),
            .body = str_fmt(&l->scratch, "{\"choice\":\"%s\",\"reason\":\"seen\"%.*s}",
                words[choice], SARG(named)),
            .done = decided,
            .of = order * 3 + choice,
        });
}

static bool some_in_review(const struct look_order *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].status == LOOK_REVIEW)
            return true;
    return false;
}

static void come_by(struct life *l, int64_t of)
{
    struct look_order *list = arena_array(&l->scratch, struct look_order, ORDERS_MAX);
    size_t n = 0;
    (void)of;
    if (!l->process.up)
        return;
    l->c.store = l->process.store;
    must(look_orders(&l->c, list, ORDERS_MAX, &n) == E_OK);
    if (!some_in_review(list, n))
        return;
    must(wire_read_truth(l) == E_OK);
    for (size_t i = 0; i < n && l->process.up && !l->process.dead; i++)
        if (list[i].status == LOOK_REVIEW && draw(&l->people, 3) > 0)
            decide(l, &list[i]);
}

static void begin(struct life *l)
{
    int64_t every_ms = l->long_one ? 4 * (int64_t)DAY : 4 * (int64_t)HOUR;
    int64_t times = l->long_one ? l->trouble_ms / every_ms : 10;
    for (int64_t i = 1; i <= times && l->level[SIM_DECISIONS] > 0; i++)
        life_at(l, l->begun_ms + i * every_ms + draw(&l->people, HOUR), come_by, 0);
}

static void calm(struct life *l)
{
    for (int i = 1; i <= 12 && l->level[SIM_DECISIONS] > 0; i++)
        life_at(l, l->now_ms + i * 8 * (int64_t)HOUR, come_by, 0);
}

const struct flow flow_console = {
    .name = S_INIT("console"),
    .begin = begin,
    .calm = calm,
};
