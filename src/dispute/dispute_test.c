#include "base/fault.h"
#include "base/test.h"
#include "db/db.h"
#include "dispute/apply.h"
#include "dispute/dispute_db.h"
#include "ledger/ledger.h"
#include "payment/back.h"

/* What gateways answer about disputes, in every order and beside refunds: where it ends is what
 * they say, and no money is counted twice (R99, I3). */

enum {
    PAID = 1190,
    TAX = 190,
    BACK = 400,
    PART = 500,
    FEE = 1500
};

struct sale {
    struct test *t;
    struct order order;
    struct attempt attempt;
    struct refund under_way;
};

static enum err sell(struct ctx *c, void *arg)
{
    struct sale *s = arg;
    struct id id = id_new(c);
    struct order o = {
        .id = id,
        .email = S("ada@example.com"),
        .currency = CUR_USD,
        .subtotal_minor = PAID - TAX,
        .tax_minor = TAX,
        .total_minor = PAID,
        .tax_bps = 1900,
        .tax_name = S("VAT"),
        .basket = S("mug"),
        .expires_ms = c->now_ms + 1000,
    };
    const struct order_line line = { .product = S("mug"),
        .price = S("mug-usd"),
        .name = S("Mug"),
        .quantity = 1,
        .unit_minor = PAID - TAX,
        .amount_minor = PAID - TAX,
        .tax_minor = TAX,
        .total_minor = PAID };
    TRY(order_insert(c, &o, &line, 1));
    struct attempt a = { .id = id_new(c),
        .order_n = o.n,
        .gateway = GATEWAY_ID_stripe,
        .amount = { PAID, CUR_USD },
        .method = S("card"),
        .expires_ms = o.expires_ms };
    TRY(attempt_insert(c, &a));
    a.session_id = id_text(c->arena, S("cs"), a.id);
    TRY(attempt_become(c, &a, ATTEMPT_OPEN));
    struct settle paid = { .gateway = a.gateway, .confirmed_by = S("webhook") };
    paid.notice = (struct notice) { .kind = NOTICE_PAID,
        .session_id = a.session_id,
        .payment = id_text(c->arena, S("pi"), a.id),
        .has_amount = true,
        .amount_minor = PAID,
        .currency = CUR_USD };
    TRY(settle_tx(c, &paid));
    TRY(order_by_n(c, o.n, &s->order));
    return attempt_by_n(c, a.n, &s->attempt);
}

static struct sale sold(struct test *t)
{
    struct sale s = { .t = t };
    EXPECT_OK(db_tx(t->c, "sell", sell, &s));
    return s;
}

static enum err read_back(struct ctx *c, void *arg)
{
    struct sale *s = arg;
    TRY(order_by_n(c, s->order.n, &s->order));
    return attempt_by_n(c, s->attempt.n, &s->attempt);
}

/* ---- what happens to it */

static enum err adopt(struct ctx *c, void *arg)
{
    struct sale *s = arg;
    struct refund r = { .id = id_new(c), .kind = REFUND_ADOPTED, .amount = { BACK, CUR_USD } };
    TRY(order_lock(c, s->order.n, &s->order));
    TRY(attempt_by_n(c, s->attempt.n, &s->attempt));
    return back_adopts(c, &s->order, &s->attempt, &r);
}

static struct gateway_dispute answer(
    struct sale *s, const char *reference, enum dispute_standing at, int64_t amount)
{
    bool taken = at != DISPUTE_AT_WARNING, put_back = at == DISPUTE_AT_WON;
    return (struct gateway_dispute) {
        .reference = str_fmt(s->t->c->arena, "%s_%lld", reference, (long long)s->attempt.n),
        .standing = at,
        .name = S("as the gateway says"),
        .reason = S("fraudulent"),
        .amount = { amount, CUR_USD },
        .withdrawn = { taken && !put_back ? amount : 0, CUR_USD },
        .fee = { taken ? FEE : 0, taken ? CUR_USD : CUR_NONE },
    };
}

