#include "base/crypto.h"
#include "dispute/evidence.h"
#include "web/list.h"

/* /api/admin/disputes: what banks argue about, and what we say to it. */

static void write_deadline(struct json *j, struct ctx *c, const struct dispute *d)
{
    enum {
        DAY_MS = 24 * 3600 * 1000
    };
    int64_t left = d->due_ms > c->now_ms ? (d->due_ms - c->now_ms) / DAY_MS : 0;
    bool waits = d->due_ms > 0 && !dispute_is_over(d->status);
    json_time(j, "dueAt", d->due_ms);
    if (waits)
        json_i64(j, "daysLeft", left);
    else
        json_raw(j, "daysLeft", S("null"));
}

static enum err write_dispute(
    struct ctx *c, struct json *j, const char *name, const struct dispute *d)
{
    struct order o;
    struct attempt a;
    TRY(order_by_n(c, d->order_n, &o));
    TRY(attempt_by_n(c, d->attempt_n, &a));
    json_open(j, name, '{');
    json_str(j, "id", dispute_id(c->arena, d));
    json_str(j, "status", dispute_status_text(d->status));
    json_str(j, "gateway", gateway_name(d->gateway));
    json_str(j, "reference", d->reference);
    json_str(j, "orderId", order_id(c->arena, &o));
    json_str(j, "orderNumber", order_number(c->arena, &o));
    json_str(j, "paymentId", id_text(c->arena, S("pay"), a.id));
    json_money(j, "amount", d->amount);
    json_money(j, "withdrawn", (struct money) { d->withdrawn_minor, d->amount.cur });
    json_money(j, "lost", (struct money) { d->lost_minor, d->amount.cur });
    json_money(j, "fee", d->fee);
    json_str_or_null(j, "reason", d->reason);
    json_str(j, "reasonText", dispute_reason_words(c->arena, d));
    write_deadline(j, c, d);
    json_str(j, "evidenceStatus", evidence_state_text(d->evidence_state));
    json_time(j, "openedAt", d->opened_ms);
    json_time(j, "closedAt", d->closed_ms);
    return E_OK;
}

/* ---- GET /api/admin/disputes?status= */

static enum err list_one(struct ctx *c, const struct dispute *d, void *arg)
{
    struct list *l = arg;
    if (!list_room(l, d->n))
        return E_OK;
    TRY(write_dispute(c, &l->j, NULL, d));
    json_close(&l->j, '}');
    return E_OK;
}

static enum err status_asked(struct req *r, struct dispute_filter *f)
{
    struct str status = S("");
    enum dispute_status asked = DISPUTE_WARNING;
    bool given = false;
    f->status = -1;
    TRY(req_query(r, "status", &given, &status));
    if (!given)
        return E_OK;
    if (!dispute_status_parse(status, &asked))
        return fail(r->c, INVALID_REQUEST, "status is warning, open, under_review, won or lost");
    f->status = (int)asked;
    return E_OK;
}

static enum err list(struct req *r)
{
    struct list l = { 0 };
    struct dispute_filter f = { .status = -1 };
    TRY(req_page(r, &l.page));
    TRY(status_asked(r, &f));
    f.after_n = l.page.after_n;
    f.limit = list_want(&l);
    list_open(r, &l);
    TRY(dispute_list(r->c, &f, list_one, &l));
    list_close(r, &l);
    return E_OK;
}

/* ---- one */

static enum err id_asked(struct req *r, struct id *ret)
{
    if (!id_parse(S("dsp"), r->params[0], ret))
        return fail(r->c, NOT_FOUND, "there is no such dispute");
    return E_OK;
}

