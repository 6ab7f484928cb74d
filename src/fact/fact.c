#include "fact/fact_db.h"

#include "base/json.h"
#include "base/metric.h"
#include "db/db.h"

static const struct fact_kind kinds[] = {
#define FACT(name, event, about) { S_INIT(#name), S_INIT(event), S_INIT(about) },
#include "fact/fact.def"
#undef FACT
};

const struct fact_kind *fact_kind_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (str_eq(kinds[i].name, name))
            return &kinds[i];
    return NULL;
}

void fact_actions(struct buf *out, bool json)
{
    struct json j = JSON(out);
    if (json)
        json_open(&j, NULL, '[');
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const struct fact_kind *k = &kinds[i];
        if (json) {
            json_open(&j, NULL, '{');
            json_str(&j, "action", k->name);
            json_str_or_null(&j, "event", k->event);
            json_str(&j, "about", k->about);
            json_close(&j, '}');
        } else {
            buf_fmt(out, "%-24.*s %-24.*s %.*s\n", SARG(k->name), SARG(k->event), SARG(k->about));
        }
    }
    if (json) {
        json_close(&j, ']');
        buf_char(out, '\n');
    }
}

struct str fact_id(struct arena *a, const struct fact_row *row)
{
    return id_text(a, S("aud"), id_of_row(row->at_ms, row->n));
}

/* ---- the chain */

/* What is sealed, in this order and spelling for ever: exports are checked by other people's
 * programs. */
void fact_canonical(struct buf *b, const struct fact_row *row)
{
    struct json j = JSON(b);
    json_open(&j, NULL, '{');
    json_i64(&j, "seq", row->seq);
    json_i64(&j, "n", row->n);
    json_i64(&j, "at", row->at_ms);
    json_str(&j, "kind", row->kind);
    json_str(&j, "actor", row->actor);
    json_str(&j, "subject", row->subject);
    json_i64(&j, "customer", row->customer_n);
    json_i64(&j, "cause", row->cause_n);
    json_i64(&j, "version", row->version);
    json_raw(&j, "data", row->data);
    json_str_or_null(&j, "ledger", hex_text(b->arena, row->ledger));
    json_str_or_null(&j, "client", hex_text(b->arena, row->client));
    json_close(&j, '}');
}

struct sha256 fact_link_hash(struct str previous, struct str canonical)
{
    static const char zero[32];
    must(previous.n == 0 || previous.n == sizeof zero);
    return sha256_of(
        (const struct str[]) {
            previous.n == 0 ? (struct str) { zero, sizeof zero } : previous,
            canonical,
        },
        2);
}

struct sha256 fact_hash(struct ctx *c, struct str previous, const struct fact_row *row)
{
    struct buf b = BUF(c->arena);
    fact_canonical(&b, row);
    return fact_link_hash(previous, buf_str(&b));
}

/* ---- adding */

struct sha256 fact_client_hash(struct str salt, struct str address, struct str user_agent)
{
    return sha256_of((const struct str[]) { salt, address, S("\n"), user_agent }, 4);
}

/* Erasing the salt with the rest leaves a number that tells nothing. */
static void commit_to_client(struct ctx *c, struct fact_row *row)
{
    enum {
        SALT = 16
    };
    if (c->address.n == 0 && c->user_agent.n == 0)
        return;
    char *salt = arena_alloc(c->arena, SALT);
    random_bytes(c, salt, SALT);
    row->salt = (struct str) { salt, SALT };
    row->address = c->address;
    row->user_agent = c->user_agent;
    struct sha256 *h = arena_new(c->arena, struct sha256);
    *h = fact_client_hash(row->salt, row->address, row->user_agent);
    row->client = (struct str) { (const char *)h->b, sizeof h->b };
}

struct str fact_topic(struct arena *a, struct str subject)
{
    return str_fmt(a, "fact:%.*s", SARG(subject));
}

struct str fact_topic_of_customer(struct arena *a, int64_t customer_n)
{
    return str_fmt(a, "customer:%lld", (long long)customer_n);
}

void fact_touch(struct ctx *c, const struct fact_row *row)
{
    const bool order = str_starts(row->kind, S("ORDER_"));
    if (!order && !str_starts(row->kind, S("CREDITS_")) &&
        !str_starts(row->kind, S("SUBSCRIPTION_")))
        return;
    if (row->customer_n > 0)
        db_touch(c, fact_topic_of_customer(c->arena, row->customer_n));
    if (order)
        db_touch(c, fact_topic(c->arena, row->subject));
}

