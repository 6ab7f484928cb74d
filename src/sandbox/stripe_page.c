#include "sandbox/stripe_page.h"

#include "base/url.h"

/* The hosted pages: paying a session, and the bank's challenge.  Plainly simulated; every way in
 * which paying can end is a button. */

struct shown {
    struct thing session;
    struct part_field field[5];
    struct str problem;
    bool tried;
};

static void fields_fill(struct shown *s)
{
    s->field[0] = (struct part_field) { .name = S("email"),
        .label = S("Mail"),
        .autocomplete = S("off"),
        .inputmode = S("email"),
        .value = S("ada@example.com"),
        .max = 254 };
    s->field[1] = (struct part_field) { .name = S("number"),
        .label = S("Card number"),
        .hint = S("A test card. Never type a real one."),
        .autocomplete = S("off"),
        .inputmode = S("numeric"),
        .value = S("4242 4242 4242 4242"),
        .max = 23 };
    s->field[2] = (struct part_field) { .name = S("expiry"),
        .label = S("Expires"),
        .hint = S("Month and year, like 12/34"),
        .autocomplete = S("off"),
        .value = S("12/34"),
        .max = 7 };
    s->field[3] = (struct part_field) { .name = S("code"),
        .label = S("Security code"),
        .autocomplete = S("off"),
        .inputmode = S("numeric"),
        .value = S("123"),
        .max = 4 };
    s->field[4] = (struct part_field) { .name = S("name"),
        .label = S("Name on the card"),
        .autocomplete = S("off"),
        .value = S("Ada Example"),
        .max = 100 };
}

struct money st_money(struct buf *b, const struct tree *t, const char *path)
{
    struct money m = { tree_i64(t, path), CUR_NONE };
    must(currency_parse(str_upper(b->arena, tree_str(t, "currency")), &m.cur));
    return m;
}

static void write_bill(struct buf *b, const struct tree *t)
{
    part_bill_open(b, S("What is paid"));
    tree_each (item, tree_at(t, "_lines"))
        part_bill_item(b,
            &(struct part_item) {
                .words = tree_str(item, "description"),
                .quantity = tree_i64(item, "quantity"),
                .amount = st_money(b, item, "amount_subtotal"),
            });
    part_bill_foot(b);
    struct money off = st_money(b, t, "total_details.amount_discount");
    off.minor = -off.minor;
    if (off.minor != 0)
        part_bill_line(b, S("Discount"), off);
    if (tree_i64(t, "total_details.amount_tax") != 0)
        part_bill_line(b, S("Tax"), st_money(b, t, "total_details.amount_tax"));
    part_bill_total(b, S("Due today"), st_money(b, t, "amount_total"));
    part_bill_close(b);
}

static void write_button(struct buf *b, const char *act, struct str words, enum button_kind kind)
{
    sandbox_page_button(b, str_of_c(act), words, kind);
}

static void write_forms(struct buf *b, const struct shown *s)
{
    const struct tree *t = s->session.body;
    struct str action = str_fmt(b->arena, "/c/pay/%.*s", SARG(s->session.id));
    bool subscribes = str_eq(tree_str(t, "mode"), S("subscription"));
    part_form_open(b, &(struct part_form) { .action = action, .tried = s->tried });
    for (size_t i = 0; i < ARRAY_LEN(s->field); i++)
        part_field(b, &s->field[i]);
    write_button(b, "card",
        subscribes ? S("Subscribe")
                   : str_fmt(b->arena, "Pay %.*s",
                         SARG(money_text(b->arena, st_money(b, t, "amount_total")))),
        BUTTON_FILLED);
    part_form_close(b);
    html(b, "<h2>Or</h2>\n");
    part_form_open(b, &(struct part_form) { .action = action });
    html(b, "<p class=\"row\">");
    if (!subscribes) {
        write_button(b, "async_success", S("By bank, certain in a minute"), BUTTON_QUIET);
        write_button(b, "async_failure", S("By bank, and it fails"), BUTTON_QUIET);
    }
    write_button(b, "decline", S("Decline"), BUTTON_QUIET);
    html(b, "</p><p class=\"row\">");
    write_button(b, "cancel", S("Cancel and go back"), BUTTON_QUIET);
    write_button(b, "expire", S("Let it expire"), BUTTON_QUIET);
    html(b, "</p>");
    part_form_close(b);
}

