#include "base/embed.h"
#include "base/id.h"
#include "sandbox/stripe.h"

/* Kinds of objects.  What a new one looks like is in stripe/KIND.json. */

static const struct kind kinds[] = {
    { "account", "acct_1", "/v1/accounts", 15, NULL },
    { "account_link", "al_1", NULL, 31, NULL },
    { "balance_transaction", "txn_", "/v1/balance_transactions", 24, "source" },
    { "billing_portal.configuration", "bpc_1", "/v1/billing_portal/configurations", 23, NULL },
    { "billing_portal.session", "bps_1", "/v1/billing_portal/sessions", 23, NULL },
    { "charge", "ch_3", "/v1/charges", 23, "payment_intent" },
    { "checkout.session", "cs_test_a1", "/v1/checkout/sessions", 56, "payment_intent" },
    { "coupon", "", "/v1/coupons", 8, NULL },
    { "customer", "cus_", "/v1/customers", 14, NULL },
    { "discount", "di_1", "/v1/discounts", 23, NULL },
    { "dispute", "dp_", "/v1/disputes", 24, "charge" },
    { "event", "evt_", "/v1/events", 24, "type" },
    { "file", "file_1", "/v1/files", 23, NULL },
    { "invoice", "in_1", "/v1/invoices", 23, "_subscription" },
    { "invoice_payment", "inpay_1", "/v1/invoice_payments", 23, "invoice" },
    { "invoiceitem", "ii_1", "/v1/invoiceitems", 23, "invoice" },
    { "login_link", "ll_1", NULL, 31, NULL },
    { "payment_intent", "pi_3", "/v1/payment_intents", 23, NULL },
    { "payment_method", "pm_1", "/v1/payment_methods", 23, NULL },
    { "price", "price_1", "/v1/prices", 23, "product" },
    { "product", "prod_", "/v1/products", 14, NULL },
    { "promotion_code", "promo_1", "/v1/promotion_codes", 23, NULL },
    { "refund", "re_3", "/v1/refunds", 23, "charge" },
    { "subscription", "sub_1", "/v1/subscriptions", 23, NULL },
    { "subscription_schedule", "sub_sched_1", "/v1/subscription_schedules", 23, NULL },
    { "tax_rate", "txr_1", "/v1/tax_rates", 23, NULL },
    { "webhook_endpoint", "we_1", "/v1/webhook_endpoints", 23, NULL },
};

const struct kind *kind_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (str_eq(str_of_c(kinds[i].name), name))
            return &kinds[i];
    return NULL;
}

struct st st_work(struct ctx *c)
{
    return (struct st) { .c = c, .a = c->arena, .version = VERSION_OWN };
}

int64_t st_now(const struct st *s)
{
    return s->c->now_ms / 1000;
}

struct str st_random(struct st *s, size_t n)
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    unsigned char *drawn = arena_alloc(s->a, n);
    char *p = arena_alloc(s->a, n);
    random_bytes(s->c, drawn, n);
    for (size_t i = 0; i < n; i++)
        p[i] = letters[drawn[i] % (sizeof letters - 1)];
    return (struct str) { p, n };
}

struct str st_fresh(struct st *s, const char *prefix, size_t n)
{
    struct str drawn = st_random(s, n);
    return str_fmt(s->a, "%s%.*s", prefix, SARG(drawn));
}

struct str st_id(struct st *s, const struct kind *kind)
{
    return st_fresh(s, kind->prefix, (size_t)kind->length);
}

struct tree *st_shape(struct st *s, const char *kind)
{
    const struct embedded *file = embedded_find(str_fmt(s->a, "src/sandbox/stripe/%s.json", kind));
    must(file != NULL);
    return tree_parse(s->a, str_trim(str_part(file->data, 0, file->data.n - 1)));
}

struct thing st_new(struct st *s, const char *kind)
{
    struct thing t = { .kind = kind_find(str_of_c(kind)), .body = st_shape(s, kind) };
    must(t.kind != NULL);
    t.id = st_id(s, t.kind);
    tree_set_str(s->a, t.body, "id", t.id);
    tree_set_i64(s->a, t.body, "created", st_now(s));
    return t;
}

/* ---- keeping */

static struct str parent_of(const struct thing *t)
{
    return t->kind->parent != NULL ? tree_str(t->body, t->kind->parent) : S("");
}

enum err st_add(struct st *s, struct thing *t)
{
    if (s->dry)
        return E_OK;
    TRY(stripe_insert(s->c, t, tree_str(t->body, "customer"), parent_of(t)));
    t->was = tree_copy(s->a, t->body);
    return E_OK;
}

enum err st_save(struct st *s, struct thing *t)
{
    if (s->dry)
        return E_OK;
    struct str kind = tree_true(t->body, "deleted") ? S("") : str_of_c(t->kind->name);
    TRY(stripe_update(s->c, t, kind, tree_str(t->body, "customer"), parent_of(t)));
    t->was = tree_copy(s->a, t->body);
    return E_OK;
}

enum err st_find(struct st *s, struct str id, bool *ret_found, struct thing *ret)
{
    struct stored row;
    bool found = false;
    TRY(stripe_get(s->c, id, &found, &row));
    *ret_found = found;
    if (!found)
        return E_OK;
    struct tree *body = tree_parse(s->a, row.body);
    *ret = (struct thing) {
        .n = row.n,
        .id = tree_str(body, "id"),
        .kind = kind_find(tree_str(body, "object")),
        .body = body,
        .was = tree_copy(s->a, body),
        .turn_ms = row.turn_ms,
    };
    must(ret->kind != NULL);
    return E_OK;
}

bool st_is(const struct thing *t, const char *kind)
{
    return str_eq(str_of_c(t->kind->name), str_of_c(kind)) && !tree_true(t->body, "deleted");
}

enum err st_need(struct st *s, const char *kind, struct thing *ret)
{
    struct thing t = { 0 };
    bool found = false;
    TRY(st_find(s, s->r->params[0], &found, &t));
    if (!found || !st_is(&t, kind))
        return st_no_such(s, 404, kind, s->r->params[0], S("id"));
    *ret = t;
    return E_OK;
}

enum err st_refer(
    struct st *s, const char *kind, struct str id, const char *param, struct thing *ret)
{
    struct thing t = { 0 };
    bool found = false;
    TRY(st_find(s, id, &found, &t));
    if (!found || !st_is(&t, kind))
        return st_no_such(s, 400, kind, id, str_of_c(param));
    *ret = t;
    return E_OK;
}

enum err st_own(struct st *s, struct str id, struct thing *ret)
{
    bool found = false;
    TRY(st_find(s, id, &found, ret));
    if (!found)
        return fail(s->c, STORE_CORRUPT, "the simulated Stripe has lost %.*s", SARG(id));
    return E_OK;
}

enum err st_delete(struct st *s, struct thing *t)
{
    struct tree *gone = tree_of(s->a, JSON_OBJECT);
    tree_set_str(s->a, gone, "id", t->id);
    tree_set_str(s->a, gone, "object", str_of_c(t->kind->name));
    tree_set_bool(s->a, gone, "deleted", true);
    t->body = gone;
    t->turn_ms = 0;
    s->answer = gone;
    return st_save(s, t);
}
