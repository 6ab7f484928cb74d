#include "catalog/catalog_form.h"

#include "base/clock.h"
#include "base/json.h"

/* ---- the table */

enum {
    TEXT_MAX = 500,
    LIST_MAX = 200,
    ID_MAX = 64
};
#define AMOUNT_MAX MONEY_ORDER_MAX
#define BPS_MAX 10000
#define TEXT(name, otherwise)                                                                      \
    {                                                                                              \
        name, FORM_TEXT, otherwise, 0, TEXT_MAX, NULL, NULL                                        \
    }
#define NAME(name)                                                                                 \
    {                                                                                              \
        name, FORM_TEXT, NULL, 1, 120, NULL, NULL                                                  \
    }
#define ID(name, otherwise)                                                                        \
    {                                                                                              \
        name, FORM_ID, otherwise, 1, ID_MAX, NULL, NULL                                            \
    }
#define NUMBER(name, otherwise, min, max)                                                          \
    {                                                                                              \
        name, FORM_NUMBER, otherwise, min, max, NULL, NULL                                         \
    }
#define FLAG(name, otherwise)                                                                      \
    {                                                                                              \
        name, FORM_FLAG, otherwise, 0, 0, NULL, NULL                                               \
    }
#define TEXTS(name)                                                                                \
    {                                                                                              \
        name, FORM_TEXTS, "[]", 0, LIST_MAX, NULL, NULL                                            \
    }
#define WORD(name, otherwise, words)                                                               \
    {                                                                                              \
        name, FORM_WORD, otherwise, 0, 0, NULL, words                                              \
    }
#define OBJECT(name, otherwise, child)                                                             \
    {                                                                                              \
        name, FORM_OBJECT, otherwise, 0, 0, child, NULL                                            \
    }
#define OBJECTS(name, child)                                                                       \
    {                                                                                              \
        name, FORM_OBJECTS, "[]", 0, 10000, child, NULL                                            \
    }
#define TABLE(name, child)                                                                         \
    {                                                                                              \
        name, FORM_TABLE, "{}", 0, LIST_MAX, child, NULL                                           \
    }
#define CURRENCY_OF(name, otherwise)                                                               \
    {                                                                                              \
        name, FORM_CURRENCY, otherwise, 0, 0, NULL, NULL                                           \
    }
#define ROUTES(name, otherwise)                                                                    \
    {                                                                                              \
        name, FORM_ROUTES, otherwise, 0, LIST_MAX, NULL, NULL                                      \
    }
#define TIME_OF(name)                                                                              \
    {                                                                                              \
        name, FORM_TIME, "null", 0, 0, NULL, NULL                                                  \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, FORM_TEXT, NULL, 0, 0, NULL, NULL                                                    \
    }

static const struct form business[] = { TEXT("name", "\"\""), TEXTS("address"),
    { "country", FORM_COUNTRY, "\"US\"", 0, 0, NULL, NULL }, TEXT("mail", "\"\""),
    TEXT("timeZone", "\"UTC\""), END };

static const struct form product_price[] = { ID("id", NULL), NUMBER("amount", NULL, 0, AMOUNT_MAX),
    CURRENCY_OF("currency", ""), TEXT("stripePrice", "\"\""), FLAG("active", "true"), END };
static const struct form plan_price[] = { ID("id", NULL),
    WORD("interval", "\"month\"", "month year"), NUMBER("amount", NULL, 0, AMOUNT_MAX),
    CURRENCY_OF("currency", ""), TEXT("stripePrice", "\"\""), FLAG("active", "true"), END };
static const struct form grants[] = { NUMBER("credits", "0", 0, 1000000000),
    { "access", FORM_TEXT, "\"\"", 0, ID_MAX, NULL, NULL }, END };
static const struct form product[] = { ID("id", NULL), NAME("name"), TEXT("description", "\"\""),
    { "slug", FORM_TEXT, "\"\"", 0, ID_MAX, NULL, NULL }, FLAG("popular", "false"),
    FLAG("active", "true"), TEXTS("images"), TEXTS("highlights"), OBJECT("grants", "{}", grants),
    OBJECTS("prices", product_price), ROUTES("routing", "{}"), TEXT("seller", "\"\""), END };

static const struct form plan_credits[] = { NUMBER("allowance", "0", 0, 1000000000),
    WORD("every", "\"month\"", "month year once"), NUMBER("rolloverCap", "-1", -1, 2000000000),
    END };
static const struct form plan[] = { ID("id", NULL), ID("group", "\"default\""), NAME("name"),
    TEXT("description", "\"\""), FLAG("popular", "false"), FLAG("active", "true"),
    TEXTS("highlights"), NUMBER("trialDays", "0", 0, 730), OBJECT("credits", "{}", plan_credits),
    { "features", FORM_FLAGS, "{}", 0, LIST_MAX, NULL, NULL },
    { "limits", FORM_AMOUNTS, "{}", 0, 1000000000, NULL, NULL }, OBJECTS("prices", plan_price),
    ROUTES("routing", "{}"), END };

