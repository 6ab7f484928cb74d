#include "console/sheet_page.h"

#include "alert/alert.h"
#include "web/list.h"
#include "web/part.h"

/* /admin/jobs and /admin/alerts: what is to be done by machines, and by people. */

struct listing {
    struct list list;
    struct req *r;
    struct part_rows rows;
    struct buf *b;
};

/* ---- jobs */

static enum err one_job(struct ctx *c, const struct job *job, void *arg)
{
    struct listing *l = arg;
    struct buf *b = l->rows.b;
    if (!list_room(&l->list, job->n))
        return E_OK;
    struct str id = job_id(c->arena, job);
    part_row(&l->rows);
    part_cell(&l->rows);
    html(b, "<a href=\"/admin/explain/", id, "\"><code>", job->kind, "</code></a>");
    part_cell(&l->rows);
    console_job_badge(b, job, c->now_ms);
    part_cell(&l->rows);
    html(b, job->subject.n > 0 ? job->subject : S("Standing"));
    part_cell(&l->rows);
    html(b, number_text(c->arena, job->tries));
    part_cell(&l->rows);
    if (job->last_error.n > 0)
        html(b, "<span class=\"any\">", job->last_error, "</span>");
    else
        html(b, "<span class=\"muted\">No error</span>");
    part_cell(&l->rows);
    if (job->state == JOB_PARKED)
        html(b, "Set aside");
    else
        part_time_exact(b, job->due_ms);
    if (!console_may(l->r, CONSOLE_SUPPORT))
        return E_OK;
    part_cell(&l->rows);
    console_deed(l->r, b,
        &(struct console_deed) {
            .action = str_fmt(c->arena, "/admin/jobs/%.*s", SARG(id)), .words = S("Run now") });
    return E_OK;
}

static enum err jobs(struct req *r)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("Job"), .whole = true },
        { .label = S_INIT("State") },
        { .label = S_INIT("About"), .any = true },
        { .label = S_INIT("Tries"), .number = true, .labelled = true },
        { .label = S_INIT("Last error"), .full = true },
        { .label = S_INIT("Next run"), .whole = true, .full = true, .muted = true },
        { .label = S_INIT("Action"), .full = true },
    };
    static const struct part_link tabs[] = { { S_INIT("/admin/jobs"), S_INIT("All") },
        { S_INIT("/admin/jobs?state=parked"), S_INIT("Stuck") },
        { S_INIT("/admin/jobs?state=waiting"), S_INIT("Waiting") } };
    struct listing l = { .r = r };
    struct str state = S("");
    bool given = false;
    struct buf *b = NULL;
    struct buf rows = BUF(r->c->arena);
    TRY(req_page(r, &l.list.page));
    TRY(req_query(r, "state", &given, &state));
    size_t at = str_eq(state, S("parked")) ? 1 : str_eq(state, S("waiting")) ? 2 : 0;
    TRY(console_open(
        r, &(struct console_head) { .title = S("Jobs"), .here = S("/admin/jobs") }, &b));
    html(b, "<div class=\"row apart\"><h1>Jobs</h1>");
    console_csv_link(b, S("/admin/csv/jobs"), S(""));
    html(b, "</div>\n");
    TRY(console_note(r, b));
    part_tabs(b, S("Jobs by state"), tabs, ARRAY_LEN(tabs), tabs[at].href);
    bool may = console_may(r, CONSOLE_SUPPORT);
    l.rows = part_rows_open(&rows, S("Jobs"), columns, ARRAY_LEN(columns) - (may ? 0 : 1));
    TRY(job_list(r->c,
        at == 1       ? JOB_PARKED
            : at == 2 ? JOB_WAITING
                      : -1,
        l.list.page.after_n, list_want(&l.list), one_job, &l));
    part_rows_close(&l.rows);
    struct str query =
        given ? str_fmt(b->arena, "state=%.*s&", SARG(url_encode(b->arena, state))) : S("");
    if (l.list.shown > 0) {
        buf_add(b, buf_str(&rows));
        part_pages(b,
            &(struct part_pages) { .shown = l.list.shown,
                .older = console_older(r, S("/admin/jobs"), query, &l.list) });
    } else {
        part_empty(b,
            &(struct part_empty) { .icon = ICON_CHECK,
                .title = at == 1 ? S("Nothing is stuck") : S("Nothing is waiting"),
                .sentence = S("Work that failed for too long would be here."),
                .href = S("/admin/jobs"),
                .action = S("See all jobs") });
    }
    console_close(r);
    return E_OK;
}

