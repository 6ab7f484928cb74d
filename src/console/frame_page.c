#include "base/id.h"
#include "console/console_page.h"
#include "web/list.h"
#include "web/page.h"

/* ---- who */

bool console_may(const struct req *r, enum console_level level)
{
    static const struct str roles[] = {
        [CONSOLE_LOOKS] = S_INIT("viewer"),
        [CONSOLE_SUPPORT] = S_INIT("support"),
        [CONSOLE_FINANCE] = S_INIT("finance"),
        [CONSOLE_OWNER] = S_INIT("owner"),
    };
    for (size_t i = level; i < ARRAY_LEN(roles); i++)
        if (str_eq(r->role, roles[i]))
            return true;
    return str_eq(r->role, S("admin")) || str_eq(r->role, S("control"));
}

/* ---- the frame */

struct line {
    struct page_side side;
    enum console_level level;
};

enum err console_open(struct req *r, const struct console_head *head, struct buf **ret)
{
    struct console_counts n;
    TRY(console_counts(r->c, &n));
    const struct line lines[] = {
        { { S(""), S("/admin"), S("Overview"), 0 }, CONSOLE_LOOKS },
        { { S("Money"), S("/admin/orders"), S("Orders"), 0 }, CONSOLE_LOOKS },
        { { S("Money"), S("/admin/payments"), S("Payments"), 0 }, CONSOLE_LOOKS },
        { { S("Money"), S("/admin/refunds"), S("Refunds"), n.refunds }, CONSOLE_LOOKS },
        { { S("Money"), S("/admin/disputes"), S("Disputes"), n.disputes }, CONSOLE_LOOKS },
        { { S("Money"), S("/admin/reviews"), S("Reviews"), n.reviews }, CONSOLE_LOOKS },
        { { S("Money"), S("/admin/coupons"), S("Coupons"), 0 }, CONSOLE_LOOKS },
        { { S("Money"), S("/admin/ledger"), S("Ledger"), 0 }, CONSOLE_LOOKS },
        { { S("People"), S("/admin/customers"), S("Customers"), 0 }, CONSOLE_LOOKS },
        { { S("Machine"), S("/admin/webhooks"), S("Webhooks"), n.parked_events }, CONSOLE_LOOKS },
        { { S("Machine"), S("/admin/jobs"), S("Jobs"), n.stuck_jobs }, CONSOLE_LOOKS },
        { { S("Machine"), S("/admin/alerts"), S("Alerts"), n.alerts }, CONSOLE_LOOKS },
        { { S("Machine"), S("/admin/errors"), S("Errors"), 0 }, CONSOLE_LOOKS },
        { { S("Machine"), S("/admin/mails"), S("Mails"), n.bad_mails }, CONSOLE_LOOKS },
        { { S("Records"), S("/admin/reports"), S("Reports"), 0 }, CONSOLE_LOOKS },
        { { S("Records"), S("/admin/audit"), S("Audit"), 0 }, CONSOLE_SUPPORT },
        { { S("Records"), S("/admin/security"), S("Security"), 0 }, CONSOLE_SUPPORT },
        { { S("Records"), S("/admin/keys"), S("Keys"), 0 }, CONSOLE_OWNER },
    };
    struct page_side side[ARRAY_LEN(lines)];
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        if (console_may(r, lines[i].level))
            side[count++] = lines[i].side;
    *ret = page_open(r,
        &(struct page_head) {
            .status = head->errors ? 422 : 200,
            .title = head->title,
            .here = head->here,
            .errors = head->errors,
            .side = side,
            .side_count = count,
            .person = r->person.n == 0
                ? r->role
                : str_fmt(r->c->arena, "%.*s, %.*s", SARG(r->person), SARG(r->role)),
        });
    return E_OK;
}

void console_close(struct req *r)
{
    page_close(r);
}

void console_crumb(struct buf *b, struct str href, struct str words)
{
    html(b, "<p class=\"crumb\"><a href=\"");
    html_url(b, href);
    html(b, "\">", words, "</a></p>\n");
}

/* ---- deeds */

struct str console_key(struct req *r)
{
    return id_text(r->c->arena, S("form"), id_new(r->c));
}

