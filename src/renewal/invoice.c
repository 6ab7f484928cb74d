#include "renewal/invoice.h"

#include "base/fault.h"
#include "catalog/catalog.h"
#include "grant/grant.h"
#include "renewal/bill.h"

/* The gateway's invoices: each that was paid is an order, once. */

enum {
    DAY_MS = 24 * 3600 * 1000
};

static enum err teach(struct ctx *c, struct attempt *a, const struct subscription *s,
    const struct gateway_invoice *in)
{
    TRY(attempt_told_page(c, a->n, in->page_url));
    bool new = (in->payment.n > 0 && a->payment.n == 0) || a->subscription.n == 0;
    if (!new)
        return E_OK;
    a->payment = a->payment.n > 0 ? a->payment : in->payment;
    a->subscription = s->reference;
    return attempt_become(c, a, a->status);
}

/* The first one is the checkout's own order: its session proved the payment, and only the invoice
 * says what the gateway calls it. */
static enum err teach_start(
    struct ctx *c, const struct subscription *s, const struct gateway_invoice *in)
{
    struct attempt *k = NULL;
    size_t n = 0;
    TRY(attempts_of(c, s->order_n, &k, &n));
    const struct attempt *paid = attempt_paid(k, n);
    return paid != NULL ? teach(c, &k[paid - k], s, in) : E_OK;
}

static struct str differs(
    struct ctx *c, const struct gateway_invoice *in, const struct bill_sum *sum)
{
    struct money agreed = { sum->total_minor, sum->amount.cur };
    if (in->total.cur != agreed.cur || in->total.minor != agreed.minor)
        return str_fmt(c->arena, "the invoice is over %.*s, and %.*s was agreed to",
            SARG(money_text_code(c->arena, in->total)), SARG(money_text_code(c->arena, agreed)));
    if (in->tax.minor != sum->tax_minor)
        return str_fmt(c->arena, "the invoice has %.*s of tax, and %.*s was agreed to",
            SARG(money_text_code(c->arena, in->tax)),
            SARG(money_text_code(c->arena, (struct money) { sum->tax_minor, agreed.cur })));
    return S("");
}

/* As the invoice says it, where nobody here agreed to another sum: what is taken is true. */
static struct bill_sum sum_of_invoice(const struct gateway_invoice *in, bool inclusive)
{
    struct bill_sum sum = { .amount = in->subtotal,
        .off_minor = in->discount.minor,
        .tax_minor = in->tax.minor,
        .total_minor = in->total.minor };
    int64_t adds = sum.amount.minor - sum.off_minor + (inclusive ? 0 : sum.tax_minor);
    bool sound = sum.amount.minor >= 0 && sum.off_minor >= 0 && sum.tax_minor >= 0 &&
        sum.off_minor <= sum.amount.minor && adds == sum.total_minor;
    int64_t total = in->total.minor > 0 ? in->total.minor : 0;
    if (!sound)
        sum = (struct bill_sum) { .amount = { total, in->total.cur }, .total_minor = total };
    return sum;
}

/* What was planned for this period and called off when it had begun there, unheard: its payment is
 * for that.  *inout stays where it is for something else. */
static enum err as_planned(struct ctx *c, const struct subscription *s,
    const struct gateway_invoice *in, bool *ret_found, struct subscription_terms *inout)
{
    struct subscription_change k;
    struct subscription_terms to;
    struct bill_sum sum;
    bool found = false;
    *ret_found = false;
    TRY(subscription_change_newest(c, s->n, &found, &k));
    if (!found || !k.at_end || k.created_ms > in->start_ms)
        return E_OK;
    enum err e = bill_terms(c, &s->terms, k.price, &to);
    if (e == E_INVALID) { /* it is not sold any more */
        err_clear(c);
        return E_OK;
    }
    TRY(e);
    TRY(bill_sum_of_period(c, &to, &sum));
    *ret_found = differs(c, in, &sum).n == 0;
    *inout = *ret_found ? to : *inout;
    return E_OK;
}

/* A further period: under the terms that hold, or those that begin with it. */
static enum err bill_renewal(struct ctx *c, const struct subscription *s,
    const struct gateway_invoice *in, struct bill *ret, struct str *ret_doubt)
{
    struct subscription_terms terms = s->terms;
    struct bill_sum sum;
    struct grant_paid before;
    bool sold = true, planned = false;
    TRY(bill_next_terms(c, s, &terms, &sold));
    TRY(bill_sum_of_period(c, &terms, &sum));
    TRY(grant_paid(c, s, &before));
    struct str doubt = differs(c, in, &sum);
    if (doubt.n > 0)
        TRY(as_planned(c, s, in, &planned, &terms));
    if (planned)
        doubt = S("");
    if (before.back)
        doubt = S("the money of the period before went back, and the plan was to end with it: give "
                  "this back, too");
    *ret_doubt = doubt;
    const struct bill_period period = { &terms, in->start_ms, in->end_ms };
    return bill_of_period(c, s, &period, ret);
}

