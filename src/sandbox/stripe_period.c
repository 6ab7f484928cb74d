#include "base/clock.h"
#include "sandbox/stripe_billing.h"

/* When periods begin and end.  Months and years are counted from the anchor, so that the 31st
 * comes back after a February. */

enum {
    DAY_S = 24 * 60 * 60
};

int64_t period_at(int64_t anchor, const struct tree *price, int64_t n)
{
    struct str interval = tree_str(price, "recurring.interval");
    int64_t count = tree_i64(price, "recurring.interval_count") * n, ms = 0;
    if (str_eq(interval, S("day")))
        return anchor + count * DAY_S;
    if (str_eq(interval, S("week")))
        return anchor + count * 7 * DAY_S;
    must(time_add_months(anchor * 1000, str_eq(interval, S("year")) ? count * 12 : count, &ms));
    return ms / 1000;
}

bool period_same(const struct tree *price, const struct tree *other)
{
    return str_eq(tree_str(price, "recurring.interval"), tree_str(other, "recurring.interval")) &&
        tree_i64(price, "recurring.interval_count") == tree_i64(other, "recurring.interval_count");
}

struct str date_words(struct arena *a, int64_t at_s)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
        "Sep", "Oct", "Nov", "Dec" };
    struct civil t = civil_of_ms(at_s * 1000);
    return str_fmt(a, "%02d %s %lld", t.day, months[t.month - 1], (long long)t.year);
}

int64_t part_of(int64_t amount, int64_t part, int64_t whole)
{
    __int128 product = (__int128)amount * part;
    __int128 quotient = product / whole;
    return (int64_t)(product % whole < 0 ? quotient - 1 : quotient);
}
