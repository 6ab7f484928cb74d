#ifndef ACCESS_UPGRADE_H
#define ACCESS_UPGRADE_H

#include "access/access.h"
#include "catalog/catalog.h"

/* Which plan would help somebody who was refused. */

/* The cheapest that fits and is above what the customer has: of the groups in which they have a
 * plan, else of any; in the currency and by the interval in which they pay already, else in those
 * of the catalogue, by the month. */
struct access_upgrade {
    const struct product *plan; /* NULL: none would help */
    const struct price *price;
};
enum err access_upgrade(struct ctx *c, int64_t customer_n,
    enum err (*fits)(struct ctx *c, const struct product *plan, void *arg, bool *ret), void *arg,
    struct access_upgrade *ret);
/* For somebody who lacks one feature. */
enum err access_upgrade_for(
    struct ctx *c, int64_t customer_n, struct str feature, struct access_upgrade *ret);

struct json;
void access_upgrade_json(struct json *j, const struct access_upgrade *upgrade); /* "upgradeTo" */

/* Is a plan this one, or one above it in its group?  The catalogue lists a group from its lowest
 * plan to its highest. */
bool access_at_least(const struct catalog *k, struct str plan, struct str wanted);

#endif
