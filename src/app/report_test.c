#include "app/refund_fixture.h"

#include "base/clock.h"
#include "base/zone.h"
#include "db/db.h"
#include "report/report.h"

/* Six weeks of a shop: bought, left, refused, given back in parts, paid with the wrong amount. Each
 * report must say what the tables behind it say, by statements of the test's own. */

enum {
    ORDERS = 60,
    DAY_MS = 24 * 3600 * 1000,
    HOUR_MS = 3600 * 1000
};
struct bought {
    struct str id;
    bool paid, eur, german;
};
struct weeks {
    struct stripe_shop *s;
    struct test *t;
    uint64_t luck;
    struct bought order[ORDERS];
    size_t n;
    struct str from, to;
};

static int64_t draw(struct weeks *w, int64_t below)
{
    w->luck = w->luck * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((w->luck >> 33) % (uint64_t)below);
}

/* Baskets of one product are in dollars, mixed ones in euros. */
static const char *basket(struct weeks *w, struct bought *o)
{
    struct arena *a = w->t->c->arena;
    static const char *const coupons[] = { "", "", ",\"coupon\":\"TEN\"", ",\"coupon\":\"PENS\"" };
    const int64_t n = 1 + draw(w, 3);
    const bool mug = draw(w, 2) == 0;
    size_t coupon = (size_t)draw(w, mug ? 3 : 4);
    o->eur = draw(w, 4) == 0;
    o->german = draw(w, 2) == 0;
    struct str items = o->eur
        ? str_fmt(a,
              "{\"price\":\"mug-eur\",\"quantity\":%lld},{\"price\":\"pen-eur\",\"quantity\":2}",
              (long long)n)
        : str_fmt(a, "{\"price\":\"%s-usd\",\"quantity\":%lld}", mug ? "mug" : "pen", (long long)n);
    return str_c(a,
        str_fmt(a, "\"items\":[%.*s],\"country\":\"%s\",\"again\":true%s", SARG(items),
            o->german ? "DE" : "US", o->eur ? "" : coupons[coupon]));
}

static const char *name_of(struct weeks *w, const char *what, size_t i)
{
    return str_c(w->t->c->arena, str_fmt(w->t->c->arena, "%s%zu", what, i));
}

/* MoneyMotion took a cent more than was asked, and mends it while a person is waited for. */
static void pay_too_much(struct weeks *w, struct bought *o, const char *key, const char *members)
{
    struct test *t = w->t;
    struct shop *s = w->s->shop;
    o->id = shop_buy(s, key,
        str_c(t->c->arena, str_fmt(t->c->arena, "\"gateway\":\"moneymotion\",%s", members)));
    struct shop_session *k = &s->session[s->sessions - 1];
    k->status = "completed";
    k->total++;
    EXPECT_I64(shop_webhook(s, "complete", k, k->total), 200);
    shop_jobs(s);
    if (draw(w, 4) == 0)
        return;
    k->total--;
    EXPECT_I64(shop_webhook(s, "complete", k, k->total), 200);
    shop_jobs(s);
}

/* On a page that was open still when the order was given up. */
static void pay_too_late(struct weeks *w, const struct bought *o)
{
    static const struct stripe_said paid = { "checkout.session.completed", SAID_SESSION, "complete",
        "paid", 0 };
    struct test *t = w->t;
    struct arena *a = t->c->arena;
    shop_post(w->s->shop, str_c(a, str_fmt(a, "/api/orders/%.*s/cancel", SARG(o->id))), REFUND_KEY,
        S("{}"), NULL);
    stripe_pays(stripe_newest(w->s));
    EXPECT_I64(stripe_tell(w->s, stripe_newest(w->s), &paid), 200);
    shop_jobs(w->s->shop);
}

/* The bank of the newest buyer takes all of it. */
static void lose(struct weeks *w)
{
    static const struct stripe_said said[] = {
        { "charge.dispute.created", SAID_DISPUTE, "needs_response", "", 0 },
        { "charge.dispute.funds_withdrawn", SAID_DISPUTE, "needs_response", "", 0 },
        { "charge.dispute.closed", SAID_DISPUTE, "lost", "", 0 },
    };
    struct test *t = w->t;
    stripe_newest(w->s)->disputed = true;
    for (size_t i = 0; i < ARRAY_LEN(said); i++) {
        stripe_newest(w->s)->argued = said[i].status;
        EXPECT_I64(stripe_tell(w->s, stripe_newest(w->s), &said[i]), 200);
        shop_jobs(w->s->shop);
    }
}

