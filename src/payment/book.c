#include "payment/book.h"

static struct money minus(struct money m)
{
    return (struct money) { -m.minor, m.cur };
}

enum err book_sale(struct ctx *c, const struct order *o, const struct attempt *a, bool held,
    struct fact fact, int64_t *ret_n)
{
    struct ledger_transaction t = { .fact = fact };
    if (held)
        ledger_money(&t, LEDGER_UNEXPLAINED, 0, a->amount);
    else
        ledger_money(&t, LEDGER_GATEWAY, (int64_t)a->gateway, a->amount);
    const int64_t ours = a->amount.minor - o->tax_minor;
    ledger_money(&t, LEDGER_SALES, 0, (struct money) { -ours, a->amount.cur });
    ledger_money(&t, LEDGER_TAX, 0, (struct money) { -o->tax_minor, a->amount.cur });
    return ledger_post(c, &t, ret_n);
}

enum err payment_tax_in(
    struct ctx *c, const struct order *o, const struct attempt *a, int64_t back, int64_t *ret)
{
    struct money tax = { o->tax_minor, a->amount.cur }, part;
    if (!money_share(tax, back, a->amount.minor, &part))
        return fail(c, STORE_CORRUPT, "a share of an order's tax does not fit");
    *ret = part.minor;
    return E_OK;
}

enum err book_back(struct ctx *c, const struct order *o, const struct attempt *a,
    const struct book_back *back, struct fact fact)
{
    struct ledger_transaction t = { .fact = fact };
    const enum currency cur = a->amount.cur;
    const int64_t sum = back->after - back->before;
    int64_t before = 0, after = 0;
    must(sum != 0);
    TRY(payment_tax_in(c, o, a, back->before, &before));
    TRY(payment_tax_in(c, o, a, back->after, &after));
    ledger_money(&t, LEDGER_GATEWAY, (int64_t)a->gateway, (struct money) { -sum, cur });
    ledger_money(&t, LEDGER_SALES, 0, (struct money) { sum - (after - before), cur });
    ledger_money(&t, LEDGER_TAX, 0, (struct money) { after - before, cur });
    return ledger_post(c, &t, NULL);
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
