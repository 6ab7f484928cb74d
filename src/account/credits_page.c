#include "account/account_page.h"
#include "base/clock.h"
#include "web/page.h"

/* /account/credits: what is left, more of it, and where it came from. */

/* ---- what one has */

enum err account_look(struct ctx *c, struct account_now *ret)
{
    struct account_now now = { .has_credits = false }, *o = &now;
    TRY(account_plans(c, &o->mine));
    int64_t n = c->customer_n > 0 ? c->customer_n : 0;
    TRY(credit_look(c, n, &o->credits));
    TRY(access_of(c, n, &o->access));
    TRY(credit_today(c, n, &o->today));
    o->plan = account_plan_name(c, o->access.plan);
    o->has_credits = o->credits.balance + o->credits.reserved + o->access.allowance > 0;
    *ret = now;
    return E_OK;
}

/* ---- the figures */

static const struct subscription *giving(const struct account_now *o)
{
    for (size_t i = 0; i < o->mine.n; i++)
        if (str_eq(o->mine.s[i].terms.plan, o->access.plan))
            return &o->mine.s[i];
    return NULL;
}

static struct str more_credits(struct arena *a, const struct account_now *o)
{
    const struct subscription *s = giving(o);
    if (s != NULL && s->cancel_at_ms == 0 && o->access.allowance > 0 && s->terms.months == 1)
        return SAY_WITH(a, CREDITS_MORE, { "n", number_text(a, o->access.allowance) },
            { "day", time_day(a, s->period_end_ms) });
    if (o->credits.reserved > 0)
        return SAY_WITH(a, CREDITS_HELD, { "n", number_text(a, o->credits.reserved) });
    return SAY(CREDITS_TO_SPEND);
}

void account_credits_tile(struct buf *b, const struct account_now *o, struct str href)
{
    struct arena *a = b->arena;
    int64_t left = o->credits.balance, of = o->access.allowance;
    part_tile(b,
        &(struct part_tile) {
            .label = SAY(CREDITS_LEFT),
            .href = href,
            .balance = true,
            .figure = number_text(a, left),
            .below = more_credits(a, o),
            .part = left,
            .whole = of,
            .low = of > 0 && left < of / 5,
            .measured = SAY_WITH(
                a, CREDITS_OF, { "left", number_text(a, left) }, { "all", number_text(a, of) }),
        });
}

void account_today_tile(struct buf *b, const struct account_now *o)
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

/* ---- where the credits came from */

static const struct part_column lot_columns[] = {
    { .label = S_INIT("From") },
    { .label = S_INIT("Credits"), .number = true, .whole = true },
    { .label = S_INIT("How long"), .whole = true, .full = true, .muted = true },
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
    html(b, lot_words(lot));
    part_cell(&l->rows);
    html(b, number_text(a, lot->unused));
    part_cell(&l->rows);
    html(b,
        lot->ends_ms > 0 ? SAY_WITH(a, LOT_UNTIL, { "day", time_day(a, lot->ends_ms) })
                         : SAY(LOT_FOREVER));
    return c->dead ? E_DEAD : E_OK;
}

enum err account_lots(struct ctx *c, struct buf *b)
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

enum err credits_page(struct req *r)
{
    struct ctx *c = r->c;
    struct account_now now;
    const struct catalog *k = NULL;
    const struct product *pack[1];
    struct buf *b = NULL;
    TRY(account_look(c, &now));
    TRY(shelf_catalog(c, &k));
    TRY(account_open(r, ACCOUNT_CREDITS, &b));
    part_tiles_open(b);
    account_credits_tile(b, &now, S(""));
    if (now.access.day_limit > 0)
        account_today_tile(b, &now);
    part_tiles_close(b);
    html(b, "\n");
    if (k != NULL && packs_find(k, pack, ARRAY_LEN(pack)) > 0) {
        html(b, "<section class=\"stack\" aria-labelledby=\"more\"><h2 id=\"more\">", SAY(BUY_MORE),
            "</h2>\n");
        packs_write(c, b, k, true);
        html(b, "</section>\n");
    }
    TRY(account_lots(c, b));
    account_close(r, b);
    return E_OK;
}
