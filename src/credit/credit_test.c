#include "credit/credit.h"

#include "base/json.h"
#include "base/test.h"
#include "catalog/catalog_fixture.h"
#include "db/db.h"
#include "fact/fact.h"
#include "ledger/ledger.h"

/* What a customer may do with credits, and what is left. */

enum {
    DAY = 24 * 3600 * 1000
};

static const char catalogue[] =
    "{\"currency\":\"USD\",\"plans\":[{\"id\":\"free\",\"group\":\"ai\",\"name\":\"Free\","
    "\"credits\":{\"allowance\":50,\"every\":\"once\"},\"features\":{\"wide\":true},"
    "\"limits\":{\"generationsPerDay\":5}}],"
    "\"operations\":{\"song\":5,\"long_song\":10,\"stems\":15},"
    "\"operationRules\":{\"stems\":{\"feature\":\"stemSeparation\"},"
    "\"song\":{\"extras\":{\"highQuality\":2}},\"long_song\":{\"counts\":0}},"
    "\"operationDiscounts\":{\"free\":{\"basisPoints\":1000}}}";

static int64_t begin(struct test *t)
{
    return catalog_and_ada(t, str_of_c(catalogue));
}

/* One step in a transaction of its own. */
struct step {
    int64_t customer_n, amount, ttl_ms;
    struct credit_use use;
    struct credit_gift gift;
    struct id id, of;
    struct str reference;
    struct credit_done done;
    bool given, by_id;
    int64_t order_n, part, whole;
};

static enum err spend_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    s->id = id_new(c);
    return credit_spend(c, s->customer_n, &s->use, s->id, &s->done);
}

static enum err reserve_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    s->id = id_new(c);
    return credit_reserve(c, s->customer_n, &s->use, s->ttl_ms, s->id, &s->done);
}

static enum err settle_tx_(struct ctx *c, void *arg)
{
    struct step *s = arg;
    return credit_settle(c, s->customer_n, s->id, s->amount, id_new(c), &s->done);
}

static enum err release_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    return credit_release(c, s->customer_n, s->id, &s->done);
}

static enum err refund_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    return credit_refund(
        c, s->customer_n, s->by_id, s->of, s->reference, S("it failed"), id_new(c), &s->done);
}

static enum err give_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    return credit_give(c, s->customer_n, &s->gift, &s->given);
}

static enum err take_tx(struct ctx *c, void *arg)
{
    struct step *s = arg;
    return credit_take_back(c, s->customer_n, s->order_n, s->part, s->whole);
}

static struct step amount_of(int64_t customer_n, int64_t amount)
{
    return (struct step) { .customer_n = customer_n, .use = { .amount = amount } };
}

static struct step song_of(int64_t customer_n, int64_t quantity)
{
    return (struct step) {
        .customer_n = customer_n,
        .use = { .operation = S("song"), .quantity = quantity },
    };
}

static enum err look_tx(struct ctx *c, void *arg)
{
    struct credit_account *a = arg;
    return credit_look(c, a->customer_n, a);
}

static struct credit_account look(struct test *t, int64_t n)
{
    struct credit_account a = { .customer_n = n };
    EXPECT_OK(db_read(t->c, look_tx, &a));
    return a;
}

static enum err verify_tx(struct ctx *c, void *arg)
{
    int64_t checked = 0;
    TRY(ledger_verify(c, arg, &checked));
    return credit_verify(c, arg);
}

static void expect_sums(struct test *t)
{
    struct buf out = BUF(t->c->arena);
    EXPECT_OK(db_read(t->c, verify_tx, &out));
    EXPECT_STR(buf_str(&out), S(""));
}

static void give(struct test *t, int64_t n, struct credit_gift gift)
{
    struct step s = { .customer_n = n, .gift = gift };
    EXPECT_OK(db_tx(t->c, "give", give_tx, &s));
    EXPECT(s.given);
}

TEST("a customer has what comes with the free plan, once")
{
    int64_t n = begin(t);
    EXPECT_I64(look(t, n).balance, 50);
    struct step s = amount_of(n, 20);
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
    EXPECT_I64(s.done.balance, 30);
    EXPECT_OK(credit_open_job(t->c, str_fmt(t->c->arena, "%lld", (long long)n)));
    EXPECT_I64(look(t, n).balance, 30);
    expect_sums(t);
}

