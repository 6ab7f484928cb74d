#include "alert/alert.h"

#include "alert/alert_db.h"
#include "base/json.h"
#include "base/metric.h"
#include "base/redact.h"
#include "db/db.h"
#include "fact/fact.h"
#include "job/job.h"

enum {
    TELL_EVERY_MS = 60 * 60 * 1000
};

static const struct alert_kind_info kinds[] = {
#define ALERT(name, kind, meaning, remedy) { S_INIT(kind), S_INIT(meaning), S_INIT(remedy) },
#include "alert/alert.def"
#undef ALERT
};
_Static_assert(ARRAY_LEN(kinds) == ALERT_KIND_COUNT, "every kind has a row");

const struct alert_kind_info *alert_kind_info(enum alert_kind kind)
{
    must(kind < ALERT_KIND_COUNT);
    return &kinds[kind];
}

struct str alert_id(struct arena *a, const struct alert *alert)
{
    return id_text(a, S("alr"), id_of_row(alert->first_ms, alert->n));
}

/* At once, or when the hour since the last time is over. */
static enum err tell(struct ctx *c, int64_t n, int64_t told_ms)
{
    int64_t due_ms = c->now_ms;
    if (told_ms > 0 && told_ms + TELL_EVERY_MS > due_ms)
        due_ms = told_ms + TELL_EVERY_MS;
    return job_add(c, S("alert_tell"), str_fmt(c->arena, "%lld", (long long)n), due_ms);
}

static enum err add_fact(
    struct ctx *c, struct str kind, struct str id, struct str about, struct str reason)
{
    struct buf data = BUF(c->arena);
    struct json j = JSON(&data);
    json_open(&j, NULL, '{');
    json_str(&j, "alert", about);
    if (reason.n > 0)
        json_str(&j, "reason", reason);
    json_close(&j, '}');
    return fact_add(
        c, &(struct fact) { .kind = kind, .subject = id, .data = buf_str(&data) }, NULL);
}

enum err alert_raise(struct ctx *c, enum alert_kind kind, struct str subject, struct str sentence)
{
    const struct alert_kind_info *info = alert_kind_info(kind);
    int64_t told_ms = 0;
    struct alert_counted counted;
    subject = str_clean(c->arena, subject, ALERT_SUBJECT_MAX);
    sentence = str_clean(c->arena, redact_mails(c->arena, sentence), ALERT_SENTENCE_MAX);
    TRY(alert_last_told(c, info->name, subject, &told_ms));
    TRY(alert_count(c, info->name, subject, sentence, told_ms, &counted));
    if (counted.raised == 1) {
        struct alert a = { .n = counted.n, .first_ms = c->now_ms };
        metric_add(c, METRIC_alerts_raised_total, 1);
        TRY(add_fact(c, S("ALERT_RAISED"), alert_id(c->arena, &a),
            str_fmt(c->arena, "%.*s:%.*s", SARG(info->name), SARG(subject)), S("")));
    }
    return tell(c, counted.n, counted.told_ms);
}

static enum err close_open(struct ctx *c, struct alert *a)
{
    a->closed_ms = c->now_ms;
    a->closed_by = c->actor;
    TRY(alert_set_closed(c, a));
    return tell(c, a->n, a->told_ms);
}

enum err alert_over(struct ctx *c, enum alert_kind kind, struct str subject)
{
    struct alert a;
    bool found = false;
    TRY(alert_find_open(c, alert_kind_info(kind)->name,
        str_clean(c->arena, subject, ALERT_SUBJECT_MAX), &found, &a));
    return found ? close_open(c, &a) : E_OK;
}

enum err alert_get(struct ctx *c, struct id id, struct alert *ret)
{
    int64_t at_ms = 0, n = 0;
    struct alert a = { 0 };
    if (!id_is_row(id, &at_ms, &n))
        return fail(c, NOT_FOUND, "there is no such alert");
    TRY(alert_find(c, n, &a));
    if (a.first_ms != at_ms)
        return fail(c, NOT_FOUND, "there is no such alert");
    *ret = a;
    return E_OK;
}

enum err alert_close(struct ctx *c, struct id id, struct str reason)
{
    struct alert a;
    TRY(alert_get(c, id, &a));
    if (a.state == ALERT_CLOSED)
        return fail(c, CONFLICT, "this alert is closed already");
    TRY(close_open(c, &a));
    return add_fact(c, S("ALERT_CLOSED"), alert_id(c->arena, &a),
        str_fmt(c->arena, "%.*s:%.*s", SARG(a.kind), SARG(a.subject)), reason);
}

/* ---- in transactions of their own */

struct now {
    enum alert_kind kind;
    struct str subject, sentence;
};

static enum err raise_tx(struct ctx *c, void *arg)
{
    const struct now *now = arg;
    return alert_raise(c, now->kind, now->subject, now->sentence);
}

static enum err goes_on_tx(struct ctx *c, void *arg)
{
    const struct now *now = arg;
    struct alert a;
    bool found = false;
    TRY(alert_find_open(c, alert_kind_info(now->kind)->name,
        str_clean(c->arena, now->subject, ALERT_SUBJECT_MAX), &found, &a));
    if (!found || !str_eq(a.sentence, str_clean(c->arena, now->sentence, ALERT_SENTENCE_MAX)))
        return raise_tx(c, arg);
    a.last_ms = c->now_ms;
    return alert_set_last(c, &a);
}

enum err alert_goes_on(struct ctx *c, enum alert_kind kind, struct str subject, struct str sentence)
{
    struct now now = { kind, subject, sentence };
    return db_tx_job(c, "alert.goes on", goes_on_tx, &now);
}

static enum err over_tx(struct ctx *c, void *arg)
{
    const struct now *now = arg;
    return alert_over(c, now->kind, now->subject);
}

enum err alert_raise_now(
    struct ctx *c, enum alert_kind kind, struct str subject, struct str sentence)
{
    struct now now = { kind, subject, sentence };
    return db_tx_job(c, "alert.raise", raise_tx, &now);
}

struct quiet {
    enum alert_kind kind;
    int64_t since_ms;
    bool more;
};

static enum err over_one_tx(struct ctx *c, void *arg)
{
    struct quiet *q = arg;
    struct alert a;
    bool found = false;
    TRY(alert_find_quiet(c, alert_kind_info(q->kind)->name, q->since_ms, &found, &a));
    if (found)
        TRY(close_open(c, &a));
    q->more = found;
    return E_OK;
}

enum err alert_over_since(struct ctx *c, enum alert_kind kind, int64_t since_ms)
{
    struct quiet q = { kind, since_ms, true };
    while (q.more)
        TRY(db_tx_job(c, "alert.over", over_one_tx, &q));
    return E_OK;
}

enum err alert_over_now(struct ctx *c, enum alert_kind kind, struct str subject)
{
    struct now now = { kind, subject, S("") };
    return db_tx_job(c, "alert.over", over_tx, &now);
}
