#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/str.h"

/* The kind decides what code does: a closed set.  The code (code.def) is what clients branch on,
 * the message is for people.  Every function that can fail returns the kind, and leaves its
 * ret_ outputs untouched when it fails. */
enum err {
    E_OK,
    E_INVALID,   /* the caller's input is at fault */
    E_DENIED,    /* the caller may not */
    E_NOT_FOUND, /* no such thing, or not the caller's */
    E_CONFLICT,  /* a row was not as expected: undo and look again */
    E_LIMIT,     /* a limit, a rate, a balance */
    E_BUSY,      /* the store or a queue: take it from the top, a little later */
    E_UPSTREAM,  /* a gateway or mail server */
    E_INTERNAL,  /* our own fault, or the machine's */
    E_DEAD,      /* the simulated process has died: unwind, do nothing more */
};

enum code {
    CODE_NONE,
#define CODE(name, kind, http, meaning) CODE_##name,
#include "base/code.def"
#undef CODE
    CODE_COUNT
};

struct code_info {
    struct str name;
    enum err kind;
    int http;
    struct str meaning;
};
const struct code_info *code_info(enum code code);
enum code code_find(struct str name); /* CODE_NONE: there is none of this name */

struct ctx;

/* What went wrong last, with what caused it behind it; built by fail(). */
struct errinfo {
    enum code code;
    struct str message;
    struct str details;    /* a JSON object for the client, or empty */
    int64_t retry_after_s; /* 0: not said */
    const char *file;
    int line;
    const struct errinfo *cause;
};

/* return fail(c, NOT_FOUND, "there is no order %.*s", SARG(id));
 * Replaces what c->err said.  fail_because keeps it as the cause: for those who add what they
 * were doing when a lower floor failed.  INTERNAL never shows its message to a client. */
#define fail(c, name, ...)                                                                         \
    err_known(fail_at((c), CODE_##name, false, __FILE__, __LINE__, __VA_ARGS__))
#define fail_because(c, name, ...)                                                                 \
    err_known(fail_at((c), CODE_##name, true, __FILE__, __LINE__, __VA_ARGS__))
enum err fail_at(struct ctx *c, enum code code, bool because, const char *file, int line,
    const char *fmt, ...) PRINTF(6, 7);

/* No code's kind is E_OK; said here, so that compilers and analysers know that what a function
 * fills in before success is filled in after TRY. */
static inline enum err err_known(enum err e)
{
    if (e == E_OK)
        __builtin_unreachable();
    return e;
}

/* Adds to the last failure, and returns its kind: return fail_retry_after(c, fail(c, BUSY, …), 1);
 */
enum err fail_retry_after(struct ctx *c, enum err e, int64_t seconds);
enum err fail_details(struct ctx *c, enum err e, struct str json_object);

/* Forgets the last failure: for those who expected it and go on. */
void err_clear(struct ctx *c);

/* What a client may read of it: its sentence, or its code's where the store speaks, whose words
 * quote statements, constraints and hosts (R46).  They are in the log. */
struct str err_told(const struct errinfo *why);

/* "file:line CODE message; because file:line …" for the log. */
struct str err_chain(struct ctx *c);

/* The one macro that returns. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        enum err try_result_ = (call);                                                             \
        if (try_result_ != E_OK)                                                                   \
            return try_result_;                                                                    \
    } while (0)

#endif