TEST("R8 I9 what costs more than there is changes nothing, and says what there is")
{
    int64_t n = begin(t);
    struct step s = amount_of(n, 51);
    EXPECT(db_tx(t->c, "spend", spend_tx, &s) == E_LIMIT);
    EXPECT(t->c->err.code == CODE_INSUFFICIENT_CREDITS);
    EXPECT(str_has(t->c->err.details, S("\"cost\":51")));
    EXPECT(str_has(t->c->err.details, S("\"balance\":50")));
    EXPECT_I64(look(t, n).balance, 50);
    s = amount_of(n, 50);
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
    EXPECT_I64(s.done.balance, 0);
    expect_sums(t);
}

TEST("R10 what one source gives is given once")
{
    int64_t n = begin(t);
    struct step s = { .customer_n = n };
    s.gift = (struct credit_gift) { .source = S("ord_1"), .kind = CREDIT_PURCHASE, .amount = 7 };
    EXPECT_OK(db_tx(t->c, "give", give_tx, &s));
    EXPECT_OK(db_tx(t->c, "give", give_tx, &s));
    EXPECT(!s.given);
    EXPECT_I64(look(t, n).balance, 57);
    expect_sums(t);
}

TEST("lots are drawn by kind, then by their end, then by age")
{
    int64_t n = begin(t);
    give(t, n, (struct credit_gift) { .source = S("buy"), .kind = CREDIT_PURCHASE, .amount = 100 });
    give(t, n, (struct credit_gift) { .source = S("late"), .kind = CREDIT_BONUS, .amount = 10 });
    give(t, n,
        (struct credit_gift) {
            .source = S("soon"),
            .kind = CREDIT_BONUS,
            .amount = 10,
            .ends_ms = t->c->now_ms + DAY,
        });
    struct step s = amount_of(n, 55); /* the free 50, then 5 of what ends first */
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
    t->c->now_ms += 2 * DAY; /* the other 5 of it end */
    s = amount_of(n, 111);
    EXPECT_FAIL(db_tx(t->c, "spend", spend_tx, &s), INSUFFICIENT_CREDITS);
    s = amount_of(n, 110);
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
    EXPECT_I64(s.done.balance, 0);
    expect_sums(t);
}

static enum err count_lot(struct ctx *c, const struct credit_lot *lot, void *arg)
{
    *(int64_t *)arg += lot->unused;
    return c->dead ? E_DEAD : E_OK;
}

struct lots {
    int64_t customer_n, unused;
};

static enum err lots_tx(struct ctx *c, void *arg)
{
    struct lots *l = arg;
    return credit_lots(c, l->customer_n, count_lot, &l->unused);
}

TEST("what has ended is not shown as there, before anybody has taken it away")
{
    int64_t n = begin(t);
    give(t, n,
        (struct credit_gift) {
            .source = S("soon"),
            .kind = CREDIT_BONUS,
            .amount = 10,
            .ends_ms = t->c->now_ms + DAY,
        });
    EXPECT_I64(look(t, n).balance, 60);
    t->c->now_ms += DAY; /* no job ran */
    struct lots l = { .customer_n = n };
    EXPECT_OK(db_read(t->c, lots_tx, &l));
    EXPECT_I64(look(t, n).balance, 50);
    EXPECT_I64(l.unused, 50);
    struct step s = amount_of(n, 51);
    EXPECT_FAIL(db_tx(t->c, "spend", spend_tx, &s), INSUFFICIENT_CREDITS);
    s = amount_of(n, 50);
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
    EXPECT_I64(look(t, n).balance, 0);
    expect_sums(t);
}

TEST("an operation costs its figure and its extras, less the plan's discount, rounded once")
{
    int64_t n = begin(t);
    struct step s = song_of(n, 3); /* 15 less 10 % is 13.5 */
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
    EXPECT_I64(s.done.amount, 14);
    s = song_of(n, 1); /* 7 less 10 % is 6.3 */
    s.use.extras = S("[\"highQuality\"]");
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
    EXPECT_I64(s.done.amount, 6);
    s.use.extras = S("[\"gold\"]");
    EXPECT_FAIL(db_tx(t->c, "spend", spend_tx, &s), INVALID_REQUEST);
    s.use.operation = S("nothing");
    EXPECT_FAIL(db_tx(t->c, "spend", spend_tx, &s), INVALID_REQUEST);
    expect_sums(t);
}

TEST("a plan's day has its limit: operations count, bare amounts and free ones do not")
{
    int64_t n = begin(t);
    struct step s = song_of(n, 4);
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
    s = song_of(n, 2);
    EXPECT_FAIL(db_tx(t->c, "spend", spend_tx, &s), DAILY_LIMIT_REACHED);
    s = amount_of(n, 1);
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
    s = song_of(n, 1);
    s.use.operation = S("long_song");
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
    s = song_of(n, 1);
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
    EXPECT_FAIL(db_tx(t->c, "spend", spend_tx, &s), DAILY_LIMIT_REACHED);
    t->c->now_ms += DAY;
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
    expect_sums(t);
}

