#include "app/app.h"
#include "console/console_page.h"
#include "edge/auth.h"
#include "job/job.h"
#include "privacy/privacy.h"
#include "web/part.h"

/* /admin/customers/{id}/privacy: all that is kept about a customer as a file, and forgetting them.
 * For owners, who have signed in a short while ago.  It stands here because it asks the edge for
 * that. */

static struct str address_of(struct ctx *c, const struct somebody *who)
{
    return str_fmt(
        c->arena, "/admin/customers/%.*s/privacy", SARG(id_text(c->arena, S("cus"), who->id)));
}

static const struct part_field reason_field = { .name = S_INIT("reason"),
    .label = S_INIT("Reason"),
    .hint = S_INIT("Who asked, and when. It stays on record for good: no name, no mail."),
    .max = 500 };

static void write_export(struct req *r, struct buf *b, struct str action)
{
    struct part_field reason = reason_field;
    reason.name = S("export_reason");
    html(b,
        "<section class=\"card stack\" aria-labelledby=\"export\"><h2 id=\"export\">Export</h2>",
        "<p>Orders, payments, webhooks, credits, mails, sessions and records, as one JSON file. "
        "It is on record that you took it.</p>");
    part_form_open(b, &(struct part_form) { .action = action, .csrf = r->csrf });
    part_field(b, &reason);
    html(b, "<p>");
    part_button(b,
        &(struct part_button) {
            .kind = BUTTON_QUIET, .words = S("Download"), .name = S("do"), .value = S("export") });
    html(b, "</p>");
    part_form_close(b);
    html(b, "</section>\n");
}

static void write_erase(struct req *r, struct buf *b, struct str action, struct str id)
{
    html(b, "<section class=\"card stack\" aria-labelledby=\"erase\"><h2 id=\"erase\">Forget</h2>",
        "<p>Names, mails, addresses and texts are overwritten, sessions end. Orders, payments and "
        "the ledger stay under no name, and invoices as they were issued, because tax law wants them. "
        "This cannot be undone.</p>");
    part_form_open(b, &(struct part_form) { .action = action, .csrf = r->csrf });
    part_field(b, &reason_field);
    part_field(b,
        &(struct part_field) { .name = S("confirm"),
            .label = S("The customer’s id, once more"),
            .hint = id,
            .max = 128 });
    part_field(b,
        &(struct part_field) { .name = S("force"),
            .label = S("Credits that were bought, or a plan that is paid for"),
            .type = S("select"),
            .value = S("no"),
            .options = (const struct part_option[]) { { S_INIT("no"), S_INIT("are kept: refuse") },
                { S_INIT("yes"), S_INIT("are given up") } },
            .option_count = 2 });
    html(b, "<p>");
    part_button(b,
        &(struct part_button) {
            .kind = BUTTON_DANGER, .words = S("Forget this customer"), .busy = S("Beginning…") });
    html(b, "</p>");
    part_form_close(b);
    html(b, "</section>\n");
}

static void write_state(struct buf *b, const struct erasure *e)
{
    part_note_open(b,
        &(struct part_note) { .tone = e->done_ms > 0 ? TONE_OK : TONE_WAIT,
            .icon = e->done_ms > 0 ? ICON_CHECK : ICON_CLOCK });
    if (e->done_ms > 0) {
        html(b, "<p>Forgotten: ", number_text(b->arena, e->changed), " rows, done ");
        part_time_exact(b, e->done_ms);
    } else {
        html(b, "<p>Being forgotten, at step ", number_text(b->arena, e->step + 1), " of ",
            number_text(b->arena, (int64_t)erasure_steps() + 2), " (", erasure_step_name(e),
            "), begun ");
        part_time_exact(b, e->asked_ms);
    }
    html(b, "</p>");
    part_note_close(b);
}

