#include "base/clock.h"
#include "sandbox/stripe_billing.h"
#include "sandbox/stripe_fixture.h"

static const char *text(struct test *t, const char *fmt, struct str a, struct str b)
{
    struct buf out = BUF(t->c->arena);
    for (const char *p = fmt; *p != 0; p++) {
        if (*p == '$')
            buf_add(&out, a);
        else if (*p == '@')
            buf_add(&out, b);
        else
            buf_char(&out, *p);
    }
    return str_c(t->c->arena, buf_str(&out));
}

/* A price by the month, in a product of its own. */
static struct str price(struct fixture *f, const char *amount, const char *interval)
{
    struct test *t = f->t;
    struct said said = vendor_ask(f, "POST /v1/prices",
        str_c(t->c->arena,
            str_fmt(t->c->arena,
                "currency=usd&unit_amount=%s&recurring[interval]=%s&product_data[name]=Pro", amount,
                interval)));
    EXPECT_I64(said.status, 200);
    return tree_str(said.body, "id");
}

static struct str customer(struct fixture *f, const char *card)
{
    struct test *t = f->t;
    struct said said = vendor_ask(f, "POST /v1/customers",
        str_c(t->c->arena,
            str_fmt(t->c->arena,
                "email=ada@example.com&payment_method=%s"
                "&invoice_settings[default_payment_method]=%s",
                card, card)));
    EXPECT_I64(said.status, 200);
    return tree_str(said.body, "id");
}

static struct tree *sub_of(struct fixture *f, struct str id)
{
    return vendor_ask(
        f, text(f->t, "GET /v1/subscriptions/$?expand[]=latest_invoice.payments", id, S("")), "")
        .body;
}

static struct str subscribe(struct fixture *f, struct str who, struct str what, const char *more)
{
    struct test *t = f->t;
    const char *form = text(t, "customer=$&items[0][price]=@", who, what);
    struct said said = vendor_ask(
        f, "POST /v1/subscriptions", str_c(t->c->arena, str_fmt(t->c->arena, "%s%s", form, more)));
    EXPECT_I64(said.status, 200);
    return tree_str(said.body, "id");
}

static void advance(struct fixture *f, const char *by)
{
    fixture_control(f, "/_sandbox/clock", str_fmt(f->t->c->arena, "{\"advance\":\"%s\"}", by));
}

TEST("parts of an amount are rounded down, whatever its sign")
{
    static const struct {
        int64_t amount, part, whole, is;
    } cases[] = { { -5, 1, 2, -3 }, { 9, 1, 2, 4 }, { 15, 1, 2, 7 }, { -1000, 2, 3, -667 },
        { 1000, 1, 3, 333 }, { 1000, 3, 3, 1000 }, { -1000, 0, 3, 0 },
        { 99999999, 31535999, 31536000, 99999995 } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        EXPECT_I64(part_of(cases[i].amount, cases[i].part, cases[i].whole), cases[i].is);
}

TEST("periods are counted from the anchor: the 31st comes back after a February")
{
    struct tree *monthly = tree_of(t->c->arena, JSON_OBJECT);
    int64_t anchor = 0;
    struct buf b = BUF(t->c->arena);
    tree_set_str(t->c->arena, monthly, "recurring.interval", S("month"));
    tree_set_i64(t->c->arena, monthly, "recurring.interval_count", 1);
    EXPECT(time_parse_iso(S("2027-12-31T08:00:00Z"), &anchor));
    for (int64_t n = 0; n < 5; n++) {
        buf_add(&b, n > 0 ? S(", ") : S(""));
        buf_add(&b, date_words(t->c->arena, period_at(anchor / 1000, monthly, n)));
    }
    EXPECT_STR(buf_str(&b), S("31 Dec 2027, 31 Jan 2028, 29 Feb 2028, 31 Mar 2028, 30 Apr 2028"));
}

TEST("a subscription at Stripe renews by the clock, its invoice a draft for an hour")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    struct str id = subscribe(&f, customer(&f, "pm_card_visa"), price(&f, "1900", "month"), "");
    struct tree *first = sub_of(&f, id);
    EXPECT_STR(tree_str(first, "status"), S("active"));
    EXPECT_STR(tree_str(first, "latest_invoice.billing_reason"), S("subscription_create"));
    EXPECT_I64(tree_i64(first, "latest_invoice.amount_paid"), 1900);
    EXPECT_STR(tree_str(first, "latest_invoice.payments.data.0.status"), S("paid"));
    advance(&f, "1mo");
    struct tree *next = sub_of(&f, id);
    EXPECT_STR(tree_str(next, "latest_invoice.status"), S("draft"));
    EXPECT_I64(tree_i64(next, "items.data.0.current_period_start"),
        tree_i64(first, "items.data.0.current_period_end"));
    advance(&f, "1h");
    next = sub_of(&f, id);
    EXPECT_STR(tree_str(next, "latest_invoice.status"), S("paid"));
    EXPECT_STR(tree_str(next, "latest_invoice.billing_reason"), S("subscription_cycle"));
    EXPECT_STR(tree_str(next, "status"), S("active"));
    advance(&f, "1y");
    struct json_value state = fixture_control(&f, "/_sandbox/state", S(""));
    EXPECT_STR(json_at(state, "totals.0.captures").raw, S("14"));
    EXPECT_STR(json_at(state, "totals.0.amount").raw, S("26600"));
    fixture_close(&f);
}

