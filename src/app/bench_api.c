#include "app/bench.h"
#include "fact/fact.h"

static enum err answer_plain(struct req *r)
{
    answer_text(r, 200, S("text/plain"), S("ok\n"));
    return E_OK;
}

static enum err read(struct req *r)
{
    struct str value;
    TRY(bench_read(r->c, S("bench_1"), &value));
    struct json j = answer_json(r, 200);
    json_str(&j, "data", value);
    answer_json_end(r, &j);
    return E_OK;
}

struct write_in {
    struct str name, value;
};

static enum err parse_write(struct req *r)
{
    struct write_in *in = r->in;
    int64_t row = random_below(r->c, 64);
    in->name = str_fmt(r->c->arena, "bench_%lld", (long long)row);
    in->value = str_fmt(r->c->arena, "%lld", (long long)r->c->wall_ms);
    return E_OK;
}

static enum err write(struct req *r)
{
    const struct write_in *in = r->in;
    struct fact fact = { .kind = S("BENCH_WRITTEN"), .subject = in->name };
    TRY(bench_write(r->c, in->name, in->value));
    TRY(fact_add(r->c, &fact, NULL));
    struct json j = answer_json(r, 200);
    json_str(&j, "data", in->value);
    answer_json_end(r, &j);
    return E_OK;
}

static const struct route table[] = {
    { "GET", "/_bench/static", SHAPE_PLAIN, NULL, answer_plain, NULL, 0, ALLOW_ANYONE, 0, 0,
        "Sandbox: an answer without the store, for measuring." },
    { "GET", "/_bench/read", SHAPE_READ, NULL, read, NULL, 0, ALLOW_ANYONE, 0, 0,
        "Sandbox: one select in a snapshot, for measuring." },
    { "POST", "/_bench/write", SHAPE_WRITE, parse_write, write, NULL, sizeof(struct write_in),
        ALLOW_ANYONE, 0, 0, "Sandbox: two statements in a durable transaction, for measuring." },
    { "POST", "/_bench/paid", SHAPE_WRITE, parse_write, write, NULL, sizeof(struct write_in),
        ALLOW_ADMIN | ALLOW_APP, ROUTE_MONEY, 0,
        "Sandbox: the same behind a key and an Idempotency-Key." },
};
const struct routes bench_routes = { table, ARRAY_LEN(table) };
