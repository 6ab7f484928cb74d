#include "app/invoice_fixture.h"

#include "customer/billing.h"
#include "payment/back.h"

/* Invoices of a shop: who gets which number for what, and what stands on it. */

TEST("an order that is paid has one invoice, with its lines, tax, seller, buyer and sums")
{
    struct shop *s = issuing_shop(t);
    struct str order = issuing_buy(s, "k1",
        "\"items\":[{\"price\":\"mug-usd\",\"quantity\":3},{\"price\":\"cap-usd\"}],"
        "\"coupon\":\"TEN\",\"country\":\"DE\"");
    shop_jobs(s);
    struct issued f = issued_of(s, order);
    EXPECT_I64((int64_t)f.n, 1);
    EXPECT_STR(invoice_number(t->c->arena, f.v), S("INV-2026-000001"));
    const struct invoice_content *k = f.k;
    /* 3 × 9.99 + 12.34 = 42.31; 4.23 off; 19 % of 38.08 = 7.2352. */
    EXPECT_I64(k->subtotal_minor, 4231);
    EXPECT_I64(k->discount_minor, 423);
    EXPECT_I64(k->tax_minor, 724);
    EXPECT_I64(k->total_minor, 4532);
    EXPECT_I64(k->paid_minor, 4532);
    EXPECT_STR(k->coupon, S("TEN"));
    EXPECT_I64((int64_t)k->lines, 2);
    EXPECT_STR(k->line[0].name, S("Mug"));
    EXPECT_I64(k->line[0].quantity, 3);
    EXPECT_I64(k->line[0].amount_minor, 2997);
    EXPECT_STR(k->seller.v[0], S("Northwind"));
    EXPECT_STR(k->seller.v[2], S("24103 Kiel"));
    EXPECT_STR(k->seller.v[3], S("Germany"));
    EXPECT_STR(k->buyer.v[0], S("Germany")); /* a guest without a name */
    EXPECT_I64(k->issued_ms, f.v[0].issued_ms);
    shop_jobs(s);
    EXPECT_I64((int64_t)issued_of(s, order).n, 1);
    EXPECT_I64(shop_facts(s, "INVOICE_ISSUED"), 1);
    EXPECT(str_has(shop_fact_data(s, "INVOICE_ISSUED"), S("\"number\":\"INV-2026-000001\"")));
    shop_verify(s);
}

TEST("a refund has a credit note with the same figures, negative, that names its invoice")
{
    struct shop *s = issuing_shop(t);
    struct str order =
        issuing_buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}],\"country\":\"DE\"");
    shop_jobs(s);
    issuing_refund(s);
    struct issued f = issued_of(s, order);
    EXPECT_I64((int64_t)f.n, 2);
    EXPECT_STR(invoice_number(t->c->arena, &f.v[1]), S("INV-2026-000002"));
    EXPECT_I64(f.v[1].kind, INVOICE_CREDIT);
    EXPECT_I64(f.k[1].total_minor, -f.k[0].total_minor);
    EXPECT_I64(f.k[1].tax_minor, -f.k[0].tax_minor);
    EXPECT_I64(f.k[1].line[0].amount_minor, -999);
    EXPECT_STR(f.k[1].refers, S("INV-2026-000001"));
    EXPECT(str_starts(f.k[1].notes.v[0], S("Refers to INV-2026-000001 of ")));
    issuing_refund(s); /* told again */
    EXPECT_I64((int64_t)issued_of(s, order).n, 2);
    shop_verify(s);
}

TEST("a refund that overtook its payment leaves an invoice and its credit note")
{
    struct shop *s = issuing_shop(t);
    struct str order = shop_buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}]");
    issuing_refund(s);
    struct issued f = issued_of(s, order);
    EXPECT_I64((int64_t)f.n, 2);
    EXPECT_I64(f.v[0].kind, INVOICE_SALE);
    EXPECT_I64(f.v[1].kind, INVOICE_CREDIT);
    shop_verify(s);
}

/* ---- refunds of parts, and one that came back */

struct giving {
    struct str order;
    int64_t minor;      /* adopted; 0: the newest one fails after all */
    struct refund made; /* the newest */
};

