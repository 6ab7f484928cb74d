#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/metric.h"
#include "web/rig_test.h"

#define WAIT(query) S("GET /wait/x?" query " HTTP/1.1\r\nHost: a\r\n\r\n")
#define STREAM(headers) S("GET /stream/x HTTP/1.1\r\nHost: a\r\n" headers "\r\n")

static void until_parked(struct test *t, int64_t n)
{
    int64_t began = clock_mono_ms();
    while (metric_value(t->c, METRIC_requests_parked) != n) {
        EXPECT(clock_mono_ms() - began < 5000);
        usleep(500);
    }
}

TEST("a request that finds nothing new waits without a thread, and a commit answers it")
{
    struct rig *rig = rig_open(t, NULL);
    int fd[10];
    for (int i = 0; i < 10; i++) {
        fd[i] = rig_connect(t, rig);
        rig_send(t, fd[i], WAIT("wait=30&since=0"));
    }
    until_parked(t, 10);
    /* Both readers are free. */
    EXPECT_STR(rig_body(rig_ask(t, rig, "GET /plain", "", S(""))), S("plain"));
    rig_commit(rig, S("y"));
    usleep(50000);
    until_parked(t, 10);
    atomic_store(&rig->news, 7);
    rig_commit(rig, S("x"));
    for (int i = 0; i < 10; i++) {
        EXPECT_STR(rig_body(rig_answer(t, fd[i])), S("news 7"));
        close(fd[i]);
    }
    until_parked(t, 0);
    rig_close(rig);
}

TEST("what is new already is answered at once, and so is who does not wait")
{
    struct rig *rig = rig_open(t, NULL);
    atomic_store(&rig->news, 3);
    EXPECT_STR(rig_body(rig_ask(t, rig, "GET /wait/x?wait=30&since=2", "", S(""))), S("news 3"));
    EXPECT_STR(rig_body(rig_ask(t, rig, "GET /wait/x?since=3", "", S(""))), S("news 3"));
    EXPECT_I64(rig_status(rig_ask(t, rig, "GET /wait/x?wait=31", "", S(""))), 400);
    EXPECT_I64(rig_status(rig_ask(t, rig, "GET /wait/x?wait=0", "", S(""))), 400);
    rig_close(rig);
}

TEST("a commit between the snapshot and the parking is not missed")
{
    struct rig *rig = rig_open(t, NULL);
    atomic_store(&rig->held, true);
    int fd = rig_connect(t, rig);
    rig_send(t, fd, S("GET /wait/x?wait=30&since=0 HTTP/1.1\r\nHost: a\r\nX-Pause: 1\r\n\r\n"));
    while (atomic_load(&rig->inside) == 0)
        usleep(100);
    /* It has read already that there is nothing new. */
    atomic_store(&rig->news, 1);
    rig_commit(rig, S("x"));
    int64_t began = clock_mono_ms();
    atomic_store(&rig->held, false);
    EXPECT_STR(rig_body(rig_answer(t, fd)), S("news 1"));
    EXPECT(clock_mono_ms() - began < 1000);
    close(fd);
    rig_close(rig);
}

/* Clients that always wait for the next number, and a writer that goes on as soon as all have it:
 * one lost waking and somebody waits for half a minute. */
enum {
    CLIENTS = 4,
    ROUNDS = 300
};
struct hammer {
    struct test *t;
    struct rig *rig;
    int fd;
    _Atomic int64_t seen;
    bool failed;
};

/* The number in the body, or -1. */
static int64_t read_news(int fd)
{
    char answer[4096];
    size_t n = 0;
    int64_t news = -1;
    while (n < sizeof answer) {
        ssize_t got = read(fd, answer + n, sizeof answer - n);
        if (got <= 0)
            return -1;
        n += (size_t)got;
        for (size_t i = 0; i + 9 < n; i++)
            if (memcmp(answer + i, "\r\n\r\nnews ", 9) == 0)
                return str_to_i64((struct str) { answer + i + 9, n - i - 9 }, &news) ? news : -1;
    }
    return -1;
}

static void *hammer_client(void *arg)
{
    struct hammer *h = arg;
    while (atomic_load(&h->seen) < ROUNDS && !h->failed) {
        char text[200];
        int n = snprintf(text, sizeof text,
            "GET /wait/x?wait=30&since=%lld HTTP/1.1\r\nHost: a\r\n\r\n",
            (long long)atomic_load(&h->seen));
        h->failed = write(h->fd, text, (size_t)n) != n;
        int64_t news = read_news(h->fd);
        h->failed = h->failed || news < 0;
        atomic_store(&h->seen, news);
    }
    return NULL;
}

