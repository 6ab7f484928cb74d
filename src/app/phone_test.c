#include "app/phone_fixture.h"

#include "base/crypto.h"
#include "base/fault.h"
#include "db/db.h"

/* Mobile money from the button to the receipt, with the simulated Eversend on the other side: what
 * its buyer sees at each step, and that nothing is asked twice. */

static int64_t sold(struct phone_shop *p)
{
    return -shop_balance(p->v.shop, LEDGER_SALES, CUR_UGX);
}

TEST("a phone pays: number, code, approval, and the order is complete by what Eversend answered")
{
    struct phone_shop *p = phone_shop_open(t);
    open_page(&p->v, "/checkout/confirm?items=mug-ugx:1&country=UG&method=mobile_money");
    EXPECT(has(&p->v, "On the next page you type your number; then your phone asks you."));
    EXPECT(has(&p->v, "Nothing is taken before you approve it on your phone."));
    phone_order(p);
    EXPECT(has(&p->v, "Which number pays?"));
    EXPECT(has(&p->v, "Mobile money in Uganda, +256."));
    phone_number(p, "0700+000+100");
    EXPECT(has(&p->v, "Enter the code from the message"));
    EXPECT(has(&p->v, "Ask +256\u00a0700\u00a0000\u00a0100 for UGX\u00a037,000"));
    EXPECT(has(&p->v, "Your phone will show UGX\u00a037,555"));
    EXPECT_I64(phone_there(p), 0);
    phone_code(p, "123+456");
    EXPECT(has(&p->v, "Approve the payment on your phone"));
    EXPECT(has(&p->v, "Open the message from MTN"));
    EXPECT(has(&p->v, "data-live=\"/pay/att_"));
    EXPECT(!has(&p->v, "700000100") && !has(&p->v, "700\u00a0000"));
    struct attempt a = phone_newest(p);
    EXPECT_I64(a.status, ATTEMPT_PROCESSING);
    phone_control(p, "/_sandbox/pay",
        str_c(t->c->arena, str_fmt(t->c->arena, "{\"session\":\"%.*s\"}", SARG(a.session_id))));
    EXPECT_I64(sold(p), 0);
    phone_wait(p, 0);
    EXPECT_I64(p->told, 1);
    EXPECT_I64(sold(p), 37000);
    EXPECT_I64(phone_there(p), 37000);
    a = phone_newest(p);
    EXPECT(str_has(a.confirmed_by, S("query"))); /* never by the webhook alone */
    EXPECT_STR(a.method_type, S("mobile_money"));
    phone_look(p);
    EXPECT(has(&p->v, "Paid"));
    shop_verify(p->v.shop);
}

TEST(
    "R29 what no webhook tells is asked every five seconds for a minute, every thirty for ten more")
{
    struct phone_shop *p = phone_shop_open(t);
    phone_order(p);
    phone_number(p, "%2B256700000002"); /* never answers */
    phone_code(p, "123456");
    struct attempt a = phone_newest(p);
    int64_t asked[2] = { 0 };
    for (int i = 0; i < 12; i++)
        phone_wait(p, 5000);
    asked[0] = phone_newest(p).asks;
    for (int i = 0; i < 20; i++)
        phone_wait(p, 30000);
    asked[1] = phone_newest(p).asks;
    EXPECT_I64(asked[0], 12);
    EXPECT_I64(asked[1], 32);
    phone_look(p);
    EXPECT(has(&p->v, "There was no answer in time"));
    EXPECT(has(&p->v, "do not pay twice"));
    phone_wait(p, 5 * 60 * 1000);
    phone_wait(p, 60 * 60 * 1000);
    phone_control(p, "/_sandbox/pay", /* late, and all the same */
        str_c(t->c->arena, str_fmt(t->c->arena, "{\"session\":\"%.*s\"}", SARG(a.session_id))));
    phone_wait(p, 0);
    EXPECT_I64(sold(p), 37000);
    shop_verify(p->v.shop);
}

TEST("a phone whose webhook never comes is found by asking; one whose webhook lies pays nothing")
{
    struct phone_shop *p = phone_shop_open(t);
    phone_order(p);
    phone_number(p, "0700000003");
    phone_code(p, "123456");
    phone_wait(p, 5000);
    EXPECT_I64(p->told, 0);
    EXPECT_I64(sold(p), 37000);
    phone_wait(p, 2 * 60 * 1000); /* another order, not the same once more */
    phone_order(p);
    phone_number(p, "0700000004");
    phone_code(p, "123456");
    phone_wait(p, 5000);
    phone_wait(p, 5000);
    EXPECT_I64(phone_newest(p).status, ATTEMPT_FAILED);
    phone_wait(p, 2 * 60 * 1000);
    phone_wait(p, 2 * 60 * 1000);
    EXPECT_I64(phone_newest_order(p).status, ORDER_REVIEW); /* a person looks at who lies */
    EXPECT_I64(sold(p), 37000);
    shop_verify(p->v.shop);
}

