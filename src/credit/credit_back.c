#include "credit/credit_book.h"

/* What a plan gave in a month goes back with a share of the month's price.  Each lot was paid for
 * from its own beginning to the month's end: whoever has had a plan for a quarter of that time
 * keeps a quarter of what it brought, used or not. */

enum {
    LOTS = 32 /* at a time */
};

struct parting {
    struct credit_month_back *k;
    struct credit_account *account; /* NULL: it is only counted */
    int64_t stays;                  /* of the newest: earned, whatever the price gives back */
    int64_t goes;                   /* of what was given before them: paid for to the month's end */
};

/* Of amount, which was given in this lot. */
static int64_t share_left(
    const struct credit_month_back *k, const struct credit_lot *lot, int64_t amount)
{
    const struct credit_month_of *m = &k->month;
    bool itself = str_eq(lot->source, m->source) || lot->created_ms < m->begins_ms;
    int64_t begins_ms = itself ? m->begins_ms : lot->created_ms;
    int64_t at_ms = k->at_ms > begins_ms ? k->at_ms : begins_ms;
    if (at_ms >= m->ends_ms)
        return 0;
    return credit_share(amount, m->ends_ms - at_ms, m->ends_ms - begins_ms);
}

/* What was used is owed, and what is given next pays it. */
static enum err owe(struct ctx *c, struct credit_account *account, const struct credit_lot *lot,
    int64_t amount, struct str why)
{
    const struct id id = id_new(c);
    const struct credit_use words = {
        .description =
            str_fmt(c->arena, "%.*s, and used: %lld are owed", SARG(why), (long long)amount),
        .reference = lot->source,
        .operation = S(""),
        .labels = S(""),
    };
    const struct credit_entry entry = {
        .fact = S("CREDITS_TAKEN_BACK"),
        .subject = credit_id(c->arena, id),
        .words = lot->source,
    };
    TRY(credit_db_take(c, lot->n, amount, 0));
    TRY(credit_db_owe(c, account->customer_n, amount));
    account->debt += amount;
    TRY(credit_book(c, account, &entry));
    return credit_note(c, account, id, CREDIT_CLAWBACK, 0, &words);
}

static enum err part(struct ctx *c, struct parting *p, const struct credit_lot *lot)
{
    int64_t left = lot->given - lot->taken;
    int64_t stays = left < p->stays ? left : p->stays;
    int64_t goes = left - stays < p->goes ? left - stays : p->goes;
    int64_t due = share_left(p->k, lot, goes);
    int64_t ends = due < lot->unused ? due : lot->unused;
    p->stays -= stays;
    p->goes -= goes;
    p->k->ended += ends;
    p->k->owed += due - ends;
    if (p->account == NULL)
        return E_OK;
    if (ends > 0)
        TRY(credit_end_lot(c, p->account, lot, ends, p->k->why));
    return due > ends ? owe(c, p->account, lot, due - ends, p->k->why) : E_OK;
}

static enum err part_all(struct ctx *c, struct credit_month_back *k, struct credit_account *account)
{
    struct credit_lot lot[LOTS];
    size_t n = LOTS;
    int64_t below_n = INT64_MAX, given = 0;
    TRY(credit_given(c, &k->month, &given));
    int64_t from = given < k->from ? given : k->from;
    struct parting p = {
        .k = k,
        .account = account,
        .stays = given - from,
        .goes = from > k->down_to ? from - k->down_to : 0,
    };
    k->ended = k->owed = 0;
    while (p.goes > 0 && n == LOTS) {
        TRY(credit_db_lots_of_month(c, &k->month, below_n, lot, LOTS, &n));
        for (size_t i = 0; i < n; i++)
            TRY(part(c, &p, &lot[i]));
        if (n > 0)
            below_n = lot[n - 1].n;
    }
    return E_OK;
}

enum err credit_month_would_back(struct ctx *c, struct credit_month_back *k)
{
    return part_all(c, k, NULL);
}

enum err credit_month_back(struct ctx *c, struct credit_month_back *k)
{
    struct credit_account account;
    TRY(credit_open(c, k->customer_n, &account));
    return part_all(c, k, &account);
}
