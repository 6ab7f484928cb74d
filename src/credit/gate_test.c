#include "credit/gate.h"

#include "base/json.h"
#include "catalog/catalog_fixture.h"
#include "db/db.h"

/* What gates say to somebody who has what everybody has. */

static const char catalogue[] =
    "{\"currency\":\"USD\",\"plans\":["
    "{\"id\":\"free\",\"group\":\"ai\",\"name\":\"Free\","
    "\"credits\":{\"allowance\":50,\"every\":\"once\"},\"features\":{\"wide\":true},"
    "\"limits\":{\"generationsPerDay\":5}},"
    "{\"id\":\"basic\",\"group\":\"ai\",\"name\":\"Basic\",\"credits\":{\"allowance\":500},"
    "\"features\":{\"wide\":true},\"limits\":{\"generationsPerDay\":50},"
    "\"prices\":[{\"id\":\"basic-month\",\"amount\":999},"
    "{\"id\":\"basic-year\",\"interval\":\"year\",\"amount\":100}]},"
    "{\"id\":\"creator\",\"group\":\"ai\",\"name\":\"Creator\",\"credits\":{\"allowance\":1500},"
    "\"features\":{\"stems\":true},\"limits\":{\"generationsPerDay\":150},"
    "\"prices\":[{\"id\":\"creator-month\",\"amount\":1999},"
    "{\"id\":\"creator-eur\",\"amount\":5,\"currency\":\"EUR\"}]},"
    "{\"id\":\"team\",\"group\":\"ai\",\"name\":\"Team\",\"credits\":{\"allowance\":5000},"
    "\"features\":{\"stems\":true,\"models\":false},\"limits\":{\"generationsPerDay\":500},"
    "\"prices\":[{\"id\":\"team-month\",\"amount\":2999},"
    "{\"id\":\"team-year\",\"interval\":\"year\",\"amount\":29990}]},"
    "{\"id\":\"patron\",\"group\":\"club\",\"name\":\"Patron\",\"features\":{\"letters\":true},"
    "\"prices\":[{\"id\":\"patron-month\",\"amount\":10}]}],"
    "\"operations\":{\"song\":5,\"album\":600,\"stems\":15},"
    "\"operationRules\":{\"stems\":{\"feature\":\"stems\"}},"
    "\"operationDiscounts\":{\"basic\":{\"basisPoints\":1000}}}";

static int64_t begin(struct test *t)
{
    return catalog_and_ada(t, str_of_c(catalogue));
}

struct asked {
    int64_t customer_n;
    struct gate_question question;
    struct gate gate;
    struct credit_done done;
};

static enum err ask_tx(struct ctx *c, void *arg)
{
    struct asked *a = arg;
    return gate_ask(c, a->customer_n, &a->question, &a->gate);
}

static enum err spend_tx(struct ctx *c, void *arg)
{
    struct asked *a = arg;
    return credit_spend(c, a->customer_n, &a->question.use, id_new(c), &a->done);
}

static struct asked operation(int64_t n, struct str name, int64_t quantity)
{
    return (struct asked) {
        .customer_n = n,
        .question = { .use = { .operation = name, .quantity = quantity } },
    };
}

static void expect(
    struct test *t, struct asked a, enum gate_reason reason, struct str plan, struct str price)
{
    EXPECT_OK(db_read(t->c, ask_tx, &a));
    EXPECT_STR(gate_reason_text(a.gate.reason), gate_reason_text(reason));
    EXPECT((a.gate.upgrade.plan == NULL) == (plan.n == 0));
    if (a.gate.upgrade.plan == NULL || plan.n == 0)
        return;
    EXPECT_STR(a.gate.upgrade.plan->id, plan);
    EXPECT_STR(a.gate.upgrade.price->id, price);
}

TEST("a gate is open for what is there, to the customer's last credit and generation")
{
    int64_t n = begin(t);
    expect(t, operation(n, S("song"), 5), GATE_OPEN, S(""), S(""));
    expect(t, operation(0, S("song"), 5), GATE_OPEN, S(""), S(""));
    struct asked a = { .customer_n = n, .question = { .use = { .amount = 50 } } };
    expect(t, a, GATE_OPEN, S(""), S(""));
    a = (struct asked) { .customer_n = n, .question = { .feature = S("wide"), .plan = S("free") } };
    expect(t, a, GATE_OPEN, S(""), S(""));
}

TEST("a closed gate names the cheapest plan by the month that opens it")
{
    int64_t n = begin(t);
    struct asked a = { .customer_n = n, .question = { .feature = S("stems") } };
    expect(t, a, GATE_FEATURE, S("creator"), S("creator-month"));
    expect(t, operation(n, S("stems"), 1), GATE_FEATURE, S("creator"), S("creator-month"));
    a = (struct asked) { .customer_n = n, .question = { .plan = S("creator") } };
    expect(t, a, GATE_PLAN, S("creator"), S("creator-month"));
    a = (struct asked) { .customer_n = n, .question = { .use = { .amount = 51 } } };
    expect(t, a, GATE_CREDITS, S("basic"), S("basic-month"));
    /* 600 cost 540 with basic, which has 500 beside the 50 that are there. */
    expect(t, operation(n, S("album"), 1), GATE_CREDITS, S("basic"), S("basic-month"));
    expect(t, operation(n, S("song"), 6), GATE_DAY, S("basic"), S("basic-month"));
    expect(t, operation(n, S("song"), 60), GATE_CREDITS, S("creator"), S("creator-month"));
}