static enum err write_evidence(struct ctx *c, struct json *j, const struct dispute *d)
{
    struct evidence_text *text = NULL;
    struct dispute_file *file = NULL;
    size_t texts = 0, files = 0;
    TRY(evidence_texts(c, d, &text, &texts));
    TRY(dispute_files(c, d, &file, &files));
    json_open(j, "evidence", '{');
    json_str(j, "status", evidence_state_text(d->evidence_state));
    json_str_or_null(j, "closedBecause", evidence_closed(c, d));
    json_str_or_null(j, "refusal", d->evidence_why);
    json_time(j, "sentAt", d->sent_ms);
    json_open(j, "texts", '{');
    for (size_t i = 0; i < texts; i++)
        json_str(j, str_c(c->arena, text[i].field->name), text[i].text);
    json_close(j, '}');
    json_open(j, "files", '[');
    for (size_t i = 0; i < files; i++) {
        json_open(j, NULL, '{');
        json_str(j, "id", dispute_file_id(c->arena, &file[i]));
        json_str(j, "field", file[i].field->name);
        json_str(j, "name", file[i].name);
        json_str(j, "type", file[i].type);
        json_i64(j, "size", file[i].size);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_close(j, '}');
    return E_OK;
}

static enum err answer_dispute(struct req *r, const struct dispute *d)
{
    struct json j = answer_json(r, 200);
    TRY(write_dispute(r->c, &j, "data", d));
    TRY(write_evidence(r->c, &j, d));
    json_close(&j, '}');
    answer_json_end(r, &j);
    return E_OK;
}

static enum err get(struct req *r)
{
    struct id id;
    struct dispute d;
    TRY(id_asked(r, &id));
    TRY(dispute_get(r->c, id, &d));
    return answer_dispute(r, &d);
}

/* ---- POST /api/admin/disputes/{id}/evidence {texts?, files?, remove?, send?} */

struct changing {
    struct id id;
    struct evidence_change said;
};

static enum err field_named(struct ctx *c, struct str name, const struct evidence_field **ret)
{
    *ret = evidence_field_find(name);
    return *ret != NULL
        ? E_OK
        : fail(c, INVALID_REQUEST, "%.*s: no bank is told anything of this name", SARG(name));
}

static enum err read_texts(struct ctx *c, struct json_value texts, struct evidence_change *in)
{
    struct evidence_text *t = arena_array(c->arena, struct evidence_text, evidence_field_count);
    if (texts.kind != JSON_OBJECT && texts.kind != JSON_ABSENT)
        return fail(c, INVALID_REQUEST, "texts is an object of texts by their names");
    for (struct json_iter it = json_iter(texts); json_next(&it);) {
        struct str name = json_name(c->arena, &it);
        if (in->texts == evidence_field_count)
            return fail(c, INVALID_REQUEST, "texts has more than can be said");
        TRY(field_named(c, name, &t[in->texts].field));
        if (it.value.kind != JSON_NULL && !json_to_str(c->arena, it.value, &t[in->texts].text))
            return fail(c, INVALID_REQUEST, "texts.%.*s is a text, or null", SARG(name));
        in->texts++;
    }
    in->text = t;
    return E_OK;
}

static enum err read_file(struct ctx *c, struct json_value value, struct dispute_file *ret)
{
    struct str field = S(""), name = S(""), content = S("");
    const struct json_field fields[] = { j_str("field", &field, 64),
        j_str("name", &name, EVIDENCE_NAME_MAX), j_str("content", &content, 1024 * 1024), j_end };
    struct dispute_file f = { .id = id_new(c) };
    TRY(json_read_value(c, value, fields));
    TRY(field_named(c, field, &f.field));
    f.name = name;
    if (!base64_parse(c->arena, content, &f.body))
        return fail(c, INVALID_REQUEST, "files: content is the document in base64");
    TRY(evidence_check_file(c, &f));
    *ret = f;
    return E_OK;
}

static enum err read_files(struct ctx *c, struct json_value files, struct evidence_change *in)
{
    struct dispute_file *f = arena_array(c->arena, struct dispute_file, evidence_field_count);
    if (files.kind != JSON_ARRAY && files.kind != JSON_ABSENT)
        return fail(c, INVALID_REQUEST, "files is a list of documents");
    for (struct json_iter it = json_iter(files); json_next(&it);) {
        if (in->files == evidence_field_count)
            return fail(c, INVALID_REQUEST, "files has more than can be given");
        TRY(read_file(c, it.value, &f[in->files]));
        in->files++;
    }
    in->file = f;
    return E_OK;
}

static enum err read_gone(struct ctx *c, struct json_value gone, struct evidence_change *in)
{
    const struct evidence_field **f =
        arena_array(c->arena, const struct evidence_field *, evidence_field_count);
    if (gone.kind != JSON_ARRAY && gone.kind != JSON_ABSENT)
        return fail(c, INVALID_REQUEST, "remove is a list of names of documents");
    for (struct json_iter it = json_iter(gone); json_next(&it);) {
        struct str name = S("");
        if (in->gones == evidence_field_count || !json_to_str(c->arena, it.value, &name))
            return fail(c, INVALID_REQUEST, "remove is a list of names of documents");
        TRY(field_named(c, name, &f[in->gones]));
        in->gones++;
    }
    in->gone = f;
    return E_OK;
}

static enum err parse_evidence(struct req *r)
{
    struct changing *in = r->in;
    struct json_value texts = { .kind = JSON_ABSENT }, files = texts, gone = texts;
    const struct json_field fields[] = { j_value_opt("texts", &texts), j_value_opt("files", &files),
        j_value_opt("remove", &gone), j_bool_opt("send", &in->said.send), j_end };
    TRY(id_asked(r, &in->id));
    TRY(json_read(r->c, r->body, fields));
    TRY(read_texts(r->c, texts, &in->said));
    TRY(read_files(r->c, files, &in->said));
    return read_gone(r->c, gone, &in->said);
}

static enum err post_evidence(struct req *r)
{
    const struct changing *in = r->in;
    struct dispute d;
    TRY(evidence_change(r->c, in->id, &in->said, &d));
    return answer_dispute(r, &d);
}

static const struct route table[] = {
    { "GET", "/api/admin/disputes", SHAPE_READ, NULL, list, NULL, 0, ALLOW_ADMIN | ALLOW_VIEWER, 0,
        0,
        "What banks argue about, newest first; `status` warning, open, under_review, won, lost." },
    { "GET", "/api/admin/disputes/{id}", SHAPE_READ, NULL, get, NULL, 0, ALLOW_ADMIN | ALLOW_VIEWER,
        0, 0, "One dispute, and what we have to say about it." },
    { "POST", "/api/admin/disputes/{id}/evidence", SHAPE_WRITE, parse_evidence, post_evidence, NULL,
        sizeof(struct changing), ALLOW_ADMIN | ALLOW_FINANCE, 0, 0,
        "What we say to the bank: `{texts?, files?, remove?, send?}`; `send` is for good." },
};
const struct routes dispute_routes = { table, ARRAY_LEN(table) };
