#include "report/nights_fixture.h"

#include "db/db.h"

enum err nights_begin(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(c, DB_ANY_ROWS,
        "CREATE TABLE night (day BIGINT NOT NULL, n BIGINT NOT NULL, customer_n BIGINT NOT NULL,"
        " plan TEXT NOT NULL, cur TEXT NOT NULL, trial BIGINT NOT NULL, worth BIGINT NOT NULL,"
        " PRIMARY KEY (day, n))",
        DB_NO_IN);
}

/* Of each that was ever paid for. */
enum err nights_end(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec(c, DB_ANY_ROWS,
        "CREATE TABLE last_night AS SELECT n, customer_n, MAX(day) AS day FROM night"
        " WHERE worth > 0 GROUP BY n, customer_n",
        DB_NO_IN);
}

/* A trial is one until something but its beginning was paid. */
#define UNPAID                                                                                     \
    "trial_end_ms > 0 AND NOT EXISTS (SELECT 1 FROM purchase AS o WHERE o.subscription_n = s.n"    \
    " AND o.kind = 2 AND o.status IN (2, 6, 7, 8))"

enum err nights_add(struct ctx *c, int64_t day)
{
    return db_exec(c, DB_ANY_ROWS,
        "INSERT INTO night (day, n, customer_n, plan, cur, trial, worth)"
        " SELECT $1, n, customer_n, plan, amount_currency, CASE WHEN " UNPAID " THEN 1 ELSE 0 END,"
        " CASE WHEN " UNPAID " THEN 0 ELSE"
        " ((amount_minor - CASE WHEN off_months = 0 THEN 0 ELSE off_minor END) * 20000"
        "  + months * (10000 + CASE WHEN tax_inclusive = 1 THEN tax_bps ELSE 0 END))"
        " / (2 * months * (10000 + CASE WHEN tax_inclusive = 1 THEN tax_bps ELSE 0 END)) END"
        " FROM subscription AS s WHERE status IN (0, 1, 2)",
        DB_IN(in_i64(day)));
}

/* tonight against the night before */
#define NIGHTS                                                                                     \
    " FROM night b LEFT JOIN night a ON a.n = b.n AND a.day = b.day - 1"                           \
    " WHERE b.day BETWEEN $1 AND $2 AND b.cur = $3 AND ($4 = '' OR b.plan = $4)"
#define GONE                                                                                       \
    " FROM night a LEFT JOIN night b ON b.n = a.n AND b.day = a.day + 1"                           \
    " WHERE a.day BETWEEN $1 - 1 AND $2 - 1 AND a.cur = $3 AND ($4 = '' OR a.plan = $4)"           \
    " AND b.n IS NULL"
#define STAYED                                                                                     \
    NIGHTS " AND a.worth > 0 AND b.worth > 0 AND ($4 = '' OR a.plan = b.plan) AND b.worth "
#define CHANGED                                                                                    \
    " FROM night b JOIN night a ON a.n = b.n AND a.day = b.day - 1 AND a.plan <> b.plan"           \
    " WHERE b.day BETWEEN $1 AND $2 AND b.cur = $3 AND a.worth > 0 AND b.worth > 0 AND "
#define STANDING(day)                                                                              \
    " FROM night WHERE day = " day " AND cur = $3 AND ($4 = '' OR plan = $4) AND worth > 0"
#define BEGUN NIGHTS " AND b.worth > 0 AND COALESCE(a.worth, 0) = 0 AND"
#define BEFORE                                                                                     \
    " EXISTS (SELECT 1 FROM last_night x WHERE x.customer_n = b.customer_n AND x.day < b.day)"
#define SUM(what) "SELECT COUNT(*), CAST(COALESCE(SUM(" what "), 0) AS BIGINT)"
#define INTO(to) in, DB_OUT(out_i64(&(to).n), out_i64(&(to).minor))

static enum err ask_paid(struct ctx *c, struct nights_said *k)
{
    const struct db_ins in =
        DB_IN(in_i64(k->first), in_i64(k->last), in_str(k->cur), in_str(k->plan));
    TRY(db_one(c, SUM("worth") STANDING("$1 - 1 AND day < $2"), INTO(k->opening)));
    TRY(db_one(c, SUM("worth") STANDING("$2 AND day >= $1"), INTO(k->end)));
    TRY(db_one(c, SUM("b.worth") BEGUN " NOT" BEFORE, INTO(k->fresh)));
    TRY(db_one(c, SUM("b.worth") BEGUN BEFORE, INTO(k->returned)));
    TRY(db_one(c, SUM("b.worth - a.worth") STAYED "> a.worth", INTO(k->more)));
    TRY(db_one(c, SUM("a.worth - b.worth") STAYED "< a.worth", INTO(k->less)));
    TRY(db_one(c, SUM("b.worth") CHANGED "b.plan = $4", INTO(k->came)));
    TRY(db_one(c, SUM("a.worth") CHANGED "a.plan = $4", INTO(k->left)));
    return db_one(c, SUM("a.worth") GONE " AND a.worth > 0", INTO(k->churned));
}

enum err nights_say(struct ctx *c, void *arg)
{
    struct nights_said *k = arg;
    int64_t n = 0;
    const struct db_ins in =
        DB_IN(in_i64(k->first), in_i64(k->last), in_str(k->cur), in_str(k->plan));
    TRY(ask_paid(c, k));
    TRY(db_one(c, SUM("b.trial") NIGHTS " AND b.trial = 1 AND a.n IS NULL", in,
        DB_OUT(out_i64(&k->trials), out_i64(&n))));
    TRY(db_one(c, SUM("b.trial") NIGHTS " AND b.worth > 0 AND a.trial = 1", in,
        DB_OUT(out_i64(&k->paid), out_i64(&n))));
    return db_one(
        c, SUM("a.trial") GONE " AND a.trial = 1", in, DB_OUT(out_i64(&k->ended), out_i64(&n)));
}

enum err nights_say_pair(struct ctx *c, void *arg)
{
    struct nights_pair *k = arg;
    return db_one(c,
        "SELECT COUNT(*), CAST(COALESCE(SUM(a.worth), 0) AS BIGINT),"
        " CAST(COALESCE(SUM(b.worth), 0) AS BIGINT)" CHANGED "a.plan = $4 AND b.plan = $5",
        DB_IN(in_i64(k->first), in_i64(k->last), in_str(k->cur), in_str(k->from), in_str(k->to)),
        DB_OUT(out_i64(&k->n), out_i64(&k->was), out_i64(&k->is)));
}
