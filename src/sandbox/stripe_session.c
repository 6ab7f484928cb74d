#include "sandbox/stripe_money.h"

/* Checkout sessions: what is asked for.  How they are paid is in stripe_pay.c. */

enum {
    LINES_MAX = 100,
    TOTAL_MAX = 999999999,
    EXPIRES_S = 24 * 60 * 60,
    EXPIRES_LEAST_S = 30 * 60
};

struct lines {
    bool recurring, trial;
    struct str currency;
    struct tree *items; /* objects of kind item */
    size_t n;
    int64_t amount[LINES_MAX], off[LINES_MAX], tax[LINES_MAX], added[LINES_MAX];
    bool renews;
    struct discount discount;
    struct tree *default_rates; /* ids, or NULL */
};

/* ---- lines */

static enum err read_rates(struct st *s, struct lines *l, struct tree *at, struct tree *item)
{
    struct tree *given = param_group(s, at, "tax_rates");
    struct tree *rates = tree_of(s->a, JSON_ARRAY);
    bool renews = !tree_null(item, "price.recurring");
    if (given == NULL && l->default_rates != NULL && renews)
        given = l->default_rates;
    for (struct tree *r = given != NULL ? given->first : NULL; r != NULL; r = r->next) {
        struct thing rate;
        r->seen = true;
        TRY(st_refer(s, "tax_rate", r->text, "tax_rates", &rate));
        tree_push(rates, rate.body);
    }
    tree_set(s->a, item, "_tax_rates", rates);
    return E_OK;
}

static enum err read_line(struct st *s, struct lines *l, struct tree *at)
{
    struct tree *item = st_shape(s, "item");
    struct thing price;
    int64_t quantity = 1;
    TRY(st_price(s, at, l->recurring, &price));
    TRY(param_i64(s, at, "quantity", 1, 999999, &quantity));
    param_skip(s, at, "adjustable_quantity");
    param_skip(s, at, "dynamic_tax_rates");
    struct str currency = tree_str(price.body, "currency");
    if (l->n > 0 && !str_eq(currency, l->currency))
        return st_refuse(s, 400, "", S("line_items"),
            "All prices on a Checkout Session must be of one currency.");
    l->currency = currency;
    tree_set_str(s->a, item, "id", st_fresh(s, "li_1", 23));
    tree_set_str(s->a, item, "currency", currency);
    tree_set_str(s->a, item, "description", tree_str(price.body, "_name"));
    tree_set(s->a, item, "price", tree_copy(s->a, price.body));
    tree_set_i64(s->a, item, "quantity", quantity);
    TRY(param_metadata(s, at, item));
    TRY(read_rates(s, l, at, item));
    bool renews = !tree_null(price.body, "recurring");
    l->renews = l->renews || renews;
    l->amount[l->n] = renews && l->trial ? 0 : tree_i64(price.body, "unit_amount") * quantity;
    l->n++;
    tree_push(l->items, item);
    return E_OK;
}

/* What is in it already, or comes on top. */
static void tax_line(struct lines *l, size_t i, const struct tree *item)
{
    enum {
        WHOLE = 1000000
    };
    int64_t base = l->amount[i] - l->off[i];
    tree_each (rate, tree_at(item, "_tax_rates")) {
        int64_t percent = 0;
        must(percent_parse(tree_at(rate, "percentage")->text, &percent));
        bool inside = tree_true(rate, "inclusive");
        int64_t tax = inside ? base - (base * WHOLE + (WHOLE + percent) / 2) / (WHOLE + percent)
                             : percent_of(base, percent);
        l->tax[i] += tax;
        l->added[i] += inside ? 0 : tax;
    }
}

