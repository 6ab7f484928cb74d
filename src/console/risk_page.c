#include "console/console_page.h"

#include "web/part.h"

/* The risk of an order, on its own page: what was looked at, and what each of it weighs. */

static void write_reasons(struct buf *b, const struct risk *k)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("What was looked at"), .full = true },
        { .label = S_INIT("Value"), .number = true, .whole = true },
        { .label = S_INIT("Points"), .number = true, .whole = true },
    };
    struct part_rows rows =
        part_rows_open(b, S("What the risk is made of"), columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < RISK_FEATURES; i++) {
        enum risk_feature f = (enum risk_feature)i;
        if (k->value[i] == 0)
            continue;
        part_row(&rows);
        part_cell(&rows);
        html(b, "<code>", risk_feature_text(f), "</code> ", risk_feature_words(f));
        part_cell(&rows);
        html(b, k->value[i]);
        part_cell(&rows);
        html(b, str_fmt(b->arena, "%+lld", (long long)k->points[i]));
    }
    part_rows_close(&rows);
}

void console_risk_badge(struct buf *b, const struct chain *k)
{
    if (!k->has_risk)
        return;
    html(b, "<span>risk ", k->risk.score, " (<a href=\"#risk\">why</a>)</span>");
}

/* What is held once it is paid, or was not sold. */
static void write_release(struct req *r, struct buf *b, const struct chain *k)
{
    const struct order *o = &k->order;
    bool waits = o->status != ORDER_REVIEW && o->completed_ms == 0;
    if (o->risk == ORDER_RISK_ALLOW || !waits || !console_may(r, CONSOLE_FINANCE))
        return;
    html(b, "<p class=\"small muted\">",
        o->risk == ORDER_RISK_REFUSE
            ? S("Let it pass, and the same buyer may order again within a week.")
            : S("Let it pass, and its payment is not held."),
        "</p>");
    console_deed(r, b,
        &(struct console_deed) {
            .action = str_fmt(b->arena, "/admin/orders/%.*s/release", SARG(k->about)),
            .words = S("Let it pass") });
}

void console_risk(struct req *r, struct buf *b, const struct chain *chain)
{
    const struct risk *k = &chain->risk;
    if (!chain->has_risk)
        return;
    html(b,
        "<section class=\"card stack tight\" aria-labelledby=\"risk\"><h2 id=\"risk\">Risk</h2><p>",
        k->score, " of 100 when it was made: ", risk_action_words(k->action), ".");
    if (k->released_ms > 0) {
        html(b, " A person let it pass on ");
        part_time_exact(b, k->released_ms);
        html(b, ".");
    }
    html(b, "</p>");
    if (k->value[RISK_BASE] > 0)
        write_reasons(b, k);
    write_release(r, b, chain);
    html(b, "</section>\n");
}

static enum err release(struct req *r)
{
    struct order o;
    TRY(console_release(r->c, r->params[0], S(""), &o));
    console_after(r,
        str_fmt(r->c->arena, "/admin/orders/%.*s", SARG(order_number(r->c->arena, &o))),
        "released");
    return E_OK;
}

static const struct route table[] = {
    { "POST", "/admin/orders/{number}/release", SHAPE_WRITE, NULL, release, NULL, 0,
        ALLOW_ADMIN | ALLOW_FINANCE, ROUTE_PAGE, 0,
        "The console: let an order pass that its risk holds or refused." },
};
const struct routes console_risk_routes = { table, ARRAY_LEN(table) };
