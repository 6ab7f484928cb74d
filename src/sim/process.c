#include <string.h>

#include "base/rate.h"
#include "base/security.h"
#include "base/zone.h"
#include "catalog/catalog.h"
#include "coupon/coupon.h"
#include "edge/edge.h"
#include "fact/fact.h"
#include "setting/setting.h"
#include "sim/life.h"
#include "web/site.h"

/* purser in a life: what the program's start does, what its threads do, and its death.  At a crash
 * every piece of work is dead at its next step, so nothing needs to be jumped out of; what the
 * store committed stays, everything else is gone. */

static const struct site site = { .name = S_INIT("Simulated shop"),
    .origin = S_INIT("https://pay.example.com") };

/* ---- trouble */

static void die(struct life *l, const char *place)
{
    struct process *p = &l->process;
    struct str at = str_of_c(place);
    p->dead = true;
    p->died_at = place;
    l->sum.crashes++;
    trace_str(l, at);
    tell(l, -1, "purser dies at %s", place);
    if (str_eq(at, S("call.after")) || str_eq(at, S("operation.call.after")) ||
        str_eq(at, S("operation.record.before_commit")))
        meet(l, SIM_MET_DIED_IN_CALL);
    if (str_eq(at, S("commit.after")) || str_eq(at, S("answer.before")))
        meet(l, SIM_MET_DIED_AFTER_COMMIT);
    if (p->booting && p->generation > 1)
        meet(l, SIM_MET_DIED_BOOTING);
}

static int64_t crash_odds(struct str place)
{
    if (str_starts(place, S("operation.")) || str_starts(place, S("call.")))
        return 500;
    return str_starts(place, S("mail.")) ? 2000 : 8000;
}

static bool decide(void *self, const char *place, bool is_crash)
{
    struct life *l = self;
    struct str at = str_of_c(place);
    if (l->process.dead)
        return is_crash;
    if (is_crash) {
        if (strikes(l, SIM_CRASH, l->process.booting ? 1500 : crash_odds(at)))
            die(l, place);
        return l->process.dead;
    }
    if (str_starts(at, S("mail.")))
        return strikes(l, SIM_MAIL, 12);
    if (str_starts(at, S("db.")))
        return strikes(l, SIM_STORE, str_eq(at, S("db.step")) ? 6000 : 1500);
    return false; /* the wire knows its own */
}

/* ---- batches */

static void hold(struct tx *tx)
{
    (void)tx; /* it is run again before anybody hears of it */
}

static void run_batch(struct life *l, struct tx **member, size_t n)
{
    struct process *p = &l->process;
    void (*done[WAITING_MAX + 1])(struct tx * tx) = { NULL };
    for (size_t i = 0; i < n; i++)
        if (strikes(l, SIM_UNSURE, 100)) {
            done[i] = member[i]->done;
            member[i]->done = hold;
        }
    trace(l, n);
    store_batch(p->store, member, n);
    for (size_t i = 0; i < n; i++) {
        struct tx *tx = member[i];
        if (done[i] == NULL)
            continue;
        tx->done = done[i];
        if (tx->result == E_OK && !tx->c->dead && !p->dead)
            store_batch(p->store, &tx, 1);
        else
            tx->done(tx);
    }
}

void process_batch(struct life *l, struct tx *must_go)
{
    struct process *p = &l->process;
    struct tx *member[WAITING_MAX + 1];
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < p->waiting_n; i++) {
        struct tx *tx = p->waiting[i];
        must(tx != NULL);
        bool goes = tx == must_go || (must_go == NULL && i == 0) || draw(&l->chaos, 2) == 0;
        if (goes)
            member[n++] = tx;
        else
            p->waiting[kept++] = tx;
    }
    p->waiting_n = kept;
    if (n > 0)
        run_batch(l, member, n);
}

static void posted(void *self, struct tx *tx, bool waited_for)
{
    struct life *l = self;
    struct process *p = &l->process;
    if (p->waiting_n == WAITING_MAX)
        process_batch(l, p->waiting[0]);
    must(p->waiting_n < WAITING_MAX);
    p->waiting[p->waiting_n++] = tx;
    if (waited_for)
        process_batch(l, tx);
}

static void committed(void *self, int64_t commit_no, const uint64_t *topics, size_t n)
{
    struct life *l = self;
    (void)commit_no;
    l->wrote = true;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < l->orders; k++)
            if (l->order[k].topic == topics[i])
                l->order[k].touched = true;
}

/* ---- calls that wait for a thread */

void process_later(struct life *l, void (*run)(void *arg, bool late), void *arg)
{
    struct process *p = &l->process;
    bool sleeps = strikes(l, SIM_SLEEP, 8);
    int64_t ms = draw(&l->chaos, sleeps ? 5 * MINUTE : 300);
    must(p->calls < CALLS_MAX);
    p->call[p->calls].run = run;
    p->call[p->calls].arg = arg;
    p->call[p->calls++].due_ms = l->now_ms + ms;
    life_at(l, l->now_ms + ms, NULL, 0); /* a moment to wake up at */
}

