#include "app/app.h"
#include "mail/mail.h"
#include "web/page.h"

/* What the sandbox's port shows of purser itself: the mails that no mail server took. */

enum {
    MAILS_MAX = 100
};

struct caught {
    struct str id[MAILS_MAX];
    size_t n;
};

static enum err keep(struct ctx *c, const struct mail_row *row, void *arg)
{
    struct caught *caught = arg;
    if (caught->n < MAILS_MAX)
        caught->id[caught->n++] = mail_id(c->arena, row);
    return E_OK;
}

static enum err write(struct ctx *c, struct json *j, struct str text)
{
    struct mail_row row;
    struct id id;
    must(id_parse(S("mail"), text, &id));
    TRY(mail_get(c, id, &row));
    json_open(j, NULL, '{');
    json_str(j, "id", text);
    json_str(j, "kind", row.mail.kind);
    json_str_or_null(j, "about", row.mail.about);
    json_str(j, "to", row.mail.to_address);
    json_str(j, "subject", row.mail.subject);
    json_str(j, "text", row.mail.text);
    json_str_or_null(j, "html", row.mail.html);
    json_time(j, "createdAt", row.created_ms);
    json_close(j, '}');
    return E_OK;
}

/* A person's browser asks for a page, a program for JSON. */
static enum err write_page(struct req *r, const struct caught *caught)
{
    static const struct site site = { .name = S_INIT("Caught mails"), .sandbox = true };
    r->c->site = &site;
    struct buf *b =
        page_open(r, &(struct page_head) { .title = S("Newest first"), .narrow = true });
    html(b, "<h1>Mails that would have been sent</h1>\n");
    if (caught->n == 0)
        part_empty(b,
            &(struct part_empty) { .icon = ICON_SEND,
                .title = S("No mails yet"),
                .sentence = S("Buy something, and the receipt appears here.") });
    for (size_t i = 0; i < caught->n; i++) {
        struct mail_row row;
        struct id id;
        must(id_parse(S("mail"), caught->id[i], &id));
        TRY(mail_get(r->c, id, &row));
        html(b, "<section class=\"card stack tight\"><h2 class=\"any\">", row.mail.subject,
            "</h2><p class=\"small muted\">to ");
        part_mail(b, row.mail.to_address);
        html(b, ", ");
        part_time(b, row.created_ms);
        html(b, "</p>");
        part_box(b,
            &(struct part_box) {
                .id = caught->id[i], .label = row.mail.subject, .text = row.mail.text });
        html(b, "</section>\n");
    }
    page_close(r);
    return E_OK;
}

static enum err mails(struct req *r)
{
    struct caught *caught = arena_new(r->c->arena, struct caught);
    struct mail_filter filter = { .state_or_minus_1 = MAIL_KEPT, .limit = 20 };
    bool given = false;
    TRY(req_query(r, "about", &given, &filter.about));
    TRY(req_query_i64(r, "limit", 1, MAILS_MAX, &filter.limit));
    TRY(mail_list(r->c, &filter, keep, caught));
    if (req_accepts(r, S("text/html")))
        return write_page(r, caught);
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_open(&j, "items", '[');
    for (size_t i = 0; i < caught->n; i++)
        TRY(write(r->c, &j, caught->id[i]));
    json_close(&j, ']');
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/_sandbox/mail", SHAPE_READ, NULL, mails, NULL, 0, ALLOW_ANYONE, 0, 0,
        "Sandbox: mails caught while no mail server is set, newest first (about, limit)." },
};
const struct routes caught_routes = { table, ARRAY_LEN(table) };
