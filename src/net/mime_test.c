#include "base/test.h"

#include "base/id.h"
#include "net/net.h"

static const struct net_mail plain = {
    .from_address = S_INIT("shop@example.com"),
    .to_address = S_INIT("ada@example.org"),
    .subject = S_INIT("Your order is paid"),
    .message_id = S_INIT("msg_1@example.com"),
    .text = S_INIT("Thank you."),
    .at_ms = INT64_C(1795140007412), /* 2026-11-20T02:00:07.412Z */
};

static struct str text_of(struct test *t, const struct net_mail *m)
{
    struct str s = { NULL, 0 };
    EXPECT_OK(net_mail_text(t->c, m, &s));
    return s;
}

TEST("a mail is these bytes")
{
    struct net_mail m = plain;
    m.from_name = S("Northwind \"Shop\"");
    m.to_name = S("Ada Löve");
    m.reply_to = S("help@example.com");
    m.text = S("You paid €25.69.\n\n.hidden\nFrom here on =)\ntrailing \n");
    m.html = S("<p>You paid.</p>");
    EXPECT_STR(text_of(t, &m),
        S("Date: Fri, 20 Nov 2026 02:00:07 +0000\r\n"
          "From: \"Northwind \\\"Shop\\\"\"\r\n <shop@example.com>\r\n"
          "To: =?UTF-8?Q?Ada=20L=C3=B6ve?=\r\n <ada@example.org>\r\n"
          "Reply-To: <help@example.com>\r\n"
          "Subject: Your order is paid\r\n"
          "Message-ID: <msg_1@example.com>\r\n"
          "MIME-Version: 1.0\r\n"
          "Auto-Submitted: auto-generated\r\n"
          "Content-Type: multipart/alternative;\r\n boundary=\"=_purser_alternatives\"\r\n\r\n"
          "--=_purser_alternatives\r\n"
          "Content-Type: text/plain; charset=utf-8\r\n"
          "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
          "You paid =E2=82=AC25.69.\r\n\r\n=2Ehidden\r\n=46rom here on =3D)\r\ntrailing=20\r\n"
          "--=_purser_alternatives\r\n"
          "Content-Type: text/html; charset=utf-8\r\n"
          "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
          "<p>You paid.</p>\r\n"
          "--=_purser_alternatives--\r\n"));
}

TEST("a mail without HTML is one part, and the same mail is the same bytes again")
{
    struct str once = text_of(t, &plain);
    EXPECT_STR(once,
        S("Date: Fri, 20 Nov 2026 02:00:07 +0000\r\nFrom: <shop@example.com>\r\n"
          "To: <ada@example.org>\r\nSubject: Your order is paid\r\n"
          "Message-ID: <msg_1@example.com>\r\nMIME-Version: 1.0\r\n"
          "Auto-Submitted: auto-generated\r\n"
          "Content-Type: text/plain; charset=utf-8\r\n"
          "Content-Transfer-Encoding: quoted-printable\r\n\r\nThank you.\r\n"));
    EXPECT_STR(text_of(t, &plain), once);
}

TEST("R63 line ends and control characters are refused in every header and address")
{
    static const struct str bad[] = { S_INIT("Ada\r\nBcc: all@example.com"), S_INIT("Ada\nBcc: x"),
        S_INIT("Ada\rBcc: x"), S_INIT("Ada\0Bcc"), S_INIT("Ada\x1b[31m"), S_INIT("Ada\x7f"),
        S_INIT("Ada\tB"), S_INIT("Ada\xff"), S_INIT("Ada\xc3") };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct net_mail m[7] = { plain, plain, plain, plain, plain, plain, plain };
        struct str s = S("untouched");
        m[0].from_address = m[1].to_address = m[2].reply_to = m[3].message_id = bad[i];
        m[4].from_name = m[5].to_name = m[6].subject = bad[i];
        for (size_t k = 0; k < ARRAY_LEN(m); k++)
            EXPECT_FAIL(net_mail_text(t->c, &m[k], &s), INVALID_REQUEST);
        EXPECT_STR(s, S("untouched"));
    }
    struct net_mail m = plain;
    struct str s;
    m.subject = str_fmt(t->c->arena, "%0501d", 0);
    EXPECT_FAIL(net_mail_text(t->c, &m, &s), INVALID_REQUEST);
    m = plain;
    m.text = S("");
    EXPECT_FAIL(net_mail_text(t->c, &m, &s), INVALID_REQUEST);
    m.text = S("a\0b");
    EXPECT_FAIL(net_mail_text(t->c, &m, &s), INVALID_REQUEST);
    m = plain;
    m.html = S("\xff");
    EXPECT_FAIL(net_mail_text(t->c, &m, &s), INVALID_REQUEST);
}

