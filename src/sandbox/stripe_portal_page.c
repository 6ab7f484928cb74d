#include "sandbox/stripe_page.h"

/* The billing portal, and an invoice that its customer can pay: plainly simulated. */

enum {
    PRICES_MAX = 50
};

struct portal {
    struct req *r;
    struct str id;
    struct thing session, customer;
    struct tree *subs, *invoices, *prices; /* arrays */
    struct str act, sub, price, card, problem, to;
};

/* ---- looking */

static enum err keep_body(struct st *s, struct thing *t, void *arg)
{
    (void)s;
    tree_push(arg, t->body);
    return E_OK;
}

static enum err keep_price(struct st *s, struct thing *t, void *arg)
{
    (void)s;
    if (tree_true(t->body, "active") && !tree_null(t->body, "recurring") &&
        tree_count(arg) < PRICES_MAX)
        tree_push(arg, t->body);
    return E_OK;
}

static enum err look(struct st *s, struct portal *k)
{
    bool found = false;
    TRY(st_find(s, k->id, &found, &k->session));
    if (!found || !st_is(&k->session, "billing_portal.session"))
        return fail(
            s->c, NOT_FOUND, "the simulated Stripe has no portal session %.*s", SARG(k->id));
    struct str customer = tree_str(k->session.body, "customer");
    TRY(st_own(s, customer, &k->customer));
    k->subs = tree_of(s->a, JSON_ARRAY);
    k->invoices = tree_of(s->a, JSON_ARRAY);
    k->prices = tree_of(s->a, JSON_ARRAY);
    TRY(st_each(s, "subscription", customer, S(""), keep_body, k->subs));
    TRY(st_each(s, "invoice", customer, S(""), keep_body, k->invoices));
    return st_each(s, "price", S(""), S(""), keep_price, k->prices);
}

static enum err look_tx(struct ctx *c, void *arg)
{
    struct st s = st_work(c);
    return look(&s, arg);
}

/* ---- writing */

static void write_button(struct buf *b, const char *act, struct str words, enum button_kind kind)
{
    part_button(b,
        &(struct part_button) {
            .words = words, .kind = kind, .name = S("act"), .value = str_of_c(act) });
}

static void hidden(struct buf *b, const char *name, struct str value)
{
    html(b, "<input type=\"hidden\" name=\"", name, "\" value=\"", value, "\">\n");
}

static void write_plans(struct buf *b, const struct portal *k, const struct tree *sub)
{
    struct part_option options[PRICES_MAX];
    size_t n = 0;
    struct str has = tree_str(sub, "items.data.0.price.id");
    tree_each (price, k->prices) {
        if (!str_eq(tree_str(price, "currency"), tree_str(sub, "currency")))
            continue;
        options[n++] = (struct part_option) { tree_str(price, "id"),
            str_fmt(b->arena, "%.*s, %.*s by the %.*s", SARG(tree_str(price, "_name")),
                SARG(money_text(b->arena, st_money(b, price, "unit_amount"))),
                SARG(tree_str(price, "recurring.interval"))) };
    }
    if (n < 2 && (n == 0 || str_eq(options[0].value, has)))
        return;
    part_field(b,
        &(struct part_field) { .name = str_fmt(b->arena, "price-%.*s", SARG(tree_str(sub, "id"))),
            .label = S("Another plan"),
            .type = S("select"),
            .value = has,
            .options = options,
            .option_count = n });
    write_button(b, "change", S("Change the plan now"), BUTTON_QUIET);
}

static void write_sub(struct buf *b, const struct portal *k, const struct tree *sub)
{
    struct str status = tree_str(sub, "status");
    bool over = str_eq(status, S("canceled")) || str_eq(status, S("incomplete_expired"));
    bool ends = !tree_null(sub, "cancel_at");
    html(b, "<h2>", tree_str(sub, "items.data.0.price._name"), "</h2>\n");
    part_facts_open(b);
    part_fact(b, S("Status"), status);
    part_fact_open(b, ends ? S("Ends") : S("Renews"));
    part_time(b, tree_i64(sub, "items.data.0.current_period_end") * 1000);
    part_fact_close(b);
    part_facts_close(b);
    if (over)
        return;
    part_form_open(
        b, &(struct part_form) { .action = str_fmt(b->arena, "/p/session/%.*s", SARG(k->id)) });
    hidden(b, "sub", tree_str(sub, "id"));
    write_plans(b, k, sub);
    if (ends)
        write_button(b, "resume", S("Do not cancel"), BUTTON_QUIET);
    else
        write_button(b, "cancel", S("Cancel at the end of the period"), BUTTON_DANGER);
    part_form_close(b);
}

