#include "sandbox/stripe_money.h"

/* Coupons, promotion codes, tax rates: what is taken off and put on. */

enum {
    PERCENT = 10000, /* parts of one per cent */
    WHOLE = 100 * PERCENT
};

bool percent_parse(struct str text, int64_t *ret)
{
    struct str whole, fraction;
    int64_t high = 0, low = 0;
    str_cut(text, '.', &whole, &fraction);
    if (fraction.n > 4 || !str_to_i64(whole, &high) || high < 0 || high > 100)
        return false;
    for (size_t i = 0; i < 4; i++) {
        char c = i < fraction.n ? fraction.p[i] : '0';
        if (c < '0' || c > '9')
            return false;
        low = low * 10 + (c - '0');
    }
    if (high * PERCENT + low > WHOLE)
        return false;
    *ret = high * PERCENT + low;
    return true;
}

int64_t percent_of(int64_t amount, int64_t percent)
{
    return (amount * percent + WHOLE / 2) / WHOLE;
}

static struct tree *number(struct st *s, struct str lexeme)
{
    struct tree *t = tree_of(s->a, JSON_NUMBER);
    t->text = lexeme;
    return t;
}

/* Zeros that JSON does not have: "010", "1.", ".5" never come this far. */
static enum err read_percent(struct st *s, const char *name, struct thing *t)
{
    struct str text = S("");
    int64_t percent = 0;
    TRY(param_str(s, NULL, name, &text));
    if (text.n == 0)
        return E_OK;
    bool spelled =
        text.p[text.n - 1] != '.' && (text.p[0] != '0' || text.n == 1 || text.p[1] == '.');
    if (!spelled || !percent_parse(text, &percent))
        return st_refuse(
            s, 400, "", str_of_c(name), "Invalid decimal: %.*s", SARG(str_part(text, 0, 50)));
    tree_set(s->a, t->body, name, number(s, text));
    return E_OK;
}

/* ---- coupons */

static enum err read_value(struct st *s, struct thing *t)
{
    struct str currency = S("");
    int64_t off = 0;
    TRY(read_percent(s, "percent_off", t));
    TRY(param_i64(s, NULL, "amount_off", 1, AMOUNT_MAX, &off));
    TRY(param_currency(s, NULL, "currency", &currency));
    if (tree_null(t->body, "percent_off") == (off == 0))
        return st_refuse(
            s, 400, "", S(""), "You must pass either percent_off or amount_off, and not both.");
    if (off > 0 && currency.n == 0)
        return param_missing(s, NULL, "currency");
    if (off > 0) {
        tree_set_i64(s->a, t->body, "amount_off", off);
        tree_set_str(s->a, t->body, "currency", currency);
    }
    return E_OK;
}

static enum err read_limits(struct st *s, struct thing *t)
{
    struct str duration = S("once");
    int64_t months = 0, most = 0, until = 0;
    TRY(param_word(s, NULL, "duration", "forever|once|repeating", &duration));
    TRY(param_i64(s, NULL, "duration_in_months", 1, 1200, &months));
    TRY(param_i64(s, NULL, "max_redemptions", 1, INT32_MAX, &most));
    TRY(param_i64(s, NULL, "redeem_by", 1, INT64_MAX, &until));
    if (str_eq(duration, S("repeating")) && months == 0)
        return param_missing(s, NULL, "duration_in_months");
    tree_set_str(s->a, t->body, "duration", duration);
    if (months > 0)
        tree_set_i64(s->a, t->body, "duration_in_months", months);
    if (most > 0)
        tree_set_i64(s->a, t->body, "max_redemptions", most);
    if (until > 0)
        tree_set_i64(s->a, t->body, "redeem_by", until);
    return E_OK;
}

enum err v1_coupon_create(struct st *s)
{
    struct thing t = st_new(s, "coupon"), other;
    struct str id = S("");
    bool taken = false;
    TRY(param_str(s, NULL, "id", &id));
    if (id.n > 0) {
        TRY(st_find(s, id, &taken, &other));
        t.id = id;
        tree_set_str(s->a, t.body, "id", id);
    }
    if (taken)
        return st_refuse(s, 400, "resource_already_exists", S("id"), "Coupon already exists.");
    TRY(read_value(s, &t));
    TRY(read_limits(s, &t));
    TRY(PARAM_TEXTS(s, NULL, t.body, "name"));
    TRY(param_metadata(s, NULL, t.body));
    s->answer = t.body;
    return st_add_and_tell(s, &t, "coupon.created");
}

enum err v1_coupon_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "coupon", &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_coupon_update(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "coupon", &t));
    TRY(PARAM_TEXTS(s, NULL, t.body, "name"));
    TRY(param_metadata(s, NULL, t.body));
    s->answer = t.body;
    return st_save_and_tell(s, &t, "coupon.updated");
}

