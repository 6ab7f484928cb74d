#include "app/shop_fixture.h"

#include "base/metric.h"
#include "db/engine.h"
#include "db/plan_test.h"
#include "job/job.h"

/* What one settle asks of the store.  A change that needs more says why in its commit. */
enum {
    STATEMENTS_MAX = 12,
    DRAWN = 2, /* PostgreSQL: numbers that are asked for before, so that nothing waits after */
    ROWS_MAX = 13,
    SPEND_STATEMENTS_MAX = 15,
    SPEND_ROWS_MAX = 8,
    GATE_TRIPS = 2 /* whom it is about; everything about them */
};
#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\nIdempotency-Key: "

TEST("a settled webhook is one transaction of few statements and rows")
{
    struct shop *s = shop_open_with(t, (char[]) { "MONEYMOTION_CONFIRM=webhook" });
    shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    struct ctx *c = s->c;
    int64_t commits = metric_value(c, METRIC_transactions_total);
    int64_t statements = metric_value(c, METRIC_store_statements_total);
    int64_t rows = metric_value(c, METRIC_store_rows_total);
    EXPECT_I64(shop_webhook(s, "complete", &s->session[0], 1000), 200);
    EXPECT_I64(metric_value(c, METRIC_transactions_total) - commits, 1);
    int64_t most = STATEMENTS_MAX + (store_is_pg(c->store) ? DRAWN : 0);
    EXPECT(metric_value(c, METRIC_store_statements_total) - statements <= most);
    EXPECT(metric_value(c, METRIC_store_rows_total) - rows <= ROWS_MAX);
    EXPECT_I64(shop_balance(s, LEDGER_GATEWAY, CUR_USD), 1000);
    shop_verify(s);
}

/* ---- what it writes is written straight into its tables */

struct written {
    const char *sql[64];
    size_t n;
    int64_t tables;
};

static void hear(struct store *store, const char *sql)
{
    struct written *w = store->hearer;
    const struct str text = str_of_c(sql);
    bool writes = str_starts(text, S("INSERT")) || str_starts(text, S("UPDATE"));
    bool answers = str_has(text, S("RETURNING")); /* which takes one, whatever the indexes say */
    if (writes && !answers && w->n < ARRAY_LEN(w->sql))
        w->sql[w->n++] = sql;
}

static enum err count_tables(struct ctx *c, void *arg)
{
    struct written *w = arg;
    for (size_t i = 0; i < w->n; i++) {
        int64_t n = 0;
        TRY(plan_tables(c, w->sql[i], &n));
        w->tables += n;
    }
    return E_OK;
}

TEST("no row of an order, its payment and its mail needs a table that SQLite throws away again")
{
    struct shop *s = shop_open_with(t, (char[]) { "MONEYMOTION_CONFIRM=webhook" });
    struct written w = { .n = 0 };
    s->c->store->hearer = &w;
    s->c->store->heard = hear;
    shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    shop_webhook(s, "complete", &s->session[0], 1000);
    shop_jobs(s);
    s->c->store->heard = NULL;
    EXPECT(w.n > 10);
    EXPECT_OK(db_read(s->c, count_tables, &w));
    EXPECT_I64(w.tables, 0);
}

struct listed {
    int64_t n;
    struct str name; /* of the first */
};

static enum err find_list(struct ctx *c, void *arg)
{
    struct listed *k = arg;
    return db_one(c,
        "SELECT COUNT(*), COALESCE(MIN(name), '') FROM sqlite_master"
        " WHERE type = 'index' AND sql LIKE '% WHERE %IN (%,%,%)%'",
        DB_NO_IN, DB_OUT(out_i64(&k->n), out_str(&k->name)));
}

TEST("no other row does: no index says what it leaves out in a list of three")
{
    struct listed k = { .name = S("") };
    if (store_is_pg(t->c->store))
        return;
    EXPECT_OK(db_read(t->c, find_list, &k));
    EXPECT_STR(k.name, S(""));
    EXPECT_I64(k.n, 0);
}

struct woken {
    int now, gathered;
};

static void note_topics(void *self, int64_t commit_no, const uint64_t *topics, size_t n)
{
    struct woken *w = self;
    must(commit_no > 0);
    for (size_t i = 0; i < n; i++) {
        w->now += topics[i] == str_hash(JOB_TOPIC);
        w->gathered += topics[i] == str_hash(JOB_GATHER_TOPIC);
    }
}

static struct woken woken_by_webhook(struct shop *s)
{
    struct woken w = { 0 };
    struct store_options *options = &s->c->store->options, before = *options;
    options->committed = note_topics;
    options->self = &w;
    shop_webhook(s, "complete", &s->session[0], 1000);
    *options = before;
    return w;
}

TEST("a webhook that settles wakes nobody at once; its mail is gathered with others")
{
    struct shop *s = shop_open_with(t, (char[]) { "MONEYMOTION_CONFIRM=webhook" });
    shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    struct woken w = woken_by_webhook(s);
    EXPECT_I64(w.now, 0);
    EXPECT_I64(w.gathered, 1);
}

TEST("a webhook that has to be asked about wakes a runner at once")
{
    struct shop *s = shop_open(t);
    shop_buy(s, "k1", "\"priceId\":\"mug-usd\"");
    EXPECT(woken_by_webhook(s).now > 0);
}

TEST("whether somebody may is found out in two ways to the database and back")
{
    struct shop *s = shop_open(t);
    struct ctx *c = s->c;
    int status = 0;
    shop_post(s, "/api/admin/credits/grant", KEY "a\r\n",
        S("{\"customerId\":\"u-1\",\"amount\":1000,\"reason\":\"thanks\"}"), &status);
    const struct str question = S("{\"customerId\":\"u-1\",\"amount\":5}");
    shop_post(s, "/api/access/check", KEY "b\r\n", question, &status);
    const int64_t trips = metric_value(c, METRIC_store_trips_total);
    struct str answer = shop_post(s, "/api/access/check", KEY "c\r\n", question, &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(answer, S("\"allowed\":true")));
    EXPECT_I64(
        metric_value(c, METRIC_store_trips_total) - trips, store_is_pg(c->store) ? GATE_TRIPS : 0);
}

TEST("a credit is spent in one transaction of few statements and rows")
{
    struct shop *s = shop_open(t);
    struct ctx *c = s->c;
    int status = 0;
    shop_post(s, "/api/admin/credits/grant", KEY "a\r\n",
        S("{\"customerId\":\"u-1\",\"amount\":1000,\"reason\":\"thanks\"}"), &status);
    EXPECT_I64(status, 200);
    int64_t commits = metric_value(c, METRIC_transactions_total);
    int64_t statements = metric_value(c, METRIC_store_statements_total);
    int64_t rows = metric_value(c, METRIC_store_rows_total);
    shop_post(
        s, "/api/credits/spend", KEY "b\r\n", S("{\"customerId\":\"u-1\",\"amount\":1}"), &status);
    EXPECT_I64(status, 200);
    EXPECT_I64(metric_value(c, METRIC_transactions_total) - commits, 1);
    EXPECT(metric_value(c, METRIC_store_statements_total) - statements <= SPEND_STATEMENTS_MAX);
    EXPECT(metric_value(c, METRIC_store_rows_total) - rows <= SPEND_ROWS_MAX);
}
