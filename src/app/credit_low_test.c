#include "app/shop_fixture.h"

#include "base/json.h"

/* What a customer hears when credits run low. */

#define KEY "Authorization: Bearer sk_configured_0123456789abcdef\r\n"

enum {
    DAY = 24 * 3600 * 1000
};

static const char catalogue[] =
    "{\"plans\":[{\"id\":\"free\",\"group\":\"ai\",\"name\":\"Free\","
    "\"credits\":{\"allowance\":50,\"every\":\"once\"}},"
    "{\"id\":\"basic\",\"group\":\"ai\",\"name\":\"Basic\",\"credits\":{\"allowance\":500},"
    "\"prices\":[{\"id\":\"basic-month\",\"amount\":999}]}]}";

static void post(struct shop *s, const char *path, const char *body)
{
    struct test *t = s->t;
    int status = 0;
    const char *headers = str_c(s->c->arena,
        str_fmt(s->c->arena, KEY "Idempotency-Key: %.*s\r\n",
            SARG(id_text(s->c->arena, S("low"), id_new(s->c)))));
    shop_post(s, path, headers, str_of_c(body), &status);
    EXPECT_I64(status, 200);
}

static void spend(struct shop *s, int amount)
{
    post(s, "/api/credits/spend",
        str_c(s->c->arena, str_fmt(s->c->arena, "{\"customerId\":\"ada\",\"amount\":%d}", amount)));
}

static void give(struct shop *s, int amount)
{
    post(s, "/api/admin/credits/grant",
        str_c(s->c->arena,
            str_fmt(
                s->c->arena, "{\"customerId\":\"ada\",\"amount\":%d,\"reason\":\"x\"}", amount)));
}

/* How many mails about it there are; the newest one's subject. */
static int64_t mails(struct shop *s, struct str *ret_subject)
{
    struct str list = shop_get(s, "/api/admin/mails?limit=100", KEY, NULL);
    int64_t n = 0;
    for (struct json_iter it = json_iter(json_at(json_root(list), "data.items")); json_next(&it);)
        if (json_is(json_at(it.value, "kind"), "credits_low") && n++ == 0)
            json_to_str(s->c->arena, json_at(it.value, "subject"), ret_subject);
    return n;
}

static struct shop *begin(struct test *t, const char *customer)
{
    struct shop *s = shop_open(t);
    int status = 0;
    shop_catalog(s, catalogue);
    struct req *r = shop_ask(s, "PUT", "/api/customers/ada",
        KEY "Content-Type: application/json\r\n", str_of_c(customer));
    status = r->out.status;
    EXPECT_I64(status, 200);
    return s;
}

TEST("a balance that falls below a line is told of by mail, once a day for each line")
{
    struct shop *s = begin(t, "{\"email\":\"ada@example.com\"}");
    struct str subject = S("");
    spend(s, 40); /* 10 are 20 %, not less */
    shop_jobs(s);
    EXPECT_I64(mails(s, &subject), 0);
    spend(s, 1);
    shop_jobs(s);
    EXPECT_I64(mails(s, &subject), 1);
    EXPECT_STR(subject, S("You have 9 credits left"));
    give(s, 10);
    spend(s, 10); /* over the same line again, today */
    shop_jobs(s);
    EXPECT_I64(mails(s, &subject), 1);
    spend(s, 8); /* the next line */
    shop_jobs(s);
    EXPECT_I64(mails(s, &subject), 2);
    EXPECT_STR(subject, S("You have one credit left"));
    shop_wait(s, DAY);
    give(s, 20);
    spend(s, 20);
    shop_jobs(s);
    EXPECT_I64(mails(s, &subject), 3); /* two lines at once: one mail */
    EXPECT_I64(shop_facts(s, "CREDITS_LOW"), 5);
    shop_verify(s);
}

TEST("who has no mail is told nothing, and the application hears all the same")
{
    struct shop *s = begin(t, "{}");
    struct str subject = S("");
    spend(s, 49);
    shop_jobs(s);
    EXPECT_I64(mails(s, &subject), 0);
    EXPECT_I64(shop_facts(s, "CREDITS_LOW"), 2);
}
