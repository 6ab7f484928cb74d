#include "fact/fact_db.h"

#include "db/db.h"
#include "fact/fact_check.h"
#include "setting/setting.h"

/* The chain in the store, from its beginning.  What the seals cannot show by themselves is here:
 * a fact that was moved (its number still says where it stood), a client that was altered, a cut
 * (the head that was noted), facts without a seal. */

enum {
    CHUNK = 1000,
    UNSEALED_MS = 5000
};

struct walk {
    struct fact_check check;
    int64_t last_seq;
    int64_t noted_seq; /* 0: no head was noted */
    struct str noted_hash;
};

static bool client_holds(const struct fact_row *row)
{
    if (row->salt.n == 0)
        return row->address.n == 0 && row->user_agent.n == 0;
    struct sha256 h = fact_client_hash(row->salt, row->address, row->user_agent);
    return str_eq(row->client, (struct str) { (const char *)h.b, sizeof h.b });
}

/* Where the fact stood when it was sealed, if its content is as it was: behind the one that was
 * added before it. */
struct place {
    bool found;
    int64_t seq;
    bool neighbour; /* the one before is surely there, and sealed */
};

static enum err find_place(struct ctx *c, const struct fact_row *row, struct place *ret)
{
    struct fact_row before = { 0 }, there = *row;
    struct place place = { .found = false };
    int64_t count = 0;
    bool found = false;
    TRY(fact_find_before(c, row->n, &found, &before, &count));
    const int64_t places[] = { row->seq, count + 1, before.seq + 1 };
    for (size_t i = 0; i < ARRAY_LEN(places) && !place.found; i++) {
        place.seq = there.seq = places[i];
        struct sha256 h = fact_hash(c, before.hash.n == sizeof h.b ? before.hash : S(""), &there);
        place.found = str_eq(row->hash, (struct str) { (const char *)h.b, sizeof h.b });
    }
    place.neighbour = before.n == row->n - 1 && before.hash.n > 0;
    *ret = place;
    return E_OK;
}

static enum err look_elsewhere(struct ctx *c, struct fact_check *check, const struct fact_row *row,
    const struct fact_link *link)
{
    struct place place = { .found = false };
    TRY(find_place(c, row, &place));
    bool moved = place.found && place.seq != row->seq;
    if (moved)
        fact_finding(check, link, "moved: it was sealed as number %lld", (long long)place.seq);
    if (place.found)
        fact_check_excuse(check, moved);
    else if (!check->doubt.is && place.neighbour)
        fact_finding(check, link, CONTENT_ALTERED);
    return E_OK;
}

static enum err check_row(struct ctx *c, const struct fact_row *row, void *arg)
{
    struct walk *w = arg;
    struct buf text = BUF(c->arena);
    fact_canonical(&text, row);
    struct fact_link link = { row->seq, fact_id(c->arena, row), buf_str(&text), row->hash };
    bool proven = false;
    fact_check_next(&w->check, &link, &proven);
    if (!proven)
        TRY(look_elsewhere(c, &w->check, row, &link));
    if (!client_holds(row))
        fact_finding(&w->check, &link, "its address or user agent was altered");
    if (row->seq == w->noted_seq && !str_eq(row->hash, w->noted_hash))
        fact_finding(&w->check, &link, "its seal is not the one that was noted as the head");
    w->last_seq = row->seq;
    return E_OK;
}

static enum err check_chunk(struct ctx *c, void *arg, bool *ret_more)
{
    struct walk *w = arg;
    int64_t before = w->last_seq;
    TRY(fact_each_sealed(c, before, CHUNK, check_row, w));
    *ret_more = w->last_seq != before;
    return E_OK;
}

static enum err read_noted(struct ctx *c, struct walk *w)
{
    struct str value = { 0 }, seq, hex;
    bool found = false;
    TRY(setting_find(c, S("fact.head"), &found, &value));
    if (!found)
        return E_OK;
    if (!str_cut(value, ':', &seq, &hex) || !str_to_i64(seq, &w->noted_seq) ||
        !hex_parse(c->arena, hex, &w->noted_hash))
        fact_finding(&w->check, NULL, "the noted head of the chain is unreadable");
    return E_OK;
}

static enum err check_unsealed(struct ctx *c, struct walk *w)
{
    int64_t count = 0, oldest_ms = 0;
    TRY(fact_unsealed(c, &count, &oldest_ms));
    if (count == 0)
        return E_OK;
    if (!db_is_pg(c) || c->now_ms - oldest_ms > UNSEALED_MS)
        fact_finding(&w->check, NULL, "%lld facts bear no seal", (long long)count);
    else
        buf_fmt(
            w->check.out, "%lld facts of the last seconds are not sealed yet\n", (long long)count);
    return E_OK;
}

enum err fact_verify(struct ctx *c, struct buf *out, int64_t *ret_checked)
{
    struct walk w = { .check = fact_check_begin(out) };
    TRY(read_noted(c, &w));
    TRY(ctx_pieces(c, INT64_MAX, check_chunk, &w));
    if (w.last_seq < w.noted_seq)
        fact_finding(&w.check, NULL, "cut short: the chain ends at %lld, %lld had been noted",
            (long long)w.last_seq, (long long)w.noted_seq);
    TRY(check_unsealed(c, &w));
    fact_check_end(&w.check);
    *ret_checked = w.check.checked;
    return fact_check_result(c, &w.check);
}
