#include "coupon/coupon.h"
#include "credit/credit.h"
#include "dispute/dispute.h"
#include "grant/grant_verify.h"
#include "invoice/invoice.h"
#include "ledger/ledger.h"
#include "payment/back.h"
#include "payment/payment_verify.h"
#include "sim/check.h"
#include "sim/vendor.h"

/* I1 to I6 and I8: the money in purser's books, against the gateways'. */

enum { /* ledger.def */
    GATEWAY = 1,
    SALES = 2,
    TAX = 3,
    UNEXPLAINED = 7
};

#define EACH_ORDER(l, b, k)                                                                        \
    for (size_t i_ = 0; i_ < (b)->orders; i_++)                                                    \
        for (struct account k = account_of((l), (b), &(b)->order[i_]), *once_ = &k; once_ != NULL; \
             once_ = NULL)

static enum err verify(struct ctx *c, void *arg)
{
    int64_t n = 0;
    TRY(ledger_verify(c, arg, &n));
    TRY(credit_verify(c, arg));
    TRY(payment_verify(c, arg));
    TRY(back_verify(c, arg));
    TRY(dispute_verify(c, arg));
    TRY(coupon_verify(c, arg));
    TRY(grant_verify(c, arg));
    return invoice_verify(c, arg, &n);
}

void check_ledger(struct life *l, const struct books *b)
{
    int64_t uneven = 0;
    struct buf out = BUF(&l->scratch);
    l->sum.checked[SIM_I1] += (int64_t)b->sums;
    must(look_uneven(&l->c, &uneven) == E_OK);
    if (uneven > 0)
        violate(
            l, SIM_I1, -1, "%lld facts moved money that does not sum to zero", (long long)uneven);
    if (db_read_long(&l->c, verify, &out) != E_OK)
        violate(l, SIM_I1, -1, "the ledger does not verify: %.*s", SARG(buf_str(&out)));
    err_clear(&l->c);
}

int64_t share_back(int64_t a, int64_t b, int64_t d)
{
    __extension__ typedef __int128 wide;
    return (int64_t)(((wide)a * b * 2 + d) / ((wide)d * 2));
}

/* What of an order's tax is owed when a part of the payment went back. */
static int64_t tax_after(const struct account *k)
{
    if (k->sale == NULL || k->sale->amount == 0)
        return k->sale == NULL ? 0 : k->o->tax;
    return k->o->tax - share_back(k->o->tax, k->sale->refunded, k->sale->amount);
}

/* What the account of each kind must hold because of this order. */
void check_balances(struct life *l, const struct books *b)
{
    EACH_ORDER(l, b, k)
    {
        int64_t at_gateway = 0, unexplained = 0, sold = 0;
        for (size_t i = 0; i < b->attempts; i++) {
            const struct look_attempt *a = &b->attempt[i];
            if (a->order_n != k.o->n || !a->captured)
                continue;
            at_gateway += a->amount - a->refunded;
            unexplained -= a->extra ? a->amount - a->refunded : 0;
            sold -= a->extra ? 0 : a->amount - a->refunded;
        }
        l->sum.checked[SIM_I2]++;
        int64_t sales = sum_of(b, k.o->id, SALES), tax = sum_of(b, k.o->id, TAX);
        int64_t tax_left = tax_after(&k);
        if (sum_of(b, k.o->id, GATEWAY) != at_gateway ||
            sum_of(b, k.o->id, UNEXPLAINED) != unexplained || sales + tax != sold ||
            tax != -tax_left)
            violate(l, SIM_I2, k.order,
                "the books say gateway %lld, sales %lld, tax %lld, unexplained %lld; its payments say %lld, %lld, %lld, %lld",
                (long long)sum_of(b, k.o->id, GATEWAY), (long long)sales, (long long)tax,
                (long long)sum_of(b, k.o->id, UNEXPLAINED), (long long)at_gateway,
                (long long)sold + (long long)tax_left, -(long long)tax_left,
                (long long)unexplained);
        int64_t back = k.sale != NULL && k.sale->amount > 0
            ? share_back(k.o->total, k.sale->refunded + k.sale->lost, k.sale->amount)
            : 0;
        if (k.o->refunded != back)
            violate(l, SIM_I2, k.order, "the order says %lld went back, its payment %lld",
                (long long)k.o->refunded, (long long)back);
    }
}

