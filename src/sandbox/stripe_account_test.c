#include "sandbox/stripe_account.h"
#include "sandbox/stripe_fixture.h"

#define ACCOUNTS "POST /v1/accounts"
#define EXPRESS                                                                                    \
    "type=express&capabilities[card_payments][requested]=true"                                     \
    "&capabilities[transfers][requested]=true"
#define CONTROLLER                                                                                 \
    "controller[stripe_dashboard][type]=express&controller[fees][payer]=application"               \
    "&controller[losses][payments]=application"
#define LINK "type=account_onboarding&refresh_url=https://x.test/r&return_url=https://x.test/b"
#define REST "&born=1990-01-31&address=Road+1&tax=0000&site=https://x.test&trade=5734"
#define JENNY "&kind=individual&name=Jenny+Rosen" REST "&bank=000123456789"

static struct str made(struct fixture *f, const char *form)
{
    struct test *t = f->t;
    struct said said = vendor_ask(f, ACCOUNTS, form);
    EXPECT_I64(said.status, 200);
    return tree_str(said.body, "id");
}

/* verb: "GET /v1/accounts/%.*s". */
static struct said of(
    struct fixture *f, const char *verb, struct str id, const char *more, const char *form)
{
    struct arena *a = f->t->c->arena;
    return vendor_ask(f, str_c(a, str_fmt(a, "%s%.*s%s", verb, SARG(id), more)), form);
}

static struct tree *now(struct fixture *f, struct str id)
{
    return of(f, "GET /v1/accounts/", id, "", "").body;
}

static int64_t asked(struct fixture *f, struct str id)
{
    return (int64_t)tree_count(tree_at(now(f, id), "requirements.currently_due"));
}

/* ---- the page, as a seller without a script uses it */

struct keyed {
    struct str link, key;
};

static enum err key_tx(struct ctx *c, void *arg)
{
    struct keyed *k = arg;
    struct st s = st_work(c);
    struct thing link = { 0 };
    TRY(st_own(&s, k->link, &link));
    k->key = tree_str(link.body, "_key");
    return E_OK;
}

/* Asks for a link and follows it: where its form is. */
static struct str follows(struct fixture *f, struct str account)
{
    enum {
        ID = 35
    };
    struct test *t = f->t;
    struct ctx c = sandbox_ctx(f->sb, t->c->arena);
    struct said said = of(f, "POST /v1/account_links?" LINK "&account=", account, "", "");
    EXPECT_I64(said.status, 200);
    EXPECT(tree_at(said.body, "id") == NULL);
    struct str url = tree_str(said.body, "url");
    struct keyed k = { .link = str_from(url, url.n - ID) };
    EXPECT_I64(of(f, "GET /setup/e/", k.link, "", "").status, 303);
    EXPECT_OK(sandbox_tx(&c, "test.key", key_tx, &k));
    struct str form = str_fmt(t->c->arena, "%.*s/%.*s", SARG(k.link), SARG(k.key));
    EXPECT_I64(of(f, "GET /setup/s/", form, "", "").status, 200);
    return form;
}

static int answers(struct fixture *f, struct str account, const char *form)
{
    return of(f, "POST /setup/s/", follows(f, account), "", form).status;
}

static void is_state(struct fixture *f, struct str id, const char *capability, const char *why)
{
    struct test *t = f->t;
    struct tree *account = now(f, id);
    bool active = str_eq(str_of_c(capability), S("active"));
    EXPECT_STR(tree_str(account, "capabilities.transfers"), str_of_c(capability));
    EXPECT_STR(tree_str(account, "capabilities.card_payments"), str_of_c(capability));
    EXPECT_STR(tree_str(account, "requirements.disabled_reason"), str_of_c(why));
    EXPECT(tree_true(account, "charges_enabled") == active);
    EXPECT(tree_true(account, "payouts_enabled") == active);
}

