/* The bytes of a mail: RFC 5322 and MIME, in ASCII on the wire whatever the language. */
#include "net/net.h"

#include "base/clock.h"

enum {
    LINE_MAX_BYTES = 76,      /* of an encoded line, without its end */
    WORD_MAX_BYTES = 63,      /* of an encoded word, without the 12 of its frame */
    CHARACTER_MAX_BYTES = 12, /* four bytes, encoded */
    PLAIN_MAX_BYTES = 60,
    HEADER_MAX_BYTES = 500
};

static bool is_atom(char ch, struct str more)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
        str_has(more, (struct str) { &ch, 1 });
}

/* Labels between dots, none empty. */
static bool is_dotted(struct str s, struct str more)
{
    bool in_label = false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.' ? !in_label : !is_atom(s.p[i], more))
            return false;
        in_label = s.p[i] != '.';
    }
    return in_label;
}

bool mail_address_ok(struct str address)
{
    struct str local, domain;
    return address.n <= 254 && str_cut(address, '@', &local, &domain) && local.n <= 64 &&
        is_dotted(local, S("!#$%&'*+-/=?^_`{|}~")) && is_dotted(domain, S("-")) &&
        domain.p[0] != '-';
}

/* R63: a line end in a name would be a header, or a recipient, of somebody's choosing.  Other
 * control characters are no text. */
static enum err check_header(struct ctx *c, const char *what, struct str s)
{
    if (str_has(s, S("\n")) || str_has(s, S("\r")) || str_has(s, S("\t")) || !str_is_text(s) ||
        s.n > HEADER_MAX_BYTES)
        return fail(c, INVALID_REQUEST,
            "the %s of a mail is too long or holds a character that "
            "cannot stand in a header",
            what);
    return E_OK;
}

enum err net_mail_check(struct ctx *c, const struct net_mail *in)
{
    if (!mail_address_ok(in->from_address) || !mail_address_ok(in->to_address) ||
        (in->reply_to.n > 0 && !mail_address_ok(in->reply_to)))
        return fail(
            c, INVALID_REQUEST, "an address of this mail is not one that can be written to");
    TRY(check_header(c, "subject", in->subject));
    TRY(check_header(c, "sender's name", in->from_name));
    TRY(check_header(c, "recipient's name", in->to_name));
    if (!mail_address_ok(in->message_id))
        return fail(c, INVALID_REQUEST, "a mail's id looks like an address: this does not");
    if (!str_is_text(in->text) || !str_is_text(in->html) || in->text.n == 0)
        return fail(c, INVALID_REQUEST, "a mail has a text, in UTF-8");
    return E_OK;
}

static bool is_ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

