#include "base/config.h"
#include "base/crypto.h"
#include "sandbox/stripe.h"

/* Events: kept in the account's version, delivered to each endpoint in its own. */

/* ---- endpoints: the platform's hear what is its own, those of Connect what is its sellers' */

static const struct str connect_path = S_INIT("/api/webhooks/stripe-connect");

static struct str path_of(bool connect)
{
    return connect ? connect_path : simulator_stripe.webhook_path;
}

/* purser's: wherever it is when the event is sent, with the secret it is configured with. */
static enum err add_own(struct st *s, bool connect)
{
    struct thing t = st_new(s, "webhook_endpoint");
    tree_push(tree_at(t.body, "enabled_events"), tree_of_str(s->a, S("*")));
    tree_set_str(s->a, t.body, "api_version", version_text(VERSION_OWN));
    tree_set_str(s->a, t.body, "url",
        str_fmt(s->a, "%.*s%.*s", SARG(s->c->sandbox->options.webhooks), SARG(path_of(connect))));
    tree_set_bool(s->a, t.body, "_purser", true);
    tree_set_bool(s->a, t.body, "_connect", connect);
    return st_add(s, &t);
}

static enum err open_connect(struct st *s)
{
    int64_t opened = 0;
    if (!s->c->sandbox->options.connects)
        return E_OK;
    TRY(model_setting_get(s->c, S("stripe:opened:connect"), &opened));
    if (opened != 0)
        return E_OK;
    TRY(add_own(s, true));
    return model_setting_set(s->c, S("stripe:opened:connect"), 1);
}

enum err st_open(struct st *s)
{
    int64_t opened = 0;
    TRY(model_setting_get(s->c, S("stripe:opened"), &opened));
    if (opened != 0)
        return open_connect(s);
    TRY(add_own(s, false));
    struct thing portal = st_new(s, "billing_portal.configuration");
    tree_set_i64(s->a, portal.body, "updated", st_now(s));
    TRY(st_add(s, &portal));
    TRY(model_setting_set(s->c, S("stripe:opened"), 1));
    return open_connect(s);
}

static bool wants(const struct tree *endpoint, const struct tree *event)
{
    struct str type = tree_str(event, "type");
    bool of_seller = tree_str(event, "account").n > 0;
    if (!str_eq(tree_str(endpoint, "status"), S("enabled")) ||
        tree_true(endpoint, "_connect") != of_seller)
        return false;
    tree_each (one, tree_at(endpoint, "enabled_events"))
        if (str_eq(one->text, S("*")) || str_eq(one->text, type))
            return true;
    return false;
}

/* The text that is signed and sent. */
static struct str body_for(
    struct st *s, const struct tree *event, const struct tree *was, struct str version_name)
{
    int version = VERSION_OWN;
    version_parse(version_name, &version);
    struct tree *out = tree_copy(s->a, event);
    tree_set_str(s->a, out, "api_version", version_text(version));
    struct tree *object = tree_at(out, "data.object");
    st_render(s, object, version);
    if (was != NULL) {
        struct tree *before = tree_copy(s->a, was);
        st_render(s, before, version);
        tree_set(s->a, out, "data.previous_attributes", tree_before(s->a, before, object));
    }
    return tree_pretty(s->a, out);
}

struct telling {
    struct tree *event;
    const struct tree *was;
    struct str type, about;
    int64_t listeners;
};

static enum err count(struct st *s, struct thing *endpoint, void *arg)
{
    (void)s;
    struct telling *k = arg;
    k->listeners += wants(endpoint->body, k->event) ? 1 : 0;
    return E_OK;
}

static enum err deliver(struct st *s, struct thing *endpoint, void *arg)
{
    const struct telling *k = arg;
    bool purser = tree_true(endpoint->body, "_purser");
    if (!wants(endpoint->body, k->event))
        return E_OK;
    struct hook d = {
        .gateway = S("stripe"),
        .about = k->about,
        .event = k->type,
        .path = purser ? path_of(tree_true(endpoint->body, "_connect"))
                       : tree_str(endpoint->body, "url"),
        .headers = purser ? S("") : tree_str(endpoint->body, "_secret"),
        .body = body_for(s, k->event, k->was, tree_str(endpoint->body, "api_version")),
    };
    return hook_add(s->c, &d);
}

