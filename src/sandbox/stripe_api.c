#include "base/config.h"
#include "base/crypto.h"
#include "sandbox/stripe_account.h"
#include "sandbox/stripe_page.h"

/* What every call has in common: the key, the version, idempotency, faults, and errors as Stripe
 * writes them.  A call is one transaction; a refusal that has left no traces undoes it. */

struct endpoint {
    enum err (*run)(struct st *s);
    const char *call; /* what faults call it */
};
static const struct endpoint endpoints[] = {
#define ENDPOINT(method, path, run, call, about) { run, call },
#include "sandbox/stripe.def"
#undef ENDPOINT
};

struct asked {
    struct req *r;
    const struct endpoint *endpoint;
    struct st s;
    struct str print;
    /* What is answered. */
    int64_t status;
    struct str body, original;
    bool replayed;
};

/* ---- errors */

static struct str doc_url(struct st *s, struct str code)
{
    struct buf b = BUF(s->a);
    buf_add(&b, S("https://stripe.com/docs/error-codes/"));
    for (size_t i = 0; i < code.n; i++)
        buf_char(&b, code.p[i] == '_' ? '-' : code.p[i]);
    return buf_str(&b);
}

static struct str error_body(struct st *s)
{
    const struct refusal *f = &s->refusal;
    struct tree *error = tree_of(s->a, JSON_OBJECT), *body = tree_of(s->a, JSON_OBJECT);
    if (f->code.n > 0) {
        tree_set_str(s->a, error, "code", f->code);
        tree_set_str(s->a, error, "doc_url", doc_url(s, f->code));
    }
    tree_set_str(s->a, error, "message", f->message);
    if (f->param.n > 0)
        tree_set_str(s->a, error, "param", f->param);
    tree_set_str(s->a, error, "request_log_url",
        str_fmt(s->a, "https://dashboard.stripe.com/test/logs/%.*s", SARG(s->request)));
    tree_set_str(s->a, error, "type", f->type);
    for (struct tree *more = f->more != NULL ? f->more->first : NULL; more != NULL;) {
        struct tree *next = more->next;
        tree_put(error, more->name, more);
        more = next;
    }
    tree_put(body, S("error"), error);
    st_render(s, body, s->version);
    return tree_pretty(s->a, body);
}

static void refuse(struct asked *k, int status, const char *type, const char *code, const char *why)
{
    k->s.refusal = (struct refusal) {
        .status = status,
        .type = str_of_c(type),
        .code = str_of_c(code),
        .message = str_of_c(why),
    };
}

/* ---- before anything else */

/* "Bearer sk_…", or Basic with the key as the user's name. */
static struct str key_of(struct ctx *c, const struct req *r)
{
    struct str header = str_trim(req_header(r, S("Authorization"))), scheme, key, raw, password;
    str_cut(header, ' ', &scheme, &key);
    if (str_eq_nocase(scheme, S("Bearer")))
        return str_trim(key);
    if (!str_eq_nocase(scheme, S("Basic")) || !base64_parse(c->arena, str_trim(key), &raw))
        return S("");
    str_cut(raw, ':', &key, &password);
    return key;
}

static bool admit(struct asked *k)
{
    struct ctx *c = k->r->c;
    struct str given = key_of(c, k->r);
    struct secret key;
    if (given.n == 0)
        refuse(k, 401, "invalid_request_error", "",
            "You did not provide an API key. You need to provide your API key in the Authorization "
            "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').");
    else if (str_starts(given, S("pk_")))
        refuse(k, 401, "invalid_request_error", "secret_key_required",
            "This API call cannot be made with a publishable API key. Please use a secret key.");
    else if (!config_secret(c->config, CFG_STRIPE_SECRET_KEY, 0, &key) || !secret_is(key, given))
        refuse(k, 401, "invalid_request_error", "",
            str_c(c->arena,
                str_fmt(c->arena, "Invalid API Key provided: %.*s****",
                    SARG(str_clean(c->arena, str_part(given, 0, 8), 8)))));
    return k->s.refusal.status == 0;
}

static bool read_headers(struct asked *k)
{
    struct st *s = &k->s;
    struct str version = str_trim(req_header(k->r, S("Stripe-Version")));
    s->key = str_eq(k->r->method, S("POST")) ? req_header(k->r, S("Idempotency-Key")) : S("");
    s->account = str_trim(req_header(k->r, S("Stripe-Account")));
    if (version.n > 0 && !version_parse(version, &s->version))
        refuse(k, 400, "invalid_request_error", "",
            str_c(s->a,
                str_fmt(
                    s->a, "Invalid Stripe API version: %.*s", SARG(str_clean(s->a, version, 50)))));
    else if (s->key.n > 255 || !str_is_text(s->key))
        refuse(
            k, 400, "invalid_request_error", "", "Idempotency keys have at most 255 characters.");
    return s->refusal.status == 0;
}