void st_page_cards(struct buf *b)
{
    const struct part_column columns[] = {
        { .label = S("Number"), .whole = true },
        { .label = S("Brand") },
        { .label = S("What it does") },
    };
    html(b, "<h2>Test cards</h2>\n");
    struct part_rows rows = part_rows_open(b, S("Test cards"), columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < stripe_card_count; i++) {
        part_row(&rows);
        part_cell(&rows);
        html(b, "<code>", stripe_cards[i].number, "</code>");
        part_cell(&rows);
        html(b, stripe_cards[i].brand);
        part_cell(&rows);
        html(b, stripe_cards[i].what);
    }
    part_rows_close(&rows);
}

struct buf *st_page_begin(struct req *r, int status, struct str title, bool errors)
{
    return sandbox_page_begin(r, &simulator_stripe,
        &(struct page_head) { .status = status, .title = title, .narrow = true, .errors = errors });
}

static void leave_session(struct req *r, const struct tree *t)
{
    const struct str to[] = { tree_str(t, "success_url"), tree_str(t, "cancel_url") };
    sandbox_page_leaves(r, to, ARRAY_LEN(to));
}

static void write_session(struct req *r, const struct shown *s, int status)
{
    const struct tree *t = s->session.body;
    bool open = str_eq(tree_str(t, "status"), S("open"));
    struct buf *b = st_page_begin(r, status, open ? S("Pay") : S("Nothing to pay"), s->tried);
    sandbox_page_problem(b, s->problem);
    part_summary(b, s->field, ARRAY_LEN(s->field));
    if (open) {
        html(b, "<h1>Pay ", st_money(b, t, "amount_total"), "</h1>\n");
        write_bill(b, t);
        write_forms(b, s);
        st_page_cards(b);
    } else {
        html(b, "<h1>This session is ", tree_str(t, "status"), "</h1>\n<p>Its payment is ",
            tree_str(t, "payment_status"), ".</p>\n");
    }
    page_close(r);
    leave_session(r, t);
}

/* ---- GET and POST /c/pay/{id} */

struct choosing {
    struct req *r;
    struct str id;
    struct str word;
    struct session_paying paying;
    struct thing session;
    bool over;
    enum went went;
    struct str problem, to;
};

static enum err look_tx(struct ctx *c, void *arg)
{
    struct choosing *k = arg;
    struct st s = st_work(c);
    bool found = false;
    TRY(st_find(&s, k->id, &found, &k->session));
    if (!found || !st_is(&k->session, "checkout.session"))
        return fail(c, NOT_FOUND, "the simulated Stripe has no session %.*s", SARG(k->id));
    return E_OK;
}

static enum err pay_page(struct req *r)
{
    struct choosing k = { .id = r->params[0] };
    struct shown shown = { 0 };
    bool failed = false;
    struct str problem = S("");
    TRY(sandbox_tx(r->c, "stripe.page", look_tx, &k));
    TRY(req_query(r, "failed", &failed, &problem));
    shown.session = k.session;
    if (failed)
        shown.problem = S("The bank could not authenticate you, and nothing was charged.");
    fields_fill(&shown);
    write_session(r, &shown, 200);
    return E_OK;
}

