#include "gateway/stripe.h"

#include "base/url.h"

bool stripe_is_live(struct ctx *c)
{
    struct secret key = { .bytes_ = S("") };
    config_secret(c->config, CFG_STRIPE_SECRET_KEY, 0, &key);
    return str_starts(key.bytes_, S("sk_live_")) || str_starts(key.bytes_, S("rk_live_"));
}

/* ---- bodies */

void stripe_put(struct buf *form, struct str name, struct str value)
{
    if (value.n == 0)
        return;
    if (form->n > 0)
        buf_char(form, '&');
    buf_add(form, name);
    buf_char(form, '=');
    buf_add(form, url_encode(form->arena, value));
}

void stripe_put_i64(struct buf *form, struct str name, int64_t value)
{
    stripe_put(form, name, str_fmt(form->arena, "%lld", (long long)value));
}

void stripe_put_unset(struct buf *form, struct str name)
{
    if (form->n > 0)
        buf_char(form, '&');
    buf_add(form, name);
    buf_char(form, '=');
}

bool stripe_is_id(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        if ((ch < 'a' || ch > 'z') && (ch < 'A' || ch > 'Z') && (ch < '0' || ch > '9') &&
            ch != '_' && ch != '-')
            return false;
    }
    return s.n >= 1 && s.n <= 255;
}

/* ---- answers */

static enum outcome judge(const struct net_reply *reply, struct json_value error)
{
    enum outcome by_status = net_judge(reply);
    bool worded = error.kind == JSON_OBJECT;
    if (by_status != OUTCOME_DECLINED)
        return by_status;
    /* Under this key something else was asked before: what came of that is not known here.  424
     * says that somebody behind Stripe failed, and not when. */
    if (json_is(json_at(error, "type"), "idempotency_error") || reply->status == 424)
        return OUTCOME_UNKNOWN;
    /* A no that Stripe did not word is somebody else's, who stood between us. */
    return worded ? OUTCOME_DECLINED : OUTCOME_UNKNOWN;
}

static struct str refusal_of(struct ctx *c, const struct net_reply *reply, struct json_value error)
{
    struct str words = json_text(c->arena, error, "message");
    struct str code = json_text(c->arena, error, "decline_code");
    if (reply->outcome != OUTCOME_DONE)
        return reply->why;
    if (code.n == 0)
        code = json_text(c->arena, error, "code");
    if (words.n == 0 && code.n == 0)
        return str_fmt(c->arena, "Stripe answered %d with nothing readable", reply->status);
    return str_fmt(c->arena, "Stripe answered %d%s%.*s: %.*s", reply->status,
        code.n > 0 ? ", " : "", SARG(str_part(code, 0, 60)), SARG(gateway_words(c, words)));
}

static void read_answer(struct ctx *c, struct stripe_answer *a)
{
    const struct net_reply *reply = &a->reply;
    struct json_value v = { .kind = JSON_ABSENT };
    if (reply->outcome == OUTCOME_DONE && json_check(c, reply->body) == E_OK)
        v = json_root(reply->body);
    err_clear(c);
    struct json_value error = json_at(v, "error");
    a->outcome = judge(reply, error);
    if (a->outcome == OUTCOME_DONE && v.kind != JSON_OBJECT)
        a->outcome = OUTCOME_UNKNOWN;
    a->value = v;
    a->refusal = a->outcome == OUTCOME_DONE ? S("") : refusal_of(c, reply, error);
}

bool stripe_refused(const struct stripe_answer *a, const char *code, const char *param)
{
    struct json_value error = json_at(a->value, "error");
    return a->outcome == OUTCOME_DECLINED && json_is(json_at(error, "code"), code) &&
        (param == NULL || json_is(json_at(error, "param"), param));
}

/* ---- requests */

static void add_header(struct net_request *q, struct str name, struct str value)
{
    q->headers[q->header_count++] = (struct net_header) { name, value };
}

enum err stripe_ask(struct ctx *c, const struct stripe_call *in, struct stripe_answer *ret)
{
    struct stripe_answer a = { .outcome = OUTCOME_NOT_SENT };
    struct secret key = { .bytes_ = S("") };
    bool posts = in->key.n > 0;
    struct str host = in->host.n > 0 ? in->host : config_str(c->config, CFG_STRIPE_API_URL);
    struct net_request q = {
        .gateway = S("stripe"),
        .call = str_of_c(in->call),
        .attempt = in->attempt,
        .method = posts   ? S("POST")
            : in->deletes ? S("DELETE")
                          : S("GET"),
        .url = str_fmt(c->arena, "%.*s%.*s", SARG(host), SARG(in->path)),
        .body = in->form,
        .private_target = true, /* the address is the owner's own configuration */
    };
    config_secret(c->config, CFG_STRIPE_SECRET_KEY, 0, &key);
    add_header(&q, S("Authorization"), str_fmt(c->arena, "Bearer %.*s", SARG(key.bytes_)));
    add_header(&q, S("Stripe-Version"), STRIPE_VERSION);
    if (posts) {
        add_header(&q, S("Content-Type"),
            in->type.n > 0 ? in->type : S("application/x-www-form-urlencoded"));
        add_header(&q, S("Idempotency-Key"), in->key);
    }
    TRY(net_call(c, &q, &a.reply));
    read_answer(c, &a);
    *ret = a;
    return E_OK;
}
