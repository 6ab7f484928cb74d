#include "credit/credit.h"

#include "base/json.h"
#include "credit/credit_book.h"
#include "credit/credit_db.h"
#include "fact/fact.h"
#include "ledger/ledger.h"

/* I2 and I9: an account is what its lots and reservations hold, what its history comes to, and what
 * the ledger says; its days are what its moves say; and each row of the history is what its fact
 * sealed. */

enum {
    CHUNK = 500
};

struct checking {
    struct buf *out;
    int64_t found;
    int64_t last_n;
    bool more;
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
    if (a->debt < s->owed)
        line(k, a, "a debt of", a->debt, s->owed);
    if (s->moved != a->balance + a->reserved)
        line(k, a, "its history comes to", a->balance + a->reserved, s->moved);
    return E_OK;
}

static enum err check_gift(struct ctx *c, const struct credit_gave *g, void *arg)
{
    struct checking *k = arg;
    k->last_n = g->n;
    k->more = true;
    if (g->given != g->moved && ++k->found)
        buf_fmt(k->out, "credits of %.*s: %.*s gave %lld, and the history says %lld\n",
            SARG(g->customer_id), SARG(g->source), (long long)g->given, (long long)g->moved);
    return c->dead ? E_DEAD : E_OK;
}

static enum err check_gifts(struct ctx *c, void *arg, bool *ret_more)
{
    struct checking *k = arg;
    k->more = false;
    TRY(credit_db_each_gift(c, k->last_n, CHUNK, check_gift, k));
    *ret_more = k->more;
    return E_OK;
}

/* ---- the history, against what was sealed with it */

static enum err check_move(struct ctx *c, const struct credit_move *m, void *arg)
{
    struct checking *k = arg;
    struct str id = credit_id(c->arena, m->id);
    struct fact_row fact;
    bool found = false;
    int64_t balance = -1;
    k->last_n = m->n;
    k->more = true;
    TRY(fact_first_of(c, id, &found, &fact));
    if (!found) {
        k->found++;
        buf_fmt(k->out, "%.*s: no fact says that it happened\n", SARG(id));
        return E_OK;
    }
    json_to_i64(json_at(json_root(fact.data), "balance"), &balance);
    if (fact.customer_n != m->customer_n && ++k->found)
        buf_fmt(k->out, "%.*s: it is another customer's\n", SARG(id));
    if (balance != m->balance_after && ++k->found)
        buf_fmt(k->out, "%.*s: %lld was left after it, it says %lld\n", SARG(id),
            (long long)balance, (long long)m->balance_after);
    return E_OK;
}

static enum err check_moves(struct ctx *c, void *arg, bool *ret_more)
{
    struct checking *k = arg;
    k->more = false;
    TRY(credit_db_each_move(c, k->last_n, CHUNK, check_move, k));
    *ret_more = k->more;
    return E_OK;
}

enum err credit_verify(struct ctx *c, struct buf *out)
{
    struct checking k = { .out = out };
    TRY(credit_db_sums(c, check_one, &k));
    TRY(ctx_pieces(c, INT64_MAX, check_gifts, &k));
    k.last_n = 0;
    TRY(ctx_pieces(c, INT64_MAX, check_moves, &k));
    return k.found == 0 ? E_OK : fail(c, CONFLICT, "credits do not add up");
}
