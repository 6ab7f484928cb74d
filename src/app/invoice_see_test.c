#include "app/invoice_fixture.h"

/* Who may see an invoice. */

/* Somebody else than whom every other order here is by. */
static struct str buy_as_bob(struct shop *s)
{
    struct test *t = s->t;
    int status = 0;
    struct str answer = shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: bob\r\n",
        S("{\"customerId\":\"u-2\",\"email\":\"bob@example.com\",\"items\":[{\"price\":\"cap-usd\"}]}"),
        &status);
    EXPECT_I64(status, 200);
    issuing_newest(s)->status = "completed";
    shop_webhook(s, "complete", issuing_newest(s), issuing_newest(s)->total);
    shop_jobs(s);
    return json_text(s->c->arena, json_root(answer), "data.orderId");
}

static int get_status(struct shop *s, struct str path, const char *headers)
{
    int status = 0;
    shop_get(s, str_c(s->c->arena, path), headers, &status);
    return status;
}

static const char *bearer(struct shop *s, const char *sub)
{
    struct arena *a = s->c->arena;
    return str_c(a,
        str_fmt(a, "Authorization: Bearer %.*s\r\n",
            SARG(shop_token(s, sub, str_fmt(a, "%s@example.com", sub).p, true))));
}

TEST("R54 an invoice is its customer's, the keys' and whose link it is; to others it is not there")
{
    struct shop *s = issuing_shop(t);
    struct arena *a = t->c->arena;
    struct str mine =
        issuing_buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}],\"customerId\":\"u-1\"");
    shop_jobs(s);
    struct str theirs = buy_as_bob(s);
    const struct invoice own = issued_of(s, mine).v[0], other = issued_of(s, theirs).v[0];
    const char *ada = bearer(s, "u-1");
    struct str path = str_fmt(a, "/api/invoices/%.*s.pdf", SARG(invoice_id(a, &own)));
    struct str foreign = str_fmt(a, "/api/invoices/%.*s.pdf", SARG(invoice_id(a, &other)));
    EXPECT_I64(get_status(s, path, ada), 200);
    EXPECT_I64(get_status(s, path, KEY), 200);
    EXPECT_I64(get_status(s, S("/api/invoices/INV-2026-000001.pdf"), KEY), 200);
    EXPECT_I64(get_status(s, S("/api/invoices/INV-2026-000001.pdf"), ada), 200);
    EXPECT_I64(get_status(s, foreign, ada), 404);
    EXPECT_I64(get_status(s, S("/api/invoices/INV-2026-000002.pdf"), ada), 404);
    EXPECT_I64(get_status(s, S("/api/invoices/INV-2026-000003.pdf"), KEY), 404);
    EXPECT_I64(get_status(s, path, ""), 404);
    struct str token = S("");
    struct order o = shop_order(s, mine);
    EXPECT_OK(order_token(s->c, &o, &token));
    EXPECT_I64(get_status(s, str_fmt(a, "%.*s?t=%.*s", SARG(path), SARG(token)), ""), 200);
    EXPECT_I64(get_status(s, str_fmt(a, "%.*s?t=%.*s", SARG(foreign), SARG(token)), ""), 404);
    EXPECT_I64(get_status(s, str_fmt(a, "%.*s?t=", SARG(path)), ""), 404);
}

TEST("a customer's list has their invoices alone, a key's has all or those of whom it names")
{
    struct shop *s = issuing_shop(t);
    int status = 0;
    issuing_buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}],\"customerId\":\"u-1\"");
    shop_jobs(s);
    issuing_refund(s);
    buy_as_bob(s);
    struct json_value list = json_root(shop_get(s, "/api/invoices", bearer(s, "u-1"), &status));
    EXPECT_I64(status, 200);
    EXPECT_STR(json_text(t->c->arena, list, "data.items.0.number"), S("INV-2026-000002"));
    EXPECT_STR(json_text(t->c->arena, list, "data.items.0.type"), S("credit_note"));
    EXPECT_STR(json_text(t->c->arena, list, "data.items.0.refersTo"), S("INV-2026-000001"));
    EXPECT_STR(json_text(t->c->arena, list, "data.items.1.number"), S("INV-2026-000001"));
    EXPECT(json_at(list, "data.items.2").kind == JSON_ABSENT);
    list = json_root(shop_get(s, "/api/invoices?limit=2", KEY, &status));
    EXPECT_STR(json_text(t->c->arena, list, "data.items.0.number"), S("INV-2026-000003"));
    EXPECT(str_eq(json_at(list, "data.hasMore").raw, S("true")));
    list = json_root(shop_get(s, "/api/invoices?customerId=u-2", KEY, &status));
    EXPECT_STR(json_text(t->c->arena, list, "data.items.0.number"), S("INV-2026-000003"));
    EXPECT(json_at(list, "data.items.1").kind == JSON_ABSENT);
    shop_get(s, "/api/invoices?customerId=u-2", bearer(s, "u-1"), &status);
    EXPECT_I64(status, 404);
    list = json_root(shop_get(s, "/api/invoices", bearer(s, "u-3"), &status));
    EXPECT(json_at(list, "data.items.0").kind == JSON_ABSENT);
    shop_get(s, "/api/invoices", "", &status);
    EXPECT_I64(status, 401);
}

TEST("a payment's line in the history names its invoice")
{
    struct shop *s = issuing_shop(t);
    int status = 0;
    struct str order =
        issuing_buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}],\"customerId\":\"u-1\"");
    shop_jobs(s);
    const struct invoice i = issued_of(s, order).v[0];
    struct str list = shop_get(s, "/api/payments/history?customerId=u-1", KEY, &status);
    EXPECT_STR(json_text(t->c->arena, json_root(list), "data.items.0.invoiceId"),
        invoice_id(t->c->arena, &i));
}