static enum err privacy(struct req *r)
{
    struct somebody who;
    struct erasure e;
    struct buf *b = NULL;
    bool erased = false;
    TRY(person_find(r->c, r->params[0], &who));
    TRY(erasure_find(r->c, id_text(r->c->arena, S("cus"), who.id), &erased, &e));
    TRY(console_open(r,
        &(struct console_head) { .title = S("Personal data"), .here = S("/admin/customers") }, &b));
    console_crumb(b,
        str_fmt(r->c->arena, "/admin/customers/%.*s", SARG(id_text(r->c->arena, S("cus"), who.id))),
        who.external_id);
    html(b, "<h1>Personal data</h1>\n");
    TRY(console_note(r, b));
    if (erased)
        write_state(b, &e);
    write_export(r, b, str_fmt(r->c->arena, "%.*s/export", SARG(address_of(r->c, &who))));
    if (!erased)
        write_erase(r, b, address_of(r->c, &who), who.external_id);
    console_close(r);
    return E_OK;
}

/* ---- deeds */

struct exporting {
    struct str whom, reason;
    struct somebody who;
    struct buf *out;
};

static enum err export_parse(struct req *r)
{
    struct exporting *x = r->in;
    TRY(auth_recent(r));
    TRY(console_field(r, "export_reason", &x->reason));
    x->reason = str_trim(x->reason);
    if (x->reason.n == 0)
        return fail(r->c, INVALID_REQUEST, "say why, in a few words: it stays on record");
    return E_OK;
}

static enum err export_read(struct ctx *c, void *arg)
{
    struct exporting *x = arg;
    TRY(person_find(c, x->whom, &x->who));
    return privacy_export(c, &x->who, x->out);
}

static enum err export_tx(struct ctx *c, void *arg)
{
    const struct exporting *x = arg;
    return privacy_exported(c, &x->who, x->reason);
}

/* On record first: who cannot be named there gets no file. */
static enum err export(struct req *r) {
    struct exporting *x = r->in; struct buf document = BUF(r->c->arena); x->whom = r->params[0];
        x->out = &document; TRY(db_read_long(r->c, export_read, x));
        TRY(db_tx(r->c, "customer export", export_tx, x));
        answer_header(r, S("Content-Disposition"),
            str_fmt(r->c->arena, "attachment; filename=\"%.*s.json\"",
                SARG(id_text(r->c->arena, S("cus"), x->who.id))));
        answer_text(r, 200, S("application/json"), buf_str(&document)); return E_OK;
}

struct erasing {
    struct str reason, confirm;
    bool force;
};

static enum err erase_parse(struct req *r)
{
    struct erasing *in = r->in;
    struct str force;
    TRY(auth_recent(r));
    TRY(console_field(r, "reason", &in->reason));
    TRY(console_field(r, "confirm", &in->confirm));
    TRY(console_field(r, "force", &force));
    in->reason = str_trim(in->reason);
    in->confirm = str_trim(in->confirm);
    in->force = str_eq(force, S("yes"));
    if (in->reason.n == 0)
        return fail(r->c, INVALID_REQUEST, "say why, in a few words: it stays on record");
    return E_OK;
}

static enum err erase(struct req *r)
{
    const struct erasing *in = r->in;
    struct erasure_ask ask = { .force = in->force, .reason = in->reason };
    struct erasure e;
    TRY(person_find(r->c, r->params[0], &ask.who));
    if (!str_eq(in->confirm, ask.who.external_id))
        return fail(r->c, INVALID_REQUEST, "the id that was typed is not this customer's");
    struct str back = address_of(r->c, &ask.who);
    TRY(erasure_begin(r->c, &ask, &e));
    TRY(job_hurry(r->c, PRIVACY_ERASE, str_fmt(r->c->arena, "%lld", (long long)e.n)));
    console_after(r, back, "erasing");
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/admin/customers/{id}/privacy", SHAPE_READ, NULL, privacy, NULL, 0, ALLOW_ADMIN,
        ROUTE_PAGE, 0, "The console: what is kept about a customer, and forgetting them." },
    { "POST", "/admin/customers/{id}/privacy", SHAPE_WRITE, erase_parse, erase, NULL,
        sizeof(struct erasing), ALLOW_ADMIN, ROUTE_PAGE, 0, "The console: forget a customer." },
    { "POST", "/admin/customers/{id}/privacy/export", SHAPE_CALL, export_parse, export, NULL,
        sizeof(struct exporting), ALLOW_ADMIN, ROUTE_PAGE, 0,
        "The console: all that is kept about a customer, as a file." },
};
const struct routes privacy_pages = { table, ARRAY_LEN(table) };