void check_refunds(struct life *l, const struct books *b)
{
    for (size_t i = 0; i < b->attempts; i++) {
        const struct look_attempt *a = &b->attempt[i];
        const struct paypage *p = page_of_attempt(l, a);
        l->sum.checked[SIM_I3]++;
        if (a->refunded + a->lost > a->amount || (a->refunded + a->lost > 0 && !a->captured))
            violate(l, SIM_I3, p != NULL ? p->order : -1, "%.*s: %lld went back of %lld",
                SARG(a->id), (long long)a->refunded, (long long)a->amount);
        if (p != NULL && p->refunded_units > p->truth_units)
            violate(l, SIM_I3, p->order, "%.*s gave back %lld of %lld", SARG(p->vendor),
                (long long)p->refunded_units, (long long)p->truth_units);
        if (a->refunded > 0 && (p == NULL || p->refunded_units == 0))
            violate(l, SIM_I3, p != NULL ? p->order : -1,
                "%.*s is given back here, and not at the gateway", SARG(a->id));
    }
}

/* R11: what a gateway is asked to give back is reserved before, or it has told of it meanwhile. */
void check_call(struct life *l, const struct net_request *in)
{
    const struct vendor *v = vendor_named(in->gateway);
    struct look_attempt *a = arena_array(&l->scratch, struct look_attempt, SESSIONS_MAX * 2);
    struct ctx c = ctx_sibling(&l->c, &l->scratch);
    int64_t units = 0;
    size_t n = 0;
    if (v == NULL || v->gives_back == NULL || !v->gives_back(&c, in, &units))
        return;
    c.store = l->process.store;
    must(look_attempts(&c, 0, a, SESSIONS_MAX * 2, &n) == E_OK);
    l->sum.checked[SIM_I3]++;
    for (size_t i = 0; i < n; i++)
        if (str_eq(a[i].id, in->attempt) && v->digits(a[i].currency) == iso_digits(a[i].currency) &&
            a[i].reserved + a[i].refunded < units)
            violate(l, SIM_I3, -1,
                "%lld are to go back of %.*s, of which %lld are back and %lld reserved",
                (long long)units, SARG(a[i].id), (long long)a[i].refunded,
                (long long)a[i].reserved);
}

/* T1: where the gateway keeps keys, asking once more is no second page that can be paid. */
static void check_pages(struct life *l)
{
    for (size_t i = 0; i < l->pages; i++) {
        const struct paypage *p = &l->page[i];
        l->sum.checked[SIM_I4]++;
        for (size_t k = 0; k < i && vendor_named(p->vendor)->keeps_keys; k++)
            if (str_eq(l->page[k].attempt, p->attempt) && str_eq(l->page[k].vendor, p->vendor))
                violate(l, SIM_I4, p->order, "%.*s and %.*s are both open for %.*s",
                    SARG(l->page[k].id), SARG(p->id), SARG(p->attempt));
    }
}

void check_once(struct life *l, const struct books *b)
{
    check_pages(l);
    EACH_ORDER(l, b, k)
    {
        l->sum.checked[SIM_I4]++;
        if (k.sales > 1)
            violate(l, SIM_I4, k.order, "%d payments are this order's sale", k.sales);
        if (facts_of(b, k.o->id, "PAYMENT_RECEIVED") > 1)
            violate(l, SIM_I4, k.order, "it was sold %lld times",
                (long long)facts_of(b, k.o->id, "PAYMENT_RECEIVED"));
    }
}

/* ---- from the gateway's side */

