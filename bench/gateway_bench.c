/* gateway_bench PORT DELAY_MS TOTAL [RENEWED ENDS]: a gateway that costs almost nothing.
 *
 * It speaks MoneyMotion's two calls: a POST opens a session under a new id, a GET says of any
 * session that it was paid, TOTAL in USD.  And two of Stripe's: of any subscription it says that it
 * was renewed, from RENEWED to ENDS (seconds since 1970), and that the invoice is paid.  Each
 * answer leaves DELAY_MS after its question; all wait equally long, so those that wait are a queue.
 */
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
    QUESTION_MAX = 16384,
    BODY_MAX = 1280
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
    char answer[BODY_MAX + 128];
};

struct gateway {
    int epoll, listener;
    int64_t delay_us, total, sessions, born_us;
    int64_t renewed_s, ends_s;
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

/* What stands behind the words in a target, to the next mark. */
static bool named(struct str question, const char *words, struct str *ret)
{
    const char *at = memmem(question.p, question.n, words, strlen(words));
    if (at == NULL)
        return false;
    struct str id = str_from(question, (size_t)(at - question.p) + strlen(words));
    size_t n = 0;
    while (n < id.n && strchr("?& \r\n", id.p[n]) == NULL)
        n++;
    *ret = str_part(id, 0, n);
    return true;
}

static size_t subscription(const struct gateway *g, struct str id, char *ret, size_t max)
{
    return (size_t)snprintf(ret, max,
        "{\"id\":\"%.*s\",\"object\":\"subscription\",\"livemode\":true,\"status\":\"active\","
        "\"customer\":\"cus_%.*s\",\"metadata\":{},\"cancel_at_period_end\":false,"
        "\"default_payment_method\":{\"id\":\"pm_bench\",\"type\":\"card\",\"card\":"
        "{\"brand\":\"visa\",\"last4\":\"4242\"}},\"items\":{\"object\":\"list\",\"data\":[{"
        "\"id\":\"si_bench\",\"quantity\":1,\"current_period_start\":%lld,"
        "\"current_period_end\":%lld,\"price\":{\"id\":\"price_bench\",\"currency\":\"usd\","
        "\"unit_amount\":999,\"recurring\":{\"interval\":\"month\",\"interval_count\":1}}}]}}",
        SARG(id), SARG(id), (long long)g->renewed_s, (long long)g->ends_s);
}

static size_t invoices(const struct gateway *g, struct str id, char *ret, size_t max)
{
    return (size_t)snprintf(ret, max,
        "{\"object\":\"list\",\"has_more\":false,\"data\":[{\"id\":\"in_%.*s\",\"status\":"
        "\"paid\",\"billing_reason\":\"subscription_cycle\",\"created\":%lld,\"number\":"
        "\"BENCH-0001\",\"attempt_count\":1,\"currency\":\"usd\",\"subtotal\":999,"
        "\"total\":1189,\"amount_due\":1189,\"amount_paid\":1189,\"total_taxes\":[{\"amount\":"
        "190}],\"total_discount_amounts\":[],\"hosted_invoice_url\":"
        "\"https://invoice.stripe.com/i/%.*s\",\"lines\":{\"object\":\"list\",\"data\":[{"
        "\"amount\":999,\"period\":{\"start\":%lld,\"end\":%lld}}]},\"payments\":{\"object\":"
        "\"list\",\"data\":[{\"status\":\"paid\",\"payment\":{\"type\":\"payment_intent\","
        "\"payment_intent\":\"pi_%.*s\"}}]}}]}",
        SARG(id), (long long)g->renewed_s, SARG(id), (long long)g->renewed_s, (long long)g->ends_s,
        SARG(id));
}

static size_t body_of(struct gateway *g, struct str question, char *ret, size_t max)
{
    struct str id = S("?");
    if (named(question, "GET /v1/subscriptions/", &id))
        return subscription(g, id, ret, max);
    if (named(question, "GET /v1/invoices?subscription=", &id))
        return invoices(g, id, ret, max);
    if (named(question, "GET /v1/", &id))
        return (size_t)snprintf(ret, max, "{\"object\":\"list\",\"has_more\":false,\"data\":[]}");
    if (str_starts(question, S("POST")))
        return (size_t)snprintf(ret, max,
            "{\"result\":{\"data\":{\"json\":{\"checkoutSessionId\":\"cs_%llx_%lld\"}}}}",
            (unsigned long long)g->born_us, (long long)g->sessions++);
    named(question, "checkoutId=", &id);
    return (size_t)snprintf(ret, max,
        "{\"result\":{\"data\":{\"json\":{\"id\":\"%.*s\",\"status\":\"completed\",\"totalPrice\":"
        "{\"amountInCents\":%lld,\"currency\":\"USD\"}}}}}",
        SARG(id), (long long)g->total);
}

static void answer(struct gateway *g, struct client *k, struct str question)
{
    char body[BODY_MAX];
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
    if ((argc != 4 && argc != 6) || !str_to_i64(str_of_c(argv[1]), &port) ||
        !str_to_i64(str_of_c(argv[2]), &delay_ms) || !str_to_i64(str_of_c(argv[3]), &g.total) ||
        (argc == 6 && !str_to_i64(str_of_c(argv[4]), &g.renewed_s)) ||
        (argc == 6 && !str_to_i64(str_of_c(argv[5]), &g.ends_s))) {
        fprintf(stderr, "gateway_bench PORT DELAY_MS TOTAL [RENEWED ENDS]\n");
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