static void one_order(struct weeks *w, size_t i)
{
    struct bought *o = &w->order[w->n++];
    const char *key = name_of(w, "k", i), *members = basket(w, o);
    int64_t what = draw(w, 10);
    if (what < 6) {
        o->id = refund_paid_with(w->s, key, members);
        o->paid = draw(w, 6) > 0;
        if (!o->paid)
            lose(w);
    } else if (what < 8) {
        o->id = stripe_buy(w->s, key, members);
        if (what == 7)
            pay_too_late(w, o);
    } else {
        pay_too_much(w, o, key, members);
    }
}

static void one_refund(struct weeks *w, size_t i)
{
    struct shop *s = w->s->shop;
    const struct bought *b = &w->order[draw(w, (int64_t)w->n)];
    struct order o = shop_order(s, b->id);
    if (!b->paid || o.total_minor - o.refunded_minor < 2)
        return;
    int64_t part = draw(w, 3) == 0 ? o.total_minor - o.refunded_minor
                                   : 1 + draw(w, o.total_minor - o.refunded_minor);
    refund_give(s, name_of(w, "r", i), b->id,
        str_c(s->c->arena, str_fmt(s->c->arena, "\"amount\":%lld", (long long)part)), 200);
    shop_jobs(s);
}

static struct weeks *live(struct test *t)
{
    struct weeks *w = arena_new(t->c->arena, struct weeks);
    *w = (struct weeks) { .s = stripe_shop_open(t), .t = t, .luck = 20261120 };
    shop_catalog(w->s->shop,
        "{\"products\":[{\"id\":\"mug\",\"name\":\"Mug\",\"prices\":[{\"id\":\"mug-usd\",\"amount\":1000},"
        "{\"id\":\"mug-eur\",\"amount\":999,\"currency\":\"EUR\"}]},"
        "{\"id\":\"pen\",\"name\":\"Pen\",\"prices\":[{\"id\":\"pen-usd\",\"amount\":333},"
        "{\"id\":\"pen-eur\",\"amount\":301,\"currency\":\"EUR\"}]}],"
        "\"coupons\":[{\"code\":\"TEN\",\"basisPoints\":1000},"
        "{\"code\":\"PENS\",\"basisPoints\":3333,\"appliesTo\":[\"pen\"]}],"
        "\"tax\":{\"rates\":[{\"country\":\"DE\",\"basisPoints\":1900,\"name\":\"VAT\"}]},"
        "\"routing\":{\"card\":[\"stripe\"]}}");
    struct ctx *c = w->s->shop->c;
    w->from = date_text(t->c->arena, c->now_ms / DAY_MS);
    for (size_t i = 0; i < ORDERS; i++) {
        one_order(w, i);
        if (draw(w, 2) == 0)
            one_refund(w, i);
        shop_wait(w->s->shop, (8 + draw(w, 14)) * HOUR_MS);
    }
    w->to = date_text(t->c->arena, c->now_ms / DAY_MS);
    return w;
}

/* ---- what the report says */

struct made {
    struct str name;
    struct report_words words;
    struct report_answer answer;
};

static enum err make(struct ctx *c, void *arg)
{
    struct made *k = arg;
    const struct report *report = NULL;
    TRY(report_named(c, k->name, &report));
    return report_make(c, report, &k->words, &k->answer);
}

static struct report_answer report_by(struct weeks *w, const char *name, const char *by)
{
    struct test *t = w->t;
    struct made k = { .name = str_of_c(name), .words = { w->from, w->to, str_of_c(by) } };
    EXPECT_OK(db_read_long(w->s->shop->c, make, &k));
    return k.answer;
}

static struct report_answer report(struct weeks *w, const char *name)
{
    return report_by(w, name, "");
}

static int64_t cell(struct test *t, const struct report_table *table, const struct report_row *row,
    const char *name)
{
    for (size_t i = 0; i < table->columns; i++)
        if (str_eq(table->column[i].name, str_of_c(name)))
            return row->cell[i].i;
    EXPECT_STR(str_of_c(name), S("a column"));
    return 0;
}

static int64_t total(
    struct test *t, const struct report_sheet *sheet, enum currency cur, const char *name)
{
    for (size_t i = 0; i < sheet->totals; i++)
        if (sheet->total[i].cur == cur)
            return cell(t, sheet->table, &sheet->total[i], name);
    return 0;
}

/* ---- what the tables say */

struct asked {
    const char *sql;
    struct db_ins in;
    int64_t n;
};

static enum err ask_tx(struct ctx *c, void *arg)
{
    struct asked *k = arg;
    return db_one(c, k->sql, k->in, DB_OUT(out_i64(&k->n)));
}

