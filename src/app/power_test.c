#include "app/shop_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/power_test.h"
#include "db/scratch.h"
#include "fact/fact.h"

/* F3, F4, F47: the power goes, at every point of a shop's day that the disk can tell from another.
 * A day is recorded once, with the program's own code from the router down; then the disks that
 * its cuts could have left are opened one by one.  The usual run takes some hundreds, drawn by
 * POWER_SEED; POWER_ALL=1 takes all, at least 100,000, and minutes. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

enum {
#ifdef SANITIZED
    SOME = 100,
#else
    SOME = 2000,
#endif
    ALL = 100000,
};

struct day {
    struct test own; /* with a place of its own: a test has several days */
    struct ctx place;
    struct test *t; /* that */
    struct shop *s;
    struct disk *disk;
    struct str url;
    bool unsynced;
    size_t opened; /* steps until the shop was open */
    int checkpoints;
};

static int64_t from_environment(const char *name, int64_t otherwise)
{
    int64_t n = otherwise;
    const char *said = getenv(name);
    must(said == NULL || str_to_i64(str_of_c(said), &n));
    return n;
}

/* ---- a day */

static void start(struct day *d)
{
    scratch_open_with(d->t->c,
        &(struct store_options) {
            .url = d->url,
            .readers = 2,
            .inline_pump = true,
            .unsynced = d->unsynced,
            .vfs = disk_vfs(d->disk),
            .committed = disk_committed,
            .self = d->disk,
        });
}

static void stop(struct day *d)
{
    store_close(d->t->c->store);
}

static void restart(struct day *d)
{
    struct test *t = d->t;
    stop(d);
    start(d);
    struct job_kinds kinds = app_jobs(t->c->store);
    EXPECT_OK(operation_end_leases(t->c));
    EXPECT_OK(job_start(t->c, &kinds));
}

static enum err checkpoint_now(struct ctx *c, void *kind)
{
    disk_checkpoint(c, *(enum disk_checkpoint *)kind);
    return E_OK;
}

/* Every third one while a reader still needs the log. */
static void checkpoint(struct day *d)
{
    struct test *t = d->t;
    enum disk_checkpoint kind = (enum disk_checkpoint)(d->checkpoints % CHECKPOINT_KINDS);
    if (d->checkpoints++ % 3 == 0)
        EXPECT_OK(db_read(t->c, checkpoint_now, &kind));
    else
        EXPECT_OK(checkpoint_now(t->c, &kind));
}

static struct shop_session *newest(struct shop *s)
{
    return &s->session[s->sessions - 1];
}

static void event(struct shop *s, const char *name)
{
    struct test *t = s->t;
    EXPECT_I64(shop_webhook(s, name, newest(s), newest(s)->total), 200);
    shop_jobs(s);
}

static void pay(struct shop *s)
{
    newest(s)->status = "completed";
    event(s, "complete");
}

static void cancel(struct shop *s, struct str id)
{
    struct test *t = s->t;
    int status = 0;
    struct str path = str_fmt(s->c->arena, "/api/orders/%.*s/cancel", SARG(id));
    shop_post(s, str_c(s->c->arena, path), KEY, S(""), &status);
    EXPECT_I64(status, 200);
}

/* The gateway's answer to the first try is lost; the client asks again. */
static struct str buy(struct shop *s, int n, bool lost)
{
    static const char *const basket[] = { "\"priceId\":\"mug-usd\"",
        "\"items\":[{\"price\":\"pen-usd\",\"quantity\":3}],\"coupon\":\"TEN\"",
        "\"priceId\":\"mug-jpy\",\"country\":\"DE\"", "\"priceId\":\"mug-kwd\"" };
    const char *members =
        str_fmt(s->c->arena, "%s,\"again\":true", basket[(size_t)n % ARRAY_LEN(basket)]).p;
    const char *key = str_fmt(s->c->arena, "k%d", n).p;
    if (lost) {
        struct str headers = str_fmt(s->c->arena, KEY "Idempotency-Key: %s\r\n", key);
        s->fault = "lose_after";
        s->fault_call = "create";
        s->faults_left = 1;
        shop_post(s, "/api/checkout/create", headers.p,
            str_fmt(s->c->arena, "{\"email\":\"ada@example.com\",%s}", members), NULL);
    }
    return shop_buy(s, key, members);
}

