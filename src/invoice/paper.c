#include "invoice/paper.h"

#include <hpdf.h>

#include "base/crypto.h"
#include "base/embed.h"

/* libharu as a sheet to write on.  Its errors stick to the document and its calls do nothing after
 * the first, so that one question at the end is enough; its handler is not used, for it would have
 * to jump out of the library's middle.  The arena frees the document, on every way out. */

const struct paper_size paper_a4 = { 21000, 29700 }, paper_letter = { 21590, 27940 };

struct paper {
    struct ctx *c;
    struct paper_size size;
    HPDF_Doc doc;
    HPDF_FontDef def[PAPER_FACES];
    HPDF_Font face[PAPER_FACES];
    HPDF_Page page;
    size_t pages;
};

enum {
    PDF_MAX = 16 * 1024 * 1024
};

/* Points, of which an inch has 72, of hundredths of a millimetre. */
static HPDF_REAL points(int64_t length)
{
    return (HPDF_REAL)(length * 72) / (HPDF_REAL)2540;
}

static HPDF_REAL tenths(int64_t n)
{
    return (HPDF_REAL)n / (HPDF_REAL)10;
}

static void close_it(void *doc)
{
    HPDF_Free(doc);
}

/* As the library's own loader does with a file. */
static HPDF_FontDef load(HPDF_Doc doc, struct str bytes, const char *tag)
{
    HPDF_Stream stream = HPDF_MemStream_New(doc->mmgr, (HPDF_UINT)bytes.n);
    if (stream == NULL ||
        HPDF_Stream_Write(stream, (const HPDF_BYTE *)bytes.p, (HPDF_UINT)bytes.n) != HPDF_OK)
        return NULL;
    HPDF_FontDef def = HPDF_TTFontDef_Load(doc->mmgr, stream, HPDF_TRUE);
    char name[7];
    for (size_t i = 0; i < sizeof name; i++)
        name[i] = tag[i];
    if (def == NULL || HPDF_List_Add(doc->fontdef_list, def) != HPDF_OK)
        return NULL;
    HPDF_TTFontDef_SetTagName(def, name);
    return def;
}

enum err paper_open(struct ctx *c, const struct paper_size *size, struct paper **ret)
{
    static const struct {
        struct str file;
        const char *tag;
    } faces[PAPER_FACES] = {
        [PAPER_PLAIN] = { S_INIT("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"), "PURSER" },
        [PAPER_BOLD] = { S_INIT("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"), "PURSEB" },
    };
    struct paper *p = arena_new(c->arena, struct paper);
    *p = (struct paper) { .c = c, .size = *size, .doc = HPDF_New(NULL, NULL) };
    must(p->doc != NULL);
    arena_defer(c->arena, close_it, p->doc);
    HPDF_UseUTFEncodings(p->doc);
    HPDF_SetCurrentEncoder(p->doc, "UTF-8");
    HPDF_SetCompressionMode(p->doc, HPDF_COMP_ALL);
    for (size_t i = 0; i < PAPER_FACES; i++) {
        const struct embedded *file = embedded_find(faces[i].file);
        must(file != NULL);
        p->def[i] = load(p->doc, file->data, faces[i].tag);
        if (p->def[i] == NULL)
            return fail(c, INTERNAL, "the face of invoices cannot be read");
        p->face[i] = HPDF_GetFont(p->doc, p->def[i]->base_font, "UTF-8");
    }
    *ret = p;
    return E_OK;
}

void paper_about(struct paper *p, struct str title, struct str author)
{
    struct arena *a = p->c->arena;
    HPDF_SetInfoAttr(p->doc, HPDF_INFO_TITLE, str_c(a, paper_text(p, title)));
    HPDF_SetInfoAttr(p->doc, HPDF_INFO_AUTHOR, str_c(a, paper_text(p, author)));
    HPDF_SetInfoAttr(p->doc, HPDF_INFO_CREATOR, "purser");
    HPDF_Dict_Add(p->doc->catalog, "Lang", HPDF_String_New(p->doc->mmgr, "en", NULL));
}