TEST("R63 an address is local@domain in plain ASCII and nothing else")
{
    static const struct str good[] = { S_INIT("a@b"), S_INIT("ada@example.com"),
        S_INIT("a.b+tag=1@mail.example.co.uk"), S_INIT("o'hara@example.com"),
        S_INIT("x@xn--bcher-kva.example"), S_INIT("root@localhost") };
    static const struct str bad[] = { S_INIT(""), S_INIT("ada"), S_INIT("@example.com"),
        S_INIT("ada@"), S_INIT("ada@@example.com"), S_INIT("a@b@c"), S_INIT("a b@example.com"),
        S_INIT("<ada@example.com>"), S_INIT("ada@example.com>"), S_INIT("ada@exa mple.com"),
        S_INIT(".ada@example.com"), S_INIT("ada.@example.com"), S_INIT("a..b@example.com"),
        S_INIT("ada@.example.com"), S_INIT("ada@example..com"), S_INIT("ada@example.com."),
        S_INIT("ada@-example.com"), S_INIT("ada@exam_ple.com"), S_INIT("ada,bob@example.com"),
        S_INIT("ada;bob@example.com"), S_INIT("\"ada\"@example.com"), S_INIT("ada@[127.0.0.1]"),
        S_INIT("ad\xc3\xa4@example.com"),
        S_INIT("ada@b\xc3\xbc"
               "cher.example"),
        S_INIT("a%00@example.com\0"), S_INIT("a:b@example.com") };
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        EXPECT(mail_address_ok(good[i]));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        EXPECT(!mail_address_ok(bad[i]));
    struct arena *a = t->c->arena;
    EXPECT(mail_address_ok(str_fmt(a, "%064d@example.com", 0)));
    EXPECT(!mail_address_ok(str_fmt(a, "%065d@example.com", 0)));
    EXPECT(!mail_address_ok(str_fmt(a, "a@%0253d", 0)));
}

static int hex(char c)
{
    return c <= '9' ? c - '0' : c - 'A' + 10;
}

/* What a mail program makes of quoted-printable, and of encoded words between their marks. */
static struct str unquoted(struct test *t, struct str s)
{
    struct buf b = BUF(t->c->arena);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '=' && i + 2 < s.n + 1 && s.p[i + 1] == '\r') {
            i += 2;
        } else if (s.p[i] == '=') {
            buf_char(&b, (char)(hex(s.p[i + 1]) * 16 + hex(s.p[i + 2])));
            i += 2;
        } else {
            buf_char(&b, s.p[i]);
        }
    }
    return buf_str(&b);
}

static void expect_short_ascii_lines(struct test *t, struct str message)
{
    struct str line;
    while (message.n > 0) {
        EXPECT(str_cut(message, '\n', &line, &message));
        EXPECT(line.n > 0 && line.p[line.n - 1] == '\r' && line.n <= 77);
        EXPECT(line.p[0] != '.');
        for (size_t i = 0; i + 1 < line.n; i++)
            EXPECT(line.p[i] == '\t' || (line.p[i] >= 0x20 && line.p[i] < 0x7f));
    }
}

static struct str random_text(struct test *t, size_t n)
{
    static const struct str pieces[] = { S_INIT("a"), S_INIT("."), S_INIT("="), S_INIT(" "),
        S_INIT("\t"), S_INIT("ö"), S_INIT("漢"), S_INIT("😀"), S_INIT("From "), S_INIT("\n"),
        S_INIT("--"), S_INIT("word"), S_INIT("=?"), S_INIT("_") };
    struct buf b = BUF(t->c->arena);
    while (b.n < n)
        buf_add(&b, pieces[random_below(t->c, ARRAY_LEN(pieces))]);
    return buf_str(&b);
}

TEST("whatever a text holds, its lines are short ASCII, no dot leads, and it reads back the same")
{
    for (int round = 0; round < 300; round++) {
        struct net_mail m = plain;
        struct str text = random_text(t, (size_t)round);
        m.text = str_fmt(t->c->arena, "%.*s\n", SARG(text));
        struct str s = text_of(t, &m);
        expect_short_ascii_lines(t, s);
        const struct str mark = S("quoted-printable\r\n\r\n");
        while (!str_starts(s, mark))
            s = str_from(s, 1);
        struct str back = unquoted(t, str_from(s, mark.n));
        struct buf want = BUF(t->c->arena);
        for (size_t i = 0; i < m.text.n; i++) {
            if (m.text.p[i] == '\n')
                buf_char(&want, '\r');
            buf_char(&want, m.text.p[i]);
        }
        EXPECT_STR(back, buf_str(&want));
    }
}

TEST("a subject in any language is words of at most 75 bytes that read back the same")
{
    for (int round = 1; round < 200; round++) {
        struct net_mail m = plain;
        struct str text = random_text(t, (size_t)round);
        struct buf subject = BUF(t->c->arena), back = BUF(t->c->arena);
        for (size_t i = 0; i < text.n; i++)
            buf_char(&subject, (unsigned char)text.p[i] < 0x20 ? '-' : text.p[i]);
        buf_add(&subject, S("é"));
        m.subject = m.to_name = m.from_name = buf_str(&subject);
        struct str s = text_of(t, &m), line, rest = s;
        expect_short_ascii_lines(t, s);
        while (!str_starts(rest, S("Subject: ")))
            (void)str_cut(rest, '\n', &line, &rest);
        rest = str_from(rest, 9);
        do {
            EXPECT(str_cut(rest, '\r', &line, &rest));
            EXPECT(line.n <= 75 && str_starts(line, S("=?UTF-8?Q?")) && str_ends(line, S("?=")));
            struct str word = unquoted(t, str_part(line, 10, line.n - 12));
            EXPECT(str_is_text(word)); /* no character is cut in two */
            buf_add(&back, word);
            rest = str_from(rest, 2);
        } while (str_starts(rest, S("=?")));
        EXPECT_STR(buf_str(&back), m.subject);
    }
}
