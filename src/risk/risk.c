#include "risk/risk.h"

#include "base/address.h"
#include "base/crypto.h"
#include "base/json.h"
#include "customer/billing.h"
#include "db/db.h"
#include "fact/fact.h"
#include "risk/risk_db.h"

#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS (24 * HOUR_MS)
#define RELEASED_MS (7 * DAY_MS)

static const struct {
    struct str words;
    int64_t most;
} features[] = {
#define RISK(name, text, weight, most, words) { S_INIT(words), most },
#include "catalog/risk.def"
#undef RISK
};
_Static_assert(ARRAY_LEN(features) == RISK_FEATURES, "every feature has a row");

struct str risk_feature_words(enum risk_feature f)
{
    must(f < RISK_FEATURES);
    return features[f].words;
}

static const struct {
    struct str name, words;
} actions[] = {
    [ORDER_RISK_ALLOW] = { S_INIT("allow"), S_INIT("allowed") },
    [ORDER_RISK_REVIEW] = { S_INIT("review"), S_INIT("held for a person once it is paid") },
    [ORDER_RISK_REFUSE] = { S_INIT("refuse"), S_INIT("not sold") },
};

struct str risk_action_text(enum order_risk action)
{
    must(action < ARRAY_LEN(actions));
    return actions[action].name;
}

struct str risk_action_words(enum order_risk action)
{
    must(action < ARRAY_LEN(actions));
    return actions[action].words;
}

/* The words are older than this file: what was kept under them before is found by them. */
enum err risk_mark(struct ctx *c, const char *kind, struct str what, struct str *ret)
{
    struct str mac;
    *ret = S("");
    if (what.n == 0 || c->secret == NULL)
        return E_OK;
    TRY(hmac_sign(
        c, HMAC_SHA256, *c->secret, str_fmt(c->arena, "declined %s %.*s", kind, SARG(what)), &mac));
    *ret = hex_text(c->arena, str_part(mac, 0, 8));
    return E_OK;
}

enum err risk_mark_address(struct ctx *c, struct str address, struct str *ret)
{
    return risk_mark(c, "address", address_group(c->arena, address), ret);
}

/* ---- looking */

static void count(struct risk *r, enum risk_feature f, int64_t value)
{
    r->value[f] = value > features[f].most ? features[f].most : value;
}

static int64_t newness(int64_t age_ms)
{
    return age_ms < HOUR_MS ? 3 : age_ms < DAY_MS ? 2 : age_ms < 30 * DAY_MS ? 1 : 0;
}

/* Whoever is signed in has a history; a guest's mail proves nothing, so a guest has none. */
static enum err look_at_customer(
    struct ctx *c, const struct order *o, struct risk *r, struct risk_history *ret)
{
    struct customer who;
    struct billing bill;
    TRY(customer_by_n(c, o->customer_n, &who));
    TRY(billing_of(c, &who, &bill));
    TRY(risk_db_history(c, o, c->now_ms - HOUR_MS, ret));
    count(r, RISK_CUSTOMER_ORDERS, ret->orders);
    count(r, RISK_NEW_ACCOUNT, newness(c->now_ms - who.created_ms));
    count(r, RISK_COUNTRY,
        o->country.n > 0 && bill.country.n > 0 && !str_eq_nocase(o->country, bill.country));
    if (ret->largest > 0 && o->total_minor > ret->largest)
        count(r, RISK_AMOUNT, o->total_minor / ret->largest - 1);
    return E_OK;
}

static enum err look_around(
    struct ctx *c, const struct order *o, bool by_key, int64_t paid_ms, struct risk *r)
{
    struct risk_around k = {
        .hour_ms = c->now_ms - HOUR_MS, .day_ms = c->now_ms - DAY_MS, .paid_ms = paid_ms
    };
    if (!by_key)
        TRY(risk_mark_address(c, c->address, &k.origin));
    if (o->customer_n == 0)
        TRY(risk_mark(c, "mail", o->email, &k.guest));
    TRY(risk_db_around(c, o, &k));
    TRY(risk_db_declined(c, o, &k));
    r->origin = k.origin;
    count(r, RISK_MAIL_ORDERS, k.mail);
    count(r, RISK_ADDRESS_ORDERS, k.from_there);
    count(r, RISK_ADDRESS_DECLINES, k.declined_there);
    count(r, RISK_DECLINES, k.declined);
    count(r, RISK_CARDS, k.cards);
    return E_OK;
}

