#include "app/watch.h"

#include "alert/alert.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/metric.h"
#include "customer/customer.h"
#include "db/db.h"
#include "inbox/inbox.h"
#include "ledger/ledger_hour.h"
#include "payment/decline.h"

/* What only shows when many payments are looked at together.  One look is one snapshot; what it
 * found is raised, and what it did not find again is over. */

enum {
    TRIES_LEAST = 20,
    FOUND_MAX = 100,
    MINUTE_MS = 60 * 1000
};

struct look {
    struct found {
        enum alert_kind kind;
        struct str subject, sentence;
    } found[FOUND_MAX];
    size_t n;
    struct str open_failing; /* gateways of which it is said that their payments fail: " stripe " */
    int64_t tried, failed, late, held[CUR_COUNT];
    bool behind;                   /* the newest facts are not in held: it says nothing */
    const struct pattern *pattern; /* while it is read */
};

static int64_t minutes(struct ctx *c, enum cfg window)
{
    return config_ms(c->config, window) / MINUTE_MS;
}

static void add(struct look *k, enum alert_kind kind, struct str subject, struct str sentence)
{
    if (k->n < FOUND_MAX)
        k->found[k->n++] = (struct found) { kind, subject, sentence };
}

/* ---- how payments go */

static enum err take_open(struct ctx *c, const struct alert *a, void *arg)
{
    struct look *k = arg;
    if (str_eq(a->kind, alert_kind_info(ALERT_PAYMENTS_FAILING)->name))
        k->open_failing = str_fmt(c->arena, "%.*s %.*s ", SARG(k->open_failing), SARG(a->subject));
    return E_OK;
}

/* A few tries say nothing of a gateway that went well, and do not end what was said of one. */
static bool says_enough(struct ctx *c, const struct look *k, const struct tried *t)
{
    struct str name = str_fmt(c->arena, " %.*s ", SARG(gateway_name(t->gateway)));
    return t->paid + t->failed >= TRIES_LEAST || str_has(k->open_failing, name);
}

static enum err take_tried(struct ctx *c, const struct tried *t, void *arg)
{
    struct look *k = arg;
    int64_t all = t->paid + t->failed;
    k->tried += all;
    k->failed += t->failed;
    if (t->failed * 100 <= all * config_i64(c->config, CFG_ALERT_FAILURE_PERCENT) ||
        !says_enough(c, k, t))
        return E_OK;
    const struct gateway *g = gateway_by_id(t->gateway);
    add(k, ALERT_PAYMENTS_FAILING, gateway_name(t->gateway),
        str_fmt(c->arena, "%lld of %lld payments at %.*s within %lld minutes failed: %lld %%.",
            (long long)t->failed, (long long)all,
            SARG(g != NULL ? g->title : gateway_name(t->gateway)),
            (long long)minutes(c, CFG_ALERT_WINDOW), (long long)(t->failed * 100 / all)));
    return E_OK;
}

/* ---- patterns */

static const struct pattern {
    enum alert_kind kind;
    enum cfg least;
    enum err (*find)(
        struct ctx *c, const struct decline_since *since, decline_each *each, void *arg);
    struct str what; /* before whose it is: one customer may be found in two ways */
    bool customers;
    struct str sentence;
} patterns[] = {
    { ALERT_CARD_TESTING, CFG_ALERT_DECLINES, decline_addresses, S_INIT("address"), false,
        S_INIT("{count} cards were declined from one address within {minutes} minutes; the newest "
               "order is {order}.") },
    { ALERT_VELOCITY, CFG_ALERT_CARDS, decline_guests, S_INIT("cards of a guest"), false,
        S_INIT("{count} different cards of one guest were declined within {minutes} minutes; the "
               "newest order is {order}.") },
    { ALERT_VELOCITY, CFG_ALERT_CARDS, decline_cards, S_INIT("cards of"), true,
        S_INIT("One customer used {count} different cards within {minutes} minutes; the newest "
               "order is {order}.") },
    { ALERT_VELOCITY, CFG_ALERT_MAILS, decline_mails, S_INIT("mails of"), true,
        S_INIT("One customer ordered under {count} different mail addresses within {minutes} "
               "minutes; the newest order is {order}.") },
};

