#include "base/clock.h"
#include "base/command.h"
#include "base/json.h"
#include "db/db.h"
#include "edge/key.h"

struct create {
    struct key key;
    struct str text;
};

static enum err create_tx(struct ctx *c, void *arg)
{
    struct create *in = arg;
    return key_create(c, &in->key, in->text);
}

static enum err create(struct ctx *c, struct args *args, struct buf *out)
{
    struct str role = { 0 }, name = S("");
    if (!args_flag(args, "role", &role))
        return fail(c, INVALID_REQUEST, "key create needs --role admin, app or readonly");
    args_flag(args, "name", &name);
    struct create in;
    TRY(key_check(c, role, name, 0, &in.key));
    in.text = key_draw(c);
    TRY(db_tx(c, "key create", create_tx, &in));
    struct str id = id_text(c->arena, S("key"), in.key.id);
    if (args->json) {
        struct json j = JSON(out);
        json_open(&j, NULL, '{');
        json_str(&j, "id", id);
        json_str(&j, "key", in.text);
        json_close(&j, '}');
        buf_char(out, '\n');
    } else {
        buf_fmt(out, "%.*s\n\nKeep it now, it is not shown again. Its name here is %.*s.\n",
            SARG(in.text), SARG(id));
    }
    return E_OK;
}

struct listing {
    struct key key;
    struct buf *out;
    struct json *j; /* NULL: for people */
    int64_t count;
};

static struct str day_or(struct arena *a, int64_t ms, struct str otherwise)
{
    return ms == 0 ? otherwise : str_part(time_iso(a, ms), 0, 10);
}

static enum err list_one(struct ctx *c, void *arg)
{
    struct listing *l = arg;
    const struct key *k = &l->key;
    struct str id = id_text(c->arena, S("key"), k->id);
    l->count++;
    if (l->j == NULL) {
        bool over = k->expires_ms != 0 && k->expires_ms <= c->wall_ms;
        struct str state = k->revoked_ms != 0 ? S("revoked") : over ? S("expired") : S("active");
        buf_fmt(l->out, "%-30.*s  %-8.*s  %-8.*s  %-10.*s  %-10.*s  %.*s\n", SARG(id),
            SARG(role_text(k->role)), SARG(state), SARG(day_or(c->arena, k->created_ms, S("-"))),
            SARG(day_or(c->arena, k->used_ms, S("never"))), SARG(k->name));
        return E_OK;
    }
    json_open(l->j, NULL, '{');
    key_write(l->j, c->arena, k);
    json_close(l->j, '}');
    return E_OK;
}

enum {
    LIST_MAX = 10000
};

static enum err list_read(struct ctx *c, void *arg)
{
    struct listing *l = arg;
    return key_list(c, 0, LIST_MAX, &l->key, list_one, l);
}

static enum err list(struct ctx *c, struct args *args, struct buf *out)
{
    struct json j = JSON(out);
    struct listing l = { .out = out, .j = args->json ? &j : NULL };
    if (args->json)
        json_open(&j, NULL, '[');
    else
        buf_fmt(out, "%-30s  %-8s  %-8s  %-10s  %-10s  %s\n", "id", "role", "state", "created",
            "last used", "name");
    TRY(db_read(c, list_read, &l));
    if (args->json) {
        json_close(&j, ']');
        buf_char(out, '\n');
    } else if (l.count == 0) {
        buf_add(out, S("There are none. PURSER_SECRET_KEY, if set, is not listed here.\n"));
    }
    return E_OK;
}

static enum err revoke_tx(struct ctx *c, void *arg)
{
    return key_revoke(c, *(const struct id *)arg);
}

static enum err revoke(struct ctx *c, struct args *args, struct buf *out)
{
    struct str text;
    struct id id;
    TRY(args_word(c, args, 0, "ID", &text));
    if (!id_parse(S("key"), text, &id))
        return fail(c, NOT_FOUND, "There is no such API key; `key list` shows their ids.");
    TRY(db_tx(c, "key revoke", revoke_tx, &id));
    if (args->json)
        buf_fmt(out, "{\"id\":\"%.*s\",\"revoked\":true}\n", SARG(text));
    else
        buf_fmt(out, "%.*s is revoked.\n", SARG(text));
    return E_OK;
}

static const struct command table[] = {
    { "key create", "--role admin|app|readonly [--name NAME]",
        "role= name=", "make an API key and show it this once", NULL, COMMAND_WRITES, 0, create },
    { "key list", "", "", "API keys, their roles and last use", NULL, COMMAND_READS, 0, list },
    { "key revoke", "ID", "", "end an API key, at once", NULL, COMMAND_WRITES, 0, revoke },
};
const struct commands key_commands = { table, ARRAY_LEN(table) };
