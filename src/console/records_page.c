#include "console/console_page.h"

#include "base/security.h"
#include "fact/fact.h"
#include "web/part.h"

/* /admin/audit and /admin/security: who did what, and what attackers tried. */

struct listing {
    struct part_rows rows;
    int64_t limit, shown, last_n;
    bool more;
};

static enum err one(struct ctx *c, const struct fact_row *f, void *arg)
{
    struct listing *l = arg;
    struct buf *b = l->rows.b;
    (void)c;
    l->more = l->shown == l->limit;
    if (l->more)
        return E_OK;
    l->shown++;
    l->last_n = f->seq;
    part_row(&l->rows);
    part_cell(&l->rows);
    html(b, "<code>", f->kind, "</code>");
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

static void write_filter(struct buf *b, const struct fact_filter *f)
{
    html(b, "<form class=\"row\" action=\"/admin/audit\">");
    part_field(b,
        &(struct part_field) { .name = S("subject"),
            .label = S("Of what"),
            .hint = S("An id, such as ord_…"),
            .value = f->subject,
            .optional = true });
    part_field(b,
        &(struct part_field) { .name = S("actor"),
            .label = S("By whom"),
            .hint = S("Such as admin:adm_…"),
            .value = f->actor,
            .optional = true });
    part_button(b, &(struct part_button) { .kind = BUTTON_QUIET, .words = S("Show") });
    html(b, "</form>\n");
}

static enum err audit(struct req *r)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("What"), .any = true },
        { .label = S_INIT("By"), .any = true },
        { .label = S_INIT("Of"), .any = true, .full = true },
        { .label = S_INIT("From"), .whole = true },
        { .label = S_INIT("More"), .full = true },
        { .label = S_INIT("When"), .whole = true, .full = true, .muted = true },
    };
    struct fact_filter f = { .newest_first = true };
    struct page page;
    bool given = false;
    struct buf *b = NULL;
    struct buf rows = BUF(r->c->arena);
    TRY(req_page(r, &page));
    TRY(req_query(r, "subject", &given, &f.subject));
    TRY(req_query(r, "actor", &given, &f.actor));
    f.subject = str_trim(f.subject);
    f.actor = str_trim(f.actor);
    f.after_seq = page.after_n;
    f.limit = page.limit + 1;
    struct listing l = { .limit = page.limit };
    TRY(console_open(
        r, &(struct console_head) { .title = S("Audit"), .here = S("/admin/audit") }, &b));
    html(b,
        "<h1>Audit</h1>\n<p class=\"lead\">What happened and who did it, sealed into one chain. <code>purser audit verify</code> checks all of it.</p>\n");
    write_filter(b, &f);
    l.rows = part_rows_open(&rows, S("Audit records, newest first"), columns, ARRAY_LEN(columns));
    TRY(fact_list(r->c, &f, one, &l));
    part_rows_close(&l.rows);
    struct buf q = BUF(b->arena);
    if (f.subject.n > 0)
        buf_fmt(&q, "subject=%.*s&", SARG(url_encode(b->arena, f.subject)));
    if (f.actor.n > 0)
        buf_fmt(&q, "actor=%.*s&", SARG(url_encode(b->arena, f.actor)));
    if (l.shown > 0) {
        buf_add(b, buf_str(&rows));
        part_pages(b,
            &(struct part_pages) { .shown = l.shown,
                .older =
                    l.more ? console_older(r, S("/admin/audit"), buf_str(&q), l.last_n) : S("") });
    } else {
        part_empty(b,
            &(struct part_empty) { .icon = ICON_SEARCH,
                .title = S("Nothing of this kind"),
                .sentence = S("No record fits what was asked for."),
                .href = S("/admin/audit"),
                .action = S("Clear filters") });
    }
    console_close(r);
    return E_OK;
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
    { "GET", "/admin/security", SHAPE_READ, NULL, security, NULL, 0, ALLOW_ADMIN | ALLOW_SUPPORT,
        ROUTE_PAGE, 0, "The console: what was refused." },
};
const struct routes console_records_routes = { table, ARRAY_LEN(table) };
