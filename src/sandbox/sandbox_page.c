#include "sandbox/sandbox_page.h"

#include "base/url.h"

struct buf *sandbox_page_begin(
    struct req *r, const struct simulator *of, const struct page_head *head)
{
    r->c->site = of->site;
    struct buf *b = page_open(r, head);
    html(b, "<p class=\"simulated small muted\">This page stands in for ", of->title,
        ". Every way in which this can end is a button.</p>\n");
    return b;
}

void sandbox_page_problem(struct buf *b, struct str problem)
{
    if (problem.n == 0)
        return;
    part_note_open(b, &(struct part_note) { TONE_BAD, ICON_ALERT, true });
    html(b, problem);
    part_note_close(b);
}

void sandbox_page_leaves(struct req *r, const struct str *to, size_t n)
{
    struct buf b = BUF(r->c->arena);
    buf_add(&b,
        S("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
          "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"));
    for (size_t i = 0; i < n; i++) {
        struct url url;
        const char *why = NULL;
        if (to[i].n > 0 && url_parse(r->c->arena, to[i], 0, &url, &why))
            buf_fmt(&b, " %.*s", SARG(url_origin(r->c->arena, &url)));
    }
    answer_header(r, S("Content-Security-Policy"), buf_str(&b));
}

void sandbox_page_waits(struct buf *b)
{
    html(b,
        "<h1>Your payment is on its way</h1>\n"
        "<p>It is certain in a minute of the sandbox's clock.</p>");
}

void sandbox_page_back(struct buf *b, struct str href)
{
    html(b, "<p class=\"row\">");
    part_button(b, &(struct part_button) { .words = S("Back to the shop"), .href = href });
    html(b, "</p>");
}

void sandbox_page_button(struct buf *b, struct str act, struct str words, enum button_kind kind)
{
    bool pays = kind == BUTTON_FILLED;
    part_button(b,
        &(struct part_button) {
            .words = words,
            .kind = kind,
            .icon = pays ? ICON_LOCK : ICON_NONE,
            .name = S("act"),
            .value = act,
            .pays = pays,
            .busy = pays ? S("Paying…") : S(""),
        });
}
