#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "web/rig_test.h"

#define GET(path) S("GET " path " HTTP/1.1\r\nHost: a\r\n\r\n")

TEST("R37 connections are limited, and idle ones make room for new ones")
{
    struct server_options o = { .limits = { .connections = 4, .connections_address = 3 } };
    struct rig *rig = rig_open(t, &o);
    atomic_store(&rig->held, true);
    int fd[4];
    for (int i = 0; i < 3; i++) {
        fd[i] = rig_connect(t, rig);
        rig_send(t, fd[i], GET("/hold"));
    }
    while (atomic_load(&rig->handled) < 2)
        usleep(1000);
    fd[3] = rig_connect(t, rig);
    bool closed = false;
    EXPECT_I64(rig_status(rig_rest(t, fd[3], 5000, &closed)), 503);
    EXPECT(closed);
    atomic_store(&rig->held, false);
    for (int i = 0; i < 3; i++)
        EXPECT_I64(rig_status(rig_answer(t, fd[i])), 200);
    for (int i = 0; i < 4; i++)
        close(fd[i]);
    rig_close(rig);
}

static bool everybody(void *self, struct str peer)
{
    (void)self;
    return str_eq(peer, S("127.0.0.1"));
}

TEST("a proxy of ours has no limit, and an idle connection is closed for a new one")
{
    struct server_options o = { .proxy = everybody,
        .limits = { .connections = 4, .connections_address = 1 } };
    struct rig *rig = rig_open(t, &o);
    int fd[8];
    for (int i = 0; i < 8; i++) {
        fd[i] = rig_connect(t, rig);
        rig_send(t, fd[i], GET("/plain"));
        EXPECT_I64(rig_status(rig_answer(t, fd[i])), 200);
    }
    bool closed = false;
    (void)rig_rest(t, fd[0], 2000, &closed);
    EXPECT(closed);
    for (int i = 0; i < 8; i++)
        close(fd[i]);
    rig_close(rig);
}

/* A client's socket, made before descriptors are short. */
static void dial(struct test *t, const struct rig *rig, int fd)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)rig->port) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
}

TEST("F42 without descriptors the server goes on, and takes those who waited when there are some")
{
    struct rig *rig = rig_open(t, NULL);
    int busy = rig_connect(t, rig), fd[6];
    rig_send(t, busy, GET("/plain"));
    (void)rig_answer(t, busy);
    for (int i = 0; i < 6; i++)
        fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct rlimit usual, none;
    EXPECT(getrlimit(RLIMIT_NOFILE, &usual) == 0);
    none = usual;
    none.rlim_cur = (rlim_t)fd[5] + 1;
    EXPECT(setrlimit(RLIMIT_NOFILE, &none) == 0);
    for (int i = 0; i < 6; i++) {
        dial(t, rig, fd[i]);
        rig_send(t, fd[i], GET("/plain"));
    }
    usleep(300000);
    rig_send(t, busy, GET("/plain"));
    EXPECT_STR(rig_body(rig_answer(t, busy)), S("plain"));
    EXPECT(setrlimit(RLIMIT_NOFILE, &usual) == 0);
    int served = 0;
    for (int i = 0; i < 6; i++) {
        bool closed = false;
        struct str all = rig_rest(t, fd[i], 600, &closed);
        served += str_ends(all, S("plain")) ? 1 : 0;
        EXPECT(closed || str_ends(all, S("plain")));
        close(fd[i]);
    }
    /* One for each try was let in and sent away, so that it knew. */
    EXPECT(served >= 1);
    EXPECT_STR(rig_body(rig_ask(t, rig, "GET /plain", "", S(""))), S("plain"));
    close(busy);
    rig_close(rig);
}

/* One that does not lie where sockets are handed over. */
static int far_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int far = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    close(fd);
    return far;
}

TEST("a listening socket that is handed over is used instead of an address")
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t n = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int before = fcntl(3, F_DUPFD_CLOEXEC, 10), mine = far_socket(), early = far_socket();
    EXPECT(bind(mine, (struct sockaddr *)&at, sizeof at) == 0 && listen(mine, 10) == 0);
    EXPECT(getsockname(mine, (struct sockaddr *)&at, &n) == 0);
    EXPECT(dup2(mine, 3) == 3);
    struct rig *rig = rig_open(t, &(struct server_options) { .inherited = 1 });
    EXPECT_I64(rig->port, ntohs(at.sin_port));
    EXPECT_STR(rig_body(rig_ask(t, rig, "GET /plain", "", S(""))), S("plain"));
    rig_close(rig);
    /* Who handed it over still has it: a restart refuses nobody. */
    EXPECT(connect(early, (struct sockaddr *)&at, sizeof at) == 0);
    rig_send(t, early, GET("/plain"));
    EXPECT(dup2(mine, 3) == 3);
    rig = rig_open(t, &(struct server_options) { .inherited = 1 });
    EXPECT_STR(rig_body(rig_answer(t, early)), S("plain"));
    rig_close(rig);
    close(early);
    close(mine);
    if (before >= 0)
        EXPECT(dup2(before, 3) == 3 && close(before) == 0);
}

TEST("the control socket is the owner's alone and takes one request")
{
    char path[] = "/tmp/purser-ctl-XXXXXX";
    EXPECT(mkdtemp(path) != NULL);
    struct str name = str_fmt(t->c->arena, "%s/ctl", path);
    struct server_options o = { .control = name };
    struct rig *rig = rig_open(t, &o);
    struct stat st;
    EXPECT(stat(name.p, &st) == 0 && (st.st_mode & 0777) == 0600);
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    memcpy(to.sun_path, name.p, name.n);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    rig_send(t, fd,
        S("POST /command HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhiGET /plain HTTP/1.1"));
    bool closed = false;
    struct str all = rig_rest(t, fd, 5000, &closed);
    EXPECT(closed && rig_count(all, S("HTTP/1.1 200")) == 1);
    close(fd);
    /* A second server does not take it over, a dead one's is replaced. */
    struct server *other = NULL;
    struct server_options second = rig->options;
    second.listen_count = 0;
    rig->c.arena = t->c->arena;
    EXPECT(server_open(&rig->c, &second, &other) == E_CONFLICT);
    rig_close(rig);
    EXPECT(stat(name.p, &st) != 0);
    rmdir(path);
}

TEST("an address that is none, or is taken, is one precise line")
{
    struct rig *rig = rig_open(t, NULL);
    struct server *other = NULL;
    struct server_listen at = { S("127.0.0.1"), rig->port };
    struct server_options o = rig->options;
    o.listen = &at;
    struct ctx c = *t->c;
    c.ids = &rig->ids;
    EXPECT(server_open(&c, &o, &other) == E_INVALID);
    EXPECT_STR(c.err.message,
        str_fmt(t->c->arena, "cannot listen on 127.0.0.1:%d: Address already in use", rig->port));
    at = (struct server_listen) { S("nowhere"), 80 };
    EXPECT(server_open(&c, &o, &other) == E_INVALID);
    at = (struct server_listen) { S("127.0.0.1"), 65536 };
    EXPECT(server_open(&c, &o, &other) == E_INVALID);
    o.tls_cert = o.tls_key = S("/nonexistent.pem");
    EXPECT(server_open(&c, &o, &other) == E_INVALID);
    rig_close(rig);
}
