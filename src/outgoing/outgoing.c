#include "outgoing/outgoing.h"

#include "alert/alert.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/crypto.h"
#include "base/json.h"
#include "db/db.h"
#include "fact/fact.h"
#include "outgoing/outgoing_db.h"

/* Endpoints: made, changed, signed for. */

enum {
    SECOND_MS = 1000,
    MINUTE_MS = 60 * SECOND_MS,
    HOUR_MS = 60 * MINUTE_MS
};
#define OLD_SECRET_MS (INT64_C(24) * HOUR_MS)

struct str endpoint_id(struct arena *a, const struct endpoint *e)
{
    return id_text(a, S("whe"), e->id);
}

struct str endpoint_secret_text(struct arena *a, struct str raw)
{
    return str_fmt(a, "whsec_%.*s", SARG(base64_text(a, raw)));
}

int64_t outgoing_pause_ms(int64_t tries)
{
    static const int64_t pauses[] = { 5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS,
        2 * (int64_t)HOUR_MS, 5 * (int64_t)HOUR_MS, 10 * (int64_t)HOUR_MS, 14 * (int64_t)HOUR_MS,
        20 * (int64_t)HOUR_MS, 24 * (int64_t)HOUR_MS };
    must(tries >= 1);
    return tries <= (int64_t)ARRAY_LEN(pauses) ? pauses[tries - 1] : -1;
}

enum err outgoing_signature(struct ctx *c, const struct endpoint *e, struct str message,
    int64_t timestamp_s, struct str body, struct str *ret)
{
    struct str raw;
    struct buf b = BUF(c->arena);
    struct str text =
        str_fmt(c->arena, "%.*s.%lld.%.*s", SARG(message), (long long)timestamp_s, SARG(body));
    TRY(hmac_sign(c, HMAC_SHA256, secret_of(e->secret), text, &raw));
    buf_fmt(&b, "v1,%.*s", SARG(base64_text(c->arena, raw)));
    if (e->old_secret.n > 0 && c->wall_ms < e->old_until_ms) {
        TRY(hmac_sign(c, HMAC_SHA256, secret_of(e->old_secret), text, &raw));
        buf_fmt(&b, " v1,%.*s", SARG(base64_text(c->arena, raw)));
    }
    *ret = buf_str(&b);
    return E_OK;
}

/* ---- what an endpoint may be */

static bool is_event(struct str type)
{
    bool known = false;
#define FACT(name, event, about) known = known || str_eq(type, S(event));
#include "fact/fact.def"
#undef FACT
    return known && type.n > 0;
}

static enum err check_types(struct ctx *c, struct str types)
{
    struct str type;
    int64_t n = 0;
    if (types.n == 0)
        return E_OK;
    for (struct json_iter it = json_iter(json_root(types)); json_next(&it);) {
        if (!json_to_str(c->arena, it.value, &type) || !is_event(type))
            return fail(c, INVALID_REQUEST, "types: there is no event %.*s", SARG(it.value.raw));
        n++;
    }
    return n <= OUTGOING_TYPES_MAX
        ? E_OK
        : fail(c, INVALID_REQUEST, "types has at most %d", OUTGOING_TYPES_MAX);
}

enum err endpoint_check(struct ctx *c, const struct endpoint *e)
{
    bool loose = config_i64(c->config, CFG_PRIVATE_WEBHOOK_TARGETS) != 0;
    bool https = str_starts(e->url, S("https://"));
    if (!https && !(loose && str_starts(e->url, S("http://"))))
        return fail(c, INVALID_REQUEST, "url begins with https://");
    if (e->url.n > OUTGOING_URL_MAX || !str_is_visible(e->url))
        return fail(
            c, INVALID_REQUEST, "url is an address of at most %d characters", OUTGOING_URL_MAX);
    if (!str_is_text(e->description))
        return fail(c, INVALID_REQUEST, "description is text that can be shown");
    return check_types(c, e->types);
}

/* ---- deeds */

static enum err write_down(struct ctx *c, const struct endpoint *e, struct str kind)
{
    struct buf b = BUF(c->arena);
    struct json j = JSON(&b);
    json_open(&j, NULL, '{');
    json_str(&j, "url", e->url);
    if (e->why.n > 0)
        json_str(&j, "why", e->why);
    json_close(&j, '}');
    const struct fact fact = {
        .kind = kind,
        .subject = endpoint_id(c->arena, e),
        .data = buf_str(&b),
    };
    return fact_add(c, &fact, NULL);
}

enum err endpoint_add(struct ctx *c, struct endpoint *e)
{
    int64_t n = 0;
    TRY(endpoint_db_count(c, &n));
    if (n >= OUTGOING_MOST)
        return fail(c, CONFLICT, "there are %d endpoints already; remove one", OUTGOING_MOST);
    TRY(fact_head_seq(c, &e->cursor_seq));
    e->created_ms = c->now_ms;
    e->why = S("");
    TRY(endpoint_db_insert(c, e));
    return write_down(c, e, S("ENDPOINT_ADDED"));
}

enum err endpoint_get(struct ctx *c, struct id id, struct endpoint *ret)
{
    bool found = false;
    TRY(endpoint_db_by_id(c, id, &found, ret));
    return found ? E_OK : fail(c, NOT_FOUND, "there is no such endpoint");
}

enum err endpoint_remove(struct ctx *c, struct id id)
{
    struct endpoint e;
    TRY(endpoint_get(c, id, &e));
    e.state = ENDPOINT_REMOVED;
    e.secret = e.old_secret = S("");
    TRY(endpoint_db_update(c, &e));
    TRY(alert_over(c, ALERT_ENDPOINT_OFF, endpoint_id(c->arena, &e)));
    return write_down(c, &e, S("ENDPOINT_REMOVED"));
}

enum err endpoint_rotate(struct ctx *c, struct id id, struct str secret, struct endpoint *ret)
{
    TRY(endpoint_get(c, id, ret));
    ret->old_secret = ret->secret;
    ret->old_until_ms = c->wall_ms + OLD_SECRET_MS;
    ret->secret = secret;
    TRY(endpoint_db_update(c, ret));
    return write_down(c, ret, S("ENDPOINT_SECRET_CHANGED"));
}

enum err endpoint_resume(struct ctx *c, struct id id, int64_t from_seq, struct endpoint *ret)
{
    int64_t head = 0;
    TRY(endpoint_get(c, id, ret));
    TRY(fact_head_seq(c, &head));
    if (from_seq > head)
        return fail(c, INVALID_REQUEST, "the newest event has the sequence %lld", (long long)head);
    if (from_seq >= 0)
        ret->cursor_seq = from_seq;
    ret->state = ENDPOINT_ACTIVE;
    ret->why = S("");
    ret->tries = ret->next_ms = 0;
    TRY(endpoint_db_update(c, ret));
    TRY(alert_over(c, ALERT_ENDPOINT_OFF, endpoint_id(c->arena, ret)));
    return write_down(c, ret, S("ENDPOINT_RESUMED"));
}
