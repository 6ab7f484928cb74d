#include "ledger/ledger_db.h"

#include "ledger/ledger_hash.h"
#include "ledger/ledger_hour_db.h"

static struct str unit_text(enum currency cur)
{
    return cur == CUR_NONE ? LEDGER_CREDIT : currency_code(cur);
}

static void add(struct ledger_transaction *t, struct ledger_leg leg)
{
    must(leg.owner >= 0);
    if (leg.amount == 0)
        return;
    must(t->n < LEDGER_LEGS);
    t->leg[t->n++] = leg;
}

void ledger_money(
    struct ledger_transaction *t, enum ledger_account account, int64_t owner, struct money amount)
{
    must(amount.cur != CUR_NONE || amount.minor == 0);
    add(t, (struct ledger_leg) { account, owner, amount.cur, amount.minor });
}

void ledger_credits(
    struct ledger_transaction *t, enum ledger_account account, int64_t owner, int64_t credits)
{
    add(t, (struct ledger_leg) { account, owner, CUR_NONE, credits });
}

/* For each leg the sum of its unit, so that no unit is left out. */
static void check_balance(const struct ledger_transaction *t)
{
    for (size_t i = 0; i < t->n; i++) {
        int64_t sum = 0;
        for (size_t k = 0; k < t->n; k++)
            if (t->leg[k].cur == t->leg[i].cur)
                must(!__builtin_add_overflow(sum, t->leg[k].amount, &sum));
        must(sum == 0);
    }
}

enum err ledger_post(struct ctx *c, const struct ledger_transaction *t, int64_t *ret_fact_n)
{
    struct ledger_entry entry[LEDGER_LEGS] = { 0 };
    struct ledger_hash hash = ledger_hash_begin(c->arena);
    struct fact fact = t->fact;
    int64_t fact_n = 0;
    must(fact.ledger.n == 0);
    check_balance(t);
    for (size_t i = 0; i < t->n; i++) {
        entry[i] = (struct ledger_entry) {
            .account = (int64_t)t->leg[i].account,
            .owner = t->leg[i].owner,
            .unit = unit_text(t->leg[i].cur),
            .amount = t->leg[i].amount,
            .at_ms = c->now_ms,
        };
        ledger_hash_add(&hash, &entry[i]);
    }
    struct sha256 sealed = ledger_hash_end(&hash);
    if (t->n > 0)
        fact.ledger = (struct str) { (const char *)sealed.b, sizeof sealed.b };
    TRY(fact_add(c, &fact, &fact_n));
    for (size_t i = 0; i < t->n; i++)
        entry[i].n = fact_n * LEDGER_LEGS + (int64_t)i;
    if (t->n > 0)
        TRY(ledger_insert(c, entry, t->n));
    if (ret_fact_n != NULL)
        *ret_fact_n = fact_n;
    return E_OK;
}

enum err ledger_balance(
    struct ctx *c, enum ledger_account account, int64_t owner, enum currency cur, int64_t *ret)
{
    struct ledger_open open;
    int64_t closed = 0, since = 0;
    bool behind = false;
    TRY(ledger_open_now(c, true, &open, &behind));
    TRY(ledger_closed_sum(c, account, owner, unit_text(cur), &closed));
    TRY(ledger_open_sum(c, &open, account, owner, unit_text(cur), &since));
    *ret = closed + since;
    return E_OK;
}

struct legs {
    struct ledger_leg *leg;
    size_t n;
};

static enum err take_leg(struct ctx *c, const struct ledger_entry *e, void *arg)
{
    struct legs *legs = arg;
    enum currency cur = CUR_NONE;
    if (!str_eq(e->unit, LEDGER_CREDIT) && !currency_parse(e->unit, &cur))
        return fail(c, STORE_CORRUPT, "an entry's unit is \"%.*s\"", SARG(e->unit));
    legs->leg[legs->n++] =
        (struct ledger_leg) { (enum ledger_account)e->account, e->owner, cur, e->amount };
    return E_OK;
}

enum err ledger_of_fact(
    struct ctx *c, int64_t fact_n, struct ledger_leg leg[LEDGER_LEGS], size_t *ret_n)
{
    struct legs legs = { leg, 0 };
    TRY(ledger_each(
        c, fact_n * LEDGER_LEGS, (fact_n + 1) * LEDGER_LEGS, LEDGER_LEGS, take_leg, &legs));
    *ret_n = legs.n;
    return E_OK;
}

struct str ledger_account_name(enum ledger_account account)
{
    switch (account) {
#define LEDGER_ACCOUNT(name, number, owner, about)                                                 \
    case LEDGER_##name:                                                                            \
        return S(#name);
#include "ledger/ledger.def"
#undef LEDGER_ACCOUNT
    }
    return S("?");
}
