#include "app/app.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Commands beside a running server.  The client writes one HTTP request to the server's control
 * socket; the server runs the command on a thread of its own, so that a long backup holds no
 * reader, and answers with what was printed. */

struct str control_path(struct arena *a, struct str database_url)
{
    struct str file = str_from(database_url, S("sqlite:").n);
    if (!str_starts(database_url, S("sqlite:")) || str_starts(file, S(":")))
        return S("");
    return str_fmt(a, "%.*s-ctl", SARG(file));
}

/* ---- the client */

static enum err connect_to(struct ctx *c, struct str path, int *ret_fd)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    if (path.n >= sizeof to.sun_path)
        return fail(c, INVALID_REQUEST, "the path %.*s is too long for a socket", SARG(path));
    memcpy(to.sun_path, path.p, path.n);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return fail(c, INTERNAL, "no socket: %s", strerror(errno));
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        int why = errno;
        close(fd);
        return fail(c, CONFLICT,
            "another process holds the database, and nobody answers at %.*s (%s); is it starting or stopping?",
            SARG(path), strerror(why));
    }
    *ret_fd = fd;
    return E_OK;
}

static enum err write_all(struct ctx *c, int fd, struct str s)
{
    while (s.n > 0) {
        ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail(c, INTERNAL, "the server closed its control socket: %s", strerror(errno));
        s = str_from(s, (size_t)n);
    }
    return E_OK;
}

static enum err read_all(struct ctx *c, int fd, struct buf *b)
{
    for (;;) {
        char *room = buf_room(b, 64 * 1024);
        ssize_t n = recv(fd, room, 64 * 1024, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(c, INTERNAL, "the server's answer broke off: %s", strerror(errno));
        if (n == 0)
            return E_OK;
        b->n += (size_t)n;
    }
}

static struct str request_text(
    struct ctx *c, const struct str *argv, size_t argc, struct str stdin_text)
{
    struct buf body = BUF(c->arena), text = BUF(c->arena);
    struct json j = JSON(&body);
    json_open(&j, NULL, '{');
    json_open(&j, "argv", '[');
    for (size_t i = 0; i < argc; i++)
        json_str(&j, NULL, argv[i]);
    json_close(&j, ']');
    json_str(&j, "stdin", stdin_text);
    json_close(&j, '}');
    buf_fmt(&text,
        "POST /command HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
        body.n);
    buf_add(&text, buf_str(&body));
    return buf_str(&text);
}

static enum err read_reply(struct ctx *c, struct str text, struct control_reply *ret)
{
    struct str body = S("");
    for (size_t i = 0; i + 4 <= text.n; i++)
        if (str_eq(str_part(text, i, 4), S("\r\n\r\n"))) {
            body = str_from(text, i + 4);
            break;
        }
    TRY(json_check(c, body));
    struct json_value root = json_root(body);
    int64_t code = 1;
    struct control_reply reply = { 0 };
    if (json_to_i64(json_at(root, "data.exit"), &code) &&
        json_to_str(c->arena, json_at(root, "data.out"), &reply.out) &&
        json_to_str(c->arena, json_at(root, "data.error"), &reply.error)) {
        reply.exit_code = (int)code;
        *ret = reply;
        return E_OK;
    }
    struct str sentence = S("the server did not understand");
    json_to_str(c->arena, json_at(root, "error"), &sentence);
    return fail(c, CONFLICT, "%.*s", SARG(sentence));
}

enum err control_send(struct ctx *c, struct str path, const struct str *argv, size_t argc,
    struct str stdin_text, struct control_reply *ret)
{
    int fd = -1;
    TRY(connect_to(c, path, &fd));
    struct buf answer = BUF(c->arena);
    enum err e = write_all(c, fd, request_text(c, argv, argc, stdin_text));
    if (e == E_OK)
        e = read_all(c, fd, &answer);
    close(fd);
    TRY(e);
    return read_reply(c, buf_str(&answer), ret);
}

/* ---- the server's side */

struct errand {
    struct app *app;
    struct req *r;
    struct str argv[32];
    size_t argc;
    struct str stdin_text;
};

int app_run_command(struct ctx *c, const struct command *command, struct args *args,
    struct buf *out, struct buf *error)
{
    enum err e = command->run(c, args, out);
    if (e == E_OK)
        return 0;
    if (c->err.message.n > 0)
        buf_fmt(error, "purser: %.*s\n", SARG(c->err.message));
    return e == E_INVALID ? 2 : 1;
}

static int run_errand(struct errand *w, struct buf *out, struct buf *error)
{
    struct ctx *c = w->r->c;
    const struct command *command = NULL;
    struct args args;
    enum err e = args_parse(c, app_commands, app_command_count, w->argv, w->argc, &command, &args);
    if (e == E_OK && command->where == COMMAND_ALONE)
        e = fail(
            c, CONFLICT, "a server runs on this database; stop it before \"%s\"", command->name);
    if (e == E_OK && command->where == COMMAND_ITSELF)
        e = fail(c, CONFLICT, "a server runs on this database already");
    if (e != E_OK) {
        buf_fmt(error, "purser: %.*s\n", SARG(c->err.message));
        return e == E_INVALID ? 2 : 1;
    }
    args.stdin_text = w->stdin_text;
    return app_run_command(c, command, &args, out, error);
}

static void *errand_thread(void *arg)
{
    struct errand *w = arg;
    struct req *r = w->r;
    struct buf out = BUF(r->c->arena), error = BUF(r->c->arena);
    int code = run_errand(w, &out, &error);
    struct json j = answer_json(r, 200);
    json_open(&j, "data", '{');
    json_i64(&j, "exit", code);
    json_str(&j, "out", buf_str(&out));
    json_str(&j, "error", buf_str(&error));
    json_close(&j, '}');
    answer_json_end(r, &j);
    w->app->dispatch.answer(r);
    return NULL;
}

static enum err read_errand(struct req *r, struct errand *w)
{
    struct json_value argv = { 0 };
    const struct json_field fields[] = { j_value("argv", &argv),
        j_str("stdin", &w->stdin_text, 64 * 1024), j_end };
    TRY(json_read(r->c, r->body, fields));
    if (argv.kind != JSON_ARRAY)
        return fail(r->c, INVALID_REQUEST, "argv is a list of words");
    for (struct json_iter it = json_iter(argv); json_next(&it);) {
        if (w->argc == ARRAY_LEN(w->argv) ||
            !json_to_str(r->c->arena, it.value, &w->argv[w->argc++]))
            return fail(r->c, INVALID_REQUEST, "argv is a list of at most 32 words");
    }
    return E_OK;
}

static enum err run(struct req *r)
{
    struct errand *w = arena_new(r->c->arena, struct errand);
    /* The ctx is const about its app; the errand is the program acting on itself. */
    w->app = app_of(r->c);
    w->r = r;
    TRY(read_errand(r, w));
    r->c->actor = S("command");
    pthread_t thread;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    int failed = pthread_create(&thread, &attr, errand_thread, w);
    pthread_attr_destroy(&attr);
    if (failed != 0)
        return fail(r->c, BUSY, "no thread for the command");
    r->out.later = true;
    return E_OK;
}

static const struct route table[] = {
    { "POST", "/command", SHAPE_PLAIN, NULL, run, NULL, 0, ALLOW_CONTROL, 0, 0,
        "Run a command of the program in the server; only over the control socket." },
};
const struct routes control_routes = { table, ARRAY_LEN(table) };
