#include "payment/judged.h"

#include "grant/grant.h"
#include "payment/settle.h"
#include "risk/risk.h"

enum err judged_take(struct ctx *c, struct attempt *a, const struct notice *k)
{
    /* Never more of a card than its last four, whatever the gateway sent. */
    struct str last4 =
        k->method_last4.n > 4 ? str_from(k->method_last4, k->method_last4.n - 4) : k->method_last4;
    a->method_type = str_clean(c->arena, k->method_type, 40);
    a->method_brand = str_clean(c->arena, k->method_brand, 40);
    a->method_last4 = str_clean(c->arena, last4, 4);
    a->judged = str_clean(c->arena, k->judged, 20);
    a->judged_why = str_clean(c->arena, k->judged_why, 60);
    a->card_country = str_clean(c->arena, k->card_country, 2);
    if (k->card.n == 0)
        return E_OK;
    return risk_mark(c, "card",
        str_fmt(c->arena, "%.*s %.*s", SARG(gateway_name(a->gateway)), SARG(k->card)), &a->card);
}

static int64_t level_of(struct str judged)
{
    return str_eq(judged, S("highest")) ? 2 : str_eq(judged, S("elevated")) ? 1 : 0;
}

enum err judged_weigh(struct ctx *c, struct order *o, const struct attempt *a)
{
    const struct risk_paid paid = {
        .card = a->card, .country = a->card_country, .gateway_risk = level_of(a->judged)
    };
    return risk_paid(c, o, &paid);
}

const struct str judged_look_first =
    S_INIT("a person looks at this order before anything of it is handed out");

/* What its gateway finds of a payment may come after its order was completed: nobody uses what it
 * bought until a person has looked. */
enum err judged_late(struct ctx *c, struct settle *s)
{
    struct order *o = &s->order;
    bool held = o->risk != ORDER_RISK_ALLOW;
    TRY(judged_weigh(c, o, &s->attempt));
    if (held || o->risk == ORDER_RISK_ALLOW || o->status != ORDER_COMPLETED)
        return settle_result(s, SETTLED_BEFORE, S("this payment is known"));
    s->why = judged_look_first;
    TRY(grant_hold(c, o));
    TRY(settle_review(c, s, 0));
    return settle_result(s, SETTLED_REVIEW, s->why);
}
