#include "mail/mail.h"

#include "web/list.h"

static void write_fields(struct ctx *c, struct json *j, const struct mail_row *r)
{
    json_str(j, "id", mail_id(c->arena, r));
    json_str(j, "kind", r->mail.kind);
    json_str_or_null(j, "about", r->mail.about);
    json_str(j, "status", mail_state_text(r->state));
    json_str(j, "to", r->mail.to_address);
    json_str_or_null(j, "toName", r->mail.to_name);
    json_str(j, "subject", r->mail.subject);
    json_time(j, "createdAt", r->created_ms);
    json_time(j, "sentAt", r->state == MAIL_SENT ? r->done_ms : 0);
    json_time(j, "nextTryAt", r->state == MAIL_QUEUED ? r->due_ms : 0);
    json_i64(j, "tries", r->tries);
    json_str_or_null(j, "lastError", r->last_error);
}

/* ---- GET /api/admin/mails?status=&about= */

static enum err list_one(struct ctx *c, const struct mail_row *row, void *arg)
{
    struct list *l = arg;
    if (!list_room(l, row->n))
        return E_OK;
    json_open(&l->j, NULL, '{');
    write_fields(c, &l->j, row);
    json_close(&l->j, '}');
    return E_OK;
}

static enum err status_asked(struct req *r, int64_t *ret)
{
    struct str status;
    bool given = false;
    *ret = -1;
    TRY(req_query(r, "status", &given, &status));
    for (int64_t i = MAIL_QUEUED; given && i <= MAIL_PARKED; i++)
        if (str_eq(mail_state_text((enum mail_state)i), status))
            *ret = i;
    if (given && *ret < 0)
        return fail(r->c, INVALID_REQUEST, "status is queued, sent, kept, refused or parked");
    return E_OK;
}

static enum err list(struct req *r)
{
    struct list l = { 0 };
    struct mail_filter filter = { .state_or_minus_1 = -1 };
    bool given = false;
    TRY(req_page(r, &l.page));
    TRY(status_asked(r, &filter.state_or_minus_1));
    TRY(req_query(r, "about", &given, &filter.about));
    filter.after_n = l.page.after_n;
    filter.limit = list_want(&l);
    list_open(r, &l);
    TRY(mail_list(r->c, &filter, list_one, &l));
    list_close(r, &l);
    return E_OK;
}

/* ---- one */

static enum err id_asked(struct req *r, struct id *ret)
{
    if (!id_parse(S("mail"), r->params[0], ret))
        return fail(r->c, NOT_FOUND, "there is no such mail");
    return E_OK;
}

static enum err answer_mail(struct req *r, struct id id)
{
    struct mail_row row;
    TRY(mail_get(r->c, id, &row));
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    write_fields(r->c, &j, &row);
    json_str(&j, "messageId", row.message_id);
    json_str(&j, "text", row.mail.text);
    json_str_or_null(&j, "html", row.mail.html);
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static enum err get(struct req *r)
{
    struct id id;
    TRY(id_asked(r, &id));
    return answer_mail(r, id);
}

static enum err parse_resend(struct req *r)
{
    static const struct json_field fields[] = { j_end };
    TRY(id_asked(r, r->in));
    return r->body.n == 0 ? E_OK : json_read(r->c, r->body, fields);
}

static enum err resend(struct req *r)
{
    const struct id *id = r->in;
    TRY(mail_resend(r->c, *id));
    return answer_mail(r, *id);
}

static const struct route table[] = {
    { "GET", "/api/admin/mails", SHAPE_READ, NULL, list, NULL, 0, ALLOW_ADMIN | ALLOW_VIEWER, 0, 0,
        "Mails, newest first; `status` queued, sent, kept, refused or parked, `about` an id." },
    { "GET", "/api/admin/mails/{id}", SHAPE_READ, NULL, get, NULL, 0, ALLOW_ADMIN | ALLOW_SUPPORT,
        0, 0, "One mail with its text and HTML." },
    { "POST", "/api/admin/mails/{id}/resend", SHAPE_WRITE, parse_resend, resend, NULL,
        sizeof(struct id), ALLOW_ADMIN | ALLOW_SUPPORT, 0, 0, "Send it again, as a new message." },
};
const struct routes mail_routes = { table, ARRAY_LEN(table) };
