#include "app/stripe_shop.h"

void stripe_declines(struct stripe_shop *s, int n)
{
    struct test *t = s->shop->t;
    const struct stripe_page *p = stripe_newest(s);
    struct str body = str_fmt(t->c->arena,
        "{\"id\":\"evt_declined_%lld\",\"object\":\"event\",\"api_version\":\"2026-08-26.dahlia\","
        "\"created\":%lld,\"livemode\":false,\"type\":\"payment_intent.payment_failed\",\"data\":{"
        "\"object\":{\"id\":\"%s\",\"object\":\"payment_intent\",\"livemode\":false,"
        "\"status\":\"requires_payment_method\",\"amount\":%lld,\"currency\":\"%s\","
        "\"metadata\":{\"attemptId\":\"%.*s\"},\"latest_charge\":null,\"last_payment_error\":{"
        "\"code\":\"card_declined\",\"decline_code\":\"insufficient_funds\",\"payment_method\":{"
        "\"type\":\"card\",\"card\":{\"brand\":\"visa\",\"last4\":\"%d\"}}}}}}",
        (long long)++s->events, (long long)(t->c->now_ms / 1000), p->payment, (long long)p->units,
        p->currency, SARG(p->attempt), 4000 + n);
    EXPECT_I64(stripe_post(s, body), 200);
}
