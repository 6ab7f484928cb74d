#include "console/period_page.h"
#include "console/sheet_page.h"

#include "base/security.h"
#include "fact/fact.h"
#include "web/list.h"
#include "web/part.h"

/* /admin/audit and /admin/security: who did what, and what attackers tried. */

struct listing {
    struct list list;
    struct part_rows rows;
};

static enum err one(struct ctx *c, const struct fact_row *f, void *arg)
{
    struct listing *l = arg;
    struct buf *b = l->rows.b;
    (void)c;
    if (!list_room(&l->list, f->seq))
        return E_OK;
    part_row(&l->rows);
    part_cell(&l->rows);
    html(b, "<code>");
    console_joints(b, f->kind);
    html(b, "</code>");
    part_cell(&l->rows);
    html(b, f->actor);
    part_cell(&l->rows);
    console_id(b, f->subject);
    part_cell(&l->rows);
    html(b, f->address.n > 0 ? f->address : S("No address"));
    part_cell(&l->rows);
    html(b, "<details><summary>Details</summary><code class=\"any small\">", f->data,
        "</code></details>");
    part_cell(&l->rows);
    part_time_exact(b, f->at_ms);
    return E_OK;
}

struct asked {
    struct fact_filter filter;
    struct console_period period;
};

static enum err read_asked(struct req *r, struct asked *a)
{
    bool given = false;
    *a = (struct asked) { .filter = { .newest_first = true } };
    TRY(req_query(r, "subject", &given, &a->filter.subject));
    TRY(req_query(r, "actor", &given, &a->filter.actor));
    TRY(req_query(r, "action", &given, &a->filter.kind));
    a->filter.subject = str_trim(a->filter.subject);
    a->filter.actor = str_trim(a->filter.actor);
    a->filter.kind = str_trim(a->filter.kind);
    if (a->filter.kind.n > 0 && fact_kind_find(a->filter.kind) == NULL)
        return fail(
            r->c, INVALID_REQUEST, "there is no such action; purser audit actions prints them all");
    TRY(console_period(r, &a->period));
    a->filter.from_ms = a->period.from_ms;
    a->filter.to_ms = a->period.to_ms;
    return E_OK;
}

static struct str query_of(struct arena *a, const struct asked *k, bool with_period)
{
    struct buf q = BUF(a);
    const struct {
        const char *name;
        struct str value;
    } parts[] = { { "subject", k->filter.subject }, { "actor", k->filter.actor },
        { "action", k->filter.kind } };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (parts[i].value.n > 0)
            buf_fmt(&q, "%s=%.*s&", parts[i].name, SARG(url_encode(a, parts[i].value)));
    if (with_period)
        buf_add(&q, console_period_query(a, &k->period));
    return buf_str(&q);
}

static void write_filter(struct buf *b, const struct asked *a)
{
    const struct fact_filter *f = &a->filter;
    html(b, "<details", f->subject.n + f->actor.n + f->kind.n > 0 ? S(" open") : S(""),
        "><summary>Filters</summary><form class=\"row ends\" action=\"/admin/audit\">");
    console_hidden(b, console_period_query(b->arena, &a->period));
    part_field(b,
        &(struct part_field) { .name = S("action"),
            .label = S("Action"),
            .hint = S("Such as ORDER_REVIEW"),
            .value = f->kind,
            .optional = true });
    part_field(b,
        &(struct part_field) { .name = S("actor"),
            .label = S("By whom"),
            .hint = S("Such as admin:adm_…"),
            .value = f->actor,
            .optional = true });
    part_field(b,
        &(struct part_field) { .name = S("subject"),
            .label = S("Of what"),
            .hint = S("An id, such as ord_…"),
            .value = f->subject,
            .optional = true });
    part_button(b, &(struct part_button) { .kind = BUTTON_QUIET, .words = S("Show") });
    html(b, "</form></details>\n");
}

static enum err write_records(struct req *r, struct buf *b, struct asked *a)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("What"), .any = true },
        { .label = S_INIT("By"), .any = true },
        { .label = S_INIT("Of"), .any = true, .full = true },
        { .label = S_INIT("From"), .whole = true },
        { .label = S_INIT("More"), .full = true },
        { .label = S_INIT("When"), .full = true, .muted = true },
    };
    struct listing l = { 0 };
    struct buf rows = BUF(b->arena);
    int64_t below = 0;
    TRY(req_page(r, &l.list.page));
    a->filter.after_seq = l.list.page.after_n;
    a->filter.limit = list_want(&l.list);
    struct str query = query_of(b->arena, a, true);
    l.rows = part_rows_open(&rows, S("Audit records, newest first"), columns, ARRAY_LEN(columns));
    TRY(fact_search(r->c, &a->filter, one, &l, &below));
    part_rows_close(&l.rows);
    if (l.list.shown > 0) {
        buf_add(b, buf_str(&rows));
        part_pages(b,
            &(struct part_pages) { .shown = l.list.shown,
                .older = console_older(r, S("/admin/audit"), query, &l.list),
                .newest = l.list.page.after_n > 0
                    ? str_fmt(b->arena, "/admin/audit?%.*s", SARG(query))
                    : S("") });
    } else {
        part_empty(b,
            &(struct part_empty) { .icon = ICON_SEARCH,
                .title = S("Nothing of this kind"),
                .sentence = S("No record fits what was asked for."),
                .href = S("/admin/audit"),
                .action = S("Clear filters") });
    }
    if (!l.list.more)
        console_further(r, b, FACT_LOOK, S("/admin/audit"), query, below);
    return E_OK;
}

