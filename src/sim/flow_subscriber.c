#include "base/json.h"
#include "sim/flow.h"
#include "sim/vendor.h"

/* Subscribers: they buy plans, sometimes two at once, change them, cancel and resume; their cards
 * fail and are mended.  At the gateway people end plans and give periods back. */

enum {
    ERRANDS_EACH = 5,
    HURRIES_MAX = 4,
    TRIES_MAX = 14
};
enum kind {
    CHANGE_NOW,
    CHANGE_LATER,
    END_LATER,
    END_NOW,
    RESUME,
    STAY,
    KINDS
};
static const struct {
    const char *path;
    int met; /* when it is answered 200; -1: no situation of its own */
} calls[KINDS] = {
    [CHANGE_NOW] = { "/api/subscription/change", SIM_MET_PLAN_UP },
    [CHANGE_LATER] = { "/api/subscription/change", SIM_MET_PLAN_DOWN },
    [END_LATER] = { "/api/subscription/cancel", SIM_MET_PLAN_ENDED },
    [END_NOW] = { "/api/subscription/cancel", SIM_MET_PLAN_ENDED },
    [RESUME] = { "/api/subscription/resume", SIM_MET_PLAN_RESUMED },
    [STAY] = { "/api/subscription/resume", -1 },
};

/* ---- asking */

static void ask(struct life *l, int64_t n);

static void again(struct life *l, int n)
{
    struct errand *e = &l->errand[n];
    int64_t pause = draw(&l->people, e->tries < 4 ? 3 * SECOND : 3 * MINUTE);
    if (e->tries < (l->calm ? 4 * TRIES_MAX : TRIES_MAX))
        life_at(l, l->now_ms + 500 + pause, ask, n);
    else
        e->refused = e->unsure = true;
}

static void keep(struct life *l, int n, struct str body)
{
    struct errand *e = &l->errand[n];
    l->sum.checked[SIM_I10]++;
    if (e->kept && !str_eq(e->answer, body))
        violate(l, SIM_I10, -1, "%.*s was answered with other bytes than before", SARG(e->key));
    if (e->kept)
        return;
    e->kept = true;
    e->answer = str_copy(&l->arena, body);
    if (calls[e->kind].met >= 0)
        meet(l, (enum sim_sometimes)calls[e->kind].met);
}

static void answered(struct life *l, struct ask *a)
{
    const int n = (int)a->of;
    struct errand *e = &l->errand[n];
    struct str body = answer_body(&a->r);
    int status = a->lost ? 0 : a->r.out.status;
    tell(l, -1, "%.*s asked %.*s %.*s: %d %.*s", SARG(l->member[e->member].id), SARG(e->path),
        SARG(e->body), status, SARG(str_part(body, 0, status == 200 ? 0 : 160)));
    bool said_no = status == 502 && str_has(body, S("GATEWAY_REJECTED"));
    if (a->lost || strikes(l, SIM_HASTE, 25) || (status >= 500 && !said_no) ||
        str_has(body, S("IDEMPOTENCY_IN_PROGRESS"))) {
        again(l, n);
        return;
    }
    if (status == 200) {
        keep(l, n, body);
        return;
    }
    if (e->kept)
        violate(
            l, SIM_I10, -1, "%.*s was taken before, and is answered %d now", SARG(e->key), status);
    e->refused = true;
}

static void ask(struct life *l, int64_t n)
{
    struct errand *e = &l->errand[n];
    if (e->refused || (e->kept && !l->calm))
        return;
    e->tries++;
    struct ask *a = flow_post(l, &(struct posting) { e->path, e->key, e->body, answered, n });
    if (a == NULL)
        again(l, (int)n);
    else if (!e->kept && strikes(l, SIM_HASTE, 12))
        life_at(l, l->now_ms + draw(&l->people, 50), ask, n);
}

/* ---- what is wished for */

static const struct good *plan_drawn(struct life *l, struct str group)
{
    const struct shelf *s = &l->sim->shelf;
    int64_t first = draw(&l->people, (int64_t)s->plans);
    for (size_t i = 0; i < s->plans; i++) {
        const struct good *g = &s->good[s->goods + ((size_t)first + i) % s->plans];
        if (group.n == 0 || str_eq(g->group, group))
            return g;
    }
    never("a group without a plan");
}

static struct str body_of(struct life *l, enum kind kind, const struct member *m)
{
    struct buf b = BUF(&l->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "customerId", m->id);
    json_str(&j, "group", m->group);
    if (kind == CHANGE_NOW || kind == CHANGE_LATER) {
        const struct good *g = plan_drawn(l, m->group);
        json_str(&j, "plan", g->product);
        json_str(&j, "interval", g->months == 12 ? S("year") : S("month"));
    }
    if (kind <= END_NOW)
        json_str(&j, "when", kind == CHANGE_NOW || kind == END_NOW ? S("now") : S("period_end"));
    if (kind == STAY)
        json_bool(&j, "pendingChange", true);
    json_close(&j, '}');
    return buf_str(&b);
}

