#include "base/test.h"
#include "customer/billing.h"
#include "db/db.h"

/* To whom invoices are made out. */

static enum err make(struct ctx *c, void *arg)
{
    const struct customer said = {
        .external_id = S("u-1"),
        .name = S("Ada Lovelace"),
        .country = S("DE"),
        .address = S("[\"1 Quay\",\"Rear house\",\"10115 Berlin\"]"),
        .tax_id = S("DE123456789"),
    };
    return customer_ensure(c, &said, arg);
}

struct setting_it {
    struct customer k;
    struct billing said, now;
};

static enum err set(struct ctx *c, void *arg)
{
    struct setting_it *in = arg;
    TRY(billing_check(c, &in->said));
    return billing_set(c, &in->k, &in->said, &in->now);
}

static enum err get(struct ctx *c, void *arg)
{
    struct setting_it *in = arg;
    return billing_of(c, &in->k, &in->now);
}

static enum err count(struct ctx *c, void *arg)
{
    return db_one(c, "SELECT COUNT(*) FROM fact WHERE kind = 'BILLING_CHANGED'", DB_NO_IN,
        DB_OUT(out_i64(arg)));
}

static int64_t facts(struct test *t)
{
    int64_t n = 0;
    EXPECT_OK(db_read(t->c, count, &n));
    return n;
}

TEST("an invoice is made out to what is known of a customer, until the customer says otherwise")
{
    struct setting_it in = { .now = { .version = 9 } };
    struct str line[BILLING_LINES];
    EXPECT_OK(db_tx(t->c, "make", make, &in.k));
    EXPECT_OK(db_read(t->c, get, &in));
    EXPECT_I64(in.now.version, 0);
    EXPECT_STR(in.now.name, S("Ada Lovelace"));
    EXPECT_STR(in.now.line1, S("1 Quay"));
    EXPECT_STR(in.now.line2, S("Rear house, 10115 Berlin"));
    EXPECT_STR(in.now.tax_id, S("DE123456789"));
    EXPECT_I64((int64_t)billing_lines(t->c->arena, &in.now, line), 3);
    EXPECT_STR(line[2], S("Germany"));

    in.said = (struct billing) { .name = S(" Analytical Engines Ltd "),
        .line1 = S("12 St James's Square"),
        .city = S("London"),
        .postcode = S("SW1Y 4JH"),
        .country = S("gb") };
    EXPECT_OK(db_tx(t->c, "set", set, &in));
    EXPECT_OK(db_read(t->c, get, &in));
    EXPECT_I64(in.now.version, 1);
    EXPECT_STR(in.now.name, S("Analytical Engines Ltd"));
    EXPECT_STR(in.now.country, S("GB"));
    EXPECT_STR(in.now.tax_id, S(""));
    EXPECT_I64((int64_t)billing_lines(t->c->arena, &in.now, line), 3);
    EXPECT_STR(line[1], S("SW1Y 4JH London"));
}

TEST("a billing address is stored once for each change, and never over one that nobody saw")
{
    struct setting_it in = { .said = { .name = S("Ada"), .line1 = S("1 Quay") } };
    EXPECT_OK(db_tx(t->c, "make", make, &in.k));
    EXPECT_OK(db_tx(t->c, "set", set, &in));
    EXPECT_OK(db_tx(t->c, "set", set, &in));
    EXPECT_I64(in.now.version, 1);
    EXPECT_I64(facts(t), 1);
    in.said.line1 = S("0 Quay"); /* who also saw that nothing was stored */
    EXPECT_FAIL(db_tx(t->c, "set", set, &in), CONFLICT);
    in.said.version = 1;
    in.said.line1 = S("2 Quay");
    EXPECT_OK(db_tx(t->c, "set", set, &in));
    EXPECT_I64(in.now.version, 2);
    in.said.line1 = S("3 Quay");
    EXPECT_FAIL(db_tx(t->c, "set", set, &in), CONFLICT);
    EXPECT_I64(facts(t), 2);
    EXPECT_OK(db_read(t->c, get, &in));
    EXPECT_STR(in.now.line1, S("2 Quay"));
}

TEST("what cannot stand on an invoice is refused by the name of its field")
{
    const struct {
        struct billing said;
        struct str begins;
    } bad[] = {
        { { .name = S("Ada\nLovelace") }, S("name ") },
        { { .line2 = S("\x1b[31m") }, S("line2 ") },
        { { .postcode = S("123456789012345678901") }, S("postcode ") },
        { { .country = S("Germany") }, S("a country ") },
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct billing said = bad[i].said;
        EXPECT(billing_check(t->c, &said) == E_INVALID);
        EXPECT(str_starts(t->c->err.message, bad[i].begins));
    }
}