static enum err choose_tx(struct ctx *c, void *arg)
{
    struct choosing *k = arg;
    struct st s = st_work(c);
    s.r = k->r;
    TRY(look_tx(c, k));
    k->over = !str_eq(tree_str(k->session.body, "status"), S("open"));
    if (k->over)
        return E_OK;
    if (str_eq(k->word, S("cancel")) || str_eq(k->word, S("expire"))) {
        if (str_eq(k->word, S("expire")))
            TRY(st_session_expires(&s, &k->session));
        k->to = st_leads_to(&s, &k->session, false);
        return E_OK;
    }
    TRY(st_session_pay(&s, &k->session, &k->paying, &k->went));
    if (k->went == WENT_DECLINED)
        k->problem = s.refusal.message;
    else if (k->went == WENT_ASKS)
        k->to = str_fmt(c->arena, "/c/challenge/%.*s", SARG(st_session_intent(&k->session)));
    else
        k->to = st_leads_to(&s, &k->session, true);
    return E_OK;
}

static bool digits_only(struct str s, size_t min, size_t max)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n >= min && s.n <= max;
}

/* What was typed stays; what is wrong with it stands beside. */
static enum err read_fields(struct req *r, struct shown *s, struct session_paying *ret)
{
    bool given;
    struct str month, year;
    struct st work = st_work(r->c);
    s->tried = true;
    for (size_t i = 0; i < ARRAY_LEN(s->field); i++) {
        s->field[i].value = S("");
        TRY(req_form(r, str_c(r->c->arena, s->field[i].name), &given, &s->field[i].value));
        s->field[i].value = str_clean(r->c->arena, str_trim(s->field[i].value), 254);
    }
    if (s->field[1].value.n == 0 || st_card_typed(&work, s->field[1].value, &ret->card) != E_OK)
        s->field[1].error = S("Enter one of the test cards below, like 4242 4242 4242 4242");
    if (!str_has(s->field[0].value, S("@")))
        s->field[0].error = S("Enter a mail address, like ada@example.com");
    if (!str_cut(s->field[2].value, '/', &month, &year) || !digits_only(str_trim(month), 1, 2) ||
        !digits_only(str_trim(year), 2, 4))
        s->field[2].error = S("Enter month and year, like 12/34");
    if (!digits_only(s->field[3].value, 3, 4))
        s->field[3].error = S("Enter three or four digits");
    ret->email = s->field[0].value;
    ret->name = s->field[4].value;
    return E_OK;
}

static bool word_known(struct str word)
{
    static const struct str words[] = { S_INIT("card"), S_INIT("async_success"),
        S_INIT("async_failure"), S_INIT("decline"), S_INIT("cancel"), S_INIT("expire") };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_eq(word, words[i]))
            return true;
    return false;
}

static enum err pay_page_act(struct req *r)
{
    bool given = false;
    struct shown shown = { 0 };
    struct choosing k = { .r = r, .id = r->params[0] };
    struct st work = st_work(r->c);
    TRY(req_form(r, "act", &given, &k.word));
    if (!word_known(k.word))
        return fail(r->c, INVALID_REQUEST, "act is one of the buttons of the page");
    fields_fill(&shown);
    k.paying = (struct session_paying) { .name = S("Ada Example"),
        .email = S("ada@example.com"),
        .later = str_starts(k.word, S("async_")),
        .later_fails = str_eq(k.word, S("async_failure")) };
    TRY(st_card_typed(&work,
        str_eq(k.word, S("decline")) ? S("4000000000000002") : S("4242424242424242"),
        &k.paying.card));
    if (str_eq(k.word, S("card"))) {
        TRY(read_fields(r, &shown, &k.paying));
        if (part_has_errors(shown.field, ARRAY_LEN(shown.field))) {
            TRY(sandbox_tx(r->c, "stripe.page", look_tx, &k));
            shown.session = k.session;
            write_session(r, &shown, 422);
            return E_OK;
        }
    }
    TRY(sandbox_tx(r->c, "stripe.pay", choose_tx, &k));
    sandbox_wake(r->c->sandbox);
    shown.session = k.session;
    shown.problem = k.problem;
    if (k.to.n > 0) {
        answer_redirect(r, 303, k.to);
        leave_session(r, k.session.body);
    } else {
        write_session(r, &shown, k.problem.n > 0 ? 402 : 200);
    }
    return E_OK;
}

