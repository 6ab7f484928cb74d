#include "web/page.h"

#include "web/asset.h"

static void head_element(struct req *r, struct buf *b, const struct page_head *head)
{
    const struct site *site = site_of(r->c);
    html(b,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        "<meta name=\"color-scheme\" content=\"light dark\"><title>",
        head->errors ? "Error: " : "", head->title, " – ", site->name, "</title>\n");
    html(b,
        "<link rel=\"icon\" href=\"/brand/logo\">"
        "<link rel=\"stylesheet\" href=\"",
        asset_url(b->arena, S("purser.css")), "\">");
    if (site->color.n > 0)
        html(b, "<link rel=\"stylesheet\" href=\"", site_css_url(b->arena, site), "\">");
    if (head->refresh.n > 0) {
        html(b, "<meta http-equiv=\"refresh\" content=\"0;url=");
        html_url(b, head->refresh);
        html(b, "\">");
    }
    html(b, "<script type=\"module\" src=\"", asset_url(b->arena, S("purser.js")),
        "\"></script></head>\n");
}

static void logo(struct buf *b, const struct site *site, struct str href)
{
    html(b, "<a class=\"logo\" href=\"", href, "\"><picture>");
    if (site->logo_dark.n > 0)
        html(b, "<source media=\"(prefers-color-scheme:dark)\" srcset=\"/brand/logo-dark\">");
    html(b, "<img src=\"/brand/logo\" alt=\"\" width=\"28\" height=\"28\"></picture>", site->name,
        "</a>");
}

static void nav(struct buf *b, const struct page_head *head)
{
    if (head->nav_count == 0)
        return;
    html(b, "<nav aria-label=\"Main\">");
    for (size_t i = 0; i < head->nav_count; i++) {
        html(b, "<a href=\"");
        html_url(b, head->nav[i].href);
        html(b, "\"");
        if (str_eq(head->nav[i].href, head->here))
            html(b, " aria-current=\"page\"");
        html(b, ">", head->nav[i].words, "</a>");
    }
    html(b, "</nav>");
}

static void console_tools(struct buf *b, const struct site *site, const struct page_head *head)
{
    part_badge(b, site->sandbox ? TONE_WAIT : TONE_OK, site->sandbox ? ICON_BOX : ICON_LOCK,
        site->sandbox ? S("Sandbox") : S("Live"));
    html(b,
        "<form role=\"search\" action=\"/admin/search\"><label class=\"vh\" for=\"q\">Search "
        "everything</label><input class=\"input\" id=\"q\" name=\"q\" type=\"search\" "
        "placeholder=\"Order, mail, any id\">");
    part_button(b,
        &(struct part_button) { .kind = BUTTON_QUIET, .icon = ICON_SEARCH, .words = S("Search") });
    html(b, "</form><span class=\"who\">", head->person,
        "</span>"
        "<button class=\"btn quiet small menu\" type=\"button\" popovertarget=\"side\">Menu"
        "</button>");
}

static void side(struct req *r, struct buf *b, const struct page_head *head)
{
    struct str group = S("");
    html(b, "<nav class=\"side\" id=\"side\" popover aria-label=\"Console\"><ul>");
    for (size_t i = 0; i < head->side_count; i++) {
        const struct page_side *line = &head->side[i];
        if (!str_eq(line->group, group))
            html(b, "</ul><h2>", line->group, "</h2><ul>");
        group = line->group;
        html(b, "<li><a href=\"");
        html_url(b, line->href);
        html(b, "\"");
        if (str_eq(line->href, head->here))
            html(b, " aria-current=\"page\"");
        html(b, ">", line->words);
        if (line->needs > 0)
            html(b, "<span class=\"badge odd\">", number_text(b->arena, line->needs),
                "<span class=\"vh\"> need you</span></span>");
        html(b, "</a></li>");
    }
    html(b, "</ul>");
    if (r->csrf.n > 0) {
        html(b,
            "<form class=\"leave\" method=\"post\" action=\"/logout\"><span class=\"small muted any\">",
            head->person, "</span><input type=\"hidden\" name=\"csrf\" value=\"", r->csrf, "\">");
        part_button(b,
            &(struct part_button) { .kind = BUTTON_QUIET, .small = true, .words = S("Sign out") });
        html(b, "</form>");
    }
    html(b, "</nav>\n");
}

static void ribbon(struct buf *b, const struct site *site)
{
    html(b, "<p class=\"ribbon\"><span>Sandbox: no real money moves here.");
    if (site->drawer.n > 0)
        html(b, " <a href=\"", site->drawer, "\" data-sheet>Test cards</a>");
    html(b, "</span></p>");
}

