#include "console/console_db.h"

#include <string.h>

#include "db/db.h"

/* Ids begin with their time, so that the index on them finds what was begun since. */
static struct id first_id(int64_t ms)
{
    struct id id = { { 0 } };
    for (int i = 0; i < 6; i++)
        id.b[i] = (unsigned char)(ms >> (8 * (5 - i)));
    return id;
}

struct sums {
    struct console_today *today;
    struct money sum;
};

static enum err take_sum(struct ctx *c, void *arg)
{
    struct sums *s = arg;
    if (s->today->currencies < CONSOLE_CURRENCIES)
        s->today->came[s->today->currencies++] = s->sum;
    return c->dead ? E_DEAD : E_OK;
}

enum err console_db_today(struct ctx *c, int64_t since_ms, struct console_today *ret)
{
    struct console_today today = { .begun = 0 };
    struct sums sums = { .today = &today };
    TRY(db_one(c,
        "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN completed_ms > 0 THEN 1 ELSE 0 END), 0)"
        " AS BIGINT), CAST(COALESCE(SUM(CASE WHEN status = 3 THEN 1 ELSE 0 END), 0) AS BIGINT)"
        " FROM purchase WHERE id >= $1",
        DB_IN(in_id(first_id(since_ms))),
        DB_OUT(out_i64(&today.begun), out_i64(&today.paid), out_i64(&today.failed))));
    TRY(db_each(c,
        "SELECT currency, CAST(SUM(total_minor) AS BIGINT) FROM purchase"
        " WHERE id >= $1 AND completed_ms > 0 GROUP BY currency ORDER BY currency",
        DB_IN(in_id(first_id(since_ms))),
        DB_OUT(out_currency(&sums.sum.cur), out_i64(&sums.sum.minor)), take_sum, &sums));
    *ret = today;
    return E_OK;
}

enum err console_db_counts(struct ctx *c, struct console_counts *ret)
{
    struct console_counts n = { 0 };
    TRY(db_one(c, "SELECT COUNT(*) FROM purchase WHERE status = 9 AND status <> 2", DB_NO_IN,
        DB_OUT(out_i64(&n.reviews))));
    TRY(db_one(
        c, "SELECT COUNT(*) FROM job WHERE state = 1", DB_NO_IN, DB_OUT(out_i64(&n.stuck_jobs))));
    TRY(db_one(
        c, "SELECT COUNT(*) FROM alert WHERE state = 0", DB_NO_IN, DB_OUT(out_i64(&n.alerts))));
    TRY(db_one(c,
        "SELECT COUNT(*) FROM alert WHERE state = 0 AND kind IN ('mail_refused', 'mail_parked')",
        DB_NO_IN, DB_OUT(out_i64(&n.bad_mails))));
    TRY(db_one(c, "SELECT COUNT(*) FROM alert WHERE state = 0 AND kind = 'webhook_parked'",
        DB_NO_IN, DB_OUT(out_i64(&n.parked_events))));
    *ret = n;
    return E_OK;
}

/* How many, and the time of the first.  Each statement names the condition of an index that holds
 * only what waits, so that it costs as much as there is. */
enum err console_db_backlog(struct ctx *c, struct console_backlog *ret)
{
    struct console_backlog n = { 0 };
    TRY(db_one(c,
        "SELECT COUNT(*), COALESCE(MIN(received_ms), 0) FROM event WHERE status IN (0, 3)",
        DB_NO_IN, DB_OUT(out_i64(&n.events), out_i64(&n.oldest_event_ms))));
    TRY(db_one(c,
        "SELECT COUNT(*), COALESCE(MIN(created_ms), 0) FROM attempt"
        " WHERE status = 6 AND status IN (1, 2, 6, 7)",
        DB_NO_IN, DB_OUT(out_i64(&n.unknown), out_i64(&n.oldest_unknown_ms))));
    TRY(db_one(c, "SELECT COUNT(*), COALESCE(MIN(since_ms), 0) FROM mail WHERE state = 0", DB_NO_IN,
        DB_OUT(out_i64(&n.mails), out_i64(&n.oldest_mail_ms))));
    TRY(db_one(c,
        "SELECT COUNT(*), COALESCE(MIN(due_ms), 0) FROM job"
        " WHERE state = 0 AND standing = 0 AND due_ms <= $1",
        DB_IN(in_i64(c->now_ms)), DB_OUT(out_i64(&n.jobs), out_i64(&n.oldest_job_ms))));
    TRY(db_one(
        c, "SELECT COUNT(*) FROM fact WHERE seq IS NULL", DB_NO_IN, DB_OUT(out_i64(&n.unsealed))));
    *ret = n;
    return E_OK;
}