static void write_subs(struct buf *b, const struct portal *k)
{
    if (k->subs->first == NULL) {
        html(b, "<p>There is no subscription.</p>\n");
        return;
    }
    tree_each (sub, k->subs)
        write_sub(b, k, sub);
}

static void write_card(struct buf *b, const struct portal *k)
{
    html(b, "<h2>Payment method</h2>\n");
    part_form_open(
        b, &(struct part_form) { .action = str_fmt(b->arena, "/p/session/%.*s", SARG(k->id)) });
    part_field(b,
        &(struct part_field) { .name = S("number"),
            .label = S("Card number"),
            .hint = S("A test card. Never type a real one."),
            .autocomplete = S("off"),
            .inputmode = S("numeric"),
            .value = S("4242 4242 4242 4242"),
            .max = 23 });
    write_button(b, "card", S("Use this card"), BUTTON_QUIET);
    part_form_close(b);
}

static void write_invoices(struct buf *b, const struct portal *k)
{
    const struct part_column columns[] = { { .label = S("Invoice"), .whole = true },
        { .label = S("Amount"), .number = true, .whole = true }, { .label = S("Status") } };
    if (k->invoices->first == NULL)
        return;
    html(b, "<h2>Invoices</h2>\n");
    struct part_rows rows = part_rows_open(b, S("Invoices"), columns, ARRAY_LEN(columns));
    tree_each (invoice, k->invoices) {
        part_row(&rows);
        part_cell(&rows);
        html(b, "<a href=\"/i/", tree_str(invoice, "id"), "\">", tree_str(invoice, "number"),
            "</a>");
        part_cell(&rows);
        part_money(b, st_money(b, invoice, "amount_due"));
        part_cell(&rows);
        html(b, tree_str(invoice, "status"));
    }
    part_rows_close(&rows);
}

static void leave(struct req *r, const struct portal *k)
{
    const struct str to[] = { tree_str(k->session.body, "return_url"),
        tree_str(k->session.body, "flow.after_completion.redirect.return_url") };
    sandbox_page_leaves(r, to, ARRAY_LEN(to));
}

static void write_portal(struct req *r, const struct portal *k, int status)
{
    struct str back = tree_str(k->session.body, "return_url");
    struct buf *b = st_page_begin(r, status, S("Billing"), false);
    sandbox_page_problem(b, k->problem);
    html(b, "<h1>Billing</h1>\n<p>", tree_str(k->customer.body, "email"), "</p>\n");
    write_subs(b, k);
    write_card(b, k);
    write_invoices(b, k);
    if (back.n > 0) {
        html(b, "<p class=\"row\">");
        part_button(
            b, &(struct part_button) { .words = S("Back"), .kind = BUTTON_QUIET, .href = back });
        html(b, "</p>\n");
    }
    page_close(r);
    leave(r, k);
}

static enum err portal_page(struct req *r)
{
    struct portal k = { .r = r, .id = r->params[0] };
    TRY(sandbox_tx(r->c, "stripe.portal", look_tx, &k));
    write_portal(r, &k, 200);
    return E_OK;
}

/* ---- acting */

/* The customer's own, and still running. */
static enum err own_sub(struct st *s, const struct portal *k, struct thing *ret)
{
    struct thing t = { 0 };
    bool found = false;
    TRY(st_find(s, k->sub, &found, &t));
    if (!found || !st_is(&t, "subscription") ||
        !str_eq(tree_str(t.body, "customer"), k->customer.id))
        return fail(s->c, NOT_FOUND, "this customer has no subscription %.*s", SARG(k->sub));
    if (st_sub_over(&t))
        return fail(s->c, CONFLICT, "this subscription is over");
    *ret = t;
    return E_OK;
}

