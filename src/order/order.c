#include "order/order.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "db/db.h"
#include "order/order_db.h"

#define TO(s) (1u << ORDER_##s)
/* What may follow what.  Money that was verified may still complete an order that we had given up
 * on; whatever contradicts goes to review, and only a person leads out of it. */
static const struct {
    struct str name;
    unsigned next;
    bool final;
} states[] = {
    [ORDER_PENDING] = { S_INIT("pending"),
        TO(PROCESSING) | TO(COMPLETED) | TO(FAILED) | TO(EXPIRED) | TO(CANCELLED) | TO(REVIEW) |
            TO(REFUNDED),
        false },
    [ORDER_PROCESSING] = { S_INIT("processing"),
        TO(COMPLETED) | TO(FAILED) | TO(EXPIRED) | TO(REVIEW) | TO(REFUNDED), false },
    [ORDER_COMPLETED] = { S_INIT("completed"),
        TO(PARTIALLY_REFUNDED) | TO(REFUNDED) | TO(DISPUTED) | TO(REVIEW), true },
    [ORDER_FAILED] = { S_INIT("failed"),
        TO(PENDING) | TO(PROCESSING) | TO(COMPLETED) | TO(REVIEW) | TO(EXPIRED) | TO(CANCELLED) |
            TO(REFUNDED),
        true },
    [ORDER_EXPIRED] = { S_INIT("expired"), TO(COMPLETED) | TO(REVIEW) | TO(REFUNDED), true },
    [ORDER_CANCELLED] = { S_INIT("cancelled"), TO(COMPLETED) | TO(REVIEW) | TO(REFUNDED), true },
    [ORDER_PARTIALLY_REFUNDED] = { S_INIT("partially_refunded"),
        TO(COMPLETED) | TO(REFUNDED) | TO(DISPUTED) | TO(REVIEW), true },
    /* A refund may fail after it was done. */
    [ORDER_REFUNDED] = { S_INIT("refunded"),
        TO(COMPLETED) | TO(PARTIALLY_REFUNDED) | TO(DISPUTED) | TO(REVIEW), true },
    [ORDER_DISPUTED] = { S_INIT("disputed"),
        TO(COMPLETED) | TO(REFUNDED) | TO(PARTIALLY_REFUNDED) | TO(REVIEW), true },
    [ORDER_REVIEW] = { S_INIT("review"),
        TO(COMPLETED) | TO(CANCELLED) | TO(REFUNDED) | TO(PARTIALLY_REFUNDED) | TO(DISPUTED),
        true },
};
#undef TO
_Static_assert(ARRAY_LEN(states) == ORDER_STATUS_COUNT, "every status has a row");

struct str order_status_text(enum order_status s)
{
    must(s < ORDER_STATUS_COUNT);
    return states[s].name;
}

bool order_status_parse(struct str s, enum order_status *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(states); i++)
        if (str_eq(states[i].name, s)) {
            *ret = (enum order_status)i;
            return true;
        }
    return false;
}

bool order_may_become(enum order_status from, enum order_status to)
{
    must(from < ORDER_STATUS_COUNT && to < ORDER_STATUS_COUNT);
    return (states[from].next & (1u << to)) != 0;
}

bool order_is_final(enum order_status s)
{
    must(s < ORDER_STATUS_COUNT);
    return states[s].final;
}

void order_arrows(struct buf *out)
{
    for (size_t from = 0; from < ORDER_STATUS_COUNT; from++) {
        buf_fmt(out, "%.*s ->", SARG(states[from].name));
        for (size_t to = 0; to < ORDER_STATUS_COUNT; to++)
            if (order_may_become((enum order_status)from, (enum order_status)to))
                buf_fmt(out, " %.*s", SARG(states[to].name));
        buf_char(out, '\n');
    }
}

/* ---- names */

struct str order_number(struct arena *a, const struct order *o)
{
    return str_fmt(
        a, "ORD-%lld-%06lld", (long long)civil_of_ms(o->created_ms).year, (long long)o->n);
}

struct str order_tax_words(struct arena *a, const struct order *o)
{
    int64_t whole = o->tax_bps / 100, part = o->tax_bps % 100;
    if (part == 0)
        return str_fmt(a, "%.*s %lld%%", SARG(o->tax_name), (long long)whole);
    if (part % 10 == 0)
        return str_fmt(
            a, "%.*s %lld.%lld%%", SARG(o->tax_name), (long long)whole, (long long)(part / 10));
    return str_fmt(a, "%.*s %lld.%02lld%%", SARG(o->tax_name), (long long)whole, (long long)part);
}

struct str order_id(struct arena *a, const struct order *o)
{
    return id_text(a, S("ord"), o->id);
}

struct str order_topic(struct arena *a, const struct order *o)
{
    return str_fmt(a, "order:%.*s", SARG(order_id(a, o)));
}

