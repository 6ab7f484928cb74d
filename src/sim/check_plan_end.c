#include "base/json.h"
#include "sim/check_plan.h"

/* P1 to P5 in the end, when everything was told and asked. */

enum {
    SHORT_MS = 3 * DAY + HOUR
};
struct final {
    struct life *l;
    const struct plans *k;
    const struct books *b;
};

static bool is_alerted(const struct books *b, struct str subject)
{
    for (size_t i = 0; i < b->alerts; i++)
        if (str_eq(b->alert[i].subject, subject))
            return true;
    return false;
}

static const struct look_period *start_of(const struct plans *k, const struct look_plan *p)
{
    for (size_t i = 0; i < k->periods; i++)
        if (k->period[i].n == p->order_n)
            return &k->period[i];
    never("a plan that no order began");
}

/* ---- P1: nothing goes on at the gateway that nobody here knows of */

static void check_known(const struct final *f, const struct standing *at)
{
    struct life *l = f->l;
    int64_t status = -1;
    l->sum.checked[SIM_P1]++;
    for (size_t i = 0; i < f->b->orders; i++)
        if (str_eq(f->b->order[i].id, at->order))
            status = f->b->order[i].status;
    if (plan_known(f->k, at->id) == NULL && !standing_is_over(at) && status != LOOK_REVIEW &&
        !is_alerted(f->b, at->id))
        violate(l, SIM_P1, -1, "%.*s goes on at the gateway, and nobody here knows of it (%lld)",
            SARG(at->id), (long long)status);
}

/* Who bought a second plan of a group has a person decide: no payment is taken for nothing. */
static void check_begun(const struct final *f, const struct look_period *o)
{
    struct life *l = f->l;
    const int order = order_named(l, o->id);
    if (o->kind == LOOK_START && o->plan_n == 0 && o->status == LOOK_REVIEW)
        meet(l, SIM_MET_SECOND_START);
    if (o->kind != LOOK_START || o->status != LOOK_COMPLETED || l->order[order].decided)
        return;
    l->sum.checked[SIM_P1]++;
    if (o->plan_n == 0)
        violate(l, SIM_P1, order, "%.*s was paid for a plan and is complete, and began none",
            SARG(o->id));
}

/* ---- P2 */

static void check_bill(const struct final *f, const struct bill *b)
{
    struct life *l = f->l;
    const struct look_attempt *a = NULL;
    bool first = str_eq(b->reason, S("subscription_create"));
    if (b->amount == 0 || !str_eq(b->status, S("paid")) || first ||
        plan_known(f->k, b->standing) == NULL)
        return;
    l->sum.checked[SIM_P2]++;
    for (size_t i = 0; i < f->b->attempts; i++)
        if (str_eq(f->b->attempt[i].session, b->id)) {
            if (a != NULL)
                violate(l, SIM_P2, -1, "%.*s is %.*s and %.*s", SARG(b->id), SARG(a->id),
                    SARG(f->b->attempt[i].id));
            a = &f->b->attempt[i];
        }
    if (a == NULL)
        violate(l, SIM_P2, -1, "%.*s of %.*s was paid, and is no order", SARG(b->id),
            SARG(b->standing));
    else if (a->captured && a->amount != b->amount)
        violate(l, SIM_P2, -1, "%.*s is %lld here, and %lld there", SARG(b->id),
            (long long)a->amount, (long long)b->amount);
    if (str_eq(b->reason, S("subscription_cycle")))
        meet(l, SIM_MET_RENEWED);
}

/* Each change that was charged was wished for by somebody. */
static void check_charged(const struct final *f, const struct look_plan *p)
{
    struct life *l = f->l;
    int64_t charged = 0, wished = 0;
    for (size_t i = 0; i < l->bills; i++)
        charged += str_eq(l->bill[i].standing, p->reference) && l->bill[i].amount > 0 &&
            str_eq(l->bill[i].reason, S("subscription_update"));
    for (size_t i = 0; i < l->errands; i++)
        wished += str_eq(l->member[l->errand[i].member].id, p->customer) &&
            (!l->errand[i].refused || l->errand[i].unsure) &&
            str_has(l->errand[i].path, S("/change")) &&
            str_has(l->errand[i].body, S("\"when\":\"now\""));
    l->sum.checked[SIM_P2]++;
    if (charged > wished)
        violate(l, SIM_P2, -1, "%.*s was charged for %lld changes, and wished for %lld",
            SARG(p->id), (long long)charged, (long long)wished);
}

static const struct good *good_of_order(const struct final *f, const struct look_period *o)
{
    struct str price = S("");
    json_to_str(f->l->c.arena, json_at(json_root(o->lines), "0.price"), &price);
    return good_of_price(&f->l->sim->shelf, price);
}

