#include "credit/credit.h"

#include "access/upgrade.h"
#include "base/config.h"
#include "customer/customer.h"
#include "mail/mail.h"
#include "mail/mail_part.h"

/* "You have 10 credits left."  A job, so that nothing is drawn while credits are used; queued once
 * a day for each line that was crossed, however often a balance goes up and down over it. */

struct letter {
    int64_t customer_n, percent, date;
};

static bool read_subject(struct str subject, struct letter *ret)
{
    struct str customer, percent, date, rest;
    return str_cut(subject, ':', &customer, &rest) && str_cut(rest, ':', &percent, &date) &&
        str_to_i64(customer, &ret->customer_n) && str_to_i64(percent, &ret->percent) &&
        str_to_i64(date, &ret->date);
}

struct str credit_low_subject(struct arena *a, int64_t customer_n, int64_t percent, int64_t date)
{
    return str_fmt(a, "%lld:%lld:%lld", (long long)customer_n, (long long)percent, (long long)date);
}

static enum err gives_more(struct ctx *c, const struct product *plan, void *arg, bool *ret)
{
    *ret = access_number(plan->source, "credits.allowance", 0) > *(const int64_t *)arg;
    return c->dead ? E_DEAD : E_OK;
}

/* A plan that gives more, where there is one. */
static enum err write_offer(
    struct ctx *c, struct mail_draft *d, const struct letter *l, const struct access *access)
{
    struct access_upgrade up;
    int64_t allowance = access->allowance;
    TRY(access_upgrade(c, l->customer_n, gives_more, &allowance, &up));
    if (up.plan == NULL)
        return E_OK;
    mail_paragraph(d,
        str_fmt(c->arena, "%.*s comes with %lld credits, for %.*s a %s.", SARG(up.plan->name),
            (long long)access_number(up.plan->source, "credits.allowance", 0),
            SARG(money_text(c->arena, up.price->amount)),
            up.price->interval == INTERVAL_YEAR ? "year" : "month"));
    return E_OK;
}

static enum err write_letter(
    struct ctx *c, const struct letter *l, const struct customer *k, struct str subject)
{
    struct credit_account account;
    struct access access;
    TRY(credit_look(c, l->customer_n, &account));
    TRY(access_of(c, l->customer_n, &access));
    struct str left = account.balance == 1
        ? S("You have one credit left")
        : str_fmt(c->arena, "You have %lld credits left", (long long)account.balance);
    struct mail_draft d = mail_open(c, str_fmt(c->arena, "%.*s.", SARG(left)),
        str_fmt(c->arena, "Less than %lld %% of %lld.", (long long)l->percent,
            (long long)access.allowance));
    mail_note(&d,
        str_fmt(c->arena, "That is less than %lld %% of the %lld that your plan gives.",
            (long long)l->percent, (long long)access.allowance));
    TRY(write_offer(c, &d, l, &access));
    mail_button(&d, S("See your credits"), config_site_url(c, S("/account")));
    mail_close(&d, S("You get this because your credits are running low."));
    const struct mail mail = {
        .kind = S("credits_low"),
        .about = id_text(c->arena, S("cus"), k->id),
        .customer_n = l->customer_n,
        .key = str_fmt(c->arena, "credits_low:%.*s", SARG(subject)),
        .to_address = k->email,
        .to_name = k->name,
        .subject = left,
        .text = buf_str(&d.text),
        .html = buf_str(&d.html),
    };
    return mail_queue(c, &mail);
}

enum err credit_low_job(struct ctx *c, struct str subject)
{
    struct letter l = { .percent = 0 };
    struct customer k;
    must(read_subject(subject, &l));
    TRY(customer_by_n(c, l.customer_n, &k));
    if (k.email.n == 0)
        return E_OK;
    return write_letter(c, &l, &k, subject);
}
