#include "web/part.h"

/* Parts of buying: choices, the bill, codes, what is for sale. */

static void pick(struct buf *b, const struct part_picks *picks, const struct part_pick *p, size_t i)
{
    bool off = p->why.n > 0, chosen = !off && str_eq(p->value, picks->chosen);
    struct str below = off ? p->why : p->more;
    html(b, "\n<label class=\"pick\"><input type=\"radio\" name=\"", picks->name, "\" value=\"",
        p->value, "\"");
    /* The summary's link leads to the first. */
    if (i == 0)
        html(b, " id=\"", picks->name, "\"");
    html(b, chosen ? " checked" : "", off ? " disabled" : "", " required");
    if (below.n > 0)
        html(b, " aria-describedby=\"", picks->name, "-", p->value, "\"");
    html(b, "><span class=\"name\">", p->words, "</span><span class=\"small muted\">", p->aside,
        "</span>");
    if (below.n > 0)
        html(b, "<span class=\"sub\" id=\"", picks->name, "-", p->value, "\">", below, "</span>");
    html(b, "</label>");
}

void part_picks(struct buf *b, const struct part_picks *picks)
{
    html(b, "<fieldset");
    if (picks->error.n > 0)
        html(b, " aria-describedby=\"", picks->name, "-e\"");
    html(b, "><legend class=\"legend\">", picks->legend, "</legend>");
    part_error(b, picks->name, picks->error);
    html(b, "<div class=\"picks\">");
    for (size_t i = 0; i < picks->n; i++)
        pick(b, picks, &picks->pick[i], i);
    html(b, "</div></fieldset>");
}

/* ---- the bill */

void part_bill_open(struct buf *b, struct str caption)
{
    html(b, "<table class=\"bill\"><caption class=\"vh\">", caption, "</caption><tbody>");
}

void part_bill_item(struct buf *b, const struct part_item *item)
{
    html(b, "\n<tr><th scope=\"row\">");
    if (item->field.n == 0 && item->quantity != 1)
        html(b, "<bdi>", item->words, "</bdi> <span class=\"nb\">× ",
            number_text(b->arena, item->quantity), "</span>");
    else
        html(b, "<bdi>", item->words, "</bdi>");
    if (item->more.n > 0)
        html(b, "<br><span class=\"small muted\">", item->more, "</span>");
    if (item->field.n > 0)
        html(b, "<span class=\"count\"><label class=\"vh\" for=\"", item->field, "\">Quantity of ",
            item->words, "</label><input class=\"input\" id=\"", item->field, "\" name=\"",
            item->field, "\" form=\"", item->form,
            "\" type=\"number\" inputmode=\"numeric\" min=\"0\" max=\"10000\" value=\"",
            item->quantity, "\" required data-quote></span>");
    html(b, "</th><td>", item->amount, "</td></tr>");
}

void part_bill_foot(struct buf *b)
{
    html(b, "</tbody><tfoot>");
}

void part_bill_line(struct buf *b, struct str words, struct money amount)
{
    html(b, "\n<tr><th scope=\"row\">", words, "</th><td>", amount, "</td></tr>");
}

void part_bill_total(struct buf *b, struct str words, struct money total)
{
    html(b, "\n<tr class=\"total\"><th scope=\"row\">", words);
    part_currency(b, total);
    html(b, "</th><td class=\"total-vt\">", total, "</td></tr>");
}

void part_bill_close(struct buf *b)
{
    html(b, "</tfoot></table>");
}

/* ---- a code */

void part_coupon(struct buf *b, const struct part_coupon *k)
{
    if (k->applied) {
        html(b, "<p class=\"row\"><input type=\"hidden\" name=\"coupon\" form=\"", k->form,
            "\" value=\"", k->code, "\">");
        part_button(b,
            &(struct part_button) { .kind = BUTTON_PLAIN,
                .words = k->drop,
                .form = k->form,
                .name = S("do"),
                .value = S("drop"),
                .any = true });
        html(b, "</p>");
        return;
    }
    html(b, "<details", k->error.n > 0 ? " open" : "", "><summary>", k->ask,
        "</summary><div class=\"stack tight\"><div class=\"field\"><label for=\"coupon\">",
        k->label, "</label><input class=\"input\" id=\"coupon\" name=\"coupon\" form=\"", k->form,
        "\" autocapitalize=\"characters\" autocomplete=\"off\" spellcheck=\"false\" "
        "maxlength=\"64\"");
    if (k->error.n > 0)
        html(b, " aria-invalid=\"true\" aria-describedby=\"coupon-e\"");
    if (k->code.n > 0)
        html(b, " value=\"", k->code, "\"");
    html(b, ">");
    part_error(b, S("coupon"), k->error);
    html(b, "</div><p>");
    part_button(b,
        &(struct part_button) { .kind = BUTTON_QUIET,
            .words = k->apply,
            .form = k->form,
            .name = S("do"),
            .value = S("update"),
            .any = true });
    html(b, "</p></div></details>");
}

void part_trust(struct buf *b, struct str sentence)
{
    html(b, "<p class=\"trust\">");
    part_icon(b, ICON_LOCK);
    html(b, "<span>", sentence, "</span></p>");
}

/* ---- facts */

void part_facts_open(struct buf *b)
{
    html(b, "<dl class=\"facts pairs\">");
}

void part_fact_open(struct buf *b, struct str label)
{
    html(b, "<div><dt>", label, "</dt><dd>");
}

void part_fact_close(struct buf *b)
{
    html(b, "</dd></div>");
}

void part_facts_close(struct buf *b)
{
    html(b, "</dl>");
}

void part_fact(struct buf *b, struct str label, struct str value)
{
    if (value.n == 0)
        return;
    part_fact_open(b, label);
    html(b, "<span class=\"any\">", value, "</span>");
    part_fact_close(b);
}

/* ---- what is for sale */

void part_media(struct buf *b, struct str image, struct str words)
{
    html(b, "<div class=\"media\">");
    if (image.n > 0) {
        html(b, "<img src=\"");
        html_url(b, image);
        html(b, "\" alt=\"", words, "\" width=\"800\" height=\"600\">");
    } else {
        part_icon(b, ICON_BOX);
    }
    html(b, "</div>");
}

void part_shelf_open(struct buf *b)
{
    html(b, "<ul class=\"shelf\">");
}

void part_product(struct buf *b, const struct part_product *p)
{
    html(b, "\n<li class=\"card product\">");
    part_media(b, p->image, S(""));
    html(b, "<div class=\"words\"><h2>");
    if (p->href.n > 0) {
        html(b, "<a href=\"");
        html_url(b, p->href);
        html(b, "\">", p->name, "</a>");
    } else {
        html(b, p->name);
    }
    html(b, "</h2><p class=\"small muted\">", p->more, "</p><p class=\"row apart price\">");
    if (p->price.cur != CUR_NONE)
        html(b, "<strong class=\"money\">", p->price, "</strong>");
    if (p->why.n > 0)
        part_badge(b, TONE_REST, ICON_CLOCK, p->why);
    else if (p->badge.n > 0)
        part_badge(b, TONE_INFO, ICON_CHECK, p->badge);
    html(b, "</p></div></li>");
}

void part_shelf_close(struct buf *b)
{
    html(b, "</ul>");
}

void part_tick(struct buf *b)
{
    html(b,
        "<svg class=\"tick\" viewBox=\"0 0 64 64\" aria-hidden=\"true\">"
        "<circle cx=\"32\" cy=\"32\" r=\"29\"/><path d=\"m18 33 9 9 19-20\"/></svg>");
}
