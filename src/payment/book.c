#include "payment/book.h"

static struct money minus(struct money m)
{
    return (struct money) { -m.minor, m.cur };
}

/* The sale's two legs: what is ours, and what is the state's. */
static void sold(
    struct ledger_transaction *t, const struct order *o, const struct attempt *a, int sign)
{
    int64_t ours = a->amount.minor - o->tax_minor;
    ledger_money(t, LEDGER_SALES, 0, (struct money) { -sign * ours, a->amount.cur });
    ledger_money(t, LEDGER_TAX, 0, (struct money) { -sign * o->tax_minor, a->amount.cur });
}

enum err book_sale(struct ctx *c, const struct order *o, const struct attempt *a, bool held,
    struct fact fact, int64_t *ret_n)
{
    struct ledger_transaction t = { .fact = fact };
    if (held)
        ledger_money(&t, LEDGER_UNEXPLAINED, 0, a->amount);
    else
        ledger_money(&t, LEDGER_GATEWAY, (int64_t)a->gateway, a->amount);
    sold(&t, o, a, 1);
    return ledger_post(c, &t, ret_n);
}

enum err book_refund(
    struct ctx *c, const struct order *o, const struct attempt *a, struct fact fact, int64_t *ret_n)
{
    struct ledger_transaction t = { .fact = fact };
    ledger_money(&t, LEDGER_GATEWAY, (int64_t)a->gateway, minus(a->amount));
    sold(&t, o, a, -1);
    return ledger_post(c, &t, ret_n);
}

enum err book_unexplained(struct ctx *c, const struct attempt *a, struct fact fact, int64_t *ret_n)
{
    struct ledger_transaction t = { .fact = fact };
    ledger_money(&t, LEDGER_GATEWAY, (int64_t)a->gateway, a->amount);
    ledger_money(&t, LEDGER_UNEXPLAINED, 0, minus(a->amount));
    return ledger_post(c, &t, ret_n);
}

enum err book_returned(struct ctx *c, const struct attempt *a, struct fact fact)
{
    struct ledger_transaction t = { .fact = fact };
    ledger_money(&t, LEDGER_GATEWAY, (int64_t)a->gateway, minus(a->amount));
    ledger_money(&t, LEDGER_UNEXPLAINED, 0, a->amount);
    return ledger_post(c, &t, NULL);
}
