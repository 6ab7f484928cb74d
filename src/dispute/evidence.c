#include "dispute/evidence.h"

#include "base/clock.h"
#include "base/json.h"
#include "dispute/evidence_db.h"
#include "dispute/dispute_db.h"
#include "fact/fact.h"
#include "job/job.h"

/* What is kept of what we have to say, until it is sent. */

struct str dispute_file_id(struct arena *a, const struct dispute_file *f)
{
    return id_text(a, S("dsf"), f->id);
}

struct str evidence_closed(struct ctx *c, const struct dispute *d)
{
    const struct gateway *g = gateway_by_id(d->gateway);
    must(g != NULL);
    if (g->answer == NULL)
        return str_fmt(c->arena, "%.*s takes no evidence from programs: answer it in its dashboard",
            SARG(g->title));
    if (dispute_is_over(d->status))
        return S("the dispute is over");
    if (d->evidence_state == EVIDENCE_SENDING)
        return S("what was said is on its way to the gateway");
    if (d->evidence_state == EVIDENCE_SENT)
        return S("what we have to say was sent; a bank hears it once");
    if (d->due_ms > 0 && d->due_ms <= c->now_ms)
        return str_fmt(
            c->arena, "the time to answer ended on %.*s", SARG(time_words(c->arena, d->due_ms)));
    return S("");
}

enum err evidence_texts(
    struct ctx *c, const struct dispute *d, struct evidence_text **ret, size_t *ret_n)
{
    struct evidence_text *text = arena_array(c->arena, struct evidence_text, evidence_field_count);
    size_t n = 0;
    TRY(json_check(c, d->evidence));
    struct json_value said = json_root(d->evidence);
    for (size_t i = 0; i < evidence_field_count; i++) {
        const struct evidence_field *f = &evidence_fields[i];
        struct json_value v = json_member(said, f->name);
        struct str words = S("");
        if (json_to_str(c->arena, v, &words))
            text[n++] = (struct evidence_text) { f, words };
    }
    *ret = text;
    *ret_n = n;
    return E_OK;
}

enum err dispute_files(
    struct ctx *c, const struct dispute *d, struct dispute_file **ret, size_t *ret_n)
{
    struct dispute_file *f = arena_array(c->arena, struct dispute_file, evidence_field_count);
    TRY(evidence_db_files(c, d->n, f, evidence_field_count, ret_n));
    *ret = f;
    return E_OK;
}

enum err dispute_file_get(struct ctx *c, struct id id, struct dispute_file *ret)
{
    bool found = false;
    TRY(evidence_db_file(c, id, &found, ret));
    return found ? E_OK : fail(c, NOT_FOUND, "there is no such document");
}

/* ---- what a bank takes */

enum err evidence_check_file(struct ctx *c, struct dispute_file *f)
{
    static const struct {
        const char *type, *begins;
    } types[] = {
        { "application/pdf", "%PDF-" },
        { "image/jpeg", "\xff\xd8\xff" },
        { "image/png", "\x89PNG\r\n\x1a\n" },
    };
    if (!f->field->file)
        return fail(c, INVALID_REQUEST, "%.*s: it is a text, not a document", SARG(f->field->name));
    if (f->body.n == 0 || f->body.n > EVIDENCE_FILE_MAX)
        return fail(c, INVALID_REQUEST, "%.*s: a document has between 1 and %d bytes",
            SARG(f->field->name), EVIDENCE_FILE_MAX);
    f->name = str_clean(c->arena, f->name, EVIDENCE_NAME_MAX);
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (str_starts(f->body, str_of_c(types[i].begins))) {
            f->type = str_of_c(types[i].type);
            f->size = (int64_t)f->body.n;
            return E_OK;
        }
    return fail(
        c, INVALID_REQUEST, "%.*s: a document is a PDF, a JPEG or a PNG", SARG(f->field->name));
}

static enum err check_text(struct ctx *c, const struct evidence_text *t)
{
    if (t->field->file)
        return fail(c, INVALID_REQUEST, "%.*s: it is a document, not a text", SARG(t->field->name));
    if (t->text.n > EVIDENCE_TEXT_MAX || !str_is_utf8(t->text))
        return fail(c, INVALID_REQUEST, "%.*s: a text has at most %d bytes", SARG(t->field->name),
            EVIDENCE_TEXT_MAX);
    return E_OK;
}

/* ---- changing it */

static const struct evidence_text *said_anew(
    const struct evidence_change *in, const struct evidence_field *field)
{
    const struct evidence_text *found = NULL;
    for (size_t i = 0; i < in->texts; i++)
        if (in->text[i].field == field)
            found = &in->text[i];
    return found;
}

