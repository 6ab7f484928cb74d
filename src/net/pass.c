#include "net/pass.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "net/net.h"

enum {
    GATEWAYS_MAX = 8,
    NAME_BYTES = 32
};

struct pass {
    char name[NAME_BYTES], bytes[PASS_MAX];
    size_t name_n, n; /* n 0: none */
    int64_t until_ms;
};

struct passes {
    pthread_mutex_t lock;
    struct pass of[GATEWAYS_MAX];
};

struct passes *passes_open(void)
{
    struct passes *p = calloc(1, sizeof *p);
    must(p != NULL && pthread_mutex_init(&p->lock, NULL) == 0);
    return p;
}

void passes_close(struct passes *p)
{
    if (p == NULL)
        return;
    pthread_mutex_destroy(&p->lock);
    cleanse(p, sizeof *p);
    free(p);
}

/* Under the lock: the gateway's place, or a free one. */
static struct pass *place_of(struct passes *p, struct str gateway)
{
    must(gateway.n > 0 && gateway.n <= NAME_BYTES);
    for (size_t i = 0; i < GATEWAYS_MAX; i++) {
        struct pass *k = &p->of[i];
        if (k->name_n == 0) {
            memcpy(k->name, gateway.p, gateway.n);
            k->name_n = gateway.n;
        }
        if (str_eq((struct str) { k->name, k->name_n }, gateway))
            return k;
    }
    never("more gateways with tokens than there are gateways");
}

static struct str bytes_of(const struct pass *k)
{
    return (struct str) { k->bytes, k->n };
}

bool pass_get(struct ctx *c, struct str gateway, struct secret *ret)
{
    struct passes *p = c->net->passes;
    if (p == NULL)
        return false;
    must(pthread_mutex_lock(&p->lock) == 0);
    const struct pass *k = place_of(p, gateway);
    bool holds = k->n > 0 && c->wall_ms < k->until_ms;
    if (holds)
        *ret = secret_of(str_copy(c->arena, bytes_of(k)));
    must(pthread_mutex_unlock(&p->lock) == 0);
    return holds;
}

void pass_keep(struct ctx *c, struct str gateway, struct secret pass, int64_t until_ms)
{
    struct passes *p = c->net->passes;
    if (p == NULL || pass.bytes_.n > PASS_MAX)
        return;
    must(pthread_mutex_lock(&p->lock) == 0);
    struct pass *k = place_of(p, gateway);
    memcpy(k->bytes, pass.bytes_.p, pass.bytes_.n);
    k->n = pass.bytes_.n;
    k->until_ms = until_ms;
    must(pthread_mutex_unlock(&p->lock) == 0);
}

void pass_drop(struct ctx *c, struct str gateway, struct secret pass)
{
    struct passes *p = c->net->passes;
    if (p == NULL)
        return;
    must(pthread_mutex_lock(&p->lock) == 0);
    struct pass *k = place_of(p, gateway);
    if (bytes_equal_secret(bytes_of(k), pass.bytes_)) {
        cleanse(k->bytes, sizeof k->bytes);
        k->n = 0;
    }
    must(pthread_mutex_unlock(&p->lock) == 0);
}