/* As the API would be asked. */
static enum err update(struct st *s, struct thing *sub, struct str form)
{
    struct str why = S("");
    s->params = tree_of(s->a, JSON_OBJECT);
    must(form_add(s->a, form, s->params, &why));
    return st_sub_update(s, sub);
}

static enum err cancel(struct st *s, const struct portal *k, bool cancels)
{
    struct thing sub;
    TRY(own_sub(s, k, &sub));
    return update(
        s, &sub, cancels ? S("cancel_at_period_end=true") : S("cancel_at_period_end=false"));
}

static enum err change(struct st *s, const struct portal *k)
{
    struct thing sub;
    struct str price = url_encode(s->a, k->price);
    TRY(own_sub(s, k, &sub));
    struct str item = tree_str(sub.body, "items.data.0.id");
    return update(s, &sub,
        str_fmt(s->a, "items[0][id]=%.*s&items[0][price]=%.*s&proration_behavior=always_invoice",
            SARG(item), SARG(price)));
}

static enum err use_card(struct st *s, struct portal *k)
{
    const struct card *card;
    TRY(st_card_typed(s, k->card, &card));
    struct thing method = st_method_of(s, card);
    TRY(st_add(s, &method));
    TRY(st_attach(s, &method, k->customer.id));
    if (s->refusal.status > 0) {
        k->problem = s->refusal.message;
        return E_OK;
    }
    tree_set_str(s->a, k->customer.body, "invoice_settings.default_payment_method", method.id);
    TRY(st_save_and_tell(s, &k->customer, "customer.updated"));
    tree_each (body, k->subs) {
        struct thing sub;
        TRY(st_own(s, tree_str(body, "id"), &sub));
        tree_set_null(s->a, sub.body, "default_payment_method");
        if (!st_sub_over(&sub))
            TRY(st_save_and_tell(s, &sub, "customer.subscription.updated"));
    }
    return E_OK;
}

static enum err act_tx(struct ctx *c, void *arg)
{
    struct portal *k = arg;
    struct st s = st_work(c);
    s.r = k->r;
    k->problem = S("");
    TRY(look(&s, k));
    if (str_eq(k->act, S("cancel")))
        TRY(cancel(&s, k, true));
    else if (str_eq(k->act, S("resume")))
        TRY(cancel(&s, k, false));
    else if (str_eq(k->act, S("change")))
        TRY(change(&s, k));
    else if (str_eq(k->act, S("card")))
        TRY(use_card(&s, k));
    else
        return fail(c, INVALID_REQUEST, "act is one of the buttons of the page");
    struct str after = tree_str(k->session.body, "flow.after_completion.redirect.return_url");
    k->to = after.n > 0 ? after : str_fmt(c->arena, "/p/session/%.*s", SARG(k->id));
    return look(&s, k);
}

static enum err portal_act(struct req *r)
{
    bool given = false;
    struct portal k = { .r = r, .id = r->params[0] };
    TRY(req_form(r, "act", &given, &k.act));
    TRY(req_form(r, "sub", &given, &k.sub));
    TRY(req_form(r, "number", &given, &k.card));
    TRY(req_form(
        r, str_c(r->c->arena, str_fmt(r->c->arena, "price-%.*s", SARG(k.sub))), &given, &k.price));
    TRY(sandbox_tx(r->c, "stripe.portal", act_tx, &k));
    sandbox_wake(r->c->sandbox);
    if (k.problem.n > 0) {
        write_portal(r, &k, 402);
        return E_OK;
    }
    answer_redirect(r, 303, k.to);
    leave(r, &k);
    return E_OK;
}

/* ---- an invoice that its customer pays */

struct paying_invoice {
    struct req *r;
    struct str id, card;
    bool acts;
    struct thing invoice;
    struct str problem, to;
};