/* On SQLite the writer keeps the head of the chain, and puts it back when a member is undone. */
static enum err add_sealed(struct ctx *c, struct fact_head *head, struct fact_row *row)
{
    _Static_assert(sizeof *head <= DB_MEMO, "the head fits into the writer's memo");
    if (head->n == 0)
        TRY(fact_head_read(c, head));
    struct fact_head next = { .n = head->n + 1, .seq = head->seq + 1 };
    row->n = next.n;
    row->seq = next.seq;
    struct str previous = head->seq == 0 ? S("") : fact_head_hash(head);
    struct sha256 h = fact_hash(c, previous, row);
    row->hash = str_copy(c->arena, (struct str) { (const char *)h.b, sizeof h.b });
    TRY(fact_insert_sealed(c, row));
    fact_touch(c, row);
    for (size_t i = 0; i < sizeof h.b; i++)
        next.hash[i] = h.b[i];
    *head = next;
    metric_add(c, METRIC_facts_sealed_total, 1);
    return E_OK;
}

enum err fact_draw(struct ctx *c, int64_t *ret_n)
{
    *ret_n = 0;
    return db_is_pg(c) ? fact_next_n(c, ret_n) : E_OK;
}

enum err fact_add(struct ctx *c, const struct fact *fact, int64_t *ret_n)
{
    must(fact_kind_find(fact->kind) != NULL);
    must(fact->data.n <= FACT_DATA_MAX && (fact->data.n == 0 || fact->data.p[0] == '{'));
    struct fact_row row = {
        .at_ms = c->now_ms,
        .kind = fact->kind,
        .actor = c->actor.n == 0 ? S("purser") : c->actor,
        .subject = fact->subject,
        .customer_n = fact->customer_n,
        .cause_n = fact->cause_n,
        .version = fact->version,
        .data = fact->data.n == 0 ? S("{}") : fact->data,
        .ledger = fact->ledger,
    };
    commit_to_client(c, &row);
    struct fact_head *head = db_memo(c);
    if (head == NULL && fact->n > 0) {
        row.n = fact->n;
        TRY(fact_insert_drawn(c, &row));
    } else if (head == NULL) {
        return fact_insert(c, &row, ret_n);
    }
    if (head != NULL)
        TRY(add_sealed(c, head, &row));
    if (ret_n != NULL)
        *ret_n = row.n;
    return E_OK;
}

/* ---- the application's feed */

struct str fact_message_id(struct arena *a, const struct fact_row *row)
{
    return id_text(a, S("msg"), id_of_row(row->at_ms, row->n));
}

void fact_event_json(struct json *j, struct arena *a, const char *name, const struct fact_row *row)
{
    json_open(j, name, '{');
    json_str(j, "id", fact_message_id(a, row));
    json_str(j, "type", fact_kind_find(row->kind)->event);
    json_time(j, "createdAt", row->at_ms);
    json_i64(j, "sequence", row->seq);
    json_raw(j, "data", row->data);
    json_close(j, '}');
}

enum err fact_head_seq(struct ctx *c, int64_t *ret)
{
    struct fact_head head = { 0 };
    TRY(fact_head_read(c, &head));
    *ret = head.seq;
    return E_OK;
}

struct feed {
    enum err (*each)(struct ctx *c, const struct fact_row *row, void *arg);
    void *arg;
    int64_t left, looked, seq;
};

static enum err feed_one(struct ctx *c, const struct fact_row *row, void *arg)
{
    struct feed *f = arg;
    const struct fact_kind *kind = fact_kind_find(row->kind);
    if (f->left == 0)
        return E_OK;
    f->looked++;
    f->seq = row->seq;
    if (kind == NULL || kind->event.n == 0)
        return E_OK;
    f->left--;
    return f->each(c, row, f->arg);
}

enum err fact_feed(struct ctx *c, int64_t after_seq, int64_t limit,
    enum err (*each)(struct ctx *c, const struct fact_row *row, void *arg), void *arg,
    int64_t *ret_seq, bool *ret_more)
{
    enum {
        CHUNK = 200
    };
    struct feed f = { .each = each, .arg = arg, .left = limit, .seq = after_seq };
    struct fact_head head = { 0 };
    int64_t before = 0;
    do {
        before = f.looked;
        TRY(fact_each_sealed(c, f.seq, CHUNK, feed_one, &f));
    } while (f.left > 0 && f.looked == before + CHUNK && f.looked < FACT_FEED_LOOK);
    TRY(fact_head_read(c, &head));
    *ret_seq = f.seq;
    *ret_more = head.seq > f.seq;
    return E_OK;
}
