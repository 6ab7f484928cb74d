#include "base/clock.h"
#include "sandbox/stripe_billing.h"

/* What becomes of a subscription: trial, periods, the end. */

enum {
    DAY_S = 24 * 60 * 60,
    WARNING_S = 3 * DAY_S,       /* before a trial ends */
    INCOMPLETE_S = 23 * 60 * 60, /* that a first payment may take */
};

struct thing st_subscription(struct st *s, const struct tree *customer)
{
    struct thing t = st_new(s, "subscription");
    tree_set_str(s->a, t.body, "customer", tree_str(customer, "id"));
    tree_set_i64(s->a, t.body, "start_date", st_now(s));
    tree_set_i64(s->a, t.body, "billing_mode.updated_at", st_now(s));
    tree_set_str(s->a, t.body, "items.url",
        str_fmt(s->a, "/v1/subscription_items?subscription=%.*s", SARG(t.id)));
    return t;
}

struct tree *st_item(struct st *s, const struct thing *sub, const struct tree *price,
    int64_t quantity, const struct tree *rates)
{
    struct tree *t = st_shape(s, "subscription_item");
    tree_set_str(s->a, t, "id", st_fresh(s, "si_", 14));
    tree_set_i64(s->a, t, "created", st_now(s));
    tree_set(s->a, t, "price", tree_copy(s->a, price));
    tree_set(s->a, t, "plan", st_plan(s, price));
    tree_set_i64(s->a, t, "quantity", quantity);
    tree_set_str(s->a, t, "subscription", sub->id);
    tree_set_i64(
        s->a, t, "current_period_start", tree_i64(sub->body, "items.data.0.current_period_start"));
    tree_set_i64(
        s->a, t, "current_period_end", tree_i64(sub->body, "items.data.0.current_period_end"));
    if (rates != NULL)
        tree_set(s->a, t, "tax_rates", tree_copy(s->a, rates));
    return t;
}

static const struct tree *price_of(const struct thing *sub)
{
    return tree_at(sub->body, "items.data.0.price");
}

static int64_t period_end(const struct thing *sub)
{
    return tree_i64(sub->body, "items.data.0.current_period_end");
}

static void set_period(struct st *s, struct thing *sub, int64_t start, int64_t end)
{
    tree_each (item, tree_at(sub->body, "items.data")) {
        tree_set_i64(s->a, item, "current_period_start", start);
        tree_set_i64(s->a, item, "current_period_end", end);
    }
}

/* What single-item subscriptions still show at the top. */
static void set_legacy(struct st *s, struct thing *sub)
{
    struct tree *items = tree_at(sub->body, "items.data");
    tree_set_i64(s->a, sub->body, "items.total_count", (int64_t)tree_count(items));
    tree_set_str(s->a, sub->body, "currency", tree_str(price_of(sub), "currency"));
    tree_set_null(s->a, sub->body, "plan");
    tree_set_null(s->a, sub->body, "quantity");
    if (tree_count(items) == 1) {
        tree_set(s->a, sub->body, "plan", tree_copy(s->a, tree_at(items, "0.plan")));
        tree_set(s->a, sub->body, "quantity", tree_copy(s->a, tree_at(items, "0.quantity")));
    }
}

bool st_sub_over(const struct thing *sub)
{
    struct str status = tree_str(sub->body, "status");
    return str_eq(status, S("canceled")) || str_eq(status, S("incomplete_expired"));
}

/* The next moment of: a warning, the end of a trial or period, the end altogether. */
void st_sub_due(struct st *s, struct thing *sub)
{
    int64_t at = period_end(sub), cancel = tree_i64(sub->body, "cancel_at");
    int64_t trial = tree_i64(sub->body, "trial_end");
    struct str status = tree_str(sub->body, "status");
    set_legacy(s, sub);
    if (str_eq(status, S("incomplete")))
        at = tree_i64(sub->body, "created") + INCOMPLETE_S;
    if (str_eq(status, S("trialing")) && !tree_true(sub->body, "_warned"))
        at = trial - WARNING_S > st_now(s) ? trial - WARNING_S : st_now(s);
    if (cancel > 0 && cancel < at)
        at = cancel;
    sub->turn_ms = st_sub_over(sub) ? 0 : at * 1000;
}

