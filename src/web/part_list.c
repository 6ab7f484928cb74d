#include "web/part.h"

/* Parts that show many things: tables, stories, tabs, pages. */

struct part_rows part_rows_open(
    struct buf *b, struct str caption, const struct part_column *columns, size_t n)
{
    /* The roles are written out because `display: grid` takes the table's meaning away. */
    html(b,
        "<div class=\"rowbox card\"><table class=\"rows\" role=\"table\"><caption class=\"vh\">",
        caption, "</caption><thead role=\"rowgroup\"><tr role=\"row\">");
    for (size_t i = 0; i < n; i++) {
        html(b, "<th role=\"columnheader\" scope=\"col\"");
        if (columns[i].number)
            html(b, " class=\"num\"");
        html(b, ">", columns[i].label, "</th>");
    }
    html(b, "</tr></thead><tbody role=\"rowgroup\">");
    return (struct part_rows) { .b = b, .columns = columns, .n = n };
}

static void end_row(struct part_rows *rows)
{
    if (!rows->in_row)
        return;
    must(rows->at == rows->n);
    html(rows->b, "</td></tr>");
    rows->in_row = false;
}

void part_row(struct part_rows *rows)
{
    end_row(rows);
    html(rows->b, "\n<tr role=\"row\">");
    rows->in_row = true;
    rows->at = 0;
}

static void class_of(struct buf *b, const struct part_column *column)
{
    const struct {
        bool on;
        const char *word;
    } words[] = { { column->full, "full" }, { column->number, "num" }, { column->muted, "muted" },
        { column->whole, "nb" }, { column->any, "any" } };
    const char *between = "";
    html(b, " class=\"");
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (!words[i].on)
            continue;
        html(b, between, words[i].word);
        between = " ";
    }
    html(b, "\"");
}

void part_cell(struct part_rows *rows)
{
    must(rows->in_row && rows->at < rows->n);
    const struct part_column *column = &rows->columns[rows->at];
    if (rows->at++ > 0)
        html(rows->b, "</td>");
    html(rows->b, "<td role=\"cell\"");
    if (column->full || column->number || column->muted || column->whole || column->any)
        class_of(rows->b, column);
    if (column->labelled)
        html(rows->b, " data-label=\"", column->label, "\"");
    html(rows->b, ">");
}

void part_rows_close(struct part_rows *rows)
{
    end_row(rows);
    html(rows->b, "</tbody></table></div>");
}

void part_empty(struct buf *b, const struct part_empty *empty)
{
    html(b, "<div class=\"empty\">");
    part_icon(b, empty->icon);
    html(b, "<h2>", empty->title, "</h2><p class=\"muted\">", empty->sentence, "</p>");
    if (empty->href.n > 0)
        part_button(b,
            &(struct part_button) {
                .kind = BUTTON_QUIET, .words = empty->action, .href = empty->href });
    html(b, "</div>");
}

void part_box(struct buf *b, const struct part_box *box)
{
    /* A region is for what scrolls; a page full of regions of one name helps nobody. */
    html(b, "<div class=\"box", box->brief ? " brief" : "", "\"><pre");
    if (!box->brief)
        html(b, " tabindex=\"0\" role=\"region\" aria-label=\"", box->label, "\"");
    html(b, " id=\"", box->id, "\">", box->text,
        "</pre><button class=\"btn quiet small\" "
        "type=\"button\" data-copy=\"#",
        box->id, "\" hidden>Copy</button></div>");
}

void part_copies(struct buf *b, struct str id, const struct part_copy *copy, size_t n)
{
    html(b, "<dl class=\"facts\">");
    for (size_t i = 0; i < n; i++) {
        html(b, "\n<dt>", copy[i].what, "</dt><dd>");
        part_box(b,
            &(struct part_box) {
                .id = str_fmt(b->arena, "%.*s-%zu", SARG(id), i),
                .label = copy[i].what,
                .text = copy[i].text,
                .brief = true,
            });
        html(b, "</dd>");
    }
    html(b, "</dl>");
}

