#include "sandbox/moneymotion.h"

#include "sandbox/sandbox_card.h"
#include "sandbox/sandbox_page.h"

/* The hosted page: plainly simulated, and every way in which paying can end as a button. */

struct shown {
    struct hosted session;
    struct part_field field[4];
    struct str problem; /* what the card said */
    bool tried;
};

static void fields_fill(struct shown *s)
{
    s->field[0] = (struct part_field) {
        .name = S("number"),
        .label = S("Card number"),
        .hint = S("A test card. Never type a real one."),
        .autocomplete = S("off"),
        .inputmode = S("numeric"),
        .value = S("4242 4242 4242 4242"),
        .max = 23,
    };
    s->field[1] = (struct part_field) {
        .name = S("expiry"),
        .label = S("Expires"),
        .hint = S("Month and year, like 12/34"),
        .autocomplete = S("off"),
        .value = S("12/34"),
        .max = 7,
    };
    s->field[2] = (struct part_field) {
        .name = S("code"),
        .label = S("Security code"),
        .autocomplete = S("off"),
        .inputmode = S("numeric"),
        .value = S("123"),
        .max = 4,
    };
    s->field[3] = (struct part_field) {
        .name = S("name"),
        .label = S("Name on the card"),
        .autocomplete = S("off"),
        .value = S("Ada Example"),
        .max = 100,
    };
}

/* ---- what is written */

static struct money money_of(const struct hosted *s, int64_t minor)
{
    struct money m = { minor, CUR_NONE };
    must(currency_parse(s->currency, &m.cur));
    return m;
}

static void write_bill(struct buf *b, const struct hosted *s)
{
    part_bill_open(b, S("What is paid"));
    struct json_value items = json_at(json_root(s->request), "lineItems");
    for (struct json_iter it = json_iter(items); json_next(&it);) {
        struct str name = S("");
        int64_t unit = 0, quantity = 0;
        json_to_str(b->arena, json_at(it.value, "name"), &name);
        json_to_i64(json_at(it.value, "pricePerItemInCents"), &unit);
        json_to_i64(json_at(it.value, "quantity"), &quantity);
        struct str each = money_text(b->arena, money_of(s, unit));
        part_bill_item(b,
            &(struct part_item) {
                .words = name,
                .more = quantity > 1 ? str_fmt(b->arena, "%.*s each", SARG(each)) : S(""),
                .quantity = quantity,
                .amount = money_of(s, unit * quantity),
            });
    }
    part_bill_foot(b);
    part_bill_total(b, S("Total"), money_of(s, s->amount_minor));
    part_bill_close(b);
}

static void write_forms(struct buf *b, const struct shown *s)
{
    struct str action = str_fmt(b->arena, "/checkout/%.*s", SARG(s->session.id));
    struct part_form form = { .action = action, .tried = s->tried };
    part_form_open(b, &form);
    for (size_t i = 0; i < ARRAY_LEN(s->field); i++)
        part_field(b, &s->field[i]);
    struct str pay = str_fmt(b->arena, "Pay %.*s",
        SARG(money_text(b->arena, money_of(&s->session, s->session.amount_minor))));
    sandbox_page_button(b, S("card"), pay, BUTTON_FILLED);
    part_form_close(b);
    html(b, "<h2>Or</h2>\n");
    part_form_open(b, &(struct part_form) { .action = action });
    html(b, "<p class=\"row\">");
    sandbox_page_button(b, S("crypto"), S("Pay with crypto"), BUTTON_QUIET);
    sandbox_page_button(b, S("async_success"), S("Crypto, certain in a minute"), BUTTON_QUIET);
    html(b, "</p><p class=\"row\">");
    sandbox_page_button(b, S("decline"), S("Decline"), BUTTON_QUIET);
    sandbox_page_button(b, S("cancel"), S("Cancel and go back"), BUTTON_QUIET);
    sandbox_page_button(b, S("expire"), S("Let it expire"), BUTTON_QUIET);
    html(b, "</p>");
    part_form_close(b);
}

static void write_cards(struct buf *b)
{
    size_t n = 0;
    const struct part_copy *card = sandbox_cards(b->arena, &n);
    html(b, "<section class=\"card stack\"><h2>Test cards</h2>");
    part_copies(b, S("card"), card, n);
    html(b, "</section>");
}

static void write_over(struct buf *b, const struct hosted *s)
{
    html(b, "<h1>This session is ", mm_status(s), "</h1>\n<p>");
    part_money(b, money_of(s, s->amount_minor));
    html(b, s->captured ? S(" was paid here.") : S(" was not paid."), "</p>\n");
    sandbox_page_back(b, mm_url(b->arena, s, s->captured ? "success" : "cancel"));
}

static void allow_leaving(struct req *r, const struct hosted *s)
{
    struct arena *a = r->c->arena;
    const struct str to[] = { mm_url(a, s, "success"), mm_url(a, s, "cancel"),
        mm_url(a, s, "failure") };
    sandbox_page_leaves(r, to, ARRAY_LEN(to));
}

