#include "fact/fact_count_db.h"

#include "db/db.h"

enum err fact_counted(struct ctx *c, int64_t *ret_seq)
{
    struct str value;
    int64_t seq = 0;
    TRY(db_one(c, "SELECT value FROM setting WHERE name = 'fact.counted'", DB_NO_IN,
        DB_OUT(out_str(&value))));
    if (!str_to_i64(value, &seq))
        return fail(c, STORE_CORRUPT, "the setting fact.counted is no number");
    *ret_seq = seq;
    return E_OK;
}

enum err fact_set_counted(struct ctx *c, int64_t from, int64_t to)
{
    return db_exec(c, 1, "UPDATE setting SET value = $1 WHERE name = 'fact.counted' AND value = $2",
        DB_IN(in_str(str_fmt(c->arena, "%lld", (long long)to)),
            in_str(str_fmt(c->arena, "%lld", (long long)from))));
}

enum err fact_add_count(struct ctx *c, const struct fact_count *k)
{
    return db_exec(c, 1,
        "INSERT INTO fact_hour (kind, hour, facts) VALUES ($1, $2, $3)"
        " ON CONFLICT (kind, hour) DO UPDATE SET facts = fact_hour.facts + excluded.facts",
        DB_IN(in_str(k->kind), in_i64(k->hour), in_i64(k->facts)));
}

struct uncounted {
    int64_t seq;
    struct fact_count count;
    enum err (*each)(struct ctx *c, int64_t seq, const struct fact_count *count, void *arg);
    void *arg;
};

static enum err hand_seq(struct ctx *c, void *arg)
{
    struct uncounted *k = arg;
    return k->each(c, k->seq, &k->count, k->arg);
}

enum err fact_each_uncounted(struct ctx *c, int64_t after_seq, int64_t limit,
    enum err (*each)(struct ctx *c, int64_t seq, const struct fact_count *count, void *arg),
    void *arg)
{
    struct uncounted k = { .count.facts = 1, .each = each, .arg = arg };
    return db_each(c,
        "SELECT seq, kind, at_ms / 3600000 FROM fact WHERE seq > $1 ORDER BY seq LIMIT $2",
        DB_IN(in_i64(after_seq), in_i64(limit)),
        DB_OUT(out_i64(&k.seq), out_str(&k.count.kind), out_i64(&k.count.hour)), hand_seq, &k);
}

struct counts {
    struct fact_count count;
    enum err (*each)(struct ctx *c, const struct fact_count *count, void *arg);
    void *arg;
};
#define OUT(k)                                                                                     \
    DB_OUT(out_str(&(k)->count.kind), out_i64(&(k)->count.hour), out_i64(&(k)->count.facts))

static enum err hand_count(struct ctx *c, void *arg)
{
    struct counts *k = arg;
    return k->each(c, &k->count, k->arg);
}

enum err fact_closed_counts(struct ctx *c, int64_t from, int64_t to,
    enum err (*each)(struct ctx *c, const struct fact_count *count, void *arg), void *arg)
{
    struct counts k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT kind, hour, facts FROM fact_hour WHERE hour >= $1 AND hour < $2"
        " ORDER BY kind, hour",
        DB_IN(in_i64(from), in_i64(to)), OUT(&k), hand_count, &k);
}

enum err fact_open_counts(struct ctx *c, int64_t after_seq, int64_t from, int64_t to,
    enum err (*each)(struct ctx *c, const struct fact_count *count, void *arg), void *arg)
{
    struct counts k = { .each = each, .arg = arg };
    return db_each(c,
        "SELECT kind, at_ms / 3600000, COUNT(*) FROM fact WHERE seq > $1 AND seq <= $2"
        " AND at_ms >= $3 AND at_ms < $4 GROUP BY kind, at_ms / 3600000"
        " ORDER BY kind, at_ms / 3600000",
        DB_IN(in_i64(after_seq), in_i64(after_seq + FACT_OPEN_MAX), in_i64(from * FACT_HOUR_MS),
            in_i64(to * FACT_HOUR_MS)),
        OUT(&k), hand_count, &k);
}
