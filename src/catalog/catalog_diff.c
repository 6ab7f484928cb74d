#include "catalog/catalog.h"

#include "base/json.h"

/* What a new catalogue would change, for the person who is about to apply it. */

struct diff {
    struct arena *a;
    struct buf *out;
    int64_t lines;
    const struct catalog *now;
    const struct catalog_live *live;
};

static void line(struct diff *d, const char *sign, struct str words)
{
    buf_fmt(d->out, "%s %.*s\n", sign, SARG(words));
    d->lines++;
}

static const struct product *same(const struct catalog *k, const struct product *p)
{
    for (size_t i = 0; i < k->product_count; i++)
        if (str_eq(k->products[i].id, p->id))
            return &k->products[i];
    return NULL;
}

/* Who began on a plan stays on what was agreed to then. */
static void say_live(struct diff *d, const struct product *was, const char *what)
{
    int64_t n = 0;
    for (size_t i = 0; i < d->now->product_count && d->live != NULL; i++)
        if (&d->now->products[i] == was)
            n = d->live[i].n;
    if (n > 0)
        line(d, "=",
            str_fmt(d->a, "%.*s: %.*s subscription%s %s", SARG(was->id), SARG(number_text(d->a, n)),
                n == 1 ? "" : "s", what));
}

static struct str kind(const struct product *p)
{
    return p->is_plan ? S("plan") : S("product");
}

static void diff_prices(struct diff *d, const struct product *was, const struct product *is)
{
    for (size_t i = 0; i < is->price_count; i++) {
        const struct price *then = &is->prices[i], *now = NULL;
        for (size_t j = 0; j < was->price_count; j++)
            if (str_eq(was->prices[j].id, then->id))
                now = &was->prices[j];
        if (now == NULL)
            line(d, "+",
                str_fmt(d->a, "%.*s: price %.*s, %.*s", SARG(is->id), SARG(then->id),
                    SARG(money_text_code(d->a, then->amount))));
        else if (now->amount.minor != then->amount.minor || now->amount.cur != then->amount.cur)
            line(d, "~",
                str_fmt(d->a,
                    "%.*s: price %.*s, %.*s instead of %.*s; orders that exist keep theirs",
                    SARG(is->id), SARG(then->id), SARG(money_text_code(d->a, then->amount)),
                    SARG(money_text_code(d->a, now->amount))));
        else if (now->active != then->active)
            line(d, "~",
                str_fmt(d->a, "%.*s: price %.*s is %s for sale", SARG(is->id), SARG(then->id),
                    then->active ? "again" : "no longer"));
    }
    for (size_t j = 0; j < was->price_count; j++) {
        bool kept = false;
        for (size_t i = 0; i < is->price_count; i++)
            kept = kept || str_eq(was->prices[j].id, is->prices[i].id);
        if (!kept)
            line(d, "-",
                str_fmt(d->a, "%.*s: price %.*s is gone", SARG(is->id), SARG(was->prices[j].id)));
    }
}

static void diff_product(struct diff *d, const struct product *was, const struct product *is)
{
    if (!str_eq(was->name, is->name))
        line(d, "~",
            str_fmt(d->a, "%.*s is called \"%.*s\" instead of \"%.*s\"", SARG(is->id),
                SARG(is->name), SARG(was->name)));
    if (was->active != is->active)
        line(d, "~",
            str_fmt(d->a, "%.*s is %s for sale", SARG(is->id), is->active ? "again" : "no longer"));
    if (was->credits != is->credits)
        line(d, "~",
            str_fmt(d->a, "%.*s grants %.*s credits instead of %.*s", SARG(is->id),
                SARG(number_text(d->a, is->credits)), SARG(number_text(d->a, was->credits))));
    int64_t before = d->lines;
    diff_prices(d, was, is);
    if (d->lines == before && !str_eq(was->source, is->source))
        line(d, "~", str_fmt(d->a, "%.*s %.*s: details changed", SARG(kind(is)), SARG(is->id)));
    if (!str_eq(was->source, is->source))
        say_live(d, was, "from before: price, credits and features stay as they were agreed to");
}

/* The rest of the file, part by part. */
static void diff_parts(struct diff *d, const struct catalog *now, const struct catalog *then)
{
    static const char *const parts[] = { "currency", "business", "operations", "operationRules",
        "operationDiscounts", "coupons", "tax", "routing", "routingRules", "sellerFees", "dunning",
        "credits", "retention", "clawback", "sessions", "refundPolicy", "risk" };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (!str_eq(json_at(json_root(now->text), parts[i]).raw,
                json_at(json_root(then->text), parts[i]).raw))
            line(d, "~", str_fmt(d->a, "%s changed", parts[i]));
}

void catalog_diff(struct arena *a, const struct catalog *now, const struct catalog_live *live,
    const struct catalog *then, struct buf *out, int64_t *ret_lines)
{
    struct diff d = { a, out, 0, now, live };
    for (size_t i = 0; i < then->product_count; i++) {
        const struct product *is = &then->products[i], *was = same(now, is);
        if (was == NULL)
            line(&d, "+",
                str_fmt(a, "%.*s %.*s, \"%.*s\"", SARG(kind(is)), SARG(is->id), SARG(is->name)));
        else
            diff_product(&d, was, is);
    }
    for (size_t i = 0; i < now->product_count; i++)
        if (same(then, &now->products[i]) == NULL) {
            line(&d, "-",
                str_fmt(a, "%.*s %.*s", SARG(kind(&now->products[i])), SARG(now->products[i].id)));
            say_live(&d, &now->products[i],
                "from before: each goes on as it was agreed to, until it ends");
        }
    diff_parts(&d, now, then);
    *ret_lines = d.lines;
}
