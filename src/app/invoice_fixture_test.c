#include "app/invoice_fixture.h"

static const char shelf[] =
    "{\"business\":{\"name\":\"Northwind\",\"address\":[\"1 Quay\",\"24103 Kiel\"],"
    "\"country\":\"DE\"},\"tax\":{\"rates\":[{\"country\":\"DE\",\"name\":\"VAT\",\"basisPoints\":1900}]},"
    "\"products\":[{\"id\":\"mug\",\"name\":\"Mug\",\"prices\":[{\"id\":\"mug-usd\",\"amount\":999}]},"
    "{\"id\":\"cap\",\"name\":\"Cap\",\"prices\":[{\"id\":\"cap-usd\",\"amount\":1234}]},"
    "{\"id\":\"gift\",\"name\":\"Gift\",\"prices\":[{\"id\":\"gift-usd\",\"amount\":0}]}],"
    "\"coupons\":[{\"code\":\"TEN\",\"basisPoints\":1000}]," ONLY_CARD "}";

struct shop *issuing_shop(struct test *t)
{
    struct shop *s = shop_open(t);
    shop_catalog(s, shelf);
    return s;
}

static enum err find(struct ctx *c, void *arg)
{
    struct issued *f = arg;
    struct order o;
    TRY(order_get(c, f->order, &o));
    TRY(invoices_of(c, o.n, &f->v, &f->n));
    f->k = arena_array(c->arena, struct invoice_content, f->n + 1);
    for (size_t i = 0; i < f->n; i++)
        TRY(invoice_content(c, &f->v[i], &f->k[i]));
    return E_OK;
}

struct issued issued_of(struct shop *s, struct str order)
{
    struct test *t = s->t;
    struct issued f = { .order = order };
    EXPECT_OK(db_read(s->c, find, &f));
    return f;
}

struct shop_session *issuing_newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

struct str issuing_buy(struct shop *s, const char *key, const char *members)
{
    struct str order = shop_buy(s, key, members);
    issuing_newest(s)->status = "completed";
    shop_webhook(s, "complete", issuing_newest(s), issuing_newest(s)->total);
    return order;
}

void issuing_refund(struct shop *s)
{
    issuing_newest(s)->status = "refunded";
    shop_webhook(s, "refunded", issuing_newest(s), issuing_newest(s)->total);
    shop_jobs(s);
}
