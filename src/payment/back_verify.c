#include "payment/back_db.h"

/* I3 and I9, from the rows: never more out than in, one row for each refund, and of the credits
 * that an order gave as much taken back as of its money. */

struct checking {
    struct buf *out;
    int64_t found;
};

static enum err check_payment(struct ctx *c, const struct back_sums *s, void *arg)
{
    struct checking *k = arg;
    struct money back = { 0, CUR_USD };
    const struct money total = { s->total, CUR_USD };
    const int64_t gone = s->refunded + s->lost;
    bool fits = s->amount > 0 && gone <= s->amount && money_share(total, gone, s->amount, &back);
    struct str id = id_text(c->arena, S("att"), s->attempt);
    const int64_t before = k->found;
    if (gone + s->reserved > s->amount && ++k->found)
        buf_fmt(k->out, "%.*s: %lld went back and %lld is on its way, of %lld\n", SARG(id),
            (long long)gone, (long long)s->reserved, (long long)s->amount);
    bool by_hand = s->extra && s->succeeded == 0;
    if (s->refunded != s->succeeded && !by_hand && ++k->found)
        buf_fmt(k->out, "%.*s: %lld went back, and its refunds come to %lld\n", SARG(id),
            (long long)s->refunded, (long long)s->succeeded);
    if (s->reserved != s->pending && ++k->found)
        buf_fmt(k->out, "%.*s: %lld is reserved, and its refunds under way come to %lld\n",
            SARG(id), (long long)s->reserved, (long long)s->pending);
    if (!s->extra && (!fits || back.minor != s->order_refunded) && k->found == before && ++k->found)
        buf_fmt(k->out, "%.*s: its order says that %lld went back, its payment %lld\n", SARG(id),
            (long long)s->order_refunded, (long long)gone);
    return c->dead ? E_DEAD : E_OK;
}

/* What ended by itself counts as taken: there may be more, never less. */
static enum err check_lot(struct ctx *c, const struct back_lot *l, void *arg)
{
    struct checking *k = arg;
    const struct money given = { l->given, CUR_USD };
    struct money due;
    if (!money_share(given, l->refunded, l->total, &due) || l->taken < due.minor) {
        k->found++;
        buf_fmt(k->out, "%.*s: of %lld credits %lld were taken back, for %lld of %lld\n",
            SARG(id_text(c->arena, S("ord"), l->order)), (long long)l->given, (long long)l->taken,
            (long long)l->refunded, (long long)l->total);
    }
    return c->dead ? E_DEAD : E_OK;
}

static enum err check_astray(struct ctx *c, struct id refund, void *arg)
{
    struct checking *k = arg;
    k->found++;
    buf_fmt(k->out, "%.*s: it names another order, gateway or currency than its payment\n",
        SARG(id_text(c->arena, S("ref"), refund)));
    return c->dead ? E_DEAD : E_OK;
}

enum err back_verify(struct ctx *c, struct buf *out)
{
    struct checking k = { out, 0 };
    TRY(back_db_sums(c, check_payment, &k));
    TRY(back_db_lots(c, check_lot, &k));
    TRY(back_db_astray(c, check_astray, &k));
    return k.found == 0 ? E_OK : fail(c, CONFLICT, "refunds do not add up");
}
