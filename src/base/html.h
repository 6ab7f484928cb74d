#ifndef BASE_HTML_H
#define BASE_HTML_H

#include "base/money.h"

/* html(b, "<tr><td>", order->title, "</td><td class=\"sum\">", order->total, "</td></tr>");
 *
 * A string literal is markup and written as it is; everything else (struct str, const char *,
 * integers, struct money) is data and escaped.  There is no other way to put a value in a page.
 * Escapes for text and double-quoted attributes; URLs from data go through html_url(), which
 * writes "#" for anything but http, https, mailto and local paths.  Not formatted by clang-format. */
void html_markup(struct buf *b, const char *literal);
void html_str(struct buf *b, struct str s);
void html_c(struct buf *b, const char *s);
void html_i64(struct buf *b, int64_t v);
void html_u64(struct buf *b, uint64_t v);
void html_money(struct buf *b, struct money m);
void html_url(struct buf *b, struct str url);

/* A literal is what is spelled with a quote: the type cannot tell, as -Wwrite-strings makes
 * literals const.  A condition between two literals therefore counts as data. */
#define HTML_C(spelling) ((spelling)[0] == '"' ? html_markup : html_c)
#define HTML_1(b, x) _Generic((x), \
    char *: HTML_C(#x), const char *: HTML_C(#x), struct str: html_str, struct money: html_money, \
    int: html_i64, long: html_i64, long long: html_i64, short: html_i64, \
    unsigned: html_u64, unsigned long: html_u64, unsigned long long: html_u64)((b), (x))
#define HTML_2(b, x, ...) HTML_1(b, x); HTML_1(b, __VA_ARGS__)
#define HTML_3(b, x, ...) HTML_1(b, x); HTML_2(b, __VA_ARGS__)
#define HTML_4(b, x, ...) HTML_1(b, x); HTML_3(b, __VA_ARGS__)
#define HTML_5(b, x, ...) HTML_1(b, x); HTML_4(b, __VA_ARGS__)
#define HTML_6(b, x, ...) HTML_1(b, x); HTML_5(b, __VA_ARGS__)
#define HTML_7(b, x, ...) HTML_1(b, x); HTML_6(b, __VA_ARGS__)
#define HTML_8(b, x, ...) HTML_1(b, x); HTML_7(b, __VA_ARGS__)
#define HTML_9(b, x, ...) HTML_1(b, x); HTML_8(b, __VA_ARGS__)
#define HTML_10(b, x, ...) HTML_1(b, x); HTML_9(b, __VA_ARGS__)
#define HTML_11(b, x, ...) HTML_1(b, x); HTML_10(b, __VA_ARGS__)
#define HTML_12(b, x, ...) HTML_1(b, x); HTML_11(b, __VA_ARGS__)
#define HTML_13(b, x, ...) HTML_1(b, x); HTML_12(b, __VA_ARGS__)
#define HTML_14(b, x, ...) HTML_1(b, x); HTML_13(b, __VA_ARGS__)
#define HTML_15(b, x, ...) HTML_1(b, x); HTML_14(b, __VA_ARGS__)
#define HTML_16(b, x, ...) HTML_1(b, x); HTML_15(b, __VA_ARGS__)
#define HTML_PICK(_1,_2,_3,_4,_5,_6,_7,_8,_9,_10,_11,_12,_13,_14,_15,_16,NAME,...) NAME
#define html(b, ...) do { HTML_PICK(__VA_ARGS__, HTML_16, HTML_15, HTML_14, HTML_13, HTML_12, \
    HTML_11, HTML_10, HTML_9, HTML_8, HTML_7, HTML_6, HTML_5, HTML_4, HTML_3, HTML_2, \
    HTML_1)((b), __VA_ARGS__); } while (0)

#endif
