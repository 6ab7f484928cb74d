#include "app/front_page.h"

#include "web/part_sample.h"

/* The five jobs of the guides, and whether they can be done yet: what works has an address. */
static const struct {
    struct str title, more;
    const char *path; /* NULL: not yet */
    struct str action;
} jobs[] = {
    { S_INIT("A shop"), S_INIT("Buy stickers as a guest, with a card or crypto, a code and tax."),
        "/store", S_INIT("Open the store") },
    { S_INIT("Memberships"), S_INIT("Pay once a month or a year, by card or by phone."),
        "/membership", S_INIT("Become a member") },
    { S_INIT("Plans"), S_INIT("Free, Basic, Creator, Team: subscribe, change, cancel."), "/pricing",
        S_INIT("Choose a plan") },
    { S_INIT("Credits"),
        S_INIT("Bought in packs, spent by the application, given back when it fails."), "/pricing",
        S_INIT("See what they cost") },
    { S_INIT("A marketplace"), S_INIT("People sell their works, and are paid their share."), NULL,
        S_INIT("") },
};

static const struct {
    const char *path;
    struct str about;
} addresses[] = {
    { "/admin", S_INIT("the console") },
    { "/login", S_INIT("become a demo person") },
    { "/healthz", S_INIT("the process answers") },
    { "/readyz", S_INIT("it may be given work") },
    { "/metrics", S_INIT("what it has counted (key)") },
    { "/openapi.json", S_INIT("the API, for programs") },
    { "/docs", S_INIT("the API, for people") },
    { "/_sandbox", S_INIT("test cards, the clock, what goes wrong") },
    { "/_sandbox/parts", S_INIT("every part of a page") },
};

/* One button is filled: that of the first job that works. */
static void write_jobs(struct buf *b, const struct front *front)
{
    enum button_kind kind = BUTTON_FILLED;
    html(b, "<div class=\"cards\">");
    for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
        bool works = jobs[i].path != NULL && front->shop && front->there(jobs[i].path);
        html(b, "\n<section class=\"card job\"><h2>", jobs[i].title, "</h2><p class=\"muted\">",
            jobs[i].more, "</p><p class=\"row\">");
        if (works) {
            part_button(b,
                &(struct part_button) {
                    .kind = kind, .words = jobs[i].action, .href = str_of_c(jobs[i].path) });
            kind = BUTTON_QUIET;
        } else {
            part_badge(b, TONE_REST, ICON_CLOCK, S("Not yet"));
        }
        html(b, "</p></section>");
    }
    html(b, "</div>\n");
}

static void write_try(struct buf *b, const struct front *front)
{
    struct str origin = front->origin;
    struct str curl = str_fmt(b->arena, "curl -i %.*s/healthz", SARG(origin));
    if (front->key.n > 0 && front->shop && front->there("/api/checkout/create"))
        curl = str_fmt(b->arena,
            "curl -X POST %.*s/api/checkout/create \\\n"
            "  -H \"Authorization: Bearer %.*s\" \\\n"
            "  -H \"Idempotency-Key: order-1\" -H \"Content-Type: application/json\" \\\n"
            "  -d '{\"items\":[{\"product\":\"sticker-sheet\",\"quantity\":2}],"
            "\"email\":\"ada@example.com\"}'",
            SARG(origin), SARG(front->key));
    html(b,
        "<section class=\"card stack\"><h2>The same as a program</h2><p class=\"muted\">Opens an "
        "order and answers with the page on which it can be paid.</p>");
    part_box(b, &(struct part_box) { .id = S("ask"), .label = S("Example request"), .text = curl });
    html(b, "</section>\n");
}

static void write_cards(struct buf *b, const struct front *front)
{
    if (front->card_count == 0)
        return;
    html(b,
        "<section class=\"card stack cards-aside\"><h2>Test cards</h2><p class=\"small muted\">Any "
        "name, code and month to come. Never type a real card.</p>");
    part_copies(b, S("card"), front->card, front->card_count);
    html(b, "</section>\n");
}

