#include "console/console_page.h"

#include "base/clock.h"
#include "catalog/catalog.h"
#include "coupon/coupon.h"
#include "web/list.h"
#include "web/part.h"

/* /admin/coupons: codes, how often each was used, a new one, and which nobody may use for now. */

struct listing {
    struct list list;
    struct part_rows rows;
    struct req *r;
};

static void badge(struct buf *b, const struct ctx *c, const struct coupon *k)
{
    if (!k->active)
        part_badge(b, TONE_REST, ICON_CLOCK, S("Paused"));
    else if (k->expires_ms > 0 && k->expires_ms <= c->now_ms)
        part_badge(b, TONE_REST, ICON_CROSS, S("Ended"));
    else if (k->max_uses > 0 && k->used >= k->max_uses)
        part_badge(b, TONE_WAIT, ICON_ALERT, S("Used up"));
    else if (k->starts_ms > c->now_ms)
        part_badge(b, TONE_WAIT, ICON_CLOCK, S("Not begun"));
    else
        part_badge(b, TONE_OK, ICON_CHECK, S("In force"));
}

static enum err one(struct ctx *c, const struct coupon *k, void *arg)
{
    struct listing *l = arg;
    struct buf *b = l->rows.b;
    struct arena *a = c->arena;
    if (!list_room(&l->list, k->n))
        return E_OK;
    part_row(&l->rows);
    part_cell(&l->rows);
    html(b, "<code class=\"any\">", k->code, "</code>");
    part_cell(&l->rows);
    html(b, coupon_off_words(a, k));
    part_cell(&l->rows);
    html(b,
        k->max_uses > 0 ? str_fmt(a, "%.*s of %.*s", SARG(number_text(a, k->used)),
                              SARG(number_text(a, k->max_uses)))
                        : S("No limit"));
    part_cell(&l->rows);
    badge(b, c, k);
    part_cell(&l->rows);
    html(b, k->expires_ms > 0 ? time_day(a, k->expires_ms) : S("Never"));
    part_cell(&l->rows);
    html(b, k->from_file ? S("Catalogue") : S("Console"));
    part_cell(&l->rows);
    if (console_may(l->r, CONSOLE_FINANCE))
        console_deed(l->r, b,
            &(struct console_deed) {
                .action = str_fmt(a, "/admin/coupons/%.*s/%s", SARG(coupon_id(a, k)),
                    k->active ? "pause" : "resume"),
                .words = k->active ? S("Pause") : S("Resume"),
            });
    return E_OK;
}

/* ---- a new one */

struct form {
    struct str code, percent, amount, uses, per_customer, expires, note;
    struct coupon k;
    bool typed, wrong;
};

static enum err write_form(struct req *r, struct buf *b, const struct form *f)
{
    const struct catalog *catalog = NULL;
    TRY(catalog_now(r->c, &catalog));
    struct str cur = currency_code(catalog->currency);
    const struct part_field fields[] = {
        { .name = S("code"), .label = S("Code"), .value = f->code, .max = 40 },
        { .name = S("percent"),
            .label = S("Percent that it takes off"),
            .hint = S("Or an amount beside it."),
            .value = f->percent,
            .inputmode = S("decimal"),
            .optional = true,
            .max = 6 },
        { .name = S("amount"),
            .label = str_fmt(b->arena, "Amount that it takes off, in %.*s", SARG(cur)),
            .value = f->amount,
            .inputmode = S("decimal"),
            .optional = true,
            .max = 12 },
        { .name = S("uses"),
            .label = S("Uses in all"),
            .hint = S("Empty: no limit."),
            .value = f->uses,
            .inputmode = S("numeric"),
            .optional = true,
            .max = 10 },
        { .name = S("per_customer"),
            .label = S("Uses of each customer"),
            .hint = S("Empty: no limit."),
            .value = f->per_customer,
            .inputmode = S("numeric"),
            .optional = true,
            .max = 10 },
        { .name = S("expires"),
            .label = S("Ends on"),
            .hint = S("As 2030-01-31, at the beginning of that day in UTC. Empty: never."),
            .value = f->expires,
            .optional = true,
            .max = 10 },
    };
    html(b, "<section class=\"card stack\" aria-labelledby=\"new\"><h2 id=\"new\">A new code</h2>");
    if (f->note.n > 0) {
        part_note_open(
            b, &(struct part_note) { .tone = TONE_BAD, .icon = ICON_ALERT, .news = true });
        html(b, "<p>", f->note, ".</p>");
        part_note_close(b);
    }
    part_form_open(b,
        &(struct part_form) {
            .action = S("/admin/coupons"), .csrf = r->csrf, .tried = f->note.n > 0 });
    html(b, "<input type=\"hidden\" name=\"currency\" value=\"", cur, "\"><div class=\"halves\">");
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        part_field(b, &fields[i]);
    html(b, "</div><p>");
    part_button(b, &(struct part_button) { .words = S("Make the code"), .busy = S("Making…") });
    html(b, "</p>");
    part_form_close(b);
    html(b, "</section>\n");
    return E_OK;
}