void console_deed(struct req *r, struct buf *b, const struct console_deed *deed)
{
    part_form_open(b,
        &(struct part_form) {
            .action = deed->action, .csrf = r->csrf, .key = deed->money ? console_key(r) : S("") });
    part_button(b,
        &(struct part_button) {
            .words = deed->words,
            .busy = deed->busy,
            .kind = deed->danger ? BUTTON_DANGER
                : deed->filled   ? BUTTON_FILLED
                                 : BUTTON_QUIET,
            .small = !deed->filled,
        });
    part_form_close(b);
}

static const struct {
    struct str word, sentence;
} notes[] = {
    { S_INIT("cancelled"), S_INIT("The order is cancelled.") },
    { S_INIT("asked"), S_INIT("The gateway was asked. What it said is in the story.") },
    { S_INIT("resent"), S_INIT("The mail is on its way again.") },
    { S_INIT("released"), S_INIT("It may pass.") },
    { S_INIT("resolved"), S_INIT("The review is decided.") },
    { S_INIT("refunded"), S_INIT("The money is on its way back.") },
    { S_INIT("refund_waits"), S_INIT("It waits for a second person, who finds it below.") },
    { S_INIT("refund_pending"),
        S_INIT("It is not certain yet. We are asking, and will not send it twice.") },
    { S_INIT("refund_failed"), S_INIT("The gateway refused it. What it said is below.") },
    { S_INIT("refund_off"), S_INIT("The refund is called off.") },
    { S_INIT("saved"), S_INIT("It is kept. Nothing of it was sent yet.") },
    { S_INIT("submitted"), S_INIT("What we say is on its way to the gateway.") },
    { S_INIT("made"), S_INIT("The code is in force.") },
    { S_INIT("paused"), S_INIT("Nobody can use the code for now. Orders that have it keep it.") },
    { S_INIT("resumed"), S_INIT("The code can be used again.") },
    { S_INIT("replayed"), S_INIT("The webhook was applied once more. What came of it is below.") },
    { S_INIT("hurried"), S_INIT("The job is due now.") },
    { S_INIT("closed"), S_INIT("The alert is closed.") },
    { S_INIT("erasing"), S_INIT("It has begun; this page says how far it is.") },
    { S_INIT("revoked"), S_INIT("The key is revoked: nobody can use it any more.") },
};

enum err console_note(struct req *r, struct buf *b)
{
    struct str done;
    bool given = false;
    TRY(req_query(r, "done", &given, &done));
    for (size_t i = 0; given && i < ARRAY_LEN(notes); i++)
        if (str_eq(notes[i].word, done)) {
            part_note_open(
                b, &(struct part_note) { .tone = TONE_OK, .icon = ICON_CHECK, .news = true });
            html(b, "<p>", notes[i].sentence, "</p>");
            part_note_close(b);
        }
    return E_OK;
}

void console_error(struct req *r, const struct error_shown *e)
{
    page_error(r, e);
}

void console_after(struct req *r, struct str path, const char *word)
{
    answer_redirect(r, 303, str_fmt(r->c->arena, "%.*s?done=%s", SARG(path), word));
}

enum err console_field(struct req *r, const char *name, struct str *ret)
{
    bool given = false;
    *ret = S("");
    return req_form(r, name, &given, ret);
}

static struct str behind(struct req *r, struct str path, struct str query, int64_t n)
{
    return str_fmt(r->c->arena, "%.*s?%.*safter=%.*s", SARG(path), SARG(query),
        SARG(page_cursor(r->c->arena, n)));
}

void console_further(
    struct req *r, struct buf *b, int64_t looked, struct str path, struct str query, int64_t below)
{
    if (below == 0)
        return;
    html(b, "<p class=\"row\"><span class=\"muted\">Looked at ", number_text(b->arena, looked),
        " of them, the newest first.</span>");
    part_button(b,
        &(struct part_button) { .kind = BUTTON_QUIET,
            .small = true,
            .words = S("Look further back"),
            .href = behind(r, path, query, below) });
    html(b, "</p>\n");
}

struct str console_older(struct req *r, struct str path, struct str query, const struct list *l)
{
    return l->more ? behind(r, path, query, l->last_n) : S("");
}
