#include "base/log.h"
#include "sandbox/simulator.h"

/* Webhooks on their way to the merchant: sent once they are due, again when they failed, and never
 * in an order that anybody promised. */

enum {
    HEADERS_MAX = 8
};

static struct net_request request_of(struct ctx *c, const struct hook *d, struct str lines)
{
    struct net_request in = {
        .gateway = S("merchant"),
        .call = S("webhook"),
        .method = S("POST"),
        .url = str_starts(d->path, S("/"))
            ? str_fmt(c->arena, "%.*s%.*s", SARG(c->sandbox->options.webhooks), SARG(d->path))
            : d->path,
        .body = d->body,
        .private_target = true,
    };
    while (lines.n > 0 && in.header_count < HEADERS_MAX) {
        struct str line, name, value;
        str_cut(lines, '\n', &line, &lines);
        if (str_cut(line, ':', &name, &value))
            in.headers[in.header_count++] = (struct net_header) { name, str_trim(value) };
    }
    return in;
}

struct ending {
    const struct hook *d;
    int64_t status;
};

static enum err end(struct ctx *c, void *arg)
{
    const struct ending *e = arg;
    int64_t retry = c->sandbox->options.retry_ms;
    return hook_end(c, e->d, e->status, retry > 0 ? retry : 1000);
}

enum err hook_send(struct ctx *c, const struct hook *d)
{
    const struct simulator *gateway = simulator_find(d->gateway);
    struct str headers = d->headers;
    if (gateway != NULL && gateway->signs != NULL)
        TRY(gateway->signs(c, d, &headers));
    struct net_request in = request_of(c, d, headers);
    struct net_reply reply = { 0 };
    TRY(net_call(c, &in, &reply));
    struct ending e = { d, reply.outcome == OUTCOME_DONE ? reply.status : 0 };
    clock_read(c, c->sandbox->options.clock);
    log_info(c, "sandbox.webhook", L("gateway", d->gateway), L("name", d->event),
        L_I64("status", e.status), L_I64("tries", d->tries + 1), L("why", reply.why));
    return sandbox_tx(c, "sandbox.sent", end, &e);
}

/* ---- on a caller */

struct errand {
    struct arena arena;
    struct sandbox *sb;
    struct hook d;
};

static void errand_run(void *arg, bool late)
{
    struct errand *errand = arg;
    struct sandbox *sb = errand->sb;
    struct ctx c = sandbox_ctx(sb, &errand->arena);
    c.request_id = S("webhook");
    /* Late: it stays taken, and is due again in a minute or after the next start. */
    if (!late && hook_send(&c, &errand->d) != E_OK)
        log_failure(&c, "sandbox.webhook.failed");
    struct arena arena = errand->arena;
    arena_free(&arena);
    pthread_mutex_lock(&sb->lock);
    sb->sending--;
    sb->woken = true;
    pthread_cond_broadcast(&sb->news);
    pthread_mutex_unlock(&sb->lock);
}

static void errand_post(struct sandbox *sb, const struct hook *d)
{
    struct arena arena = { 0 };
    struct errand *errand = arena_new(&arena, struct errand);
    *errand = (struct errand) {
        .sb = sb,
        .d = *d,
    };
    errand->d.gateway = str_copy(&arena, d->gateway);
    errand->d.about = str_copy(&arena, d->about);
    errand->d.event = str_copy(&arena, d->event);
    errand->d.path = str_copy(&arena, d->path);
    errand->d.headers = str_copy(&arena, d->headers);
    errand->d.body = str_copy(&arena, d->body);
    errand->arena = arena;
    pthread_mutex_lock(&sb->lock);
    sb->sending++;
    pthread_mutex_unlock(&sb->lock);
    if (!callers_post(sb->callers, errand_run, errand))
        errand_run(errand, true);
}

struct taking {
    struct hook *d;
    size_t n;
};

static enum err take(struct ctx *c, void *arg)
{
    struct taking *t = arg;
    return hook_take(c, HOOKS_MAX, t->d, &t->n);
}

enum err hooks_run(struct ctx *c, bool here, int64_t *ret_n)
{
    struct taking t = { .d = arena_array(c->arena, struct hook, HOOKS_MAX) };
    TRY(sandbox_tx(c, "sandbox.take", take, &t));
    for (size_t i = 0; i < t.n; i++) {
        if (here)
            TRY(hook_send(c, &t.d[i]));
        else
            errand_post(c->sandbox, &t.d[i]);
    }
    *ret_n = (int64_t)t.n;
    return E_OK;
}
