#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/ctx.h"
#include "base/money.h"

/* Reading.  The whole text is validated first (UTF-8, no NUL, depth, members of one object,
 * duplicate names, nothing after the value); values are then read where they stand, no tree is
 * built.  Integers are
 * int64 written without fraction or exponent; every other number is only handed out as its lexeme,
 * so that a gateway's 39.99 never becomes a double. */
enum {
    JSON_DEPTH_MAX = 32,
    JSON_MEMBERS_MAX = 10000
};

/* INVALID_REQUEST with line and column, or E_OK.  Untrusted texts pass here once. */
enum err json_check(struct ctx *c, struct str text);

/* A value in a text that json_check has passed. */
enum json_kind {
    JSON_ABSENT, /* asked for and not there */
    JSON_NULL,
    JSON_BOOL,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};
struct json_value {
    enum json_kind kind;
    struct str raw; /* its bytes as written, quotes included */
};
struct json_value json_root(struct str checked_text);
/* "data.object.id", "items.0.price": members by name, elements by number. */
struct json_value json_at(struct json_value v, const char *path);
struct json_value json_member(struct json_value object, struct str name);
bool json_to_i64(struct json_value v, int64_t *ret); /* an integer, else false */
bool json_to_bool(struct json_value v, bool *ret);
/* The unescaped text; false when v is not a string.  Without escapes it is a view. */
bool json_to_str(struct arena *a, struct json_value v, struct str *ret);
/* The text that stands at a path, or empty. */
struct str json_text(struct arena *a, struct json_value v, const char *path);
bool json_is(struct json_value v, const char *text); /* a string equal to text */
struct str json_lexeme(struct json_value v);         /* a number's own spelling, else empty */
/* Walk an array or object: for (it = json_iter(v); json_next(&it);) … it.name, it.value */
struct json_iter {
    struct str rest;
    bool is_object;
    struct str raw_name; /* with quotes; json_name unescapes */
    struct json_value value;
    int64_t index;
};
struct json_iter json_iter(struct json_value v);
bool json_next(struct json_iter *it);
struct str json_name(struct arena *a, const struct json_iter *it);

/* Requests: a list of fields into the caller's locals; reads as the endpoint's documentation.
 * Unknown, duplicate, missing and mistyped members are INVALID_REQUEST and named.
 *
 *   const struct json_field fields[] = {
 *       j_str("id", &id, 64), j_i64("amount", &minor), j_str_opt("reason", &reason, 200), j_end };
 *   TRY(json_read(c, body, fields));
 *
 * Fills as it goes: use locals.  An optional member that is absent or null leaves its target. */
struct json_field {
    const char *name;
    enum {
        J_END,
        J_STR,
        J_I64,
        J_BOOL,
        J_VALUE,
        J_CURRENCY
    } type;
    bool optional;
    void *target;
    size_t max; /* J_STR: longest accepted, in bytes */
};
#define j_field_(name_, type_, opt_, target_, max_)                                                \
    {                                                                                              \
        .name = (name_), .type = (type_), .optional = (opt_), .target = (target_), .max = (max_)   \
    }
#define j_typed_(type, p) (1 ? (p) : (type *)0)
#define j_str(name, p, max) j_field_(name, J_STR, false, j_typed_(struct str, p), max)
#define j_str_opt(name, p, max) j_field_(name, J_STR, true, j_typed_(struct str, p), max)
#define j_i64(name, p) j_field_(name, J_I64, false, j_typed_(int64_t, p), 0)
#define j_i64_opt(name, p) j_field_(name, J_I64, true, j_typed_(int64_t, p), 0)
#define j_bool(name, p) j_field_(name, J_BOOL, false, j_typed_(bool, p), 0)
#define j_bool_opt(name, p) j_field_(name, J_BOOL, true, j_typed_(bool, p), 0)
#define j_value(name, p) j_field_(name, J_VALUE, false, j_typed_(struct json_value, p), 0)
#define j_value_opt(name, p) j_field_(name, J_VALUE, true, j_typed_(struct json_value, p), 0)
#define j_currency(name, p) j_field_(name, J_CURRENCY, false, j_typed_(enum currency, p), 0)
#define j_currency_opt(name, p) j_field_(name, J_CURRENCY, true, j_typed_(enum currency, p), 0)
#define j_end                                                                                      \
    {                                                                                              \
        .name = NULL, .type = J_END                                                                \
    }
enum err json_read(struct ctx *c, struct str text, const struct json_field *fields);
/* The same over a value inside a checked text (an element of items, say). */
enum err json_read_value(struct ctx *c, struct json_value object, const struct json_field *fields);

/* The text with sorted members and no white space: what an idempotency fingerprint hashes. */
enum err json_canonical(struct ctx *c, struct str text, struct str *ret);

/* Writing: straight to text, members in the order of the source.  name is NULL in arrays. */
struct json {
    struct buf *b;
    uint64_t comma; /* one bit per depth: a comma is due */
    int depth;
};
#define JSON(buf_) ((struct json) { .b = (buf_) })
void json_open(struct json *j, const char *name, char bracket); /* '{' or '[' */
void json_close(struct json *j, char bracket);                  /* '}' or ']' */
void json_str(struct json *j, const char *name, struct str v);
void json_str_or_null(struct json *j, const char *name, struct str v); /* empty is null */
void json_i64(struct json *j, const char *name, int64_t v);
void json_bool(struct json *j, const char *name, bool v);
void json_money(struct json *j, const char *name, struct money v); /* {"amount":…,"currency":…} */
void json_time(struct json *j, const char *name, int64_t ms);      /* ISO text; 0 is null */
void json_raw(struct json *j, const char *name, struct str checked); /* JSON as it is */
void json_str_key(struct json *j, struct str name, struct str v);    /* a name from data */
void json_escape(struct buf *b, struct str s);                       /* with its quotes */

#endif
