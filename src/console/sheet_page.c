#include "console/sheet_page.h"

#include "base/clock.h"
#include "web/part.h"

void sheet_row(struct sheet *sheet, int64_t cursor)
{
    sheet->after = cursor;
    sheet->rows++;
    sheet->in_piece++;
}

struct reading {
    const struct sheet_kind *kind;
    struct sheet *sheet;
};

static enum err read_piece(struct ctx *c, void *arg)
{
    struct reading *k = arg;
    k->sheet->in_piece = 0;
    return k->kind->piece(c, k->sheet);
}

/* What a piece needs to be read is gone with it; only the text stays. */
static enum err next_piece(struct ctx *c, void *arg, bool *ret_more)
{
    struct reading *k = arg;
    struct buf text = BUF(c->arena), *whole = k->sheet->csv.b;
    k->sheet->csv.b = &text;
    enum err e = console_read_long(c, read_piece, k);
    k->sheet->csv.b = whole;
    TRY(e);
    buf_add(whole, buf_str(&text));
    *ret_more = k->sheet->in_piece == SHEET_PIECE && k->sheet->rows <= SHEET_ROWS;
    return E_OK;
}

static enum err read_all(struct ctx *c, struct reading *k)
{
    TRY(ctx_pieces(c, INT64_MAX, next_piece, k));
    if (k->sheet->rows > SHEET_ROWS)
        return fail(c, INVALID_REQUEST,
            "this list has more than %d rows, which is the most of one file: choose a shorter "
            "period or another filter",
            SHEET_ROWS);
    return E_OK;
}

enum err console_sheet(struct req *r, const struct sheet_kind *kind, const void *filter)
{
    struct buf text = BUF(r->c->arena);
    struct sheet sheet = { .csv = { .b = &text }, .filter = filter };
    struct reading k = { kind, &sheet };
    for (size_t i = 0; i < kind->n; i++)
        csv_str(&sheet.csv, kind->columns[i]);
    csv_end(&sheet.csv);
    TRY(read_all(r->c, &k));
    struct str day, rest;
    str_cut(time_iso(r->c->arena, r->c->now_ms), 'T', &day, &rest);
    answer_header(r, S("Content-Disposition"),
        str_fmt(
            r->c->arena, "attachment; filename=\"%.*s-%.*s.csv\"", SARG(kind->name), SARG(day)));
    answer_text(r, 200, S("text/csv; charset=utf-8"), buf_str(&text));
    return E_OK;
}

void console_csv_link(struct buf *b, struct str path, struct str query)
{
    part_button(b,
        &(struct part_button) { .kind = BUTTON_PLAIN,
            .small = true,
            .words = S("CSV"),
            .href = str_fmt(b->arena, "%.*s?%.*s", SARG(path), SARG(query)) });
}