static enum err invoice_tx(struct ctx *c, void *arg)
{
    struct paying_invoice *k = arg;
    struct st s = st_work(c);
    const struct card *card;
    bool found = false;
    enum went went = WENT_PAID;
    s.r = k->r;
    TRY(st_find(&s, k->id, &found, &k->invoice));
    if (!found || !st_is(&k->invoice, "invoice"))
        return fail(c, NOT_FOUND, "the simulated Stripe has no invoice %.*s", SARG(k->id));
    if (!k->acts)
        return E_OK;
    if (!str_eq(tree_str(k->invoice.body, "status"), S("open")))
        return fail(c, CONFLICT, "this invoice is %.*s", SARG(tree_str(k->invoice.body, "status")));
    TRY(st_card_typed(&s, k->card, &card));
    struct thing method = st_method_of(&s, card);
    struct paying_by by = { .return_url = st_url(&s, "/i/", k->id) };
    s.about = tree_str(k->invoice.body, "_subscription");
    TRY(st_add(&s, &method));
    TRY(st_invoice_pay(&s, &k->invoice, &method, &by, &went));
    if (went == WENT_DECLINED)
        k->problem = s.refusal.message;
    else if (went == WENT_ASKS)
        k->to = str_fmt(
            c->arena, "/c/challenge/%.*s", SARG(tree_str(k->invoice.body, "_payment_intent")));
    return E_OK;
}

static void write_invoice(struct req *r, const struct paying_invoice *k, int status)
{
    const struct tree *t = k->invoice.body;
    bool open = str_eq(tree_str(t, "status"), S("open"));
    struct buf *b = st_page_begin(r, status, S("Invoice"), false);
    sandbox_page_problem(b, k->problem);
    html(b, "<h1>Invoice ", tree_str(t, "number"), "</h1>\n<p>It is ", tree_str(t, "status"),
        ".</p>\n");
    part_bill_open(b, S("What is paid"));
    tree_each (line, tree_at(t, "lines.data"))
        part_bill_item(b,
            &(struct part_item) {
                .words = tree_str(line, "description"),
                .quantity = 1,
                .amount = st_money(b, line, "amount"),
            });
    part_bill_foot(b);
    part_bill_total(b, S("Due"), st_money(b, t, "amount_due"));
    part_bill_close(b);
    if (open) {
        part_form_open(
            b, &(struct part_form) { .action = str_fmt(b->arena, "/i/%.*s", SARG(k->id)) });
        part_field(b,
            &(struct part_field) { .name = S("number"),
                .label = S("Card number"),
                .hint = S("A test card. Never type a real one."),
                .autocomplete = S("off"),
                .inputmode = S("numeric"),
                .value = S("4242 4242 4242 4242"),
                .max = 23 });
        part_button(b,
            &(struct part_button) {
                .words = S("Pay this invoice"), .kind = BUTTON_FILLED, .pays = true });
        part_form_close(b);
        st_page_cards(b);
    }
    page_close(r);
}

static enum err invoice_page(struct req *r)
{
    struct paying_invoice k = { .r = r, .id = r->params[0] };
    TRY(sandbox_tx(r->c, "stripe.invoice", invoice_tx, &k));
    write_invoice(r, &k, 200);
    return E_OK;
}

static enum err invoice_act(struct req *r)
{
    bool given = false;
    struct paying_invoice k = { .r = r, .id = r->params[0], .acts = true };
    TRY(req_form(r, "number", &given, &k.card));
    TRY(sandbox_tx(r->c, "stripe.invoice", invoice_tx, &k));
    sandbox_wake(r->c->sandbox);
    if (k.to.n > 0)
        answer_redirect(r, 303, k.to);
    else
        write_invoice(r, &k, k.problem.n > 0 ? 402 : 200);
    return E_OK;
}

#define ROW(method, path, run, about)                                                              \
    {                                                                                              \
        method, path, SHAPE_PLAIN, NULL, run, NULL, 0, ALLOW_ANYONE, 0, 0, about                   \
    }
static const struct route table[] = {
    ROW("GET", "/p/session/{id}", portal_page, "Stripe: the billing portal."),
    ROW("POST", "/p/session/{id}", portal_act, "Stripe: what was done in it."),
    ROW("GET", "/i/{id}", invoice_page, "Stripe: an invoice."),
    ROW("POST", "/i/{id}", invoice_act, "Stripe: pays it."),
};
const struct routes stripe_portal_routes = { table, ARRAY_LEN(table) };
