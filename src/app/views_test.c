#include "app/plan_shop.h"
#include "gateway/gateway.h"

/* The views for tools of others (schema/0035_bi.sql, docs/bi.md), on both engines: each row against
 * what the program itself says. */

struct member {
    struct str id, user, tier, amount, currency, cycle, gateway, reference, status, code, message;
    struct str created, completed, failed;
    int64_t asked, version;
};

static enum err read_members(struct ctx *c, void *arg)
{
    struct member *m = arg;
    return db_one(c,
        "SELECT id, COALESCE(user_id, ''), new_tier, CAST(amount AS TEXT), currency,"
        " billing_cycle, gateway, COALESCE(gateway_reference, ''), status,"
        " COALESCE(error_code, ''), COALESCE(error_message, ''), verification_count, version,"
        " CAST(created_at AS TEXT), COALESCE(CAST(completed_at AS TEXT), ''),"
        " COALESCE(CAST(failed_at AS TEXT), '') FROM creators_membership"
        " ORDER BY created_at DESC, id DESC LIMIT 1",
        DB_NO_IN,
        DB_OUT(out_str(&m->id), out_str(&m->user), out_str(&m->tier), out_str(&m->amount),
            out_str(&m->currency), out_str(&m->cycle), out_str(&m->gateway), out_str(&m->reference),
            out_str(&m->status), out_str(&m->code), out_str(&m->message), out_i64(&m->asked),
            out_i64(&m->version), out_str(&m->created), out_str(&m->completed),
            out_str(&m->failed)));
}

static struct member newest(struct shop *s)
{
    struct test *t = s->t;
    struct member m = { .asked = -1 };
    EXPECT_OK(db_read(s->c, read_members, &m));
    return m;
}

/* "2026-11-20T18:46:27" as either engine writes it. */
static bool is_moment(struct arena *a, struct str text, int64_t ms)
{
    struct str iso = time_iso(a, ms);
    return text.n > 19 && str_eq(str_part(text, 0, 10), str_part(iso, 0, 10)) &&
        str_eq(str_part(text, 11, 8), str_part(iso, 11, 8));
}

TEST("a transaction for a plan stands in its view as the order says")
{
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\",\"interval\":\"year\"");
    struct order o = plan_order(s).order;
    struct member m = newest(s);
    EXPECT_STR(m.id, order_id(t->c->arena, &o));
    EXPECT_STR(m.user, S("ada"));
    EXPECT_STR(m.tier, S("basic"));
    EXPECT_STR(m.cycle, S("annual"));
    EXPECT_STR(m.currency, S("USD"));
    EXPECT_STR(m.gateway, S("moneymotion"));
    EXPECT_STR(m.reference, str_of_c(plan_hosted(s)->id));
    EXPECT_STR(m.status, S("pending"));
    EXPECT_I64(m.version, o.version);
    EXPECT(is_moment(t->c->arena, m.created, o.created_ms));
    EXPECT(m.completed.n == 0 && m.failed.n == 0 && m.code.n == 0);

    plan_pay(s);
    o = plan_order(s).order;
    m = newest(s);
    EXPECT_STR(m.status, S("completed"));
    EXPECT_STR(m.amount,
        str_fmt(t->c->arena, "%lld.%02lld", (long long)(o.total_minor / 100),
            (long long)(o.total_minor % 100)));
    EXPECT_I64(m.version, o.version);
    EXPECT(m.asked >= 1);
    EXPECT(is_moment(t->c->arena, m.completed, o.completed_ms));

    plan_hosted(s)->status = "refunded";
    shop_webhook(s, "refunded", plan_hosted(s), plan_hosted(s)->total);
    shop_jobs(s);
    m = newest(s);
    EXPECT_STR(m.status, S("refunded"));
    EXPECT_STR(m.amount, S("0.00"));
}

TEST("a transaction that failed says when and why, and no mail")
{
    struct shop *s = plan_shop(t);
    s->fault = "decline", s->fault_call = "create", s->faults_left = 1;
    int status = 0;
    shop_post(s, "/api/checkout/create", KEY "Idempotency-Key: k\r\n",
        S("{\"email\":\"ada@example.com\",\"customerId\":\"ada\",\"plan\":\"basic\"}"), &status);
    EXPECT_I64(status, 502);
    struct member m = newest(s);
    EXPECT_STR(m.status, S("failed"));
    EXPECT_STR(m.code, S("declined"));
    EXPECT(m.message.n > 0);
    EXPECT(is_moment(t->c->arena, m.failed, s->c->now_ms));
}

/* ---- words that the views spell for themselves */

struct spelling {
    enum currency cur;
    enum gateway_id gateway;
    struct str amount, name, source;
};

