#include "console/console_page.h"

#include "base/clock.h"
#include "base/id.h"
#include "dispute/evidence.h"
#include "web/part.h"

/* /admin/disputes/{id}: what one is about, and what we say to it. */

struct looked {
    struct dispute dispute;
    struct order order;
    struct attempt attempt;
    struct evidence_text *text;
    struct dispute_file *file;
    size_t texts, files;
};

static enum err load(struct req *r, struct looked *ret)
{
    struct id id;
    if (!id_parse(S("dsp"), r->params[0], &id))
        return fail(r->c, NOT_FOUND, "there is no such dispute");
    TRY(dispute_get(r->c, id, &ret->dispute));
    TRY(order_by_n(r->c, ret->dispute.order_n, &ret->order));
    TRY(attempt_by_n(r->c, ret->dispute.attempt_n, &ret->attempt));
    TRY(evidence_texts(r->c, &ret->dispute, &ret->text, &ret->texts));
    return dispute_files(r->c, &ret->dispute, &ret->file, &ret->files);
}

static void pair(struct buf *b, const char *label, struct str value)
{
    if (value.n > 0)
        html(b, "<div><dt>", label, "</dt><dd class=\"any\">", value, "</dd></div>");
}

/* "needs_response" as people say it. */
static struct str spoken(struct arena *a, struct str word)
{
    struct buf out = BUF(a);
    for (size_t i = 0; i < word.n; i++)
        buf_char(&out, word.p[i] == '_' ? ' ' : word.p[i]);
    return str_sentence(a, buf_str(&out));
}

static struct str sum(struct buf *b, const struct dispute *d, int64_t minor)
{
    return minor == 0 ? S("") : money_text_code(b->arena, (struct money) { minor, d->amount.cur });
}

static void write_facts(struct req *r, struct buf *b, const struct looked *k)
{
    const struct dispute *d = &k->dispute;
    struct str left = console_dispute_left(r->c, d);
    html(b,
        "<section class=\"card stack tight\" aria-labelledby=\"what\"><h2 id=\"what\">What it is about</h2><dl class=\"facts pairs\">");
    pair(b, "Why", dispute_reason_words(b->arena, d));
    pair(b, "Argued about", money_text_code(b->arena, d->amount));
    pair(b, "Taken by the gateway", sum(b, d, d->withdrawn_minor));
    pair(b, "Lost", sum(b, d, d->lost_minor));
    pair(b, "Fee", d->fee.minor != 0 ? money_text_code(b->arena, d->fee) : S(""));
    if (d->due_ms > 0)
        pair(b, "Answer before",
            str_fmt(b->arena, "%.*s%s%.*s", SARG(time_words(b->arena, d->due_ms)),
                left.n > 0 ? ", " : "", SARG(left)));
    pair(b, "Gateway", console_gateway_title(d->gateway));
    pair(b, "Its id there", d->reference);
    pair(b, "The gateway says", spoken(b->arena, d->word));
    pair(b, "Began", time_words(b->arena, d->opened_ms));
    pair(b, "Over since", d->closed_ms > 0 ? time_words(b->arena, d->closed_ms) : S(""));
    html(b, "</dl><p><a href=\"/admin/orders/", order_number(b->arena, &k->order),
        "\">The order’s whole story</a></p></section>\n");
}

/* What is said already; of a draft what stands in the order, so that nobody types it again. */
static struct str said_of(const struct looked *k, const struct evidence_field *f)
{
    for (size_t i = 0; i < k->texts; i++)
        if (k->text[i].field == f)
            return k->text[i].text;
    if (k->dispute.evidence_state != EVIDENCE_DRAFT || k->texts > 0)
        return S("");
    return str_eq(f->name, S("customerName")) ? k->order.name
        : str_eq(f->name, S("customerEmail")) ? k->order.email
                                              : S("");
}

static const struct dispute_file *file_of(const struct looked *k, const struct evidence_field *f)
{
    for (size_t i = 0; i < k->files; i++)
        if (k->file[i].field == f)
            return &k->file[i];
    return NULL;
}

static void write_file(struct buf *b, const struct looked *k, const struct dispute_file *f)
{
    html(b, "<a href=\"/admin/disputes/", dispute_id(b->arena, &k->dispute), "/files/",
        dispute_file_id(b->arena, f), "\">", f->name.n > 0 ? f->name : S("document"),
        "</a> <span class=\"small muted\">",
        str_fmt(b->arena, "%lld kB", (long long)(f->size + 999) / 1000), "</span>");
}

