#include "renewal/change.h"

#include "base/json.h"

/* What a change is answered with, now or years later: from stored rows only. */

static enum err opened_json(struct ctx *c, struct json *j, int64_t order_n)
{
    struct payment_open p;
    TRY(payment_open_load(c, order_n, &p));
    json_str(j, "orderId", order_id(c->arena, &p.order));
    json_money(j, "dueNow", (struct money) { p.order.total_minor, p.order.currency });
    json_str_or_null(j, "checkoutUrl", p.attempt.checkout_url);
    return E_OK;
}

static enum err offer_json(
    struct ctx *c, struct json *j, const struct subscription *s, struct str reason)
{
    struct change_offer offer;
    TRY(change_offer(c, s, reason, &offer));
    if (offer.code.n == 0)
        return E_OK;
    json_open(j, "offer", '{');
    json_str(j, "coupon", offer.code);
    json_money(j, "off", (struct money) { offer.off_minor, s->terms.amount.cur });
    json_i64(j, "months", offer.off_months);
    json_close(j, '}');
    return E_OK;
}

static enum err refused(
    struct ctx *c, const struct subscription_change *row, int *ret_status, struct buf *body)
{
    struct json j = JSON(body);
    json_open(&j, NULL, '{');
    json_bool(&j, "success", false);
    json_str(&j, "error", row->why.n > 0 ? row->why : S("the gateway refused"));
    json_str(&j, "code", S("GATEWAY_REJECTED"));
    json_str(&j, "requestId", c->request_id);
    json_close(&j, '}');
    *ret_status = 502;
    return E_OK;
}

enum err change_answer(struct ctx *c, int64_t subject, int *ret_status, struct buf *body)
{
    struct subscription_change row;
    struct subscription s;
    struct json j = JSON(body);
    TRY(subscription_change_by_n(c, subject, &row));
    TRY(subscription_by_n(c, row.subscription_n, &s));
    if (row.status == SUBSCRIPTION_REFUSED)
        return refused(c, &row, ret_status, body);
    json_open(&j, NULL, '{');
    json_bool(&j, "success", true);
    json_open(&j, "data", '{');
    TRY(change_status_json(c, &j, s.customer_n, &s));
    if (row.order_n > 0)
        TRY(opened_json(c, &j, row.order_n));
    if (row.deed == SUBSCRIPTION_CANCEL && s.status != SUBSCRIPTION_CANCELED)
        TRY(offer_json(c, &j, &s, row.reason));
    json_close(&j, '}');
    json_close(&j, '}');
    *ret_status = 200;
    return E_OK;
}

enum err change_page_answer(struct ctx *c, int64_t subject, int *ret_status, struct buf *body)
{
    struct subscription_change row;
    struct order o;
    struct str path = S("/account");
    TRY(subscription_change_by_n(c, subject, &row));
    if (row.order_n > 0) {
        TRY(order_by_n(c, row.order_n, &o));
        TRY(order_path(c, &o, ORDER_PLACE_ITSELF, &path));
    } else if (row.status == SUBSCRIPTION_REFUSED) {
        path = str_fmt(
            c->arena, "/account/plan?refused=%.*s", SARG(id_text(c->arena, S("chg"), row.id)));
    }
    *ret_status = 303;
    buf_add(body, path);
    return E_OK;
}
