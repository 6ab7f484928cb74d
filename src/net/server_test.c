#include "net/server_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool readable(struct peer *p, int ms)
{
    for (int waited = 0; waited < ms && !p->server->stopping; waited += 10) {
        struct pollfd poll_fd = { .fd = p->fd, .events = POLLIN };
        if (poll(&poll_fd, 1, 10) == 1)
            return true;
    }
    return false;
}

static bool read_more(struct peer *p)
{
    if (!readable(p, 60000) || p->request_length == sizeof p->request)
        return false;
    ssize_t n =
        recv(p->fd, p->request + p->request_length, sizeof p->request - p->request_length, 0);
    if (n <= 0)
        return false;
    p->request_length += (size_t)n;
    return true;
}

struct str peer_said(struct peer *p)
{
    return (struct str) { p->request, p->said_length };
}

static size_t content_length(struct str head)
{
    struct str line;
    int64_t n = 0;
    while (head.n > 0) {
        (void)str_cut(head, '\n', &line, &head);
        if (str_starts(line, S("Content-Length: ")))
            must(str_to_i64(str_part(line, 16, line.n - 17), &n));
    }
    return (size_t)n;
}

bool peer_request(struct peer *p)
{
    p->request_length = 0;
    for (;;) {
        const char *end = memmem(p->request, p->request_length, "\r\n\r\n", 4);
        if (end != NULL) {
            size_t head = (size_t)(end - p->request) + 4;
            if (p->request_length >= head + content_length((struct str) { p->request, head }))
                break;
        }
        if (!read_more(p))
            return false;
    }
    p->said_length = p->request_length;
    p->server->requests++;
    return true;
}

bool peer_line(struct peer *p)
{
    p->request_length = 0;
    while (p->request_length == 0 || p->request[p->request_length - 1] != '\n') {
        if (!readable(p, 60000) || p->request_length == sizeof p->request ||
            recv(p->fd, p->request + p->request_length, 1, 0) != 1)
            return false;
        p->request_length++;
    }
    p->request_length -= p->request_length > 1 && p->request[p->request_length - 2] == '\r' ? 2 : 1;
    p->said_length = p->request_length;
    return true;
}

bool peer_try(struct peer *p, struct str bytes)
{
    while (bytes.n > 0 && !p->server->stopping) {
        ssize_t n = send(p->fd, bytes.p, bytes.n, MSG_NOSIGNAL | MSG_DONTWAIT);
        struct pollfd poll_fd = { .fd = p->fd, .events = POLLOUT };
        if (n > 0)
            bytes = str_from(bytes, (size_t)n);
        else if (errno == EAGAIN)
            poll(&poll_fd, 1, 10);
        else
            return false;
    }
    return bytes.n == 0;
}

void peer_send(struct peer *p, struct str bytes)
{
    (void)peer_try(p, bytes);
}

void peer_reset(struct peer *p)
{
    struct linger hard = { .l_onoff = 1, .l_linger = 0 };
    setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

void peer_wait(struct peer *p, int ms)
{
    for (int waited = 0; waited < ms && !p->server->stopping; waited += 5)
        usleep(5000);
}

static void *talk_to(void *arg)
{
    struct peer *p = arg;
    p->server->talk(p);
    close(p->fd);
    return NULL;
}

static void *serve(void *arg)
{
    struct server *s = arg;
    while (!s->stopping) {
        struct pollfd poll_fd = { .fd = s->listener, .events = POLLIN };
        if (poll(&poll_fd, 1, 10) != 1)
            continue;
        struct peer *p = calloc(1, sizeof *p);
        must(p != NULL);
        p->fd = accept(s->listener, NULL, NULL);
        must(p->fd >= 0);
        p->server = s;
        p->connection = s->connections++;
        p->next = s->peers;
        s->peers = p;
        must(pthread_create(&p->thread, NULL, talk_to, p) == 0);
    }
    return NULL;
}

void server_start(struct server *s, void (*talk)(struct peer *peer), const void *arg)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof at;
    *s = (struct server) { .talk = talk, .arg = arg };
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(s->listener, (struct sockaddr *)&at, sizeof at) == 0);
    must(listen(s->listener, 64) == 0);
    must(getsockname(s->listener, (struct sockaddr *)&at, &length) == 0);
    s->port = ntohs(at.sin_port);
    must(pthread_create(&s->thread, NULL, serve, s) == 0);
}

void server_end(struct server *s)
{
    s->stopping = true;
    pthread_join(s->thread, NULL);
    close(s->listener);
    for (struct peer *p = s->peers; p != NULL; p = p->next)
        pthread_join(p->thread, NULL);
}

void server_forget(struct server *s)
{
    if (!s->stopping)
        server_end(s);
    while (s->peers != NULL) {
        struct peer *next = s->peers->next;
        free(s->peers);
        s->peers = next;
    }
}

static void close_net(void *net)
{
    net_close(net);
}

struct net *net_for(struct test *t, const struct net_options *options)
{
    struct net *net = net_open(options);
    arena_defer(t->c->arena, close_net, net);
    t->c->net = net;
    return net;
}

struct net_request get(struct test *t, struct server *s, const char *path)
{
    return (struct net_request) {
        .gateway = S("acme"),
        .call = S("query"),
        .method = S("GET"),
        .url = str_fmt(t->c->arena, "http://127.0.0.1:%d%s", s->port, path),
        .private_target = true,
    };
}

struct net_request post(struct test *t, struct server *s, struct str body)
{
    struct net_request in = get(t, s, "/pay");
    in.call = S("charge");
    in.method = S("POST");
    in.body = body;
    return in;
}

struct net_reply called(struct test *t, const struct net_request *in)
{
    struct net_reply reply = { 0 };
    EXPECT_OK(net_call(t->c, in, &reply));
    EXPECT((reply.outcome == OUTCOME_DONE) == (reply.why.n == 0));
    return reply;
}

/* Says the same thing to every request, as often as it is asked. */
void talk_always(struct peer *p)
{
    while (peer_request(p))
        peer_send(p, *(const struct str *)p->server->arg);
}

/* Says it once, and ends the connection. */
void talk_once(struct peer *p)
{
    if (peer_request(p))
        peer_send(p, *(const struct str *)p->server->arg);
}

/* One GET to a server that says `answer` and hangs up. */
struct net_reply answered(struct test *t, struct str answer)
{
    struct server s;
    server_start(&s, talk_once, &answer);
    struct net_request in = get(t, &s, "/");
    struct net_reply r = called(t, &in);
    server_forget(&s);
    return r;
}

void run_program(const char *const *argv, const char *directory)
{
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", 1, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", 1, 0);
    posix_spawn_file_actions_addchdir_np(&files, directory);
    union {
        const char *const *in;
        char *const *out;
    } words = { .in = argv };
    pid_t pid = 0;
    must(posix_spawnp(&pid, argv[0], &files, NULL, words.out, environ) == 0);
    posix_spawn_file_actions_destroy(&files);
    int status = 0;
    must(waitpid(pid, &status, 0) == pid);
    if (status != 0)
        printf("%s %s ended with %d\n", argv[0], argv[1], status);
    must(status == 0);
}

struct str make_directory(struct test *t)
{
    char name[] = "/tmp/purser-test-XXXXXX";
    must(mkdtemp(name) != NULL);
    return str_copy(t->c->arena, (struct str) { name, sizeof name - 1 });
}

void remove_directory(struct str path)
{
    char text[64];
    snprintf(text, sizeof text, "%.*s", SARG(path));
    const char *const argv[] = { "rm", "-rf", text, NULL };
    run_program(argv, "/");
}
