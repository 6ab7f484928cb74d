#include "web/part.h"

/* Parts of plans, and of what one has of them. */

void part_tiles_open(struct buf *b)
{
    html(b, "<div class=\"tiles\">");
}

/* Attributes of shapes, since a page may not style. */
static void meter(struct buf *b, const struct part_tile *t)
{
    int64_t part = t->part < 0 ? 0 : t->part > t->whole ? t->whole : t->part;
    int64_t permille =
        t->whole > INT64_MAX / 1000 ? part / (t->whole / 1000) : part * 1000 / t->whole;
    html(b, "<svg class=\"meter\" role=\"img\" aria-label=\"", t->measured,
        "\"><rect width=\"100%\" height=\"100%\" rx=\"5\"/>");
    if (t->low)
        html(b, "<rect class=\"fill warn\"");
    else
        html(b, "<rect class=\"fill\"");
    html(b, " width=\"", permille / 10, ".", permille % 10, "%\" height=\"100%\" rx=\"5\"/></svg>");
}

static void tile_inside(struct buf *b, const struct part_tile *t)
{
    html(b, "<span class=\"small muted\">", t->label, "</span><span class=\"money big",
        t->figure.n > 9 ? S(" long") : S(""), "\"");
    if (t->balance)
        html(b, " data-balance");
    html(b, ">", t->figure, "</span>");
    if (t->whole > 0)
        meter(b, t);
    html(b, "<span class=\"small muted\">", t->below, "</span>");
}

void part_tile(struct buf *b, const struct part_tile *t)
{
    if (t->href.n == 0) {
        html(b, "<div class=\"card tile\">");
        tile_inside(b, t);
        html(b, "</div>");
        return;
    }
    html(b, "<a class=\"card tile\" href=\"");
    html_url(b, t->href);
    html(b, "\">");
    tile_inside(b, t);
    html(b, "</a>");
}

void part_balance(struct buf *b, int64_t credits)
{
    html(b, "<span data-balance>", number_text(b->arena, credits), "</span>");
}

void part_tiles_close(struct buf *b)
{
    html(b, "</div>");
}

void part_plans_open(struct buf *b)
{
    html(b, "<ul class=\"plans\">");
}

void part_ticks(struct buf *b, const struct str *tick, size_t n)
{
    if (n == 0)
        return;
    html(b, "<ul class=\"ticks small\">");
    for (size_t i = 0; i < n; i++) {
        html(b, "<li>");
        part_icon(b, ICON_CHECK);
        html(b, "<span>", tick[i], "</span></li>");
    }
    html(b, "</ul>");
}

static void way_on(struct buf *b, const struct part_plan *p)
{
    html(b, "<p class=\"row\">");
    if (p->mine.n > 0)
        part_badge(b, TONE_INFO, ICON_CHECK, p->mine);
    if (p->why.n > 0)
        html(b, "<span class=\"small muted\">", p->why, "</span>");
    else if (p->button.href.n > 0)
        part_button(b, &p->button);
    html(b, "</p>");
}

void part_plan(struct buf *b, const struct part_plan *p)
{
    if (p->flag.n > 0)
        html(b, "\n<li class=\"plan card best\"><p class=\"flag\">", p->flag, "</p>");
    else
        html(b, "\n<li class=\"plan card\">");
    html(b, "<h2>", p->name, "</h2><p class=\"cost\"><span class=\"money big\">", p->price,
        "</span>");
    if (p->per.n > 0)
        html(b, " <span class=\"muted\">", p->per, "</span>");
    html(b, "</p>");
    if (p->more.n > 0)
        html(b, "<p class=\"more small muted\">", p->more, "</p>");
    part_ticks(b, p->tick, p->ticks);
    way_on(b, p);
    html(b, "</li>");
}

void part_plans_close(struct buf *b)
{
    html(b, "</ul>");
}

/* ---- side by side */

static void open_as(struct buf *b, struct str kind, struct str caption)
{
    html(b, "<div class=\"swipe\" tabindex=\"0\" role=\"region\" aria-label=\"", caption,
        "\"><table class=\"", kind, "\"><caption class=\"vh\">", caption, "</caption><thead><tr>");
}

struct part_compare part_compare_open(
    struct buf *b, struct str caption, const struct str *column, size_t columns)
{
    open_as(b, S("compare"), caption);
    html(b, "<td></td>");
    for (size_t i = 0; i < columns; i++)
        html(b, "<th scope=\"col\">", column[i], "</th>");
    html(b, "</tr></thead><tbody>");
    return (struct part_compare) { .b = b, .columns = columns, .at = columns };
}

struct part_compare part_figures_open(
    struct buf *b, struct str caption, const struct part_column *column, size_t columns)
{
    open_as(b, S("compare figures"), caption);
    for (size_t i = 0; i < columns; i++) {
        if (column[i].number)
            html(b, "<th scope=\"col\" class=\"num\">", column[i].label, "</th>");
        else
            html(b, "<th scope=\"col\">", column[i].label, "</th>");
    }
    html(b, "</tr></thead><tbody>");
    return (struct part_compare) {
        .b = b, .column = column + 1, .columns = columns - 1, .at = columns - 1
    };
}

void part_compare_row(struct part_compare *k, struct str label)
{
    must(k->at == k->columns);
    html(k->b, "\n<tr><th scope=\"row\">", label, "</th>");
    k->at = 0;
}

void part_compare_row_link(struct part_compare *k, struct str href, struct str label)
{
    must(k->at == k->columns);
    html(k->b, "\n<tr><th scope=\"row\"><a href=\"");
    html_url(k->b, href);
    html(k->b, "\">", label, "</a></th>");
    k->at = 0;
}

static void cell(struct part_compare *k)
{
    must(k->at < k->columns);
    k->at++;
}

static void cell_begin(struct part_compare *k)
{
    cell(k);
    if (k->column != NULL && k->column[k->at - 1].number)
        html(k->b, "<td class=\"num\">");
    else
        html(k->b, "<td>");
}

/* After a cell was written: the last one of a row closes it. */
static void cell_end(struct part_compare *k)
{
    html(k->b, "</td>");
    if (k->at == k->columns)
        html(k->b, "</tr>");
}

void part_compare_cell(struct part_compare *k, struct str words)
{
    cell_begin(k);
    html(k->b, words);
    cell_end(k);
}

void part_compare_link(struct part_compare *k, struct str href, struct str words)
{
    cell_begin(k);
    html(k->b, "<a href=\"");
    html_url(k->b, href);
    html(k->b, "\">", words, "</a>");
    cell_end(k);
}

void part_compare_yes(struct part_compare *k, bool yes, struct str words)
{
    cell(k);
    if (yes)
        html(k->b, "<td class=\"yes\">");
    else
        html(k->b, "<td class=\"no\">");
    part_icon(k->b, yes ? ICON_CHECK : ICON_CROSS);
    html(k->b, " ", words);
    cell_end(k);
}

void part_compare_close(struct part_compare *k)
{
    must(k->at == k->columns);
    html(k->b, "</tbody></table></div>");
}

void part_question(struct buf *b, struct str question, struct str answer)
{
    html(b, "<details><summary>", question, "</summary><p>", answer, "</p></details>");
}
