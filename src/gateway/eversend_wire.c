#include "base/clock.h"
#include "gateway/eversend.h"
#include "net/pass.h"

/* A token is fetched with id and secret, and lets us in for a while; then every answer is an
 * envelope: {"code":200,"data":…,"success":true}.  A no has been seen in several shapes, so any
 * that Eversend itself has worded is one. */

enum {
    EARLY_MS = 60 * 1000 /* a token that ends so soon is not used any more */
};

static void add_header(struct net_request *q, struct str name, struct str value)
{
    q->headers[q->header_count++] = (struct net_header) { name, value };
}

static struct net_request request(struct ctx *c, const struct eversend_call *in)
{
    struct net_request q = {
        .gateway = S("eversend"),
        .call = str_of_c(in->call),
        .attempt = in->attempt,
        .method = in->body.n > 0 ? S("POST") : S("GET"),
        .url = str_fmt(c->arena, "%.*s%.*s", SARG(config_str(c->config, CFG_EVERSEND_API_URL)),
            SARG(in->path)),
        .body = in->body,
        .private_target = true, /* the address is the owner's own configuration */
    };
    struct str origin = config_str(c->config, CFG_EVERSEND_ORIGIN);
    if (origin.n > 0)
        add_header(&q, S("Origin"), origin);
    if (in->body.n > 0)
        add_header(&q, S("Content-Type"), S("application/json"));
    return q;
}

/* ---- what an answer says */

static struct str words_of(struct ctx *c, struct json_value v)
{
    struct str one = json_text(c->arena, v, "message");
    return one.n > 0 ? one : json_text(c->arena, v, "message.0");
}

/* Its own code, where it says one, counts as HTTP's does. */
static int64_t code_of(struct json_value v)
{
    int64_t code = 0;
    if (!json_to_i64(json_at(v, "code"), &code) && !json_to_i64(json_at(v, "status"), &code))
        return 0;
    return code;
}

/* A no that it did not word is somebody else's, who stood between us; and so is a yes. */
static enum outcome judge(struct ctx *c, const struct net_reply *reply, struct json_value v)
{
    struct net_reply inner = *reply;
    enum outcome by_status = net_judge(reply);
    bool refused = false, yes = false;
    if (by_status != OUTCOME_DONE && by_status != OUTCOME_DECLINED)
        return by_status;
    int64_t code = code_of(v);
    bool worded = words_of(c, v).n > 0;
    if (by_status == OUTCOME_DECLINED)
        return worded ? OUTCOME_DECLINED : OUTCOME_UNKNOWN;
    refused = json_to_bool(json_at(v, "success"), &yes) && !yes;
    if (code >= 400 && code < 600) {
        inner.status = (int)code;
        enum outcome said = net_judge(&inner);
        return said == OUTCOME_DECLINED && !worded ? OUTCOME_UNKNOWN : said;
    }
    return refused ? (worded ? OUTCOME_DECLINED : OUTCOME_UNKNOWN)
                   : (v.kind == JSON_OBJECT ? OUTCOME_DONE : OUTCOME_UNKNOWN);
}

static struct str refusal_of(struct ctx *c, const struct eversend_answer *a)
{
    if (a->reply.outcome != OUTCOME_DONE)
        return a->reply.why;
    if (a->words.n == 0)
        return str_fmt(c->arena, "Eversend answered %d with nothing readable", a->reply.status);
    return str_fmt(c->arena, "Eversend answered %d: %.*s", a->reply.status, SARG(a->words));
}