static int64_t ask(struct weeks *w, const char *sql, struct db_ins in)
{
    struct test *t = w->t;
    struct asked k = { sql, in, 0 };
    EXPECT_OK(db_read_long(w->s->shop->c, ask_tx, &k));
    return k.n;
}

#define ENTRIES                                                                                    \
    "SELECT CAST(COALESCE(SUM(-amount), 0) AS BIGINT) FROM ledger_entry WHERE account = $1"        \
    " AND unit = $2 AND at_ms >= $3 AND at_ms < $4"

static int64_t entries(
    struct weeks *w, int64_t account, enum currency cur, const struct report_row *row)
{
    return ask(w, ENTRIES,
        DB_IN(
            in_i64(account), in_str(currency_code(cur)), in_i64(row->from_ms), in_i64(row->to_ms)));
}

static int64_t of_order(struct weeks *w, int64_t account, struct str id)
{
    return ask(w,
        "SELECT CAST(COALESCE(SUM(-e.amount), 0) AS BIGINT) FROM ledger_entry e"
        " JOIN fact f ON f.n = e.n / 8 WHERE e.account = $1"
        " AND (f.subject = $2 OR f.data LIKE '%' || $2 || '%')",
        DB_IN(in_i64(account), in_str(id)));
}

static void check_revenue(struct weeks *w)
{
    struct test *t = w->t;
    struct report_answer k = report(w, "revenue");
    const struct report_sheet *days = &k.sheet[0], *products = &k.sheet[1];
    for (size_t i = 0; i < days->n; i++) {
        const struct report_row *row = &days->row[i];
        EXPECT_I64(cell(t, days->table, row, "net"), entries(w, LEDGER_SALES, row->cur, row));
        EXPECT_I64(cell(t, days->table, row, "tax"), entries(w, LEDGER_TAX, row->cur, row));
        EXPECT_I64(cell(t, days->table, row, "orders"),
            ask(w,
                "SELECT COUNT(*) FROM purchase WHERE completed_ms >= $1 AND completed_ms < $2"
                " AND currency = $3",
                DB_IN(in_i64(row->from_ms), in_i64(row->to_ms), in_str(currency_code(row->cur)))));
    }
    EXPECT(ask(w, "SELECT COUNT(*) FROM dispute WHERE lost_minor > 0", DB_NO_IN) > 2);
    EXPECT(days->n > 60 && days->totals == 2 && total(t, days, CUR_EUR, "refunded") > 0);
    for (size_t i = 0; i < products->totals; i++) {
        enum currency cur = products->total[i].cur;
        EXPECT_I64(total(t, products, cur, "net"), total(t, days, cur, "net"));
        EXPECT_I64(total(t, products, cur, "tax"), total(t, days, cur, "tax"));
        EXPECT_I64(total(t, products, cur, "refunded"), total(t, days, cur, "refunded"));
    }
    EXPECT_I64((int64_t)products->n, 4);
}

/* A basket in dollars is of one product: what the books have of its order is that product's. */
static void check_products(struct weeks *w)
{
    struct test *t = w->t;
    struct report_answer k = report(w, "revenue");
    const struct report_sheet *products = &k.sheet[1];
    for (size_t i = 0; i < products->n; i++) {
        const struct report_row *row = &products->row[i];
        int64_t net = 0, tax = 0;
        for (size_t j = 0; j < w->n && row->cur == CUR_USD; j++) {
            struct order o = shop_order(w->s->shop, w->order[j].id);
            if (o.currency != CUR_USD || !str_has(o.lines, row->cell[0].s))
                continue;
            net += of_order(w, LEDGER_SALES, w->order[j].id);
            tax += of_order(w, LEDGER_TAX, w->order[j].id);
        }
        if (row->cur == CUR_USD) {
            EXPECT(net > 0);
            EXPECT_I64(cell(t, products->table, row, "net"), net);
            EXPECT_I64(cell(t, products->table, row, "tax"), tax);
        }
    }
}

static void check_taxes(struct weeks *w)
{
    struct test *t = w->t;
    struct report_answer k = report(w, "taxes");
    const struct report_sheet *rates = &k.sheet[0];
    for (size_t i = 0; i < rates->n; i++) {
        const struct report_row *row = &rates->row[i];
        int64_t net = 0, tax = 0;
        for (size_t j = 0; j < w->n; j++)
            if (w->order[j].eur == (row->cur == CUR_EUR) &&
                w->order[j].german == str_eq(row->cell[0].s, S("DE"))) {
                net += of_order(w, LEDGER_SALES, w->order[j].id);
                tax += of_order(w, LEDGER_TAX, w->order[j].id);
            }
        EXPECT_I64(cell(t, rates->table, row, "net"), net);
        EXPECT_I64(cell(t, rates->table, row, "taxDue"), tax);
    }
    EXPECT_I64((int64_t)rates->n, 4);
    EXPECT(total(t, rates, CUR_USD, "taxRefunded") > 0);
}

