#include "base/json.h"
#include "sim/check.h"
#include "sim/vendor.h"

/* D1: disputes at Stripe, whose own list of them and of what they moved is the truth.  Beside parts
 * that were refunded no sum may be counted by both. */

enum {
    DISPUTES_MAX = 256
};
/* As it stands at the gateway. */
struct argument {
    struct str id, status;
    int64_t amount, net; /* net: what its movements did to our balance there */
};
struct arguments {
    const struct books *b;
    struct argument there[DISPUTES_MAX];
    struct look_dispute here[DISPUTES_MAX];
    size_t theirs, ours;
};

static void read_there(struct life *l, struct arguments *k)
{
    struct json_value v;
    must(desk_do(l, "GET", S("/v1/disputes?limit=100"), S(""), &v)); /* no life has more */
    for (struct json_iter it = json_iter(json_at(v, "data")); json_next(&it);) {
        must(k->theirs < DISPUTES_MAX);
        struct argument *a = &k->there[k->theirs++];
        *a = (struct argument) { .amount = 0 };
        json_to_str(&l->scratch, json_at(it.value, "id"), &a->id);
        json_to_str(&l->scratch, json_at(it.value, "status"), &a->status);
        json_to_i64(json_at(it.value, "amount"), &a->amount);
        struct json_iter move = json_iter(json_at(it.value, "balance_transactions"));
        for (int64_t net = 0; json_next(&move); a->net += net)
            must(json_to_i64(json_at(move.value, "net"), &net));
    }
}

static const struct look_attempt *attempt_of(const struct books *b, int64_t n)
{
    for (size_t i = 0; i < b->attempts; i++)
        if (b->attempt[i].n == n)
            return &b->attempt[i];
    never("a dispute without a payment");
}

static const struct look_order *order_of(const struct books *b, int64_t n)
{
    for (size_t i = 0; i < b->orders; i++)
        if (b->order[i].n == n)
            return &b->order[i];
    never("a payment without an order");
}

/* The dispute's own movements in the books. */
static void check_moves(struct life *l, const struct books *b, const struct argument *there,
    const struct look_dispute *d, int order)
{
    enum { /* ledger.def */
        GATEWAY = 1,
        SALES = 2,
        TAX = 3,
        UNEXPLAINED = 7,
        DISPUTED = 9
    };
    const bool lost = str_eq(there->status, S("lost")), won = str_eq(there->status, S("won"));
    const int64_t held = lost || won ? 0 : there->amount, gone = lost ? there->amount : 0;
    int64_t gateway = sum_of(b, d->id, GATEWAY), disputed = sum_of(b, d->id, DISPUTED);
    int64_t back = sum_of(b, d->id, SALES) + sum_of(b, d->id, TAX) + sum_of(b, d->id, UNEXPLAINED);
    if (gateway != there->net || disputed != held || back != gone)
        violate(l, SIM_D1, order,
            "%.*s is %.*s and moved %lld; the books say %lld at the gateway, %lld disputed, %lld lost of %lld",
            SARG(there->id), SARG(there->status), (long long)there->net, (long long)gateway,
            (long long)disputed, (long long)back, (long long)there->amount);
}

/* Payment and order: what went back and what was lost are the gateway's sum, each in its place. */
static void check_sums(struct life *l, const struct argument *there, const struct look_attempt *a,
    const struct account *k, const struct paypage *p)
{
    const bool lost = str_eq(there->status, S("lost"));
    const int64_t gone = lost ? there->amount : 0, parts = p->refunded_units - gone;
    if (a->lost != gone || a->refunded != parts)
        violate(l, SIM_D1, k->order,
            "%.*s: %lld went back and %lld are lost; here %lld went back and %lld are lost",
            SARG(a->id), (long long)parts, (long long)gone, (long long)a->refunded,
            (long long)a->lost);
    else if (a == k->sale &&
        k->o->refunded != share_back(k->o->total, p->refunded_units, p->truth_units))
        violate(l, SIM_D1, k->order, "%lld of %lld are gone at the gateway; the order says %lld",
            (long long)p->refunded_units, (long long)p->truth_units, (long long)k->o->refunded);
    if (parts > 0)
        meet(l, lost ? SIM_MET_PART_LOST : SIM_MET_PART_DISPUTED);
}

static void check_one(struct life *l, const struct books *b, const struct argument *there,
    const struct look_dispute *d)
{
    const struct look_attempt *a = attempt_of(b, d->attempt_n);
    const struct paypage *p = page_of_attempt(l, a);
    const struct account k = account_of(l, b, order_of(b, a->order_n));
    bool counts = vendor_stripe.digits(a->currency) == iso_digits(a->currency);
    bool lied = false; /* a dispute that is won wavers, too, and is no lie */
    for (size_t i = 0; i < l->pages; i++)
        lied = lied || (l->page[i].order == k.order && l->page[i].lied);
    if (!counts || lied || !a->captured || p == NULL || !p->captured)
        return;
    l->sum.checked[SIM_D1]++;
    check_moves(l, b, there, d, k.order);
    check_sums(l, there, a, &k, p);
}

void check_disputes(struct life *l, const struct books *b)
{
    struct arguments *k = arena_new(&l->scratch, struct arguments);
    *k = (struct arguments) { .b = b };
    if (l->long_one)
        return; /* nobody argues there */
    must(look_disputes(&l->c, k->here, DISPUTES_MAX, &k->ours) == E_OK);
    read_there(l, k);
    for (size_t i = 0; i < k->theirs; i++)
        for (size_t n = 0; n < k->ours; n++)
            if (str_eq(k->there[i].id, k->here[n].reference))
                check_one(l, b, &k->there[i], &k->here[n]);
}