static bool read_params(struct asked *k)
{
    struct st *s = &k->s;
    struct str type, rest, why = S("");
    s->params = tree_of(s->a, JSON_OBJECT);
    str_cut(req_header(k->r, S("Content-Type")), ';', &type, &rest);
    if (k->r->body.n > 0 && str_eq_nocase(str_trim(type), S("application/json")))
        why = S("Invalid request: send parameters as application/x-www-form-urlencoded.");
    else if (str_eq_nocase(str_trim(type), S("multipart/form-data")))
        st_read_multipart(s, req_header(k->r, S("Content-Type")), k->r->body, &why);
    else if (form_add(s->a, k->r->query, s->params, &why))
        form_add(s->a, k->r->body, s->params, &why);
    if (why.n > 0)
        refuse(k, 400, "invalid_request_error", "", str_c(s->a, why));
    struct sha256 print = sha256(str_fmt(s->a, "%.*s\n%.*s\n%.*s", SARG(k->r->method),
        SARG(k->r->path), SARG(tree_text(s->a, s->params))));
    k->print = hex_text(s->a, (struct str) { (const char *)print.b, sizeof print.b });
    return why.n == 0;
}

/* ---- in the transaction */

static enum err replay(struct asked *k, bool *ret_done)
{
    struct st *s = &k->s;
    struct stripe_answer kept;
    bool found = false;
    if (s->key.n > 0)
        TRY(stripe_answer_get(s->c, s->key, &found, &kept));
    *ret_done = found;
    if (!found)
        return E_OK;
    if (!str_eq(kept.print, k->print)) {
        st_refuse(s, 400, "", S(""),
            "Keys for idempotent requests can only be used with the same parameters they were "
            "first used with. Try using a key other than '%.*s' if you meant to execute a "
            "different request.",
            SARG(s->key));
        s->refusal.type = S("idempotency_error");
        return E_INVALID;
    }
    k->status = kept.status;
    k->body = kept.body;
    k->original = kept.request;
    k->replayed = true;
    return E_OK;
}

/* Amounts and currencies that are not what was asked for. */
static void lie(struct st *s)
{
    static const char *const amounts[] = { "amount", "amount_total", "amount_received",
        "amount_due", "amount_paid", "total" };
    struct str currency = tree_str(s->answer, "currency");
    for (size_t i = 0; i < ARRAY_LEN(amounts) && s->fault == FAULT_WRONG_AMOUNT; i++)
        if (tree_i64(s->answer, amounts[i]) > 0)
            tree_set_i64(s->a, s->answer, amounts[i], tree_i64(s->answer, amounts[i]) + 1);
    if (s->fault == FAULT_WRONG_CURRENCY && currency.n > 0)
        tree_set_str(s->a, s->answer, "currency", str_eq(currency, S("usd")) ? S("eur") : S("usd"));
}

/* What is done for a seller under Stripe-Account: who it is, and what it was told of. */
static enum err act_for(struct st *s, const struct endpoint *endpoint)
{
    static enum err (*const may[])(struct st * s) = { v1_account, v1_account_get, v1_event_list,
        v1_event_get, v1_event_retry };
    struct thing seller;
    if (s->account.n == 0)
        return E_OK;
    TRY(st_account_need(s, s->account, &seller));
    for (size_t i = 0; i < ARRAY_LEN(may); i++)
        if (endpoint->run == may[i])
            return E_OK;
    return st_refuse(s, 400, "", S(""),
        "The simulated Stripe does not act for connected accounts here: leave Stripe-Account out.");
}

static enum err run(struct asked *k)
{
    struct st *s = &k->s;
    TRY(act_for(s, k->endpoint));
    TRY(k->endpoint->run(s));
    TRY(params_end(s));
    k->status = s->refusal.status > 0 ? s->refusal.status : 200;
    if (s->refusal.status > 0) {
        k->body = error_body(s);
        return E_OK;
    }
    must(s->answer != NULL);
    s->answer = tree_copy(s->a, s->answer);
    TRY(st_expand(s));
    st_render(s, s->answer, s->version);
    if (str_eq(k->r->method, S("GET")))
        lie(s);
    k->body = tree_pretty(s->a, s->answer);
    return E_OK;
}

static enum err call_tx(struct ctx *c, void *arg)
{
    struct asked *k = arg;
    struct st *s = &k->s;
    bool done = false;
    s->refusal = (struct refusal) { 0 };
    s->answer = NULL;
    must(c == s->c);
    TRY(st_open(s));
    TRY(replay(k, &done));
    if (done)
        return E_OK;
    /* expand[] is everybody's. */
    param_skip(s, NULL, "expand");
    TRY(fault_take(c, S("stripe"), k->endpoint->call, &s->fault));
    if (fault_prevents(s->fault))
        return E_OK;
    TRY(run(k));
    if (s->fault == FAULT_500_AFTER) {
        refuse(k, 500, "api_error", "", "An unknown error occurred");
        k->status = 500;
        k->body = error_body(s);
    }
    struct stripe_answer kept = { k->print, s->request, k->body, k->status };
    return s->key.n > 0 ? stripe_answer_put(c, s->key, &kept) : E_OK;
}

/* A card that was declined is remembered under its key, also where nothing else is left of it. */
static enum err keep_tx(struct ctx *c, void *arg)
{
    struct asked *k = arg;
    struct stripe_answer kept = { k->print, k->s.request, error_body(&k->s), 402 };
    return stripe_answer_put(c, k->s.key, &kept);
}