static void check_lists(struct weeks *w)
{
    struct test *t = w->t;
    struct report_answer k = report(w, "completed");
    EXPECT_I64((int64_t)k.sheet->n,
        ask(w, "SELECT COUNT(*) FROM purchase WHERE completed_ms > 0", DB_NO_IN));
    EXPECT_I64(total(t, k.sheet, CUR_USD, "paid"),
        ask(w,
            "SELECT CAST(SUM(a.amount_minor) AS BIGINT) FROM attempt a JOIN purchase p ON p.n = a.order_n"
            " WHERE a.status = 3 AND a.extra = 0 AND p.currency = 'USD'",
            DB_NO_IN));
    k = report(w, "pending");
    EXPECT_I64((int64_t)k.sheet->n,
        ask(w, "SELECT COUNT(*) FROM purchase WHERE status IN (0, 1, 9)", DB_NO_IN));
    k = report(w, "unexplained");
    EXPECT(k.sheet->n > 2);
    for (size_t i = 0; i < k.sheet->totals; i++)
        EXPECT_I64(cell(t, k.sheet->table, &k.sheet->total[i], "held"),
            -shop_balance(w->s->shop, LEDGER_UNEXPLAINED, k.sheet->total[i].cur));
    k = report(w, "coupons");
    for (size_t i = 0; i < k.sheet->n; i++) {
        const struct report_row *row = &k.sheet->row[i];
        const struct db_ins in = DB_IN(in_str(row->cell[0].s), in_str(currency_code(row->cur)));
        EXPECT_I64(cell(t, k.sheet->table, row, "discount"),
            ask(w,
                "SELECT CAST(SUM(discount_minor) AS BIGINT) FROM purchase"
                " WHERE completed_ms > 0 AND coupon = $1 AND currency = $2",
                in));
    }
    EXPECT_I64((int64_t)k.sheet->n, 2);
}

static void check_reconciliation(struct weeks *w)
{
    struct test *t = w->t;
    struct report_answer k = report(w, "reconciliation");
    EXPECT_I64((int64_t)k.sheet[0].n,
        ask(w,
            "SELECT COUNT(*) FROM attempt a JOIN purchase p ON p.n = a.order_n"
            " WHERE p.status = 9 OR a.status = 6",
            DB_NO_IN));
    for (size_t i = 0; i < k.sheet[1].totals; i++)
        EXPECT_I64(cell(t, k.sheet[1].table, &k.sheet[1].total[i], "balance"),
            shop_balance(w->s->shop, LEDGER_GATEWAY, k.sheet[1].total[i].cur));
    EXPECT(k.sheet[1].n >= 3);
}

static void check_traffic(struct weeks *w)
{
    struct test *t = w->t;
    struct report_answer k = report(w, "conversion");
    int64_t begun = 0, paid = 0, gone = 0, stopped = 0;
    for (size_t i = 0; i < k.sheet[0].totals; i++) {
        const enum currency cur = k.sheet[0].total[i].cur;
        begun += total(t, &k.sheet[0], cur, "opened");
        paid += total(t, &k.sheet[0], cur, "paid");
        gone += total(t, &k.sheet[0], cur, "abandoned");
        stopped += total(t, &k.sheet[1], cur, "orders");
    }
    EXPECT_I64(begun, ORDERS);
    EXPECT_I64(paid, ask(w, "SELECT COUNT(*) FROM purchase WHERE completed_ms > 0", DB_NO_IN));
    EXPECT_I64(gone, ask(w, "SELECT COUNT(*) FROM purchase WHERE status IN (3, 4, 5)", DB_NO_IN));
    EXPECT(gone > 2);
    EXPECT_I64(stopped, gone);
    k = report(w, "gateways");
    EXPECT_I64(
        total(t, &k.sheet[0], CUR_NONE, "tries"), ask(w, "SELECT COUNT(*) FROM attempt", DB_NO_IN));
    EXPECT_I64(total(t, &k.sheet[0], CUR_NONE, "paid"),
        ask(w, "SELECT COUNT(*) FROM attempt WHERE status = 3", DB_NO_IN));
    EXPECT_I64(total(t, &k.sheet[0], CUR_NONE, "calls"),
        ask(w, "SELECT COUNT(*) FROM gateway_call", DB_NO_IN));
    k = report(w, "failures");
    EXPECT_I64(total(t, k.sheet, CUR_USD, "tries") + total(t, k.sheet, CUR_EUR, "tries"),
        ask(w, "SELECT COUNT(*) FROM attempt WHERE status IN (4, 5, 6, 8)", DB_NO_IN));
    k = report(w, "webhooks");
    EXPECT_I64(
        total(t, k.sheet, CUR_NONE, "received"), ask(w, "SELECT COUNT(*) FROM event", DB_NO_IN));
    EXPECT_I64(total(t, k.sheet, CUR_NONE, "applied"),
        ask(w, "SELECT COUNT(*) FROM event WHERE status = 1", DB_NO_IN));
}