enum err order_token(struct ctx *c, const struct order *o, struct str *ret)
{
    struct str mac;
    must(c->secret != NULL);
    struct str said = str_fmt(c->arena, "order link %.*s", SARG(order_id(c->arena, o)));
    TRY(hmac_sign(c, HMAC_SHA256, *c->secret, said, &mac));
    *ret = base64url_text(c->arena, str_part(mac, 0, 18));
    return E_OK;
}

bool order_token_holds(struct ctx *c, const struct order *o, struct str token)
{
    struct str ours;
    return order_token(c, o, &ours) == E_OK && bytes_equal_secret(ours, token);
}

enum err order_path(struct ctx *c, const struct order *o, enum order_place place, struct str *ret)
{
    struct str token, id = order_id(c->arena, o), number = order_number(c->arena, o);
    TRY(order_token(c, o, &token));
    switch (place) {
    case ORDER_PLACE_ITSELF:
        *ret = str_fmt(c->arena, "/order/%.*s?t=%.*s", SARG(number), SARG(token));
        return E_OK;
    case ORDER_PLACE_SUCCESS:
        *ret = str_fmt(c->arena, "/payment/success?order=%.*s&t=%.*s", SARG(id), SARG(token));
        return E_OK;
    case ORDER_PLACE_CANCELLED:
        *ret = str_fmt(c->arena, "/payment/cancelled?order=%.*s&t=%.*s", SARG(id), SARG(token));
        return E_OK;
    }
    never("an order has three places");
}

/* ---- the frozen lines */

/* What goes on, of what was agreed to. */
static void plan_json(struct json *j, struct str plan)
{
    struct json_value v = json_root(plan);
    int64_t months = 0, days = 0;
    json_to_i64(json_at(v, "months"), &months);
    json_to_i64(json_at(v, "trialDays"), &days);
    json_str(j, "interval", months == 12 ? S("year") : S("month"));
    json_raw(j, "recurring", json_at(v, "amount").raw);
    if (days > 0)
        json_i64(j, "trialDays", days);
}

static void line_json(struct json *j, const struct order_line *l, bool stored)
{
    json_open(j, NULL, '{');
    json_str(j, "product", l->product);
    json_str(j, "price", l->price);
    json_str(j, "name", l->name);
    json_str(j, "description", l->description);
    json_i64(j, "quantity", l->quantity);
    json_i64(j, "unit", l->unit_minor);
    json_i64(j, "amount", l->amount_minor);
    json_i64(j, "discount", l->discount_minor);
    json_i64(j, "tax", l->tax_minor);
    json_i64(j, "total", l->total_minor);
    if (l->credits > 0)
        json_i64(j, "credits", l->credits);
    if (l->access.n > 0)
        json_str(j, "access", l->access);
    if (stored && l->stripe_price.n > 0)
        json_str(j, "stripePrice", l->stripe_price);
    if (stored && l->plan.n > 0)
        json_raw(j, "plan", l->plan);
    if (!stored && l->plan.n > 0)
        plan_json(j, l->plan);
    json_close(j, '}');
}

static void lines_json(
    struct json *j, const char *name, const struct order_line *line, size_t n, bool stored)
{
    json_open(j, name, '[');
    for (size_t i = 0; i < n; i++)
        line_json(j, &line[i], stored);
    json_close(j, ']');
}

static void text(struct arena *a, struct json_value v, const char *name, struct str *ret)
{
    *ret = S("");
    json_to_str(a, json_at(v, name), ret);
}

static void number(struct json_value v, const char *name, int64_t *ret)
{
    *ret = 0;
    json_to_i64(json_at(v, name), ret);
}

enum err order_lines(
    struct ctx *c, const struct order *o, struct order_line **ret_line, size_t *ret_n)
{
    struct order_line *line = arena_array(c->arena, struct order_line, ORDER_LINES);
    size_t n = 0;
    for (struct json_iter it = json_iter(json_root(o->lines)); json_next(&it); n++) {
        if (n == ORDER_LINES)
            return fail(c, STORE_CORRUPT, "an order has more than %d lines", ORDER_LINES);
        struct order_line *l = &line[n];
        text(c->arena, it.value, "product", &l->product);
        text(c->arena, it.value, "price", &l->price);
        text(c->arena, it.value, "name", &l->name);
        text(c->arena, it.value, "description", &l->description);
        number(it.value, "quantity", &l->quantity);
        number(it.value, "unit", &l->unit_minor);
        number(it.value, "amount", &l->amount_minor);
        number(it.value, "discount", &l->discount_minor);
        number(it.value, "tax", &l->tax_minor);
        number(it.value, "total", &l->total_minor);
        number(it.value, "credits", &l->credits);
        text(c->arena, it.value, "access", &l->access);
        text(c->arena, it.value, "stripePrice", &l->stripe_price);
        l->plan = json_at(it.value, "plan").raw;
    }
    *ret_line = line;
    *ret_n = n;
    return E_OK;
}

