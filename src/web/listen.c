#include "web/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    BACKLOG = 4096,
    ACCEPTS_A_TURN = 64,
    FIRST_INHERITED = 3,
    GONE_MS = 30000,
};

/* ---- binding */

static enum err add(struct ctx *c, struct server *s, int fd, bool control)
{
    struct sockaddr_storage at = { 0 };
    socklen_t n = sizeof at;
    if (s->listener_count == LISTENERS_MAX)
        return fail(c, INVALID_REQUEST, "at most %d addresses to listen on", LISTENERS_MAX);
    if (getsockname(fd, (struct sockaddr *)&at, &n) != 0)
        return fail(c, INVALID_REQUEST, "descriptor %d is not a socket", fd);
    int port = 0;
    if (at.ss_family == AF_INET)
        port = ntohs(((struct sockaddr_in *)&at)->sin_port);
    if (at.ss_family == AF_INET6)
        port = ntohs(((struct sockaddr_in6 *)&at)->sin6_port);
    s->listener[s->listener_count++] = (struct listener) {
        .server = s,
        .fd = fd,
        .port = port,
        .control = control,
    };
    return E_OK;
}

/* False: host is no address. */
static bool address_of(
    struct ctx *c, const struct server_listen *l, struct sockaddr_storage *ret, socklen_t *ret_n)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
    struct str host = l->host;
    if (str_eq(host, S("localhost")))
        host = S("127.0.0.1");
    if (host.n == 0)
        host = S("::");
    if (str_starts(host, S("[")) && str_ends(host, S("]")))
        host = str_part(host, 1, host.n - 2);
    *ret = (struct sockaddr_storage) { 0 };
    if (inet_pton(AF_INET, str_c(c->arena, host), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)l->port);
        *ret_n = sizeof *v4;
        return true;
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((uint16_t)l->port);
    *ret_n = sizeof *v6;
    return inet_pton(AF_INET6, str_c(c->arena, host), &v6->sin6_addr) == 1;
}

static int bound_socket(const struct sockaddr *at, socklen_t n)
{
    static const int on = 1, off = 0;
    int fd = socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (at->sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, at, n) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static enum err open_address(struct ctx *c, struct server *s, const struct server_listen *l)
{
    struct sockaddr_storage at;
    socklen_t n = 0;
    if (l->port < 0 || l->port > 65535 || !address_of(c, l, &at, &n))
        return fail(c, INVALID_REQUEST, "cannot listen on \"%.*s:%d\": that is no address and port",
            SARG(l->host), l->port);
    int fd = bound_socket((struct sockaddr *)&at, n);
    if (fd < 0 && l->host.n == 0 && errno == EAFNOSUPPORT) {
        /* A machine without IPv6. */
        struct server_listen v4 = { S("0.0.0.0"), l->port };
        return open_address(c, s, &v4);
    }
    if (fd < 0)
        return fail(c, INVALID_REQUEST, "cannot listen on %.*s:%d: %s", SARG(l->host), l->port,
            strerror(errno));
    return add(c, s, fd, false);
}

static enum err open_control(struct ctx *c, struct server *s, struct str path)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    if (path.n >= sizeof at.sun_path)
        return fail(c, INVALID_REQUEST, "the control socket's path is longer than %zu bytes: %.*s",
            sizeof at.sun_path - 1, SARG(path));
    memcpy(at.sun_path, path.p, path.n);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fail(c, INTERNAL, "no control socket: %s", strerror(errno));
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0) {
        close(fd);
        return fail(c, CONFLICT, "another server answers at the control socket %.*s", SARG(path));
    }
    close(fd);
    /* Left behind by a process that died. */
    unlink(at.sun_path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* Nobody can connect before listen, and then the mode is right already. */
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
        chmod(at.sun_path, S_IRUSR | S_IWUSR) != 0 || listen(fd, BACKLOG) != 0) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        return fail(c, INVALID_REQUEST, "the control socket %.*s: %s", SARG(path), strerror(why));
    }
    s->control_bound = true;
    return add(c, s, fd, true);
}

