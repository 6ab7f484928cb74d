#include "console/console_page.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "web/part.h"

/* /admin/webhooks/{id}: one webhook as it came, what it was checked for and what came of it. */

static const struct part_link tabs[] = {
    { S_INIT("body"), S_INIT("Body") },
    { S_INIT("headers"), S_INIT("Headers") },
    { S_INIT("checks"), S_INIT("Checks") },
    { S_INIT("effects"), S_INIT("Effects") },
};

/* Byte for byte, but for what is no text: that is shown as what it is. */
static struct str shown_bytes(struct arena *a, struct str body)
{
    struct buf b = BUF(a);
    uint32_t point = 0;
    for (size_t i = 0; i < body.n;) {
        size_t n = utf8_at(body, i, &point);
        bool control = point < 0x20 && point != '\n' && point != '\t';
        if (n == 0 || control || point == 0x7f) {
            buf_fmt(&b, "\\x%02x", (unsigned)(unsigned char)body.p[i]);
            i++;
        } else {
            buf_add(&b, str_part(body, i, n));
            i += n;
        }
    }
    return buf_str(&b);
}

/* The same JSON with a line for each member; what is no JSON stays as it is. */
static struct str pretty(struct ctx *c, struct str body)
{
    struct buf b = BUF(c->arena);
    bool in_text = false;
    int depth = 0;
    if (json_check(c, body) != E_OK) {
        err_clear(c);
        return shown_bytes(c->arena, body);
    }
    for (size_t i = 0; i < body.n; i++) {
        char ch = body.p[i];
        if (in_text) {
            buf_char(&b, ch);
            if (ch == '\\' && i + 1 < body.n)
                buf_char(&b, body.p[++i]);
            in_text = ch != '"';
            continue;
        }
        if (ch == ' ' || ch == '\n' || ch == '\t' || ch == '\r')
            continue;
        depth -= ch == '}' || ch == ']';
        if (ch == '}' || ch == ']')
            buf_fmt(&b, "\n%*s", depth * 2, "");
        buf_char(&b, ch);
        in_text = ch == '"';
        depth += ch == '{' || ch == '[';
        if (ch == '{' || ch == '[' || ch == ',')
            buf_fmt(&b, "\n%*s", depth * 2, "");
        if (ch == ':')
            buf_char(&b, ' ');
    }
    return buf_str(&b);
}

static enum err write_body(struct req *r, struct buf *b, const struct event *e)
{
    struct str none, id = event_id(b->arena, e);
    bool is_pretty = false;
    TRY(req_query(r, "pretty", &is_pretty, &none));
    if (e->body.n == 0) {
        html(b, "<p>The body was deleted after its time; its hash remains: <code class=\"any\">",
            hex_text(b->arena, e->body_hash), "</code></p>");
        return E_OK;
    }
    part_box(b,
        &(struct part_box) { .id = S("body"),
            .label = S("Body"),
            .text = is_pretty ? pretty(r->c, e->body) : shown_bytes(b->arena, e->body) });
    html(b, "<p class=\"row\"><span class=\"small muted\">",
        number_text(b->arena, (int64_t)e->body.n),
        is_pretty ? " bytes, here with line breaks" : " bytes, as they came",
        "</span><span><a href=\"/admin/webhooks/", id,
        is_pretty ? "?tab=body" : "?tab=body&pretty=1", "\">",
        is_pretty ? "As it came" : "With line breaks",
        "</a></span><span><a href=\"/admin/webhooks/", id, "/body\">Download</a></span></p>\n");
    return E_OK;
}

static void write_headers(struct buf *b, const struct event *e)
{
    html(b, "<dl class=\"facts pairs\">");
    for (struct json_iter it = json_iter(json_root(e->headers)); json_next(&it);) {
        struct str value = S("");
        json_to_str(b->arena, it.value, &value);
        html(b, "<div><dt class=\"any\">", json_name(b->arena, &it),
            "</dt><dd class=\"any\"><code>", value, "</code></dd></div>");
    }
    html(b, "</dl>\n");
}

