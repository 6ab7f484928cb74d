#include "gateway/stripe.h"

/* A plan for the period's end: a schedule of two phases, the one that runs and the next.  Until
 * then nothing of the subscription itself is another. */

/* The schedule that there is; one is made of the subscription where there is none. */
static enum err of_subscription(
    struct ctx *c, const struct stripe_later *in, struct stripe_answer *ret)
{
    struct str id = stripe_id_at(c, in->subscription, "schedule");
    struct buf form = BUF(c->arena);
    struct stripe_call call = { .call = "query" };
    if (id.n > 0) {
        call.path = str_fmt(c->arena, "/v1/subscription_schedules/%.*s", SARG(id));
        return stripe_ask(c, &call, ret);
    }
    stripe_put(&form, S("from_subscription"), json_text(c->arena, in->subscription, "id"));
    call = (struct stripe_call) {
        .call = "change",
        .path = S("/v1/subscription_schedules"),
        .key = str_fmt(c->arena, "%.*s-schedule", SARG(in->key)),
        .form = buf_str(&form),
    };
    return stripe_ask(c, &call, ret);
}

/* What is not said of a phase is not: its discounts and rates are said again. */
static void put_running(
    struct ctx *c, struct buf *form, const struct stripe_later *in, struct json_value schedule)
{
    struct json_value discounts = json_at(in->subscription, "discounts");
    struct json_value rates = json_at(in->subscription, "default_tax_rates");
    struct str id;
    size_t n = 0;
    stripe_put_i64(form, S("phases[0][start_date]"),
        stripe_ms_at(schedule, "current_phase.start_date") / 1000);
    stripe_put_i64(
        form, S("phases[0][end_date]"), stripe_ms_at(schedule, "current_phase.end_date") / 1000);
    stripe_put(form, S("phases[0][items][0][price]"),
        json_text(c->arena, in->subscription, "items.data.0.price.id"));
    stripe_put_i64(form, S("phases[0][items][0][quantity]"), 1);
    stripe_put(form, S("phases[0][proration_behavior]"), S("none"));
    if (in->trialing)
        stripe_put(form, S("phases[0][trial]"), S("true"));
    for (struct json_iter it = json_iter(discounts); json_next(&it);) {
        id = it.value.kind == JSON_OBJECT ? json_text(c->arena, it.value, "id") : S("");
        if (id.n > 0 || json_to_str(c->arena, it.value, &id))
            stripe_put(form, str_fmt(c->arena, "phases[0][discounts][%zu][discount]", n++), id);
    }
    if (n == 0)
        stripe_put_unset(form, S("phases[0][discounts]"));
    n = 0;
    for (struct json_iter it = json_iter(rates); json_next(&it);)
        stripe_put(form, str_fmt(c->arena, "phases[0][default_tax_rates][%zu]", n++),
            json_text(c->arena, it.value, "id"));
    if (n == 0)
        stripe_put_unset(form, S("phases[0][default_tax_rates]"));
}

static void put_next(struct ctx *c, struct buf *form, const struct stripe_later *in)
{
    stripe_put(form, S("phases[1][items][0][price]"), in->price);
    stripe_put_i64(form, S("phases[1][items][0][quantity]"), 1);
    stripe_put_rhythm(c, form, "phases[1][duration]", in->months);
    stripe_put(form, S("phases[1][proration_behavior]"), S("none"));
    if (in->coupon.n > 0)
        stripe_put(form, S("phases[1][discounts][0][coupon]"), in->coupon);
    else
        stripe_put_unset(form, S("phases[1][discounts]"));
    if (in->tax.n > 0)
        stripe_put(form, S("phases[1][default_tax_rates][0]"), in->tax);
    else
        stripe_put_unset(form, S("phases[1][default_tax_rates]"));
}

enum err stripe_schedule(struct ctx *c, const struct stripe_later *in, struct stripe_answer *ret)
{
    struct stripe_answer schedule;
    struct buf form = BUF(c->arena);
    *ret = (struct stripe_answer) { .outcome = OUTCOME_NOT_SENT };
    TRY(of_subscription(c, in, &schedule));
    struct str id = json_text(c->arena, schedule.value, "id");
    if (schedule.outcome != OUTCOME_DONE) {
        *ret = schedule;
        if (stripe_id_at(c, in->subscription, "schedule").n > 0)
            ret->outcome = stripe_found(&schedule);
        return E_OK;
    }
    if (!stripe_is_id(id) || stripe_ms_at(schedule.value, "current_phase.end_date") == 0) {
        ret->outcome = OUTCOME_UNKNOWN;
        ret->refusal = S("Stripe's schedule has no phase that runs");
        return E_OK;
    }
    stripe_put(&form, S("end_behavior"), S("release"));
    stripe_put(&form, S("proration_behavior"), S("none"));
    put_running(c, &form, in, schedule.value);
    put_next(c, &form, in);
    struct stripe_call call = {
        .call = "change",
        .path = str_fmt(c->arena, "/v1/subscription_schedules/%.*s", SARG(id)),
        .key = in->key,
        .form = buf_str(&form),
    };
    return stripe_ask(c, &call, ret);
}

/* The subscription goes on as it is: what was planned is called off. */
enum err stripe_unschedule(
    struct ctx *c, struct json_value subscription, struct str key, struct stripe_answer *ret)
{
    struct str id = stripe_id_at(c, subscription, "schedule");
    struct stripe_call call = {
        .call = "change",
        .path = str_fmt(c->arena, "/v1/subscription_schedules/%.*s/release", SARG(id)),
        .key = str_fmt(c->arena, "%.*s-release", SARG(key)),
    };
    *ret = (struct stripe_answer) { .outcome = OUTCOME_DONE };
    return stripe_is_id(id) ? stripe_ask(c, &call, ret) : E_OK;
}
