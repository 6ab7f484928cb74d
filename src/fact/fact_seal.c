#include "fact/fact_db.h"

#include <string.h>

#include "base/log.h"
#include "base/metric.h"
#include "db/db.h"
#include "setting/setting.h"

/* ---- sealing what is unsealed */

struct unsealed {
    struct fact_row *row;
    size_t n;
};

/* Collected first: what is being walked through must not change under the walk. */
static enum err collect(struct ctx *c, const struct fact_row *row, void *arg)
{
    (void)c;
    struct unsealed *u = arg;
    must(u->n < FACT_SEAL_MAX);
    u->row[u->n++] = *row;
    return E_OK;
}

static struct fact_seal seal_next(struct ctx *c, struct fact_head *head, struct fact_row *row)
{
    row->seq = head->seq + 1;
    struct sha256 h = fact_hash(c, head->seq == 0 ? S("") : fact_head_hash(head), row);
    head->seq = row->seq;
    memcpy(head->hash, h.b, sizeof h.b);
    return (struct fact_seal) { row->n, row->seq, h };
}

static enum err seal_tx(struct ctx *c, void *arg)
{
    struct unsealed u = { arena_array(c->arena, struct fact_row, FACT_SEAL_MAX), 0 };
    struct fact_seal *seal = arena_array(c->arena, struct fact_seal, FACT_SEAL_MAX);
    struct fact_head head = { 0 };
    TRY(fact_sealing_lock(c));
    TRY(fact_head_read(c, &head));
    TRY(fact_each_unsealed(c, FACT_SEAL_MAX, collect, &u));
    for (size_t i = 0; i < u.n; i++)
        seal[i] = seal_next(c, &head, &u.row[i]);
    TRY(fact_set_seals(c, seal, u.n));
    for (size_t i = 0; i < u.n; i++)
        fact_touch(c, &u.row[i]);
    struct fact_head *memo = db_memo(c);
    if (memo != NULL)
        *memo = head;
    *(int64_t *)arg = (int64_t)u.n;
    return E_OK;
}

/* With memory of its own: whoever seals goes on until nothing is left, however much that was. */
enum err fact_seal(struct ctx *c, int64_t *ret_sealed)
{
    struct arena arena = { 0 };
    struct ctx own = ctx_sibling(c, &arena);
    int64_t sealed = 0;
    enum err e = db_tx(&own, "fact.seal", seal_tx, &sealed);
    if (e != E_OK)
        ctx_keep_error(c, &own);
    arena_free(&arena);
    TRY(e);
    metric_add(c, METRIC_facts_sealed_total, sealed);
    *ret_sealed = sealed;
    return E_OK;
}

enum err fact_seal_all(struct ctx *c)
{
    for (int64_t sealed = FACT_SEAL_MAX; sealed == FACT_SEAL_MAX;)
        TRY(fact_seal(c, &sealed));
    return E_OK;
}

/* ---- the head, where a cut of the table does not reach */

struct note {
    struct str head, known;
    bool found;
};

static enum err read_heads(struct ctx *c, void *arg)
{
    struct fact_head head = { 0 };
    struct note *note = arg;
    TRY(fact_head_read(c, &head));
    note->head = str_fmt(c->arena, "%lld:%.*s", (long long)head.seq,
        SARG(hex_text(c->arena, fact_head_hash(&head))));
    return setting_find(c, S("fact.head"), &note->found, &note->known);
}

static enum err put_head(struct ctx *c, void *arg)
{
    return setting_put(c, S("fact.head"), *(struct str *)arg);
}

enum err fact_note_head(struct ctx *c)
{
    struct note note = { .found = false };
    TRY(db_read(c, read_heads, &note));
    if ((note.found && str_eq(note.known, note.head)) || str_starts(note.head, S("0:")))
        return E_OK;
    TRY(db_tx_job(c, "fact.note_head", put_head, &note.head));
    log_info(c, "fact.head", L("head", note.head));
    return E_OK;
}

/* ---- at start */

struct last {
    bool found, before_found, unsealed;
    struct fact_row row, before;
};

static enum err read_last(struct ctx *c, void *arg)
{
    struct last *last = arg;
    struct fact_head head = { 0 };
    int64_t unsealed = 0, since_ms = 0;
    TRY(fact_unsealed(c, &unsealed, &since_ms));
    last->unsealed = unsealed > 0;
    TRY(fact_head_read(c, &head));
    TRY(fact_find_seq(c, head.seq, &last->found, &last->row));
    return fact_find_seq(c, head.seq - 1, &last->before_found, &last->before);
}

enum err fact_start(struct ctx *c)
{
    struct last last = { .found = false };
    TRY(db_read(c, read_last, &last));
    if (last.found) {
        struct sha256 h = fact_hash(c, last.before_found ? last.before.hash : S(""), &last.row);
        if (!str_eq(last.row.hash, (struct str) { (const char *)h.b, sizeof h.b }))
            return fail(c, STORE_CORRUPT,
                "the last fact (%.*s) does not bear its own seal; run purser audit verify",
                SARG(fact_id(c->arena, &last.row)));
    }
    return last.unsealed ? fact_seal_all(c) : E_OK;
}