TEST("who declines on the phone is told so, and may be asked once more under another reference")
{
    struct phone_shop *p = phone_shop_open(t);
    phone_order(p);
    phone_number(p, "0700000001");
    phone_code(p, "123456");
    phone_wait(p, 5000);
    struct attempt first = phone_newest(p);
    EXPECT_I64(first.status, ATTEMPT_FAILED);
    phone_look(p);
    EXPECT(has(&p->v, "The payment was not approved"));
    EXPECT(has(&p->v, "You declined it on your phone. Nothing was charged."));
    struct str again = between(p->v.page, S("action=\"/order/"), S("\""));
    struct str path = str_fmt(t->c->arena, "/order/%.*s", SARG(again));
    send_form(&p->v, str_c(t->c->arena, path), "");
    EXPECT_I64(p->v.r->out.status, 303);
    phone_look(p);
    EXPECT(has(&p->v, "Which number pays?"));
    EXPECT(has(&p->v, "value=\"&#43;256700000001\"") || has(&p->v, "value=\"+256700000001\""));
    struct attempt second = phone_newest(p);
    EXPECT(second.n != first.n && second.order_n == first.order_n);
    phone_number(p, "0700000000");
    phone_code(p, "123456");
    phone_wait(p, 5000);
    EXPECT_I64(phone_newest_order(p).status, ORDER_COMPLETED);
    EXPECT_I64(sold(p), 37000);
    EXPECT_I64(shop_facts(p->v.shop, "PAYMENT_RECEIVED"), 1);
    shop_verify(p->v.shop);
}

TEST("a number that is none is shown again with what is wrong, and asks nobody")
{
    static const struct {
        const char *typed;
        bool good;
    } rows[] = {
        { "0700000100", true },
        { "700000100", true },
        { "256700000100", true },
        { "%2B256+700-000.100", true },
        { "00256700000100", true },
        { "(0700)+000100", true },
        { "", false },
        { "07000001", false },
        { "07000001000", false },
        { "%2B254700000100", false },
        { "070000010a", false },
        { "%3Cscript%3E", false },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct phone_shop *p = i == 0 ? phone_shop_open(t) : NULL;
        static struct phone_shop *kept;
        kept = p != NULL ? p : kept;
        phone_order(kept);
        t->c->now_ms += 2 * 60 * 1000; /* another order, not the same once more */
        kept->clock.fixed_ms += 2 * 60 * 1000;
        phone_number(kept, rows[i].typed);
        EXPECT(has(&kept->v, "Enter the code") == rows[i].good);
        EXPECT(has(&kept->v, "Enter a phone number of Uganda, like") == !rows[i].good);
        EXPECT_I64(kept->v.r->out.status, rows[i].good ? 200 : 422);
        t->c->wall_ms += 10 * 60 * 1000;
    }
}

TEST(
    "F21 F22 F23 R15 whatever becomes of asking a phone, it is asked once, and the money is counted once")
{
    static const struct {
        const char *fault;
        bool there; /* the phone was asked all the same */
        const char *says;
    } rows[] = {
        { "reset_after", true, "Approve the payment on your phone" },
        { "500_after", true, "Approve the payment on your phone" },
        { "malformed", true, "Approve the payment on your phone" },
        { "timeout", false, "Your phone was not asked" },
        { "500", false, "Your phone was not asked" },
        { "429", false, "Eversend cannot be reached right now." },
        { "refuse", false, "Nothing was charged." },
    };
    struct phone_shop *p = phone_shop_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        phone_wait(p, 11 * 60 * 1000);
        phone_order(p);
        phone_number(p, "0700000100");
        phone_control(p, "/_sandbox/faults",
            str_c(t->c->arena,
                str_fmt(t->c->arena,
                    "{\"gateway\":\"eversend\",\"call\":\"create\",\"fault\":\"%s\"}",
                    rows[i].fault)));
        phone_code(p, "123456");
        struct attempt a = phone_newest(p);
        if (a.prompted_ms > 0)
            phone_code(p, "123456"); /* once more: nothing is sent */
        phone_wait(p, 61 * 1000);
        phone_look(p);
        EXPECT(has(&p->v, rows[i].says));
        a = phone_newest(p);
        EXPECT(rows[i].there == (a.status == ATTEMPT_PROCESSING));
        if (!rows[i].there) {
            EXPECT_I64(a.prompted_ms, 0);
            phone_number(p, "0700000100");
            phone_code(p, "123456");
            EXPECT(has(&p->v, "Approve the payment on your phone"));
        }
        phone_control(p, "/_sandbox/pay",
            str_c(t->c->arena, str_fmt(t->c->arena, "{\"session\":\"%.*s\"}", SARG(a.session_id))));
        phone_wait(p, 5000);
        EXPECT_I64(phone_newest_order(p).status, ORDER_COMPLETED);
        EXPECT_I64(sold(p), 37000 * ((int64_t)i + 1));
    }
    shop_verify(p->v.shop);
}

