#include "base/json.h"
#include "sandbox/sandbox_fixture.h"

/* The hosted page, as a browser without a script uses it. */

static struct net_reply press(struct fixture *f, struct str id, const char *form)
{
    struct test *t = f->t;
    struct net_reply reply = { 0 };
    struct net_request in = {
        .gateway = S("moneymotion"),
        .call = S("test"),
        .method = S("POST"),
        .url = str_fmt(t->c->arena, "http://127.0.0.1:8081/checkout/%.*s", SARG(id)),
        .headers = { { S("Content-Type"), S("application/x-www-form-urlencoded") } },
        .header_count = 1,
        .body = str_of_c(form),
        .private_target = true,
    };
    EXPECT_OK(net_call(t->c, &in, &reply));
    return reply;
}

static struct str page(struct fixture *f, struct str id)
{
    struct test *t = f->t;
    struct net_reply reply =
        fixture_ask(f, str_c(t->c->arena, str_fmt(t->c->arena, "/checkout/%.*s", SARG(id))), S(""));
    EXPECT_I64(reply.status, 200);
    return reply.body;
}

static bool paid(struct fixture *f)
{
    struct json_value state = fixture_control(f, "/_sandbox/state", S(""));
    return json_at(state, "captures.0").kind == JSON_OBJECT;
}

#define CARD(number) "act=card&number=" number "&expiry=12%2F34&code=123&name=Grace+Hopper"

TEST("the hosted page shows what is paid, says that it is simulated, and takes test cards only")
{
    struct fixture f = { 0 };
    fixture_open(t, &f, NULL);
    struct str id = fixture_session(&f);
    struct str html = page(&f, id);
    EXPECT(str_has(html, S("Simulated MoneyMotion")) && str_has(html, S("$39.99")));
    EXPECT(str_has(html, S("Sticker")) && str_has(html, S("$5.00 each")));
    struct net_reply reply = press(&f, id, CARD("4111111111111111"));
    EXPECT_I64(reply.status, 422);
    EXPECT(str_has(reply.body, S("Enter one of the test cards")));
    reply = press(&f, id, "act=card&number=4242424242424242&expiry=soon&code=1&name=");
    EXPECT_I64(reply.status, 422);
    EXPECT(str_has(reply.body, S("Enter three or four digits")));
    reply = press(&f, id, CARD("4000+0000+0000+0002"));
    EXPECT_I64(reply.status, 402);
    EXPECT(str_has(reply.body, S("The card was declined and nothing was charged.")));
    EXPECT(!paid(&f));
    reply = press(&f, id, CARD("4242+4242+4242+4242"));
    EXPECT_I64(reply.status, 303);
    EXPECT(paid(&f));
    EXPECT(str_has(page(&f, id), S("This session is completed")));
    EXPECT_I64(press(&f, id, CARD("4242424242424242")).status, 200);
    fixture_close(&f);
}

TEST("every button of the hosted page leads where the merchant said, or stays")
{
    static const struct {
        const char *form;
        int status;
    } cases[] = {
        { "act=crypto", 303 },
        { "act=decline", 402 },
        { "act=cancel", 303 },
        { "act=expire", 303 },
        { "act=async_success", 303 },
        { "act=steal", 400 },
        { "", 400 },
    };
    struct fixture f = { 0 };
    fixture_open(t, &f, NULL);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        EXPECT_I64(press(&f, fixture_session(&f), cases[i].form).status, cases[i].status);
    EXPECT_I64(fixture_ask(&f, "/checkout/unknown", S("")).status, 404);
    fixture_close(&f);
}

TEST("R60 what a merchant calls its goods is text on the hosted page")
{
    struct fixture f = { 0 };
    fixture_open(t, &f, NULL);
    struct str body = str_of_c(mm_rq_01), before, after;
    EXPECT(str_cut(body, '$', &before, &after) == false);
    struct buf b = BUF(t->c->arena);
    struct str mark = S("\"name\":\"Sticker\"");
    for (size_t i = 0; i < body.n; i++) {
        if (str_starts(str_from(body, i), mark)) {
            buf_add(&b, S("\"name\":\"<script>x</script>\""));
            i += mark.n - 1;
        } else {
            buf_char(&b, body.p[i]);
        }
    }
    struct net_reply reply =
        fixture_ask(&f, "/checkoutSessions.createCheckoutSession", buf_str(&b));
    struct str id = S("");
    EXPECT_OK(json_check(t->c, reply.body));
    json_to_str(
        t->c->arena, json_at(json_root(reply.body), "result.data.json.checkoutSessionId"), &id);
    struct str html = page(&f, id);
    EXPECT(!str_has(html, S("<script>x")) && str_has(html, S("&lt;script&gt;x")));
    fixture_close(&f);
}
