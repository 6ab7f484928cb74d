#include "sandbox/moneymotion.h"

#include "base/url.h"

/* What MoneyMotion asks of a request.  Complaints look like those of its validator, zod 3: all of
 * them at once, as a JSON array inside the message. */

enum {
    TOTAL_MAX = 1000000000
};

static void path_open(struct mm_issues *x)
{
    buf_add(&x->list, x->n++ == 0 ? S("[\n  {\n") : S(",\n  {\n"));
}

static void path_write(struct mm_issues *x, struct str path)
{
    buf_add(&x->list, S("    \"path\": ["));
    for (bool first = true; path.n > 0; first = false) {
        struct str part;
        int64_t number = 0;
        str_cut(path, '.', &part, &path);
        buf_add(&x->list, first ? S("\n      ") : S(",\n      "));
        if (str_to_i64(part, &number))
            buf_i64(&x->list, number);
        else
            json_escape(&x->list, part);
    }
    buf_add(&x->list, S("\n    ]"));
}

static const char *kind_word(struct json_value v)
{
    static const char *const words[] = {
        [JSON_ABSENT] = "undefined",
        [JSON_NULL] = "null",
        [JSON_BOOL] = "boolean",
        [JSON_NUMBER] = "number",
        [JSON_STRING] = "string",
        [JSON_ARRAY] = "array",
        [JSON_OBJECT] = "object",
    };
    return words[v.kind];
}

/* It is of another kind than it must be. */
static void bad_type(
    struct ctx *c, struct mm_issues *x, struct str path, const char *want, struct json_value is)
{
    const char *got = kind_word(is);
    if (x->n == 0)
        x->first = str_fmt(c->arena, "Expected %s, actual %s", want, got);
    path_open(x);
    buf_fmt(&x->list,
        "    \"code\": \"invalid_type\",\n    \"expected\": \"%s\",\n    \"received\": \"%s\",\n",
        want, got);
    path_write(x, path);
    if (is.kind == JSON_ABSENT)
        buf_add(&x->list, S(",\n    \"message\": \"Required\"\n  }"));
    else
        buf_fmt(&x->list, ",\n    \"message\": \"Expected %s, received %s\"\n  }", want, got);
}

/* It is of the right kind and still will not do; members are the issue's own. */
static void bad_value(struct mm_issues *x, struct str path, struct str members, struct str first)
{
    if (x->n == 0)
        x->first = first;
    path_open(x);
    buf_add(&x->list, members);
    path_write(x, path);
    buf_add(&x->list, S("\n  }"));
}

bool mm_check_text(
    struct ctx *c, struct mm_issues *x, struct json_value v, const char *path, struct str *ret)
{
    struct json_value is = json_at(v, path);
    if (json_to_str(c->arena, is, ret))
        return true;
    bad_type(c, x, str_of_c(path), "string", is);
    return false;
}

static bool mail_ok(struct str s)
{
    struct str local, domain;
    return str_is_visible(s) && s.n <= 254 && str_cut(s, '@', &local, &domain) && local.n > 0 &&
        domain.n >= 3 && str_has(domain, S(".")) && !str_has(domain, S("@")) &&
        domain.p[0] != '.' && domain.p[domain.n - 1] != '.';
}

/* https; a shop on this machine may be without. */
static bool url_ok(struct ctx *c, struct str text)
{
    struct url url;
    const char *why = NULL;
    return url_parse(c->arena, text, 0, &url, &why) &&
        (str_eq(url.scheme, S("https")) ||
            (str_eq(url.scheme, S("http")) && url_is_loopback(&url)));
}

static void check_urls(struct ctx *c, struct mm_issues *x, struct json_value v)
{
    static const char *const paths[] = { "urls.success", "urls.cancel", "urls.failure" };
    struct json_value urls = json_at(v, "urls");
    if (urls.kind != JSON_OBJECT) {
        bad_type(c, x, S("urls"), "object", urls);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        struct str url;
        if (mm_check_text(c, x, v, paths[i], &url) && !url_ok(c, url))
            bad_value(x, str_of_c(paths[i]),
                S("    \"validation\": \"url\",\n    \"code\": \"invalid_string\",\n"
                  "    \"message\": \"Invalid url\",\n"),
                S("Expected a secure URL"));
    }
}

