#include "sandbox/flutterwave.h"

#include "sandbox/sandbox_card.h"
#include "sandbox/sandbox_page.h"

/* The hosted page: the ways that its payment_options name, each with how it can end. */

enum {
    NUMBER,
    EXPIRY,
    CODE,
    NAME,
    PHONE,
    FIELDS
};
struct shown {
    struct hosted session;
    bool ended, waiting;
    struct part_field field[FIELDS];
    struct str problem;
    bool tried;
};

static void fields_fill(struct shown *s)
{
    s->field[NUMBER] = (struct part_field) {
        .name = S("number"),
        .label = S("Card number"),
        .hint = S("A test card. Never type a real one."),
        .autocomplete = S("off"),
        .inputmode = S("numeric"),
        .value = S("5531 8866 5214 2950"),
        .max = 24,
    };
    s->field[EXPIRY] = (struct part_field) {
        .name = S("expiry"),
        .label = S("Expires"),
        .autocomplete = S("off"),
        .value = S("09/32"),
        .max = 7,
    };
    s->field[CODE] = (struct part_field) {
        .name = S("code"),
        .label = S("Security code"),
        .autocomplete = S("off"),
        .inputmode = S("numeric"),
        .value = S("564"),
        .max = 4,
    };
    s->field[NAME] = (struct part_field) {
        .name = S("name"),
        .label = S("Name on the card"),
        .autocomplete = S("off"),
        .value = S("Ada Example"),
        .max = 100,
    };
    s->field[PHONE] = (struct part_field) {
        .name = S("phone"),
        .label = S("Phone number"),
        .hint = S("Of nobody: the prompt is simulated, too."),
        .autocomplete = S("off"),
        .inputmode = S("tel"),
        .value = S("+256700000001"),
        .max = 30,
    };
}

/* ---- what is written */

static void write_bill(struct buf *b, const struct hosted *s)
{
    struct str words = fw_text(b->arena, s, "customizations.description");
    part_bill_open(b, S("What is paid"));
    part_bill_item(b,
        &(struct part_item) {
            .words = words.n > 0 ? words : s->id, .quantity = 1, .amount = fw_money(s) });
    part_bill_foot(b);
    part_bill_total(b, S("Total"), fw_money(s));
    part_bill_close(b);
}

static void write_card_form(struct buf *b, const struct shown *s, struct str action)
{
    part_form_open(b, &(struct part_form) { .action = action, .tried = s->tried });
    for (size_t i = NUMBER; i <= NAME; i++)
        part_field(b, &s->field[i]);
    sandbox_page_button(b, S("card"),
        str_fmt(b->arena, "Pay %.*s", SARG(money_text(b->arena, fw_money(&s->session)))),
        BUTTON_FILLED);
    part_form_close(b);
}

static void write_cards(struct buf *b)
{
    size_t n = 0;
    struct part_copy *copy = arena_array(b->arena, struct part_copy, fw_card_count);
    for (; n < fw_card_count; n++)
        copy[n] = (struct part_copy) {
            str_fmt(b->arena, "%.*s: %.*s",
                SARG(str_sentence(b->arena, str_lower(b->arena, fw_cards[n].brand))),
                SARG(fw_cards[n].what)),
            sandbox_card_spaced(b->arena, fw_cards[n].number),
        };
    html(b, "<section class=\"card stack\"><h2>Test cards</h2>");
    part_copies(b, S("card"), copy, n);
    html(b, "</section>");
}

static void write_phone_form(struct buf *b, const struct shown *s, struct str action)
{
    html(b, "<h2>Mobile money</h2>\n");
    part_form_open(b, &(struct part_form) { .action = action, .tried = s->tried });
    part_field(b, &s->field[PHONE]);
    html(b, "<p class=\"row\">");
    sandbox_page_button(b, S("mobile_money"), S("Approve on the phone"), BUTTON_QUIET);
    sandbox_page_button(b, S("mobile_money_later"), S("Certain in a minute"), BUTTON_QUIET);
    sandbox_page_button(b, S("mobile_money_never"), S("Let the prompt run out"), BUTTON_QUIET);
    html(b, "</p>");
    part_form_close(b);
}

