#include "net/server_test.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"

/* A mail server that answers as its script says, and remembers what it was told. */
struct smtp {
    struct server server;                                          /* first */
    const char *greeting, *ehlo, *auth, *mail, *rcpt, *data, *end; /* NULL: as a good one would */
    bool dies_after_data, hangs_after_data, hangs_at_quit;

    int mails, rcpts, auths;
    char from[300], to[300];
    char message[512 * 1024];
    size_t message_length;
    bool dot_first; /* a line of the message began with a dot */
};

static void say(struct peer *p, const char *line, const char *otherwise)
{
    char text[200];
    int n = snprintf(text, sizeof text, "%s\r\n", line != NULL ? line : otherwise);
    peer_send(p, (struct str) { text, (size_t)n });
}

static bool said_good(const char *line, char good)
{
    return line == NULL || line[0] == good;
}

static void remember(char *to, size_t room, struct str s)
{
    must(s.n < room);
    memcpy(to, s.p, s.n);
    to[s.n] = '\0';
}

/* Until the lone dot; what was stuffed is unstuffed. */
static bool take_message(struct peer *p, struct smtp *smtp)
{
    for (;;) {
        if (!peer_line(p))
            return false;
        struct str line = peer_said(p);
        if (str_eq(line, S(".")))
            return true;
        if (line.n > 0 && line.p[0] == '.') {
            smtp->dot_first = true;
            line = str_from(line, 1);
        }
        must(smtp->message_length + line.n + 2 < sizeof smtp->message);
        memcpy(smtp->message + smtp->message_length, line.p, line.n);
        memcpy(smtp->message + smtp->message_length + line.n, "\r\n", 2);
        smtp->message_length += line.n + 2;
    }
}

static bool obey(struct peer *p, struct smtp *smtp, struct str line)
{
    if (str_starts(line, S("EHLO ")) || str_starts(line, S("HELO "))) {
        say(p, smtp->ehlo, "250-acme\r\n250-AUTH PLAIN\r\n250 8BITMIME");
    } else if (str_starts(line, S("AUTH "))) {
        smtp->auths++;
        say(p, NULL, "334 ");
        if (!peer_line(p))
            return false;
        say(p, smtp->auth, "235 welcome");
    } else if (str_starts(line, S("MAIL FROM:"))) {
        smtp->mails++;
        remember(smtp->from, sizeof smtp->from, str_from(line, 10));
        say(p, smtp->mail, "250 ok");
    } else if (str_starts(line, S("RCPT TO:"))) {
        smtp->rcpts++;
        remember(smtp->to, sizeof smtp->to, str_from(line, 8));
        say(p, smtp->rcpt, "250 ok");
    } else if (str_eq(line, S("DATA"))) {
        say(p, smtp->data, "354 go on");
        if (!said_good(smtp->data, '3'))
            return true;
        if (!take_message(p, smtp) || smtp->dies_after_data)
            return false;
        if (smtp->hangs_after_data)
            peer_wait(p, 60000);
        say(p, smtp->end, "250 taken");
    } else if (str_eq(line, S("QUIT"))) {
        if (smtp->hangs_at_quit)
            peer_wait(p, 60000);
        say(p, NULL, "221 bye");
        return false;
    } else {
        say(p, NULL, "500 what?");
    }
    return true;
}

static void talk_smtp(struct peer *p)
{
    struct smtp *smtp = (struct smtp *)p->server;
    say(p, smtp->greeting, "220 acme");
    while (peer_line(p) && obey(p, smtp, peer_said(p)))
        ;
}

static struct net_mail_reply sent(struct test *t, struct smtp *smtp, struct net_mail m)
{
    net_for(t, &(struct net_options) { .calls = 4 });
    server_start(&smtp->server, talk_smtp, NULL);
    if (m.server.n == 0)
        m.server = str_fmt(t->c->arena, "smtp://127.0.0.1:%d", smtp->server.port);
    else
        m.server = str_fmt(t->c->arena, "%.*s:%d", SARG(m.server), smtp->server.port);
    struct net_mail_reply r = { 0 };
    EXPECT_OK(net_mail_send(t->c, &m, &r));
    EXPECT((r.outcome == OUTCOME_DONE) == (r.why.n == 0));
    server_forget(&smtp->server);
    return r;
}

