#include "account/account_page.h"
#include "customer/billing.h"
#include "customer/tax_id.h"
#include "customer/whose.h"
#include "renewal/method.h"
#include "web/page.h"

/* /account/billing: how one pays, and to whom invoices are made out. */

enum {
    FIELDS = 7
};
struct billing_form {
    struct billing said; /* as stored, or as it was typed */
    struct str error[FIELDS];
    struct str note; /* why it was not stored */
    struct account_plans mine;
    struct str paid_with;
    bool tried, saved, forgotten;
};

/* In the order of the form. */
static const struct {
    const char *name;
    enum text label;
    const char *autocomplete;
    size_t max;
} fields[FIELDS] = {
    { "name", TEXT_BILLING_NAME, "billing name", BILLING_NAME },
    { "line1", TEXT_BILLING_LINE1, "billing address-line1", BILLING_LINE },
    { "line2", TEXT_BILLING_LINE2, "billing address-line2", BILLING_LINE },
    { "postcode", TEXT_BILLING_POSTCODE, "billing postal-code", BILLING_POSTCODE },
    { "city", TEXT_BILLING_CITY, "billing address-level2", BILLING_CITY },
    { "country", TEXT_COUNTRY, "billing country", 2 },
    { "taxId", TEXT_BILLING_TAX_ID, "off", BILLING_TAX_ID },
};
enum {
    COUNTRY_FIELD = 5,
    TAX_ID_FIELD = 6
};

static struct str *value_of(struct billing *k, size_t field)
{
    struct str *const values[FIELDS] = { &k->name, &k->line1, &k->line2, &k->postcode, &k->city,
        &k->country, &k->tax_id };
    return values[field];
}

static bool has_errors(const struct billing_form *f)
{
    for (size_t i = 0; i < FIELDS; i++)
        if (f->error[i].n > 0)
            return true;
    return false;
}

/* ---- how one pays */

static void past_due(struct ctx *c, struct buf *b, const struct subscription *s)
{
    if (s->status != SUBSCRIPTION_PAST_DUE)
        return;
    part_note_open(b, &(struct part_note) { .tone = TONE_BAD, .icon = ICON_ALERT });
    html(b, "<p>",
        SAY_WITH(b->arena, PLAN_PAST_DUE, { "plan", account_plan_name(c, s->terms.plan) }), "</p>");
    part_note_close(b);
    html(b, "\n");
}

/* Where purser renews: the card of one plan, and the way to be asked each time instead. */
static void kept_card(struct req *r, struct buf *b, const struct subscription *s)
{
    html(b, "<p class=\"muted\">",
        SAY_WITH(b->arena, BILLING_KEPT, { "plan", account_plan_name(r->c, s->terms.plan) }),
        "</p>\n");
    part_form_open(
        b, &(struct part_form) { .action = S("/account/billing/forget"), .csrf = r->csrf });
    html(b, "<input type=\"hidden\" name=\"id\" value=\"", subscription_id(b->arena, s), "\">");
    part_button(b,
        &(struct part_button) {
            .kind = BUTTON_QUIET, .words = SAY(BILLING_FORGET), .busy = SAY(BILLING_FORGETTING) });
    part_form_close(b);
}

static void method(struct req *r, struct buf *b, const struct billing_form *f)
{
    bool kept = false;
    html(b, "<section class=\"card stack\" aria-labelledby=\"method\"><h2 id=\"method\">",
        SAY(BILLING_METHOD), "</h2>\n");
    if (f->paid_with.n > 0)
        html(b, "<p>", SAY_WITH(b->arena, BILLING_PAID_WITH, { "method", f->paid_with }), "</p>\n");
    for (size_t i = 0; i < f->mine.n; i++) {
        const struct subscription *s = &f->mine.s[i];
        kept = kept || account_has_portal(s) || s->payer.n > 0;
        if (!account_has_portal(s) && s->payer.n > 0 && s->status != SUBSCRIPTION_CANCELED)
            kept_card(r, b, s);
        if (!account_has_portal(s))
            continue;
        html(b, "<p class=\"muted\">", account_plan_name(r->c, s->terms.plan), " · ",
            plan_standing(b->arena, s), "</p>\n");
        account_portal_form(r, b, s);
    }
    if (!kept)
        html(b, "<p class=\"muted\">", SAY(BILLING_NO_METHOD), "</p>\n");
    html(b, "</section>\n");
}