TEST("a renewal that is declined is tried for two weeks, and ends the subscription")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    struct str who = customer(&f, "pm_card_visa");
    struct str id = subscribe(&f, who, price(&f, "1900", "month"), "");
    struct tree *bad = vendor_ask(&f, "POST /v1/payment_methods/pm_card_chargeCustomerFail/attach",
        text(t, "customer=$", who, S("")))
                           .body;
    vendor_ask(&f, text(t, "POST /v1/customers/$", who, S("")),
        text(t, "invoice_settings[default_payment_method]=$", tree_str(bad, "id"), S("")));
    advance(&f, "1mo");
    advance(&f, "2h");
    struct tree *sub = sub_of(&f, id);
    EXPECT_STR(tree_str(sub, "status"), S("past_due"));
    EXPECT_I64(tree_i64(sub, "latest_invoice.attempt_count"), 1);
    EXPECT(tree_i64(sub, "latest_invoice.next_payment_attempt") > t->c->now_ms / 1000);
    /* Paying the invoice by another card is all it takes. */
    struct str invoice = tree_str(sub, "latest_invoice.id");
    EXPECT_I64(vendor_ask(&f, text(t, "POST /v1/invoices/$/pay", invoice, S("")), "").status, 402);
    EXPECT_I64(vendor_ask(&f, text(t, "POST /v1/invoices/$/pay", invoice, S("")),
                   "payment_method=pm_card_visa")
                   .status,
        200);
    EXPECT_STR(tree_str(sub_of(&f, id), "status"), S("active"));
    advance(&f, "1mo");
    EXPECT_STR(tree_str(sub_of(&f, id), "status"), S("past_due"));
    advance(&f, "15d");
    sub = sub_of(&f, id);
    EXPECT_STR(tree_str(sub, "status"), S("canceled"));
    EXPECT_STR(tree_str(sub, "cancellation_details.reason"), S("payment_failed"));
    EXPECT_I64(tree_i64(sub, "latest_invoice.attempt_count"), 8);
    fixture_close(&f);
}

TEST("what a preview says is what the change then costs")
{
    static const char *const behaviors[] = { "always_invoice", "create_prorations" };
    for (size_t i = 0; i < ARRAY_LEN(behaviors); i++) {
        struct fixture f = { 0 };
        vendor_open(t, &f);
        struct str pro = price(&f, "1900", "month"), team = price(&f, "2999", "month");
        struct str id = subscribe(&f, customer(&f, "pm_card_visa"), pro, "");
        advance(&f, "11d");
        struct str item = tree_str(sub_of(&f, id), "items.data.0.id");
        struct str at = str_fmt(t->c->arena, "%lld", (long long)(clock_now_ms(&f.clock) / 1000));
        const char *preview = str_c(t->c->arena,
            str_fmt(t->c->arena,
                "subscription=%.*s&subscription_details[items][0][id]=%.*s"
                "&subscription_details[items][0][price]=%.*s"
                "&subscription_details[proration_behavior]=%s"
                "&subscription_details[proration_date]=%.*s",
                SARG(id), SARG(item), SARG(team), behaviors[i], SARG(at)));
        struct tree *shown = vendor_ask(&f, "POST /v1/invoices/create_preview", preview).body;
        const char *change = str_c(t->c->arena,
            str_fmt(t->c->arena,
                "items[0][id]=%.*s&items[0][price]=%.*s&proration_behavior=%s&proration_date=%.*s",
                SARG(item), SARG(team), behaviors[i], SARG(at)));
        EXPECT_I64(
            vendor_ask(&f, text(t, "POST /v1/subscriptions/$", id, S("")), change).status, 200);
        if (i == 1)
            advance(&f, "1mo");
        struct tree *paid = tree_at(sub_of(&f, id), "latest_invoice");
        EXPECT_STR(tree_str(paid, "status"), S("paid"));
        EXPECT_I64(tree_i64(paid, "total"), tree_i64(shown, "total"));
        EXPECT_I64((int64_t)tree_count(tree_at(paid, "lines.data")), i == 0 ? 2 : 3);
        EXPECT(tree_true(paid, "lines.data.0.parent.subscription_item_details.proration"));
        fixture_close(&f);
    }
}

