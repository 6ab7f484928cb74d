#include "console/sheet_page.h"

#include "web/list.h"
#include "web/part.h"

/* /admin/mails: what was written to people, and one of it as they see it. */

struct listing {
    struct list list;
    struct part_rows rows;
};

static enum err one(struct ctx *c, const struct mail_row *m, void *arg)
{
    struct listing *l = arg;
    struct buf *b = l->rows.b;
    if (!list_room(&l->list, m->n))
        return E_OK;
    part_row(&l->rows);
    part_cell(&l->rows);
    html(b, "<a href=\"/admin/mails/", mail_id(c->arena, m), "\">");
    part_words(b, m->mail.subject);
    html(b, "</a>");
    part_cell(&l->rows);
    console_mail_badge(b, m->state);
    part_cell(&l->rows);
    part_mail(b, m->mail.to_address);
    part_cell(&l->rows);
    part_time_exact(b, m->created_ms);
    return E_OK;
}

static enum err state_asked(struct req *r, struct str *ret_text, int64_t *ret)
{
    bool given = false;
    *ret = -1;
    TRY(req_query(r, "status", &given, ret_text));
    for (int64_t i = MAIL_QUEUED; given && i <= MAIL_PARKED; i++)
        if (str_eq(mail_state_text((enum mail_state)i), *ret_text))
            *ret = i;
    if (given && ret_text->n > 0 && *ret < 0)
        return fail(r->c, INVALID_REQUEST, "status is queued, sent, kept, refused or parked");
    return E_OK;
}

static void write_tabs(struct buf *b, struct str status)
{
    static const struct part_link tabs[] = { { S_INIT("/admin/mails"), S_INIT("All") },
        { S_INIT("/admin/mails?status=queued"), S_INIT("Waiting") },
        { S_INIT("/admin/mails?status=sent"), S_INIT("Sent") },
        { S_INIT("/admin/mails?status=kept"), S_INIT("Kept here") },
        { S_INIT("/admin/mails?status=refused"), S_INIT("Refused") },
        { S_INIT("/admin/mails?status=parked"), S_INIT("Not delivered") } };
    struct str here = tabs[0].href;
    for (size_t i = 1; i < ARRAY_LEN(tabs); i++)
        if (status.n > 0 && str_ends(tabs[i].href, status))
            here = tabs[i].href;
    part_tabs(b, S("Mails by state"), tabs, ARRAY_LEN(tabs), here);
}

static enum err mails(struct req *r)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("Subject") },
        { .label = S_INIT("State") },
        { .label = S_INIT("To"), .any = true, .full = true },
        { .label = S_INIT("Written"), .whole = true, .full = true, .muted = true },
    };
    struct listing l = { 0 };
    struct str status = S("");
    struct mail_filter f = { .state_or_minus_1 = -1 };
    struct buf *b = NULL;
    struct buf rows = BUF(r->c->arena);
    TRY(req_page(r, &l.list.page));
    TRY(state_asked(r, &status, &f.state_or_minus_1));
    f.after_n = l.list.page.after_n;
    f.limit = list_want(&l.list);
    TRY(console_open(
        r, &(struct console_head) { .title = S("Mails"), .here = S("/admin/mails") }, &b));
    html(b, "<div class=\"row apart\"><h1>Mails</h1>");
    if (console_may(r, CONSOLE_SUPPORT))
        console_csv_link(b, S("/admin/csv/mails"),
            status.n > 0 ? str_fmt(b->arena, "status=%.*s&", SARG(status)) : S(""));
    html(b, "</div>\n");
    write_tabs(b, status);
    l.rows = part_rows_open(&rows, S("Mails, newest first"), columns, ARRAY_LEN(columns));
    TRY(mail_list(r->c, &f, one, &l));
    part_rows_close(&l.rows);
    struct str query = status.n > 0 ? str_fmt(b->arena, "status=%.*s&", SARG(status)) : S("");
    if (l.list.shown > 0) {
        buf_add(b, buf_str(&rows));
        part_pages(b,
            &(struct part_pages) { .shown = l.list.shown,
                .older = console_older(r, S("/admin/mails"), query, &l.list),
                .newest = l.list.page.after_n > 0
                    ? str_fmt(b->arena, "/admin/mails?%.*s", SARG(query))
                    : S("") });
    } else {
        part_empty(b,
            &(struct part_empty) { .icon = ICON_SEND,
                .title = status.n > 0 ? S("No such mails") : S("No mails yet"),
                .sentence = S("Receipts and notices appear here as they are written."),
                .href = status.n > 0 ? S("/admin/mails") : S("/admin/orders"),
                .action = status.n > 0 ? S("Clear filters") : S("See the orders") });
    }
    console_close(r);
    return E_OK;
}

/* ---- as a file */

static enum err csv_row(struct ctx *c, const struct mail_row *m, void *arg)
{
    struct sheet *sheet = arg;
    struct csv *csv = &sheet->csv;
    sheet_row(sheet, m->n);
    csv_str(csv, mail_id(c->arena, m));
    csv_str(csv, m->mail.kind);
    csv_str(csv, mail_state_text(m->state));
    csv_str(csv, m->mail.to_address);
    csv_str(csv, m->mail.subject);
    csv_str(csv, m->mail.about);
    csv_i64(csv, m->tries);
    csv_str(csv, m->last_error);
    csv_time(csv, m->created_ms);
    csv_time(csv, m->done_ms);
    csv_end(csv);
    return E_OK;
}

static enum err csv_piece(struct ctx *c, struct sheet *sheet)
{
    struct mail_filter f = *(const struct mail_filter *)sheet->filter;
    f.after_n = sheet->after;
    f.limit = SHEET_PIECE;
    return mail_list(c, &f, csv_row, sheet);
}