static void purchase(struct shop *s, int n)
{
    struct str id = buy(s, n, n % 7 == 6);
    switch (n % 6) {
    case 0:
        pay(s);
        break;
    case 1:
        pay(s);
        pay(s); /* the webhook comes twice */
        event(s, "refunded");
        break;
    case 2:
        pay(s);
        event(s, "disputed");
        break;
    case 3:
        newest(s)->status = "completed"; /* and the webhook is lost */
        shop_wait(s, 61 * 1000);
        break;
    case 4:
        cancel(s, id);
        break;
    case 5:
        event(s, "refunded"); /* before the payment is known */
        pay(s);
        break;
    }
}

static struct day *day_new(struct test *t, struct str url, bool unsynced)
{
    struct day *d = arena_new(t->c->arena, struct day);
    *d = (struct day) { .url = url, .disk = disk_new(t->c, url), .unsynced = unsynced };
    d->place = ctx_sibling(t->c, t->c->arena);
    d->own = (struct test) { .c = &d->place, .name = t->name, .file = t->file };
    d->t = &d->own;
    start(d);
    return d;
}

static struct day *record(struct test *t, int purchases, bool unsynced)
{
    struct day *d = day_new(t, scratch_file(t->c), unsynced);
    d->s = shop_open(d->t);
    d->opened = disk_steps(d->disk);
    for (int i = 0; i < purchases; i++) {
        purchase(d->s, i);
        if (i % 2 == 1)
            checkpoint(d);
        if (i % 10 == 8)
            restart(d);
    }
    shop_verify(d->s);
    stop(d);
    return d;
}

/* ---- a morning after */

static enum err verify(struct ctx *c, void *arg)
{
    struct buf out = BUF(c->arena);
    int64_t n = 0;
    must(arg == NULL);
    TRY(ledger_verify(c, &out, &n));
    return fact_verify(c, &out, &n);
}

/* E_OK: it opens, its pages, keys, books and chain are whole. */
static enum err look(struct ctx *c, struct str url, uint64_t *ret_digest)
{
    struct buf out = BUF(c->arena);
    struct schema_state schema = { 0 };
    TRY(store_open(c,
        &(struct store_options) {
            .url = url, .readers = 1, .inline_pump = true, .quiet_schema = true },
        &c->store));
    enum err e = store_check(c, &out);
    if (e == E_OK)
        e = schema_read(c, &schema);
    if (e == E_OK && schema.have == schema.want)
        e = db_read_long(c, verify, NULL);
    if (e == E_OK)
        e = disk_digest(c, url, ret_digest);
    store_close(c->store);
    return e;
}

struct tally {
    int64_t disks, lost, torn, broken;
};

static struct ctx fresh(struct test *t, struct arena *arena)
{
    return ctx_sibling(t->c, arena);
}

static void judge(struct test *t, const struct outage *o, struct str url, struct tally *n)
{
    struct arena arena = { 0 };
    struct ctx c = fresh(t, &arena);
    uint64_t digest = 0;
    outage_leave(&c, o, url);
    n->disks++;
    if (look(&c, url, &digest) != E_OK) {
        n->broken++;
    } else {
        enum outage_verdict verdict = outage_judge(o, digest);
        n->lost += verdict == OUTAGE_LOST;
        n->torn += verdict == OUTAGE_TORN;
    }
    arena_free(&arena);
}

/* All disks that cuts of this day can leave, or about `most` of them, spread over the day. */
static struct tally cut(
    struct test *t, const struct disk *disk, unsigned lies, int64_t most, uint64_t seed)
{
    struct tally n = { 0 };
    struct str url = scratch_file(t->c);
    struct outage *o = outage_new(t->c, disk, lies, seed);
    struct ids ids = ids_of_seed(seed);
    struct ctx chance = { .ids = &ids };
    int64_t all = (int64_t)(disk_steps(disk) + 1) * FATES;
    for (size_t at = 0; at <= disk_steps(disk); at++)
        for (int fate = 0; fate < FATES; fate++) {
            int64_t drawn = random_below(&chance, all);
            if (drawn < most && outage_at(o, at, fate))
                judge(t, o, url, &n);
        }
    scratch_file_remove(t->c, url);
    return n;
}