enum err st_tell(struct st *s, const char *type, const struct tree *object, const struct tree *was)
{
    if (s->dry)
        return E_OK;
    struct thing t = st_new(s, "event");
    struct telling k = {
        .event = t.body,
        .was = was,
        .type = str_of_c(type),
        .about = s->about.n > 0 ? s->about : tree_str(object, "id"),
    };
    if (str_eq(tree_str(object, "object"), S("account")))
        tree_set_str(s->a, t.body, "account", tree_str(object, "id"));
    tree_set_str(s->a, t.body, "type", k.type);
    TRY(st_each(s, "webhook_endpoint", S(""), S(""), count, &k));
    tree_set_str(s->a, t.body, "api_version", version_text(VERSION_OWN));
    tree_set(s->a, t.body, "data.object", tree_copy(s->a, object));
    tree_set_i64(s->a, t.body, "pending_webhooks", k.listeners);
    tree_set_str_or_null(s->a, t.body, "request.id", s->request);
    tree_set_str_or_null(s->a, t.body, "request.idempotency_key", s->key);
    TRY(st_each(s, "webhook_endpoint", S(""), S(""), deliver, &k));
    if (was != NULL)
        tree_set(s->a, t.body, "data.previous_attributes", tree_before(s->a, was, object));
    return st_add(s, &t);
}

/* What nobody sees is no change. */
static bool looks_same(struct st *s, const struct tree *before, const struct tree *after)
{
    struct tree *x = tree_copy(s->a, before), *y = tree_copy(s->a, after);
    st_render(s, x, VERSION_OWN);
    st_render(s, y, VERSION_OWN);
    return tree_equal(x, y);
}

enum err st_save_and_tell(struct st *s, struct thing *t, const char *type)
{
    struct tree *was = t->was;
    TRY(st_save(s, t));
    return looks_same(s, was, t->body) ? E_OK : st_tell(s, type, t->body, was);
}

enum err st_add_and_tell(struct st *s, struct thing *t, const char *type)
{
    TRY(st_add(s, t));
    return st_tell(s, type, t->body, NULL);
}

/* ---- signatures */

static enum err add_v1(struct ctx *c, struct buf *b, struct secret secret, struct str signed_text)
{
    struct str mac;
    TRY(hmac_sign(c, HMAC_SHA256, secret, signed_text, &mac));
    buf_add(b, S(",v1="));
    buf_add(b, hex_text(c->arena, mac));
    return E_OK;
}

/* A time and a signature for each secret that holds now; v0 is one that means nothing. */
enum err st_signs(struct ctx *c, const struct hook *d, struct str *ret_headers)
{
    struct buf b = BUF(c->arena);
    struct str signed_text =
        str_fmt(c->arena, "%lld.%.*s", (long long)(c->wall_ms / 1000), SARG(d->body));
    buf_fmt(&b, "Stripe-Signature: t=%lld", (long long)(c->wall_ms / 1000));
    if (d->headers.n > 0) {
        TRY(add_v1(c, &b, secret_of(d->headers), signed_text));
    } else {
        struct secret secret;
        size_t n = 0;
        bool connect = str_eq(d->path, connect_path);
        for (; config_secret(c->config,
                 connect ? CFG_STRIPE_CONNECT_WEBHOOK_SECRET : CFG_STRIPE_WEBHOOK_SECRET, n,
                 &secret);
             n++)
            TRY(add_v1(c, &b, secret, signed_text));
        if (n == 0)
            return fail(c, INVALID_REQUEST, "%s signs webhooks and is not set",
                connect ? "STRIPE_CONNECT_WEBHOOK_SECRET" : "STRIPE_WEBHOOK_SECRET");
    }
    struct sha256 decoy = sha256(signed_text);
    buf_fmt(&b,
        ",v0=%.*s\nContent-Type: application/json; charset=utf-8\n"
        "User-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\n",
        SARG(hex_text(c->arena, (struct str) { (const char *)decoy.b, sizeof decoy.b })));
    *ret_headers = buf_str(&b);
    return E_OK;
}

/* ---- routes: events */

/* The platform's, or the seller's that is acted for. */
static bool in_scope(const struct st *s, const struct tree *event)
{
    return str_eq(tree_str(event, "account"), s->account);
}

static enum err need_event(struct st *s, struct thing *ret)
{
    TRY(st_need(s, "event", ret));
    return in_scope(s, ret->body) ? E_OK : st_no_such(s, 404, "event", s->r->params[0], S("id"));
}

enum err v1_event_get(struct st *s)
{
    struct thing t;
    TRY(need_event(s, &t));
    s->answer = t.body;
    return E_OK;
}

/* "invoice.*" means all that begin like that. */
static bool type_is(struct str type, struct str asked)
{
    if (str_ends(asked, S("*")))
        return str_starts(type, str_part(asked, 0, asked.n - 1));
    return str_eq(type, asked);
}

static bool of_type(struct st *s, const struct tree *body)
{
    struct str type = tree_str(body, "type"), one = tree_str(s->params, "type");
    struct tree *types = param_group(s, NULL, "types");
    if (!in_scope(s, body) || (one.n > 0 && !type_is(type, one)))
        return false;
    for (struct tree *t = types != NULL ? types->first : NULL; t != NULL; t = t->next)
        if (type_is(type, t->text))
            return true;
    return types == NULL;
}