static void later(void *self, void (*run)(void *arg, bool late), void *arg)
{
    process_later(self, run, arg);
}

void process_call(struct life *l, size_t i)
{
    struct process *p = &l->process;
    void (*run)(void *arg, bool late) = p->call[i].run;
    void *arg = p->call[i].arg;
    memmove(&p->call[i], &p->call[i + 1], (p->calls - i - 1) * sizeof p->call[0]);
    p->calls--;
    run(arg, false);
}

/* ---- requests */

static void answered(struct req *r)
{
    struct ask *a = (struct ask *)(void *)((char *)r - offsetof(struct ask, r));
    struct life *l = a->c.faults->self;
    if (a->c.dead || l->process.dead)
        return;
    a->answered = true;
    trace(l, (uint64_t)r->out.status);
    trace_str(l, answer_body(r));
    if (a->done != NULL)
        a->done(l, a);
}

struct ask *process_ask(struct life *l, const struct request *in)
{
    struct process *p = &l->process;
    if (!p->up || p->dead)
        return NULL;
    struct arena arena = { 0 };
    struct ask *a = arena_new(&arena, struct ask);
    a->arena = arena; /* it lies in its own arena, and goes with it */
    a->c = ctx_sibling(&p->c, &a->arena);
    a->c.request_id = S("req_sim");
    a->done = in->done;
    a->of = in->of;
    a->asked_ms = l->now_ms;
    a->next = p->asks;
    p->asks = a;
    struct buf b = BUF(&a->arena);
    buf_fmt(&b, "%s %.*s HTTP/1.1\r\nHost: pay.example.com\r\n%.*sContent-Length: %zu\r\n\r\n",
        in->method, SARG(in->path), SARG(in->headers), in->body.n);
    buf_add(&b, in->body);
    must(req_from_bytes(&a->c, buf_str(&b), l->sim->router, &a->r) == E_OK);
    a->r.peer = S("203.0.113.7");
    dispatch_request(&p->dispatch, &a->r);
    return a;
}

void process_finish(struct life *l, struct ask *a)
{
    struct process *p = &l->process;
    while (!a->answered && !p->dead && !violated(l)) {
        if (p->waiting_n > 0)
            process_batch(l, NULL);
        else if (p->calls > 0)
            process_call(l, p->calls - 1);
        else
            break;
    }
}

static void forget(struct ask *a)
{
    struct arena arena = a->arena;
    arena_free(&arena);
}

void process_reap(struct life *l)
{
    struct ask **at = &l->process.asks;
    while (*at != NULL) {
        struct ask *a = *at;
        if (!a->answered) {
            at = &a->next;
            continue;
        }
        *at = a->next;
        forget(a);
    }
}

/* ---- jobs */

static enum err not_asked(struct ctx *c, struct str subject)
{
    (void)subject;
    return c->dead ? E_DEAD : E_OK;
}

/* Standing jobs look again every few seconds, which in a life of days would be most of the work
 * and show nothing new: here they look as many times less often. */
static struct job_kinds jobs_of(struct life *l)
{
    enum {
        AS_SELDOM = 120,
        SELDOM_IN_MONTHS = 960
    };
    const int seldom = l->long_one ? SELDOM_IN_MONTHS : AS_SELDOM;
    struct job_kinds k = l->sim->options->jobs(l->process.store);
    struct job_kind *kind = arena_array(&l->arena, struct job_kind, k.n);
    for (size_t i = 0; i < k.n; i++) {
        kind[i] = k.kind[i];
        kind[i].every_ms *= seldom;
        bool asks = str_eq(kind[i].name, S("payment_poll")) ||
            str_eq(kind[i].name, S("inbox_fetch")) || str_eq(kind[i].name, S("reconcile"));
        if (l->level[SIM_UNASKED] > 0 && asks)
            kind[i].run = not_asked;
    }
    return (struct job_kinds) { kind, k.n };
}

/* The world looks: nothing goes wrong with that. */
static struct ctx onlooker(struct life *l)
{
    struct ctx c = ctx_sibling(&l->process.c, &l->scratch);
    c.faults = NULL;
    return c;
}

int64_t process_next_job(struct life *l)
{
    struct process *p = &l->process;
    struct ctx c = onlooker(l);
    int64_t now = store_commit_no(p->store);
    if (now != p->due_at_commit)
        must(job_next_moment(&c, &p->due_ms) == E_OK);
    p->due_at_commit = now;
    return p->due_ms;
}