static const struct form operation_rule[] = { TEXT("feature", "\"\""),
    NUMBER("counts", "1", 0, 1000), { "extras", FORM_AMOUNTS, "{}", 0, 1000000, NULL, NULL }, END };
static const struct form operation_discount[] = { NUMBER("basisPoints", "0", 0, BPS_MAX), END };

static const struct form coupon[] = { { "code", FORM_TEXT, NULL, 1, ID_MAX, NULL, NULL },
    NUMBER("basisPoints", "0", 0, BPS_MAX), NUMBER("amount", "0", 0, AMOUNT_MAX),
    CURRENCY_OF("currency", ""), NUMBER("maxUses", "0", 0, 1000000000),
    NUMBER("perCustomer", "0", 0, 1000000), TIME_OF("starts"), TIME_OF("expires"),
    NUMBER("minSubtotal", "0", 0, AMOUNT_MAX), TEXTS("appliesTo"),
    WORD("duration", "\"once\"", "once forever months"), NUMBER("months", "0", 0, 120),
    FLAG("active", "true"), END };

static const struct form tax_rate[] = { { "country", FORM_COUNTRY, NULL, 0, 0, NULL, NULL },
    NUMBER("basisPoints", NULL, 0, BPS_MAX), { "name", FORM_TEXT, "\"Tax\"", 1, 40, NULL, NULL },
    END };
static const struct form tax[] = { FLAG("inclusive", "false"), OBJECTS("rates", tax_rate), END };

static const struct form routing_gateway[] = { TEXT("id", NULL), NUMBER("weight", "", 0, 1000),
    END };
static const struct form routing_rule[] = { TEXT("method", NULL), CURRENCY_OF("currency", ""),
    { "country", FORM_COUNTRY, "", 0, 0, NULL, NULL }, NUMBER("minAmount", "0", 0, AMOUNT_MAX),
    OBJECTS("gateways", routing_gateway), END };

static const struct form fee_tier[] = { TEXT("name", NULL),
    NUMBER("revenueUpTo", "0", 0, INT64_MAX), NUMBER("basisPoints", NULL, 0, BPS_MAX), END };
static const struct form seller_fees[] = { CURRENCY_OF("currency", "\"USD\""),
    NUMBER("default", "1000", 0, BPS_MAX), OBJECTS("tiers", fee_tier),
    { "assigned", FORM_AMOUNTS, "{}", 0, BPS_MAX, NULL, NULL }, END };

static const struct form dunning[] = { { "retryDays", FORM_NUMBERS, "[1,3,5,7]", 1, 60, NULL,
                                           NULL },
    NUMBER("graceDays", "7", 0, 60), WORD("then", "\"cancel\"", "cancel"), END };
static const struct form credits[] = { { "lowPercent", FORM_NUMBERS, "[20,5]", 1, 99, NULL, NULL },
    WORD("upgrade", "\"time\"", "time none credits"), END };
static const struct form retention[] = { TEXTS("reasons"), TEXT("coupon", NULL), END };
static const struct form clawback[] = { WORD("whenSpent", "\"debt\"", "debt refuse"), END };
static const struct form sessions[] = { NUMBER("ttlHours", "24", 1, 168), END };
static const struct form refund_policy[] = { FLAG("sellerBearsFee", "false"), END };
static const struct form risk_weights[] = {
#define RISK(name, text, weight, most, words) NUMBER(text, #weight, -10000, 10000),
#include "catalog/risk.def"
#undef RISK
    END
};
static const struct form risk[] = { OBJECT("weights", "{}", risk_weights),
    NUMBER("review", "0", 0, 100), NUMBER("refuse", "0", 0, 100), END };

const struct form catalog_form[] = { CURRENCY_OF("currency", "\"USD\""),
    OBJECT("business", "{}", business), OBJECTS("products", product), OBJECTS("plans", plan),
    { "operations", FORM_AMOUNTS, "{}", 0, 1000000, NULL, NULL },
    TABLE("operationRules", operation_rule), TABLE("operationDiscounts", operation_discount),
    OBJECTS("coupons", coupon), OBJECT("tax", "{}", tax), ROUTES("routing", "{}"),
    OBJECTS("routingRules", routing_rule), OBJECT("sellerFees", "{}", seller_fees),
    OBJECT("dunning", "{}", dunning), OBJECT("credits", "{}", credits),
    OBJECTS("retention", retention), OBJECT("clawback", "{}", clawback),
    OBJECT("sessions", "{}", sessions), OBJECT("refundPolicy", "{}", refund_policy),
    OBJECT("risk", "{}", risk), END };

