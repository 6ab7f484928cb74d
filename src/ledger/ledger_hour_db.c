#include "ledger/ledger_hour_db.h"

#include "db/db.h"

enum err ledger_closed(struct ctx *c, int64_t *ret_seq)
{
    struct str value;
    int64_t seq = 0;
    TRY(db_one(c, "SELECT value FROM setting WHERE name = 'ledger.closed'", DB_NO_IN,
        DB_OUT(out_str(&value))));
    if (!str_to_i64(value, &seq))
        return fail(c, STORE_CORRUPT, "the setting ledger.closed is no number");
    *ret_seq = seq;
    return E_OK;
}

enum err ledger_set_closed(struct ctx *c, int64_t from, int64_t to)
{
    return db_exec(c, 1,
        "UPDATE setting SET value = $1 WHERE name = 'ledger.closed' AND value = $2",
        DB_IN(in_str(str_fmt(c->arena, "%lld", (long long)to)),
            in_str(str_fmt(c->arena, "%lld", (long long)from))));
}

enum err ledger_stretch(struct ctx *c, int64_t after_seq, int64_t limit, struct ledger_stretch *ret)
{
    struct ledger_stretch k = { after_seq, after_seq, INT64_MAX, 0 };
    TRY(db_one(c,
        "SELECT MAX(seq), MIN(n), MAX(n) FROM"
        " (SELECT seq, n FROM fact WHERE seq > $1 ORDER BY seq LIMIT $2) AS next",
        DB_IN(in_i64(after_seq), in_i64(limit)),
        DB_OUT(out_i64_null(&k.to_seq), out_i64_null(&k.from_n), out_i64_null(&k.to_n))));
    *ret = k;
    return E_OK;
}

struct sums {
    struct ledger_sum sum;
    ledger_sum_each *each;
    void *arg;
};
#define OUT(k)                                                                                     \
    DB_OUT(out_i64(&(k)->account), out_i64(&(k)->owner), out_str(&(k)->unit), out_i64(&(k)->hour), \
        out_i64(&(k)->came), out_i64(&(k)->went), out_i64(&(k)->entries))

static enum err hand_over(struct ctx *c, void *arg)
{
    struct sums *k = arg;
    return k->each(c, &k->sum, k->arg);
}

/* The entries of a fact stand together, at eight times its own number.  Each finds its fact, never
 * a fact its entries: that would be a range inside a range, and SQLite walks the outer one for each
 * fact.  It also walks an index over all entries rather than sort some, unless the range of those
 * has two ends. */
#define ENTRIES " FROM ledger_entry AS e JOIN fact ON fact.n = e.n / 8"
#define ADDED                                                                                      \
    " CAST(SUM(CASE WHEN e.amount > 0 THEN e.amount ELSE 0 END) AS BIGINT),"                       \
    " CAST(SUM(CASE WHEN e.amount < 0 THEN e.amount ELSE 0 END) AS BIGINT), COUNT(*)"
#define SUMMED "SELECT e.account, e.owner, e.unit, e.at_ms / 3600000," ADDED ENTRIES " WHERE"
#define IN_ORDER                                                                                   \
    " GROUP BY e.account, e.owner, e.unit, e.at_ms / 3600000"                                      \
    " ORDER BY e.account, e.owner, e.unit, e.at_ms / 3600000"

enum err ledger_sum_facts(
    struct ctx *c, const struct ledger_stretch *at, ledger_sum_each *each, void *arg)
{
    struct sums k = { .each = each, .arg = arg };
    if (at->to_seq == at->after_seq)
        return E_OK;
    return db_each(c,
        SUMMED " e.n >= $1 AND e.n < $2 AND fact.seq > $3 AND fact.seq <= $4" IN_ORDER,
        DB_IN(in_i64(at->from_n * LEDGER_LEGS), in_i64((at->to_n + 1) * LEDGER_LEGS),
            in_i64(at->after_seq), in_i64(at->to_seq)),
        OUT(&k.sum), hand_over, &k);
}

enum err ledger_add_hour(struct ctx *c, const struct ledger_sum *s)
{
    return db_exec(c, 1,
        "INSERT INTO ledger_hour (account, owner, unit, hour, came, went, entries)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (account, owner, unit, hour) DO UPDATE SET"
        " came = ledger_hour.came + excluded.came, went = ledger_hour.went + excluded.went,"
        " entries = ledger_hour.entries + excluded.entries",
        DB_IN(in_i64(s->account), in_i64(s->owner), in_str(s->unit), in_i64(s->hour),
            in_i64(s->came), in_i64(s->went), in_i64(s->entries)));
}

enum err ledger_closed_hours(
    struct ctx *c, int64_t from, int64_t to, ledger_sum_each *each, void *arg)
{
    struct sums k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT account, owner, unit, hour, came, went, entries FROM ledger_hour"
        " WHERE hour >= $1 AND hour < $2 ORDER BY account, owner, unit, hour",
        DB_IN(in_i64(from), in_i64(to)), OUT(&k.sum), hand_over, &k);
}

enum err ledger_closed_totals(struct ctx *c, ledger_sum_each *each, void *arg)
{
    struct sums k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT account, owner, unit, 0, CAST(SUM(came) AS BIGINT), CAST(SUM(went) AS BIGINT),"
        " CAST(SUM(entries) AS BIGINT) FROM ledger_hour GROUP BY account, owner, unit"
        " ORDER BY account, owner, unit",
        DB_NO_IN, OUT(&k.sum), hand_over, &k);
}

