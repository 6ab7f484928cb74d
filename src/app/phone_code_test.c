#include "app/phone_fixture.h"
#include "db/db.h"

/* Codes by which a number proves that it is its owner's: how often one may be tried, sent, and for
 * whom it speaks. */

TEST("three wrong codes end a code, three codes in ten minutes are all, and no phone is asked")
{
    struct phone_shop *p = phone_shop_open(t);
    phone_order(p);
    phone_number(p, "0700000100");
    phone_code(p, "000000");
    EXPECT(has(&p->v, "That code is not right. You have 2 tries more."));
    phone_code(p, "000000");
    EXPECT(has(&p->v, "You have 1 try more."));
    phone_code(p, "000000");
    EXPECT(has(&p->v, "That code cannot be used any more."));
    phone_code(p, "123456");
    EXPECT(has(&p->v, "That code cannot be used any more."));
    EXPECT_I64(phone_newest(p).prompted_ms, 0);
    struct arena *a = t->c->arena;
    struct str path = str_from(phone_newest(p).checkout_url, S("https://pay.example.com").n);
    phone_wait(p, 31 * 1000);
    for (int i = 0; i < 3; i++) {
        send_form(&p->v, str_c(a, path), "do=again");
        open_at(&p->v, header(p->v.r, "Location"));
        EXPECT(has(&p->v, "Too many codes were sent.") == (i == 2));
        phone_wait(p, 31 * 1000);
    }
    phone_wait(p, 10 * 60 * 1000);
    send_form(&p->v, str_c(a, path), "do=again");
    open_at(&p->v, header(p->v.r, "Location"));
    EXPECT(!has(&p->v, "Too many codes were sent."));
    send_form(&p->v, str_c(a, path), "do=again");
    open_at(&p->v, header(p->v.r, "Location"));
    EXPECT(has(&p->v, "A code was sent just now."));
    phone_code(p, "123456");
    EXPECT(has(&p->v, "Approve the payment on your phone"));
    shop_verify(p->v.shop);
}

TEST("R98 a number is sent six codes in ten minutes, whosever orders they are for")
{
    struct phone_shop *p = phone_shop_open(t);
    for (int i = 0; i < 8; i++) {
        phone_order(p);
        phone_number(p, "0700000100");
        EXPECT(has(&p->v, "Enter the code from the message") == (i < 6));
        EXPECT(has(&p->v, "Too many codes were sent.") == (i >= 6));
        t->c->now_ms += 61 * 1000; /* another order; the limit's own clock stands */
        p->clock.fixed_ms += 61 * 1000;
    }
}

struct looked {
    int64_t n;
    struct prompt is;
};

static enum err look_prompt(struct ctx *c, void *arg)
{
    struct looked *k = arg;
    return prompt_of(c, k->n, &k->is);
}

static struct prompt prompt_row(struct phone_shop *p)
{
    struct test *t = p->t;
    struct looked k = { .n = phone_newest(p).n };
    EXPECT_OK(db_read(t->c, look_prompt, &k));
    return k.is;
}

TEST("a code lets the number be asked to which it was sent, and no other")
{
    struct phone_shop *p = phone_shop_open(t);
    phone_order(p);
    for (int i = 0; i < 3; i++)
        phone_number(p, "0700000100"); /* the codes of ten minutes */
    phone_number(p, "0700000200");
    EXPECT(has(&p->v, "Too many codes were sent."));
    EXPECT_STR(prompt_row(p).phone, S("+256700000100"));
    phone_code(p, "123456");
    EXPECT(has(&p->v, "Approve the payment on your phone"));
    EXPECT_STR(prompt_row(p).phone, S("+256700000100"));
    phone_wait(p, 11 * 60 * 1000);
    phone_order(p);
    phone_number(p, "0700000101");
    for (int i = 0; i < 2; i++) { /* its code never leaves, nor does the next one */
        phone_control(p, "/_sandbox/faults",
            "{\"gateway\":\"eversend\",\"call\":\"code\",\"fault\":\"500\"}");
        struct str path = str_from(phone_newest(p).checkout_url, S("https://pay.example.com").n);
        if (i == 0)
            phone_number(p, "0700000201");
        else
            send_form(&p->v, str_c(t->c->arena, path), "do=again");
    }
    EXPECT_STR(prompt_row(p).phone, S("+256700000201"));
    EXPECT_STR(prompt_row(p).code_id, S(""));
    EXPECT_I64(prompt_row(p).state, PROMPT_NUMBER);
    phone_code(p, "123456");
    EXPECT(has(&p->v, "That code cannot be used any more."));
    EXPECT_I64(prompt_row(p).wrong, 0); /* Eversend was not asked */
}

TEST("R98 without codes a number is asked six times in ten minutes, whatever its page is sent")
{
    struct phone_shop *p = phone_shop_open_with(t, "EVERSEND_OTP=whitelisted");
    for (int i = 0; i < 8; i++) {
        phone_order(p);
        phone_number(p, "0700000100");
        EXPECT((phone_newest(p).prompted_ms > 0) == (i < 6));
        phone_code(p, "123456"); /* there is no such step */
        EXPECT((phone_newest(p).prompted_ms > 0) == (i < 6));
        t->c->now_ms += 61 * 1000; /* another order; the limit's own clock stands */
        p->clock.fixed_ms += 61 * 1000;
    }
}
