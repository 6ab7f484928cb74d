#include "payment/payment_verify.h"

#include "base/json.h"
#include "fact/fact.h"
#include "ledger/ledger_hour.h"
#include "payment/back.h"

/* Rows are what decides, facts are what was sealed, the ledger is what they come to: where two of
 * them differ somebody has changed one by hand. */

enum {
    CHUNK = 500,
    FINDINGS_MAX = 100
};

struct sums {
    int64_t sales[CUR_COUNT], tax[CUR_COUNT], unexplained[CUR_COUNT];
};

struct walk {
    struct buf *out;
    int64_t findings, last_n;
    bool more;
    struct sums rows, books;
};

PRINTF(3, 4)
static void finding(struct walk *w, struct str about, const char *fmt, ...)
{
    if (++w->findings > FINDINGS_MAX)
        return;
    buf_fmt(w->out, "%.*s: ", SARG(about));
    va_list args;
    va_start(args, fmt);
    buf_vfmt(w->out, fmt, args);
    va_end(args);
    buf_char(w->out, '\n');
}

/* ---- orders */

static enum err check_price(struct ctx *c, struct walk *w, const struct order *o, struct str id)
{
    struct fact_row made;
    bool found = false;
    const int64_t more = o->tax_inclusive ? 0 : o->tax_minor;
    struct money over = { 0, CUR_NONE };
    if (o->subtotal_minor - o->discount_minor + more != o->total_minor)
        finding(w, id, "%lld less %lld and %lld of tax do not come to its total of %lld",
            (long long)o->subtotal_minor, (long long)o->discount_minor, (long long)more,
            (long long)o->total_minor);
    TRY(fact_first_kind_of(c, id, S("ORDER_CREATED"), &found, &made));
    if (!found)
        return E_OK;
    struct json_value said = json_root(made.data);
    json_to_i64(json_at(said, "total.amount"), &over.minor);
    currency_parse(json_text(c->arena, said, "total.currency"), &over.cur);
    if (over.minor != o->total_minor || over.cur != o->currency)
        finding(w, id, "it was made over %.*s, and says %.*s",
            SARG(money_text_code(c->arena, over)),
            SARG(money_text_code(c->arena, (struct money) { o->total_minor, o->currency })));
    return E_OK;
}

static void check_payment_of(struct walk *w, const struct order_standing *s, struct str id)
{
    const struct order *o = &s->o;
    const struct attempt paid = { .argued = s->argued };
    const enum order_status stands = payment_stands(o, s->payments > 0 ? &paid : NULL);
    if (s->payments > 1)
        finding(w, id, "%lld payments are its own", (long long)s->payments);
    if ((s->payments > 0) != (o->completed_ms > 0))
        finding(w, id,
            s->payments > 0 ? "a payment is its own, and it was never completed"
                            : "it was completed, and no payment is its own");
    else if (o->completed_ms > 0 && o->status != ORDER_REVIEW && o->status != stands)
        finding(w, id, "it is %.*s, and by its payment %.*s", SARG(order_status_text(o->status)),
            SARG(order_status_text(stands)));
    else if (o->completed_ms == 0 && (o->status == stands || o->refunded_minor > 0))
        finding(w, id, "it is %.*s, and was never completed", SARG(order_status_text(o->status)));
}

static void check_use(struct walk *w, const struct order_standing *s, struct str id)
{
    const struct order *o = &s->o;
    bool needs = o->coupon.n > 0 && (o->kind == ORDER_ONCE || o->kind == ORDER_START);
    bool given_up = o->status == ORDER_EXPIRED || o->status == ORDER_CANCELLED;
    if (needs && s->use < 0)
        finding(w, id, "it has the code %.*s, and no use of it is kept", SARG(o->coupon));
    else if (o->coupon.n == 0 && s->use >= 0)
        finding(w, id, "it has no code, and a use of one is kept");
    else if (needs && o->completed_ms > 0 && s->use != 1)
        finding(w, id, "it was paid, and its code is not used");
    else if (needs && o->completed_ms == 0 && (s->use == 1 || (given_up && s->use == 0)))
        finding(w, id, "it was not paid, and its code is %s", s->use == 1 ? "used" : "still held");
}

static enum err check_order(struct ctx *c, const struct order_standing *s, void *arg)
{
    struct walk *w = arg;
    struct str id = order_id(c->arena, &s->o);
    w->last_n = s->o.n;
    w->more = true;
    TRY(check_price(c, w, &s->o, id));
    check_payment_of(w, s, id);
    check_use(w, s, id);
    return c->dead ? E_DEAD : E_OK;
}

