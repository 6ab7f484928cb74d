/* The head check, whatever bytes come:
 *   - what it says does not depend on the pieces in which they came;
 *   - a refusal is a 4xx with a sentence;
 *   - a head that passes keeps every promise of engine.md 1, looked at again in another way;
 *   - what it hands out lies inside the head.
 * Input: how the bytes are cut, then the bytes. */
#include <string.h>

#include "web/head.h"

static enum head_verdict in_pieces(
    struct str bytes, size_t step, struct head *head, struct refusal *why)
{
    struct head_scan scan = { 0 };
    enum head_verdict verdict = HEAD_MORE;
    for (size_t n = 0; verdict == HEAD_MORE && n < bytes.n;) {
        n = n + step < bytes.n ? n + step : bytes.n;
        verdict = head_check(&scan, str_part(bytes, 0, n), head, why);
    }
    return verdict;
}

static bool inside(struct str whole, struct str part)
{
    return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static int64_t named(const struct head *h, struct str name)
{
    int64_t n = 0;
    for (size_t i = 0; i < h->header_count; i++)
        n += str_eq_nocase(h->headers[i].name, name);
    return n;
}

static struct str value_of(const struct head *h, struct str name)
{
    for (size_t i = 0; i < h->header_count; i++)
        if (str_eq_nocase(h->headers[i].name, name))
            return h->headers[i].value;
    return S("");
}

static void keeps_promises(struct str bytes, const struct head *h)
{
    struct str head = str_part(bytes, 0, h->n);
    must(h->n >= 18 && h->n <= HEAD_MAX && h->n <= bytes.n && str_ends(head, S("\r\n\r\n")));
    for (size_t i = 0; i < head.n; i++) {
        unsigned char c = (unsigned char)head.p[i];
        must(c >= 0x20 || c == '\t' || c == '\r' || c == '\n');
        must(c != '\r' || head.p[i + 1] == '\n');
        must(c != '\n' || (i > 0 && head.p[i - 1] == '\r'));
        must(c != '\n' || i + 1 == head.n || (head.p[i + 1] != ' ' && head.p[i + 1] != '\t'));
        must(i + 4 >= head.n || memcmp(head.p + i, "\r\n\r\n", 4) != 0);
    }
    must(h->target.n > 0 && h->target.p[0] == '/' && str_is_visible(h->target));
    must(str_is_visible(h->method) && h->header_count <= HEAD_HEADERS_MAX);
    must(inside(head, h->method) && inside(head, h->target));
    for (size_t i = 0; i < h->header_count; i++) {
        must(h->headers[i].name.n > 0 && str_is_visible(h->headers[i].name));
        must(inside(head, h->headers[i].name) && inside(head, h->headers[i].value));
        must(h->headers[i].name.p[h->headers[i].name.n] == ':');
    }
    must(named(h, S("Host")) == 1 && named(h, S("Upgrade")) == 0);
    must(named(h, S("Content-Length")) == (h->has_length ? 1 : 0));
    must(named(h, S("Transfer-Encoding")) == (h->chunked ? 1 : 0));
    must(!(h->chunked && h->has_length) && !(h->chunked && h->minor == 0));
    must(!h->chunked || str_eq_nocase(value_of(h, S("Transfer-Encoding")), S("chunked")));
    uint64_t n = 0;
    must(!h->has_length || str_to_u64(value_of(h, S("Content-Length")), &n));
    must(h->content_length >= 0 && (uint64_t)h->content_length == n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct str bytes = { (const char *)data + 1, size - 1 };
    struct head whole, pieces;
    struct refusal why = { 0 }, why_pieces = { 0 };
    enum head_verdict verdict = in_pieces(bytes, bytes.n + 1, &whole, &why);
    enum head_verdict again = in_pieces(bytes, (size_t)data[0] % 64 + 1, &pieces, &why_pieces);
    must(verdict == again);
    if (verdict == HEAD_REFUSED)
        must(why.status == why_pieces.status && why.status / 100 == 4 && why.why != NULL);
    if (verdict != HEAD_WHOLE)
        return 0;
    must(whole.n == pieces.n && whole.header_count == pieces.header_count);
    must(whole.keep_alive == pieces.keep_alive && whole.minor == pieces.minor);
    must(whole.expect_continue == pieces.expect_continue);
    keeps_promises(bytes, &whole);
    return 0;
}
