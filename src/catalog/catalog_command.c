#include "base/command.h"
#include "catalog/catalog.h"
#include "db/db.h"

#include <stdio.h>

/* catalog check | diff | apply FILE */

enum {
    FILE_MAX = 1024 * 1024
};

enum err catalog_read_file(struct ctx *c, struct str path, struct str *ret)
{
    FILE *f = fopen(str_c(c->arena, path), "rbe");
    if (f == NULL)
        return fail(c, INVALID_REQUEST, "cannot read %.*s: %m", SARG(path));
    struct buf b = BUF(c->arena);
    for (size_t n = 1; n > 0 && b.n <= FILE_MAX;) {
        n = fread(buf_room(&b, 65536), 1, 65536, f);
        b.n += n;
    }
    bool bad = ferror(f) != 0;
    fclose(f);
    if (bad || b.n > FILE_MAX)
        return fail(c, INVALID_REQUEST, "%.*s cannot be read, or is larger than 1 MiB", SARG(path));
    *ret = buf_str(&b);
    return E_OK;
}

static enum err read_file(struct ctx *c, const struct args *args, struct str *ret)
{
    struct str path;
    TRY(args_word(c, args, 0, "FILE", &path));
    return catalog_read_file(c, path, ret);
}

static enum err check(struct ctx *c, struct args *args, struct buf *out)
{
    const struct zone *zone = NULL;
    struct str text;
    struct catalog k;
    TRY(read_file(c, args, &text));
    TRY(catalog_parse(c, c->arena, text, &k));
    TRY(catalog_check_zone(c, &k, &zone));
    buf_add(out, k.text);
    buf_char(out, '\n');
    return E_OK;
}

static enum err now_tx(struct ctx *c, void *arg)
{
    return catalog_now(c, arg);
}

static enum err diff(struct ctx *c, struct args *args, struct buf *out)
{
    struct str text;
    struct catalog then, nothing;
    const struct catalog *now = NULL;
    int64_t lines = 0;
    TRY(read_file(c, args, &text));
    TRY(catalog_parse(c, c->arena, text, &then));
    enum err e = db_read(c, now_tx, &now);
    if (e == E_NOT_FOUND) {
        TRY(catalog_parse(c, c->arena, S("{}"), &nothing));
        now = &nothing;
    } else {
        TRY(e);
    }
    catalog_diff(c->arena, now, &then, out, &lines);
    if (lines == 0)
        buf_add(out, S("nothing would change\n"));
    return E_OK;
}

struct apply {
    struct str text;
    bool changed;
};

static enum err apply_tx(struct ctx *c, void *arg)
{
    struct apply *a = arg;
    return catalog_apply(c, a->text, &a->changed);
}

static enum err apply(struct ctx *c, struct args *args, struct buf *out)
{
    struct apply a = { .changed = false };
    TRY(read_file(c, args, &a.text));
    TRY(diff(c, args, out));
    TRY(db_tx(c, "catalog apply", apply_tx, &a));
    buf_add(out, a.changed ? S("applied\n") : S("it is in force already\n"));
    return E_OK;
}

static const struct command table[] = {
    { "catalog check", "FILE", "", "read a catalogue, and print it with every default", NULL,
        COMMAND_BARE, COMMAND_FILE, check },
    { "catalog diff", "FILE", "", "what applying a catalogue would change", NULL, COMMAND_READS,
        COMMAND_FILE, diff },
    { "catalog apply", "FILE", "", "make a catalogue the one in force",
        "Orders that exist keep their prices; subscriptions keep their terms.", COMMAND_WRITES,
        COMMAND_FILE, apply },
};
const struct commands catalog_commands = { table, ARRAY_LEN(table) };