static enum err write_page(struct req *r, const struct form *f)
{
    static const struct part_column columns[] = {
        { .label = S_INIT("Code"), .any = true },
        { .label = S_INIT("Takes off"), .number = true, .whole = true },
        { .label = S_INIT("Used"), .number = true, .whole = true },
        { .label = S_INIT("Status"), .whole = true },
        { .label = S_INIT("Ends"), .whole = true },
        { .label = S_INIT("From"), .whole = true },
        { .label = S_INIT("Change"), .full = true },
    };
    struct listing l = { .r = r };
    struct buf *b = NULL;
    struct buf rows = BUF(r->c->arena);
    TRY(req_page(r, &l.list.page));
    TRY(console_open(r,
        &(struct console_head) {
            .title = S("Coupons"), .here = S("/admin/coupons"), .errors = f->note.n > 0 },
        &b));
    html(b,
        "<h1>Coupons</h1>\n<p class=\"lead\">Codes that take something off. <a "
        "href=\"/admin/reports/coupons\">What they brought</a></p>\n");
    TRY(console_note(r, b));
    l.rows = part_rows_open(&rows, S("Coupons, newest first"), columns, ARRAY_LEN(columns));
    TRY(coupon_list(r->c, l.list.page.after_n, list_want(&l.list), one, &l));
    part_rows_close(&l.rows);
    if (l.list.shown == 0) {
        part_empty(b,
            &(struct part_empty) { .icon = ICON_BOX,
                .title = S("No codes yet"),
                .sentence = S("Those of the catalogue’s file are here, and those made here."),
                .href = S("/admin/reports/coupons"),
                .action = S("See the report") });
    } else {
        buf_add(b, buf_str(&rows));
        part_pages(b,
            &(struct part_pages) { .shown = l.list.shown,
                .older = console_older(r, S("/admin/coupons"), S(""), &l.list) });
    }
    if (console_may(r, CONSOLE_FINANCE))
        TRY(write_form(r, b, f));
    console_close(r);
    return E_OK;
}

static enum err coupons(struct req *r)
{
    return write_page(r, &(struct form) { .typed = false });
}

/* ---- POST /admin/coupons */

static struct str count(struct str text, int64_t *inout, const char *what, struct arena *a)
{
    return text.n == 0 || str_to_i64(text, inout) ? S("")
                                                  : str_fmt(a, "%s is a whole number", what);
}

/* Without the store; the rest is coupon_make's to judge. */
static struct str read_off(struct form *f, struct str currency)
{
    int64_t bps = 0;
    if (f->percent.n > 0 && (!decimal_parse(f->percent, 2, &bps) || bps > 10000))
        return S("A percentage is a number such as 10 or 12.5, at most 100");
    f->k.bps = (int32_t)bps;
    if (f->amount.n == 0)
        return S("");
    if (!currency_parse(currency, &f->k.amount.cur) ||
        !decimal_parse(f->amount, currency_digits(f->k.amount.cur), &f->k.amount.minor))
        return S("An amount is a number such as 5.00");
    return S("");
}