static void write_field(struct buf *b, const struct looked *k, const struct evidence_field *f)
{
    const struct dispute_file *file = f->file ? file_of(k, f) : NULL;
    html(b, "<div class=\"stack tight\">");
    part_field(b,
        &(struct part_field) {
            .name = f->name,
            .label = f->title,
            .type = f->file ? S("file")
                : f->lines  ? S("textarea")
                            : S("text"),
            .value = f->file ? S("") : said_of(k, f),
            .max = f->file ? 0 : EVIDENCE_TEXT_MAX,
            .optional = true,
        });
    if (file != NULL) {
        html(b, "<p class=\"row\">");
        write_file(b, k, file);
        html(b, "</p>");
    }
    html(b, "</div>");
}

static void write_fields(struct buf *b, const struct looked *k)
{
    static const struct str titles[] = {
        [EVIDENCE_OF_SALE] = S_INIT("What was sold, and to whom"),
        [EVIDENCE_OF_ARRIVAL] = S_INIT("How it reached the customer"),
        [EVIDENCE_OF_TERMS] = S_INIT("Refunds and cancelling"),
        [EVIDENCE_OF_TWICE] = S_INIT("Whether it was charged twice"),
        [EVIDENCE_OF_ELSE] = S_INIT("The rest"),
    };
    _Static_assert(ARRAY_LEN(titles) == EVIDENCE_ABOUT_COUNT, "every group has a title");
    for (size_t g = 0; g < EVIDENCE_ABOUT_COUNT; g++) {
        html(b, "<fieldset class=\"group\"><legend><h3>", titles[g],
            "</h3></legend><div class=\"halves\">");
        for (size_t i = 0; i < evidence_field_count; i++)
            if (evidence_fields[i].about == (enum evidence_about)g)
                write_field(b, k, &evidence_fields[i]);
        html(b, "</div></fieldset>\n");
    }
}

static void write_form(struct req *r, struct buf *b, const struct looked *k)
{
    html(b,
        "<section class=\"card stack\" aria-labelledby=\"say\"><h2 id=\"say\">What we say to it</h2>",
        "<p>Whatever shows that the buyer bought it and got it. Documents are PDF, JPEG or PNG, 700 kB at most in one go.</p>",
        "<p>Nothing reaches the bank before it is submitted, and then it is for good.</p>");
    part_form_open(b,
        &(struct part_form) {
            .action =
                str_fmt(b->arena, "/admin/disputes/%.*s", SARG(dispute_id(b->arena, &k->dispute))),
            .csrf = r->csrf,
            .documents = true,
        });
    write_fields(b, k);
    html(b, "<p class=\"row\">");
    part_button(b,
        &(struct part_button) { .words = S("Save"),
            .kind = BUTTON_QUIET,
            .busy = S("Saving…"),
            .name = S("send"),
            .value = S("no") });
    part_button(b,
        &(struct part_button) { .words = S("Submit evidence"),
            .busy = S("Submitting…"),
            .name = S("send"),
            .value = S("yes") });
    html(b, "</p>");
    part_form_close(b);
    html(b, "</section>\n");
}

static void write_said(struct buf *b, const struct looked *k)
{
    if (k->texts + k->files == 0)
        return;
    html(b,
        "<section class=\"card stack tight\" aria-labelledby=\"said\"><h2 id=\"said\">What we said</h2><dl class=\"facts\">");
    for (size_t i = 0; i < k->texts; i++)
        html(b, "<div><dt>", k->text[i].field->title, "</dt><dd class=\"any\">", k->text[i].text,
            "</dd></div>");
    for (size_t i = 0; i < k->files; i++) {
        html(b, "<div><dt>", k->file[i].field->title, "</dt><dd class=\"any\">");
        write_file(b, k, &k->file[i]);
        html(b, "</dd></div>");
    }
    html(b, "</dl></section>\n");
}

static void write_note(struct buf *b, enum tone tone, enum icon icon, struct str words)
{
    part_note_open(b, &(struct part_note) { .tone = tone, .icon = icon });
    html(b, "<p>", str_sentence(b->arena, words), ".</p>");
    part_note_close(b);
}