static enum err give_back(struct ctx *c, void *arg)
{
    struct giving *g = arg;
    struct order o;
    struct attempt *a = NULL;
    size_t n = 0;
    TRY(order_get(c, g->order, &o));
    TRY(order_lock(c, o.n, &o));
    TRY(attempts_of(c, o.n, &a, &n));
    if (g->minor == 0)
        return back_fails(c, &o, &a[0], &g->made, S("the bank sent it back"));
    struct refund r = { .id = id_new(c),
        .kind = REFUND_ADOPTED,
        .amount = { g->minor, o.currency },
        .reference = str_fmt(c->arena, "re_%lld", (long long)g->minor),
        .reason = S(""),
        .why = S(""),
        .actor = S(""),
        .approver = S("") };
    TRY(back_adopts(c, &o, &a[0], &r));
    g->made = r;
    return E_OK;
}

static struct refund went_back(struct shop *s, struct str order, int64_t minor)
{
    struct test *t = s->t;
    struct giving g = { .order = order, .minor = minor };
    EXPECT_OK(db_tx(s->c, "give back", give_back, &g));
    return g.made;
}

/* The ledger's account of tax, and what the papers say: two ways to the same sum. */
static void expect_tax(struct shop *s, struct str order)
{
    struct test *t = s->t;
    struct issued f = issued_of(s, order);
    int64_t tax = 0;
    for (size_t i = 0; i < f.n; i++)
        tax += f.v[i].tax_minor;
    EXPECT_I64(shop_balance(s, LEDGER_TAX, CUR_USD), -tax);
}

TEST("each refund of a part has a credit note of its own, and all of them come to the invoice")
{
    static const int64_t parts[] = { 333, 1, 2000 };
    struct shop *s = issuing_shop(t);
    struct str order = issuing_buy(s, "k1",
        "\"items\":[{\"price\":\"mug-usd\",\"quantity\":3},{\"price\":\"cap-usd\"}],"
        "\"coupon\":\"TEN\",\"country\":\"DE\"");
    shop_jobs(s);
    int64_t sum = 0, tax = 0, left = 4532;
    for (size_t i = 0; i < ARRAY_LEN(parts); left -= parts[i++]) {
        went_back(s, order, parts[i]);
        if (i == 1)
            continue; /* two before the job comes */
        shop_jobs(s);
        expect_tax(s, order);
    }
    went_back(s, order, left);
    shop_jobs(s);
    struct issued f = issued_of(s, order);
    EXPECT_I64((int64_t)f.n, 5);
    for (size_t i = 0; i < f.n; i++) {
        sum += f.v[i].total_minor;
        tax += f.v[i].tax_minor;
        EXPECT_I64(f.v[i].number, (int64_t)i + 1);
        EXPECT_I64(f.v[i].refund_n > 0, i > 0);
    }
    EXPECT_I64(f.v[1].total_minor, -333);
    EXPECT_I64(f.v[1].tax_minor, -53); /* 7.24 of 45.32 is 0.532 of 3.33 */
    EXPECT_I64(f.k[1].subtotal_minor, -280);
    EXPECT_I64(f.v[2].total_minor, -1);
    EXPECT_I64(f.v[3].total_minor, -2000);
    EXPECT_I64(sum, 0);
    EXPECT_I64(tax, 0);
    EXPECT_I64(shop_balance(s, LEDGER_TAX, CUR_USD), 0);
    shop_verify(s);
}

TEST("money that came back after its credit note is invoiced again")
{
    struct shop *s = issuing_shop(t);
    struct str order =
        issuing_buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}],\"country\":\"DE\"");
    shop_jobs(s);
    struct giving g = { .order = order, .made = went_back(s, order, 500) };
    shop_jobs(s);
    shop_facts(s, "ORDER_PARTIALLY_REFUNDED"); /* sealed */
    EXPECT_OK(invoice_look_job(s->c, S("")));  /* and behind it */
    EXPECT_OK(db_tx(s->c, "fail", give_back, &g));
    shop_facts(s, "REFUND_FAILED"); /* sealed */
    EXPECT_OK(invoice_look_job(s->c, S("")));
    struct issued f = issued_of(s, order);
    EXPECT_I64((int64_t)f.n, 3);
    EXPECT_I64(f.v[2].kind, INVOICE_AGAIN);
    EXPECT_I64(f.v[2].total_minor, 500);
    EXPECT_I64(f.v[2].tax_minor, -f.v[1].tax_minor);
    expect_tax(s, order);
    shop_verify(s);
}