static enum err run_job(struct req *r)
{
    struct id id;
    if (!id_parse(S("job"), r->params[0], &id))
        return fail(r->c, NOT_FOUND, "there is no such job; one that is done is gone");
    TRY(job_wake(r->c, id));
    console_after(r, S("/admin/jobs"), "hurried");
    return E_OK;
}

static enum err job_csv_row(struct ctx *c, const struct job *job, void *arg)
{
    struct sheet *sheet = arg;
    struct csv *csv = &sheet->csv;
    sheet_row(sheet, job->n);
    csv_str(csv, job_id(c->arena, job));
    csv_str(csv, job->kind);
    csv_str(csv, job->subject);
    csv_str(csv, job->state == JOB_PARKED ? S("parked") : S("waiting"));
    csv_i64(csv, job->tries);
    csv_str(csv, job->last_error);
    csv_time(csv, job->created_ms);
    csv_time(csv, job->due_ms);
    csv_end(csv);
    return E_OK;
}

static enum err jobs_csv_piece(struct ctx *c, struct sheet *sheet)
{
    return job_list(c, -1, sheet->after, SHEET_PIECE, job_csv_row, sheet);
}

static enum err jobs_csv(struct req *r)
{
    static const struct str columns[] = { S_INIT("id"), S_INIT("kind"), S_INIT("subject"),
        S_INIT("state"), S_INIT("tries"), S_INIT("last error"), S_INIT("created"), S_INIT("due") };
    return console_sheet(
        r, &(struct sheet_kind) { S("jobs"), columns, ARRAY_LEN(columns), jobs_csv_piece }, NULL);
}

/* ---- alerts */

static void close_form(struct req *r, struct buf *b, struct str id)
{
    part_form_open(b,
        &(struct part_form) {
            .action = str_fmt(b->arena, "/admin/alerts/%.*s", SARG(id)), .csrf = r->csrf });
    html(b, "<div class=\"field\"><label for=\"why-", id,
        "\">What was done about it</label><input class=\"input\" id=\"why-", id,
        "\" name=\"reason\" maxlength=\"500\" required></div><p>");
    part_button(b,
        &(struct part_button) {
            .kind = BUTTON_QUIET, .small = true, .words = S("Close the alert") });
    html(b, "</p>");
    part_form_close(b);
}

static enum err one_alert(struct ctx *c, const struct alert *a, void *arg)
{
    struct listing *l = arg;
    struct buf *b = l->b;
    bool open = a->state == ALERT_OPEN;
    if (!list_room(&l->list, a->n))
        return E_OK;
    struct str id = alert_id(c->arena, a);
    html(b, "<article class=\"card stack tight\" id=\"", id, "\"><div class=\"row apart\"><h2>",
        a->info != NULL ? a->info->meaning : a->kind, "</h2>");
    part_badge(b, open ? TONE_BAD : TONE_REST, open ? ICON_ALERT : ICON_CHECK,
        open ? S("Open") : S("Closed"));
    html(b, "</div><p class=\"any\">");
    part_words(b, str_sentence(c->arena, a->sentence));
    html(b, ".</p><p class=\"small muted\">");
    console_id(b, a->subject);
    html(b, a->subject.n > 0 ? " · " : "", number_text(c->arena, a->raised),
        a->raised == 1 ? " time, since " : " times, since ");
    part_time_exact(b, a->first_ms);
    if (!open) {
        html(b, ", closed ");
        part_time_exact(b, a->closed_ms);
        html(b, " by ", a->closed_by.n > 0 ? a->closed_by : S("what raised it: it is over"));
    }
    html(b, "</p>");
    if (open && a->info != NULL)
        html(b, "<p>", a->info->remedy, "</p>");
    if (open && console_may(l->r, CONSOLE_SUPPORT))
        close_form(l->r, b, id);
    html(b, "</article>\n");
    return E_OK;
}

