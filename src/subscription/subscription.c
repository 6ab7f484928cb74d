#include "subscription/subscription.h"

#include "base/clock.h"
#include "base/json.h"
#include "db/db.h"
#include "fact/fact.h"
#include "subscription/subscription_db.h"

#define TO(s) (1u << SUBSCRIPTION_##s)
/* What may follow what.  Whoever pays is active again, however late; what is over stays over: who
 * comes back begins another. */
static const struct {
    struct str name;
    unsigned next;
} states[] = {
    [SUBSCRIPTION_TRIALING] = { S_INIT("trialing"),
        TO(TRIALING) | TO(ACTIVE) | TO(PAST_DUE) | TO(CANCELED) },
    [SUBSCRIPTION_ACTIVE] = { S_INIT("active"), TO(ACTIVE) | TO(PAST_DUE) | TO(CANCELED) },
    [SUBSCRIPTION_PAST_DUE] = { S_INIT("past_due"), TO(PAST_DUE) | TO(ACTIVE) | TO(CANCELED) },
    [SUBSCRIPTION_INCOMPLETE] = { S_INIT("incomplete"),
        TO(INCOMPLETE) | TO(TRIALING) | TO(ACTIVE) | TO(CANCELED) },
    [SUBSCRIPTION_CANCELED] = { S_INIT("canceled"), TO(CANCELED) },
};
#undef TO
_Static_assert(ARRAY_LEN(states) == SUBSCRIPTION_STATUS_COUNT, "every status has a row");

struct str subscription_status_text(enum subscription_status s)
{
    must(s < SUBSCRIPTION_STATUS_COUNT);
    return states[s].name;
}

bool subscription_status_parse(struct str s, enum subscription_status *ret)
{
    for (size_t i = 0; i < SUBSCRIPTION_STATUS_COUNT; i++)
        if (str_eq(states[i].name, s)) {
            *ret = (enum subscription_status)i;
            return true;
        }
    return false;
}

bool subscription_may_become(enum subscription_status from, enum subscription_status to)
{
    must(from < SUBSCRIPTION_STATUS_COUNT && to < SUBSCRIPTION_STATUS_COUNT);
    return (states[from].next & (1u << to)) != 0;
}

void subscription_arrows(struct buf *out)
{
    for (size_t from = 0; from < SUBSCRIPTION_STATUS_COUNT; from++) {
        buf_fmt(out, "%.*s ->", SARG(states[from].name));
        for (size_t to = 0; to < SUBSCRIPTION_STATUS_COUNT; to++)
            if (subscription_may_become(
                    (enum subscription_status)from, (enum subscription_status)to))
                buf_fmt(out, " %.*s", SARG(states[to].name));
        buf_char(out, '\n');
    }
}

struct str subscription_id(struct arena *a, const struct subscription *s)
{
    return id_text(a, S("sub"), s->id);
}

bool subscription_is_native(const struct subscription *s)
{
    return s->reference.n > 0;
}

/* ---- what was agreed to */

void subscription_terms_json(struct json *j, const char *name, const struct subscription_terms *t)
{
    json_open(j, name, '{');
    json_str(j, "plan", t->plan);
    json_str(j, "group", t->group);
    json_str(j, "price", t->price);
    json_i64(j, "months", t->months);
    json_money(j, "amount", t->amount);
    json_i64(j, "trialDays", t->trial_days);
    json_str(j, "coupon", t->coupon);
    json_i64(j, "off", t->off_minor);
    json_i64(j, "offMonths", t->off_months);
    json_str(j, "country", t->country);
    json_str(j, "taxName", t->tax_name);
    json_i64(j, "taxBasisPoints", t->tax_bps);
    json_bool(j, "taxInclusive", t->tax_inclusive);
    json_raw(j, "terms", t->source);
    json_close(j, '}');
}

