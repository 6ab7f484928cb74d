#include "base/json.h"
#include "base/url.h"
#include "sim/life.h"

/* What the business's people do and see at the gateway that renews: its own API, with its own key.
 * What stands there is the truth about plans. */

bool desk_do(
    struct life *l, const char *method, struct str path, struct str form, struct json_value *ret)
{
    struct net_reply reply = { .status = 0 };
    const struct net_request in = {
        .gateway = S("sim"),
        .call = S("desk"),
        .method = str_of_c(method),
        .url = str_fmt(&l->scratch, "http://127.0.0.1:8081%.*s", SARG(path)),
        .headers = { { S("Authorization"), S("Bearer sk_test_sandbox_1234567890") },
            { S("Content-Type"), S("application/x-www-form-urlencoded") } },
        .header_count = 2,
        .body = form,
    };
    must(gateway_ask(l, &in, &reply) == E_OK);
    *ret = (struct json_value) { .kind = JSON_ABSENT, .raw = S("") };
    if (reply.status != 200 || json_check(&l->c, reply.body) != E_OK)
        return false;
    *ret = json_root(reply.body);
    return true;
}

static struct str text_at(struct life *l, struct json_value v, const char *path)
{
    struct str s = S("");
    json_to_str(&l->scratch, json_at(v, path), &s);
    return str_copy(&l->arena, s);
}

int64_t desk_ms(struct json_value v, const char *path)
{
    int64_t s = 0;
    json_to_i64(json_at(v, path), &s);
    return s * 1000;
}

/* ---- what stands there */

static struct standing standing_of(struct life *l, struct json_value v)
{
    struct standing s = {
        .id = text_at(l, v, "id"),
        .payer = text_at(l, v, "customer"),
        .status = text_at(l, v, "status"),
        .order = text_at(l, v, "metadata.orderId"),
        .months = json_is(json_at(v, "items.data.0.price.recurring.interval"), "year") ? 12 : 1,
        .start_ms = desk_ms(v, "items.data.0.current_period_start"),
        .end_ms = desk_ms(v, "items.data.0.current_period_end"),
        .cancel_at_ms = desk_ms(v, "cancel_at"),
    };
    json_to_i64(json_at(v, "items.data.0.price.unit_amount"), &s.amount);
    return s;
}

static void add_standing(struct life *l, struct json_value v)
{
    must(l->standings < STANDINGS_MAX);
    l->standing[l->standings++] = standing_of(l, v);
}

void desk_watch(struct life *l, struct str url)
{
    struct str mark = S("/v1/subscriptions/"), id = S(""), rest = S("");
    struct json_value v;
    while (url.n > 0 && !str_starts(url, mark))
        url = str_from(url, 1);
    str_cut(str_from(url, mark.n), '?', &id, &rest);
    if (url.n == 0 || l->watched == WATCHED_MAX ||
        !desk_do(l, "GET", str_fmt(&l->scratch, "/v1/subscriptions/%.*s", SARG(id)), S(""), &v))
        return;
    l->watch[l->watched++] = standing_of(l, v);
}

/* The service period stands in the lines: a whole one says more than what is left of one. */
static void add_bill(struct life *l, struct json_value v)
{
    must(l->bills < BILLS_MAX);
    struct bill *b = &l->bill[l->bills++];
    *b = (struct bill) {
        .id = text_at(l, v, "id"),
        .standing = text_at(l, v, "parent.subscription_details.subscription"),
        .reason = text_at(l, v, "billing_reason"),
        .status = text_at(l, v, "status"),
        .payment = text_at(l, v, "payments.data.0.payment.payment_intent"),
    };
    json_to_i64(json_at(v, "amount_paid"), &b->amount);
    for (struct json_iter it = json_iter(json_at(v, "lines.data")); json_next(&it);) {
        int64_t start_ms = desk_ms(it.value, "period.start"),
                end_ms = desk_ms(it.value, "period.end");
        if (end_ms <= b->end_ms)
            continue;
        b->start_ms = start_ms;
        b->end_ms = end_ms;
    }
}

static void read_pages(
    struct life *l, const char *path, void (*add)(struct life *, struct json_value))
{
    struct str after = S("");
    for (bool more = true; more;) {
        struct json_value v;
        must(desk_do(l, "GET", str_fmt(&l->scratch, "%s%.*s", path, SARG(after)), S(""), &v));
        more = false;
        json_to_bool(json_at(v, "has_more"), &more);
        for (struct json_iter it = json_iter(json_at(v, "data")); json_next(&it);) {
            add(l, it.value);
            after = str_fmt(&l->scratch, "&starting_after=%.*s", SARG(text_at(l, it.value, "id")));
        }
    }
}

void desk_read(struct life *l)
{
    l->standings = l->bills = 0;
    read_pages(l, "/v1/subscriptions?status=all&limit=100", add_standing);
    read_pages(l, "/v1/invoices?limit=100&expand%5B%5D=data.payments", add_bill);
}

const struct standing *desk_standing(const struct life *l, struct str id)
{
    for (size_t i = 0; i < l->standings; i++)
        if (str_eq(l->standing[i].id, id))
            return &l->standing[i];
    return NULL;
}
