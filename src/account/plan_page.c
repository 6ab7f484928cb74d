#include "account/account_page.h"
#include "base/clock.h"
#include "base/id.h"
#include "catalog/catalog.h"
#include "renewal/change.h"
#include "web/page.h"

/* /account/plan: what one has, and what another plan costs before it is agreed to.  The figures are
 * those of the gateway that will charge them, and hold for a quarter of an hour. */

struct shown_plan {
    struct req *r;
    struct account_plans mine;
    struct change wish; /* what is asked about */
    struct change_preview preview;
    bool asked;      /* … and what it would cost is in preview */
    struct str note; /* why not */
    int status;
};

static struct str new_key(struct ctx *c)
{
    return id_text(c->arena, S("form"), id_new(c));
}

static void hidden(struct buf *b, const char *name, struct str value)
{
    if (value.n > 0)
        html(b, "<input type=\"hidden\" name=\"", name, "\" value=\"", value, "\">");
}

/* ---- what one has */

static void deed_form(
    struct req *r, struct buf *b, const struct subscription *s, struct str deed, struct str words)
{
    part_form_open(b,
        &(struct part_form) {
            .action = S("/account/plan"), .csrf = r->csrf, .key = new_key(r->c) });
    hidden(b, "group", s->terms.group);
    html(b, "<p>");
    part_button(b,
        &(struct part_button) {
            .kind = BUTTON_QUIET, .words = words, .name = S("do"), .value = deed });
    html(b, "</p>");
    part_form_close(b);
}

bool account_has_portal(const struct subscription *s)
{
    const struct gateway *g = gateway_by_id(s->gateway);
    return subscription_is_native(s) && g != NULL && g->portal != NULL;
}

void account_portal_form(struct req *r, struct buf *b, const struct subscription *s)
{
    const struct gateway *g = gateway_by_id(s->gateway);
    if (!account_has_portal(s))
        return;
    part_form_open(b, &(struct part_form) { .action = S("/account/portal"), .csrf = r->csrf });
    hidden(b, "group", s->terms.group);
    html(b, "<p>");
    part_button(b,
        &(struct part_button) {
            .kind = BUTTON_QUIET, .words = SAY_WITH(b->arena, CARD_AT, { "gateway", g->title }) });
    html(b, "</p>");
    part_form_close(b);
}

static struct str next_name(struct ctx *c, const struct subscription *s)
{
    const struct catalog *k = NULL;
    const struct product *p = NULL;
    if (shelf_catalog(c, &k) == E_OK && k != NULL)
        catalog_price(k, s->next_price, &p);
    return p == NULL ? s->next_price : p->name;
}

static void what_next(struct req *r, struct buf *b, const struct subscription *s)
{
    struct arena *a = b->arena;
    struct str name = account_plan_name(r->c, s->terms.plan);
    if (s->next_price.n > 0 && s->cancel_at_ms == 0) {
        html(b, "<p>",
            SAY_WITH(a, BECOMES, { "plan", next_name(r->c, s) },
                { "day", time_day(a, s->period_end_ms) }),
            "</p>");
        deed_form(r, b, s, S("stay"), SAY_WITH(a, STAY_WITH, { "plan", name }));
    }
    if (s->cancel_at_ms > 0)
        deed_form(r, b, s, S("resume"), SAY_WITH(a, KEEP_PLAN, { "plan", name }));
    account_portal_form(r, b, s);
    if (s->cancel_at_ms == 0)
        html(b, "<p><a href=\"/account/cancel?group=", s->terms.group, "\">",
            SAY_WITH(a, CANCEL_PLAN, { "plan", name }), "</a></p>");
}

static void my_plan(struct req *r, struct buf *b, const struct subscription *s)
{
    struct arena *a = b->arena;
    html(b, "<section class=\"card stack\"><h2>", account_plan_name(r->c, s->terms.plan),
        "</h2><p>", plan_each(a, &s->terms), " · ", plan_standing(a, s), "</p>");
    if (s->terms.off_minor > 0 && s->terms.off_months != 0)
        html(b, "<p class=\"small muted\">",
            SAY_WITH(a, LESS_EACH, { "code", s->terms.coupon },
                { "off",
                    money_text(a, (struct money) { s->terms.off_minor, s->terms.amount.cur }) }),
            "</p>");
    what_next(r, b, s);
    html(b, "</section>\n");
}

/* ---- what another costs */