static enum err spell_tx(struct ctx *c, void *arg)
{
    struct spelling *k = arg;
    TRY(db_exec(c, DB_ANY_ROWS, "UPDATE purchase SET currency = $1, total_minor = 1234567",
        DB_IN(in_str(currency_code(k->cur)))));
    TRY(db_exec(
        c, DB_ANY_ROWS, "UPDATE attempt SET gateway = $1", DB_IN(in_i64((int64_t)k->gateway))));
    if (k->gateway > 0)
        TRY(db_exec(
            c, DB_ANY_ROWS, "UPDATE event SET gateway = $1", DB_IN(in_i64((int64_t)k->gateway))));
    TRY(db_wait(c));
    TRY(db_one(c, "SELECT CAST(amount AS TEXT), gateway FROM creators_membership", DB_NO_IN,
        DB_OUT(out_str(&k->amount), out_str(&k->name))));
    return db_one(c, "SELECT source FROM webhook_events", DB_NO_IN, DB_OUT(out_str(&k->source)));
}

TEST("the views know the digits of every currency and the name of every gateway")
{
    static const char *const want[] = { "1234567", NULL, "12345.67", "1234.567" };
    struct shop *s = plan_shop(t);
    plan_begin(s, "\"plan\":\"basic\"");
    plan_pay(s);
    for (int i = 1; i < (int)CUR_COUNT; i++) {
        struct spelling k = { (enum currency)i, (enum gateway_id)(i % GATEWAY_COUNT),
            .source = gateway_name((enum gateway_id)(i % GATEWAY_COUNT)) };
        struct str source = k.source;
        EXPECT_OK(db_tx(s->c, "spell", spell_tx, &k));
        EXPECT_STR(k.amount, str_of_c(want[currency_digits(k.cur)]));
        EXPECT_STR(k.name, source);
        if (k.gateway > 0)
            EXPECT_STR(k.source, source);
    }
}

/* ---- nobody's mail */

struct words {
    struct str all;
    struct buf *seen;
    int64_t rows;
};

static enum err see(struct ctx *c, void *arg)
{
    struct words *k = arg;
    buf_add(k->seen, k->all);
    buf_char(k->seen, '\n');
    k->rows++;
    return c->dead ? E_DEAD : E_OK;
}

static enum err read_words(struct ctx *c, void *arg)
{
    struct words *k = arg;
    TRY(db_each(c,
        "SELECT id || ' ' || COALESCE(user_id, '-') || ' ' || COALESCE(error_message, '')"
        " FROM creators_membership ORDER BY id",
        DB_NO_IN, DB_OUT(out_str(&k->all)), see, k));
    TRY(db_each(c, "SELECT source || status || event_type FROM webhook_events ORDER BY received_at",
        DB_NO_IN, DB_OUT(out_str(&k->all)), see, k));
    return db_each(c,
        "SELECT COALESCE(transaction_id, '-') || ' ' || COALESCE(user_id, '-') || ' ' ||"
        " action_type || ' ' || COALESCE(new_status, '-') || ' ' || COALESCE(performed_by, '-')"
        " FROM payment_audit_log ORDER BY id",
        DB_NO_IN, DB_OUT(out_str(&k->all)), see, k);
}

static enum err name_by_mail(struct ctx *c, void *arg)
{
    const char *const *why = arg;
    TRY(db_exec(c, 1,
        "UPDATE customer SET external_id = 'ada@example.com' WHERE external_id = 'ada'", DB_NO_IN));
    return db_exec(
        c, DB_ANY_ROWS, "UPDATE attempt SET why = $1, status = 4", DB_IN(in_str(str_of_c(*why))));
}

TEST("an application that names people by their mail does not put mails into the views")
{
    struct shop *s = plan_shop(t);
    struct buf seen = BUF(t->c->arena);
    struct words k = { .seen = &seen };
    const char *why = "refused for ada@example.com";
    plan_begin(s, "\"plan\":\"basic\"");
    struct str bearer = str_fmt(t->c->arena, "Authorization: Bearer %.*s\r\n",
        SARG(shop_token(s, "grace@example.com", "grace@example.com", true)));
    int status = 0;
    shop_post(s, "/api/checkout/create",
        str_c(t->c->arena, str_fmt(t->c->arena, "%.*sIdempotency-Key: g\r\n", SARG(bearer))),
        S("{\"plan\":\"basic\"}"), &status);
    EXPECT_I64(status, 200);
    EXPECT_OK(db_read(s->c, read_words, &k));
    EXPECT(str_has(buf_str(&seen), S("ada")));
    EXPECT(str_has(buf_str(&seen), S("ORDER_CREATED pending key:configured")));
    EXPECT(str_has(buf_str(&seen), S("- ORDER_CREATED pending -")));
    EXPECT(!str_has(buf_str(&seen), S("@")));
    seen.n = 0;
    EXPECT_OK(db_tx(s->c, "name by mail", name_by_mail, &why));
    EXPECT_OK(db_read(s->c, read_words, &k));
    EXPECT(seen.n > 0 && !str_has(buf_str(&seen), S("@")));
}
