#include "renewal/change.h"

#include "renewal/state.h"

/* What a person asks for where purser renews: nobody has to be asked, and the transaction that
 * plans it is the deed. */

static enum err close_order(struct ctx *c, struct order *open, struct str why)
{
    bool waits = open->n > 0 && order_may_become(open->status, ORDER_CANCELLED);
    return waits ? payment_give_up(c, open, ORDER_CANCELLED, why) : E_OK;
}

enum err change_store(struct ctx *c, const struct subscription *was, struct subscription *s,
    enum subscription_status to)
{
    const struct state_change change = { .was = *was };
    TRY(state_store(c, &change, s, to));
    return to == SUBSCRIPTION_CANCELED ? E_OK : renewal_look(c, s);
}

static enum err end_managed(struct ctx *c, struct change *k, struct order *open)
{
    const struct subscription was = k->s;
    struct subscription *s = &k->s;
    bool now = !k->row.at_end || s->period_end_ms <= c->now_ms;
    TRY(state_end_change(c, s, S("the plan was cancelled")));
    TRY(close_order(c, open, S("the plan was cancelled")));
    s->next_price = S("");
    s->reason = k->row.reason;
    s->feedback = k->row.feedback;
    s->cancel_at_ms = now ? 0 : s->period_end_ms;
    if (now)
        s->ended_ms = c->now_ms;
    return change_store(c, &was, s, now ? SUBSCRIPTION_CANCELED : s->status);
}

static enum err schedule(struct ctx *c, struct change *k, struct order *open)
{
    const struct subscription was = k->s;
    TRY(state_end_change(c, &k->s, S("another change was asked for")));
    TRY(close_order(c, open, S("the plan changes with the next period")));
    k->s.next_price = k->row.price;
    TRY(tell_changes(c, &k->s, &k->cost.to));
    return change_store(c, &was, &k->s, k->s.status);
}

static enum err stay(struct ctx *c, struct change *k, bool resume)
{
    const struct subscription was = k->s;
    if (resume)
        k->s.cancel_at_ms = 0;
    else
        k->s.next_price = S("");
    return change_store(c, &was, &k->s, k->s.status);
}

/* A page for what it costs; the change happens when that is paid, as every order does. */
static enum err open_page(struct ctx *c, struct change *k, struct bill *b)
{
    struct attempt *first = NULL;
    size_t n = 0;
    TRY(attempts_of(c, k->s.order_n, &first, &n));
    struct str method = n > 0 && first[0].gateway != GATEWAY_NONE ? first[0].method : S("card");
    struct str named = k->s.gateway != GATEWAY_NONE ? gateway_name(k->s.gateway) : S("");
    k->open = (struct payment_open) { .order = b->order, .line = b->line, .lines = 1 };
    k->row.order_n = b->order.n;
    k->ready = false;
    return payment_open_plan(c, &k->open, method, named);
}

static enum err change_managed(struct ctx *c, struct change *k, struct order *open)
{
    const struct bill_period period = { &k->cost.to, k->cost.start_ms, k->cost.end_ms };
    struct bill *b = arena_new(c->arena, struct bill);
    if (open->n > 0)
        return fail(c, CONFLICT,
            "the next period can be paid already: pay it first, or change with it (period_end)");
    if (k->cost.over_minor > 0)
        return fail(c, CONFLICT,
            "what is paid for is worth more than the new plan: change at the period's end "
            "(period_end)");
    TRY(state_end_change(c, &k->s, S("another change was asked for")));
    TRY(bill_of_change(c, &k->s, &period, &k->cost.sum, b));
    TRY(bill_insert(c, b));
    if (b->order.total_minor > 0)
        return open_page(c, k, b);
    TRY(settle_free_order(c, b->order.n));
    return subscription_by_n(c, k->s.n, &k->s);
}

enum err change_do_managed(struct ctx *c, struct change *k, struct order *open)
{
    k->ready = true;
    switch (k->row.deed) {
    case SUBSCRIPTION_CHANGE:
        return k->row.at_end ? schedule(c, k, open) : change_managed(c, k, open);
    case SUBSCRIPTION_CANCEL:
        return end_managed(c, k, open);
    case SUBSCRIPTION_RESUME:
        return stay(c, k, true);
    case SUBSCRIPTION_UNSCHEDULE:
        return stay(c, k, false);
    }
    never("there are four deeds");
}