static void errand_add(struct life *l, int member, enum kind kind, int64_t at_ms)
{
    if (l->errands == ERRANDS_MAX)
        return;
    struct errand *e = &l->errand[l->errands];
    *e = (struct errand) {
        .kind = (int)kind,
        .member = member,
        .key = str_fmt(&l->arena, "errand-%zu", l->errands),
        .path = str_of_c(calls[kind].path),
        .body = body_of(l, kind, &l->member[member]),
    };
    life_at(l, at_ms, ask, (int64_t)l->errands++);
}

void subscriber_hurries(struct life *l, struct str url)
{
    int64_t lot = draw(&l->people, 3);
    for (size_t i = 0; i < l->members; i++) {
        struct member *m = &l->member[i];
        if (m->reference.n == 0 || !str_has(url, m->reference) || m->hurries == HURRIES_MAX)
            continue;
        m->hurries++;
        errand_add(l, (int)i, lot < 2 ? CHANGE_NOW : END_LATER, l->now_ms);
    }
}

static void buy(struct life *l, int64_t member)
{
    const struct member *m = &l->member[member];
    const struct shelf *s = &l->sim->shelf;
    const struct good *g = plan_drawn(l, m->group);
    int64_t duty = draw(&l->people, 3), how = draw(&l->people, 12), tab = draw(&l->people, 3);
    struct wish w = { .who = m->id, .again = true, .plan = PLAN_PAY };
    w.pick = (struct pick) { .good = { (size_t)(g - s->good) }, .quantity = { 1 }, .n = 1 };
    w.pick.code = w.pick.duty = -1;
    if (duty == 0 && s->duties > 0)
        w.pick.duty = (int)draw(&l->people, (int64_t)s->duties);
    if (how == 0)
        w.plan = PLAN_DECLINED_FIRST;
    if (how == 1 && l->level[SIM_TARDY] > 0)
        w.plan = PLAN_LATE;
    buyer_wants(l, &w, l->now_ms);
    if (l->level[SIM_HASTE] == 0 || tab > 0)
        return;
    g = plan_drawn(l, m->group);
    w.pick.good[0] = (size_t)(g - s->good);
    w.plan = draw(&l->people, 3) == 0 ? PLAN_LATE : PLAN_BOTH;
    buyer_wants(l, &w, l->now_ms + draw(&l->people, 50 * SECOND));
}

/* ---- cards */

static void use_card(struct life *l, const struct member *m, const char *card)
{
    struct json_value v;
    struct str id = S("");
    if (!desk_do(l, "POST", str_fmt(&l->scratch, "/v1/payment_methods/pm_card_%s/attach", card),
            str_fmt(&l->scratch, "customer=%.*s", SARG(m->payer)), &v))
        return;
    json_to_str(&l->scratch, json_at(v, "id"), &id);
    desk_do(l, "POST", str_fmt(&l->scratch, "/v1/subscriptions/%.*s", SARG(m->reference)),
        str_fmt(&l->scratch, "default_payment_method=%.*s", SARG(id)), &v);
}

static void card_fails(struct life *l, int64_t member)
{
    const struct member *m = &l->member[member];
    if (m->reference.n == 0)
        return;
    use_card(l, m, "chargeCustomerFail");
    tell(l, -1, "the card of %.*s will be declined", SARG(m->id));
}

static void card_mended(struct life *l, int64_t member)
{
    const struct member *m = &l->member[member];
    struct json_value v;
    if (m->reference.n == 0)
        return;
    use_card(l, m, "visa");
    tell(l, -1, "the card of %.*s is mended", SARG(m->id));
    desk_read(l);
    for (size_t i = 0; i < l->bills; i++)
        if (str_eq(l->bill[i].standing, m->reference) && str_eq(l->bill[i].status, S("open")) &&
            desk_do(l, "POST", str_fmt(&l->scratch, "/v1/invoices/%.*s/pay", SARG(l->bill[i].id)),
                S(""), &v) &&
            json_is(json_at(v, "status"), "paid"))
            meet(l, SIM_MET_MENDED);
}

/* ---- people at the gateway */

static void end_there(struct life *l, int64_t member)
{
    const struct member *m = &l->member[member];
    struct json_value v;
    if (m->reference.n > 0 &&
        desk_do(l, "DELETE", str_fmt(&l->scratch, "/v1/subscriptions/%.*s", SARG(m->reference)),
            S(""), &v))
        tell(l, -1, "at the gateway: the plan of %.*s is ended", SARG(m->id));
}

