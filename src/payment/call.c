#include "payment/call.h"

#include "base/log.h"
#include "db/db.h"
#include "payment/call_db.h"

enum {
    SAID_MAX = 40
};
#define KEPT_MS (INT64_C(90) * 24 * 3600 * 1000)

/* As the log calls them, and faults of the sandbox. */
static const struct str call_names[] = {
    [CALL_OPEN] = S_INIT("create"),
    [CALL_QUERY] = S_INIT("query"),
    [CALL_GIVE] = S_INIT("refund"),
    [CALL_GIVEN] = S_INIT("refunds"),
};
_Static_assert(ARRAY_LEN(call_names) == CALL_WHAT_COUNT, "every call has a name");

struct call call_of(const struct attempt *a, enum call_what what, enum outcome outcome,
    const struct net_reply *reply)
{
    return (struct call) {
        .attempt_n = a->n,
        .gateway = a->gateway,
        .what = what,
        .outcome = outcome,
        .http_status = reply->status,
        .took_ms = reply->took_ms,
        .made = reply->status > 0 || reply->took_ms > 0 || reply->why.n > 0,
    };
}

enum err call_note(struct ctx *c, const struct call *call)
{
    struct call row = *call;
    if (!call->made)
        return E_OK;
    if (row.outcome == OUTCOME_UNKNOWN && row.http_status >= 200 && row.http_status < 300)
        log_warn(c, "gateway.unreadable", L("gateway", gateway_name(row.gateway)),
            L("call", call_names[row.what]), L_I64("status", row.http_status));
    row.at_ms = c->now_ms;
    row.said = str_clean(c->arena, call->said, SAID_MAX);
    return call_db_insert(c, &row);
}

static enum err note_tx(struct ctx *c, void *arg)
{
    return call_note(c, arg);
}

enum err call_note_now(struct ctx *c, const struct call *call)
{
    struct call copy = *call;
    return call->made ? db_tx_job(c, "call note", note_tx, &copy) : E_OK;
}

struct str call_purpose(enum call_what what)
{
    switch (what) {
    case CALL_OPEN:
        return S("for a page to pay on");
    case CALL_QUERY:
        return S("how it stands");
    case CALL_GIVE:
        return S("to give money back");
    case CALL_GIVEN:
        return S("what went back");
    case CALL_WHAT_COUNT:
        break;
    }
    never("a gateway is asked for four things");
}

struct str call_words(struct arena *a, const struct call *call)
{
    struct buf b = BUF(a);
    buf_fmt(&b, "%.*s ms", SARG(number_text(a, call->took_ms)));
    if (call->said.n > 0)
        buf_fmt(&b, ", said %.*s", SARG(call->said));
    else if (call->outcome == OUTCOME_DONE && call->what != CALL_QUERY)
        buf_fmt(&b, ", %s",
            call->what == CALL_OPEN       ? "opened it"
                : call->what == CALL_GIVE ? "took it"
                                          : "said it");
    else
        buf_fmt(&b, ", %.*s", SARG(outcome_text(call->outcome)));
    if (call->http_status > 0)
        buf_fmt(&b, " (HTTP %lld)", (long long)call->http_status);
    else
        buf_fmt(&b, " (no answer)");
    return buf_str(&b);
}

static enum err forget(struct ctx *c, void *arg)
{
    return call_db_delete_old(c, c->now_ms - KEPT_MS, arg);
}

enum err call_forget(struct ctx *c, struct str subject)
{
    bool more = true;
    (void)subject;
    for (int i = 0; more && i < 1000; i++)
        TRY(db_tx_job(c, "call forget", forget, &more));
    return E_OK;
}
