#include "ledger/ledger_hash.h"
#include "ledger/ledger_hour.h"

/* Facts that posted and the entries that there are, side by side in the order of n. */

enum {
    CHUNK = 500,
    FINDINGS_MAX = 100
};

struct ledger_hash ledger_hash_begin(struct arena *a)
{
    return (struct ledger_hash) { BUF(a) };
}

void ledger_hash_add(struct ledger_hash *h, const struct ledger_entry *e)
{
    buf_fmt(&h->text, "%lld %lld %.*s %lld %lld\n", (long long)e->account, (long long)e->owner,
        SARG(e->unit), (long long)e->amount, (long long)e->at_ms);
}

struct sha256 ledger_hash_end(const struct ledger_hash *h)
{
    return sha256(buf_str(&h->text));
}

/* ---- sums */

struct sums {
    int64_t of[CUR_COUNT]; /* CUR_NONE: credits */
    bool overflow;
};

static bool unit_of(struct str text, enum currency *ret)
{
    *ret = CUR_NONE;
    return str_eq(text, LEDGER_CREDIT) || currency_parse(text, ret);
}

static void sum_add(struct sums *s, enum currency cur, int64_t amount)
{
    s->overflow = __builtin_add_overflow(s->of[cur], amount, &s->of[cur]) || s->overflow;
}

/* ---- the walk */

struct walk {
    struct buf *out;
    int64_t findings, checked; /* entries */
    struct sums total;
    /* The facts of this chunk, and the one whose entries are being read. */
    struct fact_posting *posting;
    size_t postings, at;
    int64_t last_fact, last_entry;
    /* The entries of posting[at] so far. */
    struct ledger_hash hash;
    struct sums sums;
    int64_t legs;
};

PRINTF(3, 4)
static void finding(struct walk *w, const struct fact_posting *of, const char *fmt, ...)
{
    if (++w->findings > FINDINGS_MAX)
        return;
    if (of != NULL)
        buf_fmt(w->out, "entries of fact %lld: ", (long long)of->n);
    va_list args;
    va_start(args, fmt);
    buf_vfmt(w->out, fmt, args);
    va_end(args);
    buf_char(w->out, '\n');
}

static void check_sums(struct walk *w, const struct sums *s, const struct fact_posting *of)
{
    if (s->overflow)
        finding(w, of, "too large to add up");
    for (int cur = 0; cur < CUR_COUNT; cur++) {
        struct str unit = cur == CUR_NONE ? LEDGER_CREDIT : currency_code((enum currency)cur);
        if (s->of[cur] != 0)
            finding(w, of, "%.*s sums to %lld, not to 0", SARG(unit), (long long)s->of[cur]);
    }
}

static void begin_posting(struct ctx *c, struct walk *w)
{
    w->hash = ledger_hash_begin(c->arena);
    w->sums = (struct sums) { .overflow = false };
    w->legs = 0;
}

static void end_posting(struct ctx *c, struct walk *w)
{
    const struct fact_posting *p = &w->posting[w->at++];
    struct sha256 h = ledger_hash_end(&w->hash);
    if (w->legs == 0)
        finding(w, p, "all are missing");
    else if (!str_eq(p->ledger, (struct str) { (const char *)h.b, sizeof h.b }))
        finding(w, p, "they are not those that it sealed");
    check_sums(w, &w->sums, p);
    begin_posting(c, w);
}

static enum err check_entry(struct ctx *c, const struct ledger_entry *e, void *arg)
{
    struct walk *w = arg;
    enum currency cur;
    w->checked++;
    w->last_entry = e->n;
    while (w->at < w->postings && w->posting[w->at].n < e->n / LEDGER_LEGS)
        end_posting(c, w);
    if (!unit_of(e->unit, &cur)) {
        finding(w, NULL, "entry %lld has the unit %.*s", (long long)e->n, SARG(e->unit));
        return E_OK;
    }
    sum_add(&w->total, cur, e->amount);
    if (w->at == w->postings || w->posting[w->at].n != e->n / LEDGER_LEGS) {
        finding(w, NULL, "entry %lld was posted by no fact", (long long)e->n);
        return E_OK;
    }
    w->legs++;
    sum_add(&w->sums, cur, e->amount);
    ledger_hash_add(&w->hash, e);
    return E_OK;
}

static enum err take_posting(struct ctx *c, const struct fact_posting *posting, void *arg)
{
    struct walk *w = arg;
    (void)c;
    must(w->postings < CHUNK);
    w->posting[w->postings++] = *posting;
    w->last_fact = posting->n;
    return E_OK;
}

/* The next facts that posted, and all entries up to theirs; after the last fact, all that are
 * left. */
static enum err check_chunk(struct ctx *c, void *arg, bool *ret_more)
{
    struct walk *w = arg;
    w->posting = arena_array(c->arena, struct fact_posting, CHUNK);
    w->postings = w->at = 0;
    begin_posting(c, w);
    TRY(fact_each_posting(c, w->last_fact, CHUNK, take_posting, w));
    bool more = w->postings == CHUNK;
    int64_t to = more ? (w->last_fact + 1) * LEDGER_LEGS : INT64_MAX;
    int64_t before;
    do {
        before = w->last_entry;
        TRY(ledger_each(c, before + 1, to, CHUNK, check_entry, w));
    } while (w->last_entry != before);
    while (w->at < w->postings)
        end_posting(c, w);
    *ret_more = more;
    return E_OK;
}

enum err ledger_verify(struct ctx *c, struct buf *out, int64_t *ret_checked)
{
    struct walk w = { .out = out, .last_entry = INT64_MIN + 1 };
    TRY(ctx_pieces(c, INT64_MAX, check_chunk, &w));
    check_sums(&w, &w.total, NULL);
    /* What is added up is compared with entries that are sound. */
    if (w.findings == 0)
        TRY(ledger_verify_hours(c, out, &w.findings));
    if (w.findings > FINDINGS_MAX)
        buf_fmt(out, "and %lld more\n", (long long)w.findings - FINDINGS_MAX);
    *ret_checked = w.checked;
    if (w.findings > 0)
        return fail(c, CONFLICT, "%lld findings in the ledger", (long long)w.findings);
    return E_OK;
}