static bool costs_the_same(const struct subscription_terms *t, const struct gateway_standing *at)
{
    return at->months == t->months && at->amount.minor == t->amount.minor &&
        at->amount.cur == t->amount.cur;
}

/* The price that somebody asked for here, if that is what it stands at: another plan may cost as
 * much. */
static enum err asked_price(struct ctx *c, const struct subscription *s,
    const struct gateway_standing *at, bool *ret_found, struct str *ret)
{
    struct subscription_change k;
    struct subscription_terms to;
    TRY(subscription_change_newest(c, s->n, ret_found, &k));
    if (!*ret_found)
        return E_OK;
    *ret_found = false;
    enum err e = bill_terms(c, &s->terms, k.price, &to);
    if (e != E_OK && e != E_INVALID)
        return e;
    err_clear(c); /* it is not sold any more */
    *ret_found = e == E_OK && costs_the_same(&to, at);
    *ret = *ret_found ? k.price : *ret;
    return E_OK;
}

/* Which price of ours it stands at there; false: none of this group. */
enum err standing_price(struct ctx *c, const struct subscription *s,
    const struct gateway_standing *at, bool *ret_found, struct str *ret)
{
    const struct catalog *k = NULL;
    TRY(asked_price(c, s, at, ret_found, ret));
    if (*ret_found)
        return E_OK;
    TRY(catalog_now(c, &k));
    for (size_t i = 0; i < k->product_count; i++) {
        const struct product *p = &k->products[i];
        for (size_t n = 0; n < p->price_count && p->is_plan; n++) {
            const struct price *price = &p->prices[n];
            int64_t months = price->interval == INTERVAL_YEAR ? 12 : 1;
            bool same = str_eq(p->group, s->terms.group) && months == at->months &&
                price->amount.minor == at->amount.minor && price->amount.cur == at->amount.cur;
            bool named = at->listed.n > 0 && str_eq(price->stripe_price, at->listed);
            if (same && (named || !*ret_found)) {
                *ret_found = true;
                *ret = price->id;
                if (named)
                    return E_OK;
            }
        }
    }
    return E_OK;
}

bool standing_agrees(const struct subscription *s, const struct gateway_standing *at)
{
    return costs_the_same(&s->terms, at);
}

/* A change that ended the period that ran: what it cost is for the one that began with it.  One
 * that did not is for the rest of the period, and begins later than it.  Another interval always
 * ends it, also when the row's period was taken from a clock that goes before the gateway's. */
static bool begins_anew(const struct subscription *s, const struct gateway_standing *at,
    const struct gateway_invoice *in)
{
    int64_t longer = at->end_ms - s->period_end_ms;
    return at->start_ms == in->start_ms &&
        (at->start_ms > s->period_start_ms || longer > DAY_MS || longer < -DAY_MS);
}

/* What a change cost: the new plan is the one that it stands at now. */
static enum err bill_changed(struct ctx *c, const struct gateway_standing *at,
    const struct subscription *s, const struct gateway_invoice *in, struct bill *ret,
    struct str *ret_doubt)
{
    struct subscription_terms to = s->terms;
    struct str price = S("");
    bool found = false;
    TRY(standing_price(c, s, at, &found, &price));
    enum err e = found ? bill_terms(c, &s->terms, price, &to) : E_INVALID;
    if (e == E_INVALID)
        *ret_doubt = S("it was changed at the gateway to what the catalogue does not have");
    else
        TRY(e);
    err_clear(c);
    struct bill_sum sum = sum_of_invoice(in, to.tax_inclusive);
    struct bill_period period = { .terms = &to };
    if (begins_anew(s, at, in)) {
        period.start_ms = at->start_ms;
        period.end_ms = at->end_ms;
    }
    return bill_of_change(c, s, &period, &sum, ret);
}

/* Made there by hand: its money is booked, nothing is handed out for it. */
static enum err bill_other(
    struct ctx *c, const struct subscription *s, const struct gateway_invoice *in, struct bill *ret)
{
    struct bill_sum sum = sum_of_invoice(in, s->terms.tax_inclusive);
    TRY(bill_of_change(c, s, &(struct bill_period) { .terms = &s->terms }, &sum, ret));
    ret->order.kind = ORDER_ONCE;
    ret->line[0].plan = S("");
    ret->line[0].description = str_fmt(
        c->arena, "Invoice %.*s of %.*s", SARG(in->number), SARG(gateway_by_id(s->gateway)->title));
    return E_OK;
}