void st_sub_begin(struct st *s, struct thing *sub, int64_t trial_end)
{
    int64_t now = st_now(s), anchor = trial_end > now ? trial_end : now;
    tree_set_i64(s->a, sub->body, "billing_cycle_anchor", anchor);
    tree_set_i64(s->a, sub->body, "_period", trial_end > now ? -1 : 0);
    if (trial_end > now) {
        tree_set_str(s->a, sub->body, "status", S("trialing"));
        tree_set_i64(s->a, sub->body, "trial_start", now);
        tree_set_i64(s->a, sub->body, "trial_end", trial_end);
        set_period(s, sub, now, trial_end);
    } else {
        set_period(s, sub, now, period_at(anchor, price_of(sub), 1));
    }
}

void st_sub_advance(struct st *s, struct thing *sub)
{
    int64_t n = tree_i64(sub->body, "_period") + 1, start = period_end(sub);
    int64_t anchor = tree_i64(sub->body, "billing_cycle_anchor");
    tree_set_i64(s->a, sub->body, "_period", n);
    set_period(s, sub, start, period_at(anchor, price_of(sub), n + 1));
}

/* ---- invoices */

struct thing st_discount_of(struct st *s, const struct thing *sub, const struct discount *d)
{
    struct thing t = st_new(s, "discount");
    tree_drop(t.body, "created");
    tree_set(s->a, t.body, "_coupon", tree_copy(s->a, d->coupon.body));
    tree_set_str(s->a, t.body, "source.coupon", d->coupon.id);
    tree_set_str(s->a, t.body, "customer", tree_str(sub->body, "customer"));
    tree_set_str_or_null(s->a, t.body, "promotion_code", d->promotion_code);
    tree_set_str(s->a, t.body, "subscription", sub->id);
    tree_set_i64(s->a, t.body, "start", st_now(s));
    int64_t months = tree_i64(d->coupon.body, "duration_in_months"), end = 0;
    if (months > 0 && time_add_months(s->c->now_ms, months, &end))
        tree_set_i64(s->a, t.body, "end", end / 1000);
    return t;
}

enum err st_sub_discounts(struct st *s, struct thing *sub, const struct discount *d, size_t n)
{
    struct tree *list = tree_of(s->a, JSON_ARRAY);
    tree_set(s->a, sub->body, "discounts", list);
    for (size_t i = 0; i < n; i++) {
        if (d[i].coupon.body == NULL)
            continue;
        struct thing t = st_discount_of(s, sub, &d[i]);
        tree_push(list, tree_of_str(s->a, t.id));
        TRY(st_add(s, &t));
    }
    return E_OK;
}

enum err st_sub_discounts_now(struct st *s, const struct thing *sub, struct tree **ret)
{
    *ret = tree_of(s->a, JSON_ARRAY);
    tree_each (id, tree_at(sub->body, "discounts")) {
        struct thing t;
        TRY(st_own(s, id->text, &t));
        int64_t end = tree_i64(t.body, "end");
        if (end == 0 || end > st_now(s))
            tree_push(*ret, t.body);
    }
    return E_OK;
}

static bool used_up(const struct tree *discounts, struct str id)
{
    tree_each (one, discounts)
        if (str_eq(tree_str(one, "id"), id))
            return str_eq(tree_str(one, "_coupon.duration"), S("once"));
    return false;
}

/* A discount that is for once is gone after the first invoice. */
void st_sub_used(struct st *s, struct thing *sub, const struct tree *discounts)
{
    struct tree *left = tree_of(s->a, JSON_ARRAY);
    tree_each (id, tree_at(sub->body, "discounts"))
        if (!used_up(discounts, id->text))
            tree_push(left, tree_of_str(s->a, id->text));
    tree_set(s->a, sub->body, "discounts", left);
}

enum err st_sub_lines(struct st *s, const struct thing *sub, struct thing *invoice)
{
    bool trial = str_eq(tree_str(sub->body, "status"), S("trialing"));
    const struct tree *usual = tree_at(sub->body, "default_tax_rates");
    tree_each (item, tree_at(sub->body, "items.data")) {
        const struct tree *price = tree_at(item, "price"), *own = tree_at(item, "tax_rates");
        int64_t quantity = tree_i64(item, "quantity");
        struct line line = {
            .price = price,
            .quantity = quantity,
            .amount = trial ? 0 : tree_i64(price, "unit_amount") * quantity,
            .start = tree_i64(item, "current_period_start"),
            .end = tree_i64(item, "current_period_end"),
            .description = trial ? str_fmt(s->a, "Trial period for %.*s", SARG(st_name(s, price)))
                                 : st_line_words(s, price, quantity),
            .subscription = sub->id,
            .item = tree_str(item, "id"),
            .rates = tree_count(own) > 0 ? own : usual,
        };
        struct tree *t = st_line(s, &line);
        tree_set(s->a, t, "metadata", tree_copy(s->a, tree_at(sub->body, "metadata")));
        st_invoice_push(s, invoice, t);
    }
    return E_OK;
}

