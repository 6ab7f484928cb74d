#include "base/clock.h"
#include "base/command.h"
#include "base/config.h"
#include "base/json.h"
#include "db/db.h"
#include "edge/admin.h"
#include "edge/session.h"
#include "web/site.h"

/* A password is chosen by the one who will use it, over a link that is good for half an hour and
 * one use: nothing to type on a terminal, nothing in a shell's history, and the same command once
 * more is the way back for who has forgotten it. */

struct create {
    struct str mail, link;
    enum role role;
    struct id id;
    bool existed; /* set by the transaction */
};

static enum err create_tx(struct ctx *c, void *arg)
{
    struct create *in = arg;
    struct admin admin = { 0 };
    bool found = false;
    TRY(admin_find(c, in->mail, &found, &admin));
    if (!found) {
        TRY(admin_insert(c, in->id, in->mail, in->role, &admin.n));
        TRY(admin_note(c, S("ADMIN_CREATED"), in->id, S(""), in->role));
    } else {
        if (admin.role != in->role || admin.disabled_ms != 0)
            TRY(admin_set_role(c, &admin, in->role));
        TRY(admin_note(c, S("ADMIN_CHANGED"), admin.id, S("link"), in->role));
    }
    TRY(admin_link_insert(c, admin.n, in->link));
    in->existed = found;
    return E_OK;
}

/* Where the link leads: the site that the server knows, or what is configured beside no server. */
static struct str origin(struct ctx *c)
{
    struct str site = site_of(c)->origin, listen = S("127.0.0.1:8080");
    if (site.n == 0)
        site = config_str(c->config, CFG_SITE_URL);
    config_item(c->config, CFG_LISTEN, 0, &listen);
    return site.n > 0 ? site : str_fmt(c->arena, "http://%.*s", SARG(listen));
}

static enum err create(struct ctx *c, struct args *args, struct buf *out)
{
    struct create in = { 0 };
    struct str word, role = { 0 };
    TRY(args_word(c, args, 0, "MAIL", &word));
    TRY(admin_mail(c, word, &in.mail));
    if (!args_flag(args, "role", &role) || !role_parse(role, &in.role) || !role_is_console(in.role))
        return fail(
            c, INVALID_REQUEST, "admin create needs --role owner, finance, support or viewer");
    in.id = id_new(c);
    in.link = session_draw(c);
    TRY(db_tx(c, "admin create", create_tx, &in));
    struct str link = str_fmt(c->arena, "%.*s/login/password?token=%.*s", SARG(origin(c)),
        SARG(hex_text(c->arena, in.link)));
    if (args->json) {
        struct json j = JSON(out);
        json_open(&j, NULL, '{');
        json_str(&j, "mail", in.mail);
        json_str(&j, "role", role);
        json_bool(&j, "existed", in.existed);
        json_str(&j, "link", link);
        json_close(&j, '}');
        buf_char(out, '\n');
        return E_OK;
    }
    buf_fmt(out, "%.*s %s. To choose a password, within half an hour and once:\n\n  %.*s\n",
        SARG(in.mail), in.existed ? "has an account already" : "may sign in", SARG(link));
    if (in.existed)
        buf_add(out, S("\nChoosing a new password ends all of this person's sessions.\n"));
    return E_OK;
}

struct listing {
    struct admin admin;
    struct buf *out;
    struct json *j; /* NULL: for people */
};

static enum err list_one(struct ctx *c, void *arg)
{
    struct listing *l = arg;
    const struct admin *a = &l->admin;
    struct str state = a->disabled_ms != 0 ? S("disabled")
        : a->password.n == 0               ? S("invited")
                                           : S("active");
    bool code = a->totp_secret.n > 0;
    if (l->j == NULL) {
        buf_fmt(l->out, "%-32.*s  %-8.*s  %-8.*s  %-4s  %.*s\n", SARG(a->mail),
            SARG(role_text(a->role)), SARG(state), code ? "yes" : "no",
            SARG(str_part(time_iso(c->arena, a->created_ms), 0, 10)));
        return E_OK;
    }
    json_open(l->j, NULL, '{');
    json_str(l->j, "mail", a->mail);
    json_str(l->j, "role", role_text(a->role));
    json_str(l->j, "state", state);
    json_bool(l->j, "code", code);
    json_time(l->j, "createdAt", a->created_ms);
    json_close(l->j, '}');
    return E_OK;
}

