#include "web/rig_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the server's side */

static enum err none(struct req *r)
{
    (void)r;
    return E_OK;
}

#define ROW(method, path, shape, flags, body_max)                                                  \
    {                                                                                              \
        method, path, shape, NULL, none, NULL, 0, ALLOW_ANYONE, flags, body_max, ""                \
    }
static const struct route table[] = {
    ROW("GET", "/plain", SHAPE_PLAIN, 0, 0),
    ROW("POST", "/echo", SHAPE_PLAIN, 0, 200000),
    ROW("GET", "/number/{n}", SHAPE_PLAIN, 0, 0),
    ROW("GET", "/large/{bytes}", SHAPE_PLAIN, 0, 0),
    ROW("GET", "/hold", SHAPE_PLAIN, 0, 0),
    ROW("GET", "/report", SHAPE_PLAIN, ROUTE_LONG, 0),
    ROW("POST", "/webhook", SHAPE_PLAIN, ROUTE_WEBHOOK, 0),
    ROW("GET", "/later", SHAPE_PLAIN, 0, 0),
    ROW("GET", "/wait/{topic}", SHAPE_WAIT, 0, 0),
    ROW("GET", "/stream/{topic}", SHAPE_WAIT, 0, 0),
    ROW("GET", "/file/{bytes}", SHAPE_PLAIN, 0, 0),
    ROW("PUT", "/upload", SHAPE_PLAIN, ROUTE_FILE, 64 * 1024 * 1024),
    ROW("POST", "/command", SHAPE_PLAIN, 0, 0),
};
static const struct routes routes = { table, ARRAY_LEN(table) };
static const struct routes *const lists[] = { &routes };

static void text(struct req *r, struct str body)
{
    answer_text(r, 200, S("text/plain"), body);
}

static bool hold(struct rig *rig)
{
    int now = atomic_fetch_add(&rig->inside, 1) + 1;
    int most = atomic_load(&rig->most);
    while (now > most && !atomic_compare_exchange_weak(&rig->most, &most, now))
        ;
    while (atomic_load(&rig->held))
        usleep(1000);
    atomic_fetch_sub(&rig->inside, 1);
    return true;
}

static int64_t number(struct req *r)
{
    int64_t n = 0;
    must(str_to_i64(r->params[0], &n));
    return n;
}

static enum err wait_for(struct rig *rig, struct req *r)
{
    int64_t since = 0;
    r->caller = req_header(r, S("X-Caller"));
    r->wait.commit_no = atomic_load(&rig->commit_no);
    int64_t news = atomic_load(&rig->news);
    TRY(req_query_i64(r, "since", 0, INT64_MAX, &since));
    TRY(req_wait(r));
    if (req_has_header(r, S("X-Pause")))
        hold(rig);
    if (news > since || r->wait.last)
        text(r, str_fmt(r->c->arena, "news %lld", (long long)news));
    else
        req_park(r, r->params[0]);
    return E_OK;
}

/* Each number is an event; at most ten in a run. */
static enum err stream(struct rig *rig, struct req *r)
{
    r->wait.commit_no = atomic_load(&rig->commit_no);
    int64_t news = atomic_load(&rig->news), after = answer_stream(r);
    int64_t to = news < after + 10 ? news : after + 10;
    struct str filling = req_header(r, S("X-Filling"));
    for (int64_t i = after + 1; i <= to; i++)
        answer_event(r, i, S("news"),
            str_fmt(r->c->arena, "{\"n\":%lld}%*s", (long long)i, filling.n > 0 ? 60000 : 0, ""));
    r->wait.more = to < news;
    req_park(r, r->params[0]);
    return E_OK;
}

static void large(struct req *r)
{
    struct buf *b = answer_html(r, 200);
    for (int64_t i = 0, n = number(r); i < n; i++)
        buf_char(b, (char)('a' + i % 26));
}

static void file(struct req *r)
{
    int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    must(fd >= 0);
    int64_t n = number(r);
    char piece[26 * 1024];
    for (size_t i = 0; i < sizeof piece; i++)
        piece[i] = (char)('a' + i % 26);
    for (int64_t at = 0; at < n; at += (int64_t)sizeof piece)
        must(pwrite(fd, piece, sizeof piece, at) == (ssize_t)sizeof piece);
    answer_file(r, fd, n, S("application/zip"), S("v1"));
}