static const struct net_mail hello = {
    .from_address = S_INIT("shop@example.com"),
    .from_name = S_INIT("Northwind"),
    .to_address = S_INIT("ada@example.org"),
    .to_name = S_INIT("Ada"),
    .subject = S_INIT("Your order is paid"),
    .message_id = S_INIT("msg_1@example.com"),
    .text = S_INIT("Thank you.\n"),
    .html = S_INIT("<p>Thank you.</p>\n"),
};

TEST("R63 a mail goes to one recipient and arrives byte for byte")
{
    struct smtp smtp = { .mails = 0 };
    struct net_mail_reply r = sent(t, &smtp, hello);
    EXPECT_I64(r.outcome, OUTCOME_DONE);
    EXPECT_I64(r.status, 250);
    EXPECT_I64(smtp.mails, 1);
    EXPECT_I64(smtp.rcpts, 1);
    EXPECT_I64(smtp.auths, 0);
    EXPECT_STR(str_of_c(smtp.from), S("<shop@example.com>"));
    EXPECT_STR(str_of_c(smtp.to), S("<ada@example.org>"));
    struct str want;
    EXPECT_OK(net_mail_text(t->c, &hello, &want));
    EXPECT_STR(((struct str) { smtp.message, smtp.message_length }), want);
}

TEST("R63 lines of dots arrive as they are, and none of them can end the mail")
{
    struct smtp smtp = { .mails = 0 };
    struct net_mail m = hello;
    struct buf b = BUF(t->c->arena);
    for (int i = 0; i < 3000; i++)
        buf_fmt(&b, "%.*s\n.\n..\n. x\n.\r\n", i % 23, "......................");
    m.text = buf_str(&b);
    m.html = S("");
    EXPECT_I64(sent(t, &smtp, m).outcome, OUTCOME_DONE);
    struct str want;
    EXPECT_OK(net_mail_text(t->c, &m, &want));
    EXPECT_STR(((struct str) { smtp.message, smtp.message_length }), want);
    EXPECT(!smtp.dot_first);
}

