#include "invoice/invoice.h"
#include "invoice/paper.h"

/* An invoice on paper.  Everything is laid out from the frozen content alone, from the top of the
 * sheet to its foot; what does not fit goes on on another one, with the head of the table again,
 * and at least two lines stay with the sums. */

enum {
    EDGE = 2000,    /* of the sheet, on every side */
    NUMBERS = 8800, /* quantity, unit price, tax and amount, right of the description */
    QUANTITY_TO = 7200,
    UNIT_TO = 4600,
    TAX_TO = 3000, /* where those columns end, from the right edge */
    SUMS = 7600,
    GAP = 400,
    LINES_MAX = 8, /* of one description */
    WRAPPED = 100
};

static const struct paper_type title = { PAPER_BOLD, 180 }, name = { PAPER_BOLD, 120 },
                               text = { PAPER_PLAIN, 90 }, strong = { PAPER_BOLD, 90 },
                               small = { PAPER_PLAIN, 80 }, tiny = { PAPER_PLAIN, 75 },
                               total = { PAPER_BOLD, 120 };

struct sheet {
    struct ctx *c;
    struct paper *p;
    const struct invoice *i;
    const struct invoice_content *k;
    int64_t left, right, bottom, y;
};

static struct paper_at at(int64_t x, int64_t y)
{
    return (struct paper_at) { x, y };
}

/* ---- lines of text */

struct wrapped {
    struct str line[WRAPPED];
    size_t n;
};

/* What fits of a word that is longer than a line. */
static size_t fitting(struct paper *p, struct paper_type type, int64_t width, struct str word)
{
    size_t n = 0;
    uint32_t point = 0;
    while (n < word.n) {
        size_t more = utf8_at(word, n, &point);
        more = more > 0 ? more : 1;
        if (n > 0 && paper_width(p, type, str_part(word, 0, n + more)) > width)
            break;
        n += more;
    }
    return n;
}

static void wrap(
    struct sheet *s, struct paper_type type, int64_t width, struct str words, struct wrapped *w)
{
    struct str line = S(""), rest = words, word;
    while (rest.n > 0 && w->n < WRAPPED) {
        str_cut(rest, ' ', &word, &rest);
        struct str longer =
            line.n == 0 ? word : str_fmt(s->c->arena, "%.*s %.*s", SARG(line), SARG(word));
        if (paper_width(s->p, type, longer) <= width) {
            line = longer;
            continue;
        }
        if (line.n > 0)
            w->line[w->n++] = line;
        line = word;
        while (paper_width(s->p, type, line) > width && w->n < WRAPPED) {
            size_t n = fitting(s->p, type, width, line);
            w->line[w->n++] = str_part(line, 0, n);
            line = str_from(line, n);
        }
    }
    if (line.n > 0 && w->n < WRAPPED)
        w->line[w->n++] = line;
}

/* Each under the other, from s->y on; at most so many. */
static void block(
    struct sheet *s, int64_t x, int64_t width, struct paper_type type, struct str words)
{
    struct wrapped *w = arena_new(s->c->arena, struct wrapped);
    wrap(s, type, width, words, w);
    for (size_t i = 0; i < w->n; i++) {
        paper_write(s->p, at(x, s->y), type, w->line[i]);
        s->y += type.size * 45 / 10;
    }
}

/* ---- the head of the first sheet */

static int64_t write_facts(struct sheet *s)
{
    struct invoice_fact fact[INVOICE_FACTS];
    const size_t n = invoice_facts(s->c->arena, s->i, s->k, fact);
    int64_t y = 4000;
    for (size_t i = 0; i < n; i++) {
        struct wrapped *w = arena_new(s->c->arena, struct wrapped);
        paper_write(s->p, at(s->right - 8400, y), strong, fact[i].words);
        wrap(s, text, 5200, fact[i].value, w);
        for (size_t l = 0; l < w->n; l++, y += GAP + 50)
            paper_write(s->p, at(s->right - 5200, y), text, w->line[l]);
    }
    return y;
}

static void write_buyer(struct sheet *s)
{
    const struct invoice_content *k = s->k;
    paper_write(s->p, at(s->left, s->y), strong, S("Bill to"));
    s->y += 450;
    for (size_t i = 0; i < k->buyer.n; i++)
        block(s, s->left, 8000, text, k->buyer.v[i]);
    block(s, s->left, 8000, text, s->i->email);
    if (k->buyer_tax_id.n > 0)
        block(s, s->left, 8000, text, str_fmt(s->c->arena, "Tax id %.*s", SARG(k->buyer_tax_id)));
}