static enum err add_up(struct st *s, struct lines *l, struct thing *t)
{
    int64_t subtotal = 0, off = 0, tax = 0, total = 0;
    size_t i = 0;
    for (size_t k = 0; k < l->n; k++)
        subtotal += l->amount[k];
    if (subtotal > TOTAL_MAX)
        return st_refuse(s, 400, "amount_too_large", S("line_items"),
            "The Checkout Session's total amount due must be no more than %d, in the smallest "
            "unit.",
            TOTAL_MAX);
    if (l->discount.coupon.body != NULL)
        TRY(st_take_off(s, l->discount.coupon.body, l->currency, l->amount, l->n, l->off));
    tree_each (item, l->items) {
        tax_line(l, i, item);
        int64_t line = l->amount[i] - l->off[i] + l->added[i];
        tree_set_i64(s->a, item, "amount_subtotal", l->amount[i]);
        tree_set_i64(s->a, item, "amount_discount", l->off[i]);
        tree_set_i64(s->a, item, "amount_tax", l->tax[i]);
        tree_set_i64(s->a, item, "amount_total", line);
        off += l->off[i];
        tax += l->tax[i];
        total += line;
        i++;
    }
    tree_set_i64(s->a, t->body, "amount_subtotal", subtotal);
    tree_set_i64(s->a, t->body, "amount_total", total);
    tree_set_i64(s->a, t->body, "total_details.amount_discount", off);
    tree_set_i64(s->a, t->body, "total_details.amount_tax", tax);
    return E_OK;
}

static enum err read_lines(struct st *s, struct lines *l, struct thing *t)
{
    struct tree *given = param_group(s, NULL, "line_items");
    if (given == NULL)
        return param_missing(s, NULL, "line_items");
    if (tree_count(given) > LINES_MAX)
        return st_refuse(s, 400, "", S("line_items"), "At most %d line items.", LINES_MAX);
    l->items = tree_of(s->a, JSON_ARRAY);
    tree_each (at, given) {
        at->seen = true;
        if (at->kind != JSON_OBJECT)
            return st_refuse(s, 400, "", form_name(s->a, at), "Invalid object");
        TRY(read_line(s, l, at));
    }
    if (l->recurring && !l->renews)
        return st_refuse(s, 400, "", S("line_items"),
            "You must provide at least one recurring price in `subscription` mode when using "
            "prices.");
    TRY(add_up(s, l, t));
    tree_set_str(s->a, t->body, "currency", l->currency);
    tree_set(s->a, t->body, "_lines", l->items);
    return E_OK;
}

/* ---- who, where to, until when */

static enum err read_customer(struct st *s, struct thing *t)
{
    struct str customer = S(""), email = S(""), creation = S("");
    struct thing known;
    TRY(param_str(s, NULL, "customer", &customer));
    TRY(param_str(s, NULL, "customer_email", &email));
    TRY(param_word(s, NULL, "customer_creation", "always|if_required", &creation));
    if (customer.n > 0 && email.n > 0)
        return st_refuse(s, 400, "", S("customer"),
            "You may only specify one of these parameters: customer, customer_email.");
    if (customer.n > 0)
        TRY(st_refer(s, "customer", customer, "customer", &known));
    bool pays = str_eq(tree_str(t->body, "mode"), S("payment"));
    if (creation.n > 0 && !pays)
        return st_refuse(s, 400, "", S("customer_creation"),
            "You may only specify `customer_creation` in `payment` and `setup` mode.");
    tree_set_str_or_null(s->a, t->body, "customer", customer);
    tree_set_str_or_null(s->a, t->body, "customer_email", email);
    tree_set_str_or_null(s->a, t->body, "customer_creation",
        customer.n > 0       ? S("")
            : !pays          ? S("always")
            : creation.n > 0 ? creation
                             : S("if_required"));
    return E_OK;
}

static enum err read_urls(struct st *s, struct thing *t)
{
    TRY(PARAM_TEXTS(s, NULL, t->body, "success_url", "cancel_url", "client_reference_id"));
    if (tree_null(t->body, "success_url"))
        return param_missing(s, NULL, "success_url");
    static const char *const names[] = { "success_url", "cancel_url" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct str url = tree_str(t->body, names[i]);
        if (url.n > 0 && !str_starts(url, S("http://")) && !str_starts(url, S("https://")))
            return st_refuse(s, 400, "url_invalid", str_of_c(names[i]),
                "Not a valid URL: an explicit scheme (such as https) must be provided.");
    }
    return E_OK;
}

static enum err read_end(struct st *s, struct thing *t)
{
    int64_t now = st_now(s), at = now + EXPIRES_S;
    TRY(param_i64(s, NULL, "expires_at", 0, INT64_MAX, &at));
    if (at < now + EXPIRES_LEAST_S - 60 || at > now + EXPIRES_S + 60)
        return st_refuse(s, 400, "", S("expires_at"),
            "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from "
            "Checkout Session creation.");
    tree_set_i64(s->a, t->body, "expires_at", at);
    t->turn_ms = at * 1000;
    return E_OK;
}

