#include "edge/key.h"

#include "base/id.h"
#include "console/console_page.h"
#include "edge/auth.h"
#include "web/part.h"

/* /admin/keys: who may call the API.  It stands here because keys are the edge's. */

struct listing {
    struct req *r;
    struct part_rows rows;
    struct key key;
    int64_t shown;
};

static void when(struct buf *b, int64_t ms, const char *never_words)
{
    if (ms == 0)
        html(b, "<span class=\"muted\">", never_words, "</span>");
    else
        part_time_exact(b, ms);
}

static enum err one(struct ctx *c, void *arg)
{
    struct listing *l = arg;
    struct buf *b = l->rows.b;
    const struct key *k = &l->key;
    bool over = k->revoked_ms > 0 || (k->expires_ms > 0 && k->expires_ms <= c->wall_ms);
    l->shown++;
    part_row(&l->rows);
    part_cell(&l->rows);
    html(b, k->name.n > 0 ? k->name : S("Without a name"));
    part_cell(&l->rows);
    html(b, role_text(k->role));
    part_cell(&l->rows);
    part_badge(b, over ? TONE_REST : TONE_OK, over ? ICON_CROSS : ICON_CHECK,
        k->revoked_ms > 0 ? S("Revoked")
            : over        ? S("Expired")
                          : S("Active"));
    part_cell(&l->rows);
    html(b, "<code>", k->shown, "…</code>");
    part_cell(&l->rows);
    when(b, k->used_ms, "Never used");
    part_cell(&l->rows);
    if (!over)
        console_deed(l->r, b,
            &(struct console_deed) { .action = str_fmt(c->arena, "/admin/keys/%.*s",
                                         SARG(id_text(c->arena, S("key"), k->id))),
                .words = S("Revoke"),
                .danger = true });
    l->key = (struct key) { .n = 0 };
    return E_OK;
}

static void write_create(struct req *r, struct buf *b)
{
    static const struct part_option roles[] = { { S_INIT("app"), S_INIT("App: sells and reads") },
        { S_INIT("readonly"), S_INIT("Read only") },
        { S_INIT("admin"), S_INIT("Admin: everything") } };
    html(b, "<section class=\"card stack\" aria-labelledby=\"new\"><h2 id=\"new\">A new key</h2>");
    part_form_open(b, &(struct part_form) { .action = S("/admin/keys"), .csrf = r->csrf });
    part_field(b,
        &(struct part_field) { .name = S("name"),
            .label = S("Name"),
            .hint = S("What it is for, to recognise it by."),
            .max = KEY_NAME_MAX });
    part_field(b,
        &(struct part_field) { .name = S("role"),
            .label = S("Role"),
            .type = S("select"),
            .value = S("app"),
            .options = roles,
            .option_count = ARRAY_LEN(roles) });
    html(b, "<p>");
    part_button(b, &(struct part_button) { .words = S("Create the key"), .icon = ICON_KEY });
    html(b, "</p>");
    part_form_close(b);
    html(b, "</section>\n");
}

static enum err keys(struct req *r)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("Name"), .any = true },
        { .label = S_INIT("Role"), .whole = true },
        { .label = S_INIT("State") },
        { .label = S_INIT("Begins with"), .whole = true },
        { .label = S_INIT("Last used"), .whole = true, .full = true, .muted = true },
        { .label = S_INIT("Action"), .full = true },
    };
    struct listing l = { .r = r };
    struct buf *b = NULL;
    struct buf rows = BUF(r->c->arena);
    TRY(console_open(
        r, &(struct console_head) { .title = S("Keys"), .here = S("/admin/keys") }, &b));
    html(b, "<h1>API keys</h1>\n");
    TRY(console_note(r, b));
    l.rows = part_rows_open(&rows, S("API keys"), columns, ARRAY_LEN(columns));
    TRY(key_list(r->c, 0, 100, &l.key, one, &l));
    part_rows_close(&l.rows);
    if (l.shown > 0)
        buf_add(b, buf_str(&rows));
    else
        html(
            b, "<p class=\"muted\">No keys yet. The one in the configuration is not listed.</p>\n");
    write_create(r, b);
    console_close(r);
    return E_OK;
}

/* ---- deeds */

struct create {
    struct key key;
    struct str text;
};

static enum err create_parse(struct req *r)
{
    struct create *in = r->in;
    struct str name, role;
    TRY(auth_recent(r));
    TRY(console_field(r, "name", &name));
    TRY(console_field(r, "role", &role));
    TRY(key_check(r->c, role, name, 0, &in->key));
    in->text = key_draw(r->c);
    return E_OK;
}

/* Shown in the answer of this one request, and never again: there is no address that has it. */
static enum err create(struct req *r)
{
    struct create *in = r->in;
    struct buf *b = NULL;
    TRY(key_create(r->c, &in->key, in->text));
    TRY(console_open(
        r, &(struct console_head) { .title = S("The new key"), .here = S("/admin/keys") }, &b));
    html(b, "<h1>The new key</h1>\n");
    part_note_open(b, &(struct part_note) { .tone = TONE_WAIT, .icon = ICON_ALERT, .news = true });
    html(b, "<p>You will not see this key again. Keep it where secrets are kept.</p>");
    part_note_close(b);
    part_box(b, &(struct part_box) { .id = S("key"), .label = S("The key"), .text = in->text });
    html(b, "<p>");
    part_button(b,
        &(struct part_button) {
            .kind = BUTTON_QUIET, .words = S("To all keys"), .href = S("/admin/keys") });
    html(b, "</p>");
    console_close(r);
    return E_OK;
}

static enum err revoke_parse(struct req *r)
{
    return auth_recent(r);
}

static enum err revoke(struct req *r)
{
    struct id id;
    if (!id_parse(S("key"), r->params[0], &id))
        return fail(r->c, NOT_FOUND, "There is no such API key.");
    TRY(key_revoke(r->c, id));
    console_after(r, S("/admin/keys"), "revoked");
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/admin/keys", SHAPE_READ, NULL, keys, NULL, 0, ALLOW_ADMIN, ROUTE_PAGE, 0,
        "The console: API keys." },
    { "POST", "/admin/keys", SHAPE_WRITE, create_parse, create, NULL, sizeof(struct create),
        ALLOW_ADMIN, ROUTE_PAGE, 0, "The console: a new API key, shown this once." },
    { "POST", "/admin/keys/{id}", SHAPE_WRITE, revoke_parse, revoke, NULL, 0, ALLOW_ADMIN,
        ROUTE_PAGE, 0, "The console: revoke an API key." },
};
const struct routes key_pages = { table, ARRAY_LEN(table) };