/* ---- the row */

/* What is frozen must add up before it is written (I2). */
static void check_sums(const struct order *o, const struct order_line *line, size_t n)
{
    int64_t amount = 0, discount = 0, tax = 0, total = 0;
    for (size_t i = 0; i < n; i++) {
        amount += line[i].amount_minor;
        discount += line[i].discount_minor;
        tax += line[i].tax_minor;
        total += line[i].total_minor;
    }
    must(amount == o->subtotal_minor && discount == o->discount_minor && tax == o->tax_minor);
    must(total == o->total_minor);
    must(o->total_minor == amount - discount + (o->tax_inclusive ? 0 : tax));
}

enum err order_insert(struct ctx *c, struct order *o, const struct order_line *line, size_t n)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    must(n >= 1 && n <= ORDER_LINES);
    check_sums(o, line, n);
    lines_json(&j, NULL, line, n, true);
    o->lines = buf_str(&b);
    o->status = ORDER_PENDING;
    o->created_ms = c->now_ms;
    o->version = 1;
    return order_db_insert(c, o);
}

enum err order_by_n(struct ctx *c, int64_t n, struct order *ret)
{
    return order_db_by_n(c, n, false, ret);
}

enum err order_lock(struct ctx *c, int64_t n, struct order *ret)
{
    return order_db_by_n(c, n, true, ret);
}

/* n of ORD-2026-000123; the year is compared with the row's. */
static bool parse_number(struct str s, int64_t *ret_year, int64_t *ret_n)
{
    struct str year, n;
    return str_starts(s, S("ORD-")) && str_cut(str_from(s, 4), '-', &year, &n) && year.n == 4 &&
        n.n >= 6 && n.n <= 18 && str_to_i64(year, ret_year) && str_to_i64(n, ret_n);
}

enum err order_get(struct ctx *c, struct str id_or_number, struct order *ret)
{
    struct id id;
    struct order o = { .n = 0 };
    bool found = false;
    int64_t year = 0, n = 0;
    if (id_parse(S("ord"), id_or_number, &id)) {
        TRY(order_db_by_id(c, id, &found, &o));
    } else if (parse_number(id_or_number, &year, &n)) {
        TRY(order_db_find_n(c, n, &found, &o));
        found = found && civil_of_ms(o.created_ms).year == year;
    }
    if (!found || (c->customer_n != 0 && o.customer_n != c->customer_n))
        return fail(c, NOT_FOUND, "there is no such order");
    *ret = o;
    return E_OK;
}

enum err order_become(struct ctx *c, struct order *o, enum order_status to)
{
    if (!order_may_become(o->status, to))
        return fail(c, CONFLICT, "an order that is %.*s cannot become %.*s",
            SARG(order_status_text(o->status)), SARG(order_status_text(to)));
    TRY(order_db_update(c, o, to));
    db_touch(c, order_topic(c->arena, o));
    o->status = to;
    o->version++;
    return E_OK;
}

enum err order_belongs(struct ctx *c, struct order *o)
{
    return order_db_belongs(c, o);
}

enum err order_note(struct ctx *c, struct order *o)
{
    TRY(order_db_update(c, o, o->status));
    db_touch(c, order_topic(c->arena, o));
    o->version++;
    return E_OK;
}

/* ---- for the outside */

void order_price_json(
    struct json *j, const struct order *o, const struct order_line *line, size_t n)
{
    lines_json(j, "lines", line, n, false);
    json_money(j, "subtotal", (struct money) { o->subtotal_minor, o->currency });
    json_money(j, "discount", (struct money) { o->discount_minor, o->currency });
    json_money(j, "tax", (struct money) { o->tax_minor, o->currency });
    json_bool(j, "taxInclusive", o->tax_inclusive);
    json_i64(j, "taxBasisPoints", o->tax_bps);
    json_str(j, "taxName", o->tax_name);
    json_money(j, "total", (struct money) { o->total_minor, o->currency });
    if (o->coupon.n > 0)
        json_str(j, "coupon", o->coupon);
}

void order_json(
    struct json *j, struct arena *a, const struct order *o, const struct order_line *line, size_t n)
{
    json_str(j, "orderId", order_id(a, o));
    json_str(j, "orderNumber", order_number(a, o));
    json_str(j, "status", order_status_text(o->status));
    json_i64(j, "version", o->version);
    json_str_or_null(j, "email", o->email);
    json_str_or_null(j, "country", o->country);
    order_price_json(j, o, line, n);
    json_money(j, "refunded", (struct money) { o->refunded_minor, o->currency });
    if (o->metadata.n > 0)
        json_raw(j, "metadata", o->metadata);
    json_time(j, "createdAt", o->created_ms);
    json_time(j, "expiresAt", o->expires_ms);
    json_time(j, "completedAt", o->completed_ms);
    json_str_or_null(j, "reason", o->reason);
}