static enum err mails_csv(struct req *r)
{
    static const struct str columns[] = { S_INIT("id"), S_INIT("kind"), S_INIT("state"),
        S_INIT("to"), S_INIT("subject"), S_INIT("about"), S_INIT("tries"), S_INIT("last error"),
        S_INIT("written"), S_INIT("done") };
    struct mail_filter f = { .state_or_minus_1 = -1 };
    struct str status;
    TRY(state_asked(r, &status, &f.state_or_minus_1));
    return console_sheet(
        r, &(struct sheet_kind) { S("mails"), columns, ARRAY_LEN(columns), csv_piece }, &f);
}

/* ---- one */

static enum err load(struct req *r, struct mail_row *ret)
{
    struct id id;
    if (!id_parse(S("mail"), r->params[0], &id))
        return fail(r->c, NOT_FOUND, "there is no such mail");
    return mail_get(r->c, id, ret);
}

static void write_facts(struct buf *b, const struct mail_row *m)
{
    part_facts_open(b);
    part_fact_open(b, S("State"));
    console_mail_badge(b, m->state);
    part_fact_close(b);
    part_fact(b, S("To"), m->mail.to_address);
    if (m->mail.about.n > 0) {
        part_fact_open(b, S("About"));
        console_id(b, m->mail.about);
        part_fact_close(b);
    }
    part_fact_open(b, S("Written"));
    part_time_exact(b, m->created_ms);
    part_fact_close(b);
    part_fact(b, S("Tries"), number_text(b->arena, m->tries));
    part_fact(b, S("Last error"), m->last_error);
    part_facts_close(b);
}

static enum err mail(struct req *r)
{
    struct mail_row m;
    struct buf *b = NULL;
    TRY(load(r, &m));
    TRY(console_open(
        r, &(struct console_head) { .title = m.mail.subject, .here = S("/admin/mails") }, &b));
    /* The mail's own page, and only there. */
    answer_header(r, S("Content-Security-Policy"),
        S("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src "
          "'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"));
    console_crumb(b, S("/admin/mails"), S("Mails"));
    TRY(console_note(r, b));
    html(b, "<h1 class=\"any\">");
    part_words(b, m.mail.subject);
    html(b, "</h1>\n");
    if (m.state == MAIL_KEPT) {
        html(b,
            "<p class=\"muted\">There is no mail server: mails are kept here and read here.</p>\n");
    } else if (console_may(r, CONSOLE_SUPPORT)) {
        html(b, "<div class=\"row\">");
        console_deed(r, b,
            &(struct console_deed) {
                .action = str_fmt(b->arena, "/admin/mails/%.*s/resend", SARG(r->params[0])),
                .words = S("Send again") });
        html(b, "</div>\n");
    }
    html(b, "<section class=\"card\" aria-label=\"Facts\">");
    write_facts(b, &m);
    html(b, "</section>\n");
    if (m.mail.html.n > 0)
        html(b,
            "<section class=\"stack\" aria-labelledby=\"seen\"><h2 id=\"seen\">As it is "
            "seen</h2><iframe class=\"preview\" sandbox title=\"The mail as it is seen\" "
            "src=\"/admin/mails/",
            r->params[0], "/html\"></iframe></section>\n");
    html(b, "<section class=\"stack\" aria-labelledby=\"text\"><h2 id=\"text\">As text</h2>");
    part_box(b,
        &(struct part_box) { .id = S("mail-text"), .label = S("The text"), .text = m.mail.text });
    html(b, "</section>");
    console_close(r);
    return E_OK;
}

/* The mail alone: no script, nothing from anywhere, and in a frame of ours only. */
static enum err mail_html(struct req *r)
{
    struct mail_row m;
    TRY(load(r, &m));
    answer_header(r, S("Content-Security-Policy"),
        S("default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
          "frame-ancestors 'self'; sandbox"));
    answer_text(r, 200, S("text/html; charset=utf-8"),
        m.mail.html.n > 0 ? m.mail.html : S("<!doctype html><title>No HTML</title>"));
    return E_OK;
}

static enum err resend(struct req *r)
{
    struct id id;
    if (!id_parse(S("mail"), r->params[0], &id))
        return fail(r->c, NOT_FOUND, "there is no such mail");
    TRY(mail_resend(r->c, id));
    console_after(r, str_fmt(r->c->arena, "/admin/mails/%.*s", SARG(r->params[0])), "resent");
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/admin/mails", SHAPE_READ, NULL, mails, NULL, 0, ALLOW_ADMIN | ALLOW_VIEWER,
        ROUTE_PAGE, 0, "The console: mails." },
    { "GET", "/admin/csv/mails", SHAPE_CALL, NULL, mails_csv, NULL, 0, ALLOW_ADMIN | ALLOW_SUPPORT,
        ROUTE_PAGE, 0, "The console: mails as a file." },
    { "GET", "/admin/mails/{id}", SHAPE_READ, NULL, mail, NULL, 0, ALLOW_ADMIN | ALLOW_SUPPORT,
        ROUTE_PAGE, 0, "The console: one mail." },
    { "GET", "/admin/mails/{id}/html", SHAPE_READ, NULL, mail_html, NULL, 0,
        ALLOW_ADMIN | ALLOW_SUPPORT, ROUTE_PAGE, 0, "The console: a mail as it is seen, alone." },
    { "POST", "/admin/mails/{id}/resend", SHAPE_WRITE, NULL, resend, NULL, 0,
        ALLOW_ADMIN | ALLOW_SUPPORT, ROUTE_PAGE, 0, "The console: send a mail again." },
};
const struct routes console_mails_routes = { table, ARRAY_LEN(table) };
