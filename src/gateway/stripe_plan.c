#include "gateway/stripe.h"

#include "base/crypto.h"
#include "gateway/exponent.h"

/* What must be at Stripe before a plan can be bought: a price, a coupon, a tax rate.  Each is named
 * after what it says, so that whoever needs the same finds it, and a repeat makes nothing new.  (A
 * price that is said with a session would be made each time, and be for that session alone: Stripe
 * takes it for no other period.) */

/* ---- made once, found again */

/* What was asked for without a certain answer is asked for again by the next one; nothing was
 * opened and nobody charged. */
enum outcome stripe_settled(enum outcome o)
{
    return o == OUTCOME_DONE || o == OUTCOME_DECLINED ? o : OUTCOME_NOT_SENT;
}

/* A question that is refused (a key that may not, or is no more) says nothing about what it asked
 * for, nor about what was asked for before it and perhaps done; only "there is none" does. */
enum outcome stripe_found(const struct stripe_answer *a)
{
    bool refused = a->outcome == OUTCOME_DECLINED && a->reply.status != 404;
    return refused ? OUTCOME_NOT_SENT : stripe_settled(a->outcome);
}

static struct stripe_made made(struct ctx *c, const struct stripe_answer *a)
{
    struct stripe_made m = {
        .outcome = stripe_settled(a->outcome), .refusal = a->refusal, .reply = a->reply
    };
    if (a->outcome == OUTCOME_DONE)
        m.id = json_text(c->arena, a->value, "id");
    if (a->outcome == OUTCOME_DONE && !stripe_is_id(m.id)) {
        m.outcome = OUTCOME_NOT_SENT;
        m.refusal = S("Stripe made something without a name");
        m.id = S("");
    }
    return m;
}

static struct stripe_made not_taken(struct ctx *c, struct money m)
{
    return (struct stripe_made) { .outcome = OUTCOME_DECLINED,
        .refusal =
            str_fmt(c->arena, "Stripe does not take %.*s", SARG(money_text_code(c->arena, m))) };
}

static struct str name_of(struct ctx *c, struct str what)
{
    enum {
        BYTES = 16
    };
    struct sha256 print = sha256(what);
    return str_fmt(c->arena, "purser-%.*s",
        SARG(hex_text(c->arena, (struct str) { (const char *)print.b, BYTES })));
}

static struct str key_of(struct ctx *c, struct str key, struct str name)
{
    return key.n > 0 ? str_fmt(c->arena, "%.*s-%.*s", SARG(key), SARG(name)) : name;
}

static bool units_of(struct money m, int64_t *ret)
{
    struct exponent e;
    return exponent_of(S("stripe"), m.cur, &e) && exponent_out(m, e, ret);
}

static struct str currency_of(struct ctx *c, struct money m)
{
    return str_lower(c->arena, currency_code(m.cur));
}

/* ---- a coupon */

static const char *duration_of(int64_t months)
{
    return months == 0 ? "once" : months < 0 ? "forever" : "repeating";
}

/* Somebody may have made one of this name by hand. */
static bool is_same_coupon(struct ctx *c, struct json_value coupon, const struct stripe_off *in)
{
    struct money off = { 0, CUR_NONE };
    bool valid = true;
    int64_t months = 0;
    json_to_bool(json_at(coupon, "valid"), &valid);
    json_to_i64(json_at(coupon, "duration_in_months"), &months);
    return valid && stripe_money(c, coupon, "amount_off", &off) && off.cur == in->off.cur &&
        off.minor == in->off.minor &&
        json_is(json_at(coupon, "duration"), duration_of(in->months)) &&
        (in->months <= 0 || months == in->months);
}

/* *ret_none: there is none of this name. */
static enum err find_coupon(struct ctx *c, struct str id, const struct stripe_off *in,
    struct stripe_made *ret, bool *ret_none)
{
    struct stripe_answer a;
    struct stripe_call call = { .call = "query",
        .path = str_fmt(c->arena, "/v1/coupons/%.*s", SARG(id)) };
    TRY(stripe_ask(c, &call, &a));
    *ret = made(c, &a);
    ret->asked = ret->outcome == OUTCOME_DECLINED;
    *ret_none = a.outcome == OUTCOME_DECLINED && a.reply.status == 404;
    if (ret->outcome == OUTCOME_DONE && !is_same_coupon(c, a.value, in)) {
        ret->outcome = OUTCOME_DECLINED;
        ret->refusal =
            str_fmt(c->arena, "the coupon %.*s at Stripe is not the one we made", SARG(id));
    }
    return E_OK;
}

