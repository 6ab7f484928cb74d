#include "app/people_fixture.h"

#include "console/figures.h"
#include "console/sheet_page.h"
#include "db/db.h"
#include "fact/fact_count.h"
#include "ledger/ledger_hour.h"

/* The overview's figures, and lists as files. */

#define WEEK_MS (INT64_C(7) * 24 * 3600 * 1000)

static struct shop_session *newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

static void buy(struct shop *s, const char *key)
{
    shop_buy(s, key, "\"priceId\":\"mug-usd\",\"again\":true");
    newest(s)->status = "completed";
    shop_webhook(s, "complete", newest(s), newest(s)->total);
    shop_jobs(s);
}

/* The gateway does not want it: the order fails. */
static void buy_in_vain(struct shop *s)
{
    s->fault = "decline";
    s->fault_call = "create";
    s->faults_left = 1;
    shop_post(s, "/api/checkout/create",
        "Authorization: Bearer sk_configured_0123456789abcdef\r\nIdempotency-Key: vain\r\n",
        S("{\"priceId\":\"mug-usd\",\"email\":\"ada@example.com\",\"again\":true}"), NULL);
    shop_jobs(s);
}

struct seen {
    struct figures figures;
    struct gateway_figures gateway[GATEWAY_COUNT];
    size_t gateways;
};

static enum err read_tx(struct ctx *c, void *arg)
{
    struct seen *k = arg;
    TRY(console_figures(c, &k->figures));
    return console_gateways(c, k->gateway, &k->gateways);
}

static struct seen *look(struct shop *s)
{
    struct test *t = s->t;
    int64_t sealed = 0;
    struct seen *k = arena_new(t->c->arena, struct seen);
    if (store_is_pg(s->c->store))
        EXPECT_OK(fact_seal(s->c, &sealed));
    EXPECT_OK(db_read(s->c, read_tx, k));
    return k;
}

TEST("the overview compares today with the same hours of the same day last week")
{
    struct shop *s = shop_open(t);
    EXPECT(!look(s)->figures.any_order);
    buy(s, "k1"); /* at 02:00 */
    s->c->now_ms += 3600 * 1000;
    buy(s, "k2"); /* at 03:00: later than it is now, a week on */
    s->c->now_ms += WEEK_MS - 3600 * 1000;
    buy(s, "k3");
    buy_in_vain(s);
    for (int closed = 0; closed < 2; closed++) {
        const struct figures *f = &look(s)->figures;
        EXPECT(f->any_order && !f->behind);
        EXPECT_I64(f->now.begun, 2);
        EXPECT_I64(f->now.paid, 1);
        EXPECT_I64(f->now.failed, 1);
        EXPECT_I64(f->before.begun, 1);
        EXPECT_I64(f->before.paid, 1);
        EXPECT(f->currencies == 1);
        EXPECT_I64(f->now.sales[0].minor, 1000);
        EXPECT_I64(f->before.sales[0].minor, 1000);
        EXPECT_I64(f->day[0][FIGURES_DAYS - 1], 1000);
        EXPECT_I64(f->day[0][FIGURES_DAYS - 8], 2000);
        EXPECT_OK(fact_count_job(s->c, S("")));
        EXPECT_OK(ledger_close_job(s->c, S("")));
    }
}

TEST("a refund is taken off the sales of its day, and money that is held is said")
{
    struct shop *s = shop_open(t);
    buy(s, "k1");
    newest(s)->status = "refunded";
    shop_webhook(s, "refunded", newest(s), newest(s)->total);
    shop_jobs(s);
    EXPECT_I64(look(s)->figures.day[0][FIGURES_DAYS - 1], 0);
    EXPECT_I64(look(s)->figures.now.paid, 1);
}

TEST("a gateway's figures: what was paid of what ended, how long it took, what is open")
{
    struct shop *s = shop_open(t);
    buy(s, "k1");
    buy_in_vain(s);
    shop_buy(s, "k3", "\"priceId\":\"mug-usd\",\"again\":true");
    struct seen *k = look(s);
    EXPECT(k->gateways >= 1);
    const struct gateway_figures *g = &k->gateway[0];
    EXPECT_STR(gateway_name(g->gateway), S("moneymotion"));
    EXPECT_I64(g->paid, 1);
    EXPECT_I64(g->ended, 2);
    EXPECT_I64(g->open, 1);
    EXPECT_I64(g->median_ms, SHOP_CALL_MS);
    EXPECT_I64(g->p99_ms, SHOP_CALL_MS);
    EXPECT_I64(g->unanswered, 0);
    EXPECT(g->calls >= 4 && g->enabled && !g->away);
}

/* ---- files */

static int64_t lines(struct str text)
{
    int64_t n = 0;
    struct str line;
    while (text.n > 0) {
        str_cut(text, '\n', &line, &text);
        n++;
    }
    return n;
}

