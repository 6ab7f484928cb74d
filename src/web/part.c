#include "web/part.h"

#include "base/clock.h"

void part_icon(struct buf *b, enum icon icon)
{
    static const char *const names[] = {
        [ICON_NONE] = "",
#define ICON(id, name) [ICON_##id] = name,
#include "web/icon.def"
#undef ICON
    };
    _Static_assert(ARRAY_LEN(names) == ICON_COUNT, "every icon has a name");
    if (icon == ICON_NONE)
        return;
    html(b, "<svg class=\"ico\" aria-hidden=\"true\"><use href=\"/assets/icons.svg#", names[icon],
        "\"/></svg>");
}

struct str tone_class(enum tone tone)
{
    static const struct str classes[] = {
        [TONE_OK] = S_INIT("ok"),
        [TONE_WAIT] = S_INIT("wait"),
        [TONE_BAD] = S_INIT("bad"),
        [TONE_INFO] = S_INIT("info"),
        [TONE_ODD] = S_INIT("odd"),
        [TONE_REST] = S_INIT("rest"),
    };
    _Static_assert(ARRAY_LEN(classes) == TONE_COUNT, "every tone has a class");
    return classes[tone];
}

void part_badge(struct buf *b, enum tone tone, enum icon icon, struct str word)
{
    html(b, "<span class=\"badge ", tone_class(tone), "\">");
    part_icon(b, icon);
    html(b, word, "</span>");
}

void part_note_open(struct buf *b, const struct part_note *note)
{
    html(b, "<div class=\"note ", tone_class(note->tone), "\"");
    if (note->news)
        html(b, " tabindex=\"-1\" data-focus");
    html(b, ">");
    part_icon(b, note->icon);
    html(b, "<div>");
}

void part_note_close(struct buf *b)
{
    html(b, "</div></div>");
}

void part_time(struct buf *b, int64_t ms)
{
    html(
        b, "<time datetime=\"", time_iso(b->arena, ms), "\">", time_words(b->arena, ms), "</time>");
}

void part_time_exact(struct buf *b, int64_t ms)
{
    struct str iso = time_iso(b->arena, ms), day, rest;
    str_cut(iso, 'T', &day, &rest);
    html(
        b, "<time datetime=\"", iso, "\">", day, " ", str_part(rest, 0, rest.n - 1), " UTC</time>");
}

void part_mail(struct buf *b, struct str address)
{
    size_t from = 0;
    bool is_long = address.n > 30; /* a short one only breaks behind its @ */
    html(b, "<bdi class=\"any\">");
    for (size_t i = 0; i < address.n; i++)
        if (address.p[i] == '@' || (is_long && address.p[i] == '.')) {
            size_t joint = address.p[i] == '@' ? i + 1 : i;
            html(b, str_part(address, from, joint - from), "<wbr>");
            from = joint;
        }
    html(b, str_from(address, from), "</bdi>");
}

void part_money(struct buf *b, struct money m)
{
    html(b, "<span class=\"money\">", m, "</span>");
}

void part_currency(struct buf *b, struct money m)
{
    if (!str_has(money_text(b->arena, m), currency_code(m.cur)))
        html(b, " <span class=\"cur\">", currency_code(m.cur), "</span>");
}

void part_money_big(struct buf *b, struct money m)
{
    html(b, "<p class=\"money big total-vt\">", m);
    part_currency(b, m);
    html(b, "</p>");
}

/* ---- buttons and forms */

/* ' name="value"', or nothing for an empty value. */
static void attribute(struct buf *b, const char *name, struct str value)
{
    if (value.n > 0)
        html(b, " ", name, "=\"", value, "\"");
}

void part_button(struct buf *b, const struct part_button *button)
{
    static const struct str kinds[] = {
        [BUTTON_FILLED] = S_INIT(""),
        [BUTTON_QUIET] = S_INIT(" quiet"),
        [BUTTON_PLAIN] = S_INIT(" plain"),
        [BUTTON_DANGER] = S_INIT(" danger"),
    };
    _Static_assert(ARRAY_LEN(kinds) == BUTTON_KIND_COUNT, "every kind has a class");
    bool is_link = button->href.n > 0;
    html(b, "<", is_link ? "a" : "button", " class=\"btn", kinds[button->kind],
        button->small ? " small" : "", button->pays ? " tall wide" : "",
        button->unscripted ? " nojs" : "", "\"");
    if (is_link) {
        html(b, " href=\"");
        html_url(b, button->href);
        html(b, "\"");
    }
    attribute(b, "name", button->name);
    attribute(b, "value", button->value);
    attribute(b, "form", button->form);
    attribute(b, "data-busy", button->busy);
    if (button->any)
        html(b, " formnovalidate");
    html(b, ">");
    part_icon(b, button->icon);
    html(b, button->words, "</", is_link ? "a" : "button", ">");
}