/* ---- the walk */

struct walk {
    struct ctx *c;
    struct json *out;
};

static enum err fill_object(struct walk *w, const struct form *form, struct str path,
    const char *name, struct json_value v);

static enum err wrong(struct walk *w, struct str path, const char *what)
{
    return fail(w->c, INVALID_REQUEST, "%.*s is %s", SARG(path), what);
}

static struct str member_path(struct walk *w, struct str path, struct str name)
{
    return path.n == 0 ? str_copy(w->c->arena, name)
                       : str_fmt(w->c->arena, "%.*s.%.*s", SARG(path), SARG(name));
}

static struct str element_path(struct walk *w, struct str path, int64_t i)
{
    return str_fmt(w->c->arena, "%.*s[%lld]", SARG(path), (long long)i);
}

static enum err text_of(
    struct walk *w, struct str path, const struct form *s, struct json_value v, struct str *ret)
{
    if (!json_to_str(w->c->arena, v, ret))
        return wrong(w, path, "a text");
    if ((int64_t)ret->n < s->min || (int64_t)ret->n > s->max)
        return fail(w->c, INVALID_REQUEST, "%.*s is a text of %lld to %lld bytes", SARG(path),
            (long long)s->min, (long long)s->max);
    return str_is_text(*ret) ? E_OK : wrong(w, path, "a text without control characters");
}

static enum err number_of(
    struct walk *w, struct str path, const struct form *s, struct json_value v, int64_t *ret)
{
    if (json_to_i64(v, ret) && *ret >= s->min && *ret <= s->max)
        return E_OK;
    return fail(w->c, INVALID_REQUEST, "%.*s is a whole number from %lld to %lld", SARG(path),
        (long long)s->min, (long long)s->max);
}

static bool is_id(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool ok = (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '-' || ch == '_' ||
            ch == '.' || (ch >= 'A' && ch <= 'Z');
        if (!ok)
            return false;
    }
    return true;
}

static bool one_of(struct str words, struct str word)
{
    struct str head;
    for (bool more = true; more;) {
        more = str_cut(words, ' ', &head, &words);
        if (str_eq(head, word))
            return true;
    }
    return false;
}

static bool is_country(struct str s)
{
    return s.n == 2 && s.p[0] >= 'A' && s.p[0] <= 'Z' && s.p[1] >= 'A' && s.p[1] <= 'Z';
}

static enum err fill_text(
    struct walk *w, const struct form *s, struct str path, const char *name, struct json_value v)
{
    struct form any = *s;
    struct str text;
    enum currency cur = CUR_NONE;
    int64_t ms = 0;
    if (s->type != FORM_TEXT && s->type != FORM_ID)
        any.min = 1, any.max = TEXT_MAX;
    TRY(text_of(w, path, &any, v, &text));
    if (s->type == FORM_ID && !is_id(text))
        return wrong(w, path, "an id of letters, digits, '-', '_' and '.'");
    if (s->type == FORM_WORD && !one_of(str_of_c(s->words), text))
        return fail(w->c, INVALID_REQUEST, "%.*s is one of: %s", SARG(path), s->words);
    if (s->type == FORM_CURRENCY && !currency_parse(text, &cur))
        return wrong(w, path, "a currency that purser knows, like USD");
    if (s->type == FORM_COUNTRY && !is_country(text))
        return wrong(w, path, "a country of two capital letters, like DE");
    if (s->type == FORM_TIME && !time_parse_iso(text, &ms))
        return wrong(w, path, "a time like 2030-01-01T00:00:00Z, or null");
    json_str(w->out, name, s->type == FORM_CURRENCY ? currency_code(cur) : text);
    return E_OK;
}

static enum err fill_list(
    struct walk *w, const struct form *s, struct str path, const char *name, struct json_value v)
{
    int64_t most = s->type == FORM_OBJECTS ? s->max : LIST_MAX;
    struct form text = { .type = FORM_TEXT, .min = 1, .max = TEXT_MAX };
    if (v.kind != JSON_ARRAY)
        return wrong(w, path, "a list");
    json_open(w->out, name, '[');
    for (struct json_iter it = json_iter(v); json_next(&it);) {
        struct str at = element_path(w, path, it.index);
        int64_t number = 0;
        if (it.index >= most)
            return fail(w->c, INVALID_REQUEST, "%.*s has at most %lld entries", SARG(path),
                (long long)most);
        if (s->type == FORM_OBJECTS) {
            TRY(fill_object(w, s->child, at, NULL, it.value));
        } else if (s->type == FORM_NUMBERS) {
            TRY(number_of(w, at, s, it.value, &number));
            json_i64(w->out, NULL, number);
        } else {
            TRY(fill_text(w, &text, at, NULL, it.value));
        }
    }
    json_close(w->out, ']');
    return E_OK;
}