static void write_page(struct req *r, const struct shown *s, int status)
{
    bool open = s->session.state == HOSTED_OPEN && s->session.method.n == 0;
    struct buf *b = sandbox_page_begin(r, &simulator_moneymotion,
        &(struct page_head) {
            .status = status,
            .title = open ? S("Pay") : S("Nothing to pay"),
            .narrow = true,
            .errors = s->tried,
        });
    sandbox_page_problem(b, s->problem);
    part_summary(b, s->field, ARRAY_LEN(s->field));
    if (!open && s->session.state == HOSTED_OPEN) {
        sandbox_page_waits(b);
    } else if (!open) {
        write_over(b, &s->session);
    } else {
        html(b, "<h1>Pay ", money_of(&s->session, s->session.amount_minor), "</h1>\n");
        write_bill(b, &s->session);
        write_forms(b, s);
        write_cards(b);
    }
    page_close(r);
    allow_leaving(r, &s->session);
}

/* ---- GET */

struct looking {
    struct str id;
    struct hosted session;
};

static enum err look_tx(struct ctx *c, void *arg)
{
    struct looking *l = arg;
    return hosted_get(c, S("moneymotion"), l->id, &l->session);
}

enum err mm_page(struct req *r)
{
    struct looking l = { .id = r->params[0] };
    struct shown shown = { 0 };
    TRY(sandbox_tx(r->c, "moneymotion.page", look_tx, &l));
    shown.session = l.session;
    fields_fill(&shown);
    write_page(r, &shown, 200);
    return E_OK;
}

/* ---- POST */

struct choosing {
    struct str id;
    struct paying paying;
    struct hosted session;
    struct paid paid;
    bool over;
};

static enum err choose_tx(struct ctx *c, void *arg)
{
    struct choosing *k = arg;
    struct hosted s;
    struct paid paid = { 0 };
    TRY(hosted_get(c, S("moneymotion"), k->id, &s));
    k->over = s.state != HOSTED_OPEN || s.method.n > 0;
    if (!k->over)
        TRY(hosted_pay(c, &s, &k->paying, &paid));
    k->session = s;
    k->paid = paid;
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
static enum err read_fields(struct req *r, struct shown *s)
{
    bool given;
    struct str month, year;
    fields_fill(s);
    s->tried = true;
    for (size_t i = 0; i < ARRAY_LEN(s->field); i++) {
        s->field[i].value = S("");
        TRY(req_form(r, str_c(r->c->arena, s->field[i].name), &given, &s->field[i].value));
        s->field[i].value = str_clean(r->c->arena, str_trim(s->field[i].value), 100);
    }
    if (test_card_find(card_digits(r->c->arena, s->field[0].value)) == NULL)
        s->field[0].error = S("Enter one of the test cards below, like 4242 4242 4242 4242");
    if (!str_cut(s->field[1].value, '/', &month, &year) || !digits_only(str_trim(month), 1, 2) ||
        !digits_only(str_trim(year), 2, 4))
        s->field[1].error = S("Enter month and year, like 12/34");
    if (!digits_only(s->field[2].value, 3, 4))
        s->field[2].error = S("Enter three or four digits");
    return E_OK;
}

enum err mm_page_act(struct req *r)
{
    bool given = false;
    struct str word = S("");
    struct shown shown = { 0 };
    struct choosing k = { .id = r->params[0] };
    TRY(req_form(r, "act", &given, &word));
    if (!act_parse(word, &k.paying.act))
        return fail(r->c, INVALID_REQUEST, "act is one of the buttons of the page");
    fields_fill(&shown);
    if (k.paying.act == ACT_CARD) {
        TRY(read_fields(r, &shown));
        k.paying.card = shown.field[0].value;
        k.paying.payer = shown.field[3].value;
        if (part_has_errors(shown.field, ARRAY_LEN(shown.field))) {
            struct looking l = { .id = k.id };
            TRY(sandbox_tx(r->c, "moneymotion.page", look_tx, &l));
            shown.session = l.session;
            write_page(r, &shown, 422);
            return E_OK;
        }
    }
    TRY(sandbox_tx(r->c, "moneymotion.pay", choose_tx, &k));
    sandbox_wake(r->c->sandbox);
    shown.session = k.session;
    shown.problem = k.paid.why;
    struct str to = k.over || k.paid.declined
        ? S("")
        : simulator_moneymotion.leads_to(r->c->arena, &k.session, k.paid.happened);
    if (k.paying.act == ACT_ASYNC_SUCCESS && !k.over)
        to = mm_url(r->c->arena, &k.session, "success");
    if (to.n > 0) {
        answer_redirect(r, 303, to);
        allow_leaving(r, &k.session);
    } else {
        write_page(r, &shown, k.paid.declined ? 402 : 200);
    }
    return E_OK;
}
