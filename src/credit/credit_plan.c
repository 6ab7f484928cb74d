#include "credit/credit.h"

#include "base/fault.h"
#include "credit/credit_book.h"

/* What plans give: a month's allowance, and how much of what was left before stays beside it. */

enum {
    LOTS = 32 /* at a time */
};

/* What ends soonest goes first: it would have been lost first. */
static enum err end_over_cap(struct ctx *c, struct credit_account *account, int64_t over)
{
    struct credit_lot lot[LOTS];
    size_t n = 0;
    while (over > 0) {
        TRY(credit_db_plan_lots(c, account->customer_n, lot, LOTS, &n));
        if (n == 0)
            return fail(c, STORE_CORRUPT, "a customer's plans left less than they add up to");
        for (size_t i = 0; i < n && over > 0; i++) {
            int64_t goes = lot[i].unused < over ? lot[i].unused : over;
            TRY(credit_end_lot(c, account, &lot[i], goes,
                str_fmt(
                    c->arena, "%lld credits above what the plan carries over", (long long)goes)));
            over -= goes;
        }
    }
    return E_OK;
}

enum err credit_renew(
    struct ctx *c, int64_t customer_n, const struct credit_month *m, bool *ret_given)
{
    struct credit_account account;
    int64_t left = 0;
    must(m->subscription_n > 0 && m->cap >= 0 && m->allowance > 0);
    TRY(credit_open(c, customer_n, &account));
    const struct credit_gift gift = {
        .source = m->source,
        .kind = CREDIT_PLAN,
        .amount = m->allowance,
        .order_n = m->order_n,
        .subscription_n = m->subscription_n,
        .ends_ms = m->ends_ms,
        .description = m->description,
    };
    TRY(credit_add_lot(c, &account, &gift, ret_given));
    if (!*ret_given || MUTANT(16)) /* nothing is ever too much */
        return E_OK;
    TRY(credit_db_plan_left(c, customer_n, &left));
    return end_over_cap(c, &account, left - m->cap);
}

enum err credit_lots_end(struct ctx *c, int64_t customer_n, int64_t subscription_n, int64_t ends_ms)
{
    struct credit_account account;
    TRY(credit_open(c, customer_n, &account)); /* what has ended stays ended */
    return credit_db_lots_end(c, subscription_n, ends_ms);
}

enum err credit_month_runs(struct ctx *c, int64_t customer_n, int64_t month_ms, int64_t renews_ms)
{
    struct credit_account account;
    TRY(credit_open(c, customer_n, &account));
    if (account.month_ms == month_ms && account.renews_ms == renews_ms)
        return E_OK;
    return credit_db_month(c, customer_n, month_ms, renews_ms);
}
