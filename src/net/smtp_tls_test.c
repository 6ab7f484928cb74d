#include "net/tls_server_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The mail server behind s_server: reads what it prints, and tells it what to say. */
struct speaker {
    struct tls tls;
    pthread_t thread;
    char heard[16 * 1024];
    size_t heard_length;
};

static bool hear_line(struct speaker *s, char *line, size_t room)
{
    for (size_t n = 0; n < room; n++) {
        if (read(s->tls.out, line + n, 1) != 1)
            return false;
        if (s->heard_length < sizeof s->heard)
            s->heard[s->heard_length++] = line[n];
        if (line[n] == '\n') {
            line[n] = '\0';
            return true;
        }
    }
    return false;
}

static const char *answer_to(const char *line)
{
    static const char *const answers[][2] = { { "EHLO ", "250-acme\r\n250 AUTH PLAIN\r\n" },
        { "AUTH PLAIN", "334 \r\n" }, { "AHVzZXIAcGFzcw==", "235 welcome\r\n" },
        { "MAIL FROM:", "250 ok\r\n" }, { "RCPT TO:", "250 ok\r\n" }, { "DATA", "354 go on\r\n" },
        { ".", "250 taken\r\n" }, { "QUIT", "221 bye\r\n" } };
    for (size_t i = 0; i < ARRAY_LEN(answers); i++)
        if (strncmp(line, answers[i][0], strlen(answers[i][0])) == 0)
            return answers[i][1];
    return NULL; /* s_server's own remarks, and the mail */
}

static void *speak(void *arg)
{
    struct speaker *s = arg;
    char line[1000];
    sigset_t pipe; /* of a server that has ended */
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, NULL);
    while (hear_line(s, line, sizeof line)) {
        const char *answer = answer_to(line);
        if (answer != NULL && write(s->tls.in, answer, strlen(answer)) < 0)
            break;
    }
    return NULL;
}

/* STARTTLS in plain text, then everything to and from s_server, which knows only what follows. */
static void talk_starttls(struct peer *p)
{
    int port = *(const int *)p->server->arg;
    struct sockaddr_in at = { .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    peer_send(p, S("220 acme\r\n"));
    if (!peer_line(p) || !str_starts(peer_said(p), S("EHLO ")))
        return;
    peer_send(p, S("250-acme\r\n250 STARTTLS\r\n"));
    if (!peer_line(p) || !str_eq(peer_said(p), S("STARTTLS")))
        return;
    peer_send(p, S("220 go on\r\n"));
    struct pollfd ends[2] = { { p->fd, POLLIN, 0 }, { -1, POLLIN, 0 } };
    ends[1].fd = socket(AF_INET, SOCK_STREAM, 0);
    must(connect(ends[1].fd, (struct sockaddr *)&at, sizeof at) == 0);
    for (bool open = true; open && !p->server->stopping;)
        for (int i = 0; open && i < 2; i++) {
            char bytes[4096];
            if (poll(ends, 2, 10) < 1 || ends[i].revents == 0)
                continue;
            ssize_t n = recv(ends[i].fd, bytes, sizeof bytes, 0);
            open = n > 0 && send(ends[1 - i].fd, bytes, (size_t)n, MSG_NOSIGNAL) == n;
        }
    close(ends[1].fd);
}

/* One mail; what the server heard under TLS is in s->heard. */
static struct net_mail_reply sent(struct test *t, struct speaker *s, bool starttls)
{
    struct server front;
    tls_start(t, &s->tls, "-no_ticket", "-tls1_3");
    server_start(&front, talk_starttls, &s->tls.port);
    if (!starttls)
        must(write(s->tls.in, "220 acme\r\n", 10) == 10);
    s->heard_length = 0;
    must(pthread_create(&s->thread, NULL, speak, s) == 0);
    /* A spelling of this machine that is not taken for it, so that STARTTLS is asked for. */
    struct str url = starttls
        ? str_fmt(t->c->arena, "smtp://user:pass@[::ffff:127.0.0.1]:%d", front.port)
        : str_fmt(t->c->arena, "smtps://user:pass@localhost:%d", s->tls.port);
    const struct net_mail m = {
        .server = url,
        .from_address = S("shop@example.com"),
        .to_address = S("ada@example.org"),
        .subject = S("Hello"),
        .message_id = S("msg_1@example.com"),
        .text = S("canary\n"),
    };
    struct net_mail_reply r = { 0 };
    EXPECT_OK(net_mail_send(t->c, &m, &r));
    tls_end(&s->tls);
    pthread_join(s->thread, NULL);
    close(s->tls.in);
    close(s->tls.out);
    server_forget(&front);
    return r;
}

TEST("R73 a mail and its password travel under TLS, by STARTTLS and by smtps")
{
    struct speaker s = { .heard_length = 0 };
    make_authority(t, &s.tls, "ed25519");
    sign(t, &s.tls, "csr", "30");
    trust(t, &s.tls);
    for (size_t i = 0; i < 2; i++) {
        struct net_mail_reply r = sent(t, &s, i == 0);
        struct str heard = { s.heard, s.heard_length };
        EXPECT_I64(r.outcome, OUTCOME_DONE);
        EXPECT(str_has(heard, S("AUTH PLAIN\r\nAHVzZXIAcGFzcw==")));
        EXPECT(str_has(heard, S("\r\ncanary\r\n.\r\n")));
    }
    remove_directory(s.tls.directory);
}

TEST("R73 F20 a mail server that nobody vouches for hears neither password nor mail")
{
    struct speaker s = { .heard_length = 0 };
    make_authority(t, &s.tls, "ed25519");
    for (int expired = 0; expired < 2; expired++) {
        sign(t, &s.tls, "csr", expired ? "-1" : "30");
        if (expired)
            trust(t, &s.tls);
        else
            net_for(t, &(struct net_options) { .calls = 4 }); /* the system's authorities */
        for (size_t i = 0; i < 2; i++) {
            struct net_mail_reply r = sent(t, &s, i == 0);
            struct str heard = { s.heard, s.heard_length };
            EXPECT_I64(r.outcome, OUTCOME_NOT_SENT);
            EXPECT(!r.reached);
            EXPECT(!str_has(heard, S("AUTH")) && !str_has(heard, S("canary")));
        }
    }
    remove_directory(s.tls.directory);
}
