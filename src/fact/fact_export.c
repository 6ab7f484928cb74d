#include "fact/fact_db.h"

#include "base/json.h"
#include "fact/fact_check.h"

/* An export is text, one JSON object a line, for people's own archives and programs:
 *
 *   {"chain":"purser","after":0,"hash":""}
 *   {"fact":{"seq":1,…},"hash":"9f…"}
 *   …
 *   {"head":{"seq":57,"hash":"1c…"},"more":false}
 *
 * A fact's hash is SHA-256 of the hash before it (32 bytes; zeros for the first) and its canonical
 * text exactly as it stands between {"fact": and ,"hash":. */

enum {
    EXPORT_MAX = 16 * 1024 * 1024,
    CHUNK = 500
};
#define FACT_OPENS S("{\"fact\":")
#define HASH_OPENS S(",\"hash\":\"")
#define HASH_CLOSES S("\"}")

/* ---- writing */

struct export
{
    struct buf *out;
    int64_t seq;
    char hash[64]; /* hex */
    size_t hash_n;
    bool full;
};

static void set_head(struct export *x, struct ctx *c, const struct fact_row *row)
{
    struct str hex = hex_text(c->arena, row->hash);
    must(hex.n <= sizeof x->hash);
    for (size_t i = 0; i < hex.n; i++)
        x->hash[i] = hex.p[i];
    x->hash_n = hex.n;
    x->seq = row->seq;
}

static enum err export_row(struct ctx *c, const struct fact_row *row, void *arg)
{
    struct export *x = arg;
    if (x->full)
        return E_OK;
    buf_add(x->out, FACT_OPENS);
    fact_canonical(x->out, row);
    set_head(x, c, row);
    buf_add(x->out, HASH_OPENS);
    buf_add(x->out, (struct str) { x->hash, x->hash_n });
    buf_add(x->out, HASH_CLOSES);
    buf_char(x->out, '\n');
    x->full = x->out->n > EXPORT_MAX;
    return E_OK;
}

static enum err begin_export(struct ctx *c, struct export *x, int64_t after_seq)
{
    struct fact_row row = { 0 };
    bool found = false;
    if (after_seq > 0) {
        TRY(fact_find_seq(c, after_seq, &found, &row));
        if (!found)
            return fail(c, NOT_FOUND, "there is no fact number %lld", (long long)after_seq);
        set_head(x, c, &row);
    }
    buf_fmt(x->out, "{\"chain\":\"purser\",\"after\":%lld,\"hash\":\"%.*s\"}\n",
        (long long)after_seq, (int)x->hash_n, x->hash);
    return E_OK;
}

static enum err export_chunk(struct ctx *c, void *arg, bool *ret_more)
{
    struct export *x = arg;
    int64_t before = x->seq;
    TRY(fact_each_sealed(c, before, CHUNK, export_row, x));
    *ret_more = !x->full && x->seq != before;
    return E_OK;
}

enum err fact_export(struct ctx *c, int64_t after_seq, struct buf *out)
{
    struct export x = { .out = out };
    TRY(begin_export(c, &x, after_seq));
    TRY(ctx_pieces(c, INT64_MAX, export_chunk, &x));
    buf_fmt(out, "{\"head\":{\"seq\":%lld,\"hash\":\"%.*s\"},\"more\":%s}\n", (long long)x.seq,
        (int)x.hash_n, x.hash, x.full ? "true" : "false");
    return E_OK;
}

/* ---- checking */

struct reading {
    struct fact_check check;
    struct str rest;
    int64_t line;
    bool begun, ended, unreadable;
};

static bool read_i64(struct json_value v, const char *path, int64_t *ret)
{
    return json_to_i64(json_at(v, path), ret) && *ret >= 0;
}

static bool read_hash(struct ctx *c, struct json_value v, const char *path, struct str *ret)
{
    struct str hex = { 0 };
    return json_to_str(c->arena, json_at(v, path), &hex) && hex_parse(c->arena, hex, ret);
}

