#include "base/metric.h"
#include "base/rate.h"
#include "inbox/inbox_apply.h"
#include "inbox/inbox_db.h"
#include "job/job.h"
#include "web/web.h"

/* POST /api/webhooks/{gateway}: verify over the raw bytes, store, apply, and only then 2xx. */

struct delivery {
    const struct gateway *gateway;
    struct arrival arrival;
};

static struct str header(const void *self, struct str name)
{
    return req_header(self, name);
}

static int header_count(const void *self, struct str name)
{
    return (int)req_header_count(self, name);
}

/* Whatever a gateway, a proxy or a configuration may call what proves who sent it. */
static bool is_secret(struct str name)
{
    static const struct str words[] = { S_INIT("sig"), S_INIT("hash"), S_INIT("auth"),
        S_INIT("cookie"), S_INIT("token"), S_INIT("secret"), S_INIT("key") };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_has(name, words[i]))
            return true;
    return false;
}

/* Kept for the person who looks later; what could be a secret only as its hash. */
static struct str headers_json(struct req *r)
{
    struct buf b = BUF(r->c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    for (size_t i = 0; i < r->header_count; i++) {
        struct str name = str_lower(r->c->arena, r->headers[i].name), value = r->headers[i].value;
        bool secret = is_secret(name);
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again = again || str_eq_nocase(r->headers[k].name, name);
        if (again)
            continue;
        if (secret) {
            struct sha256 sum = sha256(value);
            value = str_fmt(r->c->arena, "sha256:%.*s",
                SARG(hex_text(r->c->arena, (struct str) { (const char *)sum.b, sizeof sum.b })));
        }
        json_str_key(&j, name, str_is_text(value) ? value : S("(not text)"));
    }
    json_close(&j, '}');
    return buf_str(&b);
}

static enum err refused(struct req *r, struct delivery *d, enum err e)
{
    if (r->c->err.code != CODE_BAD_SIGNATURE)
        return e;
    struct errinfo why = r->c->err;
    inbox_forged(r->c, d->gateway->name);
    TRY(rate_take(r->c, RATE_BAD_SIGNATURE, r->c->address));
    r->c->err = why;
    return e;
}

static enum err look(struct req *r)
{
    struct delivery *d = r->in;
    return arrival_look(r->c, &d->arrival);
}

static enum err parse_for(struct req *r, enum gateway_id id)
{
    struct delivery *d = r->in;
    d->gateway = gateway_by_id(id);
    if (d->gateway == NULL)
        return fail(r->c, NOT_FOUND, "there is no gateway of this name");
    if (!d->gateway->enabled(r->c->config))
        return fail(r->c, BUSY, "%.*s is not configured here", SARG(d->gateway->title));
    struct gateway_webhook in = { r->body, header, header_count, r };
    enum err e = d->gateway->verify(r->c, &in);
    if (e != E_OK)
        return refused(r, d, e);
    TRY(arrival_read(r->c, id, r->body, &d->arrival));
    d->arrival.headers = headers_json(r);
    r->ask = look;
    r->root = arrival_root(&d->arrival);
    return E_OK;
}

static enum err parse(struct req *r)
{
    return parse_for(r, gateway_by_name(r->params[0]));
}

static enum err parse_stripe(struct req *r)
{
    return parse_for(r, GATEWAY_ID_stripe);
}

static enum err received(struct req *r)
{
    struct json j = JSON(&r->out.body);
    json_open(&j, NULL, '{');
    json_bool(&j, "received", true);
    json_close(&j, '}');
    struct str body = str_copy(r->c->arena, buf_str(&r->out.body));
    answer_reset(r);
    answer_text(r, 200, S("application/json"), body);
    return E_OK;
}

/* What could not be applied is kept, and applied later. */
static enum err run(struct req *r)
{
    struct delivery *d = r->in;
    TRY(arrival_take(r->c, &d->arrival, "RECEIVED", !r->keep));
    return received(r);
}

static const struct route table[] = {
    { "POST", "/api/webhooks/{gateway}", SHAPE_WRITE, parse, run, NULL, sizeof(struct delivery),
        ALLOW_ANYONE, ROUTE_WEBHOOK | ROUTE_KEEP, 0,
        "What a gateway tells: signed, stored, answered once durable." },
    /* The usual guides have their readers enter these at Stripe. */
    { "POST", "/api/stripe/webhooks", SHAPE_WRITE, parse_stripe, run, NULL, sizeof(struct delivery),
        ALLOW_ANYONE, ROUTE_WEBHOOK | ROUTE_KEEP, 0, "The same for Stripe, as guides name it." },
    { "POST", "/api/stripe-webhook", SHAPE_WRITE, parse_stripe, run, NULL, sizeof(struct delivery),
        ALLOW_ANYONE, ROUTE_WEBHOOK | ROUTE_KEEP, 0, "The same for Stripe, as guides name it." },
};
const struct routes inbox_routes = { table, ARRAY_LEN(table) };