struct looking {
    struct str reference;
    bool found;
    struct dispute row;
};

static enum err look(struct ctx *c, void *arg)
{
    struct looking *k = arg;
    return dispute_db_find(c, GATEWAY_ID_stripe, k->reference, &k->found, &k->row);
}

/* Asked, and not written down yet. */
static struct dispute_apply ask(struct sale *s, const struct gateway_dispute *at)
{
    struct test *t = s->t;
    struct looking k = { .reference = at->reference };
    EXPECT_OK(db_read(t->c, look, &k));
    return (struct dispute_apply) {
        .at = at,
        .gateway = GATEWAY_ID_stripe,
        .attempt_n = s->attempt.n,
        .id = id_new(t->c),
        .known = k.found,
        .version = k.row.version,
        .asked_ms = t->c->now_ms,
    };
}

static struct dispute_apply told(struct sale *s, struct gateway_dispute at)
{
    struct test *t = s->t;
    struct dispute_apply in = ask(s, &at);
    EXPECT_OK(db_tx(t->c, "dispute", dispute_apply_tx, &in));
    in.at = NULL;
    return in;
}

/* ---- what must be so */

struct balance {
    enum ledger_account account;
    int64_t owner, minor;
};

static enum err read_balance(struct ctx *c, void *arg)
{
    struct balance *b = arg;
    return ledger_balance(c, b->account, b->owner, CUR_USD, &b->minor);
}

static void expect_balance(
    struct sale *s, enum ledger_account account, int64_t owner, int64_t minor)
{
    struct test *t = s->t;
    struct balance b = { account, owner, 0 };
    EXPECT_OK(db_read(t->c, read_balance, &b));
    EXPECT_I64(b.minor, minor);
}

static enum err verify(struct ctx *c, void *arg)
{
    struct buf *out = arg;
    int64_t checked = 0;
    TRY(ledger_verify(c, out, &checked));
    TRY(back_verify(c, out));
    return dispute_verify(c, out);
}

static void expect_books(struct sale *s)
{
    struct test *t = s->t;
    struct buf out = BUF(t->c->arena);
    enum err e = db_read(t->c, verify, &out);
    EXPECT_STR(buf_str(&out), S(""));
    EXPECT_OK(e);
    EXPECT_OK(db_read(t->c, read_back, s));
}

static void expect_order(struct sale *s, enum order_status status, int64_t back, int64_t lost)
{
    struct test *t = s->t;
    expect_books(s);
    EXPECT_STR(order_status_text(s->order.status), order_status_text(status));
    EXPECT_I64(s->attempt.refunded_minor, back);
    EXPECT_I64(s->attempt.lost_minor, lost);
    EXPECT_I64(s->order.refunded_minor, back + lost);
}

/* ---- one dispute */

TEST("a dispute that is won gives the money back, and keeps its fee")
{
    struct sale s = sold(t);
    told(&s, answer(&s, "dp", DISPUTE_AT_OPEN, PAID));
    expect_order(&s, ORDER_DISPUTED, 0, 0);
    EXPECT(s.attempt.argued && s.attempt.disputed);
    expect_balance(&s, LEDGER_GATEWAY, GATEWAY_ID_stripe, -FEE);
    expect_balance(&s, LEDGER_DISPUTED, GATEWAY_ID_stripe, PAID);
    told(&s, answer(&s, "dp", DISPUTE_AT_REVIEW, PAID));
    expect_order(&s, ORDER_DISPUTED, 0, 0);
    told(&s, answer(&s, "dp", DISPUTE_AT_WON, PAID));
    expect_order(&s, ORDER_COMPLETED, 0, 0);
    EXPECT(!s.attempt.argued && s.attempt.disputed);
    expect_balance(&s, LEDGER_GATEWAY, GATEWAY_ID_stripe, PAID - FEE);
    expect_balance(&s, LEDGER_DISPUTED, GATEWAY_ID_stripe, 0);
    expect_balance(&s, LEDGER_DISPUTE_COSTS, 0, FEE);
    expect_balance(&s, LEDGER_SALES, 0, -(PAID - TAX));
}

