#include "sandbox/stripe_money.h"

/* Products, prices, coupons, promotion codes, tax rates. */

/* ---- products */

static enum err read_product(struct st *s, struct tree *at, struct thing *t)
{
    bool active = tree_true(t->body, "active");
    TRY(PARAM_TEXTS(s, at, t->body, "name", "description", "tax_code", "unit_label", "url",
        "statement_descriptor", "default_price"));
    TRY(param_metadata(s, at, t->body));
    TRY(param_bool(s, at, "active", &active));
    tree_set_bool(s->a, t->body, "active", active);
    struct tree *images = param_group(s, at, "images");
    struct tree *list = tree_at(t->body, "images");
    if (images != NULL)
        tree_become(list, tree_of(s->a, JSON_ARRAY));
    for (struct tree *i = images != NULL ? images->first : NULL; i != NULL; i = i->next) {
        i->seen = true;
        tree_push(list, tree_of_str(s->a, i->text));
    }
    tree_set_i64(s->a, t->body, "updated", st_now(s));
    return E_OK;
}

enum err v1_product_create(struct st *s)
{
    struct thing t = st_new(s, "product");
    struct str id = S("");
    bool taken = false;
    struct thing other;
    TRY(param_str(s, NULL, "id", &id));
    if (id.n > 0) {
        TRY(st_find(s, id, &taken, &other));
        t.id = id;
        tree_set_str(s->a, t.body, "id", id);
    }
    if (taken)
        return st_refuse(s, 400, "resource_already_exists", S("id"), "Product already exists.");
    if (!param_given(s, NULL, "name"))
        return param_missing(s, NULL, "name");
    param_skip(s, NULL, "type");
    TRY(read_product(s, NULL, &t));
    s->answer = t.body;
    return st_add_and_tell(s, &t, "product.created");
}

enum err v1_product_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "product", &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_product_update(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "product", &t));
    TRY(read_product(s, NULL, &t));
    s->answer = t.body;
    return st_save_and_tell(s, &t, "product.updated");
}

enum err v1_product_delete(struct st *s)
{
    struct thing t;
    struct stripe_scan scan = { S("price"), S(""), S(""), 0, true, .to = INT64_MAX };
    struct stored *rows = arena_array(s->a, struct stored, STRIPE_SCAN_MAX);
    size_t n = 0;
    TRY(st_need(s, "product", &t));
    scan.parent = t.id;
    TRY(stripe_scan(s->c, &scan, rows, &n));
    if (n > 0)
        return st_refuse(s, 400, "", S("id"),
            "This product cannot be deleted because it has one or more user-created prices.");
    struct tree *last = tree_copy(s->a, t.body);
    TRY(st_delete(s, &t));
    return st_tell(s, "product.deleted", last, NULL);
}

enum err v1_product_list(struct st *s)
{
    static const struct filter filters[] = { { "active", NULL }, { "type", NULL },
        { "url", NULL } };
    return st_list(s, &(struct listing) { .kind = "product", filters, ARRAY_LEN(filters) });
}

/* ---- prices */

/* unit_amount, or unit_amount_decimal when it is whole. */
static enum err read_amount(struct st *s, struct tree *at, struct thing *t)
{
    int64_t amount = -1;
    struct str decimal = S(""), whole, fraction;
    TRY(param_i64(s, at, "unit_amount", 0, AMOUNT_MAX, &amount));
    TRY(param_str(s, at, "unit_amount_decimal", &decimal));
    if (decimal.n > 0) {
        str_cut(decimal, '.', &whole, &fraction);
        for (size_t i = 0; i < fraction.n; i++)
            if (fraction.p[i] != '0')
                return st_refuse(s, 400, "", S("unit_amount_decimal"),
                    "The simulated Stripe counts whole minor units.");
        if (!str_to_i64(whole, &amount) || amount < 0 || amount > AMOUNT_MAX)
            return st_refuse(s, 400, "", S("unit_amount_decimal"), "Invalid decimal: %.*s",
                SARG(str_part(decimal, 0, 50)));
    }
    if (amount < 0)
        return param_missing(s, at, "unit_amount");
    tree_set_i64(s->a, t->body, "unit_amount", amount);
    tree_set_str(s->a, t->body, "unit_amount_decimal", str_fmt(s->a, "%lld", (long long)amount));
    return E_OK;
}

static enum err read_recurring(struct st *s, struct tree *at, struct thing *t)
{
    struct tree *given = param_group(s, at, "recurring");
    if (given == NULL)
        return E_OK;
    struct str interval = S(""), usage = S("licensed");
    int64_t count = 1;
    TRY(param_word(s, given, "interval", "day|week|month|year", &interval));
    if (interval.n == 0)
        return param_missing(s, given, "interval");
    TRY(param_i64(s, given, "interval_count", 1, 1095, &count));
    TRY(param_word(s, given, "usage_type", "licensed", &usage));
    struct tree *r = tree_of(s->a, JSON_OBJECT);
    tree_set_str(s->a, r, "interval", interval);
    tree_set_i64(s->a, r, "interval_count", count);
    tree_set_null(s->a, r, "meter");
    tree_set_null(s->a, r, "trial_period_days");
    tree_set_str(s->a, r, "usage_type", usage);
    tree_set(s->a, t->body, "recurring", r);
    tree_set_str(s->a, t->body, "type", S("recurring"));
    return E_OK;
}

