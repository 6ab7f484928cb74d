#include "operation/operation_play.h"

#include "base/json.h"
#include "db/db.h"

/* load finds its play here, as a real kind finds its gateway in the program. */
static struct play *stage;

static enum err make_tables(struct ctx *c, void *arg)
{
    (void)arg;
    TRY(db_exec(c, DB_ANY_ROWS,
        "CREATE TABLE play_order (n BIGINT PRIMARY KEY, amount BIGINT NOT NULL,"
        " effects BIGINT NOT NULL, state TEXT NOT NULL)",
        DB_NO_IN));
    return db_exec(c, DB_ANY_ROWS,
        "CREATE TABLE play_attempt (n BIGINT PRIMARY KEY, order_n BIGINT NOT NULL,"
        " gateway BIGINT NOT NULL, state TEXT NOT NULL)",
        DB_NO_IN);
}

enum err play_open(struct ctx *c, struct play *play)
{
    stage = play;
    return db_tx(c, "play.open", make_tables, NULL);
}

void play_close(void)
{
    stage = NULL;
}

/* ---- the steps of the operation */

static enum err add_attempt(struct ctx *c, int64_t order_n, int gateway, int64_t *ret_n)
{
    int64_t n = 0;
    TRY(db_one(
        c, "SELECT COALESCE(MAX(n), 0) + 1 FROM play_attempt", DB_NO_IN, DB_OUT(out_i64(&n))));
    TRY(db_exec(c, 1,
        "INSERT INTO play_attempt (n, order_n, gateway, state) VALUES ($1, $2, $3, 'created')",
        DB_IN(in_i64(n), in_i64(order_n), in_i64(gateway))));
    *ret_n = n;
    return E_OK;
}

static enum err plan(struct ctx *c, void *arg, int64_t *ret_subject)
{
    struct play_work *w = arg;
    int64_t lock = 0;
    /* One at a time on both engines, so that numbers do not collide: this is only a play. */
    struct str value = { 0 };
    TRY(db_one(c, "SELECT value FROM setting WHERE name = 'fact.sealing' FOR UPDATE", DB_NO_IN,
        DB_OUT(out_str(&value))));
    TRY(db_one(
        c, "SELECT COALESCE(MAX(n), 0) + 1 FROM play_order", DB_NO_IN, DB_OUT(out_i64(&lock))));
    w->order_n = lock;
    w->gateway = 0;
    TRY(db_exec(c, 1,
        "INSERT INTO play_order (n, amount, effects, state) VALUES ($1, $2, 0, 'pending')",
        DB_IN(in_i64(w->order_n), in_i64(w->amount))));
    TRY(add_attempt(c, w->order_n, 0, &w->attempt_n));
    *ret_subject = w->order_n;
    return E_OK;
}

static enum err load(struct ctx *c, int64_t subject, bool perhaps_sent, void *arg)
{
    struct play_work *w = arg;
    int64_t gateway = 0;
    must(w->order_n == 0);
    w->play = stage;
    w->order_n = subject;
    w->perhaps_sent = perhaps_sent;
    TRY(db_one(c,
        "SELECT a.n, a.gateway, o.amount FROM play_attempt a JOIN play_order o ON o.n = a.order_n"
        " WHERE a.order_n = $1 ORDER BY a.n DESC LIMIT 1",
        DB_IN(in_i64(subject)),
        DB_OUT(out_i64(&w->attempt_n), out_i64(&gateway), out_i64(&w->amount))));
    w->gateway = (int)gateway;
    return E_OK;
}

static struct str gateway(const void *arg)
{
    return ((const struct play_work *)arg)->gateway == 0 ? S("first") : S("second");
}

/* The other side of the wire. */
static enum outcome charge(struct play *play, const struct play_work *w)
{
    must(w->attempt_n > 0 && w->attempt_n < PLAY_KEYS);
    struct play_key *key = &play->key[w->attempt_n];
    int at = w->gateway;
    enum play_answer answer = play->decide(play, at);
    if (answer == PLAY_UNREACHABLE)
        return OUTCOME_NOT_SENT;
    must(key->calls == 0 || (key->order_n == w->order_n && key->gateway == at));
    key->order_n = w->order_n;
    key->amount = w->amount;
    key->gateway = at;
    key->calls++;
    if (answer == PLAY_LOSES_REQUEST)
        return OUTCOME_UNKNOWN;
    if (key->effects == 0 && (key->declined || answer == PLAY_DECLINES)) {
        key->declined = true;
        return OUTCOME_DECLINED;
    }
    if (key->effects == 0)
        key->effects = 1;
    return answer == PLAY_LOSES_ANSWER ? OUTCOME_UNKNOWN : OUTCOME_DONE;
}

