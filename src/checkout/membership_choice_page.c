#include "base/json.h"
#include "checkout/membership_page.h"
#include "order/order_part.h"
#include "web/page.h"

/* /membership before a step is taken, and after the last one: which ones there are, what was begun,
 * what a member has. */

/* ---- which one */

static void write_start(struct buf *b, const struct membership *k)
{
    struct arena *a = b->arena;
    const struct shown *s = &k->start;
    struct str plan = s->line[0].name;
    bool open = shown_is_open(k->r->c, s), failed = s->order.status == ORDER_FAILED;
    int64_t months = 0;
    json_to_i64(json_at(json_root(s->line[0].plan), "months"), &months);
    html(b, "<section class=\"card stack\" aria-labelledby=\"begun\"><p>");
    order_badge(b, s->order.status, ORDER_FOR_BUYER);
    html(b, "</p><h2 id=\"begun\">",
        months == 12 ? SAY_WITH(a, MEMBER_STARTED_YEAR, { "plan", plan })
                     : SAY_WITH(a, MEMBER_STARTED_MONTH, { "plan", plan }),
        "</h2><p>", shown_sentence(a, s), "</p><p class=\"row\">");
    part_button(b,
        &(struct part_button) {
            .words = open || failed ? SAY_WITH(a, MEMBER_GO_ON, { "plan", plan }) : SAY(MEMBER_SEE),
            .href = open ? str_fmt(a, "/checkout/go/%.*s", SARG(attempt_id(a, s->last)))
                : failed ? membership_url_of(a, s)
                         : str_fmt(a, "/payment/success?%.*s", SARG(s->query)) });
    part_button(b,
        &(struct part_button) {
            .kind = BUTTON_QUIET, .words = SAY(MEMBER_ANEW), .href = S("/membership?anew=yes") });
    html(b, "</p></section>\n");
}

static void write_currencies(struct buf *b, const struct membership *k)
{
    struct part_link link[CURRENCIES_MAX];
    size_t here = 0;
    if (k->currencies < 2)
        return;
    for (size_t i = 0; i < k->currencies; i++) {
        struct membership other = {
            .catalog = k->catalog, .group = k->group, .cur = k->currency[i]
        };
        link[i] = (struct part_link) { membership_url(b->arena, &other, NULL, INTERVAL_NONE),
            currency_code(k->currency[i]) };
        if (k->currency[i] == k->cur)
            here = i;
    }
    part_segment(b, SAY(MEMBER_CURRENCY), link, k->currencies, here);
    html(b, "\n");
}

/* As often as a member pays now; others see the month. */
static const struct price *first_price(const struct membership *k, const struct product *p)
{
    bool yearly = k->has && k->mine.terms.months == 12;
    const struct price *price = plan_sold(p, yearly ? INTERVAL_YEAR : INTERVAL_MONTH, k->cur);
    return price != NULL ? price : plan_sold(p, yearly ? INTERVAL_MONTH : INTERVAL_YEAR, k->cur);
}

static void write_tier(
    struct buf *b, const struct membership *k, const struct product *p, bool resumes)
{
    struct arena *a = b->arena;
    const struct price *price = first_price(k, p);
    struct part_plan card = { .name = p->name,
        .flag = p->popular ? SAY(POPULAR) : S(""),
        .tick = p->highlights,
        .ticks = p->highlight_count };
    if (shelf_sells(k->r->c, p, price)) {
        card.price = money_text(a, price->amount);
        card.per = price->interval == INTERVAL_YEAR ? SAY(A_YEAR) : SAY(A_MONTH);
        card.more = plan_other_way(a, p, price);
        card.button = k->has
            ? plan_way(a, p, price, &k->mine)
            : (struct part_button) { .words = SAY_WITH(a, CHOOSE_PLAN, { "plan", p->name }),
                  .kind = p->popular && !resumes ? BUTTON_FILLED : BUTTON_QUIET,
                  .href = membership_url(a, k, p, INTERVAL_NONE) };
    } else {
        card.why = SAY(NOT_FOR_SALE);
    }
    part_plan(b, &card);
}

static void write_tiers(struct buf *b, const struct membership *k, bool resumes)
{
    part_plans_open(b);
    for (size_t i = 0; i < k->tiers; i++)
        if (!k->has || !str_eq(k->mine.terms.plan, k->tier[i]->id))
            write_tier(b, k, k->tier[i], resumes);
    part_plans_close(b);
}

static struct buf *open_all(const struct membership *k)
{
    struct buf *b = buyer_open(
        k->r, &(struct page_head) { .title = SAY(MEMBERSHIP), .here = S("/membership") });
    html(b, "<div class=\"intro\"><h1>", k->has ? SAY(MEMBER_OF) : SAY(MEMBER_BECOME), "</h1>");
    if (!k->has)
        html(b, "<p class=\"lead\">", SAY(MEMBER_LEAD), "</p>");
    html(b, "</div>\n");
    return b;
}

void membership_write_choice(const struct membership *k)
{
    struct buf *b = open_all(k);
    bool resumes = k->begun && !k->anew;
    if (resumes)
        write_start(b, k);
    write_currencies(b, k);
    write_tiers(b, k, resumes);
    page_close(k->r);
}

/* Another one would be a second membership. */
void membership_write_under_way(const struct membership *k)
{
    struct arena *a = k->r->c->arena;
    struct str title = SAY_WITH(a, MEMBER_UNDER_WAY, { "plan", k->start.line[0].name });
    struct buf *b = page_open(k->r, &(struct page_head) { .title = title, .narrow = true });
    membership_steps(b, MEMBERSHIP_PAY);
    html(b, "<section class=\"card stack\"><p>");
    order_badge(b, k->start.order.status, ORDER_FOR_BUYER);
    html(b, "</p><h1>", title, "</h1><p>", SAY(MEMBER_UNDER_WAY_MORE), "</p>\n");
    part_button(b,
        &(struct part_button) { .words = SAY(MEMBER_SEE),
            .pays = true,
            .href = str_fmt(a, "/payment/success?%.*s", SARG(k->start.query)) });
    html(b, "</section>");
    page_close(k->r);
}

/* ---- a member already */

void membership_write_member(const struct membership *k)
{
    struct buf *b = open_all(k);
    struct arena *a = b->arena;
    const struct subscription *s = &k->mine;
    struct str name = subscription_plan_name(a, &s->terms);
    html(b, "<section class=\"card stack\"><h2>", name, "</h2><p>", plan_each(a, &s->terms), " · ",
        plan_standing(a, s), "</p><p class=\"row\">");
    part_button(b,
        &(struct part_button) {
            .kind = BUTTON_QUIET, .words = SAY(MANAGE), .href = S("/account/plan") });
    if (s->cancel_at_ms == 0)
        part_button(b,
            &(struct part_button) { .kind = BUTTON_PLAIN,
                .words = SAY_WITH(a, CANCEL_PLAN, { "plan", name }),
                .href = str_fmt(a, "/account/cancel?group=%.*s", SARG(url_encode(a, k->group))) });
    html(b, "</p></section>\n");
    if (k->tiers > 1) {
        html(b, "<h2>", SAY(MEMBER_OTHERS), "</h2>\n");
        write_tiers(b, k, true);
    }
    page_close(k->r);
}