static void write_head(struct sheet *s)
{
    const struct invoice_content *k = s->k;
    struct str seller = k->seller.n > 0 ? k->seller.v[0] : S("");
    s->y = 2600;
    block(s, s->left, 10000, name, seller);
    paper_write_to(s->p, at(s->right, 2600), title, invoice_kind_words(k->kind));
    const int64_t rule = s->y > 3200 ? s->y - 200 : 3100;
    paper_line(s->p, at(s->left, rule), s->right - s->left, k->color, 10);
    s->y = rule + 900;
    const int64_t facts = write_facts(s);
    for (size_t i = 0; i < k->seller.n; i++)
        block(s, s->left, 8000, small, k->seller.v[i]);
    s->y = s->y > 7000 ? s->y + GAP : 7000;
    write_buyer(s);
    s->y = s->y > facts ? s->y : facts;
    s->y = s->y + 600 > 10000 ? s->y + 600 : 10000;
}

/* ---- the table */

static void write_columns(struct sheet *s)
{
    struct arena *a = s->c->arena;
    const struct str code = currency_code(s->k->currency);
    paper_write(s->p, at(s->left, s->y), strong, S("Description"));
    paper_write_to(s->p, at(s->right - QUANTITY_TO, s->y), strong, S("Quantity"));
    paper_write_to(s->p, at(s->right - UNIT_TO, s->y), strong, S("Unit price"));
    paper_write_to(s->p, at(s->right - TAX_TO, s->y), strong, S("Tax"));
    paper_write_to(s->p, at(s->right, s->y), strong,
        s->k->tax_inclusive || s->k->tax_minor == 0 ? str_fmt(a, "Amount %.*s", SARG(code))
                                                    : str_fmt(a, "Net %.*s", SARG(code)));
    s->y += 200;
    paper_line(s->p, at(s->left, s->y), s->right - s->left, S("#000000"), 5);
    s->y += 450;
}

struct row {
    const struct invoice_line *line;
    struct wrapped name, about;
    int64_t height;
};

static void measure(struct sheet *s, const struct invoice_line *line, struct row *ret)
{
    const int64_t width = s->right - s->left - NUMBERS - GAP;
    *ret = (struct row) { .line = line };
    wrap(s, text, width, line->name, &ret->name);
    wrap(s, small, width, line->description, &ret->about);
    if (ret->about.n > LINES_MAX) {
        ret->about.n = LINES_MAX;
        ret->about.line[LINES_MAX - 1] = S("\u2026");
    }
    if (ret->name.n > LINES_MAX)
        ret->name.n = LINES_MAX;
    if (ret->name.n == 0)
        ret->name.line[ret->name.n++] = S("\u2013");
    ret->height = (int64_t)ret->name.n * 405 + (int64_t)ret->about.n * 360 + 250;
}

static void write_row(struct sheet *s, const struct row *row)
{
    struct arena *a = s->c->arena;
    const struct invoice_content *k = s->k;
    const struct invoice_line *l = row->line;
    const int64_t y = s->y;
    paper_write_to(s->p, at(s->right - QUANTITY_TO, y), text, number_text(a, l->quantity));
    paper_write_to(
        s->p, at(s->right - UNIT_TO, y), text, invoice_figure(a, l->unit_minor, k->currency));
    paper_write_to(s->p, at(s->right - TAX_TO, y), text,
        k->tax_bps > 0 ? invoice_rate(a, k->tax_bps) : S("\u2013"));
    paper_write_to(s->p, at(s->right, y), text, invoice_figure(a, l->amount_minor, k->currency));
    for (size_t i = 0; i < row->name.n; i++, s->y += 405)
        paper_write(s->p, at(s->left, s->y), text, row->name.line[i]);
    for (size_t i = 0; i < row->about.n; i++, s->y += 360)
        paper_write(s->p, at(s->left, s->y), small, row->about.line[i]);
    paper_line(s->p, at(s->left, s->y - 200), s->right - s->left, S("#000000"), 3);
    s->y = y + row->height;
}

/* ---- sums and notes */

