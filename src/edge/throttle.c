#include "edge/throttle.h"

#include "base/rate.h"
#include "base/security.h"
#include "base/slots.h"

/* The first three failures cost nothing: people mistype.  Then 5 s, 10 s, 20 s … 5 minutes: nine
 * tries in the first ten minutes.  After a quiet hour the count begins anew. */
enum {
    FREE = 3,
    FIRST_MS = 5 * 1000,
    LONGEST_MS = 5 * 60 * 1000,
    FORGET_MS = 60 * 60 * 1000,
    KIND = 1
};

struct question {
    int64_t now_ms;
    int64_t wait_ms;
};

static int64_t delay_ms(int64_t failures)
{
    int64_t delay = FIRST_MS;
    if (failures < FREE)
        return 0;
    for (int64_t i = FREE; i < failures && delay < LONGEST_MS; i++)
        delay *= 2;
    return delay < LONGEST_MS ? delay : LONGEST_MS;
}

static void look(struct slot *slot, void *arg)
{
    struct question *q = arg;
    /* A clock that was set back must not make the wait longer than it ever was. */
    int64_t wait = slot->until - q->now_ms;
    q->wait_ms = wait > LONGEST_MS ? LONGEST_MS : wait;
}

static void failed(struct slot *slot, void *arg)
{
    const struct question *q = arg;
    if (q->now_ms - slot->until > FORGET_MS)
        slot->count = 0;
    slot->count++;
    slot->until = q->now_ms + delay_ms(slot->count);
}

static void passed(struct slot *slot, void *arg)
{
    (void)arg;
    *slot = (struct slot) { 0 };
}

static struct str pair(struct ctx *c, struct str account)
{
    return str_fmt(c->arena, "%.*s %.*s", SARG(address_group(c->arena, c->address)),
        SARG(str_lower(c->arena, account)));
}

static enum err refuse(struct ctx *c, int64_t wait_s)
{
    security_note(c, SECURITY_LOGIN_THROTTLED, "too many wrong passwords");
    return fail_retry_after(c,
        fail(c, RATE_LIMITED, "Too many tries. Try again in %lld second%s.", (long long)wait_s,
            wait_s == 1 ? "" : "s"),
        wait_s);
}

enum err throttle_ask(struct ctx *c, struct str account, bool known)
{
    struct question q = { .now_ms = c->wall_ms };
    int64_t wait_s = 0;
    slots_use(c->edge->tries, KIND, pair(c, account), look, &q);
    if (q.wait_ms > 0)
        return refuse(c, (q.wait_ms + 999) / 1000);
    /* One place over many accounts, and many places over one account.  Taken before the password
     * is looked at, so that a thousand tries at once are no way around. */
    if (!rate_try(c, RATE_LOGIN, address_group(c->arena, c->address), &wait_s))
        return refuse(c, wait_s);
    if (!known && !rate_try(c, RATE_LOGIN_ACCOUNT, str_lower(c->arena, account), &wait_s))
        return refuse(c, wait_s);
    return E_OK;
}

void throttle_failed(struct ctx *c, struct str account)
{
    struct question q = { .now_ms = c->wall_ms };
    slots_use(c->edge->tries, KIND, pair(c, account), failed, &q);
}

void throttle_passed(struct ctx *c, struct str account, bool known)
{
    slots_use(c->edge->tries, KIND, pair(c, account), passed, NULL);
    rate_give(c, RATE_LOGIN, address_group(c->arena, c->address));
    if (!known)
        rate_give(c, RATE_LOGIN_ACCOUNT, str_lower(c->arena, account));
}