static enum err merge(struct ctx *c, struct dispute *d, const struct evidence_change *in)
{
    struct evidence_text *was = NULL;
    size_t n = 0, w = 0;
    int64_t all = 0;
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    TRY(evidence_texts(c, d, &was, &n));
    json_open(&j, NULL, '{');
    for (size_t i = 0; i < evidence_field_count; i++) {
        const struct evidence_field *f = &evidence_fields[i];
        const struct evidence_text *anew = said_anew(in, f);
        struct str text = S("");
        if (w < n && was[w].field == f)
            text = was[w++].text;
        if (anew != NULL) {
            TRY(check_text(c, anew));
            text = anew->text;
        }
        all += (int64_t)text.n;
        if (text.n > 0)
            json_str(&j, str_c(c->arena, f->name), text);
    }
    json_close(&j, '}');
    if (all > EVIDENCE_TEXTS_MAX)
        return fail(
            c, INVALID_REQUEST, "all texts together have at most %d bytes", EVIDENCE_TEXTS_MAX);
    d->evidence = buf_str(&b);
    return E_OK;
}

static enum err take_files(struct ctx *c, const struct dispute *d, const struct evidence_change *in)
{
    struct dispute_file *kept = NULL;
    size_t n = 0;
    int64_t all = 0;
    for (size_t i = 0; i < in->gones; i++)
        TRY(evidence_db_drop_file(c, d->n, in->gone[i]->name));
    for (size_t i = 0; i < in->files; i++) {
        struct dispute_file f = in->file[i];
        TRY(evidence_check_file(c, &f));
        f.dispute_n = d->n;
        TRY(evidence_db_drop_file(c, d->n, f.field->name));
        TRY(evidence_db_put_file(c, &f));
    }
    TRY(dispute_files(c, d, &kept, &n));
    for (size_t i = 0; i < n; i++)
        all += kept[i].size;
    if (all > EVIDENCE_FILES_MAX)
        return fail(
            c, INVALID_REQUEST, "all documents together have at most %d bytes", EVIDENCE_FILES_MAX);
    return E_OK;
}

/* Which fields there are now, and nothing of what stands in them. */
static enum err change_fact(struct ctx *c, const struct dispute *d, const struct order *o)
{
    struct evidence_text *text = NULL;
    struct dispute_file *file = NULL;
    size_t texts = 0, files = 0;
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    TRY(evidence_texts(c, d, &text, &texts));
    TRY(dispute_files(c, d, &file, &files));
    json_open(&j, NULL, '{');
    json_str(&j, "orderId", order_id(c->arena, o));
    json_str(&j, "state", evidence_state_text(d->evidence_state));
    json_open(&j, "fields", '[');
    for (size_t i = 0; i < texts; i++)
        json_str(&j, NULL, text[i].field->name);
    for (size_t i = 0; i < files; i++)
        json_str(&j, NULL, file[i].field->name);
    json_close(&j, ']');
    json_close(&j, '}');
    const struct fact fact = {
        .kind = S("DISPUTE_EVIDENCE_CHANGED"),
        .subject = dispute_id(c->arena, d),
        .customer_n = o->customer_n,
        .version = d->version,
        .data = buf_str(&b),
    };
    return fact_add(c, &fact, NULL);
}

static enum err send(struct ctx *c, struct dispute *d)
{
    struct evidence_text *text = NULL;
    struct dispute_file *file = NULL;
    size_t texts = 0, files = 0;
    TRY(evidence_texts(c, d, &text, &texts));
    TRY(dispute_files(c, d, &file, &files));
    if (texts + files == 0)
        return fail(c, INVALID_REQUEST, "say something first: there is nothing to send");
    d->evidence_state = EVIDENCE_SENDING;
    d->evidence_why = S("");
    d->sendings++;
    return job_add(c, DISPUTE_SEND, str_fmt(c->arena, "%lld", (long long)d->n), c->now_ms);
}

enum err evidence_change(
    struct ctx *c, struct id dispute, const struct evidence_change *in, struct dispute *ret)
{
    struct dispute d;
    struct order o;
    TRY(dispute_get(c, dispute, &d));
    TRY(order_lock(c, d.order_n, &o)); /* what the gateway says comes before or after it */
    TRY(dispute_get(c, dispute, &d));
    struct str why = evidence_closed(c, &d);
    if (why.n > 0)
        return fail(c, CONFLICT, "%.*s", SARG(why));
    TRY(merge(c, &d, in));
    TRY(take_files(c, &d, in));
    if (in->send)
        TRY(send(c, &d));
    else if (d.evidence_state == EVIDENCE_REFUSED)
        d.evidence_state = EVIDENCE_DRAFT;
    TRY(dispute_db_update(c, &d));
    d.version++;
    TRY(change_fact(c, &d, &o));
    *ret = d;
    return E_OK;
}