static void sums(struct buf *b, const struct shown_plan *k)
{
    struct arena *a = b->arena;
    const struct change_preview *p = &k->preview;
    const struct cost *cost = &k->wish.cost;
    struct money now =
        p->asks ? p->there.now : (struct money) { cost->sum.total_minor, cost->sum.amount.cur };
    struct money next = p->asks ? p->there.next : cost->next;
    int64_t next_ms = p->asks ? p->there.next_ms : cost->next_ms;
    part_bill_open(b, SAY(CHANGE_CAPTION));
    part_bill_line(b, SAY_WITH(a, THEN_ON, { "day", time_day(a, next_ms) }), next);
    if (p->asks && p->there.credit.minor > 0)
        part_bill_line(b, SAY(CREDIT_LEFT), p->there.credit);
    part_bill_foot(b);
    part_bill_total(b, SAY(TO_PAY), now);
    part_bill_close(b);
    if (cost->credits_now > 0)
        html(b, "<p>", SAY_WITH(a, CREDITS_AT_ONCE, { "n", number_text(a, cost->credits_now) }),
            "</p>");
    if (cost->credits_end > 0)
        html(b, "<p>", SAY_WITH(a, CREDITS_THAT_END, { "n", number_text(a, cost->credits_end) }),
            "</p>");
    if (cost->credits_owed > 0)
        html(b, "<p>", SAY_WITH(a, CREDITS_OWED, { "n", number_text(a, cost->credits_owed) }),
            "</p>");
    if (cost->credits_each > 0)
        html(b, "<p class=\"small muted\">",
            SAY_WITH(a, CREDITS_EACH, { "n", number_text(a, cost->credits_each) }), "</p>");
}

static void ways(struct buf *b, const struct shown_plan *k)
{
    struct arena *a = b->arena;
    const struct cost *cost = &k->wish.cost;
    const char *every = cost->to.months == 12 ? "year" : "month";
    const struct part_link link[] = {
        { str_fmt(a, "/account/plan?to=%.*s&every=%s&when=now", SARG(cost->to.plan), every),
            SAY(NOW) },
        { str_fmt(a, "/account/plan?to=%.*s&every=%s&when=period_end", SARG(cost->to.plan), every),
            SAY(AT_THE_END) },
    };
    part_segment(b, SAY(FROM_WHEN), link, ARRAY_LEN(link), cost->at_end);
}

static void proposal(struct req *r, struct buf *b, const struct shown_plan *k)
{
    struct arena *a = b->arena;
    const struct cost *cost = &k->wish.cost;
    struct money now = k->preview.asks
        ? k->preview.there.now
        : (struct money) { cost->sum.total_minor, cost->sum.amount.cur };
    struct str name = account_plan_name(r->c, cost->to.plan);
    html(b, "<section class=\"card stack\"><h2>", SAY_WITH(a, CHANGE_TO, { "plan", name }),
        "</h2><p>", plan_each(a, &cost->to), "</p>");
    ways(b, k);
    sums(b, k);
    part_form_open(b,
        &(struct part_form) {
            .action = S("/account/plan"), .csrf = r->csrf, .key = new_key(r->c) });
    hidden(b, "plan", cost->to.plan);
    hidden(b, "every", cost->to.months == 12 ? S("year") : S("month"));
    hidden(b, "when", cost->at_end ? S("period_end") : S("now"));
    hidden(b, "at", time_iso(a, k->preview.ask.at_ms));
    part_button(b,
        &(struct part_button) {
            .words = now.minor > 0
                ? SAY_WITH(a, SWITCH_AND_PAY, { "plan", name }, { "sum", money_text(a, now) })
                : SAY_WITH(a, SWITCH_TO, { "plan", name }),
            .pays = true,
            .icon = now.minor > 0 ? ICON_LOCK : ICON_NONE,
            .name = S("do"),
            .value = S("change"),
            .busy = SAY(CONFIRMING),
        });
    part_form_close(b);
    html(b, "</section>\n");
}

/* ---- the page */