static enum err take_pattern(struct ctx *c, const struct decline_pattern *p, void *arg)
{
    struct look *k = arg;
    const struct pattern *pattern = k->pattern;
    struct str who = p->who;
    struct customer customer;
    struct order o;
    int64_t n = 0;
    if (pattern->customers) {
        must(str_to_i64(who, &n));
        TRY(customer_by_n(c, n, &customer));
        who = id_text(c->arena, S("cus"), customer.id);
    }
    TRY(order_by_n(c, p->order_n, &o));
    add(k, pattern->kind, str_fmt(c->arena, "%.*s %.*s", SARG(pattern->what), SARG(who)),
        STR_FILL(c->arena, pattern->sentence, { "count", number_text(c->arena, p->count) },
            { "minutes", number_text(c->arena, minutes(c, CFG_ALERT_PATTERN_WINDOW)) },
            { "order", order_number(c->arena, &o) }));
    return E_OK;
}

static enum err look_at_patterns(struct ctx *c, struct look *k)
{
    struct decline_since since = { .since_ms =
                                       c->now_ms - config_ms(c->config, CFG_ALERT_PATTERN_WINDOW) };
    for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
        k->pattern = &patterns[i];
        since.least = config_i64(c->config, patterns[i].least);
        TRY(patterns[i].find(c, &since, take_pattern, k));
    }
    return E_OK;
}

/* ---- webhooks, and money of no order */

static enum err take_late(struct ctx *c, const struct event_late *l, void *arg)
{
    struct look *k = arg;
    k->late += l->count;
    add(k, ALERT_WEBHOOKS_LATE, gateway_name(l->gateway),
        str_fmt(c->arena, "%lld webhooks of %.*s are not applied yet; the oldest came on %.*s.",
            (long long)l->count, SARG(gateway_name(l->gateway)),
            SARG(time_words(c->arena, l->oldest_ms))));
    return E_OK;
}

static enum err take_sum(struct ctx *c, const struct ledger_sum *sum, void *arg)
{
    struct look *k = arg;
    enum currency cur = CUR_NONE;
    if (sum->account == LEDGER_UNEXPLAINED && currency_parse(sum->unit, &cur))
        k->held[cur] -= sum->came + sum->went;
    return c->dead ? E_DEAD : E_OK;
}

static void add_held(struct ctx *c, struct look *k)
{
    int64_t held = 0;
    if (k->behind)
        return;
    for (enum currency cur = CUR_NONE + 1; cur < CUR_COUNT; cur++) {
        if (k->held[cur] == 0)
            continue;
        struct str sum = money_text_code(c->arena, (struct money) { k->held[cur], cur });
        add(k, ALERT_UNEXPLAINED, currency_code(cur),
            str_fmt(c->arena, "%.*s came and belongs to no order.", SARG(sum)));
        held++;
    }
    metric_set(c, METRIC_money_unexplained, held);
}

static enum err look(struct ctx *c, void *arg)
{
    struct look *k = arg;
    int64_t since_ms = c->now_ms - config_ms(c->config, CFG_ALERT_WINDOW);
    TRY(alert_list(c, ALERT_OPEN, 0, FOUND_MAX, take_open, k));
    TRY(tried_since(c, since_ms, take_tried, k));
    TRY(look_at_patterns(c, k));
    TRY(event_late(c, since_ms, take_late, k));
    return ledger_totals(c, take_sum, k, &k->behind);
}

/* ---- what follows */

enum err payments_job(struct ctx *c, struct str subject)
{
    static const enum alert_kind watched[] = { ALERT_PAYMENTS_FAILING, ALERT_CARD_TESTING,
        ALERT_VELOCITY, ALERT_WEBHOOKS_LATE, ALERT_UNEXPLAINED };
    struct look *k = arena_new(c->arena, struct look);
    (void)subject;
    must(c->config != NULL);
    TRY(db_read(c, look, k));
    add_held(c, k);
    metric_set(c, METRIC_payments_tried, k->tried);
    metric_set(c, METRIC_payments_tried_failed, k->failed);
    metric_set(c, METRIC_webhooks_late, k->late);
    for (size_t i = 0; i < k->n; i++)
        TRY(alert_goes_on(c, k->found[i].kind, k->found[i].subject, k->found[i].sentence));
    for (size_t i = 0; i < ARRAY_LEN(watched); i++)
        if (watched[i] != ALERT_UNEXPLAINED || !k->behind)
            TRY(alert_over_since(c, watched[i], c->now_ms));
    /* These are raised as they come, by any server: quiet for as long as they are counted. */
    return alert_over_since(
        c, ALERT_SIGNATURES, c->now_ms - config_ms(c->config, CFG_ALERT_WINDOW));
}
