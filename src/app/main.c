#include "app/app.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

extern char **environ;

/* Takes --database, --catalog, --env, --help and --version out of the words, wherever they stand
 * before "--". */
static enum err take_flags(struct ctx *c, struct str *argv, size_t *argc, struct app_flags *ret)
{
    struct {
        struct str name;
        struct str *value;
    } valued[] = {
        { S("--database"), &ret->database },
        { S("--catalog"), &ret->catalog },
        { S("--env"), &ret->env },
    };
    size_t kept = 0;
    bool over = false;
    for (size_t i = 0; i < *argc; i++) {
        struct str name, value;
        bool has = str_cut(argv[i], '=', &name, &value), taken = over;
        over = over || str_eq(argv[i], S("--"));
        for (size_t k = 0; k < ARRAY_LEN(valued) && !taken && !over; k++) {
            if (!str_eq(name, valued[k].name))
                continue;
            if (!has && i + 1 == *argc)
                return fail(c, INVALID_REQUEST, "%.*s needs a value", SARG(name));
            *valued[k].value = has ? value : argv[++i];
            has = taken = true;
        }
        if (taken && !over)
            continue;
        if (!over && (str_eq(argv[i], S("--help")) || str_eq(argv[i], S("-h"))))
            ret->help = true;
        else if (!over && str_eq(argv[i], S("--version")))
            ret->version = true;
        else
            argv[kept++] = argv[i];
    }
    *argc = kept;
    return E_OK;
}

static int say(struct buf *out, struct buf *error, int code)
{
    fwrite(out->p == NULL ? "" : out->p, 1, out->n, stdout);
    fwrite(error->p == NULL ? "" : error->p, 1, error->n, stderr);
    return fflush(stdout) == 0 ? code : 1;
}

static int refuse(struct ctx *c, enum err e)
{
    fprintf(stderr, "purser: %.*s\n", SARG(c->err.message));
    return e == E_INVALID ? 2 : 1;
}

static int help(struct ctx *c, const struct str *argv, size_t argc)
{
    struct buf out = BUF(c->arena), none = BUF(c->arena);
    const struct command *command = NULL;
    struct args args;
    if (argc > 0 &&
        args_parse(c, app_commands, app_command_count, argv, argc, &command, &args) == E_OK)
        command_help(command, &out);
    else if (commands_help(app_commands, app_command_count, argc > 0 ? argv[0] : S(""), &out) == 0)
        return refuse(c, E_INVALID);
    return say(&out, &none, 0);
}

static struct str read_stdin(struct arena *a)
{
    struct buf b = BUF(a);
    for (;;) {
        size_t n = fread(buf_room(&b, 4096), 1, 4096, stdin);
        b.n += n;
        if (n == 0 || b.n > 64 * 1024)
            return buf_str(&b);
    }
}

/* A file named by where this person stands; the server may stand elsewhere. */
static struct str from_here(struct arena *a, struct str path)
{
    char here[4096];
    if (str_starts(path, S("/")) || getcwd(here, sizeof here) == NULL)
        return path;
    return str_fmt(a, "%s/%.*s", here, SARG(path));
}

/* The database is held by a server: it runs the command for us. */
static int hand_over(
    struct ctx *c, struct app *a, const struct str *argv, size_t argc, struct args *args)
{
    struct str path = control_path(c->arena, config_str(a->config, CFG_DATABASE));
    struct control_reply reply;
    enum err e = control_send(c, path, argv, argc, args->stdin_text, &reply);
    if (e != E_OK)
        return refuse(c, e);
    fwrite(reply.out.p, 1, reply.out.n, stdout);
    fwrite(reply.error.p, 1, reply.error.n, stderr);
    return fflush(stdout) == 0 ? reply.exit_code : 1;
}

