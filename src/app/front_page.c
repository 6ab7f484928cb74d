#include "app/front_page.h"

#include "web/part_sample.h"

/* What works is only said where its route is: the page stays honest by itself. */
static const struct {
    const char *needs; /* a path, or NULL */
    struct str title, more;
} works[] = {
    { NULL, S_INIT("A store that keeps its word"),
        S_INIT("What is answered is on disk. Waiting writes share one commit, on SQLite or on "
               "PostgreSQL, with the same statements.") },
    { NULL, S_INIT("A server that is hard to fool"),
        S_INIT("One strict reading of every request, deadlines for all of it, and a clear "
               "refusal when there is more work than time.") },
    { NULL, S_INIT("Who is asking"),
        S_INIT("API keys with roles, user tokens, sessions, limits. A foreign thing answers "
               "like a missing one.") },
    { NULL, S_INIT("The same question, the same answer"),
        S_INIT("An Idempotency-Key sent twice gets the same bytes twice, also after a crash "
               "between asking and knowing.") },
    { NULL, S_INIT("Books and facts"),
        S_INIT("A double-entry ledger that nobody can edit, and a sealed chain of who did "
               "what.") },
    { NULL, S_INIT("Work for later"),
        S_INIT("Jobs outlive restarts, wait longer after each failure, and raise an alert "
               "before they are forgotten.") },
    { "/admin", S_INIT("A first console"),
        S_INIT("What needs a person, the jobs, the alerts, the keys, the audit trail.") },
};

static const struct {
    struct str title, more;
} missing[] = {
    { S_INIT("A shop"), S_INIT("Catalogue, pricing pages, checkout and accounts.") },
    { S_INIT("Gateways"),
        S_INIT("Stripe, Flutterwave, Eversend, MoneyMotion: no payment can be "
               "taken, not even a simulated one.") },
    { S_INIT("What people buy"), S_INIT("Plans, credits, memberships, downloads, sellers.") },
    { S_INIT("What comes after"), S_INIT("Refunds, disputes, invoices, reports.") },
};

static const struct {
    const char *path;
    struct str about;
} addresses[] = {
    { "/healthz", S_INIT("the process answers") },
    { "/readyz", S_INIT("it may be given work") },
    { "/metrics", S_INIT("what it has counted (key)") },
    { "/openapi.json", S_INIT("the API, for programs") },
    { "/docs", S_INIT("the API, for people") },
    { "/_sandbox/parts", S_INIT("every part of a page") },
};

static void write_works(struct buf *b, const struct front *front)
{
    html(b, "<section class=\"card stack\"><h2>Works today</h2><ul class=\"ticks loose\">");
    for (size_t i = 0; i < ARRAY_LEN(works); i++) {
        if (works[i].needs != NULL && !front->there(works[i].needs))
            continue;
        html(b, "\n<li>");
        part_icon(b, ICON_CHECK);
        html(b, "<div><h3>", works[i].title, "</h3><p class=\"small muted\">", works[i].more,
            "</p></div></li>");
    }
    html(b, "</ul></section>\n");
}

static void write_missing(struct buf *b)
{
    html(b, "<section class=\"card stack\"><div class=\"row\"><h2>Not yet</h2>");
    part_badge(b, TONE_REST, ICON_DOTS, S("Planned"));
    html(b, "</div><ul class=\"ticks loose rest\">");
    for (size_t i = 0; i < ARRAY_LEN(missing); i++) {
        html(b, "\n<li>");
        part_icon(b, ICON_CLOCK);
        html(b, "<div><h3>", missing[i].title, "</h3><p class=\"small muted\">", missing[i].more,
            "</p></div></li>");
    }
    html(b, "</ul></section>\n");
}

static void write_try(struct buf *b, const struct front *front)
{
    struct str curl = str_fmt(b->arena, "curl -i %.*s/healthz", SARG(front->origin));
    if (front->key.n > 0 && front->there("/api/events"))
        curl = str_fmt(b->arena, "curl -i -H \"Authorization: Bearer %.*s\" \\\n  %.*s/api/events",
            SARG(front->key), SARG(front->origin));
    html(b, "<section class=\"card stack\"><h2>Ask it something</h2>");
    part_box(b, &(struct part_box) { .id = S("ask"), .label = S("Example request"), .text = curl });
    html(b, "</section>\n");
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

static void write_sign_in(struct buf *b, const struct front *front)
{
    if (!front->there("/login"))
        return;
    html(b, "<div class=\"row\">");
    part_button(
        b, &(struct part_button) { .words = S("Sign in as a demo person"), .href = S("/login") });
    html(b, "<span class=\"small muted\">Nobody needs a password here.</span></div>\n");
}

static void write_closed(struct req *r)
{
    const struct site *site = site_of(r->c);
    struct buf *b = page_open(r, &(struct page_head) { .title = S("Welcome"), .narrow = true });
    html(b, "<div class=\"intro\"><h1>", site->name,
        "</h1><p class=\"lead\">This shop is being set up.</p></div>");
    page_close(r);
}

void front_write(struct req *r, const struct front *front)
{
    if (!site_of(r->c)->sandbox) {
        write_closed(r);
        return;
    }
    struct buf *b = page_open(r, &(struct page_head) { .title = S("The engine is running") });
    html(b,
        "<div class=\"intro\"><h1>The engine is running</h1><p class=\"lead\">purser takes "
        "payments for an application, in one program and one file. This is its first floor: "
        "what is listed as working works, and nothing else is promised.</p></div>\n");
    write_sign_in(b, front);
    html(b, "<div class=\"split\"><div class=\"stack loose\">\n");
    write_works(b, front);
    write_try(b, front);
    html(b, "</div><div class=\"stack loose\">\n");
    write_missing(b);
    write_addresses(b, front);
    html(b, "</div></div>");
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