static const struct look_attempt *attempt_of_page(const struct books *b, const struct paypage *p)
{
    const struct look_attempt *by_name = NULL;
    for (size_t i = 0; i < b->attempts; i++) {
        if (str_eq(b->attempt[i].session, p->id))
            return &b->attempt[i];
        if (b->attempt[i].session.n == 0 && str_eq(b->attempt[i].id, p->attempt))
            by_name = &b->attempt[i];
    }
    return by_name;
}

static const struct look_order *order_of_page(
    struct life *l, const struct books *b, const struct paypage *p)
{
    for (size_t i = 0; i < b->orders; i++)
        if (str_eq(b->order[i].id, l->order[p->order].id))
            return &b->order[i];
    return NULL;
}

static const struct good *plan_of_order(const struct life *l, int order)
{
    int wish = l->order[order].first_wish;
    size_t at = wish >= 0 ? l->wish[wish].pick.good[0] : 0;
    return at >= l->sim->shelf.goods ? &l->sim->shelf.good[at] : NULL;
}

/* The same buyer paid for two plans of one group: one of them is a person's business. */
static bool is_second_plan(const struct life *l, int order)
{
    const struct good *g = plan_of_order(l, order);
    for (size_t i = 0; i < l->pages && g != NULL; i++) {
        const struct paypage *p = &l->page[i];
        const struct good *other = plan_of_order(l, p->order);
        if (p->captured && p->order != order && other != NULL && str_eq(other->group, g->group) &&
            str_eq(l->wish[l->order[p->order].first_wish].who,
                l->wish[l->order[order].first_wish].who))
            return true;
    }
    return false;
}

/* One page was paid, nobody lied: then it is a sale, and nothing to review. */
static void check_plain(struct life *l, const struct account *k, const struct paypage *p)
{
    /* An invoice over another sum than was agreed to is a person's business. */
    bool other =
        k->o->status == LOOK_REVIEW && (str_starts(p->id, S("in_")) || is_second_plan(l, k->order));
    if (k->captured_pages > 1 || k->doubted || other || l->order[k->order].decided)
        return;
    if (!is_paid(k->o->status))
        violate(l, SIM_I5, k->order,
            "%.*s was paid at %.*s, and the order is no sale (status %lld)", SARG(p->id),
            SARG(p->vendor), (long long)k->o->status);
}

/* The answer that named the page was lost, and so was every webhook about it: nobody can know. */
static bool could_know(const struct life *l, const struct paypage *p, const struct look_attempt *a)
{
    const struct vendor *v = vendor_named(p->vendor);
    bool told = v->finds_by_reference || (a != NULL && a->session.n > 0);
    for (size_t i = 0; i < l->parcels; i++)
        told = told ||
            (l->parcel[i].acked && str_eq(l->parcel[i].session, p->id) &&
                !str_eq(l->parcel[i].event, v->announcement));
    return told;
}

void check_captures(struct life *l, const struct books *b)
{
    for (size_t i = 0; i < l->pages; i++) {
        const struct paypage *p = &l->page[i];
        const struct look_attempt *a = attempt_of_page(b, p);
        if (!p->captured || !could_know(l, p, a))
            continue;
        l->sum.checked[SIM_I5]++;
        const struct look_order *o = order_of_page(l, b, p);
        if (o == NULL || a == NULL) {
            violate(
                l, SIM_I5, p->order, "%.*s was paid, and purser does not know of it", SARG(p->id));
            continue;
        }
        struct account k = account_of(l, b, o);
        bool review = o->status == LOOK_REVIEW || l->order[p->order].decided;
        if (!a->captured && !review)
            violate(l, SIM_I5, p->order, "%.*s was paid, and is neither a payment nor a review",
                SARG(p->id));
        if (k.held > 0 && !review)
            violate(l, SIM_I5, p->order, "a second payment is held, and nobody reviews it");
        check_plain(l, &k, p);
    }
    EACH_ORDER(l, b, k)
    {
        bool told = false;
        for (size_t i = 0; i < b->alerts; i++)
            told = told || str_eq(b->alert[i].subject, k.o->id);
        if (k.o->status == LOOK_REVIEW && !told)
            violate(l, SIM_I5, k.order, "it is in review, and no alert says so");
    }
}