static bool read_begin(struct ctx *c, struct reading *r, struct str line)
{
    struct json_value v = json_root(line);
    struct str hash = { 0 };
    if (!json_is(json_at(v, "chain"), "purser") || !read_i64(v, "after", &r->check.seq) ||
        !read_hash(c, v, "hash", &hash) || hash.n != (r->check.seq == 0 ? 0 : 32))
        return false;
    for (size_t i = 0; i < hash.n; i++)
        r->check.seal.b[i] = (unsigned char)hash.p[i];
    r->begun = true;
    return true;
}

static bool read_fact(struct ctx *c, struct reading *r, struct str line)
{
    struct json_value v = json_root(line);
    struct fact_link link = { 0 };
    int64_t n = 0, at_ms = 0;
    size_t tail = HASH_OPENS.n + 64 + HASH_CLOSES.n;
    bool proven = false;
    if (!r->begun || line.n < FACT_OPENS.n + tail || !read_hash(c, v, "hash", &link.hash) ||
        !read_i64(v, "fact.seq", &link.seq) || !read_i64(v, "fact.n", &n) || n == 0 ||
        !read_i64(v, "fact.at", &at_ms) || at_ms >= INT64_C(1) << 48)
        return false;
    link.text = str_part(line, FACT_OPENS.n, line.n - FACT_OPENS.n - tail);
    link.id = id_text(c->arena, S("aud"), id_of_row(at_ms, n));
    fact_check_next(&r->check, &link, &proven);
    return true;
}

static bool read_end(struct ctx *c, struct reading *r, struct str line)
{
    struct json_value v = json_root(line);
    struct str hash = { 0 };
    int64_t seq = 0;
    if (!r->begun || !read_i64(v, "head.seq", &seq) || !read_hash(c, v, "head.hash", &hash))
        return false;
    r->ended = true;
    if (seq > r->check.seq)
        fact_finding(&r->check, NULL, "cut short: it ends at %lld, its head is %lld",
            (long long)r->check.seq, (long long)seq);
    else if (seq != r->check.seq ||
        (seq > 0 && !str_eq(hash, (struct str) { (const char *)r->check.seal.b, 32 })))
        fact_finding(&r->check, NULL, "its head does not belong to its last fact");
    return true;
}

static enum err read_line(struct ctx *c, void *arg, bool *ret_more)
{
    struct reading *r = arg;
    struct str line;
    str_cut(r->rest, '\n', &line, &r->rest);
    *ret_more = r->rest.n > 0;
    bool ok = json_check(c, line) == E_OK;
    r->line++;
    if (ok && r->ended)
        fact_finding(&r->check, NULL, "line %lld: something follows the head", (long long)r->line);
    else if (ok && r->line == 1)
        ok = read_begin(c, r, line);
    else if (ok && str_starts(line, FACT_OPENS))
        ok = read_fact(c, r, line);
    else if (ok)
        ok = read_end(c, r, line);
    if (!ok) {
        fact_finding(&r->check, NULL, "line %lld is no line of an export", (long long)r->line);
        r->check.seal_known = false;
    }
    return E_OK;
}

/* Does the database still hold what the export ends with? */
static enum err compare_with_store(struct ctx *c, struct reading *r)
{
    struct fact_row row = { 0 };
    bool found = false;
    if (r->check.seq == 0)
        return E_OK;
    TRY(fact_find_seq(c, r->check.seq, &found, &row));
    if (!found)
        fact_finding(
            &r->check, NULL, "the database has no fact %lld any more", (long long)r->check.seq);
    else if (!str_eq(row.hash, (struct str) { (const char *)r->check.seal.b, 32 }))
        fact_finding(&r->check, NULL, "the database has another fact %lld, under another seal",
            (long long)r->check.seq);
    return E_OK;
}

enum err fact_verify_export(struct ctx *c, struct str text, struct buf *out, int64_t *ret_checked)
{
    struct reading r = { .check = fact_check_begin(out), .rest = text };
    TRY(ctx_pieces(c, text.n > 0 ? INT64_MAX : 0, read_line, &r));
    if (!r.ended)
        fact_finding(&r.check, NULL, "cut short: it has no head");
    if (c->db != NULL && r.ended)
        TRY(compare_with_store(c, &r));
    fact_check_end(&r.check);
    *ret_checked = r.check.checked;
    return fact_check_result(c, &r.check);
}
