#ifndef CHECKOUT_CHECKOUT_TEXT_H
#define CHECKOUT_CHECKOUT_TEXT_H

#include "base/str.h"

/* The words of the buyer's pages. */
enum text {
#define TEXT(name, words) TEXT_##name,
#include "checkout/checkout_text.def"
#undef TEXT
    TEXT_COUNT
};
struct str text(enum text which);
#define SAY(name) text(TEXT_##name)
#define SAY_WITH(a, name, ...) STR_FILL((a), text(TEXT_##name), __VA_ARGS__)

#endif