enum err v1_coupon_delete(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "coupon", &t));
    struct tree *last = tree_copy(s->a, t.body);
    TRY(st_delete(s, &t));
    return st_tell(s, "coupon.deleted", last, NULL);
}

enum err v1_coupon_list(struct st *s)
{
    return st_list(s, &(struct listing) { .kind = "coupon" });
}

/* ---- promotion codes */

enum err v1_promotion_create(struct st *s)
{
    struct thing t = st_new(s, "promotion_code"), coupon;
    bool newer = version_from(s->version, FAMILY_CLOVER), active = true;
    const char *name = newer ? "promotion.coupon" : "coupon";
    struct str id = S(""), code = S(""), type = S("coupon"), customer = S("");
    int64_t most = 0, until = 0;
    TRY(param_str(s, NULL, name, &id));
    if (newer)
        TRY(param_word(s, NULL, "promotion.type", "coupon", &type));
    if (id.n == 0)
        return param_missing(s, NULL, name);
    TRY(st_refer(s, "coupon", id, name, &coupon));
    TRY(param_str(s, NULL, "code", &code));
    TRY(param_str(s, NULL, "customer", &customer));
    TRY(param_i64(s, NULL, "max_redemptions", 1, INT32_MAX, &most));
    TRY(param_i64(s, NULL, "expires_at", 1, INT64_MAX, &until));
    TRY(param_bool(s, NULL, "active", &active));
    TRY(param_metadata(s, NULL, t.body));
    tree_set_str(s->a, t.body, "promotion.coupon", coupon.id);
    tree_set(s->a, t.body, "_coupon", tree_copy(s->a, coupon.body));
    tree_set_str(s->a, t.body, "code", code.n > 0 ? code : st_random(s, 8));
    tree_set_str_or_null(s->a, t.body, "customer", customer);
    tree_set_bool(s->a, t.body, "active", active);
    if (most > 0)
        tree_set_i64(s->a, t.body, "max_redemptions", most);
    if (until > 0)
        tree_set_i64(s->a, t.body, "expires_at", until);
    s->answer = t.body;
    return st_add_and_tell(s, &t, "promotion_code.created");
}

enum err v1_promotion_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "promotion_code", &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_promotion_update(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "promotion_code", &t));
    bool active = tree_true(t.body, "active");
    TRY(param_bool(s, NULL, "active", &active));
    tree_set_bool(s->a, t.body, "active", active);
    TRY(param_metadata(s, NULL, t.body));
    s->answer = t.body;
    return st_save_and_tell(s, &t, "promotion_code.updated");
}

static bool of_code(struct st *s, const struct tree *body)
{
    struct str code = tree_str(s->params, "code");
    return code.n == 0 || str_eq_nocase(code, tree_str(body, "code"));
}

enum err v1_promotion_list(struct st *s)
{
    static const struct filter filters[] = { { "active", NULL }, { "coupon", "promotion.coupon" },
        { "customer", NULL } };
    param_skip(s, NULL, "code");
    return st_list(s,
        &(struct listing) {
            .kind = "promotion_code", filters, ARRAY_LEN(filters), .keeps = of_code });
}

/* ---- taking off */

static enum err usable(struct st *s, const struct thing *coupon, const char *param)
{
    int64_t until = tree_i64(coupon->body, "redeem_by");
    int64_t most = tree_i64(coupon->body, "max_redemptions");
    if ((until > 0 && until <= st_now(s)) ||
        (most > 0 && tree_i64(coupon->body, "times_redeemed") >= most))
        return st_refuse(s, 400, "coupon_expired", str_of_c(param),
            "Coupon %.*s is used up or expired.", SARG(coupon->id));
    return E_OK;
}

static enum err read_discount(struct st *s, struct tree *at, struct discount *ret)
{
    struct str coupon = S(""), code = S(""), name = form_name(s->a, at);
    const char *of_coupon = str_c(s->a, str_fmt(s->a, "%.*s[coupon]", SARG(name)));
    const char *of_code = str_c(s->a, str_fmt(s->a, "%.*s[promotion_code]", SARG(name)));
    TRY(param_str(s, at, "coupon", &coupon));
    TRY(param_str(s, at, "promotion_code", &code));
    if (code.n > 0) {
        struct thing promotion;
        TRY(st_refer(s, "promotion_code", code, of_code, &promotion));
        if (!tree_true(promotion.body, "active"))
            return st_refuse(s, 400, "", str_of_c(of_code), "This promotion code is inactive.");
        ret->promotion_code = code;
        coupon = tree_str(promotion.body, "promotion.coupon");
    }
    if (coupon.n == 0)
        return E_OK;
    TRY(st_refer(s, "coupon", coupon, of_coupon, &ret->coupon));
    return usable(s, &ret->coupon, of_coupon);
}

