#include "base/test.h"
#include "catalog/catalog_fixture.h"
#include "credit/credit.h"
#include "db/db.h"
#include "ledger/ledger.h"

/* What a plan's month brings beside what was left. */

static const char catalogue[] = "{\"plans\":[{\"id\":\"free\",\"name\":\"Free\","
                                "\"credits\":{\"allowance\":50,\"every\":\"once\"}}]}";

static int64_t begin(struct test *t)
{
    return catalog_and_ada(t, str_of_c(catalogue));
}

struct step {
    int64_t customer_n, amount, ends_ms;
    struct credit_month month;
    struct credit_gift gift;
    struct id id;
    struct credit_done done;
    bool given;
};

static enum err renew_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    struct credit_account account;
    TRY(credit_open(c, s->customer_n, &account));
    return credit_renew(c, &account, &s->month, &s->given);
}

static enum err give_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    return credit_give(c, s->customer_n, &s->gift, &s->given);
}

static enum err spend_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    const struct credit_use use = { .amount = s->amount };
    s->id = id_new(c);
    return credit_spend(c, s->customer_n, &use, s->id, &s->done);
}

static enum err reserve_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    const struct credit_use use = { .amount = s->amount };
    s->id = id_new(c);
    return credit_reserve(c, s->customer_n, &use, 3600000, s->id, &s->done);
}

static enum err release_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    return credit_release(c, s->customer_n, s->id, &s->done);
}

static enum err end_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    struct credit_account account;
    TRY(credit_open(c, s->customer_n, &account));
    return credit_lots_end(c, &account, 7, s->ends_ms);
}

static enum err back_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    return credit_take_back(c, s->customer_n, 3, s->amount, 10);
}

static bool renew(struct test *t, int64_t n, const char *source, int64_t allowance, int64_t cap)
{
    struct step s = {
        .customer_n = n,
        .month = {
            .source = str_of_c(source),
            .subscription_n = 7,
            .order_n = 3,
            .allowance = allowance,
            .cap = cap,
            .ends_ms = t->c->now_ms + 1000000,
            .description = S("a month"),
        },
    };
    EXPECT_OK(db_tx(t->c, "renew", renew_tx, &s));
    return s.given;
}

static void spend(struct test *t, int64_t n, int64_t amount)
{
    struct step s = { .customer_n = n, .amount = amount };
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
}

static enum err look_tx(struct ctx *c, void *arg)
{
    struct credit_account *a = arg;
    struct buf out = BUF(c->arena);
    int64_t checked = 0;
    TRY(ledger_verify(c, &out, &checked));
    TRY(credit_verify(c, &out));
    return credit_look(c, a->customer_n, a);
}

static struct credit_account look(struct test *t, int64_t n)
{
    struct credit_account a = { .customer_n = n };
    EXPECT_OK(credit_end_job(t->c, S("")));
    EXPECT_OK(db_read(t->c, look_tx, &a));
    return a;
}

TEST("R100 a month's allowance comes once under its name")
{
    int64_t n = begin(t);
    EXPECT(renew(t, n, "sub_1/0/0", 500, 1000));
    EXPECT(!renew(t, n, "sub_1/0/0", 500, 1000));
    EXPECT_I64(look(t, n).balance, 550);
}

TEST("R100 after a renewal the credits of plans are min(left + allowance, cap)")
{
    static const int64_t cases[][4] = { /* spent before, allowance, cap, left after */
        { 0, 500, 1000, 1000 }, { 49, 500, 1000, 1000 }, { 51, 500, 1000, 999 },
        { 550, 500, 1000, 500 }, { 0, 500, 500, 500 }, { 0, 500, 300, 300 }, { 0, 500, 0, 0 },
        { 0, 500, 5000, 1050 }
    };
    int64_t n = begin(t);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t before = look(t, n).balance;
        if (before > 0) /* all goes, then exactly 550 are there again */
            spend(t, n, before);
        renew(t, n, str_c(t->c->arena, str_fmt(t->c->arena, "a/%zu", i)), 550, 550);
        if (cases[i][0] > 0)
            spend(t, n, cases[i][0]);
        renew(t, n, str_c(t->c->arena, str_fmt(t->c->arena, "b/%zu", i)), cases[i][1], cases[i][2]);
        EXPECT_I64(look(t, n).balance, cases[i][3]);
    }
}

TEST("what is over the cap ends in the history, and no other credits do")
{
    int64_t n = begin(t);
    struct step s = { .customer_n = n };
    s.gift = (struct credit_gift) { .source = S("ord_1"), .kind = CREDIT_PURCHASE, .amount = 900 };
    EXPECT_OK(db_tx(t->c, "give", give_tx, &s));
    renew(t, n, "sub_1/0/0", 500, 600);
    renew(t, n, "sub_1/0/1", 500, 600);
    EXPECT_I64(look(t, n).balance, 1500);
}

TEST("what comes back to a lot that goes on is there until the lot ends")
{
    int64_t n = begin(t);
    renew(t, n, "sub_1/0/0", 500, 1000);
    struct step s = { .customer_n = n, .amount = 500 };
    EXPECT_OK(db_tx(t->c, "reserve", reserve_tx, &s)); /* all of the month */
    s.ends_ms = t->c->now_ms + 3000000;
    EXPECT_OK(db_tx(t->c, "end", end_tx, &s));
    t->c->now_ms += 2000000;
    EXPECT_OK(db_tx(t->c, "release", release_tx, &s));
    EXPECT_I64(look(t, n).balance, 550);
    t->c->now_ms += 1000000;
    EXPECT_I64(look(t, n).balance, 50);
}

TEST("R11 credits that ended are not owed when their payment goes back")
{
    int64_t n = begin(t);
    renew(t, n, "sub_1/0/0", 500, 1000);
    spend(t, n, 200);
    t->c->now_ms += 2000000; /* 300 end unused */
    struct step s = { .customer_n = n, .amount = 10 };
    EXPECT_OK(db_tx(t->c, "back", back_tx, &s));
    EXPECT_I64(look(t, n).debt, 200);
    EXPECT_I64(look(t, n).balance, 50);
}

TEST("R11 the money for several months takes its part of each")
{
    int64_t n = begin(t);
    for (int i = 0; i < 3; i++)
        renew(t, n, str_c(t->c->arena, str_fmt(t->c->arena, "sub_1/0/%d", i)), 101, 1000);
    struct step s = { .customer_n = n, .amount = 5 };
    EXPECT_OK(db_tx(t->c, "back", back_tx, &s));
    EXPECT_I64(look(t, n).balance, 50 + 3 * 50);
    s.amount = 10;
    EXPECT_OK(db_tx(t->c, "back", back_tx, &s));
    EXPECT_I64(look(t, n).balance, 50);
    EXPECT_I64(look(t, n).debt, 0);
}