static struct str coupon_form(
    struct ctx *c, struct str id, const struct stripe_off *in, int64_t units)
{
    struct buf form = BUF(c->arena);
    stripe_put(&form, S("id"), id);
    stripe_put(&form, S("name"), str_clean(c->arena, in->name, 40));
    stripe_put_i64(&form, S("amount_off"), units);
    stripe_put(&form, S("currency"), currency_of(c, in->off));
    stripe_put(&form, S("duration"), str_of_c(duration_of(in->months)));
    if (in->months > 0)
        stripe_put_i64(&form, S("duration_in_months"), in->months);
    return buf_str(&form);
}

enum err stripe_coupon(
    struct ctx *c, struct str key, const struct stripe_off *in, struct stripe_made *ret)
{
    struct stripe_answer a;
    int64_t units = 0;
    bool none = false;
    *ret = (struct stripe_made) { .outcome = OUTCOME_DONE };
    if (in->off.minor == 0)
        return E_OK;
    if (!units_of(in->off, &units)) {
        *ret = not_taken(c, in->off);
        return E_OK;
    }
    struct str id = name_of(c,
        str_fmt(c->arena, "coupon\n%.*s\n%.*s\n%lld\n%lld", SARG(in->name),
            SARG(currency_of(c, in->off)), (long long)units, (long long)in->months));
    TRY(find_coupon(c, id, in, ret, &none));
    if (!none)
        return E_OK;
    struct stripe_call call = {
        .call = "create",
        .path = S("/v1/coupons"),
        .key = key_of(c, key, id),
        .form = coupon_form(c, id, in, units),
    };
    TRY(stripe_ask(c, &call, &a));
    *ret = made(c, &a);
    return stripe_refused(&a, "resource_already_exists", NULL) /* somebody was faster */
        ? find_coupon(c, id, in, ret, &none)
        : E_OK;
}

/* Stripe counts a coupon's months from the beginning, and a trial's days are among them.  So many
 * payments as the coupon is meant for must come before it ends, and the next one not, however long
 * the months are. */
bool stripe_off_months(const struct gateway_plan *plan, int64_t *ret)
{
    enum {
        MONTH_LEAST = 30, /* days of several months, less two */
        MONTH_MOST = 31
    };
    int64_t wanted = plan->off_months == 0 ? plan->months : plan->off_months;
    int64_t before = (wanted - 1) / plan->months * plan->months; /* of all payments but the last */
    int64_t months = 1;                                          /* that reach the first one */
    if (plan->off_months < 0 || plan->trial_days == 0) {
        *ret = plan->off_months;
        return true;
    }
    while (months * MONTH_LEAST - 2 <= plan->trial_days)
        months++;
    *ret = before + months;
    return (months - plan->months) * MONTH_MOST <= plan->trial_days;
}

/* ---- a tax rate */

static bool is_same_rate(
    struct ctx *c, struct json_value rate, const struct gateway_plan *plan, struct str name)
{
    enum {
        DIGITS = 4,
        BPS = 100 /* of one basis point, in the last of these digits */
    };
    int64_t percent = 0;
    bool inclusive = !plan->tax_inclusive;
    return json_is(json_at(rate, "metadata.purser"), "tax") &&
        str_eq(json_text(c->arena, rate, "display_name"), name) &&
        json_to_bool(json_at(rate, "inclusive"), &inclusive) && inclusive == plan->tax_inclusive &&
        decimal_parse(json_lexeme(json_at(rate, "percentage")), DIGITS, &percent) &&
        percent == plan->tax_bps * BPS;
}

/* The oldest one: the same, whoever looks when.  *ret->id empty: there is none. */
static enum err find_rate(
    struct ctx *c, const struct gateway_plan *plan, struct str name, struct stripe_made *ret)
{
    enum {
        PAGES = 10
    };
    struct str found = S(""), after = S("");
    struct stripe_answer a;
    bool more = true;
    for (int i = 0; i < PAGES && more; i++) {
        struct stripe_call call = { .call = "query",
            .path = str_fmt(c->arena, "/v1/tax_rates?active=true&inclusive=%s&limit=100%s%.*s",
                plan->tax_inclusive ? "true" : "false", after.n > 0 ? "&starting_after=" : "",
                SARG(after)) };
        TRY(stripe_ask(c, &call, &a));
        for (struct json_iter it = json_iter(json_at(a.value, "data")); json_next(&it);) {
            after = json_text(c->arena, it.value, "id");
            found = is_same_rate(c, it.value, plan, name) ? after : found;
        }
        more = a.outcome == OUTCOME_DONE && json_to_bool(json_at(a.value, "has_more"), &more) &&
            more && stripe_is_id(after);
    }
    *ret = (struct stripe_made) {
        .outcome = stripe_settled(a.outcome),
        .id = found,
        .refusal = a.refusal,
        .reply = a.reply,
        .asked = true,
    };
    return E_OK;
}

