#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* A view of bytes; passed by value; no NUL promised.  S() takes a literal only. */
struct str {
    const char *p;
    size_t n;
};
#define S(lit) ((struct str) { "" lit "", sizeof(lit) - 1 })
#define S_INIT(lit)                                                                                \
    {                                                                                              \
        "" lit "", sizeof(lit) - 1                                                                 \
    }                             /* in a static table */
#define SARG(s) (int)(s).n, (s).p /* printf("%.*s", SARG(s)) */

bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b); /* ASCII letters only */
int str_cmp(struct str a, struct str b);        /* by bytes */
bool str_starts(struct str s, struct str with);
bool str_ends(struct str s, struct str with);
bool str_has(struct str s, struct str needle);
struct str str_from(struct str s, size_t from);           /* without the first `from` bytes */
struct str str_part(struct str s, size_t from, size_t n); /* clipped to what is there */
struct str str_trim(struct str s);                        /* without spaces and tabs around it */

/* Split at the first `at`: false, and everything in head, when there is none. */
bool str_cut(struct str s, char at, struct str *ret_head, struct str *ret_tail);

/* The whole string is a number, else false.  No sign on u64, no space, no leading '+'. */
bool str_to_i64(struct str s, int64_t *ret_value);
bool str_to_u64(struct str s, uint64_t *ret_value);

/* The length of the UTF-8 sequence that begins at byte `at` (< s.n) and its code point; 0, and
 * nothing in ret_point, when what stands there is none: cut off, overlong, a surrogate, above
 * U+10FFFF. */
size_t utf8_at(struct str s, size_t at, uint32_t *ret_point);
/* Valid UTF-8 without NUL, and without control characters other than \t \n \r. */
bool str_is_text(struct str s);
/* Valid UTF-8 without NUL: what both databases keep as text. */
bool str_is_utf8(struct str s);
/* Printable ASCII, 0x21..0x7e. */
bool str_is_visible(struct str s);

/* 64 bits of FNV-1a: for tables in which a collision costs a little time and nothing else. */
uint64_t str_hash(struct str s);

struct str str_copy(struct arena *a, struct str s);
struct str str_lower(struct arena *a, struct str s); /* ASCII, as are these two: */
struct str str_upper(struct arena *a, struct str s);
struct str str_sentence(struct arena *a, struct str s); /* its first letter alone */
/* What may be stored and shown of a text from anywhere: str_is_text, with '?' for each byte that is
 * not, at most max bytes, no character cut in two. */
struct str str_clean(struct arena *a, struct str s, size_t max);
/* A copy with a NUL after it, for foreign libraries.  A NUL inside cuts it short there. */
const char *str_c(struct arena *a, struct str s);
/* The length of foreign text, found here and nowhere else. */
struct str str_of_c(const char *c);
struct str str_fmt(struct arena *a, const char *fmt, ...) PRINTF(2, 3);

/* "You paid {total}." with the values of its names; a name that is not given stays as it is. */
struct str_pair {
    const char *name;
    struct str value;
};
struct str str_fill(struct arena *a, struct str text, const struct str_pair *pair, size_t n);
#define STR_FILL(a, text, ...)                                                                     \
    str_fill((a), (text), (const struct str_pair[]) { __VA_ARGS__ },                               \
        sizeof((const struct str_pair[]) { __VA_ARGS__ }) / sizeof(struct str_pair))

/* The one builder.  Grows in its arena; more than `max` bytes is a broken assumption. */
struct buf {
    struct arena *arena;
    char *p;
    size_t n, cap, max;
};
enum {
    BUF_MAX = 64 * 1024 * 1024
};
#define BUF(a) ((struct buf) { .arena = (a), .max = BUF_MAX })

void buf_add(struct buf *b, struct str s);
void buf_char(struct buf *b, char c);
void buf_fmt(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
void buf_vfmt(struct buf *b, const char *fmt, va_list args) PRINTF(2, 0);
void buf_i64(struct buf *b, int64_t v);
/* Room for n more bytes, for those who write in place; they raise b->n themselves. */
char *buf_room(struct buf *b, size_t n);
struct str buf_str(const struct buf *b); /* a view of what is in it now */

#endif
