#ifndef CHECKOUT_MEMBERSHIP_PAGE_H
#define CHECKOUT_MEMBERSHIP_PAGE_H

#include "checkout/checkout_page.h"
#include "subscription/subscription.h"

/* Private to /membership: what its address says and its reader has, and the pages that show it. */

enum {
    TIERS_MAX = 8,
    CURRENCIES_MAX = 12
};

struct membership {
    struct req *r;
    const struct catalog *catalog;
    struct str group;
    const struct product *tier[TIERS_MAX];
    size_t tiers;
    enum currency currency[CURRENCIES_MAX];
    size_t currencies;

    /* The address */
    enum currency cur;
    const struct product *plan; /* NULL: none is chosen yet */
    enum interval every;        /* INTERVAL_NONE: … */
    struct str method, country;
    bool anew;

    /* What the customer has: a membership, or one that is begun. */
    bool has, begun;
    struct subscription mine;
    struct shown start;
};
/* In a snapshot.  tiers 0: nothing is for sale. */
enum err membership_read(struct req *r, struct membership *ret);
/* With these choices; of every INTERVAL_NONE and of plan NULL nothing is said. */
struct str membership_url(
    struct arena *a, const struct membership *k, const struct product *plan, enum interval every);
/* A page of a step, as far as its head; the progress alone. */
struct buf *membership_open_step(
    const struct membership *k, struct str title, enum membership_step here);
void membership_steps(struct buf *b, enum membership_step here);

/* Which one; beside one that was begun; when one is on its way; when one has one. */
void membership_write_choice(const struct membership *k);
void membership_write_under_way(const struct membership *k);
void membership_write_member(const struct membership *k);

#endif
