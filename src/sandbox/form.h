#ifndef SANDBOX_FORM_H
#define SANDBOX_FORM_H

#include "sandbox/tree.h"

/* A form with brackets, the way in which Stripe is asked: "items[0][price]=p&expand[]=customer".
 *
 * Adds to an object of objects and strings: whether something is a list is for those to say who
 * read it, so elements are members named "0", "1", … in the order of the form.  "a[]" is the next
 * element; "a[][x]=1&a[][y]=2" is one element, until a name repeats.  Of a value given twice the
 * last one counts.
 *
 * False, and *ret_why one sentence: not percent-encoded UTF-8 text, brackets that do not match,
 * deeper than FORM_DEPTH_MAX, more fields than FORM_FIELDS_MAX, both a value and a group. */
enum {
    FORM_DEPTH_MAX = 10,
    FORM_FIELDS_MAX = 1000
};
bool form_add(struct arena *a, struct str text, struct tree *into, struct str *ret_why);

/* "items[0][price]": where this node stands below the root. */
struct str form_name(struct arena *a, const struct tree *t);

#endif
