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

int64_t subscription_off_minor(const struct subscription *s)
{
    return s->terms.off_months != 0 ? s->terms.off_minor : 0;
}

/* ---- months */

enum {
    EARLY_MS = 60 * 1000, /* gateways count in whole seconds, and have clocks of their own */
    DAY_MS = 24 * 3600 * 1000
};

int64_t subscription_month_ms(const struct subscription *s, int64_t m)
{
    int64_t ms = 0;
    must(time_add_months(s->anchor_ms, m, &ms));
    return ms;
}

int64_t subscription_month_at(const struct subscription *s, int64_t ms)
{
    struct civil anchor = civil_of_ms(s->anchor_ms), at = civil_of_ms(ms + EARLY_MS);
    int64_t m = (at.year - anchor.year) * 12 + at.month - anchor.month;
    return subscription_month_ms(s, m) <= ms + EARLY_MS ? m : m - 1;
}

static int64_t distance(int64_t a, int64_t b)
{
    return a < b ? b - a : a - b;
}

bool subscription_month_near(const struct subscription *s, int64_t ms, int64_t *ret_m)
{
    int64_t m = subscription_month_at(s, ms);
    if (distance(subscription_month_ms(s, m + 1), ms) < distance(subscription_month_ms(s, m), ms))
        m++;
    *ret_m = m;
    return distance(subscription_month_ms(s, m), ms) <= DAY_MS;
}

int64_t subscription_next_end_ms(const struct subscription *s, int64_t months)
{
    int64_t m = 0, ms = 0;
    bool trial = s->period_end_ms == s->trial_end_ms; /* its end is the anchor of what follows */
    if (!trial && subscription_month_near(s, s->period_end_ms, &m))
        return subscription_month_ms(s, m + months);
    must(time_add_months(s->period_end_ms, months, &ms));
    return ms;
}

/* ---- what was agreed to */

static const char *period_word(int64_t months)
{
    return months == 12 ? "year" : "month";
}

static struct str price_words(struct arena *a, const struct subscription_terms *t, int64_t off)
{
    struct money m = { t->amount.minor - off, t->amount.cur };
    return str_fmt(a, "%.*s a %s", SARG(money_text(a, m)), period_word(t->months));
}

/* "$8.99 for the first month, then $9.99 a month": how long the coupon holds. */
static struct str off_words(struct arena *a, const struct subscription_terms *t)
{
    struct str less =
        money_text(a, (struct money) { t->amount.minor - t->off_minor, t->amount.cur });
    struct str then = price_words(a, t, 0);
    int64_t periods = t->off_months == 0 ? 1 : (t->off_months + t->months - 1) / t->months;
    if (t->off_months < 0)
        return price_words(a, t, t->off_minor);
    if (periods == 1)
        return str_fmt(
            a, "%.*s for the first %s, then %.*s", SARG(less), period_word(t->months), SARG(then));
    return str_fmt(a, "%.*s a %s for the first %lld, then %.*s", SARG(less), period_word(t->months),
        (long long)periods, SARG(then));
}

struct str subscription_terms_words(struct arena *a, const struct subscription_terms *t)
{
    struct str words = t->off_minor > 0 ? off_words(a, t) : price_words(a, t, 0);
    if (t->trial_days > 0)
        words = str_fmt(a, "%lld day%s free, then %.*s", (long long)t->trial_days,
            t->trial_days == 1 ? "" : "s", SARG(words));
    return words;
}

struct str subscription_plan_name(struct arena *a, const struct subscription_terms *t)
{
    return json_text(a, json_root(t->source), "name");
}

struct subscription_credits subscription_credits(const struct subscription_terms *t)
{
    struct json_value v = json_at(json_root(t->source), "credits");
    struct subscription_credits k = { .every = 1 };
    json_to_i64(json_at(v, "allowance"), &k.allowance);
    k.cap = -1;
    json_to_i64(json_at(v, "rolloverCap"), &k.cap);
    if (k.cap < 0)
        k.cap = 2 * k.allowance;
    k.every = json_is(json_at(v, "every"), "once") ? 0
        : json_is(json_at(v, "every"), "year")     ? 12
                                                   : 1;
    return k;
}

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
    TRY(subscription_note_worth(c, &k));
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
    struct subscription now = *s;
    now.status = to;
    now.version++;
    TRY(subscription_note_worth(c, &now));
    *s = now;
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
