#include "app/invoice_fixture.h"

/* What was issued stays, and what is not as it was is found. */

static enum err tamper(struct ctx *c, void *arg)
{
    return db_exec(c, DB_ANY_ROWS, arg, DB_NO_IN);
}

TEST("the database itself keeps an invoice as it was issued")
{
    static const char *const deeds[] = { "UPDATE invoice SET content = '{}'",
        "UPDATE invoice SET total_minor = total_minor + 1", "UPDATE invoice SET number = 7",
        "DELETE FROM invoice" };
    struct shop *s = issuing_shop(t);
    issuing_buy(s, "k1", "\"items\":[{\"price\":\"mug-usd\"}]");
    shop_jobs(s);
    for (size_t i = 0; i < ARRAY_LEN(deeds); i++) {
        EXPECT(db_tx(s->c, "tamper", tamper, (void *)(uintptr_t)deeds[i]) != E_OK);
        err_clear(s->c);
    }
    shop_verify(s);
}

/* ---- verify */

static enum err run_verify(struct ctx *c, void *arg)
{
    int64_t n = 0;
    return invoice_verify(c, arg, &n);
}

static enum err unlock(struct ctx *c, void *arg)
{
    (void)arg;
    TRY(db_exec(c, DB_ANY_ROWS,
        DB_SQL(c, "DROP TRIGGER invoice_keep", "DROP TRIGGER invoice_keep ON invoice"), DB_NO_IN));
    return db_exec(c, DB_ANY_ROWS,
        DB_SQL(c, "DROP TRIGGER invoice_frozen", "DROP TRIGGER invoice_frozen ON invoice"),
        DB_NO_IN);
}

static void expect_finding(struct test *t, const char *deed, const char *says)
{
    struct shop *s = issuing_shop(t);
    struct buf out = BUF(t->c->arena);
    for (int i = 0; i < 3; i++) {
        issuing_buy(s, str_fmt(t->c->arena, "k%d", i).p,
            "\"again\":true,\"items\":[{\"price\":\"mug-usd\"}]");
        shop_jobs(s);
    }
    shop_facts(s, "ORDER_COMPLETED"); /* sealed */
    EXPECT_OK(invoice_look_job(s->c, S("")));
    shop_verify(s);
    EXPECT_OK(db_tx(s->c, "unlock", unlock, NULL));
    EXPECT_OK(db_tx(s->c, "tamper", tamper, (void *)(uintptr_t)deed));
    EXPECT_FAIL(db_read_long(s->c, run_verify, &out), CONFLICT);
    if (!str_has(buf_str(&out), str_of_c(says)))
        EXPECT_STR(buf_str(&out), str_of_c(says));
}

TEST("verify finds a number that is missing")
{
    expect_finding(
        t, "DELETE FROM invoice WHERE number = 2", "INV-2026-000003: 1 before it are missing");
}

TEST("verify finds that the last invoice was taken away, and the order without one")
{
    expect_finding(t, "DELETE FROM invoice WHERE number = 3",
        "the last number given was 3 of 2026, the last there is 2 of 2026");
}

TEST("verify finds an order that was paid and has no invoice")
{
    expect_finding(t, "DELETE FROM invoice WHERE number = 2", ": it was paid and has no invoice");
}

TEST("verify finds an invoice that was altered, also where its sums hold")
{
    expect_finding(t,
        "UPDATE invoice SET content = REPLACE(content, 'Mug', 'Jug') WHERE number = 1",
        "INV-2026-000001: it is not as it was sealed when it was issued");
}

TEST("verify finds an invoice over another sum than its order")
{
    expect_finding(t, "UPDATE invoice SET total_minor = 1 WHERE number = 1",
        "its invoice is over 1 with 0 of tax, the order over 999 with 0");
}

TEST("verify finds what went back and has no credit note")
{
    expect_finding(t, "UPDATE purchase SET refunded_minor = 999 WHERE n = 2",
        "999 of it went back, and 0 has a credit note");
}

/* ---- who was there before */

static enum err forget_all(struct ctx *c, void *arg)
{
    (void)arg;
    TRY(db_exec(c, DB_ANY_ROWS, "DELETE FROM invoice", DB_NO_IN));
    return db_exec(c, 1, "UPDATE invoice_series SET year = 0, last = 0", DB_NO_IN);
}

TEST("orders that were paid before there were invoices get theirs, in the order of their payment")
{
    struct shop *s = issuing_shop(t);
    struct str order[3];
    for (size_t i = 0; i < 3; i++) {
        order[i] = issuing_buy(s, str_fmt(t->c->arena, "k%zu", i).p,
            "\"again\":true,\"items\":[{\"price\":\"mug-usd\"}]");
        shop_jobs(s);
    }
    EXPECT_OK(db_tx(s->c, "unlock", unlock, NULL));
    EXPECT_OK(db_tx(s->c, "forget", forget_all, NULL));
    shop_facts(s, "ORDER_COMPLETED"); /* sealed */
    EXPECT_OK(invoice_look_job(s->c, S("")));
    for (size_t i = 0; i < 3; i++) {
        struct issued f = issued_of(s, order[i]);
        EXPECT_I64((int64_t)f.n, 1);
        EXPECT_I64(f.v[0].number, (int64_t)i + 1);
    }
    shop_verify(s);
}
