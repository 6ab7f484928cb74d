#include "payment/decline.h"

#include "base/json.h"
#include "base/metric.h"
#include "db/db.h"
#include "fact/fact.h"
#include "payment/decline_db.h"
#include "risk/risk.h"

#define KEPT_MS (INT64_C(24) * 3600 * 1000)

/* Where it was ordered from: its first fact knows. */
static enum err find_origin(struct ctx *c, const struct order *o, struct str *ret)
{
    struct fact_row first;
    bool found = false;
    *ret = S("");
    TRY(fact_first_of(c, order_id(c->arena, o), &found, &first));
    /* An application that orders for all of its customers is no address of any of them. */
    return found && !str_starts(first.actor, S("key:")) ? risk_mark_address(c, first.address, ret)
                                                        : E_OK;
}

static struct str card_of(struct ctx *c, const struct notice *n)
{
    struct str last4 = str_clean(c->arena, n->method_last4, 4);
    return last4.n == 0 ? S("")
                        : str_fmt(c->arena, "%.*s %.*s",
                              SARG(str_clean(c->arena, n->method_brand, 40)), SARG(last4));
}

static enum err add_fact(struct ctx *c, const struct settle *s, const struct order *o)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "orderId", order_id(c->arena, o));
    json_str(&j, "attemptId", attempt_id(c->arena, &s->attempt));
    json_str(&j, "gateway", gateway_name(s->gateway));
    if (str_is_visible(s->notice.why))
        json_str(&j, "why", str_part(s->notice.why, 0, 60));
    json_close(&j, '}');
    struct fact fact = {
        .kind = S("PAYMENT_DECLINED"),
        .subject = order_id(c->arena, o),
        .customer_n = o->customer_n,
        .version = o->version,
        .data = buf_str(&b),
    };
    return fact_add(c, &fact, NULL);
}

enum err decline_note(struct ctx *c, const struct settle *s)
{
    struct order o;
    struct decline k = { .at_ms = c->now_ms, .attempt_n = s->attempt.n };
    TRY(order_by_n(c, s->attempt.order_n, &o));
    k.order_n = o.n;
    k.customer_n = o.customer_n;
    k.card = card_of(c, &s->notice);
    TRY(find_origin(c, &o, &k.origin));
    TRY(risk_mark(c, "mail", o.customer_n == 0 ? o.email : S(""), &k.guest));
    TRY(decline_db_insert(c, &k));
    metric_add(c, METRIC_payments_declined_total, 1);
    return add_fact(c, s, &o);
}

static enum err forget(struct ctx *c, void *arg)
{
    return decline_db_delete_old(c, c->now_ms - KEPT_MS, arg);
}

enum err decline_forget(struct ctx *c, struct str subject)
{
    bool more = true;
    (void)subject;
    for (int i = 0; more && i < 1000; i++)
        TRY(db_tx_job(c, "decline forget", forget, &more));
    return E_OK;
}
