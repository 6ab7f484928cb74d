#include "dispute/dispute.h"

#include "dispute/dispute_db.h"

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