TEST(
    "F40 a mail server's word decides: 5xx about the mail is final, everything else is tried again")
{
    static const struct {
        struct smtp script;
        enum outcome is;
        int status;
    } cases[] = {
        { { .greeting = "421 too busy" }, OUTCOME_NOT_SENT, 421 },
        { { .greeting = "554 not here" }, OUTCOME_NOT_SENT, 554 },
        { { .mail = "451 later" }, OUTCOME_NOT_SENT, 451 },
        { { .mail = "530 log in first" }, OUTCOME_NOT_SENT, 530 },
        { { .mail = "553 not you" }, OUTCOME_DECLINED, 553 },
        { { .rcpt = "450 mailbox busy" }, OUTCOME_NOT_SENT, 450 },
        { { .rcpt = "550 nobody here" }, OUTCOME_DECLINED, 550 },
        { { .data = "451 later" }, OUTCOME_NOT_SENT, 451 },
        { { .data = "554 no" }, OUTCOME_DECLINED, 554 },
        { { .end = "452 disk full" }, OUTCOME_NOT_SENT, 452 },
        { { .end = "552 too large" }, OUTCOME_DECLINED, 552 },
        { { .end = "nonsense" }, OUTCOME_UNKNOWN, 0 },
        { { .dies_after_data = true }, OUTCOME_UNKNOWN, 354 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct smtp smtp = cases[i].script;
        t->c->calls_until_ms = clock_mono_ms() + 1000; /* nonsense is waited for */
        struct net_mail_reply r = sent(t, &smtp, hello);
        EXPECT_STR(str_fmt(t->c->arena, "%zu %.*s %d", i, SARG(outcome_text(r.outcome)), r.status),
            str_fmt(
                t->c->arena, "%zu %.*s %d", i, SARG(outcome_text(cases[i].is)), cases[i].status));
        EXPECT(smtp.rcpts <= 1);
        EXPECT(r.reached == (i > 1 && i != 3)); /* greeted and logged in */
    }
}

TEST("F40 a mail server that is slow costs its time and no more, wherever it stops")
{
    struct smtp after = { .hangs_after_data = true }, at_quit = { .hangs_at_quit = true };
    t->c->calls_until_ms = clock_mono_ms() + 300;
    struct net_mail_reply r = sent(t, &after, hello);
    EXPECT_I64(r.outcome, OUTCOME_UNKNOWN);
    EXPECT(r.took_ms < 3000);
    t->c->calls_until_ms = clock_mono_ms() + 300;
    int64_t from = clock_mono_ms();
    r = sent(t, &at_quit, hello);
    EXPECT_I64(r.outcome, OUTCOME_DONE);
    EXPECT(clock_mono_ms() - from < 3000);
}

TEST("F40 a mail server that is down is NOT_SENT")
{
    struct server s;
    server_start(&s, talk_smtp, NULL);
    server_end(&s);
    net_for(t, &(struct net_options) { .calls = 4 });
    struct net_mail m = hello;
    m.server = str_fmt(t->c->arena, "smtp://127.0.0.1:%d", s.port);
    struct net_mail_reply r;
    EXPECT_OK(net_mail_send(t->c, &m, &r));
    EXPECT_I64(r.outcome, OUTCOME_NOT_SENT);
    server_forget(&s);
}

TEST("a login that the mail server refuses is ours to mend, not this mail's end")
{
    struct smtp smtp = { .auth = "535 who?" };
    struct net_mail m = hello;
    m.server = S("smtp://user:p%40ss@127.0.0.1");
    struct net_mail_reply r = sent(t, &smtp, m);
    EXPECT_I64(r.outcome, OUTCOME_NOT_SENT);
    EXPECT_I64(smtp.auths, 1);
    EXPECT_I64(smtp.mails, 0);
    struct smtp good = { .mails = 0 };
    r = sent(t, &good, m);
    EXPECT_I64(r.outcome, OUTCOME_DONE);
    EXPECT_I64(good.auths, 1);
}

TEST("R73 a password is not sent to another machine without TLS")
{
    struct smtp smtp = { .mails = 0 };
    struct net_mail m = hello;
    m.server = S("smtp://user:pass@[::ffff:127.0.0.1]"); /* a spelling that is not "this machine" */
    struct net_mail_reply r = sent(t, &smtp, m);
    EXPECT_I64(r.outcome, OUTCOME_NOT_SENT);
    EXPECT_I64(smtp.auths, 0);
    EXPECT_I64(smtp.mails, 0);
    struct smtp open = { .mails = 0 };
    m.server = S("smtp://[::ffff:127.0.0.1]"); /* nothing to lose: as the server can */
    r = sent(t, &open, m);
    EXPECT_I64(r.outcome, OUTCOME_DONE);
}

TEST("R63 a mail whose headers cannot stand is refused before anybody is called")
{
    struct server s;
    server_start(&s, talk_smtp, NULL);
    net_for(t, &(struct net_options) { .calls = 4 });
    struct net_mail m = hello;
    m.server = str_fmt(t->c->arena, "smtp://127.0.0.1:%d", s.port);
    m.to_address = S("ada@example.org>\r\nRCPT TO:<eve@example.org");
    struct net_mail_reply r;
    EXPECT_FAIL(net_mail_send(t->c, &m, &r), INVALID_REQUEST);
    m.to_address = hello.to_address;
    m.server = S("http://127.0.0.1/");
    EXPECT_FAIL(net_mail_send(t->c, &m, &r), INTERNAL);
    m.server = S("smtp");
    EXPECT_FAIL(net_mail_send(t->c, &m, &r), INTERNAL);
    EXPECT_I64(s.connections, 0);
    server_forget(&s);
}

TEST("a process that dies around a mail sends it once or not at all, and never twice")
{
    struct smtp smtp = { .mails = 0 };
    struct net_mail m = hello;
    struct net_mail_reply r;
    server_start(&smtp.server, talk_smtp, NULL);
    net_for(t, &(struct net_options) { .calls = 4 });
    m.server = str_fmt(t->c->arena, "smtp://127.0.0.1:%d", smtp.server.port);
    t->c->faults->crash_countdown = 0;
    t->c->faults->crash_at = "mail.before";
    EXPECT_I64(net_mail_send(t->c, &m, &r), E_DEAD);
    EXPECT_I64(smtp.server.connections, 0);
    t->c->dead = false;
    t->c->faults->crash_countdown = 0;
    t->c->faults->crash_at = "mail.after";
    EXPECT_I64(net_mail_send(t->c, &m, &r), E_DEAD);
    EXPECT_I64(smtp.mails, 1);
    EXPECT_I64(net_mail_send(t->c, &m, &r), E_DEAD);
    EXPECT_I64(smtp.mails, 1);
    t->c->dead = false;
    server_forget(&smtp.server);
}