enum {
    SOME_INVOICES = 5
};

static enum err invoices(struct ctx *c, struct buf *b)
{
    struct account_invoices l = { .limit = SOME_INVOICES };
    html(b, "<section class=\"card stack\" aria-labelledby=\"invoices\"><h2 id=\"invoices\">",
        SAY(BILLING_INVOICES), "</h2>\n");
    TRY(account_invoices_write(c, b, 0, &l));
    html(b, "<p><a href=\"/account/invoices\">", SAY(ALL_INVOICES), "</a></p>\n",
        "<p><a href=\"/account/payments\">", SAY(BILLING_TO_PAYMENTS), "</a></p></section>\n");
    return E_OK;
}

/* ---- to whom invoices are made out */

static struct str tax_hint(struct arena *a, const struct billing *k)
{
    struct str like = S("");
    if (k->tax_id.n == 0 || tax_id_fits(a, k->country, k->tax_id, &like))
        return SAY(BILLING_TAX_HINT);
    return SAY_WITH(a, BILLING_TAX_ODD, { "country", country_name(k->country) }, { "like", like });
}

static struct part_field field_of(struct arena *a, struct billing_form *f, size_t i)
{
    return (struct part_field) {
        .name = str_of_c(fields[i].name),
        .label = text(fields[i].label),
        .hint = i == TAX_ID_FIELD ? tax_hint(a, &f->said) : S(""),
        .error = f->error[i],
        .value = *value_of(&f->said, i),
        .autocomplete = str_of_c(fields[i].autocomplete),
        .max = (int64_t)fields[i].max,
        .optional = true,
    };
}

static void address(struct req *r, struct buf *b, struct billing_form *f)
{
    struct arena *a = b->arena;
    html(b, "<section class=\"card stack\" aria-labelledby=\"address\"><h2 id=\"address\">",
        SAY(BILLING_ADDRESS), "</h2>\n<p class=\"muted\">", SAY(BILLING_ADDRESS_MORE), "</p>\n");
    part_form_open(b,
        &(struct part_form) {
            .action = S("/account/billing"), .csrf = r->csrf, .tried = f->tried });
    html(b, "<input type=\"hidden\" name=\"version\" value=\"",
        str_fmt(a, "%lld", (long long)f->said.version), "\">\n");
    for (size_t i = 0; i < FIELDS; i++) {
        struct part_field field = field_of(a, f, i);
        if (i == COUNTRY_FIELD) {
            field.type = S("select");
            field.max = 0;
            field.options = country_options(a, SAY(BILLING_NO_COUNTRY), &field.option_count);
        }
        part_field(b, &field);
        html(b, "\n");
    }
    html(b, "<p>");
    part_button(b, &(struct part_button) { .words = SAY(BILLING_SAVE) });
    html(b, "</p>");
    part_form_close(b);
    html(b, "</section>\n");
}

/* ---- the page */

static enum err find_paid(struct ctx *c, const struct order *o, void *arg)
{
    struct str *ret = arg;
    struct attempt *k = NULL;
    size_t n = 0;
    TRY(attempts_of(c, o->n, &k, &n));
    const struct attempt *paid = attempt_paid(k, n);
    if (paid != NULL)
        *ret = attempt_method_words(c->arena, paid);
    return E_OK;
}

static enum err read_stored(struct ctx *c, struct billing_form *f)
{
    struct customer k = customer_of_token(c);
    const struct order_filter newest = {
        .customer_n = c->customer_n, .status = -1, .paid = true, .limit = 1
    };
    if (c->customer_n > 0)
        TRY(customer_by_n(c, c->customer_n, &k));
    if (c->customer_n > 0)
        TRY(order_list(c, &newest, find_paid, &f->paid_with));
    struct billing stored = { .version = 0 };
    TRY(billing_of(c, &k, &stored));
    if (!f->tried)
        f->said = stored;
    f->said.version = stored.version;
    return E_OK;
}