enum err stripe_tax(
    struct ctx *c, struct str key, const struct gateway_plan *plan, struct stripe_made *ret)
{
    struct str name = str_clean(c->arena, plan->tax_name, 50);
    struct stripe_answer a;
    struct buf form = BUF(c->arena);
    *ret = (struct stripe_made) { .outcome = OUTCOME_DONE };
    if (plan->tax_bps == 0)
        return E_OK;
    TRY(find_rate(c, plan, name, ret));
    if (ret->outcome != OUTCOME_DONE || ret->id.n > 0)
        return E_OK;
    struct str kind = plan->tax_inclusive ? S("true") : S("false");
    stripe_put(&form, S("display_name"), name);
    stripe_put(&form, S("percentage"), decimal_text(c->arena, plan->tax_bps, 2));
    stripe_put(&form, S("inclusive"), kind);
    stripe_put(&form, S("metadata[purser]"), S("tax"));
    struct stripe_call call = {
        .call = "create",
        .path = S("/v1/tax_rates"),
        .key = key_of(c, key, name_of(c, buf_str(&form))),
        .form = buf_str(&form),
    };
    TRY(stripe_ask(c, &call, &a));
    *ret = made(c, &a);
    return E_OK;
}

/* ---- a price */

void stripe_put_rhythm(struct ctx *c, struct buf *form, const char *at, int64_t months)
{
    bool years = months % 12 == 0;
    int64_t count = years ? months / 12 : months;
    stripe_put(form, str_fmt(c->arena, "%s[interval]", at), years ? S("year") : S("month"));
    if (count != 1)
        stripe_put_i64(form, str_fmt(c->arena, "%s[interval_count]", at), count);
}

static bool is_same_price(struct ctx *c, struct json_value price, const struct gateway_plan *plan)
{
    struct money there = { 0, CUR_NONE };
    return stripe_money(c, price, "unit_amount", &there) && there.cur == plan->amount.cur &&
        there.minor == plan->amount.minor && stripe_months(price) == plan->months;
}

/* One of the catalogue's may have been changed there. */
static enum err listed_price(
    struct ctx *c, const struct gateway_plan *plan, struct str id, struct stripe_made *ret)
{
    struct stripe_answer a;
    struct stripe_call call = { .call = "query",
        .path = str_fmt(c->arena, "/v1/prices/%.*s", SARG(id)) };
    TRY(stripe_ask(c, &call, &a));
    *ret = made(c, &a);
    ret->asked = ret->outcome == OUTCOME_DECLINED;
    if (ret->outcome == OUTCOME_DONE && !is_same_price(c, a.value, plan)) {
        ret->outcome = OUTCOME_DECLINED;
        ret->refusal =
            str_fmt(c->arena, "Stripe's price %.*s is another than the plan's", SARG(id));
    }
    return E_OK;
}

/* *ret->id empty: nobody made it yet. */
static enum err find_price(
    struct ctx *c, const struct gateway_plan *plan, struct str lookup, struct stripe_made *ret)
{
    struct stripe_answer a;
    struct stripe_call call = { .call = "query",
        .path = str_fmt(
            c->arena, "/v1/prices?active=true&limit=1&lookup_keys%%5B%%5D=%.*s", SARG(lookup)) };
    TRY(stripe_ask(c, &call, &a));
    struct json_value there = json_at(a.value, "data.0");
    *ret = (struct stripe_made) {
        .outcome = stripe_settled(a.outcome),
        .refusal = a.refusal,
        .reply = a.reply,
        .asked = true,
    };
    if (a.outcome == OUTCOME_DONE && is_same_price(c, there, plan))
        ret->id = json_text(c->arena, there, "id");
    return E_OK;
}

