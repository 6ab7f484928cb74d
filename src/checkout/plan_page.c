#include "base/clock.h"
#include "checkout/checkout_page.h"
#include "web/part.h"

/* What pages say about the prices of plans. */

const struct price *plan_sold(const struct product *p, enum interval every, enum currency cur)
{
    for (size_t i = 0; i < p->price_count; i++)
        if (p->prices[i].active && p->prices[i].interval == every && p->prices[i].amount.cur == cur)
            return &p->prices[i];
    return NULL;
}

struct str plan_months_free(struct arena *a, struct money month, struct money year)
{
    int64_t saved = month.minor * 12 - year.minor;
    bool whole = month.minor > 0 && saved > 0 && saved % month.minor == 0;
    return whole ? number_text(a, saved / month.minor) : S("");
}

struct str plan_other_way(struct arena *a, const struct product *p, const struct price *shown)
{
    const struct price *month = plan_sold(p, INTERVAL_MONTH, shown->amount.cur);
    const struct price *year = plan_sold(p, INTERVAL_YEAR, shown->amount.cur);
    struct money share;
    if (month == NULL || year == NULL)
        return S("");
    if (shown == year)
        return money_share(year->amount, 1, 12, &share)
            ? SAY_WITH(a, THAT_IS, { "price", money_text(a, share) })
            : S("");
    struct str n = plan_months_free(a, month->amount, year->amount);
    struct str sum = money_text(a, year->amount);
    return n.n > 0 ? SAY_WITH(a, BY_THE_YEAR_FREE, { "price", sum }, { "n", n })
                   : SAY_WITH(a, BY_THE_YEAR, { "price", sum });
}

struct str plan_standing(struct arena *a, const struct subscription *s)
{
    if (s->cancel_at_ms > 0)
        return SAY_WITH(a, ENDS_ON, { "day", time_day(a, s->cancel_at_ms) });
    switch (s->status) {
    case SUBSCRIPTION_TRIALING:
        return SAY_WITH(a, TRIAL_UNTIL, { "day", time_day(a, s->trial_end_ms) });
    case SUBSCRIPTION_ACTIVE:
        return SAY_WITH(a, RENEWS_ON, { "day", time_day(a, s->period_end_ms) });
    case SUBSCRIPTION_PAST_DUE:
        return SAY(IS_UNPAID);
    case SUBSCRIPTION_INCOMPLETE:
        return SAY(IS_BEGINNING);
    case SUBSCRIPTION_CANCELED:
    case SUBSCRIPTION_STATUS_COUNT:
        break;
    }
    never("a plan that one has is not over");
}

struct str plan_each(struct arena *a, const struct subscription_terms *t)
{
    struct str sum = money_text(a, t->amount);
    return t->months == 12 ? SAY_WITH(a, EACH_YEAR, { "price", sum })
                           : SAY_WITH(a, EACH_MONTH, { "price", sum });
}

/* Up or down from what one has, by what a month of it costs. */
static bool is_dearer(const struct price *price, const struct subscription *s)
{
    int64_t months = price->interval == INTERVAL_YEAR ? 12 : 1;
    return price->amount.minor * s->terms.months > s->terms.amount.minor * months;
}

struct part_button plan_way(struct arena *a, const struct product *p, const struct price *price,
    const struct subscription *has)
{
    return (struct part_button) {
        .kind = BUTTON_QUIET,
        .words = is_dearer(price, has) ? SAY_WITH(a, UPGRADE_TO, { "plan", p->name })
                                       : SAY_WITH(a, SWITCH_TO, { "plan", p->name }),
        .href = str_fmt(a, "/account/plan?to=%.*s&every=%s", SARG(p->id),
            price->interval == INTERVAL_YEAR ? "year" : "month"),
    };
}
