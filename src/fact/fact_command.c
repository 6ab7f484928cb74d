#include <stdio.h>

#include "base/command.h"
#include "base/json.h"
#include "db/db.h"
#include "fact/fact.h"

/* ---- audit verify [--file EXPORT] */

struct verifying {
    bool is_file;
    struct str text; /* an export */
    struct buf findings;
    int64_t checked;
};

static enum err verify_tx(struct ctx *c, void *arg)
{
    struct verifying *v = arg;
    v->findings = BUF(c->arena);
    return v->is_file ? fact_verify_export(c, v->text, &v->findings, &v->checked)
                      : fact_verify(c, &v->findings, &v->checked);
}

static void print_result(const struct verifying *v, bool whole, bool json, struct buf *out)
{
    struct json j = JSON(out);
    struct str findings = buf_str(&v->findings), line;
    if (!json) {
        buf_add(out, findings);
        if (whole)
            buf_fmt(out, "%lld %s, each follows from the one before\n", (long long)v->checked,
                v->checked == 1 ? "fact" : "facts");
        return;
    }
    json_open(&j, NULL, '{');
    json_bool(&j, "ok", whole);
    json_i64(&j, "checked", v->checked);
    json_open(&j, "findings", '[');
    while (findings.n > 0) {
        str_cut(findings, '\n', &line, &findings);
        json_str(&j, NULL, line);
    }
    json_close(&j, ']');
    json_close(&j, '}');
    buf_char(out, '\n');
}

enum {
    FILE_MAX = 60 * 1024 * 1024
};

/* The server may be the one that reads it: a relative path would be its own. */
static enum err read_file(struct ctx *c, struct str path, struct str *ret)
{
    struct buf b = BUF(c->arena);
    size_t n = 1;
    FILE *f = fopen(str_c(c->arena, path), "rb");
    if (f == NULL)
        return fail(c, INVALID_REQUEST, "cannot read %.*s; give its whole path", SARG(path));
    while (n > 0 && b.n <= FILE_MAX) {
        n = fread(buf_room(&b, 65536), 1, 65536, f);
        b.n += n;
    }
    bool bad = ferror(f) != 0;
    fclose(f);
    if (bad || b.n > FILE_MAX)
        return fail(c, INVALID_REQUEST, "%.*s is no export: too large, or unreadable", SARG(path));
    *ret = buf_str(&b);
    return E_OK;
}

static enum err verify(struct ctx *c, struct args *args, struct buf *out)
{
    struct verifying v = { .checked = 0 };
    struct str path = { 0 };
    v.is_file = args_flag(args, "file", &path);
    if (v.is_file)
        TRY(read_file(c, path, &v.text));
    enum err e = db_read_whole(c, verify_tx, &v);
    if (e == E_OK || e == E_CONFLICT)
        print_result(&v, e == E_OK, args->json, out);
    return e;
}

/* ---- audit export [--after SEQ] */

struct exporting {
    int64_t after_seq;
    struct buf *out;
};

static enum err export_tx(struct ctx *c, void *arg)
{
    struct exporting *x = arg;
    return fact_export(c, x->after_seq, x->out);
}

static enum err export(struct ctx *c, struct args *args, struct buf *out) {
    struct exporting x = { .out = out }; struct str after = { 0 };
        if (args_flag(args, "after", &after) &&
            (!str_to_i64(after, &x.after_seq) || x.after_seq < 0)) return fail(c, INVALID_REQUEST,
            "--after is the number of a fact, not %.*s", SARG(after));
        return db_read_long(c, export_tx, &x);
}

/* ---- audit actions */

static enum err actions(struct ctx *c, struct args *args, struct buf *out)
{
    (void)c;
    fact_actions(out, args->json);
    return E_OK;
}

static const struct command table[] = {
    {
        .name = "audit verify",
        .usage = "[--file EXPORT]",
        .flags = "file=",
        .about = "Does every fact follow from the one before; was anything altered or cut?",
        .more = "With --file the export is checked, and whether the database still has what it "
                "ends with: who keeps exports elsewhere will notice a history that was rewritten.",
        .where = COMMAND_READS,
        .run = verify,
    },
    {
        .name = "audit export",
        .usage = "[--after SEQ]",
        .flags = "after=",
        .about = "All facts, one JSON line each, with their hashes; the head of the chain last.",
        .more = "At most 16 MiB at a time: when the last line says \"more\":true, go on with "
                "--after and its seq. A fact's hash is SHA-256 of the hash before it (32 bytes, "
                "zeros for the first) and the text that stands behind {\"fact\":.",
        .where = COMMAND_READS,
        .run = export,
    },
    {
        .name = "audit actions",
        .usage = "",
        .flags = "",
        .about = "The actions that the audit trail knows, and their events.",
        .where = COMMAND_BARE,
        .run = actions,
    },
};
const struct commands fact_commands = { table, ARRAY_LEN(table) };
