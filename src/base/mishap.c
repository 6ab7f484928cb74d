#include "base/mishap.h"

#include "base/clock.h"
#include "base/metric.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    REST_MS = 2000
};

/* Texts of fixed length, as in base/security.c: memory stays what it was at start. */
struct kept {
    enum mishap_kind kind;
    enum code code;
    int64_t count, first_ms, last_ms;
    size_t customers;
    int64_t customer[MISHAP_CUSTOMERS];
    char place[MISHAP_PLACE_MAX + 1], request_id[48];
};
struct mishaps {
    pthread_mutex_t lock;
    int64_t taken_ms; /* monotonic */
    size_t n;
    struct kept kept[MISHAP_GROUPS];
};

struct mishaps *mishap_open(void)
{
    struct mishaps *t = calloc(1, sizeof *t);
    must(t != NULL);
    pthread_mutex_init(&t->lock, NULL);
    t->taken_ms = clock_mono_ms() - REST_MS;
    return t;
}

void mishap_close(struct mishaps *t)
{
    if (t == NULL)
        return;
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static void put(char *to, size_t size, struct str s)
{
    size_t n = s.n < size - 1 ? s.n : size - 1;
    if (n > 0)
        memcpy(to, s.p, n);
    to[n] = '\0';
}

/* With the lock; NULL: there is no room for another group. */
static struct kept *place_of(struct mishaps *t, const struct mishap_group *g)
{
    size_t most = g->place.n < MISHAP_PLACE_MAX ? g->place.n : MISHAP_PLACE_MAX;
    struct str place = str_part(g->place, 0, most);
    for (size_t i = 0; i < t->n; i++) {
        struct kept *k = &t->kept[i];
        if (k->kind == g->kind && k->code == g->code && str_eq(str_of_c(k->place), place))
            return k;
    }
    if (t->n == MISHAP_GROUPS)
        return NULL;
    struct kept *k = &t->kept[t->n++];
    *k = (struct kept) { .kind = g->kind, .code = g->code, .first_ms = g->first_ms };
    put(k->place, sizeof k->place, place);
    return k;
}

static void add_customer(struct kept *k, int64_t customer_n)
{
    for (size_t i = 0; i < k->customers; i++)
        if (k->customer[i] == customer_n)
            return;
    if (k->customers < MISHAP_CUSTOMERS)
        k->customer[k->customers++] = customer_n;
}

static void add(struct ctx *c, const struct mishap_group *g)
{
    struct mishaps *t = c->mishaps;
    pthread_mutex_lock(&t->lock);
    struct kept *k = place_of(t, g);
    if (k != NULL) {
        k->count += g->count;
        if (g->first_ms < k->first_ms)
            k->first_ms = g->first_ms;
        if (g->last_ms >= k->last_ms) {
            k->last_ms = g->last_ms;
            put(k->request_id, sizeof k->request_id, g->request_id);
        }
        for (size_t i = 0; i < g->customers; i++)
            add_customer(k, g->customer[i]);
    }
    pthread_mutex_unlock(&t->lock);
    if (k == NULL)
        metric_add(c, METRIC_failures_ungrouped_total, g->count);
}

void mishap_note(struct ctx *c, enum mishap_kind kind, struct str place, enum code code)
{
    if (c->mishaps == NULL)
        return;
    const int64_t customer_n = c->customer_n > 0 ? c->customer_n : c->about_n;
    add(c,
        &(struct mishap_group) {
            .kind = kind,
            .code = code == CODE_NONE ? CODE_INTERNAL : code,
            .place = place,
            .count = 1,
            .first_ms = c->now_ms,
            .last_ms = c->now_ms,
            .request_id = c->request_id,
            .customer = &customer_n,
            .customers = kind != MISHAP_REFUSED && customer_n > 0 ? 1 : 0,
        });
}

static struct mishap_group group_of(struct arena *a, const struct kept *k)
{
    int64_t *customer = arena_array(a, int64_t, k->customers);
    for (size_t i = 0; i < k->customers; i++)
        customer[i] = k->customer[i];
    return (struct mishap_group) {
        .kind = k->kind,
        .code = k->code,
        .place = str_copy(a, str_of_c(k->place)),
        .count = k->count,
        .first_ms = k->first_ms,
        .last_ms = k->last_ms,
        .request_id = str_copy(a, str_of_c(k->request_id)),
        .customer = customer,
        .customers = k->customers,
    };
}

size_t mishap_take(struct ctx *c, bool now, const struct mishap_group **ret)
{
    struct mishaps *t = c->mishaps;
    size_t n = 0;
    if (t == NULL)
        return 0;
    pthread_mutex_lock(&t->lock);
    int64_t mono_ms = clock_mono_ms();
    if (t->n > 0 && (now || mono_ms - t->taken_ms >= REST_MS)) {
        struct mishap_group *group = arena_array(c->arena, struct mishap_group, t->n);
        for (; n < t->n; n++)
            group[n] = group_of(c->arena, &t->kept[n]);
        t->n = 0;
        t->taken_ms = mono_ms;
        *ret = group;
    }
    pthread_mutex_unlock(&t->lock);
    return n;
}

void mishap_give_back(struct ctx *c, const struct mishap_group *group)
{
    add(c, group);
}