static void expect_nothing_lost(struct test *t, struct tally n)
{
    EXPECT_I64(n.lost, 0);
    EXPECT_I64(n.torn, 0);
    EXPECT_I64(n.broken, 0);
}

static uint64_t chosen_seed(void)
{
    return (uint64_t)from_environment("POWER_SEED", 1);
}

TEST("F3 F4 the power goes, wherever in a shop's day: no answered commit is lost, no file is torn")
{
    bool all = getenv("POWER_ALL") != NULL;
    if (all)
        alarm(0); /* it takes longer than a test may */
    struct day *d = record(t, all ? 60 : 20, false);
    struct tally n = cut(t, d->disk, 0, all ? INT64_MAX : SOME, chosen_seed());
    if (all || getenv("VERBOSE") != NULL)
        printf("  %lld disks from cuts into %.*s\n", (long long)n.disks,
            SARG(disk_describe(d->disk, t->c->arena)));
    expect_nothing_lost(t, n);
    EXPECT(n.disks >= (all ? ALL : SOME * 3 / 4));
    scratch_file_remove(t->c, d->url);
}

/* The process that starts on what a cut left, sells once more and tidies up. */
static struct day *morning(struct test *t, struct day *before, struct str url)
{
    struct day *d = day_new(t, url, false);
    EXPECT_OK(operation_end_leases(&d->place));
    d->s = shop_open(d->t);
    memcpy(d->s->session, before->s->session, sizeof d->s->session);
    d->s->sessions = before->s->sessions;
    struct str id = buy(d->s, 1000, false);
    pay(d->s);
    EXPECT_I64(shop_order(d->s, id).status, ORDER_COMPLETED);
    checkpoint(d);
    shop_verify(d->s);
    stop(d);
    return d;
}

TEST("F47 the power goes again while what it left is being recovered and checkpointed")
{
    enum {
        MORNINGS = 8
    };
    struct day *d = record(t, 6, false);
    struct outage *o = outage_new(t->c, d->disk, 0, chosen_seed());
    size_t part = (disk_steps(d->disk) - d->opened) / MORNINGS;
    for (size_t i = 0; i < MORNINGS; i++) {
        int64_t within = random_below(t->c, (int64_t)part);
        int64_t fate = random_below(t->c, FATES);
        outage_at(o, d->opened + i * part + (size_t)within, (int)fate);
        struct str url = scratch_file(t->c);
        outage_leave(t->c, o, url);
        struct day *next = morning(t, d, url);
        expect_nothing_lost(t, cut(t, next->disk, 0, SOME / MORNINGS, chosen_seed() + i));
        scratch_file_remove(t->c, url);
    }
    scratch_file_remove(t->c, d->url);
}

TEST("F3 a program that does not sync, and a disk that lies about it, are seen to lose")
{
    struct day *d = record(t, 4, true);
    struct tally without = cut(t, d->disk, 0, SOME / 4, chosen_seed());
    EXPECT(without.lost > 0);
    scratch_file_remove(t->c, d->url);
    d = record(t, 4, false);
    struct tally log = cut(t, d->disk, LIE_LOG, SOME / 4, chosen_seed());
    EXPECT(log.lost > 0);
    struct tally database = cut(t, d->disk, LIE_DATABASE, SOME / 4, chosen_seed());
    EXPECT(database.lost + database.torn + database.broken > 0);
    scratch_file_remove(t->c, d->url);
    if (getenv("VERBOSE") != NULL)
        printf("  lost, torn, broken: %lld %lld %lld without syncs, %lld %lld %lld with a lying "
               "log, %lld %lld %lld with a lying database\n",
            (long long)without.lost, (long long)without.torn, (long long)without.broken,
            (long long)log.lost, (long long)log.torn, (long long)log.broken,
            (long long)database.lost, (long long)database.torn, (long long)database.broken);
}
