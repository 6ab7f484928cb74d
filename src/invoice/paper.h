#ifndef INVOICE_PAPER_H
#define INVOICE_PAPER_H

#include "base/ctx.h"

/* Private to invoice: pages of text and lines, as a PDF.  The only place that knows libharu.
 *
 * Lengths are hundredths of a millimetre from the page's upper left corner, sizes of type tenths of
 * a point; y of a text is its base line.  Nothing that is drawn can fail: what goes wrong is kept
 * and told by paper_save.  The same calls give the same bytes, whenever they are made. */
struct paper;
enum paper_face {
    PAPER_PLAIN,
    PAPER_BOLD,
    PAPER_FACES
};
struct paper_type {
    enum paper_face face;
    int64_t size;
};
struct paper_size {
    int64_t width, height;
};
extern const struct paper_size paper_a4, paper_letter;

/* It lives as long as c->arena. */
enum err paper_open(struct ctx *c, const struct paper_size *size, struct paper **ret);
void paper_about(struct paper *p, struct str title, struct str author);
void paper_page(struct paper *p);              /* a new one, after the others */
size_t paper_pages(const struct paper *p);     /* how many there are */
void paper_turn(struct paper *p, size_t page); /* back to that one, from 0 */

/* What is no character of the face becomes "?". */
struct str paper_text(struct paper *p, struct str text);
int64_t paper_width(struct paper *p, struct paper_type type, struct str text);
struct paper_at {
    int64_t x, y;
};
void paper_write(struct paper *p, struct paper_at at, struct paper_type type, struct str text);
void paper_write_to(
    struct paper *p, struct paper_at right, struct paper_type type, struct str text);
/* color "#rrggbb"; thickness in tenths of a point. */
void paper_line(
    struct paper *p, struct paper_at from, int64_t width, struct str color, int64_t thickness);
enum err paper_save(struct paper *p, struct str *ret);

#endif
