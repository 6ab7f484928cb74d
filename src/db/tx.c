#include "db/engine.h"

#include <semaphore.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/metric.h"

/* Transactions from the outside: posting, waiting, ending; and what both engines do alike around a
 * member's body. */

bool tx_refused(struct store *s, struct tx *tx)
{
    struct ctx *c = tx->c;
    if (s->c.dead || c->dead) {
        c->dead = true;
        tx->result = E_DEAD;
    } else if (atomic_load(&s->broken)) {
        tx->result = fail(c, INTERNAL, "the store has stopped writing");
    } else if (tx->posted_us_ != 0 &&
        clock_mono_us() - tx->posted_us_ > INT64_C(1000) * TX_WAIT_MS) {
        tx->result = fail_retry_after(c, fail(c, BUSY, "%s waited too long", tx->name), 1);
    } else {
        return false;
    }
    return true;
}

static void report_slow(struct store *s, struct tx *tx, int64_t us)
{
    /* PostgreSQL's bodies wait for a network, and stop nobody but themselves.  The simulator does
     * not depend on how fast this machine is. */
    bool simulated = s->c.faults != NULL && s->c.faults->decide != NULL;
    if (us < TX_SLOW_US || s->engine->pg || s->options.quiet_schema || simulated)
        return;
    metric_add(&s->c, METRIC_transactions_slow_total, 1);
    if (us >= TX_ALERT_US)
        store_concern(s, "slow transaction", str_of_c(tx->name));
    else
        log_warn(tx->c, "transaction.slow", L("name", str_of_c(tx->name)), L_I64("us", us));
}

static enum err run(struct db *db, struct tx *tx, enum err (*part)(struct ctx *c, void *arg))
{
    struct ctx *c = tx->c;
    must(c->db == NULL);
    err_clear(c);
    c->db = db;
    c->catalog = NULL;
    c->catalog_asked = NULL;
    db->tx = tx;
    db->lost = false;
    int64_t start_us = clock_mono_us();
    enum err e = part(c, tx->arg);
    report_slow(db->store, tx, clock_mono_us() - start_us);
    if (c->dead)
        e = E_DEAD;
    else if (e == E_OK && db->lost)
        e = fail_because(c, INTERNAL, "%s went on after a failure", tx->name);
    db->tx = NULL;
    c->db = NULL;
    return e;
}

enum err tx_look(struct db *db, struct tx *tx)
{
    return tx->look == NULL ? E_OK : run(db, tx, tx->look);
}

enum err tx_act(struct db *db, struct tx *tx)
{
    tx->topics_ = 0;
    return run(db, tx, tx->act);
}

static bool committed(const struct tx *tx)
{
    return tx->result == E_OK;
}

void store_committed(struct store *s, struct tx **members, size_t n)
{
    size_t topics = 0, done = 0;
    for (size_t i = 0; i < n; i++) {
        topics += committed(members[i]) ? members[i]->topics_ : 0;
        done += committed(members[i]) ? 1 : 0;
    }
    if (done == 0)
        return;
    int64_t no = atomic_fetch_add(&s->commit_no, 1) + 1;
    for (size_t i = 0; i < n; i++)
        if (committed(members[i]))
            members[i]->commit_no = no;
    metric_add(&s->c, METRIC_transactions_total, (int64_t)done);
    if (s->options.committed == NULL)
        return;
    uint64_t *all = malloc((topics + 1) * sizeof *all);
    must(all != NULL);
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; committed(members[i]) && k < members[i]->topics_; k++)
            all[at++] = members[i]->topic_[k];
    s->options.committed(s->options.self, no, all, topics);
    free(all);
}

void tx_end(struct store *s, struct tx *tx)
{
    if (!committed(tx))
        metric_add(&s->c, METRIC_transactions_undone_total, 1);
    else if (tx->posted_us_ != 0)
        metric_observe_us(&s->c, METRIC_transaction_seconds, clock_mono_us() - tx->posted_us_);
    if (tx->done != NULL)
        tx->done(tx);
}

void store_concern(struct store *s, const char *what, struct str about)
{
    /* From any of the store's threads, so not in the store's own arena. */
    struct arena arena = { 0 };
    struct ctx c = ctx_sibling(&s->c, &arena);
    log_warn(&c, "store.concern", L("what", str_of_c(what)), L("about", about));
    if (s->options.concern != NULL)
        s->options.concern(s->options.self, what, about);
    arena_free(&arena);
}