static enum err audit(struct req *r)
{
    struct asked a;
    struct buf *b = NULL;
    TRY(read_asked(r, &a));
    TRY(console_open(
        r, &(struct console_head) { .title = S("Audit"), .here = S("/admin/audit") }, &b));
    html(b, "<div class=\"row apart\"><h1>Audit</h1>");
    console_csv_link(b, S("/admin/csv/audit"), query_of(b->arena, &a, true));
    html(b,
        "</div>\n<p class=\"muted\">What happened and who did it, sealed into one chain. <code>purser audit verify</code> checks all of it.</p>\n");
    html(b, "<div class=\"stack tight\">\n");
    console_period_part(b, &a.period, S("/admin/audit"), query_of(b->arena, &a, false));
    write_filter(b, &a);
    html(b, "</div>\n");
    TRY(write_records(r, b, &a));
    console_close(r);
    return E_OK;
}

/* ---- as a file */

static enum err csv_row(struct ctx *c, const struct fact_row *f, void *arg)
{
    struct sheet *sheet = arg;
    struct csv *csv = &sheet->csv;
    sheet_row(sheet, f->seq);
    csv_str(csv, fact_id(c->arena, f));
    csv_time(csv, f->at_ms);
    csv_str(csv, f->kind);
    csv_str(csv, f->actor);
    csv_str(csv, f->subject);
    csv_str(csv, f->address);
    csv_str(csv, f->user_agent);
    csv_str(csv, f->data);
    csv_end(csv);
    return E_OK;
}

static enum err csv_piece(struct ctx *c, struct sheet *sheet)
{
    struct fact_filter f = ((const struct asked *)sheet->filter)->filter;
    int64_t below = 0;
    f.after_seq = sheet->after;
    do {
        f.limit = (int64_t)(SHEET_PIECE - sheet->in_piece);
        TRY(fact_search(c, &f, csv_row, sheet, &below));
        f.after_seq = below;
    } while (below > 0 && sheet->in_piece < SHEET_PIECE);
    return E_OK;
}

static enum err audit_csv(struct req *r)
{
    static const struct str columns[] = { S_INIT("id"), S_INIT("at"), S_INIT("action"),
        S_INIT("actor"), S_INIT("subject"), S_INIT("address"), S_INIT("user agent"),
        S_INIT("metadata") };
    struct asked a;
    TRY(read_asked(r, &a));
    return console_sheet(
        r, &(struct sheet_kind) { S("audit"), columns, ARRAY_LEN(columns), csv_piece }, &a);
}

/* ---- security */

enum {
    EVENTS = 50
};

static enum err security(struct req *r)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("Kind"), .any = true },
        { .label = S_INIT("From"), .whole = true },
        { .label = S_INIT("What"), .full = true },
        { .label = S_INIT("When"), .whole = true, .full = true, .muted = true },
    };
    struct security_event *event = arena_array(r->c->arena, struct security_event, EVENTS);
    size_t n = security_list(r->c, SECURITY_COUNT, 0, event, EVENTS);
    struct buf *b = NULL;
    TRY(console_open(
        r, &(struct console_head) { .title = S("Security"), .here = S("/admin/security") }, &b));
    html(b,
        "<h1>Security</h1>\n<p class=\"lead\">Keys, tokens, signatures, logins and forms that were refused on this server, newest first.</p>\n");
    if (n == 0) {
        part_empty(b,
            &(struct part_empty) { .icon = ICON_LOCK,
                .title = S("Nothing was refused"),
                .sentence =
                    S("Since this server started, nobody tried anything that it noticed.") });
        console_close(r);
        return E_OK;
    }
    struct part_rows rows =
        part_rows_open(b, S("Refusals, newest first"), columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < n; i++) {
        part_row(&rows);
        part_cell(&rows);
        html(b, "<code>", security_name(event[i].kind), "</code>");
        part_cell(&rows);
        html(b, event[i].address);
        part_cell(&rows);
        html(b, "<span class=\"any\">", event[i].what, "</span>");
        part_cell(&rows);
        part_time_exact(b, event[i].at_ms);
    }
    part_rows_close(&rows);
    console_close(r);
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/admin/audit", SHAPE_READ, NULL, audit, NULL, 0, ALLOW_ADMIN | ALLOW_SUPPORT,
        ROUTE_PAGE, 0, "The console: what happened and who did it." },
    { "GET", "/admin/csv/audit", SHAPE_CALL, NULL, audit_csv, NULL, 0, ALLOW_ADMIN | ALLOW_SUPPORT,
        ROUTE_PAGE, 0, "The console: audit records as a file." },
    { "GET", "/admin/security", SHAPE_READ, NULL, security, NULL, 0, ALLOW_ADMIN | ALLOW_SUPPORT,
        ROUTE_PAGE, 0, "The console: what was refused." },
};
const struct routes console_records_routes = { table, ARRAY_LEN(table) };
