#include "base/json.h"
#include "sim/check_plan.h"

/* P1 to P6: plans and what they bring, against the gateway that renews them. */

const struct good *good_of_price(const struct shelf *s, struct str price)
{
    for (size_t i = 0; i < s->plans; i++)
        if (str_eq(s->good[s->goods + i].price, price))
            return &s->good[s->goods + i];
    return NULL;
}

const struct good *good_of_standing(const struct shelf *s, const struct standing *at)
{
    for (size_t i = 0; i < s->plans; i++)
        if (s->good[s->goods + i].amount == at->amount &&
            s->good[s->goods + i].months == at->months)
            return &s->good[s->goods + i];
    return NULL;
}

const struct look_plan *plan_known(const struct plans *k, struct str reference)
{
    for (size_t i = 0; i < k->plans; i++)
        if (str_eq(k->plan[i].reference, reference))
            return &k->plan[i];
    return NULL;
}

struct plans *plans_read(struct life *l)
{
    struct ctx *c = &l->c;
    struct plans *k = arena_new(&l->scratch, struct plans);
    c->store = l->process.store;
    must(look_plans(c, k->plan, PLANS_MAX, &k->plans) == E_OK);
    must(look_periods(c, k->period, PERIODS_MAX, &k->periods) == E_OK);
    must(look_lots(c, k->lot, LOTS_MAX, &k->lots) == E_OK);
    must(look_access(c, k->access, PLANS_MAX, &k->accesses) == E_OK);
    return k;
}

bool standing_is_over(const struct standing *s)
{
    return str_eq(s->status, S("canceled")) || str_eq(s->status, S("incomplete_expired"));
}

/* ---- after each commit */

/* P6: some months after the anchor, by a calendar that is not purser's and not the gateway's.  A
 * period of another length counts from its own first day. */
static void check_end_day(struct life *l, const struct look_plan *p)
{
    if (calendar_month(p->start_ms, 1) / DAY != calendar_month(p->anchor_ms, 0) / DAY &&
        calendar_month(p->end_ms, 1) / DAY != calendar_month(p->anchor_ms, 0) / DAY)
        meet(l, SIM_MET_MONTH_END);
    l->sum.checked[SIM_P6]++;
    if (calendar_month(p->start_ms, p->months) == p->end_ms)
        return;
    int64_t m = (p->end_ms - p->anchor_ms) / (31 * (int64_t)DAY);
    for (; calendar_month(p->anchor_ms, m) < p->end_ms - SLIP_MS; m++)
        ;
    int64_t last = calendar_month(p->anchor_ms, m);
    if (last > p->end_ms + SLIP_MS)
        violate(l, SIM_P6, -1,
            "%.*s ends on day %lld, and month %lld after day %lld is day %lld; it began on day %lld",
            SARG(p->id), (long long)(p->end_ms / DAY), (long long)m,
            (long long)(p->anchor_ms / DAY), (long long)(last / DAY),
            (long long)(p->start_ms / DAY));
    /* From the 31st to the 30th, and from the 30th to the 28th. */
    if (calendar_month(last, 1) != calendar_month(p->anchor_ms, m + 1))
        meet(l, SIM_MET_MONTH_END);
}

/* Who writes down an answer that is older than what stands here brings back what was before, until
 * somebody asks again. */
static void check_newer(struct life *l, const struct look_plan *p, struct seen_plan *s)
{
    bool older = false;
    if (p->status == LOOK_PLAN_OVER ||
        (s->amount == p->amount && s->months == p->months && s->cancel_at_ms == p->cancel_at_ms))
        return;
    l->sum.checked[SIM_P5]++;
    for (size_t i = 0; i < l->watched; i++) {
        const struct standing *at = &l->watch[i];
        if (!str_eq(at->id, p->reference) || at->amount != p->amount || at->months != p->months ||
            at->cancel_at_ms != p->cancel_at_ms)
            continue;
        older = i < s->watch;
        if (!older) {
            s->watch = i;
            break;
        }
    }
    if (older)
        violate(l, SIM_P5, -1, "%.*s is %.*s, to end on day %lld, again: that is older",
            SARG(p->id), SARG(p->price),
            (long long)(p->cancel_at_ms > 0 ? (p->cancel_at_ms - l->begun_ms) / DAY : 0));
    s->amount = p->amount;
    s->months = p->months;
    s->cancel_at_ms = p->cancel_at_ms;
}

/* Late, by a person: it begins here that day, until the gateway says when it began. */
static bool was_accepted(const struct life *l, const struct look_plan *p)
{
    bool accepted = false;
    for (size_t i = 0; i < l->orders; i++)
        accepted = accepted ||
            (l->order[i].accepted && l->order[i].first_wish >= 0 &&
                str_eq(l->wish[l->order[i].first_wish].who, p->customer));
    return accepted;
}

/* By what was asked last: its webhook was lost, and sent again weeks later. */
static bool is_as_there(const struct life *l, const struct look_plan *p)
{
    for (size_t i = l->watched; i > 0; i--)
        if (str_eq(l->watch[i - 1].id, p->reference))
            return l->watch[i - 1].start_ms == p->start_ms;
    return false;
}

