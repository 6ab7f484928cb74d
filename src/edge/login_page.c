#include "edge/login_page.h"

#include "base/origin.h"
#include "edge/admin.h"
#include "web/page.h"

static void what_is_wrong(struct buf *b, struct str sentence)
{
    if (sentence.n == 0)
        return;
    part_note_open(b, &(struct part_note) { .tone = TONE_BAD, .icon = ICON_ALERT, .news = true });
    html(b, "<p>", sentence, "</p>");
    part_note_close(b);
}

static void hidden(struct buf *b, const char *name, struct str value)
{
    if (value.n > 0)
        html(b, "<input type=\"hidden\" name=\"", name, "\" value=\"", value, "\">");
}

/* The sandbox's people: one press and one is them. */
static bool has_people(const struct req *r)
{
    return r->c->edge->options.sandbox && r->c->edge->options.people_count > 0;
}

static void people(struct req *r, struct buf *b, struct str next)
{
    const struct edge_options *options = &r->c->edge->options;
    html(b, "<section class=\"stack\"><h2>Become somebody</h2><div class=\"cards\">");
    for (size_t i = 0; i < options->people_count; i++) {
        const struct demo_person *p = &options->people[i];
        html(b, "<div class=\"card stack\"><div><h3>", p->name, "</h3><p class=\"muted\">",
            p->about, "</p></div>");
        part_form_open(b, &(struct part_form) { .action = S("/login/demo"), .csrf = r->csrf });
        hidden(b, "who", str_of_c(p->id));
        hidden(b, "next", next);
        part_button(b,
            &(struct part_button) {
                .kind = BUTTON_QUIET, .words = str_fmt(b->arena, "Sign in as %s", p->name) });
        part_form_close(b);
        html(b, "</div>");
    }
    html(b, "</div></section>");
}

/* A live shop's customers sign in where they came from. */
static void application(struct buf *b, const struct site *site)
{
    if (site->sandbox || site->url.n == 0)
        return;
    html(b, "<section class=\"stack\"><h2>Customers</h2><p>");
    part_button(b,
        &(struct part_button) { .kind = BUTTON_QUIET,
            .href = site->url,
            .words = str_fmt(b->arena, "Sign in at %.*s", SARG(site->name)) });
    html(b, "</p></section>");
}

static void console(struct req *r, struct buf *b, const struct login_page *page)
{
    html(b, "<section class=\"stack\"><h2>Console</h2>");
    part_form_open(b, &(struct part_form) { .action = S("/login"), .csrf = r->csrf });
    hidden(b, "next", page->next);
    part_field(b,
        &(struct part_field) { .name = S("mail"),
            .label = S("Mail"),
            .type = S("email"),
            .value = page->mail,
            .autocomplete = S("username"),
            .max = 254 });
    part_field(b,
        &(struct part_field) { .name = S("password"),
            .label = S("Password"),
            .type = S("password"),
            .autocomplete = S("current-password"),
            .max = PASSWORD_MAX });
    part_field(b,
        &(struct part_field) { .name = S("code"),
            .label = S("Code"),
            .hint = S("Six digits from your authenticator app, if you use one."),
            .autocomplete = S("one-time-code"),
            .inputmode = S("numeric"),
            .max = 6,
            .optional = true });
    html(b, "<p class=\"row\">");
    part_button(b, &(struct part_button) { .words = S("Sign in"), .busy = S("Signing in…") });
    html(b, "</p>");
    part_form_close(b);
    html(b, "</section>");
}

void login_page(struct req *r, const struct login_page *page)
{
    bool wide = has_people(r);
    struct buf *b = page_open(r,
        &(struct page_head) { .status = page->status,
            .title = S("Sign in"),
            .here = S("/login"),
            .narrow = !wide,
            .errors = page->wrong.n > 0 });
    html(b, "<h1>Sign in</h1>\n");
    what_is_wrong(b, page->wrong);
    html(b, "<div class=\"", wide ? "split" : "stack loose", "\">");
    if (wide)
        people(r, b, page->next);
    application(b, site_of(r->c));
    console(r, b, page);
    html(b, "</div>");
    page_close(r);
}

void password_page(struct req *r, int status, struct str token, struct str wrong)
{
    struct buf *b = page_open(r,
        &(struct page_head) { .status = status,
            .title = S("Choose a password"),
            .narrow = true,
            .errors = wrong.n > 0 });
    html(b, "<h1>Choose a password</h1>\n");
    what_is_wrong(b, wrong);
    part_form_open(b, &(struct part_form) { .action = S("/login/password"), .csrf = r->csrf });
    hidden(b, "token", token);
    part_field(b,
        &(struct part_field) { .name = S("password"),
            .label = S("New password"),
            .hint = S("At least 8 characters; 15 and more are better. Any will do."),
            .type = S("password"),
            .autocomplete = S("new-password"),
            .max = PASSWORD_MAX });
    html(b, "<p class=\"row\">");
    part_button(b, &(struct part_button) { .words = S("Set this password") });
    html(b, "</p>");
    part_form_close(b);
    page_close(r);
}

static enum err get_login(struct req *r)
{
    struct login_page page = { .status = 200 };
    bool given = false;
    TRY(req_query(r, "next", &given, &page.next));
    if (!path_is_local(r->c->arena, page.next))
        page.next = S("");
    login_page(r, &page);
    return E_OK;
}

/* The link is not looked up: whoever opens it learns nothing before a password is sent, and a
 * preview in a chat does not use it up. */
static enum err get_password(struct req *r)
{
    struct str token = S("");
    bool given = false;
    TRY(req_query(r, "token", &given, &token));
    password_page(r, 200, token, S(""));
    return E_OK;
}

static const struct route table[] = {
    {
        .method = "GET",
        .path = "/login",
        .shape = SHAPE_PLAIN,
        .run = get_login,
        .allow = ALLOW_ANYONE,
        .flags = ROUTE_PAGE,
        .about = "The page to sign in on: ?next=PATH.",
    },
    {
        .method = "GET",
        .path = "/login/password",
        .shape = SHAPE_PLAIN,
        .run = get_password,
        .allow = ALLOW_ANYONE,
        .flags = ROUTE_PAGE,
        .about = "Where the link of `admin create` leads: ?token=.",
    },
};
const struct routes login_pages = { table, ARRAY_LEN(table) };
