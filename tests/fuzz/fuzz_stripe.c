/* The simulated Stripe is asked anything: it answers 200, or an error in Stripe's shape, never a
 * failure of its own; what it answers is JSON and shows none of its own members.
 * Input: "POST /v1/customers/{id}", a line end, the form.  {id} becomes one that exists. */
#include "base/clock.h"
#include "base/config.h"
#include "base/id.h"
#include "net/net.h"
#include "sandbox/sandbox.h"
#include "sandbox/tree.h"
#include "web/web.h"

static enum err heard(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    must(net->call == heard && c->db == NULL && in->body.n > 0);
    *ret = (struct net_reply) { .outcome = OUTCOME_DONE, .status = 200 };
    return E_OK;
}

/* What a client would not send in a URL, is not sent: the framing has fuzzers of its own. */
static struct str query_of(struct arena *a, struct str form)
{
    struct buf b = BUF(a);
    for (size_t i = 0; i < form.n; i++) {
        struct str one = str_part(form, i, 1);
        bool plain = str_has(S("%=&[]+"), one);
        buf_add(&b, plain ? one : url_encode(a, one));
    }
    return buf_str(&b);
}

static struct tree *ask(struct ctx *c, struct str what, struct str form, int *ret_status)
{
    struct str method, path;
    struct net_reply reply = { 0 };
    str_cut(what, ' ', &method, &path);
    bool post = str_eq(method, S("POST"));
    struct net_request in = {
        .gateway = S("stripe"),
        .call = S("fuzz"),
        .method = method,
        .url = post ? str_fmt(c->arena, "http://127.0.0.1%.*s", SARG(path))
                    : str_fmt(c->arena, "http://127.0.0.1%.*s?%.*s", SARG(path),
                          SARG(query_of(c->arena, form))),
        .headers = { { S("Authorization"), S("Bearer sk_test_sandbox_1234567890") } },
        .header_count = 1,
        .body = post ? form : S(""),
        .private_target = true,
    };
    must(net_call(c, &in, &reply) == E_OK && reply.outcome == OUTCOME_DONE);
    *ret_status = reply.status;
    must(json_check(c, reply.body) == E_OK);
    return tree_parse(c->arena, reply.body);
}

/* A method and a path that can stand in a request line, whatever the input says. */
static struct str line_of(struct ctx *c, struct str text)
{
    struct str method, path;
    struct buf b = BUF(c->arena);
    str_cut(text, ' ', &method, &path);
    bool known = str_eq(method, S("GET")) || str_eq(method, S("DELETE"));
    buf_add(&b, known ? method : S("POST"));
    buf_add(&b, S(" /v1/"));
    path = str_from(path, str_starts(path, S("/v1/")) ? 4 : 0);
    for (size_t i = 0; i < path.n && i < 100; i++)
        if ((path.p[i] >= 'a' && path.p[i] <= 'z') ||
            str_has(S("_/{}0123456789"), str_part(path, i, 1)))
            buf_char(&b, path.p[i]);
    return buf_str(&b);
}

static struct str route(struct ctx *c, struct str what)
{
    static const char *const made[] = { "POST /v1/customers", "POST /v1/products",
        "POST /v1/prices", "POST /v1/payment_intents", "POST /v1/coupons",
        "POST /v1/webhook_endpoints", "POST /v1/accounts" };
    static const char *const forms[] = { "name=Ada&payment_method=pm_card_visa", "name=Pro",
        "currency=usd&unit_amount=1900&recurring[interval]=month&product_data[name]=Pro",
        "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true", "percent_off=5",
        "url=http://127.0.0.1:1/&enabled_events[]=*",
        "type=express&capabilities[transfers][requested]=true" };
    struct str head, tail;
    if (!str_cut(what, '{', &head, &tail))
        return what;
    str_cut(tail, '}', &tail, &tail);
    for (size_t i = 0; i < ARRAY_LEN(made); i++) {
        struct str method, path;
        int status = 0;
        str_cut(str_of_c(made[i]), ' ', &method, &path);
        if (!str_has(head, path))
            continue;
        struct tree *object = ask(c, str_of_c(made[i]), str_of_c(forms[i]), &status);
        return str_fmt(
            c->arena, "%.*s%.*s%.*s", SARG(head), SARG(tree_str(object, "id")), SARG(tail));
    }
    return str_fmt(c->arena, "%.*sx_1%.*s", SARG(head), SARG(tail));
}

static void nothing_of_its_own(const struct tree *t)
{
    tree_each (inner, t) {
        must(t->kind != JSON_OBJECT || inner->name.n == 0 || inner->name.p[0] != '_' ||
            str_eq(t->name, S("metadata")));
        nothing_of_its_own(inner);
    }
}

static void judge(const struct tree *body, int status)
{
    must(status >= 200 && status < 500);
    nothing_of_its_own(body);
    if (status >= 300)
        must(tree_str(body, "error.type").n > 0 && tree_str(body, "error.message").n > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096)
        return 0;
    struct arena arena = { .chunks = NULL };
    struct ids ids = ids_of_seed(1);
    struct clock clock = { .fixed = true, .fixed_ms = INT64_C(1795140000000) };
    struct net merchant = { .call = heard };
    struct config *config = NULL;
    struct ctx c = { .arena = &arena, .ids = &ids, .request_id = S("fuzz") };
    struct config_sources sources = { .env = (char *[]) { NULL },
        .env_file = "",
        .presets = config_sandbox_presets,
        .preset_count = config_sandbox_preset_count };
    struct buf notices = BUF(&arena);
    struct sandbox *sb = NULL;
    int status = 0;
    must(config_load(&c, &sources, &notices, &config) == E_OK);
    c.config = config;
    clock_read(&c, &clock);
    must(sandbox_open(&c,
             &(struct sandbox_options) {
                 .state = S("sqlite::memory:"),
                 .webhooks = S("http://127.0.0.1:8080"),
                 .clock = &clock,
                 .net = &merchant,
             },
             &sb) == E_OK);
    c.net = sandbox_net(sb);
    struct str first, form;
    str_cut((struct str) { (const char *)data, size }, '\n', &first, &form);
    struct str what = route(&c, line_of(&c, first));
    struct tree *body = ask(&c, what, form, &status);
    judge(body, status);
    sandbox_close(sb);
    config_free(config);
    arena_free(&arena);
    return 0;
}
