#include "account/account_page.h"
#include "base/clock.h"
#include "base/id.h"
#include "credit/credit.h"
#include "renewal/change.h"
#include "web/page.h"

/* /account/cancel: what ends and when, what stays, and why one leaves, on one page. */

static const struct {
    struct str value;
    enum text words;
} reasons[] = {
    { S_INIT("price"), TEXT_WHY_PRICE },
    { S_INIT("unused"), TEXT_WHY_UNUSED },
    { S_INIT("missing"), TEXT_WHY_MISSING },
    { S_INIT("other_service"), TEXT_WHY_SERVICE },
    { S_INIT("other"), TEXT_WHY_OTHER },
};

struct leaving {
    struct subscription s;
    struct str name, note;
    struct change_offer offer;
    struct str offered_for; /* the reason that it is for */
    int64_t credits;
};

/* The first reason for which the catalogue has an offer: it is made to everybody, once. */
static enum err find_offer(struct ctx *c, struct leaving *k)
{
    for (size_t i = 0; i < ARRAY_LEN(reasons) && k->offer.code.n == 0; i++) {
        TRY(change_offer(c, &k->s, reasons[i].value, &k->offer));
        k->offered_for = reasons[i].value;
    }
    return E_OK;
}

static enum err find(struct req *r, struct str group, struct leaving *k)
{
    struct ctx *c = r->c;
    struct change which = { .group = group };
    struct credit_account account;
    TRY(checkout_caller(c));
    if (c->customer_n <= 0)
        return fail(c, NOT_FOUND, "there is no plan to cancel");
    TRY(change_find_of(c, &which, c->customer_n, &k->s));
    TRY(credit_look(c, c->customer_n, &account));
    k->credits = account.balance;
    k->name = account_plan_name(c, k->s.terms.plan);
    return find_offer(c, k);
}

static void hidden(struct buf *b, const char *name, struct str value)
{
    html(b, "<input type=\"hidden\" name=\"", name, "\" value=\"", value, "\">");
}

static void begin_form(struct req *r, struct buf *b, const struct leaving *k)
{
    part_form_open(b,
        &(struct part_form) { .action = S("/account/cancel"),
            .csrf = r->csrf,
            .key = id_text(r->c->arena, S("form"), id_new(r->c)) });
    hidden(b, "group", k->s.terms.group);
}

static void offer_card(struct req *r, struct buf *b, const struct leaving *k)
{
    struct arena *a = b->arena;
    struct money off = { k->offer.off_minor, k->s.terms.amount.cur };
    if (k->offer.code.n == 0)
        return;
    html(b, "<section class=\"card stack\"><h2>", SAY(OFFER), "</h2><p>",
        k->offer.off_months < 0 ? SAY_WITH(a, OFFER_ALWAYS, { "off", money_text(a, off) })
                                : SAY_WITH(a, OFFER_MONTHS, { "off", money_text(a, off) },
                                      { "n", number_text(a, k->offer.off_months) }),
        "</p>");
    begin_form(r, b, k);
    hidden(b, "reason", k->offered_for);
    hidden(b, "accept", k->offer.code);
    html(b, "<p>");
    part_button(b,
        &(struct part_button) { .words = SAY_WITH(a, OFFER_TAKE, { "plan", k->name }),
            .name = S("do"),
            .value = S("accept") });
    html(b, "</p>");
    part_form_close(b);
    html(b, "</section>\n");
}

static void what_ends(struct buf *b, const struct leaving *k)
{
    struct arena *a = b->arena;
    struct str day = time_day(a, k->s.period_end_ms);
    html(b, "<p>", SAY_WITH(a, ENDS_WHEN, { "plan", k->name }, { "day", day }), "</p>");
    if (k->credits > 0)
        html(b, "<p>", SAY_WITH(a, CREDITS_STAY, { "day", day }), "</p>");
}