static enum err call(struct ctx *c, void *arg)
{
    struct play_work *w = arg;
    must(c->db == NULL && w->attempt_n > 0);
    if (w->play->call_fails)
        return fail(c, INTERNAL, "the request could not be built");
    w->outcome = charge(w->play, w);
    if (w->play->during_call != NULL)
        w->play->during_call(w->play);
    return E_OK;
}

static enum err set_attempt(struct ctx *c, const struct play_work *w, struct str state)
{
    return db_exec(c, 1, "UPDATE play_attempt SET state = $1 WHERE n = $2",
        DB_IN(in_str(state), in_i64(w->attempt_n)));
}

static enum err set_order(struct ctx *c, const struct play_work *w, struct str state)
{
    return db_exec(c, 1, "UPDATE play_order SET effects = effects + 1, state = $1 WHERE n = $2",
        DB_IN(in_str(state), in_i64(w->order_n)));
}

/* Charging falls over only after a definite no: declined, or never sent by anybody. */
static enum err record(struct ctx *c, void *arg, int64_t subject, enum operation_next *ret_next)
{
    struct play_work *w = arg;
    int64_t next_n = 0;
    (void)subject;
    enum outcome o = w->outcome;
    if (o == OUTCOME_NOT_SENT && w->perhaps_sent)
        o = OUTCOME_UNKNOWN;
    *ret_next = OPERATION_DONE;
    TRY(set_attempt(c, w, outcome_text(o)));
    if (o == OUTCOME_DONE)
        return set_order(c, w, S("paid"));
    if (o == OUTCOME_UNKNOWN || (o == OUTCOME_NOT_SENT && w->gateway == 1)) {
        *ret_next = OPERATION_STUCK;
        return E_OK;
    }
    if (w->gateway == 1)
        return set_order(c, w, S("failed"));
    *ret_next = OPERATION_AGAIN;
    return add_attempt(c, w->order_n, 1, &next_n);
}

static enum err answer(struct ctx *c, int64_t subject, int *ret_status, struct buf *body)
{
    struct str state = { 0 };
    int64_t amount = 0;
    TRY(db_one(c, "SELECT amount, state FROM play_order WHERE n = $1", DB_IN(in_i64(subject)),
        DB_OUT(out_i64(&amount), out_str(&state))));
    struct json j = JSON(body);
    json_open(&j, NULL, '{');
    json_i64(&j, "order", subject);
    json_i64(&j, "amount", amount);
    json_str(&j, "state", state);
    json_close(&j, '}');
    *ret_status = str_eq(state, S("paid")) ? 200 : 402;
    return E_OK;
}

const struct operation_kind play_kind = {
    .name = S_INIT("play"),
    .work_size = sizeof(struct play_work),
    .plan = plan,
    .load = load,
    .gateway = gateway,
    .call = call,
    .record = record,
    .answer = answer,
};
static const struct operation_kind *const kinds[] = { &play_kind };
const struct operation_kinds play_kinds = { kinds, 1 };

enum err play_resume(struct ctx *c, struct str subject)
{
    return operation_resume(c, &play_kinds, subject);
}

/* ---- what the tests ask */

enum play_answer play_says(struct play *play, int at)
{
    return play->answer[at];
}

static enum err count_tx(struct ctx *c, void *arg)
{
    struct play_count *n = arg;
    TRY(db_one(c,
        "SELECT COUNT(*), CAST(COALESCE(SUM(effects), 0) AS BIGINT), COALESCE(MAX(effects), 0)"
        " FROM play_order",
        DB_NO_IN, DB_OUT(out_i64(&n->orders), out_i64(&n->effects), out_i64(&n->most_effects))));
    TRY(db_one(c, "SELECT COUNT(*) FROM play_attempt", DB_NO_IN, DB_OUT(out_i64(&n->attempts))));
    return db_one(
        c, "SELECT COUNT(*) FROM operation WHERE state = 0", DB_NO_IN, DB_OUT(out_i64(&n->open)));
}

enum err play_counts(struct ctx *c, struct play_count *ret)
{
    return db_read(c, count_tx, ret);
}

int64_t play_charged(const struct play *play, int64_t order_n)
{
    int64_t n = 0;
    for (size_t i = 0; i < PLAY_KEYS; i++)
        n += play->key[i].order_n == order_n ? play->key[i].effects : 0;
    return n;
}

int64_t play_keys_used(const struct play *play, int64_t order_n)
{
    int64_t n = 0;
    for (size_t i = 0; i < PLAY_KEYS; i++)
        n += play->key[i].order_n == order_n && play->key[i].calls > 0 ? 1 : 0;
    return n;
}

struct operation_key play_key_of(struct ctx *c, const char *idempotency_key, int64_t amount)
{
    struct operation_key key;
    struct str body = str_fmt(c->arena, "{\"amount\": %lld}", (long long)amount);
    must(operation_key_make(c, S("key:1"), S("POST"), S("/api/play"), str_of_c(idempotency_key),
             S("/api/play"), body, &key) == E_OK);
    return key;
}