/* The gateway's units in ours, by digits written down here. */
static bool same_units(const struct paypage *p, int64_t y, int64_t x, const struct look_attempt *a)
{
    int theirs = vendor_named(p->vendor)->digits(a->currency), ours = iso_digits(a->currency);
    for (; theirs > ours; theirs--)
        y *= 10;
    for (; ours > theirs; ours--)
        x *= 10;
    return theirs >= 0 && x == y;
}

static bool same_amount(const struct paypage *p, const struct look_attempt *a)
{
    const struct vendor *v = vendor_named(p->vendor);
    /* What no webhook says, nobody who was told by webhook alone can have compared. */
    bool said = v->webhooks_name_currency || !str_eq(a->confirmed_by, S("webhook"));
    return same_units(p, a->amount, p->truth_units, a) &&
        (!said || str_eq(p->truth_currency, a->currency));
}

void check_grounds(struct life *l, const struct books *b)
{
    for (size_t i = 0; i < b->attempts; i++) {
        const struct look_attempt *a = &b->attempt[i];
        const struct paypage *p = page_of_attempt(l, a);
        if (!a->captured || a->amount == 0)
            continue;
        l->sum.checked[SIM_I6]++;
        if (p == NULL || !p->captured)
            violate(l, SIM_I6, p != NULL ? p->order : -1,
                "%.*s is a payment here, and nobody paid at the gateway", SARG(a->id));
        else if (!same_amount(p, a))
            violate(l, SIM_I6, p->order, "%.*s is %lld %.*s here, and %lld units of %.*s there",
                SARG(a->id), (long long)a->amount, SARG(a->currency), (long long)p->truth_units,
                SARG(p->truth_currency));
    }
    EACH_ORDER(l, b, k)
    {
        bool accepted = l->order[k.order].accepted;
        if (is_paid(k.o->status) && k.sale == NULL)
            violate(l, SIM_I6, k.order, "it is paid (status %lld) without a payment",
                (long long)k.o->status);
        if (k.sale != NULL && k.sale->amount != k.o->total && !accepted)
            violate(l, SIM_I6, k.order, "it costs %lld, and was paid with %lld",
                (long long)k.o->total, (long long)k.sale->amount);
    }
}

static void check_status(struct life *l, const struct account *k, const struct paypage *p)
{
    int64_t want = str_eq(p->state, S("refunded")) ? LOOK_REFUNDED
        : str_eq(p->state, S("disputed"))          ? LOOK_DISPUTED
        : p->refunded_units > 0                    ? LOOK_PARTLY_REFUNDED
                                                   : LOOK_COMPLETED;
    bool argued = p->disputed && want == LOOK_COMPLETED && k->o->status == LOOK_DISPUTED;
    if (k->o->status != want && !argued)
        violate(l, SIM_I8, k->order, "the gateway says %.*s, and the order has status %lld",
            SARG(p->state), (long long)k->o->status);
}

void check_agreement(struct life *l, const struct books *b)
{
    EACH_ORDER(l, b, k)
    {
        if (k.o->status == LOOK_REVIEW || l->order[k.order].decided || k.doubted)
            continue;
        for (size_t i = 0; i < b->attempts; i++) {
            const struct look_attempt *a = &b->attempt[i];
            const struct paypage *p = page_of_attempt(l, a);
            if (a->order_n != k.o->n || !a->captured || p == NULL)
                continue;
            l->sum.checked[SIM_I8]++;
            bool other = (p->refunded_units > 0) != (a->refunded + a->lost > 0) ||
                (a->lost == 0 && !same_units(p, a->refunded, p->refunded_units, a));
            if (other)
                violate(l, SIM_I8, k.order, "%.*s: the gateway gave back %lld, purser says %lld",
                    SARG(a->id), (long long)p->refunded_units, (long long)a->refunded);
            else if (a == k.sale)
                check_status(l, &k, p);
        }
    }
}