TEST("a dispute that is lost takes the sale back with its tax, once however often it is said")
{
    struct sale s = sold(t);
    told(&s, answer(&s, "dp", DISPUTE_AT_OPEN, PAID));
    for (int i = 0; i < 3; i++)
        EXPECT(told(&s, answer(&s, "dp", DISPUTE_AT_LOST, PAID)).moved == (i == 0));
    expect_order(&s, ORDER_REFUNDED, 0, PAID);
    EXPECT_I64(attempt_refundable(&s.attempt), 0);
    expect_balance(&s, LEDGER_GATEWAY, GATEWAY_ID_stripe, -FEE);
    expect_balance(&s, LEDGER_SALES, 0, 0);
    expect_balance(&s, LEDGER_TAX, 0, 0);
    expect_balance(&s, LEDGER_DISPUTE_COSTS, 0, FEE);
    /* An appeal that was won after all. */
    told(&s, answer(&s, "dp", DISPUTE_AT_WON, PAID));
    expect_order(&s, ORDER_COMPLETED, 0, 0);
    expect_balance(&s, LEDGER_GATEWAY, GATEWAY_ID_stripe, PAID - FEE);
    expect_balance(&s, LEDGER_TAX, 0, -TAX);
}

TEST("an inquiry holds nothing and takes nothing, until it becomes a dispute")
{
    struct sale s = sold(t);
    told(&s, answer(&s, "dp", DISPUTE_AT_WARNING, PAID));
    expect_order(&s, ORDER_COMPLETED, 0, 0);
    EXPECT(!s.attempt.argued);
    expect_balance(&s, LEDGER_GATEWAY, GATEWAY_ID_stripe, PAID);
    told(&s, answer(&s, "dp", DISPUTE_AT_OPEN, PAID));
    expect_order(&s, ORDER_DISPUTED, 0, 0);
}

TEST("an answer to an earlier question changes nothing")
{
    struct sale s = sold(t);
    struct gateway_dispute open = answer(&s, "dp", DISPUTE_AT_OPEN, PAID);
    struct dispute_apply first = ask(&s, &open), second;
    told(&s, answer(&s, "dp", DISPUTE_AT_OPEN, PAID));
    EXPECT_OK(db_tx(t->c, "dispute", dispute_apply_tx, &first));
    EXPECT(first.again && !first.moved);
    second = ask(&s, &open);
    told(&s, answer(&s, "dp", DISPUTE_AT_LOST, PAID));
    EXPECT_OK(db_tx(t->c, "dispute", dispute_apply_tx, &second));
    EXPECT(second.again && !second.moved);
    expect_order(&s, ORDER_REFUNDED, 0, PAID);
}

TEST("two disputes of one payment: it is held while either is open, and lost once")
{
    struct sale s = sold(t);
    told(&s, answer(&s, "dp", DISPUTE_AT_OPEN, 500));
    told(&s, answer(&s, "dq", DISPUTE_AT_OPEN, 690));
    told(&s, answer(&s, "dp", DISPUTE_AT_WON, 500));
    expect_order(&s, ORDER_DISPUTED, 0, 0);
    told(&s, answer(&s, "dq", DISPUTE_AT_LOST, 690));
    expect_order(&s, ORDER_PARTIALLY_REFUNDED, 0, 690);
    EXPECT_I64(attempt_refundable(&s.attempt), 500);
    told(&s, answer(&s, "dr", DISPUTE_AT_LOST, PAID)); /* more than is left */
    expect_order(&s, ORDER_REFUNDED, 0, PAID);
    expect_balance(&s, LEDGER_DISPUTE_COSTS, 0, 3 * FEE + 690);
}

/* ---- beside a refund: in every order, each once or twice */

enum step {
    STEP_REFUND, /* a part goes back at the gateway */
    STEP_OPEN,
    STEP_REVIEW,
    STEP_END,
    STEPS
};

