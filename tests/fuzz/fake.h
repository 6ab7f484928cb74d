#ifndef FUZZ_FAKE_H
#define FUZZ_FAKE_H

#include "base/clock.h"
#include "gateway/gateway.h"

/* What the fuzzers of gateways share: a net that answers each call with the same status and body,
 * and a program that is set up with a few lines.
 * Input: a byte that chooses the question, one for the status, the body. */
struct fake {
    struct net net;
    int status;
    struct str body;
    const char *base; /* every URL that is asked begins with it */
    struct arena arena;
    struct config *config;
    struct ctx c;
};

static inline enum err fake_answer(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    const struct fake *f = (const struct fake *)net;
    must(in->url.n > 0 && str_starts(in->url, str_of_c(f->base)) && str_is_visible(in->url));
    must(c->db == NULL);
    *ret = (struct net_reply) { .outcome = OUTCOME_DONE, .status = f->status, .body = f->body };
    return E_OK;
}

/* env: "NAME=value", then NULL.  size: 2 or more. */
static inline void fake_open(
    struct fake *f, const char *base, char **env, const uint8_t *data, size_t size)
{
    *f = (struct fake) {
        .net = { .call = fake_answer },
        .status = 100 + data[1] * 2,
        .body = { (const char *)data + 2, size - 2 },
        .base = base,
    };
    f->c = (struct ctx) { .arena = &f->arena, .net = &f->net };
    struct buf notices = BUF(&f->arena);
    must(config_load(&f->c, &(struct config_sources) { .env = env, .env_file = "" }, &notices,
             &f->config) == E_OK);
    f->c.config = f->config;
}

static inline void fake_close(struct fake *f)
{
    config_free(f->config);
    arena_free(&f->arena);
}

#endif