static enum err write(struct ctx *c, void *arg)
{
    struct shown_plan *k = arg;
    struct req *r = k->r;
    struct buf *b = NULL;
    TRY(account_plans(c, &k->mine));
    TRY(account_open(r, ACCOUNT_PLAN, &b));
    account_refusal(b, k->note);
    html(b, "<div class=\"cards\">");
    for (size_t i = 0; i < k->mine.n; i++)
        my_plan(r, b, &k->mine.s[i]);
    if (k->asked)
        proposal(r, b, k);
    html(b, "</div>\n");
    if (k->mine.n == 0)
        part_empty(b,
            &(struct part_empty) { .icon = ICON_BOX,
                .title = SAY(NO_PLAN),
                .sentence = SAY(NO_PLAN_MORE),
                .href = S("/pricing"),
                .action = SAY(PRICING) });
    else
        html(b, "<p><a href=\"/pricing\">", SAY(SEE_PLANS), "</a></p>");
    account_close(r, b);
    if (k->status > 0)
        r->out.status = k->status;
    return E_OK;
}

static enum err read_when(struct req *r, struct str when, struct change *k)
{
    k->when = str_eq(when, S("now"))    ? WHEN_NOW
        : str_eq(when, S("period_end")) ? WHEN_AT_END
                                        : WHEN_UNSAID;
    return r->c->dead ? E_DEAD : E_OK;
}

enum err account_plan_page(struct req *r)
{
    struct shown_plan k = { .r = r };
    struct str when = S(""), refused = S("");
    bool given = false;
    TRY(req_query(r, "refused", &given, &refused));
    if (refused.n > 0)
        k.note = SAY(CHANGE_REFUSED);
    TRY(req_query(r, "to", &given, &k.wish.plan));
    TRY(req_query(r, "every", &given, &k.wish.interval));
    TRY(req_query(r, "when", &given, &when));
    TRY(read_when(r, when, &k.wish));
    k.wish.deed = SUBSCRIPTION_CHANGE;
    if (k.wish.plan.n > 0) {
        k.preview.change = &k.wish;
        k.asked = change_preview(r->c, &k.preview) == E_OK;
        if (!k.asked)
            k.note = str_sentence(r->c->arena, err_told(&r->c->err));
        err_clear(r->c);
    }
    return account_in_snapshot(r->c, write, &k);
}

/* ---- its forms */

enum err account_plan_parse(struct req *r)
{
    struct change *k = r->in;
    struct str deed = S(""), when = S(""), at = S("");
    bool given = false;
    TRY(req_form(r, "do", &given, &deed));
    TRY(req_form(r, "group", &given, &k->group));
    TRY(req_form(r, "plan", &given, &k->plan));
    TRY(req_form(r, "every", &given, &k->interval));
    TRY(req_form(r, "when", &given, &when));
    TRY(req_form(r, "at", &given, &at));
    k->deed = str_eq(deed, S("resume")) ? SUBSCRIPTION_RESUME
        : str_eq(deed, S("stay"))       ? SUBSCRIPTION_UNSCHEDULE
                                        : SUBSCRIPTION_CHANGE;
    if (at.n > 0 && !time_parse_iso(at, &k->at_ms))
        return fail(r->c, INVALID_REQUEST, "this form was changed on its way");
    return read_when(r, when, k);
}

/* In a snapshot of its own, after a refusal. */
enum err account_plan_refused(struct req *r)
{
    struct errinfo why = r->c->err;
    struct shown_plan k = { .r = r, .status = code_info(why.code)->http };
    if (k.status >= 500 && why.code != CODE_GATEWAY_UNAVAILABLE && why.code != CODE_BUSY)
        return code_info(why.code)->kind;
    k.note = account_why(r->c->arena, &why);
    err_clear(r->c);
    TRY(write(r->c, &k));
    return E_OK;
}

/* A form may lead to this site alone, so the way out is a page with a link that follows itself. */
struct way_out {
    struct req *r;
    struct str url;
};

static enum err write_way_out(struct ctx *c, void *arg)
{
    const struct way_out *k = arg;
    struct buf *b = buyer_open(
        k->r, &(struct page_head) { .title = SAY(TO_CARD), .narrow = true, .refresh = k->url });
    html(b, "<h1>", SAY(TO_CARD), "</h1>\n<p>");
    part_button(b, &(struct part_button) { .words = SAY(TO_CARD_GO), .href = k->url });
    html(b, "</p>\n<p><a href=\"/account/plan\">", SAY(TO_CARD_BACK), "</a></p>");
    page_close(k->r);
    return c->dead ? E_DEAD : E_OK;
}

enum err account_portal_page(struct req *r)
{
    struct change_portal p = { .return_url = S("") };
    struct way_out k = { .r = r };
    bool given = false;
    TRY(req_form(r, "group", &given, &p.change.group));
    TRY(change_portal(r->c, &p, &k.url));
    return account_in_snapshot(r->c, write_way_out, &k);
}