enum err listen_open(struct ctx *c, struct server *s)
{
    static const int on = 1;
    static const unsigned gone_ms = GONE_MS;
    for (int i = 0; i < s->o.inherited; i++) {
        int fd = FIRST_INHERITED + i;
        TRY(add(c, s, fd, false));
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    }
    for (size_t i = 0; i < s->o.listen_count && s->o.inherited == 0; i++)
        TRY(open_address(c, s, &s->o.listen[i]));
    /* Accepted sockets inherit these: answers leave at once, and a client whose machine has
     * vanished is noticed although nobody says so. */
    for (size_t i = 0; i < s->listener_count; i++) {
        setsockopt(s->listener[i].fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        setsockopt(s->listener[i].fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &gone_ms, sizeof gone_ms);
    }
    if (s->o.control.n > 0)
        TRY(open_control(c, s, s->o.control));
    s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return E_OK;
}

/* ---- accepting */

/* Who it is, for people and for counting: an IPv4 address, or the /64 of an IPv6 one. */
static struct str peer_of(const struct sockaddr_storage *from, char *text, uint64_t *ret_address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
    *ret_address = 0;
    if (from->ss_family == AF_INET) {
        *ret_address = v4->sin_addr.s_addr;
        inet_ntop(AF_INET, &v4->sin_addr, text, INET6_ADDRSTRLEN);
    } else if (from->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
        uint32_t mapped = 0;
        memcpy(&mapped, &v6->sin6_addr.s6_addr[12], sizeof mapped);
        *ret_address = mapped;
        inet_ntop(AF_INET, &mapped, text, INET6_ADDRSTRLEN);
    } else if (from->ss_family == AF_INET6) {
        memcpy(ret_address, &v6->sin6_addr, sizeof *ret_address);
        inet_ntop(AF_INET6, &v6->sin6_addr, text, INET6_ADDRSTRLEN);
    } else {
        text[0] = '\0';
    }
    return str_of_c(text);
}

/* No room: say so if that costs nothing. */
static void turn_away(const struct server *s, int fd)
{
    static const char sorry[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
                                "Content-Length: 0\r\nConnection: close\r\n\r\n";
    if (s->tls == NULL && send(fd, sorry, sizeof sorry - 1, MSG_NOSIGNAL) >= 0)
        shutdown(fd, SHUT_WR);
    close(fd);
}

static bool count(struct server *s, uint64_t address, bool trusted)
{
    if (trusted)
        return true;
    int64_t n = tally_add(s->addresses, address);
    tally_drop(s->addresses, address);
    return n <= s->limits.connections_address;
}

static void welcome(
    struct server *s, const struct listener *l, int fd, const struct sockaddr_storage *from)
{
    char text[INET6_ADDRSTRLEN];
    uint64_t address = 0;
    struct str peer = peer_of(from, text, &address);
    bool trusted = l->control || (s->o.proxy != NULL && s->o.proxy(s->o.self, peer));
    /* Somebody who waits between two requests makes room for somebody who has one. */
    if (s->conn_count >= s->limits.connections && s->idle_first != NULL)
        conn_close(s->idle_first);
    if (s->conn_count >= s->limits.connections || !count(s, address, trusted))
        turn_away(s, fd);
    else
        conn_new(s, l, fd, peer, address, !trusted);
}

/* No descriptors (F42): the connection that waits is accepted on the spare one and closed, so that
 * its client learns of it; the rest is looked at again at the next tick. */
static void without_descriptors(struct listener *l)
{
    struct server *s = l->server;
    if (s->spare_fd >= 0) {
        close(s->spare_fd);
        int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            close(fd);
        s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    while (s->idle_first != NULL && s->conn_count > s->limits.connections / 2)
        conn_close(s->idle_first);
    uv_poll_stop(&l->poll);
    l->paused = true;
    loop_tick(s);
}

/* False: nobody is waiting any more. */
static bool accept_one(struct listener *l)
{
    struct sockaddr_storage from = { 0 };
    socklen_t n = sizeof from;
    int fd = accept4(l->fd, (struct sockaddr *)&from, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0) {
        welcome(l->server, l, fd, &from);
        return true;
    }
    switch (errno) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        without_descriptors(l);
        return false;
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case EPERM:
        return true;
    default:
        return false;
    }
}

static void on_connect(uv_poll_t *handle, int status, int events)
{
    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_A_TURN; i++)
        if (!accept_one(handle->data))
            return;
}

void listen_start(struct server *s)
{
    for (size_t i = 0; i < s->listener_count; i++) {
        struct listener *l = &s->listener[i];
        l->poll.data = l;
        must(uv_poll_init_socket(&s->loop, &l->poll, l->fd) == 0);
        must(uv_poll_start(&l->poll, UV_READABLE, on_connect) == 0);
        l->open = true;
    }
}

void listen_resume(struct server *s)
{
    for (size_t i = 0; i < s->listener_count; i++) {
        struct listener *l = &s->listener[i];
        if (!l->paused || !l->open)
            continue;
        l->paused = false;
        must(uv_poll_start(&l->poll, UV_READABLE, on_connect) == 0);
    }
}

void listen_stop(struct server *s)
{
    for (size_t i = 0; i < s->listener_count; i++) {
        struct listener *l = &s->listener[i];
        if (!l->open)
            continue;
        /* Who has connected already would be reset. */
        for (int k = 0; k < BACKLOG && accept_one(l); k++)
            ;
        l->open = false;
        uv_close((uv_handle_t *)&l->poll, NULL);
    }
    listen_close(s);
}

void listen_close(struct server *s)
{
    for (size_t i = 0; i < s->listener_count; i++) {
        if (s->listener[i].fd >= 0)
            close(s->listener[i].fd);
        s->listener[i].fd = -1;
    }
    if (s->control_bound)
        unlink(str_c(&s->arena, s->o.control));
    s->control_bound = false;
    if (s->spare_fd >= 0)
        close(s->spare_fd);
    s->spare_fd = -1;
}
