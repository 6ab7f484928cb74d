#include "access/access.h"
#include "account/account_page.h"
#include "base/clock.h"
#include "credit/credit.h"
#include "subscription/subscription.h"
#include "web/page.h"

/* /account: what one has right now, in three figures, and below them where it came from. */

enum {
    ORDERS_SHOWN = 5
};

struct overview {
    struct credit_account credits;
    struct access access;
    struct credit_today today;
    struct str plan; /* the name of the highest one, also of one that nobody pays for */
    struct account_plans mine;
    bool has_credits; /* there is anything to say about them */
};

static enum err look(struct ctx *c, struct overview *o)
{
    TRY(account_plans(c, &o->mine));
    int64_t n = c->customer_n > 0 ? c->customer_n : 0;
    TRY(credit_look(c, n, &o->credits));
    TRY(access_of(c, n, &o->access));
    TRY(credit_today(c, n, &o->today));
    o->plan = account_plan_name(c, o->access.plan);
    o->has_credits = o->credits.balance + o->credits.reserved + o->access.allowance > 0;
    return E_OK;
}

/* ---- what one must know first */

static void note(struct buf *b, enum tone tone, struct str words, struct str action)
{
    part_note_open(b, &(struct part_note) { .tone = tone, .icon = ICON_ALERT });
    html(b, "<p>", words, " <a href=\"/account/plan\">", action, "</a></p>");
    part_note_close(b);
    html(b, "\n");
}

static void notes(struct ctx *c, struct buf *b, const struct overview *o)
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

static const struct subscription *giving(const struct overview *o)
{
    for (size_t i = 0; i < o->mine.n; i++)
        if (str_eq(o->mine.s[i].terms.plan, o->access.plan))
            return &o->mine.s[i];
    return NULL;
}

static struct str more_credits(struct arena *a, const struct overview *o)
{
    const struct subscription *s = giving(o);
    if (s != NULL && s->cancel_at_ms == 0 && o->access.allowance > 0 && s->terms.months == 1)
        return SAY_WITH(a, CREDITS_MORE, { "n", number_text(a, o->access.allowance) },
            { "day", time_day(a, s->period_end_ms) });
    if (o->credits.reserved > 0)
        return SAY_WITH(a, CREDITS_HELD, { "n", number_text(a, o->credits.reserved) });
    return SAY(CREDITS_TO_SPEND);
}

static void credits_tile(struct buf *b, const struct overview *o)
{
    struct arena *a = b->arena;
    int64_t left = o->credits.balance, of = o->access.allowance;
    part_tile(b,
        &(struct part_tile) {
            .label = SAY(CREDITS_LEFT),
            .figure = number_text(a, left),
            .below = more_credits(a, o),
            .part = left,
            .whole = of,
            .low = of > 0 && left < of / 5,
            .measured = SAY_WITH(
                a, CREDITS_OF, { "left", number_text(a, left) }, { "all", number_text(a, of) }),
        });
}

static void today_tile(struct buf *b, const struct overview *o)
{
    struct arena *a = b->arena;
    int64_t used = o->today.used, of = o->access.day_limit;
    struct str day, clock;
    str_cut(time_words(a, o->today.ends_ms), ',', &day, &clock);
    part_tile(b,
        &(struct part_tile) {
            .label = SAY(TODAY),
            .figure = number_text(a, used),
            .below = SAY_WITH(
                a, TODAY_OF, { "limit", number_text(a, of) }, { "clock", str_trim(clock) }),
            .part = used,
            .whole = of,
            .low = used >= of - of / 5,
            .measured = SAY_WITH(
                a, TODAY_USED, { "used", number_text(a, used) }, { "limit", number_text(a, of) }),
        });
}

static void plan_tiles(struct ctx *c, struct buf *b, const struct overview *o)
{
    for (size_t i = 0; i < o->mine.n; i++)
        part_tile(b,
            &(struct part_tile) {
                .label = SAY(YOUR_PLAN),
                .href = S("/account/plan"),
                .figure = account_plan_name(c, o->mine.s[i].terms.plan),
                .below = account_plan_words(b->arena, &o->mine.s[i]),
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

/* ---- where the credits came from */

static const struct part_column lot_columns[] = {
    { .label = S_INIT("Credits"), .number = true, .whole = true },
    { .label = S_INIT("Until"), .whole = true },
    { .label = S_INIT("From"), .full = true, .muted = true },
};

struct lots {
    struct part_rows rows;
    bool any;
};

static struct str lot_words(const struct credit_lot *lot)
{
    switch (lot->kind) {
    case CREDIT_PLAN:
        return SAY(LOT_PLAN);
    case CREDIT_BONUS:
        return SAY(LOT_BONUS);
    case CREDIT_ADJUSTMENT:
        return SAY(LOT_ADJUSTMENT);
    case CREDIT_PURCHASE:
        return SAY(LOT_PURCHASE);
    case CREDIT_KIND_COUNT:
        break;
    }
    never("a lot has four kinds");
}

static enum err one_lot(struct ctx *c, const struct credit_lot *lot, void *arg)
{
    struct lots *l = arg;
    struct buf *b = l->rows.b;
    struct arena *a = c->arena;
    if (!l->any) {
        html(b, "<section class=\"stack\" aria-labelledby=\"lots\"><h2 id=\"lots\">", SAY(LOTS),
            "</h2>\n");
        l->rows = part_rows_open(b, SAY(LOTS), lot_columns, ARRAY_LEN(lot_columns));
    }
    l->any = true;
    part_row(&l->rows);
    part_cell(&l->rows);
    html(b, number_text(a, lot->unused));
    part_cell(&l->rows);
    html(b, lot->ends_ms > 0 ? time_day(a, lot->ends_ms) : SAY(LOT_FOREVER));
    part_cell(&l->rows);
    html(b, lot_words(lot));
    return c->dead ? E_DEAD : E_OK;
}

static enum err write_lots(struct ctx *c, struct buf *b)
{
    struct lots l = { .rows = { .b = b } };
    if (c->customer_n <= 0)
        return E_OK;
    TRY(credit_lots(c, c->customer_n, one_lot, &l));
    if (l.any) {
        part_rows_close(&l.rows);
        html(b, "</section>\n");
    }
    return E_OK;
}

/* ---- the page */

enum err overview_page(struct req *r)
{
    struct overview o = { .has_credits = false };
    struct account_orders orders = { .limit = ORDERS_SHOWN };
    struct buf *b = NULL;
    TRY(look(r->c, &o));
    TRY(account_open(r, ACCOUNT_OVERVIEW, &b));
    notes(r->c, b, &o);
    part_tiles_open(b);
    if (o.has_credits)
        credits_tile(b, &o);
    if (o.access.day_limit > 0)
        today_tile(b, &o);
    plan_tiles(r->c, b, &o);
    part_tiles_close(b);
    html(b, "\n");
    TRY(write_lots(r->c, b));
    html(b, "<section class=\"stack\" aria-labelledby=\"orders\"><h2 id=\"orders\">",
        SAY(LAST_ORDERS), "</h2>\n");
    TRY(account_orders_write(r->c, b, 0, &orders));
    if (orders.more)
        html(b, "<p><a href=\"/account/orders\">", SAY(ALL_ORDERS), "</a></p>");
    html(b, "</section>");
    account_close(r, b);
    return E_OK;
}
