#include "sandbox/stripe_account.h"
#include "sandbox/stripe_page.h"

/* Where a seller answers what Stripe asks, and the dashboard behind a login link.  A link is used
 * up by whoever follows it first; the form stands at an address of its own, which may be looked at
 * again. */

enum {
    FIELDS_MAX = 10
};

struct onboarding {
    struct req *r;
    struct str id, key; /* of the link, and of what it opened */
    struct str act;
    struct thing link, account;
    struct part_field field[FIELDS_MAX];
    size_t fields;
    bool tried;
    struct str to;
};

/* ---- following a link */

/* The account that a link leads to; *ret_found false: one of both is gone. */
static enum err find(struct st *s, struct str id, const char *kind, bool *ret_found,
    struct thing *ret_link, struct thing *ret_account)
{
    bool found = false, there = false;
    TRY(st_find(s, id, &found, ret_link));
    if (!found || !st_is(ret_link, kind))
        return fail(s->c, NOT_FOUND, "the simulated Stripe has no such link");
    TRY(st_find(s, tree_str(ret_link->body, "_account"), &there, ret_account));
    *ret_found = there && st_is(ret_account, "account");
    return E_OK;
}

/* Followed twice, or too late: the platform makes another. */
static enum err follow_tx(struct ctx *c, void *arg)
{
    struct onboarding *k = arg;
    struct st s = st_work(c);
    bool there = false;
    TRY(find(&s, k->id, "account_link", &there, &k->link, &k->account));
    if (!there || tree_at(k->link.body, "_key") != NULL ||
        st_now(&s) >= tree_i64(k->link.body, "expires_at")) {
        k->to = tree_str(k->link.body, "_refresh_url");
        return E_OK;
    }
    struct str key = st_random(&s, 32);
    tree_set_str(s.a, k->link.body, "_key", key);
    k->to = str_fmt(c->arena, "/setup/s/%.*s/%.*s", SARG(k->id), SARG(key));
    return st_save(&s, &k->link);
}

static enum err follow(struct req *r)
{
    struct onboarding k = { .r = r, .id = r->params[0] };
    TRY(sandbox_tx(r->c, "stripe.follow", follow_tx, &k));
    answer_redirect(r, 303, k.to);
    return E_OK;
}

/* ---- the form */

static enum err look(struct st *s, struct onboarding *k)
{
    bool there = false;
    TRY(find(s, k->id, "account_link", &there, &k->link, &k->account));
    if (!there || tree_at(k->link.body, "_key") == NULL ||
        !str_eq(tree_str(k->link.body, "_key"), k->key))
        return fail(s->c, NOT_FOUND, "the simulated Stripe has no such form");
    return E_OK;
}

static enum err look_tx(struct ctx *c, void *arg)
{
    struct st s = st_work(c);
    return look(&s, arg);
}

static const struct part_option kinds[] = {
    { S_INIT("individual"), S_INIT("A person") },
    { S_INIT("company"), S_INIT("A company") },
    { S_INIT("non_profit"), S_INIT("A non-profit organisation") },
    { S_INIT("government_entity"), S_INIT("A government entity") },
};

/* What is still asked, with something that passes in each field. */
static void fields_fill(struct onboarding *k)
{
    const struct tree *account = k->account.body;
    k->fields = 0;
    if (tree_null(account, "business_type") && !st_account_rejected(account))
        k->field[k->fields++] = (struct part_field) { .name = S("kind"),
            .label = S("Who sells"),
            .type = S("select"),
            .value = S("individual"),
            .options = kinds,
            .option_count = ARRAY_LEN(kinds) };
    for (size_t i = 0; i < st_question_count; i++) {
        const struct question *q = &st_questions[i];
        if (!st_question_due(account, q))
            continue;
        k->field[k->fields++] = (struct part_field) { .name = str_of_c(q->field),
            .label = str_of_c(q->label),
            .hint = str_of_c(q->hint),
            .autocomplete = S("off"),
            .value = str_of_c(q->sample),
            .max = 200 };
    }
}

static void write_act(struct buf *b, const char *act, struct str words, enum button_kind kind)
{
    part_button(b,
        &(struct part_button) {
            .words = words, .kind = kind, .name = S("act"), .value = str_of_c(act) });
}