TEST("R15 a webhook that says that a phone failed, while Eversend still asks it, ends nothing")
{
    struct phone_shop *p = phone_shop_open(t);
    struct arena *a = t->c->arena;
    struct str mac;
    phone_order(p);
    phone_number(p, "0700000002"); /* never answers by itself */
    phone_code(p, "123456");
    struct attempt k = phone_newest(p);
    struct str body = str_fmt(a,
        "{\"eventType\":\"transaction.failed\",\"data\":{\"transactionId\":\"%.*s\","
        "\"transactionRef\":\"%.*s\",\"type\":\"collection\",\"currency\":\"UGX\","
        "\"amount\":\"37000\",\"status\":\"failed\"}}",
        SARG(k.payment), SARG(k.session_id));
    EXPECT_OK(hmac_sign(
        t->c, HMAC_SHA512, secret_of(S("evs_sandbox_webhook_0123456789abcdef")), body, &mac));
    struct req *r = shop_ask(p->v.shop, "POST", "/api/webhooks/eversend",
        str_c(a, str_fmt(a, "X-Eversend-Signature: %.*s\r\n", SARG(hex_text(a, mac)))), body);
    EXPECT_I64(r->out.status, 200);
    for (int i = 0; i < 4; i++)
        phone_wait(p, 61 * 1000);
    EXPECT_I64(phone_newest(p).status, ATTEMPT_PROCESSING);
    EXPECT_I64(phone_newest_order(p).status, ORDER_PROCESSING);
    phone_control(
        p, "/_sandbox/pay", str_c(a, str_fmt(a, "{\"session\":\"%.*s\"}", SARG(k.session_id))));
    phone_wait(p, 30 * 1000);
    EXPECT_I64(phone_newest_order(p).status, ORDER_COMPLETED);
    EXPECT_I64(sold(p), 37000);
    shop_verify(p->v.shop);
}

static enum err make_renewal(struct ctx *c, void *arg)
{
    (void)arg;
    TRY(db_exec(
        c, 1, "UPDATE purchase SET kind = 2, expires_ms = expires_ms + 864000000", DB_NO_IN));
    return db_exec(c, 1, "UPDATE attempt SET expires_ms = $1", DB_IN(in_i64(c->now_ms + 1000)));
}

TEST("R15 an order that outlives its page asks no second phone while the first may pay")
{
    struct phone_shop *p = phone_shop_open(t);
    phone_order(p);
    phone_number(p, "0700000100");
    phone_control(p, "/_sandbox/faults",
        "{\"gateway\":\"eversend\",\"call\":\"create\",\"fault\":\"reset_after\"}");
    struct str csrf = p->v.csrf;
    phone_code(p, "123456");
    struct attempt a = phone_newest(p);
    EXPECT(a.prompted_ms > 0 && a.status == ATTEMPT_OPEN);
    EXPECT_OK(db_tx(t->c, "renewal", make_renewal, NULL));
    t->c->now_ms += 2000;
    p->clock.fixed_ms += 2000;
    struct order o = phone_newest_order(p);
    struct str order, token, number = order_number(t->c->arena, &o);
    p->v.csrf = csrf;
    p->v.key = S("pay-again");
    str_cut(a.checkout_url, '?', &order, &token);
    send_form(&p->v,
        str_c(t->c->arena, str_fmt(t->c->arena, "/order/%.*s/pay?%.*s", SARG(number), SARG(token))),
        "");
    EXPECT_I64(p->v.r->out.status, 409);
    EXPECT_I64(phone_newest(p).n, a.n);
}

TEST("another person's payment page is not there, nor is one of no attempt")
{
    struct phone_shop *p = phone_shop_open(t);
    phone_order(p);
    struct str path = str_from(phone_newest(p).checkout_url, S("https://pay.example.com").n), id,
               token;
    str_cut(path, '?', &id, &token);
    p->v.cookie = S("");
    open_at(&p->v, id);
    EXPECT_I64(p->v.r->out.status, 404);
    open_at(&p->v, str_fmt(t->c->arena, "%.*s?t=wrong", SARG(id)));
    EXPECT_I64(p->v.r->out.status, 404);
    open_page(&p->v, "/pay/att_01hqzzzzzzzzzzzzzzzzzzzzz0");
    EXPECT_I64(p->v.r->out.status, 404);
    open_at(&p->v, path);
    EXPECT_I64(p->v.r->out.status, 200);
}

