#include "renewal/bill.h"

#include "base/clock.h"
#include "base/json.h"
#include "catalog/catalog.h"
#include "customer/customer.h"
#include "fact/fact.h"

/* What a period costs is what was agreed to when it began: the catalogue is asked only for a plan
 * that somebody changes to. */

enum {
    DAY_MS = 24 * 3600 * 1000
};

struct str bill_name(struct arena *a, const struct subscription_terms *t)
{
    struct str name = json_text(a, json_root(t->source), "name");
    return name.n > 0 ? name : t->plan;
}

enum err bill_terms(struct ctx *c, const struct subscription_terms *now, struct str price,
    struct subscription_terms *ret)
{
    const struct catalog *k = NULL;
    const struct product *plan = NULL;
    TRY(catalog_now(c, &k));
    const struct price *p = catalog_price(k, price, &plan);
    if (p == NULL || !plan->is_plan || p->interval == INTERVAL_NONE)
        return fail(c, INVALID_REQUEST, "%.*s is no price of a plan", SARG(price));
    if (!str_eq(plan->group, now->group))
        return fail(c, INVALID_REQUEST,
            "%.*s is a plan of another group: it is bought, not changed to", SARG(plan->name));
    if (p->amount.cur != now->amount.cur)
        return fail(c, INVALID_REQUEST, "%.*s is in %.*s, and this subscription in %.*s",
            SARG(price), SARG(currency_code(p->amount.cur)), SARG(currency_code(now->amount.cur)));
    if (!plan->active || !p->active)
        return fail(c, PRICE_NOT_ACTIVE, "%.*s is not for sale now", SARG(plan->name));
    struct subscription_terms t = *now;
    t.plan = plan->id;
    t.price = p->id;
    t.source = plan->source;
    t.months = p->interval == INTERVAL_YEAR ? 12 : 1;
    t.amount = p->amount;
    t.trial_days = 0;
    t.off_minor = t.off_minor < t.amount.minor ? t.off_minor : t.amount.minor;
    *ret = t;
    return E_OK;
}

enum err bill_next_terms(
    struct ctx *c, const struct subscription *s, struct subscription_terms *ret, bool *ret_sold)
{
    *ret = s->terms;
    *ret_sold = true;
    if (s->next_price.n == 0)
        return E_OK;
    enum err e = bill_terms(c, &s->terms, s->next_price, ret);
    if (e != E_INVALID)
        return e;
    err_clear(c);
    *ret_sold = false;
    return E_OK;
}

/* ---- sums */

static enum err too_large(struct ctx *c)
{
    return fail(c, STORE_CORRUPT, "a subscription's price does not fit");
}

enum err bill_reckon(struct ctx *c, const struct subscription_terms *t, int64_t amount_minor,
    int64_t off_minor, struct bill_sum *ret)
{
    struct bill_sum sum = { .amount = { amount_minor, t->amount.cur }, .off_minor = off_minor };
    struct money net = { amount_minor - off_minor, t->amount.cur }, tax = net;
    must(off_minor >= 0 && net.minor >= 0);
    bool fits = t->tax_inclusive ? money_share(net, t->tax_bps, 10000 + t->tax_bps, &tax)
                                 : money_bps(net, (int32_t)t->tax_bps, &tax);
    if (!fits)
        return too_large(c);
    sum.tax_minor = tax.minor;
    sum.total_minor = net.minor + (t->tax_inclusive ? 0 : tax.minor);
    *ret = sum;
    return E_OK;
}

static int64_t off_of(const struct subscription_terms *t)
{
    int64_t off = t->off_months != 0 ? t->off_minor : 0;
    return off < t->amount.minor ? off : t->amount.minor;
}

enum err bill_sum_of_period(struct ctx *c, const struct subscription_terms *t, struct bill_sum *ret)
{
    return bill_reckon(c, t, t->amount.minor, off_of(t), ret);
}

/* ---- the order */

static struct str frozen(struct ctx *c, const struct subscription_terms *t)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    subscription_terms_json(&j, NULL, t);
    return buf_str(&b);
}

/* "20 November to 20 December 2026" */
static struct str period_words(struct ctx *c, int64_t start_ms, int64_t end_ms)
{
    return str_fmt(c->arena, "%.*s to %.*s", SARG(time_day(c->arena, start_ms)),
        SARG(time_day(c->arena, end_ms)));
}

/* Not a buyer's basket: nothing that somebody orders is ever the same. */
static struct str basket_of(struct ctx *c, const struct subscription *s, const struct order *o)
{
    struct sha256 sum =
        sha256(str_fmt(c->arena, "%.*s %d %lld %lld", SARG(subscription_id(c->arena, s)),
            (int)o->kind, (long long)o->period_start_ms, (long long)c->now_ms));
    return str_copy(c->arena, (struct str) { (const char *)sum.b, sizeof sum.b });
}

