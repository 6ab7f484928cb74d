#include "sim/life.h"
#include "subscription/subscription.h"

/* Months, counted once more, day by day: what follows the 31st is the 28th, the 29th of a leap
 * year, the 30th, and the 31st again. */

struct date {
    int64_t year, month, day; /* from 1 */
};

static int64_t days_of(int64_t year, int64_t month)
{
    static const int64_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static struct date date_of(int64_t day)
{
    struct date d = { 2024, 1, 1 };
    day -= 19723; /* of 1970's */
    while (day >= days_of(d.year, d.month)) {
        day -= days_of(d.year, d.month);
        d.year += d.month == 12;
        d.month = d.month == 12 ? 1 : d.month + 1;
    }
    d.day += day;
    return d;
}

int64_t calendar_month(int64_t anchor_ms, int64_t months)
{
    struct date from = date_of(anchor_ms / DAY), d = { from.year, from.month, from.day };
    int64_t day = anchor_ms / DAY - (from.day - 1); /* of the month's first */
    for (int64_t i = 0; i < months; i++) {
        day += days_of(d.year, d.month);
        d.year += d.month == 12;
        d.month = d.month == 12 ? 1 : d.month + 1;
    }
    int64_t last = days_of(d.year, d.month);
    return (day + (from.day < last ? from.day : last) - 1) * DAY + anchor_ms % DAY;
}

/* ---- ten years of it */

enum {
    YEARS = 10,
    FIRST_DAY = 20819, /* 1 January 2027 */
    LAST_DAY = FIRST_DAY + 1461
};

static bool is_wrong(const struct subscription *s, int64_t months, int64_t *ret_month)
{
    struct subscription at = *s;
    for (int64_t m = 0; m <= YEARS * 12; m += months) {
        at.period_start_ms = at.period_end_ms;
        at.period_end_ms = subscription_next_end_ms(&at, months);
        *ret_month = m + 2 * months;
        if (subscription_month_ms(s, m) != calendar_month(s->anchor_ms, m) ||
            at.period_end_ms != calendar_month(s->anchor_ms, m + 2 * months))
            return true;
    }
    return false;
}

/* Each day of four years on which one could begin, by months and by years; each period counted from
 * the one before it, as renewals do. */
struct str calendar_wrong(struct arena *a, int64_t *ret_looked)
{
    *ret_looked = 0;
    for (int64_t day = FIRST_DAY; day < LAST_DAY; day++)
        for (int64_t months = 1; months <= 12; months += 11) {
            struct subscription s = { .anchor_ms = day * DAY + 17 * (int64_t)HOUR };
            int64_t month = 0;
            s.period_start_ms = s.anchor_ms;
            s.period_end_ms = calendar_month(s.anchor_ms, months);
            s.terms.months = months;
            *ret_looked += 1;
            if (is_wrong(&s, months, &month))
                return str_fmt(a, "what begins on day %lld ends another day after %lld months",
                    (long long)day, (long long)month);
        }
    return S("");
}