enum err ledger_unsealed(struct ctx *c, int64_t *ret_n)
{
    int64_t n = INT64_MAX;
    TRY(db_one(c, "SELECT MIN(n) FROM fact WHERE seq IS NULL", DB_NO_IN, DB_OUT(out_i64_null(&n))));
    *ret_n = n;
    return E_OK;
}

enum err ledger_open_hours(
    struct ctx *c, const struct ledger_open *o, ledger_sum_each *each, void *arg)
{
    struct sums k = { .each = each, .arg = arg };
    if (o->from_n == INT64_MAX)
        return E_OK;
    return db_each(c,
        SUMMED
        " e.n >= $1 AND e.n < 9223372036854775807 AND (fact.seq > $2 AND fact.seq <= $3 OR fact.seq IS NULL)"
        " AND e.at_ms >= $4 AND e.at_ms < $5" IN_ORDER,
        DB_IN(in_i64(o->from_n * LEDGER_LEGS), in_i64(o->after_seq), in_i64(o->to_seq),
            in_i64(o->from * LEDGER_HOUR_MS), in_i64(o->to * LEDGER_HOUR_MS)),
        OUT(&k.sum), hand_over, &k);
}

enum err ledger_closed_sum(
    struct ctx *c, enum ledger_account account, int64_t owner, struct str unit, int64_t *ret)
{
    return db_one(c,
        "SELECT CAST(COALESCE(SUM(came + went), 0) AS BIGINT) FROM ledger_hour"
        " WHERE account = $1 AND owner = $2 AND unit = $3",
        DB_IN(in_i64((int64_t)account), in_i64(owner), in_str(unit)), DB_OUT(out_i64(ret)));
}

enum err ledger_open_sum(struct ctx *c, const struct ledger_open *o, enum ledger_account account,
    int64_t owner, struct str unit, int64_t *ret)
{
    *ret = 0;
    if (o->from_n == INT64_MAX)
        return E_OK;
    return db_one(c,
        "SELECT CAST(COALESCE(SUM(e.amount), 0) AS BIGINT)" ENTRIES
        " WHERE e.n >= $1 AND (fact.seq > $2 OR fact.seq IS NULL)"
        " AND e.account = $3 AND e.owner = $4 AND e.unit = $5",
        DB_IN(in_i64(o->from_n * LEDGER_LEGS), in_i64(o->after_seq), in_i64((int64_t)account),
            in_i64(owner), in_str(unit)),
        DB_OUT(out_i64(ret)));
}

struct lines {
    struct ledger_line line;
    enum err (*each)(struct ctx *c, const struct ledger_line *line, void *arg);
    void *arg;
};

static enum err hand_line(struct ctx *c, void *arg)
{
    struct lines *k = arg;
    return k->each(c, &k->line, k->arg);
}

enum err ledger_db_lines(struct ctx *c, const struct ledger_span *s, int64_t to_n,
    enum err (*each)(struct ctx *c, const struct ledger_line *line, void *arg), void *arg)
{
    struct lines k = { .each = each, .arg = arg };
    struct ledger_line *l = &k.line;
    return db_each(c,
        "SELECT e.n, e.account, e.owner, e.unit, e.amount, e.at_ms, fact.kind, fact.subject"
        " FROM ledger_entry AS e JOIN fact ON fact.n = e.n / 8"
        " WHERE e.n > $1 AND e.n < $2 AND e.at_ms >= $3 AND e.at_ms < $4 ORDER BY e.n LIMIT $5",
        DB_IN(in_i64(s->after_n), in_i64(to_n), in_i64(s->from_ms),
            in_i64(s->to_ms > 0 ? s->to_ms : INT64_MAX), in_i64(s->limit)),
        DB_OUT(out_i64(&l->n), out_i64(&l->account), out_i64(&l->owner), out_str(&l->unit),
            out_i64(&l->amount), out_i64(&l->at_ms), out_str(&l->kind), out_str(&l->subject)),
        hand_line, &k);
}

enum err ledger_not_in_hours(
    struct ctx *c, const struct ledger_open *o, ledger_sum_each *each, void *arg)
{
    struct sums k = { .each = each, .arg = arg };
    int64_t from_n = o->from_n == INT64_MAX ? INT64_MAX : o->from_n * LEDGER_LEGS;
    return db_each(c,
        "SELECT account, owner, unit, 0, CAST(SUM(came) AS BIGINT), CAST(SUM(went) AS BIGINT),"
        " CAST(SUM(entries) AS BIGINT) FROM ("
        "SELECT account, owner, unit, CASE WHEN amount > 0 THEN amount ELSE 0 END AS came,"
        " CASE WHEN amount < 0 THEN amount ELSE 0 END AS went, 1 AS entries FROM ledger_entry"
        " UNION ALL SELECT account, owner, unit, -came, -went, -entries FROM ledger_hour"
        " UNION ALL SELECT e.account, e.owner, e.unit,"
        " CASE WHEN e.amount > 0 THEN -e.amount ELSE 0 END,"
        " CASE WHEN e.amount < 0 THEN -e.amount ELSE 0 END, -1" ENTRIES
        " WHERE e.n >= $1 AND (fact.seq > $2 OR fact.seq IS NULL)"
        ") AS parts GROUP BY account, owner, unit"
        " HAVING SUM(came) <> 0 OR SUM(went) <> 0 OR SUM(entries) <> 0"
        " ORDER BY account, owner, unit LIMIT 100",
        DB_IN(in_i64(from_n), in_i64(o->after_seq)), OUT(&k.sum), hand_over, &k);
}