struct history {
    enum dispute_standing end;
    int64_t about; /* that the bank argues about */
    enum step order[STEPS];
    size_t n;
    int seen, each; /* only every each-th is lived: a commit on PostgreSQL is dear */
};

/* However late an event is heard of, the answer is how it stands by then. */
static enum dispute_standing stands(
    enum dispute_standing so_far, enum step step, enum dispute_standing end)
{
    enum dispute_standing now = step == STEP_OPEN ? DISPUTE_AT_OPEN
        : step == STEP_REVIEW                     ? DISPUTE_AT_REVIEW
                                                  : end;
    return so_far > now ? so_far : now;
}

static void live(struct test *t, const struct history *h, bool twice)
{
    struct sale s = sold(t);
    enum dispute_standing at = DISPUTE_AT_STRANGE;
    bool back = false;
    for (size_t i = 0; i < h->n; i++) {
        if (h->order[i] == STEP_REFUND) {
            EXPECT_OK(db_tx(t->c, "refund", adopt, &s));
            back = true;
            continue;
        }
        at = stands(at, h->order[i], h->end);
        for (int k = 0; k <= twice; k++)
            told(&s, answer(&s, "dp", at, h->about));
    }
    int64_t refunded = back ? BACK : 0, left = PAID - refunded;
    int64_t want = at != DISPUTE_AT_LOST ? 0 : h->about < left ? h->about : left;
    bool argued = at == DISPUTE_AT_OPEN || at == DISPUTE_AT_REVIEW;
    expect_order(&s,
        argued                        ? ORDER_DISPUTED
            : refunded + want == PAID ? ORDER_REFUNDED
            : refunded + want > 0     ? ORDER_PARTIALLY_REFUNDED
                                      : ORDER_COMPLETED,
        refunded, want);
    EXPECT(s.attempt.argued == argued);
}

static int every_order(struct test *t, struct history *h, unsigned left)
{
    int n = 0;
    for (size_t i = 0; i < STEPS; i++) {
        if ((left & (1u << i)) == 0)
            continue;
        h->order[h->n++] = (enum step)i;
        if (h->seen++ % h->each == 0)
            live(t, h, (h->seen & 1) != 0);
        n += 1 + every_order(t, h, left & ~(1u << i));
        h->n--;
    }
    return n;
}

TEST("R99 I3 refund, dispute and its end, in every order and subset, once and twice")
{
    static const enum dispute_standing ends[] = { DISPUTE_AT_WON, DISPUTE_AT_LOST };
    int n = 0;
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        struct history h = {
            .end = ends[i], .about = PAID - BACK, .each = store_is_pg(t->c->store) ? 11 : 1
        };
        n += every_order(t, &h, (1u << STEPS) - 1);
    }
    EXPECT_I64(n, 2 * 64); /* of four: 4 + 12 + 24 + 24 */
}

TEST("R99 I3 what was refunded before is not lost once more, though the bank takes all of it")
{
    struct sale s = sold(t);
    EXPECT_OK(db_tx(t->c, "refund", adopt, &s));
    told(&s, answer(&s, "dp", DISPUTE_AT_OPEN, PAID));
    expect_order(&s, ORDER_DISPUTED, BACK, 0);
    told(&s, answer(&s, "dp", DISPUTE_AT_LOST, PAID));
    expect_order(&s, ORDER_REFUNDED, BACK, PAID - BACK);
    expect_balance(&s, LEDGER_SALES, 0, 0);
    expect_balance(&s, LEDGER_TAX, 0, 0);
    expect_balance(&s, LEDGER_DISPUTE_COSTS, 0, FEE + BACK);
    expect_balance(&s, LEDGER_GATEWAY, GATEWAY_ID_stripe, -BACK - FEE);
}

static enum err reserve(struct ctx *c, void *arg)
{
    struct sale *s = arg;
    s->under_way =
        (struct refund) { .id = id_new(c), .kind = REFUND_SENT, .amount = { PART, CUR_USD } };
    TRY(order_lock(c, s->order.n, &s->order));
    TRY(attempt_by_n(c, s->attempt.n, &s->attempt));
    return back_reserve(c, &s->order, &s->attempt, &s->under_way);
}

