#include "dispute/dispute_db.h"
#include "ledger/ledger_hour.h"
#include "payment/payment_verify.h"

/* I3: what disputes took is what their payments lost, and what gateways hold of us by all of it is
 * what the ledger says. */

/* What stands in one account by the rows, and by the ledger. */
struct stood {
    int64_t gateway; /* or COSTS */
    enum currency cur;
    int64_t rows, books;
};
enum {
    COSTS = -1,
    CHUNK = 500,
    STOOD_MAX = 512
};
struct checking {
    struct buf *out;
    int64_t found, last_n;
    bool more;
    struct stood stood[STOOD_MAX];
    size_t n;
};

static enum err check_payment(struct ctx *c, const struct dispute_sum *s, void *arg)
{
    struct checking *k = arg;
    struct attempt a;
    TRY(attempt_by_n(c, s->attempt_n, &a));
    struct str id = attempt_id(c->arena, &a);
    if (s->lost != s->lost_minor) {
        buf_fmt(k->out, "%.*s: disputes took %lld of it, the payment says %lld\n", SARG(id),
            (long long)s->lost, (long long)s->lost_minor);
        k->found++;
    }
    if (s->refunded_minor + s->lost_minor > s->amount_minor) {
        buf_fmt(k->out, "%.*s: more than was paid went back and was lost\n", SARG(id));
        k->found++;
    }
    if (s->astray) {
        buf_fmt(k->out, "%.*s: a dispute names another order or gateway than it\n", SARG(id));
        k->found++;
    }
    /* A gateway without names for disputes is believed first and asked later: no row is fine. */
    if (s->captured && s->open > 0 && !s->argued) {
        buf_fmt(k->out, "%.*s: a dispute is open, and the payment is not held\n", SARG(id));
        k->found++;
    }
    return E_OK;
}

static enum err check_held(struct ctx *c, const struct dispute_held *h, void *arg)
{
    struct checking *k = arg;
    int64_t balance = 0;
    TRY(ledger_balance(c, LEDGER_DISPUTED, (int64_t)h->gateway, h->cur, &balance));
    if (balance != h->minor) {
        buf_fmt(k->out, "disputes at %.*s hold %lld %.*s, the ledger says %lld\n",
            SARG(gateway_name(h->gateway)), (long long)h->minor, SARG(currency_code(h->cur)),
            (long long)balance);
        k->found++;
    }
    return E_OK;
}

/* ---- what gateways hold, and what disputes cost */

static struct stood *stood_of(struct checking *k, int64_t gateway, enum currency cur)
{
    for (size_t i = 0; i < k->n; i++)
        if (k->stood[i].gateway == gateway && k->stood[i].cur == cur)
            return &k->stood[i];
    must(k->n < STOOD_MAX);
    k->stood[k->n] = (struct stood) { gateway, cur, 0, 0 };
    return &k->stood[k->n++];
}

static enum err take_payment(
    struct ctx *c, const struct attempt *a, const struct order *o, void *arg)
{
    struct checking *k = arg;
    (void)o;
    k->last_n = a->n;
    k->more = true;
    stood_of(k, (int64_t)a->gateway, a->amount.cur)->rows += a->amount.minor - a->refunded_minor;
    return c->dead ? E_DEAD : E_OK;
}

static enum err take_payments(struct ctx *c, void *arg, bool *ret_more)
{
    struct checking *k = arg;
    k->more = false;
    TRY(payment_db_each_captured(c, k->last_n, CHUNK, take_payment, k));
    *ret_more = k->more;
    return E_OK;
}

static enum err take_moved(struct ctx *c, const struct dispute_moved *m, void *arg)
{
    struct checking *k = arg;
    stood_of(k, (int64_t)m->gateway, m->cur)->rows -= m->withdrawn;
    stood_of(k, COSTS, m->cur)->rows += m->cost;
    return c->dead ? E_DEAD : E_OK;
}

static enum err take_balance(struct ctx *c, const struct ledger_sum *s, void *arg)
{
    struct checking *k = arg;
    enum currency cur;
    bool costs = s->account == LEDGER_DISPUTE_COSTS;
    if (currency_parse(s->unit, &cur) && (costs || s->account == LEDGER_GATEWAY))
        stood_of(k, costs ? COSTS : s->owner, cur)->books += s->came + s->went;
    return c->dead ? E_DEAD : E_OK;
}

static void compare(struct checking *k)
{
    for (size_t i = 0; i < k->n; i++) {
        const struct stood *at = &k->stood[i];
        struct str unit = currency_code(at->cur);
        if (at->rows == at->books)
            continue;
        k->found++;
        if (at->gateway == COSTS)
            buf_fmt(k->out, "disputes cost %lld %.*s, the ledger says %lld\n", (long long)at->rows,
                SARG(unit), (long long)at->books);
        else
            buf_fmt(k->out, "payments leave %lld %.*s at %.*s, the ledger says %lld\n",
                (long long)at->rows, SARG(unit), SARG(gateway_name((enum gateway_id)at->gateway)),
                (long long)at->books);
    }
}

enum err dispute_verify(struct ctx *c, struct buf *out)
{
    struct checking *k = arena_new(c->arena, struct checking);
    k->out = out;
    TRY(dispute_db_sums(c, check_payment, k));
    TRY(dispute_db_held(c, check_held, k));
    TRY(ctx_pieces(c, INT64_MAX, take_payments, k));
    TRY(dispute_db_withdrawn(c, take_moved, k));
    TRY(dispute_db_fees(c, take_moved, k));
    TRY(ledger_balances(c, take_balance, k));
    compare(k);
    return k->found == 0 ? E_OK : fail(c, CONFLICT, "disputes and payments do not agree");
}