static bool was_wished(const struct life *l, const struct look_plan *p, const struct good *g)
{
    struct str plan = str_fmt(l->c.arena, "\"plan\":\"%.*s\"", SARG(g->product));
    struct str interval =
        str_fmt(l->c.arena, "\"interval\":\"%s\"", g->months == 12 ? "year" : "month");
    for (size_t i = 0; i < l->errands; i++) {
        const struct errand *e = &l->errand[i];
        if (str_eq(l->member[e->member].id, p->customer) && e->tries > 0 &&
            str_has(e->body, plan) && str_has(e->body, interval))
            return true;
    }
    return false;
}

/* An answer that is older than the wish would turn the plan back to what it was. */
static void check_wished(const struct final *f, const struct look_plan *p)
{
    struct life *l = f->l;
    for (size_t i = 0; i < f->k->periods; i++) {
        const struct look_period *o = &f->k->period[i];
        const struct good *g = good_of_order(f, o);
        if (o->plan_n != p->n || o->kind != LOOK_CHANGE || g == NULL)
            continue;
        l->sum.checked[SIM_P5]++;
        if (!was_wished(l, p, g))
            violate(l, SIM_P5, -1, "%.*s was changed to %.*s by %.*s, which nobody wished",
                SARG(p->id), SARG(g->price), SARG(o->id));
    }
}

/* ---- P3 */

/* A further order that began a period anew ended the months of the one before it. */
static int64_t months_end(const struct final *f, const struct look_period *o)
{
    int64_t end = o->end_ms < f->l->now_ms ? o->end_ms : f->l->now_ms;
    for (size_t i = 0; i < f->k->periods; i++) {
        const struct look_period *p = &f->k->period[i];
        if (p->plan_n == o->plan_n && p->n != o->n && p->completed_ms > 0 &&
            p->start_ms > o->start_ms && p->start_ms < end)
            end = p->start_ms;
    }
    return end;
}

/* What a change leaves of the months is the gateway's to say, also of one that was heard of first.
 */
static bool was_changed(const struct final *f, const struct look_period *o)
{
    for (size_t i = 0; i < f->k->periods; i++)
        if (f->k->period[i].plan_n == o->plan_n && f->k->period[i].kind == LOOK_CHANGE &&
            (f->k->period[i].n > o->n || f->k->period[i].start_ms > o->start_ms))
            return true;
    return false;
}

static void check_months(const struct final *f, const struct look_period *o)
{
    struct life *l = f->l;
    const struct good *g = good_of_order(f, o);
    int64_t want = 0, most = 0, got = 0, end = months_end(f, o);
    if (o->completed_ms == 0 || o->end_ms <= o->start_ms || g == NULL || g->allowance == 0)
        return;
    /* By its first day, give or take what the 31st is short of. */
    while (calendar_month(o->start_ms, want) < end - SHORT_MS)
        want++;
    for (most = want; calendar_month(o->start_ms, most) < end; most++)
        ;
    want = want > 0 ? want : 1;
    most = most <= g->months ? most : g->months;
    for (size_t i = 0; i < f->k->lots; i++) {
        const struct look_lot *k = &f->k->lot[i];
        if (k->order_n != o->n || str_starts(k->source, S("ord_")))
            continue;
        got++;
        if (k->given != g->allowance && g->months == 1)
            violate(l, SIM_P3, -1, "%.*s brought %lld credits, and its plan gives %lld",
                SARG(o->id), (long long)k->given, (long long)g->allowance);
    }
    bool whole = !was_changed(f, o) && o->refunded == 0 && o->status != LOOK_REVIEW &&
        !l->order[order_named(l, o->id)].decided;
    l->sum.checked[SIM_P3]++;
    if (got > most || (whole && got < want))
        violate(l, SIM_P3, order_named(l, o->id),
            "%.*s paid for %lld months of %.*s from day %lld to day %lld, and brought credits %lld times",
            SARG(o->id), (long long)want, SARG(g->price),
            (long long)((o->start_ms - l->begun_ms) / DAY), (long long)((end - l->begun_ms) / DAY),
            (long long)got);
}

/* ---- P4 and P5 */

static const struct look_access *access_of(const struct final *f, const struct look_plan *p)
{
    for (size_t i = 0; i < f->k->accesses; i++)
        if (f->k->access[i].customer_n == p->customer_n && str_eq(f->k->access[i].group, p->group))
            return &f->k->access[i];
    return NULL;
}

/* The invoice that paid for the period in which it is; NULL: none did. */
static const struct bill *paid_by(const struct life *l, const struct standing *at)
{
    for (size_t i = 0; i < l->bills; i++)
        if (str_eq(l->bill[i].standing, at->id) && str_eq(l->bill[i].status, S("paid")) &&
            l->bill[i].start_ms == at->start_ms && l->bill[i].end_ms == at->end_ms)
            return &l->bill[i];
    return NULL;
}