TEST("an operation that needs a feature is refused where the plan has it not")
{
    int64_t n = begin(t);
    struct step s = song_of(n, 1);
    s.use.operation = S("stems");
    EXPECT_FAIL(db_tx(t->c, "spend", spend_tx, &s), FEATURE_NOT_IN_PLAN);
    EXPECT_I64(look(t, n).balance, 50);
}

TEST("what is reserved is nobody else's, and what is settled below it goes back")
{
    int64_t n = begin(t);
    struct step s = amount_of(n, 40), other = amount_of(n, 20);
    s.ttl_ms = 60000;
    EXPECT_OK(db_tx(t->c, "reserve", reserve_tx, &s));
    EXPECT_I64(look(t, n).balance, 10);
    EXPECT_I64(look(t, n).reserved, 40);
    EXPECT_FAIL(db_tx(t->c, "spend", spend_tx, &other), INSUFFICIENT_CREDITS);
    s.amount = 41;
    EXPECT_FAIL(db_tx(t->c, "settle", settle_tx_, &s), INVALID_REQUEST);
    s.amount = 15;
    EXPECT_OK(db_tx(t->c, "settle", settle_tx_, &s));
    EXPECT_I64(look(t, n).balance, 35);
    EXPECT_I64(look(t, n).reserved, 0);
    EXPECT_FAIL(db_tx(t->c, "settle", settle_tx_, &s), CONFLICT);
    EXPECT_FAIL(db_tx(t->c, "release", release_tx, &s), CONFLICT);
    expect_sums(t);
}

TEST("a reservation is released once, by its owner or by time")
{
    int64_t n = begin(t);
    struct step a = song_of(n, 2), b = song_of(n, 3);
    a.ttl_ms = b.ttl_ms = 60000;
    EXPECT_OK(db_tx(t->c, "reserve", reserve_tx, &a));
    EXPECT_OK(db_tx(t->c, "reserve", reserve_tx, &b));
    EXPECT_FAIL(db_tx(t->c, "reserve", reserve_tx, &a), DAILY_LIMIT_REACHED);
    struct step held = b;
    EXPECT_OK(db_tx(t->c, "release", release_tx, &held));
    EXPECT_OK(db_tx(t->c, "release", release_tx, &held));
    t->c->now_ms += 60001;
    EXPECT_OK(credit_end_job(t->c, S("")));
    EXPECT_I64(look(t, n).balance, 50);
    EXPECT_I64(look(t, n).reserved, 0);
    struct step all = song_of(n, 5); /* the day's count went back as well */
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &all));
    expect_sums(t);
}

TEST("R10 a use is given back once, to the lots it came from")
{
    int64_t n = begin(t);
    give(t, n, (struct credit_gift) { .source = S("buy"), .kind = CREDIT_PURCHASE, .amount = 100 });
    struct step s = amount_of(n, 70);
    s.use.reference = S("song-1");
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
    s.reference = S("song-1");
    EXPECT_OK(db_tx(t->c, "refund", refund_tx, &s));
    EXPECT_I64(look(t, n).balance, 150);
    EXPECT_FAIL(db_tx(t->c, "refund", refund_tx, &s), NOT_FOUND);
    s.by_id = true;
    s.of = s.id;
    EXPECT_FAIL(db_tx(t->c, "refund", refund_tx, &s), CONFLICT);
    /* It is the free 50 that are drawn first again. */
    struct step again = amount_of(n, 50);
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &again));
    expect_sums(t);
}

TEST("credits that ended while they were held or used end when they come back")
{
    int64_t n = begin(t);
    give(t, n,
        (struct credit_gift) {
            .source = S("soon"),
            .kind = CREDIT_PLAN,
            .amount = 30,
            .ends_ms = t->c->now_ms + DAY,
        });
    struct step s = amount_of(n, 30);
    s.ttl_ms = 3 * (int64_t)DAY;
    EXPECT_OK(db_tx(t->c, "reserve", reserve_tx, &s));
    t->c->now_ms += 2 * DAY;
    EXPECT_OK(db_tx(t->c, "release", release_tx, &s));
    EXPECT_I64(look(t, n).balance, 50);
    expect_sums(t);
}