/* ---- GET and POST /c/challenge/{id}: the bank asks whether it is you */

struct challenging {
    struct req *r;
    struct str id;
    bool passes, acts;
    struct thing intent;
    struct str to, back;
};

static enum err challenge_tx(struct ctx *c, void *arg)
{
    struct challenging *k = arg;
    struct st s = st_work(c);
    bool found = false;
    enum went went = WENT_ASKS;
    s.r = k->r;
    TRY(st_find(&s, k->id, &found, &k->intent));
    if (!found || !st_is(&k->intent, "payment_intent"))
        return fail(c, NOT_FOUND, "the simulated Stripe has no payment intent %.*s", SARG(k->id));
    k->back = tree_str(k->intent.body, "next_action.redirect_to_url.return_url");
    if (!k->acts)
        return E_OK;
    if (!str_eq(tree_str(k->intent.body, "status"), S("requires_action")))
        return fail(c, CONFLICT, "this payment waits for nobody's authentication");
    TRY(st_challenge_answered(&s, &k->intent, k->passes, &went, &k->to));
    return E_OK;
}

static enum err challenge_page(struct req *r)
{
    struct challenging k = { .r = r, .id = r->params[0] };
    TRY(sandbox_tx(r->c, "stripe.challenge", challenge_tx, &k));
    bool asks = str_eq(tree_str(k.intent.body, "status"), S("requires_action"));
    struct buf *b = st_page_begin(r, 200, S("Authentication"), false);
    if (!asks) {
        html(b, "<h1>Nothing to authenticate</h1>\n<p>This payment is ",
            tree_str(k.intent.body, "status"), ".</p>\n");
        page_close(r);
        return E_OK;
    }
    html(b, "<h1>Your bank asks whether it is you</h1>\n<p>A payment of ",
        st_money(b, k.intent.body, "amount"), " waits for your answer (3-D Secure).</p>\n");
    part_form_open(
        b, &(struct part_form) { .action = str_fmt(b->arena, "/c/challenge/%.*s", SARG(k.id)) });
    html(b, "<p class=\"row\">");
    part_button(b,
        &(struct part_button) { .words = S("Complete"),
            .kind = BUTTON_FILLED,
            .name = S("act"),
            .value = S("complete") });
    part_button(b,
        &(struct part_button) {
            .words = S("Fail"), .kind = BUTTON_QUIET, .name = S("act"), .value = S("fail") });
    html(b, "</p>");
    part_form_close(b);
    page_close(r);
    sandbox_page_leaves(r, &k.back, 1);
    return E_OK;
}

static enum err challenge_act(struct req *r)
{
    bool given = false;
    struct str word = S("");
    TRY(req_form(r, "act", &given, &word));
    struct challenging k = {
        .r = r, .id = r->params[0], .acts = true, .passes = str_eq(word, S("complete"))
    };
    if (!k.passes && !str_eq(word, S("fail")))
        return fail(r->c, INVALID_REQUEST, "act is complete or fail");
    TRY(sandbox_tx(r->c, "stripe.challenge", challenge_tx, &k));
    sandbox_wake(r->c->sandbox);
    answer_redirect(r, 303, k.to);
    sandbox_page_leaves(r, &k.back, 1);
    return E_OK;
}

#define ROW(method, path, run, about)                                                              \
    {                                                                                              \
        method, path, SHAPE_PLAIN, NULL, run, NULL, 0, ALLOW_ANYONE, 0, 0, about                   \
    }
static const struct route table[] = {
    ROW("GET", "/c/pay/{id}", pay_page, "Stripe: where the buyer pays."),
    ROW("POST", "/c/pay/{id}", pay_page_act, "Stripe: what the buyer chose."),
    ROW("GET", "/c/challenge/{id}", challenge_page, "Stripe: the bank's question."),
    ROW("POST", "/c/challenge/{id}", challenge_act, "Stripe: the buyer's answer to the bank."),
};
const struct routes stripe_page_routes = { table, ARRAY_LEN(table) };