TEST("a first payment that fails leaves no subscription behind a session")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    struct said said = vendor_ask(&f, "POST /v1/checkout/sessions",
        text(t, "mode=subscription&line_items[0][price]=$&success_url=https://shop.example.com/ok",
            price(&f, "1900", "month"), S("")));
    EXPECT_I64(said.status, 200);
    struct str id = tree_str(said.body, "id");
    EXPECT(tree_true(vendor_pays(&f, id, ",\"card\":\"4000000000000002\""), "declined"));
    EXPECT(tree_true(vendor_pays(&f, id, ",\"card\":\"4000000000000341\""), "declined"));
    struct tree *asks = vendor_pays(&f, id, ",\"card\":\"4000000000003220\"");
    EXPECT(str_has(tree_str(asks, "redirect"), S("/c/challenge/pi_")));
    struct said none = vendor_ask(&f, "GET /v1/subscriptions?status=all", "");
    EXPECT_I64((int64_t)tree_count(tree_at(none.body, "data")), 0);
    vendor_pays(&f, id, ",\"card\":\"4000000000003220\",\"outcome\":\"success\"");
    struct tree *session =
        vendor_ask(&f, text(t, "GET /v1/checkout/sessions/$", id, S("")), "").body;
    EXPECT_STR(tree_str(session, "payment_status"), S("paid"));
    EXPECT(tree_str(session, "subscription").n > 0 && tree_str(session, "invoice").n > 0);
    EXPECT(tree_null(session, "payment_intent"));
    fixture_close(&f);
}

TEST("a trial warns three days before it ends, and a discount ends when it says")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    struct str who = customer(&f, "pm_card_visa"), pro = price(&f, "2000", "month");
    vendor_ask(
        &f, "POST /v1/coupons", "id=HALF&percent_off=50&duration=repeating&duration_in_months=2");
    vendor_ask(&f, "POST /v1/tax_rates", "display_name=VAT&percentage=19&inclusive=false");
    struct said rates = vendor_ask(&f, "GET /v1/tax_rates", "");
    struct str id = subscribe(&f, who, pro,
        text(t, "&trial_period_days=14&discounts[0][coupon]=HALF&default_tax_rates[0]=$",
            tree_str(rates.body, "data.0.id"), S("")));
    EXPECT_STR(tree_str(sub_of(&f, id), "status"), S("trialing"));
    advance(&f, "11d");
    EXPECT(str_ends(vendor_events(&f), S("customer.subscription.trial_will_end")));
    advance(&f, "4d");
    struct tree *invoice = tree_at(sub_of(&f, id), "latest_invoice");
    EXPECT_I64(tree_i64(invoice, "subtotal"), 2000);
    EXPECT_I64(tree_i64(invoice, "amount_paid"), 1190);
    EXPECT_I64(tree_i64(invoice, "total_taxes.0.amount"), 190);
    advance(&f, "2mo");
    invoice = tree_at(sub_of(&f, id), "latest_invoice");
    EXPECT_I64(tree_i64(invoice, "amount_paid"), 2380);
    fixture_close(&f);
}

TEST("a paused subscription renews and charges nothing; one that ends charges what is pending")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    struct str who = customer(&f, "pm_card_visa"), pro = price(&f, "1900", "month");
    struct str team = price(&f, "2900", "month"), id = subscribe(&f, who, pro, "");
    const char *change = text(t, "POST /v1/subscriptions/$", id, S(""));
    vendor_ask(&f, change, "pause_collection[behavior]=void");
    advance(&f, "32d");
    struct tree *sub = sub_of(&f, id);
    EXPECT_STR(tree_str(sub, "status"), S("active"));
    EXPECT_STR(tree_str(sub, "latest_invoice.status"), S("void"));
    struct str item = tree_str(sub, "items.data.0.id");
    vendor_ask(&f, change,
        text(t, "pause_collection=&cancel_at_period_end=true&items[0][id]=$&items[0][price]=@",
            item, team));
    struct said pending =
        vendor_ask(&f, text(t, "GET /v1/invoiceitems?pending=true&customer=$", who, S("")), "");
    EXPECT_I64((int64_t)tree_count(tree_at(pending.body, "data")), 2);
    int64_t owed =
        tree_i64(pending.body, "data.0.amount") + tree_i64(pending.body, "data.1.amount");
    advance(&f, "32d");
    EXPECT_STR(tree_str(sub_of(&f, id), "status"), S("canceled"));
    struct said last =
        vendor_ask(&f, text(t, "GET /v1/invoices?customer=$&limit=1", who, S("")), "");
    EXPECT_I64(tree_i64(last.body, "data.0.amount_paid"), owed);
    fixture_close(&f);
}