static void check_overviews(struct weeks *w)
{
    struct test *t = w->t;
    static const char *const names[] = { "daily", "weekly", "monthly" };
    struct report_answer k = report(w, "revenue");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct report_answer same = report(w, names[i]);
        EXPECT_I64(total(t, same.sheet, CUR_USD, "net"), total(t, k.sheet, CUR_USD, "net"));
        EXPECT_I64(total(t, same.sheet, CUR_EUR, "gross"), total(t, k.sheet, CUR_EUR, "gross"));
    }
}

/* ---- its doors */

static void check_doors(struct weeks *w)
{
    struct test *t = w->t;
    struct shop *s = w->s->shop;
    int status = 0;
    struct person owner = console_sign_in(s, ROLE_OWNER);
    struct str list = shop_get(s, "/api/admin/reports", REFUND_KEY, NULL);
    for (size_t i = 0; i < reports_n; i++) {
        struct str name = reports[i]->name;
        struct arena *a = t->c->arena;
        EXPECT(str_has(list, name));
        shop_get(
            s, str_c(a, str_fmt(a, "/api/admin/reports/%.*s", SARG(name))), REFUND_KEY, &status);
        EXPECT_I64(status, 200);
        struct str page = shop_get(
            s, str_c(a, str_fmt(a, "/admin/reports/%.*s", SARG(name))), owner.cookie, &status);
        EXPECT_I64(status, 200);
        EXPECT(str_has(page, reports[i]->title));
        if (str_eq(name, S("revenue"))) /* a name to people, an id to programs */
            EXPECT(str_has(page, S(">Mug<")));
        if (str_eq(name, S("gateways")))
            EXPECT(str_has(page, S(">Stripe<")));
        if (str_eq(name, S("monthly"))) {
            struct report_answer k = report(w, "monthly");
            struct money net = { total(t, k.sheet, CUR_USD, "net"), CUR_USD };
            EXPECT(str_has(page, money_text(a, net)));
        }
        struct str file = shop_get(
            s, str_c(a, str_fmt(a, "/admin/csv/reports/%.*s", SARG(name))), owner.cookie, &status);
        EXPECT_I64(status, 200);
        EXPECT(str_has(file, reports[i]->table[0].column[0].name));
    }
    struct str csv = shop_get(s,
        str_c(t->c->arena,
            str_fmt(t->c->arena, "/api/admin/reports/coupons?from=%.*s&to=%.*s", SARG(w->from),
                SARG(w->to))),
        REFUND_KEY "Accept: text/csv\r\n", &status);
    EXPECT(str_starts(csv, S("currency,coupon,orders,discount,paid\r\nUSD,PENS,")));
    shop_get(s, "/api/admin/reports/nothing", REFUND_KEY, &status);
    EXPECT_I64(status, 404);
    shop_get(s, "/api/admin/reports/revenue?table=nothing", REFUND_KEY, &status);
    EXPECT_I64(status, 400);
    shop_get(s, "/api/admin/reports/revenue?from=2026-02-30", REFUND_KEY, &status);
    EXPECT_I64(status, 400);
    shop_get(s, "/api/admin/reports/revenue?from=2000-01-01", REFUND_KEY, &status);
    EXPECT_I64(status, 400);
    shop_get(s, "/api/admin/reports/revenue", "", &status);
    EXPECT_I64(status, 401);
}

TEST("every report says what the books and the tables behind it say, to the cent")
{
    struct weeks *w = live(t);
    check_revenue(w);
    check_products(w);
    check_taxes(w);
    check_lists(w);
    check_reconciliation(w);
    check_traffic(w);
    check_overviews(w);
    check_doors(w);
}
