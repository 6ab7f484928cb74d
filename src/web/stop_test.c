#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/metric.h"
#include "web/rig_test.h"

#define GET(path) S("GET " path " HTTP/1.1\r\nHost: a\r\n\r\n")

static bool refused(int port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool failed = connect(fd, (struct sockaddr *)&to, sizeof to) != 0;
    close(fd);
    return failed;
}

TEST("R89 stopping answers what runs and what waits, closes what is idle, and takes nothing new")
{
    struct rig *rig = rig_open(t, NULL);
    atomic_store(&rig->held, true);
    int running = rig_connect(t, rig), waiting = rig_connect(t, rig), idle = rig_connect(t, rig);
    int body = rig_connect(t, rig);
    rig_send(t, idle, GET("/plain"));
    (void)rig_answer(t, idle);
    rig_send(t, waiting, GET("/wait/x?wait=30&since=0"));
    rig_send(t, running, GET("/hold"));
    rig_send(t, body, S("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe"));
    while (atomic_load(&rig->inside) < 1 || metric_value(t->c, METRIC_requests_parked) < 1)
        usleep(1000);
    EXPECT(!server_stopping(rig->s));
    server_stop(rig->s);
    EXPECT(server_stopping(rig->s));
    bool closed = false;
    struct str all = rig_rest(t, waiting, 5000, &closed);
    EXPECT(closed && str_ends(all, S("news 0")) && str_has(all, S("Connection: close\r\n")));
    EXPECT(rig_rest(t, idle, 5000, &closed).n == 0 && closed);
    EXPECT(refused(rig->port));
    rig_send(t, body, S("llo"));
    EXPECT(str_ends(rig_rest(t, body, 5000, &closed), S("hello")) && closed);
    atomic_store(&rig->held, false);
    all = rig_rest(t, running, 5000, &closed);
    EXPECT(closed && str_ends(all, S("held")) && str_has(all, S("Connection: close\r\n")));
    int64_t began = clock_mono_ms();
    server_join(rig->s);
    EXPECT(clock_mono_ms() - began < 2500);
    close(running), close(waiting), close(idle), close(body);
    rig_close(rig);
}

TEST("R89 what does not end in time is left to itself, and coming back later harms nobody")
{
    struct server_options o = { .limits = { .stop_ms = 300 } };
    struct rig *rig = rig_open(t, &o);
    int fd = rig_connect(t, rig);
    rig_send(t, fd, GET("/later"));
    struct req *r = NULL;
    while ((r = atomic_exchange(&rig->later, NULL)) == NULL)
        usleep(100);
    int64_t began = clock_mono_ms();
    server_stop(rig->s);
    server_join(rig->s);
    EXPECT(clock_mono_ms() - began < 1500);
    web_answer(r);
    bool closed = false;
    EXPECT(rig_rest(t, fd, 1000, &closed).n == 0 && closed);
    close(fd);
    rig_close(rig);
}

/* As after an expectation that failed: nobody closes the rig, and the test's world ends. */
TEST("a test that is left in the middle leaves no server behind")
{
    struct arena arena = { 0 };
    struct ctx c = ctx_sibling(t->c, &arena);
    c.metrics = metrics_new();
    struct test left = { .name = t->name, .file = t->file, .c = &c };
    struct rig *rig = rig_open(&left, NULL);
    int port = rig->port, fd = rig_connect(&left, rig);
    rig_send(&left, fd, GET("/plain"));
    (void)rig_answer(&left, fd);
    arena_free(&arena);
    metrics_free(c.metrics);
    EXPECT(refused(port));
    close(fd);
}

/* Asks again and again; a connection that ends before anything of an answer came is begun anew,
 * an answer that breaks off is a failure. */
struct asker {
    struct rig *rig;
    int port;
    atomic_bool over;
    int64_t answers, broken;
};

static int dial(int port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    close(fd);
    return -1;
}

static void *ask_always(void *arg)
{
    struct asker *a = arg;
    static const char ask[] = "GET /number/12345 HTTP/1.1\r\nHost: a\r\n\r\n";
    int fd = -1;
    while (!atomic_load(&a->over)) {
        char answer[4096];
        if (fd < 0)
            fd = dial(a->port);
        if (fd < 0) {
            usleep(500);
            continue;
        }
        ssize_t n = -1;
        if (send(fd, ask, sizeof ask - 1, MSG_NOSIGNAL) == (ssize_t)sizeof ask - 1)
            n = recv(fd, answer, sizeof answer, 0);
        struct str all = { answer, n > 0 ? (size_t)n : 0 };
        a->answers += str_ends(all, S("12345"));
        a->broken += n > 0 && !str_ends(all, S("12345"));
        if (n <= 0 || str_has(all, S("Connection: close"))) {
            close(fd);
            fd = -1;
        }
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

TEST("R89 restarts under load break no answer")
{
    struct rig *rig = rig_open(t, NULL);
    struct asker a[4];
    pthread_t thread[4];
    for (int i = 0; i < 4; i++) {
        a[i] = (struct asker) { .rig = rig, .port = rig->port };
        EXPECT(pthread_create(&thread[i], NULL, ask_always, &a[i]) == 0);
    }
    struct server_listen same = { S("127.0.0.1"), rig->port };
    for (int i = 0; i < 20; i++) {
        usleep(20000);
        server_stop(rig->s);
        server_join(rig->s);
        server_close(rig->s);
        rig->s = NULL;
        rig->options.listen = &same;
        EXPECT(server_open(&rig->c, &rig->options, &rig->s) == E_OK);
    }
    int64_t answers = 0, broken = 0;
    for (int i = 0; i < 4; i++) {
        atomic_store(&a[i].over, true);
        pthread_join(thread[i], NULL);
        answers += a[i].answers;
        broken += a[i].broken;
    }
    EXPECT(answers > 100);
    EXPECT_I64(broken, 0);
    rig_close(rig);
}