/* What changes nothing that anybody here looks at. */
static enum err read_rest(struct st *s, struct thing *t)
{
    static const char *const ignored[] = { "locale", "submit_type", "billing_address_collection",
        "phone_number_collection", "shipping_address_collection", "tax_id_collection",
        "consent_collection", "custom_fields", "custom_text", "customer_update", "after_expiration",
        "payment_method_options", "payment_method_configuration", "saved_payment_method_options",
        "adaptive_pricing", "excluded_payment_method_types", "allowed_payment_method_types",
        "name_collection", "branding_settings", "origin_context" };
    TRY(PARAM_UNKNOWN_HERE(
        s, NULL, "shipping_options", "automatic_tax", "invoice_creation", "optional_items"));
    struct str ui = tree_str(t->body, "ui_mode"), collection = S("always");
    bool codes = false, given = param_given(s, NULL, "allow_promotion_codes");
    if (given && param_given(s, NULL, "discounts"))
        return st_refuse(s, 400, "", S("allow_promotion_codes"),
            "You may only specify one of these parameters: allow_promotion_codes, discounts.");
    TRY(param_bool(s, NULL, "allow_promotion_codes", &codes));
    if (given)
        tree_set_bool(s->a, t->body, "allow_promotion_codes", codes);
    if (param_given(s, NULL, "payment_method_types") && version_from(s->version, FAMILY_ENDIVE))
        return st_refuse(s, 400, "payment_method_types_no_longer_supported",
            S("payment_method_types"), "payment_method_types is no longer supported.");
    param_skip(s, NULL, "payment_method_types");
    TRY(param_word(s, NULL, "ui_mode",
        version_from(s->version, FAMILY_DAHLIA) ? "hosted_page" : "hosted", &ui));
    TRY(param_word(s, NULL, "payment_method_collection", "always|if_required", &collection));
    tree_set_str(s->a, t->body, "payment_method_collection", collection);
    for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
        param_skip(s, NULL, ignored[i]);
    return E_OK;
}

/* ---- the parts of one mode */

static enum err read_intent(struct st *s, struct thing *t)
{
    static const char no_invoice[] =
        "{\"enabled\":false,\"invoice_data\":{\"account_tax_ids\":null,\"custom_fields\":null,"
        "\"description\":null,\"footer\":null,\"issuer\":null,\"metadata\":{},"
        "\"rendering_options\":null}}";
    tree_set(s->a, t->body, "invoice_creation", tree_parse(s->a, str_of_c(no_invoice)));
    struct tree *intent = st_shape(s, "payment_intent");
    struct tree *given = param_group(s, NULL, "payment_intent_data");
    if (given != NULL)
        TRY(st_read_intent(s, given, intent));
    tree_set(s->a, t->body, "_intent", intent);
    return E_OK;
}

static enum err read_discount(struct st *s, struct lines *l, struct thing *t)
{
    TRY(st_discount(s, NULL, &l->discount));
    if (l->discount.coupon.body == NULL)
        return E_OK;
    struct tree *d = tree_of(s->a, JSON_OBJECT);
    tree_set_str(s->a, d, "coupon", l->discount.coupon.id);
    tree_set_str_or_null(s->a, d, "promotion_code", l->discount.promotion_code);
    tree_push(tree_at(t->body, "discounts"), d);
    tree_set(s->a, t->body, "_coupon", tree_copy(s->a, l->discount.coupon.body));
    return E_OK;
}

int64_t st_least(struct str currency)
{
    static const struct {
        const char *code;
        int64_t least;
    } table[] = { { "gbp", 30 }, { "jpy", 50 }, { "czk", 1500 }, { "dkk", 250 }, { "hkd", 400 },
        { "huf", 17500 }, { "mxn", 1000 }, { "myr", 200 }, { "nok", 300 }, { "pln", 200 },
        { "ron", 200 }, { "sek", 300 }, { "thb", 1000 }, { "aed", 200 } };
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (str_eq(currency, str_of_c(table[i].code)))
            return table[i].least;
    return 50;
}