static enum err make_again_read(struct ctx *c, void *arg)
{
    (void)c;
    struct req *r = arg;
    return write_page(r, r->in);
}

static void make_again(struct req *r, const struct error_shown *e)
{
    struct form *f = r->in;
    const struct errinfo why = r->c->err;
    r->error_page = NULL;
    bool mend = why.code == CODE_INVALID_REQUEST || why.code == CODE_CONFLICT;
    f->note = mend ? str_sentence(r->c->arena, err_told(&why)) : S("");
    err_clear(r->c);
    if (mend && f->typed && console_read(r->c, make_again_read, r) == E_OK)
        return;
    console_error(r, e);
}

static enum err make_parse(struct req *r)
{
    struct form *f = r->in;
    struct arena *a = r->c->arena;
    struct str currency = S("");
    TRY(console_field(r, "code", &f->code));
    TRY(console_field(r, "percent", &f->percent));
    TRY(console_field(r, "amount", &f->amount));
    TRY(console_field(r, "uses", &f->uses));
    TRY(console_field(r, "per_customer", &f->per_customer));
    TRY(console_field(r, "expires", &f->expires));
    TRY(console_field(r, "currency", &currency));
    f->code = str_trim(f->code);
    f->typed = true;
    r->error_page = make_again;
    f->k.code = f->code;
    struct str wrong = read_off(f, currency);
    if (wrong.n == 0)
        wrong = count(f->uses, &f->k.max_uses, "Uses in all", a);
    if (wrong.n == 0)
        wrong = count(f->per_customer, &f->k.per_customer, "Uses of each customer", a);
    if (wrong.n == 0 && f->expires.n > 0 && !time_parse_iso(f->expires, &f->k.expires_ms))
        wrong = S("The end is a day such as 2030-01-31");
    return wrong.n == 0 ? E_OK : fail(r->c, INVALID_REQUEST, "%.*s", SARG(wrong));
}

static enum err make(struct req *r)
{
    struct coupon k = ((const struct form *)r->in)->k;
    TRY(coupon_make(r->c, &k));
    console_after(r, S("/admin/coupons"), "made");
    return E_OK;
}

static enum err turn(struct req *r, bool active)
{
    struct coupon k;
    TRY(coupon_switch(r->c, r->params[0], active, &k));
    console_after(r, S("/admin/coupons"), active ? "resumed" : "paused");
    return E_OK;
}

static enum err pause(struct req *r)
{
    return turn(r, false);
}

static enum err resume(struct req *r)
{
    return turn(r, true);
}

enum {
    MAKES = ALLOW_ADMIN | ALLOW_FINANCE
};
static const struct route table[] = {
    { "GET", "/admin/coupons", SHAPE_READ, NULL, coupons, NULL, 0, ALLOW_ADMIN | ALLOW_VIEWER,
        ROUTE_PAGE, 0, "The console: codes, and how often each was used." },
    { "POST", "/admin/coupons", SHAPE_WRITE, make_parse, make, NULL, sizeof(struct form), MAKES,
        ROUTE_PAGE, 0, "The console: a new code." },
    { "POST", "/admin/coupons/{id}/pause", SHAPE_WRITE, NULL, pause, NULL, 0, MAKES, ROUTE_PAGE, 0,
        "The console: nobody can use it for now." },
    { "POST", "/admin/coupons/{id}/resume", SHAPE_WRITE, NULL, resume, NULL, 0, MAKES, ROUTE_PAGE,
        0, "The console: it can be used again." },
};
const struct routes console_coupons_routes = { table, ARRAY_LEN(table) };
