#include "base/clock.h"
#include "customer/customer.h"
#include "mail/mail.h"
#include "mail/mail_part.h"
#include "renewal/bill.h"
#include "renewal/state.h"

/* What a customer is told about a plan that goes on, or does not.  Queued in the transaction of
 * what it tells, once under its key. */

struct letter {
    struct ctx *c;
    const struct subscription *s;
    struct str to, name, plan; /* to empty: nobody knows where to */
};

static enum err open_letter(struct ctx *c, const struct subscription *s, struct letter *ret)
{
    struct letter l = { .c = c, .s = s, .plan = bill_name(c->arena, &s->terms) };
    struct customer k;
    struct order first;
    TRY(customer_by_n(c, s->customer_n, &k));
    TRY(order_by_n(c, s->order_n, &first));
    l.to = k.email.n > 0 ? k.email : first.email;
    l.name = k.name.n > 0 ? k.name : first.name;
    *ret = l;
    return E_OK;
}

static enum err queue(
    const struct letter *l, struct mail_draft *d, struct str key, struct str subject)
{
    struct ctx *c = l->c;
    mail_close(d, S("You get this because you have a plan here."));
    const struct mail mail = {
        .kind = S("subscription"),
        .about = subscription_id(c->arena, l->s),
        .customer_n = l->s->customer_n,
        .key = key,
        .to_address = l->to,
        .to_name = l->name,
        .subject = subject,
        .text = buf_str(&d->text),
        .html = buf_str(&d->html),
    };
    return l->to.n > 0 ? mail_queue(c, &mail) : E_OK;
}

static struct str key_of(const struct letter *l, const char *kind, struct str detail)
{
    struct arena *a = l->c->arena;
    return str_fmt(a, "%s:%.*s:%.*s", kind, SARG(subscription_id(a, l->s)), SARG(detail));
}

static struct str moment(struct ctx *c, int64_t ms)
{
    return str_fmt(c->arena, "%lld", (long long)ms);
}

enum err tell_failed(struct ctx *c, const struct subscription *s, const struct state_change *change)
{
    struct letter l;
    struct dunning dunning;
    struct str sum = money_text(c->arena, change->due);
    TRY(open_letter(c, s, &l));
    TRY(dunning_now(c, &dunning));
    struct str until = time_day(c->arena, s->past_due_ms + dunning.grace_ms);
    struct mail_draft d =
        mail_open(c, str_fmt(c->arena, "Your payment of %.*s did not go through.", SARG(sum)),
            str_fmt(c->arena, "%.*s stays until %.*s.", SARG(l.plan), SARG(until)));
    mail_paragraph(&d,
        str_fmt(c->arena,
            "You keep %.*s and your credits until %.*s. Until then the payment is tried again; "
            "after that the plan ends.",
            SARG(l.plan), SARG(until)));
    mail_button(&d, S("Update the card"),
        change->mend_url.n > 0 ? change->mend_url : config_site_url(c, S("/account")));
    return queue(&l, &d, key_of(&l, "failed", change->failed),
        str_fmt(c->arena, "Your payment of %.*s did not go through", SARG(sum)));
}

enum err tell_ends(struct ctx *c, const struct subscription *s)
{
    struct letter l;
    TRY(open_letter(c, s, &l));
    struct str end = time_day(c->arena, s->cancel_at_ms);
    struct mail_draft d = mail_open(c,
        str_fmt(c->arena, "You cancelled %.*s. It works until %.*s.", SARG(l.plan), SARG(end)),
        S("Nothing more is charged."));
    mail_paragraph(&d,
        S("Until then everything stays as it is, and nothing more is charged. Credits that the "
          "plan gave end with it; what you bought stays yours."));
    mail_button(
        &d, str_fmt(c->arena, "Keep %.*s", SARG(l.plan)), config_site_url(c, S("/account")));
    return queue(&l, &d, key_of(&l, "ends", moment(c, c->now_ms)),
        str_fmt(c->arena, "%.*s ends on %.*s", SARG(l.plan), SARG(end)));
}

enum err tell_ended(struct ctx *c, const struct subscription *s)
{
    struct letter l;
    TRY(open_letter(c, s, &l));
    bool unpaid = s->past_due_ms > 0;
    struct mail_draft d = mail_open(c,
        unpaid ? str_fmt(c->arena, "%.*s has ended: it was not paid.", SARG(l.plan))
               : str_fmt(c->arena, "%.*s has ended.", SARG(l.plan)),
        S("Nothing more is charged."));
    mail_paragraph(&d,
        S("Nothing more is charged. What you bought stays yours, and you can come back whenever "
          "you like."));
    mail_button(&d, S("See the plans"), config_site_url(c, S("/pricing")));
    return queue(
        &l, &d, key_of(&l, "ended", S("")), str_fmt(c->arena, "%.*s has ended", SARG(l.plan)));
}

static struct str price_words(struct ctx *c, const struct subscription_terms *t)
{
    return str_fmt(c->arena, "%.*s a %s", SARG(money_text(c->arena, t->amount)),
        t->months == 12 ? "year" : "month");
}