TEST("no waking is lost, however commits and waiters meet")
{
    struct rig *rig = rig_open(t, NULL);
    struct hammer h[CLIENTS];
    pthread_t thread[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        h[i] = (struct hammer) { .t = t, .rig = rig, .fd = rig_connect(t, rig) };
        EXPECT(pthread_create(&thread[i], NULL, hammer_client, &h[i]) == 0);
    }
    int64_t began = clock_mono_ms();
    bool stuck = false;
    for (int64_t n = 1; n <= ROUNDS && !stuck; n++) {
        atomic_store(&rig->news, n);
        rig_commit(rig, S("x"));
        for (int i = 0; i < CLIENTS; i++)
            while (atomic_load(&h[i].seen) < n && !stuck)
                stuck = clock_mono_ms() - began > 25000;
    }
    atomic_store(&rig->news, ROUNDS);
    rig_commit(rig, S("x"));
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(thread[i], NULL);
        close(h[i].fd);
        EXPECT(!h[i].failed);
    }
    EXPECT(!stuck);
    rig_close(rig);
}

TEST("at its deadline a waiting request is answered with the present state")
{
    struct rig *rig = rig_open(t, NULL);
    int64_t began = clock_mono_ms();
    EXPECT_STR(rig_body(rig_ask(t, rig, "GET /wait/x?wait=1&since=0", "", S(""))), S("news 0"));
    int64_t took = clock_mono_ms() - began;
    EXPECT(took >= 950 && took < 2000);
    /* A commit that is nothing to it does not move the deadline. */
    int fd = rig_connect(t, rig);
    began = clock_mono_ms();
    rig_send(t, fd, WAIT("wait=1&since=0"));
    until_parked(t, 1);
    usleep(600000);
    rig_commit(rig, S("x"));
    EXPECT_STR(rig_body(rig_answer(t, fd)), S("news 0"));
    EXPECT(clock_mono_ms() - began < 1800);
    close(fd);
    rig_close(rig);
}

TEST("beyond the limits of all, and of one caller, nobody waits")
{
    struct server_options o = { .limits = { .parked = 5, .parked_caller = 2 } };
    struct rig *rig = rig_open(t, &o);
    static const struct str ask[] = {
        S_INIT("GET /wait/x?wait=30&since=0 HTTP/1.1\r\nHost: a\r\nX-Caller: one\r\n\r\n"),
        S_INIT("GET /wait/x?wait=30&since=0 HTTP/1.1\r\nHost: a\r\nX-Caller: two\r\n\r\n"),
        S_INIT("GET /wait/x?wait=30&since=0 HTTP/1.1\r\nHost: a\r\nX-Caller: three\r\n\r\n"),
    };
    int fd[7];
    for (int i = 0; i < 7; i++)
        fd[i] = rig_connect(t, rig);
    for (int i = 0; i < 2; i++)
        rig_send(t, fd[i], ask[0]);
    until_parked(t, 2);
    rig_send(t, fd[2], ask[0]);
    EXPECT_STR(rig_body(rig_answer(t, fd[2])), S("news 0"));
    for (int i = 3; i < 5; i++)
        rig_send(t, fd[i], ask[1]);
    rig_send(t, fd[5], ask[2]);
    until_parked(t, 5);
    rig_send(t, fd[6], ask[2]);
    EXPECT_STR(rig_body(rig_answer(t, fd[6])), S("news 0"));
    /* Who leaves makes room. */
    close(fd[5]);
    until_parked(t, 4);
    rig_send(t, fd[6], ask[2]);
    until_parked(t, 5);
    for (int i = 0; i < 7; i++)
        if (i != 5)
            close(fd[i]);
    until_parked(t, 0);
    rig_close(rig);
}

TEST("what comes on a connection while its request waits is answered after it")
{
    struct rig *rig = rig_open(t, NULL);
    int fd = rig_connect(t, rig), other = rig_connect(t, rig);
    rig_send(t, fd,
        S("GET /wait/x?wait=30&since=0 HTTP/1.1\r\nHost: a\r\n\r\nGET /number/1 HTTP/1.1\r\n"));
    rig_send(t, other, WAIT("wait=30&since=0"));
    until_parked(t, 2);
    rig_send(t, fd, S("Host: a\r\n\r\n"));
    rig_send(t, other, S("GET /number/2 HTTP/1.1\r\nHost: a\r\n\r\n"));
    usleep(20000);
    /* Still watched: leaving is noticed although bytes are waiting. */
    close(other);
    until_parked(t, 1);
    atomic_store(&rig->news, 1);
    rig_commit(rig, S("x"));
    EXPECT_STR(rig_body(rig_answer(t, fd)), S("news 1"));
    EXPECT_STR(rig_body(rig_answer(t, fd)), S("1"));
    close(fd);
    rig_close(rig);
}