enum err stripe_plan_price(
    struct ctx *c, struct str key, const struct gateway_plan *plan, struct stripe_made *ret)
{
    struct str listed = stripe_price(c, plan->listed), name = str_clean(c->arena, plan->name, 250);
    struct stripe_answer a;
    struct buf form = BUF(c->arena);
    int64_t units = 0;
    if (stripe_is_id(listed))
        return listed_price(c, plan, listed, ret);
    if (!units_of(plan->amount, &units)) {
        *ret = not_taken(c, plan->amount);
        return E_OK;
    }
    struct str lookup = name_of(c,
        str_fmt(c->arena, "price\n%.*s\n%.*s\n%lld\n%lld", SARG(name),
            SARG(currency_of(c, plan->amount)), (long long)units, (long long)plan->months));
    TRY(find_price(c, plan, lookup, ret));
    if (ret->outcome != OUTCOME_DONE || ret->id.n > 0)
        return E_OK;
    stripe_put(&form, S("currency"), currency_of(c, plan->amount));
    stripe_put_i64(&form, S("unit_amount"), units);
    stripe_put_rhythm(c, &form, "recurring", plan->months);
    stripe_put(&form, S("product_data[name]"), name);
    stripe_put(&form, S("lookup_key"), lookup);
    stripe_put(&form, S("transfer_lookup_key"), S("true"));
    struct stripe_call call = { .call = "create",
        .path = S("/v1/prices"),
        .key = key_of(c, key, lookup),
        .form = buf_str(&form) };
    TRY(stripe_ask(c, &call, &a));
    *ret = made(c, &a);
    return E_OK;
}

/* ---- a session */

/* One of the catalogue's is compared in the session that names it. */
static enum err session_price(struct ctx *c, const struct gateway_open *in, struct stripe_made *ret)
{
    struct str listed = stripe_price(c, in->plan->listed);
    *ret = (struct stripe_made) { .outcome = OUTCOME_DONE, .id = listed };
    return listed.n > 0 ? E_OK : stripe_plan_price(c, in->attempt, in->plan, ret);
}

enum err stripe_plan_form(
    struct ctx *c, const struct gateway_open *in, struct buf *form, struct stripe_made *ret)
{
    const struct gateway_plan *plan = in->plan;
    struct stripe_off off = { plan->coupon, { plan->off_minor, plan->amount.cur }, 0 };
    struct stripe_made price, coupon, tax;
    must(plan->off_minor <= plan->amount.minor && plan->months > 0);
    if (!stripe_off_months(plan, &off.months) && plan->off_minor > 0) {
        *ret = (struct stripe_made) { .outcome = OUTCOME_DECLINED,
            .refusal = str_fmt(c->arena,
                "Stripe has no coupon for the first payments after a trial of %lld days",
                (long long)plan->trial_days) };
        return E_OK;
    }
    TRY(session_price(c, in, &price));
    *ret = price;
    if (price.outcome != OUTCOME_DONE)
        return E_OK;
    TRY(stripe_coupon(c, in->attempt, &off, &coupon));
    *ret = coupon;
    if (coupon.outcome != OUTCOME_DONE)
        return E_OK;
    TRY(stripe_tax(c, in->attempt, plan, &tax));
    *ret = tax;
    if (tax.outcome != OUTCOME_DONE)
        return E_OK;
    stripe_put(form, S("mode"), S("subscription"));
    stripe_put(form, S("line_items[0][price]"), price.id);
    stripe_put_i64(form, S("line_items[0][quantity]"), 1);
    stripe_put(form, S("discounts[0][coupon]"), coupon.id);
    stripe_put(form, S("subscription_data[default_tax_rates][0]"), tax.id);
    if (plan->trial_days > 0)
        stripe_put_i64(form, S("subscription_data[trial_period_days]"), plan->trial_days);
    /* What is nothing now is more later: there is a card for it. */
    stripe_put(form, S("payment_method_collection"), S("always"));
    stripe_put(form, S("expand[0]"), S("line_items"));
    return E_OK;
}

bool stripe_plan_costs(struct ctx *c, struct json_value session, const struct gateway_plan *plan)
{
    struct json_value lines = json_at(session, "line_items.data");
    int64_t quantity = 0, n = 0;
    bool same = false;
    for (struct json_iter it = json_iter(lines); json_next(&it); n++)
        same = is_same_price(c, json_at(it.value, "price"), plan) &&
            json_to_i64(json_at(it.value, "quantity"), &quantity) && quantity == 1;
    return n == 1 && same;
}