static void give_back(struct life *l, int64_t member)
{
    const struct member *m = &l->member[member];
    struct json_value v;
    if (m->reference.n > 0 &&
        gateway_control(l, "/_sandbox/emit",
            str_fmt(&l->scratch, "{\"gateway\":\"stripe\",\"event\":\"refunded\",\"id\":\"%.*s\"}",
                SARG(m->reference)),
            &v)) {
        tell(l, -1, "at the gateway: the last period of %.*s is given back", SARG(m->id));
        meet(l, SIM_MET_PERIOD_BACK);
    }
}

/* ---- the flow */

/* Declined when the first month is over, and mended while there is grace, or not. */
static void draw_card(struct life *l, int64_t member)
{
    int64_t lot = draw(&l->people, 4), mended = draw(&l->people, 5 * (int64_t)DAY);
    if (lot > 1)
        return;
    life_at(l, l->now_ms + 25 * (int64_t)DAY, card_fails, member);
    if (lot == 0)
        life_at(l, l->now_ms + 32 * (int64_t)DAY + mended, card_mended, member);
}

static void paid(struct life *l, int page)
{
    struct json_value v;
    struct str payer = S(""), reference = S("");
    const struct bought *o = &l->order[l->page[page].order];
    if (!l->long_one || !str_eq(l->page[page].vendor, S("stripe")) || o->first_wish < 0)
        return;
    if (!desk_do(l, "GET",
            str_fmt(&l->scratch, "/v1/checkout/sessions/%.*s", SARG(l->page[page].id)), S(""), &v))
        return;
    json_to_str(&l->scratch, json_at(v, "customer"), &payer);
    json_to_str(&l->scratch, json_at(v, "subscription"), &reference);
    for (size_t i = 0; i < l->members && reference.n > 0; i++) {
        struct member *m = &l->member[i];
        if (!str_eq(m->id, l->wish[o->first_wish].who))
            continue;
        meet(l, m->pages_paid++ > 0 && m->reference.n > 0 ? SIM_MET_TWO_PLANS : SIM_MET_SUBSCRIBED);
        m->payer = str_copy(&l->arena, payer);
        m->reference = str_copy(&l->arena, reference);
        draw_card(l, (int64_t)i);
    }
}

static void inspect(struct life *l, int64_t of)
{
    (void)of;
    check_plans_now(l);
}

static void some_day(struct life *l, void (*deed)(struct life *l, int64_t of), int64_t member)
{
    int64_t at = l->begun_ms + DAY + draw(&l->people, l->trouble_ms - DAY);
    life_at(l, at, deed, member);
}

static void begin_one(struct life *l, int n)
{
    static const enum kind kinds[] = { CHANGE_NOW, CHANGE_NOW, CHANGE_NOW, CHANGE_LATER,
        CHANGE_LATER, END_LATER, END_LATER, END_NOW, RESUME, RESUME, STAY };
    int64_t errands = draw(&l->people, ERRANDS_EACH), doubt = draw(&l->people, 4),
            more = draw(&l->people, 3), first = draw(&l->people, 2 * DAY);
    l->member[n] = (struct member) {
        .id = str_fmt(&l->arena, "credit%d", n),
        .group = plan_drawn(l, S(""))->group,
    };
    life_at(l, l->begun_ms + first, buy, n);
    for (int64_t i = 0; i < more; i++)
        some_day(l, buy, n);
    for (int64_t i = 0; i < errands; i++) {
        int64_t kind = draw(&l->people, ARRAY_LEN(kinds));
        int64_t at = l->begun_ms + DAY + draw(&l->people, l->trouble_ms - DAY);
        errand_add(l, n, kinds[kind], at);
        /* Who wants one thing wants another a moment later. */
        int64_t next = draw(&l->people, 3), other = draw(&l->people, ARRAY_LEN(kinds));
        if (next == 0)
            errand_add(l, n, kinds[other], at + draw(&l->people, 2 * MINUTE));
    }
    if (doubt == 0) {
        int64_t at = l->begun_ms + 3 * (int64_t)DAY + draw(&l->people, 20 * (int64_t)DAY);
        errand_add(l, n, END_LATER, at);
        errand_add(l, n, RESUME, at + draw(&l->people, 2 * (int64_t)DAY));
    }
    if (l->level[SIM_DASHBOARD] == 0)
        return;
    if (draw(&l->people, 8) == 0)
        some_day(l, end_there, n);
    if (draw(&l->people, 3) == 0)
        some_day(l, give_back, n);
}

static void begin(struct life *l)
{
    if (!l->long_one)
        return;
    for (int i = 0; i < MEMBERS_MAX; i++)
        begin_one(l, i);
    l->members = MEMBERS_MAX;
    for (int64_t at = 5 * (int64_t)DAY; at < l->trouble_ms; at += 9 * (int64_t)DAY)
        life_at(l, l->begun_ms + at, inspect, 0);
}

const struct flow flow_subscriber = {
    .name = S_INIT("subscriber"),
    .begin = begin,
    .paid = paid,
};