static enum err call(struct ctx *c, const struct net_request *q, struct json_value *ret_body,
    struct eversend_answer *ret)
{
    struct eversend_answer a = { .outcome = OUTCOME_NOT_SENT };
    struct json_value v = { .kind = JSON_ABSENT };
    TRY(net_call(c, q, &a.reply));
    if (a.reply.outcome == OUTCOME_DONE && json_check(c, a.reply.body) == E_OK)
        v = json_root(a.reply.body);
    err_clear(c);
    a.outcome = judge(c, &a.reply, v);
    a.data = json_at(v, "data");
    a.words = eversend_words(c, words_of(c, v));
    a.missing = a.reply.status == 404 || code_of(v) == 404;
    a.bad_key = a.reply.status == 401 || a.reply.status == 403 || code_of(v) == 401;
    a.refusal = a.outcome == OUTCOME_DONE ? S("") : refusal_of(c, &a);
    *ret_body = v;
    *ret = a;
    return E_OK;
}

/* ---- being let in */

/* Until when: what it says of the token, less a little; or what its owner says. */
static int64_t until_ms(const struct ctx *c, struct str expires)
{
    int64_t at_ms = 0;
    if (time_parse_iso(expires, &at_ms))
        return at_ms - EARLY_MS;
    return c->wall_ms + config_i64(c->config, CFG_EVERSEND_TOKEN_TTL_S) * 1000 - EARLY_MS / 2;
}

/* What was to be asked has not left: a token that did not come is NOT_SENT, whatever it was. */
static enum err fetch_token(struct ctx *c, struct secret *ret, struct eversend_answer *failed)
{
    const struct eversend_call in = { .call = "token", .path = S("/auth/token") };
    struct net_request q = request(c, &in);
    struct secret secret = { .bytes_ = S("") };
    struct json_value v;
    config_secret(c->config, CFG_EVERSEND_CLIENT_SECRET, 0, &secret);
    add_header(&q, S("clientId"), config_str(c->config, CFG_EVERSEND_CLIENT_ID));
    add_header(&q, S("clientSecret"), secret_reveal(secret));
    TRY(call(c, &q, &v, failed));
    struct str token = json_text(c->arena, v, "token");
    bool usable = failed->outcome == OUTCOME_DONE && token.n > 0 && token.n <= PASS_MAX &&
        str_is_visible(token);
    if (!usable) {
        failed->bad_key = failed->outcome == OUTCOME_DECLINED;
        failed->refusal = str_fmt(c->arena, "Eversend gave no token: %.*s",
            SARG(failed->refusal.n > 0 ? failed->refusal : S("its answer has none")));
        failed->outcome = OUTCOME_NOT_SENT;
        *ret = secret_of(S(""));
        return E_OK;
    }
    *ret = secret_of(token);
    int64_t until = until_ms(c, json_text(c->arena, v, "expires"));
    if (until > c->wall_ms)
        pass_keep(c, S("eversend"), *ret, until);
    return E_OK;
}

static enum err ask_with(
    struct ctx *c, const struct eversend_call *in, struct secret token, struct eversend_answer *ret)
{
    struct net_request q = request(c, in);
    struct json_value v;
    add_header(
        &q, S("Authorization"), str_fmt(c->arena, "Bearer %.*s", SARG(secret_reveal(token))));
    return call(c, &q, &v, ret);
}

/* A token that it does not know any more, and not an account that it does not want to hear. */
static bool is_stale(const struct eversend_answer *a)
{
    return a->reply.outcome == OUTCOME_DONE && a->bad_key && a->reply.status != 403 &&
        !str_has(a->words, S("origin"));
}

enum err eversend_ask(struct ctx *c, const struct eversend_call *in, struct eversend_answer *ret)
{
    struct secret token;
    struct eversend_answer a = { .outcome = OUTCOME_NOT_SENT };
    bool kept = pass_get(c, S("eversend"), &token);
    if (!kept)
        TRY(fetch_token(c, &token, &a));
    if (secret_len(token) > 0)
        TRY(ask_with(c, in, token, &a));
    if (kept && is_stale(&a)) {
        pass_drop(c, S("eversend"), token);
        TRY(fetch_token(c, &token, &a));
        if (secret_len(token) > 0)
            TRY(ask_with(c, in, token, &a));
    }
    *ret = a;
    return E_OK;
}
