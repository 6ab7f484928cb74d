#include "sandbox/stripe_fixture.h"

static enum err take(
    struct net *net, struct ctx *c, const struct net_request *in, struct net_reply *ret)
{
    must(net->call == take && c->db == NULL && in->body.n > 0);
    *ret = (struct net_reply) { .outcome = OUTCOME_DONE, .status = 200 };
    return E_OK;
}

void vendor_open(struct test *t, struct fixture *f)
{
    static const char *const env[] = { "STRIPE_API_URL=http://127.0.0.1:8081", NULL };
    struct net *merchant = arena_new(t->c->arena, struct net);
    merchant->call = take;
    f->options.net = merchant;
    f->options.webhooks = S("http://127.0.0.1:8080");
    fixture_open(t, f, env);
}

struct said vendor_ask_with(
    struct fixture *f, const char *what, const char *form, const struct net_header *more, size_t n)
{
    struct test *t = f->t;
    struct net_reply reply = { 0 };
    struct str method, path;
    str_cut(str_of_c(what), ' ', &method, &path);
    struct net_request in = {
        .gateway = S("stripe"),
        .call = S("test"),
        .method = method,
        .url = str_fmt(t->c->arena, "http://127.0.0.1:8081%.*s", SARG(path)),
        .headers = { { S("Authorization"), S("Bearer sk_test_sandbox_1234567890") },
            { S("Content-Type"), S("application/x-www-form-urlencoded") } },
        .header_count = 2,
        .body = str_of_c(form),
        .private_target = true,
    };
    for (size_t i = 0; i < n; i++)
        in.headers[in.header_count++] = more[i];
    EXPECT_OK(net_call(t->c, &in, &reply));
    struct said said = { .status = reply.status, .body = tree_of(t->c->arena, JSON_OBJECT) };
    if (reply.outcome == OUTCOME_DONE && json_check(t->c, reply.body) == E_OK)
        said.body = tree_parse(t->c->arena, reply.body);
    return said;
}

struct said vendor_ask(struct fixture *f, const char *what, const char *form)
{
    return vendor_ask_with(f, what, form, NULL, 0);
}

struct str vendor_session(struct fixture *f)
{
    struct test *t = f->t;
    struct said said = vendor_ask(f, "POST /v1/checkout/sessions",
        "mode=payment&line_items[0][price_data][currency]=usd"
        "&line_items[0][price_data][unit_amount]=1999"
        "&line_items[0][price_data][product_data][name]=Tea&line_items[0][quantity]=2"
        "&success_url=https://shop.example.com/ok?s={CHECKOUT_SESSION_ID}"
        "&cancel_url=https://shop.example.com/cart&client_reference_id=ord_1"
        "&metadata[order]=ord_1&payment_intent_data[metadata][order]=ord_1");
    EXPECT_I64(said.status, 200);
    return tree_str(said.body, "id");
}

struct tree *vendor_pays(struct fixture *f, struct str session, const char *more)
{
    struct test *t = f->t;
    return tree_parse(t->c->arena,
        fixture_control(f, "/_sandbox/pay",
            str_fmt(t->c->arena, "{\"session\":\"%.*s\"%s}", SARG(session), more))
            .raw);
}

struct str vendor_events(struct fixture *f)
{
    struct test *t = f->t;
    struct buf b = BUF(t->c->arena);
    struct tree *types[100];
    size_t n = 0;
    struct said said = vendor_ask(f, "GET /v1/events?limit=100", "");
    tree_each (event, tree_at(said.body, "data"))
        types[n++] = tree_at(event, "type");
    while (n-- > 0) {
        buf_add(&b, b.n > 0 ? S(" ") : S(""));
        buf_add(&b, types[n]->text);
    }
    return buf_str(&b);
}
