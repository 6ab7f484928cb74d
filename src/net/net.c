#include "net/net.h"

#include "base/fault.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/mishap.h"

struct str outcome_text(enum outcome o)
{
    switch (o) {
    case OUTCOME_DONE:
        return S("done");
    case OUTCOME_DECLINED:
        return S("declined");
    case OUTCOME_PENDING:
        return S("pending");
    case OUTCOME_NOT_SENT:
        return S("not sent");
    case OUTCOME_UNKNOWN:
        return S("unknown");
    }
    never("an outcome without a name");
}

enum outcome net_judge(const struct net_reply *reply)
{
    int status = reply->status;
    if (reply->outcome != OUTCOME_DONE)
        return reply->outcome;
    if (status >= 200 && status < 300)
        return OUTCOME_DONE;
    if (status == 429)
        return OUTCOME_NOT_SENT;
    if (status >= 400 && status < 500 && status != 408 && status != 409 && status != 425)
        return OUTCOME_DECLINED;
    return OUTCOME_UNKNOWN;
}

static void log_call(struct ctx *c, const struct net_request *in, const struct net_reply *reply)
{
    log_info(c, "gateway_call", L("gateway", in->gateway), L("call", in->call),
        L("attempt", in->attempt), L("outcome", outcome_text(reply->outcome)),
        L_I64("status", reply->status), L_I64("ms", reply->took_ms),
        L("gatewayRequestId", reply->request_id), L("why", reply->why));
    if (log_wants(c, LOG_DEBUG))
        log_debug(c, "gateway_bodies", L("gateway", in->gateway), L("call", in->call),
            L("method", in->method), L("url", in->url), L("request", redact(c->arena, in->body)),
            L("reply", redact(c->arena, reply->body)));
    metric_add(c, METRIC_gateway_calls_total, 1);
    metric_observe_us(c, METRIC_gateway_call_seconds, reply->took_ms * 1000);
    if (reply->outcome == OUTCOME_UNKNOWN)
        metric_add(c, METRIC_gateway_calls_unknown_total, 1);
}

/* What brought nothing, and should have: no answer, or one that says that we ask wrongly.  A card
 * that is declined, or a thing that is not there, is an answer. */
static void mishap_call(struct ctx *c, const struct net_request *in, const struct net_reply *reply)
{
    enum outcome outcome = net_judge(reply);
    const int status = reply->status;
    bool silent = outcome == OUTCOME_NOT_SENT || outcome == OUTCOME_UNKNOWN;
    bool refused = outcome == OUTCOME_DECLINED && (status == 400 || status == 401 || status == 403);
    if (silent || refused)
        mishap_note(c, MISHAP_CALL,
            str_fmt(c->arena, "%.*s %.*s", SARG(in->gateway), SARG(in->call)),
            refused ? CODE_GATEWAY_REJECTED : CODE_GATEWAY_UNAVAILABLE);
}

enum err net_call(struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    must(c->db == NULL && c->net != NULL);
    if (crash_point(c, "call.before"))
        return E_DEAD;
    struct net_reply reply = { 0 };
    if (fault(c, "net.refused"))
        reply = (struct net_reply) { .outcome = OUTCOME_NOT_SENT, .why = S("a planned refusal") };
    else
        TRY(c->net->call(c->net, c, in, &reply));
    if (reply.outcome == OUTCOME_DONE && fault(c, "net.lost"))
        reply = (struct net_reply) { .outcome = OUTCOME_UNKNOWN, .why = S("a planned loss") };
    if (crash_point(c, "call.after"))
        return E_DEAD;
    log_call(c, in, &reply);
    mishap_call(c, in, &reply);
    *ret = reply;
    return E_OK;
}

static void log_mail(struct ctx *c, const struct net_mail *in, const struct net_mail_reply *reply)
{
    /* The message's id and not its recipient: logs hold no addresses of people. */
    log_info(c, "mail_send", L("messageId", in->message_id),
        L("outcome", outcome_text(reply->outcome)), L_I64("status", reply->status),
        L_I64("ms", reply->took_ms), L("why", reply->why));
    metric_add(
        c, reply->outcome == OUTCOME_DONE ? METRIC_mails_sent_total : METRIC_mails_failed_total, 1);
}

enum err net_mail_send(struct ctx *c, const struct net_mail *in, struct net_mail_reply *ret)
{
    must(c->db == NULL && c->net != NULL);
    if (crash_point(c, "mail.before"))
        return E_DEAD;
    struct net_mail_reply reply = { 0 };
    if (fault(c, "mail.refused"))
        reply =
            (struct net_mail_reply) { .outcome = OUTCOME_NOT_SENT, .why = S("a planned refusal") };
    else
        TRY(c->net->mail(c->net, c, in, &reply));
    if (reply.outcome == OUTCOME_DONE && fault(c, "mail.lost"))
        reply = (struct net_mail_reply) { .outcome = OUTCOME_UNKNOWN, .why = S("a planned loss") };
    if (crash_point(c, "mail.after"))
        return E_DEAD;
    log_mail(c, in, &reply);
    *ret = reply;
    return E_OK;
}