bool process_jobs(struct life *l)
{
    struct process *p = &l->process;
    struct arena arena = { 0 };
    int64_t ran = 0, most = 1 + draw(&l->chaos, 20);
    if (!l->calm && l->now_ms < p->jobs_held_ms)
        return false;
    if (strikes(l, SIM_SLEEP, 100)) {
        p->jobs_held_ms = l->now_ms + draw(&l->chaos, 20 * MINUTE);
        tell(l, -1, "the jobs sleep for a while");
        life_at(l, p->jobs_held_ms, NULL, 0);
        return false;
    }
    struct ctx c = ctx_sibling(&p->c, &arena);
    struct job_away away = { .take = away_take, .self = l };
    enum err e = job_run_due_away(&c, &p->jobs, most, &away, &ran);
    trace(l, (uint64_t)e);
    trace(l, (uint64_t)ran);
    p->dead = p->dead || c.dead;
    arena_free(&arena);
    return ran > 0 || e != E_OK;
}

/* ---- life and death */

struct first {
    struct str text;
    bool changed;
};

static enum err first_catalog(struct ctx *c, void *arg)
{
    struct first *f = arg;
    const struct catalog *now = NULL;
    enum err e = catalog_now(c, &now);
    if (e != E_NOT_FOUND)
        return e;
    err_clear(c);
    return catalog_apply(c, f->text, &f->changed);
}

/* What serve does before anybody is let in. */
static enum err boot(struct life *l)
{
    struct process *p = &l->process;
    struct ctx *c = &p->c;
    struct first first = { .text = l->sim->shelf.text };
    TRY(fact_start(c));
    TRY(server_secret(c, &p->secret));
    c->secret = &p->secret;
    TRY(edge_open(c, &(struct edge_options) { .sandbox = false }, &c->edge));
    TRY(db_tx(c, "catalog", first_catalog, &first));
    if (first.changed)
        TRY(coupons_from_catalog(c, S("")));
    TRY(operation_end_leases(c));
    return job_start(c, &p->jobs);
}

static void forget_all(struct life *l)
{
    struct process *p = &l->process;
    for (struct ask *a = p->asks, *next; a != NULL; a = next) {
        next = a->next;
        forget(a);
    }
    away_forget_all(p);
    p->asks = NULL;
    p->waiting_n = p->calls = 0;
    if (p->c.edge != NULL)
        edge_close(p->c.edge);
    if (p->c.security != NULL)
        security_close(p->c.security);
    if (p->c.rates != NULL)
        rates_close(p->c.rates);
    if (p->c.catalogs != NULL)
        catalogs_close(p->c.catalogs);
    if (p->c.zones != NULL)
        zones_close(p->c.zones);
    p->c = (struct ctx) { .store = NULL };
    arena_free(&p->arena);
    p->up = p->dead = false;
}

bool process_boot(struct life *l)
{
    struct process *p = &l->process;
    p->generation++;
    p->arena = (struct arena) { 0 };
    p->dead = false;
    p->booting = true;
    store_reboot(p->store);
    p->c = (struct ctx) {
        .arena = &p->arena,
        .store = p->store,
        .net = &p->net,
        .ids = &l->purser_ids,
        .faults = &p->faults,
        .config = l->config,
        .site = &site,
        .request_id = S("boot"),
        .actor = S("sim"),
        .now_ms = l->now_ms,
        .wall_ms = l->now_ms,
    };
    p->c.catalogs = catalogs_open();
    p->c.zones = zones_open(NULL);
    p->c.rates = rates_open(&p->c);
    p->c.security = security_open();
    p->dispatch = (struct dispatch) { .answer = answered, .later = later, .self = l };
    enum err e = boot(l);
    trace(l, (uint64_t)e);
    p->booting = false;
    p->up = e == E_OK && !p->c.dead;
    if (p->up)
        tell(l, -1, "purser is up");
    else
        process_bury(l);
    return p->up;
}

void process_bury(struct life *l)
{
    struct process *p = &l->process;
    int64_t away_ms = draw(&l->chaos, 30) == 0 ? draw(&l->chaos, HOUR) : draw(&l->chaos, 20000);
    for (struct ask *a = p->asks; a != NULL; a = a->next)
        if (!a->answered) {
            a->lost = true;
            if (a->done != NULL)
                a->done(l, a);
        }
    forget_all(l);
    p->up_at_ms = l->now_ms + (l->calm ? 0 : away_ms);
    life_at(l, p->up_at_ms, NULL, 0);
}

enum err process_open(struct life *l)
{
    struct process *p = &l->process;
    faults_off(&p->faults);
    p->faults.decide = decide;
    p->faults.self = l;
    struct ctx c = { .arena = &l->arena,
        .ids = &l->purser_ids,
        .faults = &p->faults,
        .request_id = S("open"),
        .now_ms = l->now_ms,
        .wall_ms = l->now_ms };
    struct store_options options = {
        .url = S("sqlite::memory:"),
        .readers = 1,
        .inline_pump = true,
        .like = l->sim->store,
        .posted = posted,
        .committed = committed,
        .self = l,
    };
    enum err e = store_open(&c, &options, &p->store);
    if (e != E_OK) {
        ctx_keep_error(l->sim->c, &c);
        return e;
    }
    p->jobs = jobs_of(l);
    return E_OK;
}

void process_close(struct life *l)
{
    forget_all(l);
    if (l->process.store != NULL)
        store_close(l->process.store);
}