static void upload(struct req *r)
{
    struct str hash = { (const char *)r->upload_sha256, sizeof r->upload_sha256 };
    char first[4] = "";
    ssize_t n = pread(r->upload_fd, first, sizeof first, 0);
    struct buf b = BUF(r->c->arena);
    buf_fmt(&b, "%lld %.*s ", (long long)r->upload_size, n > 0 ? (int)n : 0, first);
    for (size_t i = 0; i < hash.n; i++)
        buf_fmt(&b, "%02x", (unsigned)(unsigned char)hash.p[i]);
    text(r, buf_str(&b));
}

static enum err handle(struct rig *rig, struct req *r)
{
    if (r->route == NULL)
        return r->allow_methods.n > 0 ? fail(r->c, METHOD_NOT_ALLOWED, "not this way")
                                      : fail(r->c, NOT_FOUND, "there is nothing here");
    struct str path = str_of_c(r->route->path);
    if (str_starts(path, S("/wait")))
        return wait_for(rig, r);
    if (str_starts(path, S("/stream")))
        return stream(rig, r);
    if (str_eq(path, S("/echo")) || str_eq(path, S("/webhook")) || str_eq(path, S("/command")))
        text(r, r->body);
    else if (str_starts(path, S("/number")))
        text(r, r->params[0]);
    else if (str_starts(path, S("/large")))
        large(r);
    else if (str_starts(path, S("/file")))
        file(r);
    else if (str_eq(path, S("/upload")))
        upload(r);
    else if ((str_eq(path, S("/hold")) || str_eq(path, S("/report"))) && hold(rig))
        text(r, S("held"));
    else
        text(r, S("plain"));
    return E_OK;
}

static void request(void *self, struct req *r)
{
    struct rig *rig = self;
    atomic_fetch_add(&rig->handled, 1);
    enum err e = handle(rig, r);
    if (e != E_OK)
        answer_error(r, e);
    if (r->route != NULL && str_eq(str_of_c(r->route->path), S("/later")))
        atomic_store(&rig->later, r);
    else
        web_answer(r);
}

static void close_left(void *arg)
{
    struct rig **last = arg;
    if (*last != NULL)
        rig_close(*last);
}

struct rig *rig_open(struct test *t, const struct server_options *options)
{
    static const struct server_listen local = { S_INIT("127.0.0.1"), 0 };
    struct rig *rig = calloc(1, sizeof *rig);
    must(rig != NULL);
    /* A failed expectation leaves the test where it stands: its threads end with it all the same.
     */
    rig->last = arena_new(t->c->arena, struct rig *);
    *rig->last = rig;
    arena_defer(t->c->arena, close_left, rig->last);
    rig->ids = ids_of_system();
    rig->c = ctx_sibling(t->c, &rig->arena);
    rig->c.ids = &rig->ids;
    rig->router = router_new(lists, ARRAY_LEN(lists));
    if (options != NULL)
        rig->options = *options;
    rig->options.listen = &local;
    rig->options.listen_count = 1;
    rig->options.router = rig->router;
    rig->options.clock = &rig->clock;
    rig->options.request = request;
    rig->options.self = rig;
    enum err e = server_open(&rig->c, &rig->options, &rig->s);
    t->c->err = rig->c.err;
    EXPECT_OK(e);
    rig->port = server_port(rig->s, 0);
    return rig;
}

void rig_close(struct rig *rig)
{
    *rig->last = NULL;
    atomic_store(&rig->held, false);
    if (rig->s != NULL) {
        server_stop(rig->s);
        server_join(rig->s);
        server_close(rig->s);
    }
    router_free(rig->router);
    arena_free(&rig->arena);
    free(rig);
}

void rig_commit(struct rig *rig, struct str topic)
{
    uint64_t hash = str_hash(topic);
    int64_t n = atomic_fetch_add(&rig->commit_no, 1) + 1;
    server_committed(rig->s, n, &hash, 1);
}

/* ---- the client's side */