void paper_page(struct paper *p)
{
    p->page = HPDF_AddPage(p->doc);
    HPDF_Page_SetWidth(p->page, points(p->size.width));
    HPDF_Page_SetHeight(p->page, points(p->size.height));
    p->pages++;
}

size_t paper_pages(const struct paper *p)
{
    return p->pages;
}

void paper_turn(struct paper *p, size_t page)
{
    must(page < p->pages);
    p->page = HPDF_GetPageByIndex(p->doc, (HPDF_UINT)page);
}

/* ---- writing */

static bool is_drawn(const struct paper *p, uint32_t point)
{
    if (point == ' ' || point == 0xa0)
        return true;
    if (point <= ' ' || point > 0xffff)
        return false;
    for (size_t i = 0; i < PAPER_FACES; i++)
        if (HPDF_TTFontDef_GetGlyphid(p->def[i], (HPDF_UINT16)point) == 0)
            return false;
    return true;
}

struct str paper_text(struct paper *p, struct str text)
{
    struct buf b = BUF(p->c->arena);
    uint32_t point = 0;
    for (size_t i = 0, n; i < text.n; i += n) {
        n = utf8_at(text, i, &point);
        if (n > 0 && is_drawn(p, point))
            buf_add(&b, str_part(text, i, n));
        else
            buf_char(&b, n > 0 && point <= ' ' ? ' ' : '?');
        n = n > 0 ? n : 1;
    }
    return buf_str(&b);
}

int64_t paper_width(struct paper *p, struct paper_type type, struct str text)
{
    struct str clean = paper_text(p, text);
    const HPDF_TextWidth width = HPDF_Font_TextWidth(
        p->face[type.face], (const HPDF_BYTE *)str_c(p->c->arena, clean), (HPDF_UINT)clean.n);
    /* Thousandths of the type's size, in tenths of a point. */
    return (int64_t)width.width * type.size * 254 / 72000;
}

void paper_write(struct paper *p, struct paper_at at, struct paper_type type, struct str text)
{
    struct str clean = paper_text(p, text);
    if (clean.n == 0)
        return;
    HPDF_Page_BeginText(p->page);
    HPDF_Page_SetFontAndSize(p->page, p->face[type.face], tenths(type.size));
    HPDF_Page_TextOut(
        p->page, points(at.x), points(p->size.height - at.y), str_c(p->c->arena, clean));
    HPDF_Page_EndText(p->page);
}

void paper_write_to(struct paper *p, struct paper_at right, struct paper_type type, struct str text)
{
    right.x -= paper_width(p, type, text);
    paper_write(p, right, type, text);
}

void paper_line(
    struct paper *p, struct paper_at from, int64_t width, struct str color, int64_t thickness)
{
    struct str rgb = S("");
    HPDF_REAL part[3] = { 0 };
    if (color.n == 7 && hex_parse(p->c->arena, str_from(color, 1), &rgb))
        for (size_t i = 0; i < 3; i++)
            part[i] = (HPDF_REAL)(unsigned char)rgb.p[i] / (HPDF_REAL)255;
    HPDF_Page_SetRGBStroke(p->page, part[0], part[1], part[2]);
    HPDF_Page_SetLineWidth(p->page, tenths(thickness));
    HPDF_Page_MoveTo(p->page, points(from.x), points(p->size.height - from.y));
    HPDF_Page_LineTo(p->page, points(from.x + width), points(p->size.height - from.y));
    HPDF_Page_Stroke(p->page);
}

enum err paper_save(struct paper *p, struct str *ret)
{
    HPDF_SaveToStream(p->doc);
    HPDF_UINT32 n = HPDF_GetStreamSize(p->doc);
    if (HPDF_GetError(p->doc) != HPDF_OK || n == 0 || n > PDF_MAX)
        return fail(p->c, INTERNAL, "the PDF could not be drawn: libharu's error %lx",
            (unsigned long)HPDF_GetError(p->doc));
    char *bytes = arena_alloc(p->c->arena, n);
    HPDF_ReadFromStream(p->doc, (HPDF_BYTE *)bytes, &n);
    *ret = (struct str) { bytes, n };
    return E_OK;
}