void part_form_open(struct buf *b, const struct part_form *form)
{
    html(b, "<form class=\"stack\" method=\"post\" action=\"");
    html_url(b, form->action);
    html(b, "\"", form->tried ? " novalidate" : "");
    attribute(b, "enctype", form->documents ? S("multipart/form-data") : S(""));
    attribute(b, "id", form->id);
    html(b, ">");
    html(b, "<input type=\"hidden\" name=\"csrf\" value=\"", form->csrf, "\">");
    if (form->key.n > 0)
        html(b, "<input type=\"hidden\" name=\"key\" value=\"", form->key, "\">");
}

void part_form_close(struct buf *b)
{
    html(b, "</form>");
}

/* id, name, required, and what ties the control to its hint and error. */
static void control_attributes(struct buf *b, const struct part_field *f)
{
    html(b, " class=\"input\" id=\"", f->name, "\" name=\"", f->name, "\"");
    attribute(b, "autocomplete", f->autocomplete);
    attribute(b, "inputmode", f->inputmode);
    if (f->max > 0)
        html(b, " maxlength=\"", f->max, "\"");
    if (!f->optional)
        html(b, " required");
    if (f->quote)
        html(b, " data-quote");
    if (f->error.n > 0)
        html(b, " aria-invalid=\"true\"");
    if (f->hint.n > 0 && f->error.n > 0)
        html(b, " aria-describedby=\"", f->name, "-h ", f->name, "-e\"");
    else if (f->hint.n > 0 || f->error.n > 0)
        html(b, " aria-describedby=\"", f->name, f->hint.n > 0 ? "-h" : "-e", "\"");
}

static void control(struct buf *b, const struct part_field *f)
{
    if (str_eq(f->type, S("textarea"))) {
        html(b, "<textarea");
        control_attributes(b, f);
        /* The first line end after the tag is not part of the text. */
        html(b, ">\n", f->value, "</textarea>");
    } else if (str_eq(f->type, S("select"))) {
        html(b, "<select");
        control_attributes(b, f);
        html(b, ">");
        for (size_t i = 0; i < f->option_count; i++)
            html(b, "<option value=\"", f->options[i].value, "\"",
                str_eq(f->options[i].value, f->value) ? " selected" : "", ">", f->options[i].words,
                "</option>");
        html(b, "</select>");
    } else {
        html(b, "<input");
        control_attributes(b, f);
        html(b, " type=\"", f->type.n > 0 ? f->type : S("text"), "\"");
        /* A password is not sent back. */
        if (!str_eq(f->type, S("password")))
            attribute(b, "value", f->value);
        html(b, ">");
    }
}

void part_error(struct buf *b, struct str name, struct str error)
{
    if (error.n == 0)
        return;
    html(b, "<p class=\"error\" id=\"", name, "-e\">");
    part_icon(b, ICON_ALERT);
    html(b, "<span><span class=\"vh\">Error: </span>", error, "</span></p>");
}

void part_field(struct buf *b, const struct part_field *f)
{
    html(b, "<div class=\"field\"><label for=\"", f->name, "\">", f->label, "</label>");
    if (f->hint.n > 0)
        html(b, "<span class=\"hint\" id=\"", f->name, "-h\">", f->hint, "</span>");
    control(b, f);
    part_error(b, f->name, f->error);
    html(b, "</div>");
}

bool part_has_errors(const struct part_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fields[i].error.n > 0)
            return true;
    return false;
}

void part_summary(struct buf *b, const struct part_field *fields, size_t n)
{
    if (!part_has_errors(fields, n))
        return;
    html(b,
        "<div class=\"summary\" tabindex=\"-1\" data-focus><div role=\"alert\">"
        "<h2>There is a problem</h2><ul>");
    for (size_t i = 0; i < n; i++)
        if (fields[i].error.n > 0)
            html(b, "<li><a href=\"#", fields[i].name, "\">", fields[i].error, "</a></li>");
    html(b, "</ul></div></div>");
}

void part_check(struct buf *b, const struct part_check *k)
{
    html(b, "<div class=\"field\"><label class=\"check\"><input type=\"checkbox\" id=\"", k->name,
        "\" name=\"", k->name, "\" value=\"yes\"", k->checked ? " checked" : "",
        k->required ? " required" : "");
    if (k->error.n > 0)
        html(b, " aria-invalid=\"true\" aria-describedby=\"", k->name, "-e\"");
    html(b, "><span>", k->label, "</span></label>");
    part_error(b, k->name, k->error);
    if (k->href.n > 0) {
        html(b, "<p><a href=\"");
        html_url(b, k->href);
        html(b, "\">", k->link, "</a></p>");
    }
    html(b, "</div>");
}