static enum err write_page(struct req *r, struct billing_form *f)
{
    struct buf *b = NULL;
    struct part_field wrong[FIELDS];
    const bool errors = has_errors(f);
    TRY(account_plans(r->c, &f->mine));
    TRY(read_stored(r->c, f));
    for (size_t i = 0; i < FIELDS; i++)
        wrong[i] = (struct part_field) { .name = str_of_c(fields[i].name), .error = f->error[i] };
    TRY(account_open_form(r, ACCOUNT_BILLING, errors, &b));
    part_summary(b, wrong, FIELDS);
    account_refusal(b, f->note);
    if (f->saved || f->forgotten) {
        part_note_open(
            b, &(struct part_note) { .tone = TONE_OK, .icon = ICON_CHECK, .news = true });
        html(b, "<p>", f->saved ? SAY(BILLING_SAVED) : SAY(BILLING_FORGOTTEN), "</p>");
        part_note_close(b);
    }
    for (size_t i = 0; i < f->mine.n; i++)
        past_due(r->c, b, &f->mine.s[i]);
    html(b, "<div class=\"stack\">\n");
    method(r, b, f);
    address(r, b, f);
    TRY(invoices(r->c, b));
    html(b, "</div>\n");
    account_close(r, b);
    if (f->tried)
        r->out.status = errors ? 422 : 409;
    return E_OK;
}

enum err account_billing_page(struct req *r)
{
    struct billing_form f = { .tried = false };
    struct str done = S("");
    bool given = false;
    TRY(req_query(r, "done", &given, &done));
    f.saved = str_eq(done, S("saved"));
    f.forgotten = str_eq(done, S("forgotten"));
    return write_page(r, &f);
}

/* ---- the form */

static enum err read_form(struct req *r, struct billing_form *f)
{
    struct str version = S("");
    bool given = false;
    for (size_t i = 0; i < FIELDS; i++) {
        struct str *value = value_of(&f->said, i);
        TRY(req_form(r, fields[i].name, &given, value));
        *value = str_trim(*value);
        if (value->n > fields[i].max)
            f->error[i] = SAY(BILLING_TOO_LONG);
        else if (!str_is_text(*value) || str_has(*value, S("\n")))
            f->error[i] = SAY(BILLING_STRANGE);
    }
    if (country_code(r->c, f->said.country, &f->said.country) != E_OK) {
        err_clear(r->c);
        f->error[COUNTRY_FIELD] = SAY(COUNTRY_WRONG);
    }
    TRY(req_form(r, "version", &given, &version));
    if (version.n > 0 && !str_to_i64(version, &f->said.version))
        return fail(r->c, INVALID_REQUEST, "this form was changed on its way");
    return E_OK;
}

/* Stored, or the page again with everything kept. */
enum err account_billing_save(struct req *r)
{
    struct ctx *c = r->c;
    struct billing_form f = { .tried = true };
    struct customer k;
    struct billing now;
    int64_t n = 0;
    TRY(read_form(r, &f));
    if (has_errors(&f))
        return write_page(r, &f);
    TRY(billing_check(c, &f.said));
    TRY(whose_make(r, c->customer_id, &n));
    TRY(customer_by_n(c, n, &k));
    c->customer_n = n;
    enum err e = billing_set(c, &k, &f.said, &now);
    if (e == E_CONFLICT && c->err.code == CODE_CONFLICT) {
        f.note = str_sentence(c->arena, err_told(&c->err));
        err_clear(c);
        return write_page(r, &f);
    }
    TRY(e);
    answer_redirect(r, 303, S("/account/billing?done=saved"));
    return E_OK;
}

/* ---- what is kept is forgotten */

enum err account_forget_method(struct req *r)
{
    struct methods k = { .customer_id = S("") };
    bool given = false;
    TRY(req_form(r, "id", &given, &k.id));
    if (k.id.n == 0 || k.id.n > METHOD_ID)
        return fail(r->c, INVALID_REQUEST, "this form was changed on its way");
    TRY(methods_forget(r->c, &k));
    answer_redirect(r, 303, S("/account/billing?done=forgotten"));
    return E_OK;
}