struct thing st_sub_invoice(
    struct st *s, const struct thing *sub, const struct tree *customer, const char *reason)
{
    struct thing t = st_invoice(s, customer, tree_str(price_of(sub), "currency"), reason);
    struct tree *details = tree_of(s->a, JSON_OBJECT);
    tree_set(s->a, details, "metadata", tree_copy(s->a, tree_at(sub->body, "metadata")));
    tree_set_str(s->a, details, "subscription", sub->id);
    tree_set_null(s->a, t.body, "parent");
    tree_set_null(s->a, t.body, "parent.quote_details");
    tree_set(s->a, t.body, "parent.subscription_details", details);
    tree_set_str(s->a, t.body, "parent.type", S("subscription_details"));
    tree_set_str(s->a, t.body, "_subscription", sub->id);
    return t;
}

/* ---- paid or not */

enum err st_sub_paid(struct st *s, struct str id, const struct thing *invoice)
{
    struct thing sub;
    bool found = false;
    TRY(st_find(s, id, &found, &sub));
    if (!found || !str_eq(tree_str(sub.body, "latest_invoice"), invoice->id))
        return E_OK;
    struct str status = tree_str(sub.body, "status");
    if (!str_eq(status, S("incomplete")) && !str_eq(status, S("past_due")) &&
        !str_eq(status, S("unpaid")))
        return E_OK;
    tree_set_str(s->a, sub.body, "status", S("active"));
    st_sub_due(s, &sub);
    return st_save_and_tell(s, &sub, "customer.subscription.updated");
}

enum err st_sub_unpaid(struct st *s, struct str id, const struct thing *invoice, bool last)
{
    struct thing sub;
    bool found = false;
    TRY(st_find(s, id, &found, &sub));
    if (!found || st_sub_over(&sub))
        return E_OK;
    if (last)
        return st_sub_cancel(s, &sub, "payment_failed");
    if (!str_eq(tree_str(sub.body, "status"), S("active")) ||
        !str_eq(tree_str(sub.body, "latest_invoice"), invoice->id))
        return E_OK;
    tree_set_str(s->a, sub.body, "status", S("past_due"));
    st_sub_due(s, &sub);
    return st_save_and_tell(s, &sub, "customer.subscription.updated");
}

/* What is not paid yet is not collected any more by itself. */
static enum err leave_alone(struct st *s, const struct thing *sub)
{
    struct thing t;
    if (tree_null(sub->body, "latest_invoice"))
        return E_OK;
    TRY(st_own(s, tree_str(sub->body, "latest_invoice"), &t));
    struct str status = tree_str(t.body, "status");
    if (!str_eq(status, S("draft")) && !str_eq(status, S("open")))
        return E_OK;
    t.turn_ms = 0;
    tree_set_bool(s->a, t.body, "auto_advance", false);
    tree_set_null(s->a, t.body, "next_payment_attempt");
    return st_save_and_tell(s, &t, "invoice.updated");
}

enum err st_sub_cancel(struct st *s, struct thing *sub, const char *reason)
{
    int64_t now = st_now(s);
    tree_set_str(s->a, sub->body, "status", S("canceled"));
    if (tree_null(sub->body, "canceled_at"))
        tree_set_i64(s->a, sub->body, "canceled_at", now);
    tree_set_i64(s->a, sub->body, "ended_at", now);
    tree_set_str(s->a, sub->body, "cancellation_details.reason", str_of_c(reason));
    sub->turn_ms = 0;
    TRY(st_schedule_ends(s, sub));
    TRY(st_save(s, sub));
    TRY(leave_alone(s, sub));
    return st_tell(s, "customer.subscription.deleted", sub->body, NULL);
}

/* ---- by itself */

/* While collection is paused nothing is charged. */
static enum err set_aside(struct st *s, struct thing *invoice, struct str behavior)
{
    if (str_eq(behavior, S("keep_as_draft")))
        return E_OK;
    if (str_eq(behavior, S("void")))
        return st_invoice_void(s, invoice);
    tree_set_str(s->a, invoice->body, "status", S("uncollectible"));
    return st_save_and_tell(s, invoice, "invoice.marked_uncollectible");
}

