#include "base/crypto.h"
#include "gateway/stripe.h"

/* What we have to say about a dispute: documents are uploaded to a host of their own, then all of
 * it is submitted, for good. */

/* The host of files is another; where Stripe itself is elsewhere (the sandbox), so are they. */
static struct str files_url(struct ctx *c)
{
    struct str url = config_str(c->config, CFG_STRIPE_API_URL);
    return str_eq(url, S("https://api.stripe.com")) ? S("https://files.stripe.com") : url;
}

static void put_part(struct buf *b, struct str border, const char *head, struct str body)
{
    buf_fmt(b, "--%.*s\r\nContent-Disposition: form-data; %s\r\n\r\n", SARG(border), head);
    buf_add(b, body);
    buf_add(b, S("\r\n"));
}

/* A name is only for people: what could end a header is not part of it. */
static struct str plain_name(struct ctx *c, struct str name)
{
    struct buf b = BUF(c->arena);
    for (size_t i = 0; i < name.n; i++)
        if ((name.p[i] >= 'a' && name.p[i] <= 'z') || (name.p[i] >= 'A' && name.p[i] <= 'Z') ||
            (name.p[i] >= '0' && name.p[i] <= '9') || name.p[i] == '.' || name.p[i] == '-')
            buf_char(&b, name.p[i]);
        else
            buf_char(&b, '_');
    return b.n > 0 ? buf_str(&b) : S("document");
}

enum err stripe_upload(
    struct ctx *c, const struct gateway_document *in, struct gateway_uploaded *ret)
{
    struct sha256 sum = sha256(in->body);
    struct str border =
        str_part(hex_text(c->arena, (struct str) { (const char *)sum.b, sizeof sum.b }), 0, 40);
    struct buf body = BUF(c->arena);
    struct stripe_answer a;
    put_part(&body, border, "name=\"purpose\"", S("dispute_evidence"));
    struct str head = str_fmt(c->arena, "name=\"file\"; filename=\"%.*s\"\r\nContent-Type: %.*s",
        SARG(plain_name(c, in->name)), SARG(in->type));
    put_part(&body, border, str_c(c->arena, head), in->body);
    buf_fmt(&body, "--%.*s--\r\n", SARG(border));
    struct stripe_call call = {
        .call = "create",
        .attempt = in->dispute,
        .host = files_url(c),
        .path = S("/v1/files"),
        .key = in->key,
        .form = buf_str(&body),
        .type = str_fmt(c->arena, "multipart/form-data; boundary=%.*s", SARG(border)),
    };
    TRY(stripe_ask(c, &call, &a));
    struct str id = json_text(c->arena, a.value, "id");
    bool good = a.outcome != OUTCOME_DONE || stripe_is_id(id);
    *ret = (struct gateway_uploaded) {
        .outcome = good ? a.outcome : OUTCOME_UNKNOWN,
        .id = good ? id : S(""),
        .refusal = good ? a.refusal : S("Stripe kept something that is no file"),
        .reply = a.reply,
    };
    return E_OK;
}

enum err stripe_answer_dispute(
    struct ctx *c, const struct gateway_evidence *in, struct gateway_disputes *ret)
{
    struct buf form = BUF(c->arena);
    struct stripe_answer a;
    *ret = (struct gateway_disputes) { .outcome = OUTCOME_DECLINED,
        .refusal = S("Stripe has no dispute of this name") };
    if (!stripe_is_id(in->reference))
        return E_OK;
    for (size_t i = 0; i < in->count; i++)
        stripe_put(&form, str_fmt(c->arena, "evidence[%.*s]", SARG(in->said[i].field->there)),
            in->said[i].text);
    stripe_put(&form, S("submit"), S("true"));
    struct stripe_call call = {
        .call = "create",
        .attempt = in->dispute,
        .path = str_fmt(c->arena, "/v1/disputes/%.*s", SARG(in->reference)),
        .key = in->key,
        .form = buf_str(&form),
    };
    TRY(stripe_ask(c, &call, &a));
    *ret =
        (struct gateway_disputes) { .outcome = a.outcome, .refusal = a.refusal, .reply = a.reply };
    return E_OK;
}
