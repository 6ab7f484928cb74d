#include "credit/credit.h"

#include "catalog/catalog.h"
#include "credit/credit_book.h"
#include "customer/customer.h"

/* Days: where a customer lives decides when one begins. */

enum {
    HOUR_MS = 3600 * 1000,
    SHORTEST_MS = 23 * HOUR_MS /* of a day that begins where the one before was cut by a move */
};

/* A zone that this machine has forgotten is nobody's reason to be refused. */
static enum err zone_of(struct ctx *c, struct str name, const struct zone **ret)
{
    if (name.n > 0 && zone_find(c, name, ret) == E_OK)
        return E_OK;
    err_clear(c);
    return catalog_zone(c, ret);
}

enum err credit_zone(struct ctx *c, int64_t customer_n, const struct zone **ret)
{
    struct customer k = { .time_zone = S("") };
    if (customer_n > 0)
        TRY(customer_by_n(c, customer_n, &k));
    return zone_of(c, k.time_zone, ret);
}

/* The day that now is in, given the last one of which anything was used. */
static struct credit_today today(
    struct ctx *c, const struct zone *zone, const struct credit_today *last)
{
    if (last != NULL && c->now_ms < last->ends_ms)
        return *last;
    struct zone_day day = zone_day_of(zone, c->now_ms);
    struct credit_today now = { .begins_ms = day.begins_ms, .ends_ms = day.ends_ms };
    if (last == NULL || last->ends_ms <= day.begins_ms)
        return now;
    now.begins_ms = last->ends_ms;
    while (now.ends_ms - now.begins_ms < SHORTEST_MS)
        now.ends_ms = zone_date_begins(zone, ++day.date + 1);
    return now;
}

static enum err today_in(
    struct ctx *c, int64_t customer_n, const struct zone *zone, struct credit_today *ret)
{
    struct credit_today last = { .used = 0 };
    bool found = false;
    if (customer_n > 0)
        TRY(credit_db_last_day(c, customer_n, &found, &last));
    *ret = today(c, zone, found ? &last : NULL);
    return E_OK;
}

enum err credit_today(struct ctx *c, int64_t customer_n, struct credit_today *ret)
{
    const struct zone *zone = NULL;
    TRY(credit_zone(c, customer_n, &zone));
    return today_in(c, customer_n, zone, ret);
}

enum err credit_zone_of(struct ctx *c, struct credit_account *account, const struct zone **ret)
{
    if (account->zone == NULL)
        TRY(zone_of(c, account->time_zone, &account->zone));
    *ret = account->zone;
    return E_OK;
}

enum err credit_see_today(
    struct ctx *c, int64_t customer_n, struct credit_seen *seen, struct credit_today *ret)
{
    const struct zone *zone = NULL;
    if (!seen->found)
        return credit_today(c, customer_n, ret);
    TRY(credit_zone_of(c, &seen->account, &zone));
    *ret = today(c, zone, seen->last.ends_ms > 0 ? &seen->last : NULL);
    return E_OK;
}

enum err credit_today_of(struct ctx *c, struct credit_account *account, struct credit_today *ret)
{
    const struct zone *zone = NULL;
    TRY(credit_zone_of(c, account, &zone));
    return today_in(c, account->customer_n, zone, ret);
}
