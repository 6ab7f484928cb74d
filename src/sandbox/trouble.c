#include "sandbox/simulator.h"

/* What goes wrong on purpose, gateway by gateway. */

enum {
    FOR_EVER = 1000000
};

struct troubles {
    struct sandbox_trouble *into;
    size_t n, max;
    struct fault_row fault;
};

static enum err note_fault(struct ctx *c, void *arg)
{
    struct troubles *k = arg;
    (void)c;
    for (size_t i = 0; i < k->n; i++)
        if (str_eq(k->fault.gateway, k->into[i].gateway) && str_eq(k->fault.call, S("any")))
            k->into[i].away = true;
    return E_OK;
}

static enum err read_tx(struct ctx *c, void *arg)
{
    struct troubles *k = arg;
    enum mode mode;
    k->n = 0;
    for (size_t i = 0; i < simulator_count && k->n < k->max; i++) {
        TRY(mode_get(c, simulators[i]->name, &mode));
        k->into[k->n++] = (struct sandbox_trouble) {
            .gateway = simulators[i]->name,
            .title = simulators[i]->title,
            .webhooks = mode_text(mode),
        };
    }
    return fault_each(c, &k->fault, note_fault, k);
}

static enum err inside(struct ctx *c, struct sandbox *sb, const char *name,
    enum err (*body)(struct ctx *c, void *arg), void *arg)
{
    struct ctx work = sandbox_ctx(sb, c->arena);
    enum err e = sandbox_tx(&work, name, body, arg);
    if (e != E_OK)
        ctx_keep_error(c, &work);
    return e;
}

enum err sandbox_troubles(
    struct ctx *c, struct sandbox *sb, struct sandbox_trouble *ret, size_t max, size_t *ret_n)
{
    struct troubles k = { .into = ret, .max = max };
    TRY(inside(c, sb, "sandbox.troubles", read_tx, &k));
    *ret_n = k.n;
    return E_OK;
}

struct setting {
    const struct sandbox_trouble *trouble;
    enum mode mode;
};

static enum err set_tx(struct ctx *c, void *arg)
{
    const struct setting *s = arg;
    int64_t released = 0;
    TRY(mode_set(c, s->trouble->gateway, s->mode));
    if (s->mode == MODE_NORMAL)
        TRY(hook_release(c, s->trouble->gateway, &released));
    return fault_set(c, s->trouble->gateway, S("any"), FAULT_500, s->trouble->away ? FOR_EVER : 0);
}

enum err sandbox_trouble_set(struct ctx *c, struct sandbox *sb, const struct sandbox_trouble *t)
{
    struct setting s = { .trouble = t, .mode = MODE_COUNT };
    for (enum mode m = MODE_NORMAL; m < MODE_COUNT; m++)
        if (str_eq(t->webhooks, mode_text(m)))
            s.mode = m;
    if (s.mode == MODE_COUNT || simulator_find(t->gateway) == NULL)
        return fail(c, INVALID_REQUEST, "there is no such gateway, or no such way to deliver");
    TRY(inside(c, sb, "sandbox.trouble", set_tx, &s));
    sandbox_wake(sb);
    return E_OK;
}