static void pair(struct buf *b, const char *label, struct str value)
{
    html(b, "<div><dt>", label, "</dt><dd class=\"any\">", value, "</dd></div>");
}

static void write_checks(struct buf *b, const struct event *e)
{
    html(b, "<dl class=\"facts pairs\"><div><dt>Signature</dt><dd>");
    part_badge(b, TONE_OK, ICON_LOCK, S("Verified"));
    html(b, " over the raw bytes, before anything was read</dd></div>");
    pair(b, "SHA-256", hex_text(b->arena, e->body_hash));
    pair(b, "Reference", e->reference.n > 0 ? e->reference : S("None"));
    pair(b, "Deliveries",
        e->deliveries == 1
            ? S("1")
            : str_fmt(b->arena, "%lld, stored and applied once", (long long)e->deliveries));
    html(b, "<div><dt>Received</dt><dd>");
    part_time_exact(b, e->received_ms);
    html(b, "</dd></div></dl>\n");
}

static enum err write_effects(struct req *r, struct buf *b, const struct event *e)
{
    struct order o;
    html(b, "<dl class=\"facts pairs\"><div><dt>Result</dt><dd>");
    console_event_badge(b, e->status);
    html(b, "</dd></div>");
    pair(b, "What came of it", e->outcome.n > 0 ? e->outcome : S("Nothing yet"));
    pair(b, "Tries", number_text(b->arena, e->tries));
    if (e->applied_ms > 0) {
        html(b, "<div><dt>Applied</dt><dd>");
        part_time_exact(b, e->applied_ms);
        html(b, "</dd></div>");
    }
    if (e->order_n > 0) {
        TRY(order_by_n(r->c, e->order_n, &o));
        struct str number = order_number(b->arena, &o);
        html(b, "<div><dt>Order</dt><dd><a href=\"/admin/orders/", number, "\">", number,
            "</a></dd></div>");
    }
    html(b, "</dl>\n");
    return E_OK;
}

struct shown {
    struct req *r;
    struct str dry; /* what a dry run said, or empty */
    bool changes;
};

static enum err write_event(struct req *r, const struct shown *shown)
{
    struct id id;
    struct event e;
    struct str tab = S("");
    struct buf *b = NULL;
    bool given = false;
    struct part_link links[ARRAY_LEN(tabs)];
    if (!id_parse(S("evt"), r->params[0], &id))
        return fail(r->c, NOT_FOUND, "there is no such webhook");
    TRY(event_get(r->c, id, &e));
    TRY(req_query(r, "tab", &given, &tab));
    size_t at = shown->dry.n > 0 ? 3 : 0;
    for (size_t i = 0; i < ARRAY_LEN(tabs); i++) {
        links[i] = (struct part_link) { str_fmt(r->c->arena, "/admin/webhooks/%.*s?tab=%.*s",
                                            SARG(r->params[0]), SARG(tabs[i].href)),
            tabs[i].words };
        if (str_eq(tabs[i].href, tab))
            at = i;
    }
    TRY(console_open(
        r, &(struct console_head) { .title = e.name, .here = S("/admin/webhooks") }, &b));
    console_crumb(b, S("/admin/webhooks"), S("Webhooks"));
    TRY(console_note(r, b));
    if (shown->dry.n > 0) {
        part_note_open(b,
            &(struct part_note) {
                .tone = shown->changes ? TONE_WAIT : TONE_INFO, .icon = ICON_EYE, .news = true });
        html(b, "<p><strong>", shown->changes ? "Something would change" : "Nothing would change",
            ":</strong> ", shown->dry, ".</p>");
        part_note_close(b);
    }
    html(b, "<h1 class=\"any\">", e.name, "</h1>\n<p class=\"row\">");
    console_event_badge(b, e.status);
    html(b, "<span>", console_gateway_title(e.gateway), "</span><code class=\"small any\">",
        r->params[0], "</code></p>\n");
    if (console_may(r, CONSOLE_SUPPORT) && e.body.n > 0) {
        html(b, "<div class=\"row\">");
        console_deed(r, b,
            &(struct console_deed) {
                .action = str_fmt(b->arena, "/admin/webhooks/%.*s/dry", SARG(r->params[0])),
                .words = S("Dry run") });
        console_deed(r, b,
            &(struct console_deed) {
                .action = str_fmt(b->arena, "/admin/webhooks/%.*s/replay", SARG(r->params[0])),
                .words = S("Replay"),
                .busy = S("Replaying…") });
        html(b, "</div>\n");
    }
    part_tabs(b, S("Views of the webhook"), links, ARRAY_LEN(links), links[at].href);
    if (at == 0)
        TRY(write_body(r, b, &e));
    else if (at == 1)
        write_headers(b, &e);
    else if (at == 2)
        write_checks(b, &e);
    else
        TRY(write_effects(r, b, &e));
    console_close(r);
    return E_OK;
}

