#include "app/plan_shop.h"
#include "app/refund_fixture.h"
#include "db/db.h"
#include "invoice/invoice.h"

/* Whoever has the database can take the triggers away and change what he likes.  Each case does one
 * such thing to the books of a shop that has lived a little, and names exactly what `verify` has to
 * say about it.  What can be done to the chain of facts alone is in fact_verify_test.c. */

static const char catalogue[] =
    "{\"products\":[{\"id\":\"pack\",\"name\":\"Pack\",\"grants\":{\"credits\":100},\"prices\":"
    "[{\"id\":\"pack-usd\",\"amount\":1000}]},{\"id\":\"mug\",\"name\":\"Mug\",\"prices\":"
    "[{\"id\":\"mug-usd\",\"amount\":700}],\"routing\":{\"card\":[\"moneymotion\"]}}],\"tax\":{\"rates\":[{\"country\":\"DE\","
    "\"basisPoints\":1900}]},\"plans\":[{\"id\":\"basic\",\"group\":\"ai\",\"name\":\"Basic\","
    "\"credits\":{\"allowance\":500},\"prices\":[{\"id\":\"b1\",\"amount\":999}],"
    "\"routing\":{\"card\":[\"moneymotion\"]}}],"
    "\"coupons\":[{\"code\":\"TEN\",\"basisPoints\":1000,\"maxUses\":9,\"perCustomer\":5}],"
    "\"routing\":{\"card\":[\"stripe\",\"moneymotion\"]}}";

#define PACK "\"priceId\":\"pack-usd\",\"customerId\":\"u-1\",\"again\":true"

static void pays_twice(struct shop *s)
{
    struct test *t = s->t;
    s->fault = "lose_after";
    s->fault_call = "create";
    s->faults_left = 1;
    struct str body = S("{\"email\":\"eve@example.com\",\"priceId\":\"mug-usd\"}");
    for (int i = 0; i < 2; i++)
        shop_post(s, "/api/checkout/create", REFUND_KEY "Idempotency-Key: twice\r\n", body, NULL);
    EXPECT_I64((int64_t)s->sessions, 3);
    for (size_t i = s->sessions; i-- > s->sessions - 2;) {
        s->session[i].status = "completed";
        EXPECT_I64(shop_webhook(s, "complete", &s->session[i], s->session[i].total), 200);
        shop_jobs(s);
    }
    EXPECT_I64(shop_facts(s, "PAYMENT_UNEXPLAINED"), 1);
}

/* 1: with a code and tax, used, held, and given back in two parts of which one is under way.
 * 2: lost to a bank, with its fee, and partly used before.  3: with a code, given up.  4: a plan.
 * 5: paid twice. */
static struct shop *lived(struct test *t)
{
    static const struct stripe_said opened = { "charge.dispute.created", SAID_DISPUTE,
        "needs_response", "", 0 };
    static const struct stripe_said closed = { "charge.dispute.closed", SAID_DISPUTE, "lost", "",
        0 };
    struct stripe_shop *s = stripe_shop_open(t);
    struct shop *shop = s->shop;
    shop_catalog(shop, catalogue);
    struct str first = refund_paid_with(s, "k1", PACK ",\"coupon\":\"TEN\",\"country\":\"DE\"");
    refund_spend(shop, "s1", 20);
    refund_ask(
        shop, "/api/credits/reserve", "s2", S("{\"customerId\":\"u-1\",\"amount\":10}"), 200);
    refund_give(shop, "r1", first, "\"amount\":300", 200);
    s->refund_status = "pending";
    refund_give(shop, "r2", first, "\"amount\":100", 202);
    refund_paid_with(s, "k2", PACK);
    refund_spend(shop, "s3", 60);
    stripe_newest(s)->disputed = true;
    stripe_newest(s)->argued = "needs_response";
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &opened), 200);
    shop_jobs(shop);
    stripe_newest(s)->argued = "lost";
    EXPECT_I64(stripe_tell(s, stripe_newest(s), &closed), 200);
    shop_jobs(shop);
    struct str third = stripe_buy(s, "k3", PACK ",\"coupon\":\"TEN\"");
    shop_post(shop,
        str_c(t->c->arena, str_fmt(t->c->arena, "/api/orders/%.*s/cancel", SARG(third))),
        REFUND_KEY, S("{}"), NULL);
    int status = 0;
    shop_post(shop, "/api/checkout/create", REFUND_KEY "Idempotency-Key: k4\r\n",
        S("{\"customerId\":\"bob\",\"email\":\"bob@example.com\",\"plan\":\"basic\"}"), &status);
    EXPECT_I64(status, 200);
    plan_pay(shop);
    pays_twice(shop);
    shop_facts(shop, "ORDER_COMPLETED"); /* sealed */
    EXPECT_OK(invoice_look_job(shop->c, S("")));
    EXPECT_OK(ledger_close_job(shop->c, S("")));
    EXPECT_OK(fact_note_head(shop->c));
    shop_jobs(shop);
    shop_verify(shop);
    return shop;
}

