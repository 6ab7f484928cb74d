#include "base/redact.h"

#include <string.h>

/* Wider than addresses are: what is quoted comes from any mail server. */
static bool is_of_a_mail(char ch)
{
    static const struct str marks = S_INIT("!#$%&'*+-/=?^_`{|}~.@");
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
        (unsigned char)ch >= 0x80 || memchr(marks.p, ch, marks.n) != NULL;
}

/* Somebody at some place. */
static bool is_mail(struct str word)
{
    struct str who, where;
    return str_cut(word, '@', &who, &where) && who.n > 0 && where.n > 0;
}

struct str redact_mails(struct arena *a, struct str text)
{
    struct buf b = BUF(a);
    size_t copied = 0;
    for (size_t i = 0; i < text.n;) {
        size_t end = i;
        while (end < text.n && is_of_a_mail(text.p[end]))
            end++;
        if (is_mail(str_part(text, i, end - i))) {
            buf_add(&b, str_part(text, copied, i - copied));
            buf_add(&b, S("[a mail]"));
            copied = end;
        }
        i = end + 1;
    }
    if (copied == 0)
        return text;
    buf_add(&b, str_from(text, copied));
    return buf_str(&b);
}