int rig_connect(struct test *t, const struct rig *rig)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)rig->port) };
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(fd >= 0);
    EXPECT_I64(connect(fd, (struct sockaddr *)&to, sizeof to) == 0 ? 0 : errno, 0);
    return fd;
}

void rig_send(struct test *t, int fd, struct str bytes)
{
    while (bytes.n > 0) {
        ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        /* It may have closed already, which the test will see. */
        if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
            return;
        EXPECT(n > 0);
        bytes = str_from(bytes, (size_t)n);
    }
}

/* 1: something came, 0: the end, -1: nothing within ms. */
static int read_some(struct buf *b, int fd, int ms)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    if (poll(&p, 1, ms) <= 0)
        return -1;
    ssize_t n = recv(fd, buf_room(b, 65536), 65536, 0);
    if (n <= 0)
        return 0;
    b->n += (size_t)n;
    return 1;
}

int rig_status(struct str answer)
{
    int64_t status = 0;
    if (!str_starts(answer, S("HTTP/1.1 ")) || !str_to_i64(str_part(answer, 9, 3), &status))
        return -1;
    return (int)status;
}

static size_t head_end(struct str answer)
{
    for (size_t i = 0; i + 4 <= answer.n; i++)
        if (memcmp(answer.p + i, "\r\n\r\n", 4) == 0)
            return i + 4;
    return 0;
}

struct str rig_body(struct str answer)
{
    return str_from(answer, head_end(answer));
}

static size_t length_of(struct str answer)
{
    int64_t n = 0;
    struct str line;
    for (size_t i = 0; i + 16 < answer.n; i++) {
        if (memcmp(answer.p + i, "Content-Length: ", 16) != 0)
            continue;
        str_cut(str_from(answer, i + 16), '\r', &line, &answer);
        return str_to_i64(line, &n) ? (size_t)n : 0;
    }
    return 0;
}

struct str rig_answer(struct test *t, int fd)
{
    struct buf b = BUF(t->c->arena);
    char byte;
    /* Byte by byte up to the body, so that the next answer is left where it is. */
    while (head_end(buf_str(&b)) == 0) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        EXPECT(poll(&p, 1, 10000) == 1);
        EXPECT(recv(fd, &byte, 1, 0) == 1);
        buf_char(&b, byte);
    }
    size_t n = length_of(buf_str(&b));
    while (n > 0) {
        ssize_t got = recv(fd, buf_room(&b, n), n, MSG_WAITALL);
        EXPECT(got > 0);
        b.n += (size_t)got;
        n -= (size_t)got;
    }
    return buf_str(&b);
}

struct str rig_rest(struct test *t, int fd, int ms, bool *ret_closed)
{
    struct buf b = BUF(t->c->arena);
    int64_t until = clock_mono_ms() + ms;
    int more = 1;
    while (more == 1) {
        int64_t left = until - clock_mono_ms();
        more = read_some(&b, fd, left > 0 ? (int)left : 0);
    }
    *ret_closed = more == 0;
    return buf_str(&b);
}

struct str rig_until(struct test *t, int fd, struct str until)
{
    struct buf b = BUF(t->c->arena);
    while (!str_has(buf_str(&b), until))
        if (read_some(&b, fd, 10000) != 1)
            break;
    return buf_str(&b);
}

struct str rig_ask(
    struct test *t, const struct rig *rig, const char *line, const char *headers, struct str body)
{
    struct buf b = BUF(t->c->arena);
    buf_fmt(&b, "%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s", line, headers);
    if (body.n > 0)
        buf_fmt(&b, "Content-Length: %zu\r\n", body.n);
    buf_add(&b, S("\r\n"));
    buf_add(&b, body);
    int fd = rig_connect(t, rig);
    rig_send(t, fd, buf_str(&b));
    bool closed = false;
    struct str all = rig_rest(t, fd, 20000, &closed);
    close(fd);
    EXPECT(closed);
    return all;
}

int64_t rig_count(struct str text_, struct str needle)
{
    int64_t n = 0;
    for (size_t i = 0; i + needle.n <= text_.n; i++)
        n += memcmp(text_.p + i, needle.p, needle.n) == 0;
    return n;
}