/* Those that are named in full; empty when one of them is not. */
static struct str types_asked(struct st *s)
{
    struct buf b = BUF(s->a);
    struct tree *types = param_group(s, NULL, "types");
    for (struct tree *t = types != NULL ? types->first : NULL; t != NULL; t = t->next) {
        if (str_ends(t->text, S("*")))
            return S("");
        buf_fmt(&b, "%s%.*s,", t == types->first ? "," : "", SARG(t->text));
    }
    return buf_str(&b);
}

enum err v1_event_list(struct st *s)
{
    struct listing l = { .kind = "event", .keeps = of_type, .parents = types_asked(s) };
    param_skip(s, NULL, "type");
    param_skip(s, NULL, "types");
    param_skip(s, NULL, "delivery_success");
    return st_list(s, &l);
}

/* What the command line's "events resend" asks for: to one endpoint, or to all again. */
static enum err again(struct st *s, struct thing *endpoint, void *arg)
{
    struct telling *k = arg;
    struct str only = tree_str(s->params, "webhook_endpoint");
    return only.n > 0 && !str_eq(only, endpoint->id) ? E_OK : deliver(s, endpoint, k);
}

enum err v1_event_retry(struct st *s)
{
    struct thing t;
    param_skip(s, NULL, "webhook_endpoint");
    TRY(need_event(s, &t));
    struct telling k = { .event = t.body, .type = tree_str(t.body, "type"), .about = t.id };
    TRY(st_each(s, "webhook_endpoint", S(""), S(""), again, &k));
    s->answer = t.body;
    return E_OK;
}

/* ---- routes: endpoints */

static enum err read_events(struct st *s, struct thing *t)
{
    struct tree *given = param_group(s, NULL, "enabled_events");
    if (given == NULL)
        return E_OK;
    struct tree *list = tree_of(s->a, JSON_ARRAY);
    tree_each (one, given) {
        one->seen = true;
        tree_push(list, tree_of_str(s->a, one->text));
    }
    tree_set(s->a, t->body, "enabled_events", list);
    return E_OK;
}

enum err v1_endpoint_create(struct st *s)
{
    struct thing t = st_new(s, "webhook_endpoint");
    struct str version = version_text(s->version), url = S("");
    bool connect = false;
    int parsed = 0;
    TRY(param_str(s, NULL, "url", &url));
    if (url.n == 0)
        return param_missing(s, NULL, "url");
    if (!str_starts(url, S("http://")) && !str_starts(url, S("https://")))
        return st_refuse(s, 400, "url_invalid", S("url"), "Invalid URL: an http or https URL");
    if (!param_given(s, NULL, "enabled_events"))
        return param_missing(s, NULL, "enabled_events");
    TRY(param_str(s, NULL, "api_version", &version));
    if (!version_parse(version, &parsed))
        return st_refuse(
            s, 400, "", S("api_version"), "Invalid Stripe API version: %.*s", SARG(version));
    TRY(param_bool(s, NULL, "connect", &connect));
    tree_set_bool(s->a, t.body, "_connect", connect);
    tree_set_str(s->a, t.body, "url", url);
    tree_set_str(s->a, t.body, "api_version", version);
    TRY(read_events(s, &t));
    TRY(PARAM_TEXTS(s, NULL, t.body, "description"));
    TRY(param_metadata(s, NULL, t.body));
    struct str secret = st_fresh(s, "whsec_", 32);
    tree_set_str(s->a, t.body, "_secret", secret);
    TRY(st_add(s, &t));
    s->answer = t.body;
    tree_set_str(s->a, s->answer, "secret", secret); /* said this once */
    return E_OK;
}

enum err v1_endpoint_get(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "webhook_endpoint", &t));
    s->answer = t.body;
    return E_OK;
}

enum err v1_endpoint_update(struct st *s)
{
    struct thing t;
    bool disabled = false;
    TRY(st_need(s, "webhook_endpoint", &t));
    TRY(read_events(s, &t));
    TRY(param_bool(s, NULL, "disabled", &disabled));
    if (param_given(s, NULL, "disabled"))
        tree_set_str(s->a, t.body, "status", disabled ? S("disabled") : S("enabled"));
    TRY(PARAM_TEXTS(s, NULL, t.body, "url", "description"));
    if (!str_eq(tree_str(t.body, "url"), tree_str(t.was, "url")))
        tree_drop(t.body, "_purser");
    TRY(param_metadata(s, NULL, t.body));
    s->answer = t.body;
    return st_save(s, &t);
}

enum err v1_endpoint_delete(struct st *s)
{
    struct thing t;
    TRY(st_need(s, "webhook_endpoint", &t));
    return st_delete(s, &t);
}

enum err v1_endpoint_list(struct st *s)
{
    return st_list(s, &(struct listing) { .kind = "webhook_endpoint" });
}