/* Objects whose names are the file's own: features, limits, operations, routes. */
static enum err fill_names(
    struct walk *w, const struct form *s, struct str path, const char *name, struct json_value v)
{
    if (v.kind != JSON_OBJECT)
        return wrong(w, path, "an object");
    json_open(w->out, name, '{');
    for (struct json_iter it = json_iter(v); json_next(&it);) {
        struct str key = json_name(w->c->arena, &it), at = member_path(w, path, key);
        const char *key_c = str_c(w->c->arena, key);
        struct form texts = { .type = FORM_TEXTS };
        int64_t number = 0;
        bool flag = false;
        if (key.n == 0 || key.n > ID_MAX || !is_id(key))
            return wrong(w, at, "not a name: letters, digits, '-', '_' and '.'");
        if (it.index >= LIST_MAX)
            return fail(w->c, INVALID_REQUEST, "%.*s has at most %d names", SARG(path), LIST_MAX);
        if (s->type == FORM_AMOUNTS) {
            TRY(number_of(w, at, s, it.value, &number));
            json_i64(w->out, key_c, number);
        } else if (s->type == FORM_FLAGS) {
            if (!json_to_bool(it.value, &flag))
                return wrong(w, at, "true or false");
            json_bool(w->out, key_c, flag);
        } else if (s->type == FORM_ROUTES) {
            TRY(fill_list(w, &texts, at, key_c, it.value));
        } else {
            TRY(fill_object(w, s->child, at, key_c, it.value));
        }
    }
    json_close(w->out, '}');
    return E_OK;
}

static enum err fill_value(
    struct walk *w, const struct form *s, struct str path, const char *name, struct json_value v)
{
    int64_t number = 0;
    bool flag = false;
    switch (s->type) {
    case FORM_NUMBER:
        TRY(number_of(w, path, s, v, &number));
        json_i64(w->out, name, number);
        return E_OK;
    case FORM_FLAG:
        if (!json_to_bool(v, &flag))
            return wrong(w, path, "true or false");
        json_bool(w->out, name, flag);
        return E_OK;
    case FORM_TIME:
        if (v.kind == JSON_NULL) {
            json_str_or_null(w->out, name, S(""));
            return E_OK;
        }
        return fill_text(w, s, path, name, v);
    case FORM_TEXT:
    case FORM_ID:
    case FORM_WORD:
    case FORM_CURRENCY:
    case FORM_COUNTRY:
        return fill_text(w, s, path, name, v);
    case FORM_TEXTS:
    case FORM_NUMBERS:
    case FORM_OBJECTS:
        return fill_list(w, s, path, name, v);
    case FORM_FLAGS:
    case FORM_AMOUNTS:
    case FORM_ROUTES:
    case FORM_TABLE:
        return fill_names(w, s, path, name, v);
    case FORM_OBJECT:
        return fill_object(w, s->child, path, name, v);
    }
    never("a form has sixteen types");
}

static enum err refuse_unknown(
    struct walk *w, const struct form *form, struct str path, struct json_value v)
{
    for (struct json_iter it = json_iter(v); json_next(&it);) {
        struct str key = json_name(w->c->arena, &it);
        const struct form *s = form;
        while (s->name != NULL && !str_eq(str_of_c(s->name), key))
            s++;
        if (s->name == NULL)
            return fail(
                w->c, INVALID_REQUEST, "%.*s is not known here", SARG(member_path(w, path, key)));
    }
    return E_OK;
}

static enum err fill_object(
    struct walk *w, const struct form *form, struct str path, const char *name, struct json_value v)
{
    if (v.kind != JSON_OBJECT)
        return wrong(w, path.n == 0 ? S("the catalogue") : path, "an object");
    TRY(refuse_unknown(w, form, path, v));
    json_open(w->out, name, '{');
    for (const struct form *s = form; s->name != NULL; s++) {
        struct str at = member_path(w, path, str_of_c(s->name));
        struct json_value member = json_member(v, str_of_c(s->name));
        if (member.kind == JSON_ABSENT && s->otherwise == NULL)
            return fail(w->c, INVALID_REQUEST, "%.*s is missing", SARG(at));
        if (member.kind == JSON_ABSENT && s->otherwise[0] == 0)
            continue;
        if (member.kind == JSON_ABSENT)
            member = json_root(str_of_c(s->otherwise));
        TRY(fill_value(w, s, at, s->name, member));
    }
    json_close(w->out, '}');
    return E_OK;
}

enum err form_fill(struct ctx *c, const struct form *form, struct str text, struct str *ret)
{
    struct buf b = BUF(c->arena);
    struct json out = JSON(&b);
    struct walk w = { c, &out };
    TRY(json_check(c, text));
    TRY(fill_object(&w, form, S(""), NULL, json_root(text)));
    *ret = buf_str(&b);
    return E_OK;
}