static void write_ways(struct buf *b, bool asks)
{
    write_act(b, "finish", asks ? S("Agree and submit") : S("Back to the platform"), BUTTON_FILLED);
    if (asks) {
        html(b, "<h2>Or</h2>\n<p class=\"row\">");
        write_act(b, "wait", S("Submit, verified in a minute"), BUTTON_QUIET);
        write_act(b, "unreadable", S("Submit, and the document cannot be read"), BUTTON_QUIET);
        html(b, "</p><p class=\"row\">");
        write_act(b, "leave", S("Save what is filled in, and leave"), BUTTON_QUIET);
        html(b, "</p>");
    }
}

static bool asks(const struct onboarding *k)
{
    const struct tree *account = k->account.body;
    return !st_account_rejected(account) &&
        (k->fields > 0 || !tree_true(account, "details_submitted"));
}

static void write_form(struct req *r, const struct onboarding *k, int status)
{
    const struct str to[] = { tree_str(k->link.body, "_return_url") };
    struct buf *b = st_page_begin(r, status, S("Sell with Stripe"), k->tried);
    part_summary(b, k->field, k->fields);
    html(b, "<h1>Sell with Stripe</h1>\n");
    if (st_account_rejected(k->account.body))
        html(b, "<p>This account was rejected: nothing that you enter changes that.</p>\n");
    else if (!asks(k))
        html(b, "<p>Nothing is asked of you at the moment.</p>\n");
    else
        html(b, "<p>What is saved is not asked again. Leave a field empty to answer later.</p>\n");
    part_form_open(b,
        &(struct part_form) {
            .action = str_fmt(b->arena, "/setup/s/%.*s/%.*s", SARG(k->id), SARG(k->key)),
            .tried = true });
    for (size_t i = 0; i < k->fields; i++)
        part_field(b, &k->field[i]);
    write_ways(b, asks(k));
    part_form_close(b);
    page_close(r);
    sandbox_page_leaves(r, to, ARRAY_LEN(to));
}

static enum err form_page(struct req *r)
{
    struct onboarding k = { .r = r, .id = r->params[0], .key = r->params[1] };
    TRY(sandbox_tx(r->c, "stripe.onboarding", look_tx, &k));
    fields_fill(&k);
    write_form(r, &k, 200);
    return E_OK;
}

/* ---- what was typed */

static bool is_digits(struct str text, size_t min, size_t max)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
    return text.n >= min && text.n <= max;
}

static bool kind_known(struct str text)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (str_eq(kinds[i].value, text))
            return true;
    return false;
}

static struct str complaint(const struct part_field *field, bool leaves)
{
    if (field->value.n == 0)
        return leaves ? S("") : S("Fill this in");
    if (str_eq(field->name, S("kind")) && !kind_known(field->value))
        return S("Choose who sells");
    if (str_eq(field->name, S("bank")) && !is_digits(field->value, 6, 17))
        return S("Enter 6 to 17 digits, like 000123456789");
    if (str_eq(field->name, S("trade")) && !is_digits(field->value, 4, 4))
        return S("Enter four digits, like 5734");
    if (str_eq(field->name, S("site")) && !str_starts(field->value, S("https://")) &&
        !str_starts(field->value, S("http://")))
        return S("Enter an address, like https://accessible.stripe.com");
    return S("");
}

static enum err read_fields(struct onboarding *k)
{
    bool given = false, leaves = str_eq(k->act, S("leave"));
    struct arena *a = k->r->c->arena;
    k->tried = true;
    for (size_t i = 0; i < k->fields; i++) {
        struct part_field *field = &k->field[i];
        struct str typed = S("");
        TRY(req_form(k->r, str_c(a, field->name), &given, &typed));
        field->value = str_clean(a, str_trim(typed), 200);
        field->error = complaint(field, leaves);
    }
    return E_OK;
}

static void keep_fields(struct st *s, struct onboarding *k)
{
    for (size_t i = 0; i < k->fields; i++) {
        const struct part_field *field = &k->field[i];
        if (field->value.n == 0)
            continue;
        if (str_eq(field->name, S("kind")))
            tree_set_str(s->a, k->account.body, "business_type", field->value);
        for (size_t n = 0; n < st_question_count; n++)
            if (str_eq(field->name, str_of_c(st_questions[n].field)))
                st_question_met(s, k->account.body, &st_questions[n], field->value);
    }
}