TEST("with others writing, what waits also runs once a second")
{
    struct server_options o = { .others_write = true };
    struct rig *rig = rig_open(t, &o);
    int fd = rig_connect(t, rig);
    rig_send(t, fd, WAIT("wait=30&since=0"));
    until_parked(t, 1);
    atomic_store(&rig->news, 1);
    int64_t began = clock_mono_ms();
    EXPECT_STR(rig_body(rig_answer(t, fd)), S("news 1"));
    EXPECT(clock_mono_ms() - began < 2500);
    close(fd);
    rig_close(rig);
}

TEST("many who wait for one thing are answered by few readers")
{
    enum {
        MANY = 300
    };
    struct server_options o = { .limits = { .queue = 16, .parked_caller = 1000 } };
    struct rig *rig = rig_open(t, &o);
    int fd[MANY];
    for (int i = 0; i < MANY; i++) {
        fd[i] = rig_connect(t, rig);
        rig_send(t, fd[i], WAIT("wait=30&since=0"));
        until_parked(t, i + 1);
    }
    atomic_store(&rig->news, 1);
    rig_commit(rig, S("x"));
    for (int i = 0; i < MANY; i++) {
        EXPECT_STR(rig_body(rig_answer(t, fd[i])), S("news 1"));
        close(fd[i]);
    }
    rig_close(rig);
}

TEST("a stream sends what happens, in order and once, and goes on where it was cut off")
{
    struct rig *rig = rig_open(t, NULL);
    int fd = rig_connect(t, rig);
    atomic_store(&rig->news, 2);
    rig_send(t, fd, STREAM(""));
    struct str first = rig_until(t, fd, S("{\"n\":2}\n\n\r\n"));
    EXPECT(str_has(first, S("Content-Type: text/event-stream\r\n")));
    EXPECT(str_has(first, S("id: 1\nevent: news\ndata: {\"n\":1}\n\n")));
    /* More than one run may say. */
    atomic_store(&rig->news, 37);
    rig_commit(rig, S("x"));
    struct str rest = rig_until(t, fd, S("{\"n\":37}\n\n\r\n"));
    for (int64_t i = 3; i <= 37; i++)
        EXPECT_I64(rig_count(rest, str_fmt(t->c->arena, "id: %lld\n", (long long)i)), 1);
    EXPECT(!str_has(rest, S("id: 2\n")));
    close(fd);
    until_parked(t, 0);
    fd = rig_connect(t, rig);
    rig_send(t, fd, STREAM("Last-Event-ID: 35\r\n"));
    rest = rig_until(t, fd, S("{\"n\":37}\n\n\r\n"));
    EXPECT(rig_count(rest, S("event: news")) == 2 && str_has(rest, S("id: 36\n")));
    close(fd);
    rest = rig_ask(t, rig, "HEAD /stream/x", "", S(""));
    EXPECT(str_has(rest, S("text/event-stream")) && rig_body(rest).n == 0);
    rig_close(rig);
}

TEST("a silent stream shows that it is alive, and ends cleanly when the server stops")
{
    struct server_options o = { .limits = { .comment_ms = 300 } };
    struct rig *rig = rig_open(t, &o);
    int fd = rig_connect(t, rig), old = rig_connect(t, rig);
    rig_send(t, fd, STREAM(""));
    rig_send(t, old, S("GET /stream/x HTTP/1.0\r\nHost: a\r\n\r\n"));
    int64_t began = clock_mono_ms();
    EXPECT(str_has(rig_until(t, fd, S("3\r\n:\n\n\r\n")), S("3\r\n:\n\n\r\n")));
    EXPECT(str_has(rig_until(t, fd, S("3\r\n:\n\n\r\n")), S("3\r\n:\n\n\r\n")));
    EXPECT(clock_mono_ms() - began >= 500);
    EXPECT(str_has(rig_until(t, old, S(":\n\n")), S("\r\n\r\n:\n\n")));
    atomic_store(&rig->news, 1);
    server_stop(rig->s);
    bool closed = false;
    EXPECT(str_ends(rig_rest(t, fd, 5000, &closed), S("{\"n\":1}\n\n\r\n0\r\n\r\n")));
    EXPECT(closed);
    EXPECT(str_ends(rig_rest(t, old, 5000, &closed), S("{\"n\":1}\n\n")) && closed);
    close(fd);
    close(old);
    rig_close(rig);
}

TEST("a stream that nobody reads is closed instead of kept")
{
    struct rig *rig = rig_open(t, NULL);
    int fd = rig_connect(t, rig);
    rig_send(t, fd, STREAM("X-Filling: 60000\r\n"));
    until_parked(t, 1);
    for (int64_t i = 1; i < 400 && metric_value(t->c, METRIC_connections) > 0; i++) {
        atomic_store(&rig->news, i * 10);
        rig_commit(rig, S("x"));
        usleep(5000);
    }
    EXPECT_I64(metric_value(t->c, METRIC_connections), 0);
    close(fd);
    rig_close(rig);
}
