#include "base/json.h"
#include "coupon/coupon.h"
#include "coupon/coupon_db.h"
#include "fact/fact.h"

/* Codes that people make, pause and bring back, beside those of the catalogue's file. */

enum {
    CODE_MAX = 40,
    USES_MAX = 1000000000,
    MONTHS_MAX = 120
};

struct str coupon_id(struct arena *a, const struct coupon *k)
{
    return id_text(a, S("cpn"), k->id);
}

struct str coupon_off_words(struct arena *a, const struct coupon *k)
{
    if (k->bps == 0)
        return money_text_code(a, k->amount);
    return k->bps % 100 == 0 ? str_fmt(a, "%d %%", k->bps / 100)
                             : str_fmt(a, "%d.%02d %%", k->bps / 100, k->bps % 100);
}

static enum err check_off(struct ctx *c, const struct coupon *k)
{
    bool part = k->bps != 0, sum = k->amount.minor != 0 || k->amount.cur != CUR_NONE;
    if (part == sum)
        return fail(c, INVALID_REQUEST, "say how much it takes off: a percentage, or an amount");
    if (part && (k->bps < 1 || k->bps > 10000))
        return fail(c, INVALID_REQUEST, "a percentage is more than 0 and at most 100");
    if (sum &&
        (k->amount.cur == CUR_NONE || k->amount.minor < 1 || k->amount.minor > MONEY_ORDER_MAX))
        return fail(c, INVALID_REQUEST, "an amount is above zero, and has a currency");
    return E_OK;
}

static enum err check(struct ctx *c, const struct coupon *k)
{
    if (k->code.n == 0 || k->code.n > CODE_MAX || !str_is_visible(k->code))
        return fail(c, INVALID_REQUEST, "a code has 1 to %d characters, and no spaces", CODE_MAX);
    TRY(check_off(c, k));
    if (k->max_uses < 0 || k->max_uses > USES_MAX || k->per_customer < 0 ||
        k->per_customer > USES_MAX)
        return fail(c, INVALID_REQUEST, "a number of uses is 0, for no limit, or above");
    if (k->min_subtotal_minor < 0 || k->min_subtotal_minor > MONEY_ORDER_MAX)
        return fail(c, INVALID_REQUEST, "the least order is 0 or above");
    if (k->expires_ms > 0 && (k->expires_ms <= c->now_ms || k->expires_ms <= k->starts_ms))
        return fail(c, INVALID_REQUEST, "it would have ended already");
    if ((k->duration == COUPON_MONTHS) != (k->months > 0) || k->months > MONTHS_MAX)
        return fail(c, INVALID_REQUEST, "months are for the duration months, 1 to %d", MONTHS_MAX);
    return E_OK;
}

static enum err note(struct ctx *c, const struct coupon *k, struct str kind)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "code", k->code);
    json_str(&j, "takesOff", coupon_off_words(c->arena, k));
    json_i64(&j, "maxUses", k->max_uses);
    json_i64(&j, "used", k->used);
    json_close(&j, '}');
    const struct fact fact = {
        .kind = kind, .subject = coupon_id(c->arena, k), .version = k->version, .data = buf_str(&b)
    };
    return fact_add(c, &fact, NULL);
}

enum err coupon_make(struct ctx *c, struct coupon *k)
{
    bool is_new = false;
    TRY(check(c, k));
    k->id = id_new(c);
    k->applies_to = k->applies_to.n > 0 ? k->applies_to : S("[]");
    k->active = true;
    k->from_file = false;
    k->used = 0;
    k->version = 1;
    TRY(coupon_db_insert(c, k, str_upper(c->arena, k->code), &is_new));
    if (!is_new)
        return fail(c, CONFLICT, "there is a code %.*s already", SARG(k->code));
    return note(c, k, S("COUPON_CREATED"));
}

enum err coupon_switch(struct ctx *c, struct str id_or_code, bool active, struct coupon *ret)
{
    struct coupon k = { .n = 0 };
    struct id id;
    bool found = false;
    if (id_parse(S("cpn"), id_or_code, &id))
        TRY(coupon_db_by_id(c, id, &found, &k));
    else if (id_or_code.n <= 64 && str_is_visible(id_or_code))
        TRY(coupon_db_by_code(c, str_upper(c->arena, id_or_code), &found, &k));
    if (!found)
        return fail(c, NOT_FOUND, "there is no such coupon");
    if (k.active != active) {
        TRY(coupon_db_switch(c, &k, active));
        k.active = active;
        k.version++;
        TRY(note(c, &k, active ? S("COUPON_RESUMED") : S("COUPON_PAUSED")));
    }
    *ret = k;
    return E_OK;
}