/* How many of these bytes make the next character: an encoded word never ends inside one. */
static size_t character_length(struct str s)
{
    size_t n = 1;
    while (n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
        n++;
    return n;
}

/* RFC 2047, folded between words; the first stands behind a header's name of so many bytes.  Only
 * what may stand in a phrase too is left as it is. */
static void add_encoded_words(struct buf *b, size_t behind, struct str s)
{
    size_t width = behind;
    bool in_word = false;
    while (s.n > 0) {
        size_t n = character_length(s);
        if (!in_word)
            buf_add(b, S("=?UTF-8?Q?"));
        if (is_atom(s.p[0], S("!*+-/")))
            buf_char(b, s.p[0]);
        else
            for (size_t i = 0; i < n; i++)
                buf_fmt(b, "=%02X", (unsigned char)s.p[i]);
        s = str_from(s, n);
        width += n * 3;
        in_word = s.n > 0 && width <= WORD_MAX_BYTES - CHARACTER_MAX_BYTES;
        if (!in_word) {
            buf_add(b, s.n == 0 ? S("?=") : S("?=\r\n "));
            width = 0;
        }
    }
}

static bool can_stand_as_it_is(struct str s)
{
    return is_ascii(s) && s.n <= PLAIN_MAX_BYTES && !str_has(s, S("=?"));
}

static void add_subject(struct buf *b, struct str s)
{
    buf_add(b, S("Subject: "));
    if (can_stand_as_it_is(s))
        buf_add(b, s);
    else
        add_encoded_words(b, sizeof "Subject:", s);
    buf_add(b, S("\r\n"));
}

static void add_address(struct buf *b, struct str header, struct str name, struct str address)
{
    buf_fmt(b, "%.*s: ", SARG(header));
    if (name.n > 0 && can_stand_as_it_is(name)) {
        buf_char(b, '"');
        for (size_t i = 0; i < name.n; i++) {
            if (name.p[i] == '"' || name.p[i] == '\\')
                buf_char(b, '\\');
            buf_char(b, name.p[i]);
        }
        buf_char(b, '"');
    } else {
        add_encoded_words(b, header.n + 2, name);
    }
    buf_fmt(b, "%s<%.*s>\r\n", name.n > 0 ? "\r\n " : "", SARG(address));
}

static void add_date(struct buf *b, int64_t ms)
{
    struct str http = time_http(b->arena, ms); /* Fri, 20 Nov 2026 02:14:07 GMT */
    must(str_ends(http, S(" GMT")));
    buf_fmt(b, "Date: %.*s +0000\r\n", SARG(str_part(http, 0, http.n - 4)));
}

/* One line as quoted-printable.  A dot or "From " at its beginning is encoded too, so that no
 * relay that forgets to stuff or quote can hurt the mail. */
static void add_quoted_line(struct buf *b, struct str line)
{
    size_t width = 0;
    for (size_t i = 0; i < line.n; i++) {
        unsigned char ch = (unsigned char)line.p[i];
        if (width > LINE_MAX_BYTES - 4) { /* what comes may take three, and "=" ends the line */
            buf_add(b, S("=\r\n"));
            width = 0;
        }
        bool at_an_end = (width == 0 && (ch == '.' || ch == 'F')) ||
            (i + 1 == line.n && (ch == ' ' || ch == '\t'));
        if (at_an_end || ch == '=' || ch >= 0x7f || (ch < 0x20 && ch != '\t')) {
            buf_fmt(b, "=%02X", ch);
            width += 3;
        } else {
            buf_char(b, (char)ch);
            width++;
        }
    }
    buf_add(b, S("\r\n"));
}

static void add_part(struct buf *b, struct str type, struct str text)
{
    buf_fmt(b,
        "Content-Type: %.*s; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
        SARG(type));
    while (text.n > 0) {
        struct str line;
        (void)str_cut(text, '\n', &line, &text);
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        add_quoted_line(b, line);
    }
}

/* Quoted-printable never writes "=_", so this line is in no text. */
#define BOUNDARY "=_purser_alternatives"

static void add_alternatives(struct buf *b, const struct net_mail *in)
{
    buf_add(b, S("Content-Type: multipart/alternative;\r\n boundary=\"" BOUNDARY "\"\r\n\r\n"));
    buf_add(b, S("--" BOUNDARY "\r\n"));
    add_part(b, S("text/plain"), in->text);
    buf_add(b, S("--" BOUNDARY "\r\n"));
    add_part(b, S("text/html"), in->html);
    buf_add(b, S("--" BOUNDARY "--\r\n"));
}

enum err net_mail_text(struct ctx *c, const struct net_mail *in, struct str *ret)
{
    TRY(net_mail_check(c, in));
    struct buf b = BUF(c->arena);
    add_date(&b, in->at_ms);
    add_address(&b, S("From"), in->from_name, in->from_address);
    add_address(&b, S("To"), in->to_name, in->to_address);
    if (in->reply_to.n > 0)
        add_address(&b, S("Reply-To"), S(""), in->reply_to);
    add_subject(&b, in->subject);
    buf_fmt(&b, "Message-ID: <%.*s>\r\n", SARG(in->message_id));
    buf_add(&b, S("MIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n"));
    if (in->html.n > 0)
        add_alternatives(&b, in);
    else
        add_part(&b, S("text/plain"), in->text);
    *ret = buf_str(&b);
    return E_OK;
}
