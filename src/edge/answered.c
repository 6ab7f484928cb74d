#include "edge/dispatch.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/mishap.h"

/* What remains of a request: a line in the log, figures, and where it failed. */

static void log_answer(struct req *r)
{
    struct ctx *c = r->c;
    int64_t us = clock_mono_us() - r->arrived_us;
    metric_add(c, METRIC_requests_total, 1);
    metric_observe_us(c, METRIC_request_seconds, us);
    struct str path = r->route != NULL ? str_of_c(r->route->path) : S("-");
    log_info(c, "request", L("method", r->method), L("route", path), L_I64("status", r->out.status),
        L_I64("us", us), L("caller", r->caller), L("address", c->address));
}

static bool is_replayed(const struct req *r)
{
    for (size_t i = 0; i < r->out.header_count; i++)
        if (str_eq_nocase(r->out.headers[i].name, S("Idempotent-Replayed")))
            return true;
    return false;
}

/* An answer that is kept for its key says itself what was wrong. */
static enum code code_of(const struct req *r, enum err e)
{
    struct ctx *c = r->c;
    struct str body = buf_str(&r->out.body);
    enum code code = CODE_NONE;
    if (e == E_OK && str_starts(body, S("{")))
        code = code_find(json_text(c->arena, json_root(body), "code"));
    if (code == CODE_NONE)
        code = c->err.code;
    return code != CODE_NONE ? code : r->out.status >= 500 ? CODE_INTERNAL : CODE_INVALID_REQUEST;
}

/* "Not yet" is what /readyz is there to say. */
static bool is_probe(const struct req *r)
{
    return r->route != NULL && str_eq(str_of_c(r->route->path), S("/readyz"));
}

/* By the route's own address, never the one that was asked for: that is a stranger's.  What is
 * only said again was counted when it happened. */
static void mishap_answer(struct req *r, enum err e)
{
    int status = r->out.status;
    if (status < 400 || is_replayed(r) || is_probe(r))
        return;
    bool webhook = r->route != NULL && (r->route->flags & ROUTE_WEBHOOK) != 0;
    mishap_note(r->c,
        status >= 500 ? MISHAP_REQUEST
            : webhook ? MISHAP_WEBHOOK
                      : MISHAP_REFUSED,
        r->route == NULL ? S("an address that is none")
                         : str_fmt(r->c->arena, "%s %s", r->route->method, r->route->path),
        code_of(r, e));
}

void dispatch_answered(struct req *r, enum err e)
{
    mishap_answer(r, e);
    log_answer(r);
}
