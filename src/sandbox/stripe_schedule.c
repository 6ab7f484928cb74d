#include "sandbox/stripe_billing.h"

/* Schedules of subscriptions: phases that follow each other.  One is made of a subscription that
 * runs; then it may get the phases that come. */

enum {
    PHASES_MAX = 10
};

/* ---- phases */

static struct tree *phase_of(struct st *s, const struct thing *sub)
{
    struct tree *phase = st_shape(s, "schedule_phase"), *item = tree_of(s->a, JSON_OBJECT);
    const struct tree *first = tree_at(sub->body, "items.data.0");
    tree_set_str(s->a, phase, "currency", tree_str(sub->body, "currency"));
    tree_set_i64(s->a, phase, "start_date", tree_i64(first, "current_period_start"));
    tree_set_i64(s->a, phase, "end_date", tree_i64(first, "current_period_end"));
    tree_set(
        s->a, phase, "default_tax_rates", tree_copy(s->a, tree_at(sub->body, "default_tax_rates")));
    tree_set(s->a, item, "price", tree_of_str(s->a, tree_str(first, "price.id")));
    tree_set_i64(s->a, item, "quantity", tree_i64(first, "quantity"));
    tree_push(tree_at(phase, "items"), item);
    tree_each (id, tree_at(sub->body, "discounts")) {
        struct tree *one = tree_of(s->a, JSON_OBJECT);
        tree_set_str(s->a, one, "discount", id->text);
        tree_push(tree_at(phase, "discounts"), one);
    }
    return phase;
}

static void set_current(struct st *s, struct thing *t, const struct tree *phase)
{
    tree_set_null(s->a, t->body, "current_phase");
    tree_set_i64(s->a, t->body, "current_phase.start_date", tree_i64(phase, "start_date"));
    tree_set_i64(s->a, t->body, "current_phase.end_date", tree_i64(phase, "end_date"));
}

static enum err read_items(struct st *s, struct tree *at, struct tree *phase, struct thing *ret)
{
    struct tree *given = param_group(s, at, "items"), *item = tree_of(s->a, JSON_OBJECT);
    int64_t quantity = 1;
    if (given == NULL || given->first == NULL || given->first->next != NULL)
        return st_refuse(s, 400, "", S("phases"), "A phase has one item in the simulated Stripe.");
    given->first->seen = true;
    TRY(st_price(s, given->first, true, ret));
    if (tree_null(ret->body, "recurring"))
        return st_refuse(s, 400, "", S("phases"), "A phase's price comes again.");
    TRY(param_i64(s, given->first, "quantity", 0, 999999, &quantity));
    tree_set_str(s->a, item, "price", ret->id);
    tree_set_i64(s->a, item, "quantity", quantity);
    tree_push(tree_at(phase, "items"), item);
    return E_OK;
}

/* A coupon of the phase's own, or a discount that the subscription has. */
static enum err read_discounts(struct st *s, struct tree *at, struct tree *phase)
{
    struct tree *given = param_group(s, at, "discounts");
    if (param_unset(s, at, "discounts") || given == NULL)
        return E_OK;
    tree_each (one, given) {
        struct tree *t = tree_of(s->a, JSON_OBJECT);
        struct str coupon = S(""), discount = S("");
        struct thing of;
        one->seen = true;
        TRY(param_str(s, one, "coupon", &coupon));
        TRY(param_str(s, one, "discount", &discount));
        if (coupon.n > 0)
            TRY(st_refer(s, "coupon", coupon, "phases", &of));
        else
            TRY(st_refer(s, "discount", discount, "phases", &of));
        tree_set_str_or_null(s->a, t, "coupon", coupon);
        tree_set_str_or_null(s->a, t, "discount", discount);
        tree_push(tree_at(phase, "discounts"), t);
    }
    return E_OK;
}

static enum err read_length(
    struct st *s, struct tree *at, const struct thing *price, struct tree *phase)
{
    struct tree *given = param_group(s, at, "duration"), *rhythm = tree_of(s->a, JSON_OBJECT);
    struct str interval = tree_str(price->body, "recurring.interval");
    int64_t start = tree_i64(phase, "start_date"), end = 0, count = 1;
    TRY(param_i64(s, at, "end_date", 1, INT64_MAX / 1000, &end));
    if (given != NULL) {
        TRY(param_word(s, given, "interval", "day|week|month|year", &interval));
        TRY(param_i64(s, given, "interval_count", 1, 36, &count));
        tree_set_str(s->a, rhythm, "recurring.interval", interval);
        tree_set_i64(s->a, rhythm, "recurring.interval_count", count);
        end = period_at(start, rhythm, 1);
    }
    if (end <= start)
        return st_refuse(s, 400, "", S("phases"), "A phase ends after it has begun.");
    tree_set_i64(s->a, phase, "end_date", end);
    return E_OK;
}