static void write_rest(struct buf *b, const struct shown *s, struct str action)
{
    part_form_open(b, &(struct part_form) { .action = action });
    if (fw_offers(b->arena, &s->session, "bank")) {
        html(b, "<h2>Bank transfer</h2>\n<p class=\"row\">");
        sandbox_page_button(b, S("bank"), S("The transfer has come"), BUTTON_QUIET);
        sandbox_page_button(b, S("bank_later"), S("It comes in a minute"), BUTTON_QUIET);
        html(b, "</p>");
    }
    html(b, "<h2>Or</h2>\n<p class=\"row\">");
    sandbox_page_button(b, S("decline"), S("Decline"), BUTTON_QUIET);
    sandbox_page_button(b, S("cancel"), S("Cancel and go back"), BUTTON_QUIET);
    sandbox_page_button(b, S("expire"), S("Let it expire"), BUTTON_QUIET);
    html(b, "</p>");
    part_form_close(b);
}

static void write_over(struct buf *b, const struct shown *s)
{
    bool paid = s->session.captured;
    html(b, "<h1>", paid ? S("This was paid") : S("Nobody can pay here any more"), "</h1>\n<p>",
        fw_money(&s->session), "</p>\n");
    sandbox_page_back(
        b, fw_return(b->arena, &s->session, paid ? S("successful") : S("cancelled"), 0));
}

static void write_page(struct req *r, const struct shown *s, struct str token, int status)
{
    bool open = s->session.state == HOSTED_OPEN && !s->ended && !s->waiting;
    struct str action = str_fmt(r->c->arena, "/v3/hosted/pay/%.*s", SARG(token));
    struct str back = fw_text(r->c->arena, &s->session, "redirect_url");
    struct buf *b = sandbox_page_begin(r, &simulator_flutterwave,
        &(struct page_head) {
            .status = status,
            .title = open ? S("Pay") : S("Nothing to pay"),
            .narrow = true,
            .errors = s->tried,
        });
    sandbox_page_problem(b, s->problem);
    part_summary(b, s->field, FIELDS);
    if (s->waiting) {
        sandbox_page_waits(b);
    } else if (!open) {
        write_over(b, s);
    } else {
        html(b, "<h1>Pay ", fw_money(&s->session), "</h1>\n");
        write_bill(b, &s->session);
        if (fw_offers(b->arena, &s->session, "card"))
            write_card_form(b, s, action);
        if (fw_offers(b->arena, &s->session, "mobile_money"))
            write_phone_form(b, s, action);
        write_rest(b, s, action);
        if (fw_offers(b->arena, &s->session, "card"))
            write_cards(b);
    }
    page_close(r);
    sandbox_page_leaves(r, &back, 1);
}

/* ---- GET */

struct looking {
    struct str token;
    struct shown *shown;
};

static enum err look_tx(struct ctx *c, void *arg)
{
    struct looking *l = arg;
    struct fw_link link;
    struct fw_payment p[FW_PAYMENTS_MAX];
    size_t waiting = 0;
    bool found = false;
    TRY(fw_link_find(c, l->token, &found, &link));
    if (!found)
        return fail(c, NOT_FOUND, "Flutterwave has no page at this address");
    TRY(hosted_get(c, FW, link.tx_ref, &l->shown->session));
    TRY(fw_payments(c, link.tx_ref, S("pending"), p, &waiting));
    l->shown->ended = link.ended;
    l->shown->waiting = waiting > 0;
    return E_OK;
}

enum err fw_page(struct req *r)
{
    struct shown shown = { .tried = false };
    struct looking l = { .token = r->params[0], .shown = &shown };
    TRY(sandbox_tx(r->c, "flutterwave.page", look_tx, &l));
    fields_fill(&shown);
    write_page(r, &shown, l.token, 200);
    return E_OK;
}