static enum err alerts(struct req *r)
{
    static const struct part_link tabs[] = { { S_INIT("/admin/alerts"), S_INIT("Open") },
        { S_INIT("/admin/alerts?status=closed"), S_INIT("Closed") } };
    struct listing l = { .r = r };
    struct str status = S("");
    bool given = false;
    TRY(req_page(r, &l.list.page));
    TRY(req_query(r, "status", &given, &status));
    bool closed = str_eq(status, S("closed"));
    TRY(console_open(
        r, &(struct console_head) { .title = S("Alerts"), .here = S("/admin/alerts") }, &l.b));
    html(l.b, "<div class=\"row apart\"><h1>Alerts</h1>");
    console_csv_link(l.b, S("/admin/csv/alerts"), S(""));
    html(l.b, "</div>\n");
    TRY(console_note(r, l.b));
    part_tabs(l.b, S("Alerts by state"), tabs, ARRAY_LEN(tabs), tabs[closed].href);
    TRY(alert_list(r->c, closed ? ALERT_CLOSED : ALERT_OPEN, l.list.page.after_n,
        list_want(&l.list), one_alert, &l));
    if (l.list.shown == 0)
        part_empty(l.b,
            &(struct part_empty) { .icon = ICON_CHECK,
                .title = closed ? S("No alert was closed yet") : S("No open alerts"),
                .sentence = closed ? S("Those that are over appear here.")
                                   : S("What needs a person would be here.") });
    else
        part_pages(l.b,
            &(struct part_pages) { .shown = l.list.shown,
                .older = console_older(
                    r, S("/admin/alerts"), closed ? S("status=closed&") : S(""), &l.list) });
    console_close(r);
    return E_OK;
}

static enum err alert_csv_row(struct ctx *c, const struct alert *a, void *arg)
{
    struct sheet *sheet = arg;
    struct csv *csv = &sheet->csv;
    sheet_row(sheet, a->n);
    csv_str(csv, alert_id(c->arena, a));
    csv_str(csv, a->kind);
    csv_str(csv, a->subject);
    csv_str(csv, a->sentence);
    csv_str(csv, a->state == ALERT_OPEN ? S("open") : S("closed"));
    csv_i64(csv, a->raised);
    csv_time(csv, a->first_ms);
    csv_time(csv, a->last_ms);
    csv_time(csv, a->closed_ms);
    csv_str(csv, a->closed_by);
    csv_end(csv);
    return E_OK;
}

static enum err alerts_csv_piece(struct ctx *c, struct sheet *sheet)
{
    return alert_list(c, -1, sheet->after, SHEET_PIECE, alert_csv_row, sheet);
}

static enum err alerts_csv(struct req *r)
{
    static const struct str columns[] = { S_INIT("id"), S_INIT("kind"), S_INIT("subject"),
        S_INIT("sentence"), S_INIT("state"), S_INIT("times"), S_INIT("first"), S_INIT("last"),
        S_INIT("closed"), S_INIT("closed by") };
    return console_sheet(r,
        &(struct sheet_kind) { S("alerts"), columns, ARRAY_LEN(columns), alerts_csv_piece }, NULL);
}

static enum err close_alert(struct req *r)
{
    struct id id;
    struct str reason;
    if (!id_parse(S("alr"), r->params[0], &id))
        return fail(r->c, NOT_FOUND, "there is no such alert");
    TRY(console_field(r, "reason", &reason));
    if (str_trim(reason).n == 0 || reason.n > 500)
        return fail(r->c, INVALID_REQUEST, "Say what was done about it, in a few words.");
    TRY(alert_close(r->c, id, str_trim(reason)));
    console_after(r, S("/admin/alerts"), "closed");
    return E_OK;
}

enum {
    LOOKS = ALLOW_ADMIN | ALLOW_VIEWER,
    HELPS = ALLOW_ADMIN | ALLOW_SUPPORT
};
static const struct route table[] = {
    { "GET", "/admin/csv/jobs", SHAPE_CALL, NULL, jobs_csv, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: jobs as a file." },
    { "GET", "/admin/csv/alerts", SHAPE_CALL, NULL, alerts_csv, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: alerts as a file." },
    { "GET", "/admin/jobs", SHAPE_READ, NULL, jobs, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: work that waits, and work that is stuck." },
    { "POST", "/admin/jobs/{id}", SHAPE_WRITE, NULL, run_job, NULL, 0, HELPS, ROUTE_PAGE, 0,
        "The console: run a job now." },
    { "GET", "/admin/alerts", SHAPE_READ, NULL, alerts, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: what needs a person." },
    { "POST", "/admin/alerts/{id}", SHAPE_WRITE, NULL, close_alert, NULL, 0, HELPS, ROUTE_PAGE, 0,
        "The console: an alert has been seen to." },
};
const struct routes console_work_routes = { table, ARRAY_LEN(table) };