TEST("R15 whoever dies while he asks a phone has asked once at most, and what came of it is found")
{
    /* The token's call is the first. */
    static const struct {
        const char *point;
        int64_t nth;
        bool there;
    } rows[] = { { "prompt.load.after_commit", 0, false }, { "call.before", 1, false },
        { "call.after", 1, true }, { "prompt.call.after", 0, true } };
    struct phone_shop *p = phone_shop_open(t);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct faults faults;
        int64_t before = sold(p), now = rows[i].there ? 37000 : 0;
        phone_wait(p, 11 * 60 * 1000);
        phone_order(p);
        phone_number(p, "0700000000");
        struct attempt a = phone_newest(p);
        struct ctx mortal = *t->c;
        faults_off(&faults);
        faults.crash_at = rows[i].point;
        faults.crash_countdown = rows[i].nth;
        mortal.faults = &faults;
        EXPECT(prompt_code(&mortal, a.n, S("123456")) == E_DEAD && faults.crashed);
        EXPECT_OK(prompt_code(t->c, a.n, S("123456"))); /* sends nothing */
        phone_wait(p, 5000);
        phone_wait(p, 61 * 1000);
        EXPECT((phone_newest_order(p).status == ORDER_COMPLETED) == rows[i].there);
        EXPECT_I64(sold(p) - before, now);
        EXPECT_I64(phone_there(p), now);
        phone_look(p);
        EXPECT(rows[i].there || has(&p->v, "Your phone was not asked"));
    }
    shop_verify(p->v.shop);
}

TEST(
    "R23 F31 webhook, poll and the buyer's own look, in every order and each twice, are one payment")
{
    enum {
        STEPS = 3,
        ORDERS = 6
    };
    static const int orders[ORDERS][STEPS] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 },
        { 2, 0, 1 }, { 2, 1, 0 } };
    struct phone_shop *p = phone_shop_open(t);
    for (size_t i = 0; i < ORDERS; i++) {
        int64_t ran = 0;
        struct settle s;
        phone_wait(p, 11 * 60 * 1000);
        phone_order(p);
        phone_number(p, "0700000100");
        phone_control(p, "/_sandbox/webhooks", "{\"gateway\":\"eversend\",\"mode\":\"duplicate\"}");
        phone_code(p, "123456");
        struct attempt a = phone_newest(p);
        phone_control(p, "/_sandbox/pay",
            str_c(t->c->arena, str_fmt(t->c->arena, "{\"session\":\"%.*s\"}", SARG(a.session_id))));
        for (size_t k = 0; k < 2 * STEPS; k++)
            switch (orders[i][k / 2]) {
            case 0:
                EXPECT_OK(sandbox_run_due(t->c, p->sb, &ran));
                break;
            case 1:
                EXPECT_OK(payment_ask(t->c, a.n, &s));
                break;
            default:
                phone_look(p);
            }
        phone_wait(p, 5000);
        phone_control(p, "/_sandbox/webhooks", "{\"gateway\":\"eversend\",\"mode\":\"normal\"}");
        EXPECT_I64(sold(p), 37000 * ((int64_t)i + 1));
        EXPECT_I64(phone_newest(p).status, ATTEMPT_CAPTURED);
    }
    EXPECT_I64(shop_facts(p->v.shop, "PAYMENT_RECEIVED"), ORDERS);
    shop_verify(p->v.shop);
}

TEST("the pages of a phone that pays look as the golden files say")
{
    struct phone_shop *p = phone_shop_open(t);
    phone_order(p);
    page_is(&p->v, "page_phone_number.html");
    phone_number(p, "12");
    page_is(&p->v, "page_phone_wrong.html");
    phone_number(p, "0700000001");
    page_is(&p->v, "page_phone_code.html");
    phone_code(p, "000000");
    page_is(&p->v, "page_phone_code_wrong.html");
    phone_code(p, "123456");
    page_is(&p->v, "page_phone_approve.html");
    phone_wait(p, 5000);
    phone_look(p);
    page_is(&p->v, "page_phone_declined.html");
    phone_wait(p, 2 * 60 * 1000);
    phone_order(p);
    phone_number(p, "0700000002");
    phone_code(p, "123456");
    phone_wait(p, 5 * 60 * 1000);
    phone_look(p);
    page_is(&p->v, "page_phone_late.html");
}
