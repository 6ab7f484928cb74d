#include "app/drawer_page.h"

static void form_open(struct req *r, struct buf *b, const char *act)
{
    part_form_open(b, &(struct part_form) { .action = S("/_sandbox"), .csrf = r->csrf });
    /* The script says where the drawer was opened. */
    html(b,
        "<input type=\"hidden\" name=\"next\" value=\"/_sandbox\" data-here>"
        "<input type=\"hidden\" name=\"do\" value=\"",
        act, "\">");
}

static void cards(struct buf *b, const struct drawer *d)
{
    html(b,
        "<section class=\"stack tight\"><h2>Test cards</h2><p class=\"small muted\">Any name, "
        "code and month to come. Never type a real card.</p>");
    part_copies(b, S("test"), d->card, d->cards);
    html(b, "</section>\n");
}

static void clock(struct req *r, struct buf *b, const struct drawer *d)
{
    static const struct {
        const char *by;
        struct str words;
    } steps[] = { { "1h", S_INIT("+1 hour") }, { "1d", S_INIT("+1 day") },
        { "1mo", S_INIT("+1 month") } };
    html(b, "<section class=\"stack tight\"><h2>The clock</h2><p>It is ");
    part_time(b, d->now_ms);
    html(b, ".</p>");
    form_open(r, b, "clock");
    html(b, "<p class=\"row\">");
    for (size_t i = 0; i < ARRAY_LEN(steps); i++)
        part_button(b,
            &(struct part_button) { .kind = BUTTON_QUIET,
                .words = steps[i].words,
                .busy = S("Moving on…"),
                .name = S("by"),
                .value = str_of_c(steps[i].by) });
    html(b, "</p>");
    part_form_close(b);
    html(b, "</section>\n");
}

static void trouble(struct req *r, struct buf *b, const struct sandbox_trouble *t)
{
    static const struct part_option calls[] = { { S_INIT("no"), S_INIT("answers") },
        { S_INIT("yes"), S_INIT("is away (500)") } };
    static const struct part_option modes[] = { { S_INIT("normal"), S_INIT("come once") },
        { S_INIT("duplicate"), S_INIT("come twice") },
        { S_INIT("reorder"), S_INIT("overtake each other") },
        { S_INIT("hold"), S_INIT("are held back") }, { S_INIT("drop"), S_INIT("are lost") } };
    form_open(r, b, "trouble");
    html(b, "<input type=\"hidden\" name=\"gateway\" value=\"", t->gateway, "\"><h3>", t->title,
        "</h3><div class=\"row ends\">");
    const struct {
        const char *name, *label;
        const struct part_option *option;
        size_t n;
        struct str now;
    } selects[] = { { "away", "The gateway", calls, ARRAY_LEN(calls),
                        t->away ? S("yes") : S("no") },
        { "webhooks", "Its webhooks", modes, ARRAY_LEN(modes), t->webhooks } };
    for (size_t i = 0; i < ARRAY_LEN(selects); i++) {
        html(b, "<label class=\"field\">", selects[i].label, "<select class=\"input\" name=\"",
            selects[i].name, "\">");
        for (size_t o = 0; o < selects[i].n; o++)
            html(b, "<option value=\"", selects[i].option[o].value, "\"",
                str_eq(selects[i].option[o].value, selects[i].now) ? " selected" : "", ">",
                selects[i].option[o].words, "</option>");
        html(b, "</select></label>");
    }
    part_button(b, &(struct part_button) { .kind = BUTTON_QUIET, .words = S("Set") });
    html(b, "</div>");
    part_form_close(b);
    html(b, "\n");
}

static void events(struct buf *b, const struct drawer *d)
{
    html(b, "<section class=\"stack tight\"><h2>What just happened</h2>");
    if (d->events == 0)
        html(b, "<p class=\"muted\">Nothing yet. Buy something.</p>");
    else
        html(b, "<ul class=\"links\">");
    for (size_t i = 0; i < d->events; i++) {
        html(b, "\n<li><a href=\"");
        html_url(b, d->event[i].href);
        html(b, "\">", d->event[i].words, "</a><span class=\"small muted\">");
        part_time(b, d->event[i].at_ms);
        html(b, "</span></li>");
    }
    if (d->events > 0)
        html(b, "</ul>");
    html(b, "<p><a href=\"");
    html_url(b, d->mails);
    html(b, "\">Mails that would have been sent</a></p></section>\n");
}

void drawer_write(struct req *r, const struct drawer *d)
{
    struct buf *b = page_open(r, &(struct page_head) { .title = S("The sandbox"), .narrow = true });
    html(b, "<h1>The sandbox</h1>\n<div class=\"panel stack loose\">\n");
    cards(b, d);
    clock(r, b, d);
    html(b, "<section class=\"stack tight\"><h2>What goes wrong</h2>");
    for (size_t i = 0; i < d->troubles; i++)
        trouble(r, b, &d->trouble[i]);
    html(b, "</section>\n");
    events(b, d);
    html(b, "</div>");
    page_close(r);
}
