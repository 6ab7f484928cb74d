#include "ledger/ledger_hour.h"

#include "db/db.h"
#include "ledger/ledger_db.h"
#include "ledger/ledger_hour_db.h"

enum {
    PIECE = 2000, /* facts looked at in one step … */
    ROWS = 90,    /* … fewer where they would change more rows than this */
    STEPS = 500   /* of one run: the next one goes on */
};
#define EVER (INT64_C(1) << 40) /* an hour that never comes */

struct step {
    struct ledger_stretch at;
    struct ledger_sum sum[ROWS];
    size_t n;
    bool full;
};

static enum err take(struct ctx *c, const struct ledger_sum *sum, void *arg)
{
    struct step *s = arg;
    s->full = s->n == ROWS;
    if (!s->full)
        s->sum[s->n++] = *sum;
    return c->dead ? E_DEAD : E_OK;
}

/* Eleven facts have at most 88 entries: it ends. */
static enum err read_step(struct ctx *c, void *arg)
{
    struct step *s = arg;
    int64_t closed = 0;
    TRY(ledger_closed(c, &closed));
    s->full = true;
    for (int64_t facts = PIECE; s->full;
         facts = facts / 4 < ROWS / LEDGER_LEGS ? ROWS / LEDGER_LEGS : facts / 4) {
        s->n = 0;
        s->full = false;
        TRY(ledger_stretch(c, closed, facts, &s->at));
        TRY(ledger_sum_facts(c, &s->at, take, s));
    }
    return E_OK;
}

/* Another server that was faster has moved the mark: then nothing of this happens. */
static enum err write_step(struct ctx *c, void *arg)
{
    const struct step *s = arg;
    TRY(ledger_set_closed(c, s->at.after_seq, s->at.to_seq));
    for (size_t i = 0; i < s->n; i++)
        TRY(ledger_add_hour(c, &s->sum[i]));
    return E_OK;
}

static enum err close_step(struct ctx *c, void *arg, bool *ret_more)
{
    struct step *s = arena_new(c->arena, struct step);
    (void)arg;
    TRY(db_read(c, read_step, s));
    *ret_more = s->at.to_seq > s->at.after_seq;
    return *ret_more ? db_tx_job(c, "ledger.close", write_step, s) : E_OK;
}

enum err ledger_close_job(struct ctx *c, struct str subject)
{
    (void)subject;
    return ctx_pieces(c, STEPS, close_step, NULL);
}

/* ---- reading */

enum err ledger_open_now(struct ctx *c, bool all, struct ledger_open *ret, bool *ret_behind)
{
    struct ledger_stretch at;
    struct ledger_open open = { .to = EVER };
    int64_t unsealed = 0;
    TRY(ledger_closed(c, &open.after_seq));
    TRY(ledger_stretch(c, open.after_seq, all ? INT64_MAX : LEDGER_OPEN_MAX + 1, &at));
    TRY(ledger_unsealed(c, &unsealed));
    *ret_behind = !all && at.to_seq - open.after_seq > LEDGER_OPEN_MAX;
    open.to_seq = *ret_behind ? open.after_seq + LEDGER_OPEN_MAX : INT64_MAX;
    open.from_n = at.from_n < unsealed ? at.from_n : unsealed;
    *ret = open;
    return E_OK;
}

enum err ledger_hours(struct ctx *c, int64_t from, int64_t to,
    enum err (*each)(struct ctx *c, const struct ledger_sum *sum, void *arg), void *arg,
    bool *ret_behind)
{
    struct ledger_open open;
    TRY(ledger_open_now(c, false, &open, ret_behind));
    open.from = from;
    open.to = to;
    TRY(ledger_closed_hours(c, from, to, each, arg));
    return ledger_open_hours(c, &open, each, arg);
}

struct hourless {
    ledger_sum_each *each;
    void *arg;
};

static enum err forget_hour(struct ctx *c, const struct ledger_sum *sum, void *arg)
{
    const struct hourless *k = arg;
    struct ledger_sum s = *sum;
    s.hour = 0;
    return k->each(c, &s, k->arg);
}

static enum err totals(struct ctx *c, bool all, struct hourless *k, bool *ret_behind)
{
    struct ledger_open open;
    TRY(ledger_open_now(c, all, &open, ret_behind));
    TRY(ledger_closed_totals(c, k->each, k->arg));
    return ledger_open_hours(c, &open, forget_hour, k);
}

enum err ledger_totals(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct ledger_sum *sum, void *arg), void *arg,
    bool *ret_behind)
{
    return totals(c, false, &(struct hourless) { each, arg }, ret_behind);
}

enum err ledger_balances(struct ctx *c,
    enum err (*each)(struct ctx *c, const struct ledger_sum *sum, void *arg), void *arg)
{
    bool behind = false;
    return totals(c, true, &(struct hourless) { each, arg }, &behind);
}

/* Numbers of facts rise with time, but for what several servers do at once: an hour more. */
enum err ledger_lines(struct ctx *c, const struct ledger_span *span,
    enum err (*each)(struct ctx *c, const struct ledger_line *line, void *arg), void *arg)
{
    struct ledger_span s = *span;
    struct fact_place first, end;
    int64_t to_n = INT64_MAX;
    if (s.from_ms > 0) {
        TRY(fact_place_of(c, s.from_ms, &first));
        if (s.after_n < first.n * LEDGER_LEGS - 1)
            s.after_n = first.n * LEDGER_LEGS - 1;
    }
    if (s.to_ms > 0) {
        TRY(fact_place_of(c, s.to_ms + 2 * LEDGER_HOUR_MS, &end));
        to_n = end.n * LEDGER_LEGS;
    }
    return ledger_db_lines(c, &s, to_n, each, arg);
}

/* ---- verifying: entries, less what is closed and what is open, leave nothing */

struct findings {
    struct buf *out;
    int64_t n;
};

static enum err take_finding(struct ctx *c, const struct ledger_sum *s, void *arg)
{
    struct findings *k = arg;
    k->n++;
    buf_fmt(k->out, "closed hours of %.*s %lld in %.*s: %lld in, %lld out, %lld entries off\n",
        SARG(ledger_account_name((enum ledger_account)s->account)), (long long)s->owner,
        SARG(s->unit), (long long)-s->came, (long long)-s->went, (long long)-s->entries);
    return c->dead ? E_DEAD : E_OK;
}

enum err ledger_verify_hours(struct ctx *c, struct buf *out, int64_t *ret_findings)
{
    struct findings k = { .out = out };
    struct ledger_open open;
    bool behind = false;
    TRY(ledger_open_now(c, true, &open, &behind));
    TRY(ledger_not_in_hours(c, &open, take_finding, &k));
    *ret_findings = k.n;
    return E_OK;
}