struct planted {
    const char *sql[3];
    const char *finding;
};

static const struct planted planted[] = {
    /* ledger */
    { { "UPDATE ledger_entry SET amount = amount + 1 WHERE n = (SELECT MIN(n) FROM"
        " ledger_entry WHERE account = 1)" },
        "entries of fact 6: they are not those that it sealed\n"
        "entries of fact 6: USD sums to 1, not to 0\n"
        "USD sums to 1, not to 0\n" },
    { { "UPDATE ledger_entry SET account = 3 WHERE n = (SELECT MIN(n) FROM ledger_entry"
        " WHERE account = 2)" },
        "entries of fact 6: they are not those that it sealed\n" },
    { { "UPDATE ledger_entry SET owner = 9 WHERE n = (SELECT MIN(n) FROM ledger_entry"
        " WHERE account = 1)" },
        "entries of fact 6: they are not those that it sealed\n" },
    { { "DELETE FROM ledger_entry WHERE n = (SELECT MIN(n) FROM ledger_entry WHERE"
        " account = 2)" },
        "entries of fact 6: they are not those that it sealed\n"
        "entries of fact 6: USD sums to 900, not to 0\n"
        "USD sums to 900, not to 0\n" },
    { { "INSERT INTO ledger_entry (n, account, owner, unit, amount, at_ms) VALUES"
        " (80000, 1, 1, 'USD', 5, 1), (80001, 2, 0, 'USD', -5, 1)" },
        "entry 80000 was posted by no fact\n"
        "entry 80001 was posted by no fact\n" },
    { { "UPDATE ledger_entry SET n = 90000 WHERE n = (SELECT MIN(n) FROM ledger_entry"
        " WHERE account = 1)",
          "UPDATE ledger_entry SET n = (SELECT MIN(n) FROM ledger_entry WHERE account ="
          " 2) - 1 WHERE n = (SELECT MIN(n) FROM ledger_entry WHERE account = 2)",
          "UPDATE ledger_entry SET n = (SELECT MIN(n) FROM ledger_entry WHERE account ="
          " 2) + 1 WHERE n = 90000" },
        "entries of fact 6: they are not those that it sealed\n" },
    /* closed hours */
    { { "UPDATE ledger_hour SET came = came + 1 WHERE account = 9" },
        "closed hours of DISPUTED 2 in USD: 1 in, 0 out, 0 entries off\n"
        "disputes at stripe hold 0 USD, the ledger says 1\n" },
    { { "DELETE FROM ledger_hour WHERE account = 10" },
        "closed hours of DISPUTE_COSTS 0 in USD: -1500 in, 0 out, -1 entries off\n"
        "disputes cost 1500 USD, the ledger says 0\n" },
    /* facts */
    { { "UPDATE fact SET data = REPLACE(data, '1071', '9071') WHERE kind ="
        " 'PAYMENT_RECEIVED' AND n = (SELECT MIN(n) FROM fact WHERE kind ="
        " 'PAYMENT_RECEIVED')" },
        "att: 9071 were booked by it, and it says 1071\n"
        "fact 6 (aud): its content does not match its seal: altered or inserted\n" },
    { { "DELETE FROM fact WHERE n = (SELECT MIN(n) FROM fact WHERE kind ="
        " 'ORDER_COMPLETED')" },
        "fact 7 is missing\n" },
    /* orders */
    { { "UPDATE purchase SET total_minor = total_minor + 1 WHERE n = 1" },
        "ord: 1000 less 100 and 171 of tax do not come to its total of 1072\n"
        "ord: it was made over $10.71 USD, and says $10.72 USD\n"
        "ord: its invoice is over 1071 with 171 of tax, the order over 1072 with 171\n" },
    { { "UPDATE purchase SET tax_minor = tax_minor - 1 WHERE n = 1" },
        "ord: 1000 less 100 and 170 of tax do not come to its total of 1071\n"
        "SALES: payments come to -2348 USD, the ledger says -2347\n"
        "TAX: payments come to -122 USD, the ledger says -123\n"
        "ord: its invoice is over 1071 with 171 of tax, the order over 1071 with 170\n" },
    { { "UPDATE purchase SET discount_minor = 0 WHERE n = 1" },
        "ord: 1000 less 0 and 171 of tax do not come to its total of 1071\n" },
    { { "UPDATE purchase SET currency = 'EUR' WHERE n = 4" },
        "ord: it was made over $9.99 USD, and says €9.99 EUR\n"
        "att: it is in USD, and its order in EUR\n" },
    { { "UPDATE purchase SET refunded_minor = 0 WHERE n = 1" },
        "ord: it is partially_refunded, and by its payment completed\n"
        "att: its order says that 0 went back, its payment 300\n" },
    { { "UPDATE purchase SET status = 6 WHERE n = 4" },
        "ord: it is partially_refunded, and by its payment completed\n" },
    { { "UPDATE purchase SET completed_ms = 0 WHERE n = 4" },
        "ord: a payment is its own, and it was never completed\n" },
    { { "UPDATE purchase SET status = 2, completed_ms = 1 WHERE n = 3" },
        "ord: it was completed, and no payment is its own\n"
        "ord: it was paid, and its code is not used\n" },
    /* payments and attempts */
    { { "UPDATE attempt SET amount_minor = amount_minor + 1 WHERE order_n = 4" },
        "att: 999 were booked by it, and it says 1000\n"
        "SALES: payments come to -2348 USD, the ledger says -2347\n"
        "payments leave 2400 USD at moneymotion, the ledger says 2399\n" },
    { { "UPDATE attempt SET amount_currency = 'EUR' WHERE order_n = 4" },
        "att: it is in EUR, and its order in USD\n"
        "SALES: payments come to -999 EUR, the ledger says 0\n"
        "SALES: payments come to -1348 USD, the ledger says -2347\n"
        "payments leave 999 EUR at moneymotion, the ledger says 0\n"
        "payments leave 1400 USD at moneymotion, the ledger says 2399\n" },
    { { "UPDATE attempt SET gateway = 3 WHERE order_n = 4" },
        "payments leave 999 USD at flutterwave, the ledger says 0\n"
        "payments leave 1400 USD at moneymotion, the ledger says 2399\n" },
    { { "UPDATE attempt SET status = 9 WHERE order_n = 4" },
        "ord: it was completed, and no payment is its own\n"
        "SALES: payments come to -1348 USD, the ledger says -2347\n"
        "payments leave 1400 USD at moneymotion, the ledger says 2399\n" },
    { { "UPDATE attempt SET extra = 1 WHERE order_n = 4" },
        "ord: it was completed, and no payment is its own\n"
        "SALES: payments come to -1348 USD, the ledger says -2347\n"
        "UNEXPLAINED: payments come to -1699 USD, the ledger says -700\n" },
    { { "UPDATE attempt SET order_n = 3 WHERE order_n = 4" },
        "ord: a payment is its own, and it was never completed\n"
        "ord: it was completed, and no payment is its own\n"
        "att: no fact says that it paid its order\n" },
    { { "UPDATE attempt SET refunded_minor = 0 WHERE order_n = 1" },
        "SALES: payments come to -2599 USD, the ledger says -2347\n"
        "TAX: payments come to -171 USD, the ledger says -123\n"
        "att: 0 went back, and its refunds come to 300\n"
        "payments leave -429 USD at stripe, the ledger says -729\n" },
    { { "UPDATE attempt SET reserved_minor = 0 WHERE order_n = 1" },
        "att: 0 is reserved, and its refunds under way come to 100\n" },
    { { "UPDATE attempt SET lost_minor = 0 WHERE order_n = 2" },
        "SALES: payments come to -3347 USD, the ledger says -2347\n"
        "att: disputes took 1000 of it, the payment says 0\n" },
    { { "DELETE FROM attempt WHERE order_n = 4" },
        "ord: it was completed, and no payment is its own\n"
        "SALES: payments come to -1348 USD, the ledger says -2347\n"
        "payments leave 1400 USD at moneymotion, the ledger says 2399\n" },
    { { "INSERT INTO attempt (id, order_n, gateway, status, amount_minor,"
        " amount_currency, method, checkout_url, method_type, method_brand,"
        " method_last4, why, confirmed_by, created_ms, expires_ms, captured_ms,"
        " refunded_minor, disputed, extra, asked_ms, asks, version) SELECT c.id, 3,"
        " a.gateway, 3, 700, 'USD', '', '', '', '', '', '', '', 1, 1, 1, 0, 0, 1, 0, 0,"
        " 1 FROM attempt a JOIN coupon c ON c.code = 'TEN' WHERE a.order_n = 4" },
        "UNEXPLAINED: payments come to -1400 USD, the ledger says -700\n"
        "payments leave 3099 USD at moneymotion, the ledger says 2399\n" },
    /* refunds */
    { { "UPDATE refund SET amount_minor = amount_minor + 1 WHERE status = 1" },
        "att: 300 went back, and its refunds come to 301\n" },
    { { "UPDATE refund SET status = 2 WHERE status = 0" },
        "att: 100 is reserved, and its refunds under way come to 0\n" },
    { { "UPDATE refund SET order_n = 2 WHERE status = 1" },
        "ref: it names another order, gateway or currency than its payment\n" },
    { { "DELETE FROM refund WHERE status = 0" },
        "att: 100 is reserved, and its refunds under way come to 0\n" },
    { { "INSERT INTO refund (id, order_n, attempt_n, gateway, kind, status, approval,"
        " amount_minor, amount_currency, reference, reason, why, actor, approver,"
        " created_ms, sent_ms, done_ms, version) SELECT c.id, r.order_n, r.attempt_n,"
        " r.gateway, 1, 1, 0, 50, 'USD', '', '', '', '', '', 1, 0, 1, 1 FROM refund r"
        " JOIN coupon c ON c.code = 'TEN' WHERE r.status = 1" },
        "att: 300 went back, and its refunds come to 350\n" },
    /* disputes */
    { { "UPDATE dispute SET withdrawn_minor = withdrawn_minor + 1" },
        "payments leave -730 USD at stripe, the ledger says -729\n"
        "disputes cost 1501 USD, the ledger says 1500\n" },
    { { "UPDATE dispute SET lost_minor = lost_minor - 1" },
        "att: disputes took 999 of it, the payment says 1000\n"
        "disputes cost 1501 USD, the ledger says 1500\n" },
    { { "UPDATE dispute SET fee_minor = 0" },
        "payments leave 771 USD at stripe, the ledger says -729\n"
        "disputes cost 0 USD, the ledger says 1500\n" },
    { { "UPDATE dispute SET status = 1" },
        "att: a dispute is open, and the payment is not held\n"
        "disputes at stripe hold 1000 USD, the ledger says 0\n" },
    { { "UPDATE dispute SET order_n = 1" },
        "att: a dispute names another order or gateway than it\n" },
    { { "DELETE FROM dispute" },
        "payments leave 1771 USD at stripe, the ledger says -729\n"
        "disputes cost 0 USD, the ledger says 1500\n" },
    /* credits: lots */
    { { "UPDATE credit_lot SET unused = unused - 1 WHERE order_n = 4" },
        "credits of bob: the account says lots hold 500, it is 499\n" },
    { { "UPDATE credit_lot SET given = given + 1 WHERE order_n = 4" },
        "credits of bob: sub/0/0 gave 501, and the history says 500\n" },
    { { "UPDATE credit_lot SET taken = 0 WHERE order_n = 1" },
        "ord: of 100 credits 0 were taken back, for 300 of 1071\n" },
    { { "UPDATE credit_lot SET frozen = frozen + 1 WHERE order_n = 4" },
        "credits of bob: the account says reservations hold 0, it is 1\n" },
    { { "DELETE FROM credit_lot WHERE order_n = 4" },
        "credits of bob: the account says lots hold 500, it is 0\n" },
    /* credits: history */
    { { "UPDATE credit_move SET amount = amount - 1 WHERE kind = 2 AND amount = -20" },
        "credits of u-1: the account says its history comes to 10, it is 9\n" },
    { { "UPDATE credit_move SET balance_after = balance_after + 1 WHERE kind = 2 AND"
        " amount = -20" },
        "crd: 80 was left after it, it says 81\n" },
    { { "UPDATE credit_move SET customer_n = (SELECT MAX(customer_n) FROM"
        " credit_account) WHERE kind = 2 AND amount = -20" },
        "credits of u-1: the account says its history comes to 10, it is 30\n"
        "credits of bob: the account says its history comes to 500, it is 480\n"
        "crd: it is another customer's\n" },
    { { "DELETE FROM credit_move WHERE kind = 2 AND amount = -20" },
        "credits of u-1: the account says its history comes to 10, it is 30\n" },
    { { "INSERT INTO credit_move (id, customer_n, kind, amount, balance_after,"
        " description, reference, operation, quantity, labels, undone, created_ms)"
        " SELECT c.id, m.customer_n, 2, 0, m.balance_after, '', '', '', 0, '', 0, 1"
        " FROM credit_move m JOIN coupon c ON c.code = 'TEN' WHERE m.kind = 2 AND"
        " amount = -20" },
        "crd: no fact says that it happened\n" },
    /* credits: accounts and what they hold */
    { { "UPDATE credit_account SET balance = balance + 1 WHERE customer_n = (SELECT"
        " MAX(customer_n) FROM credit_account)" },
        "credits of bob: the account says lots hold 501, it is 500\n"
        "credits of bob: the account says a balance of 501, it is 500\n"
        "credits of bob: the account says its history comes to 501, it is 500\n" },
    { { "UPDATE credit_reservation SET amount = amount + 1" },
        "credits of u-1: the account says reservations hold 10, it is 11\n" },
    { { "DELETE FROM credit_reservation" },
        "credits of u-1: the account says reservations hold 10, it is 0\n" },
    { { "UPDATE credit_account SET reserved = reserved + 1 WHERE reserved > 0" },
        "credits of u-1: the account says reservations hold 11, it is 10\n"
        "credits of u-1: the account says a reserved sum of 11, it is 10\n"
        "credits of u-1: the account says its history comes to 11, it is 10\n" },
    { { "UPDATE credit_account SET debt = 0" },
        "credits of u-1: the account says a debt of 0, it is 18\n" },
    /* coupons */
    { { "UPDATE coupon SET used = used + 1 WHERE code = 'TEN'" },
        "TEN: it is counted 2 times, and used 1 times\n" },
    { { "UPDATE coupon_buyer SET used = used - 1" },
        "TEN: a buyer of it is counted 0 times, and used 1 times\n" },
    { { "DELETE FROM coupon_buyer" }, "TEN: a buyer of it is counted 0 times, and used 1 times\n" },
    { { "UPDATE coupon_use SET state = 2 WHERE order_n = 1" },
        "TEN: it is counted 1 times, and used 0 times\n"
        "TEN: a buyer of it is counted 1 times, and used 0 times\n"
        "ord: it was paid, and its code is not used\n" },
    { { "DELETE FROM coupon_use WHERE order_n = 1" },
        "TEN: it is counted 1 times, and used 0 times\n"
        "TEN: a buyer of it is counted 1 times, and used 0 times\n"
        "ord: it has the code TEN, and no use of it is kept\n" },
    { { "INSERT INTO coupon_use (order_n, coupon_n, buyer, counted, state) VALUES (4,"
        " 1, '', 0, 1)" },
        "ord: it has no code, and a use of one is kept\n" },
    /* invoices */
    { { "UPDATE invoice SET content = REPLACE(content, 'Pack', 'Sack') WHERE number = 1" },
        "INV-2026-000001: it is not as it was sealed when it was issued\n" },
    { { "UPDATE invoice SET tax_minor = 0 WHERE number = 1" },
        "INV-2026-000001: what stands on it does not add up\n"
        "ord: its invoice is over 1071 with 0 of tax, the order over 1071 with 171\n" },
    { { "UPDATE invoice SET order_n = 3 WHERE order_n = 4" },
        "ord: it was paid and has no invoice\n" },
    { { "UPDATE invoice SET number = 99 WHERE number = 2" },
        "INV-2026-000003: 1 before it are missing\n"
        "INV-2026-000099: 92 before it are missing\n"
        "INV-2026-000099: what stands on it does not add up\n"
        "invoices: the last number given was 6 of 2026, the last there is 99 of 2026\n" },
    { { "DELETE FROM invoice WHERE number = 2" },
        "INV-2026-000003: 1 before it are missing\n"
        "ord: 300 of it went back, and 0 has a credit note\n" },
    /* subscriptions, and what they give */
    { { "UPDATE subscription SET amount_minor = amount_minor + 100" },
        "sub is worth 1099 a month, and its last row says 999\n" },
    { { "UPDATE subscription_move SET was_minor = 5" },
        "what the subscription with number 1 was worth has a gap\n" },
    { { "DELETE FROM subscription_move" }, "sub is worth 999 a month, and its last row says 0\n" },
    { { "UPDATE access_plan SET plan = 'pro'" },
        "sub is of the plan basic, and its customer has pro\n" },
    { { "UPDATE subscription SET status = 4, ended_ms = 1, period_end_ms ="
        " period_start_ms" },
        "sub is worth 0 a month, and its last row says 999\n"
        "sub is over, and its customer has basic for longer than was paid for\n" },
    { { "DELETE FROM access_plan" }, "sub is of the plan basic, and its customer has none\n" },
    /* operations */
    { { "UPDATE operation SET state = 0, status = 0 WHERE n = 1" },
        "operation 1 (checkout): it is open, and no job goes on with it\n" },
    { { "UPDATE operation SET key = fingerprint WHERE n = 1" },
        "operation 1 (checkout): its key is not the one that it is found under\n" },
};