static void follow(struct life *l, const struct look_plan *p)
{
    struct seen_plan *s = NULL;
    for (size_t i = 0; i < l->seen_n; i++)
        if (l->seen[i].n == p->n)
            s = &l->seen[i];
    if (s == NULL) {
        must(l->seen_n < STANDINGS_MAX);
        s = &l->seen[l->seen_n++];
        *s = (struct seen_plan) { p->n, p->status, p->start_ms, p->end_ms, p->amount, p->months,
            p->cancel_at_ms, 0 };
    }
    check_newer(l, p, s);
    l->sum.checked[SIM_P5]++;
    if (s->status == LOOK_PLAN_OVER && p->status != LOOK_PLAN_OVER)
        violate(l, SIM_P5, -1, "%.*s was over, and goes on", SARG(p->id));
    if (p->start_ms < s->start_ms - 20 * (int64_t)DAY && !was_accepted(l, p) && !is_as_there(l, p))
        violate(l, SIM_P5, -1, "the period of %.*s moved %lld days back", SARG(p->id),
            (long long)((s->start_ms - p->start_ms) / DAY));
    if (s->status != p->status && p->status == LOOK_PLAN_PAST_DUE)
        meet(l, SIM_MET_PAST_DUE);
    if (s->status == LOOK_PLAN_PAST_DUE && p->status == LOOK_PLAN_OVER)
        meet(l, SIM_MET_DUNNED);
    if (s->status != p->status || s->end_ms != p->end_ms) {
        trace(l, (uint64_t)p->status);
        trace(l, (uint64_t)p->end_ms);
        tell(l, -1, "the plan of %.*s is %.*s, status %lld, paid until day %lld", SARG(p->customer),
            SARG(p->price), (long long)p->status, (long long)((p->end_ms - l->begun_ms) / DAY));
    }
    check_end_day(l, p);
    s->status = p->status;
    s->start_ms = p->start_ms;
    s->end_ms = p->end_ms;
}

/* What may come back to a plan's lots after they were cut to what carries over. */
static int64_t may_come_back(const struct life *l, struct str customer)
{
    int64_t sum = 0;
    for (size_t i = 0; i < l->deeds; i++)
        if (str_eq(str_fmt(l->c.arena, "credit%d", l->deed[i].customer), customer) &&
            l->deed[i].of >= 0)
            sum += l->deed[l->deed[i].of].amount;
    return sum;
}

static void check_left(struct life *l)
{
    const struct shelf *s = &l->sim->shelf;
    struct look_plan_left left[PLANS_MAX];
    size_t n = 0;
    int64_t most = 0, raise = 0;
    must(look_plan_left(&l->c, left, PLANS_MAX, &n) == E_OK);
    for (size_t i = 0; i < s->plans; i++) {
        const struct good *g = &s->good[s->goods + i];
        most = g->cap > most ? g->cap : most;
        raise = g->allowance > raise ? g->allowance : raise;
    }
    for (size_t i = 0; i < n; i++) {
        l->sum.checked[SIM_P3]++;
        if (left[i].left > most + raise + may_come_back(l, left[i].customer))
            violate(l, SIM_P3, -1, "the plans of %.*s have left %lld credits; they carry over %lld",
                SARG(left[i].customer), (long long)left[i].left, (long long)most);
    }
}

void check_plans_step(struct life *l)
{
    struct look_plan plan[PLANS_MAX];
    size_t n = 0;
    if (!l->long_one || !l->wrote || l->process.dead)
        return;
    l->wrote = false;
    l->c.store = l->process.store;
    must(look_plans(&l->c, plan, PLANS_MAX, &n) == E_OK);
    for (size_t i = 0; i < n; i++) {
        follow(l, &plan[i]);
        for (size_t k = 0; k < i; k++) {
            l->sum.checked[SIM_P1]++;
            if (plan[i].customer_n == plan[k].customer_n && str_eq(plan[i].group, plan[k].group) &&
                plan[i].status != LOOK_PLAN_OVER && plan[k].status != LOOK_PLAN_OVER)
                violate(l, SIM_P1, -1, "%.*s has %.*s and %.*s", SARG(plan[i].customer),
                    SARG(plan[k].id), SARG(plan[i].id));
        }
    }
    check_left(l);
}

/* ---- at any moment, with the gateway's books open */

/* The end of what was paid for, of all plans of a customer and group: the gateway's invoices. */
static int64_t paid_until(const struct life *l, const struct plans *k, const struct look_access *a)
{
    int64_t until = 0;
    for (size_t i = 0; i < l->bills; i++) {
        const struct bill *b = &l->bill[i];
        const struct look_plan *p = plan_known(k, b->standing);
        if (p != NULL && p->customer_n == a->customer_n && str_eq(p->group, a->group) &&
            str_eq(b->status, S("paid")) && b->end_ms > until)
            until = b->end_ms;
    }
    return until;
}

static void check_access(struct life *l, const struct plans *k)
{
    for (size_t i = 0; i < k->accesses; i++) {
        const struct look_access *a = &k->access[i];
        int64_t until = paid_until(l, k, a);
        l->sum.checked[SIM_P4]++;
        /* Before it is asked about a period counts from the moment at which it was heard of. */
        if (a->until_ms > until + l->sim->shelf.grace_ms + 4 * (int64_t)DAY ||
            (until == 0 && a->until_ms > l->now_ms))
            violate(l, SIM_P4, -1, "%.*s has %.*s until day %lld, and has paid until day %lld",
                SARG(a->customer), SARG(a->plan), (long long)((a->until_ms - l->begun_ms) / DAY),
                (long long)((until - l->begun_ms) / DAY));
    }
}

void check_plans_now(struct life *l)
{
    if (!l->process.up || l->process.dead || violated(l))
        return;
    desk_read(l);
    struct plans *k = plans_read(l);
    check_access(l, k);
}