TEST(
    "a gate that no plan opens names none, and one of another group opens it where no own one does")
{
    int64_t n = begin(t);
    struct asked a = { .customer_n = n, .question = { .feature = S("models") } };
    expect(t, a, GATE_FEATURE, S(""), S(""));
    expect(t, operation(n, S("album"), 100), GATE_CREDITS, S(""), S(""));
    a.question.feature = S("letters");
    expect(t, a, GATE_FEATURE, S("patron"), S("patron-month"));
    /* Both at once are in no plan. */
    a.question.use.amount = 51;
    expect(t, a, GATE_FEATURE, S(""), S(""));
}

struct holding {
    int64_t customer_n;
    struct access_plan plan;
};

static enum err hold_tx(struct ctx *c, void *arg)
{
    struct holding *h = arg;
    const struct catalog *k = NULL;
    TRY(catalog_now(c, &k));
    if (h->plan.terms.n == 0)
        h->plan.terms = catalog_product(k, h->plan.plan)->source;
    h->plan.group = S("ai");
    return access_set(c, h->customer_n, &h->plan);
}

static void hold(struct test *t, int64_t n, struct access_plan plan)
{
    struct holding h = { n, plan };
    if (plan.until_ms == 0)
        h.plan.until_ms = ACCESS_FOREVER;
    EXPECT_OK(db_tx(t->c, "hold", hold_tx, &h));
}

TEST("who pays for a plan is offered what is above it, in their currency and by their interval")
{
    int64_t n = begin(t);
    struct asked stems = { .customer_n = n, .question = { .feature = S("stems") } };
    struct asked dear = { .customer_n = n, .question = { .use = { .amount = 5001 } } };
    hold(t, n, (struct access_plan) { .plan = S("basic") });
    expect(t, stems, GATE_FEATURE, S("creator"), S("creator-month"));
    hold(t, n, (struct access_plan) { .plan = S("basic"), .price = S("basic-year") });
    expect(t, stems, GATE_FEATURE, S("team"), S("team-year"));
    expect(t, dear, GATE_CREDITS, S("team"), S("team-year"));
    hold(t, n, (struct access_plan) { .plan = S("basic"), .price = S("creator-eur") });
    expect(t, stems, GATE_FEATURE, S("creator"), S("creator-eur"));
    hold(t, n, (struct access_plan) { .plan = S("creator"), .price = S("creator-month") });
    expect(t, stems, GATE_OPEN, S(""), S(""));
    expect(t, dear, GATE_CREDITS, S("team"), S("team-month"));
    hold(t, n, (struct access_plan) { .plan = S("team") });
    expect(t, dear, GATE_CREDITS, S(""), S(""));
}

TEST("a gate for a plan is open to those above it in its group, and to no others")
{
    int64_t n = begin(t);
    struct asked creator = { .customer_n = n, .question = { .plan = S("creator") } };
    struct asked patron = { .customer_n = n, .question = { .plan = S("patron") } };
    hold(t, n, (struct access_plan) { .plan = S("basic") });
    expect(t, creator, GATE_PLAN, S("creator"), S("creator-month"));
    hold(t, n, (struct access_plan) { .plan = S("team") });
    expect(t, creator, GATE_OPEN, S(""), S(""));
    expect(t, patron, GATE_PLAN, S("patron"), S("patron-month"));
    hold(t, n, (struct access_plan) { .plan = S("team"), .until_ms = t->c->now_ms });
    expect(t, creator, GATE_PLAN, S("creator"), S("creator-month"));
}

TEST("what was agreed to stays open when the catalogue no longer has it")
{
    int64_t n = begin(t);
    struct asked old = { .customer_n = n, .question = { .feature = S("choir") } };
    EXPECT_FAIL(db_read(t->c, ask_tx, &old), INVALID_REQUEST);
    hold(t, n,
        (struct access_plan) {
            .plan = S("early"),
            .terms = S("{\"id\":\"early\",\"features\":{\"choir\":true},\"credits\":{},"
                       "\"limits\":{\"generationsPerDay\":7}}"),
        });
    expect(t, old, GATE_OPEN, S(""), S(""));
    expect(t, operation(n, S("song"), 7), GATE_OPEN, S(""), S(""));
    expect(t, operation(n, S("song"), 8), GATE_DAY, S("basic"), S("basic-month"));
    old.question = (struct gate_question) { .plan = S("early") };
    expect(t, old, GATE_OPEN, S(""), S(""));
}

TEST("a gate asks for what the catalogue knows")
{
    static const struct gate_question wrong[] = { { .feature = S_INIT("steems") },
        { .plan = S_INIT("gold") }, { .use = { .operation = S_INIT("sing"), .quantity = 1 } },
        { .use = { .amount = -1 } }, { .use = { .amount = 0 } } };
    int64_t n = begin(t);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct asked a = { .customer_n = n, .question = wrong[i] };
        EXPECT_FAIL(db_read(t->c, ask_tx, &a), INVALID_REQUEST);
    }
}

TEST("a refusal says in its details what the gate says")
{
    static const struct {
        struct str name;
        int64_t quantity;
    } uses[] = { { S_INIT("stems"), 1 }, { S_INIT("album"), 1 }, { S_INIT("song"), 6 } };
    int64_t n = begin(t);
    for (size_t i = 0; i < ARRAY_LEN(uses); i++) {
        struct asked a = operation(n, uses[i].name, uses[i].quantity);
        struct buf b = BUF(t->c->arena);
        struct json j = JSON(&b);
        EXPECT_OK(db_read(t->c, ask_tx, &a));
        json_open(&j, NULL, '{');
        gate_json(&j, &a.gate);
        json_close(&j, '}');
        EXPECT(db_tx(t->c, "spend", spend_tx, &a) != E_OK);
        EXPECT_STR(t->c->err.details, buf_str(&b));
        EXPECT_STR(code_info(t->c->err.code)->name, gate_reason_text(a.gate.reason));
    }
}