TEST("a subscription at Stripe ends with its customer")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    struct str who = customer(&f, "pm_card_visa");
    struct str id = subscribe(&f, who, price(&f, "1900", "month"), "");
    struct said gone = vendor_ask(&f, text(t, "DELETE /v1/customers/$", who, S("")), "");
    EXPECT(tree_true(gone.body, "deleted"));
    EXPECT_STR(tree_str(sub_of(&f, id), "status"), S("canceled"));
    EXPECT(str_ends(vendor_events(&f), S("customer.subscription.deleted customer.deleted")));
    gone = vendor_ask(&f, text(t, "GET /v1/customers/$", who, S("")), "");
    EXPECT_I64(gone.status, 200);
    EXPECT_I64(vendor_ask(&f, text(t, "DELETE /v1/customers/$", who, S("")), "").status, 404);
    fixture_close(&f);
}

TEST("ten years of a subscription that began on a 31st: a renewal a month, on its last day")
{
    struct fixture f = { 0 };
    int64_t began = 0, now = t->c->now_ms;
    EXPECT(time_parse_iso(S("2027-01-31T10:00:00Z"), &began));
    t->c->now_ms = began;
    vendor_open(t, &f);
    struct str id = subscribe(&f, customer(&f, "pm_card_visa"), price(&f, "1900", "month"), "");
    for (int64_t month = 1; month <= 120; month++) {
        int64_t due = 0;
        EXPECT(time_add_months(began, month, &due));
        advance(&f,
            str_c(t->c->arena,
                str_fmt(t->c->arena, "%llds", (long long)((due - clock_now_ms(&f.clock)) / 1000))));
        struct tree *sub = sub_of(&f, id);
        struct civil at = civil_of_ms(tree_i64(sub, "items.data.0.current_period_start") * 1000);
        EXPECT_I64(at.day, civil_days_in_month(at.year, at.month));
        EXPECT_I64(tree_i64(sub, "items.data.0.current_period_start") * 1000, due);
    }
    advance(&f, "2h");
    struct json_value state = fixture_control(&f, "/_sandbox/state", S(""));
    EXPECT_STR(json_at(state, "totals.0.captures").raw, S("121"));
    fixture_close(&f);
    t->c->now_ms = now;
}

TEST("what is deleted in the meantime stops nobody, and charges nobody")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    struct str pro = price(&f, "1900", "month"), who = customer(&f, "pm_card_visa");
    vendor_ask(&f, "POST /v1/coupons", "id=HALF&percent_off=50");
    const char *open =
        text(t, "mode=subscription&line_items[0][price]=$&success_url=https://x.test/&customer=@",
            pro, who);
    const char *cheap =
        str_c(t->c->arena, str_fmt(t->c->arena, "%s&discounts[0][coupon]=HALF", open));
    struct str first = tree_str(vendor_ask(&f, "POST /v1/checkout/sessions", cheap).body, "id");
    struct str second = tree_str(vendor_ask(&f, "POST /v1/checkout/sessions", open).body, "id");
    vendor_ask(&f, "DELETE /v1/coupons/HALF", "");
    vendor_pays(&f, first, "");
    struct said bills = vendor_ask(&f, "GET /v1/invoices", "");
    EXPECT_I64(tree_i64(bills.body, "data.0.amount_paid"), 950);
    /* A renewal that is a draft when its customer goes is never charged. */
    advance(&f, "1mo");
    bills = vendor_ask(&f, "GET /v1/invoices?status=draft", "");
    EXPECT_I64((int64_t)tree_count(tree_at(bills.body, "data")), 1);
    vendor_ask(&f, text(t, "DELETE /v1/customers/$", who, S("")), "");
    advance(&f, "2mo");
    bills = vendor_ask(&f, "GET /v1/invoices?status=draft", "");
    EXPECT_I64((int64_t)tree_count(tree_at(bills.body, "data")), 1);
    struct net_reply reply = fixture_ask(
        &f, "/_sandbox/pay", str_fmt(t->c->arena, "{\"session\":\"%.*s\"}", SARG(second)));
    EXPECT_I64(reply.status, 409);
    fixture_close(&f);
}