enum err tell_changes(
    struct ctx *c, const struct subscription *s, const struct subscription_terms *next)
{
    struct letter l;
    TRY(open_letter(c, s, &l));
    struct str name = bill_name(c->arena, next), when = time_day(c->arena, s->period_end_ms);
    struct mail_draft d =
        mail_open(c, str_fmt(c->arena, "Your plan becomes %.*s on %.*s.", SARG(name), SARG(when)),
            str_fmt(c->arena, "From then on %.*s.", SARG(price_words(c, next))));
    mail_paragraph(&d,
        str_fmt(c->arena, "Until then you keep %.*s. From then on you pay %.*s.", SARG(l.plan),
            SARG(price_words(c, next))));
    mail_button(&d, S("See your plan"), config_site_url(c, S("/account")));
    return queue(&l, &d, key_of(&l, "changes", moment(c, c->now_ms)),
        str_fmt(c->arena, "Your plan becomes %.*s on %.*s", SARG(name), SARG(when)));
}

enum err tell_to_pay(
    struct ctx *c, const struct subscription *s, const struct order *o, struct str key, bool late)
{
    struct letter l;
    struct dunning dunning;
    struct str path, sum = money_text(c->arena, (struct money) { o->total_minor, o->currency });
    TRY(open_letter(c, s, &l));
    TRY(dunning_now(c, &dunning));
    TRY(order_path(c, o, ORDER_PLACE_ITSELF, &path));
    struct str end = time_day(c->arena, s->period_end_ms),
               last = time_day(c->arena, s->period_end_ms + dunning.grace_ms);
    bool trial = s->status == SUBSCRIPTION_TRIALING;
    struct str title = late
        ? str_fmt(c->arena, "%.*s is not paid yet: %.*s are due.", SARG(l.plan), SARG(sum))
        : trial
        ? str_fmt(c->arena, "Your trial of %.*s ends on %.*s.", SARG(l.plan), SARG(end))
        : str_fmt(c->arena, "%.*s renews on %.*s for %.*s.", SARG(l.plan), SARG(end), SARG(sum));
    struct mail_draft d = mail_open(c, title,
        late ? str_fmt(c->arena, "It stays until %.*s.", SARG(last))
             : str_fmt(c->arena, "Pay %.*s to go on.", SARG(sum)));
    mail_paragraph(&d,
        late ? str_fmt(c->arena, "You keep it until %.*s; after that it ends.", SARG(last))
             : str_fmt(c->arena,
                   "Nothing is charged by itself: pay on our page, and %.*s goes on without a "
                   "break.",
                   SARG(l.plan)));
    mail_lines_open(&d);
    mail_total(&d, S("Due"), (struct money) { o->total_minor, o->currency });
    mail_lines_close(&d);
    mail_button(&d, str_fmt(c->arena, "Pay %.*s", SARG(sum)), config_site_url(c, path));
    return queue(&l, &d, key_of(&l, "pay", key),
        late        ? str_fmt(c->arena, "%.*s is not paid yet", SARG(l.plan))
            : trial ? str_fmt(c->arena, "Your trial of %.*s ends on %.*s", SARG(l.plan), SARG(end))
                    : str_fmt(c->arena, "%.*s renews on %.*s", SARG(l.plan), SARG(end)));
}

/* Before it happens, with the way to something else. */
enum err tell_to_be_charged(
    struct ctx *c, const struct subscription *s, const struct order *o, struct str key)
{
    struct letter l;
    struct str path, sum = money_text(c->arena, (struct money) { o->total_minor, o->currency });
    TRY(open_letter(c, s, &l));
    TRY(order_path(c, o, ORDER_PLACE_ITSELF, &path));
    struct str end = time_day(c->arena, s->period_end_ms);
    struct mail_draft d = mail_open(c,
        str_fmt(c->arena, "%.*s renews on %.*s for %.*s.", SARG(l.plan), SARG(end), SARG(sum)),
        S("There is nothing that you have to do."));
    mail_paragraph(&d,
        str_fmt(c->arena,
            "On %.*s the card that you paid with is charged. Until then you can pay in another "
            "way, or cancel on your account page, and nothing is charged.",
            SARG(end)));
    mail_lines_open(&d);
    mail_total(&d, S("Charged then"), (struct money) { o->total_minor, o->currency });
    mail_lines_close(&d);
    mail_button(&d, S("Pay in another way"), config_site_url(c, path));
    return queue(&l, &d, key_of(&l, "pay", key),
        str_fmt(c->arena, "%.*s renews on %.*s", SARG(l.plan), SARG(end)));
}

enum err tell_trial_ends(struct ctx *c, const struct subscription *s)
{
    struct letter l;
    struct bill_sum sum;
    TRY(open_letter(c, s, &l));
    TRY(bill_sum_of_period(c, &s->terms, &sum));
    struct str end = time_day(c->arena, s->trial_end_ms),
               price = money_text(c->arena, (struct money) { sum.total_minor, sum.amount.cur });
    struct mail_draft d =
        mail_open(c, str_fmt(c->arena, "Your trial of %.*s ends on %.*s.", SARG(l.plan), SARG(end)),
            str_fmt(c->arena, "Then %.*s are charged.", SARG(price)));
    mail_paragraph(&d,
        str_fmt(c->arena, "On that day %.*s are charged, unless you cancel before.", SARG(price)));
    mail_button(&d, S("See your plan"), config_site_url(c, S("/account")));
    return queue(&l, &d, key_of(&l, "trial", moment(c, s->trial_end_ms)),
        str_fmt(c->arena, "Your trial of %.*s ends on %.*s", SARG(l.plan), SARG(end)));
}