static enum err bill_invoice(struct ctx *c, const struct gateway_standing *at,
    const struct subscription *s, const struct gateway_invoice *in, struct bill *ret,
    struct str *ret_doubt)
{
    switch (in->reason) {
    case INVOICE_START:
        break;
    case INVOICE_RENEWAL:
        return bill_renewal(c, s, in, ret, ret_doubt);
    case INVOICE_CHANGE:
        return bill_changed(c, at, s, in, ret, ret_doubt);
    case INVOICE_OTHER:
        return bill_other(c, s, in, ret);
    }
    never("a first invoice is the checkout's");
}

static enum err settle_invoice(struct ctx *c, const struct gateway_standing *at,
    const struct subscription *s, const struct gateway_invoice *in, const struct bill *b,
    struct str doubt)
{
    struct attempt a = {
        .order_n = b->order.n,
        .id = id_new(c),
        .gateway = s->gateway,
        .amount = { b->order.total_minor, b->order.currency },
        .method = S("card"),
        .session_id = in->id, /* at its gateway there is one of it */
        .subscription = s->reference,
        .payment = in->payment,
    };
    TRY(attempt_insert(c, &a));
    TRY(attempt_told_page(c, a.n, in->page_url));
    struct settle w = {
        .gateway = s->gateway,
        .confirmed_by = S("query"),
        .doubt = doubt,
        .notice = { .kind = NOTICE_PAID,
            .name = S("invoice"),
            .session_id = in->id,
            .payment = in->payment,
            .attempt = attempt_id(c->arena, &a),
            .subscription = s->reference,
            .payer = at->payer,
            .has_amount = true,
            .amount_minor = in->due.minor,
            .currency = in->due.cur,
            .method_type = in->method_type,
            .method_brand = in->method_brand,
            .method_last4 = in->method_last4 },
    };
    return settle_tx(c, &w);
}

/* Another discount on the plan that it is, or the same plan once more. */
static bool changes_nothing(const struct subscription *s, const struct gateway_standing *at,
    const struct gateway_invoice *in)
{
    return in->reason == INVOICE_CHANGE && in->total.minor == 0 && in->due.minor == 0 &&
        standing_agrees(s, at) && !begins_anew(s, at, in);
}

struct carried {
    int64_t total_minor, tax_minor;
};

/* What cost too little to be collected stays for the next invoice: of the changes right before it.
 */
static struct carried carried_to(
    const struct gateway_standing *at, const struct gateway_invoice *in)
{
    struct carried sum = { 0, 0 };
    for (size_t i = (size_t)(in - at->invoice) + 1; i < at->invoices; i++) {
        const struct gateway_invoice *before = &at->invoice[i];
        bool small = before->reason == INVOICE_CHANGE && before->paid && before->due.minor == 0 &&
            before->total.minor > 0 && before->tax.minor <= before->total.minor;
        if (!small)
            break;
        sum.total_minor += before->total.minor;
        sum.tax_minor += before->tax.minor;
    }
    return sum;
}

enum err invoice_take(struct ctx *c, const struct gateway_standing *at,
    const struct subscription *s, const struct gateway_invoice *in, bool *ret_order)
{
    struct notice about = { .session_id = in->id };
    struct attempt a;
    struct bill b;
    struct str doubt = S("");
    bool found = false;
    *ret_order = false;
    if (in->reason == INVOICE_START)
        return teach_start(c, s, in);
    TRY(attempt_of_notice(c, s->gateway, &about, &found, &a));
    if (found && !MUTANT(16)) /* planted: renewed once more */
        return teach(c, &a, s, in);
    if (!in->paid || changes_nothing(s, at, in))
        return E_OK;
    TRY(bill_invoice(c, at, s, in, &b, &doubt));
    struct carried more = carried_to(at, in);
    if (doubt.n == 0 && more.total_minor > 0 &&
        in->due.minor == b.order.total_minor + more.total_minor)
        bill_add(&b, more.total_minor, more.tax_minor);
    /* What an earlier change left there pays a part; only of what was agreed to. */
    if (doubt.n == 0 && in->due.minor < b.order.total_minor)
        bill_take_off(&b, b.order.total_minor - in->due.minor);
    TRY(bill_insert(c, &b));
    *ret_order = true;
    return settle_invoice(c, at, s, in, &b, doubt);
}