/* Whom a person let pass is not stopped again at the next step. */
static enum err heed_release(struct ctx *c, const struct order *o, struct risk *r)
{
    int64_t released_ms = 0;
    if (r->action == ORDER_RISK_ALLOW)
        return E_OK;
    TRY(risk_db_released(c, o, &released_ms));
    if (released_ms > c->now_ms - RELEASED_MS)
        r->action = ORDER_RISK_ALLOW;
    return E_OK;
}

enum err risk_look(struct ctx *c, struct order *o, bool by_key, struct risk *ret)
{
    struct risk r = { .at_ms = c->now_ms };
    struct risk_history h = { .orders = 0 };
    const struct catalog *catalog = NULL;
    TRY(catalog_now(c, &catalog));
    if (o->customer_n > 0)
        TRY(look_at_customer(c, o, &r, &h));
    TRY(look_around(c, o, by_key, h.paid_ms, &r));
    r.value[RISK_BASE] = 1;
    r.value[RISK_FIRST] = h.paid == 0;
    r.value[RISK_GUEST] = o->customer_n == 0;
    risk_weigh(&catalog->risk, &r);
    TRY(heed_release(c, o, &r));
    o->risk = r.action;
    *ret = r;
    return E_OK;
}

/* ---- keeping */

static void reasons_json(struct json *j, const char *name, const struct risk *r)
{
    json_open(j, name, '[');
    for (size_t i = 0; i < RISK_FEATURES; i++) {
        if (r->value[i] == 0)
            continue;
        json_open(j, NULL, '{');
        json_str(j, "feature", risk_feature_text((enum risk_feature)i));
        json_i64(j, "value", r->value[i]);
        json_i64(j, "points", r->points[i]);
        json_close(j, '}');
    }
    json_close(j, ']');
}

enum err risk_keep(struct ctx *c, const struct order *o, struct risk *r)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    must(o->n > 0 && r->action == o->risk);
    r->order_n = o->n;
    reasons_json(&j, NULL, r);
    return risk_db_insert(c, r, buf_str(&b));
}

/* A feature of another version of this program is none of ours. */
enum err risk_read_reasons(struct ctx *c, struct str reasons, struct risk *r)
{
    TRY(json_check(c, reasons));
    for (struct json_iter it = json_iter(json_root(reasons)); json_next(&it);)
        for (size_t i = 0; i < RISK_FEATURES; i++) {
            if (!str_eq(json_text(c->arena, it.value, "feature"),
                    risk_feature_text((enum risk_feature)i)))
                continue;
            json_to_i64(json_at(it.value, "value"), &r->value[i]);
            json_to_i64(json_at(it.value, "points"), &r->points[i]);
        }
    return E_OK;
}

enum err risk_of(struct ctx *c, int64_t order_n, bool *ret_found, struct risk *ret)
{
    struct risk r = { .order_n = 0 };
    struct str reasons = S("[]");
    TRY(risk_db_find(c, order_n, ret_found, &r, &reasons));
    if (!*ret_found)
        return E_OK;
    TRY(risk_read_reasons(c, reasons, &r));
    *ret = r;
    return E_OK;
}

/* ---- what its gateway says, once it is paid */

static enum err look_at_payment(
    struct ctx *c, const struct order *o, const struct risk_paid *in, struct risk *r)
{
    int64_t sharers = 0;
    if (in->card.n > 0)
        TRY(risk_db_sharers(c, in->card, o->n, &sharers));
    count(r, RISK_SHARED_CARD, sharers);
    count(r, RISK_CARD_COUNTRY,
        in->country.n > 0 && o->country.n > 0 && !str_eq_nocase(in->country, o->country));
    count(r, RISK_GATEWAY_RISK, in->gateway_risk);
    return E_OK;
}

/* What held it when it was made holds it still, and what a person let pass is let pass. */
static enum err weigh_again(struct ctx *c, struct order *o, struct risk *r)
{
    const enum order_risk before = r->action;
    const struct catalog *catalog = NULL;
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    TRY(catalog_now(c, &catalog));
    risk_weigh(&catalog->risk, r);
    TRY(heed_release(c, o, r));
    if (r->released_ms > 0 || r->action < before)
        r->action = before;
    if (r->action == ORDER_RISK_REFUSE)
        r->action = ORDER_RISK_REVIEW;
    reasons_json(&j, NULL, r);
    TRY(risk_db_update(c, r, buf_str(&b)));
    bool held = r->action == ORDER_RISK_ALLOW || r->released_ms > 0 || o->risk != ORDER_RISK_ALLOW;
    return held ? E_OK : order_hold(c, o);
}