TEST("a seller's account at Stripe is restricted until all is answered, and then active")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    struct str id = made(&f, EXPRESS "&country=DE&email=j@x.test");
    is_state(&f, id, "inactive", "requirements.past_due");
    EXPECT_STR(tree_str(now(&f, id), "default_currency"), S("eur"));
    EXPECT_I64(asked(&f, id), 6);
    EXPECT_I64(of(&f, "POST /v1/accounts/", id, "/login_links", "").status, 400);
    /* Half-way: what was filled in is not asked again, and who sells is asked the rest. */
    EXPECT_I64(answers(&f, id, "act=leave&kind=individual&name=Jenny+Rosen"), 303);
    EXPECT_I64(asked(&f, id), 11);
    EXPECT(!tree_true(now(&f, id), "details_submitted"));
    EXPECT_I64(answers(&f, id, "act=finish" REST "&bank=12"), 422);
    EXPECT_I64(answers(&f, id, "act=finish" REST), 422);
    EXPECT_I64(answers(&f, id, "act=finish" REST "&bank=000123456789"), 303);
    EXPECT_I64(asked(&f, id), 0);
    is_state(&f, id, "active", "");
    EXPECT_STR(tree_str(now(&f, id), "external_accounts.data.0.last4"), S("6789"));
    EXPECT_I64(of(&f, "POST /v1/accounts/", id, "/login_links", "").status, 200);
    /* Nothing of it is the platform's own. */
    EXPECT_STR(vendor_events(&f), S(""));
    fixture_close(&f);
}

TEST("verification at Stripe takes a minute, may not read a document, and a rejection is final")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    struct str id = made(&f, EXPRESS);
    EXPECT_I64(answers(&f, id, "act=wait" JENNY), 303);
    is_state(&f, id, "pending", "requirements.pending_verification");
    fixture_control(&f, "/_sandbox/clock", S("{\"advance\":\"2m\"}"));
    is_state(&f, id, "active", "");
    struct str other = made(&f, EXPRESS "&business_type=company");
    EXPECT_I64(answers(&f, other, "act=unreadable" JENNY), 303);
    is_state(&f, other, "inactive", "requirements.past_due");
    EXPECT_STR(tree_str(now(&f, other), "requirements.currently_due.0"),
        S("representative.verification.document"));
    EXPECT_STR(tree_str(now(&f, other), "requirements.errors.0.code"),
        S("verification_document_not_readable"));
    EXPECT_I64(answers(&f, other, "act=finish&document=passport.png"), 303);
    is_state(&f, other, "active", "");
    EXPECT_I64(of(&f, "POST /v1/accounts/", other, "/reject", "reason=fraud").status, 200);
    is_state(&f, other, "inactive", "rejected.fraud");
    EXPECT_I64(answers(&f, other, "act=finish"), 303);
    is_state(&f, other, "inactive", "rejected.fraud");
    fixture_close(&f);
}

TEST("an account link is followed once and within minutes, and its form has no second address")
{
    struct fixture f = { 0 };
    vendor_open(t, &f);
    struct str id = made(&f, EXPRESS);
    struct str form = follows(&f, id), again = follows(&f, id), link, key;
    EXPECT(!str_eq(form, again));
    str_cut(form, '/', &link, &key);
    EXPECT_I64(of(&f, "GET /setup/s/", link, "/another", "").status, 404);
    EXPECT_I64(of(&f, "GET /setup/e/", link, "", "").status, 303);
    EXPECT_I64(of(&f, "GET /setup/e/", id, "", "").status, 404);
    /* Followed again or not: the form that is open stays open. */
    EXPECT_I64(of(&f, "POST /setup/s/", form, "", "act=finish" JENNY).status, 303);
    is_state(&f, id, "active", "");
    EXPECT_I64(of(&f, "POST /setup/s/", again, "", "act=nothing").status, 400);
    fixture_close(&f);
}

