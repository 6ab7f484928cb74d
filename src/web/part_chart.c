#include "web/part.h"

/* A chart's shapes are an SVG that stretches; every letter stands in HTML around it, so that it is
 * as large on a phone as on a wall (look.md 3.10). */

/* 1, 2 or 5 and zeros: the axis ends at the first of these that nothing exceeds. */
static int64_t axis_top(int64_t most)
{
    static const int64_t steps[] = { 1, 2, 5 };
    for (int64_t unit = 1;; unit *= 10)
        for (size_t i = 0; i < ARRAY_LEN(steps); i++)
            if (steps[i] * unit >= most || unit > INT64_MAX / 100)
                return steps[i] * unit;
}

static void figure(struct buf *b, const struct part_chart *k, int64_t n)
{
    if (k->cur == CUR_NONE)
        html(b, number_text(b->arena, n));
    else
        part_money(b, (struct money) { n, k->cur });
}

static void axis(struct buf *b, const struct part_chart *k, int64_t top)
{
    html(b, "<ol class=\"y\" aria-hidden=\"true\"><li>");
    figure(b, k, top);
    html(b, "</li><li>");
    if (top % 2 == 0)
        figure(b, k, top / 2);
    html(b, "</li><li>");
    figure(b, k, 0);
    html(b, "</li></ol>\n");
}

/* What a bar says to who points at it. */
static struct str bar_words(struct arena *a, const struct part_chart *k, const struct part_bar *bar)
{
    if (k->cur == CUR_NONE)
        return number_text(a, bar->minor);
    return money_text(a, (struct money) { bar->minor, k->cur });
}

static void bars(struct buf *b, const struct part_chart *k, int64_t top)
{
    html(b, "<svg viewBox=\"0 0 ", (int64_t)k->n * 10,
        " 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"", k->described,
        "\"><path class=\"grid\" d=\"M0 .5H", (int64_t)k->n * 10, "M0 50H", (int64_t)k->n * 10,
        "M0 99.5H", (int64_t)k->n * 10, "\"/>");
    for (size_t i = 0; i < k->n; i++) {
        const struct part_bar *bar = &k->bar[i];
        if (bar->minor <= 0)
            continue;
        int64_t high = top > INT64_MAX / 100 ? bar->minor / (top / 100) : bar->minor * 100 / top;
        high = high < 1 ? 1 : high > 100 ? 100 : high;
        html(b, "\n<rect class=\"bar\" x=\"", (int64_t)i * 10 + 2, "\" y=\"", 100 - high,
            "\" width=\"6\" height=\"", high, "\"><title>", bar->label, ": ",
            bar_words(b->arena, k, bar), "</title></rect>");
    }
    html(b, "</svg>\n");
}

static void bill(struct buf *b, const struct part_chart *k)
{
    int64_t sum = 0;
    part_bill_open(b, k->title);
    for (size_t i = k->n; i-- > 0;) {
        sum += k->bar[i].minor;
        part_bill_item(b,
            &(struct part_item) {
                .words = k->bar[i].label, .quantity = 1, .amount = { k->bar[i].minor, k->cur } });
    }
    part_bill_foot(b);
    part_bill_total(b, S("Together"), (struct money) { sum, k->cur });
    part_bill_close(b);
}

static void counts(struct buf *b, const struct part_chart *k)
{
    static const struct part_column columns[] = { { .label = S_INIT("When"), .whole = true },
        { .label = S_INIT("Count"), .number = true, .whole = true } };
    struct part_rows rows = part_rows_open(b, k->title, columns, ARRAY_LEN(columns));
    for (size_t i = k->n; i-- > 0;) {
        part_row(&rows);
        part_cell(&rows);
        html(b, k->bar[i].label);
        part_cell(&rows);
        html(b, number_text(b->arena, k->bar[i].minor));
    }
    part_rows_close(&rows);
}

static void numbers(struct buf *b, const struct part_chart *k)
{
    html(b, "<details><summary>Show the numbers</summary>");
    if (k->cur == CUR_NONE)
        counts(b, k);
    else
        bill(b, k);
    html(b, "</details>");
}

void part_chart(struct buf *b, const struct part_chart *k)
{
    int64_t most = 0;
    for (size_t i = 0; i < k->n; i++)
        most = k->bar[i].minor > most ? k->bar[i].minor : most;
    int64_t top = axis_top(most);
    html(b, "<figure class=\"chart card\" aria-labelledby=\"", k->id, "\"><figcaption><h2 id=\"",
        k->id, "\">", k->title, "</h2><p class=\"small muted\">", k->finding,
        "</p></figcaption>\n<div class=\"plot\">");
    axis(b, k, top);
    bars(b, k, top);
    html(b, "<ol class=\"x\" aria-hidden=\"true\"><li>", k->bar[0].label, "</li><li>",
        k->bar[k->n / 2].label, "</li><li>", k->bar[k->n - 1].label, "</li></ol></div>\n");
    numbers(b, k);
    html(b, "</figure>");
}
