#include "credit/credit.h"

#include "credit/credit_db.h"
#include "ledger/ledger.h"

/* I2 and I9: an account is what its lots and reservations hold, and what the ledger says; its days
 * are what its moves say. */

struct checking {
    struct buf *out;
    int64_t found;
};

static void line(
    struct checking *k, const struct credit_account *a, const char *what, int64_t says, int64_t is)
{
    buf_fmt(k->out, "credits of %.*s: the account says %s %lld, it is %lld\n", SARG(a->customer_id),
        what, (long long)says, (long long)is);
    k->found++;
}

static enum err check_one(struct ctx *c, const struct credit_sum *s, void *arg)
{
    struct checking *k = arg;
    const struct credit_account *a = &s->account;
    int64_t balance = 0, held = 0;
    TRY(ledger_balance(c, LEDGER_CREDITS, a->customer_n, CUR_NONE, &balance));
    TRY(ledger_balance(c, LEDGER_CREDITS_HELD, a->customer_n, CUR_NONE, &held));
    if (s->unused != a->balance)
        line(k, a, "lots hold", a->balance, s->unused);
    if (s->held != a->reserved)
        line(k, a, "reservations hold", a->reserved, s->held);
    if (balance != a->balance)
        line(k, a, "a balance of", a->balance, balance);
    if (s->added != s->used) {
        buf_fmt(k->out, "credits of %.*s: days add up to %lld used, moves to %lld\n",
            SARG(a->customer_id), (long long)s->added, (long long)s->used);
        k->found++;
    }
    if (held != a->reserved)
        line(k, a, "a reserved sum of", a->reserved, held);
    return E_OK;
}

enum err credit_verify(struct ctx *c, struct buf *out)
{
    struct checking k = { out, 0 };
    TRY(credit_db_sums(c, check_one, &k));
    return k.found == 0 ? E_OK : fail(c, CONFLICT, "credits do not add up");
}