static enum err dispute(struct req *r)
{
    struct looked k = { .texts = 0 };
    struct buf *b = NULL;
    TRY(load(r, &k));
    const struct dispute *d = &k.dispute;
    struct str number = order_number(r->c->arena, &k.order);
    struct str closed = evidence_closed(r->c, d);
    TRY(console_open(r,
        &(struct console_head) { .title = str_fmt(r->c->arena, "Dispute about %.*s", SARG(number)),
            .here = S("/admin/disputes") },
        &b));
    console_crumb(b, S("/admin/disputes"), S("Disputes"));
    html(b, "<h1>Dispute about <span class=\"nb\">", number, "</span></h1>\n<p class=\"row\">");
    console_dispute_badge(b, d->status);
    part_money(b, d->amount);
    html(b, "</p>\n");
    TRY(console_note(r, b));
    if (d->evidence_state == EVIDENCE_REFUSED)
        write_note(b, TONE_BAD, ICON_ALERT,
            str_fmt(b->arena, "the gateway refused what we said: %.*s", SARG(d->evidence_why)));
    if (closed.n > 0)
        write_note(b, TONE_INFO, ICON_EYE, closed);
    write_facts(r, b, &k);
    if (closed.n > 0 || !console_may(r, CONSOLE_FINANCE))
        write_said(b, &k);
    else
        write_form(r, b, &k);
    if (closed.n == 0 && !console_may(r, CONSOLE_FINANCE))
        html(b, "<p class=\"muted\">People with the role finance or owner answer this.</p>");
    console_close(r);
    return E_OK;
}

/* ---- a document: never shown in the page's own place, whatever it is */

static enum err document(struct req *r)
{
    struct id dispute_id_, id;
    struct dispute d;
    struct dispute_file f;
    if (!id_parse(S("dsp"), r->params[0], &dispute_id_) || !id_parse(S("dsf"), r->params[1], &id))
        return fail(r->c, NOT_FOUND, "there is no such document");
    TRY(dispute_get(r->c, dispute_id_, &d));
    TRY(dispute_file_get(r->c, id, &f));
    if (f.dispute_n != d.n)
        return fail(r->c, NOT_FOUND, "there is no such document");
    struct str type, ending;
    str_cut(f.type, '/', &type, &ending);
    answer_header(r, S("Content-Disposition"),
        str_fmt(
            r->c->arena, "attachment; filename=\"%.*s.%.*s\"", SARG(f.field->name), SARG(ending)));
    answer_text(r, 200, f.type, f.body);
    return E_OK;
}

/* ---- POST /admin/disputes/{id} */

struct saying {
    struct id id;
    struct evidence_change said;
};

static enum err take_field(struct req *r, const struct evidence_field *f, struct saying *in,
    struct evidence_text *text, struct dispute_file *file)
{
    const char *name = str_c(r->c->arena, f->name);
    struct req_file came = { S(""), S("") };
    struct str words = S("");
    bool given = false;
    if (!f->file) {
        TRY(req_form(r, name, &given, &words));
        if (given)
            text[in->said.texts++] = (struct evidence_text) { f, str_trim(words) };
        return E_OK;
    }
    TRY(req_file(r, name, &given, &came));
    if (!given || came.body.n == 0)
        return E_OK;
    struct dispute_file *k = &file[in->said.files++];
    *k = (struct dispute_file) {
        .id = id_new(r->c), .field = f, .name = came.name, .body = came.body
    };
    return evidence_check_file(r->c, k);
}

static enum err say_parse(struct req *r)
{
    struct saying *in = r->in;
    struct evidence_text *text =
        arena_array(r->c->arena, struct evidence_text, evidence_field_count);
    struct dispute_file *file = arena_array(r->c->arena, struct dispute_file, evidence_field_count);
    struct str send = S("");
    if (!id_parse(S("dsp"), r->params[0], &in->id))
        return fail(r->c, NOT_FOUND, "there is no such dispute");
    for (size_t i = 0; i < evidence_field_count; i++)
        TRY(take_field(r, &evidence_fields[i], in, text, file));
    TRY(console_field(r, "send", &send));
    in->said.text = text;
    in->said.file = file;
    in->said.send = str_eq(send, S("yes"));
    return E_OK;
}

static enum err say(struct req *r)
{
    const struct saying *in = r->in;
    struct dispute d;
    TRY(evidence_change(r->c, in->id, &in->said, &d));
    console_after(r,
        str_fmt(r->c->arena, "/admin/disputes/%.*s", SARG(dispute_id(r->c->arena, &d))),
        in->said.send ? "submitted" : "saved");
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/admin/disputes/{id}", SHAPE_READ, NULL, dispute, NULL, 0, ALLOW_ADMIN | ALLOW_VIEWER,
        ROUTE_PAGE, 0, "The console: one dispute, its deadline and what we say to it." },
    { "GET", "/admin/disputes/{id}/files/{file}", SHAPE_READ, NULL, document, NULL, 0,
        ALLOW_ADMIN | ALLOW_VIEWER, ROUTE_PAGE, 0, "The console: a document of our evidence." },
    { "POST", "/admin/disputes/{id}", SHAPE_WRITE, say_parse, say, NULL, sizeof(struct saying),
        ALLOW_ADMIN | ALLOW_FINANCE, ROUTE_PAGE | ROUTE_DOCUMENTS, 0,
        "The console: says it, or keeps it." },
};
const struct routes console_dispute_routes = { table, ARRAY_LEN(table) };