static enum err list_read(struct ctx *c, void *arg)
{
    struct listing *l = arg;
    return admin_list(c, &l->admin, list_one, l);
}

static enum err list(struct ctx *c, struct args *args, struct buf *out)
{
    struct json j = JSON(out);
    struct listing l = { .out = out, .j = args->json ? &j : NULL };
    if (!args->json) {
        buf_fmt(out, "%-32s  %-8s  %-8s  %-4s  %s\n", "mail", "role", "state", "code", "created");
        return db_read(c, list_read, &l);
    }
    json_open(&j, NULL, '[');
    TRY(db_read(c, list_read, &l));
    json_close(&j, ']');
    buf_char(out, '\n');
    return E_OK;
}

/* ---- one change to one user */
struct change {
    struct str what; /* for the fact */
    struct str mail, secret;
    enum err (*apply)(struct ctx *c, const struct admin *admin, const struct change *in);
};

static enum err change_tx(struct ctx *c, void *arg)
{
    const struct change *in = arg;
    struct admin admin;
    bool found = false;
    TRY(admin_find(c, in->mail, &found, &admin));
    if (!found)
        return fail(c, NOT_FOUND, "There is no console user %.*s.", SARG(in->mail));
    TRY(in->apply(c, &admin, in));
    return admin_note(c, S("ADMIN_CHANGED"), admin.id, in->what, admin.role);
}

static enum err change(struct ctx *c, struct args *args, struct change *in)
{
    struct str word;
    TRY(args_word(c, args, 0, "MAIL", &word));
    TRY(admin_mail(c, word, &in->mail));
    return db_tx(c, "admin change", change_tx, in);
}

static enum err apply_disable(struct ctx *c, const struct admin *admin, const struct change *in)
{
    (void)in;
    TRY(admin_set_disabled(c, admin, true));
    return session_end_admin(c, admin->n);
}

static enum err disable(struct ctx *c, struct args *args, struct buf *out)
{
    struct change in = { .what = S("disabled"), .apply = apply_disable };
    TRY(change(c, args, &in));
    if (args->json)
        buf_fmt(out, "{\"mail\":\"%.*s\",\"disabled\":true}\n", SARG(in.mail));
    else
        buf_fmt(
            out, "%.*s may no longer sign in. `admin create` lets them in again.\n", SARG(in.mail));
    return E_OK;
}

static enum err apply_code(struct ctx *c, const struct admin *admin, const struct change *in)
{
    return admin_set_totp(c, admin, in->secret);
}

static enum err code(struct ctx *c, struct args *args, struct buf *out)
{
    struct str off;
    bool on = !args_flag(args, "off", &off);
    struct change in = { .what = on ? S("code") : S("no code"), .apply = apply_code };
    if (on)
        in.secret = str_part(session_draw(c), 0, TOTP_SECRET);
    TRY(change(c, args, &in));
    struct str secret = base32_text(c->arena, in.secret);
    if (args->json)
        buf_fmt(out, "{\"mail\":\"%.*s\",\"secret\":\"%.*s\"}\n", SARG(in.mail), SARG(secret));
    else if (on)
        buf_fmt(out,
            "From now on %.*s needs a code of six digits too. For the authenticator app:\n\n"
            "  %.*s\n  otpauth://totp/purser:%.*s?secret=%.*s&issuer=purser\n",
            SARG(in.mail), SARG(secret), SARG(in.mail), SARG(secret));
    else
        buf_fmt(out, "%.*s signs in with the password alone.\n", SARG(in.mail));
    return E_OK;
}

static const struct command table[] = {
    { "admin create", "MAIL --role owner|finance|support|viewer",
        "role=", "let somebody into the console, or give them a new password link", NULL,
        COMMAND_WRITES, 0, create },
    { "admin list", "", "", "console users", NULL, COMMAND_READS, 0, list },
    { "admin disable", "MAIL", "", "end somebody's access to the console, at once", NULL,
        COMMAND_WRITES, 0, disable },
    { "admin code", "MAIL [--off]", "off", "ask somebody for one-time codes as well", NULL,
        COMMAND_WRITES, 0, code },
};
const struct commands admin_commands = { table, ARRAY_LEN(table) };