enum err risk_paid(struct ctx *c, struct order *o, const struct risk_paid *in)
{
    static const enum risk_feature told[] = { RISK_SHARED_CARD, RISK_CARD_COUNTRY,
        RISK_GATEWAY_RISK };
    struct risk seen = { .order_n = o->n }, r = { .order_n = 0 };
    bool found = false, any = false;
    TRY(look_at_payment(c, o, in, &seen));
    for (size_t i = 0; i < ARRAY_LEN(told); i++)
        any = any || seen.value[told[i]] > 0;
    if (any)
        TRY(risk_of(c, o->n, &found, &r));
    if (!found)
        return E_OK;
    for (size_t i = 0; i < ARRAY_LEN(told); i++)
        r.value[told[i]] = seen.value[told[i]];
    return weigh_again(c, o, &r);
}

/* ---- what a person says */

static enum err released_fact(struct ctx *c, const struct order *o, struct str reason)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "orderId", order_id(c->arena, o));
    if (reason.n > 0)
        json_str(&j, "reason", reason);
    json_close(&j, '}');
    const struct fact fact = {
        .kind = S("RISK_RELEASED"),
        .subject = order_id(c->arena, o),
        .customer_n = o->customer_n,
        .version = o->version,
        .data = buf_str(&b),
    };
    return fact_add(c, &fact, NULL);
}

enum err risk_release(struct ctx *c, struct order *o, struct str reason)
{
    if (o->status == ORDER_REVIEW)
        return fail(c, CONFLICT, "its payment is held: decide the review instead");
    if (o->risk == ORDER_RISK_ALLOW)
        return fail(c, CONFLICT, "nothing holds this order because of its risk");
    TRY(risk_db_release(c, o->n));
    TRY(order_let_pass(c, o));
    return released_fact(c, o, reason);
}

enum err risk_judge(struct ctx *c, const struct order *o, enum risk_verdict verdict)
{
    return o->risk == ORDER_RISK_ALLOW ? E_OK : risk_db_judge(c, o->n, verdict);
}

/* ---- showing */

void risk_json(struct json *j, const struct risk *r)
{
    static const struct str verdicts[] = { S_INIT(""), S_INIT("good"), S_INIT("fraud") };
    if (r == NULL) {
        json_raw(j, "risk", S("null"));
        return;
    }
    json_open(j, "risk", '{');
    json_i64(j, "score", r->score);
    json_str(j, "action", risk_action_text(r->action));
    json_time(j, "at", r->at_ms);
    json_time(j, "releasedAt", r->released_ms);
    json_str_or_null(j, "verdict", verdicts[r->verdict]);
    reasons_json(j, "reasons", r);
    json_close(j, '}');
}

static int64_t weight_of(const struct risk *r, size_t i)
{
    return r->points[i] < 0 ? -r->points[i] : r->points[i];
}

struct str risk_reasons(struct arena *a, const struct risk *r)
{
    struct buf b = BUF(a);
    bool said[RISK_FEATURES] = { false };
    for (size_t n = 0; n < RISK_FEATURES; n++) {
        size_t next = RISK_FEATURES;
        for (size_t i = 0; i < RISK_FEATURES; i++)
            if (!said[i] && r->points[i] != 0 &&
                (next == RISK_FEATURES || weight_of(r, i) > weight_of(r, next)))
                next = i;
        if (next == RISK_FEATURES)
            break;
        said[next] = true;
        buf_fmt(&b, "%s%.*s %lld (%+lld)", b.n > 0 ? ", " : "",
            SARG(risk_feature_text((enum risk_feature)next)), (long long)r->value[next],
            (long long)r->points[next]);
    }
    return buf_str(&b);
}

/* ---- forgetting */

static enum err forget(struct ctx *c, void *arg)
{
    return risk_db_forget(c, c->now_ms - DAY_MS, arg);
}

enum err risk_forget(struct ctx *c, struct str subject)
{
    bool more = true;
    (void)subject;
    for (int i = 0; more && i < 1000; i++)
        TRY(db_tx_job(c, "risk forget", forget, &more));
    return E_OK;
}