TEST("a list as a file holds what its filters say, whole")
{
    static const struct {
        const char *path;
        int64_t lines;
        const char *has;
    } files[] = {
        { "/admin/csv/orders", 4, ",USD,10.00,0.00,0.00,10.00,0.00,," },
        { "/admin/csv/orders?status=failed", 2, ",failed," },
        { "/admin/csv/orders?status=expired", 1, "order,id,status" },
        { "/admin/csv/orders?total=10.00", 4, "ORD-2026-000001" },
        { "/admin/csv/orders?total=10.01", 1, "" },
        { "/admin/csv/orders?email=ADA@example.com&period=today", 4, "ada@example.com" },
        { "/admin/csv/orders?email=grace@example.com", 1, "" },
        { "/admin/csv/payments", 3, ",USD,10.00,0.00,no,no," },
        { "/admin/csv/ledger?period=today", 5, "SALES,Sales,USD,-10.00,PAYMENT_RECEIVED" },
        { "/admin/csv/webhooks", 3, "checkout_session:complete" },
        { "/admin/csv/audit?action=ORDER_COMPLETED", 3, "ORDER_COMPLETED" },
        { "/admin/csv/mails", 3, "is paid" },
        { "/admin/csv/alerts", 1, "id,kind" },
        { "/admin/csv/jobs", -1, "payment_poll" },
        { "/admin/csv/customers", 1, "id,customer" },
    };
    struct shop *s = shop_open(t);
    buy(s, "k1");
    buy(s, "k2");
    buy_in_vain(s);
    look(s);
    struct person root = console_sign_in(s, ROLE_OWNER);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        int status = 0;
        struct str file = shop_get(s, files[i].path, root.cookie, &status);
        EXPECT_I64(status, 200);
        if (files[i].lines >= 0)
            EXPECT_I64(lines(file), files[i].lines);
        EXPECT(str_has(file, str_of_c(files[i].has)));
    }
}

TEST("R62 names and mails of strangers are no formulas in a file")
{
    struct shop *s = shop_open(t);
    struct person root = console_sign_in(s, ROLE_OWNER);
    struct str body = S("{\"name\":\"=HYPERLINK(\\\"http://x\\\")\",\"country\":\"DE\"}");
    struct req *r = shop_ask(s, "PUT", "/api/customers/@sum",
        "Authorization: Bearer sk_configured_0123456789abcdef\r\n"
        "Content-Type: application/json\r\n",
        body);
    EXPECT_I64(r->out.status, 200);
    struct str file = shop_get(s, "/admin/csv/customers", root.cookie, NULL);
    EXPECT(str_has(file, S(",'@sum,,\"'=HYPERLINK(\"\"http://x\"\")\",DE,")));
}

static enum err endless(struct ctx *c, struct sheet *sheet)
{
    for (size_t i = 0; i < SHEET_PIECE; i++) {
        sheet_row(sheet, sheet->after + 1);
        csv_i64(&sheet->csv, sheet->after);
        csv_end(&sheet->csv);
    }
    return c->dead ? E_DEAD : E_OK;
}

TEST("a file that would be too long is refused, never cut short")
{
    static const struct str column = S_INIT("n");
    struct shop *s = shop_open(t);
    struct req *r = arena_new(t->c->arena, struct req);
    EXPECT_OK(req_from_bytes(
        s->c, S("GET /admin/orders HTTP/1.1\r\nHost: localhost\r\n\r\n"), s->router, r));
    EXPECT_FAIL(console_sheet(r, &(struct sheet_kind) { S("n"), &column, 1, endless }, NULL),
        INVALID_REQUEST);
    EXPECT_I64(r->out.status, 0);
}

/* ---- what people type into addresses */

TEST("nonsense in a list's address is refused with a sentence, and a page beyond the end is empty")
{
    static const char *const refused[] = { "/admin/orders?status=paid", "/admin/orders?total=ten",
        "/admin/orders?total=1e99", "/admin/orders?period=yesterday", "/admin/orders?from=1970",
        "/admin/orders?from=2026-02-30", "/admin/orders?to=tomorrow", "/admin/orders?after=x",
        "/admin/orders?limit=0", "/admin/webhooks?gateway=paypal", "/admin/webhooks?status=x",
        "/admin/audit?action=NOTHING", "/admin/mails?status=x", "/admin/csv/orders?period=x",
        "/admin/csv/webhooks?gateway=x", "/admin/csv/audit?action=x" };
    static const char *const missing[] = { "/admin/customers/nobody", "/admin/orders?customer=x",
        "/admin/customers/cus_00000000000000000000000000", "/admin/orders/ORD-2026-999999",
        "/admin/webhooks/evt_00000000000000000000000000", "/admin/mails/mail_x",
        "/admin/csv/orders?customer=x", "/admin/csv/everything" };
    struct shop *s = shop_open(t);
    buy(s, "k1");
    look(s);
    struct person root = console_sign_in(s, ROLE_OWNER);
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        int status = 0;
        shop_get(s, refused[i], root.cookie, &status);
        EXPECT_I64(status, 400);
    }
    for (size_t i = 0; i < ARRAY_LEN(missing); i++) {
        int status = 0;
        shop_get(s, missing[i], root.cookie, &status);
        EXPECT_I64(status, 404);
    }
    static const char *const lists[] = { "orders", "payments", "webhooks", "customers", "mails",
        "alerts", "audit" };
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        int status = 0;
        struct str cursor = page_cursor(t->c->arena, 1);
        struct str path = str_fmt(t->c->arena, "/admin/%s?after=%.*s", lists[i], SARG(cursor));
        struct str page = shop_get(s, str_c(t->c->arena, path), root.cookie, &status);
        EXPECT_I64(status, 200);
        EXPECT(str_has(page, S("class=\"empty\"")));
    }
}