TEST("Stripe refuses what an account cannot be, and acts for a seller where that is simulated")
{
    static const struct {
        const char *form;
        int status;
        const char *code, *param;
    } cases[] = {
        { "", 400, "", "type" },
        { "type=custom", 400, "", "type" },
        { "type=express&controller[fees][payer]=application", 400, "", "" },
        { "controller[stripe_dashboard][type]=none", 400, "", "controller" },
        { "type=express&country=ZZ", 400, "country_unsupported", "country" },
        { "type=express&individual[first_name]=J", 400, "", "individual" },
        { "type=express&tos_acceptance[date]=1", 400, "", "tos_acceptance" },
        { "type=express&settings[payouts][schedule][interval]=weekly", 400, "parameter_missing",
            "settings[payouts][schedule][weekly_payout_days]" },
        { "type=express&settings[payouts][schedule][interval]=hourly", 400, "",
            "settings[payouts][schedule][interval]" },
        { "type=express&capabilities[flying][requested]=true", 400, "parameter_unknown",
            "capabilities[flying]" },
    };
    struct fixture f = { 0 };
    vendor_open(t, &f);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct said said = vendor_ask(&f, ACCOUNTS, cases[i].form);
        EXPECT_I64(said.status, cases[i].status);
        EXPECT_STR(tree_str(said.body, "error.code"), str_of_c(cases[i].code));
        EXPECT_STR(tree_str(said.body, "error.param"), str_of_c(cases[i].param));
    }
    struct str own_dashboard = made(&f, "type=standard");
    EXPECT_I64(of(&f, "POST /v1/accounts/", own_dashboard, "/login_links", "").status, 400);
    EXPECT_STR(tree_str(now(&f, made(&f, CONTROLLER)), "type"), S("express"));
    struct str id = made(&f, EXPRESS "&settings[payouts][schedule][interval]=manual");
    EXPECT_STR(tree_str(now(&f, id), "settings.payouts.schedule.interval"), S("manual"));
    const struct net_header mine = { S("Stripe-Account"), id };
    const struct net_header none = { S("Stripe-Account"), S("acct_none") };
    struct said own = vendor_ask_with(&f, "GET /v1/account", "", &mine, 1);
    EXPECT_STR(tree_str(own.body, "id"), id);
    EXPECT_I64(vendor_ask_with(&f, "GET /v1/account", "", &none, 1).status, 403);
    EXPECT_I64(vendor_ask_with(&f, "POST /v1/customers", "", &mine, 1).status, 400);
    EXPECT_I64(vendor_ask(&f, "GET /v1/accounts/acct_none", "").status, 403);
    follows(&f, id);
    EXPECT_I64(of(&f, "POST /v1/accounts/", id, "", "business_type=company").status, 403);
    EXPECT_I64(answers(&f, id, "act=finish" JENNY), 303);
    own = vendor_ask_with(&f, "GET /v1/events", "", &mine, 1);
    EXPECT_I64((int64_t)tree_count(tree_at(own.body, "data")), 1);
    EXPECT_STR(tree_str(own.body, "data.0.account"), id);
    EXPECT(tree_true(of(&f, "DELETE /v1/accounts/", id, "", "").body, "deleted"));
    EXPECT_I64(of(&f, "GET /v1/accounts/", id, "", "").status, 403);
    fixture_close(&f);
}

TEST("what Stripe says of sellers is signed with the secret of the Connect endpoint")
{
    struct fixture f = { 0 };
    static const char *const env[] = { "STRIPE_WEBHOOK_SECRET=whsec_another_secret",
        "STRIPE_CONNECT_WEBHOOK_SECRET=whsec_test_secret", NULL };
    fixture_open(t, &f, env);
    struct hook d = { .path = S("/api/webhooks/stripe-connect"),
        .body = S("{\"id\":\"evt_test_webhook\",\"object\":\"event\"}") };
    struct str headers = S("");
    t->c->wall_ms = INT64_C(1700000000000);
    EXPECT_OK(st_signs(t->c, &d, &headers));
    EXPECT(str_starts(headers,
        S("Stripe-Signature: t=1700000000,v1="
          "d95c6b7477fbd7e9f90b1b0ef5f9c7ac25abca5382460e0d988c2b2a5b71b990,v0=")));
    fixture_close(&f);
}
