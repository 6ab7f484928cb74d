/* The bytes of a mail, whatever its names, addresses and texts are (R63).  What is not refused
 *   - has the headers that we write, in our order, and no other;
 *   - has lines of ASCII that end in CR LF, begin with no dot, and are never longer than SMTP
 * allows. Input: recipient, his name, our name, subject, Message-ID, Reply-To, text, HTML, between
 * bytes 0x1f. */
#include "net/net.h"

static struct str next(struct str *rest)
{
    struct str head, tail;
    (void)str_cut(*rest, '\x1f', &head, &tail);
    *rest = tail;
    return head;
}

/* Cuts the next line off; its end is CR LF. */
static struct str line_of(struct str *rest)
{
    struct str line;
    must(str_cut(*rest, '\n', &line, rest));
    must(line.n > 0 && line.p[line.n - 1] == '\r' && line.n <= 998);
    line.n--;
    for (size_t i = 0; i < line.n; i++)
        must(line.p[i] == '\t' || (line.p[i] >= 0x20 && line.p[i] < 0x7f));
    must(line.n == 0 || line.p[0] != '.');
    return line;
}

static void check_headers(struct str *rest, bool reply_to, bool html)
{
    const struct str names[] = { S("Date: "), S("From: "), S("To: "),
        reply_to ? S("Reply-To: ") : S(""), S("Subject: "), S("Message-ID: <"),
        S("MIME-Version: 1.0"), S("Auto-Submitted: auto-generated"),
        html ? S("Content-Type: multipart/alternative;") : S("Content-Type: text/plain; "),
        html ? S("") : S("Content-Transfer-Encoding: quoted-printable") };
    size_t at = 0;
    for (;;) {
        struct str line = line_of(rest);
        if (line.n == 0)
            break;
        if (line.p[0] == ' ')
            continue;
        while (at < ARRAY_LEN(names) && names[at].n == 0)
            at++;
        must(at < ARRAY_LEN(names) && str_starts(line, names[at]));
        at++;
    }
    must(at == ARRAY_LEN(names) || (at == ARRAY_LEN(names) - 1 && html));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = { .chunks = NULL };
    struct ctx c = { .arena = &arena };
    struct str rest = { (const char *)data, size }, text;
    struct net_mail m = { .from_address = S("shop@example.com") };
    m.to_address = next(&rest);
    m.to_name = next(&rest);
    m.from_name = next(&rest);
    m.subject = next(&rest);
    m.message_id = next(&rest);
    m.reply_to = next(&rest);
    m.text = next(&rest);
    m.html = next(&rest);
    if (net_mail_text(&c, &m, &text) == E_OK) {
        must(net_mail_check(&c, &m) == E_OK);
        check_headers(&text, m.reply_to.n > 0, m.html.n > 0);
        while (text.n > 0) {
            struct str line = line_of(&text);
            must(line.n <= 76);
        }
    }
    arena_free(&arena);
    return 0;
}