static enum err keep_refusal(struct asked *k)
{
    bool executed = k->s.refusal.status == 402 && k->s.key.n > 0;
    return executed ? sandbox_tx(k->r->c, "stripe.keep", keep_tx, k) : E_OK;
}

/* ---- answering */

static void prevented(struct asked *k)
{
    switch (k->s.fault) {
    case FAULT_REFUSE:
        refuse(k, 400, "invalid_request_error", "", "Your account cannot currently make charges.");
        break;
    case FAULT_429:
        refuse(k, 429, "invalid_request_error", "rate_limit",
            "Request rate limit exceeded. Learn more about rate limits at "
            "https://stripe.com/docs/rate-limits.");
        answer_header(k->r, S("Stripe-Rate-Limited-Reason"), S("global-rate"));
        break;
    case FAULT_500:
    case FAULT_TIMEOUT:
        refuse(k, 500, "api_error", "", "An unknown error occurred");
        break;
    case FAULT_NONE:
    case FAULT_RESET_AFTER:
    case FAULT_500_AFTER:
    case FAULT_MALFORMED:
    case FAULT_SLOW:
    case FAULT_WRONG_AMOUNT:
    case FAULT_WRONG_CURRENCY:
    case FAULT_COUNT:
        never("a fault that prevents nothing");
    }
}

static void answer_call(struct asked *k)
{
    struct st *s = &k->s;
    if (k->body.n == 0) {
        k->status = s->refusal.status;
        k->body = error_body(s);
    }
    answer_text(k->r, (int)k->status, S("application/json"), k->body);
    answer_header(k->r, S("Stripe-Version"), version_text(s->version));
    if (s->account.n > 0 && s->refusal.status == 0)
        answer_header(k->r, S("Stripe-Account"), s->account);
    if (s->key.n > 0 && k->status != 401 && str_is_visible(s->key)) {
        answer_header(k->r, S("Idempotency-Key"), s->key);
        answer_header(k->r, S("Original-Request"), k->replayed ? k->original : s->request);
    }
    if (k->replayed)
        answer_header(k->r, S("Idempotent-Replayed"), S("true"));
}

static void begin(struct asked *k, struct req *r)
{
    *k = (struct asked) { .r = r, .s = st_work(r->c) };
    k->s.r = r;
    k->s.request = st_fresh(&k->s, "req_", 14);
    r->c->request_id = k->s.request;
}

static enum err called(struct req *r)
{
    struct asked k;
    begin(&k, r);
    k.endpoint = &endpoints[r->route - stripe_routes.route];
    if (admit(&k) && read_headers(&k) && read_params(&k)) {
        enum err e = sandbox_tx(r->c, "stripe.call", call_tx, &k);
        if (e != E_OK && k.s.refusal.status == 0)
            return e;
        if (e != E_OK)
            TRY(keep_refusal(&k));
        if (e != E_OK)
            k.body = S("");
        else if (fault_prevents(k.s.fault))
            prevented(&k);
        sandbox_fault(r, k.s.fault);
        sandbox_wake(r->c->sandbox);
    }
    answer_call(&k);
    return E_OK;
}

static bool stray(struct req *r)
{
    struct asked k;
    if (!str_starts(r->path, S("/v1/")))
        return false;
    begin(&k, r);
    if (admit(&k))
        refuse(&k, 404, "invalid_request_error", "",
            str_c(r->c->arena,
                str_fmt(r->c->arena,
                    "Unrecognized request URL (%.*s: %.*s). The simulated Stripe has no such "
                    "route; docs/sandbox.md lists what it has.",
                    SARG(r->method), SARG(str_clean(r->c->arena, r->path, 200)))));
    answer_call(&k);
    return true;
}

static const struct route table[] = {
#define ENDPOINT(method, path, run, call, about)                                                   \
    { method, path, SHAPE_PLAIN, NULL, called, NULL, 0, ALLOW_ANYONE, 0, 0, "Stripe: " about },
#include "sandbox/stripe.def"
#undef ENDPOINT
};
const struct routes stripe_routes = { table, ARRAY_LEN(table) };

/* ---- the rest of the house */

static const struct holdings holdings = {
    .owns = stripe_owns,
    .pay = stripe_pay,
    .emit = stripe_emit,
    .next_due = stripe_next_due,
    .turn = stripe_turn,
    .reset = stripe_empty,
};

const struct site stripe_site = {
    .name = S_INIT("Simulated Stripe"),
    .color = S_INIT(SIMULATED_COLOR),
    .sandbox = true,
};

static const struct routes *const pages[] = { &stripe_page_routes, &stripe_portal_routes,
    &stripe_seller_routes, NULL };

const struct simulator simulator_stripe = {
    .name = S_INIT("stripe"),
    .title = S_INIT("Stripe"),
    .routes = &stripe_routes,
    .pages = pages,
    .site = &stripe_site,
    .webhook_path = S_INIT("/api/webhooks/stripe"),
    .stray = stray,
    .signs = st_signs,
    .holds = &holdings,
};