TEST("R11 partial refunds together take back exactly what the whole one would")
{
    static const int64_t parts[] = { 333, 666, 999 };
    int64_t n = begin(t);
    give(t, n,
        (struct credit_gift) {
            .source = S("ord_1"), .kind = CREDIT_PURCHASE, .amount = 100, .order_n = 1 });
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct step s = { .customer_n = n, .order_n = 1, .part = parts[i], .whole = 999 };
        EXPECT_OK(db_tx(t->c, "take", take_tx, &s));
        EXPECT_OK(db_tx(t->c, "take", take_tx, &s)); /* the same again takes nothing */
        EXPECT_I64(look(t, n).balance, 50 + 100 - (i == 0 ? 33 : i == 1 ? 67 : 100));
    }
    expect_sums(t);
}

static enum err freeze_tx(struct ctx *c, void *arg)
{
    const struct step *s = arg;
    return credit_freeze(c, s->customer_n, s->order_n, s->part > 0);
}

TEST("R11 what comes back to credits whose payment a bank asks for is out of reach with them")
{
    int64_t n = begin(t);
    const struct credit_gift pack = {
        .source = S("ord_1"), .kind = CREDIT_PURCHASE, .amount = 100, .order_n = 7
    };
    give(t, n, pack);
    struct step used = amount_of(n, 60); /* the free 50, and 10 of the pack */
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &used));
    struct step held = amount_of(n, 90); /* nothing is left in it to be frozen */
    held.ttl_ms = DAY;
    EXPECT_OK(db_tx(t->c, "reserve", reserve_tx, &held));
    struct step dispute = { .customer_n = n, .order_n = 7, .part = 1 };
    EXPECT_OK(db_tx(t->c, "freeze", freeze_tx, &dispute));
    EXPECT_OK(db_tx(t->c, "release", release_tx, &held));
    EXPECT_I64(held.done.balance, 0);
    EXPECT_I64(look(t, n).balance, 0);
    used.of = used.id;
    used.by_id = true;
    EXPECT_OK(db_tx(t->c, "refund", refund_tx, &used));
    EXPECT_I64(used.done.balance, 50); /* the free ones */
    EXPECT_I64(look(t, n).reserved, 100);
    expect_sums(t);
    dispute.part = 0;
    EXPECT_OK(db_tx(t->c, "thaw", freeze_tx, &dispute));
    EXPECT_I64(look(t, n).balance, 150);
    EXPECT_I64(look(t, n).reserved, 0);
    held = amount_of(n, 120);
    held.ttl_ms = DAY;
    EXPECT_OK(db_tx(t->c, "reserve", reserve_tx, &held));
    EXPECT_OK(db_tx(t->c, "release", release_tx, &held));
    EXPECT_I64(look(t, n).balance, 150);
    expect_sums(t);
}

TEST("credits that were spent before their payment went back are owed, never below zero")
{
    int64_t n = begin(t);
    give(t, n,
        (struct credit_gift) {
            .source = S("ord_1"), .kind = CREDIT_PURCHASE, .amount = 100, .order_n = 1 });
    struct step s = amount_of(n, 130); /* the free 50 and 80 of the bought */
    EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
    struct step take = { .customer_n = n, .order_n = 1, .part = 1, .whole = 1 };
    EXPECT_OK(db_tx(t->c, "take", take_tx, &take));
    EXPECT_I64(look(t, n).balance, 0);
    EXPECT_I64(look(t, n).debt, 80);
    give(t, n, (struct credit_gift) { .source = S("more"), .kind = CREDIT_BONUS, .amount = 100 });
    EXPECT_I64(look(t, n).balance, 20);
    EXPECT_I64(look(t, n).debt, 0);
    expect_sums(t);
}

static enum err count_fact(struct ctx *c, const struct fact_row *row, void *arg)
{
    (void)c;
    *(int64_t *)arg += str_eq(row->kind, S("CREDITS_LOW"));
    return E_OK;
}

static enum err count_facts(struct ctx *c, void *arg)
{
    struct fact_filter all = { .limit = 100 };
    return fact_list(c, &all, count_fact, arg);
}

TEST("a balance that falls below a threshold is told of once for each")
{
    int64_t n = begin(t), told = 0, sealed = 0;
    for (int i = 0; i < 10; i++) {
        struct step s = amount_of(n, 5);
        EXPECT_OK(db_tx(t->c, "spend", spend_tx, &s));
    }
    EXPECT_OK(fact_seal(t->c, &sealed)); /* PostgreSQL: a job's work */
    EXPECT_OK(db_read(t->c, count_facts, &told));
    EXPECT_I64(told, 2); /* below 20 % and below 5 % of 50 */
}
