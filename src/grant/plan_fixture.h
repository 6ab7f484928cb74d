#ifndef GRANT_PLAN_FIXTURE_H
#define GRANT_PLAN_FIXTURE_H

#include "access/access.h"
#include "base/test.h"
#include "credit/credit.h"
#include "grant/grant.h"

/* A customer of plans in a test: "free" and "basic" (500 credits a month, carried over up to 1000),
 * "pro" (14 days of trial, 1500 up to 1600) of one group, "fan" of another; on 31 January 2026.
 * Orders are completed as settle does it, without a gateway. */
#define PLAN_DAY INT64_C(86400000)
int64_t plan_customer(struct test *t);
int64_t plan_customer_of(struct test *t, const char *upgrade); /* the catalogue's word for them */

struct plan_deed {
    int64_t customer_n;
    const char *price, *coupon;
    enum order_kind kind; /* ORDER_ONCE: as it was priced */
    int64_t subscription_n, start_ms, end_ms;
    struct order order;
    struct str why; /* not given */
    int64_t back_minor;
};
enum err plan_buy_tx(struct ctx *c, void *deed);
/* Only opened: somebody may pay on its page. */
enum err plan_open_tx(struct ctx *c, void *deed);
struct plan_deed plan_buy(struct test *t, int64_t n, const char *price, const char *coupon);
/* The one of this group that is alive. */
struct subscription plan_of(struct test *t, int64_t n, const char *group);
/* The next period of "ai", for plan_buy_tx; and paid for when it begins. */
struct plan_deed plan_next(struct test *t, int64_t n, const char *price);
struct plan_deed plan_renew(struct test *t, int64_t n, const char *price);
/* start_ms 0: in the period that runs. */
struct plan_deed plan_change(struct test *t, int64_t n, const char *price, int64_t start_ms);
/* back_minor of it went back, in all. */
void plan_back(struct test *t, struct plan_deed *deed);
void plan_spend(struct test *t, int64_t n, int64_t amount);
void plan_month(struct test *t, const struct subscription *s); /* the job */

/* What there is, once what has ended went; and it adds up. */
struct plan_seen {
    int64_t customer_n, plan; /* credits of plans */
    struct credit_account account;
    struct access access;
};
struct plan_seen plan_see(struct test *t, int64_t n);

#endif