static bool dead(struct ctx *c)
{
    if (c->store->c.dead)
        c->dead = true;
    return c->dead;
}

static void post(struct ctx *c, struct tx *tx, bool waited_for)
{
    must(c->store != NULL && c->db == NULL && tx->act != NULL);
    struct store *s = c->store;
    c->asked_us = 0; /* what comes now has to be seen by what this reads next */
    tx->c = c;
    tx->result = E_OK;
    tx->tries_ = 0;
    tx->posted_us_ = 0;
    if (s->options.posted != NULL) {
        s->options.posted(s->options.self, tx, waited_for);
        return;
    }
    if (s->options.inline_pump) {
        s->engine->batch(s, &tx, 1);
        return;
    }
    tx->posted_us_ = clock_mono_us();
    queue_push(&s->queue, tx);
}

void store_post(struct ctx *c, struct tx *tx)
{
    post(c, tx, false);
}

void store_batch(struct store *s, struct tx **members, size_t n)
{
    for (size_t i = 0; i < n; i++)
        members[i]->tries_ = 0;
    s->engine->batch(s, members, n);
}

static void wake(struct tx *tx)
{
    must(sem_post(tx->owner) == 0);
}

static enum err run_and_wait(struct ctx *c, struct tx *tx)
{
    if (dead(c))
        return E_DEAD;
    sem_t done;
    must(sem_init(&done, 0, 0) == 0);
    tx->done = wake;
    tx->owner = &done;
    post(c, tx, true);
    while (sem_wait(&done) != 0) {
        /* interrupted by a signal */
    }
    sem_destroy(&done);
    return tx->result;
}

enum err db_tx(
    struct ctx *c, const char *name, enum err (*body)(struct ctx *c, void *arg), void *arg)
{
    struct tx tx = { .name = name, .act = body, .arg = arg };
    return run_and_wait(c, &tx);
}

enum err db_tx_job(
    struct ctx *c, const char *name, enum err (*body)(struct ctx *c, void *arg), void *arg)
{
    struct tx tx = { .name = name, .act = body, .arg = arg, .job = true };
    return run_and_wait(c, &tx);
}

/* ---- nobody waits */

struct later {
    struct tx tx;
    struct ctx c;
    struct arena arena;
    enum err (*body)(struct ctx *c, struct str about);
    struct str about;
};

static enum err later_tx(struct ctx *c, void *arg)
{
    const struct later *l = arg;
    return l->body(c, l->about);
}

static void later_done(struct tx *tx)
{
    struct later *l = tx->owner;
    arena_free(&l->arena);
    free(l);
}

void db_later(struct ctx *c, const char *name, enum err (*body)(struct ctx *c, struct str about),
    struct str about)
{
    if (dead(c))
        return;
    struct later *l = calloc(1, sizeof *l);
    must(l != NULL);
    l->c = ctx_sibling(c, &l->arena);
    l->c.request_id = str_of_c(name);
    l->body = body;
    l->about = str_copy(&l->arena, about);
    l->tx = (struct tx) {
        .name = name, .act = later_tx, .arg = l, .job = true, .done = later_done, .owner = l
    };
    post(&l->c, &l->tx, false);
}

enum {
    READ_MS = 1000,
    READ_LONG_MS = 10000,
    READ_WHOLE_MS = 600000
};

static enum err read_within(
    struct ctx *c, int64_t limit_ms, enum err (*body)(struct ctx *c, void *arg), void *arg)
{
    must(c->store != NULL && c->db == NULL);
    if (dead(c))
        return E_DEAD;
    if (fault(c, "db.begin"))
        return fail(c, BUSY, "no snapshot, on purpose");
    c->catalog = NULL;
    c->catalog_asked = NULL;
    enum err e = c->store->engine->read(c, limit_ms, body, arg);
    must(c->db == NULL);
    c->asked_us = 0;
    return c->dead ? E_DEAD : e;
}

enum err db_read(struct ctx *c, enum err (*body)(struct ctx *c, void *arg), void *arg)
{
    return read_within(c, READ_MS, body, arg);
}

enum err db_read_long(struct ctx *c, enum err (*body)(struct ctx *c, void *arg), void *arg)
{
    return read_within(c, READ_LONG_MS, body, arg);
}

enum err db_read_whole(struct ctx *c, enum err (*body)(struct ctx *c, void *arg), void *arg)
{
    return read_within(c, READ_WHOLE_MS, body, arg);
}
