#include "base/clock.h"
#include "coupon/coupon.h"
#include "web/list.h"

/* /api/admin/coupons: the codes there are, how often each was used, a new one, a pause. */

static const struct str durations[] = {
    [COUPON_ONCE] = S_INIT("once"),
    [COUPON_FOREVER] = S_INIT("forever"),
    [COUPON_MONTHS] = S_INIT("months"),
};

static void write_coupon(struct json *j, struct arena *a, const struct coupon *k)
{
    json_str(j, "id", coupon_id(a, k));
    json_str(j, "code", k->code);
    if (k->bps > 0)
        json_i64(j, "basisPoints", k->bps);
    else
        json_money(j, "amount", k->amount);
    json_i64(j, "maxUses", k->max_uses);
    json_i64(j, "perCustomer", k->per_customer);
    json_i64(j, "used", k->used);
    json_time(j, "starts", k->starts_ms);
    json_time(j, "expires", k->expires_ms);
    json_i64(j, "minSubtotal", k->min_subtotal_minor);
    json_raw(j, "appliesTo", k->applies_to);
    json_str(j, "duration", durations[k->duration]);
    json_i64(j, "months", k->months);
    json_bool(j, "active", k->active);
    json_bool(j, "fromCatalog", k->from_file);
}

static enum err one(struct ctx *c, const struct coupon *k, void *arg)
{
    struct list *l = arg;
    if (!list_room(l, k->n))
        return E_OK;
    json_open(&l->j, NULL, '{');
    write_coupon(&l->j, c->arena, k);
    json_close(&l->j, '}');
    return E_OK;
}

static enum err list(struct req *r)
{
    struct list l = { 0 };
    TRY(req_page(r, &l.page));
    list_open(r, &l);
    TRY(coupon_list(r->c, l.page.after_n, list_want(&l), one, &l));
    list_close(r, &l);
    return E_OK;
}

static enum err answer(struct req *r, const struct coupon *k)
{
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    write_coupon(&j, r->c->arena, k);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

/* ---- POST /api/admin/coupons */

static enum err moment(struct ctx *c, const char *name, struct str text, int64_t *inout)
{
    if (text.n > 0 && !time_parse_iso(text, inout))
        return fail(
            c, INVALID_REQUEST, "%s is a date, or a time such as 2030-01-01T00:00:00Z", name);
    return E_OK;
}

static enum err check_products(struct ctx *c, struct json_value list, struct str *ret)
{
    struct str id;
    if (list.kind == JSON_ABSENT || list.kind == JSON_NULL)
        return E_OK;
    if (list.kind != JSON_ARRAY)
        return fail(c, INVALID_REQUEST, "appliesTo is a list of products' ids");
    for (struct json_iter it = json_iter(list); json_next(&it);)
        if (!json_to_str(c->arena, it.value, &id) || id.n == 0)
            return fail(c, INVALID_REQUEST, "appliesTo is a list of products' ids");
    *ret = list.raw;
    return E_OK;
}

static enum err parse_make(struct req *r)
{
    struct coupon *k = r->in;
    struct str duration = S("once"), starts = S(""), expires = S("");
    struct json_value products = { 0 };
    int64_t bps = 0;
    const struct json_field fields[] = { j_str("code", &k->code, 64),
        j_i64_opt("basisPoints", &bps), j_i64_opt("amount", &k->amount.minor),
        j_currency_opt("currency", &k->amount.cur), j_i64_opt("maxUses", &k->max_uses),
        j_i64_opt("perCustomer", &k->per_customer), j_str_opt("starts", &starts, 40),
        j_str_opt("expires", &expires, 40), j_i64_opt("minSubtotal", &k->min_subtotal_minor),
        j_value_opt("appliesTo", &products), j_str_opt("duration", &duration, 20),
        j_i64_opt("months", &k->months), j_end };
    TRY(json_read(r->c, r->body, fields));
    if (bps < 0 || bps > 10000)
        return fail(r->c, INVALID_REQUEST, "basisPoints are 1 to 10000: 1000 is 10 %%");
    k->bps = (int32_t)bps;
    TRY(moment(r->c, "starts", starts, &k->starts_ms));
    TRY(moment(r->c, "expires", expires, &k->expires_ms));
    TRY(check_products(r->c, products, &k->applies_to));
    for (size_t i = 0; i < ARRAY_LEN(durations); i++)
        if (str_eq(durations[i], duration)) {
            k->duration = (enum coupon_duration)i;
            return E_OK;
        }
    return fail(r->c, INVALID_REQUEST, "duration is once, forever or months");
}

static enum err make(struct req *r)
{
    struct coupon k = *(const struct coupon *)r->in;
    TRY(coupon_make(r->c, &k));
    return answer(r, &k);
}

static enum err turn(struct req *r, bool active)
{
    struct coupon k;
    TRY(coupon_switch(r->c, r->params[0], active, &k));
    return answer(r, &k);
}

static enum err pause(struct req *r)
{
    return turn(r, false);
}

static enum err resume(struct req *r)
{
    return turn(r, true);
}

enum {
    MAKES = ALLOW_ADMIN | ALLOW_FINANCE
};
static const struct route table[] = {
    { "GET", "/api/admin/coupons", SHAPE_READ, NULL, list, NULL, 0, ALLOW_ADMIN | ALLOW_VIEWER, 0,
        0, "All codes, newest first, and how often each was used." },
    { "POST", "/api/admin/coupons", SHAPE_WRITE, parse_make, make, NULL, sizeof(struct coupon),
        MAKES, 0, 0, "A new code, beside those of the catalogue's file." },
    { "POST", "/api/admin/coupons/{id}/pause", SHAPE_WRITE, NULL, pause, NULL, 0, MAKES, 0, 0,
        "Nobody can use it from now on; orders that have it keep it." },
    { "POST", "/api/admin/coupons/{id}/resume", SHAPE_WRITE, NULL, resume, NULL, 0, MAKES, 0, 0,
        "It can be used again." },
};
const struct routes coupon_routes = { table, ARRAY_LEN(table) };