/* ---- a replay that is longer than an answer may take */

TEST("a long replay goes on where it stopped, and reaches each webhook once")
{
    struct shop *s = shop_open(t);
    for (int i = 0; i < 4; i++)
        buy(s, (const char *[]) { "k1", "k2", "k3", "k4" }[i]);
    for (int dry = 0; dry < 2; dry++) {
        struct console_range range = { .dry = dry == 1, .until_mono_ms = 1 };
        for (int64_t done = 1; done <= 4; done++) {
            range.filter = (struct event_filter) { .status = -1 };
            EXPECT_OK(console_replay_range(s->c, &range));
            EXPECT_I64(range.all, done);
            EXPECT_I64(range.left, 4 - done);
        }
        EXPECT_I64(range.same, 4);
        EXPECT_OK(console_replay_range(s->c, &range));
        EXPECT_I64(range.all, 4);
    }
    EXPECT_I64(shop_facts(s, "ORDER_COMPLETED"), 4);
}

enum {
    MANY = 1250
};
/* Of which nothing but the hash is left. */
static enum err receive_many(struct ctx *c, void *arg)
{
    (void)arg;
    for (int64_t i = 0; i < MANY; i++)
        TRY(db_exec(c, 1,
            "INSERT INTO event (id, gateway, event_key, name, reference, status, headers, body,"
            " body_hash, order_n, deliveries, tries, outcome, received_ms, applied_ms, version)"
            " VALUES ($1, 1, $2, 'new', '', 2, '', $3, $2, 0, 1, 0, '', $4, 0, 1)",
            DB_IN(in_id(id_new(c)), in_bytes(str_fmt(c->arena, "event %lld", (long long)i)),
                in_bytes(S("")), in_i64(c->now_ms))));
    return E_OK;
}

TEST("a replay of a range begins with the oldest and ends with the newest, however many there are")
{
    struct shop *s = shop_open(t);
    buy(s, "k1");
    EXPECT_OK(db_tx(s->c, "receive", receive_many, NULL));
    struct buf lines = BUF(t->c->arena);
    struct console_range range = { .dry = true, .lines = &lines, .filter = { .status = -1 } };
    EXPECT_OK(console_replay_range(s->c, &range));
    EXPECT_I64(range.all, MANY + 1);
    EXPECT_I64(range.same, 1);
    EXPECT_I64(range.failed, MANY);
    EXPECT_I64(range.left, 0);
    /* One at a time: the first is the oldest, and the rest is counted as far as that matters. */
    range = (struct console_range) { .dry = true, .until_mono_ms = 1, .filter = { .status = -1 } };
    EXPECT_OK(console_replay_range(s->c, &range));
    EXPECT_I64(range.same, 1);
    EXPECT(range.left >= CONSOLE_RANGE);
    range.filter = (struct event_filter) { .status = EVENT_IGNORED };
    EXPECT_OK(console_replay_range(s->c, &range));
    EXPECT_I64(range.failed, 1);
}

TEST("the page of a replay takes its counts back, and refuses what it never wrote")
{
    struct shop *s = shop_open(t);
    buy(s, "k1");
    struct person root = console_sign_in(s, ROLE_OWNER);
    static const struct {
        const char *fields;
        int status;
        const char *says;
    } asks[] = {
        { "&from=&to=&status=&gateway=moneymotion&do=dry", 200, "Replay 1 webhook" },
        { "&from=&to=&status=&gateway=&after=0&all=7&changed=2&same=5&failed=0&do=replay", 200,
            "What changed" },
        { "&from=&to=&status=&gateway=&after=-1&do=dry", 400, "" },
        { "&from=&to=&status=&gateway=&all=x&do=dry", 400, "" },
        { "&from=20&to=&status=&gateway=&do=dry", 422, "Enter days like" },
    };
    for (size_t i = 0; i < ARRAY_LEN(asks); i++) {
        int status = 0;
        struct str body = str_fmt(t->c->arena, "csrf=%.*s%s", SARG(root.csrf), asks[i].fields);
        struct str page =
            shop_form(s, "/admin/webhooks/replay", root.cookie, str_c(t->c->arena, body), &status);
        EXPECT_I64(status, asks[i].status);
        EXPECT(str_has(page, str_of_c(asks[i].says)));
    }
}