static int64_t sums_height(struct sheet *s)
{
    struct invoice_sum sum[INVOICE_SUMS];
    const int64_t n = (int64_t)invoice_sums(s->c->arena, s->k, sum);
    return n * 450 + 1400 + (int64_t)s->k->notes.n * 720;
}

static void write_sums(struct sheet *s)
{
    struct invoice_sum sum[INVOICE_SUMS];
    const size_t n = invoice_sums(s->c->arena, s->k, sum);
    s->y += 300;
    for (size_t i = 0; i < n; i++) {
        const struct paper_type type = sum[i].strong ? total : text;
        s->y += sum[i].strong ? 150 : 0;
        paper_write(s->p, at(s->right - SUMS, s->y), type, sum[i].words);
        paper_write_to(s->p, at(s->right, s->y), type,
            invoice_figure(s->c->arena, sum[i].minor, s->k->currency));
        s->y += sum[i].strong ? 600 : 450;
    }
    s->y += 350;
    for (size_t i = 0; i < s->k->notes.n; i++)
        block(s, s->left, s->right - s->left, small, s->k->notes.v[i]);
}

/* ---- sheets */

static void another(struct sheet *s)
{
    paper_page(s->p);
    s->y = EDGE + GAP;
    paper_write(s->p, at(s->left, s->y), small, s->k->number);
    s->y += 800;
    write_columns(s);
}

static void write_table(struct sheet *s)
{
    const struct invoice_content *k = s->k;
    struct row *row = arena_array(s->c->arena, struct row, k->lines + 1);
    int64_t last = sums_height(s); /* of what may not be torn from the line here */
    write_columns(s);
    for (size_t i = 0; i < k->lines; i++)
        measure(s, &k->line[i], &row[i]);
    for (size_t i = 0; i < k->lines; i++) {
        const bool near = i + 2 >= k->lines;
        int64_t need = row[i].height;
        if (near) {
            need = last;
            for (size_t r = i; r < k->lines; r++)
                need += row[r].height;
        }
        if (s->y + need > s->bottom && s->y > EDGE + 4000)
            another(s);
        write_row(s, &row[i]);
    }
}

static void write_foot(struct sheet *s, size_t page)
{
    struct arena *a = s->c->arena;
    const struct invoice_content *k = s->k;
    paper_turn(s->p, page);
    int64_t y = s->bottom + 500;
    for (size_t i = 0; i < k->foot.n; i++, y += 340)
        paper_write(s->p, at(s->left, y), tiny, k->foot.v[i]);
    if (k->support.n > 0)
        paper_write(s->p, at(s->left, y), tiny, str_fmt(a, "Questions? %.*s", SARG(k->support)));
    paper_write(s->p, at(s->left, y + 340), tiny, str_fmt(a, "As a page: %.*s", SARG(k->url)));
    paper_write_to(s->p, at(s->right, y + 340), tiny,
        str_fmt(a, "Page %zu of %zu", page + 1, paper_pages(s->p)));
}

/* Where paper is measured in inches. */
static const struct paper_size *size_of(const struct invoice_content *k)
{
    return str_eq(k->seller_country, S("US")) || str_eq(k->seller_country, S("CA")) ? &paper_letter
                                                                                    : &paper_a4;
}

enum err invoice_pdf(
    struct ctx *c, const struct invoice *i, const struct invoice_content *k, struct str *ret)
{
    const struct paper_size *size = size_of(k);
    struct sheet s = { .c = c, .i = i, .k = k, .left = EDGE, .right = size->width - EDGE };
    s.bottom = size->height - EDGE - (int64_t)(k->foot.n + 2) * 340 - 200;
    TRY(paper_open(c, size, &s.p));
    paper_about(s.p,
        str_fmt(c->arena, "%.*s %.*s", SARG(invoice_kind_words(k->kind)), SARG(k->number)),
        k->seller.n > 0 ? k->seller.v[0] : S(""));
    paper_page(s.p);
    write_head(&s);
    write_table(&s);
    write_sums(&s);
    for (size_t page = 0; page < paper_pages(s.p); page++)
        write_foot(&s, page);
    return paper_save(s.p, ret);
}

enum err invoice_drawn(struct ctx *c, struct str words, struct str *ret)
{
    struct paper *p = NULL;
    TRY(paper_open(c, &paper_a4, &p));
    *ret = paper_text(p, str_trim(words));
    return E_OK;
}
