#include "base/clock.h"
#include "base/command.h"
#include "base/json.h"
#include "db/db.h"
#include "switch/switch.h"

struct listing {
    struct buf *out;
    struct json *j; /* NULL: for people */
};

static enum err list_one(struct ctx *c, const struct switch_row *row, void *arg)
{
    struct listing *l = arg;
    if (l->j != NULL) {
        json_open(l->j, NULL, '{');
        json_str(l->j, "name", row->name);
        json_bool(l->j, "on", !row->off);
        json_str(l->j, "about", row->about);
        json_str_or_null(l->j, "reason", row->reason);
        json_str_or_null(l->j, "actor", row->actor);
        json_time(l->j, "since", row->since_ms);
        json_close(l->j, '}');
    } else if (row->off) {
        buf_fmt(l->out, "off  %-14.*s %.*s\n                    since %.*s, by %.*s: %.*s\n",
            SARG(row->name), SARG(row->about), SARG(time_iso(c->arena, row->since_ms)),
            SARG(row->actor), SARG(row->reason));
    } else {
        buf_fmt(l->out, "on   %-14.*s %.*s\n", SARG(row->name), SARG(row->about));
    }
    return E_OK;
}

static enum err list_read(struct ctx *c, void *arg)
{
    return switch_list(c, list_one, arg);
}

static enum err list(struct ctx *c, struct args *args, struct buf *out)
{
    struct json j = JSON(out);
    struct listing l = { out, args->json ? &j : NULL };
    if (args->json)
        json_open(&j, NULL, '[');
    TRY(db_read(c, list_read, &l));
    if (args->json) {
        json_close(&j, ']');
        buf_char(out, '\n');
    }
    return E_OK;
}

struct turn {
    struct str name, reason;
    bool on;
};

static enum err turn_tx(struct ctx *c, void *arg)
{
    const struct turn *t = arg;
    return switch_turn(c, t->name, t->on, t->reason);
}

static enum err turn(struct ctx *c, struct args *args, bool on, struct buf *out)
{
    struct turn t = { .on = on };
    TRY(args_word(c, args, 0, "NAME", &t.name));
    if (!args_flag(args, "reason", &t.reason))
        return fail(c, INVALID_REQUEST, "--reason says why; it is kept in the audit trail");
    TRY(db_tx(c, "switch", turn_tx, &t));
    if (args->json)
        buf_fmt(out, "{\"name\":\"%.*s\",\"on\":%s}\n", SARG(t.name), on ? "true" : "false");
    else
        buf_fmt(out, "%.*s: %s\n", SARG(t.name),
            on ? "on; what was held is done now" : "off, until somebody switches it on");
    return E_OK;
}

static enum err turn_on(struct ctx *c, struct args *args, struct buf *out)
{
    return turn(c, args, true, out);
}

static enum err turn_off(struct ctx *c, struct args *args, struct buf *out)
{
    return turn(c, args, false, out);
}

static const struct command table[] = {
    { "switch list", "", "", "flows that can be held back, and which are", NULL, COMMAND_READS, 0,
        list },
    { "switch off", "NAME --reason R", "reason=", "hold a flow back", NULL, COMMAND_WRITES, 0,
        turn_off },
    { "switch on", "NAME --reason R", "reason=", "let it run again; what was held is done now",
        NULL, COMMAND_WRITES, 0, turn_on },
};
const struct commands switch_commands = { table, ARRAY_LEN(table) };
