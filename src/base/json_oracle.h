#ifndef BASE_JSON_ORACLE_H
#define BASE_JSON_ORACLE_H

/* jansson names its kinds as we name ours. */
#define JSON_OBJECT JANSSON_OBJECT
#define JSON_ARRAY JANSSON_ARRAY
#define JSON_STRING JANSSON_STRING
#define JSON_NULL JANSSON_NULL
#include <jansson.h>
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_STRING
#undef JSON_NULL

#include "base/json.h"

#include <string.h>

/* What we make of a text beside what jansson makes of it: for the fuzz target, and for the test
 * with generated texts. */

static const char *oracle_differs(struct arena *a, json_t *theirs, struct json_value ours);

static const char *oracle_differs_object(struct arena *a, json_t *theirs, struct json_value ours)
{
    size_t n = 0;
    for (struct json_iter it = json_iter(ours); json_next(&it); n++) {
        struct str name = json_name(a, &it);
        json_t *member = json_object_get(theirs, str_c(a, name));
        if (member == NULL)
            return "a member that jansson does not have";
        const char *why = oracle_differs(a, member, it.value);
        if (why != NULL)
            return why;
        if (n < 50 && json_member(ours, name).raw.p != it.value.raw.p)
            return "a member is not found by its name";
    }
    return n == json_object_size(theirs) ? NULL : "another number of members";
}

static const char *oracle_differs_array(struct arena *a, json_t *theirs, struct json_value ours)
{
    size_t n = 0;
    for (struct json_iter it = json_iter(ours); json_next(&it); n++) {
        if (n == json_array_size(theirs))
            return "more elements";
        const char *why = oracle_differs(a, json_array_get(theirs, n), it.value);
        if (why != NULL)
            return why;
    }
    return n == json_array_size(theirs) ? NULL : "fewer elements";
}

static const char *oracle_differs_number(json_t *theirs, struct json_value ours)
{
    int64_t n = 0;
    bool is_integer = json_to_i64(ours, &n);
    if (json_lexeme(ours).n == 0 || is_integer != json_is_integer(theirs))
        return "another kind of number";
    return !is_integer || n == json_integer_value(theirs) ? NULL : "another integer";
}

static const char *oracle_differs(struct arena *a, json_t *theirs, struct json_value ours)
{
    struct str s = S("");
    bool yes = false;
    switch (json_typeof(theirs)) {
    case JANSSON_OBJECT:
        return ours.kind == JSON_OBJECT ? oracle_differs_object(a, theirs, ours) : "no object";
    case JANSSON_ARRAY:
        return ours.kind == JSON_ARRAY ? oracle_differs_array(a, theirs, ours) : "no array";
    case JANSSON_STRING:
        if (!json_to_str(a, ours, &s))
            return "no string";
        return str_eq(s, (struct str) { json_string_value(theirs), json_string_length(theirs) })
            ? NULL
            : "another string";
    case JSON_INTEGER:
    case JSON_REAL:
        return oracle_differs_number(theirs, ours);
    case JSON_TRUE:
    case JSON_FALSE:
        return json_to_bool(ours, &yes) && yes == json_is_true(theirs) ? NULL : "another truth";
    case JANSSON_NULL:
        return ours.kind == JSON_NULL ? NULL : "no null";
    }
    return "a kind of value that is not known";
}

/* The canonical spelling must mean the same, and be its own canonical spelling. */
static const char *oracle_canonical(struct ctx *c, json_t *theirs, struct str text)
{
    struct str once = S(""), twice = S("");
    if (json_canonical(c, text, &once) != E_OK || json_canonical(c, once, &twice) != E_OK)
        return "no canonical spelling";
    if (!str_eq(once, twice))
        return "the canonical spelling has another canonical spelling";
    json_error_t error;
    json_t *again = json_loadb(once.p, once.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    bool same = again != NULL && json_equal(again, theirs);
    json_decref(again);
    return same ? NULL : "the canonical spelling means something else";
}

/* Where we are meant to differ: jansson turns numbers into machine numbers and refuses those that
 * do not fit, and sometimes takes a NUL for the end of the text; we bound depth and members more
 * tightly. */
static bool oracle_may_differ(struct ctx *c, struct str text, bool ours, const json_error_t *error)
{
    if (ours)
        return json_error_code(error) == json_error_numeric_overflow;
    return memchr(text.p, '\0', text.n) != NULL ||
        str_ends(c->err.message, S("nested too deeply.")) ||
        str_ends(c->err.message, S("too many members."));
}

/* NULL, or how we and jansson disagree about the text. */
static const char *oracle_judges(struct ctx *c, struct str text)
{
    json_error_t error;
    json_t *theirs = json_loadb(
        text.n == 0 ? "" : text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    bool ours = json_check(c, text) == E_OK;
    const char *why = NULL;
    if (ours != (theirs != NULL))
        why = oracle_may_differ(c, text, ours, &error) ? NULL
            : ours                                     ? "accepted what jansson refuses"
                                                       : "refused what jansson accepts";
    else if (ours)
        why = oracle_differs(c->arena, theirs, json_root(text));
    if (why == NULL && ours && theirs != NULL)
        why = oracle_canonical(c, theirs, text);
    json_decref(theirs);
    return why;
}

#endif