static void check_mail(struct ctx *c, struct mm_issues *x, struct json_value v)
{
    struct json_value info = json_at(v, "userInfo");
    struct str mail;
    if (info.kind != JSON_OBJECT)
        bad_type(c, x, S("userInfo"), "object", info);
    else if (mm_check_text(c, x, v, "userInfo.email", &mail) && !mail_ok(mail))
        bad_value(x, S("userInfo.email"),
            S("    \"validation\": \"email\",\n    \"code\": \"invalid_string\",\n"
              "    \"message\": \"Invalid email\",\n"),
            S("Expected an email"));
}

/* A whole number above 0, else 0 and an issue. */
static int64_t check_count(struct ctx *c, struct mm_issues *x, struct json_value v, struct str path)
{
    int64_t n = 0;
    if (v.kind != JSON_NUMBER) {
        bad_type(c, x, path, "number", v);
        return 0;
    }
    if (!json_to_i64(v, &n)) {
        bad_value(x, path,
            S("    \"code\": \"invalid_type\",\n    \"expected\": \"integer\",\n"
              "    \"received\": \"float\",\n"
              "    \"message\": \"Expected integer, received float\",\n"),
            str_fmt(c->arena, "Expected an integer, actual %.*s", SARG(v.raw)));
        return 0;
    }
    if (n > 0)
        return n;
    bad_value(x, path,
        S("    \"code\": \"too_small\",\n    \"minimum\": 0,\n    \"type\": \"number\",\n"
          "    \"inclusive\": false,\n    \"exact\": false,\n"
          "    \"message\": \"Number must be greater than 0\",\n"),
        str_fmt(c->arena, "Expected a positive number, actual %lld", (long long)n));
    return 0;
}

/* The line's total, or 0 and issues. */
static int64_t check_item(struct ctx *c, struct mm_issues *x, struct json_value v, int64_t i)
{
    static const char *const texts[] = { "name", "description" };
    if (v.kind != JSON_OBJECT) {
        bad_type(c, x, str_fmt(c->arena, "lineItems.%lld", (long long)i), "object", v);
        return 0;
    }
    for (size_t k = 0; k < ARRAY_LEN(texts); k++) {
        struct json_value text = json_at(v, texts[k]);
        if (text.kind != JSON_STRING)
            bad_type(c, x, str_fmt(c->arena, "lineItems.%lld.%s", (long long)i, texts[k]), "string",
                text);
    }
    int64_t price = check_count(c, x, json_at(v, "pricePerItemInCents"),
        str_fmt(c->arena, "lineItems.%lld.pricePerItemInCents", (long long)i));
    int64_t quantity = check_count(
        c, x, json_at(v, "quantity"), str_fmt(c->arena, "lineItems.%lld.quantity", (long long)i));
    int64_t total = 0;
    if (__builtin_mul_overflow(price, quantity, &total) || total > TOTAL_MAX)
        return TOTAL_MAX + 1;
    return total;
}

static void check_items(struct ctx *c, struct mm_issues *x, struct mm_create *in)
{
    struct json_value items = json_at(in->payload, "lineItems");
    int64_t total = 0, n = 0;
    if (items.kind != JSON_ARRAY) {
        bad_type(c, x, S("lineItems"), "array", items);
        return;
    }
    for (struct json_iter it = json_iter(items); json_next(&it); n++)
        if (total <= TOTAL_MAX)
            total += check_item(c, x, it.value, it.index);
    if (n == 0)
        bad_value(x, S("lineItems"),
            S("    \"code\": \"too_small\",\n    \"minimum\": 1,\n    \"type\": \"array\",\n"
              "    \"inclusive\": true,\n    \"exact\": false,\n"
              "    \"message\": \"Array must contain at least 1 element(s)\",\n"),
            S("Expected at least one line item"));
    if (total > TOTAL_MAX)
        bad_value(x, S("lineItems"),
            S("    \"code\": \"custom\",\n    \"message\": \"The total is too large\",\n"),
            S("Expected a smaller total"));
    in->total_minor = total;
}

void mm_check_create(struct ctx *c, struct mm_create *in, struct mm_issues *x)
{
    struct str description;
    *x = (struct mm_issues) { .list = BUF(c->arena) };
    if (in->payload.kind != JSON_OBJECT) {
        bad_type(c, x, S(""), "object", in->payload);
    } else {
        mm_check_text(c, x, in->payload, "description", &description);
        check_urls(c, x, in->payload);
        check_mail(c, x, in->payload);
        check_items(c, x, in);
        struct json_value metadata = json_at(in->payload, "metadata");
        if (metadata.kind != JSON_ABSENT && metadata.kind != JSON_OBJECT)
            bad_type(c, x, S("metadata"), "object", metadata);
    }
    if (x->n > 0)
        buf_add(&x->list, S("\n]"));
}