/* Who pays: the customer as it is known now, else as the first order named it. */
static enum err buyer(struct ctx *c, const struct subscription *s, struct order *o)
{
    struct customer k;
    struct order first = { .n = 0 };
    TRY(customer_by_n(c, s->customer_n, &k));
    if (k.email.n == 0 || k.name.n == 0)
        TRY(order_by_n(c, s->order_n, &first));
    o->customer_n = s->customer_n;
    o->email = k.email.n > 0 ? k.email : first.email;
    o->name = k.name.n > 0 ? k.name : first.name;
    o->country = s->terms.country;
    return E_OK;
}

static void set_sum(struct bill *b, const struct bill_sum *sum)
{
    struct order *o = &b->order;
    struct order_line *l = &b->line[0];
    o->currency = sum->amount.cur;
    o->subtotal_minor = l->unit_minor = l->amount_minor = sum->amount.minor;
    o->discount_minor = l->discount_minor = sum->off_minor;
    o->tax_minor = l->tax_minor = sum->tax_minor;
    o->total_minor = l->total_minor = sum->total_minor;
}

static enum err begin(struct ctx *c, const struct subscription *s,
    const struct subscription_terms *t, enum order_kind kind, struct bill *b)
{
    *b = (struct bill) {
        .order = { .kind = kind,
            .subscription_n = s->n,
            .tax_inclusive = t->tax_inclusive,
            .tax_bps = t->tax_bps,
            .tax_name = t->tax_name,
            .expires_ms = c->now_ms + DAY_MS },
        .line = { { .product = t->plan,
            .price = t->price,
            .name = bill_name(c->arena, t),
            .quantity = 1 } },
    };
    return buyer(c, s, &b->order);
}

enum err bill_of_period(
    struct ctx *c, const struct subscription *s, const struct bill_period *p, struct bill *ret)
{
    struct bill_sum sum;
    struct bill b;
    TRY(bill_sum_of_period(c, p->terms, &sum));
    TRY(begin(c, s, p->terms, ORDER_RENEWAL, &b));
    b.order.period_start_ms = p->start_ms;
    b.order.period_end_ms = p->end_ms;
    b.order.basket = basket_of(c, s, &b.order);
    b.order.coupon = sum.off_minor > 0 ? p->terms->coupon : S("");
    b.line[0].description = period_words(c, p->start_ms, p->end_ms);
    b.line[0].plan = frozen(c, p->terms);
    set_sum(&b, &sum);
    *ret = b;
    return E_OK;
}

enum err bill_of_change(struct ctx *c, const struct subscription *s, const struct bill_period *p,
    const struct bill_sum *sum, struct bill *ret)
{
    struct bill b;
    TRY(begin(c, s, p->terms, ORDER_CHANGE, &b));
    b.order.period_start_ms = p->start_ms;
    b.order.period_end_ms = p->end_ms;
    b.order.basket = basket_of(c, s, &b.order);
    b.line[0].description = str_fmt(c->arena, "Change from %.*s to %.*s",
        SARG(bill_name(c->arena, &s->terms)), SARG(b.line[0].name));
    b.line[0].plan = frozen(c, p->terms);
    set_sum(&b, sum);
    *ret = b;
    return E_OK;
}

/* It was paid before, tax and all: net and tax become less in their proportion. */
void bill_take_off(struct bill *b, int64_t credit)
{
    struct order *o = &b->order;
    struct order_line *l = &b->line[0];
    struct money tax = { o->tax_minor, o->currency };
    must(credit >= 0 && credit <= o->total_minor);
    if (credit == 0)
        return;
    must(money_share(tax, credit, o->total_minor, &tax)); /* never more than the tax */
    o->discount_minor += o->tax_inclusive ? credit : credit - tax.minor;
    o->tax_minor -= tax.minor;
    o->total_minor -= credit;
    l->discount_minor = o->discount_minor;
    l->tax_minor = o->tax_minor;
    l->total_minor = o->total_minor;
}

void bill_add(struct bill *b, int64_t total, int64_t tax)
{
    struct order *o = &b->order;
    struct order_line *l = &b->line[0];
    must(total > 0 && tax >= 0 && tax <= total);
    o->subtotal_minor += o->tax_inclusive ? total : total - tax;
    o->tax_minor += tax;
    o->total_minor += total;
    l->unit_minor = l->amount_minor = o->subtotal_minor;
    l->tax_minor = o->tax_minor;
    l->total_minor = o->total_minor;
}

enum err bill_insert(struct ctx *c, struct bill *b)
{
    struct buf data = BUF(c->arena);
    struct json j = JSON(&data);
    b->order.id = id_new(c);
    TRY(order_insert(c, &b->order, b->line, 1));
    json_open(&j, NULL, '{');
    json_str(&j, "orderNumber", order_number(c->arena, &b->order));
    json_money(&j, "total", (struct money) { b->order.total_minor, b->order.currency });
    json_close(&j, '}');
    struct fact fact = {
        .kind = S("ORDER_CREATED"),
        .subject = order_id(c->arena, &b->order),
        .customer_n = b->order.customer_n,
        .version = b->order.version,
        .data = buf_str(&data),
    };
    return fact_add(c, &fact, NULL);
}
