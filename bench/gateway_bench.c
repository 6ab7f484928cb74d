/* gateway_bench PORT DELAY_MS TOTAL: a gateway that costs almost nothing.
 *
 * It speaks MoneyMotion's two calls: a POST opens a session under a new id, a GET says of any
 * session that it was paid, TOTAL in USD.  Each answer leaves DELAY_MS after its question; all wait
 * equally long, so those that wait are a queue. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/must.h"
#include "base/str.h"

enum {
    CLIENTS = 8192,
    QUESTION_MAX = 16384
};

struct client {
    int fd;
    uint32_t life; /* of how many that had this descriptor */
    size_t n;
    char question[QUESTION_MAX];
};

struct waiting {
    int64_t due_us;
    int fd;
    uint32_t life;
    size_t n;
    char answer[512];
};

struct gateway {
    int epoll, listener;
    int64_t delay_us, total, sessions, born_us;
    struct client *client[CLIENTS];
    struct waiting *waiting; /* a ring */
    size_t first, count;
};

static void hang_up(struct client *k)
{
    close(k->fd);
    k->life++;
    k->n = 0;
}

static void send_one(struct gateway *g, const struct waiting *w)
{
    struct client *k = g->client[w->fd];
    if (k->life == w->life && send(k->fd, w->answer, w->n, MSG_NOSIGNAL) != (ssize_t)w->n)
        hang_up(k);
}

static void send_due(struct gateway *g)
{
    int64_t now = clock_mono_us();
    for (; g->count > 0 && g->waiting[g->first].due_us <= now; g->count--) {
        send_one(g, &g->waiting[g->first]);
        g->first = (g->first + 1) % CLIENTS;
    }
}

/* ---- one question */

static size_t body_of(struct gateway *g, struct str question, char *ret, size_t max)
{
    struct str head, id;
    if (str_starts(question, S("POST")))
        return (size_t)snprintf(ret, max,
            "{\"result\":{\"data\":{\"json\":{\"checkoutSessionId\":\"cs_%llx_%lld\"}}}}",
            (unsigned long long)g->born_us, (long long)g->sessions++);
    id = S("?");
    char *at = memmem(question.p, question.n, "checkoutId=", 11);
    if (at != NULL)
        id = str_from(question, (size_t)(at - question.p) + 11);
    head = id;
    for (head.n = 0; head.n < id.n && strchr("& ", head.p[head.n]) == NULL;)
        head.n++;
    return (size_t)snprintf(ret, max,
        "{\"result\":{\"data\":{\"json\":{\"id\":\"%.*s\",\"status\":\"completed\",\"totalPrice\":"
        "{\"amountInCents\":%lld,\"currency\":\"USD\"}}}}}",
        SARG(head), (long long)g->total);
}

static void answer(struct gateway *g, struct client *k, struct str question)
{
    char body[384];
    size_t n = body_of(g, question, body, sizeof body);
    must(n < sizeof body && g->count < CLIENTS);
    struct waiting *w = &g->waiting[(g->first + g->count++) % CLIENTS];
    *w = (struct waiting) { clock_mono_us() + g->delay_us, k->fd, k->life, 0, "" };
    w->n = (size_t)snprintf(w->answer, sizeof w->answer,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%.*s", n,
        (int)n, body);
    must(w->n < sizeof w->answer);
}

/* How long the first question in what has come is; 0: not whole yet. */
static size_t whole(const struct client *k)
{
    char *end = memmem(k->question, k->n, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    size_t head = (size_t)(end - k->question) + 4, body = 0;
    *end = 0;
    char *length = strcasestr(k->question, "\r\nContent-Length:");
    *end = '\r';
    if (length != NULL)
        body = strtoul(length + 17, NULL, 10);
    return k->n >= head + body ? head + body : 0;
}

static void hear(struct gateway *g, struct client *k)
{
    ssize_t n = recv(k->fd, k->question + k->n, sizeof k->question - k->n - 1, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        hang_up(k);
        return;
    }
    k->n += (size_t)n;
    k->question[k->n] = 0;
    size_t one = whole(k);
    if (one == 0)
        return;
    answer(g, k, (struct str) { k->question, one });
    memmove(k->question, k->question + one, k->n - one);
    k->n -= one;
}

static void greet(struct gateway *g)
{
    int fd = accept4(g->listener, NULL, NULL, SOCK_CLOEXEC), on = 1;
    if (fd < 0)
        return;
    must(fd < CLIENTS);
    if (g->client[fd] == NULL)
        g->client[fd] = calloc(1, sizeof *g->client[fd]);
    must(g->client[fd] != NULL);
    g->client[fd]->fd = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };
    must(epoll_ctl(g->epoll, EPOLL_CTL_ADD, fd, &e) == 0);
}

/* ---- all of them */

static int patience_ms(const struct gateway *g)
{
    if (g->count == 0)
        return -1;
    int64_t left = g->waiting[g->first].due_us - clock_mono_us();
    return left <= 0 ? 0 : (int)((left + 999) / 1000);
}

static void serve(struct gateway *g)
{
    struct epoll_event got[256];
    for (;;) {
        int n = epoll_wait(g->epoll, got, 256, patience_ms(g));
        for (int i = 0; i < n; i++)
            if (got[i].data.fd == g->listener)
                greet(g);
            else
                hear(g, g->client[got[i].data.fd]);
        send_due(g);
    }
}

int main(int argc, char **argv)
{
    struct gateway g = { .listener = -1 };
    int64_t port = 0, delay_ms = 0;
    int on = 1;
    if (argc != 4 || !str_to_i64(str_of_c(argv[1]), &port) ||
        !str_to_i64(str_of_c(argv[2]), &delay_ms) || !str_to_i64(str_of_c(argv[3]), &g.total)) {
        fprintf(stderr, "gateway_bench PORT DELAY_MS TOTAL\n");
        return 2;
    }
    g.delay_us = delay_ms * 1000;
    g.born_us = clock_mono_us();
    g.waiting = calloc(CLIENTS, sizeof *g.waiting);
    g.epoll = epoll_create1(EPOLL_CLOEXEC);
    g.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = { .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    setsockopt(g.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (g.waiting == NULL || g.epoll < 0 ||
        bind(g.listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(g.listener, 4096) != 0) {
        perror("gateway_bench");
        return 1;
    }
    struct epoll_event e = { .events = EPOLLIN, .data.fd = g.listener };
    must(epoll_ctl(g.epoll, EPOLL_CTL_ADD, g.listener, &e) == 0);
    serve(&g);
}