/* The next period, and its invoice: a draft for an hour. */
static enum err renew(struct st *s, struct thing *sub)
{
    struct thing customer, invoice;
    struct tree *discounts = NULL;
    bool trial = str_eq(tree_str(sub->body, "status"), S("trialing"));
    TRY(st_own(s, tree_str(sub->body, "customer"), &customer));
    if (trial)
        tree_set_str(s->a, sub->body, "status", S("active"));
    TRY(st_schedule_turns(s, sub));
    st_sub_advance(s, sub);
    invoice = st_sub_invoice(s, sub, customer.body, "subscription_cycle");
    tree_set_i64(s->a, invoice.body, "period_start",
        tree_i64(sub->was, "items.data.0.current_period_start"));
    TRY(st_invoice_pending(s, &invoice, sub->id, true));
    TRY(st_sub_lines(s, sub, &invoice));
    TRY(st_sub_discounts_now(s, sub, &discounts));
    TRY(st_add_up(s, invoice.body, discounts));
    st_sub_used(s, sub, discounts);
    tree_set_str(s->a, sub->body, "latest_invoice", invoice.id);
    struct str paused = tree_str(sub->body, "pause_collection.behavior");
    if (paused.n == 0) {
        invoice.turn_ms = st_draft_until(s);
        tree_set_i64(s->a, invoice.body, "automatically_finalizes_at", invoice.turn_ms / 1000);
    }
    TRY(st_add_and_tell(s, &invoice, "invoice.created"));
    st_sub_due(s, sub);
    TRY(st_save_and_tell(s, sub, "customer.subscription.updated"));
    return paused.n > 0 ? set_aside(s, &invoice, paused) : E_OK;
}

/* A trial that ends with nothing to pay by. */
static enum err trial_ends(struct st *s, struct thing *sub, bool *ret_done)
{
    struct thing customer, method;
    bool found = false;
    struct str then = tree_str(sub->body, "trial_settings.end_behavior.missing_payment_method");
    TRY(st_own(s, tree_str(sub->body, "customer"), &customer));
    TRY(st_method_for(s, sub->body, customer.body, &found, &method));
    *ret_done = !found && !str_eq(then, S("create_invoice"));
    if (!*ret_done)
        return E_OK;
    if (str_eq(then, S("cancel")))
        return st_sub_cancel(s, sub, "payment_failed");
    tree_set_str(s->a, sub->body, "status", S("paused"));
    sub->turn_ms = 0;
    TRY(st_save_and_tell(s, sub, "customer.subscription.updated"));
    return st_tell(s, "customer.subscription.paused", sub->body, NULL);
}

static enum err never_paid(struct st *s, struct thing *sub)
{
    struct thing invoice;
    TRY(st_own(s, tree_str(sub->body, "latest_invoice"), &invoice));
    tree_set_str(s->a, sub->body, "status", S("incomplete_expired"));
    tree_set_i64(s->a, sub->body, "ended_at", st_now(s));
    sub->turn_ms = 0;
    TRY(st_save_and_tell(s, sub, "customer.subscription.updated"));
    return st_invoice_void(s, &invoice);
}

enum err st_sub_turns(struct st *s, struct thing *sub)
{
    struct str status = tree_str(sub->body, "status");
    int64_t cancel = tree_i64(sub->body, "cancel_at"), now = st_now(s);
    bool done = false, trial = str_eq(status, S("trialing"));
    s->about = sub->id;
    if (str_eq(status, S("incomplete")))
        return never_paid(s, sub);
    if (cancel > 0 && cancel <= now) {
        TRY(st_sub_final_invoice(s, sub));
        return st_sub_cancel(s, sub, "cancellation_requested");
    }
    if (trial && !tree_true(sub->body, "_warned")) {
        tree_set_bool(s->a, sub->body, "_warned", true);
        st_sub_due(s, sub);
        TRY(st_save(s, sub));
        return st_tell(s, "customer.subscription.trial_will_end", sub->body, NULL);
    }
    if (trial)
        TRY(trial_ends(s, sub, &done));
    return done ? E_OK : renew(s, sub);
}

enum err st_emit_cancelled(struct st *s, struct str id)
{
    struct thing t;
    bool found = false;
    TRY(st_find(s, id, &found, &t));
    if (found && st_is(&t, "payment_intent"))
        return st_cancel_intent(s, &t, S(""));
    if (found && st_is(&t, "subscription") && !st_sub_over(&t))
        return st_sub_cancel(s, &t, "cancellation_requested");
    return fail(s->c, INVALID_REQUEST, "a payment intent or a running subscription is cancelled");
}