/* Filled in, and then as the button says. */
static enum err act_tx(struct ctx *c, void *arg)
{
    struct onboarding *k = arg;
    struct st s = st_work(c);
    s.r = k->r;
    TRY(look(&s, k));
    fields_fill(k);
    k->to = tree_str(k->link.body, "_return_url");
    bool open = asks(k);
    TRY(read_fields(k));
    if (!open || part_has_errors(k->field, k->fields))
        return E_OK;
    keep_fields(&s, k);
    if (str_eq(k->act, S("leave")))
        return st_account_save(&s, &k->account);
    return st_account_submit(&s, &k->account,
        str_eq(k->act, S("wait"))             ? S("pending")
            : str_eq(k->act, S("unreadable")) ? S("unreadable")
                                              : S(""));
}

static enum err form_act(struct req *r)
{
    static const struct str acts[] = { S_INIT("finish"), S_INIT("wait"), S_INIT("unreadable"),
        S_INIT("leave") };
    struct onboarding k = { .r = r, .id = r->params[0], .key = r->params[1] };
    bool given = false, known = false;
    TRY(req_form(r, "act", &given, &k.act));
    for (size_t i = 0; i < ARRAY_LEN(acts); i++)
        known = known || str_eq(acts[i], k.act);
    if (!known)
        return fail(r->c, INVALID_REQUEST, "act is one of the buttons of the page");
    TRY(sandbox_tx(r->c, "stripe.onboarding", act_tx, &k));
    sandbox_wake(r->c->sandbox);
    if (part_has_errors(k.field, k.fields)) {
        write_form(r, &k, 422);
        return E_OK;
    }
    answer_redirect(r, 303, k.to);
    sandbox_page_leaves(r, &k.to, 1);
    return E_OK;
}

/* ---- the dashboard */

static enum err login_tx(struct ctx *c, void *arg)
{
    struct onboarding *k = arg;
    struct st s = st_work(c);
    bool there = false;
    TRY(find(&s, k->id, "login_link", &there, &k->link, &k->account));
    if (!there || tree_true(k->link.body, "_used"))
        return fail(c, NOT_FOUND, "this login link was used already: ask for another");
    tree_set_bool(s.a, k->link.body, "_used", true);
    return st_save(&s, &k->link);
}

static enum err dashboard(struct req *r)
{
    struct onboarding k = { .r = r, .id = r->params[0] };
    TRY(sandbox_tx(r->c, "stripe.login", login_tx, &k));
    const struct tree *t = k.account.body;
    struct str why = tree_str(t, "requirements.disabled_reason");
    struct buf *b = st_page_begin(r, 200, S("Express dashboard"), false);
    html(b, "<h1>", tree_str(t, "business_profile.name"), "</h1>\n");
    part_facts_open(b);
    part_fact(b, S("Account"), k.account.id);
    part_fact(b, S("Payouts"), tree_true(t, "payouts_enabled") ? S("Enabled") : S("Not enabled"));
    part_fact(b, S("Schedule"), tree_str(t, "settings.payouts.schedule.interval"));
    part_fact(b, S("Bank account"),
        str_fmt(b->arena, "ends in %.*s", SARG(tree_str(t, "external_accounts.data.0.last4"))));
    if (why.n > 0)
        part_fact(b, S("Restricted by"), why);
    part_facts_close(b);
    page_close(r);
    return E_OK;
}

#define ROW(method, path, run, about)                                                              \
    {                                                                                              \
        method, path, SHAPE_PLAIN, NULL, run, NULL, 0, ALLOW_ANYONE, 0, 0, about                   \
    }
static const struct route table[] = {
    ROW("GET", "/setup/e/{id}", follow, "Stripe: an account link, once."),
    ROW("GET", "/setup/s/{id}/{key}", form_page, "Stripe: what is asked of a seller."),
    ROW("POST", "/setup/s/{id}/{key}", form_act, "Stripe: the seller's answers."),
    ROW("GET", "/express/{id}", dashboard, "Stripe: the seller's dashboard, once."),
};
const struct routes stripe_seller_routes = { table, ARRAY_LEN(table) };
