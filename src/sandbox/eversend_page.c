#include "sandbox/eversend.h"

#include "sandbox/sandbox_page.h"

/* A phone: the code that was sent to it, and the prompt that its owner approves or declines. */

enum {
    SHOWN_MAX = 5
};

static struct str number_of(struct ctx *c, struct str digits)
{
    return str_fmt(c->arena, "+%.*s", SARG(str_clean(c->arena, digits, 20)));
}

static struct money money_of(const struct evs_transaction *t)
{
    struct money m = { t->amount_minor, CUR_NONE };
    must(currency_parse(t->currency, &m.cur));
    return m;
}

struct screen {
    struct str phone;
    struct evs_pin pin;
    bool has_pin;
    struct evs_transaction t[SHOWN_MAX];
    size_t n;
    struct str problem;
};

static enum err look_tx(struct ctx *c, void *arg)
{
    struct screen *s = arg;
    const struct evs_filter f = { .phone = s->phone, .limit = SHOWN_MAX };
    TRY(evs_pin_of(c, s->phone, &s->has_pin, &s->pin));
    s->has_pin = s->has_pin && s->pin.until_ms > c->now_ms;
    return evs_list(c, &f, s->t, &s->n);
}

static struct str words_of(const struct evs_transaction *t)
{
    return str_eq(t->status, S("successful")) ? S("Paid.")
        : str_eq(t->status, S("failed"))      ? S("Not paid.")
                                              : S("Waiting for you.");
}

static void write_prompt(struct buf *b, const struct screen *s, const struct evs_transaction *t)
{
    html(b, "<section class=\"card stack\"><h2>", money_of(t), "</h2><p>", words_of(t), " ",
        t->reason, "</p>\n");
    if (str_eq(t->status, S("pending"))) {
        part_form_open(b,
            &(struct part_form) {
                .action = str_fmt(b->arena, "/eversend/phone/%.*s", SARG(str_from(s->phone, 1))) });
        html(b, "<input type=\"hidden\" name=\"payment\" value=\"", t->id, "\"><p class=\"row\">");
        sandbox_page_button(b, S("success"), S("Approve"), BUTTON_FILLED);
        sandbox_page_button(b, S("decline"), S("Decline"), BUTTON_QUIET);
        sandbox_page_button(b, S("async_success"), S("Approve in a minute"), BUTTON_QUIET);
        html(b, "</p>");
        part_form_close(b);
    }
    html(b, "</section>\n");
}

static void write_screen(struct req *r, const struct screen *s, int status)
{
    struct buf *b = sandbox_page_begin(r, &simulator_eversend,
        &(struct page_head) { .status = status, .title = s->phone, .narrow = true });
    sandbox_page_problem(b, s->problem);
    html(b, "<h1>", s->phone, "</h1>\n");
    if (s->has_pin)
        html(b, "<p>Your code is <strong>" EVS_CODE "</strong>.</p>\n");
    if (s->n == 0)
        html(b, "<p>Nobody has asked this phone for money.</p>\n");
    for (size_t i = 0; i < s->n; i++)
        write_prompt(b, s, &s->t[i]);
    page_close(r);
}

enum err evs_page(struct req *r)
{
    struct screen s = { .phone = number_of(r->c, r->params[0]) };
    if (!evs_is_phone(s.phone))
        return fail(r->c, NOT_FOUND, "this is no phone number: /eversend/phone/256700000000");
    TRY(sandbox_tx(r->c, "eversend.page", look_tx, &s));
    write_screen(r, &s, 200);
    return E_OK;
}

/* The way in: which number, and what numbers do by themselves. */
enum err evs_page_open(struct req *r)
{
    struct str number = S("");
    bool given = false;
    TRY(req_query(r, "number", &given, &number));
    struct str digits = card_digits(r->c->arena, number);
    if (str_starts(digits, S("+")))
        digits = str_from(digits, 1);
    if (given && evs_is_phone(number_of(r->c, digits))) {
        answer_redirect(r, 303, str_fmt(r->c->arena, "/eversend/phone/%.*s", SARG(digits)));
        return E_OK;
    }
    struct buf *b = sandbox_page_begin(r, &simulator_eversend,
        &(struct page_head) { .title = S("A phone"), .narrow = true, .errors = given });
    const struct part_field field = {
        .name = S("number"),
        .label = S("Phone number"),
        .hint = S("Of nobody: what it does is simulated, too."),
        .error = given ? S("Enter a number with its country, like +256 700 000 100") : S(""),
        .autocomplete = S("off"),
        .inputmode = S("tel"),
        .value = given ? str_clean(r->c->arena, number, 30) : S("+256700000100"),
        .max = 30,
    };
    html(b, "<h1>A phone</h1>\n<form method=\"get\" class=\"stack\">");
    part_field(b, &field);
    part_button(b, &(struct part_button) { .words = S("Pick it up") });
    html(b, "</form>\n<h2>Numbers that act by themselves</h2>\n");
    part_facts_open(b);
    for (size_t i = 0; i < evs_habit_count; i++)
        part_fact(b, str_fmt(b->arena, "…%.*s", SARG(evs_habits[i].ends)), evs_habits[i].what);
    part_facts_close(b);
    page_close(r);
    return E_OK;
}

struct choosing {
    struct screen *screen;
    struct str payment;
    struct str status, reason;
    bool later;
};

static enum err choose_tx(struct ctx *c, void *arg)
{
    struct choosing *k = arg;
    struct evs_transaction t;
    struct dealt dealt;
    bool found = false;
    const struct paying in = { .act = k->later ? ACT_ASYNC_SUCCESS
            : k->reason.n > 0                  ? ACT_DECLINE
                                               : ACT_SUCCESS };
    TRY(evs_by_id(c, k->payment, &found, &t));
    if (!found || !str_eq(t.phone, k->screen->phone))
        return fail(c, NOT_FOUND, "this phone was not asked for that");
    bool waits = str_eq(t.status, S("pending"));
    k->screen->problem = waits ? S("") : S("This prompt is over.");
    if (waits)
        TRY(simulator_eversend.holds->pay(c, t.ref, &in, &dealt));
    return look_tx(c, k->screen);
}

enum err evs_page_act(struct req *r)
{
    bool given = false;
    struct str word = S("");
    struct screen s = { .phone = number_of(r->c, r->params[0]) };
    struct choosing k = { .screen = &s };
    TRY(req_form(r, "act", &given, &word));
    TRY(req_form(r, "payment", &given, &k.payment));
    if (str_eq(word, S("decline")))
        k.reason = S("Payer declined");
    else if (!str_eq(word, S("success")) && !str_eq(word, S("async_success")))
        return fail(r->c, INVALID_REQUEST, "act is one of the buttons of the page");
    k.later = str_eq(word, S("async_success"));
    TRY(sandbox_tx(r->c, "eversend.act", choose_tx, &k));
    sandbox_wake(r->c->sandbox);
    write_screen(r, &s, s.problem.n > 0 ? 409 : 200);
    return E_OK;
}