static void choices(struct buf *b, const struct leaving *k)
{
    struct arena *a = b->arena;
    const struct part_pick when[] = {
        { S("period_end"), SAY_WITH(a, ON_DAY, { "day", time_day(a, k->s.period_end_ms) }), S(""),
            SAY(ON_DAY_MORE), S("") },
        { S("now"), SAY(TODAY), S(""), SAY(TODAY_MORE), S("") },
    };
    struct part_option option[ARRAY_LEN(reasons) + 1] = { { S(""), SAY(WHY_NONE) } };
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        option[i + 1] = (struct part_option) { reasons[i].value, text(reasons[i].words) };
    part_picks(b,
        &(struct part_picks) { .name = S("when"),
            .legend = SAY(ENDS_LEGEND),
            .chosen = S("period_end"),
            .pick = when,
            .n = ARRAY_LEN(when) });
    html(b, "\n");
    part_field(b,
        &(struct part_field) { .name = S("reason"),
            .label = SAY(WHY),
            .type = S("select"),
            .options = option,
            .option_count = ARRAY_LEN(option),
            .optional = true });
    html(b, "\n");
    part_field(b,
        &(struct part_field) { .name = S("feedback"),
            .label = SAY(FEEDBACK),
            .type = S("textarea"),
            .max = 1000,
            .optional = true });
}

static enum err write(struct req *r, const struct leaving *k, int status)
{
    struct buf *b = NULL;
    struct arena *a = r->c->arena;
    TRY(account_open(r, ACCOUNT_PLAN, &b));
    account_refusal(b, k->note);
    html(b, "<h2>", SAY_WITH(a, CANCEL_PLAN, { "plan", k->name }), "</h2>\n");
    what_ends(b, k);
    offer_card(r, b, k);
    begin_form(r, b, k);
    choices(b, k);
    html(b, "<p class=\"row\">");
    part_button(b,
        &(struct part_button) { .kind = BUTTON_DANGER,
            .words = SAY_WITH(a, CANCEL_PLAN, { "plan", k->name }),
            .name = S("do"),
            .value = S("cancel"),
            .busy = SAY(CONFIRMING) });
    part_button(b,
        &(struct part_button) { .kind = BUTTON_PLAIN,
            .words = SAY_WITH(a, KEEP_PLAN, { "plan", k->name }),
            .href = S("/account") });
    html(b, "</p>");
    part_form_close(b);
    account_close(r, b);
    if (status > 0)
        r->out.status = status;
    return E_OK;
}

enum err account_cancel_page(struct req *r)
{
    struct leaving k = { .credits = 0 };
    struct str group = S("");
    bool given = false;
    TRY(req_query(r, "group", &given, &group));
    TRY(find(r, group, &k));
    if (k.s.cancel_at_ms > 0) {
        answer_redirect(r, 303, S("/account/plan"));
        return E_OK;
    }
    return write(r, &k, 0);
}

enum err account_cancel_parse(struct req *r)
{
    struct change *k = r->in;
    struct str when = S(""), deed = S("");
    bool given = false;
    TRY(req_form(r, "do", &given, &deed));
    TRY(req_form(r, "group", &given, &k->group));
    TRY(req_form(r, "when", &given, &when));
    TRY(req_form(r, "reason", &given, &k->reason));
    TRY(req_form(r, "feedback", &given, &k->feedback));
    TRY(req_form(r, "accept", &given, &k->accept));
    k->deed = SUBSCRIPTION_CANCEL;
    k->when = str_eq(when, S("now")) ? WHEN_NOW : WHEN_AT_END;
    if (!str_eq(deed, S("accept")))
        k->accept = S("");
    if (k->reason.n > 64 || k->feedback.n > 1000 || !str_is_text(k->reason) ||
        !str_is_text(k->feedback))
        return fail(
            r->c, INVALID_REQUEST, "what you wrote is too long, or holds what cannot be shown");
    return E_OK;
}

enum err account_cancel_refused(struct req *r)
{
    struct errinfo why = r->c->err;
    struct leaving k = { .note = account_why(r->c->arena, &why) };
    int status = code_info(why.code)->http;
    struct str group = S("");
    bool given = false;
    if (status >= 500 && why.code != CODE_GATEWAY_UNAVAILABLE && why.code != CODE_BUSY)
        return code_info(why.code)->kind;
    err_clear(r->c);
    TRY(req_form(r, "group", &given, &group));
    TRY(find(r, group, &k));
    return write(r, &k, status);
}