TEST("an order of nothing has an invoice too, and one that nobody paid has none")
{
    struct shop *s = issuing_shop(t);
    int status = 0;
    struct str unpaid = shop_buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}]");
    struct str answer = shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k2\r\n",
        S("{\"email\":\"ada@example.com\",\"items\":[{\"price\":\"gift-usd\"}]}"), &status);
    EXPECT_I64(status, 200);
    shop_jobs(s);
    struct str free = json_text(t->c->arena, json_root(answer), "data.orderId");
    EXPECT_I64((int64_t)issued_of(s, unpaid).n, 0);
    EXPECT_I64((int64_t)issued_of(s, free).n, 1);
    EXPECT_I64(issued_of(s, free).k[0].total_minor, 0);
    shop_verify(s);
}

/* ---- frozen */

static enum err bill_to(struct ctx *c, void *arg)
{
    struct customer k;
    bool found = false;
    struct billing b = *(struct billing *)arg;
    TRY(customer_find(c, S("u-1"), &found, &k));
    return billing_set(c, &k, &b, &b);
}

TEST("what seller, buyer and catalogue are called later changes no invoice")
{
    struct shop *s = issuing_shop(t);
    struct billing b = { .version = BILLING_UNSEEN,
        .name = S("Łucja Ọdún Ltd"),
        .line1 = S("5 Mill Lane"),
        .city = S("Leeds"),
        .country = S("GB"),
        .tax_id = S("GB123") };
    struct str first =
        shop_buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}],\"customerId\":\"u-1\"");
    EXPECT_OK(db_tx(s->c, "bill to", bill_to, &b));
    issuing_newest(s)->status = "completed";
    shop_webhook(s, "complete", issuing_newest(s), issuing_newest(s)->total);
    shop_jobs(s);
    struct issued before = issued_of(s, first);
    EXPECT_STR(before.k[0].buyer.v[0], S("Łucja Ọdún Ltd"));
    EXPECT_STR(before.k[0].buyer_tax_id, S("GB123"));
    b.name = S("Somebody else");
    EXPECT_OK(db_tx(s->c, "bill to", bill_to, &b));
    shop_catalog(s,
        "{\"business\":{\"name\":\"Southwind\"},\"products\":[{\"id\":\"mug\",\"name\":\"Cup\","
        "\"prices\":[{\"id\":\"mug-usd\",\"amount\":1}]}]," ONLY_CARD "}");
    struct issued after = issued_of(s, first);
    EXPECT_STR(
        invoice_content_text(t->c->arena, after.k), invoice_content_text(t->c->arena, before.k));
    EXPECT_STR(after.k[0].seller.v[0], S("Northwind"));
    EXPECT_STR(after.k[0].line[0].name, S("Mug"));
    shop_verify(s);
}

/* ---- numbers */

TEST("numbers begin again with each year, and no date is before that of the number before")
{
    struct shop *s = issuing_shop(t);
    struct arena *a = t->c->arena;
    struct str first = issuing_buy(s, "k1", "\"again\":true,\"items\":[{\"price\":\"mug-usd\"}]");
    shop_jobs(s);
    shop_wait(s, INT64_C(60) * 24 * 3600 * 1000);
    struct str second = issuing_buy(s, "k2", "\"again\":true,\"items\":[{\"price\":\"mug-usd\"}]");
    shop_jobs(s);
    const int64_t now_ms = s->c->now_ms;
    /* Another server whose clock is behind. */
    s->c->now_ms -= INT64_C(30) * 24 * 3600 * 1000;
    struct str third = shop_buy(s, "k3", "\"again\":true,\"items\":[{\"price\":\"mug-usd\"}]");
    s->c->now_ms = now_ms;
    issuing_newest(s)->status = "completed";
    shop_webhook(s, "complete", issuing_newest(s), issuing_newest(s)->total);
    shop_jobs(s);
    const struct invoice one = issued_of(s, first).v[0], two = issued_of(s, second).v[0],
                         three = issued_of(s, third).v[0];
    EXPECT_STR(invoice_number(a, &one), S("INV-2026-000001"));
    EXPECT_STR(invoice_number(a, &two), S("INV-2027-000001"));
    EXPECT_STR(invoice_number(a, &three), S("INV-2027-000002"));
    EXPECT(two.issued_ms <= three.issued_ms);
    shop_verify(s);
}