struct buf *page_open(struct req *r, const struct page_head *head)
{
    const struct site *site = site_of(r->c);
    struct buf *b = answer_html(r, head->status == 0 ? 200 : head->status);
    bool is_console = head->side_count > 0;
    head_element(r, b, head);
    html(b, "<body");
    if (is_console || head->narrow)
        html(b, " class=\"", is_console ? "console" : "narrow", "\"");
    html(b, "><a class=\"skip\" href=\"#main\">Skip to content</a>\n<header>");
    if (site->sandbox)
        ribbon(b, site);
    html(b, "<div class=\"mast\">");
    logo(b, site, is_console ? S("/admin") : S("/"));
    nav(b, head);
    if (is_console)
        console_tools(b, site, head);
    html(b, "</div></header>\n");
    if (is_console)
        side(r, b, head);
    html(b, "<main id=\"main\" tabindex=\"-1\"");
    if (head->live.n > 0) {
        html(b, " data-live=\"");
        html_url(b, head->live);
        html(b, "\" data-version=\"", head->version, "\"");
    }
    html(b, ">\n");
    return b;
}

/* A mail address or a page. */
static struct str help_url(struct arena *a, struct str support)
{
    bool is_mail = str_has(support, S("@")) && !str_has(support, S("/"));
    return is_mail ? str_fmt(a, "mailto:%.*s", SARG(support)) : support;
}

static void foot(struct buf *b, const struct site *site)
{
    const struct part_link links[] = {
        { site->support.n > 0 ? help_url(b->arena, site->support) : S(""), S("Help") },
        { site->terms, S("Terms") },
        { site->refunds, S("Refunds") },
        { site->privacy, S("Privacy") },
        { site->url, site->name },
    };
    bool any = false;
    for (size_t i = 0; i < ARRAY_LEN(links); i++) {
        if (links[i].href.n == 0)
            continue;
        if (!any)
            html(b, "<footer class=\"foot\"><ul>");
        any = true;
        html(b, "<li><a href=\"");
        html_url(b, links[i].href);
        html(b, "\">", links[i].words, "</a></li>");
    }
    if (any)
        html(b, "</ul></footer>");
}

void page_close(struct req *r)
{
    struct buf *b = &r->out.body;
    html(b, "\n</main>\n");
    foot(b, site_of(r->c));
    html(b, "<div id=\"toasts\" role=\"status\"></div></body></html>\n");
}

/* ---- errors */

/* What is so.  The sentence that was raised says more, and follows. */
static struct str error_title(int status)
{
    static const struct {
        int status;
        struct str title;
    } titles[] = {
        { 400, S_INIT("We cannot read this request") },
        { 401, S_INIT("Please sign in first") },
        { 403, S_INIT("You may not do this") },
        { 404, S_INIT("We cannot find this page") },
        { 405, S_INIT("This page does something else") },
        { 409, S_INIT("This has changed in the meantime") },
        { 413, S_INIT("This is too large") },
        { 422, S_INIT("There is a problem") },
        { 429, S_INIT("Too many tries") },
        { 500, S_INIT("Something failed on our side") },
        { 502, S_INIT("Somebody we asked did not answer") },
        { 503, S_INIT("We are busy") },
    };
    for (size_t i = 0; i < ARRAY_LEN(titles); i++)
        if (titles[i].status == status)
            return titles[i].title;
    return status < 500 ? S("This does not work") : S("Something failed on our side");
}

static struct str error_sentence(const struct error_shown *e)
{
    switch (e->status) {
    case 404:
        return S("It may have moved, or it belongs to another account.");
    case 500:
        return S("Try again in a minute. The reference below finds it in our log.");
    }
    return e->sentence;
}

void page_error(struct req *r, const struct error_shown *e)
{
    const struct site *site = site_of(r->c);
    struct str title = error_title(e->status);
    struct buf *b =
        page_open(r, &(struct page_head) { .status = e->status, .title = title, .narrow = true });
    html(b, "<div class=\"intro\"><h1>", title, "</h1><p>", error_sentence(e), "</p>");
    if (r->c->err.retry_after_s > 0)
        html(b, "<p>Try again in ", r->c->err.retry_after_s,
            r->c->err.retry_after_s == 1 ? " second" : " seconds", ".</p>");
    html(b, "</div>\n<p class=\"row\">");
    bool again = e->status == 403 && r->route != NULL && (r->route->flags & ROUTE_RECENT) != 0;
    if (e->status == 401 || again)
        part_button(b,
            &(struct part_button) { .words = S("Sign in"),
                .href = again
                    ? str_fmt(b->arena, "/login?next=%.*s", SARG(url_encode(b->arena, r->path)))
                    : S("/login") });
    part_button(b,
        &(struct part_button) {
            .kind = e->status == 401 || again ? BUTTON_QUIET : BUTTON_FILLED,
            .words = S("To the start"),
            .href = S("/"),
        });
    /* What is somebody's looks like what is nobody's, to everybody else. */
    if (e->status == 404 && r->c->customer_id.n == 0)
        part_button(b,
            &(struct part_button) {
                .kind = BUTTON_QUIET, .words = S("Sign in"), .href = S("/login") });
    if (site->support.n > 0)
        part_button(b,
            &(struct part_button) {
                .kind = BUTTON_PLAIN,
                .words = S("Get help"),
                .href = help_url(b->arena, site->support),
            });
    html(b, "</p>\n<p class=\"small muted\">Reference <span class=\"any\">", r->c->request_id,
        "</span></p>");
    page_close(r);
}
