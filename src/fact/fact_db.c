#include "fact/fact_db.h"

#include <string.h>

#include "db/db.h"

/* ---- writing */

static struct db_in bytes_or_null(struct str s)
{
    return s.n == 0 ? in_null() : in_bytes(s);
}

#define WHAT                                                                                       \
    "at_ms, kind, actor, subject, customer_n, cause_n, version, data, ledger, client, salt,"       \
    " address, user_agent"
#define IN_WHAT(r)                                                                                 \
    in_i64((r)->at_ms), in_str((r)->kind), in_str((r)->actor), in_str((r)->subject),               \
        in_i64((r)->customer_n), in_i64((r)->cause_n), in_i64((r)->version), in_str((r)->data),    \
        bytes_or_null((r)->ledger), bytes_or_null((r)->client), bytes_or_null((r)->salt),          \
        in_str_or_null((r)->address), in_str_or_null((r)->user_agent)

enum err fact_insert_sealed(struct ctx *c, const struct fact_row *row)
{
    return db_exec(c, 1,
        "INSERT INTO fact (" WHAT ", n, seq, hash)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        DB_IN(IN_WHAT(row), in_i64(row->n), in_i64(row->seq), in_bytes(row->hash)));
}

#define INSERT_UNSEALED                                                                            \
    "INSERT INTO fact (" WHAT ")"                                                                  \
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"

enum err fact_insert(struct ctx *c, const struct fact_row *row, int64_t *ret_n)
{
    if (ret_n == NULL)
        return db_exec(c, 1, INSERT_UNSEALED, DB_IN(IN_WHAT(row)));
    return db_one(c, INSERT_UNSEALED " RETURNING n", DB_IN(IN_WHAT(row)), DB_OUT(out_i64(ret_n)));
}

enum err fact_insert_drawn(struct ctx *c, const struct fact_row *row)
{
    return db_exec(c, 1,
        "INSERT INTO fact (" WHAT ", n)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        DB_IN(IN_WHAT(row), in_i64(row->n)));
}

enum err fact_next_n(struct ctx *c, int64_t *ret_n)
{
    bool *found = arena_new(c->arena, bool);
    return db_ask(c, found, "SELECT nextval(pg_get_serial_sequence('fact', 'n'))", DB_NO_IN,
        DB_OUT(out_i64(ret_n)));
}

enum err fact_sealing_lock(struct ctx *c)
{
    struct str value = { 0 };
    return db_one(c, "SELECT value FROM setting WHERE name = 'fact.sealing' FOR UPDATE", DB_NO_IN,
        DB_OUT(out_str(&value)));
}

static enum err set_seal(struct ctx *c, const struct fact_seal *k)
{
    return db_exec(c, 1, "UPDATE fact SET seq = $1, hash = $2 WHERE n = $3 AND seq IS NULL",
        DB_IN(in_i64(k->seq), in_bytes((struct str) { (const char *)k->hash.b, sizeof k->hash.b }),
            in_i64(k->n)));
}

/* PostgreSQL reads the table's checks and its trigger's condition anew for each statement, which
 * costs more than a row: so many rows in one. */
enum {
    SEALED_TOGETHER = 16
};
#define SEALS(SEAL)                                                                                \
    SEAL(1, 2, 3)                                                                                  \
    SEAL(4, 5, 6)                                                                                  \
    SEAL(7, 8, 9)                                                                                  \
    SEAL(10, 11, 12)                                                                               \
    SEAL(13, 14, 15)                                                                               \
    SEAL(16, 17, 18)                                                                               \
    SEAL(19, 20, 21)                                                                               \
    SEAL(22, 23, 24)                                                                               \
    SEAL(25, 26, 27)                                                                               \
    SEAL(28, 29, 30)                                                                               \
    SEAL(31, 32, 33)                                                                               \
    SEAL(34, 35, 36)                                                                               \
    SEAL(37, 38, 39)                                                                               \
    SEAL(40, 41, 42)                                                                               \
    SEAL(43, 44, 45)                                                                               \
    SEAL(46, 47, 48)
#define SEQ_OF(n, seq, hash) " WHEN $" #n " THEN $" #seq
#define HASH_OF(n, seq, hash) " WHEN $" #n " THEN $" #hash
#define NUMBER(n, seq, hash) ", $" #n

static enum err set_seals_together(struct ctx *c, const struct fact_seal *k)
{
    struct db_in in[3 * SEALED_TOGETHER];
    for (size_t i = 0; i < SEALED_TOGETHER; i++) {
        in[3 * i] = in_i64(k[i].n);
        in[3 * i + 1] = in_i64(k[i].seq);
        in[3 * i + 2] = in_bytes((struct str) { (const char *)k[i].hash.b, sizeof k[i].hash.b });
    }
    /* Nothing reaches the ELSEs; they say of which type the rest is. */
    return db_exec(c, SEALED_TOGETHER,
        "UPDATE fact SET seq = CASE n" SEALS(SEQ_OF) " ELSE seq END, hash = CASE n" SEALS(
            HASH_OF) " ELSE hash END"
                     " WHERE seq IS NULL AND n IN (0" SEALS(NUMBER) ")",
        (struct db_ins) { in, ARRAY_LEN(in) });
}

enum err fact_set_seals(struct ctx *c, const struct fact_seal *seal, size_t n)
{
    size_t i = 0;
    for (; n - i >= SEALED_TOGETHER; i += SEALED_TOGETHER)
        TRY(set_seals_together(c, &seal[i]));
    for (; i < n; i++)
        TRY(set_seal(c, &seal[i]));
    return E_OK;
}

/* ---- reading */

struct str fact_head_hash(const struct fact_head *head)
{
    return (struct str) { (const char *)head->hash, sizeof head->hash };
}

enum err fact_head_read(struct ctx *c, struct fact_head *ret)
{
    struct fact_head head = { 0 };
    struct str hash = { 0 };
    bool found = false;
    TRY(db_find(c, &found, "SELECT n FROM fact ORDER BY n DESC LIMIT 1", DB_NO_IN,
        DB_OUT(out_i64(&head.n))));
    TRY(db_find(c, &found,
        "SELECT seq, hash FROM fact WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1", DB_NO_IN,
        DB_OUT(out_i64(&head.seq), out_bytes(&hash))));
    if (hash.n != 0 && hash.n != sizeof head.hash)
        return fail(c, STORE_CORRUPT, "the last fact's seal is %zu bytes long", hash.n);
    if (hash.n != 0)
        memcpy(head.hash, hash.p, sizeof head.hash);
    *ret = head;
    return E_OK;
}

#define COLUMNS "n, seq, hash, " WHAT
#define OUT_ROW(r)                                                                                 \
    DB_OUT(out_i64(&(r)->n), out_i64_null(&(r)->seq), out_bytes_null(&(r)->hash),                  \
        out_i64(&(r)->at_ms), out_str(&(r)->kind), out_str(&(r)->actor), out_str(&(r)->subject),   \
        out_i64(&(r)->customer_n), out_i64(&(r)->cause_n), out_i64(&(r)->version),                 \
        out_str(&(r)->data), out_bytes_null(&(r)->ledger), out_bytes_null(&(r)->client),           \
        out_bytes_null(&(r)->salt), out_str_null(&(r)->address), out_str_null(&(r)->user_agent))

struct rows {
    struct fact_row row; /* being filled */
    fact_each *each;
    void *arg;
};

/* NULL leaves a target as it is, so each row begins empty again. */
static enum err hand_over(struct ctx *c, void *arg)
{
    struct rows *rows = arg;
    struct fact_row row = rows->row;
    rows->row = (struct fact_row) { 0 };
    return rows->each(c, &row, rows->arg);
}

enum err fact_each_unsealed(struct ctx *c, int64_t limit, fact_each *each, void *arg)
{
    struct rows rows = { .each = each, .arg = arg };
    return db_each(c, "SELECT " COLUMNS " FROM fact WHERE seq IS NULL ORDER BY n LIMIT $1",
        DB_IN(in_i64(limit)), OUT_ROW(&rows.row), hand_over, &rows);
}

enum err fact_each_sealed(
    struct ctx *c, int64_t after_seq, int64_t limit, fact_each *each, void *arg)
{
    struct rows rows = { .each = each, .arg = arg };
    return db_each(c, "SELECT " COLUMNS " FROM fact WHERE seq > $1 ORDER BY seq, n LIMIT $2",
        DB_IN(in_i64(after_seq), in_i64(limit)), OUT_ROW(&rows.row), hand_over, &rows);
}

enum err fact_find_seq(struct ctx *c, int64_t seq, bool *ret_found, struct fact_row *ret)
{
    struct fact_row row = { 0 };
    TRY(db_find(c, ret_found, "SELECT " COLUMNS " FROM fact WHERE seq = $1", DB_IN(in_i64(seq)),
        OUT_ROW(&row)));
    if (*ret_found)
        *ret = row;
    return E_OK;
}

enum err fact_first_of(struct ctx *c, struct str subject, bool *ret_found, struct fact_row *ret)
{
    struct fact_row row = { 0 };
    TRY(db_find(c, ret_found, "SELECT " COLUMNS " FROM fact WHERE subject = $1 ORDER BY n LIMIT 1",
        DB_IN(in_str(subject)), OUT_ROW(&row)));
    if (*ret_found)
        *ret = row;
    return E_OK;
}

enum err fact_first_kind_of(
    struct ctx *c, struct str subject, struct str kind, bool *ret_found, struct fact_row *ret)
{
    struct fact_row row = { 0 };
    TRY(db_find(c, ret_found,
        "SELECT " COLUMNS " FROM fact WHERE subject = $1 AND kind = $2 ORDER BY n LIMIT 1",
        DB_IN(in_str(subject), in_str(kind)), OUT_ROW(&row)));
    if (*ret_found)
        *ret = row;
    return E_OK;
}

enum err fact_find_before(
    struct ctx *c, int64_t n, bool *ret_found, struct fact_row *ret, int64_t *ret_count)
{
    struct fact_row row = { 0 };
    TRY(db_one(
        c, "SELECT COUNT(*) FROM fact WHERE n < $1", DB_IN(in_i64(n)), DB_OUT(out_i64(ret_count))));
    TRY(db_find(c, ret_found, "SELECT " COLUMNS " FROM fact WHERE n < $1 ORDER BY n DESC LIMIT 1",
        DB_IN(in_i64(n)), OUT_ROW(&row)));
    if (*ret_found)
        *ret = row;
    return E_OK;
}

enum err fact_unsealed(struct ctx *c, int64_t *ret_count, int64_t *ret_oldest_ms)
{
    int64_t count = 0, oldest_ms = c->now_ms;
    TRY(db_one(c, "SELECT COUNT(*), MIN(at_ms) FROM fact WHERE seq IS NULL", DB_NO_IN,
        DB_OUT(out_i64(&count), out_i64_null(&oldest_ms))));
    *ret_count = count;
    *ret_oldest_ms = oldest_ms;
    return E_OK;
}

struct postings {
    struct fact_posting posting;
    enum err (*each)(struct ctx *c, const struct fact_posting *posting, void *arg);
    void *arg;
};

static enum err hand_posting(struct ctx *c, void *arg)
{
    struct postings *postings = arg;
    return postings->each(c, &postings->posting, postings->arg);
}

enum err fact_each_posting(struct ctx *c, int64_t after_n, int64_t limit,
    enum err (*each)(struct ctx *c, const struct fact_posting *posting, void *arg), void *arg)
{
    struct postings p = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT n, ledger FROM fact WHERE n > $1 AND ledger IS NOT NULL ORDER BY n LIMIT $2",
        DB_IN(in_i64(after_n), in_i64(limit)),
        DB_OUT(out_i64(&p.posting.n), out_bytes(&p.posting.ledger)), hand_posting, &p);
}

/* Four texts, so that each has its index: by subject or by place in the chain, up or down. */
#define OF_KIND_AND_ACTOR " AND ($1 = '' OR kind = $1) AND ($2 = '' OR actor = $2)"
#define UP_ORDER " AND seq > $3 ORDER BY seq LIMIT $4"
#define DOWN_ORDER " AND seq < $3 ORDER BY seq DESC LIMIT $4"

enum err fact_list(struct ctx *c, const struct fact_filter *f,
    enum err (*each)(struct ctx *c, const struct fact_row *row, void *arg), void *arg)
{
    struct rows rows = { .each = each, .arg = arg };
    struct db_outs outs = OUT_ROW(&rows.row);
    int64_t after = f->newest_first && f->after_seq == 0 ? INT64_MAX : f->after_seq;
    struct db_ins all = DB_IN(in_str(f->kind), in_str(f->actor), in_i64(after), in_i64(f->limit));
    struct db_ins of_subject = DB_IN(
        in_str(f->kind), in_str(f->actor), in_i64(after), in_i64(f->limit), in_str(f->subject));
    if (f->subject.n > 0 && f->newest_first)
        return db_each(c,
            "SELECT " COLUMNS " FROM fact WHERE subject = $5" OF_KIND_AND_ACTOR DOWN_ORDER,
            of_subject, outs, hand_over, &rows);
    if (f->subject.n > 0)
        return db_each(c,
            "SELECT " COLUMNS " FROM fact WHERE subject = $5" OF_KIND_AND_ACTOR UP_ORDER,
            of_subject, outs, hand_over, &rows);
    if (f->newest_first)
        return db_each(c, "SELECT " COLUMNS " FROM fact WHERE seq > 0" OF_KIND_AND_ACTOR DOWN_ORDER,
            all, outs, hand_over, &rows);
    return db_each(c, "SELECT " COLUMNS " FROM fact WHERE seq > 0" OF_KIND_AND_ACTOR UP_ORDER, all,
        outs, hand_over, &rows);
}

#define OF_CUSTOMER " FROM fact WHERE customer_n = $1 AND customer_n > 0"

enum err fact_list_of(struct ctx *c, int64_t customer_n, const struct fact_filter *f,
    enum err (*each)(struct ctx *c, const struct fact_row *row, void *arg), void *arg)
{
    struct rows rows = { .each = each, .arg = arg };
    const int64_t after = f->newest_first && f->after_seq == 0 ? INT64_MAX : f->after_seq;
    const struct db_ins in = DB_IN(in_i64(customer_n), in_i64(after), in_i64(f->limit));
    if (f->newest_first)
        return db_each(c, "SELECT " COLUMNS OF_CUSTOMER " AND seq < $2 ORDER BY seq DESC LIMIT $3",
            in, OUT_ROW(&rows.row), hand_over, &rows);
    return db_each(c, "SELECT " COLUMNS OF_CUSTOMER " AND seq > $2 ORDER BY seq LIMIT $3", in,
        OUT_ROW(&rows.row), hand_over, &rows);
}

enum err fact_place_of(struct ctx *c, int64_t ms, struct fact_place *ret)
{
    struct fact_head head;
    int64_t low = 1, high, at = ms - 3600 * 1000;
    TRY(fact_head_read(c, &head));
    struct fact_place place = { head.seq + 1, head.n + 1 };
    high = head.seq;
    while (low <= high) {
        int64_t middle = low + (high - low) / 2, n = 0, at_ms = 0;
        TRY(db_one(c, "SELECT n, at_ms FROM fact WHERE seq = $1", DB_IN(in_i64(middle)),
            DB_OUT(out_i64(&n), out_i64(&at_ms))));
        if (at_ms >= at) {
            place = (struct fact_place) { middle, n };
            high = middle - 1;
        } else {
            low = middle + 1;
        }
    }
    *ret = place;
    return E_OK;
}

/* What people did is little among what machines did: it has an index. */
static bool is_person(struct str actor)
{
    return str_starts(actor, S("admin:"));
}

struct searched {
    struct rows rows;
    int64_t found;
};

static enum err hand_found(struct ctx *c, void *arg)
{
    struct searched *k = arg;
    k->found++;
    return hand_over(c, &k->rows);
}

/* The newest first, from `below` down to `from`. */
static enum err search_range(struct ctx *c, const struct fact_filter *f, int64_t below,
    int64_t from, int64_t to_ms, struct searched *k)
{
    if (is_person(f->actor))
        return db_each(c,
            "SELECT " COLUMNS " FROM fact WHERE seq < $1 AND seq >= $2 AND ($3 = '' OR kind = $3)"
            " AND at_ms >= $4 AND at_ms < $5 AND actor = $7 AND actor >= 'admin:'"
            " AND actor < 'admin;' ORDER BY seq DESC LIMIT $6",
            DB_IN(in_i64(below), in_i64(from), in_str(f->kind), in_i64(f->from_ms), in_i64(to_ms),
                in_i64(f->limit), in_str(f->actor)),
            OUT_ROW(&k->rows.row), hand_found, k);
    return db_each(c,
        "SELECT " COLUMNS " FROM fact WHERE seq < $1 AND seq >= $2 AND ($3 = '' OR kind = $3)"
        " AND at_ms >= $4 AND at_ms < $5 AND ($7 = '' OR actor = $7) ORDER BY seq DESC LIMIT $6",
        DB_IN(in_i64(below), in_i64(from), in_str(f->kind), in_i64(f->from_ms), in_i64(to_ms),
            in_i64(f->limit), in_str(f->actor)),
        OUT_ROW(&k->rows.row), hand_found, k);
}

enum err fact_search(struct ctx *c, const struct fact_filter *f,
    enum err (*each)(struct ctx *c, const struct fact_row *row, void *arg), void *arg,
    int64_t *ret_below)
{
    struct searched k = { .rows = { .each = each, .arg = arg } };
    struct fact_place first = { .seq = 0 }, end = { .seq = INT64_MAX };
    struct fact_head head;
    int64_t below = f->after_seq > 0 ? f->after_seq : INT64_MAX;
    int64_t to_ms = f->to_ms > 0 ? f->to_ms : INT64_MAX;
    *ret_below = 0;
    must(f->newest_first);
    if (f->subject.n > 0)
        return fact_list(c, f, each, arg);
    TRY(fact_head_read(c, &head));
    if (f->from_ms > 0)
        TRY(fact_place_of(c, f->from_ms, &first));
    if (f->to_ms > 0)
        TRY(fact_place_of(c, f->to_ms + 2 * 3600 * 1000, &end));
    below = below < end.seq ? below : end.seq;
    below = below < head.seq + 1 ? below : head.seq + 1;
    bool bounded = f->kind.n + f->actor.n > 0 && !is_person(f->actor);
    int64_t from = bounded && below - FACT_LOOK > first.seq ? below - FACT_LOOK : first.seq;
    TRY(search_range(c, f, below, from, to_ms, &k));
    *ret_below = from > first.seq && k.found < f->limit ? from : 0;
    return E_OK;
}

enum err fact_get(struct ctx *c, struct id id, struct fact_row *ret)
{
    struct fact_row row = { 0 };
    int64_t at_ms = 0, n = 0;
    bool found = false;
    if (id_is_row(id, &at_ms, &n))
        TRY(db_find(c, &found,
            "SELECT " COLUMNS " FROM fact WHERE n = $1 AND at_ms = $2 AND seq IS NOT NULL",
            DB_IN(in_i64(n), in_i64(at_ms)), OUT_ROW(&row)));
    if (!found)
        return fail(c, NOT_FOUND, "there is no such audit record");
    *ret = row;
    return E_OK;
}
