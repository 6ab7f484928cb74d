#include "app/shop_fixture.h"
#include "db/crowd_fixture.h"
#include "invoice/invoice.h"

/* Several servers give numbers at the same moment, and of their transactions some do not come to
 * be. */

enum {
    SIDES = 4,
    ORDERS = 12
};

struct side {
    struct crowd crowd;
    const int64_t *order_n;
};

struct issue {
    int64_t order_n;
    bool dies;
};

static enum err issue_tx(struct ctx *c, void *arg)
{
    const struct issue *in = arg;
    TRY(invoice_issue(c, in->order_n, true));
    return in->dies ? fail(c, CONFLICT, "the process died before its commit") : E_OK;
}

/* All the same orders, each side beginning elsewhere; a third of the tries is lost. */
static void issue_all(struct crowd *self)
{
    const struct side *k = (const struct side *)self;
    for (size_t i = 0; i < 2 * ORDERS && self->result == E_OK; i++) {
        const size_t nth = i + (size_t)self->nth;
        struct issue in = { k->order_n[(nth + (size_t)self->nth * 2) % ORDERS], nth % 3 == 0 };
        enum err e = db_tx(&self->c, "issue", issue_tx, &in);
        self->result = in.dies ? E_OK : e;
        if (self->result == E_OK)
            err_clear(&self->c);
    }
}

static enum err count(struct ctx *c, void *arg)
{
    int64_t *n = arg;
    return db_one(c, "SELECT COUNT(*), COALESCE(MAX(number), 0) FROM invoice", DB_NO_IN,
        DB_OUT(out_i64(&n[0]), out_i64(&n[1])));
}

static void buy_all(struct shop *s, int64_t *order_n)
{
    struct test *t = s->t;
    for (size_t i = 0; i < ORDERS; i++) {
        struct str key = str_fmt(s->c->arena, "k%zu", i);
        struct str id =
            shop_buy(s, str_c(s->c->arena, key), "\"priceId\":\"mug-usd\",\"again\":true");
        struct shop_session *session = &s->session[s->sessions - 1];
        struct settle settle = {
            .gateway = GATEWAY_ID_moneymotion,
            .confirmed_by = S("query"),
            .notice = { .kind = NOTICE_PAID,
                .session_id = str_of_c(session->id),
                .has_amount = true,
                .amount_minor = session->total,
                .currency = session->cur },
        };
        EXPECT_OK(db_tx(s->c, "settle", settle_tx, &settle)); /* its jobs wait */
        order_n[i] = shop_order(s, id).n;
    }
}

TEST("R16 numbers given by several servers at once, some of which die, have neither gap nor double")
{
    struct shop *s = shop_open(t);
    struct side side[SIDES];
    int64_t order_n[ORDERS], n[2] = { 0 };
    buy_all(s, order_n);
    for (size_t i = 0; i < SIDES; i++)
        side[i] = (struct side) { .crowd.act = issue_all, .order_n = order_n };
    crowd_run(t, side, sizeof side[0], SIDES);
    EXPECT_OK(db_read(t->c, count, n));
    EXPECT_I64(n[0], ORDERS);
    EXPECT_I64(n[1], ORDERS);
    shop_verify(s);
    shop_jobs(s); /* and the mails find them */
    EXPECT_I64(shop_facts(s, "INVOICE_ISSUED"), ORDERS);
    shop_verify(s);
}
