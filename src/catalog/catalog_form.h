#ifndef CATALOG_CATALOG_FORM_H
#define CATALOG_CATALOG_FORM_H

#include "base/money.h"

/* The form of the catalogue's file as a table: which members there are, what they hold, what holds
 * where they are left out.  One walk checks a file against it and writes it out whole, every
 * default in its place; everything else in the program reads only that. */
struct form {
    const char *name; /* NULL ends a table */
    enum form_type {
        FORM_TEXT,   /* min..max bytes */
        FORM_ID,     /* TEXT of lower-case letters, digits, '-', '_', '.', 1..64 */
        FORM_WORD,   /* one of words */
        FORM_NUMBER, /* an integer min..max */
        FORM_FLAG,   /* true or false */
        FORM_TIME,   /* ISO 8601, or null */
        FORM_CURRENCY,
        FORM_COUNTRY, /* two capital letters */
        FORM_TEXTS,   /* a list of TEXT */
        FORM_NUMBERS, /* a list of NUMBER */
        FORM_FLAGS,   /* an object of any names, each true or false */
        FORM_AMOUNTS, /* an object of any names, each a NUMBER */
        FORM_ROUTES,  /* an object of any names, each a list of TEXT */
        FORM_OBJECT,  /* child */
        FORM_OBJECTS, /* a list of child */
        FORM_TABLE,   /* an object of any names, each a child */
    } type;
    const char *otherwise; /* JSON when left out; NULL: it must be there; "": then absent */
    int64_t min, max;      /* of a number, of a text's bytes, of a list's length */
    const struct form *child;
    const char *words; /* WORD: "once forever months" */
};
extern const struct form catalog_form[];

/* INVALID_REQUEST naming the place ("products[2].prices[0].amount is a whole number from 1 to
 * 99999999"), or the text with every default written out. */
enum err form_fill(struct ctx *c, const struct form *form, struct str text, struct str *ret);

#endif