static enum err read_phase(struct st *s, struct tree *at, int64_t start, struct tree **ret)
{
    struct tree *phase = st_shape(s, "schedule_phase"), *rates = NULL;
    struct str behavior = S("create_prorations");
    struct thing price;
    bool trial = false;
    TRY(param_i64(s, at, "start_date", 1, INT64_MAX / 1000, &start));
    if (start == 0)
        return param_missing(s, at, "start_date");
    tree_set_i64(s->a, phase, "start_date", start);
    TRY(read_items(s, at, phase, &price));
    tree_set_str(s->a, phase, "currency", tree_str(price.body, "currency"));
    TRY(read_length(s, at, &price, phase));
    TRY(read_discounts(s, at, phase));
    TRY(st_rates(s, at, "default_tax_rates", &rates));
    if (rates != NULL)
        tree_set(s->a, phase, "default_tax_rates", rates);
    TRY(param_word(
        s, at, "proration_behavior", "always_invoice|create_prorations|none", &behavior));
    TRY(param_bool(s, at, "trial", &trial));
    tree_set_str(s->a, phase, "proration_behavior", behavior);
    if (trial)
        tree_set_i64(s->a, phase, "trial_end", tree_i64(phase, "end_date"));
    *ret = phase;
    return E_OK;
}

/* The one that runs is what runs: it may be said again, not changed. */
static enum err is_what_runs(struct st *s, const struct thing *t, const struct tree *phase)
{
    struct thing sub;
    TRY(st_own(s, tree_str(t->body, "subscription"), &sub));
    const struct tree *item = tree_at(sub.body, "items.data.0");
    bool trial = str_eq(tree_str(sub.body, "status"), S("trialing"));
    if (tree_i64(phase, "start_date") != tree_i64(t->body, "current_phase.start_date") ||
        tree_i64(phase, "end_date") != tree_i64(item, "current_period_end") ||
        !str_eq(tree_str(phase, "items.0.price"), tree_str(item, "price.id")) ||
        trial == tree_null(phase, "trial_end") ||
        tree_count(tree_at(phase, "default_tax_rates")) !=
            tree_count(tree_at(sub.body, "default_tax_rates")) ||
        tree_count(tree_at(phase, "discounts")) != tree_count(tree_at(sub.body, "discounts")))
        return st_refuse(s, 400, "", S("phases"),
            "The simulated Stripe changes no phase that runs: say it as it is.");
    return E_OK;
}

static enum err read_phases(struct st *s, struct thing *t)
{
    struct tree *given = param_group(s, NULL, "phases"), *phases = tree_of(s->a, JSON_ARRAY);
    int64_t start = 0;
    if (given == NULL)
        return E_OK;
    tree_each (one, given) {
        struct tree *phase = NULL;
        one->seen = true;
        if (one->kind != JSON_OBJECT || tree_count(phases) == PHASES_MAX)
            return st_refuse(s, 400, "", form_name(s->a, one), "Invalid object");
        TRY(read_phase(s, one, start, &phase));
        start = tree_i64(phase, "end_date");
        tree_push(phases, phase);
    }
    tree_set(s->a, t->body, "phases", phases);
    return is_what_runs(s, t, tree_at(phases, "0"));
}

/* ---- routes */

enum err v1_schedule_create(struct st *s)
{
    struct thing sub, t = st_new(s, "subscription_schedule");
    struct str id = S("");
    TRY(param_str(s, NULL, "from_subscription", &id));
    if (id.n == 0)
        return param_missing(s, NULL, "from_subscription");
    TRY(st_refer(s, "subscription", id, "from_subscription", &sub));
    if (st_sub_over(&sub) || !tree_null(sub.body, "schedule"))
        return st_refuse(s, 400, "", S("from_subscription"),
            "You cannot migrate a subscription that is over or already attached to a schedule.");
    struct tree *phase = phase_of(s, &sub);
    s->about = sub.id;
    tree_set_str(s->a, t.body, "customer", tree_str(sub.body, "customer"));
    tree_set_str(s->a, t.body, "subscription", sub.id);
    tree_push(tree_at(t.body, "phases"), phase);
    set_current(s, &t, phase);
    TRY(st_add_and_tell(s, &t, "subscription_schedule.created"));
    tree_set_str(s->a, sub.body, "schedule", t.id);
    TRY(st_save_and_tell(s, &sub, "customer.subscription.updated"));
    s->answer = t.body;
    return E_OK;
}

enum err v1_schedule_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "subscription_schedule", &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_schedule_list(struct st *s)
{
    static const struct filter filters[] = { { "customer", NULL } };
    return st_list(
        s, &(struct listing) { .kind = "subscription_schedule", filters, ARRAY_LEN(filters) });
}