static enum err is_done(struct ctx *c, void *arg)
{
    struct sale *s = arg;
    TRY(order_lock(c, s->order.n, &s->order));
    TRY(attempt_by_n(c, s->attempt.n, &s->attempt));
    return back_succeeds(c, &s->order, &s->attempt, &s->under_way);
}

static enum err fails(struct ctx *c, void *arg)
{
    struct sale *s = arg;
    TRY(order_lock(c, s->order.n, &s->order));
    TRY(attempt_by_n(c, s->attempt.n, &s->attempt));
    return back_fails(c, &s->order, &s->attempt, &s->under_way, S("the bank sent it back"));
}

TEST("R99 nothing is given back of a payment that a bank argues about")
{
    struct sale s = sold(t);
    told(&s, answer(&s, "dp", DISPUTE_AT_OPEN, PAID));
    EXPECT_FAIL(db_tx(t->c, "refund", reserve, &s), CONFLICT);
    told(&s, answer(&s, "dp", DISPUTE_AT_WON, PAID));
    EXPECT_OK(db_tx(t->c, "refund", reserve, &s));
}

TEST("R99 I3 what is on its way back is not lost, and is when it fails before or after it was done")
{
    struct sale s = sold(t);
    EXPECT_OK(db_tx(t->c, "refund", reserve, &s));
    told(&s, answer(&s, "dp", DISPUTE_AT_LOST, PAID));
    expect_order(&s, ORDER_PARTIALLY_REFUNDED, 0, PAID - PART);
    EXPECT_OK(db_tx(t->c, "refund", is_done, &s));
    expect_order(&s, ORDER_REFUNDED, PART, PAID - PART);
    expect_balance(&s, LEDGER_SALES, 0, 0);
    expect_balance(&s, LEDGER_TAX, 0, 0);
    expect_balance(&s, LEDGER_DISPUTE_COSTS, 0, FEE + PART);
    EXPECT_OK(db_tx(t->c, "refund", fails, &s));
    expect_order(&s, ORDER_PARTIALLY_REFUNDED, 0, PAID - PART);
    told(&s, answer(&s, "dp", DISPUTE_AT_LOST, PAID));
    expect_order(&s, ORDER_REFUNDED, 0, PAID);
    expect_balance(&s, LEDGER_DISPUTE_COSTS, 0, FEE);
    s = sold(t);
    EXPECT_OK(db_tx(t->c, "refund", reserve, &s));
    told(&s, answer(&s, "dp", DISPUTE_AT_LOST, PAID));
    EXPECT_OK(db_tx(t->c, "refund", fails, &s));
    told(&s, answer(&s, "dp", DISPUTE_AT_LOST, PAID)); /* as it is asked again */
    expect_order(&s, ORDER_REFUNDED, 0, PAID);
    expect_balance(&s, LEDGER_SALES, 0, 0);
    expect_balance(&s, LEDGER_DISPUTE_COSTS, 0, 2 * FEE);
}

TEST("an answer survives the failure of each statement and commit in turn: whole, or not at all")
{
    bool fired = true;
    int n = 0;
    for (int64_t k = 0; fired; k++) {
        struct sale s = sold(t);
        struct gateway_dispute lost = answer(&s, "dp", DISPUTE_AT_LOST, PAID);
        struct dispute_apply in = ask(&s, &lost);
        struct faults faults;
        faults_off(&faults);
        faults.countdown = k;
        t->c->faults = &faults;
        enum err e = db_tx(t->c, "dispute", dispute_apply_tx, &in);
        fired = faults.fired;
        t->c->faults = NULL;
        EXPECT(fired || e == E_OK);
        told(&s, lost); /* asked once more */
        expect_order(&s, ORDER_REFUNDED, 0, PAID);
        n++;
        expect_balance(&s, LEDGER_GATEWAY, GATEWAY_ID_stripe, (int64_t)n * -FEE);
    }
    EXPECT(n > 1);
}