/* ---- POST */

struct choosing {
    struct looking look;
    struct fw_try how;
    struct paid paid;
    int64_t number;
    bool over;
};

static enum err choose_tx(struct ctx *c, void *arg)
{
    struct choosing *k = arg;
    struct shown *s = k->look.shown;
    TRY(look_tx(c, &k->look));
    k->over = s->session.state != HOSTED_OPEN || s->ended || s->waiting;
    if (k->over)
        return E_OK;
    return fw_pay(c, &s->session, &k->how, &k->paid, &k->number);
}

static bool read_act(struct str word, struct fw_try *ret)
{
    static const struct {
        const char *word;
        enum act act;
        const char *by;
    } acts[] = {
        { "card", ACT_CARD, "card" },
        { "mobile_money", ACT_SUCCESS, "mobile_money" },
        { "mobile_money_later", ACT_ASYNC_SUCCESS, "mobile_money" },
        { "mobile_money_never", ACT_ASYNC_FAILURE, "mobile_money" },
        { "bank", ACT_SUCCESS, "bank" },
        { "bank_later", ACT_ASYNC_SUCCESS, "bank" },
        { "decline", ACT_DECLINE, "" },
        { "cancel", ACT_CANCEL, "" },
        { "expire", ACT_EXPIRE, "" },
    };
    for (size_t i = 0; i < ARRAY_LEN(acts); i++)
        if (str_eq(word, str_of_c(acts[i].word))) {
            ret->paying.act = acts[i].act;
            ret->by = str_of_c(acts[i].by);
            return true;
        }
    return false;
}

/* What was typed stays; what is wrong with it stands beside. */
static enum err read_fields(struct req *r, struct shown *s, struct fw_try *how)
{
    bool given;
    for (size_t i = 0; i < FIELDS; i++) {
        struct str text = S("");
        TRY(req_form(r, str_c(r->c->arena, s->field[i].name), &given, &text));
        if (given)
            s->field[i].value = str_clean(r->c->arena, str_trim(text), 100);
    }
    how->paying.payer = s->field[NAME].value;
    if (str_eq(how->by, S("mobile_money")))
        how->paying.phone = s->field[PHONE].value;
    if (how->paying.act != ACT_CARD)
        return E_OK;
    how->paying.card = s->field[NUMBER].value;
    s->tried = fw_card_find(card_digits(r->c->arena, how->paying.card)) == NULL;
    if (s->tried)
        s->field[NUMBER].error = S("Enter one of the test cards below, like 5531 8866 5214 2950");
    return E_OK;
}

enum err fw_page_act(struct req *r)
{
    bool given = false;
    struct str word = S("");
    struct shown shown = { .tried = false };
    struct choosing k = { .look = { r->params[0], &shown } };
    TRY(req_form(r, "act", &given, &word));
    if (!read_act(word, &k.how))
        return fail(r->c, INVALID_REQUEST, "act is one of the buttons of the page");
    fields_fill(&shown);
    TRY(read_fields(r, &shown, &k.how));
    TRY(sandbox_tx(r->c, "flutterwave.pay", shown.tried ? look_tx : choose_tx,
        shown.tried ? (void *)&k.look : &k));
    sandbox_wake(r->c->sandbox);
    struct str to = k.over || shown.tried
        ? S("")
        : fw_return_after(r->c->arena, &shown.session, &k.how, &k.paid, k.number);
    shown.problem = k.paid.why;
    if (to.n == 0) {
        write_page(r, &shown, k.look.token, shown.tried ? 422 : k.paid.declined ? 402 : 200);
        return E_OK;
    }
    struct str back = fw_text(r->c->arena, &shown.session, "redirect_url");
    answer_redirect(r, 303, to);
    sandbox_page_leaves(r, &back, 1);
    return E_OK;
}
