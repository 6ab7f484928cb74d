#include "base/rate.h"

#include "base/config.h"
#include "base/security.h"
#include "base/slots.h"

#include <stdlib.h>

/* A bucket is one number, the time at which it will be full again (GCRA): it lies at most
 * `at once` intervals ahead of now. */
struct limit {
    int64_t interval_us; /* one is back after this long */
    int64_t burst;
};
struct rates {
    struct slots *slots;
    struct limit limit[RATE_COUNT];
};

static const struct {
    int64_t count, seconds, burst;
    const char *what;
} table[] = {
#define RATE(id, count, seconds, burst, what) [RATE_##id] = { count, seconds, burst, what },
#include "base/rate.def"
#undef RATE
};
_Static_assert(ARRAY_LEN(table) == RATE_COUNT, "every rate has a row");

enum {
    SLOTS = 65536
};

static int64_t configured(const struct config *config, enum rate which)
{
    switch (which) {
    case RATE_CHECKOUT:
        return config == NULL ? 5 : config_i64(config, CFG_CHECKOUTS_PER_MINUTE);
    case RATE_COUPON:
        return config == NULL ? 5 : config_i64(config, CFG_COUPON_TRIES_PER_MINUTE);
    case RATE_BAD_SIGNATURE:
        return config == NULL ? 60 : config_i64(config, CFG_BAD_SIGNATURES_PER_MINUTE);
    case RATE_ADDRESS:
    case RATE_BAD_CREDENTIAL:
    case RATE_LOGIN:
    case RATE_LOGIN_ACCOUNT:
    case RATE_PHONE:
    case RATE_ALERT:
    case RATE_NOTE:
    case RATE_NOTE_KIND:
    case RATE_COUNT:
        break;
    }
    never("a rate without a count is configured");
}

struct rates *rates_open(struct ctx *c)
{
    struct rates *r = calloc(1, sizeof *r);
    must(r != NULL);
    r->slots = slots_open(c, SLOTS);
    for (size_t i = 0; i < RATE_COUNT; i++) {
        bool fixed = table[i].count > 0;
        int64_t count = fixed ? table[i].count : configured(c->config, (enum rate)i);
        must(count > 0);
        r->limit[i].interval_us = table[i].seconds * 1000000 / count;
        r->limit[i].burst = fixed ? table[i].burst : count;
    }
    return r;
}

void rates_close(struct rates *r)
{
    if (r == NULL)
        return;
    slots_close(r->slots);
    free(r);
}

struct take {
    const struct limit *limit;
    int64_t now_us;
    int64_t wait_us; /* 0: there was one left */
};

static void take_one(struct slot *slot, void *arg)
{
    struct take *t = arg;
    int64_t interval = t->limit->interval_us;
    int64_t full = slot->until > t->now_us ? slot->until : t->now_us;
    /* Further ahead than a bucket is deep: the clock was set back; the bucket is empty, no more. */
    if (full > t->now_us + t->limit->burst * interval)
        full = t->now_us + t->limit->burst * interval;
    int64_t missing = full - t->now_us - (t->limit->burst - 1) * interval;
    t->wait_us = missing > 0 ? missing : 0;
    slot->until = t->wait_us > 0 ? full : full + interval;
}

static void give_one(struct slot *slot, void *arg)
{
    const struct take *t = arg;
    slot->until -= t->limit->interval_us;
}

static struct take take_of(struct ctx *c, enum rate which)
{
    must(which >= 0 && which < RATE_COUNT);
    return (struct take) { .limit = &c->rates->limit[which], .now_us = c->wall_ms * 1000 };
}

bool rate_try(struct ctx *c, enum rate which, struct str who, int64_t *ret_wait_s)
{
    if (c->rates == NULL)
        return true;
    struct take t = take_of(c, which);
    slots_use(c->rates->slots, (int64_t)which, who, take_one, &t);
    if (t.wait_us == 0)
        return true;
    *ret_wait_s = (t.wait_us + 999999) / 1000000;
    return false;
}

void rate_give(struct ctx *c, enum rate which, struct str who)
{
    if (c->rates == NULL)
        return;
    struct take t = take_of(c, which);
    slots_use(c->rates->slots, (int64_t)which, who, give_one, &t);
}

enum err rate_take(struct ctx *c, enum rate which, struct str who)
{
    int64_t wait_s = 0;
    if (rate_try(c, which, who, &wait_s))
        return E_OK;
    security_note(c, SECURITY_RATE_LIMITED, "too many %s", table[which].what);
    return fail_retry_after(c,
        fail(c, RATE_LIMITED, "Too many requests. Try again in %lld second%s.", (long long)wait_s,
            wait_s == 1 ? "" : "s"),
        wait_s);
}
