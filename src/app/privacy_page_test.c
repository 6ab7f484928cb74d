#include "app/people_fixture.h"
#include "app/privacy_fixture.h"

/* What an owner does about a customer's data in the console. */

#define PAGE "/admin/customers/g-1/privacy"

static struct str post(
    struct shop *s, const struct person *p, const char *path, const char *fields, int *ret_status)
{
    struct str body = str_fmt(s->c->arena, "csrf=%.*s%s", SARG(p->csrf), fields);
    return shop_form(s, path, p->cookie, str_c(s->c->arena, body), ret_status);
}

TEST("R55 only an owner sees or does what concerns somebody's data, and only freshly signed in")
{
    struct shop *s = life_open(t);
    int status = 0;
    life_live(s);
    static const enum role others[] = { ROLE_VIEWER, ROLE_SUPPORT, ROLE_FINANCE };
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct person p = console_sign_in(s, others[i]);
        shop_get(s, PAGE, p.cookie, &status);
        EXPECT_I64(status, 403);
        post(s, &p, PAGE "/export", "&export_reason=asked", &status);
        EXPECT_I64(status, 403);
        post(s, &p, PAGE, "&reason=asked&confirm=g-1&force=yes", &status);
        EXPECT_I64(status, 403);
        struct str page = shop_get(s, "/admin/customers/g-1", p.cookie, &status);
        EXPECT_I64(status, 200);
        EXPECT(!str_has(page, S("/privacy")));
    }
    struct person owner = console_sign_in(s, ROLE_OWNER);
    EXPECT(str_has(shop_get(s, "/admin/customers/g-1", owner.cookie, &status), S("/privacy\"")));
    s->c->wall_ms += 11 * 60 * 1000;
    post(s, &owner, PAGE, "&reason=asked&confirm=g-1&force=yes", &status);
    EXPECT_I64(status, 403);
    post(s, &owner, PAGE "/export", "&export_reason=asked", &status);
    EXPECT_I64(status, 403);
    EXPECT_I64(shop_facts(s, "CUSTOMER_ERASURE_BEGUN") + shop_facts(s, "CUSTOMER_EXPORTED"), 0);
}

TEST("R82 R59 an owner takes the document, which is on record with the reason, under no name")
{
    struct shop *s = life_open(t);
    int status = 0;
    life_live(s);
    struct person owner = console_sign_in(s, ROLE_OWNER);
    post(s, &owner, PAGE "/export", "&export_reason=", &status);
    EXPECT_I64(status, 400);
    post(s, &owner, PAGE "/export", "&export_reason=because+" MAIL "+asked", &status);
    EXPECT_I64(status, 400);
    struct str file = post(s, &owner, PAGE "/export", "&export_reason=letter+of+3+May", &status);
    EXPECT_I64(status, 200);
    EXPECT_OK(json_check(t->c, file));
    EXPECT_I64((int64_t)life_rows(file, "orders"), 2);
    EXPECT_I64(shop_facts(s, "CUSTOMER_EXPORTED"), 1);
    EXPECT_STR(shop_fact_data(s, "CUSTOMER_EXPORTED"), S("{\"reason\":\"letter of 3 May\"}"));
}

TEST("R81 R59 an owner has somebody forgotten, who typed their id, and sees that it is done")
{
    struct shop *s = life_open(t);
    int status = 0;
    life_live(s);
    struct person owner = console_sign_in(s, ROLE_OWNER);
    struct str page = shop_get(s, PAGE, owner.cookie, &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(page, S("Forget this customer")));
    post(s, &owner, PAGE, "&reason=asked&confirm=g-2&force=yes", &status);
    EXPECT_I64(status, 400);
    post(s, &owner, PAGE, "&reason=&confirm=g-1&force=yes", &status);
    EXPECT_I64(status, 400);
    EXPECT_I64(shop_facts(s, "CUSTOMER_ERASURE_BEGUN"), 0);
    struct str id = json_text(t->c->arena, json_root(life_export(s, "g-1", false)), "person.id");
    post(s, &owner, PAGE, "&reason=letter+of+3+May&confirm=g-1&force=yes", &status);
    EXPECT_I64(status, 303);
    EXPECT(str_has(shop_fact_data(s, "CUSTOMER_ERASURE_BEGUN"), S("letter of 3 May")));
    const char *there =
        str_c(t->c->arena, str_fmt(t->c->arena, "/admin/customers/%.*s/privacy", SARG(id)));
    page = shop_get(s, there, owner.cookie, &status);
    EXPECT(str_has(page, S("Being forgotten, at step 1 of")));
    shop_jobs(s);
    page = shop_get(s, there, owner.cookie, &status);
    EXPECT_I64(status, 200);
    EXPECT(str_has(page, S("Forgotten: ")));
    EXPECT(!str_has(page, S("Forget this customer")));
    shop_get(s, PAGE, owner.cookie, &status);
    EXPECT_I64(status, 404);
    EXPECT_I64(shop_facts(s, "CUSTOMER_ERASED"), 1);
    shop_verify(s);
}