void part_tabs(
    struct buf *b, struct str label, const struct part_link *links, size_t n, struct str here)
{
    html(b, "<nav class=\"tabs\" aria-label=\"", label, "\">");
    for (size_t i = 0; i < n; i++) {
        html(b, "<a href=\"");
        html_url(b, links[i].href);
        html(b, "\"");
        if (str_eq(links[i].href, here))
            html(b, " aria-current=\"page\"");
        html(b, ">", links[i].words, "</a>");
    }
    html(b, "</nav>");
}

void part_pages(struct buf *b, const struct part_pages *pages)
{
    html(b, "<nav class=\"row apart\" aria-label=\"Pages\"><span class=\"muted\">",
        number_text(b->arena, pages->shown), pages->older.n > 0 ? " of many" : " in all",
        "</span>");
    html(b, "<span class=\"row\">");
    if (pages->newest.n > 0) {
        html(b, "<a class=\"btn quiet small\" href=\"");
        html_url(b, pages->newest);
        html(b, "\">Newest</a>");
    }
    if (pages->older.n > 0) {
        html(b, "<a class=\"btn quiet small\" rel=\"next\" href=\"");
        html_url(b, pages->older);
        html(b, "\">Older</a>");
    }
    html(b, "</span></nav>");
}

/* "ORD-2026-000123", "INV-2026-000123": how many bytes of it stand here. */
static size_t number_len(struct str text)
{
    size_t n = 4;
    if (!str_starts(text, S("ORD-")) && !str_starts(text, S("INV-")))
        return 0;
    while (n < text.n && ((text.p[n] >= '0' && text.p[n] <= '9') || text.p[n] == '-'))
        n++;
    return n;
}

void part_words(struct buf *b, struct str text)
{
    size_t from = 0;
    for (size_t i = 0; i < text.n; i++) {
        size_t n = number_len(str_from(text, i));
        if (n == 0)
            continue;
        html(b, str_part(text, from, i - from), "<span class=\"nb\">", str_part(text, i, n),
            "</span>");
        from = i + n;
        i = from - 1;
    }
    html(b, str_from(text, from));
}

void part_story_open(struct buf *b)
{
    html(b, "<ol class=\"story\">");
}

void part_event_open(struct buf *b, const struct part_event *event)
{
    html(b, "<li><span class=\"dot ", tone_class(event->tone), "\">");
    part_icon(b, event->icon);
    html(b, "</span><div class=\"head\"><h3>");
    part_words(b, event->title);
    html(b, "</h3>");
    if (event->exact)
        part_time_exact(b, event->at_ms);
    else
        part_time(b, event->at_ms);
    html(b, "</div><p class=\"small muted\">");
}

void part_event_close(struct buf *b)
{
    html(b, "</p></li>");
}

void part_story_close(struct buf *b)
{
    html(b, "</ol>");
}

void part_segment(
    struct buf *b, struct str label, const struct part_link *links, size_t n, size_t here)
{
    html(b, "<nav class=\"seg\" aria-label=\"", label, "\">");
    for (size_t i = 0; i < n; i++) {
        html(b, "<a href=\"");
        html_url(b, links[i].href);
        html(b, "\"");
        if (i == here)
            html(b, " aria-current=\"true\"");
        html(b, ">", links[i].words, "</a>");
    }
    html(b, "</nav>");
}

/* On a phone only the bars are seen, and the sentence before them. */
void part_steps(struct buf *b, const struct part_steps *steps)
{
    html(b, "<p class=\"step-now\">", steps->now, "</p><ol class=\"steps\" aria-label=\"",
        steps->label, "\">");
    for (size_t i = 0; i < steps->n; i++) {
        const struct part_link *step = &steps->step[i];
        if (i < steps->here)
            html(b, "<li class=\"done\">");
        else if (i == steps->here)
            html(b, "<li aria-current=\"step\">");
        else
            html(b, "<li>");
        if (i < steps->here && step->href.n > 0) {
            html(b, "<a href=\"");
            html_url(b, step->href);
            html(b, "\">", step->words, "</a></li>");
        } else {
            html(b, "<span>", step->words, "</span></li>");
        }
    }
    html(b, "</ol>");
}
