#include "sim/check.h"
#include "sim/flow.h"

/* C1: credits that were bought.  How many came is what the shelf says of what was paid for, how
 * many went back is their share of what the gateway gave back, and the rest is what the application
 * was answered. */

enum {
    LOTS_MAX = 512
};
struct packs {
    const struct books *b;
    struct look_pack lot[LOTS_MAX];
    struct look_debt debt[LOTS_MAX];
    size_t lots, debts;
    int64_t bought[PURSES]; /* without what went back */
    bool argued[PURSES];    /* a bank argues about one of theirs */
    bool unsure[PURSES];
};

static const struct paypage *page_of_sale(struct life *l, const struct account *k)
{
    bool plain =
        k->o->status != LOOK_REVIEW && !l->order[k->order].decided && !k->doubted && k->sales == 1;
    return plain ? page_of_attempt(l, k->sale) : NULL;
}

/* Of what it cost: by what the gateway says, where nobody lied and nobody decided otherwise. */
static int64_t money_back(struct life *l, const struct account *k)
{
    if (k->sale == NULL || k->sale->amount == 0)
        return 0;
    const struct paypage *p = page_of_sale(l, k);
    return p != NULL && p->captured
        ? share_back(k->o->total, p->refunded_units, p->truth_units)
        : share_back(k->o->total, k->sale->refunded + k->sale->lost, k->sale->amount);
}

static const struct look_pack *lot_of(const struct packs *p, int64_t order_n, int *ret_n)
{
    const struct look_pack *found = NULL;
    *ret_n = 0;
    for (size_t i = 0; i < p->lots; i++)
        if (p->lot[i].order_n == order_n) {
            found = &p->lot[i];
            ++*ret_n;
        }
    return found;
}

static void check_pack(struct life *l, struct packs *p, const struct account *k)
{
    int lots = 0, wish = l->order[k->order].first_wish;
    const struct look_pack *lot = lot_of(p, k->o->n, &lots);
    if (wish < 0) {
        for (int i = 0; i < PURSES && lot != NULL; i++)
            p->unsure[i] = true; /* nobody was told whose it is */
        return;
    }
    const int64_t credits = shelf_credits(&l->sim->shelf, &l->wish[wish].pick);
    const int customer = credits_customer(l->wish[wish].who);
    const bool completed = facts_of(p->b, k->o->id, "ORDER_COMPLETED") > 0 && credits > 0;
    const int64_t back = money_back(l, k);
    const int64_t due = completed && back > 0 ? share_back(credits, back, k->o->total) : 0;
    l->sum.checked[SIM_C1]++;
    if (lots != completed || (completed && lot->given != credits))
        violate(l, SIM_C1, k->order, "%lld credits were bought, and %lld given in %d lots",
            (long long)(completed ? credits : 0), (long long)(lot != NULL ? lot->given : 0), lots);
    else if (completed && lot->taken != due)
        violate(l, SIM_C1, k->order,
            "%lld of %lld went back, and %lld of %lld credits, which should be %lld",
            (long long)back, (long long)k->o->total, (long long)lot->taken, (long long)credits,
            (long long)due);
    if (completed)
        meet(l, SIM_MET_PACK);
    if (due > 0)
        meet(l, SIM_MET_PACK_BACK);
    if (due > 0 && facts_of(p->b, k->o->id, "ORDER_PARTIALLY_REFUNDED") > 1)
        meet(l, SIM_MET_PACK_PARTS);
    if (!completed || customer < 0)
        return;
    p->bought[customer] += credits - due;
    p->argued[customer] = p->argued[customer] || (k->sale != NULL && k->sale->disputed);
}

static void check_purse(struct life *l, const struct packs *p, int customer)
{
    const struct purse *purse = &l->purse[customer];
    int64_t want = 0, debt = 0;
    for (size_t i = 0; i < p->debts; i++)
        if (credits_customer(p->debt[i].who) == customer)
            debt += p->debt[i].debt;
    if (debt > 0)
        meet(l, SIM_MET_PACK_OWED);
    if (!purse->seen || p->unsure[customer] || !credits_reckoned(l, customer, &want))
        return;
    want += p->bought[customer];
    l->sum.checked[SIM_I9]++;
    if (purse->balance < 0 || purse->balance + purse->reserved - debt != want ||
        (purse->reserved != 0 && !p->argued[customer]))
        violate(l, SIM_I9, -1,
            "credit%d has %lld, %lld reserved, and owes %lld; by what was answered, bought and given back it is %lld",
            customer, (long long)purse->balance, (long long)purse->reserved, (long long)debt,
            (long long)want);
}

void check_packs(struct life *l, const struct books *b)
{
    struct packs *p = arena_new(&l->scratch, struct packs);
    *p = (struct packs) { .b = b };
    if (l->long_one)
        return; /* plans: check_plan_end.c */
    must(look_packs(&l->c, p->lot, LOTS_MAX, &p->lots) == E_OK);
    must(look_debts(&l->c, p->debt, LOTS_MAX, &p->debts) == E_OK);
    for (size_t i = 0; i < b->orders; i++) {
        struct account k = account_of(l, b, &b->order[i]);
        check_pack(l, p, &k);
    }
    for (int i = 0; i < PURSES; i++)
        check_purse(l, p, i);
}
