#include "gateway/flutterwave.h"

/* Every answer is an envelope: {"status":"success"|"error","message":…,"data":…}.  Its status
 * counts and not its message, whose words change; HTTP's says whether anything may have happened.
 */

static void add_header(struct net_request *q, struct str name, struct str value)
{
    q->headers[q->header_count++] = (struct net_header) { name, value };
}

static struct net_request request(struct ctx *c, const struct flutterwave_call *in)
{
    struct secret key = { .bytes_ = S("") };
    struct net_request q = {
        .gateway = S("flutterwave"),
        .call = str_of_c(in->call),
        .attempt = in->attempt,
        .method = in->body.n > 0 ? S("POST") : S("GET"),
        .url = str_fmt(c->arena, "%.*s%.*s", SARG(config_str(c->config, CFG_FLUTTERWAVE_API_URL)),
            SARG(in->path)),
        .body = in->body,
        .private_target = true, /* the address is the owner's own configuration */
    };
    config_secret(c->config, CFG_FLUTTERWAVE_SECRET_KEY, 0, &key);
    add_header(&q, S("Authorization"), str_fmt(c->arena, "Bearer %.*s", SARG(key.bytes_)));
    if (in->body.n > 0)
        add_header(&q, S("Content-Type"), S("application/json"));
    return q;
}

/* A no that it did not word is somebody else's, who stood between us; and so is a yes. */
static enum outcome judge(const struct net_reply *reply, struct json_value v)
{
    enum outcome by_status = net_judge(reply);
    bool heard = by_status == OUTCOME_DONE || by_status == OUTCOME_DECLINED;
    if (!heard)
        return by_status;
    if (json_is(json_at(v, "status"), "error"))
        return OUTCOME_DECLINED; /* with 200, 400 or 404: all are seen */
    bool yes = by_status == OUTCOME_DONE && json_is(json_at(v, "status"), "success");
    return yes ? OUTCOME_DONE : OUTCOME_UNKNOWN;
}

static struct str refusal_of(struct ctx *c, const struct net_reply *reply, struct json_value v)
{
    struct str words = json_text(c->arena, v, "message");
    if (reply->outcome != OUTCOME_DONE)
        return reply->why;
    if (words.n == 0)
        return str_fmt(c->arena, "Flutterwave answered %d with nothing readable", reply->status);
    return str_fmt(
        c->arena, "Flutterwave answered %d: %.*s", reply->status, SARG(gateway_words(c, words)));
}

enum err flutterwave_ask(
    struct ctx *c, const struct flutterwave_call *in, struct flutterwave_answer *ret)
{
    struct flutterwave_answer a = { .outcome = OUTCOME_NOT_SENT };
    struct json_value v = { .kind = JSON_ABSENT };
    struct net_request q = request(c, in);
    TRY(net_call(c, &q, &a.reply));
    if (a.reply.outcome == OUTCOME_DONE && json_check(c, a.reply.body) == E_OK)
        v = json_root(a.reply.body);
    err_clear(c);
    a.outcome = judge(&a.reply, v);
    a.bad_key = a.reply.status == 401 || a.reply.status == 403;
    a.data = json_at(v, "data");
    a.refusal = a.outcome == OUTCOME_DONE ? S("") : refusal_of(c, &a.reply, v);
    *ret = a;
    return E_OK;
}
