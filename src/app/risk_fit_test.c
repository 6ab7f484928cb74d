#include "app/refund_fixture.h"

#include "base/command.h"
#include "base/json.h"
#include "db/db.h"
#include "risk/fit.h"

/* A fit reads what the instance knows of its orders, and proposes. */

#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* ---- which orders were frauds */

struct known {
    int64_t until_ms;
    struct fit_history h;
};

static enum err read_history(struct ctx *c, void *arg)
{
    struct known *k = arg;
    return fit_read(c, k->until_ms, &k->h);
}

static struct known known_by(struct shop *s, int64_t until_ms)
{
    struct test *t = s->t;
    struct known k = { .until_ms = until_ms };
    EXPECT_OK(db_read_whole(s->c, read_history, &k));
    return k;
}

static void expect_known(struct shop *s, int64_t all, int64_t frauds)
{
    struct test *t = s->t;
    struct known k = known_by(s, INT64_MAX);
    EXPECT_I64((int64_t)k.h.n, all);
    EXPECT_I64(k.h.frauds, frauds);
}

static void argue(struct stripe_shop *s, const char *word, const struct stripe_said *said)
{
    struct test *t = s->shop->t;
    struct stripe_page *p = stripe_newest(s);
    p->disputed = true;
    p->argued = word;
    EXPECT_I64(stripe_tell(s, p, said), 200);
    shop_jobs(s->shop);
}

TEST("a fraud is what a bank says and nobody proved wrong, or what was given back in that word")
{
    static const struct stripe_said opened = { "charge.dispute.created", SAID_DISPUTE,
        "needs_response", "", 0 };
    static const struct stripe_said closed = { "charge.dispute.closed", SAID_DISPUTE, "won", "",
        0 };
    struct stripe_shop *s = stripe_shop_open(t);
    expect_known(s->shop, 0, 0);
    stripe_buy(s, "k0", "\"priceId\":\"mug-usd\"");
    expect_known(s->shop, 0, 0); /* nobody knows yet */
    struct str first = refund_paid_with(s, "k1", "\"priceId\":\"mug-usd\",\"again\":true");
    expect_known(s->shop, 1, 0);
    argue(s, "needs_response", &opened);
    expect_known(s->shop, 1, 1);
    argue(s, "won", &closed);
    expect_known(s->shop, 1, 0);
    struct str body = str_fmt(t->c->arena,
        "{\"orderId\":\"%.*s\",\"reason\":\"Fraud, says the owner of the card\"}", SARG(first));
    refund_ask(s->shop, "/api/admin/refunds", "r1", body, 200);
    shop_jobs(s->shop);
    expect_known(s->shop, 1, 1);
    struct known k = known_by(s->shop, INT64_MAX);
    EXPECT_I64(k.h.sample[0].value[RISK_BASE], 1);
    EXPECT_I64(k.h.sample[0].minor, 1000);
    EXPECT_I64((int64_t)known_by(s->shop, t->c->now_ms).h.n, 0); /* too young */
}

/* ---- the command */

enum {
    ORDERS = 360,
    PIECE = 90
};

/* Every ninth is a fraud with declined cards. */
static enum err add_orders(struct ctx *c, void *arg)
{
    const int64_t *from = arg;
    struct order_line line = { .product = S("mug"),
        .price = S("mug-usd"),
        .name = S("Mug"),
        .quantity = 1,
        .unit_minor = 1000,
        .amount_minor = 1000,
        .total_minor = 1000 };
    for (int64_t i = *from; i < *from + PIECE; i++) {
        struct order o = { .id = id_new(c),
            .currency = CUR_USD,
            .subtotal_minor = 1000,
            .total_minor = 1000,
            .email = S("a@x.example") };
        struct risk r = { .at_ms = c->now_ms, .value = { [RISK_BASE] = 1 } };
        r.value[RISK_DECLINES] = i % 9 == 0 ? 2 + i % 4 : i % 7 == 0;
        r.value[RISK_FIRST] = i % 2;
        TRY(order_insert(c, &o, &line, 1));
        TRY(risk_keep(c, &o, &r));
        TRY(db_exec(c, 1, "UPDATE risk SET verdict = $1 WHERE order_n = $2",
            DB_IN(in_i64(i % 9 == 0 ? 2 : 1), in_i64(o.n))));
    }
    return E_OK;
}

static enum err run(struct test *t, const char *days, bool json, struct buf *out)
{
    struct args args = { .json = json };
    args.flag[0].name = S("days");
    args.flag[0].value = str_of_c(days);
    args.flag_count = 1;
    return risk_commands.command[0].run(t->c, &args, out);
}

TEST(
    "purser risk fit proposes a piece of a catalogue, says what it would have changed, changes nothing")
{
    struct shop *s = shop_open(t);
    struct arena *a = t->c->arena;
    struct buf out = BUF(a), words = BUF(a);
    struct catalog k = { .n = 0 };
    int64_t applied = shop_facts(s, "CATALOG_APPLIED");
    for (int64_t from = 0; from < ORDERS; from += PIECE)
        EXPECT_OK(db_tx(t->c, "orders", add_orders, &from));
    EXPECT_OK(run(t, "0", true, &out));
    struct json_value said = json_root(buf_str(&out));
    EXPECT_STR(json_lexeme(json_at(said, "frauds")), S("40"));
    EXPECT_STR(json_lexeme(json_at(said, "good")), S("320"));
    EXPECT_STR(json_lexeme(json_at(said, "heldOut.aucFittedPerMille")), S("1000"));
    EXPECT_STR(json_lexeme(json_at(said, "heldOut.fitted.0.frauds")), S("12"));
    struct str file = str_fmt(a, "{\"risk\":%.*s}", SARG(json_at(said, "risk").raw));
    EXPECT_OK(catalog_parse(t->c, a, file, &k));
    EXPECT(k.risk.weight[RISK_DECLINES] > 100);
    EXPECT(k.risk.refuse > 0);
    EXPECT_OK(run(t, "0", false, &words));
    EXPECT(str_has(buf_str(&words), S("12 of 12 frauds (")));
    EXPECT(str_has(buf_str(&words), S("never varied: left as it is")));
    EXPECT(str_has(buf_str(&words), json_at(said, "risk").raw));
    EXPECT_I64(shop_facts(s, "CATALOG_APPLIED"), applied);
    EXPECT_FAIL(run(t, "30", false, &words), CONFLICT);
    EXPECT_FAIL(run(t, "soon", false, &words), INVALID_REQUEST);
    shop_wait(s, 31 * DAY_MS);
    EXPECT_OK(run(t, "30", false, &words));
}