/* Money of it went back, or a person decides: then it is theirs to say what it is worth. */
static bool is_argued(const struct final *f, const struct look_plan *p)
{
    bool argued = false;
    for (size_t i = 0; i < f->k->periods; i++) {
        const struct look_period *o = &f->k->period[i];
        argued = argued ||
            (o->plan_n == p->n &&
                (o->refunded > 0 || o->status == LOOK_REVIEW || o->status == LOOK_DISPUTED ||
                    f->l->order[order_named(f->l, o->id)].decided));
    }
    return argued;
}

static void check_same(const struct final *f, const struct look_plan *p, const struct standing *at)
{
    struct life *l = f->l;
    const struct bill *paid = paid_by(l, at);
    bool over = p->status == LOOK_PLAN_OVER;
    bool late = str_eq(at->status, S("past_due")) || str_eq(at->status, S("unpaid"));
    l->sum.checked[SIM_P5]++;
    if (over != standing_is_over(at))
        violate(l, SIM_P5, -1, "%.*s is %.*s at the gateway, and has status %lld here", SARG(p->id),
            SARG(at->status), (long long)p->status);
    if (over || violated(l))
        return;
    if (late != (p->status == LOOK_PLAN_PAST_DUE))
        violate(l, SIM_P5, -1, "%.*s is %.*s at the gateway, and has status %lld here", SARG(p->id),
            SARG(at->status), (long long)p->status);
    /* What was to come at the period's end came there, and is not paid for. */
    const struct good *next = late ? good_of_price(&l->sim->shelf, p->next_price) : NULL;
    bool waits = next != NULL && next->amount == at->amount && next->months == at->months;
    if (!waits && (p->amount != at->amount || p->months != at->months))
        violate(l, SIM_P5, -1, "%.*s is %.*s here, and costs %lld at the gateway", SARG(p->id),
            SARG(p->price), (long long)at->amount);
    if (p->cancel_at_ms != at->cancel_at_ms)
        violate(l, SIM_P5, -1, "%.*s ends on day %lld here, and on day %lld at the gateway",
            SARG(p->id), (long long)((p->cancel_at_ms - l->begun_ms) / DAY),
            (long long)((at->cancel_at_ms - l->begun_ms) / DAY));
    if (paid != NULL && p->end_ms != at->end_ms)
        violate(l, SIM_P5, -1, "%.*s is paid until day %lld here, and until day %lld there",
            SARG(p->id), (long long)((p->end_ms - l->begun_ms) / DAY),
            (long long)((at->end_ms - l->begun_ms) / DAY));
}

static void check_has_it(
    const struct final *f, const struct look_plan *p, const struct standing *at)
{
    struct life *l = f->l;
    const struct look_access *a = access_of(f, p);
    const struct bill *paid = paid_by(l, at);
    const struct good *g = good_of_standing(&l->sim->shelf, at);
    if (standing_is_over(at) || paid == NULL || is_argued(f, p))
        return;
    l->sum.checked[SIM_P4]++;
    if (a == NULL || a->until_ms < at->end_ms || (g != NULL && !str_eq(a->plan, g->product)))
        violate(l, SIM_P4, -1, "%.*s has paid for %.*s until day %lld, and has %.*s until day %lld",
            SARG(p->customer), SARG(g != NULL ? g->product : S("nothing known")),
            (long long)((at->end_ms - l->begun_ms) / DAY), SARG(a != NULL ? a->plan : S("nothing")),
            (long long)(a != NULL ? (a->until_ms - l->begun_ms) / DAY : 0));
}

static void check_plan(const struct final *f, const struct look_plan *p)
{
    struct life *l = f->l;
    const struct standing *at = desk_standing(l, p->reference);
    const struct look_period *start = start_of(f->k, p);
    if (p->reference.n == 0)
        return;
    if (at == NULL) {
        violate(l, SIM_P5, -1, "%.*s is no subscription of the gateway's", SARG(p->id));
        return;
    }
    check_charged(f, p);
    check_wished(f, p);
    if (is_alerted(f->b, p->id) || start->status == LOOK_REVIEW)
        return; /* a person was told */
    check_same(f, p, at);
    check_has_it(f, p, at);
}

void check_plans(struct life *l, const struct books *b)
{
    if (!l->long_one)
        return;
    const struct final f = { l, plans_read(l), b };
    check_plans_now(l);
    for (size_t i = 0; i < l->standings && !violated(l); i++)
        check_known(&f, &l->standing[i]);
    for (size_t i = 0; i < l->bills && !violated(l); i++)
        check_bill(&f, &l->bill[i]);
    for (size_t i = 0; i < f.k->periods && !violated(l); i++)
        check_months(&f, &f.k->period[i]);
    for (size_t i = 0; i < f.k->periods && !violated(l); i++)
        check_begun(&f, &f.k->period[i]);
    for (size_t i = 0; i < f.k->plans && !violated(l); i++)
        check_plan(&f, &f.k->plan[i]);
}