enum err subscription_terms_read(struct ctx *c, struct str text, struct subscription_terms *ret)
{
    struct json_value v = json_root(text);
    struct subscription_terms t = {
        .plan = json_text(c->arena, v, "plan"),
        .group = json_text(c->arena, v, "group"),
        .price = json_text(c->arena, v, "price"),
        .source = json_at(v, "terms").raw,
        .coupon = json_text(c->arena, v, "coupon"),
        .country = json_text(c->arena, v, "country"),
        .tax_name = json_text(c->arena, v, "taxName"),
    };
    bool ok = t.plan.n > 0 && t.source.n > 0 && json_to_i64(json_at(v, "months"), &t.months) &&
        json_to_i64(json_at(v, "amount.amount"), &t.amount.minor) &&
        currency_parse(json_text(c->arena, v, "amount.currency"), &t.amount.cur) &&
        json_to_i64(json_at(v, "trialDays"), &t.trial_days) &&
        json_to_i64(json_at(v, "off"), &t.off_minor) &&
        json_to_i64(json_at(v, "offMonths"), &t.off_months) &&
        json_to_i64(json_at(v, "taxBasisPoints"), &t.tax_bps) &&
        json_to_bool(json_at(v, "taxInclusive"), &t.tax_inclusive);
    if (!ok)
        return fail(c, STORE_CORRUPT, "an order's plan cannot be read");
    *ret = t;
    return E_OK;
}

/* ---- the row */

static struct str topic(struct ctx *c, const struct subscription *s)
{
    return str_fmt(c->arena, "subscription:%lld", (long long)s->customer_n);
}

enum err subscription_insert(struct ctx *c, struct subscription *s, bool *ret_new)
{
    struct subscription k = *s;
    must(k.customer_n > 0 && k.order_n > 0 && k.terms.months > 0);
    k.id = id_new(c);
    k.version = 1;
    k.created_ms = c->now_ms;
    TRY(subscription_db_insert(c, &k, ret_new));
    if (!*ret_new)
        return E_OK;
    db_touch(c, topic(c, &k));
    *s = k;
    return E_OK;
}

enum err subscription_become(struct ctx *c, struct subscription *s, enum subscription_status to)
{
    if (!subscription_may_become(s->status, to))
        return fail(c, CONFLICT, "a subscription that is %.*s cannot become %.*s",
            SARG(subscription_status_text(s->status)), SARG(subscription_status_text(to)));
    TRY(subscription_db_update(c, s, to));
    db_touch(c, topic(c, s));
    s->status = to;
    s->version++;
    return E_OK;
}

enum err subscription_get(struct ctx *c, struct str text, struct subscription *ret)
{
    struct subscription s = { .n = 0 };
    struct id id;
    bool found = false;
    if (id_parse(S("sub"), text, &id))
        TRY(subscription_db_by_id(c, id, &found, &s));
    if (!found || (c->customer_n != 0 && s.customer_n != c->customer_n))
        return fail(c, NOT_FOUND, "there is no such subscription");
    *ret = s;
    return E_OK;
}

enum err subscription_fact(struct ctx *c, const struct subscription *s, struct str kind)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "subscriptionId", subscription_id(c->arena, s));
    json_str(&j, "plan", s->terms.plan);
    json_str(&j, "price", s->terms.price);
    json_str(&j, "status", subscription_status_text(s->status));
    json_str(&j, "gateway", gateway_name(s->gateway));
    json_time(&j, "currentPeriodStart", s->period_start_ms);
    json_time(&j, "currentPeriodEnd", s->period_end_ms);
    json_bool(&j, "cancelAtPeriodEnd", s->cancel_at_ms > 0);
    if (s->next_price.n > 0)
        json_str(&j, "nextPrice", s->next_price);
    json_close(&j, '}');
    struct fact fact = {
        .kind = kind,
        .subject = subscription_id(c->arena, s),
        .customer_n = s->customer_n,
        .version = s->version,
        .data = buf_str(&b),
    };
    return fact_add(c, &fact, NULL);
}

/* ---- what somebody asked for */

enum err subscription_change_insert(struct ctx *c, struct subscription_change *k)
{
    k->id = id_new(c);
    k->status = SUBSCRIPTION_ASKED;
    k->actor = c->actor;
    k->created_ms = c->now_ms;
    k->version = 1;
    return subscription_db_change_insert(c, k);
}
