#include "base/test.h"
#include "db/db.h"
#include "report/report.h"

/* Many orders and webhooks: what a report says of them, and that it does not keep them to say it.
 */

enum {
    MANY = 12000,
    DAYS = 10,
    STEP_MS = DAYS * 24 * 3600 * 1000 / MANY,
    KEPT = 192 * 1024 /* bytes */
};
#define BEGIN_MS INT64_C(1769904000000) /* 1 February 2026 */

/* Every second one in euros, every fourth paid; a server's clock may be a little late. */
static enum err begin_orders(struct ctx *c, void *arg)
{
    (void)arg;
    for (int64_t i = 0; i < MANY; i++) {
        const int64_t at_ms = BEGIN_MS + i * STEP_MS;
        c->now_ms = at_ms + (i % 3) * 60 * 1000;
        TRY(db_exec(c, 1,
            "INSERT INTO purchase (id, status, customer_n, email, name, country, currency,"
            " subtotal_minor, discount_minor, tax_minor, total_minor, refunded_minor,"
            " tax_inclusive, tax_bps, coupon, lines, metadata, success_url, cancel_url, basket,"
            " created_ms, expires_ms, completed_ms, reason, version)"
            " VALUES ($1, $2, 0, '', '', '', $3, 100, 0, 0, 100, 0, 0, 0, '', '[]', '{}', '', '',"
            " $4, $5, $5, $6, '', 1)",
            DB_IN(in_id(id_new(c)), in_i64(i % 4 == 0 ? 2 : 5),
                in_str(i % 2 == 0 ? S("USD") : S("EUR")), in_bytes(S("b")), in_i64(at_ms),
                in_i64(i % 4 == 0 ? at_ms + 1 : 0))));
    }
    return E_OK;
}

enum {
    SLOW_MS = 10 * 1000 + 7
};
/* Half of them took up to two seconds, half up to a day. */
static enum err receive_webhooks(struct ctx *c, void *arg)
{
    (void)arg;
    for (int64_t i = 0; i < MANY; i++) {
        const int64_t at_ms = BEGIN_MS + i * STEP_MS, took_ms = i / 2 + 1;
        TRY(db_exec(c, 1,
            "INSERT INTO event (id, gateway, event_key, name, reference, status, headers, body,"
            " body_hash, order_n, deliveries, tries, outcome, received_ms, applied_ms, version)"
            " VALUES ($1, 1, $2, $3, '', 1, '', $2, $2, 0, 1, 0, '', $4, $5, 1)",
            DB_IN(in_id(id_new(c)), in_bytes(str_fmt(c->arena, "event %lld", (long long)i)),
                in_str(i % 2 == 0 ? S("fast") : S("slow")), in_i64(at_ms),
                in_i64(at_ms + took_ms * (i % 2 == 0 ? 1 : SLOW_MS)))));
    }
    return E_OK;
}

struct made {
    struct str name, by;
    struct report_answer answer;
    size_t kept;
};

static enum err make(struct ctx *c, void *arg)
{
    struct made *k = arg;
    const struct report *report = NULL;
    const struct report_words words = { S("2026-02-01"), S("2026-02-10"), k->by };
    const size_t before = c->arena->used;
    TRY(report_named(c, k->name, &report));
    TRY(report_make(c, report, &words, &k->answer));
    k->kept = c->arena->used - before;
    return E_OK;
}

static struct made made(struct test *t, const char *name, const char *by)
{
    struct made k = { .name = str_of_c(name), .by = str_of_c(by) };
    t->c->now_ms = BEGIN_MS + INT64_C(30) * REPORT_DAY_MS;
    EXPECT_OK(db_read_long(t->c, make, &k));
    return k;
}

TEST("a report of checkouts keeps none of them, and puts each into the day in which it was begun")
{
    EXPECT_OK(db_tx(t->c, "orders", begin_orders, NULL));
    struct made k = made(t, "conversion", "day");
    const struct report_sheet *days = &k.answer.sheet[0];
    EXPECT_I64((int64_t)days->n, 2 * DAYS);
    for (size_t i = 0; i < days->n; i++) {
        const struct report_row *row = &days->row[i];
        EXPECT_I64(row->cell[0].i, BEGIN_MS / REPORT_DAY_MS + (int64_t)i / 2);
        EXPECT_I64(row->cell[1].i, MANY / DAYS / 2);
        EXPECT_I64(row->cell[2].i, row->cur == CUR_USD ? MANY / DAYS / 4 : 0);
    }
    EXPECT(k.kept < KEPT);
    k = made(t, "conversion", "month");
    EXPECT_I64((int64_t)k.answer.sheet[0].n, 2);
    for (size_t i = 0; i < 2; i++)
        EXPECT_I64(k.answer.sheet[0].row[i].cell[1].i, MANY / 2);
    for (size_t i = 0; i < 2; i++)
        EXPECT_I64(k.answer.sheet[1].row[i].cell[1].i,
            k.answer.sheet[1].row[i].cur == CUR_USD ? MANY / 4 : MANY / 2);
}

TEST("a report of webhooks keeps none of their times, and says them to one percent")
{
    EXPECT_OK(db_tx(t->c, "webhooks", receive_webhooks, NULL));
    struct made k = made(t, "webhooks", "day");
    const struct report_sheet *types = k.answer.sheet;
    EXPECT_I64((int64_t)types->n, 2);
    const int64_t median = MANY / 4, p99 = (MANY / 2 - 1) * 99 / 100 + 1;
    const struct report_cell *fast = &types->row[0].cell[9], *late = &types->row[1].cell[9];
    EXPECT_STR(types->row[0].cell[1].s, S("fast"));
    EXPECT_I64(fast[0].i, median);
    EXPECT(fast[1].i <= p99 && fast[1].i > p99 - p99 / 100);
    EXPECT(late[0].i <= median * SLOW_MS && late[0].i > median * SLOW_MS * 99 / 100);
    EXPECT(late[1].i <= p99 * SLOW_MS && late[1].i > p99 * SLOW_MS * 99 / 100);
    EXPECT(k.kept < KEPT);
}
