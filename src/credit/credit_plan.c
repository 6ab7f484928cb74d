#include "credit/credit.h"

#include "base/fault.h"
#include "credit/credit_book.h"

/* What plans give: a month's allowance, and how much of what was left before stays beside it. */

enum {
    LOTS = 32 /* at a time */
};

struct ending {
    struct credit_account *account;
    int64_t left;                     /* that shall still end */
    int64_t subscription_n, since_ms; /* 0: any plan's, whenever it was given */
    struct str why;
};

static enum err end_some(struct ctx *c, struct ending *k, const struct credit_lot *lot)
{
    int64_t goes = lot->unused < k->left ? lot->unused : k->left;
    bool meant = k->subscription_n == 0 ||
        (lot->subscription_n == k->subscription_n && lot->created_ms >= k->since_ms);
    if (!meant || goes == 0)
        return E_OK;
    k->left -= goes;
    return credit_end_lot(c, k->account, lot, goes, k->why);
}

/* What ends soonest goes first: it would have been lost first. */
static enum err end_lots(struct ctx *c, struct ending *k)
{
    struct credit_lot lot[LOTS];
    size_t n = LOTS;
    struct credit_lot last = { .n = 0 };
    while (k->left > 0 && n == LOTS) {
        TRY(credit_db_plan_lots(c, k->account->customer_n, &last, lot, LOTS, &n));
        for (size_t i = 0; i < n; i++)
            TRY(end_some(c, k, &lot[i]));
        if (n > 0)
            last = lot[n - 1];
    }
    return E_OK;
}

static enum err end_over_cap(struct ctx *c, struct credit_account *account, int64_t over)
{
    struct ending k = {
        .account = account,
        .left = over > 0 ? over : 0,
        .why = S("More than the plan carries over"),
    };
    TRY(end_lots(c, &k));
    return k.left == 0 ? E_OK
                       : fail(c, STORE_CORRUPT, "a customer's plans left less than they add up to");
}

enum err credit_end_unused(struct ctx *c, const struct credit_unused *unused)
{
    struct credit_account account;
    TRY(credit_open(c, unused->customer_n, &account));
    struct ending k = {
        .account = &account,
        .left = unused->most,
        .subscription_n = unused->subscription_n,
        .since_ms = unused->since_ms,
        .why = unused->why,
    };
    return end_lots(c, &k);
}

struct counting {
    const struct credit_unused *unused;
    int64_t n;
};

static enum err count_lot(struct ctx *c, const struct credit_lot *lot, void *arg)
{
    struct counting *k = arg;
    bool of_it =
        lot->subscription_n == k->unused->subscription_n && lot->created_ms >= k->unused->since_ms;
    k->n += of_it ? lot->unused : 0;
    return c->dead ? E_DEAD : E_OK;
}

enum err credit_count_unused(struct ctx *c, const struct credit_unused *unused, int64_t *ret)
{
    struct counting k = { .unused = unused };
    TRY(credit_lots(c, unused->customer_n, count_lot, &k));
    *ret = k.n < unused->most ? k.n : unused->most;
    return E_OK;
}

enum err credit_renew(
    struct ctx *c, struct credit_account *account, const struct credit_month *m, bool *ret_given)
{
    int64_t left = 0;
    must(m->subscription_n > 0 && m->cap >= 0 && m->allowance > 0);
    const struct credit_gift gift = {
        .source = m->source,
        .kind = CREDIT_PLAN,
        .amount = m->allowance,
        .order_n = m->order_n,
        .subscription_n = m->subscription_n,
        .ends_ms = m->ends_ms,
        .description = m->description,
    };
    TRY(credit_add_lot(c, account, &gift, ret_given));
    if (!*ret_given || MUTANT(18)) /* nothing is ever too much */
        return E_OK;
    TRY(credit_db_plan_left(c, account->customer_n, &left));
    return end_over_cap(c, account, left - m->cap);
}

/* What had ended stays ended: the account was opened before. */
enum err credit_lots_end(
    struct ctx *c, struct credit_account *account, int64_t subscription_n, int64_t ends_ms)
{
    TRY(credit_db_lots_end(c, subscription_n, ends_ms));
    return ends_ms <= c->now_ms ? credit_expire_lots(c, account) : E_OK;
}

enum err credit_month_runs(
    struct ctx *c, struct credit_account *account, int64_t month_ms, int64_t renews_ms)
{
    if (account->month_ms == month_ms && account->renews_ms == renews_ms)
        return E_OK;
    account->month_ms = month_ms;
    account->renews_ms = renews_ms;
    return credit_db_month(c, account->customer_n, month_ms, renews_ms);
}
