#include "base/json.h"
#include "db/db.h"
#include "fact/fact.h"
#include "invoice/invoice.h"
#include "invoice/invoice_look.h"
#include "setting/setting.h"

/* Goes behind the sealed facts, and issues what is owed and nobody asked for: of orders that were
 * paid before there were invoices, and of those whose mail is held back. */

#define LOOKED S("invoice.looked")

enum {
    ORDERS = 16,
    STEPS = 500 /* of one run: the next one goes on */
};

/* Events all of them: the feed has no others.  What a dispute lost went back as an order does; how
 * one ends may take that back again. */
bool invoice_follows(struct str fact_kind)
{
    static const struct str kinds[] = { S_INIT("ORDER_COMPLETED"), S_INIT("ORDER_REFUNDED"),
        S_INIT("ORDER_PARTIALLY_REFUNDED"), S_INIT("REFUND_SUCCEEDED"), S_INIT("REFUND_FAILED"),
        S_INIT("DISPUTE_LOST"), S_INIT("DISPUTE_WON") };
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (str_eq(kinds[i], fact_kind))
            return true;
    return false;
}

enum err invoice_looked(struct ctx *c, int64_t *ret_seq)
{
    struct str text = S("");
    bool found = false;
    *ret_seq = 0;
    TRY(setting_find(c, LOOKED, &found, &text));
    if (found && !str_to_i64(text, ret_seq))
        return fail(c, STORE_CORRUPT, "nobody knows how far invoices were looked after");
    return E_OK;
}

struct step {
    struct str order[ORDERS]; /* ord_… */
    size_t orders;
    int64_t from_seq, to_seq;
};

/* Which order a fact is about: a dispute's names it. */
static struct str order_of(struct ctx *c, const struct fact_row *row)
{
    return str_starts(row->subject, S("dsp_"))
        ? json_text(c->arena, json_root(row->data), "orderId")
        : str_copy(c->arena, row->subject);
}

static enum err take(struct ctx *c, const struct fact_row *row, void *arg)
{
    struct step *s = arg;
    struct str order = invoice_follows(row->kind) ? order_of(c, row) : S("");
    if (!str_starts(order, S("ord_")))
        return E_OK;
    must(s->orders < ORDERS);
    s->order[s->orders++] = order;
    return E_OK;
}

static enum err read_step(struct ctx *c, void *arg)
{
    struct step *s = arg;
    bool more = false;
    s->orders = 0;
    TRY(invoice_looked(c, &s->from_seq));
    return fact_feed(c, s->from_seq, ORDERS, take, s, &s->to_seq, &more);
}

/* Another server that was faster has done the same. */
static enum err write_step(struct ctx *c, void *arg)
{
    const struct step *s = arg;
    struct order o;
    int64_t seq = 0;
    for (size_t i = 0; i < s->orders; i++) {
        TRY(order_get(c, s->order[i], &o));
        TRY(invoice_issue(c, o.n, false));
    }
    TRY(invoice_looked(c, &seq));
    return seq >= s->to_seq
        ? E_OK
        : setting_put(c, LOOKED, str_fmt(c->arena, "%lld", (long long)s->to_seq));
}

static enum err step(struct ctx *c, void *arg, bool *ret_more)
{
    struct step *s = arena_new(c->arena, struct step);
    (void)arg;
    TRY(db_read(c, read_step, s));
    *ret_more = s->to_seq > s->from_seq;
    return *ret_more ? db_tx_job(c, "invoice.look", write_step, s) : E_OK;
}

enum err invoice_look_job(struct ctx *c, struct str subject)
{
    (void)subject;
    return ctx_pieces(c, STEPS, step, NULL);
}