/* What says what is wrong runs on a schema that is not ours, and at last without a store. */
static enum err open_store(struct ctx *c, struct app *a, const struct command *command)
{
    bool doubts = (command->options & COMMAND_DOUBT) != 0;
    struct app_store how = { .quiet_schema = command->where == COMMAND_ALONE };
    enum err e = app_open_store(c, a, &how);
    if (e == E_OK || e == E_CONFLICT || !doubts)
        return e;
    const struct errinfo why = c->err;
    how.quiet_schema = true;
    if (app_open_store(c, a, &how) != E_OK)
        c->err = why;
    return E_OK;
}

static int run(struct ctx *c, struct app *a, const struct command *command, struct args *args,
    struct str *argv, size_t argc)
{
    if (command->where != COMMAND_BARE) {
        enum err e = open_store(c, a, command);
        bool file = (command->options & COMMAND_FILE) != 0 && args->word_count > 0;
        for (size_t i = 0; file && i < argc; i++)
            if (argv[i].p == args->word[0].p)
                argv[i] = from_here(c->arena, argv[i]);
        if (e == E_CONFLICT && command->where != COMMAND_ALONE)
            return hand_over(c, a, argv, argc, args);
        if (e != E_OK)
            return refuse(c, e);
        const struct errinfo why = c->err;
        *c = app_ctx(a, c->arena, str_of_c(command->name));
        c->actor = S("command");
        c->err = why;
    }
    struct buf out = BUF(c->arena), error = BUF(c->arena);
    int code = app_run_command(c, command, args, &out, &error);
    if (command->where == COMMAND_WRITES)
        app_seal_rest(a, S("command"));
    return say(&out, &error, code);
}

static int start(struct ctx *c, struct app *a, struct str *argv, size_t argc)
{
    struct app_flags flags = { 0 };
    const struct command *command = NULL;
    struct args args;
    struct buf notices = BUF(c->arena);
    enum err e = take_flags(c, argv, &argc, &flags);
    if (e != E_OK)
        return refuse(c, e);
    if (flags.version) {
        printf("purser %s\n", PURSER_VERSION);
        return 0;
    }
    if (flags.help)
        return help(c, argv, argc);
    e = args_parse(c, app_commands, app_command_count, argv, argc, &command, &args);
    if (e != E_OK)
        return refuse(c, e);
    bool alone = str_eq(str_of_c(command->name), S("sandbox"));
    bool sandbox = alone || args_flag(&args, "sandbox", NULL);
    args_flag(&args, "listen", alone ? &flags.sandbox_listen : &flags.listen);
    args_flag(&args, "sandbox-listen", &flags.sandbox_listen);
    args_flag(&args, "webhooks", &flags.webhooks);
    e = app_configure(c, a, &flags, environ, command->where == COMMAND_ITSELF, sandbox, &notices);
    fwrite(notices.p == NULL ? "" : notices.p, 1, notices.n, stderr);
    if (e != E_OK)
        return refuse(c, e);
    *c = app_ctx(a, c->arena, str_of_c(command->name));
    c->actor = S("command");
    if ((command->options & COMMAND_STDIN) != 0 && !isatty(STDIN_FILENO))
        args.stdin_text = read_stdin(c->arena);
    if (command->where == COMMAND_ITSELF)
        return alone ? app_sandbox(a) : app_serve(a);
    return run(c, a, command, &args, argv, argc);
}

int main(int argc, char **argv)
{
    /* Nobody reads our memory: no core file, no ptrace by the same user (R71). */
    setrlimit(RLIMIT_CORE, &(struct rlimit) { 0, 0 });
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);

    struct app a = { .ids = ids_of_system() };
    struct ctx c = { .arena = &a.arena, .ids = &a.ids, .request_id = S("start") };
    clock_read(&c, &a.clock);
    struct str *words = arena_array(&a.arena, struct str, (size_t)argc);
    for (int i = 1; i < argc; i++)
        words[i - 1] = str_of_c(argv[i]);
    int code = start(&c, &a, words, argc > 0 ? (size_t)argc - 1 : 0);
    app_close(&a);
    return code;
}
