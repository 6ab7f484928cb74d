#include "console/console_db.h"

#include "db/db.h"
#include "fact/fact.h"

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
    TRY(db_one(c,
        "SELECT COUNT(*) FROM refund WHERE status IN (0, 3) AND (approval = 1 OR status = 3)",
        DB_NO_IN, DB_OUT(out_i64(&n.refunds))));
    TRY(db_one(c, "SELECT COUNT(*) FROM alert WHERE state = 0 AND kind = 'dispute'", DB_NO_IN,
        DB_OUT(out_i64(&n.disputes))));
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
        " WHERE status = 6 AND (status = 1 OR status = 2 OR status = 6 OR status = 7)",
        DB_NO_IN, DB_OUT(out_i64(&n.unknown), out_i64(&n.oldest_unknown_ms))));
    TRY(db_one(c, "SELECT COUNT(*), COALESCE(MIN(since_ms), 0) FROM mail WHERE state = 0", DB_NO_IN,
        DB_OUT(out_i64(&n.mails), out_i64(&n.oldest_mail_ms))));
    TRY(db_one(c,
        "SELECT COUNT(*), COALESCE(MIN(due_ms), 0) FROM job"
        " WHERE state = 0 AND standing = 0 AND due_ms <= $1",
        DB_IN(in_i64(c->now_ms)), DB_OUT(out_i64(&n.jobs), out_i64(&n.oldest_job_ms))));
    int64_t oldest_unsealed_ms = 0; /* the page says how many only */
    TRY(fact_unsealed(c, &n.unsealed, &oldest_unsealed_ms));
    *ret = n;
    return E_OK;
}
