#include "dispute/dispute.h"

#include "dispute/dispute_db.h"
#include "ledger/ledger.h"

static const struct str status_names[] = {
    [DISPUTE_WARNING] = S_INIT("warning"),
    [DISPUTE_OPEN] = S_INIT("open"),
    [DISPUTE_UNDER_REVIEW] = S_INIT("under_review"),
    [DISPUTE_WON] = S_INIT("won"),
    [DISPUTE_LOST] = S_INIT("lost"),
};
_Static_assert(ARRAY_LEN(status_names) == DISPUTE_STATUS_COUNT, "every status has a name");

struct str dispute_status_text(enum dispute_status s)
{
    must(s < DISPUTE_STATUS_COUNT);
    return status_names[s];
}

bool dispute_status_parse(struct str s, enum dispute_status *ret)
{
    for (size_t i = 0; i < DISPUTE_STATUS_COUNT; i++)
        if (str_eq(status_names[i], s)) {
            *ret = (enum dispute_status)i;
            return true;
        }
    return false;
}

bool dispute_is_over(enum dispute_status s)
{
    return s == DISPUTE_WON || s == DISPUTE_LOST;
}

struct str dispute_id(struct arena *a, const struct dispute *d)
{
    return id_text(a, S("dsp"), d->id);
}

struct str evidence_state_text(enum evidence_state s)
{
    switch (s) {
    case EVIDENCE_DRAFT:
        return S("draft");
    case EVIDENCE_SENDING:
        return S("sending");
    case EVIDENCE_SENT:
        return S("sent");
    case EVIDENCE_REFUSED:
        return S("refused");
    }
    never("evidence has four states");
}

struct str dispute_reason_words(struct arena *a, const struct dispute *d)
{
    static const struct {
        const char *word, *meaning;
    } reasons[] = {
        { "bank_cannot_process", "The bank cannot process the payment" },
        { "check_returned", "The check came back" },
        { "credit_not_processed", "The buyer says that a refund was promised and never came" },
        { "customer_initiated", "The buyer asked the bank to take it back" },
        { "debit_not_authorized", "The buyer says that the debit was not allowed" },
        { "duplicate", "The buyer says that it was charged twice" },
        { "fraudulent", "The buyer says that somebody else paid with the card" },
        { "general", "The bank gave no reason" },
        { "incorrect_account_details", "The account's details are wrong" },
        { "insufficient_funds", "The account has not enough money" },
        { "noncompliant", "The card's network says that a rule was broken" },
        { "product_not_received", "The buyer says that nothing was delivered" },
        { "product_unacceptable", "The buyer says that it is not what was sold" },
        { "subscription_canceled", "The buyer says that the plan was cancelled before" },
        { "unrecognized", "The buyer does not know what the payment was for" },
    };
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (str_eq(d->reason, str_of_c(reasons[i].word)))
            return str_of_c(reasons[i].meaning);
    return d->reason.n > 0 ? str_fmt(a, "The gateway calls it \"%.*s\"", SARG(d->reason))
                           : S("The gateway does not say why");
}

enum err dispute_get(struct ctx *c, struct id id, struct dispute *ret)
{
    bool found = false;
    TRY(dispute_db_by_id(c, id, &found, ret));
    return found ? E_OK : fail(c, NOT_FOUND, "there is no such dispute");
}

enum err dispute_by_n(struct ctx *c, int64_t n, struct dispute *ret)
{
    return dispute_db_by_n(c, n, ret);
}

/* ---- I3 */

struct checking {
    struct buf *out;
    int64_t found;
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

enum err dispute_verify(struct ctx *c, struct buf *out)
{
    struct checking k = { .out = out };
    TRY(dispute_db_sums(c, check_payment, &k));
    TRY(dispute_db_held(c, check_held, &k));
    return k.found == 0 ? E_OK : fail(c, CONFLICT, "disputes and payments do not agree");
}
