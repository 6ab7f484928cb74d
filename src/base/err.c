#include "base/err.h"

#include "base/ctx.h"

static const struct code_info codes[] = {
    [CODE_NONE] = { S_INIT("NONE"), E_INTERNAL, 500, S_INIT("") },
#define CODE(name, kind, http, meaning)                                                            \
    [CODE_##name] = { S_INIT(#name), kind, http, S_INIT(meaning) },
#include "base/code.def"
#undef CODE
};
_Static_assert(ARRAY_LEN(codes) == CODE_COUNT, "every code has a row");

const struct code_info *code_info(enum code code)
{
    must(code >= 0 && code < CODE_COUNT);
    return &codes[code];
}

enum code code_find(struct str name)
{
    for (int i = CODE_NONE + 1; i < CODE_COUNT; i++)
        if (str_eq(code_info((enum code)i)->name, name))
            return (enum code)i;
    return CODE_NONE;
}

enum err fail_at(
    struct ctx *c, enum code code, bool because, const char *file, int line, const char *fmt, ...)
{
    must(code > CODE_NONE && code < CODE_COUNT);
    if (c->dead)
        return E_DEAD;
    const struct errinfo *cause = NULL;
    if (because && c->err.code != CODE_NONE) {
        struct errinfo *kept = arena_new(c->arena, struct errinfo);
        *kept = c->err;
        cause = kept;
    }
    struct buf b = BUF(c->arena);
    va_list args;
    va_start(args, fmt);
    buf_vfmt(&b, fmt, args);
    va_end(args);
    c->err = (struct errinfo) {
        .code = code,
        .message = buf_str(&b),
        .file = file,
        .line = line,
        .cause = cause,
    };
    return codes[code].kind;
}

enum err fail_retry_after(struct ctx *c, enum err e, int64_t seconds)
{
    c->err.retry_after_s = seconds;
    return e;
}

enum err fail_details(struct ctx *c, enum err e, struct str json_object)
{
    c->err.details = json_object;
    return e;
}

void err_clear(struct ctx *c)
{
    c->err = (struct errinfo) { 0 };
}

struct str err_told(const struct errinfo *why)
{
    bool of_the_store = why->file != NULL && str_starts(str_of_c(why->file), S("src/db/"));
    return of_the_store || why->message.n == 0 ? code_info(why->code)->meaning : why->message;
}

struct str err_chain(struct ctx *c)
{
    struct buf b = BUF(c->arena);
    for (const struct errinfo *e = &c->err; e != NULL && e->code != CODE_NONE; e = e->cause) {
        if (b.n > 0)
            buf_add(&b, S("; because "));
        buf_fmt(&b, "%s:%d %.*s %.*s", e->file, e->line, SARG(code_info(e->code)->name),
            SARG(e->message));
    }
    return buf_str(&b);
}
