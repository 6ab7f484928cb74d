#include "app/invoice_fixture.h"
#include "app/stripe_shop.h"
#include "db/db.h"
#include "invoice/invoice_look.h"

/* What a bank takes for good went back to the buyer: the application hears of it, and it has its
 * credit note, however it came to be lost. */

static const char shelf[] =
    "{\"business\":{\"name\":\"Northwind\",\"country\":\"DE\"},"
    "\"tax\":{\"rates\":[{\"country\":\"DE\",\"name\":\"VAT\",\"basisPoints\":1900}]},"
    "\"products\":[{\"id\":\"mug\",\"name\":\"Mug\",\"prices\":[{\"id\":\"mug-usd\","
    "\"amount\":1000}]}],\"routing\":{\"card\":[\"stripe\"]}}";

static const struct stripe_said complete = { "checkout.session.completed", SAID_SESSION, "complete",
    "paid", 0 };

static struct stripe_shop *taxed_shop(struct test *t)
{
    struct stripe_shop *s = stripe_shop_open(t);
    shop_catalog(s->shop, shelf);
    return s;
}

static struct str sold(struct stripe_shop *s)
{
    struct test *t = s->shop->t;
    struct str id = stripe_buy(s, "k1", "\"priceId\":\"mug-usd\",\"country\":\"DE\"");
    stripe_pays(stripe_newest(s));
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &complete), 200);
    shop_jobs(s->shop);
    return id;
}

/* The bank does that, Stripe says so, and the facts of it have been looked at. */
static void argue(struct stripe_shop *s, const char *status)
{
    struct test *t = s->shop->t;
    const struct stripe_said said = { "charge.dispute.closed", SAID_DISPUTE, status, "", 0 };
    stripe_newest(s)->disputed = true;
    stripe_newest(s)->argued = status;
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &said), 200);
    shop_jobs(s->shop);
    shop_facts(s->shop, "DISPUTE_LOST"); /* sealed */
    EXPECT_OK(invoice_look_job(s->shop->c, S("")));
}

static void expect_told(struct shop *s, int64_t parts, int64_t wholes)
{
    struct test *t = s->t;
    EXPECT_I64(shop_facts(s, "ORDER_PARTIALLY_REFUNDED"), parts);
    EXPECT_I64(shop_facts(s, "ORDER_REFUNDED"), wholes);
}

/* The newest of so many papers; and all of them have the tax that the books have. */
static struct invoice expect_papers(struct shop *s, struct str order, size_t n)
{
    struct test *t = s->t;
    struct issued f = issued_of(s, order);
    int64_t tax = 0;
    for (size_t i = 0; i < f.n; i++)
        tax += f.v[i].tax_minor;
    EXPECT_I64((int64_t)f.n, (int64_t)n);
    EXPECT_I64(shop_balance(s, LEDGER_TAX, CUR_USD), -tax);
    shop_verify(s);
    return f.n > 0 ? f.v[f.n - 1] : (struct invoice) { .n = 0 };
}

TEST("R99 what was lost before anybody heard of a dispute is told, and has its credit note")
{
    struct stripe_shop *s = taxed_shop(t);
    struct str order = sold(s);
    argue(s, "lost");
    expect_told(s->shop, 0, 1);
    struct invoice note = expect_papers(s->shop, order, 2);
    EXPECT_I64(note.kind, INVOICE_CREDIT);
    EXPECT_I64(note.total_minor, -1190);
    EXPECT_I64(note.tax_minor, -190);
}

TEST("R99 a loss that is taken back is invoiced again")
{
    struct stripe_shop *s = taxed_shop(t);
    struct str order = sold(s);
    argue(s, "needs_response");
    argue(s, "lost");
    expect_told(s->shop, 0, 1);
    expect_papers(s->shop, order, 2);
    argue(s, "won"); /* an appeal */
    expect_told(s->shop, 0, 1);
    struct invoice again = expect_papers(s->shop, order, 3);
    EXPECT_I64(again.kind, INVOICE_AGAIN);
    EXPECT_I64(again.total_minor, 1190);
}

TEST("R99 a part that was lost has its credit note, and the refund of the rest its own")
{
    struct stripe_shop *s = taxed_shop(t);
    struct str order = sold(s);
    stripe_newest(s)->argued_units = 690;
    argue(s, "lost");
    expect_told(s->shop, 1, 0);
    struct invoice note = expect_papers(s->shop, order, 2);
    EXPECT_I64(note.total_minor, -690);
    EXPECT_I64(note.refund_n, 0);
    struct stripe_refund *rest = stripe_gives_back(s, stripe_newest(s), 500);
    EXPECT_I64(stripe_tell_refund(s, rest, "refund.created"), 200);
    shop_jobs(s->shop);
    expect_told(s->shop, 1, 1);
    EXPECT_OK(invoice_look_job(s->shop->c, S("")));
    note = expect_papers(s->shop, order, 3);
    EXPECT_I64(note.total_minor, -500);
    EXPECT(note.refund_n > 0);
}

/* ---- while a person looks at the order */

static enum err put_in_review(struct ctx *c, void *arg)
{
    const struct str *order = arg;
    struct order o;
    TRY(order_get(c, *order, &o));
    TRY(order_lock(c, o.n, &o));
    return order_become(c, &o, ORDER_REVIEW);
}

TEST("R99 what is lost while its order is in review is told at once, and not again when decided")
{
    struct stripe_shop *s = taxed_shop(t);
    struct str order = sold(s);
    int status = 0;
    EXPECT_OK(db_tx(t->c, "review", put_in_review, &order));
    argue(s, "lost");
    expect_told(s->shop, 0, 1);
    EXPECT_I64(expect_papers(s->shop, order, 2).total_minor, -1190);
    struct str path = str_fmt(t->c->arena, "/api/admin/reviews/%.*s/resolve", SARG(order));
    shop_post(s->shop, str_c(t->c->arena, path), KEY,
        S("{\"choice\":\"dismiss\",\"reason\":\"the bank has it\"}"), &status);
    EXPECT_I64(status, 200);
    EXPECT(shop_order(s->shop, order).status == ORDER_REFUNDED);
    expect_told(s->shop, 0, 1);
    expect_papers(s->shop, order, 2);
}
