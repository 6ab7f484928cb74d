#include "alert/alert_db.h"

#include "db/db.h"

enum err alert_count(struct ctx *c, struct str kind, struct str subject, struct str sentence,
    int64_t told_ms, struct alert_counted *ret)
{
    struct alert_counted counted = { 0 };
    TRY(db_one(c,
        "INSERT INTO alert (kind, subject, sentence, state, version, raised, first_ms, last_ms,"
        "   closed_ms, closed_by, told_ms, told_raised, told_closed)"
        " VALUES ($1, $2, $3, 0, 1, 1, $4, $4, 0, '', $5, 0, 0)"
        " ON CONFLICT (kind, subject) WHERE state = 0 DO UPDATE SET"
        "   raised = alert.raised + 1, last_ms = excluded.last_ms,"
        "   sentence = excluded.sentence, version = alert.version + 1"
        " RETURNING n, raised, told_ms",
        DB_IN(in_str(kind), in_str(subject), in_str(sentence), in_i64(c->now_ms), in_i64(told_ms)),
        DB_OUT(out_i64(&counted.n), out_i64(&counted.raised), out_i64(&counted.told_ms))));
    *ret = counted;
    return E_OK;
}

enum err alert_last_told(struct ctx *c, struct str kind, struct str subject, int64_t *ret_ms)
{
    int64_t ms = 0;
    bool found = false;
    TRY(db_find(c, &found,
        "SELECT told_ms FROM alert WHERE kind = $1 AND subject = $2 ORDER BY n DESC LIMIT 1",
        DB_IN(in_str(kind), in_str(subject)), DB_OUT(out_i64(&ms))));
    *ret_ms = found ? ms : 0;
    return E_OK;
}

#define COLUMNS                                                                                    \
    "n, kind, subject, sentence, state, version, raised, first_ms, last_ms, closed_ms, closed_by," \
    " told_ms, told_raised, told_closed"
#define OUT_ALERT(a)                                                                               \
    DB_OUT(out_i64(&(a)->n), out_str(&(a)->kind), out_str(&(a)->subject), out_str(&(a)->sentence), \
        out_enum(&(a)->state), out_i64(&(a)->version), out_i64(&(a)->raised),                      \
        out_i64(&(a)->first_ms), out_i64(&(a)->last_ms), out_i64(&(a)->closed_ms),                 \
        out_str(&(a)->closed_by), out_i64(&(a)->told_ms), out_i64(&(a)->told_raised),              \
        out_bool(&(a)->told_closed))

static const struct alert_kind_info *info_of(struct str kind)
{
    for (int i = 0; i < ALERT_KIND_COUNT; i++)
        if (str_eq(alert_kind_info((enum alert_kind)i)->name, kind))
            return alert_kind_info((enum alert_kind)i);
    return NULL;
}

enum err alert_find_open(
    struct ctx *c, struct str kind, struct str subject, bool *ret_found, struct alert *ret)
{
    struct alert a = { 0 };
    bool found = false;
    TRY(db_find(c, &found,
        "SELECT " COLUMNS " FROM alert WHERE kind = $1 AND subject = $2 AND state = 0 FOR UPDATE",
        DB_IN(in_str(kind), in_str(subject)), OUT_ALERT(&a)));
    a.info = info_of(a.kind);
    *ret = a;
    *ret_found = found;
    return E_OK;
}

enum err alert_find_quiet(
    struct ctx *c, struct str kind, int64_t before_ms, bool *ret_found, struct alert *ret)
{
    struct alert a = { 0 };
    TRY(db_find(c, ret_found,
        "SELECT " COLUMNS " FROM alert WHERE kind = $1 AND state = 0 AND last_ms < $2"
        " ORDER BY subject LIMIT 1 FOR UPDATE",
        DB_IN(in_str(kind), in_i64(before_ms)), OUT_ALERT(&a)));
    a.info = info_of(a.kind);
    *ret = a;
    return E_OK;
}

struct open_kind {
    struct str kind;
    int64_t count, *counts;
};

static enum err take_open(struct ctx *c, void *arg)
{
    const struct open_kind *k = arg;
    const struct alert_kind_info *info = info_of(k->kind);
    if (info != NULL)
        k->counts[info - alert_kind_info((enum alert_kind)0)] = k->count;
    return c->dead ? E_DEAD : E_OK;
}

enum err alert_open_counts(struct ctx *c, int64_t ret[ALERT_KIND_COUNT])
{
    struct open_kind k = { .counts = ret };
    for (size_t i = 0; i < ALERT_KIND_COUNT; i++)
        ret[i] = 0;
    return db_each(c,
        "SELECT kind, COUNT(*) FROM alert WHERE state = 0 GROUP BY kind ORDER BY kind", DB_NO_IN,
        DB_OUT(out_str(&k.kind), out_i64(&k.count)), take_open, &k);
}

enum err alert_find(struct ctx *c, int64_t n, struct alert *ret)
{
    struct alert a = { 0 };
    bool found = false;
    TRY(db_find(
        c, &found, "SELECT " COLUMNS " FROM alert WHERE n = $1", DB_IN(in_i64(n)), OUT_ALERT(&a)));
    if (!found)
        return fail(c, NOT_FOUND, "there is no such alert");
    a.info = info_of(a.kind);
    *ret = a;
    return E_OK;
}

struct alerts {
    struct alert alert;
    enum err (*each)(struct ctx *c, const struct alert *alert, void *arg);
    void *arg;
};

static enum err hand_alert(struct ctx *c, void *arg)
{
    struct alerts *alerts = arg;
    alerts->alert.info = info_of(alerts->alert.kind);
    return alerts->each(c, &alerts->alert, alerts->arg);
}

enum err alert_list(struct ctx *c, int64_t state, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct alert *alert, void *arg), void *arg)
{
    struct alerts alerts = { .each = each, .arg = arg };
    int64_t below = after_n > 0 ? after_n : INT64_MAX;
    if (state >= 0)
        return db_each(c,
            "SELECT " COLUMNS " FROM alert WHERE state = $1 AND n < $2 ORDER BY n DESC LIMIT $3",
            DB_IN(in_i64(state), in_i64(below), in_i64(limit)), OUT_ALERT(&alerts.alert),
            hand_alert, &alerts);
    return db_each(c, "SELECT " COLUMNS " FROM alert WHERE n < $1 ORDER BY n DESC LIMIT $2",
        DB_IN(in_i64(below), in_i64(limit)), OUT_ALERT(&alerts.alert), hand_alert, &alerts);
}

enum err alert_set_last(struct ctx *c, const struct alert *a)
{
    return db_exec(c, 1, "UPDATE alert SET last_ms = $1 WHERE n = $2",
        DB_IN(in_i64(a->last_ms), in_i64(a->n)));
}

enum err alert_set_closed(struct ctx *c, const struct alert *a)
{
    return db_exec(c, 1,
        "UPDATE alert SET state = 1, closed_ms = $1, closed_by = $2, version = version + 1"
        " WHERE n = $3 AND version = $4",
        DB_IN(in_i64(a->closed_ms), in_str(a->closed_by), in_i64(a->n), in_i64(a->version)));
}

enum err alert_set_told(struct ctx *c, const struct alert *a)
{
    return db_exec(c, 1,
        "UPDATE alert SET told_ms = $1, told_raised = $2, told_closed = $3, version = version + 1"
        " WHERE n = $4 AND version = $5",
        DB_IN(in_i64(a->told_ms), in_i64(a->told_raised), in_bool(a->told_closed), in_i64(a->n),
            in_i64(a->version)));
}