static enum err check_orders(struct ctx *c, void *arg, bool *ret_more)
{
    struct walk *w = arg;
    w->more = false;
    TRY(payment_db_each_standing(c, w->last_n, CHUNK, check_order, w));
    *ret_more = w->more;
    return E_OK;
}

/* ---- payments */

static enum err check_sale(
    struct ctx *c, struct walk *w, const struct attempt *a, const struct order *o)
{
    struct fact_row booked;
    bool found = false;
    int64_t amount = 0, back = 0;
    struct str id = attempt_id(c->arena, a);
    if (a->amount.cur != o->currency)
        finding(w, id, "it is in %.*s, and its order in %.*s", SARG(currency_code(a->amount.cur)),
            SARG(currency_code(o->currency)));
    if (a->amount.minor == 0)
        return E_OK;
    TRY(payment_tax_in(c, o, a, attempt_back(a), &back));
    w->rows.sales[a->amount.cur] -= a->amount.minor - attempt_back(a) - (o->tax_minor - back);
    w->rows.tax[a->amount.cur] -= o->tax_minor - back;
    TRY(fact_first_kind_of(c, order_id(c->arena, o), S("PAYMENT_RECEIVED"), &found, &booked));
    struct json_value said = json_root(found ? booked.data : S("{}"));
    json_to_i64(json_at(said, "amount.amount"), &amount);
    if (!found || !str_eq(json_text(c->arena, said, "attemptId"), id))
        finding(w, id, "no fact says that it paid its order");
    else if (amount != a->amount.minor)
        finding(w, id, "%lld were booked by it, and it says %lld", (long long)amount,
            (long long)a->amount.minor);
    return E_OK;
}

static enum err check_captured(
    struct ctx *c, const struct attempt *a, const struct order *o, void *arg)
{
    struct walk *w = arg;
    w->last_n = a->n;
    w->more = true;
    if (!a->extra)
        return check_sale(c, w, a, o);
    w->rows.unexplained[a->amount.cur] -= a->amount.minor - attempt_back(a);
    return c->dead ? E_DEAD : E_OK;
}

static enum err check_all_captured(struct ctx *c, void *arg, bool *ret_more)
{
    struct walk *w = arg;
    w->more = false;
    TRY(payment_db_each_captured(c, w->last_n, CHUNK, check_captured, w));
    *ret_more = w->more;
    return E_OK;
}

/* ---- the ledger */

static enum err take_balance(struct ctx *c, const struct ledger_sum *s, void *arg)
{
    struct walk *w = arg;
    enum currency cur;
    if (!currency_parse(s->unit, &cur))
        return c->dead ? E_DEAD : E_OK;
    int64_t *of = s->account == LEDGER_SALES ? w->books.sales
        : s->account == LEDGER_TAX           ? w->books.tax
        : s->account == LEDGER_UNEXPLAINED   ? w->books.unexplained
                                             : NULL;
    if (of != NULL)
        of[cur] += s->came + s->went;
    return E_OK;
}

static void compare(struct walk *w, struct str account, const int64_t rows[CUR_COUNT],
    const int64_t books[CUR_COUNT])
{
    for (int cur = CUR_NONE + 1; cur < CUR_COUNT; cur++)
        if (rows[cur] != books[cur])
            finding(w, account, "payments come to %lld %.*s, the ledger says %lld",
                (long long)rows[cur], SARG(currency_code((enum currency)cur)),
                (long long)books[cur]);
}

enum err payment_verify(struct ctx *c, struct buf *out)
{
    struct walk *w = arena_new(c->arena, struct walk);
    w->out = out;
    TRY(ctx_pieces(c, INT64_MAX, check_orders, w));
    w->last_n = 0;
    TRY(ctx_pieces(c, INT64_MAX, check_all_captured, w));
    TRY(ledger_balances(c, take_balance, w));
    compare(w, S("SALES"), w->rows.sales, w->books.sales);
    compare(w, S("TAX"), w->rows.tax, w->books.tax);
    compare(w, S("UNEXPLAINED"), w->rows.unexplained, w->books.unexplained);
    if (w->findings > FINDINGS_MAX)
        buf_fmt(out, "and %lld more\n", (long long)w->findings - FINDINGS_MAX);
    return w->findings == 0
        ? E_OK
        : fail(c, CONFLICT, "%lld findings in orders and payments", (long long)w->findings);
}