struct planting {
    const struct planted *how;
    struct buf out;
    bool any;
};

static enum err run(struct ctx *c, const char *sql)
{
    return db_exec(c, DB_ANY_ROWS, sql, DB_NO_IN);
}

static enum err unlock(struct ctx *c)
{
    static const char *const sqlite[] = { "DROP TRIGGER fact_keep", "DROP TRIGGER fact_seal_once",
        "DROP TRIGGER operation_keep_answer", "DROP TRIGGER ledger_entry_keep",
        "DROP TRIGGER ledger_entry_fixed", "DROP TRIGGER invoice_keep",
        "DROP TRIGGER invoice_frozen" };
    static const char *const pg[] = { "ALTER TABLE fact DISABLE TRIGGER USER",
        "ALTER TABLE operation DISABLE TRIGGER USER",
        "ALTER TABLE ledger_entry DISABLE TRIGGER USER",
        "ALTER TABLE invoice DISABLE TRIGGER USER" };
    for (size_t i = 0; !db_is_pg(c) && i < ARRAY_LEN(sqlite); i++)
        TRY(run(c, sqlite[i]));
    for (size_t i = 0; db_is_pg(c) && i < ARRAY_LEN(pg); i++)
        TRY(run(c, pg[i]));
    return E_OK;
}

