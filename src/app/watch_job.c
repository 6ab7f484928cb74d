#include "app/watch.h"

#include "alert/alert.h"
#include "app/app.h"
#include "base/log.h"
#include "base/metric.h"
#include "fact/fact.h"

#define BOOKS S("books")

/* On one line; an alert cuts what is too long, and the command says it all. */
static struct str findings(struct ctx *c, struct buf *said)
{
    struct str rest = buf_str(said), line;
    struct buf b = BUF(c->arena);
    while (rest.n > 0) {
        str_cut(rest, '\n', &line, &rest);
        buf_fmt(&b, "%s%.*s", b.n == 0 ? "" : "; ", SARG(line));
    }
    return buf_str(&b);
}

enum err books_job(struct ctx *c, struct str subject)
{
    struct buf said = BUF(c->arena);
    (void)subject;
    /* After a moved clock, or a halt, what waits for its seal is old; alert_facts looks at that. */
    TRY(fact_seal_all(c));
    enum err e = store_verify(c, &said);
    if (e != E_OK && e != E_CONFLICT)
        return e;
    metric_add(c, METRIC_books_checked_total, 1);
    metric_set(c, METRIC_books_wrong, e == E_CONFLICT);
    if (e == E_OK)
        return alert_over_now(c, ALERT_BOOKS, BOOKS);
    log_error(c, "books.wrong", L("said", buf_str(&said)));
    return alert_raise_now(c, ALERT_BOOKS, BOOKS,
        str_fmt(c->arena, "The books do not add up: %.*s", SARG(findings(c, &said))));
}

enum err clock_judge(struct ctx *c, int64_t ahead_ms)
{
    if (ahead_ms <= STORE_CLOCK_MAX_MS && ahead_ms >= -STORE_CLOCK_MAX_MS)
        return alert_over_now(c, ALERT_CLOCK, S("clock"));
    return alert_raise_now(c, ALERT_CLOCK, S("clock"),
        str_fmt(c->arena, "This server's clock is %lld ms %s the database's.",
            (long long)(ahead_ms < 0 ? -ahead_ms : ahead_ms),
            ahead_ms < 0 ? "behind" : "ahead of"));
}

static enum err read_offset(struct ctx *c, void *arg)
{
    return store_clock_offset(c, arg);
}

enum err clock_job(struct ctx *c, struct str subject)
{
    int64_t ahead_ms = 0;
    (void)subject;
    TRY(db_read(c, read_offset, &ahead_ms));
    return clock_judge(c, ahead_ms);
}
