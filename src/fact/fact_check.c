#include "fact/fact_check.h"

#include <string.h>

#include "fact/fact_db.h"

struct fact_check fact_check_begin(struct buf *out)
{
    return (struct fact_check) { .out = out, .seal_known = true };
}

/* ---- saying what is wrong */

PRINTF(4, 0)
static void say(struct fact_check *k, int64_t seq, struct str id, const char *fmt, va_list args)
{
    if (++k->findings > FINDINGS_MAX)
        return;
    if (id.n > 0)
        buf_fmt(k->out, "fact %lld (%.*s): ", (long long)seq, SARG(id));
    buf_vfmt(k->out, fmt, args);
    buf_char(k->out, '\n');
}

void fact_finding(struct fact_check *k, const struct fact_link *link, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(k, link == NULL ? 0 : link->seq, link == NULL ? S("") : link->id, fmt, args);
    va_end(args);
}

PRINTF(2, 3) static void settle_doubt(struct fact_check *k, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(k, k->doubt.seq, (struct str) { k->doubt.id, k->doubt.id_n }, fmt, args);
    va_end(args);
    k->doubt.is = false;
}

/* ---- walking */

static bool bears(const struct fact_link *link, struct sha256 seal)
{
    return str_eq(link->hash, (struct str) { (const char *)seal.b, sizeof seal.b });
}

/* True when the link follows from the seal that the doubtful one should have. */
static bool resolve(struct fact_check *k, const struct fact_link *link, bool proven)
{
    struct str expected = { (const char *)k->doubt.expected.b, sizeof k->doubt.expected.b };
    if (!proven && bears(link, fact_link_hash(expected, link->text))) {
        settle_doubt(k, "its seal was altered");
        return true;
    }
    settle_doubt(k, CONTENT_ALTERED);
    return proven;
}

static void begin_doubt(struct fact_check *k, const struct fact_link *link, struct sha256 expected)
{
    must(link->id.n <= sizeof k->doubt.id);
    k->doubt.is = true;
    k->doubt.seq = link->seq;
    k->doubt.id_n = link->id.n;
    memcpy(k->doubt.id, link->id.p, link->id.n);
    k->doubt.expected = expected;
}

static void check_place(struct fact_check *k, const struct fact_link *link)
{
    if (link->seq == k->seq + 1)
        return;
    if (link->seq == k->seq + 2)
        fact_finding(k, NULL, "fact %lld is missing", (long long)k->seq + 1);
    else if (link->seq > k->seq)
        fact_finding(k, NULL, "facts %lld to %lld are missing", (long long)k->seq + 1,
            (long long)link->seq - 1);
    else
        fact_finding(k, link, "inserted: its number was already taken");
    if (k->doubt.is)
        settle_doubt(k, CONTENT_ALTERED);
    k->seal_known = false;
}

void fact_check_next(struct fact_check *k, const struct fact_link *link, bool *ret_proven)
{
    check_place(k, link);
    struct sha256 expected = { { 0 } };
    bool known = k->seal_known, proven = false;
    if (known) {
        struct str seal = { (const char *)k->seal.b, sizeof k->seal.b };
        expected = fact_link_hash(k->seq == 0 ? S("") : seal, link->text);
        proven = bears(link, expected);
    }
    if (k->doubt.is)
        proven = resolve(k, link, proven);
    if (known && !proven)
        begin_doubt(k, link, expected);
    k->seq = link->seq;
    k->checked++;
    k->seal_known = link->hash.n == sizeof k->seal.b;
    if (k->seal_known)
        memcpy(k->seal.b, link->hash.p, sizeof k->seal.b);
    *ret_proven = proven;
}

void fact_check_excuse(struct fact_check *k, bool moved)
{
    k->doubt.is = false;
    k->seal_known = k->seal_known && !moved;
}

void fact_check_end(struct fact_check *k)
{
    if (k->doubt.is)
        settle_doubt(k, CONTENT_ALTERED);
    if (k->findings > FINDINGS_MAX)
        buf_fmt(k->out, "and %lld more\n", (long long)k->findings - FINDINGS_MAX);
}

enum err fact_check_result(struct ctx *c, const struct fact_check *k)
{
    if (k->findings == 0)
        return E_OK;
    return fail(c, CONFLICT, "%lld %s in the audit chain", (long long)k->findings,
        k->findings == 1 ? "finding" : "findings");
}