enum err st_discounts(struct st *s, struct tree *at, struct discount *ret, size_t *ret_n)
{
    struct tree *given = param_group(s, at, "discounts");
    *ret_n = 0;
    if (param_unset(s, at, "discounts") || given == NULL)
        return E_OK;
    tree_each (one, given) {
        one->seen = true;
        if (one->kind != JSON_OBJECT || *ret_n == DISCOUNTS_MAX)
            return st_refuse(s, 400, "", form_name(s->a, one), "Invalid object");
        ret[*ret_n] = (struct discount) { 0 };
        TRY(read_discount(s, one, &ret[(*ret_n)++]));
    }
    return E_OK;
}

enum err st_discount(struct st *s, struct tree *at, struct discount *ret)
{
    struct discount d[DISCOUNTS_MAX];
    size_t n = 0;
    TRY(st_discounts(s, at, d, &n));
    if (n > 1)
        return st_refuse(s, 400, "", S("discounts"), "There is one discount at most here.");
    *ret = n == 1 ? d[0] : (struct discount) { 0 };
    return E_OK;
}

enum err st_take_off(struct st *s, const struct tree *coupon, struct str currency,
    const int64_t *amount, size_t n, int64_t *ret_off)
{
    int64_t off = tree_i64(coupon, "amount_off"), total = 0, left = 0, percent = 0;
    for (size_t i = 0; i < n; i++)
        total += amount[i];
    if (off > 0 && !str_eq(currency, tree_str(coupon, "currency")))
        return st_refuse(s, 400, "", S("discounts"),
            "The coupon is in %.*s and cannot be applied to %.*s.",
            SARG(tree_str(coupon, "currency")), SARG(currency));
    off = off > total ? total : off;
    left = off;
    const struct tree *share = tree_at(coupon, "percent_off");
    if (share->kind == JSON_NUMBER)
        must(percent_parse(share->text, &percent));
    for (size_t i = 0; i < n; i++) {
        int64_t part = total > 0 ? (int64_t)((__int128)off * amount[i] / total) : 0;
        ret_off[i] = percent > 0 ? percent_of(amount[i], percent) : i + 1 == n ? left : part;
        left -= part;
    }
    return E_OK;
}

enum err st_redeem(struct st *s, const struct discount *d)
{
    struct thing t;
    if (d->coupon.body == NULL)
        return E_OK;
    TRY(st_own(s, d->coupon.id, &t));
    if (!st_is(&t, "coupon"))
        return E_OK;
    tree_set_i64(s->a, t.body, "times_redeemed", tree_i64(t.body, "times_redeemed") + 1);
    int64_t most = tree_i64(t.body, "max_redemptions");
    if (most > 0 && tree_i64(t.body, "times_redeemed") >= most)
        tree_set_bool(s->a, t.body, "valid", false);
    return st_save(s, &t);
}

/* ---- tax rates */

enum err v1_tax_rate_create(struct st *s)
{
    struct thing t = st_new(s, "tax_rate");
    bool inclusive = false, active = true;
    TRY(PARAM_TEXTS(s, NULL, t.body, "display_name", "country", "description", "jurisdiction",
        "state", "tax_type"));
    TRY(read_percent(s, "percentage", &t));
    TRY(param_bool(s, NULL, "inclusive", &inclusive));
    TRY(param_bool(s, NULL, "active", &active));
    if (!param_given(s, NULL, "display_name"))
        return param_missing(s, NULL, "display_name");
    if (!param_given(s, NULL, "percentage"))
        return param_missing(s, NULL, "percentage");
    if (!param_given(s, NULL, "inclusive"))
        return param_missing(s, NULL, "inclusive");
    tree_set_bool(s->a, t.body, "inclusive", inclusive);
    tree_set_bool(s->a, t.body, "active", active);
    tree_set(s->a, t.body, "effective_percentage", tree_copy(s->a, tree_at(t.body, "percentage")));
    TRY(param_metadata(s, NULL, t.body));
    s->answer = t.body;
    return st_add_and_tell(s, &t, "tax_rate.created");
}

enum err v1_tax_rate_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "tax_rate", &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_tax_rate_update(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "tax_rate", &t));
    bool active = tree_true(t.body, "active");
    TRY(param_bool(s, NULL, "active", &active));
    tree_set_bool(s->a, t.body, "active", active);
    TRY(PARAM_TEXTS(s, NULL, t.body, "display_name", "description", "jurisdiction"));
    TRY(param_metadata(s, NULL, t.body));
    s->answer = t.body;
    return st_save_and_tell(s, &t, "tax_rate.updated");
}

enum err v1_tax_rate_list(struct st *s)
{
    static const struct filter filters[] = { { "active", NULL }, { "inclusive", NULL } };
    return st_list(s, &(struct listing) { .kind = "tax_rate", filters, ARRAY_LEN(filters) });
}