static enum err check_total(struct st *s, struct thing *t)
{
    int64_t total = tree_i64(t->body, "amount_total");
    int64_t least = st_least(tree_str(t->body, "currency"));
    if (total > 0 && total < least)
        return st_refuse(s, 400, "amount_too_small", S("line_items"),
            "The Checkout Session's total amount due must add up to at least %lld %.*s, in the "
            "smallest unit.",
            (long long)least, SARG(tree_str(t->body, "currency")));
    if (total == 0)
        tree_set_str(s->a, t->body, "payment_status", S("no_payment_required"));
    return E_OK;
}

static void lie(struct st *s, struct thing *t)
{
    if (s->fault == FAULT_WRONG_AMOUNT)
        tree_set_i64(s->a, t->body, "amount_total", tree_i64(t->body, "amount_total") + 1);
    if (s->fault == FAULT_WRONG_CURRENCY)
        tree_set_str(s->a, t->body, "currency",
            str_eq(tree_str(t->body, "currency"), S("usd")) ? S("eur") : S("usd"));
}

enum err v1_session_create(struct st *s)
{
    struct thing t = st_new(s, "checkout.session");
    struct lines *l = arena_new(s->a, struct lines);
    struct str mode = S("");
    TRY(param_word(s, NULL, "mode", "payment|subscription", &mode));
    if (mode.n == 0)
        return param_missing(s, NULL, "mode");
    l->recurring = str_eq(mode, S("subscription"));
    tree_set_str(s->a, t.body, "mode", mode);
    TRY(read_urls(s, &t));
    TRY(read_customer(s, &t));
    TRY(read_end(s, &t));
    TRY(param_metadata(s, NULL, t.body));
    TRY(read_discount(s, l, &t));
    if (l->recurring)
        TRY(st_read_subscription_data(s, &t, &l->default_rates, &l->trial));
    else
        TRY(read_intent(s, &t));
    TRY(read_lines(s, l, &t));
    TRY(read_rest(s, &t));
    TRY(check_total(s, &t));
    lie(s, &t);
    tree_set_str(s->a, t.body, "url", st_url(s, "/c/pay/", t.id));
    int64_t total = tree_i64(t.body, "amount_total");
    if (total > 0)
        TRY(st_hosted(s, t.id, total, tree_str(t.body, "currency")));
    s->answer = t.body;
    return st_add(s, &t);
}

/* ---- asking and ending */

enum err v1_session_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "checkout.session", &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_session_update(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "checkout.session", &t));
    TRY(param_metadata(s, NULL, t.body));
    s->answer = t.body;
    return st_save(s, &t);
}

enum err v1_session_list(struct st *s)
{
    static const struct filter filters[] = { { "payment_intent", NULL }, { "subscription", NULL },
        { "customer", NULL }, { "customer_details.email", NULL }, { "status", NULL },
        { "payment_link", NULL } };
    return st_list(
        s, &(struct listing) { .kind = "checkout.session", filters, ARRAY_LEN(filters) });
}

enum err v1_session_lines(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "checkout.session", &t));
    param_skip(s, NULL, "limit");
    s->answer =
        st_whole_list(s, str_fmt(s->a, "/v1/checkout/sessions/%.*s/line_items", SARG(t.id)));
    tree_set(s->a, s->answer, "data", tree_copy(s->a, tree_at(t.body, "_lines")));
    return E_OK;
}

enum err st_session_expires(struct st *s, struct thing *t)
{
    struct thing intent;
    s->about = t->id;
    tree_set_str(s->a, t->body, "status", S("expired"));
    tree_set_null(s->a, t->body, "url");
    t->turn_ms = 0;
    TRY(st_save(s, t));
    TRY(st_hosted_becomes(s, t->id, HOSTED_EXPIRED, 0));
    if (st_session_intent(t).n > 0) {
        TRY(st_own(s, st_session_intent(t), &intent));
        TRY(st_cancel_intent(s, &intent, S("")));
    }
    return st_tell(s, "checkout.session.expired", t->body, NULL);
}

enum err v1_session_expire(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "checkout.session", &t));
    if (!str_eq(tree_str(t.body, "status"), S("open")))
        return st_refuse(s, 400, "", S(""),
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout "
            "Session has a status of %.*s.",
            SARG(tree_str(t.body, "status")));
    TRY(st_session_expires(s, &t));
    s->answer = t.body;
    return E_OK;
}
