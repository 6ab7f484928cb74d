#include "mail/mail_part.h"

#include "base/config.h"
#include "base/html.h"

enum {
    COLUMNS = 72
};

static struct str configured(const struct ctx *c, enum cfg id)
{
    return c->config != NULL && config_has(c->config, id) ? config_str(c->config, id) : S("");
}

/* ---- text */

/* As many columns as characters: wide scripts make a line look longer, never wrong. */
static size_t width_of(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

/* Broken at spaces; a word that is longer than a line (a link) keeps a line of its own. */
static void wrap(struct buf *b, struct str s)
{
    size_t at = 0;
    while (s.n > 0) {
        struct str word;
        (void)str_cut(s, ' ', &word, &s);
        size_t width = width_of(word);
        if (at > 0)
            buf_char(b, at + 1 + width > COLUMNS ? '\n' : ' ');
        at = at > 0 && at + 1 + width <= COLUMNS ? at + 1 + width : width;
        buf_add(b, word);
    }
    buf_char(b, '\n');
}

/* The label to the left, the value to the right edge; two lines where they do not fit. */
static void line(struct buf *b, struct str label, struct str value)
{
    size_t used = width_of(label) + width_of(value);
    buf_add(b, label);
    if (used + 2 > COLUMNS) {
        buf_char(b, '\n');
        used = width_of(value);
    }
    for (; used < COLUMNS; used++)
        buf_char(b, ' ');
    buf_add(b, value);
    buf_char(b, '\n');
}

static void rule(struct buf *b)
{
    for (int i = 0; i < COLUMNS; i++)
        buf_char(b, '-');
    buf_char(b, '\n');
}

/* ---- HTML.  Mail has no stylesheet that all readers honour, so styles stand at the elements; the
 * classes are for dark mode alone, where readers know it. */

#define FONT "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;"
#define TEXT "color:#1b1d26;"
#define MUTED "color:#555a66;"
#define LAYOUT                                                                                     \
    " role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\""

static void html_head(struct mail_draft *d, struct str title, struct str preview, struct str name)
{
    struct buf *b = &d->html;
    html(b, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>", title,
        "</title>\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<meta name=\"supported-color-schemes\" content=\"light dark\">\n"
        "<style>\n"
        "@media (prefers-color-scheme:dark){\n"
        ".pg{background:#14161b!important}\n"
        ".cd{background:#1d2027!important;border-color:#3a3f4a!important}\n"
        ".tx{color:#e6e8ee!important}\n"
        ".mu{color:#a4a9b5!important}\n"
        ".ln{border-color:#3a3f4a!important}\n"
        ".bt{background:#3f63c4!important}\n"
        "}\n"
        "</style>\n</head>\n");
    html(b,
        "<body class=\"pg\" bgcolor=\"#f4f5f7\" style=\"margin:0;background:#f4f5f7\">\n"
        "<div hidden style=\"display:none\">",
        preview,
        "</div>\n"
        "<table" LAYOUT ">"
        "<tr><td align=\"center\" style=\"padding:24px 12px\">\n"
        "<table" LAYOUT " style=\"max-width:560px\">\n"
        "<tr><td class=\"tx\" align=\"left\" style=\"padding:0 4px 16px;" FONT
        "font-size:17px;font-weight:bold;" TEXT "\">",
        name, "</td></tr>\n");
    html(b,
        "<tr><td class=\"cd\" align=\"left\" style=\"background:#ffffff;border:1px solid #dde0e4;"
        "border-radius:12px;padding:24px;" FONT "font-size:16px;line-height:1.5\">\n"
        "<h1 class=\"tx\" style=\"margin:0 0 4px;font-size:22px;line-height:1.3;" TEXT "\">",
        title, "</h1>\n");
}

static void html_row(struct buf *b, struct str label, struct str value, bool total)
{
    if (total)
        html(b,
            "<tr><td class=\"tx ln\" style=\"padding:10px 0;border-top:1px solid #dde0e4;"
            "font-weight:bold;" TEXT "\">",
            label,
            "</td><td class=\"tx ln\" align=\"right\" style=\"padding:10px 0 10px 12px;"
            "border-top:1px solid #dde0e4;font-weight:bold;white-space:nowrap;" TEXT "\">",
            value, "</td></tr>\n");
    else
        html(b, "<tr><td class=\"tx\" style=\"padding:6px 0;" TEXT "\">", label,
            "</td><td class=\"tx\" align=\"right\" style=\"padding:6px 0 6px 12px;" TEXT "\">",
            value, "</td></tr>\n");
}

/* ---- the parts */

struct mail_draft mail_open(struct ctx *c, struct str title, struct str preview)
{
    struct mail_draft d = { .c = c, .text = BUF(c->arena), .html = BUF(c->arena) };
    struct str name = configured(c, CFG_BRAND_NAME);
    if (name.n > 0) {
        buf_add(&d.text, name);
        buf_add(&d.text, S("\n\n"));
    }
    wrap(&d.text, title);
    html_head(&d, title, preview, name);
    return d;
}

void mail_paragraph(struct mail_draft *d, struct str sentences)
{
    buf_char(&d->text, '\n');
    wrap(&d->text, sentences);
    html(&d->html, "<p class=\"tx\" style=\"margin:12px 0;" TEXT "\">", sentences, "</p>\n");
}

void mail_note(struct mail_draft *d, struct str sentences)
{
    buf_char(&d->text, '\n');
    wrap(&d->text, sentences);
    html(&d->html, "<p class=\"mu\" style=\"margin:0 0 12px;" MUTED "\">", sentences, "</p>\n");
}

void mail_lines_open(struct mail_draft *d)
{
    buf_char(&d->text, '\n');
    html(&d->html,
        "<table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\""
        " style=\"margin:16px 0;" FONT "font-size:15px;line-height:1.4\">\n");
}

void mail_fact(struct mail_draft *d, struct str label, struct str value)
{
    line(&d->text, label, value);
    html_row(&d->html, label, value, false);
}

/* It may be broken anywhere, or it would push the rest off a phone. */
void mail_reference(struct mail_draft *d, struct str label, struct str id)
{
    line(&d->text, label, id);
    html(&d->html, "<tr><td class=\"tx\" style=\"padding:6px 0;" TEXT "\">", label,
        "</td><td class=\"tx\" align=\"right\" style=\"padding:6px 0 6px 12px;"
        "word-break:break-all;" TEXT "\">",
        id, "</td></tr>\n");
}

void mail_line(struct mail_draft *d, struct str label, struct money amount)
{
    mail_fact(d, label, money_text(d->c->arena, amount));
}

void mail_total(struct mail_draft *d, struct str label, struct money amount)
{
    struct str value = money_text_code(d->c->arena, amount);
    rule(&d->text);
    line(&d->text, label, value);
    html_row(&d->html, label, value, true);
}

void mail_lines_close(struct mail_draft *d)
{
    html(&d->html, "</table>\n");
}

void mail_link(struct mail_draft *d, struct str words, struct str url)
{
    buf_fmt(&d->text, "\n%.*s:\n%.*s\n", SARG(words), SARG(url));
    html(&d->html, "<p style=\"margin:12px 0\"><a class=\"tx\" style=\"" TEXT "\" href=\"");
    html_url(&d->html, url);
    html(&d->html, "\">", words, "</a></p>\n");
}

void mail_button(struct mail_draft *d, struct str words, struct str url)
{
    buf_char(&d->text, '\n');
    buf_add(&d->text, words);
    buf_add(&d->text, S(":\n"));
    buf_add(&d->text, url);
    buf_char(&d->text, '\n');
    html(&d->html, "<p style=\"margin:20px 0 4px\"><a class=\"bt\" href=\"");
    html_url(&d->html, url);
    html(&d->html,
        "\" style=\"display:inline-block;background:#355bbd;color:#ffffff;border-radius:8px;"
        "padding:10px 20px;line-height:24px;font-weight:bold;text-decoration:none\">",
        words, "</a></p>\n");
}

/* An address to write to, or a page to open. */
static void add_support(struct mail_draft *d, struct str support)
{
    struct arena *a = d->c->arena;
    bool page = str_starts(support, S("https://")) || str_starts(support, S("http://"));
    wrap(&d->text, str_fmt(a, "Questions? %.*s", SARG(support)));
    html(&d->html, "<br>Questions? <a class=\"mu\" style=\"" MUTED "\" href=\"");
    html_url(&d->html, page ? support : str_fmt(a, "mailto:%.*s", SARG(support)));
    html(&d->html, "\">", support, "</a>");
}

void mail_close(struct mail_draft *d, struct str why)
{
    struct str support = configured(d->c, CFG_BRAND_SUPPORT);
    buf_add(&d->text, S("\n-- \n"));
    wrap(&d->text, why);
    html(&d->html,
        "</td></tr>\n<tr><td class=\"mu\" align=\"left\" style=\"padding:16px 4px;" FONT
        "font-size:15px;line-height:1.5;" MUTED "\">",
        why);
    if (support.n > 0)
        add_support(d, support);
    html(&d->html, "</td></tr>\n</table>\n</td></tr></table>\n</body>\n</html>\n");
}