/* Ends with a failure, so that the next case finds the books as they were. */
static enum err plant(struct ctx *c, void *arg)
{
    struct planting *k = arg;
    TRY(unlock(c));
    for (size_t i = 0; i < ARRAY_LEN(k->how->sql) && k->how->sql[i] != NULL; i++)
        TRY(run(c, k->how->sql[i]));
    k->out = BUF(c->arena);
    k->any = false;
    TRY(store_verify_rows(c, &k->out, &k->any));
    return fail_because(c, NOT_FOUND, "undo this");
}

static bool is_of_id(char ch)
{
    return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z');
}

/* "att_01m7…: " becomes "att: ", and the last line, which only sums up, is left out. */
static struct str without_ids(struct arena *a, struct str s)
{
    struct buf b = BUF(a);
    size_t end = s.n > 0 ? s.n - 1 : 0, id = 0;
    while (end > 0 && s.p[end - 1] != '\n')
        end--;
    for (size_t i = 0; i < end; i++) {
        for (id = 0; s.p[i] == '_' && i + id + 1 < end && is_of_id(s.p[i + id + 1]); id++)
            ;
        if (id == 26)
            i += id;
        else
            buf_char(&b, s.p[i]);
    }
    return buf_str(&b);
}

TEST("R75 I3 each altered, missing, added or moved row of the books is found and named")
{
    struct shop *s = lived(t);
    for (size_t i = 0; i < ARRAY_LEN(planted); i++) {
        struct planting k = { .how = &planted[i] };
        EXPECT_FAIL(db_tx(s->c, "test", plant, &k), NOT_FOUND);
        EXPECT(k.any);
        EXPECT_STR(without_ids(t->c->arena, buf_str(&k.out)), str_of_c(planted[i].finding));
    }
    EXPECT(ARRAY_LEN(planted) >= 34);
    shop_verify(s);
}