static enum err webhook(struct req *r)
{
    return write_event(r, &(struct shown) { .dry = S("") });
}

/* Never as a page: a stranger wrote it. */
static enum err body(struct req *r)
{
    struct id id;
    struct event e;
    if (!id_parse(S("evt"), r->params[0], &id))
        return fail(r->c, NOT_FOUND, "there is no such webhook");
    TRY(event_get(r->c, id, &e));
    if (e.body.n == 0)
        return fail(r->c, NOT_FOUND, "the body was deleted after its time; its hash remains");
    answer_header(r, S("Content-Disposition"),
        str_fmt(r->c->arena, "attachment; filename=\"%.*s.txt\"", SARG(r->params[0])));
    answer_text(r, 200, S("application/octet-stream"), e.body);
    return E_OK;
}

static enum err id_of(struct req *r, struct id *ret)
{
    if (!id_parse(S("evt"), r->params[0], ret))
        return fail(r->c, NOT_FOUND, "there is no such webhook");
    return E_OK;
}

static enum err replay(struct req *r)
{
    struct id id;
    struct str words;
    bool changes = false;
    TRY(id_of(r, &id));
    TRY(console_replay(r->c, id, false, &words, &changes));
    answer_redirect(r, 303,
        str_fmt(r->c->arena, "/admin/webhooks/%.*s?tab=effects&done=replayed", SARG(r->params[0])));
    return E_OK;
}

static enum err show_dry(struct ctx *c, void *arg)
{
    struct shown *shown = arg;
    (void)c;
    return write_event(shown->r, shown);
}

static enum err dry(struct req *r)
{
    struct id id;
    struct shown shown = { .r = r };
    TRY(id_of(r, &id));
    TRY(console_replay(r->c, id, true, &shown.dry, &shown.changes));
    return console_read(r->c, show_dry, &shown);
}

enum {
    LOOKS = ALLOW_ADMIN | ALLOW_VIEWER,
    HELPS = ALLOW_ADMIN | ALLOW_SUPPORT
};
static const struct route table[] = {
    { "GET", "/admin/webhooks/{id}", SHAPE_READ, NULL, webhook, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: one webhook's body, headers, checks and effects." },
    { "GET", "/admin/webhooks/{id}/body", SHAPE_READ, NULL, body, NULL, 0, LOOKS, ROUTE_PAGE, 0,
        "The console: the raw bytes of a webhook, to keep." },
    { "POST", "/admin/webhooks/{id}/replay", SHAPE_CALL, NULL, replay, NULL, 0, HELPS, ROUTE_PAGE,
        0, "The console: apply a webhook once more." },
    { "POST", "/admin/webhooks/{id}/dry", SHAPE_CALL, NULL, dry, NULL, 0, HELPS, ROUTE_PAGE, 0,
        "The console: what a replay would do." },
};
const struct routes console_webhook_routes = { table, ARRAY_LEN(table) };