static enum err is_active(struct st *s, const struct thing *t, const char *verb)
{
    struct str status = tree_str(t->body, "status");
    if (str_eq(status, S("active")))
        return E_OK;
    return st_refuse(s, 400, "", S(""),
        "You cannot %s a subscription schedule that is currently in the `%.*s` status.", verb,
        SARG(status));
}

enum err v1_schedule_update(struct st *s)
{
    struct thing t;
    struct str end = S("release"), behavior = S("");
    TRY(st_need(s, "subscription_schedule", &t));
    TRY(is_active(s, &t, "update"));
    s->about = tree_str(t.body, "subscription");
    TRY(param_word(s, NULL, "end_behavior", "release", &end));
    TRY(param_word(
        s, NULL, "proration_behavior", "always_invoice|create_prorations|none", &behavior));
    TRY(param_metadata(s, NULL, t.body));
    TRY(read_phases(s, &t));
    s->answer = t.body;
    return st_save_and_tell(s, &t, "subscription_schedule.updated");
}

static enum err release(struct st *s, struct thing *t, struct thing *sub)
{
    tree_set_str(s->a, t->body, "status", S("released"));
    tree_set_i64(s->a, t->body, "released_at", st_now(s));
    tree_set_str(s->a, t->body, "released_subscription", sub->id);
    tree_set_null(s->a, t->body, "subscription");
    tree_set_null(s->a, t->body, "current_phase");
    tree_set_null(s->a, sub->body, "schedule");
    return st_save_and_tell(s, t, "subscription_schedule.released");
}

enum err v1_schedule_release(struct st *s)
{
    struct thing t, sub;
    bool keeps = false;
    TRY(st_need(s, "subscription_schedule", &t));
    TRY(is_active(s, &t, "release"));
    TRY(param_bool(s, NULL, "preserve_cancel_date", &keeps));
    TRY(st_own(s, tree_str(t.body, "subscription"), &sub));
    s->about = sub.id;
    TRY(release(s, &t, &sub));
    TRY(st_save_and_tell(s, &sub, "customer.subscription.updated"));
    s->answer = t.body;
    return E_OK;
}

/* ---- by itself */

static enum err enter(struct st *s, struct thing *sub, const struct tree *phase)
{
    struct tree *item = tree_at(sub->body, "items.data.0");
    const struct tree *before = tree_copy(s->a, tree_at(item, "price"));
    struct thing price;
    struct discount d[DISCOUNTS_MAX];
    size_t n = 0;
    TRY(st_own(s, tree_str(phase, "items.0.price"), &price));
    tree_set(s->a, item, "price", tree_copy(s->a, price.body));
    tree_set(s->a, item, "plan", st_plan(s, price.body));
    tree_set_i64(s->a, item, "quantity", tree_i64(phase, "items.0.quantity"));
    tree_set(
        s->a, sub->body, "default_tax_rates", tree_copy(s->a, tree_at(phase, "default_tax_rates")));
    tree_each (one, tree_at(phase, "discounts")) {
        d[n] = (struct discount) { 0 };
        if (!tree_null(one, "coupon") && n < DISCOUNTS_MAX)
            TRY(st_own(s, tree_str(one, "coupon"), &d[n++].coupon));
    }
    TRY(st_sub_discounts(s, sub, d, n));
    if (period_same(before, price.body))
        return E_OK;
    tree_set_i64(s->a, sub->body, "billing_cycle_anchor", tree_i64(phase, "start_date"));
    tree_set_i64(s->a, sub->body, "_period", -1);
    return E_OK;
}

enum err st_schedule_turns(struct st *s, struct thing *sub)
{
    struct thing t;
    int64_t at = tree_i64(sub->body, "items.data.0.current_period_end");
    if (tree_null(sub->body, "schedule"))
        return E_OK;
    TRY(st_own(s, tree_str(sub->body, "schedule"), &t));
    tree_each (phase, tree_at(t.body, "phases"))
        if (tree_i64(phase, "start_date") == at) {
            set_current(s, &t, phase);
            TRY(enter(s, sub, phase));
            return st_save_and_tell(s, &t, "subscription_schedule.updated");
        }
    return tree_i64(t.body, "current_phase.end_date") <= at ? release(s, &t, sub) : E_OK;
}

/* It is over with its subscription. */
enum err st_schedule_ends(struct st *s, struct thing *sub)
{
    struct thing t;
    if (tree_null(sub->body, "schedule"))
        return E_OK;
    TRY(st_own(s, tree_str(sub->body, "schedule"), &t));
    tree_set_str(s->a, t.body, "status", S("canceled"));
    tree_set_i64(s->a, t.body, "canceled_at", st_now(s));
    tree_set_null(s->a, t.body, "current_phase");
    tree_set_null(s->a, sub->body, "schedule");
    return st_save_and_tell(s, &t, "subscription_schedule.canceled");
}