/* product, or product_data that makes one. */
static enum err read_product_of(struct st *s, struct tree *at, struct thing *t, bool listed)
{
    struct tree *data = param_group(s, at, "product_data");
    struct str id = S("");
    struct thing product;
    TRY(param_str(s, at, "product", &id));
    if (id.n > 0 && data != NULL)
        return st_refuse(s, 400, "", S("product"),
            "You may only specify one of these parameters: product, product_data.");
    if (data == NULL && id.n == 0)
        return param_missing(s, at, "product");
    if (data == NULL) {
        TRY(st_refer(s, "product", id, "product", &product));
    } else {
        product = st_new(s, "product");
        if (!param_given(s, data, "name"))
            return param_missing(s, data, "name");
        TRY(read_product(s, data, &product));
        if (!listed)
            tree_set_bool(s->a, product.body, "active", false);
        TRY(st_add_and_tell(s, &product, "product.created"));
    }
    tree_set_str(s->a, t->body, "product", product.id);
    tree_set_str(s->a, t->body, "_name", tree_str(product.body, "name"));
    return E_OK;
}

static enum err read_price(struct st *s, struct tree *at, struct thing *t, bool listed)
{
    struct str currency = S(""), behavior = S("unspecified");
    TRY(param_currency(s, at, "currency", &currency));
    if (currency.n == 0)
        return param_missing(s, at, "currency");
    tree_set_str(s->a, t->body, "currency", currency);
    TRY(read_amount(s, at, t));
    TRY(read_recurring(s, at, t));
    TRY(param_word(s, at, "tax_behavior", "exclusive|inclusive|unspecified", &behavior));
    tree_set_str(s->a, t->body, "tax_behavior", behavior);
    return read_product_of(s, at, t, listed);
}

struct lookup {
    struct str key, id; /* of whom it shall be */
    bool moves;
};

static enum err give_up_key(struct st *s, struct thing *other, void *arg)
{
    const struct lookup *l = arg;
    if (str_eq(other->id, l->id) || !str_eq(tree_str(other->body, "lookup_key"), l->key))
        return E_OK;
    if (!l->moves)
        return st_refuse(s, 400, "", S("lookup_key"),
            "A price (`%.*s`) already uses that lookup key.", SARG(other->id));
    tree_set_null(s->a, other->body, "lookup_key");
    return st_save_and_tell(s, other, "price.updated");
}

/* A key names one price; it moves when that is asked for. */
static enum err read_lookup_key(struct st *s, struct thing *t)
{
    struct lookup l = { .id = t->id };
    TRY(PARAM_TEXTS(s, NULL, t->body, "lookup_key"));
    TRY(param_bool(s, NULL, "transfer_lookup_key", &l.moves));
    l.key = tree_str(t->body, "lookup_key");
    bool given = l.key.n > 0 && param_given(s, NULL, "lookup_key");
    return given ? st_each(s, "price", S(""), S(""), give_up_key, &l) : E_OK;
}

enum err v1_price_create(struct st *s)
{
    struct thing t = st_new(s, "price");
    bool active = true;
    TRY(read_price(s, NULL, &t, true));
    TRY(read_lookup_key(s, &t));
    TRY(PARAM_TEXTS(s, NULL, t.body, "nickname"));
    TRY(param_metadata(s, NULL, t.body));
    TRY(param_bool(s, NULL, "active", &active));
    tree_set_bool(s->a, t.body, "active", active);
    param_skip(s, NULL, "billing_scheme");
    s->answer = t.body;
    return st_add_and_tell(s, &t, "price.created");
}

enum err st_price(struct st *s, struct tree *at, bool recurring, struct thing *ret)
{
    struct tree *data = param_group(s, at, "price_data");
    struct str id = S("");
    TRY(param_str(s, at, "price", &id));
    if ((data != NULL) == (id.n > 0))
        return st_refuse(s, 400, "", form_name(s->a, at),
            "You must specify either `price` or `price_data` for each line item.");
    if (data == NULL) {
        struct str name = str_fmt(s->a, "%.*s[price]", SARG(form_name(s->a, at)));
        TRY(st_refer(s, "price", id, str_c(s->a, name), ret));
        if (!tree_true(ret->body, "active"))
            return st_refuse(s, 400, "", name,
                "The price specified is inactive. This field only accepts active prices.");
    } else {
        *ret = st_new(s, "price");
        TRY(read_price(s, data, ret, false));
        tree_set_bool(s->a, ret->body, "active", false);
        TRY(st_add_and_tell(s, ret, "price.created"));
    }
    if (!recurring && !tree_null(ret->body, "recurring"))
        return st_refuse(s, 400, "", S("line_items"),
            "You specified `payment` mode but passed a recurring price. Either switch to "
            "`subscription` mode or use only one-time prices.");
    return E_OK;
}

enum err v1_price_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "price", &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_price_update(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "price", &t));
    bool active = tree_true(t.body, "active");
    TRY(param_bool(s, NULL, "active", &active));
    tree_set_bool(s->a, t.body, "active", active);
    TRY(read_lookup_key(s, &t));
    TRY(PARAM_TEXTS(s, NULL, t.body, "nickname", "tax_behavior"));
    TRY(param_metadata(s, NULL, t.body));
    s->answer = t.body;
    return st_save_and_tell(s, &t, "price.updated");
}

static bool of_lookup_key(struct st *s, const struct tree *body)
{
    struct tree *keys = param_group(s, NULL, "lookup_keys");
    for (struct tree *k = keys != NULL ? keys->first : NULL; k != NULL; k = k->next)
        if (str_eq(k->text, tree_str(body, "lookup_key")))
            return true;
    return keys == NULL;
}

enum err v1_price_list(struct st *s)
{
    static const struct filter filters[] = { { "active", NULL }, { "product", NULL },
        { "type", NULL }, { "currency", NULL }, { "recurring.interval", NULL } };
    param_skip(s, NULL, "lookup_keys");
    return st_list(s,
        &(struct listing) { .kind = "price", filters, ARRAY_LEN(filters), .keeps = of_lookup_key });
}
