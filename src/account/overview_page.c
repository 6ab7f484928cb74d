#include "account/account_page.h"
#include "base/clock.h"
#include "web/page.h"

/* /account: what one has right now, in three figures, and below them where it came from. */

enum {
    ORDERS_SHOWN = 5
};

/* ---- what one must know first */

static void note(struct buf *b, enum tone tone, struct str words, struct str action)
{
    part_note_open(b, &(struct part_note) { .tone = tone, .icon = ICON_ALERT });
    html(b, "<p>", words, " <a href=\"/account/plan\">", action, "</a></p>");
    part_note_close(b);
    html(b, "\n");
}

static void notes(struct ctx *c, struct buf *b, const struct account_now *o)
{
    struct arena *a = b->arena;
    for (size_t i = 0; i < o->mine.n; i++) {
        const struct subscription *s = &o->mine.s[i];
        struct str name = account_plan_name(c, s->terms.plan);
        if (s->status == SUBSCRIPTION_PAST_DUE)
            note(b, TONE_BAD, SAY_WITH(a, PLAN_PAST_DUE, { "plan", name }), SAY(PLAN_MEND));
        else if (s->cancel_at_ms > 0)
            note(b, TONE_WAIT,
                SAY_WITH(a, PLAN_ENDS, { "plan", name }, { "day", time_day(a, s->cancel_at_ms) }),
                SAY_WITH(a, KEEP_PLAN, { "plan", name }));
    }
}

/* ---- the figures */

static void plan_tiles(struct ctx *c, struct buf *b, const struct account_now *o)
{
    for (size_t i = 0; i < o->mine.n; i++)
        part_tile(b,
            &(struct part_tile) {
                .label = SAY(YOUR_PLAN),
                .href = S("/account/plan"),
                .figure = account_plan_name(c, o->mine.s[i].terms.plan),
                .below = plan_standing(b->arena, &o->mine.s[i]),
            });
    if (o->mine.n == 0 && o->plan.n > 0)
        part_tile(b,
            &(struct part_tile) {
                .label = SAY(YOUR_PLAN),
                .href = S("/pricing"),
                .figure = o->plan,
                .below = SAY(SEE_PLANS),
            });
}

/* ---- the page */

enum err overview_page(struct req *r)
{
    struct account_now o = { .has_credits = false };
    struct account_orders orders = { .limit = ORDERS_SHOWN };
    struct buf *b = NULL;
    TRY(account_look(r->c, &o));
    TRY(account_open(r, ACCOUNT_OVERVIEW, &b));
    notes(r->c, b, &o);
    part_tiles_open(b);
    if (o.has_credits)
        account_credits_tile(b, &o, S("/account/credits"));
    if (o.access.day_limit > 0)
        account_today_tile(b, &o);
    plan_tiles(r->c, b, &o);
    part_tiles_close(b);
    html(b, "\n");
    TRY(account_lots(r->c, b));
    html(b, "<section class=\"stack\" aria-labelledby=\"orders\"><h2 id=\"orders\">",
        SAY(LAST_ORDERS), "</h2>\n");
    TRY(account_orders_write(r->c, b, 0, &orders));
    if (orders.more)
        html(b, "<p><a href=\"/account/orders\">", SAY(ALL_ORDERS), "</a></p>");
    html(b, "</section>");
    account_close(r, b);
    return E_OK;
}
