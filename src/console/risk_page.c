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

void console_risk(struct buf *b, const struct chain *k)
{
    const struct risk *r = &k->risk;
    if (!k->has_risk)
        return;
    html(b,
        "<section class=\"card stack tight\" aria-labelledby=\"risk\"><h2 id=\"risk\">Risk</h2><p>",
        r->score, " of 100 when it was made: ", risk_action_words(r->action), ".");
    if (r->released_ms > 0) {
        html(b, " A person let it pass on ");
        part_time_exact(b, r->released_ms);
        html(b, ".");
    }
    html(b, "</p>");
    if (r->value[RISK_BASE] > 0)
        write_reasons(b, r);
    html(b, "</section>\n");
}