static void write_clock(struct buf *b, const struct front *front)
{
    if (front->tools.n == 0)
        return;
    html(b, "<section class=\"card stack clock-aside\"><h2>The clock</h2><p>It is ");
    part_time(b, front->now_ms);
    html(b, ". Everything here moves with it, by an hour, a day or a month.</p><p class=\"row\">");
    part_button(b,
        &(struct part_button) {
            .kind = BUTTON_QUIET, .words = S("Move the clock"), .href = S("/_sandbox") });
    html(b, "</p><p><a href=\"");
    html_url(b, str_fmt(b->arena, "%.*s/_sandbox/mail", SARG(front->tools)));
    html(b, "\">Mails that would have been sent</a></p></section>\n");
}

static void write_addresses(struct buf *b, const struct front *front)
{
    html(b, "<section class=\"card stack tight\"><h2>Addresses</h2><ul class=\"links\">");
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++)
        if (front->there(addresses[i].path))
            html(b, "\n<li><a href=\"", addresses[i].path, "\"><code>", addresses[i].path,
                "</code></a><span class=\"small muted\">", addresses[i].about, "</span></li>");
    html(b, "</ul></section>\n");
}

/* What is sold, each with its own page; the first one is the way in. */
static void write_ways(struct buf *b, const struct front *front)
{
    const struct {
        bool there;
        struct str words, path;
    } ways[] = {
        { front->goods || (!front->plans && !front->memberships), S("Open the store"),
            S("/store") },
        { front->memberships, S("Become a member"), S("/membership") },
        { front->plans, S("See plans and prices"), S("/pricing") },
        { front->plans || front->memberships, S("Your account"), S("/account") },
    };
    enum button_kind kind = BUTTON_FILLED;
    html(b, "</div>\n<p class=\"row\">");
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        if (!ways[i].there)
            continue;
        part_button(b,
            &(struct part_button) { .kind = kind, .words = ways[i].words, .href = ways[i].path });
        kind = BUTTON_QUIET;
    }
    html(b, "</p>");
}

/* Outside the sandbox: the name, and the ways to what is for sale. */
static void write_live(struct req *r, const struct front *front)
{
    const struct site *site = site_of(r->c);
    struct buf *b = page_open(r, &(struct page_head) { .title = S("Welcome"), .narrow = true });
    html(b, "<div class=\"intro\"><h1>", site->name, "</h1>");
    if (front->shop) {
        write_ways(b, front);
    } else {
        html(b, "<p class=\"lead\">This shop is being set up.</p></div>");
    }
    page_close(r);
}

void front_write(struct req *r, const struct front *front)
{
    if (!site_of(r->c)->sandbox) {
        write_live(r, front);
        return;
    }
    struct buf *b =
        page_open(r, &(struct page_head) { .title = S("Everything here is simulated") });
    html(b,
        "<div class=\"intro\"><h1>Everything here is simulated</h1><p class=\"lead\">purser takes "
        "payments for an application, in one program and one file. Buy something: no real money "
        "moves. What says \"not yet\" is not here yet.</p></div>\n");
    html(b, "<div class=\"around\">");
    write_jobs(b, front);
    write_cards(b, front);
    write_try(b, front);
    write_clock(b, front);
    write_addresses(b, front);
    html(b, "</div>");
    page_close(r);
}

void front_write_parts(struct req *r)
{
    struct buf *b = page_open(r, &(struct page_head) { .title = S("Parts") });
    html(b,
        "<div class=\"intro\"><h1>Parts</h1><p class=\"lead\">What pages are made of, in every "
        "state.</p></div>\n");
    for (size_t i = 0; i < part_sample_count; i++) {
        const char *name = part_samples[i].name;
        html(b, "<section class=\"stack\" aria-labelledby=\"part-", name, "\"><h2 id=\"part-", name,
            "\">", name, "</h2>\n");
        part_samples[i].write(b);
        html(b, "</section>\n");
    }
    page_close(r);
}
